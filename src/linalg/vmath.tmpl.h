/* vmath.tmpl.h — elementary functions of vectors, branch-free; body for one precision (BITS 32 or 64, see vector.h), no include guard.
 *
 * Each is: reduce the argument so that nothing is lost, a polynomial (vmath_coef.h, made by tools/fit_vmath.py), put back. MADD(a,b,c)
 * is a b + c, fused where the instruction set has that; the compiler is told to fuse nothing else (-ffp-contract=off), so that a value's bits do
 * not depend on what else is computed from the same products. Where exactness needs a fused one, fused() stands. Errors are
 * measured, in units in the last place, by tests/t_vmath.c, which holds the bounds. NaN gives NaN; infinities give limits; results below the
 * normal range are rounded, not flushed. Reductions after Cody, Waite 1980; log1p as in fdlibm; the normal tail by its Mills ratio in
 * (z-4)/(z+4), after Shepherd, Laframboise 1981. */

#if BITS == 32
#define BY_PRECISION(single, twice) ((T)(single))
#define MANTISSA 23
#define BIAS 127
#define SIGN_BIT 0x80000000u
#define ROOT_HALF 0x3f3504f3u /* the bits of sqrt 1/2 */
#else
#define BY_PRECISION(single, twice) ((T)(twice))
#define MANTISSA 52
#define BIAS 1023
#define SIGN_BIT 0x8000000000000000u
#define ROOT_HALF 0x3fe6a09e667f3bcdu
#endif
/* x + ROUNDER - ROUNDER is x rounded to a whole number, which also stands in the sum's low bits, for |x| < 2^(MANTISSA - 1) */
#define ROUNDER BY_PRECISION(0x1.8p23, 0x1.8p52)
#define CONSTANT(single, twice) NAME(splat)(BY_PRECISION(single, twice))
#define MADD NAME(madd)

INLINE V NAME(absolute)(V x) { return (V)((U)x & ~SIGN_BIT); }
INLINE V NAME(with_sign)(V x, V sign) { return (V)((U)x | ((U)sign & SIGN_BIT)); }
/* 2^n, for 0 <= n + BIAS <= 2 BIAS + 1; n = -BIAS gives 0, which serves as one */
INLINE V NAME(power)(I n) { return (V)(((U)n + BIAS) << MANTISSA); }

/* c0 + c1 x + ... */
#define POLY(x, c) NAME(poly)(x, sizeof(c) / sizeof *(c), c)
INLINE V NAME(poly)(V x, size_t n, const T *c)
{
  V y = NAME(splat)(c[n - 1]);
#pragma GCC unroll 32
  for (size_t i = n - 1; i-- > 0;) y = MADD(y, x, NAME(splat)(c[i]));
  return y;
}

/* The same by even and odd powers, for a chain of half the length where x^2 is at hand. */
#define POLY_BY_SQUARES(x, square, c) NAME(poly_by_squares)(x, square, sizeof(c) / sizeof *(c), c)
INLINE V NAME(poly_by_squares)(V x, V square, size_t n, const T *c)
{
  V last = NAME(splat)(c[n - 1]), other = NAME(splat)(c[n - 2]);
#pragma GCC unroll 32
  for (size_t i = n - 2; i-- > 0;) {
    const V next = MADD(last, square, NAME(splat)(c[i]));
    last = other;
    other = next;
  }
  return MADD(last, x, other);
}

/* ---- exponentials -------------------------------------------------------------------------------------------------------- */
/* e^(x - less) = 2^n (1 + p), |p| < 0.42; |x| < 2^MANTISSA/4. n ln 2 is taken off in two parts, the first with so few digits that its
 * product with n is exact. */
INLINE V NAME(exp_parts)(V x, V less, I *n)
{
  V shifted = MADD(x, CONSTANT(0x1.715476p0, 0x1.71547652b82fep0), NAME(splat)(ROUNDER)), k = shifted - ROUNDER;
  V r = MADD(k, CONSTANT(-0x1.62e4p-1, -0x1.62e42fefa4p-1), x);
  r = MADD(k, CONSTANT(-0x1.7f7d1cf79abcap-20, 0x1.8432a1b0e2634p-43), r) - less;
  *n = (I)((U)shifted - (U)NAME(splat)(ROUNDER));
  const V square = r * r;
  return MADD(square, POLY_BY_SQUARES(r, square, NAME(exp_q)), r);
}

/* y 2^n with one rounding, overflow and gradual underflow; |n| <= 2 BIAS */
INLINE V NAME(scale)(V y, I n)
{
  I half = n >> 1;
  return y * NAME(power)(half) * NAME(power)(n - half);
}

/* e^(x - less); beyond the ends it is infinite, and 0 */
INLINE V NAME(exp2parts)(V x, V less)
{
  I n;
  x = NAME(most)(CONSTANT(-106, -750), x);
  x = NAME(least)(CONSTANT(90, 711), x);
  V p = NAME(exp_parts)(x, less, &n);
  return NAME(scale)(1 + p, n);
}

INLINE V NAME(exp)(V x) { return NAME(exp2parts)(x, (V){0}); }

/* For x <= 0: e^x - 1, and e^x; relative accuracy in both. Below -88 (-709) they are -1 and 0. */
INLINE V NAME(expm1_negative)(V x, V *e)
{
  I n;
  x = NAME(most)(CONSTANT(-88, -709), x); /* n = -BIAS there: power() gives 0 */
  V p = NAME(exp_parts)(x, (V){0}, &n), s = NAME(power)(n);
  *e = MADD(s, p, s);
  return MADD(s, p, s - 1);
}

INLINE V NAME(expm1)(V x)
{
  I n;
  x = NAME(most)(CONSTANT(-40, -80), x);
  x = NAME(least)(CONSTANT(90, 711), x);
  V p = NAME(exp_parts)(x, (V){0}, &n);
  I over = n > BIAS; /* 2^n itself would be infinite: keep some powers back */
  V s = NAME(power)(n - (over & 8)), y = MADD(s, p, s - 1);
  return y * NAME(power)(over & 8);
}

/* e^(-z^2/2): the rounding error of z^2 is carried along, or the result would lose as many digits as z^2 has. */
INLINE V NAME(gauss)(V z)
{
  V bound = CONSTANT(14.5, 39); /* 0 from there on */
  z = NAME(most)(-bound, NAME(least)(bound, z));
  V square = z * z, rest = NAME(fused)(z, z, -square);
  return NAME(exp2parts)(square * (T)-0.5, rest * (T)0.5);
}

/* ---- log(1+x), softplus --------------------------------------------------------------------------------------------------- */
/* u = 1 + x = 2^n m with m in [sqrt 1/2, sqrt 2); what rounding took from u is given back to f = m - 1. With s = f/(2+f),
 * log m = f - (f^2/2 - s (f^2/2 + s^2 W(s^2))). */
INLINE V NAME(log1p)(V x)
{
  V u = 1 + x, back = u - 1, lost = (1 - (u - back)) + (x - back);
  I n = (I)((U)u - ROOT_HALF) >> MANTISSA, small = n < MANTISSA + 2; /* else nothing that counts was lost */
  V m = (V)((U)u - ((U)n << MANTISSA)),
    inverse = NAME(keep)(small, (V)((U)NAME(splat)(1) - ((U)n << MANTISSA))); /* 2^-n */
  V f = MADD(lost, inverse, m - 1);
  V s = f / (2 + f), z = s * s, half = f * f * (T)0.5, k = (V)((U)n + (U)NAME(splat)(ROUNDER)) - ROUNDER;
  V tail = s * MADD(z, POLY(z, NAME(log_w)), half);
  tail = MADD(k, CONSTANT(0x1.7f7d1cf79abcap-20, -0x1.8432a1b0e2634p-43), tail);
  V y = MADD(k, CONSTANT(0x1.62e4p-1, 0x1.62e42fefa4p-1), f - (half - tail));
  y = NAME(pick)(x <= -1, NAME(pick)(x == -1, NAME(splat)(-(T)INFINITY), NAME(splat)((T)NAN)), y);
  return NAME(pick)(x == (T)INFINITY, x, y);
}

/* ---- tanh, logistic ----------------------------------------------------------------------------------------------------------- */
/* The slope is 1 - t^2, as in other frameworks: its error is a unit of 1, not of its own where tanh is flat. */
#if defined HAS_LOOK_UP && BITS == 32
/* A polynomial in the distance from the centre of one of 16 rows, found by the exponent and two more bits of r |x| + 1: half the operations of
 * the other way, and an error of 1.2 units. Double would take 15 coefficients, and is quicker the other way. */
INLINE V NAME(tanh_slope)(V x, V *slope)
{
  enum { ORDER = sizeof tanh_rows / sizeof *tanh_rows };
  const V a = NAME(least)(NAME(splat)(tanh_top), NAME(absolute)(x));
  const U row = (U)MADD(a, NAME(splat)(tanh_r), NAME(splat)(1)) >> (MANTISSA - 2);
  const V d = a - NAME(look_up)(tanh_rows[0], row);
  V t = NAME(look_up)(tanh_rows[ORDER - 1], row);
#pragma GCC unroll 32
  for (size_t i = ORDER - 1; i-- > 1;) t = MADD(t, d, NAME(look_up)(tanh_rows[i], row));
  *slope = MADD(-t, t, NAME(splat)(1));
  return NAME(with_sign)(t, x);
}
#else
/* With m = e^(-2|x|) - 1: tanh |x| = t = -m/(2+m). The quotient gets one Newton step from its residual -m - 2 t - t m, whose first difference is
 * exact (Sterbenz): an error of 3 units without, 1.9 with it. */
INLINE V NAME(tanh_slope)(V x, V *slope)
{
  const V below = NAME(with_sign)(x, NAME(splat)(-(T)0));
  V e, m = NAME(expm1_negative)(below + below, &e), r = 1 / (2 + m), t = -m * r;
  t = MADD(NAME(fused)(-t, m, -m - (t + t)), r, t);
  *slope = MADD(-t, t, NAME(splat)(1));
  return NAME(with_sign)(t, x);
}
#endif

INLINE V NAME(tanh)(V x)
{
  V slope;
  return NAME(tanh_slope)(x, &slope);
}

/* 1/(1+e^-x), its slope e/(1+e)^2 and tanh(x/2) = (1-e)/(1+e) up to sign, e = e^-|x| */
INLINE V NAME(sigmoid_slope)(V x, V *slope, V *tanh_half)
{
  V e = NAME(exp)(-NAME(absolute)(x)), r = 1 / (1 + e), er = e * r;
  *slope = er * r;
  *tanh_half = NAME(with_sign)((1 - e) * r, x);
  return NAME(pick)(x < 0, er, r);
}

INLINE V NAME(sigmoid)(V x)
{
  V slope, tanh_half;
  return NAME(sigmoid_slope)(x, &slope, &tanh_half);
}

/* ---- sine, cosine -------------------------------------------------------------------------------------------------------------- */
/* sin and cos of quarter * pi/2 + r, |r| <= pi/4 and a little */
INLINE void NAME(quarter)(U quarter, V r, V *sine, V *cosine)
{
  V z = r * r, s = MADD(r * z, POLY(z, NAME(sin_s)), r);
  V c = MADD(z, MADD(z, POLY(z, NAME(cos_c)), NAME(splat)((T)-0.5)), NAME(splat)(1));
  I odd = -(I)(quarter & 1);
  *sine = (V)((U)NAME(pick)(odd, c, s) ^ ((quarter & 2) << (BITS - 2)));
  *cosine = (V)((U)NAME(pick)(odd, s, c) ^ (((quarter + 1) & 2) << (BITS - 2)));
}

/* Lanes too large for the reduction go through libm: sin(x + low) = sin x cos low + cos x sin low. */
static __attribute__((noinline, unused)) void NAME(far)(I far, V x, V low, V *sine, V *cosine)
{
  for (size_t i = 0; i < LANES; i++)
    if (far[i]) {
      double s = sin((double)x[i]), c = cos((double)x[i]), sl = sin((double)low[i]), cl = cos((double)low[i]);
      (*sine)[i] = (T)(s * cl + c * sl);
      (*cosine)[i] = (T)(c * cl - s * sl);
    }
}

/* sin and cos of x + low. x - k pi/2 in three fused steps: the first is exact as |k| is small enough, so the digits that cancel are made up
 * for by the second and third. */
INLINE void NAME(sincos)(V x, V low, V *sine, V *cosine)
{
  const T limit = BY_PRECISION(0x1p17, 0x1p30);
  V shifted = MADD(x, CONSTANT(0x1.45f306p-1, 0x1.45f306dc9c883p-1), NAME(splat)(ROUNDER)), k = shifted - ROUNDER;
  V r = NAME(fused)(-k, CONSTANT(0x1.921fb6p0, 0x1.921fb54442d18p0), x);
  r = NAME(fused)(-k, CONSTANT(-0x1.777a5cp-25, 0x1.1a62633145c07p-54), r);
  r = NAME(fused)(-k, CONSTANT(-0x1.ee59dap-50, -0x1.f1976b7ed8fbcp-110), r);
  NAME(quarter)((U)shifted, r + low, sine, cosine);
  I far = NAME(absolute)(x) > limit;
  if (__builtin_expect(NAME(any)(far), 0)) NAME(far)(far, x, low, sine, cosine);
}

/* sin 2 pi x and cos 2 pi x, x in turns. The reduction is exact: from 2^MANTISSA on every number is whole; from half of that the rounder
 * rounds |x| to even numbers, which leaves |f| <= 1. NaN for infinities. */
INLINE void NAME(turns)(V x, V *sine, V *cosine)
{
  V a = NAME(absolute)(x);
  a = NAME(pick)(a >= BY_PRECISION(0x1p23, 0x1p52), a - a, a);
  V f = a - ((a + ROUNDER) - ROUNDER), shifted = 4 * f + ROUNDER;
  V r = (f - (shifted - ROUNDER) * (T)0.25) * BY_PRECISION(0x1.921fb6p2, 0x1.921fb54442d18p2);
  NAME(quarter)((U)shifted, r, sine, cosine);
  *sine = (V)((U)*sine ^ ((U)x & SIGN_BIT));
}

/* ---- normal distribution ------------------------------------------------------------------------------------------------------------ */
/* Q(z)/e^(-z^2/2) for z >= 0, Q the upper tail: Mills' ratio by sqrt(2 pi); 1/2 at 0, 0.4/z far out */
INLINE V NAME(mills)(V z)
{
  V r = 1 / (z + 4), t = MADD(r, NAME(splat)(-8), NAME(splat)(1));
  return POLY(t, NAME(mills_g)) * r;
}

/* Phi(z) given e = e^(-z^2/2) */
INLINE V NAME(normal_from)(V z, V e)
{
  V bound = CONSTANT(14.5, 39), a = NAME(least)(bound, NAME(absolute)(z));
  V tail = e * NAME(mills)(a);
  return NAME(pick)(z < 0, tail, 1 - tail);
}

INLINE V NAME(normal)(V z) { return NAME(normal_from)(z, NAME(gauss)(z)); }

/* erf x, and e^(-x^2): a polynomial up to 1, beyond 1 - 2 Q(sqrt2 x) */
INLINE V NAME(erf_gauss)(V x, V *gauss)
{
  V a = NAME(least)(CONSTANT(10.3, 27.5), NAME(absolute)(x)); /* e^(-x^2) is 0 from there on */
  V square = a * a, rest = NAME(fused)(a, a, -square), e = NAME(exp2parts)(-square, rest);
  V near = MADD(a, POLY(NAME(least)(NAME(splat)(1), square), NAME(erf_p)), a);
  V far = MADD(-2 * e, NAME(mills)(a * (T)1.41421356237309505), NAME(splat)(1));
  *gauss = e;
  return NAME(with_sign)(NAME(pick)(a < 1, near, far), x);
}

INLINE V NAME(erf)(V x)
{
  V gauss;
  return NAME(erf_gauss)(x, &gauss);
}
