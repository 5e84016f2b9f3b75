/* channels.tmpl.h — body of the derivative channels for element type T; what: channels.h. No include guard. */

static void NAME(forward)(const NAME(lf_channels) * row)
{
  const size_t s = row->s, d = row->d;
  const T *restrict d1 = row->z, *restrict d2 = row->curve;
  for (size_t i = 1; i <= d; i++) {
    const T *restrict zi = row->z + i * s, *restrict zii = row->z + (i + d) * s;
    T *restrict ai = row->a + i * s, *restrict aii = row->a + (i + d) * s;
    for (size_t j = 0; j < s; j++) ai[j] = d1[j] * zi[j];
    if (row->order == 2)
      for (size_t j = 0; j < s; j++) aii[j] = d2[j] * zi[j] * zi[j] + d1[j] * zii[j];
  }
}

static void NAME(back)(const NAME(lf_channels) * row)
{
  const size_t s = row->s, d = row->d;
  const T *restrict d1 = row->z, *restrict d2 = row->curve, *restrict d3 = row->curve + s;
  T *restrict value = row->a;
  for (size_t j = 0; j < s; j++) value[j] *= d1[j];
  for (size_t i = 1; i <= d; i++) {
    const T *restrict zi = row->z + i * s, *restrict zii = row->z + (i + d) * s;
    T *restrict ai = row->a + i * s, *restrict aii = row->a + (i + d) * s;
    if (row->order == 1)
      for (size_t j = 0; j < s; j++) {
        value[j] += ai[j] * d2[j] * zi[j];
        ai[j] *= d1[j];
      }
    else
      for (size_t j = 0; j < s; j++) {
        const T bend = d2[j] * zi[j];
        value[j] += ai[j] * bend + aii[j] * (d3[j] * zi[j] * zi[j] + d2[j] * zii[j]);
        ai[j] = ai[j] * d1[j] + 2 * aii[j] * bend;
        aii[j] *= d1[j];
      }
  }
}
#undef T
#undef NAME
