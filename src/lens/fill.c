/* fill.c — how far apart scattered samples lie: the radius of the largest hole, which bounds what can be told from them.
 *
 * In two and three dimensions the box is cut into cells a third of a sample's distance wide (odd, so that a hole of an even grid has a middle), and every cell asks its neighbours for their nearest
 * sample until nothing changes (Danielsson 1980): linear in n however the samples cluster, and exact but for rare ties. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include "base/base.h"
#include "lens_parts.h"

typedef struct map {
  size_t d, count[LF_GRID_DIMS], stride[LF_GRID_DIMS], total;
  double low[LF_GRID_DIMS], high[LF_GRID_DIMS], side;
  const double *x;
  size_t *nearest; /* (total) sample nearest to the cell's middle as far as known, SIZE_MAX: none */
} map;

static int ascending(const void *a, const void *b)
{
  double p = *(const double *)a, q = *(const double *)b;
  return (p > q) - (p < q);
}

static lf_status half_widest_gap(double *out, size_t n, const double *x)
{
  double *sorted = NULL;
  lf_status st = lf_calloc(&sorted, n, sizeof *sorted);
  if (st != LF_OK) return st;
  for (size_t i = 0; i < n; i++) sorted[i] = x[i];
  qsort(sorted, n, sizeof *sorted, ascending);
  for (size_t i = 0; i + 1 < n; i++) *out = fmax(*out, (sorted[i + 1] - sorted[i]) / 2);
  lf_free(sorted);
  return LF_OK;
}

/* The box of the samples and a side for about 3^d cells per sample; an axis thinner than a cell has one. */
static void measure_box(map *m, size_t n)
{
  for (size_t a = 0; a < m->d; a++) {
    m->low[a] = m->high[a] = m->x[a];
    for (size_t i = 0; i < n; i++) {
      m->low[a] = fmin(m->low[a], m->x[i * m->d + a]);
      m->high[a] = fmax(m->high[a], m->x[i * m->d + a]);
    }
  }
  for (size_t round = 0; round <= m->d; round++) { /* thin axes drop out, which makes the side longer */
    double volume = 1, thick = 0, least = m->side;
    for (size_t a = 0; a < m->d; a++)
      if (m->high[a] - m->low[a] > least) volume *= m->high[a] - m->low[a], thick++;
    m->side = thick > 0 ? pow(volume / (double)n, 1 / thick) / 3 : 1;
  }
  m->total = 1;
  for (size_t a = m->d; a-- > 0;) {
    m->count[a] = (size_t)fmax(ceil((m->high[a] - m->low[a]) / m->side), 1);
    m->stride[a] = m->total;
    m->total *= m->count[a];
  }
}

static size_t axis_cell(const map *m, size_t cell, size_t a) { return cell / m->stride[a] % m->count[a]; }

/* Squared distance of a sample from the middle of a cell, the part of the cell within the box. */
static double distance(const map *m, size_t cell, size_t sample)
{
  if (sample == SIZE_MAX) return INFINITY;
  double square = 0;
  for (size_t a = 0; a < m->d; a++) {
    double from = m->low[a] + (double)axis_cell(m, cell, a) * m->side,
           middle = (from + fmin(from + m->side, m->high[a])) / 2;
    double apart = m->x[sample * m->d + a] - middle;
    square += apart * apart;
  }
  return square;
}

static bool offer(map *m, size_t cell, size_t sample)
{
  if (sample == m->nearest[cell] || distance(m, cell, sample) >= distance(m, cell, m->nearest[cell])) return false;
  m->nearest[cell] = sample;
  return true;
}

static bool ask_neighbours(map *m, size_t cell)
{
  bool changed = false;
  for (size_t a = 0; a < m->d; a++) {
    size_t at = axis_cell(m, cell, a);
    if (at > 0) changed |= offer(m, cell, m->nearest[cell - m->stride[a]]);
    if (at + 1 < m->count[a]) changed |= offer(m, cell, m->nearest[cell + m->stride[a]]);
  }
  return changed;
}

static void spread(map *m, size_t n)
{
  for (size_t cell = 0; cell < m->total; cell++) m->nearest[cell] = SIZE_MAX;
  for (size_t i = 0; i < n; i++) {
    size_t cell = 0;
    for (size_t a = 0; a < m->d; a++) {
      size_t at = (size_t)((m->x[i * m->d + a] - m->low[a]) / m->side);
      cell += m->stride[a] * LF_MIN(at, m->count[a] - 1);
    }
    (void)offer(m, cell, i);
  }
  for (bool changed = true; changed;) { /* distances only fall, so it ends; some sweeps each way */
    changed = false;
    for (size_t cell = 0; cell < m->total; cell++) changed |= ask_neighbours(m, cell);
    for (size_t cell = m->total; cell-- > 0;) changed |= ask_neighbours(m, cell);
  }
}

lf_status lf_fill_distance(double *out, size_t n, size_t d, const double *x)
{
  map m = {.d = d, .x = x};
  *out = 0;
  if (d == 1) return half_widest_gap(out, n, x);
  measure_box(&m, n);
  lf_status st = lf_calloc(&m.nearest, m.total, sizeof *m.nearest);
  if (st != LF_OK) return st;
  spread(&m, n);
  for (size_t cell = 0; cell < m.total; cell++) *out = fmax(*out, sqrt(distance(&m, cell, m.nearest[cell])));
  lf_free(m.nearest);
  return LF_OK;
}

lf_status lf_scattered_safe(double *out, size_t n, size_t d, const double *x)
{
  double fill = 0;
  lf_status st = lf_fill_distance(&fill, n, d, x);
  *out = fill > 0 ? sqrt((double)d) / (4 * fill) : 0;
  return st;
}
