/* nudft.c — direct non-uniform discrete Fourier transform; what and why: lowfirst/nudft.h.
 *
 * A run is 2 m dot products per right-hand side, taken tile by tile of samples. Where the phases are too many to keep, a
 * tile's are computed into the stack by the kernel that would have filled the store. */
#include "lowfirst/nudft.h"
#include <math.h>
#include <stdint.h>
#include "base/base.h"
#include "phase.h"

enum { TILE = 512 }; /* samples: a tile's cosines, sines and values share the 32 KiB of a first-level cache */
static const size_t MEMORY = (size_t)512 << 20;

struct lf_nudft {
  size_t n, d, m, stride; /* stride: n rounded up to whole vectors */
  const lf_phase_kernels *kernels;
  double *x;     /* (d,stride), zeros behind the samples */
  double *xi;    /* (m,d) */
  double *phase; /* (m,2,stride) cosines and sines, or NULL */
};

/* The bound 2^50 leaves the rounding trick of the kernels exact. */
static lf_status check_phases(size_t n, size_t d, const double *x, size_t m, const double *xi)
{
  double bound = 0;
  for (size_t a = 0; a < d; a++) {
    double x_most = 0, xi_most = 0;
    for (size_t j = 0; j < n; j++) {
      if (!isfinite(x[j * d + a])) return LF_FAIL(LF_EMATH, "x[%zu,%zu] is not finite", j, a);
      x_most = fmax(x_most, fabs(x[j * d + a]));
    }
    for (size_t k = 0; k < m; k++) {
      if (!isfinite(xi[k * d + a])) return LF_FAIL(LF_EMATH, "xi[%zu,%zu] is not finite", k, a);
      xi_most = fmax(xi_most, fabs(xi[k * d + a]));
    }
    bound += x_most * xi_most;
  }
  if (!(bound < 0x1p50))
    return LF_FAIL(LF_EARG, "a frequency times a position may reach %.3g cycles; 2^50 is the limit", bound);
  return LF_OK;
}

lf_status lf_nudft_create(lf_nudft **out, size_t n, size_t d, const double *x, size_t m, const double *xi,
                          size_t memory)
{
  lf_status st = LF_OK;
  lf_nudft *p = NULL;
  *out = NULL;
  if (n == 0 || d == 0 || m == 0) return LF_FAIL(LF_EARG, "n = %zu, d = %zu, m = %zu must all be >= 1", n, d, m);
  LF_TRY(check_phases(n, d, x, m, xi));
  LF_TRY(lf_calloc(&p, 1, sizeof *p));
  p->n = n, p->d = d, p->m = m;
  p->stride = (n + LF_PHASE_LANES - 1) / LF_PHASE_LANES * LF_PHASE_LANES;
  p->kernels = lf_phase_kernels_get();
  LF_TRY(lf_calloc(&p->x, d, p->stride * sizeof *p->x));
  LF_TRY(lf_calloc(&p->xi, m, d * sizeof *p->xi));
  for (size_t j = 0; j < n; j++)
    for (size_t a = 0; a < d; a++) p->x[a * p->stride + j] = x[j * d + a];
  for (size_t i = 0; i < m * d; i++) p->xi[i] = xi[i];
  size_t row = 2 * p->stride * sizeof *p->phase;
  if (m <= (memory ? memory : MEMORY) / row) {
    LF_TRY(lf_calloc(&p->phase, m, row));
    for (size_t k = 0; k < m; k++) {
      double *cosine = p->phase + 2 * k * p->stride;
      p->kernels->fill(p->stride, d, p->stride, p->x, xi + k * d, cosine, cosine + p->stride);
    }
  }
  *out = p;
  p = NULL;
done:
  lf_nudft_destroy(p);
  return st;
}

/* hat (c) pairs of frequency k */
static void one_frequency(const lf_nudft *p, size_t k, size_t c, const double *y, double *hat)
{
  double store[2 * TILE];
  for (size_t j = 0; j < 2 * c; j++) hat[j] = 0;
  for (size_t from = 0; from < p->n; from += TILE) {
    const double *cosine = store, *sine = store + TILE;
    if (p->phase)
      cosine = p->phase + 2 * k * p->stride + from, sine = cosine + p->stride;
    else
      p->kernels->fill(LF_MIN(TILE, p->stride - from), p->d, p->stride, p->x + from, p->xi + k * p->d, store,
                       store + TILE);
    for (size_t j = 0; j < c; j++)
      p->kernels->dot(LF_MIN(TILE, p->n - from), cosine, sine, y + j * p->n + from, hat + 2 * j);
  }
  for (size_t j = 0; j < c; j++) {
    hat[2 * j] /= (double)p->n;
    hat[2 * j + 1] /= -(double)p->n;
  }
}

void lf_nudft_run(const lf_nudft *p, size_t c, const double *y, double *hat)
{
  for (size_t k = 0; k < p->m; k++) one_frequency(p, k, c, y, hat + 2 * k * c);
}

void lf_nudft_destroy(lf_nudft *p)
{
  if (!p) return;
  lf_free(p->x);
  lf_free(p->xi);
  lf_free(p->phase);
  lf_free(p);
}
