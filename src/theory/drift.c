/* drift.c — how far a net's tangent kernel went while it learned. Theory takes it to stand still: a net for which it does is called lazy (Chizat, Oyallon, Bach
 * 2019), and what is foretold for it holds. One number for all samples together: small eigenvalues, which are what high frequencies wait for, may move by
 * more than it says. */
#include <math.h>
#include "base/base.h"
#include "lowfirst/kernel.h"

static lf_status gram(double **out, const lf_net *net, size_t n, const double *x, size_t threads)
{
  lf_kernel *kernel = NULL;
  lf_status st;
  LF_TRY(lf_kernel_empirical(&kernel, net));
  size_t rows = lf_kernel_rows(kernel, n);
  LF_TRY(lf_calloc(out, rows * rows, sizeof **out));
  LF_TRY(lf_kernel_gram(kernel, n, x, threads, *out));
done:
  lf_kernel_destroy(kernel);
  return st;
}

lf_status lf_kernel_drift(const lf_net *from, const lf_net *to, size_t n, const double *x, size_t threads,
                          lf_drift *out)
{
  double *a = NULL, *b = NULL, aa = 0, bb = 0, ab = 0, apart = 0;
  const lf_model *m = lf_net_model(from), *m_to = lf_net_model(to);
  size_t d = m->width[0], c = m->width[m->n_widths - 1], d_to = m_to->width[0], c_to = m_to->width[m_to->n_widths - 1];
  lf_status st;
  *out = (lf_drift){NAN, NAN};
  if (d != d_to || c != c_to)
    LF_RAISE(LF_ESHAPE, "a net of %zu inputs and %zu outputs did not become one of %zu and %zu", d, c, d_to, c_to);
  LF_TRY(gram(&a, from, n, x, threads));
  LF_TRY(gram(&b, to, n, x, threads));
  for (size_t i = 0; i < n * c * n * c; i++) {
    aa += a[i] * a[i], bb += b[i] * b[i], ab += a[i] * b[i];
    apart += (b[i] - a[i]) * (b[i] - a[i]);
  }
  if (!(aa > 0 && bb > 0)) LF_RAISE(LF_EMATH, "the tangent kernel is 0 at all %zu samples", n);
  out->change = sqrt(apart / aa);
  out->alignment = ab / (sqrt(aa) * sqrt(bb));
done:
  lf_free(a);
  lf_free(b);
  return st;
}
