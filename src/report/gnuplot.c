/* gnuplot.c — run gnuplot as a child process and listen to what it complains of. */
#include "gnuplot.h"
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* All the child writes into `from`, the first `size` - 1 bytes of it kept. */
static void listen_to(int from, char *text, size_t size)
{
  char rest[256];
  size_t used = 0;
  for (;;) {
    ssize_t got = used + 1 < size ? read(from, text + used, size - 1 - used) : read(from, rest, sizeof rest);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    if (used + 1 < size) used += (size_t)got;
  }
  text[used] = 0;
}

/* gnuplot shows the line at fault and points at it before it says what is wrong: keep the last line that says something. */
static const char *complaint(char *text)
{
  const char *said = "no reason given";
  char *rest = NULL;
  for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
    while (*line == ' ' || *line == '\t') line++;
    if (*line && *line != '^') said = line;
  }
  return said;
}

static int start(pid_t *child, const char *directory, const char *script, int to)
{
  char *const arguments[] = {"gnuplot", (char *)(size_t)script, NULL};
  posix_spawn_file_actions_t actions;
  int failed = posix_spawn_file_actions_init(&actions);
  if (failed) return failed;
  failed = posix_spawn_file_actions_addchdir_np(&actions, directory);
  if (!failed) failed = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  if (!failed) failed = posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  if (!failed) failed = posix_spawn_file_actions_adddup2(&actions, to, STDERR_FILENO);
  if (!failed) failed = posix_spawnp(child, "gnuplot", &actions, NULL, arguments, environ);
  (void)posix_spawn_file_actions_destroy(&actions);
  return failed;
}

lf_status lf_gnuplot_run(const char *directory, const char *script)
{
  enum { READ, WRITE, WORDS = 4096 };
  char words[WORDS];
  int ends[2], state = 0;
  pid_t child;
  if (pipe2(ends, O_CLOEXEC) != 0) return LF_FAIL(LF_EIO, "gnuplot: %s", strerror(errno));
  int failed = start(&child, directory, script, ends[WRITE]);
  (void)close(ends[WRITE]);
  if (failed) {
    (void)close(ends[READ]);
    if (failed != ENOENT) return LF_FAIL(LF_EIO, "gnuplot could not be started: %s", strerror(failed));
    return LF_FAIL(LF_EUNSUP, "gnuplot is not installed: install the Debian package gnuplot-nox, then run gnuplot %s",
                   script);
  }
  listen_to(ends[READ], words, sizeof words);
  (void)close(ends[READ]);
  while (waitpid(child, &state, 0) < 0 && errno == EINTR) continue;
  if (WIFEXITED(state) && WEXITSTATUS(state) == 0) return LF_OK;
  return LF_FAIL(LF_EIO, "gnuplot %s: %s", script, complaint(words));
}
