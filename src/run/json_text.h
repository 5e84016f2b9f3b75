/* json_text.h — a text that grows, and the few JSON tokens that are written here. */
#ifndef LF_JSON_TEXT_H
#define LF_JSON_TEXT_H
#include <stdbool.h>
#include <stddef.h>
#include "base/base.h"

/* Zero-initialise. A failure sticks: further calls do nothing, and lf_json_take() reports it. */
typedef struct lf_json {
  char *at;
  size_t used, room;
  lf_status status;
} lf_json;

LF_PRINTF(2, 3) void lf_json_add(lf_json *t, const char *fmt, ...);
void lf_json_string(lf_json *t, const char *s); /* quoted and escaped; null for NULL */
void lf_json_real(lf_json *t,
                  double value); /* the shortest digits that read back as the same double; null where not finite */
void lf_json_key(lf_json *t, const char *key); /* a comma where one is due, a new line, "key": */
void lf_json_reals(lf_json *t, const char *key, size_t n, const double *value);
/* The finished text, for the caller to lf_free(); leaves t empty. */
lf_status lf_json_take(lf_json *t, char **out);
void lf_json_free(lf_json *t);

/* The shortest of %.15g, %.16g, %.17g that reads back as the same double. */
void lf_shortest(double value, char text[32]);
/* Is it a number as JSON spells them? */
bool lf_is_json_number(const char *text);
#endif
