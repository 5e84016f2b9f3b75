/* 03_own_training_loop.c — a training loop that is not ours, seen through the lens: hand over the values at the samples now and then,
 * and the record, the order of learning and the report are the same as for lowfirst's own training.
 *
 * The "foreign" network has one hidden layer of tanh units, f(x) = sum_j a_j tanh(w_j x + b_j), and plain gradient descent. */
#include <lowfirst.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define CHECK(call)                                        \
  do {                                                     \
    if ((call) != LF_OK) {                                 \
      fprintf(stderr, "%s: %s\n", #call, lf_last_error()); \
      exit(1);                                             \
    }                                                      \
  } while (0)

enum { N = 64, M = 40, STEPS = 8000, EVERY = 100 };
static const double rate = 0.05;

typedef struct network {
  double a[M], w[M], b[M];
} network;

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

int main(void)
{
  double x[N], y[N], value[N];
  const double pi = acos(-1);
  for (int i = 0; i < N; i++) {
    x[i] = -pi + 2 * pi * i / N;
    y[i] = sin(x[i]) + 0.5 * sin(3 * x[i]);
  }

  /* the samples, a lens for them, a record */
  lf_data *data;
  lf_lens *lens;
  lf_history *seen;
  CHECK(lf_data_from(&data, N, 1, 1, x, y, 0, NULL, NULL));
  CHECK(lf_lens_create(&lens, data, NULL));
  CHECK(lf_history_create(&seen, lens, data, &(lf_history_options){.title = "a loop of my own"}));

  network f;
  for (int j = 0; j < M; j++) {
    f.a[j] = 0.3 * lf_random_normal(1, LF_PURPOSE_WEIGHTS, 3 * (uint64_t)j);
    f.w[j] = 2 * lf_random_normal(1, LF_PURPOSE_WEIGHTS, 3 * (uint64_t)j + 1);
    f.b[j] = 2 * lf_random_normal(1, LF_PURPOSE_WEIGHTS, 3 * (uint64_t)j + 2);
  }
  for (int step = 0; step <= STEPS; step++) {
    evaluate(&f, x, value);
    if (step % EVERY == 0) {
      double loss = 0;
      for (int i = 0; i < N; i++) loss += (value[i] - y[i]) * (value[i] - y[i]) / N;
      lf_snapshot now = {.step = step,
                         .time = rate * step,
                         .loss = loss,
                         .test_loss = NAN,
                         .n = N,
                         .c = 1,
                         .fit = value,
                         .steps_total = STEPS};
      if (lf_history_record(seen, &now) != 0) CHECK(lf_history_status(seen));
    }
    descend(&f, x, y, value);
  }

  char sentence[512];
  lf_report_sentence(seen, sentence, sizeof sentence);
  printf("%s\n", sentence);
  CHECK(lf_history_write(seen, "own_loop.npz"));

  lf_history_destroy(seen);
  lf_lens_destroy(lens);
  lf_data_destroy(data);
  return 0;
}
