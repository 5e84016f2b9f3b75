/* dual_unit.h — one instruction set's table: each dual_<set>.c is this with its own flags. */
#include <math.h>
#include "linalg/vector.h"
#include "linalg/vmath_coef.h"
#include "theory/dual.h"
#include "theory/dual_coef.h"

#define BITS 64
#include "linalg/vmath.tmpl.h"
#include "theory/dual.tmpl.h"
#include "linalg/vmath_end.h"

#define LF_DUAL_TABLE(set)                                                                                            \
  {                                                                                                                   \
    .isa = (set),                                                                                                     \
    .closed = {[LF_IDENTITY] = closed_IDENTITY, [LF_RELU] = closed_RELU,     [LF_LEAKY_RELU] = closed_LEAKY_RELU,     \
               [LF_SIN] = closed_SIN,           [LF_COS] = closed_COS,       [LF_ERF] = closed_ERF,                   \
               [LF_GAUSS] = closed_GAUSS,       [LF_RICKER] = closed_RICKER, [LF_GELU] = closed_GELU},                \
    .series = series, .unit_defect = unit_defect, .inner = inner, .defect = defect, .affine = affine, .carry = carry, \
    .relu_layer = relu_layer, .hermite = hermite,                                                                     \
  }
