/* engine.c — workspaces, strips, evaluation: what surrounds the engine's inner loops. */
#include "engine.h"
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "base/base.h"
#include "channels.h"
#include "linalg/gemm.h"

extern const lf_engine lf_engine_f32, lf_engine_f64;

const lf_engine *lf_engine_get(lf_dtype dtype) { return dtype == LF_F32 ? &lf_engine_f32 : &lf_engine_f64; }

/* ---- workspace ---------------------------------------------------------------------------------------------------------- */
/* Rows of s held per strip: activations, slopes and curves of all hidden layers. */
static size_t held_rows(const lf_net *net, int order, size_t *widest, size_t *depth)
{
  size_t rows = 0, per_unit = 2 * lf_channels(net->model.width[0], order) + (size_t)order;
  *widest = LF_MAX(net->inputs, net->outputs);
  *depth = 1;
  for (size_t b = 0; b < net->branches; b++) {
    *depth = LF_MAX(*depth, net->branch[b].depth);
    for (size_t i = 0; i < net->branch[b].depth; i++) {
      const lf_layer *l = &net->branch[b].layer[i];
      *widest = LF_MAX(*widest, l->rows);
      if (i + 1 < net->branch[b].depth) rows += per_unit * l->rows;
    }
  }
  return rows;
}

/* The next `rows` rows of s. */
static void *take(char **at, size_t rows, size_t s, size_t size)
{
  void *here = *at;
  *at += rows * s * size;
  return here;
}

lf_status lf_workspace_create(lf_workspace **out, const lf_net *net, int order, size_t s)
{
  lf_status st = LF_OK;
  lf_workspace *w = NULL;
  size_t widest, depth, rows = held_rows(net, order, &widest, &depth), size = lf_dtype_size(net->dtype);
  const size_t padded = LF_ROUND_UP(widest, LF_GEMM_PAD_BYTES / size), c = net->outputs;
  *out = NULL;
  LF_TRY(lf_calloc(&w, 1, sizeof *w));
  w->s = s;
  w->order = order;
  w->d = net->model.width[0];
  w->depth = depth;
  const size_t channels = w->channels = lf_channels(w->d, order);
  LF_TRY(lf_calloc(&w->value, net->branches * depth, sizeof *w->value));
  LF_TRY(lf_calloc(&w->slope, net->branches * depth, sizeof *w->slope));
  LF_TRY(lf_calloc(&w->curve, net->branches * depth, sizeof *w->curve));
  LF_TRY(lf_calloc(&w->memory, (rows + (2 * widest + padded + 2 * c) * channels + 1) * s, size));
  char *at = w->memory;
  for (size_t b = 0; b < net->branches; b++)
    for (size_t i = 0; i + 1 < net->branch[b].depth; i++) {
      const size_t units = net->branch[b].layer[i].rows;
      w->value[b * depth + i] = take(&at, units * channels, s, size);
      w->slope[b * depth + i] = take(&at, units * channels, s, size);
      w->curve[b * depth + i] = take(&at, units * (size_t)order, s, size);
    }
  w->delta[0] = take(&at, widest * channels, s, size);
  w->delta[1] = take(&at, widest * channels, s, size);
  w->turned = take(&at, padded * channels, s, size);
  w->out = take(&at, c * channels, s, size);
  w->dout = take(&at, c * channels, s, size);
  w->spare = take(&at, 1, s, size);
  *out = w;
  w = NULL;
done:
  lf_workspace_destroy(w);
  return st;
}

void lf_workspace_destroy(lf_workspace *w)
{
  if (!w) return;
  lf_free(w->value);
  lf_free(w->slope);
  lf_free(w->curve);
  lf_free(w->memory);
  lf_free(w);
}

/* ---- strips --------------------------------------------------------------------------------------------------------------- */
double lf_net_flops(const lf_net *net, size_t n) { return 6.0 * (double)net->count * (double)n; }

/* Flops of a step from which it pays to share it among threads: some 15 us on one of them, against 1 us to meet twice. */
const double lf_shared_flops = 1e6;

/* Into how many strips a batch is cut to be shared: 4 of three vectors or more, or 2, which two threads share evenly. Thinner ones make worse tiles,
 * and every strip a gradient to be added. */
static size_t shares(size_t vectors) { return vectors >= 12 ? 4 : vectors >= 4 ? 2 : 1; }

lf_deal lf_deal_strips(const lf_net *net, int order, size_t n)
{
  enum { STRIP_BYTES = 640 * 1024, MOST = 256 };
  size_t widest, depth, size = lf_dtype_size(net->dtype), pad = LF_GEMM_PAD_BYTES / size;
  const size_t rows = held_rows(net, order, &widest, &depth), channels = lf_channels(net->model.width[0], order);
  const size_t vector_bytes = (rows + 3 * widest * channels) * LF_GEMM_PAD_BYTES;
  size_t fit = LF_MAX(LF_MIN(STRIP_BYTES / vector_bytes, MOST / pad), (size_t)1);
  lf_deal d = {.n = n, .pad = pad, .vectors = (n + pad - 1) / pad};
  d.strips = (d.vectors + fit - 1) / fit;
  if (lf_net_flops(net, n) * (double)channels >= lf_shared_flops) d.strips = LF_MAX(d.strips, shares(d.vectors));
  return d;
}

lf_status lf_net_table(void **out, const lf_net *net, int order, size_t n, const double *x)
{
  lf_status st = LF_OK;
  double *row = NULL;
  char *table = NULL;
  const size_t d = net->model.width[0], size = lf_dtype_size(net->dtype), length = net->inputs * lf_channels(d, order);
  *out = NULL;
  LF_TRY(lf_calloc(&row, length, sizeof *row));
  LF_TRY(lf_calloc(&table, n * length, size));
  for (size_t i = 0; i < n; i++) {
    lf_net_input(net, order, x + i * d, row);
    lf_engine_get(net->dtype)->store(length, row, table + i * length * size);
  }
  *out = table;
  table = NULL;
done:
  lf_free(row);
  lf_free(table);
  return st;
}

lf_status lf_strips_create(lf_strips *out, const lf_net *net, int order, size_t n, const double *x)
{
  lf_status st = LF_OK;
  void *table = NULL;
  const size_t size = lf_dtype_size(net->dtype), rows = net->inputs * lf_channels(net->model.width[0], order);
  *out = (lf_strips){.deal = lf_deal_strips(net, order, n), .rows = rows};
  const lf_deal *d = &out->deal;
  LF_TRY(lf_net_table(&table, net, order, n, x));
  LF_TRY(lf_calloc(&out->x, lf_deal_columns(d) * rows, size));
  for (size_t i = 0; i < d->strips; i++)
    lf_engine_get(net->dtype)
        ->gather(rows, lf_strip_columns(d, i), table, NULL, lf_strip_first(d, i), lf_strip_count(d, i),
                 (char *)out->x + lf_strip_offset(d, i, rows) * size);
done:
  lf_free(table);
  if (st != LF_OK) lf_strips_free(out);
  return st;
}

void lf_strips_free(lf_strips *s)
{
  lf_free(s->x);
  *s = (lf_strips){0};
}

const void *lf_net_effective(const lf_net *net, void *scratch)
{
  if (!net->gain) return net->parameters;
  for (size_t i = 0; i < net->count; i++) { /* in the net's own precision, as the optimiser's pass does it */
    if (net->dtype == LF_F32)
      ((float *)scratch)[i] = (float)net->gain[i] * ((const float *)net->parameters)[i];
    else
      ((double *)scratch)[i] = net->gain[i] * ((const double *)net->parameters)[i];
  }
  return scratch;
}

/* ---- output function -------------------------------------------------------------------------------------------------------- */
void lf_output_apply(lf_output kind, size_t n, size_t c, double *values)
{
  if (kind == LF_OUTPUT_SIGMOID)
    for (size_t i = 0; i < n * c; i++) values[i] = 1 / (1 + exp(-values[i]));
  if (kind != LF_OUTPUT_SOFTMAX) return;
  for (size_t i = 0; i < n; i++) {
    double *v = values + i * c, most = v[0], sum = 0;
    for (size_t j = 1; j < c; j++) most = fmax(most, v[j]);
    for (size_t j = 0; j < c; j++) sum += v[j] = exp(v[j] - most);
    for (size_t j = 0; j < c; j++) v[j] /= sum;
  }
}

/* ---- evaluation --------------------------------------------------------------------------------------------------------------- */
struct lf_evaluator {
  const lf_net *net;
  lf_strips strips;
  size_t threads;
  lf_workspace **work; /* (threads) */
  const void *theta;   /* during a run */
  double *y;
};

lf_status lf_evaluator_create(lf_evaluator **out, const lf_net *net, int order, size_t n, const double *x,
                              size_t threads)
{
  lf_status st = LF_OK;
  lf_evaluator *e = NULL;
  *out = NULL;
  LF_TRY(lf_calloc(&e, 1, sizeof *e));
  e->net = net;
  LF_TRY(lf_strips_create(&e->strips, net, order, n, x));
  LF_TRY(lf_calloc(&e->work, threads, sizeof *e->work));
  for (e->threads = 0; e->threads < threads; e->threads++)
    LF_TRY(lf_workspace_create(&e->work[e->threads], net, order, lf_deal_widest(&e->strips.deal)));
  *out = e;
  e = NULL;
done:
  lf_evaluator_destroy(e);
  return st;
}

static void evaluate_strip(void *user, size_t strip, size_t thread)
{
  lf_evaluator *e = user;
  lf_workspace *w = e->work[thread];
  const lf_deal *d = &e->strips.deal;
  const size_t length = e->net->outputs * w->channels, count = lf_strip_count(d, strip);
  const size_t offset = lf_strip_offset(d, strip, e->strips.rows) * lf_dtype_size(e->net->dtype);
  const lf_engine *engine = lf_engine_get(e->net->dtype);
  double *y = e->y + lf_strip_first(d, strip) * length;
  w->s = lf_strip_columns(d, strip);
  engine->forward(e->net, e->theta, w, (const char *)e->strips.x + offset, w->order > 0);
  engine->load(length, w->s, count, w->out, y);
  if (w->order == 0) lf_output_apply(e->net->model.output, count, length, y);
}

void lf_evaluator_run(lf_evaluator *e, lf_pool *pool, const void *theta, double *y)
{
  e->theta = theta;
  e->y = y;
  lf_pool_run(pool, e->strips.deal.strips, evaluate_strip, e);
}

void lf_evaluator_destroy(lf_evaluator *e)
{
  if (!e) return;
  for (size_t i = 0; e->work && i < e->threads; i++) lf_workspace_destroy(e->work[i]);
  lf_free(e->work);
  lf_strips_free(&e->strips);
  lf_free(e);
}

lf_status lf_net_evaluate(lf_net *net, size_t n, const double *x, double *y, size_t threads)
{
  lf_status st = LF_OK;
  lf_evaluator *e = NULL;
  lf_pool *pool = NULL;
  void *scratch = NULL;
  if (!net || (n && (!x || !y))) return LF_FAIL(LF_EARG, "net, x and y must not be NULL");
  if (n == 0) return LF_OK;
  LF_TRY(lf_pool_create(&pool, threads));
  LF_TRY(lf_evaluator_create(&e, net, 0, n, x, threads));
  if (net->gain) LF_TRY(lf_calloc(&scratch, net->count, lf_dtype_size(net->dtype)));
  const void *theta = lf_net_effective(net, scratch);
  lf_evaluator_run(e, pool, theta, y);
  for (size_t i = 0; i < n * net->outputs; i++) {
    if (isfinite(y[i])) continue;
    char where[200];
    LF_TRY(lf_net_find_nonfinite(net, n, x, theta, where, sizeof where));
    LF_RAISE(LF_EMATH, "f at point %zu is %g; %s", i / net->outputs, y[i], where);
  }
done:
  lf_free(scratch);
  lf_evaluator_destroy(e);
  lf_pool_destroy(pool);
  return st;
}

/* values (n,c,C) to y (n,c), dy and d2y (n,c,d) */
static void deal_channels(size_t rows, size_t d, size_t channels, const double *values, double *y, double *dy,
                          double *d2y)
{
  for (size_t i = 0; i < rows; i++) {
    const double *v = values + i * channels;
    y[i] = v[0];
    if (dy) memcpy(dy + i * d, v + 1, d * sizeof *dy);
    if (d2y) memcpy(d2y + i * d, v + 1 + d, d * sizeof *d2y);
  }
}

lf_status lf_net_derivatives(lf_net *net, size_t n, const double *x, double *y, double *dy, double *d2y, size_t threads)
{
  lf_status st = LF_OK;
  lf_evaluator *e = NULL;
  lf_pool *pool = NULL;
  void *scratch = NULL;
  double *values = NULL;
  if (!net || (n && (!x || !y))) return LF_FAIL(LF_EARG, "net, x and y must not be NULL");
  if (net->model.output != LF_OUTPUT_IDENTITY)
    return LF_FAIL(LF_EARG, "derivatives with respect to the inputs are taken of nets whose output is the identity");
  if (n == 0) return LF_OK;
  const int order = d2y ? 2 : 1;
  const size_t d = net->model.width[0], rows = n * net->outputs, channels = lf_channels(d, order);
  LF_TRY(lf_pool_create(&pool, threads));
  LF_TRY(lf_evaluator_create(&e, net, order, n, x, threads));
  LF_TRY(lf_calloc(&values, rows * channels, sizeof *values));
  if (net->gain) LF_TRY(lf_calloc(&scratch, net->count, lf_dtype_size(net->dtype)));
  const void *theta = lf_net_effective(net, scratch);
  lf_evaluator_run(e, pool, theta, values);
  for (size_t i = 0; i < rows * channels; i++) {
    if (isfinite(values[i])) continue;
    char where[200];
    LF_TRY(lf_net_find_nonfinite(net, n, x, theta, where, sizeof where));
    LF_RAISE(LF_EMATH, "f or a derivative at point %zu is %g; %s", i / (net->outputs * channels), values[i],
             where[0] ? where : "the values themselves are finite");
  }
  deal_channels(rows, d, channels, values, y, dy, d2y);
done:
  lf_free(values);
  lf_free(scratch);
  lf_evaluator_destroy(e);
  lf_pool_destroy(pool);
  return st;
}

/* ---- where a bad value is born --------------------------------------------------------------------------------------------------- */
static double element(const lf_net *net, const void *array, size_t i)
{
  return net->dtype == LF_F32 ? (double)((const float *)array)[i] : ((const double *)array)[i];
}

/* The first row of a (rows, s) whose first `count` columns hold a bad value, else `rows`. */
static size_t bad_row(const lf_net *net, const void *a, size_t rows, size_t s, size_t count, double *value)
{
  for (size_t r = 0; r < rows; r++)
    for (size_t i = 0; i < count; i++)
      if (*value = element(net, a, r * s + i), !isfinite(*value)) return r;
  return rows;
}

/* Layer of the first bad activation of a strip that went forward, from 1; 0: none. */
static size_t bad_layer(const lf_net *net, const lf_workspace *w, size_t count, double *value)
{
  size_t found = 0;
  for (size_t b = 0; b < net->branches; b++)
    for (size_t i = 0; i < net->branch[b].depth; i++) {
      bool last = i + 1 == net->branch[b].depth;
      size_t rows = last ? net->outputs : net->branch[b].layer[i].rows;
      double bad;
      if (bad_row(net, last ? w->out : w->value[b * w->depth + i], rows, w->s, count, &bad) == rows) continue;
      if (!found || i + 1 < found) found = i + 1, *value = bad;
      break;
    }
  return found;
}

/* The layer, from 1, that parameter i belongs to. */
static size_t layer_of(const lf_net *net, size_t i)
{
  size_t found = 1, start = 0;
  for (size_t b = 0; b < net->branches; b++)
    for (size_t l = 0; l < net->branch[b].depth; l++) {
      size_t weight = net->branch[b].layer[l].weight;
      if (weight <= i && weight >= start) start = weight, found = l + 1;
    }
  return found;
}

/* The parameter i, said as one clause. */
static void tell_parameter(const lf_net *net, size_t i, char *text, size_t size)
{
  size_t t = 0;
  while (t + 1 < net->tensors && net->tensor[t + 1].offset <= i) t++;
  (void)snprintf(text, size, "first in layer %zu, whose parameter %s[%zu] is %g", layer_of(net, i), net->tensor[t].name,
                 i - net->tensor[t].offset, lf_net_parameter(net, i));
}

lf_status lf_net_find_nonfinite(const lf_net *net, size_t n, const double *x, const void *theta, char *text,
                                size_t size)
{
  lf_status st = LF_OK;
  lf_strips strips = {0};
  lf_workspace *w = NULL;
  size_t first = 0;
  double value = 0;
  text[0] = 0;
  for (size_t i = 0; i < net->count; i++)
    if (!isfinite(lf_net_parameter(net, i))) return tell_parameter(net, i, text, size), LF_OK;
  LF_TRY(lf_strips_create(&strips, net, 0, n, x));
  const lf_deal *d = &strips.deal;
  LF_TRY(lf_workspace_create(&w, net, 0, lf_deal_widest(d)));
  for (size_t i = 0; i < d->strips; i++) {
    double bad;
    w->s = lf_strip_columns(d, i);
    lf_engine_get(net->dtype)
        ->forward(net, theta, w,
                  (const char *)strips.x + lf_strip_offset(d, i, strips.rows) * lf_dtype_size(net->dtype), false);
    size_t layer = bad_layer(net, w, lf_strip_count(d, i), &bad);
    if (layer && (!first || layer < first)) first = layer, value = bad;
  }
  if (first) (void)snprintf(text, size, "first in layer %zu, where a value is %g", first, value);
done:
  lf_workspace_destroy(w);
  lf_strips_free(&strips);
  return st;
}
