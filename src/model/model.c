/* model.c — the default model, and its completion: what the data or the defaults decide, and every check that needs the whole. */
#include "lowfirst/model.h"
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include "base/base.h"
#include "model_words.h"

lf_model lf_model_default(void)
{
  lf_model m = {.activation = LF_TANH, .std_w = 1, .std_b = 1, .std_a = 1, .output_bias = true};
  return m;
}

/* ---- one choice at a time ------------------------------------------------------------------------------------------------- */
lf_status lf_activation_check(lf_activation a, double param)
{
  if ((unsigned)a >= LF_ACTIVATION_COUNT)
    return LF_FAIL(LF_EARG, "activation %d does not exist; there are %d", (int)a, LF_ACTIVATION_COUNT);
  if (!lf_activation_parameters(a) || param == 0) return LF_OK;
  if (!isfinite(param)) return LF_FAIL(LF_EARG, "activation %s: the parameter must be finite", lf_activation_name(a));
  bool any_sign = a == LF_LEAKY_RELU || a == LF_ELU; /* a slope; the others' is a frequency or a width */
  if (!any_sign && param < 0)
    return LF_FAIL(LF_EARG, "activation %s: the parameter must be > 0, got %g", lf_activation_name(a), param);
  return LF_OK;
}

lf_status lf_init_check(const lf_init *law)
{
  if ((unsigned)law->law > LF_INIT_STD) return LF_FAIL(LF_EARG, "init %d does not exist", (int)law->law);
  const char *name = lf_init_law_name(law->law);
  if (!isfinite(law->value)) return LF_FAIL(LF_EARG, "init %s: the number must be finite", name);
  if ((law->law == LF_INIT_NORMAL || law->law == LF_INIT_UNIFORM) && law->value < 0)
    return LF_FAIL(LF_EARG, "init %s:%g: the number must be >= 0", name, law->value);
  if (law->law == LF_INIT_SIREN && law->value <= 0)
    return LF_FAIL(LF_EARG, "init %s:%g: omega must be > 0", name, law->value);
  return LF_OK;
}

static lf_status fourier_check(const lf_features *f)
{
  if (f->law == LF_FREQUENCY_FILE)
    return f->file[0] ? LF_OK : LF_FAIL(LF_EARG, "features fourier:file needs a file name");
  const char *name = lf_frequency_law_name(f->law);
  if (f->count == 0) return LF_FAIL(LF_EARG, "features fourier:%s needs one frequency at least", name);
  if (!(f->a > 0 && isfinite(f->a))) return LF_FAIL(LF_EARG, "features fourier:%s: %g must be > 0", name, f->a);
  if (f->law == LF_FREQUENCY_LOG && !(f->b > f->a && isfinite(f->b)))
    return LF_FAIL(LF_EARG, "features fourier:log goes from low to high, and %g is not above %g", f->b, f->a);
  return LF_OK;
}

lf_status lf_features_check(const lf_features *f)
{
  switch (f->kind) {
  case LF_FEATURES_NONE: return LF_OK;
  case LF_FEATURES_FOURIER: return fourier_check(f);
  case LF_FEATURES_SIREN:
    if (f->count == 0) return LF_FAIL(LF_EARG, "features siren needs one feature at least");
    if (!(f->a > 0 && isfinite(f->a))) return LF_FAIL(LF_EARG, "features siren: omega must be > 0, got %g", f->a);
    return LF_OK;
  case LF_FEATURES_MULTISCALE_1:
  case LF_FEATURES_MULTISCALE_2:
    if (f->n_scales == 0 || f->n_scales > LF_MAX_SCALES)
      return LF_FAIL(LF_EARG, "features multiscale needs 1..%d scales, got %zu", LF_MAX_SCALES, f->n_scales);
    for (size_t i = 0; i < f->n_scales; i++)
      if (!(f->scale[i] > 0 && isfinite(f->scale[i])))
        return LF_FAIL(LF_EARG, "features multiscale: scale %g must be > 0", f->scale[i]);
    return LF_OK;
  }
  return LF_FAIL(LF_EARG, "features %d do not exist", (int)f->kind);
}

/* ---- the whole --------------------------------------------------------------------------------------------------------------- */
static lf_status complete_widths(lf_model *m, size_t d, size_t c)
{
  static const size_t hidden[] = {200, 200, 200, 100}; /* the network of the Frequency Principle's first figure */
  enum { HIDDEN = sizeof hidden / sizeof *hidden, TEXT = 128 };
  if (d == 0 || c == 0) return LF_FAIL(LF_EARG, "a net needs inputs and outputs, the data have %zu and %zu", d, c);
  if (m->n_widths == 0) {
    memcpy(&m->width[1], hidden, sizeof hidden);
    m->n_widths = HIDDEN + 2;
    m->width[0] = m->width[HIDDEN + 1] = 0;
  }
  if (m->n_widths < 2 || m->n_widths > LF_MAX_LAYERS + 1)
    return LF_FAIL(LF_EARG, "a net has 1..%d layers, got %zu widths", LF_MAX_LAYERS, m->n_widths);
  lf_model meant = *m;
  size_t *first = &m->width[0], *last = &m->width[m->n_widths - 1];
  if (*first == 0) *first = d;
  if (*last == 0) *last = c;
  meant.width[0] = d;
  meant.width[m->n_widths - 1] = c;
  for (size_t i = 1; i + 1 < m->n_widths; i++)
    if (m->width[i] == 0) return LF_FAIL(LF_EARG, "hidden layer %zu of the net has no units", i);
  if (*first == d && *last == c) return LF_OK;
  char given[TEXT], better[TEXT];
  lf_model_layers_text(m, given, sizeof given);
  lf_model_layers_text(&meant, better, sizeof better);
  if (*first != d)
    return LF_FAIL(LF_EARG, "net %s takes %zu input%s, but the data have %zu; did you mean %s?", given, *first,
                   *first == 1 ? "" : "s", d, better);
  return LF_FAIL(LF_EARG, "net %s gives %zu output%s, but the data have %zu; did you mean %s?", given, *last,
                 *last == 1 ? "" : "s", c, better);
}

/* No product of two neighbouring widths, and no sum of them, may leave what an array can hold. */
static lf_status check_size(const lf_model *m)
{
  const size_t limit = SIZE_MAX / 2 / sizeof(double) / LF_MAX_LAYERS / LF_MAX_SCALES;
  for (size_t i = 0; i + 1 < m->n_widths; i++)
    if (m->width[i + 1] > limit / (m->width[i] + 1))
      return LF_FAIL(LF_EARG, "layer %zu of the net (%zu by %zu) is larger than any memory", i, m->width[i + 1],
                     m->width[i]);
  return LF_OK;
}

static lf_status complete_features(lf_model *m)
{
  lf_features *f = &m->features;
  lf_status st = lf_features_check(f);
  if (st != LF_OK) return st;
  if (f->kind == LF_FEATURES_SIREN) f->trained = true;
  if (f->trained && f->kind != LF_FEATURES_SIREN && f->kind != LF_FEATURES_FOURIER)
    return LF_FAIL(LF_EARG, "only fourier and siren features can be trained; choose one with features");
  if (f->kind == LF_FEATURES_MULTISCALE_1 && m->n_widths < 3)
    return LF_FAIL(
        LF_EARG,
        "features multiscale scales groups of the first hidden layer's units, and the net has no hidden layer");
  if (f->kind == LF_FEATURES_MULTISCALE_1 && m->width[1] < f->n_scales)
    return LF_FAIL(
        LF_EARG,
        "features multiscale has %zu scales for the %zu units of the first hidden layer; give a unit to each at least",
        f->n_scales, m->width[1]);
  return LF_OK;
}

static lf_status complete_scaling(lf_model *m)
{
  bool stds_given = m->std_w != 1 || m->std_b != 1 || m->std_a != 1;
  if (!(m->std_w >= 0 && m->std_b >= 0 && m->std_a >= 0 && isfinite(m->std_w + m->std_b + m->std_a)))
    return LF_FAIL(LF_EARG, "std: w, b and a must be finite and >= 0, got %g, %g, %g", m->std_w, m->std_b, m->std_a);
  if (m->scaling == LF_SCALING_NTK) {
    if (m->std_a != 1)
      return LF_FAIL(LF_EARG, "std a=%g has no meaning with scaling ntk, where w and b hold for every layer", m->std_a);
    if (m->init.law == LF_INIT_DEFAULT || m->init.law == LF_INIT_STD) m->init = (lf_init){LF_INIT_NTK, 0};
    return LF_OK;
  }
  if (stds_given && m->init.law != LF_INIT_STD && m->init.law != LF_INIT_DEFAULT)
    return LF_FAIL(LF_EARG, "std and init %s both say how weights are drawn; give one", lf_init_law_name(m->init.law));
  if (stds_given) m->init.law = LF_INIT_STD;
  if (m->init.law == LF_INIT_STD || m->scaling == LF_SCALING_INVERSE_SQRT) m->output_bias = false;
  if (m->scaling == LF_SCALING_INVERSE_SQRT && m->n_widths == 2 && m->features.kind != LF_FEATURES_FOURIER &&
      m->features.kind != LF_FEATURES_SIREN)
    return LF_FAIL(
        LF_EARG,
        "scaling inverse-sqrt divides by the root of a width, and the net has neither a hidden layer nor features");
  if (m->init.law == LF_INIT_DEFAULT)
    m->init = m->scaling == LF_SCALING_STANDARD ? (lf_init){LF_INIT_WIDTH_POWER, 0.5} : (lf_init){LF_INIT_NTK, 0};
  return LF_OK;
}

static lf_status check_laws(const lf_model *m)
{
  lf_status st = LF_OK;
  int layers = (int)m->n_widths - 1;
  LF_TRY(lf_init_check(&m->init));
  if (m->has_bias_init) LF_TRY(lf_init_check(&m->bias_init));
  if (m->n_overrides > LF_MAX_OVERRIDES)
    LF_RAISE(LF_EARG, "init has %zu layers of their own; at most %d", m->n_overrides, LF_MAX_OVERRIDES);
  for (size_t i = 0; i < m->n_overrides; i++) {
    int layer = m->override_[i].layer;
    if (layer < -1 || layer >= layers)
      LF_RAISE(LF_EARG, "init names layer %d, but the net has the layers 0..%d", layer, layers - 1);
    LF_TRY(lf_init_check(&m->override_[i].init));
  }
done:
  return st;
}

lf_status lf_model_complete(lf_model *m, size_t d, size_t c)
{
  lf_status st = LF_OK;
  lf_model trial = *m;
  LF_TRY(complete_widths(&trial, d, c));
  LF_TRY(check_size(&trial));
  LF_TRY(lf_activation_check(trial.activation, trial.activation_param));
  if (!lf_activation_parameters(trial.activation))
    trial.activation_param = 0;
  else if (trial.activation_param == 0)
    trial.activation_param = lf_activation_default(trial.activation);
  if (trial.scaling > LF_SCALING_NTK) LF_RAISE(LF_EARG, "scaling %d does not exist", (int)trial.scaling);
  if (trial.output > LF_OUTPUT_SOFTMAX) LF_RAISE(LF_EARG, "output %d does not exist", (int)trial.output);
  LF_TRY(complete_features(&trial));
  LF_TRY(complete_scaling(&trial));
  LF_TRY(check_laws(&trial));
  if (trial.output == LF_OUTPUT_SOFTMAX && c < 2)
    LF_RAISE(LF_EARG,
             "output softmax needs 2 outputs at least, the net has 1; output sigmoid is the same thing for one");
  *m = trial;
done:
  return st;
}
