/* safetensors.c — named tensors as PyTorch users exchange them: 8 bytes of header length (little-endian), a JSON header
 * {"name": {"dtype": "F32", "shape": [2,3], "data_offsets": [begin,end]}, ..., "__metadata__": {...}}, the bytes. Offsets count from the
 * end of the header and tile what follows. Layout: the format's own README (huggingface/safetensors). */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/base.h"
#include "io/bytes.h"
#include "io/file.h"
#include "io/json.h"

enum { LENGTH_BYTES = 8 };
static const size_t header_limit = 100000000; /* the format's own */
static const char metadata_key[] = "__metadata__";

/* Names in files. BF16 is the upper half of a float: read as one, never written. */
typedef struct kind {
  const char *name;
  lf_dtype dtype;
  size_t bytes;
} kind;
static const kind kinds[] = {
    {"F64", LF_F64, 8}, {"F32", LF_F32, 4}, {"F16", LF_F16, 2},   {"I64", LF_I64, 8},  {"I32", LF_I32, 4},
    {"I16", LF_I16, 2}, {"I8", LF_I8, 1},   {"U64", LF_U64, 8},   {"U32", LF_U32, 4},  {"U16", LF_U16, 2},
    {"U8", LF_U8, 1},   {"C64", LF_C64, 8}, {"BOOL", LF_BOOL, 1}, {"BF16", LF_F32, 2},
};
enum { KINDS = sizeof kinds / sizeof *kinds };

typedef struct tensor {
  const char *name; /* the header's */
  const kind *kind;
  size_t ndim, shape[LF_MAX_DIMS];
  size_t begin, end;
} tensor;

static lf_status check_finite(const lf_array *a, const char *name)
{
  char what[200]; /* a longer name is cut */
  (void)snprintf(what, sizeof what, "tensor %s", name);
  return lf_array_check_finite(a, what);
}

/* ---- the header ----------------------------------------------------------------------------------------------------- */
static bool whole_number(const json_t *value, size_t *out)
{
  if (!json_is_integer(value) || json_integer_value(value) < 0) return false;
  *out = (size_t)json_integer_value(value);
  return true;
}

static lf_status parse_shape(tensor *t, const char *file, const json_t *shape)
{
  if (!json_is_array(shape)) return LF_FAIL(LF_EFMT, "%s: tensor %s: a shape such as [2,3] is expected", file, t->name);
  t->ndim = json_array_size(shape);
  if (t->ndim > LF_MAX_DIMS)
    return LF_FAIL(LF_EFMT, "%s: tensor %s: %zu dimensions, at most %d are supported", file, t->name, t->ndim,
                   LF_MAX_DIMS);
  for (size_t k = 0; k < t->ndim; k++)
    if (!whole_number(json_array_get(shape, k), &t->shape[k]))
      return LF_FAIL(LF_EFMT, "%s: tensor %s: shape[%zu] must be a whole number >= 0", file, t->name, k);
  return LF_OK;
}

static lf_status parse_tensor(tensor *t, const char *file, const char *name, const json_t *entry)
{
  const json_t *dtype = json_object_get(entry, "dtype"), *range = json_object_get(entry, "data_offsets");
  const char *word = json_string_value(dtype);
  size_t elements;
  *t = (tensor){.name = name};
  if (name[0] == 0 || !lf_is_plain(name)) return LF_FAIL(LF_EFMT, "%s: a tensor has no readable name", file);
  if (!word || json_object_size(entry) != 3)
    return LF_FAIL(LF_EFMT, "%s: tensor %s: dtype, shape and data_offsets are expected, no more", file, name);
  for (size_t i = 0; i < KINDS; i++)
    if (strcmp(word, kinds[i].name) == 0) t->kind = &kinds[i];
  if (!t->kind)
    return LF_FAIL(LF_EFMT, "%s: tensor %s: dtype %s is not supported; convert it to F32", file, name,
                   lf_is_plain(word) ? word : "?");
  lf_status st = parse_shape(t, file, json_object_get(entry, "shape"));
  if (st != LF_OK) return st;
  if (json_array_size(range) != 2 || !whole_number(json_array_get(range, 0), &t->begin) ||
      !whole_number(json_array_get(range, 1), &t->end) || t->end < t->begin)
    return LF_FAIL(LF_EFMT, "%s: tensor %s: data_offsets must be two ascending whole numbers", file, name);
  if (!lf_shape_count(t->ndim, t->shape, &elements))
    return LF_FAIL(LF_EFMT, "%s: tensor %s: the shape is too large", file, name);
  if (elements * t->kind->bytes != t->end - t->begin)
    return LF_FAIL(LF_EFMT, "%s: tensor %s: the shape needs %zu bytes, data_offsets give %zu", file, name,
                   elements * t->kind->bytes, t->end - t->begin);
  return LF_OK;
}

static lf_status check_metadata(const char *file, json_t *metadata)
{
  const char *key;
  json_t *value;
  if (!json_is_object(metadata)) return LF_FAIL(LF_EFMT, "%s: __metadata__ must be an object of strings", file);
  json_object_foreach(metadata, key, value) if (!json_is_string(value)) return LF_FAIL(
      LF_EFMT, "%s: __metadata__ must be an object of strings", file);
  return LF_OK;
}

static int by_place(const void *a, const void *b)
{
  const tensor *s = a, *t = b;
  if (s->begin != t->begin) return s->begin < t->begin ? -1 : 1;
  return (s->end > t->end) - (s->end < t->end);
}

/* No gap, no overlap, nothing left over: every byte of the file belongs to one tensor. */
static lf_status check_tiling(const char *file, size_t count, const tensor *t, size_t bytes)
{
  tensor *sorted;
  size_t place = 0;
  lf_status st = lf_calloc(&sorted, count, sizeof *sorted);
  if (st != LF_OK) return st;
  if (count > 0) memcpy(sorted, t, count * sizeof *t);
  qsort(sorted, count, sizeof *sorted, by_place);
  for (size_t i = 0; i < count && st == LF_OK; place = sorted[i++].end)
    if (sorted[i].begin != place)
      st = LF_FAIL(LF_EFMT, "%s: tensor %s begins at byte %zu of the data, %zu is expected", file, sorted[i].name,
                   sorted[i].begin, place);
  if (st == LF_OK && place != bytes)
    st = LF_FAIL(LF_EFMT, "%s: the header promises %zu bytes of tensors, the file holds %zu", file, place, bytes);
  lf_free(sorted);
  return st;
}

/* ---- reading -------------------------------------------------------------------------------------------------------- */
static lf_status take_tensor(lf_npz *z, const char *file, const tensor *t, const unsigned char *data)
{
  lf_array a;
  size_t units, bytes;
  lf_status st = lf_array_create(&a, t->kind->dtype, t->ndim, t->shape);
  if (st != LF_OK) return st;
  size_t count = lf_array_count(&a);
  lf_dtype_parts(a.dtype, &units, &bytes);
  if (t->kind->bytes == lf_dtype_size(a.dtype)) {
    if (count > 0) memcpy(a.data, data + t->begin, t->end - t->begin);
    if (!LF_LITTLE_ENDIAN) lf_swap_bytes(a.data, count * units, bytes);
  } else {
    for (size_t i = 0; i < count; i++) {
      uint32_t upper = (uint32_t)data[t->begin + 2 * i] << 16 | (uint32_t)data[t->begin + 2 * i + 1] << 24;
      memcpy((float *)a.data + i, &upper, sizeof upper);
    }
  }
  if (check_finite(&a, t->name) != LF_OK) st = lf_fail_prefix(LF_EFMT, "%s", file);
  if (st == LF_OK) return lf_npz_take(z, t->name, &a);
  lf_array_free(&a);
  return st;
}

static lf_status parse_header(json_t **out, const char *file, const unsigned char *bytes, size_t count, size_t *data)
{
  uint64_t length = 0;
  if (count < LENGTH_BYTES + 2)
    return LF_FAIL(LF_EFMT, "%s: holds %zu bytes, too few for a safetensors file", file, count);
  for (int i = 0; i < LENGTH_BYTES; i++) length |= (uint64_t)bytes[i] << 8 * i;
  if (length > header_limit || bytes[LENGTH_BYTES] != '{')
    return LF_FAIL(LF_EFMT, "%s: is not a safetensors file (it does not begin with a length and a JSON object)", file);
  if (length > count - LENGTH_BYTES)
    return LF_FAIL(LF_EFMT, "%s: the header of %zu bytes is cut off: the file holds %zu", file, (size_t)length, count);
  *data = LENGTH_BYTES + (size_t)length;
  lf_status st = lf_json_parse(out, "header", (const char *)bytes + LENGTH_BYTES, (size_t)length);
  return st == LF_OK ? st : lf_fail_prefix(st, "%s", file);
}

lf_status lf_safetensors_parse(lf_npz **out, const char *file, const void *bytes, size_t count)
{
  lf_status st = LF_OK;
  json_t *header = NULL, *entry;
  tensor *t = NULL;
  lf_npz *z = NULL;
  const char *name;
  size_t tensors = 0, data = 0;
  *out = NULL;
  LF_TRY(parse_header(&header, file, bytes, count, &data));
  LF_TRY(lf_calloc(&t, json_object_size(header), sizeof *t));
  json_object_foreach(header, name, entry)
  {
    if (strcmp(name, metadata_key) == 0)
      LF_TRY(check_metadata(file, entry));
    else
      LF_TRY(parse_tensor(&t[tensors++], file, name, entry));
  }
  LF_TRY(check_tiling(file, tensors, t, count - data));
  LF_TRY(lf_npz_create(&z));
  for (size_t i = 0; i < tensors; i++) LF_TRY(take_tensor(z, file, &t[i], (const unsigned char *)bytes + data));
  *out = z;
  z = NULL;
done:
  json_decref(header);
  lf_free(t);
  lf_npz_destroy(z);
  return st;
}

lf_status lf_safetensors_read(lf_npz **out, const char *path)
{
  char *bytes;
  size_t count;
  *out = NULL;
  lf_status st = lf_file_read(&bytes, &count, path, SIZE_MAX);
  if (st != LF_OK) return st;
  st = lf_safetensors_parse(out, path, bytes, count);
  lf_free(bytes);
  return st;
}

/* ---- writing -------------------------------------------------------------------------------------------------------- */
/* Wider elements first, so that every tensor of the mapped file is aligned: readers hand out views. */
static const size_t widths[] = {8, 4, 2, 1};
enum { WIDTHS = sizeof widths / sizeof *widths };

static const kind *kind_of(lf_dtype t)
{
  for (size_t i = 0; i < KINDS; i++)
    if (kinds[i].dtype == t && kinds[i].bytes == lf_dtype_size(t)) return &kinds[i];
  return NULL;
}

static size_t bytes_of(const lf_array *a) { return lf_array_count(a) * lf_dtype_size(a->dtype); }

static json_t *describe(const lf_array *a, size_t begin, size_t end)
{
  json_t *shape = json_array();
  bool bad = false;
  for (size_t k = 0; k < a->ndim; k++) bad |= json_array_append_new(shape, json_integer((json_int_t)a->shape[k])) != 0;
  json_t *entry = json_pack("{s:s, s:o, s:[I,I]}", "dtype", kind_of(a->dtype)->name, "shape", shape, "data_offsets",
                            (json_int_t)begin, (json_int_t)end);
  if (!bad) return entry;
  json_decref(entry);
  return NULL;
}

static lf_status add(json_t *object, const char *path, const char *key, json_t *value)
{
  if (json_object_set_new(object, key, value) == 0) return LF_OK;
  return LF_FAIL(LF_EARG, "%s: '%s' could not be put into the header: names and texts must be UTF-8", path, key);
}

/* Where each tensor begins. */
static lf_status place(const lf_npz *set, const char *path, size_t *begin)
{
  size_t at = 0;
  for (size_t i = 0; i < lf_npz_count(set); i++) {
    const lf_array *a = lf_npz_get(set, lf_npz_name(set, i));
    if (!kind_of(a->dtype))
      return LF_FAIL(LF_EARG, "%s: tensor %s: safetensors has no type for %s", path, lf_npz_name(set, i),
                     lf_dtype_name(a->dtype));
    lf_status st = check_finite(a, lf_npz_name(set, i));
    if (st != LF_OK) return lf_fail_prefix(st, "%s", path);
  }
  for (size_t w = 0; w < WIDTHS; w++) {
    for (size_t i = 0; i < lf_npz_count(set); i++) {
      const lf_array *a = lf_npz_get(set, lf_npz_name(set, i));
      if (lf_dtype_size(a->dtype) != widths[w]) continue;
      begin[i] = at;
      at += bytes_of(a);
    }
  }
  return LF_OK;
}

static lf_status make_header(char **out, size_t *length, const lf_npz *set, const char *path, size_t n,
                             const char *const *metadata)
{
  lf_status st = LF_OK;
  size_t *begin = NULL;
  json_t *header = json_object(), *meta = n > 0 ? json_object() : NULL;
  LF_TRY(lf_calloc(&begin, lf_npz_count(set), sizeof *begin));
  LF_TRY(place(set, path, begin));
  for (size_t i = 0; i < n; i++) LF_TRY(add(meta, path, metadata[2 * i], json_string(metadata[2 * i + 1])));
  if (n > 0) LF_TRY(add(header, path, metadata_key, json_incref(meta)));
  for (size_t i = 0; i < lf_npz_count(set); i++) {
    const char *name = lf_npz_name(set, i);
    const lf_array *a = lf_npz_get(set, name);
    LF_TRY(add(header, path, name, describe(a, begin[i], begin[i] + bytes_of(a))));
  }
  LF_TRY(lf_json_dump(out, length, header, 0));
done:
  json_decref(header);
  json_decref(meta);
  lf_free(begin);
  return st;
}

static lf_status put_array(lf_writer *w, const lf_array *a)
{
  if (LF_LITTLE_ENDIAN) return lf_writer_put(w, a->data, bytes_of(a));
  size_t units, bytes;
  char *turned;
  lf_status st = lf_calloc(&turned, bytes_of(a), 1);
  if (st != LF_OK) return st;
  lf_dtype_parts(a->dtype, &units, &bytes);
  if (bytes_of(a) > 0) memcpy(turned, a->data, bytes_of(a));
  lf_swap_bytes(turned, lf_array_count(a) * units, bytes);
  st = lf_writer_put(w, turned, bytes_of(a));
  lf_free(turned);
  return st;
}

static lf_status put_all(lf_writer *w, const lf_npz *set, const char *header, size_t length)
{
  static const char space[LENGTH_BYTES] = "        ";
  unsigned char prefix[LENGTH_BYTES];
  size_t padding = (LENGTH_BYTES - length % LENGTH_BYTES) % LENGTH_BYTES;
  for (int i = 0; i < LENGTH_BYTES; i++) prefix[i] = (unsigned char)((uint64_t)(length + padding) >> 8 * i);
  lf_status st = LF_OK;
  LF_TRY(lf_writer_put(w, prefix, sizeof prefix));
  LF_TRY(lf_writer_put(w, header, length));
  LF_TRY(lf_writer_put(w, space, padding));
  for (size_t k = 0; k < WIDTHS; k++) {
    for (size_t i = 0; i < lf_npz_count(set); i++) {
      const lf_array *a = lf_npz_get(set, lf_npz_name(set, i));
      if (lf_dtype_size(a->dtype) == widths[k]) LF_TRY(put_array(w, a));
    }
  }
done:
  return st;
}

lf_status lf_safetensors_write(const lf_npz *set, const char *path, size_t n, const char *const *metadata)
{
  char *header;
  size_t length;
  lf_status st = make_header(&header, &length, set, path, n, metadata);
  if (st != LF_OK) return st;
  lf_writer w;
  st = lf_writer_open(&w, path);
  if (st == LF_OK) st = put_all(&w, set, header, length);
  st = lf_writer_close(&w, st);
  lf_free(header);
  return st;
}
