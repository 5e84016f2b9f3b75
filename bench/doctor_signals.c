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
    {"tones", "3, 17, 41 cycles, even", 1, 200, {0, 0}, {1, 0}, EVEN, 0, three_tones, 1},
    {"two tones", "2 and 25 cycles/unit, scattered", 1, 300, {-1, 0}, {1, 0}, SCATTERED, 0, two_tones, 2},
    {"chirp", "5 to 95 cycles, even", 1, 400, {0, 0}, {1, 0}, EVEN, 0, chirp, 3},
    {"pink", "amplitudes k^-0.5 to 50 cycles, even", 1, 256, {0, 0}, {1, 0}, EVEN, 0, pink, 4},
    {"brown", "amplitudes k^-1 to 100 cycles, even", 1, 256, {0, 0}, {1, 0}, EVEN, 0, brown, 5},
    {"smooth", "amplitudes k^-1.5 to 100 cycles, scattered", 1, 256, {0, 0}, {1, 0}, SCATTERED, 0, smooth, 6},
    {"clustered", "a bump and 9 cycles, in clusters", 1, 240, {0, 0}, {1, 0}, CLUSTERED, 0, bump, 7},
    {"noisy", "4 and 13 cycles, noise 0.5, even", 1, 300, {0, 0}, {1, 0}, EVEN, 0.5, low_tones, 8},
    {"picture", "a disc, a slope, a texture, 32 x 32", 2, 1024, {0, 0}, {1, 1}, EVEN, 0, picture, 9},
    {"stripes", "1 and 11 cycles along the axes, scattered", 2, 900, {0, 0}, {1, 1}, SCATTERED, 0, stripes, 10},
};

/* ---- to practise on -------------------------------------------------------------------------------------------------------------- */
static double saw(const double *x)
{
  double sum = 0;
  for (int k = 1; k <= 15; k++) sum += sin(turn * 2 * k * x[0]) / k;
  return sum;
}
static double beats(const double *x) { return sin(turn * 20 * x[0]) + sin(turn * 23 * x[0] + 1); }
static double fading(const double *x) { return exp(-3 * x[0]) * sin(turn * 30 * x[0]); }
/* From 60 cycles down to 6, even in the logarithm. */
static double slowing(const double *x) { return cos(turn * 60 / log(10) * (1 - pow(10, -x[0]))); }
static double flat(const double *x) { return coloured(x, 0, 30, 21); }
static double red(const double *x) { return coloured(x, 1, 60, 22); }
static double softest(const double *x) { return coloured(x, 2, 60, 23); }
static double stairs(const double *x)
{
  static const double at[] = {0.11, 0.27, 0.38, 0.56, 0.71, 0.9}, up[] = {1, -0.6, 0.8, 0.7, -1.2, 0.5};
  double sum = 0;
  for (size_t i = 0; i < sizeof at / sizeof *at; i++) sum += up[i] * tanh((x[0] - at[i]) / 0.008);
  return sum;
}
static double kink(const double *x) { return fabs(x[0] - 0.4) + 0.1 * sin(turn * 12 * x[0]); }
/* From 3 to 21 cycles. */
static double slow_chirp(const double *x) { return sin(turn * (3 * x[0] + 9 * x[0] * x[0])); }
static double softer(const double *x) { return coloured(x, 1.5, 30, 24); }

static double rings(const double *x) { return cos(turn * 7 * hypot(x[0] - 0.3, x[1] - 0.4)); }
/* Three wave packets. */
static double packets(const double *x)
{
  static const double at[3][2] = {{0.25, 0.3}, {0.7, 0.6}, {0.4, 0.8}}, wave[3][2] = {{5, 2}, {-3, 8}, {10, 6}};
  double sum = 0;
  for (size_t i = 0; i < 3; i++) {
    double r = hypot(x[0] - at[i][0], x[1] - at[i][1]);
    sum += exp(-r * r / 0.05) * cos(turn * (wave[i][0] * x[0] + wave[i][1] * x[1]));
  }
  return sum;
}
/* A bright box and a dark wedge on a grey ground. */
static double cartoon(const double *x)
{
  double box = fmin(0.2 - fabs(x[0] - 0.3), 0.3 - fabs(x[1] - 0.6)), wedge = fmin(x[0] - 0.55, x[1] - x[0] + 0.1);
  return 0.4 + 0.3 * tanh(box / 0.02) - 0.2 * tanh(wedge / 0.02) + 0.2 * x[1];
}
/* Amplitudes |k|^-1.5 up to 10 cycles along each axis. */
static double grain(const double *x)
{
  double sum = 0;
  for (int i = 0; i <= 10; i++)
    for (int j = -10; j <= 10; j++)
      if (i > 0 || j > 0)
        sum += pow(hypot(i, j), -1.5) *
               cos(turn * (i * x[0] + j * x[1] +
                           lf_random_uniform(25, LF_PURPOSE_TEST, 64 * (uint64_t)i + (uint64_t)(j + 32))));
  return sum;
}
static double ridges(const double *x) { return sin(turn * 7 * x[0]) + 0.5 * sin(turn * (2 * x[1] + 0.2)); }

const doctor_signal doctor_practice[DOCTOR_PRACTICE] = {
    {"saw", "a sawtooth of two periods, to 30 cycles, even", 1, 256, {0, 0}, {1, 0}, EVEN, 0, saw, 101},
    {"beats", "20 and 23 cycles, even", 1, 200, {0, 0}, {1, 0}, EVEN, 0, beats, 102},
    {"fading", "30 cycles, fading, scattered", 1, 300, {0, 0}, {1, 0}, SCATTERED, 0, fading, 103},
    {"slowing", "60 cycles down to 6, scattered", 1, 350, {0, 0}, {1, 0}, SCATTERED, 0, slowing, 104},
    {"flat", "1 to 30 cycles alike, even", 1, 256, {0, 0}, {1, 0}, EVEN, 0, flat, 105},
    {"red", "amplitudes k^-1 to 60 cycles, scattered", 1, 300, {0, 0}, {1, 0}, SCATTERED, 0, red, 106},
    {"softest", "amplitudes k^-2 to 60 cycles, even", 1, 128, {0, 0}, {1, 0}, EVEN, 0, softest, 107},
    {"stairs", "six steps, even", 1, 300, {0, 0}, {1, 0}, EVEN, 0, stairs, 108},
    {"kink", "a kink and 12 cycles, in clusters", 1, 240, {0, 0}, {1, 0}, CLUSTERED, 0, kink, 109},
    {"noisy chirp", "3 to 21 cycles, noise 0.3, even", 1, 400, {0, 0}, {1, 0}, EVEN, 0.3, slow_chirp, 110},
    {"noisy soft", "k^-1.5 to 30 cycles, noise 0.2, scattered", 1, 300, {0, 0}, {1, 0}, SCATTERED, 0.2, softer, 111},
    {"rings", "waves around a centre, 28 x 28", 2, 784, {0, 0}, {1, 1}, EVEN, 0, rings, 112},
    {"packets", "three wave packets, scattered", 2, 800, {0, 0}, {1, 1}, SCATTERED, 0, packets, 113},
    {"cartoon", "a box and a wedge, 30 x 30", 2, 900, {0, 0}, {1, 1}, EVEN, 0, cartoon, 114},
    {"grain", "amplitudes |k|^-1.5 to 10 cycles, 32 x 32", 2, 1024, {0, 0}, {1, 1}, EVEN, 0, grain, 115},
    {"ridges", "7 and 2 cycles, noise 0.2, scattered", 2, 700, {0, 0}, {1, 1}, SCATTERED, 0.2, ridges, 116},
};

/* ---- samples ------------------------------------------------------------------------------------------------------------------- */
static double number(const doctor_signal *s, uint64_t index)
{
  return lf_random_uniform(s->stream, LF_PURPOSE_SAMPLES, index);
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
