/* tridiagonal.c — bisection on the Sturm count, then inverse iteration (Wilkinson 1965; Parlett 1980, chapters 3 and 4). */
#include "tridiagonal.h"
#include <float.h>
#include <math.h>
#include "base/base.h"

/* Eigenvalues above x: positive pivots of T - x I. A zero pivot is moved off by a rounding error of the matrix. */
static size_t count_above(size_t n, const double *a, const double *b, double x, double size)
{
  size_t above = 0;
  double pivot = 1;
  for (size_t i = 0; i < n; i++) {
    double carried = i > 0 ? b[i - 1] * (b[i - 1] / pivot) : 0;
    pivot = a[i] - x - carried;
    if (fabs(pivot) < DBL_EPSILON * size) pivot = -DBL_EPSILON * size;
    above += pivot > 0;
  }
  return above;
}

/* Gershgorin: every eigenvalue lies within the largest row sum of |entries|. */
static double row_sum(size_t n, const double *a, const double *b)
{
  double largest = 0;
  for (size_t i = 0; i < n; i++) {
    double sum = fabs(a[i]) + (i > 0 ? fabs(b[i - 1]) : 0) + (i + 1 < n ? fabs(b[i]) : 0);
    if (!(sum <= largest)) largest = sum; /* keeps a NaN */
  }
  return largest;
}

/* P L U = T - x I with partial pivoting: U has three diagonals u0, u1, u2; `low` holds the multipliers. */
typedef struct factors {
  double *u0, *u1, *u2, *low;
  unsigned char *swapped;
} factors;

static void factorise(size_t n, const double *a, const double *b, double x, double size, factors *f)
{
  double diagonal = a[0] - x, beside = n > 1 ? b[0] : 0;
  for (size_t i = 0; i < n; i++) {
    double below = i + 1 < n ? b[i] : 0, next = i + 1 < n ? a[i + 1] - x : 0, next_beside = i + 2 < n ? b[i + 1] : 0;
    f->swapped[i] = fabs(below) > fabs(diagonal);
    f->u0[i] = f->swapped[i] ? below : diagonal;
    f->u1[i] = f->swapped[i] ? next : beside;
    f->u2[i] = f->swapped[i] ? next_beside : 0;
    if (fabs(f->u0[i]) < DBL_EPSILON * size) f->u0[i] = DBL_EPSILON * size;
    f->low[i] = (f->swapped[i] ? diagonal : below) / f->u0[i];
    diagonal = (f->swapped[i] ? beside : next) - f->low[i] * f->u1[i];
    beside = (f->swapped[i] ? 0 : next_beside) - f->low[i] * f->u2[i];
  }
}

/* v <- (T - x I)^-1 v, scaled to unit length */
static void solve(size_t n, const factors *f, double *v)
{
  for (size_t i = 0; i + 1 < n; i++) {
    double top = f->swapped[i] ? v[i + 1] : v[i], bottom = f->swapped[i] ? v[i] : v[i + 1];
    v[i] = top;
    v[i + 1] = bottom - f->low[i] * top;
  }
  for (size_t i = n; i-- > 0;) {
    double known = (i + 1 < n ? f->u1[i] * v[i + 1] : 0) + (i + 2 < n ? f->u2[i] * v[i + 2] : 0);
    v[i] = (v[i] - known) / f->u0[i];
  }
  double length = 0;
  for (size_t i = 0; i < n; i++) length = hypot(length, v[i]);
  for (size_t i = 0; i < n; i++) v[i] /= length;
}

lf_status lf_tridiagonal_eigen(size_t n, const double *a, const double *b, size_t rank, double *value, double *v)
{
  enum { BISECTIONS = 60, ITERATIONS = 4 }; /* 2^-60 of the size; inverse iteration gains some 10 digits a time */
  lf_status st = LF_OK;
  factors f = {0};
  if (rank >= n) return LF_FAIL(LF_EARG, "eigenvalue %zu of a matrix with %zu rows does not exist", rank + 1, n);
  double size = row_sum(n, a, b), low = -size, high = size;
  if (!isfinite(size)) return LF_FAIL(LF_EMATH, "a tridiagonal matrix has an entry that is not finite");
  if (size == 0) size = 1;
  LF_TRY(lf_calloc(&f.u0, 4 * n, sizeof *f.u0));
  LF_TRY(lf_calloc(&f.swapped, n, 1));
  f.u1 = f.u0 + n, f.u2 = f.u1 + n, f.low = f.u2 + n;
  for (int i = 0; i < BISECTIONS; i++) {
    double middle = low + (high - low) / 2;
    if (count_above(n, a, b, middle, size) > rank)
      low = middle;
    else
      high = middle;
  }
  *value = low + (high - low) / 2;
  factorise(n, a, b, *value, size, &f);
  for (size_t i = 0; i < n; i++) v[i] = 1 + fmod((double)(i + 1) * 0.618033988749895, 1); /* a start without symmetry */
  for (int i = 0; i < ITERATIONS; i++) solve(n, &f, v);
done:
  lf_free(f.u0);
  lf_free(f.swapped);
  return st;
}
