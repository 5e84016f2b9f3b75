/* empirical.c — K = J J^T of a finite net by its structure: with A the values that enter a layer and D the gradients of the outputs with respect
 * to what leaves its affine part (both with a row per point),
 *
 *     K = sum over layers of (gw^2 A A^T + gb^2) o (D D^T),
 *
 * o element by element, gw and gb the multipliers of weights and biases. A Jacobian would have a column per parameter; this has one per
 * unit. Cost: 2 n^2 (sum of widths) for D, as much for A. */
#include "empirical.h"
#include <float.h>
#include <limits.h>
#include <math.h>
#include <string.h>
#include "base/base.h"
#include "base/pool.h"
#include "linalg/blas.h"
#include "linalg/vmath.h"
#include "model/activation_kernel.h"
#include "net/structure.h"

typedef struct layer {
  size_t in, out, rows;
  lf_activation activation;
  double param;
  bool fourier;
  double *weight, *bias; /* effective, (out,in) and (out); bias NULL: none */
  double *gain;          /* (out) the weights' multipliers, row by row */
  bool even_gains;       /* the same in every row */
  double bias_gain;      /* 0 where there is no bias */
} layer;

typedef struct branch {
  size_t depth;
  layer *layer;
} branch;

struct lf_empirical {
  lf_net input; /* what lf_net_input() looks at: model, frequencies, parameters */
  lf_tensor frequencies;
  size_t inputs, outputs, branches, depth;
  branch *branch;
  const lf_blas *blas;
};

/* ---- the net, effective parameters in double ------------------------------------------------------------------------------ */
void lf_empirical_destroy(lf_empirical *e)
{
  if (!e) return;
  for (size_t b = 0; e->branch && b < e->branches; b++) {
    for (size_t l = 0; e->branch[b].layer && l < e->branch[b].depth; l++) {
      layer *at = &e->branch[b].layer[l];
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

static lf_status copy_layer(layer *to, const lf_net *net, const lf_layer *from)
{
  lf_status st;
  *to = (layer){.in = from->in,
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
  LF_TRY(lf_blas_get(&e->blas));
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
    branch *to = &e->branch[b];
    LF_TRY(lf_calloc(&to->layer, net->branch[b].depth, sizeof *to->layer));
    to->depth = e->depth = net->branch[b].depth;
    for (size_t l = 0; l < to->depth; l++) LF_TRY(copy_layer(&to->layer[l], net, &net->branch[b].layer[l]));
  }
  *out = e;
done:
  if (st != LF_OK) lf_empirical_destroy(e);
  return st;
}

/* ---- values and gradients of a set of points ------------------------------------------------------------------------------------ */
/* value[b][l] (n, in) enters layer l of branch b; slope is the derivative of layer l's activation; grad[b][l] (c, n, out) the gradients at its
 * affine part, of the hidden layers alone: at the last layer they are 0 and 1. scaled: the same times the multipliers, where these differ. */
typedef struct points {
  size_t n;
  double **value, **slope, **grad, **scaled; /* (branches * depth) */
  double *table;                             /* (n, inputs), value[.][0] of all branches */
} points;

static void points_free(const lf_empirical *e, points *p)
{
  for (size_t i = 0; i < e->branches * e->depth; i++) {
    if (p->value && i % e->depth) lf_free(p->value[i]);
    if (p->slope) lf_free(p->slope[i]);
    if (p->grad) lf_free(p->grad[i]);
    if (p->scaled) lf_free(p->scaled[i]);
  }
  lf_free(p->value);
  lf_free(p->slope);
  lf_free(p->grad);
  lf_free(p->scaled);
  lf_free(p->table);
  *p = (points){0};
}

/* C (n, columns) = A (n, k) times B (columns, k)^T or B (k, columns) */
static void product(const lf_empirical *e, size_t n, size_t columns, size_t k, const double *a, size_t lda,
                    const double *b, size_t ldb, bool turned, double *c, size_t ldc)
{
  e->blas->dgemm(LF_BLAS_ROW_MAJOR, LF_BLAS_PLAIN, turned ? LF_BLAS_TRANSPOSED : LF_BLAS_PLAIN, (int)n, (int)columns,
                 (int)k, 1, a, (int)lda, b, (int)ldb, 0, c, (int)ldc);
}

static void apply_fourier(const layer *l, size_t n, const double *z, double *value)
{
  const lf_vmath *v = lf_vmath_get();
  for (size_t i = 0; i < n; i++) {
    v->cos_f64(l->out, z + i * l->out, value + i * l->rows);
    v->sin_f64(l->out, z + i * l->out, value + i * l->rows + l->out);
  }
}

/* Values up to the last layer's input. */
static lf_status forward(const lf_empirical *e, const branch *b, points *p, size_t first)
{
  const lf_activation_kernels *kernels = lf_activation_kernels_get();
  double *z = NULL;
  lf_status st = LF_OK;
  for (size_t l = 0; l + 1 < b->depth; l++) {
    const layer *at = &b->layer[l];
    double **value = &p->value[first + l];
    LF_TRY(lf_calloc(&z, p->n * at->out, sizeof *z));
    LF_TRY(lf_calloc(&value[1], p->n * at->rows, sizeof(double)));
    product(e, p->n, at->out, at->in, value[0], at->in, at->weight, at->in, true, z, at->out);
    for (size_t i = 0; at->bias && i < p->n; i++)
      for (size_t r = 0; r < at->out; r++) z[i * at->out + r] += at->bias[r];
    if (at->fourier) {
      apply_fourier(at, p->n, z, value[1]);
      lf_free(z);
    } else {
      kernels->slope_f64[at->activation](p->n * at->out, at->param, z, value[1], z);
      p->slope[first + l] = z;
    }
    z = NULL;
  }
done:
  lf_free(z);
  return st;
}

/* delta (n, rows of the layer) -> gradient at its affine part (n, out) */
static void through_activation(const layer *l, size_t n, const double *delta, const double *slope, const double *value,
                               double *grad)
{
  if (!l->fourier) {
    for (size_t i = 0; i < n * l->out; i++) grad[i] = delta[i] * slope[i];
    return;
  }
  for (size_t i = 0; i < n; i++) {
    const double *cosine = value + i * l->rows, *sine = cosine + l->out, *d = delta + i * l->rows;
    for (size_t r = 0; r < l->out; r++) grad[i * l->out + r] = d[l->out + r] * cosine[r] - d[r] * sine[r];
  }
}

static lf_status backward(const lf_empirical *e, const branch *b, points *p, size_t first)
{
  double *delta = NULL;
  size_t widest = 0, c = e->outputs;
  lf_status st = LF_OK;
  for (size_t l = 0; l < b->depth; l++) widest = LF_MAX(widest, b->layer[l].rows);
  LF_TRY(lf_calloc(&delta, p->n * widest, sizeof *delta));
  for (size_t l = 0; l + 1 < b->depth; l++)
    LF_TRY(lf_calloc(&p->grad[first + l], c * p->n * b->layer[l].out, sizeof(double)));
  for (size_t k = 0; k < c; k++)
    for (size_t l = b->depth - 1; l-- > 0;) {
      const layer *at = &b->layer[l], *above = &b->layer[l + 1];
      if (l + 2 == b->depth)
        for (size_t i = 0; i < p->n; i++)
          memcpy(delta + i * above->in, above->weight + k * above->in, above->in * sizeof(double));
      else
        product(e, p->n, above->in, above->out, p->grad[first + l + 1] + k * p->n * above->out, above->out,
                above->weight, above->in, false, delta, above->in);
      through_activation(at, p->n, delta, p->slope[first + l], p->value[first + l + 1],
                         p->grad[first + l] + k * p->n * at->out);
    }
done:
  lf_free(delta);
  return st;
}

static lf_status scale_gradients(const lf_empirical *e, const branch *b, points *p, size_t first)
{
  lf_status st = LF_OK;
  for (size_t l = 0; l + 1 < b->depth; l++) {
    const layer *at = &b->layer[l];
    const double *from = p->grad[first + l];
    if (at->even_gains) continue;
    LF_TRY(lf_calloc(&p->scaled[first + l], e->outputs * p->n * at->out, sizeof(double)));
    for (size_t i = 0; i < e->outputs * p->n; i++)
      for (size_t r = 0; r < at->out; r++) p->scaled[first + l][i * at->out + r] = from[i * at->out + r] * at->gain[r];
  }
done:
  return st;
}

static lf_status look_at_points(const lf_empirical *e, points *p, size_t n, const double *x)
{
  size_t slots = e->branches * e->depth, d = e->input.model.width[0];
  lf_status st;
  *p = (points){.n = n};
  if (n > INT_MAX) LF_RAISE(LF_EARG, "an empirical kernel takes %d points at most, got %zu", INT_MAX, n);
  LF_TRY(lf_calloc(&p->value, slots, sizeof *p->value));
  LF_TRY(lf_calloc(&p->slope, slots, sizeof *p->slope));
  LF_TRY(lf_calloc(&p->grad, slots, sizeof *p->grad));
  LF_TRY(lf_calloc(&p->scaled, slots, sizeof *p->scaled));
  LF_TRY(lf_calloc(&p->table, n * e->inputs, sizeof *p->table));
  for (size_t i = 0; i < n; i++) lf_net_input(&e->input, 0, x + i * d, p->table + i * e->inputs);
  for (size_t b = 0; b < e->branches; b++) {
    size_t first = b * e->depth;
    p->value[first] = p->table;
    LF_TRY(forward(e, &e->branch[b], p, first));
    LF_TRY(backward(e, &e->branch[b], p, first));
    for (size_t l = 0; l < e->depth; l++) { /* no longer needed */
      lf_free(p->slope[first + l]);
      p->slope[first + l] = NULL;
    }
    LF_TRY(scale_gradients(e, &e->branch[b], p, first));
  }
done:
  return st;
}

/* ---- blocks --------------------------------------------------------------------------------------------------------------------------- */
enum { TILE = 192 };

typedef struct work {
  const lf_empirical *e;
  const points *x, *z;
  bool symmetric;
  size_t tile_columns;
  double *K;
  size_t ldk;
  double *scratch; /* (threads, 2, TILE, TILE) */
} work;

/* Rows [i, i + h) of x against columns [j, j + w) of z. */
typedef struct tile {
  const work *k;
  size_t i, j, h, w;
  double *a, *d; /* (h, w): A A^T, D D^T */
} tile;

static double *entry(const tile *t, size_t i, size_t j, size_t k, size_t k2)
{
  size_t c = t->k->e->outputs;
  return t->k->K + ((t->i + i) * c + k) * t->k->ldk + (t->j + j) * c + k2;
}

static void inner(const tile *t, size_t width, const double *x, const double *z, double *out)
{
  product(t->k->e, t->h, t->w, width, x + t->i * width, width, z + t->j * width, width, true, out, t->w);
}

/* K += (weight A A^T + bias) o (D D^T) */
static void add_product(const tile *t, size_t k, size_t k2, double weight, double bias)
{
  size_t c = t->k->e->outputs;
  for (size_t i = 0; i < t->h; i++) {
    double *row = entry(t, i, 0, k, k2);
    const double *a = t->a + i * t->w, *d = t->d + i * t->w;
    if (c == 1)
      for (size_t j = 0; j < t->w; j++) row[j] += (weight * a[j] + bias) * d[j];
    else
      for (size_t j = 0; j < t->w; j++) row[j * c] += (weight * a[j] + bias) * d[j];
  }
}

/* Output k of the x points against output k2 of the z points, hidden layer `l`. */
static void add_hidden(const tile *t, const layer *l, size_t slot, size_t k, size_t k2)
{
  const points *x = t->k->x, *z = t->k->z;
  size_t from_x = k * x->n * l->out, from_z = k2 * z->n * l->out;
  double weight = l->gain[0] * l->gain[0], bias = l->bias_gain * l->bias_gain;
  if (!l->even_gains) {
    inner(t, l->out, x->scaled[slot] + from_x, z->scaled[slot] + from_z, t->d);
    add_product(t, k, k2, 1, 0);
    weight = 0;
  }
  inner(t, l->out, x->grad[slot] + from_x, z->grad[slot] + from_z, t->d);
  add_product(t, k, k2, weight, bias);
}

static void add_output(const tile *t, const layer *l)
{
  for (size_t k = 0; k < t->k->e->outputs; k++) {
    double weight = l->gain[k] * l->gain[k], bias = l->bias_gain * l->bias_gain;
    for (size_t i = 0; i < t->h; i++)
      for (size_t j = 0; j < t->w; j++) *entry(t, i, j, k, k) += weight * t->a[i * t->w + j] + bias;
  }
}

static void fill_tile(const tile *t)
{
  const lf_empirical *e = t->k->e;
  size_t c = e->outputs;
  for (size_t i = 0; i < t->h * c; i++) memset(entry(t, 0, 0, 0, 0) + i * t->k->ldk, 0, t->w * c * sizeof(double));
  for (size_t b = 0; b < e->branches; b++)
    for (size_t l = 0; l < e->depth; l++) {
      const layer *at = &e->branch[b].layer[l];
      size_t slot = b * e->depth + l;
      inner(t, at->in, t->k->x->value[slot], t->k->z->value[slot], t->a);
      if (l + 1 == e->depth) add_output(t, at);
      for (size_t k = 0; l + 1 < e->depth && k < c * c; k++) add_hidden(t, at, slot, k / c, k % c);
    }
}

static void tile_task(void *user, size_t task, size_t thread)
{
  const work *k = user;
  size_t row = task / k->tile_columns, column = task % k->tile_columns, c = k->e->outputs;
  if (k->symmetric && column < row) return;
  tile t = {.k = k, .i = row * TILE, .j = column * TILE};
  t.h = LF_MIN(TILE, k->x->n - t.i);
  t.w = LF_MIN(TILE, k->z->n - t.j);
  t.a = k->scratch + thread * 2 * TILE * TILE;
  t.d = t.a + TILE * TILE;
  fill_tile(&t);
  if (!k->symmetric) return;
  for (size_t j = t.j * c; j < (t.j + t.w) * c; j++)
    for (size_t i = t.i * c; i < LF_MIN((t.i + t.h) * c, j); i++) k->K[j * k->ldk + i] = k->K[i * k->ldk + j];
}

lf_status lf_empirical_block(const lf_empirical *e, size_t n, const double *x, size_t m, const double *z,
                             size_t threads, double *K)
{
  points px = {0}, pz = {0};
  lf_pool *pool = NULL;
  lf_status st;
  LF_TRY(look_at_points(e, &px, n, x));
  if (z) LF_TRY(look_at_points(e, &pz, m, z));
  work k = {.e = e, .x = &px, .z = z ? &pz : &px, .symmetric = !z, .K = K};
  k.ldk = k.z->n * e->outputs;
  k.tile_columns = (k.z->n + TILE - 1) / TILE;
  LF_TRY(lf_calloc(&k.scratch, threads * 2 * TILE * TILE, sizeof *k.scratch));
  st = lf_pool_create(&pool, threads);
  if (st == LF_OK) lf_pool_run(pool, (n + TILE - 1) / TILE * k.tile_columns, tile_task, &k);
  lf_pool_destroy(pool);
  lf_free(k.scratch);
done:
  points_free(e, &px);
  points_free(e, &pz);
  return st;
}

/* ---- diagonal --------------------------------------------------------------------------------------------------------------------------- */
static double square_norm(size_t n, const double *x)
{
  double sum = 0;
  for (size_t i = 0; i < n; i++) sum += x[i] * x[i];
  return sum;
}

lf_status lf_empirical_diagonal(const lf_empirical *e, size_t n, const double *x, double *diagonal)
{
  points p = {0};
  size_t c = e->outputs;
  lf_status st;
  LF_TRY(look_at_points(e, &p, n, x));
  memset(diagonal, 0, n * c * sizeof *diagonal);
  for (size_t slot = 0; slot < e->branches * e->depth; slot++) {
    const layer *l = &e->branch[slot / e->depth].layer[slot % e->depth];
    bool last = slot % e->depth + 1 == e->depth;
    for (size_t i = 0; i < n * c; i++) {
      size_t at = i / c, k = i % c;
      double a = square_norm(l->in, p.value[slot] + at * l->in);
      if (last) {
        diagonal[i] += l->gain[k] * l->gain[k] * a + l->bias_gain * l->bias_gain;
        continue;
      }
      size_t from = (k * n + at) * l->out;
      double plain = square_norm(l->out, p.grad[slot] + from);
      double scaled = l->even_gains ? l->gain[0] * l->gain[0] * plain : square_norm(l->out, p.scaled[slot] + from);
      diagonal[i] += a * scaled + l->bias_gain * l->bias_gain * plain;
    }
  }
done:
  points_free(e, &p);
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
  double per_point = (double)e->inputs, count = symmetric ? (double)n : (double)n + (double)m;
  for (size_t b = 0; b < e->branches; b++)
    for (size_t l = 0; l + 1 < e->depth; l++) {
      const layer *at = &e->branch[b].layer[l];
      per_point += 2.0 * (double)at->rows + (double)at->out * (1 + (at->even_gains ? 1 : 2) * (double)e->outputs);
    }
  return sizeof(double) * (count * per_point + 2.0 * TILE * TILE);
}
