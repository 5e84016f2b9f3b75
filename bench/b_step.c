/* b_step.c — time of one full-batch training step through the public API, beside PyTorch in the same run.
 *
 * For every net, optimiser and type: both sides start from the same weights (ours, written as safetensors) on the same data and must show the same
 * losses over the first steps, else nothing is timed. Then both take turns, so that whatever slows the machine slows both; the table is gone through
 * three times with a third of the turns each, so that what slows it for a minute is not a row's median; medians of all turns are compared. PyTorch writes its step in several ways (torch_step.py) and its fastest counts, on one thread, which is its
 * fastest at these sizes; ours runs on one thread and, where the step is large enough to be shared, on two.
 *
 * Then ours alone: float and double, one thread and two of the same net by turns, and medians of the quotients of the same round. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "bench.h"
#include "lowfirst/files.h"
#include "lowfirst/system.h"
#include "lowfirst/train.h"

enum { LOSSES = 20, MAX_WAYS = 4, MAX_ROWS = 64, PASSES = 3, VARIANTS = 4, LINE_SIZE = 1024 };

typedef struct task {
  const char *net, *activation;
  size_t n, most_threads;
  double rate; /* of gd; adam's is a tenth. Small enough for the net to learn and not to burst */
} task;

/* The nets of the published experiments, thin ones that memory bounds, and one that arithmetic bounds. */
static const task tasks[] = {
    {"1-40-40-1", "tanh", 100, 2, 1e-3},
    {"1-64-64-64-1", "tanh", 64, 2, 1e-3},
    {"1-64-64-64-1", "tanh", 256, 2, 1e-3},
    {"1-200-200-200-100-1", "tanh", 61, 2, 1e-3},
    {"1-200-200-200-100-1", "tanh", 201, 2, 1e-3},
    {"1-500-1", "relu", 50, 1, 1e-3},
    {"2-16000-1", "relu", 4, 2, 1e-4},
    {"2-256-256-256-256-1", "relu", 4096, 2, 1e-3},
};

typedef struct row {
  task what;
  size_t threads;
  lf_optimiser optimiser;
  lf_dtype type;
  double flops;       /* of the step's products */
  size_t turns, ways; /* taken so far, in all passes; of PyTorch */
  double time[BENCH_MAX_REPEATS], peer_time[MAX_WAYS][BENCH_MAX_REPEATS];
  bench_figure ours, peer;     /* seconds per step; peer.median 0: none */
  double over_one, over_float; /* speed as a share of one thread's, of float's, round by round; 0: it is that one */
} row;

static const char *type_name(lf_dtype t) { return t == LF_F32 ? "f32" : "f64"; }
static double rate(const row *c) { return c->optimiser == LF_OPTIMISER_ADAM ? c->what.rate / 10 : c->what.rate; }

/* ---- our side -------------------------------------------------------------------------------------------------------- */
typedef struct race {
  lf_data *data;
  lf_net *net;
  lf_trainer *trainer;
  double loss[LOSSES];
} race;

/* n even samples of a smooth target on [-1,1]^d, without a held-out set. */
static lf_data *make_data(size_t d, size_t n)
{
  lf_data_options options = {
      .n_range = 1, .low = {-1}, .high = {1}, .n_points = 1, .points = {d == 1 ? n : (size_t)lround(sqrt((double)n))}};
  lf_data *target = NULL, *data = NULL;
  bench_must(lf_data_target(&target, d == 1 ? "sin(3*x)" : "sin(3*x1)*cos(2*x2)", &options), "data");
  bench_must(lf_data_from(&data, target->n, target->d, target->c, target->x, target->y, 0, NULL, NULL), "data");
  lf_data_destroy(target);
  return data;
}

static int keep_loss(void *user, const lf_snapshot *s)
{
  race *r = user;
  if (s->step < LOSSES) r->loss[s->step] = s->loss;
  return 0;
}

/* A new net (the same for the same task) with a trainer for `steps` steps that records each of them or, to be timed, pauses instead. */
static void restart(race *r, const row *c, const lf_model *model, int64_t steps, bool record)
{
  lf_train_options o = lf_train_options_default();
  lf_trainer_destroy(r->trainer);
  lf_net_destroy(r->net);
  o.loss = LF_LOSS_MSE;
  o.optimiser = c->optimiser;
  o.lr = rate(c);
  o.steps = steps;
  o.record_every = record;
  o.record_count = 0;
  o.slice_s = record ? 0 : bench_turn_s();
  o.threads = c->threads;
  bench_must(lf_net_create(&r->net, model, c->type, 1), "net");
  bench_must(lf_trainer_create(&r->trainer, r->net, r->data, &o), "trainer");
}

/* Seconds per step over one turn. */
static double time_ours(const race *r)
{
  int64_t before = lf_trainer_step(r->trainer);
  double start = bench_now_s();
  bench_must(lf_trainer_run(r->trainer, NULL, NULL, NULL), "training");
  return (bench_now_s() - start) / (double)(lf_trainer_step(r->trainer) - before);
}

/* ---- both ------------------------------------------------------------------------------------------------------------- */
/* Both sides' losses before updates 0..LOSSES-1, to a share of the largest so far: a loss on its way to 0 has no digits of its own. Rounding was
 * 2e-15 of it in double and 2e-7 in float at most; where a unit sums 16 000 others, 2e-14 and 2e-5. */
static bool same_losses(const row *c, const race *r, bench_peer *peer, size_t way)
{
  char answer[LINE_SIZE];
  double share = c->type == LF_F32 ? 1e-4 : 1e-12, largest = 0;
  if (!bench_peer_ask(peer, answer, sizeof answer, "losses %zu %d", way, (int)LOSSES)) return false;
  char *next = answer;
  for (int k = 0; k < LOSSES; k++) {
    double theirs = strtod(next, &next);
    largest = fmax(largest, r->loss[k]);
    if (fabs(theirs - r->loss[k]) <= share * largest) continue;
    (void)fprintf(stderr, "%s %s %s: step %d: our loss %.12g, PyTorch's %.12g\n", c->what.net,
                  lf_optimiser_name(c->optimiser), type_name(c->type), k, r->loss[k], theirs);
    return false;
  }
  return true;
}

/* Hand weights and data over; the number of ways, 0 where the process died. */
static size_t set_up_peer(bench_peer *peer, const row *c, const race *r, const char *folder)
{
  char weights[2 * LINE_SIZE], data[2 * LINE_SIZE], answer[LINE_SIZE];
  lf_npz *npz = NULL;
  (void)snprintf(weights, sizeof weights, "%s/weights.safetensors", folder);
  (void)snprintf(data, sizeof data, "%s/data.npz", folder);
  bench_must(lf_npz_create(&npz), "data");
  bench_must(lf_npz_put_raw(npz, "x", LF_F64, 2, (const size_t[]){r->data->n, r->data->d}, r->data->x), "data");
  bench_must(lf_npz_put_raw(npz, "y", LF_F64, 2, (const size_t[]){r->data->n, r->data->c}, r->data->y), "data");
  bench_must(lf_npz_write(npz, data), "data");
  lf_npz_destroy(npz);
  bench_must(lf_net_write(r->net, weights), "weights");
  bool alive = bench_peer_ask(peer, answer, sizeof answer, "setup %s %s %s %s %s %g", weights, data, c->what.activation,
                              type_name(c->type), lf_optimiser_name(c->optimiser), rate(c));
  (void)remove(weights);
  (void)remove(data);
  return alive ? strtoul(answer, NULL, 10) : 0;
}

/* Take a pass's turns, before which one warms up and is dropped; false where PyTorch died. */
static bool take_turns(row *c, const race *r, bench_peer *peer)
{
  char answer[LINE_SIZE];
  const size_t end = c->turns + bench_repeats() / PASSES;
  for (bool warm = false; c->turns < end; c->turns += warm, warm = true) {
    c->time[c->turns] = time_ours(r);
    for (size_t way = 0; way < c->ways; way++) {
      if (!bench_peer_ask(peer, answer, sizeof answer, "time %zu %g", way, bench_turn_s())) return false;
      c->peer_time[way][c->turns] = strtod(answer, NULL);
    }
  }
  c->ours = bench_summary(c->turns, c->time);
  for (size_t way = 0; way < c->ways; way++) {
    bench_figure f = bench_summary(c->turns, c->peer_time[way]);
    if (way == 0 || f.median < c->peer.median) c->peer = f;
  }
  return true;
}

/* 2 flops per weight and sample forward, as many for the weights' gradient, as many for the layer below where there is one. */
static double product_flops(const lf_model *m, size_t n)
{
  double products = 0;
  for (size_t l = 0; l + 1 < m->n_widths; l++)
    products += (l == 0 ? 2.0 : 3.0) * (double)m->width[l] * (double)m->width[l + 1];
  return 2 * (double)n * products;
}

/* The model of a row, and its data. */
static lf_model make_model(race *r, const row *c)
{
  lf_model model = lf_model_default();
  bench_must(lf_model_layers(&model, c->what.net), "net");
  bench_must(lf_model_activation(&model, c->what.activation), "activation");
  bench_must(lf_model_init(&model, "torch"), "init");
  r->data = make_data(model.width[0], c->what.n);
  bench_must(lf_model_complete(&model, r->data->d, r->data->c), "model");
  return model;
}

static void race_free(race *r)
{
  lf_trainer_destroy(r->trainer);
  lf_net_destroy(r->net);
  lf_data_destroy(r->data);
}

/* A pass of one line of the table; false where the two sides do not compute the same. */
static bool run_row(row *c, bench_peer *peer, const char *folder)
{
  race r = {0};
  bool good = true;
  const lf_model model = make_model(&r, c);
  c->flops = product_flops(&model, c->what.n);
  restart(&r, c, &model, LOSSES, true);
  if (peer) c->ways = set_up_peer(peer, c, &r, folder);
  if (peer && (c->ways == 0 || c->ways > MAX_WAYS)) good = false;
  bench_must(lf_trainer_run(r.trainer, keep_loss, &r, NULL), "training");
  for (size_t way = 0; good && way < c->ways; way++) good = same_losses(c, &r, peer, way);
  restart(&r, c, &model, INT64_MAX / 2, false);
  good = good && take_turns(c, &r, peer);
  race_free(&r);
  return good;
}

/* ---- ours by turns ------------------------------------------------------------------------------------------------------ */
static double median_quotient(size_t n, const double *over, const double *under)
{
  double quotient[BENCH_MAX_REPEATS];
  for (size_t i = 0; i < n; i++) quotient[i] = over[i] / under[i];
  return bench_summary(n, quotient).median;
}

/* Float and double, one thread and two (where there are two) of one net and optimiser; the first round warms up and is dropped. */
static void take_own_turns(size_t count, row *const c[])
{
  double time[VARIANTS][BENCH_MAX_REPEATS + 1];
  race r[VARIANTS] = {{0}};
  const size_t repeats = bench_repeats();
  for (size_t v = 0; v < count; v++) {
    const lf_model model = make_model(&r[v], c[v]);
    restart(&r[v], c[v], &model, INT64_MAX / 2, false);
  }
  for (size_t i = 0; i <= repeats; i++)
    for (size_t v = 0; v < count; v++) time[v][i] = time_ours(&r[v]);
  for (size_t v = 0; v < count; v++)
    for (size_t k = 0; k < count; k++) {
      const double quotient = median_quotient(repeats, time[k] + 1, time[v] + 1);
      if (c[v]->threads == 2 && c[k]->threads == 1 && c[v]->type == c[k]->type) c[v]->over_one = quotient;
      if (c[v]->type == LF_F64 && c[k]->type == LF_F32 && c[v]->threads == c[k]->threads) c[v]->over_float = quotient;
    }
  for (size_t v = 0; v < count; v++) race_free(&r[v]);
}

/* ---- what comes out --------------------------------------------------------------------------------------------------- */
/* Distance of the quartiles as a share of the median. */
static double spread(const row *c) { return (c->ours.high - c->ours.low) / c->ours.median; }

static void print_row(const row *c)
{
  const double micro = 1e6;
  (void)printf("%-20s %5zu %-4s %s %4zu %10.1f %5.0f%% %8.1f", c->what.net, c->what.n, lf_optimiser_name(c->optimiser),
               type_name(c->type), c->threads, micro * c->ours.median, 100 * spread(c),
               1e-9 * c->flops / c->ours.median);
  if (c->peer.median > 0) (void)printf(" %10.1f %7.1fx", micro * c->peer.median, c->peer.median / c->ours.median);
  (void)printf("\n");
  (void)fflush(stdout);
}

static void write_figure(FILE *f, const char *name, bench_figure x)
{
  (void)fprintf(f, ", \"%s\": {\"median\": %.4g, \"low\": %.4g, \"high\": %.4g}", name, 1e6 * x.median, 1e6 * x.low,
                1e6 * x.high);
}

static void write_row(FILE *f, const row *c, bool last)
{
  (void)fprintf(f,
                "    {\"net\": \"%s\", \"activation\": \"%s\", \"n\": %zu, \"optimiser\": \"%s\", \"type\": \"%s\", "
                "\"threads\": %zu",
                c->what.net, c->what.activation, c->what.n, lf_optimiser_name(c->optimiser), type_name(c->type),
                c->threads);
  write_figure(f, "ours_us", c->ours);
  if (c->peer.median > 0) write_figure(f, "torch_us", c->peer);
  if (c->peer.median > 0) (void)fprintf(f, ", \"ratio\": %.3g", c->peer.median / c->ours.median);
  if (c->over_one > 0) (void)fprintf(f, ", \"over_one_thread\": %.3g", c->over_one);
  if (c->over_float > 0) (void)fprintf(f, ", \"over_float\": %.3g", c->over_float);
  (void)fprintf(f, ", \"gflops\": %.4g}%s\n", 1e-9 * c->flops / c->ours.median, last ? "" : ",");
}

/* What the whole run fills in. */
typedef struct table {
  row rows[MAX_ROWS];
  size_t count;
  char version[64], settings[128]; /* of PyTorch; "" where it is missing */
  bool good;
} table;

/* The same net, optimiser and type with so many threads; NULL where that was not run. */
static row *find(table *t, const row *like, lf_dtype type, size_t threads)
{
  for (size_t i = 0; i < t->count; i++) {
    row *c = &t->rows[i];
    if (strcmp(c->what.net, like->what.net) == 0 && c->what.n == like->what.n && c->optimiser == like->optimiser &&
        c->type == type && c->threads == threads)
      return c;
  }
  return NULL;
}

typedef enum quotient { TORCH_ONE, TORCH_BEST, TWO_THREADS, DOUBLE_ONE, DOUBLE_TWO, QUOTIENTS } quotient;
static const char *const quotient_name[] = {"torch_over_ours_one_thread", "torch_over_ours_best",
                                            "two_threads_over_one", "double_over_float",
                                            "double_over_float_two_threads"};

/* Our time on the better of one and two threads. */
static double best_of(table *t, const row *c, lf_dtype type)
{
  const row *one = find(t, c, type, 1), *two = find(t, c, type, 2);
  if (!one) return NAN;
  return two && two->ours.median < one->ours.median ? two->ours.median : one->ours.median;
}

/* What one row of one thread has to say to a quotient; 0: nothing. */
static double quotient_of(table *t, const row *c, quotient what)
{
  const row *two = find(t, c, c->type, 2);
  switch (what) {
  case TORCH_ONE: return c->peer.median / c->ours.median;
  case TORCH_BEST:
    return (two && two->peer.median > 0 ? (two->peer.median + c->peer.median) / 2 : c->peer.median) /
           best_of(t, c, c->type);
  case TWO_THREADS: return two ? two->over_one : 0;
  case DOUBLE_ONE: return c->over_float;
  default: return two ? two->over_float : 0;
  }
}

/* Geometric mean and least of a quotient over the rows of one type; 0 where there are none. */
static void gather(table *t, lf_dtype type, quotient what, double *mean, double *least)
{
  double sum = 0, smallest = INFINITY;
  size_t count = 0;
  for (size_t i = 0; i < t->count; i++) {
    if (t->rows[i].type != type || t->rows[i].threads != 1) continue;
    const double value = quotient_of(t, &t->rows[i], what);
    if (!(value > 0)) continue;
    sum += log(value);
    smallest = fmin(smallest, value);
    count++;
  }
  *mean = count ? exp(sum / (double)count) : 0;
  *least = count ? smallest : 0;
}

static void write_result(table *t)
{
  double mean, least;
  FILE *f = bench_open_result("training step");
  (void)fprintf(f, "  \"torch\": \"%s\",\n  \"torch_settings\": \"%s\",\n", t->version, t->settings);
  (void)fprintf(f, "  \"peak_gflops\": {\"f32\": %.4g, \"f64\": %.4g},\n", 1e-9 * lf_peak_flops(sizeof(float)),
                1e-9 * lf_peak_flops(sizeof(double)));
  for (int type = LF_F32; type <= LF_F64; type++)
    for (int what = 0; what < QUOTIENTS; what++) {
      gather(t, (lf_dtype)type, (quotient)what, &mean, &least);
      if (mean == 0) continue;
      (void)fprintf(f, "  \"%s_%s\": {\"mean\": %.3g, \"least\": %.3g},\n", type_name((lf_dtype)type),
                    quotient_name[what], mean, least);
      (void)printf("%s %s: geometric mean %.3g, least %.3g\n", type_name((lf_dtype)type), quotient_name[what], mean,
                   least);
    }
  (void)fprintf(f, "  \"rows\": [\n");
  for (size_t i = 0; i < t->count; i++) write_row(f, &t->rows[i], i + 1 == t->count);
  (void)fprintf(f, "  ]\n}\n");
  bench_close_result(f);
}

/* Say so where the machine was too busy for the figures to be kept. */
static void judge(const table *t)
{
  size_t wide = 0;
  for (size_t i = 0; i < t->count; i++) wide += spread(&t->rows[i]) > 0.1;
  if (wide)
    (void)printf("%zu of %zu rows spread by more than 10 %%: the machine was busy, do not keep these figures\n", wide,
                 t->count);
}

static void add_row(table *t, task what, size_t threads, lf_dtype type, lf_optimiser optimiser)
{
  if (t->count < MAX_ROWS)
    t->rows[t->count++] = (row){.what = what, .threads = threads, .optimiser = optimiser, .type = type};
}

/* The rows of one net and optimiser against each other. */
static void compare_rows(table *t, const task *what, lf_optimiser optimiser)
{
  row *own[VARIANTS];
  size_t count = 0;
  const row like = {.what = *what, .optimiser = optimiser};
  for (int type = LF_F32; type <= LF_F64; type++)
    for (size_t threads = 1; threads <= 2; threads++) {
      row *c = find(t, &like, (lf_dtype)type, threads);
      if (c) own[count++] = c;
    }
  if (count == 0) return;
  take_own_turns(count, own);
  (void)printf("%-20s %5zu %-4s by turns:", what->net, what->n, lf_optimiser_name(optimiser));
  for (size_t v = 0; v < count; v++) {
    if (own[v]->over_one > 0) (void)printf("  two threads %s %.2f", type_name(own[v]->type), own[v]->over_one);
    if (own[v]->over_float > 0) (void)printf("  double %zu thr %.2f", own[v]->threads, own[v]->over_float);
  }
  (void)printf("\n");
  (void)fflush(stdout);
}

static void print_head(table *t, const bench_peer *peer, const char *why)
{
  if (!peer) (void)printf("PyTorch is not here (%s): our times alone\n", why);
  if (peer) {
    (void)snprintf(t->version, sizeof t->version, "%s", bench_peer_version(peer));
    (void)printf("PyTorch %s, %s\n", t->version, bench_peer_settings(peer));
  }
  if (peer && !t->settings[0]) (void)snprintf(t->settings, sizeof t->settings, "%s", bench_peer_settings(peer));
  (void)printf("%-20s %5s %-4s %-3s %4s %10s %6s %8s %10s %8s\n", "net", "n", "opt", "", "thr", "ours us", "spread",
               "GFLOP/s", "torch us", "ratio");
}

/* Every row, or those whose net has `filter` in its text. */
static void add_rows(table *t, const char *filter)
{
  for (size_t i = 0; i < sizeof tasks / sizeof tasks[0]; i++) {
    if (filter && !strstr(tasks[i].net, filter)) continue;
    for (int type = LF_F32; type <= LF_F64; type++)
      for (size_t threads = 1; threads <= tasks[i].most_threads && threads <= lf_cpu_count(); threads++) {
        add_row(t, tasks[i], threads, (lf_dtype)type, LF_OPTIMISER_GD);
        add_row(t, tasks[i], threads, (lf_dtype)type, LF_OPTIMISER_ADAM);
      }
  }
}

/* All rows, beside one PyTorch process. */
static void run_all(table *t, const char *folder)
{
  char why[LINE_SIZE];
  bench_peer *peer = bench_peer_start(1, why, sizeof why);
  print_head(t, peer, why);
  for (int pass = 1; t->good && pass <= PASSES; pass++) {
    (void)fprintf(stderr, "pass %d of %d\n", pass, (int)PASSES);
    for (size_t i = 0; t->good && i < t->count; i++) {
      t->good = run_row(&t->rows[i], peer, folder);
      if (t->good && pass == PASSES) print_row(&t->rows[i]);
    }
  }
  bench_peer_stop(peer);
}

int main(int argc, char **argv)
{
  static table t = {.good = true};
  const char *folder = bench_folder(), *filter = argc > 1 ? argv[1] : NULL;
  (void)printf("%s, %s\n", lf_cpu_name(), lf_isa());
  add_rows(&t, filter);
  run_all(&t, folder);
  bench_folder_remove();
  for (size_t i = 0; t.good && i < sizeof tasks / sizeof tasks[0]; i++) {
    compare_rows(&t, &tasks[i], LF_OPTIMISER_GD);
    compare_rows(&t, &tasks[i], LF_OPTIMISER_ADAM);
  }
  if (t.good) write_result(&t);
  judge(&t);
  return t.good ? 0 : 1;
}
