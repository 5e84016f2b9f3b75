/* trainer.h — what a training run is inside: shared by the loop (trainer.c), one step (step.c) and its state (state.c). */
#ifndef LF_TRAINER_H
#define LF_TRAINER_H
#include <stdatomic.h>
#include "base/pool.h"
#include "field.h"
#include "loss.h"
#include "lowfirst/train.h"
#include "net/engine.h"
#include "net/thin.h"
#include "search.h"
#include "update.h"

/* A run of parameters that one task updates. */
typedef struct lf_chunk {
  size_t from, count;
} lf_chunk;

struct lf_trainer {
  lf_net *net;
  const lf_data *data;
  lf_train_options options;
  const lf_engine *engine;
  lf_loss_rule rule;
  int derivatives;      /* order that the loss asks for: 0, 1, 2 */
  size_t rows;          /* of an input strip: inputs times channels */
  lf_field_loss field;  /* the loss on derivatives, NULL: `rule` on values */
  size_t threads, size; /* bytes of an element */
  lf_pool *pool;

  /* the batch: `batch` of n samples, in strips; a group of strips adds into one gradient, so that the order of summation is fixed */
  size_t n, c, batch, groups;
  lf_deal full, deal; /* of a batch, and of this step's: the last one of an epoch may be shorter */
  size_t groups_now;
  size_t from;          /* of the batch among all samples, or in `order` */
  void *table, *target; /* (n, rows), (n, c) of dtype */
  void *x, *y;          /* strips of (rows, columns) and (c, columns) */
  size_t *order;        /* (n) this epoch's order, NULL: full batch */
  int64_t epoch;        /* that `order` is for, -1: none */
  lf_workspace **work;  /* (threads) */
  lf_field_room **room; /* (threads), NULL without `field` */
  lf_clock *clock;      /* (threads), NULL without a profile */
  void **grad;          /* (groups) of (P) */
  double *strip_loss;   /* (strips) */
  double *fit;          /* (n, c) outputs at the samples */
  bool capture;         /* keep the outputs of this step in `fit` */

  lf_thin
      *thin; /* instead of strips, groups and work where the net has one hidden layer: then one gradient, NULL else */
  void *out, *dout; /* (c, columns) its outputs and the loss's gradient with respect to them */

  lf_update update;
  const void *theta; /* effective parameters */
  void *theta_own, *gain, *first, *second;
  size_t chunks;
  lf_chunk *chunk;

  lf_search *search; /* NULL: the rule updates the parameters from one gradient */
  double until_s;    /* lf_now_s() at which this call wants to look at the clock again */

  lf_evaluator *on_train, *on_test, *on_probe; /* on_train only where a step does not show the values at all samples */
  double *test, *probe;                        /* (n_test, c), (q, c) */
  double *all;                                 /* (n, c, channels) what a loss on derivatives is told of all samples */

  int64_t step, recorded; /* updates done; last step shown to the observer, -1: none */
  double flow_time, wall_s, loss;
  void *kept; /* (P) parameters at the last record */
  int64_t kept_step;
  void *start;            /* (P) parameters at creation */
  double busy_s, shown_s; /* time of this process in steps, and in turns with a record */
  int64_t busy_steps;
  int64_t *schedule; /* steps to record, ascending */
  size_t schedules;
  atomic_int stop;
};

/* options.c */
lf_status lf_train_options_check(const lf_train_options *o);
double lf_train_rate(const lf_train_options *o, int64_t step);
double lf_train_time_per_rate(const lf_train_options *o, size_t n, size_t c);

/* step.c: none of these allocates but lf_step_prepare, when an epoch begins */
lf_status lf_step_prepare(lf_trainer *t); /* the batch of this step */
/* samples (or places of `order`) from `first` on into the strips as dealt */
void lf_step_gather(lf_trainer *t, size_t first);
double lf_step_loss(lf_trainer *t);       /* its loss; what is missing of the gradient lf_step_update does */
double lf_step_gradient(lf_trainer *t);   /* its loss; gradients lie in the groups */
void lf_step_update(lf_trainer *t);       /* after lf_step_loss */
void lf_step_refresh(lf_trainer *t);      /* theta from the parameters */
double lf_step_field_loss(lf_trainer *t); /* of a loss on derivatives over all samples; t->fit is filled */

/* trainer.c: the loss over all samples, and t->fit; full-batch steps with a gradient have both already, and give theirs. */
double lf_full_loss(lf_trainer *t, double batch_loss);

bool lf_is_recorded(const lf_trainer *t, int64_t step);

/* gradient.c: the gradient that lies in the groups, grad (P), 0 where nothing is trained */
void lf_step_collect(const lf_trainer *t, double *grad);

/* gradient.c: the largest rate at which plain descent (or momentum) is stable at parameters `at` (P, of the net's dtype); NaN for other
 * rules, or where it cannot be told. The net is left as it was. */
double lf_train_stable_rate(lf_trainer *t, const void *at);
#endif
