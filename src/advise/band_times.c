/* band_times.c — when a candidate learns each band of the target: the exact evolution of the linearised net from its own f_0 through a lens, looked at 16
 * times per decade. */
#include <math.h>
#include "advise_parts.h"

enum { PER_DECADE = 16, DECADES = 9 };
enum { TIMES = PER_DECADE * DECADES + 1 };

/* error (times, bands) of the lens at whole steps. */
static lf_status look_at_bands(const lf_prediction *p, const lf_case *k, size_t times, const double *when,
                               double *error)
{
  size_t all = lf_lens_look(k->lens)->bands, values = p->on_train.values;
  double *work = NULL, *fit = NULL, *band = NULL;
  lf_status st;
  LF_TRY(lf_flow_work(&work, p, LF_FLOW_BATCH));
  LF_TRY(lf_calloc(&fit, LF_FLOW_BATCH * values, sizeof *fit));
  LF_TRY(lf_calloc(&band, all, sizeof *band));
  for (size_t first = 0; first < times; first += LF_FLOW_BATCH) {
    size_t now = LF_MIN(times - first, (size_t)LF_FLOW_BATCH);
    lf_flow_values(p, &p->on_train, now, when + first, work, fit);
    for (size_t t = 0; t < now; t++) {
      LF_TRY(lf_lens_measure(k->lens, fit + t * values, NULL, NULL, band));
      for (size_t b = 0; b < k->bands; b++) error[(first + t) * k->bands + b] = band[k->band[b]];
    }
  }
done:
  lf_free(work);
  lf_free(fit);
  lf_free(band);
  return st;
}

/* The first step from which a band's error stays below theta, between two looks by its logarithm; -1: never. */
static int64_t learned_at(size_t times, const double *when, size_t bands, const double *error, size_t b, double theta)
{
  size_t i = times;
  while (i > 0 && error[(i - 1) * bands + b] < theta) i--;
  if (i == times) return -1;
  if (i == 0) return 0;
  double before = error[(i - 1) * bands + b], after = fmax(error[i * bands + b], 1e-300);
  double part = before > after ? log(before / theta) / log(before / after) : 1;
  return (int64_t)ceil(fmax(when[i - 1], 0.5) * pow(when[i] / fmax(when[i - 1], 0.5), part));
}

lf_status lf_band_times(lf_candidate *c, const lf_prediction *p, const lf_case *k, int64_t *band_step)
{
  double when[TIMES + 1], *error = NULL;
  size_t times = 1;
  lf_status st = LF_OK;
  c->steps = -1;
  if (k->bands == 0) return LF_OK;
  when[0] = 0;
  for (size_t i = 0; i < TIMES; i++) {
    double at = round(pow(10, (double)i / PER_DECADE));
    if (at > when[times - 1]) when[times++] = at;
  }
  LF_TRY(lf_calloc(&error, times * k->bands, sizeof *error));
  LF_TRY(look_at_bands(p, k, times, when, error));
  double theta = lf_lens_look(k->lens)->learned;
  for (size_t b = 0; b < k->bands; b++) band_step[b] = learned_at(times, when, k->bands, error, b, theta);
  c->steps = band_step[k->detail];
done:
  lf_free(error);
  return st;
}
