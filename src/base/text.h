/* text.h — a text that grows: built piece by piece, a failure is remembered and looked at once, at the end. */
#ifndef LF_TEXT_H
#define LF_TEXT_H
#include <stdarg.h>
#include <stddef.h>
#include "base/base.h"

typedef struct lf_text {
  char *at; /* 0-terminated; NULL until something was added */
  size_t used, room;
  lf_status status; /* LF_ENOMEM: the text stops where memory ran out */
} lf_text;

LF_PRINTF(2, 3) void lf_text_add(lf_text *t, const char *fmt, ...);
LF_PRINTF(2, 0) void lf_text_add_list(lf_text *t, const char *fmt, va_list list);
void lf_text_put(lf_text *t, const char *bytes, size_t count);
void lf_text_clear(lf_text *t); /* empty, its memory kept */
void lf_text_free(lf_text *t);
#endif
