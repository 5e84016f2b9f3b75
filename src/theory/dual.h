/* dual.h — what activations make of correlated normal variables, entry by entry of a Gram matrix: one table per instruction set.
 *
 * For (u,v) normal with variances r^2, t^2 and correlation rho: Q = E[act(u) act(v)], Q' = E[act'(u) act'(v)].
 * rho is carried as its defect m, 1 - |rho| with the sign of rho (-0.0 is rho = -1): near rho = +-1 kinked activations depend on the
 * square root of 1 - |rho|, which rho itself has lost. With it nothing is lost between layers (docs/decisions.md).
 *
 * All arrays have n elements, any n, any alignment; outputs may not overlap inputs unless said. A step of 0 repeats the first
 * element of r. Kernels cannot fail. */
#ifndef LF_DUAL_H
#define LF_DUAL_H
#include <stddef.h>
#include "base/cpu.h"
#include "lowfirst/model.h"

/* r (n or 1), t, m (n) -> q, slope (n) */
typedef void (*lf_dual)(size_t n, double param, const double *r, size_t r_step, const double *t, const double *m,
                        double *q, double *slope);

/* One layer of the recursion on a row of a Gram matrix: activation, then affine layer. Of a point, r (t) is the standard deviation before
 * the activation; S = V Q + B is its variance after the affine layer and (direction, rest) = (sqrt(V Q), sqrt B)/sqrt S the share of
 * weights and bias in it, a unit vector. */
typedef struct lf_step {
  double g, h, carry; /* the kernel after it is g Q + h + carry Q' kernel */
  double r, direction, rest;
  const double *t, *directions, *rests; /* (n); directions and rests NULL: nothing follows */
  int positive;                         /* no correlation is negative, as behind relu */
} lf_step;

typedef struct lf_dual_kernels {
  const char *isa;
  lf_dual closed[LF_ACTIVATION_COUNT]; /* NULL where there is no closed form */
  /* Series: q = sum_k a_k b_k rho^k, slope = its derivative in rho, for coefficients a (terms) of one point and b (terms, ldb) of n. */
  void (*series)(size_t n, size_t terms, const double *a, const double *b, size_t ldb, const double *m, double *q,
                 double *slope);
  /* unit vectors a (d) and columns of b (d, ldb): m = defect of a.b */
  void (*unit_defect)(size_t n, size_t d, const double *a, const double *b, size_t ldb, double *m);
  /* out (n) = scale a.b + shift */
  void (*inner)(size_t n, size_t d, const double *a, const double *b, size_t ldb, double scale, double shift,
                double *out);
  /* m = defect of q one other (n), one and other being 1/sqrt Q(x,x) */
  void (*defect)(size_t n, const double *q, double one, const double *other, double *m);
  /* m = defect after an affine layer, from that before it in the same place */
  void (*affine)(size_t n, const lf_step *s, double *m);
  /* kernel = g q + h + carry slope kernel */
  void (*carry)(size_t n, const lf_step *s, const double *q, const double *slope, double *kernel);
  /* a whole layer of leaky_relu (relu: param 0) at once, the speed of most kernels: m and kernel replaced */
  void (*relu_layer)(size_t n, double param, const lf_step *s, double *m, double *kernel);
  /* a_k = sum over i of value_i h_k(node_i) for k = first ... end - 1, h_k the orthonormal Hermite polynomials. before, last (nodes) hold
   * value h_(first-1) and value h_first: 0 and value to begin with; then it goes on from there. */
  void (*hermite)(size_t nodes, const double *node, size_t first, size_t end, double *before, double *last, double *a);
} lf_dual_kernels;

const lf_dual_kernels *lf_dual_get(void);          /* for lf_isa_chosen() */
const lf_dual_kernels *lf_dual_for(lf_isa_id isa); /* NULL where this processor does not run it */
#endif
