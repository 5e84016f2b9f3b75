/* state.c — a run's whole state as named arrays, and back. */
#include <string.h>
#include "base/base.h"
#include "lowfirst/files.h"
#include "trainer.h"

typedef struct field {
  const char *name;
  void *data; /* NULL: this run has none */
} field;

enum { FIELDS = 5 };

static void vector_fields(const lf_trainer *t, field out[FIELDS])
{
  out[0] = (field){"parameters", t->net->parameters};
  out[1] = (field){"first_moment", t->first};
  out[2] = (field){"second_moment", t->second};
  out[3] = (field){"kept_parameters", t->kept};
  out[4] = (field){"start_parameters", t->search ? t->start : NULL};
}

lf_status lf_trainer_save(const lf_trainer *t, struct lf_npz *into)
{
  lf_status st = LF_OK;
  field f[FIELDS];
  const int64_t step[3] = {t->step, t->recorded, t->kept_step};
  const double time[2] = {t->flow_time, t->wall_s};
  const size_t three = 3, two = 2, count = t->net->count;
  LF_TRY(lf_npz_put_raw(into, "trainer_step", LF_I64, 1, &three, step));
  LF_TRY(lf_npz_put_raw(into, "trainer_time", LF_F64, 1, &two, time));
  vector_fields(t, f);
  for (size_t i = 0; i < FIELDS; i++)
    if (f[i].data) LF_TRY(lf_npz_put_raw(into, f[i].name, t->net->dtype, 1, &count, f[i].data));
done:
  return st;
}

static lf_status find(const lf_npz *from, const char *name, lf_dtype dtype, size_t count, const lf_array **out)
{
  const lf_array *a = lf_npz_get(from, name);
  *out = a;
  if (!a) return LF_FAIL(LF_ESHAPE, "the checkpoint has no %s: it is of a run with other options", name);
  if (a->dtype == dtype && a->ndim == 1 && a->shape[0] == count) return LF_OK;
  return LF_FAIL(LF_ESHAPE, "the checkpoint's %s is %zu x %s, this run needs %zu x %s", name, a->ndim ? a->shape[0] : 1,
                 lf_dtype_name(a->dtype), count, lf_dtype_name(dtype));
}

lf_status lf_trainer_restore(lf_trainer *t, const struct lf_npz *from)
{
  lf_status st = LF_OK;
  field f[FIELDS];
  const lf_array *step, *time, *vector[FIELDS] = {NULL};
  vector_fields(t, f);
  LF_TRY(find(from, "trainer_step", LF_I64, 3, &step));
  LF_TRY(find(from, "trainer_time", LF_F64, 2, &time));
  for (size_t i = 0; i < FIELDS; i++)
    if (f[i].data) LF_TRY(find(from, f[i].name, t->net->dtype, t->net->count, &vector[i]));
  for (size_t i = 0; i < FIELDS; i++) /* nothing is touched before all are there */
    if (f[i].data) memcpy(f[i].data, vector[i]->data, t->net->count * t->size);
  t->step = ((const int64_t *)step->data)[0];
  t->recorded = ((const int64_t *)step->data)[1];
  t->kept_step = ((const int64_t *)step->data)[2];
  t->flow_time = ((const double *)time->data)[0];
  t->wall_s = ((const double *)time->data)[1];
  lf_step_refresh(t);
  if (t->search) lf_search_rewind(t->search);
done:
  return st;
}
