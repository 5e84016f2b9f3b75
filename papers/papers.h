/* papers.h — published experiments as commands: set-up, claim, criterion, verdict.
 *
 * A criterion is the paper's claim, never something to tune: where a run does not show it, the verdict is "not reproduced" with the
 * measured number. Adding one is a file and a row in papers.c. Experiments speak to the library through its public headers alone. */
#ifndef LF_PAPERS_H
#define LF_PAPERS_H
#include <stdbool.h>
#include <stddef.h>
#include "lowfirst/run.h"

enum { PAPER_TEXT = 1024, PAPER_MAX_TONES = 8, PAPER_MAX_SEEDS = 64 };

/* One running experiment: what is asked, and what came out. */
typedef struct paper_job {
  const char *id;
  bool quick;
  size_t seeds, threads;              /* threads 0: chosen */
  const char *out;                    /* folder for runs, numbers.csv and figures; it exists */
  void (*progress)(const char *line); /* may be NULL */
  void (*running)(
      lf_run *run); /* told each run before it trains and NULL after it, so that it can be stopped; may be NULL */
  bool stopped;
  /* outcome */
  bool reproduced;
  char measured[PAPER_TEXT]; /* one line of numbers */
  char figure[512];          /* "" where gnuplot is missing */
} paper_job;

typedef struct paper_experiment {
  const char *id;
  const char *source;       /* paper, arXiv number */
  const char *claim;        /* in about eight words */
  const char *criterion;    /* what must be measured */
  const char *setup;        /* one line; says what the paper leaves open */
  const char *quick, *full; /* how long on two cores */
  lf_status (*run)(paper_job *job);
} paper_experiment;

size_t paper_count(void);
const paper_experiment *paper_at(size_t i);
const paper_experiment *paper_find(const char *id);

/* ---- what experiments are made of: job.c, statistics.c -------------------------------------------------------------------------------- */
/* Option texts: name, value, ..., NULL. */
typedef const char *const *paper_options;

/* Train `seeds` nets of these options into OUT/name; `quick_options` replace some where the job is quick. tones (n) cycles/unit: frequencies
 * the lens looks at, or n = 0 for its own. The run is the caller's to destroy. LF_EMATH etc. as lf_run_go; an interrupted job gives LF_OK
 * with job->stopped. */
lf_status paper_train(paper_job *job, const char *name, paper_options options, paper_options quick_options, size_t n,
                      const double *tones, lf_run **out);

/* The net of a seed as its training left it, in double. */
lf_status paper_net(const lf_run *run, size_t seed, lf_net **out);

/* Learning steps of the lens's frequencies (explicit tones: all of them; else its peaks), per seed: t (seeds, n), INFINITY where not
 * learned, and their |xi| in xi (n) if not NULL. At most `most` frequencies. */
lf_status paper_times(lf_run *run, bool all, size_t most, double *t, double *xi, size_t *n);

/* Median over seeds of column j of t (seeds, n). */
double paper_median_of(const double *t, size_t seeds, size_t n, size_t j);
double paper_median(size_t n, const double *values);
/* Median and interval over seeds, as lf_median_interval(). */
typedef struct paper_span {
  double median, low, high;
} paper_span;
lf_status paper_span_of(size_t n, const double *values, paper_span *out);
double paper_rms(size_t n, const double *a, const double *b);   /* root of the mean of (a - b)^2 */
double paper_slope(size_t n, const double *x, const double *y); /* of the straight line nearest to y(x) */
double paper_correlation(size_t n, const double *a, const double *b);

/* "t = 20 [18, 25] < 600 [...]": medians and intervals of each column, appended to text (PAPER_TEXT). */
void paper_describe_times(char *text, const double *t, size_t seeds, size_t n);
__attribute__((format(printf, 2, 3))) void paper_append(char *text, const char *fmt, ...);

/* Append a line to OUT/numbers.csv. The first line is the header. */
__attribute__((format(printf, 2, 3))) lf_status paper_number(paper_job *job, const char *fmt, ...);

/* OUT/FIGURE.svg of the histories of all seeds; a missing gnuplot is no failure. */
lf_status paper_figure(paper_job *job, const char *name, const char *figure, lf_run *run);
/* OUT/figure.svg from a gnuplot script body over the columns of numbers.csv; the script is kept beside it. */
lf_status paper_plot(paper_job *job, const char *body);
/* What such a body begins with: another size, for several panels; colours of a surface, even to the eye and in grey. */
#define PAPER_SIZE(size)                    \
  "set output\nset terminal svg size " size \
  " dynamic font 'DejaVu Sans,12' background 'white'\nset output 'figure.svg'\n"
#define PAPER_PALETTE "set palette defined (0 '#440154', 1 '#3b528b', 2 '#21918c', 3 '#5ec962', 4 '#fde725')\n"

lf_status paper_fp_1d(paper_job *job);
lf_status paper_fp_1d_amp(paper_job *job);
lf_status paper_fp_1d_script(paper_job *job);
lf_status paper_fp_ratio(paper_job *job);
lf_status paper_fp_step(paper_job *job);
lf_status paper_fp_image(paper_job *job);
lf_status paper_fp_early(paper_job *job);
lf_status paper_fp_zoo(paper_job *job);
lf_status paper_fp_nongrad(paper_job *job);
lf_status paper_anti_init(paper_job *job);
lf_status paper_anti_ricker(paper_job *job);
lf_status paper_anti_sobolev(paper_job *job);
lf_status paper_tanh_spectrum(paper_job *job);
lf_status paper_lfp_1d(paper_job *job);
lf_status paper_lfp_width(paper_job *job);
lf_status paper_lfp_xor(paper_job *job);
lf_status paper_lfp_operator(paper_job *job);
lf_status paper_lfp_dynamics(paper_job *job);
lf_status paper_lfp_init(paper_job *job);
lf_status paper_lfp_bound(paper_job *job);
lf_status paper_lfp_exponent(paper_job *job);
lf_status paper_pde_1d(paper_job *job);
lf_status paper_pde_2d(paper_job *job);
lf_status paper_pde_control(paper_job *job);
lf_status paper_pde_deep(paper_job *job);
lf_status paper_pde_scale(paper_job *job);
#endif
