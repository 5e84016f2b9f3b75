/** @file  snapshot.h — what an evolution shows its observer: training, theory's flow and foreign runs all call the same type. */
#ifndef LF_SNAPSHOT_H
#define LF_SNAPSHOT_H
#include <stddef.h>
#include <stdint.h>
#ifdef __cplusplus
extern "C" {
#endif

/** Valid during the call only. Losses and values are those *before* update `step`. */
typedef struct lf_snapshot {
  int64_t step;  /* updates done so far */
  double time;   /* flow time (THEORY section 0), NaN where the optimiser has none */
  double wall_s; /* seconds since the evolution began, resumed parts included */
  double loss;   /* on the training samples */
  double
      test_loss; /* on the held-out samples, NaN where there are none; mse of the values where the loss is on derivatives */
  size_t n, c, q;
  const double *fit;   /* (n,c) the function at the training samples */
  const double *probe; /* (q,c) the function at the probe points; NULL where q = 0 */
  int64_t steps_total; /* where it will end at the latest; 0: unknown */
} lf_snapshot;

/** Return 0 to go on; anything else ends the evolution as a success, and is handed back as its reason. */
typedef int (*lf_observer)(void *user, const lf_snapshot *snapshot);

#ifdef __cplusplus
}
#endif
#endif
