/* run_go.c — carry a run out: one or several nets, each with its observer, checkpoints and files. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "base/cpu.h"
#include "base/pool.h"
#include "lowfirst/system.h"
#include "run/run_internal.h"

void lf_run_stop(lf_run *run) { atomic_store(&run->stop, true); }

/* ---- observing ----------------------------------------------------------------------------------------------------------- */
/* Has the band that holds --stop-band's frequency come below its error? */
static bool band_is_learned(const lf_run *run, const lf_history *h)
{
  lf_history_view look = lf_history_look(h);
  size_t b = 0;
  while (b + 1 < look.b && run->stop_xi >= look.band_edge[b + 1]) b++;
  return look.r > 0 && look.b > 0 && look.band_error[(look.r - 1) * look.b + b] < run->stop_error;
}

/* A step that the history has already is seen again where a run goes on after a pause: it is passed over. */
static bool is_recorded(const lf_history *h, int64_t step)
{
  lf_history_view look = lf_history_look(h);
  return look.r > 0 && look.step[look.r - 1] >= step;
}

int lf_way_observe(void *user, const lf_snapshot *s)
{
  lf_way *way = user;
  lf_run *run = way->run;
  if (is_recorded(way->history[0], s->step)) return 0;
  for (size_t i = 0; i < run->lenses; i++) {
    int full = lf_history_record(way->history[i], s);
    if (full != 0) {
      way->status = lf_history_status(way->history[i]);
      return full;
    }
  }
  int seen = way->index == 0 && run->observe ? run->observe(run->user, s) : 0;
  if (seen != 0) return seen;
  way->band_reached = run->stop_error > 0 && band_is_learned(run, way->history[0]);
  return way->band_reached;
}

/* ---- one way --------------------------------------------------------------------------------------------------------------- */
static const char *reason(const lf_way *way, lf_stop why)
{
  switch (why) {
  case LF_STOP_STEPS: return "steps";
  case LF_STOP_LOSS: return "loss";
  case LF_STOP_TIME: return "time";
  case LF_STOP_OBSERVER: return way->band_reached ? "band" : "observer";
  case LF_STOP_CONVERGED: return "converged";
  case LF_STOP_SLICE:
  case LF_STOP_REQUEST: return "interrupted";
  }
  return "";
}

/* Train until an end, pausing now and then to save the state or to hear that somebody wants an end. */
static lf_status train_way(lf_way *way)
{
  const lf_run *run = way->run;
  double period = lf_run_real(run, "checkpoint"), last = lf_now_s();
  lf_stop why = LF_STOP_SLICE;
  lf_status st = LF_OK;
  while (st == LF_OK && why == LF_STOP_SLICE && !atomic_load(&run->stop)) {
    st = lf_trainer_run(way->trainer, lf_way_observe, way, &why);
    if (st == LF_OK) st = way->status;
    if (st != LF_OK || lf_now_s() - last < period) continue;
    st = lf_way_checkpoint(way);
    if (st == LF_EIO) { /* a disk that is full for a while costs no work: the one before stays, the next may succeed */
      lf_log_warn("no checkpoint at step %lld: %s", (long long)lf_trainer_step(way->trainer), lf_last_error());
      st = LF_OK;
    }
    last = lf_now_s();
  }
  way->step = lf_trainer_step(way->trainer);
  if (lf_trainer_bad_trials(way->trainer) > 0)
    lf_log_warn("seed %llu: %lld of %lld trial points gave no finite loss and were passed over",
                (unsigned long long)way->seed, (long long)lf_trainer_bad_trials(way->trainer), (long long)way->step);
  way->steps_per_s = lf_trainer_steps_per_s(way->trainer);
  if (run->train.profile && st == LF_OK) st = lf_trainer_profile(way->trainer, &way->profile);
  way->stop = reason(way, why);
  return st;
}

/* The loss is no number any more: what was good until then is kept, and the message says where. */
static lf_status keep_what_was_good(const lf_way *way)
{
  char line[LF_ERROR_BYTES];
  (void)snprintf(line, sizeof line, "%s", lf_last_error());
  if (lf_history_look(way->history[0]).r == 0) return LF_EMATH;
  lf_status st = lf_way_files(way);
  if (st != LF_OK) return st;
  return LF_FAIL(LF_EMATH, "%s; what was good is in %s", line, way->dir);
}

static lf_status follow_way(lf_way *way)
{
  lf_status st;
  LF_TRY(lf_way_open(way));
  st = train_way(way);
  if (st == LF_EMATH) st = keep_what_was_good(way);
  if (st != LF_OK) goto done;
  LF_TRY(lf_way_checkpoint(way));
  LF_TRY(lf_way_drift(way));
  LF_TRY(lf_way_files(way));
done:
  return st;
}

static void task(void *user, size_t index, size_t thread)
{
  lf_run *run = user;
  lf_way *way = &run->way[index];
  (void)thread;
  if (atomic_load(&run->stop)) {
    way->stop = "interrupted";
    return;
  }
  way->status = follow_way(way);
  if (way->status != LF_OK) (void)snprintf(way->error, sizeof way->error, "%s", lf_last_error());
  lf_way_close(way);
}

/* ---- all of them ----------------------------------------------------------------------------------------------------------- */
static lf_status first_failure(const lf_run *run)
{
  for (size_t i = 0; i < run->ways; i++) {
    const lf_way *way = &run->way[i];
    if (way->status == LF_OK) continue;
    if (run->ways == 1) return LF_FAIL(way->status, "%s", way->error);
    return LF_FAIL(way->status, "seed %llu: %s", (unsigned long long)way->seed, way->error);
  }
  return LF_OK;
}

static lf_status go_train(lf_run *run)
{
  lf_pool *pool = NULL;
  lf_status st;
  LF_TRY(lf_run_make_directory(run));
  LF_TRY(lf_pool_create(&pool, run->ways > 1 ? LF_MIN(run->ways, run->threads) : 1));
  lf_pool_run(pool, run->ways, task, run);
  LF_TRY(first_failure(run));
  if (run->ways > 1) LF_TRY(lf_run_report_of_all(run));
done:
  lf_pool_destroy(pool);
  return st;
}

lf_status lf_run_go(lf_run *run, lf_observer observer, void *user)
{
  lf_status st;
  LF_TRY(lf_run_prepare(run));
  if (run->finished) LF_RAISE(LF_EARG, "this run was carried out already; create another");
  run->observe = observer;
  run->user = user;
  run->finished = true;
  LF_TRY(run->command == LF_COMMAND_TRAIN     ? go_train(run)
         : run->command == LF_COMMAND_PREDICT ? lf_run_predict(run)
                                              : lf_run_measure(run));
done:
  return st;
}
