/* thin_avx2.c — the thin path built for "avx2" (flags in cmake/LowfirstBuild.cmake). */
#include "thin_unit.h"

extern const lf_thin_kernels lf_thin_avx2;
const lf_thin_kernels lf_thin_avx2 = LF_THIN_TABLE("avx2");
