/* run_config.c — options from a run.json. */
#include <string.h>
#include "io/json.h"
#include "run/json_text.h"
#include "run/run_internal.h"

/* Facts that a record states besides the options. */
static const char *const fact[] = {"command", "version", "cpu", "isa", "blas", "date"};

static bool is_fact(const char *key)
{
  for (size_t i = 0; i < sizeof fact / sizeof *fact; i++)
    if (strcmp(key, fact[i]) == 0) return true;
  return false;
}

/* A JSON scalar as the text the command line would have. */
static lf_status scalar_text(const json_t *value, char **out)
{
  char number[32];
  *out = NULL;
  switch (json_typeof(value)) {
  case JSON_STRING: return lf_strdup(out, json_string_value(value));
  case JSON_TRUE: return lf_strdup(out, "true");
  case JSON_FALSE: return lf_strdup(out, "false");
  case JSON_INTEGER: return lf_asprintf(out, "%lld", (long long)json_integer_value(value));
  case JSON_REAL: lf_shortest(json_real_value(value), number); return lf_strdup(out, number);
  default: return LF_FAIL(LF_EFMT, "a text, a number, true or false was expected");
  }
}

static lf_status set_from(lf_run *run, const lf_option *o, const json_t *value)
{
  char *text = NULL;
  lf_status st = LF_OK;
  bool array = json_is_array(value);
  if (array && !o->many) LF_RAISE(LF_EFMT, "one value was expected, not a list");
  size_t n = array ? json_array_size(value) : 1;
  for (size_t i = 0; i < n; i++) {
    LF_TRY(scalar_text(array ? json_array_get(value, i) : value, &text));
    LF_TRY(i == 0 ? lf_run_set(run, o->name, text) : lf_run_add(run, o->name, text));
    lf_free(text);
    text = NULL;
  }
done:
  lf_free(text);
  return st;
}

/* Theory knows no such thing: where a training run used it, the prediction is of the run without. */
static void warn_of(const lf_option *o, const json_t *value)
{
  static const char *const missed[] = {"schedule", "warmup", "batch", "weight-decay"};
  char *text = NULL;
  for (size_t i = 0; i < sizeof missed / sizeof *missed; i++) {
    if (strcmp(o->name, missed[i]) != 0 || json_is_null(value) || scalar_text(value, &text) != LF_OK) continue;
    if (strcmp(text, o->fallback ? o->fallback : "0") != 0)
      lf_log_warn("the run was made with --%s %s, which theory does not know: this predicts it without", o->name, text);
    lf_free(text);
  }
}

/* One key of the file. Facts, options of the session and options set by hand are passed over; predict passes over what only training
 * knows. */
static lf_status take_key(lf_run *run, const char *key, const json_t *value, bool foreign)
{
  const lf_option *o = lf_option_find(key);
  if (is_fact(key)) return LF_OK;
  if (foreign && o && !(o->commands >> run->command & 1u)) {
    if (run->command == LF_COMMAND_PREDICT) warn_of(o, value);
    return LF_OK;
  }
  lf_status st = lf_option_of(&o, run->command, key);
  if (st != LF_OK || o->session || json_is_null(value) || run->set[lf_option_index(o)].count > 0) return st;
  return set_from(run, o, value);
}

/* A record of another command is none of ours; but predict and doctor take one of train, whose data and model they share. */
static lf_status check_command(const lf_run *run, const json_t *root, bool *foreign)
{
  const char *command = json_string_value(json_object_get(root, "command"));
  *foreign = false;
  if (!command || strcmp(command, lf_command_name(run->command)) == 0) return LF_OK;
  *foreign = (run->command == LF_COMMAND_PREDICT || run->command == LF_COMMAND_DOCTOR) &&
             strcmp(command, lf_command_name(LF_COMMAND_TRAIN)) == 0;
  if (*foreign) return LF_OK;
  return LF_FAIL(LF_EARG, "it records a run of lowfirst %s, not of lowfirst %s", command,
                 lf_command_name(run->command));
}

lf_status lf_run_set_file(lf_run *run, const char *path)
{
  json_t *root = NULL, *value;
  const char *key;
  bool foreign;
  lf_status st;
  LF_TRY(lf_json_read(&root, path));
  if (!json_is_object(root)) LF_RAISE(LF_EFMT, "%s: a JSON object {\"net\": ..., ...} was expected", path);
  if ((st = check_command(run, root, &foreign)) != LF_OK) {
    (void)lf_fail_prefix(st, "%s", path);
    goto done;
  }
  json_object_foreach(root, key, value)
  {
    st = take_key(run, key, value, foreign);
    if (st != LF_OK) {
      (void)lf_fail_prefix(st, "%s: %s", path, key);
      goto done;
    }
  }
done:
  json_decref(root);
  return st;
}
