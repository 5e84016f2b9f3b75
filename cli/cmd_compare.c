/* cmd_compare.c — lowfirst compare: every run against the first. */
#include <math.h>
#include "histories.h"
#include "lowfirst/array.h"
#include "lowfirst/report.h"
#include "talk.h"

static void print_words(const lf_deviation *d, const char *reference, const char *run)
{
  cli_print(stdout, "%s against %s\n", run, reference);
  if (d->peaks > 0) cli_print(stdout, "  cycles/unit   steps there   steps here    ratio\n");
  for (size_t k = 0; k < d->peaks; k++) {
    cli_print(stdout, "  %-12.4g  %-12s  %-12s", d->xi[k], d->step_a[k] < 0 ? "-" : cli_count(d->step_a[k]).text,
              d->step_b[k] < 0 ? "-" : cli_count(d->step_b[k]).text);
    if (d->step_a[k] > 0 && d->step_b[k] >= 0) cli_print(stdout, "  %.3g", (double)d->step_b[k] / (double)d->step_a[k]);
    cli_print(stdout, "\n");
  }
  if (d->bands > 0) cli_print(stdout, "  band, cycles/unit        deviation of the error\n");
  for (size_t b = 0; b < d->bands; b++)
    cli_print(stdout, "  %-9.4g to %-9.4g  %.3g\n", d->band_edge[b], d->band_edge[b + 1], d->band_rms[b]);
  if (isfinite(d->loss_ratio)) cli_print(stdout, "  median ratio of the losses        %.3g\n", d->loss_ratio);
  if (isfinite(d->fit_rms)) cli_print(stdout, "  RMS difference of the last fits   %.3g\n", d->fit_rms);
}

static lf_status tell(const cli *c, const lf_deviation *d, size_t i)
{
  char *text = NULL;
  if (!c->json) {
    print_words(d, c->word[0], c->word[i]);
    return LF_OK;
  }
  lf_status st = lf_deviation_json(d, c->word[0], c->word[i], &text);
  if (st == LF_OK) (void)printf("%s%s", i > 1 ? ",\n" : "", text);
  lf_release(text);
  return st;
}

static lf_status compare_all(const cli *c, lf_history **h)
{
  lf_status st = LF_OK;
  if (c->json) (void)printf("{\"compared\": [\n");
  for (size_t i = 1; st == LF_OK && i < c->words; i++) {
    lf_deviation d = {0};
    st = lf_compare(h[0], h[i], &d);
    if (st == LF_OK) st = tell(c, &d, i);
    lf_deviation_free(&d);
  }
  if (c->json) (void)printf("\n]}\n");
  return st;
}

int cmd_compare(cli *c)
{
  int code = CLI_DONE;
  const char *html = lf_run_get(c->run, "html");
  if (c->words < 2) return cli_fail(CLI_USAGE, "compare needs two runs or more, as in lowfirst compare runs/a runs/b");
  lf_history **h = cli_read_histories(c, &code);
  if (!h) return code;
  lf_status st = html ? lf_report_html(html, c->words, (const lf_history *const *)h, 0, NULL) : LF_OK;
  if (st == LF_OK) st = compare_all(c, h);
  if (st != LF_OK) code = cli_fail_status(st);
  if (st == LF_OK && html && !c->json) cli_print(stdout, "%s\n", html);
  cli_free_histories(h, c->words);
  return code;
}
