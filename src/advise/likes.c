/* likes.c — functions like the target that are known everywhere: the same spectrum, other phases, and noise of the same size on the samples.
 *
 * On an even grid a sample held out leaves a hole twice as wide as any place between samples knows, and there is no holding out less: errors would be those
 * of a sparser grid. But the spectrum is known there, and what a kernel leaves of a function between samples depends on little else. (Surrogate data:
 * Theiler et al. 1992; parametric bootstrap: Efron, Tibshirani 1993.) Where samples are scattered, cells match the distances and nothing need be made up. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "advise_parts.h"
#include "lowfirst/random.h"

static const double turn = 6.283185307179586;
enum { MOST_MODES = 2048, LIKES = 3 };

typedef struct strong {
  double energy;
  size_t mode;
} strong;

static int by_energy(const void *a, const void *b)
{
  const strong *p = a, *q = b;
  if (p->energy != q->energy) return p->energy > q->energy ? -1 : 1;
  return (p->mode > q->mode) - (p->mode < q->mode);
}

/* The strongest modes above the noise, in bins where there is more than noise, and the energy of all. */
static lf_status choose_modes(strong **out, size_t *count, double *whole, const lf_spectrum *s,
                              const lf_data_page *page)
{
  size_t used = 0;
  lf_status st = lf_calloc(out, s->m, sizeof **out);
  if (st != LF_OK) return st;
  *whole = 0;
  for (size_t k = 0; k < s->m; k++) {
    double signal = s->energy[k] - s->level;
    size_t b = 0;
    while (b + 1 < page->bins && lf_norm(s->d, s->xi + k * s->d) >= page->xi_edge[b + 1]) b++;
    if (!(signal > 0) || !page->signal[b]) continue;
    (*out)[used++] = (strong){signal, k};
    *whole += signal;
  }
  qsort(*out, used, sizeof **out, by_energy);
  *count = LF_MIN(used, (size_t)MOST_MODES);
  return LF_OK;
}

/* values (rows,c) of one function; output k has its own phases and a c-th of the energy */
static void evaluate(const lf_spectrum *s, const strong *mode, size_t count, double scale, size_t number, size_t rows,
                     size_t c, const double *x, double *values)
{
  for (size_t i = 0; i < rows; i++)
    for (size_t m = 0; m < count; m++) {
      double cycles = 0, size = scale * sqrt(2 * mode[m].energy / (double)c);
      for (size_t a = 0; a < s->d; a++) cycles += s->xi[mode[m].mode * s->d + a] * x[i * s->d + a];
      for (size_t k = 0; k < c; k++) {
        double phase = lf_random_uniform(1 + number, LF_PURPOSE_TEST, m * c + k);
        values[i * c + k] += size * cos(turn * (remainder(cycles, 1) + phase));
      }
    }
}

void lf_likes_free(lf_likes *likes)
{
  lf_free(likes->here);
  lf_free(likes->there);
  *likes = (lf_likes){0};
}

lf_status lf_likes_make(lf_likes *out, const lf_case *k, const lf_spectrum *s, const lf_data_page *page)
{
  const lf_data *data = k->dense.data;
  size_t count = 0, here = data->n * data->c, there = (size_t)LF_PLACES * data->c;
  strong *mode = NULL;
  double whole = 0, kept = 0, noise;
  lf_status st = LF_OK;
  if (data->d > LF_GRID_DIMS || k->data->grid.d == 0) return LF_OK;
  LF_TRY(choose_modes(&mode, &count, &whole, s, page));
  for (size_t m = 0; m < count; m++) kept += mode[m].energy;
  if (count == 0) goto done;
  noise = sqrt(s->level * (double)s->m / (double)data->c);
  LF_TRY(lf_calloc(&out->here, LIKES * here, sizeof *out->here));
  LF_TRY(lf_calloc(&out->there, LIKES * there, sizeof *out->there));
  for (size_t l = 0; l < LIKES; l++) {
    evaluate(s, mode, count, sqrt(whole / kept), l, data->n, data->c, data->x, out->here + l * here);
    evaluate(s, mode, count, sqrt(whole / kept), l, LF_PLACES, data->c, k->place, out->there + l * there);
    for (size_t i = 0; i < here && noise > 0; i++)
      out->here[l * here + i] += noise * lf_random_normal(1 + l, LF_PURPOSE_NOISE, i);
  }
  out->count = LIKES;
done:
  lf_free(mode);
  return st;
}
