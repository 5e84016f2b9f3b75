/* activation_dispatch.c — the table of activation kernels for an instruction set. */
#include "activation_kernel.h"

extern const lf_activation_kernels lf_activation_ref;
#ifdef LF_HAVE_X86
extern const lf_activation_kernels lf_activation_avx2, lf_activation_avx512;
#endif

const lf_activation_kernels *lf_activation_kernels_for(lf_isa_id isa)
{
  if (!lf_isa_available(isa)) return NULL;
#ifdef LF_HAVE_X86
  if (isa == LF_ISA_AVX512) return &lf_activation_avx512;
  if (isa == LF_ISA_AVX2) return &lf_activation_avx2;
#endif
  return &lf_activation_ref;
}

const lf_activation_kernels *lf_activation_kernels_get(void) { return lf_activation_kernels_for(lf_isa_chosen()); }
