/* npz.c — named arrays in memory, and numpy's zip of npy members. The zip itself is libzip's. Members are written stored, in order and
 * dated 1980-01-01, so that the same arrays give the same bytes. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <zip.h>
#include "base/base.h"
#include "io/bytes.h"
#include "io/file.h"

typedef struct member {
  char *name;
  lf_array array;
} member;

struct lf_npz {
  size_t count, room;
  member *member;
};

/* ---- the set -------------------------------------------------------------------------------------------------------- */
lf_status lf_npz_create(lf_npz **out) { return lf_calloc(out, 1, sizeof **out); }

void lf_npz_destroy(lf_npz *z)
{
  if (!z) return;
  for (size_t i = 0; i < z->count; i++) {
    lf_free(z->member[i].name);
    lf_array_free(&z->member[i].array);
  }
  lf_free(z->member);
  lf_free(z);
}

static member *find(const lf_npz *z, const char *name)
{
  for (size_t i = 0; i < z->count; i++)
    if (strcmp(z->member[i].name, name) == 0) return &z->member[i];
  return NULL;
}

const lf_array *lf_npz_get(const lf_npz *z, const char *name)
{
  const member *m = find(z, name);
  return m ? &m->array : NULL;
}

size_t lf_npz_count(const lf_npz *z) { return z->count; }
const char *lf_npz_name(const lf_npz *z, size_t i) { return i < z->count ? z->member[i].name : NULL; }

lf_status lf_npz_take(lf_npz *z, const char *name, lf_array *a)
{
  char *copy = NULL;
  lf_status st = LF_OK;
  if (z->count == z->room) {
    size_t room = z->room ? 2 * z->room : 8;
    LF_TRY(lf_grow(&z->member, z->count, room, sizeof *z->member));
    z->room = room;
  }
  LF_TRY(lf_strdup(&copy, name));
  z->member[z->count++] = (member){copy, *a};
  *a = (lf_array){0};
done:
  lf_array_free(a);
  return st;
}

lf_status lf_npz_put(lf_npz *z, const char *name, const lf_array *a)
{
  lf_array copy = {0};
  lf_status st = lf_array_check(a);
  if (st != LF_OK) return st;
  if (name[0] == 0) return LF_FAIL(LF_EARG, "an array needs a name");
  st = lf_array_create(&copy, a->dtype, a->ndim, a->shape);
  if (st != LF_OK) return st;
  if (lf_array_count(a) > 0) memcpy(copy.data, a->data, lf_array_count(a) * lf_dtype_size(a->dtype));
  member *old = find(z, name);
  if (!old) return lf_npz_take(z, name, &copy);
  lf_array_free(&old->array);
  old->array = copy;
  return LF_OK;
}

lf_status lf_npz_put_raw(lf_npz *z, const char *name, lf_dtype dtype, size_t ndim, const size_t *shape,
                         const void *data)
{
  if (ndim > LF_MAX_DIMS) return LF_FAIL(LF_EARG, "ndim = %zu must be at most %d", ndim, LF_MAX_DIMS);
  lf_array a = {.dtype = dtype, .ndim = ndim};
  memcpy(&a.data, &data, sizeof data); /* drops the const: put copies */
  if (ndim > 0) memcpy(a.shape, shape, ndim * sizeof *shape);
  return lf_npz_put(z, name, &a);
}

/* ---- reading -------------------------------------------------------------------------------------------------------- */
/* The unpacked bytes of a member, checked against its sum. */
static lf_status unpack(void *buffer, size_t size, const char *name, zip_t *archive, zip_uint64_t index)
{
  char beyond;
  zip_file_t *f = zip_fopen_index(archive, index, 0);
  if (!f) return LF_FAIL(LF_EFMT, "%s: could not be unpacked: %s", name, zip_strerror(archive));
  zip_int64_t got = zip_fread(f, buffer, size);
  zip_int64_t more = got == (zip_int64_t)size ? zip_fread(f, &beyond, 1) : 0; /* the sum is checked at the end */
  lf_status st = LF_OK;
  if (got < 0 || more < 0)
    st = LF_FAIL(LF_EFMT, "%s: could not be unpacked: %s", name, zip_file_strerror(f));
  else if (got != (zip_int64_t)size || more != 0)
    st = LF_FAIL(LF_EFMT, "%s: does not hold the %zu bytes the archive promises", name, size);
  (void)zip_fclose(f);
  return st;
}

static lf_status check_member(const char *name, const zip_stat_t *s)
{
  /* deflate packs 1032 bytes into one at most: a larger promise is a lie not worth the memory */
  enum { DEFLATE_MOST = 1032 };
  const zip_uint64_t need =
      ZIP_STAT_NAME | ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE | ZIP_STAT_COMP_METHOD | ZIP_STAT_ENCRYPTION_METHOD;
  if ((s->valid & need) != need) return LF_FAIL(LF_EFMT, "%s: the archive does not describe it", name);
  if (s->encryption_method != ZIP_EM_NONE) return LF_FAIL(LF_EFMT, "%s: is encrypted", name);
  if (s->comp_method != ZIP_CM_STORE && s->comp_method != ZIP_CM_DEFLATE)
    return LF_FAIL(LF_EFMT, "%s: packing method %d is not supported (stored and deflated are)", name, s->comp_method);
  if (s->comp_method == ZIP_CM_STORE ? s->size != s->comp_size : s->size / DEFLATE_MOST > s->comp_size)
    return LF_FAIL(LF_EFMT, "%s: %ju bytes cannot be in the %ju that are held", name, (uintmax_t)s->size,
                   (uintmax_t)s->comp_size);
  return LF_OK;
}

static lf_status read_member(lf_npz *z, const char *path, zip_t *archive, zip_uint64_t index)
{
  lf_status st = LF_OK;
  zip_stat_t info;
  char *name = NULL, *full = NULL, *bytes = NULL;
  lf_array a = {0};
  if (zip_stat_index(archive, index, 0, &info) != 0 || !info.name || !lf_is_plain(info.name))
    return LF_FAIL(LF_EFMT, "%s: member %ju has no readable name", path, (uintmax_t)index + 1);
  size_t length = strlen(info.name);
  if (length < 5 || strcmp(info.name + length - 4, ".npy") != 0)
    LF_RAISE(LF_EFMT, "%s: member %s is not an array (its name does not end with .npy)", path, info.name);
  LF_TRY(lf_asprintf(&name, "%.*s", (int)LF_MIN(length - 4, (size_t)INT32_MAX), info.name));
  LF_TRY(lf_asprintf(&full, "%s: member %s", path, name));
  LF_TRY(check_member(full, &info));
  LF_TRY(lf_calloc(&bytes, info.size, 1));
  LF_TRY(unpack(bytes, info.size, full, archive, index));
  st = lf_npy_take(&a, full, bytes, info.size);
  bytes = NULL;
  LF_TRY(st);
  LF_TRY(lf_npz_take(z, name, &a));
done:
  lf_free(name);
  lf_free(full);
  lf_free(bytes);
  return st;
}

static lf_status read_archive(lf_npz **out, const char *name, zip_t *archive)
{
  lf_status st = LF_OK;
  lf_npz *z = NULL;
  zip_int64_t count = zip_get_num_entries(archive, 0);
  if (count <= 0) LF_RAISE(LF_EFMT, "%s: holds no arrays", name); /* libzip takes an empty file for an empty archive */
  LF_TRY(lf_npz_create(&z));
  for (zip_uint64_t i = 0; i < (zip_uint64_t)count; i++) LF_TRY(read_member(z, name, archive, i));
  *out = z;
  z = NULL;
done:
  lf_npz_destroy(z);
  return st;
}

/* Why no archive came of it; takes `e` over. */
static lf_status open_failed(const char *name, zip_error_t *e)
{
  int code = zip_error_code_zip(e);
  bool io = code == ZIP_ER_OPEN || code == ZIP_ER_READ || code == ZIP_ER_SEEK || code == ZIP_ER_NOENT;
  lf_status st = LF_FAIL(code == ZIP_ER_MEMORY ? LF_ENOMEM
                         : io                  ? LF_EIO
                                               : LF_EFMT,
                         "%s: is not a readable npz file: %s", name,
                         code == ZIP_ER_EXISTS ? "two members have one name" : zip_error_strerror(e));
  zip_error_fini(e);
  return st;
}

lf_status lf_npz_parse(lf_npz **out, const char *name, const void *bytes, size_t count)
{
  zip_error_t e;
  *out = NULL;
  zip_error_init(&e);
  zip_source_t *source = zip_source_buffer_create(bytes, count, 0, &e);
  zip_t *archive = source ? zip_open_from_source(source, ZIP_RDONLY | ZIP_CHECKCONS, &e) : NULL;
  if (!archive) {
    zip_source_free(source);
    return open_failed(name, &e);
  }
  zip_error_fini(&e);
  lf_status st = read_archive(out, name, archive);
  zip_discard(archive);
  return st;
}

lf_status lf_npz_read(lf_npz **out, const char *path)
{
  char *bytes;
  size_t count;
  *out = NULL;
  lf_status st = lf_file_read(&bytes, &count, path, SIZE_MAX);
  if (st != LF_OK) return st;
  st = lf_npz_parse(out, path, bytes, count);
  lf_free(bytes);
  return st;
}

/* ---- writing -------------------------------------------------------------------------------------------------------- */
/* Where libzip's bytes go: straight into our writer. */
typedef struct sink {
  lf_writer *writer;
  lf_status st;
  uint64_t place, end;
  zip_error_t error;
} sink;

static zip_int64_t sink_fail(sink *s, lf_status st)
{
  if (s->st == LF_OK) s->st = st;
  zip_error_set(&s->error, ZIP_ER_WRITE, 0);
  return -1;
}

static zip_int64_t sink_call(void *user, void *data, zip_uint64_t length, zip_source_cmd_t command)
{
  sink *s = user;
  lf_status st;
  switch (command) {
  case ZIP_SOURCE_SUPPORTS: return ZIP_SOURCE_SUPPORTS_WRITABLE;
  case ZIP_SOURCE_STAT: /* a file that is not there yet */ zip_error_set(&s->error, ZIP_ER_READ, ENOENT); return -1;
  case ZIP_SOURCE_WRITE:
    if ((st = lf_writer_put(s->writer, data, length)) != LF_OK) return sink_fail(s, st);
    s->place += length;
    s->end = LF_MAX(s->end, s->place);
    return (zip_int64_t)length;
  case ZIP_SOURCE_SEEK_WRITE: {
    zip_int64_t to = zip_source_seek_compute_offset(s->place, s->end, data, length, &s->error);
    if (to < 0) return -1;
    if ((st = lf_writer_seek(s->writer, (uint64_t)to)) != LF_OK) return sink_fail(s, st);
    s->place = (uint64_t)to;
    return 0;
  }
  case ZIP_SOURCE_TELL_WRITE: return (zip_int64_t)s->place;
  case ZIP_SOURCE_ERROR: return zip_error_to_data(&s->error, data, length);
  default: return 0;
  }
}

/* Fragments of the member: they must live until the archive is closed. */
static int add_member(zip_t *archive, const char *file, const zip_buffer_fragment_t part[2])
{
  enum { NO_TIME = 0, FIRST_DATE = 1 << 5 | 1 }; /* 1980-01-01, the first date a zip can tell */
  zip_source_t *source = zip_source_buffer_fragment(archive, part, 2, 0);
  if (!source) return -1;
  zip_int64_t index = zip_file_add(archive, file, source, ZIP_FL_ENC_UTF_8);
  if (index < 0) {
    zip_source_free(source);
    return -1;
  }
  if (zip_set_file_compression(archive, (zip_uint64_t)index, ZIP_CM_STORE, 0) != 0) return -1;
  return zip_file_set_dostime(archive, (zip_uint64_t)index, NO_TIME, FIRST_DATE, 0);
}

typedef struct npy_parts {
  char head[LF_NPY_HEAD_MAX];
  zip_buffer_fragment_t part[2];
} npy_parts;

static lf_status fill(zip_t *archive, const lf_npz *z, npy_parts *parts, const char *path)
{
  for (size_t i = 0; i < z->count; i++) {
    const lf_array *a = &z->member[i].array;
    npy_parts *p = &parts[i];
    char *file;
    lf_status st = lf_asprintf(&file, "%s.npy", z->member[i].name);
    if (st != LF_OK) return st;
    p->part[0] = (zip_buffer_fragment_t){(zip_uint8_t *)p->head, lf_npy_head(a, p->head)};
    p->part[1] = (zip_buffer_fragment_t){a->data, lf_array_count(a) * lf_dtype_size(a->dtype)};
    int bad = add_member(archive, file, p->part);
    lf_free(file);
    if (bad)
      return LF_FAIL(LF_EIO, "%s: member %s could not be added: %s", path, z->member[i].name, zip_strerror(archive));
  }
  return LF_OK;
}

static lf_status write_archive(lf_writer *w, const lf_npz *z, npy_parts *parts)
{
  sink s = {.writer = w};
  zip_error_t e;
  zip_error_init(&e);
  zip_error_init(&s.error);
  zip_source_t *source = zip_source_function_create(sink_call, &s, &e);
  zip_t *archive = source ? zip_open_from_source(source, ZIP_CREATE | ZIP_TRUNCATE, &e) : NULL;
  lf_status st;
  if (!archive) {
    st = LF_FAIL(LF_EIO, "%s: could not be written: %s", w->path, zip_error_strerror(&e));
    zip_source_free(source);
  } else {
    st = fill(archive, z, parts, w->path);
    if (st == LF_OK && zip_close(archive) == 0)
      archive = NULL;
    else if (st == LF_OK && s.st != LF_OK)
      st = s.st; /* the writer's own words */
    else if (st == LF_OK)
      st = LF_FAIL(LF_EIO, "%s: could not be written: %s", w->path, zip_strerror(archive));
    if (archive) zip_discard(archive);
  }
  zip_error_fini(&s.error);
  zip_error_fini(&e);
  return st;
}

lf_status lf_npz_write(const lf_npz *z, const char *path)
{
  npy_parts *parts;
  if (z->count == 0) return LF_FAIL(LF_EARG, "%s: an npz file needs at least one array", path);
  lf_status st = lf_calloc(&parts, z->count, sizeof *parts);
  if (st != LF_OK) return st;
  lf_writer w;
  st = lf_writer_open(&w, path);
  if (st == LF_OK) st = write_archive(&w, z, parts);
  st = lf_writer_close(&w, st);
  lf_free(parts);
  return st;
}
