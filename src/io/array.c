/* array.c — shapes, element types, and reading any of them as double. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include "base/base.h"
#include "io/bytes.h"

static const struct {
  size_t bytes;
  const char *name;
} dtypes[] = {
#define LF_X(name, bytes, numpy) [name] = {bytes, numpy},
    LF_DTYPE_LIST(LF_X)
#undef LF_X
};

static bool is_dtype(lf_dtype t) { return (size_t)t < sizeof dtypes / sizeof *dtypes; }
size_t lf_dtype_size(lf_dtype t) { return is_dtype(t) ? dtypes[t].bytes : 0; }
const char *lf_dtype_name(lf_dtype t) { return is_dtype(t) ? dtypes[t].name : "unknown"; }

bool lf_dtype_is_float(lf_dtype t) { return t == LF_F16 || t == LF_F32 || t == LF_F64 || t == LF_C64 || t == LF_C128; }

void lf_dtype_parts(lf_dtype t, size_t *units, size_t *bytes)
{
  *units = t == LF_C64 || t == LF_C128 ? 2 : 1;
  *bytes = lf_dtype_size(t) / *units;
}

bool lf_is_control(char c) { return (unsigned char)c < ' ' || c == 127; }

bool lf_is_plain(const char *text)
{
  while (*text && !lf_is_control(*text)) text++;
  return *text == 0;
}

bool lf_shape_count(size_t ndim, const size_t *shape, size_t *count)
{
  size_t product = 1; /* of the sizes that are not 0: so no part of the shape overflows either */
  bool empty = false;
  for (size_t i = 0; i < ndim; i++) {
    if (shape[i] == 0)
      empty = true;
    else if (__builtin_mul_overflow(product, shape[i], &product))
      return false;
  }
  *count = empty ? 0 : product;
  return product <= SIZE_MAX / 16; /* 16: bytes of the largest element */
}

lf_status lf_array_create(lf_array *out, lf_dtype dtype, size_t ndim, const size_t *shape)
{
  *out = (lf_array){0};
  size_t count, size = lf_dtype_size(dtype);
  if (size == 0) return LF_FAIL(LF_EARG, "dtype %d is not one of array.h", (int)dtype);
  if (ndim > LF_MAX_DIMS) return LF_FAIL(LF_EARG, "ndim = %zu must be at most %d", ndim, LF_MAX_DIMS);
  if (!lf_shape_count(ndim, shape, &count)) return LF_FAIL(LF_ENOMEM, "out of memory: the shape has too many elements");
  lf_array a = {.dtype = dtype, .ndim = ndim};
  if (ndim > 0) memcpy(a.shape, shape, ndim * sizeof *shape);
  lf_status st = lf_calloc(&a.data, count, size);
  if (st == LF_OK) *out = a;
  return st;
}

void lf_array_free(lf_array *a)
{
  if (!a) return;
  if (a->mapped)
    (void)munmap(a->map, a->mapped);
  else
    lf_free(a->data);
  *a = (lf_array){0};
}

size_t lf_array_count(const lf_array *a)
{
  size_t count = 1;
  for (size_t i = 0; i < a->ndim; i++) count *= a->shape[i];
  return count;
}

lf_status lf_array_check(const lf_array *a)
{
  size_t count;
  if (!a) return LF_FAIL(LF_EARG, "the array is NULL");
  if (lf_dtype_size(a->dtype) == 0) return LF_FAIL(LF_EARG, "dtype %d is not one of array.h", (int)a->dtype);
  if (a->ndim > LF_MAX_DIMS) return LF_FAIL(LF_EARG, "ndim = %zu must be at most %d", a->ndim, LF_MAX_DIMS);
  if (!lf_shape_count(a->ndim, a->shape, &count)) return LF_FAIL(LF_EARG, "the shape has too many elements");
  if (count > 0 && !a->data) return LF_FAIL(LF_EARG, "the array has %zu elements but data is NULL", count);
  return LF_OK;
}

void lf_swap_bytes(void *data, size_t count, size_t bytes)
{
  unsigned char *p = data;
  for (size_t i = 0; i < count; i++, p += bytes) {
    for (size_t lo = 0, hi = bytes - 1; lo < hi; lo++, hi--) {
      unsigned char keep = p[lo];
      p[lo] = p[hi], p[hi] = keep;
    }
  }
}

/* IEEE half: 1 sign, 5 exponent (bias 15), 10 fraction bits; every value is a double. */
static double from_half(uint16_t h)
{
  int exponent = h >> 10 & 31, fraction = h & 1023;
  double size = exponent == 31  ? (fraction ? (double)NAN : (double)INFINITY)
                : exponent == 0 ? ldexp(fraction, -24)
                                : ldexp(fraction + 1024, exponent - 25);
  return h & 0x8000 ? -size : size;
}

/* Number i of an array's data, complex ones counted as two. */
static double number_at(const lf_array *a, size_t i)
{
  switch (a->dtype) {
  case LF_F32:
  case LF_C64: return (double)((const float *)a->data)[i];
  case LF_F64:
  case LF_C128: return ((const double *)a->data)[i];
  case LF_I8: return ((const int8_t *)a->data)[i];
  case LF_I16: return ((const int16_t *)a->data)[i];
  case LF_I32: return ((const int32_t *)a->data)[i];
  case LF_I64: return (double)((const int64_t *)a->data)[i];
  case LF_U8: return ((const uint8_t *)a->data)[i];
  case LF_U16: return ((const uint16_t *)a->data)[i];
  case LF_U32: return ((const uint32_t *)a->data)[i];
  case LF_U64: return (double)((const uint64_t *)a->data)[i];
  case LF_BOOL: return ((const uint8_t *)a->data)[i] != 0;
  case LF_F16: return from_half(((const uint16_t *)a->data)[i]);
  }
  return (double)NAN;
}

lf_status lf_array_to_f64(const lf_array *a, double **out)
{
  *out = NULL;
  lf_status st = lf_array_check(a);
  if (st != LF_OK) return st;
  if (a->dtype == LF_C64 || a->dtype == LF_C128)
    return LF_FAIL(LF_EARG, "real numbers are expected, the array is complex (%s)", lf_dtype_name(a->dtype));
  size_t count = lf_array_count(a);
  st = lf_calloc(out, count, sizeof **out);
  if (st != LF_OK) return st;
  for (size_t i = 0; i < count; i++) (*out)[i] = number_at(a, i);
  return LF_OK;
}

size_t lf_first_not_finite(const lf_array *a)
{
  size_t units, bytes, count = lf_array_count(a);
  lf_dtype_parts(a->dtype, &units, &bytes);
  for (size_t i = 0; i < count * units; i++)
    if (!isfinite(number_at(a, i))) return i / units;
  return count;
}

/* "[17,0]" of the row-major element `flat`; "" for a scalar. */
static void index_text(const lf_array *a, size_t flat, char *text, size_t size)
{
  size_t index[LF_MAX_DIMS], used = 0;
  for (size_t k = a->ndim; k-- > 0; flat /= a->shape[k]) index[k] = flat % a->shape[k];
  text[0] = 0;
  for (size_t k = 0; k < a->ndim; k++)
    used += (size_t)snprintf(text + used, size - used, "%c%zu", k == 0 ? '[' : ',', index[k]);
  if (a->ndim > 0) (void)snprintf(text + used, size - used, "]");
}

lf_status lf_array_check_finite(const lf_array *a, const char *what)
{
  lf_status st = lf_array_check(a);
  if (st != LF_OK || !lf_dtype_is_float(a->dtype)) return st;
  size_t bad = lf_first_not_finite(a), units, bytes;
  if (bad == lf_array_count(a)) return LF_OK;
  lf_dtype_parts(a->dtype, &units, &bytes);
  char where[LF_MAX_DIMS * 21 + 2]; /* 20 digits and a comma each */
  index_text(a, bad, where, sizeof where);
  if (units == 2)
    return LF_FAIL(LF_EMATH, "%s%s is %g%+gi, every element must be finite", what, where, number_at(a, 2 * bad),
                   number_at(a, 2 * bad + 1));
  return LF_FAIL(LF_EMATH, "%s%s is %g, every element must be finite", what, where, number_at(a, bad));
}
