/** @file  train.h — evolution 1: finite parameters follow an optimiser. */
#ifndef LF_TRAIN_H
#define LF_TRAIN_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "lowfirst/data.h"
#include "lowfirst/net.h"
#include "lowfirst/snapshot.h"
#ifdef __cplusplus
extern "C" {
#endif

/* id, spelling, formula over n samples and c outputs, e = f - y. Append only. */
#define LF_LOSS_LIST(X)                                                                               \
  X(MSE, "mse", "(1/(n c)) sum e^2")                                                                  \
  X(HALF_MSE, "half_mse", "(1/(2n)) sum e^2")                                                         \
  X(SSE, "sse", "sum e^2")                                                                            \
  X(MAE, "mae", "(1/(n c)) sum |e|")                                                                  \
  X(HUBER, "huber", "(1/(n c)) sum of e^2/2 for |e| <= D, D (|e| - D/2) beyond")                      \
  X(CROSS_ENTROPY, "cross_entropy", "-(1/n) sum y log f (softmax); with the sigmoid the binary form") \
  X(SOBOLEV, "sobolev", "(1/(n c)) sum e^2 + (1/(n c d)) sum |grad e|^2, the gradient with respect to x")

typedef enum lf_loss {
#define LF_X(id, name, formula) LF_LOSS_##id,
  LF_LOSS_LIST(LF_X)
#undef LF_X
      LF_LOSS_COUNT
} lf_loss;

/* id, spelling, update. PyTorch's conventions and defaults for those that update from one gradient. From LBFGS to ESCH they *search* (NLopt): a
 * step is one evaluation of the loss over all samples, with its gradient for the first two, and the parameters at step k are the best of
 * the first k. They take no rate, no batch, no weight decay. Append only. */
#define LF_OPTIMISER_LIST(X)                                                                                    \
  X(GD, "gd", "p -= lr g")                                                                                      \
  X(SGD, "sgd", "gd on minibatches (--batch)")                                                                  \
  X(MOMENTUM, "momentum", "v = mu v + g; p -= lr v")                                                            \
  X(NESTEROV, "nesterov", "v = mu v + g; p -= lr (g + mu v)")                                                   \
  X(ADAM, "adam", "Kingma & Ba 2014")                                                                           \
  X(ADAMW, "adamw", "Loshchilov & Hutter 2017: adam with decoupled weight decay")                               \
  X(RMSPROP, "rmsprop", "s = a s + (1-a) g^2; p -= lr g/(sqrt s + eps)")                                        \
  X(LBFGS, "lbfgs", "limited-memory BFGS: Nocedal 1980, code of Luksan")                                        \
  X(NEWTON_CG, "newton-cg",                                                                                     \
    "truncated Newton by preconditioned conjugate gradients, restarted: Dembo & Steihaug 1983, code of Luksan") \
  X(BOBYQA, "bobyqa", "quadratic model of the values, trust region: Powell 2009")                               \
  X(NEWUOA, "newuoa", "the same in its older, unbounded form: Powell 2004")                                     \
  X(PRAXIS, "praxis", "line searches along principal axes: Powell 1964, Brent 1973")                            \
  X(CRS, "crs", "controlled random search in a box: Price 1983, Kaelo & Ali 2006")                              \
  X(ESCH, "esch", "evolution in a box: da Silva Santos, Goncalves & Hernandez-Figueroa 2010")

typedef enum lf_optimiser {
#define LF_X(id, name, formula) LF_OPTIMISER_##id,
  LF_OPTIMISER_LIST(LF_X)
#undef LF_X
      LF_OPTIMISER_COUNT
} lf_optimiser;

/* id, spelling, the rate at step k of K. Append only. */
#define LF_SCHEDULE_LIST(X)                                        \
  X(CONSTANT, "constant", "lr")                                    \
  X(STEP, "step", "step:EVERY:FACTOR: lr FACTOR^floor(k/EVERY)")   \
  X(EXPONENTIAL, "exponential", "exponential:FACTOR: lr FACTOR^k") \
  X(COSINE, "cosine", "cosine[:FLOOR]: FLOOR lr + (1-FLOOR) lr (1 + cos(pi k/K))/2")

typedef enum lf_schedule {
#define LF_X(id, name, formula) LF_SCHEDULE_##id,
  LF_SCHEDULE_LIST(LF_X)
#undef LF_X
      LF_SCHEDULE_COUNT
} lf_schedule;

/** The net as a field at some samples of a batch: values and derivatives with respect to the inputs, and where a loss puts its gradient. */
typedef struct lf_field {
  size_t n;                /* samples of the whole batch, what a mean divides by */
  size_t count, d, c;      /* samples here, inputs, outputs */
  const double *x, *y;     /* (count,d), (count,c) the data */
  const double *dy;        /* (count,c,d) the data's derivatives, NULL where they have none */
  const double *u;         /* (count,c) */
  const double *du;        /* (count,c,d) du/dx_i */
  const double *d2u;       /* (count,c,d) d2u/dx_i^2; NULL for order 1 */
  double *gu, *gdu, *gd2u; /* out, as u, du, d2u: the derivatives of the loss with respect to them; 0 at first */
} lf_field;

/** A loss of one's own, e.g. of a differential equation's residual: gives back these samples' share of the loss of the whole batch and fills gu, gdu,
 *  gd2u. Called from several threads at once, for different samples. */
typedef double (*lf_field_loss)(void *user, const lf_field *field);

typedef struct lf_train_options {
  lf_loss loss;
  double huber_delta;
  lf_field_loss
      field_loss; /* instead of `loss`, or NULL; test losses are then mse of the values. The output must be the identity */
  void *field_user;
  int field_order; /* derivatives that field_loss is given: 1 first, 2 also second */
  lf_optimiser optimiser;
  double lr, momentum, beta1, beta2, alpha, epsilon, weight_decay;
  lf_schedule schedule;
  double schedule_a, schedule_b;
  double box;     /* crs and esch look for each parameter within this distance of its initial value */
  int64_t warmup; /* steps over which the rate rises linearly from lr/warmup to lr */
  int64_t steps;
  size_t batch;       /* 0: all samples in every step */
  uint64_t seed;      /* minibatch order */
  size_t threads;     /* 0: chosen (1 where the problem is small) */
  double stop_loss;   /* end once loss < stop_loss; 0: never */
  double stop_time_s; /* end after this wall time; 0: never */
  bool profile;       /* keep the time of each phase, at about a per cent of it: lf_trainer_profile() */
  double slice_s;     /* pause after this wall time of each call (LF_STOP_SLICE); 0: never */
  /* what to record: every `record_every` steps, or about `record_count` steps spaced logarithmically; the first and last always */
  int64_t record_every, record_count;
  size_t n_probe;
  const double *x_probe; /* (n_probe,d), read during the run: keep it alive */
} lf_train_options;

lf_train_options lf_train_options_default(void); /* mse, adam 1e-4, constant, 10 000 steps, full batch, log:200 */
lf_status lf_loss_parse(lf_loss *out, const char *text);
const char *lf_loss_name(lf_loss l);
lf_status lf_optimiser_parse(lf_optimiser *out, const char *text);
const char *lf_optimiser_name(lf_optimiser o);
bool lf_optimiser_searches(lf_optimiser o); /* one of NLopt's: see the list */
lf_status lf_schedule_parse(lf_train_options *o,
                            const char *text); /* "step:1000:0.5" -> schedule, schedule_a, schedule_b */
const char *lf_schedule_name(lf_schedule s);
lf_status lf_record_parse(lf_train_options *o, const char *text); /* "every:10", "log:200", "none" */

typedef enum lf_stop {
  LF_STOP_STEPS,    /* all steps done */
  LF_STOP_LOSS,     /* loss below stop_loss */
  LF_STOP_TIME,     /* stop_time_s used up */
  LF_STOP_OBSERVER, /* the observer said so */
  LF_STOP_REQUEST,  /* lf_trainer_stop() was called, e.g. from a signal handler */
  LF_STOP_SLICE,    /* slice_s is over: save a checkpoint and call lf_trainer_run() again */
  LF_STOP_CONVERGED /* a search, begun afresh at its best point, found nothing better */
} lf_stop;

/** A training run under way: net, optimiser state, step. */
typedef struct lf_trainer lf_trainer;

/** `net`, `data` are kept, not copied: they must outlive the trainer. LF_ESHAPE where data and net disagree; LF_EARG;
 *  LF_ENOMEM; LF_EUNSUP for a search without NLopt. */
lf_status lf_trainer_create(lf_trainer **out, lf_net *net, const lf_data *data, const lf_train_options *options);
void lf_trainer_destroy(lf_trainer *t);

/** Go on until a stop. The observer sees the recorded steps. May be called again after LF_STOP_OBSERVER, LF_STOP_REQUEST and
 *  LF_STOP_SLICE; a step is recorded once.
 *  LF_EMATH: the loss is not finite; the detail names step, layer and value, and the parameters are those of the last recorded step.
 *  @param[out] why     may be NULL */
lf_status lf_trainer_run(lf_trainer *t, lf_observer observe, void *user, lf_stop *why);

/* id, name: where a step's time goes */
#define LF_PHASE_LIST(X)                    \
  X(FORWARD, "forward, with activations")   \
  X(LOSS, "loss")                           \
  X(WEIGHTS, "gradients of the weights")    \
  X(BELOW, "gradients of the layers below") \
  X(UPDATE, "update")                       \
  X(RECORD, "records")                      \
  X(REST, "waiting, and all else")

typedef enum lf_phase {
#define LF_X(id, name) LF_PHASE_##id,
  LF_PHASE_LIST(LF_X)
#undef LF_X
      LF_PHASE_COUNT
} lf_phase;
const char *lf_phase_name(lf_phase p);

/** Where the time of a run with options.profile went. A net with one hidden layer is walked unit by unit: its gradients are all in WEIGHTS. */
typedef struct lf_profile {
  int64_t steps;
  size_t threads;
  double wall_s;                  /* of the steps and records of this process */
  double seconds[LF_PHASE_COUNT]; /* of all threads together: their sum is threads x wall_s */
  double flops[LF_PHASE_COUNT];   /* operations of the products in one step; 0 where there are none */
  double bytes[LF_PHASE_COUNT]; /* that one step must at least read and write there; 0 where arithmetic is the limit */
} lf_profile;

/** LF_EARG for a run without options.profile, and for optimisers that search. */
lf_status lf_trainer_profile(const lf_trainer *t, lf_profile *out);

/** Ask the run to end before its next step. Async-signal-safe. */
void lf_trainer_stop(lf_trainer *t);

int64_t lf_trainer_step(const lf_trainer *t);
size_t lf_trainer_threads(const lf_trainer *t);     /* chosen, or as asked for */
int64_t lf_trainer_bad_trials(const lf_trainer *t); /* points of a search that gave no finite loss: passed over */
double lf_trainer_wall_s(const lf_trainer *t);
double lf_trainer_steps_per_s(const lf_trainer *t); /* of this process, recording left out; NaN before the first step */

/** The whole state as named arrays (parameters, moments, step, wall time) to put into a checkpoint, and back. After a restore the run
 *  continues with the same bits as if it had never stopped; a search does so by going through its steps again, unseen, when it is run
 *  next, and gives LF_ESHAPE where that does not come to the same. LF_ESHAPE where the state is of another run. */
struct lf_npz;
lf_status lf_trainer_save(const lf_trainer *t, struct lf_npz *into);
lf_status lf_trainer_restore(lf_trainer *t, const struct lf_npz *from);

/** Everything at once. */
lf_status lf_train(lf_net *net, const lf_data *data, const lf_train_options *options, lf_observer observe, void *user);

/** Loss and its gradient over all training samples: grad (P) double, 0 for fixed tensors. */
lf_status lf_train_gradient(lf_net *net, const lf_data *data, const lf_train_options *options, double *loss,
                            double *grad);

/** Compare the gradient with central differences of the loss along `directions` seeded random directions, at the step that balances
 *  truncation and rounding: *worst = the largest |analytic - numeric| / max(|analytic|, |numeric|, scale). Net in double. */
lf_status lf_train_check_gradient(lf_net *net, const lf_data *data, const lf_train_options *options, size_t directions,
                                  double *worst);

#ifdef __cplusplus
}
#endif
#endif
