/* vmath_array.tmpl.h — the array functions of vmath.h for one precision; needs vmath.tmpl.h of the same BITS. */

INLINE V NAME(sin)(V x)
{
  V sine, cosine;
  NAME(sincos)(x, (V){0}, &sine, &cosine);
  return sine;
}

INLINE V NAME(cos)(V x)
{
  V sine, cosine;
  NAME(sincos)(x, (V){0}, &sine, &cosine);
  return cosine;
}

#define LF_X(name, formula)                                                                                \
  static void NAME(each_##name)(size_t n, const T *x, T *y)                                                \
  {                                                                                                        \
    for (size_t i = 0; i < n; i += LANES) NAME(store)(y + i, n - i, NAME(name)(NAME(load)(x + i, n - i))); \
  }
LF_VMATH_LIST(LF_X)
#undef LF_X

static void NAME(each_turns)(size_t n, const T *x, T *cosine, T *sine)
{
  for (size_t i = 0; i < n; i += LANES) {
    V s, c;
    NAME(turns)(NAME(load)(x + i, n - i), &s, &c);
    NAME(store)(cosine + i, n - i, c);
    NAME(store)(sine + i, n - i, s);
  }
}
