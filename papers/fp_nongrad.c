/* fp_nongrad.c — the order of learning under optimisers that do not follow the gradient: fp-nongrad. */
#include <math.h>
#include <stdio.h>
#include "papers.h"

#define TWO_PI 6.283185307179586477

/* Global searches look further, and take longer. */
typedef struct rule {
  const char *name, *steps, *quick_steps;
} rule;
static const rule rules[] = {{"lbfgs", "200000", "20000"},  {"newton-cg", "200000", "20000"},
                             {"bobyqa", "200000", "20000"}, {"newuoa", "200000", "20000"},
                             {"praxis", "200000", "20000"}, {"crs", "2000000", "200000"},
                             {"esch", "2000000", "200000"}};
enum { RULES = sizeof rules / sizeof *rules, TONES = 2, ROOM = PAPER_MAX_SEEDS * TONES };

/* A step is one evaluation of the loss. t (seeds, 2): from which on sin x and sin 5x are learned to 0.1. */
static lf_status train_by(paper_job *job, const rule *by, double *t, lf_run **run)
{
  static const double xi[TONES] = {1 / TWO_PI, 5 / TWO_PI};
  const char *const quick[] = {"steps", by->quick_steps, NULL};
  const char *const options[] = {"target",    "sin(x)+sin(5*x)",
                                 "range",     "-3.1415:3.1415",
                                 "points",    "61",
                                 "net",       "1-10-1",
                                 "precision", "f64",
                                 "opt",       by->name,
                                 "steps",     by->steps,
                                 "learned",   "0.1",
                                 "record",    "log:400",
                                 "box",       "5",
                                 "stop-loss", "1e-4",
                                 NULL};
  size_t found;
  lf_status st = paper_train(job, by->name, options, quick, TONES, xi, run);
  return st == LF_OK && !job->stopped ? paper_times(*run, true, TONES, t, NULL, &found) : st;
}

static void describe(paper_job *job, const char *name, double low, double high)
{
  paper_append(job->measured, "%s%s ", job->measured[0] ? "; " : "", name);
  if (isinf(low))
    paper_append(job->measured, "%s", isinf(high) ? "neither reached" : "sin 5x alone reached");
  else if (isinf(high))
    paper_append(job->measured, "%g, sin 5x not reached", low);
  else
    paper_append(job->measured, "%g, %g", low, high);
}

lf_status paper_fp_nongrad(paper_job *job)
{
  double t[ROOM];
  lf_status st = paper_number(job, "rule,seed,k,step");
  job->reproduced = true;
  for (int i = 0; st == LF_OK && i < RULES && !job->stopped; i++) {
    lf_run *run = NULL;
    st = train_by(job, &rules[i], t, &run);
    for (size_t s = 0; st == LF_OK && !job->stopped && s < job->seeds * TONES; s++)
      st = paper_number(job, "%s,%zu,%d,%g", rules[i].name, s / TONES + 1, s % TONES ? 5 : 1, t[s]);
    if (st == LF_OK && !job->stopped) {
      double low = paper_median_of(t, job->seeds, TONES, 0), high = paper_median_of(t, job->seeds, TONES, 1);
      job->reproduced = job->reproduced && low < high; /* false where both are out of reach */
      describe(job, rules[i].name, low, high);
    }
    lf_run_destroy(run);
  }
  if (st != LF_OK || job->stopped) return st;
  paper_append(job->measured, " (evaluations until sin x, sin 5x; medians of %zu seed%s)", job->seeds,
               job->seeds == 1 ? "" : "s");
  return paper_plot(job,
                    "set logscale y\nset ylabel 'evaluations of the loss'\n"
                    "set title 'Optimisers other than descent along the gradient (not shown: not learned)'\n"
                    "names = 'lbfgs newton-cg bobyqa newuoa praxis crs esch'\n"
                    "place(s) = sum [i=1:7] (word(names, i) eq s ? i : 0)\nset xrange [0.5:7.5]\n"
                    "set xtics ('lbfgs' 1, 'newton-cg' 2, 'bobyqa' 3, 'newuoa' 4, 'praxis' 5, 'crs' 6, 'esch' 7)\n"
                    "plot 'numbers.csv' skip 1 using (place(strcol(1)) - 0.1):($3==1?$4:1/0) with points pt 7 lc rgb "
                    "'#440154' title 'sin x',\\\n"
                    " '' skip 1 using (place(strcol(1)) + 0.1):($3==5?$4:1/0) with points pt 7 lc rgb '#35b779' title "
                    "'sin 5x'");
}
