/* t_run_kernel.c — lowfirst kernel as a job: what it writes, and that no failing allocation leaves anything behind. tests/cli/t_kernel.sh has the rest. */
#include <stdlib.h>
#include <unistd.h>
#include "check.h"
#include "lowfirst/files.h"
#include "lowfirst/run.h"

#define X_FILE "t_run_kernel_x.npy"
#define K_FILE "t_run_kernel_K.npy"

enum { FEW = 5, MANY = 300 };

static void write_points(size_t n)
{
  double x[MANY];
  for (size_t i = 0; i < n; i++) x[i] = sin(1.7 * (double)i);
  lf_array a = {.dtype = LF_F64, .ndim = 1, .shape = {n}, .data = x};
  assert_ok(lf_npy_write(X_FILE, &a));
}

static void clean_up(void)
{
  (void)unlink(X_FILE);
  (void)unlink(K_FILE);
}

static int never_ends(void *user, double done, double total)
{
  *(double *)user = done / total;
  return 0;
}

static lf_status carry_out(const char *kind, const char *memory, bool stopped, char **json)
{
  lf_run *run = NULL;
  lf_run_kernel k;
  double share = 0;
  lf_status st;
  LF_TRY(lf_run_create(&run, LF_COMMAND_KERNEL));
  LF_TRY(lf_run_set(run, "x", X_FILE));
  LF_TRY(lf_run_set(run, "out", K_FILE));
  LF_TRY(lf_run_set(run, "net", "1-6-5-1"));
  LF_TRY(lf_run_set(run, "act", "relu"));
  LF_TRY(lf_run_set(run, "kind", kind));
  LF_TRY(lf_run_set(run, "memory", memory));
  LF_TRY(lf_run_set(run, "threads", "2"));
  if (stopped) lf_run_stop(run);
  LF_TRY(lf_run_write_kernel(run, never_ends, &share, &k));
  assert_true(share == (k.tile ? 1 : 0));
  LF_TRY(lf_run_kernel_json(&k, json));
done:
  lf_run_destroy(run);
  return st;
}

static void writes_what_it_says(void **state)
{
  (void)state;
  char *json = NULL;
  lf_array K = {0};
  write_points(FEW);
  assert_ok(carry_out("ntk", "0", false, &json));
  assert_non_null(strstr(json, "\"rows\": 5"));
  assert_non_null(strstr(json, "\"tile\": 0"));
  assert_non_null(strstr(json, "1-6-5-1 relu"));
  lf_release(json);
  assert_ok(lf_npy_read(&K, K_FILE));
  assert_true(K.ndim == 2 && K.shape[0] == 5 && K.shape[1] == 5);
  lf_array_free(&K);
  clean_up();
}

static const char *const little = "5e-4"; /* GB: less than the matrix of MANY points, more than its tiles */

/* Whether it was in memory or on its way to disk. */
static void ends_when_asked(void **state)
{
  (void)state;
  char *json = NULL;
  write_points(MANY);
  assert_refused(carry_out("ntk", "0", true, &json), LF_EIO, K_FILE ": interrupted; nothing was written");
  assert_refused(carry_out("ntk", little, true, &json), LF_EIO, K_FILE ": ended at");
  assert_int_equal(access(K_FILE, F_OK), -1);
  clean_up();
}

static void every_allocation_may_fail(void **state)
{
  (void)state;
  static const struct {
    const char *kind, *memory;
    size_t points;
  } of[] = {{"nngp", "0", FEW}, {"empirical", "0", FEW}, {"ntk", little, MANY}};
  for (size_t i = 0; i < sizeof of / sizeof *of; i++) {
    long live = lf_alloc_live();
    write_points(of[i].points);
    for (long at = 0;; at++) {
      char *json = NULL;
      (void)unlink(K_FILE);
      lf_alloc_fail_after(at);
      lf_status st = carry_out(of[i].kind, of[i].memory, false, &json);
      lf_alloc_fail_after(-1);
      lf_release(json);
      assert_int_equal(lf_alloc_live(), live);
      if (st == LF_OK) break;
      assert_int_equal(st, LF_ENOMEM);
      assert_true(at < 1000);
    }
  }
  clean_up();
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(writes_what_it_says),
      cmocka_unit_test(ends_when_asked),
      cmocka_unit_test(every_allocation_may_fail),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
