/* json_text.c — a text that grows. Results and records are small; what matters is that no digit of a number is lost. */
#include "json_text.h"
#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_ROOM = 1024 };

void lf_json_add(lf_json *t, const char *fmt, ...)
{
  if (t->status != LF_OK) return;
  va_list ap;
  va_start(ap, fmt);
  int need = vsnprintf(NULL, 0, fmt, ap);
  va_end(ap);
  size_t end = t->used + (size_t)LF_MAX(need, 0) + 1;
  if (end > t->room) {
    size_t room = LF_MAX(LF_MAX(2 * t->room, end), (size_t)FIRST_ROOM);
    t->status = lf_grow(&t->at, t->used, room, 1);
    if (t->status != LF_OK) return;
    t->room = room;
  }
  va_start(ap, fmt);
  (void)vsnprintf(t->at + t->used, t->room - t->used, fmt, ap);
  va_end(ap);
  t->used = end - 1;
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

void lf_shortest(double value, char text[32])
{
  for (int digits = 15; digits <= 17; digits++) {
    (void)snprintf(text, 32, "%.*g", digits, value);
    if (strtod(text, NULL) == value) return;
  }
}

void lf_json_real(lf_json *t, double value)
{
  char text[32] = "null";
  if (isfinite(value)) lf_shortest(value, text);
  lf_json_add(t, "%s", text);
}

void lf_json_key(lf_json *t, const char *key)
{
  bool first = t->used > 0 && t->at[t->used - 1] == '{';
  lf_json_add(t, "%s\n  ", first ? "" : ",");
  lf_json_string(t, key);
  lf_json_add(t, ": ");
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
  lf_status st = t->status;
  *out = NULL;
  if (st == LF_OK && !t->at)
    st = lf_calloc(out, 1, 1);
  else if (st == LF_OK)
    *out = t->at, t->at = NULL;
  lf_json_free(t);
  return st;
}

void lf_json_free(lf_json *t)
{
  lf_free(t->at);
  *t = (lf_json){0};
}

/* -?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)? */
bool lf_is_json_number(const char *s)
{
  if (*s == '-') s++;
  if (*s == '0')
    s++;
  else if (!isdigit((unsigned char)*s))
    return false;
  else
    while (isdigit((unsigned char)*s)) s++;
  if (*s == '.') {
    s++;
    if (!isdigit((unsigned char)*s)) return false;
    while (isdigit((unsigned char)*s)) s++;
  }
  if (*s == 'e' || *s == 'E') {
    s++;
    if (*s == '+' || *s == '-') s++;
    if (!isdigit((unsigned char)*s)) return false;
    while (isdigit((unsigned char)*s)) s++;
  }
  return *s == 0;
}
