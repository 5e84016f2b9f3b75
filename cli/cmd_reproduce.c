/* cmd_reproduce.c — lowfirst reproduce list | ID [--quick]: published experiments, their claims and what is measured here. */
#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include "cli.h"
#include "lowfirst/files.h"
#include "lowfirst/system.h"
#include "papers/papers.h"

enum { PATH = 512 };

/* ---- verdicts kept ------------------------------------------------------------------------------------------------------- */
static const char *verdict_name(bool reproduced) { return reproduced ? "reproduced" : "not reproduced"; }

static void folder_of(char path[PATH], const char *id, bool quick)
{
  (void)snprintf(path, PATH, "runs/reproduce/%s%s", id, quick ? "-quick" : "");
}

/* The verdict that verdict.json of a folder holds, "" where there is none. */
static void last_verdict(const char *id, bool quick, char *text, size_t size)
{
  char path[PATH], *json = NULL;
  size_t bytes;
  folder_of(path, id, quick);
  text[0] = 0;
  (void)strncat(path, "/verdict.json", sizeof path - strlen(path) - 1);
  if (lf_file_read(&json, &bytes, path, 1 << 20) != LF_OK) return;
  bool good = strstr(json, "\"verdict\": \"reproduced\"") != NULL;
  (void)snprintf(text, size, "%s%s", verdict_name(good), quick ? " (quick)" : "");
  lf_release(json);
}

static int list(void)
{
  (void)printf("%-13s %-17s %-47s %-6s %-7s %s\n", "id", "paper", "claim", "quick", "full", "last verdict here");
  for (size_t i = 0; i < paper_count(); i++) {
    const paper_experiment *e = paper_at(i);
    const char *arxiv = strstr(e->source, "arXiv:");
    char verdict[64];
    last_verdict(e->id, false, verdict, sizeof verdict);
    if (!verdict[0]) last_verdict(e->id, true, verdict, sizeof verdict);
    (void)printf("%-13s %-17.16s %-47s %-6s %-7s %s\n", e->id, arxiv ? arxiv : "", e->claim, e->quick, e->full,
                 verdict[0] ? verdict : "-");
  }
  return CLI_DONE;
}

/* ---- one experiment --------------------------------------------------------------------------------------------------------- */
static _Atomic(lf_run *) current; /* for the signal handler alone */
static atomic_int interrupted;

static void on_signal(int number)
{
  (void)number;
  lf_run *run = atomic_load(&current);
  atomic_store(&interrupted, 1);
  if (run) lf_run_stop(run);
}

static void running(lf_run *run)
{
  atomic_store(&current, run);
  if (run && atomic_load(&interrupted)) lf_run_stop(run);
}

static void progress(const char *line) { (void)fprintf(stderr, "  %s\n", line); }

/* Text as a JSON string. */
static void put_string(FILE *f, const char *text)
{
  (void)fputc('"', f);
  for (; *text; text++) {
    if (*text == '"' || *text == '\\') (void)fputc('\\', f);
    if ((unsigned char)*text < ' ')
      (void)fprintf(f, "\\u%04x", (unsigned)*text);
    else
      (void)fputc(*text, f);
  }
  (void)fputc('"', f);
}

static void put_pair(FILE *f, const char *name, const char *text, const char *end)
{
  (void)fprintf(f, "  \"%s\": ", name);
  put_string(f, text);
  (void)fprintf(f, "%s\n", end);
}

/* The whole outcome as one JSON object; the caller frees it. NULL: out of memory. */
static char *outcome(const paper_experiment *e, const paper_job *job, double seconds)
{
  char *text = NULL;
  size_t size = 0;
  FILE *f = open_memstream(&text, &size);
  if (!f) return NULL;
  (void)fprintf(f, "{\n");
  put_pair(f, "id", e->id, ",");
  put_pair(f, "size", job->quick ? "quick" : "full", ",");
  put_pair(f, "claim", e->claim, ",");
  put_pair(f, "criterion", e->criterion, ",");
  put_pair(f, "setup", e->setup, ",");
  put_pair(f, "measured", job->measured, ",");
  put_pair(f, "verdict", verdict_name(job->reproduced), ",");
  put_pair(f, "source", e->source, ",");
  put_pair(f, "figure", job->figure, ",");
  put_pair(f, "numbers", job->out, ",");
  put_pair(f, "version", lf_version(), ",");
  put_pair(f, "isa", lf_isa(), ",");
  put_pair(f, "cpu", lf_cpu_name(), ",");
  (void)fprintf(f, "  \"seeds\": %zu,\n  \"seconds\": %.1f\n}\n", job->seeds, seconds);
  if (fclose(f) == 0) return text;
  free(text);
  return NULL;
}

static void tell(const paper_experiment *e, const paper_job *job, double seconds)
{
  (void)printf("claim      %s\ncriterion  %s\n", e->claim, e->criterion);
  (void)printf("set-up     %s%s\n", e->setup, job->quick ? " [quick: smaller than that]" : "");
  (void)printf("measured   %s\nverdict    %s\n", job->measured, verdict_name(job->reproduced));
  if (job->figure[0]) (void)printf("figure     %s\n", job->figure);
  (void)printf("numbers    %s/numbers.csv\nsource     %s\n%.1f s\n", job->out, e->source, seconds);
}

static lf_status make_folder(const char *path)
{
  char part[PATH];
  for (size_t i = 1; i <= strlen(path); i++) {
    if (path[i] != '/' && path[i] != 0) continue;
    (void)snprintf(part, sizeof part, "%.*s", (int)i, path);
    if (mkdir(part, 0777) != 0 && errno != EEXIST) return LF_EIO;
  }
  return LF_OK;
}

static double seconds_now(void)
{
  struct timespec t;
  (void)clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int reproduce(cli *c, const paper_experiment *e)
{
  char folder[PATH], path[PATH + 32];
  paper_job job = {
      .id = e->id, .quick = lf_run_flag(c->run, "quick"), .running = running, .progress = c->quiet ? NULL : progress};
  job.seeds = lf_run_is_default(c->run, "seeds") ? (job.quick ? 3 : 5) : strtoul(lf_run_get(c->run, "seeds"), NULL, 10);
  job.threads = strtoul(lf_run_get(c->run, "threads"), NULL, 10);
  if (job.seeds > PAPER_MAX_SEEDS)
    return cli_fail(CLI_USAGE, "--seeds %zu: experiments take at most %d", job.seeds, PAPER_MAX_SEEDS);
  folder_of(folder, e->id, job.quick);
  if (lf_run_get(c->run, "out")) (void)snprintf(folder, sizeof folder, "%s", lf_run_get(c->run, "out"));
  job.out = folder;
  if (make_folder(folder) != LF_OK) return cli_fail(CLI_FAILED, "%s: %s", folder, strerror(errno));
  (void)snprintf(path, sizeof path, "%s/numbers.csv", folder);
  (void)remove(path); /* numbers are of one run */
  if (!c->quiet) (void)fprintf(stderr, "%s: %s (about %s)\n", e->id, e->claim, job.quick ? e->quick : e->full);
  (void)signal(SIGINT, on_signal);
  (void)signal(SIGTERM, on_signal);
  double began = seconds_now();
  lf_status st = e->run(&job);
  if (st != LF_OK) return cli_fail_status(st);
  if (job.stopped)
    return cli_fail(CLI_FAILED, "interrupted: an experiment gives no verdict before its end; what was trained is in %s",
                    folder);
  double seconds = seconds_now() - began;
  char *json = outcome(e, &job, seconds);
  if (!json) return cli_fail(CLI_FAILED, "out of memory");
  (void)snprintf(path, sizeof path, "%s/verdict.json", folder);
  st = lf_file_write(path, json, strlen(json));
  if (c->json)
    (void)fputs(json, stdout);
  else
    tell(e, &job, seconds);
  free(json);
  return st == LF_OK ? CLI_DONE : cli_fail_status(st);
}

int cmd_reproduce(cli *c)
{
  const char *word[64];
  if (c->words == 0 || strcmp(c->word[0], "list") == 0) return list();
  const paper_experiment *e = paper_find(c->word[0]);
  if (e) return reproduce(c, e);
  for (size_t i = 0; i < paper_count(); i++) word[i] = paper_at(i)->id;
  return cli_fail(CLI_USAGE, "experiment '%s' is not known; the nearest is %s (lowfirst reproduce list shows all)",
                  c->word[0], lf_nearest_word(c->word[0], paper_count(), word));
}
