/* t_peaks.c — which modes stand out: exact tones, tones between bins, scatter, smooth spectra, noise; and the bands around them. */
#include "check.h"
#include "lowfirst/lens.h"
#include "lowfirst/random.h"

static const double PI = 3.14159265358979323846;

static double uniform(uint64_t seed, uint64_t i) { return lf_random_uniform(seed, LF_PURPOSE_TEST, i); }

typedef struct found {
  size_t count, bands;
  double xi[64], edge[64];
} found;

/* The peaks and bands of a lens made for `data`, which goes. */
static found look(lf_data *data, const lf_lens_options *o)
{
  found f = {0};
  lf_lens *lens = NULL;
  assert_ok(lf_lens_create(&lens, data, o));
  const lf_lens_info *info = lf_lens_look(lens);
  assert_true(info->peaks <= 64 && info->bands < 64);
  f.count = info->peaks;
  f.bands = info->bands;
  for (size_t i = 0; i < f.count; i++) f.xi[i] = info->xi_norm[info->peak[i]];
  for (size_t i = 1; i < f.count; i++) assert_true(f.xi[i] >= f.xi[i - 1]);
  for (size_t b = 0; b <= f.bands; b++) f.edge[b] = info->band_edge[b];
  lf_lens_destroy(lens);
  lf_data_destroy(data);
  return f;
}

static lf_data *target(const char *expression, double low, double high, size_t points, lf_sampling sampling,
                       double noise)
{
  lf_data *data = NULL;
  const lf_data_options o = {.n_range = 1,
                             .low = {low},
                             .high = {high},
                             .n_points = 1,
                             .points = {points},
                             .sampling = sampling,
                             .noise = noise,
                             .seed = 5};
  assert_ok(lf_data_target(&data, expression, &o));
  return data;
}

/* sum_i amplitude_i sin(2 pi bin_i x + phase_i) on n even samples of [0,1) */
static lf_data *tones(size_t n, size_t count, const double *bin, const double *amplitude, const double *phase)
{
  double x[1024], y[1024] = {0};
  lf_data *data = NULL;
  assert_true(n <= 1024);
  for (size_t j = 0; j < n; j++) {
    x[j] = (double)j / (double)n;
    for (size_t i = 0; i < count; i++) y[j] += amplitude[i] * sin(2 * PI * bin[i] * x[j] + phase[i]);
  }
  assert_ok(lf_data_from(&data, n, 1, 1, x, y, 0, NULL, NULL));
  return data;
}

static void expect(found f, size_t count, const double *xi, double tolerance)
{
  assert_int_equal(f.count, count);
  for (size_t i = 0; i < count; i++) assert_near(f.xi[i], xi[i], tolerance);
}

static void exact_tones(void **state)
{
  (void)state;
  const double one_three_five[3] = {0.5 / PI, 1.5 / PI, 2.5 / PI}, first_five[5] = {1, 2, 3, 4, 5};
  for (int digits = 4; digits < 8; digits++) { /* pi rounded: 3.1416, 3.14159, ... */
    double end = nearbyint(PI * pow(10, digits)) / pow(10, digits);
    expect(look(target("sin(x)+sin(3*x)+sin(5*x)", -end, end, 600, LF_SAMPLING_GRID, 0), NULL), 3, one_three_five,
           1e-4);
  }
  expect(look(target("sin(x)+sin(3*x)+sin(5*x)", -3.1415, 3.1415, 600, LF_SAMPLING_GRID, 0), NULL), 3, one_three_five,
         1e-4);
  /* neighbouring bins: falling, equal, five in a row, with a mean, with noise */
  const double fall[5] = {1, 0.6, 0.3, 0, 0}, flat[5] = {1, 1, 1, 1, 1}, zero[5] = {0};
  expect(look(tones(100, 3, first_five, fall, zero), NULL), 3, first_five, 1e-9);
  expect(look(tones(100, 2, first_five, flat, zero), NULL), 2, first_five, 1e-9);
  expect(look(tones(100, 5, first_five, flat, zero), NULL), 5, first_five, 1e-9);
  expect(look(target("7+sin(2*pi*x)+0.3*sin(4*pi*x)", 0, 1, 101, LF_SAMPLING_GRID, 0), NULL), 2, first_five, 1e-9);
  expect(look(target("sin(2*pi*x)+0.5*sin(4*pi*x)", 0, 1 - 1.0 / 600, 600, LF_SAMPLING_GRID, 0.1), NULL), 2, first_five,
         1e-9);
}

static void one_tone_between_bins(
    void **state) /* one peak, the nearer bin, whatever offset and phase: side lobes do not count */
{
  (void)state;
  for (int window = LF_WINDOW_NONE; window <= LF_WINDOW_DPSS; window++)
    for (int kind = LF_LENS_DFT; kind <= LF_LENS_NUDFT; kind++)
      for (int offset = 0; offset < 20; offset++) {
        const lf_lens_options o = {.window = (lf_window)window, .kind = (lf_lens_kind)kind};
        double bin = 7 + 0.05 * offset, phase = 0.7 * offset, amplitude = 2;
        found f = look(tones(80, 1, &bin, &amplitude, &phase), &o);
        assert_int_equal(f.count, 1);
        assert_near(f.xi[0], bin, 0.7); /* half a bin, and a little where two bins are equal */
      }
}

static void dense_given_frequencies(void **state) /* the side lobes themselves are looked at, 13 dB down */
{
  (void)state;
  double xi[400];
  for (size_t k = 0; k < 400; k++) xi[k] = 0.1 * (double)k;
  const lf_lens_options o = {.n_xi = 400, .xi = xi};
  const double bin[2] = {7.33, 21.8}, amplitude[2] = {1, 0.5}, phase[2] = {1, 2};
  expect(look(tones(100, 1, bin, amplitude, phase), &o), 1, bin, 0.051);
  expect(look(tones(100, 2, bin, amplitude, phase), &o), 2, bin, 0.11);
}

/* Random tones; counts those missed and the peaks that are none. */
static void score(uint64_t seed, bool on_bins, size_t *false_peaks, size_t *missed, size_t *all)
{
  double bin[3], amplitude[3], phase[3];
  size_t count = 1 + lf_random_u64(seed, LF_PURPOSE_TEST, 0) % 3, n = seed % 2 ? 61 : 200;
  for (size_t i = 0; i < count; i++) {
    bin[i] = 1 + 12 * uniform(seed, 10 + i);
    if (on_bins) bin[i] = floor(bin[i]);
    amplitude[i] = 0.25 + 0.75 * uniform(seed, 20 + i);
    phase[i] = 2 * PI * uniform(seed, 30 + i);
    for (size_t j = 0; j < i; j++)
      if (fabs(bin[i] - bin[j]) < (on_bins ? 0.5 : 2.5)) return; /* not told apart by so few samples */
  }
  found f = look(tones(n, count, bin, amplitude, phase), NULL);
  for (size_t k = 0; k < f.count; k++) {
    double nearest = INFINITY;
    for (size_t i = 0; i < count; i++) nearest = fmin(nearest, fabs(f.xi[k] - bin[i]));
    *false_peaks += nearest > 0.75;
  }
  for (size_t i = 0; i < count; i++) {
    double nearest = INFINITY;
    for (size_t k = 0; k < f.count; k++) nearest = fmin(nearest, fabs(f.xi[k] - bin[i]));
    *missed += nearest > 0.75;
  }
  *all += count;
}

static void random_tones(void **state) /* at most one in a hundred wrong */
{
  (void)state;
  for (int on_bins = 0; on_bins < 2; on_bins++) {
    size_t false_peaks = 0, missed = 0, all = 0;
    for (uint64_t seed = 1; seed <= 400; seed++) score(seed, on_bins, &false_peaks, &missed, &all);
    assert_true(all > 300);
    assert_true(100 * false_peaks <= all);
    assert_true(100 * missed <= all);
  }
}

static void published_targets(void **state)
{
  (void)state;
  const double script[2] = {0.5 / PI, 2 / PI}, amp[3] = {0.5 / PI, 1.5 / PI, 2.5 / PI};
  expect(look(target("sin(x)+sin(4*x)", -10, 10, 61, LF_SAMPLING_GRID, 0), NULL), 2, script, 0.025);
  expect(look(target("sin(x)+2*sin(3*x)+3*sin(5*x)", -5, 5, 101, LF_SAMPLING_GRID, 0), NULL), 3, amp, 0.05);
  for (int k = 2; k <= 8; k++) {
    char text[64];
    double ratio[2] = {0.5 / PI, 0.5 * k / PI};
    (void)snprintf(text, sizeof text, "sin(x)+0.2*sin(%d*x)", k);
    expect(look(target(text, -PI, PI, 200, LF_SAMPLING_GRID, 0), NULL), 2, ratio, 1e-9);
  }
  found f = look(target("rint(sin(x))", -3.14159, 3.14159, 600, LF_SAMPLING_GRID, 0), NULL);
  assert_true(f.count >= 2); /* its harmonics are odd, without the multiples of three: 1, 5, 7, ... */
  assert_near(f.xi[0], 0.5 / PI, 1e-3);
  assert_near(f.xi[1], 2.5 / PI, 2e-3);
}

static void smooth_spectra(void **state) /* a hump is one peak, a slope none but its foot */
{
  (void)state;
  const double hump[1] = {20 / PI}, three[3] = {1, 3, 6};
  expect(look(target("exp(-x^2/0.1)*sin(40*x)", -1, 1, 600, LF_SAMPLING_GRID, 0), NULL), 1, hump, 0.25);
  expect(look(target("exp(-x^2/0.01)*sin(40*x)", -1, 1, 600, LF_SAMPLING_GRID, 0), NULL), 1, hump, 0.5);
  expect(look(target("exp(-x^2/0.1)*(sin(2*pi*x)+sin(6*pi*x)+sin(12*pi*x))", -1, 1, 400, LF_SAMPLING_GRID, 0), NULL), 3,
         three, 0.25);
  found f = look(target("x", -1, 1, 100, LF_SAMPLING_GRID, 0), NULL);
  assert_int_equal(f.count, 1);
  assert_near(f.xi[0], 0.5, 0.01);
}

static void scattered_tones(
    void **state) /* random positions scatter a tone everywhere; weak tones under that scatter are found */
{
  (void)state;
  const double three[3] = {0.5 / PI, 1.5 / PI, 2.5 / PI},
               plane[3] = {20 / (2 * PI), 30 / (2 * PI), sqrt(40 * 40 + 50 * 50) / (2 * PI)};
  size_t false_peaks = 0, missed = 0;
  for (uint64_t seed = 0; seed < 40; seed++) {
    double x[200], y[200];
    lf_data *data = NULL;
    for (size_t i = 0; i < 200; i++) {
      x[i] = 20 * uniform(seed, i) - 10;
      y[i] = sin(x[i]) + 0.25 * sin(4 * x[i] + 1);
    }
    assert_ok(lf_data_from(&data, 200, 1, 1, x, y, 0, NULL, NULL));
    found seen = look(data, NULL);
    size_t right = 0;
    for (size_t k = 0; k < seen.count; k++)
      right += fabs(seen.xi[k] - 0.5 / PI) < 0.04 || fabs(seen.xi[k] - 2 / PI) < 0.04;
    false_peaks += seen.count - right;
    missed += 2 - LF_MIN(right, 2);
  }
  assert_true(false_peaks <= 3 && missed <= 3); /* of 80 tones */
  expect(look(target("sin(x)+sin(3*x)+sin(5*x)", -PI, PI, 300, LF_SAMPLING_UNIFORM, 0), NULL), 3, three, 0.01);
  const double neighbours[2] = {0.5 / PI, 1 / PI}, turned[1] = {5};
  expect(look(target("sin(x)+sin(2*x)", -PI, PI, 600, LF_SAMPLING_UNIFORM, 0), NULL), 2, neighbours, 0.01);
  found f = look(target("cos(2*pi*5*x+0.7)", 0, 1, 200, LF_SAMPLING_UNIFORM, 0), NULL);
  expect(f, 1, turned, 0.1);
  assert_int_equal(f.bands, 1); /* both its sine and its cosine are taken away: nothing is left for more bands */
  expect(look(target("sin(20*x1)+sin(30*x2)+0.5*sin(40*x1+50*x2)", 0, 1, 1024, LF_SAMPLING_SOBOL, 0), NULL), 3, plane,
         0.7);
}

static void scattered_neighbours(void **state) /* tones one bin apart among random positions: nine in ten are found */
{
  (void)state;
  size_t missed = 0, false_peaks = 0;
  for (uint64_t seed = 0; seed < 60; seed++) {
    double x[200], y[200], bin = 2 + floor(10 * uniform(seed, 400));
    lf_data *data = NULL;
    for (size_t i = 0; i < 200; i++) {
      x[i] = uniform(seed, i);
      y[i] =
          sin(2 * PI * bin * x[i] + uniform(seed, 401)) + 0.6 * sin(2 * PI * (bin + 1) * x[i] + 6 * uniform(seed, 402));
    }
    assert_ok(lf_data_from(&data, 200, 1, 1, x, y, 0, NULL, NULL));
    found f = look(data, NULL);
    size_t right = 0;
    for (size_t k = 0; k < f.count; k++) right += fabs(f.xi[k] - bin) < 0.5 || fabs(f.xi[k] - bin - 1) < 0.5;
    missed += 2 - LF_MIN(right, 2);
    false_peaks += f.count - right;
  }
  assert_true(missed <= 12 && false_peaks <= 4);
}

static void nothing_stands_out(void **state)
{
  (void)state;
  assert_int_equal(look(target("3", -1, 1, 50, LF_SAMPLING_GRID, 0), NULL).count, 0);
  assert_int_equal(look(target("3", -1, 1, 50, LF_SAMPLING_UNIFORM, 0), NULL).count, 0);
  size_t alarms = 0;
  for (uint64_t seed = 0; seed < 40; seed++) {
    double x[300], y[300];
    lf_data *data = NULL;
    for (size_t i = 0; i < 300; i++) x[i] = (double)i, y[i] = lf_random_normal(seed, LF_PURPOSE_TEST, i);
    assert_ok(lf_data_from(&data, 300, 1, 1, x, y, 0, NULL, NULL));
    alarms += look(data, NULL).count > 0;
  }
  assert_true(alarms <= 4); /* white noise: once in a hundred, if the quarter's estimate were exact */
}

static void limits(void **state)
{
  (void)state;
  const double bin[5] = {3, 8, 12, 20, 30}, amplitude[5] = {0.2, 1, 0.5, 0.06, 0.4}, phase[5] = {0},
               kept[4] = {3, 8, 12, 30};
  const lf_lens_options low = {.peak_floor = 0.05}, two = {.max_peaks = 2};
  expect(look(tones(100, 5, bin, amplitude, phase), NULL), 4, kept, 1e-9);
  expect(look(tones(100, 5, bin, amplitude, phase), &low), 5, bin, 1e-9);
  expect(look(tones(100, 5, bin, amplitude, phase), &two), 2, (double[]){8, 12}, 1e-9);
}

/* ---- bands ------------------------------------------------------------------------------------------------------------------- */
static void bands_around_peaks(
    void **state) /* midway between, as wide above the last as below; nothing where nothing is left */
{
  (void)state;
  const double bin[3] = {2, 6, 20}, amplitude[3] = {1, 1, 1}, phase[3] = {0};
  found f = look(tones(100, 3, bin, amplitude, phase), NULL);
  const double want[4] = {0, 4, 13, 27};
  assert_int_equal(f.bands, 3);
  for (size_t b = 0; b <= 3; b++) assert_near(f.edge[b], want[b], 1e-9);
  f = look(tones(100, 1, bin, amplitude, phase), NULL);
  assert_int_equal(f.bands, 1);
  assert_near(f.edge[1], 4, 1e-9);
}

static void bands_go_on_in_octaves(void **state) /* as long as 1 % of the energy lies above */
{
  (void)state;
  found f = look(target("sin(2*pi*x)+0.1*x", 0, 1 - 1.0 / 256, 256, LF_SAMPLING_GRID, 0.3), NULL);
  assert_true(f.bands > 4);
  for (size_t b = 2; b < f.bands; b++) assert_near(f.edge[b], 2 * f.edge[b - 1], 1e-9);
  double x[64], y[64];
  lf_data *data = NULL;
  for (size_t i = 0; i < 64; i++) x[i] = (double)i / 64, y[i] = i == 20; /* a flat spectrum: no peaks */
  assert_ok(lf_data_from(&data, 64, 1, 1, x, y, 0, NULL, NULL));
  f = look(data, NULL);
  assert_int_equal(f.count, 0);
  assert_near(f.edge[1], sqrt(2), 1e-9);
  assert_near(f.edge[2], 2 * sqrt(2), 1e-9);
  assert_near(f.edge[f.bands], 32, 1e-9);
}

static void equal_norms_share_a_band(void **state) /* (3,0) and (0,3) in the plane */
{
  (void)state;
  found f = look(target("sin(6*pi*x1)+sin(6*pi*x2)", 0, 1 - 1.0 / 16, 16, LF_SAMPLING_GRID, 0), NULL);
  assert_int_equal(f.count, 2);
  assert_near(f.xi[0], f.xi[1], 1e-12);
  assert_int_equal(f.bands, 1);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(exact_tones),
      cmocka_unit_test(one_tone_between_bins),
      cmocka_unit_test(dense_given_frequencies),
      cmocka_unit_test(random_tones),
      cmocka_unit_test(published_targets),
      cmocka_unit_test(smooth_spectra),
      cmocka_unit_test(scattered_tones),
      cmocka_unit_test(scattered_neighbours),
      cmocka_unit_test(nothing_stands_out),
      cmocka_unit_test(limits),
      cmocka_unit_test(bands_around_peaks),
      cmocka_unit_test(bands_go_on_in_octaves),
      cmocka_unit_test(equal_norms_share_a_band),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
