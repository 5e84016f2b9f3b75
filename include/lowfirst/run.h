/** @file  run.h — a whole job from named options: what the command line, run.json, Python and the documentation share.
 *
 *  One table describes every option; a run holds their texts, turns them into data, model, nets, lens and histories, trains (or
 *  measures somebody else's predictions), and writes a run directory:
 *    run.json · history.npz · weights.safetensors · report.html · checkpoint.npz (what --resume goes on from); theory.npz where a
 *    prediction is laid over the training
 *
 *      lf_run *run;
 *      lf_run_create(&run, LF_COMMAND_TRAIN);
 *      lf_run_set(run, "target", "sin(x)+sin(3*x)+sin(5*x)");
 *      lf_run_set(run, "range", "-pi:pi");
 *      lf_run_go(run, NULL, NULL);
 *      char *result;  lf_run_json(run, &result);
 *      lf_run_destroy(run);
 */
#ifndef LF_RUN_H
#define LF_RUN_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "lowfirst/advise.h"
#include "lowfirst/data.h"
#include "lowfirst/flow.h"
#include "lowfirst/history.h"
#include "lowfirst/kernel.h"
#include "lowfirst/lens.h"
#include "lowfirst/lfp.h"
#include "lowfirst/model.h"
#include "lowfirst/pde.h"
#include "lowfirst/snapshot.h"
#include "lowfirst/train.h"
#ifdef __cplusplus
extern "C" {
#endif

/* ---- commands and their options -------------------------------------------------------------------------------------- */
/* id, spelling. Append only: a bit of each option's `commands`. */
#define LF_COMMAND_LIST(X)  \
  X(TRAIN, "train")         \
  X(MEASURE, "measure")     \
  X(COMPARE, "compare")     \
  X(REPORT, "report")       \
  X(DEMO, "demo")           \
  X(REPRODUCE, "reproduce") \
  X(KERNEL, "kernel")       \
  X(PREDICT, "predict")     \
  X(DOCTOR, "doctor")

typedef enum lf_command {
#define LF_X(id, name) LF_COMMAND_##id,
  LF_COMMAND_LIST(LF_X)
#undef LF_X
      LF_COMMAND_COUNT
} lf_command;

const char *lf_command_name(lf_command c);

typedef enum lf_option_kind {
  LF_OPTION_FLAG,    /* present or not; "true" and "false" in files */
  LF_OPTION_TEXT,    /* any text, parsed later */
  LF_OPTION_WORD,    /* one of `choices`, alone or followed by ":parameters" */
  LF_OPTION_INTEGER, /* a whole number within `bounds`; 1e6 is allowed */
  LF_OPTION_REAL     /* a finite number within `bounds` */
} lf_option_kind;

/** One row of the table. */
typedef struct lf_option {
  const char *group;    /* heading in help and documentation */
  const char *name;     /* --name on the command line, "name" in run.json; Python writes _ for - */
  const char *argument; /* its form, "A-B-C"; NULL for a flag */
  const char *fallback; /* default as text; NULL: none, or chosen from the rest, as `help` says */
  lf_option_kind kind;
  const char *bounds;  /* "(0,inf)", "[1,64]"; NULL where there are none */
  const char *choices; /* words separated by blanks; NULL where any text may stand */
  unsigned commands;   /* bit c is set where command c knows it */
  bool many;           /* several values, in order */
  bool session;        /* says where and how to talk, not what to compute: left out of run.json */
  const char *help;
} lf_option;

size_t lf_option_count(void);
const lf_option *lf_option_at(size_t i);
const lf_option *lf_option_find(const char *name); /* '_' counts as '-'; NULL where there is none */

/** The word nearest to `text` in edit distance, for "the nearest is ..."; NULL for n = 0. */
const char *lf_nearest_word(const char *text, size_t n, const char *const *word);

/* ---- a run ----------------------------------------------------------------------------------------------------------- */
typedef struct lf_run lf_run;

lf_status lf_run_create(lf_run **out, lf_command command);
void lf_run_destroy(lf_run *run); /* NULL is allowed */

/** Set one option, replacing what it was. LF_EARG: no such option (the nearest is named), not of this command, or a value
 *  outside what the table allows; refused means untouched. */
lf_status lf_run_set(lf_run *run, const char *name, const char *value);
/** Add a further value to an option that takes many. */
lf_status lf_run_add(lf_run *run, const char *name, const char *value);
/** Set all that a run.json (or any JSON object of options) names. Options set before are kept: set by hand goes first.
 *  LF_EIO, LF_EFMT, LF_EARG, each naming the file and the key. */
lf_status lf_run_set_file(lf_run *run, const char *path);

/** The text in force: what was set, else the default, else NULL. A flag is "true" or "false". */
const char *lf_run_get(const lf_run *run, const char *name);
bool lf_run_flag(const lf_run *run, const char *name);
bool lf_run_is_default(const lf_run *run, const char *name); /* nothing was set */
size_t lf_run_values(const lf_run *run, const char *name);   /* how many values of an option that takes many */
const char *lf_run_value(const lf_run *run, const char *name, size_t i);

/** Read the data, complete the model, make nets, lens, histories, trainers and the run directory; with --resume, restore them. Everything
 *  that can be refused is refused here, before any work, and then nothing was written. LF_EARG for what the options cannot mean. */
lf_status lf_run_prepare(lf_run *run);

/** Carry it out and write the directory. Prepares first where that was not done. `observe` sees what the first seed records, after its history
 *  has it; may be NULL. Ends early, with LF_OK, after lf_run_stop(). */
lf_status lf_run_go(lf_run *run, lf_observer observe, void *user);

/** Ask it to end soon and keep what was done. Async-signal-safe, from any thread. */
void lf_run_stop(lf_run *run);

/** What there is; pointers are owned by the run. Valid after lf_run_prepare(). */
typedef struct lf_run_info {
  lf_command command;
  const lf_data *data;
  const lf_model *model;         /* completed; NULL for measure */
  const lf_train_options *train; /* NULL but for train */
  const lf_aliasing *aliasing;
  size_t seeds;
  size_t lenses;
  size_t threads;    /* in use */
  size_t parameters; /* P of one net */
  bool resumed;
  int64_t step;    /* of the first seed: where it stands */
  const char *out; /* the run directory */
  const char *
      stop; /* why the first seed ended: "steps", "loss", "band", "time", "observer", "interrupted"; NULL before the end */
} lf_run_info;
lf_run_info lf_run_look(const lf_run *run);

typedef enum lf_run_part { LF_RUN_DATA, LF_RUN_NET, LF_RUN_TRAIN, LF_RUN_THEORY } lf_run_part;
/** One line on a part, as people write it: "adam 1e-4 · full batch · mse · float · 1 thread" (UTF-8). At most size bytes with the 0; "" where
 *  a run has no such part. */
void lf_run_describe(const lf_run *run, lf_run_part part, char *text, size_t size);

/** What is left to do: time, from a few steps of a copy of the first net (0.1 s, or one step where that takes longer), and memory.
 *  seconds is NaN where there is nothing to time. LF_ENOMEM. */
lf_status lf_run_estimate(const lf_run *run, double *seconds, double *bytes);

/** History of a seed (0: the first) through a lens (0: the first); NULL beyond. */
const lf_history *lf_run_history(const lf_run *run, size_t seed, size_t lens);

/** Median and interval over the seeds of t_k, peak by peak of the first lens: arrays (peaks), NaN where not learned. */
typedef struct lf_run_order {
  size_t peaks, seeds;
  double *xi, *median, *low, *high;
  double tau, tau_low, tau_high;
} lf_run_order;
lf_status lf_run_order_over_seeds(const lf_run *run, lf_run_order *out);
void lf_run_order_free(lf_run_order *o);

/** Where the time of the first seed went, after lf_run_go(); steps is 0 without --profile. */
lf_profile lf_run_profile(const lf_run *run);

/** The result as one JSON object, for the caller to lf_release(): steps, loss, test_loss, steps_per_s, stop, out, xi_k, t_k, half_life, tau,
 *  seeds, and with --profile a member of that name. null stands for what does not exist (not learned, no held-out set). */
lf_status lf_run_json(const lf_run *run, char **out);
/** The record that run.json holds: every option with its value, version, processor. For the caller to lf_release(). */
lf_status lf_run_record(const lf_run *run, char **out);

/** What lowfirst kernel did. */
typedef struct lf_run_kernel {
  lf_kernel_kind kind;
  size_t n, m;          /* points of --x and --x2 (m = n without one) */
  size_t rows, columns; /* of K */
  double error;         /* bound, see lf_kernel_error() */
  double time_s;
  double largest;  /* eigenvalue of K(X,X), from below, close; NaN with --x2, and where K is larger than --memory */
  size_t tile;     /* side of the tiles it went to disk by, in points; 0: it was in memory as a whole */
  char net[160];   /* "1-64-1 tanh, scaling ntk" */
  char note[256];  /* lf_kernel_note(); "" */
  const char *out; /* the file written, owned by the run */
} lf_run_kernel;

/** lowfirst kernel: K(X,X) or K(X,X2) of the net that the options describe, written to --out; a K that is larger than --memory, or takes long, tile
 *  by tile (lf_kernel_write()). Everything that can be refused is refused before the work, with the numbers where memory or the disk has not the
 *  room. `watch` (NULL: nobody) hears of every tile; lf_run_stop() ends it then, and nothing is written. */
lf_status lf_run_write_kernel(lf_run *run, lf_kernel_watch watch, void *user, lf_run_kernel *out);
/** That as one JSON object: kind, n, m, rows, columns, tile, error, time_s, largest, net, note, out. For the caller to lf_release(). */
lf_status lf_run_kernel_json(const lf_run_kernel *k, char **out);

/** What lowfirst predict found out; pointers are owned by the run. */
typedef struct lf_run_forecast {
  lf_kernel_kind by;
  const char *note;                /* lf_kernel_note(); "" */
  lf_flow_info flow;               /* rank, condition, rates */
  lf_flow_learning learning;       /* of the first lens's peaks */
  double loo_rmse;                 /* leave-one-out error; NaN for a single sample */
  double size;                     /* root mean square of y - f_0, what errors compare with */
  bool exact;                      /* false: theory has no rule for --opt, this is gradient flow */
  double fp_norm;                  /* ||f - f_0|| in the kernel's norm for t -> infinity, lf_flow_norm() */
  double gamma;                    /* ||gamma|| = sqrt(largest K(x,x)); NaN where polynomials are free */
  double bound[LF_FP_BOUND_COUNT]; /* on `risk`, for the target's norm that of its interpolant; NaN: there is none */
  double confidence;               /* with which they hold */
  double risk;                     /* mean of |f - y|^2 over held-out samples for t -> infinity; NaN without */
  lf_frequency_grid grid;          /* of --solver grid; d = 0: none */
  double
      grid_off; /* its root mean square distance from the solver kernel at the probe points, t -> infinity; NaN: none */
} lf_run_forecast;
/** NULL before lf_run_go(), and for other commands but train with a prediction laid over it (lf_run_prediction()). Added to what
 *  lf_run_json() gives for predict: by, rows, rank, condition, residual, loo_rmse, lr, stable_rate, steps_to_learn, time_to_learn (peak by peak, beyond --steps too; null: never), trusted_xi, free, fp_norm,
 *  gamma, bound_derived, bound_published, risk, grid_period, grid_highest, grid_off. */
const lf_run_forecast *lf_run_told(const lf_run *run);
/** What predict --by pde solves; NULL for every other run. Errors and steps are there after lf_run_go(). Added to what lf_run_json() gives: by, solver,
 *  processes, nodes, elements, half_width, widest, density, time_steps, rejected, time_error, space_error, lr. */
const lf_pde_info *lf_run_told_pde(const lf_run *run);

/** What theory lays over a training run (--theory): the history of the flow of the net's own tangent kernel at its start, from the net's own
 *  function on; complete after lf_run_prepare(), NULL where there is none. */
const lf_history *lf_run_prediction(const lf_run *run);

/** How far the first seed's tangent kernel went from its start to its end, on at most 1000 rows of samples; NaN before lf_run_go() and where no
 *  prediction is laid. */
lf_drift lf_run_drift(const lf_run *run);

/** The same of a finished run of train, from its directory: run.json and weights.safetensors, and the data that it names. LF_EARG where it is
 *  of another command; LF_EIO, LF_EFMT, LF_ESHAPE name the file. */
lf_status lf_run_drift_of(const char *directory, lf_drift *out);

/** One trained net of lowfirst doctor --verify, beside what was foretold of it. */
typedef struct lf_run_verified {
  const char *label;   /* "as given", or the recommendation's */
  double foretold;     /* error by theory, relative to the target's size */
  double measured;     /* on held-out samples */
  const int64_t *step; /* (bands of the advice) learned at, recorded; -1: not */
} lf_run_verified;

/** What lowfirst doctor found; pointers are owned by the run. */
typedef struct lf_run_diagnosis {
  lf_advice_view advice;
  const char *command;  /* to run next; of the given model where nothing better is known */
  const char *features; /* of the recommended model, as --features takes them; "none" */
  size_t verified;      /* 0, or 2 with --verify: given, recommended */
  lf_run_verified verify[2];
  const char *out; /* the run directory */
} lf_run_diagnosis;

/** lowfirst doctor: the advice for the data and model that the options describe, written to a run directory: run.json, doctor.json, report.html,
 *  a file of frequencies where the recommendation needs one. Everything that can be refused is refused before any work. */
lf_status lf_run_diagnose(lf_run *run, lf_run_diagnosis *out);
/** That as one JSON object, the same as doctor.json. For the caller to lf_release(). */
lf_status lf_run_diagnosis_json(const lf_run *run, char **out);

/** A comparison as one JSON object: reference, run, band_edge, band_rms, step, band_apart (by step and band), loss_ratio, pace, fit_rms, xi_k,
 *  t_k_reference, t_k, kernel_drift, kernel_alignment (null where `drift` is NULL). For the caller to lf_release(). */
lf_status lf_deviation_json(const lf_deviation *d, const lf_drift *drift, const char *reference, const char *run,
                            char **out);

#ifdef __cplusplus
}
#endif
#endif
