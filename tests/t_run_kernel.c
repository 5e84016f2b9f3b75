/* t_run_kernel.c — lowfirst kernel as a job: what it writes, and that no failing allocation leaves anything behind. tests/cli/t_kernel.sh has the rest. */
#include <stdlib.h>
#include <unistd.h>
#include "check.h"
#include "lowfirst/files.h"
#include "lowfirst/run.h"

#define X_FILE "t_run_kernel_x.npy"
#define K_FILE "t_run_kernel_K.npy"

static void write_points(void)
{
  double x[5] = {-1, -0.5, 0, 0.7, 1};
  lf_array a = {.dtype = LF_F64, .ndim = 1, .shape = {5}, .data = x};
  assert_ok(lf_npy_write(X_FILE, &a));
}

static lf_status carry_out(const char *kind, char **json)
{
  lf_run *run = NULL;
  lf_run_kernel k;
  lf_status st;
  LF_TRY(lf_run_create(&run, LF_COMMAND_KERNEL));
  LF_TRY(lf_run_set(run, "x", X_FILE));
  LF_TRY(lf_run_set(run, "out", K_FILE));
  LF_TRY(lf_run_set(run, "net", "1-6-5-1"));
  LF_TRY(lf_run_set(run, "kind", kind));
  LF_TRY(lf_run_set(run, "threads", "2"));
  LF_TRY(lf_run_write_kernel(run, NULL, NULL, &k));
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
  write_points();
  assert_ok(carry_out("ntk", &json));
  assert_non_null(strstr(json, "\"rows\": 5"));
  assert_non_null(strstr(json, "1-6-5-1 tanh"));
  lf_release(json);
  assert_ok(lf_npy_read(&K, K_FILE));
  assert_true(K.ndim == 2 && K.shape[0] == 5 && K.shape[1] == 5);
  lf_array_free(&K);
  (void)unlink(X_FILE);
  (void)unlink(K_FILE);
}

static void every_allocation_may_fail(void **state)
{
  (void)state;
  const char *kinds[] = {"nngp", "empirical"};
  write_points();
  for (int i = 0; i < 2; i++) {
    long live = lf_alloc_live();
    for (long at = 0;; at++) {
      char *json = NULL;
      (void)unlink(K_FILE);
      lf_alloc_fail_after(at);
      lf_status st = carry_out(kinds[i], &json);
      lf_alloc_fail_after(-1);
      lf_release(json);
      assert_int_equal(lf_alloc_live(), live);
      if (st == LF_OK) break;
      assert_int_equal(st, LF_ENOMEM);
      assert_true(at < 1000);
    }
  }
  (void)unlink(X_FILE);
  (void)unlink(K_FILE);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(writes_what_it_says),
      cmocka_unit_test(every_allocation_may_fail),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
