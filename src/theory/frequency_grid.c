/* frequency_grid.c — the lattice of a variational solver, and kernels as sums over it.
 *
 * cos 2 pi xi.(x-z) = cos cos + sin sin: a block of the kernel is a product of two matrices of waves, taken in strips of frequencies, so that memory is that of
 * a strip. Threads share the waves; the products are one after another, in order, whoever computes the waves. */
#include "frequency_grid.h"
#include <math.h>
#include "base/base.h"
#include "base/pool.h"
#include "linalg/blas.h"

static const double two_pi = 6.283185307179586477;
enum { STRIP = 256, MOST_AXES = 14 };

static size_t whole(const lf_frequency_grid *g)
{
  size_t all = 1;
  for (size_t j = 0; j < g->d; j++) all *= 2 * g->highest + 1;
  return all;
}

size_t lf_frequency_grid_size(const lf_frequency_grid *g) { return (whole(g) + 1) / 2; }

/* Numbered through with the last axis fastest, the zero is in the middle, and xi at k behind it has -xi at k before. */
static void point(const lf_frequency_grid *g, size_t k, double *xi)
{
  size_t side = 2 * g->highest + 1, at = (whole(g) - 1) / 2 + k;
  for (size_t j = g->d; j-- > 0; at /= side) xi[j] = ((double)(at % side) - (double)g->highest) / g->period;
}

void lf_frequency_grid_points(const lf_frequency_grid *g, double *xi)
{
  for (size_t k = 0; k < lf_frequency_grid_size(g); k++) point(g, k, xi + k * g->d);
}

lf_status lf_frequency_grid_check(const lf_frequency_grid *g)
{
  static const double most = 1e7;
  if (g->d == 0 || g->highest == 0 || !(g->period > 0) || isinf(g->period))
    return LF_FAIL(LF_EARG,
                   "a frequency grid needs d >= 1, highest >= 1, a finite period above 0; it has %zu, %zu and %g", g->d,
                   g->highest, g->period);
  if (pow(2 * (double)g->highest + 1, (double)g->d) > most)
    return LF_FAIL(LF_EARG, "a frequency grid of %zu axes up to %zu/period has more than %.0e points", g->d, g->highest,
                   most);
  return LF_OK;
}

lf_status lf_frequency_grid_for(lf_frequency_grid *out, size_t n, size_t d, const double *x)
{
  static const size_t most[] = {8192, 64, 20};
  const double wide = 8, fine = 16;
  double side = 0;
  if (d == 0 || d > sizeof most / sizeof *most)
    return LF_FAIL(LF_EARG, "the solver grid takes 1 to 3 inputs, these have %zu; the solver kernel takes any number",
                   d);
  for (size_t j = 0; j < d; j++) {
    double low = INFINITY, high = -INFINITY;
    for (size_t i = 0; i < n; i++) low = fmin(low, x[i * d + j]), high = fmax(high, x[i * d + j]);
    side = fmax(side, high - low);
  }
  if (!(side > 0) || isinf(side))
    return LF_FAIL(LF_EARG, "the solver grid needs samples that differ; theirs spread over %g", side);
  double nyquist = pow((double)n, 1 / (double)d) / 2 * wide;
  *out = (lf_frequency_grid){d, wide * side, LF_MIN(most[d - 1], (size_t)ceil(fine * nyquist))};
  return LF_OK;
}

lf_status lf_lfp_weights(const lf_lfp *p, const lf_frequency_grid *g, double *weight)
{
  const double zero_share = 0.1;
  size_t size = lf_frequency_grid_size(g);
  double *xi = NULL, *norm = NULL, cell = pow(g->period, -(double)g->d);
  lf_status st;
  LF_TRY(lf_frequency_grid_check(g));
  if (lf_lfp_model(p)->width[0] != g->d)
    LF_RAISE(LF_EARG, "a grid of %zu axes does not fit a net of %zu inputs", g->d, lf_lfp_model(p)->width[0]);
  LF_TRY(lf_calloc(&xi, size * g->d, sizeof *xi));
  LF_TRY(lf_calloc(&norm, size, sizeof *norm));
  lf_frequency_grid_points(g, xi);
  for (size_t k = 0; k < size; k++) {
    for (size_t j = 0; j < g->d; j++) norm[k] += xi[k * g->d + j] * xi[k * g->d + j];
    norm[k] = k ? sqrt(norm[k]) : zero_share / g->period;
  }
  LF_TRY(lf_lfp_rates(p, size, norm, weight, NULL));
  for (size_t k = 0; k < size; k++) weight[k] *= cell;
done:
  lf_free(xi);
  lf_free(norm);
  return st;
}

/* ---- waves ------------------------------------------------------------------------------------------------------------------------ */
typedef struct strip {
  const lf_frequency_grid *g;
  const double *weight, *x;
  size_t first, count;
  double *wave; /* (n, 2 count): root weight times cosines, then sines */
} strip;

static void wave_task(void *user, size_t i, size_t thread)
{
  const strip *s = user;
  const double *x = s->x + i * s->g->d;
  double *wave = s->wave + i * 2 * s->count, xi[MOST_AXES];
  (void)thread;
  for (size_t k = 0; k < s->count; k++) {
    size_t at = s->first + k;
    double cycles = 0, root = sqrt((at ? 2 : 1) * s->weight[at]);
    point(s->g, at, xi);
    for (size_t j = 0; j < s->g->d; j++) cycles += xi[j] * x[j];
    double phase = two_pi * remainder(cycles, 1);
    wave[k] = root * cos(phase);
    wave[s->count + k] = root * sin(phase);
  }
}

double lf_frequency_grid_memory(size_t n, size_t m) { return sizeof(double) * 2.0 * STRIP * (double)(n + m); }

lf_status lf_frequency_grid_block(const lf_frequency_grid *g, const double *weight, size_t n, const double *x, size_t m,
                                  const double *z, size_t threads, double *K)
{
  size_t size = lf_frequency_grid_size(g), columns = z ? m : n;
  const lf_blas *blas = NULL;
  lf_pool *pool = NULL;
  double *here = NULL, *there = NULL;
  lf_status st;
  LF_TRY(lf_blas_get(&blas));
  LF_TRY(lf_pool_create(&pool, threads));
  LF_TRY(lf_calloc(&here, n * 2 * STRIP, sizeof *here));
  if (z) LF_TRY(lf_calloc(&there, m * 2 * STRIP, sizeof *there));
  for (size_t first = 0; first < size; first += STRIP) {
    size_t count = LF_MIN(size - first, (size_t)STRIP);
    strip s = {g, weight, x, first, count, here};
    lf_pool_run(pool, n, wave_task, &s);
    s.x = z, s.wave = there;
    if (z) lf_pool_run(pool, m, wave_task, &s);
    int wide = 2 * (int)count;
    blas->dgemm(LF_BLAS_ROW_MAJOR, LF_BLAS_PLAIN, LF_BLAS_TRANSPOSED, (int)n, (int)columns, wide, 1, here, wide,
                z ? there : here, wide, first ? 1 : 0, K, (int)columns);
  }
  for (size_t i = 0; !z && i < n; i++)
    for (size_t j = 0; j < i; j++) K[i * n + j] = K[j * n + i];
done:
  lf_pool_destroy(pool);
  lf_free(here);
  lf_free(there);
  return st;
}
