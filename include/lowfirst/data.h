/** @file  data.h — samples of a target: x (n,d), y (n,c), and a held-out set to judge by. */
#ifndef LF_DATA_H
#define LF_DATA_H
#include <stddef.h>
#include <stdint.h>
#include "lowfirst/status.h"
#ifdef __cplusplus
extern "C" {
#endif

enum { LF_MAX_INPUTS = 64, LF_GRID_DIMS = 3 }; /* of an expression; of a grid */

/** An even grid: sample i sits at first + step * (its index per axis). d = 0 where the samples are no even grid. */
typedef struct lf_grid {
  size_t d;                                       /* 1..3, or 0: scattered */
  size_t count[LF_GRID_DIMS];                     /* samples per axis */
  double first[LF_GRID_DIMS], step[LF_GRID_DIMS]; /* step > 0 */
  size_t *place; /* (n) row-major grid position (last axis fastest) of sample i; NULL: i itself */
} lf_grid;

/** Plain result struct; every array is owned by it. All values are finite, n, d, c >= 1. */
typedef struct lf_data {
  size_t n, d, c;          /* training samples, inputs, outputs */
  double *x, *y;           /* (n,d), (n,c) */
  double *dy;              /* (n,c,d) derivatives of y with respect to x, or NULL: from the file, or lf_data_derive() */
  size_t n_test;           /* 0: no held-out set */
  double *x_test;          /* (n_test,d) */
  double *y_test;          /* (n_test,c), free of the noise added */
  lf_grid grid;            /* of the training samples */
  char *source;            /* file path or expression, for messages and captions */
  char **x_name, **y_name; /* (d), (c) */
  struct lf_expression *expression; /* the target where it is one, else NULL */
  double *low, *high;               /* (d) the range asked for, or the box of the samples */
} lf_data;

typedef enum lf_sampling { LF_SAMPLING_GRID, LF_SAMPLING_UNIFORM, LF_SAMPLING_SOBOL } lf_sampling;

/** How to hold samples out. RANDOM: a fraction. EVERY: the k-th, 2k-th, ... sample. COLUMNS, PIXELS: all of a grid but every k-th along its last
 *  axis, or along every axis, the first kept. */
typedef enum lf_split { LF_SPLIT_NONE, LF_SPLIT_RANDOM, LF_SPLIT_EVERY, LF_SPLIT_COLUMNS, LF_SPLIT_PIXELS } lf_split;

/** Zero-initialised is the default everywhere. */
typedef struct lf_data_options {
  const char *y_cols; /* csv: comma-separated column names that are outputs; NULL: the last one */
  /* target expressions */
  size_t n_range; /* ranges given: 0 (-pi:pi), 1 (used for every input) or d */
  double low[LF_MAX_INPUTS], high[LF_MAX_INPUTS];
  size_t
      n_points; /* counts given: 0 (600 in 1-D, 64 per axis in 2-D, else 4096 in all, or what a grid has below that), 1 (per
                           axis of a grid, else in all) or d (grid) */
  size_t points[LF_MAX_INPUTS];
  lf_sampling sampling;
  size_t
      test_points; /* per axis: held-out points in the middles of so many equal cells of the range; 0: chosen, for a grid of
                           samples midway between them (points - 1), none for d > 3 or where a split holds samples out */
  /* both */
  double noise;  /* standard deviation of the Gaussian noise added to the training y, >= 0 */
  uint64_t seed; /* of uniform samples, noise and random split; Sobol points are shifted by it unless 0 */
  /* split */
  lf_split split;
  double
      split_value; /* fraction held out in (0,1) for RANDOM; k >= 2 for the others: every k-th is kept for training in
                           COLUMNS and PIXELS, held out in EVERY */
} lf_data_options;

/** "grid" ...; LF_EARG names the nearest known word. */
lf_status lf_sampling_parse(lf_sampling *out, const char *text);
const char *lf_sampling_name(lf_sampling s);
/** "none", "random:0.2", "every:5", "columns:2", "pixels:2" -> options->split, split_value. */
lf_status lf_split_parse(lf_data_options *options, const char *text);
/** "a:b" or "a:b,c:d" -> n_range, low, high. Expressions such as -pi:pi are allowed. */
lf_status lf_range_parse(lf_data_options *options, const char *text);
/** "600" or "64,32" -> n_points, points. */
lf_status lf_points_parse(lf_data_options *options, const char *text);

/** Read csv, npz (x, y, optional dy (n,c,d), x_test, y_test; x of shape (n) means d = 1, y of shape (n) means c = 1) or png (pixel
 *  centres in [0,1]^2: x1 down the rows, x2 along the columns). By the name's ending. options may be NULL. Samples that share x but not y, and
 *  a constant target, are remarked upon in the log.
 *  LF_EIO, LF_EFMT, LF_ESHAPE (x and y disagree), LF_EMATH (an element that is not finite, named), LF_EARG. */
lf_status lf_data_read(lf_data **out, const char *path, const lf_data_options *options);

/** Sample an expression in x (d = 1) or x1..xd (d = the highest index used; n_range may raise it). Outputs are separated by ';'.
 *  Operators + - * / ^, comparisons, && ||, a ? b : c; constants pi, e; functions of one argument sin cos tan asin acos atan sinh cosh
 *  tanh asinh acosh atanh exp log (natural) log2 log10 sqrt cbrt abs sign step (0, 1/2 at 0, 1) round (halves away from 0) rint (halves to
 *  even) floor ceil erf gauss (exp(-t^2/2)) sinc (sin(pi t)/(pi t)), of two atan2 mod (a - b floor(a/b)), of any number min max.
 *  LF_EARG: the expression's error with its position. LF_EMATH: not finite at a point, which is named. */
lf_status lf_data_target(lf_data **out, const char *expression, const lf_data_options *options);

/** From arrays in memory, copied. x_test, y_test may be NULL with n_test 0. */
lf_status lf_data_from(lf_data **out, size_t n, size_t d, size_t c, const double *x, const double *y, size_t n_test,
                       const double *x_test, const double *y_test);

/** The target at other points: y (n,c) from x (n,d). LF_EUNSUP where the data are no expression. May be called from several threads. */
lf_status lf_data_evaluate(const lf_data *data, size_t n, const double *x, double *y);

/** Fill dy, where the data have none yet, with the derivatives of the target expression at the samples, free of noise: sixth-order differences, the
 *  step chosen where two of them agree best (some 1e-10 of the largest value). LF_EUNSUP where the data are no expression; LF_EMATH where
 *  it is not finite beside a sample. */
lf_status lf_data_derive(lf_data *data);

/** A one-line description: "600 samples on [-3.14, 3.14], even". Writes at most `size` bytes with the 0. */
void lf_data_describe(const lf_data *data, char *text, size_t size);

void lf_data_destroy(lf_data *data);

#ifdef __cplusplus
}
#endif
#endif
