/* peaks.c — which modes of the target stand out: the ones whose order of learning is told.
 *
 * Taken one after the other, the largest first, as long as they exceed the floor and what noise alone would reach. A mode with a
 * larger neighbour within the resolution 1/extent is no peak. Two kinds of leakage would make peaks of what is none:
 *
 * - A tone between two bins of a grid leaks like 1/distance. A neighbour of a peak is a peak of its own only if it exceeds four
 *   times what the bins further away say of that leakage, or if nothing leaks at all: sin x + sin 2x has two, a tone one.
 * - Scattered positions scatter a tone over all frequencies. Every peak is therefore fitted to the samples together with those
 *   before and taken away, and the next is looked for in what remains (orthogonal matching pursuit; the "clean" of radio
 *   astronomers, Högbom 1974). The mean goes first: it is no peak. */
#include <math.h>
#include <stdlib.h>
#include "base/base.h"
#include "lens_parts.h"

static const double DEFAULT_FLOOR = 0.1;
enum { DEFAULT_PEAKS = 8, TAIL_FROM = 2, TAIL_TO = 4 };

typedef enum mode_state { OPEN, PEAK, REFUSED } mode_state;

typedef struct search {
  const lf_lens *l;
  const lens_plan *p;
  size_t m, d, c;
  double *height;       /* (M) |coefficient| of what remains of the target */
  unsigned char *state; /* (M) mode_state */
  double radius;        /* half-width of a line, in units of the resolution */
  bool exact;           /* the target is a sum of tones that the period of the grid holds a whole number of times */
  lf_clean *clean;      /* what remains of the target on scattered samples; NULL on a grid, where modes do not mix */
  double noise, least;  /* what random coefficients reach typically, and the highest of them */
  double *sorted;       /* (M) */
} search;

/* ---- noise ---------------------------------------------------------------------------------------------------------------- */

static int ascending(const void *a, const void *b)
{
  double p = *(const double *)a, q = *(const double *)b;
  return (p > q) - (p < q);
}

/* s->noise: the root mean square of random coefficients, if the lower quarter of the heights is random: their squares are exponentially
 * distributed, so that quarter ends at ln 4/3 of the mean. s->least: what the highest of M such exceeds once in a hundred times.
 * Too few modes do not tell. */
static void estimate_noise(search *s)
{
  enum { ENOUGH = 16 };
  if (!s->p->lattice || s->m < ENOUGH) return;
  for (size_t k = 0; k < s->m; k++) s->sorted[k] = s->height[k];
  qsort(s->sorted, s->m, sizeof *s->sorted, ascending);
  s->noise = s->sorted[s->m / 4] / sqrt(log(4.0 / 3));
  s->least = s->noise * sqrt(log(100 * (double)s->m));
}

/* ---- neighbours ---------------------------------------------------------------------------------------------------------- */

/* How far apart two frequencies are, in units of the resolution along the axis where they differ most. */
static double apart(const search *s, const double *xi, const double *eta, double sign)
{
  double most = 0;
  for (size_t a = 0; a < s->d; a++) most = fmax(most, fabs(xi[a] - sign * eta[a]) * s->p->extent[a]);
  return most;
}

static const double *frequency(const search *s, size_t k) { return s->l->xi + k * s->d; }

/* Real values have conjugate coefficients at xi and -xi: the nearer one counts. */
static double distance(const search *s, size_t i, size_t j)
{
  return fmin(apart(s, frequency(s, i), frequency(s, j), 1), apart(s, frequency(s, i), frequency(s, j), -1));
}

/* What remains at a frequency, or -1: none is measured there, a peak stands there, or it is mode j. */
static double height_at(const search *s, const double *xi, size_t j)
{
  for (size_t k = 0; k < s->m; k++)
    if (apart(s, frequency(s, k), xi, 1) < 0.05 || apart(s, frequency(s, k), xi, -1) < 0.05)
      return s->state[k] == PEAK || k == j ? -1 : s->height[k];
  return -1;
}

/* How much peak i leaks to its neighbour j, from the bins beyond on the line through both: height x distance is the same for
 * all where a line leaks, and the median of several does not mind that one of them holds a line of its own. */
static double leakage(const search *s, size_t i, size_t j)
{
  double tail[2 * (TAIL_TO - TAIL_FROM + 1)], step[LF_MAX_INPUTS], at[LF_MAX_INPUTS];
  size_t count = 0, axes = 0;
  const double *xi = frequency(s, i), *eta = frequency(s, j);
  double sign = apart(s, xi, eta, 1) <= apart(s, xi, eta, -1) ? 1 : -1;
  for (size_t a = 0; a < s->d; a++) {
    step[a] = sign * eta[a] - xi[a];
    axes += fabs(step[a]) * s->p->extent[a] > 0.5;
  }
  for (int t = -TAIL_TO; t <= TAIL_TO; t++) {
    if (abs(t) < TAIL_FROM) continue;
    for (size_t a = 0; a < s->d; a++) at[a] = xi[a] + t * step[a];
    double height = height_at(s, at, j);
    if (height < 0) continue;
    double above_noise = sqrt(fmax(height * height - s->noise * s->noise, 0));
    tail[count++] = above_noise * pow(abs(t), (double)axes); /* leakage is a product over axes */
  }
  if (count == 0) return INFINITY;
  qsort(tail, count, sizeof *tail, ascending);
  return tail[count / 2];
}

/* Is mode j, the largest not yet looked at, a line of its own? */
static bool stands_alone(const search *s, size_t j)
{
  if (s->exact) return true;
  for (size_t i = 0; i < s->m; i++) {
    if (i == j || s->state[i] == OPEN) continue;
    double bins = distance(s, i, j) * (1 - 1e-6);
    if (s->state[i] == REFUSED) { /* the flank of something that is no peak, where noise makes little tops */
      if (bins <= s->radius + 1 && s->height[i] >= s->height[j]) return false;
    } else if (bins <= s->radius) {
      if (s->radius > 1 || !s->p->lattice || bins < 0.99 || !(s->height[j] > 4 * leakage(s, i, j))) return false;
    }
  }
  return true;
}

/* ---- taking tones away -------------------------------------------------------------------------------------------------- */
static lf_status measure_heights(search *s)
{
  lens_scratch *scratch = NULL;
  const double *hat = s->l->target_hat;
  if (s->clean) {
    lf_status st = lf_lens_borrow(s->l, &scratch);
    if (st != LF_OK) return st;
    lf_clean_measure(s->clean, scratch, s->l->weight);
    hat = scratch->hat;
  }
  for (size_t k = 0; k < s->m; k++) {
    double square = 0;
    for (size_t j = 0; j < 2 * s->c; j++) square += hat[2 * k * s->c + j] * hat[2 * k * s->c + j];
    s->height[k] = sqrt(square);
  }
  if (scratch) lf_lens_give_back(s->l, scratch);
  return LF_OK;
}

/* What is left within two bins of mode k: the energy, and the largest height. */
static double left_around(const search *s, size_t k, double *highest)
{
  double sum = 0;
  *highest = 0;
  for (size_t i = 0; i < s->m; i++)
    if (distance(s, i, k) <= 2) sum += s->height[i] * s->height[i], *highest = fmax(*highest, s->height[i]);
  return sum;
}

/* Take peak k away: where it is, if a single tone explains all around it; else at its bin alone, and leave the rest to be found. */
static lf_status take_away(search *s, size_t k, double share)
{
  lf_status st = LF_OK;
  double tone[LF_MAX_INPUTS], highest, height = s->height[k];
  lf_clean_keep(s->clean);
  lf_clean_take(s->clean, frequency(s, k));
  LF_TRY(measure_heights(s));
  double at_bin = left_around(s, k, &highest);
  lf_clean_go_back(s->clean);
  lf_clean_refine(s->clean, frequency(s, k), s->p->extent, tone);
  lf_clean_take(s->clean, tone);
  LF_TRY(measure_heights(s));
  if (left_around(s, k, &highest) < at_bin && highest < share * height) return LF_OK;
  lf_clean_go_back(s->clean);
  lf_clean_take(s->clean, frequency(s, k));
  LF_TRY(measure_heights(s));
done:
  return st;
}

/* ---- the search ----------------------------------------------------------------------------------------------------------- */
/* Does all but 1e-4 of the energy about the mean lie in few modes above the floor? Leakage and smooth spectra leave more below. */
static bool is_exact(const search *s, double floor, size_t most)
{
  double top = 0, below = 0, total = 0;
  size_t above = 0;
  if (s->clean || s->radius > 1) return false;
  for (size_t k = 0; k < s->m; k++) top = fmax(top, s->height[k]);
  for (size_t k = 0; k < s->m; k++) {
    total += s->height[k] * s->height[k];
    if (s->height[k] < floor * top)
      below += s->height[k] * s->height[k];
    else
      above++;
  }
  return above <= most && below < 1e-4 * total;
}

/* ---- the search ----------------------------------------------------------------------------------------------------------- */
static lf_status begin(search *s, size_t max_peaks)
{
  lf_status st = LF_OK;
  const lf_lens_options *o = s->p->options;
  s->radius = 1;
  if (o->window == LF_WINDOW_HANN) s->radius = 2;
  if (o->window == LF_WINDOW_DPSS) s->radius = ceil(o->window_nw > 0 ? o->window_nw : LF_LENS_DEFAULT_NW);
  LF_TRY(lf_calloc(&s->height, s->m, sizeof *s->height));
  LF_TRY(lf_calloc(&s->sorted, s->m, sizeof *s->sorted));
  LF_TRY(lf_calloc(&s->state, s->m, 1));
  if (s->l->nudft) LF_TRY(lf_clean_create(&s->clean, s->l, s->p, max_peaks));
  LF_TRY(measure_heights(s));
  for (size_t k = 0; k < s->m; k++) /* the mean, or what is too near to it to be told from it */
    if (apart(s, frequency(s, k), (double[LF_MAX_INPUTS]){0}, 1) < 0.05) {
      s->state[k] = REFUSED;
      if (s->radius == 1) s->height[k] = 0; /* without a window it does not leak: no flank to beware of */
    }
done:
  return st;
}

static size_t largest_open(const search *s)
{
  size_t best = s->m;
  for (size_t k = 0; k < s->m; k++)
    if (s->state[k] == OPEN && (best == s->m || s->height[k] > s->height[best] * (1 + 1e-9))) best = k;
  return best;
}

static int by_norm(const void *a, const void *b)
{
  const lens_mode *p = a, *q = b;
  if (p->norm != q->norm) return p->norm < q->norm ? -1 : 1;
  return (p->k[0] > q->k[0]) - (p->k[0] < q->k[0]);
}

/* l->peak: the modes in state PEAK, ascending in |xi| */
static lf_status collect(lf_lens *l, const search *s, size_t count)
{
  lf_status st = LF_OK;
  lens_mode *found = NULL;
  size_t next = 0;
  LF_TRY(lf_calloc(&l->peak, count, sizeof *l->peak));
  LF_TRY(lf_calloc(&found, count, sizeof *found));
  for (size_t k = 0; k < s->m; k++)
    if (s->state[k] == PEAK) found[next++] = (lens_mode){l->xi_norm[k], {(long)k}};
  qsort(found, count, sizeof *found, by_norm);
  for (size_t i = 0; i < count; i++) l->peak[i] = (size_t)found[i].k[0];
  l->info.peaks = count;
done:
  lf_free(found);
  return st;
}

lf_status lf_lens_find_peaks(lf_lens *l, lens_plan *p)
{
  lf_status st = LF_OK;
  const lf_lens_options *o = p->options;
  size_t count = 0, most = o->max_peaks > 0 ? o->max_peaks : DEFAULT_PEAKS;
  search s = {.l = l, .p = p, .m = l->info.m, .d = l->info.xi_d, .c = l->info.c};
  double share = o->peak_floor > 0 ? o->peak_floor : DEFAULT_FLOOR, floor = 0, size = 0;
  LF_TRY(begin(&s, LF_MIN(most, s.m)));
  for (size_t i = 0; i < p->data->n * s.c; i++) size += p->data->y[i] * p->data->y[i] / (double)p->data->n;
  floor = 1e-10 * sqrt(size); /* rounding errors are no peaks */
  s.exact = is_exact(&s, share, most);
  estimate_noise(&s);
  for (size_t k; count < most && (k = largest_open(&s)) < s.m && s.height[k] > fmax(floor, s.least);) {
    s.state[k] = stands_alone(&s, k) ? PEAK : REFUSED;
    if (s.state[k] != PEAK) continue;
    if (count++ == 0) floor = fmax(floor, s.height[k] * share);
    if (!s.clean) continue;
    LF_TRY(take_away(&s, k, share));
    estimate_noise(&s);
  }
  LF_TRY(collect(l, &s, count));
  p->rest = s.height;
  s.height = NULL;
  for (size_t i = 0; i < count; i++) p->rest[l->peak[i]] = 0;
done:
  lf_free(s.height);
  lf_free(s.sorted);
  lf_free(s.state);
  lf_clean_destroy(s.clean);
  return st;
}
