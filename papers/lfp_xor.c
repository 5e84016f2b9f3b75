/* lfp_xor.c — the same in two dimensions, at the corners of a square whose labels are the product of its coordinates: lfp-xor. */
#include <math.h>
#include <stdio.h>
#include "lfp_job.h"
#include "lowfirst/files.h"

enum { CORNERS = 4, SIDE = 30, POINTS = SIDE * SIDE };

static void fill_grid(double *z)
{
  double axis[SIDE];
  paper_even(SIDE, -1, 1, axis);
  for (int i = 0; i < SIDE; i++)
    for (int j = 0; j < SIDE; j++) z[2 * (SIDE * i + j)] = axis[i], z[2 * (SIDE * i + j) + 1] = axis[j];
}

static lf_status train(paper_job *job, const double *z, lf_run **run)
{
  static const double x[2 * CORNERS] = {-1, -1, -1, 1, 1, -1, 1, 1}, y[CORNERS] = {1, -1, -1, 1};
  char data[PAPER_PATH], at[PAPER_PATH];
  const char *const options[] = {"data",  data,      "at",        at,     "net",    "2-8000-1",
                                 "act",   "relu",    "asi",       "true", "std",    "w=0.8,b=1,a=0.2",
                                 "loss",  "sse",     "opt",       "gd",   "lr",     "2e-5",
                                 "steps", "1000000", "stop-loss", "1e-5", "record", "log:100",
                                 NULL};
  const char *const quick[] = {"net", "2-1000-1", "lr", "1.6e-4", NULL};
  lf_status st = paper_samples(job, "samples", CORNERS, 2, x, y, data);
  if (st == LF_OK) st = paper_points(job, "points", POINTS, 2, z, at);
  return st == LF_OK ? paper_train(job, "relu", options, quick, 0, NULL, run) : st;
}

static lf_status keep_surfaces(const paper_job *job, const double *z, const double *net, const double *lfp)
{
  char path[PAPER_PATH];
  double table[POINTS * 4];
  for (size_t q = 0; q < POINTS; q++) {
    double *row = table + 4 * q;
    row[0] = z[2 * q], row[1] = z[2 * q + 1], row[2] = net[q], row[3] = lfp[q];
  }
  (void)snprintf(path, sizeof path, "%s/surfaces.csv", job->out);
  return lf_csv_write(path, POINTS, 4, (const char *const[]){"x1", "x2", "net", "lfp"}, table);
}

lf_status paper_lfp_xor(paper_job *job)
{
  double z[2 * POINTS], lfp[POINTS], rms[PAPER_MAX_SEEDS], correlation[PAPER_MAX_SEEDS];
  paper_span far, like;
  lf_run *run = NULL;
  fill_grid(z);
  lf_status st = train(job, z, &run);
  if (st == LF_OK && !job->stopped) st = paper_lfp_limit(lf_run_look(run).model, lf_run_look(run).data, POINTS, z, lfp);
  if (st == LF_OK && !job->stopped) st = paper_number(job, "seed,rms,correlation,steps");
  for (size_t s = 0; st == LF_OK && !job->stopped && s < job->seeds; s++) {
    const lf_history_view v = lf_history_look(lf_run_history(run, s, 0));
    rms[s] = paper_rms(POINTS, paper_last_fit(run, s), lfp);
    correlation[s] = paper_correlation(POINTS, paper_last_fit(run, s), lfp);
    st = paper_number(job, "%zu,%g,%.6f,%lld", s + 1, rms[s], correlation[s], (long long)v.step[v.r - 1]);
  }
  if (st == LF_OK && !job->stopped) st = keep_surfaces(job, z, paper_last_fit(run, 0), lfp);
  lf_run_destroy(run);
  if (st == LF_OK && !job->stopped) st = paper_span_of(job->seeds, rms, &far);
  if (st == LF_OK && !job->stopped) st = paper_span_of(job->seeds, correlation, &like);
  if (st != LF_OK || job->stopped) return st;
  job->reproduced = like.median > 0.99 && far.median < 0.06;
  paper_append(job->measured,
               "correlation %.4f [%.4f, %.4f], RMS %.4f [%.4f, %.4f] on the 30 x 30 grid (median [interval] of %zu "
               "seed%s)",
               like.median, like.low, like.high, far.median, far.low, far.high, job->seeds, job->seeds == 1 ? "" : "s");
  return paper_plot(
      job, PAPER_SIZE("900,430") "set size ratio -1\nset xlabel 'x_1'\nset ylabel 'x_2'\nset xrange [-1:1]\nset "
                                 "yrange [-1:1]\nset xtics 1\nset ytics 1\nunset grid\nunset key\n" PAPER_PALETTE
                                 "set cbrange [-1:1]\n"
                                 "set multiplot layout 1,2\n"
                                 "set title 'network'\nplot 'surfaces.csv' skip 1 using 1:2:3 with image\n"
                                 "set title 'LFP, t → ∞'\nplot 'surfaces.csv' skip 1 using 1:2:4 with image\n"
                                 "unset multiplot");
}
