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
  if (run->told) return lf_run_told(run->told);
  return run->theory && run->theory->told ? &run->theory->forecast : NULL;
}

/* ---- what evolves, and how ----------------------------------------------------------------------------------------------------- */
bool lf_theory_has_rule(lf_optimiser o)
{
  return o == LF_OPTIMISER_GD || o == LF_OPTIMISER_MOMENTUM || o == LF_OPTIMISER_NESTEROV;
}

lf_status lf_run_flow_options(lf_run *run, lf_flow_options *f, double **time)
{
  const lf_train_options *o = &run->train;
  size_t times = 0;
  lf_status st;
  LF_TRY(lf_run_times(run, time, &times));
  if (times && lf_run_is_changed(run, "steps"))
    LF_RAISE(LF_EARG, "--times and --steps both say how far to look; give one");
  if (times && lf_theory_has_rule(o->optimiser) && o->optimiser != LF_OPTIMISER_GD)
    LF_RAISE(LF_EARG, "--times are flow times, and --opt %s counts steps; give --steps instead",
             lf_optimiser_name(o->optimiser));
  *f = (lf_flow_options){.optimiser = o->optimiser,
                         .gradient_flow = times > 0 || !lf_theory_has_rule(o->optimiser),
                         .loss = o->loss,
                         .momentum =
                             lf_theory_has_rule(o->optimiser) && o->optimiser != LF_OPTIMISER_GD ? o->momentum : 0,
                         .ridge = lf_run_real(run, "ridge"),
                         .n_probe = run->q,
                         .x_probe = run->x_probe,
                         .threads = o->threads,
                         .times = times,
                         .time = *time,
                         .steps = o->steps,
                         .record_every = o->record_every,
                         .record_count = o->record_count};
  /* a rate given for a rule that theory has not is no rate of plain descent */
  f->lr = lf_run_is_default(run, "lr") || !lf_theory_has_rule(o->optimiser) ? 0 : o->lr;
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

static lf_status make_lfp(lf_run *run, lf_theory *t)
{
  lf_frequency_grid *grid = &t->forecast.grid;
  lf_lfp *p = NULL;
  lf_status st;
  LF_TRY(lf_run_lfp(run, &run->model, &p));
  if (lf_run_solves_on_grid(run)) {
    LF_TRY(lf_run_lfp_grid(run, grid));
    LF_TRY(lf_lfp_grid_kernel(&t->kernel, p, grid));
    lf_log_info("grid    frequencies k/%.4g cycles/unit, |k| <= %zu, %zu in all · lfp simplified", grid->period,
                grid->highest, lf_frequency_grid_size(grid));
  } else {
    LF_TRY(lf_lfp_kernel(&t->kernel, p));
  }
done:
  lf_lfp_destroy(p);
  return st;
}

static lf_status make_kernel(lf_run *run, lf_theory *t)
{
  const char *by = lf_run_get(run, "by");
  lf_status st;
  bool lfp = strcmp(by, lf_kernel_kind_name(LF_LFP)) == 0;
  LF_TRY(lf_run_check_lfp(run, lfp));
  bool empirical = strcmp(by, lf_kernel_kind_name(LF_EMPIRICAL)) == 0;
  if (!empirical && lf_run_get(run, "weights"))
    LF_RAISE(LF_EARG, "--weights are of one net, and --by %s is of infinite width; did you mean --by empirical?", by);
  if (empirical)
    LF_TRY(make_empirical(run, t));
  else if (lfp)
    LF_TRY(make_lfp(run, t));
  else
    LF_TRY(lf_kernel_limit(&t->kernel, &run->model, LF_NTK));
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
lf_status lf_run_settle_rate(lf_run *run, double lr)
{
  char text[32];
  lf_status st;
  (void)snprintf(text, sizeof text, "%zu", run->threads);
  LF_TRY(lf_run_set(run, "threads", text));
  if (!lf_theory_has_rule(run->train.optimiser)) goto done;
  lf_shortest(lr, text);
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
  LF_TRY(lf_run_flow_options(run, &t->flow, &t->time));
  LF_TRY(make_kernel(run, t));
  announce(run, t);
  st = lf_flow_create(&t->prediction, t->kernel, run->data, &t->flow);
  if (st == LF_EARG) st = LF_FAIL(st, "--%s", lf_last_error()); /* they begin with the option: "lr 100: gd grows ..." */
  if (st != LF_OK) goto done;
  LF_TRY(lf_run_settle_rate(run, lf_flow_look(t->prediction).lr));
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
  lf_frequency_grid grid = f->grid;
  *f = (lf_run_forecast){.by = lf_kernel_what(t->kernel),
                         .grid = grid,
                         .grid_off = NAN,
                         .note = lf_kernel_note(t->kernel),
                         .flow = lf_flow_look(t->prediction),
                         .loo_rmse = NAN,
                         .size = rms_of_target(run->data, t->start),
                         .exact = lf_theory_has_rule(t->flow.optimiser)};
  LF_TRY(lf_flow_learn(t->prediction, run->lens[0], &f->learning));
  if (run->data->n > LF_MAX(f->flow.free, 1)) LF_TRY(lf_flow_leave_one_out(t->prediction, NULL, &f->loo_rmse));
  LF_TRY(lf_run_find_norms(run, t->kernel, t->prediction, t->start, f));
  if (grid.d) LF_TRY(lf_run_judge_grid(run, t->prediction, &f->grid_off));
  t->told = true;
done:
  return st;
}

/* Of several processes under mpiexec, which all know the same, the first writes. */
static lf_status write_prediction(lf_run *run)
{
  lf_way *way = &run->way[0];
  size_t processes;
  lf_status st = LF_OK;
  lf_history_view look = lf_history_look(way->history[0]);
  way->step = look.r ? look.step[look.r - 1] : 0;
  way->stop = "steps";
  if (lf_pde_process(&processes) > 0) goto done;
  LF_TRY(lf_run_make_directory(run));
  LF_TRY(lf_way_files(way));
done:
  return st;
}

static lf_status foretell_lens(const lf_prediction *p, const lf_lens *lens, lf_history *h)
{
  lf_flow_learning learning = {0};
  lf_status st;
  LF_TRY(lf_flow_learn(p, lens, &learning));
  LF_TRY(lf_history_foretell(h, learning.peaks, learning.step));
done:
  lf_flow_learning_free(&learning);
  return st;
}

lf_status lf_run_foretell(lf_run *run)
{
  lf_way *way = &run->way[0];
  lf_theory *t = run->theory;
  lf_status st;
  if (run->pde) return lf_run_go_pde(run);
  st = lf_flow_run(t->prediction, lf_way_observe, way);
  if (st == LF_OK) st = way->status;
  if (st != LF_OK) goto done;
  LF_TRY(forecast(run));
  LF_TRY(lf_history_foretell(way->history[0], t->forecast.learning.peaks, t->forecast.learning.step));
  for (size_t i = 1; i < run->lenses; i++) LF_TRY(foretell_lens(t->prediction, run->lens[i], way->history[i]));
  way->net = t->net; /* what it starts from; the way frees it */
  t->net = NULL;
done:
  return st;
}

lf_status lf_run_predict(lf_run *run)
{
  lf_status st;
  LF_TRY(lf_run_foretell(run));
  LF_TRY(write_prediction(run)); /* the weights that it starts from go into the directory too */
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
               {"trusted_xi", f->learning.trusted_xi},
               {"fp_norm", f->fp_norm},
               {"gamma", f->gamma},
               {"bound_derived", f->bound[LF_FP_BOUND_DERIVED]},
               {"bound_published", f->bound[LF_FP_BOUND_PUBLISHED]},
               {"risk", f->risk},
               {"grid_period", f->grid.d ? f->grid.period : NAN},
               {"grid_highest", f->grid.d ? (double)f->grid.highest : NAN},
               {"grid_off", f->grid_off}};
  lf_json_key(t, "by");
  lf_json_string(t, lf_kernel_kind_name(f->by));
  lf_json_key(t, "exact");
  lf_json_add(t, f->exact ? "true" : "false");
  lf_json_key(t, "rows");
  lf_json_add(t, "%zu", f->flow.rows);
  lf_json_key(t, "rank");
  lf_json_add(t, "%zu", f->flow.rank);
  lf_json_key(t, "free");
  lf_json_add(t, "%zu", f->flow.free);
  for (size_t i = 0; i < sizeof reals / sizeof *reals; i++) {
    lf_json_key(t, reals[i].key);
    lf_json_real(t, reals[i].value);
  }
  lf_json_steps(t, "steps_to_learn", f->learning.peaks, f->learning.step);
  lf_json_reals(t, "time_to_learn", f->learning.peaks, f->learning.time);
}
