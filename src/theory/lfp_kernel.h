/* lfp_kernel.h — the LFP operator between points. */
#ifndef LF_LFP_KERNEL_H
#define LF_LFP_KERNEL_H
#include "frequency_grid.h"
#include "autocorrelation.h"

typedef struct lf_lfp_kernel_parts {
  lf_lfp lfp;
  lf_autocorrelation *overlap; /* between points; or, on a grid: */
  lf_frequency_grid grid;
  double *weight; /* NULL: there is none */
} lf_lfp_kernel_parts;
/* grid NULL: between points */
lf_status lf_lfp_parts_create(lf_lfp_kernel_parts **out, const lf_lfp *p, const lf_frequency_grid *grid);
void lf_lfp_parts_destroy(lf_lfp_kernel_parts *k);

/* K (n,m) from x (n,d) and z (m,d); z NULL: x again, exactly symmetric */
lf_status lf_lfp_block(const lf_lfp_kernel_parts *k, size_t n, const double *x, size_t m, const double *z,
                       size_t threads, double *K);
int lf_lfp_free_degree(const lf_lfp_kernel_parts *k);
double lf_lfp_error(const lf_lfp_kernel_parts *k);
double lf_lfp_memory(const lf_lfp_kernel_parts *k, size_t n, size_t m);
void lf_lfp_diagonal(const lf_lfp_kernel_parts *k, size_t n, const double *x, double *diagonal);
#endif
