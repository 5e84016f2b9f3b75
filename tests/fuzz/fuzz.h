/* fuzz.h — what the fuzz targets share. A target gets any bytes: they must be refused with one line, or read; and what was read must
 * come back the same when it is written and read again. */
#ifndef LF_TESTS_FUZZ_H
#define LF_TESTS_FUZZ_H
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/base.h"
#include "io/bytes.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A promise that was broken: the fuzzer keeps the input. */
#define must(condition)                                                                           \
  do {                                                                                            \
    if (!(condition)) {                                                                           \
      (void)fprintf(stderr, "%s:%d: %s (%s)\n", __FILE__, __LINE__, #condition, lf_last_error()); \
      abort();                                                                                    \
    }                                                                                             \
  } while (0)

/* A refusal is one line with something in it, and the output is zeroed. */
static inline void must_explain(void)
{
  const char *line = lf_last_error();
  must(line[0] != 0);
  for (; *line; line++) must(!lf_is_control(*line));
}

/* A file of this process's own in the working folder. */
static inline const char *own_file(void)
{
  static char path[64];
  (void)snprintf(path, sizeof path, "fuzz_%ld.tmp", (long)getpid());
  return path;
}

static inline void must_equal(const lf_array *a, const lf_array *b)
{
  must(a->dtype == b->dtype && a->ndim == b->ndim);
  must(memcmp(a->shape, b->shape, a->ndim * sizeof *a->shape) == 0);
  size_t bytes = lf_array_count(a) * lf_dtype_size(a->dtype);
  must(bytes == 0 || memcmp(a->data, b->data, bytes) == 0);
}

static inline void must_equal_sets(const lf_npz *a, const lf_npz *b)
{
  must(lf_npz_count(a) == lf_npz_count(b));
  for (size_t i = 0; i < lf_npz_count(a); i++) {
    must(strcmp(lf_npz_name(a, i), lf_npz_name(b, i)) == 0);
    must_equal(lf_npz_get(a, lf_npz_name(a, i)), lf_npz_get(b, lf_npz_name(b, i)));
  }
}
#endif
