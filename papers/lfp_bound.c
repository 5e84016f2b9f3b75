/* lfp_bound.c — targets of higher frequency have the larger FP-norm, the larger error and the larger bound: lfp-bound.
 *
 * On the torus [0, 1): f = sin 2 pi v x, n independent uniform samples, h_n of least FP-norm through them, gamma^2 = A(k) of a ReLU net; gamma(0) is
 * chosen to be gamma(1), as A has no value at 0. Risk: mean of (h_n - f)^2 over the torus; a seed's, the mean over some draws of the samples. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include "lfp_job.h"
#include "lowfirst/random.h"

#define TWO_PI 6.283185307179586477
#define DELTA 0.05
enum { TONES = 10, SIZES = 4, MOST = 200, GRID = 500, HIGHEST = 500, DRAWS = 20, QUICK_DRAWS = 5 };
static const size_t sizes[SIZES] = {20, 50, 100, 200};

typedef struct setting {
  lf_frequency_grid grid;
  double *weight; /* (HIGHEST + 1) */
  double norm[TONES], gamma;
} setting;

static lf_status make_setting(setting *s)
{
  lf_model model = lf_model_default();
  lf_lfp *lfp = NULL;
  double *hat = calloc(2 * (HIGHEST + 1), sizeof *hat);
  s->grid = (lf_frequency_grid){.d = 1, .period = 1, .highest = HIGHEST};
  s->weight = calloc(HIGHEST + 1, sizeof *s->weight);
  lf_status st = hat && s->weight ? lf_model_layers(&model, "1-1000-1") : LF_ENOMEM;
  if (st == LF_OK) st = lf_model_activation(&model, "relu");
  if (st == LF_OK) st = lf_model_scaling(&model, "inverse-sqrt");
  if (st == LF_OK) st = lf_model_std(&model, "w=1,b=3,a=1");
  if (st == LF_OK) st = lf_model_complete(&model, 1, 1);
  if (st == LF_OK) st = lf_lfp_create(&lfp, &model, NULL);
  if (st == LF_OK) st = lf_lfp_weights(lfp, &s->grid, s->weight);
  if (st == LF_OK) s->weight[0] = s->weight[1];
  for (int v = 1; st == LF_OK && v <= TONES; v++) {
    hat[2 * v + 1] = -0.5; /* sin = (e^{i.} - e^{-i.})/2i */
    st = lf_fp_norm(HIGHEST + 1, s->weight, hat, &s->norm[v - 1]);
    hat[2 * v + 1] = 0;
  }
  if (st == LF_OK) s->gamma = lf_fp_gamma(HIGHEST + 1, s->weight);
  lf_lfp_destroy(lfp);
  free(hat);
  return st;
}

/* Risk of each tone's interpolant from the n samples of one draw: risk (TONES). */
static lf_status risk_of(const setting *s, size_t n, uint64_t seed, double *risk)
{
  double x[MOST], y[MOST * TONES], z[GRID];
  double *h = malloc(GRID * TONES * sizeof *h);
  if (!h) return LF_ENOMEM;
  for (size_t i = 0; i < n; i++) {
    x[i] = lf_random_uniform(seed, LF_PURPOSE_SAMPLES, i);
    for (int v = 0; v < TONES; v++) y[i * TONES + (size_t)v] = sin(TWO_PI * (v + 1) * x[i]);
  }
  for (size_t q = 0; q < GRID; q++) z[q] = (double)q / GRID;
  lf_status st = lf_lfp_solve(&s->grid, s->weight, 0, n, x, TONES, y, GRID, z, h, NULL);
  for (int v = 0; st == LF_OK && v < TONES; v++) {
    double sum = 0;
    for (size_t q = 0; q < GRID; q++) {
      const double e = h[q * TONES + (size_t)v] - sin(TWO_PI * (v + 1) * z[q]);
      sum += e * e;
    }
    risk[v] = sum / GRID;
  }
  free(h);
  return st;
}

/* A seed's risks, mean (TONES), and the largest of any draw. */
static lf_status measure(const setting *s, size_t n, size_t seed, size_t draws, double *mean, double *largest)
{
  double risk[TONES];
  lf_status st = LF_OK;
  for (int v = 0; v < TONES; v++) mean[v] = 0;
  for (size_t i = 0; st == LF_OK && i < draws; i++) {
    st = risk_of(s, n, 1 + seed * draws + i, risk);
    for (int v = 0; st == LF_OK && v < TONES; v++) {
      mean[v] += risk[v] / (double)draws;
      largest[v] = fmax(largest[v], risk[v]);
    }
  }
  return st;
}

/* One number of samples: medians of the risk over the seeds against the tone and the bounds. */
static lf_status one_size(paper_job *job, const setting *s, size_t n, const double *tone)
{
  double risk[PAPER_MAX_SEEDS * TONES], median[TONES], largest[TONES] = {0}, above = 0;
  lf_status st = LF_OK;
  for (size_t k = 0; st == LF_OK && k < job->seeds; k++)
    st = measure(s, n, k, job->quick ? QUICK_DRAWS : DRAWS, risk + k * TONES, largest);
  for (size_t v = 0; st == LF_OK && v < TONES; v++) {
    const double derived = lf_fp_bound(LF_FP_BOUND_DERIVED, n, s->norm[v], s->gamma, 1, DELTA);
    const double published = lf_fp_bound(LF_FP_BOUND_PUBLISHED, n, s->norm[v], s->gamma, 1, DELTA);
    median[v] = paper_median_of(risk, job->seeds, TONES, v);
    above = fmax(above, largest[v] / fmin(derived, published));
    st = paper_number(job, "%zu,%g,%g,%g,%g,%g", n, tone[v], s->norm[v], median[v], derived, published);
  }
  if (st != LF_OK) return st;
  const double tau = lf_kendall_tau(TONES, tone, median);
  job->reproduced = job->reproduced && tau > 0.9 && above <= 1;
  paper_append(job->measured, " n = %zu: risk %.2g ... %.2g, tau = %.2f, at most %.1g of the smaller bound;", n,
               median[0], median[TONES - 1], tau, above);
  return LF_OK;
}

lf_status paper_lfp_bound(paper_job *job)
{
  setting s = {.weight = NULL};
  double tone[TONES];
  for (int v = 0; v < TONES; v++) tone[v] = v + 1;
  lf_status st = make_setting(&s);
  if (st == LF_OK) st = paper_number(job, "n,v,fp_norm,risk,derived,published");
  if (st == LF_OK) {
    const double tau = lf_kendall_tau(TONES, tone, s.norm);
    job->reproduced = tau > 0.9;
    paper_append(job->measured, "FP-norm %.3g ... %.3g, tau = %.2f;", s.norm[0], s.norm[TONES - 1], tau);
  }
  for (int i = 0; st == LF_OK && i < SIZES; i++) st = one_size(job, &s, sizes[i], tone);
  free(s.weight);
  if (st != LF_OK) return st;
  paper_append(job->measured, " (v = 1 ... 10, medians of %zu seed%s)", job->seeds, job->seeds == 1 ? "" : "s");
  return paper_plot(
      job,
      "set logscale y\nset format y '10^{%T}'\nset xlabel 'v of the target sin 2πvx'\nset ylabel 'mean square error'\n"
      "set key outside right\nset title 'Higher frequencies: larger error, larger bound'\n"
      "array colour[4] = [0x5ec962, 0x21918c, 0x3b528b, 0x440154]\nn = '20 50 100 200'\n"
      "plot for [i=1:4] 'numbers.csv' skip 1 using ($1 == word(n, i) + 0 ? $2 : NaN):4 with linespoints pt 7 lw 2 lc "
      "rgb "
      "colour[i] title 'n = '.word(n, i),\\\n"
      " for [i=1:4] '' skip 1 using ($1 == word(n, i) + 0 ? $2 : NaN):5 with lines dt 2 lc rgb colour[i] title i == 1 "
      "? 'derived bound' : '',\\\n"
      " for [i=1:4] '' skip 1 using ($1 == word(n, i) + 0 ? $2 : NaN):6 with lines dt 3 lc rgb colour[i] title i == 1 "
      "? 'published bound' : ''");
}
