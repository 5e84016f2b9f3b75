/* polynomial.c — the free polynomials of a kernel on given samples.
 *
 * x - mean = U S V^T: the functions (x - mean).v_k/s_k are orthonormal on the samples and, with the constant, span all polynomials of degree <= 1 that differ
 * there. Directions in which the samples do not spread have no function: the polynomial chosen is constant along them, the shortest gradient that
 * fits. Rotated samples then have rotated polynomials. */
#include "polynomial.h"
#include <math.h>
#include <string.h>
#include "base/base.h"

/* A spread below this share of the largest is rounding, or as good as. */
static const double flat = 1e-10;

static void centre(lf_polynomials *p, const double *x, double *shifted)
{
  size_t n = p->n, d = p->d;
  for (size_t j = 0; j < d; j++) {
    for (size_t i = 0; i < n; i++) p->centre[j] += x[i * d + j] / (double)n;
    for (size_t i = 0; i < n; i++) shifted[i * d + j] = x[i * d + j] - p->centre[j];
  }
}

/* shifted (n,d) is LAPACK's (d,n): its left vectors are directions, its right ones the functions at the samples. */
static lf_status take_directions(lf_polynomials *p, const lf_blas *blas, double *shifted)
{
  int d = (int)p->d, n = (int)p->n, least = LF_MIN(d, n), size = -1, info = 0;
  double *s = NULL, *u, *vt, *work = NULL, ask = 0;
  size_t most = (size_t)least;
  lf_status st;
  LF_TRY(lf_calloc(&s, most * (1 + p->d + p->n), sizeof *s));
  u = s + most, vt = u + most * p->d;
  blas->dgesvd("S", "S", &d, &n, shifted, &d, s, u, &d, vt, &least, &ask, &size, &info, 1, 1);
  size = (int)ask;
  LF_TRY(lf_calloc(&work, (size_t)size, sizeof *work));
  blas->dgesvd("S", "S", &d, &n, shifted, &d, s, u, &d, vt, &least, work, &size, &info, 1, 1);
  if (info != 0) LF_RAISE(LF_EMATH, "the principal directions of the samples did not converge (dgesvd: %d)", info);
  for (size_t k = 0; k < most && p->count < p->n && s[k] > flat * s[0]; k++, p->count++) {
    for (size_t i = 0; i < p->n; i++) p->basis[p->count * p->n + i] = vt[i * most + k];
    for (size_t j = 0; j < p->d; j++) p->gradient[p->count * p->d + j] = u[k * p->d + j] / s[k];
  }
done:
  lf_free(s);
  lf_free(work);
  return st;
}

lf_status lf_polynomials_create(lf_polynomials *p, const lf_blas *blas, int degree, size_t n, size_t d, const double *x)
{
  size_t most = degree < 0 ? 0 : 1 + (degree > 0 ? LF_MIN(n, d) : 0);
  double *shifted = NULL;
  lf_status st = LF_OK;
  *p = (lf_polynomials){.n = n, .d = d};
  if (degree < 0) return LF_OK;
  LF_TRY(lf_calloc(&p->basis, most * n, sizeof *p->basis));
  LF_TRY(lf_calloc(&p->centre, d, sizeof *p->centre));
  LF_TRY(lf_calloc(&p->gradient, most * d, sizeof *p->gradient));
  LF_TRY(lf_calloc(&shifted, n * d, sizeof *shifted));
  for (size_t i = 0; i < n; i++) p->basis[i] = 1 / sqrt((double)n);
  p->count = 1;
  centre(p, x, shifted);
  if (degree > 0 && n > 1) LF_TRY(take_directions(p, blas, shifted));
done:
  lf_free(shifted);
  return st;
}

void lf_polynomials_free(lf_polynomials *p)
{
  lf_free(p->basis);
  lf_free(p->centre);
  lf_free(p->gradient);
  lf_free(p->image);
  *p = (lf_polynomials){0};
}

void lf_polynomials_at(const lf_polynomials *p, const double *z, double *out)
{
  for (size_t k = 0; k < p->count; k++) {
    out[k] = k == 0 ? 1 / sqrt((double)p->n) : 0;
    for (size_t j = 0; j < p->d; j++) out[k] += p->gradient[k * p->d + j] * (z[j] - p->centre[j]);
  }
}

/* With Q the basis as columns, T = K Q and H = T - Q (Q^T T)/2:  P K P = K - H Q^T - Q H^T. */
lf_status lf_polynomials_remove(lf_polynomials *p, const lf_blas *blas, double *K)
{
  int n = (int)p->n, count = (int)p->count;
  size_t pairs = p->count * p->count;
  double *half = NULL, *inner = NULL;
  lf_status st = LF_OK;
  if (count == 0) return LF_OK;
  LF_TRY(lf_calloc(&p->image, p->n * p->count, sizeof *p->image));
  LF_TRY(lf_calloc(&half, p->n * p->count, sizeof *half));
  LF_TRY(lf_calloc(&inner, pairs, sizeof *inner));
  blas->dgemm(LF_BLAS_ROW_MAJOR, LF_BLAS_PLAIN, LF_BLAS_TRANSPOSED, n, count, n, 1, K, n, p->basis, n, 0, p->image,
              count);
  blas->dgemm(LF_BLAS_ROW_MAJOR, LF_BLAS_PLAIN, LF_BLAS_PLAIN, count, count, n, 1, p->basis, n, p->image, count, 0,
              inner, count);
  memcpy(half, p->image, p->n * p->count * sizeof *half);
  blas->dgemm(LF_BLAS_ROW_MAJOR, LF_BLAS_TRANSPOSED, LF_BLAS_PLAIN, n, count, count, -0.5, p->basis, n, inner, count, 1,
              half, count);
  blas->dgemm(LF_BLAS_ROW_MAJOR, LF_BLAS_PLAIN, LF_BLAS_PLAIN, n, n, count, -1, half, count, p->basis, n, 1, K, n);
  blas->dgemm(LF_BLAS_ROW_MAJOR, LF_BLAS_TRANSPOSED, LF_BLAS_TRANSPOSED, n, n, count, -1, p->basis, n, half, count, 1,
              K, n);
done:
  lf_free(half);
  lf_free(inner);
  return st;
}
