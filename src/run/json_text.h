/* json_text.h — JSON as it is written here: records and results, key by key, numbers in the shortest digits that lose nothing. */
#ifndef LF_JSON_TEXT_H
#define LF_JSON_TEXT_H
#include "base/text.h"

/* Zero-initialise. A failure sticks and is reported by lf_json_take(). */
typedef struct lf_json {
  lf_text text;
  int depth; /* objects open */
} lf_json;

void lf_json_open(lf_json *t); /* { */
void lf_json_close(lf_json *t);
void lf_json_key(lf_json *t, const char *key); /* a comma where one is due, a new line, "key": */
LF_PRINTF(2, 3) void lf_json_add(lf_json *t, const char *fmt, ...);
void lf_json_string(lf_json *t, const char *s); /* quoted and escaped; null for NULL */
void lf_json_real(lf_json *t, double value);    /* null where not finite */
void lf_json_named_real(lf_json *t, const char *key, double value);
void lf_json_step(lf_json *t, long long step); /* null where below 0: never, or unknown */
void lf_json_reals(lf_json *t, const char *key, size_t n, const double *value);
/* The finished text, for the caller to lf_free(); leaves t empty. */
lf_status lf_json_take(lf_json *t, char **out);
void lf_json_free(lf_json *t);

/* Digits that read back as the same double: 0.1, 600, 1e-4. The same text for the same number. */
void lf_shortest(double value, char text[32]);
#endif
