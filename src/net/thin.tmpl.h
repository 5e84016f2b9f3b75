/* thin.tmpl.h — body of the thin path for one precision; what and why: thin.h. On top of linalg/vector.h, no include guard.
 *
 * Units go in blocks of BLOCK vectors, samples in runs of SAMPLES, so that pre-activations and slopes of a block and a run (8 to 16 KiB) and all
 * weights of the block stay in the first-level cache between their uses. */
#define UNITS (BLOCK * LANES)

/* A block's weights, one row of UNITS per input and output: where they lie if all of them are there and side by side, else copied into
 * `room`, 0 beyond the last unit. Gradients have the same shape. */
typedef struct NAME(rows) {
  T *w[LF_THIN_INPUTS], *b, *v[2 * LF_THIN_OUTPUTS];
  _Alignas(64) T room[LF_THIN_INPUTS + 1 + 2 * LF_THIN_OUTPUTS][UNITS];
} NAME(rows);

INLINE V NAME(at)(const T *p) { return (V) * (const NAME(loose) *)p; }
INLINE void NAME(put)(T *p, V x) { *(NAME(loose) *)p = x; }

/* (UNITS, d) -> d rows and back; the compiler makes shuffles of these where d is known */
INLINE void NAME(split)(const size_t d, const T *restrict from, T (*restrict row)[UNITS])
{
  for (size_t i = 0; i < UNITS; i++)
    for (size_t k = 0; k < d; k++) row[k][i] = from[i * d + k];
}
INLINE void NAME(join)(const size_t d, T (*restrict row)[UNITS], T *restrict to)
{
  for (size_t i = 0; i < UNITS; i++)
    for (size_t k = 0; k < d; k++) to[i * d + k] = row[k][i];
}

INLINE size_t NAME(units_from)(const lf_thin_block *p, size_t first)
{
  return p->count - first < UNITS ? p->count - first : UNITS;
}
INLINE size_t NAME(output_rows)(const lf_thin_block *p) { return (p->fourier ? 2 : 1) * p->c; }

/* Where the rows of the block at `first` lie in parameters (or gradients) w, b and v, whose rows are `units` apart. */
INLINE void NAME(place_rows)(const lf_thin_block *p, const size_t d, size_t first, T *w, T *b, T *v, size_t units,
                             NAME(rows) * r)
{
  const bool all = NAME(units_from)(p, first) == UNITS;
  T(*room)[UNITS] = r->room + LF_THIN_INPUTS + 1;
  for (size_t k = 0; k < d; k++) r->w[k] = all && d == 1 ? w + first : r->room[k];
  r->b = all && b ? b + first : r->room[LF_THIN_INPUTS];
  for (size_t q = 0; q < NAME(output_rows)(p); q++) r->v[q] = all ? v + q * units + first : room[q];
}

INLINE void NAME(fetch)(T *to, const T *from, size_t count)
{
  for (size_t i = 0; i < UNITS; i += LANES) NAME(put)(to + i, i < count ? NAME(load)(from + i, count - i) : (V){0});
}

INLINE void NAME(load_rows)(const lf_thin_block *p, const size_t d, size_t first, NAME(rows) * r)
{
  const T *w = (const T *)p->w + first * d, *b = p->b, *v = (const T *)p->v + first;
  const size_t count = NAME(units_from)(p, first);
  NAME(place_rows)
  (p, d, first, (T *)(uintptr_t)p->w, (T *)(uintptr_t)p->b, (T *)(uintptr_t)p->v, p->units, r); /* only read */
  if (!b) NAME(fetch)(r->b, r->b, 0);
  if (count == UNITS) {
    if (d > 1) NAME(split)(d, w, r->room);
    return;
  }
  T whole[LF_THIN_INPUTS * UNITS] = {0};
  for (size_t i = 0; i < count * d; i++) whole[i] = w[i];
  NAME(split)(d, whole, r->room);
  if (b) NAME(fetch)(r->b, b + first, count);
  for (size_t q = 0; q < NAME(output_rows)(p); q++) NAME(fetch)(r->v[q], v + q * p->units, count);
}

/* What is not in its place yet. */
INLINE void NAME(store_rows)(const lf_thin_block *p, const size_t d, size_t first, NAME(rows) * r)
{
  T *w = (T *)p->gw + first * d, *b = p->gb, *v = (T *)p->gv + first;
  const size_t count = NAME(units_from)(p, first);
  if (count == UNITS) {
    if (d > 1) NAME(join)(d, r->room, w);
    return;
  }
  T whole[LF_THIN_INPUTS * UNITS];
  NAME(join)(d, r->room, whole);
  for (size_t i = 0; i < count * d; i++) w[i] = whole[i];
  for (size_t i = 0; b && i < count; i++) b[first + i] = r->b[i];
  for (size_t q = 0; q < NAME(output_rows)(p); q++)
    for (size_t i = 0; i < count; i++) v[q * p->g_units + i] = r->v[q][i];
}

/* z (samples, UNITS) of `samples` samples from `first` on */
INLINE void NAME(preactivate)(const lf_thin_block *p, const size_t d, const NAME(rows) * r, size_t first,
                              size_t samples, T *z)
{
  const T *x = (const T *)p->x + first;
#pragma GCC unroll 4
  for (size_t u = 0; u < UNITS; u += LANES) {
    V b = NAME(at)(r->b + u), w[LF_THIN_INPUTS];
    for (size_t k = 0; k < d; k++) w[k] = NAME(at)(r->w[k] + u);
    for (size_t i = 0; i < samples; i++) {
      V sum = b;
#pragma GCC unroll 4
      for (size_t k = 0; k < d; k++) sum += w[k] * x[k * p->s + i];
      NAME(put)(z + i * UNITS + u, sum);
    }
  }
}

/* ---- forward ---------------------------------------------------------------------------------------------------------------- */
INLINE void NAME(add_outputs)(const lf_thin_block *p, const NAME(rows) * r, size_t samples, const T *a,
                              const T *minus_sin, V (*sum)[SAMPLES])
{
  for (size_t o = 0; o < p->c; o++)
    for (size_t i = 0; i < samples; i++) {
      V s = sum[o][i];
#pragma GCC unroll 4
      for (size_t u = 0; u < UNITS; u += LANES) {
        if (minus_sin) {
          s += NAME(at)(r->v[2 * o] + u) * NAME(at)(a + i * UNITS + u);
          s -= NAME(at)(r->v[2 * o + 1] + u) * NAME(at)(minus_sin + i * UNITS + u);
        } else
          s += NAME(at)(r->v[o] + u) * NAME(at)(a + i * UNITS + u);
      }
      sum[o][i] = s;
    }
}

INLINE void NAME(forward_of)(const lf_thin_block *p, const size_t d)
{
  const lf_activation_kernels *act = lf_activation_kernels_get();
  T z[SAMPLES * UNITS], slope[SAMPLES * UNITS], *out = p->out;
  NAME(rows) r;
  for (size_t first = 0; first < p->n; first += SAMPLES) {
    const size_t samples = p->n - first < SAMPLES ? p->n - first : SAMPLES;
    V sum[LF_THIN_OUTPUTS][SAMPLES];
    for (size_t o = 0; o < p->c; o++)
      for (size_t i = 0; i < samples; i++) sum[o][i] = (V){0};
    for (size_t unit = 0; unit < p->count; unit += UNITS) {
      NAME(load_rows)(p, d, unit, &r);
      NAME(preactivate)(p, d, &r, first, samples, z);
      if (p->fourier)
        act->NAME(slope)[LF_COS](samples * UNITS, 1, z, z, slope);
      else
        act->NAME(value)[p->activation](samples * UNITS, (T)p->param, z, z);
      NAME(add_outputs)(p, &r, samples, z, p->fourier ? slope : NULL, sum);
    }
    for (size_t o = 0; o < p->c; o++)
      for (size_t i = 0; i < samples; i++) out[o * p->n + first + i] = NAME(lane_sum)(sum[o][i]);
  }
}

/* ---- backward --------------------------------------------------------------------------------------------------------------- */
/* One vector of units at u: what `samples` samples add to its gradients g, which the first ones begin. a, slope: (samples, UNITS). */
INLINE void NAME(add_gradient)(const lf_thin_block *p, const size_t d, const size_t c, const bool fourier,
                               const NAME(rows) * r, size_t u, size_t first, size_t samples, const T *a, const T *slope,
                               NAME(rows) * g)
{
  const T *x = (const T *)p->x + first, *dout = (const T *)p->dout + first;
  V gw[LF_THIN_INPUTS], gb = first ? NAME(at)(g->b + u) : (V){0}, gv[2 * LF_THIN_OUTPUTS];
  const size_t rows = fourier ? 2 * c : c;
  for (size_t k = 0; k < d; k++) gw[k] = first ? NAME(at)(g->w[k] + u) : (V){0};
  for (size_t q = 0; q < rows; q++) gv[q] = first ? NAME(at)(g->v[q] + u) : (V){0};
  for (size_t i = 0; i < samples; i++) {
    V ai = NAME(at)(a + i * UNITS + u), si = NAME(at)(slope + i * UNITS + u), along = {0}, across = {0};
    for (size_t o = 0; o < c; o++) {
      const T e = dout[o * p->s + i];
      if (fourier) {
        gv[2 * o] += ai * e;
        gv[2 * o + 1] -= si * e;
        along += NAME(at)(r->v[2 * o] + u) * e;
        across += NAME(at)(r->v[2 * o + 1] + u) * e;
      } else {
        gv[o] += ai * e;
        along += NAME(at)(r->v[o] + u) * e;
      }
    }
    V delta = fourier ? along * si + across * ai : along * si;
    gb += delta;
    for (size_t k = 0; k < d; k++) gw[k] += delta * x[k * p->s + i];
  }
  for (size_t k = 0; k < d; k++) NAME(put)(g->w[k] + u, gw[k]);
  for (size_t q = 0; q < rows; q++) NAME(put)(g->v[q] + u, gv[q]);
  NAME(put)(g->b + u, gb);
}

INLINE void NAME(backward_of)(const lf_thin_block *p, const size_t d)
{
  const lf_activation_kernels *act = lf_activation_kernels_get();
  T z[SAMPLES * UNITS], slope[SAMPLES * UNITS];
  NAME(rows) r, g;
  for (size_t unit = 0; unit < p->count; unit += UNITS) {
    NAME(load_rows)(p, d, unit, &r);
    NAME(place_rows)(p, d, unit, p->gw, p->gb, p->gv, p->g_units, &g);
    for (size_t first = 0; first < p->n; first += SAMPLES) {
      const size_t samples = p->n - first < SAMPLES ? p->n - first : SAMPLES;
      NAME(preactivate)(p, d, &r, first, samples, z);
      act->NAME(slope)[p->fourier ? LF_COS : p->activation](samples * UNITS, p->fourier ? 1 : (T)p->param, z, z, slope);
      for (size_t u = 0; u < UNITS; u += LANES) {
        if (p->fourier)
          NAME(add_gradient)(p, d, p->c, true, &r, u, first, samples, z, slope, &g);
        else if (p->c == 1)
          NAME(add_gradient)(p, d, 1, false, &r, u, first, samples, z, slope, &g);
        else
          NAME(add_gradient)(p, d, p->c, false, &r, u, first, samples, z, slope, &g);
      }
    }
    NAME(store_rows)(p, d, unit, &g);
  }
}

/* ---- one function per number of inputs ---------------------------------------------------------------------------------------- */
#include "thin_relu.tmpl.h"

#define EACH_INPUTS(f)    \
  switch (p->d) {         \
  case 1: f(p, 1); break; \
  case 2: f(p, 2); break; \
  case 3: f(p, 3); break; \
  default: f(p, 4);       \
  }
static void NAME(forward)(const lf_thin_block *p)
{
  if (p->activation == LF_RELU && p->c == 1 && !p->fourier)
    EACH_INPUTS(NAME(relu_forward))
  else
    EACH_INPUTS(NAME(forward_of))
}

static void NAME(backward)(const lf_thin_block *p)
{
  if (p->activation == LF_RELU && p->c == 1 && !p->fourier)
    EACH_INPUTS(NAME(relu_backward))
  else
    EACH_INPUTS(NAME(backward_of))
}
#undef EACH_INPUTS
#undef UNITS
