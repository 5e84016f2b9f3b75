/* doctor_signals.c — see doctor_signals.h. */
#include "doctor_signals.h"
#include <math.h>
#include <stdlib.h>
#include "lowfirst/random.h"

static const double turn = 6.283185307179586;

/* ---- in one dimension -------------------------------------------------------------------------------------------------------- */
static double three_tones(const double *x)
{
  return sin(turn * 3 * x[0]) + 0.5 * sin(turn * 17 * x[0]) + 0.3 * sin(turn * 41 * x[0]);
}

static double two_tones(const double *x) { return cos(turn * 2 * x[0]) + 0.8 * sin(turn * 25 * x[0]); }

/* From 5 to 95 cycles. */
static double chirp(const double *x) { return sin(turn * (5 * x[0] + 45 * x[0] * x[0])); }

/* Amplitudes k^-power up to `most` cycles, random phases of their own stream. */
static double coloured(const double *x, double power, int most, uint64_t seed)
{
  double sum = 0;
  for (int k = 1; k <= most; k++)
    sum += pow(k, -power) * cos(turn * (k * x[0] + lf_random_uniform(seed, LF_PURPOSE_TEST, (uint64_t)k)));
  return sum;
}
static double pink(const double *x) { return coloured(x, 0.5, 50, 11); }
static double brown(const double *x) { return coloured(x, 1, 100, 12); }
static double smooth(const double *x) { return coloured(x, 1.5, 100, 13); }

/* A bump and a tone. */
static double bump(const double *x)
{
  return exp(-(x[0] - 0.3) * (x[0] - 0.3) / 0.02) + 0.5 * sin(turn * 9 * x[0] + 1);
}

static double low_tones(const double *x) { return sin(turn * 4 * x[0]) + 0.7 * cos(turn * 13 * x[0]); }

/* ---- in two dimensions ------------------------------------------------------------------------------------------------------- */
/* A disc on a slope, and a textured corner: edges as pictures have them, two pixels soft. */
static double picture(const double *x)
{
  double r = hypot(x[0] - 0.42, x[1] - 0.55), disc = 0.5 - 0.5 * tanh((r - 0.24) / 0.03);
  double corner = 0.5 + 0.5 * tanh((x[0] + x[1] - 1.45) / 0.05);
  return 0.3 * x[0] + 0.8 * disc + 0.3 * corner * sin(turn * 9 * (x[0] - x[1]));
}

/* Slow along the first axis, fast along the second. */
static double stripes(const double *x)
{
  return sin(turn * (x[0] + 11 * x[1])) + 0.5 * cos(turn * (1.5 * x[0] - 4 * x[1]));
}

const doctor_signal doctor_signals[DOCTOR_SIGNALS] = {
    {"tones", "3, 17, 41 cycles, even", 1, 200, {0, 0}, {1, 0}, EVEN, 0, three_tones},
    {"two tones", "2 and 25 cycles/unit, scattered", 1, 300, {-1, 0}, {1, 0}, SCATTERED, 0, two_tones},
    {"chirp", "5 to 95 cycles, even", 1, 400, {0, 0}, {1, 0}, EVEN, 0, chirp},
    {"pink", "amplitudes k^-0.5 to 50 cycles, even", 1, 256, {0, 0}, {1, 0}, EVEN, 0, pink},
    {"brown", "amplitudes k^-1 to 100 cycles, even", 1, 256, {0, 0}, {1, 0}, EVEN, 0, brown},
    {"smooth", "amplitudes k^-1.5 to 100 cycles, scattered", 1, 256, {0, 0}, {1, 0}, SCATTERED, 0, smooth},
    {"clustered", "a bump and 9 cycles, in clusters", 1, 240, {0, 0}, {1, 0}, CLUSTERED, 0, bump},
    {"noisy", "4 and 13 cycles, noise 0.5, even", 1, 300, {0, 0}, {1, 0}, EVEN, 0.5, low_tones},
    {"picture", "a disc, a slope, a texture, 32 x 32", 2, 1024, {0, 0}, {1, 1}, EVEN, 0, picture},
    {"stripes", "1 and 11 cycles along the axes, scattered", 2, 900, {0, 0}, {1, 1}, SCATTERED, 0, stripes},
};

/* ---- samples ------------------------------------------------------------------------------------------------------------------- */
static double number(const doctor_signal *s, uint64_t index)
{
  return lf_random_uniform((uint64_t)(s - doctor_signals) + 1, LF_PURPOSE_SAMPLES, index);
}

/* Eight clusters, each a 40th of the range wide, hold four samples in five; the rest is uniform. */
static double clustered(const doctor_signal *s, size_t i)
{
  enum { CLUSTERS = 8, ALONE = 5 };
  uint64_t at = 2 * (uint64_t)i;
  if (i % ALONE == 0) return number(s, at);
  double centre = ((double)(i % CLUSTERS) + number(s, 1000000 + i % CLUSTERS)) / CLUSTERS;
  return fmin(fmax(centre + (number(s, at) - 0.5) / 40, 0), 1);
}

/* Even: cell middles, so that held-out points lie at most half a cell outside; scattered: uniform. */
static void place(const doctor_signal *s, size_t i, double *x)
{
  size_t side = s->d == 1 ? s->n : (size_t)lround(sqrt((double)s->n));
  size_t at[2] = {s->d == 1 ? i : i / side, i % side};
  for (size_t a = 0; a < s->d && a < sizeof at / sizeof *at; a++) {
    double unit = ((double)at[a] + 0.5) / (double)side;
    if (s->where == SCATTERED) unit = number(s, i * s->d + a);
    if (s->where == CLUSTERED) unit = clustered(s, i);
    x[a] = s->low[a] + unit * (s->high[a] - s->low[a]);
  }
}

lf_status doctor_signal_data(lf_data **out, const doctor_signal *s)
{
  enum { FAR = 2000000 };
  size_t total = s->n + DOCTOR_HELD_OUT;
  double *x = malloc(total * s->d * sizeof *x), *y = malloc(total * sizeof *y);
  lf_status st = LF_ENOMEM;
  if (!x || !y) goto done;
  for (size_t i = 0; i < total; i++) {
    double *at = x + i * s->d;
    if (i < s->n) place(s, i, at);
    for (size_t a = 0; a < s->d && i >= s->n; a++)
      at[a] = s->low[a] + (s->high[a] - s->low[a]) * number(s, FAR + i * s->d + a);
    y[i] = s->value(at);
    if (i < s->n && s->noise > 0) y[i] += s->noise * lf_random_normal(17, LF_PURPOSE_NOISE, i);
  }
  st = lf_data_from(out, s->n, s->d, 1, x, y, DOCTOR_HELD_OUT, x + s->n * s->d, y + s->n);
done:
  free(x);
  free(y);
  return st;
}
