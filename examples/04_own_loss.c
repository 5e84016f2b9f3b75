/* 04_own_loss.c — a loss of one's own, on derivatives: a network solves a differential equation, and the lens watches which part of the
 * solution it finds first.
 *
 *     -u'' = g on [-1, 1],  u(-1) = u(1) = 0,  g(x) = pi^2 (sin pi x + 16 sin 4 pi x)
 *
 * Points x_i in hand, the net is to make the residual r = u'' + g small at all of them, and u at the two ends:
 *
 *     L = (1/n) sum_i r(x_i)^2 + beta (u(-1)^2 + u(1)^2)
 *
 * lowfirst hands over u, u' and u'' at the points; a loss gives back L and its derivatives with respect to them, the rest is the
 * library's. The solution, sin pi x + sin 4 pi x, is known here: the lens holds the net against it, the loss never looks at it.
 *
 * What to see: fitted to the values of that solution, the same net learns its slow tone first. By the equation it finds the fast tone
 * first, since two derivatives multiply the residual of a tone of frequency k by k^2: 16 times here, 256 in the square. */
#include <lowfirst.h>
#include <math.h>
#include <stdio.h>

#define TRY(call) \
  if ((call) != LF_OK) goto failed

enum { POINTS = 65 };
static const double pi = 3.14159265358979323846;

static double g(double x) { return pi * pi * (sin(pi * x) + 16 * sin(4 * pi * x)); }

/* The share of these samples in L: they may be a part of the batch, whose size is n. gu and gd2u receive dL/du and dL/du''; gdu stays 0. */
static double equation(void *user, const lf_field *f)
{
  const double *beta = user;
  double share = 0;
  for (size_t i = 0; i < f->count; i++) {
    const double x = f->x[i], r = f->d2u[i] + g(x);
    share += r * r / (double)f->n;
    f->gd2u[i] = 2 * r / (double)f->n;
    if (fabs(x) == 1) {
      share += *beta * f->u[i] * f->u[i];
      f->gu[i] = 2 * *beta * f->u[i];
    }
  }
  return share;
}

/* Train a fresh net and tell when it learned which tone. It comes back trained. */
static lf_status learn(const char *by, const lf_data *data, const lf_lens *lens, const lf_train_options *how,
                       lf_net **net)
{
  lf_history *seen = NULL;
  lf_order order = {0};
  lf_model model = lf_model_default();
  lf_status status = lf_model_layers(&model, "1-40-40-1");
  if (status == LF_OK) status = lf_model_complete(&model, data->d, data->c);
  if (status == LF_OK) status = lf_net_create(net, &model, LF_F64, 1);
  if (status == LF_OK) status = lf_history_create(&seen, lens, data, NULL);
  if (status == LF_OK) status = lf_train(*net, data, how, lf_history_record, seen);
  if (status == LF_OK) status = lf_history_order(seen, &order);
  for (size_t k = 0; k < order.peaks; k++)
    printf("by %s: %.1f cycles/unit learned at step %4lld, error in the end %.2f %%\n", by, order.xi[k],
           (long long)order.step[k], 100 * order.last[k]);
  lf_order_free(&order);
  lf_history_destroy(seen);
  return status;
}

int main(void)
{
  lf_data *data = NULL;
  lf_lens *lens = NULL;
  lf_net *fitted = NULL, *solved = NULL;
  double beta = 100, u[POINTS], du[POINTS], d2u[POINTS], error = 0, residual = 0;
  int code = 1;

  lf_data_options sampling = {.n_range = 1, .low = {-1}, .high = {1}, .n_points = 1, .points = {POINTS}};
  TRY(lf_data_target(&data, "sin(pi*x)+sin(4*pi*x)", &sampling));
  TRY(lf_lens_create(&lens, data, NULL));

  lf_train_options how = lf_train_options_default();
  how.lr = 1e-2;
  how.steps = 4000;
  how.schedule = LF_SCHEDULE_COSINE;
  how.record_every = 10;
  TRY(learn("values", data, lens, &how, &fitted));

  how.field_loss = equation;
  how.field_user = &beta;
  how.field_order = 2;
  TRY(learn("equation", data, lens, &how, &solved));

  /* the solution, and how well the equation holds */
  TRY(lf_net_derivatives(solved, data->n, data->x, u, du, d2u, 1));
  for (size_t i = 0; i < data->n; i++) {
    error = fmax(error, fabs(u[i] - data->y[i]));
    residual = fmax(residual, fabs(d2u[i] + g(data->x[i])));
  }
  printf("u is right to %.4f of 1.9, u'' to %.1f of 167\n", error, residual);
  code = error < 0.05 ? 0 : 2;

failed:
  if (code == 1) printf("%s\n", lf_last_error());
  lf_net_destroy(solved);
  lf_net_destroy(fitted);
  lf_lens_destroy(lens);
  lf_data_destroy(data);
  return code;
}
