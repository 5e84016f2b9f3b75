/* run_internal.h — what the files of this module share. */
#ifndef LF_RUN_INTERNAL_H
#define LF_RUN_INTERNAL_H
#include <stdatomic.h>
#include "base/base.h"
#include "lowfirst/lfp.h"
#include "lowfirst/net.h"
#include "lowfirst/run.h"
#include "run/json_text.h"

enum { LF_RUN_OPTIONS = 96, LF_ERROR_BYTES = 1024 };

/* ---- options ---------------------------------------------------------------------------------------------------------- */
size_t lf_option_index(const lf_option *o);
/* The row of this name that this command knows, or LF_EARG with the nearest. */
lf_status lf_option_of(const lf_option **out, lf_command command, const char *name);
lf_status lf_option_check(const lf_option *o, const char *text, lf_command command);
lf_status lf_parse_real(const char *text, double *out);

/* The values set for one option, in order. */
typedef struct lf_values {
  char **text;
  size_t count;
} lf_values;

/* ---- one net's way ------------------------------------------------------------------------------------------------------- */
typedef struct lf_way {
  lf_run *run;
  size_t index; /* 0: the first seed, whose files lie at the top of the run directory */
  uint64_t seed;
  char *dir;
  lf_net *net;          /* while it is open */
  lf_trainer *trainer;  /* while it is open */
  lf_history **history; /* (run->lenses), kept to the end */
  bool band_reached;    /* --stop-band ended it */
  const char *stop;     /* why it ended; NULL before */
  int64_t step;
  double steps_per_s;
  lf_profile profile; /* steps 0: none */
  lf_status status;   /* failures happen in worker threads, whose error line is theirs: kept here */
  char error[LF_ERROR_BYTES];
} lf_way;

/* What --lens, --xi, ... ask for, once per lens. */
typedef struct lf_lens_wish {
  lf_lens_options options;
  double *edges;
} lf_lens_wish;

typedef struct lf_theory lf_theory;
typedef struct lf_run_pde lf_run_pde;
typedef struct lf_doctor lf_doctor;

struct lf_run {
  lf_command command;
  lf_values set[LF_RUN_OPTIONS]; /* by option index; count 0: the default */

  /* prepared */
  bool prepared, finished;
  lf_data *data;
  bool shares_data; /* it is another run's, which outlives this one */
  lf_model model;
  lf_train_options train;
  size_t lenses;
  lf_lens **lens;
  double *xi;                      /* of --xi */
  size_t q;                        /* probe points; 0: the samples */
  const double *x_probe, *y_probe; /* the two below, or the data's held-out set */
  double *x_at, *y_at;             /* of --at */
  double stop_xi, stop_error;      /* of --stop-band; stop_error 0: none */
  size_t threads, parameters;
  char *out;
  bool resumed;
  lf_aliasing aliasing;
  size_t ways;
  lf_way *way;
  lf_theory *theory; /* of predict, or ... */
  lf_run_pde *pde;   /* ... of predict --by pde */
  lf_run *told;      /* train: the prediction laid over it, a run of predict; NULL: none */
  char *untold;      /* why there is none although the options allow it; NULL: nothing to say */
  lf_drift drift;    /* of the first seed's net under a prediction, at the end; change is NaN before */
  lf_doctor *doctor;

  /* under way */
  atomic_bool stop; /* somebody wants an end */
  lf_observer observe;
  void *user;
};

/* ---- texts -> what the modules take (run_translate.c) ----------------------------------------------------------------------- */
/* Put the option before the error line that is there: "--act sin:0: the parameter must not be 0". Gives back st. */
lf_status lf_run_blame(const lf_run *run, const char *name, lf_status st);
bool lf_run_is_changed(const lf_run *run, const char *name); /* the value in force is not the table's default */
double lf_run_real(const lf_run *run, const char *name);
uint64_t lf_run_integer(const lf_run *run, const char *name);
lf_status lf_run_data_options(const lf_run *run, lf_data_options *out);
lf_status lf_run_model(const lf_run *run, lf_model *out);
lf_status lf_run_train_options(const lf_run *run, lf_train_options *out);
lf_status lf_run_lens_options(const lf_run *run, size_t i, lf_lens_options *out, double **edges);
lf_status lf_run_times(const lf_run *run, double **out, size_t *count); /* of --times, 0 put before; 0: not given */
lf_status lf_run_stop_band(const lf_run *run, double *xi, double *error);

/* ---- arrays from files (run_arrays.c) ---------------------------------------------------------------------------------------- */
/* An npy file of finite reals with 1..max_dims axes, for the caller to lf_free(). */
lf_status lf_read_reals(double **out, size_t *ndim, size_t shape[3], const char *path, size_t max_dims);
/* The same as a matrix (rows, cols); (rows) counts as one column. *cols is what is needed, or 0: then it tells what there is. */
lf_status lf_read_matrix(double **out, size_t *rows, size_t *cols, const char *path);

/* ---- the run directory (run_directory.c, run_checkpoint.c) ------------------------------------------------------------------- */
lf_status lf_run_choose_directory(lf_run *run); /* checks what is there, writes nothing */
lf_status lf_run_make_directory(lf_run *run);   /* makes it, with run.json in it */
lf_status lf_run_begin_resume(lf_run *run);     /* options from the directory of --resume */
lf_status lf_run_path(char **out, const char *dir, const char *name);
lf_status lf_run_write_text(const char *dir, const char *name, const char *text);
bool lf_file_exists(const char *path);
lf_status lf_way_files(const lf_way *way); /* history, weights, report */
lf_status lf_way_checkpoint(const lf_way *way);
lf_status lf_run_report_of_all(const lf_run *run); /* the first seed's page again, all seeds on it */
lf_status lf_way_restore(lf_way *way);             /* LF_OK where there is no checkpoint */
/* run.json's text for one way: of a single seed where the run has several. */
lf_status lf_way_record(const lf_way *way, char **out);

lf_dtype lf_run_dtype(const lf_run *run);

/* ---- parts --------------------------------------------------------------------------------------------------------------------- */
lf_status lf_run_make_lenses(lf_run *run);
lf_status lf_way_make_histories(lf_way *way);
/* A name for plots that depends on what is computed alone: "1-40-1 tanh · adam 1e-4 · seed 1". */
void lf_way_title(const lf_way *way, char *text, size_t size);
lf_status lf_way_open(lf_way *way);
void lf_way_close(lf_way *way);
int lf_way_observe(void *user, const lf_snapshot *s); /* a way: into its histories, then to whoever looks on */
lf_status lf_run_measure(lf_run *run);
lf_status lf_run_measured_data(lf_run *run); /* x and y of measure */
lf_status lf_run_copy_options(lf_run *to, const lf_run *from);

/* "key": [12, null, ...], null for -1: not learned */
void lf_json_steps(lf_json *t, const char *key, size_t n, const int64_t *step);

/* ---- predict (run_predict.c) ------------------------------------------------------------------------------------------------------ */
lf_status lf_run_make_theory(lf_run *run); /* kernel and its decomposition, for a run whose first way is made */
lf_status lf_run_predict(lf_run *run);
lf_status lf_run_foretell(lf_run *run); /* its history and forecast, without a file */
void lf_run_free_theory(lf_run *run);
bool lf_theory_has_rule(lf_optimiser o);                  /* theory knows its steps exactly */
bool lf_run_theory_is_exact(const lf_run *run);           /* it follows the rule of --opt, not gradient flow */
void lf_run_forecast_json(lf_json *t, const lf_run *run); /* its keys in the result */

/* ---- predict --by pde (run_pde.c) ------------------------------------------------------------------------------------------------- */
bool lf_run_is_pde(const lf_run *run);
lf_status lf_run_check_pde(const lf_run *run); /* LF_EARG for an option of pde where it is not asked for */
lf_status lf_run_make_pde(lf_run *run);
lf_status lf_run_go_pde(lf_run *run); /* through its times: history and what is told; no file */
void lf_run_free_pde(lf_run *run);
void lf_run_pde_json(lf_json *t, const lf_run *run);
/* of run_predict.c, for both: what of the options the flow follows, --times in *time; the rate in force back into the options */
lf_status lf_run_flow_options(lf_run *run, lf_flow_options *f, double **time);
lf_status lf_run_settle_rate(lf_run *run, double lr);

/* ---- lfp (run_lfp.c) --------------------------------------------------------------------------------------------------------------- */
/* LF_EARG for an option of lfp where it is not asked for. */
lf_status lf_run_check_lfp(const lf_run *run, bool is_lfp);
bool lf_run_solves_on_grid(const lf_run *run);
/* The operator that the options describe. */
lf_status lf_run_lfp(const lf_run *run, const lf_model *model, lf_lfp **out);
lf_status lf_run_lfp_grid(const lf_run *run, lf_frequency_grid *g); /* of --lfp-grid, or chosen from the data */

/* ---- how wrong (run_norm.c) ---------------------------------------------------------------------------------------------------------- */
/* fp_norm, gamma, bound, confidence and risk of *f; start: f_0 at the samples, NULL for 0. */
lf_status lf_run_find_norms(const lf_run *run, const lf_kernel *k, const lf_prediction *p, const double *start,
                            lf_run_forecast *f);
/* What a prediction says of its error, one line for the report; "" before it is told. */
void lf_run_describe_error(const lf_run *run, char *text, size_t size);
/* Root mean square difference, at the probe points, between a prediction on --solver grid and that between points. */
lf_status lf_run_judge_grid(const lf_run *run, const lf_prediction *grid, double *rms);

/* ---- a prediction over training (run_overlay.c) ----------------------------------------------------------------------------------- */
lf_status lf_run_lay_theory(
    lf_run *run); /* for a prepared training run: run->told where --theory wants and theory can */
lf_status lf_way_drift(const lf_way *way);      /* run->drift, while the way is open */
lf_status lf_way_write_told(const lf_way *way); /* theory.npz */
void lf_run_overlay_json(lf_json *t, const lf_run *run);

/* ---- doctor (run_doctor.c, run_verify.c, run_remedy.c, run_doctor_json.c, run_doctor_report.c) ------------------------------------------------------------------------------ */
struct lf_doctor {
  lf_net *net; /* of --weights */
  lf_advice *advice;
  char *command, *features;
  size_t verified;
  lf_run_verified verify[2];
  int64_t *verified_step[2];
};
void lf_run_free_doctor(lf_run *run);
/* Train given and recommended net to the end, see --verify. */
lf_status lf_run_verify(lf_run *run);
/* The line to run next, and the recommended features as --features takes them. */
lf_status lf_run_remedy(lf_run *run);
lf_status lf_run_doctor_report(const lf_run *run); /* report.html: both models as theory sees them */
#endif
