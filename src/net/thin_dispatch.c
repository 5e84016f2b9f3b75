/* thin_dispatch.c — the thin path for the instruction set in use. */
#include "base/cpu.h"
#include "thin.h"

extern const lf_thin_kernels lf_thin_ref;
#ifdef LF_HAVE_X86
extern const lf_thin_kernels lf_thin_avx2, lf_thin_avx512;
#endif

static const lf_thin_kernels *table(lf_isa_id isa)
{
#ifdef LF_HAVE_X86
  if (isa == LF_ISA_AVX512) return &lf_thin_avx512;
  if (isa == LF_ISA_AVX2) return &lf_thin_avx2;
#endif
  (void)isa;
  return &lf_thin_ref;
}

const lf_thin_kernels *lf_thin_kernels_get(void) { return table(lf_isa_chosen()); }
