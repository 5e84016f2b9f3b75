/* quadrature.c — rules that follow an activation's kinks and scales: Gauss-Legendre with 16 points on panels shorter than a standard
 * deviation, end at every kink, and shrink towards the places where the activation changes, however large the variance. (Gauss-Hermite
 * and one even grid both fail there: THEORY section 1.)
 *
 * A panel [a,b] at distance D from the nearest singularity converges like (2D/(b-a))^-32 or faster: panels that double away from a kink or a
 * pole keep the ratio above 4. */
#include "quadrature.h"
#include <math.h>
#include <stdbool.h>
#include "base/base.h"
#include "model/activation_kernel.h"

static const double two_pi = 6.283185307179586477;

const double lf_legendre_node[LF_PANEL / 2] = {0.98940093499164993, 0.94457502307323258, 0.86563120238783174,
                                               0.75540440835500303, 0.61787624440264375, 0.45801677765722739,
                                               0.28160355077925891, 0.09501250983763744};
const double lf_legendre_weight[LF_PANEL / 2] = {0.027152459411754095, 0.062253523938647893, 0.095158511682492785,
                                                 0.12462897125553387,  0.14959598881657673,  0.16915651939500254,
                                                 0.18260341504492359,  0.1894506104550685};

/* One row per activation. Closed forms are in dual.tmpl.h; a row here is what else must be known. */
static const lf_shape shape[LF_ACTIVATION_COUNT] = {
    [LF_IDENTITY] = {.pole = INFINITY},
    [LF_RELU] = {.anchors = 1, .scale = 1},
    [LF_LEAKY_RELU] = {.anchors = 1, .scale = 1},
    [LF_TANH] = {.anchors = 1, .scale = 0.5, .pole = 1.5, .series = true}, /* poles at i pi/2 */
    [LF_SIGMOID] = {.anchors = 1, .scale = 1, .pole = 3, .series = true},  /* at i pi */
    [LF_SOFTPLUS] = {.anchors = 1, .scale = 1, .pole = 3, .series = true},
    [LF_GELU] = {.anchors = 1, .scale = 0.5, .pole = 1},
    [LF_SILU] = {.anchors = 1, .scale = 1, .pole = 3, .series = true},
    [LF_ELU] = {.anchors = 1, .scale = 1, .series = true},
    [LF_SIN] = {.pole = 1},
    [LF_COS] = {.pole = 1},
    [LF_GAUSS] = {.anchors = 1, .scale = 0.5, .pole = 1},
    [LF_ERF] = {.anchors = 1, .scale = 0.5, .pole = 1},
    [LF_RICKER] = {.anchors = 1, .scale = 0.5, .pole = 1},
    [LF_SRELU] = {.anchors = 2, .anchor = {0, 1}, .scale = 0.5, .series = true, .compact = true},
    [LF_PHI] = {.anchors = 4, .anchor = {0, 1, 2, 3}, .scale = 0.5, .series = true, .compact = true},
    [LF_S2RELU] = {.anchors = 2, .anchor = {0, 1}, .scale = 0.25, .series = true, .compact = true},
};

const lf_shape *lf_shape_of(lf_activation a) { return &shape[a]; }

/* ---- panels ---------------------------------------------------------------------------------------------------------------- */
enum { PANELS_A_SIDE = 16 };
/* 16 points a panel still see 22 rad per unit, the finest wave of LF_TERMS polynomials. */
static const double panel_width = LF_REACH / PANELS_A_SIDE;

static void add_end(lf_panels *p, double z)
{
  if (p->count <= LF_PANELS && fabs(z) < LF_REACH) p->end[p->count++] = z;
}

/* Ends at z and, on both sides, at first, 2 first, 4 first, ... until the even panels are as short. */
void lf_panels_add(lf_panels *p, double z, double first)
{
  add_end(p, z);
  if (!(first > 0) || fabs(z) > LF_REACH + panel_width) return;
  double step = first;
  while (step < panel_width) {
    add_end(p, z - step);
    add_end(p, z + step);
    step *= 2;
  }
}

/* Anchors of the activation of y + s z, for s > 0. */
void lf_panels_add_all(lf_panels *p, const lf_shape *a, double y, double s)
{
  for (size_t i = 0; i < a->anchors; i++) lf_panels_add(p, (a->anchor[i] - y) / s, a->scale / s);
}

void lf_panels_start(lf_panels *p)
{
  p->count = 0;
  for (int i = -PANELS_A_SIDE; i <= PANELS_A_SIDE; i++) p->end[p->count++] = i * panel_width;
}

static void sort_panels(lf_panels *p)
{
  for (size_t i = 1; i < p->count; i++) {
    double z = p->end[i];
    size_t k = i;
    for (; k > 0 && p->end[k - 1] > z; k--) p->end[k] = p->end[k - 1];
    p->end[k] = z;
  }
}

void lf_rule_fill(lf_rule *rule, lf_panels *p)
{
  rule->nodes = 0;
  sort_panels(p);
  for (size_t i = 0; i + 1 < p->count; i++) {
    double half = (p->end[i + 1] - p->end[i]) / 2, middle = p->end[i] + half;
    if (!(half > 0)) continue;
    for (int k = 0; k < LF_PANEL; k++) {
      double at = k < LF_PANEL / 2 ? -lf_legendre_node[k] : lf_legendre_node[LF_PANEL - 1 - k];
      double z = middle + half * at, w = lf_legendre_weight[k < LF_PANEL / 2 ? k : LF_PANEL - 1 - k];
      rule->node[rule->nodes] = z;
      rule->weight[rule->nodes++] = half * w * exp(-z * z / 2) / sqrt(two_pi);
    }
  }
}

/* The activation at y + s z; nodes where it is 0 with its slope are dropped. */
void lf_rule_evaluate(lf_rule *rule, lf_activation a, double param, double y, double s)
{
  const lf_activation_kernels *kernels = lf_activation_kernels_get();
  for (size_t i = 0; i < rule->nodes; i++) rule->argument[i] = y + s * rule->node[i];
  kernels->slope_f64[a](rule->nodes, param, rule->argument, rule->value, rule->slope);
}

void lf_rule_drop_nothing(lf_rule *rule)
{
  size_t kept = 0;
  for (size_t i = 0; i < rule->nodes; i++) {
    if (rule->value[i] == 0 && rule->slope[i] == 0) continue;
    rule->node[kept] = rule->node[i];
    rule->weight[kept] = rule->weight[i];
    rule->argument[kept] = rule->argument[i];
    rule->value[kept] = rule->value[i];
    rule->slope[kept++] = rule->slope[i];
  }
  rule->nodes = kept;
}

void lf_rule_make(lf_rule *rule, lf_activation a, double param, double r)
{
  lf_panels p;
  lf_panels_start(&p);
  if (r > 0) lf_panels_add_all(&p, &shape[a], 0, r);
  lf_rule_fill(rule, &p);
  lf_rule_evaluate(rule, a, param, 0, r);
  lf_rule_drop_nothing(rule);
}

lf_moments lf_rule_moments(const lf_rule *rule)
{
  lf_moments m = {0};
  for (size_t i = 0; i < rule->nodes; i++) {
    double w = rule->weight[i], v = rule->value[i], s = rule->slope[i];
    m.mean += w * v;
    m.square += w * v * v;
    m.slope_square += w * s * s;
  }
  return m;
}
