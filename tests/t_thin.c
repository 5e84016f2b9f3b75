/* t_thin.c — the thin path against the strips, which know nothing of it: outputs and every gradient, over all edges of a block. */
#include <float.h>
#include <string.h>
#include "check.h"
#include "net/engine.h"
#include "net/thin.h"
#include "lowfirst/random.h"
#include "lowfirst/train.h"

enum { MOST_N = 70, MOST_D = 4, MOST_C = 4, PAD = 80 };

typedef struct task {
  const char *layers, *activation, *features, *scaling;
  bool antisymmetric;
} task;

static lf_net *make(const task *w, lf_dtype dtype)
{
  lf_net *net = NULL;
  lf_model m = lf_model_default();
  assert_ok(lf_model_layers(&m, w->layers));
  assert_ok(lf_model_activation(&m, w->activation));
  if (w->features) assert_ok(lf_model_features(&m, w->features));
  m.features.trained = w->features != NULL;
  if (w->scaling) assert_ok(lf_model_scaling(&m, w->scaling));
  m.antisymmetric = w->antisymmetric;
  assert_ok(lf_model_complete(&m, m.width[0], m.width[m.n_widths - 1]));
  assert_ok(lf_net_create(&net, &m, dtype, 3));
  lf_net_set_parameter(net, 0, 0.7); /* an antisymmetric net would else give 0 */
  return net;
}

/* Piece by piece the same bits, each parameter of the jobs once. */
static void check_pieces(const lf_thin *thin, const lf_net *net, const void *theta, const void *x, const void *dout,
                         const char *grad)
{
  const size_t size = lf_dtype_size(net->dtype);
  size_t parameters = 0;
  lf_thin_room room;
  lf_range range[LF_THIN_RANGES];
  for (size_t q = 0; q < lf_thin_jobs(thin); q++)
    for (size_t piece = 0; piece < lf_thin_pieces(thin, q); piece++) {
      const size_t ranges = lf_thin_piece(thin, q, piece, theta, x, dout, &room, range);
      for (size_t i = 0; i < ranges; i++) {
        assert_memory_equal(range[i].grad, grad + range[i].from * size, range[i].count * size);
        parameters += range[i].count;
      }
    }
  for (size_t b = 0; b < net->branches; b++)
    parameters += net->branch[b].layer[1].bias == LF_NO_BIAS ? 0 : net->outputs;
  assert_int_equal(parameters, net->count);
}

/* Outputs and gradient of both paths for n samples; the largest difference as a share of the largest value. */
static void compare(lf_net *net, size_t n, double *outputs, double *gradients)
{
  const size_t size = lf_dtype_size(lf_net_dtype(net)), d = net->inputs, c = net->outputs, s = PAD;
  const lf_engine *engine = lf_engine_get(net->dtype);
  lf_workspace *w = NULL;
  lf_thin *thin = NULL;
  void *x, *dout, *out, *grad, *want, *scratch;
  double *draw;
  assert_ok(lf_workspace_create(&w, net, 0, s));
  assert_ok(lf_thin_create(&thin, net, n));
  const size_t columns = lf_thin_columns(thin);
  assert_ok(lf_calloc(&x, d * s, size));
  assert_ok(lf_calloc(&dout, c * columns, size));
  assert_ok(lf_calloc(&out, c * columns, size));
  assert_ok(lf_calloc(&grad, net->count, size));
  assert_ok(lf_calloc(&want, net->count, size));
  assert_ok(lf_calloc(&scratch, net->count, size));
  assert_ok(lf_calloc(&draw, PAD * (MOST_D + MOST_C), sizeof *draw));
  for (size_t i = 0; i < (size_t)PAD * (MOST_D + MOST_C); i++) draw[i] = lf_random_normal(5, LF_PURPOSE_TEST, i);
  const void *theta = lf_net_effective(net, scratch);
  for (size_t i = 0; i < d; i++) engine->store(n, draw + i * PAD, (char *)x + i * columns * size);
  for (size_t o = 0; o < c; o++) {
    engine->store(n, draw + (MOST_D + o) * PAD, (char *)dout + o * columns * size);
    engine->store(n, draw + (MOST_D + o) * PAD, (char *)w->dout + o * columns * size);
  }
  w->s = columns;
  engine->forward(net, theta, w, x, true);
  engine->backward(net, theta, w, x, want, false);
  for (size_t q = lf_thin_jobs(thin); q-- > 0;) lf_thin_forward(thin, q, theta, x);
  lf_thin_outputs(thin, theta, out);
  for (size_t q = lf_thin_jobs(thin); q-- > 0;) lf_thin_backward(thin, q, theta, x, dout, grad);
  for (size_t b = 0; b < net->branches; b++) (void)lf_thin_bias(thin, b, dout, grad);
  check_pieces(thin, net, theta, x, dout, grad);
  double scale = 0, worst = 0;
  for (size_t o = 0; o < c; o++) {
    double ours[PAD], theirs[PAD];
    for (size_t i = 0; i < n; i++) {
      engine->load(1, 1, 1, (char *)out + (o * columns + i) * size, ours + i);
      engine->load(1, 1, 1, (char *)w->out + (o * columns + i) * size, theirs + i);
      scale = fmax(scale, fabs(theirs[i]));
      worst = fmax(worst, fabs(ours[i] - theirs[i]));
    }
  }
  *outputs = worst / scale;
  scale = worst = 0;
  for (size_t i = 0; i < net->count; i++) {
    double ours, theirs;
    engine->load(1, 1, 1, (char *)grad + i * size, &ours);
    engine->load(1, 1, 1, (char *)want + i * size, &theirs);
    scale = fmax(scale, fabs(theirs));
    worst = fmax(worst, fabs(ours - theirs));
  }
  *gradients = worst / scale;
  void *const owned[] = {x, dout, out, grad, want, scratch, draw};
  for (size_t i = 0; i < sizeof owned / sizeof *owned; i++) lf_free(owned[i]);
  lf_thin_destroy(thin);
  lf_workspace_destroy(w);
}

static void check(const task *t)
{
  static const size_t samples[] = {1, 4, 15, 16, 17, MOST_N};
  for (int type = LF_F32; type <= LF_F64; type++) {
    lf_net *net = make(t, (lf_dtype)type);
    assert_true(lf_thin_suits(net));
    for (size_t q = 0; q < sizeof samples / sizeof *samples; q++) {
      double outputs, gradients,
          share = 300 * (type == LF_F32 ? FLT_EPSILON : DBL_EPSILON); /* sums of up to 300 terms */
      compare(net, samples[q], &outputs, &gradients);
      if (outputs > share || gradients > share)
        fail_msg("%s %s, n = %zu: outputs %g, gradients %g", t->layers, t->activation, samples[q], outputs, gradients);
    }
    lf_net_destroy(net);
  }
}

static void every_activation(void **state)
{
  (void)state;
  for (int a = 0; a < LF_ACTIVATION_COUNT; a++)
    check(&(task){.layers = "1-70-1", .activation = lf_activation_name((lf_activation)a)});
}

static void every_shape(void **state)
{
  (void)state;
  char layers[32];
  for (size_t d = 1; d <= MOST_D; d++)
    for (size_t c = 1; c <= MOST_C; c++) {
      static const size_t widths[] = {1, 7, 64, 129, 300};
      for (size_t q = 0; q < sizeof widths / sizeof *widths; q++) {
        (void)snprintf(layers, sizeof layers, "%zu-%zu-%zu", d, widths[q], c);
        check(&(task){.layers = layers, .activation = "tanh"});
        if (c == 1) check(&(task){.layers = layers, .activation = "relu"}); /* goes a way of its own */
      }
    }
}

/* Jobs of several pieces. */
static void wide_nets(void **state)
{
  (void)state;
  check(&(task){.layers = "2-5000-1", .activation = "relu"});
  check(&(task){.layers = "1-3000-3", .activation = "tanh", .scaling = "ntk"});
}

/* A step of descent is that of the gradient told alone, also where parameters have gains. */
static void steps_follow_the_gradient(void **state)
{
  (void)state;
  enum { N = 5 };
  static const char *const scaling[] = {"standard", "ntk"};
  const double rate = 0.25, x[N] = {-1, -0.4, 0.1, 0.6, 1}, y[N] = {0.3, 1, -1, 0.2, 0.5};
  for (size_t q = 0; q < 2; q++) {
    lf_net *net = make(&(task){.layers = "1-3000-1", .activation = "tanh", .scaling = scaling[q]}, LF_F64);
    lf_data *data = NULL;
    lf_trainer *trainer = NULL;
    lf_train_options o = lf_train_options_default();
    double *grad, *before, loss;
    o.optimiser = LF_OPTIMISER_GD;
    o.lr = rate;
    o.steps = 1;
    assert_ok(lf_data_from(&data, N, 1, 1, x, y, 0, NULL, NULL));
    assert_ok(lf_calloc(&grad, net->count, sizeof *grad));
    assert_ok(lf_calloc(&before, net->count, sizeof *before));
    assert_ok(lf_train_gradient(net, data, &o, &loss, grad));
    for (size_t i = 0; i < net->count; i++) before[i] = lf_net_parameter(net, i);
    assert_ok(lf_trainer_create(&trainer, net, data, &o));
    assert_ok(lf_trainer_run(trainer, NULL, NULL, NULL));
    for (size_t i = 0; i < net->count; i++)
      assert_near(lf_net_parameter(net, i), before[i] - rate * grad[i], 1e-15 * fmax(1, fabs(before[i])));
    lf_free(grad);
    lf_free(before);
    lf_trainer_destroy(trainer);
    lf_data_destroy(data);
    lf_net_destroy(net);
  }
}

static void branches_gains_and_features(void **state)
{
  (void)state;
  check(&(task){.layers = "2-70-1", .activation = "tanh", .antisymmetric = true});
  check(&(task){.layers = "1-130-2", .activation = "relu", .scaling = "ntk"});
  check(&(task){.layers = "2-65-1", .activation = "sin", .scaling = "inverse-sqrt"});
  check(&(task){.layers = "2-1", .activation = "tanh", .features = "fourier:gauss:2:67", .scaling = "inverse-sqrt"});
  check(&(task){.layers = "1-3", .activation = "tanh", .features = "fourier:uniform:2:150"});
}

/* Nets of another shape are left to the strips. */
static void what_it_does_not_take(void **state)
{
  (void)state;
  const task deep = {.layers = "1-8-8-1", .activation = "tanh"}, many = {.layers = "5-8-1", .activation = "tanh"};
  const task wide = {.layers = "1-8-5", .activation = "tanh"}, flat = {.layers = "1-1", .activation = "tanh"};
  const task *all[] = {&deep, &many, &wide, &flat};
  for (size_t q = 0; q < sizeof all / sizeof *all; q++) {
    lf_net *net = make(all[q], LF_F64);
    assert_false(lf_thin_suits(net));
    lf_net_destroy(net);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_activation),
      cmocka_unit_test(every_shape),
      cmocka_unit_test(wide_nets),
      cmocka_unit_test(steps_follow_the_gradient),
      cmocka_unit_test(branches_gains_and_features),
      cmocka_unit_test(what_it_does_not_take),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
