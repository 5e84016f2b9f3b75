/* fft.c — plans of FFTW3. Its planner is not thread-safe, running a plan is: one lock around making and destroying. */
#include "fft.h"
#include <fftw3.h>
#include <limits.h>
#include <pthread.h>
#include "base/base.h"

enum { MAX_DIMS = 3 };

struct lf_fft {
  fftw_plan plan;
  size_t bins;
};

static pthread_mutex_t planner = PTHREAD_MUTEX_INITIALIZER;

lf_status lf_fft_create(lf_fft **out, size_t d, const size_t *count)
{
  lf_status st = LF_OK;
  lf_fft *p = NULL;
  double *values = NULL;
  fftw_complex *hat = NULL; /* FFTW_ESTIMATE leaves both untouched, but looks at their alignment */
  int size[MAX_DIMS] = {0};
  size_t lines = 1;
  *out = NULL;
  if (d < 1 || d > MAX_DIMS) return LF_FAIL(LF_EARG, "a grid has 1 to %d axes, not %zu", MAX_DIMS, d);
  for (size_t a = 0; a < d; a++) {
    if (count[a] < 1 || count[a] > INT_MAX)
      return LF_FAIL(LF_EARG, "a grid axis has 1 to %d samples, axis %zu has %zu", INT_MAX, a + 1, count[a]);
    size[a] = (int)count[a];
    if (a + 1 < d) lines *= count[a]; /* two axes at the most: no overflow */
  }
  LF_TRY(lf_calloc(&p, 1, sizeof *p));
  p->bins = lines * (count[d - 1] / 2 + 1);
  LF_TRY(lf_calloc(&hat, lines, (count[d - 1] / 2 + 1) * sizeof *hat));
  LF_TRY(lf_calloc(&values, lines, count[d - 1] * sizeof *values));
  pthread_mutex_lock(&planner);
  p->plan = fftw_plan_dft_r2c((int)d, size, values, hat, FFTW_ESTIMATE | FFTW_PRESERVE_INPUT);
  pthread_mutex_unlock(&planner);
  if (!p->plan) LF_RAISE(LF_ENOMEM, "FFTW has no plan for a grid of %zu lines of %zu samples", lines, count[d - 1]);
  *out = p;
  p = NULL;
done:
  lf_free(values);
  lf_free(hat);
  lf_fft_destroy(p);
  return st;
}

size_t lf_fft_bins(const lf_fft *p) { return p->bins; }

void lf_fft_run(const lf_fft *p, const double *values, double *hat)
{
  /* FFTW's prototype lacks the const that FFTW_PRESERVE_INPUT promises */
  union {
    const double *promised;
    double *declared;
  } in = {values};
  fftw_execute_dft_r2c(p->plan, in.declared, (fftw_complex *)hat);
}

void lf_fft_destroy(lf_fft *p)
{
  if (!p) return;
  pthread_mutex_lock(&planner);
  fftw_destroy_plan(p->plan); /* NULL is allowed */
  pthread_mutex_unlock(&planner);
  lf_free(p);
}
