/* t_aliasing.c — tones above, at and below what samples carry; targets that merely do not repeat; data in hand; memory failure. */
#include "check.h"
#include "lens/lens_parts.h"
#include "lowfirst/lens.h"
#include "lowfirst/random.h"

static const double PI = 3.14159265358979323846;

static lf_aliasing check_target(const char *expression, double low, double high, size_t points, lf_sampling sampling)
{
  lf_aliasing a;
  lf_data *data = NULL;
  const lf_data_options o = {
      .n_range = 1, .low = {low}, .high = {high}, .n_points = points ? 1 : 0, .points = {points}, .sampling = sampling};
  assert_ok(lf_data_target(&data, expression, &o));
  assert_ok(lf_aliasing_check(&a, data));
  lf_data_destroy(data);
  assert_true(a.warn == (a.text[0] != 0));
  return a;
}

static lf_aliasing on_grid(const char *expression, double low, double high, size_t points)
{
  return check_target(expression, low, high, points, LF_SAMPLING_GRID);
}

static void tone_above(void **state) /* 33 samples, 1/16 apart, carry 8; 12 folds back as 16 - 12 */
{
  (void)state;
  lf_aliasing a = on_grid("sin(2*pi*12*x)", -1, 1, 33);
  assert_true(a.warn);
  assert_near(a.xi_safe, 8, 1e-12);
  assert_near(a.xi_found, 12, 1e-6);
  assert_near(a.xi_folded, 4, 1e-6);
  assert_near(a.energy_above, 1, 1e-6);
  assert_int_equal(a.points_needed, 50);
  assert_string_equal(a.text, "the target holds 12 cycles/unit, the samples carry 8; what is above will fold back as "
                              "4. Use --points 50 or more");
  assert_false(on_grid("sin(2*pi*12*x)", -1, 1, a.points_needed).warn);
  assert_near(on_grid("100+sin(2*pi*12*x)", -1, 1, 33).energy_above, 1, 1e-6); /* about the mean */
  assert_true(on_grid("sin(2*pi*12*x)", -1, 1, 47).warn); /* 48 samples carry 11.75: half a bin apart, not told */
}

static void where_it_folds(void **state) /* the samples cannot tell the tone from the one it is said to fold to */
{
  (void)state;
  static const double tone[] = {9.3, 13.7, 21.45, 40.1};
  for (size_t t = 0; t < sizeof tone / sizeof *tone; t++) {
    char expression[64];
    (void)snprintf(expression, sizeof expression, "cos(2*pi*%g*x)", tone[t]);
    lf_aliasing a = on_grid(expression, 0, 4, 65); /* 1/16 apart */
    assert_true(a.warn);
    assert_near(a.xi_found, tone[t], 0.01); /* bins of 1/4: read to 1/25 of a bin */
    double folded = fabs(remainder(tone[t], 16));
    for (size_t i = 0; i <= 64; i++)
      assert_near(cos(2 * PI * folded * (double)i / 16), cos(2 * PI * tone[t] * (double)i / 16), 1e-12);
    assert_near(a.xi_folded, folded, 0.01);
    lf_aliasing better = on_grid(expression, 0, 4, a.points_needed + 2);
    assert_false(better.warn);
  }
}

static void far_above(void **state) /* beyond what 8 times denser samples carry */
{
  (void)state;
  lf_aliasing a = on_grid("sin(2*pi*400*x)+sin(x)", -1, 1, 41);
  assert_true(a.warn);
  assert_near(a.xi_found, 400, 0.01);
  double tone = 0, rest = 0; /* energies through the window; the mean of the sine is 0 */
  for (size_t i = 0; i < 1000; i++) {
    double x = ((double)i + 0.5) / 500 - 1, w = 1 + cos(PI * x);
    tone += w * w / 2, rest += w * w * sin(x) * sin(x);
  }
  assert_near(a.energy_above, tone / (tone + rest), 1e-3);
}

static void what_does_not_repeat_is_no_alarm(void **state)
{
  (void)state;
  static const char *const smooth[] = {"x", "x^3+exp(x)", "1/(1.2-x)",         "abs(x)",    "sqrt(x+1)",
                                       "1", "0*x",        "sin(2*x)+sin(5*x)", "atan(20*x)"};
  for (size_t i = 0; i < sizeof smooth / sizeof *smooth; i++) {
    lf_aliasing a = on_grid(smooth[i], -1, 1, 40);
    if (a.warn) fail_msg("%s: %s", smooth[i], a.text);
    assert_true(isfinite(a.xi_found) && isfinite(a.energy_above));
  }
  assert_false(on_grid("x", 0, 1, 10).warn);
  assert_false(on_grid("rint(sin(x))", -10, 10, 600).warn); /* a jump's tail is none either, sampled decently */
  assert_false(on_grid("sin(x)+sin(3*x)+sin(5*x)", -PI, PI, 600).warn);
}

static void published_targets(void **state)
{
  (void)state;
  lf_aliasing a = on_grid("sin(x)+sin(3*x)+sin(5*x)", -3.1415, 3.1415, 600);
  assert_near(a.xi_safe, 599 / (4 * 3.1415), 1e-9);
  assert_near(a.xi_found, 5 / (2 * PI), 0.01);
  assert_true(a.energy_above < 1e-9 && a.points_needed == 0);
  a = on_grid("sin(x)+sin(4*x)", -10, 10, 61);
  assert_near(a.xi_found, 4 / (2 * PI), 0.005);
  assert_false(a.warn);
}

static void small_line_above(void **state) /* 1 % of the energy is told, a tenth of that is not */
{
  (void)state;
  assert_true(on_grid("sin(2*pi*2*x)+0.12*sin(2*pi*15*x)", 0, 2, 41).warn); /* carries 10 */
  assert_false(on_grid("sin(2*pi*2*x)+0.03*sin(2*pi*15*x)", 0, 2, 41).warn);
}

static void along_an_axis(void **state)
{
  (void)state;
  lf_aliasing a;
  lf_data *data = NULL;
  const lf_data_options o = {.n_range = 1, .low = {0}, .high = {1}, .n_points = 2, .points = {30, 21}};
  assert_ok(lf_data_target(&data, "sin(2*pi*12*x1)+cos(2*pi*13*x2)", &o));
  assert_ok(lf_aliasing_check(&a, data));
  assert_true(a.warn);
  assert_near(a.xi_safe, 10, 1e-12);
  assert_near(a.xi_found, 13, 1e-3);
  assert_near(a.xi_folded, 7, 1e-3);
  assert_near(a.energy_above, 0.5, 1e-6); /* both tones have as much */
  assert_int_equal(a.points_needed, 28);
  assert_non_null(strstr(a.text, "13 cycles/unit along x2, the samples carry 10;"));
  assert_non_null(strstr(a.text, "--points 30,28 or more"));
  lf_data_destroy(data);
  assert_false(on_grid("sin(2*pi*3*x1)*sin(2*pi*2*x2)+x3", 0, 1, 16).warn);
}

static void scattered_expression(void **state)
{
  (void)state;
  lf_aliasing a = check_target("sin(2*pi*30*x)", 0, 1, 100, LF_SAMPLING_UNIFORM);
  assert_true(a.warn && a.xi_safe < 25 && a.xi_safe > 5); /* the widest of 100 random gaps: some ln 100 / 100 */
  assert_near(a.xi_found, 30, 0.01);
  assert_true(a.points_needed > 100 && a.xi_folded == 0);
  assert_non_null(strstr(a.text, "the widest gap between the samples carries"));
  assert_false(check_target("sin(2*pi*3*x)", 0, 1, 100, LF_SAMPLING_UNIFORM).warn);
  assert_false(check_target("sin(2*pi*3*x1)+x2", 0, 1, 1000, LF_SAMPLING_SOBOL).warn);
  assert_true(check_target("sin(2*pi*40*x1)+x2", 0, 1, 1000, LF_SAMPLING_SOBOL).warn);
}

static void singular_between_samples(
    void **state) /* a hole no sample falls into, but a denser one does: judged by the samples */
{
  (void)state;
  lf_aliasing a = on_grid("sin(3*x)+0*sqrt(abs(x+0.997)-0.0005)", -1, 1, 40);
  assert_false(a.warn);
  assert_near(a.xi_found, 3 / (2 * PI), 0.5);
  assert_near(a.energy_above, 0, 1e-4);
}

static void holes(void **state) /* samples all over but for a ball: against brute force on a fine net of probes */
{
  (void)state;
  enum { COUNT = 600, FINE = 25 };
  for (size_t d = 2; d <= 3; d++)
    for (int clustered = 0; clustered < 2; clustered++) {
      double x[3 * COUNT] = {0}, fill, brute = 0, low[3] = {1, 1, 1}, high[3] = {0};
      size_t n = 0, probes = 1;
      for (uint64_t i = 0; n < COUNT; i++) {
        double square = 0;
        for (size_t a = 0; a < d; a++) {
          double u = lf_random_uniform(d, LF_PURPOSE_TEST, 3 * i + a);
          x[n * d + a] = clustered && n > 20 ? 0.1 * u : u; /* most of them in a corner */
          square += (x[n * d + a] - 0.6) * (x[n * d + a] - 0.6);
        }
        n += square > 0.25 * 0.25;
      }
      for (size_t i = 0; i < COUNT * d; i++) low[i % d] = fmin(low[i % d], x[i]), high[i % d] = fmax(high[i % d], x[i]);
      for (size_t a = 0; a < d; a++) probes *= FINE;
      for (size_t i = 0; i < probes; i++) {
        double nearest = INFINITY;
        for (size_t j = 0; j < COUNT; j++) {
          double square = 0;
          for (size_t a = 0, rest = i; a < d; a++, rest /= FINE) {
            double at = low[a] + (high[a] - low[a]) * (double)(rest % FINE) / (FINE - 1);
            square += (x[j * d + a] - at) * (x[j * d + a] - at);
          }
          nearest = fmin(nearest, square);
        }
        brute = fmax(brute, sqrt(nearest));
      }
      assert_ok(lf_fill_distance(&fill, COUNT, d, x));
      double cell = pow(1.0 / COUNT, 1.0 / (double)d) / 3; /* a probe lies within half a cell of any point of the box */
      assert_near(fill, brute, sqrt((double)d) / 2 * (cell + 1.0 / FINE));
    }
}

static void fill_distance(void **state) /* sqrt(d) / (4 fill): Nyquist's on a grid that is not taken for one */
{
  (void)state;
  for (size_t d = 1; d <= 3; d++) {
    double x[3 * 1100], y[1100];
    size_t side = d == 1 ? 100 : d == 2 ? 20 : 10, n = 1;
    lf_aliasing a;
    lf_data *data = NULL;
    for (size_t i = 0; i < d; i++) n *= side;
    for (size_t i = 0; i < n; i++)
      for (size_t k = d, rest = i; k-- > 0; rest /= side) x[i * d + k] = (double)(rest % side) / (double)side;
    for (size_t k = 0; k < d; k++) x[n * d + k] = 0.123; /* one sample off the grid */
    for (size_t i = 0; i <= n; i++) y[i] = (double)i;
    assert_ok(lf_data_from(&data, n + 1, d, 1, x, y, 0, NULL, NULL));
    assert_int_equal(data->grid.d, 0);
    assert_ok(lf_aliasing_check(&a, data));
    /* the cells are a third of the mean distance wide and need not be centred on the holes */
    assert_true(a.xi_safe >= (double)side / 2 * (1 - 1e-9) && a.xi_safe < (double)side / 2 * 1.2);
    if (d == 1) assert_near(a.xi_safe, (double)side / 2, 1e-9);
    assert_false(a.warn);
    lf_data_destroy(data);
  }
}

static void samples_in_hand(void **state) /* on a grid: what is left near the edge tells; white noise does */
{
  (void)state;
  double x[200], y[200];
  for (int noisy = 0; noisy < 2; noisy++) {
    lf_aliasing a;
    lf_data *data = NULL;
    for (size_t i = 0; i < 200; i++) {
      x[i] = (double)i / 100;
      y[i] = sin(7 * x[i]) + x[i] + (noisy ? 1 : 0.05) * lf_random_normal(3, LF_PURPOSE_TEST, i);
    }
    assert_ok(lf_data_from(&data, 200, 1, 1, x, y, 0, NULL, NULL));
    assert_ok(lf_aliasing_check(&a, data));
    assert_int_equal(a.warn, noisy);
    assert_near(a.xi_safe, 50, 1e-9);
    if (noisy) assert_non_null(strstr(a.text, "between 43.75 and the 50 cycles/unit"));
    if (!noisy) assert_near(a.xi_found, 7 / (2 * PI), 0.3);
    lf_data_destroy(data);
  }
}

static void many_inputs(void **state)
{
  (void)state;
  lf_aliasing a = check_target("x1+x2+x3+x4+x5", 0, 1, 50, LF_SAMPLING_SOBOL);
  assert_false(a.warn);
}

static void memory_failure(void **state)
{
  (void)state;
  const double x[4] = {0, 0.1, 0.5, 1}, y[6] = {1, 2, 3, 4, 5, 6}, plane[8] = {0, 0, 0.3, 1, 0.7, 0.1, 1, 1},
               even[6] = {0, 1, 2, 3, 4, 5};
  lf_data *data[4] = {NULL};
  const lf_data_options o = {.n_points = 1, .points = {8}};
  lf_aliasing a;
  assert_ok(lf_data_target(&data[0], "sin(x1)+x2", &o));
  assert_ok(lf_data_from(&data[1], 4, 1, 1, x, y, 0, NULL, NULL));
  assert_ok(lf_data_from(&data[2], 4, 2, 1, plane, y, 0, NULL, NULL));
  assert_ok(lf_data_from(&data[3], 6, 1, 1, even, y, 0, NULL, NULL));
  for (size_t k = 0; k < 4; k++) {
    long before = lf_alloc_live();
    for (long i = 0;; i++) {
      lf_alloc_fail_after(i);
      lf_status st = lf_aliasing_check(&a, data[k]);
      lf_alloc_fail_after(-1);
      assert_int_equal(lf_alloc_live(), before);
      if (st == LF_OK) {
        assert_true(i > 0);
        break;
      }
      assert_int_equal(st, LF_ENOMEM);
    }
    lf_data_destroy(data[k]);
  }
  assert_int_equal(lf_alloc_live(), 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(tone_above),
      cmocka_unit_test(where_it_folds),
      cmocka_unit_test(far_above),
      cmocka_unit_test(what_does_not_repeat_is_no_alarm),
      cmocka_unit_test(published_targets),
      cmocka_unit_test(small_line_above),
      cmocka_unit_test(along_an_axis),
      cmocka_unit_test(scattered_expression),
      cmocka_unit_test(singular_between_samples),
      cmocka_unit_test(holes),
      cmocka_unit_test(fill_distance),
      cmocka_unit_test(samples_in_hand),
      cmocka_unit_test(many_inputs),
      cmocka_unit_test(memory_failure),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
