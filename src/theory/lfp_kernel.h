/* lfp_kernel.h — the LFP operator between points. */
#ifndef LF_LFP_KERNEL_H
#define LF_LFP_KERNEL_H
#include "profile.h"

typedef struct lf_lfp_kernel_parts {
  lf_lfp lfp;
  lf_profile *profile;
} lf_lfp_kernel_parts;
lf_status lf_lfp_parts_create(lf_lfp_kernel_parts **out, const lf_lfp *p);
void lf_lfp_parts_destroy(lf_lfp_kernel_parts *k);

/* K (n,m) from x (n,d) and z (m,d); z NULL: x again, exactly symmetric */
lf_status lf_lfp_block(const lf_lfp_kernel_parts *k, size_t n, const double *x, size_t m, const double *z,
                       size_t threads, double *K);
void lf_lfp_diagonal(const lf_lfp_kernel_parts *k, size_t n, const double *x, double *diagonal);
#endif
