/* scattered_spectrum.c — the spectrum of samples that lie anywhere: least squares of a lattice of frequencies, multiples of 1/extent.
 *
 * The lowest are fitted in any case, a sixth of the samples in number. What these leave is searched up to the Nyquist frequency of an even grid of
 * as many samples, and frequencies that stand out there join the fit one after the other, strongest first (orthogonal matching pursuit; the test is
 * that of Scargle 1982: |sum of the rest times a wave|^2 / (n variance) is exponential under noise, and the largest of M exceeds log(M / p) with
 * probability p). The ridge is that of generalised cross-validation (Golub, Heath, Wahba 1979); the error bars are those of linear regression, and
 * what no mode explains is noise or lies beyond the lattice. */
#include <math.h>
#include <string.h>
#include "advise_parts.h"
#include "lens/lens_parts.h"

static const double turn = 6.283185307179586;

/* Places (n,d), values about their mean (n,c), the lattice, and the modes of it that are fitted. */
typedef struct fit {
  size_t n, d, c;
  const double *x;
  double *y;
  size_t modes, low, used; /* of the lattice; those fitted in any case, the first; all that are fitted */
  double *xi;              /* (modes,d) */
  unsigned char *fitted;   /* (modes) */
  size_t columns;          /* cosine and sine of every fitted mode */
  double *wave, *gram, *moment, *lambda, *share, *coefficient, *rest;
} fit;

/* What belongs to one choice of modes. */
static void fit_clear(fit *f)
{
  lf_free(f->wave);
  lf_free(f->gram);
  lf_free(f->moment);
  lf_free(f->lambda);
  lf_free(f->share);
  lf_free(f->coefficient);
  lf_free(f->rest);
  f->wave = f->gram = f->moment = f->lambda = f->share = f->coefficient = f->rest = NULL;
}

static void fit_free(fit *f)
{
  fit_clear(f);
  lf_free(f->y);
  lf_free(f->xi);
  lf_free(f->fitted);
}

/* All modes up to the limit; of these the lowest, twice of which are a third as many numbers as there are samples, are fitted. */
static lf_status choose_lattice(lf_spectrum *s, fit *f)
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
  f->low = lf_lattice_cut(mode, all, most + 1) - 1; /* without the mean, which comes first */
  for (f->modes = f->low; f->modes + 1 < all && mode[f->modes + 1].norm <= limit;) f->modes++;
  LF_TRY(lf_calloc(&f->xi, f->modes * f->d, sizeof *f->xi));
  LF_TRY(lf_calloc(&f->fitted, f->modes, 1));
  for (size_t k = 0; k < f->modes; k++) {
    for (size_t a = 0; a < f->d; a++) f->xi[k * f->d + a] = (double)mode[k + 1].k[a] * lattice.step[a];
    f->fitted[k] = k < f->low;
    s->top = fmax(s->top, lf_norm(f->d, f->xi + k * f->d));
  }
  f->used = f->low;
done:
  lf_free(mode);
  return st;
}

/* The fitted modes become those of the spectrum. */
static lf_status take_modes(lf_spectrum *s, const fit *f)
{
  size_t next = 0;
  lf_status st;
  lf_free(s->xi);
  lf_free(s->energy);
  lf_free(s->spread);
  s->xi = s->energy = s->spread = NULL;
  LF_TRY(lf_spectrum_allocate(s, f->used));
  for (size_t k = 0; k < f->modes; k++)
    if (f->fitted[k]) memcpy(s->xi + f->d * next++, f->xi + f->d * k, f->d * sizeof *s->xi);
done:
  return st;
}

static double phase_at(const fit *f, const double *xi, size_t sample)
{
  double cycles = 0;
  for (size_t a = 0; a < f->d; a++) cycles += xi[a] * f->x[sample * f->d + a];
  return turn * remainder(cycles, 1);
}

/* wave (n, columns): sqrt 2 cos and sqrt 2 sin, of mean square 1. */
static void make_waves(const fit *f, const lf_spectrum *s)
{
  for (size_t i = 0; i < f->n; i++)
    for (size_t k = 0; k < s->m; k++) {
      double phase = phase_at(f, s->xi + k * s->d, i);
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

/* One choice of modes: energies, error bars, noise, and f->rest (n,c). */
static lf_status solve(lf_spectrum *s, fit *f)
{
  const lf_blas *blas;
  int n = (int)f->n, m, c = (int)f->c;
  lf_status st;
  fit_clear(f);
  f->columns = 2 * f->used;
  m = (int)f->columns;
  LF_TRY(take_modes(s, f));
  LF_TRY(lf_blas_get(&blas));
  LF_TRY(lf_calloc(&f->wave, f->n * f->columns, sizeof *f->wave));
  LF_TRY(lf_calloc(&f->gram, f->columns * f->columns, sizeof *f->gram));
  LF_TRY(lf_calloc(&f->moment, f->columns * f->c, sizeof *f->moment));
  LF_TRY(lf_calloc(&f->share, f->columns * f->c, sizeof *f->share));
  LF_TRY(lf_calloc(&f->coefficient, f->columns * f->c, sizeof *f->coefficient));
  LF_TRY(lf_calloc(&f->lambda, f->columns, sizeof *f->lambda));
  LF_TRY(lf_calloc(&f->rest, f->n * f->c, sizeof *f->rest));
  make_waves(f, s);
  double mean = 1 / (double)f->n;
  blas->dgemm(LF_BLAS_ROW_MAJOR, LF_BLAS_TRANSPOSED, LF_BLAS_PLAIN, m, m, n, mean, f->wave, m, f->wave, m, 0, f->gram,
              m);
  blas->dgemm(LF_BLAS_ROW_MAJOR, LF_BLAS_TRANSPOSED, LF_BLAS_PLAIN, m, c, n, mean, f->wave, m, f->y, c, 0, f->moment,
              c);
  LF_TRY(take_apart(f, blas));
  lf_flow_product(blas, f->columns, f->c, f->columns, f->gram, f->moment, f->share);
  read_off(s, f);
  lf_flow_product(blas, f->n, f->c, f->columns, f->wave, f->coefficient, f->rest);
  for (size_t i = 0; i < f->n * f->c; i++) f->rest[i] = f->y[i] - f->rest[i];
done:
  return st;
}

/* ---- beyond the low frequencies --------------------------------------------------------------------------------------------------------- */
/* |sum of the rest times exp(-2 pi i xi.x)|^2 / (n variance), over the outputs. */
static double power_of(const fit *f, size_t mode, double variance)
{
  double power = 0;
  for (size_t k = 0; k < f->c; k++) {
    double re = 0, im = 0;
    for (size_t i = 0; i < f->n; i++) {
      double phase = phase_at(f, f->xi + mode * f->d, i);
      re += f->rest[i * f->c + k] * cos(phase), im += f->rest[i * f->c + k] * sin(phase);
    }
    power += re * re + im * im;
  }
  return power / ((double)f->n * variance);
}

/* Strongest first; those within half of the strongest join with it, weaker ones might be its side lobes. False: none stands out. */
static bool add_modes(const lf_spectrum *s, fit *f, double *power)
{
  static const double chance = 1e-3, half = 0.5;
  double best = 0, least = log((double)f->modes / chance);
  bool added = false;
  for (size_t k = 0; k < f->modes; k++) {
    power[k] = f->fitted[k] ? 0 : power_of(f, k, s->noise);
    best = fmax(best, power[k]);
  }
  for (size_t k = 0; k < f->modes && f->used < 2 * f->low; k++) {
    if (!(power[k] > least) || power[k] < half * best) continue;
    f->fitted[k] = 1, f->used++;
    added = true;
  }
  return added;
}

lf_status lf_spectrum_of_places(lf_spectrum *s, size_t n, size_t d, size_t c, const double *x, const double *y)
{
  enum { ROUNDS = 8 };
  fit f = {.n = n, .d = d, .c = c, .x = x};
  double *power = NULL;
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
  s->noise = s->total;
  if (f.low == 0 || s->total == 0) goto done;
  LF_TRY(lf_calloc(&power, f.modes, sizeof *power));
  LF_TRY(solve(s, &f));
  for (int round = 0; round < ROUNDS && s->noise > 0 && add_modes(s, &f, power); round++) LF_TRY(solve(s, &f));
done:
  lf_free(power);
  fit_free(&f);
  return st;
}
