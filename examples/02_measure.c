/* 02_measure.c — the lens alone, on values that come from anywhere: which part of a target does a fit hold?
 *
 * The fit here is the target without its fast part. Its error is near 0 at the slow frequency and near 1 at the fast one; what is left is
 * leakage, since scattered samples do not keep the two apart exactly. */
#include <lowfirst.h>
#include <math.h>
#include <stdio.h>

enum { SAMPLES = 200 };

int main(void)
{
  const double pi = 3.14159265358979323846;
  double x[SAMPLES], y[SAMPLES], fit[SAMPLES];
  for (size_t i = 0; i < SAMPLES; i++) {
    x[i] = lf_random_uniform(1, LF_PURPOSE_SAMPLES, i);
    fit[i] = sin(2 * pi * 2 * x[i]);
    y[i] = fit[i] + 0.5 * sin(2 * pi * 9 * x[i]);
  }

  lf_data *data = NULL;
  lf_lens *lens = NULL;
  const double xi[] = {2, 9};
  double delta[2], band_error[2];
  const lf_lens_options options = {.n_xi = 2, .xi = xi, .n_edges = 3, .edges = (const double[]){0, 5, 20}};
  lf_status status = lf_data_from(&data, SAMPLES, 1, 1, x, y, 0, NULL, NULL);
  if (status == LF_OK) status = lf_lens_create(&lens, data, &options);
  if (status == LF_OK) status = lf_lens_measure(lens, fit, NULL, delta, band_error);

  if (status == LF_OK)
    printf("error at 2 cycles/unit: %.2f, at 9: %.2f\n", delta[0], delta[1]);
  else
    printf("%s\n", lf_last_error());
  lf_lens_destroy(lens);
  lf_data_destroy(data);
  return status != LF_OK || !(delta[0] < delta[1]);
}
