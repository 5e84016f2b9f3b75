/* aliasing.c — does the target hold frequencies that its samples cannot carry? */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "base/base.h"
#include "fourier/fft.h"
#include "fourier/window.h"
#include "lens_parts.h"

/* What counts as relevant, as shares of the energy about the mean. The tail of a jump sampled decently is below TAIL. */
static const double LINE = 0.01, TAIL = 0.05, EDGE = 0.02;
enum { DENSER = 8, DENSE_MOST = 1 << 20 }; /* samples per axis and sample; in all */

/* Values on an even grid of cell middles, and the energy of their spectrum along each axis: energy[a][k], k cycles per extent. */
typedef struct spectrum {
  size_t d, count[LF_GRID_DIMS], total;
  double extent[LF_GRID_DIMS];
  double *energy[LF_GRID_DIMS]; /* (count/2+1) each */
  double whole;
} spectrum;

static void free_spectrum(spectrum *s)
{
  for (size_t a = 0; a < s->d; a++) {
    lf_free(s->energy[a]);
    s->energy[a] = NULL;
  }
}

/* weight (total): the product of Hann windows over the axes */
static lf_status weigh(const spectrum *s, double *weight)
{
  double *axis = NULL;
  for (size_t i = 0; i < s->total; i++) weight[i] = 1;
  for (size_t a = s->d, stride = 1; a-- > 0; stride *= s->count[a]) {
    lf_status st = lf_calloc(&axis, s->count[a], sizeof *axis);
    if (st != LF_OK) return st;
    lf_window_hann(s->count[a], axis);
    for (size_t i = 0; i < s->total; i++) weight[i] *= axis[i / stride % s->count[a]];
    lf_free(axis);
  }
  return LF_OK;
}

/* Add the energy of every bin to its place along each axis; bins within the last axis stand for their conjugates too. */
static void add_energy(spectrum *s, const double *bins, size_t count)
{
  size_t last = s->count[s->d - 1], half = last / 2 + 1;
  for (size_t i = 0; i < count; i++) {
    size_t k = i % half, rest = i / half;
    double energy = (bins[2 * i] * bins[2 * i] + bins[2 * i + 1] * bins[2 * i + 1]) * (k == 0 || 2 * k == last ? 1 : 2);
    s->whole += energy;
    s->energy[s->d - 1][k] += energy;
    for (size_t a = s->d - 1; a-- > 0; rest /= s->count[a]) {
      size_t at = rest % s->count[a];
      s->energy[a][LF_MIN(at, s->count[a] - at)] += energy;
    }
  }
}

/* y (total,c), the windowed mean taken off */
static lf_status measure(spectrum *s, const double *y, const size_t *from, size_t c)
{
  lf_status st = LF_OK;
  lf_fft *fft = NULL;
  double *weight = NULL, *row = NULL, *bins = NULL;
  LF_TRY(lf_fft_create(&fft, s->d, s->count));
  LF_TRY(lf_calloc(&weight, 2 * s->total, sizeof *weight));
  LF_TRY(lf_calloc(&row, s->total, sizeof *row));
  LF_TRY(lf_calloc(&bins, lf_fft_bins(fft), 2 * sizeof *bins));
  for (size_t a = 0; a < s->d; a++) LF_TRY(lf_calloc(&s->energy[a], s->count[a] / 2 + 1, sizeof *s->energy[a]));
  LF_TRY(weigh(s, weight));
  s->whole = 0;
  for (size_t j = 0; j < c; j++) {
    double mean = 0, sum = 0;
    for (size_t i = 0; i < s->total; i++) {
      row[i] = y[(from ? from[i] : i) * c + j];
      mean += weight[i] * row[i], sum += weight[i];
    }
    for (size_t i = 0; i < s->total; i++) row[i] = weight[i] * (row[i] - mean / sum);
    lf_fft_run(fft, row, bins);
    add_energy(s, bins, lf_fft_bins(fft));
  }
done:
  lf_fft_destroy(fft);
  lf_free(weight);
  lf_free(row);
  lf_free(bins);
  if (st != LF_OK) free_spectrum(s);
  return st;
}

static double share_from(const spectrum *s, size_t a, double k)
{
  double sum = 0;
  for (size_t i = 0; i <= s->count[a] / 2; i++)
    if ((double)i >= k) sum += s->energy[a][i];
  return s->whole > 0 ? sum / s->whole : 0;
}

/* The highest line with a relevant part of the energy, in cycles per extent, or 0. Through the window a tone between bins k - 1 and k + 1
 * has amplitudes c[k+1] / c[k] = r there, and lies (2 r - 1) / (r + 1) above k. Bin k is found from above, because the bins below
 * may belong to another line: the first with half the amplitude of the two below it. A tone's largest bin has 0.48 of its energy at least. */
static double highest_line(const spectrum *s, size_t a)
{
  const double *e = s->energy[a];
  for (size_t k = s->count[a] / 2; s->whole > 0 && k-- > 1;) {
    double below = fmax(e[k - 1], k > 1 ? e[k - 2] : 0);
    if (e[k] < 0.25 * below || e[k] + below < 0.48 * LINE * s->whole) continue;
    double r = fmin(sqrt(e[k + 1] / e[k]), 1);
    return (double)k + (2 * r - 1) / (r + 1);
  }
  return 0;
}

/* The frequency above which a line's worth of energy is left */
static double highest_energy(const spectrum *s, size_t a)
{
  double sum = 0;
  for (size_t k = s->count[a] / 2 + 1; k-- > 0 && s->whole > 0;)
    if ((sum += s->energy[a][k]) >= LINE * s->whole) return (double)k;
  return 0;
}

/* What one axis says, given the highest frequency that is safe along it. */
typedef struct finding {
  size_t axis;
  double safe, found, above; /* cycles/unit, cycles/unit, share */
  bool warn;
} finding;

static finding judge_axis(const spectrum *s, size_t a, double safe)
{
  double bins = safe * s->extent[a], line = highest_line(s, a), energy = highest_energy(s, a);
  finding f = {
      .axis = a, .safe = safe, .above = share_from(s, a, bins + 2)}; /* two bins: what lies below leaks so far */
  bool line_above = line > bins + 0.5;
  f.warn = line_above || f.above >= TAIL;
  /* the window's lobe may put a line's last per cents a bin or two above it */
  f.found = (line > 0 && (line_above || energy <= line + 2) ? line : energy) / s->extent[a];
  if (line_above) f.above = fmax(f.above, share_from(s, a, line - 1.5));
  return f;
}

/* ---- an expression, sampled more densely -------------------------------------------------------------------------------- */

/* Cells per axis: `times` as many as samples. */
static bool make_dense(spectrum *s, const lf_data *data, double times)
{
  double total = 1, volume = 1;
  *s = (spectrum){.d = data->d, .total = 1};
  for (size_t a = 0; a < data->d; a++) volume *= data->high[a] - data->low[a];
  for (size_t a = 0; a < data->d; a++) {
    s->extent[a] = data->high[a] - data->low[a];
    double samples =
        data->grid.d ? (double)data->grid.count[a] : s->extent[a] / pow(volume / (double)data->n, 1 / (double)data->d);
    double cells = fmax(ceil(times * samples), 2 * DENSER);
    if (!(s->extent[a] > 0) || (total *= cells) > DENSE_MOST) return false;
    s->count[a] = (size_t)cells;
    s->total *= s->count[a];
  }
  return true;
}

static lf_status look_at_expression(spectrum *s, const lf_data *data)
{
  lf_status st = LF_OK;
  double *x = NULL, *y = NULL;
  LF_TRY(lf_calloc(&x, s->total, s->d * sizeof *x));
  LF_TRY(lf_calloc(&y, s->total, data->c * sizeof *y));
  for (size_t i = 0; i < s->total; i++) {
    size_t rest = i;
    for (size_t a = s->d; a-- > 0; rest /= s->count[a])
      x[i * s->d + a] = data->low[a] + ((double)(rest % s->count[a]) + 0.5) * s->extent[a] / (double)s->count[a];
  }
  LF_TRY(lf_data_evaluate(data, s->total, x, y));
  LF_TRY(measure(s, y, NULL, data->c));
done:
  lf_free(x);
  lf_free(y);
  return st;
}

/* Is there much in the upper half of what the dense samples carry, so that there may be more beyond? */
static bool unfinished(const spectrum *s)
{
  for (size_t a = 0; a < s->d; a++) {
    size_t quarter = s->count[a] / 4;
    if (share_from(s, a, (double)quarter) >= LINE) return true;
  }
  return false;
}

/* Denser and denser until the spectrum ends, or memory would. `seen` is false where not even the first sampling fits. */
static lf_status dense_spectrum(spectrum *s, const lf_data *data, bool *seen)
{
  static const double times[] = {DENSER, DENSER * DENSER, DENSER * DENSER * DENSER, DENSER * DENSER * DENSER * DENSER};
  spectrum denser;
  *seen = false;
  for (size_t i = 0; i < sizeof times / sizeof *times && (i == 0 || unfinished(s)); i++) {
    bool fits = make_dense(&denser, data, times[i]) || (i == 0 && make_dense(&denser, data, 2));
    if (!fits) break;
    lf_status st = look_at_expression(&denser, data);
    if (st == LF_EMATH) break; /* not finite between the samples: judged by the samples alone */
    if (st != LF_OK) return st;
    if (*seen) free_spectrum(s);
    *s = denser;
    *seen = true;
  }
  return LF_OK;
}

/* ---- words ------------------------------------------------------------------------------------------------------------------ */
static void tell_grid(lf_aliasing *out, const lf_data *data, const finding *f)
{
  char along[80] = "", points[80] = "";
  size_t used = 0;
  double rate = 1 / data->grid.step[f->axis], extent = data->high[f->axis] - data->low[f->axis];
  out->xi_folded = fabs(f->found - rate * round(f->found / rate));
  out->points_needed = (size_t)floor(2 * f->found * extent * (1 + 1e-9)) + 2; /* both ends are samples */
  if (data->d > 1) (void)snprintf(along, sizeof along, " along %s", data->x_name ? data->x_name[f->axis] : "one axis");
  for (size_t a = 0; a < data->d && used < sizeof points; a++)
    used += (size_t)snprintf(points + used, sizeof points - used, "%s%zu", a ? "," : "",
                             a == f->axis ? out->points_needed : data->grid.count[a]);
  (void)snprintf(out->text, sizeof out->text,
                 "the target holds %.4g cycles/unit%s, the samples carry %.4g; what is above will fold back as %.4g. "
                 "Use --points %s or more",
                 f->found, along, f->safe, out->xi_folded, points);
}

static void tell_scattered(lf_aliasing *out, const lf_data *data, const finding *f)
{
  out->points_needed = (size_t)ceil((double)data->n * pow(f->found / f->safe, (double)data->d));
  (void)snprintf(out->text, sizeof out->text,
                 "the target holds %.4g cycles/unit, the widest gap between the samples carries %.4g; what is above is "
                 "guesswork there. "
                 "Use --points %zu or more",
                 f->found, f->safe, out->points_needed);
}

/* ---- the check ------------------------------------------------------------------------------------------------------------- */

/* The axis that misses most. */
static finding judge(const spectrum *s, const lf_data *data, double scattered_safe)
{
  finding worst = {0};
  for (size_t a = 0; a < s->d; a++) {
    finding f = judge_axis(s, a, data->grid.d ? 0.5 / data->grid.step[a] : scattered_safe);
    if (a == 0 || f.warn > worst.warn || (f.warn == worst.warn && f.above > worst.above) ||
        (f.warn == worst.warn && f.above == worst.above && f.found > worst.found))
      worst = f;
  }
  return worst;
}

/* Data without an expression: how much is left in the top eighth of what the grid carries. */
static lf_status check_samples(lf_aliasing *out, const lf_data *data)
{
  lf_status st = LF_OK;
  const lf_grid *g = &data->grid;
  spectrum s = {.d = g->d, .total = data->n};
  size_t *from = NULL, worst = 0;
  LF_TRY(lf_calloc(&from, data->n, sizeof *from));
  for (size_t i = 0; i < data->n; i++) from[g->place ? g->place[i] : i] = i;
  for (size_t a = 0; a < s.d; a++) s.count[a] = g->count[a], s.extent[a] = (double)g->count[a] * g->step[a];
  LF_TRY(measure(&s, data->y, from, data->c));
  for (size_t a = 0; a < s.d; a++) {
    enum { FEW = 32 }; /* the top eighth of fewer is within the window's lobe */
    double above = s.count[a] < FEW ? 0 : share_from(&s, a, 7.0 / 16 * (double)s.count[a]);
    double line = highest_line(&s, a), energy = highest_energy(&s, a);
    out->xi_found = fmax(out->xi_found, (line > 0 && energy <= line + 2 ? line : energy) / s.extent[a]);
    if (above > out->energy_above) out->energy_above = above, worst = a;
  }
  out->warn = out->energy_above > EDGE;
  if (out->warn)
    (void)snprintf(out->text, sizeof out->text,
                   "%.3g %% of the target's energy lies between %.4g and the %.4g cycles/unit that the samples carry: "
                   "it is noise, or detail "
                   "goes on above and folds back. Denser samples would tell",
                   100 * out->energy_above, 7.0 / 16 / g->step[worst], 0.5 / g->step[worst]);
done:
  free_spectrum(&s);
  lf_free(from);
  return st;
}

lf_status lf_aliasing_check(lf_aliasing *out, const lf_data *data)
{
  lf_status st = LF_OK;
  spectrum s = {0};
  bool seen = false;
  *out = (lf_aliasing){0};
  if (data->grid.d > 0) {
    out->xi_safe = INFINITY;
    for (size_t a = 0; a < data->grid.d; a++) out->xi_safe = fmin(out->xi_safe, 0.5 / data->grid.step[a]);
  } else if (data->d <= LF_GRID_DIMS) {
    LF_TRY(lf_scattered_safe(&out->xi_safe, data->n, data->d, data->x));
  }
  if (data->expression && data->d >= 1 && data->d <= LF_GRID_DIMS) LF_TRY(dense_spectrum(&s, data, &seen));
  if (seen) {
    finding f = judge(&s, data, out->xi_safe);
    out->xi_found = f.found;
    out->energy_above = f.above;
    out->warn = f.warn && f.safe > 0;
    if (out->warn && data->grid.d > 0) tell_grid(out, data, &f);
    if (out->warn && data->grid.d == 0) tell_scattered(out, data, &f);
  } else if (data->grid.d > 0) {
    LF_TRY(check_samples(out, data));
  }
done:
  free_spectrum(&s);
  return st;
}
