/* help.c — what --help and docs/options.md say, from the tables of commands and options. */
#include <string.h>
#include "cli.h"
#include "lowfirst/system.h"

enum { WIDTH = 80, COLUMN = 26 };

/* Text wrapped to WIDTH, its lines starting in `column`; the cursor stands in column `at`. */
static void wrap(FILE *to, const char *text, size_t column, size_t at)
{
  if (at >= column) (void)fprintf(to, "\n"), at = 0;
  (void)fprintf(to, "%*s", (int)(column - at), "");
  at = column;
  while (*text) {
    size_t word = strcspn(text, " ");
    if (at > column && at + 1 + word > WIDTH)
      (void)fprintf(to, "\n%*s", (int)column, ""), at = column;
    else if (at > column)
      (void)fputc(' ', to), at++;
    (void)fprintf(to, "%.*s", (int)word, text);
    at += word;
    text += word;
    text += strspn(text, " ");
  }
  (void)fputc('\n', to);
}

static bool belongs(const lf_option *o, const cli_command *command) { return o->commands >> command->options & 1u; }

static bool belongs_to_any(const lf_option *o)
{
  bool any = false;
  for (size_t i = 0; i < cli_command_count(); i++) any = any || belongs(o, cli_command_at(i));
  return any;
}

/* help, then the words to choose from, bounds and default */
static void describe(const lf_option *o, char *text, size_t size)
{
  size_t used = (size_t)snprintf(text, size, "%s", o->help);
  if (o->choices) {
    used += (size_t)snprintf(text + used, size - used, "; one of %s", o->choices);
    while (used > 0 && text[used - 1] == ' ') text[--used] = 0;
  }
  if (o->fallback) (void)snprintf(text + used, size - used, " [%s]", o->fallback);
}

void cli_help(FILE *to, const cli_command *command)
{
  char head[64], text[1024];
  const char *group = "";
  (void)fprintf(to, "lowfirst %s - %s\n\nUsage: lowfirst %s %s\n", command->name, command->summary, command->name,
                command->form);
  for (size_t i = 0; i < lf_option_count(); i++) {
    const lf_option *o = lf_option_at(i);
    if (!belongs(o, command)) continue;
    if (strcmp(group, o->group) != 0) (void)fprintf(to, "\n%s\n", o->group);
    group = o->group;
    int used =
        snprintf(head, sizeof head, "  --%s%s%s", o->name, o->argument ? " " : "", o->argument ? o->argument : "");
    (void)fputs(head, to);
    describe(o, text, sizeof text);
    wrap(to, text, COLUMN, (size_t)used);
  }
  (void)fprintf(to, "\nExamples\n%s", command->examples);
}

void cli_overview(FILE *to)
{
  (void)fprintf(to,
                "lowfirst %s - watch which frequencies a neural network learns, and when\n\n"
                "Usage: lowfirst COMMAND [options]\n\n",
                lf_version());
  for (size_t i = 0; i < cli_command_count(); i++)
    (void)fprintf(to, "  %-10s %s\n", cli_command_at(i)->name, cli_command_at(i)->summary);
  (void)fprintf(to, "  %-10s %s\n", "help", "what a command does and its options (the same as COMMAND --help)");
  (void)fprintf(to, "\nStart with\n"
                    "  lowfirst demo\n"
                    "  lowfirst train --target 'sin(x)+sin(3*x)+sin(5*x)' --range -pi:pi\n\n"
                    "Results go to stdout, talk to stderr; --json prints one object for machines.\n"
                    "Exit status: 0 done, 1 failed, 2 usage.\n");
}

/* A table cell: | would end it. */
static void cell(FILE *to, const char *text)
{
  for (; *text; text++) {
    if (*text == '|') (void)fputc('\\', to);
    (void)fputc(*text, to);
  }
}

static void markdown_row(FILE *to, const lf_option *o)
{
  bool first = true;
  (void)fprintf(to, "| `--%s%s%s` | ", o->name, o->argument ? " " : "", o->argument ? o->argument : "");
  cell(to, o->help);
  if (o->choices) {
    (void)fprintf(to, "; one of ");
    cell(to, o->choices);
  }
  (void)fprintf(to, " | %s%s%s | %s | ", o->fallback ? "`" : "", o->fallback ? o->fallback : "", o->fallback ? "`" : "",
                o->bounds ? o->bounds : "");
  for (size_t i = 0; i < cli_command_count(); i++)
    if (belongs(o, cli_command_at(i))) {
      (void)fprintf(to, "%s%s", first ? "" : ", ", cli_command_at(i)->name);
      first = false;
    }
  (void)fprintf(to, " |\n");
}

void cli_markdown(FILE *to)
{
  const char *group = "";
  (void)fprintf(to, "# Options\n\n"
                    "Written by `lowfirst help --markdown` from the table in `src/run/run_options.c`; do not edit.\n"
                    "In `run.json` the same names stand without `--`; a flag is `true` or `false`.\n");
  for (size_t i = 0; i < lf_option_count(); i++) {
    const lf_option *o = lf_option_at(i);
    if (!belongs_to_any(o)) continue;
    if (strcmp(group, o->group) != 0)
      (void)fprintf(to, "\n## %s\n\n| option | what it does | default | bounds | commands |\n|---|---|---|---|---|\n",
                    o->group);
    group = o->group;
    markdown_row(to, o);
  }
}
