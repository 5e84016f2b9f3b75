/* gemm_ref.c — the product built for "ref" (flags in cmake/LowfirstBuild.cmake). */
#include "gemm.h"
enum { VBYTES = 16, ROWS = 4, VECS = 2 };
#define T float
#define NAME(f) f##_f32
#include "gemm.tmpl.h"
#define T double
#define NAME(f) f##_f64
#include "gemm.tmpl.h"

extern const lf_gemm_kernels lf_gemm_ref;
const lf_gemm_kernels lf_gemm_ref = {"ref",         gemm_f32,     gemm_f64,    transpose_f32,
                                     transpose_f64, row_sums_f32, row_sums_f64};
