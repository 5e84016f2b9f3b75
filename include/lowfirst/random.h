/** @file  random.h — counter-based random numbers: value = f(seed, purpose, index).
 *
 *  Philox4x32-10 (Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011): the key is the
 *  seed, the counter is (index, purpose), both little end first. There is no state: any element of any stream is
 *  reached at once, in any order, from any thread, and streams of different purpose never overlap.
 *
 *  Test vectors of the raw block (Random123's known answers), counter / key / result, hexadecimal:
 *    00000000 00000000 00000000 00000000 / 00000000 00000000 / 6627e8d5 e169c58d bc57ac4c 9b00dbd8
 *    ffffffff ffffffff ffffffff ffffffff / ffffffff ffffffff / 408f276d 41c83b0e a20bc7c6 6d5451fd
 *    243f6a88 85a308d3 13198a2e 03707344 / a4093822 299f31d0 / d16cfe09 94fdcceb 5001e420 24126ea1 */
#ifndef LF_RANDOM_H
#define LF_RANDOM_H
#include <stddef.h>
#include <stdint.h>
#include "lowfirst/status.h"
#ifdef __cplusplus
extern "C" {
#endif

/** What a stream is for; a stream's numbers never change when another purpose is added. Append only. */
typedef enum lf_purpose {
  LF_PURPOSE_TEST = 0,
  LF_PURPOSE_WEIGHTS = 1,  /* initial parameters; index = position in the flat vector */
  LF_PURPOSE_FEATURES = 2, /* frequencies and phases of input features */
  LF_PURPOSE_SAMPLES = 3,  /* where random samples lie */
  LF_PURPOSE_NOISE = 4,    /* noise added to targets */
  LF_PURPOSE_SPLIT = 5,    /* train/test split */
  LF_PURPOSE_BATCH = 6,    /* minibatch order; index = epoch * n + position */
  LF_PURPOSE_PERTURB = 7,  /* parameter perturbations */
  LF_PURPOSE_SEARCH = 8    /* seeds of the searches' own generators; index = round */
} lf_purpose;

/** The raw block: ten rounds over a 128-bit counter with a 64-bit key. */
void lf_philox4x32(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]);

/** 64 random bits: the first two words of the block, low word first. */
uint64_t lf_random_u64(uint64_t seed, lf_purpose purpose, uint64_t index);

/** Uniform in (0,1): (the upper 53 bits + 1/2) * 2^-53. */
double lf_random_uniform(uint64_t seed, lf_purpose purpose, uint64_t index);

/** Standard normal by Box–Muller from the two halves of one block. */
double lf_random_normal(uint64_t seed, lf_purpose purpose, uint64_t index);

/** The permutation of 0..n-1 that sorts the numbers (seed, purpose, first + i); ties by i. out (n). O(n log n).
 *  LF_ENOMEM. */
lf_status lf_random_permutation(uint64_t seed, lf_purpose purpose, uint64_t first, size_t n, size_t *out);

#ifdef __cplusplus
}
#endif
#endif
