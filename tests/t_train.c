/* t_train.c — the training step against PyTorch's, gradients against differences, the same bits for any number of threads and across a
 * restore, stops, and refusals. */
#include <float.h>
#include <stdlib.h>
#include "base/cpu.h"
#include "check.h"
#include "lowfirst/files.h"
#include "lowfirst/random.h"
#include "lowfirst/train.h"
#include "train/trainer.h"

/* ---- helpers ------------------------------------------------------------------------------------------------------------ */
static lf_data *make_data(size_t n, size_t d, size_t c, int probabilities)
{
  double *x = NULL, *y = NULL;
  lf_data *data = NULL;
  assert_ok(lf_calloc(&x, n * d, sizeof *x));
  assert_ok(lf_calloc(&y, n * c, sizeof *y));
  for (size_t i = 0; i < n * d; i++) x[i] = 2 * lf_random_uniform(1, LF_PURPOSE_TEST, i) - 1;
  for (size_t i = 0; i < n; i++) {
    double sum = 0;
    for (size_t j = 0; j < c; j++) sum += y[i * c + j] = lf_random_uniform(2, LF_PURPOSE_TEST, i * c + j);
    for (size_t j = 0; probabilities && j < c; j++) y[i * c + j] /= c > 1 ? sum : 1;
  }
  assert_ok(lf_data_from(&data, n, d, c, x, y, 0, NULL, NULL));
  assert_ok(lf_calloc(&data->dy, n * c * d, sizeof *data->dy)); /* for the losses that ask for it */
  for (size_t i = 0; i < n * c * d; i++) data->dy[i] = 2 * lf_random_uniform(3, LF_PURPOSE_TEST, i) - 1;
  lf_free(x);
  lf_free(y);
  return data;
}

static lf_net *make_net(const char *layers, const char *act, const char *features, const char *scaling,
                        const char *output, lf_dtype dtype)
{
  lf_model m = lf_model_default();
  lf_net *net = NULL;
  assert_ok(lf_model_layers(&m, layers));
  assert_ok(lf_model_activation(&m, act));
  assert_ok(lf_model_features(&m, features));
  assert_ok(lf_model_scaling(&m, scaling));
  assert_ok(lf_model_output(&m, output));
  assert_ok(lf_model_init(&m, "normal:0.7"));
  assert_ok(lf_model_complete(&m, m.width[0], m.width[m.n_widths - 1]));
  assert_ok(lf_net_create(&net, &m, dtype, 5));
  return net;
}

typedef struct record {
  size_t count;
  double loss[64];
  int64_t step[64];
  double fit[64 * 64];
  int stop_at; /* the observer asks to stop at this record, -1: never */
} record;

static int keep(void *user, const lf_snapshot *s)
{
  record *r = user;
  if (r->count < 64) {
    r->loss[r->count] = s->loss;
    r->step[r->count] = s->step;
  }
  for (size_t i = 0; i < s->n * s->c && i < 64 * 64; i++) r->fit[i] = s->fit[i];
  return (int)r->count++ == r->stop_at;
}

/* ---- PyTorch ---------------------------------------------------------------------------------------------------------------- */
static const double *reference(const lf_npz *z, const char *name)
{
  const lf_array *a = lf_npz_get(z, name);
  if (!a || a->dtype != LF_F64) fail_msg("the reference has no %s", name);
  return a->data;
}

static void load_reference_weights(lf_net *net, const lf_npz *z)
{
  for (size_t i = 0; i < lf_net_tensors(net); i++) {
    const lf_tensor *t = lf_net_tensor(net, i);
    char name[24];
    (void)snprintf(name, sizeof name, "%c%zu", i % 2 ? 'b' : 'w', i / 2);
    const double *from = reference(z, name);
    for (size_t j = 0; j < t->rows * t->cols; j++) {
      if (lf_net_dtype(net) == LF_F64)
        ((double *)lf_net_parameters(net))[t->offset + j] = from[j];
      else
        ((float *)lf_net_parameters(net))[t->offset + j] = (float)from[j];
    }
  }
}

/* What the reference's rows minimise beside mse; its target is sin 2x + 0.3 cos 7x of the first input. */
typedef struct kind {
  const char *name;
  lf_field_loss loss; /* NULL: mse */
  int order;
} kind;

/* mse of the values and of the derivative along the first input */
static double sobolev_first(void *user, const lf_field *f)
{
  double sum = 0;
  (void)user;
  for (size_t i = 0; i < f->count; i++) {
    const double x = f->x[i * f->d], want = 2 * cos(2 * x) - 2.1 * sin(7 * x);
    const double e = f->u[i] - f->y[i], e1 = f->du[i * f->d] - want;
    f->gu[i] = 2 * e / (double)f->n;
    f->gdu[i * f->d] = 2 * e1 / (double)f->n;
    sum += e * e + e1 * e1;
  }
  return sum / (double)f->n;
}

/* the residual of -laplace u = y */
static double laplacian(void *user, const lf_field *f)
{
  double sum = 0;
  (void)user;
  for (size_t i = 0; i < f->count; i++) {
    double e = -f->y[i];
    for (size_t j = 0; j < f->d; j++) e -= f->d2u[i * f->d + j];
    for (size_t j = 0; j < f->d; j++) f->gd2u[i * f->d + j] = -2 * e / (double)f->n;
    sum += e * e;
  }
  return sum / (double)f->n;
}

static const kind kinds[] = {{"mse", NULL, 0}, {"sobolev", sobolev_first, 1}, {"laplacian", laplacian, 2}};

static void one_reference_row(const lf_npz *z, const kind *k, const char *opt, lf_dtype dtype, double tol)
{
  const lf_array *x = lf_npz_get(z, "x");
  size_t n = x->shape[0], d = x->shape[1];
  lf_data *data = NULL;
  lf_train_options o = lf_train_options_default();
  record r = {.stop_at = -1};
  char name[64], layers[32];
  assert_ok(lf_data_from(&data, n, d, 1, x->data, reference(z, "y"), 0, NULL, NULL));
  (void)snprintf(layers, sizeof layers, "%zu-24-17-1", d);
  lf_net *net = make_net(layers, "tanh", "none", "standard", "identity", dtype);
  load_reference_weights(net, z);
  assert_ok(lf_optimiser_parse(&o.optimiser, opt));
  (void)snprintf(name, sizeof name, "%s_%s_lr", k->name, opt);
  o.lr = *reference(z, name);
  o.field_loss = k->loss;
  o.field_order = k->order;
  o.steps = 10;
  o.record_every = 1;

  double *grad = NULL, loss, size = 0;
  assert_ok(lf_calloc(&grad, lf_net_count(net), sizeof *grad));
  assert_ok(lf_train_gradient(net, data, &o, &loss, grad));
  for (size_t i = 0; i < lf_net_count(net); i++) size = fmax(size, fabs(grad[i]));
  for (size_t i = 0; i < lf_net_tensors(net); i++) {
    const lf_tensor *t = lf_net_tensor(net, i);
    (void)snprintf(name, sizeof name, "%s_%s_grad%zu", k->name, opt, i);
    const double *want = reference(z, name);
    for (size_t j = 0; j < t->rows * t->cols; j++) assert_near(grad[t->offset + j], want[j], tol * size);
  }
  lf_free(grad);

  assert_ok(lf_train(net, data, &o, keep, &r));
  assert_int_equal(r.count, 11);
  (void)snprintf(name, sizeof name, "%s_%s_loss", k->name, opt);
  for (size_t i = 0; i < 10; i++) assert_near(r.loss[i], reference(z, name)[i], tol * r.loss[i]);
  (void)snprintf(name, sizeof name, "%s_%s_fit", k->name, opt);
  for (size_t i = 0; i < n; i++) assert_near(r.fit[i], reference(z, name)[i], tol * 2); /* |fit| is about 2 at most */
  lf_net_destroy(net);
  lf_data_destroy(data);
}

static void steps_match_pytorch(void **state)
{
  (void)state;
  lf_npz *z = NULL;
  assert_ok(lf_npz_read(&z, LF_TEST_DATA "/training_steps.npz"));
  const char *opt[] = {"gd", "momentum", "adam"};
  for (int i = 0; i < 3; i++) {
    for (int k = 0; k < 3; k++) { /* derivatives lose a digit more */
      one_reference_row(z, &kinds[k], opt[i], LF_F64, k ? 1e-11 : 1e-12);
      one_reference_row(z, &kinds[k], opt[i], LF_F32, k ? 1e-4 : 1e-5);
    }
  }
  lf_npz_destroy(z);
}

/* ---- gradients ------------------------------------------------------------------------------------------------------------------ */
static double check(const char *act, const char *loss, const char *features, const char *scaling, const char *output,
                    size_t c)
{
  char layers[32];
  double worst = NAN;
  lf_train_options o = lf_train_options_default();
  (void)snprintf(layers, sizeof layers, "2-6-5-%zu", c);
  lf_data *data = make_data(7, 2, c, 1);
  lf_net *net = make_net(layers, act, features, scaling, output, LF_F64);
  assert_ok(lf_loss_parse(&o.loss, loss));
  o.huber_delta = 0.3;
  assert_ok(lf_train_check_gradient(net, data, &o, 2, &worst));
  lf_net_destroy(net);
  lf_data_destroy(data);
  return worst;
}

static const char *const features_tried[] = {"none", "fourier:gauss:0.5:3", "siren:3:4", "multiscale:1,2,4",
                                             "multiscale-2:1,3"};
static const char *const scaling_tried[] = {"standard", "inverse-sqrt", "ntk"};
enum { FEATURES = sizeof features_tried / sizeof *features_tried };

static void gradient_of_every_combination(void **state)
{
  (void)state;
  double worst = 0;
  for (int a = 0; a < LF_ACTIVATION_COUNT; a++)
    for (int l = 0; l < LF_LOSS_COUNT; l++)
      for (int f = 0; f < FEATURES; f++)
        for (int s = 0; s < 3; s++) {
          const char *act = lf_activation_name((lf_activation)a), *loss = lf_loss_name((lf_loss)l);
          const char *output = l == LF_LOSS_CROSS_ENTROPY ? "softmax" : "identity";
          double w = check(act, loss, features_tried[f], scaling_tried[s], output, 2);
          if (!(w < 1e-6)) fail_msg("%s %s %s %s: %.3g", act, loss, features_tried[f], scaling_tried[s], w);
          worst = fmax(worst, w);
        }
  print_message("worst relative difference %.2e\n", worst);
}

static void gradient_through_outputs(void **state)
{
  (void)state;
  const char *output[] = {"identity", "sigmoid", "softmax"};
  for (int o = 0; o < 3; o++)
    for (int l = 0; l < LF_LOSS_COUNT; l++) {
      if (o == 0 && l == LF_LOSS_CROSS_ENTROPY) continue;
      if (o > 0 && l == LF_LOSS_SOBOLEV) continue; /* refused: t_field.c */
      double w = check("tanh", lf_loss_name((lf_loss)l), "none", "standard", output[o], 3);
      if (!(w < 1e-6)) fail_msg("%s %s: %.3g", output[o], lf_loss_name((lf_loss)l), w);
    }
}

static void gradient_with_trained_features_and_asi(void **state)
{
  (void)state;
  for (int asi = 0; asi < 2; asi++)
    for (int f = 0; f < FEATURES; f++) {
      lf_model m = lf_model_default();
      lf_net *net = NULL;
      double worst = NAN;
      lf_train_options o = lf_train_options_default();
      lf_data *data = make_data(7, 2, 1, 0);
      assert_ok(lf_model_layers(&m, "2-6-5-1"));
      assert_ok(lf_model_features(&m, features_tried[f]));
      assert_ok(lf_model_init(&m, "normal:0.7"));
      m.features.trained = f == 1 || f == 2; /* fourier, siren */
      m.antisymmetric = asi;
      assert_ok(lf_model_complete(&m, 2, 1));
      assert_ok(lf_net_create(&net, &m, LF_F64, 9));
      if (asi) { /* f(., 0) = 0 */
        double y[7];
        assert_ok(lf_net_evaluate(net, 7, data->x, y, 1));
        for (int i = 0; i < 7; i++) assert_near(y[i], 0, 1e-14);
      }
      assert_ok(lf_train_check_gradient(net, data, &o, 2, &worst));
      assert_true(worst < 1e-6);
      lf_net_destroy(net);
      lf_data_destroy(data);
    }
}

/* ---- bits -------------------------------------------------------------------------------------------------------------------------- */
static void train_bits(lf_dtype dtype, size_t n, size_t batch, const char *opt, size_t threads, int64_t split,
                       double *p, record *r)
{
  lf_data *data = make_data(n, 2, 1, 0);
  lf_net *net = make_net("2-40-30-1", "tanh", "none", "ntk", "identity", dtype);
  lf_train_options o = lf_train_options_default();
  lf_trainer *t = NULL;
  lf_stop why;
  assert_ok(lf_optimiser_parse(&o.optimiser, opt));
  o.lr = 1e-2;
  o.batch = batch;
  o.threads = threads;
  o.steps = 30;
  o.record_every = 10;
  assert_ok(lf_trainer_create(&t, net, data, &o));
  if (split >= 0) { /* stop at a record, save, throw everything away, begin again from the saved state */
    lf_npz *z = NULL;
    record half = {.stop_at = (int)split};
    assert_ok(lf_trainer_run(t, keep, &half, &why));
    assert_int_equal(why, LF_STOP_OBSERVER);
    assert_ok(lf_npz_create(&z));
    assert_ok(lf_trainer_save(t, z));
    lf_trainer_destroy(t);
    lf_net_destroy(net);
    net = make_net("2-40-30-1", "relu", "none", "ntk", "identity", dtype);
    lf_net_destroy(net);
    net = make_net("2-40-30-1", "tanh", "none", "ntk", "identity", dtype);
    assert_ok(lf_trainer_create(&t, net, data, &o));
    assert_ok(lf_trainer_restore(t, z));
    assert_int_equal(lf_trainer_step(t), split * 10);
    lf_npz_destroy(z);
  }
  assert_ok(lf_trainer_run(t, keep, r, &why));
  assert_int_equal(why, LF_STOP_STEPS);
  assert_int_equal(lf_trainer_step(t), 30);
  lf_trainer_destroy(t);
  memcpy(p, lf_net_parameters(net), lf_net_count(net) * lf_dtype_size(dtype));
  lf_net_destroy(net);
  lf_data_destroy(data);
}

static void bits_do_not_depend_on_threads_or_restarts(void **state)
{
  (void)state;
  static double p[3][4096];
  const char *opt[] = {"gd", "momentum", "nesterov", "adam", "adamw", "rmsprop"};
  for (int dtype = LF_F32; dtype <= LF_F64; dtype++)
    for (size_t q = 0; q < 6; q++)
      for (size_t batch = 0; batch <= 300; batch += 150) {
        record r[3] = {{.stop_at = -1}, {.stop_at = -1}, {.stop_at = -1}};
        memset(p, 0, sizeof p);
        train_bits((lf_dtype)dtype, 700, batch, opt[q], 1, -1, p[0], &r[0]);
        train_bits((lf_dtype)dtype, 700, batch, opt[q], 3, -1, p[1], &r[1]);
        train_bits((lf_dtype)dtype, 700, batch, opt[q], 2, 1, p[2], &r[2]);
        assert_memory_equal(p[0], p[1], sizeof p[0]);
        assert_memory_equal(p[0], p[2], sizeof p[0]);
        assert_int_equal(r[0].count, 4);
        assert_int_equal(r[2].count, 2); /* records 20 and 30: the one stopped at is not shown twice */
        for (size_t i = 0; i < 4; i++) assert_true(r[0].loss[i] == r[1].loss[i]);
        for (size_t i = 0; i < 2; i++) assert_true(r[0].loss[2 + i] == r[2].loss[i]);
      }
}

/* Moments of a unit that gets no gradient any more decay through the numbers that x86 processors are slow on: they become 0 there, and the
 * caller's own arithmetic keeps such numbers. */
static void moments_end_at_zero(void **state)
{
  (void)state;
  float grad32[40] = {0}, p32[40], m32[40], v32[40];
  double grad64[40] = {0}, p64[40], m64[40], v64[40];
  volatile double tiny = 1e-310;
  for (int i = 0; i < 40; i++)
    p32[i] = 1, m32[i] = 1.2e-38F, v32[i] = 2e-39F, p64[i] = 1, m64[i] = 2.3e-308, v64[i] = 1e-309;
  lf_update u = {.rule = LF_OPTIMISER_ADAM, .groups = 1, .lr = 1e-3, .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8};
  u.correction1 = u.correction2 = 1;
  void *first = grad32;
  u.grad = &first, u.parameters = u.theta = p32, u.first = m32, u.second = v32;
  lf_update_run(&u, LF_F32, 0, 40);
  first = grad64;
  u.parameters = u.theta = p64, u.first = m64, u.second = v64;
  lf_update_run(&u, LF_F64, 0, 40);
  for (int i = 0; i < 40; i++) {
    assert_true(p32[i] == 1 && p64[i] == 1);
#ifdef __x86_64__
    assert_true(m32[i] == 0 && v32[i] == 0 && m64[i] == 0 && v64[i] == 0);
#endif
  }
  assert_true(tiny / 2 > 0);
}

/* Every rule, in each instruction set's own code, against the plain one: fused products round once less. */
static void updates_agree_across_instruction_sets(void **state)
{
  (void)state;
  enum { P = 700 };
  static const lf_optimiser rule[] = {LF_OPTIMISER_GD,   LF_OPTIMISER_MOMENTUM, LF_OPTIMISER_NESTEROV,
                                      LF_OPTIMISER_ADAM, LF_OPTIMISER_ADAMW,    LF_OPTIMISER_RMSPROP};
  const lf_update_kernels *kernels[LF_ISA_COUNT];
  const size_t count = lf_update_all(kernels, LF_ISA_COUNT);
  assert_true(count >= 1);
  assert_string_equal(kernels[0]->isa, "ref");
  for (size_t r = 0; r < 6; r++) {
    double p64[LF_ISA_COUNT][P];
    float p32[LF_ISA_COUNT][P];
    for (size_t k = 0; k < count; k++) {
      double g64[2][P], m64[P], v64[P];
      float g32[2][P], m32[P], v32[P];
      for (uint64_t i = 0; i < P; i++) {
        for (uint64_t q = 0; q < 2; q++)
          g32[q][i] = (float)(g64[q][i] = lf_random_normal(1, LF_PURPOSE_TEST, 2 * i + q));
        p32[k][i] = (float)(p64[k][i] = lf_random_normal(2, LF_PURPOSE_TEST, i));
        m32[i] = (float)(m64[i] = lf_random_normal(3, LF_PURPOSE_TEST, i));
        v32[i] = (float)(v64[i] = lf_random_uniform(4, LF_PURPOSE_TEST, i));
      }
      void *of64[] = {g64[0], g64[1]}, *of32[] = {g32[0], g32[1]};
      lf_update u = {
          .rule = rule[r], .groups = 2, .lr = 0.01, .momentum = 0.9, .beta1 = 0.9, .beta2 = 0.999, .alpha = 0.99};
      u.epsilon = 1e-8, u.weight_decay = 0.1, u.correction1 = 0.1, u.correction2 = 0.03;
      u.grad = of64, u.parameters = u.theta = p64[k], u.first = m64, u.second = v64;
      kernels[k]->update_f64(&u, 0, 333);
      kernels[k]->update_f64(&u, 333, P - 333);
      u.grad = of32, u.parameters = u.theta = p32[k], u.first = m32, u.second = v32;
      kernels[k]->update_f32(&u, 0, 333);
      kernels[k]->update_f32(&u, 333, P - 333);
    }
    for (size_t k = 1; k < count; k++)
      for (size_t i = 0; i < P; i++) {
        assert_near(p64[k][i], p64[0][i], 1e-14);
        assert_near(p32[k][i], p32[0][i], 2e-6);
      }
  }
}

/* Second moments of any size, none and infinite among them, rates down to 0: adam's own square root against the library's. */
static void adam_takes_any_second_moment(void **state)
{
  (void)state;
  enum { P = 605 };
  static const double rate[] = {0.01, 1e-300, 0};
  const lf_update_kernels *kernels[LF_ISA_COUNT];
  const size_t count = lf_update_all(kernels, LF_ISA_COUNT);
  for (size_t r = 0; r < 3; r++) {
    double p[LF_ISA_COUNT][P];
    for (size_t k = 0; k < count; k++) {
      double g[P], m[P], v[P];
      for (size_t i = 0; i < P; i++) {
        g[i] = 0, m[i] = 1 + 1e-3 * (double)i, p[k][i] = 0;
        v[i] = i == 0 ? 0 : i == 1 ? INFINITY : (1 + 1e-2 * (double)i) * pow(10, (double)i - 303);
      }
      void *of[] = {g};
      lf_update u = {.rule = LF_OPTIMISER_ADAM, .groups = 1, .lr = rate[r], .beta1 = 0.9, .beta2 = 0.999};
      u.epsilon = 1e-8, u.correction1 = 0.1, u.correction2 = 0.03;
      u.grad = of, u.parameters = u.theta = p[k], u.first = m, u.second = v;
      kernels[k]->update_f64(&u, 0, P);
    }
    for (size_t k = 1; k < count; k++)
      for (size_t i = 0; i < P; i++) assert_near(p[k][i], p[0][i], 1e-15 * fabs(p[0][i]) + 1e-307);
  }
}

/* ---- schedule and records ------------------------------------------------------------------------------------------------------------ */
static void records_are_logarithmic(void **state)
{
  (void)state;
  lf_data *data = make_data(5, 1, 1, 0);
  lf_net *net = make_net("1-3-1", "tanh", "none", "standard", "identity", LF_F64);
  lf_train_options o = lf_train_options_default();
  record r = {.stop_at = -1};
  o.steps = 1000;
  assert_ok(lf_record_parse(&o, "log:20"));
  assert_ok(lf_train(net, data, &o, keep, &r));
  assert_true(r.count <= 20 && r.count >= 15);
  assert_int_equal(r.step[0], 0);
  assert_int_equal(r.step[1], 1);
  assert_int_equal(r.step[r.count - 1], 1000);
  for (size_t i = 1; i < r.count; i++) assert_true(r.step[i] > r.step[i - 1]);
  lf_net_destroy(net);
  lf_data_destroy(data);
}

static void stops_at_a_loss_and_on_request(void **state)
{
  (void)state;
  lf_data *data = make_data(20, 1, 1, 0);
  lf_net *net = make_net("1-10-1", "tanh", "none", "standard", "identity", LF_F64);
  lf_train_options o = lf_train_options_default();
  lf_trainer *t = NULL;
  lf_stop why;
  record r = {.stop_at = -1};
  o.lr = 1e-2;
  o.record_count = 0;
  o.stop_loss = 0.09; /* uniform targets have variance 1/12 */
  assert_ok(lf_trainer_create(&t, net, data, &o));
  assert_ok(lf_trainer_run(t, keep, &r, &why));
  assert_int_equal(why, LF_STOP_LOSS);
  assert_true(r.loss[r.count - 1] < o.stop_loss && lf_trainer_step(t) < o.steps);
  assert_int_equal(r.step[r.count - 1], lf_trainer_step(t)); /* the last record is where it stopped */
  lf_trainer_stop(t);
  assert_ok(lf_trainer_run(t, keep, &r, &why));
  assert_int_equal(why, LF_STOP_REQUEST);
  lf_trainer_destroy(t);
  lf_net_destroy(net);
  lf_data_destroy(data);
}

static void gd_knows_its_flow_time(void **state)
{
  (void)state;
  struct {
    const char *loss;
    double per_rate;
  } row[] = {{"half_mse", 1}, {"mse", 2.0 / 3}, {"sse", 40}};
  for (int i = 0; i < 3; i++) {
    lf_data *data = make_data(20, 1, 3, 0);
    lf_net *net = make_net("1-4-3", "tanh", "none", "standard", "identity", LF_F64);
    lf_train_options o = lf_train_options_default();
    lf_npz *z = NULL;
    lf_trainer *t = NULL;
    assert_ok(lf_loss_parse(&o.loss, row[i].loss));
    o.optimiser = LF_OPTIMISER_GD;
    o.lr = 1e-4;
    o.steps = 50;
    assert_ok(lf_trainer_create(&t, net, data, &o));
    assert_ok(lf_trainer_run(t, NULL, NULL, NULL));
    assert_ok(lf_npz_create(&z));
    assert_ok(lf_trainer_save(t, z));
    assert_near(((const double *)lf_npz_get(z, "trainer_time")->data)[0], 50 * 1e-4 * row[i].per_rate, 1e-12);
    lf_npz_destroy(z);
    lf_trainer_destroy(t);
    lf_net_destroy(net);
    lf_data_destroy(data);
  }
}

/* ---- trouble --------------------------------------------------------------------------------------------------------------------------- */
static void divergence_is_named_and_undone(void **state)
{
  (void)state;
  lf_data *data = make_data(20, 1, 1, 0);
  lf_net *net = make_net("1-30-30-1", "relu", "none", "standard", "identity", LF_F32);
  lf_train_options o = lf_train_options_default();
  double y[20];
  o.optimiser = LF_OPTIMISER_GD;
  o.lr = 50;
  o.record_every = 2;
  assert_refused(lf_train(net, data, &o, NULL, NULL), LF_EMATH, "first in layer");
  assert_non_null(strstr(lf_last_error(), "at step"));
  assert_ok(lf_net_evaluate(net, 20, data->x, y, 1)); /* what is kept is finite */
  lf_net_destroy(net);
  lf_data_destroy(data);
}

static void stable_rate_is_two_over_curvature(void **state) /* f = w x + b, mse: the Hessian is 2/n sum (x,1)(x,1)^T */
{
  (void)state;
  double x[4] = {-3, -1, 1, 3}, y[4] = {1, 2, 3, 4}; /* eigenvalues 2 * 5 and 2: stable below 2/10 */
  lf_data *data = NULL;
  lf_net *net = make_net("1-1", "tanh", "none", "standard", "identity", LF_F64);
  lf_train_options o = lf_train_options_default();
  lf_trainer *t = NULL;
  assert_ok(lf_data_from(&data, 4, 1, 1, x, y, 0, NULL, NULL));
  o.optimiser = LF_OPTIMISER_GD;
  assert_ok(lf_trainer_create(&t, net, data, &o));
  assert_near(lf_train_stable_rate(t, lf_net_parameters(net)), 0.2, 1e-6);
  lf_trainer_destroy(t);
  lf_net_destroy(net);
  lf_data_destroy(data);
}

static void refusals(void **state)
{
  (void)state;
  lf_data *data = make_data(20, 2, 1, 0);
  lf_net *net = make_net("1-3-1", "tanh", "none", "standard", "identity", LF_F32);
  lf_train_options o = lf_train_options_default();
  lf_trainer *t = NULL;
  double worst;
  assert_refused(lf_trainer_create(&t, net, data, &o), LF_ESHAPE, "takes 1 inputs");
  lf_data_destroy(data);
  data = make_data(20, 1, 1, 0);
  o.batch = 21;
  assert_refused(lf_trainer_create(&t, net, data, &o), LF_EARG, "batch of 21");
  o.batch = 0;
  o.lr = NAN;
  assert_refused(lf_trainer_create(&t, net, data, &o), LF_EARG, "lr");
  o.lr = 1;
  o.loss = LF_LOSS_CROSS_ENTROPY;
  assert_refused(lf_trainer_create(&t, net, data, &o), LF_EARG, "softmax");
  assert_refused(lf_train_check_gradient(net, data, &o, 1, &worst), LF_EARG, "double");
  assert_refused(lf_optimiser_parse(&o.optimiser, "adm"), LF_EARG, "nearest is adam");
  assert_refused(lf_loss_parse(&o.loss, "mes"), LF_EARG, "nearest is mse");
  assert_refused(lf_schedule_parse(&o, "step:10"), LF_EARG, "step:EVERY:FACTOR");
  assert_refused(lf_schedule_parse(&o, "cosine:2"), LF_EARG, "[0, 1]");
  assert_refused(lf_record_parse(&o, "every:0"), LF_EARG, "every:STEPS");
  assert_refused(lf_record_parse(&o, "often"), LF_EARG, "log:COUNT");
  assert_ok(lf_schedule_parse(&o, "step:1000:0.5"));
  assert_true(o.schedule == LF_SCHEDULE_STEP && o.schedule_a == 1000 && o.schedule_b == 0.5);
  lf_net_destroy(net);
  lf_data_destroy(data);
}

static void every_failed_allocation_is_an_error(void **state)
{
  (void)state;
  lf_data *data = make_data(20, 1, 1, 0);
  lf_model m = lf_model_default();
  assert_ok(lf_model_layers(&m, "1-6-5-1"));
  assert_ok(lf_model_features(&m, "multiscale-2:1,2"));
  assert_ok(lf_model_complete(&m, 1, 1));
  m.antisymmetric = 1;
  long before = lf_alloc_live(), k = 0;
  for (lf_status st = LF_ENOMEM; st != LF_OK; k++) {
    lf_net *net = NULL;
    lf_train_options o = lf_train_options_default();
    o.steps = 5;
    o.batch = 10;
    o.threads = 2;
    lf_alloc_fail_after(k);
    st = lf_net_create(&net, &m, LF_F64, 1);
    if (st == LF_OK) st = lf_train(net, data, &o, NULL, NULL);
    lf_alloc_fail_after(-1);
    lf_net_destroy(net);
    assert_true(st == LF_OK || st == LF_ENOMEM);
    assert_int_equal(lf_alloc_live(), before);
  }
  assert_true(k > 30);
  lf_data_destroy(data);
}

/* Every phase's time is somewhere, no more than there was, and the products are counted. */
static void profile_adds_up(void **state)
{
  (void)state;
  lf_data *data = make_data(40, 2, 1, 0);
  static const char *const layers[] = {"2-9-8-1", "2-9-1"};
  for (int q = 0; q < 2; q++) {
    lf_net *net = make_net(layers[q], "tanh", "none", "standard", "identity", LF_F32);
    lf_train_options o = lf_train_options_default();
    lf_trainer *t = NULL;
    lf_profile p;
    o.steps = 50;
    assert_ok(lf_trainer_create(&t, net, data, &o));
    assert_refused(lf_trainer_profile(t, &p), LF_EARG, "profile");
    lf_trainer_destroy(t);
    o.profile = true;
    o.threads = 2;
    assert_ok(lf_trainer_create(&t, net, data, &o));
    assert_ok(lf_trainer_run(t, NULL, NULL, NULL));
    assert_ok(lf_trainer_profile(t, &p));
    double sum = 0;
    for (int i = 0; i < LF_PHASE_COUNT; i++) {
      assert_true(p.seconds[i] >= 0);
      sum += p.seconds[i];
    }
    assert_int_equal(p.steps, 50);
    assert_true(p.wall_s > 0 && sum >= 2 * p.wall_s * 0.999);
    assert_true(p.seconds[LF_PHASE_FORWARD] > 0 && p.seconds[LF_PHASE_UPDATE] > 0 && p.seconds[LF_PHASE_RECORD] > 0);
    const double first = 2 * 9, all = q ? first + 9 : first + 9 * 8 + 8;
    assert_near(p.flops[LF_PHASE_FORWARD], 2 * 40 * all, 0);
    assert_near(p.flops[LF_PHASE_WEIGHTS] + p.flops[LF_PHASE_BELOW], 2 * 40 * (2 * all - first), 0);
    lf_trainer_destroy(t);
    lf_net_destroy(net);
  }
  lf_data_destroy(data);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(profile_adds_up),
      cmocka_unit_test(steps_match_pytorch),
      cmocka_unit_test(gradient_of_every_combination),
      cmocka_unit_test(gradient_through_outputs),
      cmocka_unit_test(gradient_with_trained_features_and_asi),
      cmocka_unit_test(bits_do_not_depend_on_threads_or_restarts),
      cmocka_unit_test(records_are_logarithmic),
      cmocka_unit_test(stops_at_a_loss_and_on_request),
      cmocka_unit_test(gd_knows_its_flow_time),
      cmocka_unit_test(divergence_is_named_and_undone),
      cmocka_unit_test(moments_end_at_zero),
      cmocka_unit_test(updates_agree_across_instruction_sets),
      cmocka_unit_test(adam_takes_any_second_moment),
      cmocka_unit_test(stable_rate_is_two_over_curvature),
      cmocka_unit_test(refusals),
      cmocka_unit_test(every_failed_allocation_is_an_error),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
