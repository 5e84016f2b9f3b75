/* search.c — a search among the trained parameters: trial points evaluated, the best kept, gone through again after a restore. */
#include "search.h"
#include <float.h>
#include <math.h>
#include <string.h>
#include "asker.h"
#include "base/base.h"
#include "base/cpu.h"
#include "lowfirst/random.h"
#include "trainer.h"

struct lf_search {
  lf_asker *asker; /* the round under way; NULL before the first and between two */
  lf_asker_options options;
  bool begun, ended, again; /* again: it goes through what it did before a restore */
  size_t n;                 /* trained parameters */
  double *best;             /* (n) */
  double *full;             /* (P) gradient; NULL where the rule takes none */
  void *held;               /* (P) of dtype: the net's parameters outside of a trial */
  double loss, worst;       /* of `best`; the largest finite one seen */
  double round_loss;        /* where this round began */
  int64_t evaluations, bad, rounds;
};

/* Has it steps to go through again? */
static bool is_behind(const lf_trainer *t) { return t->search->evaluations < t->step; }

/* ---- one trial ------------------------------------------------------------------------------------------------------------------ */
/* Trained parameters <- x (n), rounded to the net's type. */
static void put(lf_trainer *t, const double *x)
{
  for (size_t q = 0; q < t->chunks; q++)
    for (size_t i = 0; i < t->chunk[q].count; i++) lf_net_set_parameter(t->net, t->chunk[q].from + i, *x++);
  lf_step_refresh(t);
}

static void put_back(lf_trainer *t)
{
  memcpy(t->net->parameters, t->search->held, t->net->count * t->size);
  lf_step_refresh(t);
}

/* The gradient of the trained parameters, in their order: out (n). Gives back whether it is finite. */
static bool take_gradient(lf_trainer *t, double *out)
{
  double sum = 0;
  lf_step_collect(t, t->search->full);
  for (size_t q = 0; q < t->chunks; q++)
    for (size_t i = 0; i < t->chunk[q].count; i++) {
      double g = *out++ = t->search->full[t->chunk[q].from + i];
      sum += g - g; /* NaN as soon as one is not finite */
    }
  return sum == 0;
}

/* The loss of the net's parameters as they are, and its gradient unless NULL; NaN where that is not finite. */
static double loss_here(lf_trainer *t, double *gradient)
{
  t->capture = false;
  if (!t->search->full) return lf_full_loss(t, NAN);
  double loss = lf_step_gradient(t);
  return !gradient || take_gradient(t, gradient) ? loss : NAN;
}

/* A step. A point without a finite loss is a bad one, no end: the search is told a value above all it has seen, and to leave (slope 0). */
static double trial(void *user, const double *x, double *gradient)
{
  const double most = 1e300;
  lf_trainer *t = user;
  lf_search *s = t->search;
  const bool again = is_behind(t);
  put(t, x);
  double loss = loss_here(t, gradient);
  if (isfinite(loss) && loss < s->loss) {
    s->loss = loss;
    memcpy(s->best, x, s->n * sizeof *x);
    if (!again) memcpy(s->held, t->net->parameters, t->net->count * t->size);
  }
  put_back(t);
  s->evaluations++;
  if (!again) t->step++;
  if (isfinite(loss)) {
    s->worst = fmax(s->worst, loss);
    return loss;
  }
  s->bad++;
  if (gradient) memset(gradient, 0, s->n * sizeof *gradient);
  return fmin(2 * fabs(s->worst) + 1, most);
}

/* Is there nothing to do for the loop between this step and the next? */
static bool more(void *user)
{
  const lf_trainer *t = user;
  const lf_train_options *o = &t->options;
  if (atomic_load(&t->stop) || lf_now_s() >= t->until_s) return false;
  if (t->search->again) return is_behind(t);
  return t->step < o->steps && !lf_is_recorded(t, t->step) && !(o->stop_loss > 0 && t->search->loss < o->stop_loss);
}

/* ---- made, checked, freed --------------------------------------------------------------------------------------------------- */
lf_status lf_search_check(const lf_train_options *o)
{
  const char *name = lf_optimiser_name(o->optimiser);
  if (o->batch)
    return LF_FAIL(LF_EARG, "%s compares losses, so that all samples must be in each: batch must be 0, got %zu", name,
                   o->batch);
  if (o->weight_decay != 0)
    return LF_FAIL(LF_EARG, "%s makes the loss small and nothing else: weight_decay must be 0, got %g", name,
                   o->weight_decay);
  if (o->schedule != LF_SCHEDULE_CONSTANT || o->warmup != 0)
    return LF_FAIL(LF_EARG, "%s has no learning rate: no schedule and no warmup can be given", name);
  return LF_OK;
}

bool lf_search_needs_values(lf_optimiser rule) { return lf_optimiser_searches(rule) && !lf_asker_wants_gradient(rule); }

static size_t count_trained(const lf_trainer *t)
{
  size_t n = 0;
  for (size_t q = 0; q < t->chunks; q++) n += t->chunk[q].count;
  return n;
}

lf_status lf_search_create(lf_search **out, lf_trainer *t)
{
  lf_status st = LF_OK;
  lf_search *s = NULL;
  const lf_train_options *o = &t->options;
  size_t n = count_trained(t);
  *out = NULL;
  LF_TRY(lf_asker_check(o->optimiser, n));
  LF_TRY(lf_calloc(&s, 1, sizeof *s));
  s->n = n;
  s->options = (lf_asker_options){.rule = o->optimiser,
                                  .n = n,
                                  .box = o->box,
                                  .rounding = t->net->dtype == LF_F32 ? FLT_EPSILON : DBL_EPSILON,
                                  .user = t,
                                  .evaluate = trial,
                                  .more = more};
  LF_TRY(lf_calloc(&s->best, n, sizeof *s->best));
  LF_TRY(lf_calloc(&s->held, t->net->count, t->size));
  if (lf_asker_wants_gradient(o->optimiser)) LF_TRY(lf_calloc(&s->full, t->net->count, sizeof *s->full));
  *out = s;
  s = NULL;
done:
  lf_search_destroy(s);
  return st;
}

void lf_search_destroy(lf_search *s)
{
  if (!s) return;
  lf_asker_destroy(s->asker);
  lf_free(s->best);
  lf_free(s->full);
  lf_free(s->held);
  lf_free(s);
}

void lf_search_rewind(lf_search *s)
{
  lf_asker_destroy(s->asker);
  s->asker = NULL;
  s->begun = s->ended = false;
  s->evaluations = s->bad = s->rounds = 0;
}

bool lf_search_has_ended(const lf_search *s) { return s->ended; }
double lf_search_loss(const lf_search *s) { return s->begun ? s->loss : NAN; }
int64_t lf_search_bad(const lf_search *s) { return s->bad; }

/* ---- the search ------------------------------------------------------------------------------------------------------------------- */
/* The start is evaluated, as the best so far. */
static lf_status begin(lf_trainer *t)
{
  lf_search *s = t->search;
  if (t->step == 0) memcpy(t->start, t->net->parameters, t->net->count * t->size);
  memcpy(s->held, t->net->parameters, t->net->count * t->size);
  memcpy(t->net->parameters, t->start, t->net->count * t->size);
  double *x = s->best;
  for (size_t q = 0; q < t->chunks; q++)
    for (size_t i = 0; i < t->chunk[q].count; i++) *x++ = lf_net_parameter(t->net, t->chunk[q].from + i);
  lf_step_refresh(t);
  s->loss = s->worst = loss_here(t, NULL);
  put_back(t);
  if (!isfinite(s->loss)) return LF_FAIL(LF_EMATH, "the loss of the initial parameters is not finite");
  s->begun = true;
  return LF_OK;
}

/* A stretch of the round under way. One that has come to its end is followed by another from the best point, unless it found nothing
 * better than where it began: most ends of local rules are lost precision, or a model gone stale, which a fresh round mends. */
static lf_status stretch(lf_trainer *t)
{
  lf_search *s = t->search;
  lf_status st = LF_OK;
  bool ended = false;
  if (!s->asker) {
    s->round_loss = s->loss;
    s->options.seed = (uint32_t)lf_random_u64(t->options.seed, LF_PURPOSE_SEARCH, (uint64_t)s->rounds++);
    LF_TRY(lf_asker_create(&s->asker, &s->options, s->best));
  }
  LF_TRY(lf_asker_go(s->asker, &ended));
  if (!ended) goto done;
  lf_asker_destroy(s->asker);
  s->asker = NULL;
  s->ended = !(s->loss < s->round_loss);
done:
  return st;
}

/* Gone through again up to where the checkpoint was made: is this where it was? */
static lf_status check_again(lf_trainer *t)
{
  lf_search *s = t->search;
  put(t, s->best);
  bool same = memcmp(t->net->parameters, s->held, t->net->count * t->size) == 0;
  put_back(t);
  if (same && !is_behind(t)) return LF_OK;
  return LF_FAIL(LF_ESHAPE,
                 "%s, gone through again from its start, does not come to the checkpoint's parameters of step %lld: "
                 "the checkpoint is of another instruction set, another NLopt or other data",
                 lf_optimiser_name(t->options.optimiser), (long long)t->step);
}

lf_status lf_search_steps(lf_trainer *t)
{
  lf_search *s = t->search;
  lf_status st = LF_OK;
  s->again = is_behind(t);
  if (!s->begun) LF_TRY(begin(t));
  do {
    LF_TRY(stretch(t));
  } while (!s->ended && more(t));
  if (s->again && (s->ended || !is_behind(t))) st = check_again(t);
done:
  return st;
}
