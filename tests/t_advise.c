/* t_advise.c — the doctor: pages of data whose content is known, cells, frequencies, held-out residuals against refitting, choices that theory must make, the
 * same advice for any number of threads, refusals, failing allocations. */
#include <stdlib.h>
#include "advise/advise_parts.h"
#include "check.h"
#include "lowfirst/random.h"

static const double turn = 6.283185307179586;

/* ---- helpers ------------------------------------------------------------------------------------------------------------------------- */
static lf_data *samples(size_t n, const double *x, const double *y)
{
  lf_data *data = NULL;
  assert_ok(lf_data_from(&data, n, 1, 1, x, y, 0, NULL, NULL));
  return data;
}

enum { MOST = 256 };

/* cell middles of [0,1], or uniform in it; two tones and noise */
static lf_data *tones(size_t n, bool even, double low, double high, double noise)
{
  double x[MOST], y[MOST];
  for (size_t i = 0; i < n; i++) {
    x[i] = even ? ((double)i + 0.5) / (double)n : lf_random_uniform(5, LF_PURPOSE_TEST, i);
    y[i] = sin(turn * low * x[i]) + 0.5 * cos(turn * high * x[i]) + noise * lf_random_normal(6, LF_PURPOSE_TEST, i);
  }
  return samples(n, x, y);
}

static lf_model net(const char *layers)
{
  lf_model m = lf_model_default();
  assert_ok(lf_model_layers(&m, layers));
  assert_ok(lf_model_activation(&m, "relu"));
  assert_ok(lf_model_complete(&m, m.width[0], 1));
  return m;
}

static lf_train_options adam(int64_t steps)
{
  lf_train_options t = lf_train_options_default();
  t.lr = 1e-3;
  t.steps = steps;
  return t;
}

static lf_advice *advise(const lf_data *data, lf_train_options t, lf_advise_options o)
{
  lf_advice *a = NULL;
  lf_model m = net("1-32-1");
  o.features = 32;
  assert_ok(lf_advise(&a, data, &m, &t, &o));
  return a;
}

/* ---- the page ------------------------------------------------------------------------------------------------------------------------ */
static void page_of_a_grid(void **state)
{
  (void)state;
  lf_data *data = tones(128, true, 3, 20, 0);
  lf_data_page p;
  char words[256];
  assert_ok(lf_data_page_make(&p, data, 0));
  assert_int_equal(p.n, 128);
  assert_near(p.y_size, sqrt(0.5 + 0.125), 1e-12);
  assert_near(p.spacing, 1.0 / 128, 1e-12);
  assert_near(p.xi_safe, 64, 1e-9);
  assert_int_equal(p.groups, 2);
  /* energies 1/2 and 1/8: shares 4/5 and 1/5; a window smears a tone over three bins */
  assert_near(p.group[0].share, 0.8, 1e-6);
  assert_near(p.group[1].share, 0.2, 1e-6);
  assert_near(p.group[0].centre, 3, 1e-6);
  assert_near(p.group[1].centre, 20, 1e-6);
  lf_data_page_words(&p, words, sizeof words);
  assert_non_null(strstr(words, "20 % around 20"));
  assert_non_null(strstr(words, "no noise to be seen"));
  lf_data_destroy(data);
}

/* White noise of 0.3^2 beside 0.625: its share is told within three standard errors of a mean of 64 energies */
static void page_tells_noise(void **state)
{
  (void)state;
  lf_data *data = tones(128, true, 3, 8, 0.3);
  lf_data_page p;
  double share = 0.09 / (0.09 + 0.625);
  assert_ok(lf_data_page_make(&p, data, 0));
  assert_near(p.floor, share, 3 * share / 8 * 1.5);
  assert_true(p.xi_noise > 8 && p.xi_noise < 20);
  lf_data_destroy(data);
}

static void page_of_scattered(void **state)
{
  (void)state;
  lf_data *data = tones(240, false, 3, 20, 0.1);
  lf_data_page p;
  assert_ok(lf_data_page_make(&p, data, 0));
  assert_true(p.groups >= 2);
  double low = 0, high = 0;
  for (size_t g = 0; g < p.groups; g++) {
    if (p.group[g].low <= 3 && p.group[g].high >= 3) low = p.group[g].share;
    if (p.group[g].low <= 20 && p.group[g].high >= 20) high = p.group[g].share;
  }
  assert_near(low, 0.8 * 0.625 / 0.635, 0.08);
  assert_near(high, 0.2 * 0.625 / 0.635, 0.08);
  assert_true(p.floor < 0.1 && p.floor_is_bound);
  lf_data_destroy(data);
}

/* In two dimensions, 400 scattered samples: half of the energy lies at 1.2 times the reach of the low frequencies that are always fitted. Noise alone adds none. */
static void page_looks_beyond_low_frequencies(void **state)
{
  (void)state;
  enum { N = 400 };
  static double x[2 * N], y[N], noise[N];
  lf_data *data = NULL, *nothing = NULL;
  lf_spectrum s = {0}, t = {0};
  lf_data_page p;
  for (size_t i = 0; i < 2 * N; i++) x[i] = lf_random_uniform(7, LF_PURPOSE_TEST, i);
  for (size_t i = 0; i < N; i++) {
    noise[i] = lf_random_normal(8, LF_PURPOSE_TEST, i);
    y[i] = cos(turn * (x[2 * i] + 2 * x[2 * i + 1])) + sin(turn * (5 * x[2 * i] - 6 * x[2 * i + 1])) + 0.1 * noise[i];
  }
  assert_ok(lf_data_from(&data, N, 2, 1, x, y, 0, NULL, NULL));
  assert_ok(lf_data_from(&nothing, N, 2, 1, x, noise, 0, NULL, NULL));
  assert_ok(lf_data_page_make(&p, data, 0));
  assert_int_equal(p.groups, 2);
  assert_near(p.group[0].centre, sqrt(5), 0.3);
  assert_near(p.group[1].centre, sqrt(61), 0.3);
  assert_near(p.group[0].share, 0.5, 0.06);
  assert_near(p.group[1].share, 0.5, 0.06);
  assert_true(p.explained > 0.95);
  assert_ok(lf_spectrum_make(&s, data, N));
  assert_ok(lf_spectrum_make(&t, nothing, N));
  assert_true(s.m > t.m);
  for (size_t k = 0; k < t.m; k++) assert_true(lf_norm(2, t.xi + 2 * k) < 7.5);
  lf_spectrum_free(&s);
  lf_spectrum_free(&t);
  lf_data_destroy(data);
  lf_data_destroy(nothing);
}

static void page_of_repeated_samples(void **state)
{
  (void)state;
  double x[] = {0, 0, 1, 2, 2, 3}, y[] = {1, 3, 0, 5, 5, 2};
  lf_data *data = samples(6, x, y);
  lf_data_page p;
  assert_ok(lf_data_page_make(&p, data, 0));
  assert_int_equal(p.repeated, 4);
  assert_near(p.repeat_noise, 1, 1e-12); /* squares 1 + 1 + 0 + 0 over two degrees of freedom */
  assert_near(p.spacing_low, 1, 0);
  lf_data_destroy(data);
}

/* ---- cells ---------------------------------------------------------------------------------------------------------------------------- */
static void cells_are_single_on_a_grid(void **state)
{
  (void)state;
  lf_data *data = tones(64, true, 3, 5, 0);
  lf_part part;
  lf_cells c;
  assert_ok(lf_part_spread(&part, data, 64));
  assert_ok(lf_cells_make(&c, &part));
  assert_int_equal(c.count, 64);
  assert_int_equal(c.inner, 62); /* the ends would be extrapolated to */
  lf_cells_free(&c);
  lf_part_free(&part);
  lf_data_destroy(data);
}

/* Two clusters and a gap: one sample at a time would be foretold by its neighbours 0.001 away */
static void cells_hold_clusters_together(void **state)
{
  (void)state;
  double x[100], y[100] = {0};
  for (size_t i = 0; i < 90; i++) x[i] = (double)(i % 9) / 8 + 0.001 * (double)i / 90;
  for (size_t i = 90; i < 100; i++) x[i] = lf_random_uniform(2, LF_PURPOSE_TEST, i);
  lf_data *data = samples(100, x, y);
  lf_part part;
  lf_cells c;
  assert_ok(lf_part_spread(&part, data, 100));
  assert_ok(lf_cells_make(&c, &part));
  assert_true(c.count >= 8 && c.count <= 20);
  size_t seen = 0;
  for (size_t k = 0; k < c.count; k++) seen += c.first[k + 1] - c.first[k];
  assert_int_equal(seen, 100);
  lf_cells_free(&c);
  lf_part_free(&part);
  lf_data_destroy(data);
}

/* What the closed form says of a cell is what training without it misses: after no time to speak of, in between, and when all is learned. */
static void held_out_is_refitted(void **state)
{
  (void)state;
  enum { N = 24 };
  static const double time[] = {1e-6, 0.3, 10, 300, 1e4, 1e6};
  lf_data *data = tones(N, false, 1, 3, 0), *less = NULL;
  lf_model m = net("1-16-1");
  lf_kernel *k = NULL;
  lf_prediction *all = NULL, *refit = NULL;
  double share[N], residual[N], x[N], y[N];
  size_t first[] = {0, 3, N}, member[N], out[] = {4, 9, 17}, kept = 0;
  for (size_t i = 0; i < 3; i++) member[i] = out[i];
  for (size_t i = 0; i < N; i++)
    if (i != 4 && i != 9 && i != 17) x[kept] = data->x[i], y[kept] = data->y[i], member[3 + kept] = i, kept++;
  lf_cells cells = {.n = N, .count = 2, .first = first, .member = member};
  assert_ok(lf_kernel_limit(&k, &m, LF_NTK));
  lf_flow_options o = {.gradient_flow = true};
  assert_ok(lf_flow_create(&all, k, data, &o));
  lf_flow_product(all->blas, N, 1, N, all->matrix, data->y, share);
  less = samples(kept, x, y);
  assert_ok(lf_flow_create(&refit, k, less, &o));
  for (size_t t = 0; t < sizeof time / sizeof *time; t++) {
    assert_ok(lf_hold_out(all, &cells, time[t], 1, share, residual));
    for (size_t i = 0; i < 3; i++) {
      double value;
      assert_ok(lf_flow_evaluate(refit, time[t] * (double)kept / N, 1, data->x + out[i], NULL, &value));
      assert_near(residual[out[i]], data->y[out[i]] - value, 1e-4);
    }
  }
  lf_flow_destroy(refit);
  lf_flow_destroy(all);
  lf_kernel_destroy(k);
  lf_data_destroy(less);
  lf_data_destroy(data);
}

/* ---- frequencies --------------------------------------------------------------------------------------------------------------------- */
static void normal_frequencies(void **state)
{
  (void)state;
  enum { N = 4096 };
  static double w[N * 2];
  double scale[] = {3, 0.5}, second[2] = {0}, fourth = 0;
  assert_ok(lf_frequencies_normal(N, 1, scale, w));
  for (size_t i = 0; i < N; i++) {
    assert_true(w[i] > 0);
    second[0] += w[i] * w[i] / N, fourth += pow(w[i], 4) / N;
  }
  assert_near(second[0], 9, 0.02);
  assert_near(fourth, 3 * 81, 3);
  assert_ok(lf_frequencies_normal(N, 2, scale, w));
  second[0] = 0;
  for (size_t i = 0; i < 2 * N; i++) second[i % 2] += w[i] * w[i] / N;
  assert_near(second[0], 9, 0.05);
  assert_near(second[1], 0.25, 0.002);
}

static void matched_frequencies_follow_the_energy(void **state)
{
  (void)state;
  enum { N = 100 };
  lf_data *data = tones(128, true, 3, 20, 0);
  lf_spectrum s;
  double w[N];
  size_t low = 0, high = 0;
  bool found = false;
  assert_ok(lf_spectrum_make(&s, data, 128));
  assert_ok(lf_frequencies_matched(N, &s, 2, w, &found));
  assert_true(found);
  for (size_t i = 0; i < N; i++) low += fabs(w[i] - 3) <= 1.5, high += fabs(w[i] - 20) <= 1.5;
  assert_int_equal(low + high, N);
  assert_true(low >= 79 && low <= 81); /* four fifths */
  lf_spectrum_free(&s);
  lf_data_destroy(data);
}

/* ---- advice --------------------------------------------------------------------------------------------------------------------------- */
static const lf_candidate *best_of(lf_advice_view look, lf_family f)
{
  const lf_candidate *best = NULL;
  for (size_t i = 0; i < look.candidates; i++)
    if (look.candidate[i].family == f && (!best || look.candidate[i].expected < best->expected))
      best = &look.candidate[i];
  return best;
}

/* The plain net cannot learn 20 cycles; features of a few cycles can, much wider ones only interpolate noise of their own. */
static void detail_asks_for_features(void **state)
{
  (void)state;
  lf_data *data = tones(128, true, 2, 20, 0);
  lf_advice *a = advise(data, adam(1000), (lf_advise_options){.theory_only = true, .families = 1u << LF_FAMILY_GAUSS});
  lf_advice_view look = lf_advice_look(a);
  const lf_candidate *best = best_of(look, LF_FAMILY_GAUSS);
  assert_true(look.best > 0 && best == lf_advice_best(a));
  assert_true(best->scale > 2 && best->scale < 25);
  assert_true(best->expected < look.candidate[0].expected / 3);
  assert_near(look.detail_xi, 20, 1);
  assert_true(best->steps > 0 && (look.candidate[0].steps < 0 || best->steps < look.candidate[0].steps / 10));
  assert_true(look.lattice_error < look.random_error); /* evenly spread beats random */
  assert_int_equal(look.trials, 0);
  lf_advice_destroy(a);
  lf_data_destroy(data);
}

/* The best of a scan is that of all its scales, its two neighbours on either side are judged too, and some others are not. */
static void a_scan_misses_nothing(void **state)
{
  (void)state;
  lf_data *data = tones(48, false, 2, 9, 0.05);
  lf_model m = net("1-32-1");
  lf_train_options t = adam(500);
  lf_advise_options o = {.theory_only = true, .families = 1u << LF_FAMILY_GAUSS, .features = 32, .threads = 1};
  lf_case k;
  lf_candidates all = {0};
  lf_advice *a = NULL;
  int64_t *steps = NULL;
  size_t best = 1, found = 0;
  assert_ok(lf_case_make(&k, data, &t, &o));
  assert_ok(lf_candidates_make(&all, &k, &m));
  assert_ok(lf_calloc(&steps, k.bands + 1, sizeof *steps));
  for (size_t i = 1; i < all.count; i++) {
    assert_ok(lf_score(&all.at[i], &k, steps));
    if (all.at[i].expected < all.at[best].expected) best = i;
  }
  assert_ok(lf_advise(&a, data, &m, &t, &o));
  lf_advice_view look = lf_advice_look(a);
  const lf_candidate *chosen = best_of(look, LF_FAMILY_GAUSS);
  assert_true(best > 2 && best + 2 < all.count);
  assert_near(chosen->scale, all.at[best].scale, 0);
  assert_near(chosen->expected, all.at[best].expected, 0);
  for (size_t i = 1; i < look.candidates; i++)
    for (size_t n = best - 2; n <= best + 2; n++) found += look.candidate[i].scale == all.at[n].scale;
  assert_int_equal(found, 5);
  assert_true(look.candidates < all.count - 4);
  lf_advice_destroy(a);
  lf_free(steps);
  lf_candidates_free(&all);
  lf_case_free(&k);
  lf_data_destroy(data);
}

/* The same advice, trial and all, on one thread and on three. */
static void threads_change_nothing(void **state)
{
  (void)state;
  lf_data *data = tones(64, false, 2, 7, 0.05);
  lf_advise_options o = {.budget_s = 0.01, .families = 1u << LF_FAMILY_GAUSS | 1u << LF_FAMILY_ASI, .threads = 1};
  lf_advice *one = advise(data, adam(100), o);
  o.threads = 3;
  lf_advice *three = advise(data, adam(100), o);
  lf_advice_view p = lf_advice_look(one), q = lf_advice_look(three);
  assert_true(p.trials > 0);
  assert_int_equal(p.candidates, q.candidates);
  assert_int_equal(p.best, q.best);
  for (size_t i = 0; i < p.candidates; i++) {
    assert_true(p.candidate[i].expected == q.candidate[i].expected);
    assert_int_equal(p.candidate[i].finalist, q.candidate[i].finalist);
    if (p.candidate[i].finalist) assert_true(p.candidate[i].trial == q.candidate[i].trial);
  }
  lf_advice_destroy(one);
  lf_advice_destroy(three);
  lf_data_destroy(data);
}

static void noise_is_told_from_pattern(void **state)
{
  (void)state;
  double x[96], y[96];
  for (size_t i = 0; i < 96; i++) x[i] = (double)i, y[i] = lf_random_normal(9, LF_PURPOSE_TEST, i);
  lf_data *data = samples(96, x, y);
  lf_advice *a = advise(data, adam(500), (lf_advise_options){.theory_only = true, .families = 1u << LF_FAMILY_GAUSS});
  lf_advice_view look = lf_advice_look(a);
  assert_true(look.hopeless);
  lf_advice_destroy(a);
  lf_data_destroy(data);
}

/* Plain descent of a wide net: bands are learned when they were told to be, within a factor of two. */
static void foretold_steps_are_measured(void **state)
{
  (void)state;
  lf_data *data = tones(48, true, 1, 3, 0);
  lf_model m = lf_model_default();
  lf_train_options t = adam(400);
  lf_advice *a = NULL;
  lf_verified v;
  assert_ok(lf_model_layers(&m, "1-512-1"));
  assert_ok(lf_model_activation(&m, "relu"));
  assert_ok(lf_model_scaling(&m, "ntk"));
  assert_ok(lf_model_features(&m, "fourier:gauss:2:64"));
  assert_ok(lf_model_complete(&m, 1, 1));
  t.optimiser = LF_OPTIMISER_GD, t.lr = 0;
  assert_ok(lf_advise(&a, data, &m, &t, &(lf_advise_options){.theory_only = true, .families = 1u << LF_FAMILY_ASI}));
  assert_ok(lf_advice_verify(a, 0, false, &v));
  lf_advice_view look = lf_advice_look(a);
  size_t compared = 0;
  for (size_t b = 0; b < look.bands; b++) {
    double told = (double)look.given_band[b].step, seen = (double)v.band_step[b];
    if (told < 2 || told > 200) continue;
    assert_true(seen > told / 2 && seen < told * 2);
    compared++;
  }
  assert_true(compared > 0);
  assert_true(isnan(v.error));
  lf_verified_free(&v);
  lf_advice_destroy(a);
  lf_data_destroy(data);
}

/* Sixteen frequencies are no law: which ones are drawn decides when a band is learned. */
static void foretold_steps_know_what_is_drawn(void **state)
{
  (void)state;
  lf_data *data = tones(48, true, 1, 7, 0);
  lf_model m = lf_model_default();
  lf_train_options t = adam(3000);
  lf_advice *a = NULL;
  lf_verified v;
  size_t compared = 0;
  assert_ok(lf_model_layers(&m, "1-512-1"));
  assert_ok(lf_model_activation(&m, "relu"));
  assert_ok(lf_model_scaling(&m, "ntk"));
  assert_ok(lf_model_features(&m, "fourier:gauss:8:16"));
  assert_ok(lf_model_complete(&m, 1, 1));
  t.optimiser = LF_OPTIMISER_GD, t.lr = 0;
  assert_ok(lf_advise(&a, data, &m, &t, &(lf_advise_options){.theory_only = true, .families = 1u << LF_FAMILY_ASI}));
  assert_ok(lf_advice_verify(a, 0, false, &v));
  lf_advice_view look = lf_advice_look(a);
  for (size_t b = 0; b < look.bands; b++) {
    double told = (double)look.given_band[b].step, seen = (double)v.band_step[b];
    assert_true(seen > told / 1.4 && seen < told * 1.4);
    compared++;
  }
  assert_int_equal(compared, 2);
  lf_verified_free(&v);
  lf_advice_destroy(a);
  lf_data_destroy(data);
}

/* ---- the user's rate --------------------------------------------------------------------------------------------------------------- */
static int64_t steps_at(const lf_data *data, lf_loss loss, double lr, double *stable)
{
  lf_train_options t = adam(100);
  t.optimiser = LF_OPTIMISER_GD, t.lr = lr, t.loss = loss;
  lf_advice *a =
      advise(data, t, (lf_advise_options){.theory_only = true, .families = 1u << LF_FAMILY_ASI, .samples = 32});
  int64_t steps = lf_advice_look(a).candidate[0].steps;
  *stable = lf_advice_look(a).candidate[0].rate;
  lf_advice_destroy(a);
  return steps;
}

/* A quarter of the largest stable rate takes twice the steps of half of it; a sum over 96 samples, of which 64 are looked at in the end, has a rate of its own. */
static void steps_are_those_of_the_rate(void **state)
{
  (void)state;
  static const lf_loss loss[] = {LF_LOSS_MSE, LF_LOSS_SSE};
  lf_data *data = tones(96, true, 1, 2, 0);
  for (int l = 0; l < 2; l++) {
    double stable, same, mean;
    int64_t half = steps_at(data, loss[l], 0, &stable), quarter = steps_at(data, loss[l], stable / 4, &same);
    assert_true(half > 10);
    assert_near((double)quarter, 2 * (double)half, 0.02 * (double)quarter);
    (void)steps_at(data, LF_LOSS_MSE, 0, &mean);
    assert_near(stable, loss[l] == LF_LOSS_SSE ? mean / 96 : mean, 1e-12);
  }
  lf_data_destroy(data);
}

/* The best are looked at again on twice as many samples: here all, and errors, rates and steps those of an advice which had them from the beginning.
 * Bands are those of the lens that was made first. */
static void the_best_are_looked_at_again(void **state)
{
  (void)state;
  lf_data *data = tones(120, true, 1, 2, 0);
  lf_train_options t = lf_train_options_default();
  t.optimiser = LF_OPTIMISER_GD;
  t.lr = 0;
  t.steps = 1000;
  lf_advise_options o = {.theory_only = true, .families = 1u << LF_FAMILY_ASI, .samples = 60};
  lf_advice *part = advise(data, t, o);
  o.samples = 30;
  lf_advice *less = advise(data, t, o);
  o.samples = 120;
  lf_advice *all = advise(data, t, o);
  lf_advice_view p = lf_advice_look(part), l = lf_advice_look(less), a = lf_advice_look(all);
  assert_int_equal(p.samples, 120);
  assert_int_equal(l.samples, 60);
  assert_int_equal(a.samples, 120);
  for (size_t i = 0; i < p.candidates; i++) {
    assert_near(p.candidate[i].expected, a.candidate[i].expected, 1e-12);
    assert_near(p.candidate[i].held_out, a.candidate[i].held_out, 1e-12);
  }
  assert_near(p.candidate[0].rate, a.candidate[0].rate, 1e-12);
  assert_true(fabs(l.candidate[0].rate / a.candidate[0].rate - 1) > 1e-6);
  assert_true(lf_advice_samples(part)->n == 120);
  assert_int_equal(p.candidate[0].steps, p.given_band[p.bands - 1].step);
  lf_advice_destroy(part);
  lf_advice_destroy(less);
  lf_advice_destroy(all);
  lf_data_destroy(data);
}

/* In a trial on two thirds of the samples as well: descent on a sum and on a mean are then the same. */
static void a_sum_is_tried_like_a_mean(void **state)
{
  (void)state;
  lf_data *data = tones(96, true, 1, 2, 0);
  double trial[2];
  for (int l = 0; l < 2; l++) {
    lf_train_options t = adam(100);
    t.optimiser = LF_OPTIMISER_GD, t.lr = 0, t.loss = l ? LF_LOSS_SSE : LF_LOSS_MSE;
    lf_advice *a = advise(
        data, t, (lf_advise_options){.budget_s = 0.01, .families = 1u << LF_FAMILY_ASI, .samples = 64, .threads = 1});
    trial[l] = lf_advice_look(a).candidate[0].trial;
    lf_advice_destroy(a);
  }
  assert_near(trial[1] / trial[0], 1, 1e-3);
  lf_data_destroy(data);
}

/* ---- the net in hand ---------------------------------------------------------------------------------------------------------------- */
static lf_data *two_outputs(bool even)
{
  enum { N = 40 };
  double x[N], y[2 * N];
  lf_data *data = NULL;
  for (size_t i = 0; i < N; i++) {
    x[i] = even ? ((double)i + 0.5) / N : lf_random_uniform(3, LF_PURPOSE_TEST, i);
    y[2 * i] = sin(turn * x[i]), y[2 * i + 1] = 0.5 * cos(turn * 2 * x[i]);
  }
  assert_ok(lf_data_from(&data, N, 1, 2, x, y, 0, NULL, NULL));
  return data;
}

/* A wide net's own kernel is nearly the limit: errors agree, on grids and on scattered samples, though its matrix has a row per output. Steps are those of this net. */
static void a_wide_net_in_hand_is_like_its_law(void **state)
{
  (void)state;
  for (int even = 0; even < 2; even++) {
    lf_data *data = two_outputs(even);
    lf_model m = lf_model_default();
    lf_train_options t = adam(300);
    lf_advise_options o = {.families = 1u << LF_FAMILY_ASI, .budget_s = 1e-3, .threads = 1};
    lf_advice *law = NULL, *own = NULL;
    assert_ok(lf_model_layers(&m, "1-400-2"));
    assert_ok(lf_model_activation(&m, "relu"));
    assert_ok(lf_model_scaling(&m, "ntk"));
    assert_ok(lf_model_complete(&m, 1, 2));
    t.optimiser = LF_OPTIMISER_GD, t.lr = 0;
    assert_ok(lf_net_create(&o.net, &m, LF_F64, 11));
    assert_ok(lf_advise(&own, data, &m, &t, &o));
    lf_net *net = o.net;
    o.net = NULL, o.seed = 11;
    assert_ok(lf_advise(&law, data, &m, &t, &o));
    const lf_candidate *p = lf_advice_look(law).candidate, *q = lf_advice_look(own).candidate;
    assert_near(q->expected / p->expected, 1, 0.15);
    assert_near(q->rate / p->rate, 1, 0.15);
    assert_near(q->trial / p->trial, 1, 0.3);
    lf_advice_destroy(law);
    lf_advice_destroy(own);
    lf_net_destroy(net);
    lf_data_destroy(data);
  }
}

/* What has learned the target already has little to learn, whatever its law says. */
static void a_trained_net_in_hand_knows(void **state)
{
  (void)state;
  for (int even = 0; even < 2; even++) {
    lf_data *data = tones(64, even, 1, 2, 0);
    lf_model m = net("1-48-1");
    lf_train_options t = adam(3000), few = adam(20);
    lf_advise_options o = {.families = 1u << LF_FAMILY_ASI, .budget_s = 1e-3, .threads = 1};
    lf_advice *law = NULL, *own = NULL;
    t.lr = 5e-3;
    assert_ok(lf_advise(&law, data, &m, &few, &o));
    assert_ok(lf_net_create(&o.net, &m, LF_F32, 2));
    assert_ok(lf_train(o.net, data, &t, NULL, NULL));
    assert_ok(lf_advise(&own, data, &m, &few, &o));
    lf_advice_view p = lf_advice_look(law), q = lf_advice_look(own);
    assert_true(q.candidate[0].expected < 0.2 && p.candidate[0].expected > 0.5);
    assert_true(q.candidate[0].trial < 0.2 && p.candidate[0].trial > 0.5);
    assert_int_equal(q.best, 0);
    for (size_t b = 0; b < q.bands; b++) assert_int_equal(q.given_band[b].step, 0);
    lf_advice_destroy(law);
    lf_advice_destroy(own);
    lf_net_destroy(o.net);
    lf_data_destroy(data);
  }
}

static void nothing_to_advise(void **state)
{
  (void)state;
  double x[] = {0, 1, 2, 3}, same[] = {2, 2, 2, 2}, y[] = {0, 1};
  lf_data *constant = samples(4, x, same), *two = samples(2, x, y);
  lf_advice *a = advise(constant, adam(10), (lf_advise_options){0});
  assert_int_equal(lf_advice_look(a).candidates, 0);
  assert_null(lf_advice_best(a));
  assert_true(lf_advice_look(a).page->y_size == 0);
  lf_advice_destroy(a);
  a = advise(two, adam(10), (lf_advise_options){0});
  assert_null(lf_advice_best(a));
  lf_advice_destroy(a);
  lf_data_destroy(constant);
  lf_data_destroy(two);
}

static void refusals(void **state)
{
  (void)state;
  lf_data *data = tones(32, true, 1, 3, 0);
  lf_model m = net("1-8-1"), wide = net("2-8-1");
  lf_train_options t = adam(10);
  lf_advice *a = NULL;
  lf_family f;
  assert_refused(lf_advise(&a, data, &wide, &t, NULL), LF_EARG, "not completed for data of 1 inputs");
  m.output = LF_OUTPUT_SIGMOID;
  assert_refused(lf_advise(&a, data, &m, &t, NULL), LF_EARG, "identity");
  m.output = LF_OUTPUT_IDENTITY;
  t.loss = LF_LOSS_MAE;
  assert_refused(lf_advise(&a, data, &m, &t, NULL), LF_EARG, "theory is exact for");
  t.loss = LF_LOSS_MSE, t.steps = 0;
  assert_refused(lf_advise(&a, data, &m, &t, NULL), LF_EARG, "one step at least");
  t.steps = 10;
  assert_refused(lf_advise(&a, data, &m, &t, &(lf_advise_options){.budget_s = -1}), LF_EARG, "budget");
  t.optimiser = LF_OPTIMISER_GD, t.lr = 1e6;
  assert_refused(lf_advise(&a, data, &m, &t, &(lf_advise_options){.families = 1u << LF_FAMILY_ASI}), LF_EARG,
                 "lr 1e+06: gd grows without end; the largest stable rate of the given model is");
  lf_net *other = NULL;
  t = adam(10);
  assert_ok(lf_net_create(&other, &wide, LF_F32, 0));
  assert_refused(lf_advise(&a, data, &m, &t, &(lf_advise_options){.net = other}), LF_ESHAPE, "net in hand");
  lf_net_destroy(other);
  assert_null(a);
  assert_refused(lf_family_parse(&f, "fourier:gaus"), LF_EARG, "nearest is fourier:gauss");
  assert_ok(lf_family_parse(&f, "siren"));
  assert_int_equal(f, LF_FAMILY_SIREN);
  lf_data_destroy(data);
}

/* Whatever allocation fails, nothing is left behind and the answer is LF_ENOMEM. */
static void memory_failure(void **state)
{
  (void)state;
  lf_data *data = tones(16, true, 1, 3, 0);
  lf_model m = net("1-4-1");
  lf_train_options t = adam(5);
  lf_advise_options o = {.budget_s = 0.001, .families = 1u << LF_FAMILY_ASI, .features = 4, .threads = 1, .samples = 8};
  assert_ok(lf_net_create(&o.net, &m, LF_F32, 0));
  long live = lf_alloc_live();
  lf_status st = LF_ENOMEM;
  for (long n = 0; st != LF_OK; n += 1 + n / 16) { /* all of the first, some of the many later ones */
    lf_advice *a = NULL;
    lf_alloc_fail_after(n);
    st = lf_advise(&a, data, &m, &t, &o);
    lf_alloc_fail_after(-1);
    lf_advice_destroy(a);
    if (st != LF_OK) assert_int_equal(st, LF_ENOMEM);
    assert_int_equal(lf_alloc_live(), live);
  }
  lf_net_destroy(o.net);
  lf_data_destroy(data);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(page_of_a_grid),
      cmocka_unit_test(page_tells_noise),
      cmocka_unit_test(page_of_scattered),
      cmocka_unit_test(page_looks_beyond_low_frequencies),
      cmocka_unit_test(page_of_repeated_samples),
      cmocka_unit_test(cells_are_single_on_a_grid),
      cmocka_unit_test(cells_hold_clusters_together),
      cmocka_unit_test(held_out_is_refitted),
      cmocka_unit_test(normal_frequencies),
      cmocka_unit_test(matched_frequencies_follow_the_energy),
      cmocka_unit_test(detail_asks_for_features),
      cmocka_unit_test(a_scan_misses_nothing),
      cmocka_unit_test(threads_change_nothing),
      cmocka_unit_test(noise_is_told_from_pattern),
      cmocka_unit_test(foretold_steps_are_measured),
      cmocka_unit_test(foretold_steps_know_what_is_drawn),
      cmocka_unit_test(steps_are_those_of_the_rate),
      cmocka_unit_test(the_best_are_looked_at_again),
      cmocka_unit_test(a_sum_is_tried_like_a_mean),
      cmocka_unit_test(a_wide_net_in_hand_is_like_its_law),
      cmocka_unit_test(a_trained_net_in_hand_knows),
      cmocka_unit_test(nothing_to_advise),
      cmocka_unit_test(refusals),
      cmocka_unit_test(memory_failure),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
