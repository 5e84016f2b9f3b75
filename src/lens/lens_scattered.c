/* lens_scattered.c — the lens for samples anywhere: direct sums with equal weights, as the coefficients are defined. */
#include <math.h>
#include "base/base.h"
#include "lens_parts.h"

/* A record of a run should cost less than about 0.1 s, and the phases should fit the store: 2^25 of them do, in 512 MiB. */
static const size_t PHASES_PER_RECORD = (size_t)1 << 25;

/* Weights by position in the samples' box: the window as a function, read between 2048 values. */
static lf_status weigh(lf_lens *l, const lens_plan *p)
{
  enum { TABLE = 2048 };
  lf_status st = LF_OK;
  double *table = NULL, sum = 0;
  size_t d = l->info.xi_d;
  if (p->options->window == LF_WINDOW_NONE || l->weight) return LF_OK;
  LF_TRY(lf_lens_window(&table, p->options, TABLE));
  LF_TRY(lf_calloc(&l->weight, l->used, sizeof *l->weight));
  for (size_t i = 0; i < l->used; i++) l->weight[i] = 1;
  for (size_t a = 0; a < d; a++) {
    double low = INFINITY;
    for (size_t i = 0; i < l->used; i++) low = fmin(low, p->place[i * d + a]);
    for (size_t i = 0; i < l->used && p->extent[a] > 0; i++) {
      double at = (p->place[i * d + a] - low) / p->extent[a] * (TABLE - 1), cell = fmin(floor(at), TABLE - 2);
      const double *pair = table + (size_t)cell;
      l->weight[i] *= pair[0] + (at - cell) * (pair[1] - pair[0]);
    }
  }
  for (size_t i = 0; i < l->used; i++) sum += l->weight[i];
  for (size_t i = 0; i < l->used; i++) l->weight[i] *= (double)l->used / sum;
done:
  lf_free(table);
  return st;
}

static lf_status explicit_frequencies(lf_lens *l, const lf_lens_options *o)
{
  size_t count = o->n_xi * l->info.xi_d;
  if (o->xi_d > 0 && o->xi_d != l->info.xi_d)
    return LF_FAIL(LF_ESHAPE, "lens %s: a frequency has %zu numbers here, those given have %zu",
                   lf_lens_kind_name(l->info.kind), l->info.xi_d, o->xi_d);
  lf_status st = lf_calloc(&l->xi, o->n_xi, l->info.xi_d * sizeof *l->xi);
  if (st != LF_OK) return st;
  for (size_t i = 0; i < count; i++) {
    if (!isfinite(o->xi[i])) return LF_FAIL(LF_EMATH, "lens: frequency %zu is not finite", i / l->info.xi_d);
    l->xi[i] = o->xi[i];
  }
  l->info.m = o->n_xi;
  return LF_OK;
}

/* Multiples of 1/extent up to the limit; fewer where a record would take too long. */
static lf_status lattice_frequencies(lf_lens *l, lens_plan *p, double limit)
{
  lf_status st = LF_OK;
  size_t d = l->info.xi_d, all, max = p->max_frequencies;
  lens_lattice lattice = {.d = d};
  lens_mode *mode = NULL;
  if (p->options->xi_max > 0) limit = p->options->xi_max;
  for (size_t a = 0; a < d; a++) {
    lattice.step[a] = p->extent[a] > 0 ? 1 / p->extent[a] : 0;
    /* a lattice of more than 2^(21+d) is cut anyway, and would not fit */
    lattice.most[a] = (long)fmin(floor(limit * p->extent[a] * (1 + 1e-12)), pow(0x1p21, 1 / (double)d));
  }
  if (p->max_is_default) max = LF_MIN(max, LF_MAX(PHASES_PER_RECORD / l->used, 16));
  LF_TRY(lf_lattice_modes(&mode, &all, &lattice, p->options->xi_max));
  l->info.m = lf_lattice_cut(mode, all, max);
  if (l->info.m < all)
    lf_log_info("lens: the %zu lowest of %zu frequencies are measured, up to %.4g cycles/unit; max_frequencies = %zu "
                "would measure all",
                l->info.m, all, mode[l->info.m - 1].norm, all);
  LF_TRY(lf_calloc(&l->xi, l->info.m, d * sizeof *l->xi));
  for (size_t k = 0; k < l->info.m; k++)
    for (size_t a = 0; a < d; a++) l->xi[k * d + a] = p->extent[a] > 0 ? (double)mode[k].k[a] / p->extent[a] : 0;
  p->lattice = true;
done:
  lf_free(mode);
  return st;
}

lf_status lf_lens_plan_direct(lf_lens *l, lens_plan *p, double xi_limit)
{
  lf_status st = LF_OK;
  if (p->options->n_xi > 0)
    LF_TRY(explicit_frequencies(l, p->options));
  else
    LF_TRY(lattice_frequencies(l, p, xi_limit));
  LF_TRY(weigh(l, p));
  LF_TRY(lf_nudft_create(&l->nudft, l->used, l->info.xi_d, p->place, l->info.m, l->xi, 0));
done:
  return st;
}

lf_status lf_lens_plan_scattered(lf_lens *l, lens_plan *p)
{
  lf_status st = LF_OK;
  const lf_data *data = p->data;
  size_t d = data->d;
  double volume = 1, axes = 0;
  if (p->options->n_xi == 0 && d > LF_GRID_DIMS)
    return LF_FAIL(LF_EARG,
                   "lens nudft chooses its frequencies in up to %d dimensions, these samples have %zu: give the "
                   "frequencies, or use project",
                   LF_GRID_DIMS, d);
  l->used = data->n;
  l->info.xi_d = d;
  LF_TRY(lf_calloc(&p->place, data->n, d * sizeof *p->place));
  for (size_t i = 0; i < data->n * d; i++) p->place[i] = data->x[i];
  for (size_t a = 0; a < d; a++) {
    double low = INFINITY, high = -INFINITY;
    for (size_t i = 0; i < data->n; i++) low = fmin(low, data->x[i * d + a]), high = fmax(high, data->x[i * d + a]);
    p->extent[a] = high - low;
    if (p->extent[a] > 0) volume *= p->extent[a], axes++;
  }
  /* as high as an even grid of as many samples would go: scattered ones may tell of that much, gaps permitting */
  double nyquist = axes > 0 ? 0.5 * pow((double)data->n / volume, 1 / axes) : 0;
  l->info.xi_safe = nyquist;
  if (d <= LF_GRID_DIMS) LF_TRY(lf_scattered_safe(&l->info.xi_safe, data->n, d, data->x));
  LF_TRY(lf_lens_plan_direct(l, p, nyquist));
done:
  return st;
}
