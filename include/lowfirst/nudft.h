/** @file  nudft.h — Fourier coefficients of scattered samples.
 *
 *  c_k = (1/n) sum_j y_j exp(-2 pi i xi_k.x_j),   j < n samples in R^d, xi_k given in cycles per unit of x.
 *  The spectrum of a training set as the frequency-principle literature reads it off (Xu et al., 1901.06523).
 *  Direct sums, O(n m) per right-hand side; the phases depend on x and xi alone and are kept in the plan where they fit. */
#ifndef LF_NUDFT_H
#define LF_NUDFT_H
#include <stddef.h>
#include "lowfirst/status.h"
#ifdef __cplusplus
extern "C" {
#endif

typedef struct lf_nudft lf_nudft; /* immutable once made: may be shared among threads */

/** Make a plan. x and xi are read during the call only.
 *  @param x   (n,d) sample positions, n >= 1, d >= 1;   @param xi  (m,d) frequencies in cycles per unit of x, m >= 1
 *  @param memory  bytes that the phases may take, 0: 512 MiB; above it (16 bytes each of n m) they are computed anew in every run,
 *                 two to four times slower, with the same bits
 *  LF_EARG a size is 0, or |xi.x| may reach 2^50 cycles; LF_EMATH x or xi not finite; LF_ENOMEM. */
lf_status lf_nudft_create(lf_nudft **out, size_t n, size_t d, const double *x, size_t m, const double *xi,
                          size_t memory);

/** Transform c right-hand sides. No allocation; the same bits whatever c and `memory` are, for one instruction set.
 *  @param y         (c,n) values, one row per right-hand side
 *  @param[out] hat  (m,c) complex: pairs re, im
 *  Rounding: |error| <= (n + 16 d) eps max|y| per coefficient. */
void lf_nudft_run(const lf_nudft *p, size_t c, const double *y, double *hat);

/** Free a plan; NULL is allowed. */
void lf_nudft_destroy(lf_nudft *p);

#ifdef __cplusplus
}
#endif
#endif
