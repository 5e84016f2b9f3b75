/* pde_lfp.c — the linear frequency principle's rates for the frequency equation: a table in |xi|, between whose rows log A and log B are straight
 * in log |xi|, as the rates of all activations nearly are. */
#include <math.h>
#include <string.h>
#include "pde_parts.h"
#include "theory/lfp_parts.h"

enum { ROWS = 2000 };

typedef struct table {
  double first, ratio;     /* log of the lowest radius, rows per unit of log */
  double a[ROWS], b[ROWS]; /* logs; -INFINITY: 0 */
} table;

static double at_row(const double *log_rate, double row)
{
  size_t low = (size_t)row;
  double share = row - (double)low;
  if (isinf(log_rate[low]) || isinf(log_rate[low + 1])) return 0;
  return exp((1 - share) * log_rate[low] + share * log_rate[low + 1]);
}

/* Below the lowest radius the rates are those there. */
static void look_up(void *user, size_t d, const double *xi, double *A, double *B)
{
  const table *t = user;
  double square = 0;
  for (size_t k = 0; k < d; k++) square += xi[k] * xi[k];
  double row = square > 0 ? (log(square) / 2 - t->first) * t->ratio : 0;
  row = fmin(fmax(row, 0), ROWS - 1.001);
  *A = at_row(t->a, row);
  *B = at_row(t->b, row);
}

lf_status lf_pde_rates_of_lfp(lf_pde_rates *out, const lf_lfp *lfp, double lowest, double highest, double **owned)
{
  double *xi = NULL;
  table *t = NULL;
  lf_status st;
  *owned = NULL;
  *out = (lf_pde_rates){0};
  if (!(lowest > 0 && highest > lowest) || isinf(highest))
    LF_RAISE(LF_EARG, "rates from %g to %g cycles/unit: they must ascend and be > 0", lowest, highest);
  LF_TRY(lf_calloc(&xi, ROWS, sizeof *xi));
  LF_TRY(lf_calloc(&t, 1, sizeof *t));
  t->first = log(lowest);
  t->ratio = (ROWS - 1) / log(highest / lowest);
  for (size_t i = 0; i < ROWS; i++) xi[i] = exp(t->first + (double)i / t->ratio);
  LF_TRY(lf_lfp_rates(lfp, ROWS, xi, t->a, t->b));
  for (size_t i = 0; i < ROWS; i++) t->a[i] = log(t->a[i]), t->b[i] = log(t->b[i]);
  *out =
      (lf_pde_rates){.rate = look_up, .user = t, .jumps = 2, .jump = {0, highest}, .free = (size_t)lfp->spectrum.order};
  *owned = (double *)(void *)t;
  t = NULL;
done:
  lf_free(xi);
  lf_free(t);
  return st;
}
