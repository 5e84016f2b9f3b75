/* statistics.c — medians over seeds, deviations, straight lines. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "papers.h"

static int ascending(const void *a, const void *b)
{
  double p = *(const double *)a, q = *(const double *)b;
  return (p > q) - (p < q);
}

double paper_median(size_t n, const double *values)
{
  double sorted[PAPER_MAX_SEEDS];
  if (n == 0 || n > PAPER_MAX_SEEDS) return NAN;
  memcpy(sorted, values, n * sizeof *values);
  qsort(sorted, n, sizeof *sorted, ascending);
  return n % 2 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
}

double paper_median_of(const double *t, size_t seeds, size_t n, size_t j)
{
  double column[PAPER_MAX_SEEDS];
  for (size_t s = 0; s < seeds; s++) column[s] = t[s * n + j];
  return paper_median(seeds, column);
}

void paper_describe_times(char *text, const double *t, size_t seeds, size_t n)
{
  for (size_t j = 0; j < n; j++) {
    double column[PAPER_MAX_SEEDS], median, low, high;
    for (size_t s = 0; s < seeds; s++) column[s] = t[s * n + j];
    if (lf_median_interval(seeds, column, &median, &low, &high) != LF_OK) median = low = high = NAN;
    paper_append(text, "%s%g [%g, %g]", j ? ", " : "", median, low, high);
  }
}

lf_status paper_span_of(size_t n, const double *values, paper_span *out)
{
  return lf_median_interval(n, values, &out->median, &out->low, &out->high);
}

double paper_rms(size_t n, const double *a, const double *b)
{
  double sum = 0;
  for (size_t i = 0; i < n; i++) sum += (a[i] - b[i]) * (a[i] - b[i]);
  return sqrt(sum / (double)n);
}

/* Centred sums of squares and products. */
typedef struct sums {
  double aa, ab, bb;
} sums;

static sums sums_of(size_t n, const double *a, const double *b)
{
  double mean_a = 0, mean_b = 0;
  sums s = {0, 0, 0};
  for (size_t i = 0; i < n; i++) mean_a += a[i] / (double)n, mean_b += b[i] / (double)n;
  for (size_t i = 0; i < n; i++) {
    s.aa += (a[i] - mean_a) * (a[i] - mean_a);
    s.ab += (a[i] - mean_a) * (b[i] - mean_b);
    s.bb += (b[i] - mean_b) * (b[i] - mean_b);
  }
  return s;
}

double paper_slope(size_t n, const double *x, const double *y)
{
  const sums s = sums_of(n, x, y);
  return s.ab / s.aa;
}

double paper_correlation(size_t n, const double *a, const double *b)
{
  const sums s = sums_of(n, a, b);
  return s.ab / sqrt(s.aa * s.bb);
}
