/* fp_tones.c — sums of tones: fp-1d, fp-1d-amp, fp-1d-script, fp-ratio, anti-init. */
#include <math.h>
#include <stdio.h>
#include "papers.h"

#define TWO_PI 6.283185307179586477
enum { ROOM = PAPER_MAX_SEEDS * PAPER_MAX_TONES };

/* Train, and give the learning steps of the tones 1/2pi, ... as t (seeds, n). The run goes into *keep where a figure wants it. */
static lf_status tones(paper_job *job, const char *name, paper_options options, paper_options quick, size_t n,
                       const double *k, double *t, lf_run **keep)
{
  double xi[PAPER_MAX_TONES];
  lf_run *run = NULL;
  size_t found;
  for (size_t i = 0; i < n; i++) xi[i] = k[i] / TWO_PI;
  lf_status st = paper_train(job, name, options, quick, n, xi, &run);
  if (st == LF_OK && !job->stopped) st = paper_times(run, true, n, t, NULL, &found);
  if (keep)
    *keep = run;
  else
    lf_run_destroy(run);
  return st;
}

static bool rising(const double *t, size_t seeds, size_t n)
{
  for (size_t j = 0; j + 1 < n; j++)
    if (!(paper_median_of(t, seeds, n, j) < paper_median_of(t, seeds, n, j + 1))) return false;
  return true;
}

static lf_status write_times(paper_job *job, const char *name, size_t n, const double *k, const double *t)
{
  lf_status st = LF_OK;
  for (size_t s = 0; st == LF_OK && s < job->seeds; s++)
    for (size_t j = 0; st == LF_OK && j < n; j++)
      st = paper_number(job, "%s,%zu,%g,%g", name, s + 1, k[j], t[s * n + j]);
  return st;
}

/* ---- fp-1d ---------------------------------------------------------------------------------------------------------------------- */
static const char *const three_tones[] = {
    "target", "sin(x)+sin(3*x)+sin(5*x)", "range", "-3.1415:3.1415", "points", "600",  "net",   "1-200-200-200-100-1",
    "init",   "width-power:0.5",          "opt",   "adam",           "lr",     "1e-4", "steps", "10000",
    NULL};
static const char *const three_quick[] = {"points", "100", "steps", "5000", NULL};
static const double odd[] = {1, 3, 5};

/* The period fits the range, so the lens's own peaks are the three tones, and the heat map shows the whole spectrum. */
lf_status paper_fp_1d(paper_job *job)
{
  double t[ROOM], xi[PAPER_MAX_TONES];
  size_t n = 0;
  lf_run *run = NULL;
  lf_status st = paper_train(job, "tanh", three_tones, three_quick, 0, NULL, &run);
  if (st == LF_OK && !job->stopped) st = paper_times(run, false, 3, t, xi, &n);
  if (st == LF_OK && !job->stopped) st = paper_number(job, "run,seed,k,step");
  if (st == LF_OK && !job->stopped) st = write_times(job, "tanh", n, odd, t);
  if (st == LF_OK && !job->stopped) {
    job->reproduced = n == 3 && rising(t, job->seeds, n);
    paper_append(job->measured, "learned at steps ");
    paper_describe_times(job->measured, t, job->seeds, n);
    paper_append(job->measured, " at");
    for (size_t j = 0; j < n; j++) paper_append(job->measured, "%s %.3f", j ? "," : "", xi[j]);
    paper_append(job->measured, " cycles/unit (median [interval] of %zu seed%s)", job->seeds,
                 job->seeds == 1 ? "" : "s");
    st = paper_figure(job, "figure", "summary", run);
  }
  lf_run_destroy(run);
  return st;
}

/* ---- fp-1d-amp -------------------------------------------------------------------------------------------------------------------- */
lf_status paper_fp_1d_amp(paper_job *job)
{
  static const char *const options[] = {
      "range", "-5:5", "points", "101",   "net", "1-200-200-200-100-1", "init", "width-power:0.5",
      "lr",    "2e-4", "steps",  "10000", NULL};
  static const char *const quick[] = {"steps", "4000", NULL};
  static const char *const target[] = {"sin(x)+2*sin(3*x)+3*sin(5*x)", "2*round((sin(x)+2*sin(3*x)+3*sin(5*x))/2)"};
  static const char *const name[] = {"smooth", "rounded"};
  lf_status st = paper_number(job, "run,seed,k,step");
  lf_run *run = NULL;
  job->reproduced = true;
  for (int i = 0; st == LF_OK && i < 2 && !job->stopped; i++) {
    const char *o[16] = {"target", target[i]};
    double t[ROOM];
    for (size_t j = 0; options[j]; j++) o[j + 2] = options[j];
    lf_run_destroy(run);
    st = tones(job, name[i], o, quick, 3, odd, t, &run);
    if (st != LF_OK || job->stopped) break;
    st = write_times(job, name[i], 3, odd, t);
    job->reproduced = job->reproduced && rising(t, job->seeds, 3);
    paper_append(job->measured, "%s%s: ", i ? "; " : "", name[i]);
    paper_describe_times(job->measured, t, job->seeds, 3);
  }
  if (st == LF_OK && !job->stopped) st = paper_figure(job, "figure", "summary", run);
  lf_run_destroy(run);
  return st;
}

/* ---- fp-1d-script -------------------------------------------------------------------------------------------------------------------- */
lf_status paper_fp_1d_script(paper_job *job)
{
  static const char *const options[] = {"target", "sin(x)+sin(4*x)", "range", "-10:10", "points",
                                        "61",     "test-points",     "201",   "net",    "1-200-200-200-100-1",
                                        "init",   "normal:0.05",     "lr",    "2e-5",   "steps",
                                        "600000", "stop-loss",       "3e-3",  "record", "log:400",
                                        NULL};
  static const char *const quick[] = {"lr", "2e-4", "steps", "30000", NULL};
  static const double k[] = {1, 4};
  double t[ROOM];
  lf_run *run = NULL;
  lf_status st = tones(job, "tanh", options, quick, 2, k, t, &run);
  if (st == LF_OK && !job->stopped) st = paper_number(job, "run,seed,k,step");
  if (st == LF_OK && !job->stopped) st = write_times(job, "tanh", 2, k, t);
  if (st == LF_OK && !job->stopped) {
    size_t reached = 0;
    for (size_t s = 0; s < job->seeds; s++) {
      lf_history_view v = lf_history_look(lf_run_history(run, s, 0));
      reached += v.loss[v.r - 1] < 3e-3;
    }
    job->reproduced = rising(t, job->seeds, 2) && 2 * reached > job->seeds;
    paper_describe_times(job->measured, t, job->seeds, 2);
    paper_append(job->measured, " for sin x, sin 4x; %zu of %zu seeds reached the loss of 3e-3", reached, job->seeds);
    st = paper_figure(job, "figure", "summary", run);
  }
  lf_run_destroy(run);
  return st;
}

/* ---- fp-ratio --------------------------------------------------------------------------------------------------------------------------- */
static const char *const ratio_options[] = {
    "range", "-3.1415:3.1415", "points", "201",   "net", "1-200-200-200-100-1", "init", "width-power:0.5",
    "lr",    "1e-4",           "steps",  "20000", NULL};
static const char *const ratio_quick[] = {"points", "61", "lr", "2e-4", "steps", "6000", NULL};

/* Median over seeds of t_high/t_low for sin x + a sin kx; INFINITY where the high tone is not learned. */
static lf_status ratio_of(paper_job *job, double a, double k, double *ratio)
{
  char target[64], name[48];
  const char *o[16] = {"target", target};
  double t[ROOM], r[PAPER_MAX_SEEDS];
  const double both[] = {1, k};
  (void)snprintf(target, sizeof target, "sin(x)+%g*sin(%g*x)", a, k);
  (void)snprintf(name, sizeof name, "a%g-k%g", a, k);
  for (size_t j = 0; ratio_options[j]; j++) o[j + 2] = ratio_options[j];
  lf_status st = tones(job, name, o, ratio_quick, 2, both, t, NULL);
  if (st != LF_OK || job->stopped) return st;
  for (size_t s = 0; s < job->seeds; s++) r[s] = isinf(t[2 * s + 1]) ? INFINITY : t[2 * s + 1] / fmax(t[2 * s], 1);
  *ratio = paper_median(job->seeds, r);
  return paper_number(job, "%g,%g,%g", a, k, *ratio);
}

lf_status paper_fp_ratio(paper_job *job)
{
  static const double amplitude[] = {0.1, 0.3, 1, 3}, frequency[] = {2, 3, 4, 5, 6, 7, 8};
  double by_a[4] = {NAN}, by_k[7] = {NAN};
  lf_status st = paper_number(job, "a,k,ratio");
  for (int i = 0; st == LF_OK && i < 4 && !job->stopped; i++) st = ratio_of(job, amplitude[i], 4, &by_a[i]);
  for (int i = 0; st == LF_OK && i < 7 && !job->stopped; i++) st = ratio_of(job, 0.2, frequency[i], &by_k[i]);
  if (st != LF_OK || job->stopped) return st;
  double tau = lf_kendall_tau(7, frequency, by_k);
  job->reproduced = by_a[0] > 1 && by_a[1] > 1 && by_a[2] > 1 && tau > 0.6;
  paper_append(job->measured, "t_high/t_low = %.3g, %.3g, %.3g, %.3g for a = 0.1, 0.3, 1, 3; ", by_a[0], by_a[1],
               by_a[2], by_a[3]);
  paper_append(job->measured, "%.3g ... %.3g for k = 2 ... 8, tau = %.2f", by_k[0], by_k[6], tau);
  return paper_plot(
      job,
      "set logscale y\nset xlabel 'k of the high tone'\nset ylabel 't_{high} / t_{low}'\n"
      "set title 'sin x + a sin kx: how much later the high tone is learned (not shown: not learned)'\n"
      "plot 'numbers.csv' skip 1 using ($1==0.2?$2:1/0):3 with linespoints pt 7 lw 2 lc rgb '#31688e' title 'a = "
      "0.2',\\\n"
      " '' skip 1 using ($1!=0.2?$2:1/0):3 with points pt 6 ps 1.4 lc rgb '#d95f02' title 'k = 4, a = 0.1 ... 3',\\\n"
      " 1 with lines dt 2 lc rgb '#888888' notitle");
}

/* ---- anti-init ---------------------------------------------------------------------------------------------------------------------------- */
lf_status paper_anti_init(paper_job *job)
{
  static const double scale[] = {1, 2, 4, 7, 10};
  static const char *const quick[] = {"points", "100", "steps", "5000", NULL};
  double ratio[5] = {NAN};
  lf_status st = paper_number(job, "scale,ratio,t_1,t_5");
  for (int i = 0; st == LF_OK && i < 5 && !job->stopped; i++) {
    char init[32], name[32];
    double t[ROOM], r[PAPER_MAX_SEEDS];
    (void)snprintf(init, sizeof init, "normal:%.10g", scale[i] / sqrt(200));
    (void)snprintf(name, sizeof name, "scale-%g", scale[i]);
    const char *o[] = {three_tones[0], three_tones[1], three_tones[2], three_tones[3], "points",
                       "200",          "net",          three_tones[7], "init",         init,
                       "lr",           "1e-4",         "steps",        "10000",        NULL};
    st = tones(job, name, o, quick, 3, odd, t, NULL);
    if (st != LF_OK || job->stopped) break;
    for (size_t s = 0; s < job->seeds; s++) r[s] = isinf(t[3 * s + 2]) ? INFINITY : t[3 * s + 2] / fmax(t[3 * s], 1);
    ratio[i] = paper_median(job->seeds, r);
    st = paper_number(job, "%g,%g,%g,%g", scale[i], ratio[i], paper_median_of(t, job->seeds, 3, 0),
                      paper_median_of(t, job->seeds, 3, 2));
  }
  if (st != LF_OK || job->stopped) return st;
  double tau = lf_kendall_tau(5, scale, ratio);
  job->reproduced = tau < 0 && ratio[4] < ratio[0];
  paper_append(job->measured, "t_5/t_1 = %.3g, %.3g, %.3g, %.3g, %.3g at scales 1, 2, 4, 7, 10; tau = %.2f", ratio[0],
               ratio[1], ratio[2], ratio[3], ratio[4], tau);
  return paper_plot(
      job, "set logscale xy\nset xlabel 'scale of the initial weights'\nset ylabel 'step'\n"
           "set title 'The order of learning and the size of the initial weights'\n"
           "plot 'numbers.csv' skip 1 using 1:3 with linespoints pt 7 lw 2 lc rgb '#440154' title 'sin x learned',\\\n"
           " '' skip 1 using 1:4 with linespoints pt 7 lw 2 lc rgb '#35b779' title 'sin 5x learned'");
}
