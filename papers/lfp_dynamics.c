/* lfp_dynamics.c — a wide net, its limit kernel and the linear frequency principle learn each band together: lfp-dynamics.
 *
 * Cosines of whole periods at the middles of even cells: orthogonal to constants and straight lines, which the LFP leaves free. */
#include <math.h>
#include <stdio.h>
#include "lfp_job.h"
#include "lowfirst/files.h"

#define PI 3.14159265358979324
#define SIZE 0.01 /* small, so that the parameters need not go far: the kernel of a larger target moves */
enum { SAMPLES = 32, BANDS = 3, SOURCES = 3 };
static const double edges[BANDS + 1] = {0.25, 1.5, 3, 6};
static const char *const source_name[SOURCES] = {"net", "ntk", "lfp"};

static lf_status train(paper_job *job, lf_run **run)
{
  char data[PAPER_PATH];
  double x[SAMPLES], y[SAMPLES];
  const char *const options[] = {"data",         data,     "net",         "1-10000-1", "act",   "relu",  "scaling",
                                 "inverse-sqrt", "std",    "w=1,b=3,a=3", "asi",       "true",  "loss",  "half_mse",
                                 "opt",          "gd",     "lr",          "0.1",       "steps", "30000", "bands",
                                 "0.25,1.5,3,6", "record", "log:100",     "precision", "f64",   NULL};
  static const char *const quick[] = {"net", "1-2000-1", "steps", "10000", NULL};
  for (int i = 0; i < SAMPLES; i++) {
    x[i] = (2 * i + 1) / (double)SAMPLES - 1;
    y[i] = SIZE * (cos(2 * PI * x[i]) + cos(4 * PI * x[i]) + cos(8 * PI * x[i]));
  }
  lf_status st = paper_samples(job, "samples", SAMPLES, 1, x, y, data);
  return st == LF_OK ? paper_train(job, "relu", options, quick, 0, NULL, run) : st;
}

/* What theory says of the same model, samples and steps, seen through the same bands. */
static lf_status foretell(const lf_run *run, lf_kernel_kind kind, lf_history **out)
{
  const lf_run_info info = lf_run_look(run);
  const lf_lens_options look = {.n_edges = BANDS + 1, .edges = edges};
  const lf_flow_options how = {
      .loss = LF_LOSS_HALF_MSE, .lr = info.train->lr, .steps = info.train->steps, .record_count = 100};
  lf_kernel *kernel = NULL;
  lf_lens *lens = NULL;
  lf_history *told = NULL;
  lf_status st = lf_kernel_limit(&kernel, info.model, kind);
  if (st == LF_OK) st = lf_lens_create(&lens, info.data, &look);
  if (st == LF_OK) st = lf_history_create(&told, lens, info.data, NULL);
  if (st == LF_OK) st = lf_flow(kernel, info.data, &how, lf_history_record, told);
  if (st == LF_OK) st = lf_history_status(told);
  lf_lens_destroy(lens);
  lf_kernel_destroy(kernel);
  if (st != LF_OK) lf_history_destroy(told), told = NULL;
  *out = told;
  return st;
}

/* The largest of the bands' deviations. */
static lf_status deviation(const lf_history *from, const lf_history *of, double *worst)
{
  lf_deviation d = {0};
  lf_status st = lf_compare(from, of, &d);
  *worst = 0;
  for (size_t b = 0; st == LF_OK && b < d.bands; b++) *worst = fmax(*worst, d.band_rms[b]);
  lf_deviation_free(&d);
  return st;
}

static lf_status keep_curves(paper_job *job, const lf_history *const h[SOURCES])
{
  lf_status st = paper_number(job, "source,t,step,band_1,band_2,band_3");
  for (int i = 0; i < SOURCES; i++) {
    const lf_history_view v = lf_history_look(h[i]);
    for (size_t r = 0; st == LF_OK && r < v.r; r++) {
      const double *e = v.band_error + r * v.b;
      st = paper_number(job, "%s,%g,%lld,%g,%g,%g", source_name[i], v.time[r], (long long)v.step[r], e[0], e[1], e[2]);
    }
  }
  return st;
}

static lf_status draw(paper_job *job)
{
  return paper_plot(
      job,
      PAPER_SIZE(
          "900,420") "set logscale x\nset xlabel 'flow time t'\nset ylabel 'error of the band'\nset yrange [0:1.15]\n"
                     "set key below\nset format x '10^{%T}'\nset multiplot layout 1,3\n"
                     "title = \"'1 cycle/unit' '2 cycles/unit' '4 cycles/unit'\"\n"
                     "do for [i=1:3] {\n  set title word(title, i)\n"
                     "  plot 'numbers.csv' skip 1 using (strcol(1) eq 'net' ? $2 : NaN):(column(i + 3)) with lines lw "
                     "5 lc rgb "
                     "'#35b779' title 'network',\\\n"
                     "   '' skip 1 using (strcol(1) eq 'ntk' ? $2 : NaN):(column(i + 3)) with lines lw 2 lc rgb "
                     "'#440154' title "
                     "'limit kernel',\\\n"
                     "   '' skip 1 using (strcol(1) eq 'lfp' ? $2 : NaN):(column(i + 3)) with lines dt 2 lw 2 lc rgb "
                     "'#d95f02' "
                     "title 'LFP'\n}\nunset multiplot");
}

lf_status paper_lfp_dynamics(paper_job *job)
{
  double net[PAPER_MAX_SEEDS], limit = NAN;
  paper_span span;
  lf_run *run = NULL;
  lf_history *ntk = NULL, *lfp = NULL;
  lf_status st = train(job, &run);
  if (st == LF_OK && !job->stopped) st = foretell(run, LF_NTK, &ntk);
  if (st == LF_OK && !job->stopped) st = foretell(run, LF_LFP, &lfp);
  if (st == LF_OK && !job->stopped) st = deviation(lfp, ntk, &limit);
  for (size_t s = 0; st == LF_OK && !job->stopped && s < job->seeds; s++)
    st = deviation(lfp, lf_run_history(run, s, 0), &net[s]);
  if (st == LF_OK && !job->stopped)
    st = keep_curves(job, (const lf_history *const[SOURCES]){lf_run_history(run, 0, 0), ntk, lfp});
  if (st == LF_OK && !job->stopped) st = paper_span_of(job->seeds, net, &span);
  lf_history_destroy(ntk);
  lf_history_destroy(lfp);
  lf_run_destroy(run);
  if (st != LF_OK || job->stopped) return st;
  job->reproduced = span.median < 0.05 && limit < 0.05;
  paper_append(job->measured,
               "largest deviation of a band from the LFP, RMS over the steps: net %.3f [%.3f, %.3f], limit kernel %.3f "
               "(median [interval] of %zu seed%s)",
               span.median, span.low, span.high, limit, job->seeds, job->seeds == 1 ? "" : "s");
  return draw(job);
}
