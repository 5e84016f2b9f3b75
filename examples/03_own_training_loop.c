/* 03_own_training_loop.c — a training loop that is not ours, seen through the lens: hand over the values at the samples now and then, and
 * the record, the order of learning and the report are the same as for lowfirst's own training.
 *
 * The "foreign" network has one hidden layer of tanh units, f(x) = sum_j a_j tanh(w_j x + b_j), and plain gradient descent. */
#include <lowfirst.h>
#include <math.h>
#include <stdio.h>

#define TRY(call) \
  if ((call) != LF_OK) goto failed

enum { N = 64, M = 40, STEPS = 8000, EVERY = 100 };
static const double rate = 0.05;

typedef struct network {
  double a[M], w[M], b[M];
} network;

static void draw(network *f)
{
  for (uint64_t j = 0; j < M; j++) {
    f->a[j] = 0.3 * lf_random_normal(1, LF_PURPOSE_WEIGHTS, 3 * j);
    f->w[j] = 2 * lf_random_normal(1, LF_PURPOSE_WEIGHTS, 3 * j + 1);
    f->b[j] = 2 * lf_random_normal(1, LF_PURPOSE_WEIGHTS, 3 * j + 2);
  }
}

static void evaluate(const network *f, const double *x, double *value)
{
  for (int i = 0; i < N; i++) {
    value[i] = 0;
    for (int j = 0; j < M; j++) value[i] += f->a[j] * tanh(f->w[j] * x[i] + f->b[j]);
  }
}

/* One step of gradient descent on (1/2N) sum (f(x_i) - y_i)^2. */
static void descend(network *f, const double *x, const double *y, const double *value)
{
  for (int j = 0; j < M; j++) {
    double da = 0, dw = 0, db = 0;
    for (int i = 0; i < N; i++) {
      double unit = tanh(f->w[j] * x[i] + f->b[j]), error = (value[i] - y[i]) / N;
      double slope = error * f->a[j] * (1 - unit * unit);
      da += error * unit, dw += slope * x[i], db += slope;
    }
    f->a[j] -= rate * da, f->w[j] -= rate * dw, f->b[j] -= rate * db;
  }
}

/* What lowfirst wants to see of a step: its number, the loss, the values at the samples; the rest may be unknown. */
static lf_snapshot snapshot(int step, const double *y, const double *value)
{
  double loss = 0;
  for (int i = 0; i < N; i++) loss += (value[i] - y[i]) * (value[i] - y[i]) / N;
  return (lf_snapshot){
      .step = step,
      .time = rate * step, /* gradient flow on half_mse: t = rate x steps; NAN where an optimiser has no such time */
      .loss = loss,
      .test_loss = NAN,
      .n = N,
      .c = 1,
      .fit = value,
      .steps_total = STEPS};
}

int main(void)
{
  lf_data *data = NULL;
  lf_lens *lens = NULL;
  lf_history *seen = NULL;
  network f;
  double x[N], y[N], value[N];
  char sentence[512];
  int code = 1;

  for (int i = 0; i < N; i++) {
    x[i] = acos(-1) * (2.0 * i / N - 1);
    y[i] = sin(x[i]) + 0.5 * sin(3 * x[i]);
  }
  TRY(lf_data_from(&data, N, 1, 1, x, y, 0, NULL, NULL));
  TRY(lf_lens_create(&lens, data, NULL));
  TRY(lf_history_create(&seen, lens, data, &(lf_history_options){.title = "a loop of my own"}));

  draw(&f);
  for (int step = 0; step <= STEPS; step++) {
    evaluate(&f, x, value);
    if (step % EVERY == 0) {
      lf_snapshot now = snapshot(step, y, value);
      if (lf_history_record(seen, &now) != 0) goto failed;
    }
    descend(&f, x, y, value);
  }

  lf_report_sentence(seen, sentence, sizeof sentence);
  puts(sentence);
  TRY(lf_report_html("own_loop.html", 1, (const lf_history *[]){seen}, 0, NULL));
  puts("own_loop.html shows it all");
  code = 0;

failed:
  if (code) printf("%s\n", lf_last_error());
  lf_history_destroy(seen);
  lf_lens_destroy(lens);
  lf_data_destroy(data);
  return code;
}
