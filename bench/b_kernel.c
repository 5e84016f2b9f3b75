/* b_kernel.c — kernels: the limit NTK (relu, depth 3, n = 4000, double, one thread) beside NumPy, the empirical NTK (3 x 256, n = 1000) beside functorch.
: processor time on one thread, and by
 * the clock on all. The peer computes the same kernel first; where the two disagree nothing is reported and the exit status is 1. `b_kernel limit` or
 * `b_kernel empirical` runs one of them. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "bench.h"
#include "lowfirst/files.h"
#include "lowfirst/kernel.h"
#include "lowfirst/random.h"
#include "lowfirst/system.h"

enum { LINE_SIZE = 1024, PEER_REPEATS = 3 };

typedef struct task {
  const char *name, *net, *act, *scaling;
  lf_kernel_kind kind;
  size_t n, d;
  double agree; /* relative to the largest entry, off the diagonal */
} task;

/* NumPy's sine between nearly equal points is sqrt(r^2 - s^2): half its digits. */
static const task tasks[] = {
    {"limit", "3-512-512-512-1", "relu", "ntk", LF_NTK, 4000, 3, 1e-9},
    {"empirical", "2-256-256-256-1", "tanh", "standard", LF_EMPIRICAL, 1000, 2, 1e-11},
};
enum { TASKS = sizeof tasks / sizeof *tasks };

typedef struct row {
  const task *what;
  double *x, *K;
  lf_kernel *kernel;
  bench_figure ours, all, peer; /* seconds: of one processor; by the clock on all of them; peer.median 0: none */
  char who[LINE_SIZE];
} row;

static lf_net *make_net(const lf_model *model)
{
  lf_net *net = NULL;
  bench_must(lf_net_create(&net, model, LF_F64, 1), "net");
  return net;
}

/* x.npy, and the net's tensors in order as p0, p1, ... */
static void write_inputs(const row *r, const lf_net *net, const char *folder)
{
  char path[2 * LINE_SIZE], name[32];
  lf_array x = {.dtype = LF_F64, .ndim = 2, .shape = {r->what->n, r->what->d}, .data = r->x};
  (void)snprintf(path, sizeof path, "%s/x.npy", folder);
  bench_must(lf_npy_write(path, &x), "x");
  if (!net) return;
  lf_npz *z = NULL;
  bench_must(lf_npz_create(&z), "weights");
  for (size_t i = 0; i < lf_net_tensors(net); i++) {
    const lf_tensor *t = lf_net_tensor(net, i);
    (void)snprintf(name, sizeof name, "p%zu", i);
    bench_must(lf_npz_put_raw(z, name, LF_F64, t->ndim, (const size_t[]){t->rows, t->cols},
                              (const double *)lf_net_parameters((lf_net *)net) + t->offset),
               "weights");
  }
  (void)snprintf(path, sizeof path, "%s/w.npz", folder);
  bench_must(lf_npz_write(z, path), "weights");
  lf_npz_destroy(z);
}

static void set_up(row *r, const char *folder)
{
  lf_model model = lf_model_default();
  const task *t = r->what;
  bench_must(lf_model_layers(&model, t->net), "net");
  bench_must(lf_model_activation(&model, t->act), "activation");
  bench_must(lf_model_scaling(&model, t->scaling), "scaling");
  if (t->kind == LF_NTK) bench_must(lf_model_std(&model, "w=1.4,b=0.3"), "std");
  bench_must(lf_model_complete(&model, t->d, 1), "model");
  r->x = calloc(t->n * t->d, sizeof *r->x);
  r->K = calloc(t->n * t->n, sizeof *r->K);
  if (!r->x || !r->K) exit(1);
  for (size_t i = 0; i < t->n * t->d; i++) r->x[i] = lf_random_normal(1, LF_PURPOSE_NOISE, i);
  lf_net *net = t->kind == LF_EMPIRICAL ? make_net(&model) : NULL;
  if (net)
    bench_must(lf_kernel_empirical(&r->kernel, net), "kernel");
  else
    bench_must(lf_kernel_limit(&r->kernel, &model, t->kind), "kernel");
  write_inputs(r, net, folder);
  lf_net_destroy(net);
}

static void time_ours(row *r)
{
  double seconds[BENCH_MAX_REPEATS];
  size_t repeats = bench_repeats();
  bench_must(lf_kernel_gram(r->kernel, r->what->n, r->x, 1, r->K), "kernel"); /* warms up */
  for (size_t i = 0; i < repeats; i++) {
    double start = bench_processor_s();
    bench_must(lf_kernel_gram(r->kernel, r->what->n, r->x, 1, r->K), "kernel");
    seconds[i] = bench_processor_s() - start;
  }
  r->ours = bench_summary(repeats, seconds);
  for (size_t i = 0; i < repeats; i++) {
    double start = bench_now_s();
    bench_must(lf_kernel_gram(r->kernel, r->what->n, r->x, lf_cpu_count(), r->K), "kernel");
    seconds[i] = bench_now_s() - start;
  }
  r->all = bench_summary(repeats, seconds);
}

static bool agrees(const row *r, const char *folder)
{
  char path[2 * LINE_SIZE];
  lf_array K = {0};
  size_t n = r->what->n;
  double largest = 0, worst = 0;
  (void)snprintf(path, sizeof path, "%s/K.npy", folder);
  bench_must(lf_npy_read(&K, path), "the peer's kernel");
  const double *theirs = K.data;
  for (size_t i = 0; i < n * n; i++) largest = fmax(largest, fabs(theirs[i]));
  for (size_t i = 0; i < n * n; i++)
    if (i % (n + 1)) worst = fmax(worst, fabs(theirs[i] - r->K[i]));
  lf_array_free(&K);
  (void)remove(path);
  if (worst <= r->what->agree * largest) return true;
  (void)fprintf(stderr, "%s: entries differ by %.2g of %.2g\n", r->what->name, worst, largest);
  return false;
}

/* Runs the peer and compares; false where both are there and disagree. */
static bool race(row *r, const char *folder)
{
  char command[4 * LINE_SIZE], line[LINE_SIZE];
  double seconds[PEER_REPEATS];
  size_t count = 0;
  const char *python = getenv("LF_BENCH_PYTHON");
  (void)snprintf(
      command, sizeof command,
      "OPENBLAS_CORETYPE=%s OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 '%s' '%s/kernel_peer.py' %s '%s' %d 2>/dev/null",
      strcmp(lf_isa(), "avx512") == 0 ? "SkylakeX" : "Haswell", python ? python : "/usr/bin/python3", LF_BENCH_DIR,
      r->what->name, folder, PEER_REPEATS);
  FILE *peer = popen(command, "r"); /* NOLINT(cert-env33-c): the words are ours */
  if (!peer || !fgets(r->who, sizeof r->who, peer)) r->who[0] = 0;
  r->who[strcspn(r->who, "\n")] = 0;
  while (peer && count < PEER_REPEATS && fgets(line, sizeof line, peer)) seconds[count++] = strtod(line, NULL);
  if (peer && pclose(peer) == 0 && count == PEER_REPEATS) {
    r->peer = bench_summary(count, seconds);
    return agrees(r, folder);
  }
  (void)snprintf(r->who, sizeof r->who, "none");
  return true;
}

static void report(const row *r, FILE *f, bool last)
{
  double entries = (double)r->what->n * (double)r->what->n, ns = 1e9 * r->ours.median / entries,
         best = 1e9 * r->ours.least / entries;
  (void)printf("%-10s %-16s n=%-5zu %7.4f s %6.2f ns/entry, at best %7.4f s %6.2f; %zu threads %7.4f s   %s %.4f s",
               r->what->name, r->what->net, r->what->n, r->ours.median, ns, r->ours.least, best, lf_cpu_count(),
               r->all.median, r->who, r->peer.median);
  if (r->peer.median > 0) (void)printf("   %.0fx", r->peer.median / r->ours.median);
  (void)printf("\n");
  (void)fprintf(
      f,
      "    {\"task\": \"%s\", \"net\": \"%s\", \"act\": \"%s\", \"n\": %zu, \"processor_seconds\": %.4g, \"low\": "
      "%.4g, \"high\": %.4g, \"least\": %.4g, \"ns_per_entry\": %.3g, \"least_ns_per_entry\": %.3g, "
      "\"threads\": %zu, \"seconds\": %.4g, "
      "\"peer\": \"%s\", \"peer_seconds\": %.4g}%s\n",
      r->what->name, r->what->net, r->what->act, r->what->n, r->ours.median, r->ours.low, r->ours.high, r->ours.least,
      ns, best, lf_cpu_count(), r->all.median, r->who, r->peer.median, last ? "" : ",");
}

static void clean_up(row *r, const char *folder)
{
  static const char *const file[] = {"x.npy", "w.npz"};
  char path[2 * LINE_SIZE];
  for (size_t i = 0; i < sizeof file / sizeof *file; i++) {
    (void)snprintf(path, sizeof path, "%s/%s", folder, file[i]);
    (void)remove(path);
  }
  lf_kernel_destroy(r->kernel);
  free(r->x);
  free(r->K);
}

int main(int argc, char **argv)
{
  const char *folder = bench_folder();
  row done[TASKS] = {0};
  size_t count = 0;
  bool good = true;
  (void)printf("%s, %s, %s\n", lf_cpu_name(), lf_isa(), lf_blas_name());
  for (size_t i = 0; i < TASKS; i++) {
    if (argc > 1 && !strstr(tasks[i].name, argv[1])) continue;
    row *r = &done[count++];
    r->what = &tasks[i];
    set_up(r, folder);
    time_ours(r);
    good = race(r, folder) && good;
    clean_up(r, folder);
  }
  bench_folder_remove();
  if (good) {
    FILE *f = bench_open_result("kernels");
    (void)fprintf(f, "  \"rows\": [\n");
    for (size_t i = 0; i < count; i++) report(&done[i], f, i + 1 == count);
    (void)fprintf(f, "  ]\n}\n");
    bench_close_result(f);
  }
  return good ? 0 : 1;
}
