/* judge.c — theory, candidate by candidate, side by side; of a scan first every few scales, then those around the best, and where there are more
 * samples the best of each family once more on twice as many: those are what is kept.
 *
 * Errors change little between neighbours in scale: an octave of Gaussian features, two octaves of other families miss no minimum that is wider than that. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "advise_parts.h"
#include "base/pool.h"
#include "lowfirst/system.h"

enum { ERROR_TEXT = 512 };

typedef struct job {
  lf_advice *advice;
  size_t candidate;
  lf_status status;
  char error[ERROR_TEXT];
} job;

typedef struct panel {
  lf_advice *advice;
  lf_pool *pool;
  job *jobs;
  unsigned char *wanted, *judged; /* (candidates) */
} panel;

static void judge_one(void *user, size_t task, size_t thread)
{
  job *j = (job *)user + task;
  lf_advice *a = j->advice;
  (void)thread;
  j->status = lf_score(&a->candidates.at[j->candidate], &a->k, a->band_step + j->candidate * a->k.bands);
  if (j->status != LF_OK) (void)snprintf(j->error, sizeof j->error, "%s", lf_last_error());
}

/* Those that are wanted and not judged; *any: there were some. */
static lf_status judge_wanted(panel *p, bool *any)
{
  const lf_candidates *c = &p->advice->candidates;
  size_t count = 0;
  for (size_t i = 0; i < c->count; i++)
    if (p->wanted[i] && !p->judged[i]) {
      p->jobs[count++] = (job){.advice = p->advice, .candidate = i};
      p->judged[i] = 1;
    }
  *any = count > 0;
  lf_pool_run(p->pool, count, judge_one, p->jobs);
  for (size_t i = 0; i < count; i++)
    if (p->jobs[i].status != LF_OK)
      return LF_FAIL(p->jobs[i].status, "%s: %s", c->at[p->jobs[i].candidate].label, p->jobs[i].error);
  return LF_OK;
}

/* ---- of a scan -------------------------------------------------------------------------------------------------------------------------- */
static size_t stride_of(lf_family f)
{
  enum { OCTAVE_OF_THIRDS = 3, TWO_OCTAVES = 2 };
  return f == LF_FAMILY_GAUSS ? OCTAVE_OF_THIRDS : f == LF_FAMILY_UNIFORM || f == LF_FAMILY_SIREN ? TWO_OCTAVES : 1;
}

static void want_coarse(panel *p)
{
  const lf_candidates *c = &p->advice->candidates;
  for (size_t i = 0, within = 0; i < c->count; i++) {
    within = i > 0 && c->at[i].family == c->at[i - 1].family ? within + 1 : 0;
    p->wanted[i] = within % stride_of(c->at[i].family) == 0;
  }
}

/* The first candidate of the next family, and the best of the one that begins at `first` among those that `known` says; first: none is. */
static size_t end_of_family(const lf_candidates *c, const unsigned char *known, size_t first, size_t *best)
{
  size_t last = first;
  *best = first;
  for (; last < c->count && c->at[last].family == c->at[first].family; last++)
    if (known[last] && (!known[*best] || c->at[last].expected < c->at[*best].expected)) *best = last;
  return last;
}

static void want_near(panel *p, size_t first, size_t last, size_t best, size_t reach)
{
  for (size_t i = first; i < last; i++)
    if (i + reach >= best && i <= best + reach) p->wanted[i] = 1;
}

/* Around the best of each family what a coarse look left out; of Gaussian features, which are tried with their neighbours, two on either side. */
static void want_around_best(panel *p)
{
  const lf_candidates *c = &p->advice->candidates;
  for (size_t first = 0, last, best; first < c->count; first = last) {
    last = end_of_family(c, p->judged, first, &best);
    want_near(p, first, last, best, stride_of(c->at[first].family) - 1);
  }
}

/* What was passed over is no candidate, and leaves no file. */
static void keep_judged(panel *p)
{
  lf_candidates *c = &p->advice->candidates;
  size_t bands = p->advice->k.bands, kept = 0;
  for (size_t i = 0; i < c->count; i++) {
    if (!p->judged[i]) {
      if (c->at[i].frequency) (void)remove(c->at[i].model.features.file);
      lf_free(c->at[i].frequency);
      continue;
    }
    c->at[kept] = c->at[i];
    memmove(p->advice->band_step + kept * bands, p->advice->band_step + i * bands, bands * sizeof(int64_t));
    kept++;
  }
  c->count = kept;
}

/* ---- on twice as many samples ---------------------------------------------------------------------------------------------------------- */
/* The best of each family. */
static void want_best(panel *p)
{
  const lf_candidates *c = &p->advice->candidates;
  memset(p->wanted, 0, c->count);
  for (size_t first = 0, last, best; first < c->count; first = last) {
    last = end_of_family(c, p->judged, first, &best);
    p->wanted[best] = 1;
  }
}

/* What will be tried with the best of all. */
static void want_around_leader(panel *p)
{
  const lf_candidates *c = &p->advice->candidates;
  size_t from = 0, to = 0, leader = c->count;
  for (size_t first = 0, last, best; first < c->count; first = last) {
    last = end_of_family(c, p->judged, first, &best);
    if (leader == c->count || c->at[best].expected < c->at[leader].expected) from = first, to = last, leader = best;
  }
  want_near(p, from, to, leader, LF_NEIGHBOURS);
}

static lf_status look_again(panel *p)
{
  bool any = true;
  lf_status st;
  want_best(p);
  memset(p->judged, 0, p->advice->candidates.count);
  LF_TRY(lf_case_widen(&p->advice->k));
  LF_TRY(judge_wanted(p, &any));
  while (any) {
    want_around_leader(p);
    LF_TRY(judge_wanted(p, &any));
  }
done:
  return st;
}

/* ---- all ------------------------------------------------------------------------------------------------------------------------------- */
static lf_status panel_create(panel *p, lf_advice *a)
{
  const lf_blas *blas;
  size_t count = a->candidates.count;
  lf_status st;
  *p = (panel){.advice = a};
  LF_TRY(lf_blas_get(&blas)); /* before there are threads */
  LF_TRY(lf_calloc(&a->band_step, count * LF_MAX(a->k.bands, (size_t)1), sizeof *a->band_step));
  LF_TRY(lf_calloc(&p->jobs, count, sizeof *p->jobs));
  LF_TRY(lf_calloc(&p->wanted, count, 1));
  LF_TRY(lf_calloc(&p->judged, count, 1));
  LF_TRY(lf_pool_create(&p->pool, a->k.options.threads ? a->k.options.threads : lf_cpu_count()));
done:
  return st;
}

static void panel_free(panel *p)
{
  lf_pool_destroy(p->pool);
  lf_free(p->jobs);
  lf_free(p->wanted);
  lf_free(p->judged);
}

lf_status lf_judge(lf_advice *a)
{
  panel p;
  bool any = true;
  lf_status st;
  LF_TRY(panel_create(&p, a));
  want_coarse(&p);
  LF_TRY(judge_wanted(&p, &any));
  while (any) {
    want_around_best(&p);
    LF_TRY(judge_wanted(&p, &any));
  }
  if (a->k.data->n > a->k.spread.data->n) LF_TRY(look_again(&p));
  keep_judged(&p);
done:
  panel_free(&p);
  return st;
}
