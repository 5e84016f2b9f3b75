/* lens_project.c — the lens for many inputs: samples are seen by their place s = x.p along one direction p (1901.06523), the first
 * principal component or one from a file.
 *
 * The component is the top eigenvector of the covariance, found by Lanczos without forming it: two passes over x per step, a few
 * dozen steps, where the d x d matrix would cost n d^2. */
#include <math.h>
#include <string.h>
#include "base/base.h"
#include "lens_parts.h"
#include "linalg/tridiagonal.h"
#include "lowfirst/files.h"

static double dot(size_t n, const double *a, const double *b)
{
  double sum[8] = {0}, total = 0; /* eight partial sums, which the compiler makes a vector of */
  size_t i = 0;
  for (; i + 8 <= n; i += 8)
    for (size_t l = 0; l < 8; l++) sum[l] += a[i + l] * b[i + l];
  for (; i < n; i++) total += a[i] * b[i];
  for (size_t l = 0; l < 8; l++) total += sum[l];
  return total;
}

static void add(size_t n, double factor, const double *x, double *y)
{
  for (size_t i = 0; i < n; i++) y[i] += factor * x[i];
}

/* out (d) = (1/n) sum_i (x_i - mean) ((x_i - mean).v) */
static void covariance_times(const lf_data *data, const double *mean, const double *v, double *out)
{
  size_t d = data->d;
  double shift = dot(d, mean, v), sum = 0;
  memset(out, 0, d * sizeof *out);
  for (size_t i = 0; i < data->n; i++) {
    double along = dot(d, data->x + i * d, v) - shift;
    add(d, along / (double)data->n, data->x + i * d, out);
    sum += along / (double)data->n;
  }
  add(d, -sum, mean, out); /* sum is 0 but for rounding */
}

/* The top eigenvector p (d) of the covariance; basis (steps+1,d), a and b (steps) and weights (steps) are working memory. */
static lf_status lanczos(const lf_data *data, const double *mean, size_t steps, double *basis, double *a, double *b,
                         double *weight, double *p)
{
  size_t d = data->d, taken = 0;
  double top = 0, length = 0;
  for (size_t i = 0; i < d; i++)
    basis[i] = 1 + fmod((double)(i + 1) * 0.618033988749895, 1); /* a start without symmetry */
  length = sqrt(dot(d, basis, basis));
  for (size_t i = 0; i < d; i++) basis[i] /= length;
  while (taken < steps) {
    double *v = basis + taken * d, *next = v + d;
    covariance_times(data, mean, v, next);
    a[taken] = dot(d, next, v);
    for (int twice = 0; twice < 2;
         twice++) /* against all before: Lanczos vectors lose their orthogonality by themselves */
      for (size_t k = 0; k <= taken; k++) add(d, -dot(d, next, basis + k * d), basis + k * d, next);
    b[taken] = sqrt(dot(d, next, next));
    taken++;
    lf_status st = lf_tridiagonal_eigen(taken, a, b, 0, &top, weight);
    if (st != LF_OK) return st;
    if (b[taken - 1] * fabs(weight[taken - 1]) <= 1e-11 * top) break; /* the residual of the pair */
    for (size_t i = 0; i < d; i++) next[i] /= b[taken - 1];
  }
  memset(p, 0, d * sizeof *p);
  for (size_t k = 0; k < taken; k++) add(d, weight[k], basis + k * d, p);
  if (!(top > 0)) return LF_FAIL(LF_EARG, "lens project: the samples do not vary, so they have no principal component");
  return LF_OK;
}

static lf_status principal_component(double *p, const lf_data *data)
{
  enum { STEPS = 100 };
  lf_status st = LF_OK;
  size_t d = data->d, steps = LF_MIN(d, (size_t)STEPS);
  double *mean = NULL, *basis = NULL, *a = NULL, sign = 0;
  LF_TRY(lf_calloc(&mean, d, sizeof *mean));
  LF_TRY(lf_calloc(&basis, steps + 1, d * sizeof *basis));
  LF_TRY(lf_calloc(&a, 3 * steps, sizeof *a));
  for (size_t i = 0; i < data->n; i++) add(d, 1 / (double)data->n, data->x + i * d, mean);
  LF_TRY(lanczos(data, mean, steps, basis, a, a + steps, a + 2 * steps, p));
  for (size_t i = 0; i < d; i++) /* its sign is free: the largest component is positive */
    if (fabs(p[i]) > fabs(sign)) sign = p[i];
  for (size_t i = 0; sign < 0 && i < d; i++) p[i] = -p[i];
done:
  lf_free(mean);
  lf_free(basis);
  lf_free(a);
  return st;
}

static lf_status direction_from_file(double *p, const char *path, size_t d)
{
  lf_status st = LF_OK;
  lf_array file = {0};
  double *value = NULL, square = 0;
  LF_TRY(lf_npy_read(&file, path));
  if (lf_array_count(&file) != d)
    LF_RAISE(LF_ESHAPE, "%s: a direction among %zu inputs needs %zu numbers, the file holds %zu", path, d, d,
             lf_array_count(&file));
  LF_TRY(lf_array_to_f64(&file, &value));
  for (size_t i = 0; i < d; i++) {
    if (!isfinite(value[i])) LF_RAISE(LF_EMATH, "%s: element %zu is not finite", path, i);
    p[i] = value[i];
    square += value[i] * value[i];
  }
  if (square == 0) LF_RAISE(LF_EARG, "%s: a direction of zeros points nowhere", path);
done:
  lf_release(value);
  lf_array_free(&file);
  return st;
}

lf_status lf_lens_direction(double *s, const lf_data *data, const char *project)
{
  lf_status st = LF_OK;
  double *p = NULL;
  LF_TRY(lf_calloc(&p, data->d, sizeof *p));
  if (!project || strcmp(project, "pca:1") == 0)
    LF_TRY(principal_component(p, data));
  else if (strncmp(project, "pca:", 4) == 0)
    LF_RAISE(LF_EARG,
             "lens project:%s: only the first principal component is there, pca:1; others can be given as a file",
             project);
  else
    LF_TRY(direction_from_file(p, project, data->d));
  for (size_t i = 0; i < data->n; i++) s[i] = dot(data->d, data->x + i * data->d, p);
done:
  lf_free(p);
  return st;
}

lf_status lf_lens_plan_project(lf_lens *l, lens_plan *p)
{
  enum {
    FREQUENCIES = 128
  }; /* by default: labels of many-dimensional data are noise along one direction well below that */
  lf_status st = LF_OK;
  double low = INFINITY, high = -INFINITY;
  l->used = p->data->n;
  l->info.xi_d = 1;
  for (size_t i = 0; i < p->data->n * p->data->d; i++)
    if (!isfinite(p->data->x[i]))
      return LF_FAIL(LF_EMATH, "lens: x[%zu,%zu] is not finite", i / p->data->d, i % p->data->d);
  LF_TRY(lf_calloc(&p->place, l->used, sizeof *p->place));
  LF_TRY(lf_lens_direction(p->place, p->data, p->options->project));
  for (size_t i = 0; i < l->used; i++) low = fmin(low, p->place[i]), high = fmax(high, p->place[i]);
  p->extent[0] = high - low;
  double most = p->extent[0] > 0 ? fmin((double)l->used / 2, FREQUENCIES) / p->extent[0] : 0;
  LF_TRY(lf_lens_plan_direct(l, p, most));
  for (size_t k = 0; k < l->info.m; k++) l->info.xi_safe = fmax(l->info.xi_safe, fabs(l->xi[k]));
done:
  return st;
}
