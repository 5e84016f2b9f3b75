/* figure_panels.c — one function per picture: its data blocks, its axes, its plot command. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "figure.h"
#include "format.h"

enum { MOST_FITS = 5 };

static double place(size_t i, size_t n) { return n > 1 ? (double)i / (double)(n - 1) : 0; }

static void add_title(lf_plot *p, const char *utf8)
{
  lf_text_add(&p->script, " title ");
  lf_plot_say(p, utf8);
}

static void run_name(const lf_plot *p, size_t i, char *out, size_t size)
{
  if (p->view[i].title[0])
    (void)snprintf(out, size, "%s", p->view[i].title);
  else
    (void)snprintf(out, size, "run %zu", i + 1);
}

static void finish_axes(lf_plot *p)
{
  if (!p->panel) return;
  lf_text_add(&p->script, "unset logscale\nset format\nset autoscale\nunset colorbox\n");
  lf_plot_key(p);
}

static const char *power_format(const lf_plot *p) { return p->tex ? "$10^{%T}$" : "10^{%T}"; }

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

/* Two runs (theory and training, say) are told apart by dashes; more are seeds of one thing, thin lines of one colour. */
static void plot_bands(lf_plot *p, size_t run)
{
  char name[32];
  const char *style = p->n > 2 ? "lw 0.9" : run > 0 ? "lw 2 dt (6,5)" : "lw 2";
  (void)snprintf(name, sizeof name, "bands %zu", run + 1);
  for (size_t b = 0; b < p->view[run].b; b++) {
    lf_text_add(&p->script, ", \\\n     ");
    lf_plot_from(p, name);
    lf_text_add(&p->script, " using 1:%zu with lines %s", b + 2, style);
    lf_plot_colour(p, place(b, p->view[run].b));
    if (run == 0) add_title(p, lf_word_band(&p->view[run], b).text);
  }
}

lf_status lf_panel_bands(lf_plot *p)
{
  lf_text *s = &p->script;
  for (size_t i = 0; i < p->n; i++) write_bands(p, i);
  lf_text_add(s, "\n");
  lf_plot_step_axis(p);
  lf_plot_set(p, "ylabel", "relative error of the band");
  lf_text_add(s, "set logscale y\nset format y '%s'\nset yrange [1e-5<*:2]\nset key bottom left\n", power_format(p));
  lf_plot_set(p, "key title", "cycles/unit");
  lf_text_add(s, "plot %g with lines dt (6,5) lw 1 lc rgb '#777777'", p->view[0].learned);
  for (size_t i = 0; i < p->n; i++) plot_bands(p, i);
  for (size_t i = 0; p->n == 2 && i < p->n; i++) {
    char title[96];
    run_name(p, i, title, sizeof title);
    lf_text_add(s, ", \\\n     NaN with lines lw 2%s lc rgb '#555555'", i ? " dt (6,5)" : "");
    add_title(p, title);
  }
  lf_text_add(s, "\n");
  finish_axes(p);
  return LF_OK;
}

/* ---- heatmap ------------------------------------------------------------------------------------------------------------- */
typedef struct raster {
  size_t rows, columns;
  double xi_step, log_step; /* cell sizes: cycles/unit, log10(step) */
  double *cell;             /* (rows,columns) */
} raster;

/* Shells of |xi| so fine that each distance between neighbours is met once, but not more than can be seen. */
static double shell_width(const lf_history_view *v, double limit)
{
  enum { MOST_ROWS = 100 };
  double width = limit;
  for (size_t i = 1; i < v->m && v->xi_norm[i] <= limit; i++) {
    double apart = v->xi_norm[i] - v->xi_norm[i - 1];
    if (apart > 1e-9 * limit) width = fmin(width, apart);
  }
  return fmax(width, limit / MOST_ROWS);
}

/* Cell = root of the sum of |h^ - f^|^2 over a shell, relative to the largest shell of the target; the record in force at its step. */
static lf_status make_raster(raster *out, const lf_history_view *v)
{
  enum { COLUMNS = 240 };
  lf_status st = LF_OK;
  double limit = lf_plot_xi_limit(v), *shell = NULL, largest = 0;
  int64_t last = LF_MAX(v->step[v->r - 1], (int64_t)10);
  out->xi_step = shell_width(v, limit);
  out->rows = (size_t)(limit / out->xi_step) + 1;
  out->columns = COLUMNS;
  out->log_step = log10((double)last) / (COLUMNS - 1);
  LF_TRY(lf_calloc(&out->cell, out->rows * out->columns, sizeof *out->cell));
  LF_TRY(lf_calloc(&shell, out->rows, sizeof *shell));
  for (size_t i = 0; i < v->m; i++) {
    size_t row = (size_t)lround(v->xi_norm[i] / out->xi_step);
    for (size_t j = 2 * i * v->c; row < out->rows && j < 2 * (i + 1) * v->c; j++)
      shell[row] += v->target_hat[j] * v->target_hat[j];
  }
  for (size_t row = 0; row < out->rows; row++) largest = fmax(largest, sqrt(shell[row]));
  for (size_t column = 0, r = 0; column < COLUMNS; column++) {
    double step = pow(10, (double)column * out->log_step);
    while (r + 1 < v->r && (double)v->step[r + 1] <= step * (1 + 1e-9)) r++;
    memset(shell, 0, out->rows * sizeof *shell);
    for (size_t i = 0; i < v->m; i++) {
      size_t row = (size_t)lround(v->xi_norm[i] / out->xi_step);
      if (row >= out->rows) continue;
      for (size_t j = 2 * i * v->c; j < 2 * (i + 1) * v->c; j++) {
        double apart = v->fit_hat[2 * r * v->m * v->c + j] - v->target_hat[j];
        shell[row] += apart * apart;
      }
    }
    for (size_t row = 0; row < out->rows; row++)
      out->cell[row * COLUMNS + column] = largest > 0 ? sqrt(shell[row]) / largest : 0;
  }
done:
  lf_free(shell);
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
  for (size_t row = 0; row < map.rows; row++)
    for (size_t column = 0; column < map.columns; column++)
      lf_text_add(d, "%.6g %.6g %.4g\n", (double)column * map.log_step, (double)row * map.xi_step,
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
              -map.xi_step / 2, ((double)map.rows - 0.5) * map.xi_step, darkest, power_format(p));
  lf_text_add(s, "plot ");
  lf_plot_from(p, "heatmap");
  lf_text_add(s, " using 1:2:3 with image, \\\n     ");
  lf_plot_from(p, "learned");
  lf_text_add(s, " using (log10($1)):2 with points pt 6 ps 1.4 lw 2 lc rgb 'white'\n");
  finish_axes(p);
done:
  lf_free(map.cell);
  return st;
}

/* ---- spectrum -------------------------------------------------------------------------------------------------------------- */
static double amplitude(const lf_history_view *v, const double *hat, size_t i)
{
  double square = 0;
  for (size_t j = 2 * i * v->c; j < 2 * (i + 1) * v->c; j++) square += hat[j] * hat[j];
  return sqrt(square);
}

static void step_title(const lf_history_view *v, size_t record, char *out, size_t size)
{
  (void)snprintf(out, size, "step %s", lf_word_count(v->step[record]).text);
}

lf_status lf_panel_spectrum(lf_plot *p)
{
  lf_text *s = &p->script, *d = &p->data;
  const lf_history_view *v = &p->view[0];
  size_t record[MOST_FITS], fits = lf_plot_records(v, &p->order[0], MOST_FITS, record);
  double limit = lf_plot_xi_limit(v);
  enum { FEW = 40 }; /* so many frequencies stand as points on stems; more run into a curve */
  size_t shown = 0;
  while (shown < v->m && v->xi_norm[shown] <= limit) shown++;
  bool dense = shown > FEW;
  lf_plot_block(p, "spectrum",
                "frequency |xi| (cycles/unit), amplitude of the target, then of the fit at each step shown");
  for (size_t i = 0; i < shown; i++) {
    lf_text_add(d, "%.6g %.6g", v->xi_norm[i], amplitude(v, v->target_hat, i));
    for (size_t k = 0; k < fits; k++)
      lf_text_add(d, " %.6g", amplitude(v, v->fit_hat + 2 * record[k] * v->m * v->c, i));
    lf_text_add(d, "\n");
  }
  lf_plot_set(p, "xlabel", v->xi_d > 1 ? "frequency |ξ| (cycles/unit)" : "frequency (cycles/unit)");
  lf_plot_set(p, "ylabel", "amplitude |ŷ|");
  lf_text_add(s,
              "set xrange [0:%g]\nset yrange [0:*]\nset offsets 0,0,graph 0.05,0\nset format '%%g'\nset key above "
              "horizontal\nplot ",
              limit);
  lf_plot_from(p, "spectrum");
  lf_text_add(s, dense ? " using 1:2 with filledcurves y1=0 lc rgb '#d4d4d4'"
                       : " using 1:2 with impulses lw 6 lc rgb '#d4d4d4'");
  add_title(p, "target");
  for (size_t k = 0; k < fits; k++) {
    char title[64];
    step_title(v, record[k], title, sizeof title);
    lf_text_add(s, ", \\\n     ");
    lf_plot_from(p, "spectrum");
    lf_text_add(s, dense ? " using 1:%zu with lines lw 1.6" : " using 1:%zu with points pt 7 ps 1.1", k + 3);
    lf_plot_colour(p, place(k, fits));
    add_title(p, title);
  }
  lf_text_add(s, "\n");
  lf_text_add(s, "unset offsets\n");
  finish_axes(p);
  return LF_OK;
}

/* ---- the function ---------------------------------------------------------------------------------------------------------- */
static void set_value_label(lf_plot *p, const char *what, size_t outputs)
{
  char text[64] = "y";
  if (outputs > 1) (void)snprintf(text, sizeof text, "y (output 1 of %zu)", outputs);
  lf_plot_set(p, what, text);
}

static void draw_curve(lf_plot *p, const lf_history_view *v)
{
  lf_text *s = &p->script, *d = &p->data;
  size_t record[MOST_FITS] = {v->r - 1}, fits = 1;
  if (v->fits == v->r) fits = lf_plot_records(v, &p->order[0], MOST_FITS, record);
  lf_plot_block(p, "function", "x, target (NaN: unknown), then the fit at each step shown");
  for (size_t i = 0; i < v->q; i++) {
    lf_text_add(d, "%.9g %.6g", v->x_probe[i], v->target_probe ? v->target_probe[i * v->c] : NAN);
    for (size_t k = 0; k < fits; k++)
      lf_text_add(d, " %.6g", v->fit[((v->fits == v->r ? record[k] : 0) * v->q + i) * v->c]);
    lf_text_add(d, "\n");
  }
  lf_plot_set(p, "xlabel", "x");
  set_value_label(p, "ylabel", v->c);
  lf_text_add(s, "set format '%%g'\nset xrange [*:*] noextend\nset key above horizontal\nplot ");
  if (v->target_probe) {
    lf_plot_from(p, "function");
    lf_text_add(s, " using 1:2 smooth unique with lines lw 6 lc rgb '#c8c8c8'");
    add_title(p, "target");
    lf_text_add(s, ", \\\n     ");
  }
  for (size_t k = 0; k < fits; k++) {
    char title[64];
    step_title(v, record[k], title, sizeof title);
    lf_plot_from(p, "function");
    lf_text_add(s, " using 1:%zu smooth unique with lines lw 1.6", k + 3);
    lf_plot_colour(p, place(k, fits));
    add_title(p, title);
    lf_text_add(s, k + 1 < fits ? ", \\\n     " : "\n");
  }
}

/* Two inputs: maps of target, last fit and their difference, drawn as a picture is: x1 downwards, x2 to the right. */
static void draw_maps(lf_plot *p, const lf_history_view *v)
{
  static const char *const title[3] = {"target", "fit", "|fit - target|"};
  static const char *const value[3] = {"3", "4", "(abs($4-$3))"};
  lf_text *s = &p->script, *d = &p->data;
  lf_plot_block(p, "function", "x1, x2, target (NaN: unknown), fit at the last step");
  for (size_t i = 0; i < v->q; i++)
    lf_text_add(d, "%.9g %.9g %.6g %.6g\n", v->x_probe[2 * i], v->x_probe[2 * i + 1],
                v->target_probe ? v->target_probe[i * v->c] : NAN, v->fit[((v->fits - 1) * v->q + i) * v->c]);
  lf_text_add(s,
              "\nset multiplot layout 1,%d\nset size ratio -1\nset format '%%g'\nset yrange [*:*] reverse\nunset grid\n"
              "set colorbox horizontal user origin graph 0, graph -0.32 size graph 1, graph 0.05\nset bmargin 8\n",
              v->target_probe ? 3 : 1);
  lf_plot_set(p, "xlabel", "x2");
  lf_plot_set(p, "ylabel", "x1");
  for (size_t k = v->target_probe ? 0 : 1; k < (v->target_probe ? 3U : 2U); k++) {
    lf_plot_set(p, "title", title[k]);
    lf_text_add(s, "plot ");
    lf_plot_from(p, "function");
    lf_text_add(s, " using 2:1:%s with points pt 5 ps %.2g palette\n", value[k], 45 / sqrt((double)v->q));
  }
  lf_text_add(s, "unset multiplot\n");
}

lf_status lf_panel_function(lf_plot *p)
{
  const lf_history_view *v = &p->view[0];
  if (!v->fit) return LF_FAIL(LF_EARG, "the history holds no fit, so that there is no function to draw");
  if (v->d > 2)
    return LF_FAIL(LF_EARG, "a function of %zu inputs cannot be drawn; spectrum or bands show what it learned", v->d);
  if (v->d == 2)
    draw_maps(p, v);
  else
    draw_curve(p, v);
  finish_axes(p);
  return LF_OK;
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
  if (positive) lf_text_add(s, "set logscale y\nset format y '%s'\n", power_format(p));
  lf_text_add(s, "set yrange [*:*]\nset key bottom left\nplot ");
  for (size_t i = 0; i < p->n; i++) {
    bool test = false;
    for (size_t r = 0; r < p->view[i].r; r++) test = test || !isnan(p->view[i].test_loss[r]);
    (void)snprintf(name, sizeof name, "loss %zu", i + 1);
    run_name(p, i, title, sizeof title);
    if (any) lf_text_add(s, ", \\\n     ");
    any = true;
    lf_plot_from(p, name);
    lf_text_add(s, " using 1:2 with lines lw 2");
    lf_plot_colour(p, place(i, p->n));
    add_title(p, p->n > 1 ? title : "training samples");
    if (!test) continue;
    lf_text_add(s, ", \\\n     ");
    lf_plot_from(p, name);
    lf_text_add(s, " using 1:3 with lines lw 2 dt (6,5)");
    lf_plot_colour(p, place(i, p->n));
    if (p->n == 1) add_title(p, "held-out samples");
  }
  lf_text_add(s, "\n");
  finish_axes(p);
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
  bool median, run, open; /* any point in "order", "order of each run", "not learned" */
  int64_t highest;        /* step among them */
} order_found;

static order_found write_runs(lf_plot *p)
{
  order_found found = {0};
  lf_plot_block(p, "order of each run", "frequency (cycles/unit), step");
  for (size_t i = 0; i < p->n; i++)
    for (size_t k = 0; k < p->order[i].peaks; k++) {
      if (p->order[i].step[k] < 0) continue;
      lf_text_add(&p->data, "%.6g %lld\n", p->order[i].xi[k], (long long)p->order[i].step[k]);
      found.run = true;
      found.highest = LF_MAX(found.highest, p->order[i].step[k]);
    }
  lf_plot_block(p, "not learned", "frequency (cycles/unit), last step");
  for (size_t i = 0; i < p->n; i++)
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
  const lf_order *first = &p->order[0];
  double *value = NULL, middle, low, high;
  char label[64];
  LF_TRY(lf_calloc(&value, p->n, sizeof *value));
  *found = write_runs(p);
  lf_plot_block(p, "order", "frequency (cycles/unit), median step, its interval, runs that learned it");
  for (size_t k = 0; k < first->peaks; k++) {
    size_t learned = 0;
    for (size_t i = 0; i < p->n; i++) {
      value[i] = step_learned(p, i, first->xi[k]);
      learned += isnan(value[i]) ? 0 : 1;
    }
    LF_TRY(lf_median_interval(p->n, value, &middle, &low, &high));
    lf_text_add(&p->data, "%.6g %.6g %.6g %.6g %zu\n", first->xi[k], middle, low, high, learned);
    found->median = found->median || !isnan(middle);
  }
  for (size_t i = 0; i < p->n; i++) value[i] = p->order[i].tau;
  LF_TRY(lf_median_interval(p->n, value, &middle, &low, &high));
  (void)snprintf(label, sizeof label, p->n > 1 ? "Kendall τ = %.2f (median of %zu)" : "Kendall τ = %.2f", middle, p->n);
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
    lf_text_add(s, "set logscale y\nset format y '%s'\n", power_format(p));
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
    lf_text_add(s, p->n > 1 ? " using 1:2:3:(valid(4) ? $4 : 1e99) with yerrorbars pt 7 ps 1.1 lw 2"
                            : " using 1:2 with points pt 7 ps 1.3");
    lf_plot_colour(p, 0.25);
    if (p->n > 1 || found.open) add_title(p, p->n > 1 ? "median and interval" : "learned");
  }
  if (found.run && p->n > 1) {
    lf_text_add(s, "%s", between), between = ", \\\n     ";
    lf_plot_from(p, "order of each run");
    lf_text_add(s, " using 1:2 with points pt 7 ps 0.45 lc rgb '#bbbbbb'");
    add_title(p, "each run");
  }
  if (found.open) {
    lf_text_add(s, "%s", between);
    lf_plot_from(p, "not learned");
    lf_text_add(s, " using 1:2 with points pt 8 ps 1.3 lw 1.5 lc rgb '#bb4444'");
    add_title(p, "not learned by then");
  }
  lf_text_add(s, "\nunset label 1\n");
  finish_axes(p);
done:
  return st;
}
