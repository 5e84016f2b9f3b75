/* pde_uniform.c — the closed form: samples of one density c, v^ = c u^, M u' = -c S u.
 *
 * A state is u^ at the nodes, (2c,nodes): real and imaginary part of each output, which share every matrix. It begins as the transform of the
 * samples' errors; the function has moved by int (u^(t) - u^(0)) exp(2 pi i xi.x) dxi, which is what the band on the mesh has learned, and
 * what lies beyond the mesh stays unlearned. Integrals against waves take the waves' interpolants on the mesh: sums over nodes of M u^. */
#include <math.h>
#include <string.h>
#include "lowfirst/nudft.h"
#include "pde_parts.h"

/* (M + tau c S) k = -c S y */
static lf_status slope(void *self, double tau, const double *y, double *k)
{
  lf_pde *p = self;
  size_t n = p->fem.n, columns = 2 * p->c;
  lf_status st = LF_OK;
  if (tau != p->factored) {
    p->factored = -1;
    LF_TRY(p->solver.factor(p->solver.self, tau * p->density));
    p->factored = tau;
  }
  for (size_t i = 0; i < columns; i++) lf_fem_multiply(&p->fem, p->fem.rate, y + i * n, k + i * n);
  for (size_t i = 0; i < columns * n; i++) k[i] *= -p->density;
  LF_TRY(p->solver.solve(p->solver.self, columns, k));
done:
  return st;
}

static lf_status choose_solver(lf_pde *p)
{
  size_t processes;
  (void)lf_pde_process(&processes);
  bool banded = p->how.solver == LF_PDE_BANDED || (p->how.solver == LF_PDE_AUTO && p->d == 1 && processes == 1);
  if (banded && p->d > 1)
    return LF_FAIL(LF_EARG, "solver banded is for one dimension, and the data have %zu: petsc", p->d);
  return banded ? lf_fem_band(&p->solver, &p->fem) : lf_fem_petsc(&p->solver, &p->fem);
}

lf_status lf_pde_uniform_make(lf_pde *p, const double *const *z)
{
  static const size_t memory = (size_t)1 << 27; /* bytes of phases kept for each of the three sites */
  const lf_grid *grid = &p->data->grid;
  double volume = (double)p->n;
  lf_status st;
  if (grid->d == 0)
    LF_RAISE(LF_EARG, "the closed frequency equation needs samples on an even grid; these are scattered: take the "
                      "samples' own density");
  for (size_t k = 0; k < grid->d; k++) volume *= grid->step[k];
  p->density = 1 / volume;
  LF_TRY(choose_solver(p));
  for (size_t i = 0; i < LF_PDE_SITES; i++) {
    lf_pde_site *s = &p->site[i];
    if (s->m == 0) continue;
    LF_TRY(lf_nudft_create(&s->waves, p->mesh.nodes, p->d, p->mesh.x, s->m, z[i], memory));
    LF_TRY(lf_calloc(&s->hat, s->m * 2 * p->c * 2, sizeof *s->hat));
  }
  p->march = (lf_march){.size = 2 * p->c * p->mesh.nodes, .self = p, .slope = slope};
  p->march.watched = p->march.size;
done:
  return st;
}

lf_status lf_pde_uniform_begin(lf_pde *p)
{
  size_t nodes = p->mesh.nodes, c = p->c;
  double *error = NULL, *hat = NULL;
  const double *start = p->site[0].start;
  lf_nudft *waves = NULL;
  lf_status st;
  LF_TRY(lf_calloc(&error, p->n * c, sizeof *error));
  LF_TRY(lf_calloc(&hat, 2 * nodes * c, sizeof *hat));
  LF_TRY(lf_nudft_create(&waves, p->n, p->d, p->data->x, nodes, p->mesh.x, 1));
  for (size_t i = 0; i < p->n; i++)
    for (size_t k = 0; k < c; k++) error[k * p->n + i] = (start ? start[i * c + k] : 0) - p->data->y[i * c + k];
  lf_nudft_run(waves, c, error, hat);
  for (size_t i = 0; i < nodes; i++)
    for (size_t k = 0; k < 2 * c; k++) p->state[k * nodes + i] = hat[i * 2 * c + k] / p->density;
done:
  lf_nudft_destroy(waves);
  lf_free(error);
  lf_free(hat);
  return st;
}

/* Re sum_j w_j exp(2 pi i xi_j.z) for w = M (u^ - u^(0)), from the transforms of Re w and Im w with the other sign. */
lf_status lf_pde_uniform_values(lf_pde *p, const lf_pde_site *site, const double *state, double *out)
{
  size_t nodes = p->mesh.nodes, c = p->c;
  double *moved = p->work, *change = p->work + 2 * c * nodes;
  for (size_t k = 0; k < 2 * c; k++) {
    for (size_t i = 0; i < nodes; i++) change[i] = state[k * nodes + i] - p->begin[k * nodes + i];
    lf_fem_multiply(&p->fem, p->fem.mass, change, moved + k * nodes);
  }
  lf_nudft_run(site->waves, 2 * c, moved, site->hat);
  for (size_t i = 0; i < site->m; i++)
    for (size_t k = 0; k < c; k++) {
      const double *pair = site->hat + (i * 2 * c + 2 * k) * 2;
      out[i * c + k] = (site->start ? site->start[i * c + k] : 0) + (pair[0] + pair[3]) * (double)nodes;
    }
  return LF_OK;
}
