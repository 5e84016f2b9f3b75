/* data_spectrum.c — how the energy of y about its mean is spread over frequencies, with error bars.
 *
 * Even grid: one windowed FFT (Hann, against what leaks from samples that do not repeat themselves); a periodogram's standard error is its own
 * size. Scattered samples: least squares of a lattice of frequencies on some of them, a ridge chosen by generalised cross-validation (Golub, Heath,
 * Wahba 1979); the error bars are those of linear regression, and what no mode explains is noise or lies beyond the lattice. More than three
 * inputs: along the first principal direction, and there as scattered. */
#include <math.h>
#include <string.h>
#include "advise_parts.h"
#include "fourier/fft.h"
#include "fourier/window.h"
#include "lens/lens_parts.h"

static const double turn = 6.283185307179586;

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

static lf_status allocate(lf_spectrum *s, size_t m)
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
  LF_TRY(allocate(s, lf_fft_bins(w.fft) - 1));
  LF_TRY(lf_calloc(&w.weight, data->n, sizeof *w.weight));
  LF_TRY(lf_calloc(&w.row, data->n, sizeof *w.row));
  LF_TRY(lf_calloc(&w.bins, lf_fft_bins(w.fft), 2 * sizeof *w.bins));
  LF_TRY(weigh(g, data->n, w.weight));
  for (size_t k = 0; k < data->c; k++) add_output(s, data, k, &w);
  for (size_t i = 0; i < s->m; i++) {
    (void)frequency_of(s, g, i + 1, s->xi + i * s->d);
    s->spread[i] = s->energy[i];
    s->total += s->energy[i];
  }
done:
  lf_fft_destroy(w.fft);
  lf_free(w.weight);
  lf_free(w.row);
  lf_free(w.bins);
  return st;
}

/* ---- scattered samples ------------------------------------------------------------------------------------------------------------- */
/* Places (n,d), values about their mean (n,c), and the lattice. */
typedef struct fit {
  size_t n, d, c, columns; /* columns: cosine and sine of every mode */
  const double *x;
  double *y, *wave, *gram, *moment, *lambda, *share, *coefficient;
} fit;

static void fit_free(fit *f)
{
  lf_free(f->y);
  lf_free(f->wave);
  lf_free(f->gram);
  lf_free(f->moment);
  lf_free(f->lambda);
  lf_free(f->share);
  lf_free(f->coefficient);
}

/* Multiples of 1/extent, the lowest that are a third as many numbers as there are samples. */
static lf_status choose_lattice(lf_spectrum *s, const fit *f)
{
  lens_lattice lattice = {.d = f->d};
  lens_mode *mode = NULL;
  size_t all = 0, most = LF_MAX(f->n / 6, (size_t)1);
  double volume = 1, axes = 0, extent[LF_GRID_DIMS];
  lf_status st;
  for (size_t a = 0; a < f->d; a++) {
    double low = INFINITY, high = -INFINITY;
    for (size_t i = 0; i < f->n; i++) low = fmin(low, f->x[i * f->d + a]), high = fmax(high, f->x[i * f->d + a]);
    extent[a] = high - low;
    if (extent[a] > 0) volume *= extent[a], axes++;
  }
  double limit = axes > 0 ? 0.5 * pow((double)f->n / volume, 1 / axes) : 0;
  for (size_t a = 0; a < f->d; a++) {
    s->step[a] = lattice.step[a] = extent[a] > 0 ? 1 / extent[a] : 0;
    lattice.most[a] = (long)fmin(ceil(limit * extent[a]), (double)f->n);
  }
  LF_TRY(lf_lattice_modes(&mode, &all, &lattice, 0));
  size_t kept = lf_lattice_cut(mode, all, most + 1);
  LF_TRY(allocate(s, kept > 1 ? kept - 1 : 0)); /* without the mean, which comes first */
  for (size_t i = 0; i < s->m; i++)
    for (size_t a = 0; a < f->d; a++) s->xi[i * f->d + a] = (double)mode[i + 1].k[a] * lattice.step[a];
done:
  lf_free(mode);
  return st;
}

/* wave (n, columns): sqrt 2 cos and sqrt 2 sin, of mean square 1. */
static void make_waves(const fit *f, const lf_spectrum *s)
{
  for (size_t i = 0; i < f->n; i++)
    for (size_t k = 0; k < s->m; k++) {
      double cycles = 0;
      for (size_t a = 0; a < f->d; a++) cycles += s->xi[k * f->d + a] * f->x[i * f->d + a];
      double phase = turn * remainder(cycles, 1);
      f->wave[i * f->columns + 2 * k] = sqrt(2) * cos(phase);
      f->wave[i * f->columns + 2 * k + 1] = sqrt(2) * sin(phase);
    }
}

static lf_status take_apart(const fit *f, const lf_blas *blas)
{
  int n = (int)f->columns, size = -1, integers_size = -1, ask = 0, info = 0, *integers = NULL;
  double ask_work = 0, *work = NULL;
  lf_status st;
  blas->dsyevd("V", "U", &n, f->gram, &n, f->lambda, &ask_work, &size, &ask, &integers_size, &info, 1, 1);
  size = (int)ask_work, integers_size = ask;
  LF_TRY(lf_calloc(&work, (size_t)size, sizeof *work));
  LF_TRY(lf_calloc(&integers, (size_t)integers_size, sizeof *integers));
  blas->dsyevd("V", "U", &n, f->gram, &n, f->lambda, work, &size, integers, &integers_size, &info, 1, 1);
  if (info != 0) LF_RAISE(LF_EMATH, "the least squares of the spectrum did not converge (dsyevd: %d)", info);
done:
  lf_free(work);
  lf_free(integers);
  return st;
}

/* Residual energy per sample and degrees of freedom used, under a ridge, from the shares of the moment. */
static double residual(const fit *f, double total, double ridge, double *used)
{
  double rest = total;
  *used = 0;
  for (size_t i = 0; i < f->columns; i++) {
    double l = fmax(f->lambda[i], 0), g = 1 / (l + ridge), square = 0;
    for (size_t k = 0; k < f->c; k++) square += f->share[i * f->c + k] * f->share[i * f->c + k];
    rest -= square * g * (2 - l * g);
    *used += l * g;
  }
  return fmax(rest, 0);
}

/* The ridge of least generalised cross-validation, from 2^-26 of the largest eigenvalue to that. */
static double choose_ridge(const fit *f, double total)
{
  double best = INFINITY, chosen = 0, top = f->lambda[f->columns - 1];
  for (int halvings = 26; halvings >= 0; halvings--) {
    double ridge = ldexp(top, -halvings), used, rest = residual(f, total, ridge, &used), left = 1 - used / (double)f->n;
    if (left > 0 && rest / (left * left) < best) best = rest / (left * left), chosen = ridge;
  }
  return chosen;
}

static void read_off(lf_spectrum *s, const fit *f)
{
  double used, ridge = choose_ridge(f, s->total), rest = residual(f, s->total, ridge, &used);
  double left = (double)f->n - used - 1, noise = rest * (double)f->n / fmax(left, 1), sum = 0;
  memset(f->coefficient, 0, f->columns * f->c * sizeof *f->coefficient);
  for (size_t i = 0; i < f->columns; i++)
    for (size_t j = 0; j < f->columns; j++)
      for (size_t k = 0; k < f->c; k++)
        f->coefficient[j * f->c + k] +=
            f->gram[i * f->columns + j] * f->share[i * f->c + k] / (fmax(f->lambda[i], 0) + ridge);
  for (size_t m = 0; m < s->m; m++) {
    double variance = 0;
    for (size_t j = 2 * m; j < 2 * m + 2; j++) {
      for (size_t k = 0; k < f->c; k++) s->energy[m] += f->coefficient[j * f->c + k] * f->coefficient[j * f->c + k];
      for (size_t i = 0; i < f->columns; i++) {
        double v = f->gram[i * f->columns + j], l = fmax(f->lambda[i], 0), g = 1 / (l + ridge);
        variance += v * v * l * g * g * noise / (double)f->n;
      }
    }
    s->spread[m] = variance + 2 * sqrt(s->energy[m] * variance);
    s->energy[m] -= variance; /* which noise adds to every square: without bias, below 0 at times */
  }
  for (size_t m = 0; m < s->m; m++) sum += s->energy[m];
  for (size_t m = 0; m < s->m && sum > s->total - noise; m++) { /* waves are not orthogonal on scattered samples */
    s->energy[m] *= fmax(s->total - noise, 0) / sum;
    s->spread[m] *= fmax(s->total - noise, 0) / sum;
  }
  s->noise = noise;
  s->level = 2 * noise / (double)f->n;
  s->explained = s->total > 0 ? 1 - fmin(noise / s->total, 1) : 0;
}

static lf_status solve(lf_spectrum *s, fit *f)
{
  const lf_blas *blas;
  int n = (int)f->n, m = (int)f->columns, c = (int)f->c;
  lf_status st;
  LF_TRY(lf_blas_get(&blas));
  LF_TRY(lf_calloc(&f->wave, f->n * f->columns, sizeof *f->wave));
  LF_TRY(lf_calloc(&f->gram, f->columns * f->columns, sizeof *f->gram));
  LF_TRY(lf_calloc(&f->moment, f->columns * f->c, sizeof *f->moment));
  LF_TRY(lf_calloc(&f->share, f->columns * f->c, sizeof *f->share));
  LF_TRY(lf_calloc(&f->coefficient, f->columns * f->c, sizeof *f->coefficient));
  LF_TRY(lf_calloc(&f->lambda, f->columns, sizeof *f->lambda));
  make_waves(f, s);
  double mean = 1 / (double)f->n;
  blas->dgemm(LF_BLAS_ROW_MAJOR, LF_BLAS_TRANSPOSED, LF_BLAS_PLAIN, m, m, n, mean, f->wave, m, f->wave, m, 0, f->gram,
              m);
  blas->dgemm(LF_BLAS_ROW_MAJOR, LF_BLAS_TRANSPOSED, LF_BLAS_PLAIN, m, c, n, mean, f->wave, m, f->y, c, 0, f->moment,
              c);
  LF_TRY(take_apart(f, blas));
  lf_flow_product(blas, f->columns, f->c, f->columns, f->gram, f->moment, f->share);
  read_off(s, f);
done:
  return st;
}

static lf_status of_places(lf_spectrum *s, size_t n, size_t d, size_t c, const double *x, const double *y)
{
  fit f = {.n = n, .d = d, .c = c, .x = x};
  lf_status st;
  s->d = d;
  s->looked_at = n;
  LF_TRY(lf_calloc(&f.y, n * c, sizeof *f.y));
  for (size_t k = 0; k < c; k++) {
    double mean = 0;
    for (size_t i = 0; i < n; i++) mean += y[i * c + k] / (double)n;
    for (size_t i = 0; i < n; i++) f.y[i * c + k] = y[i * c + k] - mean;
    for (size_t i = 0; i < n; i++) s->total += f.y[i * c + k] * f.y[i * c + k] / (double)n;
  }
  LF_TRY(choose_lattice(s, &f));
  f.columns = 2 * s->m;
  s->noise = s->total;
  if (s->m > 0 && s->total > 0) LF_TRY(solve(s, &f));
done:
  fit_free(&f);
  return st;
}

static lf_status along_direction(lf_spectrum *s, const lf_data *data)
{
  double *place = NULL;
  lf_status st;
  LF_TRY(lf_calloc(&place, data->n, sizeof *place));
  LF_TRY(lf_lens_direction(place, data, "pca:1"));
  s->projected = true;
  LF_TRY(of_places(s, data->n, 1, data->c, place, data->y));
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
    LF_TRY(of_places(out, few->n, few->d, few->c, few->x, few->y));
done:
  lf_part_free(&part);
  if (st != LF_OK) lf_spectrum_free(out);
  return st;
}
