/* bands.c — bands of |xi|: given edges, or one band around every peak and octaves above, as far as there is something to learn. */
#include <math.h>
#include <stdlib.h>
#include "base/base.h"
#include "lens_parts.h"

static const double FORGOTTEN =
    1e-2; /* share of the energy about the mean that may lie above the last band: a peak at the floor has as much */

/* Energy at and above a frequency of what the peaks leave; of the whole target about the mean. */
static double rest_above(const lf_lens *l, const lens_plan *p, double xi)
{
  double sum = 0;
  for (size_t k = 0; k < l->info.m; k++)
    if (l->xi_norm[k] >= xi && l->xi_norm[k] > 0) sum += p->rest[k] * p->rest[k];
  return sum;
}

static double whole_energy(const lf_lens *l)
{
  double sum = 0;
  for (size_t k = 0; k < l->info.m; k++)
    if (l->xi_norm[k] > 0) sum += l->target_norm[k] * l->target_norm[k];
  return sum;
}

/* Lowest frequency above 0, or 0; highest frequency. */
static void range(const lf_lens *l, double *least, double *most)
{
  *least = INFINITY;
  *most = 0;
  for (size_t k = 0; k < l->info.m; k++) {
    if (l->xi_norm[k] > 0) *least = fmin(*least, l->xi_norm[k]);
    *most = fmax(*most, l->xi_norm[k]);
  }
  if (isinf(*least)) *least = 0;
}

/* Edges midway between neighbouring peaks; the last band is as wide above its peak as below. Peaks nearer to each other than the
 * lowest frequency is to 0 share a band. Gives the number of edges written. */
static size_t around_peaks(const lf_lens *l, double least, double *edge)
{
  size_t edges = 1, last = 0;
  edge[0] = 0;
  if (l->info.peaks == 0) return edges;
  for (size_t i = 1; i < l->info.peaks; i++) {
    double below = l->xi_norm[l->peak[last]], above = l->xi_norm[l->peak[i]];
    if (above - below < 0.5 * least) continue;
    edge[edges++] = below + (above - below) / 2;
    last = i;
  }
  double top = l->xi_norm[l->peak[l->info.peaks - 1]];
  edge[edges] = top + fmax(top - edge[edges - 1], 0.5 * least);
  return edges + 1;
}

static lf_status automatic_edges(lf_lens *l, const lens_plan *p)
{
  enum { OCTAVES = 64 };
  double least, most, *edge = NULL;
  range(l, &least, &most);
  lf_status st = lf_calloc(&edge, l->info.peaks + 2 + OCTAVES, sizeof *edge);
  if (st != LF_OK) return st;
  double share = FORGOTTEN * whole_energy(l);
  size_t edges = around_peaks(l, least, edge);
  if (edges == 1)
    edge[edges++] = least > 0 ? fmin(least * sqrt(2), most) : 1; /* no peaks: octaves from the lowest frequency */
  for (size_t i = 0; i < OCTAVES && edge[edges - 1] < most && rest_above(l, p, edge[edges - 1]) > share; i++, edges++)
    edge[edges] = fmin(2 * edge[edges - 1], most);
  l->band_edge = edge;
  l->info.bands = edges - 1;
  return LF_OK;
}

static lf_status given_edges(lf_lens *l, const lf_lens_options *o)
{
  if (o->n_edges < 2) return LF_FAIL(LF_EARG, "bands: one edge encloses nothing, give two or more");
  lf_status st = lf_calloc(&l->band_edge, o->n_edges, sizeof *l->band_edge);
  if (st != LF_OK) return st;
  for (size_t i = 0; i < o->n_edges; i++) {
    l->band_edge[i] = o->edges[i];
    if (!isfinite(o->edges[i]) || o->edges[i] < 0 || (i > 0 && o->edges[i] <= o->edges[i - 1]))
      return LF_FAIL(LF_EARG, "bands: edge %zu is %g cycles/unit; edges must be finite, >= 0 and ascending", i + 1,
                     o->edges[i]);
  }
  l->info.bands = o->n_edges - 1;
  return LF_OK;
}

/* The band that holds a frequency: edge[b] <= |xi| < edge[b+1], the last one closed; `bands` for none. */
static size_t band_of(const double *edge, size_t bands, double xi)
{
  if (xi > edge[bands] * (1 + 1e-12)) return bands;
  for (size_t b = bands; b-- > 0;)
    if (xi >= edge[b]) return b;
  return bands;
}

/* Automatic bands that hold no frequency are joined with a neighbour; given ones are refused. */
static lf_status drop_empty_bands(lf_lens *l, bool given)
{
  size_t *held = NULL, kept = 0, bands = l->info.bands;
  double least, most;
  lf_status st = lf_calloc(&held, bands, sizeof *held);
  if (st != LF_OK) return st;
  for (size_t k = 0; k < l->info.m; k++) {
    size_t b = band_of(l->band_edge, bands, l->xi_norm[k]);
    if (b < bands) held[b]++;
  }
  range(l, &least, &most);
  for (size_t b = 0; b < bands && st == LF_OK; b++) {
    if (held[b] == 0 && given)
      st = LF_FAIL(LF_EARG,
                   "bands: %g to %g cycles/unit holds none of the %zu frequencies measured, the lowest is %.4g, the "
                   "highest %.4g",
                   l->band_edge[b], l->band_edge[b + 1], l->info.m, least, most);
    if (held[b] > 0) kept++;
    if (kept > 0) l->band_edge[kept] = l->band_edge[b + 1];
  }
  l->info.bands = kept;
  lf_free(held);
  return st;
}

lf_status lf_lens_make_bands(lf_lens *l, const lens_plan *p)
{
  lf_status st = LF_OK;
  bool given = p->options->n_edges > 0;
  double largest = 0;
  LF_TRY(given ? given_edges(l, p->options) : automatic_edges(l, p));
  LF_TRY(drop_empty_bands(l, given));
  LF_TRY(lf_calloc(&l->band_norm, l->info.bands, sizeof *l->band_norm));
  for (size_t k = 0; k < l->info.m; k++) {
    l->band[k] = band_of(l->band_edge, l->info.bands, l->xi_norm[k]);
    largest = fmax(largest, l->target_norm[k]);
    if (l->band[k] < l->info.bands) l->band_norm[l->band[k]] = hypot(l->band_norm[l->band[k]], l->target_norm[k]);
  }
  for (size_t b = 0; b < l->info.bands; b++) l->band_norm[b] = fmax(l->band_norm[b], 1e-12 * largest);
done:
  return st;
}
