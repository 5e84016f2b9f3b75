/* run_kernel.c — lowfirst kernel: points from files, the kernel of the net that the options describe, one npy file; where K is large, tile by
 * tile. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "base/cpu.h"
#include "lowfirst/files.h"
#include "run/json_text.h"
#include "run/run_internal.h"

typedef struct job {
  lf_run *run;
  lf_kernel *kernel;
  double *x, *z;
  size_t n, m, d;
  size_t rows, columns; /* of K */
  bool symmetric;
  bool tiled, in_reach; /* goes to disk tile by tile; K alone fits into the memory that may be used */
  lf_kernel_file_plan plan;
  lf_kernel_watch watch;
  void *user;
} job;

static lf_status read_points(job *j)
{
  const char *x = lf_run_get(j->run, "x"), *z = lf_run_get(j->run, "x2");
  lf_status st;
  if (!x) LF_RAISE(LF_EARG, "the points are missing: give --x X.npy, an array (n,d) or (n)");
  if (!lf_run_get(j->run, "out")) LF_RAISE(LF_EARG, "where to? Give --out K.npy");
  LF_TRY(lf_run_blame(j->run, "x", lf_read_matrix(&j->x, &j->n, &j->d, x)));
  j->symmetric = !z;
  j->m = j->n;
  if (z) LF_TRY(lf_run_blame(j->run, "x2", lf_read_matrix(&j->z, &j->m, &j->d, z)));
done:
  return st;
}

static lf_status make_empirical(job *j, const lf_model *model)
{
  lf_net *net = NULL;
  const char *weights = lf_run_get(j->run, "weights");
  lf_status st;
  LF_TRY(lf_net_create(&net, model, lf_run_dtype(j->run), lf_run_integer(j->run, "seed")));
  if (weights) LF_TRY(lf_run_blame(j->run, "weights", lf_net_read(net, weights)));
  LF_TRY(lf_kernel_empirical(&j->kernel, net));
done:
  lf_net_destroy(net);
  return st;
}

static lf_status make_lfp(job *j, const lf_model *model)
{
  lf_lfp *p = NULL;
  lf_status st = lf_run_lfp(j->run, model, &p);
  if (st == LF_OK) st = lf_lfp_kernel(&j->kernel, p);
  lf_lfp_destroy(p);
  return st;
}

static lf_status make_kernel(job *j)
{
  const char *kind = lf_run_get(j->run, "kind");
  lf_model model;
  lf_status st;
  bool lfp = strcmp(kind, lf_kernel_kind_name(LF_LFP)) == 0;
  LF_TRY(lf_run_check_lfp(j->run, lfp));
  LF_TRY(lf_run_model(j->run, &model));
  size_t outputs = model.n_widths ? model.width[model.n_widths - 1] : 1;
  st = lf_model_complete(&model, j->d, outputs ? outputs : 1);
  if (st != LF_OK) {
    st = LF_FAIL(st, "--%s", lf_last_error());
    goto done;
  }
  bool empirical = strcmp(kind, lf_kernel_kind_name(LF_EMPIRICAL)) == 0;
  if (!empirical && lf_run_get(j->run, "weights"))
    LF_RAISE(LF_EARG, "--weights are of one net, and --kind %s is of infinite width; did you mean --kind empirical?",
             kind);
  if (empirical)
    LF_TRY(make_empirical(j, &model));
  else if (lfp)
    LF_TRY(make_lfp(j, &model));
  else
    LF_TRY(lf_kernel_limit(&j->kernel, &model, strcmp(kind, "nngp") == 0 ? LF_NNGP : LF_NTK));
done:
  return st;
}

/* ---- in memory, or tile by tile to disk ------------------------------------------------------------------------------------ */
/* Seconds, from the kernel of the first points; 0 for what is done at once. */
static lf_status estimate(const job *j, double *seconds)
{
  enum { PILOT_ROWS = 512 };
  static const double many = 4e6; /* entries */
  size_t pilot = LF_MIN(j->n, LF_MAX((size_t)PILOT_ROWS / lf_kernel_rows(j->kernel, 1), 1));
  size_t rows = lf_kernel_rows(j->kernel, pilot);
  double entries = (double)j->rows * (double)j->columns, *K = NULL, start = lf_now_s();
  lf_status st = LF_OK;
  *seconds = 0;
  if (entries < many) goto done;
  LF_TRY(lf_calloc(&K, rows * rows, sizeof *K));
  LF_TRY(lf_kernel_gram(j->kernel, pilot, j->x, lf_run_integer(j->run, "threads"), K));
  *seconds = (lf_now_s() - start) / ((double)rows * (double)rows) * entries * (j->symmetric ? 1 : 2);
done:
  lf_free(K);
  return st;
}

/* A long job is announced: time, memory, disk. */
static void announce(const job *j, double seconds, double bytes)
{
  const double giga = 1e9;
  char time[64] = "", room[64] = "";
  if (seconds >= 1)
    (void)snprintf(time, sizeof time, " · about %.0f s%s", seconds, j->tiled ? ", and what the disk takes" : "");
  if (isfinite(j->plan.room)) (void)snprintf(room, sizeof room, ", which has room for %.3g GB", j->plan.room / giga);
  if (!j->tiled)
    lf_log_info("expect  %zu x %zu entries%s · %.3g GB", j->rows, j->columns, time, bytes / giga);
  else
    lf_log_info("expect  %zu x %zu entries in tiles of %zu points%s · %.3g GB of memory · %.3g GB on the disk%s",
                j->rows, j->columns, j->plan.points, time, j->plan.memory / giga, j->plan.disk / giga, room);
}

/* What does not fit goes to disk by tiles, and so does what takes long: then there is something to watch. */
static lf_status choose_way(job *j)
{
  static const double long_s = 5, announced_bytes = 1e9, giga = 1e9;
  const char *path = lf_run_get(j->run, "out");
  double machine = lf_machine_bytes(), seconds;
  double asked = giga * lf_run_real(j->run, "memory"), memory = asked > 0 ? asked : machine / 2;
  double result = sizeof(double) * (double)j->rows * (double)j->columns;
  double bytes = result + lf_kernel_memory(j->kernel, j->n, j->m, j->symmetric);
  bool fits = bytes <= memory;
  lf_status st = lf_kernel_file_look(&j->plan, path, j->kernel, j->n, j->m, j->symmetric, fits ? HUGE_VAL : memory);
  if (st == LF_ENOMEM) return lf_fail_prefix(st, "--memory");
  if (st != LF_OK) return st;
  LF_TRY(estimate(j, &seconds));
  j->in_reach = result <= memory;
  j->tiled = !fits || (seconds > long_s && isfinite(j->plan.room));
  if (j->tiled || bytes > announced_bytes) announce(j, seconds, bytes);
done:
  return st;
}

/* Largest eigenvalue of K (n, n) by the power method, from below: K v . v for a unit vector. */
static lf_status largest_eigenvalue(size_t n, const double *K, double *out)
{
  enum { ROUNDS = 30 };
  const double enough = 1e-4; /* K's first eigenvalue stands apart: a few rounds */
  double *v = NULL, *w, norm = 0, before = 0;
  lf_status st = lf_calloc(&v, 2 * n, sizeof *v);
  if (st != LF_OK) return st;
  w = v + n;
  for (size_t i = 0; i < n; i++)
    v[i] = 1 / sqrt((double)n) * (1 + 0.1 * sin((double)i)); /* not orthogonal to anything in particular */
  for (int round = 0; round < ROUNDS; round++) {
    norm = 0;
    for (size_t i = 0; i < n; i++) norm += v[i] * v[i];
    for (size_t i = 0; i < n; i++) v[i] /= norm > 0 ? sqrt(norm) : 1;
    *out = 0;
    for (size_t i = 0; i < n; i++) {
      w[i] = 0;
      for (size_t k = 0; k < n; k++) w[i] += K[i * n + k] * v[k];
      *out += w[i] * v[i];
    }
    for (size_t i = 0; i < n; i++) v[i] = w[i];
    if (fabs(*out - before) <= enough * *out) break;
    before = *out;
  }
  lf_free(v);
  return LF_OK;
}

static int watch(void *user, double done, double total)
{
  const job *j = user;
  if (atomic_load(&j->run->stop)) return 1;
  return j->watch ? j->watch(j->user, done, total) : 0;
}

static lf_status in_memory(job *j, lf_run_kernel *out)
{
  size_t threads = lf_run_integer(j->run, "threads");
  double start = lf_now_s(), *K = NULL;
  lf_status st;
  LF_TRY(lf_calloc(&K, j->rows * j->columns, sizeof *K));
  LF_TRY(j->symmetric ? lf_kernel_gram(j->kernel, j->n, j->x, threads, K)
                      : lf_kernel_evaluate(j->kernel, j->n, j->x, j->m, j->z, threads, K));
  out->time_s = lf_now_s() - start;
  if (atomic_load(&j->run->stop)) LF_RAISE(LF_EIO, "%s: interrupted; nothing was written", out->out);
  if (j->symmetric) LF_TRY(largest_eigenvalue(j->rows, K, &out->largest));
  lf_array array = {.dtype = LF_F64, .ndim = 2, .shape = {j->rows, j->columns}, .data = K};
  LF_TRY(lf_npy_write(out->out, &array));
done:
  lf_free(K);
  return st;
}

static lf_status by_tiles(job *j, lf_run_kernel *out)
{
  const lf_kernel_file_options o = {
      .memory = j->plan.memory, .threads = lf_run_integer(j->run, "threads"), .watch = watch, .user = j};
  lf_array K = {0};
  double start = lf_now_s();
  lf_status st;
  LF_TRY(lf_kernel_write(out->out, j->kernel, j->n, j->x, j->m, j->z, &o));
  out->time_s = lf_now_s() - start;
  out->tile = j->plan.points;
  if (!j->symmetric || !j->in_reach) goto done;
  LF_TRY(lf_npy_map(&K, out->out));
  LF_TRY(largest_eigenvalue(j->rows, K.data, &out->largest));
done:
  lf_array_free(&K);
  return st;
}

lf_status lf_run_write_kernel(lf_run *run, lf_kernel_watch watcher, void *user, lf_run_kernel *out)
{
  job j = {.run = run, .watch = watcher, .user = user};
  lf_status st;
  *out = (lf_run_kernel){.largest = NAN};
  LF_TRY(read_points(&j));
  LF_TRY(make_kernel(&j));
  j.rows = lf_kernel_rows(j.kernel, j.n), j.columns = lf_kernel_rows(j.kernel, j.m);
  out->kind = lf_kernel_what(j.kernel);
  out->n = j.n, out->m = j.m;
  out->rows = j.rows, out->columns = j.columns;
  out->out = lf_run_get(run, "out");
  lf_model_describe(lf_kernel_model(j.kernel), out->net, sizeof out->net);
  LF_TRY(choose_way(&j));
  LF_TRY(lf_kernel_error(j.kernel, j.n, j.x, &out->error));
  LF_TRY(j.tiled ? by_tiles(&j, out) : in_memory(&j, out));
  (void)snprintf(out->note, sizeof out->note, "%s", lf_kernel_note(j.kernel)); /* it may be the kernel's own */
done:
  lf_kernel_destroy(j.kernel);
  lf_free(j.x);
  lf_free(j.z);
  return st;
}

lf_status lf_run_kernel_json(const lf_run_kernel *k, char **out)
{
  lf_json t = {0};
  lf_json_open(&t);
  lf_json_key(&t, "kind");
  lf_json_string(&t, lf_kernel_kind_name(k->kind));
  const struct {
    const char *key;
    size_t value;
  } sizes[] = {{"n", k->n}, {"m", k->m}, {"rows", k->rows}, {"columns", k->columns}, {"tile", k->tile}};
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    lf_json_key(&t, sizes[i].key);
    lf_json_add(&t, "%zu", sizes[i].value);
  }
  const struct {
    const char *key;
    double value;
  } reals[] = {{"error", k->error}, {"time_s", k->time_s}, {"largest", k->largest}};
  for (size_t i = 0; i < sizeof reals / sizeof *reals; i++) {
    lf_json_key(&t, reals[i].key);
    lf_json_real(&t, reals[i].value);
  }
  lf_json_key(&t, "net");
  lf_json_string(&t, k->net);
  lf_json_key(&t, "note");
  lf_json_string(&t, k->note);
  lf_json_key(&t, "out");
  lf_json_string(&t, k->out);
  lf_json_close(&t);
  lf_json_add(&t, "\n");
  return lf_json_take(&t, out);
}
