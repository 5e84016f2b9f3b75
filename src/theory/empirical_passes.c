/* empirical_passes.c — forward and backward through a finite net, panel by panel: values that enter each layer, gradients of each output at its affine
 * part. Both are products of the training engine with 64 columns, activations and slopes at its heels. */
#include <string.h>
#include "base/base.h"
#include "empirical_parts.h"
#include "linalg/gemm.h"
#include "linalg/vmath.h"
#include "model/activation_kernel.h"

enum { WIDE = LF_PANEL_POINTS };

size_t lf_panel_width(const lf_passes *p, size_t panel) { return LF_MIN((size_t)WIDE, p->n - panel * WIDE); }

void lf_passes_free(lf_passes *p)
{
  lf_free(p->value);
  lf_free(p->grad);
  lf_free(p->scaled);
  lf_free(p->memory);
  *p = (lf_passes){0};
}

/* Numbers that a panel takes in all slots. */
static size_t panel_size(const lf_empirical *e)
{
  size_t rows = e->inputs;
  for (size_t b = 0; b < e->branches; b++)
    for (size_t l = 0; l + 1 < e->depth; l++) {
      const lf_affine_layer *at = &e->branch[b].layer[l];
      rows += at->rows + at->out * e->outputs * (at->even_gains ? 1 : 2);
    }
  return rows * WIDE;
}

static double *take(double **from, size_t numbers)
{
  double *here = *from;
  *from += numbers;
  return here;
}

static lf_status allocate(lf_passes *p, const lf_empirical *e)
{
  size_t slots = e->branches * e->depth, places = p->panels * WIDE;
  lf_status st;
  LF_TRY(lf_calloc(&p->value, slots, sizeof *p->value));
  LF_TRY(lf_calloc(&p->grad, slots, sizeof *p->grad));
  LF_TRY(lf_calloc(&p->scaled, slots, sizeof *p->scaled));
  LF_TRY(lf_calloc(&p->memory, p->panels, panel_size(e) * sizeof *p->memory));
  double *left = p->memory, *table = take(&left, places * e->inputs);
  for (size_t slot = 0; slot < slots; slot++) {
    const lf_affine_layer *at = &e->branch[slot / e->depth].layer[slot % e->depth];
    if (slot % e->depth == 0) p->value[slot] = table; /* all branches begin with the same */
    if (slot % e->depth + 1 == e->depth) continue;
    p->value[slot + 1] = take(&left, places * at->rows);
    p->grad[slot] = take(&left, places * e->outputs * at->out);
    if (!at->even_gains) p->scaled[slot] = take(&left, places * e->outputs * at->out);
  }
done:
  return st;
}

/* ---- one panel ------------------------------------------------------------------------------------------------------------ */
typedef struct pass {
  const lf_empirical *e;
  lf_passes *p;
  const double *x;
  double *desks; /* per thread: a point, slopes of all hidden layers, and the widest layer's rows */
  size_t desk;   /* numbers */
} pass;

/* One branch over one panel. */
typedef struct lane {
  const pass *by;
  const lf_chain *chain;
  size_t first, panel, width; /* first slot; points of the panel */
  double *slope, *delta;
} lane;

static double *value_at(const lane *k, size_t l)
{
  return k->by->p->value[k->first + l] + k->panel * k->chain->layer[l].in * WIDE;
}

static double *grad_at(const lane *k, size_t l, size_t output)
{
  return k->by->p->grad[k->first + l] + (k->panel * k->by->e->outputs + output) * k->chain->layer[l].out * WIDE;
}

static double *slope_at(const lane *k, size_t l)
{
  size_t rows = 0;
  for (size_t i = 0; i < l; i++) rows += k->chain->layer[i].out;
  return k->slope + rows * WIDE;
}

/* Values up to the last layer's input. */
static void forward(const lane *k)
{
  const lf_activation_kernels *kernels = lf_activation_kernels_get();
  for (size_t l = 0; l + 1 < k->chain->depth; l++) {
    const lf_affine_layer *at = &k->chain->layer[l];
    double *next = value_at(k, l + 1);
    lf_gemm_f64 g = {.m = at->out,
                     .n = k->width,
                     .k = at->in,
                     .a = at->weight,
                     .a_row = at->in,
                     .a_col = 1,
                     .b = value_at(k, l),
                     .ldb = WIDE,
                     .c = at->fourier ? slope_at(k, l) : next,
                     .ldc = WIDE,
                     .bias = at->bias,
                     .biased = k->width,
                     .param = at->param};
    if (!at->fourier) g.slope_of = kernels->slope_f64[at->activation], g.slope = slope_at(k, l);
    lf_gemm_get()->gemm_f64(&g);
    if (!at->fourier) continue;
    lf_vmath_get()->cos_f64(at->out * WIDE, g.c, next);
    lf_vmath_get()->sin_f64(at->out * WIDE, g.c, next + at->out * WIDE);
  }
}

/* to (rows of layer l, 64): the gradient of an output at what layer l hands on, times `scale` where one is given. */
static void gradient_behind(const lane *k, size_t l, size_t output, const double *scale, double *to)
{
  const lf_affine_layer *above = &k->chain->layer[l + 1];
  if (l + 2 == k->chain->depth) {
    for (size_t r = 0; r < above->in; r++)
      for (size_t j = 0; j < k->width; j++)
        to[r * WIDE + j] = above->weight[output * above->in + r] * (scale ? scale[r * WIDE + j] : 1);
    return;
  }
  lf_gemm_f64 g = {.m = above->in,
                   .n = k->width,
                   .k = above->out,
                   .a = above->weight,
                   .a_row = 1,
                   .a_col = above->in,
                   .b = grad_at(k, l + 1, output),
                   .ldb = WIDE,
                   .c = to,
                   .ldc = WIDE,
                   .scale = scale};
  lf_gemm_get()->gemm_f64(&g);
}

static void backward(const lane *k)
{
  for (size_t output = 0; output < k->by->e->outputs; output++)
    for (size_t l = k->chain->depth - 1; l-- > 0;) {
      const lf_affine_layer *at = &k->chain->layer[l];
      double *grad = grad_at(k, l, output);
      gradient_behind(k, l, output, at->fourier ? NULL : slope_at(k, l), at->fourier ? k->delta : grad);
      if (!at->fourier) continue;
      const double *cosine = value_at(k, l + 1);
      size_t sine = at->out * WIDE; /* from the one to the other */
      for (size_t i = 0; i < sine; i++) grad[i] = k->delta[sine + i] * cosine[i] - k->delta[i] * cosine[sine + i];
    }
}

static void scale_gradients(const lane *k)
{
  for (size_t l = 0; l + 1 < k->chain->depth; l++) {
    const lf_affine_layer *at = &k->chain->layer[l];
    if (at->even_gains) continue;
    for (size_t output = 0; output < k->by->e->outputs; output++) {
      const double *from = grad_at(k, l, output);
      double *to = k->by->p->scaled[k->first + l] + (from - k->by->p->grad[k->first + l]);
      for (size_t i = 0; i < at->out * WIDE; i++) to[i] = from[i] * at->gain[i / WIDE];
    }
  }
}

static void panel_task(void *user, size_t panel, size_t thread)
{
  const pass *by = user;
  const lf_empirical *e = by->e;
  size_t d = e->input.model.width[0];
  double *point = by->desks + thread * by->desk, *table = by->p->value[0] + panel * e->inputs * WIDE;
  lane k = {
      .by = by, .panel = panel, .width = lf_panel_width(by->p, panel), .slope = point + LF_ROUND_UP(e->inputs, WIDE)};
  for (size_t j = 0; j < k.width; j++) {
    lf_net_input(&e->input, 0, by->x + (panel * WIDE + j) * d, point);
    for (size_t i = 0; i < e->inputs; i++) table[i * WIDE + j] = point[i];
  }
  for (size_t b = 0; b < e->branches; b++) {
    k.chain = &e->branch[b];
    k.first = b * e->depth;
    k.delta = slope_at(&k, e->depth - 1);
    forward(&k);
    backward(&k);
    scale_gradients(&k);
  }
}

/* ---- all of them -------------------------------------------------------------------------------------------------------------- */
/* Numbers that a thread works with: see pass. */
static size_t desk_of(const lf_empirical *e)
{
  size_t most = 0;
  for (size_t b = 0; b < e->branches; b++) {
    size_t rows = 0, widest = 0;
    for (size_t l = 0; l + 1 < e->depth; l++) {
      rows += e->branch[b].layer[l].out;
      widest = LF_MAX(widest, e->branch[b].layer[l].rows);
    }
    most = LF_MAX(most, rows + widest);
  }
  return LF_ROUND_UP(e->inputs, WIDE) + most * WIDE;
}

lf_status lf_passes_create(lf_passes *p, const lf_empirical *e, size_t n, const double *x, lf_pool *pool)
{
  pass by = {.e = e, .p = p, .x = x, .desk = desk_of(e)};
  lf_status st;
  *p = (lf_passes){.n = n, .panels = (n + WIDE - 1) / WIDE};
  LF_TRY(allocate(p, e));
  LF_TRY(lf_calloc(&by.desks, lf_pool_threads(pool) * by.desk, sizeof *by.desks));
  lf_pool_run(pool, p->panels, panel_task, &by);
done:
  lf_free(by.desks);
  return st;
}

double lf_passes_memory(const lf_empirical *e, size_t n)
{
  size_t panels = (n + WIDE - 1) / WIDE;
  return sizeof(double) * ((double)panels * (double)panel_size(e) + (double)desk_of(e));
}
