/* asker.c — NLopt's algorithms, one stretch of evaluations at a time.
 *
 * NLopt calls the function that it minimises and comes back at the end; training wants to be recorded, paused and stopped between two
 * values. So every search has a thread of its own, and the two take turns: one works, the other sleeps. The function is evaluated in the
 * search's thread, as a change of turns costs more than a small net. This also gives every search its own random numbers, as NLopt's
 * generator is one per thread. */
#include "asker.h"
#include "base/base.h"

#ifndef LF_HAVE_NLOPT
static lf_status missing(lf_optimiser rule)
{
  return LF_FAIL(LF_EUNSUP, "%s needs NLopt, and this build is without: install libnlopt-dev and configure again",
                 lf_optimiser_name(rule));
}

lf_status lf_asker_check(lf_optimiser rule, size_t n) { return (void)n, missing(rule); }
bool lf_asker_wants_gradient(lf_optimiser rule) { return (void)rule, false; }
lf_status lf_asker_create(lf_asker **out, const lf_asker_options *options, const double *start)
{
  (void)start;
  *out = NULL;
  return missing(options->rule);
}
lf_status lf_asker_go(lf_asker *a, bool *ended) { return (void)a, *ended = true, LF_OK; }
void lf_asker_destroy(lf_asker *a) { (void)a; }

#else
#include <math.h>
#include <nlopt.h>
#include <pthread.h>
#include <string.h>

/* ---- the algorithms ----------------------------------------------------------------------------------------------------------- */
typedef enum family { BY_GRADIENT, BY_VALUES, IN_BOX } family;

typedef struct kind {
  lf_optimiser rule;
  nlopt_algorithm algorithm;
  family family;
  double square; /* it keeps about this many doubles x n^2 */
} kind;

static const kind kinds[] = {
    {LF_OPTIMISER_LBFGS, NLOPT_LD_LBFGS, BY_GRADIENT, 0},
    {LF_OPTIMISER_NEWTON_CG, NLOPT_LD_TNEWTON_PRECOND_RESTART, BY_GRADIENT, 0},
    {LF_OPTIMISER_BOBYQA, NLOPT_LN_BOBYQA, BY_VALUES, 7.5}, /* (2n + 14)(3n + 1) + 3n(n + 3)/2 */
    {LF_OPTIMISER_NEWUOA, NLOPT_LN_NEWUOA, BY_VALUES, 7.5}, /* the same */
    {LF_OPTIMISER_PRAXIS, NLOPT_LN_PRAXIS, BY_VALUES, 2},   /* directions, and a copy while they are decomposed */
    {LF_OPTIMISER_CRS, NLOPT_GN_CRS2_LM, IN_BOX, 10},       /* a population of 10 (n + 1) points */
    {LF_OPTIMISER_ESCH, NLOPT_GN_ESCH, IN_BOX, 0},
};

static const kind *kind_of(lf_optimiser rule)
{
  size_t i = 0;
  while (kinds[i].rule != rule) i++; /* the caller has a searching rule */
  return &kinds[i];
}

bool lf_asker_wants_gradient(lf_optimiser rule) { return kind_of(rule)->family == BY_GRADIENT; }

lf_status lf_asker_check(lf_optimiser rule, size_t n)
{
  const double most_bytes = 4e9, bytes = kind_of(rule)->square * (double)n * (double)n * sizeof(double);
  size_t least = kind_of(rule)->family == BY_VALUES ? 2 : 1;
  if (n < least)
    return LF_FAIL(LF_EARG, "%s needs %zu or more trained parameters, the net has %zu", lf_optimiser_name(rule), least,
                   n);
  if (bytes > most_bytes)
    return LF_FAIL(LF_EARG,
                   "%s would keep %.0f GB for %zu trained parameters: it is for small nets; lbfgs, newton-cg and esch "
                   "take this one",
                   lf_optimiser_name(rule), bytes / 1e9, n);
  return LF_OK;
}

/* ---- taking turns --------------------------------------------------------------------------------------------------------------- */
typedef enum turn {
  PAUSED, /* the search sleeps */
  RUNS,   /* lf_asker_go sleeps */
  ENDED
} turn;

struct lf_asker {
  lf_asker_options options;
  pthread_t thread;
  bool started, quit;
  pthread_mutex_t lock; /* of all below */
  pthread_cond_t changed;
  turn turn;
  size_t evaluated; /* in this turn */
  double *start, *bound;
  nlopt_opt opt;
  nlopt_result result;
};

/* The function as NLopt calls it, in the search's thread. */
static double ask(unsigned n, const double *x, double *gradient, void *user)
{
  lf_asker *a = user;
  (void)n;
  pthread_mutex_lock(&a->lock);
  if (a->turn == RUNS && a->evaluated > 0 && !a->options.more(a->options.user)) {
    a->turn = PAUSED;
    pthread_cond_signal(&a->changed);
  }
  while (a->turn == PAUSED && !a->quit) pthread_cond_wait(&a->changed, &a->lock);
  bool quit = a->quit;
  a->evaluated++;
  pthread_mutex_unlock(&a->lock);
  if (!quit) return a->options.evaluate(a->options.user, x, gradient);
  nlopt_force_stop(a->opt);
  for (size_t i = 0; gradient && i < a->options.n; i++) gradient[i] = 0;
  return 0;
}

/* The radius at which rules without gradients begin to look around: weights are of order 1 / sqrt(width). They widen and narrow it. */
static const double first_step = 0.1;

/* Everything the search is told. Values below sqrt(rounding) apart cannot be told from each other near a minimum. */
static nlopt_result set_up(lf_asker *a)
{
  const lf_asker_options *o = &a->options;
  const kind *k = kind_of(o->rule);
  a->opt = nlopt_create(k->algorithm, (unsigned)o->n);
  if (!a->opt) return NLOPT_OUT_OF_MEMORY;
  nlopt_result r = nlopt_set_min_objective(a->opt, ask, a);
  if (r >= 0 && k->family == BY_VALUES) r = nlopt_set_xtol_rel(a->opt, sqrt(o->rounding));
  if (r >= 0 && k->family == BY_VALUES) r = nlopt_set_initial_step1(a->opt, first_step);
  if (r < 0 || k->family != IN_BOX) return r;
  for (size_t i = 0; i < o->n; i++) a->bound[i] = a->start[i] - o->box;
  r = nlopt_set_lower_bounds(a->opt, a->bound);
  for (size_t i = 0; i < o->n; i++) a->bound[i] = a->start[i] + o->box;
  return r < 0 ? r : nlopt_set_upper_bounds(a->opt, a->bound);
}

static void *search(void *user)
{
  lf_asker *a = user;
  double least;
  nlopt_srand(a->options.seed);
  nlopt_result r = set_up(a);
  if (r >= 0) r = nlopt_optimize(a->opt, a->start, &least);
  nlopt_destroy(a->opt);
  pthread_mutex_lock(&a->lock);
  a->result = r;
  a->turn = ENDED;
  pthread_cond_signal(&a->changed);
  pthread_mutex_unlock(&a->lock);
  return NULL;
}

lf_status lf_asker_create(lf_asker **out, const lf_asker_options *options, const double *start)
{
  lf_status st = LF_OK;
  lf_asker *a = NULL;
  *out = NULL;
  LF_TRY(lf_asker_check(options->rule, options->n));
  LF_TRY(lf_calloc(&a, 1, sizeof *a));
  a->options = *options;
  pthread_mutex_init(&a->lock, NULL);
  pthread_cond_init(&a->changed, NULL);
  LF_TRY(lf_calloc(&a->bound, options->n, sizeof *a->bound));
  LF_TRY(lf_calloc(&a->start, options->n, sizeof *a->start));
  memcpy(a->start, start, options->n * sizeof *start);
  if (pthread_create(&a->thread, NULL, search, a) != 0) LF_RAISE(LF_EUNSUP, "a thread to search could not be started");
  a->started = true;
  *out = a;
  a = NULL;
done:
  lf_asker_destroy(a);
  return st;
}

lf_status lf_asker_go(lf_asker *a, bool *ended)
{
  pthread_mutex_lock(&a->lock);
  a->evaluated = 0;
  if (a->turn == PAUSED) a->turn = RUNS;
  pthread_cond_signal(&a->changed);
  while (a->turn == RUNS) pthread_cond_wait(&a->changed, &a->lock);
  *ended = a->turn == ENDED;
  pthread_mutex_unlock(&a->lock);
  if (!*ended) return LF_OK;
  if (a->result == NLOPT_OUT_OF_MEMORY)
    return LF_FAIL(LF_ENOMEM, "%s found no memory for %zu parameters", lf_optimiser_name(a->options.rule),
                   a->options.n);
  if (a->result == NLOPT_INVALID_ARGS)
    return LF_FAIL(LF_EARG, "NLopt refuses %s for %zu parameters", lf_optimiser_name(a->options.rule), a->options.n);
  return LF_OK; /* found, or at the limit of rounding */
}

void lf_asker_destroy(lf_asker *a)
{
  if (!a) return;
  pthread_mutex_lock(&a->lock);
  a->quit = true;
  pthread_cond_signal(&a->changed);
  pthread_mutex_unlock(&a->lock);
  if (a->started) pthread_join(a->thread, NULL);
  pthread_mutex_destroy(&a->lock);
  pthread_cond_destroy(&a->changed);
  lf_free(a->start);
  lf_free(a->bound);
  lf_free(a);
}
#endif
