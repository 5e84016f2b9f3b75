/* lfp_1d.c — wide two-layer nets end where the linear frequency principle says, on five points of a line: lfp-1d, lfp-width. */
#include <math.h>
#include <stdio.h>
#include "lfp_job.h"
#include "lowfirst/files.h"

/* Where functions are looked at: an even grid over the samples' range, then the samples. */
enum { SAMPLES = PAPER_LINE, GRID = 800, POINTS = GRID + SAMPLES };
static const double *const x = paper_line_x, *const y = paper_line_y;

static void fill_points(double *z)
{
  paper_even(GRID, x[0], x[SAMPLES - 1], z);
  for (int i = 0; i < SAMPLES; i++) z[GRID + i] = x[i];
}

/* U(-v,v) laws of biases, output weights, hidden weights; rate at width 10 000 and, for each other width, as much flow time in a step. */
typedef struct kind {
  const char *name, *act;
  double bias, output, hidden, rate;
  bool cubic_is_wrong; /* the spline that this net does not draw: cubic, or piecewise linear */
  double nearest;      /* how close to the LFP the paper's claim has it */
} kind;
static const kind kinds[] = {{"cubic", "relu", 3, 0.1, 3, 5e-6, false, 0.015},
                             {"linear", "relu", 1, 1, 0.2, 1e-6, true, 0.015},
                             {"tanh-1", "tanh", 3, 4, 1.5, 2e-5, false, 0.02},
                             {"tanh-0", "tanh", 1, 0.1, 3, 1e-5, false, 0.02}};
enum { KINDS = sizeof kinds / sizeof *kinds };

/* Nets of one width, trained until the loss is below 8e-5; the function is recorded at z (POINTS).
 * quick_options may be NULL. */
static lf_status train(paper_job *job, const kind *k, size_t width, paper_options quick_options, const double *z,
                       lf_run **run)
{
  char name[32], data[PAPER_PATH], at[PAPER_PATH], net[32], init[64], bias[32], rate[32];
  (void)snprintf(name, sizeof name, "%s-%zu", k->name, width);
  (void)snprintf(net, sizeof net, "1-%zu-1", width);
  (void)snprintf(init, sizeof init, "uniform:%g,0=uniform:%g", k->output, k->hidden);
  (void)snprintf(bias, sizeof bias, "uniform:%g", k->bias);
  (void)snprintf(rate, sizeof rate, "%g", k->rate * 10000 / (double)width);
  const char *const options[] = {"data",      data,        "at",   at,       "net",
                                 net,         "act",       k->act, "init",   init,
                                 "bias-init", bias,        "asi",  "true",   "no-output-bias",
                                 "true",      "precision", "f64",  "loss",   "sse",
                                 "opt",       "gd",        "lr",   rate,     "steps",
                                 "4000000",   "stop-loss", "8e-5", "record", "log:100",
                                 NULL};
  lf_status st = paper_samples(job, "samples", SAMPLES, 1, x, y, data);
  if (st == LF_OK) st = paper_points(job, "points", POINTS, 1, z, at);
  return st == LF_OK ? paper_train(job, name, options, quick_options, 0, NULL, run) : st;
}

/* ---- splines through the samples ------------------------------------------------------------------------------------------------- */
/* Second derivatives at the knots of the natural cubic spline: h_i m_i + 2 (h_i + h_{i+1}) m_{i+1} + h_{i+1} m_{i+2} = 6 (jump of the
 * slopes), m = 0 at both ends; elimination without pivots, as the matrix is diagonally dominant. */
static void curvature(double m[SAMPLES])
{
  double diagonal[SAMPLES] = {0}, right[SAMPLES] = {0};
  for (int i = 1; i + 1 < SAMPLES; i++) {
    const double h = x[i] - x[i - 1], next = x[i + 1] - x[i], back = i > 1 ? h / diagonal[i - 1] : 0;
    diagonal[i] = 2 * (h + next) - back * h;
    right[i] = 6 * ((y[i + 1] - y[i]) / next - (y[i] - y[i - 1]) / h) - back * right[i - 1];
  }
  m[0] = m[SAMPLES - 1] = 0;
  for (int i = SAMPLES - 2; i > 0; i--) m[i] = (right[i] - (x[i + 1] - x[i]) * m[i + 1]) / diagonal[i];
}

/* values (GRID) */
static void spline(bool cubic, const double *z, double *values)
{
  double m[SAMPLES] = {0};
  if (cubic) curvature(m);
  for (int q = 0; q < GRID; q++) {
    int i = 0;
    while (i + 2 < SAMPLES && z[q] > x[i + 1]) i++;
    const double h = x[i + 1] - x[i], s = (z[q] - x[i]) / h, r = 1 - s;
    values[q] = r * y[i] + s * y[i + 1] + h * h / 6 * (r * (r * r - 1) * m[i] + s * (s * s - 1) * m[i + 1]);
  }
}

/* ---- lfp-1d ----------------------------------------------------------------------------------------------------------------------- */
static const char *const column[] = {"z", "net", "lfp", "spline"};

static lf_status keep_curves(const paper_job *job, const kind *k, const double *z, const double *const curve[3])
{
  char path[PAPER_PATH];
  double table[GRID * 4];
  for (size_t q = 0; q < GRID; q++) {
    table[4 * q] = z[q];
    for (size_t c = 0; c < 3; c++) table[4 * q + 1 + c] = curve[c][q];
  }
  (void)snprintf(path, sizeof path, "%s/%s.csv", job->out, k->name);
  return lf_csv_write(path, GRID, 4, column, table);
}

/* The measured line of a kind: medians of both deviations. */
static lf_status judge(paper_job *job, const kind *k, const double *near, const double *far)
{
  paper_span lfp, wrong;
  lf_status st = paper_span_of(job->seeds, near, &lfp);
  if (st == LF_OK) st = paper_span_of(job->seeds, far, &wrong);
  if (st != LF_OK) return st;
  job->reproduced = job->reproduced && lfp.median < k->nearest && wrong.median > 0.03;
  paper_append(job->measured, "%s%s: %.4f [%.4f, %.4f] from the LFP, %.4f [%.4f, %.4f] from the %s spline",
               job->measured[0] ? "; " : "", k->name, lfp.median, lfp.low, lfp.high, wrong.median, wrong.low,
               wrong.high, k->cubic_is_wrong ? "cubic" : "linear");
  return LF_OK;
}

static lf_status one_kind(paper_job *job, const kind *k)
{
  double z[POINTS], lfp[POINTS], wrong[GRID], near[PAPER_MAX_SEEDS], far[PAPER_MAX_SEEDS];
  static const char *const quick[] = {"stop-loss", "1e-3", "steps", "200000", NULL};
  lf_run *run = NULL;
  fill_points(z);
  spline(k->cubic_is_wrong, z, wrong);
  lf_status st = train(job, k, job->quick ? 1000 : 10000, quick, z, &run);
  if (st == LF_OK && !job->stopped) st = paper_lfp_limit(lf_run_look(run).model, lf_run_look(run).data, POINTS, z, lfp);
  for (size_t s = 0; st == LF_OK && !job->stopped && s < job->seeds; s++) {
    const lf_history_view v = lf_history_look(lf_run_history(run, s, 0));
    near[s] = paper_rms(GRID, paper_last_fit(run, s), lfp);
    far[s] = paper_rms(GRID, paper_last_fit(run, s), wrong);
    st = paper_number(job, "%s,%zu,%g,%g,%lld,%g", k->name, s + 1, near[s], far[s], (long long)v.step[v.r - 1],
                      v.loss[v.r - 1]);
  }
  if (st == LF_OK && !job->stopped)
    st = keep_curves(job, k, z, (const double *const[3]){paper_last_fit(run, 0), lfp, wrong});
  if (st == LF_OK && !job->stopped) st = judge(job, k, near, far);
  lf_run_destroy(run);
  return st;
}

lf_status paper_lfp_1d(paper_job *job)
{
  double xy[2 * SAMPLES];
  char path[PAPER_PATH];
  lf_status st = paper_number(job, "case,seed,rms_lfp,rms_spline,steps,loss");
  for (int i = 0; i < SAMPLES; i++) xy[2 * i] = x[i], xy[2 * i + 1] = y[i];
  (void)snprintf(path, sizeof path, "%s/samples.csv", job->out);
  if (st == LF_OK) st = lf_csv_write(path, SAMPLES, 2, (const char *const[]){"x", "y"}, xy);
  job->reproduced = true;
  for (int i = 0; st == LF_OK && !job->stopped && i < KINDS; i++) st = one_kind(job, &kinds[i]);
  if (st != LF_OK || job->stopped) return st;
  paper_append(job->measured, " (RMS at 800 points, median [interval] of %zu seed%s)", job->seeds,
               job->seeds == 1 ? "" : "s");
  return paper_plot(
      job, PAPER_SIZE(
               "900,640") "set xlabel 'x'\nset ylabel 'f'\nset key bottom right\n"
                          "name = 'cubic linear tanh-1 tanh-0'\n"
                          "title = \"'ReLU, slopes of hidden weights dominate' 'ReLU, output weights dominate' 'tanh, "
                          "output "
                          "weights dominate' 'tanh, hidden weights dominate'\"\n"
                          "wrong = \"'linear spline' 'cubic spline' 'linear spline' 'linear spline'\"\n"
                          "set multiplot layout 2,2\n"
                          "do for [i=1:4] {\n  f = word(name, i).'.csv'\n  set title word(title, i)\n"
                          "  plot f skip 1 using 1:4 with lines dt 3 lw 1.5 lc rgb '#999999' title word(wrong, i),\\\n"
                          "    f skip 1 using 1:2 with lines lw 4 lc rgb '#35b779' title 'network',\\\n"
                          "    f skip 1 using 1:3 with lines dt 2 lw 2 lc rgb '#440154' title 'LFP',\\\n"
                          "    'samples.csv' skip 1 using 1:2 with points pt 7 ps 0.7 lc rgb 'black' notitle\n}\n"
                          "unset multiplot");
}

/* ---- lfp-width ---------------------------------------------------------------------------------------------------------------------- */
enum { WIDTHS = 6 };

/* Distances of the nets of one width from the LFP, by seed: from its limit, and from the LFP through the net's own values at the
 * samples, without what training until a loss of 8e-5 leaves there. */
typedef struct distances {
  double limit[PAPER_MAX_SEEDS], through[PAPER_MAX_SEEDS];
} distances;

static lf_status one_width(paper_job *job, size_t width, distances *out)
{
  double z[POINTS], lfp[POINTS], through[POINTS];
  lf_run *run = NULL;
  fill_points(z);
  lf_status st = train(job, &kinds[0], width, NULL, z, &run);
  if (st == LF_OK && !job->stopped) st = paper_lfp_limit(lf_run_look(run).model, lf_run_look(run).data, POINTS, z, lfp);
  for (size_t s = 0; st == LF_OK && !job->stopped && s < job->seeds; s++) {
    const double *fit = paper_last_fit(run, s);
    st = paper_lfp_through(lf_run_look(run).model, fit + GRID, POINTS, z, through);
    out->limit[s] = paper_rms(GRID, fit, lfp);
    out->through[s] = paper_rms(GRID, fit, through);
    if (st == LF_OK) st = paper_number(job, "%zu,%zu,%g,%g", width, s + 1, out->limit[s], out->through[s]);
  }
  lf_run_destroy(run);
  return st;
}

/* Slopes of the logarithms over the widths, seed by seed. */
static void slopes(size_t widths, const distances *of, size_t seeds, double *limit, double *through)
{
  double log_width[WIDTHS], log_limit[WIDTHS], log_through[WIDTHS];
  for (size_t s = 0; s < seeds; s++) {
    for (size_t i = 0; i < widths; i++) {
      log_width[i] = (double)i * log(2);
      log_limit[i] = log(of[i].limit[s]);
      log_through[i] = log(of[i].through[s]);
    }
    limit[s] = paper_slope(widths, log_width, log_limit);
    through[s] = paper_slope(widths, log_width, log_through);
  }
}

lf_status paper_lfp_width(paper_job *job)
{
  const size_t widths = job->quick ? 4 : WIDTHS;
  distances of[WIDTHS];
  double limit[PAPER_MAX_SEEDS], through[PAPER_MAX_SEEDS];
  paper_span span, apart;
  lf_status st = paper_number(job, "width,seed,rms,rms_through");
  for (size_t i = 0; st == LF_OK && !job->stopped && i < widths; i++) st = one_width(job, (size_t)500 << i, &of[i]);
  if (st != LF_OK || job->stopped) return st;
  slopes(widths, of, job->seeds, limit, through);
  st = paper_span_of(job->seeds, limit, &span);
  if (st == LF_OK) st = paper_span_of(job->seeds, through, &apart);
  if (st != LF_OK) return st;
  job->reproduced = fabs(span.median + 0.39) < 0.1;
  paper_append(job->measured, "slope %.2f [%.2f, %.2f]; mean squares", span.median, span.low, span.high);
  for (size_t i = 0; i < widths; i++)
    paper_append(job->measured, "%s %.3g", i ? "," : "", pow(paper_median(job->seeds, of[i].limit), 2));
  paper_append(
      job->measured,
      " for m = 500 ... %d (medians of %zu seed%s; the authors': 1.33e-4 ... 7.78e-6); from the LFP through the "
      "net's own values at the samples: slope %.2f [%.2f, %.2f]",
      500 << (widths - 1), job->seeds, job->seeds == 1 ? "" : "s", apart.median, apart.low, apart.high);
  return paper_plot(
      job, "set logscale xy\nset format y '10^{%T}'\nset key top right\nset yrange [1e-3:3e-2]\nset xlabel 'width m'\n"
           "set xrange [400:20000]\nset ylabel 'RMS distance of network and LFP'\n"
           "set title 'The wider the net, the nearer to the linear frequency principle'\n"
           "$authors << E\n500,1.33e-4\n1000,5e-5\n2000,3.47e-5\n4000,2e-5\n8000,1.32e-5\n16000,7.78e-6\nE\n"
           "plot 'numbers.csv' skip 1 using 1:3 with points pt 7 lc rgb '#31688e' title 'to the LFP',\\\n"
           " '' skip 1 using 1:4 with points pt 6 lc rgb '#35b779' title 'LFP through the net''s "
           "values at the samples',\\\n"
           " $authors using 1:(sqrt($2)) with points pt 4 ps 1.3 lc rgb '#d95f02' title 'published',\\\n"
           " sqrt(1.33e-4) * (x/500)**-0.39 with lines dt 2 lc rgb '#888888' title 'm^{-0.39}'");
}
