/* b_vmath.c — how many elements a second vector mathematics and the activation kernels do, per instruction set, from the first-level cache.
 *
 *   b_vmath            all           b_vmath tanh       lines that contain "tanh" */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "base/cpu.h"
#include "linalg/vmath.h"
#include "model/activation_kernel.h"

enum { N = 512, CALLS = 16 }; /* 5 arrays of 4 KiB and less: they stay in a 32 KiB cache */
static const double SECONDS = 0.05, LOW = -4, HIGH = 4;

static float x32[N], y32[4][N];
static double x64[N], y64[4][N];

/* The best of many short bursts: other programs' turns on the processor fall out. 10^9 elements a second. */
#define RATE(rate, call)                                            \
  do {                                                              \
    double end = lf_now_s() + SECONDS, best = SECONDS, start, took; \
    do {                                                            \
      start = lf_now_s();                                           \
      for (int i = 0; i < CALLS; i++) call;                         \
      took = lf_now_s() - start;                                    \
      best = fmin(best, took);                                      \
    } while (start < end);                                          \
    (rate) = 1e-9 * CALLS * N / best;                               \
  } while (0)

static int wanted(int argc, char **argv, const char *name) { return argc < 2 || strstr(name, argv[1]) != NULL; }

static void functions(const lf_vmath *v, int argc, char **argv)
{
  double single, twice;
#define LF_X(name, formula)                                           \
  if (wanted(argc, argv, #name)) {                                    \
    RATE(single, v->name##_f32(N, x32, y32[0]));                      \
    RATE(twice, v->name##_f64(N, x64, y64[0]));                       \
    printf("%-7s %-22s %8.2f %8.2f\n", v->isa, #name, single, twice); \
  }
  LF_VMATH_LIST(LF_X)
#undef LF_X
  if (!wanted(argc, argv, "turns")) return;
  RATE(single, v->turns_f32(N, x32, y32[0], y32[1]));
  RATE(twice, v->turns_f64(N, x64, y64[0], y64[1]));
  printf("%-7s %-22s %8.2f %8.2f\n", v->isa, "turns", single, twice);
}

static void activations(const lf_activation_kernels *k, int argc, char **argv)
{
  for (int a = 0; a < LF_ACTIVATION_COUNT; a++) {
    const char *name = lf_activation_name((lf_activation)a);
    double param = lf_activation_default((lf_activation)a), single, twice;
    if (!wanted(argc, argv, name)) continue;
    RATE(single, k->value_f32[a](N, (float)param, x32, y32[0]));
    RATE(twice, k->value_f64[a](N, param, x64, y64[0]));
    printf("%-7s %-15s value  %8.2f %8.2f\n", k->isa, name, single, twice);
    RATE(single, k->slope_f32[a](N, (float)param, x32, y32[0], y32[1]));
    RATE(twice, k->slope_f64[a](N, param, x64, y64[0], y64[1]));
    printf("%-7s %-15s slope  %8.2f %8.2f\n", k->isa, name, single, twice);
    RATE(single, k->jet_f32[a](N, (float)param, x32, y32[0], y32[1], y32[2], y32[3]));
    RATE(twice, k->jet_f64[a](N, param, x64, y64[0], y64[1], y64[2], y64[3]));
    printf("%-7s %-15s jet    %8.2f %8.2f\n", k->isa, name, single, twice);
  }
}

int main(int argc, char **argv)
{
  for (size_t i = 0; i < N; i++) x64[i] = LOW + (HIGH - LOW) * (double)i / N, x32[i] = (float)x64[i];
  printf("%-7s %-22s %8s %8s   (10^9 elements/s)\n", "set", "function", "float", "double");
  for (lf_isa_id isa = LF_ISA_REF; isa < LF_ISA_COUNT; isa++) {
    if (lf_vmath_for(isa)) functions(lf_vmath_for(isa), argc, argv);
    if (lf_activation_kernels_for(isa)) activations(lf_activation_kernels_for(isa), argc, argv);
  }
  return 0;
}
