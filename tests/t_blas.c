/* t_blas.c — OpenBLAS is opened on the kernels of this processor whatever it would have guessed; products and factorisations. */
#include <dlfcn.h>
#include <float.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/cpu.h"
#include "check.h"
#include "linalg/blas.h"
#include "lowfirst/log.h"
#include "lowfirst/system.h"

static char heard[1024];

static void keep_line(void *user, lf_log_level level, const char *line)
{
  (void)user;
  (void)level;
  (void)snprintf(heard, sizeof heard, "%s", line);
}

/* The library is opened once per process, so every circumstance gets a process of its own. 0: as expected. */
static int in_a_child(int (*body)(void))
{
  int status = -1;
  pid_t child = fork();
  if (child == 0) {
    unsetenv("OPENBLAS_CORETYPE");
    unsetenv("LF_BLAS");
    lf_log_set(keep_line, NULL);
    _exit(body());
  }
  assert_true(child > 0);
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_true(WIFEXITED(status));
  return WEXITSTATUS(status);
}

static int wide(const char *core) { return strcmp(core, "Haswell") == 0 || strcmp(core, "SkylakeX") == 0; }

static int alone(void)
{
  if (!wide(lf_blas_core()) || heard[0]) return 1;
  if (getenv("OPENBLAS_CORETYPE")) return 2; /* put back as it was: unset */
  return strncmp(lf_blas_name(), "OpenBLAS ", 9) == 0 && strstr(lf_blas_name(), lf_blas_core()) ? 0 : 3;
}

static int threads_asked_for(void)
{
  setenv("OPENBLAS_NUM_THREADS", "7", 1);
  if (!wide(lf_blas_core())) return 1;
  const char *asked = getenv("OPENBLAS_NUM_THREADS");
  if (!asked || strcmp(asked, "7") != 0) return 2; /* put back as it was */
  void *library = dlopen("libopenblas.so.0", RTLD_NOW | RTLD_NOLOAD), *symbol;
  int (*threads)(void) = NULL;
  if (!library || !(symbol = dlsym(library, "openblas_get_num_threads"))) return 3;
  memcpy(&threads, &symbol, sizeof threads);
  return threads() == 1 ? 0 : 4;
}

static int chosen_by_user(void)
{
  setenv("OPENBLAS_CORETYPE", "Prescott", 1);
  if (strcmp(lf_blas_core(), "Prescott") != 0) return 1;
  return strstr(heard, "Prescott") && strstr(heard, "unset it") ? 0 : 2;
}

static int loaded_by_the_host(void)
{
  setenv("OPENBLAS_CORETYPE", "Prescott", 1);
  if (!dlopen("libopenblas.so.0", RTLD_NOW | RTLD_LOCAL)) return 1;
  unsetenv("OPENBLAS_CORETYPE");
  if (strcmp(lf_blas_core(), "Prescott") != 0) return 2;
  return strstr(heard, "was loaded before") ? 0 : 3;
}

static int missing(void)
{
  const lf_blas *blas = NULL;
  setenv("LF_BLAS", "libno-such-library.so.9", 1);
  if (lf_blas_get(&blas) != LF_EUNSUP || blas) return 1;
  if (!strstr(lf_last_error(), "libno-such-library") || !strstr(lf_last_error(), "package libopenblas0")) return 2;
  return strcmp(lf_blas_name(), "none") == 0 && strcmp(lf_blas_core(), "") == 0 ? 0 : 3;
}

static int another_library(void) /* a library without the symbols is refused, naming one */
{
  const lf_blas *blas = NULL;
  setenv("LF_BLAS", "libm.so.6", 1);
  return lf_blas_get(&blas) == LF_EUNSUP && strstr(lf_last_error(), "lacks openblas_get_corename") ? 0 : 1;
}

static void core_suits_the_processor(void **state)
{
  (void)state;
  if (!lf_isa_available(LF_ISA_AVX2)) skip();
  assert_int_equal(in_a_child(alone), 0);
  assert_int_equal(in_a_child(threads_asked_for), 0);
}

static void slow_core_is_told(void **state)
{
  (void)state;
  if (!lf_isa_available(LF_ISA_AVX2)) skip();
  assert_int_equal(in_a_child(chosen_by_user), 0);
  assert_int_equal(in_a_child(loaded_by_the_host), 0);
}

static void absence_is_told(void **state)
{
  (void)state;
  assert_int_equal(in_a_child(missing), 0);
  assert_int_equal(in_a_child(another_library), 0);
}

static double entry(size_t i, size_t j) { return sin(1 + 3.7 * (double)i + 11.3 * (double)j); }

static void product(void **state) /* against the definition; |error| <= k eps sum |a||b| <= k^2 eps */
{
  (void)state;
  enum { M = 37, N = 29, K = 53 };
  double a[M * K], b[K * N], c[M * N];
  float af[M * K], bf[K * N], cf[M * N];
  const lf_blas *blas;
  assert_ok(lf_blas_get(&blas));
  for (size_t i = 0; i < (size_t)M * K; i++) af[i] = (float)(a[i] = (float)entry(i, 1));
  for (size_t i = 0; i < (size_t)K * N; i++) bf[i] = (float)(b[i] = (float)entry(i, 2));
  blas->dgemm(LF_BLAS_ROW_MAJOR, LF_BLAS_PLAIN, LF_BLAS_PLAIN, M, N, K, 2, a, K, b, N, 0, c, N);
  blas->sgemm(LF_BLAS_ROW_MAJOR, LF_BLAS_PLAIN, LF_BLAS_PLAIN, M, N, K, 2, af, K, bf, N, 0, cf, N);
  for (size_t i = 0; i < M; i++)
    for (size_t j = 0; j < N; j++) {
      double want = 0;
      for (size_t k = 0; k < K; k++) want += 2 * a[i * K + k] * b[k * N + j];
      assert_near(c[i * N + j], want, 2.0 * K * K * DBL_EPSILON);
      assert_near((double)cf[i * N + j], want, 2.0 * K * K * (double)FLT_EPSILON);
    }
}

static void eigenvalues(void **state) /* second differences: 2 - 2 cos(pi k / (n+1)) */
{
  (void)state;
  enum { N = 24, WORK = 1 + 6 * N + 2 * N * N, INTS = 3 + 5 * N };
  double a[N * N] = {0}, w[N], work[WORK];
  int n = N, lwork = WORK, liwork = INTS, info, iwork[INTS];
  const lf_blas *blas;
  assert_ok(lf_blas_get(&blas));
  for (size_t i = 0; i < N; i++) {
    a[i * N + i] = 2;
    if (i + 1 < N) a[i * N + i + 1] = a[(i + 1) * N + i] = -1;
  }
  blas->dsyevd("V", "L", &n, a, &n, w, work, &lwork, iwork, &liwork, &info, 1, 1);
  assert_int_equal(info, 0);
  for (size_t k = 0; k < N; k++)
    assert_near(w[k], 2 - 2 * cos(3.14159265358979324 * (double)(k + 1) / (N + 1)), 4 * N * DBL_EPSILON);
}

static void least_squares_and_singular_values(void **state) /* A = [3 0; 0 4; 0 0] in column-major order */
{
  (void)state;
  double a[6] = {3, 0, 0, 0, 4, 0}, again[6] = {3, 0, 0, 0, 4, 0}, b[3] = {6, 2, 9}, s[2], u[1], vt[1], rcond = -1,
         work[2048];
  int m = 3, n = 2, one = 1, lwork = 2048, rank, info, iwork[128];
  const lf_blas *blas;
  assert_ok(lf_blas_get(&blas));
  blas->dgelsd(&m, &n, &one, a, &m, b, &m, s, &rcond, &rank, work, &lwork, iwork, &info);
  assert_int_equal(info, 0);
  assert_int_equal(rank, 2);
  assert_near(b[0], 2, 16 * DBL_EPSILON);
  assert_near(b[1], 0.5, 16 * DBL_EPSILON);
  blas->dgesvd("N", "N", &m, &n, again, &m, s, u, &one, vt, &one, work, &lwork, &info, 1, 1);
  assert_int_equal(info, 0);
  assert_near(s[0], 4, 16 * DBL_EPSILON);
  assert_near(s[1], 3, 16 * DBL_EPSILON);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(core_suits_the_processor), /* the children come first: this process must not have opened it */
      cmocka_unit_test(slow_core_is_told),
      cmocka_unit_test(absence_is_told),
      cmocka_unit_test(product),
      cmocka_unit_test(eigenvalues),
      cmocka_unit_test(least_squares_and_singular_values),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
