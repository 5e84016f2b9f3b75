/* lfp_job.c — what experiments on limit kernels and the linear frequency principle share: samples as files, and the limits. */
#include "lfp_job.h"
#include <math.h>
#include <stdio.h>
#include "lowfirst/files.h"

const double paper_line_x[PAPER_LINE] = {-0.8, -0.6, -0.3, -0.06, 0.1};
const double paper_line_y[PAPER_LINE] = {0.25, -0.25, -0.07, 0.15, -0.05};

static lf_status put(lf_npz *z, const char *name, size_t rows, size_t cols, const double *values)
{
  const size_t shape[2] = {rows, cols};
  return lf_npz_put_raw(z, name, LF_F64, 2, shape, values);
}

lf_status paper_samples(const paper_job *job, const char *name, size_t n, size_t d, const double *x, const double *y,
                        char *path)
{
  lf_npz *z = NULL;
  (void)snprintf(path, PAPER_PATH, "%s/%s.npz", job->out, name);
  lf_status st = lf_npz_create(&z);
  if (st == LF_OK) st = put(z, "x", n, d, x);
  if (st == LF_OK) st = put(z, "y", n, 1, y);
  if (st == LF_OK) st = lf_npz_write(z, path);
  lf_npz_destroy(z);
  return st;
}

lf_status paper_points(const paper_job *job, const char *name, size_t q, size_t d, const double *z, char *path)
{
  const size_t shape[2] = {q, d};
  lf_array a = {0};
  (void)snprintf(path, PAPER_PATH, "%s/%s.npy", job->out, name);
  lf_status st = lf_array_create(&a, LF_F64, 2, shape);
  for (size_t i = 0; st == LF_OK && i < q * d; i++) ((double *)a.data)[i] = z[i];
  if (st == LF_OK) st = lf_npy_write(path, &a);
  lf_array_free(&a);
  return st;
}

void paper_even(size_t q, double low, double high, double *z)
{
  for (size_t i = 0; i < q; i++) z[i] = low + (high - low) * (double)i / (double)(q - 1);
}

lf_status paper_lfp_limit(const lf_model *model, const lf_data *data, size_t q, const double *z, double *values)
{
  const lf_flow_options how = {.gradient_flow = true, .loss = LF_LOSS_HALF_MSE, .n_probe = q, .x_probe = z};
  lf_kernel *kernel = NULL;
  lf_prediction *flow = NULL;
  lf_status st = lf_kernel_limit(&kernel, model, LF_LFP);
  if (st == LF_OK) st = lf_flow_create(&flow, kernel, data, &how);
  if (st == LF_OK) st = lf_flow_at(flow, INFINITY, NULL, NULL, values);
  lf_flow_destroy(flow);
  lf_kernel_destroy(kernel);
  return st;
}

lf_status paper_lfp_through(const lf_model *model, const double *y, size_t q, const double *z, double *values)
{
  lf_data *data = NULL;
  lf_status st = lf_data_from(&data, PAPER_LINE, 1, 1, paper_line_x, y, 0, NULL, NULL);
  if (st == LF_OK) st = paper_lfp_limit(model, data, q, z, values);
  lf_data_destroy(data);
  return st;
}

const double *paper_last_fit(const lf_run *run, size_t seed)
{
  const lf_history_view v = lf_history_look(lf_run_history(run, seed, 0));
  return v.fit + (v.fits - 1) * v.q * v.c;
}
