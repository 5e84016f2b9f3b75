/* t_lfp.c — the LFP operator: rates and kernel against closed forms, against each other, and against the exact tangent kernel. */
#include <float.h>
#include <stdio.h>
#include "base/base.h"
#include "check.h"
#include "lowfirst/lfp.h"
#include "lowfirst/random.h"

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

static void test_error_falls_like_the_square_of_the_spread_of_biases(void **state)
{
  const size_t dimension[] = {1, 2, 3, 5};
  (void)state;
  for (size_t k = 0; k < 4; k++) {
    check_fall("relu", dimension[k], k == 3 ? 1.3e-4 : 1e-4);
    check_fall("tanh", dimension[k], k == 3 ? 1.6e-4 : 1.3e-4);
  }
}

/* Every other activation: a constant that is wrong in k or k' would leave an error of its own. */
static void test_every_activation_has_its_kernel(void **state)
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

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_error_falls_like_the_square_of_the_spread_of_biases),
      cmocka_unit_test(test_every_activation_has_its_kernel),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
