/* spectrum.h — the Fourier transform of an activation, as far as it has one. */
#ifndef LF_SPECTRUM_H
#define LF_SPECTRUM_H
#include <stdbool.h>
#include "lowfirst/model.h"
#include "lowfirst/status.h"

/* The transform of the first derivative that decays: order 2 for ramps, 1 for steps, 0 for bumps. act itself then has
 * |S|^2 = T^2/w^(2 order), its derivative |S'|^2 = T^2 w^(2 - 2 order), w = 2 pi eta. */
typedef struct lf_spectrum {
  lf_activation activation;
  double param;
  int order;
  double floor;   /* T^2 for w -> infinity: what kinks leave, 0 for smooth activations */
  double highest; /* w beyond which T^2 - floor is below 1e-18 of its largest value; INFINITY: it falls like a power */
} lf_spectrum;

/* LF_EARG for identity, a leaky_relu that is one, and sin and cos: their spectra are points. */
lf_status lf_spectrum_of(lf_spectrum *s, lf_activation activation, double param);
/* T^2 at w >= 0, rad per unit */
double lf_spectrum_at(const lf_spectrum *s, double w);
#endif
