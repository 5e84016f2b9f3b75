/* sampling.c — points in a box; what and why: sampling.h.
 *
 * Sobol's points are computed one by one from the Gray code of their number, so that point i does not depend on how many came before.
 * Direction numbers: S. Joe and F. Y. Kuo, "Constructing Sobol sequences with better two-dimensional projections",
 * SIAM J. Sci. Comput. 30 (2008) 2635-2654, their set D(6). */
#include "sampling.h"
#include "base/base.h"
#include "lowfirst/random.h"

enum { SOBOL_BITS = 32, SOBOL_DEGREE = 7 };

/* ---- grids --------------------------------------------------------------------------------------------------------- */
typedef double (*axis_rule)(size_t i, size_t count, double low, double high);

static double with_ends(size_t i, size_t count, double low, double high)
{
  if (count == 1) return low + (high - low) / 2;
  if (i == count - 1) return high;
  return low + (double)i * ((high - low) / (double)(count - 1));
}

static double middle(size_t i, size_t count, double low, double high)
{
  return low + ((double)i + 0.5) * ((high - low) / (double)count);
}

static void fill(size_t d, const size_t *count, const double *low, const double *high, axis_rule rule, double *x)
{
  size_t n = 1;
  for (size_t j = 0; j < d; j++) n *= count[j];
  for (size_t i = 0; i < n; i++) {
    size_t rest = i;
    for (size_t j = d; j-- > 0; rest /= count[j]) x[i * d + j] = rule(rest % count[j], count[j], low[j], high[j]);
  }
}

void lf_sample_grid(size_t d, const size_t *count, const double *low, const double *high, double *x)
{
  fill(d, count, low, high, with_ends, x);
}

void lf_sample_middles(size_t d, const size_t *count, const double *low, const double *high, double *x)
{
  fill(d, count, low, high, middle, x);
}

/* ---- scattered ----------------------------------------------------------------------------------------------------- */
void lf_sample_uniform(size_t n, size_t d, const double *low, const double *high, uint64_t seed, double *x)
{
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < d; j++)
      x[i * d + j] = low[j] + (high[j] - low[j]) * lf_random_uniform(seed, LF_PURPOSE_SAMPLES, i * d + j);
}

/* Per axis from the second on: degree s of the primitive polynomial over GF(2), its inner coefficients a, first numbers m_1..m_s. The
 * first axis is the van der Corput sequence. */
static const struct {
  uint8_t degree, inner, first[SOBOL_DEGREE];
} joe_kuo[LF_SOBOL_INPUTS - 1] = {
    {1, 0, {1}},
    {2, 1, {1, 3}},
    {3, 1, {1, 3, 1}},
    {3, 2, {1, 1, 1}},
    {4, 1, {1, 1, 3, 3}},
    {4, 4, {1, 3, 5, 13}},
    {5, 2, {1, 1, 5, 5, 17}},
    {5, 4, {1, 1, 5, 5, 5}},
    {5, 7, {1, 1, 7, 11, 19}},
    {5, 11, {1, 1, 5, 1, 1}},
    {5, 13, {1, 1, 1, 3, 11}},
    {5, 14, {1, 3, 5, 5, 31}},
    {6, 1, {1, 3, 3, 9, 7, 49}},
    {6, 13, {1, 1, 1, 15, 21, 21}},
    {6, 16, {1, 3, 1, 13, 27, 49}},
    {6, 19, {1, 1, 1, 15, 7, 5}},
    {6, 22, {1, 3, 1, 15, 13, 25}},
    {6, 25, {1, 1, 5, 5, 19, 61}},
    {7, 1, {1, 3, 7, 11, 23, 15, 103}},
    {7, 4, {1, 3, 7, 13, 13, 15, 69}},
};

/* v_k = m_k 2^(32-k), with the recurrence m_k = 2 a_1 m_(k-1) ^ 4 a_2 m_(k-2) ^ ... ^ 2^s m_(k-s) ^ m_(k-s), written for v. */
static void directions(size_t axis, uint32_t v[SOBOL_BITS])
{
  if (axis == 0) {
    for (size_t k = 0; k < SOBOL_BITS; k++) v[k] = UINT32_C(1) << (SOBOL_BITS - 1 - k);
    return;
  }
  size_t s = LF_MIN(joe_kuo[axis - 1].degree, SOBOL_DEGREE); /* the bound is for the compiler */
  unsigned inner = joe_kuo[axis - 1].inner;
  for (size_t k = 0; k < s; k++) v[k] = (uint32_t)joe_kuo[axis - 1].first[k] << (SOBOL_BITS - 1 - k);
  for (size_t k = s; k < SOBOL_BITS; k++) {
    v[k] = v[k - s] ^ (v[k - s] >> s);
    for (size_t i = 1; i < s; i++)
      if (inner >> (s - 1 - i) & 1) v[k] ^= v[k - i];
  }
}

lf_status lf_sample_sobol(size_t n, size_t d, const double *low, const double *high, uint64_t seed, double *x)
{
  if (d > LF_SOBOL_INPUTS)
    return LF_FAIL(LF_EARG, "Sobol points go up to %d inputs, not %zu: use uniform", (int)LF_SOBOL_INPUTS, d);
  if (n > UINT64_C(1) << SOBOL_BITS) return LF_FAIL(LF_EARG, "Sobol points go up to 2^32, not %zu: use uniform", n);
  for (size_t j = 0; j < d; j++) {
    uint32_t v[SOBOL_BITS], shift = seed ? (uint32_t)lf_random_u64(seed, LF_PURPOSE_SAMPLES, j) : 0;
    directions(j, v);
    for (size_t i = 0; i < n; i++) {
      uint32_t bits = shift;
      for (uint64_t gray = i ^ i >> 1, k = 0; gray; gray >>= 1, k++)
        if (gray & 1) bits ^= v[k];
      x[i * d + j] = low[j] + (high[j] - low[j]) * (bits * 0x1p-32);
    }
  }
  return LF_OK;
}
