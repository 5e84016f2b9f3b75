/* engine_f64.c — the engine in double. */
#include <string.h>
#include "channels.h"
#include "engine.h"
#include "linalg/gemm.h"
#include "model/activation_kernel.h"
#define T double
#define NAME(f) f##_f64
#define GEMM(f) f##_f64
#define ACTIVATE(f) f##_f64
#include "engine.tmpl.h"
