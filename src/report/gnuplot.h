/* gnuplot.h — run the gnuplot program on a script. */
#ifndef LF_GNUPLOT_H
#define LF_GNUPLOT_H
#include "base/base.h"

/* gnuplot SCRIPT inside `directory`, no shell between. LF_EUNSUP where it is not installed; LF_EIO where it fails, with its own words. */
lf_status lf_gnuplot_run(const char *directory, const char *script);
#endif
