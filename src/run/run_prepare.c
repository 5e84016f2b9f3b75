/* run_prepare.c — options -> data, model, lenses, probe points and the first net: whatever can be refused is refused here. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "lowfirst/system.h"
#include "run/run_internal.h"

/* ---- data -------------------------------------------------------------------------------------------------------------- */
static lf_status make_data(lf_run *run)
{
  lf_data_options options;
  const char *file = lf_run_get(run, "data"), *target = lf_run_get(run, "target");
  lf_status st;
  if (run->shares_data) return LF_OK;
  if (file && target) LF_RAISE(LF_EARG, "--data and --target both say what to learn; give one");
  if (!file && !target)
    LF_RAISE(LF_EARG,
             "nothing to learn: give --data FILE, or --target EXPR as in --target 'sin(x)+sin(3*x)' --range -pi:pi");
  LF_TRY(lf_run_data_options(run, &options));
  if (target)
    LF_TRY(lf_run_blame(run, "target", lf_data_target(&run->data, target, &options)));
  else
    LF_TRY(lf_data_read(&run->data, file, &options));
  if (strcmp(lf_run_get(run, "loss"), lf_loss_name(LF_LOSS_SOBOLEV)) == 0)
    LF_TRY(lf_run_blame(run, "loss", lf_data_derive(run->data)));
done:
  return st;
}

/* ---- model ------------------------------------------------------------------------------------------------------------- */
/* "--net 2-64-1 takes 2 inputs, but sensor.csv has 1 (x); did you mean --net 1-64-1?" */
static lf_status check_ends(const lf_run *run)
{
  const lf_model *m = &run->model;
  const lf_data *data = run->data;
  char names[128] = "";
  size_t used = 0;
  if (m->n_widths == 0) return LF_OK;
  size_t in = m->width[0], out = m->width[m->n_widths - 1];
  bool wrong_in = in != 0 && in != data->d;
  if (!wrong_in && (out == 0 || out == data->c)) return LF_OK;
  size_t have = wrong_in ? data->d : data->c;
  char **name = wrong_in ? data->x_name : data->y_name;
  for (size_t i = 0; name && i < have && used < sizeof names; i++)
    used += (size_t)snprintf(names + used, sizeof names - used, "%s%s", i ? ", " : "", name[i]);
  const char *hidden = strchr(lf_run_get(run, "net"), '-'), *last = strrchr(lf_run_get(run, "net"), '-');
  return LF_FAIL(LF_EARG, "--net %s %s %zu %sput%s, but %s has %zu%s%s%s; did you mean --net %zu%.*s-%zu?",
                 lf_run_get(run, "net"), wrong_in ? "takes" : "gives", wrong_in ? in : out, wrong_in ? "in" : "out",
                 (wrong_in ? in : out) == 1 ? "" : "s", data->source ? data->source : "the target", have,
                 *names ? " (" : "", names, *names ? ")" : "", data->d, (int)(last - hidden), hidden, data->c);
}

/* The widths in force, back into the options: the record then says them even where they were chosen. */
static lf_status settle_net(lf_run *run)
{
  char text[16 * (LF_MAX_LAYERS + 1)];
  size_t used = 0;
  for (size_t i = 0; i < run->model.n_widths && used < sizeof text; i++)
    used += (size_t)snprintf(text + used, sizeof text - used, "%s%zu", i ? "-" : "", run->model.width[i]);
  return lf_run_set(run, "net", text);
}

static lf_status make_model(lf_run *run)
{
  lf_status st;
  LF_TRY(lf_run_model(run, &run->model));
  LF_TRY(check_ends(run));
  st = lf_model_complete(&run->model, run->data->d, run->data->c);
  if (st != LF_OK) {
    (void)lf_fail_prefix(st, "--");
    goto done;
  }
  LF_TRY(settle_net(run));
done:
  return st;
}

/* ---- lens and probe ------------------------------------------------------------------------------------------------------ */
lf_status lf_run_make_lenses(lf_run *run)
{
  size_t rows = 0, cols = 0, n = lf_run_values(run, "lens");
  double *edges = NULL;
  lf_lens_options options;
  lf_status st;
  if (lf_run_get(run, "xi"))
    LF_TRY(lf_run_blame(run, "xi", lf_read_matrix(&run->xi, &rows, &cols, lf_run_get(run, "xi"))));
  LF_TRY(lf_calloc(&run->lens, n, sizeof(lf_lens *)));
  run->lenses = n;
  for (size_t i = 0; i < n; i++) {
    LF_TRY(lf_run_lens_options(run, i, &options, &edges));
    options.n_xi = rows;
    options.xi_d = cols;
    options.xi = run->xi;
    st = lf_lens_create(&run->lens[i], run->data, &options);
    if (st != LF_OK) {
      (void)lf_fail_prefix(st, "--lens %s", lf_run_value(run, "lens", i));
      goto done;
    }
    lf_free(edges);
    edges = NULL;
  }
  LF_TRY(lf_aliasing_check(&run->aliasing, run->data));
done:
  lf_free(edges);
  return st;
}

/* Where the function is recorded: --at; else between the samples where a curve in one dimension is known there; else at the samples. */
static lf_status make_probe(lf_run *run)
{
  const char *path = lf_run_get(run, "at");
  const lf_data *data = run->data;
  lf_status st = LF_OK;
  if (!path) {
    if (data->d == 1 && data->expression && data->n_test > 0)
      run->q = data->n_test, run->x_probe = data->x_test, run->y_probe = data->y_test;
    return LF_OK;
  }
  size_t cols = data->d;
  LF_TRY(lf_read_matrix(&run->x_at, &run->q, &cols, path));
  run->x_probe = run->x_at;
  if (data->expression) {
    LF_TRY(lf_calloc(&run->y_at, run->q * data->c, sizeof *run->y_at));
    LF_TRY(lf_data_evaluate(data, run->q, run->x_at, run->y_at));
    run->y_probe = run->y_at;
  }
done:
  return lf_run_blame(run, "at", st);
}

static lf_status check_stop_band(const lf_run *run)
{
  const lf_lens_info *look = lf_lens_look(run->lens[0]);
  if (run->stop_error == 0 ||
      (look->bands > 0 && run->stop_xi >= look->band_edge[0] && run->stop_xi <= look->band_edge[look->bands]))
    return LF_OK;
  return LF_FAIL(LF_EARG, "--stop-band %s: the bands reach from %.3g to %.3g cycles/unit", lf_run_get(run, "stop-band"),
                 look->bands ? look->band_edge[0] : 0, look->bands ? look->band_edge[look->bands] : 0);
}

lf_dtype lf_run_dtype(const lf_run *run) { return strcmp(lf_run_get(run, "precision"), "f64") == 0 ? LF_F64 : LF_F32; }

/* ---- nets ------------------------------------------------------------------------------------------------------------------ */
lf_status lf_way_make_histories(lf_way *way)
{
  const lf_run *run = way->run;
  char title[256];
  lf_history_options options = {.q = run->q,
                                .x_probe = run->x_probe,
                                .y_probe = run->y_probe,
                                .keep_fit = lf_run_flag(run, "keep-fit") || run->command == LF_COMMAND_PREDICT,
                                .title = title};
  lf_status st;
  lf_way_title(way, title, sizeof title);
  LF_TRY(lf_calloc(&way->history, run->lenses, sizeof(lf_history *)));
  for (size_t i = 0; i < run->lenses; i++)
    LF_TRY(lf_history_create(&way->history[i], run->lens[i], run->data, &options));
done:
  return st;
}

static const double slice_s = 0.1; /* how late an interruption is heard; nobody feels it, and it costs nothing */

lf_status lf_way_open(lf_way *way)
{
  lf_run *run = way->run;
  lf_train_options options = run->train;
  const char *weights = lf_run_get(run, "weights");
  lf_status st = LF_OK;
  if (way->trainer) return LF_OK;
  options.seed = way->seed;
  options.slice_s = slice_s;
  if (run->ways > 1) options.threads = 1; /* the nets are what runs side by side */
  LF_TRY(lf_net_create(&way->net, &run->model, lf_run_dtype(run), way->seed));
  if (weights) LF_TRY(lf_run_blame(run, "weights", lf_net_read(way->net, weights)));
  LF_TRY(lf_trainer_create(&way->trainer, way->net, run->data, &options));
  if (!way->history) LF_TRY(lf_way_make_histories(way));
  LF_TRY(lf_way_restore(way));
done:
  if (st != LF_OK) lf_way_close(way);
  return st;
}

void lf_way_close(lf_way *way)
{
  lf_trainer_destroy(way->trainer);
  lf_net_destroy(way->net);
  way->trainer = NULL;
  way->net = NULL;
}

static lf_status make_ways(lf_run *run)
{
  uint64_t seed = lf_run_integer(run, "seed");
  size_t n = run->command == LF_COMMAND_TRAIN ? lf_run_integer(run, "seeds") : 1;
  lf_status st;
  LF_TRY(lf_calloc(&run->way, n, sizeof *run->way));
  run->ways = n;
  for (size_t i = 0; i < n; i++) {
    lf_way *way = &run->way[i];
    way->run = run;
    way->index = i;
    way->seed = seed + i;
    way->steps_per_s = NAN;
    if (i == 0)
      LF_TRY(lf_strdup(&way->dir, run->out));
    else
      LF_TRY(lf_asprintf(&way->dir, "%s/seed-%llu", run->out, (unsigned long long)way->seed));
  }
done:
  return st;
}

/* How many threads are at work: the nets of several seeds share them, one each; a single net's trainer chooses for itself. */
static lf_status settle_threads(lf_run *run)
{
  char text[32];
  run->threads = run->train.threads;
  if (run->ways == 1) run->threads = lf_trainer_threads(run->way[0].trainer);
  if (run->threads == 0) run->threads = LF_MIN(run->ways, lf_cpu_count());
  (void)snprintf(text, sizeof text, "%zu", run->threads);
  return lf_run_set(run, "threads", text);
}

static lf_status prepare_train(lf_run *run)
{
  lf_status st;
  LF_TRY(lf_run_begin_resume(run));
  LF_TRY(make_data(run));
  LF_TRY(make_model(run));
  LF_TRY(lf_run_train_options(run, &run->train));
  LF_TRY(lf_run_stop_band(run, &run->stop_xi, &run->stop_error));
  LF_TRY(make_probe(run));
  run->train.n_probe = run->q;
  run->train.x_probe = run->x_probe;
  LF_TRY(lf_run_make_lenses(run));
  LF_TRY(check_stop_band(run));
  LF_TRY(lf_run_choose_directory(run));
  LF_TRY(make_ways(run));
  LF_TRY(lf_way_open(&run->way[0]));
  LF_TRY(settle_threads(run));
  run->parameters = lf_net_count(run->way[0].net);
  LF_TRY(lf_run_lay_theory(run));
done:
  return st;
}

static lf_status prepare_predict(lf_run *run)
{
  lf_status st;
  LF_TRY(make_data(run));
  LF_TRY(make_model(run));
  if (lf_run_is_default(run, "opt")) LF_TRY(lf_run_set(run, "opt", lf_optimiser_name(LF_OPTIMISER_GD)));
  LF_TRY(lf_run_train_options(run, &run->train));
  LF_TRY(make_probe(run));
  LF_TRY(lf_run_make_lenses(run));
  LF_TRY(lf_run_check_pde(run));
  LF_TRY(lf_run_is_pde(run) ? lf_run_make_pde(run) : lf_run_make_theory(run));
  LF_TRY(lf_run_choose_directory(run)); /* the rate is settled: it tells one run from another */
  LF_TRY(make_ways(run));
  LF_TRY(lf_way_make_histories(&run->way[0]));
done:
  return st;
}

static lf_status prepare_doctor(lf_run *run)
{
  lf_status st;
  LF_TRY(make_data(run));
  LF_TRY(make_model(run));
  LF_TRY(lf_run_train_options(run, &run->train));
  if (lf_run_is_default(run, "lr") && lf_theory_has_rule(run->train.optimiser))
    run->train.lr = 0; /* half the largest stable one */
  run->threads = run->train.threads;
  LF_TRY(lf_run_choose_directory(run));
  LF_TRY(make_ways(run));
done:
  return st;
}

static lf_status prepare_measure(lf_run *run)
{
  lf_status st;
  LF_TRY(lf_run_measured_data(run));
  LF_TRY(lf_run_make_lenses(run));
  LF_TRY(lf_run_choose_directory(run));
  LF_TRY(make_ways(run));
  LF_TRY(lf_way_make_histories(&run->way[0]));
done:
  return st;
}

lf_status lf_run_prepare(lf_run *run)
{
  const char *config = lf_run_get(run, "config");
  lf_status st = LF_OK;
  if (run->prepared) return LF_OK;
  if (config) LF_TRY(lf_run_set_file(run, config));
  if (run->command == LF_COMMAND_TRAIN)
    LF_TRY(prepare_train(run));
  else if (run->command == LF_COMMAND_MEASURE)
    LF_TRY(prepare_measure(run));
  else if (run->command == LF_COMMAND_PREDICT)
    LF_TRY(prepare_predict(run));
  else if (run->command == LF_COMMAND_DOCTOR)
    LF_TRY(prepare_doctor(run));
  else
    LF_RAISE(LF_EARG, "lowfirst %s is not a run", lf_command_name(run->command));
  run->prepared = true;
done:
  return st;
}
