/* advise.c — from the data to one recommendation: candidates judged side by side, finalists tried out, one chosen and its reason put into words. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "advise_parts.h"

const char *lf_family_name(lf_family f)
{
  static const char *const name[] = {
#define LF_X(id, name, text) name,
      LF_FAMILY_LIST(LF_X)
#undef LF_X
  };
  return (unsigned)f < LF_FAMILY_COUNT ? name[f] : "unknown";
}

const char *lf_family_text(lf_family f)
{
  static const char *const text[] = {
#define LF_X(id, name, text) text,
      LF_FAMILY_LIST(LF_X)
#undef LF_X
  };
  return (unsigned)f < LF_FAMILY_COUNT ? text[f] : "unknown";
}

lf_status lf_family_parse(lf_family *out, const char *text)
{
  const char *word[LF_FAMILY_COUNT];
  for (int f = 0; f < LF_FAMILY_COUNT; f++) {
    word[f] = lf_family_name((lf_family)f);
    if (strcmp(text, word[f]) == 0) return *out = (lf_family)f, LF_OK;
  }
  return LF_FAIL(LF_EARG, "'%s' is not known; the nearest is %s", text, lf_nearest(text, LF_FAMILY_COUNT, word));
}

/* ---- finalists --------------------------------------------------------------------------------------------------------------------------- */
enum { FINALISTS = 8 };

static size_t best_expected(const lf_candidates *c, bool (*open)(const lf_candidates *, size_t))
{
  size_t best = c->count;
  for (size_t i = 0; i < c->count; i++)
    if (open(c, i) && (best == c->count || c->at[i].expected < c->at[best].expected)) best = i;
  return best;
}

static bool anyone(const lf_candidates *c, size_t i)
{
  (void)c;
  (void)i;
  return true;
}

/* Of a family that has no finalist yet */
static bool of_new_family(const lf_candidates *c, size_t i)
{
  for (size_t k = 0; k < c->count; k++)
    if (c->at[k].finalist && c->at[k].family == c->at[i].family) return false;
  return true;
}

/* The best by theory with its neighbours in scale, the given model, and the best of other families as far as these are within reach. */
static void choose_finalists(lf_candidates *c)
{
  static const double within_reach = 2;
  size_t best = best_expected(c, anyone), count = 2;
  c->at[0].finalist = c->at[best].finalist = true;
  for (size_t i = 0; i < c->count; i++)
    if (c->at[i].family == c->at[best].family && i + LF_NEIGHBOURS >= best && i <= best + LF_NEIGHBOURS &&
        !c->at[i].finalist)
      c->at[i].finalist = true, count++;
  while (count < FINALISTS) {
    size_t next = best_expected(c, of_new_family);
    if (next == c->count || c->at[next].expected > within_reach * c->at[best].expected) return;
    c->at[next].finalist = true, count++;
  }
}

/* ---- the choice ------------------------------------------------------------------------------------------------------------------------------ */
/* What decides: after a trial both columns, their geometric mean. Theory sees all steps of infinitely wide nets, the trial fewer of real ones. */
static double judged_by(const lf_candidate *c) { return isnan(c->trial) ? c->expected : sqrt(c->expected * c->trial); }

static void choose(lf_advice *a)
{
  static const double worth_a_change = 1.1, as_good_as_nothing = 0.95;
  const lf_candidates *c = &a->candidates;
  bool tried = a->trial.nets > 0;
  size_t best = 0;
  for (size_t i = 1; i < c->count; i++)
    if ((!tried || c->at[i].finalist) && judged_by(&c->at[i]) < judged_by(&c->at[best])) best = i;
  if (judged_by(&c->at[0]) <= worth_a_change * judged_by(&c->at[best])) best = 0;
  a->best = best;
  double least = INFINITY; /* of the target itself: functions like noise can be foretold a little, noise cannot */
  for (size_t i = 0; i < c->count; i++) least = fmin(least, c->at[i].held_out);
  a->hopeless = judged_by(&c->at[best]) >= as_good_as_nothing || least >= as_good_as_nothing;
}

/* ---- bands ------------------------------------------------------------------------------------------------------------------------------------- */
static lf_status view_bands(lf_band_view **out, const lf_advice *a, size_t candidate)
{
  const lf_case *k = &a->k;
  lf_status st = lf_calloc(out, k->bands, sizeof **out);
  if (st != LF_OK) return st;
  const lf_lens_info *look = lf_lens_look(k->lens);
  for (size_t b = 0; b < k->bands; b++)
    (*out)[b] = (lf_band_view){.low = look->band_edge[k->band[b]],
                               .high = look->band_edge[k->band[b] + 1],
                               .centre = k->band_centre[b],
                               .share = k->band_share[b],
                               .step = a->band_step[candidate * k->bands + b]};
  return LF_OK;
}

/* ---- the reason ---------------------------------------------------------------------------------------------------------------------------------- */
/* What a family does about the detail. */
static const char *effect_of(lf_family f)
{
  switch (f) {
  case LF_FAMILY_GAUSS:
  case LF_FAMILY_SIREN:
  case LF_FAMILY_MULTISCALE: return "smaller scales learn it later, larger ones leave more between the samples";
  case LF_FAMILY_UNIFORM:
    return "a band of equal rates reaches just so far, and a wider one leaves more between the samples";
  case LF_FAMILY_MATCHED: return "frequencies are drawn where the energy is, and nowhere else";
  case LF_FAMILY_AXES:
    return "the target is finer along one axis than along another, and one scale for all would be wrong for both";
  case LF_FAMILY_DEEPER:
  case LF_FAMILY_WIDER: return "this shape learns it better than the one given, and no features do better";
  case LF_FAMILY_ASI: return "what the random start leaves between the samples is more than what the training misses";
  case LF_FAMILY_GIVEN:
  case LF_FAMILY_COUNT: break;
  }
  return "";
}

static void explain(lf_advice *a)
{
  static const double percent = 100;
  const lf_candidate *c = &a->candidates.at[a->best];
  char detail[96] = "no band stands out";
  if (a->k.bands > 0)
    (void)snprintf(detail, sizeof detail, "%.0f %% of the energy lies around %.3g",
                   percent * a->k.band_share[a->k.detail], a->k.band_centre[a->k.detail]);
  if (a->hopeless)
    (void)snprintf(
        a->why, sizeof a->why,
        "no candidate foretells what it has not seen better than the mean does: these data show no pattern that "
        "differs from noise, or are too few to show it");
  else if (a->best == 0)
    (void)snprintf(a->why, sizeof a->why, "no remedy is better than the given model by 10 %%");
  else
    (void)snprintf(a->why, sizeof a->why, "%s; %s", detail, effect_of(c->family));
}

/* ---- all --------------------------------------------------------------------------------------------------------------------------------------------- */
static bool same_widths(const lf_model *a, const lf_model *b)
{
  return a->n_widths == b->n_widths && memcmp(a->width, b->width, a->n_widths * sizeof *a->width) == 0 &&
         a->features.kind == b->features.kind && a->features.count == b->features.count;
}

/* Training that grows without end under every candidate is no matter of frequencies. */
static lf_status check_rate(const lf_advice *a)
{
  const lf_candidates *c = &a->candidates;
  for (size_t i = 0; i < c->count; i++)
    if (isfinite(c->at[i].expected)) return LF_OK;
  return LF_FAIL(LF_EARG, "lr %g: %s grows without end; the largest stable rate of the given model is %.3g",
                 a->train.lr, lf_optimiser_name(a->train.optimiser), c->at[0].rate);
}

lf_status lf_advise_check(const lf_data *data, const lf_model *given, const lf_train_options *train,
                          const lf_advise_options *o)
{
  if (given->n_widths < 2 || given->width[0] != data->d || given->width[given->n_widths - 1] != data->c)
    return LF_FAIL(LF_EARG, "the given model is not completed for data of %zu inputs and %zu outputs", data->d,
                   data->c);
  if (given->output != LF_OUTPUT_IDENTITY)
    return LF_FAIL(LF_EARG, "output sigmoid or softmax: theory predicts nets whose output is the identity");
  if (train->loss != LF_LOSS_MSE && train->loss != LF_LOSS_HALF_MSE && train->loss != LF_LOSS_SSE)
    return LF_FAIL(LF_EARG, "loss %s: theory is exact for mse, half_mse and sse", lf_loss_name(train->loss));
  if (train->steps < 1)
    return LF_FAIL(LF_EARG, "steps = %lld: advice is for one step at least", (long long)train->steps);
  if (!(o->budget_s >= 0) || isinf(o->budget_s))
    return LF_FAIL(LF_EARG, "budget = %g must be finite and >= 0 seconds", o->budget_s);
  if (o->net && !same_widths(lf_net_model(o->net), given))
    return LF_FAIL(LF_ESHAPE, "the net in hand is not one of the given model");
  return LF_OK;
}

static lf_status give(lf_advice *a, const lf_data *data, const lf_model *given, const lf_advise_options *o)
{
  lf_status st;
  LF_TRY(lf_case_make(&a->k, data, &a->train, o));
  if (!a->k.lens) goto done; /* constant, or too few to hold one out */
  LF_TRY(lf_candidates_make(&a->candidates, &a->k, given));
  LF_TRY(lf_judge(a));
  LF_TRY(check_rate(a));
  if (!o->theory_only) {
    choose_finalists(&a->candidates);
    LF_TRY(lf_try_out(&a->trial, &a->k, &a->candidates));
  }
  choose(a);
  LF_TRY(view_bands(&a->given_band, a, 0));
  LF_TRY(view_bands(&a->best_band, a, a->best));
  LF_TRY(lf_frequencies_error(&a->lattice_error, &a->random_error, &a->candidates.at[a->best], &a->k.spread));
  explain(a);
done:
  return st;
}

lf_status lf_advise(lf_advice **out, const lf_data *data, const lf_model *given, const lf_train_options *train,
                    const lf_advise_options *options)
{
  static const double budget_s = 10;
  lf_advice *a = NULL;
  lf_advise_options o = options ? *options : (lf_advise_options){0};
  lf_status st;
  *out = NULL;
  LF_TRY(lf_advise_check(data, given, train, &o));
  if (o.budget_s == 0) o.budget_s = budget_s;
  LF_TRY(lf_calloc(&a, 1, sizeof *a));
  a->train = *train;
  a->lattice_error = a->random_error = NAN;
  LF_TRY(give(a, data, given, &o));
  *out = a;
  a = NULL;
done:
  lf_advice_destroy(a);
  return st;
}

void lf_advice_destroy(lf_advice *a)
{
  if (!a) return;
  lf_case_free(&a->k);
  lf_candidates_free(&a->candidates);
  lf_free(a->band_step);
  lf_free(a->given_band);
  lf_free(a->best_band);
  lf_free(a);
}

lf_advice_view lf_advice_look(const lf_advice *a)
{
  return (lf_advice_view){.page = &a->k.page,
                          .candidates = a->candidates.count,
                          .candidate = a->candidates.at,
                          .best = a->best,
                          .hopeless = a->hopeless,
                          .bands = a->k.bands,
                          .given_band = a->given_band,
                          .best_band = a->best_band,
                          .detail_xi = a->k.bands ? a->k.band_centre[a->k.detail] : NAN,
                          .samples = a->k.lens ? a->k.dense.data->n : 0,
                          .cells = a->k.cells.count,
                          .trials = a->trial.nets,
                          .trial_samples = a->trial.samples,
                          .trial_steps = a->trial.steps,
                          .lattice_error = a->lattice_error,
                          .random_error = a->random_error,
                          .why = a->why};
}

bool lf_advice_is_shown(const lf_advice_view *look, size_t candidate)
{
  const lf_candidate *c = &look->candidate[candidate];
  if (candidate == 0 || candidate == look->best || c->finalist) return true;
  for (size_t k = 0; k < look->candidates; k++)
    if (look->candidate[k].family == c->family && look->candidate[k].expected < c->expected) return false;
  return true;
}

bool lf_advice_should_stop(const lf_candidate *c)
{
  static const double worth_a_word = 0.9;
  return c->best_step >= 0 && c->best < worth_a_word * c->expected;
}

const lf_candidate *lf_advice_best(const lf_advice *a)
{
  return a->candidates.count ? &a->candidates.at[a->best] : NULL;
}
