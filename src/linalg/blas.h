/* blas.h — the seam to OpenBLAS: opened when first asked for, on the kernels that suit this processor, on one thread.
 *
 * LAPACK's routines are Fortran's: everything by address, column-major, and behind the last argument the length of every
 * character argument. Integers are 32 bits wide. */
#ifndef LF_BLAS_H
#define LF_BLAS_H
#include <stddef.h>
#include "lowfirst/status.h"

enum { LF_BLAS_ROW_MAJOR = 101, LF_BLAS_PLAIN = 111, LF_BLAS_TRANSPOSED = 112 }; /* cblas.h's numbers */

typedef struct lf_blas {
  /* C (m,n) = alpha A (m,k) B (k,n) + beta C */
  void (*dgemm)(int order, int trans_a, int trans_b, int m, int n, int k, double alpha, const double *a, int lda,
                const double *b, int ldb, double beta, double *c, int ldc);
  void (*sgemm)(int order, int trans_a, int trans_b, int m, int n, int k, float alpha, const float *a, int lda,
                const float *b, int ldb, float beta, float *c, int ldc);
  /* eigenvalues ascending and eigenvectors of a symmetric matrix, divide and conquer */
  void (*dsyevd)(const char *jobz, const char *uplo, const int *n, double *a, const int *lda, double *w, double *work,
                 const int *lwork, int *iwork, const int *liwork, int *info, size_t, size_t);
  /* least squares of least norm by the singular values */
  void (*dgelsd)(const int *m, const int *n, const int *nrhs, double *a, const int *lda, double *b, const int *ldb,
                 double *s, const double *rcond, int *rank, double *work, const int *lwork, int *iwork, int *info);
  /* singular values, descending, and vectors */
  void (*dgesvd)(const char *jobu, const char *jobvt, const int *m, const int *n, double *a, const int *lda, double *s,
                 double *u, const int *ldu, double *vt, const int *ldvt, double *work, const int *lwork, int *info,
                 size_t, size_t);
} lf_blas;

/* The table, the same for every caller. LF_EUNSUP where the library is not installed; the environment variable LF_BLAS
 * names another file to open. The first call of a process changes the environment for a moment: make it while no other
 * thread reads or writes the environment. */
lf_status lf_blas_get(const lf_blas **out);

/* OpenBLAS's name for the kernels in use, e.g. "SkylakeX"; "" where it cannot be opened. */
const char *lf_blas_core(void);
#endif
