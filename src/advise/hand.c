/* hand.c — nets of candidates and their kernels; and the net in hand, whose weights are known.
 *
 * Candidates are laws: their kernel is the limit of infinite width, their start is random. Fourier features are few even where a net is wide: the
 * kernel of those that will be drawn tells when bands are learned (the law of 64 frequencies misses it by factors of two to five), that of the law
 * what is left in the mean. The given model is no law where its weights are given: it is judged by the tangent kernel and the values of this net.
 * What is asked of it then is what it leaves, y - f_0; likes are made of that. */
#include <string.h>
#include "advise_parts.h"
#include "data/build.h"
#include "lowfirst/net.h"

bool lf_is_in_hand(const lf_case *k, const lf_candidate *c) { return k->options.net && c->family == LF_FAMILY_GIVEN; }

lf_status lf_candidate_net(lf_net **out, const lf_case *k, const lf_candidate *c, uint64_t seed)
{
  lf_net *own = lf_is_in_hand(k, c) ? k->options.net : NULL;
  lf_dtype dtype = own ? lf_net_dtype(own) : LF_F32;
  lf_status st;
  LF_TRY(lf_net_create(out, &c->model, dtype, seed));
  if (own) memcpy(lf_net_parameters(*out), lf_net_parameters(own), lf_net_count(own) * lf_dtype_size(dtype));
done:
  return st;
}

bool lf_is_drawn(const lf_case *k, const lf_candidate *c)
{
  const lf_features *f = &c->model.features;
  return !lf_is_in_hand(k, c) && f->kind == LF_FEATURES_FOURIER && f->law != LF_FREQUENCY_FILE;
}

lf_status lf_candidate_kernel(lf_kernel **out, const lf_case *k, const lf_candidate *c, bool drawn)
{
  if (lf_is_in_hand(k, c)) return lf_kernel_empirical(out, k->options.net);
  if (drawn && lf_is_drawn(k, c)) return lf_kernel_limit_drawn(out, &c->model, k->options.seed);
  return lf_kernel_limit(out, &c->model, LF_NTK);
}

lf_status lf_start_values(const lf_case *k, const lf_candidate *c, uint64_t seed, size_t n, const double *x,
                          double *out)
{
  lf_net *net = NULL;
  lf_status st;
  LF_TRY(lf_candidate_net(&net, k, c, seed));
  LF_TRY(lf_net_evaluate(net, n, x, out, 1));
done:
  lf_net_destroy(net);
  return st;
}

/* Functions like what the net leaves, on a grid, where there are likes of the target. */
static lf_status make_likes(lf_case *k)
{
  const lf_data *data = k->data;
  double *left = NULL;
  lf_data *rest = NULL;
  lf_data_page page;
  lf_spectrum spectrum = {0};
  lf_status st;
  LF_TRY(lf_calloc(&left, data->n * data->c, sizeof *left));
  LF_TRY(lf_net_evaluate(k->options.net, data->n, data->x, left, 1));
  for (size_t i = 0; i < data->n * data->c; i++) left[i] = data->y[i] - left[i];
  LF_TRY(lf_data_part(&rest, data->n, data->d, data->c, data->x, left));
  LF_TRY(lf_page_make(&page, &spectrum, rest, data->n));
  LF_TRY(lf_likes_make(&k->hand.likes, k, &spectrum, &page));
done:
  lf_spectrum_free(&spectrum);
  lf_data_destroy(rest);
  lf_free(left);
  return st;
}

lf_status lf_hand_make(lf_case *k)
{
  const lf_data *dense = k->dense.data;
  lf_hand *h = &k->hand;
  lf_status st = LF_OK;
  if (!k->options.net) return LF_OK;
  LF_TRY(lf_calloc(&h->here, dense->n * dense->c, sizeof *h->here));
  LF_TRY(lf_net_evaluate(k->options.net, dense->n, dense->x, h->here, 1));
  if (k->likes.count == 0) goto done;
  LF_TRY(lf_calloc(&h->there, LF_PLACES * dense->c, sizeof *h->there));
  LF_TRY(lf_net_evaluate(k->options.net, LF_PLACES, k->place, h->there, 1));
  LF_TRY(make_likes(k));
done:
  return st;
}

void lf_hand_free(lf_hand *h)
{
  lf_free(h->here);
  lf_free(h->there);
  lf_likes_free(&h->likes);
  *h = (lf_hand){0};
}
