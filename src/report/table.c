/* table.c — the order of learning as a table. One run: a row per peak. Several: a row per peak with each run's step, their median and
 * its interval. csv is for machines and holds every run's numbers, one row per run and peak. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "format.h"
#include "lowfirst/files.h"
#include "lowfirst/report.h"
#include "base/text.h"

enum { RUNS_SHOWN = 6 }; /* more runs than this do not fit beside each other: median and interval speak for them */

typedef struct runs {
  size_t n;
  lf_history_view *view; /* (n) */
  lf_order *order;       /* (n) */
} runs;

/* How a table is written down: the pieces around its cells. */
typedef struct markup {
  const char *ending, *row_begin, *between, *row_end, *thin_space, *percent, *dash, *rule;
} markup;

static const markup markups[] = {
    {"md", "| ", " | ", " |\n", "\u202f", "%", "–", ""},
    {"tex", "", " & ", " \\\\\n", "\\,", "\\%", "--", "\\hline\n"},
};

/* ---- cells --------------------------------------------------------------------------------------------------------------- */
/* A number: its spaces become thin ones that hold a line together. */
static void add_number(lf_text *t, const markup *m, const char *text)
{
  for (const char *p = text; *p; p++)
    if (*p == ' ')
      lf_text_add(t, "%s", m->thin_space);
    else if (*p == '%')
      lf_text_add(t, "%s", m->percent);
    else if (*p == '<' || *p == '>')
      lf_text_add(t, m->rule[0] ? "$%c$" : "%c", *p);
    else
      lf_text_put(t, p, 1);
}

/* A run's title, with what the markup would take for its own made harmless. */
static void add_words(lf_text *t, const markup *m, const char *text)
{
  bool tex = m->rule[0] != 0;
  for (const char *p = text; *p; p++) {
    if (tex && strchr("\\^~", *p))
      lf_text_add(t, "{\\char`\\%c}", *p);
    else if (strchr(tex ? "_%&#${}" : "|\\*_<", *p))
      lf_text_add(t, "\\%c", *p);
    else
      lf_text_put(t, p, 1);
  }
}

static void add_step(lf_text *t, const markup *m, int64_t step)
{
  lf_text_add(t, "%s", m->between);
  if (step < 0)
    lf_text_add(t, "%s", m->dash);
  else
    add_number(t, m, lf_word_count(step).text);
}

/* ---- rows ------------------------------------------------------------------------------------------------------------------- */
static void begin_table(lf_text *t, const markup *m, size_t columns)
{
  if (!m->rule[0]) return;
  lf_text_add(t, "\\begin{tabular}{");
  for (size_t i = 0; i < columns; i++) lf_text_add(t, "r");
  lf_text_add(t, "}\n%s", m->rule);
}

static void end_head(lf_text *t, const markup *m, size_t columns)
{
  lf_text_add(t, "%s%s", m->row_end, m->rule);
  for (size_t i = 0; !m->rule[0] && i < columns; i++) lf_text_add(t, "%s", i + 1 < columns ? "|---:" : "|---:|\n");
}

static void end_table(lf_text *t, const markup *m)
{
  lf_text_add(t, m->rule[0] ? "%s\\end{tabular}\n" : "%s", m->rule);
}

/* A title that fits above a column of numbers. */
static bool is_short(const char *title)
{
  enum { LONGEST = 20 };
  size_t columns = lf_text_columns(title);
  return columns > 0 && columns <= LONGEST;
}

/* A training and its prediction: no repetitions, of which a median could speak. */
static bool is_told(const runs *all)
{
  return all->n == 2 && (all->view[0].foretold != NULL) != (all->view[1].foretold != NULL);
}

static void add_run_name(lf_text *t, const markup *m, const runs *all, size_t i)
{
  if (is_told(all))
    lf_text_add(t, all->view[i].foretold ? "theory" : "training");
  else if (is_short(all->view[i].title))
    add_words(t, m, all->view[i].title);
  else
    lf_text_add(t, "run %zu", i + 1);
}

static void add_note(lf_text *t, const markup *m, const runs *all)
{
  double tau = all->order[0].tau;
  lf_word goal = lf_word_percent(all->view[0].learned);
  lf_text_add(t, m->rule[0] ? "%% " : "\n");
  lf_text_add(t, "Learned: the first recorded step from which the error stays below %s.", goal.text);
  if (is_told(all)) lf_text_add(t, " Theory tells the exact step.");
  if (all->n == 1 && !isnan(tau)) lf_text_add(t, " Kendall tau of step and frequency: %.2f.", tau);
  lf_text_add(t, "\n");
  for (size_t i = 0; all->n > 1 && i < all->n; i++) {
    if (!all->view[i].title[0] || (is_short(all->view[i].title) && !is_told(all))) continue;
    lf_text_add(t, m->rule[0] ? "%% " : "\n");
    if (is_told(all))
      add_run_name(t, m, all, i);
    else
      lf_text_add(t, "run %zu", i + 1);
    lf_text_add(t, ": ");
    add_words(t, m, all->view[i].title);
    lf_text_add(t, "\n");
  }
}

static void add_single(lf_text *t, const markup *m, const runs *all)
{
  enum { COLUMNS = 4 };
  const lf_order *o = &all->order[0];
  begin_table(t, m, COLUMNS);
  lf_text_add(t, "%scycles/unit%slearned at step%shalf learned at step%serror at the end", m->row_begin, m->between,
              m->between, m->between);
  end_head(t, m, COLUMNS);
  for (size_t k = 0; k < o->peaks; k++) {
    lf_text_add(t, "%s", m->row_begin);
    add_number(t, m, lf_word_peak(&all->view[0], k).text);
    add_step(t, m, o->step[k]);
    add_step(t, m, o->half[k]);
    lf_text_add(t, "%s", m->between);
    add_number(t, m, lf_word_percent(o->last[k]).text);
    lf_text_add(t, "%s", m->row_end);
  }
  end_table(t, m);
}

/* t_k of the k-th peak of the first run, in another: NaN where that has no such peak or has not learned it. Beside a training theory is asked
 * beyond its record too. */
static double step_in(const runs *all, size_t run, size_t k)
{
  static const double same = 1e-9;
  double xi = all->order[0].xi[k];
  const lf_order *o = &all->order[run];
  const int64_t *step = is_told(all) && all->view[run].foretold ? all->view[run].foretold : o->step;
  for (size_t j = 0; j < o->peaks; j++)
    if (fabs(o->xi[j] - xi) <= same * fabs(xi)) return step[j] >= 0 ? (double)step[j] : NAN;
  return NAN;
}

static int64_t whole(double step) { return isnan(step) ? -1 : (int64_t)llround(step); }

static lf_status add_several(lf_text *t, const markup *m, const runs *all)
{
  lf_status st = LF_OK;
  double *step = NULL, median, low, high;
  bool pooled = !is_told(all);
  size_t shown = all->n <= RUNS_SHOWN ? all->n : 0, columns = shown + (pooled ? 4 : 1);
  LF_TRY(lf_calloc(&step, all->n, sizeof *step));
  begin_table(t, m, columns);
  lf_text_add(t, "%scycles/unit", m->row_begin);
  for (size_t i = 0; i < shown; i++) {
    lf_text_add(t, "%s", m->between);
    add_run_name(t, m, all, i);
  }
  if (pooled) lf_text_add(t, "%smedian step%slow%shigh", m->between, m->between, m->between);
  end_head(t, m, columns);
  for (size_t k = 0; k < all->order[0].peaks; k++) {
    for (size_t i = 0; i < all->n; i++) step[i] = step_in(all, i, k);
    LF_TRY(lf_median_interval(all->n, step, &median, &low, &high));
    lf_text_add(t, "%s", m->row_begin);
    add_number(t, m, lf_word_peak(&all->view[0], k).text);
    for (size_t i = 0; i < shown; i++) add_step(t, m, whole(step[i]));
    for (size_t i = 0; pooled && i < 3; i++) add_step(t, m, whole((const double[]){median, low, high}[i]));
    lf_text_add(t, "%s", m->row_end);
  }
  end_table(t, m);
done:
  lf_free(step);
  return st;
}

/* ---- csv ---------------------------------------------------------------------------------------------------------------------- */
static void add_csv_text(lf_text *t, const char *text)
{
  lf_text_add(t, "\"");
  for (const char *p = text; *p; p++) lf_text_add(t, *p == '"' ? "\"\"" : "%c", *p);
  lf_text_add(t, "\"");
}

static void add_csv_step(lf_text *t, int64_t step)
{
  if (step >= 0) lf_text_add(t, "%lld", (long long)step); /* an empty cell: not learned */
  lf_text_add(t, ",");
}

static void add_csv(lf_text *t, const runs *all)
{
  lf_text_add(t, "run,title,xi,learned_step,half_step,last_error\n");
  for (size_t i = 0; i < all->n; i++)
    for (size_t k = 0; k < all->order[i].peaks; k++) {
      lf_text_add(t, "%zu,", i + 1);
      add_csv_text(t, all->view[i].title);
      lf_text_add(t, ",%.17g,", all->order[i].xi[k]);
      add_csv_step(t, all->order[i].step[k]);
      add_csv_step(t, all->order[i].half[k]);
      lf_text_add(t, "%.17g\n", all->order[i].last[k]);
    }
}

/* ---- from histories to a file ---------------------------------------------------------------------------------------------------- */
static lf_status gather(runs *all, size_t n, const lf_history *const *h)
{
  lf_status st = LF_OK;
  if (n == 0) LF_RAISE(LF_EARG, "a table needs at least one history");
  LF_TRY(lf_calloc(&all->view, n, sizeof *all->view));
  LF_TRY(lf_calloc(&all->order, n, sizeof *all->order));
  all->n = n;
  for (size_t i = 0; i < n; i++) {
    all->view[i] = lf_history_look(h[i]);
    if (all->view[i].r == 0)
      LF_RAISE(LF_EARG, "history %zu (%s) holds no record: there is no order to tell", i + 1, all->view[i].title);
    LF_TRY(lf_history_order(h[i], &all->order[i]));
  }
done:
  return st;
}

lf_status lf_report_table(const char *path, size_t n, const lf_history *const *h)
{
  lf_status st = LF_OK;
  runs all = {0};
  lf_text t = {0};
  const char *dot = strrchr(path, '.'), *ending = dot ? dot + 1 : "";
  const markup *m = NULL;
  for (size_t i = 0; i < sizeof markups / sizeof *markups; i++)
    if (strcmp(ending, markups[i].ending) == 0) m = &markups[i];
  if (!m && strcmp(ending, "csv") != 0) LF_RAISE(LF_EARG, "%s: a table's name must end in .csv, .md or .tex", path);
  LF_TRY(gather(&all, n, h));
  if (!m)
    add_csv(&t, &all);
  else if (n == 1)
    add_single(&t, m, &all);
  else
    LF_TRY(add_several(&t, m, &all));
  if (m) add_note(&t, m, &all);
  LF_TRY(t.status);
  LF_TRY(lf_file_write(path, t.at, t.used));
done:
  for (size_t i = 0; all.order && i < all.n; i++) lf_order_free(&all.order[i]);
  lf_free(all.order);
  lf_free(all.view);
  lf_text_free(&t);
  return st;
}
