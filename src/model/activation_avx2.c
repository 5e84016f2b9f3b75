/* activation_avx2.c — activation kernels built for "avx2" (flags in cmake/LowfirstBuild.cmake). */
#include "activation_unit.h"

extern const lf_activation_kernels lf_activation_avx2;
const lf_activation_kernels lf_activation_avx2 = LF_ACTIVATION_TABLE("avx2");
