/* b_flow.c — theory's evolution: a flow of 2000 samples at 200 times beside the eigenvalues and -vectors of its kernel alone, by turns, processor time of
 * one thread; and `lowfirst predict` as a user meets it, from start to report.
 *
 * The flow must agree with that decomposition first, and the program's report must be there; else nothing is reported and the exit status is 1. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "bench.h"
#include "linalg/blas.h"
#include "lowfirst/flow.h"
#include "lowfirst/random.h"
#include "lowfirst/system.h"

enum { N = 2000, D = 3, PROBES = 500, TIMES = 200, FLOW_REPEATS = 5, LINE_SIZE = 1024 };
static const double agree = 1e-8; /* of the largest value */

/* ---- the flow ------------------------------------------------------------------------------------------------------------ */
typedef struct task {
  double x[N * D], y[N], probe[PROBES * D], time[TIMES], lambda[N], fit[N];
  double *K, *vectors; /* (n,n) */
  lf_kernel *kernel;
  lf_data *data;
  lf_flow_options options;
  const lf_blas *blas;
} task;

static void *must_have(size_t count, size_t size)
{
  void *p = calloc(count, size);
  if (!p) exit(1);
  return p;
}

static void set_up(task *t)
{
  lf_model model = lf_model_default();
  bench_must(lf_model_layers(&model, "3-512-512-512-1"), "net");
  bench_must(lf_model_activation(&model, "relu"), "activation");
  bench_must(lf_model_scaling(&model, "ntk"), "scaling");
  bench_must(lf_model_std(&model, "w=1.4,b=0.3"), "std");
  bench_must(lf_model_complete(&model, D, 1), "model");
  for (size_t i = 0; i < (size_t)N * D; i++) t->x[i] = lf_random_normal(1, LF_PURPOSE_NOISE, i);
  for (size_t i = 0; i < (size_t)PROBES * D; i++) t->probe[i] = lf_random_normal(2, LF_PURPOSE_NOISE, i);
  for (size_t i = 0; i < N; i++) t->y[i] = sin(2 * t->x[D * i]) + t->x[D * i + 1] * t->x[D * i + 2];
  for (size_t i = 0; i < TIMES; i++) t->time[i] = pow(10, -2 + 6.0 * (double)i / (TIMES - 1));
  t->K = must_have((size_t)N * N, sizeof(double));
  t->vectors = must_have((size_t)N * N, sizeof(double));
  bench_must(lf_blas_get(&t->blas), "LAPACK");
  bench_must(lf_kernel_limit(&t->kernel, &model, LF_NTK), "kernel");
  bench_must(lf_kernel_gram(t->kernel, N, t->x, 1, t->K), "kernel");
  bench_must(lf_data_from(&t->data, N, D, 1, t->x, t->y, 0, NULL, NULL), "data");
  t->options = (lf_flow_options){.gradient_flow = true,
                                 .loss = LF_LOSS_HALF_MSE,
                                 .n_probe = PROBES,
                                 .x_probe = t->probe,
                                 .threads = 1,
                                 .times = TIMES,
                                 .time = t->time};
}

/* K/n = V diag(lambda) V^T; seconds of the decomposition alone. */
static double decompose(task *t)
{
  int n = N, ask = -1, info = 0, integers_size = 3 + 5 * N, size;
  double wanted;
  int *integers = must_have((size_t)integers_size, sizeof *integers);
  for (size_t i = 0; i < (size_t)N * N; i++) t->vectors[i] = t->K[i] / N;
  t->blas->dsyevd("V", "U", &n, t->vectors, &n, t->lambda, &wanted, &ask, integers, &integers_size, &info, 1, 1);
  size = (int)wanted;
  double *work = must_have((size_t)size, sizeof *work), began = bench_processor_s();
  t->blas->dsyevd("V", "U", &n, t->vectors, &n, t->lambda, work, &size, integers, &integers_size, &info, 1, 1);
  double seconds = bench_processor_s() - began;
  free(work);
  free(integers);
  if (info != 0) exit(1);
  return seconds;
}

typedef struct seen {
  size_t count;
  double checksum;
} seen;

static int look(void *user, const lf_snapshot *s)
{
  seen *w = user;
  w->count++;
  w->checksum += s->fit[0] + s->probe[0];
  return 0;
}

static double flow(const task *t)
{
  seen w = {0};
  double began = bench_processor_s();
  bench_must(lf_flow(t->kernel, t->data, &t->options, look, &w), "flow");
  double seconds = bench_processor_s() - began;
  if (w.count != TIMES || !isfinite(w.checksum)) exit(1);
  return seconds;
}

/* f(X,t) = V (1 - e^(-lambda t)) V^T y at one time, from the decomposition alone. */
static bool agrees(task *t)
{
  lf_prediction *p = NULL;
  double when = t->time[TIMES / 2], worst = 0, largest = 0;
  double *want = must_have(N, sizeof *want);
  bench_must(lf_flow_create(&p, t->kernel, t->data, &t->options), "flow");
  bench_must(lf_flow_at(p, when, t->fit, NULL, NULL), "flow");
  lf_flow_destroy(p);
  for (size_t k = 0; k < N; k++) {
    const double *v = t->vectors + k * N;
    double share = 0;
    for (size_t i = 0; i < N; i++) share += v[i] * t->y[i];
    for (size_t i = 0; i < N; i++) want[i] -= expm1(-t->lambda[k] * when) * share * v[i];
  }
  for (size_t i = 0; i < N; i++) {
    worst = fmax(worst, fabs(want[i] - t->fit[i]));
    largest = fmax(largest, fabs(want[i]));
  }
  free(want);
  if (worst <= agree * largest) return true;
  (void)fprintf(stderr, "the flow differs from its decomposition by %.2g of %.2g\n", worst, largest);
  return false;
}

typedef struct figures {
  bench_figure alone, whole, ratio, predict;
} figures;

static bool race(figures *out)
{
  double alone[FLOW_REPEATS], whole[FLOW_REPEATS], ratio[FLOW_REPEATS];
  size_t repeats = bench_repeats() < FLOW_REPEATS ? bench_repeats() : FLOW_REPEATS;
  task *t = must_have(1, sizeof *t);
  set_up(t);
  (void)decompose(t);
  bool good = agrees(t);
  for (size_t i = 0; good && i < repeats; i++) {
    alone[i] = decompose(t);
    whole[i] = flow(t);
    ratio[i] = whole[i] / alone[i];
  }
  if (good) {
    out->alone = bench_summary(repeats, alone);
    out->whole = bench_summary(repeats, whole);
    out->ratio = bench_summary(repeats, ratio);
  }
  lf_data_destroy(t->data);
  lf_kernel_destroy(t->kernel);
  free(t->K);
  free(t->vectors);
  free(t);
  return good;
}

/* ---- the program ----------------------------------------------------------------------------------------------------------- */
/* Seconds from its start to its end, its report written; below 0 where it failed. */
static double predict(const char *out)
{
  double began = bench_now_s();
  int status = 0;
  pid_t child = fork();
  if (child == 0) {
    if (!freopen("/dev/null", "w", stdout)) _exit(1);
    (void)execl(LF_BENCH_PROGRAM, "lowfirst", "predict", "--target", "sin(x)+sin(2*x)", "--range", "-pi:pi", "--points",
                "200", "--quiet", "--out", out, (char *)NULL);
    _exit(1);
  }
  if (child < 0 || waitpid(child, &status, 0) != child) return -1;
  double seconds = bench_now_s() - began;
  char report[LINE_SIZE];
  (void)snprintf(report, sizeof report, "%s/report.html", out);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0 && access(report, R_OK) == 0 ? seconds : -1;
}

static bool start_to_report(figures *out, const char *folder)
{
  double seconds[BENCH_MAX_REPEATS];
  size_t repeats = bench_repeats();
  (void)fflush(stdout); /* once, not in every child too */
  for (size_t i = 0; i < repeats; i++) {
    char to[LINE_SIZE / 2];
    (void)snprintf(to, sizeof to, "%s/%zu", folder, i);
    seconds[i] = predict(to);
    if (seconds[i] < 0) {
      (void)fprintf(stderr, "lowfirst predict left no report\n");
      return false;
    }
  }
  out->predict = bench_summary(repeats, seconds);
  return true;
}

static void report(const figures *r)
{
  FILE *f = bench_open_result("flow and predict");
  (void)printf("flow     n=%d, %d times, %d probe points  %6.2f s   dsyevd alone %6.2f s   %.2fx of it\n", (int)N,
               (int)TIMES, (int)PROBES, r->whole.median, r->alone.median, r->ratio.median);
  (void)printf("predict  200 samples, start to report  %.3f s\n", r->predict.median);
  (void)fprintf(f,
                "  \"rows\": [\n"
                "    {\"task\": \"flow\", \"n\": %d, \"times\": %d, \"probes\": %d, \"processor_seconds\": %.4g, "
                "\"dsyevd_seconds\": %.4g, \"ratio\": {\"median\": %.4g, \"low\": %.4g, \"high\": %.4g}},\n",
                (int)N, (int)TIMES, (int)PROBES, r->whole.median, r->alone.median, r->ratio.median, r->ratio.low,
                r->ratio.high);
  (void)fprintf(f,
                "    {\"task\": \"predict\", \"points\": 200, \"seconds\": {\"median\": %.4g, \"low\": %.4g, \"high\": "
                "%.4g}}\n  ]\n}\n",
                r->predict.median, r->predict.low, r->predict.high);
  bench_close_result(f);
}

int main(void)
{
  figures r = {0};
  const char *folder = bench_folder();
  (void)printf("%s, %s, %s\n", lf_cpu_name(), lf_isa(), lf_blas_name());
  bool good = race(&r) && start_to_report(&r, folder);
  if (good) report(&r);
  bench_folder_remove();
  return good ? 0 : 1;
}
