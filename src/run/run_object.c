/* run_object.c — a run as its options: set, look up, write as a record. */
#include <stdio.h>
#include <string.h>
#include "lowfirst/system.h"
#include "run/run_internal.h"

lf_status lf_run_create(lf_run **out, lf_command command)
{
  *out = NULL;
  if ((unsigned)command >= LF_COMMAND_COUNT) return LF_FAIL(LF_EARG, "command %d is none", (int)command);
  lf_status st = lf_calloc(out, 1, sizeof **out);
  if (st == LF_OK) (*out)->command = command;
  return st;
}

static void values_free(lf_values *v)
{
  for (size_t i = 0; i < v->count; i++) lf_free(v->text[i]);
  lf_free(v->text);
  *v = (lf_values){0};
}

void lf_run_destroy(lf_run *run)
{
  if (!run) return;
  for (size_t i = 0; i < LF_RUN_OPTIONS; i++) values_free(&run->set[i]);
  lf_free(run);
}

/* ---- set -------------------------------------------------------------------------------------------------------------- */
static lf_status values_add(lf_values *v, const char *text)
{
  char *copy = NULL;
  lf_status st = lf_strdup(&copy, text);
  if (st == LF_OK) st = lf_grow(&v->text, v->count, v->count + 1, sizeof *v->text);
  if (st == LF_OK)
    v->text[v->count++] = copy;
  else
    lf_free(copy);
  return st;
}

lf_status lf_run_add(lf_run *run, const char *name, const char *value)
{
  const lf_option *o;
  lf_status st;
  LF_TRY(lf_option_of(&o, run->command, name));
  if (!o->many) LF_RAISE(LF_EARG, "--%s takes one value", o->name);
  LF_TRY(lf_option_check(o, value, run->command));
  LF_TRY(values_add(&run->set[lf_option_index(o)], value));
done:
  return st;
}

lf_status lf_run_set(lf_run *run, const char *name, const char *value)
{
  const lf_option *o;
  lf_values fresh = {0};
  lf_status st;
  LF_TRY(lf_option_of(&o, run->command, name));
  LF_TRY(lf_option_check(o, value, run->command));
  LF_TRY(values_add(&fresh, value));
  values_free(&run->set[lf_option_index(o)]);
  run->set[lf_option_index(o)] = fresh;
done:
  return st;
}

/* ---- look up ---------------------------------------------------------------------------------------------------------- */
size_t lf_run_values(const lf_run *run, const char *name)
{
  const lf_option *o = lf_option_find(name);
  if (!o) return 0;
  size_t n = run->set[lf_option_index(o)].count;
  return n == 0 && o->fallback ? 1 : n;
}

const char *lf_run_value(const lf_run *run, const char *name, size_t i)
{
  const lf_option *o = lf_option_find(name);
  if (!o) return NULL;
  const lf_values *v = &run->set[lf_option_index(o)];
  if (i < v->count) return v->text[i];
  if (v->count > 0 || i > 0) return NULL;
  return o->kind == LF_OPTION_FLAG ? "false" : o->fallback;
}

const char *lf_run_get(const lf_run *run, const char *name) { return lf_run_value(run, name, 0); }

bool lf_run_flag(const lf_run *run, const char *name)
{
  const char *text = lf_run_get(run, name);
  return text && strcmp(text, "true") == 0;
}

bool lf_run_is_default(const lf_run *run, const char *name)
{
  const lf_option *o = lf_option_find(name);
  return !o || run->set[lf_option_index(o)].count == 0;
}

/* ---- as a record -------------------------------------------------------------------------------------------------------- */
static void add_value(lf_json *t, const lf_option *o, const char *text)
{
  double number;
  if (!text)
    lf_json_add(t, "null");
  else if (o->kind == LF_OPTION_FLAG || (o->kind >= LF_OPTION_INTEGER && lf_is_json_number(text)))
    lf_json_add(t, "%s", text);
  else if (o->kind >= LF_OPTION_INTEGER && lf_parse_real(text, &number) == LF_OK)
    lf_json_real(t, number);
  else
    lf_json_string(t, text);
}

static void add_option(lf_json *t, const lf_run *run, const lf_option *o)
{
  lf_json_key(t, o->name);
  if (!o->many) {
    add_value(t, o, lf_run_get(run, o->name));
    return;
  }
  lf_json_add(t, "[");
  for (size_t i = 0; i < lf_run_values(run, o->name); i++) {
    if (i) lf_json_add(t, ", ");
    add_value(t, o, lf_run_value(run, o->name, i));
  }
  lf_json_add(t, "]");
}

lf_status lf_run_record(const lf_run *run, char **out)
{
  lf_json t = {0};
  lf_json_add(&t, "{");
  lf_json_key(&t, "command");
  lf_json_string(&t, lf_command_name(run->command));
  lf_json_key(&t, "version");
  lf_json_string(&t, lf_version());
  lf_json_key(&t, "cpu");
  lf_json_string(&t, lf_cpu_name());
  lf_json_key(&t, "isa");
  lf_json_string(&t, lf_isa());
  for (size_t i = 0; i < lf_option_count(); i++) {
    const lf_option *o = lf_option_at(i);
    if (!o->session && (o->commands >> run->command & 1u)) add_option(&t, run, o);
  }
  lf_json_add(&t, "\n}\n");
  return lf_json_take(&t, out);
}
