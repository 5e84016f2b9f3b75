/* loss.tmpl.h — one strip's loss for element type T; what: loss.h. No include guard. */

static double NAME(plain)(const lf_loss_rule *rule, size_t n, size_t c, size_t s, size_t count, const T *out,
                          const T *y, T *dout)
{
  double sum = 0, norm = loss_norm(rule->kind, n, c);
  for (size_t j = 0; j < c; j++)
    for (size_t i = 0; i < count; i++) {
      double slope;
      sum += loss_term(rule, (double)out[j * s + i] - (double)y[j * s + i], &slope);
      dout[j * s + i] = (T)(norm * slope);
    }
  return norm * sum;
}

static double NAME(through_sigmoid)(const lf_loss_rule *rule, size_t n, size_t c, size_t s, size_t count, const T *out,
                                    const T *y, T *dout)
{
  double sum = 0, norm = loss_norm(rule->kind, n, c);
  for (size_t j = 0; j < c; j++)
    for (size_t i = 0; i < count; i++) {
      double z = (double)out[j * s + i], want = (double)y[j * s + i], f = 1 / (1 + exp(-z)), slope;
      if (rule->kind == LF_LOSS_CROSS_ENTROPY) {
        sum += fmax(z, 0) - z * want + log1p(exp(-fabs(z)));
        slope = f - want;
      } else {
        sum += loss_term(rule, f - want, &slope);
        slope *= f * (1 - f);
      }
      dout[j * s + i] = (T)(norm * slope);
    }
  return norm * sum;
}

/* One sample: f_j = exp(z_j - most)/total; dz_j = f_j (g_j - sum_k g_k f_k) for g = dL/df, which cross entropy turns into
 * f_j sum y - y_j. z, want, dz are c elements, s apart. Gives back the sum of terms. */
static double NAME(softmax_sample)(const lf_loss_rule *rule, size_t c, size_t s, const T *z, const T *want, T *dz,
                                   double norm)
{
  const bool entropy = rule->kind == LF_LOSS_CROSS_ENTROPY;
  double most = -INFINITY, total = 0, mass = 0, mean_slope = 0, sum = 0, slope;
  for (size_t j = 0; j < c; j++) most = fmax(most, (double)z[j * s]);
  for (size_t j = 0; j < c; j++) total += exp((double)z[j * s] - most);
  for (size_t j = 0; j < c; j++) {
    double above = (double)z[j * s] - most, f = exp(above) / total, y = (double)want[j * s];
    double term = loss_term(rule, f - y, &slope);
    mean_slope += slope * f;
    mass += y;
    sum += !entropy ? term : y != 0 ? -y * (above - log(total)) : 0;
  }
  for (size_t j = 0; j < c; j++) {
    double f = exp((double)z[j * s] - most) / total, y = (double)want[j * s];
    (void)loss_term(rule, f - y, &slope);
    dz[j * s] = (T)(norm * (entropy ? f * mass - y : f * (slope - mean_slope)));
  }
  return sum;
}

double NAME(lf_loss_strip)(const lf_loss_rule *rule, size_t n, size_t c, size_t s, size_t count, const T *out,
                           const T *y, T *dout)
{
  for (size_t j = 0; j < c; j++)
    for (size_t i = count; i < s; i++) dout[j * s + i] = 0;
  if (rule->output == LF_OUTPUT_SIGMOID) return NAME(through_sigmoid)(rule, n, c, s, count, out, y, dout);
  if (rule->output != LF_OUTPUT_SOFTMAX) return NAME(plain)(rule, n, c, s, count, out, y, dout);
  double sum = 0, norm = loss_norm(rule->kind, n, rule->kind == LF_LOSS_CROSS_ENTROPY ? 1 : c);
  for (size_t i = 0; i < count; i++) sum += NAME(softmax_sample)(rule, c, s, out + i, y + i, dout + i, norm);
  return norm * sum;
}
#undef T
#undef NAME
