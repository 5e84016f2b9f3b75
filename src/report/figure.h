/* figure.h — inside the gnuplot figures: a script and its data while they are written. */
#ifndef LF_FIGURE_H
#define LF_FIGURE_H
#include <stdbool.h>
#include "lowfirst/report.h"
#include "format.h"
#include "base/text.h"

enum { LF_PLOT_FITS = 5 }; /* fits shown over each other at most */

typedef struct lf_plot {
  lf_text script, data;
  const char *data_name; /* STEM.dat, as the script calls it */
  bool tex;              /* labels are TeX, not gnuplot's enhanced text */
  size_t panel;          /* 0: the figure has one panel, else 1, 2, ... of a summary: names its data blocks */
  size_t n;
  lf_history_view *view; /* (n) */
  lf_order *order;       /* (n) */
} lf_plot;

/* Each adds one panel: its data blocks, its axes, its plot command. */
lf_status lf_panel_bands(lf_plot *p);
lf_status lf_panel_heatmap(lf_plot *p);
lf_status lf_panel_spectrum(lf_plot *p);
lf_status lf_panel_function(lf_plot *p);
lf_status lf_panel_loss(lf_plot *p);
lf_status lf_panel_order(lf_plot *p);

/* ---- pieces, figure_parts.c ---- */
/* A label as a quoted string of the script. In `utf8`, Greek letters and the like are written as such; for TeX they become its commands. */
void lf_plot_say(lf_plot *p, const char *utf8);
/* "set xlabel 'step'" */
void lf_plot_set(lf_plot *p, const char *what, const char *utf8);
/* title 'utf8', as part of a plot command */
void lf_plot_title(lf_plot *p, const char *utf8);
/* "step 1 680" */
lf_word lf_plot_step(const lf_history_view *v, size_t record);
/* Of two runs the one that is a prediction, where the other is none; else p->n. */
size_t lf_plot_theory(const lf_plot *p);
/* A run's title, or "run 2"; "theory" and "training" where one of two is a prediction. */
void lf_plot_run(const lf_plot *p, size_t i, char *out, size_t size);
/* Begin a data block: plot commands find it as index NAME. */
void lf_plot_block(lf_plot *p, const char *name, const char *columns);
/* 'STEM.dat' index 'NAME' */
void lf_plot_from(lf_plot *p, const char *name);
/* lc rgb '#rrggbb' of a place in [0,1] on viridis, without its palest end. */
void lf_plot_colour(lf_plot *p, double place);
/* Place of i among n for lf_plot_colour. */
double lf_plot_place(size_t i, size_t n);
/* The format of a logarithmic axis. */
const char *lf_plot_powers(const lf_plot *p);
/* Undo what a panel of a summary has set, for the next. */
void lf_plot_end(lf_plot *p);
/* The key as every panel begins with it. */
void lf_plot_key(lf_plot *p);
/* Steps on the x axis: logarithmic where there is something to see before the last decade. */
void lf_plot_step_axis(lf_plot *p);

/* Up to `most` >= 2 records worth showing: those at which a peak was learned, and the last; ascending. */
size_t lf_plot_records(const lf_history_view *v, const lf_order *order, size_t most, size_t *record);
/* Shells of |xi|: shell i holds what is nearest to i * width. */
typedef struct lf_shells {
  size_t count;
  double width; /* cycles/unit */
} lf_shells;
lf_shells lf_plot_shells(const lf_history_view *v);
/* norm (count): root of the sum of |hat - minus|^2 over each shell; hat, minus (M,c) complex, minus may be NULL. */
void lf_plot_shell_norms(const lf_history_view *v, lf_shells shells, const double *hat, const double *minus,
                         double *norm);

/* The highest |xi| worth showing: all peaks, and all but a small share of the target's energy, with a margin. */
double lf_plot_xi_limit(const lf_history_view *v);
#endif
