/* channels_unit.h — one instruction set's derivative channels: each channels_<set>.c is this with its own flags. */
#include "channels.h"
#define T float
#define NAME(f) f##_f32
#include "channels.tmpl.h"
#define T double
#define NAME(f) f##_f64
#include "channels.tmpl.h"

#define LF_CHANNELS_TABLE(set)                        \
  {                                                   \
    set, forward_f32, forward_f64, back_f32, back_f64 \
  }
