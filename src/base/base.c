/* base.c — status texts, the thread's error line, the allocator door, the log hook. */
#include "base.h"
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "lowfirst/array.h"
#include "lowfirst/log.h"

/* ---- status -------------------------------------------------------------------------------------------------------- */
static _Thread_local char last_error[1024];

const char *lf_last_error(void) { return last_error; }

const char *lf_status_text(lf_status s)
{
  switch (s) {
#define LF_X(name, value, text) \
  case name: return text;
    LF_STATUS_LIST(LF_X)
#undef LF_X
  }
  return "unknown status";
}

void lf_note_failure(const char *fmt, ...)
{
  char line[sizeof last_error]; /* the arguments may point into last_error */
  va_list ap;
  va_start(ap, fmt);
  (void)vsnprintf(line, sizeof line, fmt, ap);
  va_end(ap);
  memcpy(last_error, line, sizeof last_error);
}

lf_status lf_fail_prefix(lf_status code, const char *fmt, ...)
{
  char line[sizeof last_error];
  va_list ap;
  va_start(ap, fmt);
  (void)vsnprintf(line, sizeof line, fmt, ap);
  va_end(ap);
  return LF_FAIL(code, "%s: %s", line, last_error);
}

/* ---- log ------------------------------------------------------------------------------------------------------------ */
static pthread_mutex_t log_lock = PTHREAD_MUTEX_INITIALIZER;
static lf_log_fn log_fn; /* the one process-wide hook; see lowfirst/log.h */
static void *log_user;

void lf_log_set(lf_log_fn fn, void *user)
{
  pthread_mutex_lock(&log_lock);
  log_fn = fn;
  log_user = user;
  pthread_mutex_unlock(&log_lock);
}

LF_PRINTF(2, 0) static void log_line(lf_log_level level, const char *fmt, va_list ap)
{
  char line[1024];
  pthread_mutex_lock(&log_lock);
  if (log_fn) {
    (void)vsnprintf(line, sizeof line, fmt, ap);
    log_fn(log_user, level, line);
  }
  pthread_mutex_unlock(&log_lock);
}

void lf_log_info(const char *fmt, ...)
{
  va_list ap;
  va_start(ap, fmt);
  log_line(LF_LOG_INFO, fmt, ap);
  va_end(ap);
}

void lf_log_warn(const char *fmt, ...)
{
  va_list ap;
  va_start(ap, fmt);
  log_line(LF_LOG_WARNING, fmt, ap);
  va_end(ap);
}

/* ---- memory ----------------------------------------------------------------------------------------------------------- */
enum { ALIGN = 64 };

#ifdef LF_TESTING
static atomic_long fail_after = -1, live;
void lf_alloc_fail_after(long n) { fail_after = n; }
long lf_alloc_live(void) { return live; }
#endif

lf_status lf_calloc(void *p, size_t count, size_t size)
{
  void *mem = NULL;
  memcpy(p, &mem, sizeof mem);
  if (size != 0 && count > (SIZE_MAX - ALIGN) / size)
    return LF_FAIL(LF_ENOMEM, "out of memory: %zu x %zu bytes is more than can be addressed", count, size);
  size_t bytes = count * size;
  bytes += (ALIGN - bytes % ALIGN) % ALIGN;
  if (bytes == 0) bytes = ALIGN;
#ifdef LF_TESTING
  if (fail_after >= 0 && atomic_fetch_sub(&fail_after, 1) == 0)
    return LF_FAIL(LF_ENOMEM, "out of memory: a test made this allocation fail");
#endif
  mem = aligned_alloc(ALIGN, bytes);
  if (!mem) return LF_FAIL(LF_ENOMEM, "out of memory: %zu bytes were asked for", bytes);
  memset(mem, 0, bytes);
#ifdef LF_TESTING
  live++;
#endif
  memcpy(p, &mem, sizeof mem);
  return LF_OK;
}

lf_status lf_grow(void *p, size_t old, size_t count, size_t size)
{
  void *from, *to;
  memcpy(&from, p, sizeof from);
  lf_status st = lf_calloc(&to, count, size);
  if (st != LF_OK) return st;
  if (from && old) memcpy(to, from, LF_MIN(old, count) * size);
  lf_free(from);
  memcpy(p, &to, sizeof to);
  return LF_OK;
}

void lf_free(void *p)
{
#ifdef LF_TESTING
  if (p) live--;
#endif
  free(p);
}

void lf_release(void *p) { lf_free(p); }

lf_status lf_strdup(char **out, const char *text)
{
  size_t bytes = strlen(text) + 1;
  lf_status st = lf_calloc(out, bytes, 1);
  if (st == LF_OK) memcpy(*out, text, bytes);
  return st;
}

lf_status lf_asprintf(char **out, const char *fmt, ...)
{
  va_list ap;
  va_start(ap, fmt);
  int need = vsnprintf(NULL, 0, fmt, ap);
  va_end(ap);
  *out = NULL;
  if (need < 0) return LF_FAIL(LF_EARG, "a text could not be formatted");
  lf_status st = lf_calloc(out, (size_t)need + 1, 1);
  if (st != LF_OK) return st;
  va_start(ap, fmt);
  (void)vsnprintf(*out, (size_t)need + 1, fmt, ap);
  va_end(ap);
  return LF_OK;
}

/* ---- words ------------------------------------------------------------------------------------------------------------ */
enum { WORD_MAX = 63 };

/* Levenshtein distance with one row; texts are cut at WORD_MAX. */
static size_t edit_distance(const char *a, const char *b)
{
  size_t row[WORD_MAX + 1], na = strnlen(a, WORD_MAX), nb = strnlen(b, WORD_MAX);
  for (size_t j = 0; j <= nb; j++) row[j] = j;
  for (size_t i = 1; i <= na; i++) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= nb; j++) {
      size_t up = row[j], change = diagonal + (a[i - 1] != b[j - 1]);
      row[j] = LF_MIN(LF_MIN(up, row[j - 1]) + 1, change);
      diagonal = up;
    }
  }
  return row[nb];
}

const char *lf_nearest(const char *text, size_t n, const char *const *word)
{
  const char *best = NULL;
  size_t least = SIZE_MAX;
  for (size_t i = 0; i < n; i++) {
    size_t distance = edit_distance(text, word[i]);
    if (distance < least) least = distance, best = word[i];
  }
  return best;
}
