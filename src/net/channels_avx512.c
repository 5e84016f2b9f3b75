/* channels_avx512.c — derivative channels built for "avx512" (flags in cmake/LowfirstBuild.cmake). */
#include "channels_unit.h"

extern const lf_channel_kernels lf_channels_avx512;
const lf_channel_kernels lf_channels_avx512 = LF_CHANNELS_TABLE("avx512");
