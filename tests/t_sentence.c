/* t_sentence.c — the sentence for runs that end well, early, or badly; its forecast against the law that the run obeys. */
#include <stdlib.h>
#include "lowfirst/report.h"
#include "tones.h"

enum { ROOM = 2000 };

/* Delta of each peak at a step, chosen by the test; the target is sum_j sin(2 pi xi_j x). */
typedef double (*left_of)(size_t peak, int64_t step);
/* the losses of a step; NULL: 1, and no test loss */
typedef void (*losses_of)(int64_t step, double *loss, double *test);

static lf_history *history_of(left_of left, losses_of losses, int64_t last)
{
  tones s;
  lf_history *h = NULL;
  assert_ok(tones_open(&s, tones_rate, NULL));
  assert_ok(lf_history_create(&h, s.lens, s.data, NULL));
  for (int64_t step = 0; step <= last; step = step < last ? LF_MIN(LF_MAX(step + 1, step * 11 / 10), last) : last + 1) {
    lf_snapshot now = tones_at(&s, 0);
    now.step = step;
    for (size_t i = 0; i < SAMPLES; i++) {
      s.fit[i] = 0;
      for (size_t j = 0; j < PEAKS; j++) s.fit[i] += (1 - left(j, step)) * sin(2 * tones_pi * tones_xi[j] * s.x[i]);
    }
    now.loss = 1;
    if (losses) losses(step, &now.loss, &now.test_loss);
    assert_int_equal(lf_history_record(h, &now), 0);
  }
  tones_close(&s);
  return h;
}

static const char *sentence(lf_history *h)
{
  static char text[ROOM];
  lf_report_sentence(h, text, sizeof text);
  lf_history_destroy(h);
  assert_int_equal(lf_alloc_live(), 0);
  assert_null(strchr(text, '\n'));
  assert_null(strstr(text, "nan"));
  return text;
}

static void assert_says(const char *text, const char *words)
{
  if (!strstr(text, words)) fail_msg("\"%s\" does not say \"%s\"", text, words);
}

static void assert_silent(const char *text, const char *words)
{
  if (strstr(text, words)) fail_msg("\"%s\" says \"%s\"", text, words);
}

/* ---- what was learned ---------------------------------------------------------------------------------------------------------- */
static double good(size_t peak, int64_t step) { return exp(-tones_rate[peak] * (double)step); }
static double backwards(size_t peak, int64_t step) { return exp(-tones_rate[PEAKS - 1 - peak] * (double)step); }

static void all_is_learned(void **state)
{
  (void)state;
  /* steps 10 % apart: recorded first below 0.2 (16.1, 80.5, 402.4) at 17, 86, 414 */
  assert_string_equal(
      sentence(history_of(good, NULL, 2000)),
      "Learned everything the samples carry: 1 after 17 steps, 3 after 86, 5 after 414 — low first (τ = 1).");
  assert_says(sentence(history_of(backwards, NULL, 2000)), "high first (τ = -1)");
}

static void nothing_was_recorded(void **state)
{
  (void)state;
  tones s;
  lf_history *h = NULL;
  assert_ok(tones_open(&s, tones_rate, NULL));
  assert_ok(lf_history_create(&h, s.lens, s.data, NULL));
  tones_close(&s);
  assert_string_equal(sentence(h), "Nothing was recorded.");
}

/* ---- what was not -------------------------------------------------------------------------------------------------------------------- */
/* The number behind words. */
static double number_after(const char *text, const char *words)
{
  assert_says(text, words);
  return strtod(strstr(text, words) + strlen(words), NULL);
}

static void an_exponential_decay_is_foretold(void **state) /* 5 is learned at ln 5/0.004 = 402; the run ends at 200 */
{
  (void)state;
  const char *text = sentence(history_of(good, NULL, 200));
  assert_says(text, "Learned 1 after 17 steps, 3 after 86 — low first (τ = 1). Not learned: 5 (error 45 %).");
  assert_says(text, "Going on as now, 5 takes about 400 steps in all: try --steps ");
  assert_near(number_after(text, "--steps "), 402 * 1.2, 10); /* a margin, rounded up to two digits */
  assert_silent(text, "--features");
}

/* Delta = k^-1/4: below 0.2 from 625 on. */
static double power_law(size_t peak, int64_t step)
{
  return peak < 2 || step == 0 ? good(peak, step) : pow((double)step, -0.25);
}

static void a_power_law_is_foretold(void **state)
{
  (void)state;
  const char *text = sentence(history_of(power_law, NULL, 300));
  assert_says(text, "Going on as now, 5 takes about 630 steps in all");
}

static double stuck(size_t peak, int64_t step) { return peak < 2 ? good(peak, step) : 0.97; }

static void a_peak_that_does_not_move_needs_features(void **state)
{
  (void)state;
  const char *text = sentence(history_of(stuck, NULL, 2000));
  assert_says(text, "Not learned: 5 (error 97 %). 5 has hardly moved since step 1 000.");
  assert_says(text, "--features fourier:gauss:5:128, or multiscale:");
  assert_silent(text, "--steps");
}

static double slow(size_t peak, int64_t step) { return peak < 2 ? good(peak, step) : exp(-2e-5 * (double)step); }

static void a_peak_that_takes_too_long_gets_both(void **state) /* ln 5/2e-5 = 80 472 steps, after 2 000 */
{
  (void)state;
  const char *text = sentence(history_of(slow, NULL, 2000));
  assert_says(text, "At the present pace 5 would take about 80 000 steps in all.");
  assert_says(text, "--features fourier:gauss:5:128");
  assert_silent(text, "--steps");
}

/* By an exponential 8 000 steps, by a power law 130 000, which is beyond anyone's patience; the ripple leaves both as likely. */
static double rippled(size_t peak, int64_t step)
{
  return peak < 2 ? good(peak, step) : exp(-2e-4 * (double)step) * (1 + 0.05 * sin((double)step / 30));
}

/* 5^(1/0.016) = 1e43 steps */
static double creeping(size_t peak, int64_t step)
{
  return peak < 2 || step == 0 ? good(peak, step) : pow((double)step, -0.016);
}

static void wild_numbers_are_not_told(void **state)
{
  (void)state;
  const char *text = sentence(history_of(rippled, NULL, 2000));
  assert_near(number_after(text, "5 takes at least "), 8, 2); /* thousands */
  assert_true(number_after(text, "--steps ") < 13000);
  text = sentence(history_of(creeping, NULL, 2000));
  assert_says(text, "5 has hardly moved since step 1 000.");
  assert_silent(text, "e+");
}

static double nothing(size_t peak, int64_t step)
{
  (void)peak;
  return exp(-1e-4 * (double)step);
}

static void nothing_is_learned(void **state)
{
  (void)state;
  const char *text = sentence(history_of(nothing, NULL, 2000));
  assert_says(text, "Nothing is learned yet after 2 000 steps. Open: 1 (error 82 %), 3 (error 82 %), 5 (error 82 %).");
  assert_says(text, "Going on as now, 1, 3, 5 take about 16 000 steps in all");
}

static double lost(size_t peak, int64_t step) { return peak == 1 && step > 1000 ? 0.5 : good(peak, step); }

static void a_peak_that_was_lost_is_named(void **state)
{
  (void)state;
  assert_says(sentence(history_of(lost, NULL, 2000)), "3 was learned and lost again: a smaller --lr would hold it.");
}

/* ---- what lies between the samples ------------------------------------------------------------------------------------------------------ */
static void overfitting(int64_t step, double *loss, double *test)
{
  *loss = exp(-0.01 * (double)step);
  *test = 0.2 + fabs(log((1 + (double)step) / 101)) / 5; /* lowest at step 100 */
}

static void gap(int64_t step, double *loss, double *test)
{
  *loss = 1e-4;
  *test = step == 0 ? 1 : 0.5;
}

static void both_fall(int64_t step, double *loss, double *test)
{
  *loss = 1e-6;
  *test = step == 0 ? 1 : 1e-3;
}

/* As where the loss is about slopes: the values get worse at the samples as well. */
static double worse(size_t peak, int64_t step)
{
  (void)peak;
  return step <= 100 ? 0.3 : 0.9;
}

static void the_test_loss_is_heard(void **state)
{
  (void)state;
  assert_silent(sentence(history_of(worse, overfitting, 2000)), "held-out");
  const char *text = sentence(history_of(good, overfitting, 2000));
  assert_says(text, "On held-out samples the loss was lowest at step ");
  assert_near(number_after(text, "lowest at step "), 100, 6); /* records are 10 % apart */
  assert_says(text, "(2.1e-01) and is 8.0e-01 now");
  assert_says(sentence(history_of(good, gap, 2000)),
              "Between the samples it is off: test loss 5.0e-01, training loss 1.0e-04.");
  assert_silent(sentence(history_of(good, both_fall, 2000)), "samples it");
  assert_silent(sentence(history_of(good, both_fall, 2000)), "held-out");
}

static void energy_at_the_edge_may_be_folded(void **state)
{
  (void)state;
  tones s;
  lf_history *h = NULL;
  assert_ok(tones_open(&s, tones_rate, NULL));
  for (size_t i = 0; i < SAMPLES; i++) s.y[i] = sin(2 * tones_pi * s.x[i]) + sin(2 * tones_pi * 30 * s.x[i]);
  tones_close(&s);
  assert_ok(lf_data_from(&s.data, SAMPLES, 1, 1, s.x, s.y, 0, NULL, NULL));
  assert_ok(lf_lens_create(&s.lens, s.data, NULL));
  assert_ok(lf_history_create(&h, s.lens, s.data, NULL));
  lf_snapshot now = tones_at(&s, 0);
  now.fit = s.y;
  assert_int_equal(lf_history_record(h, &now), 0);
  tones_close(&s);
  assert_says(sentence(h), "50 % of the target's energy sits at the highest frequencies looked at");
}

/* ---- room and memory ----------------------------------------------------------------------------------------------------------------------- */
static void it_is_cut_between_characters(void **state)
{
  (void)state;
  lf_history *h = history_of(good, NULL, 2000);
  char whole[ROOM], text[ROOM];
  lf_report_sentence(h, whole, sizeof whole);
  for (size_t size = 1; size < sizeof whole && size <= strlen(whole) + 1; size++) {
    memset(text, 'x', sizeof text);
    lf_report_sentence(h, text, size);
    size_t used = strlen(text);
    assert_true(used < size);
    assert_memory_equal(text, whole, used);
    assert_true(((unsigned char)whole[used] & 0xC0) != 0x80);
    assert_true(text[size] == 'x');
  }
  lf_report_sentence(h, NULL, 0);
  lf_history_destroy(h);
}

static void it_speaks_without_memory(void **state)
{
  (void)state;
  lf_history *h = history_of(slow, NULL, 2000);
  char text[ROOM];
  long before = lf_alloc_live();
  for (long k = 0; k < 12; k++) {
    lf_alloc_fail_after(k);
    lf_report_sentence(h, text, sizeof text);
    lf_alloc_fail_after(-1);
    assert_true(strncmp(text, "Learned ", 8) == 0 || strncmp(text, "There was too little memory", 27) == 0);
    assert_int_equal(lf_alloc_live(), before);
  }
  lf_history_destroy(h);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(all_is_learned),
      cmocka_unit_test(nothing_was_recorded),
      cmocka_unit_test(an_exponential_decay_is_foretold),
      cmocka_unit_test(a_power_law_is_foretold),
      cmocka_unit_test(a_peak_that_does_not_move_needs_features),
      cmocka_unit_test(a_peak_that_takes_too_long_gets_both),
      cmocka_unit_test(wild_numbers_are_not_told),
      cmocka_unit_test(nothing_is_learned),
      cmocka_unit_test(a_peak_that_was_lost_is_named),
      cmocka_unit_test(the_test_loss_is_heard),
      cmocka_unit_test(energy_at_the_edge_may_be_folded),
      cmocka_unit_test(it_is_cut_between_characters),
      cmocka_unit_test(it_speaks_without_memory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
