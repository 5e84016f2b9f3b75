/* grid.h — recognising an even grid among samples in any order. */
#ifndef LF_GRID_H
#define LF_GRID_H
#include "lowfirst/data.h"

/* Fill `out` for x (n,d); out->d = 0 where the samples are no even grid in 1 to 3 dimensions with exactly one sample per place. Free
 * with lf_grid_free(). LF_ENOMEM. */
lf_status lf_grid_find(lf_grid *out, size_t n, size_t d, const double *x);
void lf_grid_free(lf_grid *g);

/* Position of sample i per axis. */
void lf_grid_position(const lf_grid *g, size_t i, size_t position[LF_GRID_DIMS]);
#endif
