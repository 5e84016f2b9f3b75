/* page_data.c — a history as the page carries it: thinned where it is huge, and never without saying so.
 *
 * Three thinnings, each recorded in the JSON: records (scalars and curves, then fewer "frames" with spectra, then fewer with
 * the function), frequencies (the highest left out, neighbours joined), probe points. Learning steps t_k and the errors at the peaks come from all
 * records and frequencies. */
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "report/format.h"
#include "report/html.h"

enum {
  RECORDS = 2000,      /* more than a wide screen has pixels */
  FRAMES = 400,        /* slider positions */
  FRAMES_WANTED = 160, /* frequencies give way before frames fall below this */
  FITS_WANTED = 60,
  ROWS_LEAST = 32,
  POINTS_LEAST = 256,
  POINTS_LINE = 4096, /* a line's points: four to a pixel */
  OUTPUTS = 16        /* outputs whose values are shown one by one */
};

/* Which records, frequencies and points the page holds. Zero-initialise. */
typedef struct plan {
  const lf_history_view *view;
  size_t records, frames, fits;
  size_t *record, *frame, *fit;  /* places in the history, ascending; fit within frame within record */
  size_t rows, joined, distinct; /* rows shown, neighbours joined into one, rows before thinning */
  size_t *row;                   /* (M) row of a frequency, >= rows: left out */
  double kept_energy;            /* share of the target's energy in the rows */
  size_t points, outputs, stride;
  size_t *point;  /* (points) places among the probe points */
  size_t grid[2]; /* points along each axis of an image, 0: no image */
} plan;

static void plan_free(plan *p)
{
  lf_free(p->record);
  lf_free(p->frame);
  lf_free(p->fit);
  lf_free(p->row);
  lf_free(p->point);
}

/* At most `keep` of `from` (count), even in log step (steps are drawn on a log axis), first and last among them. */
static lf_status thin(const int64_t *step, size_t count, const size_t *from, size_t keep, size_t **out, size_t *kept)
{
  lf_status st = LF_OK;
  size_t *chosen = NULL;
  LF_TRY(lf_calloc(&chosen, LF_MAX(LF_MIN(count, keep + 1), 1), sizeof *chosen));
  size_t n = 0;
  double first = log1p((double)step[from[0]]), span = log1p((double)step[from[count - 1]]) - first;
  double next = first;
  for (size_t i = 0; i < count; i++) {
    double here = log1p((double)step[from[i]]);
    if (count > keep && i + 1 < count && (here < next || n + 1 >= keep)) continue;
    chosen[n++] = from[i];
    next = first + span * (double)n / (double)LF_MAX(keep - 1, 1);
    if (next <= here) next = here + span / (double)LF_MAX(keep, 1);
  }
  *out = chosen, *kept = n;
done:
  return st;
}

static double square(double x) { return x * x; }

/* Sum over the outputs of |hat|^2 at one frequency. */
static double energy(const double *hat, size_t m, size_t c)
{
  double sum = 0;
  for (size_t k = 0; k < 2 * c; k++) sum += square(hat[2 * c * m + k]);
  return sum;
}

/* row[m] for distinct |xi|: in one dimension one row a frequency; in more, shells as wide as the smallest frequency. */
static lf_status number_rows(plan *p)
{
  lf_status st = LF_OK;
  const lf_history_view *v = p->view;
  LF_TRY(lf_calloc(&p->row, v->m, sizeof *p->row));
  double width = 1e-9 * v->xi_norm[v->m - 1]; /* below this two frequencies are one, told apart by rounding alone */
  if (v->xi_d > 1)
    for (size_t m = 0; m < v->m; m++)
      if (v->xi_norm[m] > width) {
        width = v->xi_norm[m] * (1 - 1e-9);
        break;
      }
  size_t row = 0;
  double start = v->xi_norm[0];
  for (size_t m = 0; m < v->m; m++) {
    if (v->xi_norm[m] - start > width) row++, start = v->xi_norm[m];
    p->row[m] = row;
  }
  p->distinct = row + 1;
done:
  return st;
}

/* Rows that matter: up to twice the highest peak, and all that the lowest 99.9 % of the target's and the last fit's energy need. */
static size_t rows_that_matter(const plan *p)
{
  const lf_history_view *v = p->view;
  const double *last = v->fit_hat + 2 * v->c * v->m * (v->r - 1);
  double total[2] = {0, 0}, sum[2] = {0, 0}, reach = 0;
  for (size_t k = 0; k < v->peaks; k++) reach = fmax(reach, 2 * v->xi_norm[v->peak[k]]);
  for (size_t m = 0; m < v->m; m++) total[0] += energy(v->target_hat, m, v->c), total[1] += energy(last, m, v->c);
  for (size_t m = 0; m < v->m; m++) {
    sum[0] += energy(v->target_hat, m, v->c), sum[1] += energy(last, m, v->c);
    if (v->xi_norm[m] >= reach && sum[0] >= 0.999 * total[0] && sum[1] >= 0.999 * total[1]) return p->row[m] + 1;
  }
  return p->distinct;
}

static lf_status plan_frequencies(plan *p, size_t cells)
{
  lf_status st = LF_OK;
  const lf_history_view *v = p->view;
  LF_TRY(number_rows(p));
  size_t room = LF_MAX(cells / LF_MIN(p->records, (size_t)FRAMES_WANTED), (size_t)ROWS_LEAST);
  size_t matter = rows_that_matter(p);
  p->joined = matter > room ? (matter + room - 1) / room : 1;
  p->rows = p->joined > 1 ? (matter + p->joined - 1) / p->joined : LF_MIN(p->distinct, room);
  double total = 0, kept = 0;
  for (size_t m = 0; m < v->m; m++) {
    p->row[m] = p->row[m] / p->joined;
    total += energy(v->target_hat, m, v->c);
    if (p->row[m] < p->rows) kept += energy(v->target_hat, m, v->c);
  }
  p->kept_energy = total > 0 ? kept / total : 1;
done:
  return st;
}

static lf_status plan_records(plan *p, size_t bytes, size_t cells)
{
  lf_status st = LF_OK;
  const lf_history_view *v = p->view;
  size_t *all = NULL;
  size_t scalars = 8 * (5 + (v->b + v->peaks) / 2 + 1);
  LF_TRY(lf_calloc(&all, v->r, sizeof *all));
  for (size_t i = 0; i < v->r; i++) all[i] = i;
  size_t keep = LF_MIN((size_t)RECORDS, LF_MAX(bytes / 5 / scalars, (size_t)FRAMES_WANTED));
  LF_TRY(thin(v->step, v->r, all, keep, &p->record, &p->records));
  LF_TRY(plan_frequencies(p, cells));
  keep = LF_MIN((size_t)FRAMES, LF_MAX(cells / p->rows, (size_t)16));
  LF_TRY(thin(v->step, p->records, p->record, keep, &p->frame, &p->frames));
done:
  lf_free(all);
  return st;
}

static int ascending(const void *a, const void *b)
{
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* Values of one coordinate that differ (by more than rounding of the range), their number. 0: memory ran out. */
static lf_status count_values(const lf_history_view *v, size_t axis, size_t *count, double *low, double *high)
{
  lf_status st = LF_OK;
  double *x = NULL;
  LF_TRY(lf_calloc(&x, v->q, sizeof *x));
  for (size_t i = 0; i < v->q; i++) x[i] = v->x_probe[i * v->d + axis];
  qsort(x, v->q, sizeof *x, ascending);
  *low = x[0], *high = x[v->q - 1], *count = 1;
  for (size_t i = 1; i < v->q; i++)
    if (x[i] - x[i - 1] > 1e-9 * (*high - *low)) ++*count;
done:
  lf_free(x);
  return st;
}

/* An even grid in the plane? Then grid[] is its size and place (q) the probe point at each row-major position. */
static lf_status find_grid(plan *p, size_t **place)
{
  lf_status st = LF_OK;
  const lf_history_view *v = p->view;
  size_t n[2], *at = NULL;
  double low[2], high[2];
  for (size_t a = 0; a < 2; a++) LF_TRY(count_values(v, a, &n[a], &low[a], &high[a]));
  if (n[0] < 2 || n[1] < 2 || n[0] * n[1] != v->q) goto done;
  LF_TRY(lf_calloc(&at, v->q, sizeof *at));
  for (size_t i = 0; i < v->q; i++) {
    size_t index[2];
    for (size_t a = 0; a < 2; a++) {
      double where = (v->x_probe[2 * i + a] - low[a]) / (high[a] - low[a]) * (double)(n[a] - 1);
      index[a] = (size_t)(where + 0.5);
      if (fabs(where - (double)index[a]) > 1e-3) goto done; /* uneven */
    }
    if (at[index[0] * n[1] + index[1]]++ > 0) goto done; /* twice the same place, so another is empty */
  }
  for (size_t i = 0; i < v->q; i++) {
    double row = (v->x_probe[2 * i] - low[0]) / (high[0] - low[0]) * (double)(n[0] - 1);
    double column = (v->x_probe[2 * i + 1] - low[1]) / (high[1] - low[1]) * (double)(n[1] - 1);
    at[(size_t)(row + 0.5) * n[1] + (size_t)(column + 0.5)] = i;
  }
  p->grid[0] = n[0], p->grid[1] = n[1];
  *place = at, at = NULL;
done:
  lf_free(at);
  return st;
}

typedef struct located {
  double x;
  size_t place;
} located;

static int by_position(const void *a, const void *b)
{
  const located *p = a, *q = b;
  if (p->x != q->x) return (p->x > q->x) - (p->x < q->x);
  return (p->place > q->place) - (p->place < q->place);
}

/* Every stride-th probe point: in the plane of an image along both axes; on a line in ascending x; elsewhere as they come. */
static lf_status choose_points(plan *p, size_t room)
{
  lf_status st = LF_OK;
  const lf_history_view *v = p->view;
  size_t *place = NULL;
  located *order = NULL;
  if (v->d == 2) LF_TRY(find_grid(p, &place));
  if (v->d == 1) room = LF_MIN(room, (size_t)POINTS_LINE);
  p->stride = 1;
  if (place) {
    size_t rows = p->grid[0], columns = p->grid[1];
    while (((rows + p->stride - 1) / p->stride) * ((columns + p->stride - 1) / p->stride) > room) p->stride++;
    p->grid[0] = (rows + p->stride - 1) / p->stride, p->grid[1] = (columns + p->stride - 1) / p->stride;
    p->points = p->grid[0] * p->grid[1];
    LF_TRY(lf_calloc(&p->point, p->points, sizeof *p->point));
    for (size_t i = 0, k = 0; i < rows; i += p->stride)
      for (size_t j = 0; j < columns; j += p->stride) p->point[k++] = place[i * columns + j];
  } else {
    p->stride = (v->q + room - 1) / room;
    p->points = (v->q + p->stride - 1) / p->stride;
    LF_TRY(lf_calloc(&order, v->q, sizeof *order));
    for (size_t i = 0; i < v->q; i++) order[i] = (located){v->d == 1 ? v->x_probe[i] : 0, i};
    qsort(order, v->q, sizeof *order, by_position);
    LF_TRY(lf_calloc(&p->point, p->points, sizeof *p->point));
    for (size_t k = 0; k < p->points; k++) p->point[k] = order[k * p->stride].place;
  }
done:
  lf_free(place);
  lf_free(order);
  return st;
}

static lf_status plan_function(plan *p, size_t cells)
{
  lf_status st = LF_OK;
  const lf_history_view *v = p->view;
  if (!v->fit || !v->x_probe || v->q == 0 || v->c == 0) return LF_OK;
  p->outputs = LF_MIN(v->c, (size_t)OUTPUTS);
  size_t frames = v->fits == v->r ? LF_MIN(p->frames, (size_t)FITS_WANTED) : 1;
  LF_TRY(choose_points(p, LF_MAX(cells / frames / p->outputs, (size_t)POINTS_LEAST)));
  size_t keep = LF_MAX(cells / p->points / p->outputs, (size_t)1);
  if (v->fits == v->r) {
    LF_TRY(thin(v->step, p->frames, p->frame, keep, &p->fit, &p->fits));
  } else {
    LF_TRY(lf_calloc(&p->fit, 1, sizeof *p->fit));
    p->fit[0] = v->r - 1, p->fits = 1;
  }
done:
  return st;
}

/* ---- writing -------------------------------------------------------------------------------------------------- */

/* ,"name":{"type":"f4","shape":[rows,columns],"data":"..."} */
static void add_array(lf_text *t, const char *name, size_t width, size_t rows, size_t columns, const double *value)
{
  lf_text_add(t, ",\n\"%s\":{\"type\":\"f%zu\",\"shape\":[%zu,%zu],\"data\":\"", name, width, rows, columns);
  lf_page_reals(t, rows * columns, value, width);
  lf_text_add(t, "\"}");
}

/* The kept records of an array (R,columns). */
static lf_status add_records(lf_text *t, const plan *p, const char *name, size_t width, size_t columns,
                             const double *value)
{
  lf_status st = LF_OK;
  double *part = NULL;
  LF_TRY(lf_calloc(&part, p->records * columns, sizeof *part));
  for (size_t i = 0; i < p->records; i++)
    for (size_t k = 0; k < columns; k++) part[i * columns + k] = value[p->record[i] * columns + k];
  add_array(t, name, width, p->records, columns, part);
done:
  lf_free(part);
  return st;
}

/* Where each of `some` stands in `all`; both ascending. */
static void add_places(lf_text *t, const char *name, size_t n, const size_t *some, const size_t *all)
{
  lf_text_add(t, ",\n\"%s\":[", name);
  for (size_t i = 0, k = 0; i < n; i++) {
    while (all[k] != some[i]) k++;
    lf_text_add(t, "%s%zu", i ? "," : "", k);
  }
  lf_text_add(t, "]");
}

static lf_status add_scalars(lf_text *t, const plan *p)
{
  lf_status st = LF_OK;
  const lf_history_view *v = p->view;
  double *number = NULL;
  LF_TRY(lf_calloc(&number, v->r * LF_MAX(v->peaks, (size_t)1), sizeof *number));
  for (size_t i = 0; i < v->r; i++) number[i] = (double)v->step[i];
  LF_TRY(add_records(t, p, "step", 8, 1, number));
  LF_TRY(add_records(t, p, "loss", 8, 1, v->loss));
  LF_TRY(add_records(t, p, "test_loss", 8, 1, v->test_loss));
  add_array(t, "band_edge", 8, v->b > 0 ? v->b + 1 : 0, 1, v->band_edge);
  LF_TRY(add_records(t, p, "band_error", 4, v->b, v->band_error));
  for (size_t i = 0; i < v->r; i++)
    for (size_t k = 0; k < v->peaks; k++) number[i * v->peaks + k] = v->delta[i * v->m + (size_t)v->peak[k]];
  LF_TRY(add_records(t, p, "peak_delta", 4, v->peaks, number));
  add_places(t, "frame", p->frames, p->frame, p->record);
done:
  lf_free(number);
  return st;
}

/* t_k, half-life, last error and size of the peaks, and tau: the lens's own, from all records; of a prediction the steps foretold too. */
static lf_status add_order(lf_text *t, const plan *p)
{
  enum { COLUMNS = 5 };
  lf_status st = LF_OK;
  const lf_history_view *v = p->view;
  lf_order order = {0};
  double *table = NULL;
  LF_TRY(lf_calloc(&table, COLUMNS * v->peaks, sizeof *table));
  LF_TRY(lf_history_order_of(v, &order));
  for (size_t k = 0; k < v->peaks; k++) {
    size_t peak = (size_t)v->peak[k];
    double *row = table + COLUMNS * k;
    row[0] = v->xi_norm[peak], row[1] = (double)order.step[k], row[2] = (double)order.half[k];
    row[3] = order.last[k], row[4] = sqrt(energy(v->target_hat, peak, v->c));
  }
  add_array(t, "order", 8, v->peaks, COLUMNS, table);
  add_array(t, "tau", 8, 1, 1, &order.tau);
  for (size_t k = 0; v->foretold && k < v->peaks; k++) table[k] = (double)v->foretold[k];
  if (v->foretold) add_array(t, "foretold", 8, v->peaks, 1, table);
done:
  lf_order_free(&order);
  lf_free(table);
  return st;
}

/* Has another peak the same name? */
static bool is_ambiguous(const lf_history_view *v, size_t k)
{
  for (size_t other = 0; other < v->peaks; other++)
    if (other != k && strcmp(lf_word_peak(v, k).text, lf_word_peak(v, other).text) == 0) return true;
  return false;
}

/* The peaks' names as the terminal writes them; its columns are narrow, so that where two peaks of one length share a name, the components tell. */
static void add_names(lf_text *t, const lf_history_view *v)
{
  lf_text_add(t, ",\"names\":[");
  for (size_t k = 0; k < v->peaks; k++) {
    const double *xi = v->xi + (size_t)v->peak[k] * v->xi_d;
    if (k > 0) lf_text_add(t, ",");
    if (v->xi_d == 2 && is_ambiguous(v, k))
      lf_text_add(t, "\"(%.3g, %.3g)\"", xi[0], xi[1]);
    else
      lf_page_json(t, lf_word_peak(v, k).text);
  }
  lf_text_add(t, "]");
}

/* Of each row: lowest and highest |xi|, number of frequencies, size of the target (root of its energy). */
static lf_status add_rows(lf_text *t, const plan *p)
{
  enum { COLUMNS = 4 };
  lf_status st = LF_OK;
  const lf_history_view *v = p->view;
  double *table = NULL;
  LF_TRY(lf_calloc(&table, COLUMNS * p->rows, sizeof *table));
  for (size_t m = 0; m < v->m; m++) {
    if (p->row[m] >= p->rows) continue;
    double *row = table + COLUMNS * p->row[m];
    if (row[2] == 0) row[0] = v->xi_norm[m];
    row[1] = v->xi_norm[m];
    row[2]++;
    row[3] += energy(v->target_hat, m, v->c);
  }
  for (size_t k = 0; k < p->rows; k++) table[COLUMNS * k + 3] = sqrt(table[COLUMNS * k + 3]);
  add_array(t, "rows", 8, p->rows, COLUMNS, table);
done:
  lf_free(table);
  return st;
}

/* One frame's rows: size of the fit, and Delta = ||h^ - f^|| / ||f^|| over a row's frequencies, from the lens's Delta of each. */
static void spectrum_rows(const plan *p, size_t record, const double *weight, const double *norm, double *size,
                          double *delta)
{
  const lf_history_view *v = p->view;
  const double *fit = v->fit_hat + 2 * v->c * v->m * record, *error = v->delta + v->m * record;
  for (size_t m = 0; m < v->m; m++) {
    if (p->row[m] >= p->rows) continue;
    size[p->row[m]] += energy(fit, m, v->c);
    delta[p->row[m]] += square(error[m]) * weight[m];
  }
  for (size_t k = 0; k < p->rows; k++) size[k] = sqrt(size[k]), delta[k] = sqrt(delta[k] / norm[k]);
}

static lf_status add_spectra(lf_text *t, const plan *p)
{
  lf_status st = LF_OK;
  const lf_history_view *v = p->view;
  double *size = NULL, *delta = NULL, *norm = NULL, *weight = NULL, largest = 0;
  LF_TRY(lf_calloc(&size, p->frames * p->rows, sizeof *size));
  LF_TRY(lf_calloc(&delta, p->frames * p->rows, sizeof *delta));
  LF_TRY(lf_calloc(&norm, p->rows, sizeof *norm));
  LF_TRY(lf_calloc(&weight, v->m, sizeof *weight));
  for (size_t m = 0; m < v->m; m++) largest = fmax(largest, energy(v->target_hat, m, v->c));
  for (size_t m = 0; m < v->m; m++) { /* Delta is relative to max(|f^|, 1e-12 max|f^|), see lens.h */
    weight[m] = fmax(energy(v->target_hat, m, v->c), 1e-24 * largest);
    if (p->row[m] < p->rows) norm[p->row[m]] += weight[m];
  }
  for (size_t i = 0; i < p->frames; i++)
    spectrum_rows(p, p->frame[i], weight, norm, size + i * p->rows, delta + i * p->rows);
  LF_TRY(add_rows(t, p));
  add_array(t, "size", 4, p->frames, p->rows, size);
  add_array(t, "delta", 4, p->frames, p->rows, delta);
done:
  lf_free(size);
  lf_free(delta);
  lf_free(norm);
  lf_free(weight);
  return st;
}

/* Where the shown points are: x on a line, two corners of an even grid in the plane; elsewhere it is not told. */
static lf_status add_positions(lf_text *t, const plan *p)
{
  lf_status st = LF_OK;
  const lf_history_view *v = p->view;
  double *x = NULL;
  if (p->grid[0] > 0) {
    const double *first = v->x_probe + 2 * p->point[0], *last = v->x_probe + 2 * p->point[p->points - 1];
    double corner[4] = {first[0], first[1], last[0], last[1]};
    add_array(t, "corner", 8, 2, 2, corner);
  } else if (v->d == 1) {
    LF_TRY(lf_calloc(&x, p->points, sizeof *x));
    for (size_t k = 0; k < p->points; k++) x[k] = v->x_probe[p->point[k]];
    add_array(t, "x", 8, p->points, 1, x);
  }
done:
  lf_free(x);
  return st;
}

/* One (Q,c) array at the shown points and outputs. */
static void gather(const plan *p, const double *value, double *out)
{
  for (size_t k = 0; k < p->points; k++)
    for (size_t j = 0; j < p->outputs; j++) out[k * p->outputs + j] = value[p->point[k] * p->view->c + j];
}

static lf_status add_function(lf_text *t, const plan *p)
{
  lf_status st = LF_OK;
  const lf_history_view *v = p->view;
  double *value = NULL;
  size_t one = p->points * p->outputs;
  if (p->fits == 0) return LF_OK;
  LF_TRY(lf_calloc(&value, one * p->fits, sizeof *value));
  lf_text_add(t, ",\n\"probe\":{\"points\":%zu,\"shown\":%zu,\"stride\":%zu,\"outputs\":%zu,\"kept\":%zu", v->q,
              p->points, p->stride, p->outputs, v->fits);
  if (p->grid[0] > 0) lf_text_add(t, ",\"grid\":[%zu,%zu]", p->grid[0], p->grid[1]);
  LF_TRY(add_positions(t, p));
  if (v->target_probe) {
    gather(p, v->target_probe, value);
    add_array(t, "target", 4, p->points, p->outputs, value);
  }
  for (size_t i = 0; i < p->fits; i++)
    gather(p, v->fit + (v->fits == v->r ? p->fit[i] : 0) * v->q * v->c, value + i * one);
  add_array(t, "fit", 4, p->fits, one, value);
  add_places(t, "record", p->fits, p->fit, p->record);
  lf_text_add(t, "}");
done:
  lf_free(value);
  return st;
}

lf_status lf_page_history(lf_text *page, const lf_history_view *view, const char *sentence, size_t bytes)
{
  lf_status st = LF_OK;
  plan p = {.view = view};
  LF_TRY(plan_records(&p, bytes, bytes * 2 / 5 / 8)); /* two fifths for spectra: two floats a cell */
  LF_TRY(plan_function(&p, bytes * 2 / 5 / 4));       /* two fifths for the function */
  lf_text_add(page, "{\"title\":");
  lf_page_json(page, view->title ? view->title : "");
  lf_text_add(page, ",\"sentence\":");
  lf_page_json(page, sentence ? sentence : "");
  add_names(page, view);
  lf_text_add(page, ",\"d\":%zu,\"c\":%zu,\"xi_d\":%zu,\"records\":%zu,\"frequencies\":%zu,\"joined\":%zu", view->d,
              view->c, view->xi_d, view->r, view->m, p.joined);
  add_array(page, "learned", 8, 1, 1, &view->learned);
  add_array(page, "kept_energy", 8, 1, 1, &p.kept_energy);
  add_array(page, "xi_top", 8, 1, 1, &view->xi_norm[view->m - 1]);
  LF_TRY(add_scalars(page, &p));
  LF_TRY(add_order(page, &p));
  LF_TRY(add_spectra(page, &p));
  LF_TRY(add_function(page, &p));
  lf_text_add(page, "}");
  st = page->status;
done:
  plan_free(&p);
  return st;
}
