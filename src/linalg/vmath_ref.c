/* vmath_ref.c — vector mathematics built for "ref" (flags in cmake/LowfirstBuild.cmake). */
#include "vmath_unit.h"

extern const lf_vmath lf_vmath_ref;
const lf_vmath lf_vmath_ref = LF_VMATH_TABLE("ref");
