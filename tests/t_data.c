/* t_data.c — data from expressions, arrays and files: shapes, held-out sets, splits, remarks, refusals, allocation failures. */
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>
#include "check.h"
#include "data/build.h"
#include "lowfirst/data.h"
#include "lowfirst/files.h"
#include "lowfirst/log.h"
#include "lowfirst/random.h"

static char heard[1024];

static void keep_warning(void *user, lf_log_level level, const char *line)
{
  (void)user;
  if (level == LF_LOG_WARNING) (void)snprintf(heard + strlen(heard), sizeof heard - strlen(heard), "%s\n", line);
}

static int listen(void **state)
{
  (void)state;
  heard[0] = 0;
  lf_log_set(keep_warning, NULL);
  return 0;
}

static int all_is_freed(void **state)
{
  (void)state;
  lf_log_set(NULL, NULL);
  return lf_alloc_live() == 0 ? 0 : -1;
}

static lf_data *target(const char *expression, const lf_data_options *o)
{
  lf_data *data = NULL;
  assert_ok(lf_data_target(&data, expression, o));
  return data;
}

/* ---- expressions --------------------------------------------------------------------------------------------------- */
static void target_on_a_line(void **state)
{
  (void)state;
  lf_data_options o = {0};
  assert_ok(lf_range_parse(&o, "-3.1415:3.1415"));
  lf_data *data = target("sin(x)+sin(3*x)", &o);
  assert_true(data->n == 600 && data->d == 1 && data->c == 1);
  assert_true(data->x[0] == -3.1415 && data->x[599] == 3.1415);
  for (size_t i = 0; i < 600; i++) assert_near(data->y[i], sin(data->x[i]) + sin(3 * data->x[i]), 1e-15);
  assert_true(data->grid.d == 1 && data->grid.count[0] == 600 && data->grid.first[0] == -3.1415);
  assert_null(data->grid.place);
  assert_int_equal(data->n_test, 599); /* midway between the samples */
  for (size_t i = 0; i < 599; i++) assert_near(data->x_test[i], (data->x[i] + data->x[i + 1]) / 2, 1e-15);
  for (size_t i = 0; i < 599; i++) assert_near(data->y_test[i], sin(data->x_test[i]) + sin(3 * data->x_test[i]), 1e-15);
  assert_string_equal(data->x_name[0], "x");
  assert_string_equal(data->y_name[0], "y");
  assert_string_equal(data->source, "sin(x)+sin(3*x)");
  assert_true(data->low[0] == -3.1415 && data->high[0] == 3.1415);
  assert_string_equal(heard, "");
  lf_data_destroy(data);
}

static void target_defaults(void **state)
{
  (void)state;
  lf_data *data = target("x", NULL);
  assert_true(data->n == 600 && data->low[0] == -M_PI && data->high[0] == M_PI);
  lf_data_destroy(data);
  data = target("x1*x2", NULL);
  assert_true(data->n == 4096 && data->n_test == 3969 && data->grid.d == 2);
  assert_string_equal(data->x_name[1], "x2");
  lf_data_destroy(data);
  data = target("x1+x2+x3; x3", NULL);
  assert_true(data->n == 4096 && data->grid.count[2] == 16 && data->c == 2 && data->n_test == 3375);
  assert_string_equal(data->y_name[1], "y2");
  lf_data_destroy(data);
  data = target("x1+x12", NULL); /* 2^12 corners */
  assert_true(data->n == 4096 && data->d == 12 && data->n_test == 0 && data->grid.d == 0);
  lf_data_destroy(data);
  const lf_data_options sobol = {.sampling = LF_SAMPLING_SOBOL};
  data = target("x1+x12", &sobol);
  assert_true(data->n == 4096 && data->grid.d == 0);
  lf_data_destroy(data);
}

static void range_may_add_inputs(void **state)
{
  (void)state;
  lf_data_options o = {0};
  assert_ok(lf_range_parse(&o, "0:1,0:2"));
  assert_ok(lf_points_parse(&o, "3,5"));
  lf_data *data = target("x1", &o);
  assert_true(data->d == 2 && data->n == 15 && data->high[1] == 2);
  assert_true(data->x[28] == 1 && data->x[29] == 2);
  assert_int_equal(data->n_test, 8);
  lf_data_destroy(data);
}

static void single_sample(void **state)
{
  (void)state;
  const lf_data_options o = {.n_points = 1, .points = {1}};
  lf_data *data = target("x", &o);
  assert_true(data->n == 1 && data->x[0] == 0 && data->n_test == 2);
  assert_string_equal(heard, ""); /* one value is not constant yet */
  lf_data_destroy(data);
}

static void scattered_target(void **state)
{
  (void)state;
  lf_data_options o = {.n_points = 1, .points = {100}, .sampling = LF_SAMPLING_UNIFORM, .seed = 9};
  lf_data *a = target("x1-x2", &o), *b = target("x1-x2", &o);
  assert_true(a->n == 100 && a->grid.d == 0 && a->n_test == 100);
  assert_memory_equal(a->x, b->x, 200 * sizeof(double));
  lf_data_destroy(b);
  o.sampling = LF_SAMPLING_SOBOL;
  b = target("x1-x2", &o);
  assert_memory_not_equal(a->x, b->x, 200 * sizeof(double));
  lf_data_destroy(a);
  lf_data_destroy(b);
}

static void noise_is_gaussian_and_stays_in_training(void **state)
{
  (void)state;
  lf_data_options o = {.n_points = 1, .points = {20000}, .noise = 0.5, .seed = 3};
  double mean = 0, square = 0;
  lf_data *data = target("sin(x)", &o);
  for (size_t i = 0; i < data->n; i++) {
    double e = data->y[i] - sin(data->x[i]);
    mean += e / (double)data->n, square += e * e / (double)data->n;
  }
  assert_near(mean, 0, 5 * 0.5 / sqrt(20000)); /* five standard errors */
  assert_near(square, 0.25, 5 * 0.25 * sqrt(2.0 / 20000));
  for (size_t i = 0; i < data->n_test; i++) assert_near(data->y_test[i], sin(data->x_test[i]), 1e-15);
  lf_data_destroy(data);
  o.noise = -1;
  assert_refused(lf_data_target(&data, "x", &o), LF_EARG, "must be 0 or more");
  o.noise = NAN;
  assert_refused(lf_data_target(&data, "x", &o), LF_EARG, "must be 0 or more");
}

static void evaluate_elsewhere(void **state)
{
  (void)state;
  const double x[] = {0.5, 7};
  double y[2];
  lf_data *data = target("x^2", NULL), *arrays = NULL;
  assert_ok(lf_data_evaluate(data, 2, x, y));
  assert_true(y[0] == 0.25 && y[1] == 49);
  lf_data_destroy(data);
  assert_ok(lf_data_from(&arrays, 2, 1, 1, x, y, 0, NULL, NULL));
  assert_refused(lf_data_evaluate(arrays, 2, x, y), LF_EUNSUP, "is no expression");
  lf_data_destroy(arrays);
}

static void target_refusals(void **state)
{
  (void)state;
  lf_data *data = NULL;
  const double big = 1e6;
  lf_data_options o = {.n_range = 3, .low = {0, 0, 0}, .high = {1, 1, 1}};
  assert_refused(lf_data_target(&data, "sin(x", NULL), LF_EARG, "target 'sin(x': position 6: missing parenthesis");
  assert_refused(lf_data_target(&data, "x4", &o), LF_EARG, "3 ranges for 4 inputs");
  o.high[1] = 0;
  assert_refused(lf_data_target(&data, "x1", &o), LF_EARG, "range 0:0: the lower end must lie below");
  o = (lf_data_options){.n_points = 2, .points = {3, 4}};
  assert_refused(lf_data_target(&data, "x", &o), LF_EARG, "2 numbers of points for 1 inputs");
  o.sampling = LF_SAMPLING_SOBOL;
  assert_refused(lf_data_target(&data, "x1+x2", &o), LF_EARG, "sobol samples take one number");
  o = (lf_data_options){.n_points = 1, .points = {0}};
  assert_refused(lf_data_target(&data, "x", &o), LF_EARG, "0 points");
  o.points[0] = (size_t)big;
  assert_refused(lf_data_target(&data, "x1+x2+x3", &o), LF_ENOMEM,
                 "1e+18 samples with 3 inputs and 1 outputs take 3.2e+10 GB");
  assert_refused(lf_data_target(&data, "x20", NULL), LF_EARG, "a grid in 20 dimensions has 2^20 points or more");
  assert_refused(lf_data_target(&data, "1/x", &(lf_data_options){.n_points = 1, .points = {3}}), LF_EMATH,
                 "inf at x = 0");
  o = (lf_data_options){.split = LF_SPLIT_EVERY, .split_value = 2, .test_points = 5};
  assert_refused(lf_data_target(&data, "x", &o), LF_EARG, "give only one");
  assert_refused(
      lf_data_target(&data, "x", &(lf_data_options){.sampling = (lf_sampling)9, .n_points = 1, .points = {3}}), LF_EARG,
      "sampling 9 is not known");
  assert_null(data);
}

/* ---- words --------------------------------------------------------------------------------------------------------- */
static void words_are_parsed(void **state)
{
  (void)state;
  lf_data_options o = {0};
  assert_ok(lf_range_parse(&o, "-pi:pi,max(1,2):3"));
  assert_true(o.n_range == 2 && o.low[0] == -M_PI && o.high[0] == M_PI && o.low[1] == 2 && o.high[1] == 3);
  assert_ok(lf_points_parse(&o, "64,32"));
  assert_true(o.n_points == 2 && o.points[0] == 64 && o.points[1] == 32);
  assert_ok(lf_split_parse(&o, "random:0.2"));
  assert_true(o.split == LF_SPLIT_RANDOM && o.split_value == 0.2);
  assert_ok(lf_split_parse(&o, "pixels:3"));
  assert_true(o.split == LF_SPLIT_PIXELS && o.split_value == 3);
  assert_ok(lf_split_parse(&o, "none"));
  assert_true(o.split == LF_SPLIT_NONE);
  for (int s = LF_SAMPLING_GRID; s <= LF_SAMPLING_SOBOL; s++) {
    lf_sampling back;
    assert_ok(lf_sampling_parse(&back, lf_sampling_name((lf_sampling)s)));
    assert_int_equal(back, s);
  }
}

static void words_are_refused(void **state)
{
  (void)state;
  lf_data_options o = {.n_range = 1, .low = {5}, .high = {6}};
  const lf_data_options before = o;
  lf_sampling s = LF_SAMPLING_GRID;
  assert_refused(lf_sampling_parse(&s, "soboll"), LF_EARG, "'soboll' is not known; the nearest is sobol");
  assert_refused(lf_range_parse(&o, "3"), LF_EARG, "range '3': expected a:b");
  assert_refused(lf_range_parse(&o, "1:2:3"), LF_EARG, "expected a:b");
  assert_refused(lf_range_parse(&o, "3:1"), LF_EARG, "lower end 3 must lie below the upper one 1");
  assert_refused(lf_range_parse(&o, "0:q"), LF_EARG, "range 'q': position 1: 'q' is not known");
  assert_refused(lf_range_parse(&o, ":1"), LF_EARG, "range '': position 1");
  assert_refused(lf_range_parse(&o, "0:1,"), LF_EARG, "range '': expected a:b");
  assert_refused(lf_range_parse(&o, "0:1/0"), LF_EARG, "not a finite number");
  assert_refused(lf_points_parse(&o, "0"), LF_EARG, "points '0': expected a whole number >= 1");
  assert_refused(lf_points_parse(&o, "6x"), LF_EARG, "points '6x'");
  assert_refused(lf_points_parse(&o, "-3"), LF_EARG, "points '-3'");
  assert_refused(lf_points_parse(&o, ""), LF_EARG, "points ''");
  assert_refused(lf_points_parse(&o, "99999999999999999999999"), LF_EARG, "points '9999");
  assert_refused(lf_split_parse(&o, "randm:0.2"), LF_EARG, "'randm' is not known; the nearest is random");
  assert_refused(lf_split_parse(&o, "random:1"), LF_EARG, "a fraction between 0 and 1");
  assert_refused(lf_split_parse(&o, "random"), LF_EARG, "a fraction between 0 and 1");
  assert_refused(lf_split_parse(&o, "every:1"), LF_EARG, "expected every:K with a whole number K >= 2");
  assert_refused(lf_split_parse(&o, "columns"), LF_EARG, "such as columns:2");
  assert_refused(lf_split_parse(&o, "none:2"), LF_EARG, "none takes no value");
  assert_refused(lf_range_parse(&o, "0:1\n"), LF_EARG, "range: a control character does not belong there");
  assert_memory_equal(&o, &before, sizeof o); /* refused means untouched */
}

/* ---- splits -------------------------------------------------------------------------------------------------------- */
static void split_every(void **state)
{
  (void)state;
  lf_data_options o = {.n_points = 1, .points = {10}, .n_range = 1, .low = {0}, .high = {9}};
  assert_ok(lf_split_parse(&o, "every:5"));
  lf_data *data = target("x^2", &o);
  assert_true(data->n == 8 && data->n_test == 2 && data->x_test[0] == 4 && data->x_test[1] == 9 &&
              data->y_test[1] == 81);
  assert_int_equal(data->grid.d, 0);
  lf_data_destroy(data);
}

static void split_random_is_a_partition(void **state)
{
  (void)state;
  lf_data_options o = {.n_points = 1, .points = {100}, .n_range = 1, .low = {0}, .high = {99}, .noise = 1};
  assert_ok(lf_split_parse(&o, "random:0.2"));
  size_t seen[100] = {0};
  lf_data *data = target("2*x", &o);
  assert_true(data->n == 80 && data->n_test == 20);
  for (size_t i = 0; i < 80; i++) seen[(size_t)data->x[i]]++;
  for (size_t i = 0; i < 20; i++) {
    seen[(size_t)data->x_test[i]]++;
    assert_near(data->y_test[i], 2 * data->x_test[i], 0); /* no noise there */
  }
  for (size_t i = 0; i < 100; i++) assert_int_equal(seen[i], 1);
  lf_data_destroy(data);
  o.split_value = 0.001;
  assert_refused(lf_data_target(&data, "x", &o), LF_EARG, "0 of 100 samples would be held out");
  o.split_value = 1.5;
  assert_refused(lf_data_target(&data, "x", &o), LF_EARG, "between 0 and 1");
}

static void split_columns_and_pixels_leave_a_grid(void **state)
{
  (void)state;
  lf_data_options o = {.n_points = 2, .points = {4, 6}, .n_range = 2, .low = {0, 0}, .high = {3, 5}};
  assert_ok(lf_split_parse(&o, "columns:2"));
  lf_data *data = target("x1+10*x2", &o);
  assert_true(data->n == 12 && data->n_test == 12);
  assert_true(data->grid.d == 2 && data->grid.count[0] == 4 && data->grid.count[1] == 3 && data->grid.step[1] == 2);
  for (size_t i = 0; i < data->n_test; i++) assert_true(fmod(data->x_test[2 * i + 1], 2) == 1);
  lf_data_destroy(data);
  assert_ok(lf_split_parse(&o, "pixels:3"));
  data = target("x1+10*x2", &o);
  assert_true(data->n == 4 && data->n_test == 20);
  assert_true(data->grid.d == 2 && data->grid.count[0] == 2 && data->grid.count[1] == 2 && data->grid.step[0] == 3);
  lf_data_destroy(data);
  o = (lf_data_options){.sampling = LF_SAMPLING_UNIFORM, .split = LF_SPLIT_COLUMNS, .split_value = 2};
  assert_refused(lf_data_target(&data, "x1+x2", &o), LF_EARG, "need samples on an even grid");
  o.split_value = 2.5;
  assert_refused(lf_data_target(&data, "x1+x2", &o), LF_EARG, "expected a whole number from 2");
}

/* ---- arrays -------------------------------------------------------------------------------------------------------- */
static void arrays_are_copied(void **state)
{
  (void)state;
  double x[] = {0, 0, 0, 1, 1, 0, 1, 1}, y[] = {1, 2, 3, 4}, x_test[] = {0.5, 0.5}, y_test[] = {2.5};
  lf_data *data = NULL;
  assert_ok(lf_data_from(&data, 4, 2, 1, x, y, 1, x_test, y_test));
  x[0] = y[0] = x_test[0] = y_test[0] = 99;
  assert_true(data->x[0] == 0 && data->y[0] == 1 && data->x_test[0] == 0.5 && data->y_test[0] == 2.5);
  assert_true(data->grid.d == 2 && data->grid.count[0] == 2 && data->low[1] == 0 && data->high[1] == 1);
  assert_null(data->expression);
  lf_data_destroy(data);
  lf_data_destroy(NULL);
}

static void bad_arrays_are_refused(void **state)
{
  (void)state;
  double x[] = {0, 1, 2, 3}, y[] = {1, 2, NAN, 4};
  lf_data *data = NULL;
  assert_refused(lf_data_from(&data, 4, 1, 1, x, y, 0, NULL, NULL), LF_EMATH, "y[2,0] is nan");
  assert_refused(lf_data_from(&data, 2, 2, 2, x, y, 0, NULL, NULL), LF_EMATH, "y[1,0] is nan");
  x[3] = INFINITY;
  assert_refused(lf_data_from(&data, 4, 1, 1, x, x, 0, NULL, NULL), LF_EMATH, "x[3,0] is inf");
  assert_refused(lf_data_from(&data, 3, 1, 1, x, x, 1, x + 3, x), LF_EMATH, "x_test[0,0] is inf");
  assert_refused(lf_data_from(&data, 3, 1, 1, x, NULL, 0, NULL, NULL), LF_EARG, "y is missing");
  assert_refused(lf_data_from(&data, 3, 1, 1, x, x, 1, x, NULL), LF_EARG, "y_test is missing");
  assert_refused(lf_data_from(&data, 0, 1, 1, x, y, 0, NULL, NULL), LF_ESHAPE, "at least one of each");
  assert_refused(lf_data_from(&data, SIZE_MAX / 4, 1, 1, x, y, 0, NULL, NULL), LF_ENOMEM, "GB");
  assert_null(data);
}

static void contradictions_are_remarked_upon(void **state)
{
  (void)state;
  const double x[] = {1, 0, 1, 2, 0, 0, 5}, y[] = {1, 2, 9, 3, 2, 2, 4}; /* two of x = 1 differ; three of x = 0 agree */
  lf_data *data = NULL;
  assert_ok(lf_data_from(&data, 7, 1, 1, x, y, 0, NULL, NULL));
  assert_non_null(strstr(heard, "arrays: 2 samples share their x with another but not their y"));
  lf_data_destroy(data);
}

static void constant_targets_are_remarked_upon(void **state)
{
  (void)state;
  lf_data *data = target("x;3", NULL);
  assert_string_equal(heard, "x;3: y2 is 3 at every sample; there is no frequency to learn but 0\n");
  lf_data_destroy(data);
}

static void described(void **state)
{
  (void)state;
  char text[128];
  lf_data_options o = {.n_range = 1, .low = {-3.1416}, .high = {3.1416}};
  lf_data *data = target("x", &o);
  lf_data_describe(data, text, sizeof text);
  assert_string_equal(text, "600 samples on [-3.14, 3.14], even");
  lf_data_describe(data, text, 8);
  assert_string_equal(text, "600 sam");
  lf_data_destroy(data);
  data = target("x1;x2", &o);
  lf_data_describe(data, text, sizeof text);
  assert_string_equal(text, "64 x 64 samples on [-3.14, 3.14] x [-3.14, 3.14], even, 2 outputs");
  lf_data_destroy(data);
  o.sampling = LF_SAMPLING_SOBOL;
  data = target("x5", &o);
  lf_data_describe(data, text, sizeof text);
  assert_string_equal(text, "4096 samples in 5 dimensions, uneven");
  lf_data_destroy(data);
}

/* ---- files --------------------------------------------------------------------------------------------------------- */
static void write_text(const char *path, const char *text)
{
  FILE *f = fopen(path, "wb");
  assert_non_null(f);
  assert_int_equal(fwrite(text, 1, strlen(text), f), strlen(text));
  assert_int_equal(fclose(f), 0);
}

static void csv_columns(void **state)
{
  (void)state;
  const char *path = "t_data.csv";
  lf_data *data = NULL;
  lf_data_options o = {0};
  write_text(path, "time,left,right\n0,1,10\n0.5,2,20\n1,3,30\n");
  assert_ok(lf_data_read(&data, path, NULL)); /* the last column is y */
  assert_true(data->n == 3 && data->d == 2 && data->c == 1 && data->y[2] == 30 && data->x[3] == 2);
  assert_string_equal(data->x_name[1], "left");
  assert_string_equal(data->y_name[0], "right");
  lf_data_destroy(data);
  o.y_cols = "right,left"; /* in the order asked for */
  assert_ok(lf_data_read(&data, path, &o));
  assert_true(data->d == 1 && data->c == 2 && data->y[0] == 10 && data->y[1] == 1 && data->x[1] == 0.5);
  assert_string_equal(data->y_name[0], "right");
  assert_string_equal(data->source, path);
  assert_true(data->grid.d == 1 && data->high[0] == 1);
  lf_data_destroy(data);
  o.y_cols = "rigt";
  assert_refused(lf_data_read(&data, path, &o), LF_EARG,
                 "t_data.csv: there is no column 'rigt'; the nearest is 'right'");
  o.y_cols = "left,";
  assert_refused(lf_data_read(&data, path, &o), LF_EARG, "there is no column ''");
  o.y_cols = "left,left";
  assert_refused(lf_data_read(&data, path, &o), LF_EARG, "'left' is named twice");
  o.y_cols = "time,left,right";
  assert_refused(lf_data_read(&data, path, &o), LF_EARG, "none is left for an input");
  o = (lf_data_options){.n_points = 1, .points = {3}};
  assert_refused(lf_data_read(&data, path, &o), LF_EARG, "range and points are for target expressions");
  write_text(path, "y\n1\n2\n");
  assert_refused(lf_data_read(&data, path, NULL), LF_ESHAPE, "t_data.csv: 2 rows and 1 columns");
  write_text(path, "x,y\n1,2\n2,abc\n");
  assert_refused(lf_data_read(&data, path, NULL), LF_EFMT, "t_data.csv:3: column y: 'abc'");
  assert_null(data);
  (void)remove(path);
}

static void csv_meshgrid_in_either_order(void **state)
{
  (void)state;
  const char *path = "t_data_mesh.csv";
  lf_data *data = NULL;
  write_text(path, "a,b,y\n0,0,1\n0,1,2\n0,2,3\n1,0,4\n1,1,5\n1,2,6\n");
  assert_ok(lf_data_read(&data, path, NULL));
  assert_true(data->grid.d == 2 && data->grid.count[0] == 2 && data->grid.count[1] == 3 && !data->grid.place);
  lf_data_destroy(data);
  write_text(path, "a,b,y\n0,0,1\n1,0,4\n0,1,2\n1,1,5\n0,2,3\n1,2,6\n");
  assert_ok(lf_data_read(&data, path, NULL));
  assert_true(data->grid.d == 2 && data->grid.count[0] == 2 && data->grid.count[1] == 3);
  for (size_t i = 0; i < 6; i++) assert_near(data->y[i], (double)data->grid.place[i] + 1, 0);
  lf_data_destroy(data);
  (void)remove(path);
}

static void csv_takes_noise_and_split(void **state)
{
  (void)state;
  const char *path = "t_data_split.csv";
  lf_data *data = NULL;
  lf_data_options o = {.noise = 1, .seed = 4, .split = LF_SPLIT_EVERY, .split_value = 3};
  write_text(path, "x,y\n0,0\n1,0\n2,0\n3,0\n4,0\n5,0\n");
  assert_ok(lf_data_read(&data, path, &o));
  assert_true(data->n == 4 && data->n_test == 2 && data->x_test[1] == 5 && data->y_test[1] == 0);
  for (size_t i = 0; i < 4; i++) assert_near(data->y[i], lf_random_normal(4, LF_PURPOSE_NOISE, i), 0);
  lf_data_destroy(data);
  o.split_value = 7;
  assert_refused(lf_data_read(&data, path, &o), LF_EARG, "t_data_split.csv: split: every 7-th of 6 samples");
  (void)remove(path);
}

/* Put `count` numbers as name with shape (rows) or (rows,cols) for cols > 0. */
static void put(lf_npz *npz, const char *name, size_t rows, size_t cols, const double *value)
{
  assert_ok(lf_npz_put_raw(npz, name, LF_F64, cols ? 2 : 1, (const size_t[]){rows, cols}, value));
}

static const double numbers[] = {0, 1, 2, 4, 3, 7};

static void npz_shapes(void **state)
{
  (void)state;
  const char *path = "t_data.npz";
  lf_npz *npz = NULL;
  lf_data *data = NULL;
  assert_ok(lf_npz_create(&npz));
  put(npz, "x", 3, 0, numbers);
  put(npz, "y", 3, 2, numbers);
  assert_ok(lf_npz_write(npz, path));
  assert_ok(lf_data_read(&data, path, NULL));
  assert_true(data->n == 3 && data->d == 1 && data->c == 2 && data->x[2] == 2 && data->y[3] == 4 && data->n_test == 0);
  lf_data_destroy(data);
  put(npz, "x_test", 2, 1, numbers);
  put(npz, "y_test", 2, 2, numbers);
  assert_ok(lf_npz_write(npz, path));
  assert_ok(lf_data_read(&data, path, NULL));
  assert_true(data->n_test == 2 && data->y_test[2] == 2);
  lf_data_destroy(data);
  const lf_data_options o = {.split = LF_SPLIT_EVERY, .split_value = 2};
  assert_refused(lf_data_read(&data, path, &o), LF_EARG,
                 "t_data.npz: split: a held-out set is there already (2 samples)");
  assert_refused(lf_data_read(&data, path, &(lf_data_options){.y_cols = "y"}), LF_EARG, "in a csv file only");
  lf_npz_destroy(npz);
  (void)remove(path);
}

static void refused_npz(lf_npz *npz, lf_status code, const char *words)
{
  const char *path = "t_data_bad.npz";
  lf_data *data = NULL;
  assert_ok(lf_npz_write(npz, path));
  assert_refused(lf_data_read(&data, path, NULL), code, words);
  assert_non_null(strstr(lf_last_error(), "t_data_bad.npz: "));
  assert_null(data);
  (void)remove(path);
}

static void npz_refusals(void **state)
{
  (void)state;
  lf_npz *npz = NULL;
  assert_ok(lf_npz_create(&npz));
  put(npz, "inputs", 3, 0, numbers);
  refused_npz(npz, LF_EFMT, "there is no array 'x'");
  put(npz, "x", 3, 0, numbers);
  refused_npz(npz, LF_EFMT, "there is no array 'y'");
  put(npz, "y", 2, 0, numbers);
  refused_npz(npz, LF_ESHAPE, "x has 3 rows, y has 2");
  put(npz, "y", 0, 0, numbers);
  refused_npz(npz, LF_ESHAPE, "y is empty");
  assert_ok(lf_npz_put_raw(npz, "y", LF_F64, 0, NULL, numbers));
  refused_npz(npz, LF_ESHAPE, "y has 0 dimensions");
  assert_ok(lf_npz_put_raw(npz, "y", LF_C64, 1, (const size_t[]){3}, numbers));
  refused_npz(npz, LF_EARG, "y: ");
  put(npz, "y", 3, 1, (const double[]){1, 2, NAN});
  refused_npz(npz, LF_EMATH, "y[2,0] is nan");
  put(npz, "y", 3, 0, numbers);
  put(npz, "x_test", 2, 0, numbers);
  refused_npz(npz, LF_EFMT, "there is no array 'y_test'");
  put(npz, "y_test", 2, 2, numbers);
  refused_npz(npz, LF_ESHAPE, "x_test and y_test have 1 and 2 columns, x and y have 1 and 1");
  lf_npz_destroy(npz);
}

/* dy in all shapes that say the same, a split that takes its rows along, and noise, which leaves it alone. */
static void npz_slopes(void **state)
{
  (void)state;
  const char *path = "t_data_slopes.npz";
  static const struct {
    size_t n, d, c, ndim, shape[3];
  } fine[] = {{6, 1, 1, 1, {6}},       {6, 1, 1, 2, {6, 1}}, {6, 1, 1, 3, {6, 1, 1}}, {3, 2, 1, 2, {3, 2}},
              {3, 2, 1, 3, {3, 1, 2}}, {3, 1, 2, 2, {3, 2}}, {3, 1, 2, 3, {3, 2, 1}}, {1, 3, 2, 2, {2, 3}},
              {1, 3, 2, 3, {1, 2, 3}}, {2, 3, 1, 2, {2, 3}}};
  for (size_t i = 0; i < sizeof fine / sizeof *fine; i++) {
    lf_npz *npz = NULL;
    lf_data *data = NULL;
    assert_ok(lf_npz_create(&npz));
    put(npz, "x", fine[i].n, fine[i].d, numbers);
    put(npz, "y", fine[i].n, fine[i].c, numbers);
    assert_ok(lf_npz_put_raw(npz, "dy", LF_F64, fine[i].ndim, fine[i].shape, numbers));
    assert_ok(lf_npz_write(npz, path));
    lf_npz_destroy(npz);
    assert_ok(lf_data_read(&data, path, &(lf_data_options){.noise = 1}));
    for (size_t k = 0; k < 6; k++) assert_true(data->dy[k] == numbers[k]);
    assert_ok(lf_data_derive(data)); /* what is there stays */
    assert_true(data->dy[5] == numbers[5]);
    lf_data_destroy(data);
    if (fine[i].n != 3) continue;
    assert_ok(lf_data_read(&data, path, &(lf_data_options){.split = LF_SPLIT_EVERY, .split_value = 2}));
    assert_int_equal(data->n, 2);
    assert_true(data->dy[1] == numbers[1] && data->dy[2] == numbers[4] && data->dy[3] == numbers[5]);
    lf_data_destroy(data);
  }
  (void)remove(path);
}

static void npz_bad_slopes(void **state)
{
  (void)state;
  lf_npz *npz = NULL;
  double many[24] = {0};
  assert_ok(lf_npz_create(&npz));
  put(npz, "x", 3, 2, numbers);
  put(npz, "y", 3, 2, numbers);
  static const size_t shape[][3] = {{3, 4}, {12}, {2, 3, 2}, {3, 2}, {3, 2, 1}};
  static const size_t ndim[] = {2, 1, 3, 2, 3};
  for (size_t i = 0; i < sizeof ndim / sizeof *ndim; i++) {
    assert_ok(lf_npz_put_raw(npz, "dy", LF_F64, ndim[i], shape[i], many));
    refused_npz(npz, LF_ESHAPE, "expected (3,2,2)");
  }
  assert_ok(lf_npz_put_raw(npz, "dy", LF_F64, 2, (const size_t[]){3, 4}, many));
  refused_npz(npz, LF_ESHAPE, "dy has the shape (3,4)");
  assert_ok(lf_npz_put_raw(npz, "dy", LF_C64, 3, (const size_t[]){3, 2, 2}, many));
  refused_npz(npz, LF_EARG, "dy: real numbers");
  many[7] = NAN;
  assert_ok(lf_npz_put_raw(npz, "dy", LF_F64, 3, (const size_t[]){3, 2, 2}, many));
  refused_npz(npz, LF_EMATH, "dy[1,1,1] is nan");
  lf_npz_destroy(npz);
}

/* Expressions are derived where they are asked to be, noise or split or not; other data say what they lack. */
static void slopes_of_a_target(void **state)
{
  (void)state;
  lf_data_options o = {.n_range = 1, .low = {-1}, .high = {1}, .noise = 0.5, .split = LF_SPLIT_EVERY, .split_value = 3};
  lf_data *data = target("sin(2*x1)*x2; x1", &o);
  assert_null(data->dy);
  assert_ok(lf_data_derive(data));
  for (size_t i = 0; i < data->n; i++) {
    const double *x = data->x + 2 * i, *dy = data->dy + 4 * i;
    assert_near(dy[0], 2 * cos(2 * x[0]) * x[1], 1e-10);
    assert_near(dy[1], sin(2 * x[0]), 1e-10);
    assert_near(dy[2], 1, 1e-10);
    assert_near(dy[3], 0, 1e-10);
  }
  lf_data_destroy(data);
  assert_ok(lf_data_from(&data, 3, 1, 1, numbers, numbers, 0, NULL, NULL));
  assert_refused(lf_data_derive(data), LF_EUNSUP, "dy (n,c,d) beside x and y");
  lf_data_destroy(data);
}

static void png_pixels(void **state)
{
  (void)state;
  const char *path = "t_data.png";
  double value[12];
  lf_data *data = NULL;
  for (int i = 0; i < 12; i++) value[i] = i / 255.0; /* exact in 8 bits */
  lf_image image = {.height = 2, .width = 6, .channels = 1, .value = value};
  assert_ok(lf_png_write(path, &image, 8));
  assert_ok(lf_data_read(&data, path, NULL));
  assert_true(data->n == 12 && data->d == 2 && data->c == 1 && !data->grid.place);
  assert_true(data->grid.d == 2 && data->grid.count[0] == 2 && data->grid.count[1] == 6);
  assert_near(data->x[0], 0.25, 0);
  assert_near(data->x[23], 5.5 / 6, 1e-15);
  for (int i = 0; i < 12; i++) assert_near(data->y[i], value[i], 1e-15);
  assert_string_equal(data->y_name[0], "grey");
  lf_data_destroy(data);
  image = (lf_image){.height = 2, .width = 2, .channels = 3, .value = value};
  assert_ok(lf_png_write(path, &image, 8));
  assert_ok(lf_data_read(&data, path, &(lf_data_options){.split = LF_SPLIT_COLUMNS, .split_value = 2}));
  assert_true(data->n == 2 && data->n_test == 2 && data->c == 3);
  assert_string_equal(data->y_name[2], "blue");
  assert_near(data->x_test[1], 0.75, 0);
  assert_near(data->y_test[2], value[5], 1e-15);
  lf_data_destroy(data);
  (void)remove(path);
}

static void file_refusals(void **state)
{
  (void)state;
  lf_data *data = NULL;
  assert_refused(lf_data_read(&data, "a.txt", NULL), LF_EARG, "a.txt: the name must end in .csv, .tsv, .npz or .png");
  assert_refused(lf_data_read(&data, "noending", NULL), LF_EARG, "must end in");
  assert_refused(lf_data_read(&data, "missing.csv", NULL), LF_EIO, "missing.csv");
  assert_refused(lf_data_read(&data, "missing.NPZ", NULL), LF_EIO, "missing.NPZ");
  assert_refused(lf_data_read(&data, "missing.png", NULL), LF_EIO, "missing.png");
}

/* ---- allocation failures ------------------------------------------------------------------------------------------- */
static lf_status make_target(lf_data **data)
{
  lf_data_options o = {.n_points = 1, .points = {8}, .split = LF_SPLIT_RANDOM, .split_value = 0.25, .noise = 1};
  return lf_data_target(data, "x1;x2", &o);
}

static lf_status make_arrays(lf_data **data)
{
  return lf_data_from(data, 3, 2, 1, numbers, numbers, 1, numbers, numbers);
}

static lf_status make_csv(lf_data **data)
{
  return lf_data_read(data, "t_data_fault.csv", &(lf_data_options){.y_cols = "y,z"});
}
static lf_status make_npz(lf_data **data) { return lf_data_read(data, "t_data_fault.npz", NULL); }
static lf_status make_png(lf_data **data) { return lf_data_read(data, "t_data_fault.png", NULL); }

/* The k-th allocation fails, for every k until none does: refused, nothing leaked, nothing handed out. */
static void fail_all(lf_status (*make_data)(lf_data **), long at_least)
{
  long k = 0;
  for (bool done = false; !done; k++) {
    lf_data *data = NULL;
    long before = lf_alloc_live();
    lf_alloc_fail_after(k);
    lf_status st = make_data(&data);
    lf_alloc_fail_after(-1);
    done = st == LF_OK;
    if (!done && st != LF_ENOMEM) fail_msg("allocation %ld: %s: %s", k, lf_status_text(st), lf_last_error());
    if (!done) assert_null(data);
    lf_data_destroy(data);
    assert_int_equal(lf_alloc_live(), before);
  }
  assert_true(k > at_least);
}

static void every_allocation_may_fail(void **state)
{
  (void)state;
  lf_npz *npz = NULL;
  double value[4] = {0, 0.2, 0.4, 1};
  const lf_image image = {.height = 2, .width = 2, .channels = 1, .value = value};
  write_text("t_data_fault.csv", "x,y,z\n0,1,2\n1,2,3\n3,4,5\n");
  assert_ok(lf_npz_create(&npz));
  put(npz, "x", 3, 0, numbers);
  put(npz, "y", 3, 0, numbers);
  put(npz, "dy", 3, 0, numbers);
  put(npz, "x_test", 2, 0, numbers);
  put(npz, "y_test", 2, 0, numbers);
  assert_ok(lf_npz_write(npz, "t_data_fault.npz"));
  lf_npz_destroy(npz);
  assert_ok(lf_png_write("t_data_fault.png", &image, 8));
  fail_all(make_target, 15);
  fail_all(make_arrays, 8);
  fail_all(make_csv, 10);
  fail_all(make_npz, 10);
  fail_all(make_png, 8);
  (void)remove("t_data_fault.csv");
  (void)remove("t_data_fault.npz");
  (void)remove("t_data_fault.png");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, listen, all_is_freed)
  const struct CMUnitTest tests[] = {
      TEST(target_on_a_line),
      TEST(target_defaults),
      TEST(range_may_add_inputs),
      TEST(single_sample),
      TEST(scattered_target),
      TEST(noise_is_gaussian_and_stays_in_training),
      TEST(evaluate_elsewhere),
      TEST(target_refusals),
      TEST(words_are_parsed),
      TEST(words_are_refused),
      TEST(split_every),
      TEST(split_random_is_a_partition),
      TEST(split_columns_and_pixels_leave_a_grid),
      TEST(arrays_are_copied),
      TEST(bad_arrays_are_refused),
      TEST(contradictions_are_remarked_upon),
      TEST(constant_targets_are_remarked_upon),
      TEST(described),
      TEST(csv_columns),
      TEST(csv_meshgrid_in_either_order),
      TEST(csv_takes_noise_and_split),
      TEST(npz_shapes),
      TEST(npz_refusals),
      TEST(npz_slopes),
      TEST(npz_bad_slopes),
      TEST(slopes_of_a_target),
      TEST(png_pixels),
      TEST(file_refusals),
      TEST(every_allocation_may_fail),
  };
#undef TEST
  return cmocka_run_group_tests(tests, NULL, NULL);
}
