/* t_empirical.c — the empirical tangent kernel against gradients by the training engine, one point and output at a time; wide nets against the
 * kernel of infinite width. */
#include <float.h>
#include <stdlib.h>
#include "check.h"
#include "lowfirst/kernel.h"
#include "lowfirst/train.h"

enum { N = 3, D = 2, C = 2, ROWS = N * C };
static const double points[N * D] = {0.3, -0.4, 1.1, 0.9, -0.7, 0.05};

static lf_model model_of(const char *layers, const char *act, const char *features, const char *scaling,
                         const char *init)
{
  lf_model m = lf_model_default();
  assert_ok(lf_model_layers(&m, layers));
  assert_ok(lf_model_activation(&m, act));
  assert_ok(lf_model_features(&m, features));
  assert_ok(lf_model_scaling(&m, scaling));
  if (init) assert_ok(lf_model_init(&m, init));
  return m;
}

static lf_net *net_of(lf_model m, uint64_t seed)
{
  lf_net *net = NULL;
  assert_ok(lf_model_complete(&m, m.width[0], m.width[m.n_widths - 1]));
  assert_ok(lf_net_create(&net, &m, LF_F64, seed));
  return net;
}

/* df_k/dp at one point: the gradient of sum e^2 where e is 1/2 for output k and 0 for the others. */
static void gradient(lf_net *net, const double *x, size_t k, double *grad)
{
  double y[C], loss;
  lf_data *data = NULL;
  lf_train_options o = lf_train_options_default();
  o.loss = LF_LOSS_SSE;
  assert_ok(lf_net_evaluate(net, 1, x, y, 1));
  y[k] -= 0.5;
  assert_ok(lf_data_from(&data, 1, D, C, x, y, 0, NULL, NULL));
  assert_ok(lf_train_gradient(net, data, &o, &loss, grad));
  lf_data_destroy(data);
}

static void compare_with_gradients(lf_net *net)
{
  size_t p = lf_net_count(net);
  double *jacobian = calloc(ROWS * p, sizeof *jacobian), K[ROWS * ROWS], B[ROWS * ROWS], diagonal[ROWS], largest = 0;
  lf_kernel *k = NULL;
  for (size_t i = 0; i < ROWS; i++) gradient(net, points + i / C * D, i % C, jacobian + i * p);
  assert_ok(lf_kernel_empirical(&k, net));
  assert_int_equal(lf_kernel_rows(k, N), ROWS);
  assert_ok(lf_kernel_gram(k, N, points, 2, K));
  assert_ok(lf_kernel_evaluate(k, N, points, N, points, 1, B));
  assert_ok(lf_kernel_diagonal(k, N, points, diagonal));
  for (size_t i = 0; i < ROWS; i++) largest = fmax(largest, diagonal[i]);
  for (size_t i = 0; i < ROWS; i++)
    for (size_t j = 0; j < ROWS; j++) {
      double want = 0;
      for (size_t q = 0; q < p; q++) want += jacobian[i * p + q] * jacobian[j * p + q];
      assert_near(K[i * ROWS + j], want,
                  1e-11 * largest); /* y - 1/2 in gradient() loses a digit or two where outputs are large */
      assert_near(B[i * ROWS + j], K[i * ROWS + j], 1e-13 * largest);
      assert_true(K[i * ROWS + j] == K[j * ROWS + i]);
      if (i == j) assert_near(diagonal[i], want, 1e-11 * largest);
    }
  lf_kernel_destroy(k);
  free(jacobian);
}

static const char *const features[] = {"none", "fourier:gauss:0.7:5", "siren:3:5", "multiscale:1,2,5",
                                       "multiscale-2:1,3"};
static const char *const scalings[] = {"standard", "inverse-sqrt", "ntk"};
enum { FEATURES = 5, SCALINGS = 3 };

static void is_the_gradients_product(void **state)
{
  (void)state;
  for (int a = 0; a < LF_ACTIVATION_COUNT; a++)
    for (int f = 0; f < FEATURES; f++)
      for (int s = 0; s < SCALINGS; s++) {
        lf_model m = model_of("2-7-6-2", lf_activation_name((lf_activation)a), features[f], scalings[s], "normal:0.8");
        m.std_w = s == 2 ? 1.3 : 1, m.std_b = s == 2 ? 0.4 : 1;
        m.features.trained = f == 1 && a % 2; /* fixed and trained frequencies in turn */
        m.antisymmetric = (a + f) % 3 == 0;
        lf_net *net = net_of(m, 3);
        compare_with_gradients(net);
        lf_net_destroy(net);
      }
}

static void special_nets(void **state)
{
  (void)state;
  lf_model m = model_of("2-2", "tanh", "none", "standard", "normal:0.8"); /* no hidden layer */
  lf_net *net = net_of(m, 1);
  compare_with_gradients(net);
  lf_net_destroy(net);
  m = model_of("2-9-2", "tanh", "multiscale:1,4", "ntk", NULL); /* multipliers of 0 in front of weights */
  m.std_w = 0;
  net = net_of(m, 1);
  compare_with_gradients(net);
  lf_net_destroy(net);
}

/* rms over entries of (empirical - limit), to the largest entry of the limit, over seeds */
static double deviation(lf_model m, size_t width, size_t seeds)
{
  double K[N * N], L[N * N], largest = 0, sum = 0;
  lf_kernel *limit = NULL;
  for (size_t i = 1; i + 1 < m.n_widths; i++) m.width[i] = width;
  if (m.features.kind == LF_FEATURES_FOURIER || m.features.kind == LF_FEATURES_SIREN) m.features.count = width;
  assert_ok(lf_model_complete(&m, D, 1));
  assert_ok(lf_kernel_limit(&limit, &m, LF_NTK));
  assert_ok(lf_kernel_gram(limit, N, points, 1, L));
  for (size_t i = 0; i < N; i++) largest = fmax(largest, L[i * N + i]);
  for (size_t s = 0; s < seeds; s++) {
    lf_net *net = net_of(m, 10 + s);
    lf_kernel *k = NULL;
    assert_ok(lf_kernel_empirical(&k, net));
    assert_ok(lf_kernel_gram(k, N, points, 1, K));
    for (size_t i = 0; i < N * N; i++) sum += (K[i] - L[i]) * (K[i] - L[i]);
    lf_kernel_destroy(k);
    lf_net_destroy(net);
  }
  lf_kernel_destroy(limit);
  return sqrt(sum / (double)(seeds * N * N)) / largest;
}

/* Every kind of net comes near its limit: 4/sqrt(width) = 0.2 of the largest entry is twice the most that is seen; a wrong factor is far more. */
static void wide_nets_reach_the_limit(void **state)
{
  (void)state;
  static const char *const init[] = {NULL, NULL, NULL, "torch", "he", "siren:2"};
  static const char *const scaling[] = {"standard", "inverse-sqrt", "ntk", "standard", "ntk", "standard"};
  static const char *const act[] = {"relu", "tanh", "gelu", "sin:2", "softplus", "sin:2"};
  enum { WAYS = 6, WIDTH = 400 };
  for (int f = 0; f < FEATURES; f++)
    for (int w = 0; w < WAYS; w++)
      for (int deep = 0; deep < 2; deep++) {
        if (deep && w == 1) continue; /* unit variances in deep inverse-sqrt nets grow with the width */
        lf_model m = model_of(deep ? "2-9-9-1" : "2-9-1", act[w], features[f], scaling[w], init[w]);
        m.features.trained = f == 1 && w % 2;
        m.antisymmetric = w == 2;
        double off = deviation(m, WIDTH, 2);
        if (!(off < 4 / sqrt(WIDTH)))
          fail_msg("%s, %s, %s, deep %d: off by %g", features[f], scaling[w], act[w], deep, off);
      }
}

/* The deviation falls like 1/sqrt(width): 4 times the width, half of it. Over 24 seeds the ratio scatters by 10 %. */
static void deviation_falls_like_the_root(void **state)
{
  (void)state;
  lf_model m = model_of("2-9-9-1", "tanh", "none", "ntk", NULL);
  double narrow = deviation(m, 32, 24), wide = deviation(m, 128, 24);
  assert_near(narrow / wide, 2, 0.6);
}

static void keeps_its_own_parameters(void **state)
{
  (void)state;
  double before, after;
  lf_kernel *k = NULL;
  lf_net *net = net_of(model_of("2-5-1", "tanh", "fourier:gauss:1:4", "standard", "normal:0.8"), 1);
  assert_ok(lf_kernel_empirical(&k, net));
  assert_ok(lf_kernel_diagonal(k, 1, points, &before));
  for (size_t i = 0; i < lf_net_count(net); i++) ((double *)lf_net_parameters(net))[i] = 0;
  assert_ok(lf_kernel_diagonal(k, 1, points, &after));
  assert_true(before == after);
  lf_kernel_destroy(k);
  ((double *)lf_net_parameters(net))[2] = NAN;
  assert_refused(lf_kernel_empirical(&k, net), LF_EMATH, "parameter features.weight[2] is nan");
  assert_null(k);
  lf_net_destroy(net);
}

/* The half below the diagonal is what is above, turned: several tiles, outputs that mix, gains that differ from row to row. */
static void symmetric_is_unsymmetric(void **state)
{
  (void)state;
  enum { POINTS = 150, OUTPUTS = 3, SQUARE = POINTS * OUTPUTS };
  const char *const scaling[] = {"standard", "ntk"};
  double *x = calloc(POINTS * D, sizeof *x), *half = calloc(SQUARE * SQUARE, sizeof *half),
         *whole = calloc(SQUARE * SQUARE, sizeof *whole);
  for (size_t i = 0; i < POINTS * D; i++) x[i] = sin(2.3 * (double)i);
  for (size_t s = 0; s < 2; s++) {
    lf_kernel *k = NULL;
    lf_net *net = net_of(model_of("2-9-7-3", "tanh", "multiscale:1,2", scaling[s], NULL), 1);
    assert_ok(lf_kernel_empirical(&k, net));
    assert_ok(lf_kernel_gram(k, POINTS, x, 2, half));
    assert_ok(lf_kernel_evaluate(k, POINTS, x, POINTS, x, 1, whole));
    for (size_t i = 0; i < SQUARE * SQUARE; i++) assert_near(half[i], whole[i], 1e-12 * fabs(whole[0]));
    lf_kernel_destroy(k);
    lf_net_destroy(net);
  }
  free(x), free(half), free(whole);
}

static void any_thread_count_any_size(void **state)
{
  (void)state;
  enum { MANY = 300 };
  double *x = calloc(MANY * D, sizeof *x), *one = calloc(MANY * MANY, sizeof *one),
         *two = calloc(MANY * MANY, sizeof *two);
  lf_kernel *k = NULL;
  lf_net *net = net_of(model_of("2-20-20-1", "relu", "none", "ntk", NULL), 1);
  for (size_t i = 0; i < MANY * D; i++) x[i] = sin(1.7 * (double)i);
  assert_ok(lf_kernel_empirical(&k, net));
  assert_ok(lf_kernel_gram(k, MANY, x, 1, one));
  assert_ok(lf_kernel_gram(k, MANY, x, 3, two));
  assert_memory_equal(one, two, MANY * MANY * sizeof *one);
  assert_ok(lf_kernel_evaluate(k, 270, x, 40, x + (MANY - 40) * D, 2, two)); /* a corner of it */
  for (size_t i = 0; i < 270; i++)
    for (size_t j = 0; j < 40; j++) assert_near(two[i * 40 + j], one[i * MANY + MANY - 40 + j], 1e-12 * fabs(one[0]));
  assert_true(lf_kernel_memory(k, MANY, 0, true) > 8.0 * MANY * 80);
  lf_kernel_destroy(k);
  lf_net_destroy(net);
  free(x), free(one), free(two);
}

static void every_allocation_may_fail(void **state)
{
  (void)state;
  double K[ROWS * ROWS];
  lf_net *net = net_of(model_of("2-5-4-2", "tanh", "multiscale:1,2", "ntk", NULL), 1);
  long live = lf_alloc_live();
  for (long i = 0;; i++) {
    lf_kernel *k = NULL;
    lf_alloc_fail_after(i);
    lf_status st = lf_kernel_empirical(&k, net);
    if (st == LF_OK) st = lf_kernel_gram(k, N, points, 2, K);
    lf_alloc_fail_after(-1);
    lf_kernel_destroy(k);
    assert_int_equal(lf_alloc_live(), live);
    if (st == LF_OK) break;
    assert_int_equal(st, LF_ENOMEM);
    assert_true(i < 1000);
  }
  lf_net_destroy(net);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(is_the_gradients_product),  cmocka_unit_test(special_nets),
      cmocka_unit_test(wide_nets_reach_the_limit), cmocka_unit_test(deviation_falls_like_the_root),
      cmocka_unit_test(keeps_its_own_parameters),  cmocka_unit_test(symmetric_is_unsymmetric),
      cmocka_unit_test(any_thread_count_any_size), cmocka_unit_test(every_allocation_may_fail),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
