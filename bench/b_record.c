/* b_record.c — what it costs to watch: training with 200 records through the lens against training with none.
 *
 * The difference of two long runs drowns in the machine's moods, so the cost of one record is measured where it is large — a record at
 * every step against none, in turns — and carried over to 200 records in a run of 10 000 steps. */
#include <stdlib.h>
#include "bench.h"
#include "lowfirst/history.h"
#include "lowfirst/system.h"
#include "lowfirst/train.h"

enum { RUN_STEPS = 10000, RECORDS = 200, STEPS = 60 };

typedef struct setting {
  const char *net;
  size_t points;
} setting;

static const setting settings[] = {{"1-40-40-1", 100}, {"1-200-200-200-100-1", 61}, {"1-200-200-200-100-1", 600}};

/* Seconds for STEPS steps from the same start, every one recorded or none; the net's making is not counted. */
static double time_run(const lf_model *model, const lf_data *data, const lf_lens *lens, bool record)
{
  lf_train_options o = lf_train_options_default();
  lf_net *net = NULL;
  lf_trainer *trainer = NULL;
  lf_history *history = NULL;
  o.steps = STEPS;
  o.threads = 1;
  o.record_count = 0;
  o.record_every = record ? 1 : 0;
  bench_must(lf_net_create(&net, model, LF_F32, 1), "net");
  bench_must(lf_trainer_create(&trainer, net, data, &o), "trainer");
  bench_must(lf_history_create(&history, lens, data, NULL), "history");
  double start = bench_now_s();
  bench_must(lf_trainer_run(trainer, record ? lf_history_record : NULL, record ? history : NULL, NULL), "training");
  double time = bench_now_s() - start;
  bench_must(lf_history_status(history), "history");
  lf_history_destroy(history);
  lf_trainer_destroy(trainer);
  lf_net_destroy(net);
  return time;
}

static void run_setting(const setting *s, FILE *f, bool last)
{
  double step[BENCH_MAX_REPEATS], record[BENCH_MAX_REPEATS];
  size_t repeats = bench_repeats();
  lf_data_options options = {.n_range = 1, .low = {-3.1415}, .high = {3.1415}, .n_points = 1, .points = {s->points}};
  lf_data *data = NULL;
  lf_lens *lens = NULL;
  lf_model model = lf_model_default();
  bench_must(lf_data_target(&data, "sin(x)+sin(3*x)+sin(5*x)", &options), "data");
  bench_must(lf_model_layers(&model, s->net), "net");
  bench_must(lf_model_complete(&model, data->d, data->c), "model");
  bench_must(lf_lens_create(&lens, data, NULL), "lens");
  for (size_t i = 0; i < repeats; i++) {
    double without = time_run(&model, data, lens, false), with = time_run(&model, data, lens, true);
    step[i] = without / STEPS;
    record[i] = (with - without) / (STEPS - 1); /* the first and the last step are recorded always */
  }
  bench_figure a = bench_summary(repeats, step), b = bench_summary(repeats, record);
  double share = RECORDS * b.median / (RUN_STEPS * a.median);
  (void)printf("%-20s %5zu %10.1f %10.1f %9.2f%%\n", s->net, s->points, 1e6 * a.median, 1e6 * b.median, 100 * share);
  (void)fprintf(f, "    {\"net\": \"%s\", \"n\": %zu, \"step_us\": %.4g, \"record_us\": %.4g, \"share\": %.4g}%s\n",
                s->net, s->points, 1e6 * a.median, 1e6 * b.median, share, last ? "" : ",");
  lf_lens_destroy(lens);
  lf_data_destroy(data);
}

int main(void)
{
  const size_t n = sizeof settings / sizeof settings[0];
  FILE *f = bench_open_result("recording");
  (void)printf("%s, %s\n", lf_cpu_name(), lf_isa());
  (void)printf("%-20s %5s %10s %10s %10s\n", "net, adam f32", "n", "step us", "record us", "200/10000");
  (void)fprintf(f, "  \"rows\": [\n");
  for (size_t i = 0; i < n; i++) run_setting(&settings[i], f, i + 1 == n);
  (void)fprintf(f, "  ]\n}\n");
  bench_close_result(f);
  return 0;
}
