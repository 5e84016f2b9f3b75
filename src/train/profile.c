/* profile.c — where a run's time went, and what it moved and counted for it. */
#include <string.h>
#include "base/base.h"
#include "trainer.h"

static const char *const phase_name[] = {
#define LF_X(id, name) name,
    LF_PHASE_LIST(LF_X)
#undef LF_X
};
const char *lf_phase_name(lf_phase p) { return phase_name[p]; }

/* 2 operations per weight, sample and channel: forward, for the weights' gradient, and from every layer but the first for the one below. */
static void count_operations(const lf_trainer *t, lf_profile *out)
{
  const lf_net *net = t->net;
  const size_t channels = t->rows / net->inputs;
  const double columns = (double)channels * (double)t->batch;
  double all = 0, first = 0;
  for (size_t b = 0; b < net->branches; b++)
    for (size_t i = 0; i < net->branch[b].depth; i++) {
      const double weights = (double)net->branch[b].layer[i].in * (double)net->branch[b].layer[i].out;
      all += weights;
      if (i == 0) first += weights;
    }
  const double below = 2 * columns * (all - first);
  out->flops[LF_PHASE_FORWARD] = 2 * columns * all;
  out->flops[LF_PHASE_WEIGHTS] = 2 * columns * all + (t->thin ? below : 0);
  out->flops[LF_PHASE_BELOW] = t->thin ? 0 : below;
}

/* Every group's gradient is read; parameters and moments are read and written. */
static void count_bytes(const lf_trainer *t, lf_profile *out)
{
  size_t arrays = t->groups + 2 + (t->first ? 2 : 0) + (t->second ? 2 : 0) + (t->gain ? 2 : 0), trained = 0;
  for (size_t i = 0; i < t->chunks; i++) trained += t->chunk[i].count;
  out->bytes[LF_PHASE_UPDATE] = (double)(arrays * trained * t->size);
}

lf_status lf_trainer_profile(const lf_trainer *t, lf_profile *out)
{
  memset(out, 0, sizeof *out);
  if (!t->clock) return LF_FAIL(LF_EARG, "this run kept no profile: ask for it (profile) before it begins");
  out->steps = t->busy_steps;
  out->threads = t->threads;
  out->wall_s = t->busy_s + t->shown_s;
  double known = 0;
  for (size_t i = 0; i < t->threads; i++)
    for (int p = 0; p < LF_PHASE_REST; p++) {
      out->seconds[p] += t->clock[i].seconds[p];
      known += t->clock[i].seconds[p];
    }
  out->seconds[LF_PHASE_REST] = LF_MAX((double)t->threads * out->wall_s - known, 0.0);
  count_operations(t, out);
  count_bytes(t, out);
  return LF_OK;
}
