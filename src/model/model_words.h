/* model_words.h — how the choices of a model are spelled: one list for reading them, writing them and naming them in errors. */
#ifndef LF_MODEL_WORDS_H
#define LF_MODEL_WORDS_H
#include "lowfirst/model.h"

const char *lf_scaling_name(lf_scaling s);
const char *lf_output_name(lf_output o);
const char *lf_frequency_law_name(lf_frequency_law f);
const char *lf_init_law_name(lf_init_law i);

/* Checks that parsing and completing share; LF_EARG says what is allowed. */
lf_status lf_activation_check(lf_activation a, double param); /* param 0: the default */
lf_status lf_init_check(const lf_init *law);
lf_status lf_features_check(const lf_features *f);

/* "1-200-200-1"; at most size bytes with the 0. */
void lf_model_layers_text(const lf_model *m, char *text, size_t size);
#endif
