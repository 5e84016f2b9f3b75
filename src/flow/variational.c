/* variational.c — the function of least FP-norm through the samples, on a frequency grid (Zhang, Xu, Luo, Ma 2019; Luo et al. 2021).
 *
 *  h = W E^T alpha, alpha = (E W E^T + epsilon)^-1 y, E the waves at the samples: E W E^T is the grid's kernel between samples, W E^T seen at z that between z and
 *  samples, and ||h||^2 = alpha^T (E W E^T) alpha. By eigenvectors rather than by Cholesky: E W E^T of many close samples is singular in double. */
#include <float.h>
#include <math.h>
#include "base/base.h"
#include "eigen.h"
#include "lowfirst/lfp.h"
#include "lowfirst/system.h"
#include "theory/frequency_grid.h"

static lf_status check_finite(const char *name, size_t n, const double *x)
{
  for (size_t i = 0; i < n; i++)
    if (!isfinite(x[i])) return LF_FAIL(LF_EMATH, "%s[%zu] is %g: the solver needs finite values", name, i, x[i]);
  return LF_OK;
}

static lf_status check(const lf_frequency_grid *g, const double *weight, double epsilon)
{
  lf_status st = lf_frequency_grid_check(g);
  double sum = 0;
  if (st != LF_OK) return st;
  if (!(epsilon >= 0) || isinf(epsilon)) return LF_FAIL(LF_EARG, "epsilon = %g must be finite and >= 0", epsilon);
  for (size_t k = 0; k < lf_frequency_grid_size(g); k++) {
    if (!(weight[k] >= 0) || isinf(weight[k]))
      return LF_FAIL(LF_EARG, "weight[%zu] = %g must be finite and >= 0", k, weight[k]);
    sum += weight[k];
  }
  return sum > 0 ? LF_OK : LF_FAIL(LF_EMATH, "all weights are 0: no function has a finite norm");
}

/* alpha (n,c) and norms (c) from the eigenvectors (rows) and values of E W E^T; share (n,c) is scratch. */
static void solve(const lf_blas *blas, size_t n, size_t c, const double *vector, const double *lambda, double epsilon,
                  const double *y, double *share, double *alpha, double *norm)
{
  int rows = (int)n, columns = (int)c;
  double rounding = (double)n * DBL_EPSILON * lambda[n - 1];
  blas->dgemm(LF_BLAS_ROW_MAJOR, LF_BLAS_PLAIN, LF_BLAS_PLAIN, rows, columns, rows, 1, vector, rows, y, columns, 0,
              share, columns);
  for (size_t j = 0; norm && j < c; j++) norm[j] = 0;
  for (size_t i = 0; i < n; i++) {
    double known = fmax(lambda[i], 0), factor = known + epsilon > rounding ? 1 / (known + epsilon) : 0;
    for (size_t j = 0; j < c; j++) {
      share[i * c + j] *= factor;
      if (norm) norm[j] += known * share[i * c + j] * share[i * c + j];
    }
  }
  for (size_t j = 0; norm && j < c; j++) norm[j] = sqrt(norm[j]);
  blas->dgemm(LF_BLAS_ROW_MAJOR, LF_BLAS_TRANSPOSED, LF_BLAS_PLAIN, rows, columns, rows, 1, vector, rows, share,
              columns, 0, alpha, columns);
}

lf_status lf_lfp_solve(const lf_frequency_grid *g, const double *weight, double epsilon, size_t n, const double *x,
                       size_t c, const double *y, size_t m, const double *z, double *values, double *norm)
{
  const lf_blas *blas = NULL;
  double *K = NULL, *lambda = NULL, *alpha = NULL, *across = NULL;
  size_t threads = lf_cpu_count();
  lf_status st;
  if (n == 0 || c == 0 || !x || !y) LF_RAISE(LF_EARG, "the solver needs samples, it got %zu of %zu outputs", n, c);
  LF_TRY(check(g, weight, epsilon));
  LF_TRY(check_finite("x", n * g->d, x));
  LF_TRY(check_finite("y", n * c, y));
  LF_TRY(check_finite("z", m * g->d, z));
  LF_TRY(lf_blas_get(&blas));
  LF_TRY(lf_calloc(&K, n * n, sizeof *K));
  LF_TRY(lf_calloc(&lambda, n, sizeof *lambda));
  LF_TRY(lf_calloc(&alpha, 2 * n * c, sizeof *alpha));
  LF_TRY(lf_frequency_grid_block(g, weight, n, x, n, NULL, threads, K));
  LF_TRY(lf_eigen(blas, n, K, lambda));
  solve(blas, n, c, K, lambda, epsilon, y, alpha + n * c, alpha, norm);
  if (m == 0) goto done;
  LF_TRY(lf_calloc(&across, m * n, sizeof *across));
  LF_TRY(lf_frequency_grid_block(g, weight, m, z, n, x, threads, across));
  blas->dgemm(LF_BLAS_ROW_MAJOR, LF_BLAS_PLAIN, LF_BLAS_PLAIN, (int)m, (int)c, (int)n, 1, across, (int)n, alpha, (int)c,
              0, values, (int)c);
done:
  lf_free(K);
  lf_free(lambda);
  lf_free(alpha);
  lf_free(across);
  return st;
}
