/* thin_avx512.c — the thin path built for "avx512" (flags in cmake/LowfirstBuild.cmake). */
#include "thin_unit.h"

extern const lf_thin_kernels lf_thin_avx512;
const lf_thin_kernels lf_thin_avx512 = LF_THIN_TABLE("avx512");
