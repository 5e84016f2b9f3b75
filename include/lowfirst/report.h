/** @file  report.h — histories shown: HTML page, gnuplot figure, tables, live terminal chart. Reads histories and nothing else. */
#ifndef LF_REPORT_H
#define LF_REPORT_H
#include <stddef.h>
#include <stdio.h>
#include "lowfirst/history.h"
#include "lowfirst/status.h"
#ifdef __cplusplus
extern "C" {
#endif

/** One offline, interactive page of at most about 5 MB for one or several histories: what is huge is thinned, and the page says so. Histories whose
 *  titles differ by "seed N" alone are repetitions (medians with intervals); others are laid over each other. `facts` is n_facts pairs
 *  label, value (2 n_facts strings, UTF-8) for the head of the page: data, net, training; a value that is a lowfirst command gets a button
 *  that copies it. May be NULL.
 *  LF_EARG no history, or one without records or frequencies; LF_EIO the file cannot be written; LF_ENOMEM. Refused: no file, or the old one. */
lf_status lf_report_html(const char *path, size_t n, const lf_history *const *h, size_t n_facts,
                         const char *const *facts);

/** A table for the head of the page, under its own title. Texts are UTF-8. */
typedef struct lf_page_table {
  const char *title, *note; /* note: a line below; NULL: none */
  size_t columns, rows;
  const char *const *head; /* (columns) */
  const char *const *cell; /* (rows, columns): names in the first column, figures in the others */
  size_t marked;           /* the row that is set off; rows: none */
  const char *command;     /* below, with a button that copies it; NULL: none */
} lf_page_table;

/** The same page with tables, n_tables of them, before the figures. LF_EARG also a table without columns. */
lf_status lf_report_html_tables(const char *path, size_t n, const lf_history *const *h, size_t n_facts,
                                const char *const *facts, size_t n_tables, const lf_page_table *tables);

typedef enum lf_figure {
  LF_FIGURE_BANDS,
  LF_FIGURE_HEATMAP,
  LF_FIGURE_SPECTRUM,
  LF_FIGURE_FUNCTION,
  LF_FIGURE_LOSS,
  LF_FIGURE_ORDER,
  LF_FIGURE_SUMMARY
} lf_figure;
lf_status lf_figure_parse(lf_figure *out, const char *text);
const char *lf_figure_name(lf_figure f);
/** Writes STEM.gp and STEM.dat, then runs gnuplot for STEM.svg|pdf|png|tex by the ending of `path` (tex: tikz, for
 *  \\input). The script names its files relatively: the three may move together. LF_EUNSUP where gnuplot is missing (script and data
 *  are kept, and the message names the package); LF_EIO with gnuplot's own words; LF_EARG where there is nothing to draw. */
lf_status lf_report_figure(const char *path, lf_figure which, size_t n, const lf_history *const *h);

/** A gnuplot script of one's own: written to DIRECTORY/NAME.gp and run in that directory. LF_EUNSUP where gnuplot is missing (the script is
 *  kept), LF_EIO with gnuplot's own words. */
lf_status lf_report_script(const char *directory, const char *name, const char *script);

/** Order-of-learning table by ending: csv (run, title, xi, learned_step, half_step, last_error; an empty cell: not learned), md, tex.
 *  Several histories: each one's steps, median and interval. */
lf_status lf_report_table(const char *path, size_t n, const lf_history *const *h);

/** A sentence in plain words: what was learned, what was not, what to try. At most size bytes with the 0. */
void lf_report_sentence(const lf_history *h, char *text, size_t size);

/* ---- live chart: an observer that draws ---------------------------------------------------------------------------- */
typedef struct lf_live lf_live;
typedef struct lf_live_options {
  FILE *to;       /* stderr */
  int terminal;   /* 1: bars that redraw in place; 0: one plain line per record */
  int colour;     /* 0: none (NO_COLOR), 1: 256 colours, 2: 24 bits */
  int unicode;    /* 0: ASCII bars */
  int columns;    /* 0: ask the terminal */
  double max_fps; /* redraws per second at most, 0: 15 */
  const lf_history
      *theory; /* a prediction of the same peaks (lf_history_foretell()), whose steps get a column; NULL: none. Kept */
} lf_live_options;
/** `h` is looked at on every call: record into it first. */
lf_status lf_live_create(lf_live **out, const lf_history *h, const lf_live_options *options);
int lf_live_observe(void *chart, const lf_snapshot *snapshot);
/** A line of talk (a warning, say) above the chart, which stays whole. */
void lf_live_note(lf_live *live, const char *line);
void lf_live_finish(lf_live *live);  /* last frame, cursor below the chart */
void lf_live_destroy(lf_live *live); /* finishes first; NULL is allowed */
/** Options as the environment wants them: isatty(to), NO_COLOR, TERM, the locale's character set, COLUMNS. */
lf_live_options lf_live_options_for(FILE *to);

#ifdef __cplusplus
}
#endif
#endif
