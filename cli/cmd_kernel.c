/* cmd_kernel.c — lowfirst kernel. */
#include <math.h>
#include <time.h>
#include "lowfirst/report.h"
#include "talk.h"

static void print_words(const lf_run_kernel *k)
{
  cli_print(stdout, "%s  %zu x %zu · %s of %s\n", k->out, k->rows, k->columns, lf_kernel_kind_name(k->kind), k->net);
  cli_print(stdout, "entries within %.1g of sqrt(K(x,x) K(x',x')) · %.3g s", k->error, k->time_s);
  if (k->tile) cli_print(stdout, " · by tiles of %zu points", k->tile);
  if (!isnan(k->largest)) cli_print(stdout, " · largest eigenvalue %.4g", k->largest);
  cli_print(stdout, "\n");
  if (*k->note) cli_print(stdout, "%s\n", k->note);
}

/* ---- progress: one line that is written over, on a terminal alone ------------------------------------------------------------ */
typedef struct progress {
  struct timespec start, last;
  bool shown;
} progress;

static double seconds_between(struct timespec from, struct timespec to)
{
  return (double)(to.tv_sec - from.tv_sec) + 1e-9 * (double)(to.tv_nsec - from.tv_nsec);
}

static int show_progress(void *user, double done, double total)
{
  static const double between_s = 0.2, million = 1e6;
  progress *p = user;
  struct timespec now;
  (void)clock_gettime(CLOCK_MONOTONIC, &now);
  if (seconds_between(p->last, now) < between_s) return 0;
  double spent = seconds_between(p->start, now);
  cli_print(stderr, "\r\033[K%3.0f %% · %.0f million entries/s · %s left", 100 * done / total, done / spent / million,
            cli_duration(spent * (total / done - 1)).text);
  (void)fflush(stderr);
  p->last = now;
  p->shown = true;
  return 0;
}

int cmd_kernel(cli *c)
{
  lf_run_kernel k;
  progress p = {0};
  bool watched = !c->quiet && lf_live_options_for(stderr).terminal;
  char *text = NULL;
  (void)clock_gettime(CLOCK_MONOTONIC, &p.start);
  p.last = p.start;
  cli_catch_signals(c->run);
  lf_status st = lf_run_write_kernel(c->run, watched ? show_progress : NULL, &p, &k);
  cli_catch_signals(NULL);
  if (p.shown) (void)fputs("\r\033[K", stderr);
  if (st == LF_OK && c->json) st = lf_run_kernel_json(&k, &text);
  if (st != LF_OK) return cli_fail_status(st);
  if (c->json)
    (void)fputs(text, stdout);
  else
    print_words(&k);
  lf_release(text);
  return CLI_DONE;
}
