/* gradient.c — the gradient for its own sake, and the check that it is one. */
#include <math.h>
#include <string.h>
#include "base/base.h"
#include "lowfirst/random.h"
#include "trainer.h"

static lf_status full_batch_trainer(lf_trainer **out, lf_net *net, const lf_data *data, const lf_train_options *options)
{
  lf_train_options o = *options;
  o.batch = 0;
  o.n_probe = 0;
  lf_status st = lf_trainer_create(out, net, data, &o);
  if (st == LF_OK) lf_step_refresh(*out);
  return st;
}

void lf_step_collect(const lf_trainer *t, double *grad)
{
  enum { BLOCK = 256 };
  union {
    float f32[BLOCK];
    double f64[BLOCK];
  } sum;
  const lf_update_kernels *kernels = lf_update_get();
  memset(grad, 0, t->net->count * sizeof *grad);
  for (size_t q = 0; q < t->chunks; q++)
    for (size_t i = 0; i < t->chunk[q].count; i += BLOCK) {
      size_t from = t->chunk[q].from + i, part = LF_MIN((size_t)BLOCK, t->chunk[q].count - i);
      if (t->net->dtype == LF_F32)
        kernels->sum_f32(&t->update, from, part, sum.f32);
      else
        kernels->sum_f64(&t->update, from, part, sum.f64);
      for (size_t j = 0; j < part; j++) grad[from + j] = t->net->dtype == LF_F32 ? (double)sum.f32[j] : sum.f64[j];
    }
}

/* A random direction of length 1 among the trained parameters. */
static void draw_direction(const lf_net *net, uint64_t seed, uint64_t first, double *v)
{
  double norm = 0;
  memset(v, 0, net->count * sizeof *v);
  for (size_t q = 0; q < net->tensors; q++) {
    const lf_tensor *tensor = &net->tensor[q];
    for (size_t i = tensor->offset; tensor->trained && i < tensor->offset + tensor->rows * tensor->cols; i++) {
      v[i] = lf_random_normal(seed, LF_PURPOSE_PERTURB, first + i);
      norm += v[i] * v[i];
    }
  }
  for (size_t i = 0; norm > 0 && i < net->count; i++) v[i] /= sqrt(norm);
}

/* ---- the largest stable rate ---------------------------------------------------------------------------------------------- */
static void move_along(lf_trainer *t, const double *p, const double *v, double h)
{
  for (size_t i = 0; i < t->net->count; i++) lf_net_set_parameter(t->net, i, p[i] + h * v[i]);
  lf_step_refresh(t);
}

/* Power iteration on the loss's Hessian H, H v by central differences of the gradient. Plain descent is stable below 2/lambda_max, momentum
 * mu below 2 (1 + mu)/lambda_max. A few digits are enough: the answer is for a message. */
double lf_train_stable_rate(lf_trainer *t, const void *at)
{
  enum { TURNS = 20 };
  const size_t count = t->net->count;
  double *p = NULL, *v = NULL, *up = NULL, *down = NULL, lambda = NAN, length = 0;
  void *own = NULL;
  bool plain = t->options.optimiser == LF_OPTIMISER_GD || t->options.optimiser == LF_OPTIMISER_SGD;
  bool heavy = t->options.optimiser == LF_OPTIMISER_MOMENTUM;
  if (!plain && !heavy) return NAN;
  if (lf_calloc(&p, count, sizeof *p) != LF_OK || lf_calloc(&v, count, sizeof *v) != LF_OK ||
      lf_calloc(&up, count, sizeof *up) != LF_OK || lf_calloc(&down, count, sizeof *down) != LF_OK ||
      lf_calloc(&own, count, t->size) != LF_OK)
    goto done;
  memcpy(own, t->net->parameters, count * t->size);
  memcpy(t->net->parameters, at, count * t->size);
  for (size_t i = 0; i < count; i++) {
    p[i] = lf_net_parameter(t->net, i);
    length += p[i] * p[i];
  }
  const double h = 1e-3 * fmax(sqrt(length), 1e-3);
  draw_direction(t->net, t->options.seed, 0, v);
  for (int turn = 0; turn < TURNS; turn++) {
    double norm = 0;
    move_along(t, p, v, h);
    (void)lf_step_gradient(t);
    lf_step_collect(t, up);
    move_along(t, p, v, -h);
    (void)lf_step_gradient(t);
    lf_step_collect(t, down);
    for (size_t i = 0; i < count; i++) {
      up[i] = (up[i] - down[i]) / (2 * h);
      norm += up[i] * up[i];
    }
    lambda = sqrt(norm);
    for (size_t i = 0; i < count; i++) v[i] = lambda > 0 ? up[i] / lambda : 0;
  }
  memcpy(t->net->parameters, own, count * t->size);
  lf_step_refresh(t);
done:
  lf_free(own);
  lf_free(p);
  lf_free(v);
  lf_free(up);
  lf_free(down);
  return 2 * (heavy ? 1 + t->options.momentum : 1) / lambda;
}

/* ---- for callers ------------------------------------------------------------------------------------------------------------ */
lf_status lf_train_gradient(lf_net *net, const lf_data *data, const lf_train_options *options, double *loss,
                            double *grad)
{
  lf_trainer *t = NULL;
  lf_status st = full_batch_trainer(&t, net, data, options);
  if (st == LF_OK) {
    *loss = lf_step_gradient(t);
    lf_step_collect(t, grad);
  }
  lf_trainer_destroy(t);
  return st;
}

/* The loss at parameters p + h v. */
static double loss_along(lf_trainer *t, const double *p, const double *v, double h)
{
  move_along(t, p, v, h);
  return lf_step_loss(t);
}

/* Sixth-order central difference of the loss along v. */
static double difference(lf_trainer *t, const double *p, const double *v, double h)
{
  static const double weight[3] = {45.0 / 60, -9.0 / 60, 1.0 / 60};
  double slope = 0;
  for (int i = 0; i < 3; i++)
    slope += weight[i] * (loss_along(t, p, v, (i + 1) * h) - loss_along(t, p, v, -(i + 1) * h));
  return slope / h;
}

/* Differences over a ladder of steps; the answer is where two neighbours agree best: large steps cut the series off or cross a kink,
 * small ones round. */
static double slope_along(lf_trainer *t, const double *p, const double *v)
{
  enum { RUNGS = 8 };
  double h = 0x1p-6, before = difference(t, p, v, h), best = before, least = INFINITY;
  for (int i = 1; i < RUNGS; i++) {
    h /= 4;
    double now = difference(t, p, v, h), gap = fabs(now - before);
    if (gap < least) least = gap, best = now;
    before = now;
  }
  return best;
}

lf_status lf_train_check_gradient(lf_net *net, const lf_data *data, const lf_train_options *options, size_t directions,
                                  double *worst)
{
  lf_status st = LF_OK;
  lf_trainer *t = NULL;
  double *p = NULL, *v = NULL, *grad = NULL;
  if (net->dtype != LF_F64) return LF_FAIL(LF_EARG, "differences of a float loss show nothing: check a net in double");
  LF_TRY(full_batch_trainer(&t, net, data, options));
  LF_TRY(lf_calloc(&p, net->count, sizeof *p));
  LF_TRY(lf_calloc(&v, net->count, sizeof *v));
  LF_TRY(lf_calloc(&grad, net->count, sizeof *grad));
  memcpy(p, net->parameters, net->count * sizeof *p);
  (void)lf_step_gradient(t);
  lf_step_collect(t, grad);
  *worst = 0;
  for (size_t q = 0; q < directions; q++) {
    double analytic = 0, size = 0;
    draw_direction(net, options->seed, q * net->count, v);
    for (size_t i = 0; i < net->count; i++) {
      analytic += grad[i] * v[i];
      size += grad[i] * grad[i];
    }
    double numeric = slope_along(t, p, v);
    double scale = fmax(fmax(fabs(analytic), fabs(numeric)), sqrt(size / (double)net->count));
    if (scale > 0) *worst = fmax(*worst, fabs(analytic - numeric) / scale);
  }
  memcpy(net->parameters, p, net->count * sizeof *p);
done:
  lf_trainer_destroy(t);
  lf_free(p);
  lf_free(v);
  lf_free(grad);
  return st;
}
