/* field.h — losses on derivatives: a strip's outputs as a field to the loss, its gradient back into the strip. */
#ifndef LF_FIELD_H
#define LF_FIELD_H
#include "lowfirst/train.h"
#include "net/engine.h"

/* What such a loss needs besides the strip: which samples these are. */
typedef struct lf_field_part {
  const lf_data *data;
  const size_t *order; /* sample i of the part is order[first + i], or first + i */
  size_t first, count, n;
} lf_field_part;

/* A thread's arrays, for at most so many samples. */
typedef struct lf_field_room lf_field_room;
lf_status lf_field_room_create(lf_field_room **out, const lf_data *data, int order, size_t samples);
void lf_field_room_destroy(lf_field_room *r);

/* The loss's share of values (count, c, C); grad (count, c, C) is its derivative, unless NULL. */
double lf_field_values(lf_field_room *r, lf_field_loss loss, void *user, const lf_field_part *part,
                       const double *values, double *grad);
/* The same from w->out; w->dout is filled, 0 in the padding. fit (count,c): the values, or NULL. */
double lf_field_strip(lf_field_room *r, lf_field_loss loss, void *user, const lf_field_part *part, lf_dtype dtype,
                      lf_workspace *w, double *fit);

/* mse of values and of first derivatives */
double lf_field_sobolev(void *user, const lf_field *f);
#endif
