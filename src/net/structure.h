/* structure.h — what a net is inside: branches of layers over one flat vector.
 *
 * f(x) = sum over branches of chain(x). One branch is the plain net; MscaleDNN-2 has one per scale, antisymmetric
 * initialisation doubles them with opposite sign. Every constant factor of a model — ntk multipliers, 2 pi of trained frequencies, scales,
 * 1/sqrt m of the output, the sign of a branch — is a gain on a row of a weight or on a bias: the chain itself only knows the *effective*
 * parameters theta = gain x parameter, and a gradient comes back by the same factor. */
#ifndef LF_NET_STRUCTURE_H
#define LF_NET_STRUCTURE_H
#include <stdbool.h>
#include "lowfirst/net.h"

#define LF_NO_BIAS SIZE_MAX

typedef struct lf_layer {
  size_t in, out;      /* W is (out, in) */
  size_t rows;         /* rows of the activation it hands on: out, or 2 out for trained Fourier features */
  size_t weight, bias; /* offsets in the flat vector; LF_NO_BIAS */
  lf_activation activation;
  double param; /* the activation's */
  bool fourier; /* activation is (cos z, sin z) */
} lf_layer;

typedef struct lf_branch {
  size_t depth;
  lf_layer *layer; /* (depth); the last one is affine */
} lf_branch;

struct lf_net {
  lf_model model;
  lf_dtype dtype;
  size_t inputs;  /* rows that enter the chains: d, or 2 N for fixed Fourier features */
  size_t outputs; /* c */
  size_t count, tensors, branches;
  lf_tensor *tensor;
  lf_branch *branch;
  double *gain;                 /* (count), or NULL where every gain is 1 */
  void *parameters;             /* (count) of dtype */
  const lf_tensor *frequencies; /* fixed Fourier features, NULL: none */
};

/* Layout only: tensors, branches, gains; parameters are allocated and 0. structure.c */
lf_status lf_net_structure(lf_net *net);
/* Draw every parameter. draw.c */
lf_status lf_net_draw(lf_net *net, uint64_t seed);

double lf_net_parameter(const lf_net *net, size_t i);
void lf_net_set_parameter(lf_net *net, size_t i, double value);

/* What enters the chains, out (inputs, C) with the derivative channels of that order (channels.h): x itself, or cos 2 pi w.x then sin 2 pi w.x,
 * in double with the phase reduced to one cycle. */
void lf_net_input(const lf_net *net, int order, const double *x, double *out);
#endif
