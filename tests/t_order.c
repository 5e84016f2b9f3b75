/* t_order.c — order of learning on curves written by hand, tau-b against its definition, medians and their intervals. */
#include "check.h"
#include "lowfirst/lens.h"
#include "lowfirst/random.h"

/* Three modes of which 0 and 2 are peaks; records at steps 0, 10, 20, 30. */
static lf_lens_info two_peaks(void)
{
  static const double xi_norm[3] = {0.5, 1, 1.5};
  static const size_t peak[2] = {0, 2};
  return (lf_lens_info){.m = 3, .xi_norm = xi_norm, .peaks = 2, .peak = peak, .learned = 0.2};
}

static void curves(void **state)
{
  (void)state;
  const lf_lens_info info = two_peaks();
  const int64_t step[4] = {0, 10, 20, 30};
  const double delta[4 * 3] = {1, 1, 1, 0.1, 1, 0.45, 0.3, 1, 0.6, 0.1, 1, 0.19};
  lf_order o = {0};
  assert_ok(lf_order_of_learning(&o, &info, 4, step, delta));
  assert_int_equal(o.peaks, 2);
  assert_true(o.xi[0] == 0.5 && o.xi[1] == 1.5);
  assert_int_equal(o.step[0], 30); /* below at 10, but it does not stay */
  assert_int_equal(o.step[1], 30);
  assert_int_equal(o.half[0], 10); /* stays below 1/2 from there */
  assert_int_equal(o.half[1], 30);
  assert_true(o.last[0] == 0.1 && o.last[1] == 0.19);
  assert_true(isnan(o.tau)); /* a tie of both */
  lf_order_free(&o);
  assert_ok(lf_order_of_learning(&o, &info, 3, step, delta)); /* up to step 20 neither */
  assert_int_equal(o.step[0], -1);
  assert_int_equal(o.half[0], 10);
  assert_int_equal(o.step[1], -1);
  lf_order_free(&o);
  assert_ok(lf_order_of_learning(&o, &info, 2, step, delta)); /* low learned, high not: low first */
  assert_int_equal(o.step[0], 10);
  assert_int_equal(o.step[1], -1);
  assert_true(o.tau == 1);
  lf_order_free(&o);
  assert_ok(lf_order_of_learning(&o, &info, 0, step, delta)); /* nothing recorded */
  assert_int_equal(o.step[0], -1);
  assert_true(isnan(o.last[0]));
  lf_order_free(&o);
  assert_int_equal(lf_alloc_live(), 0);
}

static void not_a_number_is_not_learned(void **state)
{
  (void)state;
  const lf_lens_info info = two_peaks();
  const int64_t step[2] = {0, 1};
  const double delta[2 * 3] = {0.1, 1, 0.1, NAN, 1, 0.1};
  lf_order o = {0};
  assert_ok(lf_order_of_learning(&o, &info, 2, step, delta));
  assert_int_equal(o.step[0], -1);
  assert_int_equal(o.step[1], 0);
  assert_true(o.tau == -1);
  lf_order_free(&o);
}

static void tau_by_hand(void **state)
{
  (void)state;
  const double up[5] = {1, 2, 3, 4, 5}, down[5] = {5, 4, 3, 2, 1}, one_swap[5] = {2, 1, 3, 4, 5},
               same[5] = {7, 7, 7, 7, 7};
  const double a[4] = {1, 2, 2, 3}, b[4] = {1, 1, 2, 3}; /* 4 concordant of 6, one tie in each */
  assert_near(lf_kendall_tau(5, up, up), 1, 1e-15);
  assert_near(lf_kendall_tau(5, up, down), -1, 1e-15);
  assert_near(lf_kendall_tau(5, up, one_swap), 0.8, 1e-15);
  assert_near(lf_kendall_tau(4, a, b), 0.8, 1e-15);
  assert_true(isnan(lf_kendall_tau(5, up, same)));
  assert_true(isnan(lf_kendall_tau(1, up, up)) && isnan(lf_kendall_tau(0, NULL, NULL)));
  const double late[3] = {3, INFINITY, INFINITY}; /* two unlearned: a tie, later than all */
  assert_near(lf_kendall_tau(3, up, late), 2 / sqrt(6), 1e-15);
}

static double sign(double z) { return (z > 0) - (z < 0); }

static void tau_by_definition(void **state) /* with many ties: sums of signs over all ordered pairs */
{
  (void)state;
  for (uint64_t trial = 0; trial < 50; trial++) {
    double a[20], b[20], ab = 0, aa = 0, bb = 0;
    for (uint64_t i = 0; i < 20; i++) {
      a[i] = (double)(lf_random_u64(trial, LF_PURPOSE_TEST, i) % 6);
      b[i] = (double)(lf_random_u64(trial, LF_PURPOSE_TEST, 50 + i) % 6);
    }
    for (int i = 0; i < 20; i++)
      for (int j = 0; j < 20; j++) {
        ab += sign(a[i] - a[j]) * sign(b[i] - b[j]);
        aa += fabs(sign(a[i] - a[j]));
        bb += fabs(sign(b[i] - b[j]));
      }
    assert_near(lf_kendall_tau(20, a, b), ab / sqrt(aa * bb), 1e-14);
    assert_near(lf_kendall_tau(20, b, a), ab / sqrt(aa * bb), 1e-14);
  }
}

static void medians(void **state)
{
  (void)state;
  double m, low, high;
  const double odd[5] = {5, 1, 4, 2, 3}, even[4] = {4, 1, 3, 2}, unlearned[3] = {NAN, 7, NAN},
               late[5] = {1, INFINITY, 2, INFINITY, INFINITY};
  assert_ok(lf_median_interval(5, odd, &m, &low, &high));
  assert_true(m == 3 && low == 1 && high == 5); /* 1 - 2/32 >= 0.9 with the extremes only */
  assert_true(odd[0] == 5);
  assert_ok(lf_median_interval(4, even, &m, &low, &high));
  assert_true(m == 2.5 && low == 1 && high == 4);
  assert_ok(lf_median_interval(1, odd, &m, &low, &high));
  assert_true(m == 5 && low == 5 && high == 5);
  assert_ok(lf_median_interval(3, unlearned, &m, &low, &high)); /* NaN: later than all */
  assert_true(isnan(m) && low == 7 && isnan(high));
  assert_ok(lf_median_interval(5, late, &m, &low, &high));
  assert_true(isinf(m) && low == 1 && isinf(high));
  assert_ok(lf_median_interval(0, NULL, &m, &low, &high));
  assert_true(isnan(m));
}

static void interval_ranks(
    void **state) /* tables of the sign test: n = 8, 11, 13, 16, 20 leave out 1, 2, 3, 4, 5 at each end */
{
  (void)state;
  static const size_t n[] = {5, 7, 8, 10, 11, 12, 13, 16, 20}, rank[] = {1, 1, 2, 2, 3, 3, 4, 5, 6};
  double values[1200], m, low, high;
  for (size_t i = 0; i < 1200; i++) values[i] = (double)(i + 1);
  for (size_t t = 0; t < sizeof n / sizeof *n; t++) {
    assert_ok(lf_median_interval(n[t], values, &m, &low, &high));
    assert_near(low, (double)rank[t], 0);
    assert_near(high, (double)(n[t] + 1 - rank[t]), 0);
  }
  assert_ok(lf_median_interval(1200, values, &m, &low, &high)); /* no underflow; about 1.645 standard deviations */
  assert_near(600.5 - low, 1.645 * sqrt(1200) / 2, 1.5);
  assert_near(high - 600.5, 600.5 - low, 0);
}

static void memory_failure(void **state)
{
  (void)state;
  const lf_lens_info info = two_peaks();
  const int64_t step[1] = {0};
  const double delta[3] = {1, 1, 1};
  double m, low, high;
  lf_order o;
  for (long i = 0;; i++) {
    lf_alloc_fail_after(i);
    lf_status st = lf_order_of_learning(&o, &info, 1, step, delta);
    lf_alloc_fail_after(-1);
    if (st == LF_OK) {
      assert_int_equal(i, 5);
      break;
    }
    assert_true(st == LF_ENOMEM && !o.xi && !o.step);
    assert_int_equal(lf_alloc_live(), 0);
  }
  lf_order_free(&o);
  lf_order_free(NULL);
  lf_alloc_fail_after(0);
  assert_int_equal(lf_median_interval(3, delta, &m, &low, &high), LF_ENOMEM);
  lf_alloc_fail_after(-1);
  assert_int_equal(lf_alloc_live(), 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(curves),         cmocka_unit_test(not_a_number_is_not_learned),
      cmocka_unit_test(tau_by_hand),    cmocka_unit_test(tau_by_definition),
      cmocka_unit_test(medians),        cmocka_unit_test(interval_ranks),
      cmocka_unit_test(memory_failure),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
