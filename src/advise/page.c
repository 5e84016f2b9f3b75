/* page.c — what the samples hold, before any network: repetitions, spacing, where the energy is, noise.
 *
 * Noise is what is white. The median energy of the modes in the upper half of the frequencies tells its level where that half is flat; where it
 * still falls there is no telling, and the level is a bound. */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "advise_parts.h"
#include "lens/lens_parts.h"

static const double median_of_exponential = 0.6931471805599453; /* of the mean: energies of noise are exponential */

static int ascending(const void *a, const void *b)
{
  double p = *(const double *)a, q = *(const double *)b;
  return (p > q) - (p < q);
}

/* ---- the samples --------------------------------------------------------------------------------------------------------------------- */
static void measure_values(lf_data_page *page, const lf_data *data)
{
  double square = 0;
  page->y_low = INFINITY, page->y_high = -INFINITY;
  for (size_t i = 0; i < data->n * data->c; i++) {
    page->y_low = fmin(page->y_low, data->y[i]);
    page->y_high = fmax(page->y_high, data->y[i]);
    page->y_mean += data->y[i] / (double)(data->n * data->c);
  }
  for (size_t k = 0; k < data->c; k++) {
    double mean = 0;
    for (size_t i = 0; i < data->n; i++) mean += data->y[i * data->c + k] / (double)data->n;
    for (size_t i = 0; i < data->n; i++) square += pow(data->y[i * data->c + k] - mean, 2);
  }
  page->y_size = sqrt(square / (double)(data->n * data->c));
  if (page->y_size <= 4 * DBL_EPSILON * fmax(fabs(page->y_low), fabs(page->y_high))) page->y_size = 0;
}

/* One input: gaps between neighbours. */
static lf_status measure_gaps(lf_data_page *page, const lf_data *data)
{
  double *at = NULL;
  size_t count = 0;
  lf_status st = LF_OK;
  page->spacing = page->spacing_low = NAN;
  if (data->d > 1) return LF_OK;
  LF_TRY(lf_calloc(&at, data->n, sizeof *at));
  memcpy(at, data->x, data->n * sizeof *at);
  qsort(at, data->n, sizeof *at, ascending);
  for (size_t i = 0; i + 1 < data->n; i++)
    if (at[i + 1] > at[i]) at[count++] = at[i + 1] - at[i]; /* count <= i */
  qsort(at, count, sizeof *at, ascending);
  if (count > 0) page->spacing_low = at[0], page->spacing = at[count / 2];
done:
  lf_free(at);
  return st;
}

/* Samples that share a place: how many, and how much they differ (pure error, pooled over the places). */
static lf_status measure_repeats(lf_data_page *page, const lf_data *data)
{
  size_t places, count = data->n * data->c;
  double *scatter = NULL, square = 0;
  lf_status st;
  LF_TRY(lf_calloc(&scatter, count, sizeof *scatter));
  LF_TRY(lf_repeats(data, &places, &page->repeated, scatter));
  for (size_t i = 0; i < count; i++) square += scatter[i] * scatter[i];
  page->repeat_noise = places < data->n ? sqrt(square / (double)((data->n - places) * data->c)) : NAN;
done:
  lf_free(scatter);
  return st;
}

static lf_status measure_places(lf_data_page *page, const lf_data *data)
{
  lf_status st;
  LF_TRY(measure_repeats(page, data));
  LF_TRY(measure_gaps(page, data));
  page->fill = NAN;
  if (data->d <= LF_GRID_DIMS && data->n > 1) LF_TRY(lf_fill_distance(&page->fill, data->n, data->d, data->x));
  LF_TRY(lf_aliasing_check(&page->aliasing, data));
  page->xi_safe = page->aliasing.xi_safe;
done:
  return st;
}

/* ---- noise -------------------------------------------------------------------------------------------------------------------------------- */
/* Mean energy of the modes with low <= |xi| < high from their median, NaN for too few; its relative standard error if they are noise. work (m) */
static double level(const lf_spectrum *s, double low, double high, double *work, double *uncertain)
{
  enum { ENOUGH = 8 };
  size_t count = 0;
  for (size_t k = 0; k < s->m; k++) {
    double norm = lf_norm(s->d, s->xi + k * s->d);
    if (norm >= low && norm < high) work[count++] = s->energy[k];
  }
  if (count < ENOUGH) return NAN;
  qsort(work, count, sizeof *work, ascending);
  *uncertain = 1 / (median_of_exponential * sqrt((double)count));
  return work[count / 2] / median_of_exponential;
}

/* On a grid the floor is read off the spectrum; scattered samples have it in what no frequency explains. */
static lf_status find_floor(lf_data_page *page, lf_spectrum *s)
{
  static const double corner = 1e300, errors = 2;
  double *work = NULL, top = 0;
  lf_status st = LF_OK;
  page->floor = NAN;
  page->xi_noise = INFINITY;
  if (s->m == 0 || s->total == 0) return LF_OK;
  if (!isnan(s->noise)) {
    page->floor = fmin(s->noise / s->total, 1);
    page->floor_is_bound = true; /* frequencies beyond the lattice count with it */
    return LF_OK;
  }
  LF_TRY(lf_calloc(&work, s->m, sizeof *work));
  for (size_t k = 0; k < s->m; k++) top = fmax(top, lf_norm(s->d, s->xi + k * s->d));
  double middle_error = 0, upper_error = 0;
  double middle = level(s, top / 2, 0.75 * top, work, &middle_error);
  double upper = level(s, 0.75 * top, corner, work, &upper_error);
  if (isnan(middle) || isnan(upper)) goto done;
  double per_mode = fmin(middle, upper);
  page->floor_is_bound = fmax(middle, upper) > exp(errors * hypot(middle_error, upper_error)) * per_mode;
  page->floor = fmin(per_mode * (double)s->m / s->total, 1);
  s->level = page->floor_is_bound ? 0 : per_mode;
done:
  lf_free(work);
  return st;
}

/* ---- bins --------------------------------------------------------------------------------------------------------------------------------------- */
static void make_bins(lf_data_page *page, const lf_spectrum *s)
{
  double least = INFINITY, top = 0, ratio = sqrt(2);
  for (size_t k = 0; k < s->m; k++) {
    double norm = lf_norm(s->d, s->xi + k * s->d);
    least = fmin(least, norm), top = fmax(top, norm);
  }
  if (s->m == 0 || s->total == 0) return;
  page->xi_edge[0] = 0;
  while (page->bins < LF_PAGE_BINS && page->xi_edge[page->bins] <= top) {
    double edge = least * pow(ratio, (double)page->bins + 0.5);
    page->xi_edge[++page->bins] = edge;
  }
  for (size_t k = 0; k < s->m; k++) {
    double norm = lf_norm(s->d, s->xi + k * s->d);
    size_t b = 0;
    while (b + 1 < page->bins && norm >= page->xi_edge[b + 1]) b++;
    page->share[b] += s->energy[k] / s->total;
    page->error[b] += pow(s->spread[k] / s->total, 2);
  }
  for (size_t b = 0; b < page->bins; b++) {
    page->error[b] = sqrt(page->error[b]);
    page->share[b] = fmax(page->share[b], 0);
  }
}

static double modes_in(const lf_spectrum *s, double low, double high)
{
  double count = 0;
  for (size_t k = 0; k < s->m; k++) {
    double norm = lf_norm(s->d, s->xi + k * s->d);
    count += norm >= low && norm < high;
  }
  return count;
}

/* Noise in a bin, as a share of all energy; on scattered samples it is taken off already. */
static double noise_in(const lf_spectrum *s, double low, double high)
{
  return isnan(s->noise) ? modes_in(s, low, high) * s->level / s->total : 0;
}

/* Is there more in a bin than noise puts into it? The sum of m exponential energies exceeds m + 4 sqrt m + 3 of their means less than once in
 * a thousand times. Scattered samples have error bars. */
static bool stands_out(const lf_data_page *page, const lf_spectrum *s, size_t b)
{
  double count = modes_in(s, page->xi_edge[b], page->xi_edge[b + 1]);
  if (!isnan(s->noise)) return page->share[b] > 2 * page->error[b];
  return page->share[b] * s->total > s->level * (count + 4 * sqrt(count) + 3);
}

/* How far the signal reaches along each axis, and where it ends: at the last bin that stands out from noise. */
static void measure_signal(lf_data_page *page, const lf_spectrum *s)
{
  double sum = 0, off = isnan(s->noise) ? s->level : 0;
  for (size_t b = 0; b < page->bins; b++) page->signal[b] = stands_out(page, s, b);
  for (size_t k = 0; k < s->m; k++) {
    sum += s->energy[k] - off;
    for (size_t a = 0; a < s->d && !s->projected; a++)
      page->axis_xi[a] += (s->energy[k] - off) * s->xi[k * s->d + a] * s->xi[k * s->d + a];
  }
  for (size_t a = 0; a < s->d; a++) page->axis_xi[a] = sum > 0 ? sqrt(fmax(page->axis_xi[a], 0) / sum) : 0;
  if (s->level == 0) return;
  for (size_t b = page->bins; b-- > 0 && !page->signal[b];) page->xi_noise = page->xi_edge[b];
}

double lf_spectrum_between(const lf_spectrum *s, double low, double high, double *centre)
{
  double energy = 0, moment = 0, weight = 0;
  for (size_t k = 0; k < s->m; k++) {
    double norm = lf_norm(s->d, s->xi + k * s->d);
    if (norm < low || norm >= high) continue;
    energy += s->energy[k];
    moment += fmax(s->energy[k], 0) * norm;
    weight += fmax(s->energy[k], 0);
  }
  if (centre) *centre = weight > 0 ? moment / weight : NAN;
  return fmax(energy, 0);
}

/* Bins [first, last) in a row that stand out; their ends go as long as they hold less than a tenth of the strongest: tails. */
static void add_group(lf_data_page *page, const lf_spectrum *s, size_t first, size_t last)
{
  static const double tail = 0.1;
  double top = 0, share = 0, moment = 0;
  if (first == last || page->groups == LF_PAGE_GROUPS) return;
  for (size_t b = first; b < last; b++) top = fmax(top, page->share[b]);
  while (page->share[first] < tail * top) first++;
  while (page->share[last - 1] < tail * top) last--;
  for (size_t b = first; b < last; b++) {
    double centre, low = page->xi_edge[b], high = page->xi_edge[b + 1];
    double here = lf_spectrum_between(s, low, high, &centre) / s->total - noise_in(s, low, high);
    share += here, moment += here * centre;
  }
  page->group[page->groups].low = page->xi_edge[first];
  page->group[page->groups].high = page->xi_edge[last];
  page->group[page->groups].share = share;
  page->group[page->groups++].centre = moment / share;
}

/* Where the energy is: runs of bins with at least a per cent, and out of the error bars where there are some. */
static void find_groups(lf_data_page *page, const lf_spectrum *s)
{
  static const double worth_a_word = 0.01;
  size_t first = 0;
  for (size_t b = 0; b < page->bins; b++) {
    double share = page->share[b] - noise_in(s, page->xi_edge[b], page->xi_edge[b + 1]);
    if (share >= worth_a_word && page->signal[b]) continue;
    add_group(page, s, first, b);
    first = b + 1;
  }
  add_group(page, s, first, page->bins);
}

lf_status lf_page_make(lf_data_page *out, lf_spectrum *spectrum, const lf_data *data, size_t most)
{
  lf_status st;
  *out = (lf_data_page){.n = data->n, .d = data->d, .c = data->c, .floor = NAN, .xi_noise = INFINITY};
  measure_values(out, data);
  LF_TRY(measure_places(out, data));
  if (out->y_size == 0) goto done;
  LF_TRY(lf_spectrum_make(spectrum, data, most));
  out->looked_at = spectrum->looked_at;
  out->projected = spectrum->projected;
  out->xi_top = spectrum->top;
  out->explained = spectrum->explained;
  LF_TRY(find_floor(out, spectrum));
  make_bins(out, spectrum);
  measure_signal(out, spectrum);
  find_groups(out, spectrum);
done:
  return st;
}

lf_status lf_data_page_make(lf_data_page *out, const lf_data *data, size_t most)
{
  enum { LOOK_AT = 1024 };
  lf_spectrum spectrum = {0};
  lf_status st = lf_page_make(out, &spectrum, data, most > 0 ? most : LOOK_AT);
  lf_spectrum_free(&spectrum);
  return st;
}

void lf_data_page_words(const lf_data_page *page, char *text, size_t size)
{
  static const double narrow = 2.1, percent = 100, negligible = 1e-4;
  size_t used = 0;
  if (size > 0) *text = 0;
  for (size_t g = 0; g < page->groups && used < size; g++) {
    double low = page->group[g].low, high = page->group[g].high, share = percent * page->group[g].share;
    const char *comma = g ? ", " : "", *what = g ? "" : " of the energy";
    if (low == 0)
      used += (size_t)snprintf(text + used, size - used, "%s%.0f %%%s below %.3g", comma, share, what, high);
    else if (high <= narrow * low)
      used += (size_t)snprintf(text + used, size - used, "%s%.0f %%%s around %.3g", comma, share, what,
                               page->group[g].centre);
    else
      used +=
          (size_t)snprintf(text + used, size - used, "%s%.0f %%%s from %.3g to %.3g", comma, share, what, low, high);
  }
  if (!isfinite(page->floor) || used >= size) return;
  if (page->floor < negligible)
    (void)snprintf(text + used, size - used, "%sno noise to be seen", used ? ", " : "");
  else
    (void)snprintf(text + used, size - used, "%snoise %s%.2g %%", used ? ", " : "",
                   page->floor_is_bound ? "at most " : "floor ", percent * page->floor);
}
