/* update.h — one pass over a run of parameters: gradients of all groups added up, the optimiser's rule, the new effective parameters. */
#ifndef LF_UPDATE_H
#define LF_UPDATE_H
#include "lowfirst/train.h"

typedef struct lf_update {
  lf_optimiser rule;
  size_t groups;     /* gradients to add, in this order */
  void *const *grad; /* (groups) with respect to theta, from parameter grad_from on; the first may be overwritten */
  size_t grad_from;
  void *parameters, *theta; /* (P); theta is parameters where there is no gain */
  void *first, *second;     /* (P) moments, NULL where the rule has none */
  const void *gain;         /* (P) or NULL */
  double lr, momentum, beta1, beta2, alpha, epsilon, weight_decay;
  double correction1, correction2; /* adam: 1 - beta1^t, sqrt(1 - beta2^t) */
} lf_update;

/* adam and adamw: m = b1 m + c1 g, v = b2 v + c2 g^2, p = keep p - size m / (root sqrt(v) + epsilon). */
typedef struct lf_adam_step {
  double b1, b2, c1, c2, size, root, epsilon, keep;
} lf_adam_step;
lf_adam_step lf_adam_step_of(const lf_update *u);

typedef struct lf_update_kernels {
  const char *isa;
  /* parameters from ... from + n - 1; cannot fail */
  void (*update_f32)(const lf_update *u, size_t from, size_t n);
  void (*update_f64)(const lf_update *u, size_t from, size_t n);
  /* sum (n) = the groups' gradients added in order, times the gain: what the rule sees */
  void (*sum_f32)(const lf_update *u, size_t from, size_t n, float *sum);
  void (*sum_f64)(const lf_update *u, size_t from, size_t n, double *sum);
} lf_update_kernels;
const lf_update_kernels *lf_update_get(void);
/* Update parameters from ... from + n - 1 with whatever falls below the least normal number taken for 0. Moments of units that get no gradient
 * any more decay into that range, where processors work ten times slower. */
void lf_update_run(const lf_update *u, lf_dtype type, size_t from, size_t n);
size_t lf_update_all(const lf_update_kernels *out[], size_t capacity);
#endif
