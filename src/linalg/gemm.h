/* gemm.h — the one matrix product of the training step, in float and double, for each instruction set.
 *
 * C (m,n) = bias[i] + A (m,k) B (k,n) [+ C where accumulate], then C *= scale where a scale is given; no bias: 0.
 * A is read element by element and broadcast, so it may be stored either way (a_row, a_col strides, one of them 1) and needs no packing;
 * B and C are walked in vectors along n. The order of the sum over k is 0..k-1 in every element: bits depend on nothing else.
 *
 * Kernels cannot fail. B's rows are readable up to n rounded up to LF_GEMM_PAD elements; C's are written up to n only. */
#ifndef LF_GEMM_H
#define LF_GEMM_H
#include <stddef.h>

/* Elements that a row of n is padded to: 64 bytes, one vector of the widest instruction set. */
#define LF_GEMM_PAD_BYTES ((size_t)64)
#define LF_GEMM_PAD(type) (LF_GEMM_PAD_BYTES / sizeof(type))
#define LF_ROUND_UP(n, to) (((n) + (to)-1) / (to) * (to))

#define LF_GEMM_ARGS(type)                                      \
  {                                                             \
    size_t m, n, k;                                             \
    const type *a;                                              \
    size_t a_row, a_col;                                        \
    const type *b;                                              \
    size_t ldb;                                                 \
    type *c;                                                    \
    size_t ldc;                                                 \
    const type *bias;  /* (m) or NULL */                        \
    const type *scale; /* (m,n) with row stride ldc, or NULL */ \
    int accumulate;                                             \
  }
typedef struct lf_gemm_f32 LF_GEMM_ARGS(float) lf_gemm_f32;
typedef struct lf_gemm_f64 LF_GEMM_ARGS(double) lf_gemm_f64;

typedef struct lf_gemm_kernels {
  const char *isa;
  void (*gemm_f32)(const lf_gemm_f32 *g);
  void (*gemm_f64)(const lf_gemm_f64 *g);
  /* to (cols,rows) row stride ldt = transpose of from (rows,cols) row stride ldf */
  void (*transpose_f32)(size_t rows, size_t cols, const float *from, size_t ldf, float *to, size_t ldt);
  void (*transpose_f64)(size_t rows, size_t cols, const double *from, size_t ldf, double *to, size_t ldt);
  /* sum (rows) [+]= the sum of each row of x (rows,cols), row stride ldx; in a fixed order */
  void (*row_sums_f32)(size_t rows, size_t cols, const float *x, size_t ldx, float *sum, int accumulate);
  void (*row_sums_f64)(size_t rows, size_t cols, const double *x, size_t ldx, double *sum, int accumulate);
} lf_gemm_kernels;

const lf_gemm_kernels *lf_gemm_get(void);                          /* for the instruction set in use */
size_t lf_gemm_all(const lf_gemm_kernels *out[], size_t capacity); /* all usable here, for tests */
#endif
