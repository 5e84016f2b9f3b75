/* autocorrelation.h — what an activation's autocorrelation becomes under the law of the weights: the one function of |x-x'| that an LFP kernel is made of. */
#ifndef LF_AUTOCORRELATION_H
#define LF_AUTOCORRELATION_H
#include "lfp_parts.h"

/* E R(s u) of the activation and of its derivative, u = w.e for w of scale 1; s = scale |z|. R is fixed up to what lf_kernel_free_degree() leaves free. */
typedef struct lf_autocorrelation lf_autocorrelation;
lf_status lf_autocorrelation_create(lf_autocorrelation **out, const lf_spectrum *spectrum, lf_weight_law law, size_t d);
void lf_autocorrelation_destroy(lf_autocorrelation *p); /* NULL is allowed */
/* s >= 0, finite */
void lf_autocorrelation_at(const lf_autocorrelation *p, double s, double *value, double *slope);

/* How far a profile may be from the truth, relative to its size at that s or at 0, whichever is larger (t_lfp.c). */
#define LF_AUTOCORRELATION_ERROR 4e-14
#endif
