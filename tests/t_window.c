/* t_window.c — Hann's three bins, Slepian sequences against the matrix that defines them, eigenpairs against closed forms. */
#include <float.h>
#include "check.h"
#include "fourier/window.h"
#include "linalg/tridiagonal.h"
#include "lowfirst/random.h"

static const double PI = 3.14159265358979323846;

static double hat_norm(size_t n, const double *w, double xi) /* |sum_j w_j exp(-2 pi i xi j)| */
{
  double re = 0, im = 0;
  for (size_t j = 0; j < n; j++) re += w[j] * cos(2 * PI * xi * (double)j), im -= w[j] * sin(2 * PI * xi * (double)j);
  return hypot(re, im);
}

static void hann_has_three_bins(void **state)
{
  (void)state;
  for (size_t n = 5; n < 40; n += 7) {
    double w[40];
    lf_window_hann(n, w);
    for (size_t k = 0; k <= n / 2; k++)
      assert_near(hat_norm(n, w, (double)k / (double)n) / (double)n,
                  k == 0   ? 1
                  : k == 1 ? 0.5
                           : 0,
                  8 * DBL_EPSILON * (double)n);
  }
  double one = 0;
  lf_window_hann(1, &one);
  assert_true(one == 1);
}

/* sum_j S_ij v_j with S_ij = sin(2 pi W (i-j)) / (pi (i-j)): the energy within the band is v.Sv */
static void sinc_product(size_t n, double band, const double *v, double *out)
{
  for (size_t i = 0; i < n; i++) {
    out[i] = 0;
    for (size_t j = 0; j < n; j++) {
      double lag = (double)i - (double)j;
      out[i] += (i == j ? 2 * band : sin(2 * PI * band * lag) / (PI * lag)) * v[j];
    }
  }
}

static double dot(size_t n, const double *a, const double *b)
{
  double sum = 0;
  for (size_t i = 0; i < n; i++) sum += a[i] * b[i];
  return sum;
}

static void slepian_sequences(void **state) /* eigenvectors of the sinc matrix, orthonormal, falling concentration */
{
  (void)state;
  enum { N = 120, K = 5 };
  const double nw = 2.5;
  double v[K][N], image[N], before = 1;
  for (size_t k = 0; k < K; k++) {
    assert_ok(lf_window_dpss(N, nw, k, v[k]));
    sinc_product(N, nw / N, v[k], image);
    double concentration = dot(N, v[k], image);
    assert_true(concentration < before + DBL_EPSILON * N);
    before = concentration;
    for (size_t i = 0; i < N; i++) assert_near(image[i], concentration * v[k][i], 1e-13); /* N eps */
    for (size_t l = 0; l <= k; l++) assert_near(dot(N, v[k], v[l]), k == l ? 1 : 0, 1e-12);
    assert_true(v[k][0] + v[k][N / 8] > 0);
    for (size_t i = 0; i < N; i++) assert_near(v[k][i], (k % 2 ? -1 : 1) * v[k][N - 1 - i], 1e-12);
  }
  /* Fuchs 1964: 1 - concentration -> 4 sqrt(pi c) exp(-2c), c = pi nw; here to leading order in 1/c */
  sinc_product(N, nw / N, v[0], image);
  assert_near((1 - dot(N, v[0], image)) / (4 * sqrt(PI * PI * nw) * exp(-2 * PI * nw)), 1, 0.2);
  assert_true(before < 0.9 && before > 0.5); /* the fifth of 2 nw = 5 is at the edge of the band */
}

static void windows_lower_leakage(void **state) /* a tone between two bins, seen ten bins away */
{
  (void)state;
  enum { N = 128 };
  double hann[N], dpss[N], y[N], sum = 0;
  lf_window_hann(N, hann);
  assert_ok(lf_window_dpss(N, 2.5, 0, dpss));
  for (size_t j = 0; j < N; j++) y[j] = cos(2 * PI * 20.5 * (double)j / N), sum += dpss[j];
  for (size_t j = 0; j < N; j++) hann[j] *= y[j], dpss[j] *= y[j] * N / sum;
  double plain = hat_norm(N, y, 30.0 / N), with_hann = hat_norm(N, hann, 30.0 / N),
         with_dpss = hat_norm(N, dpss, 30.0 / N);
  assert_true(with_hann < 0.02 * plain);
  assert_true(with_dpss < 0.02 * plain);
  assert_near(hat_norm(N, dpss, 20.5 / N) / N, 0.5, 0.01); /* a tone keeps its height */
}

static void tridiagonal_closed_form(void **state) /* second differences: 2 - 2 cos(k pi / (n+1)), sines */
{
  (void)state;
  enum { N = 50 };
  double a[N], b[N], v[N], value;
  for (size_t i = 0; i < N; i++) a[i] = 2, b[i] = -1;
  for (size_t rank = 0; rank < N; rank++) {
    double k = (double)(N - rank), norm = sqrt(2.0 / (N + 1));
    assert_ok(lf_tridiagonal_eigen(N, a, b, rank, &value, v));
    assert_near(value, 2 - 2 * cos(k * PI / (N + 1)), 16 * DBL_EPSILON);
    double sign = v[0] * sin(k * PI / (N + 1)) > 0 ? 1 : -1;
    /* eps * size over the gap between neighbours, which is about (pi/N)^2 at the ends */
    for (size_t i = 0; i < N; i++) assert_near(sign * v[i], norm * sin(k * PI * (double)(i + 1) / (N + 1)), 1e-11);
  }
}

static void tridiagonal_residuals(void **state) /* random entries, sizes from 1, zeros in between */
{
  (void)state;
  double a[30], b[30], v[30], value, previous;
  for (size_t n = 1; n <= 30; n++) {
    for (size_t i = 0; i < n; i++) {
      a[i] = lf_random_normal(n, LF_PURPOSE_TEST, i);
      b[i] = i % 7 == 3 ? 0 : lf_random_normal(n, LF_PURPOSE_TEST, 100 + i);
    }
    previous = INFINITY;
    for (size_t rank = 0; rank < n; rank++) {
      assert_ok(lf_tridiagonal_eigen(n, a, b, rank, &value, v));
      assert_true(value <= previous);
      previous = value;
      for (size_t i = 0; i < n; i++) {
        double row = a[i] * v[i] + (i > 0 ? b[i - 1] * v[i - 1] : 0) + (i + 1 < n ? b[i] * v[i + 1] : 0);
        assert_near(row, value * v[i], 1e-13);
      }
      assert_near(dot(n, v, v), 1, 1e-13);
    }
  }
}

static void refusals(void **state)
{
  (void)state;
  double w[8], value;
  assert_refused(lf_window_dpss(8, 4, 0, w), LF_EARG, "half the 8 samples");
  assert_refused(lf_window_dpss(8, 0, 0, w), LF_EARG, "product 0");
  assert_refused(lf_window_dpss(8, NAN, 0, w), LF_EARG, "product nan");
  assert_refused(lf_window_dpss(8, 2, 8, w), LF_EARG, "eigenvalue 9");
  assert_refused(lf_tridiagonal_eigen(0, w, w, 0, &value, w), LF_EARG, "0 rows");
  assert_refused(lf_tridiagonal_eigen(2, (double[]){1, NAN}, (double[]){1}, 0, &value, w), LF_EMATH, "not finite");
}

static void memory_failure(void **state)
{
  (void)state;
  double w[16];
  for (long i = 0; i < 3; i++) {
    lf_alloc_fail_after(i);
    lf_status st = lf_window_dpss(16, 2.5, 0, w);
    lf_alloc_fail_after(-1);
    assert_int_equal(st, LF_ENOMEM);
    assert_int_equal(lf_alloc_live(), 0);
  }
  assert_ok(lf_window_dpss(16, 2.5, 0, w));
  assert_int_equal(lf_alloc_live(), 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(hann_has_three_bins),   cmocka_unit_test(slepian_sequences),
      cmocka_unit_test(windows_lower_leakage), cmocka_unit_test(tridiagonal_closed_form),
      cmocka_unit_test(tridiagonal_residuals), cmocka_unit_test(refusals),
      cmocka_unit_test(memory_failure),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
