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

/* ---- every activation, through the whole way -------------------------------------------------------------------------------- */
/* Two points whose pre-activations have the standard deviations and the correlation of dual.npz; one hidden layer. Then NNGP is Q and
 * NTK - NNGP is (x.x' + 1) Q'. */
static void every_activation(void **state)
{
  (void)state;
  lf_npz *z = NULL;
  char name[64];
  assert_ok(lf_npz_read(&z, LF_TEST_DATA "/dual.npz"));
  const lf_array *cases = lf_npz_get(z, "cases");
  for (int a = 0; a < LF_ACTIVATION_COUNT; a++) {
    lf_model m = model_of("2-100-1", lf_activation_name((lf_activation)a), "none", "inverse-sqrt");
    (void)snprintf(name, sizeof name, "%s_param", lf_activation_name((lf_activation)a));
    m.activation_param = *(const double *)lf_npz_get(z, name)->data;
    const double *want = lf_npz_get(z, lf_activation_name((lf_activation)a))->data;
    m.std_b = 0;
    lf_kernel *ntk = kernel_of(m, LF_NTK), *nngp = kernel_of(m, LF_NNGP);
    for (size_t i = 0; i < cases->shape[0]; i++) {
      const double *in = (const double *)cases->data + 3 * i;
      double g = fabs(in[2]), rho = copysign(1 - g, in[2]), K[4], Q[4], error, error_nngp;
      double x[4] = {in[0], 0, in[1] * rho, in[1] * sqrt(g * (2 - g))}, inner = in[0] * in[1] * rho + 1;
      assert_ok(lf_kernel_gram(ntk, 2, x, 1, K));
      assert_ok(lf_kernel_gram(nngp, 2, x, 1, Q));
      assert_ok(lf_kernel_error(ntk, 2, x, &error));
      assert_ok(lf_kernel_error(nngp, 2, x, &error_nngp));
      assert_true(error_nngp < 1e-12);
      double all = want[2 * i] + inner * want[2 * i + 1];
      /* 1e-13: the reference's own error */
      if (!(fabs(K[1] - all) <= (error + 1e-13) * sqrt(K[0] * K[3])) ||
          !(fabs(Q[1] - want[2 * i]) <= (error_nngp + 1e-13) * sqrt(Q[0] * Q[3])))
        fail_msg("%s, case %zu: ntk off by %.2g of %.2g, nngp by %.2g of %.2g; promised %.2g",
                 lf_activation_name((lf_activation)a), i, K[1] - all, sqrt(K[0] * K[3]), Q[1] - want[2 * i],
                 sqrt(Q[0] * Q[3]), error);
    }
    lf_kernel_destroy(ntk);
    lf_kernel_destroy(nngp);
  }
  lf_npz_destroy(z);
}

/* ---- points that nearly coincide -------------------------------------------------------------------------------------------- */
/* relu, one hidden layer: K(x,x') in long double from the angle of (w x, b), for x' = x + h with h down to nothing; all digits hold. */
static void close_points_keep_their_digits(void **state)
{
  (void)state;
  lf_model m = model_of("1-100-1", "relu", "none", "inverse-sqrt");
  m.std_w = 3, m.std_b = 0.5;
  lf_kernel *k = kernel_of(m, LF_NTK);
  for (int e = 0; e < 50; e++) {
    double x[2] = {0.7, 0.7 + ldexp(1, -e)}, K[4];
    long double h = (long double)x[1] - x[0], c = 9.0L * x[0] * x[1] + 0.25L, s = 1.5L * h, t = atan2l(s, c);
    long double pi = 3.14159265358979323846264338327950288L, rest = pi - t;
    long double want = (s + rest * c) / (2 * pi) + ((long double)x[0] * x[1] + 1) * rest / (2 * pi);
    assert_ok(lf_kernel_gram(k, 2, x, 1, K));
    assert_near(K[1], (double)want, 4e-15 * (double)want);
  }
  double line[4] = {-2, -1, 1, 3}, K[16]; /* without biases points lie on a line through 0: angles 0 and pi */
  lf_kernel_destroy(k);
  m.std_b = 0;
  k = kernel_of(m, LF_NTK);
  assert_ok(lf_kernel_gram(k, 4, line, 1, K));
  for (int i = 0; i < 4; i++)
    for (int j = 0; j < 4; j++) {
      bool same = line[i] * line[j] > 0;
      double inner = line[i] * line[j];
      assert_near(K[4 * i + j], same ? 9 * inner / 2 + (inner + 1) / 2 : 0, 1e-14);
    }
  lf_kernel_destroy(k);
}

/* ---- features ---------------------------------------------------------------------------------------------------------------- */
/* THEORY's two-layer Fourier-features net: (1 + 4 pi^2 sigma_a^2 x.x') k(x-x') trained, k fixed. */
static void fourier_features(void **state)
{
  (void)state;
  const double pi = 3.14159265358979323846, x[4] = {0.1, -0.3, 0.25, 0.4};
  for (int law = 0; law < 2; law++)
    for (int trained = 0; trained < 2; trained++) {
      lf_model m = model_of("2-1", "tanh", law ? "fourier:uniform:1.5:64" : "fourier:gauss:1.2:64", "inverse-sqrt");
      m.std_a = 0.7;
      m.features.trained = trained;
      lf_kernel *k = kernel_of(m, LF_NTK);
      double K[4], characteristic = 1, inner = x[0] * x[2] + x[1] * x[3];
      for (int i = 0; i < 2; i++) {
        double z = x[i] - x[2 + i];
        characteristic *= law ? sin(2 * pi * 1.5 * z) / (2 * pi * 1.5 * z) : exp(-2 * pi * pi * 1.44 * z * z);
      }
      assert_ok(lf_kernel_gram(k, 2, x, 1, K));
      assert_near(K[1], characteristic * (trained ? 1 + 4 * pi * pi * 0.49 * inner : 1), 1e-14);
      lf_kernel_destroy(k);
    }
}

/* MscaleDNN-2 is the sum over scales of the plain kernel at scaled points, but for the first layer's tangent part, which the inputs' multiplier
 * scales too; in NNGP there is none. MscaleDNN-1 with one scale is the plain net of scaled weights. */
static void multiscale(void **state)
{
  (void)state;
  const double x[4] = {0.1, -0.3, 0.25, 0.4}, scaled[4] = {0.3, -0.9, 0.75, 1.2};
  double sum[4], one[4], three[4], first[4];
  lf_kernel *plain = kernel_of(model_of("2-30-30-1", "erf", "none", "ntk"), LF_NTK);
  lf_kernel *two = kernel_of(model_of("2-30-30-1", "erf", "multiscale-2:1,3", "ntk"), LF_NTK);
  lf_kernel *groups = kernel_of(model_of("2-30-30-1", "erf", "multiscale:3", "ntk"), LF_NTK);
  assert_ok(lf_kernel_gram(plain, 2, x, 1, one));
  assert_ok(lf_kernel_gram(plain, 2, scaled, 1, three));
  assert_ok(lf_kernel_gram(two, 2, x, 1, sum));
  assert_ok(lf_kernel_gram(groups, 2, x, 1, first));
  for (int i = 0; i < 4; i++) {
    assert_near(sum[i], one[i] + three[i], 1e-13);
    assert_near(first[i], three[i], 1e-13);
  }
  lf_kernel_destroy(plain);
  lf_kernel_destroy(two);
  lf_kernel_destroy(groups);
}

/* ---- any kernel ------------------------------------------------------------------------------------------------------------------ */
enum { MANY = 300 };

/* Symmetric to the bit, the same on any number of threads, a block of it the same to the promise, positive on random vectors. */
static void holds_for_any(void **state)
{
  (void)state;
  static const char *const act[] = {"relu", "tanh", "leaky_relu:-0.5", "srelu", "gelu", "sin:2"};
  static const char *const features[] = {"none", "siren:3:50",      "multiscale:1,2,5", "fourier:gauss:1:20",
                                         "none", "multiscale-2:1,4"};
  double *x = calloc(MANY * 2, sizeof *x), *one = calloc(MANY * MANY, sizeof *one),
         *two = calloc(MANY * MANY, sizeof *two);
  for (size_t i = 0; i < MANY * 2; i++) x[i] = lf_random_normal(1, LF_PURPOSE_NOISE, i);
  for (int a = 0; a < 6; a++) {
    size_t n = a == 3 ? 40 : MANY; /* srelu: pairs cost an integral each */
    lf_model m = model_of("2-50-50-1", act[a], features[a], "ntk");
    lf_kernel *k = kernel_of(m, LF_NTK);
    assert_ok(lf_kernel_gram(k, n, x, 1, one));
    assert_ok(lf_kernel_gram(k, n, x, 3, two));
    assert_memory_equal(one, two, n * n * sizeof *one);
    for (size_t i = 0; i < n; i++)
      for (size_t j = 0; j < i; j++) assert_true(one[i * n + j] == one[j * n + i]);
    assert_ok(lf_kernel_evaluate(k, n - 10, x, 10, x + 2 * (n - 10), 2, two));
    for (size_t i = 0; i < n - 10; i++)
      for (size_t j = 0; j < 10; j++)
        assert_near(two[i * 10 + j], one[i * n + n - 10 + j],
                    2e-12 * sqrt(one[i * n + i] * one[(n - 10 + j) * (n + 1)]));
    for (uint64_t v = 0; v < 8; v++) {
      double form = 0, trace = 0;
      for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
          form +=
              one[i * n + j] * lf_random_normal(v, LF_PURPOSE_WEIGHTS, i) * lf_random_normal(v, LF_PURPOSE_WEIGHTS, j);
      for (size_t i = 0; i < n; i++) trace += one[i * (n + 1)];
      assert_true(form > -1e-10 * trace);
    }
    lf_kernel_destroy(k);
  }
  free(x), free(one), free(two);
}

/* Standard scaling: the weights' gradients alone carry the width. Antisymmetric initialisation changes nothing. */
static void scalings(void **state)
{
  (void)state;
  const double x[2] = {0.4, -0.9};
  double narrow[4], wide[4], both[4];
  lf_model m = model_of("1-100-1", "erf", "none", "standard");
  assert_ok(lf_model_std(&m, "w=1.3,b=0.5,a=0.7"));
  lf_kernel *a = kernel_of(m, LF_NTK);
  m.antisymmetric = true;
  lf_kernel *asi = kernel_of(m, LF_NTK);
  m.antisymmetric = false;
  m.width[1] = 400;
  lf_kernel *b = kernel_of(m, LF_NTK);
  assert_ok(lf_kernel_gram(a, 2, x, 1, narrow));
  assert_ok(lf_kernel_gram(b, 2, x, 1, wide));
  assert_ok(lf_kernel_gram(asi, 2, x, 1, both));
  for (int i = 0; i < 4; i++) assert_near(wide[i], 4 * narrow[i], 1e-12 * wide[0]);
  assert_memory_equal(narrow, both, sizeof narrow);
  lf_kernel_destroy(a);
  lf_kernel_destroy(b);
  lf_kernel_destroy(asi);
}

static void refuses(void **state)
{
  (void)state;
  double x[6] = {1, 2, 3, NAN, 5, 6}, K[9];
  lf_model m = model_of("2-10-1", "tanh", "none", "standard");
  lf_kernel *k = NULL;
  assert_refused(lf_kernel_limit(&k, &m, LF_NTK), LF_EARG, "completed");
  complete(&m);
  assert_refused(lf_kernel_limit(&k, &m, LF_EMPIRICAL), LF_EARG, "not empirical");
  assert_refused(lf_kernel_limit(&k, NULL, LF_NTK), LF_EARG, "NULL");
  assert_refused(lf_kernel_empirical(&k, NULL), LF_EARG, "NULL");
  assert_null(k);
  k = kernel_of(m, LF_NTK);
  assert_refused(lf_kernel_gram(k, 3, x, 1, K), LF_EMATH, "x: row 1, column 1 is nan");
  assert_refused(lf_kernel_evaluate(k, 1, x, 3, x, 1, K), LF_EMATH, "z: row 1, column 1 is nan");
  assert_refused(lf_kernel_gram(k, 0, x, 1, K), LF_EARG, "one point");
  x[3] = 1e200;
  assert_refused(lf_kernel_gram(k, 3, x, 1, K), LF_EMATH, "beyond double");
  assert_string_equal(lf_kernel_note(k), "");
  lf_kernel_destroy(k);
  m = model_of("2-10-1", "tanh", "none", "standard");
  assert_ok(lf_model_init(&m, "normal:1e200"));
  complete(&m);
  assert_refused(lf_kernel_limit(&k, &m, LF_NTK), LF_EMATH, "layer 0: its variance is not finite");
  m = model_of("2-1", "tanh", "fourier:file:missing.npy", "standard");
  complete(&m);
  assert_refused(lf_kernel_limit(&k, &m, LF_NTK), LF_EIO, "missing.npy");
  m = model_of("2-10-1", "tanh", "none", "standard");
  assert_ok(lf_model_init(&m, "torch"));
  k = kernel_of(m, LF_NTK);
  assert_non_null(strstr(lf_kernel_note(k), "uniform"));
  lf_kernel_destroy(k);
}

/* Two samples at one place: every entry between them is that of a sample with itself; behind waves to the root of rounding, as relu takes it. */
static void coincident_points(void **state)
{
  (void)state;
  static const char *const features[] = {"none",      "fourier:gauss:1.2:7", "fourier:uniform:3:7", "fourier:log:1:2:7",
                                         "siren:2:7", "multiscale:1,2",      "multiscale-2:1,2"};
  const double x[3] = {0.3, 0.3, 0.7};
  for (size_t f = 0; f < sizeof features / sizeof *features; f++) {
    lf_kernel *k = kernel_of(model_of("1-50-1", "relu", features[f], "standard"), LF_NTK);
    double K[9];
    assert_ok(lf_kernel_gram(k, 3, x, 1, K));
    assert_near(K[1], K[0], 1e-8 * K[0]);
    assert_near(K[2], K[5], 1e-8 * K[0]);
    lf_kernel_destroy(k);
  }
}

/* Behind fixed features one linear layer is its own limit: with the frequencies that a net draws its kernel is that of the net. */
static void drawn_features(void **state)
{
  (void)state;
  static const char *const features[] = {"fourier:gauss:1.2:7", "fourier:uniform:3:7", "fourier:log:1:2:7"};
  const double x[6] = {1, 2, 0.3, -0.4, 5, 6};
  for (int f = 0; f < 3; f++) {
    lf_model m = model_of("2-1", "tanh", features[f], "inverse-sqrt");
    lf_kernel *drawn = NULL, *own = NULL;
    lf_net *net = NULL;
    double K[9], E[9], L[9], apart = 0;
    complete(&m);
    assert_ok(lf_net_create(&net, &m, LF_F64, 5));
    assert_ok(lf_kernel_empirical(&own, net));
    assert_ok(lf_kernel_limit_drawn(&drawn, &m, 5));
    assert_ok(lf_kernel_gram(drawn, 3, x, 1, K));
    assert_ok(lf_kernel_gram(own, 3, x, 1, E));
    lf_kernel *law = kernel_of(m, LF_NTK);
    assert_ok(lf_kernel_gram(law, 3, x, 1, L));
    for (int i = 0; i < 9; i++) {
      assert_near(K[i], E[i], 1e-14);
      apart = fmax(apart, fabs(K[i] - L[i]));
    }
    assert_true(apart > 0.05);
    lf_kernel_destroy(law);
    lf_kernel_destroy(drawn);
    lf_kernel_destroy(own);
    lf_net_destroy(net);
  }
}

static void every_allocation_may_fail(void **state)
{
  (void)state;
  static const char *const features[] = {"multiscale:1,2", "siren:2:7", "fourier:log:1:2:5", "multiscale-2:1,2"};
  const double x[6] = {1, 2, 0.3, -0.4, 5, 6};
  double K[9];
  for (int f = 0; f < 4; f++) {
    lf_model m = model_of("2-9-9-1", "tanh", features[f], "ntk");
    complete(&m);
    long live = lf_alloc_live();
    for (long i = 0;; i++) {
      lf_kernel *k = NULL;
      lf_alloc_fail_after(i);
      lf_status st = lf_kernel_limit(&k, &m, LF_NTK);
      if (st == LF_OK) st = lf_kernel_evaluate(k, 2, x, 3, x, 2, K);
      lf_alloc_fail_after(-1);
      lf_kernel_destroy(k);
      assert_int_equal(lf_alloc_live(), live);
      if (st == LF_OK) break;
      assert_int_equal(st, LF_ENOMEM);
      assert_true(i < 1000);
    }
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(two_layer),         cmocka_unit_test(deep),
      cmocka_unit_test(every_activation),  cmocka_unit_test(close_points_keep_their_digits),
      cmocka_unit_test(fourier_features),  cmocka_unit_test(multiscale),
      cmocka_unit_test(holds_for_any),     cmocka_unit_test(scalings),
      cmocka_unit_test(coincident_points), cmocka_unit_test(drawn_features),
      cmocka_unit_test(refuses),           cmocka_unit_test(every_allocation_may_fail),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
