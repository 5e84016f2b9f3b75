/* check.h — what every test includes: cmocka, and a comparison of reals that explains its failure. */
#ifndef LF_TESTS_CHECK_H
#define LF_TESTS_CHECK_H
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
/* cmocka.h needs the four above */
#include <cmocka.h>
/* cmocka does not tell the compiler that a failed test goes no further */
void _fail(const char *const file, const int line) __attribute__((noreturn)); /* NOLINT */
#include "base/base.h"

/* |got - want| <= tol; false for NaN. */
#define assert_near(got, want, tol)                                                           \
  do {                                                                                        \
    double g_ = (got), w_ = (want), t_ = (tol);                                               \
    if (!(fabs(g_ - w_) <= t_)) fail_msg("%s = %.17g, want %.17g +- %.3g", #got, g_, w_, t_); \
  } while (0)

/* A call that must succeed; shows the library's own words when it does not. */
#define assert_ok(call)                                                                  \
  do {                                                                                   \
    lf_status s_ = (call);                                                               \
    if (s_ != LF_OK) fail_msg("%s: %s: %s", #call, lf_status_text(s_), lf_last_error()); \
  } while (0)

/* A call that must be refused with this code and a line that contains `words`. */
#define assert_refused(call, code, words)                                                                        \
  do {                                                                                                           \
    lf_status s_ = (call);                                                                                       \
    if (s_ != (code)) fail_msg("%s: got %d (%s), want %s", #call, (int)s_, lf_last_error(), #code);              \
    if (!strstr(lf_last_error(), words)) fail_msg("%s: says \"%s\", not \"%s\"", #call, lf_last_error(), words); \
  } while (0)
#endif
