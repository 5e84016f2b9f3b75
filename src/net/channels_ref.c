/* channels_ref.c — derivative channels built for "ref" (flags in cmake/LowfirstBuild.cmake). */
#include "channels_unit.h"

extern const lf_channel_kernels lf_channels_ref;
const lf_channel_kernels lf_channels_ref = LF_CHANNELS_TABLE("ref");
