/* run_verify.c — the doctor's word kept: both nets trained to the end, and the page that shows what theory expects of them. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "lowfirst/report.h"
#include "run/run_internal.h"

lf_status lf_run_verify(lf_run *run)
{
  lf_doctor *d = run->doctor;
  lf_advice_view look = lf_advice_look(d->advice);
  lf_status st = LF_OK;
  for (size_t i = 0; i < 2 && look.candidates > 0; i++) {
    lf_verified v;
    size_t which = i ? look.best : 0;
    LF_TRY(lf_advice_verify(d->advice, which, true, &v));
    d->verified_step[i] = v.band_step;
    d->verify[i] = (lf_run_verified){.label = look.candidate[which].label,
                                     .foretold = look.candidate[which].expected,
                                     .measured = v.error,
                                     .step = v.band_step};
    d->verified = i + 1;
  }
done:
  return st;
}

/* ---- report.html ------------------------------------------------------------------------------------------------------------------------ */
enum { FACTS = 24, FACT = 512 };

typedef struct facts {
  size_t count;
  char text[FACTS][FACT];
  const char *pair[2 * FACTS];
} facts;

LF_PRINTF(3, 4) static void add_fact(facts *f, const char *label, const char *fmt, ...)
{
  va_list list;
  if (f->count == FACTS) return;
  va_start(list, fmt);
  (void)vsnprintf(f->text[f->count], FACT, fmt, list);
  va_end(list);
  f->pair[2 * f->count] = label;
  f->pair[2 * f->count + 1] = f->text[f->count];
  f->count++;
}

static void add_candidate(facts *f, const lf_candidate *c)
{
  char trial[48] = "", steps[48] = "never";
  if (!isnan(c->trial)) (void)snprintf(trial, sizeof trial, ", trial %.3g", c->trial);
  if (c->steps >= 0) (void)snprintf(steps, sizeof steps, "%lld", (long long)c->steps);
  add_fact(f, c->label, "expected error %.3g of the signal's size%s, steps to the detail: %s", c->expected, trial,
           steps);
}

static void collect(facts *f, const lf_run *run, const lf_advice_view *look)
{
  char words[FACT];
  lf_data_describe(run->data, words, sizeof words);
  add_fact(f, "data", "%s", words);
  lf_data_page_words(look->page, words, sizeof words);
  add_fact(f, "energy", "%s", words);
  lf_model_describe(&run->model, words, sizeof words);
  add_fact(f, "network", "%s", words);
  add_fact(f, "advice", "%s: %s", look->candidate[look->best].label, look->why);
  add_fact(f, "run next", "%s", run->doctor->command);
  for (size_t i = 0; i < look->candidates; i++)
    if (i == 0 || i == look->best || look->candidate[i].finalist) add_candidate(f, &look->candidate[i]);
}

static lf_status follow(lf_history **out, const lf_advice *a, size_t candidate, const char *title)
{
  lf_history_options o = {.title = title, .keep_fit = true};
  lf_status st;
  LF_TRY(lf_history_create(out, lf_advice_lens(a), lf_advice_samples(a), &o));
  LF_TRY(lf_advice_follow(a, candidate, lf_history_record, *out));
  LF_TRY(lf_history_status(*out));
done:
  return st;
}

lf_status lf_run_doctor_report(const lf_run *run)
{
  const lf_advice *a = run->doctor->advice;
  lf_advice_view look = lf_advice_look(a);
  lf_history *both[2] = {NULL, NULL};
  facts *f = NULL;
  char title[128], *path = NULL;
  lf_status st = LF_OK;
  if (look.candidates == 0) return LF_OK; /* nothing evolves */
  LF_TRY(lf_calloc(&f, 1, sizeof *f));
  LF_TRY(follow(&both[0], a, 0, "as given, by theory"));
  (void)snprintf(title, sizeof title, "%s, by theory", look.candidate[look.best].label);
  if (look.best > 0) LF_TRY(follow(&both[1], a, look.best, title));
  collect(f, run, &look);
  LF_TRY(lf_run_path(&path, run->out, "report.html"));
  LF_TRY(lf_report_html(path, look.best > 0 ? 2 : 1, (const lf_history *const *)both, f->count, f->pair));
done:
  lf_history_destroy(both[0]);
  lf_history_destroy(both[1]);
  lf_free(f);
  lf_free(path);
  return st;
}
