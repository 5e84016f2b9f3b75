/* prediction.h — what a prediction is inside. */
#ifndef LF_FLOW_PREDICTION_H
#define LF_FLOW_PREDICTION_H
#include "base/base.h"
#include "linalg/blas.h"
#include "lowfirst/flow.h"
#include "polynomial.h"
#include "rule.h"

/* Points at which the function is wanted again and again: there it is start + a (rank,rows) matrix times the modes' gains. */
typedef struct lf_site {
  size_t values; /* points times c; 0: no such site */
  double *start; /* (values), NULL: 0 */
  double *mode;  /* (rank, rows) of the points: (1/n) V^T K(X,Z); NULL: the samples, V^T times lambda */
} lf_site;

struct lf_prediction {
  const lf_kernel *kernel;
  const lf_data *data;
  const lf_blas *blas;
  lf_flow_options options; /* times copied, the other pointers are not looked at again */
  double *time;
  lf_rule rule;
  double time_per_rate, stable_rate;
  size_t n, c, rows, columns; /* rows of K; columns = n c / rows: outputs that share them */
  double *matrix;             /* (rows, rows): row i is eigenvector i, eigenvalues ascending */
  double *lambda;             /* (rows) of K/n, none below 0 */
  size_t lost, rank;          /* the first `lost` are left out */
  lf_polynomials free;        /* the last free.count modes: learned at once */
  double rounding;
  double *target; /* (rows, columns) y - f_0 */
  double *share;  /* (rows, columns) V^T (y - f_0) */
  lf_site on_train, on_test, on_probe;
};

/* Modes lost ... lf_flow_end() - 1 evolve; there are none where polynomials fit all samples. */
static inline size_t lf_flow_end(const lf_prediction *p) { return p->rows - p->free.count; }

/* mu of mode i < lf_flow_end() */
static inline double lf_curvature(const lf_prediction *p, size_t i)
{
  return p->lambda[i] + p->options.ridge / (double)p->n;
}

/* The largest mu; 0 where nothing evolves. */
static inline double lf_flow_top(const lf_prediction *p)
{
  return lf_flow_end(p) > 0 ? lf_curvature(p, lf_flow_end(p) - 1) : 0;
}

enum { LF_FLOW_BATCH = 32 }; /* times that share a pass over the eigenvectors */

/* Values at `count` times on a site, out (count, values); work as lf_flow_work() makes it. */
void lf_flow_values(const lf_prediction *p, const lf_site *site, size_t count, const double *when, double *work,
                    double *out);
lf_status lf_flow_work(double **work, const lf_prediction *p, size_t count);
/* C (m,n) = A (m,k) B (k,n) */
void lf_flow_product(const lf_blas *blas, size_t m, size_t n, size_t k, const double *a, const double *b, double *c);

/* ---- shared with the frequency equation (pde.c) ---------------------------------------------------------------------------------- */
/* Flow time of a step of plain descent per rate; 0: the loss is not quadratic in the values. */
double lf_flow_time_per_rate(lf_loss loss, size_t n, size_t c);
lf_status lf_flow_check_records(const lf_flow_options *o);
/* o->lr, given or chosen: stable, and such that `times` fall on different steps. */
lf_status lf_flow_choose_rate(lf_flow_options *o, double time_per_rate, double stable_rate);
/* Another rate, stable_rate at most, for what is taken apart already. */
void lf_flow_set_rate(lf_prediction *p, double lr);
/* A copy of f_0 (count) where there is one; `name` is for the message. */
lf_status lf_flow_copy_start(double **out, const char *name, size_t count, const double *start);
/* The recorded times, or steps of a rule. */
lf_status lf_flow_times(double **out, size_t *count, const lf_flow_options *o, double time_per_step);
double lf_flow_loss(lf_loss loss, size_t n, size_t c, const double *f, const double *y);
#endif
