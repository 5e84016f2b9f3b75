/* b_product.c — who multiplies best: the step's own product against OpenBLAS, libxsmm and oneDNN, one thread, on the products of the published nets'
 * steps, in turns. Every product is held against the triple loop first.
 *
 * "forward" is W (out,in) times activations (in,samples), "weights" deltas (out,samples) times transposed activations (samples,in), the
 * transposition included where a library cannot be told of it. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "bench.h"
#include "linalg/blas.h"
#include "linalg/gemm.h"
#include "lowfirst/random.h"
#include "lowfirst/system.h"
#ifdef LF_BENCH_XSMM
#include <libxsmm.h>
#endif
#ifdef LF_BENCH_DNNL
#include <dnnl.h>
#endif

typedef struct shape {
  size_t out, in, samples;
} shape;

static const shape shapes[] = {{40, 40, 112},  {64, 64, 64},   {64, 64, 256},   {200, 200, 32},  {200, 200, 64},
                               {100, 200, 64}, {256, 256, 48}, {256, 256, 256}, {500, 400, 256}, {128, 128, 128}};
enum { MOST = 512, SHAPES = sizeof shapes / sizeof shapes[0] };

static float w[MOST * MOST], a[MOST * MOST], delta[MOST * MOST], turned[MOST * MOST], c[MOST * MOST], want[MOST * MOST];
static const lf_blas *blas;

/* One product of one library: C (m,n) = A (m,k) B (k,n), or with B given as its transpose (n,k). False where it is not here. */
typedef bool (*product)(size_t m, size_t n, size_t k, const float *x, const float *y, bool transposed);

static bool own(size_t m, size_t n, size_t k, const float *x, const float *y, bool transposed)
{
  const lf_gemm_kernels *kernels = lf_gemm_get();
  const size_t ldt = LF_ROUND_UP(n, LF_GEMM_PAD(float));
  if (transposed) kernels->transpose_f32(n, k, y, k, turned, ldt);
  kernels->gemm_f32(&(lf_gemm_f32){.m = m,
                                   .n = n,
                                   .k = k,
                                   .a = x,
                                   .a_row = k,
                                   .a_col = 1,
                                   .b = transposed ? turned : y,
                                   .ldb = transposed ? ldt : n,
                                   .c = c,
                                   .ldc = n});
  return true;
}

static bool openblas(size_t m, size_t n, size_t k, const float *x, const float *y, bool transposed)
{
  if (!blas) return false;
  blas->sgemm(LF_BLAS_ROW_MAJOR, LF_BLAS_PLAIN, transposed ? LF_BLAS_TRANSPOSED : LF_BLAS_PLAIN, (int)m, (int)n, (int)k,
              1, x, (int)k, y, (int)(transposed ? k : n), 0, c, (int)n);
  return true;
}

static bool xsmm(size_t m, size_t n, size_t k, const float *x, const float *y, bool transposed)
{
#ifdef LF_BENCH_XSMM
  /* column-major: C^T = B^T A^T. It multiplies no transposed first factor, so that B is turned by our own transposition. */
  static libxsmm_smmfunction kernel;
  static size_t made[3];
  if (transposed) lf_gemm_get()->transpose_f32(n, k, y, k, turned, n);
  if (made[0] != m || made[1] != n || made[2] != k) {
    const int lda = (int)n, ldb = (int)k, ldc = (int)n, flags = LIBXSMM_GEMM_FLAG_NONE;
    const float alpha = 1, beta = 0;
    kernel = libxsmm_smmdispatch((int)n, (int)m, (int)k, &lda, &ldb, &ldc, &alpha, &beta, &flags, NULL);
    made[0] = m, made[1] = n, made[2] = k;
  }
  if (!kernel) return false;
  kernel(transposed ? turned : y, x, c);
  return true;
#else
  (void)m, (void)n, (void)k, (void)x, (void)y, (void)transposed;
  return false;
#endif
}

static bool onednn(size_t m, size_t n, size_t k, const float *x, const float *y, bool transposed)
{
#ifdef LF_BENCH_DNNL
  return dnnl_sgemm('N', transposed ? 'T' : 'N', (dnnl_dim_t)m, (dnnl_dim_t)n, (dnnl_dim_t)k, 1, x, (dnnl_dim_t)k, y,
                    (dnnl_dim_t)(transposed ? k : n), 0, c, (dnnl_dim_t)n) == dnnl_success;
#else
  (void)m, (void)n, (void)k, (void)x, (void)y, (void)transposed;
  return false;
#endif
}

static const struct {
  const char *name;
  product run;
} libraries[] = {{"own", own}, {"openblas", openblas}, {"libxsmm", xsmm}, {"onednn", onednn}};
enum { LIBRARIES = sizeof libraries / sizeof libraries[0] };

static bool right(size_t m, size_t n, size_t k)
{
  for (size_t i = 0; i < m * n; i++)
    if (!(fabs((double)c[i] - (double)want[i]) <= 1e-5 * (double)k)) return false;
  return true;
}

/* GFLOP/s of every library on one product; 0: not here. */
static bool race(size_t m, size_t n, size_t k, const float *x, const float *y, bool transposed,
                 double gflops[LIBRARIES])
{
  double seconds[LIBRARIES][BENCH_MAX_REPEATS];
  const double flops = 2 * (double)m * (double)n * (double)k;
  const size_t loops = (size_t)fmax(1, bench_turn_s() * 1e11 / flops / 5);
  bool here[LIBRARIES];
  for (size_t i = 0; i < m; i++)
    for (size_t j = 0; j < n; j++) {
      double sum = 0;
      for (size_t l = 0; l < k; l++) sum += (double)x[i * k + l] * (double)(transposed ? y[j * k + l] : y[l * n + j]);
      want[i * n + j] = (float)sum;
    }
  for (size_t q = 0; q < LIBRARIES; q++) {
    memset(c, 0, sizeof c);
    here[q] = libraries[q].run(m, n, k, x, y, transposed);
    if (here[q] && !right(m, n, k)) {
      (void)fprintf(stderr, "%s: a wrong product (%zu,%zu,%zu)\n", libraries[q].name, m, n, k);
      return false;
    }
  }
  for (size_t i = 0; i < bench_repeats(); i++)
    for (size_t q = 0; q < LIBRARIES; q++) {
      const double began = bench_now_s();
      for (size_t l = 0; here[q] && l < loops; l++) (void)libraries[q].run(m, n, k, x, y, transposed);
      seconds[q][i] = (bench_now_s() - began) / (double)loops;
    }
  for (size_t q = 0; q < LIBRARIES; q++)
    gflops[q] = here[q] ? 1e-9 * flops / bench_summary(bench_repeats(), seconds[q]).median : 0;
  return true;
}

static void tell(FILE *f, const char *what, const shape *s, const double gflops[LIBRARIES], bool last)
{
  (void)printf("%-8s %4zu %4zu %4zu", what, s->out, s->in, s->samples);
  (void)fprintf(f, "    {\"product\": \"%s\", \"out\": %zu, \"in\": %zu, \"samples\": %zu", what, s->out, s->in,
                s->samples);
  for (size_t q = 0; q < LIBRARIES; q++) {
    (void)printf(gflops[q] > 0 ? " %9.1f" : "         -", gflops[q]);
    if (gflops[q] > 0) (void)fprintf(f, ", \"%s\": %.4g", libraries[q].name, gflops[q]);
  }
  (void)printf("\n");
  (void)fprintf(f, "}%s\n", last ? "" : ",");
}

int main(void)
{
  double gflops[LIBRARIES], logs[LIBRARIES] = {0};
  if (lf_blas_get(&blas) != LF_OK) blas = NULL;
  for (size_t i = 0; i < MOST * MOST; i++) {
    w[i] = (float)lf_random_normal(1, LF_PURPOSE_TEST, i);
    a[i] = (float)lf_random_normal(2, LF_PURPOSE_TEST, i);
    delta[i] = (float)lf_random_normal(3, LF_PURPOSE_TEST, i);
  }
  FILE *f = bench_open_result("products of the step");
  const double peak = 1e-9 * lf_peak_flops(sizeof(float));
  (void)printf("%s, %s, %s; peak %.0f GFLOP/s\n", lf_cpu_name(), lf_isa(), lf_blas_name(), peak);
  (void)printf("%-8s %4s %4s %4s %9s %9s %9s %9s   GFLOP/s, float\n", "product", "out", "in", "n", "own", "openblas",
               "libxsmm", "onednn");
  (void)fprintf(f, "  \"peak_gflops\": %.4g,\n  \"unit\": \"GFLOP/s, float, one thread\",\n  \"rows\": [\n", peak);
  for (size_t i = 0; i < SHAPES; i++) {
    const shape *s = &shapes[i];
    if (!race(s->out, s->samples, s->in, w, a, false, gflops)) return 1;
    tell(f, "forward", s, gflops, false);
    for (size_t q = 0; q < LIBRARIES; q++) logs[q] += gflops[q] > 0 ? log(gflops[q]) : NAN;
    if (!race(s->out, s->in, s->samples, delta, a, true, gflops)) return 1;
    tell(f, "weights", s, gflops, i + 1 == SHAPES);
    for (size_t q = 0; q < LIBRARIES; q++) logs[q] += gflops[q] > 0 ? log(gflops[q]) : NAN;
  }
  (void)fprintf(f, "  ]\n}\n");
  bench_close_result(f);
  (void)printf("%-23s", "geometric mean");
  for (size_t q = 0; q < LIBRARIES; q++)
    (void)printf(isnan(logs[q]) ? "         -" : " %9.1f", exp(logs[q] / (2 * SHAPES)));
  (void)printf("\n");
  return 0;
}
