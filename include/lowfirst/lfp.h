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
 *  multipliers there. What is left out falls like 1/sigma_b^2 relative to what is there (s_lfp.c measures it).
 *
 *  Between points the operator is K(x,x') = G k(x-x') + V (h + g x.x') k'(x-x'), k(z) = p_b(0) E R(w.z), R the autocorrelation of act and k' that of
 *  its derivative (relu: R = |h|^3/12, R' = -|h|/2). R exists up to polynomials that the net learns at once, as sigma_b grows:
 *  of degree <= 1 for activations that grow like a ramp (relu, leaky_relu, softplus, gelu, silu, elu), constants for steps (tanh, sigmoid, erf), none
 *  for bumps (gauss, ricker, srelu, phi, s2relu). lf_kernel_free_degree() says which, and lf_flow() leaves them free.
 *
 *  Traps. Luo, Ma, Xu, Zhang 2021 ("On the exact computation of linear frequency principle dynamics and its
 *  generalization", arXiv 2010.08153) print the ReLU form with
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

/** int A |v^|^2 + B |grad v^|^2 of a wave packet v(x) = e^{-|x-x_0|^2/(2 width^2)} e^{2 pi i xi e.x}, e a direction, |x_0| = centre: by the rates what
 *  int int conj(v(x)) K(x,x') v(x') dx dx' is by the kernel, the exact one too as sigma_b grows. Its spectrum must keep away from 0, where polynomials
 *  are: LF_EARG for xi width < 1.5. */
lf_status lf_lfp_energy(const lf_lfp *p, double xi, double width, double centre, double *energy);

/** The kernel of kind LF_LFP, which copies what it needs; lf_kernel_limit(&k, &model, LF_LFP) is this with default options. */
lf_status lf_lfp_kernel(lf_kernel **out, const lf_lfp *p);

/* ---- on a frequency grid --------------------------------------------------------------------------------------------------------- */
/** Functions of a given period: the lattice xi = k/period, each component of k from -highest to highest. Arrays over it hold one of each pair xi, -xi,
 *  the zero first: size = ((2 highest + 1)^d + 1)/2. A tensor grid: it grows with the power d, and is meant for d <= 3. */
typedef struct lf_frequency_grid {
  size_t d;
  double period; /* in units of x, the same for every input */
  size_t highest;
} lf_frequency_grid;

size_t lf_frequency_grid_size(const lf_frequency_grid *g);
/** xi (size, d), cycles/unit */
void lf_frequency_grid_points(const lf_frequency_grid *g, double *xi);
/** For samples x (n,d): a period of eight times their widest side, frequencies to sixteen times what n^(1/d) samples a side carry, or as many as
 *  8192, 64, 20 an axis for d = 1, 2, 3. LF_EARG d > 3, n = 0, or samples that all coincide. */
lf_status lf_frequency_grid_for(lf_frequency_grid *out, size_t n, size_t d, const double *x);

/** gamma^2 (size): A(xi) period^-d, so that sums over the whole lattice are integrals. At xi = 0, where A has no value, that at a tenth of the
 *  smallest other frequency, as in the authors' programs: constants then cost next to nothing. LF_ENOMEM */
lf_status lf_lfp_weights(const lf_lfp *p, const lf_frequency_grid *g, double *weight);

/** The kernel sum gamma(xi)^2 cos 2 pi xi.(x-x') of A alone on the grid, in place of the integral: with lf_flow() its evolution, for
 *  t -> infinity the variational solution of the authors. No polynomial is free. LF_EARG g and p differ in d; LF_ENOMEM; LF_EUNSUP without OpenBLAS. */
lf_status lf_lfp_grid_kernel(lf_kernel **out, const lf_lfp *p, const lf_frequency_grid *g);

/** The variational solver: h of least FP-norm with h(x_i) = y_i, in the form h = W E^T (E W E^T + epsilon)^-1 y for any weights W = gamma^2.
 *  @param weight   (size) >= 0, one for each pair xi, -xi
 *  @param epsilon  >= 0; 0: what double cannot tell from 0 in E W E^T is left out
 *  @param x, y     (n,d), (n,c); with an initial output f_0 give y - f_0 and add f_0 to the values
 *  @param z        (m,d)
 *  @param values   (m,c) h at z
 *  @param norm     (c) ||h||_gamma of each output; may be NULL
 *  Cost: n x size cosines and products, one dsyevd of n. LF_EARG; LF_EMATH something that is not finite, or weights that are all 0; LF_ENOMEM; LF_EUNSUP. */
lf_status lf_lfp_solve(const lf_frequency_grid *g, const double *weight, double epsilon, size_t n, const double *x,
                       size_t c, const double *y, size_t m, const double *z, double *values, double *norm);

/* ---- FP-norm and bounds ------------------------------------------------------------------------------------------------------------ */
/** ||h||_gamma = sqrt(sum |h_k|^2/gamma_k^2) of a function on the torus, given by Fourier coefficients (size,2), real and imaginary part, of h = sum h_k
 *  e^{2 pi i xi_k.x}; the other of each pair counts as its conjugate. INFINITY where a frequency without weight has a coefficient.
 *  LF_EARG a weight below 0. Of a flow's limit between points: lf_flow_norm(). */
lf_status lf_fp_norm(size_t size, const double *weight, const double *coefficient, double *norm);
/** ||gamma|| = sqrt(sum over the whole lattice of gamma^2) = sqrt(K(x,x)) */
double lf_fp_gamma(size_t size, const double *weight);

/* id, spelling, formula */
#define LF_FP_BOUND_LIST(X)                                                                \
  X(LF_FP_BOUND_DERIVED, "derived", "(8 + 2 sqrt 2 sqrt(log 1/delta)) Q^2 gamma^2/sqrt n") \
  X(LF_FP_BOUND_PUBLISHED, "published", "(sup + 2 Q gamma)^2 (2/sqrt n + 4 sqrt(2 log(4/delta)/n))")

typedef enum lf_fp_bound_kind {
#define LF_X(id, name, text) id,
  LF_FP_BOUND_LIST(LF_X)
#undef LF_X
      LF_FP_BOUND_COUNT
} lf_fp_bound_kind;
const char *lf_fp_bound_name(lf_fp_bound_kind kind);

/** A-priori bound on the mean square error of the interpolant of n independent samples, with probability 1 - delta. `derived` follows from the
 *  Rademacher complexity of the ball ||h||_gamma <= Q; `published` is that of Luo, Ma, Xu, Zhang (as THEORY section 4 quotes it; its constants were not
 *  derived again). NaN for arguments out of range.
 *  @param Q      ||f||_gamma of the target; that of its interpolant is no larger, and tends to it
 *  @param gamma  ||gamma||
 *  @param sup    largest |f|, for `published` alone
 *  @param delta  in (0,1) */
double lf_fp_bound(lf_fp_bound_kind kind, size_t n, double Q, double gamma, double sup, double delta);

#ifdef __cplusplus
}
#endif
#endif
