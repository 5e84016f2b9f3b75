/* job.c — what experiments are made of: training through the public run, learning steps, medians, numbers, figures. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "lowfirst/files.h"
#include "lowfirst/report.h"
#include "papers.h"

enum { PATH = 600 };

void paper_append(char *text, const char *fmt, ...)
{
  size_t used = strlen(text);
  va_list ap;
  va_start(ap, fmt);
  (void)vsnprintf(text + used, PAPER_TEXT - used, fmt, ap);
  va_end(ap);
}

/* ---- training --------------------------------------------------------------------------------------------------------------- */
static lf_status set_all(lf_run *run, paper_options o)
{
  for (; o && o[0]; o += 2) {
    lf_status st = lf_run_set(run, o[0], o[1]);
    if (st != LF_OK) return st;
  }
  return LF_OK;
}

static lf_status set_tones(paper_job *job, lf_run *run, const char *name, size_t n, const double *tones)
{
  char path[PATH];
  double copy[PAPER_MAX_TONES];
  memcpy(copy, tones, n * sizeof *tones);
  const lf_array xi = {.dtype = LF_F64, .ndim = 2, .shape = {n, 1}, .data = copy};
  (void)snprintf(path, sizeof path, "%s/%s-xi.npy", job->out, name);
  lf_status st = lf_npy_write(path, &xi);
  return st == LF_OK ? lf_run_set(run, "xi", path) : st;
}

static lf_status set_count(lf_run *run, const char *name, size_t value)
{
  char text[32];
  (void)snprintf(text, sizeof text, "%zu", value);
  return lf_run_set(run, name, text);
}

/* A run with all its options, prepared in OUT/name, or name-2, name-3 ... where that holds a run of other options. */
static lf_status prepare(paper_job *job, const char *name, paper_options options, paper_options quick_options, size_t n,
                         const double *tones, lf_run **out)
{
  enum { TRIES = 100 };
  char path[PATH];
  lf_run *run = NULL;
  lf_status st = lf_run_create(&run, LF_COMMAND_TRAIN);
  if (st == LF_OK) st = set_all(run, options);
  if (st == LF_OK && job->quick) st = set_all(run, quick_options);
  if (st == LF_OK && n) st = set_tones(job, run, name, n, tones);
  if (st == LF_OK) st = set_count(run, "seeds", job->seeds);
  if (st == LF_OK) st = set_count(run, "threads", job->threads);
  for (int i = 1; st == LF_OK && i <= TRIES; i++) {
    (void)snprintf(path, sizeof path, "%s/%s%s%.0d", job->out, name, i > 1 ? "-" : "", i > 1 ? i : 0);
    st = lf_run_set(run, "out", path);
    if (st == LF_OK) st = lf_run_prepare(run);
    if (st == LF_OK) break;
    if (st == LF_EARG && i < TRIES && strstr(lf_last_error(), "holds another run")) st = LF_OK;
  }
  *out = run;
  return st;
}

lf_status paper_train(paper_job *job, const char *name, paper_options options, paper_options quick_options, size_t n,
                      const double *tones, lf_run **out)
{
  char line[PATH];
  lf_run *run = NULL;
  lf_status st = prepare(job, name, options, quick_options, n, tones, &run);
  *out = NULL;
  if (st == LF_OK && job->progress) {
    (void)snprintf(line, sizeof line, "%s %s: %zu seeds", job->id, name, job->seeds);
    job->progress(line);
  }
  if (st == LF_OK && job->running) job->running(run);
  if (st == LF_OK) st = lf_run_go(run, NULL, NULL);
  if (job->running) job->running(NULL);
  if (st != LF_OK) {
    lf_run_destroy(run);
    return st;
  }
  const char *stop = lf_run_look(run).stop;
  job->stopped = stop && strcmp(stop, "interrupted") == 0;
  *out = run;
  return LF_OK;
}

lf_status paper_net(const lf_run *run, size_t seed, lf_net **out)
{
  char path[PATH], part[32] = "";
  const lf_run_info info = lf_run_look(run);
  if (seed > 0) (void)snprintf(part, sizeof part, "/seed-%zu", seed + 1);
  (void)snprintf(path, sizeof path, "%s%s/weights.safetensors", info.out, part);
  lf_status st = lf_net_create(out, info.model, LF_F64, 1);
  return st == LF_OK ? lf_net_read(*out, path) : st;
}

/* ---- learning steps ------------------------------------------------------------------------------------------------------------ */
static lf_status seed_times(const lf_history *h, bool all, size_t most, double *t, double *xi, size_t *n)
{
  lf_history_view v = lf_history_look(h);
  size_t every[PAPER_MAX_TONES];
  size_t count = 0;
  for (size_t i = 0; all && i < v.m && count < PAPER_MAX_TONES; i++) every[count++] = i;
  for (size_t i = 0; !all && i < v.peaks && count < PAPER_MAX_TONES; i++) every[count++] = (size_t)v.peak[i];
  if (count > most) count = most;
  const lf_lens_info info = {.m = v.m, .xi_norm = v.xi_norm, .peaks = count, .peak = every, .learned = v.learned};
  lf_order order = {0};
  lf_status st = lf_order_of_learning(&order, &info, v.r, v.step, v.delta);
  for (size_t i = 0; st == LF_OK && i < count; i++) {
    t[i] = order.step[i] < 0 ? INFINITY : (double)order.step[i];
    if (xi) xi[i] = order.xi[i];
  }
  lf_order_free(&order);
  *n = count;
  return st;
}

lf_status paper_times(lf_run *run, bool all, size_t most, double *t, double *xi, size_t *n)
{
  lf_status st = LF_OK;
  *n = 0;
  for (size_t s = 0; st == LF_OK && lf_run_history(run, s, 0); s++)
    st = seed_times(lf_run_history(run, s, 0), all, most, t + s * *n, xi, n);
  return st;
}

/* ---- numbers and figures -------------------------------------------------------------------------------------------------------------- */
lf_status paper_number(paper_job *job, const char *fmt, ...)
{
  char path[PATH], line[PAPER_TEXT];
  va_list ap;
  va_start(ap, fmt);
  (void)vsnprintf(line, sizeof line, fmt, ap);
  va_end(ap);
  (void)snprintf(path, sizeof path, "%s/numbers.csv", job->out);
  char *old = NULL, *all = NULL;
  size_t bytes = 0, need;
  if (lf_file_read(&old, &bytes, path, (size_t)1 << 24) != LF_OK) bytes = 0; /* the first line makes the file */
  need = bytes + strlen(line) + 2;
  all = malloc(need);
  if (!all) {
    lf_release(old);
    return LF_ENOMEM;
  }
  (void)snprintf(all, need, "%s%s\n", bytes ? old : "", line);
  lf_status st = lf_file_write(path, all, need - 1);
  lf_release(old);
  free(all);
  return st;
}

static lf_status forgive_missing_gnuplot(paper_job *job, lf_status st)
{
  if (st != LF_EUNSUP) return st;
  if (job->progress) job->progress(lf_last_error());
  job->figure[0] = 0;
  return LF_OK;
}

lf_status paper_figure(paper_job *job, const char *name, const char *figure, lf_run *run)
{
  const lf_history *h[PAPER_MAX_SEEDS];
  size_t n = 0;
  lf_figure kind;
  while (n < PAPER_MAX_SEEDS && lf_run_history(run, n, 0)) h[n] = lf_run_history(run, n, 0), n++;
  (void)snprintf(job->figure, sizeof job->figure, "%s/%s.svg", job->out, name);
  lf_status st = lf_figure_parse(&kind, figure);
  return st == LF_OK ? forgive_missing_gnuplot(job, lf_report_figure(job->figure, kind, n, h)) : st;
}

lf_status paper_plot(paper_job *job, const char *body)
{
  char script[4096];
  (void)snprintf(job->figure, sizeof job->figure, "%s/figure.svg", job->out);
  (void)snprintf(script, sizeof script,
                 "# figure of experiment %s, from numbers.csv\nset terminal svg size 720,480 dynamic font 'DejaVu "
                 "Sans,13' background 'white'\n"
                 "set output 'figure.svg'\nset datafile separator ','\nset datafile missing 'inf'\nset border 3\nset "
                 "tics nomirror out\n"
                 "set grid ytics lc rgb '#dddddd'\nset key top left\n%s\n",
                 job->id, body);
  return forgive_missing_gnuplot(job, lf_report_script(job->out, "figure", script));
}
