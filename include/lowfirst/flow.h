/** @file  flow.h — evolution 2: theory. What a net so wide that its tangent kernel K stands still learns, exactly, at any time and anywhere.
 *
 *      lf_flow_options how = {.steps = 10000, .record_count = 200};
 *      lf_flow(kernel, data, &how, lf_history_record, told);
 *
 *  With K(X,X)/n = V diag(lambda) V^T, one eigendecomposition,
 *
 *      f(x,t) = f_0(x) + (1/n) K(x,X) V diag(g(mu,t)) V^T (y - f_0(X)),      mu = lambda + ridge/n
 *
 *  gradient flow (of half_mse: that defines t)   g = (1 - exp(-mu t))/mu
 *  gd, k steps                                   g = (1 - (1 - h mu)^k)/mu;  h = lr for half_mse, 2 lr/c for mse, 2 n lr for sse
 *  momentum, nesterov (as in train.h, v_0 = 0)   g = (1 - e_k)/mu from e_{k+1} = T e_k - D e_{k-1}, in closed form
 *  t -> infinity                                 g = 1/mu: interpolation of least norm, or kernel ridge regression
 *
 *  `ridge` is added to the diagonal of K: weight decay towards the initial parameters. Sources: Jacot, Gabriel, Hongler 2018; Polyak 1964.
 *
 *  Eigenvalues that double cannot tell from 0 (below the rounding of K and of its decomposition) are left out: what lies in their directions
 *  counts as never learned, and lf_flow_look() says how many there are. A ridge above that rounding brings them all back.
 *
 *  Where a kernel leaves polynomials free (lf_kernel_free_degree(): LFP), their part of the residual is learned at once, the rest evolves under P K P, P
 *  orthogonal to them on the samples, and elsewhere f is K(x,X) alpha plus the polynomial that agrees at the samples. t -> infinity then is universal
 *  kriging: a spline. K counts 0 on what is free; rank includes it, eigenvalues, rates and the condition do not.
 *
 *  A kernel at infinite width has one row per sample for all outputs; an empirical one a row per sample and output. Cost: memory of three
 *  matrices of rows^2, time of one dsyevd. Everything is double; results depend on no number of threads. */
#ifndef LF_FLOW_H
#define LF_FLOW_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "lowfirst/data.h"
#include "lowfirst/kernel.h"
#include "lowfirst/lens.h"
#include "lowfirst/snapshot.h"
#include "lowfirst/train.h"
#ifdef __cplusplus
extern "C" {
#endif

/** Zero-initialised: plain descent on mse from f_0 = 0 at half the largest stable rate. `when` below is a number of steps, or with
 *  gradient_flow a flow time. */
typedef struct lf_flow_options {
  lf_optimiser optimiser; /* gd, momentum, nesterov: no other rule is linear in the values */
  bool gradient_flow;     /* continuous time instead; a step is then lr x the flow time of a step of plain descent */
  lf_loss loss;           /* mse, half_mse, sse */
  double lr; /* 0: half the largest stable rate (gradient_flow: or less, so that `time` falls on different steps) */
  double momentum; /* [0,1) */
  double ridge;    /* >= 0, in the units of K */
  const double *
      start; /* f_0 at the samples (n,c); NULL: 0, as with antisymmetric initialisation and in the mean at infinite width */
  const double *start_test;  /* (n_test,c), NULL: 0 */
  const double *start_probe; /* (n_probe,c), NULL: 0 */
  size_t n_probe;
  const double *x_probe; /* (n_probe,d) */
  size_t threads;        /* of the kernel; 0: all */
  /* what lf_flow() shows: `times` of these; or of 0...steps every record_every, or about record_count spaced in the logarithm, the
   * first and last always */
  size_t times;
  const double *time; /* ascending */
  int64_t steps, record_every, record_count;
} lf_flow_options;

/** Run through the recorded times. Snapshots are those of training: loss and values before update `step`; time is NaN for momentum and
 *  nesterov, whose relation to t is not exact. A value other than 0 from the observer ends it as a success.
 *  Errors as of lf_flow_create(). */
lf_status lf_flow(const lf_kernel *kernel, const lf_data *data, const lf_flow_options *options, lf_observer observe,
                  void *user);

/* ---- the same for those who want more ---------------------------------------------------------------------------------------- */
/** A kernel taken apart for one set of samples: every time and place is then a product away. */
typedef struct lf_prediction lf_prediction;

/** kernel and data are kept, not copied: they must outlive the prediction. What options point to is copied, but for `time`.
 *  LF_EARG an option out of range, a rule or loss that is not linear, a rate above the largest stable one, a net whose output is not the
 *  identity; LF_ESHAPE kernel and data disagree; LF_EMATH f_0 is not finite, or the kernel is 0 at all samples; LF_ENOMEM, before any
 *  work where this machine cannot hold the matrices; LF_EUNSUP without OpenBLAS. */
lf_status lf_flow_create(lf_prediction **out, const lf_kernel *kernel, const lf_data *data,
                         const lf_flow_options *options);
void lf_flow_destroy(lf_prediction *p); /* NULL is allowed */

typedef struct lf_flow_info {
  size_t rows;          /* of K: n, or n c for an empirical kernel of c outputs */
  size_t rank;          /* eigenvalues of K/n + ridge/n that double can tell from 0 */
  size_t free;          /* of these, polynomials that the kernel leaves free */
  double largest;       /* the largest eigenvalue of K/n + ridge/n, and of those in `rank` ... */
  double smallest;      /* ... the smallest */
  double condition;     /* largest / smallest */
  double rounding;      /* below this an eigenvalue of K/n cannot be told from 0 */
  double ridge;         /* as given */
  double residual;      /* ||y - f|| / ||y - f_0|| over the samples for t -> infinity: what is never learned */
  double lr;            /* in force */
  double stable_rate;   /* the largest rate at which the rule is stable; of plain descent for gradient_flow */
  double time_per_step; /* flow time of a step of plain descent at lr */
} lf_flow_info;
lf_flow_info lf_flow_look(const lf_prediction *p);

/** The function `when` (INFINITY is allowed): at samples (n,c), held-out samples (n_test,c), probe points (n_probe,c); each may be NULL.
 *  LF_EARG a time below 0, or steps that are no whole number; LF_ENOMEM. */
lf_status lf_flow_at(const lf_prediction *p, double when, double *fit, double *test, double *probe);
/** At any points z (m,d), where f_0 is start (m,c) or NULL for 0: values (m,c). */
lf_status lf_flow_evaluate(const lf_prediction *p, double when, size_t m, const double *z, const double *start,
                           double *values);
/** The recorded times of an existing prediction. */
lf_status lf_flow_run(const lf_prediction *p, lf_observer observe, void *user);

/** Leave-one-out error of the limit t -> infinity (Stone 1974): residual (n,c) of each sample, all its outputs at once, as foretold by the
 *  others: with M = (K + ridge)^-1, M_ii^-1 [M (y - f_0)]_i. Where eigenvalues are lost in rounding, a ridge as large as the
 *  rounding is added. residual may be NULL; *rmse over samples and outputs. n >= 2, and more samples than free
 *  polynomials. */
lf_status lf_flow_leave_one_out(const lf_prediction *p, double *residual, double *rmse);

/** ||f - f_0|| for t -> infinity, in the norm of the kernel: sqrt((y - f_0)^T K^-1 (y - f_0)) without ridge, over all outputs. With a kernel of LFP it is the
 *  FP-norm, and what is free counts 0. */
double lf_flow_norm(const lf_prediction *p);

/** When the peaks of a lens are learned: from where on Delta < theta, for good, on the exact evolution; looked for on a fine grid of
 *  times in the logarithm, then by bisection. */
typedef struct lf_flow_learning {
  size_t peaks;
  double *xi;    /* (peaks) |xi| */
  int64_t *step; /* (peaks) of the rule at its rate, -1: never */
  double *time;  /* (peaks) flow time, NaN: never, or the rule has none */
  double *last;  /* (peaks) Delta for t -> infinity */
  double
      trusted_xi; /* lowest frequency that double does not decide: more than theta of its amplitude lies in directions whose
                        eigenvalues are lost in rounding. INFINITY: none */
} lf_flow_learning;
lf_status lf_flow_learn(const lf_prediction *p, const lf_lens *lens, lf_flow_learning *out);
void lf_flow_learning_free(lf_flow_learning *l);

/** Bytes for n samples, `held` held-out and probe points. */
double lf_flow_memory(const lf_kernel *kernel, size_t n, size_t held);

#ifdef __cplusplus
}
#endif
#endif
