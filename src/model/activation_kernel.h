/* activation_kernel.h — activations over arrays, one table of functions per instruction set.
 *
 * z, a, d1, d2, d3 (n): pre-activation, value, first three derivatives. Any n, any alignment. Each output may be z itself
 * (every element is read before anything at its place is written); outputs must not overlap otherwise. `param` is the
 * activation's parameter, ignored where it takes none. value, slope and jet give the same bits for a, and an element's bits do
 * not depend on its place in the array or on n. A NaN in z is a NaN in a. Kernels cannot fail. */
#ifndef LF_ACTIVATION_KERNEL_H
#define LF_ACTIVATION_KERNEL_H
#include <stddef.h>
#include "base/cpu.h"
#include "lowfirst/model.h"

typedef void (*lf_value_f32)(size_t n, float param, const float *z, float *a);
typedef void (*lf_slope_f32)(size_t n, float param, const float *z, float *a, float *d1);
typedef void (*lf_jet_f32)(size_t n, float param, const float *z, float *a, float *d1, float *d2, float *d3);
typedef void (*lf_value_f64)(size_t n, double param, const double *z, double *a);
typedef void (*lf_slope_f64)(size_t n, double param, const double *z, double *a, double *d1);
typedef void (*lf_jet_f64)(size_t n, double param, const double *z, double *a, double *d1, double *d2, double *d3);

typedef struct lf_activation_kernels {
  const char *isa;
  lf_value_f32 value_f32[LF_ACTIVATION_COUNT];
  lf_slope_f32 slope_f32[LF_ACTIVATION_COUNT];
  lf_jet_f32 jet_f32[LF_ACTIVATION_COUNT];
  lf_value_f64 value_f64[LF_ACTIVATION_COUNT];
  lf_slope_f64 slope_f64[LF_ACTIVATION_COUNT];
  lf_jet_f64 jet_f64[LF_ACTIVATION_COUNT];
} lf_activation_kernels;

const lf_activation_kernels *lf_activation_kernels_get(void);          /* for lf_isa_chosen() */
const lf_activation_kernels *lf_activation_kernels_for(lf_isa_id isa); /* NULL where this processor does not run it */
#endif
