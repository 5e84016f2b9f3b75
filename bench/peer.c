/* peer.c — a PyTorch process on two pipes, one line each way; see torch_step.py. */
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "bench.h"
#include "lowfirst/system.h"

struct bench_peer {
  pid_t pid;
  FILE *to, *from;
  char version[64], settings[128];
};

/* The settings without which PyTorch 1.13 and OpenBLAS 0.3.21 run several times too slow on a processor that they do not know. */
static const char *core_type(void)
{
  if (strcmp(lf_isa(), "avx512") == 0) return "SkylakeX";
  return strcmp(lf_isa(), "avx2") == 0 ? "Haswell" : "";
}

static const char *capability(void)
{
  if (strcmp(lf_isa(), "avx512") == 0) return "avx512";
  return strcmp(lf_isa(), "avx2") == 0 ? "avx2" : "default";
}

static void become_python(int in, int out, const char *threads)
{
  const char *python = getenv("LF_BENCH_PYTHON");
  if (!python) python = "/usr/bin/python3"; /* Debian's, where its PyTorch is */
  if (dup2(in, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0) _exit(127);
  if (core_type()[0]) (void)setenv("OPENBLAS_CORETYPE", core_type(), 1);
  (void)setenv("ATEN_CPU_CAPABILITY", capability(), 1);
  (void)setenv("OMP_NUM_THREADS", threads, 1);
  (void)execlp(python, python, LF_BENCH_DIR "/torch_step.py", (char *)NULL);
  _exit(127);
}

static bool read_line(bench_peer *p, char *line, size_t size)
{
  if (!fgets(line, (int)size, p->from)) return false;
  line[strcspn(line, "\n")] = 0;
  return true;
}

/* Two pipes and a process behind them; -1 where the system has none to give. */
static int spawn(bench_peer *p, const char *threads)
{
  int down[2], up[2];
  if (pipe(down) != 0) return -1;
  if (pipe(up) != 0) return (void)close(down[0]), (void)close(down[1]), -1;
  p->pid = fork();
  if (p->pid == 0) {
    (void)close(down[1]);
    (void)close(up[0]);
    become_python(down[0], up[1], threads);
  }
  (void)close(down[0]);
  (void)close(up[1]);
  p->to = fdopen(down[1], "w");
  p->from = fdopen(up[0], "r");
  return p->pid > 0 && p->to && p->from ? 0 : -1;
}

bench_peer *bench_peer_start(size_t threads, char *why, size_t size)
{
  char line[256], count[32];
  bench_peer *p = calloc(1, sizeof *p);
  (void)snprintf(why, size, "a process could not be started");
  if (!p) return NULL;
  (void)signal(SIGPIPE, SIG_IGN); /* a dead child is noticed by its silence */
  (void)snprintf(count, sizeof count, "%zu", threads);
  if (spawn(p, count) == 0) {
    (void)snprintf(why, size, "no Python 3 with PyTorch was found; LF_BENCH_PYTHON names one");
    if (read_line(p, line, sizeof line) && strncmp(line, "torch ", 6) == 0) {
      (void)snprintf(p->version, sizeof p->version, "%.*s", (int)sizeof p->version - 1, line + 6);
      (void)snprintf(p->settings, sizeof p->settings, "OPENBLAS_CORETYPE=%s ATEN_CPU_CAPABILITY=%s OMP_NUM_THREADS=%zu",
                     core_type(), capability(), threads);
      return p;
    }
  }
  bench_peer_stop(p);
  return NULL;
}

const char *bench_peer_version(const bench_peer *p) { return p->version; }
const char *bench_peer_settings(const bench_peer *p) { return p->settings; }

bool bench_peer_ask(bench_peer *p, char *answer, size_t size, const char *fmt, ...)
{
  va_list ap;
  va_start(ap, fmt);
  int sent = vfprintf(p->to, fmt, ap);
  va_end(ap);
  return sent >= 0 && fputc('\n', p->to) != EOF && fflush(p->to) == 0 && read_line(p, answer, size);
}

void bench_peer_stop(bench_peer *p)
{
  if (!p) return;
  if (p->to) (void)fclose(p->to); /* the end of its input ends it */
  if (p->from) (void)fclose(p->from);
  while (p->pid > 0 && waitpid(p->pid, NULL, 0) < 0 && errno == EINTR) continue;
  free(p);
}
