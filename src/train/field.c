/* field.c — losses on derivatives. */
#include "field.h"
#include <string.h>
#include "base/base.h"
#include "net/channels.h"

struct lf_field_room {
  size_t d, c, channels;
  int order;
  double *memory;
  double *x, *y, *dy, *u, *du, *d2u, *gu, *gdu, *gd2u;
  double *values, *grad; /* (samples, c, C) */
  void *table;           /* grad in the net's precision */
};

lf_status lf_field_room_create(lf_field_room **out, const lf_data *data, int order, size_t samples)
{
  lf_status st = LF_OK;
  lf_field_room *r = NULL;
  const size_t d = data->d, c = data->c, channels = lf_channels(d, order), cd = c * d;
  *out = NULL;
  LF_TRY(lf_calloc(&r, 1, sizeof *r));
  r->d = d;
  r->c = c;
  r->order = order;
  r->channels = channels;
  const size_t per_sample = d + 3 * c + 5 * cd + 3 * c * channels;
  LF_TRY(lf_calloc(&r->memory, samples * per_sample, sizeof *r->memory));
  double *at = r->memory;
  double **const place[] = {&r->x,   &r->y,   &r->u,    &r->gu,     &r->dy,  &r->du,
                            &r->d2u, &r->gdu, &r->gd2u, &r->values, &r->grad};
  const size_t length[] = {d, c, c, c, cd, cd, cd, cd, cd, c * channels, c * channels};
  for (size_t i = 0; i < sizeof length / sizeof *length; i++) {
    *place[i] = at;
    at += samples * length[i];
  }
  r->table = at;
  *out = r;
  r = NULL;
done:
  lf_field_room_destroy(r);
  return st;
}

void lf_field_room_destroy(lf_field_room *r)
{
  if (!r) return;
  lf_free(r->memory);
  lf_free(r);
}

static void fetch_samples(lf_field_room *r, const lf_field_part *part)
{
  const lf_data *data = part->data;
  const size_t d = r->d, c = r->c;
  for (size_t i = 0; i < part->count; i++) {
    const size_t from = part->order ? part->order[part->first + i] : part->first + i;
    memcpy(r->x + i * d, data->x + from * d, d * sizeof *r->x);
    memcpy(r->y + i * c, data->y + from * c, c * sizeof *r->y);
    if (data->dy) memcpy(r->dy + i * c * d, data->dy + from * c * d, c * d * sizeof *r->dy);
  }
}

double lf_field_values(lf_field_room *r, lf_field_loss loss, void *user, const lf_field_part *part,
                       const double *values, double *grad)
{
  const size_t d = r->d, rows = part->count * r->c, bytes = d * sizeof *values;
  fetch_samples(r, part);
  for (size_t i = 0; i < rows; i++) {
    const double *v = values + i * r->channels;
    r->u[i] = v[0];
    memcpy(r->du + i * d, v + 1, bytes);
    if (r->order == 2) memcpy(r->d2u + i * d, v + 1 + d, bytes);
  }
  memset(r->gu, 0, rows * sizeof *r->gu);
  memset(r->gdu, 0, rows * bytes);
  memset(r->gd2u, 0, rows * bytes);
  const lf_field field = {.n = part->n,
                          .count = part->count,
                          .d = d,
                          .c = r->c,
                          .x = r->x,
                          .y = r->y,
                          .dy = part->data->dy ? r->dy : NULL,
                          .u = r->u,
                          .du = r->du,
                          .d2u = r->order == 2 ? r->d2u : NULL,
                          .gu = r->gu,
                          .gdu = r->gdu,
                          .gd2u = r->order == 2 ? r->gd2u : NULL};
  const double share = loss(user, &field);
  for (size_t i = 0; grad && i < rows; i++) {
    double *g = grad + i * r->channels;
    g[0] = r->gu[i];
    memcpy(g + 1, r->gdu + i * d, bytes);
    if (r->order == 2) memcpy(g + 1 + d, r->gd2u + i * d, bytes);
  }
  return share;
}

double lf_field_strip(lf_field_room *r, lf_field_loss loss, void *user, const lf_field_part *part, lf_dtype dtype,
                      lf_workspace *w, double *fit)
{
  const lf_engine *engine = lf_engine_get(dtype);
  const size_t length = r->c * r->channels;
  engine->load(length, w->s, part->count, w->out, r->values);
  const double share = lf_field_values(r, loss, user, part, r->values, r->grad);
  if (fit) memcpy(fit, r->u, part->count * r->c * sizeof *fit);
  engine->store(part->count * length, r->grad, r->table);
  engine->gather(length, w->s, r->table, NULL, 0, part->count, w->dout);
  return share;
}

double lf_field_sobolev(void *user, const lf_field *f)
{
  const size_t rows = f->count * f->c;
  const double per_value = 1 / ((double)f->n * (double)f->c), per_slope = per_value / (double)f->d;
  double values = 0, slopes = 0;
  (void)user;
  for (size_t i = 0; i < rows; i++) {
    const double e = f->u[i] - f->y[i];
    values += e * e;
    f->gu[i] = 2 * per_value * e;
  }
  for (size_t i = 0; i < rows * f->d; i++) {
    const double e = f->du[i] - f->dy[i];
    slopes += e * e;
    f->gdu[i] = 2 * per_slope * e;
  }
  return per_value * values + per_slope * slopes;
}
