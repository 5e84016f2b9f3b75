/* clean.c — tones taken out of scattered samples one by one, each fitted by least squares together with those before it: an orthonormal
 * basis of the tones grows by two rows at a time, and what remains is orthogonal to all of it. */
#include <math.h>
#include <string.h>
#include "base/base.h"
#include "lens_parts.h"

static const double TWO_PI = 6.283185307179586477;

struct lf_clean {
  const lf_nudft *nudft;
  const double *place; /* (n,d) */
  size_t n, d, c, rows, kept_rows;
  double *rest, *kept; /* (c,n) */
  double *basis;       /* (rows,n) */
};

static double dot(size_t n, const double *a, const double *b)
{
  double sum = 0;
  for (size_t i = 0; i < n; i++) sum += a[i] * b[i];
  return sum;
}

static void subtract(size_t n, double factor, const double *x, double *y)
{
  for (size_t i = 0; i < n; i++) y[i] -= factor * x[i];
}

/* The row behind the basis joins it, and its part of what remains goes; nothing happens where it is already spanned. */
static void join(lf_clean *s)
{
  double *row = s->basis + s->rows * s->n, before = sqrt(dot(s->n, row, row));
  for (int twice = 0; twice < 2; twice++)
    for (size_t k = 0; k < s->rows; k++) {
      const double *q = s->basis + k * s->n;
      subtract(s->n, dot(s->n, q, row), q, row);
    }
  double length = sqrt(dot(s->n, row, row));
  if (!(length > 1e-6 * before)) return;
  for (size_t i = 0; i < s->n; i++) row[i] /= length;
  for (size_t j = 0; j < s->c; j++) subtract(s->n, dot(s->n, row, s->rest + j * s->n), row, s->rest + j * s->n);
  s->rows++;
}

static double angle(const lf_clean *s, const double *xi, size_t i)
{
  double cycles = 0;
  for (size_t a = 0; a < s->d; a++) cycles += xi[a] * s->place[i * s->d + a];
  return TWO_PI * cycles;
}

void lf_clean_take(lf_clean *s, const double *xi)
{
  double *row = s->basis + s->rows * s->n;
  for (size_t i = 0; i < s->n; i++) row[i] = cos(angle(s, xi, i));
  join(s);
  row = s->basis + s->rows * s->n;
  for (size_t i = 0; i < s->n; i++) row[i] = sin(angle(s, xi, i));
  join(s);
}

void lf_clean_keep(lf_clean *s)
{
  memcpy(s->kept, s->rest, s->n * s->c * sizeof *s->rest);
  s->kept_rows = s->rows;
}

void lf_clean_go_back(lf_clean *s)
{
  memcpy(s->rest, s->kept, s->n * s->c * sizeof *s->rest);
  s->rows = s->kept_rows;
}

/* sum over outputs of |sum_i rest_i exp(-2 pi i xi.x_i)|^2 */
static double power(const lf_clean *s, const double *xi)
{
  double sum = 0;
  for (size_t j = 0; j < s->c; j++) {
    double re = 0, im = 0;
    for (size_t i = 0; i < s->n; i++) {
      double turn = angle(s, xi, i), y = s->rest[j * s->n + i];
      re += y * cos(turn);
      im -= y * sin(turn);
    }
    sum += re * re + im * im;
  }
  return sum;
}

/* Golden section along one axis: xi[a] to about 1/100 of a bin. The main lobe is two bins wide, so there is one maximum. */
static void refine_axis(const lf_clean *s, double *xi, size_t a, double from, double to)
{
  enum { STEPS = 10 };
  const double golden = 0.6180339887498949;
  double left = to - golden * (to - from), right = from + golden * (to - from), p_left, p_right;
  xi[a] = left, p_left = power(s, xi);
  xi[a] = right, p_right = power(s, xi);
  for (int i = 0; i < STEPS; i++) {
    if (p_left > p_right) {
      to = right, right = left, p_right = p_left;
      xi[a] = left = to - golden * (to - from), p_left = power(s, xi);
    } else {
      from = left, left = right, p_left = p_right;
      xi[a] = right = from + golden * (to - from), p_right = power(s, xi);
    }
  }
  xi[a] = (from + to) / 2;
}

void lf_clean_refine(const lf_clean *s, const double *xi, const double *extent, double *out)
{
  memcpy(out, xi, s->d * sizeof *out);
  for (size_t sweep = 0; sweep < (s->d > 1 ? 2 : 1); sweep++)
    for (size_t a = 0; a < s->d; a++)
      if (extent[a] > 0) refine_axis(s, out, a, xi[a] - 0.5 / extent[a], xi[a] + 0.5 / extent[a]);
}

void lf_clean_measure(const lf_clean *s, lens_scratch *scratch, const double *weight)
{
  for (size_t j = 0; j < s->c; j++)
    for (size_t i = 0; i < s->n; i++)
      scratch->gathered[j * s->n + i] = s->rest[j * s->n + i] * (weight ? weight[i] : 1);
  lf_nudft_run(s->nudft, s->c, scratch->gathered, scratch->hat);
}

lf_status lf_clean_create(lf_clean **out, const lf_lens *l, const lens_plan *p, size_t max_tones)
{
  lf_status st = LF_OK;
  lf_clean *s = NULL;
  *out = NULL;
  LF_TRY(lf_calloc(&s, 1, sizeof *s));
  *s = (lf_clean){.nudft = l->nudft, .place = p->place, .n = l->used, .d = l->info.xi_d, .c = l->info.c};
  LF_TRY(lf_calloc(&s->rest, s->n, s->c * sizeof *s->rest));
  LF_TRY(lf_calloc(&s->kept, s->n, s->c * sizeof *s->kept));
  LF_TRY(lf_calloc(&s->basis, 2 * max_tones + 2, s->n * sizeof *s->basis)); /* the mean, the tones, one row to try */
  for (size_t j = 0; j < s->c; j++)
    for (size_t i = 0; i < s->n; i++) s->rest[j * s->n + i] = p->data->y[(l->from ? l->from[i] : i) * s->c + j];
  for (size_t i = 0; i < s->n; i++) s->basis[i] = 1;
  join(s);
  *out = s;
  s = NULL;
done:
  lf_clean_destroy(s);
  return st;
}

void lf_clean_destroy(lf_clean *s)
{
  if (!s) return;
  lf_free(s->rest);
  lf_free(s->kept);
  lf_free(s->basis);
  lf_free(s);
}
