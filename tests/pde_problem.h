/* pde_problem.h — the frequency equation on a mesh, without samples: M u' = -S u from a field that is known at all times. */
#ifndef LF_TESTS_PDE_PROBLEM_H
#define LF_TESTS_PDE_PROBLEM_H
#include <stdlib.h>
#include "check.h"
#include "flow/pde_parts.h"

typedef double (*pde_field)(size_t d, const double *xi, double t);

typedef struct pde_problem {
  lf_pde_rates rates;
  size_t d, order, cells;
  double half_width; /* 0: where the rates end */
  double tolerance;  /* of a step; 0: 1e-8 */
  bool petsc;
  /* made by pde_make() */
  lf_mesh mesh;
  lf_fem fem;
  lf_fem_solver solver;
  double tau;
  lf_march march;
  double *u; /* (nodes) */
} pde_problem;

static inline lf_status pde_slope(void *self, double tau, const double *y, double *k)
{
  pde_problem *p = self;
  lf_status st = LF_OK;
  if (tau != p->tau) LF_TRY(p->solver.factor(p->solver.self, tau));
  p->tau = tau;
  lf_fem_multiply(&p->fem, p->fem.rate, y, k);
  for (size_t i = 0; i < p->fem.n; i++) k[i] = -k[i];
  LF_TRY(p->solver.solve(p->solver.self, 1, k));
done:
  return st;
}

static inline void pde_mesh_of(pde_problem *p)
{
  lf_pde_shape shape;
  assert_ok(lf_pde_shape_of(&shape, &p->rates, p->d));
  double half_width = p->half_width > 0 ? p->half_width : shape.reach;
  assert_ok(lf_mesh_create(&p->mesh, &p->rates, &shape, p->d, p->order, half_width, p->cells));
  assert_ok(lf_fem_assemble(&p->fem, &p->mesh, &p->rates));
}

static inline void pde_make(pde_problem *p, pde_field start)
{
  pde_mesh_of(p);
  assert_ok(p->petsc ? lf_fem_petsc(&p->solver, &p->fem) : lf_fem_band(&p->solver, &p->fem));
  p->tau = -1;
  p->march = (lf_march){.size = p->mesh.nodes, .watched = p->mesh.nodes, .self = p, .slope = pde_slope};
  p->march.tolerance = p->tolerance > 0 ? p->tolerance : 1e-8;
  p->u = calloc(p->mesh.nodes, sizeof *p->u);
  for (size_t i = 0; i < p->mesh.nodes; i++) p->u[i] = start(p->d, p->mesh.x + i * p->d, 0);
}

static inline void pde_forget(pde_problem *p)
{
  if (p->solver.destroy) p->solver.destroy(p->solver.self);
  lf_fem_free(&p->fem);
  lf_mesh_free(&p->mesh);
  free(p->u);
}

/* x^T matrix y */
static inline double pde_form(const lf_fem *f, const double *matrix, const double *x, const double *y)
{
  double sum = 0;
  for (size_t i = 0; i < f->n; i++)
    for (size_t k = f->row[i]; k < f->row[i + 1]; k++) sum += x[i] * matrix[k] * y[f->column[k]];
  return sum;
}

static inline lf_status pde_just_go(void *user, size_t i, const double *y, int *stop)
{
  (void)user, (void)i, (void)y;
  *stop = 0;
  return LF_OK;
}

/* Root of the integral of the squared error at time t, both functions taken at the nodes. */
static inline double pde_error(pde_problem p, pde_field exact, double t)
{
  pde_make(&p, exact);
  assert_ok(lf_march_run(&p.march, p.u, 1, &t, pde_just_go, NULL));
  for (size_t i = 0; i < p.fem.n; i++) p.u[i] -= exact(p.d, p.mesh.x + i * p.d, t);
  double error = sqrt(pde_form(&p.fem, p.fem.mass, p.u, p.u));
  pde_forget(&p);
  return error;
}

/* u = exp(-21 t) prod (2 + cos pi xi_k), whose slope is 0 at the edges of [-1,1]^d, for B = 1 + |xi|^2/4 and A = 21 + div(B grad u)/u */
static inline double pde_product(size_t d, const double *xi, double t)
{
  double u = exp(-21 * t);
  for (size_t k = 0; k < d; k++) u *= 2 + cos(3.14159265358979323846 * xi[k]);
  return u;
}

static inline void pde_product_rates(void *user, size_t d, const double *xi, double *A, double *B)
{
  const double pi = 3.14159265358979323846;
  double square = 0, flux = 0;
  (void)user;
  for (size_t k = 0; k < d; k++) square += xi[k] * xi[k];
  *B = 1 + square / 4;
  for (size_t k = 0; k < d; k++) {
    double f = 2 + cos(pi * xi[k]);
    flux += -pi * sin(pi * xi[k]) / f * xi[k] / 2 - *B * pi * pi * cos(pi * xi[k]) / f;
  }
  *A = 21 + flux;
}
#endif
