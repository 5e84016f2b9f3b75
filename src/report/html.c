/* html.c — the report as one offline page: a skeleton, its style and program, d3, and the numbers. */
#include <stdbool.h>
#include <string.h>
#include "lowfirst/files.h"
#include "lowfirst/report.h"
#include "lowfirst/system.h"
#include "report/html.h"

/* The embedded files (cmake/LowfirstBuild.cmake); the page's program in the order in which its parts need one another. */
#define LF_PROGRAM_LIST(X) \
  X(report_base_js)        \
  X(report_figure_js)      \
  X(report_learned_js)     \
  X(report_when_js)        \
  X(report_function_js)    \
  X(report_spectrum_js)    \
  X(report_loss_js)        \
  X(report_missing_js)     \
  X(report_compare_js)     \
  X(report_js)
#define LF_X(name)                              \
  extern const unsigned char lf_asset_##name[]; \
  extern const size_t lf_asset_##name##_size;
LF_X(d3)
LF_X(report_html)
LF_X(report_css)
LF_PROGRAM_LIST(LF_X)
#undef LF_X

#define PUT_ASSET(page, name) lf_text_put((page), (const char *)lf_asset_##name, lf_asset_##name##_size)

/* What the skeleton's {{words}} are filled from. */
typedef struct content {
  size_t n, n_facts;
  const lf_history_view *view;
  const char *const *sentence, *const *facts;
  size_t n_tables;
  const lf_page_table *table;
} content;

static lf_status fill_title(lf_text *page, const content *in)
{
  const char *title = in->view[0].title;
  lf_page_html(page, title && *title ? title : "A network learning");
  return LF_OK;
}

static lf_status fill_version(lf_text *page, const content *in)
{
  (void)in;
  lf_page_html(page, lf_version());
  return LF_OK;
}

static lf_status fill_style(lf_text *page, const content *in)
{
  (void)in;
  PUT_ASSET(page, report_css);
  return LF_OK;
}

static lf_status fill_library(lf_text *page, const content *in)
{
  (void)in;
  PUT_ASSET(page, d3);
  return LF_OK;
}

static lf_status fill_program(lf_text *page, const content *in)
{
  (void)in;
#define LF_X(name) PUT_ASSET(page, name);
  LF_PROGRAM_LIST(LF_X)
#undef LF_X
  return LF_OK;
}

/* "lowfirst train ...": can be copied and run, unlike "lowfirst 0.1.0". */
static bool is_command(const char *text)
{
  static const char program[] = "lowfirst ";
  size_t length = sizeof program - 1;
  return strncmp(text, program, length) == 0 && text[length] >= 'a' && text[length] <= 'z';
}

static void put_fact(lf_text *page, const char *label, const char *value)
{
  bool command = is_command(value);
  lf_text_add(page, "<div class=\"fact%s\"><dt>", command ? " command" : "");
  lf_page_html(page, label);
  lf_text_add(page, "</dt><dd>%s", command ? "<code>" : "");
  lf_page_html(page, value);
  lf_text_add(page, "%s</dd></div>\n", command ? "</code><button type=\"button\" class=\"copy\">copy</button>" : "");
}

static lf_status fill_facts(lf_text *page, const content *in)
{
  for (size_t i = 0; i < in->n_facts; i++) put_fact(page, in->facts[2 * i], in->facts[2 * i + 1]);
  return LF_OK;
}

static void put_row(lf_text *page, bool head, size_t columns, const char *const *cell)
{
  for (size_t k = 0; k < columns; k++) {
    bool names = head || k == 0;
    lf_text_add(page, "<%s>", !names ? "td" : head ? "th scope=\"col\"" : "th scope=\"row\"");
    lf_page_html(page, cell[k]);
    lf_text_add(page, "</%s>", names ? "th" : "td");
  }
}

static void put_table(lf_text *page, const lf_page_table *t)
{
  lf_text_add(page, "<section><h2>");
  lf_page_html(page, t->title);
  lf_text_add(page, "</h2>\n<div class=\"table\"><table class=\"order plain\"><thead><tr>");
  put_row(page, true, t->columns, t->head);
  lf_text_add(page, "</tr></thead>\n<tbody>\n");
  for (size_t i = 0; i < t->rows; i++) {
    lf_text_add(page, "<tr%s>", i == t->marked ? " class=\"marked\"" : "");
    put_row(page, false, t->columns, t->cell + i * t->columns);
    lf_text_add(page, "</tr>\n");
  }
  lf_text_add(page, "</tbody></table></div>\n");
  if (t->note) {
    lf_text_add(page, "<p class=\"note\">");
    lf_page_html(page, t->note);
    lf_text_add(page, "</p>\n");
  }
  if (t->command) {
    lf_text_add(page, "<dl class=\"facts\">");
    put_fact(page, "run next", t->command);
    lf_text_add(page, "</dl>\n");
  }
  lf_text_add(page, "</section>\n");
}

static lf_status fill_tables(lf_text *page, const content *in)
{
  for (size_t i = 0; i < in->n_tables; i++) put_table(page, &in->table[i]);
  return LF_OK;
}

static lf_status fill_numbers(lf_text *page, const content *in)
{
  lf_status st = LF_OK;
  lf_text_add(page, "{\"runs\":[");
  for (size_t i = 0; i < in->n; i++) {
    if (i > 0) lf_text_add(page, ",\n");
    LF_TRY(lf_page_history(page, &in->view[i], in->sentence ? in->sentence[i] : NULL, LF_PAGE_NUMBERS / in->n));
  }
  lf_text_add(page, "]}");
done:
  return st;
}

static const struct {
  const char *word;
  lf_status (*fill)(lf_text *, const content *);
} place[] = {{"title", fill_title},     {"version", fill_version}, {"style", fill_style},   {"library", fill_library},
             {"program", fill_program}, {"facts", fill_facts},     {"tables", fill_tables}, {"numbers", fill_numbers}};

/* Puts in what belongs where the skeleton says {{word}}. */
static lf_status fill_place(lf_text *page, const content *in, const char *word, size_t length)
{
  for (size_t i = 0; i < sizeof place / sizeof place[0]; i++)
    if (strlen(place[i].word) == length && memcmp(place[i].word, word, length) == 0) return place[i].fill(page, in);
  return LF_FAIL(LF_EFMT, "report.html names {{%.*s}}, which nothing fills", (int)length, word);
}

static lf_status check(const content *in)
{
  if (in->n == 0) return LF_FAIL(LF_EARG, "a report needs at least one history, got none");
  for (size_t i = 0; i < in->n; i++) {
    const lf_history_view *v = &in->view[i];
    const char *title = v->title ? v->title : "";
    if (v->r == 0)
      return LF_FAIL(LF_EARG, "history %zu (%s) holds no record: let it observe at least one step", i + 1, title);
    if (v->m == 0) return LF_FAIL(LF_EARG, "history %zu (%s) holds no frequency", i + 1, title);
  }
  for (size_t i = 0; i < in->n_tables; i++)
    if (in->table[i].columns == 0) return LF_FAIL(LF_EARG, "table %zu (%s) has no columns", i + 1, in->table[i].title);
  return LF_OK;
}

lf_status lf_page_build(lf_text *page, size_t n, const lf_history_view *view, const char *const *sentence,
                        size_t n_facts, const char *const *facts, size_t n_tables, const lf_page_table *tables)
{
  lf_status st = LF_OK;
  content in = {.n = n,
                .n_facts = facts ? n_facts : 0,
                .view = view,
                .sentence = sentence,
                .facts = facts,
                .n_tables = n_tables,
                .table = tables};
  LF_TRY(check(&in));
  const char *from = (const char *)lf_asset_report_html, *end = from + lf_asset_report_html_size;
  for (;;) {
    const char *open = memmem(from, (size_t)(end - from), "{{", 2);
    const char *close = open ? memmem(open, (size_t)(end - open), "}}", 2) : NULL;
    if (!close) break;
    lf_text_put(page, from, (size_t)(open - from));
    LF_TRY(fill_place(page, &in, open + 2, (size_t)(close - open - 2)));
    from = close + 2;
  }
  lf_text_put(page, from, (size_t)(end - from));
  st = page->status;
done:
  return st;
}

lf_status lf_report_html(const char *path, size_t n, const lf_history *const *h, size_t n_facts,
                         const char *const *facts)
{
  return lf_report_html_tables(path, n, h, n_facts, facts, 0, NULL);
}

lf_status lf_report_html_tables(const char *path, size_t n, const lf_history *const *h, size_t n_facts,
                                const char *const *facts, size_t n_tables, const lf_page_table *tables)
{
  enum { SENTENCE = 4096 }; /* several times the longest */
  lf_status st = LF_OK;
  lf_text page = {0};
  lf_history_view *view = NULL;
  char *words = NULL;
  const char **sentence = NULL;
  LF_TRY(lf_calloc(&view, n, sizeof *view));
  LF_TRY(lf_calloc(&words, n, SENTENCE));
  LF_TRY(lf_calloc(&sentence, n, sizeof *sentence));
  for (size_t i = 0; i < n; i++) {
    view[i] = lf_history_look(h[i]);
    lf_report_sentence(h[i], words + i * SENTENCE, SENTENCE);
    sentence[i] = words + i * SENTENCE;
  }
  LF_TRY(lf_page_build(&page, n, view, sentence, n_facts, facts, n_tables, tables));
  LF_TRY(lf_file_write(path, page.at, page.used));
done:
  lf_text_free(&page);
  lf_free(sentence);
  lf_free(words);
  lf_free(view);
  return st;
}
