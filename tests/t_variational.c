/* t_variational.c — the function of least FP-norm on a frequency grid: against known numbers, against the flow between points, its norm and bounds. */
#include <stdio.h>
#include <stdlib.h>
#include "base/base.h"
#include "check.h"
#include "lowfirst/flow.h"
#include "lowfirst/lfp.h"
#include "lowfirst/random.h"

static lf_lfp *lfp_of(const char *layers, const char *act, const char *std, lf_lfp_options o)
{
  lf_model m = lf_model_default();
  lf_lfp *p = NULL;
  assert_ok(lf_model_layers(&m, layers));
  assert_ok(lf_model_activation(&m, act));
  assert_ok(lf_model_scaling(&m, "inverse-sqrt"));
  assert_ok(lf_model_std(&m, std));
  assert_ok(lf_model_complete(&m, m.width[0], m.width[m.n_widths - 1]));
  assert_ok(lf_lfp_create(&p, &m, &o));
  return p;
}

/* ---- known numbers -------------------------------------------------------------------------------------------------------------- */
/* The least integral of |xi|^alpha |h|^2 through three samples, period 4, at 0.05, as the cut-off goes up (THEORY section 4, where the frequency
 * at the cut-off itself is left out): alpha <= d collapses to spikes, alpha > d has a limit. The weight of 0 is 1. */
static void well_posed_above_the_dimension(void **state)
{
  const double alpha[] = {0.5, 1.5, 4}, x[] = {-0.5, 0, 0.5}, y[] = {1, -1, 1}, z = 0.05;
  const double want[][4] = {
      {-0.22, -0.046, -0.014, -0.0045}, {-0.678, -0.614, -0.598, -0.593}, {-0.960, -0.960, -0.960, -0.960}};
  const double digits[][4] = {{5e-3, 5e-4, 5e-4, 5e-5}, {5e-4, 5e-4, 5e-4, 5e-4}, {5e-4, 5e-4, 5e-4, 5e-4}};
  (void)state;
  for (size_t a = 0; a < 3; a++)
    for (size_t i = 0, cut = 100; i < 4; i++, cut *= 10) {
      lf_frequency_grid g = {1, 4, cut - 1};
      size_t size = lf_frequency_grid_size(&g);
      double *weight = calloc(size, sizeof *weight), value;
      for (size_t k = 0; k < size; k++) weight[k] = k ? pow((double)k / 4, -alpha[a]) : 1;
      assert_ok(lf_lfp_solve(&g, weight, 0, 3, x, 1, y, 1, &z, &value, NULL));
      assert_near(value, want[a][i], digits[a][i]);
      free(weight);
    }
}

/* ---- the lattice ------------------------------------------------------------------------------------------------------------------ */
static void one_of_each_pair(void **state)
{
  (void)state;
  for (size_t d = 1; d <= 3; d++) {
    lf_frequency_grid g = {d, 2.5, 2};
    size_t size = lf_frequency_grid_size(&g), all = (size_t)pow(5, (double)d);
    double xi[3 * 63];
    assert_int_equal(size, (all + 1) / 2);
    lf_frequency_grid_points(&g, xi);
    for (size_t a = 0; a < size; a++) {
      for (size_t j = 0; j < d; j++) {
        double cycles = xi[a * d + j] * 2.5;
        assert_true(fabs(cycles) <= 2 && fabs(cycles - round(cycles)) < 1e-12 && (a > 0 || cycles == 0));
      }
      for (size_t b = 0; b < a; b++) {
        double same = 0, mirrored = 0;
        for (size_t j = 0; j < d; j++) {
          same += fabs(xi[a * d + j] - xi[b * d + j]);
          mirrored += fabs(xi[a * d + j] + xi[b * d + j]);
        }
        assert_true(same > 0.1 && mirrored > 0.1);
      }
    }
  }
}

/* ---- against the flow between points ------------------------------------------------------------------------------------------------- */
enum { SAMPLES = 9, SEEN = 21 };

typedef struct scene {
  lf_lfp *lfp;
  size_t d;
  double x[2 * SAMPLES], y[SAMPLES], z[2 * SEEN], exact[SEEN];
} scene;

static void make_scene(scene *s, const char *act, size_t d)
{
  lf_data *data = NULL;
  lf_kernel *k = NULL;
  lf_prediction *f = NULL;
  s->d = d;
  s->lfp = lfp_of(d == 1 ? "1-100-1" : "2-100-1", act, "w=1,b=10,a=1", (lf_lfp_options){.simplified = true});
  for (size_t i = 0; i < d * SAMPLES; i++)
    s->x[i] = d == 1 ? (double)i / 4 - 1 : 2 * lf_random_uniform(3, LF_PURPOSE_TEST, i) - 1;
  for (size_t i = 0; i < SAMPLES; i++) s->y[i] = sin(7.0 * (double)i);
  for (size_t i = 0; i < d * SEEN; i++)
    s->z[i] = d == 1 ? (double)i / 10 - 1 : lf_random_uniform(4, LF_PURPOSE_TEST, i) - 0.5;
  assert_ok(lf_data_from(&data, SAMPLES, d, 1, s->x, s->y, 0, NULL, NULL));
  assert_ok(lf_lfp_kernel(&k, s->lfp));
  assert_ok(lf_flow_create(&f, k, data, &(lf_flow_options){0}));
  assert_ok(lf_flow_evaluate(f, INFINITY, SEEN, s->z, NULL, s->exact));
  lf_flow_destroy(f);
  lf_kernel_destroy(k);
  lf_data_destroy(data);
}

/* largest difference, relative to the largest value or 1 */
static double off(const scene *s, double period, size_t highest)
{
  lf_frequency_grid g = {s->d, period, highest};
  double *weight = calloc(lf_frequency_grid_size(&g), sizeof *weight), got[SEEN], most = 0, size = 1;
  assert_ok(lf_lfp_weights(s->lfp, &g, weight));
  assert_ok(lf_lfp_solve(&g, weight, 0, SAMPLES, s->x, 1, s->y, SEEN, s->z, got, NULL));
  for (size_t i = 0; i < SEEN; i++) {
    most = fmax(most, fabs(got[i] - s->exact[i]));
    size = fmax(size, fabs(s->exact[i]));
  }
  free(weight);
  return most / size;
}

/* relu: what is cut off is the cusp of |h|, and the error falls like 1/cut-off; tanh has no cusp, and there it is the period that counts. */
static void the_grid_tends_to_the_points(void **state)
{
  scene s;
  (void)state;
  make_scene(&s, "relu", 1);
  double coarse = off(&s, 16, 256), fine = off(&s, 16, 512);
  if (!(fine < 3e-3 && coarse / fine > 1.7 && coarse / fine < 2.3)) fail_msg("relu: %.3g, %.3g", coarse, fine);
  lf_lfp_destroy(s.lfp);
  make_scene(&s, "tanh", 1);
  coarse = off(&s, 32, 256), fine = off(&s, 64, 512);
  if (!(fine < 1e-4 && coarse / fine > 1.7 && coarse / fine < 2.5)) fail_msg("tanh: %.3g, %.3g", coarse, fine);
  lf_lfp_destroy(s.lfp);
  make_scene(&s, "tanh", 2);
  coarse = off(&s, 16, 32), fine = off(&s, 32, 64);
  if (!(fine < 1.2e-2 && coarse / fine > 1.7)) fail_msg("tanh, d = 2: %.3g, %.3g", coarse, fine);
  lf_lfp_destroy(s.lfp);
}

/* In the authors' setting, ten thousand neurons without a factor, epsilon hardly matters (THEORY section 3). */
static void epsilon_hardly_matters(void **state)
{
  scene s;
  double first[SEEN], other[SEEN] = {0};
  lf_frequency_grid g = {1, 16, 512};
  (void)state;
  make_scene(&s, "relu", 1);
  double *weight = calloc(lf_frequency_grid_size(&g), sizeof *weight);
  assert_ok(lf_lfp_weights(s.lfp, &g, weight));
  for (size_t k = 0; k < lf_frequency_grid_size(&g); k++) weight[k] *= 1e4;
  assert_ok(lf_lfp_solve(&g, weight, 1e-9, SAMPLES, s.x, 1, s.y, SEEN, s.z, first, NULL));
  const double epsilon[] = {1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3};
  for (size_t e = 0; e < sizeof epsilon / sizeof *epsilon; e++) {
    assert_ok(lf_lfp_solve(&g, weight, epsilon[e], SAMPLES, s.x, 1, s.y, SEEN, s.z, other, NULL));
    for (size_t i = 0; i < SEEN; i++) assert_near(other[i], first[i], 1e-4);
  }
  assert_true(fabs(other[1] - first[1]) > 1e-9); /* but it is there */
  free(weight);
  lf_lfp_destroy(s.lfp);
}

/* The grid's kernel under lf_flow() ends where the solver is. */
static void the_flow_on_a_grid_ends_in_its_solution(void **state)
{
  scene s;
  double solved[SEEN], flowed[SEEN], norm;
  lf_frequency_grid g;
  lf_data *data = NULL;
  lf_kernel *k = NULL;
  lf_prediction *f = NULL;
  (void)state;
  make_scene(&s, "relu", 1);
  assert_ok(lf_frequency_grid_for(&g, SAMPLES, 1, s.x));
  assert_near(g.period, 16, 1e-12);
  assert_int_equal(g.highest, 576);
  double *weight = calloc(lf_frequency_grid_size(&g), sizeof *weight), diagonal[SAMPLES];
  assert_ok(lf_lfp_weights(s.lfp, &g, weight));
  assert_ok(lf_lfp_solve(&g, weight, 0, SAMPLES, s.x, 1, s.y, SEEN, s.z, solved, &norm));
  assert_ok(lf_data_from(&data, SAMPLES, 1, 1, s.x, s.y, 0, NULL, NULL));
  assert_ok(lf_lfp_grid_kernel(&k, s.lfp, &g));
  assert_int_equal(lf_kernel_free_degree(k), -1);
  assert_ok(lf_kernel_diagonal(k, SAMPLES, s.x, diagonal));
  assert_near(diagonal[3], pow(lf_fp_gamma(lf_frequency_grid_size(&g), weight), 2), 1e-12 * diagonal[3]);
  assert_ok(lf_flow_create(&f, k, data, &(lf_flow_options){0}));
  assert_int_equal(lf_flow_look(f).rank, SAMPLES);
  assert_ok(lf_flow_evaluate(f, INFINITY, SEEN, s.z, NULL, flowed));
  for (size_t i = 0; i < SEEN; i++) assert_near(flowed[i], solved[i], 1e-8);
  assert_near(lf_flow_norm(f), norm, 1e-8 * norm);
  lf_flow_destroy(f);
  lf_kernel_destroy(k);
  lf_data_destroy(data);
  free(weight);
  lf_lfp_destroy(s.lfp);
}

/* ---- norm and bounds ------------------------------------------------------------------------------------------------------------------- */
/* The norm of a known function, and that of the solution from its own coefficients h_k = W_k sum_i alpha_i e^{-2 pi i k x_i}, found by a transform
 * of its values over one period. */
static void norms_from_coefficients(void **state)
{
  enum { HIGHEST = 6, GRID = 64 };
  const double two_pi = 6.283185307179586477, x[] = {0.1, 0.35, 0.8}, y[] = {1, -2, 0.5};
  lf_frequency_grid g = {1, 1, HIGHEST};
  double weight[HIGHEST + 1], coefficient[2 * (HIGHEST + 1)] = {0}, z[GRID], h[GRID], direct, norm;
  (void)state;
  for (size_t k = 0; k <= HIGHEST; k++) weight[k] = 1 / (1.0 + (double)(k * k));
  coefficient[0] = 3, coefficient[2] = 0.5, coefficient[5] = -0.25; /* 3 + cos 2 pi x + sin(4 pi x)/2 */
  assert_ok(lf_fp_norm(HIGHEST + 1, weight, coefficient, &norm));
  assert_near(norm, sqrt(9 + 2 * 0.25 * 2 + 2 * 0.0625 * 5), 1e-15 * 10);
  assert_near(lf_fp_gamma(2, weight), sqrt(1 + 2 * 0.5), 1e-15);
  for (size_t i = 0; i < GRID; i++) z[i] = (double)i / GRID;
  assert_ok(lf_lfp_solve(&g, weight, 0, 3, x, 1, y, GRID, z, h, &direct));
  for (size_t k = 0; k <= HIGHEST; k++) {
    coefficient[2 * k] = coefficient[2 * k + 1] = 0;
    for (size_t i = 0; i < GRID; i++) {
      coefficient[2 * k] += h[i] * cos(two_pi * (double)k * z[i]) / GRID;
      coefficient[2 * k + 1] -= h[i] * sin(two_pi * (double)k * z[i]) / GRID;
    }
  }
  assert_ok(lf_fp_norm(HIGHEST + 1, weight, coefficient, &norm));
  assert_near(direct, norm, 1e-12 * norm);
  weight[1] = 0;
  assert_ok(lf_fp_norm(HIGHEST + 1, weight, coefficient, &norm));
  assert_true(isinf(norm));
  weight[2] = -1;
  assert_refused(lf_fp_norm(HIGHEST + 1, weight, coefficient, &norm), LF_EARG, "weight[2] = -1");
}

/* Both formulas with plain numbers; and the derived one holds for what it is about. */
static void bounds(void **state)
{
  enum { N = 40, SETS = 20, HIGHEST = 16, AT = 256 };
  const double two_pi = 6.283185307179586477;
  (void)state;
  assert_near(lf_fp_bound(LF_FP_BOUND_DERIVED, 100, 2, 3, NAN, exp(-2)), (8 + 4) * 36 / 10.0, 1e-12);
  assert_near(lf_fp_bound(LF_FP_BOUND_PUBLISHED, 100, 2, 3, 1, 4 * exp(-2)), 169 * (0.2 + 0.8), 1e-12);
  assert_true(isnan(lf_fp_bound(LF_FP_BOUND_DERIVED, 0, 2, 3, 1, 0.1)) &&
              isnan(lf_fp_bound(LF_FP_BOUND_DERIVED, 9, 2, 3, 1, 1)));
  assert_true(isnan(lf_fp_bound(LF_FP_BOUND_PUBLISHED, 9, 2, 3, NAN, 0.1)));
  assert_string_equal(lf_fp_bound_name(LF_FP_BOUND_DERIVED), "derived");
  assert_string_equal(lf_fp_bound_name(LF_FP_BOUND_PUBLISHED), "published");
  lf_frequency_grid g = {1, 1, HIGHEST};
  double weight[HIGHEST + 1], coefficient[2 * (HIGHEST + 1)] = {0}, before = 0;
  for (size_t k = 0; k <= HIGHEST; k++) weight[k] = 1 / (1.0 + (double)(k * k));
  for (size_t tone = 1; tone <= 8; tone *= 2) { /* the higher the target, the larger Q, the bound, and the error */
    double Q, gamma = lf_fp_gamma(HIGHEST + 1, weight), mean = 0;
    memset(coefficient, 0, sizeof coefficient);
    coefficient[2 * tone + 1] = -0.5; /* sin */
    assert_ok(lf_fp_norm(HIGHEST + 1, weight, coefficient, &Q));
    for (uint64_t set = 0; set < SETS; set++) {
      double x[N], y[N], z[AT], h[AT];
      for (size_t i = 0; i < N; i++) {
        x[i] = lf_random_uniform(set + 1, LF_PURPOSE_TEST, i);
        y[i] = sin(two_pi * (double)tone * x[i]);
      }
      for (size_t i = 0; i < AT; i++) z[i] = (double)i / AT;
      assert_ok(lf_lfp_solve(&g, weight, 0, N, x, 1, y, AT, z, h, NULL));
      for (size_t i = 0; i < AT; i++) mean += pow(h[i] - sin(two_pi * (double)tone * z[i]), 2) / (AT * SETS);
    }
    double bound = lf_fp_bound(LF_FP_BOUND_DERIVED, N, Q, gamma, NAN, 0.1);
    assert_true(mean < bound && bound > before);
    before = bound;
  }
}

static void refusals(void **state)
{
  (void)state;
  lf_frequency_grid g = {1, 1, 3}, bad = {1, 0, 3}, huge = {3, 1, 200};
  double weight[] = {1, 1, 1, 1}, none[4] = {0}, x[] = {0, 1, NAN, 2, 2}, y[] = {1, 2, 3}, value[3];
  lf_frequency_grid chosen;
  assert_refused(lf_lfp_solve(&bad, weight, 0, 2, x, 1, y, 1, x, value, NULL), LF_EARG, "a finite period above 0");
  assert_refused(lf_lfp_solve(&huge, weight, 0, 2, x, 1, y, 1, x, value, NULL), LF_EARG, "has more than");
  assert_refused(lf_lfp_solve(&g, weight, -1, 2, x, 1, y, 1, x, value, NULL), LF_EARG, "epsilon = -1");
  assert_refused(lf_lfp_solve(&g, none, 0, 2, x, 1, y, 1, x, value, NULL), LF_EMATH, "all weights are 0");
  assert_refused(lf_lfp_solve(&g, weight, 0, 3, x, 1, y, 1, x, value, NULL), LF_EMATH, "x[2] is nan");
  assert_refused(lf_lfp_solve(&g, weight, 0, 0, x, 1, y, 1, x, value, NULL), LF_EARG, "needs samples");
  weight[2] = -1;
  assert_refused(lf_lfp_solve(&g, weight, 0, 2, x, 1, y, 1, x, value, NULL), LF_EARG, "weight[2] = -1");
  assert_refused(lf_frequency_grid_for(&chosen, 1, 4, x), LF_EARG, "takes 1 to 3 inputs, these have 4");
  assert_refused(lf_frequency_grid_for(&chosen, 2, 1, x + 3), LF_EARG, "samples that differ");
  lf_lfp *p = lfp_of("2-100-1", "relu", "w=1,b=3,a=1", (lf_lfp_options){0});
  lf_kernel *k = NULL;
  assert_refused(lf_lfp_weights(p, &g, weight), LF_EARG, "a grid of 1 axes does not fit a net of 2 inputs");
  assert_refused(lf_lfp_grid_kernel(&k, p, &g), LF_EARG, "a grid of 1 axes");
  assert_null(k);
  lf_lfp_destroy(p);
}

static void every_allocation_may_fail(void **state)
{
  (void)state;
  lf_frequency_grid g = {1, 1, 3};
  double weight[] = {1, 1, 1, 1}, x[] = {0.1, 0.4}, y[] = {1, 2}, value[2];
  long live = lf_alloc_live();
  for (long n = 0;; n++) {
    lf_alloc_fail_after(n);
    lf_status st = lf_lfp_solve(&g, weight, 0, 2, x, 1, y, 2, x, value, NULL);
    lf_alloc_fail_after(-1);
    assert_int_equal(lf_alloc_live(), live);
    if (st == LF_OK) {
      assert_true(n > 5);
      break;
    }
    assert_int_equal(st, LF_ENOMEM);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(well_posed_above_the_dimension),
      cmocka_unit_test(one_of_each_pair),
      cmocka_unit_test(the_grid_tends_to_the_points),
      cmocka_unit_test(epsilon_hardly_matters),
      cmocka_unit_test(the_flow_on_a_grid_ends_in_its_solution),
      cmocka_unit_test(norms_from_coefficients),
      cmocka_unit_test(bounds),
      cmocka_unit_test(refusals),
      cmocka_unit_test(every_allocation_may_fail),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
