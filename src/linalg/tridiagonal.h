/* tridiagonal.h — single eigenpairs of a symmetric tridiagonal matrix. */
#ifndef LF_TRIDIAGONAL_H
#define LF_TRIDIAGONAL_H
#include <stddef.h>
#include "lowfirst/status.h"

/* The eigenpair at `rank` from the top (0: the largest) of the matrix with diagonal a (n) and neighbours b (n-1): its value to
 * a few eps of the matrix's size, by bisection; its vector v (n) of unit length, by inverse iteration, where the value
 * stands apart from its neighbours. LF_EARG n = 0 or rank >= n; LF_EMATH an entry is not finite; LF_ENOMEM. */
lf_status lf_tridiagonal_eigen(size_t n, const double *a, const double *b, size_t rank, double *value, double *v);
#endif
