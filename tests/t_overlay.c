/* t_overlay.c — theory laid over training: it is what predict says, training does not see it, and where it is not exact there is none. */
#include <ftw.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>
#include "check.h"
#include "lowfirst/files.h"
#include "lowfirst/run.h"

#define DATA "target", "sin(x)+sin(3*x)", "range", "-pi:pi", "points", "16", "test-points", "6", "no-report", "true"
#define NET \
  "net", "1-400-1", "asi", "true", "scaling", "inverse-sqrt", "std", "w=4,b=4,a=4", "precision", "f64", "threads", "1"
#define RULE "opt", "gd", "lr", "0.05", "steps", "300", "record", "log:30"

/* Options as pairs name, value; NULL ends them. The first of a name counts, so that a test's own go before the common ones. */
static lf_status make(lf_run **run, lf_command command, const char *const *own, const char *const *common)
{
  lf_status st;
  LF_TRY(lf_run_create(run, command));
  for (const char *const *p = own; p && *p; p += 2) LF_TRY(lf_run_set(*run, p[0], p[1]));
  for (const char *const *p = common; *p; p += 2)
    if (lf_run_is_default(*run, p[0])) LF_TRY(lf_run_set(*run, p[0], p[1]));
done:
  return st;
}

static const char *const common[] = {DATA, NET, RULE, NULL};

static void assert_same_records(const lf_history *a, const lf_history *b)
{
  lf_history_view v = lf_history_look(a), w = lf_history_look(b);
  assert_int_equal(v.r, w.r);
  assert_int_equal(v.m, w.m);
  assert_memory_equal(v.step, w.step, v.r * sizeof *v.step);
  assert_memory_equal(v.loss, w.loss, v.r * sizeof *v.loss);
  assert_memory_equal(v.fit_hat, w.fit_hat, 2 * v.r * v.m * v.c * sizeof *v.fit_hat);
  assert_int_equal(v.foretold == NULL, w.foretold == NULL);
  if (v.foretold) assert_memory_equal(v.foretold, w.foretold, v.peaks * sizeof *v.foretold);
}

static void assert_same_file(const char *a, const char *b)
{
  char *p = NULL, *q = NULL;
  size_t n, m;
  assert_ok(lf_file_read(&p, &n, a, 1 << 20));
  assert_ok(lf_file_read(&q, &m, b, 1 << 20));
  assert_int_equal(n, m);
  assert_memory_equal(p, q, n);
  lf_release(p);
  lf_release(q);
}

/* ---- what it is ------------------------------------------------------------------------------------------------------------ */
static void it_is_what_predict_says(void **state)
{
  (void)state;
  lf_run *run = NULL, *told = NULL;
  lf_history *kept = NULL;
  lf_drift again;
  char text[256];
  assert_ok(make(&run, LF_COMMAND_TRAIN, (const char *const[]){"out", "a", NULL}, common));
  assert_ok(make(&told, LF_COMMAND_PREDICT, (const char *const[]){"out", "b", "by", "empirical", NULL}, common));
  assert_ok(lf_run_prepare(run));
  assert_non_null(lf_run_prediction(run)); /* before the first step */
  assert_int_not_equal(access("a", F_OK), 0);
  assert_true(isnan(lf_run_drift(run).change));
  lf_run_describe(run, LF_RUN_THEORY, text, sizeof text);
  assert_string_equal(text, "tangent kernel of this net at its start · gd step for step");
  assert_ok(lf_run_go(told, NULL, NULL));
  assert_null(lf_run_prediction(told));
  assert_same_records(lf_run_prediction(run), lf_run_history(told, 0, 0));
  assert_ok(lf_run_go(run, NULL, NULL));
  assert_ok(lf_history_read(&kept, "a/theory.npz"));
  assert_same_records(lf_run_prediction(run), kept);

  /* the same steps are recorded; at step 0 the net is what the kernel was made of; then it leaves, but not far */
  lf_history_view theory = lf_history_look(kept), seen = lf_history_look(lf_run_history(run, 0, 0));
  assert_int_equal(theory.r, seen.r);
  assert_memory_equal(theory.step, seen.step, seen.r * sizeof *seen.step);
  assert_near(theory.loss[0], seen.loss[0], 1e-14);
  assert_true(seen.loss[seen.r - 1] < 0.2 * seen.loss[0]);
  assert_near(log(theory.loss[seen.r - 1] / seen.loss[seen.r - 1]), 0, 1);
  lf_drift drift = lf_run_drift(run);
  assert_true(drift.change > 1e-3 && drift.change < 1 && drift.alignment > 0.9 && drift.alignment < 1);
  assert_ok(lf_run_drift_of("a", &again));
  assert_near(again.change, drift.change, 0);
  assert_near(again.alignment, drift.alignment, 0);
  lf_run_describe(run, LF_RUN_THEORY, text, sizeof text);
  assert_non_null(strstr(text, " · the kernel moved by "));
  lf_history_destroy(kept);
  lf_run_destroy(run);
  lf_run_destroy(told);
  assert_int_equal(lf_alloc_live(), 0);
}

static void training_does_not_see_it(void **state)
{
  (void)state;
  static const char *const wish[] = {"on", "off"};
  lf_run *run[2] = {NULL, NULL};
  char *json = NULL;
  for (int i = 0; i < 2; i++) {
    assert_ok(make(&run[i], LF_COMMAND_TRAIN, (const char *const[]){"out", wish[i], "theory", wish[i], NULL}, common));
    assert_ok(lf_run_go(run[i], NULL, NULL));
  }
  assert_same_records(lf_run_history(run[0], 0, 0), lf_run_history(run[1], 0, 0));
  assert_same_file("on/weights.safetensors", "off/weights.safetensors");
  assert_same_file("on/run.json", "off/run.json");
  assert_int_equal(access("on/theory.npz", F_OK), 0);
  assert_int_not_equal(access("off/theory.npz", F_OK), 0);
  assert_ok(lf_run_json(run[0], &json));
  assert_non_null(strstr(json, "\"steps_foretold\": ["));
  assert_non_null(strstr(json, "\"kernel_drift\": 0."));
  lf_release(json);
  assert_ok(lf_run_json(run[1], &json));
  assert_null(strstr(json, "foretold"));
  lf_release(json);
  assert_true(isnan(lf_run_drift(run[1]).change));
  for (int i = 0; i < 2; i++) lf_run_destroy(run[i]);
}

/* A run that goes on has the prediction from its start, not from where it stands. */
static void a_resumed_run_has_the_same(void **state)
{
  (void)state;
  lf_run *run = NULL, *on = NULL;
  assert_ok(make(&run, LF_COMMAND_TRAIN, (const char *const[]){"out", "r", NULL}, common));
  assert_ok(lf_run_go(run, NULL, NULL));
  assert_ok(lf_run_create(&on, LF_COMMAND_TRAIN));
  assert_ok(lf_run_set(on, "resume", "r"));
  assert_ok(lf_run_prepare(on));
  assert_same_records(lf_run_prediction(run), lf_run_prediction(on));
  lf_run_destroy(run);
  lf_run_destroy(on);
}

/* ---- where there is none ------------------------------------------------------------------------------------------------------- */
static void it_is_left_out_where_it_is_not_exact(void **state)
{
  (void)state;
  static const char *const bad[][3] = {
      {"opt", "adam", "the steps of gd, momentum and nesterov alone"},
      {"batch", "4", "without --batch"},
      {"schedule", "cosine", "without --schedule and --warmup"},
      {"warmup", "5", "without --schedule and --warmup"},
      {"weight-decay", "0.1", "no --weight-decay"},
      {"loss", "mae", "--loss mse, half_mse and sse"},
      {"output", "sigmoid", "--output identity"},
      {"seeds", "2", "--seeds trains several"},
      {"lr", "100", "--lr 100: gd grows without end"},
  };
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    const char *const asked[] = {bad[i][0], bad[i][1], "theory", "on", NULL}, *const unasked[] = {bad[i][0], bad[i][1],
                                                                                                  NULL};
    lf_run *run = NULL;
    assert_ok(make(&run, LF_COMMAND_TRAIN, asked, common));
    assert_refused(lf_run_prepare(run), LF_EARG, "--theory on: ");
    assert_non_null(strstr(lf_last_error(), bad[i][2]));
    lf_run_destroy(run);
    assert_ok(make(&run, LF_COMMAND_TRAIN, unasked, common));
    assert_ok(lf_run_prepare(run));
    assert_null(lf_run_prediction(run));
    assert_null(lf_run_told(run));
    char text[256];
    lf_run_describe(run, LF_RUN_THEORY, text, sizeof text);
    if (strcmp(bad[i][0], "lr") == 0)
      assert_non_null(strstr(text, "none: --lr 100: gd grows without end")); /* worth a word: training may do so too */
    else
      assert_string_equal(text, "");
    lf_run_destroy(run);
  }
  assert_int_equal(lf_alloc_live(), 0);
}

static void unasked_it_costs_next_to_nothing(void **state)
{
  (void)state;
  lf_run *run = NULL;
  assert_ok(make(&run, LF_COMMAND_TRAIN, (const char *const[]){"points", "1001", NULL}, common));
  assert_ok(lf_run_prepare(run));
  assert_null(lf_run_prediction(run));
  lf_run_destroy(run);
}

static void drift_needs_a_run_of_train(void **state)
{
  (void)state;
  lf_drift d = {0, 0};
  assert_refused(lf_run_drift_of("nowhere", &d), LF_EIO, "nowhere/run.json");
  assert_true(isnan(d.change));
  assert_refused(lf_run_drift_of("b", &d), LF_EARG, "b/run.json: it records a run of lowfirst predict");
  assert_ok(lf_file_write("r/weights.safetensors", "none", 4));
  assert_refused(lf_run_drift_of("r", &d), LF_EFMT, "r/weights.safetensors");
}

static lf_status whole_life(void)
{
  static const char *const own[] = {"out", "m", "points", "6", "net", "1-3-1", "steps", "3", "lens", "nudft", NULL};
  lf_run *run = NULL;
  char *json = NULL;
  lf_status st;
  LF_TRY(make(&run, LF_COMMAND_TRAIN, own, common));
  LF_TRY(lf_run_go(run, NULL, NULL));
  LF_TRY(lf_run_json(run, &json));
done:
  lf_release(json);
  lf_run_destroy(run);
  return st;
}

static void allocations_may_fail(void **state)
{
  (void)state;
  assert_ok(whole_life());
  for (long at = 0;; at++) {
    lf_alloc_fail_after(at);
    lf_status st = whole_life();
    lf_alloc_fail_after(-1);
    assert_int_equal(lf_alloc_live(), 0);
    if (st == LF_OK) break;
    if (st != LF_ENOMEM) fail_msg("allocation %ld: %s", at, lf_last_error());
  }
}

/* The runs lie in memory where the system offers that: each file waits for its disk. */
static char folder[64];

static int make_folder(void **state)
{
  (void)state;
  (void)snprintf(folder, sizeof folder, "%st_overlay.XXXXXX", access("/dev/shm", W_OK) == 0 ? "/dev/shm/" : "");
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
      cmocka_unit_test(it_is_what_predict_says),
      cmocka_unit_test(training_does_not_see_it),
      cmocka_unit_test(a_resumed_run_has_the_same),
      cmocka_unit_test(it_is_left_out_where_it_is_not_exact),
      cmocka_unit_test(unasked_it_costs_next_to_nothing),
      cmocka_unit_test(drift_needs_a_run_of_train),
      cmocka_unit_test(allocations_may_fail),
  };
  return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
