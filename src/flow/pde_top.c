/* pde_top.c — the largest eigenvalue that plain descent on the samples has to be stable for, by the power method.
 *
 * What samples see of the equation is r' = -(1/n) K r, K = E^H S E with E_jl = exp(-2 pi i xi_j.x_l) (pde_samples.c). Of many samples a part drawn at random has
 * the same largest eigenvalue but for its scatter. Polynomials that are learned at once are left out, as lf_flow() does with those of the LFP's kernel,
 * which the rates here hold with large eigenvalues. */
#include <math.h>
#include <string.h>
#include "linalg/blas.h"
#include "lowfirst/nudft.h"
#include "lowfirst/random.h"
#include "pde_parts.h"
#include "polynomial.h"

typedef struct top {
  const lf_fem *fem;
  size_t m, nodes;        /* samples looked at */
  double *x;              /* (m,d) */
  lf_nudft *there, *back; /* from samples to nodes; from nodes to samples */
  lf_polynomials free;
  double *r, *hat, *part, *rated, *seen; /* (m); (nodes) complex; (nodes); (2,nodes); (m,2) complex */
} top;

static void top_free(top *t)
{
  double *const array[] = {t->x, t->r, t->hat, t->part, t->rated, t->seen};
  for (size_t i = 0; i < sizeof array / sizeof *array; i++) lf_free(array[i]);
  lf_nudft_destroy(t->there);
  lf_nudft_destroy(t->back);
  lf_polynomials_free(&t->free);
}

static lf_status choose_samples(top *t, const lf_pde *p)
{
  size_t *order = NULL, d = p->d;
  lf_status st;
  LF_TRY(lf_calloc(&order, p->n, sizeof *order));
  LF_TRY(lf_calloc(&t->x, t->m * d, sizeof *t->x));
  LF_TRY(lf_random_permutation(1, LF_PURPOSE_SPLIT, 0, p->n, order));
  for (size_t i = 0; i < t->m; i++) memcpy(t->x + i * d, p->data->x + order[i] * d, d * sizeof *t->x);
done:
  lf_free(order);
  return st;
}

static lf_status top_create(top *t, const lf_pde *p)
{
  enum { MOST = 1024 };
  static const size_t memory = (size_t)1 << 27; /* bytes of phases kept for each of the two transforms */
  const lf_blas *blas = NULL;
  lf_status st;
  *t = (top){.fem = &p->fem, .m = LF_MIN(p->n, (size_t)MOST), .nodes = p->mesh.nodes};
  LF_TRY(choose_samples(t, p));
  if (p->rates.free > 0) LF_TRY(lf_blas_get(&blas));
  LF_TRY(lf_polynomials_create(&t->free, blas, (int)p->rates.free - 1, t->m, p->d, t->x));
  LF_TRY(lf_nudft_create(&t->there, t->m, p->d, t->x, t->nodes, p->mesh.x, memory));
  LF_TRY(lf_nudft_create(&t->back, t->nodes, p->d, p->mesh.x, t->m, t->x, memory));
  LF_TRY(lf_calloc(&t->r, t->m, sizeof *t->r));
  LF_TRY(lf_calloc(&t->hat, 2 * t->nodes, sizeof *t->hat));
  LF_TRY(lf_calloc(&t->part, t->nodes, sizeof *t->part));
  LF_TRY(lf_calloc(&t->rated, 2 * t->nodes, sizeof *t->rated));
  LF_TRY(lf_calloc(&t->seen, 4 * t->m, sizeof *t->seen));
done:
  return st;
}

/* r (m) = what of it is orthogonal to the free polynomials */
static void leave_out(top *t)
{
  for (size_t k = 0; k < t->free.count; k++) {
    const double *q = t->free.basis + k * t->m;
    double along = 0;
    for (size_t i = 0; i < t->m; i++) along += q[i] * t->r[i];
    for (size_t i = 0; i < t->m; i++) t->r[i] -= along * q[i];
  }
}

/* r = K r/m: the transforms divide by their number of points, and the sum over nodes is real because the rates are even. */
static void apply(top *t)
{
  lf_nudft_run(t->there, 1, t->r, t->hat);
  for (size_t side = 0; side < 2; side++) {
    for (size_t j = 0; j < t->nodes; j++) t->part[j] = t->hat[2 * j + side];
    lf_fem_multiply(t->fem, t->fem->rate, t->part, t->rated + side * t->nodes);
  }
  lf_nudft_run(t->back, 2, t->rated, t->seen);
  for (size_t i = 0; i < t->m; i++) t->r[i] = (t->seen[4 * i] + t->seen[4 * i + 3]) * (double)t->nodes;
}

static double length(const top *t)
{
  double sum = 0;
  for (size_t i = 0; i < t->m; i++) sum += t->r[i] * t->r[i];
  return sqrt(sum);
}

lf_status lf_pde_top(const lf_pde *p, double *out)
{
  enum { ROUNDS = 100 };
  static const double enough = 1e-2, rounding = 1e-12;
  top t;
  double before = 0, began;
  lf_status st;
  *out = 0;
  LF_TRY(top_create(&t, p));
  for (size_t i = 0; i < t.m; i++) t.r[i] = lf_random_normal(1, LF_PURPOSE_SEARCH, i);
  began = length(&t);
  leave_out(&t);
  for (size_t round = 0; round < ROUNDS; round++) {
    double size = length(&t);
    if (!(size > (round == 0 ? rounding * began : 0))) break; /* nothing but free polynomials; or nothing at all */
    for (size_t i = 0; i < t.m; i++) t.r[i] /= size;
    apply(&t);
    leave_out(&t);
    before = *out;
    *out = length(&t); /* |K r| of a unit vector: from below, and rising */
    if (*out - before <= enough * *out) break;
  }
done:
  top_free(&t);
  return st;
}
