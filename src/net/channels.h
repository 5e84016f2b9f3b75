/* channels.h — derivative channels through an activation, forward and back.
 *
 * With respect to the inputs x_1..x_d of the net, a unit's pre-activation z and activation a = sigma(z) carry channels
 *
 *     a,   a_i = sigma' z_i,   a_ii = sigma'' z_i^2 + sigma' z_ii,
 *
 * the last where second derivatives are asked for (order 2). Back, from the gradients A, A_i, A_ii of the loss with respect to them,
 *
 *     Z    = A sigma' + sum_i A_i sigma'' z_i + sum_i A_ii (sigma''' z_i^2 + sigma'' z_ii),
 *     Z_i  = A_i sigma' + 2 A_ii sigma'' z_i,      Z_ii = A_ii sigma'.
 *
 * A row has its channels one after the other: value, d first, then (order 2) d second derivatives, s samples each. After forward the place of
 * the value in z holds sigma'. Any s; rows must not overlap. Kernels cannot fail. */
#ifndef LF_CHANNELS_H
#define LF_CHANNELS_H
#include <stddef.h>

static inline size_t lf_channels(size_t d, int order) { return 1 + d * (size_t)order; }

#define LF_CHANNELS_ARGS(type)                                                                                         \
  {                                                                                                                    \
    size_t d, s;                                                                                                       \
    int order;                                                                                                         \
    const type *z;     /* (channels, s): sigma', z_i, z_ii */                                                          \
    const type *curve; /* (order, s): sigma'', sigma''' */                                                             \
    type *a;           /* (channels, s): forward fills all but the value; back turns A, A_i, A_ii into Z, Z_i, Z_ii */ \
  }
typedef struct lf_channels_f32 LF_CHANNELS_ARGS(float) lf_channels_f32;
typedef struct lf_channels_f64 LF_CHANNELS_ARGS(double) lf_channels_f64;

typedef struct lf_channel_kernels {
  const char *isa;
  void (*forward_f32)(const lf_channels_f32 *row);
  void (*forward_f64)(const lf_channels_f64 *row);
  void (*back_f32)(const lf_channels_f32 *row);
  void (*back_f64)(const lf_channels_f64 *row);
} lf_channel_kernels;
const lf_channel_kernels *lf_channel_kernels_get(void);
#endif
