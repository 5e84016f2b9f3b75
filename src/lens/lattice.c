/* lattice.c — which frequencies k step there are: one half of the lattice, since real values have conjugate coefficients at k and -k. */
#include <math.h>
#include <stdlib.h>
#include "base/base.h"
#include "lens_parts.h"

/* One of k and -k: the last axis that is not its own negative decides. */
static bool in_half(const lens_lattice *g, const long *k)
{
  for (size_t a = g->d; a-- > 0;)
    if (k[a] != 0 && !(g->nyquist[a] && k[a] == g->most[a])) return k[a] > 0;
  return true;
}

/* Step k to the next of the box, last axis fastest; false after the last one. */
static bool next(const lens_lattice *g, long *k)
{
  for (size_t a = g->d; a-- > 0;) {
    if (k[a] < g->most[a]) {
      k[a]++;
      return true;
    }
    k[a] = g->nyquist[a] ? 1 - g->most[a] : -g->most[a];
  }
  return false;
}

static int by_norm(const void *a, const void *b)
{
  const lens_mode *p = a, *q = b;
  if (p->norm != q->norm) return p->norm < q->norm ? -1 : 1;
  for (size_t i = LF_GRID_DIMS; i-- > 0;)
    if (p->k[i] != q->k[i]) return p->k[i] < q->k[i] ? -1 : 1;
  return 0;
}

lf_status lf_lattice_modes(lens_mode **out, size_t *count, const lens_lattice *g, double xi_max)
{
  size_t box = 1;
  long k[LF_GRID_DIMS] = {0};
  *out = NULL;
  *count = 0;
  for (size_t a = 0; a < g->d; a++) {
    k[a] = g->nyquist[a] ? 1 - g->most[a] : -g->most[a];
    if (__builtin_mul_overflow(box, (size_t)(g->most[a] - k[a] + 1), &box))
      return LF_FAIL(LF_ENOMEM, "out of memory: the grid has more frequencies than can be counted");
  }
  /* a point that is its own negative has all axes at 0 or Nyquist: 2^d at the most */
  lf_status st = lf_calloc(out, box / 2 + ((size_t)1 << g->d), sizeof **out);
  if (st != LF_OK) return st;
  do {
    double square = 0;
    for (size_t a = 0; a < g->d; a++) square += (double)k[a] * g->step[a] * ((double)k[a] * g->step[a]);
    if (!in_half(g, k) || (xi_max > 0 && sqrt(square) > xi_max * (1 + 1e-12))) continue;
    lens_mode *m = &(*out)[(*count)++];
    m->norm = sqrt(square);
    for (size_t a = 0; a < g->d; a++) m->k[a] = k[a];
  } while (next(g, k));
  qsort(*out, *count, sizeof **out, by_norm);
  return LF_OK;
}

size_t lf_lattice_cut(const lens_mode *mode, size_t count, size_t max)
{
  if (count <= max) return count;
  size_t keep = max;
  while (keep > 1 && mode[keep - 1].norm > mode[max].norm * (1 - 1e-9)) keep--;
  return keep;
}
