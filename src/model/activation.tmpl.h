/* activation.tmpl.h — the activations, one block each: value and first three derivatives of a vector; body for one precision, no include
 * guard, on top of linalg/vmath.tmpl.h. What the table in lowfirst/model.h calls ID is the block act_ID here.
 *
 * f[0..3] from z and the parameter p. A caller that stores only f[0] pays only for f[0]: blocks are inlined and the rest falls away. At a
 * kink the derivative from the left. NaN in z is a NaN in f[0], also where a piece is constant: conditions are put so that NaN takes
 * the piece that keeps it. To add one: a row in the table, a case in activation.c, a block here. */
#define ACT(id) INLINE void NAME(act_##id)(V z, V p, V * f)
#define ZERO ((V){0})
#define ONE NAME(splat)(1)
#define UNUSED_PARAMETER (void)p

ACT(IDENTITY)
{
  UNUSED_PARAMETER;
  f[0] = z;
  f[1] = ONE;
  f[2] = f[3] = ZERO;
}

ACT(RELU)
{
  UNUSED_PARAMETER;
  f[0] = NAME(most)(ZERO, z);
  f[1] = NAME(keep)(z > 0, ONE);
  f[2] = f[3] = ZERO;
}

ACT(LEAKY_RELU)
{
  I above = z > 0;
  f[0] = NAME(pick)(above, z, p * z);
  f[1] = NAME(pick)(above, ONE, p);
  f[2] = f[3] = ZERO;
}

/* s = 1 - tanh^2: -2 t s, s (4 t^2 - 2 s) */
ACT(TANH)
{
  UNUSED_PARAMETER;
  V s, t = NAME(tanh_slope)(z, &s);
  f[0] = t;
  f[1] = s;
  f[2] = -2 * t * s;
  f[3] = s * (4 * t * t - 2 * s);
}

/* s = a (1-a): -s tanh(z/2), s (1 - 6 s) */
ACT(SIGMOID)
{
  UNUSED_PARAMETER;
  V s, t;
  f[0] = NAME(sigmoid_slope)(z, &s, &t);
  f[1] = s;
  f[2] = -s * t;
  f[3] = s * (1 - 6 * s);
}

/* max(z,0) + log(1 + e^-|z|); its slope is the logistic function */
ACT(SOFTPLUS)
{
  UNUSED_PARAMETER;
  V s, t;
  f[0] = NAME(most)(ZERO, z) + NAME(log1p)(NAME(exp)(-NAME(absolute)(z)));
  f[1] = NAME(sigmoid_slope)(z, &s, &t);
  f[2] = s;
  f[3] = -s * t;
}

/* z Phi: Phi + z phi, (2 - z^2) phi, (z^3 - 4 z) phi. Products with phi are taken where it is not yet 0, or infinities would give NaN. */
ACT(GELU)
{
  UNUSED_PARAMETER;
  V bound = CONSTANT(14.5, 39), below = NAME(most)(-bound, z), c = NAME(least)(bound, below), square = c * c;
  V e = NAME(gauss)(c), mass = NAME(normal_from)(c, e), density = e * (T)0.398942280401432678;
  f[0] = below * mass;
  f[1] = mass + c * density;
  f[2] = (2 - square) * density;
  f[3] = c * (square - 4) * density;
}

/* z s, s the logistic function: s + z s', 2 s' + z s'', 3 s'' + z s''' */
ACT(SILU)
{
  UNUSED_PARAMETER;
  V bound = CONSTANT(110, 760), below = NAME(most)(-bound, z), c = NAME(least)(bound, below);
  V s1, t, s = NAME(sigmoid_slope)(c, &s1, &t), s2 = -s1 * t, s3 = s1 * (1 - 6 * s1);
  f[0] = below * s;
  f[1] = s + c * s1;
  f[2] = 2 * s1 + c * s2;
  f[3] = 3 * s2 + c * s3;
}

ACT(ELU)
{
  I above = z > 0;
  V e, m = NAME(expm1_negative)(NAME(least)(ZERO, z), &e), pe = p * e;
  f[0] = NAME(pick)(above, z, p * m);
  f[1] = NAME(pick)(above, ONE, pe);
  f[2] = f[3] = NAME(keep)(~above, pe);
}

/* The rounding of p z is carried along: sin(p z) would else lose as many digits as p z has before the point. */
ACT(SIN)
{
  V x = p * z, low = NAME(fused)(p, z, -x), s, c;
  NAME(sincos)(x, low, &s, &c);
  f[0] = s;
  f[1] = p * c;
  f[2] = -p * p * s;
  f[3] = -p * p * p * c;
}

ACT(COS)
{
  V x = p * z, low = NAME(fused)(p, z, -x), s, c;
  NAME(sincos)(x, low, &s, &c);
  f[0] = c;
  f[1] = -p * s;
  f[2] = -p * p * c;
  f[3] = p * p * p * s;
}

/* g = e^(-z^2/2): -z g, (z^2 - 1) g, (3 z - z^3) g */
ACT(GAUSS)
{
  UNUSED_PARAMETER;
  V bound = CONSTANT(14.5, 39), c = NAME(most)(-bound, NAME(least)(bound, z)), q = c * c, g = NAME(gauss)(c);
  f[0] = g;
  f[1] = -c * g;
  f[2] = (q - 1) * g;
  f[3] = c * (3 - q) * g;
}

/* s = 2/sqrt(pi) e^(-z^2): -2 z s, (4 z^2 - 2) s */
ACT(ERF)
{
  UNUSED_PARAMETER;
  V bound = CONSTANT(14.5, 39), c = NAME(most)(-bound, NAME(least)(bound, z)), g;
  f[0] = NAME(erf_gauss)(z, &g);
  V s = g * (T)1.12837916709551257;
  f[1] = s;
  f[2] = -2 * c * s;
  f[3] = (4 * c * c - 2) * s;
}

/* u = z/p, g = pi^(1/4)/(15 p) e^(-u^2/2): (1-u^2) g, (u^3 - 3 u) g/p, -(u^4 - 6 u^2 + 3) g/p^2, (u^5 - 10 u^3 + 15 u) g/p^3 */
ACT(RICKER)
{
  V bound = CONSTANT(14.5, 39), r = 1 / p, u = NAME(most)(-bound, NAME(least)(bound, z / p)), q = u * u;
  V g = NAME(gauss)(u) * ((T)0.0887556909200259867 * r);
  f[0] = (1 - q) * g;
  f[1] = u * (q - 3) * g * r;
  f[2] = -(q * (q - 6) + 3) * g * (r * r);
  f[3] = u * (q * (q - 10) + 15) * g * (r * r * r);
}

/* z (1-z) on (0,1], 0 outside */
ACT(SRELU)
{
  UNUSED_PARAMETER;
  I inside = ~((z <= 0) | (z > 1));
  f[0] = NAME(keep)(inside, z * (1 - z));
  f[1] = NAME(keep)(inside, 1 - 2 * z);
  f[2] = NAME(keep)(inside, NAME(splat)(-2));
  f[3] = ZERO;
}

/* z^2 | 3/2 - 2 (z - 3/2)^2 | (3-z)^2 on (0,1] | (1,2] | (2,3], 0 outside */
ACT(PHI)
{
  UNUSED_PARAMETER;
  I inside = ~((z <= 0) | (z > 3)), first = z <= 1, middle = z <= 2;
  V y = NAME(pick)(first, z, NAME(pick)(middle, z - (T)1.5, z - 3));
  V factor = NAME(pick)(middle & ~first, NAME(splat)(-2), ONE),
    start = NAME(keep)(middle & ~first, NAME(splat)((T)1.5));
  f[0] = NAME(keep)(inside, factor * y * y + start);
  f[1] = NAME(keep)(inside, 2 * factor * y);
  f[2] = NAME(keep)(inside, 2 * factor);
  f[3] = ZERO;
}

/* s p with s = sin w z, w = 2 pi, and p = z (1-z) on (0,1]: Leibniz */
ACT(S2RELU)
{
  UNUSED_PARAMETER;
  const T w = (T)6.28318530717958648, w2 = w * w, w3 = w * w2;
  I inside = ~((z <= 0) | (z > 1));
  V s, c, q = z * (1 - z), q1 = 1 - 2 * z;
  NAME(turns)(z, &s, &c);
  f[0] = NAME(keep)(inside, s * q);
  f[1] = NAME(keep)(inside, w * c * q + s * q1);
  f[2] = NAME(keep)(inside, 2 * w * c * q1 - w2 * s * q - 2 * s);
  f[3] = NAME(keep)(inside, -w3 * c * q - 3 * w2 * s * q1 - 6 * w * c);
}

/* ---- arrays: what activation_kernel.h promises ---------------------------------------------------------------------------------- */
/* The first n elements, or all, of f[0..outputs-1] to their arrays at i. */
INLINE void NAME(keep_outputs)(const size_t outputs, T *const *to, size_t i, size_t n, const V *f)
{
#pragma GCC unroll 4
  for (size_t q = 0; q < outputs; q++) NAME(store)(to[q] + i, n, f[q]);
}

/* Two vectors at a time, whose operations the compiler lays between each other's: one alone spends a third of its time waiting for itself. The
 * `outputs` arrays named last get f[0], f[1], ... */
#define WALK(id, outputs, ...)                                                             \
  do {                                                                                     \
    T *const to[] = {__VA_ARGS__};                                                         \
    const V p = NAME(splat)(param);                                                        \
    V f[4], g[4];                                                                          \
    size_t i = 0;                                                                          \
    for (; i + 2 * LANES <= n; i += 2 * LANES) {                                           \
      const V first = NAME(load)(z + i, LANES), second = NAME(load)(z + i + LANES, LANES); \
      NAME(act_##id)(first, p, f);                                                         \
      NAME(act_##id)(second, p, g);                                                        \
      NAME(keep_outputs)(outputs, to, i, LANES, f);                                        \
      NAME(keep_outputs)(outputs, to, i + LANES, LANES, g);                                \
    }                                                                                      \
    for (; i < n; i += LANES) {                                                            \
      NAME(act_##id)(NAME(load)(z + i, n - i), p, f);                                      \
      NAME(keep_outputs)(outputs, to, i, n - i, f);                                        \
    }                                                                                      \
  } while (0)
#define LF_X(id, name, params, fallback, formula)                                                  \
  static void NAME(value_##id)(size_t n, T param, const T *z, T *a) { WALK(id, 1, a); }            \
  static void NAME(slope_##id)(size_t n, T param, const T *z, T *a, T *d1) { WALK(id, 2, a, d1); } \
  static void NAME(jet_##id)(size_t n, T param, const T *z, T *a, T *d1, T *d2, T *d3) { WALK(id, 4, a, d1, d2, d3); }
LF_ACTIVATION_LIST(LF_X)
#undef LF_X
#undef WALK

#undef ACT
#undef ZERO
#undef ONE
#undef UNUSED_PARAMETER
