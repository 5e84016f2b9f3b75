/* t_kernel_file.c — kernels written tile by tile: the bytes of a kernel from memory, whatever the tiles; and nothing left behind by what fails. */
#include <float.h>
#include <glob.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include "check.h"
#include "lowfirst/files.h"
#include "lowfirst/kernel.h"
#include "lowfirst/random.h"

#define FILE_NAME "t_kernel_file.npy"
enum { N = 300, M = 150, D = 2 };
static double x[N * D], z[M * D];

static void set_points(void)
{
  for (size_t i = 0; i < N * D; i++) x[i] = lf_random_normal(1, LF_PURPOSE_NOISE, i);
  for (size_t i = 0; i < M * D; i++) z[i] = lf_random_normal(2, LF_PURPOSE_NOISE, i);
}

/* Nothing of this test's is in the folder: neither the file nor a temporary one beside it. */
static void nothing_is_there(void)
{
  glob_t found = {0};
  assert_int_equal(glob(FILE_NAME "*", 0, NULL, &found), GLOB_NOMATCH);
  globfree(&found);
}

static lf_kernel *kernel_of(const char *layers, const char *act, const char *features, lf_kernel_kind kind)
{
  lf_kernel *k = NULL;
  lf_net *net = NULL;
  lf_model m = lf_model_default();
  assert_ok(lf_model_layers(&m, layers));
  assert_ok(lf_model_activation(&m, act));
  assert_ok(lf_model_features(&m, features));
  assert_ok(lf_model_scaling(&m, "ntk"));
  assert_ok(lf_model_complete(&m, m.width[0], m.width[m.n_widths - 1]));
  if (kind == LF_EMPIRICAL) {
    assert_ok(lf_net_create(&net, &m, LF_F64, 1));
    assert_ok(lf_kernel_empirical(&k, net));
    lf_net_destroy(net);
  } else {
    assert_ok(lf_kernel_limit(&k, &m, kind));
  }
  return k;
}

/* The least memory that is not refused. */
static double least_memory(const lf_kernel *k, bool symmetric)
{
  lf_kernel_file_plan plan;
  assert_refused(lf_kernel_file_look(&plan, FILE_NAME, k, N, M, symmetric, 1), LF_ENOMEM, "even tile by tile");
  return plan.memory;
}

static void same_bytes(const lf_kernel *k, const double *columns, double memory)
{
  size_t rows = lf_kernel_rows(k, N), width = lf_kernel_rows(k, columns ? M : N);
  double *want = calloc(rows * width, sizeof *want);
  const lf_kernel_file_options o = {.memory = memory, .threads = 2};
  lf_array got = {0};
  assert_ok(columns ? lf_kernel_evaluate(k, N, x, M, columns, 1, want) : lf_kernel_gram(k, N, x, 1, want));
  assert_ok(lf_kernel_write(FILE_NAME, k, N, x, M, columns, &o));
  assert_ok(lf_npy_read(&got, FILE_NAME));
  assert_true(got.dtype == LF_F64 && got.ndim == 2 && got.shape[0] == rows && got.shape[1] == width);
  assert_memory_equal(got.data, want, rows * width * sizeof *want);
  lf_array_free(&got);
  free(want);
}

static void has_the_bytes_of_memory(void **state)
{
  (void)state;
  static const struct {
    const char *layers, *act, *features;
    lf_kernel_kind kind;
  } of[] = {{"2-50-50-1", "relu", "none", LF_NTK},           {"2-50-50-1", "tanh", "siren:3:50", LF_NTK},
            {"2-50-1", "gelu", "multiscale-2:1,3", LF_NNGP}, {"2-9-1", "erf", "fourier:gauss:1:20", LF_NTK},
            {"2-7-6-3", "tanh", "none", LF_EMPIRICAL},       {"2-6-2", "sin:2", "multiscale:1,3", LF_EMPIRICAL}};
  set_points();
  for (size_t i = 0; i < sizeof of / sizeof *of; i++) {
    lf_kernel *k = kernel_of(of[i].layers, of[i].act, of[i].features, of[i].kind);
    for (int rectangle = 0; rectangle < 2; rectangle++) {
      if (i == 0) same_bytes(k, rectangle ? z : NULL, 0); /* one tile */
      same_bytes(k, rectangle ? z : NULL, (of[i].kind == LF_EMPIRICAL ? 4 : 1) * least_memory(k, !rectangle));
    }
    lf_kernel_destroy(k);
  }
  assert_int_equal(unlink(FILE_NAME), 0);
  nothing_is_there();
}

/* Tiles of a limit kernel are 128 points, those of a finite net as small as memory says. */
static void tiles_follow_memory(void **state)
{
  (void)state;
  lf_kernel_file_plan plan, half = {0};
  lf_kernel *limit = kernel_of("2-50-50-1", "relu", "none", LF_NTK);
  lf_kernel *finite = kernel_of("2-7-6-3", "tanh", "none", LF_EMPIRICAL);
  assert_ok(lf_kernel_file_look(&plan, FILE_NAME, limit, N, 0, true, 0));
  assert_true(plan.points >= N && plan.disk == 8.0 * N * N && plan.room > 0);
  assert_ok(lf_kernel_file_look(&plan, FILE_NAME, limit, N, 0, true, least_memory(limit, true)));
  assert_int_equal(plan.points, 128);
  assert_ok(lf_kernel_file_look(&plan, FILE_NAME, finite, N, M, false, 0));
  assert_true(plan.disk == 8.0 * 9 * N * M);
  for (int halvings = 0; ldexp(plan.memory, -halvings) > 2 * least_memory(finite, false); halvings++) {
    double memory = ldexp(plan.memory, -halvings);
    assert_ok(lf_kernel_file_look(&half, FILE_NAME, finite, N, M, false, memory));
    assert_true(half.memory <= memory && half.points <= plan.points);
  }
  assert_true(half.points > 0 && half.points < 64);
  lf_kernel_destroy(limit);
  lf_kernel_destroy(finite);
}

typedef struct witness {
  double last, end_at;
  size_t calls;
} witness;

static int see(void *user, double done, double total)
{
  witness *w = user;
  assert_true(done > w->last && done <= total && total == (double)N * N);
  w->last = done;
  w->calls++;
  return done >= w->end_at * total;
}

static void is_watched_and_ended(void **state)
{
  (void)state;
  lf_kernel *k = kernel_of("2-50-50-1", "relu", "none", LF_NTK);
  witness w = {.end_at = 2};
  lf_kernel_file_options o = {.memory = least_memory(k, true), .watch = see, .user = &w};
  set_points();
  assert_ok(lf_kernel_write(FILE_NAME, k, N, x, 0, NULL, &o));
  assert_true(w.last == (double)N * N && w.calls == 6); /* 3 tiles on the diagonal, 3 above it */
  assert_int_equal(unlink(FILE_NAME), 0);
  w = (witness){.end_at = 0.5};
  assert_refused(lf_kernel_write(FILE_NAME, k, N, x, 0, NULL, &o), LF_EIO, FILE_NAME ": ended at");
  assert_true(w.last < (double)N * N);
  nothing_is_there();
  lf_kernel_destroy(k);
}

static void refuses(void **state)
{
  (void)state;
  lf_kernel *k = kernel_of("2-50-50-1", "relu", "none", LF_NTK);
  lf_kernel_file_options o = {.memory = least_memory(k, true)};
  lf_kernel_file_plan plan;
  set_points();
  x[2 * 290 + 1] = NAN;
  assert_refused(lf_kernel_write(FILE_NAME, k, N, x, 0, NULL, &o), LF_EMATH, "x: row 290, column 1 is nan");
  x[2 * 290 + 1] = 1e200; /* finite, but its kernel is not */
  assert_refused(lf_kernel_write(FILE_NAME, k, N, x, 0, NULL, &o), LF_EMATH, "beyond double");
  set_points();
  assert_refused(lf_kernel_write(FILE_NAME, k, 0, x, 0, NULL, &o), LF_EARG, "x has none");
  assert_refused(lf_kernel_write(FILE_NAME, k, N, x, 0, z, &o), LF_EARG, "z has none");
  assert_refused(lf_kernel_write(NULL, k, N, x, 0, NULL, &o), LF_EARG, "NULL");
  assert_refused(lf_kernel_write(FILE_NAME, NULL, N, x, 0, NULL, &o), LF_EARG, "NULL");
  assert_refused(lf_kernel_write("no-such-folder/K.npy", k, N, x, 0, NULL, &o), LF_EIO, "no-such-folder/K.npy");
  o.memory = 1;
  assert_refused(lf_kernel_write(FILE_NAME, k, N, x, 0, NULL, &o), LF_ENOMEM, "even tile by tile");
  assert_refused(lf_kernel_file_look(&plan, FILE_NAME, k, 30000000, 0, true, 1e15), LF_EIO, "disk has room for");
  nothing_is_there();
  lf_kernel_destroy(k);
}

/* The entry that is not finite lies in a tile below and right of the first: it is named as in the whole matrix. */
static void names_an_entry_of_the_whole(void **state)
{
  (void)state;
  lf_kernel *k = kernel_of("2-7-6-1", "relu", "none", LF_EMPIRICAL);
  const lf_kernel_file_options o = {.memory = 8 * least_memory(k, false)};
  set_points();
  z[2 * 140] = 1e200;
  x[2 * 260] = 1e200;
  assert_refused(lf_kernel_write(FILE_NAME, k, N, x, M, z, &o), LF_EMATH, "K[260,140] is");
  nothing_is_there();
  lf_kernel_destroy(k);
}

static void every_allocation_may_fail(void **state)
{
  (void)state;
  static const lf_kernel_kind kind[] = {LF_NTK, LF_EMPIRICAL};
  set_points();
  for (int i = 0; i < 2; i++) {
    lf_kernel *k = kernel_of("2-5-5-1", "relu", "none", kind[i]);
    const lf_kernel_file_options o = {.memory = 0, .threads = 2};
    long live = lf_alloc_live();
    for (long at = 0;; at++) {
      lf_alloc_fail_after(at);
      lf_status st = lf_kernel_write(FILE_NAME, k, 20, x, 10, z, &o);
      lf_alloc_fail_after(-1);
      assert_int_equal(lf_alloc_live(), live);
      if (st == LF_OK) break;
      assert_int_equal(st, LF_ENOMEM);
      nothing_is_there();
      assert_true(at < 1000);
    }
    assert_int_equal(unlink(FILE_NAME), 0);
    lf_kernel_destroy(k);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(has_the_bytes_of_memory),     cmocka_unit_test(tiles_follow_memory),
      cmocka_unit_test(is_watched_and_ended),        cmocka_unit_test(refuses),
      cmocka_unit_test(names_an_entry_of_the_whole), cmocka_unit_test(every_allocation_may_fail),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
