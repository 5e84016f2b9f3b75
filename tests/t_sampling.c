/* t_sampling.c — grids bit for bit, uniform numbers by their stream, Sobol against published points and by its evenness. */
#include "check.h"
#include "data/sampling.h"
#include "lowfirst/random.h"

static const double zero[LF_SOBOL_INPUTS + 1];
static double one[LF_SOBOL_INPUTS + 1];

static int ones(void **state)
{
  (void)state;
  for (size_t j = 0; j <= LF_SOBOL_INPUTS; j++) one[j] = 1;
  return 0;
}

static void grid_has_both_ends(void **state)
{
  (void)state;
  enum { N = 601 };
  double x[N];
  const double low = -3.1415, high = 3.1415;
  const size_t count = N;
  lf_sample_grid(1, &count, &low, &high, x);
  assert_true(x[0] == low && x[N - 1] == high);
  for (int i = 1; i < N - 1; i++)
    assert_true(x[i] == low + i * ((high - low) / (N - 1))); /* numpy.linspace's rounding */
}

static void last_sample_is_the_end_itself(void **state) /* low + (n-1) step is not, for about a third of these n */
{
  (void)state;
  static double x[300];
  const double low = -3.1415, high = 0.1;
  for (size_t n = 2; n <= 300; n++) {
    lf_sample_grid(1, &n, &low, &high, x);
    assert_true(x[n - 1] == high);
  }
}

static void grid_of_three_axes_runs_row_by_row(void **state)
{
  (void)state;
  double x[2 * 3 * 4][3];
  const size_t count[] = {2, 3, 4};
  const double low[] = {0, 0, 0}, high[] = {1, 2, 3};
  lf_sample_grid(3, count, low, high, x[0]);
  for (size_t i = 0; i < 24; i++) {
    const size_t position[] = {i / 12, i / 4 % 3, i % 4};
    for (size_t j = 0; j < 3; j++) assert_true(x[i][j] == (double)position[j]);
  }
}

static void single_sample_is_in_the_middle(void **state)
{
  (void)state;
  double x;
  const double low = 1, high = 2;
  lf_sample_grid(1, &(size_t){1}, &low, &high, &x);
  assert_near(x, 1.5, 0);
}

static void middles_lie_between_samples(void **state)
{
  (void)state;
  double x[9], m[8];
  const double low = -1, high = 1; /* step 1/4: exact */
  lf_sample_grid(1, &(size_t){9}, &low, &high, x);
  lf_sample_middles(1, &(size_t){8}, &low, &high, m);
  for (int i = 0; i < 8; i++) assert_near(m[i], (x[i] + x[i + 1]) / 2, 0);
}

static void uniform_is_its_stream(void **state)
{
  (void)state;
  enum { N = 1000 };
  static double x[N][2], y[N][2];
  const double low[] = {-1, 5}, high[] = {1, 6};
  lf_sample_uniform(N, 2, low, high, 3, x[0]);
  for (size_t i = 0; i < N; i++) {
    assert_true(x[i][0] > -1 && x[i][0] < 1 && x[i][1] > 5 && x[i][1] < 6);
    assert_near(x[i][1], 5 + lf_random_uniform(3, LF_PURPOSE_SAMPLES, 2 * i + 1), 1e-15); /* one rounding of 5 + u */
  }
  lf_sample_uniform(N / 2, 2, low, high, 3, y[0]); /* fewer samples are the first of more */
  assert_memory_equal(x, y, sizeof x / 2);
  lf_sample_uniform(N, 2, low, high, 4, y[0]);
  assert_memory_not_equal(x, y, sizeof x);
}

/* Points 0..4 of three axes, and point 12345 of all 21 (times 2^14), from PyTorch's SobolEngine, which uses the same numbers. */
static void sobol_known_points(void **state)
{
  (void)state;
  static const double first[5][3] = {
      {0, 0, 0}, {0.5, 0.5, 0.5}, {0.75, 0.25, 0.25}, {0.25, 0.75, 0.75}, {0.375, 0.375, 0.625}};
  static const double far[LF_SOBOL_INPUTS] = {10501, 13327, 2627,  8631, 14557, 965,  2085, 1857, 13137, 7039, 1217,
                                              9811,  15253, 15431, 565,  10499, 1025, 835,  5233, 5627,  3265};
  enum { N = 12346 };
  static double x[N][LF_SOBOL_INPUTS], y[5][3];
  assert_ok(lf_sample_sobol(5, 3, zero, one, 0, y[0]));
  assert_memory_equal(y, first, sizeof y);
  assert_ok(lf_sample_sobol(N, LF_SOBOL_INPUTS, zero, one, 0, x[0]));
  for (size_t j = 0; j < LF_SOBOL_INPUTS; j++) assert_near(x[12345][j] * 16384, far[j], 0);
}

/* The first 2^m points put exactly one into each of 2^m equal intervals of every axis, shifted or not. */
static void sobol_is_even_on_every_axis(void **state)
{
  (void)state;
  enum { N = 1024 };
  static double x[N][LF_SOBOL_INPUTS];
  for (uint64_t seed = 0; seed < 3; seed++) {
    assert_ok(lf_sample_sobol(N, LF_SOBOL_INPUTS, zero, one, seed, x[0]));
    for (size_t j = 0; j < LF_SOBOL_INPUTS; j++) {
      int seen[N] = {0};
      for (size_t i = 0; i < N; i++) {
        assert_true(x[i][j] >= 0 && x[i][j] < 1);
        seen[(size_t)(x[i][j] * N)]++;
      }
      for (size_t i = 0; i < N; i++) assert_int_equal(seen[i], 1);
    }
  }
}

/* integral of prod_j (1 + (x_j - 1/2)/j) over [0,1]^10 is 1. Random points would err by sqrt(prod(1 + 1/(12 j^2)) - 1)/sqrt(n) = 0.38/64 = 6e-3;
 * evenness must win at least a factor of 10 (measured: about 60). */
static void sobol_integrates_ten_dimensions(void **state)
{
  (void)state;
  enum { N = 4096, D = 10 };
  static double x[N][D];
  for (uint64_t seed = 0; seed < 4; seed++) {
    double sum = 0;
    assert_ok(lf_sample_sobol(N, D, zero, one, seed, x[0]));
    for (size_t i = 0; i < N; i++) {
      double f = 1;
      for (size_t j = 0; j < D; j++) f *= 1 + (x[i][j] - 0.5) / (double)(j + 1);
      sum += f / N;
    }
    assert_near(sum, 1, 6e-4);
  }
}

static void sobol_shift_depends_on_the_seed(void **state)
{
  (void)state;
  double a[8], b[8];
  assert_ok(lf_sample_sobol(4, 2, zero, one, 1, a));
  assert_ok(lf_sample_sobol(4, 2, zero, one, 2, b));
  assert_memory_not_equal(a, b, sizeof a);
  assert_true(a[0] > 0 && a[0] != a[1]); /* the axes are shifted apart */
}

static void sobol_fills_the_box(void **state)
{
  (void)state;
  double x[8];
  const double low[] = {-2, 10}, high[] = {2, 11};
  assert_ok(lf_sample_sobol(4, 2, low, high, 0, x));
  assert_true(x[0] == -2 && x[1] == 10 && x[2] == 0 && x[3] == 10.5);
}

static void sobol_says_where_it_ends(void **state)
{
  (void)state;
  double x[LF_SOBOL_INPUTS + 1];
  assert_refused(lf_sample_sobol(1, LF_SOBOL_INPUTS + 1, zero, one, 0, x), LF_EARG, "go up to 21 inputs, not 22");
  assert_refused(lf_sample_sobol((size_t)1 << 33, 1, zero, one, 0, x), LF_EARG, "2^32");
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(grid_has_both_ends),
      cmocka_unit_test(last_sample_is_the_end_itself),
      cmocka_unit_test(grid_of_three_axes_runs_row_by_row),
      cmocka_unit_test(single_sample_is_in_the_middle),
      cmocka_unit_test(middles_lie_between_samples),
      cmocka_unit_test(uniform_is_its_stream),
      cmocka_unit_test(sobol_known_points),
      cmocka_unit_test(sobol_is_even_on_every_axis),
      cmocka_unit_test(sobol_integrates_ten_dimensions),
      cmocka_unit_test(sobol_shift_depends_on_the_seed),
      cmocka_unit_test(sobol_fills_the_box),
      cmocka_unit_test(sobol_says_where_it_ends),
  };
  return cmocka_run_group_tests(tests, ones, NULL);
}
