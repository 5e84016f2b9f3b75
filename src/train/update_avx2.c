/* update_avx2.c — the update built for "avx2" (flags in cmake/LowfirstBuild.cmake). */
#include "update.h"
#include <math.h>
#define square_root_f32(x) sqrtf(x)
#define square_root_f64(x) sqrt(x)
#define T float
#define NAME(f) f##_f32
#include "update.tmpl.h"
#define T double
#define NAME(f) f##_f64
#include "update.tmpl.h"

extern const lf_update_kernels lf_update_avx2;
const lf_update_kernels lf_update_avx2 = {"avx2", update_f32, update_f64, sum_f32, sum_f64};
