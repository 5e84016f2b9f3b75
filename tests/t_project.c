/* t_project.c — the lens for many inputs: principal direction, directions from files, coefficients by definition, refusals. */
#include "check.h"
#include "lowfirst/files.h"
#include "lowfirst/lens.h"
#include "lowfirst/random.h"

static const double PI = 3.14159265358979323846;
enum { N = 60 };

static double normal(uint64_t index) { return lf_random_normal(21, LF_PURPOSE_TEST, index); }

/* A unit vector of d components, the largest positive. */
static void direction(size_t d, double *u)
{
  double square = 0, largest = 0;
  for (size_t i = 0; i < d; i++) {
    u[i] = normal(7000 + i);
    square += u[i] * u[i];
    if (fabs(u[i]) > fabs(largest)) largest = u[i];
  }
  for (size_t i = 0; i < d; i++) u[i] /= sqrt(square) * (largest < 0 ? -1 : 1);
}

/* Samples x = 5 + t u on a line, t (N) random: u is the principal component, exactly. Two outputs. */
static lf_data *on_a_line(size_t d, const double *u, double *t)
{
  double y[2 * N], *x = NULL;
  lf_data *data = NULL;
  assert_ok(lf_calloc(&x, N * d, sizeof *x));
  for (size_t i = 0; i < N; i++) {
    t[i] = 3 * normal(i);
    for (size_t k = 0; k < d; k++) x[i * d + k] = 5 + t[i] * u[k];
    y[2 * i] = normal(500 + i), y[2 * i + 1] = cos(t[i]);
  }
  assert_ok(lf_data_from(&data, N, d, 2, x, y, 0, NULL, NULL));
  lf_free(x);
  return data;
}

/* (1/n) sum_i y_i exp(-2 pi i xi s_i) */
static void assert_coefficients(const lf_data *data, const lf_lens_info *info, const double *s)
{
  for (size_t k = 0; k < info->m; k++)
    for (size_t j = 0; j < 2; j++) {
      double re = 0, im = 0;
      for (size_t i = 0; i < N; i++) {
        re += data->y[2 * i + j] * cos(2 * PI * info->xi[k] * s[i]) / N;
        im -= data->y[2 * i + j] * sin(2 * PI * info->xi[k] * s[i]) / N;
      }
      assert_near(info->target_hat[2 * (2 * k + j)], re,
                  1e-9); /* phases of tens of cycles of a direction known to 1e-11 */
      assert_near(info->target_hat[2 * (2 * k + j) + 1], im, 1e-9);
    }
}

static void principal_component(void **state) /* few and many inputs */
{
  (void)state;
  static const size_t inputs[] = {1, 2, 5, LF_MAX_INPUTS};
  for (size_t c = 0; c < sizeof inputs / sizeof *inputs; c++) {
    size_t d = inputs[c];
    const lf_lens_options o = {.kind = LF_LENS_PROJECT, .project = c % 2 ? "pca:1" : NULL};
    double u[LF_MAX_INPUTS], t[N], s[N], low = INFINITY, high = -INFINITY;
    direction(d, u);
    lf_data *data = on_a_line(d, u, t);
    for (size_t i = 0; i < N; i++) {
      s[i] = t[i];
      for (size_t k = 0; k < d; k++) s[i] += 5 * u[k];
      low = fmin(low, s[i]), high = fmax(high, s[i]);
    }
    lf_lens *lens = NULL;
    assert_ok(lf_lens_create(&lens, data, &o));
    const lf_lens_info *info = lf_lens_look(lens);
    assert_int_equal(info->kind, LF_LENS_PROJECT);
    assert_int_equal(info->xi_d, 1);
    assert_int_equal(info->m, N / 2 + 1);
    assert_near(info->xi[1], 1 / (high - low), 1e-10);
    assert_coefficients(data, info, s);
    lf_lens_destroy(lens);
    lf_data_destroy(data);
  }
}

static void nearly_equal_components(
    void **state) /* variances 1 and 0.96 among noise: the first is found all the same */
{
  (void)state;
  enum { D = 40, SAMPLES = 400 };
  static double x[SAMPLES * D], y[SAMPLES];
  lf_data *data = NULL;
  lf_lens *lens = NULL;
  double low = INFINITY, high = -INFINITY;
  for (size_t i = 0; i < SAMPLES; i++) { /* exactly uncorrelated: waves over the samples */
    double turn = 2 * PI * (double)i / SAMPLES;
    for (size_t k = 0; k < D; k++)
      x[i * D + k] = sqrt(2) * cos(turn * (double)(k + 3)) * (k == 7 ? 1 : k == 8 ? 0.98 : 0.5);
    y[i] = cos(turn);
    low = fmin(low, x[i * D + 7]), high = fmax(high, x[i * D + 7]);
  }
  assert_ok(lf_data_from(&data, SAMPLES, D, 1, x, y, 0, NULL, NULL));
  assert_ok(lf_lens_create(&lens, data, NULL)); /* more than three inputs: project by itself */
  assert_int_equal(lf_lens_look(lens)->kind, LF_LENS_PROJECT);
  assert_near(lf_lens_look(lens)->xi[1], 1 / (high - low), 1e-9);
  lf_lens_destroy(lens);
  lf_data_destroy(data);
}

static void write_npy(const char *path, size_t count, const double *values)
{
  lf_array a;
  assert_ok(lf_array_create(&a, LF_F64, 1, &count));
  memcpy(a.data, values, count * sizeof *values);
  assert_ok(lf_npy_write(path, &a));
  lf_array_free(&a);
}

static void direction_from_a_file(void **state) /* as it stands, not scaled */
{
  (void)state;
  double u[5], t[N], s[N] = {0}, p[5] = {1, -2, 0, 0.5, 3};
  direction(5, u);
  lf_data *data = on_a_line(5, u, t);
  for (size_t i = 0; i < N; i++)
    for (size_t k = 0; k < 5; k++) s[i] += p[k] * data->x[5 * i + k];
  write_npy("t_project_direction.npy", 5, p);
  const double xi[3] = {0, 0.1, 0.25};
  const lf_lens_options o = {.kind = LF_LENS_PROJECT, .project = "t_project_direction.npy", .n_xi = 3, .xi = xi};
  lf_lens *lens = NULL;
  assert_ok(lf_lens_create(&lens, data, &o));
  assert_int_equal(lf_lens_look(lens)->m, 3);
  assert_coefficients(data, lf_lens_look(lens), s);
  lf_lens_destroy(lens);
  lf_data_destroy(data);
  assert_int_equal(remove("t_project_direction.npy"), 0);
}

static lf_status refused_with(const lf_data *data, const char *project)
{
  const lf_lens_options o = {.kind = LF_LENS_PROJECT, .project = project};
  lf_lens *lens = (lf_lens *)(void *)&lens; /* must come back NULL */
  lf_status st = lf_lens_create(&lens, data, &o);
  assert_null(lens);
  return st;
}

static void refusals(void **state)
{
  (void)state;
  double u[5], t[N], zero[6] = {0}, bad[5] = {1, 2, 3, 4, NAN};
  direction(5, u);
  lf_data *data = on_a_line(5, u, t), *still = NULL;
  const char *path = "t_project_bad.npy";
  assert_refused(refused_with(data, "pca:2"), LF_EARG, "only the first principal component");
  assert_refused(refused_with(data, "no-such-file.npy"), LF_EIO, "no-such-file.npy");
  write_npy(path, 6, zero);
  assert_refused(refused_with(data, path), LF_ESHAPE, "needs 5 numbers, the file holds 6");
  write_npy(path, 5, zero);
  assert_refused(refused_with(data, path), LF_EARG, "points nowhere");
  write_npy(path, 5, bad);
  assert_refused(refused_with(data, path), LF_EMATH, "element 4");
  assert_int_equal(remove(path), 0);
  assert_ok(lf_data_from(&still, 2, 3, 1, zero, (double[]){1, 2}, 0, NULL, NULL));
  assert_refused(refused_with(still, NULL), LF_EARG, "do not vary");
  lf_data_destroy(still);
  lf_data_destroy(data);
}

static void memory_failure(void **state)
{
  (void)state;
  double u[5], t[N], p[5] = {1, 2, 3, 4, 5};
  direction(5, u);
  lf_data *data = on_a_line(5, u, t);
  write_npy("t_project_memory.npy", 5, p);
  long before = lf_alloc_live();
  for (int file = 0; file < 2; file++) {
    const lf_lens_options o = {.kind = LF_LENS_PROJECT, .project = file ? "t_project_memory.npy" : NULL};
    for (long i = 0;; i++) {
      lf_lens *lens = NULL;
      lf_alloc_fail_after(i);
      lf_status st = lf_lens_create(&lens, data, &o);
      lf_alloc_fail_after(-1);
      if (st == LF_OK) {
        lf_lens_destroy(lens);
        break;
      }
      assert_true(st == LF_ENOMEM && lens == NULL);
      assert_int_equal(lf_alloc_live(), before);
    }
  }
  assert_int_equal(remove("t_project_memory.npy"), 0);
  lf_data_destroy(data);
  assert_int_equal(lf_alloc_live(), 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(principal_component),   cmocka_unit_test(nearly_equal_components),
      cmocka_unit_test(direction_from_a_file), cmocka_unit_test(refusals),
      cmocka_unit_test(memory_failure),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
