/* vector.h — vectors of float and double as wide as the including unit's instruction set, and the few operations on them that C cannot say.
 *
 * Everything is arithmetic of GCC's vector extension, which gcc and clang turn into the best instructions, but for these, where they do
 * not: a fused multiply-add that must be one, minimum and maximum, "does any lane ...", and loading a part. Names end in _f32 or
 * _f64; code for both is written once with V, I, U, T and NAME() after `#define BITS 32` (or 64). */
#ifndef LF_VECTOR_H
#define LF_VECTOR_H
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#if defined __AVX2__
#include <immintrin.h>
#endif

#if defined __AVX512F__
#define VECTOR_BITS 512
#elif defined __AVX2__
#define VECTOR_BITS 256
#else
#define VECTOR_BITS 128
#endif

enum { VECTOR_BYTES = VECTOR_BITS / 8 };

#define LF_PASTE_(a, b) a##b
#define LF_PASTE(a, b) LF_PASTE_(a, b)
#define NAME(f) LF_PASTE(f##_f, BITS)
#define T NAME(real)
#define V NAME(vec)
#define I NAME(ivec)
#define U NAME(uvec)
#define LANES ((size_t)VECTOR_BYTES * 8 / BITS)
#define INLINE static inline __attribute__((always_inline, unused))

typedef float real_f32;
typedef double real_f64;
typedef float vec_f32 __attribute__((vector_size(VECTOR_BYTES)));
typedef double vec_f64 __attribute__((vector_size(VECTOR_BYTES)));
typedef int32_t ivec_f32 __attribute__((vector_size(VECTOR_BYTES)));
typedef int64_t ivec_f64 __attribute__((vector_size(VECTOR_BYTES)));
typedef uint32_t uvec_f32 __attribute__((vector_size(VECTOR_BYTES))); /* bits, where arithmetic may wrap */
typedef uint64_t uvec_f64 __attribute__((vector_size(VECTOR_BYTES)));
typedef vec_f32 loose_f32 __attribute__((aligned(4), may_alias));
typedef vec_f64 loose_f64 __attribute__((aligned(8), may_alias));

/* x - 0 is x to the compiler, x + 0 is not where x may be -0 */
INLINE vec_f32 splat_f32(float x) { return x - (vec_f32){0}; }
INLINE vec_f64 splat_f64(double x) { return x - (vec_f64){0}; }
/* mask ? a : b, lane by lane; a mask's lanes are 0 or -1 as comparisons give them */
INLINE vec_f32 pick_f32(ivec_f32 mask, vec_f32 a, vec_f32 b)
{
  return (vec_f32)((mask & (ivec_f32)a) | (~mask & (ivec_f32)b));
}
INLINE vec_f64 pick_f64(ivec_f64 mask, vec_f64 a, vec_f64 b)
{
  return (vec_f64)((mask & (ivec_f64)a) | (~mask & (ivec_f64)b));
}
INLINE vec_f32 keep_f32(ivec_f32 mask, vec_f32 a) { return (vec_f32)(mask & (ivec_f32)a); } /* mask ? a : 0 */
INLINE vec_f64 keep_f64(ivec_f64 mask, vec_f64 a) { return (vec_f64)(mask & (ivec_f64)a); }

/* fused(a,b,c) = a b + c rounded once; madd the same where that is one instruction, else with two roundings. least(bound,x), most(bound,x): min and max that keep x where it is NaN. any(mask): a lane is set.
 * load_part, store_part: the first n < LANES elements, the rest 0 or left alone. add_above(sum, z, x): sum + x where z > 0.
 * lane_sum: of all lanes, halves onto each other. */
#if defined __AVX512F__
#define madd_f32 fused_f32
#define madd_f64 fused_f64
INLINE vec_f32 fused_f32(vec_f32 a, vec_f32 b, vec_f32 c)
{
  return (vec_f32)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c);
}
INLINE vec_f64 fused_f64(vec_f64 a, vec_f64 b, vec_f64 c)
{
  return (vec_f64)_mm512_fmadd_pd((__m512d)a, (__m512d)b, (__m512d)c);
}
INLINE vec_f32 least_f32(vec_f32 bound, vec_f32 x) { return (vec_f32)_mm512_min_ps((__m512)bound, (__m512)x); }
INLINE vec_f64 least_f64(vec_f64 bound, vec_f64 x) { return (vec_f64)_mm512_min_pd((__m512d)bound, (__m512d)x); }
INLINE vec_f32 most_f32(vec_f32 bound, vec_f32 x) { return (vec_f32)_mm512_max_ps((__m512)bound, (__m512)x); }
INLINE vec_f64 most_f64(vec_f64 bound, vec_f64 x) { return (vec_f64)_mm512_max_pd((__m512d)bound, (__m512d)x); }
INLINE int any_f32(ivec_f32 mask) { return _mm512_movepi32_mask((__m512i)mask) != 0; }
INLINE int any_f64(ivec_f64 mask) { return _mm512_movepi64_mask((__m512i)mask) != 0; }
INLINE vec_f32 add_above_f32(vec_f32 sum, vec_f32 z, vec_f32 x)
{
  const __mmask16 above = _mm512_cmp_ps_mask((__m512)z, _mm512_setzero_ps(), _CMP_GT_OQ);
  return (vec_f32)_mm512_mask_add_ps((__m512)sum, above, (__m512)sum, (__m512)x);
}
INLINE vec_f64 add_above_f64(vec_f64 sum, vec_f64 z, vec_f64 x)
{
  const __mmask8 above = _mm512_cmp_pd_mask((__m512d)z, _mm512_setzero_pd(), _CMP_GT_OQ);
  return (vec_f64)_mm512_mask_add_pd((__m512d)sum, above, (__m512d)sum, (__m512d)x);
}
/* table[i mod 16], lane by lane */
#define HAS_LOOK_UP 1
INLINE vec_f32 look_up_f32(const float table[16], uvec_f32 i)
{
  return (vec_f32)_mm512_permutexvar_ps((__m512i)i, _mm512_load_ps(table));
}
INLINE float lane_sum_f32(vec_f32 x) { return _mm512_reduce_add_ps((__m512)x); }
INLINE double lane_sum_f64(vec_f64 x) { return _mm512_reduce_add_pd((__m512d)x); }
INLINE vec_f32 load_part_f32(const float *p, size_t n)
{
  return (vec_f32)_mm512_maskz_loadu_ps((__mmask16)((1u << n) - 1), p);
}
INLINE vec_f64 load_part_f64(const double *p, size_t n)
{
  return (vec_f64)_mm512_maskz_loadu_pd((__mmask8)((1u << n) - 1), p);
}
INLINE void store_part_f32(float *p, size_t n, vec_f32 x)
{
  _mm512_mask_storeu_ps(p, (__mmask16)((1u << n) - 1), (__m512)x);
}
INLINE void store_part_f64(double *p, size_t n, vec_f64 x)
{
  _mm512_mask_storeu_pd(p, (__mmask8)((1u << n) - 1), (__m512d)x);
}
#elif defined __AVX2__
#define madd_f32 fused_f32
#define madd_f64 fused_f64
INLINE vec_f32 fused_f32(vec_f32 a, vec_f32 b, vec_f32 c)
{
  return (vec_f32)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c);
}
INLINE vec_f64 fused_f64(vec_f64 a, vec_f64 b, vec_f64 c)
{
  return (vec_f64)_mm256_fmadd_pd((__m256d)a, (__m256d)b, (__m256d)c);
}
INLINE vec_f32 least_f32(vec_f32 bound, vec_f32 x) { return (vec_f32)_mm256_min_ps((__m256)bound, (__m256)x); }
INLINE vec_f64 least_f64(vec_f64 bound, vec_f64 x) { return (vec_f64)_mm256_min_pd((__m256d)bound, (__m256d)x); }
INLINE vec_f32 most_f32(vec_f32 bound, vec_f32 x) { return (vec_f32)_mm256_max_ps((__m256)bound, (__m256)x); }
INLINE vec_f64 most_f64(vec_f64 bound, vec_f64 x) { return (vec_f64)_mm256_max_pd((__m256d)bound, (__m256d)x); }
INLINE int any_f32(ivec_f32 mask) { return _mm256_movemask_ps((__m256)mask) != 0; }
INLINE int any_f64(ivec_f64 mask) { return _mm256_movemask_pd((__m256d)mask) != 0; }
INLINE vec_f32 add_above_f32(vec_f32 sum, vec_f32 z, vec_f32 x) { return sum + keep_f32(z > 0, x); }
INLINE vec_f64 add_above_f64(vec_f64 sum, vec_f64 z, vec_f64 x) { return sum + keep_f64(z > 0, x); }
INLINE float lane_sum_f32(vec_f32 x)
{
  __m128 s = _mm_add_ps(_mm256_castps256_ps128((__m256)x), _mm256_extractf128_ps((__m256)x, 1));
  s = _mm_add_ps(s, _mm_movehl_ps(s, s));
  return _mm_cvtss_f32(_mm_add_ss(s, _mm_movehdup_ps(s)));
}
INLINE double lane_sum_f64(vec_f64 x)
{
  const __m128d s = _mm_add_pd(_mm256_castpd256_pd128((__m256d)x), _mm256_extractf128_pd((__m256d)x, 1));
  return _mm_cvtsd_f64(_mm_add_sd(s, _mm_unpackhi_pd(s, s)));
}
INLINE ivec_f32 first_f32(size_t n) { return (ivec_f32){0, 1, 2, 3, 4, 5, 6, 7} < (int32_t)n; }
INLINE ivec_f64 first_f64(size_t n) { return (ivec_f64){0, 1, 2, 3} < (int64_t)n; }
INLINE vec_f32 load_part_f32(const float *p, size_t n) { return (vec_f32)_mm256_maskload_ps(p, (__m256i)first_f32(n)); }
INLINE vec_f64 load_part_f64(const double *p, size_t n)
{
  return (vec_f64)_mm256_maskload_pd(p, (__m256i)first_f64(n));
}
INLINE void store_part_f32(float *p, size_t n, vec_f32 x) { _mm256_maskstore_ps(p, (__m256i)first_f32(n), (__m256)x); }
INLINE void store_part_f64(double *p, size_t n, vec_f64 x)
{
  _mm256_maskstore_pd(p, (__m256i)first_f64(n), (__m256d)x);
}
#else
/* in float the product is exact in double, and so is the sum wherever vmath asks for a fused one */
INLINE vec_f32 fused_f32(vec_f32 a, vec_f32 b, vec_f32 c)
{
  for (int i = 0; i < 4; i++) c[i] = (float)((double)a[i] * (double)b[i] + (double)c[i]);
  return c;
}
INLINE vec_f64 fused_f64(vec_f64 a, vec_f64 b, vec_f64 c)
{
  for (int i = 0; i < 2; i++) c[i] = __builtin_fma(a[i], b[i], c[i]);
  return c;
}
INLINE vec_f32 madd_f32(vec_f32 a, vec_f32 b, vec_f32 c) { return a * b + c; }
INLINE vec_f64 madd_f64(vec_f64 a, vec_f64 b, vec_f64 c) { return a * b + c; }
INLINE vec_f32 least_f32(vec_f32 bound, vec_f32 x) { return pick_f32(bound < x, bound, x); }
INLINE vec_f64 least_f64(vec_f64 bound, vec_f64 x) { return pick_f64(bound < x, bound, x); }
INLINE vec_f32 most_f32(vec_f32 bound, vec_f32 x) { return pick_f32(bound > x, bound, x); }
INLINE vec_f64 most_f64(vec_f64 bound, vec_f64 x) { return pick_f64(bound > x, bound, x); }
INLINE int any_f32(ivec_f32 mask) { return (mask[0] | mask[1] | mask[2] | mask[3]) != 0; }
INLINE int any_f64(ivec_f64 mask) { return (mask[0] | mask[1]) != 0; }
INLINE vec_f32 add_above_f32(vec_f32 sum, vec_f32 z, vec_f32 x) { return sum + keep_f32(z > 0, x); }
INLINE vec_f64 add_above_f64(vec_f64 sum, vec_f64 z, vec_f64 x) { return sum + keep_f64(z > 0, x); }
INLINE float lane_sum_f32(vec_f32 x) { return (x[0] + x[2]) + (x[1] + x[3]); }
INLINE double lane_sum_f64(vec_f64 x) { return x[0] + x[1]; }
INLINE vec_f32 load_part_f32(const float *p, size_t n)
{
  vec_f32 x = {0};
  memcpy(&x, p, n * sizeof *p);
  return x;
}
INLINE vec_f64 load_part_f64(const double *p, size_t n)
{
  vec_f64 x = {0};
  memcpy(&x, p, n * sizeof *p);
  return x;
}
INLINE void store_part_f32(float *p, size_t n, vec_f32 x) { memcpy(p, &x, n * sizeof *p); }
INLINE void store_part_f64(double *p, size_t n, vec_f64 x) { memcpy(p, &x, n * sizeof *p); }
#endif

/* The next min(LANES, n) elements. */
INLINE vec_f32 load_f32(const float *p, size_t n)
{
  if (n < VECTOR_BYTES / sizeof *p) return load_part_f32(p, n);
  return (vec_f32) * (const loose_f32 *)p;
}
INLINE vec_f64 load_f64(const double *p, size_t n)
{
  if (n < VECTOR_BYTES / sizeof *p) return load_part_f64(p, n);
  return (vec_f64) * (const loose_f64 *)p;
}
INLINE void store_f32(float *p, size_t n, vec_f32 x)
{
  if (n >= VECTOR_BYTES / sizeof *p)
    *(loose_f32 *)p = x;
  else
    store_part_f32(p, n, x);
}
INLINE void store_f64(double *p, size_t n, vec_f64 x)
{
  if (n >= VECTOR_BYTES / sizeof *p)
    *(loose_f64 *)p = x;
  else
    store_part_f64(p, n, x);
}

/* low_blocks_H(a,b), high_blocks_H(a,b): of lanes in blocks of H, a's even blocks with b's even blocks between them, and the odd ones. What a
 * transposition in registers is made of. */
#define LF_LOW(h, n, j) ((j) & (h) ? (n) + (j) - (h) : (j))
#define LF_HIGH(h, n, j) ((j) & (h) ? (n) + (j) : (j) + (h))
#define LF_EACH_2(F, h, n, j) F(h, n, j), F(h, n, (j) + 1)
#define LF_EACH_4(F, h, n, j) LF_EACH_2(F, h, n, j), LF_EACH_2(F, h, n, (j) + 2)
#define LF_EACH_8(F, h, n, j) LF_EACH_4(F, h, n, j), LF_EACH_4(F, h, n, (j) + 4)
#define LF_EACH_16(F, h, n, j) LF_EACH_8(F, h, n, j), LF_EACH_8(F, h, n, (j) + 8)
#define LF_BLOCKS(bits, h, n)                                                \
  INLINE vec_f##bits low_blocks_##h##_f##bits(vec_f##bits a, vec_f##bits b)  \
  {                                                                          \
    return __builtin_shufflevector(a, b, LF_EACH_##n(LF_LOW, h, n, 0));      \
  }                                                                          \
  INLINE vec_f##bits high_blocks_##h##_f##bits(vec_f##bits a, vec_f##bits b) \
  {                                                                          \
    return __builtin_shufflevector(a, b, LF_EACH_##n(LF_HIGH, h, n, 0));     \
  }
/* clang-format off */
#if VECTOR_BITS == 512
LF_BLOCKS(32, 1, 16) LF_BLOCKS(32, 2, 16) LF_BLOCKS(32, 4, 16) LF_BLOCKS(32, 8, 16)
LF_BLOCKS(64, 1, 8) LF_BLOCKS(64, 2, 8) LF_BLOCKS(64, 4, 8)
#elif VECTOR_BITS == 256
LF_BLOCKS(32, 1, 8) LF_BLOCKS(32, 2, 8) LF_BLOCKS(32, 4, 8)
LF_BLOCKS(64, 1, 4) LF_BLOCKS(64, 2, 4)
#else
LF_BLOCKS(32, 1, 4) LF_BLOCKS(32, 2, 4)
LF_BLOCKS(64, 1, 2)
#endif
/* clang-format on */
#endif
