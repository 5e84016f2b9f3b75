/* order.c — when each peak was learned, and whether low came first; medians over seeds. */
#include <math.h>
#include <stdlib.h>
#include "base/base.h"
#include "lowfirst/lens.h"

/* ---- order of learning ------------------------------------------------------------------------------------------------ */

/* First step from which Delta of mode k stays below theta to the last record; -1 where it does not. */
static int64_t learned_at(size_t r, size_t m, const int64_t *step, const double *delta, size_t k, double theta)
{
  int64_t first = -1;
  for (size_t i = r; i-- > 0 && delta[i * m + k] < theta;) first = step[i];
  return first;
}

lf_status lf_order_of_learning(lf_order *out, const lf_lens_info *info, size_t r, const int64_t *step,
                               const double *delta)
{
  lf_status st = LF_OK;
  double *when = NULL;
  *out = (lf_order){.peaks = info->peaks, .tau = NAN};
  LF_TRY(lf_calloc(&out->xi, info->peaks, sizeof *out->xi));
  LF_TRY(lf_calloc(&out->step, info->peaks, sizeof *out->step));
  LF_TRY(lf_calloc(&out->half, info->peaks, sizeof *out->half));
  LF_TRY(lf_calloc(&out->last, info->peaks, sizeof *out->last));
  LF_TRY(lf_calloc(&when, info->peaks, sizeof *when));
  for (size_t p = 0; p < info->peaks; p++) {
    size_t k = info->peak[p];
    out->xi[p] = info->xi_norm[k];
    out->step[p] = learned_at(r, info->m, step, delta, k, info->learned);
    out->half[p] = learned_at(r, info->m, step, delta, k, 0.5);
    out->last[p] = r > 0 ? delta[(r - 1) * info->m + k] : NAN;
    when[p] = out->step[p] < 0 ? INFINITY : (double)out->step[p];
  }
  out->tau = lf_kendall_tau(info->peaks, out->xi, when);
done:
  lf_free(when);
  if (st != LF_OK) lf_order_free(out);
  return st;
}

void lf_order_free(lf_order *o)
{
  if (!o) return;
  lf_free(o->xi);
  lf_free(o->step);
  lf_free(o->half);
  lf_free(o->last);
  *o = (lf_order){.tau = NAN};
}

/* ---- statistics --------------------------------------------------------------------------------------------------------- */

/* tau-b = (concordant - discordant) / sqrt((pairs - ties in a)(pairs - ties in b)) */
double lf_kendall_tau(size_t n, const double *a, const double *b)
{
  double agreement = 0, untied_a = 0, untied_b = 0;
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < i; j++) {
      int way_a = (a[i] > a[j]) - (a[i] < a[j]), way_b = (b[i] > b[j]) - (b[i] < b[j]);
      agreement += way_a * way_b;
      untied_a += way_a != 0;
      untied_b += way_b != 0;
    }
  return untied_a > 0 && untied_b > 0 ? agreement / (sqrt(untied_a) * sqrt(untied_b)) : NAN;
}

static int ascending_nan_last(const void *a, const void *b)
{
  double p = *(const double *)a, q = *(const double *)b;
  if (isnan(p) || isnan(q)) return isnan(p) - isnan(q);
  return (p > q) - (p < q);
}

/* The largest l for which order statistics l and n+1-l (counted from 1) hold the median with the wanted probability: the number of
 * values below the median is binomial(n, 1/2), so they miss it with probability 2 P(number < l). 1 where n is too small. */
static size_t interval_rank(size_t n, double level)
{
  double below = 0;
  size_t rank = 0;
  for (; rank < (n + 1) / 2; rank++) {
    double m = (double)n, i = (double)rank;
    below += exp(lgamma(m + 1) - lgamma(i + 1) - lgamma(m - i + 1) - m * log(2));
    if (1 - 2 * below < level) break;
  }
  return rank > 0 ? rank : 1;
}

lf_status lf_median_interval(size_t n, const double *values, double *median, double *low, double *high)
{
  double *sorted = NULL;
  *median = *low = *high = NAN;
  if (n == 0) return LF_OK;
  lf_status st = lf_calloc(&sorted, n, sizeof *sorted);
  if (st != LF_OK) return st;
  for (size_t i = 0; i < n; i++) sorted[i] = values[i];
  qsort(sorted, n, sizeof *sorted, ascending_nan_last);
  double before = sorted[(n - 1) / 2], after = sorted[n / 2];
  *median = before == after ? before : before + (after - before) / 2; /* equal infinities have no difference */
  size_t rank = interval_rank(n, 0.9);
  *low = sorted[rank - 1];
  *high = sorted[n - rank];
  lf_free(sorted);
  return LF_OK;
}
