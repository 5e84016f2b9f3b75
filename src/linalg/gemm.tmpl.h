/* gemm.tmpl.h — body of the product; what and why: gemm.h. No include guard: each including unit sets
 *   T            element type          NAME(f)  the suffix
 *   VBYTES       bytes of a vector     ROWS, VECS  the register tile: ROWS x VECS vectors of C
 * and is compiled with its own instruction set's flags.
 *
 * A tile of C stays in registers while k runs: per k, VECS loads of B, ROWS broadcasts of A, ROWS x VECS fused multiply-adds. B's panel
 * (k x VECS vectors) stays in cache while the rows of A pass. */
typedef T NAME(vec) __attribute__((vector_size(VBYTES), aligned(sizeof(T)), may_alias));
enum { NAME(lanes) = VBYTES / sizeof(T) };

static inline __attribute__((always_inline)) NAME(vec) NAME(splat)(T x) { return x - (NAME(vec)){0}; }

/* A finished tile (rows, VECS vectors) into C's first `width` columns, with what accumulate and scale ask for. */
static __attribute__((noinline)) void NAME(finish)(const NAME(lf_gemm) * g, size_t rows, size_t width, const T *tile,
                                                   T *c)
{
  const T *scale = g->scale ? g->scale + (c - g->c) : NULL;
  for (size_t r = 0; r < rows; r++) {
    T *to = c + r * g->ldc;
    const T *from = tile + r * VECS * NAME(lanes), *by = scale ? scale + r * g->ldc : NULL;
    if (g->accumulate && by)
      for (size_t l = 0; l < width; l++) to[l] = (to[l] + from[l]) * by[l];
    else if (g->accumulate)
      for (size_t l = 0; l < width; l++) to[l] += from[l];
    else if (by)
      for (size_t l = 0; l < width; l++) to[l] = from[l] * by[l];
    else
      for (size_t l = 0; l < width; l++) to[l] = from[l];
  }
}

/* One register tile with `rows` x `vecs` known at compile time; columns j..j+width of C, width <= vecs * lanes. */
static inline __attribute__((always_inline)) void NAME(tile)(const NAME(lf_gemm) * g, size_t i, size_t j, size_t width,
                                                             const size_t rows, const size_t vecs, const int by_row)
{
  NAME(vec) acc[ROWS][VECS];
  const T *a = g->a + i * g->a_row, *b = g->b + j;
  T *c = g->c + i * g->ldc + j;
  const size_t lanes = NAME(lanes), step = by_row ? g->a_row : g->a_col;
#pragma GCC unroll 16
  for (size_t r = 0; r < rows; r++)
#pragma GCC unroll 8
    for (size_t v = 0; v < vecs; v++) acc[r][v] = NAME(splat)(g->bias ? g->bias[i + r] : 0);
  for (size_t k = 0; k < g->k; k++) {
    NAME(vec) bv[VECS];
#pragma GCC unroll 8
    for (size_t v = 0; v < vecs; v++) bv[v] = *(const NAME(vec) *)(b + k * g->ldb + v * lanes);
#pragma GCC unroll 16
    for (size_t r = 0; r < rows; r++) {
      NAME(vec) ar = NAME(splat)(by_row ? a[r * step + k] : a[k * step + r]);
#pragma GCC unroll 8
      for (size_t v = 0; v < vecs; v++) acc[r][v] += ar * bv[v];
    }
  }
  if (width == vecs * lanes && !g->accumulate && !g->scale) {
#pragma GCC unroll 16
    for (size_t r = 0; r < rows; r++)
#pragma GCC unroll 8
      for (size_t v = 0; v < vecs; v++) *(NAME(vec) *)(c + r * g->ldc + v * lanes) = acc[r][v];
    return;
  }
  NAME(vec) done[ROWS][VECS];
#pragma GCC unroll 16
  for (size_t r = 0; r < rows; r++)
#pragma GCC unroll 8
    for (size_t v = 0; v < vecs; v++) done[r][v] = acc[r][v];
  NAME(finish)(g, rows, width, (const T *)done, c);
}

/* A column panel of `vecs` vectors, all rows. */
static inline __attribute__((always_inline)) void NAME(panel)(const NAME(lf_gemm) * g, size_t j, size_t width,
                                                              const size_t vecs, const int by_row)
{
  size_t i = 0;
  for (; i + ROWS <= g->m; i += ROWS) NAME(tile)(g, i, j, width, ROWS, vecs, by_row);
  if (i + 4 <= g->m && ROWS > 4) NAME(tile)(g, i, j, width, 4, vecs, by_row), i += 4;
  if (i + 2 <= g->m) NAME(tile)(g, i, j, width, 2, vecs, by_row), i += 2;
  for (; i < g->m; i++) NAME(tile)(g, i, j, width, 1, vecs, by_row);
}

static inline __attribute__((always_inline)) void NAME(panels)(const NAME(lf_gemm) * g, const int by_row)
{
  const size_t lanes = NAME(lanes);
  for (size_t j = 0; j < g->n;) {
    size_t width = g->n - j, vecs = (width + lanes - 1) / lanes;
    if (vecs >= VECS) {
      if (width > VECS * lanes) width = VECS * lanes;
      NAME(panel)(g, j, width, VECS, by_row);
    } else if (vecs == 3) /* dropped by the compiler where VECS <= 3 */
      NAME(panel)(g, j, width, VECS > 3 ? 3 : 1, by_row);
    else if (vecs == 2)
      NAME(panel)(g, j, width, VECS > 2 ? 2 : 1, by_row);
    else
      NAME(panel)(g, j, width, 1, by_row);
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

/* Blocks of 8 x 8: both sides of a block stay in L1. */
static void NAME(transpose)(size_t rows, size_t cols, const T *from, size_t ldf, T *to, size_t ldt)
{
  enum { BLOCK = 8 };
  for (size_t i = 0; i < rows; i += BLOCK)
    for (size_t j = 0; j < cols; j += BLOCK) {
      size_t ni = rows - i < BLOCK ? rows - i : BLOCK, nj = cols - j < BLOCK ? cols - j : BLOCK;
      if (ni == BLOCK && nj == BLOCK) {
#pragma GCC unroll 8
        for (size_t b = 0; b < BLOCK; b++)
#pragma GCC unroll 8
          for (size_t a = 0; a < BLOCK; a++) to[(j + b) * ldt + i + a] = from[(i + a) * ldf + j + b];
      } else
        for (size_t b = 0; b < nj; b++)
          for (size_t a = 0; a < ni; a++) to[(j + b) * ldt + i + a] = from[(i + a) * ldf + j + b];
    }
}

/* As many partial sums as fill two vectors, then those in order, then the rest. */
static void NAME(row_sums)(size_t rows, size_t cols, const T *x, size_t ldx, T *sum, int accumulate)
{
  for (size_t r = 0; r < rows; r++, x += ldx) {
    NAME(vec) part[2] = {{0}};
    size_t i = 0;
    for (; i + 2 * NAME(lanes) <= cols; i += 2 * NAME(lanes)) {
      part[0] += *(const NAME(vec) *)(x + i);
      part[1] += *(const NAME(vec) *)(x + i + NAME(lanes));
    }
    part[0] += part[1];
    T s = accumulate ? sum[r] : 0;
    for (size_t l = 0; l < NAME(lanes); l++) s += part[0][l];
    for (; i < cols; i++) s += x[i];
    sum[r] = s;
  }
}
#undef T
#undef NAME
