/* t_run.c — a job from named options: the table, setting and refusing, the record. */
#include <stdlib.h>
#include "check.h"
#include "lowfirst/array.h"
#include "lowfirst/run.h"
#include "run/json_text.h"

static void every_row_is_sound(void **state)
{
  (void)state;
  for (size_t i = 0; i < lf_option_count(); i++) {
    const lf_option *o = lf_option_at(i);
    assert_ptr_equal(lf_option_find(o->name), o); /* names are unique */
    assert_true(o->commands != 0 && o->help && o->group);
    assert_true((o->kind == LF_OPTION_FLAG) == (o->argument == NULL));
    assert_true((o->kind == LF_OPTION_WORD) == (o->choices != NULL));
    lf_command c = 0;
    while (!(o->commands >> c & 1u)) c++;
    lf_run *run = NULL;
    assert_ok(lf_run_create(&run, c));
    if (o->fallback) assert_ok(lf_run_set(run, o->name, o->fallback)); /* a default is within its own bounds */
    lf_run_destroy(run);
  }
  assert_null(lf_option_at(lf_option_count()));
  assert_null(lf_option_find("nothing"));
  assert_string_equal(lf_option_find("stop_loss")->name, "stop-loss");
}

static void set_replaces_and_refused_leaves_untouched(void **state)
{
  (void)state;
  lf_run *run = NULL;
  assert_ok(lf_run_create(&run, LF_COMMAND_TRAIN));
  assert_string_equal(lf_run_get(run, "lr"), "1e-4");
  assert_true(lf_run_is_default(run, "lr"));
  assert_ok(lf_run_set(run, "lr", "1e-3"));
  assert_refused(lf_run_set(run, "lr", "0"), LF_EARG, "--lr 0: it must be > 0");
  assert_refused(lf_run_set(run, "lr", "1e999"), LF_EARG, "not a number");
  assert_refused(lf_run_set(run, "batch", "0.5"), LF_EARG, "not a whole number");
  assert_refused(lf_run_add(run, "lr", "1"), LF_EARG, "takes one value");
  assert_refused(lf_run_set(run, "figure", "bands"), LF_EARG, "not an option of lowfirst train");
  assert_refused(lf_run_set(run, "learning_rate", "1"), LF_EARG, "is not known; the nearest is");
  assert_string_equal(lf_run_get(run, "lr"), "1e-3");
  assert_false(lf_run_flag(run, "asi"));
  assert_ok(lf_run_set(run, "asi", "true"));
  assert_true(lf_run_flag(run, "asi"));
  assert_refused(lf_run_set(run, "asi", "yes"), LF_EARG, "either given or not");
  assert_ok(lf_run_set(run, "init", "0=siren:30,last=normal:0.1"));
  assert_refused(lf_run_set(run, "target", ""), LF_EARG, "needs EXPR");
  lf_run_destroy(run);
  assert_int_equal(lf_alloc_live(), 0);
}

static void many_values_keep_their_order(void **state)
{
  (void)state;
  lf_run *run = NULL;
  assert_ok(lf_run_create(&run, LF_COMMAND_MEASURE));
  assert_int_equal(lf_run_values(run, "fit"), 0);
  assert_int_equal(lf_run_values(run, "lens"), 1); /* its default */
  assert_ok(lf_run_set(run, "fit", "a.npy"));
  assert_ok(lf_run_add(run, "fit", "b.npy"));
  assert_int_equal(lf_run_values(run, "fit"), 2);
  assert_string_equal(lf_run_value(run, "fit", 1), "b.npy");
  assert_null(lf_run_value(run, "fit", 2));
  assert_ok(lf_run_set(run, "fit", "c.npy"));
  assert_int_equal(lf_run_values(run, "fit"), 1);
  lf_run_destroy(run);
}

static void record_names_every_option(void **state)
{
  (void)state;
  lf_run *run = NULL;
  char *text = NULL;
  assert_ok(lf_run_create(&run, LF_COMMAND_TRAIN));
  assert_ok(lf_run_set(run, "target", "sin(x) \"quoted\" \\ \n"));
  assert_ok(lf_run_set(run, "lr", ".5")); /* a number, though not as JSON spells them */
  assert_ok(lf_run_record(run, &text));
  for (size_t i = 0; i < lf_option_count(); i++) {
    const lf_option *o = lf_option_at(i);
    char key[64];
    (void)snprintf(key, sizeof key, "\n  \"%s\": ", o->name);
    assert_true((strstr(text, key) != NULL) == (!o->session && (o->commands & 1u << LF_COMMAND_TRAIN)));
  }
  assert_non_null(strstr(text, "\"target\": \"sin(x) \\\"quoted\\\" \\\\ \\u000a\""));
  assert_non_null(strstr(text, "\"lr\": 0.5"));
  assert_non_null(strstr(text, "\"beta1\": 0.9,"));
  assert_non_null(strstr(text, "\"asi\": false"));
  assert_non_null(strstr(text, "\"weights\": null"));
  assert_non_null(strstr(text, "\"lens\": [\"auto\"]"));
  lf_release(text);
  lf_run_destroy(run);
  assert_int_equal(lf_alloc_live(), 0);
}

static void shortest_digits_read_back(void **state)
{
  (void)state;
  const double value[] = {0.1, 1e-4, 1.0 / 3, 1e300, 5e-324, 0.30000000000000004, 123456789, -2.5};
  char text[32];
  for (size_t i = 0; i < sizeof value / sizeof *value; i++) {
    lf_shortest(value[i], text);
    assert_true(strtod(text, NULL) == value[i]);
    assert_true(lf_is_json_number(text));
  }
  lf_shortest(0.1, text);
  assert_string_equal(text, "0.1");
  const char *none[] = {"", "-", ".5", "5.", "01", "1e", "1e+", "nan", "0x1", "1 "};
  for (size_t i = 0; i < sizeof none / sizeof *none; i++) assert_false(lf_is_json_number(none[i]));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_row_is_sound),           cmocka_unit_test(set_replaces_and_refused_leaves_untouched),
      cmocka_unit_test(many_values_keep_their_order), cmocka_unit_test(record_names_every_option),
      cmocka_unit_test(shortest_digits_read_back),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
