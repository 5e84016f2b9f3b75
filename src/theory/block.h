/* block.h — where a block of a kernel goes, and whether all of it are numbers: asked of each row while it is in the first-level cache. */
#ifndef LF_BLOCK_H
#define LF_BLOCK_H
#include <stdbool.h>
#include <stddef.h>

typedef struct lf_block {
  double *K;
  size_t stride; /* of its rows */
  bool odd;      /* an entry is not finite */
} lf_block;

/* 0 x is NaN for what is not finite: one pass without a branch. */
static inline bool lf_all_finite(size_t n, const double *x)
{
  enum { SUMS = 8 };
  double sum[SUMS] = {0}, all = 0;
  size_t i = 0;
  for (; i + SUMS <= n; i += SUMS)
    for (size_t k = 0; k < SUMS; k++) sum[k] += 0 * x[i + k];
  for (; i < n; i++) all += 0 * x[i];
  for (size_t k = 0; k < SUMS; k++) all += sum[k];
  return all == 0;
}
#endif
