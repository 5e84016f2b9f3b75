/* leave_one_out.c — how wrong is each sample foretold by all the others, without fitting again.
 *
 *  With M = (K + ridge)^-1 the predictor without sample i misses it by M_ii^-1 [M (y - f_0)]_i; M_ii is a block of c outputs where these have
 *  rows of their own. M = V diag(1/(n mu)) V^T, so that blocks and products come from the eigenvectors; the n cancels. Where polynomials
 *  are free, M is the upper left block of the inverse of [K Q; Q^T 0] (Dubrule 1983): the same sum over the modes that are not free. */
#include <math.h>
#include <string.h>
#include "prediction.h"

/* What is lost in rounding gets a ridge of that size: then every direction has an inverse. */
static double inverse(const lf_prediction *p, size_t i)
{
  return 1 / (lf_curvature(p, i) + (p->lost > 0 ? p->rounding : 0));
}

/* block (c,c) of M at row `at` and [M r] (c) there, c rows for each sample */
static void block_at(const lf_prediction *p, size_t at, size_t c, double *block, double *product)
{
  memset(block, 0, c * c * sizeof *block);
  memset(product, 0, c * p->columns * sizeof *product);
  for (size_t i = 0; i < lf_flow_end(p); i++) {
    const double *v = p->matrix + i * p->rows + at, *share = p->share + i * p->columns;
    double scale = inverse(p, i);
    for (size_t a = 0; a < c; a++) {
      for (size_t b = 0; b <= a; b++) block[a * c + b] += scale * v[a] * v[b];
      for (size_t k = 0; k < p->columns; k++) product[a * p->columns + k] += scale * v[a] * share[k];
    }
  }
}

/* x = block^-1 x by Cholesky; block (c,c) positive definite, its lower half is read and spoilt. */
static void solve(size_t c, double *block, double *x)
{
  for (size_t j = 0; j < c; j++) {
    double *row = block + j * c;
    for (size_t i = 0; i <= j; i++) {
      double sum = row[i];
      for (size_t k = 0; k < i; k++) sum -= row[k] * block[i * c + k];
      row[i] = i < j ? sum / block[i * c + i] : sqrt(sum);
    }
    for (size_t k = 0; k < j; k++) x[j] -= row[k] * x[k];
    x[j] /= row[j];
  }
  for (size_t j = c; j-- > 0;) {
    for (size_t k = j + 1; k < c; k++) x[j] -= block[k * c + j] * x[k];
    x[j] /= block[j * c + j];
  }
}

/* One output: scaled passes over the eigenvectors, in the order in which they lie. diagonal (n), product (n, columns) */
static void sweep(const lf_prediction *p, double *diagonal, double *product)
{
  for (size_t i = 0; i < lf_flow_end(p); i++) {
    const double *v = p->matrix + i * p->rows, *share = p->share + i * p->columns;
    double scale = inverse(p, i);
    for (size_t at = 0; at < p->rows; at++) {
      diagonal[at] += scale * v[at] * v[at];
      for (size_t k = 0; k < p->columns; k++) product[at * p->columns + k] += scale * v[at] * share[k];
    }
  }
}

static lf_status residuals(const lf_prediction *p, double *out)
{
  size_t c = p->rows / p->n; /* rows of a sample */
  double *block = NULL;
  lf_status st = LF_OK;
  memset(out, 0, p->n * p->c * sizeof *out);
  LF_TRY(lf_calloc(&block, c > 1 ? c * c : p->n, sizeof *block));
  if (c == 1) sweep(p, block, out);
  for (size_t i = 0; i < p->n; i++) {
    double *r = out + i * p->c;
    for (size_t k = 0; c == 1 && k < p->c; k++) r[k] /= block[i];
    if (c == 1) continue;
    block_at(p, i * c, c, block, r);
    solve(c, block, r);
  }
done:
  lf_free(block);
  return st;
}

lf_status lf_flow_leave_one_out(const lf_prediction *p, double *residual, double *rmse)
{
  double *own = NULL, sum = 0;
  size_t values = p->n * p->c;
  lf_status st = LF_OK;
  if (p->n < 2) LF_RAISE(LF_EARG, "leaving one sample out needs two at least, the data have %zu", p->n);
  if (p->n <= p->free.count)
    LF_RAISE(LF_EARG,
             "leaving one of %zu samples out tells nothing: polynomials fit them all; more than %zu are needed", p->n,
             p->data->d + 1);
  if (!residual) LF_TRY(lf_calloc(&own, values, sizeof *own));
  double *r = residual ? residual : own;
  LF_TRY(residuals(p, r));
  for (size_t i = 0; i < values; i++) {
    if (!isfinite(r[i])) LF_RAISE(LF_EMATH, "the leave-one-out residual of value %zu is %g: add a ridge", i, r[i]);
    sum += r[i] * r[i];
  }
  if (rmse) *rmse = sqrt(sum / (double)values);
done:
  lf_free(own);
  return st;
}
