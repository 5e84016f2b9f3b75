/* update_dispatch.c — the optimiser's update for the instruction set in use. */
#include "base/cpu.h"
#include "update.h"
#ifdef LF_HAVE_X86
#include <xmmintrin.h>
#endif

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

lf_adam_step lf_adam_step_of(const lf_update *u)
{
  return (lf_adam_step){.b1 = u->beta1,
                        .b2 = u->beta2,
                        .c1 = 1 - u->beta1,
                        .c2 = 1 - u->beta2,
                        .size = u->lr / u->correction1,
                        .root = 1 / u->correction2,
                        .epsilon = u->epsilon,
                        .keep = u->rule == LF_OPTIMISER_ADAMW ? 1 - u->lr * u->weight_decay : 1};
}

const lf_update_kernels *lf_update_get(void) { return table(lf_isa_chosen()); }

/* The thread's rounding mode as it was; 0 and nothing done where processors have no such mode or need none. */
static unsigned flush_tiny(void)
{
#ifdef LF_HAVE_X86
  enum { RESULTS_TO_ZERO = 0x8000, OPERANDS_TO_ZERO = 0x0040 };
  const unsigned before = _mm_getcsr();
  _mm_setcsr(before | RESULTS_TO_ZERO | OPERANDS_TO_ZERO);
  return before;
#else
  return 0;
#endif
}

static void restore_mode(unsigned before)
{
#ifdef LF_HAVE_X86
  _mm_setcsr(before);
#else
  (void)before;
#endif
}

void lf_update_run(const lf_update *u, lf_dtype type, size_t from, size_t n)
{
  const lf_update_kernels *kernels = lf_update_get();
  const unsigned mode = flush_tiny();
  if (type == LF_F32)
    kernels->update_f32(u, from, n);
  else
    kernels->update_f64(u, from, n);
  restore_mode(mode);
}

size_t lf_update_all(const lf_update_kernels *out[], size_t capacity)
{
  size_t n = 0;
  for (lf_isa_id i = LF_ISA_REF; i < LF_ISA_COUNT; i++)
    if (lf_isa_available(i) && n < capacity) out[n++] = table(i);
  return n;
}
