/* dual_avx2.c — kernels of correlated normal variables built for "avx2" (flags in cmake/LowfirstBuild.cmake). */
#include "dual_unit.h"

extern const lf_dual_kernels lf_dual_avx2;
const lf_dual_kernels lf_dual_avx2 = LF_DUAL_TABLE("avx2");
