/* init.c — initial laws; see init.h. Sources: Glorot, Bengio 2010; He, Zhang, Ren, Sun 2015 (fan-in); LeCun et al. 1998; Sitzmann et
 * al. 2020 (SIREN); PyTorch's torch.nn.Linear; Luo et al. 2021 (powers of the width). */
#include "init.h"
#include <math.h>
#include "base/base.h"
#include "lowfirst/random.h"

lf_init lf_init_of_layer(const lf_model *m, size_t layer, bool is_bias)
{
  if (layer == LF_LAYER_FEATURES) return (lf_init){LF_INIT_SIREN, m->features.a};
  if (is_bias && m->has_bias_init) return m->bias_init;
  for (size_t i = 0; i < m->n_overrides; i++) {
    int named = m->override_[i].layer;
    if ((named < 0 ? m->n_widths - 2 : (size_t)named) == layer) return m->override_[i].init;
  }
  return m->init;
}

static lf_spread normal_law(double std) { return (lf_spread){false, std}; }
static lf_spread uniform_law(double bound) { return (lf_spread){true, bound}; }

/* m^-T; m the widest hidden layer, without one the fan-in */
static double width_power(const lf_model *m, double power, size_t fan_in)
{
  size_t widest = 0;
  for (size_t i = 1; i + 1 < m->n_widths; i++) widest = LF_MAX(widest, m->width[i]);
  return pow((double)(widest ? widest : fan_in), -power);
}

static lf_spread siren(const lf_model *m, double omega, size_t layer, bool is_bias, double fan_in)
{
  size_t first = m->features.kind == LF_FEATURES_SIREN ? LF_LAYER_FEATURES : 0;
  if (is_bias) return uniform_law(1 / sqrt(fan_in));
  return uniform_law(layer == first ? 1 / fan_in : sqrt(6 / fan_in) / omega);
}

static lf_spread std_law(const lf_model *m, size_t layer, bool is_bias)
{
  bool last = layer == m->n_widths - 2;
  if (is_bias) return normal_law(last ? 0 : m->std_b);
  return normal_law(last ? m->std_a : m->std_w);
}

lf_spread lf_init_spread(const lf_init *law, const lf_model *m, size_t layer, bool is_bias, size_t fan_in,
                         size_t fan_out)
{
  double in = (double)fan_in, out = (double)fan_out, weight = is_bias ? 0 : 1;
  switch (law->law) {
  case LF_INIT_NORMAL: return normal_law(law->value);
  case LF_INIT_DEFAULT: return normal_law(width_power(m, 0.5, fan_in));
  case LF_INIT_WIDTH_POWER: return normal_law(width_power(m, law->value, fan_in));
  case LF_INIT_UNIFORM: return uniform_law(law->value);
  case LF_INIT_GLOROT: return normal_law(weight * sqrt(2 / (in + out)));
  case LF_INIT_HE: return normal_law(weight * sqrt(2 / in));
  case LF_INIT_LECUN: return normal_law(weight / sqrt(in));
  case LF_INIT_NTK: return normal_law(1);
  case LF_INIT_SIREN: return siren(m, law->value, layer, is_bias, in);
  case LF_INIT_TORCH: return uniform_law(1 / sqrt(in));
  case LF_INIT_ZERO: return normal_law(0);
  case LF_INIT_STD: return std_law(m, layer, is_bias);
  }
  return normal_law(0);
}

void lf_init_draw(const lf_init *law, const lf_model *m, size_t layer, bool is_bias, size_t fan_in, size_t fan_out,
                  uint64_t seed, uint64_t first_index, size_t n, double *out)
{
  lf_spread d = lf_init_spread(law, m, layer, is_bias, fan_in, fan_out);
  for (size_t i = 0; i < n; i++) {
    uint64_t index = first_index + i;
    if (d.scale == 0)
      out[i] = 0;
    else if (d.uniform)
      out[i] = d.scale * (2 * lf_random_uniform(seed, LF_PURPOSE_WEIGHTS, index) - 1);
    else
      out[i] = d.scale * lf_random_normal(seed, LF_PURPOSE_WEIGHTS, index);
  }
}

/* A row takes d + 1 indices: the length, then the direction as d normals. */
static void draw_log(const lf_features *f, size_t d, uint64_t seed, uint64_t row, double *out)
{
  uint64_t at = row * (d + 1);
  double length = f->a * pow(f->b / f->a, lf_random_uniform(seed, LF_PURPOSE_FEATURES, at)), square = 0;
  if (d == 1) {
    out[0] = length;
    return;
  }
  for (size_t k = 0; k < d; k++) {
    out[k] = lf_random_normal(seed, LF_PURPOSE_FEATURES, at + 1 + k);
    square += out[k] * out[k];
  }
  for (size_t k = 0; k < d; k++) out[k] *= length / sqrt(square);
}

void lf_frequency_draw(const lf_features *f, size_t d, uint64_t seed, uint64_t first_row, size_t rows, double *out)
{
  for (size_t j = 0; j < rows; j++) {
    uint64_t row = first_row + j;
    if (f->law == LF_FREQUENCY_LOG)
      draw_log(f, d, seed, row, out + j * d);
    else
      for (size_t k = 0; k < d; k++)
        out[j * d + k] = f->law == LF_FREQUENCY_GAUSS
                             ? f->a * lf_random_normal(seed, LF_PURPOSE_FEATURES, row * d + k)
                             : f->a * (2 * lf_random_uniform(seed, LF_PURPOSE_FEATURES, row * d + k) - 1);
  }
}
