/* pde_samples.c — the full form: v^ = u^ * rho^ for the samples as they lie.
 *
 * At the nodes v^ = E r/n, E_jl = exp(-2 pi i xi_j.x_l), exactly. What the samples see of u' = -M^-1 S v is r' = -(1/n) K r with
 * K = E^H S E, real because the rates are even: C^T S C + D^T S D for cosines C and sines D. A state is r and its integral over
 * time, (2,c,n); elsewhere f = f_0 - (1/n) K(Z,X) int r dt. The matrices on the mesh are needed no longer. */
#include <math.h>
#include <string.h>
#include "base/cpu.h"
#include "linalg/blas.h"
#include "pde_parts.h"

static const double two_pi = 6.283185307179586477;

/* wave (nodes,m) = cos or sin of 2 pi xi.z */
static void fill_waves(const lf_pde *p, bool sine, size_t m, const double *z, double *wave)
{
  for (size_t j = 0; j < p->mesh.nodes; j++)
    for (size_t l = 0; l < m; l++) {
      double cycles = 0;
      for (size_t k = 0; k < p->d; k++) cycles += p->mesh.x[j * p->d + k] * z[l * p->d + k];
      double phase = two_pi * remainder(cycles, 1);
      wave[j * m + l] = sine ? sin(phase) : cos(phase);
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
  double *wave = NULL, *rated = NULL, *here = NULL;
  lf_status st;
  for (size_t i = 0; i < LF_PDE_SITES; i++) {
    most = LF_MAX(most, p->site[i].m);
    LF_TRY(lf_calloc(&p->site[i].kernel, p->site[i].m * n, sizeof(double)));
  }
  LF_TRY(lf_calloc(&wave, nodes * n, sizeof *wave));
  LF_TRY(lf_calloc(&rated, nodes * n, sizeof *rated));
  LF_TRY(lf_calloc(&here, nodes * most, sizeof *here));
  for (int sine = 0; sine < 2; sine++) {
    fill_waves(p, sine, n, p->data->x, wave);
    apply_rates(&p->fem, n, wave, rated);
    for (size_t i = 0; i < LF_PDE_SITES; i++) {
      lf_pde_site *s = &p->site[i];
      if (s->m == 0) continue;
      if (i > 0) fill_waves(p, sine, s->m, z[i], here);
      p->blas->dgemm(LF_BLAS_ROW_MAJOR, LF_BLAS_TRANSPOSED, LF_BLAS_PLAIN, (int)s->m, (int)n, (int)nodes, 1 / (double)n,
                     i > 0 ? here : wave, (int)s->m, rated, (int)n, sine, s->kernel, (int)n);
    }
  }
done:
  lf_free(wave);
  lf_free(rated);
  lf_free(here);
  return st;
}

static lf_status factor(lf_pde *p, double tau)
{
  int n = (int)p->n, info = 0;
  const double *K = p->site[0].kernel;
  p->factored = -1;
  for (size_t i = 0; i < p->n * p->n; i++) p->factor[i] = tau * K[i];
  for (size_t i = 0; i < p->n; i++) p->factor[i * p->n + i] += 1;
  p->blas->dpotrf("U", &n, p->factor, &n, &info, 1);
  if (info != 0) return LF_FAIL(LF_EMATH, "I + %.3g K is not positive (dpotrf: %d)", tau, info);
  p->factored = tau;
  return LF_OK;
}

static void multiply(size_t m, size_t n, double factor, const double *K, const double *x, double *y)
{
  for (size_t i = 0; i < m; i++) {
    double sum = 0;
    for (size_t l = 0; l < n; l++) sum += K[i * n + l] * x[l];
    y[i] = factor * sum;
  }
}

/* (I + tau K/n) k = -K/n r; the integral's slope is r + tau k */
static lf_status slope(void *self, double tau, const double *y, double *k)
{
  lf_pde *p = self;
  size_t n = p->n, half = p->c * n;
  int order = (int)n, columns = (int)p->c, info = 0;
  lf_status st = LF_OK;
  if (tau != p->factored) LF_TRY(factor(p, tau));
  for (size_t i = 0; i < p->c; i++) multiply(n, n, -1, p->site[0].kernel, y + i * n, k + i * n);
  p->blas->dpotrs("U", &order, &columns, p->factor, &order, k, &order, &info, 1);
  for (size_t i = 0; i < half; i++) k[half + i] = y[i] + tau * k[i];
done:
  return st;
}

/* Kernels at each site and the factor stay, with an estimate for the wider mesh, too; two sets of waves, and their rates, while they are made. */
static lf_status check_memory(const lf_pde *p)
{
  static const double gigabyte = 1e9;
  double n = (double)p->n, most = 0, kept = n * n;
  for (size_t i = 0; i < LF_PDE_SITES; i++) {
    kept += n * (double)p->site[i].m;
    most = fmax(most, (double)p->site[i].m);
  }
  double need = (kept * (p->how.estimate ? 2 : 1) + (double)p->mesh.nodes * (2 * n + most)) * sizeof(double);
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
  LF_TRY(lf_calloc(&p->factor, p->n * p->n, sizeof *p->factor));
  p->march = (lf_march){.size = 2 * p->c * p->n, .watched = p->c * p->n, .self = p, .slope = slope};
done:
  return st;
}

lf_status lf_pde_samples_begin(lf_pde *p)
{
  const double *start = p->site[0].start;
  memset(p->state, 0, p->march.size * sizeof *p->state);
  for (size_t i = 0; i < p->n; i++)
    for (size_t k = 0; k < p->c; k++)
      p->state[k * p->n + i] = (start ? start[i * p->c + k] : 0) - p->data->y[i * p->c + k];
  return LF_OK;
}

lf_status lf_pde_samples_values(lf_pde *p, const lf_pde_site *site, const double *state, double *out)
{
  const double *integral = state + p->c * p->n;
  for (size_t k = 0; k < p->c; k++) {
    multiply(site->m, p->n, -1, site->kernel, integral + k * p->n, p->work);
    for (size_t i = 0; i < site->m; i++) out[i * p->c + k] = (site->start ? site->start[i * p->c + k] : 0) + p->work[i];
  }
  return LF_OK;
}
