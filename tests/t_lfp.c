/* t_lfp.c — the LFP operator: rates and kernel against closed forms, against each other, and against the exact tangent kernel. */
#include <float.h>
#include <stdio.h>
#include "base/base.h"
#include "check.h"
#include "lowfirst/files.h"
#include "lowfirst/lfp.h"
#include "lowfirst/random.h"
#include "theory/autocorrelation.h"

static lf_model model_of(const char *layers, const char *act, const char *scaling, const char *std)
{
  lf_model m = lf_model_default();
  assert_ok(lf_model_layers(&m, layers));
  assert_ok(lf_model_activation(&m, act));
  assert_ok(lf_model_scaling(&m, scaling));
  if (std) assert_ok(lf_model_std(&m, std));
  assert_ok(lf_model_complete(&m, m.width[0], m.width[m.n_widths - 1]));
  return m;
}

/* ---- against the exact kernel ----------------------------------------------------------------------------------------------- */
enum { POINTS = 40, MOST_BASIS = 21 };

/* All monomials of degree <= 2, made orthonormal on the points: basis (count, POINTS). */
static size_t quadratics(size_t d, const double *x, double basis[MOST_BASIS][POINTS])
{
  size_t count = 0;
  for (size_t a = 0; a <= d; a++)
    for (size_t b = a; b <= d; b++, count++) {
      for (size_t i = 0; i < POINTS; i++) basis[count][i] = (a ? x[i * d + a - 1] : 1) * (b ? x[i * d + b - 1] : 1);
      for (int twice = 0; twice < 2; twice++) {
        for (size_t k = 0; k < count; k++) {
          double dot = 0;
          for (size_t i = 0; i < POINTS; i++) dot += basis[k][i] * basis[count][i];
          for (size_t i = 0; i < POINTS; i++) basis[count][i] -= dot * basis[k][i];
        }
        double norm = 0;
        for (size_t i = 0; i < POINTS; i++) norm += basis[count][i] * basis[count][i];
        for (size_t i = 0; i < POINTS; i++) basis[count][i] /= sqrt(norm);
      }
    }
  return count;
}

/* K = P K P */
static void project(size_t count, double basis[MOST_BASIS][POINTS], double *K)
{
  for (int side = 0; side < 2; side++)
    for (size_t i = 0; i < POINTS; i++)
      for (size_t k = 0; k < count; k++) {
        double dot = 0;
        for (size_t j = 0; j < POINTS; j++) dot += basis[k][j] * K[side ? j * POINTS + i : i * POINTS + j];
        for (size_t j = 0; j < POINTS; j++) K[side ? j * POINTS + i : i * POINTS + j] -= dot * basis[k][j];
      }
}

static double relative_error(const char *act, size_t d, double sigma_b)
{
  char layers[32], std[64];
  double x[5 * POINTS], exact[POINTS * POINTS], near[POINTS * POINTS], basis[MOST_BASIS][POINTS], off = 0, all = 0;
  (void)snprintf(layers, sizeof layers, "%zu-1000-1", d);
  (void)snprintf(std, sizeof std, "w=1,b=%g,a=1", sigma_b);
  lf_model m = model_of(layers, act, "inverse-sqrt", std);
  lf_kernel *ntk = NULL, *lfp = NULL;
  assert_ok(lf_kernel_limit(&ntk, &m, LF_NTK));
  assert_ok(lf_kernel_limit(&lfp, &m, LF_LFP));
  for (size_t i = 0; i < POINTS * d; i++) x[i] = 2 * lf_random_uniform(7, 1, i) - 1;
  assert_ok(lf_kernel_gram(ntk, POINTS, x, 1, exact));
  assert_ok(lf_kernel_gram(lfp, POINTS, x, 1, near));
  size_t count = quadratics(d, x, basis);
  project(count, basis, exact);
  project(count, basis, near);
  for (size_t i = 0; i < POINTS * POINTS; i++) {
    off += (exact[i] - near[i]) * (exact[i] - near[i]);
    all += exact[i] * exact[i];
  }
  lf_kernel_destroy(ntk);
  lf_kernel_destroy(lfp);
  return sqrt(off / all);
}

/* THEORY section 3: 2e-2, 2e-3, 2e-5 for d = 1 and three times that for d = 5, on other points; the law sigma_b^-2 to 10 %. */
static void check_fall(const char *act, size_t d, double at_100)
{
  double e3 = relative_error(act, d, 3), e10 = relative_error(act, d, 10), e100 = relative_error(act, d, 100);
  if (!(e100 < at_100) || fabs(e10 / e100 - 100) > 10 || fabs(e3 / e10 - 100.0 / 9) > 2)
    fail_msg("%s, d = %zu: %.3g, %.3g, %.3g at sigma_b = 3, 10, 100", act, d, e3, e10, e100);
}

static void the_error_falls_like_the_square_of_the_spread_of_biases(void **state)
{
  const size_t dimension[] = {1, 2, 3, 5};
  (void)state;
  for (size_t k = 0; k < 4; k++) {
    check_fall("relu", dimension[k], k == 3 ? 1.3e-4 : 1e-4);
    check_fall("tanh", dimension[k], k == 3 ? 1.6e-4 : 1.3e-4);
  }
}

/* Every other activation: a constant that is wrong in k or k' would leave an error of its own. */
static void every_activation_has_its_kernel(void **state)
{
  const char *const act[] = {"leaky_relu:0.2", "sigmoid", "softplus",   "gelu",  "silu", "elu",   "elu:0.5",
                             "gauss",          "erf",     "ricker:0.5", "srelu", "phi",  "s2relu"};
  (void)state;
  for (size_t a = 0; a < sizeof act / sizeof *act; a++) {
    double near = relative_error(act[a], 1, 300), far = relative_error(act[a], 2, 300);
    if (!(near < 4e-5 && far < 4e-5))
      fail_msg("%s: %.3g for d = 1, %.3g for d = 2 at sigma_b = 300", act[a], near, far);
  }
}

/* ---- against brute force (make_data/lfp.py) ------------------------------------------------------------------------------------ */
static const char *const brute[] = {"relu", "leaky_relu", "tanh", "sigmoid", "softplus", "gelu", "silu",
                                    "elu",  "gauss",      "erf",  "ricker",  "srelu",    "phi",  "s2relu"};
enum { BRUTE = sizeof brute / sizeof *brute, LAWS = 5, POINTS_OF_XI = 3 };

static const lf_array *member(const lf_npz *z, const char *name, const char *part)
{
  char full[64];
  (void)snprintf(full, sizeof full, "%s%s", name, part);
  const lf_array *a = lf_npz_get(z, full);
  if (!a) fail_msg("%s is missing", full);
  return a;
}

static lf_spectrum spectrum_of(const lf_npz *z, const char *name)
{
  lf_spectrum s;
  int a = 0;
  while (strcmp(lf_activation_name((lf_activation)a), name) != 0) a++;
  assert_ok(lf_spectrum_of(&s, (lf_activation)a, *(const double *)member(z, name, "_param")->data));
  return s;
}

static void spectra_are_the_transforms(void **state)
{
  lf_npz *z = NULL;
  (void)state;
  assert_ok(lf_npz_read(&z, LF_TEST_DATA "/lfp.npz"));
  const lf_array *omega = member(z, "omega", "");
  for (size_t a = 0; a < BRUTE; a++) {
    lf_spectrum s = spectrum_of(z, brute[a]);
    const double *want = member(z, brute[a], "_spectrum")->data;
    for (size_t k = 0; k < omega->shape[0]; k++) {
      double w = ((const double *)omega->data)[k], got = lf_spectrum_at(&s, w);
      if (!(fabs(got - want[k]) <= 1e-11 * want[k] + 1e-15))
        fail_msg("%s at %g: %.17g, want %.17g", brute[a], w, got, want[k]);
      assert_near(lf_spectrum_at(&s, 1.0000001 * w), got, 1e-4 * got + 1e-15); /* no step where a series takes over */
    }
    if (s.highest > 0 && isfinite(s.highest)) assert_true(lf_spectrum_at(&s, s.highest) < 4e-18);
  }
  lf_npz_destroy(z);
}

/* 6 R(0) - 8 R(s) + 2 R(2s), in which everything that R leaves open cancels. */
static void autocorrelations_under_both_laws(void **state)
{
  lf_npz *z = NULL;
  (void)state;
  assert_ok(lf_npz_read(&z, LF_TEST_DATA "/lfp.npz"));
  const double *scale = member(z, "scale", "")->data;
  for (size_t a = 0; a < BRUTE; a++)
    for (int law = 0; law < 2; law++) {
      lf_spectrum s = spectrum_of(z, brute[a]);
      lf_autocorrelation *r = NULL;
      const double *want = (const double *)member(z, brute[a], "_overlap")->data + law * 6;
      assert_ok(lf_autocorrelation_create(&r, &s, law ? LF_WEIGHT_UNIFORM : LF_WEIGHT_NORMAL, 1));
      for (size_t k = 0; k < 3; k++) {
        double value[3], slope[3];
        for (int i = 0; i < 3; i++) lf_autocorrelation_at(r, i * scale[k], &value[i], &slope[i]);
        double got[2] = {6 * value[0] - 8 * value[1] + 2 * value[2], 6 * slope[0] - 8 * slope[1] + 2 * slope[2]};
        double size[2] = {fabs(value[0]) + fabs(value[2]), fabs(slope[0]) + fabs(slope[2])};
        for (int i = 0; i < 2; i++)
          if (!(fabs(got[i] - want[2 * k + (size_t)i]) <=
                8 * LF_AUTOCORRELATION_ERROR * size[i] + 1e-12 * want[2 * k + (size_t)i]))
            fail_msg("%s, law %d, scale %g, part %d: %.17g, want %.17g", brute[a], law, scale[k], i, got[i],
                     want[2 * k + (size_t)i]);
      }
      lf_autocorrelation_destroy(r);
    }
  lf_npz_destroy(z);
}

/* tanh's R is closed: -2h coth h, 4 (h coth h - 1)/sinh^2 h; a uniform law of width s has its mean over (0,s). And no seams in the table. */
static void the_table_has_no_seams(void **state)
{
  (void)state;
  const lf_activation act[] = {LF_TANH, LF_SILU, LF_RICKER, LF_SRELU, LF_PHI};
  for (size_t a = 0; a < sizeof act / sizeof *act; a++)
    for (int law = 0; law < 2; law++) {
      lf_spectrum s;
      lf_autocorrelation *r = NULL;
      assert_ok(lf_spectrum_of(&s, act[a], act[a] == LF_RICKER ? 0.5 : 0));
      assert_ok(lf_autocorrelation_create(&r, &s, law ? LF_WEIGHT_UNIFORM : LF_WEIGHT_NORMAL, 1));
      for (double end = 0x1p-10; end <= 0x1p13;
           end *= end < 1 ? 4 : 1.5) { /* ends of panels, of the table and beyond */
        double below[2], at[2], above[2], step = 1e-7;
        lf_autocorrelation_at(r, end * (1 - step), &below[0], &below[1]);
        lf_autocorrelation_at(r, end, &at[0], &at[1]);
        lf_autocorrelation_at(r, end * (1 + step), &above[0], &above[1]);
        for (int i = 0; i < 2; i++) /* second difference: curvature times step^2 is far below */
          assert_near(below[i] - 2 * at[i] + above[i], 0, 4 * LF_AUTOCORRELATION_ERROR * (1 + fabs(at[i])));
        if (law && end > 3) break;
      }
      lf_autocorrelation_destroy(r);
    }
}

/* Moments of r = |w| behind A and B: output weights of 0 leave A's first, B has the second. */
static void rates_of_every_activation_and_law(void **state)
{
  lf_npz *z = NULL;
  (void)state;
  assert_ok(lf_npz_read(&z, LF_TEST_DATA "/lfp.npz"));
  const double *xi = member(z, "xi", "")->data, *dimension = member(z, "dimension", "")->data;
  for (size_t a = 0; a < BRUTE; a++)
    for (size_t law = 0; law < LAWS; law++) {
      char layers[32], act[48];
      bool uniform = dimension[law] == 0, swings = a >= BRUTE - 3;
      size_t d = uniform ? 1 : (size_t)dimension[law];
      double A[POINTS_OF_XI], B[POINTS_OF_XI], param = *(const double *)member(z, brute[a], "_param")->data;
      const double *want = (const double *)member(z, brute[a], "_moment")->data + law * POINTS_OF_XI * 2;
      (void)snprintf(layers, sizeof layers, "%zu-100-1", d);
      (void)snprintf(act, sizeof act, param > 0 ? "%s:%g" : "%s", brute[a], param);
      lf_model m = lf_model_default();
      lf_lfp *p = NULL;
      assert_ok(lf_model_layers(&m, layers));
      assert_ok(lf_model_activation(&m, act));
      assert_ok(lf_model_scaling(&m, "inverse-sqrt"));
      if (uniform)
        assert_ok(lf_model_init(&m, "uniform:1"));
      else
        assert_ok(lf_model_std(&m, "w=1,b=2,a=1"));
      assert_ok(lf_model_complete(&m, d, 1));
      assert_ok(lf_lfp_create(&p, &m, NULL));
      assert_ok(lf_lfp_rates(p, POINTS_OF_XI, xi, A, B));
      const double pi = 3.14159265358979323846;
      double density = uniform ? 0.5 : 1 / (sqrt(2 * pi) * 2), square = uniform ? 1.0 / 3 : 1;
      for (size_t k = 0; k < POINTS_OF_XI; k++) {
        double shell = density * tgamma((double)d / 2) / pow(pi, (double)d / 2) / pow(xi[k], (double)d - 1);
        double value = want[2 * k], slope = square * want[2 * k + 1], tolerance = swings ? 1e-6 : 1e-10;
        double noise = k ? 1e-11 * shell * (want[2 * k - 2] + want[2 * k - 1]) : 0; /* of the reference, see there */
        if (!(fabs(A[k] - shell * (value + slope)) <= tolerance * A[k] + noise))
          fail_msg("A of %s, d = %g, xi = %g: %.12g, want %.12g", brute[a], dimension[law], xi[k], A[k],
                   shell * (value + slope));
        if (!(fabs(B[k] - shell * slope / (4 * pi * pi)) <= tolerance * B[k] + noise))
          fail_msg("B of %s, d = %g, xi = %g: %.12g, want %.12g", brute[a], dimension[law], xi[k], B[k],
                   shell * slope / (4 * pi * pi));
      }
      lf_lfp_destroy(p);
    }
  lf_npz_destroy(z);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_error_falls_like_the_square_of_the_spread_of_biases),
      cmocka_unit_test(every_activation_has_its_kernel),
      cmocka_unit_test(spectra_are_the_transforms),
      cmocka_unit_test(autocorrelations_under_both_laws),
      cmocka_unit_test(the_table_has_no_seams),
      cmocka_unit_test(rates_of_every_activation_and_law),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
