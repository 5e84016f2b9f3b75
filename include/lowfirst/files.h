/** @file  files.h — bytes <-> arrays, no meaning: npy, npz, csv, png, safetensors.
 *
 *  Readers refuse, with one line that names the file and the place, what is truncated, oversized (more bytes promised
 *  than the file holds, or trailing bytes), of the wrong magic, or malformed: LF_EIO where the file cannot be opened or
 *  read, LF_EFMT for its content, LF_ENOMEM. Refused means that the output is left zeroed.
 *  Writers put a temporary file beside the target, fsync and rename it: a reader sees the old file or the new one, never a
 *  half; LF_EIO otherwise. A device or a pipe is written in place. The bytes depend on the content alone (no time stamps). */
#ifndef LF_FILES_H
#define LF_FILES_H
#include <stddef.h>
#include <stdint.h>
#include "lowfirst/array.h"
#ifdef __cplusplus
extern "C" {
#endif

/* ---- npy: numpy format 1.0, 2.0, 3.0; both byte orders, C and Fortran order, every dtype of array.h ---------------- */
lf_status lf_npy_read(lf_array *out, const char *path);
/** As lf_npy_read, but maps a native-order C-order file instead of copying it (others are copied). The file must not be cut while it is
 *  mapped: looking at a page that is gone ends the program (SIGBUS). A file that is replaced, as the writers here do, is safe. */
lf_status lf_npy_map(lf_array *out, const char *path);
lf_status lf_npy_write(const char *path, const lf_array *a);

/* ---- npz: a zip of npy members ----------------------------------------------------------------------------------- */
typedef struct lf_npz lf_npz; /* a set of named arrays in memory */
lf_status lf_npz_create(lf_npz **out);
/** Stored or deflated members, every one an array. NaN and infinity are read as they are: lf_array_check_finite() finds them. */
lf_status lf_npz_read(lf_npz **out, const char *path);
/** Store a copy under `name` (no ".npy"); replaces one of the same name; order of first insertion is kept. */
lf_status lf_npz_put(lf_npz *z, const char *name, const lf_array *a);
/** Shorthand: wrap raw memory as an array and put it. */
lf_status lf_npz_put_raw(lf_npz *z, const char *name, lf_dtype dtype, size_t ndim, const size_t *shape,
                         const void *data);
/** The member, owned by z; NULL where there is none. */
const lf_array *lf_npz_get(const lf_npz *z, const char *name);
size_t lf_npz_count(const lf_npz *z);
const char *lf_npz_name(const lf_npz *z, size_t i);
/** Stored (not deflated), dated 1980-01-01. LF_EARG where there is no array. */
lf_status lf_npz_write(const lf_npz *z, const char *path);
void lf_npz_destroy(lf_npz *z);

/* ---- csv: a header line, then rows of numbers; comma, semicolon or tab; quotes; CRLF; '#' comment lines ------------- */
typedef struct lf_csv {
  size_t rows, cols;
  char **name;   /* (cols) column names, from the header */
  double *value; /* (rows, cols) row-major; every one finite */
} lf_csv;
/** A value that is not a finite number is refused by line and column: "sensor.csv:17: column y: 'abc' is not a number".
 *  So are a header of numbers, two columns of one name, and rows of another length. */
lf_status lf_csv_read(lf_csv *out, const char *path);
void lf_csv_free(lf_csv *c);
/** name (cols), value (rows,cols) in the fewest digits that read back as the same bits. LF_EMATH where a value is not finite, LF_EARG
 *  where a name is empty or more than a line. */
lf_status lf_csv_write(const char *path, size_t rows, size_t cols, const char *const *name, const double *value);

/* ---- png: 1, 2, 4, 8, 16 bit grey, grey+alpha, palette, RGB, RGBA; alpha is dropped ------------------------------------ */
typedef struct lf_image {
  size_t height, width, channels; /* channels 1 or 3 */
  double *value;                  /* (height, width, channels) in [0,1] */
} lf_image;
lf_status lf_png_read(lf_image *out, const char *path);
/** bits 8 or 16; channels 1 or 3; values are clamped to [0,1] and rounded; not finite is refused with LF_EMATH. */
lf_status lf_png_write(const char *path, const lf_image *image, int bits);
void lf_image_free(lf_image *image);

/* ---- safetensors: named tensors as PyTorch users exchange them ----------------------------------------------------- */
/** Reads into a set of named arrays. F64 F32 F16 BF16 (widened to F32) C64 I64 I32 I16 I8 U64 U32 U16 U8 BOOL. The header's order is
 *  kept; offsets must tile the buffer without gap or overlap; every number must be finite. */
lf_status lf_safetensors_read(lf_npz **out, const char *path);
/** `metadata` is n pairs key, value (2n strings), may be NULL. LF_EMATH where a number is not finite, LF_EARG for C128 and for names that
 *  are not UTF-8. */
lf_status lf_safetensors_write(const lf_npz *set, const char *path, size_t n, const char *const *metadata);

/* ---- whole files -------------------------------------------------------------------------------------------------- */
/** The file's bytes with a 0 behind them, for the caller to lf_release(). LF_EFMT for more than `limit` bytes. */
lf_status lf_file_read(char **out, size_t *bytes, const char *path, size_t limit);
lf_status lf_file_write(const char *path, const void *bytes, size_t count); /* atomic, see above */

#ifdef __cplusplus
}
#endif
#endif
