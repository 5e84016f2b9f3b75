/* step.c — one training step: strips forward and backward on all threads, then one pass over the parameters.
 *
 * Strips are dealt to a fixed number of groups and each group's gradient is added up strip by strip, then the groups' in order: how many
 * threads there are changes nothing in the sum. */
#include <math.h>
#include <string.h>
#include "base/base.h"
#include "lowfirst/random.h"
#include "trainer.h"

static lf_status begin_epoch(lf_trainer *t, int64_t epoch)
{
  if (t->epoch == epoch) return LF_OK;
  lf_status st = lf_random_permutation(t->options.seed, LF_PURPOSE_BATCH, (uint64_t)epoch * t->n, t->n, t->order);
  if (st == LF_OK) t->epoch = epoch;
  return st;
}

void lf_step_gather(lf_trainer *t, size_t first)
{
  const lf_deal *d = &t->deal;
  t->from = first;
  for (size_t i = 0; i < d->strips; i++) {
    size_t from = first + lf_strip_first(d, i), count = lf_strip_count(d, i), columns = lf_strip_columns(d, i);
    t->engine->gather(t->rows, columns, t->table, t->order, from, count,
                      (char *)t->x + lf_strip_offset(d, i, t->rows) * t->size);
    t->engine->gather(t->c, columns, t->target, t->order, from, count,
                      (char *)t->y + lf_strip_offset(d, i, t->c) * t->size);
  }
}

lf_status lf_step_prepare(lf_trainer *t)
{
  if (!t->order) return LF_OK;
  int64_t per_epoch = (int64_t)((t->n + t->batch - 1) / t->batch);
  lf_status st = begin_epoch(t, t->step / per_epoch);
  if (st != LF_OK) return st;
  size_t first = (size_t)(t->step % per_epoch) * t->batch;
  const size_t now = LF_MIN(t->batch, t->n - first);
  if (t->thin)
    t->deal.n = now; /* all columns stay: what is not filled is 0 */
  else
    t->deal = lf_deal_fewer(&t->full, now);
  t->groups_now = LF_MIN(t->groups, t->deal.strips);
  lf_step_gather(t, first);
  return LF_OK;
}

/* ---- loss and gradient ----------------------------------------------------------------------------------------------------- */
/* The loss of one strip from its outputs, and what it hands back; the outputs themselves where they are wanted. */
static double strip_loss(lf_trainer *t, size_t strip, const void *out, void *dout)
{
  const lf_deal *d = &t->deal;
  const char *y = (const char *)t->y + lf_strip_offset(d, strip, t->c) * t->size;
  const size_t count = lf_strip_count(d, strip), columns = lf_strip_columns(d, strip);
  if (t->capture) {
    double *fit = t->fit + lf_strip_first(d, strip) * t->c;
    t->engine->load(t->c, columns, count, out, fit);
    lf_output_apply(t->rule.output, count, t->c, fit);
  }
  if (t->net->dtype == LF_F32)
    return lf_loss_strip_f32(&t->rule, d->n, t->c, columns, count, out, (const float *)(const void *)y, dout);
  return lf_loss_strip_f64(&t->rule, d->n, t->c, columns, count, out, (const double *)(const void *)y, dout);
}

static double field_loss(lf_trainer *t, size_t strip, size_t thread)
{
  const lf_deal *d = &t->deal;
  const size_t from = lf_strip_first(d, strip);
  const lf_field_part part = {t->data, t->order, t->from + from, lf_strip_count(d, strip), d->n};
  return lf_field_strip(t->room[thread], t->field, t->options.field_user, &part, t->net->dtype, t->work[thread],
                        t->capture ? t->fit + from * t->c : NULL);
}

double lf_step_field_loss(lf_trainer *t)
{
  const size_t channels = t->work[0]->channels, length = t->c * channels, most = lf_deal_widest(&t->full);
  double loss = 0;
  lf_evaluator_run(t->on_train, t->pool, t->theta, t->all);
  for (size_t i = 0; i < t->n * t->c; i++) t->fit[i] = t->all[i * channels];
  for (size_t first = 0; first < t->n; first += most) { /* as many at once as there is room for */
    const lf_field_part part = {t->data, NULL, first, LF_MIN(most, t->n - first), t->n};
    loss += lf_field_values(t->room[0], t->field, t->options.field_user, &part, t->all + first * length, NULL);
  }
  return loss;
}

static lf_clock *clock_of(const lf_trainer *t, size_t thread) { return t->clock ? &t->clock[thread] : NULL; }

static void group_gradient(void *user, size_t group, size_t thread)
{
  lf_trainer *t = user;
  lf_workspace *w = t->work[thread];
  size_t from = group * t->deal.strips / t->groups_now, to = (group + 1) * t->deal.strips / t->groups_now;
  for (size_t i = from; i < to; i++) {
    const char *x = (const char *)t->x + lf_strip_offset(&t->deal, i, t->rows) * t->size;
    w->s = lf_strip_columns(&t->deal, i);
    lf_clock_start(w->clock);
    t->engine->forward(t->net, t->theta, w, x, true);
    lf_clock_mark(w->clock, LF_PHASE_FORWARD);
    t->strip_loss[i] = t->field ? field_loss(t, i, thread) : strip_loss(t, i, w->out, w->dout);
    lf_clock_mark(w->clock, LF_PHASE_LOSS);
    t->engine->backward(t->net, t->theta, w, x, t->grad[group], i > from);
  }
}

static void thin_forward(void *user, size_t job, size_t thread)
{
  lf_trainer *t = user;
  lf_clock *clock = clock_of(t, thread);
  lf_clock_start(clock);
  lf_thin_forward(t->thin, job, t->theta, t->x);
  lf_clock_mark(clock, LF_PHASE_FORWARD);
}

static void thin_backward(void *user, size_t job, size_t thread)
{
  lf_trainer *t = user;
  lf_clock *clock = clock_of(t, thread);
  lf_clock_start(clock);
  lf_thin_backward(t->thin, job, t->theta, t->x, t->dout, t->grad[0]);
  lf_clock_mark(clock, LF_PHASE_WEIGHTS);
}

double lf_step_loss(lf_trainer *t)
{
  double loss = 0;
  if (t->thin) {
    lf_pool_run(t->pool, lf_thin_jobs(t->thin), thin_forward, t);
    lf_clock *clock = clock_of(t, 0);
    lf_clock_start(clock);
    lf_thin_outputs(t->thin, t->theta, t->out);
    loss = strip_loss(t, 0, t->out, t->dout);
    lf_clock_mark(clock, LF_PHASE_LOSS);
    return loss;
  }
  lf_pool_run(t->pool, t->groups_now, group_gradient, t);
  for (size_t i = 0; i < t->deal.strips; i++) loss += t->strip_loss[i];
  t->update.groups = t->groups_now;
  return loss;
}

double lf_step_gradient(lf_trainer *t)
{
  double loss = lf_step_loss(t);
  if (t->thin) {
    lf_pool_run(t->pool, lf_thin_jobs(t->thin), thin_backward, t);
    for (size_t b = 0; b < t->net->branches; b++) (void)lf_thin_bias(t->thin, b, t->dout, t->grad[0]);
  }
  return loss;
}

/* ---- update ------------------------------------------------------------------------------------------------------------------ */
static void update_chunk(void *user, size_t chunk, size_t thread)
{
  lf_trainer *t = user;
  lf_clock *clock = clock_of(t, thread);
  lf_clock_start(clock);
  lf_update_run(&t->update, t->net->dtype, t->chunk[chunk].from, t->chunk[chunk].count);
  lf_clock_mark(clock, LF_PHASE_UPDATE);
}

/* A run's gradient lies where it says; an empty run has none. */
static void update_range(const lf_trainer *t, lf_range range)
{
  if (range.count == 0) return;
  void *const grad[] = {range.grad};
  lf_update one = t->update;
  one.grad = grad;
  one.grad_from = range.from;
  lf_update_run(&one, t->net->dtype, range.from, range.count);
}

/* A thin job's gradient and, while it is at hand, the update of its parameters, which nobody else reads: piece by piece. */
static void thin_update(void *user, size_t job, size_t thread)
{
  lf_trainer *t = user;
  lf_clock *clock = clock_of(t, thread);
  lf_thin_room room;
  lf_range range[LF_THIN_RANGES];
  lf_clock_start(clock);
  for (size_t piece = 0; piece < lf_thin_pieces(t->thin, job); piece++) {
    const size_t ranges = lf_thin_piece(t->thin, job, piece, t->theta, t->x, t->dout, &room, range);
    lf_clock_mark(clock, LF_PHASE_WEIGHTS);
    for (size_t i = 0; i < ranges; i++) update_range(t, range[i]);
    lf_clock_mark(clock, LF_PHASE_UPDATE);
  }
}

void lf_step_update(lf_trainer *t)
{
  double time = (double)(t->step + 1), rate = lf_train_rate(&t->options, t->step);
  t->update.lr = rate;
  if (t->second) { /* what is left of the moments' start at 0 */
    t->update.correction1 = 1 - pow(t->options.beta1, time);
    t->update.correction2 = sqrt(1 - pow(t->options.beta2, time));
  }
  if (t->thin) {
    lf_pool_run(t->pool, lf_thin_jobs(t->thin), thin_update, t);
    for (size_t b = 0; b < t->net->branches; b++) update_range(t, lf_thin_bias(t->thin, b, t->dout, t->grad[0]));
  } else
    lf_pool_run(t->pool, t->chunks, update_chunk, t);
  t->flow_time += rate * lf_train_time_per_rate(&t->options, t->n, t->c);
  t->step++;
}

void lf_step_refresh(lf_trainer *t) { t->theta = lf_net_effective(t->net, t->theta_own); }
