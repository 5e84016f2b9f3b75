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

lf_status lf_step_prepare(lf_trainer *t)
{
  if (!t->order) return LF_OK;
  int64_t per_epoch = (int64_t)((t->n + t->batch - 1) / t->batch);
  lf_status st = begin_epoch(t, t->step / per_epoch);
  if (st != LF_OK) return st;
  size_t first = (size_t)(t->step % per_epoch) * t->batch;
  t->now = LF_MIN(t->batch, t->n - first);
  t->strips_now = (t->now + t->s - 1) / t->s;
  t->groups_now = LF_MIN(t->groups, t->strips_now);
  for (size_t i = 0; i < t->strips_now; i++) {
    size_t from = first + i * t->s, count = LF_MIN(t->s, t->now - i * t->s), inputs = t->net->inputs;
    t->engine->gather(inputs, t->s, t->table, t->order, from, count, (char *)t->x + i * inputs * t->s * t->size);
    t->engine->gather(t->c, t->s, t->target, t->order, from, count, (char *)t->y + i * t->c * t->s * t->size);
  }
  return LF_OK;
}

static void strip_gradient(lf_trainer *t, size_t strip, lf_workspace *w, void *grad, bool accumulate)
{
  const char *x = (const char *)t->x + strip * t->net->inputs * t->s * t->size;
  const char *y = (const char *)t->y + strip * t->c * t->s * t->size;
  size_t count = LF_MIN(t->s, t->now - strip * t->s);
  t->engine->forward(t->net, t->theta, w, x, true);
  if (t->capture) {
    double *fit = t->fit + strip * t->s * t->c;
    t->engine->load(t->c, t->s, count, w->out, fit);
    lf_output_apply(t->rule.output, count, t->c, fit);
  }
  t->strip_loss[strip] =
      t->net->dtype == LF_F32
          ? lf_loss_strip_f32(&t->rule, t->now, t->c, t->s, count, w->out, (const float *)(const void *)y, w->dout)
          : lf_loss_strip_f64(&t->rule, t->now, t->c, t->s, count, w->out, (const double *)(const void *)y, w->dout);
  t->engine->backward(t->net, t->theta, w, x, grad, accumulate);
}

static void group_gradient(void *user, size_t group, size_t thread)
{
  lf_trainer *t = user;
  size_t from = group * t->strips_now / t->groups_now, to = (group + 1) * t->strips_now / t->groups_now;
  for (size_t i = from; i < to; i++) strip_gradient(t, i, t->work[thread], t->grad[group], i > from);
}

double lf_step_gradient(lf_trainer *t)
{
  double loss = 0;
  lf_pool_run(t->pool, t->groups_now, group_gradient, t);
  for (size_t i = 0; i < t->strips_now; i++) loss += t->strip_loss[i];
  t->update.groups = t->groups_now;
  return loss;
}

static void update_chunk(void *user, size_t chunk, size_t thread)
{
  lf_trainer *t = user;
  (void)thread;
  const lf_chunk *part = &t->chunk[chunk];
  const lf_update_kernels *kernels = lf_update_get();
  if (t->net->dtype == LF_F32)
    kernels->update_f32(&t->update, part->from, part->count);
  else
    kernels->update_f64(&t->update, part->from, part->count);
}

void lf_step_update(lf_trainer *t)
{
  double time = (double)(t->step + 1), rate = lf_train_rate(&t->options, t->step);
  t->update.lr = rate;
  t->update.correction1 = 1 - pow(t->options.beta1, time);
  t->update.correction2 = sqrt(1 - pow(t->options.beta2, time));
  lf_pool_run(t->pool, t->chunks, update_chunk, t);
  t->flow_time += rate * lf_train_time_per_rate(&t->options, t->n, t->c);
  t->step++;
}

void lf_step_refresh(lf_trainer *t) { t->theta = lf_net_effective(t->net, t->theta_own); }
