/* rule.h — one mode of the linearised net under an optimiser: how much of it is learned when. */
#ifndef LF_FLOW_RULE_H
#define LF_FLOW_RULE_H
#include <stdbool.h>
#include "lowfirst/train.h"

typedef struct lf_rule {
  lf_optimiser optimiser; /* gd, momentum, nesterov */
  bool continuous;        /* gradient flow, whatever the optimiser */
  double h;               /* rate x flow time per rate: h mu is what a plain step takes of a mode */
  double momentum;
} lf_rule;

/* g(mu, when) of lowfirst/flow.h. when: steps, a whole number, or flow time; >= 0, INFINITY allowed where mu > 0. */
double lf_rule_gain(const lf_rule *rule, double mu, double when);

/* The largest h mu at which a mode does not grow. */
double lf_rule_stable(lf_optimiser optimiser, double momentum);
#endif
