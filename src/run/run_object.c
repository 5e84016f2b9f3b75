/* run_object.c — a run as its options: set, look up, write as a record. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "lowfirst/system.h"
#include "linalg/blas.h"
#include "run/json_text.h"
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

static void way_free(lf_way *way, size_t lenses)
{
  lf_way_close(way);
  for (size_t i = 0; way->history && i < lenses; i++) lf_history_destroy(way->history[i]);
  lf_free(way->history);
  lf_free(way->dir);
}

void lf_run_destroy(lf_run *run)
{
  if (!run) return;
  lf_run_destroy(run->told);
  lf_free(run->untold);
  lf_run_free_theory(run);
  lf_run_free_pde(run);
  lf_run_free_doctor(run);
  for (size_t i = 0; i < run->ways; i++) way_free(&run->way[i], run->lenses);
  lf_free(run->way);
  for (size_t i = 0; i < run->lenses; i++) lf_lens_destroy(run->lens[i]);
  lf_free(run->lens);
  if (!run->shares_data) lf_data_destroy(run->data);
  lf_free(run->xi);
  lf_free(run->x_at);
  lf_free(run->y_at);
  lf_free(run->out);
  for (size_t i = 0; i < LF_RUN_OPTIONS; i++) values_free(&run->set[i]);
  lf_free(run);
}

/* ---- set -------------------------------------------------------------------------------------------------------------- */
/* Numbers are kept in one spelling, so that equal runs have equal records. */
static const char *settled(const lf_option *o, const char *value, char number[32])
{
  if (o->kind != LF_OPTION_INTEGER && o->kind != LF_OPTION_REAL) return value;
  double real = strtod(value, NULL);
  if (o->kind == LF_OPTION_INTEGER)
    (void)snprintf(number, 32, "%.0f", real);
  else
    lf_shortest(real, number);
  return number;
}

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
  char number[32];
  lf_status st;
  LF_TRY(lf_option_of(&o, run->command, name));
  LF_TRY(lf_option_check(o, value, run->command));
  LF_TRY(values_add(&fresh, settled(o, value, number)));
  values_free(&run->set[lf_option_index(o)]);
  run->set[lf_option_index(o)] = fresh;
done:
  return st;
}

lf_status lf_run_copy_options(lf_run *to, const lf_run *from)
{
  lf_status st = LF_OK;
  for (size_t i = 0; i < LF_RUN_OPTIONS; i++) {
    values_free(&to->set[i]);
    for (size_t k = 0; k < from->set[i].count; k++) LF_TRY(values_add(&to->set[i], from->set[i].text[k]));
  }
done:
  return st;
}

/* ---- look up ---------------------------------------------------------------------------------------------------------- */
size_t lf_run_values(const lf_run *run, const char *name)
{
  const lf_option *o = lf_option_find(name);
  if (!o) return 0;
  size_t n = run->set[lf_option_index(o)].count;
  return n == 0 && (o->fallback || o->kind == LF_OPTION_FLAG) ? 1 : n;
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

/* By value: a run.json holds every option, at its default too. */
bool lf_run_is_changed(const lf_run *run, const char *name)
{
  const char *value = lf_run_get(run, name), *fallback = lf_option_find(name)->fallback;
  return value && (!fallback || strcmp(value, fallback) != 0);
}

/* ---- as a record -------------------------------------------------------------------------------------------------------- */
static void add_value(lf_json *t, const lf_option *o, const char *text)
{
  if (o->kind == LF_OPTION_TEXT || o->kind == LF_OPTION_WORD)
    lf_json_string(t, text);
  else
    lf_json_add(t, "%s", text ? text : "null");
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
  lf_json_open(&t);
  lf_json_key(&t, "command");
  lf_json_string(&t, lf_command_name(run->command));
  lf_json_key(&t, "version");
  lf_json_string(&t, lf_version());
  lf_json_key(&t, "cpu");
  lf_json_string(&t, lf_cpu_name());
  lf_json_key(&t, "isa");
  lf_json_string(&t, lf_isa());
  lf_json_key(&t, "blas");
  lf_json_string(&t, lf_blas_core());
  for (size_t i = 0; i < lf_option_count(); i++) {
    const lf_option *o = lf_option_at(i);
    if (!o->session && (o->commands >> run->command & 1u)) add_option(&t, run, o);
  }
  lf_json_close(&t);
  lf_json_add(&t, "\n");
  return lf_json_take(&t, out);
}
