/* trainer.c — a training run: made, run to a stop, recorded on its way. */
#include "trainer.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/base.h"
#include "base/cpu.h"
#include "lowfirst/system.h"
#include "net/channels.h"

/* ---- making one ------------------------------------------------------------------------------------------------------------ */
static lf_status check_fit(const lf_net *net, const lf_data *data, const lf_train_options *o)
{
  const lf_model *m = &net->model;
  size_t d = m->width[0], c = m->width[m->n_widths - 1];
  if (data->d != d || data->c != c)
    return LF_FAIL(LF_ESHAPE, "the net takes %zu inputs and gives %zu outputs, but the data have %zu and %zu", d, c,
                   data->d, data->c);
  if (data->n == 0) return LF_FAIL(LF_ESHAPE, "there are no training samples");
  if (o->loss == LF_LOSS_CROSS_ENTROPY && m->output == LF_OUTPUT_IDENTITY)
    return LF_FAIL(LF_EARG, "loss cross_entropy needs probabilities: set the output to softmax (or sigmoid)");
  if (o->batch > data->n)
    return LF_FAIL(LF_EARG, "a batch of %zu is more than the %zu training samples; 0 takes all", o->batch, data->n);
  if (o->profile && lf_optimiser_searches(o->optimiser))
    return LF_FAIL(LF_EARG, "a profile is kept of steps that update from one gradient, not of %s",
                   lf_optimiser_name(o->optimiser));
  bool slopes = o->loss == LF_LOSS_SOBOLEV && !o->field_loss;
  if (slopes && !data->dy)
    return LF_FAIL(LF_EARG,
                   "loss sobolev compares derivatives, but the data have none: give dy (n,c,d) beside x and y in "
                   "an npz file, or a target expression");
  if ((slopes || o->field_loss) && m->output != LF_OUTPUT_IDENTITY)
    return LF_FAIL(LF_EARG, "a loss on derivatives needs the output identity, not sigmoid or softmax");
  if (o->field_loss && o->field_order != 1 && o->field_order != 2)
    return LF_FAIL(LF_EARG, "field_order = %d must be 1 or 2", o->field_order);
  if (lf_optimiser_searches(o->optimiser)) {
    lf_status st = lf_search_check(o);
    if (st != LF_OK) return st;
  }
  return lf_train_options_check(o);
}

/* Which loss: the caller's own on derivatives, sobolev, or one on values alone. */
static void choose_loss(lf_trainer *t)
{
  const lf_train_options *o = &t->options;
  t->rule = (lf_loss_rule){o->field_loss ? LF_LOSS_MSE : o->loss, t->net->model.output, o->huber_delta};
  t->field = o->field_loss ? o->field_loss : o->loss == LF_LOSS_SOBOLEV ? lf_field_sobolev : NULL;
  t->derivatives = o->field_loss ? o->field_order : t->field ? 1 : 0;
  t->rows = t->net->inputs * lf_channels(t->net->model.width[0], t->derivatives);
}

/* One thread pays until a step costs about 15 us, as much as a thin net's job does; more threads than there are tasks find nothing to do. */
static size_t choose_threads(const lf_trainer *t)
{
  if (t->options.threads) return t->options.threads;
  if (t->thin) return LF_MIN(lf_cpu_count(), lf_thin_jobs(t->thin));
  if (lf_net_flops(t->net, t->batch) < lf_shared_flops) return 1;
  return LF_MIN(lf_cpu_count(), t->groups);
}

/* A thin net's samples stay together. Else few groups while there are few strips, as every group costs a pass over a gradient. */
static lf_status deal_samples(lf_trainer *t)
{
  lf_status st = LF_OK;
  t->deal = lf_deal_strips(t->net, t->derivatives, t->batch);
  if (!t->field && lf_thin_suits(t->net)) {
    LF_TRY(lf_thin_create(&t->thin, t->net, t->batch));
    t->deal.strips = 1;
    LF_TRY(lf_calloc(&t->out, lf_deal_columns(&t->deal) * t->c, t->size));
    LF_TRY(lf_calloc(&t->dout, lf_deal_columns(&t->deal) * t->c, t->size));
  }
  t->full = t->deal;
  t->groups = t->groups_now = LF_MIN(t->deal.strips, (size_t)(t->deal.strips < 64 ? 4 : 16));
  t->threads = choose_threads(t);
  LF_TRY(lf_pool_create(&t->pool, t->threads));
  if (t->options.profile) LF_TRY(lf_calloc(&t->clock, t->threads, sizeof *t->clock));
  if (t->thin) goto done;
  LF_TRY(lf_calloc(&t->work, t->threads, sizeof *t->work));
  for (size_t i = 0; i < t->threads; i++)
    LF_TRY(lf_workspace_create(&t->work[i], t->net, t->derivatives, lf_deal_widest(&t->deal)));
  for (size_t i = 0; t->clock && i < t->threads; i++) t->work[i]->clock = &t->clock[i];
  if (!t->field) goto done;
  LF_TRY(lf_calloc(&t->room, t->threads, sizeof *t->room));
  for (size_t i = 0; i < t->threads; i++)
    LF_TRY(lf_field_room_create(&t->room[i], t->data, t->derivatives, lf_deal_widest(&t->deal)));
done:
  return st;
}

static lf_status make_batch(lf_trainer *t)
{
  lf_status st = LF_OK;
  const lf_net *net = t->net;
  LF_TRY(lf_net_table(&t->table, net, t->derivatives, t->n, t->data->x));
  LF_TRY(lf_calloc(&t->target, t->n * t->c, t->size));
  t->engine->store(t->n * t->c, t->data->y, t->target);
  LF_TRY(lf_calloc(&t->x, lf_deal_columns(&t->deal) * t->rows, t->size));
  LF_TRY(lf_calloc(&t->y, lf_deal_columns(&t->deal) * t->c, t->size));
  LF_TRY(lf_calloc(&t->strip_loss, t->deal.strips, sizeof *t->strip_loss));
  LF_TRY(lf_calloc(&t->fit, t->n * t->c, sizeof *t->fit));
  if (t->batch < t->n) {
    LF_TRY(lf_calloc(&t->order, t->n, sizeof *t->order));
    t->epoch = -1; /* gathered step by step */
  } else
    lf_step_gather(t, 0);
done:
  return st;
}

static bool rule_has(lf_optimiser rule, bool second)
{
  bool adam = rule == LF_OPTIMISER_ADAM || rule == LF_OPTIMISER_ADAMW;
  if (second) return adam || rule == LF_OPTIMISER_RMSPROP;
  return adam || rule == LF_OPTIMISER_MOMENTUM || rule == LF_OPTIMISER_NESTEROV;
}

/* Whether parameters from ... end - 1 go on where the last run ends, and both together are no more than `most`. */
static bool joins_last_chunk(const lf_trainer *t, size_t from, size_t end, size_t most)
{
  if (t->chunks == 0) return false;
  const lf_chunk *last = &t->chunk[t->chunks - 1];
  return last->from + last->count == from && end - last->from <= most;
}

/* Runs of trained parameters, cut so that every thread finds work; where they are cut changes no bit. A small tensor joins the run that ends where
 * it begins. */
static lf_status make_chunks(lf_trainer *t)
{
  enum { CHUNK = 8192 };
  size_t most = t->net->tensors + t->net->count / CHUNK + 1;
  const lf_status st = lf_calloc(&t->chunk, most, sizeof *t->chunk);
  if (st != LF_OK) return st;
  for (size_t i = 0; i < t->net->tensors; i++) {
    const lf_tensor *tensor = &t->net->tensor[i];
    size_t from = tensor->offset, end = from + tensor->rows * tensor->cols;
    if (tensor->trained && joins_last_chunk(t, from, end, CHUNK)) {
      t->chunk[t->chunks - 1].count += end - from;
      continue;
    }
    for (; tensor->trained && from < end; from += CHUNK)
      t->chunk[t->chunks++] = (lf_chunk){from, LF_MIN((size_t)CHUNK, end - from)};
  }
  return LF_OK;
}

static lf_status make_update(lf_trainer *t)
{
  lf_status st = LF_OK;
  const lf_train_options *o = &t->options;
  lf_net *net = t->net;
  LF_TRY(lf_calloc(&t->grad, t->groups, sizeof *t->grad));
  for (size_t i = 0; i < t->groups; i++) LF_TRY(lf_calloc(&t->grad[i], net->count, t->size));
  if (rule_has(o->optimiser, false)) LF_TRY(lf_calloc(&t->first, net->count, t->size));
  if (rule_has(o->optimiser, true)) LF_TRY(lf_calloc(&t->second, net->count, t->size));
  if (net->gain) {
    LF_TRY(lf_calloc(&t->gain, net->count, t->size));
    t->engine->store(net->count, net->gain, t->gain);
    LF_TRY(lf_calloc(&t->theta_own, net->count, t->size));
  }
  LF_TRY(lf_calloc(&t->kept, net->count, t->size));
  LF_TRY(lf_calloc(&t->start, net->count, t->size));
  memcpy(t->start, net->parameters, net->count * t->size);
  LF_TRY(make_chunks(t));
  t->update = (lf_update){.rule = o->optimiser,
                          .groups = t->groups,
                          .grad = t->grad,
                          .parameters = net->parameters,
                          .theta = net->gain ? t->theta_own : net->parameters,
                          .first = t->first,
                          .second = t->second,
                          .gain = t->gain,
                          .momentum = o->momentum,
                          .beta1 = o->beta1,
                          .beta2 = o->beta2,
                          .alpha = o->alpha,
                          .epsilon = o->epsilon,
                          .weight_decay = o->weight_decay};
done:
  return st;
}

static lf_status make_evaluators(lf_trainer *t)
{
  lf_status st = LF_OK;
  const lf_data *data = t->data;
  if (t->order || lf_search_needs_values(t->options.optimiser)) {
    LF_TRY(lf_evaluator_create(&t->on_train, t->net, t->derivatives, t->n, data->x, t->threads));
    if (t->field) LF_TRY(lf_calloc(&t->all, t->n * t->c * lf_channels(data->d, t->derivatives), sizeof *t->all));
  }
  if (data->n_test) {
    LF_TRY(lf_evaluator_create(&t->on_test, t->net, 0, data->n_test, data->x_test, t->threads));
    LF_TRY(lf_calloc(&t->test, data->n_test * t->c, sizeof *t->test));
  }
  if (t->options.n_probe) {
    LF_TRY(lf_evaluator_create(&t->on_probe, t->net, 0, t->options.n_probe, t->options.x_probe, t->threads));
    LF_TRY(lf_calloc(&t->probe, t->options.n_probe * t->c, sizeof *t->probe));
  }
done:
  return st;
}

/* Steps to record: 0, then about `record_count` more, evenly spaced in the logarithm, no step twice, the last always. */
static lf_status make_schedule(lf_trainer *t)
{
  const int64_t count = t->options.record_count, last = t->options.steps;
  lf_status st = lf_calloc(&t->schedule, (size_t)count + 2, sizeof *t->schedule);
  if (st != LF_OK) return st;
  t->schedule[t->schedules++] = 0;
  for (int64_t i = 0; i + 1 < count; i++) {
    double share = count > 2 ? (double)i / (double)(count - 2) : 1;
    int64_t step = (int64_t)llround(pow((double)last, share));
    if (step > t->schedule[t->schedules - 1] && step <= last) t->schedule[t->schedules++] = step;
  }
  if (t->schedule[t->schedules - 1] != last) t->schedule[t->schedules++] = last;
  return LF_OK;
}

lf_status lf_trainer_create(lf_trainer **out, lf_net *net, const lf_data *data, const lf_train_options *options)
{
  lf_status st = LF_OK;
  lf_trainer *t = NULL;
  if (!out || !net || !data || !options) return LF_FAIL(LF_EARG, "net, data and options must not be NULL");
  *out = NULL;
  LF_TRY(check_fit(net, data, options));
  LF_TRY(lf_calloc(&t, 1, sizeof *t));
  t->net = net;
  t->data = data;
  t->options = *options;
  t->engine = lf_engine_get(net->dtype);
  choose_loss(t);
  t->size = lf_dtype_size(net->dtype);
  t->n = data->n;
  t->c = data->c;
  t->batch = options->batch ? options->batch : t->n;
  t->recorded = t->kept_step = -1;
  LF_TRY(deal_samples(t));
  LF_TRY(make_batch(t));
  LF_TRY(make_update(t));
  if (lf_optimiser_searches(options->optimiser)) LF_TRY(lf_search_create(&t->search, t));
  LF_TRY(make_evaluators(t));
  LF_TRY(make_schedule(t));
  *out = t;
  t = NULL;
done:
  lf_trainer_destroy(t);
  return st;
}

void lf_trainer_destroy(lf_trainer *t)
{
  if (!t) return;
  lf_search_destroy(t->search);
  lf_pool_destroy(t->pool);
  lf_thin_destroy(t->thin);
  for (size_t i = 0; t->work && i < t->threads; i++) lf_workspace_destroy(t->work[i]);
  for (size_t i = 0; t->room && i < t->threads; i++) lf_field_room_destroy(t->room[i]);
  for (size_t i = 0; t->grad && i < t->groups; i++) lf_free(t->grad[i]);
  lf_evaluator_destroy(t->on_train);
  lf_evaluator_destroy(t->on_test);
  lf_evaluator_destroy(t->on_probe);
  void *const owned[] = {t->work, t->grad,      t->table,    t->target, t->x,      t->y,    t->order, t->strip_loss,
                         t->fit,  t->theta_own, t->gain,     t->first,  t->second, t->kept, t->start, t->chunk,
                         t->test, t->probe,     t->schedule, t->out,    t->dout,   t->room, t->all,   t->clock};
  for (size_t i = 0; i < sizeof owned / sizeof *owned; i++) lf_free(owned[i]);
  lf_free(t);
}

/* ---- recording -------------------------------------------------------------------------------------------------------------- */
static int by_step(const void *a, const void *b)
{
  int64_t p = *(const int64_t *)a, q = *(const int64_t *)b;
  return (p > q) - (p < q);
}

bool lf_is_recorded(const lf_trainer *t, int64_t step)
{
  const lf_train_options *o = &t->options;
  if (step == 0 || step == o->steps) return true;
  if (o->record_every) return step % o->record_every == 0;
  return o->record_count && bsearch(&step, t->schedule, t->schedules, sizeof step, by_step);
}

/* Show the observer this step; the loss and the fit at the samples are those of the parameters as they are. */
static int show(lf_trainer *t, double loss, double wall_s, lf_observer observe, void *user)
{
  lf_snapshot s = {.step = t->step,
                   .time = t->flow_time,
                   .wall_s = wall_s,
                   .loss = loss,
                   .test_loss = NAN,
                   .n = t->n,
                   .c = t->c,
                   .q = t->options.n_probe,
                   .fit = t->fit,
                   .probe = t->probe,
                   .steps_total = t->options.steps};
  if (isnan(lf_train_time_per_rate(&t->options, t->n, t->c))) s.time = NAN;
  if (t->on_test) {
    lf_evaluator_run(t->on_test, t->pool, t->theta, t->test);
    s.test_loss = lf_loss_of_values(&t->rule, t->data->n_test, t->c, t->test, t->data->y_test);
  }
  if (t->on_probe) lf_evaluator_run(t->on_probe, t->pool, t->theta, t->probe);
  memcpy(t->kept, t->net->parameters, t->net->count * t->size);
  t->kept_step = t->recorded = t->step;
  const int stop = observe ? observe(user, &s) : 0;
  lf_clock_mark(t->clock, LF_PHASE_RECORD);
  return stop;
}

double lf_full_loss(lf_trainer *t, double batch_loss)
{
  lf_clock_start(t->clock); /* what follows belongs to a record */
  if (!t->on_train) return batch_loss;
  if (t->field) return lf_step_field_loss(t);
  lf_evaluator_run(t->on_train, t->pool, t->theta, t->fit);
  return lf_loss_of_values(&t->rule, t->n, t->c, t->fit, t->data->y);
}

/* ---- the loop ----------------------------------------------------------------------------------------------------------------- */
/* The loss is not finite: say where that was born, and go back to the parameters of the last record. */
static lf_status diverged(lf_trainer *t, double loss)
{
  char where[200];
  int64_t step = t->step;
  lf_status st = lf_net_find_nonfinite(t->net, t->n, t->data->x, t->theta, where, sizeof where);
  if (st != LF_OK) return st;
  if (t->search && t->step == 0)
    return LF_FAIL(LF_EMATH, "the loss of the initial parameters is %s, %s: %s needs a start where it is finite",
                   isnan(loss) ? "not a number" : "infinite", where[0] ? where : "in the loss itself",
                   lf_optimiser_name(t->options.optimiser));
  if (t->kept_step >= 0) {
    memcpy(t->net->parameters, t->kept, t->net->count * t->size);
    t->step = t->kept_step;
    lf_step_refresh(t);
  }
  double rate = lf_train_rate(&t->options, step), stable = lf_train_stable_rate(t, t->start);
  char advice[96];
  if (isfinite(stable) && stable < rate)
    (void)snprintf(advice, sizeof advice, "The largest stable rate at the start is about %.2g, yours is %g", stable,
                   rate);
  else
    (void)snprintf(advice, sizeof advice, "Try a smaller lr than %g", rate);
  return LF_FAIL(LF_EMATH, "the loss became %s at step %lld, %s; the parameters of step %lld are kept. %s",
                 isnan(loss) ? "not a number" : "infinite", (long long)step, where[0] ? where : "in the loss itself",
                 (long long)t->kept_step, advice);
}

static bool stop_asked(lf_trainer *t, double now, double began, double call_began, lf_stop *why)
{
  bool yes = true;
  if (atomic_load(&t->stop))
    *why = LF_STOP_REQUEST;
  else if (t->options.stop_time_s > 0 && now - began >= t->options.stop_time_s)
    *why = LF_STOP_TIME;
  else if (t->options.slice_s > 0 && now - call_began >= t->options.slice_s)
    *why = LF_STOP_SLICE;
  else
    yes = false;
  return yes;
}

/* The loss at the parameters as they are, with the gradient in the groups. A search knows its own, and is asked again only where the
 * values are wanted too: for a record, and for the end by a loss. */
static double loss_here(lf_trainer *t, bool record)
{
  double known = t->search ? lf_search_loss(t->search) : NAN;
  t->capture = record || (t->options.stop_loss > 0 && !(known >= t->options.stop_loss));
  return t->capture || isnan(known) ? lf_step_loss(t) : known;
}

/* One turn: loss and gradient at the parameters as they are, the record if one is due, a stop or the update. */
static lf_status turn(lf_trainer *t, double began, lf_observer observe, void *user, lf_stop *why, bool *ended)
{
  bool found = t->search && lf_search_has_ended(t->search), last = found || t->step >= t->options.steps;
  bool record = (found || lf_is_recorded(t, t->step)) && t->recorded != t->step;
  lf_status st = lf_step_prepare(t);
  if (st != LF_OK) return st;
  double loss = t->loss = loss_here(t, record);
  if (!isfinite(loss)) return diverged(t, loss);
  bool below = t->options.stop_loss > 0 && loss < t->options.stop_loss;
  if (record || (below && t->recorded != t->step)) {
    loss = lf_full_loss(t, loss);
    if (!isfinite(loss)) return diverged(t, loss);
    below = t->options.stop_loss > 0 && loss < t->options.stop_loss;
    if (record || below) {
      if (show(t, loss, lf_now_s() - began, observe, user)) {
        *why = LF_STOP_OBSERVER;
        return *ended = true, LF_OK;
      }
    }
  }
  if (last || below) {
    *why = below ? LF_STOP_LOSS : found ? LF_STOP_CONVERGED : LF_STOP_STEPS;
    return *ended = true, LF_OK;
  }
  if (t->search) return record ? LF_OK : lf_search_steps(t); /* many steps: a turn of their own, whose time is theirs */
  lf_step_update(t);
  return LF_OK;
}

/* A record at the place where a stop by time or request found the run, so that the history ends where the weights do. */
static lf_status record_here(lf_trainer *t, double began, lf_observer observe, void *user)
{
  if (t->recorded == t->step) return LF_OK;
  lf_status st = lf_step_prepare(t);
  if (st != LF_OK) return st;
  t->capture = true;
  double loss = lf_full_loss(t, lf_step_loss(t));
  if (!isfinite(loss)) return diverged(t, loss);
  (void)show(t, loss, lf_now_s() - began, observe, user);
  return LF_OK;
}

lf_status lf_trainer_run(lf_trainer *t, lf_observer observe, void *user, lf_stop *why)
{
  lf_status st = LF_OK;
  lf_stop reason = LF_STOP_STEPS;
  double call_began = lf_now_s(), began = call_began - t->wall_s, shown_s = 0;
  int64_t first = t->step;
  bool ended = false;
  const lf_train_options *o = &t->options;
  t->until_s = o->slice_s > 0 ? call_began + o->slice_s : INFINITY;
  if (o->stop_time_s > 0) t->until_s = fmin(t->until_s, began + o->stop_time_s);
  lf_step_refresh(t);
  while (st == LF_OK && !ended) {
    const double before = lf_now_s();
    if (stop_asked(t, before, began, call_began, &reason)) break;
    int64_t recorded = t->recorded;
    st = turn(t, began, observe, user, &reason, &ended);
    if (t->recorded != recorded) shown_s += lf_now_s() - before; /* recording is left out of the rate */
  }
  if (st == LF_OK && reason == LF_STOP_TIME) st = record_here(t, began, observe, user);
  t->wall_s = lf_now_s() - began;
  t->busy_s += lf_now_s() - call_began - shown_s;
  t->shown_s += shown_s;
  t->busy_steps += t->step - first;
  if (why) *why = reason;
  return st;
}

void lf_trainer_stop(lf_trainer *t) { atomic_store(&t->stop, 1); }
size_t lf_trainer_threads(const lf_trainer *t) { return t->threads; }
int64_t lf_trainer_bad_trials(const lf_trainer *t) { return t->search ? lf_search_bad(t->search) : 0; }
int64_t lf_trainer_step(const lf_trainer *t) { return t->step; }
double lf_trainer_wall_s(const lf_trainer *t) { return t->wall_s; }

double lf_trainer_steps_per_s(const lf_trainer *t)
{
  return t->busy_steps > 0 && t->busy_s > 0 ? (double)t->busy_steps / t->busy_s : NAN;
}

lf_status lf_train(lf_net *net, const lf_data *data, const lf_train_options *options, lf_observer observe, void *user)
{
  lf_trainer *t = NULL;
  lf_status st = lf_trainer_create(&t, net, data, options);
  if (st == LF_OK) st = lf_trainer_run(t, observe, user, NULL);
  lf_trainer_destroy(t);
  return st;
}
