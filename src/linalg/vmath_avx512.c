/* vmath_avx512.c — vector mathematics built for "avx512" (flags in cmake/LowfirstBuild.cmake). */
#include "vmath_unit.h"

extern const lf_vmath lf_vmath_avx512;
const lf_vmath lf_vmath_avx512 = LF_VMATH_TABLE("avx512");
