/* channels_avx2.c — derivative channels built for "avx2" (flags in cmake/LowfirstBuild.cmake). */
#include "channels_unit.h"

extern const lf_channel_kernels lf_channels_avx2;
const lf_channel_kernels lf_channels_avx2 = LF_CHANNELS_TABLE("avx2");
