/* base.h — status and memory: what every module may include, and the only place they live. */
#ifndef LF_BASE_H
#define LF_BASE_H
#include <stddef.h>
#include "lowfirst/status.h"

/* Note the detail and yield the code: LF_FAIL(LF_EARG, "n must be >= 1, got %zu", n). The code does not pass through a function, so that
 * compilers and analysers see that a failure is never LF_OK. */
#define LF_FAIL(code, ...) (lf_note_failure(__VA_ARGS__), (lf_status)(code))
/* Step to the function's single exit when a call fails. Needs `lf_status st` and `done:`. */
#define LF_TRY(expr)            \
  do {                          \
    st = (expr);                \
    if (st != LF_OK) goto done; \
  } while (0)
/* Raise and leave by the single exit. */
#define LF_RAISE(code, ...) LF_TRY(LF_FAIL(code, __VA_ARGS__))

#define LF_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
LF_PRINTF(1, 2) void lf_note_failure(const char *fmt, ...);
/* Put "prefix: " before the detail that is there; gives back `code`. For callers that know the file or option. */
LF_PRINTF(2, 3) lf_status lf_fail_prefix(lf_status code, const char *fmt, ...);

/* Tell the log hook (lowfirst/log.h). */
LF_PRINTF(1, 2) void lf_log_info(const char *fmt, ...);
LF_PRINTF(1, 2) void lf_log_warn(const char *fmt, ...);

/* Zeroed, 64-byte aligned array in *p (any T**); LF_ENOMEM on failure or overflow of count*size. */
lf_status lf_calloc(void *p, size_t count, size_t size);
/* Grow *p from `old` to `count` elements; the new part is zeroed. Refused means untouched. */
lf_status lf_grow(void *p, size_t old, size_t count, size_t size);
void lf_free(void *p);
/* A copy of text. */
lf_status lf_strdup(char **out, const char *text);
/* printf into a new string. */
LF_PRINTF(2, 3) lf_status lf_asprintf(char **out, const char *fmt, ...);

#ifdef LF_TESTING
void lf_alloc_fail_after(long n); /* the n-th allocation from now fails (0: the next), once; -1: never */
long lf_alloc_live(void);         /* allocations not yet freed */
#endif

/* The word of `n` candidates nearest to text in edit distance: for "the nearest is ...". NULL for n = 0. */
const char *lf_nearest(const char *text, size_t n, const char *const *word);

#define LF_MIN(a, b) ((a) < (b) ? (a) : (b))
#define LF_MAX(a, b) ((a) > (b) ? (a) : (b))
#endif
