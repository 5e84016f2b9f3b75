/* target.c — data from an expression: where to sample it, and where to hold it to account. */
#include <math.h>
#include "base/base.h"
#include "build.h"
#include "expression.h"
#include "sampling.h"

/* Defaults: dense enough for a few dozen periods, small enough for a step to take a millisecond or so. */
enum { POINTS_1D = 600, POINTS_2D = 64, POINTS_ALL = 4096 };

/* Where the samples go. */
typedef struct plan {
  size_t d, n, n_test;
  size_t count[LF_MAX_INPUTS], test_count[LF_MAX_INPUTS]; /* per axis; of a grid */
  double low[LF_MAX_INPUTS], high[LF_MAX_INPUTS];
} plan;

static lf_status plan_range(plan *p, const lf_data_options *o, size_t inputs)
{
  p->d = LF_MAX(LF_MAX(inputs, o->n_range), 1);
  if (p->d > LF_MAX_INPUTS)
    return LF_FAIL(LF_EARG, "%zu ranges: at most %d inputs can be given", p->d, (int)LF_MAX_INPUTS);
  if (o->n_range > 1 && o->n_range != p->d)
    return LF_FAIL(LF_EARG, "%zu ranges for %zu inputs: expected one for all or one for each", o->n_range, p->d);
  for (size_t j = 0; j < p->d; j++) {
    size_t from = o->n_range > 1 ? j : 0;
    p->low[j] = o->n_range ? o->low[from] : -M_PI;
    p->high[j] = o->n_range ? o->high[from] : M_PI;
    if (!(p->low[j] < p->high[j]) || !isfinite(p->low[j]) || !isfinite(p->high[j]) || !isfinite(p->high[j] - p->low[j]))
      return LF_FAIL(LF_EARG, "range %g:%g: the lower end must lie below the upper one, both finite", p->low[j],
                     p->high[j]);
  }
  return LF_OK;
}

/* Points per axis of a grid that has POINTS_ALL points or a little less. */
static size_t default_axis(size_t d)
{
  if (d == 1) return POINTS_1D;
  if (d == 2) return POINTS_2D;
  size_t axis = 1;
  while (pow((double)axis + 1, (double)d) <= POINTS_ALL) axis++;
  return axis;
}

/* Multiply the counts; refuse what does not fit. */
static lf_status multiply(size_t *n, const plan *p, const size_t *count, size_t outputs)
{
  double product = 1;
  for (size_t j = 0; j < p->d; j++) product *= (double)count[j];
  lf_status st = lf_data_check_size(product, p->d, outputs);
  if (st == LF_OK) *n = (size_t)product;
  return st;
}

static lf_status plan_points(plan *p, const lf_data_options *o, size_t outputs)
{
  for (size_t i = 0; i < o->n_points; i++)
    if (o->points[i] == 0) return LF_FAIL(LF_EARG, "0 points: there must be at least one");
  if (o->sampling != LF_SAMPLING_GRID) {
    if (o->n_points > 1)
      return LF_FAIL(LF_EARG, "%s samples take one number of points, not one per axis", lf_sampling_name(o->sampling));
    p->n = o->n_points ? o->points[0] : p->d == 1 ? POINTS_1D : POINTS_ALL;
    return lf_data_check_size((double)p->n, p->d, outputs);
  }
  if (o->n_points > 1 && o->n_points != p->d)
    return LF_FAIL(LF_EARG, "%zu numbers of points for %zu inputs: expected one for all or one for each", o->n_points,
                   p->d);
  if (o->n_points == 0 && default_axis(p->d) < 2)
    return LF_FAIL(LF_EARG, "a grid in %zu dimensions has 2^%zu points or more: use uniform or Sobol samples", p->d,
                   p->d);
  for (size_t j = 0; j < p->d; j++)
    p->count[j] = o->n_points == 0 ? default_axis(p->d) : o->points[o->n_points > 1 ? j : 0];
  return multiply(&p->n, p, p->count, outputs);
}

/* Held-out points: the middles of cells. Where the samples are a grid of m, m - 1 cells put them midway between neighbours, as far from every sample
 * as can be; a single sample is flanked by two. Scattered samples get as many cells as there are samples. */
static lf_status plan_test(plan *p, const lf_data_options *o, size_t outputs)
{
  if (o->split != LF_SPLIT_NONE && o->test_points)
    return LF_FAIL(LF_EARG, "test points and a split would both hold samples out: give only one");
  if (o->split != LF_SPLIT_NONE || (p->d > LF_GRID_DIMS && !o->test_points)) return LF_OK;
  for (size_t j = 0; j < p->d; j++) {
    size_t midway = p->count[j] == 1 ? 2 : p->count[j] - 1;
    if (o->test_points)
      p->test_count[j] = o->test_points;
    else if (o->sampling == LF_SAMPLING_GRID)
      p->test_count[j] = midway;
    else
      p->test_count[j] = (size_t)ceil(pow((double)p->n, 1 / (double)p->d));
  }
  return multiply(&p->n_test, p, p->test_count, outputs);
}

static lf_status place_samples(lf_data *data, const plan *p, const lf_data_options *o)
{
  switch (o->sampling) {
  case LF_SAMPLING_GRID: lf_sample_grid(p->d, p->count, p->low, p->high, data->x); return LF_OK;
  case LF_SAMPLING_UNIFORM: lf_sample_uniform(p->n, p->d, p->low, p->high, o->seed, data->x); return LF_OK;
  case LF_SAMPLING_SOBOL: return lf_sample_sobol(p->n, p->d, p->low, p->high, o->seed, data->x);
  }
  return LF_FAIL(LF_EARG, "sampling %d is not known", (int)o->sampling);
}

static lf_status keep_range(lf_data *data, const plan *p)
{
  lf_status st;
  LF_TRY(lf_calloc(&data->low, p->d, sizeof *data->low));
  LF_TRY(lf_calloc(&data->high, p->d, sizeof *data->high));
  for (size_t j = 0; j < p->d; j++) data->low[j] = p->low[j], data->high[j] = p->high[j];
done:
  return st;
}

lf_status lf_data_target(lf_data **out, const char *expression, const lf_data_options *options)
{
  const lf_data_options defaults = {0}, *o = options ? options : &defaults;
  lf_status st;
  lf_expression *e = NULL;
  lf_data *data = NULL;
  plan p = {0};
  *out = NULL;
  LF_TRY(lf_expression_create(&e, "target", expression));
  size_t outputs = lf_expression_outputs(e);
  LF_TRY(plan_range(&p, o, lf_expression_inputs(e)));
  LF_TRY(plan_points(&p, o, outputs));
  LF_TRY(plan_test(&p, o, outputs));
  LF_TRY(lf_data_allocate(&data, expression, p.n, p.d, outputs));
  LF_TRY(lf_data_allocate_test(data, p.n_test));
  LF_TRY(keep_range(data, &p));
  LF_TRY(place_samples(data, &p, o));
  if (p.n_test) lf_sample_middles(p.d, p.test_count, p.low, p.high, data->x_test);
  LF_TRY(lf_expression_evaluate(e, p.n, p.d, data->x, data->y));
  LF_TRY(lf_expression_evaluate(e, p.n_test, p.d, data->x_test, data->y_test));
  LF_TRY(lf_data_finish(data, o));
  data->expression = e;
  *out = data;
  data = NULL, e = NULL;
done:
  lf_data_destroy(data);
  lf_expression_destroy(e);
  return st;
}
