/** @file  net.h — a model with finite parameters: one flat vector, float or double, with a table of names and shapes. */
#ifndef LF_NET_H
#define LF_NET_H
#include <stddef.h>
#include <stdint.h>
#include "lowfirst/array.h"
#include "lowfirst/model.h"
#ifdef __cplusplus
extern "C" {
#endif

typedef struct lf_net lf_net;

/** One parameter tensor inside the flat vector. */
typedef struct lf_tensor {
  char name[64]; /* as torch.nn.Sequential names Linear layers and activations: "0.weight", "0.bias", "2.weight", ... */
  size_t ndim;   /* 2: (rows, cols) row-major, weight (out, in); 1: (rows) */
  size_t rows, cols; /* cols = 1 for a vector */
  size_t offset;     /* first element in the flat vector */
  int trained;       /* 0: kept fixed (Fourier features without --train-features) */
} lf_tensor;

/** Draw the initial parameters. The draw depends on (model, seed) alone, not on the precision (double draws, rounded).
 *  @param model   completed (lf_model_complete), copied
 *  @param dtype   LF_F32 or LF_F64
 *  @return LF_EARG; LF_ENOMEM; LF_EIO, LF_EFMT for a frequency file */
lf_status lf_net_create(lf_net **out, const lf_model *model, lf_dtype dtype, uint64_t seed);
void lf_net_destroy(lf_net *net);

const lf_model *lf_net_model(const lf_net *net);
lf_dtype lf_net_dtype(const lf_net *net);
size_t lf_net_count(const lf_net *net); /* P: all parameters */
size_t lf_net_tensors(const lf_net *net);
const lf_tensor *lf_net_tensor(const lf_net *net, size_t i);
void *lf_net_parameters(lf_net *net); /* (P) float or double, the net's own memory; may be written */

/** f(x): y (n,c) from x (n,d), both double. Deterministic for any `threads` >= 1. LF_EMATH names the layer where a value that is not
 *  finite was born. */
lf_status lf_net_evaluate(lf_net *net, size_t n, const double *x, double *y, size_t threads);

/** Values and derivatives with respect to the inputs at x (n,d): y (n,c), dy (n,c,d) = df/dx_i, d2y (n,c,d) = d2f/dx_i^2. dy or d2y may be NULL.
 *  LF_EARG where the output function is not the identity; LF_EMATH as above; LF_ENOMEM. */
lf_status lf_net_derivatives(lf_net *net, size_t n, const double *x, double *y, double *dy, double *d2y,
                             size_t threads);

/** Load from a safetensors file: every tensor by name and shape, dtype converted; LF_ESHAPE names the first that disagrees
 *  or is missing, and lists what the file holds. Refused means untouched. */
lf_status lf_net_read(lf_net *net, const char *path);
lf_status lf_net_write(const lf_net *net, const char *path);

#ifdef __cplusplus
}
#endif
#endif
