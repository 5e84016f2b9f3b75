/* thin.c — the plan of the thin path: which units make a job, where their parameters lie. */
#include "thin.h"
#include <string.h>
#include "base/base.h"
#include "linalg/gemm.h"

typedef struct job {
  size_t branch, from, count; /* hidden units */
} job;

struct lf_thin {
  const lf_net *net;
  size_t n, columns, jobs;
  job *job;      /* (jobs) */
  char *partial; /* (jobs, c, n) of the net's dtype */
};

bool lf_thin_suits(const lf_net *net)
{
  bool yes = net->inputs <= LF_THIN_INPUTS && net->outputs <= LF_THIN_OUTPUTS;
  for (size_t b = 0; b < net->branches; b++) yes = yes && net->branch[b].depth == 2;
  return yes;
}

/* Enough work in a job, some 10 us, to be worth handing to another thread. */
static size_t units_per_job(size_t n)
{
  enum { WORK = 128 * 1024, LEAST = 128, MOST = 4096 };
  size_t units = WORK / n / LEAST * LEAST;
  return units < LEAST ? LEAST : units > MOST ? MOST : units;
}

lf_status lf_thin_create(lf_thin **out, const lf_net *net, size_t n)
{
  lf_status st = LF_OK;
  lf_thin *t = NULL;
  const size_t size = lf_dtype_size(net->dtype), per_job = units_per_job(n);
  *out = NULL;
  LF_TRY(lf_calloc(&t, 1, sizeof *t));
  t->net = net;
  t->n = n;
  t->columns = LF_ROUND_UP(n, 64 / size);
  for (size_t b = 0; b < net->branches; b++) t->jobs += (net->branch[b].layer[0].out + per_job - 1) / per_job;
  LF_TRY(lf_calloc(&t->job, t->jobs, sizeof *t->job));
  LF_TRY(lf_calloc(&t->partial, t->jobs * net->outputs * n, size));
  for (size_t b = 0, q = 0; b < net->branches; b++)
    for (size_t from = 0, m = net->branch[b].layer[0].out; from < m; from += per_job)
      t->job[q++] = (job){b, from, LF_MIN(per_job, m - from)};
  *out = t;
  t = NULL;
done:
  lf_thin_destroy(t);
  return st;
}

void lf_thin_destroy(lf_thin *t)
{
  if (!t) return;
  lf_free(t->job);
  lf_free(t->partial);
  lf_free(t);
}

size_t lf_thin_jobs(const lf_thin *t) { return t->jobs; }
size_t lf_thin_columns(const lf_thin *t) { return t->columns; }

/* base + i elements */
static const void *element(const lf_thin *t, const void *base, size_t i)
{
  return (const char *)base + i * lf_dtype_size(t->net->dtype);
}

static lf_thin_block block_of(const lf_thin *t, size_t q, const void *theta, const void *x)
{
  const job *j = &t->job[q];
  const lf_layer *hidden = t->net->branch[j->branch].layer, *last = hidden + 1;
  return (lf_thin_block){.d = t->net->inputs,
                         .c = t->net->outputs,
                         .n = t->n,
                         .s = t->columns,
                         .units = hidden->out,
                         .count = j->count,
                         .activation = hidden->activation,
                         .param = hidden->param,
                         .fourier = hidden->fourier,
                         .w = element(t, theta, hidden->weight + j->from * hidden->in),
                         .b = hidden->bias == LF_NO_BIAS ? NULL : element(t, theta, hidden->bias + j->from),
                         .v = element(t, theta, last->weight + j->from),
                         .x = x,
                         .out = t->partial + q * t->net->outputs * t->n * lf_dtype_size(t->net->dtype)};
}

void lf_thin_forward(const lf_thin *t, size_t nth, const void *theta, const void *x)
{
  const lf_thin_block block = block_of(t, nth, theta, x);
  if (t->net->dtype == LF_F32)
    lf_thin_kernels_get()->forward_f32(&block);
  else
    lf_thin_kernels_get()->forward_f64(&block);
}

void lf_thin_backward(const lf_thin *t, size_t nth, const void *theta, const void *x, const void *dout, void *grad)
{
  lf_thin_block block = block_of(t, nth, theta, x);
  const lf_layer *hidden = t->net->branch[t->job[nth].branch].layer, *last = hidden + 1;
  const size_t from = t->job[nth].from, size = lf_dtype_size(t->net->dtype);
  char *to = grad;
  block.dout = dout;
  block.gw = to + (hidden->weight + from * hidden->in) * size;
  block.gb = hidden->bias == LF_NO_BIAS ? NULL : to + (hidden->bias + from) * size;
  block.gv = to + (last->weight + from) * size;
  if (t->net->dtype == LF_F32)
    lf_thin_kernels_get()->backward_f32(&block);
  else
    lf_thin_kernels_get()->backward_f64(&block);
}

size_t lf_thin_ranges(const lf_thin *t, size_t nth, lf_range range[LF_THIN_RANGES])
{
  const job *j = &t->job[nth];
  const lf_layer *hidden = t->net->branch[j->branch].layer, *last = hidden + 1;
  const size_t rows = (hidden->fourier ? 2 : 1) * t->net->outputs;
  size_t n = 0;
  range[n++] = (lf_range){hidden->weight + j->from * hidden->in, j->count * hidden->in};
  if (hidden->bias != LF_NO_BIAS) range[n++] = (lf_range){hidden->bias + j->from, j->count};
  for (size_t r = 0; r < rows; r++) range[n++] = (lf_range){last->weight + r * hidden->out + j->from, j->count};
  return n;
}

#define T float
#define NAME(f) f##_f32
#include "thin_sums.tmpl.h"
#define T double
#define NAME(f) f##_f64
#include "thin_sums.tmpl.h"

void lf_thin_outputs(const lf_thin *t, const void *theta, void *out)
{
  if (t->net->dtype == LF_F32)
    outputs_f32(t, theta, out);
  else
    outputs_f64(t, theta, out);
}

lf_range lf_thin_bias(const lf_thin *t, size_t branch, const void *dout, void *grad)
{
  const lf_layer *last = &t->net->branch[branch].layer[1];
  if (last->bias == LF_NO_BIAS) return (lf_range){0, 0};
  if (t->net->dtype == LF_F32)
    bias_gradient_f32(t, dout, (float *)grad + last->bias);
  else
    bias_gradient_f64(t, dout, (double *)grad + last->bias);
  return (lf_range){last->bias, t->net->outputs};
}
