/* expression.h — a target written as a formula in x1..xd, compiled once and evaluated anywhere. */
#ifndef LF_EXPRESSION_H
#define LF_EXPRESSION_H
#include <stddef.h>
#include "lowfirst/status.h"

typedef struct lf_expression lf_expression;

/* `what` names the text in messages: "target" gives "target 'sin(x': position 6: missing parenthesis".
 * LF_EARG for a text that is no expression; LF_ENOMEM. */
lf_status lf_expression_create(lf_expression **out, const char *what, const char *text);
void lf_expression_destroy(lf_expression *e); /* NULL is allowed */

size_t lf_expression_inputs(const lf_expression *e);  /* highest index of x used, 0: none */
size_t lf_expression_outputs(const lf_expression *e); /* parts between ';', >= 1 */

/* y (n,outputs) from x (n,d), d >= inputs. May be called from several threads at once (they take turns).
 * LF_EMATH names the first point where a value is not finite. */
lf_status lf_expression_evaluate(lf_expression *e, size_t n, size_t d, const double *x, double *y);

/* The value of an expression without x, such as "-pi/2". LF_EARG also where it is not finite. */
lf_status lf_expression_constant(double *out, const char *what, const char *text);
#endif
