/* npy.c — numpy's array file (NEP 1): magic, version, length, a Python dict as text, the elements. Versions 1.0, 2.0 and 3.0 differ in the
 * width of the length and in the text's encoding, which our keys and types do not reach. The dict is read by a strict parser of
 * exactly this grammar: {'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), } with the keys in any order. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/base.h"
#include "io/bytes.h"
#include "io/file.h"

static const char magic[6] = "\x93NUMPY";
enum { HEAD_LIMIT = 65535 }; /* bytes of the dict: a plain array needs 200 */

typedef struct npy_header {
  lf_dtype dtype;
  size_t ndim, shape[LF_MAX_DIMS];
  bool fortran, swapped;
  size_t offset, bytes; /* of the elements */
} npy_header;

/* ---- the dict ------------------------------------------------------------------------------------------------------- */
typedef struct reader {
  const char *name, *start, *at, *end;
} reader;

static lf_status expected(const reader *r, const char *what)
{
  return LF_FAIL(LF_EFMT, "%s: byte %zu of the npy header: %s expected", r->name, (size_t)(r->at - r->start), what);
}

static void skip_space(reader *r)
{
  while (r->at < r->end && (*r->at == ' ' || *r->at == '\n' || *r->at == '\t')) r->at++;
}

static bool eat(reader *r, const char *word)
{
  size_t length = strlen(word);
  skip_space(r);
  if ((size_t)(r->end - r->at) < length || memcmp(r->at, word, length) != 0) return false;
  r->at += length;
  return true;
}

enum { TEXT_MAX = 32 };
static lf_status quoted(reader *r, const char *what, char text[TEXT_MAX])
{
  skip_space(r);
  char quote = '\0';
  if (r->at < r->end) quote = *r->at;
  const char *close = quote == '\'' || quote == '"' ? memchr(r->at + 1, quote, (size_t)(r->end - r->at) - 1) : NULL;
  if (!close || close - r->at > TEXT_MAX) return expected(r, what);
  size_t length = (size_t)(close - r->at) - 1;
  memcpy(text, r->at + 1, length);
  text[length] = 0;
  for (size_t i = 0; i < length; i++)
    if (text[i] < ' ' || text[i] > '~') return expected(r, what);
  r->at = close + 1;
  return LF_OK;
}

static lf_status parse_descr(reader *r, npy_header *h)
{
  char text[TEXT_MAX];
  skip_space(r);
  if (r->at < r->end && *r->at == '[')
    return LF_FAIL(LF_EFMT, "%s: the array has named fields; save each field as an array of its own", r->name);
  lf_status st = quoted(r, "an element type such as '<f8'", text);
  if (st != LF_OK) return st;
  if (strchr(text, 'O'))
    return LF_FAIL(LF_EFMT, "%s: the array holds Python objects ('%s'); save it with a number type", r->name, text);
  bool ordered = text[0] == '<' || text[0] == '>';
  if (!ordered && text[0] != '|' && text[0] != '=') return expected(r, "an element type with its byte order");
  for (int t = LF_F32; lf_dtype_size((lf_dtype)t) > 0; t++) {
    size_t units, bytes;
    if (strcmp(text + 1, lf_dtype_name((lf_dtype)t)) != 0) continue;
    lf_dtype_parts((lf_dtype)t, &units, &bytes);
    if (bytes > 1 && text[0] == '|') break;
    h->dtype = (lf_dtype)t;
    h->swapped = ordered && bytes > 1 && (text[0] == '<') != LF_LITTLE_ENDIAN;
    return LF_OK;
  }
  return LF_FAIL(LF_EFMT, "%s: element type '%s' is not supported; save it as float64, for example", r->name, text);
}

static lf_status parse_size(reader *r, size_t *size)
{
  skip_space(r);
  const char *first = r->at;
  *size = 0;
  for (; r->at < r->end && *r->at >= '0' && *r->at <= '9'; r->at++)
    if (__builtin_mul_overflow(*size, (size_t)10, size) || __builtin_add_overflow(*size, (size_t)(*r->at - '0'), size))
      return LF_FAIL(LF_EFMT, "%s: the shape in the npy header is too large", r->name);
  if (r->at == first) return expected(r, "a size");
  (void)(r->at < r->end && *r->at == 'L' && r->at++); /* Python 2 wrote (3L, 4L) */
  return LF_OK;
}

static lf_status parse_shape(reader *r, npy_header *h)
{
  if (!eat(r, "(")) return expected(r, "a shape such as (3, 4)");
  while (!eat(r, ")")) {
    if (h->ndim == LF_MAX_DIMS)
      return LF_FAIL(LF_EFMT, "%s: the array has more than %d dimensions", r->name, LF_MAX_DIMS);
    lf_status st = parse_size(r, &h->shape[h->ndim++]);
    if (st != LF_OK) return st;
    bool comma = eat(r, ",");
    skip_space(r);
    bool closes = r->at < r->end && *r->at == ')';
    if (!comma && (!closes || h->ndim == 1)) return expected(r, "','"); /* (3,) is a shape, (3) a number */
  }
  return LF_OK;
}

static lf_status parse_value(reader *r, npy_header *h, const char *key, unsigned *seen)
{
  static const char *const known[] = {"descr", "fortran_order", "shape"};
  unsigned which = 0;
  while (which < 3 && strcmp(key, known[which]) != 0) which++;
  if (which == 3 || *seen & 1u << which)
    return LF_FAIL(LF_EFMT, "%s: key '%s' of the npy header is %s", r->name, key,
                   which == 3 ? "unknown" : "there twice");
  *seen |= 1u << which;
  if (which == 0) return parse_descr(r, h);
  if (which == 2) return parse_shape(r, h);
  h->fortran = eat(r, "True");
  return h->fortran || eat(r, "False") ? LF_OK : expected(r, "True or False");
}

static lf_status parse_dict(reader *r, npy_header *h)
{
  char key[TEXT_MAX];
  unsigned seen = 0;
  lf_status st;
  if (!eat(r, "{")) return expected(r, "'{'");
  while (!eat(r, "}")) {
    if ((st = quoted(r, "a key", key)) != LF_OK) return st;
    if (!eat(r, ":")) return expected(r, "':'");
    if ((st = parse_value(r, h, key, &seen)) != LF_OK) return st;
    bool comma = eat(r, ",");
    skip_space(r);
    if (!comma && (r->at == r->end || *r->at != '}')) return expected(r, "',' or '}'");
  }
  skip_space(r);
  if (r->at != r->end) return expected(r, "its end");
  if (seen != 7) return expected(r, "descr, fortran_order and shape before the end");
  return LF_OK;
}

/* ---- reading -------------------------------------------------------------------------------------------------------- */
/* The header of a file of `count` bytes, and that the file holds exactly what it promises. */
static lf_status parse_header(npy_header *h, const char *name, const char *bytes, size_t count)
{
  const unsigned char *b = (const unsigned char *)bytes;
  *h = (npy_header){0};
  if (count < 10) return LF_FAIL(LF_EFMT, "%s: holds %zu bytes, too few for an npy file", name, count);
  if (memcmp(bytes, magic, sizeof magic) != 0)
    return LF_FAIL(LF_EFMT, "%s: is not an npy file (it does not begin with \\x93NUMPY)", name);
  if (b[6] < 1 || b[6] > 3 || b[7] != 0)
    return LF_FAIL(LF_EFMT, "%s: npy version %d.%d is not known (1.0, 2.0, 3.0 are)", name, b[6], b[7]);
  size_t before = b[6] == 1 ? 10 : 12, length = b[8] | (size_t)b[9] << 8;
  if (b[6] > 1 && count >= before) length |= (size_t)b[10] << 16 | (size_t)b[11] << 24;
  if (count < before || length > count - before)
    return LF_FAIL(LF_EFMT, "%s: the npy header of %zu bytes is cut off: the file holds %zu", name, length, count);
  if (length > HEAD_LIMIT)
    return LF_FAIL(LF_EFMT, "%s: an npy header of %zu bytes is too long, at most %d are expected", name, length,
                   HEAD_LIMIT);
  reader r = {.name = name, .start = bytes, .at = bytes + before, .end = bytes + before + length};
  lf_status st = parse_dict(&r, h);
  if (st != LF_OK) return st;
  size_t elements, held = count - before - length;
  if (!lf_shape_count(h->ndim, h->shape, &elements))
    return LF_FAIL(LF_EFMT, "%s: the shape in the npy header is too large", name);
  h->offset = before + length;
  h->bytes = elements * lf_dtype_size(h->dtype);
  if (h->bytes != held)
    return LF_FAIL(LF_EFMT, "%s: the header promises %zu bytes of elements, the file holds %zu", name, h->bytes, held);
  return LF_OK;
}

/* Column-major `from` to row-major `to`, element (i_0, ..., i_k) at i_0 + shape_0 (i_1 + shape_1 (i_2 + ...)). */
static void from_fortran(const lf_array *a, const char *from, char *to)
{
  size_t size = lf_dtype_size(a->dtype), count = lf_array_count(a), stride[LF_MAX_DIMS] = {0}, index[LF_MAX_DIMS] = {0};
  size_t place = 0, step = 1;
  for (size_t k = 0; k < a->ndim; step *= a->shape[k++]) stride[k] = step;
  for (size_t i = 0; i < count; i++) {
    memcpy(to + i * size, from + place * size, size);
    for (size_t k = a->ndim; k-- > 0;) {
      place += stride[k];
      if (++index[k] < a->shape[k]) break;
      place -= stride[k] * a->shape[k];
      index[k] = 0;
    }
  }
}

static lf_array shaped(const npy_header *h)
{
  lf_array a = {.dtype = h->dtype, .ndim = h->ndim};
  memcpy(a.shape, h->shape, sizeof a.shape);
  return a;
}

lf_status lf_npy_take(lf_array *out, const char *name, void *buffer, size_t count)
{
  npy_header h;
  lf_array a = {0};
  size_t units, bytes;
  *out = (lf_array){0};
  lf_status st = LF_OK;
  LF_TRY(parse_header(&h, name, buffer, count));
  lf_dtype_parts(h.dtype, &units, &bytes);
  if (h.fortran && h.ndim > 1 && h.bytes > 0) {
    LF_TRY(lf_array_create(&a, h.dtype, h.ndim, h.shape));
    from_fortran(&a, (const char *)buffer + h.offset, a.data);
  } else { /* the buffer becomes the array: its start is aligned for any type */
    a = shaped(&h);
    memmove(buffer, (const char *)buffer + h.offset, h.bytes);
    a.data = buffer;
    buffer = NULL;
  }
  if (h.swapped) lf_swap_bytes(a.data, h.bytes / bytes, bytes);
  *out = a;
done:
  lf_free(buffer);
  return st;
}

lf_status lf_npy_read(lf_array *out, const char *path)
{
  char *bytes;
  size_t count;
  *out = (lf_array){0};
  lf_status st = lf_file_read(&bytes, &count, path, SIZE_MAX);
  return st == LF_OK ? lf_npy_take(out, path, bytes, count) : st;
}

lf_status lf_npy_map(lf_array *out, const char *path)
{
  npy_header h;
  struct stat info;
  *out = (lf_array){0};
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  bool regular = fd >= 0 && fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && info.st_size > 0;
  size_t size = regular ? (size_t)info.st_size : 0;
  char *map = regular ? mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0) : MAP_FAILED;
  if (fd >= 0) (void)close(fd);
  if (map == MAP_FAILED) return lf_npy_read(out, path); /* a pipe, or what cannot be read at all: it has the words */
  lf_status st = parse_header(&h, path, map, size);
  size_t units, bytes;
  if (st == LF_OK) lf_dtype_parts(h.dtype, &units, &bytes);
  if (st == LF_OK && !h.swapped && (!h.fortran || h.ndim < 2) && h.bytes > 0 && h.offset % bytes == 0) {
    *out = shaped(&h);
    out->data = map + h.offset, out->map = map, out->mapped = size;
    return LF_OK;
  }
  (void)munmap(map, size);
  return st == LF_OK ? lf_npy_read(out, path) : st;
}

/* ---- writing -------------------------------------------------------------------------------------------------------- */
size_t lf_npy_head(const lf_array *a, char head[LF_NPY_HEAD_MAX])
{
  enum { BEFORE = 10, ALIGN = 64 };
  char order = lf_dtype_size(a->dtype) == 1 ? '|' : LF_LITTLE_ENDIAN ? '<' : '>';
  int n = snprintf(head + BEFORE, LF_NPY_HEAD_MAX - BEFORE, "{'descr': '%c%s', 'fortran_order': False, 'shape': (",
                   order, lf_dtype_name(a->dtype));
  for (size_t k = 0; k < a->ndim; k++)
    n += snprintf(head + BEFORE + n, LF_NPY_HEAD_MAX - BEFORE - (size_t)n, "%s%zu%s", k > 0 ? " " : "", a->shape[k],
                  k + 1 < a->ndim || a->ndim == 1 ? "," : "");
  n += snprintf(head + BEFORE + n, LF_NPY_HEAD_MAX - BEFORE - (size_t)n, "), }");
  size_t used = BEFORE + (size_t)n, total = (used + 1 + ALIGN - 1) / ALIGN * ALIGN, length = total - BEFORE;
  memset(head + used, ' ', total - used - 1);
  head[total - 1] = '\n';
  memcpy(head, magic, sizeof magic);
  head[6] = 1, head[7] = 0;
  head[8] = (char)(length & 255), head[9] = (char)(length >> 8);
  return total;
}

lf_status lf_npy_write(const char *path, const lf_array *a)
{
  char head[LF_NPY_HEAD_MAX];
  lf_status st = lf_array_check(a);
  if (st != LF_OK) return st;
  lf_writer w;
  st = lf_writer_open(&w, path);
  if (st == LF_OK) st = lf_writer_put(&w, head, lf_npy_head(a, head));
  if (st == LF_OK) st = lf_writer_put(&w, a->data, lf_array_count(a) * lf_dtype_size(a->dtype));
  return lf_writer_close(&w, st);
}
