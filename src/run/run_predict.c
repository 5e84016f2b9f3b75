/* run_predict.c — lowfirst predict: the same data and model as train, under theory's evolution in place of an optimiser's. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "lowfirst/kernel.h"
#include "lowfirst/system.h"
#include "run/run_internal.h"

struct lf_theory {
  lf_net *net; /* of --by empirical */
  lf_kernel *kernel;
  lf_prediction *prediction;
  lf_flow_options flow;
  double *time, *start, *start_test, *start_probe; /* what `flow` points to */
  bool told;
  lf_run_forecast forecast;
};

void lf_run_free_theory(lf_run *run)
{
  lf_theory *t = run->theory;
  if (!t) return;
  lf_flow_learning_free(&t->forecast.learning);
  lf_flow_destroy(t->prediction);
  lf_kernel_destroy(t->kernel);
  lf_net_destroy(t->net);
  lf_free(t->time);
  lf_free(t->start);
  lf_free(t->start_test);
  lf_free(t->start_probe);
  lf_free(t);
  run->theory = NULL;
}

bool lf_run_theory_is_exact(const lf_run *run) { return run->theory && !run->theory->flow.gradient_flow; }

const lf_run_forecast *lf_run_told(const lf_run *run)
{
  return run->theory && run->theory->told ? &run->theory->forecast : NULL;
}

/* ---- what evolves, and how ----------------------------------------------------------------------------------------------------- */
bool lf_run_has_rule(lf_optimiser o)
{
  return o == LF_OPTIMISER_GD || o == LF_OPTIMISER_MOMENTUM || o == LF_OPTIMISER_NESTEROV;
}

static lf_status choose_flow(lf_run *run, lf_theory *t)
{
  const lf_train_options *o = &run->train;
  lf_flow_options *f = &t->flow;
  size_t times = 0;
  lf_status st;
  LF_TRY(lf_run_times(run, &t->time, &times));
  if (times && !lf_run_is_default(run, "steps"))
    LF_RAISE(LF_EARG, "--times and --steps both say how far to look; give one");
  if (times && lf_run_has_rule(o->optimiser) && o->optimiser != LF_OPTIMISER_GD)
    LF_RAISE(LF_EARG, "--times are flow times, and --opt %s counts steps; give --steps instead",
             lf_optimiser_name(o->optimiser));
  *f = (lf_flow_options){.optimiser = o->optimiser,
                         .gradient_flow = times > 0 || !lf_run_has_rule(o->optimiser),
                         .loss = o->loss,
                         .momentum = lf_run_has_rule(o->optimiser) && o->optimiser != LF_OPTIMISER_GD ? o->momentum : 0,
                         .ridge = lf_run_real(run, "ridge"),
                         .n_probe = run->q,
                         .x_probe = run->x_probe,
                         .threads = o->threads,
                         .times = times,
                         .time = t->time,
                         .steps = o->steps,
                         .record_every = o->record_every,
                         .record_count = o->record_count};
  /* a rate given for a rule that theory has not is no rate of plain descent */
  f->lr = lf_run_is_default(run, "lr") || !lf_run_has_rule(o->optimiser) ? 0 : o->lr;
done:
  return st;
}

static lf_status start_at(double **out, lf_net *net, size_t n, const double *x, size_t c, size_t threads)
{
  lf_status st = LF_OK;
  if (n == 0) return LF_OK;
  LF_TRY(lf_calloc(out, n * c, sizeof **out));
  LF_TRY(lf_net_evaluate(net, n, x, *out, threads));
done:
  return st;
}

static lf_status make_empirical(lf_run *run, lf_theory *t)
{
  const char *weights = lf_run_get(run, "weights");
  const lf_data *data = run->data;
  lf_status st;
  LF_TRY(lf_net_create(&t->net, &run->model, lf_run_dtype(run), lf_run_integer(run, "seed")));
  if (weights) LF_TRY(lf_run_blame(run, "weights", lf_net_read(t->net, weights)));
  run->parameters = lf_net_count(t->net);
  LF_TRY(lf_kernel_empirical(&t->kernel, t->net));
  LF_TRY(start_at(&t->start, t->net, data->n, data->x, data->c, run->threads));
  LF_TRY(start_at(&t->start_test, t->net, data->n_test, data->x_test, data->c, run->threads));
  LF_TRY(start_at(&t->start_probe, t->net, run->q, run->x_probe, data->c, run->threads));
  t->flow.start = t->start, t->flow.start_test = t->start_test, t->flow.start_probe = t->start_probe;
done:
  return st;
}

static lf_status make_kernel(lf_run *run, lf_theory *t)
{
  const char *by = lf_run_get(run, "by");
  lf_status st;
  if (strcmp(by, "lfp") == 0 || strcmp(by, "pde") == 0)
    LF_RAISE(LF_EARG, "--by %s is to come; this version (%s) has ntk and empirical", by, lf_version());
  bool empirical = strcmp(by, lf_kernel_kind_name(LF_EMPIRICAL)) == 0;
  if (!empirical && lf_run_get(run, "weights"))
    LF_RAISE(LF_EARG, "--weights are of one net, and --by %s is of infinite width; did you mean --by empirical?", by);
  LF_TRY(empirical ? make_empirical(run, t) : lf_kernel_limit(&t->kernel, &run->model, LF_NTK));
done:
  return st;
}

/* A long job is announced: time and memory. What no machine holds is refused with the same numbers. */
static void announce(const lf_run *run, const lf_theory *t)
{
  static const double long_s = 3, hopeless_s = 1e4, cubic_s = 2e-10,
                      giga = 1e9; /* dsyevd: about 10 rows^3 operations at 5e10/s */
  double rows = (double)lf_kernel_rows(t->kernel, run->data->n), seconds = cubic_s * rows * rows * rows;
  double bytes = lf_flow_memory(t->kernel, run->data->n, run->data->n_test + run->q);
  if (seconds >= long_s && seconds < hopeless_s)
    lf_log_info("expect  a kernel matrix of %.0f rows to take apart · about %.0f s · %.2g GB", rows, seconds,
                bytes / giga);
}

/* The rate in force, back into the options: the record then says it even where it was chosen. */
static lf_status settle(lf_run *run, const lf_theory *t)
{
  char text[32];
  lf_status st;
  (void)snprintf(text, sizeof text, "%zu", run->threads);
  LF_TRY(lf_run_set(run, "threads", text));
  if (!lf_run_has_rule(t->flow.optimiser)) goto done;
  lf_shortest(lf_flow_look(t->prediction).lr, text);
  LF_TRY(lf_run_set(run, "lr", text));
done:
  return st;
}

lf_status lf_run_make_theory(lf_run *run)
{
  lf_theory *t;
  lf_status st;
  LF_TRY(lf_calloc(&run->theory, 1, sizeof *run->theory));
  t = run->theory;
  run->threads = run->train.threads ? run->train.threads : lf_cpu_count();
  LF_TRY(choose_flow(run, t));
  LF_TRY(make_kernel(run, t));
  announce(run, t);
  st = lf_flow_create(&t->prediction, t->kernel, run->data, &t->flow);
  if (st == LF_EARG) st = LF_FAIL(st, "--%s", lf_last_error()); /* they begin with the option: "lr 100: gd grows ..." */
  if (st != LF_OK) goto done;
  LF_TRY(settle(run, t));
done:
  return st;
}

/* ---- carried out ------------------------------------------------------------------------------------------------------------------- */
static double rms_of_target(const lf_data *data, const double *start)
{
  double sum = 0;
  for (size_t i = 0; i < data->n * data->c; i++) {
    double u = data->y[i] - (start ? start[i] : 0);
    sum += u * u;
  }
  return sqrt(sum / (double)(data->n * data->c));
}

static lf_status forecast(lf_run *run)
{
  lf_theory *t = run->theory;
  lf_run_forecast *f = &t->forecast;
  lf_status st;
  *f = (lf_run_forecast){.by = lf_kernel_what(t->kernel),
                         .note = lf_kernel_note(t->kernel),
                         .flow = lf_flow_look(t->prediction),
                         .loo_rmse = NAN,
                         .size = rms_of_target(run->data, t->start),
                         .exact = lf_run_has_rule(t->flow.optimiser)};
  LF_TRY(lf_flow_learn(t->prediction, run->lens[0], &f->learning));
  if (run->data->n > 1) LF_TRY(lf_flow_leave_one_out(t->prediction, NULL, &f->loo_rmse));
  t->told = true;
done:
  return st;
}

lf_status lf_run_predict(lf_run *run)
{
  lf_way *way = &run->way[0];
  lf_theory *t = run->theory;
  lf_status st;
  st = lf_flow_run(t->prediction, lf_way_observe, way);
  if (st == LF_OK) st = way->status;
  if (st != LF_OK) goto done;
  LF_TRY(forecast(run));
  lf_history_view look = lf_history_look(way->history[0]);
  way->step = look.r ? look.step[look.r - 1] : 0;
  way->stop = "steps";
  way->net = t->net; /* the weights that it starts from go into the directory too; the way frees them */
  t->net = NULL;
  LF_TRY(lf_run_make_directory(run));
  LF_TRY(lf_way_files(way));
done:
  return st;
}

void lf_run_forecast_json(lf_json *t, const lf_run *run)
{
  const lf_run_forecast *f = lf_run_told(run);
  if (!f) return;
  const struct {
    const char *key;
    double value;
  } reals[] = {{"condition", f->flow.condition},
               {"residual", f->flow.residual},
               {"loo_rmse", f->loo_rmse},
               {"lr", f->flow.lr},
               {"stable_rate", f->flow.stable_rate},
               {"trusted_xi", f->learning.trusted_xi}};
  lf_json_key(t, "by");
  lf_json_string(t, lf_kernel_kind_name(f->by));
  lf_json_key(t, "exact");
  lf_json_add(t, f->exact ? "true" : "false");
  lf_json_key(t, "rows");
  lf_json_add(t, "%zu", f->flow.rows);
  lf_json_key(t, "rank");
  lf_json_add(t, "%zu", f->flow.rank);
  for (size_t i = 0; i < sizeof reals / sizeof *reals; i++) {
    lf_json_key(t, reals[i].key);
    lf_json_real(t, reals[i].value);
  }
  lf_json_steps(t, "steps_to_learn", f->learning.peaks, f->learning.step);
  lf_json_reals(t, "time_to_learn", f->learning.peaks, f->learning.time);
}
