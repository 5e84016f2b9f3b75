/* vmath_end.h — takes back what vmath.tmpl.h defined, so that it can be included for the other precision. No include guard. */
#undef BY_PRECISION
#undef MANTISSA
#undef BIAS
#undef ROUNDER
#undef CONSTANT
#undef MADD
#undef SIGN_BIT
#undef ROOT_HALF
#undef POLY
#undef BITS
