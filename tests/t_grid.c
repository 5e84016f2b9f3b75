/* t_grid.c — even grids are recognised in any order, and nothing else is. */
#include <stdbool.h>
#include "check.h"
#include "data/grid.h"
#include "data/sampling.h"
#include "lowfirst/random.h"

enum { MOST = 4096 };

/* x (n,d) of a grid, its samples in the order of `order` (NULL: in order). */
static size_t make(size_t d, const size_t *count, const double *low, const double *high, const size_t *order, double *x)
{
  static double sorted[MOST * LF_GRID_DIMS];
  size_t n = 1;
  for (size_t j = 0; j < d; j++) n *= count[j];
  assert_true(n <= MOST);
  lf_sample_grid(d, count, low, high, sorted);
  for (size_t i = 0; i < n; i++) memcpy(x + i * d, sorted + (order ? order[i] : i) * d, d * sizeof *x);
  return n;
}

static const size_t counts[][LF_GRID_DIMS] = {{600, 0, 0}, {2, 0, 0},  {1, 0, 0}, {17, 31, 0},
                                              {1, 9, 0},   {5, 7, 11}, {2, 2, 2}};
static const double low[] = {-3.14159, 0, 1e3}, high[] = {3.14159, 1, 1001};

static size_t dims(const size_t *count) { return count[1] == 0 ? 1 : count[2] == 0 ? 2 : 3; }

static void check_found(const lf_grid *g, size_t d, const size_t *count, size_t n, const double *x)
{
  assert_int_equal(g->d, d);
  for (size_t j = 0; j < d; j++) {
    assert_int_equal(g->count[j], count[j]);
    assert_true(g->step[j] > 0);
  }
  for (size_t i = 0; i < n; i++) {
    size_t position[LF_GRID_DIMS];
    lf_grid_position(g, i, position);
    for (size_t j = 0; j < d; j++) /* a few roundings of numbers of x's size */
      assert_near(g->first[j] + (double)position[j] * g->step[j], x[i * d + j], 4 * 2.2e-16 * 1001);
  }
}

static void ordered_grids(void **state)
{
  (void)state;
  static double x[MOST * LF_GRID_DIMS];
  for (size_t k = 0; k < sizeof counts / sizeof counts[0]; k++) {
    lf_grid g;
    size_t d = dims(counts[k]), n = make(d, counts[k], low, high, NULL, x);
    assert_ok(lf_grid_find(&g, n, d, x));
    check_found(&g, d, counts[k], n, x);
    assert_null(g.place); /* in order already */
    lf_grid_free(&g);
  }
}

static void shuffled_grids(void **state)
{
  (void)state;
  static double x[MOST * LF_GRID_DIMS];
  static size_t order[MOST];
  for (size_t k = 0; k < sizeof counts / sizeof counts[0]; k++) {
    lf_grid g;
    size_t d = dims(counts[k]), n = 1;
    for (size_t j = 0; j < d; j++) n *= counts[k][j];
    assert_ok(lf_random_permutation(5 + k, LF_PURPOSE_TEST, 0, n, order));
    make(d, counts[k], low, high, order, x);
    assert_ok(lf_grid_find(&g, n, d, x));
    check_found(&g, d, counts[k], n, x);
    for (size_t i = 0; i < n; i++) assert_int_equal(g.place ? g.place[i] : i, order[i]);
    lf_grid_free(&g);
  }
}

/* numpy.meshgrid's other order: first axis fastest. */
static void transposed_meshgrid(void **state)
{
  (void)state;
  double x[12][2];
  lf_grid g;
  for (size_t i = 0; i < 12; i++) {
    size_t row = i % 3, column = i / 3;
    x[i][0] = (double)row, x[i][1] = 10 + 2 * (double)column;
  }
  assert_ok(lf_grid_find(&g, 12, 2, x[0]));
  assert_true(g.d == 2 && g.count[0] == 3 && g.count[1] == 4);
  assert_true(g.first[1] == 10 && g.step[1] == 2);
  for (size_t i = 0; i < 12; i++) assert_int_equal(g.place[i], (i % 3) * 4 + i / 3);
  lf_grid_free(&g);
}

static void repeated_coordinates_may_differ_by_rounding(void **state)
{
  (void)state;
  double x[30][2];
  lf_grid g;
  for (size_t i = 0; i < 30; i++) {
    size_t row = i / 6, column = i % 6;
    x[i][0] = (double)row + 1e-9 * (double)column, x[i][1] = (double)column + 1e-9 * (double)row;
  }
  assert_ok(lf_grid_find(&g, 30, 2, x[0]));
  assert_true(g.d == 2 && g.count[0] == 5 && g.count[1] == 6);
  lf_grid_free(&g);
}

static void descending_samples(void **state)
{
  (void)state;
  const double x[] = {4, 3, 2, 1};
  lf_grid g;
  assert_ok(lf_grid_find(&g, 4, 1, x));
  assert_true(g.d == 1 && g.first[0] == 1 && g.step[0] == 1 && g.place[0] == 3 && g.place[3] == 0);
  lf_grid_free(&g);
}

static void float_files_are_even(void **state)
{
  (void)state;
  static double x[4096];
  lf_grid g;
  for (size_t i = 0; i < 4096; i++) x[i] = (double)(float)(-10 + 20 * (double)i / 4095);
  assert_ok(lf_grid_find(&g, 4096, 1, x));
  assert_int_equal(g.d, 1);
  assert_int_equal(g.count[0], 4096);
  lf_grid_free(&g);
}

static void scattered(size_t n, size_t d, const double *x)
{
  lf_grid g = {.d = 7};
  assert_ok(lf_grid_find(&g, n, d, x));
  assert_int_equal(g.d, 0);
  assert_null(g.place);
}

static void what_is_no_grid(void **state)
{
  (void)state;
  static double x[MOST * 4];
  scattered(5, 1, (const double[]){0, 1, 2, 3, 4.01});       /* the last is off */
  scattered(5, 1, (const double[]){0, 1, 2, 3, 5});          /* a gap */
  scattered(5, 1, (const double[]){0, 1, 2, 3, 3});          /* a repeat */
  scattered(3, 1, (const double[]){2, 2, 2});                /* one place, three samples */
  scattered(3, 1, (const double[]){0, 1, 2.0001});           /* 1e-4 of a step off: more than a float's rounding */
  scattered(2, 1, (const double[]){-1.7e308, 1.7e308});      /* a step beyond double */
  scattered(3, 2, (const double[]){0, 0, 0, 1, 1, 0});       /* a corner missing */
  scattered(4, 2, (const double[]){0, 0, 0, 1, 1, 0, 1, 0}); /* one twice, one missing */
  lf_sample_uniform(100, 2, (const double[]){0, 0}, (const double[]){1, 1}, 1, x);
  scattered(100, 2, x);
  const size_t count[] = {2, 2, 2, 2};
  const double zero[4] = {0}, one[] = {1, 1, 1, 1};
  lf_sample_grid(4, count, zero, one, x);
  scattered(16, 4, x); /* grids have three dimensions at most */
}

static void rounding_of_the_last_digit_is_forgiven(void **state)
{
  (void)state;
  lf_grid g;
  const double x[] = {0, 1 + 5e-7, 2, 3 - 5e-7, 4};
  assert_ok(lf_grid_find(&g, 5, 1, x));
  assert_int_equal(g.d, 1);
  lf_grid_free(&g);
}

static void every_allocation_may_fail(void **state)
{
  (void)state;
  const double x[] = {1, 0, 2};
  long k = 0;
  for (bool done = false; !done; k++) {
    lf_grid g;
    lf_alloc_fail_after(k);
    lf_status st = lf_grid_find(&g, 3, 1, x);
    lf_alloc_fail_after(-1);
    done = st == LF_OK;
    if (!done) assert_int_equal(st, LF_ENOMEM);
    if (!done) assert_int_equal(g.d, 0);
    lf_grid_free(&g);
    assert_int_equal(lf_alloc_live(), 0);
  }
  assert_true(k > 2);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(ordered_grids),
      cmocka_unit_test(shuffled_grids),
      cmocka_unit_test(transposed_meshgrid),
      cmocka_unit_test(repeated_coordinates_may_differ_by_rounding),
      cmocka_unit_test(descending_samples),
      cmocka_unit_test(float_files_are_even),
      cmocka_unit_test(what_is_no_grid),
      cmocka_unit_test(rounding_of_the_last_digit_is_forgiven),
      cmocka_unit_test(every_allocation_may_fail),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
