/* run_doctor_report.c — the doctor's page: what the samples hold, the candidates side by side, and both models as theory sees them. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "lowfirst/report.h"
#include "report/format.h"
#include "run/run_internal.h"

enum { FACTS = 6, FACT = 512 };

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

static void collect(facts *f, const lf_run *run, const lf_advice_view *look)
{
  char words[FACT];
  lf_data_describe(run->data, words, sizeof words);
  add_fact(f, "data", "%s", words);
  lf_data_page_words(look->page, words, sizeof words);
  if (*words) add_fact(f, "energy", "%s", words);
  lf_model_describe(&run->model, words, sizeof words);
  add_fact(f, "network", "%s", words);
  if (look->hopeless)
    add_fact(f, "advice", "%s", look->why);
  else
    add_fact(f, "advice", "%s: %s", look->candidate[look->best].label, look->why);
}

/* ---- candidates ----------------------------------------------------------------------------------------------------------------------- */
enum { COLUMNS = 5, CELL = 96, NOTE = 512 }; /* columns at most */ /* columns at most */

typedef struct table {
  char (*text)[COLUMNS][CELL]; /* (candidates) */
  const char **cell;           /* (rows, columns) */
  size_t columns, rows, marked;
  char note[NOTE];
} table;

static void table_free(table *t)
{
  lf_free(t->text);
  lf_free(t->cell);
}

static void write_row(char text[COLUMNS][CELL], const lf_candidate *c, bool bands)
{
  (void)snprintf(text[0], CELL, "%s", c->label);
  (void)snprintf(text[1], CELL, "%.3f", c->expected);
  if (!isnan(c->trial)) (void)snprintf(text[2], CELL, "%.3f", c->trial);
  if (bands) (void)snprintf(text[3], CELL, "%s", lf_word_foretold(c->steps).text);
  if (lf_advice_should_stop(c)) (void)snprintf(text[4], CELL, "%s", lf_word_foretold(c->best_step).text);
}

static void write_note(table *t, const lf_run *run, const lf_advice_view *look)
{
  int used = snprintf(t->note, NOTE,
                      "Errors between the samples, as shares of the target's size. Expected: by theory after %s steps, "
                      "kernels on %zu samples.",
                      lf_word_count(run->train.steps).text, look->samples);
  if (look->trials > 0 && used < NOTE)
    used += snprintf(t->note + used, (size_t)(NOTE - used), " Trial: %zu nets, %s steps on %zu samples.", look->trials,
                     lf_word_count(look->trial_steps).text, look->trial_samples);
  if (isfinite(look->detail_xi) && used < NOTE)
    used +=
        snprintf(t->note + used, (size_t)(NOTE - used), " Steps: until %.3g cycles/unit is learned.", look->detail_xi);
  if (isfinite(look->detail_xi) && look->samples < look->page->n && used < NOTE)
    (void)snprintf(t->note + used, (size_t)(NOTE - used),
                   " Fine bands may take about twice as long with all %s samples.",
                   lf_word_count((int64_t)look->page->n).text);
}

static lf_status table_make(table *t, const lf_run *run, const lf_advice_view *look)
{
  lf_status st;
  t->marked = look->candidates;
  t->columns = COLUMNS - 1; /* the last one is for data with noise */
  for (size_t i = 0; i < look->candidates; i++)
    if (lf_advice_is_shown(look, i) && lf_advice_should_stop(&look->candidate[i])) t->columns = COLUMNS;
  LF_TRY(lf_calloc(&t->text, look->candidates, sizeof *t->text));
  LF_TRY(lf_calloc(&t->cell, look->candidates * COLUMNS, sizeof *t->cell));
  for (size_t i = 0; i < look->candidates; i++) {
    if (!lf_advice_is_shown(look, i)) continue;
    write_row(t->text[i], &look->candidate[i], look->bands > 0);
    for (size_t k = 0; k < t->columns; k++) t->cell[t->rows * t->columns + k] = t->text[i][k];
    if (i == look->best && !look->hopeless) t->marked = t->rows;
    t->rows++;
  }
  write_note(t, run, look);
done:
  return st;
}

/* ---- evolutions ----------------------------------------------------------------------------------------------------------------------- */
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
  static const char *const head[COLUMNS] = {"candidate", "expected error", "trial", "steps to the detail",
                                            "better stop at"};
  const lf_advice *a = run->doctor->advice;
  lf_advice_view look = lf_advice_look(a);
  lf_history *both[2] = {NULL, NULL};
  facts *f = NULL;
  table t = {0};
  char title[128], *path = NULL;
  size_t n = look.best > 0 ? 2 : 1;
  lf_status st = LF_OK;
  if (look.candidates == 0) return LF_OK; /* nothing evolves */
  LF_TRY(lf_calloc(&f, 1, sizeof *f));
  LF_TRY(follow(&both[0], a, 0, "as given, by theory"));
  (void)snprintf(title, sizeof title, "%s, by theory", look.candidate[look.best].label);
  if (look.best > 0) LF_TRY(follow(&both[1], a, look.best, title));
  collect(f, run, &look);
  LF_TRY(table_make(&t, run, &look));
  LF_TRY(lf_run_path(&path, run->out, "report.html"));
  lf_page_table page = {.title = "Which start learns it?",
                        .note = t.note,
                        .columns = t.columns,
                        .rows = t.rows,
                        .head = head,
                        .cell = t.cell,
                        .marked = t.marked,
                        .command = look.hopeless ? NULL : run->doctor->command};
  LF_TRY(lf_report_html_tables(path, n, (const lf_history *const *)both, f->count, f->pair, 1, &page));
done:
  lf_history_destroy(both[0]);
  lf_history_destroy(both[1]);
  table_free(&t);
  lf_free(f);
  lf_free(path);
  return st;
}
