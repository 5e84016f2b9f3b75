/* loss.c — every loss: its term and its normalisation. */
#include "loss.h"
#include <math.h>
#include "base/base.h"

static double loss_norm(lf_loss kind, size_t n, size_t c)
{
  if (kind == LF_LOSS_SSE) return 1;
  if (kind == LF_LOSS_HALF_MSE) return 1 / (double)n;
  return 1 / ((double)n * (double)c);
}

/* The term of one element with error e = f - y, and its derivative. Cross entropy is told from f and y, not from e. */
static inline double loss_term(const lf_loss_rule *rule, double e, double *slope)
{
  double size = fabs(e);
  switch (rule->kind) {
  case LF_LOSS_HALF_MSE: *slope = e; return e * e / 2;
  case LF_LOSS_MAE: *slope = (e > 0) - (e < 0); return size;
  case LF_LOSS_HUBER:
    *slope = size <= rule->huber_delta ? e : copysign(rule->huber_delta, e);
    return size <= rule->huber_delta ? e * e / 2 : rule->huber_delta * (size - rule->huber_delta / 2);
  default: *slope = 2 * e; return e * e;
  }
}

#define T float
#define NAME(f) f##_f32
#include "loss.tmpl.h"
#define T double
#define NAME(f) f##_f64
#include "loss.tmpl.h"

double lf_loss_of_values(const lf_loss_rule *rule, size_t n, size_t c, const double *f, const double *y)
{
  double sum = 0, slope;
  bool softmax = rule->output == LF_OUTPUT_SOFTMAX, entropy = rule->kind == LF_LOSS_CROSS_ENTROPY;
  for (size_t i = 0; i < n * c; i++) {
    if (!entropy) {
      sum += loss_term(rule, f[i] - y[i], &slope);
      continue;
    }
    if (y[i] != 0) sum -= y[i] * log(f[i]);
    if (!softmax && y[i] != 1) sum -= (1 - y[i]) * log1p(-f[i]);
  }
  return sum * loss_norm(rule->kind, n, softmax && entropy ? 1 : c);
}
