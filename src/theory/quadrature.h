/* quadrature.h — expectations of an activation of normal variables where no closed form is known. */
#ifndef LF_QUADRATURE_H
#define LF_QUADRATURE_H
#include "dual.h"
#include "lowfirst/status.h"

/* Beyond this many standard deviations nothing counts: Hermite coefficients weigh with exp(-z^2/4), 4e-19 there. */
#define LF_REACH 13.0
enum { LF_PANEL = 16, LF_PANELS = 512, LF_NODES = LF_PANEL * LF_PANELS, LF_TERMS = 512 };

/* Where an activation is not smooth, or changes fastest: panels of the rules end there and grow away from it. */
typedef struct lf_shape {
  size_t anchors;
  double anchor[4];
  double scale; /* of the first panel beside an anchor */
  double pole;  /* how far from the real line it is analytic; 0: not */
  bool series;  /* has no closed form */
  bool compact; /* 0 below the first anchor and above the last */
} lf_shape;
const lf_shape *lf_shape_of(lf_activation a);

/* Gauss-Legendre on [-1,1]: the positive half, outermost first. */
extern const double lf_legendre_node[LF_PANEL / 2], lf_legendre_weight[LF_PANEL / 2];

/* A rule for E f(z), z standard normal; and act, act' at z r. */
typedef struct lf_rule {
  size_t nodes;
  double node[LF_NODES], weight[LF_NODES], argument[LF_NODES], value[LF_NODES], slope[LF_NODES];
  double scratch[3][LF_NODES];
} lf_rule;

/* Ends of panels in z, in any order. */
typedef struct lf_panels {
  size_t count;
  double end[LF_PANELS + 1];
} lf_panels;
void lf_panels_start(lf_panels *p); /* even panels over the reach */
/* Ends at z and, on both sides, at first, 2 first, 4 first, ... until the even panels are as short. */
void lf_panels_add(lf_panels *p, double z, double first);
/* All anchors of the activation of y + s z, s > 0. */
void lf_panels_add_all(lf_panels *p, const lf_shape *a, double y, double s);
/* Nodes and weights; sorts the panels. */
void lf_rule_fill(lf_rule *rule, lf_panels *p);
/* The activation at y + s z. */
void lf_rule_evaluate(lf_rule *rule, lf_activation a, double param, double y, double s);
/* Leave out nodes where activation and slope are 0. */
void lf_rule_drop_nothing(lf_rule *rule);
/* All of that for z r. */
void lf_rule_make(lf_rule *rule, lf_activation a, double param, double r);

typedef struct lf_moments {
  double mean, square, slope_square; /* E act, E act^2, E act'^2 */
} lf_moments;
lf_moments lf_rule_moments(const lf_rule *rule);

/* E[e^v; v < 0] for v normal of mean y and standard deviation s > 0, however large */
double lf_exponential_below(double y, double s);

/* E act(u) act(v), E act'(u) act'(v) for standard deviations r, t and defect m. rule: scratch. */
void lf_pair_integral(lf_activation a, double param, double r, double t, double m, lf_rule rule[2], double *q,
                      double *slope);
#endif
