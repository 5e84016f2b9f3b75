/* phase.tmpl.h — body of the phase kernels, compiled once per instruction set. No include guard: the including file sets
 * FMA(a, b, c), fused where the hardware has it.
 *
 * Every loop runs over a fixed number of lanes, so that the compiler makes vectors of it and the order of summation is
 * written here, not chosen there. */
#include <math.h>
#include <stdint.h>
#include <string.h>
#include "phase.h"

#define LANES ((size_t)LF_PHASE_LANES)
/* Adding and subtracting 1.5 * 2^52 rounds |a| < 2^51 to the nearest integer, which the low bits of the sum then show. */
#define ROUNDER 0x1.8p52

/* cycles (LANES) of xi.x, reduced to [-1/2, 1/2]. The product is reduced before it can lose digits, and the rounding error
 * of k x is put back by an exact fma: left alone it is eps |k x| cycles, six digits lost at |k x| = 1e6. */
static void phase_cycles(size_t d, size_t stride, const double *restrict x, const double *restrict xi,
                         double *restrict cycles)
{
  for (size_t l = 0; l < LANES; l++) cycles[l] = 0;
  for (size_t a = 0; a < d; a++) {
    const double k = xi[a], *at = x + a * stride;
    for (size_t l = 0; l < LANES; l++) {
      double kx = k * at[l];
      cycles[l] += (kx - ((kx + ROUNDER) - ROUNDER)) + fma(k, at[l], -kx);
    }
  }
  for (size_t l = 0; l < LANES; l++) cycles[l] -= (cycles[l] + ROUNDER) - ROUNDER;
}

/* cosine and sine of 2 pi cycles: reduced to the nearest quarter turn, |angle| <= pi/4, where Taylor's series to the 15th and
 * 16th power is exact to 0.3 eps; then turned back by swapping and changing signs. */
static void unit_circle(const double *restrict cycles, double *restrict cosine, double *restrict sine)
{
  uint64_t turn[LANES], c_bits[LANES], s_bits[LANES];
  double angle[LANES], rounded[LANES];
  for (size_t l = 0; l < LANES; l++) {
    rounded[l] = 4 * cycles[l] + ROUNDER;
    angle[l] = 6.283185307179586477 * (cycles[l] - 0.25 * (rounded[l] - ROUNDER));
  }
  for (size_t l = 0; l < LANES; l++) {
    double s = angle[l] * angle[l];
    double odd = -1.0 / 1307674368000, even = 1.0 / 20922789888000;
    odd = FMA(odd, s, 1.0 / 6227020800), even = FMA(even, s, -1.0 / 87178291200);
    odd = FMA(odd, s, -1.0 / 39916800), even = FMA(even, s, 1.0 / 479001600);
    odd = FMA(odd, s, 1.0 / 362880), even = FMA(even, s, -1.0 / 3628800);
    odd = FMA(odd, s, -1.0 / 5040), even = FMA(even, s, 1.0 / 40320);
    odd = FMA(odd, s, 1.0 / 120), even = FMA(even, s, -1.0 / 720);
    odd = FMA(odd, s, -1.0 / 6), even = FMA(even, s, 1.0 / 24);
    even = FMA(even, s, -0.5);
    cosine[l] = FMA(even, s, 1.0);
    sine[l] = FMA(odd * s, angle[l], angle[l]);
  }
  memcpy(turn, rounded, sizeof turn);
  memcpy(c_bits, cosine, sizeof c_bits);
  memcpy(s_bits, sine, sizeof s_bits);
  for (size_t l = 0; l < LANES; l++) {
    uint64_t swap = (c_bits[l] ^ s_bits[l]) & (0 - (turn[l] & 1));
    c_bits[l] ^= swap ^ ((turn[l] + 1) & 2) << 62;
    s_bits[l] ^= swap ^ (turn[l] & 2) << 62;
  }
  memcpy(cosine, c_bits, sizeof c_bits);
  memcpy(sine, s_bits, sizeof s_bits);
}

static void fill(size_t count, size_t d, size_t stride, const double *restrict x, const double *restrict xi,
                 double *restrict cosine, double *restrict sine)
{
  for (size_t i = 0; i < count; i += LANES) {
    double cycles[LANES];
    phase_cycles(d, stride, x + i, xi, cycles);
    unit_circle(cycles, cosine + i, sine + i);
  }
}

/* sum (2) += (cosine.y, sine.y) in 2 x LANES partial sums each: one alone is bound by the latency of the add */
static void dot(size_t count, const double *restrict cosine, const double *restrict sine, const double *restrict y,
                double *restrict sum)
{
  double c[2 * LANES] = {0}, s[2 * LANES] = {0}, c_sum = 0, s_sum = 0;
  size_t i = 0;
  for (; i + 2 * LANES <= count; i += 2 * LANES)
    for (size_t l = 0; l < 2 * LANES; l++) {
      c[l] = FMA(cosine[i + l], y[i + l], c[l]);
      s[l] = FMA(sine[i + l], y[i + l], s[l]);
    }
  for (size_t l = 0; i + l < count; l++) {
    c[l] = FMA(cosine[i + l], y[i + l], c[l]);
    s[l] = FMA(sine[i + l], y[i + l], s[l]);
  }
  for (size_t l = 0; l < 2 * LANES; l++) c_sum += c[l], s_sum += s[l];
  sum[0] += c_sum;
  sum[1] += s_sum;
}
#undef LANES
#undef ROUNDER
