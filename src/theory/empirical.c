/* empirical.c — K = J J^T of a finite net by its structure: with A the values that enter a layer and D the gradients of the outputs with respect
 * to what leaves its affine part (both with a row per point),
 *
 *     K = sum over layers of (gw^2 A A^T + gb^2) o (D D^T),
 *
 * o element by element, gw and gb the multipliers of weights and biases. A Jacobian would have a column per parameter; this has one per
 * unit. Cost: 2 n^2 (sum of widths) for D, as much for A; half where it is symmetric. */
#include <float.h>
#include <math.h>
#include <string.h>
#include "base/base.h"
#include "block.h"
#include "empirical_parts.h"
#include "linalg/gemm.h"

/* ---- the net, effective parameters in double ------------------------------------------------------------------------------ */
void lf_empirical_destroy(lf_empirical *e)
{
  if (!e) return;
  for (size_t b = 0; e->branch && b < e->branches; b++) {
    for (size_t l = 0; e->branch[b].layer && l < e->branch[b].depth; l++) {
      lf_affine_layer *at = &e->branch[b].layer[l];
      lf_free(at->weight);
      lf_free(at->bias);
      lf_free(at->gain);
    }
    lf_free(e->branch[b].layer);
  }
  lf_free(e->branch);
  lf_free(e->input.parameters);
  lf_free(e);
}

static double gain_of(const lf_net *net, size_t i) { return net->gain ? net->gain[i] : 1; }

static lf_status copy_layer(lf_affine_layer *to, const lf_net *net, const lf_layer *from)
{
  lf_status st;
  *to = (lf_affine_layer){.in = from->in,
                          .out = from->out,
                          .rows = from->rows,
                          .activation = from->activation,
                          .param = from->param,
                          .fourier = from->fourier,
                          .even_gains = true};
  LF_TRY(lf_calloc(&to->weight, to->out * to->in, sizeof(double)));
  LF_TRY(lf_calloc(&to->gain, to->out, sizeof(double)));
  for (size_t i = 0; i < to->out * to->in; i++)
    to->weight[i] = gain_of(net, from->weight + i) * lf_net_parameter(net, from->weight + i);
  for (size_t r = 0; r < to->out; r++) {
    to->gain[r] = gain_of(net, from->weight + r * to->in);
    if (to->gain[r] != to->gain[0]) to->even_gains = false;
  }
  if (from->bias == LF_NO_BIAS) goto done;
  LF_TRY(lf_calloc(&to->bias, to->out, sizeof(double)));
  to->bias_gain = gain_of(net, from->bias); /* structure.c gives all of a layer the same */
  for (size_t r = 0; r < to->out; r++) to->bias[r] = to->bias_gain * lf_net_parameter(net, from->bias + r);
done:
  return st;
}

static lf_status check_parameters(const lf_net *net)
{
  for (size_t t = 0; t < net->tensors; t++) {
    const lf_tensor *at = &net->tensor[t];
    for (size_t i = 0; i < at->rows * at->cols; i++)
      if (!isfinite(lf_net_parameter(net, at->offset + i)))
        return LF_FAIL(LF_EMATH, "parameter %s[%zu] is %g: a kernel needs finite parameters", at->name, i,
                       lf_net_parameter(net, at->offset + i));
  }
  return LF_OK;
}

lf_status lf_empirical_create(lf_empirical **out, const lf_net *net)
{
  lf_status st;
  lf_empirical *e = NULL;
  size_t bytes = lf_dtype_size(net->dtype);
  *out = NULL;
  LF_TRY(check_parameters(net));
  LF_TRY(lf_calloc(&e, 1, sizeof *e));
  e->inputs = net->inputs;
  e->outputs = net->outputs;
  e->input.model = net->model;
  e->input.dtype = net->dtype;
  if (net->frequencies) {
    e->frequencies = *net->frequencies;
    e->input.frequencies = &e->frequencies;
    size_t count = e->frequencies.rows * e->frequencies.cols; /* at the front of the flat vector */
    LF_TRY(lf_calloc(&e->input.parameters, count, bytes));
    memcpy(e->input.parameters, net->parameters, count * bytes);
  }
  LF_TRY(lf_calloc(&e->branch, net->branches, sizeof *e->branch));
  e->branches = net->branches;
  for (size_t b = 0; b < net->branches; b++) {
    lf_chain *to = &e->branch[b];
    LF_TRY(lf_calloc(&to->layer, net->branch[b].depth, sizeof *to->layer));
    to->depth = e->depth = net->branch[b].depth;
    for (size_t l = 0; l < to->depth; l++) LF_TRY(copy_layer(&to->layer[l], net, &net->branch[b].layer[l]));
  }
  *out = e;
done:
  if (st != LF_OK) lf_empirical_destroy(e);
  return st;
}

/* ---- tiles: a panel of points against a panel of points --------------------------------------------------------------------- */
enum { WIDE = LF_PANEL_POINTS, TILE_SIZE = WIDE * WIDE, STRIP = 16 };

typedef struct work {
  const lf_empirical *e;
  const lf_passes *x, *z;
  bool symmetric;
  lf_block *to;
  double *scratch; /* (threads, 2, TILE_SIZE) */
  bool *odd;       /* (threads) an entry is not finite */
} work;

/* Points of panel i of x against those of panel j of z. */
typedef struct tile {
  const work *k;
  size_t i, j, h, w;
  bool half;     /* on the diagonal of a symmetric matrix: from each strip's first row on, the rest is turned */
  double *a, *d; /* (h, 64): A A^T, D D^T */
} tile;

/* The first column that is computed of a row. */
static size_t first_column(const tile *t, size_t i) { return t->half ? i / STRIP * STRIP : 0; }

/* Output k of the tile's first row, output k2 of its first column; next row of the same output: c rows on. */
static double *entry(const tile *t, size_t k, size_t k2)
{
  size_t c = t->k->e->outputs;
  return t->k->to->K + (t->i * WIDE * c + k) * t->k->to->stride + t->j * WIDE * c + k2;
}

/* out = the inner products of two panels' columns */
static void inner(const tile *t, size_t rows, const double *x, const double *z, double *out)
{
  size_t most = t->half ? (size_t)STRIP : t->h;
  for (size_t i = 0; i < t->h; i += most) {
    size_t from = first_column(t, i);
    lf_gemm_get()->gemm_f64(&(lf_gemm_f64){.m = LF_MIN(most, t->h - i),
                                           .n = t->w - from,
                                           .k = rows,
                                           .a = x + i,
                                           .a_row = 1,
                                           .a_col = WIDE,
                                           .b = z + from,
                                           .ldb = WIDE,
                                           .c = out + i * WIDE + from,
                                           .ldc = WIDE});
  }
}

/* K += (weight A A^T + bias) o (D D^T) */
static void add_product(const tile *t, size_t k, size_t k2, double weight, double bias)
{
  size_t c = t->k->e->outputs;
  double *row = entry(t, k, k2);
  for (size_t i = 0; i < t->h; i++, row += c * t->k->to->stride) {
    const double *a = t->a + i * WIDE, *d = t->d + i * WIDE;
    if (c == 1)
      for (size_t j = first_column(t, i); j < t->w; j++) row[j] += (weight * a[j] + bias) * d[j];
    else
      for (size_t j = first_column(t, i); j < t->w; j++) row[j * c] += (weight * a[j] + bias) * d[j];
  }
}

/* Output k of the x points against output k2 of the z points, hidden layer `l`. */
static void add_hidden(const tile *t, const lf_affine_layer *l, size_t slot, size_t k, size_t k2)
{
  const lf_passes *x = t->k->x, *z = t->k->z;
  size_t c = t->k->e->outputs, from_x = (t->i * c + k) * l->out * WIDE, from_z = (t->j * c + k2) * l->out * WIDE;
  double weight = l->gain[0] * l->gain[0], bias = l->bias_gain * l->bias_gain;
  if (!l->even_gains) {
    inner(t, l->out, x->scaled[slot] + from_x, z->scaled[slot] + from_z, t->d);
    add_product(t, k, k2, 1, 0);
    weight = 0;
  }
  inner(t, l->out, x->grad[slot] + from_x, z->grad[slot] + from_z, t->d);
  add_product(t, k, k2, weight, bias);
}

static void add_output(const tile *t, const lf_affine_layer *l)
{
  size_t c = t->k->e->outputs;
  for (size_t k = 0; k < c; k++) {
    double weight = l->gain[k] * l->gain[k], bias = l->bias_gain * l->bias_gain, *row = entry(t, k, k);
    for (size_t i = 0; i < t->h; i++, row += c * t->k->to->stride)
      for (size_t j = first_column(t, i); j < t->w; j++) row[j * c] += weight * t->a[i * WIDE + j] + bias;
  }
}

static void fill_tile(const tile *t)
{
  const lf_empirical *e = t->k->e;
  size_t c = e->outputs;
  for (size_t i = 0; i < t->h * c; i++) memset(entry(t, i, 0), 0, t->w * c * sizeof(double));
  for (size_t slot = 0; slot < e->branches * e->depth; slot++) {
    const lf_affine_layer *at = &e->branch[slot / e->depth].layer[slot % e->depth];
    size_t panel = at->in * WIDE;
    inner(t, at->in, t->k->x->value[slot] + t->i * panel, t->k->z->value[slot] + t->j * panel, t->a);
    if (slot % e->depth + 1 == e->depth) {
      add_output(t, at);
      continue;
    }
    for (size_t k = 0; k < c * c; k++) add_hidden(t, at, slot, k / c, k % c);
  }
}

/* Below the diagonal of a tile on it: what is above, turned. Strips that cross it are symmetric as they are, as sums run in one order on both sides. */
static void turn_half(const tile *t)
{
  const size_t c = t->k->e->outputs;
  for (size_t i = STRIP; i < t->h * c; i++)
    for (size_t j = 0; j < i / c / STRIP * STRIP * c; j++) entry(t, i, 0)[j] = entry(t, j, 0)[i];
}

static void tile_task(void *user, size_t task, size_t thread)
{
  const work *k = user;
  size_t c = k->e->outputs, stride = k->to->stride;
  tile t = {.k = k, .i = task / k->z->panels, .j = task % k->z->panels};
  if (k->symmetric && t.j < t.i) return;
  t.h = lf_panel_width(k->x, t.i);
  t.w = lf_panel_width(k->z, t.j);
  t.half = k->symmetric && t.i == t.j;
  t.a = k->scratch + thread * 2 * TILE_SIZE;
  t.d = t.a + TILE_SIZE;
  fill_tile(&t);
  if (t.half) turn_half(&t);
  for (size_t i = 0; i < t.h * c; i++) k->odd[thread] |= !lf_all_finite(t.w * c, entry(&t, i, 0));
  if (k->symmetric && t.j > t.i)
    lf_gemm_get()->transpose_f64(t.h * c, t.w * c, entry(&t, 0, 0), stride,
                                 k->to->K + t.j * WIDE * c * stride + t.i * WIDE * c, stride);
}

lf_status lf_empirical_block(const lf_empirical *e, size_t n, const double *x, size_t m, const double *z,
                             size_t threads, lf_block *to)
{
  lf_passes px = {0}, pz = {0};
  lf_pool *pool = NULL;
  work k = {.e = e, .x = &px, .z = z ? &pz : &px, .symmetric = !z, .to = to};
  lf_status st;
  LF_TRY(lf_pool_create(&pool, threads));
  LF_TRY(lf_passes_create(&px, e, n, x, pool));
  if (z) LF_TRY(lf_passes_create(&pz, e, m, z, pool));
  LF_TRY(lf_calloc(&k.scratch, threads * 2 * TILE_SIZE, sizeof *k.scratch));
  LF_TRY(lf_calloc(&k.odd, threads, sizeof *k.odd));
  lf_pool_run(pool, px.panels * k.z->panels, tile_task, &k);
  for (size_t i = 0; i < threads; i++) to->odd |= k.odd[i];
done:
  lf_pool_destroy(pool);
  lf_free(k.scratch);
  lf_free(k.odd);
  lf_passes_free(&px);
  lf_passes_free(&pz);
  return st;
}

/* ---- diagonal --------------------------------------------------------------------------------------------------------------------------- */
/* A column of a panel. */
static double square_norm(size_t rows, const double *x)
{
  double sum = 0;
  for (size_t i = 0; i < rows; i++) sum += x[i * WIDE] * x[i * WIDE];
  return sum;
}

/* What one layer adds to K(x,x) of output k at the point in column j of a panel. */
static double diagonal_part(const lf_empirical *e, const lf_passes *p, size_t slot, size_t panel, size_t j, size_t k)
{
  const lf_affine_layer *l = &e->branch[slot / e->depth].layer[slot % e->depth];
  size_t from = (panel * e->outputs + k) * l->out * WIDE + j;
  double a = square_norm(l->in, p->value[slot] + panel * l->in * WIDE + j), bias = l->bias_gain * l->bias_gain;
  if (slot % e->depth + 1 == e->depth) return l->gain[k] * l->gain[k] * a + bias;
  double plain = square_norm(l->out, p->grad[slot] + from);
  double scaled = l->even_gains ? l->gain[0] * l->gain[0] * plain : square_norm(l->out, p->scaled[slot] + from);
  return a * scaled + bias * plain;
}

lf_status lf_empirical_diagonal(const lf_empirical *e, size_t n, const double *x, double *diagonal)
{
  lf_passes p = {0};
  lf_pool *pool = NULL;
  size_t c = e->outputs;
  lf_status st;
  LF_TRY(lf_pool_create(&pool, 1));
  LF_TRY(lf_passes_create(&p, e, n, x, pool));
  memset(diagonal, 0, n * c * sizeof *diagonal);
  for (size_t slot = 0; slot < e->branches * e->depth; slot++)
    for (size_t i = 0; i < n * c; i++) diagonal[i] += diagonal_part(e, &p, slot, i / c / WIDE, i / c % WIDE, i % c);
done:
  lf_pool_destroy(pool);
  lf_passes_free(&p);
  return st;
}

/* Rounding of sums over all widths, one after the other. */
double lf_empirical_error(const lf_empirical *e)
{
  double widths = 0;
  for (size_t l = 0; l < e->depth; l++) widths += (double)(e->branch[0].layer[l].in + e->branch[0].layer[l].out);
  return 4 * DBL_EPSILON * (8 + sqrt(widths) * (double)e->depth);
}

double lf_empirical_memory(const lf_empirical *e, size_t n, size_t m, bool symmetric)
{
  return lf_passes_memory(e, n) + (symmetric ? 0 : lf_passes_memory(e, m)) + sizeof(double) * 2.0 * TILE_SIZE;
}
