/* cells.c — which samples are held out together, so that holding them out is as hard as foretelling a place between the samples.
 *
 * Leaving out one sample at a time flatters where samples lie in clusters: its neighbours give it away. Space is cut into cubic cells, and one cell
 * after the other is held out, each counted alike however many samples it has. The side is the least at which a held-out sample is as
 * far from the others, in the mean, as a random place of the box is from all of them (nearest-neighbour distance matching: Mila, Mateu,
 * Pebesma, Meyer 2022). On a grid and among uniform samples that is one sample per cell. Axes are measured in extents. Beyond three inputs
 * a box is mostly empty, and its places are none that anybody asks for: there samples are left out one by one. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "advise_parts.h"

enum { LEAST_CELLS = 8 };

void lf_cells_free(lf_cells *c)
{
  lf_free(c->first);
  lf_free(c->member);
  lf_free(c->at_face);
  *c = (lf_cells){0};
}

/* ---- cutting ----------------------------------------------------------------------------------------------------------------------- */
typedef struct place {
  size_t patch, index;
  long at[LF_MAX_INPUTS];
} place;

typedef struct cutter {
  const lf_data *data;
  const lf_part *part;
  double low[LF_MAX_INPUTS], extent[LF_MAX_INPUTS];
  place *order; /* (n) */
  size_t *cell; /* (n) of each sample */
} cutter;

static int by_cell(const void *a, const void *b)
{
  const place *p = a, *q = b;
  if (p->patch != q->patch) return p->patch < q->patch ? -1 : 1;
  for (size_t i = 0; i < LF_MAX_INPUTS; i++)
    if (p->at[i] != q->at[i]) return p->at[i] < q->at[i] ? -1 : 1;
  return (p->index > q->index) - (p->index < q->index);
}

static bool same_cell(const place *p, const place *q)
{
  return p->patch == q->patch && memcmp(p->at, q->at, sizeof p->at) == 0;
}

/* Cells of a side; gives their number. */
static size_t cut(cutter *k, double side)
{
  size_t n = k->data->n, d = k->data->d, cells = 0;
  for (size_t p = 0, i = 0; p < k->part->patches; p++)
    for (; i < k->part->first[p + 1]; i++) {
      k->order[i] = (place){.patch = p, .index = i};
      for (size_t a = 0; a < d; a++)
        k->order[i].at[a] = lround(floor((k->data->x[i * d + a] - k->low[a]) / (k->extent[a] * side)));
    }
  qsort(k->order, n, sizeof *k->order, by_cell);
  for (size_t i = 0; i < n; i++) {
    cells += i == 0 || !same_cell(&k->order[i], &k->order[i - 1]);
    k->cell[k->order[i].index] = cells - 1;
  }
  return cells;
}

/* ---- distances ------------------------------------------------------------------------------------------------------------------------- */
static double squared_distance(const cutter *k, const double *x, const double *z)
{
  double square = 0;
  for (size_t a = 0; a < k->data->d; a++) {
    double apart = (x[a] - z[a]) / k->extent[a];
    square += apart * apart;
  }
  return square;
}

/* Mean distance of the samples, cell by cell, from the nearest one of another cell. */
static double held_out_distance(const cutter *k, size_t cells)
{
  size_t n = k->data->n, d = k->data->d, from = 0;
  double sum = 0;
  while (from < n) {
    size_t to = from;
    double inside = 0;
    while (to < n && same_cell(&k->order[from], &k->order[to])) {
      size_t i = k->order[to++].index;
      double least = INFINITY;
      for (size_t j = 0; j < n; j++)
        if (k->cell[j] != k->cell[i]) least = fmin(least, squared_distance(k, k->data->x + i * d, k->data->x + j * d));
      inside += sqrt(least);
    }
    sum += inside / (double)(to - from);
    from = to;
  }
  return sum / (double)cells;
}

/* Mean distance of places spread over the box of every patch from the nearest sample. */
static lf_status box_distance(double *out, const cutter *k)
{
  size_t n = k->data->n, d = k->data->d;
  double places[LF_PLACES * LF_GRID_DIMS], sum = 0;
  lf_status st;
  LF_TRY(lf_part_places(places, k->part));
  for (size_t q = 0; q < LF_PLACES; q++) {
    double least = INFINITY;
    for (size_t j = 0; j < n; j++) least = fmin(least, squared_distance(k, places + q * d, k->data->x + j * d));
    sum += sqrt(least);
  }
  *out = sum / LF_PLACES;
done:
  return st;
}

/* Samples within half a mean spacing of a face of their patch's box have others on one side only: what is asked there is extrapolation, and
 * hardly any place between samples is like them. */
static bool is_at_face(const cutter *k, size_t sample)
{
  size_t p = 0, d = k->data->d;
  while (sample >= k->part->first[p + 1]) p++;
  size_t from = k->part->first[p], to = k->part->first[p + 1];
  double margin = 0.5 * pow((double)(to - from), -1 / (double)d);
  for (size_t a = 0; a < d; a++) {
    double low = INFINITY, high = -INFINITY, at = k->data->x[sample * d + a];
    for (size_t i = from; i < to; i++) low = fmin(low, k->data->x[i * d + a]), high = fmax(high, k->data->x[i * d + a]);
    if (high > low && fmin(at - low, high - at) < margin * (high - low)) return true;
  }
  return false;
}

/* Where too few cells would be left (three samples, say), all count. */
static void mark_faces(lf_cells *c, const cutter *k)
{
  c->inner = c->count;
  for (size_t i = 0; i < c->count && k->data->d <= LF_GRID_DIMS; i++)
    for (size_t j = c->first[i]; j < c->first[i + 1] && !c->at_face[i]; j++)
      if (is_at_face(k, c->member[j])) c->at_face[i] = 1, c->inner--;
  if (c->inner >= LEAST_CELLS) return;
  memset(c->at_face, 0, c->count);
  c->inner = c->count;
}

/* ---- the choice ------------------------------------------------------------------------------------------------------------------------------ */
static lf_status settle(lf_cells *out, const cutter *k, size_t cells)
{
  size_t n = k->data->n;
  lf_status st;
  out->n = n;
  out->count = cells;
  LF_TRY(lf_calloc(&out->first, cells + 1, sizeof *out->first));
  LF_TRY(lf_calloc(&out->member, n, sizeof *out->member));
  LF_TRY(lf_calloc(&out->at_face, cells, 1));
  for (size_t i = 0; i < n; i++) {
    out->member[i] = k->order[i].index;
    out->first[k->cell[k->order[i].index] + 1] = i + 1;
  }
  mark_faces(out, k);
done:
  return st;
}

static void measure_box(cutter *k)
{
  for (size_t a = 0; a < k->data->d; a++) {
    double high = -INFINITY;
    k->low[a] = INFINITY;
    for (size_t i = 0; i < k->data->n; i++) {
      k->low[a] = fmin(k->low[a], k->data->x[i * k->data->d + a]);
      high = fmax(high, k->data->x[i * k->data->d + a]);
    }
    k->extent[a] = high > k->low[a] ? high - k->low[a] : 1;
  }
}

lf_status lf_cells_make(lf_cells *out, const lf_part *part)
{
  static const double tiny = 1e-9, step = 1.4142135623730951, widest = 0.5;
  cutter k = {.data = part->data, .part = part};
  double wanted = 0;
  size_t cells;
  lf_status st;
  *out = (lf_cells){0};
  measure_box(&k);
  LF_TRY(lf_calloc(&k.order, k.data->n, sizeof *k.order));
  LF_TRY(lf_calloc(&k.cell, k.data->n, sizeof *k.cell));
  cells = cut(&k, tiny); /* samples at one place stay together */
  if (k.data->d <= LF_GRID_DIMS) {
    double side = pow((double)k.data->n, -1 / (double)k.data->d) / 4, last = tiny;
    LF_TRY(box_distance(&wanted, &k));
    while (held_out_distance(&k, cells) < wanted && side < widest) {
      size_t fewer = cut(&k, side);
      if (fewer < LEAST_CELLS) break;
      cells = fewer, last = side, side *= step;
    }
    cells = cut(&k, last);
  }
  LF_TRY(settle(out, &k, cells));
done:
  lf_free(k.order);
  lf_free(k.cell);
  if (st != LF_OK) lf_cells_free(out);
  return st;
}

double lf_cells_mean_square(const lf_cells *cells, size_t c, const double *values)
{
  double sum = 0;
  for (size_t k = 0; k < cells->count; k++) {
    double inside = 0;
    if (cells->at_face[k]) continue;
    for (size_t i = cells->first[k]; i < cells->first[k + 1]; i++)
      for (size_t j = 0; j < c; j++) inside += values[cells->member[i] * c + j] * values[cells->member[i] * c + j];
    sum += inside / (double)(cells->first[k + 1] - cells->first[k]);
  }
  return sum / (double)(cells->inner * c);
}
