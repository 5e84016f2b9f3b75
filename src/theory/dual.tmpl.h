/* dual.tmpl.h — what dual.h promises, for one instruction set; needs linalg/vmath.tmpl.h with BITS 64.
 *
 * Closed forms. relu: Cho, Saul 2009 (arc-cosine). erf: Williams 1997. gelu: by Stein's identity from the orthant probability. gauss, ricker: a
 * normal density times a polynomial is again one. c = r t rho is the covariance; everything that cancels near rho = +-1 is written with
 * s^2 = 1 - rho^2 = |m| (2 - |m|), which loses nothing. */
#define PI_ 3.14159265358979323846

#if defined __AVX512F__
INLINE V NAME(root)(V x) { return (V)_mm512_sqrt_pd((__m512d)x); }
#elif defined __AVX2__
INLINE V NAME(root)(V x) { return (V)_mm256_sqrt_pd((__m256d)x); }
#else
INLINE V NAME(root)(V x)
{
  for (size_t i = 0; i < LANES; i++) x[i] = sqrt(x[i]);
  return x;
}
#endif

/* A pair of points as the closed forms see it. */
typedef struct pair {
  V r, t;   /* standard deviations */
  V g;      /* |m| */
  V rho, c; /* correlation, covariance */
  V s2;     /* 1 - rho^2 */
} pair;

INLINE pair pair_of(V r, V t, V m)
{
  pair p = {.r = r, .t = t, .g = NAME(absolute)(m)};
  p.rho = NAME(with_sign)(1 - p.g, m);
  p.c = r * t * p.rho;
  p.s2 = p.g * (2 - p.g);
  return p;
}

/* c0 + c1 x + ... in four sums side by side: one would wait for itself at every term */
#define POLY_ABREAST(x, c) poly_abreast(x, sizeof(c) / sizeof *(c), c)
INLINE V poly_abreast(V x, size_t n, const double *c)
{
  enum { SUMS = 4 };
  V x2 = x * x, x4 = x2 * x2, sum[SUMS];
#pragma GCC unroll 4
  for (size_t k = n - SUMS; k < n; k++) sum[k % SUMS] = NAME(splat)(c[k]);
#pragma GCC unroll 32
  for (size_t k = n - SUMS; k-- > 0;) sum[k % SUMS] = MADD(sum[k % SUMS], x4, NAME(splat)(c[k]));
  return MADD(x2, MADD(x, sum[3], sum[2]), MADD(x, sum[1], sum[0]));
}

/* asin x for 0 <= x^2 <= 1/2 */
INLINE V asin_low(V x)
{
  V z = x * x;
  return MADD(x * z, POLY_ABREAST(z, NAME(asin_p)), x);
}

/* asin of s, given c = sqrt(1 - s^2) */
INLINE V asin_of(V s, V c)
{
  V a = NAME(absolute)(s), y = asin_low(NAME(least)(c, a));
  return NAME(with_sign)(NAME(pick)(a <= c, y, PI_ / 2 - y), s);
}

/* ---- rectifiers -------------------------------------------------------------------------------------------------------- */
/* theta the angle between the points, phi = min(theta, pi - theta). With g = 1 - |rho| and s = sin theta = sqrt(g (2-g)),
 *
 *     phi = s (1 + g P(g)),        bend = s - phi |rho| = s g (1 - P |rho|) >= 0,
 *
 * P analytic for g < 2: no case, and nothing cancels. Then j = s + (pi - theta) rho = pi max(rho,0) + bend; rest = pi - theta. */
typedef struct angle {
  V phi, bend;
} angle;

INLINE angle angle_of(V g, V s2)
{
  V s = NAME(root)(s2), sg = s * g, p = POLY_ABREAST(g, NAME(angle_p));
  return (angle){MADD(sg, p, s), sg * MADD(p, g - 1, NAME(splat)(1))};
}

/* a z + (1-a) max(z,0): Q = r t (a rho + (1-a)^2 j/(2 pi)), Q' = a + (1-a)^2 (pi - theta)/(2 pi) */
INLINE void relu_pair(const pair *p, const angle *n, V m, double a, V *q, V *slope)
{
  V share = NAME(splat)((1 - a) * (1 - a) / (2 * PI_)), bent = NAME(with_sign)(n->phi, m);
  I above = (I)((U)m >> 63) == 0;
  V pi = NAME(keep)(above, NAME(splat)(PI_)), j = MADD(pi, p->rho, n->bend);
  *q = p->r * p->t * MADD(share, j, a * p->rho);
  *slope = MADD(share, pi - bent, NAME(splat)(a));
}

/* The correlation of Q is (2/(1+a^2)) (a rho + (1-a)^2 j/(2 pi)); its defect term by term, each >= 0 but for a < 0. */
INLINE V relu_defect(const pair *p, const angle *n, V m, double a)
{
  double half = (1 - a) * (1 - a) / 2, scale = 2 / (1 + a * a);
  I below = (I)((U)m >> 63) != 0;
  V bend = (half / PI_) * n->bend;
  V plus = (half + a) * p->g - bend, minus = (1 + a) * (1 + a) / 2 - MADD(NAME(splat)(a), p->g, bend);
  V from_one = scale * NAME(pick)(below, minus, plus);
  V from_minus = scale * (half + MADD(NAME(splat)(a), p->g, bend));
  return NAME(pick)(from_one > 1, -from_minus, NAME(most)((V){0}, from_one));
}

static void closed_LEAKY_RELU(size_t n, double param, const double *r, size_t r_step, const double *t, const double *m,
                              double *q, double *slope)
{
  for (size_t i = 0; i < n; i += LANES) {
    V mi = NAME(load)(m + i, n - i), qi, si;
    pair p = pair_of(r_step ? NAME(load)(r + i, n - i) : NAME(splat)(*r), NAME(load)(t + i, n - i), mi);
    angle a = angle_of(p.g, p.s2);
    relu_pair(&p, &a, mi, param, &qi, &si);
    NAME(store)(q + i, n - i, qi);
    NAME(store)(slope + i, n - i, si);
  }
}

static void closed_RELU(size_t n, double param, const double *r, size_t r_step, const double *t, const double *m,
                        double *q, double *slope)
{
  (void)param;
  closed_LEAKY_RELU(n, 0, r, r_step, t, m, q, slope);
}

/* ---- one block per closed form ---------------------------------------------------------------------------------------------- */
#define DUAL(id) INLINE void dual_##id(const pair *p, double a, V *q, V *slope)

DUAL(IDENTITY)
{
  (void)a;
  *q = p->c;
  *slope = NAME(splat)(1);
}

/* With c = a^2 r t rho: e^-(a^2 (r^2+t^2)/2) sinh c and cosh c, the exponents put together: e = -(a (r-t))^2/2 - a^2 r t |m| */
INLINE void wave(const pair *p, double a, V *odd, V *even)
{
  V rt = a * a * p->r * p->t, difference = a * (p->r - p->t), once;
  V less = NAME(expm1_negative)(-2 * rt * (1 - p->g), &once);
  V half = NAME(exp)(MADD(difference * difference, NAME(splat)(-0.5), -rt * p->g)) * 0.5;
  *odd = NAME(with_sign)(-half * less, p->rho);
  *even = MADD(half, once, half);
}

DUAL(SIN)
{
  wave(p, a, q, slope);
  *slope *= a * a;
}

DUAL(COS)
{
  wave(p, a, slope, q);
  *slope *= a * a;
}

/* (2/pi) asin(2c/sqrt((1+2r^2)(1+2t^2))), (4/pi)/sqrt D, D = (1+2r^2)(1+2t^2) - 4c^2 */
DUAL(ERF)
{
  (void)a;
  V rr = p->r * p->r, tt = p->t * p->t, c2 = 2 * p->c;
  V d = MADD(4 * rr * tt, p->s2, 1 + 2 * (rr + tt)), root = NAME(root)(d), over = 1 / NAME(root)(MADD(c2, c2, d));
  *q = (2 / PI_) * asin_of(c2 * over, root * over);
  *slope = (4 / PI_) / root;
}

/* D = (1+r^2)(1+t^2) - c^2 */
INLINE V widened(const pair *p, V *rr, V *tt)
{
  *rr = p->r * p->r;
  *tt = p->t * p->t;
  return MADD(*rr * *tt, p->s2, 1 + (*rr + *tt));
}

/* 1/sqrt D, c D^(-3/2) */
DUAL(GAUSS)
{
  (void)a;
  V rr, tt, d = widened(p, &rr, &tt), root = NAME(root)(d);
  *q = 1 / root;
  *slope = p->c / (d * root);
}

/* Of unit width: k^2 D^(-5/2) (f + 2c^2), k^2 D^(-7/2) c (9 f + 6 c^2), f = (1+r^2)(1+t^2), k = pi^(1/4)/(15 a) */
DUAL(RICKER)
{
  double scale = 1.77245385090551603 / (225 * a * a), b = 1 / a;
  pair u = {.r = p->r * b, .t = p->t * b, .c = p->c * (b * b), .s2 = p->s2};
  V rr, tt, d = widened(&u, &rr, &tt), cc = u.c * u.c, f = (1 + rr) * (1 + tt), w = scale / (d * d * NAME(root)(d));
  *q = w * MADD(NAME(splat)(2), cc, f);
  *slope = b * b * w * u.c * MADD(NAME(splat)(9), f, 6 * cc) / d;
}

/* o = 1/4 + asin(c/sqrt((1+r^2)(1+t^2)))/(2 pi), e = 1/(2 pi sqrt D), b = 1/(1+r^2) + 1/(1+t^2):
 * c o + e (r^2 t^2 (1-rho^2) + c^2 b), o + e c (b + 1/D) */
DUAL(GELU)
{
  (void)a;
  V rr, tt, d = widened(p, &rr, &tt), root = NAME(root)(d), over = 1 / NAME(root)(MADD(p->c, p->c, d));
  V o = 0.25 + asin_of(p->c * over, root * over) * (0.5 / PI_), e = (0.5 / PI_) / root;
  V b = 1 / (1 + rr) + 1 / (1 + tt);
  *q = MADD(e, MADD(p->c * p->c, b, rr * tt * p->s2), p->c * o);
  *slope = MADD(e * p->c, b + 1 / d, o);
}

#define CLOSED(id)                                                                                                  \
  static void closed_##id(size_t n, double param, const double *r, size_t r_step, const double *t, const double *m, \
                          double *q, double *slope)                                                                 \
  {                                                                                                                 \
    for (size_t i = 0; i < n; i += LANES) {                                                                         \
      V qi, si;                                                                                                     \
      pair p = pair_of(r_step ? NAME(load)(r + i, n - i) : NAME(splat)(*r), NAME(load)(t + i, n - i),               \
                       NAME(load)(m + i, n - i));                                                                   \
      dual_##id(&p, param, &qi, &si);                                                                               \
      NAME(store)(q + i, n - i, qi);                                                                                \
      NAME(store)(slope + i, n - i, si);                                                                            \
    }                                                                                                               \
  }
CLOSED(IDENTITY)
CLOSED(SIN)
CLOSED(COS)
CLOSED(ERF)
CLOSED(GAUSS)
CLOSED(RICKER)
CLOSED(GELU)

/* ---- series: Horner's rule for the sum and its derivative at once ------------------------------------------------------------ */
/* Several vectors side by side, as each waits for itself. */
#define ABREAST 4
static void series(size_t n, size_t terms, const double *a, const double *b, size_t ldb, const double *m, double *q,
                   double *slope)
{
  for (size_t i = 0; i < n; i += ABREAST * LANES) {
    V rho[ABREAST], y[ABREAST], d[ABREAST];
    size_t vectors = 0;
    for (size_t v = 0; v < ABREAST; v++) {
      size_t at = i + v * LANES;
      V mi = at < n ? NAME(load)(m + at, n - at) : (V){0};
      vectors += at < n;
      rho[v] = NAME(with_sign)(1 - NAME(absolute)(mi), mi);
      y[v] = d[v] = (V){0};
    }
    if (i + ABREAST * LANES <= n)
      for (size_t k = terms; k-- > 0;) {
        const double *row = b + k * ldb + i;
        for (size_t v = 0; v < ABREAST; v++) {
          d[v] = MADD(d[v], rho[v], y[v]);
          y[v] = MADD(y[v], rho[v], a[k] * NAME(load)(row + v * LANES, LANES));
        }
      }
    else
      for (size_t k = terms; k-- > 0;)
        for (size_t v = 0; v < vectors; v++) {
          size_t at = i + v * LANES;
          d[v] = MADD(d[v], rho[v], y[v]);
          y[v] = MADD(y[v], rho[v], a[k] * NAME(load)(b + k * ldb + at, n - at));
        }
    for (size_t v = 0; v < vectors; v++) {
      NAME(store)(q + i + v * LANES, n - i - v * LANES, y[v]);
      NAME(store)(slope + i + v * LANES, n - i - v * LANES, d[v]);
    }
  }
}

/* ---- defects ---------------------------------------------------------------------------------------------------------------------- */
/* |a-b|^2/2 = 1 - a.b and |a+b|^2/2 = 1 + a.b, whichever is smaller */
static void unit_defect(size_t n, size_t d, const double *a, const double *b, size_t ldb, double *m)
{
  for (size_t i = 0; i < n; i += LANES) {
    V near = {0}, far = {0};
    for (size_t k = 0; k < d; k++) {
      V x = NAME(load)(b + k * ldb + i, n - i), minus = x - a[k], plus = x + a[k];
      near = MADD(minus, minus, near);
      far = MADD(plus, plus, far);
    }
    NAME(store)(m + i, n - i, NAME(pick)(near <= far, near, -far) * 0.5);
  }
}

static void inner(size_t n, size_t d, const double *a, const double *b, size_t ldb, double scale, double shift,
                  double *out)
{
  for (size_t i = 0; i < n; i += LANES) {
    V sum = {0};
    for (size_t k = 0; k < d; k++) sum = MADD(NAME(load)(b + k * ldb + i, n - i), NAME(splat)(a[k]), sum);
    NAME(store)(out + i, n - i, MADD(sum, NAME(splat)(scale), NAME(splat)(shift)));
  }
}

static void defect(size_t n, const double *q, double one, const double *other, double *m)
{
  for (size_t i = 0; i < n; i += LANES) {
    V rho = NAME(load)(q + i, n - i) * (one * NAME(load)(other + i, n - i));
    V g = NAME(most)((V){0}, 1 - NAME(absolute)(rho));
    NAME(store)(m + i, n - i, NAME(with_sign)(g, rho));
  }
}

/* With e the sign of rho, (c, s) and (c', s') the shares of weights and bias: rho' = e c c' (1-g) + s s', and
 * 1 -+ rho' = ((c -+ e c')^2 + (s -+ s')^2)/2 +- e c c' g. */
INLINE V affine_defect(V m, V c, V s, V c2, V s2)
{
  V g = NAME(absolute)(m), ec = NAME(with_sign)(NAME(splat)(1), m) * c2, minus_c = c - ec, plus_c = c + ec;
  V minus_s = s - s2, plus_s = s + s2, lost = c * ec * g;
  V near = MADD(minus_c * 0.5, minus_c, MADD(minus_s * 0.5, minus_s, lost));
  V far = MADD(plus_c * 0.5, plus_c, MADD(plus_s * 0.5, plus_s, -lost));
  return NAME(pick)(near <= far, NAME(most)((V){0}, near), -NAME(most)((V){0}, far));
}

static void affine(size_t n, const lf_step *s, double *m)
{
  V c = NAME(splat)(s->direction), rest = NAME(splat)(s->rest);
  for (size_t i = 0; i < n; i += LANES) NAME(store)
  (m + i, n - i,
   affine_defect(NAME(load)(m + i, n - i), c, rest, NAME(load)(s->directions + i, n - i),
                 NAME(load)(s->rests + i, n - i)));
}

static void carry(size_t n, const lf_step *s, const double *q, const double *slope, double *kernel)
{
  V g = NAME(splat)(s->g), h = NAME(splat)(s->h), w = NAME(splat)(s->carry);
  for (size_t i = 0; i < n; i += LANES) {
    V before = NAME(load)(kernel + i, n - i) * NAME(load)(slope + i, n - i);
    NAME(store)(kernel + i, n - i, MADD(w, before, MADD(g, NAME(load)(q + i, n - i), h)));
  }
}

static void leaky_relu_layer(size_t n, double param, const lf_step *s, double *m, double *kernel)
{
  V g = NAME(splat)(s->g), h = NAME(splat)(s->h), w = NAME(splat)(s->carry), r = NAME(splat)(s->r);
  V c = NAME(splat)(s->direction), rest = NAME(splat)(s->rest);
  for (size_t i = 0; i < n; i += LANES) {
    V mi = NAME(load)(m + i, n - i), q, slope;
    pair p = pair_of(r, NAME(load)(s->t + i, n - i), mi);
    angle a = angle_of(p.g, p.s2);
    relu_pair(&p, &a, mi, param, &q, &slope);
    NAME(store)(kernel + i, n - i, MADD(w, NAME(load)(kernel + i, n - i) * slope, MADD(g, q, h)));
    if (s->directions) NAME(store)
    (m + i, n - i,
     affine_defect(relu_defect(&p, &a, mi, param), c, rest, NAME(load)(s->directions + i, n - i),
                   NAME(load)(s->rests + i, n - i)));
  }
}

/* What a row's pairs have in common: g r/(2 pi), h, carry/(2 pi), shares of weights and bias. */
typedef struct relu_step {
  V g, h, carry, direction, rest;
} relu_step;

/* relu on a vector of pairs, most of whose cases fall away: the correlation behind it is j/pi >= 0. `positive`: so is the one before it, as
 * everywhere behind the first layer; `last`: no defect is asked for. */
INLINE void relu_vector(size_t i, size_t left, const relu_step *by, const lf_step *s, double *m, double *kernel,
                        const int positive, const int last)
{
  V mi = NAME(load)(m + i, left), g = positive ? mi : NAME(absolute)(mi), floor = g, pi = NAME(splat)(PI_), open;
  angle a = angle_of(g, g * (2 - g));
  if (positive) {
    open = pi - a.phi;
  } else {
    I above = (I)mi >= 0;
    pi = NAME(keep)(above, pi);
    open = pi - NAME(with_sign)(a.phi, mi);
    floor = NAME(pick)(above, g, NAME(splat)(1));
  }
  V j = MADD(pi, 1 - g, a.bend), before = NAME(load)(kernel + i, left) * by->carry;
  NAME(store)(kernel + i, left, MADD(before, open, MADD(NAME(load)(s->t + i, left) * by->g, j, by->h)));
  if (last) return;
  V c2 = NAME(load)(s->directions + i, left), dc = by->direction - c2, dr = by->rest - NAME(load)(s->rests + i, left);
  V defect = MADD(a.bend, NAME(splat)(-1 / PI_), floor), half_square = MADD(dc, dc, dr * dr) * 0.5;
  V after = MADD(by->direction * c2, NAME(most)((V){0}, defect), half_square);
  NAME(store)(m + i, left, NAME(least)(NAME(splat)(1), after));
}

INLINE void relu_row(size_t n, const lf_step *shared, double *m, double *kernel, const int positive, const int last)
{
  const lf_step s = *shared; /* which the stores cannot change */
  const relu_step by = {NAME(splat)(s.g * s.r / (2 * PI_)), NAME(splat)(s.h), NAME(splat)(s.carry / (2 * PI_)),
                        NAME(splat)(s.direction), NAME(splat)(s.rest)};
  size_t i = 0;
  for (; i + LANES <= n; i += LANES) relu_vector(i, LANES, &by, &s, m, kernel, positive, last);
  if (i < n) relu_vector(i, n - i, &by, &s, m, kernel, positive, last);
}

static void relu_layer(size_t n, double param, const lf_step *s, double *m, double *kernel)
{
  if (param != 0)
    leaky_relu_layer(n, param, s, m, kernel);
  else if (!s->positive)
    relu_row(n, s, m, kernel, 0, s->directions == NULL);
  else if (s->directions)
    relu_row(n, s, m, kernel, 1, 0);
  else
    relu_row(n, s, m, kernel, 1, 1);
}

/* ---- Hermite coefficients ------------------------------------------------------------------------------------------------------------ */
/* h_0 = 1, h_1 = z, sqrt(k+1) h_(k+1) = z h_k - sqrt k h_(k-1). The values carry the rule's weights, so that nothing overflows. */
static void hermite(size_t nodes, const double *node, size_t first, size_t end, double *before, double *last, double *a)
{
  for (size_t k = first; k < end; k++) {
    V sum = {0};
    V up = NAME(splat)(1 / sqrt((double)k + 1)), down = NAME(splat)(sqrt((double)k / ((double)k + 1)));
    for (size_t i = 0; i < nodes; i += LANES) {
      V now = NAME(load)(last + i, nodes - i), old = NAME(load)(before + i, nodes - i);
      sum += now;
      NAME(store)(before + i, nodes - i, now);
      NAME(store)(last + i, nodes - i, NAME(load)(node + i, nodes - i) * now * up - down * old);
    }
    a[k] = 0;
    for (size_t i = 0; i < LANES; i++) a[k] += sum[i];
  }
}

#undef ABREAST
#undef POLY_ABREAST
#undef DUAL
#undef CLOSED
#undef PI_
