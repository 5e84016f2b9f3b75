/* pde_curves.c — one error curve per band, three ways: net, exact kernel, frequency equation: pde-1d, pde-2d. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include "lowfirst/pde.h"
#include "pde_job.h"

static const double claimed = 0.05; /* "within 5 % of each other" */

/* law, band, time, error of net, kernel, equation */
static lf_status write_curves(paper_job *job, const char *law, lf_run *const run[PDE_WAYS])
{
  lf_history_view v[PDE_WAYS];
  lf_status st = LF_OK;
  for (int i = 0; i < PDE_WAYS; i++) v[i] = lf_history_look(lf_run_history(run[i], 0, 0));
  if (v[0].r != v[1].r || v[0].r != v[2].r || v[0].b != v[2].b)
    return LF_OK; /* the same records but for an early end */
  for (size_t r = 0; st == LF_OK && r < v[0].r; r++)
    for (size_t b = 0; st == LF_OK && b < v[0].b; b++)
      st = paper_number(job, "%s,%zu,%g,%g,%g,%g", law, b, v[1].time[r], v[0].band_error[r * v[0].b + b],
                        v[1].band_error[r * v[1].b + b], v[2].band_error[r * v[2].b + b]);
  return st;
}

static lf_status laws(paper_job *job, paper_options common, paper_options quick, size_t n, const char *const *law)
{
  lf_status st = paper_number(job, "law,band,t,net,kernel,pde");
  job->reproduced = true;
  for (size_t i = 0; i < n && st == LF_OK && !job->stopped; i++) {
    char name[64];
    const char *options[PDE_OPTIONS], *features[] = {"features", law[i], NULL};
    lf_run *run[PDE_WAYS];
    paper_span worst = {NAN, NAN, NAN};
    (void)snprintf(name, sizeof name, "law-%zu", i + 1);
    pde_join(options, common, features);
    st = pde_three_ways(job, name, options, quick, "uniform", 0, NULL, run);
    if (st == LF_OK && !job->stopped) st = pde_apart(run, job->seeds, &worst);
    if (st == LF_OK && !job->stopped) st = write_curves(job, name, run);
    job->reproduced = job->reproduced && worst.median < claimed;
    paper_append(job->measured, "%s%s: %.2g [%.2g, %.2g]",
                 i ? ", " : "largest RMS difference of a band's error: ", law[i], worst.median, worst.low, worst.high);
    pde_destroy(run);
  }
  return st;
}

/* Three bands of one law's curves. */
static lf_status plot_curves(paper_job *job, const char *title)
{
  char body[1600];
  (void)snprintf(
      body, sizeof body,
      "set datafile missing NaN\nset logscale x\nset key bottom left\nset xlabel 'flow time'\nset ylabel 'error of the "
      "band'\nset title '%s'\n"
      "color(b) = b == 0 ? 0x440154 : b == 1 ? 0x31688e : b == 2 ? 0x35b779 : 0xd95f02\n"
      "plot for [b=0:2] 'numbers.csv' skip 1 using (strcol(1) eq 'law-2' && $2==b && $3>0 ? $3:NaN):5 with lines lw 5 "
      "lc rgb '#cccccc' title b==0?'exact kernel':'',\\\n"
      " for [b=0:2] '' skip 1 using (strcol(1) eq 'law-2' && $2==b && $3>0 ? $3:NaN):6 with lines lw 2 lc rgb color(b) "
      "title sprintf('equation, band %%d', b+1),\\\n"
      " for [b=0:2] '' skip 1 using (strcol(1) eq 'law-2' && $2==b && $3>0 ? $3:NaN):4 with points pt 6 lc rgb "
      "color(b) "
      "title b==0?'net':''",
      title);
  return paper_plot(job, body);
}

lf_status paper_pde_1d(paper_job *job)
{
  static const char *const law[] = {"fourier:gauss:2:8000", "fourier:gauss:5:8000", "fourier:uniform:9:8000"};
  static const char *const short_law[] = {"fourier:gauss:2:3000", "fourier:gauss:5:3000", "fourier:uniform:9:3000"};
  static const char *const options[] = {"target",
                                        "exp(-x^2/0.1)*(sin(2*pi*x)+sin(6*pi*x)+sin(12*pi*x))",
                                        "range",
                                        "-1:1",
                                        "points",
                                        "200",
                                        "net",
                                        "1-1",
                                        "train-features",
                                        "true",
                                        "scaling",
                                        "inverse-sqrt",
                                        "std",
                                        "a=0.5",
                                        "asi",
                                        "true",
                                        "opt",
                                        "gd",
                                        "lr",
                                        "0.5",
                                        "loss",
                                        "half_mse",
                                        "steps",
                                        "1000",
                                        "record",
                                        "log:40",
                                        NULL};
  static const char *const quick[] = {"steps", "300", NULL};
  lf_status st = laws(job, options, quick, 3, job->quick ? short_law : law);
  if (st != LF_OK || job->stopped) return st;
  return plot_curves(job, "Learning of each band: Gaussian frequencies of width 5");
}

/* ---- two dimensions ------------------------------------------------------------------------------------------------------------------- */
/* With rates A, B that are the same at all frequencies every point learns by itself, f = f* (1 - exp(-c (A + 4 pi^2 B |x|^2) t)). */
static void everywhere(void *user, size_t d, const double *xi, double *A, double *B)
{
  (void)user, (void)d, (void)xi;
  *A = 1;
  *B = 0.05;
}

typedef struct truth {
  const lf_data *data;
  double density, off;
} truth;

static int hold(void *user, const lf_snapshot *s)
{
  truth *w = user;
  double sum = 0, whole = 0;
  for (size_t i = 0; i < s->n; i++) {
    const double *x = w->data->x + 2 * i, y = w->data->y[i];
    double rate = w->density * (1 + 4 * acos(-1) * acos(-1) * 0.05 * (x[0] * x[0] + x[1] * x[1]));
    double off = s->fit[i] - y * -expm1(-rate * s->time);
    sum += off * off;
    whole += y * y;
  }
  w->off = sqrt(sum / whole);
  return 0;
}

static lf_status error_with(const lf_data *data, int order, size_t cells, double *off)
{
  static const double time[] = {2};
  const lf_pde_rates rates = {.rate = everywhere, .jumps = 1, .jump = {4}};
  const lf_flow_options when = {.loss = LF_LOSS_HALF_MSE, .times = 1, .time = time};
  const lf_pde_options how = {.form = LF_PDE_UNIFORM, .order = order, .cells = cells, .tolerance = 1e-8};
  lf_pde *p = NULL;
  truth w = {.data = data};
  lf_status st = lf_pde_create(&p, &rates, data, &when, &how);
  if (st != LF_OK) return st;
  w.density = lf_pde_look(p).density;
  st = lf_pde_run(p, hold, &w);
  lf_pde_destroy(p);
  *off = w.off;
  return st;
}

/* Orders of convergence between two meshes, for elements of order 1 and 2. */
static lf_status measure_order(double order[2])
{
  lf_data *data = NULL;
  lf_data_options o = {0};
  lf_status st = lf_range_parse(&o, "-1.5:1.5");
  if (st == LF_OK) st = lf_points_parse(&o, "32");
  if (st == LF_OK) st = lf_data_target(&data, "exp(-5*(x1^2+x2^2))*cos(3*x1+x2)", &o);
  for (int k = 0; k < 2 && st == LF_OK; k++) {
    double coarse = 0, fine = 0;
    st = error_with(data, k + 1, 16, &coarse);
    if (st == LF_OK) st = error_with(data, k + 1, 24, &fine);
    order[k] = log(coarse / fine) / log(24.0 / 16);
  }
  lf_data_destroy(data);
  return st;
}

lf_status paper_pde_2d(paper_job *job)
{
  static const char *const law[] = {"fourier:gauss:1:6000", "fourier:gauss:2:6000", "fourier:uniform:4:6000"};
  static const char *const short_law[] = {"fourier:gauss:1:2000", "fourier:gauss:2:2000", "fourier:uniform:4:2000"};
  static const char *const options[] = {"target",
                                        "exp(-(x1^2+x2^2)/0.15)*(sin(2*pi*x1)+sin(6*pi*x2))",
                                        "range",
                                        "-1:1",
                                        "points",
                                        "32",
                                        "net",
                                        "2-1",
                                        "train-features",
                                        "true",
                                        "scaling",
                                        "inverse-sqrt",
                                        "std",
                                        "a=0.3",
                                        "asi",
                                        "true",
                                        "opt",
                                        "gd",
                                        "lr",
                                        "1",
                                        "loss",
                                        "half_mse",
                                        "steps",
                                        "600",
                                        "record",
                                        "log:30",
                                        NULL};
  static const char *const quick[] = {"points", "24", "steps", "100", NULL};
  double order[2] = {NAN, NAN};
  lf_status st = laws(job, options, quick, 3, job->quick ? short_law : law);
  if (st == LF_OK && !job->stopped) st = measure_order(order);
  if (st != LF_OK || job->stopped) return st;
  job->reproduced = job->reproduced && order[0] > 1.8 && order[1] > 2.8;
  paper_append(job->measured, "; order of convergence %.2f (elements of order 1), %.2f (order 2)", order[0], order[1]);
  return plot_curves(job, "Learning of each band in two dimensions: Gaussian frequencies of width 2");
}
