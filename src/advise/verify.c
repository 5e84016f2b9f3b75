/* verify.c — what was foretold beside what comes: a candidate followed by theory, and trained to the end. */
#include <math.h>
#include <string.h>
#include "advise_parts.h"
#include "data/build.h"
#include "lowfirst/net.h"

enum { RECORDS = 200 };

const lf_data *lf_advice_samples(const lf_advice *a) { return a->k.lens ? a->k.spread.data : NULL; }
const lf_lens *lf_advice_lens(const lf_advice *a) { return a->k.lens; }

static lf_status check(const lf_advice *a, size_t candidate)
{
  if (candidate < a->candidates.count) return LF_OK;
  return LF_FAIL(LF_EARG, "candidate %zu is none; the advice has %zu", candidate, a->candidates.count);
}

lf_status lf_advice_follow(const lf_advice *a, size_t candidate, lf_observer observe, void *user)
{
  const lf_data *few = a->k.spread.data;
  const lf_candidate *c;
  lf_kernel *kernel = NULL;
  lf_prediction *p = NULL;
  double *start = NULL, rate;
  lf_flow_options rule = lf_flow_rule(&a->train);
  lf_status st;
  rule.steps = a->train.steps;
  rule.record_count = RECORDS;
  LF_TRY(check(a, candidate));
  c = &a->candidates.at[candidate];
  LF_TRY(lf_candidate_kernel(&kernel, &a->k, c, true));
  LF_TRY(lf_calloc(&start, few->n * few->c, sizeof *start));
  LF_TRY(lf_start_values(&a->k, c, a->k.options.seed, few->n, few->x, start));
  rule.start = start;
  LF_TRY(lf_flow_create(&p, kernel, few, &rule));
  rate = lf_rate_given(&a->k);
  if (rate > 0) lf_flow_set_rate(p, fmin(rate, lf_flow_look(p).stable_rate));
  LF_TRY(lf_flow_run(p, observe, user));
done:
  lf_flow_destroy(p);
  lf_kernel_destroy(kernel);
  lf_free(start);
  return st;
}

/* ---- training ------------------------------------------------------------------------------------------------------------------------- */
/* All samples with their held-out set; without one, a fifth of them becomes it. */
static lf_status take_data(lf_data **out, const lf_data *data, bool hold_out)
{
  static const double fifth = 0.2;
  lf_data_options split = {.split = LF_SPLIT_RANDOM, .split_value = fifth, .seed = 1};
  lf_status st;
  LF_TRY(lf_data_from(out, data->n, data->d, data->c, data->x, data->y, data->n_test, data->x_test, data->y_test));
  if (hold_out && data->n_test == 0) LF_TRY(lf_data_split(*out, &split));
done:
  return st;
}

typedef struct watch {
  const lf_case *k;
  double *error; /* of all the lens's bands */
  int64_t *step; /* (bands) */
  double test_loss;
  lf_status status;
} watch;

/* A band counts from the first record on after which it stays below the threshold. */
static int look(void *user, const lf_snapshot *s)
{
  watch *w = user;
  w->test_loss = s->test_loss;
  w->status = lf_lens_measure(w->k->lens, s->probe, NULL, NULL, w->error);
  for (size_t b = 0; b < w->k->bands && w->status == LF_OK; b++) {
    bool learned = w->error[w->k->band[b]] < lf_lens_look(w->k->lens)->learned;
    if (!learned)
      w->step[b] = -1;
    else if (w->step[b] < 0)
      w->step[b] = s->step;
  }
  return w->status != LF_OK;
}

/* The test loss is a mean of squares, halved or summed; the error is relative to the size of the target. */
static double relative(const lf_advice *a, const lf_data *data, double loss)
{
  double share = loss, count = (double)data->n_test;
  if (data->n_test == 0) return NAN;
  if (a->train.loss == LF_LOSS_HALF_MSE) share = 2 * loss / (double)data->c;
  if (a->train.loss == LF_LOSS_SSE) share = loss / (count * (double)data->c);
  return sqrt(share) / a->k.page.y_size;
}

lf_status lf_advice_verify(const lf_advice *a, size_t candidate, bool hold_out, lf_verified *out)
{
  lf_data *data = NULL;
  lf_net *net = NULL;
  watch w = {.k = &a->k, .test_loss = NAN};
  lf_train_options o = a->train;
  lf_status st;
  *out = (lf_verified){.error = NAN};
  LF_TRY(check(a, candidate));
  LF_TRY(take_data(&data, a->k.data, hold_out));
  LF_TRY(lf_calloc(&out->band_step, a->k.bands, sizeof *out->band_step));
  LF_TRY(lf_calloc(&w.error, lf_lens_look(a->k.lens)->bands, sizeof *w.error));
  w.step = out->band_step;
  for (size_t b = 0; b < a->k.bands; b++) w.step[b] = -1;
  o.record_every = 0, o.record_count = RECORDS;
  o.n_probe = a->k.spread.data->n, o.x_probe = a->k.spread.data->x;
  o.threads = a->k.options.threads;
  if (o.lr == 0) o.lr = a->candidates.at[candidate].rate / 2;
  LF_TRY(lf_candidate_net(&net, &a->k, &a->candidates.at[candidate], a->k.options.seed));
  LF_TRY(lf_train(net, data, &o, look, &w));
  LF_TRY(w.status);
  out->error = relative(a, data, w.test_loss);
done:
  lf_net_destroy(net);
  lf_data_destroy(data);
  lf_free(w.error);
  if (st != LF_OK) lf_verified_free(out);
  return st;
}

void lf_verified_free(lf_verified *v)
{
  lf_free(v->band_step);
  *v = (lf_verified){.error = NAN};
}
