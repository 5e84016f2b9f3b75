/** @file  array.h — a dense array as files hold it: element type, shape, bytes. */
#ifndef LF_ARRAY_H
#define LF_ARRAY_H
#include <stddef.h>
#include <stdint.h>
#include "lowfirst/status.h"
#ifdef __cplusplus
extern "C" {
#endif

/* name, bytes per element, numpy's type string without the byte order. Append only. */
#define LF_DTYPE_LIST(X) \
  X(LF_F32, 4, "f4")     \
  X(LF_F64, 8, "f8")     \
  X(LF_C64, 8, "c8")     \
  X(LF_C128, 16, "c16")  \
  X(LF_I8, 1, "i1")      \
  X(LF_I16, 2, "i2")     \
  X(LF_I32, 4, "i4")     \
  X(LF_I64, 8, "i8")     \
  X(LF_U8, 1, "u1")      \
  X(LF_U16, 2, "u2")     \
  X(LF_U32, 4, "u4")     \
  X(LF_U64, 8, "u8")     \
  X(LF_BOOL, 1, "b1")    \
  X(LF_F16, 2, "f2")

typedef enum lf_dtype {
#define LF_X(name, bytes, numpy) name,
  LF_DTYPE_LIST(LF_X)
#undef LF_X
} lf_dtype;

enum { LF_MAX_DIMS = 8 };

/** Row-major, contiguous, native byte order. Zero-initialise; free with lf_array_free(). A complex element is two
 *  neighbouring reals. `data` is read-only where `mapped` is not 0 (the bytes are a mapped file's). */
typedef struct lf_array {
  lf_dtype dtype;
  size_t ndim; /* 0 is a scalar */
  size_t shape[LF_MAX_DIMS];
  void *data;
  void *map; /* base of the mapping, or NULL where data is owned */
  size_t mapped;
} lf_array;

size_t lf_dtype_size(lf_dtype t);
const char *lf_dtype_name(lf_dtype t); /* "f4", ... */

/** Zeroed array of a shape. LF_EARG ndim > LF_MAX_DIMS; LF_ENOMEM, also where the element count overflows. */
lf_status lf_array_create(lf_array *out, lf_dtype dtype, size_t ndim, const size_t *shape);
void lf_array_free(lf_array *a);          /* NULL and zeroed are allowed; leaves it zeroed */
size_t lf_array_count(const lf_array *a); /* number of elements */

/** All elements as double, a new array of (count) doubles for the caller to lf_release(). Complex is refused with LF_EARG; 64-bit
 *  integers beyond 2^53 are rounded. */
lf_status lf_array_to_f64(const lf_array *a, double **out);

/** LF_EMATH where an element is infinite or NaN, and names the first: "y[17,0] is nan, ..." for `what` = "y". */
lf_status lf_array_check_finite(const lf_array *a, const char *what);

/** Free what a library call handed over for the caller to release; NULL is allowed. */
void lf_release(void *p);

#ifdef __cplusplus
}
#endif
#endif
