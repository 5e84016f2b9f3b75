/* t_fft.c — the grid transform against its definition, Parseval, threads, refusals, memory failure. */
#include <float.h>
#include <pthread.h>
#include "check.h"
#include "fourier/fft.h"
#include "lowfirst/random.h"

static const double TWO_PI = 6.283185307179586477;

typedef struct grid {
  size_t d, count[3], total, half; /* half: bins along the last axis */
  double *values, *hat;
} grid;

static grid make(size_t d, size_t a, size_t b, size_t c)
{
  grid g = {.d = d, .count = {a, b, c}, .total = 1};
  for (size_t i = 0; i < d; i++) g.total *= g.count[i];
  g.half = g.count[d - 1] / 2 + 1;
  assert_ok(lf_calloc(&g.values, g.total, sizeof *g.values));
  assert_ok(lf_calloc(&g.hat, g.total / g.count[d - 1] * g.half, 2 * sizeof *g.hat));
  for (size_t i = 0; i < g.total; i++) g.values[i] = lf_random_normal(1, LF_PURPOSE_TEST, i);
  return g;
}

static void drop(grid *g)
{
  lf_free(g->values);
  lf_free(g->hat);
}

/* Position i of a row-major array, as one index per axis. */
static void unravel(size_t i, size_t d, const size_t *count, size_t *index)
{
  for (size_t a = d; a-- > 0; i /= count[a]) index[a] = i % count[a];
}

static void by_definition(grid *g) /* error of n random values: n eps, some sigma wide */
{
  size_t bins = g->total / g->count[g->d - 1] * g->half, shape[3], k[3], j[3];
  for (size_t a = 0; a < g->d; a++) shape[a] = a + 1 < g->d ? g->count[a] : g->half;
  for (size_t b = 0; b < bins; b++) {
    double re = 0, im = 0;
    unravel(b, g->d, shape, k);
    for (size_t i = 0; i < g->total; i++) {
      double cycles = 0;
      unravel(i, g->d, g->count, j);
      for (size_t a = 0; a < g->d; a++) cycles += (double)(k[a] * j[a] % g->count[a]) / (double)g->count[a];
      re += g->values[i] * cos(TWO_PI * cycles);
      im -= g->values[i] * sin(TWO_PI * cycles);
    }
    assert_near(g->hat[2 * b], re, 8 * (double)g->total * DBL_EPSILON);
    assert_near(g->hat[2 * b + 1], im, 8 * (double)g->total * DBL_EPSILON);
  }
}

static void definition(void **state) /* primes, powers, a single sample; one to three axes */
{
  (void)state;
  static const size_t shape[][4] = {{1, 1, 0, 0},  {1, 2, 0, 0}, {1, 37, 0, 0}, {1, 64, 0, 0}, {1, 101, 0, 0},
                                    {2, 7, 12, 0}, {2, 8, 5, 0}, {2, 1, 6, 0},  {3, 4, 3, 5},  {3, 2, 6, 4}};
  for (size_t s = 0; s < sizeof shape / sizeof *shape; s++) {
    grid g = make(shape[s][0], shape[s][1], shape[s][2], shape[s][3]);
    lf_fft *p = NULL;
    assert_ok(lf_fft_create(&p, g.d, g.count));
    assert_int_equal(lf_fft_bins(p), g.total / g.count[g.d - 1] * g.half);
    lf_fft_run(p, g.values, g.hat);
    for (size_t i = 0; i < g.total; i++) assert_true(g.values[i] == lf_random_normal(1, LF_PURPOSE_TEST, i));
    by_definition(&g);
    lf_fft_destroy(p);
    drop(&g);
  }
}

static void parseval(void **state) /* n sum |y|^2 = sum |hat|^2 over both halves */
{
  (void)state;
  grid g = make(1, 599, 0, 0);
  lf_fft *p = NULL;
  double left = 0, right = 0;
  assert_ok(lf_fft_create(&p, 1, g.count));
  lf_fft_run(p, g.values, g.hat);
  for (size_t i = 0; i < g.total; i++) left += g.values[i] * g.values[i] * (double)g.total;
  for (size_t k = 0; k < g.half; k++)
    right += (k == 0 ? 1 : 2) * (g.hat[2 * k] * g.hat[2 * k] + g.hat[2 * k + 1] * g.hat[2 * k + 1]);
  assert_near(right / left, 1, 599 * DBL_EPSILON);
  lf_fft_destroy(p);
  drop(&g);
}

static void *plan_and_run(void *arg)
{
  grid *g = arg;
  for (size_t n = 2; n < 60; n++) {
    lf_fft *p = NULL;
    if (lf_fft_create(&p, 1, &n) != LF_OK) return g;
    lf_fft_run(p, g->values, g->hat);
    lf_fft_destroy(p);
  }
  return NULL;
}

static void threads_may_plan(void **state)
{
  (void)state;
  grid g[4];
  pthread_t thread[4];
  for (size_t i = 0; i < 4; i++) {
    g[i] = make(1, 60, 0, 0);
    assert_int_equal(pthread_create(&thread[i], NULL, plan_and_run, &g[i]), 0);
  }
  for (size_t i = 0; i < 4; i++) {
    void *failed;
    assert_int_equal(pthread_join(thread[i], &failed), 0);
    assert_null(failed);
    assert_memory_equal(g[i].hat, g[0].hat, 60 * sizeof(double)); /* the same bits for all */
  }
  for (size_t i = 0; i < 4; i++) drop(&g[i]);
}

static void refusals(void **state)
{
  (void)state;
  lf_fft *p = NULL;
  assert_refused(lf_fft_create(&p, 4, (size_t[]){2, 2, 2, 2}), LF_EARG, "1 to 3 axes, not 4");
  assert_refused(lf_fft_create(&p, 0, (size_t[]){2}), LF_EARG, "not 0");
  assert_refused(lf_fft_create(&p, 2, (size_t[]){2, 0}), LF_EARG, "axis 2 has 0");
  assert_refused(lf_fft_create(&p, 1, (size_t[]){(size_t)1 << 31}), LF_EARG, "axis 1 has 2147483648");
  assert_refused(lf_fft_create(&p, 3, (size_t[]){1u << 30, 1u << 30, 1u << 30}), LF_ENOMEM, "addressed");
  lf_fft_destroy(NULL);
}

static void memory_failure(void **state)
{
  (void)state;
  size_t n = 12;
  for (long i = 0;; i++) {
    lf_fft *p = NULL;
    lf_alloc_fail_after(i);
    lf_status st = lf_fft_create(&p, 1, &n);
    lf_alloc_fail_after(-1);
    if (st == LF_OK) {
      assert_int_equal(i, 3);
      lf_fft_destroy(p);
      break;
    }
    assert_true(st == LF_ENOMEM && p == NULL);
    assert_int_equal(lf_alloc_live(), 0);
  }
  assert_int_equal(lf_alloc_live(), 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(definition), cmocka_unit_test(parseval),       cmocka_unit_test(threads_may_plan),
      cmocka_unit_test(refusals),   cmocka_unit_test(memory_failure),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
