/* json_text.c — JSON by hand, because a general writer turns 0.1 into 0.10000000000000001. */
#include "json_text.h"
#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void lf_json_add(lf_json *t, const char *fmt, ...)
{
  va_list list;
  va_start(list, fmt);
  lf_text_add_list(&t->text, fmt, list);
  va_end(list);
}

void lf_json_string(lf_json *t, const char *s)
{
  if (!s) {
    lf_json_add(t, "null");
    return;
  }
  lf_json_add(t, "\"");
  for (; *s; s++) {
    unsigned char ch = (unsigned char)*s;
    if (ch == '"' || ch == '\\')
      lf_json_add(t, "\\%c", ch);
    else if (ch < 0x20 || ch == 0x7f)
      lf_json_add(t, "\\u%04x", ch);
    else
      lf_json_add(t, "%c", ch);
  }
  lf_json_add(t, "\"");
}

/* "1e-4" for what is small, plain digits otherwise. */
void lf_shortest(double value, char text[32])
{
  static const double small = 1e-3;
  bool tiny = fabs(value) < small && value != 0;
  for (int digits = tiny ? 1 : 15; digits <= 17; digits++) {
    (void)snprintf(text, 32, tiny ? "%.*e" : "%.*g", tiny ? digits - 1 : digits, value);
    if (strtod(text, NULL) == value) break;
  }
  char *exponent = tiny ? strchr(text, 'e') : NULL;
  if (exponent) (void)snprintf(exponent, 8, "e%d", (int)strtol(exponent + 1, NULL, 10)); /* e-04 -> e-4 */
}

void lf_json_real(lf_json *t, double value)
{
  char text[32] = "null";
  if (isfinite(value)) lf_shortest(value, text);
  lf_json_add(t, "%s", text);
}

void lf_json_open(lf_json *t)
{
  lf_json_add(t, "{");
  t->depth++;
}

void lf_json_close(lf_json *t)
{
  t->depth--;
  lf_json_add(t, "\n%*s}", 2 * t->depth, "");
}

void lf_json_key(lf_json *t, const char *key)
{
  bool first = t->text.used > 0 && t->text.at[t->text.used - 1] == '{';
  lf_json_add(t, "%s\n%*s", first ? "" : ",", 2 * t->depth, "");
  lf_json_string(t, key);
  lf_json_add(t, ": ");
}

void lf_json_named_real(lf_json *t, const char *key, double value)
{
  lf_json_key(t, key);
  lf_json_real(t, value);
}

void lf_json_step(lf_json *t, long long step)
{
  if (step < 0)
    lf_json_add(t, "null");
  else
    lf_json_add(t, "%lld", step);
}

void lf_json_reals(lf_json *t, const char *key, size_t n, const double *value)
{
  lf_json_key(t, key);
  lf_json_add(t, "[");
  for (size_t i = 0; i < n; i++) {
    if (i) lf_json_add(t, ", ");
    lf_json_real(t, value[i]);
  }
  lf_json_add(t, "]");
}

lf_status lf_json_take(lf_json *t, char **out)
{
  lf_status st = t->text.status;
  *out = NULL;
  if (st == LF_OK && !t->text.at) st = lf_calloc(out, 1, 1);
  if (st == LF_OK && t->text.at) *out = t->text.at, t->text.at = NULL;
  lf_json_free(t);
  return st;
}

void lf_json_free(lf_json *t)
{
  lf_text_free(&t->text);
  t->depth = 0;
}
