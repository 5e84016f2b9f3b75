/* vmath.h — elementary functions of arrays, one table per instruction set. Accuracy, limits and method: vmath.tmpl.h.
 *
 * x, y (n): any n, any alignment; y may be x. An element's bits do not depend on its place in the array. */
#ifndef LF_VMATH_H
#define LF_VMATH_H
#include <stddef.h>
#include "base/cpu.h"

/* name, y = formula */
#define LF_VMATH_LIST(X)                \
  X(exp, "exp x")                       \
  X(expm1, "exp x - 1")                 \
  X(log1p, "log(1+x)")                  \
  X(tanh, "tanh x")                     \
  X(sigmoid, "1/(1+exp(-x))")           \
  X(sin, "sin x")                       \
  X(cos, "cos x")                       \
  X(erf, "erf x")                       \
  X(normal, "normal distribution of x") \
  X(gauss, "exp(-x^2/2)")

typedef void (*lf_vmath_f32)(size_t n, const float *x, float *y);
typedef void (*lf_vmath_f64)(size_t n, const double *x, double *y);

typedef struct lf_vmath {
  const char *isa;
#define LF_X(name, formula) \
  lf_vmath_f32 name##_f32;  \
  lf_vmath_f64 name##_f64;
  LF_VMATH_LIST(LF_X)
#undef LF_X
  /* cosine = cos 2 pi x, sine = sin 2 pi x, x in turns (cycles): exact reduction, any x. Either output may be x. */
  void (*turns_f32)(size_t n, const float *x, float *cosine, float *sine);
  void (*turns_f64)(size_t n, const double *x, double *cosine, double *sine);
} lf_vmath;

const lf_vmath *lf_vmath_get(void);          /* for lf_isa_chosen() */
const lf_vmath *lf_vmath_for(lf_isa_id isa); /* NULL where this processor does not run it */
#endif
