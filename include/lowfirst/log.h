/** @file  log.h — where the library's remarks go. It never prints by itself: without a hook they are dropped. */
#ifndef LF_LOG_H
#define LF_LOG_H
#ifdef __cplusplus
extern "C" {
#endif

typedef enum lf_log_level { LF_LOG_INFO, LF_LOG_WARNING } lf_log_level;

/** Receives one line without a newline; may be called from any thread, never from two at once. */
typedef void (*lf_log_fn)(void *user, lf_log_level level, const char *line);

/** Set the process-wide hook; NULL silences. `user` is kept until the next call. */
void lf_log_set(lf_log_fn fn, void *user);

#ifdef __cplusplus
}
#endif
#endif
