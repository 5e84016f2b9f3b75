/* cmd_kernel.c — lowfirst kernel. */
#include <math.h>
#include "cli.h"
#include "talk.h"

static void print_words(const lf_run_kernel *k)
{
  cli_print(stdout, "%s  %zu x %zu · %s of %s\n", k->out, k->rows, k->columns, lf_kernel_kind_name(k->kind), k->net);
  cli_print(stdout, "entries within %.1g of sqrt(K(x,x) K(x',x')) · %.3g s", k->error, k->time_s);
  if (!isnan(k->largest)) cli_print(stdout, " · largest eigenvalue %.4g", k->largest);
  cli_print(stdout, "\n");
  if (*k->note) cli_print(stdout, "%s\n", k->note);
}

int cmd_kernel(cli *c)
{
  lf_run_kernel k;
  char *text = NULL;
  lf_status st = lf_run_write_kernel(c->run, &k);
  if (st == LF_OK && c->json) st = lf_run_kernel_json(&k, &text);
  if (st != LF_OK) return cli_fail_status(st);
  if (c->json)
    (void)fputs(text, stdout);
  else
    print_words(&k);
  lf_release(text);
  return CLI_DONE;
}
