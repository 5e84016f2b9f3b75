/* cli.h — what the files of the program share: one row per command, one parsed command line. */
#ifndef LF_CLI_H
#define LF_CLI_H
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include "lowfirst/run.h"

enum { CLI_DONE = 0, CLI_FAILED = 1, CLI_USAGE = 2 }; /* exit codes */

/* A parsed command line. */
typedef struct cli {
  lf_run *run;  /* the options */
  size_t words; /* what stood there without a -- */
  const char **word;
  bool json, quiet;
} cli;

/* One command: a row of the table in main.c and a file cmd_NAME.c. */
typedef struct cli_command {
  const char *name;
  lf_command options; /* whose options it takes */
  const char *summary;
  const char *form;     /* what follows the name in the usage line */
  size_t words_max;     /* how many words without a -- it takes at most */
  const char *examples; /* lines, each ending in \n */
  int (*run)(cli *c);   /* gives the exit code */
} cli_command;

size_t cli_command_count(void);
const cli_command *cli_command_at(size_t i);

int cmd_demo(cli *c);
int cmd_train(cli *c);
int cmd_measure(cli *c);
int cmd_compare(cli *c);
int cmd_report(cli *c);
int cmd_kernel(cli *c);
int cmd_predict(cli *c);
int cmd_doctor(cli *c);
int cmd_reproduce(cli *c);
int cmd_help(int count, char **word);

/* Parse what follows the command's name into c. CLI_DONE, CLI_USAGE or CLI_FAILED (said on stderr); *helped: help was asked for and given. */
int cli_parse(cli *c, const cli_command *command, int count, char **word, bool *helped);
void cli_free(cli *c);

void cli_overview(FILE *to);
void cli_help(FILE *to, const cli_command *command);
void cli_markdown(FILE *to);

/* "lowfirst: ..." on stderr; gives `code`. */
__attribute__((format(printf, 2, 3))) int cli_fail(int code, const char *fmt, ...);
/* lf_last_error() as such a line; 2 for LF_EARG (options that cannot mean anything), else 1. */
int cli_fail_status(lf_status st);
#endif
