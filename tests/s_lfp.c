/* s_lfp.c — the LFP kernel against the exact tangent kernel, as biases spread, and against its own rates: d = 1, 2, 3, 5. */
#include <stdlib.h>
#include "check.h"
#include "lowfirst/lfp.h"
#include "lowfirst/random.h"
#include "theory/quadrature.h"

static lf_model model_of(const char *layers, const char *act, const char *scaling, const char *std)
{
  lf_model m = lf_model_default();
  assert_ok(lf_model_layers(&m, layers));
  assert_ok(lf_model_activation(&m, act));
  assert_ok(lf_model_scaling(&m, scaling));
  if (std) assert_ok(lf_model_std(&m, std));
  assert_ok(lf_model_complete(&m, m.width[0], m.width[m.n_widths - 1]));
  return m;
}

/* ---- against the exact kernel ----------------------------------------------------------------------------------------------- */
enum { POINTS = 28, MOST_BASIS = 21 };

/* All monomials of degree <= 2, made orthonormal on the points: basis (count, POINTS). */
static size_t quadratics(size_t d, const double *x, double basis[MOST_BASIS][POINTS])
{
  size_t count = 0;
  for (size_t a = 0; a <= d; a++)
    for (size_t b = a; b <= d; b++, count++) {
      for (size_t i = 0; i < POINTS; i++) basis[count][i] = (a ? x[i * d + a - 1] : 1) * (b ? x[i * d + b - 1] : 1);
      for (int twice = 0; twice < 2; twice++) {
        for (size_t k = 0; k < count; k++) {
          double dot = 0;
          for (size_t i = 0; i < POINTS; i++) dot += basis[k][i] * basis[count][i];
          for (size_t i = 0; i < POINTS; i++) basis[count][i] -= dot * basis[k][i];
        }
        double norm = 0;
        for (size_t i = 0; i < POINTS; i++) norm += basis[count][i] * basis[count][i];
        for (size_t i = 0; i < POINTS; i++) basis[count][i] /= sqrt(norm);
      }
    }
  return count;
}

/* K = P K P */
static void project(size_t count, double basis[MOST_BASIS][POINTS], double *K)
{
  for (int side = 0; side < 2; side++)
    for (size_t i = 0; i < POINTS; i++)
      for (size_t k = 0; k < count; k++) {
        double dot = 0;
        for (size_t j = 0; j < POINTS; j++) dot += basis[k][j] * K[side ? j * POINTS + i : i * POINTS + j];
        for (size_t j = 0; j < POINTS; j++) K[side ? j * POINTS + i : i * POINTS + j] -= dot * basis[k][j];
      }
}

/* Both kernels on POINTS points x (POINTS, d) of [-extent, extent]^d. */
static void both_kernels(const lf_model *m, double extent, double *x, double *exact, double *near)
{
  lf_kernel *ntk = NULL, *lfp = NULL;
  assert_ok(lf_kernel_limit(&ntk, m, LF_NTK));
  assert_ok(lf_kernel_limit(&lfp, m, LF_LFP));
  for (size_t i = 0; i < POINTS * m->width[0]; i++) x[i] = extent * (2 * lf_random_uniform(7, 1, i) - 1);
  assert_ok(lf_kernel_gram(ntk, POINTS, x, 1, exact));
  assert_ok(lf_kernel_gram(lfp, POINTS, x, 1, near));
  lf_kernel_destroy(ntk);
  lf_kernel_destroy(lfp);
}

/* |P (a - b) P| / |P a P|, P taking quadratics out */
static double distance(size_t d, const double *x, double *a, double *b)
{
  double basis[MOST_BASIS][POINTS], off = 0, all = 0;
  size_t count = quadratics(d, x, basis);
  project(count, basis, a);
  project(count, basis, b);
  for (size_t i = 0; i < POINTS * POINTS; i++) {
    off += (a[i] - b[i]) * (a[i] - b[i]);
    all += a[i] * a[i];
  }
  return sqrt(off / all);
}

static double error_on(const lf_model *m, double extent)
{
  double x[5 * POINTS], exact[POINTS * POINTS], near[POINTS * POINTS];
  both_kernels(m, extent, x, exact, near);
  return distance(m->width[0], x, exact, near);
}
static double error_of(const lf_model *m) { return error_on(m, 1); }

static lf_model biased(const char *act, size_t d, double sigma_b)
{
  char layers[32], std[64];
  (void)snprintf(layers, sizeof layers, "%zu-1000-1", d);
  (void)snprintf(std, sizeof std, "w=1,b=%g,a=1", sigma_b);
  return model_of(layers, act, "inverse-sqrt", std);
}

static double relative_error(const char *act, size_t d, double sigma_b)
{
  lf_model m = biased(act, d, sigma_b);
  return error_of(&m);
}

/* The law sigma_b^-2 to 10 %. */
static void check_fall(const char *act, size_t d, double at_100)
{
  double e3 = relative_error(act, d, 3), e10 = relative_error(act, d, 10), e100 = relative_error(act, d, 100);
  if (!(e100 < at_100) || fabs(e10 / e100 - 100) > 10 || fabs(e3 / e10 - 100.0 / 9) > 2)
    fail_msg("%s, d = %zu: %.3g, %.3g, %.3g at sigma_b = 3, 10, 100", act, d, e3, e10, e100);
}

static void the_error_falls_like_the_square_of_the_spread_of_biases(void **state)
{
  const size_t dimension[] = {1, 2, 3, 5};
  (void)state;
  for (size_t k = 0; k < 4; k++) {
    check_fall("relu", dimension[k], k == 3 ? 1.3e-4 : 1e-4);
    check_fall("tanh", dimension[k], k == 3 ? 1.6e-4 : 1.3e-4);
  }
}

/* The error grows like the square of the points' extent, and on [-0.7, 0.7]^d it has THEORY section 3's sizes: relu, within 2e-2, 2e-3, 2e-5 at
 * sigma_b = 3, 10, 100 in one dimension and 6e-2, 6e-3, 6e-5 in five, and not under half of that. tanh's kink is no point: 1e-4 / sigma_b^2 10^4 at most. */
static void the_error_has_its_published_sizes(void **state)
{
  const double sigma_b[] = {3, 10, 100}, one[] = {2e-2, 2e-3, 2e-5};
  (void)state;
  for (size_t k = 0; k < 3; k++)
    for (size_t d = 1; d <= 5; d += 4) {
      lf_model relu = biased("relu", d, sigma_b[k]), tanh = biased("tanh", d, sigma_b[k]);
      double most = d == 1 ? one[k] : 3 * one[k], is = error_on(&relu, 0.7), other = error_on(&tanh, 0.7);
      if (!(is < most && is > most / 2 && other < 1 / (sigma_b[k] * sigma_b[k])))
        fail_msg("d = %zu, sigma_b = %g: relu %.3g for %.3g, tanh %.3g", d, sigma_b[k], is, most, other);
    }
}

/* What the biases' density, exp(-b^2 / (2 sigma_b^2)) and not 1, takes from relu's kernel at first order. With z = x - x', c = w.(x + x')/2, h = w.z:
 *     -1 / (2 sqrt(2 pi) sigma_b^3) E_w [ c^2 |h|^3/12 + |h|^5/240 - (1 + x.x') (c^2 |h|/2 + |h|^3/24) ],   up to polynomials;
 * along z c is (x + x').z/(2 |z|) times the same normal number as h is |z| times, across it is independent. */
static double next_term(size_t d, const double *x, const double *y, double sigma_b)
{
  const double root = sqrt(8 * atan(1)), first = 2 / root, third = 2 * first,
               fifth = 8 * first; /* E|g|, E|g|^3, E|g|^5 */
  double square = 0, along = 0, length = 0, product = 0;
  for (size_t k = 0; k < d; k++) {
    const double z = x[k] - y[k], c = (x[k] + y[k]) / 2;
    square += z * z, along += c * z, length += c * c, product += x[k] * y[k];
  }
  if (square == 0) return 0;
  const double r = sqrt(square), parallel = along * along / square, across = length - parallel;
  const double cube = r * square * (parallel * fifth + across * third) / 12 + square * square * r * fifth / 240;
  const double kink = r * (parallel * third + across * first) / 2 + r * square * third / 24;
  return -(cube - (1 + product) * kink) / (2 * root * sigma_b * sigma_b * sigma_b);
}

static void the_error_is_the_next_term(void **state)
{
  const size_t dimension[] = {1, 2, 3, 5};
  const double sigma_b = 30;
  (void)state;
  for (size_t q = 0; q < 4; q++) {
    const size_t d = dimension[q];
    double x[5 * POINTS], exact[POINTS * POINTS], near[POINTS * POINTS], term[POINTS * POINTS];
    lf_model m = biased("relu", d, sigma_b);
    both_kernels(&m, 1, x, exact, near);
    for (size_t i = 0; i < POINTS * POINTS; i++) {
      exact[i] -= near[i];
      term[i] = next_term(d, x + i / POINTS * d, x + i % POINTS * d, sigma_b);
    }
    double off = distance(d, x, exact, term);
    if (!(off < 0.01)) fail_msg("d = %zu: off by %.3g of the next term", d, off);
  }
}

/* Every other activation: a constant that is wrong in k or k' would leave an error of its own. */
static void every_activation_has_its_kernel(void **state)
{
  const char *const act[] = {"leaky_relu:0.2", "sigmoid", "softplus",   "gelu",  "silu", "elu",   "elu:0.5",
                             "gauss",          "erf",     "ricker:0.5", "srelu", "phi",  "s2relu"};
  (void)state;
  for (size_t a = 0; a < sizeof act / sizeof *act; a++) {
    double near = relative_error(act[a], 1, 30), far = relative_error(act[a], 2, 30);
    if (!(near < 4e-3 && far < 4e-3)) fail_msg("%s: %.3g for d = 1, %.3g for d = 2 at sigma_b = 30", act[a], near, far);
  }
}

/* Standard scaling's m, ntk's multipliers, laws of their own for weights and biases: the same factors in both kernels. */
static void every_scaling_has_its_factors(void **state)
{
  const struct {
    const char *act, *scaling, *std, *init, *bias;
  } row[] = {{"relu", "ntk", "w=1.7,b=40", NULL, NULL},
             {"tanh", "ntk", "w=0.8,b=40", NULL, NULL},
             {"relu", "standard", NULL, "glorot", "normal:9"},
             {"gauss", "standard", NULL, "normal:0.5", "normal:20"},
             {"relu", "inverse-sqrt", NULL, "normal:0.7", "normal:25"},
             {"gelu", "standard", NULL, "he,last=normal:3", "normal:40"}};
  (void)state;
  for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
    lf_model m = lf_model_default();
    assert_ok(lf_model_layers(&m, "2-80-1"));
    assert_ok(lf_model_activation(&m, row[i].act));
    assert_ok(lf_model_scaling(&m, row[i].scaling));
    if (row[i].std) assert_ok(lf_model_std(&m, row[i].std));
    if (row[i].init) assert_ok(lf_model_init(&m, row[i].init));
    if (row[i].bias) assert_ok(lf_model_bias_init(&m, row[i].bias));
    assert_ok(lf_model_complete(&m, 2, 1));
    double off = error_of(&m);
    if (!(off < 3e-3)) fail_msg("%s, scaling %s: off by %.3g", row[i].act, row[i].scaling, off);
  }
}

/* ---- rates against the kernel's action on wave packets ----------------------------------------------------------------------------- */
/* The mean of e^{iy} over the sphere: y = 2 pi xi |z| times a direction */
static double mean_wave(size_t d, double y) { return d == 1 ? cos(y) : d == 2 ? j0(y) : y > 0 ? sin(y) / y : 1; }

/* The energy by the kernel S(|z|) + x.x' T(|z|): with midpoint c and z = x - x', x.x' = |c|^2 - |z|^2/4, and under |v(x) v(x')| the mean of |c|^2 is
 * |x_0|^2 + d s^2/2:  (pi s^2)^(d/2) int e^{-|z|^2/(4 s^2)} cos(2 pi xi.z) (S + T (|x_0|^2 + d s^2/2 - |z|^2/4)) dz */
static double energy_by_kernel(const lf_kernel *k, double xi, double s, double centre)
{
  const double pi = 3.14159265358979323846;
  enum { PANELS = 120, NODES = PANELS * LF_PANEL };
  size_t d = lf_kernel_model(k)->width[0];
  double reach = 13 * s, sum = 0, sphere = 2 * pow(pi, (double)d / 2) / tgamma((double)d / 2);
  double *z = calloc(NODES * d, sizeof *z), *still = calloc(NODES, sizeof *still),
         *moved = calloc(NODES, sizeof *moved);
  double origin[3] = {0}, one[3] = {1, 0, 0}, weight[NODES];
  for (size_t i = 0; i < NODES; i++) {
    size_t panel = i / LF_PANEL, at = i % LF_PANEL, from_end = at < LF_PANEL / 2 ? at : LF_PANEL - 1 - at;
    double half = reach / PANELS / 2, t = (at < LF_PANEL / 2 ? -1 : 1) * lf_legendre_node[from_end];
    z[i * d] = half * (2 * (double)panel + 1 + t);
    weight[i] = half * lf_legendre_weight[from_end];
  }
  assert_ok(lf_kernel_evaluate(k, NODES, z, 1, origin, 1, still));
  for (size_t i = 0; i < NODES; i++) z[i * d] += 1;
  assert_ok(lf_kernel_evaluate(k, NODES, z, 1, one, 1, moved));
  for (size_t i = 0; i < NODES; i++) {
    double r = z[i * d] - 1, slope = (moved[i] - still[i]) / (1 + r);
    double square = centre * centre + (double)d * s * s / 2 - r * r / 4;
    sum += weight[i] * sphere * pow(r, (double)d - 1) * exp(-r * r / (4 * s * s)) * mean_wave(d, 2 * pi * xi * r) *
           (still[i] + slope * square);
  }
  free(z);
  free(still);
  free(moved);
  return pow(pi * s * s, (double)d / 2) * sum;
}

static void check_energies(const char *layers, const char *act, const char *init, lf_lfp_options o, double tolerance)
{
  lf_model m = lf_model_default();
  lf_lfp *p = NULL;
  lf_kernel *k = NULL;
  assert_ok(lf_model_layers(&m, layers));
  assert_ok(lf_model_activation(&m, act));
  assert_ok(lf_model_scaling(&m, *init == 'n' ? "ntk" : "inverse-sqrt"));
  if (*init == 'u')
    assert_ok(lf_model_init(&m, init));
  else
    assert_ok(lf_model_std(&m, *init == 'n' ? init + 4 : init));
  assert_ok(lf_model_complete(&m, m.width[0], 1));
  assert_ok(lf_lfp_create(&p, &m, &o));
  assert_ok(lf_lfp_kernel(&k, p));
  const double xi[] = {0.4, 1}, width[] = {4, 1.6}, centre[] = {0, 1.5};
  for (size_t i = 0; i < 2; i++)
    for (size_t j = 0; j < 2; j++) {
      double by_rates, by_kernel = energy_by_kernel(k, xi[i], width[i], centre[j]);
      assert_ok(lf_lfp_energy(p, xi[i], width[i], centre[j], &by_rates));
      if (!(fabs(by_rates - by_kernel) <= tolerance * by_rates))
        fail_msg("%s %s %s, xi = %g, centre %g: %.12g by the rates, %.12g by the kernel", layers, act, init, xi[i],
                 centre[j], by_rates, by_kernel);
    }
  lf_kernel_destroy(k);
  lf_lfp_destroy(p);
}

/* Packets cancel all but a small part of the kernel, 1e-6 of it at xi = 1: what is left keeps the digits that the tolerances say. */
static void rates_are_the_kernels_action_on_wave_packets(void **state)
{
  const lf_lfp_options plain = {0}, simplified = {.simplified = true}, radial = {.form = LF_LFP_RADIAL};
  const char *const layers[] = {"1-50-1", "2-50-1", "3-50-1"};
  (void)state;
  for (size_t d = 0; d < 3; d++) {
    check_energies(layers[d], "relu", "w=1,b=5,a=0.7", plain, 1e-6);
    check_energies(layers[d], "tanh", "w=5,b=5,a=0.7", plain, 1e-6);
    check_energies(layers[d], "elu:0.6", "w=1,b=5,a=0.7", plain, 1e-6);
    check_energies(layers[d], "relu", "w=1,b=5,a=2", simplified, 1e-6);
    check_energies(layers[d], "leaky_relu:0.1", "w=1.5,b=5,a=2", radial, 1e-6);
    check_energies(layers[d], "gelu", "ntk w=6,b=3", plain, 1e-6);
  }
  check_energies(layers[1], "srelu", "w=2,b=5,a=0.7", plain, 1e-5);
  check_energies(layers[0], "relu", "uniform:3", plain, 1e-6);
  check_energies(layers[0], "softplus", "uniform:12", plain, 1e-6);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_error_falls_like_the_square_of_the_spread_of_biases),
      cmocka_unit_test(the_error_has_its_published_sizes),
      cmocka_unit_test(the_error_is_the_next_term),
      cmocka_unit_test(every_activation_has_its_kernel),
      cmocka_unit_test(every_scaling_has_its_factors),
      cmocka_unit_test(rates_are_the_kernels_action_on_wave_packets),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
