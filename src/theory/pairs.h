/* pairs.h — a kernel between two sets of points, window by window: what evaluation in memory and on disk share. */
#ifndef LF_PAIRS_H
#define LF_PAIRS_H
#include "limit.h"
#include "lowfirst/kernel.h"

typedef struct lf_pairs {
  const lf_kernel *kernel;
  size_t n, m;
  const double *x, *z; /* (n,d), (m,d); z NULL: x again, m = n */
  size_t threads;
  lf_points *a, *b; /* of a limit kernel, which keeps what every point brings; others look at a window's points anew */
} lf_pairs;

/* Checks the points, names and refuses what is not finite; threads 0: all. Close it, opened or not. */
lf_status lf_pairs_open(lf_pairs *p, const lf_kernel *k, size_t n, const double *x, size_t m, const double *z,
                        size_t threads);
void lf_pairs_close(lf_pairs *p);

/* K (rows of h points, rows of w points), one row after the other: the same bits as in the whole, if the window begins at multiples of LF_WINDOW_STEP. Of
 * a symmetric matrix ask for windows on the diagonal or above it. LF_EMATH names the entry of the whole that is not finite. */
lf_status lf_pairs_block(const lf_pairs *p, lf_window part, double *K);

/* Bytes beside K that windows of h and w points out of n and m take. */
double lf_pairs_memory(const lf_kernel *k, size_t n, size_t m, bool symmetric, size_t h, size_t w);
#endif
