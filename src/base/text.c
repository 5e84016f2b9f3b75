/* text.c — the growing text. */
#include "text.h"
#include <stdio.h>
#include <string.h>

enum { FIRST_ROOM = 1024 };

static int make_room(lf_text *t, size_t more)
{
  if (t->status != LF_OK) return 0;
  if (t->room - t->used > more) return 1;
  size_t room = LF_MAX(LF_MAX(2 * t->room, t->used + more + 1), (size_t)FIRST_ROOM);
  t->status = lf_grow(&t->at, t->used, room, 1);
  if (t->status == LF_OK) t->room = room;
  return t->status == LF_OK;
}

void lf_text_add_list(lf_text *t, const char *fmt, va_list list)
{
  va_list again;
  va_copy(again, list);
  int need = vsnprintf(NULL, 0, fmt, again);
  va_end(again);
  if (need < 0 || !make_room(t, (size_t)need)) return;
  (void)vsnprintf(t->at + t->used, (size_t)need + 1, fmt, list);
  t->used += (size_t)need;
}

void lf_text_add(lf_text *t, const char *fmt, ...)
{
  va_list list;
  va_start(list, fmt);
  lf_text_add_list(t, fmt, list);
  va_end(list);
}

void lf_text_put(lf_text *t, const char *bytes, size_t count)
{
  if (!make_room(t, count)) return;
  memcpy(t->at + t->used, bytes, count);
  t->used += count;
  t->at[t->used] = 0;
}

void lf_text_clear(lf_text *t)
{
  t->used = 0;
  if (t->at) t->at[0] = 0;
}

void lf_text_free(lf_text *t)
{
  lf_free(t->at);
  *t = (lf_text){0};
}
