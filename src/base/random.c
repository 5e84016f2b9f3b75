/* random.c — Philox4x32-10; what and why: lowfirst/random.h. */
#include "lowfirst/random.h"
#include <math.h>
#include <stdlib.h>
#include "base.h"

static void philox_round(uint32_t c[4], const uint32_t k[2])
{
  uint64_t p0 = (uint64_t)0xD2511F53u * c[0], p1 = (uint64_t)0xCD9E8D57u * c[2];
  uint32_t r0 = (uint32_t)(p1 >> 32) ^ c[1] ^ k[0], r2 = (uint32_t)(p0 >> 32) ^ c[3] ^ k[1];
  c[1] = (uint32_t)p1;
  c[3] = (uint32_t)p0;
  c[0] = r0;
  c[2] = r2;
}

void lf_philox4x32(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4])
{
  uint32_t k[2] = {key[0], key[1]};
  for (int i = 0; i < 4; i++) out[i] = counter[i];
  for (int round = 0; round < 10; round++) {
    philox_round(out, k);
    k[0] += 0x9E3779B9u;
    k[1] += 0xBB67AE85u;
  }
}

static void block(uint64_t seed, lf_purpose purpose, uint64_t index, uint64_t out[2])
{
  const uint32_t counter[4] = {(uint32_t)index, (uint32_t)(index >> 32), (uint32_t)purpose, 0};
  const uint32_t key[2] = {(uint32_t)seed, (uint32_t)(seed >> 32)};
  uint32_t w[4];
  lf_philox4x32(counter, key, w);
  out[0] = w[0] | (uint64_t)w[1] << 32;
  out[1] = w[2] | (uint64_t)w[3] << 32;
}

static double unit(uint64_t bits) { return ((double)(bits >> 11) + 0.5) * 0x1p-53; }

uint64_t lf_random_u64(uint64_t seed, lf_purpose purpose, uint64_t index)
{
  uint64_t w[2];
  block(seed, purpose, index, w);
  return w[0];
}

double lf_random_uniform(uint64_t seed, lf_purpose purpose, uint64_t index)
{
  return unit(lf_random_u64(seed, purpose, index));
}

double lf_random_normal(uint64_t seed, lf_purpose purpose, uint64_t index)
{
  uint64_t w[2];
  block(seed, purpose, index, w);
  return sqrt(-2 * log(unit(w[0]))) * cos(6.283185307179586477 * unit(w[1]));
}

typedef struct keyed {
  uint64_t key;
  size_t index;
} keyed;

static int by_key(const void *a, const void *b)
{
  const keyed *p = a, *q = b;
  if (p->key != q->key) return p->key < q->key ? -1 : 1;
  return (p->index > q->index) - (p->index < q->index);
}

lf_status lf_random_permutation(uint64_t seed, lf_purpose purpose, uint64_t first, size_t n, size_t *out)
{
  keyed *k = NULL;
  lf_status st = lf_calloc(&k, n, sizeof *k);
  if (st != LF_OK) return st;
  for (size_t i = 0; i < n; i++) k[i] = (keyed){lf_random_u64(seed, purpose, first + i), i};
  qsort(k, n, sizeof *k, by_key);
  for (size_t i = 0; i < n; i++) out[i] = k[i].index;
  lf_free(k);
  return LF_OK;
}
