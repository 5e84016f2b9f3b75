/* talk.h — what the program says around a run: the lines before it, the chart, the sentence after it. */
#ifndef LF_CLI_TALK_H
#define LF_CLI_TALK_H
#include "cli.h"

/* Prepare, announce, carry out with the live chart, tell the result; the exit code. SIGINT and SIGTERM end it in good order. */
int cli_carry_out(cli *c, lf_run *run);

/* SIGINT and SIGTERM end `run` in good order (lf_run_stop), a second one ends the program; NULL: they end the program again. */
void cli_catch_signals(lf_run *run);

/* cmd_predict.c: what theory says, on stdout; nothing for other commands. */
void cli_tell_forecast(const lf_run *run);

/* How lazy a net was, a line on stdout; nothing where it is not known. */
void cli_tell_drift(const char *whose, lf_drift drift);

/* 12345 -> "12 345" */
typedef struct cli_number {
  char text[32];
} cli_number;
cli_number cli_count(long long n);
cli_number cli_duration(double s);   /* "3 min", "2.5 h" */
cli_number cli_step(long long step); /* "…" for -1: not learned */

/* Text as it goes to this stream: outside UTF-8 the few signs used here become ASCII. */
void cli_print(FILE *to, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
#endif
