/* sampling.h — where samples lie in a box: even grid, independent uniform, Sobol. */
#ifndef LF_SAMPLING_H
#define LF_SAMPLING_H
#include <stddef.h>
#include <stdint.h>
#include "lowfirst/status.h"

enum { LF_SOBOL_INPUTS = 21 };

/* x (prod count, d): both ends of every axis included, last axis fastest, the bits of numpy.linspace. An axis of one sample has
 * it in the middle. Cannot fail: the caller has checked the sizes. */
void lf_sample_grid(size_t d, const size_t *count, const double *low, const double *high, double *x);

/* x (prod count, d): the middles of `count` equal cells per axis, last axis fastest. With count = samples - 1 these lie midway between
 * the samples of lf_sample_grid. */
void lf_sample_middles(size_t d, const size_t *count, const double *low, const double *high, double *x);

/* x (n,d): independent and uniform; number i d + j of the stream (seed, LF_PURPOSE_SAMPLES). */
void lf_sample_uniform(size_t n, size_t d, const double *low, const double *high, uint64_t seed, double *x);

/* x (n,d): the Sobol sequence in Gray-code order with Joe & Kuo's direction numbers. seed 0: as it is, beginning at the box's
 * lower corner; else every axis is shifted digitally (xor) by 32 bits of the stream (seed, LF_PURPOSE_SAMPLES), which keeps the
 * sequence's evenness and makes its points uniform over seeds. LF_EARG for d > LF_SOBOL_INPUTS or n > 2^32. */
lf_status lf_sample_sobol(size_t n, size_t d, const double *low, const double *high, uint64_t seed, double *x);
#endif
