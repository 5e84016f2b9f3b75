/* t_run.c — a job from named options: the table, setting and refusing, the record. */
#include <ftw.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>
#include "check.h"
#include "lowfirst/array.h"
#include "lowfirst/files.h"
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
    if (o->fallback) { /* a default is within its own bounds, in the spelling of the record */
      assert_ok(lf_run_set(run, o->name, o->fallback));
      assert_string_equal(lf_run_get(run, o->name), o->fallback);
    }
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
  assert_string_equal(lf_run_get(run, "lr"), "0.001");
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
  assert_ok(lf_run_set(run, "lr", ".5")); /* not as JSON spells numbers */
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
  }
  const struct {
    double value;
    const char *text;
  } spelled[] = {{0.1, "0.1"},     {1e-4, "1e-4"}, {1.5e-12, "1.5e-12"}, {600, "600"}, {10000, "10000"},
                 {-2e-5, "-2e-5"}, {0, "0"}};
  for (size_t i = 0; i < sizeof spelled / sizeof *spelled; i++) {
    lf_shortest(spelled[i].value, text);
    assert_string_equal(text, spelled[i].text);
  }
}

static void write_bytes(const char *path, const char *bytes, size_t count)
{
  FILE *f = fopen(path, "w");
  assert_non_null(f);
  assert_int_equal(fwrite(bytes, 1, count, f), count);
  assert_int_equal(fclose(f), 0);
}

static lf_status config_from(const char *bytes, size_t count, lf_run **run)
{
  write_bytes("config.json", bytes, count);
  assert_ok(lf_run_create(run, LF_COMMAND_TRAIN));
  return lf_run_set_file(*run, "config.json");
}

static void a_record_read_again_is_the_same(void **state)
{
  (void)state;
  const char *const pair[] = {"target", "sin(x)", "lr",   "3e-3", "asi",  "true",
                              "noise",  "0.1",    "seed", "7",    "init", "he,last=zero"};
  lf_run *run = NULL, *again = NULL;
  char *text = NULL, *second = NULL;
  assert_ok(lf_run_create(&run, LF_COMMAND_TRAIN));
  for (size_t i = 0; i < sizeof pair / sizeof *pair; i += 2) assert_ok(lf_run_set(run, pair[i], pair[i + 1]));
  assert_ok(lf_run_set(run, "lens", "dft"));
  assert_ok(lf_run_add(run, "lens", "nudft"));
  assert_ok(lf_run_record(run, &text));
  assert_ok(config_from(text, strlen(text), &again));
  assert_ok(lf_run_record(again, &second));
  assert_string_equal(text, second);
  lf_run_destroy(again);
  size_t length = strlen(text) - 1; /* the line end may go */
  for (size_t cut = 0; cut < length; cut++) {
    assert_int_equal(config_from(text, cut, &again), LF_EFMT);
    assert_non_null(strstr(lf_last_error(), "config.json"));
    lf_run_destroy(again);
  }
  lf_release(second);
  lf_release(text);
  lf_run_destroy(run);
  assert_int_equal(lf_alloc_live(), 0);
}

static void what_is_set_by_hand_goes_first(void **state)
{
  (void)state;
  lf_run *run = NULL;
  static const char file[] =
      "{\"lr\": 0.5, \"steps\": 7, \"stop_loss\": 0.25, \"quiet\": true, \"weights\": null, \"version\": \"9\"}";
  write_bytes("config.json", file, sizeof file - 1);
  assert_ok(lf_run_create(&run, LF_COMMAND_TRAIN));
  assert_ok(lf_run_set(run, "lr", "0.1"));
  assert_ok(lf_run_set_file(run, "config.json"));
  assert_string_equal(lf_run_get(run, "lr"), "0.1");
  assert_string_equal(lf_run_get(run, "steps"), "7");
  assert_string_equal(lf_run_get(run, "stop-loss"), "0.25"); /* _ for - */
  assert_false(lf_run_flag(run, "quiet"));                   /* how to talk is not the file's business */
  assert_null(lf_run_get(run, "weights"));
  lf_run_destroy(run);
  static const struct {
    const char *file;
    lf_status status;
    const char *says;
  } bad[] = {{"{\"lr\": {}}", LF_EFMT, "config.json: lr: a text, a number"},
             {"{\"lr\": 0}", LF_EARG, "config.json: lr: --lr 0: it must be > 0"},
             {"{\"steps\": 1.5}", LF_EARG, "not a whole number"},
             {"{\"fit\": []}", LF_EARG, "not an option of lowfirst train"},
             {"{\"command\": \"measure\"}", LF_EARG, "records a run of lowfirst measure"},
             {"[]", LF_EFMT, "a JSON object"}};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    assert_refused(config_from(bad[i].file, strlen(bad[i].file), &run), bad[i].status, bad[i].says);
    lf_run_destroy(run);
  }
}

/* ---- runs -------------------------------------------------------------------------------------------------------------- */
/* Options as pairs name, value; NULL ends them. */
static lf_status carry_out(lf_command command, const char *const *pair, lf_observer observe, void *user, char **json)
{
  lf_run *run = NULL;
  lf_status st;
  LF_TRY(lf_run_create(&run, command));
  for (; *pair; pair += 2)
    LF_TRY(lf_run_is_default(run, pair[0]) ? lf_run_set(run, pair[0], pair[1]) : lf_run_add(run, pair[0], pair[1]));
  LF_TRY(lf_run_go(run, observe, user));
  LF_TRY(lf_run_json(run, json));
done:
  lf_run_destroy(run);
  return st;
}

#define SMALL                                                                                                       \
  "target", "sin(x)+sin(3*x)", "range", "-pi:pi", "points", "16", "test-points", "4", "net", "1-4-1", "steps", "4", \
      "record", "every:2", "no-report", "true"

static int count_records(void *user, const lf_snapshot *s)
{
  (void)s;
  ++*(int *)user;
  return 0;
}

static void a_run_records_and_tells(void **state)
{
  (void)state;
  const char *const pair[] = {SMALL, "out", "a", NULL};
  char *json = NULL;
  int records = 0;
  assert_ok(carry_out(LF_COMMAND_TRAIN, pair, count_records, &records, &json));
  assert_int_equal(records, 3); /* steps 0, 2, 4 */
  assert_non_null(strstr(json, "\"steps\": 4"));
  assert_non_null(strstr(json, "\"stop\": \"steps\""));
  lf_release(json);
  lf_history *h = NULL;
  assert_ok(lf_history_read(&h, "a"));
  assert_int_equal(lf_history_look(h).r, 3);
  lf_history_destroy(h);
  assert_int_equal(lf_alloc_live(), 0);
}

static void an_estimate_comes_before_the_work(void **state)
{
  (void)state;
  const char *const pair[] = {SMALL, "out", "estimate", NULL};
  lf_run *run = NULL;
  double seconds, bytes;
  char text[256];
  assert_ok(lf_run_create(&run, LF_COMMAND_TRAIN));
  for (const char *const *p = pair; *p; p += 2) assert_ok(lf_run_set(run, p[0], p[1]));
  assert_ok(lf_run_prepare(run));
  assert_int_not_equal(access("estimate", F_OK), 0); /* nothing is written before the work */
  assert_ok(lf_run_estimate(run, &seconds, &bytes));
  assert_true(seconds >= 0 && seconds < 60);
  assert_true(bytes > 1000 && bytes < 1e6); /* 13 parameters, 16 samples */
  lf_run_info info = lf_run_look(run);
  assert_true(info.parameters == 13 && info.seeds == 1 && info.lenses == 1 && info.threads >= 1 && info.step == 0);
  assert_string_equal(lf_run_get(run, "threads"), "1"); /* the record says what was chosen */
  lf_run_describe(run, LF_RUN_TRAIN, text, sizeof text);
  assert_string_equal(text, "adam 1e-4 · full batch · mse · float · 1 thread");
  lf_run_describe(run, LF_RUN_NET, text, sizeof text);
  assert_string_equal(text, "1-4-1 tanh · 13 parameters · weights N(0, 1/width)");
  lf_run_describe(run, LF_RUN_NET, text, 5); /* cut, and ended */
  assert_int_equal(strlen(text), 4);
  lf_run_destroy(run);
  assert_int_equal(lf_alloc_live(), 0);
}

static int end_at_once(void *user, const lf_snapshot *s) { return user || s ? 1 : 0; }

static void an_observer_may_end_it(void **state)
{
  (void)state;
  const char *const pair[] = {SMALL, "out", "b", NULL};
  char *json = NULL;
  assert_ok(carry_out(LF_COMMAND_TRAIN, pair, end_at_once, NULL, &json));
  assert_non_null(strstr(json, "\"steps\": 0"));
  assert_non_null(strstr(json, "\"stop\": \"observer\""));
  lf_release(json);
}

static void order_over_seeds_has_their_median(void **state)
{
  (void)state;
  lf_run *run = NULL;
  lf_run_order o;
  assert_ok(lf_run_create(&run, LF_COMMAND_TRAIN));
  const char *const pair[] = {SMALL, "out", "c", "seeds", "3", "threads", "2", "learned", "100", NULL};
  for (const char *const *p = pair; *p; p += 2) assert_ok(lf_run_set(run, p[0], p[1]));
  assert_ok(lf_run_go(run, NULL, NULL));
  assert_ok(lf_run_order_over_seeds(run, &o)); /* an error of 100 counts as learned: all at step 0 */
  assert_int_equal(o.seeds, 3);
  assert_true(o.peaks >= 2);
  for (size_t k = 0; k < o.peaks; k++) assert_true(o.median[k] == 0 && o.low[k] == 0 && o.high[k] == 0);
  lf_run_order_free(&o);
  assert_non_null(lf_run_history(run, 2, 0));
  assert_null(lf_run_history(run, 3, 0));
  assert_null(lf_run_history(run, 0, 1));
  assert_refused(lf_run_go(run, NULL, NULL), LF_EARG, "carried out already");
  lf_run_destroy(run);
  assert_int_equal(lf_alloc_live(), 0);
}

/* Every allocation on the way fails once: an error each time, nothing lost, and the same run succeeds afterwards. */
static void allocations_may_fail(lf_command command, const char *const *pair)
{
  enum { LIMIT = 20000 };
  for (long k = 0;; k++) {
    char *json = NULL;
    assert_true(k < LIMIT);
    lf_alloc_fail_after(k);
    lf_status st = carry_out(command, pair, NULL, NULL, &json);
    lf_alloc_fail_after(-1);
    lf_release(json);
    assert_int_equal(lf_alloc_live(), 0);
    if (st == LF_OK) break;
    if (st != LF_ENOMEM) fail_msg("allocation %ld: %s", k, lf_last_error());
  }
}

static void train_survives_failing_allocations(void **state)
{
  (void)state;
  const char *const pair[] = {SMALL, "out", "d", "config", "a/run.json", NULL};
  allocations_may_fail(LF_COMMAND_TRAIN, pair);
  const char *const resume[] = {"resume", "d", "no-report", "true", NULL};
  allocations_may_fail(LF_COMMAND_TRAIN, resume);
}

static void measure_survives_failing_allocations(void **state)
{
  (void)state;
  double x[8], y[8];
  for (int i = 0; i < 8; i++) x[i] = i / 8.0, y[i] = sin(6.283185307179586 * x[i]);
  assert_ok(lf_npy_write("x.npy", &(lf_array){.dtype = LF_F64, .ndim = 1, .shape = {8}, .data = x}));
  assert_ok(lf_npy_write("y.npy", &(lf_array){.dtype = LF_F64, .ndim = 1, .shape = {8}, .data = y}));
  const char *const pair[] = {"x",     "x.npy", "y", "y.npy",     "fit",  "x.npy", "fit",
                              "y.npy", "out",   "m", "no-report", "true", NULL};
  allocations_may_fail(LF_COMMAND_MEASURE, pair);
}

static void predict_survives_failing_allocations(void **state)
{
  (void)state;
  const char *const limit[] = {"target", "sin(x)", "points", "12", "net",       "1-3-1", "act", "relu",
                               "steps",  "5",      "out",    "p",  "no-report", "true",  NULL};
  allocations_may_fail(LF_COMMAND_PREDICT, limit);
  const char *const one[] = {"target", "sin(x)", "points", "8", "net",       "1-3-1", "by", "empirical",
                             "times",  "1,2",    "out",    "q", "no-report", "true",  NULL};
  allocations_may_fail(LF_COMMAND_PREDICT, one);
}

/* The runs lie in memory where the system offers that: thousands of files are written, each one waits for its disk. */
static char folder[64];

static int make_folder(void **state)
{
  (void)state;
  (void)snprintf(folder, sizeof folder, "%st_run.XXXXXX", access("/dev/shm", W_OK) == 0 ? "/dev/shm/" : "");
  return mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *where)
{
  (void)info, (void)kind, (void)where;
  return remove(path);
}

static int remove_folder(void **state)
{
  char path[PATH_MAX];
  (void)state;
  return getcwd(path, sizeof path) && chdir("..") == 0 ? nftw(path, remove_one, 8, FTW_DEPTH | FTW_PHYS) : -1;
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_row_is_sound),
      cmocka_unit_test(set_replaces_and_refused_leaves_untouched),
      cmocka_unit_test(many_values_keep_their_order),
      cmocka_unit_test(record_names_every_option),
      cmocka_unit_test(shortest_digits_read_back),
      cmocka_unit_test(a_record_read_again_is_the_same),
      cmocka_unit_test(what_is_set_by_hand_goes_first),
      cmocka_unit_test(a_run_records_and_tells),
      cmocka_unit_test(an_estimate_comes_before_the_work),
      cmocka_unit_test(an_observer_may_end_it),
      cmocka_unit_test(order_over_seeds_has_their_median),
      cmocka_unit_test(train_survives_failing_allocations),
      cmocka_unit_test(measure_survives_failing_allocations),
      cmocka_unit_test(predict_survives_failing_allocations),
  };
  return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
