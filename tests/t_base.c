/* t_base.c — status texts, the allocator door, random streams against known answers, the pool. */
#include <stdatomic.h>
#include <time.h>
#include "base/cpu.h"
#include "base/pool.h"
#include "check.h"
#include "lowfirst/log.h"
#include "lowfirst/random.h"
#include "lowfirst/system.h"

static void every_status_has_a_text(void **state)
{
  (void)state;
#define LF_X(name, value, text) assert_string_equal(lf_status_text(name), text);
  LF_STATUS_LIST(LF_X)
#undef LF_X
  assert_string_equal(lf_status_text((lf_status)99), "unknown status");
}

static void errors_keep_their_detail(void **state)
{
  (void)state;
  assert_int_equal(LF_FAIL(LF_EARG, "n = %d must be >= 1", 0), LF_EARG);
  assert_string_equal(lf_last_error(), "n = 0 must be >= 1");
  assert_int_equal(lf_fail_prefix(LF_EIO, "a.csv:%d", 3), LF_EIO);
  assert_string_equal(lf_last_error(), "a.csv:3: n = 0 must be >= 1");
}

static void allocation_overflow_is_refused(void **state)
{
  (void)state;
  double *p = NULL;
  assert_refused(lf_calloc(&p, SIZE_MAX / 4, 8), LF_ENOMEM, "more than can be addressed");
  assert_null(p);
  assert_ok(lf_calloc(&p, 0, 8));
  assert_int_equal((uintptr_t)p % 64, 0);
  lf_free(p);
}

static void injected_failure_leaves_the_array_untouched(void **state)
{
  (void)state;
  double *p = NULL;
  assert_ok(lf_calloc(&p, 3, sizeof *p));
  p[2] = 7;
  lf_alloc_fail_after(0);
  assert_int_equal(lf_grow(&p, 3, 6, sizeof *p), LF_ENOMEM);
  lf_alloc_fail_after(-1);
  assert_true(p[2] == 7);
  assert_ok(lf_grow(&p, 3, 6, sizeof *p));
  assert_true(p[2] == 7 && p[5] == 0);
  lf_free(p);
  assert_int_equal(lf_alloc_live(), 0);
}

static void philox_known_answers(void **state) /* Random123, kat_vectors, philox4x32 10 */
{
  (void)state;
  static const uint32_t row[3][10] = {{0, 0, 0, 0, 0, 0, 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8},
                                      {0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff,
                                       0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd},
                                      {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0,
                                       0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}};
  for (int i = 0; i < 3; i++) {
    uint32_t out[4];
    lf_philox4x32(row[i], row[i] + 4, out);
    assert_memory_equal(out, row[i] + 6, sizeof out);
  }
}

static void random_moments(void **state) /* 2e5 draws: mean and variance within 5 standard errors */
{
  (void)state;
  enum { N = 200000 };
  double mean = 0, square = 0, fourth = 0, flat = 0;
  for (uint64_t i = 0; i < N; i++) {
    double z = lf_random_normal(7, LF_PURPOSE_TEST, i), u = lf_random_uniform(7, LF_PURPOSE_TEST, i);
    assert_true(u > 0 && u < 1);
    mean += z / N, square += z * z / N, fourth += z * z * z * z / N, flat += u / N;
  }
  assert_near(mean, 0, 5 / sqrt(N));
  assert_near(square, 1, 5 * sqrt(2.0 / N));
  assert_near(fourth, 3, 5 * sqrt(96.0 / N));
  assert_near(flat, 0.5, 5 / sqrt(12.0 * N));
}

static void permutation_is_one(void **state)
{
  (void)state;
  size_t p[100], seen[100] = {0};
  assert_ok(lf_random_permutation(3, LF_PURPOSE_TEST, 0, 100, p));
  for (int i = 0; i < 100; i++) seen[p[i]]++;
  for (int i = 0; i < 100; i++) assert_int_equal(seen[i], 1);
}

static void count_task(void *user, size_t task, size_t thread)
{
  atomic_size_t *sum = user;
  (void)thread;
  atomic_fetch_add(sum, task + 1);
}

static void pool_runs_every_task_once(void **state)
{
  (void)state;
  for (size_t threads = 1; threads <= 4; threads++) {
    lf_pool *pool = NULL;
    assert_ok(lf_pool_create(&pool, threads));
    for (size_t run = 0; run < 3000; run++) {
      atomic_size_t sum = 0;
      lf_pool_run(pool, run % 17, count_task, &sum);
      assert_int_equal(sum, (run % 17) * (run % 17 + 1) / 2);
    }
    lf_pool_destroy(pool);
  }
  assert_refused(lf_pool_create(&(lf_pool *){NULL}, 0), LF_EARG, "1..4096");
  assert_int_equal(lf_alloc_live(), 0);
}

static void rest(void)
{
  const struct timespec longer_than_any_spin = {.tv_nsec = 3000000};
  (void)nanosleep(&longer_than_any_spin, NULL);
}

/* Two tasks wait until both have begun, which takes two threads; the worker's then goes on for a while. */
static void meet(void *user, size_t task, size_t thread)
{
  atomic_size_t *here = user;
  (void)task;
  atomic_fetch_add(here, 1);
  while (atomic_load(here) < 2) continue;
  if (thread > 0) rest();
}

/* A worker that sleeps is woken for a run, and the caller that sleeps at its end: a lost wake-up would hang here. */
static void pool_wakes_who_sleeps(void **state)
{
  (void)state;
  lf_pool *pool = NULL;
  assert_ok(lf_pool_create(&pool, 2));
  for (int run = 0; run < 10; run++) {
    atomic_size_t here = 0;
    rest();
    lf_pool_run(pool, 2, meet, &here);
    assert_int_equal(here, 2);
  }
  lf_pool_destroy(pool);
}

static void nearest_word(void **state)
{
  (void)state;
  const char *word[] = {"relu", "tanh", "sigmoid"};
  assert_string_equal(lf_nearest("tanhh", 3, word), "tanh");
  assert_null(lf_nearest("x", 0, word));
}

static void keep_line(void *user, lf_log_level level, const char *line)
{
  (void)snprintf(user, 64, "%d %s", (int)level, line);
}

static void log_hook_hears(void **state)
{
  (void)state;
  char heard[64] = "";
  lf_log_set(keep_line, heard);
  lf_log_warn("n = %d", 3);
  assert_string_equal(heard, "1 n = 3");
  lf_log_set(NULL, NULL);
  lf_log_info("nobody hears this");
  assert_string_equal(heard, "1 n = 3");
}

static void system_speaks(void **state)
{
  (void)state;
  assert_true(lf_cpu_count() >= 1);
  assert_true(strlen(lf_cpu_name()) > 0);
  assert_true(lf_isa_available(lf_isa_chosen()));
  assert_string_equal(lf_isa(), lf_isa_name(lf_isa_chosen()));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_status_has_a_text),
      cmocka_unit_test(errors_keep_their_detail),
      cmocka_unit_test(allocation_overflow_is_refused),
      cmocka_unit_test(injected_failure_leaves_the_array_untouched),
      cmocka_unit_test(philox_known_answers),
      cmocka_unit_test(random_moments),
      cmocka_unit_test(permutation_is_one),
      cmocka_unit_test(pool_runs_every_task_once),
      cmocka_unit_test(pool_wakes_who_sleeps),
      cmocka_unit_test(nearest_word),
      cmocka_unit_test(log_hook_hears),
      cmocka_unit_test(system_speaks),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
