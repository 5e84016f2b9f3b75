/* tones.h — a history whose every number is known: on an even grid of [0,1)
 *      f(x,k) = sum_j (1 - exp(-r_j k)) sin(2 pi xi_j x),   target f(x,infinity),   so that Delta_j(k) = exp(-r_j k). */
#ifndef LF_TESTS_TONES_H
#define LF_TESTS_TONES_H
#include "check.h"
#include "lowfirst/history.h"

enum { SAMPLES = 64, PROBES = 50, PEAKS = 3, TOTAL = 1000 };
static const double tones_xi[PEAKS] = {1, 3, 5};
static const double tones_rate[PEAKS] = {0.1, 0.02, 0.004};
static const double tones_pi = 3.14159265358979323846;

typedef struct tones {
  double rate[PEAKS];
  double x[SAMPLES], y[SAMPLES], x_probe[PROBES], y_probe[PROBES];
  double fit[SAMPLES], probe[PROBES];
  lf_data *data;
  lf_lens *lens;
} tones;

static inline double tones_left(const tones *s, size_t j, int64_t step)
{
  return step < 0 ? 0 : exp(-s->rate[j] * (double)step);
}

/* step < 0: the target */
static inline double tones_value(const tones *s, double x, int64_t step)
{
  double sum = 0;
  for (size_t j = 0; j < PEAKS; j++) sum += (1 - tones_left(s, j, step)) * sin(2 * tones_pi * tones_xi[j] * x);
  return sum;
}

static inline void tones_close(tones *s)
{
  lf_lens_destroy(s->lens);
  lf_data_destroy(s->data);
}

static inline lf_status tones_open(tones *s, const double *rate, const lf_lens_options *lens)
{
  *s = (tones){0};
  memcpy(s->rate, rate, sizeof s->rate);
  for (size_t i = 0; i < SAMPLES; i++) s->y[i] = tones_value(s, s->x[i] = (double)i / SAMPLES, -1);
  for (size_t i = 0; i < PROBES; i++) s->y_probe[i] = tones_value(s, s->x_probe[i] = ((double)i + 0.5) / PROBES, -1);
  lf_status st = lf_data_from(&s->data, SAMPLES, 1, 1, s->x, s->y, 0, NULL, NULL);
  if (st == LF_OK) st = lf_lens_create(&s->lens, s->data, lens);
  if (st != LF_OK) tones_close(s);
  return st;
}

/* Valid until the next call. The loss is the exact mean square: sum of exp(-2 r_j k)/2. */
static inline lf_snapshot tones_at(tones *s, int64_t step)
{
  double loss = 0;
  for (size_t i = 0; i < SAMPLES; i++) s->fit[i] = tones_value(s, s->x[i], step);
  for (size_t i = 0; i < PROBES; i++) s->probe[i] = tones_value(s, s->x_probe[i], step);
  for (size_t j = 0; j < PEAKS; j++) loss += pow(tones_left(s, j, step), 2) / 2;
  return (lf_snapshot){.step = step,
                       .time = NAN,
                       .wall_s = (double)step / 500,
                       .loss = loss,
                       .test_loss = NAN,
                       .n = SAMPLES,
                       .c = 1,
                       .q = PROBES,
                       .fit = s->fit,
                       .probe = s->probe,
                       .steps_total = TOTAL};
}

/* 0, 1, 2, 3, 4, 5, 6, 8, 10, ... about 20 % apart, and TOTAL. */
static inline int64_t tones_next(int64_t step)
{
  int64_t next = LF_MAX(step + 1, (int64_t)(1.2 * (double)step));
  return step < TOTAL && next > TOTAL ? TOTAL : next;
}

static inline lf_status tones_record(tones *s, lf_history *h, int64_t from, int64_t to)
{
  for (int64_t step = from; step <= to && step <= TOTAL; step = tones_next(step)) {
    lf_snapshot now = tones_at(s, step);
    if (lf_history_record(h, &now) != 0) return lf_history_status(h);
  }
  return LF_OK;
}

/* A recorded history on the probe points. */
static inline lf_status tones_history(lf_history **out, tones *s, const char *title, bool keep_fit)
{
  lf_history_options o = {
      .q = PROBES, .x_probe = s->x_probe, .y_probe = s->y_probe, .keep_fit = keep_fit, .title = title};
  lf_status st = lf_history_create(out, s->lens, s->data, &o);
  if (st == LF_OK) st = tones_record(s, *out, 0, TOTAL);
  if (st != LF_OK) {
    lf_history_destroy(*out);
    *out = NULL;
  }
  return st;
}
#endif
