/* parse.c — words after a command -> options of a run. The table in lowfirst/run.h decides what is an option. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include "cli.h"

int cli_fail(int code, const char *fmt, ...)
{
  va_list ap;
  (void)fputs("lowfirst: ", stderr);
  va_start(ap, fmt);
  (void)vfprintf(stderr, fmt, ap);
  va_end(ap);
  (void)fputc('\n', stderr);
  return code;
}

int cli_fail_status(lf_status st)
{
  const char *line = lf_last_error();
  return cli_fail(st == LF_EARG ? CLI_USAGE : CLI_FAILED, "%s", *line ? line : lf_status_text(st));
}

/* One option at word[*at]: sets it and moves *at to its last word. */
static int take_option(cli *c, int count, char **word, int *at)
{
  char name[64];
  const char *text = word[*at] + 2, *equals = strchr(text, '=');
  size_t length = equals ? (size_t)(equals - text) : strlen(text);
  if (length >= sizeof name) return cli_fail(CLI_USAGE, "%s is not known", word[*at]);
  memcpy(name, text, length);
  name[length] = 0;
  const lf_option *o = lf_option_find(name);
  const char *value = equals ? equals + 1 : NULL;
  bool flag = o && o->kind == LF_OPTION_FLAG;
  bool more = *at + 1 < count && strncmp(word[*at + 1], "--", 2) != 0;
  if (!value && flag) value = "true";
  if (!value && o && !more) return cli_fail(CLI_USAGE, "--%s needs %s", o->name, o->argument);
  if (!value && o) value = word[++*at];
  bool again = o && o->many && lf_run_values(c->run, o->name) > 0 && !lf_run_is_default(c->run, o->name);
  lf_status st = again ? lf_run_add(c->run, name, value) : lf_run_set(c->run, name, value ? value : "");
  while (st == LF_OK && o && o->many && !equals && *at + 1 < count && strncmp(word[*at + 1], "--", 2) != 0)
    st = lf_run_add(c->run, name, word[++*at]);
  return st == LF_OK ? CLI_DONE : cli_fail_status(st);
}

static bool is_help(const char *word) { return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0; }

int cli_parse(cli *c, const cli_command *command, int count, char **word, bool *helped)
{
  *helped = false;
  for (int i = 0; i < count && !*helped; i++) *helped = is_help(word[i]);
  if (*helped) {
    cli_help(stdout, command);
    return CLI_DONE;
  }
  c->word = calloc((size_t)count + 1, sizeof *c->word);
  if (!c->word) return cli_fail(CLI_FAILED, "out of memory");
  lf_status st = lf_run_create(&c->run, command->options);
  if (st != LF_OK) return cli_fail_status(st);
  for (int i = 0; i < count; i++) {
    int code = CLI_DONE;
    if (strncmp(word[i], "--", 2) == 0 && word[i][2])
      code = take_option(c, count, word, &i);
    else if (c->words == command->words_max)
      code = cli_fail(CLI_USAGE, "'%s' was not expected; lowfirst %s --help shows the form", word[i], command->name);
    else
      c->word[c->words++] = word[i];
    if (code != CLI_DONE) return code;
  }
  c->json = lf_run_flag(c->run, "json");
  c->quiet = lf_run_flag(c->run, "quiet");
  return CLI_DONE;
}

void cli_free(cli *c)
{
  lf_run_destroy(c->run);
  free(c->word);
  *c = (cli){0};
}
