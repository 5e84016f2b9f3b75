/* activation_ref.c — activation kernels built for "ref" (flags in cmake/LowfirstBuild.cmake). */
#include "activation_unit.h"

extern const lf_activation_kernels lf_activation_ref;
const lf_activation_kernels lf_activation_ref = LF_ACTIVATION_TABLE("ref");
