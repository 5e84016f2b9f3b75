/* quadrature.h — expectations of an activation of normal variables where no closed form is known. */
#ifndef LF_QUADRATURE_H
#define LF_QUADRATURE_H
#include "dual.h"
#include "lowfirst/status.h"

/* Beyond this many standard deviations nothing counts: Hermite coefficients weigh with exp(-z^2/4), 4e-19 there. */
#define LF_REACH 13.0
enum { LF_PANEL = 16, LF_PANELS = 512, LF_NODES = LF_PANEL * LF_PANELS, LF_TERMS = 384 };

/* Where an activation is not smooth, or changes fastest: panels of the rules end there and grow away from it. */
typedef struct lf_shape {
  size_t anchors;
  double anchor[4];
  double scale; /* of the first panel beside an anchor */
  double pole;  /* how far from the real line it is analytic; 0: not */
  bool series;  /* has no closed form */
} lf_shape;
const lf_shape *lf_shape_of(lf_activation a);

/* A rule for E f(z), z standard normal; and act, act' at z r. */
typedef struct lf_rule {
  size_t nodes;
  double node[LF_NODES], weight[LF_NODES], argument[LF_NODES], value[LF_NODES], slope[LF_NODES];
  double scratch[3][LF_NODES];
} lf_rule;

/* The rule for z r, activation evaluated. */
void lf_rule_make(lf_rule *rule, lf_activation a, double param, double r);

typedef struct lf_moments {
  double mean, square, slope_square; /* E act, E act^2, E act'^2 */
} lf_moments;
lf_moments lf_rule_moments(const lf_rule *rule);

/* E act(u) act(v), E act'(u) act'(v) for standard deviations r, t and defect m. rule: scratch for two rules. */
void lf_pair_integral(lf_activation a, double param, double r, double t, double m, lf_rule rule[2], double *q,
                      double *slope);
#endif
