/* trial.c — the finalists trained for a while and asked about what they have not seen.
 *
 * The work is fixed beforehand: all nets take equally many steps, as many as the budget pays for at a nominal speed. No clock decides, so that the
 * same input gives the same advice on a slow machine as on a fast one. Nets train side by side, each on one thread. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "advise_parts.h"
#include "data/build.h"
#include "base/pool.h"
#include "lowfirst/net.h"
#include "lowfirst/random.h"
#include "lowfirst/system.h"

static const double FLOPS = 5e10; /* of an ordinary core, in steps of small nets */
enum { EXAMS = 2, OUT_OF = 5, LEAST_STEPS = 20, ERROR_TEXT = 512 };

/* One exam: what a net is trained on, and the points at which it is then asked. On even grids two functions like the target, asked between the samples;
 * else the target, two fifths of its cells held out in turn. Why: likes.c. */
typedef struct exam {
  lf_data *kept;
  size_t asked;
  double *x, *y;  /* (asked,d), (asked,c) */
  double *weight; /* (asked) of each square, 1 in all: cells count alike */
} exam;

typedef struct job {
  const lf_case *k;
  lf_candidate *candidate;
  const exam *exam;
  int64_t steps;
  double square; /* mean of squares by weight, over the outputs */
  lf_status status;
  char error[ERROR_TEXT];
} job;

/* ---- exams --------------------------------------------------------------------------------------------------------------------------- */
static void exam_free(exam *e)
{
  lf_data_destroy(e->kept);
  lf_free(e->x);
  lf_free(e->y);
  lf_free(e->weight);
}

static lf_status exam_allocate(exam *e, const lf_data *data, size_t most)
{
  lf_status st;
  LF_TRY(lf_calloc(&e->x, most * data->d, sizeof *e->x));
  LF_TRY(lf_calloc(&e->y, most * data->c, sizeof *e->y));
  LF_TRY(lf_calloc(&e->weight, most, sizeof *e->weight));
done:
  return st;
}

/* A function like the target; for the net in hand what it gives plus a function like what it leaves. */
static lf_status make_like(exam *e, const lf_case *k, bool in_hand, size_t number)
{
  const lf_data *data = k->dense.data;
  const lf_likes *likes = in_hand ? &k->hand.likes : &k->likes;
  size_t here = data->n * data->c, there = (size_t)LF_PLACES * data->c;
  double *y = NULL;
  lf_status st;
  LF_TRY(exam_allocate(e, data, LF_PLACES));
  LF_TRY(lf_calloc(&y, here, sizeof *y));
  e->asked = LF_PLACES;
  memcpy(e->x, k->place, LF_PLACES * data->d * sizeof *e->x);
  for (size_t i = 0; i < there; i++) e->y[i] = likes->there[number * there + i] + (in_hand ? k->hand.there[i] : 0);
  for (size_t i = 0; i < here; i++) y[i] = likes->here[number * here + i] + (in_hand ? k->hand.here[i] : 0);
  for (size_t i = 0; i < LF_PLACES; i++) e->weight[i] = 1.0 / LF_PLACES;
  LF_TRY(lf_data_part(&e->kept, data->n, data->d, data->c, data->x, y));
done:
  lf_free(y);
  return st;
}

/* weight (n): of the samples in every fifth of the cells in random order, from cell `number` on; 0: kept for training. */
static lf_status choose_held(double *weight, unsigned char *held, const lf_cells *cells, size_t number)
{
  size_t *order = NULL, out_of = LF_MIN(cells->count, (size_t)OUT_OF), inner = 0;
  lf_status st;
  LF_TRY(lf_calloc(&order, cells->count, sizeof *order));
  LF_TRY(lf_random_permutation(1, LF_PURPOSE_SPLIT, 0, cells->count, order));
  for (size_t i = number % out_of; i < cells->count; i += out_of) inner += !cells->at_face[order[i]];
  for (size_t i = number % out_of; i < cells->count; i += out_of) {
    size_t cell = order[i], size = cells->first[cell + 1] - cells->first[cell];
    for (size_t j = cells->first[cell]; j < cells->first[cell + 1]; j++) {
      held[cells->member[j]] = 1;
      if (inner == 0 || !cells->at_face[cell]) weight[cells->member[j]] = 1 / (double)(LF_MAX(inner, (size_t)1) * size);
    }
  }
done:
  lf_free(order);
  return st;
}

static lf_status make_fold(exam *e, const lf_case *k, size_t number)
{
  const lf_data *data = k->dense.data;
  size_t d = data->d, c = data->c, kept = 0;
  unsigned char *held = NULL;
  double *x = NULL, *y = NULL, *weight = NULL;
  lf_status st;
  LF_TRY(exam_allocate(e, data, data->n));
  LF_TRY(lf_calloc(&held, data->n, 1));
  LF_TRY(lf_calloc(&weight, data->n, sizeof *weight));
  LF_TRY(lf_calloc(&x, data->n * d, sizeof *x));
  LF_TRY(lf_calloc(&y, data->n * c, sizeof *y));
  LF_TRY(choose_held(weight, held, &k->cells, number));
  for (size_t i = 0; i < data->n; i++) {
    size_t at = held[i] ? e->asked : kept;
    memcpy((held[i] ? e->x : x) + at * d, data->x + i * d, d * sizeof *x);
    memcpy((held[i] ? e->y : y) + at * c, data->y + i * c, c * sizeof *y);
    if (held[i])
      e->weight[e->asked++] = weight[i];
    else
      kept++;
  }
  LF_TRY(lf_data_part(&e->kept, kept, d, c, x, y));
done:
  lf_free(held);
  lf_free(weight);
  lf_free(x);
  lf_free(y);
  return st;
}

/* ---- one net ------------------------------------------------------------------------------------------------------------------------------ */
static lf_train_options options_of(const job *j)
{
  lf_train_options o = *j->k->train;
  o.steps = j->steps;
  o.threads = 1;
  o.record_every = 0, o.record_count = 0;
  o.n_probe = 0, o.x_probe = NULL;
  o.stop_loss = 0, o.stop_time_s = 0, o.slice_s = 0, o.profile = false;
  if (o.lr == 0) o.lr = j->candidate->rate / 2;
  if (lf_rule_is_known(&o)) o.lr *= lf_rate_scale(j->k, j->exam->kept->n);
  return o;
}

static lf_status ask(const job *j, lf_net *net, double *square)
{
  const exam *e = j->exam;
  size_t c = j->k->data->c;
  double *value = NULL;
  lf_status st;
  *square = 0;
  LF_TRY(lf_calloc(&value, e->asked * c, sizeof *value));
  LF_TRY(lf_net_evaluate(net, e->asked, e->x, value, 1));
  for (size_t i = 0; i < e->asked; i++)
    for (size_t k = 0; k < c; k++) *square += e->weight[i] * pow(value[i * c + k] - e->y[i * c + k], 2) / (double)c;
done:
  lf_free(value);
  return st;
}

static lf_status train_one(job *j)
{
  lf_net *net = NULL;
  lf_train_options o = options_of(j);
  lf_status st;
  LF_TRY(lf_candidate_net(&net, j->k, j->candidate, j->k->options.seed));
  LF_TRY(lf_train(net, j->exam->kept, &o, NULL, NULL));
  LF_TRY(ask(j, net, &j->square));
done:
  lf_net_destroy(net);
  return st;
}

static void run_job(void *user, size_t task, size_t thread)
{
  job *j = (job *)user + task;
  (void)thread;
  j->status = train_one(j);
  if (j->status == LF_EMATH) j->status = LF_OK, j->square = INFINITY; /* it grew without end: a result */
  if (j->status != LF_OK) (void)snprintf(j->error, sizeof j->error, "%s", lf_last_error());
}

/* ---- all ---------------------------------------------------------------------------------------------------------------------------------------- */
/* Operations of a step of all jobs: forward, and twice that backward, a product and a sum for every parameter and sample. */
static lf_status work_of(const lf_candidates *c, size_t samples, double *out)
{
  enum { PASSES = 6 };
  lf_net *net = NULL;
  lf_status st = LF_OK;
  *out = 0;
  for (size_t i = 0; i < c->count; i++) {
    if (!c->at[i].finalist) continue;
    LF_TRY(lf_net_create(&net, &c->at[i].model, LF_F32, 1));
    *out += EXAMS * (double)PASSES * (double)lf_net_count(net) * (double)samples;
    lf_net_destroy(net);
    net = NULL;
  }
done:
  return st;
}

static lf_status collect(const lf_case *k, job *jobs, size_t count)
{
  for (size_t i = 0; i < count; i++) {
    lf_candidate *c = jobs[i].candidate;
    if (jobs[i].status != LF_OK) return LF_FAIL(jobs[i].status, "trying %s: %s", c->label, jobs[i].error);
    if (isnan(c->trial)) c->trial = 0;
    c->trial += jobs[i].square / EXAMS;
  }
  for (size_t i = 0; i < count; i += EXAMS) jobs[i].candidate->trial = sqrt(jobs[i].candidate->trial) / k->size;
  return LF_OK;
}

lf_status lf_try_out(lf_trial *done, const lf_case *k, lf_candidates *c)
{
  exam exams[2 * EXAMS] = {{0}}; /* of laws, then of the net in hand */
  job *jobs = NULL;
  lf_pool *pool = NULL;
  size_t count = 0;
  double work;
  lf_status st = LF_OK;
  *done = (lf_trial){0};
  for (size_t f = 0; f < EXAMS; f++) {
    LF_TRY(k->likes.count > f ? make_like(&exams[f], k, false, f) : make_fold(&exams[f], k, f));
    if (k->hand.likes.count > f) LF_TRY(make_like(&exams[EXAMS + f], k, true, f));
  }
  LF_TRY(lf_calloc(&jobs, EXAMS * c->count, sizeof *jobs));
  LF_TRY(work_of(c, exams[0].kept->n, &work));
  double most = floor(k->options.budget_s * FLOPS / fmax(work, 1));
  done->steps = (int64_t)fmin(fmax(most, LEAST_STEPS), (double)k->train->steps);
  done->samples = exams[0].kept->n;
  for (size_t i = 0; i < c->count; i++)
    for (size_t f = 0; f < EXAMS && c->at[i].finalist; f++) {
      bool own = lf_is_in_hand(k, &c->at[i]) && exams[EXAMS + f].kept;
      jobs[count++] = (job){.k = k, .candidate = &c->at[i], .exam = &exams[own ? EXAMS + f : f], .steps = done->steps};
    }
  done->nets = count;
  LF_TRY(lf_pool_create(&pool, k->options.threads ? k->options.threads : lf_cpu_count()));
  lf_pool_run(pool, count, run_job, jobs);
  LF_TRY(collect(k, jobs, count));
done:
  lf_pool_destroy(pool);
  lf_free(jobs);
  for (size_t f = 0; f < 2 * EXAMS; f++) exam_free(&exams[f]);
  return st;
}
