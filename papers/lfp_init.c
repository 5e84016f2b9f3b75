/* lfp_init.c — a net that does not start at 0 ends at its start plus what the linear frequency principle makes of the residual: lfp-init. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include "lfp_job.h"
#include "lowfirst/files.h"

/* Points: an even grid for the figure, then the samples, where f_0 is wanted too. */
enum { SAMPLES = PAPER_LINE, GRID = 400, POINTS = GRID + SAMPLES };
static const double *const x = paper_line_x, *const y = paper_line_y;

static lf_status train(paper_job *job, const double *z, lf_run **run)
{
  char data[PAPER_PATH], at[PAPER_PATH];
  const char *const options[] = {"data",      data,           "at",        at,
                                 "net",       "1-10000-1",    "act",       "relu",
                                 "scaling",   "inverse-sqrt", "init",      "uniform:2,0=uniform:3",
                                 "bias-init", "uniform:3",    "loss",      "sse",
                                 "opt",       "gd",           "lr",        "0.03",
                                 "steps",     "1000000",      "stop-loss", "8e-5",
                                 "keep-fit",  "true",         "record",    "log:50",
                                 NULL};
  static const char *const quick[] = {"net", "1-1000-1", NULL};
  lf_status st = paper_samples(job, "samples", SAMPLES, 1, x, y, data);
  if (st == LF_OK) st = paper_points(job, "points", POINTS, 1, z, at);
  return st == LF_OK ? paper_train(job, "relu", options, quick, 0, NULL, run) : st;
}

/* Two ways to one function, both on a frequency grid with the rate A: gradient flow from f_0 (POINTS), so long that the slowest direction has e^-40
 * to go; and f_0 plus the variational solution for the residual. */
typedef struct two_ways {
  double flow[POINTS], variational[POINTS];
} two_ways;

static lf_status evolve(const lf_lfp *lfp, const lf_frequency_grid *grid, const lf_data *data, const double *z,
                        const double *start, double *out)
{
  const lf_flow_options how = {.gradient_flow = true,
                               .loss = LF_LOSS_HALF_MSE,
                               .start = start + GRID,
                               .start_probe = start,
                               .n_probe = POINTS,
                               .x_probe = z};
  lf_kernel *kernel = NULL;
  lf_prediction *flow = NULL;
  lf_status st = lf_lfp_grid_kernel(&kernel, lfp, grid);
  if (st == LF_OK) st = lf_flow_create(&flow, kernel, data, &how);
  if (st == LF_OK) st = lf_flow_at(flow, 40 / lf_flow_look(flow).smallest, NULL, NULL, out);
  lf_flow_destroy(flow);
  lf_kernel_destroy(kernel);
  return st;
}

static lf_status solve(const lf_lfp *lfp, const lf_frequency_grid *grid, const double *residual, const double *z,
                       const double *start, double *out)
{
  double *weight = calloc(lf_frequency_grid_size(grid), sizeof *weight);
  lf_status st = weight ? lf_lfp_weights(lfp, grid, weight) : LF_ENOMEM;
  if (st == LF_OK) st = lf_lfp_solve(grid, weight, 0, SAMPLES, x, 1, residual, POINTS, z, out, NULL);
  for (int q = 0; st == LF_OK && q < POINTS; q++) out[q] += start[q];
  free(weight);
  return st;
}

static lf_status go_both(const lf_run_info *info, const double *residual, const double *z, const double *start,
                         two_ways *out)
{
  lf_lfp *lfp = NULL;
  lf_frequency_grid grid;
  lf_status st = lf_lfp_create(&lfp, info->model, NULL);
  if (st == LF_OK) st = lf_frequency_grid_for(&grid, SAMPLES, 1, x);
  if (st == LF_OK) st = evolve(lfp, &grid, info->data, z, start, out->flow);
  if (st == LF_OK) st = solve(lfp, &grid, residual, z, start, out->variational);
  lf_lfp_destroy(lfp);
  return st;
}

static lf_status keep_curves(const paper_job *job, const double *z, const double *const curve[4])
{
  char path[PAPER_PATH];
  double table[GRID * 5];
  for (size_t q = 0; q < GRID; q++) {
    table[5 * q] = z[q];
    for (size_t c = 0; c < 4; c++) table[5 * q + 1 + c] = curve[c][q];
  }
  (void)snprintf(path, sizeof path, "%s/curves.csv", job->out);
  return lf_csv_write(path, GRID, 5, (const char *const[]){"x", "start", "net", "lfp", "lfp_from_0"}, table);
}

typedef struct finding {
  double identity; /* largest difference of the two ways over the largest residual */
  double net;      /* RMS of the net from f_0 + LFP of y - f_0 */
  double plain;    /* RMS of the net from the LFP of y, which starts at 0 */
} finding;

static lf_status one_seed(const paper_job *job, const lf_run *run, size_t seed, const double *z, finding *out)
{
  const lf_run_info info = lf_run_look(run);
  const double *start = lf_history_look(lf_run_history(run, seed, 0)).fit, *net = paper_last_fit(run, seed);
  double residual[SAMPLES], sum[POINTS], plain[POINTS], off = 0, size = 0;
  two_ways ways;
  for (int i = 0; i < SAMPLES; i++) {
    residual[i] = y[i] - start[GRID + i];
    size = fmax(size, fabs(residual[i]));
  }
  lf_status st = go_both(&info, residual, z, start, &ways);
  if (st == LF_OK) st = paper_lfp_through(info.model, residual, POINTS, z, sum);
  if (st == LF_OK) st = paper_lfp_limit(info.model, info.data, POINTS, z, plain);
  for (int q = 0; st == LF_OK && q < POINTS; q++) {
    sum[q] += start[q];
    off = fmax(off, fabs(ways.flow[q] - ways.variational[q]));
  }
  if (st == LF_OK && seed == 0) st = keep_curves(job, z, (const double *const[4]){start, net, sum, plain});
  *out = (finding){off / size, paper_rms(GRID, net, sum), paper_rms(GRID, net, plain)};
  return st;
}

lf_status paper_lfp_init(paper_job *job)
{
  double z[POINTS], column[3][PAPER_MAX_SEEDS];
  paper_span identity, net, plain;
  lf_run *run = NULL;
  paper_even(GRID, x[0], x[SAMPLES - 1], z);
  for (int i = 0; i < SAMPLES; i++) z[GRID + i] = x[i];
  lf_status st = train(job, z, &run);
  if (st == LF_OK && !job->stopped) st = paper_number(job, "seed,identity,rms_net,rms_net_from_0");
  for (size_t s = 0; st == LF_OK && !job->stopped && s < job->seeds; s++) {
    finding f = {0};
    st = one_seed(job, run, s, z, &f);
    if (st == LF_OK) st = paper_number(job, "%zu,%g,%g,%g", s + 1, f.identity, f.net, f.plain);
    column[0][s] = f.identity, column[1][s] = f.net, column[2][s] = f.plain;
  }
  lf_run_destroy(run);
  if (st == LF_OK && !job->stopped) st = paper_span_of(job->seeds, column[0], &identity);
  if (st == LF_OK && !job->stopped) st = paper_span_of(job->seeds, column[1], &net);
  if (st == LF_OK && !job->stopped) st = paper_span_of(job->seeds, column[2], &plain);
  if (st != LF_OK || job->stopped) return st;
  job->reproduced = identity.high <= 1e-6;
  paper_append(
      job->measured,
      "LFP evolved from f_0 and f_0 + variational solution for y - f_0 differ by %.1e [%.1e, %.1e]; the net ends "
      "%.4f [%.4f, %.4f] from f_0 + LFP of y - f_0, %.4f [%.4f, %.4f] from the LFP of y (RMS; median [interval] of "
      "%zu seed%s)",
      identity.median, identity.low, identity.high, net.median, net.low, net.high, plain.median, plain.low, plain.high,
      job->seeds, job->seeds == 1 ? "" : "s");
  return paper_plot(job,
                    PAPER_SIZE("900,400") "set xlabel 'x'\nset ylabel 'f'\nset key below\nset multiplot "
                                          "layout 1,2\nset title 'Where a net ends that does not start at 0'\n"
                                          "plot 'curves.csv' skip 1 using 1:2 with lines dt 3 lw 2 lc rgb '#888888' "
                                          "title 'start f_0',\\\n"
                                          " '' skip 1 using 1:3 with lines lw 5 lc rgb '#35b779' title 'network',\\\n"
                                          " '' skip 1 using 1:4 with lines dt 2 lw 2 lc rgb '#440154' title 'f_0 + "
                                          "LFP of y - f_0'\n"
                                          "set title 'What the start leaves behind'\nset key below\n"
                                          "set ylabel 'difference to the LFP of y'\n"
                                          "plot 'curves.csv' skip 1 using 1:($3-$5) with lines lw 5 lc rgb '#35b779' "
                                          "title 'network',\\\n"
                                          " '' skip 1 using 1:($4-$5) with lines dt 2 lw 2 lc rgb '#440154' title "
                                          "'f_0 + LFP of y - f_0'\nunset multiplot");
}
