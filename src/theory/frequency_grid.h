/* frequency_grid.h — kernels that are sums over a lattice of frequencies. */
#ifndef LF_FREQUENCY_GRID_H
#define LF_FREQUENCY_GRID_H
#include "lowfirst/lfp.h"

/* K (n,m) = sum over the whole lattice of weight cos 2 pi xi.(x - z); z NULL: x again. weight (size) of one of each pair. */
lf_status lf_frequency_grid_block(const lf_frequency_grid *g, const double *weight, size_t n, const double *x, size_t m,
                                  const double *z, size_t threads, double *K);
/* Bytes beside K */
double lf_frequency_grid_memory(size_t n, size_t m);
lf_status lf_frequency_grid_check(const lf_frequency_grid *g);
#endif
