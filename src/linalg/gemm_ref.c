/* gemm_ref.c — the product built for "ref" (flags in cmake/LowfirstBuild.cmake). */
enum { ROWS = 4, VECS = 2 };
#include "gemm_unit.h"

extern const lf_gemm_kernels lf_gemm_ref;
const lf_gemm_kernels lf_gemm_ref = LF_GEMM_TABLE("ref");
