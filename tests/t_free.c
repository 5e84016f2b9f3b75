/* t_free.c — the flow where polynomials are free: splines, refitting, the limit that it stands for, too few samples. */
#include <stdlib.h>
#include "base/base.h"
#include "check.h"
#include "lowfirst/flow.h"
#include "lowfirst/lfp.h"
#include "lowfirst/random.h"

enum { MOST = 64 };

static lf_kernel *kernel_of(const char *layers, const char *act, const char *std, lf_kernel_kind kind)
{
  lf_model m = lf_model_default();
  lf_kernel *k = NULL;
  assert_ok(lf_model_layers(&m, layers));
  assert_ok(lf_model_activation(&m, act));
  assert_ok(lf_model_scaling(&m, "inverse-sqrt"));
  assert_ok(lf_model_std(&m, std));
  assert_ok(lf_model_complete(&m, m.width[0], m.width[m.n_widths - 1]));
  assert_ok(lf_kernel_limit(&k, &m, kind));
  return k;
}

/* n scattered samples of something rough in (-1,1)^d, as many held-out ones a little inside */
static lf_data *scattered(size_t n, size_t d, size_t c)
{
  double x[2 * MOST], y[2 * MOST];
  lf_data *data = NULL;
  assert_true(n * d <= MOST && n * c <= MOST);
  for (size_t i = 0; i < 2 * n * d; i++) x[i] = 2 * lf_random_uniform(5, LF_PURPOSE_TEST, i) - 1;
  for (size_t i = 0; i < 2 * n * c; i++) y[i] = lf_random_normal(6, LF_PURPOSE_TEST, i);
  assert_ok(lf_data_from(&data, n, d, c, x, y, n, x + n * d, y + n * c));
  return data;
}

static lf_prediction *predict(const lf_kernel *k, const lf_data *data, lf_flow_options o)
{
  lf_prediction *p = NULL;
  assert_ok(lf_flow_create(&p, k, data, &o));
  return p;
}

/* ---- splines -------------------------------------------------------------------------------------------------------------------- */
enum { KNOTS = 9, BETWEEN = 4 };

static lf_data *knots(double *x, double *y)
{
  lf_data *data = NULL;
  for (size_t i = 0; i < KNOTS; i++) {
    x[i] = (double)i / 4 - 1 + 0.1 * sin(5.0 * (double)i);
    y[i] = cos(4.0 * (double)i);
  }
  assert_ok(lf_data_from(&data, KNOTS, 1, 1, x, y, 0, NULL, NULL));
  return data;
}

/* Second derivatives of the natural cubic spline: a tridiagonal system by elimination. */
static void natural_spline(const double *x, const double *y, double *second)
{
  double diagonal[KNOTS];
  second[0] = second[KNOTS - 1] = 0;
  for (size_t i = 1; i + 1 < KNOTS; i++) {
    double before = x[i] - x[i - 1], after = x[i + 1] - x[i];
    diagonal[i] = 2 * (before + after);
    second[i] = 6 * ((y[i + 1] - y[i]) / after - (y[i] - y[i - 1]) / before);
    if (i > 1) {
      diagonal[i] -= before * before / diagonal[i - 1];
      second[i] -= before / diagonal[i - 1] * second[i - 1];
    }
  }
  for (size_t i = KNOTS - 2; i > 0; i--)
    second[i] = (second[i] - (i + 2 < KNOTS ? (x[i + 1] - x[i]) * second[i + 1] : 0)) / diagonal[i];
}

/* Output weights of 0: the hidden layer alone is |h|^3, and the end of time the natural cubic spline. Hidden layer trained alone: linear pieces. */
static void it_ends_in_splines(void **state)
{
  (void)state;
  double x[KNOTS], y[KNOTS], second[KNOTS], at[(KNOTS - 1) * BETWEEN], got[(KNOTS - 1) * BETWEEN];
  lf_data *data = knots(x, y);
  natural_spline(x, y, second);
  for (size_t i = 0; i + 1 < KNOTS; i++)
    for (size_t k = 0; k < BETWEEN; k++) at[i * BETWEEN + k] = x[i] + (x[i + 1] - x[i]) * (double)k / BETWEEN;
  lf_kernel *k = kernel_of("1-1000-1", "relu", "w=1,b=10,a=1e-9", LF_LFP);
  lf_prediction *p = predict(k, data, (lf_flow_options){0});
  assert_int_equal(lf_flow_look(p).free, 2);
  assert_int_equal(lf_flow_look(p).rank, KNOTS);
  assert_ok(lf_flow_evaluate(p, INFINITY, (KNOTS - 1) * BETWEEN, at, NULL, got));
  for (size_t i = 0; i + 1 < KNOTS; i++)
    for (size_t j = 0; j < BETWEEN; j++) {
      double h = x[i + 1] - x[i], b = (double)j / BETWEEN, a = 1 - b;
      double want =
          a * y[i] + b * y[i + 1] + ((a * a * a - a) * second[i] + (b * b * b - b) * second[i + 1]) * h * h / 6;
      assert_near(got[i * BETWEEN + j], want, 1e-11);
    }
  lf_flow_destroy(p);
  lf_kernel_destroy(k);
  lf_lfp *lfp = NULL; /* |h| alone, as r^3 is far below a^2 r: straight pieces */
  lf_model m = lf_model_default();
  assert_ok(lf_model_layers(&m, "1-1000-1"));
  assert_ok(lf_model_activation(&m, "relu"));
  assert_ok(lf_model_scaling(&m, "inverse-sqrt"));
  assert_ok(lf_model_std(&m, "w=1e-6,b=10,a=1"));
  assert_ok(lf_model_complete(&m, 1, 1));
  assert_ok(lf_lfp_create(&lfp, &m, &(lf_lfp_options){.simplified = true}));
  assert_ok(lf_lfp_kernel(&k, lfp));
  lf_lfp_destroy(lfp);
  p = predict(k, data, (lf_flow_options){0});
  assert_ok(lf_flow_evaluate(p, INFINITY, (KNOTS - 1) * BETWEEN, at, NULL, got));
  for (size_t i = 0; i + 1 < KNOTS; i++)
    for (size_t j = 0; j < BETWEEN; j++) {
      double b = (double)j / BETWEEN;
      assert_near(got[i * BETWEEN + j], (1 - b) * y[i] + b * y[i + 1], 1e-10);
    }
  lf_flow_destroy(p);
  lf_kernel_destroy(k);
  lf_data_destroy(data);
}

/* ---- polynomials ------------------------------------------------------------------------------------------------------------------- */
static double plane(const double *x, size_t d)
{
  double value = 0.3;
  for (size_t j = 0; j < d; j++) value += (1 + 0.7 * (double)j) * x[j];
  return value;
}

/* Learned by the first step, everywhere, and nothing else is there to learn. */
static void planes_are_learned_at_once(void **state)
{
  const char *const layers[] = {"1-100-1", "2-100-1", "3-100-1"};
  (void)state;
  for (size_t d = 1; d <= 3; d++) {
    double fit[MOST], test[MOST];
    lf_kernel *k = kernel_of(layers[d - 1], "relu", "w=1,b=5,a=1", LF_LFP);
    lf_data *data = scattered(20, d, 1);
    for (size_t i = 0; i < 20; i++) data->y[i] = plane(data->x + i * d, d);
    lf_prediction *p = predict(k, data, (lf_flow_options){0});
    assert_ok(lf_flow_at(p, 0, fit, test, NULL));
    for (size_t i = 0; i < 20; i++) assert_true(fit[i] == 0 && test[i] == 0);
    const double when[] = {1, 7, INFINITY};
    for (size_t t = 0; t < 3; t++) {
      assert_ok(lf_flow_at(p, when[t], fit, test, NULL));
      for (size_t i = 0; i < 20; i++) {
        assert_near(fit[i], data->y[i], 1e-13);
        assert_near(test[i], plane(data->x_test + i * d, d), 1e-12);
      }
    }
    assert_near(lf_flow_look(p).residual, 0, 1e-12);
    lf_flow_destroy(p);
    lf_data_destroy(data);
    lf_kernel_destroy(k);
  }
}

/* Constants alone under tanh; nothing under gauss. */
static void the_activation_says_what_is_free(void **state)
{
  const char *const act[] = {"relu", "elu", "softplus", "tanh", "erf", "gauss", "phi"};
  const int degree[] = {1, 1, 1, 0, 0, -1, -1};
  const size_t count[] = {3, 3, 3, 1, 1, 0, 0};
  (void)state;
  lf_data *data = scattered(12, 2, 2);
  for (size_t a = 0; a < sizeof act / sizeof *act; a++) {
    double fit[MOST], y[MOST];
    lf_kernel *k = kernel_of("2-100-2", act[a], "w=4,b=20,a=1", LF_LFP);
    assert_int_equal(lf_kernel_free_degree(k), degree[a]);
    lf_prediction *p = predict(k, data, (lf_flow_options){0});
    assert_int_equal(lf_flow_look(p).free, count[a]);
    assert_int_equal(lf_flow_look(p).rank, 12);
    assert_ok(lf_flow_at(p, INFINITY, fit, NULL, NULL));
    assert_ok(lf_flow_evaluate(p, INFINITY, 12, data->x, NULL, y));
    for (size_t i = 0; i < 24; i++) {
      assert_near(fit[i], data->y[i], 1e-12);
      assert_near(y[i], data->y[i], 1e-14 * lf_flow_look(p).condition + 1e-9);
    }
    lf_flow_destroy(p);
    lf_kernel_destroy(k);
  }
  lf_data_destroy(data);
}

/* At any time the function off the samples is the same that it is on them. */
static void it_agrees_with_itself_at_the_samples(void **state)
{
  (void)state;
  double fit[MOST], off[MOST], start[MOST];
  lf_kernel *k = kernel_of("2-100-1", "tanh", "w=2,b=5,a=1", LF_LFP);
  lf_data *data = scattered(25, 2, 1);
  for (size_t i = 0; i < 25; i++) start[i] = sin(3 * data->x[2 * i]);
  lf_prediction *p =
      predict(k, data, (lf_flow_options){.start = start, .optimiser = LF_OPTIMISER_NESTEROV, .momentum = 0.8});
  const double when[] = {0, 1, 5, 400, INFINITY};
  for (size_t t = 0; t < sizeof when / sizeof *when; t++) {
    assert_ok(lf_flow_at(p, when[t], fit, NULL, NULL));
    assert_ok(lf_flow_evaluate(p, when[t], 25, data->x, start, off));
    for (size_t i = 0; i < 25; i++) assert_near(off[i], fit[i], 1e-10);
  }
  lf_flow_destroy(p);
  lf_data_destroy(data);
  lf_kernel_destroy(k);
}

/* f_0 != 0: the end of time is that of the residual, plus f_0. */
static void it_fits_what_is_missing_of_the_start(void **state)
{
  (void)state;
  double start[MOST], start_test[MOST], from[MOST], residual[MOST];
  lf_kernel *k = kernel_of("1-100-1", "relu", "w=1,b=5,a=1", LF_LFP);
  lf_data *data = scattered(15, 1, 1);
  for (size_t i = 0; i < 15; i++) start[i] = sin(7 * data->x[i]), start_test[i] = sin(7 * data->x_test[i]);
  lf_prediction *p = predict(k, data, (lf_flow_options){.start = start, .start_test = start_test});
  assert_ok(lf_flow_at(p, INFINITY, NULL, from, NULL));
  lf_flow_destroy(p);
  for (size_t i = 0; i < 15; i++) data->y[i] -= start[i];
  p = predict(k, data, (lf_flow_options){0});
  assert_ok(lf_flow_at(p, INFINITY, NULL, residual, NULL));
  for (size_t i = 0; i < 15; i++) assert_near(from[i], residual[i] + start_test[i], 1e-9);
  lf_flow_destroy(p);
  lf_data_destroy(data);
  lf_kernel_destroy(k);
}

/* ---- what it stands for -------------------------------------------------------------------------------------------------------------- */
/* The exact tangent kernel, whose low polynomials grow with sigma_b beside the rest: the same function at the same time, to what falls like 1/sigma_b. */
static double apart_from_the_exact_kernel(double sigma_b)
{
  char std[48];
  double near[MOST], exact[MOST], off = 0;
  (void)snprintf(std, sizeof std, "w=1,b=%g,a=1", sigma_b);
  lf_kernel *lfp = kernel_of("2-100-1", "relu", std, LF_LFP), *ntk = kernel_of("2-100-1", "relu", std, LF_NTK);
  lf_data *data = scattered(20, 2, 1);
  lf_prediction *p = predict(lfp, data, (lf_flow_options){.gradient_flow = true});
  double when = 3 / lf_flow_look(p).largest; /* the first mode nearly there, the others on their way */
  assert_ok(lf_flow_at(p, when, NULL, near, NULL));
  lf_flow_destroy(p);
  p = predict(ntk, data, (lf_flow_options){.gradient_flow = true});
  assert_ok(lf_flow_at(p, when, NULL, exact, NULL));
  for (size_t i = 0; i < 20; i++) off = fmax(off, fabs(near[i] - exact[i]));
  lf_flow_destroy(p);
  lf_data_destroy(data);
  lf_kernel_destroy(lfp);
  lf_kernel_destroy(ntk);
  return off;
}

static void it_is_the_limit_of_the_exact_kernel(void **state)
{
  (void)state;
  double far = apart_from_the_exact_kernel(100), near = apart_from_the_exact_kernel(1000);
  if (!(near < 0.02 && far / near > 7 && far / near < 13)) fail_msg("%.3g at sigma_b = 100, %.3g at 1000", far, near);
}

/* ---- leave one out ---------------------------------------------------------------------------------------------------------------------- */
static void leaving_out_is_refitting(void **state)
{
  const char *const layers[] = {"1-100-2", "2-100-2"};
  const double ridge[] = {0, 1e-3};
  (void)state;
  for (size_t d = 1; d <= 2; d++)
    for (size_t r = 0; r < 2; r++) {
      enum { N = 10 };
      double residual[2 * N], rmse, x[2 * N], y[2 * N], got[2], square = 0;
      lf_kernel *k = kernel_of(layers[d - 1], "relu", "w=1,b=5,a=1", LF_LFP);
      lf_data *data = scattered(N, d, 2), *rest = NULL;
      lf_prediction *p = predict(k, data, (lf_flow_options){.ridge = ridge[r]});
      assert_ok(lf_flow_leave_one_out(p, residual, &rmse));
      lf_flow_destroy(p);
      for (size_t i = 0; i < N; i++) {
        for (size_t j = 0, to = 0; j < N; j++) {
          if (j == i) continue;
          memcpy(x + to * d, data->x + j * d, d * sizeof *x);
          memcpy(y + to++ * 2, data->y + j * 2, 2 * sizeof *y);
        }
        assert_ok(lf_data_from(&rest, N - 1, d, 2, x, y, 0, NULL, NULL));
        p = predict(k, rest, (lf_flow_options){.ridge = ridge[r]});
        assert_ok(lf_flow_evaluate(p, INFINITY, 1, data->x + i * d, NULL, got));
        for (size_t c = 0; c < 2; c++) {
          assert_near(residual[2 * i + c], data->y[2 * i + c] - got[c], 1e-8 * (1 + fabs(got[c])));
          square += residual[2 * i + c] * residual[2 * i + c];
        }
        lf_flow_destroy(p);
        lf_data_destroy(rest);
      }
      assert_near(rmse, sqrt(square / (2 * N)), 1e-12 * rmse);
      lf_data_destroy(data);
      lf_kernel_destroy(k);
    }
}

/* ---- few or flat samples ------------------------------------------------------------------------------------------------------------------ */
/* n <= d + 1: a plane through all; of several the one that is flat where the samples do not spread. */
static void planes_through_few_samples(void **state)
{
  (void)state;
  const double x[] = {0, 0, 1, 1}, y[] = {1, 3}, at[] = {1, 0, 2, 2, -1, 1}, want[] = {2, 5, 1};
  double got[3], fit[2];
  lf_data *data = NULL;
  lf_kernel *k = kernel_of("2-100-1", "relu", "w=1,b=5,a=1", LF_LFP);
  assert_ok(lf_data_from(&data, 2, 2, 1, x, y, 0, NULL, NULL));
  lf_prediction *p = predict(k, data, (lf_flow_options){0});
  lf_flow_info look = lf_flow_look(p);
  assert_true(look.free == 2 && look.rank == 2 && look.condition == 1 && isinf(look.stable_rate) && look.lr == 1);
  assert_ok(lf_flow_at(p, 1, fit, NULL, NULL));
  assert_ok(lf_flow_evaluate(p, 1, 3, at, NULL, got));
  for (size_t i = 0; i < 2; i++) assert_near(fit[i], y[i], 1e-14);
  for (size_t i = 0; i < 3; i++) assert_near(got[i], want[i], 1e-13);
  assert_refused(lf_flow_leave_one_out(p, NULL, NULL), LF_EARG, "leaving one of 2 samples out tells nothing");
  lf_flow_destroy(p);
  lf_data_destroy(data);
  assert_ok(lf_data_from(&data, 1, 2, 1, x, y, 0, NULL, NULL));
  p = predict(k, data, (lf_flow_options){.gradient_flow = true});
  assert_ok(lf_flow_evaluate(p, 1e-3, 1, at, NULL, got));
  assert_near(got[0], 1, 1e-14); /* a constant */
  lf_flow_destroy(p);
  lf_data_destroy(data);
  lf_kernel_destroy(k);
}

/* Samples on a line, turned: the same prediction, turned. */
static void turned_samples_have_turned_predictions(void **state)
{
  enum { N = 8 };
  (void)state;
  double x[2 * N], turned[2 * N], y[N], at[2] = {0.3, 0.2}, at_turned[2], got[2], c = cos(0.7), s = sin(0.7);
  lf_kernel *k = kernel_of("2-100-1", "relu", "w=1,b=5,a=1", LF_LFP);
  for (size_t i = 0; i < N; i++) {
    x[2 * i] = (double)i / N + 0.02 * sin(9.0 * (double)i);
    x[2 * i + 1] = 2 * x[2 * i] - 1;
    y[i] = sin(8 * x[2 * i]);
    turned[2 * i] = c * x[2 * i] - s * x[2 * i + 1];
    turned[2 * i + 1] = s * x[2 * i] + c * x[2 * i + 1];
  }
  at_turned[0] = c * at[0] - s * at[1], at_turned[1] = s * at[0] + c * at[1];
  for (size_t i = 0; i < 2; i++) {
    lf_data *data = NULL;
    assert_ok(lf_data_from(&data, N, 2, 1, i ? turned : x, y, 0, NULL, NULL));
    lf_prediction *p = predict(k, data, (lf_flow_options){0});
    assert_int_equal(lf_flow_look(p).free, 2);
    assert_ok(lf_flow_evaluate(p, INFINITY, 1, i ? at_turned : at, NULL, &got[i]));
    lf_flow_destroy(p);
    lf_data_destroy(data);
  }
  assert_near(got[0], got[1], 1e-9);
  lf_kernel_destroy(k);
}

/* A tone beside a plane: the time of the tone is that of its modes, the plane costs none. */
static void peaks_are_learned_in_the_order_of_the_rates(void **state)
{
  (void)state;
  lf_data_options o = {0};
  lf_data *data = NULL;
  lf_lens *lens = NULL;
  lf_flow_learning told;
  lf_kernel *k = kernel_of("1-100-1", "relu", "w=1,b=5,a=1", LF_LFP);
  assert_ok(lf_range_parse(&o, "-pi:pi"));
  assert_ok(lf_points_parse(&o, "60"));
  assert_ok(lf_data_target(&data, "sin(x)+sin(3*x)+sin(5*x)", &o));
  assert_ok(lf_lens_create(&lens, data, NULL));
  for (int flow = 0; flow < 2; flow++) {
    lf_prediction *p = predict(k, data, (lf_flow_options){.gradient_flow = flow});
    assert_ok(lf_flow_learn(p, lens, &told));
    assert_int_equal(told.peaks, 3);
    assert_true(told.step[0] >= 1 && told.step[1] > told.step[0] && told.step[2] > told.step[1]);
    assert_true(told.time[0] > 0 && isinf(told.trusted_xi));
    lf_flow_learning_free(&told);
    lf_flow_destroy(p);
  }
  lf_lens_destroy(lens);
  lf_data_destroy(data);
  lf_kernel_destroy(k);
}

static void every_allocation_may_fail(void **state)
{
  (void)state;
  lf_kernel *k = kernel_of("2-100-1", "relu", "w=1,b=5,a=1", LF_LFP);
  lf_data *data = scattered(9, 2, 1);
  long live = lf_alloc_live();
  for (long n = 0;; n++) {
    lf_prediction *p = NULL;
    lf_flow_options o = {.n_probe = 3, .x_probe = data->x};
    lf_alloc_fail_after(n);
    lf_status st = lf_flow_create(&p, k, data, &o);
    lf_alloc_fail_after(-1);
    if (st == LF_OK) {
      assert_true(n > 10);
      lf_flow_destroy(p);
      break;
    }
    assert_int_equal(st, LF_ENOMEM);
    assert_null(p);
    assert_int_equal(lf_alloc_live(), live);
  }
  lf_data_destroy(data);
  lf_kernel_destroy(k);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(it_ends_in_splines),
      cmocka_unit_test(planes_are_learned_at_once),
      cmocka_unit_test(the_activation_says_what_is_free),
      cmocka_unit_test(it_agrees_with_itself_at_the_samples),
      cmocka_unit_test(it_fits_what_is_missing_of_the_start),
      cmocka_unit_test(it_is_the_limit_of_the_exact_kernel),
      cmocka_unit_test(leaving_out_is_refitting),
      cmocka_unit_test(planes_through_few_samples),
      cmocka_unit_test(turned_samples_have_turned_predictions),
      cmocka_unit_test(peaks_are_learned_in_the_order_of_the_rates),
      cmocka_unit_test(every_allocation_may_fail),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
