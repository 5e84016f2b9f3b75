/* cmd_compare.c — lowfirst compare: every run against the first. Where one of the two is a prediction and the other a run directory of train, it is
 * also told how far that net's kernel went: theory takes it to stand still. */
#include <math.h>
#include <unistd.h>
#include "histories.h"
#include "lowfirst/array.h"
#include "lowfirst/report.h"
#include "talk.h"

/* A pair, and of its net, if one of the two was trained and the other foretold: how lazy it was. */
typedef struct pair {
  const char *reference, *run;
  const char *net; /* whose drift it is; NULL: none is asked for */
  lf_drift drift;
  lf_deviation d;
} pair;

/* Where the errors in a band are farthest apart. */
static void print_band(const lf_deviation *d, size_t b)
{
  size_t far = 0;
  for (size_t s = 1; s < d->steps; s++)
    if (fabs(d->apart[s * d->bands + b]) > fabs(d->apart[far * d->bands + b])) far = s;
  cli_print(stdout, "  %-9.4g to %-9.4g  %-22.3g  ", d->band_edge[b], d->band_edge[b + 1], d->band_rms[b]);
  if (d->steps > 0 && isfinite(d->apart[far * d->bands + b]))
    cli_print(stdout, "%+.2g at step %s", d->apart[far * d->bands + b], cli_count((long long)d->step[far]).text);
  cli_print(stdout, "\n");
}

static void print_words(const pair *p)
{
  const lf_deviation *d = &p->d;
  const char *reference = p->reference, *run = p->run;
  cli_print(stdout, "%s against %s\n", run, reference);
  if (d->peaks > 0) cli_print(stdout, "  cycles/unit   steps there   steps here    ratio\n");
  for (size_t k = 0; k < d->peaks; k++) {
    cli_print(stdout, "  %-12.4g  %-12s  %-12s", d->xi[k], d->step_a[k] < 0 ? "-" : cli_count(d->step_a[k]).text,
              d->step_b[k] < 0 ? "-" : cli_count(d->step_b[k]).text);
    if (d->step_a[k] > 0 && d->step_b[k] >= 0) cli_print(stdout, "  %.3g", (double)d->step_b[k] / (double)d->step_a[k]);
    cli_print(stdout, "\n");
  }
  if (fabs(d->pace - 1) > 0.01)
    cli_print(stdout, "  a step here counts %.3g there by the learning rates: ratios in time are %.3g times these\n",
              d->pace, d->pace);
  if (d->bands > 0) cli_print(stdout, "  band, cycles/unit       deviation of the error  largest\n");
  for (size_t b = 0; b < d->bands; b++) print_band(d, b);
  if (isfinite(d->loss_ratio)) cli_print(stdout, "  median ratio of the losses        %.3g\n", d->loss_ratio);
  if (isfinite(d->fit_rms)) cli_print(stdout, "  RMS difference of the last fits   %.3g\n", d->fit_rms);
  if (!p->net) return;
  char whose[512];
  (void)snprintf(whose, sizeof whose, "  the tangent kernel of %s", p->net);
  cli_tell_drift(whose, p->drift);
}

/* Is it the directory of a run that ended with a net? */
static bool has_weights(const char *directory)
{
  char path[1024];
  (void)snprintf(path, sizeof path, "%s/weights.safetensors", directory);
  return access(path, F_OK) == 0;
}

static bool is_prediction(const lf_history *h) { return lf_history_look(h).foretold != NULL; }

/* Data that have moved do not spoil a comparison: it is said what is missing, and why. */
static void find_drift(pair *p, bool reference_is_theory, bool run_is_theory)
{
  const char *net = reference_is_theory ? p->run : p->reference;
  p->drift = (lf_drift){NAN, NAN};
  if (reference_is_theory == run_is_theory || !has_weights(net)) return;
  if (lf_run_drift_of(net, &p->drift) == LF_OK)
    p->net = net;
  else
    (void)fprintf(stderr, "lowfirst: warning: how far the kernel of %s moved is not known: %s\n", net, lf_last_error());
}

static lf_status tell(const cli *c, const pair *p, bool first)
{
  char *text = NULL;
  if (!c->json) {
    print_words(p);
    return LF_OK;
  }
  lf_status st = lf_deviation_json(&p->d, &p->drift, p->reference, p->run, &text);
  if (st == LF_OK) (void)printf("%s%s", first ? "" : ",\n", text);
  lf_release(text);
  return st;
}

static lf_status compare_all(const cli *c, lf_history **h)
{
  lf_status st = LF_OK;
  if (c->json) (void)printf("{\"compared\": [\n");
  for (size_t i = 1; st == LF_OK && i < c->words; i++) {
    pair p = {.reference = c->word[0], .run = c->word[i]};
    st = lf_compare(h[0], h[i], &p.d);
    if (st == LF_OK) find_drift(&p, is_prediction(h[0]), is_prediction(h[i]));
    if (st == LF_OK) st = tell(c, &p, i == 1);
    lf_deviation_free(&p.d);
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
