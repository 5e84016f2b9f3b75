/* vmath_dispatch.c — the table of vector mathematics for an instruction set. */
#include "vmath.h"

extern const lf_vmath lf_vmath_ref;
#ifdef LF_HAVE_X86
extern const lf_vmath lf_vmath_avx2, lf_vmath_avx512;
#endif

const lf_vmath *lf_vmath_for(lf_isa_id isa)
{
  if (!lf_isa_available(isa)) return NULL;
#ifdef LF_HAVE_X86
  if (isa == LF_ISA_AVX512) return &lf_vmath_avx512;
  if (isa == LF_ISA_AVX2) return &lf_vmath_avx2;
#endif
  return &lf_vmath_ref;
}

const lf_vmath *lf_vmath_get(void) { return lf_vmath_for(lf_isa_chosen()); }
