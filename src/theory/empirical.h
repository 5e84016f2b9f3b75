/* empirical.h — the tangent kernel of a net with finite parameters, from layers' values and gradients, without its Jacobian. */
#ifndef LF_EMPIRICAL_H
#define LF_EMPIRICAL_H
#include <stdbool.h>
#include "block.h"
#include "lowfirst/net.h"

typedef struct lf_empirical lf_empirical;

lf_status lf_empirical_create(lf_empirical **out, const lf_net *net);
void lf_empirical_destroy(lf_empirical *e);
/* K (n c, m c); z NULL: x again, and symmetric. An entry's bits do not depend on which points stand beside its own. */
lf_status lf_empirical_block(const lf_empirical *e, size_t n, const double *x, size_t m, const double *z,
                             size_t threads, lf_block *to);
lf_status lf_empirical_diagonal(const lf_empirical *e, size_t n, const double *x, double *diagonal);
double lf_empirical_error(const lf_empirical *e);
double lf_empirical_memory(const lf_empirical *e, size_t n, size_t m, bool symmetric);
#endif
