/* gemm_avx512.c — the product built for "avx512" (flags in cmake/LowfirstBuild.cmake). */
enum { ROWS = 6, VECS = 4 };
#include "gemm_unit.h"

extern const lf_gemm_kernels lf_gemm_avx512;
const lf_gemm_kernels lf_gemm_avx512 = LF_GEMM_TABLE("avx512");
