/* bench.h — what benchmarks share: medians, the machine's description, a PyTorch to race against. */
#ifndef LF_BENCH_H
#define LF_BENCH_H
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include "lowfirst/status.h"

enum { BENCH_MAX_REPEATS = 64 };

double bench_now_s(void);
/* Processor time of this thread: what a busy machine spoils least, for what runs on one thread. */
double bench_processor_s(void);
/* Repetitions of a timing: 15, with LF_BENCH_QUICK 3. */
size_t bench_repeats(void);
/* Seconds that one turn lasts, long against the clock and short against the machine's moods: 0.05, with LF_BENCH_QUICK 0.01. */
double bench_turn_s(void);

typedef struct bench_figure {
  double median, low, high, least; /* of the repetitions; low, high: quartiles */
} bench_figure;
bench_figure bench_summary(size_t n, const double *value);

/* End the program with the library's own words where a call fails: a benchmark has nobody to hand an error to. */
void bench_must(lf_status st, const char *what);

/* A folder of this program's own for a while, where the system keeps temporary files (TMPDIR); ends the program where there is none to be had. */
const char *bench_folder(void);
/* Take it away again with all that is in it. */
void bench_folder_remove(void);

/* The file named by LF_BENCH_RESULT, begun with the members that every result has, the last one followed by a comma. Without that name, what is
 * written goes nowhere. */
FILE *bench_open_result(const char *name);
void bench_close_result(FILE *f);

/* ---- a PyTorch process -------------------------------------------------------------------------------------------------- */
typedef struct bench_peer bench_peer;

/* Start torch_step.py with `threads` threads and the settings it is fastest with. NULL, and *why says so, where Python or PyTorch is missing.
 * LF_BENCH_PYTHON names another interpreter. */
bench_peer *bench_peer_start(size_t threads, char *why, size_t size);
const char *bench_peer_version(const bench_peer *p);
const char *bench_peer_settings(const bench_peer *p);
/* Send a line, receive a line (without its end) into answer. False where the process died. */
bool bench_peer_ask(bench_peer *p, char *answer, size_t size, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
void bench_peer_stop(bench_peer *p); /* NULL is allowed */
#endif
