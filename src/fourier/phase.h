/* phase.h — the table of inner loops of the direct transform. Kernels cannot fail: the driver has checked everything. */
#ifndef LF_PHASE_H
#define LF_PHASE_H
#include <stddef.h>
#include "base/cpu.h"

typedef struct lf_phase_kernels {
  /* cosine, sine (count) of 2 pi xi.x for one frequency xi (d); x is axis by axis, `stride` apart.
   * count is a multiple of LF_PHASE_LANES; |xi.x| < 2^50 cycles; error < 2 eps beyond d eps cycles of phase */
  void (*fill)(size_t count, size_t d, size_t stride, const double *restrict x, const double *restrict xi,
               double *restrict cosine, double *restrict sine);
  /* sum (2) += sum_i y_i cosine_i, sum_i y_i sine_i; any count; the order of summation depends on count alone */
  void (*dot)(size_t count, const double *restrict cosine, const double *restrict sine, const double *restrict y,
              double *restrict sum);
} lf_phase_kernels;

enum { LF_PHASE_LANES = 8 };

/* The kernels of an instruction set, NULL where it is not built in; and those of lf_isa_chosen(). */
const lf_phase_kernels *lf_phase_kernels_for(lf_isa_id isa);
const lf_phase_kernels *lf_phase_kernels_get(void);
#endif
