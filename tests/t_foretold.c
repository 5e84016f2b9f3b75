/* t_foretold.c — a history that is a prediction: its exact steps in the order of learning, in files, in comparisons and in words; where a comparison
 * finds the two apart. */
#include <stdlib.h>
#include <unistd.h>
#include "lowfirst/files.h"
#include "lowfirst/report.h"
#include "tones.h"

static const char file[] = "t_foretold.npz";

/* From where on exp(-rate k) < 0.2; the recorded ones are 19, 88 and 448 */
static const int64_t exact[PEAKS] = {17, 81, 403};

static lf_history *history_of(tones *s, const int64_t *foretold)
{
  lf_history *h = NULL;
  assert_ok(tones_history(&h, s, "told", false));
  if (foretold) assert_ok(lf_history_foretell(h, PEAKS, foretold));
  return h;
}

static const char *sentence(const lf_history *h)
{
  static char text[1000];
  lf_report_sentence(h, text, sizeof text);
  return text;
}

/* ---- the record ----------------------------------------------------------------------------------------------------------- */
static void exact_steps_go_before_recorded_ones(void **state)
{
  (void)state;
  tones s;
  lf_order o;
  assert_ok(tones_open(&s, tones_rate, NULL));
  lf_history *h = history_of(&s, NULL);
  assert_null(lf_history_look(h).foretold);
  assert_ok(lf_history_order(h, &o));
  assert_int_equal(o.step[0], 19);
  lf_order_free(&o);
  assert_ok(lf_history_foretell(h, PEAKS, exact));
  assert_ok(lf_history_order(h, &o));
  for (size_t k = 0; k < PEAKS; k++) assert_int_equal(o.step[k], exact[k]);
  assert_near(o.tau, 1, 1e-15);
  lf_order_free(&o);
  /* beyond the record nothing is learned within it; yet theory knows that high came first */
  assert_ok(lf_history_foretell(h, PEAKS, (const int64_t[]){-1, 5000, 40}));
  assert_ok(lf_history_order(h, &o));
  assert_true(o.step[0] == -1 && o.step[1] == -1 && o.step[2] == 40);
  assert_near(o.tau, -1, 1e-15);
  lf_order_free(&o);
  assert_refused(lf_history_foretell(h, 2, exact), LF_ESHAPE, "foretold for 2 peaks, the history looks at 3");
  assert_int_equal(lf_history_look(h).foretold[1], 5000); /* refused means untouched */
  lf_history_destroy(h);
  tones_close(&s);
  assert_int_equal(lf_alloc_live(), 0);
}

static void it_is_kept_in_the_file(void **state)
{
  (void)state;
  tones s;
  lf_npz *z = NULL;
  lf_history *got = NULL;
  assert_ok(tones_open(&s, tones_rate, NULL));
  lf_history *h = history_of(&s, exact);
  assert_ok(lf_history_write(h, file));
  assert_ok(lf_history_read(&got, file));
  for (size_t k = 0; k < PEAKS; k++) assert_int_equal(lf_history_look(got).foretold[k], exact[k]);
  lf_history_destroy(got);
  size_t shape = PEAKS;
  assert_ok(lf_npz_read(&z, file));
  assert_ok(lf_npz_put_raw(z, "foretold", LF_I64, 1, &shape, (const int64_t[]){3, -2, 5}));
  assert_ok(lf_npz_write(z, file));
  assert_refused(lf_history_read(&got, file), LF_EFMT, "array foretold: element 1 is -2, expected a step");
  shape = PEAKS - 1;
  assert_ok(lf_npz_put_raw(z, "foretold", LF_I64, 1, &shape, exact));
  assert_ok(lf_npz_write(z, file));
  assert_refused(lf_history_read(&got, file), LF_EFMT, "array foretold has shape (2), expected (3)");
  lf_npz_destroy(z);
  lf_history_destroy(h);
  tones_close(&s);
  (void)unlink(file);
  assert_int_equal(lf_alloc_live(), 0);
}

static void allocations_may_fail(void **state)
{
  (void)state;
  tones s;
  lf_order o;
  assert_ok(tones_open(&s, tones_rate, NULL));
  lf_history *h = history_of(&s, exact);
  long live = lf_alloc_live();
  for (long at = 0;; at++) {
    lf_alloc_fail_after(at);
    lf_status st = lf_history_foretell(h, PEAKS, exact);
    if (st == LF_OK) st = lf_history_order(h, &o);
    lf_alloc_fail_after(-1);
    if (st == LF_OK) break;
    assert_int_equal(st, LF_ENOMEM);
    assert_int_equal(lf_alloc_live(), live);
  }
  lf_order_free(&o);
  lf_history_destroy(h);
  tones_close(&s);
  assert_int_equal(lf_alloc_live(), 0);
}

/* ---- compared ---------------------------------------------------------------------------------------------------------------- */
static const double slower[PEAKS] = {0.05, 0.01, 0.003};

static void comparisons_ask_theory_beyond_its_record(void **state)
{
  (void)state;
  tones s, t;
  lf_deviation d;
  const int64_t late[PEAKS] = {17, 81, 123456};
  assert_ok(tones_open(&s, tones_rate, NULL));
  assert_ok(tones_open(&t, slower, NULL));
  lf_history *told = history_of(&s, late), *seen = history_of(&t, NULL);
  assert_ok(lf_compare(told, seen, &d));
  for (size_t k = 0; k < PEAKS; k++) assert_int_equal(d.step_a[k], late[k]);
  assert_int_equal(d.step_b[1], 181); /* of training the recorded one: ln 5/0.01 = 161, seen at 181 */
  lf_deviation_free(&d);
  assert_ok(lf_compare(seen, told, &d));
  assert_int_equal(d.step_b[2], late[2]);
  lf_deviation_free(&d);
  lf_history_destroy(told);
  lf_history_destroy(seen);
  tones_close(&s);
  tones_close(&t);
}

/* One peak a band: the errors are exp(-r k), at the same steps in both. */
static void deviations_are_told_over_time(void **state)
{
  (void)state;
  tones s, t;
  lf_deviation d, back;
  assert_ok(tones_open(&s, tones_rate, NULL));
  assert_ok(tones_open(&t, slower, NULL));
  lf_history *a = history_of(&s, NULL), *b = history_of(&t, NULL);
  assert_ok(lf_compare(a, b, &d));
  assert_ok(lf_compare(b, a, &back));
  lf_history_view v = lf_history_look(a);
  assert_int_equal(d.steps, v.r);
  assert_int_equal(d.bands, PEAKS);
  for (size_t i = 0; i < d.steps; i++) {
    assert_int_equal(d.step[i], v.step[i]);
    for (size_t k = 0; k < PEAKS; k++) {
      double apart = exp(-slower[k] * (double)d.step[i]) - exp(-tones_rate[k] * (double)d.step[i]);
      assert_near(d.apart[i * PEAKS + k], apart, 1e-13);
      assert_near(back.apart[i * PEAKS + k], -d.apart[i * PEAKS + k], 0);
    }
  }
  lf_deviation_free(&d);
  lf_deviation_free(&back);
  lf_history_destroy(a);
  lf_history_destroy(b);
  tones_close(&s);
  tones_close(&t);
  assert_int_equal(lf_alloc_live(), 0);
}

/* ---- in words ------------------------------------------------------------------------------------------------------------------ */
static void a_prediction_says_what_will_be(void **state)
{
  (void)state;
  tones s;
  assert_ok(tones_open(&s, tones_rate, NULL));
  lf_history *h = history_of(&s, exact);
  assert_string_equal(
      sentence(h), "By theory, these will be learned: 1 after 17 steps, 3 after 81, 5 after 403 — low first (τ = 1).");
  assert_ok(lf_history_foretell(h, PEAKS, (const int64_t[]){17, 81, 123456}));
  assert_string_equal(sentence(h),
                      "By theory, these will be learned: 1 after 17 steps, 3 after 81, 5 after 123 456 — low first "
                      "(τ = 1); 1 of them beyond the 1 000 steps looked at.");
  assert_ok(lf_history_foretell(h, PEAKS, (const int64_t[]){17, -1, -1}));
  assert_string_equal(
      sentence(h), "By theory, these will be learned: 1 after 17 steps. Not learned: 3 (error <0.01 % at step 1 000), "
                   "5 (error 1.8 % at step 1 000).");
  assert_ok(lf_history_foretell(h, PEAKS, (const int64_t[]){-1, -1, -1}));
  assert_non_null(strstr(sentence(h), "nothing that stands out will be learned. Not learned: 1"));
  assert_null(strstr(sentence(h), "was"));
  lf_history_destroy(h);
  tones_close(&s);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(exact_steps_go_before_recorded_ones),
      cmocka_unit_test(it_is_kept_in_the_file),
      cmocka_unit_test(allocations_may_fail),
      cmocka_unit_test(comparisons_ask_theory_beyond_its_record),
      cmocka_unit_test(deviations_are_told_over_time),
      cmocka_unit_test(a_prediction_says_what_will_be),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
