/* evolve.c — a prediction shown time by time to the observer that training shows itself to. */
#include <math.h>
#include "base/cpu.h"
#include "prediction.h"

/* ---- which times ------------------------------------------------------------------------------------------------------------ */
/* The steps that training records (lowfirst/train.h): 0, then about `record_count` more, evenly spaced in the logarithm, no step
 * twice, the last always; or every `record_every`. */
static lf_status list_steps(double **out, size_t *count, const lf_flow_options *o)
{
  static const double most = 1e7;
  double last = (double)o->steps, every = (double)o->record_every;
  double wanted = every > 0 ? floor(last / every) + 2 : (double)o->record_count + 2;
  lf_status st;
  *out = NULL;
  *count = 0;
  if (wanted > most) LF_RAISE(LF_EARG, "%.3g records are too many; record less often", wanted);
  LF_TRY(lf_calloc(out, (size_t)wanted, sizeof **out));
  double *step = *out;
  size_t n = 1; /* step[0] = 0 */
  for (size_t i = 1; every > 0 && (double)i * every < last; i++) step[n++] = (double)i * every;
  for (int64_t i = 0; every == 0 && i + 1 < o->record_count; i++) {
    double share = o->record_count > 2 ? (double)i / (double)(o->record_count - 2) : 1;
    double at = round(pow(last, share));
    if (at > step[n - 1] && at <= last) step[n++] = at;
  }
  if (step[n - 1] < last) step[n++] = last;
  *count = n;
done:
  return st;
}

lf_status lf_flow_times(double **out, size_t *count, const lf_flow_options *o, double time_per_step)
{
  lf_status st = LF_OK;
  if (o->times == 0) {
    LF_TRY(list_steps(out, count, o));
    for (size_t i = 0; o->gradient_flow && i < *count; i++) (*out)[i] *= time_per_step;
    goto done;
  }
  LF_TRY(lf_calloc(out, o->times, sizeof **out));
  for (size_t i = 0; i < o->times; i++) (*out)[i] = o->time[i];
  *count = o->times;
done:
  return st;
}

/* ---- what is shown ------------------------------------------------------------------------------------------------------------- */
/* THEORY section 0 */
double lf_flow_loss(lf_loss loss, size_t n, size_t c, const double *f, const double *y)
{
  double sum = 0;
  for (size_t i = 0; i < n * c; i++) sum += (f[i] - y[i]) * (f[i] - y[i]);
  if (loss == LF_LOSS_HALF_MSE) return sum / (2 * (double)n);
  return loss == LF_LOSS_MSE ? sum / (double)(n * c) : sum;
}

/* Values of a batch of times at the three sites. */
typedef struct batch {
  double *work, *fit, *test, *probe;
} batch;

static lf_status batch_create(batch *b, const lf_prediction *p)
{
  lf_status st;
  LF_TRY(lf_flow_work(&b->work, p, LF_FLOW_BATCH));
  LF_TRY(lf_calloc(&b->fit, LF_FLOW_BATCH * p->on_train.values, sizeof *b->fit));
  LF_TRY(lf_calloc(&b->test, LF_FLOW_BATCH * p->on_test.values, sizeof *b->test));
  LF_TRY(lf_calloc(&b->probe, LF_FLOW_BATCH * p->on_probe.values, sizeof *b->probe));
done:
  return st;
}

static void batch_free(batch *b)
{
  lf_free(b->work);
  lf_free(b->fit);
  lf_free(b->test);
  lf_free(b->probe);
}

static void fill(batch *b, const lf_prediction *p, size_t count, const double *when)
{
  lf_flow_values(p, &p->on_train, count, when, b->work, b->fit);
  if (p->on_test.values) lf_flow_values(p, &p->on_test, count, when, b->work, b->test);
  if (p->on_probe.values) lf_flow_values(p, &p->on_probe, count, when, b->work, b->probe);
}

static int show(const lf_prediction *p, const batch *b, size_t t, double when, double last, double began,
                lf_observer observe, void *user)
{
  const lf_data *data = p->data;
  double per_step = p->rule.continuous ? p->rule.h : 1;
  bool plain = p->rule.continuous || p->rule.optimiser == LF_OPTIMISER_GD || p->rule.momentum == 0;
  lf_snapshot s = {.step = llround(when / per_step),
                   .time = p->rule.continuous ? when
                           : plain            ? when * p->rule.h
                                              : NAN,
                   .wall_s = lf_now_s() - began,
                   .test_loss = NAN,
                   .n = p->n,
                   .c = p->c,
                   .q = p->on_probe.values / p->c,
                   .fit = b->fit + t * p->on_train.values,
                   .probe = p->on_probe.values ? b->probe + t * p->on_probe.values : NULL,
                   .steps_total = llround(last / per_step)};
  s.loss = lf_flow_loss(p->options.loss, p->n, p->c, s.fit, data->y);
  if (data->n_test)
    s.test_loss = lf_flow_loss(p->options.loss, data->n_test, p->c, b->test + t * p->on_test.values, data->y_test);
  return observe(user, &s);
}

lf_status lf_flow_run(const lf_prediction *p, lf_observer observe, void *user)
{
  double *when = NULL, began = lf_now_s();
  size_t count = 0;
  batch b = {0};
  lf_status st;
  LF_TRY(lf_flow_times(&when, &count, &p->options, p->rule.h));
  LF_TRY(batch_create(&b, p));
  for (size_t first = 0; first < count; first += LF_FLOW_BATCH) {
    size_t now = LF_MIN(count - first, (size_t)LF_FLOW_BATCH);
    fill(&b, p, now, when + first);
    for (size_t t = 0; t < now; t++)
      if (observe && show(p, &b, t, when[first + t], when[count - 1], began, observe, user) != 0) goto done;
  }
done:
  batch_free(&b);
  lf_free(when);
  return st;
}

lf_status lf_flow(const lf_kernel *kernel, const lf_data *data, const lf_flow_options *options, lf_observer observe,
                  void *user)
{
  lf_prediction *p = NULL;
  lf_status st = lf_flow_create(&p, kernel, data, options);
  if (st == LF_OK) st = lf_flow_run(p, observe, user);
  lf_flow_destroy(p);
  return st;
}
