/* record.c — the record while it grows: created for a lens, fed by an evolution, looked at by reports. */
#include "record.h"
#include <math.h>
#include <string.h>

enum { FIRST_ROOM = 256 }; /* rows: log:200 fits without growing */

static lf_status copy(void *to, const void *from, size_t count, size_t size)
{
  lf_status st = lf_calloc(to, count, size);
  if (st != LF_OK || count == 0 || !from) return st;
  void *at;
  memcpy(&at, to, sizeof at);
  memcpy(at, from, count * size);
  return LF_OK;
}

static lf_status copy_lens(lf_history *h, const lf_lens_info *info)
{
  lf_status st = LF_OK;
  h->kind = info->kind;
  h->learned = info->learned;
  h->m = info->m, h->xi_d = info->xi_d, h->d = info->d, h->c = info->c, h->b = info->bands, h->peaks = info->peaks;
  LF_TRY(copy(&h->xi, info->xi, h->m * h->xi_d, sizeof *h->xi));
  LF_TRY(copy(&h->xi_norm, info->xi_norm, h->m, sizeof *h->xi_norm));
  LF_TRY(copy(&h->target_hat, info->target_hat, 2 * h->m * h->c, sizeof *h->target_hat));
  LF_TRY(copy(&h->band_edge, info->band_edge, h->b + 1, sizeof *h->band_edge));
  LF_TRY(lf_calloc(&h->peak, h->peaks, sizeof *h->peak));
  for (size_t k = 0; k < h->peaks; k++) h->peak[k] = (int64_t)info->peak[k];
done:
  return st;
}

static lf_status copy_probe(lf_history *h, const lf_data *data, const lf_history_options *o)
{
  lf_status st = LF_OK;
  h->probe_is_samples = o->q == 0;
  h->q = h->probe_is_samples ? data->n : o->q;
  const double *x = h->probe_is_samples ? data->x : o->x_probe, *y = h->probe_is_samples ? data->y : o->y_probe;
  if (!x) LF_RAISE(LF_EARG, "a history with %zu probe points needs x_probe", o->q);
  LF_TRY(copy(&h->x_probe, x, h->q * h->d, sizeof *x));
  if (y) LF_TRY(copy(&h->target_probe, y, h->q * h->c, sizeof *y));
done:
  return st;
}

lf_status lf_history_create(lf_history **out, const lf_lens *lens, const lf_data *data,
                            const lf_history_options *options)
{
  lf_status st = LF_OK;
  lf_history *h = NULL;
  lf_history_options o = options ? *options : (lf_history_options){0};
  *out = NULL;
  const lf_lens_info *info = lf_lens_look(lens);
  if (info->d != data->d || info->c != data->c)
    LF_RAISE(LF_ESHAPE, "the lens looks at %zu inputs and %zu outputs, the data have %zu and %zu", info->d, info->c,
             data->d, data->c);
  LF_TRY(lf_calloc(&h, 1, sizeof *h));
  h->lens = lens;
  h->keep_fit = o.keep_fit;
  h->n = data->n;
  LF_TRY(lf_strdup(&h->title, o.title ? o.title : ""));
  LF_TRY(copy_lens(h, info));
  LF_TRY(copy_probe(h, data, &o));
  LF_TRY(lf_history_reserve(h, FIRST_ROOM));
  *out = h;
  h = NULL;
done:
  lf_history_destroy(h);
  return st;
}

void lf_history_destroy(lf_history *h)
{
  if (!h) return;
  void *owned[] = {
      h->title,      h->xi,   h->xi_norm, h->target_hat, h->band_edge, h->x_probe,   h->target_probe, h->peak,
      h->foretold,   h->step, h->time,    h->wall_s,     h->loss,      h->test_loss, h->fit_hat,      h->delta,
      h->band_error, h->fit,  h};
  for (size_t i = 0; i < sizeof owned / sizeof *owned; i++) lf_free(owned[i]);
}

lf_status lf_history_reserve(lf_history *h, size_t rows)
{
  lf_status st = LF_OK;
  size_t fits = h->keep_fit ? rows : 1, fits_used = h->keep_fit ? h->r : (h->r > 0);
  if (rows <= h->room) return LF_OK;
  /* each array grows on its own; `room` follows when all have, so that a failure in between loses nothing */
  LF_TRY(lf_grow(&h->step, h->r, rows, sizeof *h->step));
  double **column[] = {&h->time, &h->wall_s, &h->loss, &h->test_loss};
  for (size_t i = 0; i < sizeof column / sizeof *column; i++) LF_TRY(lf_grow(column[i], h->r, rows, sizeof(double)));
  LF_TRY(lf_grow(&h->fit_hat, h->r, rows, 2 * h->m * h->c * sizeof(double)));
  LF_TRY(lf_grow(&h->delta, h->r, rows, h->m * sizeof(double)));
  LF_TRY(lf_grow(&h->band_error, h->r, rows, h->b * sizeof(double)));
  if (h->keep_fit || !h->fit) LF_TRY(lf_grow(&h->fit, fits_used, fits, h->q * h->c * sizeof(double)));
  h->room = rows;
done:
  return st;
}

void lf_history_norms(lf_history *h)
{
  for (size_t i = 0; i < h->m; i++) {
    double square = 0;
    for (size_t j = 0; j < h->xi_d; j++) square += h->xi[i * h->xi_d + j] * h->xi[i * h->xi_d + j];
    h->xi_norm[i] = sqrt(square);
  }
}

/* ---- the observer ---------------------------------------------------------------------------------------------------- */
static lf_status check_snapshot(const lf_history *h, const lf_snapshot *s)
{
  if (!h->lens) return LF_FAIL(LF_EARG, "a history read from a file cannot be recorded into");
  if (s->n != h->n || s->c != h->c)
    return LF_FAIL(LF_ESHAPE,
                   "step %lld: the snapshot holds %zu samples of %zu outputs, the history was made for %zu of %zu",
                   (long long)s->step, s->n, s->c, h->n, h->c);
  if (!h->probe_is_samples && (s->q != h->q || !s->probe))
    return LF_FAIL(LF_ESHAPE, "step %lld: the snapshot holds %zu probe points, the history was made for %zu",
                   (long long)s->step, s->probe ? s->q : 0, h->q);
  if (h->r > 0 && s->step < h->step[h->r - 1])
    return LF_FAIL(LF_EARG, "step %lld comes after step %lld: steps must not go back", (long long)s->step,
                   (long long)h->step[h->r - 1]);
  if (!isfinite(s->loss)) return LF_FAIL(LF_EMATH, "step %lld: the loss is %g", (long long)s->step, s->loss);
  return LF_OK;
}

static lf_status check_finite(int64_t step, const char *name, size_t count, const double *value)
{
  for (size_t i = 0; i < count; i++)
    if (!isfinite(value[i])) return LF_FAIL(LF_EMATH, "step %lld: %s[%zu] is %g", (long long)step, name, i, value[i]);
  return LF_OK;
}

static lf_status record(lf_history *h, const lf_snapshot *s)
{
  lf_status st = LF_OK;
  LF_TRY(check_snapshot(h, s));
  const double *values = h->probe_is_samples ? s->fit : s->probe;
  LF_TRY(check_finite(s->step, "fit", s->n * s->c, s->fit));
  LF_TRY(check_finite(s->step, "probe", h->q * h->c, values));
  size_t row = h->r > 0 && s->step == h->step[h->r - 1] ? h->r - 1 : h->r; /* a step seen again (resumed) is replaced */
  if (row == h->room) LF_TRY(lf_history_reserve(h, LF_MAX(2 * h->room, (size_t)FIRST_ROOM)));
  LF_TRY(lf_lens_measure(h->lens, s->fit, h->fit_hat + row * 2 * h->m * h->c, h->delta + row * h->m,
                         h->band_error + row * h->b));
  h->step[row] = s->step;
  h->time[row] = s->time, h->wall_s[row] = s->wall_s;
  h->loss[row] = s->loss, h->test_loss[row] = s->test_loss;
  memcpy(h->fit + (h->keep_fit ? row : 0) * h->q * h->c, values, h->q * h->c * sizeof *values);
  h->r = row + 1;
done:
  return st;
}

int lf_history_record(void *history, const lf_snapshot *snapshot)
{
  lf_history *h = history;
  if (h->status == LF_OK) h->status = record(h, snapshot);
  return h->status == LF_OK ? 0 : -1;
}

lf_status lf_history_status(const lf_history *h) { return h->status; }

/* ---- looking ----------------------------------------------------------------------------------------------------------- */
lf_history_view lf_history_look(const lf_history *h)
{
  return (lf_history_view){
      .title = h->title,
      .r = h->r,
      .m = h->m,
      .xi_d = h->xi_d,
      .d = h->d,
      .c = h->c,
      .b = h->b,
      .q = h->q,
      .peaks = h->peaks,
      .step = h->step,
      .time = h->time,
      .wall_s = h->wall_s,
      .loss = h->loss,
      .test_loss = h->test_loss,
      .xi = h->xi,
      .xi_norm = h->xi_norm,
      .target_hat = h->target_hat,
      .fit_hat = h->fit_hat,
      .delta = h->delta,
      .band_edge = h->band_edge,
      .band_error = h->band_error,
      .peak = h->peak,
      .foretold = h->foretold,
      .x_probe = h->x_probe,
      .target_probe = h->target_probe,
      .fits = h->keep_fit ? h->r : (h->fit && h->r > 0),
      .fit = h->r > 0 ? h->fit : NULL,
      .learned = h->learned,
      .kind = h->kind,
  };
}

lf_lens_info lf_history_info(const lf_history *h, size_t peaks, const size_t *peak)
{
  return (lf_lens_info){.kind = h->kind,
                        .n = h->n,
                        .d = h->d,
                        .c = h->c,
                        .m = h->m,
                        .xi_d = h->xi_d,
                        .xi = h->xi,
                        .xi_norm = h->xi_norm,
                        .target_hat = h->target_hat,
                        .bands = h->b,
                        .band_edge = h->band_edge,
                        .peaks = peaks,
                        .peak = peak,
                        .learned = h->learned};
}

size_t lf_history_peak(const lf_history *h, size_t index)
{
  size_t k = 0;
  while (k < h->peaks && (size_t)h->peak[k] != index) k++;
  return k;
}

/* What theory foretells goes before what its records, which are few, show of it. */
static lf_status take_foretold(const lf_history_view *v, lf_order *out)
{
  double *when = NULL;
  lf_status st;
  LF_TRY(lf_calloc(&when, v->peaks, sizeof *when));
  for (size_t k = 0; k < v->peaks; k++) {
    bool within = v->foretold[k] >= 0 && v->r > 0 && v->foretold[k] <= v->step[v->r - 1];
    out->step[k] = within ? v->foretold[k] : -1;
    when[k] = v->foretold[k] < 0 ? INFINITY : (double)v->foretold[k];
  }
  out->tau = lf_kendall_tau(v->peaks, out->xi, when);
done:
  lf_free(when);
  return st;
}

lf_status lf_history_order_of(const lf_history_view *v, lf_order *out)
{
  lf_status st;
  size_t *peak = NULL;
  *out = (lf_order){0};
  LF_TRY(lf_calloc(&peak, v->peaks, sizeof *peak));
  for (size_t k = 0; k < v->peaks; k++) peak[k] = (size_t)v->peak[k];
  lf_lens_info info = {
      .m = v->m, .xi_norm = v->xi_norm, .peaks = v->peaks, .peak = peak, .learned = v->learned, .kind = v->kind};
  LF_TRY(lf_order_of_learning(out, &info, v->r, v->step, v->delta));
  if (v->foretold) LF_TRY(take_foretold(v, out));
done:
  lf_free(peak);
  if (st != LF_OK) lf_order_free(out);
  return st;
}

lf_status lf_history_order(const lf_history *h, lf_order *out)
{
  lf_history_view view = lf_history_look(h);
  return lf_history_order_of(&view, out);
}

lf_status lf_history_foretell(lf_history *h, size_t peaks, const int64_t *step)
{
  int64_t *copied = NULL;
  lf_status st;
  if (peaks != h->peaks)
    LF_RAISE(LF_ESHAPE, "steps are foretold for %zu peaks, the history looks at %zu", peaks, h->peaks);
  LF_TRY(copy(&copied, step, peaks, sizeof *step));
  lf_free(h->foretold);
  h->foretold = copied;
done:
  return st;
}
