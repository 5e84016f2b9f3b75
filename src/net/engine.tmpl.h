/* engine.tmpl.h — body of the engine; what and why: engine.h. No include guard: each including unit sets T, NAME(f), ACTIVATE(kind, act)
 * (the activation kernel's row), and GEMM(f) (the product's table entry). */

/* z (out, s) of layer l from a (in, s) */
static NAME(lf_gemm) NAME(affine)(const lf_layer *l, const T *theta, size_t s, const T *a, T *z)
{
  return (NAME(lf_gemm)){.m = l->out,
                         .n = s,
                         .k = l->in,
                         .a = theta + l->weight,
                         .a_row = l->in,
                         .a_col = 1,
                         .b = a,
                         .ldb = s,
                         .c = z,
                         .ldc = s,
                         .bias = l->bias == LF_NO_BIAS ? NULL : theta + l->bias};
}

/* z in the first `out` rows of a becomes cos z, sin z in 2 out rows; the slopes are -sin z, cos z */
static void NAME(fourier)(const lf_layer *l, size_t s, T *a, T *slope)
{
  const lf_activation_kernels *act = lf_activation_kernels_get();
  size_t n = l->out * s;
  memcpy(a + n, a, n * sizeof *a);
  if (!slope) {
    act->ACTIVATE(value)[LF_COS](n, 1, a, a);
    act->ACTIVATE(value)[LF_SIN](n, 1, a + n, a + n);
    return;
  }
  act->ACTIVATE(slope)[LF_COS](n, 1, a, a, slope);
  act->ACTIVATE(slope)[LF_SIN](n, 1, a + n, a + n, slope + n);
}

/* A hidden layer: the activation goes with the product, while its tiles are at hand. */
static void NAME(hidden)(const lf_layer *l, const T *theta, size_t s, const T *a, T *z, T *slope)
{
  const lf_activation_kernels *act = lf_activation_kernels_get();
  NAME(lf_gemm) product = NAME(affine)(l, theta, s, a, z);
  product.param = (T)l->param;
  if (!l->fourier && slope) {
    product.slope_of = act->ACTIVATE(slope)[l->activation];
    product.slope = slope;
  } else if (!l->fourier && l->activation != LF_IDENTITY)
    product.value_of = act->ACTIVATE(value)[l->activation];
  lf_gemm_get()->GEMM(gemm)(&product);
  if (l->fourier) NAME(fourier)(l, s, z, slope);
}

static void NAME(forward)(const lf_net *net, const void *parameters, lf_workspace *w, const void *x, bool slopes)
{
  const T *theta = parameters;
  for (size_t b = 0; b < net->branches; b++) {
    const lf_branch *branch = &net->branch[b];
    const T *a = x;
    for (size_t i = 0; i + 1 < branch->depth; i++) {
      T *z = w->value[b * w->depth + i];
      NAME(hidden)(&branch->layer[i], theta, w->s, a, z, slopes ? w->slope[b * w->depth + i] : NULL);
      a = z;
    }
    NAME(lf_gemm) product = NAME(affine)(&branch->layer[branch->depth - 1], theta, w->s, a, w->out);
    product.accumulate = b > 0;
    lf_gemm_get()->GEMM(gemm)(&product);
  }
}

/* grad W (out, in) += delta (out, s) aT (s, in), grad b += the rows' sums: with few inputs or outputs row by row, else by a product with the
 * inputs transposed */
static void NAME(weight_gradient)(const lf_layer *l, lf_workspace *w, const T *delta, const T *a, T *grad,
                                  bool accumulate)
{
  const lf_gemm_kernels *kernels = lf_gemm_get();
  NAME(lf_dots)
  dots = {.rows = l->out,
          .cols = w->s,
          .x = delta,
          .ldx = w->s,
          .y = a,
          .ldy = w->s,
          .dot = grad + l->weight,
          .dot_row = l->in,
          .dot_col = 1,
          .sum = l->bias == LF_NO_BIAS ? NULL : grad + l->bias,
          .accumulate = accumulate};
  if (l->in <= LF_DOTS_MOST) {
    dots.few = l->in;
    kernels->GEMM(dots)(&dots);
    return;
  }
  if (dots.sum) kernels->GEMM(dots)(&dots); /* few = 0: the sums alone */
  if (l->out <= LF_DOTS_MOST) {
    dots = (NAME(lf_dots)){.rows = l->in,
                           .cols = w->s,
                           .few = l->out,
                           .x = a,
                           .ldx = w->s,
                           .y = delta,
                           .ldy = w->s,
                           .dot = grad + l->weight,
                           .dot_row = 1,
                           .dot_col = l->in,
                           .accumulate = accumulate};
    kernels->GEMM(dots)(&dots);
    return;
  }
  size_t ldt = LF_ROUND_UP(l->in, LF_GEMM_PAD(T));
  kernels->GEMM(transpose)(l->in, w->s, a, w->s, w->turned, ldt);
  const NAME(lf_gemm) product = {.m = l->out,
                                 .n = l->in,
                                 .k = w->s,
                                 .a = delta,
                                 .a_row = w->s,
                                 .a_col = 1,
                                 .b = w->turned,
                                 .ldb = ldt,
                                 .c = grad + l->weight,
                                 .ldc = l->in,
                                 .accumulate = accumulate};
  kernels->GEMM(gemm)(&product);
}

/* delta of the layer below: (W^T delta) times its slopes */
static void NAME(delta_below)(const lf_layer *l, const T *theta, size_t s, const T *delta, const T *slope, T *below)
{
  const NAME(lf_gemm) product = {.m = l->in,
                                 .n = s,
                                 .k = l->out,
                                 .a = theta + l->weight,
                                 .a_row = 1,
                                 .a_col = l->in,
                                 .b = delta,
                                 .ldb = s,
                                 .c = below,
                                 .ldc = s,
                                 .scale = slope};
  lf_gemm_get()->GEMM(gemm)(&product);
}

/* Fourier features: cos z and sin z come from the same z, so their two deltas add up */
static void NAME(fold_fourier)(const lf_layer *l, size_t s, T *delta)
{
  for (size_t i = 0; i < l->out * s; i++) delta[i] += delta[l->out * s + i];
}

static void NAME(backward)(const lf_net *net, const void *parameters, lf_workspace *w, const void *x, void *grad,
                           bool accumulate)
{
  for (size_t b = 0; b < net->branches; b++) {
    const lf_branch *branch = &net->branch[b];
    const T *delta = w->dout;
    for (size_t i = branch->depth; i-- > 0;) {
      const T *a = i ? w->value[b * w->depth + i - 1] : x;
      NAME(weight_gradient)(&branch->layer[i], w, delta, a, grad, accumulate);
      if (i == 0) break;
      T *below = w->delta[i & 1];
      NAME(delta_below)(&branch->layer[i], parameters, w->s, delta, w->slope[b * w->depth + i - 1], below);
      if (branch->layer[i - 1].fourier) NAME(fold_fourier)(&branch->layer[i - 1], w->s, below);
      delta = below;
    }
  }
}

static void NAME(gather)(size_t rows, size_t s, const void *table, const size_t *index, size_t first, size_t count,
                         void *strip)
{
  const T *from = table;
  T *to = strip;
  for (size_t i = 0; i < count; i++) {
    const T *row = from + rows * (index ? index[first + i] : first + i);
    for (size_t r = 0; r < rows; r++) to[r * s + i] = row[r];
  }
  for (size_t i = count; i < s; i++)
    for (size_t r = 0; r < rows; r++) to[r * s + i] = 0;
}

static void NAME(store)(size_t n, const double *from, void *to)
{
  for (size_t i = 0; i < n; i++) ((T *)to)[i] = (T)from[i];
}

static void NAME(load)(size_t c, size_t s, size_t count, const void *out, double *values)
{
  for (size_t i = 0; i < count; i++)
    for (size_t j = 0; j < c; j++) values[i * c + j] = (double)((const T *)out)[j * s + i];
}

extern const lf_engine NAME(lf_engine);
const lf_engine NAME(lf_engine) = {NAME(forward), NAME(backward), NAME(gather), NAME(store), NAME(load)};
