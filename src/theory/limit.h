/* limit.h — the kernel of infinitely wide nets: from a model to a recursion, from points to what each brings to it, from two sets of
 * points to a block of the kernel. */
#ifndef LF_LIMIT_H
#define LF_LIMIT_H
#include <stdbool.h>
#include "block.h"
#include "dual.h"
#include "lowfirst/kernel.h"
#include "model/init.h"
#include "quadrature.h"

/* What one activation may add to the error of a correlation: rounding of closed forms, and what a series or an integral is carried to. */
#define LF_CLOSED_ERROR 4e-15
#define LF_SERIES_ERROR 2e-13

/* An affine layer: variance V Q + B, kernel g Q + h + carry Q' kernel. For NNGP g = V, h = B, carry = 0. */
typedef struct lf_affine {
  double v, b, g, h, carry;
} lf_affine;

/* The model is completed, as lf_model_complete() leaves it. */
bool lf_limit_has_model(const lf_model *m);

/* Of a completed model's layer, at the widths given; tangent: NTK, else NNGP. */
lf_affine lf_affine_of(const lf_model *m, size_t layer, bool tangent);

typedef enum lf_entry {
  LF_ENTRY_PLAIN,       /* x itself: Q = x.x'/d */
  LF_ENTRY_FREQUENCIES, /* cos and sin of random phases 2 pi w.x: Q = k(x-x')/2 */
  LF_ENTRY_WAVE /* one layer sin(omega z) or cos(omega z), z = w.x + b, for laws of w and b that need not be normal */
} lf_entry;

/* What LF_ENTRY_WAVE takes in: effective weights and biases (multipliers in), tangent kernel of z: g x.x' + h. */
typedef struct lf_wave {
  double omega;
  bool cosine;
  lf_spread weight, bias;
  double g, h;
} lf_wave;

/* One branch of the net. After the entry: affine[0], then `hidden` times an activation and the next affine. */
typedef struct lf_branch_limit {
  size_t groups;               /* of the first layer's units, each seeing scale times x; 1 but for MscaleDNN-1 */
  double scale[LF_MAX_SCALES]; /* (groups) */
  double share[LF_MAX_SCALES]; /* (groups) of the units */
  lf_affine affine[LF_MAX_LAYERS + 1];
} lf_branch_limit;

typedef struct lf_limit {
  lf_model model;
  bool tangent; /* NTK; else NNGP */
  size_t d, hidden, branches;
  lf_entry entry;
  lf_wave wave;
  double *frequency; /* (frequencies, d) of a file or drawn; NULL: the law's own kernel */
  size_t frequencies;
  lf_branch_limit *branch;
  const char *note; /* where the limit is only near; "" */
} lf_limit;

/* seed: in place of a law of frequencies those that a net of this seed draws; NULL: the law. */
lf_status lf_limit_create(lf_limit **out, const lf_model *model, bool tangent, const uint64_t *seed);
void lf_limit_destroy(lf_limit *l);

/* Series end at one of these, as soon as the bound allows for a strip of pairs. */
enum { LF_RUNGS = 12 };
extern const size_t lf_rungs[LF_RUNGS];
extern const double lf_log_promise; /* logarithm of what they may leave out, relative */

/* What the points bring to one activation and to the affine layer behind it. Arrays (n). */
typedef struct lf_level {
  double *r;                /* standard deviation before the activation */
  double *one;              /* 1/sqrt Q(x,x) behind it; 0 where that is 0 */
  double *direction, *rest; /* shares of weights and bias in the next affine layer; see lf_step */
  /* series: E act; coefficients (terms, n); half the log of what terms beyond lf_rungs[k] have of E act'^2, (rungs, n) */
  double *mean, *e, *tail;
  size_t terms, rungs; /* lf_rungs[rungs-1] = terms */
} lf_level;

typedef struct lf_branch_points {
  double *unit;    /* (groups, d+1, n) plain entry: unit vectors of (scaled x, bias) */
  lf_level entry;  /* of features: one, direction, rest */
  lf_level *level; /* (groups + hidden - 1): first those of the first hidden layer, one per group */
} lf_branch_points;

typedef struct lf_points {
  size_t n;
  double *x;        /* (d, n): a row per input */
  double *diagonal; /* (n) */
  double error;     /* see lf_kernel_error */
  lf_branch_points *branch;
} lf_points;

/* `pairs`: what blocks need; else the diagonal and the error alone. */
lf_status lf_points_create(lf_points **out, const lf_limit *l, size_t n, const double *x, size_t threads, bool pairs);
void lf_points_destroy(const lf_limit *l, lf_points *p);

/* Bytes that n points take, at most. */
double lf_limit_memory(const lf_limit *l, size_t n);

/* Features of a point xi (d) against those of n columns of x (d, ldx): q; t, the part of the kernel that the next layer carries; m, the defect of
 * q's correlation, for one and other (n) as in lf_level. scratch (n). */
void lf_entry_strip(const lf_limit *l, const double *xi, const double *x, size_t ldx, size_t n, double one,
                    const double *other, double *q, double *t, double *m, double *scratch);

/* Pairs of the points i ... i+h-1 of one set and j ... j+w-1 of another. */
typedef struct lf_window {
  size_t i, h, j, w;
} lf_window;
/* Windows of one matrix that begin at multiples of this have the bits that they have in the whole of it. */
enum { LF_WINDOW_STEP = 128 };

/* The block (h, w) of a kernel; a == b: its diagonal is exact, and a window on the diagonal is symmetric, at half the work. */
lf_status lf_limit_block(const lf_limit *l, const lf_points *a, const lf_points *b, lf_window part, size_t threads,
                         lf_block *to);
#endif
