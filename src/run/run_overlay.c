/* run_overlay.c — theory laid over training: where it knows the rule's steps exactly and costs next to nothing, a run of train foretells itself. The
 * prediction is what `lowfirst predict --by empirical` makes of the same options: the flow of the tangent kernel of the very net that is
 * about to be trained, from that net's own function on. It is the exact linearisation, of any width; how far training leaves it is
 * told by the drift of that kernel. Training does not see it: its bytes are the same with and without. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "run/run_internal.h"

static const char file_name[] = "theory.npz";

/* A kernel of so many rows is made, taken apart and followed in about half a second of one processor. */
enum { ROWS_UNASKED = 1000, DRIFT_ROWS = 1000 };

/* ---- may it be? ---------------------------------------------------------------------------------------------------------------- */
/* Why theory is not exact for this run; NULL: it is. */
static const char *not_exact(const lf_run *run)
{
  const lf_train_options *o = &run->train;
  if (!lf_theory_has_rule(o->optimiser)) return "theory knows the steps of gd, momentum and nesterov alone";
  if (o->batch > 0 && o->batch < run->data->n) return "theory takes all samples in every step, without --batch";
  if (o->schedule != LF_SCHEDULE_CONSTANT || o->warmup > 0)
    return "theory takes one rate throughout, without --schedule and --warmup";
  if (o->weight_decay > 0) return "theory has no --weight-decay";
  if (o->loss != LF_LOSS_MSE && o->loss != LF_LOSS_HALF_MSE && o->loss != LF_LOSS_SSE)
    return "theory is exact for --loss mse, half_mse and sse";
  if (run->model.output != LF_OUTPUT_IDENTITY) return "theory is exact for --output identity";
  if (run->ways > 1) return "theory is of one net, and --seeds trains several";
  return NULL;
}

/* ---- the run of predict ---------------------------------------------------------------------------------------------------------- */
/* What both commands know goes over; of several lenses the first, which the chart and the page look through. */
static lf_status copy_shared(lf_run *to, const lf_run *from)
{
  lf_status st = LF_OK;
  for (size_t i = 0; i < lf_option_count(); i++) {
    const lf_option *o = lf_option_at(i);
    const char *value = lf_run_get(from, o->name);
    if (o->session || !value || !(o->commands >> from->command & o->commands >> to->command & 1u)) continue;
    LF_TRY(lf_run_set(to, o->name, value));
  }
  LF_TRY(lf_run_set(to, "by", lf_kernel_kind_name(LF_EMPIRICAL)));
done:
  return st;
}

static lf_status foretell(lf_run **out, const lf_run *run)
{
  lf_run *told = NULL;
  lf_status st;
  LF_TRY(lf_run_create(&told, LF_COMMAND_PREDICT));
  LF_TRY(copy_shared(told, run));
  told->data = run->data, told->shares_data = true;
  LF_TRY(lf_run_prepare(told));
  LF_TRY(lf_run_foretell(told));
  *out = told;
  told = NULL;
done:
  lf_run_destroy(told);
  return st;
}

lf_status lf_run_lay_theory(lf_run *run)
{
  const char *wish = lf_run_get(run, "theory"), *why = not_exact(run);
  bool asked = strcmp(wish, "on") == 0;
  lf_status st = LF_OK;
  run->drift = (lf_drift){NAN, NAN};
  if (strcmp(wish, "off") == 0) return LF_OK;
  if (asked && why) LF_RAISE(LF_EARG, "--theory on: %s", why);
  if (!asked && (why || run->data->n * run->data->c > ROWS_UNASKED)) return LF_OK;
  st = foretell(&run->told, run);
  if (st == LF_OK || st == LF_ENOMEM) goto done;
  if (asked) LF_RAISE(st, "--theory on: %s", lf_last_error());
  LF_TRY(lf_strdup(&run->untold, lf_last_error())); /* a rate beyond what it calls stable, most often */
done:
  return st;
}

const lf_history *lf_run_prediction(const lf_run *run) { return run->told ? lf_run_history(run->told, 0, 0) : NULL; }

/* ---- how far training left it ------------------------------------------------------------------------------------------------------ */
/* At all samples, or at so many of them, evenly chosen, that it costs next to nothing. */
static lf_status drift_at_samples(const lf_data *data, const lf_net *from, const lf_net *to, size_t threads,
                                  lf_drift *out)
{
  size_t most = LF_MAX(DRIFT_ROWS / data->c, (size_t)1), n = LF_MIN(data->n, most);
  double *x = NULL;
  lf_status st;
  LF_TRY(lf_calloc(&x, n * data->d, sizeof *x));
  for (size_t i = 0; i < n; i++) memcpy(x + i * data->d, data->x + i * data->n / n * data->d, data->d * sizeof *x);
  LF_TRY(lf_kernel_drift(from, to, n, x, threads, out));
done:
  lf_free(x);
  return st;
}

lf_status lf_way_drift(const lf_way *way)
{
  lf_run *run = way->run;
  if (way->index > 0 || !run->told) return LF_OK;
  lf_status st = drift_at_samples(run->data, run->told->way[0].net, way->net, run->threads, &run->drift);
  if (st == LF_OK || st == LF_ENOMEM) return st;
  lf_log_warn("how far the tangent kernel moved is not known: %s",
              lf_last_error()); /* no reason to lose what was trained */
  return LF_OK;
}

lf_drift lf_run_drift(const lf_run *run) { return run->told ? run->drift : (lf_drift){NAN, NAN}; }

lf_status lf_run_drift_of(const char *directory, lf_drift *out)
{
  lf_run *run = NULL;
  lf_net *end = NULL;
  char *record = NULL, *weights = NULL;
  lf_status st;
  *out = (lf_drift){NAN, NAN};
  LF_TRY(lf_run_path(&record, directory, "run.json"));
  LF_TRY(lf_run_path(&weights, directory, "weights.safetensors"));
  LF_TRY(lf_run_create(&run, LF_COMMAND_TRAIN));
  LF_TRY(lf_run_set_file(run, record));
  LF_TRY(lf_run_set(run, "theory", "off"));
  LF_TRY(lf_run_prepare(run));
  LF_TRY(lf_net_create(&end, &run->model, lf_run_dtype(run), run->way[0].seed));
  LF_TRY(lf_net_read(end, weights));
  LF_TRY(drift_at_samples(run->data, run->way[0].net, end, run->threads, out));
done:
  lf_net_destroy(end);
  lf_run_destroy(run);
  lf_free(weights);
  lf_free(record);
  return st;
}

/* ---- out ------------------------------------------------------------------------------------------------------------------------------- */
lf_status lf_way_write_told(const lf_way *way)
{
  char *path = NULL;
  lf_status st = LF_OK;
  if (way->index > 0 || !way->run->told) return LF_OK;
  LF_TRY(lf_run_path(&path, way->dir, file_name));
  LF_TRY(lf_history_write(lf_run_prediction(way->run), path));
done:
  lf_free(path);
  return st;
}

void lf_run_overlay_json(lf_json *t, const lf_run *run)
{
  const lf_run_forecast *f = lf_run_told(run);
  if (!run->told || !f) return;
  lf_json_steps(t, "steps_foretold", f->learning.peaks, f->learning.step);
  lf_json_key(t, "kernel_drift");
  lf_json_real(t, run->drift.change);
  lf_json_key(t, "kernel_alignment");
  lf_json_real(t, run->drift.alignment);
}
