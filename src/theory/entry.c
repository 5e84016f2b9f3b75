/* entry.c — kernels of input features: random frequencies and a first layer of waves, from characteristic functions.
 *
 * E cos(w.z) is exp(-s^2 |z|^2/2) for normal w and a product of sin(b z_k)/(b z_k) for uniform w. Its distance from 1 is what is carried: near
 * equal points it keeps its digits. */
#include <math.h>
#include <string.h>
#include "base/base.h"
#include "limit.h"
#include "linalg/vmath.h"

static const double two_pi = 6.283185307179586477;

/* 1 - sin(x)/x */
static double sinc_lost(double x)
{
  double z = x * x;
  if (z < 1e-2) return z / 6 * (1 - z / 20 * (1 - z / 42 * (1 - z / 72))); /* the next term: z^5/11! */
  return 1 - sin(x) / x;
}

/* lost (n) = 1 - E cos(w.z) for z = column - sign xi; w of law s per component */
static void characteristic(lf_spread s, double sign, size_t d, const double *xi, const double *x, size_t ldx, size_t n,
                           double *lost)
{
  memset(lost, 0, n * sizeof *lost);
  for (size_t k = 0; k < d; k++)
    for (size_t j = 0; j < n; j++) {
      double z = s.scale * (x[k * ldx + j] - sign * xi[k]);
      if (s.uniform) {
        double part = sinc_lost(z);
        lost[j] += part - lost[j] * part;
      } else {
        lost[j] -= z * z / 2;
      }
    }
  if (s.uniform) return;
  lf_vmath_get()->expm1_f64(n, lost, lost);
  for (size_t j = 0; j < n; j++) lost[j] = 0 - lost[j]; /* +0 where points coincide: the sign is that of k */
}

static void inner_products(size_t d, const double *xi, const double *x, size_t ldx, size_t n, double *out)
{
  memset(out, 0, n * sizeof *out);
  for (size_t k = 0; k < d; k++)
    for (size_t j = 0; j < n; j++) out[j] += xi[k] * x[k * ldx + j];
}

/* lost = the mean of 1 - cos(2 pi w.(x - xi)) over given frequencies, as 2 sin^2 */
static void given_frequencies(const lf_limit *l, const double *xi, const double *x, size_t ldx, size_t n, double *lost)
{
  enum { BLOCK = 256 };
  double cosine[BLOCK], sine[BLOCK];
  memset(lost, 0, n * sizeof *lost);
  for (size_t first = 0; first < n; first += BLOCK) {
    size_t count = LF_MIN(n - first, (size_t)BLOCK);
    const double *at = x + first;
    for (size_t f = 0; f < l->frequencies; f++) {
      const double *w = l->frequency + f * l->d;
      for (size_t j = 0; j < count; j++) sine[j] = w[0] * (at[j] - xi[0]) / 2;
      for (size_t k = 1; k < l->d; k++)
        for (size_t j = 0; j < count; j++) sine[j] += w[k] * (at[k * ldx + j] - xi[k]) / 2;
      lf_vmath_get()->turns_f64(count, sine, cosine, sine);
      for (size_t j = 0; j < count; j++) lost[first + j] += 2 * sine[j] * sine[j] / (double)l->frequencies;
    }
  }
}

/* q = k/2; t = 4 pi^2 x.x' k/2 where the frequencies are trained */
static void frequencies_strip(const lf_limit *l, const double *xi, const double *x, size_t ldx, size_t n, double *q,
                              double *t, double *m)
{
  const lf_features *f = &l->model.features;
  lf_spread s = {f->law == LF_FREQUENCY_UNIFORM, two_pi * f->a};
  if (l->frequency)
    given_frequencies(l, xi, x, ldx, n, m);
  else
    characteristic(s, 1, l->d, xi, x, ldx, n, m);
  if (f->trained) inner_products(l->d, xi, x, ldx, n, t);
  for (size_t j = 0; j < n; j++) {
    q[j] = (1 - m[j]) / 2;
    t[j] = f->trained ? two_pi * two_pi * t[j] * q[j] : 0;
    if (m[j] > 1) m[j] -= 2; /* k < 0: its distance from -1, with the sign */
  }
}

/* E sin sin = (E cos(difference) - E cos(sum))/2, E cos cos = (... + ...)/2 */
static void wave_strip(const lf_limit *l, const double *xi, const double *x, size_t ldx, size_t n, double one,
                       const double *other, double *q, double *t, double *m, double *scratch)
{
  const lf_wave *w = &l->wave;
  lf_spread weight = {w->weight.uniform, w->omega * w->weight.scale};
  double bias = 2 * w->omega * w->bias.scale, lost_bias = w->bias.uniform ? sinc_lost(bias) : -expm1(-bias * bias / 2);
  characteristic(weight, 1, l->d, xi, x, ldx, n, m);
  characteristic(weight, -1, l->d, xi, x, ldx, n, scratch);
  inner_products(l->d, xi, x, ldx, n, t);
  for (size_t j = 0; j < n; j++) {
    double minus = m[j], plus = scratch[j] + lost_bias - scratch[j] * lost_bias;
    double sine = (plus - minus) / 2, cosine = 1 - (plus + minus) / 2;
    q[j] = w->cosine ? cosine : sine;
    t[j] = w->omega * w->omega * (w->cosine ? sine : cosine) * (w->g * t[j] + w->h);
  }
  lf_dual_get()->defect(n, q, one, other, m);
}

void lf_entry_strip(const lf_limit *l, const double *xi, const double *x, size_t ldx, size_t n, double one,
                    const double *other, double *q, double *t, double *m, double *scratch)
{
  if (l->entry == LF_ENTRY_WAVE)
    wave_strip(l, xi, x, ldx, n, one, other, q, t, m, scratch);
  else
    frequencies_strip(l, xi, x, ldx, n, q, t, m);
}
