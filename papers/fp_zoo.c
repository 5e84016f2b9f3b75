/* fp_zoo.c — every activation, depth, optimiser and loss on the three tones: fp-zoo. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "papers.h"

#define TWO_PI 6.283185307179586477
enum { TONES = 3, ROOM = PAPER_MAX_SEEDS * TONES };

/* The rates are of the size that each rule's users take, well inside what is stable; none is tuned to a cell. Plain descent is given more
 * steps, as it needs more. */
typedef struct rule {
  const char *opt, *lr, *batch, *steps, *quick_steps;
} rule;
static const rule rules[] = {{"gd", "0.02", "0", "100000", "20000"},
                             {"adam", "1e-3", "0", "20000", "5000"},
                             {"sgd", "0.02", "25", "100000", "20000"},
                             {"momentum", "0.002", "0", "100000", "20000"},
                             {"rmsprop", "3e-4", "0", "20000", "5000"}};
static const char *const activations[] = {"tanh", "relu", "sin", "sigmoid", "softplus", "gelu"};
static const char *const losses[] = {"mse", "huber", "mae"};
static const int depths[] = {1, 3, 5};

/* How far the loops go: the quick size takes the first ones of each list. */
typedef struct extent {
  size_t rules, activations, losses, depths;
} extent;

typedef struct tally {
  size_t cells, rising, undecided, diverged;
  char falling[400]; /* names of the cells with tau <= 0 */
} tally;

static void net_of(char *text, size_t size, int depth)
{
  size_t used = (size_t)snprintf(text, size, "1");
  for (int i = 0; i < depth; i++) used += (size_t)snprintf(text + used, size - used, "-50");
  (void)snprintf(text + used, size - used, "-1");
}

/* Kendall's tau of learning step and frequency, its median over the seeds that learned two tones or more; NaN where less than half of
 * them did. */
static double cell_tau(size_t seeds, const double *t)
{
  static const double k[TONES] = {1, 3, 5};
  double tau[PAPER_MAX_SEEDS];
  size_t decided = 0;
  for (size_t s = 0; s < seeds; s++) {
    int learned = 0;
    for (size_t j = 0; j < TONES; j++) learned += isfinite(t[s * TONES + j]) != 0;
    if (learned >= 2) tau[decided++] = lf_kendall_tau(TONES, k, t + s * TONES);
  }
  return 2 * decided >= seeds && decided > 0 ? paper_median(decided, tau) : NAN;
}

static lf_status count_cell(paper_job *job, tally *sum, const char *name, const double *t)
{
  double tau = cell_tau(job->seeds, t);
  sum->cells++;
  if (isnan(tau)) {
    sum->undecided++;
  } else if (tau > 0) {
    sum->rising++;
  } else {
    size_t used = strlen(sum->falling);
    (void)snprintf(sum->falling + used, sizeof sum->falling - used, "%s%s", used ? ", " : "", name);
  }
  return paper_number(job, "%s,%g,%g,%g,%g", name, paper_median_of(t, job->seeds, TONES, 0),
                      paper_median_of(t, job->seeds, TONES, 1), paper_median_of(t, job->seeds, TONES, 2), tau);
}

static lf_status cell(paper_job *job, tally *sum, const char *act, int depth, const rule *r, const char *loss)
{
  static const double xi[TONES] = {1 / TWO_PI, 3 / TWO_PI, 5 / TWO_PI};
  const char *const quick[] = {"points", "60", "steps", r->quick_steps, NULL};
  char net[64], name[64];
  double t[ROOM];
  size_t found;
  lf_run *run = NULL;
  net_of(net, sizeof net, depth);
  (void)snprintf(name, sizeof name, "%s-%d-%s-%s", act, depth, r->opt, loss);
  const char *const options[] = {"target",    "sin(x)+sin(3*x)+sin(5*x)",
                                 "range",     "-3.1415:3.1415",
                                 "points",    "100",
                                 "net",       net,
                                 "act",       act,
                                 "opt",       r->opt,
                                 "lr",        r->lr,
                                 "batch",     r->batch,
                                 "loss",      loss,
                                 "steps",     r->steps,
                                 "init",      "width-power:0.5",
                                 "no-report", "true",
                                 NULL};
  lf_status st = paper_train(job, name, options, quick, TONES, xi, &run);
  if (st == LF_EMATH) { /* the loss was no number any more: that cell says nothing about the order */
    sum->cells++, sum->undecided++, sum->diverged++;
    return paper_number(job, "%s,inf,inf,inf,nan", name);
  }
  if (st == LF_OK && !job->stopped) st = paper_times(run, true, TONES, t, NULL, &found);
  if (st == LF_OK && !job->stopped) st = count_cell(job, sum, name, t);
  lf_run_destroy(run);
  return st;
}

lf_status paper_fp_zoo(paper_job *job)
{
  const extent e = job->quick ? (extent){2, 6, 2, 2} : (extent){5, 6, 3, 3};
  tally sum = {0};
  lf_status st = paper_number(job, "cell,t_1,t_3,t_5,tau");
  for (size_t a = 0; a < e.activations; a++)
    for (size_t d = 0; d < e.depths; d++)
      for (size_t r = 0; r < e.rules; r++)
        for (size_t l = 0; l < e.losses; l++)
          if (st == LF_OK && !job->stopped) st = cell(job, &sum, activations[a], depths[d], &rules[r], losses[l]);
  if (st != LF_OK || job->stopped) return st;
  size_t decided = sum.cells - sum.undecided;
  job->reproduced = sum.rising == decided && 2 * decided > sum.cells;
  paper_append(job->measured,
               "tau > 0 in %zu of %zu decided cells; %zu of %zu undecided: fewer than two tones learned%s (medians of "
               "%zu seeds)",
               sum.rising, decided, sum.undecided, sum.cells, sum.diverged ? ", or diverged" : "", job->seeds);
  if (sum.falling[0]) paper_append(job->measured, "; tau <= 0: %s", sum.falling);
  return paper_plot(
      job, "set logscale xy\nset key outside right\nset xlabel 'step at which sin x is learned'\nset ylabel 'step'\n"
           "set title 'Activation, depth, optimiser, loss: one pair of points per cell'\n"
           "plot 'numbers.csv' skip 1 using 2:3 with points pt 7 ps 0.6 lc rgb '#31688e' title 'sin 3x',\\\n"
           " '' skip 1 using 2:4 with points pt 7 ps 0.6 lc rgb '#35b779' title 'sin 5x',\\\n"
           " x with lines dt 2 lc rgb '#888888' title 'no order'");
}
