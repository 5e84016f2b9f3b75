/* loss.h — the loss of one strip and its gradient with respect to the outputs before the output function. */
#ifndef LF_LOSS_H
#define LF_LOSS_H
#include "lowfirst/train.h"

typedef struct lf_loss_rule {
  lf_loss kind;
  lf_output output;
  double huber_delta;
} lf_loss_rule;

/* out, y, dout (c, s) float or double; the first `count` columns are samples of a batch of n. Gives back this strip's share of the loss;
 * dout becomes the gradient of the whole loss, 0 in the padding. All arithmetic in double. */
double lf_loss_strip_f32(const lf_loss_rule *rule, size_t n, size_t c, size_t s, size_t count, const float *out,
                         const float *y, float *dout);
double lf_loss_strip_f64(const lf_loss_rule *rule, size_t n, size_t c, size_t s, size_t count, const double *out,
                         const double *y, double *dout);

/* The loss of values f (n,c) after the output function, e.g. of a held-out set; of a loss on derivatives the values' part. */
double lf_loss_of_values(const lf_loss_rule *rule, size_t n, size_t c, const double *f, const double *y);
#endif
