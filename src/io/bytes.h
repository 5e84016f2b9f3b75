/* bytes.h — the formats without the files: bytes in memory <-> arrays. The public readers are these plus a file; tests and fuzzers
 * call them straight. `name` opens every message. Refused means that the output is left zeroed. */
#ifndef LF_IO_BYTES_H
#define LF_IO_BYTES_H
#include <stdbool.h>
#include <stddef.h>
#include "lowfirst/array.h"
#include "lowfirst/files.h"

/* ---- arrays --------------------------------------------------------------------------------------------------------- */
/* Elements of a shape; false where they, or any product of its sizes other than 0, cannot be counted. */
bool lf_shape_count(size_t ndim, const size_t *shape, size_t *count);
/* LF_EARG for an array that a caller put together wrongly. */
lf_status lf_array_check(const lf_array *a);
/* Elements are made of `units` numbers of `bytes` bytes: 2 and half the size where complex. */
void lf_dtype_parts(lf_dtype t, size_t *units, size_t *bytes);
bool lf_dtype_is_float(lf_dtype t); /* real or complex */
/* Turn the bytes of every number in place. */
void lf_swap_bytes(void *data, size_t count, size_t bytes);
/* Index of the first element that is not finite; `count` where all are. Not for integers. */
size_t lf_first_not_finite(const lf_array *a);
/* Messages are one line: a name out of a file is shown only where it has no control characters. */
bool lf_is_control(char c);
bool lf_is_plain(const char *text);
/* Files are little-endian; so are most machines. */
#define LF_LITTLE_ENDIAN (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__)

/* ---- npy ------------------------------------------------------------------------------------------------------------ */
enum { LF_NPY_HEAD_MAX = 384 }; /* 8 sizes of 20 digits, the rest of the text, padding to 64 */
/* What stands before the elements in a file of `a`; gives back its length, a multiple of 64. */
size_t lf_npy_head(const lf_array *a, char head[LF_NPY_HEAD_MAX]);
/* The array in `count` bytes of *buffer, from lf_calloc; takes the buffer over, whatever the outcome. */
lf_status lf_npy_take(lf_array *out, const char *name, void *buffer, size_t count);

/* ---- npz ------------------------------------------------------------------------------------------------------------ */
lf_status lf_npz_parse(lf_npz **out, const char *name, const void *bytes, size_t count);
/* Put `a` itself under a name that is not there yet; takes its data over, whatever the outcome. */
lf_status lf_npz_take(lf_npz *z, const char *name, lf_array *a);

/* ---- csv, png, safetensors -------------------------------------------------------------------------------------------- */
lf_status lf_csv_parse(lf_csv *out, const char *name, const char *text, size_t count);
lf_status lf_png_parse(lf_image *out, const char *name, const void *bytes, size_t count);
lf_status lf_safetensors_parse(lf_npz **out, const char *file, const void *bytes, size_t count);
#endif
