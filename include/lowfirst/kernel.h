/** @file  kernel.h — the kernel that says how a network learns: its tangent kernel K(x,x') = df(x)/dp . df(x')/dp, and the
 *  covariance of its values at the start.
 *
 *      lf_kernel *kernel;
 *      lf_kernel_limit(&kernel, &model, LF_NTK);
 *      lf_kernel_gram(kernel, n, x, 0, K);
 *
 *  Of infinitely wide nets, a recursion over the layers (Jacot, Gabriel, Hongler 2018; Lee et al. 2018). With Q = E[act(u) act(v)] and
 *  Q' = E[act'(u) act'(v)] for u, v normal with the covariance S of the layer below,
 *
 *      S   = V Q + B                V, B   variance of a unit's weighted sum per unit of Q, variance of its bias
 *      NTK = G Q + H + V Q' NTK     G, H   the same with the parameters' squared multipliers alone
 *
 *  Q of the first layer is x.x'/d, or that of the input features. Scaling ntk has V = G = std_w^2, B = H = std_b^2. With scaling standard G is
 *  the fan-in: K grows with the width, and V with an initial law that does not shrink; both are taken at the widths given, so that K is the
 *  kernel of the net that is trained, but for what falls like 1/width. lf_kernel_note() says where the limit is only near.
 *
 *  Several outputs: the limit is the same for each and 0 between two of them (K times the identity), so it has one row per point. An
 *  empirical kernel has a row per point and output, in the order of y (n,c): point i, output k is row i c + k.
 *  Values are before the output function (sigmoid, softmax). Antisymmetric initialisation changes no tangent kernel; NNGP is that of one
 *  of its two copies. Everything here is double. Results do not depend on `threads` (0: all processors). */
#ifndef LF_KERNEL_H
#define LF_KERNEL_H
#include <stdbool.h>
#include <stddef.h>
#include "lowfirst/model.h"
#include "lowfirst/net.h"
#ifdef __cplusplus
extern "C" {
#endif

typedef struct lf_kernel lf_kernel;

/* id, spelling, what it is */
#define LF_KERNEL_LIST(X)                                                                     \
  X(LF_NTK, "ntk", "tangent kernel at infinite width")                                        \
  X(LF_NNGP, "nngp", "covariance of the values at the start, at infinite width")              \
  X(LF_EMPIRICAL, "empirical", "tangent kernel of a net with the parameters that it has now") \
  X(LF_LFP, "lfp", "tangent kernel at infinite width for widely spread biases: the linear frequency principle")

typedef enum lf_kernel_kind {
#define LF_X(id, name, text) id,
  LF_KERNEL_LIST(LF_X)
#undef LF_X
      LF_KERNEL_COUNT
} lf_kernel_kind;
const char *lf_kernel_kind_name(lf_kernel_kind kind);

/** @param model  completed (lf_model_complete), copied
 *  @param kind   LF_NTK, LF_NNGP, or LF_LFP (lowfirst/lfp.h, where its options are)
 *  @return LF_EARG, for LF_LFP also a model that has none; LF_EMATH where a variance is not finite; LF_ENOMEM; LF_EIO, LF_EFMT for a frequency file */
lf_status lf_kernel_limit(lf_kernel **out, const lf_model *model, lf_kernel_kind kind);

/** The tangent kernel of nets that are infinitely wide behind the N Fourier features that a net of this seed draws, in place of their law. Without such
 *  features, or with those of a file, the kernel of lf_kernel_limit(). Errors as there. */
lf_status lf_kernel_limit_drawn(lf_kernel **out, const lf_model *model, uint64_t seed);

/** Of the net's parameters as they are now, which are copied. Tensors that are not trained do not count.
 *  LF_EMATH where one is not finite; LF_ENOMEM */
lf_status lf_kernel_empirical(lf_kernel **out, const lf_net *net);
void lf_kernel_destroy(lf_kernel *k); /* NULL is allowed */

lf_kernel_kind lf_kernel_what(const lf_kernel *k);
const lf_model *lf_kernel_model(const lf_kernel *k);
size_t lf_kernel_rows(const lf_kernel *k,
                      size_t n); /* rows for n points: n, or n c for an empirical kernel of c outputs */
/** What a reader of the numbers should know, one line, the kernel's own; "" where there is nothing. */
const char *lf_kernel_note(const lf_kernel *k);

/** Polynomials up to this degree, in all inputs together, are learned before anything else: the kernel is one of the rest alone, positive definite on
 *  coefficients that all of them are orthogonal to. -1: none, as for every kernel but LF_LFP. */
int lf_kernel_free_degree(const lf_kernel *k);

/** K(X,Z): K (rows(n), rows(m)) from x (n,d) and z (m,d). LF_EMATH names the first row of x or z that is not finite, and the first
 *  entry of K that is not; LF_ENOMEM. */
lf_status lf_kernel_evaluate(const lf_kernel *k, size_t n, const double *x, size_t m, const double *z, size_t threads,
                             double *K);
/** K(X,X), exactly symmetric, at half the work. */
lf_status lf_kernel_gram(const lf_kernel *k, size_t n, const double *x, size_t threads, double *K);
/** K(x_i,x_i): diagonal (rows(n)). */
lf_status lf_kernel_diagonal(const lf_kernel *k, size_t n, const double *x, double *diagonal);

/** *bound: no entry K(x,x') of points from x (n,d) is off by more than bound x sqrt(K(x,x) K(x',x')). Closed forms are near rounding; where an
 *  integral has none, the series that stands for it is carried to this bound (docs/predict.md). Where polynomials are free, K(x,x) may vanish: the
 *  bound then is relative to the largest entry. */
lf_status lf_kernel_error(const lf_kernel *k, size_t n, const double *x, double *bound);

/** How far a net's tangent kernel went on the way from one set of parameters to another. Theory takes it to stand still. */
typedef struct lf_drift {
  double
      change; /* ||K_to - K_from|| / ||K_from||, Frobenius norms over the points; 0: it stood still, the net is lazy */
  double alignment; /* <K_from, K_to> / (||K_from|| ||K_to||): 1 where it only grew or shrank */
} lf_drift;
/** At points x (n,d), n >= 1; two matrices of (n c)^2. LF_ESHAPE where the nets' inputs or outputs differ; LF_EMATH where a kernel is 0; those of
 *  lf_kernel_gram(). Refused: both are NaN. Source: Chizat, Oyallon, Bach 2019 (lazy training). */
lf_status lf_kernel_drift(const lf_net *from, const lf_net *to, size_t n, const double *x, size_t threads,
                          lf_drift *out);

/** Bytes that evaluating K(X,Z) takes beside K itself; `symmetric`: a Gram matrix, m is ignored. */
double lf_kernel_memory(const lf_kernel *k, size_t n, size_t m, bool symmetric);

/* ---- kernels larger than memory ------------------------------------------------------------------------------------------- */
/** How far it is: entries done, of all. What is not 0 ends it. */
typedef int (*lf_kernel_watch)(void *user, double done, double total);

/** Everything 0: chosen. */
typedef struct lf_kernel_file_options {
  double memory;  /* bytes that may be used at once, the points of the caller apart; 0: half of this machine's */
  size_t threads; /* 0: all processors */
  lf_kernel_watch watch;
  void *user;
} lf_kernel_file_options;

/** What lf_kernel_write() is going to take. */
typedef struct lf_kernel_file_plan {
  size_t points;       /* a tile's side, in points */
  double memory, disk; /* bytes */
  double room;         /* bytes free on the disk of `path`; infinite where that is not known */
} lf_kernel_file_plan;

/** LF_ENOMEM where `memory` does not hold one tile and what the points take, LF_EIO where the disk has not the room; both with the numbers. */
lf_status lf_kernel_file_look(lf_kernel_file_plan *out, const char *path, const lf_kernel *k, size_t n, size_t m,
                              bool symmetric, double memory);

/** K(X,Z), or with z NULL K(X,X) (m is ignored), into the npy file `path` (rows, columns) by tiles: the bytes that lf_kernel_evaluate() or lf_kernel_gram()
 *  and lf_npy_write() give, without K in memory. An empirical kernel looks at a tile's points anew for every tile. The file is complete or not
 *  there at all. Time: as in memory; the tiles below a symmetric matrix's diagonal are mirrored.
 *  As lf_kernel_evaluate() and lf_kernel_file_look(); LF_EIO where it cannot be written, or where `watch` ended it. */
lf_status lf_kernel_write(const char *path, const lf_kernel *k, size_t n, const double *x, size_t m, const double *z,
                          const lf_kernel_file_options *options);

#ifdef __cplusplus
}
#endif
#endif
