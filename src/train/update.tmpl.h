/* update.tmpl.h — body of the update for element type T; what: update.h. No include guard. OWN_ADAM: NAME(adam) is there already. Loops go element by element, so that they
 * vectorise and their bits do not depend on where a run of parameters is cut. PyTorch's order of operations throughout. */
enum { NAME(block) = 512 };

static T *NAME(gradient)(const lf_update *u, size_t group, size_t from)
{
  return (T *)u->grad[group] + (from - u->grad_from);
}

static void NAME(sum)(const lf_update *u, size_t from, size_t n, T *restrict sum)
{
  const T *g[4];
  size_t q = u->groups >= 4   ? 4
             : u->groups >= 2 ? 2
                              : 1; /* so many at once: the sum is not taken up and put down between them */
  for (size_t k = 0; k < q; k++) g[k] = NAME(gradient)(u, k, from);
  if (q == 1)
    for (size_t i = 0; i < n; i++) sum[i] = g[0][i];
  else if (q == 2)
    for (size_t i = 0; i < n; i++) sum[i] = g[0][i] + g[1][i];
  else
    for (size_t i = 0; i < n; i++) sum[i] = ((g[0][i] + g[1][i]) + g[2][i]) + g[3][i];
  for (; q < u->groups; q++) {
    const T *next = NAME(gradient)(u, q, from);
    for (size_t i = 0; i < n; i++) sum[i] += next[i];
  }
  if (!u->gain) return;
  const T *gain = (const T *)u->gain + from;
  for (size_t i = 0; i < n; i++) sum[i] *= gain[i];
}

static void NAME(momentum)(const lf_update *u, size_t n, const T *restrict g, T *restrict p, T *restrict v)
{
  const T lr = (T)u->lr, mu = (T)u->momentum;
  if (u->rule == LF_OPTIMISER_NESTEROV)
    for (size_t i = 0; i < n; i++) {
      v[i] = mu * v[i] + g[i];
      p[i] -= lr * (g[i] + mu * v[i]);
    }
  else
    for (size_t i = 0; i < n; i++) {
      v[i] = mu * v[i] + g[i];
      p[i] -= lr * v[i];
    }
}

#ifndef OWN_ADAM
static void NAME(adam)(const lf_update *u, size_t n, const T *restrict g, T *restrict p, T *restrict m, T *restrict v)
{
  const lf_adam_step s = lf_adam_step_of(u);
  const T b1 = (T)s.b1, b2 = (T)s.b2, c1 = (T)s.c1, c2 = (T)s.c2;
  const T size = (T)s.size, root = (T)s.root, eps = (T)s.epsilon, keep = (T)s.keep;
  for (size_t i = 0; i < n; i++) {
    m[i] = b1 * m[i] + c1 * g[i];
    v[i] = b2 * v[i] + c2 * (g[i] * g[i]);
    p[i] = keep * p[i] - size * (m[i] / (NAME(square_root)(v[i]) * root + eps));
  }
}
#endif

static void NAME(rmsprop)(const lf_update *u, size_t n, const T *restrict g, T *restrict p, T *restrict v)
{
  const T a = (T)u->alpha, c = (T)(1 - u->alpha), lr = (T)u->lr, eps = (T)u->epsilon;
  for (size_t i = 0; i < n; i++) {
    v[i] = a * v[i] + c * (g[i] * g[i]);
    p[i] -= lr * (g[i] / (NAME(square_root)(v[i]) + eps));
  }
}

static void NAME(apply)(const lf_update *u, size_t from, size_t n, T *restrict g)
{
  T *p = (T *)u->parameters + from, *first = u->first ? (T *)u->first + from : NULL;
  T *second = u->second ? (T *)u->second + from : NULL;
  const T decay = (T)u->weight_decay, lr = (T)u->lr;
  if (u->weight_decay != 0 && u->rule != LF_OPTIMISER_ADAMW)
    for (size_t i = 0; i < n; i++) g[i] += decay * p[i];
  switch (u->rule) {
  case LF_OPTIMISER_MOMENTUM:
  case LF_OPTIMISER_NESTEROV: NAME(momentum)(u, n, g, p, first); break;
  case LF_OPTIMISER_ADAM:
  case LF_OPTIMISER_ADAMW: NAME(adam)(u, n, g, p, first, second); break;
  case LF_OPTIMISER_RMSPROP: NAME(rmsprop)(u, n, g, p, second); break;
  default:
    for (size_t i = 0; i < n; i++) p[i] -= lr * g[i];
  }
  if (!u->gain) return;
  const T *gain = (const T *)u->gain + from;
  T *theta = (T *)u->theta + from;
  for (size_t i = 0; i < n; i++) theta[i] = gain[i] * p[i];
}

static void NAME(update)(const lf_update *u, size_t from, size_t n)
{
  T sum[NAME(block)];
  if (u->groups == 1 && !u->gain) { /* as it lies there */
    NAME(apply)(u, from, n, NAME(gradient)(u, 0, from));
    return;
  }
  for (size_t i = 0; i < n; i += NAME(block)) {
    size_t part = n - i < NAME(block) ? n - i : NAME(block);
    NAME(sum)(u, from + i, part, sum);
    NAME(apply)(u, from + i, part, sum);
  }
}
#undef T
#undef NAME
