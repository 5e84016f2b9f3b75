/* run_internal.h — what the files of this module share. */
#ifndef LF_RUN_INTERNAL_H
#define LF_RUN_INTERNAL_H
#include <stdatomic.h>
#include "base/base.h"
#include "lowfirst/run.h"
#include "run/json_text.h"

enum { LF_RUN_OPTIONS = 96 };

/* ---- options ---------------------------------------------------------------------------------------------------------- */
size_t lf_option_index(const lf_option *o);
/* The row of this name that this command knows, or LF_EARG with the nearest. */
lf_status lf_option_of(const lf_option **out, lf_command command, const char *name);
lf_status lf_option_check(const lf_option *o, const char *text, lf_command command);
lf_status lf_parse_real(const char *text, double *out);

/* The values set for one option, in order. */
typedef struct lf_values {
  char **text;
  size_t count;
} lf_values;

struct lf_run {
  lf_command command;
  lf_values set[LF_RUN_OPTIONS]; /* by option index; count 0: the default */
};
#endif
