/* dual_ref.c — kernels of correlated normal variables built for "ref" (flags in cmake/LowfirstBuild.cmake). */
#include "dual_unit.h"

extern const lf_dual_kernels lf_dual_ref;
const lf_dual_kernels lf_dual_ref = LF_DUAL_TABLE("ref");
