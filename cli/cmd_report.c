/* cmd_report.c — lowfirst report: pages, figures and tables from histories. */
#include "histories.h"
#include "lowfirst/report.h"
#include "talk.h"

typedef struct wish {
  const char *html, *figure, *to, *table;
  lf_figure which;
  char named[64]; /* where a figure goes when --to does not say */
} wish;

static int read_wish(const cli *c, wish *w)
{
  *w = (wish){lf_run_get(c->run, "html"),
              lf_run_get(c->run, "figure"),
              lf_run_get(c->run, "to"),
              lf_run_get(c->run, "table"),
              0,
              ""};
  if (c->words == 0) return cli_fail(CLI_USAGE, "report needs a run, as in lowfirst report runs/a --html a.html");
  if (w->to && !w->figure)
    return cli_fail(CLI_USAGE, "--to %s: which figure? Give --figure NAME (lowfirst report --help lists them)", w->to);
  if (!w->html && !w->figure && !w->table)
    return cli_fail(CLI_USAGE, "say what to write: --html FILE, --figure NAME --to FILE, or --table FILE");
  if (w->figure && lf_figure_parse(&w->which, w->figure) != LF_OK)
    return cli_fail(CLI_USAGE, "--figure %s: %s", w->figure, lf_last_error());
  if (w->figure && !w->to) {
    (void)snprintf(w->named, sizeof w->named, "%s.svg", lf_figure_name(w->which));
    w->to = w->named;
  }
  return CLI_DONE;
}

static void print_quoted(const char *text)
{
  (void)putchar('"');
  for (; *text; text++) {
    if (*text == '"' || *text == '\\') (void)putchar('\\');
    if ((unsigned char)*text < ' ')
      (void)printf("\\u%04x", (unsigned)*text);
    else
      (void)putchar(*text);
  }
  (void)putchar('"');
}

/* The files that were written, as a list or one a line. */
static void tell(const cli *c, const wish *w)
{
  const char *file[] = {w->html, w->to, w->table};
  bool first = true;
  if (c->json) (void)printf("{\"written\": [");
  for (size_t i = 0; i < sizeof file / sizeof *file; i++) {
    if (!file[i]) continue;
    if (c->json) {
      (void)printf(first ? "" : ", ");
      print_quoted(file[i]);
    } else {
      (void)printf("%s\n", file[i]);
    }
    first = false;
  }
  if (c->json) (void)printf("]}\n");
}

int cmd_report(cli *c)
{
  wish w;
  int code = read_wish(c, &w);
  if (code != CLI_DONE) return code;
  lf_history **read = cli_read_histories(c, &code);
  if (!read) return code;
  const lf_history *const *h = (const lf_history *const *)read;
  lf_status st = LF_OK;
  if (w.html) st = lf_report_html(w.html, c->words, h, 0, NULL);
  if (st == LF_OK && w.figure) st = lf_report_figure(w.to, w.which, c->words, h);
  if (st == LF_OK && w.table) st = lf_report_table(w.table, c->words, h);
  if (st == LF_OK)
    tell(c, &w);
  else
    code = cli_fail_status(st);
  cli_free_histories(read, c->words);
  return code;
}
