/* t_lfp.c — the LFP operator: spectra, autocorrelations and rates against brute force; what has none. (s_lfp.c: against kernels.) */
#include <stdio.h>
#include "check.h"
#include "lowfirst/files.h"
#include "lowfirst/lfp.h"
#include "theory/autocorrelation.h"

/* ---- against brute force (make_data/lfp.py) ------------------------------------------------------------------------------------ */
static const char *const brute[] = {"relu", "leaky_relu", "tanh", "sigmoid", "softplus", "gelu", "silu",
                                    "elu",  "gauss",      "erf",  "ricker",  "srelu",    "phi",  "s2relu"};
enum { BRUTE = sizeof brute / sizeof *brute, LAWS = 5, POINTS_OF_XI = 3 };

static const lf_array *member(const lf_npz *z, const char *name, const char *part)
{
  char full[64];
  (void)snprintf(full, sizeof full, "%s%s", name, part);
  const lf_array *a = lf_npz_get(z, full);
  if (!a) fail_msg("%s is missing", full);
  return a;
}

static lf_spectrum spectrum_of(const lf_npz *z, const char *name)
{
  lf_spectrum s;
  int a = 0;
  while (strcmp(lf_activation_name((lf_activation)a), name) != 0) a++;
  assert_ok(lf_spectrum_of(&s, (lf_activation)a, *(const double *)member(z, name, "_param")->data));
  return s;
}

static void spectra_are_the_transforms(void **state)
{
  lf_npz *z = NULL;
  (void)state;
  assert_ok(lf_npz_read(&z, LF_TEST_DATA "/lfp.npz"));
  const lf_array *omega = member(z, "omega", "");
  for (size_t a = 0; a < BRUTE; a++) {
    lf_spectrum s = spectrum_of(z, brute[a]);
    const double *want = member(z, brute[a], "_spectrum")->data;
    for (size_t k = 0; k < omega->shape[0]; k++) {
      double w = ((const double *)omega->data)[k], got = lf_spectrum_at(&s, w);
      if (!(fabs(got - want[k]) <= 1e-11 * want[k] + 1e-15))
        fail_msg("%s at %g: %.17g, want %.17g", brute[a], w, got, want[k]);
      assert_near(lf_spectrum_at(&s, 1.0000001 * w), got, 1e-4 * got + 1e-15); /* no step where a series takes over */
    }
    if (s.highest > 0 && isfinite(s.highest)) assert_true(lf_spectrum_at(&s, s.highest) < 4e-18);
  }
  lf_npz_destroy(z);
}

/* 6 R(0) - 8 R(s) + 2 R(2s), in which everything that R leaves open cancels. */
static void autocorrelations_under_both_laws(void **state)
{
  lf_npz *z = NULL;
  (void)state;
  assert_ok(lf_npz_read(&z, LF_TEST_DATA "/lfp.npz"));
  const double *scale = member(z, "scale", "")->data;
  for (size_t a = 0; a < BRUTE; a++)
    for (int law = 0; law < 2; law++) {
      lf_spectrum s = spectrum_of(z, brute[a]);
      lf_autocorrelation *r = NULL;
      const double *want = (const double *)member(z, brute[a], "_overlap")->data + law * 6;
      assert_ok(lf_autocorrelation_create(&r, &s, law ? LF_WEIGHT_UNIFORM : LF_WEIGHT_NORMAL, 1));
      for (size_t k = 0; k < 3; k++) {
        double value[3], slope[3];
        for (int i = 0; i < 3; i++) lf_autocorrelation_at(r, i * scale[k], &value[i], &slope[i]);
        double got[2] = {6 * value[0] - 8 * value[1] + 2 * value[2], 6 * slope[0] - 8 * slope[1] + 2 * slope[2]};
        double size[2] = {fabs(value[0]) + fabs(value[2]), fabs(slope[0]) + fabs(slope[2])};
        for (int i = 0; i < 2; i++)
          if (!(fabs(got[i] - want[2 * k + (size_t)i]) <=
                8 * LF_AUTOCORRELATION_ERROR * size[i] + 1e-12 * want[2 * k + (size_t)i]))
            fail_msg("%s, law %d, scale %g, part %d: %.17g, want %.17g", brute[a], law, scale[k], i, got[i],
                     want[2 * k + (size_t)i]);
      }
      lf_autocorrelation_destroy(r);
    }
  lf_npz_destroy(z);
}

/* tanh's R is closed: -2h coth h, 4 (h coth h - 1)/sinh^2 h; a uniform law of width s has its mean over (0,s). And no seams in the table. */
static void the_table_has_no_seams(void **state)
{
  (void)state;
  const lf_activation act[] = {LF_TANH, LF_SILU, LF_RICKER, LF_SRELU, LF_PHI};
  for (size_t a = 0; a < sizeof act / sizeof *act; a++)
    for (int law = 0; law < 2; law++) {
      lf_spectrum s;
      lf_autocorrelation *r = NULL;
      assert_ok(lf_spectrum_of(&s, act[a], act[a] == LF_RICKER ? 0.5 : 0));
      assert_ok(lf_autocorrelation_create(&r, &s, law ? LF_WEIGHT_UNIFORM : LF_WEIGHT_NORMAL, 1));
      for (int half = -20; half <= 26; half++) { /* ends of panels, half octaves, of the table and beyond */
        double end = (half % 2 ? 1.5 : 1) * ldexp(1, half >= 0 ? half / 2 : -((1 - half) / 2));
        double below[2], at[2], above[2], step = 1e-7;
        lf_autocorrelation_at(r, end * (1 - step), &below[0], &below[1]);
        lf_autocorrelation_at(r, end, &at[0], &at[1]);
        lf_autocorrelation_at(r, end * (1 + step), &above[0], &above[1]);
        for (int i = 0; i < 2; i++) /* second difference: curvature times step^2 is far below */
          assert_near(below[i] - 2 * at[i] + above[i], 0, 4 * LF_AUTOCORRELATION_ERROR * (1 + fabs(at[i])));
        if (law && end > 200) break; /* waves without end */
      }
      lf_autocorrelation_destroy(r);
    }
}

/* Moments of r = |w| behind A and B: output weights of 0 leave A's first, B has the second. */
static void rates_of_every_activation_and_law(void **state)
{
  lf_npz *z = NULL;
  (void)state;
  assert_ok(lf_npz_read(&z, LF_TEST_DATA "/lfp.npz"));
  const double *xi = member(z, "xi", "")->data, *dimension = member(z, "dimension", "")->data;
  for (size_t a = 0; a < BRUTE; a++)
    for (size_t law = 0; law < LAWS; law++) {
      char layers[32], act[48];
      bool uniform = dimension[law] == 0, swings = a >= BRUTE - 3;
      size_t d = uniform ? 1 : (size_t)dimension[law];
      double A[POINTS_OF_XI], B[POINTS_OF_XI], param = *(const double *)member(z, brute[a], "_param")->data;
      const double *want = (const double *)member(z, brute[a], "_moment")->data + law * POINTS_OF_XI * 2;
      (void)snprintf(layers, sizeof layers, "%zu-100-1", d);
      (void)snprintf(act, sizeof act, param > 0 ? "%s:%g" : "%s", brute[a], param);
      lf_model m = lf_model_default();
      lf_lfp *p = NULL;
      assert_ok(lf_model_layers(&m, layers));
      assert_ok(lf_model_activation(&m, act));
      assert_ok(lf_model_scaling(&m, "inverse-sqrt"));
      if (uniform)
        assert_ok(lf_model_init(&m, "uniform:1"));
      else
        assert_ok(lf_model_std(&m, "w=1,b=2,a=1"));
      assert_ok(lf_model_complete(&m, d, 1));
      assert_ok(lf_lfp_create(&p, &m, NULL));
      assert_ok(lf_lfp_rates(p, POINTS_OF_XI, xi, A, B));
      const double pi = 3.14159265358979323846;
      double density = uniform ? 0.5 : 1 / (sqrt(2 * pi) * 2), square = uniform ? 1.0 / 3 : 1;
      for (size_t k = 0; k < POINTS_OF_XI; k++) {
        double shell = density * tgamma((double)d / 2) / pow(pi, (double)d / 2) / pow(xi[k], (double)d - 1);
        double value = want[2 * k], slope = square * want[2 * k + 1], tolerance = swings ? 1e-6 : 1e-10;
        double noise = k ? 1e-11 * shell * (want[2 * k - 2] + want[2 * k - 1]) : 0; /* of the reference, see there */
        if (!(fabs(A[k] - shell * (value + slope)) <= tolerance * A[k] + noise))
          fail_msg("A of %s, d = %g, xi = %g: %.12g, want %.12g", brute[a], dimension[law], xi[k], A[k],
                   shell * (value + slope));
        if (!(fabs(B[k] - shell * slope / (4 * pi * pi)) <= tolerance * B[k] + noise))
          fail_msg("B of %s, d = %g, xi = %g: %.12g, want %.12g", brute[a], dimension[law], xi[k], B[k],
                   shell * slope / (4 * pi * pi));
      }
      lf_lfp_destroy(p);
    }
  lf_npz_destroy(z);
}

/* ---- the radial form ------------------------------------------------------------------------------------------------------------------ */
/* Second differences (1,-2,1) at three points, of the gradients of a relu(w x - |w| b) in one dimension: int |sum_i c_i grad f(x_i)|^2 db, times the density
 * of b at 0, is c^T K c without anything that is free. a and w enter by their squares: two values each, +- their deviation, have the right mean. */
static double gradients_of_radial_neurons(double w0, double a0, const double x[3])
{
  enum { STEPS = 200000 };
  const double c[] = {1, -2, 1};
  double sum = 0;
  for (int k = 0; k < STEPS; k++)
    for (int sign = 0; sign < 2; sign++) { /* a's sign changes no square */
      double b = -1 + 2 * (k + 0.5) / STEPS, w = sign ? -w0 : w0, by_a = 0, by_w = 0, by_b = 0;
      for (int i = 0; i < 3; i++) {
        double z = w * x[i] - fabs(w) * b, on = z > 0;
        by_a += c[i] * on * z;
        by_w += c[i] * a0 * on * (x[i] - (sign ? -b : b));
        by_b += c[i] * a0 * on * fabs(w);
      }
      sum += (by_a * by_a + by_w * by_w + by_b * by_b) / STEPS; /* width 2, two signs */
    }
  return sum;
}

static void radial_neurons(void **state)
{
  const double pi = 3.14159265358979323846, x[] = {-0.4, 0.1, 0.6}, c[] = {1, -2, 1}, w = 1.3, a = 0.6, xi[] = {0.7};
  const char *const layers[] = {"1-50-1", "2-50-1", "3-50-1"};
  double K[9], got = 0, A[1], B[1];
  (void)state;
  for (size_t d = 1; d <= 3; d++) {
    lf_model m = lf_model_default();
    lf_lfp *p = NULL;
    lf_kernel *k = NULL;
    assert_ok(lf_model_layers(&m, layers[d - 1]));
    assert_ok(lf_model_activation(&m, "relu"));
    assert_ok(lf_model_init(&m, "normal:1.3,last=normal:0.6")); /* standard scaling: 50 times as much */
    assert_ok(lf_model_bias_init(&m, "uniform:4"));
    assert_ok(lf_model_complete(&m, d, 1));
    assert_ok(lf_lfp_create(&p, &m, &(lf_lfp_options){.form = LF_LFP_RADIAL}));
    assert_ok(lf_lfp_rates(p, 1, xi, A, B));
    double D = (double)d, r2 = D * w * w, shell = 50 * tgamma(D / 2) / pow(pi, D / 2) / 8;
    double want =
        shell / (16 * pow(pi, 4)) * ((r2 + a * a) / pow(xi[0], D + 3) + 4 * pi * pi * r2 * a * a / pow(xi[0], D + 1));
    assert_near(A[0], want, 1e-13 * want);
    assert_true(B[0] == 0);
    assert_ok(lf_lfp_kernel(&k, p));
    if (d == 1) {
      assert_ok(lf_kernel_gram(k, 3, x, 1, K));
      for (size_t i = 0; i < 9; i++) got += c[i / 3] * c[i % 3] * K[i];
      assert_near(got, 50.0 / 8 * gradients_of_radial_neurons(w, a, x), 1e-4 * got); /* jumps between steps: 1e-5 */
    }
    lf_kernel_destroy(k);
    lf_lfp_destroy(p);
  }
}

/* ---- what has none, and what is said -------------------------------------------------------------------------------------------------- */
static lf_model model_with(const char *layers, const char *act, const char *init)
{
  lf_model m = lf_model_default();
  assert_ok(lf_model_layers(&m, layers));
  assert_ok(lf_model_activation(&m, act));
  assert_ok(lf_model_init(&m, init));
  assert_ok(lf_model_complete(&m, m.width[0], 1));
  return m;
}

static void refuse(const char *layers, const char *act, const char *init, lf_lfp_form form, const char *words)
{
  lf_lfp *p = NULL;
  lf_model m = model_with(layers, act, init);
  assert_refused(lf_lfp_create(&p, &m, &(lf_lfp_options){.form = form}), LF_EARG, words);
  assert_null(p);
}

static void models_without_lfp_are_refused(void **state)
{
  (void)state;
  lf_lfp *p = NULL;
  lf_model m = lf_model_default(), features = lf_model_default();
  assert_refused(lf_lfp_create(&p, &m, NULL), LF_EARG, "completed model");
  assert_refused(lf_lfp_create(NULL, &m, NULL), LF_EARG, "one of them is NULL");
  refuse("1-9-9-1", "relu", "normal:1", LF_LFP_PLAIN, "one hidden layer, this one has 2");
  refuse("1-1", "relu", "normal:1", LF_LFP_PLAIN, "one hidden layer, this one has 0");
  refuse("1-9-1", "identity", "normal:1", LF_LFP_PLAIN, "no frequencies");
  refuse("1-9-1", "leaky_relu:1", "normal:1", LF_LFP_PLAIN, "no frequencies");
  refuse("1-9-1", "sin:3", "normal:1", LF_LFP_PLAIN, "a wave has one frequency");
  refuse("1-9-1", "cos", "normal:1", LF_LFP_PLAIN, "a wave has one frequency");
  refuse("1-9-1", "relu", "he", LF_LFP_PLAIN, "biases spread wider than |w.x|, theirs is 0");
  refuse("1-9-1", "relu", "zero", LF_LFP_PLAIN, "hidden weights of a finite spread above 0");
  refuse("1-9-1", "tanh", "normal:1", LF_LFP_RADIAL, "radial is of relu and leaky_relu, not of tanh");
  refuse("1-9-1", "relu", "normal:1", (lf_lfp_form)7, "lfp form 7 is none");
  assert_ok(lf_model_layers(&features, "1-9-1"));
  assert_ok(lf_model_features(&features, "siren:30:8"));
  assert_ok(lf_model_complete(&features, 1, 1));
  assert_refused(lf_lfp_create(&p, &features, NULL), LF_EARG, "not of input features");
  m = lf_model_default();
  assert_ok(lf_model_layers(&m, "1-9-1"));
  assert_ok(lf_model_activation(&m, "relu"));
  assert_ok(lf_model_scaling(&m, "ntk"));
  assert_ok(lf_model_complete(&m, 1, 1));
  assert_refused(lf_lfp_create(&p, &m, &(lf_lfp_options){.form = LF_LFP_RADIAL}), LF_EARG, "no multipliers inside act");
  assert_ok(lf_lfp_create(&p, &m, NULL));
  const double bad[] = {1, -1, NAN};
  double A[3];
  assert_refused(lf_lfp_rates(p, 3, bad, A, NULL), LF_EARG, "xi[1] = -1");
  assert_refused(lf_lfp_rates(p, 1, bad + 2, A, NULL), LF_EARG, "xi[0] = nan");
  assert_refused(lf_lfp_energy(p, 1, 1, 0, A), LF_EARG, "must be 1.5 at least");
  lf_lfp_destroy(p);
  lf_lfp_destroy(NULL);
}

static void notes_say_where_the_principle_is_far(void **state)
{
  const struct {
    const char *layers, *init, *says;
  } row[] = {{"1-9-1", "normal:1", "wider than |w.x|: here they have 1, the weights 1"},
             {"2-9-1", "torch", "uniform weights of several inputs count as normal ones"},
             {"1-9-1", "torch", "wider than |w.x|"}};
  (void)state;
  for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
    lf_model m = model_with(row[i].layers, "relu", row[i].init);
    lf_lfp *p = NULL;
    lf_kernel *k = NULL;
    assert_ok(lf_lfp_create(&p, &m, NULL));
    if (!strstr(lf_lfp_note(p), row[i].says)) fail_msg("%s says \"%s\"", row[i].init, lf_lfp_note(p));
    assert_ok(lf_lfp_kernel(&k, p));
    assert_string_equal(lf_kernel_note(k), lf_lfp_note(p));
    assert_int_equal(lf_kernel_what(k), LF_LFP);
    lf_kernel_destroy(k);
    lf_lfp_destroy(p);
  }
  assert_string_equal(lf_lfp_form_name(LF_LFP_RADIAL), "radial");
  assert_string_equal(lf_lfp_form_name(LF_LFP_FORM_COUNT), "unknown");
}

static void every_allocation_may_fail(void **state)
{
  (void)state;
  lf_model m = model_with("2-9-1", "tanh", "normal:1");
  const double x[] = {0, 0, 1, 1};
  double K[4];
  lf_frequency_grid g = {2, 4, 3};
  long live = lf_alloc_live();
  for (long n = 0, done = 0; !done; n++) {
    lf_lfp *p = NULL;
    lf_kernel *k = NULL, *grid = NULL;
    lf_alloc_fail_after(n);
    lf_status st = lf_lfp_create(&p, &m, NULL);
    if (st == LF_OK) st = lf_lfp_kernel(&k, p);
    if (st == LF_OK) st = lf_kernel_gram(k, 2, x, 2, K);
    if (st == LF_OK) st = lf_lfp_grid_kernel(&grid, p, &g);
    if (st == LF_OK) st = lf_kernel_gram(grid, 2, x, 1, K);
    lf_alloc_fail_after(-1);
    lf_kernel_destroy(grid);
    lf_kernel_destroy(k);
    lf_lfp_destroy(p);
    assert_true(st == LF_OK || st == LF_ENOMEM);
    assert_int_equal(lf_alloc_live(), live);
    done = st == LF_OK;
    assert_true(!done || n > 8);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(spectra_are_the_transforms),
      cmocka_unit_test(autocorrelations_under_both_laws),
      cmocka_unit_test(the_table_has_no_seams),
      cmocka_unit_test(rates_of_every_activation_and_law),
      cmocka_unit_test(radial_neurons),
      cmocka_unit_test(models_without_lfp_are_refused),
      cmocka_unit_test(notes_say_where_the_principle_is_far),
      cmocka_unit_test(every_allocation_may_fail),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
