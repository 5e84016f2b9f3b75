/* run_arrays.c — npy files that options name: finite reals of the shape that is needed. */
#include <math.h>
#include <stdio.h>
#include "lowfirst/array.h"
#include "lowfirst/files.h"
#include "run/run_internal.h"

static void shape_text(const lf_array *a, char *text, size_t size)
{
  size_t used = (size_t)snprintf(text, size, "(");
  for (size_t i = 0; i < a->ndim && used < size; i++)
    used += (size_t)snprintf(text + used, size - used, "%s%zu", i ? "," : "", a->shape[i]);
  if (used < size) (void)snprintf(text + used, size - used, ")");
}

lf_status lf_read_reals(double **out, size_t *ndim, size_t shape[3], const char *path, size_t max_dims)
{
  lf_array a = {0};
  char is[128];
  lf_status st;
  *out = NULL;
  LF_TRY(lf_npy_read(&a, path));
  shape_text(&a, is, sizeof is);
  if (a.ndim < 1 || a.ndim > max_dims)
    LF_RAISE(LF_ESHAPE, "%s: an array of 1..%zu axes was expected, it has shape %s", path, max_dims, is);
  size_t count = lf_array_count(&a);
  if (count == 0) LF_RAISE(LF_ESHAPE, "%s: the array is empty, its shape is %s", path, is);
  st = lf_array_to_f64(&a, out);
  if (st != LF_OK) {
    (void)lf_fail_prefix(st, "%s", path);
    goto done;
  }
  for (size_t i = 0; i < count; i++)
    if (!isfinite((*out)[i]))
      LF_RAISE(LF_EMATH, "%s: element %zu is %g; finite numbers are needed", path, i, (*out)[i]);
  *ndim = a.ndim;
  for (size_t i = 0; i < a.ndim; i++) shape[i] = a.shape[i];
done:
  if (st != LF_OK) lf_free(*out), *out = NULL;
  lf_array_free(&a);
  return st;
}

lf_status lf_read_matrix(double **out, size_t *rows, size_t *cols, const char *path)
{
  size_t ndim, shape[3] = {0, 1, 1};
  lf_status st = lf_read_reals(out, &ndim, shape, path, 2);
  if (st != LF_OK) return st;
  size_t got = ndim == 2 ? shape[1] : 1;
  if (*cols == 0 || got == *cols) {
    *rows = shape[0];
    *cols = got;
    return LF_OK;
  }
  lf_free(*out);
  *out = NULL;
  return LF_FAIL(LF_ESHAPE, "%s: rows of %zu numbers are needed, it has rows of %zu", path, *cols, got);
}
