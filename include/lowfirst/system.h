/** @file  system.h — version, processor, threads: what a run's record says about where it was made. */
#ifndef LF_SYSTEM_H
#define LF_SYSTEM_H
#include <stddef.h>
#ifdef __cplusplus
extern "C" {
#endif

/** "major.minor.patch" of the library. */
const char *lf_version(void);

/** Instruction set in use: "avx512", "avx2" or "ref". The environment variable LF_ISA forces one that this
 *  processor has; results are the same bit for bit only within one instruction set. */
const char *lf_isa(void);

/** The processor's own name for itself; "unknown" where it does not say. */
const char *lf_cpu_name(void);

/** The library for large matrices and the kernels it chose, e.g. "OpenBLAS 0.3.21 SkylakeX"; "none" where it is not
 *  installed. Opens it (a few milliseconds) if nothing has yet. */
const char *lf_blas_name(void);

/** Processors this process may run on, >= 1. */
size_t lf_cpu_count(void);

/** Operations a second of one thread's fused multiply-adds (two each) in registers, with elements of 4 bytes (float) or 8 (double). Measured,
 *  some 15 ms. */
double lf_peak_flops(size_t element);

/** Bytes a second that one thread moves through arrays of so many bytes in all by a += b/2. Measured, some 15 ms; 0 where there is no memory
 *  for it. */
double lf_peak_bandwidth(size_t bytes);

#ifdef __cplusplus
}
#endif
#endif
