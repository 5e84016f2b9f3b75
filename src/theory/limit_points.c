/* limit_points.c — the recursion at single points: standard deviations, shares, Hermite coefficients, the kernel's diagonal. Everything about a
 * Gram matrix that is not about pairs. */
#include <float.h>
#include <math.h>
#include <string.h>
#include "base/base.h"
#include "base/pool.h"
#include "limit.h"

/* ---- memory -------------------------------------------------------------------------------------------------------------- */
static size_t levels_of(const lf_limit *l, const lf_branch_limit *b)
{
  return l->hidden ? b->groups + l->hidden - 1 : 0;
}

static void level_free(lf_level *v)
{
  double *part[] = {v->r, v->one, v->direction, v->rest, v->mean, v->tail, v->e};
  for (size_t i = 0; i < sizeof part / sizeof *part; i++) lf_free(part[i]);
}

static lf_status level_create(lf_level *v, size_t n)
{
  lf_status st;
  LF_TRY(lf_calloc(&v->r, n, sizeof(double)));
  LF_TRY(lf_calloc(&v->one, n, sizeof(double)));
  LF_TRY(lf_calloc(&v->direction, n, sizeof(double)));
  LF_TRY(lf_calloc(&v->rest, n, sizeof(double)));
done:
  return st;
}

void lf_points_destroy(const lf_limit *l, lf_points *p)
{
  if (!p) return;
  for (size_t i = 0; p->branch && i < l->branches; i++) {
    lf_branch_points *b = &p->branch[i];
    for (size_t k = 0; b->level && k < levels_of(l, &l->branch[i]); k++) level_free(&b->level[k]);
    lf_free(b->level);
    level_free(&b->entry);
    lf_free(b->unit);
  }
  lf_free(p->branch);
  lf_free(p->x);
  lf_free(p->diagonal);
  lf_free(p);
}

/* ---- series ---------------------------------------------------------------------------------------------------------------- */
const double lf_log_promise = -30.6; /* 5e-14, a quarter of LF_SERIES_ERROR */
const size_t lf_rungs[LF_RUNGS] = {8, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, LF_TERMS};

/* Hermite coefficients of one level, a stretch of points per task. */
typedef struct expansion {
  lf_activation activation;
  double param;
  size_t n;
  lf_level *v;
  double *square, *slope; /* (n) E act^2, E act'^2 */
  lf_rule *rule;          /* one per thread */
  bool pairs;             /* coefficients too; else the moments alone */
} expansion;

enum { STRETCH = 16 };

/* Coefficients a_k = E[act'(r z) h_k(z)], rung by rung, until what is left of E act'^2 = sum a_k^2 is below `enough`; half the logs of what is left, as a
 * share. Below rounding it is not known, and counts as rounding: the bound for a pair is a product, and the other's tail may be long. Gives the number of rungs. */
static size_t expand_rule(lf_rule *rule, double square, size_t rungs, double enough, double *a, double *tail)
{
  const double rounding = 16 * DBL_EPSILON; /* of a sum of a thousand terms in vectors */
  double *before = rule->scratch[0], *last = rule->scratch[1], left = square;
  size_t rung = 0, k = 0;
  for (size_t i = 0; i < rule->nodes; i++) before[i] = 0, last[i] = rule->weight[i] * rule->slope[i];
  while (rung < rungs && (rung == 0 || left > enough * square)) {
    lf_dual_get()->hermite(rule->nodes, rule->node, k, lf_rungs[rung], before, last, a);
    for (; k < lf_rungs[rung]; k++) left -= a[k] * a[k];
    tail[rung++] = 0.5 * log(square > 0 ? fmax(left / square, rounding) : rounding);
  }
  return rung;
}

/* e_k = a_k/sqrt(k+1): act(r z) = mean + r sum e_k h_(k+1)(z). */
static void expand_point(const expansion *x, size_t i, lf_rule *rule)
{
  double a[LF_TERMS], tail[LF_RUNGS];
  lf_level *v = x->v;
  lf_rule_make(rule, x->activation, x->param, v->r[i]);
  lf_moments m = lf_rule_moments(rule);
  x->square[i] = m.square;
  x->slope[i] = m.slope_square;
  if (!x->pairs) return;
  v->mean[i] = m.mean;
  (void)expand_rule(rule, m.slope_square, v->rungs, -HUGE_VAL, a, tail);
  for (size_t k = 0; k < v->terms; k++) v->e[k * x->n + i] = a[k] / sqrt((double)k + 1);
  for (size_t k = 0; k < v->rungs; k++) v->tail[k * x->n + i] = tail[k];
}

static void expand_task(void *user, size_t task, size_t thread)
{
  const expansion *x = user;
  size_t end = LF_MIN(x->n, (task + 1) * STRETCH);
  for (size_t i = task * STRETCH; i < end; i++) expand_point(x, i, &x->rule[thread]);
}

static lf_status allocate_series(lf_level *v, size_t n)
{
  lf_status st;
  LF_TRY(lf_calloc(&v->mean, n, sizeof(double)));
  LF_TRY(lf_calloc(&v->tail, n * v->rungs, sizeof(double)));
  LF_TRY(lf_calloc(&v->e, n * v->terms, sizeof(double)));
done:
  return st;
}

/* How many rungs the largest and the smallest variance need for two such points to keep the promise at any correlation. */
static size_t rungs_needed(expansion *x, const double *r)
{
  double a[LF_TERMS], tail[LF_RUNGS], enough = exp(lf_log_promise);
  size_t needed = 1, at[2] = {0, 0};
  for (size_t i = 0; i < x->n; i++) {
    if (r[i] < r[at[0]]) at[0] = i;
    if (r[i] > r[at[1]]) at[1] = i;
  }
  for (int s = 0; s < 2; s++) {
    lf_rule_make(x->rule, x->activation, x->param, r[at[s]]);
    needed = LF_MAX(needed, expand_rule(x->rule, lf_rule_moments(x->rule).slope_square, LF_RUNGS, enough, a, tail));
  }
  return needed;
}

static lf_status expand(const lf_limit *l, lf_level *v, size_t n, lf_pool *pool, bool pairs, double *square,
                        double *slope)
{
  expansion x = {l->model.activation, l->model.activation_param, n, v, square, slope, NULL, pairs};
  lf_status st;
  LF_TRY(lf_calloc(&x.rule, lf_pool_threads(pool), sizeof *x.rule));
  if (pairs) {
    v->rungs = rungs_needed(&x, v->r);
    v->terms = lf_rungs[v->rungs - 1];
    LF_TRY(allocate_series(v, n));
  }
  lf_pool_run(pool, (n + STRETCH - 1) / STRETCH, expand_task, &x);
done:
  lf_free(x.rule);
  return st;
}

/* ---- one branch -------------------------------------------------------------------------------------------------------------- */
typedef struct walk {
  const lf_limit *limit;
  const lf_branch_limit *branch;
  lf_branch_points *to;
  lf_points *points;
  lf_pool *pool;
  double *variance, *kernel;      /* (n) after the layer reached */
  double *square, *slope, *q, *t; /* (n) scratch; t: the carried part */
  double *zero;                   /* (n) */
  bool pairs;
  double doubt; /* in correlations */
} walk;

/* E act^2 and E act'^2 at the level's standard deviations. */
static lf_status activate(const walk *w, lf_level *v)
{
  const lf_model *m = &w->limit->model;
  lf_dual closed = lf_dual_get()->closed[m->activation];
  if (!closed) return expand(w->limit, v, w->points->n, w->pool, w->pairs, w->square, w->slope);
  closed(w->points->n, m->activation_param, v->r, 1, v->r, w->zero, w->square, w->slope);
  return LF_OK;
}

/* The affine layer behind q and t (n); shares go to `behind`. */
static void pass(walk *w, const lf_affine *a, lf_level *behind)
{
  for (size_t i = 0; i < w->points->n; i++) {
    double q = w->q[i], s = a->v * q + a->b, root = sqrt(s);
    behind->one[i] = q > 0 ? 1 / sqrt(q) : 0;
    behind->direction[i] = s > 0 ? sqrt(a->v * q) / root : 1;
    behind->rest[i] = s > 0 ? sqrt(a->b) / root : 0;
    w->variance[i] = s;
    w->kernel[i] = a->g * q + a->h + a->carry * w->t[i];
  }
}

/* How a doubt in the correlation grows: the slope of the map of correlations is largest at 1, and there it is r^2 E act'^2/E act^2. */
static void follow_doubt(walk *w, const lf_level *v)
{
  bool series = lf_shape_of(w->limit->model.activation)->series;
  double slope = 0;
  for (size_t i = 0; i < w->points->n; i++)
    if (w->square[i] > 0) slope = fmax(slope, v->r[i] * v->r[i] * w->slope[i] / w->square[i]);
  w->doubt = w->doubt * fmax(1, slope) + (series ? LF_SERIES_ERROR : LF_CLOSED_ERROR);
}

/* The first hidden layer's groups: each has its own variance and kernel; what they hand on is the mean over all units. */
static lf_status first_level(walk *w, const double *dots)
{
  const lf_branch_limit *b = w->branch;
  size_t n = w->points->n, d = w->limit->d;
  const lf_affine *a = &b->affine[0];
  lf_status st = LF_OK;
  for (size_t g = 0; g < b->groups; g++) {
    double scale2 = b->scale[g] * b->scale[g], *unit = w->to->unit + g * (d + 1) * n;
    lf_level *v = &w->to->level[g];
    for (size_t i = 0; i < n; i++) {
      double s = a->v * scale2 * dots[i] / (double)d + a->b, over = s > 0 ? 1 / sqrt(s) : 0;
      v->r[i] = sqrt(s);
      for (size_t k = 0; k < d; k++)
        unit[k * n + i] = sqrt(a->v / (double)d) * b->scale[g] * over * w->points->x[k * n + i];
      unit[d * n + i] = sqrt(a->b) * over;
    }
    LF_TRY(activate(w, v));
    follow_doubt(w, v);
    for (size_t i = 0; i < n; i++) {
      double kernel = a->g * scale2 * dots[i] / (double)d + a->h;
      w->q[i] = (g ? w->q[i] : 0) + b->share[g] * w->square[i];
      w->t[i] = (g ? w->t[i] : 0) + b->share[g] * w->slope[i] * kernel;
    }
  }
  pass(w, &b->affine[1], &w->to->level[b->groups - 1]);
done:
  return st;
}

static void plain_output(walk *w, const double *dots)
{
  const lf_affine *a = &w->branch->affine[0];
  double scale2 = w->branch->scale[0] * w->branch->scale[0];
  for (size_t i = 0; i < w->points->n; i++) w->kernel[i] = a->g * scale2 * dots[i] / (double)w->limit->d + a->h;
}

static void enter_features(walk *w)
{
  const lf_limit *l = w->limit;
  lf_points *p = w->points;
  double m, scratch, other = 0, *xi = w->square; /* as long as the longer of n and d */
  for (size_t i = 0; i < p->n; i++) {
    const double *at = p->x + i;
    for (size_t k = 0; k < l->d; k++) xi[k] = at[k * p->n];
    lf_entry_strip(l, xi, at, p->n, 1, 0, &other, &w->q[i], &w->t[i], &m, &scratch);
  }
  pass(w, &w->branch->affine[0], &w->to->entry);
}

static lf_status further_level(walk *w, size_t layer, lf_level *v)
{
  size_t n = w->points->n;
  for (size_t i = 0; i < n; i++) v->r[i] = sqrt(w->variance[i]);
  lf_status st = activate(w, v);
  if (st != LF_OK) return st;
  follow_doubt(w, v);
  for (size_t i = 0; i < n; i++) {
    w->q[i] = w->square[i];
    w->t[i] = w->slope[i] * w->kernel[i];
  }
  pass(w, &w->branch->affine[layer], v);
  return LF_OK;
}

static lf_status make_levels(walk *w)
{
  const lf_limit *l = w->limit;
  size_t n = w->points->n, levels = levels_of(l, w->branch);
  lf_status st;
  LF_TRY(lf_calloc(&w->to->level, LF_MAX(levels, 1), sizeof(lf_level)));
  for (size_t i = 0; i < levels; i++) LF_TRY(level_create(&w->to->level[i], n));
  LF_TRY(level_create(&w->to->entry, n));
  if (l->entry == LF_ENTRY_PLAIN && l->hidden)
    LF_TRY(lf_calloc(&w->to->unit, w->branch->groups * (l->d + 1) * n, sizeof(double)));
done:
  return st;
}

static lf_status walk_branch(walk *w, const double *dots)
{
  const lf_limit *l = w->limit;
  size_t first = 1;
  lf_status st;
  LF_TRY(make_levels(w));
  if (l->entry != LF_ENTRY_PLAIN) {
    enter_features(w);
  } else if (l->hidden) {
    LF_TRY(first_level(w, dots));
    first = 2;
  } else {
    plain_output(w, dots);
  }
  for (size_t i = first; i <= l->hidden; i++) LF_TRY(further_level(w, i, &w->to->level[w->branch->groups - 1 + i - 1]));
  for (size_t i = 0; i < w->points->n; i++) w->points->diagonal[i] += w->kernel[i];
done:
  return st;
}

/* ---- all ------------------------------------------------------------------------------------------------------------------------ */
static void take_inputs(const lf_limit *l, lf_points *p, const double *x, double *dots)
{
  for (size_t i = 0; i < p->n; i++)
    for (size_t k = 0; k < l->d; k++) {
      p->x[k * p->n + i] = x[i * l->d + k];
      dots[i] += x[i * l->d + k] * x[i * l->d + k];
    }
}

static lf_status check_diagonal(const lf_points *p)
{
  for (size_t i = 0; i < p->n; i++)
    if (!isfinite(p->diagonal[i]))
      return LF_FAIL(LF_EMATH,
                     "the kernel at point %zu is %g: the variances grow beyond double; choose a smaller init or std", i,
                     p->diagonal[i]);
  return LF_OK;
}

lf_status lf_points_create(lf_points **out, const lf_limit *l, size_t n, const double *x, size_t threads, bool pairs)
{
  enum { PARTS = 8 };
  lf_points *p = NULL;
  double *memory = NULL;
  walk w = {.limit = l, .pairs = pairs};
  size_t room = LF_MAX(n, l->d);
  lf_status st;
  *out = NULL;
  LF_TRY(lf_calloc(&p, 1, sizeof *p));
  p->n = n;
  LF_TRY(lf_calloc(&p->x, n * l->d, sizeof *p->x));
  LF_TRY(lf_calloc(&p->diagonal, n, sizeof *p->diagonal));
  LF_TRY(lf_calloc(&p->branch, l->branches, sizeof *p->branch));
  LF_TRY(lf_calloc(&memory, PARTS * room, sizeof *memory));
  LF_TRY(lf_pool_create(&w.pool, threads));
  double *dots = memory;
  w.variance = memory + room, w.kernel = memory + 2 * room, w.square = memory + 3 * room, w.slope = memory + 4 * room;
  w.q = memory + 5 * room, w.t = memory + 6 * room, w.zero = memory + 7 * room;
  take_inputs(l, p, x, dots);
  w.points = p;
  for (size_t i = 0; i < l->branches; i++) {
    w.branch = &l->branch[i];
    w.to = &p->branch[i];
    w.doubt =
        l->entry == LF_ENTRY_WAVE ? LF_CLOSED_ERROR : 0; /* defects of the others are exact to their own last digits */
    LF_TRY(walk_branch(&w, dots));
    p->error = fmax(p->error, LF_CLOSED_ERROR + w.doubt);
  }
  LF_TRY(check_diagonal(p));
  *out = p;
done:
  lf_pool_destroy(w.pool);
  lf_free(memory);
  if (st != LF_OK) lf_points_destroy(l, p);
  return st;
}

double lf_limit_memory(const lf_limit *l, size_t n)
{
  bool series = lf_shape_of(l->model.activation)->series;
  double levels = 0, units = 0;
  for (size_t i = 0; i < l->branches; i++) {
    levels += (double)levels_of(l, &l->branch[i]) + 1;
    units += (double)(l->branch[i].groups * (l->d + 1));
  }
  return sizeof(double) * (double)n * (levels * (series ? LF_TERMS + LF_RUNGS + 5 : 4) + units + (double)l->d + 8);
}
