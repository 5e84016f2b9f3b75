/* pair.c — the double integral over two correlated normal variables, for pairs that the series does not reach: nearly equal points at large
 * variance, or under an activation with kinks.
 *
 * u = r z, v = t (rho z + sqrt(1-rho^2) z'). The average over z' blurs the activation of v over s = t sqrt(1-rho^2): in closed form for
 * piecewise polynomials and exponentials (moments of a cut normal), on an even grid for analytic activations, else on panels. The outer
 * integral then sees a product of the activation at u and of the blurred one at t rho z. */
#include <math.h>
#include <string.h>
#include "base/base.h"
#include "linalg/vmath.h"
#include "model/activation_kernel.h"
#include "quadrature.h"

static const double two_pi = 6.283185307179586477;
static const double reach = 9.5; /* standard deviations: 2e-21 of the mass is beyond */

/* Blur at every outer node: y (nodes) -> value, slope (nodes), in the outer rule's scratch. */
typedef struct blur {
  lf_activation activation;
  double param, s;
  size_t n;
  const double *y;
  double *value, *slope;
  lf_rule *inner;
} blur;

/* ---- closed: moments of max(v - b, 0)^k, k = 0, 1, 2 ------------------------------------------------------------------------ */
/* value += c1 M1 + c2 M2, slope += c1 M0 + 2 c2 M1 with M_k = E max(v-b,0)^k at a = (y-b)/s: M0 = Phi(a), M1 = s (a Phi + phi),
 * M2 = s^2 ((a^2+1) Phi + a phi) */
static void add_powers(const blur *b, double at, double c1, double c2)
{
  double *a = b->inner->scratch[0], *mass = b->inner->scratch[1], *density = b->inner->scratch[2];
  const lf_vmath *v = lf_vmath_get();
  for (size_t i = 0; i < b->n; i++) a[i] = (b->y[i] - at) / b->s;
  v->normal_f64(b->n, a, mass);
  v->gauss_f64(b->n, a, density);
  for (size_t i = 0; i < b->n; i++) {
    double p = density[i] / sqrt(two_pi), m1 = b->s * (a[i] * mass[i] + p);
    double m2 = b->s * b->s * ((a[i] * a[i] + 1) * mass[i] + a[i] * p);
    b->value[i] += c1 * m1 + c2 * m2;
    b->slope[i] += c1 * mass[i] + 2 * c2 * m1;
  }
}

/* z_+ - z_+^2 + (z-1)_+ + (z-1)_+^2 */
static void blur_srelu(const blur *b)
{
  add_powers(b, 0, 1, -1);
  add_powers(b, 1, 1, 1);
}

static void blur_phi(const blur *b)
{
  const double share[] = {1, -3, 3, -1};
  for (int k = 0; k < 4; k++) add_powers(b, k, 0, share[k]);
}

/* E[e^v; v < 0] = e^(y + s^2/2) Phi(-x), x = y/s + s; far out e^(-y^2/(2 s^2)) times the asymptotic series of Mills' ratio */
double lf_exponential_below(double y, double s)
{
  const double far = 12;
  double x = y / s + s;
  if (x < far) return exp(y + s * s / 2) * erfc(x / sqrt(2)) / 2;
  double term = 1, sum = 1;
  for (int k = 1; k < 9; k++) sum += term *= -(2 * k - 1) / (x * x);
  return exp(-y * y / (2 * s * s)) / sqrt(two_pi) * sum / x;
}

/* max(z,0) + a (e^z - 1) below 0 */
static void blur_elu(const blur *b)
{
  add_powers(b, 0, 1, 0);
  for (size_t i = 0; i < b->n; i++) {
    double below = lf_exponential_below(b->y[i], b->s), mass = erfc(b->y[i] / b->s / sqrt(2)) / 2;
    b->value[i] += b->param * (below - mass);
    b->slope[i] += b->param * below;
  }
}

/* ---- an even grid, for analytic activations ------------------------------------------------------------------------------------- */
/* Step h of a grid in z for the activation of s z: analytic for |Im z| < a = pole/s, the error is exp(-2 pi a/h + a^2/2). */
static double even_step(lf_activation a, double s)
{
  const double digits = 42,
               widest = 8; /* e^-42: rounding, and room for a pole's factor; beyond 8 the step is 0.5 anyway */
  double strip = fmin(lf_shape_of(a)->pole / s, widest);
  return fmin(0.5, two_pi * strip / (digits + strip * strip / 2));
}

static void even_rule(lf_rule *rule, double step)
{
  long half = (long)ceil(reach / step);
  rule->nodes = 0;
  for (long k = -half; k <= half; k++) {
    double z = (double)k * step;
    rule->node[rule->nodes] = z;
    rule->weight[rule->nodes++] = step * exp(-z * z / 2) / sqrt(two_pi);
  }
}

static void average(const blur *b, size_t i)
{
  const lf_rule *rule = b->inner;
  double value = 0, slope = 0;
  for (size_t k = 0; k < rule->nodes; k++) {
    value += rule->weight[k] * rule->value[k];
    slope += rule->weight[k] * rule->slope[k];
  }
  b->value[i] = value;
  b->slope[i] = slope;
}

static void blur_evenly(const blur *b, double step)
{
  even_rule(b->inner, step);
  for (size_t i = 0; i < b->n; i++) {
    lf_rule_evaluate(b->inner, b->activation, b->param, b->y[i], b->s);
    average(b, i);
  }
}

/* ---- panels ------------------------------------------------------------------------------------------------------------------------- */
/* In v, over the support alone: panels between anchors, each cut to at most `widest`. */
static void support_rule(const blur *b, double y, double widest)
{
  const lf_shape *shape = lf_shape_of(b->activation);
  lf_rule *rule = b->inner;
  rule->nodes = 0;
  for (size_t i = 0; i + 1 < shape->anchors; i++) {
    double low = fmax(shape->anchor[i], y - reach * b->s), high = fmin(shape->anchor[i + 1], y + reach * b->s);
    size_t pieces = high > low ? (size_t)ceil((high - low) / widest) : 0;
    double half = (high - low) / (double)pieces / 2;
    for (size_t p = 0; p < pieces; p++)
      for (size_t k = 0; k < LF_PANEL; k++) {
        bool left = k < LF_PANEL / 2;
        size_t from_end = left ? k : LF_PANEL - 1 - k;
        double at = left ? -lf_legendre_node[from_end] : lf_legendre_node[from_end];
        rule->node[rule->nodes] = (low + half * (2 * (double)p + 1 + at) - y) / b->s;
        rule->argument[rule->nodes++] = half / (b->s * sqrt(two_pi)) * lf_legendre_weight[from_end];
      }
  }
  lf_vmath_get()->gauss_f64(rule->nodes, rule->node, rule->weight);
  for (size_t i = 0; i < rule->nodes; i++) rule->weight[i] *= rule->argument[i];
}

static void blur_by_panels(const blur *b)
{
  const lf_shape *shape = lf_shape_of(b->activation);
  for (size_t i = 0; i < b->n; i++) {
    if (shape->compact) {
      support_rule(b, b->y[i], fmin(2 * shape->scale, 3 * b->s)); /* 16 points see 3 standard deviations to rounding */
    } else {
      lf_panels p;
      lf_panels_start(&p);
      lf_panels_add_all(&p, shape, b->y[i], b->s);
      lf_rule_fill(b->inner, &p);
    }
    lf_rule_evaluate(b->inner, b->activation, b->param, b->y[i], b->s);
    average(b, i);
  }
}

/* ---- the whole --------------------------------------------------------------------------------------------------------------------------- */
static void apply_blur(const blur *b)
{
  const double finest = 0.02; /* panels are cheaper from there on */
  double step = lf_shape_of(b->activation)->pole > 0 ? even_step(b->activation, b->s) : 0;
  bool narrow = b->s <= 1; /* moments of high order cancel where the blur is wider than what it blurs */
  memset(b->value, 0, b->n * sizeof *b->value);
  memset(b->slope, 0, b->n * sizeof *b->slope);
  if (b->s == 0)
    lf_activation_kernels_get()->slope_f64[b->activation](b->n, b->param, b->y, b->value, b->slope);
  else if (b->activation == LF_ELU)
    blur_elu(b);
  else if (b->activation == LF_SRELU && narrow)
    blur_srelu(b);
  else if (b->activation == LF_PHI && narrow)
    blur_phi(b);
  else if (step > finest)
    blur_evenly(b, step);
  else
    blur_by_panels(b);
}

static void outer_rule(lf_rule *rule, lf_activation a, double param, double r, double along, double s)
{
  const lf_shape *shape = lf_shape_of(a);
  const double finest = 0.05;
  double step = shape->pole > 0 ? even_step(a, fmax(r, fabs(along))) : 0;
  if (step > finest) {
    even_rule(rule, step);
  } else {
    lf_panels p;
    lf_panels_start(&p);
    if (r > 0) lf_panels_add_all(&p, shape, 0, r);
    for (size_t i = 0; i < shape->anchors && along != 0; i++)
      lf_panels_add(&p, shape->anchor[i] / along, (s > 0 ? fmin(s, shape->scale) : shape->scale) / fabs(along));
    lf_rule_fill(rule, &p);
  }
  lf_rule_evaluate(rule, a, param, 0, r);
  lf_rule_drop_nothing(rule);
}

void lf_pair_integral(lf_activation a, double param, double r, double t, double m, lf_rule rule[2], double *q,
                      double *slope)
{
  double g = fabs(m), rho = copysign(1 - g, m), s = t * sqrt(g * (2 - g)), along = t * rho;
  lf_rule *outer = &rule[0];
  outer_rule(outer, a, param, r, along, s);
  blur b = {a, param, s, outer->nodes, outer->scratch[0], outer->scratch[1], outer->scratch[2], &rule[1]};
  for (size_t i = 0; i < outer->nodes; i++) outer->scratch[0][i] = along * outer->node[i];
  apply_blur(&b);
  *q = *slope = 0;
  for (size_t i = 0; i < outer->nodes; i++) {
    *q += outer->weight[i] * outer->value[i] * b.value[i];
    *slope += outer->weight[i] * outer->slope[i] * b.slope[i];
  }
}
