/* t_gemm.c — the step's product for every instruction set against the triple loop, over all edges of the register tile. */
#include <float.h>
#include "check.h"
#include "linalg/gemm.h"
#include "lowfirst/random.h"

enum { MOST = 75, PAD = 96, FILL = 7 };

static double draw(uint64_t i) { return lf_random_normal(1, LF_PURPOSE_TEST, i); }

static double a[MOST * PAD], b[MOST * PAD], c[MOST * PAD], want[MOST * PAD], scale[MOST * PAD], bias[MOST];
static float af[MOST * PAD], bf[MOST * PAD], cf[MOST * PAD], scalef[MOST * PAD], biasf[MOST];

static void fill(void) /* operands are drawn once; results are reset */
{
  static int drawn;
  for (size_t i = 0; !drawn && i < MOST * PAD; i++) {
    a[i] = af[i] = (float)draw(i);
    b[i] = bf[i] = (float)draw(100000 + i);
    scale[i] = scalef[i] = (float)draw(200000 + i);
    if (i < MOST) bias[i] = biasf[i] = (float)draw(300000 + i);
  }
  drawn = 1;
  for (size_t i = 0; i < MOST * PAD; i++) want[i] = c[i] = cf[i] = FILL;
}

/* mode bits: 1 A transposed, 2 bias, 4 scale, 8 accumulate */
static void one(const lf_gemm_kernels *kernels, size_t m, size_t n, size_t k, int mode)
{
  size_t row = mode & 1 ? 1 : PAD, col = mode & 1 ? PAD : 1;
  fill();
  for (size_t i = 0; i < m; i++)
    for (size_t j = 0; j < n; j++) {
      double s = mode & 2 ? bias[i] : 0;
      for (size_t l = 0; l < k; l++) s += a[i * row + l * col] * b[l * PAD + j];
      if (mode & 8) s += want[i * PAD + j];
      want[i * PAD + j] = mode & 4 ? s * scale[i * PAD + j] : s;
    }
  lf_gemm_f64 g = {m, n, k, a, row, col, b, PAD, c, PAD, mode & 2 ? bias : NULL, mode & 4 ? scale : NULL, mode & 8};
  lf_gemm_f32 gf = {m,       n, k, af, row, col, bf, PAD, cf, PAD, mode & 2 ? biasf : NULL, mode & 4 ? scalef : NULL,
                    mode & 8};
  kernels->gemm_f64(&g);
  kernels->gemm_f32(&gf);
  double size = (double)(k + 4) * 60; /* |terms| stay below 5 * 5 here, FILL and the scale included */
  for (size_t i = 0; i < m; i++)
    for (size_t j = 0; j < PAD; j++) {
      if (j >= n) { /* nothing is written beyond n */
        assert_true(c[i * PAD + j] == FILL && cf[i * PAD + j] == FILL);
        continue;
      }
      assert_near(c[i * PAD + j], want[i * PAD + j], size * DBL_EPSILON);
      assert_near(cf[i * PAD + j], want[i * PAD + j], size * FLT_EPSILON);
    }
}

static void product_matches_triple_loop(void **state)
{
  (void)state;
  static const size_t ks[] = {1, 2, 17, 75};
  const lf_gemm_kernels *all[4];
  size_t isas = lf_gemm_all(all, 4);
  for (size_t q = 0; q < isas; q++)
    for (int mode = 0; mode < 16; mode++)
      for (size_t m = 1; m <= 13; m += (size_t)mode % 3 + 1)
        for (size_t n = 1; n <= 75; n += (m + (size_t)mode) % 5 + 3) one(all[q], m, n, ks[(m + n) % 4], mode);
}

static void transposition_is_exact(void **state)
{
  (void)state;
  const lf_gemm_kernels *all[4];
  size_t isas = lf_gemm_all(all, 4);
  for (size_t q = 0; q < isas; q++)
    for (size_t rows = 1; rows <= 25; rows++)
      for (size_t cols = 1; cols <= 25; cols++) {
        fill();
        all[q]->transpose_f64(rows, cols, a, PAD, c, PAD);
        all[q]->transpose_f32(rows, cols, af, PAD, cf, PAD);
        for (size_t i = 0; i < rows; i++)
          for (size_t j = 0; j < cols; j++) {
            assert_true(c[j * PAD + i] == a[i * PAD + j]);
            assert_true(cf[j * PAD + i] == af[i * PAD + j]);
          }
        assert_true(c[PAD * cols] == FILL && c[rows] == FILL);
      }
}

static void row_sums_match(void **state)
{
  (void)state;
  const lf_gemm_kernels *all[4];
  size_t isas = lf_gemm_all(all, 4);
  for (size_t q = 0; q < isas; q++)
    for (size_t cols = 1; cols <= 75; cols++) {
      double sum[3] = {1, 2, 3};
      float sumf[3] = {1, 2, 3};
      fill();
      all[q]->row_sums_f64(3, cols, a, PAD, sum, 1);
      all[q]->row_sums_f32(3, cols, af, PAD, sumf, 0);
      for (size_t r = 0; r < 3; r++) {
        double s = 0;
        for (size_t i = 0; i < cols; i++) s += a[r * PAD + i];
        assert_near(sum[r], s + (double)(r + 1), 5 * (double)(cols + 4) * DBL_EPSILON);
        assert_near(sumf[r], s, 5 * (double)(cols + 4) * FLT_EPSILON);
      }
    }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(product_matches_triple_loop),
      cmocka_unit_test(transposition_is_exact),
      cmocka_unit_test(row_sums_match),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
