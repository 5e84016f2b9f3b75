/* hold_out.c — what training on the other samples for a flow time t leaves at the samples of a cell, without training on them.
 *
 * Under a ridge the residuals of a cell B need no fit of their own: with G = (K/n + z)^-1 they are G_BB^-1 [G y]_B (as Stone 1974 for single samples), and z may
 * be complex. Training for t fits mode by mode (1 - e^-lambda t), and the filter (1 - e^-x)/x is a sum over six poles,
 *
 *     (1 - e^-x)/x = sum_j Re(W_j/(x + z_j)),   to 5.3e-5 of its value for all x >= 0,
 *
 * the best approximation of e^-x by such a sum (Caratheodory-Fejer: Trefethen, Weideman, Schmelzer 2006; tools/fit_hold_out.py), divided. So what training on the others foretells is
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

enum { PARTS = 2 * POLES }; /* real and imaginary ones */

typedef struct room {
  const lf_prediction *p;
  size_t q, columns, pairs;   /* columns = q (1 + PARTS): the values themselves, then those times each part */
  size_t *one, *other;        /* (pairs) samples of one cell */
  double *part[PARTS];        /* (n) of 1/(lambda + z) */
  double *block[PARTS];       /* (pairs) of G_BB */
  double *scaled, *product;   /* (n,columns) shares times the parts; V times that */
  double complex *matrix, *x; /* (most,most), (most,q) of one cell */
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

/* What all cells need: the entries of their blocks, mode by mode, and the products with V, all of them in one. */
static void multiply(room *r, const double *share)
{
  const size_t n = r->p->rows, q = r->q;
  for (size_t i = 0; i < n; i++) {
    const double *mode = r->p->matrix + i * n;
    double *scaled = r->scaled + i * r->columns;
    for (size_t k = 0; k < r->pairs; k++) {
      const double product = mode[r->one[k]] * mode[r->other[k]];
      for (size_t j = 0; j < PARTS; j++) r->block[j][k] += product * r->part[j][i];
    }
    for (size_t c = 0; c < q; c++) {
      scaled[c] = share[i * q + c];
      for (size_t j = 0; j < PARTS; j++) scaled[(1 + j) * q + c] = share[i * q + c] * r->part[j][i];
    }
  }
  r->p->blas->dgemm(LF_BLAS_ROW_MAJOR, LF_BLAS_TRANSPOSED, LF_BLAS_PLAIN, (int)n, (int)r->columns, (int)n, 1,
                    r->p->matrix, (int)n, r->scaled, (int)r->columns, 0, r->product, (int)r->columns);
}

/* first: of the cell's pairs */
static void hold_out_cell(room *r, size_t b, const size_t *member, size_t first, double *residual)
{
  const size_t q = r->q;
  for (size_t a = 0; a < b; a++)
    memcpy(residual + member[a] * q, r->product + member[a] * r->columns, q * sizeof *residual);
  for (size_t j = 0; j < POLES; j++) {
    const double complex weight = pole[j].weight_re + I * pole[j].weight_im;
    for (size_t a = 0, k = first; a < b; a++) {
      const double *values = r->product + member[a] * r->columns, *re = values + (1 + 2 * j) * q, *im = re + q;
      for (size_t c = 0; c <= a; c++, k++) r->matrix[a * b + c] = r->block[2 * j][k] + I * r->block[2 * j + 1][k];
      for (size_t c = 0; c < q; c++) r->x[a * q + c] = re[c] + I * im[c];
    }
    solve(b, r->matrix, q, r->x);
    for (size_t a = 0; a < b; a++)
      for (size_t c = 0; c < q; c++)
        residual[member[a] * q + c] -= creal(weight * (r->product[member[a] * r->columns + c] - r->x[a * q + c]));
  }
}

static size_t size_of_cell(const lf_cells *cells, size_t k) { return cells->first[k + 1] - cells->first[k]; }

/* Pairs of samples, cell after cell, of each the lower half of its block. */
static lf_status take_pairs(room *r, const lf_cells *cells)
{
  lf_status st;
  for (size_t k = 0; k < cells->count; k++) r->pairs += size_of_cell(cells, k) * (size_of_cell(cells, k) + 1) / 2;
  LF_TRY(lf_calloc(&r->one, r->pairs, sizeof *r->one));
  LF_TRY(lf_calloc(&r->other, r->pairs, sizeof *r->other));
  for (size_t k = 0, next = 0; k < cells->count; k++) {
    const size_t *member = cells->member + cells->first[k];
    for (size_t a = 0; a < size_of_cell(cells, k); a++)
      for (size_t c = 0; c <= a; c++, next++) r->one[next] = member[a], r->other[next] = member[c];
  }
done:
  return st;
}

static lf_status room_make(room *r, const lf_cells *cells, double t)
{
  const size_t n = r->p->rows;
  size_t most = 0;
  lf_status st;
  for (size_t k = 0; k < cells->count; k++) most = LF_MAX(most, size_of_cell(cells, k));
  r->columns = r->q * (1 + PARTS);
  LF_TRY(take_pairs(r, cells));
  for (size_t j = 0; j < PARTS; j++) {
    LF_TRY(lf_calloc(&r->part[j], n, sizeof *r->part[j]));
    LF_TRY(lf_calloc(&r->block[j], r->pairs, sizeof *r->block[j]));
  }
  for (size_t j = 0; j < POLES; j++)
    for (size_t i = 0; i < n; i++) {
      const double complex g = 1 / (r->p->lambda[i] + (pole[j].re + I * pole[j].im) / t);
      r->part[2 * j][i] = creal(g), r->part[2 * j + 1][i] = cimag(g);
    }
  LF_TRY(lf_calloc(&r->scaled, n * r->columns, sizeof *r->scaled));
  LF_TRY(lf_calloc(&r->product, n * r->columns, sizeof *r->product));
  LF_TRY(lf_calloc(&r->matrix, most * most, sizeof *r->matrix));
  LF_TRY(lf_calloc(&r->x, most * r->q, sizeof *r->x));
done:
  return st;
}

lf_status lf_hold_out(const lf_prediction *p, const lf_cells *cells, double t, size_t q, const double *share,
                      double *residual)
{
  room r = {.p = p, .q = q};
  lf_status st;
  LF_TRY(room_make(&r, cells, t));
  multiply(&r, share);
  for (size_t k = 0, pairs = 0; k < cells->count; k++) {
    const size_t b = size_of_cell(cells, k);
    hold_out_cell(&r, b, cells->member + cells->first[k], pairs, residual);
    pairs += b * (b + 1) / 2;
  }
done:
  for (size_t j = 0; j < PARTS; j++) lf_free(r.part[j]), lf_free(r.block[j]);
  lf_free(r.one);
  lf_free(r.other);
  lf_free(r.scaled);
  lf_free(r.product);
  lf_free(r.matrix);
  lf_free(r.x);
  return st;
}
