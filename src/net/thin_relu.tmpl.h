/* thin_relu.tmpl.h — the thin path for relu units and one output, where an activation costs less than storing it; on top of thin.tmpl.h, no
 * include guard.
 *
 * A unit is awake at a sample where z = w x + b > 0, and there hands on v z. With S the sum of the outputs' gradients e over the samples it is awake at, and
 * S_k that of e x_k,
 *     dL/db = v S,   dL/dw_k = v S_k,   dL/dv = sum_k w_k S_k + b S:
 * per vector of units and sample a product for z, a comparison and 1 + d masked additions, all in registers. */

/* The block's weights (or sums) of `vecs` vectors at u in registers. */
INLINE void NAME(hold)(const NAME(rows) * r, const size_t d, size_t u, const size_t vecs, V (*w)[BLOCK], V *b)
{
#pragma GCC unroll 4
  for (size_t q = 0; q < vecs; q++) {
    b[q] = NAME(at)(r->b + u + q * LANES);
#pragma GCC unroll 4
    for (size_t k = 0; k < d; k++) w[k][q] = NAME(at)(r->w[k] + u + q * LANES);
  }
}

/* sum (samples, LANES) += v relu(z) of a block, x (d, s) */
INLINE void NAME(relu_outputs)(const NAME(rows) * r, const size_t d, size_t s, const T *x, size_t samples, V *sum)
{
  V w[LF_THIN_INPUTS][BLOCK], b[BLOCK], v[BLOCK];
  NAME(hold)(r, d, 0, BLOCK, w, b);
#pragma GCC unroll 4
  for (size_t q = 0; q < BLOCK; q++) v[q] = NAME(at)(r->v[0] + q * LANES);
  for (size_t i = 0; i < samples; i++) {
    V total = sum[i];
#pragma GCC unroll 4
    for (size_t q = 0; q < BLOCK; q++) {
      V z = b[q];
#pragma GCC unroll 4
      for (size_t k = 0; k < d; k++) z += w[k][q] * x[k * s + i];
      total += v[q] * NAME(most)((V){0}, z);
    }
    sum[i] = total;
  }
}

INLINE void NAME(relu_forward)(const lf_thin_block *p, const size_t d)
{
  const T *x = p->x;
  T *out = p->out;
  NAME(rows) r;
  for (size_t first = 0; first < p->n; first += RUN) {
    const size_t samples = p->n - first < RUN ? p->n - first : RUN;
    V sum[RUN];
    for (size_t i = 0; i < samples; i++) sum[i] = (V){0};
    for (size_t unit = 0; unit < p->count; unit += UNITS) {
      NAME(load_rows)(p, d, unit, &r);
      NAME(relu_outputs)(&r, d, p->s, x + first, samples, sum);
    }
    for (size_t i = 0; i < samples; i++) out[first + i] = NAME(lane_sum)(sum[i]);
  }
}

/* What `samples` samples add to the sums of TOGETHER vectors of units at u, which the first samples begin and the last turn into gradients. S is kept in
 * g->b, S_k in g->w. e (samples); x, ex (d, samples) with strides s, RUN. */
INLINE void NAME(relu_gradient)(const NAME(rows) * r, const size_t d, size_t u, const T *x, size_t s, const T *e,
                                const T *ex, size_t samples, bool first, bool last, NAME(rows) * g)
{
  V w[LF_THIN_INPUTS][BLOCK], b[BLOCK], along[LF_THIN_INPUTS][BLOCK] = {{{0}}}, all[BLOCK] = {{0}};
  NAME(hold)(r, d, u, TOGETHER, w, b);
  if (!first) NAME(hold)(g, d, u, TOGETHER, along, all);
  for (size_t i = 0; i < samples; i++) {
#pragma GCC unroll 4
    for (size_t q = 0; q < TOGETHER; q++) {
      V z = b[q];
#pragma GCC unroll 4
      for (size_t k = 0; k < d; k++) z += w[k][q] * x[k * s + i];
      all[q] = NAME(add_above)(all[q], z, NAME(splat)(e[i]));
#pragma GCC unroll 4
      for (size_t k = 0; k < d; k++) along[k][q] = NAME(add_above)(along[k][q], z, NAME(splat)(ex[k * RUN + i]));
    }
  }
#pragma GCC unroll 4
  for (size_t q = 0; q < TOGETHER; q++) {
    const size_t at = u + q * LANES;
    const V v = last ? NAME(at)(r->v[0] + at) : NAME(splat)(1);
    V gv = b[q] * all[q];
#pragma GCC unroll 4
    for (size_t k = 0; k < d; k++) {
      gv += w[k][q] * along[k][q];
      NAME(put)(g->w[k] + at, v * along[k][q]);
    }
    NAME(put)(g->v[0] + at, gv);
    NAME(put)(g->b + at, v * all[q]);
  }
}

INLINE void NAME(relu_backward)(const lf_thin_block *p, const size_t d)
{
  T ex[LF_THIN_INPUTS * RUN];
  NAME(rows) r, g;
  for (size_t unit = 0; unit < p->count; unit += UNITS) {
    NAME(load_rows)(p, d, unit, &r);
    NAME(place_rows)(p, d, unit, p->gw, p->gb, p->gv, p->g_units, &g);
    for (size_t first = 0; first < p->n; first += RUN) {
      const size_t samples = p->n - first < RUN ? p->n - first : RUN;
      const T *x = (const T *)p->x + first, *e = (const T *)p->dout + first;
      if (unit == 0 || p->n > RUN)
        for (size_t k = 0; k < d; k++)
          for (size_t i = 0; i < samples; i++) ex[k * RUN + i] = e[i] * x[k * p->s + i];
      for (size_t u = 0; u < UNITS; u += TOGETHER * LANES)
        NAME(relu_gradient)(&r, d, u, x, p->s, e, ex, samples, first == 0, first + samples == p->n, &g);
    }
    NAME(store_rows)(p, d, unit, &g);
  }
}
