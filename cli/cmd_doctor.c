/* cmd_doctor.c — lowfirst doctor: the page a colleague would write. */
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include "lowfirst/array.h"
#include "talk.h"

enum { WORDS = 512 };

/* A line of the page: what it is about in 15 columns, then the words; "" goes on with the last subject. */
__attribute__((format(printf, 2, 3))) static void say(const char *about, const char *fmt, ...)
{
  char text[2 * WORDS];
  va_list list;
  va_start(list, fmt);
  (void)vsnprintf(text, sizeof text, fmt, list);
  va_end(list);
  cli_print(stdout, "%-14s %s\n", about, text);
}

/* "4·10⁷" is kept plain: 4e7 from a million on, grouped digits below. */
static cli_number steps_in_words(int64_t steps)
{
  static const int64_t many = 1000000;
  cli_number out;
  if (steps < 0) return (cli_number){"never"};
  if (steps < many) return cli_count((long long)steps);
  (void)snprintf(out.text, sizeof out.text, "%.1g", (double)steps);
  return out;
}

static const char *dimensions(size_t d)
{
  return d == 1 ? "one dimension" : d == 2 ? "two dimensions" : "three dimensions";
}

/* ---- data ------------------------------------------------------------------------------------------------------------------------- */
static void tell_data(const lf_data_page *p)
{
  static const double percent = 100;
  char words[WORDS], where[64];
  (void)snprintf(where, sizeof where, "%zu dimensions", p->d);
  if (p->d <= 3)
    say("Your data", "%s samples in %s; they can carry 0 ... %.3g cycles/unit.", cli_count((long long)p->n).text,
        dimensions(p->d), p->xi_safe);
  else
    say("Your data", "%s samples in %s.", cli_count((long long)p->n).text, where);
  lf_data_page_words(p, words, sizeof words);
  if (*words == 'n') *words = 'N'; /* nothing but noise to speak of */
  if (p->y_size == 0) say("", "All values are the same (%.4g): there is nothing to learn.", p->y_mean);
  if (*words && p->y_size > 0) {
    char sample[96] = "";
    if (p->looked_at < p->n)
      (void)snprintf(sample, sizeof sample, " (seen on %s of them)", cli_count((long long)p->looked_at).text);
    say("", "%s%s%s.", words, sample, p->projected ? ", along the first principal direction" : "");
  }
  if (p->repeated > 0)
    say("", "%s samples lie where another one lies; there y scatters by %.2g, %.2g %% of its size.",
        cli_count((long long)p->repeated).text, p->repeat_noise,
        p->y_size > 0 ? percent * p->repeat_noise / p->y_size : 0.0);
  if (p->xi_noise == 0)
    say("", "No frequency up to %.3g cycles/unit stands out from noise%s.", p->xi_top, p->projected ? " there" : "");
  else if (isfinite(p->xi_noise))
    say("", "From %.3g to %.3g cycles/unit nothing stands out from noise.", p->xi_noise, p->xi_top);
  if (p->aliasing.warn) say("", "Undersampled: %s", p->aliasing.text);
}

/* ---- the network ------------------------------------------------------------------------------------------------------------------- */
static bool is_exact(const lf_run *run)
{
  const char *opt = lf_run_get(run, "opt");
  return strcmp(opt, "gd") == 0 || strcmp(opt, "momentum") == 0 || strcmp(opt, "nesterov") == 0;
}

static void tell_network(const lf_run *run, const lf_advice_view *a)
{
  const lf_candidate *given = &a->candidate[0], *best = &a->candidate[a->best];
  long long steps = (long long)strtod(lf_run_get(run, "steps"), NULL);
  char line[WORDS] = "", until[64] = "";
  size_t used = 0, missed = 0;
  for (size_t b = 0; b < a->bands && used < sizeof line; b++) {
    const lf_band_view *v = &a->given_band[b];
    if (v->step >= 0 && v->step <= steps) continue;
    used += (size_t)snprintf(line + used, sizeof line - used, "%s%.3g %s%s%s", missed++ ? ", " : "", v->centre,
                             v->step < 0 ? "is " : "would take ", steps_in_words(v->step).text,
                             v->step < 0 ? " learned" : "");
  }
  if (missed == 0)
    (void)snprintf(until, sizeof until, "learns all that has energy");
  else
    (void)snprintf(until, sizeof until, "learns %zu of %zu bands", a->bands - missed, a->bands);
  if (a->bands == 0)
    say("Your network", "No band stands out whose steps could be foretold.");
  else
    say("Your network", "%s within %s steps%s%s (%s).", until, cli_count(steps).text, missed ? "; " : "", line,
        is_exact(run) ? lf_run_get(run, "opt") : "steps of plain descent; theory has no rule for this optimiser");
  if (a->hopeless) return;
  say("", "Expected test error %.2g of the signal's size; %.2g is reachable with these samples.", given->expected,
      fmin(best->expected, given->expected));
}

/* ---- advice ------------------------------------------------------------------------------------------------------------------------------ */
static void tell_stop(const lf_candidate *c)
{
  if (lf_advice_should_stop(c))
    say("", "Stop after about %s steps: expected %.2g there; what comes later is noise.",
        steps_in_words(c->best_step).text, c->best);
}

static void tell_advice(const lf_run_diagnosis *d)
{
  const lf_advice_view *a = &d->advice;
  const lf_candidate *c = &a->candidate[a->best];
  char trial[64] = "", steps[96] = "";
  if (!isnan(c->trial)) (void)snprintf(trial, sizeof trial, ", trial %.2g", c->trial);
  if (a->bands > 0 && c->steps >= 0)
    (void)snprintf(steps, sizeof steps, ", %s steps to %.3g", steps_in_words(c->steps).text, a->detail_xi);
  if (a->hopeless) {
    say("What to do", "Nothing to be done with a network: %s.", a->why);
    return;
  }
  say("What to do", "%s: expected %.2g%s%s.", a->best ? c->label : "Keep what you have", c->expected, trial, steps);
  say("", "Why: %s.", a->why);
  tell_stop(c);
  if (isfinite(a->lattice_error))
    say("", "%zu evenly spread frequencies would stand for this law within %.1g, random ones within %.1g.",
        c->model.features.count, a->lattice_error, a->random_error);
  say("Run", "%s", d->command);
}

static void tell_table(const lf_advice_view *a)
{
  cli_print(stdout, "\n  %-34s %9s %7s %14s\n", "candidate", "expected", "trial", "steps to it");
  for (size_t i = 0; i < a->candidates; i++) {
    const lf_candidate *c = &a->candidate[i];
    char trial[16] = "";
    if (!lf_advice_is_shown(a, i)) continue;
    if (!isnan(c->trial)) (void)snprintf(trial, sizeof trial, "%.3f", c->trial);
    cli_print(stdout, "  %-34s %9.3f %7s %14s%s\n", c->label, c->expected, trial,
              a->bands > 0 ? steps_in_words(c->steps).text : "", i == a->best && !a->hopeless ? "  <" : "");
  }
  cli_print(stdout, "  Kernels on %zu samples, %zu groups held out in turn", a->samples, a->cells);
  if (a->trials)
    cli_print(stdout, "; trial: %zu nets, %s steps on %zu samples", a->trials,
              cli_count((long long)a->trial_steps).text, a->trial_samples);
  cli_print(stdout, ".\n");
  if (a->samples < a->page->n && a->bands > 0)
    cli_print(stdout, "  Fine bands may take about twice the steps with all %s samples; --samples looks at more.\n",
              cli_count((long long)a->page->n).text);
}

static void tell_verified(const lf_run_diagnosis *d)
{
  const lf_advice_view *a = &d->advice;
  if (d->verified < 2) return;
  cli_print(stdout, "\n  trained to the end: %-14s %9s %9s\n", "", "expected", "measured");
  for (size_t i = 0; i < d->verified; i++)
    cli_print(stdout, "  %-34s %9.3f %9.3f\n", d->verify[i].label, d->verify[i].foretold, d->verify[i].measured);
  cli_print(stdout, "  %-12s %10s %10s %12s %12s\n", "cycles/unit", "given", "measured", "recommended", "measured");
  for (size_t b = 0; b < a->bands; b++)
    cli_print(stdout, "  %-12.4g %10s %10s %12s %12s\n", a->given_band[b].centre,
              steps_in_words(a->given_band[b].step).text, cli_step((long long)d->verify[0].step[b]).text,
              steps_in_words(a->best_band[b].step).text, cli_step((long long)d->verify[1].step[b]).text);
}

static void tell(const cli *c, const lf_run_diagnosis *d)
{
  tell_data(d->advice.page);
  if (d->advice.candidates == 0) {
    say("What to do", "%s",
        d->advice.page->y_size == 0 ? "No network is needed for a constant."
                                    : "Take more samples: with fewer than three none can be held out.");
  } else {
    tell_network(c->run, &d->advice);
    tell_advice(d);
    tell_table(&d->advice);
    tell_verified(d);
    if (!is_exact(c->run))
      cli_print(stdout, "  Not known to theory: the path of %s, and features that are learned. The trial has both.\n",
                lf_run_get(c->run, "opt"));
  }
  bool page = d->advice.candidates > 0 && !lf_run_flag(c->run, "no-report");
  cli_print(stdout, "%s%s\n", d->out, page ? "/report.html" : "/doctor.json");
}

int cmd_doctor(cli *c)
{
  lf_run_diagnosis d;
  char *text = NULL;
  lf_status st = lf_run_diagnose(c->run, &d);
  if (st == LF_OK && c->json) st = lf_run_diagnosis_json(c->run, &text);
  if (st != LF_OK) return cli_fail_status(st);
  if (c->json)
    (void)fputs(text, stdout);
  else
    tell(c, &d);
  lf_release(text);
  return CLI_DONE;
}
