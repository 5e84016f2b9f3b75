/* pde_parts.h — what the frequency equation is made of: mesh, matrices, solvers of one step, the march in time.
 *
 * With hat functions phi_j on the mesh and v^ = c u^, testing the equation with phi_i and integrating by parts gives
 *
 *     M u' = -c S u,    M_ij = int phi_i phi_j,    S_ij = int A phi_i phi_j + B grad phi_i . grad phi_j                       (natural edge)
 *
 * For any density of samples v^(xi) = (1/n) sum_l u(x_l) exp(-2 pi i xi.x_l) is known at the nodes, v = E u/n, and the function comes back
 * from a state as u(x) = e_x^H M u. So the errors r at the samples obey r' = -(1/n) K r with K = E^H S E: the equation is then the flow
 * of the kernel that the mesh makes of the rates. */
#ifndef LF_PDE_PARTS_H
#define LF_PDE_PARTS_H
#include "base/base.h"
#include "lowfirst/pde.h"

/* ---- rates (pde_rates.c) ----------------------------------------------------------------------------------------------------- */
typedef struct lf_pde_shape {
  bool round;   /* jumps are spheres |xi| = jump, else planes |xi_k| = jump */
  bool bounded; /* nothing happens beyond the last jump */
  size_t jumps;
  double jump[2 * LF_MAX_JUMPS]; /* ascending; a first one of 0: steep there */
  double reach;                  /* where the rates end, or may be taken to */
} lf_pde_shape;
lf_status lf_pde_shape_of(lf_pde_shape *s, const lf_pde_rates *rates, size_t d);

/* ---- mesh (pde_mesh.c) --------------------------------------------------------------------------------------------------------- */
enum { LF_PDE_MAX_NODES = 10, LF_PDE_MAX_D = 3 }; /* of an element: 10 in a tetrahedron of order 2 */

typedef struct lf_mesh {
  size_t d, order, nodes, elements;
  size_t per;        /* nodes of an element: d+1 corners, then the middles of its edges (0,1), (0,2), ... */
  double *x;         /* (nodes,d) */
  unsigned *element; /* (elements,per) */
  size_t ticks;      /* corners along an axis */
  double *tick;      /* (ticks) ascending, before the ball is made */
  bool round;        /* fitted to spheres: from `first_sphere` on, ticks are radii */
  double first_sphere;
  bool whole; /* no element was left out */
} lf_mesh;
lf_status lf_mesh_create(lf_mesh *m, const lf_pde_rates *rates, const lf_pde_shape *shape, size_t d, size_t order,
                         double half_width, size_t cells);
void lf_mesh_free(lf_mesh *m);
/* The element of a whole box that holds xi, and the shares of its corners (d+1); false: outside. */
bool lf_mesh_locate(const lf_mesh *m, const double *xi, size_t *element, double *share);
/* Shape functions N (per) and their slopes dN (per,d) with respect to shares 1...d, at shares of the corners. */
void lf_mesh_shape(const lf_mesh *m, const double *share, double *N, double *dN);

/* ---- matrices (pde_assemble.c) ------------------------------------------------------------------------------------------------- */
/* M and S: symmetric, both of one pattern, rows ascending. */
typedef struct lf_fem {
  size_t n;
  size_t *row;         /* (n+1) */
  unsigned *column;    /* (row[n]) ascending in a row */
  double *mass, *rate; /* (row[n]) */
} lf_fem;
lf_status lf_fem_assemble(lf_fem *f, const lf_mesh *mesh, const lf_pde_rates *rates);
void lf_fem_free(lf_fem *f);
/* y (n) = matrix x, for columns of stride 1 */
void lf_fem_multiply(const lf_fem *f, const double *matrix, const double *x, double *y);

/* ---- solvers of M + tau S (pde_band.c, pde_petsc.c) ---------------------------------------------------------------------------- */
typedef struct lf_fem_solver {
  const char *name;
  size_t processes;
  void *self;
  lf_status (*factor)(void *self, double tau);               /* for M + tau S */
  lf_status (*solve)(void *self, size_t columns, double *x); /* in place, (columns,n) */
  void (*destroy)(void *self);
} lf_fem_solver;
lf_status lf_fem_band(lf_fem_solver *out, const lf_fem *f);
lf_status lf_fem_petsc(lf_fem_solver *out, const lf_fem *f); /* LF_EUNSUP where there is none */

/* ---- the march (pde_march.c) ------------------------------------------------------------------------------------------------------ */
/* y' = f(y), f linear and dissipative. */
typedef struct lf_march {
  size_t size;    /* numbers in a state */
  size_t watched; /* the first of them, whose error is kept small */
  void *self;
  lf_status (*slope)(void *self, double tau, const double *y, double *k); /* the k of k = f(y + tau k); tau = 0: f(y) */
  double tolerance;
  size_t steps, rejected; /* taken */
  double error;           /* sum of estimates, relative to |y| at the start */
} lf_march;
/* Show y at times (count), ascending from time[0] >= 0. A value other than 0 from show ends it: LF_OK. y is the start, and then the state at
 * the last time shown. */
typedef lf_status (*lf_march_show)(void *user, size_t i, const double *y, int *stop);
lf_status lf_march_run(lf_march *m, double *y, size_t count, const double *time, lf_march_show show, void *user);

/* ---- the two forms (pde_uniform.c, pde_samples.c) -------------------------------------------------------------------------------- */
/* Points at which the function is wanted. */
typedef struct lf_pde_site {
  size_t m;
  double *start;          /* (m,c) f_0, NULL: 0 */
  struct lf_nudft *waves; /* uniform: from nodes to points */
  double *hat;            /* uniform: what it writes, (m, 2c) complex */
  double *kernel;         /* samples: K(Z,X) V^T/n, (m,n) */
} lf_pde_site;

enum { LF_PDE_SITES = 3 }; /* samples, held-out samples, probe points */

struct lf_pde {
  lf_pde_rates rates;
  const lf_data *data;
  lf_flow_options when;
  lf_pde_options how;
  double *time; /* of when */
  size_t n, d, c, cells;
  double half_width, widest, density, time_per_step;
  lf_mesh mesh;
  lf_fem fem;
  lf_pde_site site[LF_PDE_SITES];
  lf_fem_solver solver;       /* uniform */
  double factored;            /* uniform: the tau that solver stands for; -1: none yet */
  const struct lf_blas *blas; /* samples */
  double *modes, *lambda;     /* samples: V (n,n), a row each, and eigenvalues (n) of K(X,X)/n */
  lf_march march;
  double *state, *begin; /* (march.size) now, and at the start */
  double *work;          /* of values at a site */
  double *learned;       /* (nodes,c) complex */
  double space_error;
  struct lf_pde *wide; /* the same on cells twice as wide; NULL without `estimate` */
};

/* Each form: make what it needs from mesh and matrices; put the state at the start; the function at a site (m,c) from a state. */
lf_status lf_pde_uniform_make(lf_pde *p, const double *const *z);
lf_status lf_pde_uniform_begin(lf_pde *p);
lf_status lf_pde_uniform_values(lf_pde *p, const lf_pde_site *site, const double *state, double *out);
lf_status lf_pde_samples_make(lf_pde *p, const double *const *z);
lf_status lf_pde_samples_begin(lf_pde *p);
lf_status lf_pde_samples_values(lf_pde *p, const lf_pde_site *site, const double *state, double *out);

/* The largest eigenvalue of what samples see of the equation, per flow time, free polynomials left out (pde_top.c); 0: nothing is left to learn. */
lf_status lf_pde_top(const lf_pde *p, double *out);
#endif
