/* pool.c — a thread pool: workers spin briefly for the next run, then sleep on a condition.
 *
 * A training step lasts microseconds, so a wake-up through the kernel at every step would cost more than the step: a worker
 * watches the run counter for about 20 us first. Every thread has its own share of the tasks, the same in every run, so that what a task
 * touches stays in its core's cache; who is done early helps the others, counter by counter. */
#include "pool.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include "base.h"

enum { SPIN = 4000 };

/* A thread's share of the tasks, on a cache line of its own. */
typedef struct share {
  _Alignas(64) atomic_size_t next; /* the next task */
  size_t end;
} share;

struct lf_pool {
  size_t threads, started;
  pthread_t *thread;
  pthread_mutex_t lock;
  pthread_cond_t wake, idle;
  atomic_ulong run;   /* counts the runs begun */
  atomic_size_t busy; /* workers still in this run */
  share *share;       /* (threads) */
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

static void work(lf_pool *p, size_t thread)
{
  for (size_t k = 0; k < p->threads; k++) {
    share *s = &p->share[(thread + k) % p->threads];
    for (size_t i; (i = atomic_fetch_add(&s->next, 1)) < s->end;) p->task(p->user, i, thread);
  }
}

/* Wait until a run after `seen` begins or the pool ends. */
static void await_run(lf_pool *p, unsigned long seen)
{
  for (int i = 0; i < SPIN; i++) {
    if (atomic_load(&p->run) != seen || atomic_load(&p->quit)) return;
    relax();
  }
  pthread_mutex_lock(&p->lock);
  while (atomic_load(&p->run) == seen && !atomic_load(&p->quit)) pthread_cond_wait(&p->wake, &p->lock);
  pthread_mutex_unlock(&p->lock);
}

static void *worker(void *arg)
{
  worker_start start = *(worker_start *)arg;
  lf_pool *p = start.pool;
  lf_free(arg);
  for (unsigned long seen = 0;; seen++) {
    await_run(p, seen);
    if (atomic_load(&p->quit)) return NULL;
    work(p, start.index);
    if (atomic_fetch_sub(&p->busy, 1) == 1) {
      pthread_mutex_lock(&p->lock);
      pthread_cond_signal(&p->idle);
      pthread_mutex_unlock(&p->lock);
    }
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
  p->task = task;
  p->user = user;
  for (size_t i = 0; i < p->threads; i++) {
    atomic_store(&p->share[i].next, i * tasks / p->threads);
    p->share[i].end = (i + 1) * tasks / p->threads;
  }
  atomic_store(&p->busy, p->started);
  pthread_mutex_lock(&p->lock);
  atomic_fetch_add(&p->run, 1);
  pthread_cond_broadcast(&p->wake);
  pthread_mutex_unlock(&p->lock);
  work(p, 0);
  for (int i = 0; i < SPIN && atomic_load(&p->busy) != 0; i++) relax();
  if (atomic_load(&p->busy) == 0) return;
  pthread_mutex_lock(&p->lock);
  while (atomic_load(&p->busy) != 0) pthread_cond_wait(&p->idle, &p->lock);
  pthread_mutex_unlock(&p->lock);
}

void lf_pool_destroy(lf_pool *p)
{
  if (!p) return;
  pthread_mutex_lock(&p->lock);
  atomic_store(&p->quit, true);
  pthread_cond_broadcast(&p->wake);
  pthread_mutex_unlock(&p->lock);
  for (size_t i = 0; i < p->started; i++) pthread_join(p->thread[i], NULL);
  pthread_mutex_destroy(&p->lock);
  pthread_cond_destroy(&p->wake);
  pthread_cond_destroy(&p->idle);
  lf_free(p->thread);
  lf_free(p->share);
  lf_free(p);
}
