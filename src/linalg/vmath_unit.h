/* vmath_unit.h — one instruction set's table: each vmath_*.c is this with its own flags. */
#include <math.h>
#include "vector.h"
#include "vmath.h"
#include "vmath_coef.h"

#define BITS 32
#include "vmath.tmpl.h"
#include "vmath_array.tmpl.h"
#include "vmath_end.h"
#define BITS 64
#include "vmath.tmpl.h"
#include "vmath_array.tmpl.h"
#include "vmath_end.h"

#define LF_X(name, formula) each_##name##_f32, each_##name##_f64,
#define LF_VMATH_TABLE(isa)                                 \
  {                                                         \
    isa, LF_VMATH_LIST(LF_X) each_turns_f32, each_turns_f64 \
  }
