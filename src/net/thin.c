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
  size_t piece;  /* hidden units whose gradient has room in LF_THIN_ROOM */
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

/* Rows of the matrix behind a branch's hidden layer. */
static size_t output_rows(const lf_net *net, size_t branch)
{
  return (net->branch[branch].layer[0].fourier ? 2 : 1) * net->outputs;
}

/* Units whose gradient fills the room: whole blocks of the kernels, whatever the instruction set. */
static size_t units_per_piece(const lf_net *net)
{
  enum { BLOCK = 64 };
  size_t most = 1;
  for (size_t b = 0; b < net->branches; b++) most = LF_MAX(most, net->inputs + 1 + output_rows(net, b));
  return LF_THIN_ROOM / (most * lf_dtype_size(net->dtype)) / BLOCK * BLOCK;
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
  t->piece = units_per_piece(net);
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

/* Units from ... from + count - 1 of a branch. */
static lf_thin_block block_of(const lf_thin *t, job part, const void *theta, const void *x)
{
  const lf_layer *hidden = t->net->branch[part.branch].layer, *last = hidden + 1;
  return (lf_thin_block){.d = t->net->inputs,
                         .c = t->net->outputs,
                         .n = t->n,
                         .s = t->columns,
                         .units = hidden->out,
                         .count = part.count,
                         .activation = hidden->activation,
                         .param = hidden->param,
                         .fourier = hidden->fourier,
                         .w = element(t, theta, hidden->weight + part.from * hidden->in),
                         .b = hidden->bias == LF_NO_BIAS ? NULL : element(t, theta, hidden->bias + part.from),
                         .v = element(t, theta, last->weight + part.from),
                         .x = x};
}

void lf_thin_forward(const lf_thin *t, size_t nth, const void *theta, const void *x)
{
  lf_thin_block block = block_of(t, t->job[nth], theta, x);
  block.out = t->partial + nth * t->net->outputs * t->n * lf_dtype_size(t->net->dtype);
  if (t->net->dtype == LF_F32)
    lf_thin_kernels_get()->forward_f32(&block);
  else
    lf_thin_kernels_get()->forward_f64(&block);
}

static void backward(const lf_thin *t, lf_thin_block *block, const void *dout)
{
  block->dout = dout;
  if (t->net->dtype == LF_F32)
    lf_thin_kernels_get()->backward_f32(block);
  else
    lf_thin_kernels_get()->backward_f64(block);
}

void lf_thin_backward(const lf_thin *t, size_t nth, const void *theta, const void *x, const void *dout, void *grad)
{
  const job part = t->job[nth];
  lf_thin_block block = block_of(t, part, theta, x);
  const lf_layer *hidden = t->net->branch[part.branch].layer, *last = hidden + 1;
  const size_t size = lf_dtype_size(t->net->dtype);
  char *to = grad;
  block.gw = to + (hidden->weight + part.from * hidden->in) * size;
  block.gb = hidden->bias == LF_NO_BIAS ? NULL : to + (hidden->bias + part.from) * size;
  block.gv = to + (last->weight + part.from) * size;
  block.g_units = block.units;
  backward(t, &block, dout);
}

size_t lf_thin_pieces(const lf_thin *t, size_t nth) { return (t->job[nth].count + t->piece - 1) / t->piece; }

size_t lf_thin_piece(const lf_thin *t, size_t nth, size_t piece, const void *theta, const void *x, const void *dout,
                     lf_thin_room *room, lf_range range[LF_THIN_RANGES])
{
  const job *j = &t->job[nth];
  const size_t first = piece * t->piece, count = LF_MIN(t->piece, j->count - first), from = j->from + first;
  const lf_layer *hidden = t->net->branch[j->branch].layer, *last = hidden + 1;
  const size_t rows = output_rows(t->net, j->branch), row_bytes = t->piece * lf_dtype_size(t->net->dtype);
  char *b = (char *)room + hidden->in * row_bytes, *v = b + row_bytes;
  lf_thin_block block = block_of(t, (job){j->branch, from, count}, theta, x);
  size_t n = 0;
  block.gw = room;
  block.gb = block.b ? b : NULL;
  block.gv = v;
  block.g_units = t->piece;
  backward(t, &block, dout);
  range[n++] = (lf_range){hidden->weight + from * hidden->in, count * hidden->in, room};
  if (block.b) range[n++] = (lf_range){hidden->bias + from, count, b};
  for (size_t r = 0; r < rows; r++)
    range[n++] = (lf_range){last->weight + r * hidden->out + from, count, v + r * row_bytes};
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
  if (last->bias == LF_NO_BIAS) return (lf_range){0};
  const lf_range bias = {last->bias, t->net->outputs, (char *)grad + last->bias * lf_dtype_size(t->net->dtype)};
  if (t->net->dtype == LF_F32)
    bias_gradient_f32(t, dout, bias.grad);
  else
    bias_gradient_f64(t, dout, bias.grad);
  return bias;
}
