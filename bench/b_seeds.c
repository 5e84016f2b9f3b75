/* b_seeds.c — many nets side by side: eight seeds of one run on two cores against one core, in turns. */
#include "bench.h"
#include "lowfirst/run.h"
#include "lowfirst/system.h"

enum { SEEDS = 8, LINE_SIZE = 1024 };

typedef struct setting {
  const char *net, *points, *steps;
} setting;

static const setting settings[] = {{"1-40-40-1", "100", "40000"}, {"1-200-200-200-100-1", "61", "2000"}};

/* Seconds that the run took; without its making and its files. */
static double time_run(const setting *s, const char *threads, const char *folder)
{
  const char *const option[][2] = {{"target", "sin(x)+sin(3*x)+sin(5*x)"},
                                   {"range", "-pi:pi"},
                                   {"net", s->net},
                                   {"points", s->points},
                                   {"steps", s->steps},
                                   {"record", "log:20"},
                                   {"seeds", "8"},
                                   {"threads", threads},
                                   {"checkpoint", "1000"},
                                   {"out", folder}};
  lf_run *run = NULL;
  bench_must(lf_run_create(&run, LF_COMMAND_TRAIN), "run");
  for (size_t i = 0; i < sizeof option / sizeof option[0]; i++)
    bench_must(lf_run_set(run, option[i][0], option[i][1]), option[i][0]);
  bench_must(lf_run_set(run, "no-report", "true"), "no-report");
  bench_must(lf_run_prepare(run), "preparing");
  const double began = bench_now_s();
  bench_must(lf_run_go(run, NULL, NULL), "training");
  const double time = bench_now_s() - began;
  lf_run_destroy(run);
  return time;
}

int main(void)
{
  double quotient[BENCH_MAX_REPEATS];
  const size_t n = sizeof settings / sizeof settings[0], repeats = bench_repeats() < 7 ? bench_repeats() : 7;
  if (lf_cpu_count() < 2) {
    (void)printf("one processor: nothing to share\n");
    return 0;
  }
  const char *folder = bench_folder();
  FILE *f = bench_open_result("seeds side by side");
  (void)printf("%s, %s\n%-20s %5s %14s\n", lf_cpu_name(), lf_isa(), "net, adam f32", "n", "8 seeds: 2/1");
  (void)fprintf(f, "  \"rows\": [\n");
  for (size_t i = 0; i < n; i++) {
    for (size_t k = 0; k < repeats; k++) {
      char one[LINE_SIZE + 32], two[LINE_SIZE + 32];
      (void)snprintf(one, sizeof one, "%s/%zu-%zu-one", folder, i, k);
      (void)snprintf(two, sizeof two, "%s/%zu-%zu-two", folder, i, k);
      quotient[k] = time_run(&settings[i], "1", one) / time_run(&settings[i], "2", two);
    }
    const bench_figure q = bench_summary(repeats, quotient);
    (void)printf("%-20s %5s %13.2fx\n", settings[i].net, settings[i].points, q.median);
    (void)fprintf(f,
                  "    {\"net\": \"%s\", \"n\": %s, \"seeds\": %d, \"two_cores_over_one\": {\"median\": %.4g, \"low\": "
                  "%.4g, \"high\": %.4g}}%s\n",
                  settings[i].net, settings[i].points, (int)SEEDS, q.median, q.low, q.high, i + 1 == n ? "" : ",");
  }
  (void)fprintf(f, "  ]\n}\n");
  bench_close_result(f);
  bench_folder_remove();
  return 0;
}
