/* engine.c — workspaces, strips, evaluation: what surrounds the engine's inner loops. */
#include "engine.h"
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "base/base.h"
#include "linalg/gemm.h"

extern const lf_engine lf_engine_f32, lf_engine_f64;

const lf_engine *lf_engine_get(lf_dtype dtype) { return dtype == LF_F32 ? &lf_engine_f32 : &lf_engine_f64; }

/* ---- workspace ---------------------------------------------------------------------------------------------------------- */
/* Rows held per sample: values and slopes of all hidden layers. */
static size_t held_rows(const lf_net *net, size_t *widest, size_t *depth)
{
  size_t rows = 0;
  *widest = LF_MAX(net->inputs, net->outputs);
  *depth = 1;
  for (size_t b = 0; b < net->branches; b++) {
    *depth = LF_MAX(*depth, net->branch[b].depth);
    for (size_t i = 0; i < net->branch[b].depth; i++) {
      const lf_layer *l = &net->branch[b].layer[i];
      *widest = LF_MAX(*widest, l->rows);
      if (i + 1 < net->branch[b].depth) rows += 2 * l->rows;
    }
  }
  return rows;
}

lf_status lf_workspace_create(lf_workspace **out, const lf_net *net, size_t s)
{
  lf_status st = LF_OK;
  lf_workspace *w = NULL;
  size_t widest, depth, rows = held_rows(net, &widest, &depth), size = lf_dtype_size(net->dtype);
  *out = NULL;
  LF_TRY(lf_calloc(&w, 1, sizeof *w));
  w->s = s;
  w->depth = depth;
  LF_TRY(lf_calloc(&w->value, net->branches * depth, sizeof *w->value));
  LF_TRY(lf_calloc(&w->slope, net->branches * depth, sizeof *w->slope));
  size_t padded = LF_ROUND_UP(widest, 64 / size), total = rows + 2 * widest + padded + 2 * net->outputs;
  LF_TRY(lf_calloc(&w->memory, total * s, size));
  char *at = w->memory;
  for (size_t b = 0; b < net->branches; b++)
    for (size_t i = 0; i + 1 < net->branch[b].depth; i++) {
      size_t bytes = net->branch[b].layer[i].rows * s * size;
      w->value[b * depth + i] = at;
      w->slope[b * depth + i] = at + bytes;
      at += 2 * bytes;
    }
  w->delta[0] = at;
  w->delta[1] = at + widest * s * size;
  w->turned = at + 2 * widest * s * size;
  w->out = at + (2 * widest + padded) * s * size;
  w->dout = at + (2 * widest + padded + net->outputs) * s * size;
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
  lf_free(w->memory);
  lf_free(w);
}

/* ---- strips --------------------------------------------------------------------------------------------------------------- */
double lf_net_flops(const lf_net *net, size_t n) { return 6.0 * (double)net->count * (double)n; }

/* Flops of a step from which it pays to share it among threads: some 50 us on one of them. */
const double lf_shared_flops = 5e6;

lf_deal lf_deal_strips(const lf_net *net, size_t n)
{
  enum { STRIP_BYTES = 640 * 1024, MOST = 256, SHARES = 4, LEAST_VECTORS = 2 };
  size_t widest, depth, size = lf_dtype_size(net->dtype), pad = LF_GEMM_PAD_BYTES / size;
  size_t vector_bytes = (held_rows(net, &widest, &depth) + 3 * widest) * LF_GEMM_PAD_BYTES;
  size_t fit = LF_MAX(LF_MIN(STRIP_BYTES / LF_MAX(vector_bytes, 1), MOST / pad), (size_t)1);
  lf_deal d = {.n = n, .pad = pad, .vectors = (n + pad - 1) / pad};
  d.strips = (d.vectors + fit - 1) / fit;
  if (lf_net_flops(net, n) >= lf_shared_flops)
    d.strips = LF_MAX(d.strips, LF_MIN((size_t)SHARES, d.vectors / LEAST_VECTORS));
  return d;
}

lf_status lf_net_table(void **out, const lf_net *net, size_t n, const double *x)
{
  lf_status st = LF_OK;
  double *row = NULL;
  char *table = NULL;
  size_t d = net->model.width[0], size = lf_dtype_size(net->dtype);
  *out = NULL;
  LF_TRY(lf_calloc(&row, net->inputs, sizeof *row));
  LF_TRY(lf_calloc(&table, n * net->inputs, size));
  for (size_t i = 0; i < n; i++) {
    lf_net_input(net, x + i * d, row);
    lf_engine_get(net->dtype)->store(net->inputs, row, table + i * net->inputs * size);
  }
  *out = table;
  table = NULL;
done:
  lf_free(row);
  lf_free(table);
  return st;
}

lf_status lf_strips_create(lf_strips *out, const lf_net *net, size_t n, const double *x)
{
  lf_status st = LF_OK;
  void *table = NULL;
  const size_t size = lf_dtype_size(net->dtype);
  *out = (lf_strips){.deal = lf_deal_strips(net, n)};
  const lf_deal *d = &out->deal;
  LF_TRY(lf_net_table(&table, net, n, x));
  LF_TRY(lf_calloc(&out->x, lf_deal_columns(d) * net->inputs, size));
  for (size_t i = 0; i < d->strips; i++)
    lf_engine_get(net->dtype)
        ->gather(net->inputs, lf_strip_columns(d, i), table, NULL, lf_strip_first(d, i), lf_strip_count(d, i),
                 (char *)out->x + lf_strip_offset(d, i, net->inputs) * size);
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

lf_status lf_evaluator_create(lf_evaluator **out, const lf_net *net, size_t n, const double *x, size_t threads)
{
  lf_status st = LF_OK;
  lf_evaluator *e = NULL;
  *out = NULL;
  LF_TRY(lf_calloc(&e, 1, sizeof *e));
  e->net = net;
  LF_TRY(lf_strips_create(&e->strips, net, n, x));
  LF_TRY(lf_calloc(&e->work, threads, sizeof *e->work));
  for (e->threads = 0; e->threads < threads; e->threads++)
    LF_TRY(lf_workspace_create(&e->work[e->threads], net, lf_deal_widest(&e->strips.deal)));
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
  size_t c = e->net->outputs, count = lf_strip_count(d, strip);
  size_t offset = lf_strip_offset(d, strip, e->net->inputs) * lf_dtype_size(e->net->dtype);
  const lf_engine *engine = lf_engine_get(e->net->dtype);
  double *y = e->y + lf_strip_first(d, strip) * c;
  w->s = lf_strip_columns(d, strip);
  engine->forward(e->net, e->theta, w, (const char *)e->strips.x + offset, false);
  engine->load(c, w->s, count, w->out, y);
  lf_output_apply(e->net->model.output, count, c, y);
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
  LF_TRY(lf_evaluator_create(&e, net, n, x, threads));
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
  LF_TRY(lf_strips_create(&strips, net, n, x));
  const lf_deal *d = &strips.deal;
  LF_TRY(lf_workspace_create(&w, net, lf_deal_widest(d)));
  for (size_t i = 0; i < d->strips; i++) {
    double bad;
    w->s = lf_strip_columns(d, i);
    lf_engine_get(net->dtype)
        ->forward(net, theta, w,
                  (const char *)strips.x + lf_strip_offset(d, i, net->inputs) * lf_dtype_size(net->dtype), false);
    size_t layer = bad_layer(net, w, lf_strip_count(d, i), &bad);
    if (layer && (!first || layer < first)) first = layer, value = bad;
  }
  if (first) (void)snprintf(text, size, "first in layer %zu, where a value is %g", first, value);
done:
  lf_workspace_destroy(w);
  lf_strips_free(&strips);
  return st;
}
