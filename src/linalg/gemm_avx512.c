/* gemm_avx512.c — the product built for "avx512" (flags in cmake/LowfirstBuild.cmake). */
#include "gemm.h"
enum { VBYTES = 64, ROWS = 6, VECS = 4 };
#define T float
#define NAME(f) f##_f32
#include "gemm.tmpl.h"
#define T double
#define NAME(f) f##_f64
#include "gemm.tmpl.h"

extern const lf_gemm_kernels lf_gemm_avx512;
const lf_gemm_kernels lf_gemm_avx512 = {"avx512",      gemm_f32,     gemm_f64,    transpose_f32,
                                        transpose_f64, row_sums_f32, row_sums_f64};
