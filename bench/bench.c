/* bench.c — see bench.h. */
#include "bench.h"
#include <ftw.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "lowfirst/system.h"

double bench_now_s(void)
{
  struct timespec t;
  (void)clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

double bench_processor_s(void)
{
  struct timespec t;
  (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static bool quick(void)
{
  const char *text = getenv("LF_BENCH_QUICK");
  return text && text[0] && strcmp(text, "0") != 0;
}

size_t bench_repeats(void) { return quick() ? 3 : 15; }
double bench_turn_s(void) { return quick() ? 0.01 : 0.05; }

static int ascending(const void *a, const void *b)
{
  double p, q;
  p = *(const double *)a, q = *(const double *)b;
  return (p > q) - (p < q);
}

/* Linear between the order statistics. */
static double quantile(size_t n, const double *sorted, double q)
{
  double at = q * (double)(n - 1);
  size_t i = (size_t)at;
  return i + 1 < n ? sorted[i] + (at - (double)i) * (sorted[i + 1] - sorted[i]) : sorted[n - 1];
}

bench_figure bench_summary(size_t n, const double *value)
{
  double sorted[BENCH_MAX_REPEATS];
  n = n < BENCH_MAX_REPEATS ? n : BENCH_MAX_REPEATS;
  memcpy(sorted, value, n * sizeof *sorted);
  qsort(sorted, n, sizeof *sorted, ascending);
  return (bench_figure){quantile(n, sorted, 0.5), quantile(n, sorted, 0.25), quantile(n, sorted, 0.75), sorted[0]};
}

void bench_must(lf_status st, const char *what)
{
  if (st == LF_OK) return;
  (void)fprintf(stderr, "%s: %s\n", what, lf_last_error());
  exit(1);
}

static char folder[512];

const char *bench_folder(void)
{
  const char *temporary = getenv("TMPDIR");
  (void)snprintf(folder, sizeof folder, "%s/lowfirst-bench-XXXXXX", temporary ? temporary : P_tmpdir);
  if (mkdtemp(folder)) return folder;
  (void)fprintf(stderr, "%s: cannot be made; TMPDIR names another place\n", folder);
  exit(1);
}

static int remove_one(const char *path, const struct stat *what, int kind, struct FTW *where)
{
  (void)what, (void)kind, (void)where;
  return remove(path);
}

void bench_folder_remove(void)
{
  enum { OPEN_AT_ONCE = 16 };
  (void)nftw(folder, remove_one, OPEN_AT_ONCE, FTW_DEPTH | FTW_PHYS);
}

FILE *bench_open_result(const char *name)
{
  const char *path = getenv("LF_BENCH_RESULT");
  if (!path || !path[0]) path = "/dev/null";
  FILE *f = fopen(path, "w");
  if (!f) {
    (void)fprintf(stderr, "%s: cannot be written\n", path);
    exit(1);
  }
  (void)fprintf(f, "{\n  \"benchmark\": \"%s\",\n  \"cpu\": \"%s\",\n  \"cpus\": %zu,\n  \"isa\": \"%s\",\n", name,
                lf_cpu_name(), lf_cpu_count(), lf_isa());
  (void)fprintf(f, "  \"lowfirst\": \"%s\",\n  \"compiler\": \"%s\",\n  \"repeats\": %zu,\n", lf_version(),
                LF_BENCH_COMPILER, bench_repeats());
  return f;
}

void bench_close_result(FILE *f)
{
  if (fclose(f) == 0) return;
  (void)fprintf(stderr, "the result could not be written\n");
  exit(1);
}
