/* anti_sobolev.c — slopes in the loss count a tone of frequency k with k^2 besides 1, and bring the high ones forward: anti-sobolev. */
#include <math.h>
#include "papers.h"

#define TWO_PI 6.283185307179586477
enum { TONES = 3, ROOM = PAPER_MAX_SEEDS * TONES };
static const double k[TONES] = {1, 3, 5};

typedef struct outcome {
  double ratio[PAPER_MAX_SEEDS]; /* t_5 / t_1; infinite where sin 5x is not learned */
  double median, low, high;      /* over the seeds */
} outcome;

static lf_status write_times(paper_job *job, const char *loss, const double *t)
{
  lf_status st = LF_OK;
  for (size_t s = 0; s < job->seeds; s++)
    for (size_t j = 0; st == LF_OK && j < TONES; j++)
      st = paper_number(job, "%s,%zu,%g,%g", loss, s + 1, k[j], t[s * TONES + j]);
  for (size_t j = 0; st == LF_OK && j < TONES; j++)
    st = paper_number(job, "%s,median,%g,%g", loss, k[j], paper_median_of(t, job->seeds, TONES, j));
  return st;
}

static lf_status one(paper_job *job, const char *loss, outcome *out)
{
  static const double xi[TONES] = {1 / TWO_PI, 3 / TWO_PI, 5 / TWO_PI};
  static const char *const quick[] = {"points", "100", "steps", "5000", NULL};
  const char *const options[] = {"target", "sin(x)+sin(3*x)+sin(5*x)",
                                 "range",  "-3.1415:3.1415",
                                 "points", "600",
                                 "net",    "1-100-200-100-1",
                                 "init",   "width-power:0.5",
                                 "lr",     "1e-4",
                                 "steps",  "10000",
                                 "record", "log:400",
                                 "loss",   loss,
                                 NULL};
  double t[ROOM];
  size_t found;
  lf_run *run = NULL;
  lf_status st = paper_train(job, loss, options, quick, TONES, xi, &run);
  if (st == LF_OK && !job->stopped) st = paper_times(run, true, TONES, t, NULL, &found);
  if (st == LF_OK && !job->stopped) st = write_times(job, loss, t);
  if (st == LF_OK && !job->stopped) {
    for (size_t s = 0; s < job->seeds; s++) {
      const double first = t[s * TONES], last = t[s * TONES + TONES - 1];
      out->ratio[s] = isinf(last) ? INFINITY : last / fmax(first, 1);
    }
    st = lf_median_interval(job->seeds, out->ratio, &out->median, &out->low, &out->high);
  }
  if (st == LF_OK && !job->stopped) {
    paper_append(job->measured, "%s: ", loss);
    paper_describe_times(job->measured, t, job->seeds, TONES);
    paper_append(job->measured, ", t_5/t_1 = %.3g [%.3g, %.3g]; ", out->median, out->low, out->high);
  }
  lf_run_destroy(run);
  return st;
}

lf_status paper_anti_sobolev(paper_job *job)
{
  outcome plain = {.median = NAN}, slopes = {.median = NAN};
  lf_status st = paper_number(job, "loss,seed,k,step");
  if (st == LF_OK) st = one(job, "mse", &plain);
  if (st == LF_OK && !job->stopped) st = one(job, "sobolev", &slopes);
  if (st != LF_OK || job->stopped) return st;
  job->reproduced = slopes.median < plain.median;
  paper_append(job->measured, "steps until sin x, sin 3x, sin 5x (median [interval] of %zu seed%s)", job->seeds,
               job->seeds == 1 ? "" : "s");
  return paper_plot(
      job,
      "set logscale y\nset xrange [0.5:5.5]\nset xtics (1, 3, 5)\nset xlabel 'k'\nset ylabel 'step at which sin kx is "
      "learned'\nset title 'Slopes in the loss flatten the order of learning (not shown: not learned)'\n"
      "loss = 'mse sobolev'\nname = \"'values' 'values and slopes'\"\n"
      "colour(i) = i == 1 ? 0x31688e : 0xd95f02\n"
      "plot for [i=1:2] 'numbers.csv' skip 1 using (strcol(1) eq word(loss, i) && strcol(2) eq 'median' ? $3 : NaN):4 "
      "with linespoints pt 7 lw 2 lc rgb colour(i) title word(name, i),\\\n"
      " for [i=1:2] '' skip 1 using (strcol(1) eq word(loss, i) && strcol(2) ne 'median' ? $3 : NaN):4 with points pt "
      "6 lc rgb colour(i) notitle");
}
