/* pde_assemble.c — the matrices M and S of the frequency equation on a mesh.
 *
 * Integrals over an element are Gauss's, with order + 2 points a direction collapsed from the cube to the simplex: exact for the products of
 * shape functions, of an order above the elements' own for smooth rates. Sampled frequencies are no function: each adds its weight times the
 * products at its place, which is what the equation says of a sum of deltas. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "pde_parts.h"

/* ---- pattern --------------------------------------------------------------------------------------------------------------------------- */
static int ascending(const void *a, const void *b)
{
  unsigned x = *(const unsigned *)a, y = *(const unsigned *)b;
  return x < y ? -1 : x > y;
}

/* Elements of each node: those of node i are list[first[i]] ... */
static lf_status list_elements(const lf_mesh *mesh, size_t **first, unsigned **list)
{
  size_t entries = mesh->elements * mesh->per;
  lf_status st;
  LF_TRY(lf_calloc(first, mesh->nodes + 2, sizeof **first));
  LF_TRY(lf_calloc(list, entries, sizeof **list));
  size_t *end = *first + 1; /* shifted by one while it fills */
  for (size_t i = 0; i < entries; i++) end[mesh->element[i] + 1]++;
  for (size_t i = 0; i < mesh->nodes; i++) end[i + 1] += end[i];
  for (size_t i = 0; i < entries; i++) (*list)[end[mesh->element[i]]++] = (unsigned)(i / mesh->per);
done:
  return st;
}

/* Columns of one row, distinct and ascending; mark[j] is the row that saw column j last. */
static size_t list_columns(const lf_mesh *mesh, size_t row, const size_t *first, const unsigned *list, unsigned *mark,
                           unsigned *out)
{
  size_t count = 0;
  for (size_t i = first[row]; i < first[row + 1]; i++)
    for (size_t a = 0; a < mesh->per; a++) {
      unsigned j = mesh->element[list[i] * mesh->per + a];
      if (mark[j] == row + 1) continue;
      mark[j] = (unsigned)row + 1;
      if (out) out[count] = j;
      count++;
    }
  if (out) qsort(out, count, sizeof *out, ascending);
  return count;
}

static lf_status make_pattern(lf_fem *f, const lf_mesh *mesh)
{
  size_t *first = NULL;
  unsigned *list = NULL, *mark = NULL;
  lf_status st;
  f->n = mesh->nodes;
  LF_TRY(list_elements(mesh, &first, &list));
  LF_TRY(lf_calloc(&mark, f->n, sizeof *mark));
  LF_TRY(lf_calloc(&f->row, f->n + 1, sizeof *f->row));
  for (size_t i = 0; i < f->n; i++) f->row[i + 1] = f->row[i] + list_columns(mesh, i, first, list, mark, NULL);
  memset(mark, 0, f->n * sizeof *mark);
  LF_TRY(lf_calloc(&f->column, f->row[f->n], sizeof *f->column));
  LF_TRY(lf_calloc(&f->mass, f->row[f->n], sizeof *f->mass));
  LF_TRY(lf_calloc(&f->rate, f->row[f->n], sizeof *f->rate));
  for (size_t i = 0; i < f->n; i++) (void)list_columns(mesh, i, first, list, mark, f->column + f->row[i]);
done:
  lf_free(first);
  lf_free(list);
  lf_free(mark);
  return st;
}

static size_t find_entry(const lf_fem *f, size_t row, unsigned column)
{
  size_t low = f->row[row], high = f->row[row + 1];
  while (high - low > 1) {
    size_t middle = (low + high) / 2;
    *(f->column[middle] <= column ? &low : &high) = middle;
  }
  return low;
}

/* ---- points of an element ----------------------------------------------------------------------------------------------------------------- */
enum { MAX_RULE = 4, MAX_POINTS = MAX_RULE * MAX_RULE * MAX_RULE };
/* Gauss-Legendre on [0,1], order + 2 points */
static const double gauss_at[2][MAX_RULE] = {
    {0.11270166537925831, 0.5, 0.88729833462074169},
    {0.069431844202973712, 0.33000947820757187, 0.66999052179242813, 0.93056815579702629}};
static const double gauss_weight[2][MAX_RULE] = {
    {0.27777777777777778, 0.44444444444444444, 0.27777777777777778},
    {0.17392742256872693, 0.32607257743127307, 0.32607257743127307, 0.17392742256872693}};

typedef struct rule {
  size_t points;
  double weight[MAX_POINTS];
  double N[MAX_POINTS][LF_PDE_MAX_NODES], dN[MAX_POINTS][LF_PDE_MAX_NODES * LF_PDE_MAX_D];
} rule;

/* share_1 = u, share_2 = (1-u) v, share_3 = (1-u)(1-v) w, and the volume (1-u)^(d-1) (1-v)^(d-2) */
static void make_rule(rule *r, const lf_mesh *mesh)
{
  size_t per = mesh->order + 2, d = mesh->d, total = 1;
  for (size_t k = 0; k < d; k++) total *= per;
  r->points = total;
  for (size_t q = 0; q < total; q++) {
    double share[LF_PDE_MAX_D + 1], left = 1;
    size_t digit = q;
    r->weight[q] = 1;
    for (size_t k = 0; k < d; k++, digit /= per) {
      double at = gauss_at[mesh->order - 1][digit % per];
      r->weight[q] *= gauss_weight[mesh->order - 1][digit % per] * left;
      share[k + 1] = left * at;
      left *= 1 - at;
    }
    share[0] = left;
    lf_mesh_shape(mesh, share, r->N[q], r->dN[q]);
  }
}

/* Place, volume and slopes of the shape functions in xi, from those in shares: with J = dxi/dshare, grad = J^-T dN. */
typedef struct spot {
  double x[LF_PDE_MAX_D], volume, grad[LF_PDE_MAX_NODES][LF_PDE_MAX_D];
} spot;

static double invert(size_t d, double J[LF_PDE_MAX_D][LF_PDE_MAX_D], double I[LF_PDE_MAX_D][LF_PDE_MAX_D])
{
  double det;
  if (d == 1) {
    I[0][0] = 1 / J[0][0];
    return J[0][0];
  }
  if (d == 2) {
    det = J[0][0] * J[1][1] - J[0][1] * J[1][0];
    I[0][0] = J[1][1] / det, I[0][1] = -J[0][1] / det, I[1][0] = -J[1][0] / det, I[1][1] = J[0][0] / det;
    return det;
  }
  det = 0;
  for (size_t i = 0; i < 3; i++)
    for (size_t j = 0; j < 3; j++) {
      size_t a = (i + 1) % 3, b = (i + 2) % 3, e = (j + 1) % 3, f = (j + 2) % 3;
      I[j][i] = J[a][e] * J[b][f] - J[a][f] * J[b][e];
      if (i == 0) det += J[0][j] * I[j][0];
    }
  for (size_t i = 0; i < 3; i++)
    for (size_t j = 0; j < 3; j++) I[i][j] /= det;
  return det;
}

static void find_spot(spot *s, const lf_mesh *mesh, const unsigned *node, const double *N, const double *dN)
{
  size_t d = mesh->d;
  double J[LF_PDE_MAX_D][LF_PDE_MAX_D] = {{0}}, inverse[LF_PDE_MAX_D][LF_PDE_MAX_D] = {{0}};
  memset(s->x, 0, sizeof s->x);
  for (size_t a = 0; a < mesh->per; a++)
    for (size_t i = 0; i < d; i++) {
      double x = mesh->x[node[a] * d + i];
      s->x[i] += N[a] * x;
      for (size_t k = 0; k < d; k++) J[i][k] += x * dN[a * d + k];
    }
  s->volume = fabs(invert(d, J, inverse));
  for (size_t a = 0; a < mesh->per; a++)
    for (size_t i = 0; i < d; i++) {
      s->grad[a][i] = 0;
      for (size_t k = 0; k < d; k++) s->grad[a][i] += inverse[k][i] * dN[a * d + k];
    }
}

/* ---- sums ------------------------------------------------------------------------------------------------------------------------------------ */
typedef struct block {
  double mass[LF_PDE_MAX_NODES][LF_PDE_MAX_NODES], rate[LF_PDE_MAX_NODES][LF_PDE_MAX_NODES];
} block;

static void add_products(block *b, const lf_mesh *mesh, const spot *s, const double *N, double mass, double A, double B)
{
  for (size_t i = 0; i < mesh->per; i++)
    for (size_t j = 0; j < mesh->per; j++) {
      double slopes = 0;
      for (size_t k = 0; k < mesh->d; k++) slopes += s->grad[i][k] * s->grad[j][k];
      b->mass[i][j] += mass * N[i] * N[j];
      b->rate[i][j] += A * N[i] * N[j] + B * slopes;
    }
}

static void add_block(lf_fem *f, const lf_mesh *mesh, const unsigned *node, const block *b)
{
  for (size_t i = 0; i < mesh->per; i++)
    for (size_t j = 0; j < mesh->per; j++) {
      size_t at = find_entry(f, node[i], node[j]);
      f->mass[at] += b->mass[i][j];
      f->rate[at] += b->rate[i][j];
    }
}

/* Radii between which an element of a ball lies; its curved faces are only near the spheres on which the rates jump. */
typedef struct ring {
  double inner, outer;
} ring;

static ring find_ring(const lf_mesh *mesh, const unsigned *node)
{
  static const double within = 1e-9;
  ring r = {INFINITY, 0};
  for (size_t a = 0; a < mesh->per; a++) {
    double square = 0;
    for (size_t k = 0; k < mesh->d; k++) square += mesh->x[node[a] * mesh->d + k] * mesh->x[node[a] * mesh->d + k];
    r.inner = fmin(r.inner, sqrt(square) * (1 + within));
    r.outer = fmax(r.outer, sqrt(square) * (1 - within));
  }
  return r;
}

static void pull_inside(const lf_mesh *mesh, const ring *r, double *x)
{
  double square = 0;
  for (size_t k = 0; k < mesh->d; k++) square += x[k] * x[k];
  double radius = sqrt(square), inside = fmin(fmax(radius, r->inner), r->outer);
  for (size_t k = 0; radius > 0 && k < mesh->d; k++) x[k] *= inside / radius;
}

static lf_status add_elements(lf_fem *f, const lf_mesh *mesh, const lf_pde_rates *rates, const rule *r)
{
  for (size_t e = 0; e < mesh->elements; e++) {
    const unsigned *node = mesh->element + e * mesh->per;
    const ring between = mesh->round ? find_ring(mesh, node) : (ring){0};
    block b = {0};
    for (size_t q = 0; q < r->points; q++) {
      spot s;
      double A = 0, B = 0;
      find_spot(&s, mesh, node, r->N[q], r->dN[q]);
      if (mesh->round) pull_inside(mesh, &between, s.x);
      lf_pde_rates_at(rates, mesh->d, s.x, &A, &B);
      if (!(A >= 0 && B >= 0) || isinf(A + B))
        return LF_FAIL(LF_EMATH, "rates: A = %g, B = %g at xi = %g%s; they must be finite and >= 0", A, B, s.x[0],
                       mesh->d > 1 ? ", ..." : "");
      double w = r->weight[q] * s.volume;
      add_products(&b, mesh, &s, r->N[q], w, w * A, w * B);
    }
    add_block(f, mesh, node, &b);
  }
  return LF_OK;
}

/* Half of a frequency's weight at its place, half at its mirror image. */
static void add_sampled(lf_fem *f, const lf_mesh *mesh, const lf_density *p, double A, double B)
{
  for (size_t i = 0; i < 2 * p->count; i++) {
    double xi[LF_PDE_MAX_D], share[LF_PDE_MAX_D + 1], N[LF_PDE_MAX_NODES], dN[LF_PDE_MAX_NODES * LF_PDE_MAX_D];
    size_t e = 0;
    for (size_t k = 0; k < mesh->d; k++) xi[k] = (i % 2 ? -1 : 1) * p->point[i / 2 * mesh->d + k];
    if (!lf_mesh_locate(mesh, xi, &e, share)) continue; /* beyond the box: learned by nobody on it */
    const unsigned *node = mesh->element + e * mesh->per;
    spot s;
    block b = {0};
    lf_mesh_shape(mesh, share, N, dN);
    find_spot(&s, mesh, node, N, dN);
    add_products(&b, mesh, &s, N, 0, A / (2 * (double)p->count), B / (2 * (double)p->count));
    add_block(f, mesh, node, &b);
  }
}

lf_status lf_fem_assemble(lf_fem *f, const lf_mesh *mesh, const lf_pde_rates *rates)
{
  rule *r = NULL;
  double whole = 0;
  lf_status st;
  *f = (lf_fem){0};
  LF_TRY(lf_calloc(&r, 1, sizeof *r));
  LF_TRY(make_pattern(f, mesh));
  make_rule(r, mesh);
  LF_TRY(add_elements(f, mesh, rates, r));
  for (size_t i = 0; i < rates->parts; i++) whole += rates->part[i].weight;
  for (size_t i = 0; !rates->rate && i < rates->parts; i++) {
    const lf_density *p = &rates->part[i];
    if (p->kind == LF_DENSITY_SAMPLED)
      add_sampled(f, mesh, p, rates->a * p->weight / whole, rates->b * p->weight / whole);
  }
done:
  lf_free(r);
  return st;
}

void lf_fem_free(lf_fem *f)
{
  lf_free(f->row);
  lf_free(f->column);
  lf_free(f->mass);
  lf_free(f->rate);
  *f = (lf_fem){0};
}

void lf_fem_multiply(const lf_fem *f, const double *matrix, const double *x, double *y)
{
  for (size_t i = 0; i < f->n; i++) {
    double sum = 0;
    for (size_t k = f->row[i]; k < f->row[i + 1]; k++) sum += matrix[k] * x[f->column[k]];
    y[i] = sum;
  }
}
