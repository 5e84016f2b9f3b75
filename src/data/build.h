/* build.h — how the sources of data (arrays, files, expressions) make an lf_data. */
#ifndef LF_DATA_BUILD_H
#define LF_DATA_BUILD_H
#include "lowfirst/data.h"

/* Refuse what cannot fit this machine's memory, with the estimate: LF_ENOMEM. n is real so that no product overflows before. Also
 * LF_EARG for n < 1. */
lf_status lf_data_check_size(double n, size_t d, size_t c);

/* Zeroed x, y of n samples; names x or x1.., y or y1.. . LF_ENOMEM. */
lf_status lf_data_allocate(lf_data **out, const char *source, size_t n, size_t d, size_t c);
/* Zeroed x_test, y_test. */
lf_status lf_data_allocate_test(lf_data *data, size_t n_test);

/* Once x, y and what is known of the rest are there: hold samples out, add noise, find the grid and the box, remark on what will hurt.
 * options may be NULL. */
lf_status lf_data_finish(lf_data *data, const lf_data_options *options);

/* lf_data_from() without remarks: a part or a variant of data that have been remarked upon. */
lf_status lf_data_part(lf_data **out, size_t n, size_t d, size_t c, const double *x, const double *y);

/* Move the samples that options->split holds out from the training to the held-out set; finds data->grid on the way. */
lf_status lf_data_split(lf_data *data, const lf_data_options *options);
#endif
