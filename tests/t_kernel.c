/* t_kernel.c — limit kernels against independent reference numbers, and what must hold for any kernel. */
#include <float.h>
#include <stdlib.h>
#include "check.h"
#include "lowfirst/files.h"
#include "lowfirst/kernel.h"
#include "lowfirst/random.h"

static lf_model model_of(const char *layers, const char *act, const char *features, const char *scaling)
{
  lf_model m = lf_model_default();
  assert_ok(lf_model_layers(&m, layers));
  assert_ok(lf_model_activation(&m, act));
  assert_ok(lf_model_features(&m, features));
  assert_ok(lf_model_scaling(&m, scaling));
  return m;
}

static void complete(lf_model *m) { assert_ok(lf_model_complete(m, m->width[0], m->width[m->n_widths - 1])); }

static lf_kernel *kernel_of(lf_model m, lf_kernel_kind kind)
{
  lf_kernel *k = NULL;
  complete(&m);
  assert_ok(lf_kernel_limit(&k, &m, kind));
  return k;
}

static const lf_array *member(const lf_npz *z, const char *fmt, const char *act, int number, const char *part)
{
  char name[64];
  (void)snprintf(name, sizeof name, fmt, act, number, part);
  const lf_array *a = lf_npz_get(z, name);
  if (!a) fail_msg("%s is missing", name);
  return a;
}

/* K(X,X) as a Gram matrix and as a block agree with the reference to tol of the largest entry. The reference's relu takes the sine between a
 * point and itself from pq - c^2 and is wrong by the root of rounding there; t_dual.c has the exact values. */
static void compare(const lf_kernel *k, size_t n, const double *x, const double *want, double tol, const char *what)
{
  double K[81], B[81], diagonal[9], largest = 0, at_itself = strncmp(what, "relu", 4) == 0 ? 1e-7 : tol;
  assert_true(n <= 9);
  assert_ok(lf_kernel_gram(k, n, x, 2, K));
  assert_ok(lf_kernel_evaluate(k, n, x, n, x, 1, B));
  assert_ok(lf_kernel_diagonal(k, n, x, diagonal));
  for (size_t i = 0; i < n * n; i++) largest = fmax(largest, fabs(want[i]));
  for (size_t i = 0; i < n * n; i++) {
    double allowed = i % (n + 1) == 0 ? at_itself : tol;
    if (!(fabs(K[i] - want[i]) <= allowed * largest))
      fail_msg("%s: K[%zu] = %.17g, want %.17g (off by %.2g of %.2g)", what, i, K[i], want[i], K[i] - want[i], largest);
    assert_near(B[i], want[i], allowed * largest);
    assert_near(B[i], K[i], 4e-13 * largest); /* promise of a series, twice */
  }
  for (size_t i = 0; i < n; i++) assert_near(diagonal[i], want[i * n + i], at_itself * largest);
}

static const char *const activation[] = {"relu", "erf", "sin", "tanh"};
static const double tolerance[] = {1e-12, 1e-12, 1e-12, 1e-10};

static void two_layer(void **state)
{
  (void)state;
  lf_npz *z = NULL;
  const int dims[] = {1, 2, 5};
  assert_ok(lf_npz_read(&z, LF_TEST_DATA "/ntk_two_layer.npz"));
  for (int a = 0; a < 4; a++)
    for (int i = 0; i < 3; i++) {
      char layers[32], what[32];
      const lf_array *x = member(z, "%s_d%d_%s", activation[a], dims[i], "x");
      const double *std = member(z, "%s_d%d_%s", activation[a], dims[i], "std")->data;
      (void)snprintf(layers, sizeof layers, "%d-1000-1", dims[i]);
      (void)snprintf(what, sizeof what, "%s d=%d", activation[a], dims[i]);
      lf_model m = model_of(layers, activation[a], "none", "inverse-sqrt");
      m.std_w = std[0], m.std_b = std[1], m.std_a = std[2];
      lf_kernel *k = kernel_of(m, LF_NTK);
      compare(k, 9, x->data, member(z, "%s_d%d_%s", activation[a], dims[i], "ntk")->data, tolerance[a], what);
      lf_kernel_destroy(k);
    }
  lf_npz_destroy(z);
}

static void deep(void **state)
{
  (void)state;
  lf_npz *z = NULL;
  const int depths[] = {1, 2, 4};
  const char *layers[] = {"3-10-1", "3-10-20-1", "3-10-20-30-40-1"};
  assert_ok(lf_npz_read(&z, LF_TEST_DATA "/ntk_deep.npz"));
  for (int a = 0; a < 4; a++)
    for (int i = 0; i < 3; i++)
      for (int kind = LF_NTK; kind <= LF_NNGP; kind++) {
        char what[32];
        const lf_array *x = member(z, "%s_L%d_%s", activation[a], depths[i], "x");
        const double *std = member(z, "%s_L%d_%s", activation[a], depths[i], "std")->data;
        lf_model m = model_of(layers[i], activation[a], "none", "ntk");
        m.std_w = std[0], m.std_b = std[1];
        lf_kernel *k = kernel_of(m, (lf_kernel_kind)kind);
        (void)snprintf(what, sizeof what, "%s L=%d %s", activation[a], depths[i],
                       lf_kernel_kind_name((lf_kernel_kind)kind));
        compare(k, 8, x->data,
                member(z, "%s_L%d_%s", activation[a], depths[i], lf_kernel_kind_name((lf_kernel_kind)kind))->data,
                tolerance[a], what);
        lf_kernel_destroy(k);
      }
  lf_npz_destroy(z);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(two_layer),
      cmocka_unit_test(deep),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
