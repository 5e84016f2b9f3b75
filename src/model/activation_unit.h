/* activation_unit.h — one instruction set's activation kernels: each activation_<set>.c is this with its own flags. */
#include <math.h>
#include "activation_kernel.h"
#include "linalg/vector.h"
#include "linalg/vmath_coef.h"

#define BITS 32
#include "linalg/vmath.tmpl.h"
#include "activation.tmpl.h"
#include "linalg/vmath_end.h"
#define BITS 64
#include "linalg/vmath.tmpl.h"
#include "activation.tmpl.h"
#include "linalg/vmath_end.h"

#define VALUE_F32(id, name, params, fallback, formula) value_##id##_f32,
#define SLOPE_F32(id, name, params, fallback, formula) slope_##id##_f32,
#define JET_F32(id, name, params, fallback, formula) jet_##id##_f32,
#define VALUE_F64(id, name, params, fallback, formula) value_##id##_f64,
#define SLOPE_F64(id, name, params, fallback, formula) slope_##id##_f64,
#define JET_F64(id, name, params, fallback, formula) jet_##id##_f64,
#define LF_ACTIVATION_TABLE(set)                                                                              \
  {                                                                                                           \
    .isa = (set), .value_f32 = {LF_ACTIVATION_LIST(VALUE_F32)}, .slope_f32 = {LF_ACTIVATION_LIST(SLOPE_F32)}, \
    .jet_f32 = {LF_ACTIVATION_LIST(JET_F32)}, .value_f64 = {LF_ACTIVATION_LIST(VALUE_F64)},                   \
    .slope_f64 = {LF_ACTIVATION_LIST(SLOPE_F64)}, .jet_f64 = {LF_ACTIVATION_LIST(JET_F64)},                   \
  }
