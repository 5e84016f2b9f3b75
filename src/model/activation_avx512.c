/* activation_avx512.c — activation kernels built for "avx512" (flags in cmake/LowfirstBuild.cmake). */
#include "activation_unit.h"

extern const lf_activation_kernels lf_activation_avx512;
const lf_activation_kernels lf_activation_avx512 = LF_ACTIVATION_TABLE("avx512");
