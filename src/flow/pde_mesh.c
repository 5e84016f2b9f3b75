/* pde_mesh.c — simplices in frequency space, fitted to where the rates jump.
 *
 * A box [-L,L]^d is cut by the same ticks along every axis, and every cell into d! simplices along the path from its corner nearest to 0 to the
 * farthest (Kuhn's triangulation, mirrored from orthant to orthant), so that the faces hold the planes |xi_i| = |xi_j|. Where rates jump on
 * spheres, each point p is moved to p (1 - s (1 - max|p_k| / |p|)): cubes become spheres from the first jump on, where s = 1, and do so little by
 * little inside it, s = max|p_k| / jump, so that the mapping's second derivatives stay bounded at 0. The planes stay, and it is smooth in each
 * element. Elements of order 2 are isoparametric: their edges follow. Jumps are ticks, and ticks are denser near them: the solution is
 * smooth between jumps and steep at them. Elements in which both rates are 0 are left out. */
#include <math.h>
#include <string.h>
#include "pde_parts.h"

static const double pi = 3.14159265358979323846;

/* ---- ticks ------------------------------------------------------------------------------------------------------------------------- */
/* Ticks from 0 to half_width: the share s in [0,1] of an interval between jumps goes to a place in [0,1] that moves slowly at an end which is
 * a jump, and slower still where rates are steep at 0: they are powers of |xi|. */
static double graded(double s, bool from_zero, bool from_jump, bool to_jump)
{
  static const double grade = 0.7; /* the first cell is 1 - grade times the mean one */
  if (from_zero) return s * s;
  if (from_jump && to_jump) return s - grade * sin(2 * pi * s) / (2 * pi);
  if (from_jump) return s - grade * sin(pi * s) / pi;
  if (to_jump) return s + grade * sin(pi * s) / pi;
  return s;
}

static lf_status make_ticks(lf_mesh *m, const lf_pde_shape *shape, double half_width, size_t cells)
{
  double edge[2 * LF_MAX_JUMPS + 2];
  size_t share[2 * LF_MAX_JUMPS + 2], edges = 0, half = 0;
  bool steep[2 * LF_MAX_JUMPS + 2] = {shape->jumps > 0 && shape->jump[0] == 0};
  lf_status st;
  edge[edges++] = 0;
  for (size_t i = 0; i < shape->jumps && shape->jump[i] < half_width * (1 - 1e-12); i++)
    if (shape->jump[i] > 0) steep[edges] = true, edge[edges++] = shape->jump[i];
  steep[edges] = shape->jumps > 0 && fabs(shape->jump[shape->jumps - 1] - half_width) <= 1e-12 * half_width;
  edge[edges] = half_width;
  for (size_t i = 0; i < edges; i++) {
    share[i] = (size_t)fmax(2, round((double)cells * (edge[i + 1] - edge[i]) / half_width));
    half += share[i];
  }
  m->ticks = 2 * half + 1;
  LF_TRY(lf_calloc(&m->tick, m->ticks, sizeof *m->tick));
  size_t at = half;
  for (size_t i = 0; i < edges; i++)
    for (size_t k = 1; k <= share[i]; k++) {
      double to = graded((double)k / (double)share[i], i == 0 && steep[0], steep[i], steep[i + 1]);
      double place = k == share[i] ? edge[i + 1] : edge[i] + to * (edge[i + 1] - edge[i]);
      at++;
      m->tick[at] = place;
      m->tick[2 * half - at] = -place;
    }
done:
  return st;
}

/* ---- nodes ------------------------------------------------------------------------------------------------------------------------- */
static size_t lattice(const lf_mesh *m) { return m->order * (m->ticks - 1) + 1; }

static double along(const lf_mesh *m, size_t i)
{
  if (m->order == 1) return m->tick[i];
  return i % 2 ? (m->tick[i / 2] + m->tick[i / 2 + 1]) / 2 : m->tick[i / 2];
}

static void place_node(const lf_mesh *m, const size_t *at, double *x)
{
  double square = 0, most = 0;
  for (size_t k = 0; k < m->d; k++) {
    x[k] = along(m, at[k]);
    square += x[k] * x[k];
    most = fmax(most, fabs(x[k]));
  }
  if (!m->round || square == 0) return;
  double bent = fmin(1, most / m->first_sphere);
  for (size_t k = 0; k < m->d; k++) x[k] *= 1 - bent * (1 - most / sqrt(square));
}

static lf_status place_nodes(lf_mesh *m)
{
  size_t side = lattice(m), at[LF_PDE_MAX_D] = {0};
  lf_status st;
  m->nodes = 1;
  for (size_t k = 0; k < m->d; k++) m->nodes *= side;
  if (m->nodes > UINT32_MAX) LF_RAISE(LF_ENOMEM, "a mesh of %zu nodes is too large: fewer cells", m->nodes);
  LF_TRY(lf_calloc(&m->x, m->nodes * m->d, sizeof *m->x));
  for (size_t i = 0; i < m->nodes; i++) {
    place_node(m, at, m->x + i * m->d);
    for (size_t k = m->d; k-- > 0 && ++at[k] == side;) at[k] = 0;
  }
done:
  return st;
}

/* ---- elements ------------------------------------------------------------------------------------------------------------------------ */
static const size_t path[6][3] = {{0, 1, 2}, {1, 0, 2}, {0, 2, 1},
                                  {2, 0, 1}, {1, 2, 0}, {2, 1, 0}}; /* first d! of d axes */
static size_t simplices(size_t d) { return d == 1 ? 1 : d == 2 ? 2 : 6; }

/* Corners (d+1,d) of a cell's simplex, in lattice steps; the cell lies at lower corner `cell`, in ticks. */
static void corners_of(const lf_mesh *m, const size_t *cell, size_t which, size_t corner[][LF_PDE_MAX_D])
{
  size_t middle = (m->ticks - 1) / 2;
  for (size_t k = 0; k < m->d; k++) corner[0][k] = m->order * (cell[k] + (cell[k] < middle));
  for (size_t i = 0; i < m->d; i++) {
    size_t axis = path[which][i];
    memcpy(corner[i + 1], corner[i], sizeof corner[i]);
    corner[i + 1][axis] = m->order * (cell[axis] + (cell[axis] >= middle));
  }
}

static unsigned number(const lf_mesh *m, const size_t *a, const size_t *b)
{
  size_t n = 0, side = lattice(m);
  for (size_t k = 0; k < m->d; k++) n = n * side + (a[k] + b[k]) / 2;
  return (unsigned)n;
}

static void fill_element(const lf_mesh *m, const size_t *cell, size_t which, unsigned *node)
{
  size_t corner[LF_PDE_MAX_D + 1][LF_PDE_MAX_D], at = 0;
  corners_of(m, cell, which, corner);
  for (size_t i = 0; i <= m->d; i++) node[at++] = number(m, corner[i], corner[i]);
  for (size_t i = 0; m->order == 2 && i <= m->d; i++)
    for (size_t j = i + 1; j <= m->d; j++) node[at++] = number(m, corner[i], corner[j]);
}

/* Does anything happen in an element? Asked at its middle: jumps lie on faces. */
static bool is_alive(const lf_mesh *m, const lf_pde_rates *rates, const unsigned *node)
{
  double middle[LF_PDE_MAX_D] = {0}, A = 0, B = 0;
  for (size_t i = 0; i < rates->parts; i++)
    if (rates->part[i].kind == LF_DENSITY_SAMPLED) return true;
  for (size_t i = 0; i <= m->d; i++)
    for (size_t k = 0; k < m->d; k++) middle[k] += m->x[node[i] * m->d + k] / (double)(m->d + 1);
  lf_pde_rates_at(rates, m->d, middle, &A, &B);
  return A != 0 || B != 0; /* NaN lives, and is found out in the assembly */
}

static lf_status fill_elements(lf_mesh *m, const lf_pde_rates *rates)
{
  size_t cell[LF_PDE_MAX_D] = {0}, cells = 1;
  lf_status st;
  for (size_t k = 0; k < m->d; k++) cells *= m->ticks - 1;
  LF_TRY(lf_calloc(&m->element, cells * simplices(m->d) * m->per, sizeof *m->element));
  m->whole = true;
  for (size_t i = 0; i < cells; i++) {
    for (size_t s = 0; s < simplices(m->d); s++) {
      unsigned *node = m->element + m->elements * m->per;
      fill_element(m, cell, s, node);
      if (is_alive(m, rates, node))
        m->elements++;
      else
        m->whole = false;
    }
    for (size_t k = m->d; k-- > 0 && ++cell[k] == m->ticks - 1;) cell[k] = 0;
  }
  if (m->elements == 0) LF_RAISE(LF_EMATH, "rates: they are 0 on the whole mesh: nothing is learned");
done:
  return st;
}

/* Nodes of no element go, the others close up in their order. */
static lf_status drop_nodes(lf_mesh *m)
{
  unsigned *to = NULL;
  size_t kept = 0;
  lf_status st;
  LF_TRY(lf_calloc(&to, m->nodes, sizeof *to));
  for (size_t i = 0; i < m->elements * m->per; i++) to[m->element[i]] = 1;
  for (size_t i = 0; i < m->nodes; i++) {
    if (!to[i]) continue;
    memmove(m->x + kept * m->d, m->x + i * m->d, m->d * sizeof *m->x);
    to[i] = (unsigned)kept++;
  }
  for (size_t i = 0; i < m->elements * m->per; i++) m->element[i] = to[m->element[i]];
  m->nodes = kept;
done:
  lf_free(to);
  return st;
}

lf_status lf_mesh_create(lf_mesh *m, const lf_pde_rates *rates, const lf_pde_shape *shape, size_t d, size_t order,
                         double half_width, size_t cells)
{
  lf_status st;
  *m = (lf_mesh){.d = d,
                 .order = order,
                 .round = shape->round,
                 .first_sphere = shape->jump[shape->jumps > 1 && shape->jump[0] == 0],
                 .per = order == 1 ? d + 1 : (d + 1) * (d + 2) / 2};
  LF_TRY(make_ticks(m, shape, half_width, cells));
  LF_TRY(place_nodes(m));
  LF_TRY(fill_elements(m, rates));
  if (!m->whole) LF_TRY(drop_nodes(m));
done:
  return st;
}

void lf_mesh_free(lf_mesh *m)
{
  lf_free(m->x);
  lf_free(m->element);
  lf_free(m->tick);
  *m = (lf_mesh){0};
}

/* ---- inside an element ------------------------------------------------------------------------------------------------------------------ */
void lf_mesh_shape(const lf_mesh *m, const double *share, double *N, double *dN)
{
  size_t d = m->d, at = d + 1;
#define SLOPE(i, k) ((i) == 0 ? -1.0 : (double)((i) == (k) + 1)) /* of share i with respect to share k+1 */
  for (size_t i = 0; i <= d; i++) {
    N[i] = m->order == 1 ? share[i] : share[i] * (2 * share[i] - 1);
    for (size_t k = 0; k < d; k++) dN[i * d + k] = (m->order == 1 ? 1 : 4 * share[i] - 1) * SLOPE(i, k);
  }
  for (size_t i = 0; m->order == 2 && i <= d; i++)
    for (size_t j = i + 1; j <= d; j++, at++) {
      N[at] = 4 * share[i] * share[j];
      for (size_t k = 0; k < d; k++) dN[at * d + k] = 4 * (share[i] * SLOPE(j, k) + share[j] * SLOPE(i, k));
    }
#undef SLOPE
}

static bool find_cell(const lf_mesh *m, double at, size_t *cell, double *inside)
{
  size_t low = 0, high = m->ticks - 1;
  if (!(at >= m->tick[0] && at <= m->tick[high])) return false;
  while (high - low > 1) {
    size_t middle = (low + high) / 2;
    *(m->tick[middle] <= at ? &low : &high) = middle;
  }
  *cell = low;
  *inside = (at - m->tick[low]) / (m->tick[high] - m->tick[low]);
  return true;
}

/* In the cell's own coordinates z, from its corner nearest to 0 outwards, the simplex of a path is z_first >= z_second >= ... */
bool lf_mesh_locate(const lf_mesh *m, const double *xi, size_t *element, double *share)
{
  size_t middle = (m->ticks - 1) / 2, index = 0;
  double z[LF_PDE_MAX_D] = {0};
  for (size_t k = 0; k < m->d; k++) {
    size_t cell = 0;
    if (!find_cell(m, xi[k], &cell, &z[k])) return false;
    if (cell < middle) z[k] = 1 - z[k];
    index = index * (m->ticks - 1) + cell;
  }
  for (size_t s = 0; s < simplices(m->d); s++) {
    const size_t *axis = path[s];
    bool holds = true;
    for (size_t i = 0; i + 1 < m->d; i++) holds = holds && z[axis[i]] >= z[axis[i + 1]];
    if (!holds) continue;
    *element = index * simplices(m->d) + s;
    share[0] = 1 - z[axis[0]];
    for (size_t i = 1; i <= m->d; i++) share[i] = z[axis[i - 1]] - (i < m->d ? z[axis[i]] : 0);
    return true;
  }
  return false;
}
