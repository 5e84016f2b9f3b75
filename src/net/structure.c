/* structure.c — from a model to tensors, branches and gains. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "base/base.h"
#include "channels.h"
#include "structure.h"

static const double two_pi = 6.283185307179586477;

/* ---- tensors -------------------------------------------------------------------------------------------------------- */
static lf_status add_tensor(lf_net *net, size_t ndim, size_t rows, size_t cols, bool trained, const char *prefix,
                            const char *name)
{
  lf_status st = lf_grow(&net->tensor, net->tensors, net->tensors + 1, sizeof *net->tensor);
  if (st != LF_OK) return st;
  lf_tensor *t = &net->tensor[net->tensors++];
  (void)snprintf(t->name, sizeof t->name, "%s%s", prefix, name);
  t->ndim = ndim;
  t->rows = rows;
  t->cols = cols;
  t->offset = net->count;
  t->trained = trained;
  net->count += rows * cols;
  return LF_OK;
}

/* Tensors "K.weight" and "K.bias" of one layer; K counts modules as torch.nn.Sequential(Linear, activation, Linear, ...) does. */
static lf_status add_layer(lf_net *net, lf_branch *b, const char *prefix, size_t module, size_t in, size_t out,
                           bool bias)
{
  char name[32];
  lf_layer *l = &b->layer[b->depth++];
  *l = (lf_layer){.in = in, .out = out, .rows = out, .bias = LF_NO_BIAS};
  l->activation = net->model.activation;
  l->param = net->model.activation_param;
  l->weight = net->count;
  (void)snprintf(name, sizeof name, "%zu.weight", module);
  lf_status st = add_tensor(net, 2, out, in, true, prefix, name);
  if (st != LF_OK || !bias) return st;
  l->bias = net->count;
  (void)snprintf(name, sizeof name, "%zu.bias", module);
  return add_tensor(net, 1, out, 1, true, prefix, name);
}

/* Trained features come before layer 0: frequencies (N,d) without bias, or a siren layer. */
static lf_status add_features(lf_net *net, lf_branch *b, const char *prefix)
{
  const lf_features *f = &net->model.features;
  lf_layer *l = &b->layer[b->depth++];
  bool siren = f->kind == LF_FEATURES_SIREN;
  *l = (lf_layer){.in = net->model.width[0], .out = f->count, .weight = net->count, .bias = LF_NO_BIAS};
  l->rows = siren ? l->out : 2 * l->out;
  l->fourier = !siren;
  l->activation = siren ? LF_SIN : LF_IDENTITY;
  l->param = siren ? f->a : 0;
  lf_status st = add_tensor(net, 2, l->out, l->in, true, prefix, "features.weight");
  if (st != LF_OK || !siren) return st;
  l->bias = net->count;
  return add_tensor(net, 1, l->out, 1, true, prefix, "features.bias");
}

static bool features_trained(const lf_model *m)
{
  return m->features.kind == LF_FEATURES_SIREN || (m->features.kind == LF_FEATURES_FOURIER && m->features.trained);
}

static lf_status add_branch(lf_net *net, lf_branch *b, const char *prefix)
{
  const lf_model *m = &net->model;
  size_t in = net->inputs;
  lf_status st = lf_calloc(&b->layer, m->n_widths, sizeof *b->layer); /* layers + 1 for features */
  if (st != LF_OK) return st;
  if (features_trained(m)) {
    st = add_features(net, b, prefix);
    in = b->layer[0].rows;
  }
  for (size_t l = 0; st == LF_OK && l + 1 < m->n_widths; l++) {
    bool last = l + 2 == m->n_widths;
    st = add_layer(net, b, prefix, 2 * l, in, m->width[l + 1], !last || m->output_bias);
    in = m->width[l + 1];
  }
  return st;
}

/* ---- gains ------------------------------------------------------------------------------------------------------------ */
static void scale_weight(lf_net *net, const lf_layer *l, size_t row, double by)
{
  for (size_t i = 0; i < l->in; i++) net->gain[l->weight + row * l->in + i] *= by;
}

static void scale_layer(lf_net *net, const lf_layer *l, double weight, double bias)
{
  for (size_t r = 0; r < l->out; r++) {
    scale_weight(net, l, r, weight);
    if (l->bias != LF_NO_BIAS) net->gain[l->bias + r] *= bias;
  }
}

/* MscaleDNN-1: the units of the first layer in as many groups of equal size as there are scales (the first groups take the rest). */
static void scale_groups(lf_net *net, const lf_layer *l)
{
  const lf_features *f = &net->model.features;
  for (size_t r = 0; r < l->out; r++) scale_weight(net, l, r, f->scale[r * f->n_scales / l->out]);
}

static void set_branch_gains(lf_net *net, const lf_branch *b, double input_scale, double output_factor)
{
  const lf_model *m = &net->model;
  const lf_layer *first = &b->layer[0], *last = &b->layer[b->depth - 1];
  for (size_t i = 0; m->scaling == LF_SCALING_NTK && i < b->depth; i++) {
    const lf_layer *l = &b->layer[i];
    if (i == 0 && features_trained(m)) continue; /* frequencies are in cycles, whatever the scaling */
    scale_layer(net, l, m->std_w / sqrt((double)l->in), m->std_b);
  }
  if (first->fourier) scale_layer(net, first, two_pi, 1);
  if (m->features.kind == LF_FEATURES_MULTISCALE_1) scale_groups(net, first);
  if (m->features.kind == LF_FEATURES_MULTISCALE_2) scale_layer(net, first, input_scale, 1);
  if (m->scaling == LF_SCALING_INVERSE_SQRT) {
    /* sqrt of the units that feed the output; Fourier features count as pairs */
    bool straight = m->n_widths == 2 && m->features.kind == LF_FEATURES_FOURIER;
    output_factor /= sqrt((double)(straight ? m->features.count : last->in));
  }
  scale_layer(net, last, output_factor, output_factor);
}

static void drop_unit_gains(lf_net *net)
{
  for (size_t i = 0; i < net->count; i++)
    if (net->gain[i] != 1) return;
  lf_free(net->gain);
  net->gain = NULL;
}

static lf_status set_gains(lf_net *net, size_t scales)
{
  const lf_features *f = &net->model.features;
  lf_status st = lf_calloc(&net->gain, net->count, sizeof *net->gain);
  if (st != LF_OK) return st;
  for (size_t i = 0; i < net->count; i++) net->gain[i] = 1;
  for (size_t b = 0; b < net->branches; b++) {
    double sign = b < scales ? 1 : -1, share = net->model.antisymmetric ? sqrt(0.5) : 1;
    set_branch_gains(net, &net->branch[b], f->kind == LF_FEATURES_MULTISCALE_2 ? f->scale[b % LF_MAX(scales, 1)] : 1,
                     sign * share);
  }
  drop_unit_gains(net);
  return LF_OK;
}

/* ---- the whole ---------------------------------------------------------------------------------------------------------- */
lf_status lf_net_structure(lf_net *net)
{
  lf_status st = LF_OK;
  const lf_model *m = &net->model;
  bool fixed = m->features.kind == LF_FEATURES_FOURIER && !m->features.trained;
  size_t scales = m->features.kind == LF_FEATURES_MULTISCALE_2 ? m->features.n_scales : 1;
  net->outputs = m->width[m->n_widths - 1];
  net->inputs = fixed ? 2 * m->features.count : m->width[0];
  net->branches = scales * (m->antisymmetric ? 2 : 1);
  if (fixed) LF_TRY(add_tensor(net, 2, m->features.count, m->width[0], false, "", "features.weight"));
  LF_TRY(lf_calloc(&net->branch, net->branches, sizeof *net->branch));
  for (size_t b = 0; b < net->branches; b++) {
    char prefix[32] = "";
    if (net->branches > 1) (void)snprintf(prefix, sizeof prefix, "branch%zu.", b);
    LF_TRY(add_branch(net, &net->branch[b], prefix));
  }
  if (fixed) net->frequencies = &net->tensor[0];
  LF_TRY(set_gains(net, scales));
  LF_TRY(lf_calloc(&net->parameters, net->count, lf_dtype_size(net->dtype)));
done:
  return st;
}

/* x.w in cycles, reduced to [-1/2, 1/2] before it meets 2 pi; the rounding error of each product is put back by fma: left alone it
 * would be eps |w x| cycles. */
static double phase_cycles(size_t d, const lf_net *net, size_t row, const double *x)
{
  double p = 0;
  for (size_t i = 0; i < d; i++) {
    double w = lf_net_parameter(net, row * d + i), wx = w * x[i];
    p += remainder(wx, 1.0) + fma(w, x[i], -wx);
  }
  return remainder(p, 1.0);
}

void lf_net_input(const lf_net *net, int order, const double *x, double *out)
{
  const size_t d = net->model.width[0], channels = lf_channels(d, order);
  memset(out, 0, net->inputs * channels * sizeof *out);
  if (!net->frequencies) {
    for (size_t i = 0; i < d; i++) {
      out[i * channels] = x[i];
      if (order) out[i * channels + 1 + i] = 1;
    }
    return;
  }
  const size_t n = net->frequencies->rows;
  for (size_t r = 0; r < n; r++) {
    const double p = two_pi * phase_cycles(d, net, r, x), c = cos(p), s = sin(p);
    double *even = out + r * channels, *odd = out + (n + r) * channels;
    even[0] = c;
    odd[0] = s;
    for (size_t i = 0; order && i < d; i++) {
      const double w = two_pi * lf_net_parameter(net, net->frequencies->offset + r * d + i);
      even[1 + i] = -w * s;
      odd[1 + i] = w * c;
      if (order == 2) even[1 + d + i] = -w * w * c, odd[1 + d + i] = -w * w * s;
    }
  }
}
