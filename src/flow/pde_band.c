/* pde_band.c — M + tau S in one dimension: a band of the elements' order, by Cholesky's factorisation without square roots, L D L^T. */
#include <math.h>
#include "pde_parts.h"

typedef struct band {
  const lf_fem *f;
  size_t width;  /* entries left of the diagonal */
  double *lower; /* (n, width+1): D, then L from the diagonal leftwards */
} band;

static lf_status factor(void *self, double tau)
{
  band *b = self;
  const lf_fem *f = b->f;
  size_t w = b->width;
  for (size_t i = 0; i < f->n; i++) {
    double *row = b->lower + i * (w + 1);
    for (size_t k = 0; k <= w; k++) row[k] = 0;
    for (size_t k = f->row[i]; k < f->row[i + 1] && f->column[k] <= i; k++)
      row[i - f->column[k]] = f->mass[k] + tau * f->rate[k];
    for (size_t k = LF_MIN(w, i); k > 0; k--) { /* L_ij D_j = A_ij - sum of L_im D_m L_jm */
      size_t j = i - k;
      const double *above = b->lower + j * (w + 1);
      for (size_t m = k + 1; m <= LF_MIN(w, i); m++) row[k] -= row[m] * above[m - k];
    }
    for (size_t k = 1; k <= LF_MIN(w, i); k++) {
      double scaled = row[k] / b->lower[(i - k) * (w + 1)];
      row[0] -= row[k] * scaled;
      row[k] = scaled;
    }
    if (!(row[0] > 0)) return LF_FAIL(LF_EMATH, "M + %.3g S is not positive at node %zu", tau, i);
  }
  return LF_OK;
}

static lf_status solve(void *self, size_t columns, double *x)
{
  const band *b = self;
  size_t w = b->width, n = b->f->n;
  for (size_t c = 0; c < columns; c++, x += n) {
    for (size_t i = 0; i < n; i++)
      for (size_t k = 1; k <= LF_MIN(w, i); k++) x[i] -= b->lower[i * (w + 1) + k] * x[i - k];
    for (size_t i = 0; i < n; i++) x[i] /= b->lower[i * (w + 1)];
    for (size_t i = n; i-- > 0;)
      for (size_t k = 1; k <= LF_MIN(w, i); k++) x[i - k] -= b->lower[i * (w + 1) + k] * x[i];
  }
  return LF_OK;
}

static void destroy(void *self)
{
  band *b = self;
  if (b) lf_free(b->lower);
  lf_free(b);
}

lf_status lf_fem_band(lf_fem_solver *out, const lf_fem *f)
{
  band *b = NULL;
  lf_status st;
  *out = (lf_fem_solver){.name = "banded", .processes = 1, .factor = factor, .solve = solve, .destroy = destroy};
  LF_TRY(lf_calloc(&b, 1, sizeof *b));
  out->self = b;
  b->f = f;
  for (size_t i = 0; i < f->n; i++) b->width = LF_MAX(b->width, i - f->column[f->row[i]]);
  LF_TRY(lf_calloc(&b->lower, f->n * (b->width + 1), sizeof *b->lower));
done:
  return st;
}
