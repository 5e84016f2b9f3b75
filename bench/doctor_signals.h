/* doctor_signals.h — ten signals that the doctor is judged by. They were written down before any result was seen, and nothing is tuned for
 * one of them: what is changed here changes the question. And sixteen others to practise on: whatever in the doctor is fitted or chosen by its
 * results is fitted and chosen on these. */
#ifndef LF_BENCH_DOCTOR_SIGNALS_H
#define LF_BENCH_DOCTOR_SIGNALS_H
#include "lowfirst/data.h"

typedef struct doctor_signal {
  const char *name, *what;
  size_t d, n;                               /* inputs, samples */
  double low[2], high[2];                    /* the box; held-out points are uniform in it */
  enum { EVEN, SCATTERED, CLUSTERED } where; /* how the samples lie */
  double noise;                              /* standard deviation, on the samples alone */
  double (*value)(const double *x);
  uint64_t stream; /* of the random places */
} doctor_signal;

enum { DOCTOR_SIGNALS = 10, DOCTOR_PRACTICE = 16, DOCTOR_HELD_OUT = 2000 };
extern const doctor_signal doctor_signals[DOCTOR_SIGNALS], doctor_practice[DOCTOR_PRACTICE];

/* Samples and DOCTOR_HELD_OUT held-out points, free of noise. */
lf_status doctor_signal_data(lf_data **out, const doctor_signal *s);
#endif
