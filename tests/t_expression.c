/* t_expression.c — formulas: values, precedence, several outputs, messages, threads, allocation failures. */
#include <pthread.h>
#include <stdbool.h>
#include "check.h"
#include "data/expression.h"

static double value(const char *text, double x)
{
  lf_expression *e = NULL;
  double y = NAN;
  assert_ok(lf_expression_create(&e, "target", text));
  assert_ok(lf_expression_evaluate(e, 1, 1, &x, &y));
  lf_expression_destroy(e);
  return y;
}

static void functions_are_libm(void **state)
{
  (void)state;
  const double x = 0.37; /* inside every domain but acosh's */
  const struct {
    const char *text;
    double want;
  } row[] = {
      {"sin(x)", sin(x)},
      {"cos(x)", cos(x)},
      {"tan(x)", tan(x)},
      {"asin(x)", asin(x)},
      {"acos(x)", acos(x)},
      {"atan(x)", atan(x)},
      {"sinh(x)", sinh(x)},
      {"cosh(x)", cosh(x)},
      {"tanh(x)", tanh(x)},
      {"asinh(x)", asinh(x)},
      {"acosh(x+1)", acosh(x + 1)},
      {"atanh(x)", atanh(x)},
      {"exp(x)", exp(x)},
      {"log(x)", log(x)},
      {"log2(x)", log2(x)},
      {"log10(x)", log10(x)},
      {"sqrt(x)", sqrt(x)},
      {"cbrt(x)", cbrt(x)},
      {"abs(-x)", x},
      {"sign(-x)", -1},
      {"sign(x-x)", 0},
      {"step(x)", 1},
      {"step(-x)", 0},
      {"step(0*x)", 0.5},
      {"round(2.5)", 3},
      {"round(-2.5)", -3},
      {"rint(2.5)", 2},
      {"floor(-x)", -1},
      {"ceil(x)", 1},
      {"erf(x)", erf(x)},
      {"gauss(x)", exp(-x * x / 2)},
      {"sinc(x)", sin(M_PI * x) / (M_PI * x)},
      {"sinc(0)", 1},
      {"atan2(x,-1)", atan2(x, -1)},
      {"mod(-x,1)", -x + 1},
      {"min(3,x,5)", x},
      {"max(3,x,5)", 5},
      {"max(x)", x},
      {"pi", M_PI},
      {"e", M_E},
      {"x1", x},
      {"x > 0 && x <= 1 ? 2 : 3", 2},
      {"x < 0 || x != x ? 2 : 3", 3},
      {"(x == x) + (x >= 1)", 1},
      {".5e+1 + 1.", 6},
  };
  for (size_t i = 0; i < sizeof row / sizeof row[0];
       i++) /* libm's own value but for the order of the same few operations */
    if (!(fabs(value(row[i].text, x) - row[i].want) <= 4e-16))
      fail_msg("%s = %.17g", row[i].text, value(row[i].text, x));
}

static void precedence_is_that_of_mathematics(void **state)
{
  (void)state;
  assert_near(value("-x^2", 3), -9, 0);
  assert_near(value("2^3^2", 0), 512, 0);
  assert_near(value("2^-1", 0), 0.5, 0);
  assert_near(value("-2^2*3+4/8", 0), -11.5, 0);
  assert_near(value("8/4/2", 0), 1, 0);
  assert_near(value("x - -x", 3), 6, 0);
  assert_near(value(" sin (x)\t+ 1 ", 0), 1, 0);
}

static void outputs_and_inputs_are_counted(void **state)
{
  (void)state;
  lf_expression *e = NULL;
  const double x[] = {1, 2, 3, 4, 5, 6};
  double y[4];
  assert_ok(lf_expression_create(&e, "target", "x1 + 10*x3; x*x2"));
  assert_int_equal(lf_expression_inputs(e), 3);
  assert_int_equal(lf_expression_outputs(e), 2);
  assert_ok(lf_expression_evaluate(e, 2, 3, x, y));
  assert_true(y[0] == 31 && y[1] == 2 && y[2] == 64 && y[3] == 20);
  lf_expression_destroy(e);
  assert_ok(lf_expression_create(&e, "target", "x64"));
  assert_int_equal(lf_expression_inputs(e), 64);
  lf_expression_destroy(e);
  assert_ok(lf_expression_create(&e, "target", "2"));
  assert_int_equal(lf_expression_inputs(e), 0);
  lf_expression_destroy(e);
}

static void refused(const char *text, const char *words)
{
  lf_expression *e = NULL;
  char line[512];
  assert_refused(lf_expression_create(&e, "target", text), LF_EARG, words);
  (void)snprintf(line, sizeof line, "target '%s': position", text);
  assert_non_null(strstr(lf_last_error(), line));
  assert_null(strchr(lf_last_error(), '\n'));
  assert_null(e);
}

static void errors_teach(void **state)
{
  (void)state;
  refused("sin(x", "position 6: missing parenthesis");
  refused("sin(x))", "position 7: a parenthesis is not expected here");
  refused("x(1-x)", "position 2: a parenthesis is not expected here");
  refused("2x", "position 2: an input is not expected here; is an operator such as * missing?");
  refused("x 2", "position 3: a number is not expected here");
  refused("x sin(x)", "position 3: a function is not expected here");
  refused("x**2", "position 2: write ^ for a power");
  refused("x+*2", "position 3: an operator is not expected");
  refused("x+", "position 3: the expression ends too early");
  refused("x=3", "position 2: write == to compare");
  refused("sine(x)", "position 1: 'sine' is not known; the nearest function is sin");
  refused("sin(y)", "position 5: 'y' is not known; inputs are x or x1, x2");
  refused("x0", "position 1: 'x0' is not known");
  refused("x65", "inputs go up to x64");
  refused("x99999999999999999999999", "inputs go up to x64");
  refused("1 + sin x", "position 5: sin needs its argument in parentheses");
  refused("sin(x,x)", "too many arguments");
  refused("sin()", "too few arguments");
  refused("atan2(x)", "too few arguments");
  refused("max()", "too few arguments");
  refused("x;;x", "position 3: output 2 is empty");
  refused("x; ", "position 3: output 2 is empty");
  refused("x; 2y", "position 5: 'y' is not known");
  refused("x; cos(x))", "position 10: a parenthesis");
  refused("", "position 1: output 1 is empty");
  refused("x, x", "separate outputs by ';'");
  refused("x @ 2", "position 3: '@' does not belong");
  refused("2*π", "position 3: 'π' does not belong");
  refused("\"abc\"", "position 1: '\"' does not belong");
  refused("x > 1 ? 2", "'?' without ':'");
  refused("1e400", "position 1: this is not understood");
  char text[6000];
  memset(text, '(', sizeof text);
  text[sizeof text - 1] = 0;
  lf_expression *e = NULL;
  assert_refused(lf_expression_create(&e, "target", text), LF_EARG, "longer than 5000");
  text[4000] = 0;
  assert_refused(lf_expression_create(&e, "target", text), LF_EARG, "ends too early");
  assert_refused(lf_expression_create(&e, "target", "x\n+1"), LF_EARG, "a control character");
  assert_null(strchr(lf_last_error(), 10));
}

static void values_that_are_not_finite_are_named(void **state)
{
  (void)state;
  lf_expression *e = NULL;
  const double x[] = {1, 2, 0, 5};
  double y[8];
  assert_ok(lf_expression_create(&e, "target", "1/x"));
  assert_refused(lf_expression_evaluate(e, 4, 1, x, y), LF_EMATH, "target '1/x': output 1 is inf at x = 0");
  lf_expression_destroy(e);
  assert_ok(lf_expression_create(&e, "target", "x;log(-x2)"));
  assert_refused(lf_expression_evaluate(e, 2, 2, x, y), LF_EMATH, "output 2 is nan at x = (1, 2)");
  lf_expression_destroy(e);
}

static void constants(void **state)
{
  (void)state;
  double v = 0;
  assert_ok(lf_expression_constant(&v, "range", "-pi/2"));
  assert_near(v, -M_PI / 2, 0);
  assert_refused(lf_expression_constant(&v, "range", "x"), LF_EARG, "range 'x': expected one number");
  assert_refused(lf_expression_constant(&v, "range", "1/0"), LF_EARG, "not a finite number");
  assert_refused(lf_expression_constant(&v, "range", ""), LF_EARG, "range '': position 1");
}

enum { THREADS = 4, POINTS = 1000, ROUNDS = 40 };

typedef struct worker {
  lf_expression *e;
  double from;
  size_t wrong;
} worker;

static void *evaluate_many(void *user)
{
  worker *w = user;
  double x[POINTS], y[POINTS];
  for (int i = 0; i < POINTS; i++) x[i] = w->from + i;
  for (int round = 0; round < ROUNDS; round++) {
    w->wrong += lf_expression_evaluate(w->e, POINTS, 1, x, y) != LF_OK;
    for (int i = 0; i < POINTS; i++) w->wrong += y[i] != x[i];
  }
  return NULL;
}

static void threads_take_turns(void **state)
{
  (void)state;
  pthread_t thread[THREADS];
  worker w[THREADS];
  lf_expression *e = NULL;
  assert_ok(lf_expression_create(&e, "target", "x + 0*(sin(x) + sin(x) + sin(x) + sin(x) + sin(x) + sin(x) + sin(x))"));
  for (int i = 0; i < THREADS; i++) {
    w[i] = (worker){e, 1e4 * i, 0};
    assert_int_equal(pthread_create(&thread[i], NULL, evaluate_many, &w[i]), 0);
  }
  for (int i = 0; i < THREADS; i++) {
    assert_int_equal(pthread_join(thread[i], NULL), 0);
    assert_int_equal(w[i].wrong, 0);
  }
  lf_expression_destroy(e);
}

static void every_allocation_may_fail(void **state)
{
  (void)state;
  long k = 0;
  for (bool done = false; !done; k++) {
    lf_expression *e = NULL;
    lf_alloc_fail_after(k);
    lf_status st = lf_expression_create(&e, "target", "sin(x2); cos(x)");
    lf_alloc_fail_after(-1);
    done = st == LF_OK;
    if (!done) assert_int_equal(st, LF_ENOMEM);
    if (!done) assert_null(e);
    lf_expression_destroy(e);
    assert_int_equal(lf_alloc_live(), 0);
  }
  assert_true(k > 5); /* it did fail a few times */
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(functions_are_libm),
      cmocka_unit_test(precedence_is_that_of_mathematics),
      cmocka_unit_test(outputs_and_inputs_are_counted),
      cmocka_unit_test(errors_teach),
      cmocka_unit_test(values_that_are_not_finite_are_named),
      cmocka_unit_test(constants),
      cmocka_unit_test(threads_take_turns),
      cmocka_unit_test(every_allocation_may_fail),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
