/* search.h — optimisers that ask for the loss where they like (NLopt) instead of updating the parameters from one gradient.
 *
 * A step is one evaluation of the loss, with its gradient where the rule takes one; the parameters are the best so far. What NLopt keeps
 * inside cannot be saved, but a search is a function of start, data and seed: after a restore it is gone through again from its start,
 * unseen, as far as it had come. */
#ifndef LF_SEARCH_H
#define LF_SEARCH_H
#include "lowfirst/train.h"

typedef struct lf_search lf_search;

/* LF_EARG for options that have no meaning here. */
lf_status lf_search_check(const lf_train_options *o);
/* For t->net as it is then; what lf_asker_check says, LF_ENOMEM. */
lf_status lf_search_create(lf_search **out, lf_trainer *t);
void lf_search_destroy(lf_search *s); /* NULL is allowed */

/* One evaluation, and further ones while nothing is to be done between them: t->step rises with each, but for those that it goes through
 * again after a restore. */
lf_status lf_search_steps(lf_trainer *t);
bool lf_search_has_ended(const lf_search *s);   /* a whole round found nothing better than its start */
double lf_search_loss(const lf_search *s);      /* of the best so far, NaN before the first step */
int64_t lf_search_bad(const lf_search *s);      /* trial points without a finite loss */
void lf_search_rewind(lf_search *s);            /* begin again, from t->start */
bool lf_search_needs_values(lf_optimiser rule); /* and no gradient */
#endif
