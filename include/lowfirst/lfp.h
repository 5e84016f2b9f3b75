/** @file  lfp.h — the Linear Frequency-Principle model: how fast a two-layer net with widely spread biases learns each frequency.
 *
 *      lf_lfp *lfp;
 *      lf_lfp_create(&lfp, &model, NULL);
 *      lf_lfp_rates(lfp, m, xi, A, B);        // the operator's two rates
 *      lf_lfp_kernel(&kernel, lfp);           // the same operator between points, for lf_flow()
 *
 *  Of f(x) = sum_j a_j act(w_j.x + b_j), all trained, v the Fourier transform of the residual times the samples' density, xi in cycles/unit:
 *
 *      df/dt = -A(xi) v + div( B(xi) grad v )
 *      A = C E[ G |S(|xi|/r)|^2 + V h |S'(|xi|/r)|^2 ]/(r |xi|^(d-1)),    r = |w|
 *      B = C/(4 pi^2) E[ V g |S'(|xi|/r)|^2 ]/(r |xi|^(d-1)),             C = p_b(0) Gamma(d/2)/pi^(d/2)
 *
 *  S, S' are the transforms of act and of its derivative, p_b(0) the density of the biases at 0: 1/(sqrt(2 pi) sigma_b) for normal ones,
 *  1/(2v) for U(-v,v). G = g = h = 1 and V = E a^2 with scaling inverse-sqrt; standard has G and V m times larger; ntk has the squared
 *  multipliers there. What is left out falls like 1/sigma_b^2 relative to what is there (t_lfp.c measures it).
 *
 *  Between points the operator is K(x,x') = G k(x-x') + V (h + g x.x') k'(x-x'), k(z) = p_b(0) E R(w.z), R the autocorrelation of act and k' that of
 *  its derivative (relu: R = |h|^3/12, R' = -|h|/2). R exists up to polynomials that the net learns at once, as sigma_b grows:
 *  of degree <= 1 for activations that grow like a ramp (relu, leaky_relu, softplus, gelu, silu, elu), constants for steps (tanh, sigmoid, erf), none
 *  for bumps (gauss, ricker, srelu, phi, s2relu). lf_kernel_free_degree() says which, and lf_flow() leaves them free.
 *
 *  Traps. Luo, Ma, Xu, Zhang 2021 ("On the exact computation of linear frequency principle dynamics", arXiv 2010.08153) print the ReLU form with
 *  half of this C and without the 1/(4 pi^2) of B. The former only rescales time; the latter is material: here are the constants that
 *  agree with the kernel. Formulas in angular frequency need xi = k/(2 pi). */
#ifndef LF_LFP_H
#define LF_LFP_H
#include <stdbool.h>
#include <stddef.h>
#include "lowfirst/kernel.h"
#include "lowfirst/model.h"
#ifdef __cplusplus
extern "C" {
#endif

typedef struct lf_lfp lf_lfp;

/* id, spelling, what it is */
#define LF_LFP_FORM_LIST(X)                          \
  X(LF_LFP_PLAIN, "plain", "neurons a act(w.x + b)") \
  X(LF_LFP_RADIAL, "radial", "neurons a act(w.x - |w| b), rectifiers alone")

typedef enum lf_lfp_form {
#define LF_X(id, name, text) id,
  LF_LFP_FORM_LIST(LF_X)
#undef LF_X
      LF_LFP_FORM_COUNT
} lf_lfp_form;
const char *lf_lfp_form_name(lf_lfp_form form);

/** Zero-initialised: plain, with the divergence term.
 *  Radial (Zhang, Xu, Luo, Ma 2019, arXiv 1905.10264), in their letters w relu(r.x - |r| l): A ~ E[r^2 + w^2]/|xi|^(d+3) + 4 pi^2 E[r^2 w^2]/|xi|^(d+1) with
 *  A's C/(16 pi^4), the density of l at 0 in C. B is 0, as published: exact in d = 1; in d > 1 the part of training r that turns neurons
 *  about the origin is left out. */
typedef struct lf_lfp_options {
  lf_lfp_form form;
  bool simplified; /* A alone: B = 0, and no x.x' in the kernel */
} lf_lfp_options;

/** @param model    completed, one hidden layer, no input features; copied
 *  @param options  NULL: plain, not simplified
 *  @return LF_EARG what has no LFP: more layers, features, biases that start at 0, hidden weights that start at 0, identity (no frequencies), sin and cos
 *          (one line each: their operator is that of Fourier features), radial with an activation that is no rectifier or with scaling ntk;
 *          LF_EMATH a variance that is not finite; LF_ENOMEM */
lf_status lf_lfp_create(lf_lfp **out, const lf_model *model, const lf_lfp_options *options);
void lf_lfp_destroy(lf_lfp *p); /* NULL is allowed */
const lf_model *lf_lfp_model(const lf_lfp *p);
lf_lfp_options lf_lfp_look(const lf_lfp *p);
/** What a reader of the numbers should know, one line; "" where there is nothing. */
const char *lf_lfp_note(const lf_lfp *p);

/** Rates at |xi| (m) > 0, cycles/unit, of a flow of half_mse (lowfirst/flow.h); A (m), B (m), either may be NULL. Relative error below 1e-10; 1e-6 for
 *  srelu, phi and s2relu, whose spectra swing. LF_EARG names the first xi that is not positive and finite. */
lf_status lf_lfp_rates(const lf_lfp *p, size_t m, const double *xi, double *A, double *B);

/** The kernel of kind LF_LFP, which copies what it needs; lf_kernel_limit(&k, &model, LF_LFP) is this with default options. */
lf_status lf_lfp_kernel(lf_kernel **out, const lf_lfp *p);

#ifdef __cplusplus
}
#endif
#endif
