/* fft.h — the discrete Fourier transform of real samples on an even grid, by FFTW3. */
#ifndef LF_FFT_H
#define LF_FFT_H
#include <stddef.h>
#include "lowfirst/status.h"

typedef struct lf_fft lf_fft; /* immutable once made: may be shared among threads */

/* values (count[0],...,count[d-1]) -> bins (count[0],...,count[d-1]/2+1), d = 1..3. Plans do not depend on timing, so the
 * bits are the same on every run. LF_EARG d or a count out of range; LF_ENOMEM. */
lf_status lf_fft_create(lf_fft **out, size_t d, const size_t *count);

size_t lf_fft_bins(const lf_fft *p); /* number of complex bins */

/* hat[k] = sum_j values[j] exp(-2 pi i sum_a k_a j_a / count_a), pairs re, im; values are kept.
 * Both arrays begin where lf_calloc() would let them begin, and do not overlap. No allocation. */
void lf_fft_run(const lf_fft *p, const double *values, double *hat);

void lf_fft_destroy(lf_fft *p); /* NULL is allowed */
#endif
