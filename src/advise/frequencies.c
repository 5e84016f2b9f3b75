/* frequencies.c — frequencies by construction instead of by lot: evenly spread with the density that is wanted.
 *
 * cos 2 pi w.x and sin 2 pi w.x are the same pair for w and -w: the first component is taken >= 0. In one dimension the middles of equal shares
 * are as even as it gets; beyond, Sobol points. The normal quantile is Wichura's (1988, algorithm AS 241, its seven-digit form). */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "advise_parts.h"
#include "data/sampling.h"
#include "lowfirst/random.h"

static const double turn = 6.283185307179586;

/* x with Phi(x) = p, 0 < p < 1; relative error 1e-7. */
static double normal_quantile(double p)
{
  double q = p - 0.5, r = 0.180625 - q * q;
  if (fabs(q) <= 0.425)
    return q * (((59.109374720 * r + 159.29113202) * r + 50.434271938) * r + 3.3871327179) /
           (((67.187563600 * r + 78.757757664) * r + 17.895169469) * r + 1);
  r = sqrt(-log(q < 0 ? p : 1 - p));
  double x =
      r <= 5 ? (((0.17023821103 * (r - 1.6) + 1.3067284816) * (r - 1.6) + 2.7568153900) * (r - 1.6) + 1.4234372777) /
                   ((0.12021132975 * (r - 1.6) + 0.73700164250) * (r - 1.6) + 1)
             : (((0.017337203997 * (r - 5) + 0.42868294337) * (r - 5) + 3.0812263860) * (r - 5) + 6.6579051150) /
                   ((0.012258202635 * (r - 5) + 0.24197894225) * (r - 5) + 1);
  return q < 0 ? -x : x;
}

/* Points of (0,1)^d (n,d). */
static lf_status even_points(size_t n, size_t d, double *out)
{
  double zero[LF_SOBOL_INPUTS] = {0}, one[LF_SOBOL_INPUTS];
  for (size_t a = 0; a < LF_SOBOL_INPUTS; a++) one[a] = 1;
  if (d == 1)
    for (size_t i = 0; i < n; i++) out[i] = ((double)i + 0.5) / (double)n;
  else if (d > LF_SOBOL_INPUTS)
    for (size_t i = 0; i < n * d; i++) out[i] = lf_random_uniform(1, LF_PURPOSE_FEATURES, i);
  else
    return lf_sample_sobol(n, d, zero, one, 1, out);
  return LF_OK;
}

lf_status lf_frequencies_normal(size_t n, size_t d, const double *scale, double *out)
{
  static const double least = 1e-12;
  lf_status st;
  LF_TRY(even_points(n, d, out));
  for (size_t i = 0; i < n; i++)
    for (size_t a = 0; a < d; a++) {
      double p = fmin(fmax(out[i * d + a], least), 1 - least);
      out[i * d + a] = scale[a] * normal_quantile(a == 0 ? (1 + p) / 2 : p);
    }
done:
  return st;
}

/* ---- from the target's spectrum ------------------------------------------------------------------------------------------------- */
typedef struct ranked {
  double norm, weight;
  size_t mode;
} ranked;

static int by_norm(const void *a, const void *b)
{
  const ranked *p = a, *q = b;
  if (p->norm != q->norm) return p->norm < q->norm ? -1 : 1;
  return (p->mode > q->mode) - (p->mode < q->mode);
}

/* Shares of the weight at even distances pick the modes, each then moved within the lattice cell around it. */
lf_status lf_frequencies_matched(size_t n, const lf_spectrum *s, double power, double *out, bool *found)
{
  static const double stands_out = 4;
  ranked *mode = NULL;
  double whole = 0, sum = 0, *shift = NULL;
  lf_status st;
  LF_TRY(lf_calloc(&mode, s->m, sizeof *mode));
  LF_TRY(lf_calloc(&shift, n * s->d, sizeof *shift));
  LF_TRY(even_points(n, s->d, shift));
  for (size_t k = 0; k < s->m; k++) {
    double signal = s->energy[k] > stands_out * s->level ? s->energy[k] - s->level : 0;
    mode[k] = (ranked){lf_norm(s->d, s->xi + k * s->d), pow(fmax(signal, 0), power / 2), k};
    whole += mode[k].weight;
  }
  *found = whole > 0;
  if (!*found) goto done;
  qsort(mode, s->m, sizeof *mode, by_norm);
  for (size_t i = 0, k = 0; i < n; i++) {
    while (k + 1 < s->m && (sum + mode[k].weight) * (double)n < ((double)i + 0.5) * whole) sum += mode[k++].weight;
    for (size_t a = 0; a < s->d; a++) {
      double within = s->d == 1 ? lf_random_uniform(1, LF_PURPOSE_FEATURES, i) : shift[i * s->d + a];
      out[i * s->d + a] = s->xi[mode[k].mode * s->d + a] + (within - 0.5) * s->step[a];
    }
  }
done:
  lf_free(mode);
  lf_free(shift);
  return st;
}

/* ---- how well few stand for many ------------------------------------------------------------------------------------------------ */
static double kernel_error(size_t n, size_t d, const double *frequency, double scale, size_t pairs, const double *z)
{
  double square = 0;
  for (size_t p = 0; p < pairs; p++) {
    double mean = 0, distance = 0;
    for (size_t i = 0; i < n; i++) {
      double cycles = 0;
      for (size_t a = 0; a < d; a++) cycles += frequency[i * d + a] * z[p * d + a];
      mean += cos(turn * cycles) / (double)n;
    }
    for (size_t a = 0; a < d; a++) distance += z[p * d + a] * z[p * d + a];
    square += pow(mean - exp(-turn * turn * scale * scale * distance / 2), 2);
  }
  return sqrt(square / (double)pairs);
}

lf_status lf_frequencies_error(double *lattice, double *random, const lf_candidate *c, const lf_part *part)
{
  enum { PAIRS = 512, DRAWS = 4 };
  const lf_data *data = part->data;
  size_t n = c->model.features.count, d = data->d;
  double *z = NULL, *w = NULL, scale[LF_MAX_INPUTS], square = 0;
  lf_status st = LF_OK;
  *lattice = *random = NAN;
  if (c->family != LF_FAMILY_GAUSS) return LF_OK;
  LF_TRY(lf_calloc(&z, PAIRS * d, sizeof *z));
  LF_TRY(lf_calloc(&w, n * d, sizeof *w));
  for (size_t p = 0; p < PAIRS; p++) {
    size_t i = (size_t)(lf_random_u64(1, LF_PURPOSE_TEST, 2 * p) % data->n),
           j = (size_t)(lf_random_u64(1, LF_PURPOSE_TEST, 2 * p + 1) % data->n);
    for (size_t a = 0; a < d; a++) z[p * d + a] = data->x[i * d + a] - data->x[j * d + a];
  }
  for (size_t a = 0; a < d; a++) scale[a] = c->scale;
  LF_TRY(lf_frequencies_normal(n, d, scale, w));
  *lattice = kernel_error(n, d, w, c->scale, PAIRS, z);
  for (size_t draw = 0; draw < DRAWS; draw++) {
    for (size_t i = 0; i < n * d; i++) w[i] = c->scale * lf_random_normal(1, LF_PURPOSE_FEATURES, draw * n * d + i);
    square += pow(kernel_error(n, d, w, c->scale, PAIRS, z), 2) / DRAWS;
  }
  *random = sqrt(square);
done:
  lf_free(z);
  lf_free(w);
  return st;
}
