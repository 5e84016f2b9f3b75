/* pde_job.c — what the experiments on the frequency equation share. */
#include "pde_job.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

const char *const pde_way_name[PDE_WAYS] = {"net", "kernel", "pde"};

void pde_join(const char *out[PDE_OPTIONS], paper_options common, paper_options more)
{
  size_t used = 0;
  for (; common && *common && used + 1 < PDE_OPTIONS; common++) out[used++] = *common;
  for (; more && *more && used + 1 < PDE_OPTIONS; more++) out[used++] = *more;
  out[used] = NULL;
}

/* What the net was trained with, foretold: the record's options, under another theory. */
static lf_status foretell(paper_job *job, const char *name, const char *by, const char *density, const lf_run *net,
                          lf_run **out)
{
  char path[700], record[700];
  lf_run *run = NULL;
  (void)snprintf(path, sizeof path, "%s/%s", job->out, name);
  (void)snprintf(record, sizeof record, "%s/run.json", lf_run_look(net).out);
  lf_status st = lf_run_create(&run, LF_COMMAND_PREDICT);
  if (st == LF_OK) st = lf_run_set(run, "config", record);
  if (st == LF_OK) st = lf_run_set(run, "by", by);
  if (st == LF_OK && strcmp(by, "pde") == 0) st = lf_run_set(run, "pde-density", density);
  if (st == LF_OK) st = lf_run_set(run, "out", path);
  if (job->running) job->running(run);
  if (st == LF_OK) st = lf_run_go(run, NULL, NULL);
  if (job->running) job->running(NULL);
  *out = run;
  return st;
}

lf_status pde_three_ways(paper_job *job, const char *name, paper_options options, paper_options quick,
                         const char *density, size_t n, const double *tones, lf_run *run[PDE_WAYS])
{
  char path[256];
  run[0] = run[1] = run[2] = NULL;
  (void)snprintf(path, sizeof path, "%s-net", name);
  lf_status st = paper_train(job, path, options, quick, n, tones, &run[0]);
  for (int i = 1; i < PDE_WAYS && st == LF_OK && !job->stopped; i++) {
    (void)snprintf(path, sizeof path, "%s-%s", name, pde_way_name[i]);
    st = foretell(job, path, i == 1 ? "ntk" : "pde", density, run[0], &run[i]);
  }
  return st;
}

void pde_destroy(lf_run *run[PDE_WAYS])
{
  for (int i = 0; i < PDE_WAYS; i++) {
    lf_run_destroy(run[i]);
    run[i] = NULL;
  }
}

static double half_life(const lf_history *h, size_t j)
{
  lf_history_view v = lf_history_look(h);
  double first = v.delta[j];
  for (size_t r = 1; r < v.r; r++) {
    double before = v.delta[(r - 1) * v.m + j] / first, now = v.delta[r * v.m + j] / first;
    if (now > 0.5) continue;
    double share = log(before / 0.5) / log(before / now);
    return v.time[r - 1] + share * (v.time[r] - v.time[r - 1]);
  }
  return INFINITY;
}

size_t pde_half_lives(const lf_run *run, size_t j, double *out)
{
  size_t n = 0;
  for (; n < PAPER_MAX_SEEDS && lf_run_history(run, n, 0); n++) out[n] = half_life(lf_run_history(run, n, 0), j);
  return n;
}

static lf_status two_apart(const lf_run *a, const lf_run *b, size_t seed, double *worst)
{
  lf_deviation d;
  lf_status st = lf_compare(lf_run_history(a, 0, 0), lf_run_history(b, seed, 0), &d);
  if (st != LF_OK) return st;
  for (size_t i = 0; i < d.bands; i++) *worst = fmax(*worst, d.band_rms[i]);
  lf_deviation_free(&d);
  return LF_OK;
}

lf_status pde_apart(lf_run *const run[PDE_WAYS], size_t seeds, paper_span *worst)
{
  double of_seed[PAPER_MAX_SEEDS], theories = 0;
  lf_status st = two_apart(run[1], run[2], 0, &theories);
  for (size_t s = 0; s < seeds && st == LF_OK; s++) {
    of_seed[s] = theories;
    for (int i = 1; i < PDE_WAYS && st == LF_OK; i++) st = two_apart(run[i], run[0], s, &of_seed[s]);
  }
  return st == LF_OK ? paper_span_of(seeds, of_seed, worst) : st;
}
