/* engine.h — a strip of samples forward and backward through all layers.
 *
 * A strip is S samples stored (row, channel, sample), sample fastest (docs/decisions.md, 1): the inputs are (inputs, S), every layer's
 * activation is (rows, S), the outputs are (c, S). S is a multiple of LF_GEMM_PAD and chosen so that a strip's activations stay in the
 * second-level cache between forward and backward. Columns beyond the samples are padding: their inputs are 0 and their output
 * gradients must be 0, so that they add nothing.
 *
 * Nothing here allocates or fails once a workspace is made; nothing depends on the number of threads. */
#ifndef LF_ENGINE_H
#define LF_ENGINE_H
#include "base/pool.h"
#include "structure.h"

/* What one thread needs to carry a strip through the net. */
typedef struct lf_workspace {
  size_t s;       /* columns */
  size_t depth;   /* layers per branch, the stride of value and slope */
  void **value;   /* (branches, depth) activations a (rows, s); the last layer's place is unused */
  void **slope;   /* (branches, depth) their derivatives (rows, s) */
  void *delta[2]; /* (widest, s) gradients with respect to z, back and forth */
  void *turned;   /* (s, widest padded) a layer's input transposed */
  void *out;      /* (c, s) what forward leaves: the outputs before the output function */
  void *dout;     /* (c, s) what backward reads: the loss's gradient with respect to out */
  void *memory;
} lf_workspace;

lf_status lf_workspace_create(lf_workspace **out, const lf_net *net, size_t s);
void lf_workspace_destroy(lf_workspace *w);

/* theta: effective parameters (count) of the net's dtype. x: (inputs, s). */
typedef struct lf_engine {
  /* With `slopes`, also what backward needs. */
  void (*forward)(const lf_net *net, const void *theta, lf_workspace *w, const void *x, bool slopes);
  /* grad (count), with respect to theta: added to where `accumulate`, else replaced (fixed tensors are left alone). After forward with slopes. */
  void (*backward)(const lf_net *net, const void *theta, lf_workspace *w, const void *x, void *grad, bool accumulate);
  /* strip (rows, s) from a table (n, rows): column i is row index[first + i] (index NULL: first + i), 0 from `count` on */
  void (*gather)(size_t rows, size_t s, const void *table, const size_t *index, size_t first, size_t count,
                 void *strip);
  /* (n) doubles to dtype */
  void (*store)(size_t n, const double *from, void *to);
  /* values (count,c) row-major double from out (c, s) */
  void (*load)(size_t c, size_t s, size_t count, const void *out, double *values);
} lf_engine;
const lf_engine *lf_engine_get(lf_dtype dtype);

/* Samples in strips: as many strips of equal width as are needed. */
typedef struct lf_strips {
  size_t n, s, strips;
  void *x; /* (strips, inputs, s) */
} lf_strips;
/* Columns per strip for n samples: a function of net and n alone. */
size_t lf_strip_width(const lf_net *net, size_t n);
lf_status lf_strips_create(lf_strips *out, const lf_net *net, size_t n, const double *x);
void lf_strips_free(lf_strips *s);
/* x (n,d) double -> table (n, inputs) of dtype, input features applied. */
lf_status lf_net_table(void **out, const lf_net *net, size_t n, const double *x);
static inline size_t lf_strip_count(const lf_strips *s, size_t strip)
{
  size_t left = s->n - strip * s->s;
  return left < s->s ? left : s->s;
}

/* theta = gain x parameter; the parameters themselves where there is no gain (then `scratch` may be NULL). */
const void *lf_net_effective(const lf_net *net, void *scratch);

/* The output function on values (n,c) in place. output.c */
void lf_output_apply(lf_output kind, size_t n, size_t c, double *values);

/* Evaluation again and again on the same points. */
typedef struct lf_evaluator lf_evaluator;
lf_status lf_evaluator_create(lf_evaluator **out, const lf_net *net, size_t n, const double *x, size_t threads);
/* y (n,c). `pool` has at most the threads promised. */
void lf_evaluator_run(lf_evaluator *e, lf_pool *pool, const void *theta, double *y);
void lf_evaluator_destroy(lf_evaluator *e);

/* Where a value that is not finite is born for these parameters: first bad parameter, else first layer (from 1) in the chain with a bad
 * activation. Writes one clause, "" where all is finite. */
void lf_net_find_nonfinite(const lf_net *net, const lf_strips *s, lf_workspace *w, const void *theta, char *text,
                           size_t size);
#endif
