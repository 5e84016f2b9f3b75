/* b_field.c — what derivatives with respect to the inputs cost: a step with a loss on values, on first and on second derivatives too, in turns.
 *
 * The products of a step grow with the number of channels, 1 + derivatives; a quotient of 1 in the last column says that nothing else did. */
#include <math.h>
#include "bench.h"
#include "lowfirst/system.h"
#include "lowfirst/train.h"

typedef struct setting {
  const char *net;
  size_t points; /* per axis */
} setting;

static const setting settings[] = {
    {"1-64-64-64-1", 256}, {"1-200-200-200-100-1", 201}, {"2-128-128-128-1", 32}, {"3-128-128-128-1", 10}};
enum { ORDERS = 3 };

/* mse of u, of every first and of every second derivative that is there, against 0 */
static double everything(void *user, const lf_field *f)
{
  const double norm = 1 / (double)f->n;
  double sum = 0;
  (void)user;
  for (size_t i = 0; i < f->count * f->c; i++) {
    sum += (f->u[i] - f->y[i]) * (f->u[i] - f->y[i]);
    f->gu[i] = 2 * norm * (f->u[i] - f->y[i]);
  }
  for (size_t i = 0; i < f->count * f->c * f->d; i++) {
    sum += f->du[i] * f->du[i];
    f->gdu[i] = 2 * norm * f->du[i];
    if (!f->d2u) continue;
    sum += f->d2u[i] * f->d2u[i];
    f->gd2u[i] = 2 * norm * f->d2u[i];
  }
  return norm * sum;
}

static lf_trainer *start(const lf_model *model, const lf_data *data, int order, lf_net **net)
{
  lf_train_options o = lf_train_options_default();
  lf_trainer *t = NULL;
  o.optimiser = LF_OPTIMISER_GD;
  o.lr = 1e-6;
  o.steps = INT64_MAX / 2;
  o.record_count = 0;
  o.threads = 1;
  o.slice_s = bench_turn_s();
  o.field_loss = order ? everything : NULL;
  o.field_order = order;
  bench_must(lf_net_create(net, model, LF_F32, 1), "net");
  bench_must(lf_trainer_create(&t, *net, data, &o), "trainer");
  return t;
}

static void run_setting(const setting *s, FILE *f, bool last)
{
  double time[ORDERS][BENCH_MAX_REPEATS], median[ORDERS];
  lf_model model = lf_model_default();
  lf_data *data = NULL;
  lf_net *net[ORDERS];
  lf_trainer *trainer[ORDERS];
  lf_data_options options = {.n_range = 1, .low = {-1}, .high = {1}, .n_points = 1, .points = {s->points}};
  bench_must(lf_model_layers(&model, s->net), "net");
  const char *const target[] = {"sin(3*x)", "sin(3*x1)*x2", "sin(3*x1)*x2*x3"};
  bench_must(lf_data_target(&data, target[model.width[0] - 1], &options), "data");
  bench_must(lf_model_complete(&model, data->d, data->c), "model");
  for (int q = 0; q < ORDERS; q++) trainer[q] = start(&model, data, q, &net[q]);
  for (size_t i = 0; i < bench_repeats(); i++)
    for (int q = 0; q < ORDERS; q++) {
      const int64_t before = lf_trainer_step(trainer[q]);
      const double began = bench_now_s();
      bench_must(lf_trainer_run(trainer[q], NULL, NULL, NULL), "training");
      time[q][i] = (bench_now_s() - began) / (double)(lf_trainer_step(trainer[q]) - before);
    }
  for (int q = 0; q < ORDERS; q++) {
    const double channels = 1 + (double)(data->d * (size_t)q);
    median[q] = bench_summary(bench_repeats(), time[q]).median;
    (void)printf("%-20s %5zu %6d %10.1f %8.2f %9.2f\n", s->net, data->n, q, 1e6 * median[q], median[q] / median[0],
                 median[q] / median[0] / channels);
    (void)fprintf(f,
                  "    {\"net\": \"%s\", \"n\": %zu, \"order\": %d, \"channels\": %.0f, \"step_us\": %.4g, "
                  "\"cost_per_channel\": %.3g}%s\n",
                  s->net, data->n, q, channels, 1e6 * median[q], median[q] / median[0] / channels,
                  last && q + 1 == ORDERS ? "" : ",");
    lf_trainer_destroy(trainer[q]);
    lf_net_destroy(net[q]);
  }
  lf_data_destroy(data);
}

int main(void)
{
  const size_t n = sizeof settings / sizeof settings[0];
  FILE *f = bench_open_result("derivative channels");
  (void)printf("%s, %s\n", lf_cpu_name(), lf_isa());
  (void)printf("%-20s %5s %6s %10s %8s %9s\n", "net, tanh gd f32", "n", "order", "step us", "x plain", "/channels");
  (void)fprintf(f, "  \"rows\": [\n");
  for (size_t i = 0; i < n; i++) run_setting(&settings[i], f, i + 1 == n);
  (void)fprintf(f, "  ]\n}\n");
  bench_close_result(f);
  return 0;
}
