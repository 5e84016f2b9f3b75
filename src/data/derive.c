/* derive.c — derivatives of a target expression at the samples. */
#include <math.h>
#include <string.h>
#include "base/base.h"
#include "build.h"
#include "expression.h"

/* Points beside one sample along one axis that a sixth-order difference takes, and its weights. */
enum { SIDE = 3, POINTS = 2 * SIDE, RUNGS = 12 };
static const double weight[SIDE] = {45.0 / 60, -9.0 / 60, 1.0 / 60};

/* slope (c) at x (d) along `axis` by steps of h; room: POINTS x (d + c) */
static lf_status difference(const lf_data *data, const double *x, size_t axis, double h, double *room, double *slope)
{
  const size_t d = data->d, c = data->c;
  double *at = room, *y = room + POINTS * d;
  for (size_t i = 0; i < POINTS; i++) {
    memcpy(at + i * d, x, d * sizeof *at);
    at[i * d + axis] += (i < SIDE ? (double)(i + 1) : -(double)(i - SIDE + 1)) * h;
  }
  lf_status st = lf_expression_evaluate(data->expression, POINTS, d, at, y);
  if (st != LF_OK) return st;
  for (size_t k = 0; k < c; k++) {
    slope[k] = 0;
    for (size_t i = 0; i < SIDE; i++) { /* the step as it came out after rounding */
      const double width = (at[i * d + axis] - at[(i + SIDE) * d + axis]) / (2 * (double)(i + 1));
      slope[k] += weight[i] * (y[i * c + k] - y[(i + SIDE) * c + k]) / width;
    }
  }
  return LF_OK;
}

/* Steps that halve from a 32nd of the range on: large ones cut the series off, small ones round. Each output takes the later of the two
 * neighbours that agree best. room: POINTS x (d + c) + 3 c */
static lf_status slopes_at(const lf_data *data, const double *x, size_t axis, double *room, double *best)
{
  const size_t c = data->c;
  double *now = room + POINTS * (data->d + c), *before = now + c, *least = before + c;
  double h = (data->high[axis] - data->low[axis]) / 32;
  if (!(h > 0)) h = 0x1p-5;
  for (int rung = 0; rung < RUNGS; rung++) {
    lf_status st = difference(data, x, axis, h, room, now);
    if (st != LF_OK) return st;
    for (size_t k = 0; k < c; k++) {
      const double gap = rung ? fabs(now[k] - before[k]) : INFINITY;
      if (rung == 0 || gap < least[k]) least[k] = gap, best[k] = now[k];
    }
    memcpy(before, now, c * sizeof *now);
    h /= 2;
  }
  return LF_OK;
}

lf_status lf_data_derive(lf_data *data)
{
  lf_status st = LF_OK;
  double *room = NULL, *dy = NULL;
  const size_t d = data->d, c = data->c;
  if (data->dy) return LF_OK;
  if (!data->expression)
    return LF_FAIL(
        LF_EUNSUP,
        "%s: there are no derivatives of y in it; put them as dy (n,c,d) beside x and y into an npz file, or "
        "give the target as an expression",
        data->source);
  LF_TRY(lf_calloc(&room, POINTS * (d + c) + 4 * c, sizeof *room));
  LF_TRY(lf_calloc(&dy, data->n * c * d, sizeof *dy));
  double *slope = room + POINTS * (d + c) + 3 * c;
  for (size_t i = 0; i < data->n; i++)
    for (size_t j = 0; j < d; j++) {
      LF_TRY(slopes_at(data, data->x + i * d, j, room, slope));
      for (size_t k = 0; k < c; k++) dy[(i * c + k) * d + j] = slope[k];
    }
  data->dy = dy;
  dy = NULL;
done:
  lf_free(room);
  lf_free(dy);
  return st;
}
