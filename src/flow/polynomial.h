/* polynomial.h — polynomials that a kernel leaves free (lf_kernel_free_degree): a basis, and the kernel without them. */
#ifndef LF_FLOW_POLYNOMIAL_H
#define LF_FLOW_POLYNOMIAL_H
#include "linalg/blas.h"

/* Of degree <= 1 on n samples, as many as these tell apart. */
typedef struct lf_polynomials {
  size_t n, d, count;
  double *basis;    /* (count, n) values at the samples, orthonormal; the first is constant */
  double *centre;   /* (d) mean of the samples */
  double *gradient; /* (count, d) */
  double *image;    /* (n, count) K times the basis, of lf_polynomials_remove() */
} lf_polynomials;

/* degree -1: none, 0: the constant, 1: and the principal directions of x (n,d) */
lf_status lf_polynomials_create(lf_polynomials *p, const lf_blas *blas, int degree, size_t n, size_t d,
                                const double *x);
void lf_polynomials_free(lf_polynomials *p);
/* out (count) at z (d) */
void lf_polynomials_at(const lf_polynomials *p, const double *z, double *out);
/* K (n,n) = P K P, P orthogonal to the basis; p->image keeps what K was on it. */
lf_status lf_polynomials_remove(lf_polynomials *p, const lf_blas *blas, double *K);
#endif
