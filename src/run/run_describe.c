/* run_describe.c — a run in words and numbers: its parts, what it will take. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "lowfirst/system.h"
#include "run/run_internal.h"

lf_run_info lf_run_look(const lf_run *run)
{
  const lf_way *first = run->ways ? &run->way[0] : NULL;
  bool trains = run->command == LF_COMMAND_TRAIN, predicts = run->theory || run->pde;
  lf_run_info info = {.command = run->command,
                      .data = run->data,
                      .model = trains || predicts ? &run->model : NULL,
                      .train = trains ? &run->train : NULL,
                      .aliasing = &run->aliasing,
                      .seeds = run->ways,
                      .lenses = run->lenses,
                      .threads = run->threads,
                      .parameters = run->parameters,
                      .resumed = run->resumed,
                      .out = run->out};
  if (first) {
    info.step = first->trainer ? lf_trainer_step(first->trainer) : first->step;
    info.stop = first->stop;
  }
  return info;
}

const lf_history *lf_run_history(const lf_run *run, size_t seed, size_t lens)
{
  if (seed >= run->ways || lens >= run->lenses || !run->way[seed].history) return NULL;
  return run->way[seed].history[lens];
}

/* ---- words ------------------------------------------------------------------------------------------------------------------ */
typedef struct line {
  char *text;
  size_t size, used;
} line;

/* Add a piece, after " · " where it is not the first. */
LF_PRINTF(2, 3) static void piece(line *l, const char *fmt, ...)
{
  va_list ap;
  if (l->used > 0 && l->used < l->size) l->used += (size_t)snprintf(l->text + l->used, l->size - l->used, " · ");
  if (l->used >= l->size) return;
  va_start(ap, fmt);
  l->used += (size_t)vsnprintf(l->text + l->used, l->size - l->used, fmt, ap);
  va_end(ap);
}

/* 100901 -> "100 901" */
static void grouped(uint64_t n, char text[32])
{
  char digits[32];
  size_t length = (size_t)snprintf(digits, sizeof digits, "%llu", (unsigned long long)n), used = 0;
  for (size_t i = 0; i < length; i++) {
    if (i > 0 && (length - i) % 3 == 0) text[used++] = ' ';
    text[used++] = digits[i];
  }
  text[used] = 0;
}

static line begin_line(char *text, size_t size)
{
  if (size > 0) text[0] = 0;
  return (line){text, size, 0};
}

static void describe_data(const lf_run *run, line *l)
{
  char what[200];
  lf_data_describe(run->data, what, sizeof what);
  piece(l, "%s; they carry frequencies up to %.3g cycles/unit", what, lf_lens_look(run->lens[0])->xi_safe);
}

static void describe_net(const lf_run *run, line *l)
{
  char what[160], count[32];
  const char *init = lf_run_get(run, "init"), *weights = lf_run_get(run, "weights");
  lf_model_describe(&run->model, what, sizeof what);
  grouped(run->parameters, count);
  piece(l, "%s", what);
  if (run->parameters == 0) { /* predict, of no net in particular */
    piece(l, "at infinite width");
    return;
  }
  piece(l, "%s parameters", count);
  if (weights)
    piece(l, "weights from %s", weights);
  else if (init)
    piece(l, "weights %s", init);
  else if (lf_run_get(run, "std"))
    piece(l, "weights %s", lf_run_get(run, "std"));
  else
    piece(l, "weights %s", run->model.scaling == LF_SCALING_STANDARD ? "N(0, 1/width)" : "N(0, 1)");
}

static void piece_optimiser(const lf_run *run, line *l)
{
  const char *name = lf_optimiser_name(run->train.optimiser);
  if (lf_optimiser_searches(run->train.optimiser))
    piece(l, "%s", name);
  else
    piece(l, "%s %s", name, lf_run_get(run, "lr"));
}

/* "ntk · gd 0.0123", or what stands in for a rule that theory has not */
static void piece_theory(const lf_run *run, line *l)
{
  piece(l, "%s", lf_run_get(run, "by"));
  if (lf_run_theory_is_exact(run))
    piece(l, "%s %.3g", lf_optimiser_name(run->train.optimiser), lf_run_real(run, "lr"));
  else
    piece(l, "gradient flow");
}

/* Of training: what is laid over it, or why nothing is. */
static void describe_overlay(const lf_run *run, line *l)
{
  const lf_run_forecast *f = lf_run_told(run);
  if (run->untold) piece(l, "none: %s", run->untold);
  if (!f) return;
  piece(l, "tangent kernel of this net at its start");
  piece(l, "%s step for step", lf_optimiser_name(run->train.optimiser));
  bool trusted = true;
  for (size_t k = 0; k < f->learning.peaks; k++) trusted = trusted && f->learning.xi[k] < f->learning.trusted_xi;
  if (!trusted) piece(l, "not to be trusted from %.3g cycles/unit on", f->learning.trusted_xi);
  if (isfinite(run->drift.change)) piece(l, "the kernel moved by %.2g %% since", 100 * run->drift.change);
}

/* "samples uniform · 721 nodes to 18 cycles/unit · order 2 · banded" */
static void piece_mesh(const lf_run *run, line *l)
{
  const lf_pde_info *i = lf_run_told_pde(run);
  piece(l, "samples %s", isnan(i->density) ? "as they lie" : "uniform");
  piece(l, "%zu nodes to %.4g cycles/unit", i->nodes, i->half_width);
  piece(l, "order %s", lf_run_get(run, "pde-order"));
  piece(l, "%s", i->solver);
  if (i->processes > 1) piece(l, "%zu processes", i->processes);
}

static void describe_theory(const lf_run *run, line *l)
{
  piece_theory(run, l);
  piece(l, "%s", lf_loss_name(run->train.loss));
  if (lf_run_told_pde(run)) piece_mesh(run, l);
  if (lf_run_real(run, "ridge") > 0) piece(l, "ridge %s", lf_run_get(run, "ridge"));
  piece(l, "%zu thread%s", run->threads, run->threads == 1 ? "" : "s");
}

static void describe_train(const lf_run *run, line *l)
{
  const lf_train_options *o = &run->train;
  char count[32];
  piece_optimiser(run, l);
  if (o->schedule != LF_SCHEDULE_CONSTANT) piece(l, "%s", lf_run_get(run, "schedule"));
  if (o->batch > 0 && o->batch < run->data->n) {
    grouped(o->batch, count);
    piece(l, "batches of %s", count);
  } else {
    piece(l, "full batch");
  }
  piece(l, "%s", lf_loss_name(o->loss));
  piece(l, "%s", strcmp(lf_run_get(run, "precision"), "f64") == 0 ? "double" : "float");
  if (run->ways > 1) piece(l, "%zu nets side by side", run->ways);
  piece(l, "%zu thread%s", run->threads, run->threads == 1 ? "" : "s");
}

void lf_way_title(const lf_way *way, char *text, size_t size)
{
  const lf_run *run = way->run;
  line l = begin_line(text, size);
  char what[160];
  if (run->command == LF_COMMAND_MEASURE) {
    piece(&l, "predictions for %s", run->data->source ? run->data->source : lf_run_get(run, "y"));
    return;
  }
  lf_model_describe(&run->model, what, sizeof what);
  bool predicts = run->command == LF_COMMAND_PREDICT;
  piece(&l, predicts ? "theory of %s" : "%s", what);
  if (predicts)
    piece_theory(run, &l);
  else
    piece_optimiser(run, &l);
  piece(&l, "seed %llu", (unsigned long long)way->seed);
}

void lf_run_describe(const lf_run *run, lf_run_part part, char *text, size_t size)
{
  line l = begin_line(text, size);
  if (!run->lenses) return;
  if (part == LF_RUN_DATA) describe_data(run, &l);
  if (run->command == LF_COMMAND_MEASURE) return;
  if (part == LF_RUN_NET) describe_net(run, &l);
  if (part == LF_RUN_TRAIN && run->command != LF_COMMAND_PREDICT) describe_train(run, &l);
  if (part == LF_RUN_THEORY && run->command == LF_COMMAND_PREDICT) describe_theory(run, &l);
  if (part == LF_RUN_THEORY && run->command != LF_COMMAND_PREDICT) describe_overlay(run, &l);
}

/* ---- what it will take -------------------------------------------------------------------------------------------------------- */
enum { PILOT_STEPS = 100 };
static const double pilot_s = 0.1;

/* Steps per second of a few steps on a copy of the first net. */
static lf_status time_steps(const lf_run *run, double *per_s)
{
  lf_net *net = NULL;
  lf_trainer *trainer = NULL;
  lf_train_options options = run->train;
  lf_status st;
  options.steps = PILOT_STEPS;
  options.stop_time_s = pilot_s;
  options.stop_loss = 0;
  options.record_every = options.record_count = 0;
  if (run->ways > 1) options.threads = 1;
  LF_TRY(lf_net_create(&net, &run->model, lf_run_dtype(run), run->way[0].seed));
  LF_TRY(lf_trainer_create(&trainer, net, run->data, &options));
  st = lf_trainer_run(trainer, NULL, NULL, NULL);
  if (st == LF_EMATH) st = LF_OK; /* the run itself will say so */
  *per_s = lf_trainer_steps_per_s(trainer);
done:
  lf_trainer_destroy(trainer);
  lf_net_destroy(net);
  return st;
}

/* Parameters with gradient and two moments, values and slopes of every unit at every sample, the histories. */
static double memory(const lf_run *run)
{
  const lf_data *data = run->data;
  double real = lf_run_dtype(run) == LF_F64 ? 8 : 4, units = 0, records = 0,
         at_work = (double)LF_MIN(run->ways, run->threads);
  for (size_t i = 0; i < run->model.n_widths; i++) units += (double)run->model.width[i];
  double batch = run->train.batch ? (double)run->train.batch : (double)data->n;
  double net = real * (4 * (double)run->parameters + 2 * units * batch);
  for (size_t i = 0; i < run->lenses; i++) {
    const lf_lens_info *look = lf_lens_look(run->lens[i]);
    records += (double)look->m * (16.0 * (double)data->c + 8);
  }
  if (lf_run_flag(run, "keep-fit"))
    records += 8.0 * (double)data->c * (double)LF_MAX(run->q, run->q ? run->q : data->n);
  double count = run->train.record_every > 0 ? (double)run->train.steps / (double)run->train.record_every + 2
                                             : (double)run->train.record_count + 2;
  double samples = 8.0 * (double)(data->n * (data->d + data->c));
  return samples + at_work * net + (double)run->ways * count * records;
}

lf_status lf_run_estimate(const lf_run *run, double *seconds, double *bytes)
{
  double per_s = NAN;
  lf_status st = LF_OK;
  *seconds = NAN;
  *bytes = NAN;
  if (run->command != LF_COMMAND_TRAIN || !run->prepared) return LF_OK;
  LF_TRY(time_steps(run, &per_s));
  double left = (double)(run->train.steps - lf_run_look(run).step);
  double turns = ceil((double)run->ways / (double)LF_MAX(LF_MIN(run->ways, run->threads), (size_t)1));
  *seconds = left <= 0 ? 0 : turns * left / per_s;
  *bytes = memory(run);
done:
  return st;
}
