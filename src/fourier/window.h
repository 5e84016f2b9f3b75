/* window.h — weights that fall towards the ends, for samples that do not repeat themselves beyond them. */
#ifndef LF_WINDOW_H
#define LF_WINDOW_H
#include <stddef.h>
#include "lowfirst/status.h"

/* Hann: w[i] = 1 - cos(2 pi (i + 1/2) / n), of mean 1 for n >= 2. */
void lf_window_hann(size_t n, double *w);

/* Discrete prolate spheroidal (Slepian) sequence of an order: of all sequences of length n and unit energy orthogonal to
 * the orders below, the one with the largest share of its energy within |xi| < nw / n cycles/sample (Slepian 1978). Made positive at
 * its first lobe. LF_EARG unless 0 < nw < n/2 and order < n; LF_ENOMEM. */
lf_status lf_window_dpss(size_t n, double nw, size_t order, double *w);
#endif
