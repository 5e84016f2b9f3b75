/* thin_unit.h — one instruction set's thin path: each thin_<set>.c is this with its own flags. */
#include "linalg/vector.h"
#include "model/activation_kernel.h"
#include "thin.h"

enum { BLOCK = 4, SAMPLES = 16, RUN = 64, TOGETHER = VECTOR_BITS == 512 ? 4 : 2 };
#define BITS 32
#include "thin.tmpl.h"
#undef BITS
#define BITS 64
#include "thin.tmpl.h"
#undef BITS

#define LF_THIN_TABLE(set)                                    \
  {                                                           \
    set, forward_f32, forward_f64, backward_f32, backward_f64 \
  }
