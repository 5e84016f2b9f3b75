/* synthetic.h — histories as training makes them, in closed form: mode k of the target is learned as 1 - exp(-step / pace_k). */
#ifndef LF_TESTS_SYNTHETIC_H
#define LF_TESTS_SYNTHETIC_H
#include "check.h"
#include "lowfirst/history.h"
#include "lowfirst/random.h"

typedef struct synthetic {
  lf_history_view view;
  char title[80];
  int64_t *step, *peak;
  double *time, *wall_s, *loss, *test_loss, *xi, *xi_norm, *target_hat, *fit_hat, *delta, *band_edge, *band_error,
      *x_probe, *target_probe, *fit;
} synthetic;

static inline double *synthetic_zeros(size_t count)
{
  double *p = NULL;
  assert_ok(lf_calloc(&p, count, sizeof *p));
  return p;
}

/* Allocates for the sizes in view: r m xi_d d c b q peaks fits. */
static inline void synthetic_allocate(synthetic *s, lf_history_view sizes, const char *title)
{
  *s = (synthetic){.view = sizes};
  lf_history_view *v = &s->view;
  (void)snprintf(s->title, sizeof s->title, "%s", title);
  assert_ok(lf_calloc(&s->step, v->r, sizeof *s->step));
  assert_ok(lf_calloc(&s->peak, v->peaks, sizeof *s->peak));
  v->title = s->title, v->step = s->step, v->peak = s->peak;
  v->time = s->time = synthetic_zeros(v->r), v->wall_s = s->wall_s = synthetic_zeros(v->r);
  v->loss = s->loss = synthetic_zeros(v->r), v->test_loss = s->test_loss = synthetic_zeros(v->r);
  v->xi = s->xi = synthetic_zeros(v->m * v->xi_d), v->xi_norm = s->xi_norm = synthetic_zeros(v->m);
  v->target_hat = s->target_hat = synthetic_zeros(2 * v->m * v->c),
  v->fit_hat = s->fit_hat = synthetic_zeros(2 * v->r * v->m * v->c);
  v->delta = s->delta = synthetic_zeros(v->r * v->m);
  v->band_edge = s->band_edge = synthetic_zeros(v->b + 1), v->band_error = s->band_error = synthetic_zeros(v->r * v->b);
  v->x_probe = s->x_probe = synthetic_zeros(v->q * v->d),
  v->target_probe = s->target_probe = synthetic_zeros(v->q * v->c);
  v->fit = s->fit = synthetic_zeros(v->fits * v->q * v->c);
  v->learned = 0.2;
}

static inline void synthetic_free(synthetic *s)
{
  void *all[] = {s->step,       s->peak,    s->time,         s->wall_s,  s->loss,  s->test_loss,
                 s->xi,         s->xi_norm, s->target_hat,   s->fit_hat, s->delta, s->band_edge,
                 s->band_error, s->x_probe, s->target_probe, s->fit};
  for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) lf_free(all[i]);
}

/* About r steps even on a log axis, from 0 to last. */
static inline void synthetic_steps(synthetic *s, double last)
{
  for (size_t i = 0; i < s->view.r; i++) {
    double even = exp(log(last) * (double)i / (double)LF_MAX(s->view.r - 1, 1));
    s->step[i] = i == 0 ? 0 : LF_MAX(s->step[i - 1] + 1, (int64_t)(even + 0.5));
    s->time[i] = NAN, s->wall_s[i] = 1e-3 * (double)s->step[i];
  }
}

/* delta and band_error from the coefficients, as lens.h defines them. */
static inline void synthetic_measure(synthetic *s)
{
  lf_history_view *v = &s->view;
  double largest = 0;
  double *size = synthetic_zeros(v->m);
  for (size_t m = 0; m < v->m; m++) {
    for (size_t k = 0; k < 2 * v->c; k++) size[m] += s->target_hat[2 * v->c * m + k] * s->target_hat[2 * v->c * m + k];
    largest = fmax(largest, size[m]);
  }
  for (size_t i = 0; i < v->r; i++) {
    double *miss = s->delta + i * v->m, *band = s->band_error + i * v->b;
    const double *fit = s->fit_hat + 2 * v->c * v->m * i;
    for (size_t m = 0; m < v->m; m++) {
      double sum = 0;
      for (size_t k = 2 * v->c * m; k < 2 * v->c * (m + 1); k++)
        sum += (fit[k] - s->target_hat[k]) * (fit[k] - s->target_hat[k]);
      miss[m] = sqrt(sum / fmax(size[m], 1e-24 * largest));
    }
    for (size_t b = 0; b < v->b; b++) {
      double above = 0, below = 0;
      for (size_t m = 0; m < v->m; m++) {
        if (v->xi_norm[m] < v->band_edge[b] || v->xi_norm[m] >= v->band_edge[b + 1]) continue;
        above += miss[m] * miss[m] * fmax(size[m], 1e-24 * largest), below += size[m];
      }
      band[b] = sqrt(above / below);
    }
  }
  lf_free(size);
}

/* sin x + sin 3x + sin 5x on [-pi, pi), 600 samples, M = 301, R = 120: three tones learned one after another, each as fast as
 * pace says, while the net first makes, then loses a little energy at all the others. */
static inline void synthetic_line(synthetic *s, const char *title, const double pace[3], uint64_t seed, bool keep_fit)
{
  enum { Q = 600, R = 120, TONES = 3, MODES = 301 };
  const double pi = 3.14159265358979323846;
  lf_history_view sizes = {.r = R,
                           .m = MODES,
                           .xi_d = 1,
                           .d = 1,
                           .c = 1,
                           .b = TONES,
                           .q = Q,
                           .peaks = TONES,
                           .fits = keep_fit ? R : 1,
                           .kind = LF_LENS_DFT};
  synthetic_allocate(s, sizes, title);
  synthetic_steps(s, 10000);
  for (size_t m = 0; m < MODES; m++) s->xi[m] = s->xi_norm[m] = (double)m / (2 * pi);
  for (size_t b = 0; b <= TONES; b++) s->band_edge[b] = 2 * (double)b / (2 * pi);
  for (size_t k = 0; k < TONES; k++) s->peak[k] = (int64_t)(2 * k + 1), s->target_hat[2 * (2 * k + 1) + 1] = -0.5;
  for (size_t i = 0; i < R; i++) {
    double step = (double)s->step[i], stray = 0.02 * exp(-step / 3000) * -expm1(-step / 20), square = 0;
    for (size_t m = 0; m < MODES; m++) {
      double *h = s->fit_hat + 2 * (MODES * i + m);
      h[0] = stray * lf_random_normal(seed, LF_PURPOSE_TEST, m) / (1 + (double)m);
      for (size_t k = 0; k < TONES; k++)
        if (m == 2 * k + 1)
          h[1] = 0.5 * expm1(-step / pace[k]) * (1 + 0.03 * stray * lf_random_normal(seed, LF_PURPOSE_TEST, 1000 + i));
    }
    for (size_t j = 0; j < Q; j++) {
      double x = s->x_probe[j] = -pi + 2 * pi * (double)j / Q, want = 0, got = 0;
      for (size_t k = 0; k < TONES; k++) want += sin((double)(2 * k + 1) * x);
      for (size_t m = 0; m < 24; m++)
        got += 2 * (s->fit_hat[2 * (MODES * i + m)] * cos((double)m * x) -
                    s->fit_hat[2 * (MODES * i + m) + 1] * sin((double)m * x));
      s->target_probe[j] = want, square += (got - want) * (got - want) / Q;
      if (keep_fit || i + 1 == R) s->fit[(keep_fit ? i : 0) * Q + j] = got;
    }
    s->loss[i] = square, s->test_loss[i] = square * (1.03 + 0.06 * step / 10000) + 1e-4;
  }
  synthetic_measure(s);
}

/* A side x side image; half plane of modes. A mode's pace grows as the square of its frequency. */
static inline void synthetic_image(synthetic *s, const char *title, size_t side, size_t records)
{
  const double pi = 3.14159265358979323846;
  size_t half = side / 2, m_count = half * side, q = side * side;
  lf_history_view sizes = {.r = records,
                           .m = m_count,
                           .xi_d = 2,
                           .d = 2,
                           .c = 1,
                           .b = 4,
                           .q = q,
                           .peaks = 4,
                           .fits = records,
                           .kind = LF_LENS_DFT};
  synthetic_allocate(s, sizes, title);
  synthetic_steps(s, 20000);
  size_t *a = NULL, *b = NULL, n = 0;
  assert_ok(lf_calloc(&a, m_count, sizeof *a));
  assert_ok(lf_calloc(&b, m_count, sizeof *b));
  for (size_t r2 = 0; r2 <= 2 * half * half && n < m_count; r2++) /* ascending in |xi| */
    for (size_t i = 0; i < half; i++)
      for (size_t j = 0; j < side; j++) {
        long jj = (long)j - (j >= half ? (long)side : 0);
        if (i * i + (size_t)(jj * jj) == r2 && n < m_count && (i > 0 || jj >= 0)) a[n] = i, b[n] = j, n++;
      }
  s->view.m = m_count = n;
  for (size_t k = 0; k < q; k++) {
    size_t down = k / side, right = k % side;
    double x = ((double)down + 0.5) / (double)side, y = ((double)right + 0.5) / (double)side;
    double disc = hypot(x - 0.4, y - 0.45) < 0.25 ? 0.55 : 0.15,
           bars = x > 0.7 ? 0.3 + 0.3 * (sin(2 * pi * 5 * y) > 0) : 0;
    s->x_probe[2 * k] = x, s->x_probe[2 * k + 1] = y, s->target_probe[k] = fmin(1, disc + bars);
  }
  double *cosine = synthetic_zeros(side), *sine = synthetic_zeros(side);
  for (size_t k = 0; k < side; k++)
    cosine[k] = cos(2 * pi * (double)k / (double)side), sine[k] = sin(2 * pi * (double)k / (double)side);
  for (size_t m = 0; m < m_count; m++) {
    double y = b[m] < half ? (double)b[m] : (double)b[m] - (double)side;
    s->xi[2 * m] = (double)a[m], s->xi[2 * m + 1] = y, s->xi_norm[m] = hypot((double)a[m], y);
    for (size_t k = 0; k < q; k++) {
      size_t turn = (a[m] * (k / side) + b[m] * (k % side)) % side;
      s->target_hat[2 * m] += s->target_probe[k] * cosine[turn] / (double)q;
      s->target_hat[2 * m + 1] -= s->target_probe[k] * sine[turn] / (double)q;
    }
  }
  for (size_t i = 0; i < records; i++) {
    double miss = 0, *fit = s->fit + i * q;
    for (size_t m = 0; m < m_count; m++) {
      double got = -expm1(-(double)s->step[i] / (10 + 40 * s->xi_norm[m] * s->xi_norm[m])),
             *h = s->fit_hat + 2 * (m_count * i + m);
      h[0] = got * s->target_hat[2 * m], h[1] = got * s->target_hat[2 * m + 1];
      double twice = m == 0 ? 1 : 2;
      for (size_t k = 0; k < q; k++) {
        size_t turn = (a[m] * (k / side) + b[m] * (k % side)) % side;
        fit[k] += twice * (h[0] * cosine[turn] - h[1] * sine[turn]);
      }
    }
    for (size_t k = 0; k < q; k++) miss += (fit[k] - s->target_probe[k]) * (fit[k] - s->target_probe[k]) / (double)q;
    s->loss[i] = miss, s->test_loss[i] = NAN;
  }
  for (size_t k = 0; k < 5; k++) s->band_edge[k] = 4 * (double)k + (k > 0 ? 0.01 : 0);
  const double wanted[4] = {1, 2, 5, 10};
  for (size_t k = 0; k < 4; k++)
    for (size_t m = 0; m < m_count && s->xi_norm[m] <= wanted[k]; m++) s->peak[k] = (int64_t)m;
  synthetic_measure(s);
  lf_free(a), lf_free(b), lf_free(cosine), lf_free(sine);
}

/* Five inputs, three outputs, seen along one direction. */
static inline void synthetic_scattered(synthetic *s, const char *title)
{
  const size_t Q = 400, R = 50, MODES = 40;
  lf_history_view sizes = {
      .r = R, .m = MODES, .xi_d = 1, .d = 5, .c = 3, .b = 0, .q = Q, .peaks = 1, .fits = R, .kind = LF_LENS_PROJECT};
  synthetic_allocate(s, sizes, title);
  synthetic_steps(s, 500);
  s->peak[0] = 2;
  for (size_t m = 0; m < MODES; m++) {
    s->xi[m] = s->xi_norm[m] = 0.25 * (double)m;
    for (size_t k = 0; k < 6; k++)
      s->target_hat[6 * m + k] = 0.3 * lf_random_normal(5, LF_PURPOSE_TEST, 6 * m + k) / (1 + fabs((double)m - 2));
  }
  for (size_t k = 0; k < 5 * Q; k++) s->x_probe[k] = lf_random_uniform(6, LF_PURPOSE_TEST, k);
  for (size_t k = 0; k < 3 * Q; k++) s->target_probe[k] = lf_random_normal(7, LF_PURPOSE_TEST, k);
  for (size_t i = 0; i < R; i++) {
    double step = (double)s->step[i], miss = 0;
    for (size_t m = 0; m < MODES; m++)
      for (size_t k = 0; k < 6; k++)
        s->fit_hat[6 * (MODES * i + m) + k] = -expm1(-step / (30 * (1 + (double)m))) * s->target_hat[6 * m + k];
    for (size_t k = 0; k < 3 * Q; k++) {
      s->fit[3 * Q * i + k] = s->target_probe[k] * -expm1(-step / 150) + 0.1 * lf_random_normal(8, LF_PURPOSE_TEST, k);
      miss += pow(s->fit[3 * Q * i + k] - s->target_probe[k], 2) / (double)(3 * Q);
    }
    s->loss[i] = miss, s->test_loss[i] = miss * 1.5;
  }
  synthetic_measure(s);
}
#endif
