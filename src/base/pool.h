/* pool.h — threads that wait for work. Which thread runs which task is left to chance; results must not depend on it. */
#ifndef LF_POOL_H
#define LF_POOL_H
#include <stddef.h>
#include "lowfirst/status.h"

typedef struct lf_pool lf_pool;
typedef void (*lf_task)(void *user, size_t task, size_t thread);

/* `threads` counts the caller: 1 makes no thread at all. LF_EARG 0; LF_ENOMEM; LF_EUNSUP where a thread cannot be started. */
lf_status lf_pool_create(lf_pool **out, size_t threads);
size_t lf_pool_threads(const lf_pool *pool);
/* Run task(user, 0..tasks-1, thread), thread < threads, and wait for all. The caller works too. Not reentrant: one run at a time. */
void lf_pool_run(lf_pool *pool, size_t tasks, lf_task task, void *user);
void lf_pool_destroy(lf_pool *pool); /* NULL is allowed */
#endif
