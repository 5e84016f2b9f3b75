/* pde_samples.c — the full form: v^ = u^ * rho^ for the samples as they lie.
 *
 * At the nodes v^ = E r/n, E_jl = exp(-2 pi i xi_j.x_l), exactly. What the samples see of u' = -M^-1 S v is r' = -(1/n) K r with
 * K = E^H S E, real because the rates are even: C^T S C + D^T S D for cosines C and sines D. Among K's eigenvectors, K/n = V^T diag(lambda) V, every
 * mode goes its own way. A state is V r and its integral over time, (2,c,n); elsewhere f = f_0 - (1/n) K(Z,X) V^T int V r dt. The matrices on the mesh
 * are needed no longer. */
#include <math.h>
#include <string.h>
#include "base/cpu.h"
#include "eigen.h"
#include "linalg/blas.h"
#include "linalg/vmath.h"
#include "pde_parts.h"

/* wave (nodes,m) = cos or sin of 2 pi xi.z; other (m) is overwritten */
static void fill_waves(const lf_pde *p, bool sine, size_t m, const double *z, double *wave, double *other)
{
  for (size_t j = 0; j < p->mesh.nodes; j++) {
    double *cycles = wave + j * m;
    for (size_t l = 0; l < m; l++) {
      cycles[l] = 0;
      for (size_t k = 0; k < p->d; k++) cycles[l] += p->mesh.x[j * p->d + k] * z[l * p->d + k];
    }
    lf_vmath_get()->turns_f64(m, cycles, sine ? other : cycles, sine ? cycles : other);
  }
}

/* out (nodes,m) = S wave */
static void apply_rates(const lf_fem *f, size_t m, const double *wave, double *out)
{
  memset(out, 0, f->n * m * sizeof *out);
  for (size_t i = 0; i < f->n; i++)
    for (size_t k = f->row[i]; k < f->row[i + 1]; k++)
      for (size_t l = 0; l < m; l++) out[i * m + l] += f->rate[k] * wave[f->column[k] * m + l];
}

/* Each site's K(Z,X)/n (m,n). */
static lf_status make_kernels(lf_pde *p, const double *const *z)
{
  size_t n = p->n, nodes = p->mesh.nodes, most = 0;
  double *wave = NULL, *rated = NULL, *here = NULL, *other = NULL;
  lf_status st;
  for (size_t i = 0; i < LF_PDE_SITES; i++) {
    most = LF_MAX(most, p->site[i].m);
    LF_TRY(lf_calloc(&p->site[i].kernel, p->site[i].m * n, sizeof(double)));
  }
  LF_TRY(lf_calloc(&wave, nodes * n, sizeof *wave));
  LF_TRY(lf_calloc(&rated, nodes * n, sizeof *rated));
  LF_TRY(lf_calloc(&here, nodes * most, sizeof *here));
  LF_TRY(lf_calloc(&other, most, sizeof *other));
  for (int sine = 0; sine < 2; sine++) {
    fill_waves(p, sine, n, p->data->x, wave, other);
    apply_rates(&p->fem, n, wave, rated);
    for (size_t i = 0; i < LF_PDE_SITES; i++) {
      lf_pde_site *s = &p->site[i];
      if (s->m == 0) continue;
      if (i > 0) fill_waves(p, sine, s->m, z[i], here, other);
      p->blas->dgemm(LF_BLAS_ROW_MAJOR, LF_BLAS_TRANSPOSED, LF_BLAS_PLAIN, (int)s->m, (int)n, (int)nodes, 1 / (double)n,
                     i > 0 ? here : wave, (int)s->m, rated, (int)n, sine, s->kernel, (int)n);
    }
  }
done:
  lf_free(wave);
  lf_free(rated);
  lf_free(here);
  lf_free(other);
  return st;
}

/* K(X,X)/n taken apart; from here on the sites' kernels, (m,n), speak of modes. */
static lf_status find_modes(lf_pde *p)
{
  const size_t n = p->n;
  double *kernel = NULL;
  lf_status st;
  LF_TRY(lf_calloc(&p->modes, n * n, sizeof *p->modes));
  LF_TRY(lf_calloc(&p->lambda, n, sizeof *p->lambda));
  memcpy(p->modes, p->site[0].kernel, n * n * sizeof *p->modes);
  LF_TRY(lf_eigen(p->blas, n, p->modes, p->lambda));
  for (size_t j = 0; j < n; j++) p->lambda[j] = fmax(p->lambda[j], 0); /* rounding */
  for (size_t i = 0; i < LF_PDE_SITES; i++) {
    lf_pde_site *s = &p->site[i];
    if (s->m == 0) continue;
    LF_TRY(lf_calloc(&kernel, s->m * n, sizeof *kernel));
    p->blas->dgemm(LF_BLAS_ROW_MAJOR, LF_BLAS_PLAIN, LF_BLAS_TRANSPOSED, (int)s->m, (int)n, (int)n, 1, s->kernel,
                   (int)n, p->modes, (int)n, 0, kernel, (int)n);
    lf_free(s->kernel);
    s->kernel = kernel;
    kernel = NULL;
  }
done:
  lf_free(kernel);
  return st;
}

/* y (m) = factor M x, M (m,n) */
static void multiply(const lf_blas *blas, size_t m, size_t n, double factor, const double *M, const double *x,
                     double *y)
{
  blas->dgemm(LF_BLAS_ROW_MAJOR, LF_BLAS_PLAIN, LF_BLAS_PLAIN, (int)m, 1, (int)n, factor, M, (int)n, x, 1, 0, y, 1);
}

/* (1 + tau lambda) k = -lambda y, mode by mode; the integral's slope is y + tau k */
static lf_status slope(void *self, double tau, const double *y, double *k)
{
  const lf_pde *p = self;
  const size_t n = p->n, half = p->c * n;
  for (size_t i = 0; i < half; i++) {
    const double lambda = p->lambda[i % n];
    k[i] = -lambda * y[i] / (1 + tau * lambda);
    k[half + i] = y[i] + tau * k[i];
  }
  return LF_OK;
}

/* Kernels at each site and the modes stay, with an estimate for the wider mesh, too; two sets of waves, and their rates, while they are made, and
 * what taking a matrix apart needs: twice its size. */
static lf_status check_memory(const lf_pde *p)
{
  static const double gigabyte = 1e9;
  double n = (double)p->n, most = 0, kept = n * n;
  for (size_t i = 0; i < LF_PDE_SITES; i++) {
    kept += n * (double)p->site[i].m;
    most = fmax(most, (double)p->site[i].m);
  }
  double made = fmax((double)p->mesh.nodes * (2 * n + most), n * fmax(2 * n, most));
  double need = (kept * (p->how.estimate ? 2 : 1) + made) * sizeof(double);
  double have = lf_machine_bytes();
  if (need <= have) return LF_OK;
  return LF_FAIL(
      LF_ENOMEM,
      "%zu samples of their own density on a mesh of %zu nodes need %.3g GB, and this machine has %.3g GB: use "
      "fewer samples or cells, or the uniform density where they lie on a grid",
      p->n, p->mesh.nodes, need / gigabyte, have / gigabyte);
}

lf_status lf_pde_samples_make(lf_pde *p, const double *const *z)
{
  lf_status st;
  LF_TRY(check_memory(p));
  p->density = NAN;
  p->solver = (lf_fem_solver){.name = "dense", .processes = 1};
  LF_TRY(lf_blas_get(&p->blas));
  LF_TRY(make_kernels(p, z));
  LF_TRY(find_modes(p));
  p->march = (lf_march){.size = 2 * p->c * p->n, .watched = p->c * p->n, .self = p, .slope = slope};
done:
  return st;
}

lf_status lf_pde_samples_begin(lf_pde *p)
{
  const double *start = p->site[0].start;
  memset(p->state, 0, p->march.size * sizeof *p->state);
  for (size_t k = 0; k < p->c; k++) {
    for (size_t i = 0; i < p->n; i++) p->work[i] = (start ? start[i * p->c + k] : 0) - p->data->y[i * p->c + k];
    multiply(p->blas, p->n, p->n, 1, p->modes, p->work, p->state + k * p->n);
  }
  return LF_OK;
}

lf_status lf_pde_samples_values(lf_pde *p, const lf_pde_site *site, const double *state, double *out)
{
  const double *integral = state + p->c * p->n;
  for (size_t k = 0; k < p->c; k++) {
    multiply(p->blas, site->m, p->n, -1, site->kernel, integral + k * p->n, p->work);
    for (size_t i = 0; i < site->m; i++) out[i * p->c + k] = (site->start ? site->start[i * p->c + k] : 0) + p->work[i];
  }
  return LF_OK;
}
