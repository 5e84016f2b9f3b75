/** @file  status.h — every fallible lf_ call returns an lf_status; 0 is success. */
#ifndef LF_STATUS_H
#define LF_STATUS_H
#ifdef __cplusplus
extern "C" {
#endif

/* One list, three uses: the enum, the texts, the test that walks both. Append only. */
#define LF_STATUS_LIST(X)                                   \
  X(LF_OK, 0, "success")                                    \
  X(LF_EARG, 1, "argument outside its documented range")    \
  X(LF_ESHAPE, 2, "array shapes do not agree")              \
  X(LF_ENOMEM, 3, "out of memory")                          \
  X(LF_EIO, 4, "file could not be read or written")         \
  X(LF_EFMT, 5, "file content is not valid for its format") \
  X(LF_EMATH, 6, "not finite, singular, or not converged")  \
  X(LF_EUNSUP, 7, "not supported in this build")

typedef enum lf_status {
#define LF_X(name, value, text) name = value,
  LF_STATUS_LIST(LF_X)
#undef LF_X
} lf_status;

/** Fixed text of a code; never NULL, valid for the life of the program. */
const char *lf_status_text(lf_status s);

/** Detail of the last failure in the calling thread ("" if none): one line that says what was wrong,
 *  where, and what was expected; valid until the next failure in this thread. */
const char *lf_last_error(void);

#ifdef __cplusplus
}
#endif
#endif
