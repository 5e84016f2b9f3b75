/* gemm.tmpl.h — body of the product; what and why: gemm.h. On top of vector.h for one precision, no include guard. Each including unit sets
 * ROWS, VECS, the register tile: ROWS x VECS vectors of C, and is compiled with its own instruction set's flags.
 *
 * A tile of C stays in registers while k runs: per k, VECS loads of B, ROWS broadcasts of A, ROWS x VECS fused multiply-adds. B's panel
 * (k x VECS vectors) stays in cache while the rows of A pass; by rows, the next ones are fetched meanwhile, as another thread may have written them. What is to be done with a finished element is done before its tile leaves the
 * first-level cache. */

INLINE V NAME(whole)(const T *p) { return (V) * (const NAME(loose) *)p; }

/* What a tile begins with: C itself, the bias, or nothing. */
INLINE void NAME(begin_tile)(const NAME(lf_gemm) * g, V (*acc)[VECS], size_t i, size_t j, size_t width,
                             const size_t rows, const size_t vecs)
{
#pragma GCC unroll 16
  for (size_t r = 0; r < rows; r++)
#pragma GCC unroll 8
    for (size_t v = 0; v < vecs; v++) acc[r][v] = (V){0};
  if (g->bias && j < g->biased)
#pragma GCC unroll 16
    for (size_t r = 0; r < rows; r++)
#pragma GCC unroll 8
      for (size_t v = 0; v < vecs; v++)
        if (j + v * LANES < g->biased) acc[r][v] = NAME(splat)(g->bias[i + r]);
  if (g->accumulate)
#pragma GCC unroll 16
    for (size_t r = 0; r < rows; r++)
#pragma GCC unroll 8
      for (size_t v = 0; v < vecs; v++)
        if (v * LANES < width) acc[r][v] += NAME(load)(g->c + (i + r) * g->ldc + j + v * LANES, width - v * LANES);
}

/* A finished tile to C, where its last vector may stand over the edge. */
INLINE void NAME(end_tile)(const NAME(lf_gemm) * g, V (*acc)[VECS], size_t i, size_t j, size_t width, const size_t rows,
                           const size_t vecs)
{
  T *c = g->c + i * g->ldc + j;
  if (g->scale) {
    const T *scale = g->scale + i * g->ldc + j;
#pragma GCC unroll 16
    for (size_t r = 0; r < rows; r++)
#pragma GCC unroll 8
      for (size_t v = 0; v < vecs; v++)
        if (v * LANES < width) acc[r][v] *= NAME(load)(scale + r * g->ldc + v * LANES, width - v * LANES);
  }
#pragma GCC unroll 16
  for (size_t r = 0; r < rows; r++) {
#pragma GCC unroll 8
    for (size_t v = 0; v + 1 < vecs; v++) *(NAME(loose) *)(c + r * g->ldc + v * LANES) = acc[r][v];
    NAME(store)(c + r * g->ldc + (vecs - 1) * LANES, width - (vecs - 1) * LANES, acc[r][vecs - 1]);
  }
  if (g->slope_of)
    for (size_t r = 0; r < rows; r++)
      g->slope_of(width, g->param, c + r * g->ldc, c + r * g->ldc, g->slope + (i + r) * g->ldc + j);
  else if (g->value_of)
    for (size_t r = 0; r < rows; r++) g->value_of(width, g->param, c + r * g->ldc, c + r * g->ldc);
}

/* One register tile with `rows` x `vecs` known at compile time; columns j..j+width of C, (vecs - 1) LANES < width <= vecs LANES. */
INLINE void NAME(tile)(const NAME(lf_gemm) * g, size_t i, size_t j, size_t width, const size_t rows, const size_t vecs,
                       const int by_row)
{
  V acc[ROWS][VECS];
  const T *a = g->a + i * g->a_row, *b = g->b + j;
  const size_t step = by_row ? g->a_row : g->a_col, depth = g->k, ldb = g->ldb;
  NAME(begin_tile)(g, acc, i, j, width, rows, vecs);
  for (size_t k = 0; k < depth; k++) {
    V bv[VECS];
    if (by_row)
      __builtin_prefetch(
          (const void *)((uintptr_t)a + rows * (step + k) * sizeof *a)); /* may lie beyond A: only a hint */
#pragma GCC unroll 8
    for (size_t v = 0; v < vecs; v++) bv[v] = NAME(whole)(b + k * ldb + v * LANES);
#pragma GCC unroll 16
    for (size_t r = 0; r < rows; r++) {
      V ar = NAME(splat)(by_row ? a[r * step + k] : a[k * step + r]);
#pragma GCC unroll 8
      for (size_t v = 0; v < vecs; v++) acc[r][v] += ar * bv[v];
    }
  }
  NAME(end_tile)(g, acc, i, j, width, rows, vecs);
}

/* A column panel of `vecs` vectors, all rows. */
INLINE void NAME(panel)(const NAME(lf_gemm) * g, size_t j, size_t width, const size_t vecs, const int by_row)
{
  size_t i = 0;
  for (; i + ROWS <= g->m; i += ROWS) NAME(tile)(g, i, j, width, ROWS, vecs, by_row);
  if (i + 4 <= g->m && ROWS > 4) NAME(tile)(g, i, j, width, 4, vecs, by_row), i += 4;
  if (i + 2 <= g->m) NAME(tile)(g, i, j, width, 2, vecs, by_row), i += 2;
  for (; i < g->m; i++) NAME(tile)(g, i, j, width, 1, vecs, by_row);
}

/* Panels of VECS vectors; the last ones as even as they come: 5 vectors are 3 and 2 rather than 4 and 1. */
INLINE void NAME(panels)(const NAME(lf_gemm) * g, const int by_row)
{
  for (size_t j = 0; j < g->n;) {
    const size_t left = g->n - j, all = (left + LANES - 1) / LANES;
    const size_t vecs = all >= 2 * VECS || all == VECS ? VECS : all > VECS ? (all + 1) / 2 : all;
    const size_t width = left < vecs * LANES ? left : vecs * LANES;
    switch (vecs) { /* what exceeds VECS is dropped by the compiler */
    case 4: NAME(panel)(g, j, width, VECS > 3 ? 4 : VECS, by_row); break;
    case 3: NAME(panel)(g, j, width, VECS > 2 ? 3 : VECS, by_row); break;
    case 2: NAME(panel)(g, j, width, VECS > 1 ? 2 : VECS, by_row); break;
    default: NAME(panel)(g, j, width, 1, by_row);
    }
    j += width;
  }
}

static void NAME(gemm)(const NAME(lf_gemm) * g)
{
  if (g->a_col == 1)
    NAME(panels)(g, 1);
  else
    NAME(panels)(g, 0);
}

/* ---- transpose ---------------------------------------------------------------------------------------------------------------- */
/* LANES x LANES in registers: in stage h, pairs of rows h apart exchange the blocks of h lanes beside the diagonal. */
INLINE void NAME(turn_block)(const T *from, size_t ldf, T *to, size_t ldt)
{
  V r[LANES];
#pragma GCC unroll 16
  for (size_t i = 0; i < LANES; i++) r[i] = NAME(whole)(from + i * ldf);
#define STAGE(h)                                                              \
  _Pragma("GCC unroll 16") for (size_t i = 0; i < LANES; i++) if (!(i & (h))) \
  {                                                                           \
    V low = NAME(low_blocks_##h)(r[i], r[i + (h)]);                           \
    r[i + (h)] = NAME(high_blocks_##h)(r[i], r[i + (h)]);                     \
    r[i] = low;                                                               \
  }
  STAGE(1)
#if VECTOR_BITS / BITS > 2
  STAGE(2)
#endif
#if VECTOR_BITS / BITS > 4
  STAGE(4)
#endif
#if VECTOR_BITS / BITS > 8
  STAGE(8)
#endif
#undef STAGE
#pragma GCC unroll 16
  for (size_t i = 0; i < LANES; i++) *(NAME(loose) *)(to + i * ldt) = r[i];
}

static void NAME(transpose)(size_t rows, size_t cols, const T *from, size_t ldf, T *to, size_t ldt)
{
  for (size_t i = 0; i < rows; i += LANES)
    for (size_t j = 0; j < cols; j += LANES) {
      const size_t ni = rows - i < LANES ? rows - i : LANES, nj = cols - j < LANES ? cols - j : LANES;
      if (ni == LANES && nj == LANES)
        NAME(turn_block)(from + i * ldf + j, ldf, to + j * ldt + i, ldt);
      else
        for (size_t b = 0; b < nj; b++)
          for (size_t a = 0; a < ni; a++) to[(j + b) * ldt + i + a] = from[(i + a) * ldf + j + b];
    }
}

/* ---- rows against few rows -------------------------------------------------------------------------------------------------------- */
/* Row r of x with `few` rows of y, and its own sum: every load of x serves all. */
INLINE void NAME(dots_of)(const NAME(lf_dots) * d, const size_t few)
{
  for (size_t r = 0; r < d->rows; r++) {
    const T *x = d->x + r * d->ldx;
    V part[LF_DOTS_MOST + 1] = {{0}};
    size_t i = 0;
    for (; i + LANES <= d->cols; i += LANES) {
      const V xi = NAME(whole)(x + i);
      part[few] += xi;
#pragma GCC unroll 4
      for (size_t q = 0; q < few; q++) part[q] += xi * NAME(whole)(d->y + q * d->ldy + i);
    }
    if (i < d->cols) {
      const V xi = NAME(load_part)(x + i, d->cols - i);
      part[few] += xi;
#pragma GCC unroll 4
      for (size_t q = 0; q < few; q++) part[q] += xi * NAME(load_part)(d->y + q * d->ldy + i, d->cols - i);
    }
#pragma GCC unroll 4
    for (size_t q = 0; q < few; q++) {
      T *to = d->dot + r * d->dot_row + q * d->dot_col;
      *to = (d->accumulate ? *to : 0) + NAME(lane_sum)(part[q]);
    }
    if (d->sum) d->sum[r] = (d->accumulate ? d->sum[r] : 0) + NAME(lane_sum)(part[few]);
  }
}

static void NAME(dots)(const NAME(lf_dots) * d)
{
  switch (d->few) {
  case 0: NAME(dots_of)(d, 0); break;
  case 1: NAME(dots_of)(d, 1); break;
  case 2: NAME(dots_of)(d, 2); break;
  case 3: NAME(dots_of)(d, 3); break;
  default: NAME(dots_of)(d, LF_DOTS_MOST); break;
  }
}

/* ---- the machine's limits ---------------------------------------------------------------------------------------------------------- */
static double NAME(spin)(size_t turns)
{
  V acc[ROWS][VECS], a = NAME(splat)((T)0.5), b = NAME(splat)(1);
  T sum = 0;
  for (size_t r = 0; r < ROWS; r++)
    for (size_t v = 0; v < VECS; v++) acc[r][v] = NAME(splat)((T)(r + v));
  for (size_t i = 0; i < turns; i++)
#pragma GCC unroll 16
    for (size_t r = 0; r < ROWS; r++)
#pragma GCC unroll 8
      for (size_t v = 0; v < VECS; v++) acc[r][v] = acc[r][v] * a + b;
  for (size_t r = 0; r < ROWS; r++)
    for (size_t v = 0; v < VECS; v++) sum += NAME(lane_sum)(acc[r][v]);
  const size_t per_turn = 2 * ROWS * VECS * LANES;
  const double done = (double)per_turn * (double)turns;
  return sum == sum ? done : 0; /* it converges: the sum is used, and never NaN */
}
