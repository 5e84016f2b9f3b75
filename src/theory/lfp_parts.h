/* lfp_parts.h — what an LFP operator is inside. */
#ifndef LF_LFP_PARTS_H
#define LF_LFP_PARTS_H
#include "lowfirst/lfp.h"
#include "spectrum.h"

/* The law of a hidden unit's weights w: components normal; one component uniform; or a vector of length 1 in any direction. */
typedef enum lf_weight_law { LF_WEIGHT_NORMAL, LF_WEIGHT_UNIFORM, LF_WEIGHT_SPHERE } lf_weight_law;

struct lf_lfp {
  lf_model model;
  lf_lfp_options options;
  size_t d;
  lf_spectrum spectrum;
  lf_weight_law law;
  double scale;        /* standard deviation of a component, bound, length */
  double density;      /* of the biases at 0 */
  double value;        /* G: what the autocorrelation of act is multiplied by, */
  double slope, inner; /* V h and V g: slope + inner x.x' that of its derivative */
  double constant;     /* of the output bias, where constants are not free */
  char note[256];
};

/* E |w.e|^power for a unit vector e, w of scale 1; power > -1 */
double lf_weight_moment(lf_weight_law law, size_t d, double power);
#endif
