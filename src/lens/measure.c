/* measure.c — values -> coefficients, errors per mode and per band. */
#include <math.h>
#include "base/base.h"
#include "lens_parts.h"

/* row (used) of output j, windowed */
static void gather(const lf_lens *l, const double *values, size_t j, double *row)
{
  size_t c = l->info.c;
  for (size_t i = 0; i < l->used; i++) row[i] = values[(l->from ? l->from[i] : i) * c + j];
  for (size_t i = 0; l->weight && i < l->used; i++) row[i] *= l->weight[i];
}

void lf_lens_transform(const lf_lens *l, const double *values, lens_scratch *s, double *hat)
{
  size_t c = l->info.c;
  if (l->nudft) {
    for (size_t j = 0; j < c; j++) gather(l, values, j, s->gathered + j * l->used);
    lf_nudft_run(l->nudft, c, s->gathered, hat);
    return;
  }
  for (size_t j = 0; j < c; j++) {
    gather(l, values, j, s->gathered);
    lf_fft_run(l->fft, s->gathered, s->bins);
    for (size_t k = 0; k < l->info.m; k++) {
      const double *z = s->bins + 2 * l->bin[k], *turn = l->turn + 2 * k;
      hat[2 * (k * c + j)] = z[0] * turn[0] - z[1] * turn[1];
      hat[2 * (k * c + j) + 1] = z[0] * turn[1] + z[1] * turn[0];
    }
  }
}

/* sum over outputs of |h - f|^2, or of (|h| - |f|)^2 */
static double square_error(bool amplitude, size_t c, const double *h, const double *f)
{
  double sum = 0;
  for (size_t j = 0; j < 2 * c; j += 2) {
    double re = h[j] - f[j], im = h[j + 1] - f[j + 1];
    if (amplitude) re = hypot(h[j], h[j + 1]) - hypot(f[j], f[j + 1]), im = 0;
    sum += re * re + im * im;
  }
  return sum;
}

lf_status lf_lens_measure(const lf_lens *l, const double *values, double *hat, double *delta, double *band_error)
{
  const lf_lens_info *info = &l->info;
  lens_scratch *s;
  for (size_t i = 0; i < info->n * info->c; i++)
    if (!isfinite(values[i]))
      return LF_FAIL(LF_EMATH, "lens: the value of sample %zu, output %zu, is %g; only finite values have a spectrum",
                     i / info->c, i % info->c, values[i]);
  lf_status st = lf_lens_borrow(l, &s);
  if (st != LF_OK) return st;
  double *h = hat ? hat : s->hat;
  lf_lens_transform(l, values, s, h);
  for (size_t b = 0; band_error && b < info->bands; b++) band_error[b] = 0;
  for (size_t k = 0; k < info->m; k++) {
    double square = square_error(l->amplitude, info->c, h + 2 * k * info->c, l->target_hat + 2 * k * info->c);
    if (delta) delta[k] = sqrt(square) / l->target_norm[k];
    if (band_error && l->band[k] < info->bands) band_error[l->band[k]] += square;
  }
  for (size_t b = 0; band_error && b < info->bands; b++) band_error[b] = sqrt(band_error[b]) / l->band_norm[b];
  lf_lens_give_back(l, s);
  return LF_OK;
}
