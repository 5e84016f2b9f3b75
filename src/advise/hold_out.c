/* hold_out.c — what training on the other samples for a flow time t leaves at the samples of a cell, without training on them.
 *
 * Under a ridge the residuals of a cell B need no fit of their own: with G = (K/n + z)^-1 they are G_BB^-1 [G y]_B (as Stone 1974 for single samples), and z may
 * be complex. Training for t fits mode by mode (1 - e^-lambda t), and the filter (1 - e^-x)/x is a sum over six poles,
 *
 *     (1 - e^-x)/x = sum_j Re(W_j/(x + z_j)),   to 5e-5 of its value for all x >= 0,
 *
 * the best approximation of e^-x by such a sum (Caratheodory-Fejer: Trefethen, Weideman, Schmelzer 2006), divided. So what training on the others foretells is
 * the same sum over ridges z_j/t. */
#include <complex.h>
#include <math.h>
#include <string.h>
#include "advise_parts.h"

enum { POLES = 3 }; /* and their conjugates, which are in W */
static const struct pole {
  double re, im, weight_re, weight_im;
} pole[POLES] = {{2.4006029389332935, 1.1931293084019932, 1.8102932273231034, 2.6717717948361708},
                 {1.1585525717194243, 3.6147726008194159, -0.83485724382539461, 0.099255962636024375},
                 {-1.7819882759205834, 6.1965124673466994, 0.024561999500441377, -0.034040507554402702}};

typedef struct room {
  const lf_prediction *p;
  size_t q;
  double *re[POLES], *im[POLES]; /* (n) of 1/(lambda + z) */
  double *rows, *scaled;         /* (most,n) the members' parts of the eigenvectors; the same times re or im */
  double *part, *here;           /* (most,max(most,q)); (most,q) the values of the members */
  double complex *block, *x;     /* (most,most), (most,q) */
} room;

/* x (b,q) = block^-1 x by a Cholesky factorisation without conjugation. It is stable without pivoting, as the imaginary part of G is definite (Higham 1998). block (b,b)
 * is symmetric, its lower half is read and spoilt. */
static void solve(size_t b, double complex *block, size_t q, double complex *x)
{
  for (size_t j = 0; j < b; j++) {
    double complex *row = block + j * b;
    for (size_t i = 0; i <= j; i++) {
      double complex sum = row[i];
      for (size_t k = 0; k < i; k++) sum -= row[k] * block[i * b + k];
      row[i] = i < j ? sum / block[i * b + i] : csqrt(sum);
    }
    for (size_t c = 0; c < q; c++) {
      for (size_t k = 0; k < j; k++) x[j * q + c] -= row[k] * x[k * q + c];
      x[j * q + c] /= row[j];
    }
  }
  for (size_t j = b; j-- > 0;)
    for (size_t c = 0; c < q; c++) {
      for (size_t k = j + 1; k < b; k++) x[j * q + c] -= block[k * b + j] * x[k * q + c];
      x[j * q + c] /= block[j * b + j];
    }
}

/* block = G_BB and x = [G y]_B, their real (unit 1) or imaginary (unit I) part added; weight (n) that of 1/(lambda + z). */
static void add_part(room *r, size_t b, const double *weight, double complex unit, const double *share)
{
  const size_t n = r->p->rows, q = r->q;
  for (size_t a = 0; a < b; a++)
    for (size_t i = 0; i < n; i++) r->scaled[a * n + i] = r->rows[a * n + i] * weight[i];
  r->p->blas->dgemm(LF_BLAS_ROW_MAJOR, LF_BLAS_PLAIN, LF_BLAS_TRANSPOSED, (int)b, (int)b, (int)n, 1, r->rows, (int)n,
                    r->scaled, (int)n, 0, r->part, (int)b);
  for (size_t i = 0; i < b * b; i++) r->block[i] += unit * r->part[i];
  lf_flow_product(r->p->blas, b, q, n, r->scaled, share, r->part);
  for (size_t i = 0; i < b * q; i++) r->x[i] += unit * r->part[i];
}

static void hold_out_cell(room *r, size_t b, const size_t *member, const double *share, double *residual)
{
  const size_t n = r->p->rows, q = r->q;
  for (size_t i = 0; i < n; i++)
    for (size_t a = 0; a < b; a++) r->rows[a * n + i] = r->p->matrix[i * n + member[a]];
  lf_flow_product(r->p->blas, b, q, n, r->rows, share, r->here);
  for (size_t a = 0; a < b; a++) memcpy(residual + member[a] * q, r->here + a * q, q * sizeof *residual);
  for (size_t j = 0; j < POLES; j++) {
    const double complex weight = pole[j].weight_re + I * pole[j].weight_im;
    memset(r->block, 0, b * b * sizeof *r->block);
    memset(r->x, 0, b * q * sizeof *r->x);
    add_part(r, b, r->re[j], 1, share);
    add_part(r, b, r->im[j], I, share);
    solve(b, r->block, q, r->x);
    for (size_t a = 0; a < b; a++)
      for (size_t c = 0; c < q; c++)
        residual[member[a] * q + c] -= creal(weight * (r->here[a * q + c] - r->x[a * q + c]));
  }
}

static lf_status room_make(room *r, size_t most, double t)
{
  const size_t n = r->p->rows;
  lf_status st;
  for (size_t j = 0; j < POLES; j++) {
    LF_TRY(lf_calloc(&r->re[j], n, sizeof *r->re[j]));
    LF_TRY(lf_calloc(&r->im[j], n, sizeof *r->im[j]));
    for (size_t i = 0; i < n; i++) {
      const double complex g = 1 / (r->p->lambda[i] + (pole[j].re + I * pole[j].im) / t);
      r->re[j][i] = creal(g), r->im[j][i] = cimag(g);
    }
  }
  LF_TRY(lf_calloc(&r->rows, most * n, sizeof *r->rows));
  LF_TRY(lf_calloc(&r->scaled, most * n, sizeof *r->scaled));
  LF_TRY(lf_calloc(&r->part, most * LF_MAX(most, r->q), sizeof *r->part));
  LF_TRY(lf_calloc(&r->here, most * r->q, sizeof *r->here));
  LF_TRY(lf_calloc(&r->block, most * most, sizeof *r->block));
  LF_TRY(lf_calloc(&r->x, most * r->q, sizeof *r->x));
done:
  return st;
}

lf_status lf_hold_out(const lf_prediction *p, const lf_cells *cells, double t, size_t q, const double *share,
                      double *residual)
{
  room r = {.p = p, .q = q};
  size_t most = 0;
  lf_status st;
  for (size_t k = 0; k < cells->count; k++) most = LF_MAX(most, cells->first[k + 1] - cells->first[k]);
  LF_TRY(room_make(&r, most, t));
  for (size_t k = 0; k < cells->count; k++)
    hold_out_cell(&r, cells->first[k + 1] - cells->first[k], cells->member + cells->first[k], share, residual);
done:
  for (size_t j = 0; j < POLES; j++) lf_free(r.re[j]), lf_free(r.im[j]);
  lf_free(r.rows);
  lf_free(r.scaled);
  lf_free(r.part);
  lf_free(r.here);
  lf_free(r.block);
  lf_free(r.x);
  return st;
}
