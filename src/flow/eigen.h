/* eigen.h — a symmetric matrix taken apart. */
#ifndef LF_FLOW_EIGEN_H
#define LF_FLOW_EIGEN_H
#include "linalg/blas.h"

/* matrix (n,n) becomes eigenvectors as rows, lambda (n) their eigenvalues, ascending. n <= 32766. LF_EMATH where it does not converge; LF_ENOMEM */
lf_status lf_eigen(const lf_blas *blas, size_t n, double *matrix, double *lambda);
#endif
