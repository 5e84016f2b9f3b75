/* pde_control.c — the law of the frequencies decides what is learned first: pde-control, pde-deep. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "lowfirst/array.h"
#include "lowfirst/files.h"
#include "pde_job.h"

static const double two_tones[] = {2, 6};
static const char target[] = "exp(-x^2/0.2)*(sin(4*pi*x)+sin(12*pi*x))";

/* ---- laws as files: quantiles of a density, so that nothing is left to chance ------------------------------------------------------------ */
/* The target's own spectrum: two bumps of width 1/(2 pi) sqrt(2/0.2) / sqrt 2 around the tones, one for each. */
static double like_target(double xi)
{
  double width = sqrt(10) / (2 * acos(-1)), a = (xi - two_tones[0]) / width, b = (xi - two_tones[1]) / width;
  return exp(-a * a / 2) + exp(-b * b / 2);
}
static double high_pass(double xi) { return xi >= 4 && xi <= 9; }
static double up_to_8(double xi) { return xi <= 8; }
static double normal(double xi, double width) { return exp(-xi * xi / (2 * width * width)); }
static double gauss_3(double xi) { return normal(xi, 3); }
static double gauss_4(double xi) { return normal(xi, 4); }
static double gauss_5(double xi) { return normal(xi, 5); }

static lf_status write_law(paper_job *job, const char *name, double (*density)(double), size_t count, char *features,
                           size_t size)
{
  enum { CELLS = 20000, MOST = 16384 };
  static double w[MOST];
  const double high = 24, step = high / CELLS;
  double whole = 0, so_far = 0;
  size_t at = 0;
  char path[700];
  for (size_t i = 0; i < CELLS; i++) whole += density(((double)i + 0.5) * step);
  for (size_t i = 0; i < CELLS && at < count; i++) {
    so_far += density(((double)i + 0.5) * step) / whole;
    while (at < count && ((double)at + 0.5) / (double)count <= so_far) w[at++] = ((double)i + 0.5) * step;
  }
  while (at < count) w[at] = w[at - 1], at++;
  (void)snprintf(path, sizeof path, "%s/%s.npy", job->out, name);
  (void)snprintf(features, size, "fourier:file:%s", path);
  return lf_npy_write(path, &(lf_array){.dtype = LF_F64, .ndim = 1, .shape = {count}, .data = w});
}

/* ---- pde-control ------------------------------------------------------------------------------------------------------------------------------- */
enum { UNIFORM, GAUSS, TARGET, HIGH, LAWS };

/* rate at 2 over rate at 6, each way, of one law */
static lf_status rates_of(paper_job *job, const char *name, const char *features, paper_span ratio[PDE_WAYS])
{
  static const char *const common[] = {
      "target", target,    "range",        "-1.5:1.5", "points", "240",  "net",    "1-1",    "train-features",
      "true",   "scaling", "inverse-sqrt", "std",      "a=0.05", "asi",  "true",   "opt",    "gd",
      "lr",     "0.5",     "loss",         "half_mse", "steps",  "1500", "record", "log:80", NULL};
  static const char *const quick[] = {"steps", "600", NULL};
  const char *options[PDE_OPTIONS], *more[] = {"features", features, NULL};
  lf_run *run[PDE_WAYS];
  pde_join(options, common, more);
  lf_status st = pde_three_ways(job, name, options, quick, "samples", 2, two_tones, run);
  for (int i = 0; i < PDE_WAYS && st == LF_OK && !job->stopped; i++) {
    double low[PAPER_MAX_SEEDS], high[PAPER_MAX_SEEDS], each[PAPER_MAX_SEEDS];
    size_t n = pde_half_lives(run[i], 0, low);
    (void)pde_half_lives(run[i], 1, high);
    for (size_t s = 0; s < n; s++) each[s] = high[s] / low[s];
    st = paper_span_of(n, each, &ratio[i]);
    if (st == LF_OK)
      st = paper_number(job, "%s,%s,%g,%g,%g,%g,%g", name, pde_way_name[i], paper_median(n, low), paper_median(n, high),
                        ratio[i].median, ratio[i].low, ratio[i].high);
  }
  pde_destroy(run);
  return st;
}

static bool all_within(const paper_span *ratio, double want, double share)
{
  for (int i = 0; i < PDE_WAYS; i++)
    if (!(fabs(ratio[i].median / want - 1) < share)) return false;
  return true;
}

lf_status paper_pde_control(paper_job *job)
{
  static const char *const name[LAWS] = {"uniform", "gauss", "target", "high-pass"};
  const size_t count = job->quick ? 2000 : 8000;
  double (*const density[LAWS])(double) = {up_to_8, gauss_4, like_target, high_pass};
  const double expected = gauss_4(two_tones[0]) / gauss_4(two_tones[1]);
  char features[LAWS][800];
  paper_span ratio[LAWS][PDE_WAYS];
  lf_status st = LF_OK;
  for (int i = 0; i < LAWS && st == LF_OK; i++)
    st = write_law(job, name[i], density[i], count, features[i], sizeof features[i]);
  if (st == LF_OK) st = paper_number(job, "law,way,half_2,half_6,ratio,low,high");
  for (int i = 0; i < LAWS && st == LF_OK && !job->stopped; i++) st = rates_of(job, name[i], features[i], ratio[i]);
  if (st != LF_OK || job->stopped) return st;
  job->reproduced = all_within(ratio[UNIFORM], 1, 0.1) && all_within(ratio[GAUSS], expected, 0.2);
  for (int i = 0; i < PDE_WAYS; i++) job->reproduced = job->reproduced && ratio[HIGH][i].median < 1;
  paper_append(job->measured, "rate at 2 over rate at 6 cycles (net, kernel, equation): ");
  for (int i = 0; i < LAWS; i++)
    paper_append(job->measured, "%s%s %.3g [%.3g, %.3g], %.3g, %.3g", i ? "; " : "", name[i], ratio[i][0].median,
                 ratio[i][0].low, ratio[i][0].high, ratio[i][1].median, ratio[i][2].median);
  paper_append(job->measured, "; rho_w(2)/rho_w(6) = %.3g for the Gaussian", expected);
  return paper_plot(
      job,
      "set style data histograms\nset style fill solid 0.8\nset logscale y\nset ylabel 'rate at 2 cycles / rate at 6'\n"
      "set title 'Which tone is learned faster follows from the law of the frequencies (no bar: 2 cycles are never "
      "learned)'\nset xtics "
      "('uniform' 0, 'Gaussian' 1, 'like the target' 2, 'high-pass' 3)\n"
      "plot for [w in 'net kernel pde'] 'numbers.csv' skip 1 using (strcol(2) eq w ? $5 : 1/0) every "
      "3::(w eq 'net' ? 0 : w eq 'kernel' ? 1 : 2) title w");
}

/* ---- pde-deep ---------------------------------------------------------------------------------------------------------------------------------- */
enum { DEPTHS = 4, DEEP_LAWS = 4 };

/* Half-lives of the high tone, half (seeds): hidden layers 0 is the equation, which has one for all, 1...3 nets behind the same features. */
static lf_status deep_half_lives(paper_job *job, size_t depth, size_t law, const char *features, double *half)
{
  static const char *const net[DEPTHS] = {"1-1", "1-200-1", "1-200-200-1", "1-200-200-200-1"};
  static const char *const quick[] = {"steps", "3000", NULL};
  char name[64];
  lf_run *run[PDE_WAYS] = {NULL};
  lf_status st;
  (void)snprintf(name, sizeof name, "law-%zu-depth-%zu", law + 1, depth);
  const char *const options[] = {
      "target",   target,     "range",   "-1.5:1.5", "points", "240",     "net", net[depth],
      "features", features,   "scaling", "ntk",      "opt",    "gd",      "lr",  depth ? "0.3" : "1",
      "loss",     "half_mse", "steps",   "6000",     "record", "log:120", NULL};
  const char *const shallow[] = {"target", target,     "range",   "-1.5:1.5", "points",       "240",      "net",
                                 "1-1",    "features", features,  "scaling",  "inverse-sqrt", "asi",      "true",
                                 "opt",    "gd",       "lr",      "0.5",      "loss",         "half_mse", "steps",
                                 "3000",   "record",   "log:120", NULL};
  if (depth == 0) {
    st = pde_three_ways(job, name, shallow, quick, "samples", 2, two_tones, run);
    if (st == LF_OK && !job->stopped) (void)pde_half_lives(run[2], 1, half);
  } else {
    st = paper_train(job, name, options, quick, 2, two_tones, &run[0]);
    if (st == LF_OK && !job->stopped) (void)pde_half_lives(run[0], 1, half);
  }
  if (st == LF_OK && !job->stopped)
    st = paper_number(job, "%zu,%zu,%g", law, depth, paper_median(depth ? job->seeds : 1, half));
  pde_destroy(run);
  return st;
}

/* Kendall's tau across the laws of the equation's half-lives and the nets', seed by seed. */
static lf_status orders_alike(double (*equation)[PAPER_MAX_SEEDS], double (*nets)[PAPER_MAX_SEEDS], size_t seeds,
                              paper_span *tau)
{
  double each[PAPER_MAX_SEEDS], of_equation[DEEP_LAWS], of_net[DEEP_LAWS];
  for (size_t s = 0; s < seeds; s++) {
    for (size_t law = 0; law < DEEP_LAWS; law++) of_equation[law] = equation[law][0], of_net[law] = nets[law][s];
    each[s] = lf_kendall_tau(DEEP_LAWS, of_equation, of_net);
  }
  return paper_span_of(seeds, each, tau);
}

lf_status paper_pde_deep(paper_job *job)
{
  static const char *const name[DEEP_LAWS] = {"gauss-3", "gauss-5", "uniform", "target"};
  double (*const density[DEEP_LAWS])(double) = {gauss_3, gauss_5, up_to_8, like_target};
  char features[DEEP_LAWS][800];
  double half[DEPTHS][DEEP_LAWS][PAPER_MAX_SEEDS];
  lf_status st = paper_number(job, "law,hidden,half_6");
  for (size_t i = 0; i < DEEP_LAWS && st == LF_OK; i++)
    st = write_law(job, name[i], density[i], 256, features[i], sizeof features[i]);
  for (size_t depth = 0; depth < DEPTHS; depth++)
    for (size_t law = 0; law < DEEP_LAWS && st == LF_OK && !job->stopped; law++)
      st = deep_half_lives(job, depth, law, features[law], half[depth][law]);
  if (st != LF_OK || job->stopped) return st;
  job->reproduced = true;
  paper_append(job->measured,
               "Kendall tau of the high tone's half-lives across laws, equation against net of 1, 2, 3 hidden layers:");
  for (size_t depth = 1; depth < DEPTHS; depth++) {
    paper_span tau;
    st = orders_alike(half[0], half[depth], job->seeds, &tau);
    if (st != LF_OK) return st;
    job->reproduced = job->reproduced && tau.median > 0.99;
    paper_append(job->measured, "%s %.2f [%.2f, %.2f]", depth > 1 ? "," : "", tau.median, tau.low, tau.high);
  }
  return paper_plot(job,
                    "set datafile missing NaN\nset logscale y\nset ylabel 'time to half the error at 6 cycles'\nset "
                    "xrange [-0.5:3.5]\nset xtics "
                    "('Gaussian 3' 0, 'Gaussian 5' 1, 'uniform 8' 2, 'like the target' 3)\nset key top right\n"
                    "set title 'The law of the frequencies orders deep nets as it orders the equation'\n"
                    "plot for [h=0:3] 'numbers.csv' skip 1 using ($2==h?$1:NaN):3 with linespoints pt 7 lw 2 title "
                    "h==0?'equation':sprintf('%d hidden layers', h)");
}
