/* t_flow.c — the exact evolution against independent reference numbers, formulas, step-by-step iteration, refitting and a trained net. */
#include <float.h>
#include <stdlib.h>
#include "check.h"
#include "flow/rule.h"
#include "lowfirst/files.h"
#include "lowfirst/flow.h"
#include "lowfirst/history.h"
#include "lowfirst/random.h"

/* ---- helpers ------------------------------------------------------------------------------------------------------------- */
static lf_kernel *limit_of(const char *layers, const char *act, const char *scaling, const char *std)
{
  lf_model m = lf_model_default();
  lf_kernel *k = NULL;
  assert_ok(lf_model_layers(&m, layers));
  assert_ok(lf_model_activation(&m, act));
  assert_ok(lf_model_scaling(&m, scaling));
  if (std) assert_ok(lf_model_std(&m, std));
  assert_ok(lf_model_complete(&m, m.width[0], m.width[m.n_widths - 1]));
  assert_ok(lf_kernel_limit(&k, &m, LF_NTK));
  return k;
}

static lf_net *net_of(const char *layers, const char *act, lf_dtype dtype)
{
  lf_model m = lf_model_default();
  lf_net *net = NULL;
  assert_ok(lf_model_layers(&m, layers));
  assert_ok(lf_model_activation(&m, act));
  assert_ok(lf_model_scaling(&m, "ntk"));
  assert_ok(lf_model_complete(&m, m.width[0], m.width[m.n_widths - 1]));
  assert_ok(lf_net_create(&net, &m, dtype, 3));
  return net;
}

enum { MOST = 64 }; /* values of a small problem */

/* n scattered samples of something rough, held-out ones too */
static lf_data *scattered(size_t n, size_t d, size_t c)
{
  double x[2 * MOST], y[2 * MOST];
  lf_data *data = NULL;
  assert_true(2 * n * d <= 2 * MOST && 2 * n * c <= 2 * MOST);
  for (size_t i = 0; i < 2 * n * d; i++) x[i] = 2 * lf_random_uniform(1, LF_PURPOSE_TEST, i) - 1;
  for (size_t i = 0; i < 2 * n * c; i++) y[i] = lf_random_normal(2, LF_PURPOSE_TEST, i);
  assert_ok(lf_data_from(&data, n, d, c, x, y, n, x + n * d, y + n * c));
  return data;
}

static lf_data *tones(const char *expression, const char *points)
{
  lf_data_options o = {0};
  lf_data *data = NULL;
  assert_ok(lf_range_parse(&o, "-pi:pi"));
  assert_ok(lf_points_parse(&o, points));
  assert_ok(lf_data_target(&data, expression, &o));
  return data;
}

static lf_prediction *predict(const lf_kernel *k, const lf_data *data, lf_flow_options o)
{
  lf_prediction *p = NULL;
  assert_ok(lf_flow_create(&p, k, data, &o));
  return p;
}

/* ---- one mode -------------------------------------------------------------------------------------------------------------- */
/* The same by iteration in extended precision, as train.h writes the rules: g goes from 0 to 1/mu on a parabola of slope mu g - 1. */
static double iterated_gain(const lf_rule *r, double mu, int steps)
{
  long double gain = 0, v = 0, m = r->momentum;
  for (int k = 0; k < steps; k++) {
    long double g = mu * gain - 1;
    bool momentum = r->optimiser == LF_OPTIMISER_MOMENTUM, nesterov = r->optimiser == LF_OPTIMISER_NESTEROV;
    v = m * v + g;
    gain -= r->h * (nesterov ? g + m * v : momentum ? v : g);
  }
  return (double)gain;
}

/* Curvatures from hardly any to the largest stable one, through double roots (where a digit is lost per factor ten of steps: the
 * mode itself answers so to its curvature), and steps from the first on. */
static void every_mode_is_the_iteration(void **state)
{
  (void)state;
  const lf_optimiser optimiser[] = {LF_OPTIMISER_GD, LF_OPTIMISER_MOMENTUM, LF_OPTIMISER_NESTEROV};
  const double momentum[] = {0, 0.3, 0.5, 0.9, 0.99};
  const int steps[] = {0, 1, 2, 3, 7, 40, 301};
  for (size_t o = 0; o < 3; o++)
    for (size_t j = 0; j < sizeof momentum / sizeof *momentum; j++) {
      double m = momentum[j], top = lf_rule_stable(optimiser[o], m), slow = pow(1 - sqrt(m), 2);
      const double a[] = {1e-12, 1e-5, slow * 0.9, slow * (1 - 1e-9), slow, slow * (1 + 1e-9), slow * 1.1,
                          0.5,   1,    1.5,        0.7 * top,         top};
      for (size_t i = 0; i < sizeof a / sizeof *a; i++)
        for (size_t s = 0; s < sizeof steps / sizeof *steps; s++) {
          lf_rule rule = {.optimiser = optimiser[o], .h = 0.37, .momentum = m};
          double mu = fmin(a[i], top) / rule.h, want = iterated_gain(&rule, mu, steps[s]);
          double got = lf_rule_gain(&rule, mu, steps[s]);
          double tolerance = a[i] < top ? 1e-12 : 1e-10; /* at the edge, -1 and -m, near each other, k times */
          if (!(fabs(got - want) <= tolerance * fmax(fabs(want), 1 / mu)))
            fail_msg("%s m=%g a=%.17g k=%d: %.17g, want %.17g", lf_optimiser_name(optimiser[o]), m, a[i], steps[s], got,
                     want);
          if (a[i] <= 1e-5 && steps[s] > 0)
            assert_near(got, want, 1e-12 * want); /* all digits of the little that is learned */
        }
    }
}

static void what_is_stable_and_what_is_not(void **state)
{
  (void)state;
  const lf_optimiser optimiser[] = {LF_OPTIMISER_GD, LF_OPTIMISER_MOMENTUM, LF_OPTIMISER_NESTEROV};
  for (size_t o = 0; o < 3; o++) {
    double m = o ? 0.8 : 0, top = lf_rule_stable(optimiser[o], m);
    lf_rule rule = {.optimiser = optimiser[o], .h = 1, .momentum = m};
    assert_near(lf_rule_gain(&rule, 0.99 * top, 2000), 1 / (0.99 * top), 1e-6);
    assert_true(fabs(lf_rule_gain(&rule, 1.01 * top, 2000)) > 100);
    assert_near(lf_rule_gain(&rule, 0, 10), iterated_gain(&rule, 1e-30, 10), 1e-11); /* the limit mu = 0 */
  }
  lf_rule flow = {.continuous = true, .h = 1};
  assert_near(lf_rule_gain(&flow, 0, 7), 7, 0);
  assert_near(lf_rule_gain(&flow, 1e-18, 7), 7, 1e-14);
  assert_near(lf_rule_gain(&flow, 2, INFINITY), 0.5, 0);
}

/* ---- reference and formulas --------------------------------------------------------------------------------------------------- */
static const lf_array *member(const lf_npz *z, const char *name)
{
  const lf_array *a = lf_npz_get(z, name);
  if (!a) fail_msg("%s is missing", name);
  return a;
}

/* The reference's relu kernel has the root of rounding on its diagonal (t_kernel.c); with the exact one its own program comes to what is
 * computed here, and its file is off by 1.1e-8. */
static const double reference_tolerance[] = {2e-8, 1e-11};

static void reference(void **state)
{
  (void)state;
  lf_npz *z = NULL;
  lf_data *data = NULL;
  const char *act[] = {"relu", "tanh"}, *fit[] = {"relu_fit", "tanh_fit"};
  assert_ok(lf_npz_read(&z, LF_TEST_DATA "/flow_two_layer.npz"));
  const lf_array *x = member(z, "x"), *at = member(z, "at"), *times = member(z, "times");
  size_t q = at->shape[0];
  assert_ok(lf_data_from(&data, x->shape[0], 1, 1, x->data, member(z, "y")->data, 0, NULL, NULL));
  double *probe = calloc(q, sizeof *probe);
  for (int a = 0; a < 2; a++) {
    lf_kernel *k = limit_of("1-1000-1", act[a], "inverse-sqrt", "w=3,b=3,a=1");
    lf_prediction *p =
        predict(k, data, (lf_flow_options){.gradient_flow = true, .n_probe = q, .x_probe = at->data, .threads = 1});
    const double *want = member(z, fit[a])->data;
    for (size_t t = 0; t < times->shape[0]; t++) {
      assert_ok(lf_flow_at(p, ((const double *)times->data)[t], NULL, NULL, probe));
      for (size_t i = 0; i < q; i++) assert_near(probe[i], want[t * q + i], reference_tolerance[a]);
      assert_ok(lf_flow_evaluate(p, ((const double *)times->data)[t], q, at->data, NULL, probe));
      for (size_t i = 0; i < q; i++) assert_near(probe[i], want[t * q + i], reference_tolerance[a]);
    }
    lf_flow_destroy(p);
    lf_kernel_destroy(k);
  }
  free(probe);
  lf_data_destroy(data);
  lf_npz_destroy(z);
}

/* A two-layer net of Fourier features that are trained too, N(0, 3^2) cycles; the reference is by NumPy. Half of the modes lie below
 * rounding: in their directions the residual stays what it was, in both programs. */
static void fourier_features(void **state)
{
  (void)state;
  lf_npz *z = NULL;
  lf_data *data = NULL;
  lf_kernel *k = NULL;
  lf_model m = lf_model_default();
  assert_ok(lf_npz_read(&z, LF_TEST_DATA "/fourier_features_flow.npz"));
  const lf_array *x = member(z, "x"), *times = member(z, "times");
  const double *target = member(z, "target")->data, *residual = member(z, "residual")->data;
  size_t n = x->shape[0];
  assert_ok(lf_model_layers(&m, "1-1"));
  assert_ok(lf_model_features(&m, "fourier:gauss:3:1000"));
  assert_ok(lf_model_scaling(&m, "inverse-sqrt"));
  assert_ok(lf_model_std(&m, "a=0.7"));
  m.features.trained = true;
  assert_ok(lf_model_complete(&m, 1, 1));
  assert_ok(lf_kernel_limit(&k, &m, LF_NTK));
  assert_ok(lf_data_from(&data, n, 1, 1, x->data, target, 0, NULL, NULL));
  lf_prediction *p = predict(k, data, (lf_flow_options){.gradient_flow = true, .threads = 1});
  double *fit = calloc(n, sizeof *fit);
  for (size_t t = 0; t < times->shape[0]; t++) {
    assert_ok(lf_flow_at(p, ((const double *)times->data)[t], fit, NULL, NULL));
    for (size_t i = 0; i < n; i++) assert_near(fit[i] - target[i], residual[t * n + i], 1e-9);
  }
  free(fit);
  lf_flow_destroy(p);
  lf_kernel_destroy(k);
  lf_data_destroy(data);
  lf_npz_destroy(z);
}

/* One sample: everything is one exponential. Two, mirrored: the even and the odd part, each with its own. */
static void one_and_two_samples(void **state)
{
  (void)state;
  lf_kernel *k = limit_of("1-100-1", "erf", "ntk", NULL);
  const double x[] = {-0.7, 0.7}, y[] = {2, 1}, t = 0.83;
  double K[4], fit[2];
  lf_data *one = NULL, *two = NULL;
  assert_ok(lf_data_from(&one, 1, 1, 1, x, y, 0, NULL, NULL));
  assert_ok(lf_data_from(&two, 2, 1, 1, x, y, 0, NULL, NULL));
  assert_ok(lf_kernel_gram(k, 2, x, 1, K));
  lf_prediction *p = predict(k, one, (lf_flow_options){.gradient_flow = true});
  assert_ok(lf_flow_at(p, t, fit, NULL, NULL));
  assert_near(fit[0], 2 * (1 - exp(-K[0] * t)), 1e-14);
  assert_near(lf_flow_look(p).condition, 1, 0);
  lf_flow_destroy(p);
  p = predict(k, two, (lf_flow_options){.gradient_flow = true});
  assert_ok(lf_flow_at(p, t, fit, NULL, NULL));
  double even = 1.5 * (1 - exp(-(K[0] + K[1]) * t / 2)), odd = 0.5 * (1 - exp(-(K[0] - K[1]) * t / 2));
  assert_near(fit[0], even + odd, 1e-14);
  assert_near(fit[1], even - odd, 1e-14);
  assert_near(lf_flow_look(p).stable_rate, 2 / (K[0] + K[1]), 1e-14); /* mse, c = 1: h = 2 lr, lambda = (K0 + K1)/2 */
  lf_flow_destroy(p);
  lf_data_destroy(one);
  lf_data_destroy(two);
  lf_kernel_destroy(k);
}

/* A linear net without biases has K = 2 x.x'/d per output: on orthogonal inputs each sample is its own mode. */
static void orthogonal_samples(void **state)
{
  (void)state;
  enum { N = 3 };
  lf_kernel *k = limit_of("3-50-2", "identity", "ntk", "w=1,b=0");
  const double x[N * N] = {1, 0, 0, 0, 2, 0, 0, 0, 3}, y[N * 2] = {1, -1, 2, -2, 3, -3};
  double fit[N * 2];
  lf_data *data = NULL;
  assert_ok(lf_data_from(&data, N, 3, 2, x, y, 0, NULL, NULL));
  lf_prediction *p = predict(k, data, (lf_flow_options){.loss = LF_LOSS_HALF_MSE, .lr = 0.1});
  assert_ok(lf_flow_at(p, 7, fit, NULL, NULL));
  for (size_t i = 0; i < N; i++)
    for (size_t j = 0; j < 2; j++) {
      double lambda = 2.0 / 3 * x[i * N + i] * x[i * N + i] / N;
      assert_near(fit[i * 2 + j], y[i * 2 + j] * (1 - pow(1 - 0.1 * lambda, 7)), 1e-14);
    }
  lf_flow_destroy(p);
  lf_data_destroy(data);
  lf_kernel_destroy(k);
}

/* ---- descent step by step --------------------------------------------------------------------------------------------------------- */
/* Plain loop over the values at the samples, K (rows,rows); alpha is what the parameters moved in the span of the gradients. */
static void iterate(const double *K, size_t rows, size_t n, const double *target, lf_flow_options o, double rate,
                    int steps, double *fit)
{
  double alpha[MOST] = {0}, v[MOST] = {0}, g[MOST];
  memset(fit, 0, rows * sizeof *fit);
  for (int k = 0; k < steps; k++) {
    for (size_t i = 0; i < rows; i++) g[i] = (fit[i] - target[i]) / (double)n + o.ridge / (double)n * alpha[i];
    for (size_t i = 0; i < rows; i++) {
      v[i] = o.momentum * v[i] + g[i];
      double move = o.optimiser == LF_OPTIMISER_GD         ? g[i]
                    : o.optimiser == LF_OPTIMISER_MOMENTUM ? v[i]
                                                           : g[i] + o.momentum * v[i];
      alpha[i] -= rate * move;
    }
    for (size_t i = 0; i < rows; i++) {
      fit[i] = 0;
      for (size_t j = 0; j < rows; j++) fit[i] += K[i * rows + j] * alpha[j];
    }
  }
}

static void steps_are_the_iteration(void **state)
{
  (void)state;
  enum { N = 9 };
  const lf_optimiser optimiser[] = {LF_OPTIMISER_GD, LF_OPTIMISER_MOMENTUM, LF_OPTIMISER_NESTEROV};
  const lf_loss loss[] = {LF_LOSS_MSE, LF_LOSS_HALF_MSE, LF_LOSS_SSE};
  const double per_rate[] = {2, 1, 2 * N}, ridge[] = {0, 0.05};
  const int steps[] = {1, 2, 10, 200};
  double K[N * N], fit[N], want[N];
  lf_kernel *k = limit_of("2-100-1", "relu", "ntk", NULL);
  lf_data *data = scattered(N, 2, 1);
  assert_ok(lf_kernel_gram(k, N, data->x, 1, K));
  for (size_t o = 0; o < 3; o++)
    for (size_t l = 0; l < 3; l++)
      for (size_t r = 0; r < 2; r++) {
        lf_flow_options how = {
            .optimiser = optimiser[o], .loss = loss[l], .ridge = ridge[r], .momentum = o ? 0.85 : 0, .lr = 0};
        lf_prediction *p = predict(k, data, how);
        double rate = lf_flow_look(p).lr * per_rate[l];
        assert_near(lf_flow_look(p).time_per_step, rate, 1e-12 * rate);
        for (size_t s = 0; s < 4; s++) {
          iterate(K, N, N, data->y, how, rate, steps[s], want);
          assert_ok(lf_flow_at(p, steps[s], fit, NULL, NULL));
          for (size_t i = 0; i < N; i++) assert_near(fit[i], want[i], 1e-12 * 4); /* values of size 2 */
        }
        lf_flow_destroy(p);
      }
  lf_data_destroy(data);
  lf_kernel_destroy(k);
}

/* ---- the end of time ---------------------------------------------------------------------------------------------------------------- */
/* x = A^-1 b by elimination, A (n,n) symmetric positive definite, both spoilt */
static void solve(size_t n, double *A, double *b)
{
  for (size_t j = 0; j < n; j++)
    for (size_t i = j + 1; i < n; i++) {
      double f = A[i * n + j] / A[j * n + j];
      for (size_t k = j; k < n; k++) A[i * n + k] -= f * A[j * n + k];
      b[i] -= f * b[j];
    }
  for (size_t j = n; j-- > 0;) {
    for (size_t k = j + 1; k < n; k++) b[j] -= A[j * n + k] * b[k];
    b[j] /= A[j * n + j];
  }
}

static void it_ends_in_the_interpolant_of_least_norm(void **state)
{
  (void)state;
  enum { N = 12 };
  double K[N * N], C[N * N], alpha[N], fit[N], test[N], late[N], start[N], start_test[N];
  lf_kernel *k = limit_of("1-100-1", "relu", "ntk", "w=1.4,b=0.5");
  lf_data *data = scattered(N, 1, 1);
  for (size_t i = 0; i < N; i++) start[i] = sin(5 * data->x[i]), start_test[i] = sin(5 * data->x_test[i]);
  lf_prediction *p = predict(k, data, (lf_flow_options){.start = start, .start_test = start_test});
  assert_int_equal(lf_flow_look(p).rank, N);
  assert_ok(lf_flow_at(p, 0, fit, test, NULL));
  for (size_t i = 0; i < N; i++) assert_true(fit[i] == start[i] && test[i] == start_test[i]);
  assert_ok(lf_flow_at(p, INFINITY, fit, test, NULL));
  for (size_t i = 0; i < N; i++) assert_near(fit[i], data->y[i], 1e-12);
  assert_near(lf_flow_look(p).residual, 0, 0);
  assert_ok(lf_kernel_gram(k, N, data->x, 1, K));
  assert_ok(lf_kernel_evaluate(k, N, data->x_test, N, data->x, 1, C));
  for (size_t i = 0; i < N; i++) alpha[i] = data->y[i] - start[i];
  solve(N, K, alpha);
  double slack = 1e-14 * lf_flow_look(p).condition;
  for (size_t i = 0; i < N; i++) {
    double want = start_test[i];
    for (size_t j = 0; j < N; j++) want += C[i * N + j] * alpha[j];
    assert_near(test[i], want, slack);
  }
  assert_ok(lf_flow_at(p, 1e15, NULL, late, NULL));
  for (size_t i = 0; i < N; i++) assert_near(late[i], test[i], slack);
  lf_flow_destroy(p);
  lf_data_destroy(data);
  lf_kernel_destroy(k);
}

/* ---- leave one out ------------------------------------------------------------------------------------------------------------------- */
/* Every sample foretold by a prediction that never saw it. */
static void check_left_out(const lf_kernel *k, const lf_data *data, double ridge, double tolerance)
{
  size_t n = data->n, d = data->d, c = data->c;
  double residual[MOST], rmse, x[MOST], y[MOST], value[MOST], square = 0;
  lf_prediction *p = predict(k, data, (lf_flow_options){.ridge = ridge});
  assert_ok(lf_flow_leave_one_out(p, residual, &rmse));
  lf_flow_destroy(p);
  for (size_t i = 0; i < n; i++) {
    lf_data *rest = NULL;
    memcpy(x, data->x, i * d * sizeof *x);
    memcpy(x + i * d, data->x + (i + 1) * d, (n - 1 - i) * d * sizeof *x);
    memcpy(y, data->y, i * c * sizeof *y);
    memcpy(y + i * c, data->y + (i + 1) * c, (n - 1 - i) * c * sizeof *y);
    assert_ok(lf_data_from(&rest, n - 1, d, c, x, y, 0, NULL, NULL));
    p = predict(k, rest, (lf_flow_options){.ridge = ridge});
    assert_ok(lf_flow_evaluate(p, INFINITY, 1, data->x + i * d, NULL, value));
    for (size_t j = 0; j < c; j++) {
      double want = data->y[i * c + j] - value[j];
      assert_near(residual[i * c + j], want, tolerance);
      square += want * want;
    }
    lf_flow_destroy(p);
    lf_data_destroy(rest);
  }
  assert_near(rmse, sqrt(square / (double)(n * c)), tolerance);
}

static void leaving_out_is_refitting(void **state)
{
  (void)state;
  lf_data *data = scattered(11, 2, 2);
  lf_kernel *limit = limit_of("2-100-2", "relu", "ntk", NULL), *finite = NULL;
  lf_net *net = net_of("2-40-2", "tanh", LF_F64);
  assert_ok(lf_kernel_empirical(&finite, net));
  check_left_out(limit, data, 0, 1e-10);
  check_left_out(limit, data, 0.3, 1e-12);
  check_left_out(finite, data, 0.3, 1e-11);
  lf_kernel_destroy(limit);
  lf_kernel_destroy(finite);
  lf_net_destroy(net);
  lf_data_destroy(data);
}

/* ---- what double cannot decide --------------------------------------------------------------------------------------------------------- */
/* sin x + sin 2x on 100 points under a smooth kernel: most eigenvalues are below rounding. All numbers finite, the target learned all the
 * same, high frequencies named as undecided; a ridge brings the rank back. */
static void a_deficient_kernel_gives_numbers(void **state)
{
  (void)state;
  lf_data *data = tones("sin(x)+sin(2*x)", "100");
  lf_kernel *k = limit_of("1-100-100-1", "erf", "ntk", NULL);
  lf_lens *lens = NULL;
  lf_flow_learning when;
  double fit[100], test[512], rmse;
  assert_ok(lf_lens_create(&lens, data, NULL));
  assert_true(data->n_test > 0 && data->n_test <= 512);
  lf_prediction *p = predict(k, data, (lf_flow_options){0});
  lf_flow_info look = lf_flow_look(p);
  assert_true(look.rank > 4 && look.rank < 100 && isfinite(look.condition) && look.condition < 1e17);
  assert_ok(lf_flow_at(p, INFINITY, fit, test, NULL));
  for (size_t i = 0; i < 100; i++) assert_near(fit[i], data->y[i], 1e-4);
  for (size_t i = 0; i < data->n_test; i++) assert_near(test[i], data->y_test[i], 1e-3);
  assert_ok(lf_flow_leave_one_out(p, NULL, &rmse));
  assert_true(rmse >= 0 && rmse < 0.01);
  assert_ok(lf_flow_learn(p, lens, &when));
  assert_int_equal(when.peaks, 2);
  assert_true(when.step[0] > 0 && when.step[1] > when.step[0]);
  assert_true(when.trusted_xi > when.xi[1] && when.trusted_xi < lf_lens_look(lens)->xi_safe);
  lf_flow_learning_free(&when);
  lf_flow_destroy(p);
  p = predict(k, data, (lf_flow_options){.ridge = 1e-6});
  assert_int_equal(lf_flow_look(p).rank, 100);
  assert_ok(lf_flow_learn(p, lens, &when));
  assert_true(isinf(when.trusted_xi));
  lf_flow_learning_free(&when);
  lf_flow_destroy(p);
  lf_lens_destroy(lens);
  lf_kernel_destroy(k);
  lf_data_destroy(data);
}

/* ---- learning times ---------------------------------------------------------------------------------------------------------------------- */
/* What a history of every single step finds, lf_flow_learn finds; for each rule. */
static void learning_times_are_those_of_the_record(void **state)
{
  (void)state;
  const lf_optimiser optimiser[] = {LF_OPTIMISER_GD, LF_OPTIMISER_MOMENTUM, LF_OPTIMISER_NESTEROV};
  lf_data *data = tones("sin(x)+sin(2*x)", "32");
  lf_kernel *k = limit_of("1-100-1", "relu", "ntk", NULL);
  lf_lens *lens = NULL;
  assert_ok(lf_lens_create(&lens, data, NULL));
  for (size_t o = 0; o < 3; o++) {
    lf_flow_options how = {.optimiser = optimiser[o], .momentum = o ? 0.9 : 0, .steps = 2000, .record_every = 1};
    lf_history *told = NULL;
    lf_order order = {0};
    lf_flow_learning when;
    lf_prediction *p = predict(k, data, how);
    assert_ok(lf_history_create(&told, lens, data, NULL));
    assert_ok(lf_flow_run(p, lf_history_record, told));
    assert_ok(lf_history_status(told));
    assert_int_equal(lf_history_look(told).r, 2001);
    assert_ok(lf_history_order(told, &order));
    assert_ok(lf_flow_learn(p, lens, &when));
    assert_int_equal(when.peaks, order.peaks);
    for (size_t i = 0; i < when.peaks; i++) {
      assert_true(order.step[i] > 0);
      assert_int_equal(when.step[i], order.step[i]);
    }
    assert_true(o ? isnan(when.time[0]) : when.time[0] > 0);
    lf_flow_learning_free(&when);
    lf_order_free(&order);
    lf_history_destroy(told);
    lf_flow_destroy(p);
  }
  lf_lens_destroy(lens);
  lf_kernel_destroy(k);
  lf_data_destroy(data);
}

typedef struct seen {
  size_t count, stop_at;
  lf_snapshot last;
  int64_t step[512];
  double time[512];
} seen;

static int see(void *user, const lf_snapshot *s)
{
  seen *all = user;
  all->step[all->count] = s->step;
  all->time[all->count++] = s->time;
  all->last = *s;
  return all->count == all->stop_at;
}

static void snapshots_are_those_of_training(void **state)
{
  (void)state;
  lf_data *data = scattered(10, 1, 1);
  lf_kernel *k = limit_of("1-50-1", "relu", "ntk", NULL);
  const double probe[] = {0.1, 0.2}, times[] = {0, 1, 2.5, 100};
  seen all = {0};
  lf_flow_options how = {.lr = 0.01, .steps = 1000, .record_count = 40, .n_probe = 2, .x_probe = probe};
  assert_ok(lf_flow(k, data, &how, see, &all));
  lf_net *net = net_of("1-50-1", "relu", LF_F64);
  seen trained = {0};
  lf_train_options train = lf_train_options_default();
  train.optimiser = LF_OPTIMISER_GD;
  train.steps = 1000, train.record_count = 40;
  assert_ok(lf_train(net, data, &train, see, &trained));
  assert_int_equal(all.count, trained.count);
  for (size_t i = 0; i < all.count; i++) {
    assert_int_equal(all.step[i], trained.step[i]);
    assert_near(all.time[i], 0.02 * (double)all.step[i], 1e-12 * all.time[i]);
  }
  assert_true(all.last.q == 2 && all.last.probe && all.last.steps_total == 1000 && isfinite(all.last.test_loss));
  all = (seen){.stop_at = 3};
  assert_ok(lf_flow(k, data, &how, see, &all)); /* an observer's end is a success */
  assert_int_equal(all.count, 3);
  how = (lf_flow_options){.gradient_flow = true, .optimiser = LF_OPTIMISER_ADAM, .times = 4, .time = times};
  all = (seen){0};
  assert_ok(lf_flow(k, data, &how, see, &all));
  assert_int_equal(all.count, 4);
  for (size_t i = 0; i < 4; i++) {
    assert_true(all.time[i] == times[i]);
    assert_true(i == 0 ? all.step[i] == 0 : all.step[i] > all.step[i - 1]);
  }
  lf_net_destroy(net);
  lf_kernel_destroy(k);
  lf_data_destroy(data);
}

/* ---- a net follows --------------------------------------------------------------------------------------------------------------------------- */
typedef struct pursuit {
  const lf_prediction *p;
  double start[MOST], worst, moved;
} pursuit;

static int pursue(void *user, const lf_snapshot *s)
{
  pursuit *u = user;
  double told[MOST], apart = 0, moved = 0;
  assert_ok(lf_flow_at(u->p, (double)s->step, told, NULL, NULL));
  for (size_t i = 0; i < s->n * s->c; i++) {
    apart += pow(told[i] - s->fit[i], 2);
    moved += pow(s->fit[i] - u->start[i], 2);
  }
  if (moved > 1e-8) u->worst = fmax(u->worst, sqrt(apart / moved));
  u->moved = sqrt(moved);
  return 0;
}

/* A wide net, trained by the engine in double, goes the way of its kernel at the start, up to what the kernel moves meanwhile: like
 * 1/sqrt(width), less than a percent here. c = 2: samples and outputs have a row each. */
static void a_wide_net_follows(void **state)
{
  (void)state;
  enum { N = 16 };
  const lf_optimiser optimiser[] = {LF_OPTIMISER_GD, LF_OPTIMISER_MOMENTUM, LF_OPTIMISER_NESTEROV};
  lf_data *data = scattered(N, 1, 2);
  for (size_t o = 0; o < 3; o++) {
    lf_net *net = net_of("1-4096-2", "tanh", LF_F64);
    lf_kernel *k = NULL;
    pursuit u = {0};
    assert_ok(lf_net_evaluate(net, N, data->x, u.start, 1));
    assert_ok(lf_kernel_empirical(&k, net));
    lf_flow_options how = {.optimiser = optimiser[o], .momentum = o ? 0.8 : 0, .start = u.start};
    lf_prediction *p = predict(k, data, how);
    u.p = p;
    lf_train_options train = lf_train_options_default();
    train.optimiser = optimiser[o];
    train.momentum = 0.8;
    train.lr = lf_flow_look(p).lr / 4;
    train.steps = 20;
    how.lr = train.lr;
    lf_flow_destroy(p);
    u.p = p = predict(k, data, how);
    assert_ok(lf_train(net, data, &train, pursue, &u));
    assert_true(u.moved > 0.3); /* far enough to tell */
    if (!(u.worst < 0.005)) fail_msg("%s: off by %.3g", lf_optimiser_name(optimiser[o]), u.worst);
    lf_flow_destroy(p);
    lf_kernel_destroy(k);
    lf_net_destroy(net);
  }
  lf_data_destroy(data);
}

/* ---- refusals ---------------------------------------------------------------------------------------------------------------------------------- */
static lf_status try(const lf_kernel *k, const lf_data *data, lf_flow_options o)
{
  lf_prediction *p = (void *)1;
  lf_status st = lf_flow_create(&p, k, data, &o);
  if (st == LF_OK) lf_flow_destroy(p);
  return st;
}

static void refusals(void **state)
{
  (void)state;
  lf_data *data = scattered(5, 1, 1), *wide = scattered(5, 2, 1);
  lf_kernel *k = limit_of("1-50-1", "relu", "ntk", NULL);
  double bad[5] = {0, 0, NAN, 0, 0}, times[] = {1, 1};
  assert_refused(try(NULL, data, (lf_flow_options){0}), LF_EARG, "NULL");
  assert_refused(try(k, wide, (lf_flow_options){0}), LF_ESHAPE, "1 inputs");
  assert_refused(try(k, data, (lf_flow_options){.optimiser = LF_OPTIMISER_ADAM}), LF_EARG, "no exact rule for adam");
  assert_refused(try(k, data, (lf_flow_options){.loss = LF_LOSS_HUBER}), LF_EARG, "loss huber: theory is exact");
  assert_refused(try(k, data, (lf_flow_options){.lr = NAN}), LF_EARG, "lr = nan");
  assert_refused(try(k, data, (lf_flow_options){.lr = 1e3}), LF_EARG, "the largest stable rate is");
  assert_refused(try(k, data, (lf_flow_options){.momentum = 1}), LF_EARG, "momentum = 1");
  assert_refused(try(k, data, (lf_flow_options){.ridge = -1}), LF_EARG, "ridge = -1");
  assert_refused(try(k, data, (lf_flow_options){.start = bad}), LF_EMATH, "start[2] is nan");
  assert_refused(try(k, data, (lf_flow_options){.start_test = bad}), LF_EMATH, "start_test[2] is nan");
  assert_refused(try(k, data, (lf_flow_options){.n_probe = 1, .x_probe = bad + 2}), LF_EMATH, "is nan");
  assert_refused(try(k, data, (lf_flow_options){.n_probe = 1}), LF_EARG, "x_probe");
  assert_refused(try(k, data, (lf_flow_options){.times = 2, .time = times}), LF_EARG, "time[1] = 1");
  times[1] = 1.5;
  assert_refused(try(k, data, (lf_flow_options){.times = 2, .time = times}), LF_EARG, "whole steps");
  assert_refused(try(k, data, (lf_flow_options){.times = 2, .time = times, .gradient_flow = true, .lr = 3}), LF_EARG,
                 "fall on one step");
  assert_refused(try(k, data, (lf_flow_options){.steps = -1}), LF_EARG, "steps");
  lf_prediction *p = predict(k, data, (lf_flow_options){0});
  double fit[5];
  assert_refused(lf_flow_at(p, 0.5, fit, NULL, NULL), LF_EARG, "whole steps");
  assert_refused(lf_flow_at(p, NAN, fit, NULL, NULL), LF_EARG, "when = nan");
  assert_refused(lf_flow_evaluate(p, 1, 1, bad + 2, NULL, fit), LF_EMATH, "is nan");
  lf_lens *lens = NULL;
  lf_flow_learning when;
  assert_ok(lf_lens_create(&lens, wide, NULL));
  assert_refused(lf_flow_learn(p, lens, &when), LF_ESHAPE, "the lens looks at");
  lf_lens_destroy(lens);
  lf_flow_destroy(p);
  lf_data *one = NULL;
  assert_ok(lf_data_from(&one, 1, 1, 1, bad, bad, 0, NULL, NULL));
  p = predict(k, one, (lf_flow_options){0});
  assert_refused(lf_flow_leave_one_out(p, NULL, NULL), LF_EARG, "needs two");
  lf_flow_destroy(p);
  lf_data_destroy(one);
  lf_kernel_destroy(k);
  lf_data_destroy(data);
  lf_data_destroy(wide);
}

/* Said at once, before a kernel entry is computed. */
static void too_many_samples(void **state)
{
  (void)state;
  enum { N = 60000 };
  double *x = calloc(N, sizeof *x);
  lf_data *data = NULL;
  lf_kernel *k = limit_of("1-50-1", "relu", "ntk", NULL);
  for (size_t i = 0; i < N; i++) x[i] = (double)i;
  assert_ok(lf_data_from(&data, N, 1, 1, x, x, 0, NULL, NULL));
  assert_refused(try(k, data, (lf_flow_options){0}), LF_ENOMEM, "60000 samples make a kernel matrix");
  assert_true(lf_flow_memory(k, N, 0) >= 3.0 * 8 * N * N);
  lf_kernel_destroy(k);
  lf_data_destroy(data);
  free(x);
}

static lf_status whole_life(const lf_kernel *k, const lf_data *data, const lf_lens *lens)
{
  const double probe[] = {0.1, 0.3}, start[32] = {0};
  lf_flow_options how = {.steps = 10, .record_count = 5, .n_probe = 2, .x_probe = probe, .start = start};
  lf_flow_learning when = {0};
  lf_prediction *p = NULL;
  double rmse, value;
  seen all = {0};
  lf_status st;
  LF_TRY(lf_flow_create(&p, k, data, &how));
  LF_TRY(lf_flow_run(p, see, &all));
  LF_TRY(lf_flow_at(p, 3, NULL, NULL, NULL));
  LF_TRY(lf_flow_evaluate(p, 3, 1, probe, NULL, &value));
  LF_TRY(lf_flow_leave_one_out(p, NULL, &rmse));
  LF_TRY(lf_flow_learn(p, lens, &when));
done:
  lf_flow_learning_free(&when);
  lf_flow_destroy(p);
  return st;
}

static void every_allocation_may_fail(void **state)
{
  (void)state;
  lf_data *data = tones("sin(x)+sin(2*x)", "32");
  lf_kernel *k = limit_of("1-10-1", "erf", "ntk", NULL); /* deficient: all ways are gone */
  lf_lens *lens = NULL;
  assert_ok(lf_lens_create(&lens, data, NULL));
  assert_ok(whole_life(k, data, lens));
  for (long n = 0;; n++) {
    long before = lf_alloc_live();
    lf_alloc_fail_after(n);
    lf_status st = whole_life(k, data, lens);
    lf_alloc_fail_after(-1);
    assert_int_equal(lf_alloc_live(), before);
    if (st == LF_OK) break;
    assert_int_equal(st, LF_ENOMEM);
  }
  lf_lens_destroy(lens);
  lf_kernel_destroy(k);
  lf_data_destroy(data);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_mode_is_the_iteration),
      cmocka_unit_test(what_is_stable_and_what_is_not),
      cmocka_unit_test(reference),
      cmocka_unit_test(fourier_features),
      cmocka_unit_test(one_and_two_samples),
      cmocka_unit_test(orthogonal_samples),
      cmocka_unit_test(steps_are_the_iteration),
      cmocka_unit_test(it_ends_in_the_interpolant_of_least_norm),
      cmocka_unit_test(leaving_out_is_refitting),
      cmocka_unit_test(a_deficient_kernel_gives_numbers),
      cmocka_unit_test(learning_times_are_those_of_the_record),
      cmocka_unit_test(snapshots_are_those_of_training),
      cmocka_unit_test(a_wide_net_follows),
      cmocka_unit_test(refusals),
      cmocka_unit_test(too_many_samples),
      cmocka_unit_test(every_allocation_may_fail),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
