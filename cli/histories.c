/* histories.c — run directories and history files from the command line. */
#include "histories.h"
#include <stdlib.h>

void cli_free_histories(lf_history **h, size_t n)
{
  for (size_t i = 0; h && i < n; i++) lf_history_destroy(h[i]);
  free(h);
}

lf_history **cli_read_histories(const cli *c, int *code)
{
  lf_history **h = calloc(c->words, sizeof(lf_history *));
  if (!h) {
    *code = cli_fail(CLI_FAILED, "out of memory");
    return NULL;
  }
  for (size_t i = 0; i < c->words; i++) {
    lf_status st = lf_history_read(&h[i], c->word[i]);
    if (st == LF_OK) continue;
    *code = cli_fail_status(st);
    cli_free_histories(h, i);
    return NULL;
  }
  return h;
}
