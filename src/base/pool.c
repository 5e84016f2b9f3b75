/* pool.c — a thread pool: workers spin briefly for the next run, then sleep on a condition.
 *
 * A training step lasts microseconds, so a wake-up through the kernel at every step would cost more than the step: a worker
 * watches the run counter for about 20 us first. Every thread has its own share of the tasks, the same in every run, so that what a task
 * touches stays in its core's cache; who is done early helps the others, counter by counter. A run is over when its tasks are, not when
 * its workers say so: on a busy machine one that never got a processor holds nobody up. It may then come late, into another run, which is
 * why counters carry the run they belong to. */
#include "pool.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include "base.h"

enum { SPIN = 4000 };

/* A thread's share of the tasks, on a cache line of its own: the next one and the end, each beside the run (in the upper half). */
typedef struct share {
  _Alignas(64) _Atomic uint64_t next;
  _Atomic uint64_t end;
} share;
enum { RUN_SHIFT = 32 };

struct lf_pool {
  size_t threads, started;
  pthread_t *thread;
  pthread_mutex_t lock;
  pthread_cond_t wake, idle;
  atomic_size_t asleep;     /* workers that wait for `wake` */
  atomic_bool caller_waits; /* for `idle` */
  atomic_ulong run;         /* counts the runs begun */
  atomic_size_t done;       /* tasks of this run that are */
  atomic_size_t tasks;
  share *share; /* (threads) */
  atomic_bool quit;
  lf_task task;
  void *user;
};

typedef struct worker_start {
  lf_pool *pool;
  size_t index;
} worker_start;

static void relax(void)
{
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

/* Whoever sleeps says so before looking once more, and whoever wakes looks for sleepers after changing what they wait for: one of them sees the
 * other. Where nobody sleeps nobody takes the lock. */
static void wake_sleepers(lf_pool *p, bool sleeping, pthread_cond_t *condition)
{
  if (!sleeping) return;
  pthread_mutex_lock(&p->lock);
  pthread_cond_broadcast(condition);
  pthread_mutex_unlock(&p->lock);
}

/* So many tasks are done; who does the last one of a run wakes the caller. */
static void finish_tasks(lf_pool *p, size_t count)
{
  if (atomic_fetch_add(&p->done, count) + count == atomic_load(&p->tasks))
    wake_sleepers(p, atomic_load(&p->caller_waits), &p->idle);
}

/* The end is published before the next task is, so that a task of this run never meets the end of an earlier one; a task of an earlier run
 * that meets this one's end is none, as all of that run's tasks had been taken. What a thread has done it says once, when it finds no more: until
 * then the run is not over, so that all of it belongs to one run. */
static void work(lf_pool *p, size_t thread)
{
  size_t count = 0;
  for (size_t k = 0; k < p->threads; k++) {
    share *s = &p->share[(thread + k) % p->threads];
    for (;;) {
      const uint64_t task = atomic_fetch_add(&s->next, 1), end = atomic_load(&s->end);
      if (task >> RUN_SHIFT != end >> RUN_SHIFT || task >= end) break;
      p->task(p->user, (size_t)(uint32_t)task, thread);
      count++;
    }
  }
  if (count) finish_tasks(p, count);
}

/* Wait until a run after `seen` begins or the pool ends. */
static void await_run(lf_pool *p, unsigned long seen)
{
  for (int i = 0; i < SPIN; i++) {
    if (atomic_load(&p->run) != seen || atomic_load(&p->quit)) return;
    relax();
  }
  pthread_mutex_lock(&p->lock);
  atomic_fetch_add(&p->asleep, 1);
  while (atomic_load(&p->run) == seen && !atomic_load(&p->quit)) pthread_cond_wait(&p->wake, &p->lock);
  atomic_fetch_sub(&p->asleep, 1);
  pthread_mutex_unlock(&p->lock);
}

static void *worker(void *arg)
{
  worker_start start = *(worker_start *)arg;
  lf_pool *p = start.pool;
  lf_free(arg);
  for (unsigned long seen = 0;;) {
    await_run(p, seen);
    if (atomic_load(&p->quit)) return NULL;
    seen = atomic_load(&p->run);
    work(p, start.index);
  }
}

static lf_status start_worker(lf_pool *p)
{
  worker_start *start = NULL;
  lf_status st = lf_calloc(&start, 1, sizeof *start);
  if (st != LF_OK) return st;
  *start = (worker_start){p, p->started + 1};
  if (pthread_create(&p->thread[p->started], NULL, worker, start) != 0) {
    lf_free(start);
    return LF_FAIL(LF_EUNSUP, "thread %zu of %zu could not be started", p->started + 2, p->threads);
  }
  p->started++;
  return LF_OK;
}

lf_status lf_pool_create(lf_pool **out, size_t threads)
{
  lf_status st = LF_OK;
  lf_pool *p = NULL;
  *out = NULL;
  if (threads == 0 || threads > 4096) return LF_FAIL(LF_EARG, "threads = %zu must lie in 1..4096", threads);
  LF_TRY(lf_calloc(&p, 1, sizeof *p));
  pthread_mutex_init(&p->lock, NULL);
  pthread_cond_init(&p->wake, NULL);
  pthread_cond_init(&p->idle, NULL);
  p->threads = threads;
  LF_TRY(lf_calloc(&p->thread, threads, sizeof *p->thread));
  LF_TRY(lf_calloc(&p->share, threads, sizeof *p->share));
  while (p->started + 1 < threads) LF_TRY(start_worker(p));
  *out = p;
  p = NULL;
done:
  lf_pool_destroy(p);
  return st;
}

size_t lf_pool_threads(const lf_pool *pool) { return pool->threads; }

void lf_pool_run(lf_pool *p, size_t tasks, lf_task task, void *user)
{
  if (p->started == 0 || tasks <= 1) {
    for (size_t i = 0; i < tasks; i++) task(user, i, 0);
    return;
  }
  const uint64_t run = (uint64_t)(uint32_t)(atomic_load(&p->run) + 1) << RUN_SHIFT;
  p->task = task;
  p->user = user;
  atomic_store(&p->tasks, tasks);
  atomic_store(&p->done, 0);
  for (size_t i = 0; i < p->threads; i++) {
    atomic_store(&p->share[i].end, run | (i + 1) * tasks / p->threads);
    atomic_store(&p->share[i].next, run | i * tasks / p->threads);
  }
  atomic_fetch_add(&p->run, 1);
  wake_sleepers(p, atomic_load(&p->asleep) > 0, &p->wake);
  work(p, 0);
  for (int i = 0; i < SPIN && atomic_load(&p->done) != tasks; i++) relax();
  if (atomic_load(&p->done) == tasks) return;
  pthread_mutex_lock(&p->lock);
  atomic_store(&p->caller_waits, true);
  while (atomic_load(&p->done) != tasks) pthread_cond_wait(&p->idle, &p->lock);
  atomic_store(&p->caller_waits, false);
  pthread_mutex_unlock(&p->lock);
}

void lf_pool_destroy(lf_pool *p)
{
  if (!p) return;
  atomic_store(&p->quit, true);
  wake_sleepers(p, true, &p->wake);
  for (size_t i = 0; i < p->started; i++) pthread_join(p->thread[i], NULL);
  pthread_mutex_destroy(&p->lock);
  pthread_cond_destroy(&p->wake);
  pthread_cond_destroy(&p->idle);
  lf_free(p->thread);
  lf_free(p->share);
  lf_free(p);
}
