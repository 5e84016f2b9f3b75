/* compare.c — two histories side by side: how far apart are the bands over the steps both cover, and when did each learn a peak.
 *
 *  Between records everything is taken linear in log(1 + step). The steps compared are the union of both records' steps within the
 *  common range, so that comparing a with b and b with a see the same points. Where the band edges differ, the bands are those
 *  of a, and both errors are formed anew from the coefficients at the frequencies that both hold. */
#include "record.h"
#include <math.h>
#include <string.h>

static const double same_frequency = 1e-9; /* relative: two lenses may round one frequency differently */
static const size_t no_match = (size_t)-1;

typedef struct pairing {
  size_t steps;
  double *at;    /* (steps) log(1 + step), ascending */
  size_t *match; /* (M of a) the same frequency in b, or no_match */
} pairing;

static size_t find_frequency(const lf_history *b, const double *xi, double norm)
{
  double slack = same_frequency * (norm > 0 ? norm : 1);
  for (size_t j = 0; j < b->m; j++) {
    if (fabs(b->xi_norm[j] - norm) > slack) continue;
    bool same = true;
    for (size_t k = 0; k < b->xi_d; k++) same = same && fabs(b->xi[j * b->xi_d + k] - xi[k]) <= slack;
    if (same) return j;
  }
  return no_match;
}

static lf_status match_frequencies(const lf_history *a, const lf_history *b, size_t *match)
{
  size_t common = 0;
  for (size_t i = 0; i < a->m; i++) {
    match[i] = find_frequency(b, a->xi + i * a->xi_d, a->xi_norm[i]);
    common += match[i] != no_match;
  }
  if (common > 0) return LF_OK;
  return LF_FAIL(LF_EARG,
                 "the two histories have no frequency in common: one looks at %zu up to %.4g cycles/unit, the other at "
                 "%zu up to %.4g",
                 a->m, a->xi_norm[a->m - 1], b->m, b->xi_norm[b->m - 1]);
}

static lf_status common_steps(const lf_history *a, const lf_history *b, pairing *p, lf_deviation *out)
{
  lf_status st = LF_OK;
  if (a->r == 0 || b->r == 0) LF_RAISE(LF_EARG, "a history without a record cannot be compared");
  int64_t first = LF_MAX(a->step[0], b->step[0]), last = LF_MIN(a->step[a->r - 1], b->step[b->r - 1]);
  if (first > last)
    LF_RAISE(LF_EARG, "the two histories have no steps in common: %lld...%lld and %lld...%lld", (long long)a->step[0],
             (long long)a->step[a->r - 1], (long long)b->step[0], (long long)b->step[b->r - 1]);
  LF_TRY(lf_calloc(&p->at, a->r + b->r, sizeof *p->at));
  LF_TRY(lf_calloc(&out->step, a->r + b->r, sizeof *out->step));
  size_t i = 0, j = 0;
  while (i < a->r || j < b->r) {
    int64_t step = j == b->r || (i < a->r && a->step[i] <= b->step[j]) ? a->step[i] : b->step[j];
    while (i < a->r && a->step[i] == step) i++;
    while (j < b->r && b->step[j] == step) j++;
    if (step < first || step > last) continue;
    out->step[p->steps] = step;
    p->at[p->steps++] = log1p((double)step);
  }
  out->steps = p->steps;
done:
  return st;
}

/* Value of column `k` of rows (R,width) at `at`, which lies within the records. */
static double value_at(const lf_history *h, const double *rows, size_t width, size_t k, double at)
{
  size_t low = 0, high = h->r - 1;
  while (high - low > 1) { /* the record at or before `at` */
    size_t middle = low + (high - low) / 2;
    if (log1p((double)h->step[middle]) <= at)
      low = middle;
    else
      high = middle;
  }
  double from = log1p((double)h->step[low]), to = log1p((double)h->step[high]);
  double part = to > from ? LF_MIN(LF_MAX((at - from) / (to - from), 0.0), 1.0) : 0;
  return (1 - part) * rows[low * width + k] + part * rows[high * width + k];
}

/* ---- bands -------------------------------------------------------------------------------------------------------------- */
static bool same_edges(const lf_history *a, const lf_history *b)
{
  bool same = a->b == b->b;
  for (size_t i = 0; same && i <= a->b; i++)
    same = fabs(a->band_edge[i] - b->band_edge[i]) <= same_frequency * fabs(a->band_edge[a->b]);
  return same;
}

/* ||h^ - f^|| / ||f^|| over the frequencies of one band that both histories hold; NaN where there are none. */
static double error_in_band(const lf_history *h, size_t r, double low, double high, bool last, const lf_history *a,
                            const size_t *match)
{
  double wrong = 0, whole = 0;
  for (size_t i = 0; i < a->m; i++) {
    double norm = a->xi_norm[i];
    if (match[i] == no_match || norm < low || norm > high || (norm == high && !last)) continue;
    size_t mine = h == a ? i : match[i];
    const double *f = h->target_hat + 2 * mine * h->c, *g = h->fit_hat + 2 * (r * h->m + mine) * h->c;
    for (size_t k = 0; k < 2 * h->c; k++) wrong += (g[k] - f[k]) * (g[k] - f[k]), whole += f[k] * f[k];
  }
  return whole > 0 ? sqrt(wrong / whole) : NAN;
}

/* (R of h, bands of a): as recorded where the bands are the same, else formed anew. */
static lf_status band_errors(double **out, const lf_history *h, const lf_history *a, bool recorded, const size_t *match)
{
  lf_status st = lf_calloc(out, h->r * a->b, sizeof **out);
  if (st != LF_OK) return st;
  if (recorded) memcpy(*out, h->band_error, h->r * a->b * sizeof **out);
  for (size_t r = 0; !recorded && r < h->r; r++)
    for (size_t k = 0; k < a->b; k++)
      (*out)[r * a->b + k] = error_in_band(h, r, a->band_edge[k], a->band_edge[k + 1], k + 1 == a->b, a, match);
  return LF_OK;
}

static lf_status compare_bands(const lf_history *a, const lf_history *b, const pairing *p, lf_deviation *out)
{
  lf_status st = LF_OK;
  double *error_a = NULL, *error_b = NULL;
  bool recorded = same_edges(a, b);
  out->bands = a->b;
  LF_TRY(lf_calloc(&out->band_edge, a->b + 1, sizeof *out->band_edge));
  LF_TRY(lf_calloc(&out->band_rms, a->b, sizeof *out->band_rms));
  LF_TRY(lf_calloc(&out->apart, p->steps * a->b, sizeof *out->apart));
  memcpy(out->band_edge, a->band_edge, (a->b + 1) * sizeof *out->band_edge);
  LF_TRY(band_errors(&error_a, a, a, recorded, p->match));
  LF_TRY(band_errors(&error_b, b, a, recorded, p->match));
  for (size_t k = 0; k < a->b; k++) {
    double square = 0;
    for (size_t s = 0; s < p->steps; s++) {
      double apart = value_at(b, error_b, a->b, k, p->at[s]) - value_at(a, error_a, a->b, k, p->at[s]);
      out->apart[s * a->b + k] = apart;
      square += apart * apart;
    }
    out->band_rms[k] = sqrt(square / (double)p->steps);
  }
done:
  lf_free(error_a);
  lf_free(error_b);
  return st;
}

/* ---- loss, fit, peaks ---------------------------------------------------------------------------------------------------- */
/* The median is taken of logarithms: exchanging a and b then gives the reciprocal, whatever the number of records. */
static lf_status compare_loss(const lf_history *a, const lf_history *b, const pairing *p, lf_deviation *out)
{
  lf_status st = LF_OK;
  double *ratio = NULL, low, high;
  size_t n = 0;
  out->loss_ratio = NAN;
  LF_TRY(lf_calloc(&ratio, p->steps, sizeof *ratio));
  for (size_t s = 0; s < p->steps; s++) {
    double la = value_at(a, a->loss, 1, 0, p->at[s]), lb = value_at(b, b->loss, 1, 0, p->at[s]);
    if (la > 0 && lb > 0) ratio[n++] = log(lb) - log(la);
  }
  if (n == 0) goto done;
  LF_TRY(lf_median_interval(n, ratio, &out->loss_ratio, &low, &high));
  out->loss_ratio = exp(out->loss_ratio);
done:
  lf_free(ratio);
  return st;
}

/* t per step up to the last record that knows it */
static double time_per_step(const lf_history *h)
{
  for (size_t r = h->r; r-- > 0;)
    if (h->step[r] > 0 && h->time[r] > 0) return h->time[r] / (double)h->step[r];
  return NAN;
}

static double fit_apart(const lf_history *a, const lf_history *b)
{
  size_t count = a->q * a->c;
  if (a->q != b->q || a->d != b->d || !a->fit || !b->fit) return NAN;
  double scale = 0, square = 0;
  for (size_t i = 0; i < a->q * a->d; i++) scale = fmax(scale, fabs(a->x_probe[i]));
  for (size_t i = 0; i < a->q * a->d; i++)
    if (fabs(a->x_probe[i] - b->x_probe[i]) > same_frequency * scale) return NAN;
  const double *fa = a->fit + (a->keep_fit ? a->r - 1 : 0) * count, *fb = b->fit + (b->keep_fit ? b->r - 1 : 0) * count;
  for (size_t i = 0; i < count; i++) square += (fa[i] - fb[i]) * (fa[i] - fb[i]);
  return sqrt(square / (double)count);
}

/* t_k of given frequencies, judged by the same threshold in both histories. What a prediction foretells by that threshold stands. */
static lf_status steps_learned(const lf_history *h, double learned, size_t peaks, const size_t *peak, int64_t *step)
{
  lf_order order = {0};
  lf_lens_info info = lf_history_info(h, peaks, peak);
  info.learned = learned;
  lf_status st = lf_order_of_learning(&order, &info, h->r, h->step, h->delta);
  if (st == LF_OK && peaks) memcpy(step, order.step, peaks * sizeof *step);
  for (size_t k = 0; st == LF_OK && h->foretold && h->learned == learned && k < peaks; k++) {
    size_t own = lf_history_peak(h, peak[k]);
    if (own < h->peaks) step[k] = h->foretold[own];
  }
  lf_order_free(&order);
  return st;
}

static lf_status compare_peaks(const lf_history *a, const lf_history *b, const size_t *match, lf_deviation *out)
{
  lf_status st = LF_OK;
  size_t *in_a = NULL, *in_b = NULL;
  LF_TRY(lf_calloc(&in_a, a->peaks, sizeof *in_a));
  LF_TRY(lf_calloc(&in_b, a->peaks, sizeof *in_b));
  for (size_t k = 0; k < a->peaks; k++) {
    if (match[a->peak[k]] == no_match) continue;
    in_a[out->peaks] = (size_t)a->peak[k];
    in_b[out->peaks++] = match[a->peak[k]];
  }
  LF_TRY(lf_calloc(&out->xi, out->peaks, sizeof *out->xi));
  LF_TRY(lf_calloc(&out->step_a, out->peaks, sizeof *out->step_a));
  LF_TRY(lf_calloc(&out->step_b, out->peaks, sizeof *out->step_b));
  for (size_t k = 0; k < out->peaks; k++) out->xi[k] = a->xi_norm[in_a[k]];
  LF_TRY(steps_learned(a, a->learned, out->peaks, in_a, out->step_a));
  LF_TRY(steps_learned(b, a->learned, out->peaks, in_b, out->step_b));
done:
  lf_free(in_a);
  lf_free(in_b);
  return st;
}

lf_status lf_compare(const lf_history *a, const lf_history *b, lf_deviation *out)
{
  lf_status st = LF_OK;
  pairing p = {0};
  *out = (lf_deviation){0};
  if (a->c != b->c || a->xi_d != b->xi_d)
    LF_RAISE(LF_ESHAPE, "the histories differ in kind: %zu outputs and frequencies of %zu numbers, against %zu and %zu",
             a->c, a->xi_d, b->c, b->xi_d);
  LF_TRY(lf_calloc(&p.match, a->m, sizeof *p.match));
  LF_TRY(match_frequencies(a, b, p.match));
  LF_TRY(common_steps(a, b, &p, out));
  LF_TRY(compare_bands(a, b, &p, out));
  LF_TRY(compare_loss(a, b, &p, out));
  LF_TRY(compare_peaks(a, b, p.match, out));
  out->fit_rms = fit_apart(a, b);
  out->pace = time_per_step(b) / time_per_step(a);
done:
  lf_free(p.at);
  lf_free(p.match);
  if (st != LF_OK) lf_deviation_free(out);
  return st;
}

void lf_deviation_free(lf_deviation *d)
{
  lf_free(d->band_edge);
  lf_free(d->band_rms);
  lf_free(d->step);
  lf_free(d->apart);
  lf_free(d->xi);
  lf_free(d->step_a);
  lf_free(d->step_b);
  *d = (lf_deviation){0};
}
