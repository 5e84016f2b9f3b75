/* figure_function.c — the function itself: curves over one input, maps over two. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include "figure.h"

static void set_value_label(lf_plot *p, const char *what, size_t outputs)
{
  char text[64] = "y";
  if (outputs > 1) (void)snprintf(text, sizeof text, "y (output 1 of %zu)", outputs);
  lf_plot_set(p, what, text);
}

/* Of two runs the one laid over the other: its function at the same points, at its last record within the other's steps; NULL: it looked elsewhere, or
 * kept none of those. */
static const double *other_fit(const lf_plot *p, const lf_history_view *v, const lf_history_view *w, size_t *record)
{
  static const double same = 1e-9;
  double scale = 0;
  if (p->n != 2 || !w->fit || w->d != v->d || w->q != v->q || w->c != v->c) return NULL;
  for (size_t i = 0; i < v->q; i++) scale = fmax(scale, fabs(v->x_probe[i]));
  for (size_t i = 0; i < v->q; i++)
    if (fabs(v->x_probe[i] - w->x_probe[i]) > same * scale) return NULL;
  *record = w->r - 1;
  while (*record > 0 && w->step[*record] > v->step[v->r - 1]) --*record;
  if (w->fits != w->r && *record != w->r - 1) return NULL;
  return w->fit + (w->fits == w->r ? *record : 0) * w->q * w->c;
}

static void draw_other(lf_plot *p, const lf_history_view *w, size_t run, size_t record)
{
  char name[96], title[160];
  lf_plot_run(p, run, name, sizeof name);
  (void)snprintf(title, sizeof title, "%s, %s", name, lf_plot_step(w, record).text);
  lf_text_add(&p->script, ", \\\n     ");
  lf_plot_from(p, "other function");
  lf_text_add(&p->script, " using 1:2 smooth unique with lines lw 1.6 dt (6,5) lc rgb '#000000'");
  lf_plot_title(p, title);
}

static void draw_curve(lf_plot *p, const lf_history_view *v)
{
  lf_text *s = &p->script, *d = &p->data;
  size_t record[LF_PLOT_FITS] = {v->r - 1}, fits = 1, other_record = 0, mine = (size_t)(v - p->view);
  const lf_history_view *w = p->n == 2 ? &p->view[1 - mine] : v;
  const double *other = other_fit(p, v, w, &other_record);
  lf_plot_block(p, "other function", "x, the fit of the run laid over this one");
  for (size_t i = 0; other && i < w->q; i++) lf_text_add(d, "%.9g %.6g\n", w->x_probe[i], other[i * w->c]);
  if (v->fits == v->r) fits = lf_plot_records(v, &p->order[mine], LF_PLOT_FITS, record);
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
    lf_plot_title(p, "target");
    lf_text_add(s, ", \\\n     ");
  }
  for (size_t k = 0; k < fits; k++) {
    lf_plot_from(p, "function");
    lf_text_add(s, " using 1:%zu smooth unique with lines lw 1.6", k + 3);
    lf_plot_colour(p, lf_plot_place(k, fits));
    lf_plot_title(p, lf_plot_step(v, record[k]).text);
    lf_text_add(s, k + 1 < fits ? ", \\\n     " : "");
  }
  if (other) draw_other(p, w, 1 - mine, other_record);
  lf_text_add(s, "\n");
}

/* ---- two inputs ----------------------------------------------------------------------------------------------------------- */
typedef struct span {
  double low, high;
} span;

static span span_of(size_t count, const double *value, size_t stride)
{
  span s = {INFINITY, -INFINITY};
  for (size_t i = 0; i < count; i++) {
    s.low = fmin(s.low, value[i * stride]);
    s.high = fmax(s.high, value[i * stride]);
  }
  return s;
}

static int ascending(const void *a, const void *b)
{
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* How many different values an axis has when they are evenly spaced, else 0. */
static lf_status even_places(size_t count, const double *value, size_t stride, size_t *places)
{
  static const double tolerance = 1e-6;
  double *sorted = NULL, gap = 0;
  lf_status st = lf_calloc(&sorted, count, sizeof *sorted);
  if (st != LF_OK) return st;
  for (size_t i = 0; i < count; i++) sorted[i] = value[i * stride];
  qsort(sorted, count, sizeof *sorted, ascending);
  double whole = sorted[count - 1] - sorted[0];
  *places = 1;
  for (size_t i = 1; i<count && * places> 0; i++) {
    double step = sorted[i] - sorted[i - 1];
    if (step <= tolerance * whole) continue;
    if (gap == 0) gap = step;
    *places = fabs(step - gap) <= tolerance * whole ? *places + 1 : 0;
  }
  lf_free(sorted);
  return LF_OK;
}

/* Three tics are enough for a map: its ends and its middle. Half a cell is added around; a high end given first turns the axis. */
static void set_map_axis(lf_plot *p, const char *axis, span s, double margin)
{
  double edge = margin * (s.high - s.low), middle = (s.low + s.high) / 2;
  if (s.high == s.low) return;
  lf_text_add(&p->script, "set %srange [%.6g:%.6g]\nset %stics ('%.2g' %.6g, '%.2g' %.6g, '%.2g' %.6g)\n", axis,
              s.low - edge, s.high + edge, axis, s.low, s.low, middle, middle, s.high, s.high);
}

/* The data block; gives back the largest |fit - target|. */
static double write_maps(lf_plot *p, const lf_history_view *v, const double *fit)
{
  double apart = 0;
  lf_plot_block(p, "function", "x1, x2, target (NaN: unknown), fit at the last step");
  for (size_t i = 0; i < v->q; i++) {
    double target = v->target_probe ? v->target_probe[i * v->c] : NAN;
    if (v->target_probe) apart = fmax(apart, fabs(fit[i * v->c] - target));
    lf_text_add(&p->data, "%.9g %.9g %.6g %.6g\n", v->x_probe[2 * i], v->x_probe[2 * i + 1], target, fit[i * v->c]);
  }
  return apart;
}

/* Target, last fit and their difference, drawn as a picture is: x1 downwards, x2 to the right. */
static lf_status draw_maps(lf_plot *p, const lf_history_view *v)
{
  static const double points_per_side = 90,
                      margin = 0.03; /* scattered: points of size 1 beside each other fill a map, about */
  static const char *const title[3] = {"target", "fit", "|fit – target|"};
  static const char *const column[3] = {"3", "4", "(abs($4-$3))"};
  lf_status st = LF_OK;
  lf_text *s = &p->script;
  const double *fit = v->fit + (v->fits - 1) * v->q * v->c;
  span down = span_of(v->q, v->x_probe, 2), right = span_of(v->q, v->x_probe + 1, 2);
  span value = span_of(v->q, v->target_probe ? v->target_probe : fit, v->c), apart = {0, write_maps(p, v, fit)};
  size_t first = v->target_probe ? 0 : 1, last = v->target_probe ? 2 : 1, rows, columns;
  LF_TRY(even_places(v->q, v->x_probe, 2, &rows));
  LF_TRY(even_places(v->q, v->x_probe + 1, 2, &columns));
  bool image = rows > 1 && columns > 1 && rows * columns == v->q;
  lf_text_add(s,
              "\nset multiplot layout 1,%zu\nset size ratio -1\nset format '%%g'\nunset grid\nset border 15\n"
              "set colorbox horizontal user origin graph 0, graph -0.38 size graph 1, graph 0.04\nset bmargin 8\n",
              last - first + 1);
  set_map_axis(p, "x", right, image ? 0.5 / (double)(columns - 1) : margin);
  set_map_axis(p, "y", (span){down.high, down.low}, image ? 0.5 / (double)(rows - 1) : margin);
  set_map_axis(p, "cb", value, 0);
  lf_plot_set(p, "xlabel", "x2");
  lf_plot_set(p, "ylabel", "x1");
  for (size_t k = first; k <= last; k++) {
    if (k == 2) set_map_axis(p, "cb", apart, 0);
    lf_plot_set(p, "title", title[k]);
    lf_text_add(s, "plot ");
    lf_plot_from(p, "function");
    lf_text_add(s, " using 2:1:%s", column[k]);
    if (image)
      lf_text_add(s, " with image\n");
    else
      lf_text_add(s, " with points pt 5 ps %.2g palette\n", points_per_side / sqrt((double)v->q));
  }
  lf_text_add(s, "unset multiplot\n");
done:
  return st;
}

lf_status lf_panel_function(lf_plot *p)
{
  lf_status st = LF_OK;
  const lf_history_view *v = &p->view[lf_plot_theory(p) == 0]; /* the training, where it stands beside its prediction */
  if (!v->fit) LF_RAISE(LF_EARG, "the history holds no fit, so that there is no function to draw");
  if (v->d > 2)
    LF_RAISE(LF_EARG, "a function of %zu inputs cannot be drawn; spectrum or bands show what it learned", v->d);
  if (v->d == 2)
    LF_TRY(draw_maps(p, v));
  else
    draw_curve(p, v);
  lf_plot_end(p);
done:
  return st;
}
