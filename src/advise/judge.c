/* judge.c — theory, candidate by candidate, side by side; of a scan first every few scales, then those around the best.
 *
 * Errors change little between neighbours in scale: an octave of Gaussian features, two octaves of other families miss no minimum that is wider than that. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "advise_parts.h"
#include "base/pool.h"
#include "lowfirst/system.h"

enum { ERROR_TEXT = 512 };

typedef lf_status judgement(lf_candidate *c, const lf_case *k, int64_t *band_step);

typedef struct job {
  lf_advice *advice;
  judgement *judge;
  size_t candidate;
  lf_status status;
  char error[ERROR_TEXT];
} job;

typedef struct panel {
  lf_advice *advice;
  lf_pool *pool;
  judgement *judge;
  job *jobs;
  unsigned char *wanted, *judged; /* (candidates) */
} panel;

static void judge_one(void *user, size_t task, size_t thread)
{
  job *j = (job *)user + task;
  lf_advice *a = j->advice;
  (void)thread;
  j->status = j->judge(&a->candidates.at[j->candidate], &a->k, a->band_step + j->candidate * a->k.bands);
  if (j->status != LF_OK) (void)snprintf(j->error, sizeof j->error, "%s", lf_last_error());
}

/* Those that are wanted and not judged; *any: there were some. */
static lf_status judge_wanted(panel *p, bool *any)
{
  const lf_candidates *c = &p->advice->candidates;
  size_t count = 0;
  for (size_t i = 0; i < c->count; i++)
    if (p->wanted[i] && !p->judged[i]) {
      p->jobs[count++] = (job){.advice = p->advice, .judge = p->judge, .candidate = i};
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

/* Around the best of each family what a coarse look left out; of Gaussian features, which are tried with their neighbours, two on either side. */
static void want_around_best(panel *p)
{
  const lf_candidates *c = &p->advice->candidates;
  for (size_t first = 0, last; first < c->count; first = last) {
    size_t best = first, reach = stride_of(c->at[first].family) - 1;
    for (last = first; last < c->count && c->at[last].family == c->at[first].family; last++)
      if (p->judged[last] && c->at[last].expected < c->at[best].expected) best = last;
    for (size_t i = first; i < last; i++)
      if (i + reach >= best && i <= best + reach) p->wanted[i] = 1;
  }
}

/* What was passed over is no candidate. */
static void keep_judged(panel *p)
{
  lf_candidates *c = &p->advice->candidates;
  size_t bands = p->advice->k.bands, kept = 0;
  for (size_t i = 0; i < c->count; i++) {
    if (!p->judged[i]) {
      lf_free(c->at[i].frequency);
      continue;
    }
    c->at[kept] = c->at[i];
    memmove(p->advice->band_step + kept * bands, p->advice->band_step + i * bands, bands * sizeof(int64_t));
    kept++;
  }
  c->count = kept;
}

/* ---- all ------------------------------------------------------------------------------------------------------------------------------- */
static lf_status panel_create(panel *p, lf_advice *a, judgement *judge)
{
  const lf_blas *blas;
  size_t count = a->candidates.count;
  lf_status st;
  *p = (panel){.advice = a, .judge = judge};
  LF_TRY(lf_blas_get(&blas)); /* before there are threads */
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
  LF_TRY(panel_create(&p, a, lf_score));
  LF_TRY(lf_calloc(&a->band_step, a->candidates.count * LF_MAX(a->k.bands, (size_t)1), sizeof *a->band_step));
  want_coarse(&p);
  LF_TRY(judge_wanted(&p, &any));
  while (any) {
    want_around_best(&p);
    LF_TRY(judge_wanted(&p, &any));
  }
  keep_judged(&p);
done:
  panel_free(&p);
  return st;
}

/* Twice as many samples, and a lens of the same bands on them. */
static lf_status widen(lf_case *k)
{
  const lf_lens_info *look = lf_lens_look(k->lens);
  const lf_lens_options same = {.n_edges = look->bands + 1, .edges = look->band_edge};
  lf_part wide = {0};
  lf_lens *lens = NULL;
  lf_status st;
  LF_TRY(lf_part_spread(&wide, k->data, 2 * k->spread.data->n));
  LF_TRY(lf_lens_create(&lens, wide.data, &same));
  lf_part_free(&k->spread);
  lf_lens_destroy(k->lens);
  k->spread = wide;
  k->lens = lens;
  return LF_OK;
done:
  lf_part_free(&wide);
  return st;
}

lf_status lf_judge_times(lf_advice *a)
{
  panel p;
  bool any;
  lf_status st;
  LF_TRY(panel_create(&p, a, lf_score_times));
  if (a->k.spread.data->n == a->k.data->n) goto done;
  LF_TRY(widen(&a->k));
  const lf_advice_view look = lf_advice_look(a);
  for (size_t i = 0; i < look.candidates; i++) p.wanted[i] = lf_advice_is_shown(&look, i);
  LF_TRY(judge_wanted(&p, &any));
done:
  panel_free(&p);
  return st;
}
