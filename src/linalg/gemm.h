/* gemm.h — the one matrix product of the training step, in float and double, for each instruction set.
 *
 * C (m,n) = bias[i] (j < biased) + A (m,k) B (k,n) [+ C where accumulate], then C *= scale where a scale is given; no bias: 0. Last, where one is given,
 * an activation takes each element while it is still at hand.
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

#define LF_GEMM_ARGS(type)                                                                                              \
  {                                                                                                                     \
    size_t m, n, k;                                                                                                     \
    const type *a;                                                                                                      \
    size_t a_row, a_col;                                                                                                \
    const type *b;                                                                                                      \
    size_t ldb;                                                                                                         \
    type *c;                                                                                                            \
    size_t ldc;                                                                                                         \
    const type *bias;  /* (m) or NULL; */                                                                               \
    size_t biased;     /* to these first columns alone, whole vectors or all */                                         \
    const type *scale; /* (m,n) with row stride ldc, or NULL */                                                         \
    int accumulate;                                                                                                     \
    /* C = activation(C) by value_of; by slope_of also slope (m,n; row stride ldc) = its derivative. Both NULL: none */ \
    void (*value_of)(size_t n, type param, const type *z, type *a);                                                     \
    void (*slope_of)(size_t n, type param, const type *z, type *a, type *slope);                                        \
    type param, *slope;                                                                                                 \
  }
typedef struct lf_gemm_f32 LF_GEMM_ARGS(float) lf_gemm_f32;
typedef struct lf_gemm_f64 LF_GEMM_ARGS(double) lf_gemm_f64;

/* Products that are too thin for a tile: every row of x (rows, cols) with each of `few` rows of y, and its sum.
 * dot[r dot_row + q dot_col] [+]= sum_i x[r][i] y[q][i]; sum[r] [+]= sum_i x[r][i] (sum NULL: not wanted). Partial sums by lanes, in a fixed order. */
enum { LF_DOTS_MOST = 4 };
#define LF_DOTS_ARGS(type)                            \
  {                                                   \
    size_t rows, cols, few; /* few <= LF_DOTS_MOST */ \
    const type *x;                                    \
    size_t ldx;                                       \
    const type *y;                                    \
    size_t ldy;                                       \
    type *dot;                                        \
    size_t dot_row, dot_col;                          \
    type *sum;                                        \
    int accumulate;                                   \
  }
typedef struct lf_dots_f32 LF_DOTS_ARGS(float) lf_dots_f32;
typedef struct lf_dots_f64 LF_DOTS_ARGS(double) lf_dots_f64;

typedef struct lf_gemm_kernels {
  const char *isa;
  void (*gemm_f32)(const lf_gemm_f32 *g);
  void (*gemm_f64)(const lf_gemm_f64 *g);
  /* to (cols,rows) row stride ldt = transpose of from (rows,cols) row stride ldf */
  void (*transpose_f32)(size_t rows, size_t cols, const float *from, size_t ldf, float *to, size_t ldt);
  void (*transpose_f64)(size_t rows, size_t cols, const double *from, size_t ldf, double *to, size_t ldt);
  void (*dots_f32)(const lf_dots_f32 *d);
  void (*dots_f64)(const lf_dots_f64 *d);
  /* What the arithmetic could do at best: `turns` turns of fused multiply-adds in a full tile of registers; gives back how many operations those
   * were. And what memory could: a (n) += 0.5 b (n). */
  double (*spin_f32)(size_t turns);
  double (*spin_f64)(size_t turns);
  void (*stream)(size_t n, float *a, const float *b);
} lf_gemm_kernels;

const lf_gemm_kernels *lf_gemm_get(void);                          /* for the instruction set in use */
size_t lf_gemm_all(const lf_gemm_kernels *out[], size_t capacity); /* all usable here, for tests */
#endif
