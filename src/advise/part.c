/* part.c — of many samples a part that a dense kernel matrix can hold.
 *
 * Spread: drawn at random from all (a regular selection would fold frequencies). It shows the largest eigenvalues and slow modes as they are. Patches:
 * neighbours of a few places, as dense as the samples lie; only there is an error between samples what it is among all of them. Of an even
 * grid one patch is enough, the middle one. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "advise_parts.h"
#include "data/build.h"
#include "data/sampling.h"
#include "lowfirst/random.h"

enum { PATCHES = 4, SEED = 1 };
static const double MARGIN =
    0.15; /* of a patch's box on every side: there its samples have neighbours on one side only */

void lf_part_free(lf_part *p)
{
  lf_data_destroy(p->data);
  lf_free(p->first);
  *p = (lf_part){0};
}

/* The samples of these indices, without held-out ones. */
static lf_status pick(lf_data **out, const lf_data *data, size_t count, const size_t *index)
{
  double *x = NULL, *y = NULL;
  lf_status st;
  LF_TRY(lf_calloc(&x, count * data->d, sizeof *x));
  LF_TRY(lf_calloc(&y, count * data->c, sizeof *y));
  for (size_t i = 0; i < count; i++) {
    memcpy(x + i * data->d, data->x + index[i] * data->d, data->d * sizeof *x);
    memcpy(y + i * data->c, data->y + index[i] * data->c, data->c * sizeof *y);
  }
  LF_TRY(lf_data_part(out, count, data->d, data->c, x, y));
done:
  lf_free(x);
  lf_free(y);
  return st;
}

static int by_index(const void *a, const void *b)
{
  size_t p = *(const size_t *)a, q = *(const size_t *)b;
  return (p > q) - (p < q);
}

lf_status lf_part_spread(lf_part *out, const lf_data *data, size_t most)
{
  size_t *order = NULL, count = LF_MIN(data->n, most);
  lf_status st;
  *out = (lf_part){.patches = 1};
  LF_TRY(lf_calloc(&out->first, 2, sizeof *out->first));
  out->first[1] = count;
  LF_TRY(lf_calloc(&order, data->n, sizeof *order));
  if (count < data->n)
    LF_TRY(lf_random_permutation(SEED, LF_PURPOSE_SPLIT, 0, data->n, order));
  else
    for (size_t i = 0; i < count; i++) order[i] = i;
  qsort(order, count, sizeof *order, by_index);
  LF_TRY(pick(&out->data, data, count, order));
done:
  lf_free(order);
  if (st != LF_OK) lf_part_free(out);
  return st;
}

/* ---- places between the samples ------------------------------------------------------------------------------------------------------ */
lf_status lf_part_places(double *out, const lf_part *part)
{
  const lf_data *data = part->data;
  size_t d = data->d, each = LF_PLACES / part->patches;
  lf_status st = LF_OK;
  for (size_t p = 0; p < part->patches; p++) {
    double low[LF_GRID_DIMS], high[LF_GRID_DIMS];
    for (size_t a = 0; a < d; a++) {
      low[a] = INFINITY, high[a] = -INFINITY;
      for (size_t i = part->first[p]; i < part->first[p + 1]; i++)
        low[a] = fmin(low[a], data->x[i * d + a]), high[a] = fmax(high[a], data->x[i * d + a]);
    }
    for (size_t a = 0; a < d && part->patches_cut; a++) {
      double margin = MARGIN * (high[a] - low[a]);
      low[a] += margin, high[a] -= margin;
    }
    LF_TRY(lf_sample_sobol(each, d, low, high, 1, out + p * each * d));
  }
done:
  return st;
}

/* ---- patches --------------------------------------------------------------------------------------------------------------------- */
typedef struct neighbour {
  double distance;
  size_t index;
} neighbour;

static int by_distance(const void *a, const void *b)
{
  const neighbour *p = a, *q = b;
  if (p->distance != q->distance) return p->distance < q->distance ? -1 : 1;
  return (p->index > q->index) - (p->index < q->index);
}

static void extents(const lf_data *data, double *extent)
{
  for (size_t a = 0; a < data->d; a++) {
    double low = INFINITY, high = -INFINITY;
    for (size_t i = 0; i < data->n; i++) {
      low = fmin(low, data->x[i * data->d + a]);
      high = fmax(high, data->x[i * data->d + a]);
    }
    extent[a] = high > low ? high - low : 1;
  }
}

/* The nearest samples that no patch has yet: indices ascending. free_ones (n) is scratch. */
static void take_patch(const lf_data *data, const double *extent, size_t centre, size_t count, neighbour *free_ones,
                       unsigned char *taken, size_t *index)
{
  size_t open = 0;
  for (size_t i = 0; i < data->n; i++) {
    double square = 0;
    if (taken[i]) continue;
    for (size_t a = 0; a < data->d; a++) {
      double apart = (data->x[i * data->d + a] - data->x[centre * data->d + a]) / extent[a];
      square += apart * apart;
    }
    free_ones[open++] = (neighbour){square, i};
  }
  qsort(free_ones, open, sizeof *free_ones, by_distance);
  for (size_t i = 0; i < count; i++) {
    index[i] = free_ones[i].index;
    taken[index[i]] = 1;
  }
  qsort(index, count, sizeof *index, by_index);
}

/* The sample nearest to the middle of the box. */
static size_t middle_of(const lf_data *data, const double *extent)
{
  double least = INFINITY;
  size_t best = 0;
  for (size_t i = 0; i < data->n; i++) {
    double square = 0;
    for (size_t a = 0; a < data->d; a++)
      square += pow((data->x[i * data->d + a] - (data->low[a] + data->high[a]) / 2) / extent[a], 2);
    if (square < least) least = square, best = i;
  }
  return best;
}

lf_status lf_part_patches(lf_part *out, const lf_data *data, size_t most)
{
  size_t *order = NULL, *index = NULL, patches = data->grid.d > 0 ? 1 : PATCHES, each = most / patches, next = 0;
  neighbour *free_ones = NULL;
  unsigned char *taken = NULL;
  double extent[LF_MAX_INPUTS];
  lf_status st;
  if (data->n <= most) return lf_part_spread(out, data, most);
  *out = (lf_part){.patches = patches, .patches_cut = true};
  LF_TRY(lf_calloc(&out->first, patches + 1, sizeof *out->first));
  LF_TRY(lf_calloc(&order, data->n, sizeof *order));
  LF_TRY(lf_calloc(&index, patches * each, sizeof *index));
  LF_TRY(lf_calloc(&free_ones, data->n, sizeof *free_ones));
  LF_TRY(lf_calloc(&taken, data->n, 1));
  LF_TRY(lf_random_permutation(SEED, LF_PURPOSE_SPLIT, 0, data->n, order));
  extents(data, extent);
  for (size_t p = 0; p < patches; p++) {
    while (taken[order[next]]) next++;
    size_t centre = patches == 1 ? middle_of(data, extent) : order[next];
    take_patch(data, extent, centre, each, free_ones, taken, index + p * each);
    out->first[p + 1] = (p + 1) * each;
  }
  LF_TRY(pick(&out->data, data, patches * each, index));
done:
  lf_free(order);
  lf_free(index);
  lf_free(free_ones);
  lf_free(taken);
  if (st != LF_OK) lf_part_free(out);
  return st;
}
