/* figure_panels.c — one function per picture: its data blocks, its axes, its plot command. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "figure.h"
#include "format.h"

/* ---- bands ---------------------------------------------------------------------------------------------------------------- */
static void write_bands(lf_plot *p, size_t run)
{
  char name[32];
  const lf_history_view *v = &p->view[run];
  (void)snprintf(name, sizeof name, "bands %zu", run + 1);
  lf_plot_block(p, name, "step, then the relative error of each band");
  for (size_t r = 0; r < v->r; r++) {
    lf_text_add(&p->data, "%lld", (long long)v->step[r]);
    for (size_t b = 0; b < v->b; b++) lf_text_add(&p->data, " %.6g", v->band_error[r * v->b + b]);
    lf_text_add(&p->data, "\n");
  }
}

/* Of two runs theory, or else the second, is dashed; more are seeds of one thing, thin lines of one colour. */
static bool is_dashed(const lf_plot *p, size_t run)
{
  size_t theory = lf_plot_theory(p);
  return p->n == 2 && (theory < p->n ? run == theory : run == 1);
}

static void plot_bands(lf_plot *p, size_t run)
{
  char name[32];
  const char *style = p->n > 2 ? "lw 0.9" : is_dashed(p, run) ? "lw 2 dt (6,5)" : "lw 2";
  (void)snprintf(name, sizeof name, "bands %zu", run + 1);
  for (size_t b = 0; b < p->view[run].b; b++) {
    lf_text_add(&p->script, ", \\\n     ");
    lf_plot_from(p, name);
    lf_text_add(&p->script, " using 1:%zu with lines %s", b + 2, style);
    lf_plot_colour(p, lf_plot_place(b, p->view[run].b));
    if (run == 0) lf_plot_title(p, lf_word_band(&p->view[run], b).text);
  }
}

lf_status lf_panel_bands(lf_plot *p)
{
  lf_text *s = &p->script;
  for (size_t i = 0; i < p->n; i++) write_bands(p, i);
  lf_text_add(s, "\n");
  lf_plot_step_axis(p);
  lf_plot_set(p, "ylabel", "relative error of the band");
  lf_text_add(s, "set logscale y\nset format y '%s'\nset yrange [1e-5<*:2]\nset key bottom left\n", lf_plot_powers(p));
  lf_plot_set(p, "key title", "cycles/unit");
  lf_text_add(s, "plot %g with lines dt (6,5) lw 1 lc rgb '#777777'", p->view[0].learned);
  for (size_t i = 0; i < p->n; i++) plot_bands(p, i);
  for (size_t i = 0; p->n == 2 && i < p->n; i++) {
    char title[96];
    lf_plot_run(p, i, title, sizeof title);
    lf_text_add(s, ", \\\n     NaN with lines lw 2%s lc rgb '#555555'", is_dashed(p, i) ? " dt (6,5)" : "");
    lf_plot_title(p, title);
  }
  lf_text_add(s, "\n");
  lf_plot_end(p);
  return LF_OK;
}

/* ---- heatmap ------------------------------------------------------------------------------------------------------------- */
typedef struct raster {
  lf_shells shells; /* rows */
  size_t columns;
  double log_step; /* a column's width: log10(step) */
  double *cell;    /* (shells.count, columns) */
} raster;

/* Cell = ||h^ - f^|| over a shell, relative to the target's largest; a column shows the record in force at its step. */
static lf_status make_raster(raster *out, const lf_history_view *v)
{
  enum { COLUMNS = 240, DECADE = 10 };
  lf_status st = LF_OK;
  double *norm = NULL, largest = 0;
  out->shells = lf_plot_shells(v);
  out->columns = COLUMNS;
  out->log_step = log10((double)LF_MAX(v->step[v->r - 1], (int64_t)DECADE)) / (COLUMNS - 1);
  LF_TRY(lf_calloc(&out->cell, out->shells.count * COLUMNS, sizeof *out->cell));
  LF_TRY(lf_calloc(&norm, out->shells.count, sizeof *norm));
  lf_plot_shell_norms(v, out->shells, v->target_hat, NULL, norm);
  for (size_t row = 0; row < out->shells.count; row++) largest = fmax(largest, norm[row]);
  for (size_t column = 0, r = 0, shown = v->r; column < COLUMNS; column++) {
    double step = pow(10, (double)column * out->log_step) * (1 + 1e-9);
    while (r + 1 < v->r && (double)v->step[r + 1] <= step) r++;
    if (r != shown) lf_plot_shell_norms(v, out->shells, v->fit_hat + 2 * r * v->m * v->c, v->target_hat, norm);
    shown = r;
    for (size_t row = 0; row < out->shells.count; row++)
      out->cell[row * COLUMNS + column] = largest > 0 ? norm[row] / largest : 0;
  }
done:
  lf_free(norm);
  return st;
}

lf_status lf_panel_heatmap(lf_plot *p)
{
  static const double darkest = 1e-3;
  lf_status st = LF_OK;
  lf_text *s = &p->script, *d = &p->data;
  const lf_history_view *v = &p->view[0];
  raster map = {0};
  LF_TRY(make_raster(&map, v));
  lf_plot_block(p, "heatmap", "log10(step), frequency (cycles/unit), error relative to the largest coefficient");
  for (size_t row = 0; row < map.shells.count; row++)
    for (size_t column = 0; column < map.columns; column++)
      lf_text_add(d, "%.6g %.6g %.4g\n", (double)column * map.log_step, (double)row * map.shells.width,
                  fmax(map.cell[row * map.columns + column], darkest / 10));
  lf_plot_block(p, "learned", "step, frequency of each peak learned");
  for (size_t k = 0; k < v->peaks; k++)
    if (p->order[0].step[k] > 0)
      lf_text_add(d, "%lld %.6g\n", (long long)p->order[0].step[k], v->xi_norm[v->peak[k]]);
    else
      lf_text_add(d, "NaN NaN\n");
  double right = (double)(map.columns - 1) * map.log_step;
  lf_text_add(s,
              "\nunset logscale x\nset xrange [%g:%g]\nset xtics () # an image needs a linear axis: log10(step), "
              "labelled as steps\n"
              "do for [k=0:%d] {\n  set xtics add (sprintf('%s', k) k)\n  do for [j=2:9] { set xtics add ('' "
              "k+log10(j) 1) }\n}\n",
              -map.log_step / 2, right + map.log_step / 2, (int)floor(right + 1e-9), p->tex ? "$10^{%d}$" : "10^{%d}");
  lf_plot_set(p, "xlabel", "step");
  lf_plot_set(p, "ylabel", v->xi_d > 1 ? "frequency |ξ| (cycles/unit)" : "frequency (cycles/unit)");
  lf_plot_set(p, "cblabel", "error left");
  lf_text_add(s,
              "set yrange [%g:%g]\nset colorbox\nset logscale cb\nset cbrange [%g:1]\nset format cb '%s'\nset grid "
              "front noxtics noytics\nunset key\n",
              -map.shells.width / 2, ((double)map.shells.count - 0.5) * map.shells.width, darkest, lf_plot_powers(p));
  lf_text_add(s, "plot ");
  lf_plot_from(p, "heatmap");
  lf_text_add(s, " using 1:2:3 with image, \\\n     ");
  lf_plot_from(p, "learned");
  lf_text_add(s, " using (log10($1)):2 with points pt 6 ps 1.4 lw 2 lc rgb 'white'\n");
  lf_plot_end(p);
done:
  lf_free(map.cell);
  return st;
}

/* ---- spectrum -------------------------------------------------------------------------------------------------------------- */
/* Root of the sum over all outputs. */
static double amplitude(const lf_history_view *v, const double *hat, size_t i)
{
  double square = 0;
  for (size_t j = 2 * i * v->c; j < 2 * (i + 1) * v->c; j++) square += hat[j] * hat[j];
  return sqrt(square);
}

/* Rows of |xi|, target, fits. In one dimension every frequency, else shells of |xi|. Gives back how many rows. */
static lf_status write_spectrum(lf_plot *p, const lf_history_view *v, size_t fits, const size_t *record, size_t *rows)
{
  lf_status st = LF_OK;
  double limit = lf_plot_xi_limit(v), *norm = NULL;
  lf_shells shells = lf_plot_shells(v);
  size_t few = 0;
  while (few < v->m && v->xi_norm[few] <= limit) few++;
  *rows = v->xi_d > 1 ? shells.count : few;
  LF_TRY(lf_calloc(&norm, (fits + 1) * *rows, sizeof *norm));
  for (size_t k = 0; k <= fits; k++) {
    const double *hat = k == 0 ? v->target_hat : v->fit_hat + 2 * record[k - 1] * v->m * v->c;
    if (v->xi_d > 1) lf_plot_shell_norms(v, shells, hat, NULL, norm + k * *rows);
    for (size_t i = 0; v->xi_d == 1 && i < *rows; i++) norm[k * *rows + i] = amplitude(v, hat, i);
  }
  for (size_t i = 0; i < *rows; i++) {
    lf_text_add(&p->data, "%.6g", v->xi_d > 1 ? (double)i * shells.width : v->xi_norm[i]);
    for (size_t k = 0; k <= fits; k++) lf_text_add(&p->data, " %.6g", norm[k * *rows + i]);
    lf_text_add(&p->data, "\n");
  }
done:
  lf_free(norm);
  return st;
}

lf_status lf_panel_spectrum(lf_plot *p)
{
  enum { FEW = 40 }; /* so many frequencies stand as points on stems; more run into a curve */
  lf_status st = LF_OK;
  lf_text *s = &p->script;
  const lf_history_view *v = &p->view[0];
  size_t record[LF_PLOT_FITS], fits = lf_plot_records(v, &p->order[0], LF_PLOT_FITS, record), rows;
  lf_plot_block(p, "spectrum",
                "frequency |xi| (cycles/unit), amplitude of the target, then of the fit at each step shown");
  LF_TRY(write_spectrum(p, v, fits, record, &rows));
  bool dense = rows > FEW;
  lf_plot_set(p, "xlabel", v->xi_d > 1 ? "frequency |ξ| (cycles/unit)" : "frequency (cycles/unit)");
  lf_plot_set(p, "ylabel", "amplitude |ŷ|");
  lf_text_add(s,
              "set xrange [0:%g]\nset yrange [0:*]\nset offsets 0,0,graph 0.05,0\nset format '%%g'\nset key above "
              "horizontal\nplot ",
              lf_plot_xi_limit(v) * 1.02);
  lf_plot_from(p, "spectrum");
  lf_text_add(s, dense ? " using 1:2 with filledcurves y1=0 lc rgb '#d4d4d4'"
                       : " using 1:2 with impulses lw 6 lc rgb '#d4d4d4'");
  lf_plot_title(p, "target");
  for (size_t k = 0; k < fits; k++) {
    lf_text_add(s, ", \\\n     ");
    lf_plot_from(p, "spectrum");
    lf_text_add(s, dense ? " using 1:%zu with lines lw 1.6" : " using 1:%zu with points pt 7 ps 1.1", k + 3);
    lf_plot_colour(p, lf_plot_place(k, fits));
    lf_plot_title(p, lf_plot_step(v, record[k]).text);
  }
  lf_text_add(s, "\nunset offsets\n");
  lf_plot_end(p);
done:
  return st;
}

/* ---- loss ---------------------------------------------------------------------------------------------------------------------- */
lf_status lf_panel_loss(lf_plot *p)
{
  lf_text *s = &p->script, *d = &p->data;
  char name[32], title[96];
  bool any = false, positive = false; /* a logarithm needs something to show */
  for (size_t i = 0; i < p->n; i++) {
    const lf_history_view *v = &p->view[i];
    positive = positive || v->loss[v->r - 1] > 0;
    (void)snprintf(name, sizeof name, "loss %zu", i + 1);
    lf_plot_block(p, name, "step, loss, loss on held-out samples (NaN: none)");
    for (size_t r = 0; r < v->r; r++)
      lf_text_add(d, "%lld %.6g %.6g\n", (long long)v->step[r], v->loss[r], v->test_loss[r]);
  }
  lf_text_add(s, "\n");
  lf_plot_step_axis(p);
  lf_plot_set(p, "ylabel", "loss");
  if (positive) lf_text_add(s, "set logscale y\nset format y '%s'\n", lf_plot_powers(p));
  lf_text_add(s, "set yrange [*:*]\nset key bottom left\nplot ");
  for (size_t i = 0; i < p->n; i++) {
    bool test = false;
    for (size_t r = 0; r < p->view[i].r; r++) test = test || !isnan(p->view[i].test_loss[r]);
    (void)snprintf(name, sizeof name, "loss %zu", i + 1);
    lf_plot_run(p, i, title, sizeof title);
    if (any) lf_text_add(s, ", \\\n     ");
    any = true;
    lf_plot_from(p, name);
    lf_text_add(s, " using 1:2 with lines lw 2");
    lf_plot_colour(p, lf_plot_place(i, p->n));
    lf_plot_title(p, p->n > 1 ? title : "training samples");
    if (!test) continue;
    lf_text_add(s, ", \\\n     ");
    lf_plot_from(p, name);
    lf_text_add(s, " using 1:3 with lines lw 2 dt (6,5)");
    lf_plot_colour(p, lf_plot_place(i, p->n));
    if (p->n == 1) lf_plot_title(p, "held-out samples");
  }
  lf_text_add(s, "\n");
  lf_plot_end(p);
  return LF_OK;
}

/* ---- order of learning -------------------------------------------------------------------------------------------------------- */
/* t_k of a frequency in one run; NaN where the run has no such peak or has not learned it. */
static double step_learned(const lf_plot *p, size_t run, double xi)
{
  const lf_order *o = &p->order[run];
  for (size_t k = 0; k < o->peaks; k++)
    if (fabs(o->xi[k] - xi) <= 1e-9 * fabs(xi)) return o->step[k] >= 0 ? (double)o->step[k] : NAN;
  return NAN;
}

/* What the blocks of the order of learning hold: gnuplot refuses a plot without a point. */
typedef struct order_found {
  size_t from, count;               /* the runs that are repetitions of each other: a prediction stands beside them */
  bool median, run, open, foretold; /* any point in "order", "order of each run", "not learned", "foretold" */
  int64_t highest;                  /* step among them */
} order_found;

/* Theory is asked beyond its record too. */
static void write_foretold(lf_plot *p, order_found *found)
{
  size_t theory = lf_plot_theory(p);
  lf_plot_block(p, "foretold", "frequency (cycles/unit), step");
  for (size_t k = 0; theory < p->n && k < p->order[theory].peaks; k++) {
    int64_t step = p->view[theory].foretold[k];
    if (step < 0) continue;
    lf_text_add(&p->data, "%.6g %lld\n", p->order[theory].xi[k], (long long)step);
    found->foretold = true;
    found->highest = LF_MAX(found->highest, step);
  }
}

static order_found write_runs(lf_plot *p)
{
  size_t theory = lf_plot_theory(p);
  order_found found = {.from = theory == 0, .count = theory < p->n ? 1 : p->n};
  write_foretold(p, &found);
  lf_plot_block(p, "order of each run", "frequency (cycles/unit), step");
  for (size_t i = found.from; i < found.from + found.count; i++)
    for (size_t k = 0; k < p->order[i].peaks; k++) {
      if (p->order[i].step[k] < 0) continue;
      lf_text_add(&p->data, "%.6g %lld\n", p->order[i].xi[k], (long long)p->order[i].step[k]);
      found.run = true;
      found.highest = LF_MAX(found.highest, p->order[i].step[k]);
    }
  lf_plot_block(p, "not learned", "frequency (cycles/unit), last step");
  for (size_t i = found.from; i < found.from + found.count; i++)
    for (size_t k = 0; k < p->order[i].peaks; k++) {
      int64_t last = p->view[i].step[p->view[i].r - 1];
      if (p->order[i].step[k] >= 0) continue;
      lf_text_add(&p->data, "%.6g %lld\n", p->order[i].xi[k], (long long)last);
      found.open = true;
      found.highest = LF_MAX(found.highest, last);
    }
  return found;
}

static lf_status write_order(lf_plot *p, order_found *found)
{
  lf_status st = LF_OK;
  double *value = NULL, middle, low, high;
  char label[64];
  LF_TRY(lf_calloc(&value, p->n, sizeof *value));
  *found = write_runs(p);
  const lf_order *first = &p->order[found->from];
  const size_t n = found->count;
  lf_plot_block(p, "order", "frequency (cycles/unit), median step, its interval, runs that learned it");
  for (size_t k = 0; k < first->peaks; k++) {
    size_t learned = 0;
    for (size_t i = 0; i < n; i++) {
      value[i] = step_learned(p, found->from + i, first->xi[k]);
      learned += isnan(value[i]) ? 0 : 1;
    }
    LF_TRY(lf_median_interval(n, value, &middle, &low, &high));
    lf_text_add(&p->data, "%.6g %.6g %.6g %.6g %zu\n", first->xi[k], middle, low, high, learned);
    found->median = found->median || !isnan(middle);
  }
  for (size_t i = 0; i < n; i++) value[i] = p->order[found->from + i].tau;
  LF_TRY(lf_median_interval(n, value, &middle, &low, &high));
  (void)snprintf(label, sizeof label, n > 1 ? "Kendall τ = %.2f (median of %zu)" : "Kendall τ = %.2f", middle, n);
  if (!isnan(middle)) {
    lf_plot_set(p, "label 1", label);
    lf_text_add(&p->script, "set label 1 at graph 0.03,0.95\n");
  }
done:
  lf_free(value);
  return st;
}

static void set_order_axes(lf_plot *p, const order_found *found)
{
  static const double wide = 20;    /* highest over lowest peak from which the frequency axis is logarithmic */
  static const int64_t decade = 10; /* steps from which theirs is */
  const lf_order *first = &p->order[0];
  double low = first->xi[0], high = first->xi[first->peaks - 1];
  lf_text *s = &p->script;
  lf_plot_set(p, "xlabel", p->view[0].xi_d > 1 ? "frequency |ξ| (cycles/unit)" : "frequency (cycles/unit)");
  lf_plot_set(p, "ylabel", "learned at step");
  lf_text_add(s, "set format '%%g'\nset yrange [*:*]\nset key bottom right\n");
  if (low > 0 && high > wide * low)
    lf_text_add(s, "set logscale x\nset xrange [%g:%g]\n", low / 1.3, 1.3 * high);
  else
    lf_text_add(s, "set xrange [0:%g]\n", high > 0 ? 1.1 * high : 1);
  if (found->highest >= decade) {
    lf_text_add(s, "set logscale y\nset format y '%s'\n", lf_plot_powers(p));
    lf_text_add(s, "set yrange [*:%g]\n", pow(10, ceil(log10((double)found->highest) + 0.05)));
  }
}

lf_status lf_panel_order(lf_plot *p)
{
  lf_status st = LF_OK;
  lf_text *s = &p->script;
  order_found found;
  const char *between = "plot ";
  if (p->order[0].peaks == 0)
    LF_RAISE(LF_EARG,
             "the target has no peak whose order of learning could be told; the figure `bands` shows its error");
  lf_text_add(s, "\n");
  LF_TRY(write_order(p, &found));
  set_order_axes(p, &found);
  if (found.median) {
    lf_text_add(s, "%s", between), between = ", \\\n     ";
    lf_plot_from(p, "order");
    lf_text_add(s, found.count > 1 ? " using 1:2:3:(valid(4) ? $4 : 1e99) with yerrorbars pt 7 ps 1.1 lw 2"
                                   : " using 1:2 with points pt 7 ps 1.3");
    lf_plot_colour(p, 0.25);
    if (found.count > 1 || found.open || found.foretold)
      lf_plot_title(p, found.count > 1 ? "median and interval" : "learned");
  }
  if (found.foretold) {
    lf_text_add(s, "%s", between), between = ", \\\n     ";
    lf_plot_from(p, "foretold");
    lf_text_add(s, " using 1:2 with linespoints pt 6 ps 2.2 lw 1.5 dt (6,5) lc rgb '#555555'");
    lf_plot_title(p, "theory");
  }
  if (found.run && found.count > 1) {
    lf_text_add(s, "%s", between), between = ", \\\n     ";
    lf_plot_from(p, "order of each run");
    lf_text_add(s, " using 1:2 with points pt 7 ps 0.45 lc rgb '#bbbbbb'");
    lf_plot_title(p, "each run");
  }
  if (found.open) {
    lf_text_add(s, "%s", between);
    lf_plot_from(p, "not learned");
    lf_text_add(s, " using 1:2 with points pt 8 ps 1.3 lw 1.5 lc rgb '#bb4444'");
    lf_plot_title(p, "not learned by then");
  }
  lf_text_add(s, "\nunset label 1\n");
  lf_plot_end(p);
done:
  return st;
}
