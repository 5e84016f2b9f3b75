/* run_remedy.c — from advice to a line that can be run: the options as they were given, but for what the remedy changes. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "base/text.h"
#include "run/run_internal.h"

/* Words that a shell would not leave as they are go into quotes. */
static void add_word(lf_text *t, const char *word)
{
  static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=:,./@%";
  if (*word && word[strspn(word, plain)] == 0) {
    lf_text_add(t, " %s", word);
    return;
  }
  lf_text_add(t, " '");
  for (; *word; word++) {
    if (*word == '\'')
      lf_text_add(t, "'\\''");
    else
      lf_text_put(t, word, 1);
  }
  lf_text_add(t, "'");
}

/* Is --name among the options that the remedy brings? */
static bool is_changed(const char *options, const char *name)
{
  size_t length = strlen(name);
  for (const char *p = options; (p = strstr(p, "--")) != NULL; p += 2)
    if (strncmp(p + 2, name, length) == 0 && (p[2 + length] == ' ' || p[2 + length] == 0)) return true;
  return false;
}

/* What --config brings along is mostly what holds anyway. */
static bool is_default(const lf_run *run, const lf_option *o)
{
  const char *value = lf_run_get(run, o->name);
  return lf_run_values(run, o->name) == 1 && o->fallback && value && strcmp(value, o->fallback) == 0;
}

static void add_given(lf_text *t, const lf_run *run, const char *changes)
{
  for (size_t i = 0; i < lf_option_count(); i++) {
    const lf_option *o = lf_option_at(i);
    bool trains = o->commands >> LF_COMMAND_TRAIN & 1u, given = run->set[lf_option_index(o)].count > 0;
    if (!given || o->session || !trains || is_changed(changes, o->name) || is_default(run, o)) continue;
    if (*changes && strcmp(o->name, "weights") == 0) continue; /* they do not fit another net */
    if (o->kind == LF_OPTION_FLAG) {
      if (lf_run_flag(run, o->name)) lf_text_add(t, " --%s", o->name);
      continue;
    }
    lf_text_add(t, " --%s", o->name);
    for (size_t k = 0; k < lf_run_values(run, o->name); k++) add_word(t, lf_run_value(run, o->name, k));
  }
}

/* "fourier:gauss:28:128" out of "--act sin --features fourier:gauss:28:128" */
static lf_status find_features(lf_run *run, const char *options)
{
  static const char head[] = "--features ";
  const char *at = strstr(options, head), *given = lf_run_get(run, "features");
  if (!at) return lf_strdup(&run->doctor->features, given);
  at += sizeof head - 1;
  return lf_asprintf(&run->doctor->features, "%.*s", (int)strcspn(at, " "), at);
}

lf_status lf_run_remedy(lf_run *run)
{
  lf_text t = {0};
  const lf_candidate *best = lf_advice_best(run->doctor->advice);
  const char *changes = best ? best->options : "";
  char rate[32];
  lf_status st;
  LF_TRY(find_features(run, changes));
  lf_text_add(&t, "lowfirst train");
  add_given(&t, run, changes);
  if (*changes) lf_text_add(&t, " %s", changes);
  if (best && run->train.lr == 0) {
    (void)snprintf(rate, sizeof rate, "%.3g", best->rate / 2);
    lf_text_add(&t, " --lr %s", rate);
  }
  st = t.status;
  if (st == LF_OK) st = lf_strdup(&run->doctor->command, t.at);
done:
  lf_text_free(&t);
  return st;
}
