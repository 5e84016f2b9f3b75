/** @file  pde.h — evolution 2 in frequency space: the equation that the error's transform obeys while a wide net learns.
 *
 *      d/dt u^ = -A v^ + div( B grad v^ ),      u = f - f*,   v = u rho,   rho the density of the samples
 *
 *  g^(xi) = int g(x) exp(-2 pi i xi.x) dx, xi in cycles per unit of x; t is the flow time of half_mse (lowfirst/flow.h). Trained Fourier
 *  features f = m^(-1/2) sum a_j cos 2 pi w_j.x + b_j sin 2 pi w_j.x with w ~ rho_w, a, b ~ (0, s^2) have
 *
 *      A = rho_w, made even;   B = s^2 rho_w  (0 where the frequencies are not trained)
 *
 *  a damped heat equation: frequency xi is learned at the rate of rho_w(xi), and nothing beyond its support. Other nets have the A, B
 *  of the linear frequency principle. Source: arXiv 2405.14957.
 *
 *  Two forms. UNIFORM: samples of one density c wherever the error is not 0, so that v^ = c u^ and the equation is closed; one state
 *  per frequency. SAMPLES: v^ = u^ * rho^ for the samples as they lie, whatever their density; one state per sample.
 *
 *  Finite elements of order 1 or 2 in xi on a box or ball around the band, fitted to the jumps of the rates, the flux 0 at the
 *  edge; where both rates are 0 nothing is ever learned, and no mesh is laid. Time: SDIRK of order 4 with an embedded error (L-stable;
 *  Hairer, Wanner, Solving ODEs II, table IV.6.5). d = 1 is solved by banded Cholesky; d = 2, 3, and d = 1 where asked
 *  for, by PETSc, whose processes share the work under mpiexec: then every process calls with the same arguments and gets the same answer. */
#ifndef LF_PDE_H
#define LF_PDE_H
#include <stdbool.h>
#include <stddef.h>
#include "lowfirst/data.h"
#include "lowfirst/flow.h"
#include "lowfirst/lfp.h"
#include "lowfirst/model.h"
#include "lowfirst/snapshot.h"
#ifdef __cplusplus
extern "C" {
#endif

/* ---- the rates A and B --------------------------------------------------------------------------------------------------------- */
/* id, spelling, what it is. Each is a probability density on R^d. */
#define LF_DENSITY_LIST(X)                                                              \
  X(LF_DENSITY_GAUSS, "gauss", "N(0, a^2) per axis")                                    \
  X(LF_DENSITY_BOX, "box", "uniform on [-a, a] per axis")                               \
  X(LF_DENSITY_SHELL, "shell", "uniform on a <= |xi| <= b: interval, ball, annulus")    \
  X(LF_DENSITY_LOG, "log", "|xi| log-uniform in [a, b], any direction")                 \
  X(LF_DENSITY_TABLE, "table", "a function of |xi|, linear between its rows, 0 beyond") \
  X(LF_DENSITY_SAMPLED, "sampled", "frequencies that were drawn, and their mirror images, each of one weight")

typedef enum lf_density_kind {
#define LF_X(id, name, text) id,
  LF_DENSITY_LIST(LF_X)
#undef LF_X
      LF_DENSITY_COUNT
} lf_density_kind;
const char *lf_density_name(lf_density_kind kind);

typedef struct lf_density {
  lf_density_kind kind;
  double weight;        /* of this part in a mixture, > 0 */
  double a, b;          /* as in the list, cycles/unit */
  size_t count;         /* table: rows, >= 2; sampled: frequencies */
  const double *radius; /* table (count): ascending, >= 0 */
  const double *value;  /* table (count): >= 0, in any unit: it is normalised */
  const double *point;  /* sampled (count,d) */
} lf_density;

enum { LF_MAX_DENSITIES = 8, LF_MAX_JUMPS = 16 };

/** A = a rho, B = b rho for the mixture rho of `parts` densities; or what `rate` says at xi (d). Zero-initialise. */
typedef struct lf_pde_rates {
  size_t parts;
  lf_density part[LF_MAX_DENSITIES]; /* weights are normalised: they need not add up to 1 */
  double a, b;                       /* >= 0 */
  void (*rate)(void *user, size_t d, const double *xi, double *A, double *B); /* >= 0, even in xi; in place of parts */
  void *user;
  size_t
      jumps; /* of `rate`: radii where it jumps, is steep, or ends; ascending, > 0, or 0 for one that is steep at 0 */
  double jump[LF_MAX_JUMPS];
  size_t
      free; /* 0: none; 1: constants, 2: and planes are learned as good as at once, so that a rate of descent is chosen for
                * the rest: lf_kernel_free_degree() + 1 */
} lf_pde_rates;

/** Those of a net of trained or fixed Fourier features and one linear layer, of the widths and laws in `model` (completed). The frequencies of a
 *  file are read into *owned, for the caller to lf_release(); NULL otherwise. LF_EARG another net; LF_EIO, LF_EFMT, LF_ESHAPE. */
lf_status lf_pde_rates_of(lf_pde_rates *out, const lf_model *model, double **owned);

/** Those of the linear frequency principle from |xi| = highest down to lowest, below which they stay what they are there: A and B grow without end
 *  towards 0. *owned holds them, for the caller to lf_release(). LF_EARG; LF_ENOMEM. */
lf_status lf_pde_rates_of_lfp(lf_pde_rates *out, const lf_lfp *lfp, double lowest, double highest, double **owned);

/** A and B at xi (d). 0 for `sampled` parts, which are no function. */
void lf_pde_rates_at(const lf_pde_rates *rates, size_t d, const double *xi, double *A, double *B);

/* ---- how it is solved ----------------------------------------------------------------------------------------------------------- */
typedef enum lf_pde_form { LF_PDE_UNIFORM, LF_PDE_SAMPLES } lf_pde_form;
typedef enum lf_pde_solver { LF_PDE_AUTO, LF_PDE_BANDED, LF_PDE_PETSC } lf_pde_solver;

/** Zero-initialised is the default everywhere. */
typedef struct lf_pde_options {
  lf_pde_form form;
  int order; /* of the elements, 1 or 2; 0: 2 */
  double
      half_width; /* of the mesh; 0: where the rates end, or six widths of a Gaussian; on a grid, at most what it carries */
  size_t cells;         /* between 0 and half_width; 0: chosen from the extent of the samples */
  double tolerance;     /* relative error of a step in time; 0: 1e-7 */
  lf_pde_solver solver; /* auto: banded for d = 1 in one process */
  bool estimate;        /* solve again on cells twice as wide, for space_error */
} lf_pde_options;

typedef struct lf_pde_info {
  size_t nodes, elements;
  double half_width, widest; /* of the mesh, of a cell, cycles/unit */
  double density;            /* c of the uniform form: 1/volume of the samples' box; NaN for samples */
  size_t steps, rejected;    /* in time, so far */
  double
      time_error; /* sum of the steps' estimated errors, relative to the error at the start: the flow contracts, so that they do not grow */
  double
      space_error; /* largest difference at the samples from the wider mesh, over 2^(order+1) - 1 and the root mean square at the start;
                       * NaN without `estimate` */
  double lr, time_per_step; /* as in lf_flow_info */
  const char *solver;       /* "banded", "petsc", "dense" for samples */
  size_t processes;
} lf_pde_info;

typedef struct lf_pde lf_pde;

/** Mesh and matrices. `when` says what of lf_flow_options means something here: loss, lr, start*, probe, times or steps and records;
 *  gradient_flow is understood, a ridge refused. lr = 0: half the largest at which plain descent is stable on these samples (or on 1024 of them, drawn
 *  at random: their largest eigenvalue is that of all to some per cent).
 *  data are kept, not copied; what `when` points to is copied, but for x_probe, which is read here only.
 *  LF_EARG an option or rate out of range; for UNIFORM, data that are not evenly spread; LF_ESHAPE; LF_EMATH rates that are 0 everywhere, or not
 *  finite; LF_EUNSUP d > 3, or no PETSc where it is needed; LF_ENOMEM, with the numbers where this machine has not the n^2 and 2 n nodes doubles that
 *  SAMPLES takes. */
lf_status lf_pde_create(lf_pde **out, const lf_pde_rates *rates, const lf_data *data, const lf_flow_options *when,
                        const lf_pde_options *how);
void lf_pde_destroy(lf_pde *p); /* NULL is allowed */

/** Run through the recorded times, once from the start with every call. Snapshots as of lf_flow(). LF_EMATH where steps in time
 *  become too small, LF_ENOMEM. */
lf_status lf_pde_run(lf_pde *p, lf_observer observe, void *user);
lf_pde_info lf_pde_look(const lf_pde *p);

/** The mesh: nodes xi (nodes,d), and the part of u^ that was learned by the last time of the last run: (nodes,c) complex pairs. Owned by p.
 *  NULL for the samples' form: it keeps no state in frequency. */
const double *lf_pde_nodes(const lf_pde *p);
const double *lf_pde_learned(const lf_pde *p);

/** Which of the processes under mpiexec this is, from 0, and how many there are: 0 of 1 without. Asks the environment, not MPI. */
size_t lf_pde_process(size_t *count);

#ifdef __cplusplus
}
#endif
#endif
