/* activation_kernel.c — the table of activation kernels, filled from the reference. */
#include "activation_kernel.h"

#define KERNELS(id, real, suffix)                                                                             \
  static void value_##id##_##suffix(size_t n, real param, const real *z, real *a)                             \
  {                                                                                                           \
    for (size_t i = 0; i < n; i++) {                                                                          \
      double jet[4];                                                                                          \
      lf_activation_jet(LF_##id, (double)param, (double)z[i], jet);                                           \
      a[i] = (real)jet[0];                                                                                    \
    }                                                                                                         \
  }                                                                                                           \
  static void slope_##id##_##suffix(size_t n, real param, const real *z, real *a, real *d1)                   \
  {                                                                                                           \
    for (size_t i = 0; i < n; i++) {                                                                          \
      double jet[4];                                                                                          \
      lf_activation_jet(LF_##id, (double)param, (double)z[i], jet);                                           \
      a[i] = (real)jet[0];                                                                                    \
      d1[i] = (real)jet[1];                                                                                   \
    }                                                                                                         \
  }                                                                                                           \
  static void jet_##id##_##suffix(size_t n, real param, const real *z, real *a, real *d1, real *d2, real *d3) \
  {                                                                                                           \
    for (size_t i = 0; i < n; i++) {                                                                          \
      double jet[4];                                                                                          \
      lf_activation_jet(LF_##id, (double)param, (double)z[i], jet);                                           \
      a[i] = (real)jet[0];                                                                                    \
      d1[i] = (real)jet[1];                                                                                   \
      d2[i] = (real)jet[2];                                                                                   \
      d3[i] = (real)jet[3];                                                                                   \
    }                                                                                                         \
  }
#define LF_X(id, name, params, fallback, formula) KERNELS(id, float, f32) KERNELS(id, double, f64)
LF_ACTIVATION_LIST(LF_X)
#undef LF_X

static const lf_activation_kernels reference = {
    .isa = "ref",
#define LF_X(id, name, params, fallback, formula) value_##id##_f32,
    .value_f32 = {LF_ACTIVATION_LIST(LF_X)},
#undef LF_X
#define LF_X(id, name, params, fallback, formula) slope_##id##_f32,
    .slope_f32 = {LF_ACTIVATION_LIST(LF_X)},
#undef LF_X
#define LF_X(id, name, params, fallback, formula) jet_##id##_f32,
    .jet_f32 = {LF_ACTIVATION_LIST(LF_X)},
#undef LF_X
#define LF_X(id, name, params, fallback, formula) value_##id##_f64,
    .value_f64 = {LF_ACTIVATION_LIST(LF_X)},
#undef LF_X
#define LF_X(id, name, params, fallback, formula) slope_##id##_f64,
    .slope_f64 = {LF_ACTIVATION_LIST(LF_X)},
#undef LF_X
#define LF_X(id, name, params, fallback, formula) jet_##id##_f64,
    .jet_f64 = {LF_ACTIVATION_LIST(LF_X)},
#undef LF_X
};

const lf_activation_kernels *lf_activation_kernels_for(lf_isa_id isa) { return isa == LF_ISA_REF ? &reference : NULL; }

const lf_activation_kernels *lf_activation_kernels_get(void) { return &reference; }
