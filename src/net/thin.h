/* thin.h — a net with one hidden layer, walked unit by unit instead of sample by sample.
 *
 * With one or two inputs the products of such a net are too thin for a register tile, and its activations are more data than its parameters.
 * So vectors run along the hidden units: a block of units is loaded once, goes through all samples in registers and the
 * first-level cache, and nothing per unit and sample is ever stored; backward computes the activations again. What is left is one
 * pass over the parameters forward and one backward, in which the optimiser takes its step while they are at hand.
 *
 * Units are cut into jobs by the net's shape and the number of samples alone, and the jobs' outputs are added in order: bits do not
 * depend on the number of threads. Nothing fails once made. */
#ifndef LF_THIN_H
#define LF_THIN_H
#include "lowfirst/model.h"
#include "structure.h"

/* The most inputs and outputs that this path takes. */
enum { LF_THIN_INPUTS = 4, LF_THIN_OUTPUTS = 4 };

/* Some hidden units of one branch, and all samples. Matrices of samples are (rows, s), sample fastest. */
typedef struct lf_thin_block {
  size_t d, c, n, s;   /* inputs, outputs, samples, stride of x and dout */
  size_t units, count; /* of the branch: stride of v's rows; of this block */
  lf_activation activation;
  double param;
  bool fourier;          /* each unit hands on cos z and sin z: v and gv have rows of 2 units */
  const void *w, *b, *v; /* this block's first row of (units, d), of (units) or NULL, first column of (c, units) */
  const void *x, *dout;  /* (d, s); (c, s), only for backward */
  void *out;             /* (c, n) what these units add to the outputs; only for forward */
  void *gw, *gb, *gv;    /* gradients, as w, b, v; only for backward */
  size_t g_units;        /* stride of gv's rows */
} lf_thin_block;

typedef struct lf_thin_kernels {
  const char *isa;
  void (*forward_f32)(const lf_thin_block *block);
  void (*forward_f64)(const lf_thin_block *block);
  void (*backward_f32)(const lf_thin_block *block);
  void (*backward_f64)(const lf_thin_block *block);
} lf_thin_kernels;
const lf_thin_kernels *lf_thin_kernels_get(void);

/* A run of parameters, and their gradient. */
typedef struct lf_range {
  size_t from, count;
  void *grad; /* (count) */
} lf_range;
enum { LF_THIN_RANGES = 2 + 2 * LF_THIN_OUTPUTS, LF_THIN_ROOM = 16384 };

/* Room for a piece's gradient, half of a first-level cache. */
typedef union lf_thin_room {
  _Alignas(64) float f32[LF_THIN_ROOM / sizeof(float)];
  double f64[LF_THIN_ROOM / sizeof(double)];
} lf_thin_room;

/* Whether a net is one that this path serves. */
bool lf_thin_suits(const lf_net *net);

typedef struct lf_thin lf_thin;
/* For batches of n samples. */
lf_status lf_thin_create(lf_thin **out, const lf_net *net, size_t n);
void lf_thin_destroy(lf_thin *t);
size_t lf_thin_jobs(const lf_thin *t);
/* Columns of x, out and dout: n, padded. */
size_t lf_thin_columns(const lf_thin *t);

/* One job's share of the outputs, from x (d, columns); any thread, any order. */
void lf_thin_forward(const lf_thin *t, size_t nth, const void *theta, const void *x);
/* out (c, columns): the jobs' shares and the output biases added up. */
void lf_thin_outputs(const lf_thin *t, const void *theta, void *out);
/* One job's gradient from dout (c, columns), put (not added) where its parameters are in grad (P). Any thread, any order. */
void lf_thin_backward(const lf_thin *t, size_t nth, const void *theta, const void *x, const void *dout, void *grad);
/* The same piece by piece, for who uses it up at once: a piece's gradient goes to `room`, where it stays in the first-level cache. Gives back how many runs of parameters it is, with their gradients. */
size_t lf_thin_pieces(const lf_thin *t, size_t nth);
size_t lf_thin_piece(const lf_thin *t, size_t nth, size_t piece, const void *theta, const void *x, const void *dout,
                     lf_thin_room *room, lf_range range[LF_THIN_RANGES]);
/* The output biases' gradient, and where they are: as above, outside all jobs; at most one run per branch, `branch` counts them. */
lf_range lf_thin_bias(const lf_thin *t, size_t branch, const void *dout, void *grad);
#endif
