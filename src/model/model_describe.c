/* model_describe.c — a model in words, for people. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "base/base.h"
#include "model_words.h"

/* A text that grows inside a fixed buffer and is cut at its end. */
typedef struct line {
  char *text;
  size_t size, used;
} line;

LF_PRINTF(2, 3) static void add(line *l, const char *fmt, ...)
{
  va_list ap;
  va_start(ap, fmt);
  int wrote = l->used < l->size ? vsnprintf(l->text + l->used, l->size - l->used, fmt, ap) : 0;
  va_end(ap);
  if (wrote > 0) l->used += (size_t)wrote;
}

static void add_widths(line *l, const lf_model *m)
{
  for (size_t i = 0; i < m->n_widths; i++) add(l, i ? "-%zu" : "%zu", m->width[i]);
}

void lf_model_layers_text(const lf_model *m, char *text, size_t size) { add_widths(&(line){text, size, 0}, m); }

static void add_features(line *l, const lf_features *f)
{
  switch (f->kind) {
  case LF_FEATURES_NONE: return;
  case LF_FEATURES_FOURIER:
    add(l, ", features fourier:%s:", lf_frequency_law_name(f->law));
    if (f->law == LF_FREQUENCY_FILE)
      add(l, "%s", f->file);
    else if (f->law == LF_FREQUENCY_LOG)
      add(l, "%g:%g:%zu", f->a, f->b, f->count);
    else
      add(l, "%g:%zu", f->a, f->count);
    if (f->trained) add(l, " (trained)");
    return;
  case LF_FEATURES_SIREN: add(l, ", features siren:%g:%zu", f->a, f->count); return;
  case LF_FEATURES_MULTISCALE_1:
  case LF_FEATURES_MULTISCALE_2:
    add(l, ", features %s:", f->kind == LF_FEATURES_MULTISCALE_1 ? "multiscale" : "multiscale-2");
    for (size_t i = 0; i < f->n_scales; i++) add(l, i ? ",%g" : "%g", f->scale[i]);
  }
}

static void add_model(line *l, const lf_model *m)
{
  if (m->n_widths)
    add_widths(l, m);
  else
    add(l, "layers from the data");
  add(l, " %s", lf_activation_name(m->activation));
  if (m->activation_param != 0 && m->activation_param != lf_activation_default(m->activation))
    add(l, ":%g", m->activation_param);
  add_features(l, &m->features);
  if (m->scaling != LF_SCALING_STANDARD) add(l, ", scaling %s", lf_scaling_name(m->scaling));
  if (m->output != LF_OUTPUT_IDENTITY) add(l, ", output %s", lf_output_name(m->output));
  if (m->antisymmetric) add(l, ", antisymmetric");
}

void lf_model_describe(const lf_model *m, char *text, size_t size) { add_model(&(line){text, size, 0}, m); }

static void add_law(line *l, const lf_init *law, const lf_model *m)
{
  switch (law->law) {
  case LF_INIT_DEFAULT: add(l, "drawn by default"); break;
  case LF_INIT_NORMAL: add(l, "N(0, %g²)", law->value); break;
  case LF_INIT_WIDTH_POWER:
    if (law->value == 0.5)
      add(l, "N(0, 1/width)");
    else
      add(l, "N(0, width^%g)", -2 * law->value);
    break;
  case LF_INIT_UNIFORM: add(l, "U(-%g, %g)", law->value, law->value); break;
  case LF_INIT_GLOROT: add(l, "N(0, 2/(fan-in + fan-out))"); break;
  case LF_INIT_HE: add(l, "N(0, 2/fan-in)"); break;
  case LF_INIT_LECUN: add(l, "N(0, 1/fan-in)"); break;
  case LF_INIT_NTK: add(l, "N(0, 1)"); break;
  case LF_INIT_SIREN: add(l, "as SIREN with ω = %g", law->value); break;
  case LF_INIT_TORCH: add(l, "U(±1/√fan-in)"); break;
  case LF_INIT_ZERO: add(l, "0"); break;
  case LF_INIT_STD:
    add(l, "N(0, %g²), biases N(0, %g²), output weights N(0, %g²)", m->std_w, m->std_b, m->std_a);
    break;
  }
}

static void add_laws(line *l, const lf_model *m)
{
  add(l, "weights ");
  add_law(l, &m->init, m);
  if (m->has_bias_init) {
    add(l, ", biases ");
    add_law(l, &m->bias_init, m);
  }
  for (size_t i = 0; i < m->n_overrides; i++) {
    if (m->override_[i].layer < 0)
      add(l, ", last layer ");
    else
      add(l, ", layer %d ", m->override_[i].layer);
    add_law(l, &m->override_[i].init, m);
  }
}

void lf_model_describe_init(const lf_model *m, char *text, size_t size) { add_laws(&(line){text, size, 0}, m); }
