/* t_activation.c — the activations: the reference against formulas, identities and finite differences; the kernels of every
 * instruction set against the reference. */
#include <float.h>
#include "check.h"
#include "lowfirst/random.h"
#include "model/activation_kernel.h"

/* Parameters other than the defaults, where there is one. */
static double other_parameter(int a)
{
  switch (a) {
  case LF_LEAKY_RELU: return 0.25;
  case LF_ELU: return 1.5;
  case LF_SIN: return 30;
  case LF_COS: return 3;
  case LF_RICKER: return 0.5;
  default: return 0;
  }
}

/* ---- the reference ------------------------------------------------------------------------------------------------------------- */
/* The formulas of lowfirst/model.h, word for word, in long double. */
static long double formula(int a, long double p, long double z)
{
  const long double pi = 3.14159265358979323846264338327950288L;
  long double u = z / p, plus = fmaxl(z, 0), one = fmaxl(z - 1, 0), two = fmaxl(z - 2, 0), three = fmaxl(z - 3, 0);
  switch (a) {
  case LF_IDENTITY: return z;
  case LF_RELU: return plus;
  case LF_LEAKY_RELU: return z > 0 ? z : p * z;
  case LF_TANH: return tanhl(z);
  case LF_SIGMOID: return 1 / (1 + expl(-z));
  case LF_SOFTPLUS: return logl(1 + expl(z));
  case LF_GELU: return z * (1 + erfl(z / sqrtl(2))) / 2;
  case LF_SILU: return z / (1 + expl(-z));
  case LF_ELU: return z > 0 ? z : p * (expl(z) - 1);
  case LF_SIN: return sinl(p * z);
  case LF_COS: return cosl(p * z);
  case LF_GAUSS: return expl(-z * z / 2);
  case LF_ERF: return erfl(z);
  case LF_RICKER: return sqrtl(sqrtl(pi)) / (15 * p) * (1 - u * u) * expl(-z * z / (2 * p * p));
  case LF_SRELU: return plus * fmaxl(1 - z, 0);
  case LF_PHI: return plus * plus - 3 * one * one + 3 * two * two - three * three;
  case LF_S2RELU: return sinl(2 * pi * z) * plus * fmaxl(1 - z, 0);
  default: return NAN;
  }
}

static void values_follow_the_formulas(void **state)
{
  (void)state;
  for (int a = 0; a < LF_ACTIVATION_COUNT; a++)
    for (int other = 0; other < 2; other++) {
      double p = other ? other_parameter(a) : lf_activation_default((lf_activation)a);
      for (int i = -250; i <= 250; i++) {
        double z = 0.037 * i, jet[4];
        lf_activation_jet((lf_activation)a, p, z, jet);
        /* 30 z is 270: its rounding alone is 270 eps/2 in the formula's long double, nothing here */
        assert_near(jet[0], (double)formula(a, (long double)p, (long double)z), 4 * DBL_EPSILON * fmax(1, fabs(z)));
      }
    }
}

/* Distance to the nearest kink. */
static double to_kink(int a, double z)
{
  double best = INFINITY;
  int last = a == LF_PHI ? 3 : a == LF_SRELU || a == LF_S2RELU ? 1 : 0;
  if (a != LF_RELU && a != LF_LEAKY_RELU && a != LF_ELU && last == 0) return best;
  for (int kink = 0; kink <= last; kink++) best = fmin(best, fabs(z - kink));
  return best;
}

/* Derivative k+1 against central differences of derivative k, extrapolated three times (error h^8): steps scaled by the parameter's
 * frequency so that one bound holds for all. */
static void derivatives_follow_the_values(void **state)
{
  (void)state;
  for (int a = 0; a < LF_ACTIVATION_COUNT; a++)
    for (int other = 0; other < 2; other++) {
      double p = other ? other_parameter(a) : lf_activation_default((lf_activation)a);
      double rate = a == LF_SIN || a == LF_COS ? p : a == LF_RICKER ? 1 / p : a == LF_S2RELU ? 6 : 1;
      for (int i = -77; i <= 77; i++) {
        double z = 0.0517 * i + 0.003, h = 0.1 / rate, jet[4], table[4][4][3];
        if (to_kink(a, z) < h) continue;
        lf_activation_jet((lf_activation)a, p, z, jet);
        for (int level = 0; level < 4; level++) {
          double above[4], below[4];
          lf_activation_jet((lf_activation)a, p, z + h, above);
          lf_activation_jet((lf_activation)a, p, z - h, below);
          for (int k = 0; k < 3; k++) {
            table[level][0][k] = (above[k] - below[k]) / (2 * h);
            for (int order = 1; order <= level; order++) {
              double weight = pow(4, order);
              table[level][order][k] =
                  (weight * table[level][order - 1][k] - table[level - 1][order - 1][k]) / (weight - 1);
            }
          }
          h /= 2;
        }
        for (int k = 0; k < 3; k++) assert_near(jet[k + 1], table[3][3][k], 1e-9 * pow(rate, k + 1));
      }
    }
}

/* Where two pieces meet the left one counts. relu and leaky_relu as in PyTorch; elu's slope from the left is a. */
static void kinks_take_the_left(void **state)
{
  (void)state;
  static const struct {
    int activation;
    double param, z, jet[4];
  } row[] = {
      {LF_RELU, 0, 0, {0, 0, 0, 0}},
      {LF_LEAKY_RELU, 0.25, 0, {0, 0.25, 0, 0}},
      {LF_ELU, 1.5, 0, {0, 1.5, 1.5, 1.5}},
      {LF_SRELU, 0, 0, {0, 0, 0, 0}},
      {LF_SRELU, 0, 1, {0, -1, -2, 0}},
      {LF_PHI, 0, 0, {0, 0, 0, 0}},
      {LF_PHI, 0, 1, {1, 2, 2, 0}},
      {LF_PHI, 0, 2, {1, -2, -4, 0}},
      {LF_PHI, 0, 3, {0, 0, 2, 0}},
      {LF_S2RELU, 0, 0, {0, 0, 0, 0}},
      {LF_S2RELU, 0, 1, {0, 0, -12.566370614359172, -37.69911184307752}}, /* -4 pi, -12 pi */
  };
  for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
    double jet[4];
    lf_activation_jet((lf_activation)row[i].activation, row[i].param, row[i].z, jet);
    for (int k = 0; k < 4; k++) assert_near(jet[k], row[i].jet[k], 1e-14);
    for (lf_isa_id isa = LF_ISA_REF; isa < LF_ISA_COUNT; isa++) {
      const lf_activation_kernels *kernels = lf_activation_kernels_for(isa);
      if (!kernels) continue;
      double f[4];
      kernels->jet_f64[row[i].activation](1, row[i].param, &row[i].z, &f[0], &f[1], &f[2], &f[3]);
      for (int k = 0; k < 4; k++) assert_near(f[k], row[i].jet[k], 1e-13);
    }
  }
}

/* ---- the kernels ----------------------------------------------------------------------------------------------------------------- */
enum { COUNT = 6007 };

/* Dense around the kinks and the bend, then of every size; kinks themselves included. */
static double sample(size_t i)
{
  if (i < 16) return (double)i / 2 - 4;
  double u = 2 * lf_random_uniform(5, LF_PURPOSE_TEST, i) - 1;
  return i % 3 == 0 ? 4 * u : i % 3 == 1 ? 20 * u : u * pow(10, (double)(i % 13) - 10);
}

/* An error counts in eps x the natural scale of the derivative: its largest size for |z| <= 4, or its own where that is larger. */
static void natural_scales(int a, double p, double scale[4])
{
  double jet[4];
  for (int k = 0; k < 4; k++) scale[k] = 0;
  for (int i = -400; i <= 400; i++) {
    lf_activation_jet((lf_activation)a, p, 0.01 * i, jet);
    for (int k = 0; k < 4; k++) scale[k] = fmax(scale[k], fmin(fabs(jet[k]), k == 0 ? 1 : INFINITY));
  }
}

static void kernels_follow_the_reference_f32(void **state)
{
  (void)state;
  static float z[COUNT], f[4][COUNT];
  const double bound[4] = {3, 5, 6, 8};
  for (size_t i = 0; i < COUNT; i++) z[i] = (float)sample(i);
  for (int a = 0; a < LF_ACTIVATION_COUNT; a++)
    for (int other = 0; other < 2; other++) {
      float p = (float)(other ? other_parameter(a) : lf_activation_default((lf_activation)a));
      double scale[4], jet[4];
      natural_scales(a, (double)p, scale);
      for (lf_isa_id isa = LF_ISA_REF; isa < LF_ISA_COUNT; isa++) {
        const lf_activation_kernels *kernels = lf_activation_kernels_for(isa);
        if (!kernels) continue;
        double worst[4] = {0};
        kernels->jet_f32[a](COUNT, p, z, f[0], f[1], f[2], f[3]);
        for (size_t i = 0; i < COUNT; i++) {
          lf_activation_jet((lf_activation)a, (double)p, (double)z[i], jet);
          for (int k = 0; k < 4; k++) {
            double error =
                fabs((double)f[k][i] - jet[k]) / ((double)FLT_EPSILON * (fmax(scale[k], fabs(jet[k])) + DBL_MIN));
            if (!(error <= bound[k]))
              fail_msg("%s %s d%d at %a: %a, want %a", lf_activation_name((lf_activation)a), kernels->isa, k,
                       (double)z[i], (double)f[k][i], jet[k]);
            worst[k] = fmax(worst[k], error);
          }
        }
        if (isa == lf_isa_chosen())
          print_message("%-10s f32 %.1f %.1f %.1f %.1f eps\n", lf_activation_name((lf_activation)a), worst[0], worst[1],
                        worst[2], worst[3]);
      }
    }
}

static void kernels_follow_the_reference_f64(void **state)
{
  (void)state;
  static double z[COUNT], f[4][COUNT];
  const double bound[4] = {4, 6, 8, 10}; /* the reference's own rounding included */
  for (size_t i = 0; i < COUNT; i++) z[i] = sample(i);
  for (int a = 0; a < LF_ACTIVATION_COUNT; a++)
    for (int other = 0; other < 2; other++) {
      double p = other ? other_parameter(a) : lf_activation_default((lf_activation)a);
      double scale[4], jet[4];
      natural_scales(a, p, scale);
      for (lf_isa_id isa = LF_ISA_REF; isa < LF_ISA_COUNT; isa++) {
        const lf_activation_kernels *kernels = lf_activation_kernels_for(isa);
        if (!kernels) continue;
        double worst[4] = {0};
        kernels->jet_f64[a](COUNT, p, z, f[0], f[1], f[2], f[3]);
        for (size_t i = 0; i < COUNT; i++) {
          lf_activation_jet((lf_activation)a, p, z[i], jet);
          for (int k = 0; k < 4; k++) {
            double error = fabs(f[k][i] - jet[k]) / (DBL_EPSILON * (fmax(scale[k], fabs(jet[k])) + DBL_MIN));
            if (!(error <= bound[k]))
              fail_msg("%s %s d%d at %a: %a, want %a", lf_activation_name((lf_activation)a), kernels->isa, k, z[i],
                       f[k][i], jet[k]);
            worst[k] = fmax(worst[k], error);
          }
        }
        if (isa == lf_isa_chosen())
          print_message("%-10s f64 %.1f %.1f %.1f %.1f eps\n", lf_activation_name((lf_activation)a), worst[0], worst[1],
                        worst[2], worst[3]);
      }
    }
}

/* NaN gives NaN; infinities give the reference's limits, and no NaN but in sin and cos, which have none. */
static void special_values(void **state)
{
  (void)state;
  static const double z[] = {NAN, INFINITY, -INFINITY, 1e300, -1e300, 0x1p-1074, -0.0};
  enum { SPECIALS = sizeof z / sizeof *z };
  for (lf_isa_id isa = LF_ISA_REF; isa < LF_ISA_COUNT; isa++) {
    const lf_activation_kernels *kernels = lf_activation_kernels_for(isa);
    if (!kernels) continue;
    for (int a = 0; a < LF_ACTIVATION_COUNT; a++) {
      double p = lf_activation_default((lf_activation)a), f[4][SPECIALS], jet[4];
      float z32[SPECIALS], a32[SPECIALS];
      for (size_t i = 0; i < SPECIALS; i++) z32[i] = (float)z[i];
      kernels->jet_f64[a](SPECIALS, p, z, f[0], f[1], f[2], f[3]);
      kernels->value_f32[a](SPECIALS, (float)p, z32, a32);
      assert_true(isnan(f[0][0]) && isnan(a32[0]));
      for (size_t i = 1; i < SPECIALS; i++) {
        lf_activation_jet((lf_activation)a, p, z[i], jet);
        for (int k = 0; k < 4; k++) {
          if ((a == LF_SIN || a == LF_COS) && isinf(z[i]))
            assert_true(isnan(f[k][i]) && isnan(jet[k]));
          else if (isinf(jet[k]) || isinf(f[k][i]))
            assert_true(f[k][i] == jet[k]);
          else
            assert_near(f[k][i], jet[k], 8 * DBL_EPSILON * fmax(1, fabs(jet[k])));
        }
      }
    }
  }
}

/* value, slope and jet agree in a's bits, slope and jet in d1's; so do all lengths, offsets and overlaps that are allowed. */
static void must_agree(const void *x, const void *y, size_t bytes, int activation, const char *isa, const char *what)
{
  if (memcmp(x, y, bytes) != 0)
    fail_msg("%s %s: %s has other bits", lf_activation_name((lf_activation)activation), isa, what);
}

static void same_bits_in_any_place_and_company(void **state)
{
  (void)state;
  enum { LENGTH = 70 };
  float z32[LENGTH], a32[4][LENGTH], b32[LENGTH], d32[LENGTH];
  double z64[LENGTH], a64[4][LENGTH], b64[LENGTH], d64[LENGTH];
  for (size_t i = 0; i < LENGTH; i++) z64[i] = sample(97 * i), z32[i] = (float)z64[i];
  for (lf_isa_id isa = LF_ISA_REF; isa < LF_ISA_COUNT; isa++) {
    const lf_activation_kernels *k = lf_activation_kernels_for(isa);
    if (!k) continue;
    for (int a = 0; a < LF_ACTIVATION_COUNT; a++) {
      double p = other_parameter(a);
      k->jet_f32[a](LENGTH, (float)p, z32, a32[0], a32[1], a32[2], a32[3]);
      k->jet_f64[a](LENGTH, p, z64, a64[0], a64[1], a64[2], a64[3]);
      for (size_t first = 0; first < 18; first++)
        for (size_t n = 0; n < 35; n++) {
          k->value_f32[a](n, (float)p, z32 + first, b32);
          must_agree(b32, a32[0] + first, n * sizeof *b32, a, k->isa, "value_f32");
          k->value_f64[a](n, p, z64 + first, b64);
          must_agree(b64, a64[0] + first, n * sizeof *b64, a, k->isa, "value_f64");
          memcpy(b32, z32 + first, n * sizeof *b32);
          k->slope_f32[a](n, (float)p, b32, b32, d32);
          must_agree(b32, a32[0] + first, n * sizeof *b32, a, k->isa, "slope_f32");
          must_agree(d32, a32[1] + first, n * sizeof *d32, a, k->isa, "d1 of slope_f32");
          memcpy(d64, z64 + first, n * sizeof *d64);
          k->slope_f64[a](n, p, d64, b64, d64);
          must_agree(b64, a64[0] + first, n * sizeof *b64, a, k->isa, "slope_f64");
          must_agree(d64, a64[1] + first, n * sizeof *d64, a, k->isa, "d1 of slope_f64");
        }
    }
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(values_follow_the_formulas),
      cmocka_unit_test(derivatives_follow_the_values),
      cmocka_unit_test(kinks_take_the_left),
      cmocka_unit_test(kernels_follow_the_reference_f32),
      cmocka_unit_test(kernels_follow_the_reference_f64),
      cmocka_unit_test(special_values),
      cmocka_unit_test(same_bits_in_any_place_and_company),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
