/* lens_dft.c — the lens for an even grid: one FFT, turned by the phase of the grid's first sample.
 *
 * n samples h apart have the period n h, so that linspace's grid, which holds both ends of a period, repeats its first sample in the
 * last and smears every line: along axes where that is so, the last sample is left out. */
#include <math.h>
#include "base/base.h"
#include "lens_parts.h"

/* ---- the duplicated end -------------------------------------------------------------------------------------------------- */

/* y along one line of the grid: sample i of the axis */
typedef struct line {
  const double *y;
  const size_t *at;
  size_t first, stride, c, j;
} line;

static double value(const line *l, size_t i) { return l->y[l->at[l->first + i * l->stride] * l->c + l->j]; }

/* The two readings of a line of m samples, as squared errors: `ends` apart, if the last repeats the first; and the last against the
 * cubic through its two neighbours at each side, if the first follows it one step later. `steps` is the mean squared difference of
 * neighbours. */
static void compare_ends(const line *l, size_t m, double *ends, double *follows, double *steps)
{
  double first = value(l, 0), second = value(l, 1), last = value(l, m - 1);
  double cubic = (4 * (value(l, m - 2) + first) - (value(l, m - 3) + second)) / 6;
  *ends += (last - first) * (last - first);
  *follows += (last - cubic) * (last - cubic);
  for (size_t i = 0; i + 1 < m; i++) {
    double step = value(l, i + 1) - value(l, i);
    *steps += step * step / (double)(m - 1);
  }
}

/* The ends agree 20 times better than neighbours do, and 5 times better than if the period were one sample longer: sin x on 600 samples of
 * [-3.1415, 3.1415] does, cos x on a grid without its end does not. A line flat at both ends says nothing and is kept. */
static bool end_repeats(const lf_data *data, const size_t *at, size_t axis)
{
  const lf_grid *g = &data->grid;
  size_t m = g->count[axis], stride = 1;
  double ends = 0, follows = 0, steps = 0;
  if (m < 6) return false; /* both readings would share most of their samples */
  for (size_t a = axis + 1; a < g->d; a++) stride *= g->count[a];
  for (size_t first = 0; first < data->n; first++) {
    if (first / stride % m != 0) continue;
    for (size_t j = 0; j < data->c; j++) {
      const line l = {data->y, at, first, stride, data->c, j};
      compare_ends(&l, m, &ends, &follows, &steps);
    }
  }
  return ends < 0.05 * 0.05 * steps && ends < 0.2 * 0.2 * follows;
}

/* l->from: the sample at each place that is measured; count: places per axis. */
static lf_status choose_samples(lf_lens *l, const lf_data *data, size_t *count)
{
  lf_status st = LF_OK;
  const lf_grid *g = &data->grid;
  size_t *at = NULL;
  LF_TRY(lf_calloc(&at, data->n, sizeof *at));
  for (size_t i = 0; i < data->n; i++) at[i] = SIZE_MAX;
  for (size_t i = 0; i < data->n; i++) {
    size_t place = g->place ? g->place[i] : i;
    if (place >= data->n || at[place] != SIZE_MAX)
      LF_RAISE(LF_ESHAPE, "lens: sample %zu stands at grid place %zu, which is taken or outside", i, place);
    at[place] = i;
  }
  l->used = 1;
  for (size_t a = 0; a < g->d; a++) {
    bool drop = end_repeats(data, at, a);
    count[a] = g->count[a] - drop;
    l->used *= count[a];
    l->info.end_dropped |= drop;
  }
  LF_TRY(lf_calloc(&l->from, l->used, sizeof *l->from));
  for (size_t i = 0; i < l->used; i++) {
    size_t place = 0, rest = i, stride = 1;
    for (size_t a = g->d; a-- > 0; rest /= count[a], stride *= g->count[a]) place += rest % count[a] * stride;
    l->from[i] = at[place];
  }
done:
  lf_free(at);
  return st;
}

/* ---- frequencies ------------------------------------------------------------------------------------------------------- */
static lf_status weigh(lf_lens *l, const lens_plan *p, const size_t *count)
{
  lf_status st = LF_OK;
  double *axis = NULL;
  if (p->options->window == LF_WINDOW_NONE) return LF_OK;
  LF_TRY(lf_calloc(&l->weight, l->used, sizeof *l->weight));
  for (size_t i = 0; i < l->used; i++) l->weight[i] = 1;
  for (size_t a = l->info.d, stride = 1; a-- > 0; stride *= count[a]) {
    LF_TRY(lf_lens_window(&axis, p->options, count[a]));
    for (size_t i = 0; i < l->used; i++) l->weight[i] *= axis[i / stride % count[a]];
    lf_free(axis);
    axis = NULL;
  }
done:
  lf_free(axis);
  return st;
}

/* exp(-2 pi i xi.x) / n; the phase is reduced product by product, with the rounding error of each put back */
static void turn_to(size_t d, const double *xi, const double *x, size_t n, double turn[2])
{
  double cycles = 0;
  for (size_t a = 0; a < d; a++) {
    double product = xi[a] * x[a];
    cycles += remainder(product, 1) + fma(xi[a], x[a], -product);
  }
  turn[0] = cos(6.283185307179586477 * cycles) / (double)n;
  turn[1] = -sin(6.283185307179586477 * cycles) / (double)n;
}

/* Where the FFT puts mode k: axes but the last wrap around. */
static size_t bin_of(size_t d, const size_t *count, const long *k)
{
  size_t bin = 0;
  for (size_t a = 0; a < d; a++) {
    size_t width = a + 1 < d ? count[a] : count[a] / 2 + 1;
    bin = bin * width + (size_t)(k[a] < 0 ? k[a] + (long)count[a] : k[a]);
  }
  return bin;
}

/* Say what is lost where max_frequencies leaves modes out: the share of the energy about the mean that stays inside. */
static lf_status tell_cut(lf_lens *l, const lf_data *data, const size_t *count, const lens_mode *mode, size_t all,
                          size_t kept)
{
  lf_status st = LF_OK;
  double *row = NULL, *bins = NULL, inside = 0, total = 0;
  LF_TRY(lf_calloc(&row, l->used, sizeof *row));
  LF_TRY(lf_calloc(&bins, lf_fft_bins(l->fft), 2 * sizeof *bins));
  for (size_t j = 0; j < data->c; j++) {
    for (size_t i = 0; i < l->used; i++) row[i] = data->y[l->from[i] * data->c + j];
    lf_fft_run(l->fft, row, bins);
    for (size_t k = 1; k < all; k++) { /* mode 0 is the mean */
      const double *z = bins + 2 * bin_of(data->d, count, mode[k].k);
      total += z[0] * z[0] + z[1] * z[1];
      if (k < kept) inside += z[0] * z[0] + z[1] * z[1];
    }
  }
  lf_log_info("lens: the %zu lowest of %zu frequencies are measured, up to %.4g cycles/unit, which hold %.4g %% of the "
              "target's energy; "
              "more would be %zu with max_frequencies = %zu",
              kept, all, mode[kept - 1].norm, total > 0 ? 100 * inside / total : 100, all, all);
done:
  lf_free(row);
  lf_free(bins);
  return st;
}

static lf_status plan_fft(lf_lens *l, lens_plan *p, const size_t *count)
{
  lf_status st = LF_OK;
  const lf_grid *g = &p->data->grid;
  size_t d = l->info.d, all = 0;
  lens_lattice lattice = {.d = d};
  lens_mode *mode = NULL;
  for (size_t a = 0; a < d; a++) {
    lattice.most[a] = (long)(count[a] / 2);
    lattice.nyquist[a] = count[a] % 2 == 0;
    lattice.step[a] = 1 / p->extent[a];
  }
  LF_TRY(weigh(l, p, count));
  LF_TRY(lf_fft_create(&l->fft, d, count));
  LF_TRY(lf_lattice_modes(&mode, &all, &lattice, p->options->xi_max));
  l->info.m = lf_lattice_cut(mode, all, p->max_frequencies);
  if (l->info.m < all) LF_TRY(tell_cut(l, p->data, count, mode, all, l->info.m));
  LF_TRY(lf_calloc(&l->xi, l->info.m, d * sizeof *l->xi));
  LF_TRY(lf_calloc(&l->bin, l->info.m, sizeof *l->bin));
  LF_TRY(lf_calloc(&l->turn, l->info.m, 2 * sizeof *l->turn));
  for (size_t k = 0; k < l->info.m; k++) {
    for (size_t a = 0; a < d; a++) l->xi[k * d + a] = (double)mode[k].k[a] / p->extent[a];
    l->bin[k] = bin_of(d, count, mode[k].k);
    turn_to(d, l->xi + k * d, g->first, l->used, l->turn + 2 * k);
  }
  p->lattice = true;
done:
  lf_free(mode);
  return st;
}

lf_status lf_lens_plan_dft(lf_lens *l, lens_plan *p)
{
  lf_status st = LF_OK;
  const lf_grid *g = &p->data->grid;
  size_t count[LF_GRID_DIMS] = {0}, d = l->info.d;
  if (g->d == 0)
    return LF_FAIL(LF_EUNSUP, "lens dft needs samples on an even grid; these %zu are scattered: use nudft", p->data->n);
  l->info.xi_d = d;
  LF_TRY(choose_samples(l, p->data, count));
  for (size_t a = 0; a < d; a++) {
    p->extent[a] = (double)count[a] * g->step[a];
    l->info.xi_safe = a == 0 ? 0.5 / g->step[a] : fmin(l->info.xi_safe, 0.5 / g->step[a]);
  }
  if (p->options->n_xi == 0) {
    LF_TRY(plan_fft(l, p, count));
  } else {
    LF_TRY(lf_calloc(&p->place, l->used, d * sizeof *p->place));
    for (size_t i = 0; i < l->used * d; i++) p->place[i] = p->data->x[l->from[i / d] * d + i % d];
    LF_TRY(weigh(l, p, count));
    LF_TRY(lf_lens_plan_direct(l, p, 0));
  }
done:
  return st;
}
