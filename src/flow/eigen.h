/* eigen.h — a symmetric matrix taken apart. */
#ifndef LF_FLOW_EIGEN_H
#define LF_FLOW_EIGEN_H
#include "linalg/blas.h"

enum { LF_EIGEN_MOST = 32766 }; /* dsyevd counts its 1 + 6 n + 2 n^2 places of work in 32 bits */

/* matrix (n,n) becomes eigenvectors as rows, lambda (n) their eigenvalues, ascending. LF_EMATH where it does not converge; LF_ENOMEM, for more rows than that too */
lf_status lf_eigen(const lf_blas *blas, size_t n, double *matrix, double *lambda);
#endif
