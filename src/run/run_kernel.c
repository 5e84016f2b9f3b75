/* run_kernel.c — lowfirst kernel: points from files, the kernel of the net that the options describe, one npy file. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "base/cpu.h"
#include "lowfirst/files.h"
#include "run/json_text.h"
#include "run/run_internal.h"

typedef struct job {
  lf_run *run;
  lf_kernel *kernel;
  double *x, *z, *K;
  size_t n, m, d;
  bool symmetric;
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

/* K and the work beside it must fit into this machine. */
static lf_status allocate(job *j)
{
  const double giga = 1e9;
  double rows = (double)lf_kernel_rows(j->kernel, j->n), columns = (double)lf_kernel_rows(j->kernel, j->m);
  double result = sizeof(double) * rows * columns, work = lf_kernel_memory(j->kernel, j->n, j->m, j->symmetric);
  double there = (double)sysconf(_SC_PHYS_PAGES) * (double)sysconf(_SC_PAGE_SIZE);
  if (result + work > there)
    return LF_FAIL(LF_ENOMEM,
                   "a kernel of %.0f x %.0f takes %.3g GB and the work beside it %.2g GB; this machine has %.3g GB: "
                   "give fewer points",
                   rows, columns, result / giga, work / giga, there / giga);
  if (result > giga)
    lf_log_info("kernel  %.0f x %.0f takes %.3g GB, and the work beside it %.2g GB", rows, columns, result / giga,
                work / giga);
  return lf_calloc(&j->K, (size_t)rows * (size_t)columns, sizeof *j->K);
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

static lf_status evaluate(const job *j, lf_run_kernel *out)
{
  size_t threads = lf_run_integer(j->run, "threads");
  double start = lf_now_s();
  lf_status st;
  LF_TRY(j->symmetric ? lf_kernel_gram(j->kernel, j->n, j->x, threads, j->K)
                      : lf_kernel_evaluate(j->kernel, j->n, j->x, j->m, j->z, threads, j->K));
  out->time_s = lf_now_s() - start;
  LF_TRY(lf_kernel_error(j->kernel, j->n, j->x, &out->error));
  if (j->symmetric) LF_TRY(largest_eigenvalue(out->rows, j->K, &out->largest));
done:
  return st;
}

lf_status lf_run_write_kernel(lf_run *run, lf_run_kernel *out)
{
  job j = {.run = run};
  lf_status st;
  *out = (lf_run_kernel){.largest = NAN, .note = ""};
  LF_TRY(read_points(&j));
  LF_TRY(make_kernel(&j));
  LF_TRY(allocate(&j));
  out->kind = lf_kernel_what(j.kernel);
  out->n = j.n, out->m = j.m;
  out->rows = lf_kernel_rows(j.kernel, j.n), out->columns = lf_kernel_rows(j.kernel, j.m);
  out->out = lf_run_get(run, "out");
  lf_model_describe(lf_kernel_model(j.kernel), out->net, sizeof out->net);
  LF_TRY(evaluate(&j, out));
  out->note = lf_kernel_note(j.kernel);
  lf_array K = {.dtype = LF_F64, .ndim = 2, .shape = {out->rows, out->columns}, .data = j.K};
  LF_TRY(lf_npy_write(out->out, &K));
done:
  lf_kernel_destroy(j.kernel);
  lf_free(j.x);
  lf_free(j.z);
  lf_free(j.K);
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
  } sizes[] = {{"n", k->n}, {"m", k->m}, {"rows", k->rows}, {"columns", k->columns}};
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
