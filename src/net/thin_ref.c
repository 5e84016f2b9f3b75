/* thin_ref.c — the thin path built for "ref" (flags in cmake/LowfirstBuild.cmake). */
#include "thin_unit.h"

extern const lf_thin_kernels lf_thin_ref;
const lf_thin_kernels lf_thin_ref = LF_THIN_TABLE("ref");
