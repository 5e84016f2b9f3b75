/* t_nudft.c — analytic values, properties, the independent reference, refusals, memory failure, agreement of instruction sets. */
#include <float.h>
#include "check.h"
#include "fourier/phase.h"
#include "lowfirst/files.h"
#include "lowfirst/nudft.h"
#include "lowfirst/random.h"

enum { N = 97, M = 11 };
static const double TWO_PI = 6.283185307179586477;

static double uniform(uint64_t index) { return 2 * lf_random_uniform(5, LF_PURPOSE_TEST, index) - 1; }

static void cosine_on_a_grid(void **state) /* cos(2 pi 3 x): 1/2 at 3, 0 elsewhere */
{
  (void)state;
  double x[N], y[N], xi[M], hat[(size_t)2 * M];
  lf_nudft *p = NULL;
  for (int j = 0; j < N; j++) x[j] = (double)j / N, y[j] = cos(TWO_PI * 3 * x[j]);
  for (int k = 0; k < M; k++) xi[k] = k;
  assert_ok(lf_nudft_create(&p, N, 1, x, M, xi, 0));
  lf_nudft_run(p, 1, y, hat);
  for (size_t k = 0; k < M; k++) {
    assert_near(hat[2 * k], k == 3 ? 0.5 : 0.0, (N + 16) * DBL_EPSILON);
    assert_near(hat[2 * k + 1], 0.0, (N + 16) * DBL_EPSILON);
  }
  lf_nudft_destroy(p);
}

static void high_frequency(void **state) /* xi = 2^20 + 1 and 2^45 + 1: the phase is known exactly */
{
  (void)state;
  for (int power = 20; power <= 45; power += 25) {
    double x = 1.0 / 3, y = 1, whole = ldexp(1, power), xi = whole + 1, hat[2];
    double angle = TWO_PI * remainder(remainder(whole * x, 1.0) + x, 1.0); /* whole * x is exact */
    lf_nudft *p = NULL;
    assert_ok(lf_nudft_create(&p, 1, 1, &x, 1, &xi, 0));
    lf_nudft_run(p, 1, &y, hat);
    assert_near(hat[0], cos(angle), 17 * DBL_EPSILON);
    assert_near(hat[1], -sin(angle), 17 * DBL_EPSILON);
    lf_nudft_destroy(p);
  }
}

static void shift(void **state) /* x -> x + a turns c_k into c_k exp(-2 pi i xi.a), in the plane */
{
  (void)state;
  for (uint64_t trial = 0; trial < 20; trial++) {
    double x[2 * N], moved[2 * N], y[N], xi[2], a[2], hat[2], after[2];
    lf_nudft *p = NULL, *q = NULL;
    for (uint64_t i = 0; i < 2; i++) xi[i] = 7 * uniform(1000 * trial + i), a[i] = uniform(1000 * trial + 2 + i);
    for (uint64_t i = 0; i < (uint64_t)2 * N; i++) x[i] = uniform(1000 * trial + 4 + i), moved[i] = x[i] + a[i % 2];
    for (uint64_t j = 0; j < N; j++) y[j] = uniform(1000 * trial + 500 + j);
    assert_ok(lf_nudft_create(&p, N, 2, x, 1, xi, 0));
    assert_ok(lf_nudft_create(&q, N, 2, moved, 1, xi, 0));
    lf_nudft_run(p, 1, y, hat);
    lf_nudft_run(q, 1, y, after);
    double turn = TWO_PI * (xi[0] * a[0] + xi[1] * a[1]), c = cos(turn), s = -sin(turn);
    /* rounding x + a and the angle costs some eps |xi| 2 pi beyond the stated bound */
    assert_near(after[0], hat[0] * c - hat[1] * s, (N + 32 + 100) * DBL_EPSILON);
    assert_near(after[1], hat[0] * s + hat[1] * c, (N + 32 + 100) * DBL_EPSILON);
    lf_nudft_destroy(p);
    lf_nudft_destroy(q);
  }
}

static void against_reference(const lf_npz *z, const char *x, const char *y, const char *xi, const char *c)
{
  const lf_array *ax = lf_npz_get(z, x), *ay = lf_npz_get(z, y), *axi = lf_npz_get(z, xi), *ac = lf_npz_get(z, c);
  if (!ax || !ay || !axi || !ac) {
    fail_msg("nudft.npz lacks one of %s, %s, %s, %s", x, y, xi, c);
    return;
  }
  double hat[2 * 128];
  lf_nudft *p = NULL;
  assert_true(axi->shape[0] <= 128);
  assert_ok(lf_nudft_create(&p, ax->shape[0], ax->ndim == 2 ? ax->shape[1] : 1, ax->data, axi->shape[0], axi->data, 0));
  lf_nudft_run(p, 1, ay->data, hat);
  for (size_t i = 0; i < 2 * axi->shape[0]; i++) assert_near(hat[i], ((const double *)ac->data)[i], 1e-12);
  lf_nudft_destroy(p);
}

static void independent_reference(void **state) /* NumPy, written from the definition */
{
  (void)state;
  lf_npz *z = NULL;
  assert_ok(lf_npz_read(&z, LF_TEST_DATA "/nudft.npz"));
  against_reference(z, "x1", "y1", "xi1", "c1");
  against_reference(z, "x2", "y2", "xi2", "c2");
  lf_npz_destroy(z);
}

static void same_bits_kept_or_computed_anew(void **state) /* several tiles, and any number of right-hand sides */
{
  (void)state;
  enum { LONG = 1234, C = 3 };
  static double x[LONG], y[C * LONG];
  double xi[M], kept[2 * M * C], anew[2 * M * C], single[2 * M];
  lf_nudft *p = NULL, *q = NULL;
  for (uint64_t i = 0; i < LONG; i++) x[i] = uniform(i);
  for (uint64_t i = 0; i < (uint64_t)C * LONG; i++) y[i] = uniform(5000 + i);
  for (uint64_t k = 0; k < M; k++) xi[k] = 30 * uniform(9000 + k);
  assert_ok(lf_nudft_create(&p, LONG, 1, x, M, xi, 0));
  assert_ok(lf_nudft_create(&q, LONG, 1, x, M, xi, 1));
  lf_nudft_run(p, C, y, kept);
  lf_nudft_run(q, C, y, anew);
  assert_memory_equal(kept, anew, sizeof kept);
  for (size_t j = 0; j < C; j++) {
    lf_nudft_run(q, 1, y + j * LONG, single);
    for (size_t k = 0; k < M; k++) assert_memory_equal(single + 2 * k, kept + 2 * (k * C + j), 2 * sizeof(double));
  }
  lf_nudft_destroy(p);
  lf_nudft_destroy(q);
}

static void circle_is_exact(void **state) /* against the C library, over all quarter turns and their edges */
{
  (void)state;
  enum { COUNT = 4096 };
  static double x[COUNT], cosine[COUNT], sine[COUNT];
  const double xi = 1;
  for (size_t i = 0; i < COUNT; i++)
    x[i] = ((double)i - COUNT / 2.0) / (COUNT / 8.0) * (1 + (double)(i % 3) * DBL_EPSILON);
  for (lf_isa_id isa = LF_ISA_REF; isa < LF_ISA_COUNT; isa++) {
    if (!lf_isa_available(isa)) continue;
    lf_phase_kernels_for(isa)->fill(COUNT, 1, COUNT, x, &xi, cosine, sine);
    for (size_t i = 0; i < COUNT; i++) {
      double angle = TWO_PI * remainder(x[i], 1.0);
      assert_near(cosine[i], cos(angle), 2 * DBL_EPSILON);
      assert_near(sine[i], sin(angle), 2 * DBL_EPSILON);
    }
  }
}

static void instruction_sets_agree(void **state) /* every available table against the reference, every tail length */
{
  (void)state;
  enum { COUNT = 104 };
  double x[2 * COUNT], y[COUNT], cosine[COUNT], sine[COUNT], xi[2] = {3.7, -11.3};
  const lf_phase_kernels *reference = lf_phase_kernels_for(LF_ISA_REF);
  for (uint64_t i = 0; i < (uint64_t)2 * COUNT; i++) x[i] = uniform(i);
  for (uint64_t i = 0; i < COUNT; i++) y[i] = uniform(300 + i);
  for (lf_isa_id isa = LF_ISA_AVX2; isa < LF_ISA_COUNT; isa++) {
    if (!lf_isa_available(isa)) continue;
    lf_phase_kernels_for(isa)->fill(COUNT, 2, COUNT, x, xi, cosine, sine);
    for (size_t count = 0; count <= COUNT; count++) {
      double sum[2] = {1, 2}, want[2] = {1, 2}, check = 1;
      lf_phase_kernels_for(isa)->dot(count, cosine, sine, y, sum);
      reference->dot(count, cosine, sine, y, want);
      for (size_t i = 0; i < count; i++) check += cosine[i] * y[i];
      assert_near(sum[0], want[0], 2.0 * COUNT * DBL_EPSILON);
      assert_near(sum[1], want[1], 2.0 * COUNT * DBL_EPSILON);
      assert_near(want[0], check, 2.0 * COUNT * DBL_EPSILON);
    }
  }
}

static void refusals(void **state)
{
  (void)state;
  double x[3] = {0, 1, 2}, bad[3] = {0, 1, NAN}, far[1] = {1e16};
  lf_nudft *p = (lf_nudft *)(void *)x; /* must come back NULL */
  assert_refused(lf_nudft_create(&p, 0, 1, x, 1, x, 0), LF_EARG, "n = 0");
  assert_null(p);
  assert_refused(lf_nudft_create(&p, 3, 1, bad, 1, x, 0), LF_EMATH, "x[2,0]");
  assert_refused(lf_nudft_create(&p, 1, 1, x, 3, bad, 0), LF_EMATH, "xi[2,0]");
  assert_refused(lf_nudft_create(&p, 3, 1, x, 1, far, 0), LF_EARG, "2^50");
  lf_nudft_destroy(NULL);
}

static void memory_failure(void **state)
{
  (void)state;
  double x[N] = {0};
  long live = lf_alloc_live();
  for (long i = 0;; i++) {
    lf_nudft *p = NULL;
    lf_alloc_fail_after(i);
    lf_status st = lf_nudft_create(&p, N, 1, x, 1, x, 0);
    lf_alloc_fail_after(-1);
    if (st == LF_OK) {
      assert_int_equal(i, 4);
      lf_nudft_destroy(p);
      break;
    }
    assert_true(st == LF_ENOMEM && p == NULL);
    assert_int_equal(lf_alloc_live(), live);
  }
  assert_int_equal(lf_alloc_live(), live);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(cosine_on_a_grid),
      cmocka_unit_test(high_frequency),
      cmocka_unit_test(shift),
      cmocka_unit_test(independent_reference),
      cmocka_unit_test(same_bits_kept_or_computed_anew),
      cmocka_unit_test(circle_is_exact),
      cmocka_unit_test(instruction_sets_agree),
      cmocka_unit_test(refusals),
      cmocka_unit_test(memory_failure),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
