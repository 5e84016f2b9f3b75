/* empirical_parts.h — what the files of the empirical kernel share: the net, and what its passes over a set of points leave behind. */
#ifndef LF_EMPIRICAL_PARTS_H
#define LF_EMPIRICAL_PARTS_H
#include "base/pool.h"
#include "empirical.h"
#include "net/structure.h"

typedef struct lf_affine_layer {
  size_t in, out, rows; /* rows that it hands on: out, or 2 out for Fourier features */
  lf_activation activation;
  double param;
  bool fourier;
  double *weight, *bias; /* effective, (out,in) and (out); bias NULL: none */
  double *gain;          /* (out) the weights' multipliers, row by row */
  bool even_gains;       /* the same in every row */
  double bias_gain;      /* 0 where there is no bias */
} lf_affine_layer;

typedef struct lf_chain {
  size_t depth;
  lf_affine_layer *layer; /* (depth); the last one is the output */
} lf_chain;

struct lf_empirical {
  lf_net input; /* what lf_net_input() looks at: model, frequencies, parameters */
  lf_tensor frequencies;
  size_t inputs, outputs, branches, depth;
  lf_chain *branch;
};

/* Points stand side by side in panels, a row per unit: then a layer is one product of the training engine (linalg/gemm.h), and so is a tile of
 * A A^T, either side as it lies. 64 points of 256 units are 128 KB, an eighth of a second-level cache. */
enum { LF_PANEL_POINTS = 64 };

/* Slot branch*depth + layer: value (panels, in, 64) enters the layer; grad (panels, c, out, 64) are the outputs' gradients at its affine part, of hidden
 * layers alone: at the last one they are 0 and 1. scaled: the same times the multipliers, where these differ. */
typedef struct lf_passes {
  size_t n, panels;
  double **value, **grad, **scaled; /* (branches * depth), into memory */
  double *memory;
} lf_passes;

lf_status lf_passes_create(lf_passes *p, const lf_empirical *e, size_t n, const double *x, lf_pool *pool);
void lf_passes_free(lf_passes *p);
/* Bytes that n points take, and a thread that passes over them. */
double lf_passes_memory(const lf_empirical *e, size_t n);

/* Points of a panel: 64, or fewer in the last one. */
size_t lf_panel_width(const lf_passes *p, size_t panel);
#endif
