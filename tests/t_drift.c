/* t_drift.c — how far a tangent kernel went: a law of scaling that gives the answer, the definition beside it, refusals. */
#include <stdlib.h>
#include "check.h"
#include "lowfirst/kernel.h"

enum { N = 5 };
static const double points[N] = {-1, -0.3, 0.1, 0.6, 1.2};

static lf_net *net_of(const char *layers, const char *act, bool output_bias, uint64_t seed)
{
  lf_model m = lf_model_default();
  lf_net *net = NULL;
  assert_ok(lf_model_layers(&m, layers));
  assert_ok(lf_model_activation(&m, act));
  assert_ok(lf_model_init(&m, "normal:0.7"));
  m.output_bias = output_bias;
  assert_ok(lf_model_complete(&m, m.width[0], m.width[m.n_widths - 1]));
  assert_ok(lf_net_create(&net, &m, LF_F64, seed));
  return net;
}

static void scale(lf_net *net, double factor)
{
  double *p = lf_net_parameters(net);
  for (size_t i = 0; i < lf_net_count(net); i++) p[i] *= factor;
}

/* relu with one hidden layer and no output bias: f is of degree 2 in its parameters, df/dp of degree 1, K of degree 2. */
static void doubled_parameters_make_the_kernel_four_times_as_large(void **state)
{
  (void)state;
  lf_net *from = net_of("1-20-2", "relu", false, 1), *to = net_of("1-20-2", "relu", false, 1);
  lf_drift d;
  assert_ok(lf_kernel_drift(from, to, N, points, 2, &d));
  assert_near(d.change, 0, 0);
  assert_near(d.alignment, 1, 1e-15);
  scale(to, 2);
  assert_ok(lf_kernel_drift(from, to, N, points, 1, &d));
  assert_near(d.change, 3, 1e-13);
  assert_near(d.alignment, 1, 1e-13);
  lf_net_destroy(from);
  lf_net_destroy(to);
}

/* |K' - K|^2 = |K|^2 + |K'|^2 - 2 <K,K'>, whatever the two nets. */
static void change_and_alignment_belong_together(void **state)
{
  (void)state;
  lf_net *from = net_of("1-12-7-1", "tanh", true, 1), *to = net_of("1-9-1", "relu", true, 2);
  lf_kernel *k = NULL;
  double a[N * N], b[N * N], aa = 0, bb = 0, ab = 0;
  lf_drift d;
  assert_ok(lf_kernel_drift(from, to, N, points, 1, &d));
  assert_ok(lf_kernel_empirical(&k, from));
  assert_ok(lf_kernel_gram(k, N, points, 1, a));
  lf_kernel_destroy(k);
  assert_ok(lf_kernel_empirical(&k, to));
  assert_ok(lf_kernel_gram(k, N, points, 1, b));
  lf_kernel_destroy(k);
  for (int i = 0; i < N * N; i++) aa += a[i] * a[i], bb += b[i] * b[i], ab += a[i] * b[i];
  assert_near(d.alignment, ab / sqrt(aa * bb), 1e-13);
  assert_near(d.change, sqrt(1 + bb / aa - 2 * ab / aa), 1e-12);
  assert_true(d.alignment < 0.999 && d.change > 0.01); /* or the test could not fail */
  lf_net_destroy(from);
  lf_net_destroy(to);
}

static void what_has_no_answer_is_refused(void **state)
{
  (void)state;
  const double nowhere[2] = {0.5, NAN}, origin[2] = {0, 0};
  lf_net *one = net_of("1-4-1", "tanh", true, 1), *two = net_of("1-4-2", "tanh", true, 1),
         *line = net_of("1-1", "tanh", false, 1);
  lf_drift d = {0, 0};
  assert_refused(lf_kernel_drift(one, two, N, points, 1, &d), LF_ESHAPE, "1 outputs did not become one of 1 and 2");
  assert_true(isnan(d.change) && isnan(d.alignment));
  assert_refused(lf_kernel_drift(one, one, 2, nowhere, 1, &d), LF_EMATH, "x: row 1, column 0 is nan");
  assert_refused(lf_kernel_drift(line, line, 2, origin, 1, &d), LF_EMATH, "is 0 at all 2 samples"); /* K = x x' */
  lf_net_destroy(one);
  lf_net_destroy(two);
  lf_net_destroy(line);
}

static void allocations_may_fail(void **state)
{
  (void)state;
  lf_net *from = net_of("1-4-1", "tanh", true, 1), *to = net_of("1-4-1", "tanh", true, 2);
  lf_drift d;
  long live = lf_alloc_live();
  for (long at = 0;; at++) {
    lf_alloc_fail_after(at);
    lf_status st = lf_kernel_drift(from, to, N, points, 1, &d);
    lf_alloc_fail_after(-1);
    assert_int_equal(lf_alloc_live(), live);
    if (st == LF_OK) break;
    assert_int_equal(st, LF_ENOMEM);
    assert_true(isnan(d.change) && at < 1000);
  }
  lf_net_destroy(from);
  lf_net_destroy(to);
  assert_int_equal(lf_alloc_live(), 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(doubled_parameters_make_the_kernel_four_times_as_large),
      cmocka_unit_test(change_and_alignment_belong_together),
      cmocka_unit_test(what_has_no_answer_is_refused),
      cmocka_unit_test(allocations_may_fail),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
