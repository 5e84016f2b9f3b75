/* asker.h — a minimiser that can be paused between two values of its function (NLopt, in a thread of its own). */
#ifndef LF_ASKER_H
#define LF_ASKER_H
#include <stdbool.h>
#include "lowfirst/train.h"

typedef struct lf_asker lf_asker;

/* What a search needs to know. */
typedef struct lf_asker_options {
  lf_optimiser rule;
  size_t n;        /* unknowns */
  double box;      /* global rules look within this distance of the start, in every unknown */
  double rounding; /* relative rounding of the unknowns as the function sees them: what is finer is not looked for */
  uint32_t seed;
  void *user;
  /* The function at x (n): a finite value, and its gradient (n) unless that is NULL. Called in the search's thread, while lf_asker_go
   * waits. */
  double (*evaluate)(void *user, const double *x, double *gradient);
  bool (*more)(void *user); /* asked between two values: go on, or pause? */
} lf_asker_options;

/* Can this rule search n unknowns? LF_EUNSUP without NLopt; LF_EARG too few, or more than memory would hold. */
lf_status lf_asker_check(lf_optimiser rule, size_t n);
bool lf_asker_wants_gradient(lf_optimiser rule);

/* start (n) is copied. LF_ENOMEM; LF_EUNSUP where no thread can be started; what lf_asker_check says. */
lf_status lf_asker_create(lf_asker **out, const lf_asker_options *options, const double *start);
/* Evaluate the next point, and further ones while more() says so. *ended: the search has come to its end. LF_ENOMEM, LF_EARG: NLopt says so. */
lf_status lf_asker_go(lf_asker *a, bool *ended);
void lf_asker_destroy(lf_asker *a); /* NULL is allowed */
#endif
