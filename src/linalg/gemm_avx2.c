/* gemm_avx2.c — the product built for "avx2" (flags in cmake/LowfirstBuild.cmake). */
enum { ROWS = 4, VECS = 3 };
#include "gemm_unit.h"

extern const lf_gemm_kernels lf_gemm_avx2;
const lf_gemm_kernels lf_gemm_avx2 = LF_GEMM_TABLE("avx2");
