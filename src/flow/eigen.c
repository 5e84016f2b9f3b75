/* eigen.c — LAPACK's divide and conquer. A row-major symmetric matrix is its own transpose, and LAPACK's columns are our rows. */
#include "eigen.h"
#include "base/base.h"

lf_status lf_eigen(const lf_blas *blas, size_t n, double *matrix, double *lambda)
{
  int rows = (int)n, work_size = -1, integers_size = -1, ask_integers = 0, info = 0;
  double ask_work = 0, *work = NULL;
  int *integers = NULL;
  lf_status st;
  if (n > LF_EIGEN_MOST)
    return LF_FAIL(LF_ENOMEM, "a matrix of %zu rows; LAPACK takes %d at most: use fewer samples", n, LF_EIGEN_MOST);
  blas->dsyevd("V", "U", &rows, matrix, &rows, lambda, &ask_work, &work_size, &ask_integers, &integers_size, &info, 1,
               1);
  work_size = (int)ask_work;
  integers_size = ask_integers;
  LF_TRY(lf_calloc(&work, (size_t)work_size, sizeof *work));
  LF_TRY(lf_calloc(&integers, (size_t)integers_size, sizeof *integers));
  blas->dsyevd("V", "U", &rows, matrix, &rows, lambda, work, &work_size, integers, &integers_size, &info, 1, 1);
  if (info != 0) LF_RAISE(LF_EMATH, "the eigenvalues of the kernel matrix did not converge (dsyevd: %d)", info);
done:
  lf_free(work);
  lf_free(integers);
  return st;
}
