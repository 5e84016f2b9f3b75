/* engine_f32.c — the engine in float. */
#include <string.h>
#include "channels.h"
#include "engine.h"
#include "linalg/gemm.h"
#include "model/activation_kernel.h"
#define T float
#define NAME(f) f##_f32
#define GEMM(f) f##_f32
#define ACTIVATE(f) f##_f32
#include "engine.tmpl.h"
