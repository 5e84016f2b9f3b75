/* page_escape.c — the three ways a page writes what it is handed: text as HTML, text as JSON inside a script element, reals as base64. */
#include "report/page_escape.h"
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* Bytes of the UTF-8 character at s, 0 where it is malformed (RFC 3629: no overlong forms, no surrogates, <= U+10FFFF). */
static size_t character(const unsigned char *s)
{
  if (s[0] < 0x80) return 1;
  size_t length = s[0] >= 0xc2 && s[0] < 0xe0   ? 2
                  : s[0] >= 0xe0 && s[0] < 0xf0 ? 3
                  : s[0] >= 0xf0 && s[0] < 0xf5 ? 4
                                                : 0;
  for (size_t i = 1; i < length; i++)
    if ((s[i] & 0xc0) != 0x80) return 0;
  bool overlong = (s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xf0 && s[1] < 0x90);
  bool beyond = (s[0] == 0xed && s[1] > 0x9f) || (s[0] == 0xf4 && s[1] > 0x8f);
  return overlong || beyond ? 0 : length;
}

/* Adds text with each ASCII character for which `escape` gives a replacement replaced, and what is no character by U+FFFD. */
static void add_escaped(lf_text *t, const char *text, const char *(*escape)(unsigned char))
{
  const unsigned char *s = (const unsigned char *)text;
  while (*s) {
    size_t length = character(s);
    const char *other = length == 0 ? "\xef\xbf\xbd" : length == 1 ? escape(*s) : NULL;
    if (other)
      lf_text_put(t, other, strlen(other));
    else
      lf_text_put(t, (const char *)s, length);
    s += LF_MAX(length, (size_t)1);
  }
}

static const char *html_escape(unsigned char c)
{
  switch (c) {
  case '&': return "&amp;";
  case '<': return "&lt;";
  case '>': return "&gt;";
  case '"': return "&quot;";
  case '\'': return "&#39;";
  case '\n':
  case '\t': return NULL;
  default: return c < 0x20 || c == 0x7f ? "\xef\xbf\xbd" : NULL;
  }
}

static const char *json_escape(unsigned char c)
{
  switch (c) {
  case '"': return "\\\"";
  case '\\': return "\\\\";
  case '<': return "\\u003c"; /* </script> and <!-- end or change a script element wherever they stand */
  case '>': return "\\u003e";
  case '&': return "\\u0026";
  case '\n': return "\\n";
  case '\t': return "\\t";
  default: return c < 0x20 || c == 0x7f ? "\xef\xbf\xbd" : NULL;
  }
}

void lf_page_html(lf_text *t, const char *text) { add_escaped(t, text, html_escape); }

void lf_page_json(lf_text *t, const char *text)
{
  lf_text_put(t, "\"", 1);
  add_escaped(t, text, json_escape);
  lf_text_put(t, "\"", 1);
}

/* Little-endian bytes of one real of `width` bytes. */
static void real_bytes(double value, size_t width, unsigned char *out)
{
  uint64_t bits = 0;
  if (width == 4) {
    float narrow = (float)value;
    uint32_t half;
    memcpy(&half, &narrow, sizeof half);
    bits = half;
  } else {
    memcpy(&bits, &value, sizeof bits);
  }
  for (size_t i = 0; i < width; i++) out[i] = (unsigned char)(bits >> 8 * i);
}

enum { BLOCK = 3, WIDEST = 8 }; /* three reals are whole base64 groups, so that padding comes at the end alone */

/* Base64 (RFC 4648) of at most BLOCK reals; gives the number of characters. */
static size_t base64(const unsigned char *in, size_t count, char *out)
{
  static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  size_t written = 0;
  for (size_t i = 0; i < count; i += 3) {
    size_t have = LF_MIN((size_t)3, count - i);
    uint32_t three = (uint32_t)in[i] << 16;
    if (have > 1) three |= (uint32_t)in[i + 1] << 8;
    if (have > 2) three |= in[i + 2];
    for (size_t k = 0; k <= have; k++) out[written++] = digit[three >> (18 - 6 * k) & 63];
    for (size_t k = have; k < 3; k++) out[written++] = '=';
  }
  return written;
}

void lf_page_reals(lf_text *t, size_t count, const double *value, size_t width)
{
  for (size_t i = 0; i < count; i += BLOCK) {
    unsigned char bytes[BLOCK * WIDEST];
    char text[BLOCK * WIDEST / 3 * 4];
    size_t have = LF_MIN((size_t)BLOCK, count - i);
    for (size_t k = 0; k < have; k++) real_bytes(value[i + k], width, bytes + k * width);
    lf_text_put(t, text, base64(bytes, have * width, text));
  }
}
