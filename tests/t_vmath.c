/* t_vmath.c — vector mathematics of every instruction set against libm in long double: errors in units in the last place, printed and
 * bounded; NaN, infinities, zeros and results below the normal range; the same bits wherever a value stands. */
#include <float.h>
#include "check.h"
#include "linalg/vmath.h"
#include "lowfirst/random.h"

/* ---- references ------------------------------------------------------------------------------------------------------------- */
static long double ref_exp(long double x) { return expl(x); }
static long double ref_expm1(long double x) { return expm1l(x); }
static long double ref_log1p(long double x) { return log1pl(x); }
static long double ref_tanh(long double x) { return tanhl(x); }
static long double ref_sin(long double x) { return sinl(x); }
static long double ref_cos(long double x) { return cosl(x); }
static long double ref_erf(long double x) { return erfl(x); }

static long double ref_sigmoid(long double x) { return x < 0 ? expl(x) / (1 + expl(x)) : 1 / (1 + expl(-x)); }

/* The rounding of x^2 is given back, or the reference would be worth little more than double. */
static long double ref_gauss(long double x)
{
  long double a = fminl(fabsl(x), 200), square = a * a, rest = fmal(a, a, -square);
  return isnan(x) ? x : expl(-square / 2) * (1 - rest / 2);
}

static long double ref_normal(long double x) { return erfcl(-x * 0.707106781186547524400844362104849039L) / 2; }

/* ---- what is sampled --------------------------------------------------------------------------------------------------------- */
enum { UNIFORM = 24000, SPREAD = 24000, COUNT = UNIFORM + SPREAD };

typedef struct row {
  const char *name;
  long double (*reference)(long double);
  double low, high;            /* where the function does something; the spread samples go beyond */
  double bound_f32, bound_f64; /* units in the last place */
} row;

/* Bounds: the largest error measured with gcc and clang, rounded up. `normal` is best near 1; just below 1/2 a unit is half as large. */
static const row table[] = {
    {"exp", ref_exp, -105, 89, 1.1, 1.1},         {"expm1", ref_expm1, -20, 89, 1.5, 1.5},
    {"log1p", ref_log1p, -1, 10, 1.4, 1.0},       {"tanh", ref_tanh, -10, 10, 2.0, 2.0},
    {"sigmoid", ref_sigmoid, -104, 40, 2.2, 2.2}, {"sin", ref_sin, -100, 100, 1.5, 1.5},
    {"cos", ref_cos, -100, 100, 1.5, 1.5},        {"erf", ref_erf, -5, 5, 1.2, 1.2},
    {"normal", ref_normal, -14, 7, 6.0, 5.0},     {"gauss", ref_gauss, -15, 15, 1.3, 1.3},
};
enum { ROWS = sizeof table / sizeof *table };

static lf_vmath_f32 function_f32(const lf_vmath *v, size_t i)
{
  const lf_vmath_f32 f[] = {v->exp_f32, v->expm1_f32, v->log1p_f32, v->tanh_f32,   v->sigmoid_f32,
                            v->sin_f32, v->cos_f32,   v->erf_f32,   v->normal_f32, v->gauss_f32};
  return f[i];
}

static lf_vmath_f64 function_f64(const lf_vmath *v, size_t i)
{
  const lf_vmath_f64 f[] = {v->exp_f64, v->expm1_f64, v->log1p_f64, v->tanh_f64,   v->sigmoid_f64,
                            v->sin_f64, v->cos_f64,   v->erf_f64,   v->normal_f64, v->gauss_f64};
  return f[i];
}

/* Half uniform over the interval, half of every size from below the normal range to twice the interval (2^30 for sin and cos). */
static double sample(const row *r, size_t i, double tiniest)
{
  double u = lf_random_uniform(3, LF_PURPOSE_TEST, i);
  if (i < UNIFORM) return r->low + u * (r->high - r->low);
  double top = r->high == 100 ? 0x1p30 : 2 * fmax(r->high, -r->low);
  double x = tiniest * pow(top / tiniest, u);
  return i & 1 && -x >= 2 * r->low ? -x : x;
}

/* |got - want| in units in the last place of want: `digits` bits, exponents from `least` up. */
static double units(double got, long double want, int digits, int least, double largest)
{
  if (isnan(want)) return isnan(got) ? 0 : INFINITY;
  if (fabsl(want) >= (long double)largest * (1 + 0x1p-60L)) return isinf(got) || fabs(got) == largest ? 0 : INFINITY;
  int exponent = want == 0 ? least : ilogbl(want);
  return (double)(fabsl(got - want) / ldexpl(1, (exponent < least ? least : exponent) - digits + 1));
}

static void within_units_f32(void **state)
{
  (void)state;
  static float x[COUNT], y[COUNT];
  static long double want[COUNT];
  for (size_t r = 0; r < ROWS; r++) {
    for (size_t i = 0; i < COUNT; i++) x[i] = (float)sample(&table[r], i, 1e-44), want[i] = table[r].reference(x[i]);
    for (lf_isa_id isa = LF_ISA_REF; isa < LF_ISA_COUNT; isa++) {
      if (!lf_vmath_for(isa)) continue;
      function_f32(lf_vmath_for(isa), r)(COUNT, x, y);
      double worst = 0;
      size_t where = 0;
      for (size_t i = 0; i < COUNT; i++) {
        double u = units((double)y[i], want[i], FLT_MANT_DIG, FLT_MIN_EXP - 1, (double)FLT_MAX);
        if (u > worst) worst = u, where = i;
      }
      print_message("%-8s f32 %-7s %.2f units at %a\n", table[r].name, lf_isa_name(isa), worst, (double)x[where]);
      if (!(worst <= table[r].bound_f32))
        fail_msg("%s(%a) = %a, want %La", table[r].name, (double)x[where], (double)y[where], want[where]);
    }
  }
}

static void within_units_f64(void **state)
{
  (void)state;
  static double x[COUNT], y[COUNT];
  static long double want[COUNT];
  for (size_t r = 0; r < ROWS; r++) {
    row wide = table[r]; /* the same shape of interval in double's range */
    if (wide.low < -14) wide.low *= 7.1;
    if (wide.high > 14 && wide.high != 100) wide.high *= 7.9;
    for (size_t i = 0; i < COUNT; i++) x[i] = sample(&wide, i, 1e-320), want[i] = table[r].reference(x[i]);
    for (lf_isa_id isa = LF_ISA_REF; isa < LF_ISA_COUNT; isa++) {
      if (!lf_vmath_for(isa)) continue;
      function_f64(lf_vmath_for(isa), r)(COUNT, x, y);
      double worst = 0;
      size_t where = 0;
      for (size_t i = 0; i < COUNT; i++) {
        double u = units(y[i], want[i], DBL_MANT_DIG, DBL_MIN_EXP - 1, DBL_MAX);
        if (u > worst) worst = u, where = i;
      }
      print_message("%-8s f64 %-7s %.2f units at %a\n", table[r].name, lf_isa_name(isa), worst, x[where]);
      if (!(worst <= table[r].bound_f64))
        fail_msg("%s(%a) = %a, want %La", table[r].name, x[where], y[where], want[where]);
    }
  }
}

/* ---- turns ------------------------------------------------------------------------------------------------------------------------ */
/* sin and cos of 2 pi x with the quarter taken off exactly, so that the zeros keep their digits. */
static void ref_turns(long double x, long double *sine, long double *cosine)
{
  long double f = x - rintl(x), quarter = rintl(4 * f), r = (f - quarter / 4) * 6.283185307179586476925286766559L;
  long double s = sinl(r), c = cosl(r);
  switch ((int)quarter & 3) {
  case 0: *sine = s, *cosine = c; break;
  case 1: *sine = c, *cosine = -s; break;
  case 2: *sine = -s, *cosine = -c; break;
  default: *sine = -c, *cosine = s; break;
  }
}

static void turns_are_exactly_reduced(void **state)
{
  (void)state;
  enum { TURNS = 20000 };
  const double bound = 2; /* 2 pi and its product are rounded on top of what sin and cos have */
  static float x32[TURNS], c32[TURNS], s32[TURNS];
  static double x64[TURNS], c64[TURNS], s64[TURNS];
  for (size_t i = 0; i < TURNS; i++) {
    double u = 2 * lf_random_uniform(4, LF_PURPOSE_TEST, i) - 1;
    x64[i] = i < 1000 ? (double)i / 8 - 40 : u * pow(10, (double)(i % 25) - 8); /* eighths; then 1e-8 ... 1e16 */
    x32[i] = (float)x64[i];
  }
  for (lf_isa_id isa = LF_ISA_REF; isa < LF_ISA_COUNT; isa++) {
    const lf_vmath *v = lf_vmath_for(isa);
    if (!v) continue;
    v->turns_f32(TURNS, x32, c32, s32);
    v->turns_f64(TURNS, x64, c64, s64);
    double worst32 = 0, worst64 = 0;
    for (size_t i = 0; i < TURNS; i++) {
      long double s, c;
      ref_turns(x32[i], &s, &c);
      worst32 = fmax(worst32, units((double)s32[i], s, FLT_MANT_DIG, FLT_MIN_EXP - 1, (double)FLT_MAX));
      worst32 = fmax(worst32, units((double)c32[i], c, FLT_MANT_DIG, FLT_MIN_EXP - 1, (double)FLT_MAX));
      ref_turns(x64[i], &s, &c);
      worst64 = fmax(worst64, units(s64[i], s, DBL_MANT_DIG, DBL_MIN_EXP - 1, DBL_MAX));
      worst64 = fmax(worst64, units(c64[i], c, DBL_MANT_DIG, DBL_MIN_EXP - 1, DBL_MAX));
    }
    print_message("turns        %-7s %.2f units in float, %.2f in double\n", v->isa, worst32, worst64);
    assert_true(worst32 <= bound && worst64 <= bound);
    float odd[3] = {INFINITY, NAN, -INFINITY}, c[3], s[3];
    v->turns_f32(3, odd, c, s);
    for (int i = 0; i < 3; i++) assert_true(isnan(c[i]) && isnan(s[i]));
  }
}

/* ---- special values, places --------------------------------------------------------------------------------------------------------- */
static void special_values(void **state)
{
  (void)state;
  static const double x[] = {NAN, INFINITY, -INFINITY, 0.0, -0.0, DBL_MAX, -DBL_MAX, 1.0, -1.0, 0x1p-1074, 1e30, -1e30};
  enum { SPECIALS = sizeof x / sizeof *x };
  for (size_t r = 0; r < ROWS; r++)
    for (lf_isa_id isa = LF_ISA_REF; isa < LF_ISA_COUNT; isa++) {
      const lf_vmath *v = lf_vmath_for(isa);
      if (!v) continue;
      float x32[SPECIALS], y32[SPECIALS];
      double y64[SPECIALS];
      for (size_t i = 0; i < SPECIALS; i++) x32[i] = (float)x[i]; /* the largest double becomes an infinity */
      function_f32(v, r)(SPECIALS, x32, y32);
      function_f64(v, r)(SPECIALS, x, y64);
      for (size_t i = 0; i < SPECIALS; i++) {
        long double w32 = table[r].reference(x32[i]), w64 = table[r].reference(x[i]);
        double u32 = units((double)y32[i], w32, FLT_MANT_DIG, FLT_MIN_EXP - 1, (double)FLT_MAX);
        double u64 = units(y64[i], w64, DBL_MANT_DIG, DBL_MIN_EXP - 1, DBL_MAX);
        if (!(u32 <= table[r].bound_f32 && u64 <= table[r].bound_f64))
          fail_msg("%s(%g), %s: %g in float, %g in double, want %Lg", table[r].name, x[i], v->isa, (double)y32[i],
                   y64[i], w64);
      }
    }
}

/* Every length and offset against one call: the bits must agree, nothing beyond the end be touched, and y may be x. */
static void same_bits_in_any_place(void **state)
{
  (void)state;
  enum { LENGTH = 70, GUARD = 77 };
  for (size_t r = 0; r < ROWS; r++)
    for (lf_isa_id isa = LF_ISA_REF; isa < LF_ISA_COUNT; isa++) {
      const lf_vmath *v = lf_vmath_for(isa);
      if (!v) continue;
      float x32[LENGTH], y32[LENGTH], part32[LENGTH + 1];
      double x64[LENGTH], y64[LENGTH], part64[LENGTH + 1];
      for (size_t i = 0; i < LENGTH; i++) x64[i] = sample(&table[r], i * 601, 1e-44), x32[i] = (float)x64[i];
      function_f32(v, r)(LENGTH, x32, y32);
      function_f64(v, r)(LENGTH, x64, y64);
      for (size_t first = 0; first < 20; first++)
        for (size_t n = 0; n < 36; n++) {
          memcpy(part32, x32 + first, n * sizeof *x32);
          memcpy(part64, x64 + first, n * sizeof *x64);
          part32[n] = GUARD, part64[n] = GUARD;
          function_f32(v, r)(n, part32, part32);
          function_f64(v, r)(n, part64, part64);
          assert_memory_equal(part32, y32 + first, n * sizeof *x32);
          assert_memory_equal(part64, y64 + first, n * sizeof *x64);
          assert_true(part32[n] == GUARD && part64[n] == GUARD);
        }
    }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(within_units_f32),          cmocka_unit_test(within_units_f64),
      cmocka_unit_test(turns_are_exactly_reduced), cmocka_unit_test(special_values),
      cmocka_unit_test(same_bits_in_any_place),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
