/* thin_sums.tmpl.h — what the thin path adds up over all jobs, for element type T; what: thin.h. No include guard. */

static void NAME(outputs)(const lf_thin *t, const T *theta, T *out)
{
  const size_t c = t->net->outputs;
  const T *partial = (const T *)(const void *)t->partial;
  memset(out, 0, c * t->columns * sizeof *out);
  for (size_t b = 0; b < t->net->branches; b++) {
    const size_t bias = t->net->branch[b].layer[1].bias;
    for (size_t o = 0; o < c && bias != LF_NO_BIAS; o++)
      for (size_t i = 0; i < t->n; i++) out[o * t->columns + i] += theta[bias + o];
  }
  for (size_t q = 0; q < t->jobs; q++)
    for (size_t o = 0; o < c; o++)
      for (size_t i = 0; i < t->n; i++) out[o * t->columns + i] += partial[(q * c + o) * t->n + i];
}

static void NAME(bias_gradient)(const lf_thin *t, const T *dout, T *grad)
{
  for (size_t o = 0; o < t->net->outputs; o++) {
    T sum = 0;
    for (size_t i = 0; i < t->n; i++) sum += dout[o * t->columns + i];
    grad[o] = sum;
  }
}
#undef T
#undef NAME
