/** @file  history.h — the one record: training, theory and foreign runs write the same arrays, so that comparing is laying two side by side.
 *
 *  history.npz: step (R) int64 · t (R) · wall_s (R) · loss (R) · test_loss (R) · xi (M,d) · target_hat (M,c) complex128 · fit_hat
 *  (R,M,c) complex128 · delta (R,M) · band_edges (B+1) · band_error (R,B) · peak (K) int64, indices into xi · x_probe (Q,d). Where it
 *  applies: fit (R,Q,c) when kept, else fit_last (Q,c) · target_probe (Q,c) when known · learned () the threshold theta · foretold (K) int64, of a prediction · lens, title
 *  (bytes) uint8. All others float64. t, wall_s and test_loss may be NaN where unknown; everything else is finite. */
#ifndef LF_HISTORY_H
#define LF_HISTORY_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "lowfirst/lens.h"
#include "lowfirst/snapshot.h"
#ifdef __cplusplus
extern "C" {
#endif

typedef struct lf_history_options {
  size_t q;              /* probe points; 0: the training samples are the probe */
  const double *x_probe; /* (q,d), copied */
  const double *y_probe; /* (q,c) the target there, copied; NULL where unknown */
  bool keep_fit;         /* keep the function at every record, not only at the last */
  const char *title;     /* for reports, copied */
} lf_history_options;

typedef struct lf_history lf_history;

/** @param lens  kept: must outlive recording, not the history */
lf_status lf_history_create(lf_history **out, const lf_lens *lens, const lf_data *data,
                            const lf_history_options *options);
void lf_history_destroy(lf_history *h);

/** The observer: `history` is the lf_history. 0, or -1 where memory ran out or the snapshot does not fit (LF_ESHAPE), goes back
 *  in time (LF_EARG) or is not finite (LF_EMATH). A failure stays: nothing more is recorded, lf_history_status tells why.
 *  A step seen twice in a row, as after a resume, replaces its first record. */
int lf_history_record(void *history, const lf_snapshot *snapshot);
lf_status lf_history_status(const lf_history *h);

/** A run directory (its history.npz) or an npz file. LF_EIO; LF_EFMT names the file and the array that is missing or wrong. */
lf_status lf_history_read(lf_history **out, const char *path);
lf_status lf_history_write(const lf_history *h, const char *path);
/** The same arrays into and out of a checkpoint, as "history.NAME"; restoring leaves the lens in place. LF_ESHAPE where the checkpoint
 *  is of another run (frequencies, target, bands, probe or keep_fit differ), LF_EFMT; refused means untouched. */
struct lf_npz;
lf_status lf_history_save(const lf_history *h, struct lf_npz *into);
lf_status lf_history_restore(lf_history *h, const struct lf_npz *from);

/** What it holds; arrays are owned by the history and move when it grows. */
typedef struct lf_history_view {
  const char *title;
  size_t r, m, xi_d, d, c, b, q, peaks;
  const int64_t *step;                            /* (R) */
  const double *time, *wall_s, *loss, *test_loss; /* (R) */
  const double *xi;                               /* (M,xi_d) */
  const double *xi_norm;                          /* (M) */
  const double *target_hat;                       /* (M,c) complex pairs */
  const double *fit_hat;                          /* (R,M,c) complex pairs */
  const double *delta;                            /* (R,M) */
  const double *band_edge;                        /* (B+1) */
  const double *band_error;                       /* (R,B) */
  const int64_t *peak;                            /* (peaks) */
  const int64_t *foretold;                        /* (peaks) of a prediction: see lf_history_foretell(); else NULL */
  const double *x_probe;                          /* (Q,d) */
  const double *target_probe;                     /* (Q,c) or NULL */
  size_t fits;                                    /* records for which `fit` is held: R, or 1 (the last) */
  const double *fit;                              /* (fits,Q,c) or NULL */
  double learned;
  lf_lens_kind kind;
} lf_history_view;
lf_history_view lf_history_look(const lf_history *h);

/** When each peak was learned: the first recorded step; of a prediction the exact one, where it lies within the record. */
lf_status lf_history_order(const lf_history *h, lf_order *out);
lf_status lf_history_order_of(const lf_history_view *view, lf_order *out); /* the same */

/** Make it the record of a prediction: the exact step at which each peak will be learned (peaks), copied; -1: not, as far as theory looks. It may lie beyond the
 *  record. LF_ESHAPE where `peaks` is another number than the history's; LF_ENOMEM. */
lf_status lf_history_foretell(lf_history *h, size_t peaks, const int64_t *step);

/** Deviation of b from a, over the steps both cover (linear in log(1 + step) between records) and the frequencies both have. Where the
 *  band edges differ, the bands are those of a and both errors are formed anew from the common frequencies. */
typedef struct lf_deviation {
  size_t bands;
  double *band_edge; /* (bands+1) */
  double *band_rms;  /* (bands) root mean square of band_error_a - band_error_b over the steps of both */
  size_t steps;      /* of both, within the range that both cover */
  int64_t *step;     /* (steps) */
  double *apart;     /* (steps,bands) band_error_b - band_error_a there; NaN for a band without common frequencies */
  double loss_ratio; /* median of loss_b / loss_a where both are > 0 */
  double pace;       /* time t that a step of b takes over one of a, by their last records; NaN where unknown */
  double fit_rms;    /* RMS of the last fits' difference on common probe points, NaN where they differ */
  size_t peaks;
  double *xi;               /* (peaks) */
  int64_t *step_a, *step_b; /* (peaks of a that b measures too) t_k of each by the threshold of a, -1 not learned; of a
                               prediction the step foretold, also beyond its record */
} lf_deviation;
/** LF_EARG: no step or no frequency in common; LF_ESHAPE: other outputs or dimension of frequencies; LF_ENOMEM. */
lf_status lf_compare(const lf_history *a, const lf_history *b, lf_deviation *out);
void lf_deviation_free(lf_deviation *d);

#ifdef __cplusplus
}
#endif
#endif
