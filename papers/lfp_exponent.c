/* lfp_exponent.c — which exponents of a frequency norm hold a function together between samples: lfp-exponent.
 *
 * h of least int <xi>^alpha |h^|^2 with h(x_i) = y_i, <xi>^2 = 1 + |xi|^2, on a torus and up to a cut-off. For alpha > d the limit of no cut-off
 * is a function; for alpha <= d it is 0 but for spikes at the samples, as points then cost nothing. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include "lfp_job.h"
#include "lowfirst/files.h"

enum { CUTS = 4, CASES = 6, MOST_SAMPLES = 5, CURVE = 401 };
#define PERIOD 4.0
#define BESIDE 0.05

/* Highest multiples of 1/period, by dimension; the samples -1 at the origin, 1 around it. */
static const size_t cuts[2][CUTS] = {{100, 1000, 10000, 100000}, {10, 30, 100, 300}};
static const double line_x[3] = {-0.5, 0, 0.5}, line_y[3] = {1, -1, 1};
static const double plane_x[10] = {0, 0, 0.5, 0, -0.5, 0, 0, 0.5, 0, -0.5}, plane_y[5] = {-1, 1, 1, 1, 1};

typedef struct exponent {
  size_t d;
  double alpha;
} exponent;
static const exponent cases[CASES] = {{1, 0.5}, {1, 1.5}, {1, 4}, {2, 1}, {2, 3}, {2, 6}};

/* h at z (m,d) with this cut-off: values (m) */
static lf_status solve(const exponent *e, size_t highest, size_t m, const double *z, double *values)
{
  const lf_frequency_grid grid = {.d = e->d, .period = PERIOD, .highest = highest};
  const size_t size = lf_frequency_grid_size(&grid);
  double *xi = malloc(size * e->d * sizeof *xi), *weight = malloc(size * sizeof *weight);
  lf_status st = xi && weight ? LF_OK : LF_ENOMEM;
  if (st == LF_OK) lf_frequency_grid_points(&grid, xi);
  for (size_t i = 0; st == LF_OK && i < size; i++) {
    const double one = xi[i * e->d], other = e->d == 2 ? xi[2 * i + 1] : 0;
    weight[i] = pow(1 + one * one + other * other, -e->alpha / 2);
  }
  if (st == LF_OK && e->d == 1) st = lf_lfp_solve(&grid, weight, 0, 3, line_x, 1, line_y, m, z, values, NULL);
  if (st == LF_OK && e->d == 2) st = lf_lfp_solve(&grid, weight, 0, 5, plane_x, 1, plane_y, m, z, values, NULL);
  free(xi);
  free(weight);
  return st;
}

/* h along the first axis at every cut-off, for the figure: OUT/d-alpha.csv */
static lf_status keep_curves(const paper_job *job, const exponent *e)
{
  const int count = job->quick ? CUTS - 1 : CUTS;
  static const char *const column[] = {"x", "cut_1", "cut_2", "cut_3", "cut_4"};
  double z[2 * CURVE], values[CURVE], table[CURVE * (CUTS + 1)];
  char path[PAPER_PATH];
  lf_status st = LF_OK;
  for (size_t q = 0; q < CURVE; q++) {
    const double at = -1 + 2.0 * (double)q / (CURVE - 1);
    z[q * e->d] = at;
    if (e->d == 2) z[2 * q + 1] = 0;
    table[q * (size_t)(count + 1)] = at;
  }
  for (int i = 0; st == LF_OK && i < count; i++) {
    st = solve(e, cuts[e->d - 1][i], CURVE, z, values);
    for (size_t q = 0; q < CURVE; q++) table[q * (size_t)(count + 1) + 1 + (size_t)i] = values[q];
  }
  (void)snprintf(path, sizeof path, "%s/%zu-%g.csv", job->out, e->d, e->alpha);
  return st == LF_OK ? lf_csv_write(path, CURVE, (size_t)count + 1, column, table) : st;
}

/* Beside a sample: falling like a power of the cut-off, or standing still. */
static lf_status one(paper_job *job, const exponent *e)
{
  const double beside[2] = {BESIDE, 0};
  const size_t *cut = cuts[e->d - 1];
  double h[CUTS] = {0};
  lf_status st = LF_OK;
  for (int i = 0; st == LF_OK && i < CUTS; i++) {
    st = solve(e, cut[i], 1, beside, &h[i]);
    if (st == LF_OK) st = paper_number(job, "%zu,%g,%zu,%.6g", e->d, e->alpha, cut[i], h[i]);
  }
  if (st == LF_OK) st = keep_curves(job, e);
  if (st != LF_OK) return st;
  const double before = fabs(h[CUTS - 2]), last = fabs(h[CUTS - 1]), d = (double)e->d;
  const double power = log(last / before) / log((double)cut[CUTS - 1] / (double)cut[CUTS - 2]);
  if (e->alpha < d)
    job->reproduced = job->reproduced && power < (e->alpha - d) / 2;
  else
    job->reproduced = job->reproduced && fabs(last - before) < 0.05 * before;
  paper_append(job->measured, "%sd = %zu, alpha = %g:", job->measured[0] ? "; " : "", e->d, e->alpha);
  for (int i = 0; i < CUTS; i++) paper_append(job->measured, " %.3g", h[i]);
  return LF_OK;
}

lf_status paper_lfp_exponent(paper_job *job)
{
  lf_status st = paper_number(job, "d,alpha,highest,beside");
  job->reproduced = true;
  for (int i = 0; st == LF_OK && i < CASES; i++) st = one(job, &cases[i]);
  if (st != LF_OK) return st;
  paper_append(job->measured, " (h at 0.05 from a sample of -1, by cut-off)");
  return paper_plot(
      job,
      PAPER_SIZE("900,640") "set xlabel 'x_1'\nset ylabel 'h'\nset xrange [-1:1]\nset yrange [-1.3:1.6]\nunset "
                            "key\nset multiplot layout 2,3\n"
                            "name = '1-0.5 1-1.5 1-4 2-1 2-3 2-6'\n"
                            "title = \"'d = 1, α = 0.5' 'd = 1, α = 1.5' 'd = 1, α = 4' 'd = 2, α = 1' 'd = 2, α = "
                            "3' 'd = 2, α = 6'\"\n"
                            "low = \"'10^2' '10'\"\nhigh = \"'10^5' '300'\"\n"
                            "array colour[4] = [0xfde725, 0x5ec962, 0x21918c, 0x440154]\n"
                            "do for [i=1:6] {\n  set title word(title, i)\n"
                            "  stats word(name, i).'.csv' skip 1 using 1 nooutput\n"
                            "  plot for [j=2:STATS_columns] word(name, i).'.csv' skip 1 using 1:j with lines lw 1.5 "
                            "lc rgb colour[j - 1]\n}\nunset multiplot");
}
