/** @file  lens.h — values on sample points -> frequency content and error per band. A lens does not know where values come from.
 *
 *  Coefficients: y^(xi) = (1/n) sum_i w_i y_i exp(-2 pi i xi.x_i), xi in cycles per unit of x; w is 1, or a window of mean 1.
 *  Error of a mode: Delta(xi) = |h^ - f^| / |f^| over all outputs (root of the sum of squares), complex by default; `amplitude` compares
 *  | |h^| - |f^| | as the authors' scripts do (1807.01251) and takes a cosine for a perfect fit of a sine. */
#ifndef LF_LENS_H
#define LF_LENS_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "lowfirst/data.h"
#include "lowfirst/status.h"
#ifdef __cplusplus
extern "C" {
#endif

typedef enum lf_lens_kind { LF_LENS_AUTO, LF_LENS_DFT, LF_LENS_NUDFT, LF_LENS_PROJECT } lf_lens_kind;
typedef enum lf_window { LF_WINDOW_NONE, LF_WINDOW_HANN, LF_WINDOW_DPSS } lf_window;

/** Zero-initialised is the default everywhere. */
typedef struct lf_lens_options {
  lf_lens_kind kind;
  size_t n_xi;      /* explicit frequencies, 0: chosen from the samples */
  const double *xi; /* (n_xi,d), (n_xi) for project; cycles/unit, read during creation; their order is kept */
  size_t xi_d;      /* numbers per frequency in xi, checked; 0: as many as the kind needs */
  lf_window window;
  double window_nw; /* time-bandwidth product of DPSS, 0: 2.5 */
  bool amplitude;
  double learned; /* theta: a mode counts as learned when Delta < theta and stays; 0: 0.2 */
  size_t n_edges; /* explicit band edges in cycles/unit, ascending; 0: automatic (around the peaks of |f^|) */
  const double *edges;
  size_t max_peaks;       /* 0: 8 */
  double peak_floor;      /* peaks below this share of the largest are ignored; 0: 0.1 */
  const char *project;    /* LF_LENS_PROJECT: "pca:1" (NULL) or an npy file with a direction (d) */
  size_t max_frequencies; /* of chosen ones, the lowest; 0: 16384, fewer where direct sums take over 0.1 s a record */
  double xi_max;          /* highest |xi| chosen; 0: what the samples carry */
} lf_lens_options;

/** "auto", "dft", "nudft", "project:pca:1", "project:FILE" -> kind, project (points into text). */
lf_status lf_lens_parse(lf_lens_options *o, const char *text);
lf_status lf_window_parse(lf_lens_options *o, const char *text); /* "none", "hann", "dpss", "dpss:NW" */
const char *lf_lens_kind_name(lf_lens_kind k);

typedef struct lf_lens lf_lens; /* immutable once made: may be shared among threads */

/** @param data   its samples and targets are read during the call only
 *  AUTO: nudft where frequencies are given, else dft on an even grid, else nudft for d <= 3, else project.
 *  dft: xi = k / (n h) per axis in one half of frequency space. An axis whose last sample repeats the first (the period included
 *    twice, as linspace does) is measured without it.
 *  nudft: multiples of 1/extent per axis, as high as a grid of as many samples would go. Given frequencies: in any dimension.
 *  project: multiples of 1/extent of s = x.p, 128 at the most; p is the first principal component or as it stands in a file.
 *  Peaks: see lens/peaks.c; side lobes and the scatter of uneven samples do not count, the mean (xi = 0) is none.
 *  Bands: around the peaks, then octaves as long as 1 % of the energy lies above.
 *  LF_EARG an option out of range, or a given band without a frequency; LF_ESHAPE a grid that does not fit the samples, a direction of
 *  another length; LF_EMATH a value that is not finite; LF_EUNSUP dft on scattered samples; LF_EIO, LF_EFMT the direction's file;
 *  LF_ENOMEM. */
lf_status lf_lens_create(lf_lens **out, const lf_data *data, const lf_lens_options *options);
void lf_lens_destroy(lf_lens *lens);

/** What a lens looks at; arrays are owned by the lens. */
typedef struct lf_lens_info {
  lf_lens_kind kind;        /* never AUTO */
  size_t n, d, c;           /* of the samples */
  size_t m;                 /* M frequencies */
  size_t xi_d;              /* dimension of a frequency: d, or 1 for project */
  const double *xi;         /* (M,xi_d), ascending in |xi|; given frequencies as they were given */
  const double *xi_norm;    /* (M) |xi| */
  const double *target_hat; /* (M,c) complex: pairs re, im */
  size_t bands;             /* B */
  const double *band_edge;  /* (B+1) in |xi| */
  size_t peaks;
  const size_t *peak; /* (peaks) indices into xi, ascending in |xi|: the modes whose order of learning is told */
  double xi_safe;     /* highest frequency that the samples carry: as in lf_aliasing; project: the highest looked at */
  double learned;     /* theta */
  bool end_dropped;   /* a duplicated end point was left out */
} lf_lens_info;
const lf_lens_info *lf_lens_look(const lf_lens *lens);

/** values (n,c) -> hat (M,c) complex pairs, delta (M), band_error (B): ||h^-f^||/||f^|| over the band. Any output may be NULL.
 *  delta is relative to max(|f^|, 1e-12 max|f^|) (a target of nothing but zeros: absolute), band_error likewise. Allocates only where more
 *  threads than ever before measure at once. LF_EMATH a value that is not finite; LF_ENOMEM. */
lf_status lf_lens_measure(const lf_lens *lens, const double *values, double *hat, double *delta, double *band_error);

/* ---- order of learning -------------------------------------------------------------------------------------------- */
typedef struct lf_order {
  size_t peaks;
  double *xi;    /* (peaks) |xi| of each */
  int64_t *step; /* (peaks) t_k: first recorded step from which Delta < theta to the end; -1: not learned */
  int64_t *half; /* (peaks) first recorded step from which Delta < 1/2 to the end; -1 */
  double *last;  /* (peaks) Delta at the last record */
  double tau;    /* Kendall's tau-b of t_k with |xi|, unlearned later than all; NaN for < 2 peaks or all ties */
} lf_order;
/** @param step (R);  delta (R,M) */
lf_status lf_order_of_learning(lf_order *out, const lf_lens_info *info, size_t r, const int64_t *step,
                               const double *delta);
void lf_order_free(lf_order *o);

/** Kendall's tau-b of two sequences; NaN where it is not defined. O(n^2). */
double lf_kendall_tau(size_t n, const double *a, const double *b);
/** Median and the distribution-free interval of level >= 0.9 where n allows (else min, max) from order statistics; NaNs last.
 *  values (n) is not changed. */
lf_status lf_median_interval(size_t n, const double *values, double *median, double *low, double *high);

/* ---- aliasing check before training ---------------------------------------------------------------------------------- */
typedef struct lf_aliasing {
  double xi_safe;  /* cycles/unit: Nyquist on a grid (its coarsest axis), sqrt(d) / (4 fill distance) where scattered */
  double xi_found; /* highest frequency with a relevant part of the target's energy, as far as it can be seen */
  double energy_above;  /* share of the energy about the mean above xi_safe; data in hand: in the top eighth below it */
  double xi_folded;     /* where xi_found shows up instead, on a grid; 0 where nothing folds */
  size_t points_needed; /* per axis of a grid, in all where scattered; 0 where there is no warning */
  bool warn;
  char text[320]; /* the warning, one line, "" where there is none */
} lf_aliasing;
/** Before training. An expression (d <= 3) is sampled at least 8 times denser per axis and seen through a Hann window, so that a target
 *  which merely does not repeat is no alarm; a line above xi_safe with 1 % of the energy is, or 5 % of it in all. Data in hand show what
 *  they are missing only on a grid, by what is left near xi_safe: more than 2 % in the top eighth. LF_ENOMEM. */
lf_status lf_aliasing_check(lf_aliasing *out, const lf_data *data);

#ifdef __cplusplus
}
#endif
#endif
