/* dual_dispatch.c — the table of dual kernels for an instruction set. */
#include "dual.h"

extern const lf_dual_kernels lf_dual_ref;
#ifdef LF_HAVE_X86
extern const lf_dual_kernels lf_dual_avx2, lf_dual_avx512;
#endif

const lf_dual_kernels *lf_dual_for(lf_isa_id isa)
{
  if (!lf_isa_available(isa)) return NULL;
#ifdef LF_HAVE_X86
  if (isa == LF_ISA_AVX512) return &lf_dual_avx512;
  if (isa == LF_ISA_AVX2) return &lf_dual_avx2;
#endif
  return &lf_dual_ref;
}

const lf_dual_kernels *lf_dual_get(void) { return lf_dual_for(lf_isa_chosen()); }
