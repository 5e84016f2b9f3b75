/* grid.c — recognising an even grid.
 *
 * Per axis: in an even grid the sorted values have gaps of either nothing (up to rounding) or the step, so counting the gaps above half the
 * largest tells the number of places, and the two ends tell the step to full precision. Then every sample is put to its nearest place and
 * must lie there within the tolerance, alone. */
#include "grid.h"
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include "base/base.h"

/* A sample may miss its place by 1e-6 of a step, and by what rounding x to float costs it and the two ends that fixed the grid (float files
 * are common), but never by more than 1e-3 of a step: that turns the phase of the highest frequency by 0.003. */
static const double STEP_TOLERANCE = 1e-6, FLOAT_TOLERANCE = 0x1p-22, MOST_TOLERANCE = 1e-3;

static int ascending(const void *a, const void *b)
{
  double p, q;
  p = *(const double *)a, q = *(const double *)b;
  return (p > q) - (p < q);
}

/* Count, first and step of axis j; false where the values cannot be an even axis. `sorted` (n) is scratch. */
static bool measure_axis(lf_grid *g, size_t n, size_t d, size_t j, const double *x, double *sorted)
{
  double gap = 0;
  size_t places = 1;
  for (size_t i = 0; i < n; i++) sorted[i] = x[i * d + j];
  qsort(sorted, n, sizeof *sorted, ascending);
  for (size_t i = 1; i < n; i++) gap = fmax(gap, sorted[i] - sorted[i - 1]);
  double range = sorted[n - 1] - sorted[0];
  for (size_t i = 1; i < n; i++) places += sorted[i] - sorted[i - 1] > gap / 2;
  g->count[j] = places;
  g->first[j] = sorted[0];
  g->step[j] = places > 1 ? range / (double)(places - 1) : 1; /* a single place has no step of its own */
  return isfinite(g->step[j]) && g->step[j] > 0;
}

/* The row-major place of one sample; false where it lies on none. */
static bool find_place(const lf_grid *g, const double *x, size_t *place)
{
  *place = 0;
  for (size_t j = 0; j < g->d; j++) {
    double index = round((x[j] - g->first[j]) / g->step[j]);
    double last = g->first[j] + g->step[j] * (double)(g->count[j] - 1);
    double largest = fmax(fabs(g->first[j]), fabs(last));
    double tolerance = fmin(STEP_TOLERANCE * g->step[j] + FLOAT_TOLERANCE * largest, MOST_TOLERANCE * g->step[j]);
    if (!(fabs(x[j] - (g->first[j] + index * g->step[j])) <= tolerance)) return false;
    *place = *place * g->count[j] + (size_t)index;
  }
  return true;
}

static bool count_is(const lf_grid *g, size_t n)
{
  size_t product = 1;
  for (size_t j = 0; j < g->d; j++) {
    if (product > n / g->count[j]) return false;
    product *= g->count[j];
  }
  return product == n;
}

/* g->place of all samples, NULL where they come in order; false where two share a place or one lies on none. */
static bool find_places(lf_grid *g, size_t n, const double *x, unsigned char *taken)
{
  bool in_order = true;
  for (size_t i = 0; i < n; i++) {
    if (!find_place(g, x + i * g->d, &g->place[i]) || taken[g->place[i]]++) return false;
    in_order = in_order && g->place[i] == i;
  }
  if (in_order) {
    lf_free(g->place);
    g->place = NULL;
  }
  return true;
}

lf_status lf_grid_find(lf_grid *out, size_t n, size_t d, const double *x)
{
  lf_status st = LF_OK;
  double *sorted = NULL;
  unsigned char *taken = NULL;
  lf_grid g = {.d = d};
  bool even = n >= 1 && d >= 1 && d <= LF_GRID_DIMS;
  *out = (lf_grid){0};
  if (!even) return LF_OK;
  LF_TRY(lf_calloc(&sorted, n, sizeof *sorted));
  for (size_t j = 0; even && j < d; j++) even = measure_axis(&g, n, d, j, x, sorted);
  if (!even || !count_is(&g, n)) goto done;
  LF_TRY(lf_calloc(&taken, n, 1));
  LF_TRY(lf_calloc(&g.place, n, sizeof *g.place));
  if (!find_places(&g, n, x, taken)) goto done;
  *out = g;
  g.place = NULL;
done:
  lf_free(sorted);
  lf_free(taken);
  lf_free(g.place);
  return st;
}

void lf_grid_free(lf_grid *g)
{
  lf_free(g->place);
  *g = (lf_grid){0};
}

void lf_grid_position(const lf_grid *g, size_t i, size_t position[LF_GRID_DIMS])
{
  size_t rest = g->place ? g->place[i] : i;
  for (size_t j = g->d; j-- > 0; rest /= g->count[j]) position[j] = rest % g->count[j];
}
