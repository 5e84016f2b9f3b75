/* schema.c — the history as named arrays: one table says name, element type, shape and what must be finite; writing, reading,
 * checkpointing and comparing two runs' fixed parts all walk it. */
#include "record.h"
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include "lowfirst/files.h"

enum { FINITE = 1, NAN_ALLOWED = 2, NOT_EMPTY = 4, OPTIONAL = 8, NAME_MAX_BYTES = 64 };

/* Dimensions by letter: R records, M frequencies, X numbers per frequency, C outputs, E band edges, B = E - 1 bands, K peaks,
 * Q probe points, D inputs. A letter is bound where it is first met and must agree from there on. */
static const char letters[] = "RMXCEBKQD";
typedef struct dims {
  size_t of[sizeof letters];
  bool bound[sizeof letters];
} dims;

typedef struct entry {
  const char *name;
  const char *shape;
  size_t member;
  lf_dtype dtype;
  unsigned rules;
} entry;

#define AT(field) offsetof(struct lf_history, field)
static const entry schema[] = {
    {"step", "R", AT(step), LF_I64, 0},
    {"t", "R", AT(time), LF_F64, NAN_ALLOWED},
    {"wall_s", "R", AT(wall_s), LF_F64, NAN_ALLOWED},
    {"loss", "R", AT(loss), LF_F64, FINITE},
    {"test_loss", "R", AT(test_loss), LF_F64, NAN_ALLOWED},
    {"xi", "MX", AT(xi), LF_F64, FINITE | NOT_EMPTY},
    {"target_hat", "MC", AT(target_hat), LF_C128, FINITE | NOT_EMPTY},
    {"fit_hat", "RMC", AT(fit_hat), LF_C128, FINITE},
    {"delta", "RM", AT(delta), LF_F64, FINITE},
    {"band_edges", "E", AT(band_edge), LF_F64, FINITE | NOT_EMPTY},
    {"band_error", "RB", AT(band_error), LF_F64, FINITE},
    {"peak", "K", AT(peak), LF_I64, 0},
    {"foretold", "K", AT(foretold), LF_I64, OPTIONAL},
    {"x_probe", "QD", AT(x_probe), LF_F64, FINITE | NOT_EMPTY},
    {"fit", "RQC", AT(fit), LF_F64, FINITE | OPTIONAL},
    {"fit_last", "QC", AT(fit), LF_F64, FINITE | OPTIONAL}, /* in place of `fit` where that is not kept */
    {"target_probe", "QC", AT(target_probe), LF_F64, FINITE | OPTIONAL},
};
enum { ENTRIES = sizeof schema / sizeof *schema };

static void *member(const lf_history *h, const entry *e)
{
  void *p;
  memcpy(&p, (const char *)h + e->member, sizeof p);
  return p;
}

static size_t letter(char c) { return (size_t)(strchr(letters, c) - letters); }

static dims dims_of(const lf_history *h)
{
  return (dims){.of = {h->r, h->m, h->xi_d, h->c, h->b + 1, h->b, h->peaks, h->q, h->d}};
}

static void put_dims(lf_history *h, const dims *d)
{
  h->r = h->room = d->of[letter('R')];
  h->m = d->of[letter('M')], h->xi_d = d->of[letter('X')], h->c = d->of[letter('C')], h->b = d->of[letter('B')];
  h->peaks = d->of[letter('K')], h->q = d->of[letter('Q')], h->d = d->of[letter('D')];
}

/* ---- out ----------------------------------------------------------------------------------------------------------------- */
static bool is_held(const lf_history *h, const entry *e)
{
  if (strcmp(e->name, "fit") == 0) return h->keep_fit;
  if (strcmp(e->name, "fit_last") == 0) return !h->keep_fit && h->r > 0;
  return member(h, e) != NULL;
}

static lf_status put_text(lf_npz *into, const char *prefix, const char *name, const char *text)
{
  char full[NAME_MAX_BYTES];
  size_t bytes = strlen(text);
  (void)snprintf(full, sizeof full, "%s%s", prefix, name);
  return lf_npz_put_raw(into, full, LF_U8, 1, &bytes, text);
}

static lf_status store(const lf_history *h, lf_npz *into, const char *prefix)
{
  lf_status st = LF_OK;
  char full[NAME_MAX_BYTES];
  dims d = dims_of(h);
  for (const entry *e = schema; e < schema + ENTRIES; e++) {
    if (!is_held(h, e)) continue;
    size_t shape[LF_MAX_DIMS], ndim = strlen(e->shape);
    for (size_t i = 0; i < ndim; i++) shape[i] = d.of[letter(e->shape[i])];
    (void)snprintf(full, sizeof full, "%s%s", prefix, e->name);
    LF_TRY(lf_npz_put_raw(into, full, e->dtype, ndim, shape, member(h, e)));
  }
  (void)snprintf(full, sizeof full, "%slearned", prefix);
  LF_TRY(lf_npz_put_raw(into, full, LF_F64, 0, NULL, &h->learned));
  LF_TRY(put_text(into, prefix, "lens", lf_lens_kind_name(h->kind)));
  LF_TRY(put_text(into, prefix, "title", h->title));
done:
  return st;
}

static const char checkpoint_prefix[] = "history.";

lf_status lf_history_save(const lf_history *h, lf_npz *into) { return store(h, into, checkpoint_prefix); }

lf_status lf_history_write(const lf_history *h, const char *path)
{
  lf_status st = LF_OK;
  lf_npz *z = NULL;
  LF_TRY(lf_npz_create(&z));
  LF_TRY(store(h, z, ""));
  LF_TRY(lf_npz_write(z, path));
done:
  lf_npz_destroy(z);
  return st;
}

/* ---- in ------------------------------------------------------------------------------------------------------------------ */
static void shape_text(char *out, size_t size, size_t ndim, const size_t *shape)
{
  size_t used = (size_t)snprintf(out, size, "(");
  for (size_t i = 0; i < ndim && used < size; i++)
    used += (size_t)snprintf(out + used, size - used, i ? ", %zu" : "%zu", shape[i]);
  if (used < size) (void)snprintf(out + used, size - used, ")");
}

/* The shape an entry must have given the letters bound so far: numbers where known, letters elsewhere. */
static void expected_text(char *out, size_t size, const entry *e, const dims *d)
{
  size_t used = (size_t)snprintf(out, size, "(");
  for (size_t i = 0; e->shape[i] && used < size; i++) {
    size_t l = letter(e->shape[i]);
    if (d->bound[l])
      used += (size_t)snprintf(out + used, size - used, i ? ", %zu" : "%zu", d->of[l]);
    else
      used += (size_t)snprintf(out + used, size - used, i ? ", %c" : "%c", e->shape[i]);
  }
  if (used < size) (void)snprintf(out + used, size - used, ")");
}

static lf_status check_shape(const entry *e, const char *name, const lf_array *a, dims *d)
{
  char got[128], want[128];
  size_t ndim = strlen(e->shape);
  bool fits = a->ndim == ndim;
  for (size_t i = 0; fits && i < ndim; i++) {
    size_t l = letter(e->shape[i]);
    fits = !d->bound[l] || d->of[l] == a->shape[i];
  }
  shape_text(got, sizeof got, a->ndim, a->shape);
  expected_text(want, sizeof want, e, d);
  if (!fits) return LF_FAIL(LF_EFMT, "array %s has shape %s, expected %s", name, got, want);
  if ((e->rules & NOT_EMPTY) && lf_array_count(a) == 0)
    return LF_FAIL(LF_EFMT, "array %s is empty: shape %s", name, got);
  for (size_t i = 0; i < ndim; i++) {
    size_t l = letter(e->shape[i]);
    d->of[l] = a->shape[i], d->bound[l] = true;
  }
  if (strcmp(e->shape, "E") == 0) {
    if (a->shape[0] < 2) return LF_FAIL(LF_EFMT, "array %s holds one edge, a band needs two", name);
    d->of[letter('B')] = a->shape[0] - 1, d->bound[letter('B')] = true;
  }
  return LF_OK;
}

static lf_status check_values(const entry *e, const char *name, const lf_array *a)
{
  if (e->dtype != LF_F64 && e->dtype != LF_C128) return LF_OK;
  const double *v = a->data;
  size_t count = lf_array_count(a), parts = e->dtype == LF_C128 ? 2 : 1;
  for (size_t i = 0; i < parts * count; i++)
    if (!isfinite(v[i]) && !((e->rules & NAN_ALLOWED) && isnan(v[i])))
      return LF_FAIL(LF_EFMT, "array %s: element %zu is %g", name, i / parts, v[i]);
  return LF_OK;
}

static lf_status load_entry(lf_history *h, const lf_npz *from, const char *prefix, const entry *e, dims *d)
{
  lf_status st = LF_OK;
  char name[NAME_MAX_BYTES];
  (void)snprintf(name, sizeof name, "%s%s", prefix, e->name);
  const lf_array *a = lf_npz_get(from, name);
  if (!a) return e->rules & OPTIONAL ? LF_OK : LF_FAIL(LF_EFMT, "array %s is missing", name);
  if (a->dtype != e->dtype)
    LF_RAISE(LF_EFMT, "array %s is of type %s, expected %s", name, lf_dtype_name(a->dtype), lf_dtype_name(e->dtype));
  LF_TRY(check_shape(e, name, a, d));
  LF_TRY(check_values(e, name, a));
  if (member(h, e)) LF_RAISE(LF_EFMT, "array %s: there is `fit` already, only one of the two may be held", name);
  void *copy;
  size_t bytes = lf_array_count(a) * lf_dtype_size(a->dtype);
  LF_TRY(lf_calloc(&copy, bytes, 1));
  if (bytes) memcpy(copy, a->data, bytes);
  memcpy((char *)h + e->member, &copy, sizeof copy);
  if (strcmp(e->name, "fit") == 0) h->keep_fit = true;
done:
  return st;
}

/* A text held as U8; control characters become '?' so that a foreign file cannot steer the reader's terminal. */
static lf_status load_text(char **out, const lf_npz *from, const char *prefix, const char *name, const char *fallback)
{
  char full[NAME_MAX_BYTES];
  (void)snprintf(full, sizeof full, "%s%s", prefix, name);
  const lf_array *a = lf_npz_get(from, full);
  if (!a) return lf_strdup(out, fallback);
  if (a->dtype != LF_U8 || a->ndim != 1) return LF_FAIL(LF_EFMT, "array %s must be one row of u1 (a text)", full);
  lf_status st = lf_calloc(out, a->shape[0] + 1, 1);
  if (st != LF_OK) return st;
  const unsigned char *byte = a->data;
  for (size_t i = 0; i < a->shape[0]; i++) (*out)[i] = (char)(byte[i] < ' ' || byte[i] == 127 ? '?' : byte[i]);
  return LF_OK;
}

static lf_status load_extras(lf_history *h, const lf_npz *from, const char *prefix)
{
  lf_status st = LF_OK;
  char name[NAME_MAX_BYTES], *kind = NULL;
  (void)snprintf(name, sizeof name, "%slearned", prefix);
  const lf_array *learned = lf_npz_get(from, name);
  h->learned = 0.2; /* lens.h's default */
  if (learned) {
    if (learned->dtype != LF_F64 || lf_array_count(learned) != 1)
      LF_RAISE(LF_EFMT, "array %s must be one number of type f8", name);
    h->learned = *(const double *)learned->data;
  }
  if (!(h->learned > 0 && isfinite(h->learned)))
    LF_RAISE(LF_EFMT, "array %s is %g, expected above 0", name, h->learned);
  LF_TRY(load_text(&h->title, from, prefix, "title", ""));
  LF_TRY(load_text(&kind, from, prefix, "lens", lf_lens_kind_name(LF_LENS_NUDFT)));
  int k = LF_LENS_AUTO;
  while (kind && k <= LF_LENS_PROJECT && strcmp(kind, lf_lens_kind_name((lf_lens_kind)k)) != 0) k++;
  if (k > LF_LENS_PROJECT) LF_RAISE(LF_EFMT, "array %slens: '%s' is no lens known here", prefix, kind);
  h->kind = (lf_lens_kind)k;
done:
  lf_free(kind);
  return st;
}

static lf_status check_order(const lf_history *h, const char *prefix)
{
  for (size_t i = 1; i < h->r; i++)
    if (h->step[i] <= h->step[i - 1])
      return LF_FAIL(LF_EFMT, "array %sstep: element %zu is %lld after %lld, expected ascending", prefix, i,
                     (long long)h->step[i], (long long)h->step[i - 1]);
  for (size_t i = 1; i <= h->b; i++)
    if (!(h->band_edge[i] > h->band_edge[i - 1]))
      return LF_FAIL(LF_EFMT, "array %sband_edges: element %zu is %g after %g, expected ascending", prefix, i,
                     h->band_edge[i], h->band_edge[i - 1]);
  for (size_t k = 0; k < h->peaks; k++) {
    if (h->peak[k] < 0 || (uint64_t)h->peak[k] >= h->m)
      return LF_FAIL(LF_EFMT, "array %speak: element %zu is %lld, expected 0...%zu", prefix, k, (long long)h->peak[k],
                     h->m - 1);
    if (h->foretold && h->foretold[k] < -1)
      return LF_FAIL(LF_EFMT, "array %sforetold: element %zu is %lld, expected a step, or -1 for never", prefix, k,
                     (long long)h->foretold[k]);
  }
  return LF_OK;
}

static lf_status load(lf_history **out, const lf_npz *from, const char *prefix)
{
  lf_status st = LF_OK;
  lf_history *h = NULL;
  dims d = {0};
  *out = NULL;
  LF_TRY(lf_calloc(&h, 1, sizeof *h));
  for (const entry *e = schema; e < schema + ENTRIES; e++) LF_TRY(load_entry(h, from, prefix, e, &d));
  put_dims(h, &d);
  LF_TRY(check_order(h, prefix));
  LF_TRY(load_extras(h, from, prefix));
  LF_TRY(lf_calloc(&h->xi_norm, h->m, sizeof *h->xi_norm));
  lf_history_norms(h);
  *out = h;
  h = NULL;
done:
  lf_history_destroy(h);
  return st;
}

lf_status lf_history_read(lf_history **out, const char *path)
{
  lf_status st = LF_OK;
  char *file = NULL;
  lf_npz *z = NULL;
  struct stat about;
  *out = NULL;
  bool directory = stat(path, &about) == 0 && S_ISDIR(about.st_mode);
  LF_TRY(lf_asprintf(&file, directory ? "%s/history.npz" : "%s", path));
  LF_TRY(lf_npz_read(&z, file));
  st = load(out, z, "");
  if (st == LF_EFMT) (void)lf_fail_prefix(st, "%s", file);
done:
  lf_npz_destroy(z);
  lf_free(file);
  return st;
}

/* A checkpoint belongs to a history when all that does not grow is the same, bit for bit. */
static lf_status check_same(const lf_history *h, const lf_history *got)
{
  dims a = dims_of(h), b = dims_of(got);
  if (h->keep_fit != got->keep_fit)
    return LF_FAIL(LF_ESHAPE, "the checkpoint %s the function at every record, this run %s",
                   got->keep_fit ? "keeps" : "does not keep", h->keep_fit ? "does" : "does not");
  for (const entry *e = schema; e < schema + ENTRIES; e++) {
    if (e->shape[0] == 'R' || e->member == AT(fit)) continue;
    size_t bytes = lf_dtype_size(e->dtype);
    bool same = (member(h, e) == NULL) == (member(got, e) == NULL);
    for (size_t i = 0; e->shape[i]; i++) {
      same = same && a.of[letter(e->shape[i])] == b.of[letter(e->shape[i])];
      bytes *= a.of[letter(e->shape[i])];
    }
    if (!same || (member(h, e) && memcmp(member(h, e), member(got, e), bytes) != 0))
      return LF_FAIL(LF_ESHAPE, "the checkpoint is of another run: its %s%s differs", checkpoint_prefix, e->name);
  }
  return LF_OK;
}

lf_status lf_history_restore(lf_history *h, const lf_npz *from)
{
  lf_status st = LF_OK;
  lf_history *got = NULL;
  LF_TRY(load(&got, from, checkpoint_prefix));
  LF_TRY(check_same(h, got));
  for (const entry *e = schema; e < schema + ENTRIES; e++) {
    if (e->shape[0] != 'R') continue;
    void *mine = member(h, e), *theirs = member(got, e);
    memcpy((char *)h + e->member, &theirs, sizeof theirs);
    memcpy((char *)got + e->member, &mine, sizeof mine);
  }
  h->r = got->r, h->room = got->room;
  h->status = LF_OK;
done:
  lf_history_destroy(got);
  return st;
}
