/* lens.c — making a lens, and the words for its kinds; a kind is one row here and one plan function in a file of its own. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/base.h"
#include "fourier/window.h"
#include "lens_parts.h"

/* ---- words ------------------------------------------------------------------------------------------------------------ */
static const struct {
  const char *name;
  lf_status (*plan)(lf_lens *l, lens_plan *p);
} kinds[] = {
    [LF_LENS_AUTO] = {"auto", NULL},
    [LF_LENS_DFT] = {"dft", lf_lens_plan_dft},
    [LF_LENS_NUDFT] = {"nudft", lf_lens_plan_scattered},
    [LF_LENS_PROJECT] = {"project", lf_lens_plan_project},
};
enum { KINDS = sizeof kinds / sizeof *kinds };

static const char *const windows[] = {[LF_WINDOW_NONE] = "none", [LF_WINDOW_HANN] = "hann", [LF_WINDOW_DPSS] = "dpss"};
enum { WINDOWS = sizeof windows / sizeof *windows };

static const double DEFAULT_LEARNED = 0.2;
enum { DEFAULT_MAX_FREQUENCIES = 16384 };

const char *lf_lens_kind_name(lf_lens_kind k) { return (size_t)k < KINDS ? kinds[k].name : "unknown"; }

lf_status lf_lens_parse(lf_lens_options *o, const char *text)
{
  const char *names[KINDS];
  size_t length = strcspn(text, ":"), k = 0;
  const char *rest = text[length] ? text + length + 1 : NULL;
  for (size_t i = 0; i < KINDS; i++) names[i] = kinds[i].name;
  while (k < KINDS && (strncmp(text, names[k], length) != 0 || names[k][length])) k++;
  if (k == KINDS || length == 0)
    return LF_FAIL(LF_EARG, "lens '%s' is not known; the nearest of auto, dft, nudft, project is %s", text,
                   lf_nearest(text, KINDS, names));
  if (rest && (k != LF_LENS_PROJECT || !*rest))
    return LF_FAIL(LF_EARG, "lens '%s': expected %s", text,
                   k == LF_LENS_PROJECT ? "project:pca:1 or project:FILE.npy" : names[k]);
  o->kind = (lf_lens_kind)k;
  o->project = rest;
  return LF_OK;
}

lf_status lf_window_parse(lf_lens_options *o, const char *text)
{
  size_t length = strcspn(text, ":"), k = 0;
  char *end = NULL;
  double nw = 0;
  while (k < WINDOWS && (strncmp(text, windows[k], length) != 0 || windows[k][length])) k++;
  if (k == WINDOWS || length == 0)
    return LF_FAIL(LF_EARG, "window '%s' is not known; the nearest of none, hann, dpss is %s", text,
                   lf_nearest(text, WINDOWS, windows));
  if (text[length]) {
    nw = strtod(text + length + 1, &end);
    if (k != LF_WINDOW_DPSS || end == text + length + 1 || *end || !(nw > 0 && isfinite(nw)))
      return LF_FAIL(LF_EARG, "window '%s': expected none, hann, dpss or dpss:NW with a time-bandwidth product NW > 0",
                     text);
  }
  o->window = (lf_window)k;
  o->window_nw = nw;
  return LF_OK;
}

lf_status lf_lens_window(double **out, const lf_lens_options *o, size_t count)
{
  lf_status st = LF_OK;
  double sum = 0, nw = o->window_nw > 0 ? o->window_nw : LF_LENS_DEFAULT_NW;
  *out = NULL;
  if (o->window == LF_WINDOW_NONE) return LF_OK;
  LF_TRY(lf_calloc(out, count, sizeof **out));
  if (o->window == LF_WINDOW_HANN || count == 1)
    lf_window_hann(count, *out);
  else
    LF_TRY(lf_window_dpss(count, nw, 0, *out));
  for (size_t i = 0; i < count; i++) sum += (*out)[i];
  for (size_t i = 0; i < count; i++) (*out)[i] *= (double)count / sum;
done:
  if (st != LF_OK) {
    lf_free(*out);
    *out = NULL;
  }
  return st;
}

/* ---- checks ----------------------------------------------------------------------------------------------------------- */
static lf_status check_data(const lf_data *data)
{
  size_t places = 1;
  if (data->n == 0 || data->d == 0 || data->c == 0 || !data->x || !data->y)
    return LF_FAIL(LF_EARG, "lens: there are no samples (n = %zu, d = %zu, c = %zu)", data->n, data->d, data->c);
  if (data->d > LF_MAX_INPUTS) return LF_FAIL(LF_EARG, "lens: %zu inputs are more than %d", data->d, LF_MAX_INPUTS);
  for (size_t i = 0; i < data->n * data->c; i++)
    if (!isfinite(data->y[i])) return LF_FAIL(LF_EMATH, "lens: y[%zu,%zu] is not finite", i / data->c, i % data->c);
  if (data->grid.d == 0) return LF_OK;
  if (data->grid.d != data->d || data->d > LF_GRID_DIMS)
    return LF_FAIL(LF_ESHAPE, "lens: a grid in %zu dimensions does not fit samples in %zu", data->grid.d, data->d);
  for (size_t a = 0; a < data->d; a++) {
    places *= data->grid.count[a];
    if (!(data->grid.step[a] > 0))
      return LF_FAIL(LF_EARG, "lens: the grid's step along axis %zu is not positive", a + 1);
  }
  if (places != data->n)
    return LF_FAIL(LF_ESHAPE, "lens: a grid of %zu places does not fit %zu samples", places, data->n);
  return LF_OK;
}

static lf_status check_options(const lf_lens_options *o)
{
  if ((size_t)o->kind >= KINDS || (size_t)o->window >= WINDOWS) return LF_FAIL(LF_EARG, "lens: unknown kind or window");
  if (!(o->learned >= 0 && isfinite(o->learned)))
    return LF_FAIL(LF_EARG, "lens: a mode is learned below a relative error > 0, not %g", o->learned);
  if (!(o->peak_floor >= 0 && o->peak_floor <= 1))
    return LF_FAIL(LF_EARG, "lens: the peak floor is a share in 0..1 of the largest peak, not %g", o->peak_floor);
  if (!(o->xi_max >= 0 && isfinite(o->xi_max)))
    return LF_FAIL(LF_EARG, "lens: the highest frequency must be > 0 cycles/unit, not %g", o->xi_max);
  if (!(o->window_nw >= 0 && isfinite(o->window_nw)))
    return LF_FAIL(LF_EARG, "lens: the time-bandwidth product must be > 0, not %g", o->window_nw);
  return LF_OK;
}

static lf_lens_kind choose_kind(const lf_data *data, const lf_lens_options *o)
{
  if (o->kind != LF_LENS_AUTO) return o->kind;
  if (o->n_xi > 0) return LF_LENS_NUDFT; /* given frequencies are read by plain sums over all samples */
  if (data->grid.d > 0) return LF_LENS_DFT;
  return data->d <= LF_GRID_DIMS ? LF_LENS_NUDFT : LF_LENS_PROJECT;
}

/* ---- life ------------------------------------------------------------------------------------------------------------- */

/* Norms of the frequencies; the target's coefficients, and its norms raised to 1e-12 of the largest. */
static lf_status look_at_target(lf_lens *l, const double *y)
{
  lf_status st = LF_OK;
  lens_scratch *s = NULL;
  size_t m = l->info.m, c = l->info.c;
  double largest = 0;
  LF_TRY(lf_calloc(&l->xi_norm, m, sizeof *l->xi_norm));
  LF_TRY(lf_calloc(&l->target_hat, m, 2 * c * sizeof *l->target_hat));
  LF_TRY(lf_calloc(&l->target_norm, m, sizeof *l->target_norm));
  LF_TRY(lf_calloc(&l->band, m, sizeof *l->band));
  LF_TRY(lf_lens_borrow(l, &s));
  lf_lens_transform(l, y, s, l->target_hat);
  lf_lens_give_back(l, s);
  for (size_t k = 0; k < m; k++) {
    double norm = 0, square = 0;
    for (size_t a = 0; a < l->info.xi_d; a++) norm = hypot(norm, l->xi[k * l->info.xi_d + a]);
    for (size_t j = 0; j < 2 * c; j++) square += l->target_hat[2 * k * c + j] * l->target_hat[2 * k * c + j];
    l->xi_norm[k] = norm;
    l->target_norm[k] = sqrt(square);
    largest = fmax(largest, l->target_norm[k]);
  }
  for (size_t k = 0; k < m; k++) l->target_norm[k] = fmax(l->target_norm[k], largest > 0 ? 1e-12 * largest : 1);
done:
  return st;
}

lf_status lf_lens_create(lf_lens **out, const lf_data *data, const lf_lens_options *options)
{
  static const lf_lens_options defaults = {0};
  lf_status st = LF_OK;
  lf_lens *l = NULL;
  lens_plan p = {.data = data, .options = options ? options : &defaults};
  *out = NULL;
  LF_TRY(check_options(p.options));
  LF_TRY(check_data(data));
  p.max_is_default = p.options->max_frequencies == 0;
  p.max_frequencies = p.max_is_default ? DEFAULT_MAX_FREQUENCIES : p.options->max_frequencies;
  LF_TRY(lf_calloc(&l, 1, sizeof *l));
  pthread_mutex_init(&l->lock, NULL);
  l->amplitude = p.options->amplitude;
  l->info = (lf_lens_info){.kind = choose_kind(data, p.options), .n = data->n, .d = data->d, .c = data->c};
  l->info.learned = p.options->learned > 0 ? p.options->learned : DEFAULT_LEARNED;
  LF_TRY(kinds[l->info.kind].plan(l, &p));
  LF_TRY(look_at_target(l, data->y));
  LF_TRY(lf_lens_find_peaks(l, &p));
  LF_TRY(lf_lens_make_bands(l, &p));
  l->info.xi = l->xi, l->info.xi_norm = l->xi_norm, l->info.target_hat = l->target_hat;
  l->info.band_edge = l->band_edge, l->info.peak = l->peak;
  *out = l;
  l = NULL;
done:
  lf_free(p.place);
  lf_free(p.rest);
  lf_lens_destroy(l);
  return st;
}

const lf_lens_info *lf_lens_look(const lf_lens *lens) { return &lens->info; }

static void free_scratch(lens_scratch *s)
{
  if (!s) return;
  lf_free(s->gathered);
  lf_free(s->bins);
  lf_free(s->hat);
  lf_free(s);
}

void lf_lens_destroy(lf_lens *l)
{
  if (!l) return;
  while (l->idle) {
    lens_scratch *s = l->idle;
    l->idle = s->next;
    free_scratch(s);
  }
  pthread_mutex_destroy(&l->lock);
  lf_fft_destroy(l->fft);
  lf_nudft_destroy(l->nudft);
  lf_free(l->xi);
  lf_free(l->xi_norm);
  lf_free(l->target_hat);
  lf_free(l->target_norm);
  lf_free(l->band_edge);
  lf_free(l->band_norm);
  lf_free(l->band);
  lf_free(l->peak);
  lf_free(l->from);
  lf_free(l->weight);
  lf_free(l->bin);
  lf_free(l->turn);
  lf_free(l);
}

/* ---- working memory ----------------------------------------------------------------------------------------------------- */
lf_status lf_lens_borrow(const lf_lens *lens, lens_scratch **out)
{
  lf_lens *l = (lf_lens *)lens; /* the list of idle scratch is no part of what a lens says */
  lf_status st = LF_OK;
  lens_scratch *s;
  pthread_mutex_lock(&l->lock);
  s = l->idle;
  if (s) l->idle = s->next;
  pthread_mutex_unlock(&l->lock);
  *out = s;
  if (s) return LF_OK;
  LF_TRY(lf_calloc(&s, 1, sizeof *s));
  LF_TRY(lf_calloc(&s->gathered, l->used, (l->fft ? 1 : l->info.c) * sizeof *s->gathered));
  if (l->fft) LF_TRY(lf_calloc(&s->bins, lf_fft_bins(l->fft), 2 * sizeof *s->bins));
  LF_TRY(lf_calloc(&s->hat, l->info.m, 2 * l->info.c * sizeof *s->hat));
  *out = s;
  s = NULL;
done:
  free_scratch(s);
  return st;
}

void lf_lens_give_back(const lf_lens *lens, lens_scratch *s)
{
  lf_lens *l = (lf_lens *)lens;
  pthread_mutex_lock(&l->lock);
  s->next = l->idle;
  l->idle = s;
  pthread_mutex_unlock(&l->lock);
}
