/* candidates.c — the remedies: for every family the models of a scan of its scale; a third of an octave apart for Gaussian features.
 *
 * A scan begins at a quarter of a cycle per extent, below which features are nearly constant, and ends at the Nyquist frequency of an even grid of as
 * many samples. With more than three inputs the typical distance of two samples takes the extent's place. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "advise_parts.h"
#include "lowfirst/files.h"
#include "lowfirst/random.h"

enum { FEATURES = 128, HIGHEST_POWER = 12 };
static const double turn = 6.283185307179586;

typedef struct maker {
  lf_candidates *out;
  const lf_case *k;
  const lf_model *given;
  size_t features;
  double low, high; /* of frequencies, cycles/unit */
  lf_candidate next;
} maker;

void lf_candidates_free(lf_candidates *c)
{
  for (size_t i = 0; i < c->count; i++) lf_free(c->at[i].frequency);
  lf_free(c->at);
  *c = (lf_candidates){0};
}

/* ---- the range of scales ---------------------------------------------------------------------------------------------------------- */
/* Root mean square distance of two samples. */
static double typical_distance(const lf_data *data)
{
  double square = 0;
  for (size_t a = 0; a < data->d; a++) {
    double mean = 0, second = 0;
    for (size_t i = 0; i < data->n; i++) mean += data->x[i * data->d + a] / (double)data->n;
    for (size_t i = 0; i < data->n; i++) second += pow(data->x[i * data->d + a] - mean, 2) / (double)data->n;
    square += 2 * second;
  }
  return sqrt(square);
}

static void choose_range(maker *m)
{
  const lf_data *data = m->k->data;
  double volume = 1, axes = 0, longest = 0;
  for (size_t a = 0; a < data->d; a++) {
    double extent = data->high[a] - data->low[a];
    if (extent > 0) volume *= extent, axes++;
    longest = fmax(longest, extent);
  }
  m->low = 0.25 / longest;
  m->high = 0.5 * pow((double)data->n / volume, 1 / fmax(axes, 1));
  if (data->d > LF_GRID_DIMS) {
    double distance = typical_distance(data);
    m->low = 0.05 / distance, m->high = 4 / distance;
  }
  m->high = fmax(m->high, 2 * m->low);
}

/* ---- one candidate ------------------------------------------------------------------------------------------------------------------ */
static bool wanted(const maker *m, lf_family f)
{
  unsigned which = m->k->options.families;
  return f == LF_FAMILY_GIVEN || which == 0 || (which >> f & 1u);
}

static lf_candidate *begin(maker *m, lf_family family, double scale)
{
  m->next = (lf_candidate){.family = family,
                           .model = *m->given,
                           .scale = scale,
                           .expected = NAN,
                           .best = NAN,
                           .held_out = NAN,
                           .best_step = -1,
                           .steps = -1,
                           .trial = NAN};
  return &m->next;
}

/* Take the options' texts into the model: --features F, then whatever else. */
static lf_status set_features(lf_candidate *c, const char *features)
{
  bool trained = c->model.features.trained;
  lf_status st;
  c->model.features = (lf_features){0};
  LF_TRY(lf_model_features(&c->model, features));
  c->model.features.trained = trained && c->model.features.kind == LF_FEATURES_FOURIER;
  size_t used = strlen(c->options);
  (void)snprintf(c->options + used, sizeof c->options - used, "%s--features %s", used ? " " : "", features);
done:
  return st;
}

static lf_status keep(maker *m)
{
  const lf_data *data = m->k->data;
  lf_status st;
  LF_TRY(lf_model_complete(&m->next.model, data->d, data->c));
  LF_TRY(lf_grow(&m->out->at, m->out->count, m->out->count + 1, sizeof *m->out->at));
  m->out->at[m->out->count++] = m->next;
  m->next.frequency = NULL;
done:
  lf_free(m->next.frequency);
  m->next.frequency = NULL;
  return st;
}

/* Three digits are enough for a scale, and what is shown is then what is meant. */
static double rounded(double scale)
{
  char text[32];
  (void)snprintf(text, sizeof text, "%.3g", scale);
  return strtod(text, NULL);
}

/* How many scales low, low ratio, low ratio^2, ... there are up to high. */
static size_t octaves(double low, double high, double ratio)
{
  static const double rounding = 1e-9;
  return low <= high ? (size_t)floor(log(high / low) / log(ratio) + rounding) + 1 : 0;
}

/* ---- laws with one scale ---------------------------------------------------------------------------------------------------------------- */
static lf_status scan_fourier(maker *m, lf_family family, const char *law, double low, double high, double ratio)
{
  char text[96];
  lf_status st = LF_OK;
  const size_t count = wanted(m, family) ? octaves(low, high, ratio) : 0;
  for (size_t i = 0; i < count; i++) {
    const double at = low * pow(ratio, (double)i);
    lf_candidate *c = begin(m, family, rounded(at));
    (void)snprintf(text, sizeof text, "fourier:%s:%.3g:%zu", law, c->scale, m->features);
    LF_TRY(set_features(c, text));
    (void)snprintf(c->label, sizeof c->label, family == LF_FAMILY_GAUSS ? "Gaussian sigma = %.3g" : "uniform to %.3g",
                   c->scale);
    LF_TRY(keep(m));
  }
done:
  return st;
}

/* omega x in radians: weights are uniform to 1/d, so that frequencies reach omega / (2 pi d) per axis. */
static lf_status scan_siren(maker *m)
{
  char text[96];
  double scale = turn * (double)m->k->data->d;
  lf_status st = LF_OK;
  const size_t count = wanted(m, LF_FAMILY_SIREN) ? octaves(2 * m->low, m->high, 2) : 0;
  for (size_t i = 0; i < count; i++) {
    const double at = 2 * m->low * pow(2, (double)i);
    lf_candidate *c = begin(m, LF_FAMILY_SIREN, rounded(at * scale));
    (void)snprintf(c->options, sizeof c->options, "--act sin --init siren:1");
    LF_TRY(lf_model_activation(&c->model, "sin"));
    LF_TRY(lf_model_init(&c->model, "siren:1"));
    (void)snprintf(text, sizeof text, "siren:%.3g:%zu", c->scale, m->features);
    LF_TRY(set_features(c, text));
    c->model.scaling = LF_SCALING_STANDARD;
    (void)snprintf(c->label, sizeof c->label, "SIREN omega = %.3g", c->scale);
    LF_TRY(keep(m));
  }
done:
  return st;
}

/* Scales 1, 2, 4, ... in the unit of one cycle per extent. */
static lf_status scan_multiscale(maker *m)
{
  lf_status st = LF_OK;
  if (!wanted(m, LF_FAMILY_MULTISCALE) || m->given->n_widths < 3) return LF_OK;
  for (unsigned power = 2; ldexp(m->low, (int)power) <= m->high && power <= HIGHEST_POWER; power += 2) {
    const double top = ldexp(1, (int)power);
    if (power + 1 > m->given->width[1]) break; /* a unit for every scale */
    char text[128] = "multiscale:1";
    for (unsigned s = 1; s <= power; s++) {
      size_t used = strlen(text);
      (void)snprintf(text + used, sizeof text - used, ",%u", 1U << s);
    }
    lf_candidate *c = begin(m, LF_FAMILY_MULTISCALE, top);
    LF_TRY(set_features(c, text));
    (void)snprintf(c->label, sizeof c->label, "%.0f scales 1 ... %.0f", log2(top) + 1, top);
    LF_TRY(keep(m));
  }
done:
  return st;
}

/* ---- other shapes of the given net ---------------------------------------------------------------------------------------------------- */
static void add_net_option(lf_candidate *c)
{
  size_t used = (size_t)snprintf(c->options, sizeof c->options, "--net ");
  for (size_t i = 0; i < c->model.n_widths && used < sizeof c->options; i++)
    used += (size_t)snprintf(c->options + used, sizeof c->options - used, "%s%zu", i ? "-" : "", c->model.width[i]);
}

static lf_status reshape(maker *m)
{
  const lf_model *g = m->given;
  lf_status st = LF_OK;
  if (wanted(m, LF_FAMILY_DEEPER) && g->n_widths >= 3 && g->n_widths <= LF_MAX_LAYERS) {
    lf_candidate *c = begin(m, LF_FAMILY_DEEPER, (double)(g->n_widths - 1));
    c->model.width[g->n_widths] = g->width[g->n_widths - 1];
    c->model.width[g->n_widths - 1] = g->width[g->n_widths - 2];
    c->model.n_widths++;
    add_net_option(c);
    (void)snprintf(c->label, sizeof c->label, "%zu hidden layers", g->n_widths - 1);
    LF_TRY(keep(m));
  }
  if (wanted(m, LF_FAMILY_WIDER) && g->n_widths >= 3) {
    lf_candidate *c = begin(m, LF_FAMILY_WIDER, 2);
    for (size_t i = 1; i + 1 < g->n_widths; i++) c->model.width[i] *= 2;
    add_net_option(c);
    (void)snprintf(c->label, sizeof c->label, "twice as wide");
    LF_TRY(keep(m));
  }
  if (wanted(m, LF_FAMILY_ASI) && !g->antisymmetric) {
    lf_candidate *c = begin(m, LF_FAMILY_ASI, NAN);
    c->model.antisymmetric = true;
    (void)snprintf(c->options, sizeof c->options, "--asi");
    (void)snprintf(c->label, sizeof c->label, "antisymmetric start");
    LF_TRY(keep(m));
  }
done:
  return st;
}

/* ---- frequencies in a file ---------------------------------------------------------------------------------------------------------------- */
/* c->frequency (features,d) goes to FOLDER/NAME.npy, where the model finds it. */
static lf_status keep_file(maker *m, const char *name)
{
  lf_candidate *c = &m->next;
  char path[256], text[288];
  lf_array a = {.dtype = LF_F64, .ndim = 2, .shape = {m->features, m->k->data->d}, .data = c->frequency};
  lf_status st;
  c->frequencies = m->features;
  int length = snprintf(path, sizeof path, "%s/%s.npy", m->k->options.folder, name);
  if (length < 0 || (size_t)length >= sizeof path)
    LF_RAISE(LF_EARG, "out %s: the name is too long for a file of frequencies", m->k->options.folder);
  LF_TRY(lf_npy_write(path, &a));
  (void)snprintf(text, sizeof text, "fourier:file:%s", path);
  LF_TRY(set_features(c, text));
  LF_TRY(keep(m));
done:
  lf_free(c->frequency);
  c->frequency = NULL;
  return st;
}

static lf_status match_spectrum(maker *m)
{
  const lf_spectrum *s = &m->k->spectrum;
  const lf_data_page *page = &m->k->page;
  bool found;
  lf_status st = LF_OK;
  if (!wanted(m, LF_FAMILY_MATCHED) || !m->k->options.folder || s->projected || page->groups == 0) return LF_OK;
  for (int power = 2; power >= 1; power--) {
    lf_candidate *c = begin(m, LF_FAMILY_MATCHED, power);
    LF_TRY(lf_calloc(&c->frequency, m->features * s->d, sizeof *c->frequency));
    LF_TRY(lf_frequencies_matched(m->features, s, power, c->frequency, &found));
    if (!found) break;
    (void)snprintf(c->label, sizeof c->label, "drawn from |f^|%s", power == 2 ? "^2" : "");
    LF_TRY(keep_file(m, power == 2 ? "frequencies-energy" : "frequencies-amplitude"));
  }
done:
  lf_free(m->next.frequency);
  m->next.frequency = NULL;
  return st;
}

/* Worth a thought where the signal reaches much further along one axis than along another. */
static lf_status scale_axes(maker *m)
{
  static const double uneven = 1.5;
  const lf_data_page *page = &m->k->page;
  size_t d = m->k->data->d;
  double low = INFINITY, high = 0, scale[LF_MAX_INPUTS], relative[] = {0.5, 0.70710678, 1, 1.41421356, 2};
  lf_status st = LF_OK;
  if (!wanted(m, LF_FAMILY_AXES) || !m->k->options.folder || d < 2 || d > LF_GRID_DIMS) return LF_OK;
  for (size_t a = 0; a < d; a++) low = fmin(low, page->axis_xi[a]), high = fmax(high, page->axis_xi[a]);
  if (!(high > uneven * low)) return LF_OK;
  for (size_t i = 0; i < sizeof relative / sizeof *relative; i++) {
    char name[64];
    lf_candidate *c = begin(m, LF_FAMILY_AXES, relative[i]);
    size_t used = (size_t)snprintf(c->label, sizeof c->label, "sigma per axis ");
    for (size_t a = 0; a < d; a++) {
      scale[a] = rounded(relative[i] * fmax(page->axis_xi[a], m->low));
      used += (size_t)snprintf(c->label + used, sizeof c->label - used, "%s%.3g", a ? ", " : "", scale[a]);
    }
    LF_TRY(lf_calloc(&c->frequency, m->features * d, sizeof *c->frequency));
    LF_TRY(lf_frequencies_normal(m->features, d, scale, c->frequency));
    (void)snprintf(name, sizeof name, "frequencies-axes-%zu", i + 1);
    LF_TRY(keep_file(m, name));
  }
done:
  lf_free(m->next.frequency);
  m->next.frequency = NULL;
  return st;
}

/* ---- all --------------------------------------------------------------------------------------------------------------------------------------- */
lf_status lf_candidates_make(lf_candidates *out, const lf_case *k, const lf_model *given)
{
  const size_t own = given->features.kind == LF_FEATURES_FOURIER || given->features.kind == LF_FEATURES_SIREN
                         ? given->features.count
                         : FEATURES;
  maker m = {.out = out, .k = k, .given = given, .features = k->options.features ? k->options.features : own};
  lf_status st;
  *out = (lf_candidates){0};
  if (m.features == 0) m.features = FEATURES;
  choose_range(&m);
  lf_candidate *c = begin(&m, LF_FAMILY_GIVEN, NAN);
  (void)snprintf(c->label, sizeof c->label, "%s", k->options.net ? "as given, these weights" : "as given");
  LF_TRY(keep(&m));
  LF_TRY(scan_fourier(&m, LF_FAMILY_GAUSS, "gauss", m.low, m.high, cbrt(2)));
  LF_TRY(scan_fourier(&m, LF_FAMILY_UNIFORM, "uniform", 4 * m.low, 2 * m.high, 2));
  LF_TRY(match_spectrum(&m));
  LF_TRY(scale_axes(&m));
  LF_TRY(scan_siren(&m));
  LF_TRY(scan_multiscale(&m));
  LF_TRY(reshape(&m));
done:
  if (st != LF_OK) lf_candidates_free(out);
  return st;
}
