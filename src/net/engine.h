/* engine.h — a strip of samples forward and backward through all layers.
 *
 * A strip is S samples stored (row, channel, sample), sample fastest (docs/decisions.md, 1): the inputs are (inputs, C, S), every layer's
 * activation is (rows, C, S), the outputs are (c, C, S). There is one channel, the value, or (order 1) also the d first or (order 2) also the d
 * second derivatives with respect to the inputs (channels.h). S is a multiple of LF_GEMM_PAD and chosen so that a strip's activations stay
 * in the second-level cache between forward and backward, and that large batches have strips for several threads. Columns beyond the
 * samples are padding: their inputs are 0 and their output gradients must be 0, so that they add nothing.
 *
 * Nothing here allocates or fails once a workspace is made; nothing depends on the number of threads. */
#ifndef LF_ENGINE_H
#define LF_ENGINE_H
#include "base/cpu.h"
#include "base/pool.h"
#include "lowfirst/train.h" /* the phases of a step */
#include "structure.h"

/* One thread's time, phase by phase; a thread marks the end of each. Nothing is kept where there is no clock. */
typedef struct lf_clock {
  double last, seconds[LF_PHASE_COUNT];
} lf_clock;
static inline void lf_clock_start(lf_clock *c)
{
  if (c) c->last = lf_now_s();
}
static inline void lf_clock_mark(lf_clock *c, lf_phase phase)
{
  if (!c) return;
  const double now = lf_now_s();
  c->seconds[phase] += now - c->last;
  c->last = now;
}

/* What one thread needs to carry a strip through the net. */
typedef struct lf_workspace {
  size_t s;        /* columns of the strip it holds, set by whoever fills it; at most those it was made for */
  int order;       /* of the derivatives with respect to the inputs: 0, 1, 2 */
  size_t d;        /* how many inputs they are taken for */
  size_t channels; /* C = 1 + d order */
  size_t depth;    /* layers per branch, the stride of value, slope and curve */
  void **value;    /* (branches, depth) activations a (rows, C, s); the last layer's place is unused */
  void **slope;    /* (branches, depth) (rows, C, s): the activation's slope, then the pre-activations' derivatives */
  void **curve;    /* (branches, depth) (rows, order, s): the activation's second and third derivative */
  void *delta[2];  /* (widest, C, s) gradients with respect to z, back and forth */
  void *turned;    /* (C s, widest padded) a layer's input transposed */
  void *spare;     /* (s) a derivative that nobody needs */
  void *out;       /* (c, C, s) what forward leaves: the outputs before the output function */
  void *dout;      /* (c, C, s) what backward reads: the loss's gradient with respect to out */
  lf_clock *clock; /* set by whoever wants to know; NULL */
  void *memory;
} lf_workspace;

lf_status lf_workspace_create(lf_workspace **out, const lf_net *net, int order, size_t s);
void lf_workspace_destroy(lf_workspace *w);

/* theta: effective parameters (count) of the net's dtype. x: (inputs, C, s). */
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

/* How n samples are dealt to strips: as evenly as whole vectors allow, a function of net and n alone. Strip i has the samples from
 * lf_strip_first() on, lf_strip_count() of them in lf_strip_columns() columns. */
typedef struct lf_deal {
  size_t n, pad; /* samples, columns that a vector holds */
  size_t vectors, strips;
} lf_deal;
lf_deal lf_deal_strips(const lf_net *net, int order, size_t n);
static inline size_t lf_strip_first(const lf_deal *d, size_t strip) { return strip * d->vectors / d->strips * d->pad; }
static inline size_t lf_strip_columns(const lf_deal *d, size_t strip)
{
  return lf_strip_first(d, strip + 1) - lf_strip_first(d, strip);
}
static inline size_t lf_strip_count(const lf_deal *d, size_t strip)
{
  size_t left = d->n - lf_strip_first(d, strip), columns = lf_strip_columns(d, strip);
  return left < columns ? left : columns;
}
/* Columns of the widest strip, of all strips. */
static inline size_t lf_deal_widest(const lf_deal *d) { return (d->vectors + d->strips - 1) / d->strips * d->pad; }
/* The same for fewer samples, in strips no wider. */
static inline lf_deal lf_deal_fewer(const lf_deal *d, size_t n)
{
  size_t vectors = (n + d->pad - 1) / d->pad, per_strip = (d->vectors + d->strips - 1) / d->strips;
  return (lf_deal){n, d->pad, vectors, (vectors + per_strip - 1) / per_strip};
}
static inline size_t lf_deal_columns(const lf_deal *d) { return d->vectors * d->pad; }

/* Samples in strips, one after the other, each (inputs, C, its columns). */
typedef struct lf_strips {
  lf_deal deal;
  size_t rows; /* inputs C */
  void *x;
} lf_strips;
lf_status lf_strips_create(lf_strips *out, const lf_net *net, int order, size_t n, const double *x);
void lf_strips_free(lf_strips *s);
/* Where strip `i` of arrays with `rows` rows begins. */
static inline size_t lf_strip_offset(const lf_deal *d, size_t strip, size_t rows)
{
  return lf_strip_first(d, strip) * rows;
}
/* x (n,d) double -> table (n, inputs, C) of dtype, input features applied. */
lf_status lf_net_table(void **out, const lf_net *net, int order, size_t n, const double *x);

/* theta = gain x parameter; the parameters themselves where there is no gain (then `scratch` may be NULL). */
const void *lf_net_effective(const lf_net *net, void *scratch);

/* The output function on values (n,c) in place. output.c */
void lf_output_apply(lf_output kind, size_t n, size_t c, double *values);

/* Evaluation again and again on the same points. */
typedef struct lf_evaluator lf_evaluator;
lf_status lf_evaluator_create(lf_evaluator **out, const lf_net *net, int order, size_t n, const double *x,
                              size_t threads);
/* y (n, c, C); the output function is applied where there are no derivatives. `pool` has at most the threads promised. */
void lf_evaluator_run(lf_evaluator *e, lf_pool *pool, const void *theta, double *y);
void lf_evaluator_destroy(lf_evaluator *e);

/* Where a value that is not finite is born for these parameters on points x (n,d): first bad parameter, else first layer (from 1) in the
 * chain with a bad activation. Writes one clause, "" where all is finite. */
lf_status lf_net_find_nonfinite(const lf_net *net, size_t n, const double *x, const void *theta, char *text,
                                size_t size);

/* Operations of a step's products, about; and from how many on a step is shared among threads. */
double lf_net_flops(const lf_net *net, size_t n);
extern const double lf_shared_flops;
#endif
