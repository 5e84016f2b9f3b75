/* init.h — drawing initial parameters and feature frequencies.
 *
 * Every number is a function of (seed, purpose, index) alone, index being the parameter's position in the flat vector: any tensor, or
 * any part of one, can be drawn by itself and gives the same numbers. */
#ifndef LF_INIT_H
#define LF_INIT_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "lowfirst/model.h"

/* The layer number of trained siren features, which come before layer 0. */
#define LF_LAYER_FEATURES SIZE_MAX

/* The law of one layer of a completed model: its override, else the model's; for a bias the bias law where one is given. Siren
 * features always have their own. */
lf_init lf_init_of_layer(const lf_model *m, size_t layer, bool is_bias);

/* What a law comes down to for one tensor: normal of a standard deviation, or uniform up to a bound. */
typedef struct lf_spread {
  bool uniform;
  double scale; /* standard deviation | bound */
} lf_spread;
lf_spread lf_init_spread(const lf_init *law, const lf_model *m, size_t layer, bool is_bias, size_t fan_in,
                         size_t fan_out);
static inline double lf_spread_variance(lf_spread s) { return s.scale * s.scale / (s.uniform ? 3 : 1); }

/* out (n): parameters first_index ... first_index + n - 1 of the flat vector, all of one tensor. `m` is completed. fan_in is the number
 * of numbers a unit adds up, fan_out the number of units (both of the layer, for a bias as well). */
void lf_init_draw(const lf_init *law, const lf_model *m, size_t layer, bool is_bias, size_t fan_in, size_t fan_out,
                  uint64_t seed, uint64_t first_index, size_t n, double *out);

/* out (rows, d): frequencies first_row ... first_row + rows - 1 of the features' law, cycles/unit. Not for LF_FREQUENCY_FILE.
 * Log law: |w| = a (b/a)^u, direction uniform on the sphere; for d = 1 positive, the sign changing nothing. */
void lf_frequency_draw(const lf_features *f, size_t d, uint64_t seed, uint64_t first_row, size_t rows, double *out);
#endif
