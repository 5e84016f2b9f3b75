/* html.h — the report's page from views of histories: what lf_report_html does between looking and writing. */
#ifndef LF_HTML_H
#define LF_HTML_H
#include "lowfirst/history.h"
#include "lowfirst/report.h"
#include "report/page_escape.h"

/* Bytes of numbers in a page, all histories together, before base64 adds a third: with it, d3 and the page's own parts a
 * report stays below 5 MB, what mail and browsers take without a thought. */
enum { LF_PAGE_NUMBERS = 3000000 };

/* The whole page. sentence: (n) what lf_report_sentence says of each, or NULL; facts: n_facts pairs label, value. LF_EARG no history, or one without records or frequencies,
 * a table without columns; LF_ENOMEM. */
lf_status lf_page_build(lf_text *page, size_t n, const lf_history_view *view, const char *const *sentence,
                        size_t n_facts, const char *const *facts, size_t n_tables, const lf_page_table *tables);

/* One history, and its sentence (or NULL), as a JSON object whose numbers take at most about `bytes`; what was thinned stands in it. */
lf_status lf_page_history(lf_text *page, const lf_history_view *view, const char *sentence, size_t bytes);
#endif
