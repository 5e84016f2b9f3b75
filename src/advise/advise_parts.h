/* advise_parts.h — what the files of the doctor share; private to this folder. */
#ifndef LF_ADVISE_PARTS_H
#define LF_ADVISE_PARTS_H
#include "base/base.h"
#include "flow/prediction.h"
#include "lowfirst/advise.h"
#include "lowfirst/kernel.h"

/* ---- the spectrum (data_spectrum.c) -------------------------------------------------------------------------------------------- */
typedef struct lf_spectrum {
  size_t m, d; /* modes; numbers per frequency: d, or 1 where the samples are seen along one direction */
  double *xi,
      *energy; /* (m,d) cycles/unit, one of every pair +-; (m) energy about the mean, of both; noise taken off where scattered */
  double *spread;            /* (m) its standard error */
  double total;              /* energy of y about its mean, per sample */
  double explained;          /* share of it that the modes hold together */
  double noise;              /* energy per sample that no mode explains; NaN on a grid, where the modes explain all */
  double level;              /* of white noise in each mode: what may be mere noise; 0 where a grid shows no floor */
  double step[LF_GRID_DIMS]; /* between neighbouring modes along each axis */
  double top;                /* the highest frequency looked at: one without evidence is no mode */
  size_t looked_at;
  bool projected;
} lf_spectrum;
lf_status lf_spectrum_make(lf_spectrum *out, const lf_data *data, size_t most);
void lf_spectrum_free(lf_spectrum *s);
lf_status lf_spectrum_allocate(lf_spectrum *s, size_t m); /* d is there */
/* Scattered samples x (n,d), y (n,c); d <= LF_GRID_DIMS (scattered_spectrum.c). */
lf_status lf_spectrum_of_places(lf_spectrum *s, size_t n, size_t d, size_t c, const double *x, const double *y);
double lf_norm(size_t d, const double *xi);
/* Page and spectrum together: the page is what the spectrum says in bins. */
lf_status lf_page_make(lf_data_page *out, lf_spectrum *spectrum, const lf_data *data, size_t most);

/* ---- samples at one place (repeats.c) -------------------------------------------------------------------------------------------- */
/* Different places; samples that share theirs; scatter (n,c): y about the mean at its place. */
lf_status lf_repeats(const lf_data *data, size_t *places, size_t *repeated, double *scatter);

/* ---- parts of the samples (part.c) --------------------------------------------------------------------------------------------- */
/* All samples, or of many: some spread over all of them, or patches of neighbours as dense as they lie. */
typedef struct lf_part {
  lf_data *data;    /* owned */
  size_t patches;   /* 1: spread, or all */
  size_t *first;    /* (patches+1) samples of a patch follow each other */
  bool patches_cut; /* out of more samples: a patch has neighbours that are not there */
} lf_part;
lf_status lf_part_spread(lf_part *out, const lf_data *data, size_t most);
lf_status lf_part_patches(lf_part *out, const lf_data *data, size_t most);
void lf_part_free(lf_part *p);
enum { LF_PLACES = 256 };
/* Places (LF_PLACES, d) spread evenly over the boxes of the patches; d <= LF_GRID_DIMS. */
lf_status lf_part_places(double *out, const lf_part *part);

/* ---- what is held out (cells.c) ------------------------------------------------------------------------------------------------ */
typedef struct lf_cells {
  size_t n, count;
  size_t *first;          /* (count+1) */
  size_t *member;         /* (n) samples, cell after cell */
  size_t inner;           /* cells that count: those at a face of the box would be extrapolated to */
  unsigned char *at_face; /* (count) */
} lf_cells;
lf_status lf_cells_make(lf_cells *out, const lf_part *part);
void lf_cells_free(lf_cells *c);
/* Mean over the inner cells of the mean square in each: values (n,c). */
double lf_cells_mean_square(const lf_cells *cells, size_t c, const double *values);

/* Residuals (n,q) of values whose shares V^T values are given (n,q): every cell foretold by training on the others for a flow time t > 0 (hold_out.c). */
lf_status lf_hold_out(const lf_prediction *p, const lf_cells *cells, double t, size_t q, const double *share,
                      double *residual);

/* ---- functions like the target (likes.c), the net in hand (hand.c) ----------------------------------------------------------------- */
typedef struct lf_likes {
  size_t count;         /* 0 where samples are held out */
  double *here, *there; /* (count,n,c) at the samples of the dense part, with noise; (count,LF_PLACES,c) without */
} lf_likes;
void lf_likes_free(lf_likes *likes);

/* options.net: its values at the samples of the dense part (n,c) and, where there are likes, at the places (LF_PLACES,c); likes of what it leaves. */
typedef struct lf_hand {
  double *here, *there;
  lf_likes likes;
} lf_hand;
void lf_hand_free(lf_hand *h);

/* ---- a case: everything about the data that candidates are judged with (case.c) ---------------------------------------------------- */
typedef struct lf_case {
  const lf_data *data;
  const lf_train_options *train;
  lf_advise_options options;
  lf_data_page page;
  lf_spectrum spectrum;
  lf_part dense, spread; /* for errors; for rates and learning times. The same samples where these are few */
  lf_cells cells;
  double *place;  /* (LF_PLACES,d) between the samples of the dense part; NULL beyond three inputs */
  lf_likes likes; /* of the target */
  lf_hand hand;
  lf_lens *lens;                    /* of the spread part */
  size_t bands;                     /* of the lens, those with a share of 1 % at least */
  size_t *band;                     /* (bands) indices into the lens's bands */
  double *band_share, *band_centre; /* (bands) */
  size_t detail;                    /* the finest relevant one, an index into band */
  double *scatter;                  /* (n,c) of the dense part: y about the mean at its place */
  double size;                      /* of y about its mean, over the dense part: what errors are relative to */
} lf_case;
lf_status lf_case_make(lf_case *k, const lf_data *data, const lf_train_options *train, const lf_advise_options *o);
/* The same with parts twice as large, and the same bands. */
lf_status lf_case_widen(lf_case *k);
void lf_case_free(lf_case *k);
/* Functions with this spectrum; none where samples are scattered. dense, place are there. */
lf_status lf_likes_make(lf_likes *out, const lf_case *k, const lf_spectrum *s, const lf_data_page *page);
lf_status lf_hand_make(lf_case *k); /* after likes */

bool lf_is_in_hand(const lf_case *k, const lf_candidate *c);
/* A net to begin with: drawn from the seed, or a copy of the one in hand. */
lf_status lf_candidate_net(lf_net **out, const lf_case *k, const lf_candidate *c, uint64_t seed);
/* The kernel of the law of its frequencies, or of those that the net of options.seed draws. */
lf_status lf_candidate_kernel(lf_kernel **out, const lf_case *k, const lf_candidate *c, bool drawn);
bool lf_is_drawn(const lf_case *k, const lf_candidate *c); /* these differ */
/* f_0 (n,c) of that net at x (n,d). */
lf_status lf_start_values(const lf_case *k, const lf_candidate *c, uint64_t seed, size_t n, const double *x,
                          double *out);

/* ---- judging a candidate by its kernel (score.c, band_times.c) ---------------------------------------------------------------------- */
/* Fills expected, best, best_step, rate, steps of the candidate; band_step (k->bands): -1 never. */
lf_status lf_score(lf_candidate *c, const lf_case *k, int64_t *band_step);
/* Steps and band_step from a prediction for the spread part. */
lf_status lf_band_times(lf_candidate *c, const lf_prediction *p, const lf_case *k, int64_t *band_step);
/* The rule of plain descent that stands in where theory has none of its own. */
lf_flow_options lf_flow_rule(const lf_train_options *t);
bool lf_rule_is_known(const lf_train_options *t); /* gd, momentum, nesterov */
/* How much larger a rate does the same with few of the samples: a sum over them is shorter than over all. */
double lf_rate_scale(const lf_case *k, size_t few);
/* The user's rate, for the spread part, where theory has the rule; else 0. */
double lf_rate_given(const lf_case *k);

/* ---- candidates (candidates.c, frequencies.c) --------------------------------------------------------------------------------------- */
typedef struct lf_candidates {
  lf_candidate *at;
  size_t count;
} lf_candidates;
lf_status lf_candidates_make(lf_candidates *out, const lf_case *k, const lf_model *given);
void lf_candidates_free(lf_candidates *c);
/* Frequencies (n,d), low-discrepancy: normal of standard deviation scale[a] along each axis. */
lf_status lf_frequencies_normal(size_t n, size_t d, const double *scale, double *out);
/* The same in number from the spectrum: density of energy^(power/2) where it stands out from noise, smoothed over neighbouring modes.
 * *found: false where it does nowhere. */
lf_status lf_frequencies_matched(size_t n, const lf_spectrum *s, double power, double *out, bool *found);
/* Energy of the modes with low <= |xi| < high, and its mean |xi| (NaN: none). */
double lf_spectrum_between(const lf_spectrum *s, double low, double high, double *centre);
/* How well n frequencies stand for the kernel of the law: root mean square of k_n(z) - k(z) over differences z of samples. */
lf_status lf_frequencies_error(double *lattice, double *random, const lf_candidate *c, const lf_part *part);

/* ---- the trial (trial.c) ---------------------------------------------------------------------------------------------------------- */
typedef struct lf_trial {
  size_t nets, samples;
  int64_t steps;
} lf_trial;
lf_status lf_try_out(lf_trial *done, const lf_case *k, lf_candidates *c);

/* ---- an advice ------------------------------------------------------------------------------------------------------------------------ */
struct lf_advice {
  lf_case k;
  lf_train_options train;
  lf_candidates candidates;
  int64_t *band_step; /* (candidates, bands) */
  lf_band_view *given_band, *best_band;
  size_t best;
  bool hopeless;
  lf_trial trial;
  double lattice_error, random_error;
  char why[512];
};

enum { LF_NEIGHBOURS = 2 }; /* in scale of the best, on either side, that are tried with it */
/* Scores of all candidates worth it, and band_step; the others are taken out, and the case is widened where there are more samples (judge.c). */
lf_status lf_judge(lf_advice *a);
#endif
