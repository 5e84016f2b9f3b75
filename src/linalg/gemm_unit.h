/* gemm_unit.h — one instruction set's product: each gemm_<set>.c is this with its own flags, after the size of its register tile. */
#include "gemm.h"
#include "vector.h"
#define BITS 32
#include "gemm.tmpl.h"
#undef BITS
#define BITS 64
#include "gemm.tmpl.h"
#undef BITS

static void stream(size_t n, float *restrict a, const float *restrict b)
{
  for (size_t i = 0; i < n; i++) a[i] += 0.5F * b[i];
}

#define LF_GEMM_TABLE(set)                                                                                \
  {                                                                                                       \
    set, gemm_f32, gemm_f64, transpose_f32, transpose_f64, dots_f32, dots_f64, spin_f32, spin_f64, stream \
  }
