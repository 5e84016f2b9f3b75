/* data_spectrum.c — how the energy of y about its mean is spread over frequencies, with error bars.
 *
 * Even grid: one windowed FFT (Hann, against what leaks from samples that do not repeat themselves); a periodogram's standard error is its own
 * size. Scattered samples: scattered_spectrum.c. More than three inputs: along the first principal direction, and there as scattered. */
#include <math.h>
#include "advise_parts.h"
#include "fourier/fft.h"
#include "fourier/window.h"
#include "lens/lens_parts.h"

double lf_norm(size_t d, const double *xi)
{
  double square = 0;
  for (size_t a = 0; a < d; a++) square += xi[a] * xi[a];
  return sqrt(square);
}

void lf_spectrum_free(lf_spectrum *s)
{
  lf_free(s->xi);
  lf_free(s->energy);
  lf_free(s->spread);
  *s = (lf_spectrum){0};
}

lf_status lf_spectrum_allocate(lf_spectrum *s, size_t m)
{
  lf_status st;
  s->m = m;
  LF_TRY(lf_calloc(&s->xi, m * s->d, sizeof *s->xi));
  LF_TRY(lf_calloc(&s->energy, m, sizeof *s->energy));
  LF_TRY(lf_calloc(&s->spread, m, sizeof *s->spread));
done:
  return st;
}

/* ---- even grids ------------------------------------------------------------------------------------------------------------------ */
typedef struct grid_work {
  lf_fft *fft;
  double *weight, *row, *bins;
} grid_work;

static lf_status weigh(const lf_grid *g, size_t n, double *weight)
{
  double *axis = NULL;
  lf_status st = LF_OK;
  for (size_t i = 0; i < n; i++) weight[i] = 1;
  for (size_t a = g->d, stride = 1; a-- > 0; stride *= g->count[a]) {
    LF_TRY(lf_calloc(&axis, g->count[a], sizeof *axis));
    lf_window_hann(g->count[a], axis);
    for (size_t i = 0; i < n; i++) weight[i] *= axis[i / stride % g->count[a]];
    lf_free(axis);
    axis = NULL;
  }
done:
  lf_free(axis);
  return st;
}

/* The frequency of a bin; false for the mean. */
static bool frequency_of(const lf_spectrum *s, const lf_grid *g, size_t bin, double *xi)
{
  size_t half = g->count[g->d - 1] / 2 + 1, rest = bin / half;
  bool moves = bin > 0;
  xi[g->d - 1] = (double)(bin % half) * s->step[g->d - 1];
  for (size_t a = g->d - 1; a-- > 0; rest /= g->count[a]) {
    double k = (double)(rest % g->count[a]), count = (double)g->count[a];
    xi[a] = (2 * k > count ? k - count : k) * s->step[a];
  }
  return moves;
}

static void add_output(lf_spectrum *s, const lf_data *data, size_t output, const grid_work *w)
{
  const lf_grid *g = &data->grid;
  size_t n = data->n, last = g->count[g->d - 1], half = last / 2 + 1;
  double mean = 0, weights = 0, squares = 0;
  for (size_t i = 0; i < n; i++) {
    size_t at = g->place ? g->place[i] : i;
    w->row[at] = data->y[i * data->c + output];
  }
  for (size_t i = 0; i < n; i++) mean += w->weight[i] * w->row[i], weights += w->weight[i];
  for (size_t i = 0; i < n; i++) {
    w->row[i] = w->weight[i] * (w->row[i] - mean / weights);
    squares += w->weight[i] * w->weight[i];
  }
  lf_fft_run(w->fft, w->row, w->bins);
  for (size_t i = 0; i < s->m; i++) {
    size_t bin = i + 1, k = bin % half;
    const double *b = w->bins + 2 * bin;
    double twice = k == 0 || 2 * k == last ? 1 : 2;
    s->energy[i] += twice * (b[0] * b[0] + b[1] * b[1]) / (squares * (double)n);
  }
}

static lf_status of_grid(lf_spectrum *s, const lf_data *data)
{
  grid_work w = {0};
  const lf_grid *g = &data->grid;
  lf_status st;
  s->d = g->d;
  s->looked_at = data->n;
  s->explained = 1;
  s->noise = NAN;
  for (size_t a = 0; a < g->d; a++) s->step[a] = 1 / ((double)g->count[a] * g->step[a]);
  LF_TRY(lf_fft_create(&w.fft, g->d, g->count));
  LF_TRY(lf_spectrum_allocate(s, lf_fft_bins(w.fft) - 1));
  LF_TRY(lf_calloc(&w.weight, data->n, sizeof *w.weight));
  LF_TRY(lf_calloc(&w.row, data->n, sizeof *w.row));
  LF_TRY(lf_calloc(&w.bins, lf_fft_bins(w.fft), 2 * sizeof *w.bins));
  LF_TRY(weigh(g, data->n, w.weight));
  for (size_t k = 0; k < data->c; k++) add_output(s, data, k, &w);
  for (size_t i = 0; i < s->m; i++) {
    (void)frequency_of(s, g, i + 1, s->xi + i * s->d);
    s->spread[i] = s->energy[i];
    s->total += s->energy[i];
    s->top = fmax(s->top, lf_norm(s->d, s->xi + i * s->d));
  }
done:
  lf_fft_destroy(w.fft);
  lf_free(w.weight);
  lf_free(w.row);
  lf_free(w.bins);
  return st;
}

/* ---- all ------------------------------------------------------------------------------------------------------------------------------------ */
static lf_status along_direction(lf_spectrum *s, const lf_data *data)
{
  double *place = NULL;
  lf_status st;
  LF_TRY(lf_calloc(&place, data->n, sizeof *place));
  LF_TRY(lf_lens_direction(place, data, "pca:1"));
  s->projected = true;
  LF_TRY(lf_spectrum_of_places(s, data->n, 1, data->c, place, data->y));
done:
  lf_free(place);
  return st;
}

lf_status lf_spectrum_make(lf_spectrum *out, const lf_data *data, size_t most)
{
  lf_part part = {0};
  lf_status st;
  *out = (lf_spectrum){0};
  if (data->grid.d > 0) {
    LF_TRY(of_grid(out, data));
    goto done;
  }
  LF_TRY(lf_part_spread(&part, data, most));
  const lf_data *few = part.data;
  if (data->d > LF_GRID_DIMS)
    LF_TRY(along_direction(out, few));
  else
    LF_TRY(lf_spectrum_of_places(out, few->n, few->d, few->c, few->x, few->y));
done:
  lf_part_free(&part);
  if (st != LF_OK) lf_spectrum_free(out);
  return st;
}
