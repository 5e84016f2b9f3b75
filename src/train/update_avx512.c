/* update_avx512.c — the update built for "avx512" (flags in cmake/LowfirstBuild.cmake). */
#include "update.h"
#include <immintrin.h>
#include <math.h>
#define square_root_f32(x) sqrtf(x)
#define square_root_f64(x) sqrt(x)
#define T float
#define NAME(f) f##_f32
#include "update.tmpl.h"

/* ---- adam in double ------------------------------------------------------------------------------------------------------------
 * The divider works at square roots and quotients one after the other, 30 cycles for a vector: the root is taken from it. */
enum { LANES = 8 };
static const double NO_STEP = 1e-300; /* the inverse of less would overflow */

/* Within 1 ulp: y = v^-1/2 (1 + d), |d| < 2^-14, and with e = 1 - v y^2 one step of order four, sqrt(v) = v y (1 + e/2 + 3/8 e^2 + 5/16 e^3).
 * 0, infinity and NaN are their own roots. */
static inline __m512d roots(__m512d v)
{
  enum { NAN_ZERO_INFINITY_OR_TINY = 0x01 | 0x02 | 0x04 | 0x08 | 0x20 | 0x80 };
  const __mmask8 usual = _knot_mask8(_mm512_fpclass_pd_mask(v, NAN_ZERO_INFINITY_OR_TINY));
  const __m512d y = _mm512_rsqrt14_pd(v), s = _mm512_mask_mul_pd(v, usual, v, y);
  const __m512d e = _mm512_fnmadd_pd(s, y, _mm512_set1_pd(1));
  __m512d c = _mm512_fmadd_pd(_mm512_set1_pd(5. / 16), e, _mm512_set1_pd(3. / 8));
  c = _mm512_mul_pd(e, _mm512_fmadd_pd(c, e, _mm512_set1_pd(1. / 2)));
  return _mm512_mask_fmadd_pd(s, usual, c, s);
}

/* As in update.tmpl.h but for the step's size, which is in the quotient: what is left outside is a difference, which has units of its own to go to. */
static inline void adam_vector(const lf_adam_step *s, __m512d g, __m512d *p, __m512d *m, __m512d *v)
{
  *m = s->b1 * *m + s->c1 * g;
  *v = s->b2 * *v + (s->c2 * g) * g;
  if (s->keep != 1) *p *= s->keep;
  *p -= *m / (roots(*v) * s->root + s->epsilon);
}

static void adam_f64(const lf_update *u, size_t n, const double *restrict g, double *restrict p, double *restrict m,
                     double *restrict v)
{
  lf_adam_step s = lf_adam_step_of(u);
  size_t i = 0;
  s.root = s.size > NO_STEP ? s.root / s.size : 1;
  s.epsilon = s.size > NO_STEP ? s.epsilon / s.size : INFINITY;
  for (; i + LANES <= n; i += LANES) {
    __m512d pi = _mm512_loadu_pd(p + i), mi = _mm512_loadu_pd(m + i), vi = _mm512_loadu_pd(v + i);
    adam_vector(&s, _mm512_loadu_pd(g + i), &pi, &mi, &vi);
    _mm512_storeu_pd(m + i, mi);
    _mm512_storeu_pd(v + i, vi);
    _mm512_storeu_pd(p + i, pi);
  }
  const __mmask8 rest = (__mmask8)((1u << (n - i)) - 1);
  __m512d pi = _mm512_maskz_loadu_pd(rest, p + i), mi = _mm512_maskz_loadu_pd(rest, m + i);
  __m512d vi = _mm512_maskz_loadu_pd(rest, v + i);
  adam_vector(&s, _mm512_maskz_loadu_pd(rest, g + i), &pi, &mi, &vi);
  _mm512_mask_storeu_pd(m + i, rest, mi);
  _mm512_mask_storeu_pd(v + i, rest, vi);
  _mm512_mask_storeu_pd(p + i, rest, pi);
}

#define OWN_ADAM
#define T double
#define NAME(f) f##_f64
#include "update.tmpl.h"

extern const lf_update_kernels lf_update_avx512;
const lf_update_kernels lf_update_avx512 = {"avx512", update_f32, update_f64, sum_f32, sum_f64};
