/* profile.h — what an activation's autocorrelation becomes under the law of the weights: the one function of |x-x'| that an LFP kernel is made of. */
#ifndef LF_PROFILE_H
#define LF_PROFILE_H
#include "lfp_parts.h"

/* E R(s u) of the activation and of its derivative, u = w.e for w of scale 1; s = scale |z|. R is fixed up to what lf_kernel_free_degree() leaves free. */
typedef struct lf_profile lf_profile;
lf_status lf_profile_create(lf_profile **out, const lf_spectrum *spectrum, lf_weight_law law, size_t d);
void lf_profile_destroy(lf_profile *p); /* NULL is allowed */
/* s >= 0, finite */
void lf_profile_at(const lf_profile *p, double s, double *value, double *slope);

/* How far a profile may be from the truth, relative to its size at that s or at 0, whichever is larger (t_lfp.c). */
#define LF_PROFILE_ERROR 4e-14
#endif
