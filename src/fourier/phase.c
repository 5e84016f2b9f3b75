/* phase.c — the reference kernels, and the choice among instruction sets. */
#define FMA(a, b, c) ((a) * (b) + (c))
#include "phase.tmpl.h"

#ifdef LF_HAVE_X86
extern const lf_phase_kernels lf_phase_kernels_avx2, lf_phase_kernels_avx512;
#endif

const lf_phase_kernels *lf_phase_kernels_for(lf_isa_id isa)
{
  static const lf_phase_kernels reference = {fill, dot};
#ifdef LF_HAVE_X86
  if (isa == LF_ISA_AVX2) return &lf_phase_kernels_avx2;
  if (isa == LF_ISA_AVX512) return &lf_phase_kernels_avx512;
#endif
  return isa == LF_ISA_REF ? &reference : NULL;
}

const lf_phase_kernels *lf_phase_kernels_get(void) { return lf_phase_kernels_for(lf_isa_chosen()); }
