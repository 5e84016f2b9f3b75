/* window.c — Hann and DPSS.
 *
 * The concentration of a DPSS is an eigenvalue of the sinc matrix, all but 1 for the low orders and so of no use to tell them
 * apart. Slepian's tridiagonal matrix commutes with it and has well separated eigenvalues: the same vectors, in O(n). */
#include "window.h"
#include <math.h>
#include "base/base.h"
#include "linalg/tridiagonal.h"

static const double PI = 3.14159265358979323846;

void lf_window_hann(size_t n, double *w)
{
  for (size_t i = 0; i < n; i++) w[i] = n > 1 ? 1 - cos(2 * PI * ((double)i + 0.5) / (double)n) : 1;
}

lf_status lf_window_dpss(size_t n, double nw, size_t order, double *w)
{
  lf_status st = LF_OK;
  double *a = NULL, value;
  if (!(nw > 0 && nw < (double)n / 2))
    return LF_FAIL(LF_EARG, "dpss: the time-bandwidth product %g must lie between 0 and half the %zu samples", nw, n);
  LF_TRY(lf_calloc(&a, 2 * n, sizeof *a));
  double *b = a + n, cosine = cos(2 * PI * nw / (double)n);
  for (size_t i = 0; i < n; i++) {
    double from_centre = ((double)n - 1) / 2 - (double)i;
    a[i] = from_centre * from_centre * cosine;
    b[i] = (double)(i + 1) * (double)(n - 1 - i) / 2;
  }
  LF_TRY(lf_tridiagonal_eigen(n, a, b, order, &value, w));
  double sum = 0; /* weighted towards the start, so that odd orders have a sign too */
  for (size_t i = 0; i < n; i++) sum += w[i] * (double)(n - i);
  for (size_t i = 0; sum < 0 && i < n; i++) w[i] = -w[i];
done:
  lf_free(a);
  return st;
}
