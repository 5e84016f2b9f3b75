/* update_dispatch.c — the optimiser's update for the instruction set in use. */
#include "base/cpu.h"
#include "update.h"

extern const lf_update_kernels lf_update_ref;
#ifdef LF_HAVE_X86
extern const lf_update_kernels lf_update_avx2, lf_update_avx512;
#endif

static const lf_update_kernels *table(lf_isa_id isa)
{
#ifdef LF_HAVE_X86
  if (isa == LF_ISA_AVX512) return &lf_update_avx512;
  if (isa == LF_ISA_AVX2) return &lf_update_avx2;
#endif
  (void)isa;
  return &lf_update_ref;
}

const lf_update_kernels *lf_update_get(void) { return table(lf_isa_chosen()); }

size_t lf_update_all(const lf_update_kernels *out[], size_t capacity)
{
  size_t n = 0;
  for (lf_isa_id i = LF_ISA_REF; i < LF_ISA_COUNT; i++)
    if (lf_isa_available(i) && n < capacity) out[n++] = table(i);
  return n;
}
