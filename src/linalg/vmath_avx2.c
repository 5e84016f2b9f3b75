/* vmath_avx2.c — vector mathematics built for "avx2" (flags in cmake/LowfirstBuild.cmake). */
#include "vmath_unit.h"

extern const lf_vmath lf_vmath_avx2;
const lf_vmath lf_vmath_avx2 = LF_VMATH_TABLE("avx2");
