/* channels_dispatch.c — derivative channels for the instruction set in use. */
#include "base/cpu.h"
#include "channels.h"

extern const lf_channel_kernels lf_channels_ref;
#ifdef LF_HAVE_X86
extern const lf_channel_kernels lf_channels_avx2, lf_channels_avx512;
#endif

static const lf_channel_kernels *table(lf_isa_id isa)
{
#ifdef LF_HAVE_X86
  if (isa == LF_ISA_AVX512) return &lf_channels_avx512;
  if (isa == LF_ISA_AVX2) return &lf_channels_avx2;
#endif
  (void)isa;
  return &lf_channels_ref;
}

const lf_channel_kernels *lf_channel_kernels_get(void) { return table(lf_isa_chosen()); }
