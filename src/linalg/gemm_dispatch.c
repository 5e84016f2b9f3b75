/* gemm_dispatch.c — the product's table for the instruction set in use. */
#include "base/cpu.h"
#include "gemm.h"

extern const lf_gemm_kernels lf_gemm_ref;
#ifdef LF_HAVE_X86
extern const lf_gemm_kernels lf_gemm_avx2, lf_gemm_avx512;
#endif

static const lf_gemm_kernels *table(lf_isa_id isa)
{
#ifdef LF_HAVE_X86
  if (isa == LF_ISA_AVX512) return &lf_gemm_avx512;
  if (isa == LF_ISA_AVX2) return &lf_gemm_avx2;
#endif
  (void)isa;
  return &lf_gemm_ref;
}

const lf_gemm_kernels *lf_gemm_get(void) { return table(lf_isa_chosen()); }

size_t lf_gemm_all(const lf_gemm_kernels *out[], size_t capacity)
{
  size_t n = 0;
  for (lf_isa_id i = LF_ISA_REF; i < LF_ISA_COUNT; i++)
    if (lf_isa_available(i) && n < capacity) out[n++] = table(i);
  return n;
}
