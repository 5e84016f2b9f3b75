/* dual_avx512.c — kernels of correlated normal variables built for "avx512" (flags in cmake/LowfirstBuild.cmake). */
#include "dual_unit.h"

extern const lf_dual_kernels lf_dual_avx512;
const lf_dual_kernels lf_dual_avx512 = LF_DUAL_TABLE("avx512");
