/* record.h — inside the history: the arrays, and how they grow. */
#ifndef LF_RECORD_H
#define LF_RECORD_H
#include "base/base.h"
#include "lowfirst/history.h"

struct lf_history {
  const lf_lens *lens; /* NULL once read from a file: nothing more can be recorded */
  char *title;
  lf_lens_kind kind;
  double learned;
  bool keep_fit, probe_is_samples;
  size_t n; /* training samples, 0 where unknown */
  size_t m, xi_d, d, c, b, q, peaks;
  /* fixed when made */
  double *xi, *xi_norm, *target_hat, *band_edge, *x_probe, *target_probe; /* target_probe may be NULL */
  int64_t *peak;
  int64_t *foretold; /* (peaks) of a prediction, else NULL */
  /* one row per record; `room` rows are there, r are used */
  size_t r, room;
  int64_t *step;
  double *time, *wall_s, *loss, *test_loss, *fit_hat, *delta, *band_error;
  double *fit; /* (room,q,c) when kept, else (1,q,c) */
  lf_status status;
};

/* Room for `rows` records in every array. Refused means untouched. */
lf_status lf_history_reserve(lf_history *h, size_t rows);
/* |xi| of each frequency from xi. */
void lf_history_norms(lf_history *h);
/* Which of its peaks is frequency `index`; `peaks`: none. */
size_t lf_history_peak(const lf_history *h, size_t index);
/* The lens's description, rebuilt from what the history holds, with these indices as its peaks. */
lf_lens_info lf_history_info(const lf_history *h, size_t peaks, const size_t *peak);
#endif
