/* limit_block.c — a block of the limit kernel, tile by tile: every pair of points goes through all layers while its numbers are in the first-level
 * cache. A symmetric block computes the tiles above the diagonal and mirrors them. */
#include <math.h>
#include <string.h>
#include "base/base.h"
#include "base/pool.h"
#include "limit.h"
#include "linalg/gemm.h"

enum { TILE = LF_WINDOW_STEP }; /* columns of a strip: a dozen arrays of 1 KB */

/* What one thread works on. */
typedef struct desk {
  double m[TILE], kernel[TILE], q[TILE], slope[TILE], t[TILE], q_sum[TILE], t_sum[TILE], ones[TILE];
  double e[LF_TERMS];
  double *x, *unit; /* (d), (d+1): the row's point, its unit vector */
  lf_rule *rules;   /* two, where pairs may need an integral */
  bool odd;         /* an entry was not finite */
} desk;

typedef struct block {
  const lf_limit *limit;
  const lf_points *a, *b;
  const lf_dual_kernels *use;
  lf_window part;
  lf_block *to;
  bool symmetric;
  size_t tile_rows, tile_columns;
  desk *desks;
} block;

/* A row of a against columns [j, j + n) of b. */
typedef struct strip {
  const block *k;
  size_t branch, i, j, n;
  desk *on;
} strip;

/* ---- activations ------------------------------------------------------------------------------------------------------------ */
/* Relative to sqrt(E act'(u)^2 E act'(v)^2), what is left out beyond K terms is at most |rho|^K sqrt(tail tail') <= exp(-K |m|) sqrt(tail tail').
 * The sum of its logarithm's parts: */
static double left_out(const strip *s, const lf_level *a, const lf_level *b, size_t rung, size_t j)
{
  return a->tail[rung * s->k->a->n + s->i] + b->tail[rung * s->k->b->n + s->j + j] -
         (double)lf_rungs[rung] * fabs(s->on->m[j]);
}

/* The fewest terms that keep the promise for every pair of the strip; all there are where none do. */
static size_t choose_rung(const strip *s, const lf_level *a, const lf_level *b)
{
  size_t rungs = LF_MIN(a->rungs, b->rungs), rung = 0;
  for (size_t j = 0; j < s->n && rung + 1 < rungs; j++)
    while (rung + 1 < rungs && left_out(s, a, b, rung, j) > lf_log_promise) rung++;
  return rung;
}

/* Pairs too close to +-1 for the series: the double integral. */
static void integrate_close(const strip *s, const lf_level *a, const lf_level *b, size_t rung)
{
  const lf_model *model = &s->k->limit->model;
  desk *on = s->on;
  for (size_t j = 0; j < s->n; j++)
    if (left_out(s, a, b, rung, j) > lf_log_promise)
      lf_pair_integral(model->activation, model->activation_param, a->r[s->i], b->r[s->j + j], on->m[j], on->rules,
                       &on->q[j], &on->slope[j]);
}

/* act = mean + r sum e_k h_(k+1): with y = sum e_k e'_k rho^k, Q = mean mean' + r r' rho y and Q' = y + rho dy/drho. */
static void sum_series(const strip *s, const lf_level *a, const lf_level *b)
{
  desk *on = s->on;
  size_t rung = choose_rung(s, a, b), terms = lf_rungs[rung];
  for (size_t k = 0; k < terms; k++) on->e[k] = a->e[k * s->k->a->n + s->i];
  s->k->use->series(s->n, terms, on->e, b->e + s->j, s->k->b->n, on->m, on->q, on->slope);
  for (size_t j = 0; j < s->n; j++) {
    double rho = copysign(1 - fabs(on->m[j]), on->m[j]), y = on->q[j];
    on->q[j] = a->mean[s->i] * b->mean[s->j + j] + a->r[s->i] * b->r[s->j + j] * rho * y;
    on->slope[j] = y + rho * on->slope[j];
  }
  integrate_close(s, a, b, rung);
}

static void activate(const strip *s, const lf_level *a, const lf_level *b)
{
  const lf_model *model = &s->k->limit->model;
  lf_dual closed = s->k->use->closed[model->activation];
  if (closed)
    closed(s->n, model->activation_param, a->r + s->i, 0, b->r + s->j, s->on->m, s->on->q, s->on->slope);
  else
    sum_series(s, a, b);
}

/* ---- layers -------------------------------------------------------------------------------------------------------------------- */
/* An activation at levels a and b, and the affine layer `by` behind it; `last`: the output. */
static lf_step step_of(const strip *s, const lf_affine *by, const lf_level *a, const lf_level *b, bool last)
{
  lf_step step = {.g = by->g,
                  .h = by->h,
                  .carry = by->carry,
                  .direction = a->direction[s->i],
                  .rest = a->rest[s->i],
                  .directions = last ? NULL : b->direction + s->j,
                  .rests = last ? NULL : b->rest + s->j};
  if (a->r) step.r = a->r[s->i], step.t = b->r + s->j;
  return step;
}

/* After q and the kernel's factor `slope`: the layer's kernel, and the defect before the next activation. */
static void pass(const strip *s, const lf_step *step, const lf_level *a, const lf_level *b, const double *q,
                 const double *slope)
{
  const lf_dual_kernels *use = s->k->use;
  use->carry(s->n, step, q, slope, s->on->kernel);
  if (!step->directions) return;
  use->defect(s->n, q, a->one[s->i], b->one + s->j, s->on->m);
  use->affine(s->n, step, s->on->m);
}

static bool is_rectifier(const lf_model *m) { return m->activation == LF_RELU || m->activation == LF_LEAKY_RELU; }

static void further_layer(const strip *s, const lf_affine *by, const lf_level *a, const lf_level *b, bool last)
{
  const lf_model *model = &s->k->limit->model;
  lf_step step = step_of(s, by, a, b, last);
  step.positive =
      model->activation == LF_RELU && a != s->k->a->branch[s->branch].level && s->k->limit->entry == LF_ENTRY_PLAIN;
  if (is_rectifier(model)) {
    s->k->use->relu_layer(s->n, model->activation == LF_RELU ? 0 : model->activation_param, &step, s->on->m,
                          s->on->kernel);
    return;
  }
  activate(s, a, b);
  pass(s, &step, a, b, s->on->q, s->on->slope);
}

static void take_point(const strip *s)
{
  const lf_points *a = s->k->a;
  for (size_t k = 0; k < s->k->limit->d; k++) s->on->x[k] = a->x[k * a->n + s->i];
}

/* The kernel of the first affine layer, g scale^2 x.x'/d + h */
static void affine_kernel(const strip *s, const lf_affine *by, double scale)
{
  const lf_points *b = s->k->b;
  size_t d = s->k->limit->d;
  s->k->use->inner(s->n, d, s->on->x, b->x + s->j, b->n, by->g * scale * scale / (double)d, by->h, s->on->kernel);
}

/* The defect and the kernel in front of the first activation of one group. */
static void enter_group(const strip *s, size_t g)
{
  const lf_limit *l = s->k->limit;
  const lf_branch_limit *branch = &l->branch[s->branch];
  const double *ua = s->k->a->branch[s->branch].unit + g * (l->d + 1) * s->k->a->n;
  const double *ub = s->k->b->branch[s->branch].unit + g * (l->d + 1) * s->k->b->n;
  for (size_t k = 0; k <= l->d; k++) s->on->unit[k] = ua[k * s->k->a->n + s->i];
  s->k->use->unit_defect(s->n, l->d + 1, s->on->unit, ub + s->j, s->k->b->n, s->on->m);
  affine_kernel(s, &branch->affine[0], branch->scale[g]);
}

/* Groups of units of the first layer: what they hand on is the mean over all units. */
static void first_layer_of_groups(const strip *s)
{
  const lf_limit *l = s->k->limit;
  const lf_branch_limit *branch = &l->branch[s->branch];
  const lf_branch_points *a = &s->k->a->branch[s->branch], *b = &s->k->b->branch[s->branch];
  desk *on = s->on;
  memset(on->q_sum, 0, sizeof on->q_sum);
  memset(on->t_sum, 0, sizeof on->t_sum);
  for (size_t g = 0; g < branch->groups; g++) {
    enter_group(s, g);
    activate(s, &a->level[g], &b->level[g]);
    for (size_t j = 0; j < s->n; j++) {
      on->q_sum[j] += branch->share[g] * on->q[j];
      on->t_sum[j] += branch->share[g] * on->slope[j] * on->kernel[j];
    }
  }
  const lf_level *la = &a->level[branch->groups - 1], *lb = &b->level[branch->groups - 1];
  lf_step step = step_of(s, &branch->affine[1], la, lb, l->hidden == 1);
  memcpy(on->kernel, on->t_sum, s->n * sizeof(double));
  pass(s, &step, la, lb, on->q_sum, on->ones);
}

static void enter_features(const strip *s)
{
  const lf_limit *l = s->k->limit;
  const lf_branch_limit *branch = &l->branch[s->branch];
  const lf_level *a = &s->k->a->branch[s->branch].entry, *b = &s->k->b->branch[s->branch].entry;
  desk *on = s->on;
  lf_step step = step_of(s, &branch->affine[0], a, b, l->hidden == 0);
  lf_entry_strip(l, on->x, s->k->b->x + s->j, s->k->b->n, s->n, a->one[s->i], b->one + s->j, on->q, on->kernel, on->m,
                 on->t);
  s->k->use->carry(s->n, &step, on->q, on->ones, on->kernel);
  if (l->hidden) s->k->use->affine(s->n, &step, on->m);
}

/* The branch's kernel (n) in on->kernel. */
static void run_branch(const strip *s)
{
  const lf_limit *l = s->k->limit;
  const lf_branch_limit *branch = &l->branch[s->branch];
  const lf_branch_points *a = &s->k->a->branch[s->branch], *b = &s->k->b->branch[s->branch];
  size_t first = 1;
  if (l->entry != LF_ENTRY_PLAIN) {
    enter_features(s);
  } else if (l->hidden == 0) {
    affine_kernel(s, &branch->affine[0], branch->scale[0]);
  } else if (branch->groups > 1) {
    first_layer_of_groups(s);
    first = 2;
  } else {
    enter_group(s, 0);
  }
  for (size_t i = first; i <= l->hidden; i++) {
    size_t level = branch->groups - 1 + i - 1;
    further_layer(s, &branch->affine[i], &a->level[level], &b->level[level], i == l->hidden);
  }
}

/* ---- tiles ---------------------------------------------------------------------------------------------------------------------- */
static double *entry(const block *k, size_t i, size_t j)
{
  return k->to->K + (i - k->part.i) * k->to->stride + (j - k->part.j);
}

static void run_row(const block *k, size_t i, size_t j, size_t n, desk *on)
{
  strip s = {.k = k, .i = i, .j = j, .n = n, .on = on};
  double *row = entry(k, i, j);
  take_point(&s);
  for (; s.branch < k->limit->branches; s.branch++) {
    run_branch(&s);
    if (s.branch == 0)
      memcpy(row, on->kernel, n * sizeof(double));
    else
      for (size_t c = 0; c < n; c++) row[c] += on->kernel[c];
    on->odd |= !lf_all_finite(n, s.branch == 0 ? on->kernel : row); /* not what memory still has to take in */
  }
}

/* Rows [i0, i1) are done from column j0, or the diagonal, to j1: the other half. */
static void mirror(const block *k, size_t i0, size_t i1, size_t j0, size_t j1)
{
  if (i0 != j0) {
    lf_gemm_get()->transpose_f64(i1 - i0, j1 - j0, entry(k, i0, j0), k->to->stride, entry(k, j0, i0), k->to->stride);
    return;
  }
  for (size_t i = i0; i < i1; i++)
    for (size_t j = i + 1; j < j1; j++) *entry(k, j, i) = *entry(k, i, j);
}

/* Tasks are tiles row by row; of a symmetric block those below the diagonal have nothing to do. */
static void tile_task(void *user, size_t task, size_t thread)
{
  const block *k = user;
  const lf_window *part = &k->part;
  size_t row = task / k->tile_columns, column = task % k->tile_columns;
  if (k->symmetric && column < row) return;
  size_t i0 = part->i + row * TILE, i1 = LF_MIN(i0 + TILE, part->i + part->h);
  size_t j0 = part->j + column * TILE, j1 = LF_MIN(j0 + TILE, part->j + part->w);
  for (size_t i = i0; i < i1; i++) {
    size_t from = k->symmetric ? LF_MAX(j0, i) : j0;
    if (from < j1) run_row(k, i, from, j1 - from, &k->desks[thread]);
    if (k->symmetric && row == column) *entry(k, i, i) = k->a->diagonal[i];
  }
  if (k->symmetric) mirror(k, i0, i1, j0, j1);
}

static lf_status set_desks(const block *k, size_t threads)
{
  bool integrals = !k->use->closed[k->limit->model.activation];
  lf_status st = LF_OK;
  for (size_t i = 0; i < threads; i++) {
    desk *on = &k->desks[i];
    for (size_t j = 0; j < TILE; j++) on->ones[j] = 1;
    LF_TRY(lf_calloc(&on->x, 2 * k->limit->d + 1, sizeof *on->x));
    on->unit = on->x + k->limit->d;
    if (integrals) LF_TRY(lf_calloc(&on->rules, 2, sizeof *on->rules));
  }
done:
  return st;
}

lf_status lf_limit_block(const lf_limit *l, const lf_points *a, const lf_points *b, lf_window part, size_t threads,
                         lf_block *to)
{
  block k = {.limit = l, .a = a, .b = b, .use = lf_dual_get(), .part = part, .to = to};
  lf_pool *pool = NULL;
  lf_status st;
  k.symmetric = a == b && part.i == part.j && part.h == part.w;
  k.tile_rows = (part.h + TILE - 1) / TILE;
  k.tile_columns = (part.w + TILE - 1) / TILE;
  LF_TRY(lf_calloc(&k.desks, threads, sizeof *k.desks));
  LF_TRY(set_desks(&k, threads));
  LF_TRY(lf_pool_create(&pool, threads));
  lf_pool_run(pool, k.tile_rows * k.tile_columns, tile_task, &k);
done:
  lf_pool_destroy(pool);
  for (size_t i = 0; k.desks && i < threads; i++) {
    to->odd |= k.desks[i].odd;
    lf_free(k.desks[i].x);
    lf_free(k.desks[i].rules);
  }
  lf_free(k.desks);
  return st;
}
