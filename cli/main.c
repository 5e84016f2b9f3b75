/* main.c — the table of commands, and the way to them. To add a command: cmd_NAME.c, its line in cli.h, and a row here. */
#include <errno.h>
#include <locale.h>
#include <string.h>
#include "cli.h"
#include "lowfirst/log.h"
#include "lowfirst/system.h"

static const cli_command command[] = {
    {"demo", LF_COMMAND_DEMO, "a ten-second tour: a small network learns three tones, low first", "[options]", 0,
     "  lowfirst demo\n"
     "  lowfirst demo --out tour\n",
     cmd_demo},
    {"train", LF_COMMAND_TRAIN, "train a network and record which frequencies it learns",
     "--data FILE | --target EXPR [options]", 0,
     "  lowfirst train --target 'sin(x)+sin(3*x)+sin(5*x)' --range -pi:pi\n"
     "  lowfirst train --data sensor.csv --net 1-128-128-1 --act relu --lr 1e-3\n"
     "  lowfirst train --data photo.png --split columns:2 --net 2-256-256-1\n"
     "  lowfirst train --target 'sin(x)+sin(5*x)' --range -pi:pi --seeds 5 --json\n"
     "  lowfirst train --resume runs/a --steps 20000\n"
     "  lowfirst train --config runs/a/run.json\n",
     cmd_train},
    {"measure", LF_COMMAND_MEASURE, "the same record from predictions made elsewhere",
     "--x X.npy --y Y.npy --fit P.npy ... [options]", 0,
     "  lowfirst measure --x x.npy --y y.npy --fit pred-*.npy --out runs/theirs\n"
     "  lowfirst measure --data sensor.csv --fit all_epochs.npy --json\n",
     cmd_measure},
    {"compare", LF_COMMAND_COMPARE, "lay runs side by side: deviation per band, order of learning",
     "RUN RUN ... [options]", 64,
     "  lowfirst compare runs/tanh runs/relu\n"
     "  lowfirst compare runs/a runs/b --html both.html --json\n",
     cmd_compare},
    {"predict", LF_COMMAND_PREDICT, "what a wide network will learn, and when: by theory, without training",
     "--data FILE | --target EXPR [options]", 0,
     "  lowfirst predict --target 'sin(x)+sin(2*x)' --range -pi:pi --points 200\n"
     "  lowfirst predict --data sensor.csv --net 1-1000-1 --scaling ntk --opt momentum --lr 0.01 --steps 1e5\n"
     "  lowfirst predict --data sensor.csv --by empirical --weights start.safetensors --times 1,10,100\n"
     "  lowfirst predict --config runs/a/run.json --opt gd   (the data and model of a training run)\n",
     cmd_predict},
    {"kernel", LF_COMMAND_KERNEL, "the tangent kernel of a network, of infinite width or as it is",
     "--x X.npy --out K.npy [options]", 0,
     "  lowfirst kernel --x x.npy --net 1-200-200-1 --act tanh --out K.npy\n"
     "  lowfirst kernel --x x.npy --x2 probe.npy --net 2-1000-1 --act relu \\\n"
     "    --scaling ntk --std w=1.4,b=0.3 --kind nngp --out K.npy\n"
     "  lowfirst kernel --x x.npy --net 1-64-64-1 --kind empirical \\\n"
     "    --weights runs/a/weights.safetensors --out K.npy --json\n",
     cmd_kernel},
    {"doctor", LF_COMMAND_DOCTOR, "which features, scale or start learn these data, by theory and a short trial",
     "--data FILE | --target EXPR [options]", 0,
     "  lowfirst doctor --data sensor.csv --net 1-128-128-1 --act relu --lr 1e-3\n"
     "  lowfirst doctor --data sensor.csv --family fourier:gauss siren --theory-only\n"
     "  lowfirst doctor --data photo.png --net 2-256-1 --act relu --budget 30 --verify\n"
     "  lowfirst doctor --config runs/a/run.json --write start.safetensors --json\n",
     cmd_doctor},
    {"report", LF_COMMAND_REPORT, "a page, a figure or a table from one or several runs", "RUN ... [options]", 64,
     "  lowfirst report runs/a --html a.html\n"
     "  lowfirst report runs/a --figure heatmap --to heatmap.pdf\n"
     "  lowfirst report runs/a runs/b --table order.tex\n",
     cmd_report},
    {"reproduce", LF_COMMAND_REPRODUCE, "run a published experiment: its claim, what is measured here, the verdict",
     "list | ID [options]", 1,
     "  lowfirst reproduce list\n"
     "  lowfirst reproduce fp-1d --quick\n"
     "  lowfirst reproduce fp-1d --seeds 9 --json\n",
     cmd_reproduce},
};
enum { COMMANDS = sizeof command / sizeof *command };

static const char *const later[] = {"solve", "sweep"};
enum { LATER = sizeof later / sizeof *later };

size_t cli_command_count(void) { return COMMANDS; }
const cli_command *cli_command_at(size_t i) { return &command[i]; }

static const cli_command *find(const char *name)
{
  for (size_t i = 0; i < COMMANDS; i++)
    if (strcmp(name, command[i].name) == 0) return &command[i];
  return NULL;
}

static int unknown(const char *name)
{
  const char *word[COMMANDS + 1] = {"help"};
  for (size_t i = 0; i < LATER; i++)
    if (strcmp(name, later[i]) == 0) return cli_fail(CLI_USAGE, "%s is not in this version (%s)", name, lf_version());
  for (size_t i = 0; i < COMMANDS; i++) word[i + 1] = command[i].name;
  return cli_fail(CLI_USAGE, "'%s' is not a command; the nearest is %s (lowfirst --help lists all)", name,
                  lf_nearest_word(name, COMMANDS + 1, word));
}

int cmd_help(int count, char **word)
{
  if (count == 0) {
    cli_overview(stdout);
  } else if (strcmp(word[0], "--markdown") == 0) {
    cli_markdown(stdout);
  } else {
    const cli_command *found = find(word[0]);
    if (!found) return unknown(word[0]);
    cli_help(stdout, found);
  }
  return CLI_DONE;
}

static void say(void *user, lf_log_level level, const char *line)
{
  const bool *quiet = user;
  if (level == LF_LOG_WARNING)
    (void)fprintf(stderr, "lowfirst: warning: %s\n", line);
  else if (!*quiet)
    (void)fprintf(stderr, "%s\n", line);
}

static int run_command(const cli_command *c, int count, char **word)
{
  cli line = {0};
  bool helped;
  int code = cli_parse(&line, c, count, word, &helped);
  lf_log_set(say, &line.quiet);
  if (code == CLI_DONE && !helped) code = c->run(&line);
  lf_log_set(NULL, NULL);
  cli_free(&line);
  return code;
}

static int dispatch(int argc, char **argv)
{
  if (argc < 2) {
    cli_overview(stderr);
    return CLI_USAGE;
  }
  const char *name = argv[1];
  if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || strcmp(name, "help") == 0)
    return cmd_help(argc - 2, argv + 2);
  if (strcmp(name, "--version") == 0 || strcmp(name, "-V") == 0) {
    (void)printf("lowfirst %s\n", lf_version());
    return CLI_DONE;
  }
  const cli_command *c = find(name);
  return c ? run_command(c, argc - 2, argv + 2) : unknown(name);
}

int main(int argc, char **argv)
{
  (void)setlocale(LC_CTYPE, ""); /* which signs the terminal has; numbers stay as they are */
  int code = dispatch(argc, argv);
  /* a result that did not reach its reader is a failure, whatever was computed */
  if ((fflush(stdout) != 0 || ferror(stdout)) && code == CLI_DONE)
    code = cli_fail(CLI_FAILED, "standard output: %s", strerror(errno));
  return code;
}
