/* page_escape.h — what is handed to the report's page, written so that it stays what it is. */
#ifndef LF_PAGE_ESCAPE_H
#define LF_PAGE_ESCAPE_H
#include "base/text.h"

/* Text as HTML shows it: & < > " ' become entities; control characters and malformed UTF-8 become U+FFFD. */
void lf_page_html(lf_text *t, const char *text);
/* Text as a JSON string with its quotes, safe inside a <script> element: < > & are written as \u003c ... */
void lf_page_json(lf_text *t, const char *text);
/* value (count) as base64 of little-endian reals of `width` 4 or 8 bytes. */
void lf_page_reals(lf_text *t, size_t count, const double *value, size_t width);
#endif
