/* lfp_energy.c — what a wave packet's energy is by the rates: an integral over |xi| and the angle to the packet's wave vector, both in panels of 16 points
 * as wide as its spectrum. */
#include <math.h>
#include "base/base.h"
#include "lfp_parts.h"
#include "quadrature.h"

static const double pi = 3.14159265358979323846;

typedef struct packet {
  size_t d;
  double xi, width, centre;
} packet;

/* Node and weight k of 16 on (low, high) */
static double node(double low, double high, int k, double *weight)
{
  int from_end = k < LF_PANEL / 2 ? k : LF_PANEL - 1 - k;
  double half = (high - low) / 2;
  *weight = half * lf_legendre_weight[from_end];
  return low + half * (1 + (k < LF_PANEL / 2 ? -1 : 1) * lf_legendre_node[from_end]);
}

/* Both integrals over the sphere |eta| = r of |v^|^2 and |grad v^|^2, without (2 pi s^2)^d: with q = |eta - xi|^2 these are e^{-4 pi^2 s^2 q} and that times
 * 16 pi^4 s^4 q + 4 pi^2 |x_0|^2. */
static void over_sphere(const packet *v, double r, double sums[2])
{
  enum { PANELS = 4 };
  const double reach = 6.5; /* e^(-reach^2) is rounding */
  double along = (r - v->xi) * (r - v->xi), tight = 2 * pi * v->width, d = (double)v->d;
  sums[0] = sums[1] = 0;
  if (v->d == 1) { /* the other sign of eta is too far to count */
    sums[0] = exp(-tight * tight * along);
    sums[1] = sums[0] * (pow(tight, 4) * along + 4 * pi * pi * v->centre * v->centre);
    return;
  }
  double circle = 2 * pow(pi, (d - 1) / 2) / tgamma((d - 1) / 2);
  double widest = fmin(pi, reach / (tight * sqrt(r * v->xi)) * pi / 2);
  for (int i = 0; i < PANELS; i++)
    for (int k = 0; k < LF_PANEL; k++) {
      double weight, angle = node(widest * i / PANELS, widest * (i + 1) / PANELS, k, &weight), half = sin(angle / 2);
      double q = along + 4 * r * v->xi * half * half;
      double part = weight * circle * pow(r, d - 1) * pow(sin(angle), d - 2) * exp(-tight * tight * q);
      sums[0] += part;
      sums[1] += part * (pow(tight, 4) * q + 4 * pi * pi * v->centre * v->centre);
    }
}

lf_status lf_lfp_energy(const lf_lfp *p, double xi, double width, double centre, double *energy)
{
  enum { PANELS = 6 };
  const double least = 1.5;
  packet v = {p->d, xi, width, centre};
  double low = xi - 1 / width, high = xi + 1 / width, sum = 0;
  if (!(width > 0) || !(xi * width >= least) || isinf(xi * width) || !isfinite(centre))
    return LF_FAIL(LF_EARG, "a wave packet of %g cycles/unit and width %g: xi times width must be %g at least, finite",
                   xi, width, least);
  for (int i = 0; i < PANELS; i++)
    for (int k = 0; k < LF_PANEL; k++) {
      double weight, A, B, parts[2];
      double r = node(low + (high - low) * i / PANELS, low + (high - low) * (i + 1) / PANELS, k, &weight);
      lf_status st = lf_lfp_rates(p, 1, &r, &A, &B);
      if (st != LF_OK) return st;
      over_sphere(&v, r, parts);
      sum += weight * (A * parts[0] + B * parts[1]);
    }
  *energy = pow(2 * pi * width * width, (double)p->d) * sum;
  return LF_OK;
}
