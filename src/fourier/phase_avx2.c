/* phase_avx2.c — the phase kernels built for "avx2". */
#define FMA(a, b, c) fma((a), (b), (c))
#include "phase.tmpl.h"

extern const lf_phase_kernels lf_phase_kernels_avx2;
const lf_phase_kernels lf_phase_kernels_avx2 = {fill, dot};
