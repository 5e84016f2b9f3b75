/* lfp_kernel.c — K(x,x') = p_b(0) (G k(|x-x'|) + (V h + V g x.x') k'(|x-x'|)), row by row (THEORY section 3). */
#include "lfp_kernel.h"
#include <math.h>
#include "base/base.h"
#include "base/pool.h"
#include "limit.h"

lf_status lf_lfp_parts_create(lf_lfp_kernel_parts **out, const lf_lfp *p, const lf_frequency_grid *grid)
{
  lf_lfp_kernel_parts *k = NULL;
  lf_status st;
  LF_TRY(lf_calloc(&k, 1, sizeof *k));
  k->lfp = *p;
  if (grid) {
    k->grid = *grid;
    LF_TRY(lf_frequency_grid_check(grid));
    LF_TRY(lf_calloc(&k->weight, lf_frequency_grid_size(grid), sizeof *k->weight));
    LF_TRY(lf_lfp_weights(p, grid, k->weight));
  } else {
    LF_TRY(lf_autocorrelation_create(&k->overlap, &p->spectrum, p->law, p->d));
  }
  *out = k;
  k = NULL;
done:
  lf_lfp_parts_destroy(k);
  return st;
}

void lf_lfp_parts_destroy(lf_lfp_kernel_parts *k)
{
  if (!k) return;
  lf_autocorrelation_destroy(k->overlap);
  lf_free(k->weight);
  lf_free(k);
}

/* A transform like w^-2q leaves polynomials of degree < q free. */
int lf_lfp_free_degree(const lf_lfp_kernel_parts *k) { return k->weight ? -1 : k->lfp.spectrum.order - 1; }

double lf_lfp_error(const lf_lfp_kernel_parts *k)
{
  return k->weight || k->lfp.spectrum.highest == 0 ? LF_CLOSED_ERROR : LF_AUTOCORRELATION_ERROR;
}

double lf_lfp_memory(const lf_lfp_kernel_parts *k, size_t n, size_t m)
{
  return k->weight ? lf_frequency_grid_memory(n, m) : 0;
}

static double entry(const lf_lfp_kernel_parts *k, const double *x, const double *z)
{
  const lf_lfp *p = &k->lfp;
  double square = 0, dot = 0, value, slope;
  for (size_t i = 0; i < p->d; i++) {
    double difference = x[i] - z[i];
    square += difference * difference;
    dot += x[i] * z[i];
  }
  lf_autocorrelation_at(k->overlap, p->scale * sqrt(square), &value, &slope);
  return p->density * (p->value * value + (p->slope + p->inner * dot) * slope) + p->constant;
}

typedef struct rows {
  const lf_lfp_kernel_parts *k;
  size_t m;
  const double *x, *z;
  bool symmetric;
  double *K;
} rows;

static void row_task(void *user, size_t i, size_t thread)
{
  const rows *r = user;
  size_t d = r->k->lfp.d;
  (void)thread;
  for (size_t j = r->symmetric ? i : 0; j < r->m; j++) {
    double value = entry(r->k, r->x + i * d, r->z + j * d);
    r->K[i * r->m + j] = value;
    if (r->symmetric) r->K[j * r->m + i] = value;
  }
}

lf_status lf_lfp_block(const lf_lfp_kernel_parts *k, size_t n, const double *x, size_t m, const double *z,
                       size_t threads, double *K)
{
  rows r = {.k = k, .m = z ? m : n, .x = x, .z = z ? z : x, .symmetric = !z, .K = K};
  lf_pool *pool = NULL;
  if (k->weight) return lf_frequency_grid_block(&k->grid, k->weight, n, x, m, z, threads, K);
  lf_status st = lf_pool_create(&pool, threads);
  if (st == LF_OK) lf_pool_run(pool, n, row_task, &r);
  lf_pool_destroy(pool);
  return st;
}

void lf_lfp_diagonal(const lf_lfp_kernel_parts *k, size_t n, const double *x, double *diagonal)
{
  double whole = k->weight ? lf_fp_gamma(lf_frequency_grid_size(&k->grid), k->weight) : 0;
  for (size_t i = 0; i < n; i++) diagonal[i] = k->weight ? whole * whole : entry(k, x + i * k->lfp.d, x + i * k->lfp.d);
}
