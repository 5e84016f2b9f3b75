/* anti_ricker.c — activations whose own spectrum lies at high frequencies turn the order around: anti-ricker. */
#include <math.h>
#include <stdio.h>
#include "papers.h"

#define TWO_PI 6.283185307179586477
enum { TONES = 3, ROOM = PAPER_MAX_SEEDS * TONES };

/* The paper's numbers of epochs; it trains tanh elsewhere, and here as long as sin. */
typedef struct row {
  const char *act, *name, *steps, *quick_steps;
  int claim; /* -1: high not after low; 1: low first; 0: shown, not claimed */
} row;
static const row rows[] = {{"ricker:0.3", "ricker-0.3", "6000", "600", 0},
                           {"ricker:0.1", "ricker-0.1", "1000", "100", -1},
                           {"sin", "sin", "20000", "2000", 0},
                           {"sin:10", "sin-10", "1000", "100", -1},
                           {"tanh", "tanh", "20000", "2000", 1}};
enum { ROWS = sizeof rows / sizeof *rows };

typedef struct span {
  double median, low, high;
} span;

static lf_status span_of(size_t seeds, const double *t, int tone, span *out)
{
  double column[PAPER_MAX_SEEDS];
  for (size_t s = 0; s < seeds; s++) column[s] = t[s * TONES + (size_t)tone];
  return lf_median_interval(seeds, column, &out->median, &out->low, &out->high);
}

static bool holds(int claim, const span *first, const span *last)
{
  bool tie = last->low <= first->high; /* the intervals over seeds meet */
  if (claim < 0) return isfinite(last->median) && (last->median <= first->median || tie);
  return claim == 0 || (isfinite(first->median) && first->median < last->median);
}

static lf_status one(paper_job *job, const row *r, bool asi)
{
  static const double xi[TONES] = {1 / TWO_PI, 3 / TWO_PI, 5 / TWO_PI};
  char name[32];
  double t[ROOM];
  size_t found;
  lf_run *run = NULL;
  span first, last;
  (void)snprintf(name, sizeof name, "%s%s", r->name, asi ? "-asi" : "");
  const char *const options[] = {"target",
                                 "sin(x)+sin(3*x)+sin(5*x)",
                                 "range",
                                 "-3.1415:3.1415",
                                 "points",
                                 "600",
                                 "net",
                                 "1-200-200-200-100-1",
                                 "init",
                                 "width-power:0.5",
                                 "lr",
                                 "1e-5",
                                 "act",
                                 r->act,
                                 "steps",
                                 r->steps,
                                 "record",
                                 "log:400",
                                 asi ? "asi" : "output",
                                 asi ? "true" : "identity",
                                 NULL};
  const char *const quick[] = {"points", "100", "lr", "1e-4", "steps", r->quick_steps, NULL};
  lf_status st = paper_train(job, name, options, quick, TONES, xi, &run);
  if (st == LF_OK && !job->stopped) st = paper_times(run, true, TONES, t, NULL, &found);
  for (size_t s = 0; st == LF_OK && !job->stopped && s < job->seeds; s++)
    st = paper_number(job, "%s,%d,%zu,%g,%g,%g", r->name, asi, s + 1, t[s * TONES], t[s * TONES + 1], t[s * TONES + 2]);
  if (st == LF_OK && !job->stopped) st = span_of(job->seeds, t, 0, &first);
  if (st == LF_OK && !job->stopped) st = span_of(job->seeds, t, TONES - 1, &last);
  if (st == LF_OK && !job->stopped) {
    job->reproduced = job->reproduced && holds(r->claim, &first, &last);
    paper_append(job->measured, "%s%s%s %g, %g", job->measured[0] ? "; " : "", r->name, asi ? " asi" : "", first.median,
                 last.median);
  }
  lf_run_destroy(run);
  return st;
}

lf_status paper_anti_ricker(paper_job *job)
{
  lf_status st = paper_number(job, "activation,asi,seed,t_1,t_3,t_5");
  job->reproduced = true;
  for (int i = 0; i < ROWS; i++)
    for (int asi = 0; asi < 2; asi++)
      if (st == LF_OK && !job->stopped) st = one(job, &rows[i], asi != 0);
  if (st != LF_OK || job->stopped) return st;
  paper_append(job->measured, " (steps until sin x, sin 5x; medians of %zu seed%s)", job->seeds,
               job->seeds == 1 ? "" : "s");
  return paper_plot(job, "set logscale xy\nset key outside right\nset xlabel 'step at which sin x is learned'\nset "
                         "ylabel 'step at which sin 5x is "
                         "learned'\nset title 'Below the line the high tone comes first (not shown: not learned)'\n"
                         "plot for [a in 'ricker-0.3 ricker-0.1 sin sin-10 tanh'] 'numbers.csv' skip 1 using "
                         "(strcol(1) eq a ? $4 : 1/0):6 with points pt 7 title a,\\\n"
                         " x with lines dt 2 lc rgb '#888888' notitle");
}
