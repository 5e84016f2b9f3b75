/* phase_avx512.c — the phase kernels built for "avx512". */
#define FMA(a, b, c) fma((a), (b), (c))
#include "phase.tmpl.h"

extern const lf_phase_kernels lf_phase_kernels_avx512;
const lf_phase_kernels lf_phase_kernels_avx512 = {fill, dot};
