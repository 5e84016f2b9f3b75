/* lens_parts.h — how a lens is put together; private to this folder.
 *
 * A kind of lens is one plan function and one row in lens.c: it decides which samples are measured where, and at which
 * frequencies. Target, peaks, bands and measuring are the same for all. */
#ifndef LF_LENS_PARTS_H
#define LF_LENS_PARTS_H
#include <pthread.h>
#include "fourier/fft.h"
#include "lowfirst/lens.h"
#include "lowfirst/nudft.h"

/* Working memory of one measurement. Idle ones wait in the lens for the next. */
typedef struct lens_scratch {
  struct lens_scratch *next;
  double *gathered; /* grid: (used); direct: (c,used) */
  double *bins;     /* grid: pairs */
  double *hat;      /* (M,c) pairs */
} lens_scratch;

struct lf_lens {
  lf_lens_info info; /* its arrays are those below */
  bool amplitude;
  double *xi, *xi_norm, *target_hat, *band_edge;
  size_t *peak;
  double *target_norm; /* (M) |f^| over all outputs, raised to the floor that keeps Delta finite */
  double *band_norm;   /* (B) ||f^|| over the band, raised likewise */
  size_t *band;        /* (M) the band of a frequency, >= B: none */
  size_t used;         /* samples measured */
  size_t *from;        /* (used) the sample at each place, NULL: the i-th is sample i */
  double *weight;      /* (used) window, of mean 1; NULL: all 1 */
  lf_fft *fft;         /* on a grid: hat[k] = turn[k] fft[bin[k]] */
  size_t *bin;         /* (M) */
  double *turn;        /* (M) pairs: exp(-2 pi i xi.first) / used */
  lf_nudft *nudft;     /* everywhere else */
  pthread_mutex_t lock;
  lens_scratch *idle;
};

/* What making a lens knows and measuring does not need. */
typedef struct lens_plan {
  const lf_data *data;
  const lf_lens_options *options;
  size_t max_frequencies;
  bool max_is_default;
  double *place;                /* (used, xi_d) where the measured samples lie; NULL for a grid's FFT */
  double extent[LF_MAX_INPUTS]; /* per axis of xi: frequencies closer than 1/extent cannot be told apart */
  double *rest;                 /* (M) |f^| of what is left of the target when peaks and mean are taken away */
  bool lattice;                 /* frequencies are multiples of 1/extent */
} lens_plan;

/* The plan functions: on success info.kind, xi_d, m, xi_safe, end_dropped; xi; used, from, weight; fft or nudft are there. */
lf_status lf_lens_plan_dft(lf_lens *l, lens_plan *p);
lf_status lf_lens_plan_scattered(lf_lens *l, lens_plan *p);
lf_status lf_lens_plan_project(lf_lens *l, lens_plan *p);

/* Direct sums over the first `used` places of p->place (which is there, as are from, used and xi_d), at the explicit frequencies
 * or at multiples of 1/extent up to xi_limit. Sets p->extent, xi, m, weight, nudft. */
lf_status lf_lens_plan_direct(lf_lens *l, lens_plan *p, double xi_limit);

#define LF_LENS_DEFAULT_NW 2.5
/* (count) weights of the chosen window, of mean 1. NULL in *out for no window. */
lf_status lf_lens_window(double **out, const lf_lens_options *o, size_t count);

/* values (n,c) -> hat (M,c) pairs */
void lf_lens_transform(const lf_lens *l, const double *values, lens_scratch *s, double *hat);
lf_status lf_lens_borrow(const lf_lens *l, lens_scratch **out);
void lf_lens_give_back(const lf_lens *l, lens_scratch *s);

lf_status lf_lens_find_peaks(lf_lens *l, lens_plan *p);       /* target_hat is there; sets p->rest */
lf_status lf_lens_make_bands(lf_lens *l, const lens_plan *p); /* so are the peaks */

/* ---- frequencies on a lattice ----------------------------------------------------------------------------------------- */
typedef struct lens_lattice {
  size_t d;
  long most[LF_GRID_DIMS];    /* |k| <= most per axis */
  bool nyquist[LF_GRID_DIMS]; /* most and -most are the same frequency */
  double step[LF_GRID_DIMS];  /* xi = k step */
} lens_lattice;

typedef struct lens_mode {
  double norm; /* |xi| */
  long k[LF_GRID_DIMS];
} lens_mode;

/* One of every pair k, -k, ascending in |xi|, with |xi| <= xi_max (0: all). */
lf_status lf_lattice_modes(lens_mode **out, size_t *count, const lens_lattice *g, double xi_max);
/* How many of the first `max` remain when only whole shells of equal |xi| are kept; at least one mode. */
size_t lf_lattice_cut(const lens_mode *mode, size_t count, size_t max);

/* Largest distance of a point in the bounding box of x (n,d), d <= 3, from the nearest sample, to about a sixth of the distance
 * between samples; in one dimension half the widest gap. */
lf_status lf_fill_distance(double *out, size_t n, size_t d, const double *x);
/* Highest frequency that samples so far apart carry: sqrt(d) / (4 fill), which is Nyquist's for a cubic grid. */
lf_status lf_scattered_safe(double *out, size_t n, size_t d, const double *x);

/* ---- what remains of a target when tones are taken away (clean.c) -------------------------------------------------------- */
typedef struct lf_clean lf_clean;
/* Begins with the mean taken away. l and p are kept; p->place and l->nudft must be there. */
lf_status lf_clean_create(lf_clean **out, const lf_lens *l, const lens_plan *p, size_t max_tones);
void lf_clean_destroy(lf_clean *s);
void lf_clean_take(lf_clean *s, const double *xi); /* a tone, fitted together with all taken before */
void lf_clean_keep(lf_clean *s);                   /* remember this state ... */
void lf_clean_go_back(lf_clean *s);                /* ... and return to it */
/* The frequency (xi_d) within half a bin of xi where what remains is strongest. */
void lf_clean_refine(const lf_clean *s, const double *xi, const double *extent, double *out);
/* scratch->hat: the coefficients of what remains, windowed by weight (NULL: none) */
void lf_clean_measure(const lf_clean *s, lens_scratch *scratch, const double *weight);

/* s (n): the samples of data along the direction that `project` names */
lf_status lf_lens_direction(double *s, const lf_data *data, const char *project);
#endif
