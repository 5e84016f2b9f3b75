/* histories.h — the histories that a command's words name. */
#ifndef LF_CLI_HISTORIES_H
#define LF_CLI_HISTORIES_H
#include "cli.h"

/* Read one history per word; NULL with a message on stderr and *code set. */
lf_history **cli_read_histories(const cli *c, int *code);
void cli_free_histories(lf_history **h, size_t n);
#endif
