/* t_search.c — searches (NLopt) in the training loop: known minima are found, the same bits for any number of threads, side by side and
 * across a restore; bad points, ends, refusals. */
#include <float.h>
#include <stdlib.h>
#include "base/pool.h"
#include "check.h"
#include "lowfirst/files.h"
#include "lowfirst/random.h"
#include "lowfirst/train.h"
#include "train/trainer.h"

enum { RULES = LF_OPTIMISER_ESCH - LF_OPTIMISER_LBFGS + 1 };

/* ---- helpers ------------------------------------------------------------------------------------------------------------------ */
static lf_optimiser rule(int i) { return (lf_optimiser)(LF_OPTIMISER_LBFGS + i); }

static lf_data *make_data(size_t n, size_t d)
{
  double *x = NULL, *y = NULL;
  lf_data *data = NULL;
  assert_ok(lf_calloc(&x, n * d, sizeof *x));
  assert_ok(lf_calloc(&y, n, sizeof *y));
  for (size_t i = 0; i < n * d; i++) x[i] = 2 * lf_random_uniform(1, LF_PURPOSE_TEST, i) - 1;
  for (size_t i = 0; i < n; i++) y[i] = sin(3 * x[i * d]);
  assert_ok(lf_data_from(&data, n, d, 1, x, y, 0, NULL, NULL));
  lf_free(x);
  lf_free(y);
  return data;
}

static lf_net *make_net(const char *layers, lf_dtype dtype, uint64_t seed)
{
  lf_model m = lf_model_default();
  lf_net *net = NULL;
  assert_ok(lf_model_layers(&m, layers));
  assert_ok(lf_model_scaling(&m, "ntk"));
  assert_ok(lf_model_complete(&m, m.width[0], 1));
  assert_ok(lf_net_create(&net, &m, dtype, seed));
  return net;
}

static lf_train_options options_of(lf_optimiser o, int64_t steps)
{
  lf_train_options options = lf_train_options_default();
  options.optimiser = o;
  options.steps = steps;
  options.record_every = 10;
  return options;
}

/* A build without NLopt refuses all of this by name; there is nothing else to test then. */
static void needs_nlopt(void)
{
  lf_data *data = make_data(5, 1);
  lf_net *net = make_net("1-2-1", LF_F64, 1);
  lf_train_options o = options_of(LF_OPTIMISER_LBFGS, 0);
  lf_status st = lf_train(net, data, &o, NULL, NULL);
  lf_net_destroy(net);
  lf_data_destroy(data);
  if (st != LF_EUNSUP) return;
  assert_non_null(strstr(lf_last_error(), "install libnlopt-dev"));
  skip();
}

enum { MOST = 128 };
typedef struct record {
  size_t count;
  double loss[MOST], last_time;
  int64_t step[MOST];
  int stop_at; /* the observer asks to stop at this record, -1: never */
} record;

static int keep(void *user, const lf_snapshot *s)
{
  record *r = user;
  assert_in_range(r->count, 0, MOST - 1);
  r->loss[r->count] = s->loss;
  r->step[r->count] = s->step;
  r->last_time = s->time;
  return (int)r->count++ == r->stop_at;
}

/* ---- what they find --------------------------------------------------------------------------------------------------------------- */
/* f = w x + b on four points: least squares has w = 1/2, b = 5/2 and mse = 0; loss - least = 5 (w - 1/2)^2 + (b - 5/2)^2. */
static void a_line_is_found(void **state)
{
  static const double x[4] = {-3, -1, 1, 3}, y[4] = {1, 2, 3, 4};
  static const double tolerance[RULES] = {1e-12, 1e-6, 1e-6, 1e-6, 1e-6, 1e-4, 0.2}; /* esch draws, it does not aim */
  (void)state;
  needs_nlopt();
  for (int i = 0; i < RULES; i++) {
    lf_data *data = NULL;
    lf_model m = lf_model_default();
    lf_net *net = NULL;
    record r = {.stop_at = -1};
    lf_train_options o = options_of(rule(i), 3000);
    o.record_every = 100;
    assert_ok(lf_data_from(&data, 4, 1, 1, x, y, 0, NULL, NULL));
    assert_ok(lf_model_layers(&m, "1-1"));
    assert_ok(lf_model_complete(&m, 1, 1));
    assert_ok(lf_net_create(&net, &m, LF_F64, 3));
    assert_ok(lf_train(net, data, &o, keep, &r));
    const double *p = lf_net_parameters(net);
    if (!(fabs(p[0] - 0.5) <= tolerance[i] && fabs(p[1] - 2.5) <= tolerance[i]))
      fail_msg("%s: %.12g, %.12g", lf_optimiser_name(rule(i)), p[0], p[1]);
    assert_true(isnan(r.last_time));                                              /* a search has no flow time */
    for (size_t k = 1; k < r.count; k++) assert_true(r.loss[k] <= r.loss[k - 1]); /* the best so far */
    lf_net_destroy(net);
    lf_data_destroy(data);
  }
}

/* Global rules stay in their box: with the minimum outside they end at its edge. */
static void a_box_is_kept(void **state)
{
  static const double x[2] = {-1, 1}, y[2] = {9, 11}; /* w = 1, b = 10 */
  (void)state;
  needs_nlopt();
  for (int i = 0; i < 2; i++) {
    lf_data *data = NULL;
    lf_train_options o = options_of(i ? LF_OPTIMISER_ESCH : LF_OPTIMISER_CRS, 2000);
    o.record_every = 1000;
    lf_model m = lf_model_default();
    lf_net *net = NULL;
    o.box = 2;
    assert_ok(lf_data_from(&data, 2, 1, 1, x, y, 0, NULL, NULL));
    assert_ok(lf_model_layers(&m, "1-1"));
    assert_ok(lf_model_init(&m, "zero"));
    assert_ok(lf_model_complete(&m, 1, 1));
    assert_ok(lf_net_create(&net, &m, LF_F64, 3));
    assert_ok(lf_train(net, data, &o, NULL, NULL));
    const double *p = lf_net_parameters(net);
    assert_near(p[1], 2, i ? 0.2 : 0.01);
    assert_true(p[1] <= 2 && fabs(p[0]) <= 2);
    lf_net_destroy(net);
    lf_data_destroy(data);
  }
}

/* ---- bits --------------------------------------------------------------------------------------------------------------------------- */
enum { ROOM = 4 * 8 * 64 };

/* The parameters after 60 steps; with split >= 0 saved at that record, and gone on with by another trainer of another net. */
static void search_bits(lf_optimiser o, lf_dtype dtype, size_t threads, int split, char *p, record *r)
{
  lf_data *data = make_data(700, 2);
  lf_net *net = make_net("2-8-1", dtype, 5);
  lf_train_options options = options_of(o, 60);
  lf_trainer *t = NULL;
  lf_stop why;
  options.threads = threads;
  assert_ok(lf_trainer_create(&t, net, data, &options));
  assert_int_equal(lf_trainer_threads(t), threads);
  if (split >= 0) {
    lf_npz *z = NULL;
    record half = {.stop_at = split};
    assert_ok(lf_trainer_run(t, keep, &half, &why));
    assert_int_equal(why, LF_STOP_OBSERVER);
    assert_ok(lf_npz_create(&z));
    assert_ok(lf_trainer_save(t, z));
    lf_trainer_destroy(t);
    lf_net_destroy(net);
    net = make_net("2-8-1", dtype, 6);
    assert_ok(lf_trainer_create(&t, net, data, &options));
    assert_ok(lf_trainer_restore(t, z));
    assert_int_equal(lf_trainer_step(t), split * 10);
    lf_npz_destroy(z);
  }
  assert_ok(lf_trainer_run(t, keep, r, &why));
  assert_int_equal(why, LF_STOP_STEPS);
  assert_int_equal(lf_trainer_step(t), 60);
  lf_trainer_destroy(t);
  memset(p, 0, ROOM);
  memcpy(p, lf_net_parameters(net), lf_net_count(net) * lf_dtype_size(dtype));
  lf_net_destroy(net);
  lf_data_destroy(data);
}

static void bits_do_not_depend_on_threads_or_restarts(void **state)
{
  static char p[3][ROOM];
  (void)state;
  needs_nlopt();
  for (int i = 0; i < RULES; i++)
    for (int dtype = LF_F32; dtype <= LF_F64; dtype++) {
      record r[3] = {{.stop_at = -1}, {.stop_at = -1}, {.stop_at = -1}};
      search_bits(rule(i), (lf_dtype)dtype, 1, -1, p[0], &r[0]);
      search_bits(rule(i), (lf_dtype)dtype, 3, -1, p[1], &r[1]);
      search_bits(rule(i), (lf_dtype)dtype, 2, 4, p[2], &r[2]);
      assert_memory_equal(p[0], p[1], ROOM);
      assert_memory_equal(p[0], p[2], ROOM);
      assert_int_equal(r[0].count, 7);
      assert_int_equal(r[2].count, 2); /* records 50 and 60: what was shown is not shown again */
      for (size_t k = 0; k < 7; k++) assert_true(r[0].loss[k] == r[1].loss[k]);
      for (size_t k = 0; k < 2; k++) assert_true(r[0].loss[5 + k] == r[2].loss[k]);
      assert_true(r[0].loss[6] <= r[0].loss[0]);
    }
}

typedef struct crowd {
  const lf_data *data;
  lf_optimiser rule;
  double loss[8];
} crowd;

static void one_of_the_crowd(void *user, size_t task, size_t thread)
{
  crowd *c = user;
  lf_train_options o = options_of(c->rule, 400);
  lf_net *net = NULL;
  lf_model m = lf_model_default();
  double loss = NAN, grad[64];
  (void)thread;
  o.seed = 1 + task;
  o.threads = 1;
  if (lf_model_layers(&m, "1-8-1") != LF_OK || lf_model_complete(&m, 1, 1) != LF_OK) return;
  if (lf_net_create(&net, &m, LF_F64, 7) != LF_OK) return; /* the same start for all: only the draws differ */
  if (lf_train(net, c->data, &o, NULL, NULL) == LF_OK && lf_train_gradient(net, c->data, &o, &loss, grad) == LF_OK)
    c->loss[task] = loss;
  lf_net_destroy(net);
}

/* NLopt's generator is seeded once per search and must not be shared by those that run at the same time. */
static void seeds_do_not_meet_in_the_generator(void **state)
{
  static const lf_optimiser draws[] = {LF_OPTIMISER_PRAXIS, LF_OPTIMISER_CRS, LF_OPTIMISER_ESCH};
  (void)state;
  needs_nlopt();
  for (size_t q = 0; q < 3; q++) {
    lf_data *data = make_data(30, 1);
    lf_pool *pool = NULL;
    crowd alone = {.data = data, .rule = draws[q]}, together = alone;
    for (size_t i = 0; i < 8; i++) one_of_the_crowd(&alone, i, 0);
    assert_ok(lf_pool_create(&pool, 4));
    lf_pool_run(pool, 8, one_of_the_crowd, &together);
    lf_pool_destroy(pool);
    for (size_t i = 0; i < 8; i++) {
      assert_true(alone.loss[i] > 0 && alone.loss[i] == together.loss[i]);
      if (i > 0 && draws[q] != LF_OPTIMISER_PRAXIS) assert_true(alone.loss[i] != alone.loss[0]);
    }
    lf_data_destroy(data);
  }
}

/* What is recorded is the loss of the parameters that are left behind, to the bit. */
static void the_record_is_of_the_best(void **state)
{
  (void)state;
  needs_nlopt();
  for (int i = 0; i < RULES; i++) {
    lf_data *data = make_data(40, 1);
    lf_net *net = make_net("1-6-1", LF_F32, 2);
    lf_train_options o = options_of(rule(i), 75);
    lf_trainer *t = NULL;
    record r = {.stop_at = -1}, again = {.stop_at = -1};
    assert_ok(lf_train(net, data, &o, keep, &r));
    assert_int_equal(r.step[r.count - 1], 75);
    o.steps = 0;
    assert_ok(lf_trainer_create(&t, net, data, &o));
    assert_ok(lf_trainer_run(t, keep, &again, NULL));
    assert_true(isnan(lf_train_stable_rate(t, lf_net_parameters(net))));
    assert_true(again.loss[0] == r.loss[r.count - 1]);
    lf_trainer_destroy(t);
    lf_net_destroy(net);
    lf_data_destroy(data);
  }
}

/* ---- ends ------------------------------------------------------------------------------------------------------------------------------ */
static void ends_by_loss_request_slice_and_by_itself(void **state)
{
  (void)state;
  needs_nlopt();
  lf_data *data = make_data(40, 1);
  lf_net *net = make_net("1-6-1", LF_F64, 2);
  lf_train_options o = options_of(LF_OPTIMISER_LBFGS, 100000);
  lf_trainer *t = NULL;
  lf_stop why;
  record r = {.stop_at = -1};
  o.record_every = 0, o.record_count = 0;
  o.stop_loss = 0.05;
  assert_ok(lf_trainer_create(&t, net, data, &o));
  assert_ok(lf_trainer_run(t, keep, &r, &why));
  assert_int_equal(why, LF_STOP_LOSS);
  assert_int_equal(r.count, 2);
  assert_true(r.loss[1] < 0.05 && r.step[1] == lf_trainer_step(t));
  lf_trainer_stop(t);
  assert_ok(lf_trainer_run(t, keep, &r, &why));
  assert_int_equal(why, LF_STOP_REQUEST);
  lf_trainer_destroy(t);

  o.stop_loss = 0;
  o.steps = 300;
  record whole = {.stop_at = -1}, parts = {.stop_at = -1};
  double slice[2] = {0, 1e-4};
  for (int i = 0; i < 2; i++) { /* paused as often as it may be, nothing changes */
    lf_net *fresh = make_net("1-6-1", LF_F64, 2);
    o.slice_s = slice[i];
    assert_ok(lf_trainer_create(&t, fresh, data, &o));
    for (why = LF_STOP_SLICE; why == LF_STOP_SLICE;) assert_ok(lf_trainer_run(t, keep, i ? &parts : &whole, &why));
    assert_int_equal(why, LF_STOP_STEPS);
    lf_trainer_destroy(t);
    lf_net_destroy(fresh);
  }
  assert_int_equal(parts.count, 2);
  assert_true(whole.loss[1] == parts.loss[1]);
  lf_net_destroy(net);
  lf_data_destroy(data);
}

/* A line has one minimum: a search that has come there says so, before its steps are used up. */
static void a_search_converges(void **state)
{
  (void)state;
  needs_nlopt();
  for (int i = 0; i < 5; i++) {
    lf_data *data = make_data(20, 1);
    lf_net *net = make_net("1-1", LF_F64, 2);
    lf_train_options o = options_of(rule(i), 1000000);
    lf_trainer *t = NULL;
    lf_npz *z = NULL;
    lf_stop why;
    record r = {.stop_at = -1};
    o.record_every = 0, o.record_count = 0;
    assert_ok(lf_trainer_create(&t, net, data, &o));
    assert_ok(lf_trainer_run(t, keep, &r, &why));
    assert_int_equal(why, LF_STOP_CONVERGED);
    assert_int_equal(r.count, 2); /* the start, and where it ended */
    assert_int_equal(r.step[1], lf_trainer_step(t));
    assert_ok(lf_trainer_run(t, keep, &r, &why));
    assert_int_equal(why, LF_STOP_CONVERGED);
    assert_int_equal(r.count, 2);
    assert_ok(lf_npz_create(&z)); /* and so it does after a restore */
    assert_ok(lf_trainer_save(t, z));
    assert_ok(lf_trainer_restore(t, z));
    assert_ok(lf_trainer_run(t, keep, &r, &why));
    assert_int_equal(why, LF_STOP_CONVERGED);
    assert_int_equal(r.count, 2);
    lf_npz_destroy(z);
    lf_trainer_destroy(t);
    lf_net_destroy(net);
    lf_data_destroy(data);
  }
}

/* ---- trouble ----------------------------------------------------------------------------------------------------------------------------- */
static void bad_points_are_counted_and_passed_over(void **state)
{
  double x[3] = {1e15, 2e15, 3e15}, y[3] = {1, 2, 3};
  (void)state;
  needs_nlopt();
  lf_data *data = NULL;
  assert_ok(lf_data_from(&data, 3, 1, 1, x, y, 0, NULL, NULL));
  static const lf_optimiser tried[] = {LF_OPTIMISER_LBFGS, LF_OPTIMISER_NEWTON_CG, LF_OPTIMISER_CRS, LF_OPTIMISER_ESCH};
  for (int i = 0; i < 4;
       i++) { /* float overflows at 3.4e38: a step as long as the gradient, or a box of 1e30, lead there */
    lf_net *net = make_net("1-1", LF_F32, 2);
    lf_train_options o = options_of(tried[i], 200);
    lf_trainer *t = NULL;
    record r = {.stop_at = -1};
    o.box = 1e30;
    assert_ok(lf_trainer_create(&t, net, data, &o));
    assert_ok(lf_trainer_run(t, keep, &r, NULL));
    if (lf_trainer_bad_trials(t) == 0) fail_msg("%s met no bad point", lf_optimiser_name(tried[i]));
    assert_true(lf_trainer_bad_trials(t) < 200);
    for (size_t k = 0; k < r.count; k++) assert_true(isfinite(r.loss[k]));
    lf_trainer_destroy(t);
    lf_net_destroy(net);
  }
  lf_data_destroy(data);
}

static void a_bad_start_is_named(void **state)
{
  (void)state;
  needs_nlopt();
  for (int i = 0; i < RULES; i++) {
    lf_data *data = make_data(20, 1);
    lf_net *net = make_net("1-4-1", LF_F64, 2);
    lf_train_options o = options_of(rule(i), 10);
    ((double *)lf_net_parameters(net))[lf_net_count(net) - 1] = NAN;
    assert_refused(lf_train(net, data, &o, NULL, NULL), LF_EMATH, "loss of the initial parameters");
    assert_non_null(strstr(lf_last_error(), "2.bias"));
    lf_net_destroy(net);
    lf_data_destroy(data);
  }
}

static void a_foreign_checkpoint_is_refused(void **state)
{
  (void)state;
  needs_nlopt();
  lf_data *data = make_data(40, 1);
  lf_net *net = make_net("1-6-1", LF_F64, 2);
  lf_train_options o = options_of(LF_OPTIMISER_CRS, 100);
  lf_trainer *t = NULL;
  lf_npz *z = NULL;
  record half = {.stop_at = 5};
  assert_ok(lf_trainer_create(&t, net, data, &o));
  assert_ok(lf_trainer_run(t, keep, &half, NULL));
  ((double *)lf_net_parameters(net))[0] += 1;
  assert_ok(lf_npz_create(&z));
  assert_ok(lf_trainer_save(t, z));
  assert_ok(lf_trainer_restore(t, z));
  assert_refused(lf_trainer_run(t, keep, &half, NULL), LF_ESHAPE, "gone through again");
  lf_npz_destroy(z);
  lf_trainer_destroy(t);
  lf_net_destroy(net);
  lf_data_destroy(data);
}

static void refusals(void **state)
{
  (void)state;
  needs_nlopt();
  lf_data *data = make_data(20, 1);
  lf_net *net = make_net("1-4-1", LF_F32, 1), *wide = make_net("1-200-200-1", LF_F32, 1);
  lf_trainer *t = NULL;
  lf_train_options o = options_of(LF_OPTIMISER_CRS, 10);
  o.batch = 10;
  assert_refused(lf_trainer_create(&t, net, data, &o), LF_EARG, "batch must be 0, got 10");
  o.batch = 0;
  o.weight_decay = 0.1;
  assert_refused(lf_trainer_create(&t, net, data, &o), LF_EARG, "weight_decay must be 0");
  o.weight_decay = 0;
  o.warmup = 5;
  assert_refused(lf_trainer_create(&t, net, data, &o), LF_EARG, "no learning rate");
  o.warmup = 0;
  o.box = 0;
  assert_refused(lf_trainer_create(&t, net, data, &o), LF_EARG, "box");
  o.box = 1;
  assert_refused(lf_trainer_create(&t, wide, data, &o), LF_EARG, "for 40801 trained parameters");
  o.optimiser = LF_OPTIMISER_NEWUOA;
  lf_model one = lf_model_default();
  lf_net *thin = NULL;
  assert_ok(lf_model_layers(&one, "1-1"));
  one.output_bias = false;
  assert_ok(lf_model_complete(&one, 1, 1));
  assert_ok(lf_net_create(&thin, &one, LF_F64, 1));
  assert_refused(lf_trainer_create(&t, thin, data, &o), LF_EARG, "needs 2 or more");
  o.optimiser = LF_OPTIMISER_LBFGS;
  assert_ok(lf_train(thin, data, &o, NULL, NULL));
  assert_false(lf_optimiser_searches(LF_OPTIMISER_RMSPROP));
  lf_net_destroy(thin);
  lf_net_destroy(wide);
  lf_net_destroy(net);
  lf_data_destroy(data);
}

static void every_failed_allocation_is_an_error(void **state)
{
  (void)state;
  needs_nlopt();
  static const lf_optimiser tried[] = {LF_OPTIMISER_LBFGS, LF_OPTIMISER_CRS};
  lf_data *data = make_data(20, 1);
  for (int i = 0; i < 2; i++) {
    lf_net *net = make_net("1-4-1", LF_F64, 1);
    long before = lf_alloc_live(), k = 0;
    for (lf_status st = LF_ENOMEM; st != LF_OK; k++) {
      lf_train_options o = options_of(tried[i], 20);
      lf_alloc_fail_after(k);
      st = lf_train(net, data, &o, NULL, NULL);
      lf_alloc_fail_after(-1);
      assert_true(st == LF_OK || st == LF_ENOMEM);
      assert_int_equal(lf_alloc_live(), before);
    }
    assert_true(k > 20);
    lf_net_destroy(net);
  }
  lf_data_destroy(data);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_line_is_found),
      cmocka_unit_test(a_box_is_kept),
      cmocka_unit_test(bits_do_not_depend_on_threads_or_restarts),
      cmocka_unit_test(seeds_do_not_meet_in_the_generator),
      cmocka_unit_test(the_record_is_of_the_best),
      cmocka_unit_test(ends_by_loss_request_slice_and_by_itself),
      cmocka_unit_test(a_search_converges),
      cmocka_unit_test(bad_points_are_counted_and_passed_over),
      cmocka_unit_test(a_bad_start_is_named),
      cmocka_unit_test(a_foreign_checkpoint_is_refused),
      cmocka_unit_test(refusals),
      cmocka_unit_test(every_failed_allocation_is_an_error),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
