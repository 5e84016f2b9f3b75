/* limit.c — from a model to the recursion of its kernel: every tensor's variance and multiplier, in one number per layer. */
#include "limit.h"
#include <math.h>
#include <stdint.h>
#include <string.h>
#include "base/base.h"
#include "lowfirst/files.h"

bool lf_limit_has_model(const lf_model *m)
{
  lf_model trial = *m;
  return m->n_widths >= 2 && m->n_widths <= LF_MAX_LAYERS + 1 && m->width[0] > 0 && m->width[m->n_widths - 1] > 0 &&
         lf_model_complete(&trial, m->width[0], m->width[m->n_widths - 1]) == LF_OK && trial.init.law == m->init.law;
}

/* Multipliers of an affine layer; structure.c has the same for nets. */
typedef struct multipliers {
  double weight, bias;
} multipliers;

static multipliers layer_multipliers(const lf_model *m, size_t layer, size_t fan_in)
{
  multipliers g = {1, 1};
  if (m->scaling == LF_SCALING_NTK) g = (multipliers){m->std_w / sqrt((double)fan_in), m->std_b};
  if (layer + 2 != m->n_widths || m->scaling != LF_SCALING_INVERSE_SQRT) return g;
  bool straight = m->n_widths == 2 && m->features.kind == LF_FEATURES_FOURIER; /* pairs count once */
  double root = sqrt((double)(straight ? m->features.count : fan_in));
  return (multipliers){g.weight / root, g.bias / root};
}

static size_t fan_in_of(const lf_model *m, size_t layer)
{
  if (layer > 0) return m->width[layer];
  if (m->features.kind == LF_FEATURES_FOURIER) return 2 * m->features.count;
  return m->features.kind == LF_FEATURES_SIREN ? m->features.count : m->width[0];
}

static bool has_bias(const lf_model *m, size_t layer) { return layer + 2 < m->n_widths || m->output_bias; }

lf_affine lf_affine_of(const lf_model *m, size_t layer, bool tangent)
{
  size_t in = fan_in_of(m, layer), out = m->width[layer + 1];
  multipliers by = layer_multipliers(m, layer, in);
  lf_init law = lf_init_of_layer(m, layer, false), bias_law = lf_init_of_layer(m, layer, true);
  double variance = lf_spread_variance(lf_init_spread(&law, m, layer, false, in, out));
  double bias = has_bias(m, layer) ? lf_spread_variance(lf_init_spread(&bias_law, m, layer, true, in, out)) : 0;
  lf_affine a = {.g = by.weight * by.weight * (double)in, .h = has_bias(m, layer) ? by.bias * by.bias : 0};
  a.v = a.g * variance;
  a.b = a.h * bias;
  a.carry = a.v;
  if (!tangent) a.g = a.v, a.h = a.b, a.carry = 0;
  return a;
}

/* ---- entries --------------------------------------------------------------------------------------------------------------- */
static bool is_uniform(const lf_model *m, size_t layer)
{
  size_t in = fan_in_of(m, layer), out = m->width[layer + 1];
  lf_init law = lf_init_of_layer(m, layer, false), bias_law = lf_init_of_layer(m, layer, true);
  lf_spread w = lf_init_spread(&law, m, layer, false, in, out), b = lf_init_spread(&bias_law, m, layer, true, in, out);
  return (w.uniform && w.scale > 0) || (has_bias(m, layer) && b.uniform && b.scale > 0);
}

static lf_spread scaled(lf_spread s, double by) { return (lf_spread){s.uniform, s.scale * by}; }

/* Siren features, or a first layer of waves with uniform parameters. */
static lf_wave wave_of(const lf_model *m, bool tangent)
{
  bool siren = m->features.kind == LF_FEATURES_SIREN;
  size_t layer = siren ? LF_LAYER_FEATURES : 0, d = m->width[0], out = siren ? m->features.count : m->width[1];
  lf_init law = lf_init_of_layer(m, layer, false), bias_law = lf_init_of_layer(m, layer, true);
  multipliers by = siren ? (multipliers){1, 1} : layer_multipliers(m, 0, d);
  lf_wave w = {.omega = siren ? m->features.a : m->activation_param,
               .cosine = !siren && m->activation == LF_COS,
               .weight = scaled(lf_init_spread(&law, m, layer, false, d, out), by.weight),
               .bias = scaled(lf_init_spread(&bias_law, m, layer, true, d, out), by.bias)};
  if (tangent) w.g = by.weight * by.weight, w.h = by.bias * by.bias;
  return w;
}

static lf_status read_frequencies(lf_limit *l)
{
  const lf_features *f = &l->model.features;
  lf_array a = {0};
  lf_status st;
  LF_TRY(lf_npy_read(&a, f->file));
  size_t d = a.ndim == 1 ? 1 : a.shape[1];
  if (a.ndim < 1 || a.ndim > 2 || d != l->d || a.shape[0] == 0)
    LF_RAISE(LF_ESHAPE, "%s: frequencies of shape (N,%zu) are needed", f->file, l->d);
  LF_TRY(lf_array_check_finite(&a, f->file));
  LF_TRY(lf_array_to_f64(&a, &l->frequency));
  l->frequencies = a.shape[0];
done:
  lf_array_free(&a);
  return st;
}

static lf_status draw_frequencies(lf_limit *l, uint64_t seed)
{
  const lf_features *f = &l->model.features;
  lf_status st = lf_calloc(&l->frequency, f->count * l->d, sizeof *l->frequency);
  if (st != LF_OK) return st;
  l->frequencies = f->count;
  lf_frequency_draw(f, l->d, seed, 0, f->count, l->frequency);
  return LF_OK;
}

static lf_status set_entry(lf_limit *l, const uint64_t *seed)
{
  const lf_model *m = &l->model;
  bool first_is_wave = (m->activation == LF_SIN || m->activation == LF_COS) && m->features.kind == LF_FEATURES_NONE &&
                       m->n_widths > 2 && is_uniform(m, 0);
  l->entry = LF_ENTRY_PLAIN;
  l->note = "";
  l->hidden = m->n_widths - 2;
  if (m->features.kind == LF_FEATURES_SIREN || first_is_wave) {
    l->entry = LF_ENTRY_WAVE;
    l->wave = wave_of(m, l->tangent);
    if (first_is_wave) l->hidden--;
  } else if (m->features.kind == LF_FEATURES_FOURIER) {
    l->entry = LF_ENTRY_FREQUENCIES;
    if (m->features.law == LF_FREQUENCY_FILE) return read_frequencies(l);
    if (seed) return draw_frequencies(l, *seed);
    if (m->features.law == LF_FREQUENCY_LOG) { /* has no closed kernel */
      l->note = "frequencies of the log law have no closed kernel: those that a net of seed 1 draws stand for it";
      return draw_frequencies(l, 1);
    }
  } else {
    if (l->hidden > 0 && is_uniform(m, 0))
      l->note =
          "the first layer's uniform weights count as normal ones of the same variance: the limit is near, not exact";
  }
  return LF_OK;
}

/* ---- branches ------------------------------------------------------------------------------------------------------------------ */
static void set_groups(const lf_model *m, lf_branch_limit *b)
{
  b->groups = 1;
  b->scale[0] = b->share[0] = 1;
  if (m->features.kind != LF_FEATURES_MULTISCALE_1) return;
  b->groups = m->features.n_scales;
  memset(b->share, 0, sizeof b->share);
  for (size_t unit = 0; unit < m->width[1]; unit++) b->share[unit * b->groups / m->width[1]] += 1 / (double)m->width[1];
  for (size_t g = 0; g < b->groups; g++) b->scale[g] = m->features.scale[g];
}

static lf_status set_branch(const lf_limit *l, lf_branch_limit *b, double scale)
{
  const lf_model *m = &l->model;
  size_t skipped = m->n_widths - 2 - l->hidden; /* a first layer that is the entry */
  set_groups(m, b);
  for (size_t i = 0; i <= l->hidden; i++) {
    lf_affine a = lf_affine_of(m, i + skipped, l->tangent);
    if (!isfinite(a.v + a.b + a.g + a.h))
      return LF_FAIL(
          LF_EMATH, "layer %zu: its variance is not finite, so that the net has no limit; choose a smaller init or std",
          i + skipped);
    b->affine[i] = a;
  }
  if (m->features.kind == LF_FEATURES_MULTISCALE_2) b->scale[0] = scale;
  return LF_OK;
}

lf_status lf_limit_create(lf_limit **out, const lf_model *model, bool tangent, const uint64_t *seed)
{
  lf_status st;
  lf_limit *l = NULL;
  *out = NULL;
  LF_TRY(lf_calloc(&l, 1, sizeof *l));
  l->model = *model;
  l->tangent = tangent;
  l->d = model->width[0];
  LF_TRY(set_entry(l, seed));
  if (l->frequency) l->model.features.count = l->frequencies; /* a file says itself how many there are */
  l->branches = model->features.kind == LF_FEATURES_MULTISCALE_2 ? model->features.n_scales : 1;
  LF_TRY(lf_calloc(&l->branch, l->branches, sizeof *l->branch));
  for (size_t i = 0; i < l->branches; i++) LF_TRY(set_branch(l, &l->branch[i], model->features.scale[i]));
  *out = l;
done:
  if (st != LF_OK) lf_limit_destroy(l);
  return st;
}

void lf_limit_destroy(lf_limit *l)
{
  if (!l) return;
  lf_free(l->frequency);
  lf_free(l->branch);
  lf_free(l);
}
