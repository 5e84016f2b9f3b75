/* peak.c — what this processor could do at best, measured. */
#include "base/base.h"
#include "base/cpu.h"
#include "gemm.h"
#include "lowfirst/system.h"

/* The best of some turns of about a millisecond each: what disturbs only ever slows. */
enum { TURNS = 15 };
static const double turn_s = 1e-3;

double lf_peak_flops(size_t element)
{
  double (*const spin)(size_t) = element == sizeof(double) ? lf_gemm_get()->spin_f64 : lf_gemm_get()->spin_f32;
  double best = 0;
  size_t turns = 1000;
  for (int i = 0; i < TURNS; i++) {
    const double began = lf_now_s(), done = spin(turns), seconds = lf_now_s() - began;
    if (seconds < turn_s) turns *= 2;
    if (seconds > turn_s / 4 && done / seconds > best) best = done / seconds;
  }
  return best;
}

double lf_peak_bandwidth(size_t bytes)
{
  enum { MOVES = 3 }; /* two loads and a store */
  const size_t n = LF_MAX(bytes / (2 * sizeof(float)), (size_t)1024);
  float *a = NULL, *b = NULL;
  double best = 0;
  size_t turns = 1;
  if (lf_calloc(&a, n, sizeof *a) != LF_OK || lf_calloc(&b, n, sizeof *b) != LF_OK) goto done;
  for (int i = 0; i < TURNS; i++) {
    const double began = lf_now_s();
    for (size_t k = 0; k < turns; k++) lf_gemm_get()->stream(n, a, b);
    const double seconds = lf_now_s() - began, moved = (double)(MOVES * n * sizeof *a * turns);
    if (seconds < turn_s) turns *= 2;
    if (i > 0 && moved / seconds > best) best = moved / seconds;
  }
done:
  lf_free(a);
  lf_free(b);
  return best;
}
