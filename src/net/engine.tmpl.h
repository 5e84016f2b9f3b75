/* engine.tmpl.h — body of the engine; what and why: engine.h. No include guard: each including unit sets T, NAME(f), ACTIVATE(kind, act)
 * (the activation kernel's row), and GEMM(f) (the product's table entry). */

/* z (out, C, s) of layer l from a (in, C, s); the bias belongs to the value alone */
static NAME(lf_gemm) NAME(affine)(const lf_layer *l, const T *theta, const lf_workspace *w, const T *a, T *z)
{
  const size_t columns = w->channels * w->s;
  return (NAME(lf_gemm)){.m = l->out,
                         .n = columns,
                         .k = l->in,
                         .a = theta + l->weight,
                         .a_row = l->in,
                         .a_col = 1,
                         .b = a,
                         .ldb = columns,
                         .c = z,
                         .ldc = columns,
                         .bias = l->bias == LF_NO_BIAS ? NULL : theta + l->bias,
                         .biased = w->s};
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

/* A hidden layer of values: the activation goes with the product, while its tiles are at hand. */
static void NAME(hidden)(const lf_layer *l, const T *theta, const lf_workspace *w, const T *a, T *z, T *slope)
{
  const lf_activation_kernels *act = lf_activation_kernels_get();
  NAME(lf_gemm) product = NAME(affine)(l, theta, w, a, z);
  product.param = (T)l->param;
  if (!l->fourier && slope) {
    product.slope_of = act->ACTIVATE(slope)[l->activation];
    product.slope = slope;
  } else if (!l->fourier && l->activation != LF_IDENTITY)
    product.value_of = act->ACTIVATE(value)[l->activation];
  lf_gemm_get()->GEMM(gemm)(&product);
  if (l->fourier) NAME(fourier)(l, w->s, z, slope);
}

/* Rows first .. first + count - 1 of a layer with derivatives, from its pre-activations in z, by one activation. */
static void NAME(curved_rows)(lf_workspace *w, size_t first, size_t count, lf_activation kind, T param, T *a, T *z,
                              T *curve)
{
  const NAME(lf_jet) jet = lf_activation_kernels_get()->ACTIVATE(jet)[kind];
  const size_t s = w->s, stride = w->channels * s;
  NAME(lf_channels) row = {.d = w->d, .s = s, .order = w->order};
  for (size_t r = first; r < first + count; r++) {
    T *d2 = curve + r * (size_t)w->order * s, *d3 = w->order == 2 ? d2 + s : w->spare, *zr = z + r * stride;
    jet(s, param, zr, a + r * stride, zr, d2, d3);
    row.z = zr;
    row.curve = d2;
    row.a = a + r * stride;
    lf_channel_kernels_get()->GEMM(forward)(&row);
  }
}

/* A hidden layer with derivatives: all channels in one product, then row by row. */
static void NAME(curved)(const lf_layer *l, const T *theta, lf_workspace *w, const T *in, T *a, T *z, T *curve)
{
  const NAME(lf_gemm) product = NAME(affine)(l, theta, w, in, z);
  lf_gemm_get()->GEMM(gemm)(&product);
  if (!l->fourier) {
    NAME(curved_rows)(w, 0, l->out, l->activation, (T)l->param, a, z, curve);
    return;
  }
  const size_t n = l->out * w->channels * w->s;
  memcpy(z + n, z, n * sizeof *z);
  NAME(curved_rows)(w, 0, l->out, LF_COS, 1, a, z, curve);
  NAME(curved_rows)(w, l->out, l->out, LF_SIN, 1, a, z, curve);
}

static void NAME(forward)(const lf_net *net, const void *parameters, lf_workspace *w, const void *x, bool slopes)
{
  const T *theta = parameters;
  for (size_t b = 0; b < net->branches; b++) {
    const lf_branch *branch = &net->branch[b];
    const T *in = x;
    for (size_t i = 0; i + 1 < branch->depth; i++) {
      const size_t at = b * w->depth + i;
      T *a = w->value[at];
      if (w->order)
        NAME(curved)(&branch->layer[i], theta, w, in, a, w->slope[at], w->curve[at]);
      else
        NAME(hidden)(&branch->layer[i], theta, w, in, a, slopes ? w->slope[at] : NULL);
      in = a;
    }
    NAME(lf_gemm) product = NAME(affine)(&branch->layer[branch->depth - 1], theta, w, in, w->out);
    product.accumulate = b > 0;
    lf_gemm_get()->GEMM(gemm)(&product);
  }
}

/* grad W (out, in) += delta (out, C s) aT (C s, in), grad b += the sums of the values' part of the rows: with few inputs or outputs row by
 * row, else by a product with the inputs transposed */
static void NAME(weight_gradient)(const lf_layer *l, lf_workspace *w, const T *delta, const T *a, T *grad,
                                  bool accumulate)
{
  const lf_gemm_kernels *kernels = lf_gemm_get();
  const size_t columns = w->channels * w->s, ldt = LF_ROUND_UP(l->in, LF_GEMM_PAD(T));
  T *bias = l->bias == LF_NO_BIAS ? NULL : grad + l->bias;
  const bool few_inputs = l->in <= LF_DOTS_MOST, at_once = few_inputs && w->channels == 1;
  NAME(lf_dots)
  dots = {.rows = l->out, .cols = w->s, .x = delta, .ldx = columns, .sum = bias, .accumulate = accumulate};
  if (bias && !at_once) kernels->GEMM(dots)(&dots);
  if (few_inputs) {
    dots.sum = at_once ? bias : NULL;
    dots.cols = columns;
    dots.few = l->in;
    dots.y = a;
    dots.ldy = columns;
    dots.dot = grad + l->weight;
    dots.dot_row = l->in;
    dots.dot_col = 1;
    kernels->GEMM(dots)(&dots);
  } else if (l->out <= LF_DOTS_MOST) {
    dots = (NAME(lf_dots)){.rows = l->in,
                           .cols = columns,
                           .few = l->out,
                           .x = a,
                           .ldx = columns,
                           .y = delta,
                           .ldy = columns,
                           .dot = grad + l->weight,
                           .dot_row = 1,
                           .dot_col = l->in,
                           .accumulate = accumulate};
    kernels->GEMM(dots)(&dots);
  } else {
    kernels->GEMM(transpose)(l->in, columns, a, columns, w->turned, ldt);
    const NAME(lf_gemm) product = {.m = l->out,
                                   .n = l->in,
                                   .k = columns,
                                   .a = delta,
                                   .a_row = columns,
                                   .a_col = 1,
                                   .b = w->turned,
                                   .ldb = ldt,
                                   .c = grad + l->weight,
                                   .ldc = l->in,
                                   .accumulate = accumulate};
    kernels->GEMM(gemm)(&product);
  }
}

/* delta of the layer below: (W^T delta) through its activation, whose slopes (and curves) are those */
static void NAME(delta_below)(const lf_layer *l, const T *theta, const lf_workspace *w, const T *delta, const T *slope,
                              const T *curve, T *below)
{
  const size_t columns = w->channels * w->s;
  const NAME(lf_gemm) product = {.m = l->in,
                                 .n = columns,
                                 .k = l->out,
                                 .a = theta + l->weight,
                                 .a_row = 1,
                                 .a_col = l->in,
                                 .b = delta,
                                 .ldb = columns,
                                 .c = below,
                                 .ldc = columns,
                                 .scale = w->order ? NULL : slope};
  lf_gemm_get()->GEMM(gemm)(&product);
  NAME(lf_channels) row = {.d = w->d, .s = w->s, .order = w->order};
  for (size_t r = 0; w->order && r < l->in; r++) {
    row.z = slope + r * columns;
    row.curve = curve + r * (size_t)w->order * w->s;
    row.a = below + r * columns;
    lf_channel_kernels_get()->GEMM(back)(&row);
  }
}

/* Fourier features: cos z and sin z come from the same z, so their two deltas add up */
static void NAME(fold_fourier)(const lf_layer *l, size_t columns, T *delta)
{
  for (size_t i = 0; i < l->out * columns; i++) delta[i] += delta[l->out * columns + i];
}

static void NAME(backward)(const lf_net *net, const void *parameters, lf_workspace *w, const void *x, void *grad,
                           bool accumulate)
{
  for (size_t b = 0; b < net->branches; b++) {
    const lf_branch *branch = &net->branch[b];
    const T *delta = w->dout;
    for (size_t i = branch->depth; i-- > 0;) {
      const size_t at = b * w->depth + i - 1;
      NAME(weight_gradient)(&branch->layer[i], w, delta, i ? w->value[at] : x, grad, accumulate);
      lf_clock_mark(w->clock, LF_PHASE_WEIGHTS);
      if (i == 0) break;
      T *below = w->delta[i & 1];
      NAME(delta_below)(&branch->layer[i], parameters, w, delta, w->slope[at], w->curve[at], below);
      if (branch->layer[i - 1].fourier) NAME(fold_fourier)(&branch->layer[i - 1], w->channels * w->s, below);
      lf_clock_mark(w->clock, LF_PHASE_BELOW);
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
