/* fp_others.c — a staircase, a picture, a noisy sine: fp-step, fp-image, fp-early. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include "lowfirst/files.h"
#include "lowfirst/random.h"
#include "papers.h"

enum { ROOM = PAPER_MAX_SEEDS * PAPER_MAX_TONES };

/* ---- fp-step ---------------------------------------------------------------------------------------------------------------------- */
lf_status paper_fp_step(paper_job *job)
{
  static const char *const options[] = {
      "target", "round(sin(x))",   "range", "-10:10", "points", "600",   "net", "1-200-200-200-100-1",
      "init",   "width-power:0.5", "lr",    "1e-4",   "steps",  "30000", NULL};
  static const char *const quick[] = {"points", "200", "steps", "8000", NULL};
  double t[ROOM], xi[PAPER_MAX_TONES], tau[PAPER_MAX_SEEDS];
  size_t n = 0;
  lf_run *run = NULL;
  lf_status st = paper_train(job, "tanh", options, quick, 0, NULL, &run);
  if (st == LF_OK && !job->stopped) st = paper_times(run, false, PAPER_MAX_TONES, t, xi, &n);
  if (st == LF_OK && !job->stopped) st = paper_number(job, "seed,xi,step");
  for (size_t s = 0; st == LF_OK && !job->stopped && s < job->seeds; s++) {
    tau[s] = lf_kendall_tau(n, xi, t + s * n);
    for (size_t j = 0; st == LF_OK && j < n; j++) st = paper_number(job, "%zu,%g,%g", s + 1, xi[j], t[s * n + j]);
  }
  if (st == LF_OK && !job->stopped) {
    double median = paper_median(job->seeds, tau);
    job->reproduced = median > 0.6;
    paper_append(job->measured, "tau = %.2f (median of %zu seeds) over %zu peaks, learned at steps ", median,
                 job->seeds, n);
    paper_describe_times(job->measured, t, job->seeds, n);
    st = paper_figure(job, "figure", "summary", run);
  }
  lf_run_destroy(run);
  return st;
}

/* ---- fp-image ----------------------------------------------------------------------------------------------------------------------- */
/* A picture with outlines and details: a bright disc and a bar on a slope, stripes, and smooth noise in the manner of photographs. */
static lf_status draw_picture(const char *path, size_t size)
{
  lf_image image = {.height = size, .width = size, .channels = 1, .value = calloc(size * size, sizeof(double))};
  if (!image.value) return LF_ENOMEM;
  for (size_t i = 0; i < size; i++)
    for (size_t j = 0; j < size; j++) {
      double y = ((double)i + 0.5) / (double)size, x = ((double)j + 0.5) / (double)size, v = 0.3 + 0.25 * y;
      if (hypot(x - 0.35, y - 0.4) < 0.22) v += 0.35;
      if (fabs(x - 0.75) < 0.1 && y > 0.2 && y < 0.85) v -= 0.22;
      if (y > 0.6 && x < 0.6) v += 0.1 * sin(2 * 3.14159265358979 * 9 * x);
      for (int q = 1; q <= 40; q++) { /* waves of random direction, amplitude falling as 1/frequency */
        double fx = 12 * lf_random_normal(1, LF_PURPOSE_TEST, 3 * (uint64_t)q) / 2;
        double fy = 12 * lf_random_normal(1, LF_PURPOSE_TEST, 3 * (uint64_t)q + 1) / 2;
        double phase = 6.283185307 * lf_random_uniform(1, LF_PURPOSE_TEST, 3 * (uint64_t)q + 2);
        v += 0.08 / (1 + hypot(fx, fy)) * cos(6.283185307 * (fx * x + fy * y) + phase);
      }
      image.value[i * size + j] = fmin(fmax(v, 0), 1);
    }
  lf_status st = lf_png_write(path, &image, 8);
  free(image.value);
  return st;
}

/* First recorded step from which the band's error stays below `level`; INFINITY. */
static double band_step(const lf_history *h, size_t band, double level)
{
  lf_history_view v = lf_history_look(h);
  double step = INFINITY;
  for (size_t r = v.r; r-- > 0 && v.band_error[r * v.b + band] < level;) step = (double)v.step[r];
  return step;
}

lf_status paper_fp_image(paper_job *job)
{
  char picture[600];
  (void)snprintf(picture, sizeof picture, "%s/picture.png", job->out);
  const char *const options[] = {"data",  picture, "split", "columns:2", "net", "2-500-400-300-200-200-100-1",
                                 "act",   "relu",  "init",  "glorot",    "lr",  "5e-5",
                                 "steps", "3000",  "bands", "0,3,100",   NULL};
  static const char *const quick[] = {"net", "2-200-200-100-1", "lr", "5e-4", "steps", "2000", NULL};
  double low[PAPER_MAX_SEEDS], high[PAPER_MAX_SEEDS];
  lf_run *run = NULL;
  lf_status st = draw_picture(picture, job->quick ? 32 : 64);
  if (st == LF_OK) st = paper_train(job, "relu", options, quick, 0, NULL, &run);
  if (st == LF_OK && !job->stopped) st = paper_number(job, "seed,step_low,step_high");
  for (size_t s = 0; st == LF_OK && !job->stopped && s < job->seeds; s++) {
    low[s] = band_step(lf_run_history(run, s, 0), 0, 0.1);
    high[s] = band_step(lf_run_history(run, s, 0), 1, 0.1);
    st = paper_number(job, "%zu,%g,%g", s + 1, low[s], high[s]);
  }
  if (st == LF_OK && !job->stopped) {
    double a = paper_median(job->seeds, low), b = paper_median(job->seeds, high);
    job->reproduced = isfinite(a) && 2 * a <= b;
    paper_append(
        job->measured,
        "error below 0.1 at step %g under 3 cycles, at step %g above (medians of %zu seeds; inf: not within the run)",
        a, b, job->seeds);
    st = paper_figure(job, "figure", "bands", run);
  }
  lf_run_destroy(run);
  return st;
}

/* ---- fp-early --------------------------------------------------------------------------------------------------------------------------- */
typedef struct early {
  double step, best, final, sine, noise;
} early;

/* At the record of least clean test error: the sine's error, and the share of the noise's amplitude that the fit has taken over (modes three
 * bins and more above the sine, where the target is noise alone). */
static early look_at(const lf_history *h)
{
  const double sine_xi = 1 / 6.283185307179586;
  lf_history_view v = lf_history_look(h);
  early e = {.final = v.test_loss[v.r - 1]};
  size_t best = 0, sine = 0;
  double have = 0, all = 0, bin = v.m > 1 ? v.xi_norm[1] - v.xi_norm[0] : 0;
  for (size_t r = 1; r < v.r; r++)
    if (v.test_loss[r] < v.test_loss[best]) best = r;
  for (size_t i = 1; i < v.m; i++)
    if (fabs(v.xi_norm[i] - sine_xi) < fabs(v.xi_norm[sine] - sine_xi)) sine = i;
  for (size_t i = 0; i < v.m; i++) {
    const double *fit = v.fit_hat + 2 * (best * v.m + i), *target = v.target_hat + 2 * i;
    if (v.xi_norm[i] < sine_xi + 3 * bin) continue;
    have += fit[0] * fit[0] + fit[1] * fit[1];
    all += target[0] * target[0] + target[1] * target[1];
  }
  e.step = (double)v.step[best];
  e.best = v.test_loss[best];
  e.sine = v.delta[best * v.m + sine];
  e.noise = sqrt(have / all);
  return e;
}

lf_status paper_fp_early(paper_job *job)
{
  static const char *const options[] = {
      "target", "sin(x)",          "noise", "0.2",  "range", "-10:10", "points", "100", "net", "1-200-200-200-100-1",
      "init",   "width-power:0.5", "lr",    "1e-5", "steps", "30000",  NULL};
  static const char *const quick[] = {"lr", "1e-4", "steps", "6000", NULL};
  double step[PAPER_MAX_SEEDS], gain[PAPER_MAX_SEEDS], sine[PAPER_MAX_SEEDS], noise[PAPER_MAX_SEEDS];
  lf_run *run = NULL;
  lf_status st = paper_train(job, "tanh", options, quick, 0, NULL, &run);
  if (st == LF_OK && !job->stopped) st = paper_number(job, "seed,step,test_error,final_error,sine_error,noise_taken");
  for (size_t s = 0; st == LF_OK && !job->stopped && s < job->seeds; s++) {
    early e = look_at(lf_run_history(run, s, 0));
    step[s] = e.step, gain[s] = e.final / e.best, sine[s] = e.sine, noise[s] = e.noise;
    st = paper_number(job, "%zu,%g,%g,%g,%g,%g", s + 1, e.step, e.best, e.final, e.sine, e.noise);
  }
  if (st == LF_OK && !job->stopped) {
    double last = (double)lf_run_look(run).step, at = paper_median(job->seeds, step);
    job->reproduced = at > 0 && at < last && paper_median(job->seeds, gain) > 1 &&
                      paper_median(job->seeds, sine) < 0.5 && paper_median(job->seeds, noise) < 0.5;
    paper_append(
        job->measured,
        "least clean test error at step %g of %g, %.2f times lower than at the end; there the sine's error is %.2f "
        "and %.2f of the noise's amplitude is in (medians of %zu seeds)",
        at, last, paper_median(job->seeds, gain), paper_median(job->seeds, sine), paper_median(job->seeds, noise),
        job->seeds);
    st = paper_figure(job, "figure", "summary", run);
  }
  lf_run_destroy(run);
  return st;
}
