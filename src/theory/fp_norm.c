/* fp_norm.c — norms of the frequency principle on a torus, and what they bound (THEORY section 4). */
#include <math.h>
#include "base/base.h"
#include "lowfirst/lfp.h"

/* How often an entry stands in sums over the whole lattice. */
static double times(size_t k) { return k == 0 ? 1 : 2; }

lf_status lf_fp_norm(size_t size, const double *weight, const double *coefficient, double *norm)
{
  double sum = 0;
  for (size_t k = 0; k < size; k++) {
    double re = coefficient[2 * k], im = coefficient[2 * k + 1], square = re * re + im * im;
    if (!(weight[k] >= 0)) return LF_FAIL(LF_EARG, "weight[%zu] = %g: gamma^2 must be >= 0", k, weight[k]);
    if (square > 0) sum += times(k) * square / weight[k];
  }
  *norm = sqrt(sum);
  return LF_OK;
}

double lf_fp_gamma(size_t size, const double *weight)
{
  double sum = 0;
  for (size_t k = 0; k < size; k++) sum += times(k) * weight[k];
  return sqrt(sum);
}

const char *lf_fp_bound_name(lf_fp_bound_kind kind)
{
  static const char *const name[] = {
#define LF_X(id, text, formula) text,
      LF_FP_BOUND_LIST(LF_X)
#undef LF_X
  };
  return (unsigned)kind < LF_FP_BOUND_COUNT ? name[kind] : "unknown";
}

double lf_fp_bound(lf_fp_bound_kind kind, size_t n, double Q, double gamma, double sup, double delta)
{
  double root = sqrt((double)n);
  if (n == 0 || !(delta > 0 && delta < 1) || !(Q >= 0) || !(gamma >= 0)) return NAN;
  switch (kind) {
  case LF_FP_BOUND_DERIVED: return (8 + 2 * sqrt(2) * sqrt(log(1 / delta))) * Q * Q * gamma * gamma / root;
  case LF_FP_BOUND_PUBLISHED: {
    double reach = sup + 2 * Q * gamma;
    return sup >= 0 ? reach * reach * (2 / root + 4 * sqrt(2 * log(4 / delta)) / root) : NAN;
  }
  case LF_FP_BOUND_COUNT: break;
  }
  return NAN;
}
