/* run_measure.c — predictions made elsewhere, file by file: the third caller of the observer. */
#include <math.h>
#include <stdio.h>
#include "run/run_internal.h"

lf_status lf_run_measured_data(lf_run *run)
{
  const char *x_path = lf_run_get(run, "x"), *y_path = lf_run_get(run, "y"), *file = lf_run_get(run, "data");
  double *x = NULL, *y = NULL;
  size_t ndim, shape[3] = {0, 1, 1}, n, d, n_y, c;
  lf_data_options options;
  lf_status st;
  if (lf_run_values(run, "fit") == 0) LF_RAISE(LF_EARG, "--fit is missing: the files with the predictions, in order");
  if (file && (x_path || y_path)) LF_RAISE(LF_EARG, "--data and --x, --y both say what was learned; give one");
  if (!file && (!x_path || !y_path))
    LF_RAISE(LF_EARG, "the samples are missing: give --x X.npy --y Y.npy, or --data FILE");
  if (file) {
    LF_TRY(lf_run_data_options(run, &options));
    LF_TRY(lf_data_read(&run->data, file, &options));
    goto done;
  }
  LF_TRY(lf_run_blame(run, "x", lf_read_reals(&x, &ndim, shape, x_path, 2)));
  n = shape[0], d = ndim == 2 ? shape[1] : 1;
  LF_TRY(lf_run_blame(run, "y", lf_read_reals(&y, &ndim, shape, y_path, 2)));
  n_y = shape[0], c = ndim == 2 ? shape[1] : 1;
  if (n != n_y) LF_RAISE(LF_ESHAPE, "--y %s has %zu samples, but --x %s has %zu", y_path, n_y, x_path, n);
  LF_TRY(lf_data_from(&run->data, n, d, c, x, y, 0, NULL, NULL));
done:
  lf_free(y);
  lf_free(x);
  return st;
}

/* mse, THEORY section 0 */
static double mean_square(const lf_data *data, const double *fit)
{
  double sum = 0;
  for (size_t i = 0; i < data->n * data->c; i++) sum += (fit[i] - data->y[i]) * (fit[i] - data->y[i]);
  return sum / (double)(data->n * data->c);
}

/* One prediction (n,c), or (n) with c = 1; or R of them in one array. */
static lf_status count_records(size_t *records, const lf_data *data, size_t ndim, const size_t shape[3],
                               const char *path)
{
  size_t n = data->n, c = data->c;
  bool one = shape[0] == n && ((ndim == 1 && c == 1) || (ndim == 2 && shape[1] == c));
  bool several = (ndim == 3 && shape[1] == n && shape[2] == c) || (ndim == 2 && c == 1 && shape[1] == n);
  *records = one ? 1 : shape[0];
  if (one || several) return LF_OK;
  return LF_FAIL(
      LF_ESHAPE,
      "%s: predictions of shape (%zu,%zu) are needed, as the samples have them, but this array has %zu x %zu x %zu",
      path, n, c, shape[0], shape[1], shape[2]);
}

static lf_status record(lf_run *run, int64_t step, const double *fit)
{
  const lf_data *data = run->data;
  lf_way *way = &run->way[0];
  lf_snapshot s = {.step = step,
                   .time = NAN,
                   .wall_s = 0,
                   .loss = mean_square(data, fit),
                   .test_loss = NAN,
                   .n = data->n,
                   .c = data->c,
                   .fit = fit};
  for (size_t i = 0; i < run->lenses; i++)
    if (lf_history_record(way->history[i], &s) != 0) return lf_history_status(way->history[i]);
  way->step = step;
  if (run->observe && run->observe(run->user, &s) != 0) atomic_store(&run->stop, true);
  return LF_OK;
}

lf_status lf_run_measure(lf_run *run)
{
  size_t files = lf_run_values(run, "fit"), ndim, shape[3], records = 0;
  double *fit = NULL;
  int64_t step = 0;
  lf_status st = LF_OK;
  for (size_t i = 0; i < files && !atomic_load(&run->stop); i++) {
    const char *path = lf_run_value(run, "fit", i);
    shape[1] = shape[2] = 1;
    LF_TRY(lf_read_reals(&fit, &ndim, shape, path, 3));
    LF_TRY(count_records(&records, run->data, ndim, shape, path));
    for (size_t k = 0; k < records && !atomic_load(&run->stop); k++)
      LF_TRY(record(run, step++, fit + k * run->data->n * run->data->c));
    lf_free(fit);
    fit = NULL;
  }
  run->way[0].stop = atomic_load(&run->stop) ? "interrupted" : "steps";
  LF_TRY(lf_run_make_directory(run));
  LF_TRY(lf_way_files(&run->way[0]));
done:
  lf_free(fit);
  return st;
}
