/* t_lens.c — coefficients against their definition, errors by hand, words, refusals, memory failure, threads. */
#include <float.h>
#include <pthread.h>
#include "check.h"
#include "lowfirst/files.h"
#include "lowfirst/lens.h"
#include "lowfirst/log.h"
#include "lowfirst/random.h"

static const double PI = 3.14159265358979323846;

static double normal(uint64_t index) { return lf_random_normal(11, LF_PURPOSE_TEST, index); }

/* A grid of d axes from `first`, steps `step`, with random values, c outputs. */
static lf_data *random_grid(size_t d, const size_t *count, const double *first, const double *step, size_t c)
{
  double x[3 * 512], y[2 * 512];
  size_t n = 1;
  lf_data *data = NULL;
  for (size_t a = 0; a < d; a++) n *= count[a];
  assert_true(n <= 512 && c <= 2);
  for (size_t i = 0; i < n; i++)
    for (size_t a = d, rest = i; a-- > 0; rest /= count[a])
      x[i * d + a] = first[a] + step[a] * (double)(rest % count[a]);
  for (size_t i = 0; i < n * c; i++) y[i] = normal(i);
  assert_ok(lf_data_from(&data, n, d, c, x, y, 0, NULL, NULL));
  assert_int_equal(data->grid.d, d);
  return data;
}

/* (1/n) sum_i y_i exp(-2 pi i xi.x_i), straight */
static void definition(const lf_data *data, const double *xi, size_t j, double hat[2])
{
  hat[0] = hat[1] = 0;
  for (size_t i = 0; i < data->n; i++) {
    double cycles = 0;
    for (size_t a = 0; a < data->d; a++) cycles += xi[a] * data->x[i * data->d + a];
    hat[0] += data->y[i * data->c + j] * cos(2 * PI * cycles) / (double)data->n;
    hat[1] -= data->y[i * data->c + j] * sin(2 * PI * cycles) / (double)data->n;
  }
}

static lf_lens *make(const lf_data *data, const lf_lens_options *o)
{
  lf_lens *lens = NULL;
  assert_ok(lf_lens_create(&lens, data, o));
  return lens;
}

static lf_data *target(const char *expression, double low, double high, size_t points)
{
  lf_data *data = NULL;
  const lf_data_options o = {.n_range = 1, .low = {low}, .high = {high}, .n_points = 1, .points = {points}};
  assert_ok(lf_data_target(&data, expression, &o));
  return data;
}

/* ---- what it measures ------------------------------------------------------------------------------------------------------ */

static void grids_by_definition(void **state) /* odd and even counts, one to three axes, off the origin; two outputs */
{
  (void)state;
  static const size_t shape[][4] = {{1, 1, 0, 0}, {1, 2, 0, 0}, {1, 9, 0, 0}, {1, 16, 0, 0}, {2, 5, 8, 0},
                                    {2, 6, 7, 0}, {2, 6, 6, 0}, {3, 4, 5, 6}, {3, 4, 4, 4},  {3, 3, 1, 5}};
  const double first[3] = {-3.7, 0.2, 11}, step[3] = {0.3, 1.1, 0.07};
  for (size_t s = 0; s < sizeof shape / sizeof *shape; s++) {
    size_t d = shape[s][0];
    lf_data *data = random_grid(d, shape[s] + 1, first, step, 2);
    lf_lens *lens = make(data, NULL);
    const lf_lens_info *info = lf_lens_look(lens);
    double energy = 0, want = 0, hat[2];
    assert_int_equal(info->kind, LF_LENS_DFT);
    assert_false(info->end_dropped);
    for (size_t k = 0; k < info->m; k++) {
      assert_true(k == 0 || info->xi_norm[k] >= info->xi_norm[k - 1]);
      size_t halves = 0; /* a mode whose axes are all at 0 or Nyquist is its own negative */
      for (size_t a = 0; a < d; a++) {
        double bins = info->xi[k * d + a] * step[a] * (double)shape[s][a + 1];
        halves += fabs(bins) < 1e-9 || fabs(bins - (double)shape[s][a + 1] / 2) < 1e-9;
      }
      for (size_t j = 0; j < 2; j++) {
        definition(data, info->xi + k * d, j, hat);
        for (size_t part = 0; part < 2; part++) {
          assert_near(info->target_hat[2 * (k * 2 + j) + part], hat[part],
                      1e-13); /* phases up to 50 cycles, n terms of size 1 */
          energy += (halves == d ? 1 : 2) * hat[part] * hat[part];
        }
      }
    }
    for (size_t i = 0; i < data->n * 2; i++) want += data->y[i] * data->y[i] / (double)data->n;
    assert_near(energy, want, 1e-12 * want); /* Parseval: every mode is there, and once */
    lf_lens_destroy(lens);
    lf_data_destroy(data);
  }
}

static void frequencies_of_a_line(void **state) /* xi = k / (n h), k = 0..n/2; Nyquist is safe */
{
  (void)state;
  lf_data *data = random_grid(1, (size_t[]){10}, (double[]){-1}, (double[]){0.25}, 1);
  lf_lens *lens = make(data, NULL);
  const lf_lens_info *info = lf_lens_look(lens);
  assert_int_equal(info->m, 6);
  for (size_t k = 0; k < 6; k++) assert_near(info->xi[k], (double)k / 2.5, 1e-15);
  assert_near(info->xi_safe, 2, 1e-15);
  assert_int_equal(info->xi_d, 1);
  assert_near(info->learned, 0.2, 0);
  lf_lens_destroy(lens);
  lf_data_destroy(data);
}

static void far_from_the_origin(
    void **state) /* a million periods out, where all positions are exact: no digit is lost */
{
  (void)state;
  enum { COUNT = 64 };
  const double first = 0x1p20 + 1.0 / 3;
  lf_data *data = random_grid(1, (size_t[]){COUNT}, &first, (double[]){1.0 / COUNT}, 1);
  lf_lens *lens = make(data, NULL);
  const lf_lens_info *info = lf_lens_look(lens);
  assert_int_equal(info->m, COUNT / 2 + 1);
  for (size_t k = 0; k < info->m; k++) {
    long double re = 0, im = 0;
    for (size_t i = 0; i < COUNT; i++) {
      long double cycles = remainderl((long double)info->xi[k] * data->x[i], 1); /* exact: 6 + 53 bits */
      re += data->y[i] * cosl(2 * 3.14159265358979323846264L * cycles) / COUNT;
      im -= data->y[i] * sinl(2 * 3.14159265358979323846264L * cycles) / COUNT;
    }
    assert_near(info->target_hat[2 * k], (double)re, 1e-14);
    assert_near(info->target_hat[2 * k + 1], (double)im, 1e-14);
  }
  lf_lens_destroy(lens);
  lf_data_destroy(data);
}

static void permuted_grid(void **state) /* the order of the samples changes no bit */
{
  (void)state;
  size_t count[2] = {7, 9}, order[63];
  double x[2 * 63], y[2 * 63], shuffled[2 * 63];
  lf_data *data = random_grid(2, count, (double[]){0, 0}, (double[]){1, 2}, 2), *mixed = NULL;
  assert_ok(lf_random_permutation(3, LF_PURPOSE_TEST, 0, 63, order));
  for (size_t i = 0; i < 63; i++)
    for (size_t a = 0; a < 2; a++) {
      x[2 * i + a] = data->x[2 * order[i] + a], y[2 * i + a] = data->y[2 * order[i] + a];
      shuffled[2 * i + a] = 1 + data->y[2 * order[i] + a];
    }
  assert_ok(lf_data_from(&mixed, 63, 2, 2, x, y, 0, NULL, NULL));
  assert_non_null(mixed->grid.place);
  lf_lens *lens = make(data, NULL), *other = make(mixed, NULL);
  size_t m = lf_lens_look(lens)->m;
  double hat[4 * 63], hat_mixed[4 * 63];
  assert_int_equal(lf_lens_look(other)->m, m);
  assert_memory_equal(lf_lens_look(other)->target_hat, lf_lens_look(lens)->target_hat, 4 * m * sizeof(double));
  for (size_t i = 0; i < data->n * 2; i++) data->y[i] += 1;
  assert_ok(lf_lens_measure(lens, data->y, hat, NULL, NULL));
  assert_ok(lf_lens_measure(other, shuffled, hat_mixed, NULL, NULL));
  assert_memory_equal(hat, hat_mixed, 4 * m * sizeof(double));
  lf_lens_destroy(lens);
  lf_lens_destroy(other);
  lf_data_destroy(data);
  lf_data_destroy(mixed);
}

static void shifted_samples(void **state) /* x -> x + a turns every coefficient by exp(-2 pi i xi a), for all kinds */
{
  (void)state;
  const double a = 0.37, xi[5] = {0, 0.31, -0.8, 2, 1.5};
  for (int kind = LF_LENS_DFT; kind <= LF_LENS_PROJECT; kind++) {
    const lf_lens_options o = {.kind = (lf_lens_kind)kind, .n_xi = kind == LF_LENS_DFT ? 0 : 5, .xi = xi};
    lf_data *data = random_grid(1, (size_t[]){41}, (double[]){-1}, (double[]){0.05}, 1);
    lf_data *moved = random_grid(1, (size_t[]){41}, (double[]){-1 + a}, (double[]){0.05}, 1);
    lf_lens *lens = make(data, &o), *other = make(moved, &o);
    const lf_lens_info *p = lf_lens_look(lens), *q = lf_lens_look(other);
    assert_int_equal(p->kind, kind);
    for (size_t k = 0; k < p->m; k++) {
      double c = cos(2 * PI * p->xi[k] * a), s = -sin(2 * PI * p->xi[k] * a);
      const double *h = p->target_hat + 2 * k, *g = q->target_hat + 2 * k;
      assert_near(g[0], h[0] * c - h[1] * s, 1e-13);
      assert_near(g[1], h[0] * s + h[1] * c, 1e-13);
    }
    lf_lens_destroy(lens);
    lf_lens_destroy(other);
    lf_data_destroy(data);
    lf_data_destroy(moved);
  }
}

static void against_reference(const lf_npz *z, const char *const name[4], size_t d)
{
  const lf_array *x = lf_npz_get(z, name[0]), *y = lf_npz_get(z, name[1]), *xi = lf_npz_get(z, name[2]),
                 *c = lf_npz_get(z, name[3]);
  if (!x || !y || !xi || !c) {
    fail_msg("nudft.npz lacks one of %s, %s, %s, %s", name[0], name[1], name[2], name[3]);
    return;
  }
  lf_data *data = NULL;
  const lf_lens_options o = {.n_xi = xi->shape[0], .xi = xi->data};
  assert_ok(lf_data_from(&data, x->shape[0], d, 1, x->data, y->data, 0, NULL, NULL));
  lf_lens *lens = make(data, &o);
  const lf_lens_info *info = lf_lens_look(lens);
  assert_int_equal(info->kind, LF_LENS_NUDFT);
  assert_int_equal(info->m, xi->shape[0]);
  assert_memory_equal(info->xi, xi->data, info->m * d * sizeof(double)); /* given frequencies keep their order */
  for (size_t i = 0; i < 2 * info->m; i++) assert_near(info->target_hat[i], ((const double *)c->data)[i], 1e-12);
  lf_lens_destroy(lens);
  lf_data_destroy(data);
}

static void independent_reference(void **state)
{
  (void)state;
  lf_npz *z = NULL;
  assert_ok(lf_npz_read(&z, LF_TEST_DATA "/nudft.npz"));
  against_reference(z, (const char *const[]){"x1", "y1", "xi1", "c1"}, 1);
  against_reference(z, (const char *const[]){"x2", "y2", "xi2", "c2"}, 2);
  lf_npz_destroy(z);
}

static void given_frequencies_on_a_grid(void **state) /* direct sums at the bins give the FFT's coefficients */
{
  (void)state;
  lf_data *data = target("exp(sin(x))+0.3*cos(2*x)", -PI, PI, 50); /* its end repeats */
  lf_lens *lens = make(data, NULL);
  const lf_lens_info *info = lf_lens_look(lens);
  assert_true(info->end_dropped);
  const lf_lens_options o = {.kind = LF_LENS_DFT, .n_xi = info->m, .xi = info->xi};
  lf_lens *direct = make(data, &o);
  assert_true(lf_lens_look(direct)->end_dropped);
  for (size_t i = 0; i < 2 * info->m; i++) assert_near(lf_lens_look(direct)->target_hat[i], info->target_hat[i], 1e-14);
  lf_lens_destroy(direct);
  lf_lens_destroy(lens);
  lf_data_destroy(data);
}

/* ---- the duplicated end ---------------------------------------------------------------------------------------------------- */

static bool drops(lf_data *data)
{
  lf_lens *lens = make(data, NULL);
  bool dropped = lf_lens_look(lens)->end_dropped;
  lf_lens_destroy(lens);
  lf_data_destroy(data);
  return dropped;
}

static void duplicated_end(void **state)
{
  (void)state;
  assert_true(drops(target("sin(x)+sin(3*x)+sin(5*x)", -3.1415, 3.1415, 600)));
  assert_true(drops(target("sin(x)+sin(3*x)+sin(5*x)", -3.14159, 3.14159, 600)));
  assert_true(drops(target("cos(x)", -PI, PI, 600)));
  assert_true(drops(target("x^2", -1, 1, 100)));
  /* one sample short of the period: nothing repeats, though values and slopes are nearly the same at both ends */
  assert_false(drops(target("cos(x)", -PI, PI - 2 * PI / 600, 600)));
  assert_false(drops(target("sin(x)+sin(3*x)+sin(5*x)", -PI, PI - 2 * PI / 600, 600)));
  assert_false(drops(target("x^2", -1, 0.98, 100)));
  /* not periodic; and flat where it could tell */
  assert_false(drops(target("sin(x)+sin(4*x)", -10, 10, 61)));
  assert_false(drops(target("x", -1, 1, 100)));
  assert_false(drops(target("1", -1, 1, 100)));
  assert_false(drops(target("exp(-100*x^2)", -4, 4, 100)));
}

static void noise_seldom_repeats(
    void **state) /* by chance 1 in 25: |difference| of two of standard deviation 1 below 0.05 sqrt 2 */
{
  (void)state;
  size_t drops_seen = 0;
  for (uint64_t trial = 0; trial < 400; trial++) {
    double x[30], y[30];
    lf_data *data = NULL;
    for (size_t i = 0; i < 30; i++) x[i] = (double)i, y[i] = normal(9000 + 30 * trial + i);
    assert_ok(lf_data_from(&data, 30, 1, 1, x, y, 0, NULL, NULL));
    drops_seen += drops(data);
  }
  assert_true(drops_seen < 12); /* 5 here; without the comparison with neighbours 16 */
}

static void duplicated_end_in_the_plane(void **state) /* periodic along x2 only */
{
  (void)state;
  lf_data *data = NULL;
  const lf_data_options o = {.n_range = 2, .low = {0, -PI}, .high = {1, PI}, .n_points = 2, .points = {20, 31}};
  assert_ok(lf_data_target(&data, "x1+sin(x2)+cos(3*x2)*x1", &o));
  lf_lens *lens = make(data, NULL);
  const lf_lens_info *info = lf_lens_look(lens);
  assert_true(info->end_dropped);
  double lowest1 = INFINITY, lowest2 = INFINITY;
  for (size_t k = 0; k < info->m; k++) {
    double a = fabs(info->xi[2 * k]), b = fabs(info->xi[2 * k + 1]);
    if (a > 0) lowest1 = fmin(lowest1, a);
    if (b > 0) lowest2 = fmin(lowest2, b);
  }
  assert_near(lowest1, 1 / (20.0 / 19), 1e-12); /* 20 samples, 1/19 apart */
  assert_near(lowest2, 1 / (2 * PI), 1e-12);    /* 30 samples, 2 pi / 30 apart */
  lf_lens_destroy(lens);
  lf_data_destroy(data);
}

/* ---- errors ---------------------------------------------------------------------------------------------------------------- */

static void cosine_for_a_sine(void **state) /* Delta = sqrt 2 complex, 0 by amplitude */
{
  (void)state;
  lf_data *sine = target("sin(3*x)", -PI, PI - 2 * PI / 100, 100),
          *cosine = target("cos(3*x)", -PI, PI - 2 * PI / 100, 100);
  double delta[64], band[8];
  for (int amplitude = 0; amplitude < 2; amplitude++) {
    const lf_lens_options o = {.amplitude = amplitude};
    lf_lens *lens = make(sine, &o);
    const lf_lens_info *info = lf_lens_look(lens);
    assert_int_equal(info->peaks, 1);
    assert_int_equal(info->bands, 1);
    assert_ok(lf_lens_measure(lens, cosine->y, NULL, delta, band));
    assert_near(delta[info->peak[0]], amplitude ? 0 : sqrt(2), 1e-13);
    assert_near(band[0], amplitude ? 0 : sqrt(2), 1e-13);
    lf_lens_destroy(lens);
  }
  lf_data_destroy(sine);
  lf_data_destroy(cosine);
}

static void errors_by_hand(
    void **state) /* two outputs share a mode; bands add squares; the target itself has none, nothing has 1 */
{
  (void)state;
  const double edges[4] = {0, 0.7, 1.2, 2};
  const lf_lens_options o = {.n_edges = 4, .edges = edges};
  lf_data *data = random_grid(1, (size_t[]){10}, (double[]){-1}, (double[]){0.25}, 2);
  lf_lens *lens = make(data, &o);
  const lf_lens_info *info = lf_lens_look(lens);
  double values[20], hat[24], delta[6], band[3], above[3] = {0}, below[3] = {0};
  assert_int_equal(info->bands, 3);
  for (size_t i = 0; i < 20; i++) values[i] = normal(100 + i);
  assert_ok(lf_lens_measure(lens, values, hat, delta, band));
  for (size_t k = 0; k < 6;
       k++) { /* 0, 0.4 | 0.8 | 1.2, 1.6, 2: edges belong to the band above, the last to the band below */
    size_t b = k < 2 ? 0 : k < 3 ? 1 : 2;
    double error = 0, size = 0;
    for (size_t i = 4 * k; i < 4 * k + 4; i++) {
      error += (hat[i] - info->target_hat[i]) * (hat[i] - info->target_hat[i]);
      size += info->target_hat[i] * info->target_hat[i];
    }
    assert_near(delta[k], sqrt(error / size), 1e-14);
    above[b] += error, below[b] += size;
  }
  for (size_t b = 0; b < 3; b++) assert_near(band[b], sqrt(above[b] / below[b]), 1e-14);
  assert_ok(lf_lens_measure(lens, data->y, NULL, delta, band));
  for (size_t k = 0; k < 6; k++) assert_true(delta[k] == 0);
  for (size_t i = 0; i < 20; i++) values[i] = 0;
  assert_ok(lf_lens_measure(lens, values, NULL, delta, band));
  for (size_t k = 0; k < 6; k++) assert_near(delta[k], 1, 1e-14);
  for (size_t b = 0; b < 3; b++) assert_near(band[b], 1, 1e-14);
  lf_lens_destroy(lens);
  lf_data_destroy(data);
}

static void silent_modes_stay_finite(void **state)
{
  (void)state;
  const size_t n = 64;
  const char *expression[2] = {"sin(x)", "0*x"};
  for (int zero = 0; zero < 2; zero++) {
    lf_data *data = target(expression[zero], -PI, PI - 2 * PI / 64, n);
    lf_lens *lens = make(data, NULL);
    const lf_lens_info *info = lf_lens_look(lens);
    double values[64], delta[64], band[64];
    for (size_t i = 0; i < n; i++) values[i] = normal(i);
    assert_ok(lf_lens_measure(lens, values, NULL, delta, band));
    for (size_t k = 0; k < info->m; k++) assert_true(isfinite(delta[k]) && delta[k] <= 1e13);
    for (size_t b = 0; b < info->bands; b++) assert_true(isfinite(band[b]));
    if (zero) assert_int_equal(info->peaks, 0);
    lf_lens_destroy(lens);
    lf_data_destroy(data);
  }
}

/* ---- windows ----------------------------------------------------------------------------------------------------------------- */

static void windows_lower_leakage(void **state) /* a tone between two bins, seen far from it; its height stays */
{
  (void)state;
  lf_data *data = target("cos(2*pi*10.4*x)", 0, 1 - 1.0 / 128, 128);
  double far[3], near[3];
  for (int w = LF_WINDOW_NONE; w <= LF_WINDOW_DPSS; w++)
    for (int kind = LF_LENS_DFT; kind <= LF_LENS_NUDFT; kind++) {
      const double xi[2] = {10.4, 40};
      const lf_lens_options o = {.kind = (lf_lens_kind)kind, .window = (lf_window)w, .n_xi = 2, .xi = xi};
      lf_lens *lens = make(data, &o);
      const double *hat = lf_lens_look(lens)->target_hat;
      near[w] = hypot(hat[0], hat[1]);
      far[w] = hypot(hat[2], hat[3]);
      assert_near(near[w], 0.5, 0.03);
      if (w != LF_WINDOW_NONE) assert_true(far[w] < 0.02 * far[LF_WINDOW_NONE]);
      lf_lens_destroy(lens);
    }
  lf_data_destroy(data);
}

static void windows_by_definition(
    void **state) /* hat of 1 at 0 is the mean weight: 1; Hann in the plane is a product */
{
  (void)state;
  const lf_lens_options hann = {.window = LF_WINDOW_HANN};
  double one[48], hat[2 * 48];
  lf_data *data = random_grid(2, (size_t[]){6, 8}, (double[]){0, 0}, (double[]){1, 1}, 1);
  lf_lens *lens = make(data, &hann);
  const lf_lens_info *info = lf_lens_look(lens);
  for (size_t i = 0; i < 48; i++) one[i] = 1;
  assert_ok(lf_lens_measure(lens, one, hat, NULL, NULL));
  for (size_t k = 0; k < info->m; k++) {
    double want = 1;
    for (size_t a = 0; a < 2; a++) {
      double bins = fabs(info->xi[2 * k + a]) * (a == 0 ? 6 : 8);
      want *= bins < 0.5 ? 1 : bins < 1.5 ? 0.5 : 0;
    }
    assert_near(hypot(hat[2 * k], hat[2 * k + 1]), want, 1e-14);
  }
  lf_lens_destroy(lens);
  lf_data_destroy(data);
}

/* ---- limits ------------------------------------------------------------------------------------------------------------------ */
static char heard[512];

static void keep_line(void *user, lf_log_level level, const char *line)
{
  (void)user;
  (void)level;
  (void)snprintf(heard, sizeof heard, "%s", line);
}

static void fewer_frequencies(void **state)
{
  (void)state;
  lf_data *data = target("sin(2*pi*3*x)+0.5*sin(2*pi*20*x)", 0, 1 - 1.0 / 100, 100);
  lf_lens_options o = {.max_frequencies = 11};
  lf_log_set(keep_line, NULL);
  lf_lens *lens = make(data, &o);
  lf_log_set(NULL, NULL);
  assert_int_equal(lf_lens_look(lens)->m, 11);
  assert_near(lf_lens_look(lens)->xi[10], 10, 1e-12);
  assert_non_null(strstr(heard, "11 lowest of 51")); /* 1 / (1 + 0.25) of the energy */
  assert_non_null(strstr(heard, "80 % of the target's energy"));
  lf_lens_destroy(lens);
  o = (lf_lens_options){.xi_max = 20};
  lens = make(data, &o);
  assert_int_equal(lf_lens_look(lens)->m, 21);
  lf_lens_destroy(lens);
  lf_data_destroy(data);
  data = random_grid(2, (size_t[]){8, 8}, (double[]){0, 0}, (double[]){1, 1}, 1);
  o = (lf_lens_options){.max_frequencies = 4}; /* |k|: 0, 1, 1, sqrt 2, sqrt 2, ...: shells stay whole */
  lens = make(data, &o);
  assert_int_equal(lf_lens_look(lens)->m, 3);
  lf_lens_destroy(lens);
  lf_data_destroy(data);
}

static void scattered_frequencies(
    void **state) /* multiples of 1/extent up to half the mean density; safe by the widest gap */
{
  (void)state;
  const double x[5] = {0, 0.1, 0.5, 0.8, 1}, y[5] = {1, 2, 3, 4, 5};
  lf_data *data = NULL;
  assert_ok(lf_data_from(&data, 5, 1, 1, x, y, 0, NULL, NULL));
  assert_int_equal(data->grid.d, 0);
  lf_lens *lens = make(data, NULL);
  const lf_lens_info *info = lf_lens_look(lens);
  assert_int_equal(info->kind, LF_LENS_NUDFT);
  assert_int_equal(info->m, 3);
  for (size_t k = 0; k < 3; k++) assert_near(info->xi[k], (double)k, 1e-15);
  assert_near(info->xi_safe, 1 / (2 * 0.4), 1e-12);
  lf_lens_destroy(lens);
  const lf_lens_options higher = {.xi_max = 7};
  lens = make(data, &higher);
  assert_int_equal(lf_lens_look(lens)->m, 8);
  lf_lens_destroy(lens);
  lf_data_destroy(data);
}

/* ---- many at once ------------------------------------------------------------------------------------------------------------ */
typedef struct job {
  const lf_lens *lens;
  double values[2 * 63], hat[4 * 63];
  lf_status status;
} job;

static void *measure_often(void *arg)
{
  job *j = arg;
  for (int i = 0; i < 200 && j->status == LF_OK; i++)
    j->status = lf_lens_measure(j->lens, j->values, j->hat, NULL, NULL);
  return NULL;
}

static void shared_among_threads(void **state)
{
  (void)state;
  lf_data *data = random_grid(2, (size_t[]){7, 9}, (double[]){0, 0}, (double[]){1, 1}, 2);
  for (int kind = LF_LENS_DFT; kind <= LF_LENS_NUDFT; kind++) {
    const lf_lens_options o = {.kind = (lf_lens_kind)kind};
    lf_lens *lens = make(data, &o);
    size_t m = lf_lens_look(lens)->m;
    double want[4 * 63];
    pthread_t thread[4];
    job jobs[4] = {{0}};
    for (size_t t = 0; t < 4; t++) {
      jobs[t].lens = lens;
      for (size_t i = 0; i < data->n * 2; i++) jobs[t].values[i] = normal(1000 * t + i);
      assert_int_equal(pthread_create(&thread[t], NULL, measure_often, &jobs[t]), 0);
    }
    for (size_t t = 0; t < 4; t++) {
      assert_int_equal(pthread_join(thread[t], NULL), 0);
      assert_int_equal(jobs[t].status, LF_OK);
      assert_ok(lf_lens_measure(lens, jobs[t].values, want, NULL, NULL));
      assert_memory_equal(jobs[t].hat, want, 4 * m * sizeof(double));
    }
    lf_lens_destroy(lens);
  }
  lf_data_destroy(data);
}

static void measuring_needs_no_memory(void **state)
{
  (void)state;
  lf_data *data = random_grid(1, (size_t[]){20}, (double[]){0}, (double[]){1}, 1);
  for (int kind = LF_LENS_DFT; kind <= LF_LENS_PROJECT; kind++) {
    const lf_lens_options o = {.kind = (lf_lens_kind)kind};
    lf_lens *lens = make(data, &o);
    lf_alloc_fail_after(0);
    lf_status st = lf_lens_measure(lens, data->y, NULL, NULL, NULL);
    lf_alloc_fail_after(-1);
    assert_int_equal(st, LF_OK);
    lf_lens_destroy(lens);
  }
  lf_data_destroy(data);
}

/* ---- words and refusals ------------------------------------------------------------------------------------------------------ */
static void words(void **state)
{
  (void)state;
  lf_lens_options o = {0};
  assert_ok(lf_lens_parse(&o, "dft"));
  assert_int_equal(o.kind, LF_LENS_DFT);
  assert_ok(lf_lens_parse(&o, "project:pca:1"));
  assert_int_equal(o.kind, LF_LENS_PROJECT);
  assert_string_equal(o.project, "pca:1");
  assert_ok(lf_lens_parse(&o, "project:a:b.npy"));
  assert_string_equal(o.project, "a:b.npy");
  assert_ok(lf_lens_parse(&o, "project"));
  assert_null(o.project);
  assert_refused(lf_lens_parse(&o, "nudf"), LF_EARG, "nearest of auto, dft, nudft, project is nudft");
  assert_refused(lf_lens_parse(&o, ""), LF_EARG, "not known");
  assert_refused(lf_lens_parse(&o, "dft:3"), LF_EARG, "expected dft");
  assert_refused(lf_lens_parse(&o, "project:"), LF_EARG, "expected project:pca:1");
  for (lf_lens_kind k = LF_LENS_AUTO; k <= LF_LENS_PROJECT; k++) {
    assert_ok(lf_lens_parse(&o, lf_lens_kind_name(k)));
    assert_int_equal(o.kind, k);
  }
  assert_string_equal(lf_lens_kind_name((lf_lens_kind)17), "unknown");
  assert_ok(lf_window_parse(&o, "hann"));
  assert_int_equal(o.window, LF_WINDOW_HANN);
  assert_ok(lf_window_parse(&o, "dpss:3.5"));
  assert_true(o.window == LF_WINDOW_DPSS && o.window_nw == 3.5);
  assert_ok(lf_window_parse(&o, "none"));
  assert_true(o.window == LF_WINDOW_NONE && o.window_nw == 0);
  assert_refused(lf_window_parse(&o, "hamming"), LF_EARG, "nearest of none, hann, dpss is hann");
  assert_refused(lf_window_parse(&o, "hann:2"), LF_EARG, "dpss:NW");
  assert_refused(lf_window_parse(&o, "dpss:0"), LF_EARG, "dpss:NW");
  assert_refused(lf_window_parse(&o, "dpss:2x"), LF_EARG, "dpss:NW");
}

static lf_status refused_with(const lf_data *data, lf_lens_options o)
{
  lf_lens *lens = (lf_lens *)(void *)&o; /* must come back NULL */
  lf_status st = lf_lens_create(&lens, data, &o);
  assert_null(lens);
  return st;
}

static void refusals(void **state)
{
  (void)state;
  const double x[8] = {0, 0.1, 0.5, 0.8, 1, 3, 4, 9}, y[4] = {1, 2, 3, 4}, bad[1] = {INFINITY}, down[2] = {1, 0.5},
               gap[2] = {0.13, 0.18};
  lf_data *scattered = NULL, *wide = NULL, *grid = random_grid(1, (size_t[]){16}, (double[]){0}, (double[]){1}, 1);
  assert_ok(lf_data_from(&scattered, 4, 1, 1, x, y, 0, NULL, NULL));
  assert_ok(lf_data_from(&wide, 2, 4, 1, x, y, 0, NULL, NULL));
  assert_refused(refused_with(scattered, (lf_lens_options){.kind = LF_LENS_DFT}), LF_EUNSUP, "use nudft");
  assert_refused(refused_with(wide, (lf_lens_options){.kind = LF_LENS_NUDFT}), LF_EARG, "or use project");
  assert_refused(refused_with(grid, (lf_lens_options){.learned = -1}), LF_EARG, "relative error > 0");
  assert_refused(refused_with(grid, (lf_lens_options){.peak_floor = 2}), LF_EARG, "share in 0..1");
  assert_refused(refused_with(grid, (lf_lens_options){.xi_max = NAN}), LF_EARG, "highest frequency");
  assert_refused(refused_with(grid, (lf_lens_options){.window = LF_WINDOW_DPSS, .window_nw = 9}), LF_EARG,
                 "half the 16 samples");
  assert_refused(refused_with(grid, (lf_lens_options){.n_xi = 1, .xi = bad}), LF_EMATH, "frequency 0");
  assert_refused(refused_with(grid, (lf_lens_options){.n_xi = 1, .xi_d = 2, .xi = down}), LF_ESHAPE,
                 "has 1 numbers here, those given have 2");
  assert_refused(refused_with(grid, (lf_lens_options){.n_edges = 2, .edges = down}), LF_EARG, "edge 2");
  assert_refused(refused_with(grid, (lf_lens_options){.n_edges = 1, .edges = down}), LF_EARG, "two or more");
  assert_refused(refused_with(grid, (lf_lens_options){.n_edges = 2, .edges = gap}), LF_EARG,
                 "0.13 to 0.18 cycles/unit holds none");
  grid->grid.count[0] = 15;
  assert_refused(refused_with(grid, (lf_lens_options){0}), LF_ESHAPE, "15 places");
  grid->grid.count[0] = 16;
  size_t twice[16] = {0};
  grid->grid.place = twice;
  assert_refused(refused_with(grid, (lf_lens_options){0}), LF_ESHAPE, "sample 1");
  grid->grid.place = NULL;
  lf_lens *lens = make(grid, NULL);
  grid->y[3] = NAN;
  assert_refused(lf_lens_measure(lens, grid->y, NULL, NULL, NULL), LF_EMATH, "sample 3");
  assert_refused(refused_with(grid, (lf_lens_options){0}), LF_EMATH, "y[3,0]");
  lf_lens_destroy(lens);
  lf_lens_destroy(NULL);
  lf_data_destroy(grid);
  lf_data_destroy(scattered);
  lf_data_destroy(wide);
}

static void memory_failure(void **state) /* every kind, with and without window, given and chosen frequencies */
{
  (void)state;
  const double xi[2] = {0.25, 0.5};
  lf_data *data = random_grid(1, (size_t[]){24}, (double[]){0}, (double[]){1}, 1);
  long before = lf_alloc_live();
  for (int variant = 0; variant < 12; variant++) {
    const lf_lens_options o = {.kind = (lf_lens_kind)(LF_LENS_DFT + variant % 3),
                               .window = variant / 3 % 2 ? LF_WINDOW_DPSS : LF_WINDOW_NONE,
                               .n_xi = variant / 6 ? 2 : 0,
                               .xi = xi,
                               .max_frequencies = 10};
    for (long i = 0;; i++) {
      lf_lens *lens = NULL;
      lf_alloc_fail_after(i);
      lf_status st = lf_lens_create(&lens, data, &o);
      lf_alloc_fail_after(-1);
      if (st == LF_OK) {
        assert_true(i > 10);
        lf_lens_destroy(lens);
        break;
      }
      assert_true(st == LF_ENOMEM && lens == NULL);
      assert_int_equal(lf_alloc_live(), before);
    }
    assert_int_equal(lf_alloc_live(), before);
  }
  lf_data_destroy(data);
  assert_int_equal(lf_alloc_live(), 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(grids_by_definition),
      cmocka_unit_test(frequencies_of_a_line),
      cmocka_unit_test(far_from_the_origin),
      cmocka_unit_test(permuted_grid),
      cmocka_unit_test(shifted_samples),
      cmocka_unit_test(independent_reference),
      cmocka_unit_test(given_frequencies_on_a_grid),
      cmocka_unit_test(duplicated_end),
      cmocka_unit_test(noise_seldom_repeats),
      cmocka_unit_test(duplicated_end_in_the_plane),
      cmocka_unit_test(cosine_for_a_sine),
      cmocka_unit_test(errors_by_hand),
      cmocka_unit_test(silent_modes_stay_finite),
      cmocka_unit_test(windows_lower_leakage),
      cmocka_unit_test(windows_by_definition),
      cmocka_unit_test(fewer_frequencies),
      cmocka_unit_test(scattered_frequencies),
      cmocka_unit_test(shared_among_threads),
      cmocka_unit_test(measuring_needs_no_memory),
      cmocka_unit_test(words),
      cmocka_unit_test(refusals),
      cmocka_unit_test(memory_failure),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
