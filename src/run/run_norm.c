/* run_norm.c — how wrong a prediction can be: FP-norm, both bounds, and what is measured where there are held-out samples. */
#include <math.h>
#include <stdio.h>
#include "lowfirst/lfp.h"
#include "run/run_internal.h"

static const double doubt = 0.05; /* the bounds' delta */

/* ||gamma||^2 = sup K(x,x), over the points that there are; a grid's kernel is the same everywhere. */
static lf_status raise_to_diagonal(const lf_kernel *k, size_t n, const double *x, double *sup)
{
  size_t rows = lf_kernel_rows(k, n);
  double *diagonal = NULL;
  lf_status st = LF_OK;
  if (n == 0) return LF_OK;
  LF_TRY(lf_calloc(&diagonal, rows, sizeof *diagonal));
  LF_TRY(lf_kernel_diagonal(k, n, x, diagonal));
  for (size_t i = 0; i < rows; i++) *sup = fmax(*sup, diagonal[i]);
done:
  lf_free(diagonal);
  return st;
}

static lf_status find_gamma(const lf_run *run, const lf_kernel *k, double *gamma)
{
  const lf_data *data = run->data;
  double sup = 0;
  lf_status st = LF_OK;
  *gamma = NAN;
  if (lf_kernel_free_degree(k) >= 0) return LF_OK; /* gamma(0) is not finite */
  LF_TRY(raise_to_diagonal(k, data->n, data->x, &sup));
  LF_TRY(raise_to_diagonal(k, data->n_test, data->x_test, &sup));
  LF_TRY(raise_to_diagonal(k, run->q, run->x_probe, &sup));
  *gamma = sqrt(sup);
done:
  return st;
}

/* Mean over held-out samples of |f - y|^2, all outputs, at the end of time. */
static lf_status measure_risk(const lf_run *run, const lf_prediction *p, double *risk)
{
  const lf_data *data = run->data;
  size_t values = data->n_test * data->c;
  double *f = NULL, sum = 0;
  lf_status st = LF_OK;
  *risk = NAN;
  if (values == 0) return LF_OK;
  LF_TRY(lf_calloc(&f, values, sizeof *f));
  LF_TRY(lf_flow_at(p, INFINITY, NULL, f, NULL));
  for (size_t i = 0; i < values; i++) sum += (f[i] - data->y_test[i]) * (f[i] - data->y_test[i]);
  *risk = sum / (double)data->n_test;
done:
  lf_free(f);
  return st;
}

static double largest(size_t n, const double *y, const double *start)
{
  double sup = 0;
  for (size_t i = 0; i < n; i++) sup = fmax(sup, fabs(y[i] - (start ? start[i] : 0)));
  return sup;
}

lf_status lf_run_find_norms(const lf_run *run, const lf_kernel *k, const lf_prediction *p, const double *start,
                            lf_run_forecast *f)
{
  const lf_data *data = run->data;
  lf_status st;
  f->fp_norm = lf_flow_norm(p);
  f->confidence = 1 - doubt;
  LF_TRY(find_gamma(run, k, &f->gamma));
  LF_TRY(measure_risk(run, p, &f->risk));
  double sup = data->c == 1 ? largest(data->n, data->y, start) : NAN; /* the published form is of one output */
  for (int i = 0; i < LF_FP_BOUND_COUNT; i++)
    f->bound[i] = lf_fp_bound((lf_fp_bound_kind)i, data->n, f->fp_norm, f->gamma, sup, doubt);
done:
  return st;
}

/* The same operator between points, at the end of time: how far off is the grid at what is looked at? */
lf_status lf_run_judge_grid(const lf_run *run, const lf_prediction *grid, double *rms)
{
  const lf_data *data = run->data;
  size_t q = run->q ? run->q : data->n;
  const double *x = run->q ? run->x_probe : data->x;
  lf_lfp *lfp = NULL;
  lf_kernel *k = NULL;
  lf_prediction *p = NULL;
  double *values = NULL, sum = 0;
  lf_flow_options o = {.ridge = lf_run_real(run, "ridge"), .threads = run->threads};
  lf_status st;
  LF_TRY(lf_run_lfp(run, &run->model, &lfp));
  LF_TRY(lf_lfp_kernel(&k, lfp));
  LF_TRY(lf_flow_create(&p, k, data, &o));
  LF_TRY(lf_calloc(&values, 2 * q * data->c, sizeof *values));
  double *other = values + q * data->c;
  LF_TRY(lf_flow_evaluate(p, INFINITY, q, x, NULL, values));
  LF_TRY(lf_flow_evaluate(grid, INFINITY, q, x, NULL, other));
  for (size_t i = 0; i < q * data->c; i++) sum += (values[i] - other[i]) * (values[i] - other[i]);
  *rms = sqrt(sum / (double)(q * data->c));
done:
  lf_lfp_destroy(lfp);
  lf_kernel_destroy(k);
  lf_flow_destroy(p);
  lf_free(values);
  return st;
}

void lf_run_describe_error(const lf_run *run, char *text, size_t size)
{
  const lf_run_forecast *f = lf_run_told(run);
  size_t used = 0;
  if (size > 0) text[0] = 0;
  if (!f) return;
  const struct {
    const char *name;
    double value;
  } piece[] = {{"left out once, rms", f->loo_rmse},
               {"held out, mean square", f->risk},
               {"bound, derived", f->bound[LF_FP_BOUND_DERIVED]},
               {"bound, published", f->bound[LF_FP_BOUND_PUBLISHED]},
               {"FP-norm", f->fp_norm},
               {"||gamma||", f->gamma}};
  for (size_t i = 0; i < sizeof piece / sizeof *piece && used < size; i++)
    if (!isnan(piece[i].value))
      used += (size_t)snprintf(text + used, size - used, "%s%s %.3g", used ? " · " : "", piece[i].name, piece[i].value);
}
