/* learn.c — when does each peak of a lens fall below the threshold for good? The evolution is known at any time: it is looked at on a grid
 * even in the logarithm, from before anything moves until nothing does any more, and where a peak crosses, halved in between. Oscillations
 * shorter than the grid (momentum near its largest rate) are seen only where the grid meets them. */
#include <math.h>
#include <string.h>
#include "prediction.h"

static const double per_decade = 48;
static const double still = 40;         /* mu t at which a mode is learned to rounding */
static const double farthest = 1e15;    /* steps: beyond, they are no whole numbers in double */
static const double fine_enough = 1e-6; /* relative width at which halving ends */

typedef struct search {
  const lf_prediction *p;
  const lf_lens *lens;
  const lf_lens_info *look;
  size_t grid;
  double *when;  /* (grid), INFINITY behind the last */
  double *error; /* (grid + 1, peaks) */
  double *work, *values, *delta;
} search;

/* ---- the grid ------------------------------------------------------------------------------------------------------------------ */
static lf_status make_grid(search *s)
{
  const lf_prediction *p = s->p;
  bool evolves = p->lost < lf_flow_end(p); /* else all is there at once */
  double first = p->rule.continuous && evolves ? 1e-3 / lf_flow_top(p) : 1;
  double unit = p->rule.continuous ? 1 : p->rule.h, last = evolves ? still / (lf_curvature(p, p->lost) * unit) : first;
  if (!p->rule.continuous) last = fmin(ceil(last), farthest);
  last = fmax(last, 10 * first);
  size_t most = (size_t)ceil(per_decade * log10(last / first)) + 2;
  lf_status st;
  LF_TRY(lf_calloc(&s->when, most + 1, sizeof *s->when));
  s->grid = 1; /* when[0] = 0 */
  for (size_t i = 0; i + 1 < most; i++) {
    double at = first * pow(10, (double)i / per_decade);
    if (!p->rule.continuous) at = round(at);
    if (at > s->when[s->grid - 1]) s->when[s->grid++] = at;
  }
  s->when[s->grid] = INFINITY;
done:
  return st;
}

/* ---- looking ------------------------------------------------------------------------------------------------------------------- */
static lf_status look_at(search *s, size_t count, const double *when, double *error)
{
  const lf_prediction *p = s->p;
  size_t peaks = s->look->peaks;
  lf_status st = LF_OK;
  lf_flow_values(p, &p->on_train, count, when, s->work, s->values);
  for (size_t t = 0; t < count; t++) {
    LF_TRY(lf_lens_measure(s->lens, s->values + t * p->on_train.values, NULL, s->delta, NULL));
    for (size_t k = 0; k < peaks; k++) error[t * peaks + k] = s->delta[s->look->peak[k]];
  }
done:
  return st;
}

static lf_status search_begin(search *s)
{
  size_t peaks = s->look->peaks;
  lf_status st;
  LF_TRY(make_grid(s));
  LF_TRY(lf_flow_work(&s->work, s->p, LF_FLOW_BATCH));
  LF_TRY(lf_calloc(&s->values, LF_FLOW_BATCH * s->p->on_train.values, sizeof *s->values));
  LF_TRY(lf_calloc(&s->delta, s->look->m, sizeof *s->delta));
  LF_TRY(lf_calloc(&s->error, (s->grid + 1 + 1) * peaks, sizeof *s->error));
  for (size_t first = 0; first <= s->grid; first += LF_FLOW_BATCH) {
    size_t now = LF_MIN(s->grid + 1 - first, (size_t)LF_FLOW_BATCH);
    LF_TRY(look_at(s, now, s->when + first, s->error + first * peaks));
  }
done:
  return st;
}

static void search_end(search *s)
{
  lf_free(s->when);
  lf_free(s->error);
  lf_free(s->work);
  lf_free(s->values);
  lf_free(s->delta);
}

/* The first time from which peak k stays below theta; NAN: never. */
static lf_status find(search *s, size_t k, double *found)
{
  size_t peaks = s->look->peaks, i = s->grid + 1;
  double theta = s->look->learned, *error = s->error + (s->grid + 1) * peaks; /* a row for what comes */
  lf_status st = LF_OK;
  while (i > 0 && s->error[(i - 1) * peaks + k] < theta) i--;
  *found = i > s->grid ? NAN : s->when[i];
  if (i == 0 || i > s->grid) return LF_OK;
  double low = s->when[i - 1], high = s->when[i], at_once = fine_enough * s->when[1]; /* free polynomials are */
  if (isinf(high)) return *found = NAN, LF_OK; /* later than any step can be counted */
  while (high > at_once && high - low > (s->p->rule.continuous ? fine_enough * high : fmax(1, fine_enough * high))) {
    double middle = low + (high - low) / 2;
    if (!s->p->rule.continuous) middle = floor(middle);
    LF_TRY(look_at(s, 1, &middle, error));
    if (error[k] < theta)
      high = middle;
    else
      low = middle;
  }
  *found = high;
done:
  return st;
}

/* ---- what double cannot decide -------------------------------------------------------------------------------------------------- */
/* Share of the amplitude of e^{2 pi i xi.x}, in the rows of output 0, that lies in directions left out. wave (2, rows) is scratch */
static double lost_share(const lf_prediction *p, const double *xi, double *wave)
{
  const double turn = 6.283185307179586;
  size_t d = p->data->d, stride = p->rows / p->n;
  double *sine = wave + p->rows, lost = 0;
  memset(wave, 0, 2 * p->rows * sizeof *wave);
  for (size_t i = 0; i < p->n; i++) {
    double phase = 0;
    for (size_t j = 0; j < d; j++) phase += xi[j] * p->data->x[i * d + j];
    wave[i * stride] = cos(turn * phase);
    sine[i * stride] = sin(turn * phase);
  }
  for (size_t m = 0; m < p->lost; m++) {
    const double *v = p->matrix + m * p->rows;
    double re = 0, im = 0;
    for (size_t i = 0; i < p->rows; i++) re += v[i] * wave[i], im += v[i] * sine[i];
    lost += re * re + im * im;
  }
  return sqrt(lost / (double)p->n);
}

/* Frequencies of a lens ascend; given ones need not, and the lowest counts. */
static lf_status find_trusted(const search *s, double *xi)
{
  double *wave = NULL;
  lf_status st = LF_OK;
  *xi = INFINITY;
  if (s->p->lost == 0 || s->look->xi_d != s->p->data->d) return LF_OK;
  LF_TRY(lf_calloc(&wave, 2 * s->p->rows, sizeof *wave));
  for (size_t k = 0; k < s->look->m; k++) {
    if (s->look->xi_norm[k] >= *xi) continue;
    if (lost_share(s->p, s->look->xi + k * s->look->xi_d, wave) > s->look->learned) *xi = s->look->xi_norm[k];
  }
done:
  lf_free(wave);
  return st;
}

/* ---- the answer -------------------------------------------------------------------------------------------------------------------- */
static void note(lf_flow_learning *out, const search *s, size_t k, double found)
{
  const lf_rule *rule = &s->p->rule;
  bool plain = rule->continuous || rule->optimiser == LF_OPTIMISER_GD || rule->momentum == 0;
  double steps = rule->continuous ? ceil(found / rule->h) : found;
  out->xi[k] = s->look->xi_norm[s->look->peak[k]];
  out->last[k] = s->error[s->grid * s->look->peaks + k];
  out->step[k] = steps <= farthest ? (int64_t)steps : -1;
  out->time[k] = rule->continuous ? found : plain ? found * rule->h : NAN;
}

lf_status lf_flow_learn(const lf_prediction *p, const lf_lens *lens, lf_flow_learning *out)
{
  search s = {.p = p, .lens = lens, .look = lf_lens_look(lens)};
  size_t peaks = s.look->peaks;
  lf_status st;
  *out = (lf_flow_learning){0};
  if (s.look->n != p->n || s.look->c != p->c || s.look->d != p->data->d)
    LF_RAISE(LF_ESHAPE, "the lens looks at %zu samples of %zu inputs and %zu outputs, the prediction has %zu, %zu, %zu",
             s.look->n, s.look->d, s.look->c, p->n, p->data->d, p->c);
  LF_TRY(lf_calloc(&out->xi, peaks, sizeof *out->xi));
  LF_TRY(lf_calloc(&out->step, peaks, sizeof *out->step));
  LF_TRY(lf_calloc(&out->time, peaks, sizeof *out->time));
  LF_TRY(lf_calloc(&out->last, peaks, sizeof *out->last));
  out->peaks = peaks;
  LF_TRY(find_trusted(&s, &out->trusted_xi));
  if (peaks == 0) goto done;
  LF_TRY(search_begin(&s));
  for (size_t k = 0; k < peaks; k++) {
    double found = NAN;
    LF_TRY(find(&s, k, &found));
    note(out, &s, k, found);
  }
done:
  search_end(&s);
  if (st != LF_OK) lf_flow_learning_free(out);
  return st;
}

void lf_flow_learning_free(lf_flow_learning *l)
{
  lf_free(l->xi);
  lf_free(l->step);
  lf_free(l->time);
  lf_free(l->last);
  *l = (lf_flow_learning){0};
}
