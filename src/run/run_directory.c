/* run_directory.c — where a run's files lie: a new folder, or one that holds the same run already. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include "lowfirst/files.h"
#include "lowfirst/net.h"
#include "lowfirst/report.h"
#include "run/run_internal.h"

lf_status lf_run_path(char **out, const char *dir, const char *name) { return lf_asprintf(out, "%s/%s", dir, name); }

bool lf_file_exists(const char *path)
{
  struct stat info;
  return stat(path, &info) == 0;
}

/* ---- what a folder holds already ------------------------------------------------------------------------------------------ */
/* Options that may differ between a run and its continuation: they say how far to go, not what to compute. */
static bool may_change(const lf_option *o, bool resume)
{
  static const char *const always[] = {"threads", "checkpoint"};
  static const char *const further[] = {"steps", "stop-loss", "stop-time", "stop-band"};
  for (size_t i = 0; i < sizeof always / sizeof *always; i++)
    if (strcmp(o->name, always[i]) == 0) return true;
  for (size_t i = 0; resume && i < sizeof further / sizeof *further; i++)
    if (strcmp(o->name, further[i]) == 0) return true;
  return false;
}

static bool same_text(const char *a, const char *b) { return a && b ? strcmp(a, b) == 0 : a == b; }

/* The first option by which two runs of one command differ; NULL: none. */
static const lf_option *first_difference(const lf_run *a, const lf_run *b, bool resume)
{
  for (size_t i = 0; i < lf_option_count(); i++) {
    const lf_option *o = lf_option_at(i);
    if (o->session || !(o->commands >> a->command & 1u) || may_change(o, resume)) continue;
    size_t n = lf_run_values(a, o->name);
    if (n != lf_run_values(b, o->name)) return o;
    for (size_t k = 0; k < n; k++)
      if (!same_text(lf_run_value(a, o->name, k), lf_run_value(b, o->name, k))) return o;
  }
  return NULL;
}

static const char *or_none(const char *text) { return text ? text : "not given"; }

/* A folder with the same run in it may be written again: the same options give the same bytes. */
static lf_status check_folder(const lf_run *run, const char *dir)
{
  lf_run *other = NULL;
  char *path = NULL, *history = NULL;
  const lf_option *o;
  lf_status st;
  LF_TRY(lf_run_path(&path, dir, "run.json"));
  LF_TRY(lf_run_path(&history, dir, "history.npz"));
  if (!lf_file_exists(path)) {
    if (lf_file_exists(history))
      LF_RAISE(LF_EARG,
               "--out %s holds a history.npz but no run.json: it is not a run of lowfirst's; choose another folder",
               dir);
    goto done;
  }
  LF_TRY(lf_run_create(&other, run->command));
  st = lf_run_set_file(other, path);
  if (st == LF_ENOMEM) goto done;
  if (st != LF_OK) LF_RAISE(LF_EARG, "--out %s holds something else (%s); choose another folder", dir, lf_last_error());
  if ((o = first_difference(other, run, false)) != NULL)
    LF_RAISE(LF_EARG, "--out %s holds another run: its %s is %s, now it is %s; choose another folder", dir, o->name,
             or_none(lf_run_get(other, o->name)), or_none(lf_run_get(run, o->name)));
done:
  lf_run_destroy(other);
  lf_free(history);
  lf_free(path);
  return st;
}

/* ---- resume ------------------------------------------------------------------------------------------------------------------ */
lf_status lf_run_begin_resume(lf_run *run)
{
  const char *dir = lf_run_get(run, "resume");
  char *path = NULL;
  lf_run *before = NULL;
  lf_status st = LF_OK;
  if (!dir) return LF_OK;
  const char *out = lf_run_get(run, "out");
  if (out && strcmp(out, dir) != 0) LF_RAISE(LF_EARG, "--resume goes on in %s; leave --out away", dir);
  LF_TRY(lf_run_path(&path, dir, "run.json"));
  if (!lf_file_exists(path)) LF_RAISE(LF_EIO, "--resume %s: there is no %s", dir, path);
  LF_TRY(lf_run_create(&before, run->command));
  LF_TRY(lf_run_set_file(before, path));
  LF_TRY(lf_run_set_file(run, path));
  const lf_option *o = first_difference(before, run, true);
  if (o)
    LF_RAISE(
        LF_EARG,
        "--%s %s: the run in %s has %s; with --resume only --steps, --stop-..., --threads and --checkpoint can change",
        o->name, or_none(lf_run_get(run, o->name)), dir, or_none(lf_run_get(before, o->name)));
  run->resumed = true;
done:
  lf_run_destroy(before);
  lf_free(path);
  return st;
}

/* ---- a new folder -------------------------------------------------------------------------------------------------------------- */
/* runs/2026-11-22-1, the first number that is free. */
static lf_status next_name(char **out)
{
  char day[16];
  struct tm local;
  time_t now = time(NULL);
  lf_status st;
  if (!localtime_r(&now, &local) || strftime(day, sizeof day, "%Y-%m-%d", &local) == 0)
    return LF_FAIL(LF_EIO, "the date is not known; name a folder with --out");
  for (unsigned k = 1;; k++) {
    st = lf_asprintf(out, "runs/%s-%u", day, k);
    if (st != LF_OK || !lf_file_exists(*out)) return st;
    lf_free(*out);
    *out = NULL;
  }
}

lf_status lf_run_choose_directory(lf_run *run)
{
  const char *out = lf_run_get(run, run->resumed ? "resume" : "out");
  lf_status st;
  if (!out) return next_name(&run->out);
  LF_TRY(lf_strdup(&run->out, out));
  for (size_t n = strlen(run->out); n > 1 && run->out[n - 1] == '/'; n--) run->out[n - 1] = 0;
  if (!run->resumed) LF_TRY(check_folder(run, run->out));
done:
  return st;
}

/* mkdir -p; *fresh: the last one was not there before. */
static lf_status make_folders(const char *dir, bool *fresh)
{
  char *part = NULL;
  lf_status st = lf_strdup(&part, dir);
  for (char *p = part; st == LF_OK && p; p = strchr(p + 1, '/')) {
    char *end = strchr(p + 1, '/');
    if (end) *end = 0;
    *fresh = mkdir(part, 0777) == 0;
    struct stat info;
    if (!*fresh && (errno != EEXIST || stat(part, &info) != 0 || !S_ISDIR(info.st_mode)))
      st = LF_FAIL(LF_EIO, "the folder %s cannot be made: %s", part, strerror(errno == EEXIST ? ENOTDIR : errno));
    if (!end) break;
    *end = '/';
  }
  lf_free(part);
  return st;
}

lf_status lf_run_write_text(const char *dir, const char *name, const char *text)
{
  char *path = NULL;
  lf_status st;
  LF_TRY(lf_run_path(&path, dir, name));
  LF_TRY(lf_file_write(path, text, strlen(text)));
done:
  lf_free(path);
  return st;
}

static lf_status write_record(const lf_way *way)
{
  char *text = NULL;
  lf_status st;
  LF_TRY(lf_way_record(way, &text));
  LF_TRY(lf_run_write_text(way->dir, "run.json", text));
done:
  lf_free(text);
  return st;
}

/* Another process may have taken the number meanwhile: then the next one. */
static lf_status claim_new(lf_run *run)
{
  bool fresh = false;
  lf_status st = LF_OK;
  while (st == LF_OK && !fresh) {
    LF_TRY(make_folders(run->out, &fresh));
    if (fresh) break;
    lf_free(run->out);
    run->out = NULL;
    LF_TRY(next_name(&run->out));
  }
done:
  return st;
}

lf_status lf_run_make_directory(lf_run *run)
{
  bool fresh, named = run->resumed || lf_run_get(run, "out");
  lf_status st;
  if (named)
    LF_TRY(make_folders(run->out, &fresh));
  else
    LF_TRY(claim_new(run));
  for (size_t i = 0; i < run->ways; i++) {
    lf_way *way = &run->way[i];
    if (i > 0) LF_TRY(make_folders(way->dir, &fresh));
    LF_TRY(write_record(way));
  }
done:
  return st;
}

/* ---- what lies in it ------------------------------------------------------------------------------------------------------------ */
lf_status lf_way_record(const lf_way *way, char **out)
{
  const lf_run *run = way->run;
  lf_run *one = NULL;
  char number[32];
  lf_status st;
  if (way->index == 0) return lf_run_record(run, out);
  LF_TRY(lf_run_create(&one, run->command));
  LF_TRY(lf_run_copy_options(one, run));
  (void)snprintf(number, sizeof number, "%llu", (unsigned long long)way->seed);
  if (!lf_run_get(one, "data-seed"))
    LF_TRY(lf_run_set(one, "data-seed", lf_run_get(one, "seed"))); /* all see the first seed's data */
  LF_TRY(lf_run_set(one, "seed", number));
  LF_TRY(lf_run_set(one, "seeds", "1"));
  LF_TRY(lf_run_record(one, out));
done:
  lf_run_destroy(one);
  return st;
}

static lf_status write_histories(const lf_way *way)
{
  lf_status st = LF_OK;
  char name[48] = "history.npz", *path = NULL;
  for (size_t i = 0; i < way->run->lenses; i++) {
    if (i > 0) (void)snprintf(name, sizeof name, "history-%zu.npz", i + 1);
    LF_TRY(lf_run_path(&path, way->dir, name));
    LF_TRY(lf_history_write(way->history[i], path));
    lf_free(path);
    path = NULL;
  }
done:
  lf_free(path);
  return st;
}

static lf_status write_report(const lf_way *way, size_t n, const lf_history *const *history)
{
  enum { FACTS = 6 };
  char data[256], net[256], train[256], theory[256], error[256], again[512], *path = NULL;
  const char *fact[FACTS][2] = {{"data", data},
                                {"net", net},
                                {"train", train},
                                {"theory", theory},
                                {"theory's error", error},
                                {"again, bit for bit", again}};
  const char *facts[2 * FACTS];
  size_t told = 0;
  lf_status st;
  lf_run_describe(way->run, LF_RUN_DATA, data, sizeof data);
  lf_run_describe(way->run, LF_RUN_NET, net, sizeof net);
  lf_run_describe(way->run, LF_RUN_TRAIN, train, sizeof train);
  lf_run_describe(way->run, LF_RUN_THEORY, theory, sizeof theory);
  lf_run_describe_error(way->run, error, sizeof error);
  (void)snprintf(again, sizeof again, "lowfirst %s --config %s/run.json", lf_command_name(way->run->command), way->dir);
  LF_TRY(lf_run_path(&path, way->dir, "report.html"));
  for (size_t i = 0; i < FACTS; i++)
    if (*fact[i][1]) facts[2 * told] = fact[i][0], facts[2 * told++ + 1] = fact[i][1];
  LF_TRY(lf_report_html(path, n, history, told, facts));
done:
  lf_free(path);
  return st;
}

lf_status lf_run_report_of_all(const lf_run *run)
{
  const lf_history **all = NULL;
  size_t n = 0;
  lf_status st = LF_OK;
  if (lf_run_flag(run, "no-report")) return LF_OK;
  LF_TRY(lf_calloc(&all, run->ways, sizeof(lf_history *)));
  for (size_t i = 0; i < run->ways; i++)
    if (run->way[i].history) all[n++] = run->way[i].history[0];
  if (n > 0) LF_TRY(write_report(&run->way[0], n, all));
done:
  lf_free(all);
  return st;
}

lf_status lf_way_files(const lf_way *way)
{
  char *path = NULL;
  bool laid = way->index == 0 && lf_run_prediction(way->run);
  const lf_history *const shown[] = {way->history[0], laid ? lf_run_prediction(way->run) : NULL};
  lf_status st = LF_OK;
  if (way->net) {
    LF_TRY(lf_run_path(&path, way->dir, "weights.safetensors"));
    LF_TRY(lf_net_write(way->net, path));
  }
  LF_TRY(write_histories(way));
  LF_TRY(lf_way_write_told(way));
  if (!lf_run_flag(way->run, "no-report")) LF_TRY(write_report(way, laid ? 2 : 1, shown));
done:
  lf_free(path);
  return st;
}
