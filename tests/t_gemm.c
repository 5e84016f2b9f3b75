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
  const size_t row = mode & 1 ? 1 : PAD, col = mode & 1 ? PAD : 1, some = LF_GEMM_PAD(float) * ((m + k) % 3);
  const size_t biased = some && some < n ? some : n; /* now and then the first columns alone */
  fill();
  for (size_t i = 0; i < m; i++)
    for (size_t j = 0; j < n; j++) {
      double s = mode & 2 && j < biased ? bias[i] : 0;
      for (size_t l = 0; l < k; l++) s += a[i * row + l * col] * b[l * PAD + j];
      if (mode & 8) s += want[i * PAD + j];
      want[i * PAD + j] = mode & 4 ? s * scale[i * PAD + j] : s;
    }
  lf_gemm_f64 g = {.m = m, .n = n, .k = k, .a = a, .a_row = row, .a_col = col, .b = b, .ldb = PAD, .c = c, .ldc = PAD};
  lf_gemm_f32 gf = {
      .m = m, .n = n, .k = k, .a = af, .a_row = row, .a_col = col, .b = bf, .ldb = PAD, .c = cf, .ldc = PAD};
  g.bias = mode & 2 ? bias : NULL, gf.bias = mode & 2 ? biasf : NULL;
  g.scale = mode & 4 ? scale : NULL, gf.scale = mode & 4 ? scalef : NULL;
  g.accumulate = gf.accumulate = mode & 8;
  g.biased = gf.biased = biased;
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

static void dots_match(void **state)
{
  (void)state;
  enum { ROWS = 3 };
  const lf_gemm_kernels *all[4];
  size_t isas = lf_gemm_all(all, 4);
  for (size_t q = 0; q < isas; q++)
    for (size_t cols = 1; cols <= 75; cols++) {
      double sum[ROWS] = {1, 2, 3};
      float sumf[ROWS] = {1, 2, 3};
      const size_t few = cols % (LF_DOTS_MOST + 1);
      fill();
      all[q]->dots_f64(&(lf_dots_f64){ROWS, cols, few, a, PAD, b, PAD, c, PAD, 2, sum, 1});
      all[q]->dots_f32(&(lf_dots_f32){ROWS, cols, few, af, PAD, bf, PAD, cf, 1, PAD, cols % 2 ? sumf : NULL, 0});
      for (size_t r = 0; r < ROWS; r++) {
        double s = 0;
        for (size_t i = 0; i < cols; i++) s += a[r * PAD + i];
        assert_near(sum[r], s + (double)(r + 1), 5 * (double)(cols + 4) * DBL_EPSILON);
        assert_near(sumf[r], cols % 2 ? s : (double)(r + 1), 5 * (double)(cols + 4) * FLT_EPSILON);
        for (size_t k = 0; k < few; k++) {
          double dot = 0;
          for (size_t i = 0; i < cols; i++) dot += a[r * PAD + i] * b[k * PAD + i];
          assert_near(c[r * PAD + 2 * k], FILL + dot, 25 * (double)(cols + 4) * DBL_EPSILON);
          assert_near(cf[r + PAD * k], dot, 25 * (double)(cols + 4) * FLT_EPSILON);
        }
        assert_true(c[r * PAD + 2 * few] == FILL && c[r * PAD + 1] == FILL);
      }
    }
}

/* An activation sees each element once, finished, and its slope lands in the same place. */
static void halve_f32(size_t n, float p, const float *z, float *to, float *slope)
{
  for (size_t i = 0; i < n; i++) {
    slope[i] = z[i] * z[i];
    to[i] = p * z[i];
  }
}
static void shift_f64(size_t n, double p, const double *z, double *to)
{
  for (size_t i = 0; i < n; i++) to[i] = z[i] + p;
}

static void activation_comes_last(void **state)
{
  (void)state;
  static float slope[MOST * PAD], plain[MOST * PAD];
  const lf_gemm_kernels *all[4];
  size_t isas = lf_gemm_all(all, 4);
  for (size_t q = 0; q < isas; q++) {
    const size_t m = 11, n = 75, k = 9;
    fill();
    lf_gemm_f32 gf = {.m = m,
                      .n = n,
                      .k = k,
                      .a = af,
                      .a_row = PAD,
                      .a_col = 1,
                      .b = bf,
                      .ldb = PAD,
                      .c = plain,
                      .ldc = PAD,
                      .bias = biasf,
                      .biased = n};
    all[q]->gemm_f32(&gf);
    gf.c = cf;
    gf.slope_of = halve_f32;
    gf.slope = slope;
    gf.param = 0.5F;
    all[q]->gemm_f32(&gf);
    lf_gemm_f64 g = {
        .m = m, .n = n, .k = k, .a = a, .a_row = PAD, .a_col = 1, .b = b, .ldb = PAD, .c = want, .ldc = PAD};
    all[q]->gemm_f64(&g);
    g.c = c;
    g.value_of = shift_f64;
    g.param = 3;
    all[q]->gemm_f64(&g);
    for (size_t i = 0; i < m; i++)
      for (size_t j = 0; j < n; j++) {
        const size_t at = i * PAD + j;
        assert_true(cf[at] == 0.5F * plain[at] && slope[at] == plain[at] * plain[at] && c[at] == want[at] + 3);
      }
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(product_matches_triple_loop),
      cmocka_unit_test(transposition_is_exact),
      cmocka_unit_test(dots_match),
      cmocka_unit_test(activation_comes_last),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
