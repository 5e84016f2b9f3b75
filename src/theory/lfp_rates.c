/* lfp_rates.c — A and B of an LFP operator at given frequencies.
 *
 * With w = 2 pi |xi| and T of order q (spectrum.h) both are moments over r = |w|:
 *   E |S(w/r)|^2/r = w^(-2q) E T^2(w/r) r^(2q-1),      E |S'(w/r)|^2/r = w^(2-2q) E T^2(w/r) r^(2q-3).
 * What kinks leave of T^2 at any w (relu: all of it) has moments in closed form. The rest is integrated on panels that halve towards r = 0, 16 points each;
 * where T^2 swings (splines), panels follow its waves, and beyond `calm` of them its mean over one wave stands for it. */
#include <math.h>
#include "base/base.h"
#include "lfp_parts.h"
#include "quadrature.h"

static const double pi = 3.14159265358979323846;
static const double calm = 640 * 3.14159265358979323846; /* a whole number of waves of T^2, each 2 pi long */

/* E r^power, r = |w| for w of scale 1 */
static double length_moment(const lf_lfp *p, double power)
{
  double d = (double)p->d;
  if (p->law == LF_WEIGHT_SPHERE) return 1;
  if (p->law == LF_WEIGHT_UNIFORM) return 1 / (power + 1);
  return pow(2, power / 2) * exp(lgamma((d + power) / 2) - lgamma(d / 2));
}

/* density of r for w of scale 1 */
static double length_density(const lf_lfp *p, double r)
{
  double d = (double)p->d;
  if (p->law == LF_WEIGHT_UNIFORM) return 1;
  return exp((d - 1) * log(r) - r * r / 2 - (d / 2 - 1) * log(2) - lgamma(d / 2));
}

/* Splines alone have spectra that swing and fall like a power. */
static bool swings(const lf_spectrum *s) { return isinf(s->highest) && s->order == 0; }

/* The mean of T^2 over a wave about w */
static double mean_spectrum(const lf_spectrum *s, double w)
{
  double sum = 0;
  for (int k = 0; k < LF_PANEL; k++) sum += lf_spectrum_at(s, w + pi * (2 * (k + 0.5) / LF_PANEL - 1));
  return sum / LF_PANEL;
}

/* sums[0], sums[1] += the integral over r in (low, high) of (T^2(w/(scale r)) - floor) density (scale r)^(2q-1), and ^(2q-3) */
static void add_panel(const lf_lfp *p, double w, double low, double high, double sums[2])
{
  const lf_spectrum *s = &p->spectrum;
  double half = (high - low) / 2, middle = low + half;
  for (int k = 0; k < LF_PANEL; k++) {
    int from_end = k < LF_PANEL / 2 ? k : LF_PANEL - 1 - k;
    double r = middle + (k < LF_PANEL / 2 ? -half : half) * lf_legendre_node[from_end], long_r = p->scale * r;
    double at = w / long_r, t = swings(s) && at > calm ? mean_spectrum(s, at) : lf_spectrum_at(s, at) - s->floor;
    double part = half * lf_legendre_weight[from_end] * length_density(p, r) * t * pow(long_r, 2 * s->order - 3);
    sums[0] += part * long_r * long_r;
    sums[1] += part;
  }
}

/* One halving, in panels that see at most `turn` of the spectrum's argument each where it swings. */
static void add_octave(const lf_lfp *p, double w, double low, double high, double sums[2])
{
  const double turn = 6;
  double from = w / (p->scale * high), to = w / (p->scale * low);
  size_t panels = 2;
  if (swings(&p->spectrum) && from < calm) {
    double edge = fmin(to, calm);
    panels = LF_MAX(panels, (size_t)ceil((edge - from) / turn));
    for (size_t i = 0; i < panels; i++) { /* even in the argument */
      double a = from + (edge - from) * (double)i / (double)panels,
             b = from + (edge - from) * (double)(i + 1) / (double)panels;
      add_panel(p, w, w / (p->scale * b), w / (p->scale * a), sums);
    }
    if (edge < to) add_panel(p, w, low, w / (p->scale * edge), sums);
    return;
  }
  for (size_t i = 0; i < panels; i++)
    add_panel(p, w, low + (high - low) * (double)i / (double)panels,
              low + (high - low) * (double)(i + 1) / (double)panels, sums);
}

static void integrate(const lf_lfp *p, double w, double sums[2])
{
  enum { OCTAVES = 40 };
  const double far =
      30; /* where rounding ends the spectrum for a kernel, a rate of its own size may still go on; beyond, T^2 is 0 */
  const double spent = 1e3 * calm;     /* of a spline's moments, less than 1e-6 of what lies before is beyond */
  double turning = sqrt(w / p->scale); /* where a spectrum that falls like a normal density meets one */
  double high = p->law == LF_WEIGHT_UNIFORM ? 1 : LF_REACH + sqrt((double)p->d) + 2 * turning;
  for (int k = 0; k < OCTAVES; k++) {
    if (w / (p->scale * high) > far * p->spectrum.highest) break;
    if (swings(&p->spectrum) && w / (p->scale * high) > spent) break;
    add_octave(p, w, high / 2, high, sums);
    high /= 2;
  }
}

/* E |S|^2/r and E |S'|^2/r at w = 2 pi |xi| */
static void moments(const lf_lfp *p, double w, double *value, double *slope)
{
  int q = p->spectrum.order;
  double sums[2] = {0, 0}, floor = p->spectrum.floor;
  if (floor > 0) {
    sums[0] = floor * pow(p->scale, 2 * q - 1) * length_moment(p, 2 * q - 1);
    sums[1] = floor * pow(p->scale, 2 * q - 3) * length_moment(p, 2 * q - 3);
  }
  if (p->spectrum.highest > 0) integrate(p, w, sums);
  *value = sums[0] * pow(w, -2 * q);
  *slope = sums[1] * pow(w, 2 - 2 * q);
}

lf_status lf_lfp_rates(const lf_lfp *p, size_t m, const double *xi, double *A, double *B)
{
  double d = (double)p->d, c = p->density * exp(lgamma(d / 2) - d / 2 * log(pi));
  for (size_t k = 0; k < m; k++)
    if (!(xi[k] > 0) || isinf(xi[k]))
      return LF_FAIL(LF_EARG, "xi[%zu] = %g: the rates are of |xi| > 0, finite", k, xi[k]);
  for (size_t k = 0; k < m; k++) {
    double value, slope, shell = c / pow(xi[k], d - 1);
    moments(p, 2 * pi * xi[k], &value, &slope);
    if (A) A[k] = shell * (p->value * value + p->slope * slope);
    if (B) B[k] = shell * p->inner * slope / (4 * pi * pi);
  }
  return LF_OK;
}
