/* t_field.c — derivatives with respect to the inputs: against differences of the values, and the gradients of losses on them against differences
 * of the losses, for every activation, feature layer and scaling. */
#include <stdlib.h>
#include "check.h"
#include "lowfirst/random.h"
#include "lowfirst/train.h"

static const char *const features_tried[] = {"none",      "fourier:gauss:0.5:3", "trained fourier:gauss:0.5:3",
                                             "siren:3:4", "multiscale:1,2,4",    "multiscale-2:1,3"};
static const char *const scaling_tried[] = {"standard", "inverse-sqrt", "ntk"};
enum { FEATURES = sizeof features_tried / sizeof *features_tried, SCALINGS = 3, D = 2, C = 2, N = 7 };

static lf_net *make_net(const char *act, const char *features, const char *scaling, lf_dtype dtype)
{
  lf_model m = lf_model_default();
  lf_net *net = NULL;
  const bool trained = strncmp(features, "trained ", 8) == 0;
  assert_ok(lf_model_layers(&m, "2-6-5-2"));
  assert_ok(lf_model_activation(&m, act));
  assert_ok(lf_model_features(&m, features + (trained ? 8 : 0)));
  m.features.trained = m.features.trained || trained;
  assert_ok(lf_model_scaling(&m, scaling));
  assert_ok(lf_model_init(&m, "normal:0.7"));
  assert_ok(lf_model_complete(&m, D, C));
  assert_ok(lf_net_create(&net, &m, dtype, 5));
  return net;
}

static lf_data *make_data(size_t n)
{
  double *x = NULL, *y = NULL;
  lf_data *data = NULL;
  assert_ok(lf_calloc(&x, n * D, sizeof *x));
  assert_ok(lf_calloc(&y, n * C, sizeof *y));
  for (size_t i = 0; i < n * D; i++) x[i] = 2 * lf_random_uniform(1, LF_PURPOSE_TEST, i) - 1;
  for (size_t i = 0; i < n * C; i++) y[i] = 2 * lf_random_uniform(2, LF_PURPOSE_TEST, i) - 1;
  assert_ok(lf_data_from(&data, n, D, C, x, y, 0, NULL, NULL));
  lf_free(x);
  lf_free(y);
  return data;
}

/* ---- derivatives -------------------------------------------------------------------------------------------------------------- */
/* The largest distance of dy and d2y along input j from sixth-order differences of the values and of the first derivatives. */
static double distance(lf_net *net, const lf_data *data, size_t j, double h, const double *dy, const double *d2y)
{
  static const double weight[3] = {45.0 / 60, -9.0 / 60, 1.0 / 60};
  double slope[N * C] = {0}, bend[N * C] = {0}, worst = 0;
  for (int k = 1; k <= 3; k++)
    for (int side = -1; side <= 1; side += 2) {
      double x[N * D], v[N * C], dv[N * C * D];
      memcpy(x, data->x, sizeof x);
      for (size_t i = 0; i < N; i++) x[i * D + j] += side * k * h;
      assert_ok(lf_net_derivatives(net, N, x, v, dv, NULL, 1));
      for (size_t i = 0; i < (size_t)N * C; i++) {
        slope[i] += side * weight[k - 1] * v[i] / h;
        bend[i] += side * weight[k - 1] * dv[i * D + j] / h;
      }
    }
  for (size_t i = 0; i < (size_t)N * C; i++)
    worst = fmax(worst, fmax(fabs(dy[i * D + j] - slope[i]), fabs(d2y[i * D + j] - bend[i])));
  return worst;
}

/* Where a kink lies beside a sample a shorter step gets past it. */
static void check_derivatives(const char *act, const char *features, const char *scaling)
{
  lf_net *net = make_net(act, features, scaling, LF_F64);
  lf_data *data = make_data(N);
  double y[N * C], dy[N * C * D], d2y[N * C * D], first[N * C * D], size = 1;
  assert_ok(lf_net_derivatives(net, N, data->x, y, dy, d2y, 1));
  assert_ok(lf_net_derivatives(net, N, data->x, y, first, NULL, 2));
  for (size_t i = 0; i < (size_t)N * C * D; i++) {
    assert_near(first[i], dy[i], 1e-13 * fmax(1, fabs(dy[i]))); /* the same from order 1 and 2 */
    size = fmax(size, fmax(fabs(dy[i]), fabs(d2y[i])));
  }
  for (size_t j = 0; j < D; j++) {
    double worst = distance(net, data, j, 1e-3, dy, d2y); /* truncation and rounding are below 1e-10 of the size */
    for (int rung = 4; worst > 1e-8 * size && rung < 6; rung++) worst = distance(net, data, j, pow(10, -rung), dy, d2y);
    if (!(worst <= 1e-8 * size)) fail_msg("%s %s %s: along input %zu off by %.3g", act, features, scaling, j, worst);
  }
  lf_net_destroy(net);
  lf_data_destroy(data);
}

static void derivatives_of_every_combination(void **state)
{
  (void)state;
  for (int a = 0; a < LF_ACTIVATION_COUNT; a++)
    for (int f = 0; f < FEATURES; f++)
      for (int s = 0; s < SCALINGS; s++)
        check_derivatives(lf_activation_name((lf_activation)a), features_tried[f], scaling_tried[s]);
}

/* ---- losses on them ------------------------------------------------------------------------------------------------------------- */
/* Something of everything, with unequal weights. */
static double everything(void *user, const lf_field *f)
{
  double sum = 0;
  (void)user;
  for (size_t i = 0; i < f->count * f->c; i++) {
    double e = f->u[i] - f->y[i], bend = -0.5 * f->y[i];
    f->gu[i] = 2 * e / (double)f->n;
    sum += e * e;
    for (size_t j = 0; j < f->d; j++) {
      const double slope = f->du[i * f->d + j];
      f->gdu[i * f->d + j] = 0.6 * (double)(j + 1) * slope / (double)f->n;
      sum += 0.3 * (double)(j + 1) * slope * slope;
      if (f->d2u) bend += (double)(j + 1) * f->d2u[i * f->d + j];
    }
    for (size_t j = 0; f->d2u && j < f->d; j++) f->gd2u[i * f->d + j] = 0.2 * (double)(j + 1) * bend / (double)f->n;
    if (f->d2u) sum += 0.1 * bend * bend;
  }
  return sum / (double)f->n;
}

static void gradients_of_every_combination(void **state)
{
  (void)state;
  double all = 0;
  lf_data *data = make_data(N);
  for (int a = 0; a < LF_ACTIVATION_COUNT; a++)
    for (int f = 0; f < FEATURES; f++)
      for (int s = 0; s < SCALINGS; s++)
        for (int order = 1; order <= 2; order++) {
          const char *act = lf_activation_name((lf_activation)a);
          lf_net *net = make_net(act, features_tried[f], scaling_tried[s], LF_F64);
          lf_train_options o = lf_train_options_default();
          double worst = NAN;
          o.field_loss = everything;
          o.field_order = order;
          assert_ok(lf_train_check_gradient(net, data, &o, 2, &worst));
          if (!(worst < 1e-6)) fail_msg("%s %s %s %d: %.3g", act, features_tried[f], scaling_tried[s], order, worst);
          all = fmax(all, worst);
          lf_net_destroy(net);
        }
  lf_data_destroy(data);
  print_message("worst relative difference %.2e\n", all);
}

/* ---- training ----------------------------------------------------------------------------------------------------------------- */
typedef struct seen {
  size_t count;
  double loss[64];
} seen;

static int keep(void *user, const lf_snapshot *s)
{
  seen *r = user;
  if (r->count < 64) r->loss[r->count] = s->loss;
  r->count++;
  return 0;
}

/* Full batch and minibatch: the same bits for any number of threads, and a loss that falls. */
static void same_bits_for_any_threads(void **state)
{
  (void)state;
  enum { SAMPLES = 300 };
  lf_data *data = make_data(SAMPLES);
  for (size_t batch = 0; batch <= 70; batch += 70) {
    double first[200] = {0}, losses[2] = {0};
    for (size_t threads = 1; threads <= 3; threads++) {
      lf_net *net = make_net("tanh", "none", "standard", LF_F32);
      lf_train_options o = lf_train_options_default();
      seen r = {0};
      o.field_loss = everything;
      o.field_order = 2;
      o.steps = 40;
      o.lr = 1e-2;
      o.batch = batch;
      o.record_every = 10;
      o.threads = threads;
      assert_ok(lf_train(net, data, &o, keep, &r));
      assert_int_equal(r.count, 5);
      assert_true(r.loss[4] < r.loss[0]);
      if (threads == 1)
        memcpy(losses, (double[]){r.loss[0], r.loss[4]}, sizeof losses);
      else
        assert_true(losses[0] == r.loss[0] && losses[1] == r.loss[4]);
      const float *p = lf_net_parameters(net);
      for (size_t i = 0; i < LF_MIN(lf_net_count(net), (size_t)200); i++) {
        if (threads == 1)
          first[i] = (double)p[i];
        else
          assert_true(first[i] == (double)p[i]);
      }
      lf_net_destroy(net);
    }
  }
  lf_data_destroy(data);
}

/* The record's loss of a minibatch run is that of all samples. */
static void recorded_loss_is_of_all_samples(void **state)
{
  (void)state;
  lf_data *data = make_data(50);
  double loss[2];
  for (int i = 0; i < 2; i++) {
    lf_net *net = make_net("sin", "none", "standard", LF_F64);
    lf_train_options o = lf_train_options_default();
    seen r = {0};
    o.field_loss = everything;
    o.field_order = 1 + i;
    o.steps = 0;
    o.batch = i ? 20 : 0;
    o.field_order = 2;
    assert_ok(lf_train(net, data, &o, keep, &r));
    loss[i] = r.loss[0];
    lf_net_destroy(net);
  }
  assert_near(loss[0], loss[1], 1e-12 * loss[0]);
  lf_data_destroy(data);
}

/* More samples than a strip holds: each strip has its own inputs, so that the loss is that of the derivatives taken one by one. */
static void samples_in_several_strips(void **state)
{
  (void)state;
  enum { SAMPLES = 600 };
  double *room = NULL;
  const size_t u = (size_t)SAMPLES * C, du = u * D;
  lf_data *data = make_data(SAMPLES);
  assert_ok(lf_calloc(&room, 2 * u + 4 * du, sizeof *room));
  for (int order = 1; order <= 2; order++) {
    lf_net *net = make_net("tanh", "none", "standard", LF_F64);
    lf_train_options o = lf_train_options_default();
    double loss = NAN, worst = NAN, *first = room + 2 * u, *second = first + 2 * du, *grad = NULL;
    o.field_loss = everything;
    o.field_order = order;
    assert_ok(lf_calloc(&grad, lf_net_count(net), sizeof *grad));
    assert_ok(lf_train_gradient(net, data, &o, &loss, grad));
    assert_ok(lf_train_check_gradient(net, data, &o, 2, &worst));
    assert_true(worst < 1e-6);
    assert_ok(lf_net_derivatives(net, SAMPLES, data->x, room, first, order == 2 ? second : NULL, 1));
    const lf_field all = {.n = SAMPLES,
                          .count = SAMPLES,
                          .d = D,
                          .c = C,
                          .x = data->x,
                          .y = data->y,
                          .u = room,
                          .du = first,
                          .d2u = order == 2 ? second : NULL,
                          .gu = room + u,
                          .gdu = first + du,
                          .gd2u = second + du};
    assert_near(loss, everything(NULL, &all), 1e-12 * loss);
    lf_free(grad);
    lf_net_destroy(net);
  }
  lf_free(room);
  lf_data_destroy(data);
}

/* ---- sobolev ------------------------------------------------------------------------------------------------------------------ */
static void expressions_are_derived(void **state)
{
  (void)state;
  lf_data *data = NULL;
  lf_data_options o = {.n_range = 1, .low = {-1}, .high = {1}, .n_points = 1, .points = {9}};
  assert_ok(lf_data_target(&data, "sin(30*x1)*exp(x2); x1^3", &o));
  assert_ok(lf_data_derive(data));
  for (size_t i = 0; i < data->n; i++) {
    const double a = data->x[2 * i], b = data->x[2 * i + 1], *dy = data->dy + 4 * i;
    assert_near(dy[0], 30 * cos(30 * a) * exp(b), 1e-8);
    assert_near(dy[1], sin(30 * a) * exp(b), 1e-9);
    assert_near(dy[2], 3 * a * a, 1e-10);
    assert_near(dy[3], 0, 1e-10);
  }
  lf_data_destroy(data);
  assert_ok(lf_data_target(&data, "sqrt(x)", &(lf_data_options){.n_range = 1, .low = {0}, .high = {1}}));
  assert_refused(lf_data_derive(data), LF_EMATH, "sqrt");
  lf_data_destroy(data);
}

static void sobolev_learns_the_slope(void **state)
{
  (void)state;
  lf_data *data = NULL;
  lf_data_options from = {.n_range = 1, .low = {-1}, .high = {1}, .n_points = 1, .points = {40}};
  assert_ok(lf_data_target(&data, "sin(2*x)", &from));
  lf_model m = lf_model_default();
  assert_ok(lf_model_layers(&m, "1-20-20-1"));
  assert_ok(lf_model_complete(&m, 1, 1));
  lf_net *net = NULL;
  assert_ok(lf_net_create(&net, &m, LF_F64, 2));
  lf_train_options o = lf_train_options_default();
  o.loss = LF_LOSS_SOBOLEV;
  o.lr = 1e-2;
  o.steps = 600;
  assert_refused(lf_train(net, data, &o, NULL, NULL), LF_EARG, "dy");
  assert_ok(lf_data_derive(data));
  assert_ok(lf_train(net, data, &o, NULL, NULL));
  double y[40], dy[40], off = 0;
  assert_ok(lf_net_derivatives(net, data->n, data->x, y, dy, NULL, 1));
  for (size_t i = 0; i < data->n; i++) off = fmax(off, fabs(dy[i] - 2 * cos(2 * data->x[i])));
  assert_true(off < 0.1);
  lf_net_destroy(net);
  lf_data_destroy(data);
}

/* ---- refusals, memory ----------------------------------------------------------------------------------------------------------- */
static void what_is_refused(void **state)
{
  (void)state;
  lf_data *data = make_data(N);
  lf_net *net = make_net("tanh", "none", "standard", LF_F64);
  lf_train_options o = lf_train_options_default();
  double y[N * C];
  o.field_loss = everything;
  assert_refused(lf_train(net, data, &o, NULL, NULL), LF_EARG, "field_order");
  assert_refused(lf_net_derivatives(net, N, NULL, y, NULL, NULL, 1), LF_EARG, "NULL");
  ((double *)lf_net_parameters(net))[0] = NAN; /* is said where it was born */
  assert_refused(lf_net_derivatives(net, N, data->x, y, NULL, NULL, 1), LF_EMATH, "layer 1");
  lf_net_destroy(net);
  lf_model m = lf_model_default();
  assert_ok(lf_model_layers(&m, "2-5-2"));
  assert_ok(lf_model_output(&m, "softmax"));
  assert_ok(lf_model_complete(&m, D, C));
  assert_ok(lf_net_create(&net, &m, LF_F64, 1));
  o.field_order = 1;
  assert_refused(lf_train(net, data, &o, NULL, NULL), LF_EARG, "identity");
  assert_refused(lf_net_derivatives(net, N, data->x, y, NULL, NULL, 1), LF_EARG, "identity");
  lf_net_destroy(net);
  lf_data_destroy(data);
}

static void memory_may_run_out(void **state)
{
  (void)state;
  lf_data *data = make_data(N);
  lf_net *net = make_net("tanh", "fourier:gauss:0.5:3", "ntk", LF_F32);
  lf_train_options o = lf_train_options_default();
  double y[N * C], dy[N * C * D];
  o.field_loss = everything;
  o.field_order = 2;
  o.steps = 2;
  o.batch = 3;
  for (int64_t k = 0;; k++) {
    const int64_t before = lf_alloc_live();
    lf_alloc_fail_after(k);
    lf_status st = lf_train(net, data, &o, NULL, NULL);
    if (st == LF_OK) st = lf_net_derivatives(net, N, data->x, y, dy, dy, 1);
    lf_alloc_fail_after(-1);
    assert_int_equal(lf_alloc_live(), before);
    if (st == LF_OK) break;
    assert_int_equal(st, LF_ENOMEM);
  }
  lf_net_destroy(net);
  lf_data_destroy(data);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(derivatives_of_every_combination),
      cmocka_unit_test(gradients_of_every_combination),
      cmocka_unit_test(same_bits_for_any_threads),
      cmocka_unit_test(recorded_loss_is_of_all_samples),
      cmocka_unit_test(samples_in_several_strips),
      cmocka_unit_test(expressions_are_derived),
      cmocka_unit_test(sobolev_learns_the_slope),
      cmocka_unit_test(what_is_refused),
      cmocka_unit_test(memory_may_run_out),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
