/* t_pde_rate.c — the rate of plain descent that the frequency equation is given where none is asked for: that of the kernel's flow. */
#include "check.h"
#include "lowfirst/pde.h"

static lf_data *two_tones(const char *points)
{
  lf_data *data = NULL;
  lf_data_options o = {0};
  assert_ok(lf_range_parse(&o, "-1:1"));
  assert_ok(lf_points_parse(&o, points));
  assert_ok(lf_data_target(&data, "exp(-x^2/0.1)*(sin(2*pi*x)+sin(12*pi*x))", &o));
  return data;
}

/* One layer of `layers` with or without features, scaling inverse-sqrt, standard deviations `std`. */
static lf_model model_of(const char *layers, const char *law, const char *act, const char *std)
{
  lf_model m = lf_model_default();
  assert_ok(lf_model_layers(&m, layers));
  if (law) assert_ok(lf_model_features(&m, law));
  if (act) assert_ok(lf_model_activation(&m, act));
  assert_ok(lf_model_scaling(&m, "inverse-sqrt"));
  assert_ok(lf_model_std(&m, std));
  m.features.trained = law != NULL;
  assert_ok(lf_model_complete(&m, 1, 1));
  return m;
}

/* Half the largest stable rate, as lf_flow() has it for the limit kernel. */
static void check_rate(const char *what, const lf_kernel *k, const lf_pde_rates *rates, const lf_data *data,
                       lf_pde_options how, double tolerance)
{
  const lf_flow_options when = {.loss = LF_LOSS_HALF_MSE, .steps = 10, .record_count = 2, .gradient_flow = true};
  lf_prediction *exact = NULL;
  lf_pde *p = NULL;
  assert_ok(lf_flow_create(&exact, k, data, &when));
  assert_ok(lf_pde_create(&p, rates, data, &when, &how));
  double want = lf_flow_look(exact).stable_rate / 2, got = lf_pde_look(p).lr;
  if (!(fabs(got / want - 1) < tolerance)) fail_msg("%s: rate %g, not %g", what, got, want);
  lf_pde_destroy(p);
  lf_flow_destroy(exact);
}

/* Of Fourier features in both forms; of many samples a part tells it less exactly. */
static void rate_of_features(void **state)
{
  (void)state;
  const char *points[] = {"60", "1500"};
  const double tolerance[] = {0.02, 0.15};
  for (size_t i = 0; i < 2; i++) {
    lf_data *data = two_tones(points[i]);
    lf_model m = model_of("1-1", "fourier:gauss:3:10", NULL, "a=0.7");
    lf_kernel *k = NULL;
    lf_pde_rates rates;
    double *owned = NULL;
    assert_ok(lf_kernel_limit(&k, &m, LF_NTK));
    assert_ok(lf_pde_rates_of(&rates, &m, &owned));
    check_rate("uniform", k, &rates, data, (lf_pde_options){.form = LF_PDE_UNIFORM}, tolerance[i]);
    if (i == 0) check_rate("samples", k, &rates, data, (lf_pde_options){.form = LF_PDE_SAMPLES}, tolerance[i]);
    lf_kernel_destroy(k);
    lf_release(owned);
    lf_data_destroy(data);
  }
}

/* Of the LFP's rates without the polynomials that its kernel leaves free, whose own rates are thousands of times larger. */
static void rate_of_the_lfp(void **state)
{
  (void)state;
  const char *act[] = {"relu", "tanh", "gauss"};
  for (size_t a = 0; a < 3; a++) {
    lf_data *data = two_tones("40");
    lf_model m = model_of("1-1000-1", NULL, act[a], "w=2,b=5,a=0.7");
    lf_lfp *lfp = NULL;
    lf_kernel *k = NULL;
    lf_pde_rates rates;
    double *owned = NULL;
    assert_ok(lf_lfp_create(&lfp, &m, NULL));
    assert_ok(lf_lfp_kernel(&k, lfp));
    assert_ok(lf_pde_rates_of_lfp(&rates, lfp, 5e-3, 40, &owned));
    check_rate(act[a], k, &rates, data, (lf_pde_options){.form = LF_PDE_SAMPLES, .cells = 600}, 0.03);
    lf_kernel_destroy(k);
    lf_lfp_destroy(lfp);
    lf_release(owned);
    lf_data_destroy(data);
  }
}

/* Two samples are on a line: nothing is left to the rate, and any will do. */
static void rate_where_polynomials_are_all(void **state)
{
  (void)state;
  const double x[] = {-0.5, 0.5}, y[] = {1, 2};
  lf_data *data = NULL;
  lf_pde *p = NULL;
  const lf_pde_rates free_lines = {
      .parts = 1, .part = {{.kind = LF_DENSITY_GAUSS, .weight = 1, .a = 1}}, .a = 1, .free = 2};
  assert_ok(lf_data_from(&data, 2, 1, 1, x, y, 0, NULL, NULL));
  assert_ok(lf_pde_create(&p, &free_lines, data, &(lf_flow_options){.steps = 3, .record_count = 2},
                          &(lf_pde_options){.form = LF_PDE_SAMPLES}));
  assert_near(lf_pde_look(p).lr, 1, 0);
  lf_pde_destroy(p);
  lf_data_destroy(data);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(rate_of_features),
      cmocka_unit_test(rate_of_the_lfp),
      cmocka_unit_test(rate_where_polynomials_are_all),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
