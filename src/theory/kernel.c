/* kernel.c — the public face of limit and empirical kernels: checks, then whichever it is. */
#include "lowfirst/kernel.h"
#include <math.h>
#include <string.h>
#include "base/base.h"
#include "empirical.h"
#include "lfp_kernel.h"
#include "limit.h"
#include "lowfirst/lfp.h"
#include "lowfirst/system.h"

struct lf_kernel {
  lf_kernel_kind kind;
  lf_model model;
  size_t d, rows_per_point;
  lf_limit *limit;
  lf_empirical *empirical;
  lf_lfp_kernel_parts *lfp;
};

const char *lf_kernel_kind_name(lf_kernel_kind kind)
{
  static const char *const name[] = {
#define LF_X(id, text, what) text,
      LF_KERNEL_LIST(LF_X)
#undef LF_X
  };
  return (unsigned)kind < LF_KERNEL_COUNT ? name[kind] : "unknown";
}

static lf_status new_kernel(lf_kernel **out, const lf_model *model, lf_kernel_kind kind)
{
  lf_status st = lf_calloc(out, 1, sizeof **out);
  if (st != LF_OK) return st;
  (*out)->kind = kind;
  (*out)->model = *model;
  (*out)->d = model->width[0];
  (*out)->rows_per_point = 1;
  return LF_OK;
}

static bool is_complete(const lf_model *m)
{
  lf_model trial = *m;
  return m->n_widths >= 2 && m->n_widths <= LF_MAX_LAYERS + 1 && m->width[0] > 0 && m->width[m->n_widths - 1] > 0 &&
         lf_model_complete(&trial, m->width[0], m->width[m->n_widths - 1]) == LF_OK && trial.init.law == m->init.law;
}

static lf_status kernel_of_lfp(lf_kernel **out, const lf_lfp *p, const lf_frequency_grid *grid)
{
  lf_status st;
  lf_kernel *k = NULL;
  *out = NULL;
  LF_TRY(new_kernel(&k, lf_lfp_model(p), LF_LFP));
  LF_TRY(lf_lfp_parts_create(&k->lfp, p, grid));
  *out = k;
  k = NULL;
done:
  lf_kernel_destroy(k);
  return st;
}

lf_status lf_lfp_kernel(lf_kernel **out, const lf_lfp *p)
{
  if (!out || !p) return LF_FAIL(LF_EARG, "a kernel needs a place to go to and an lfp, one of them is NULL");
  return kernel_of_lfp(out, p, NULL);
}

lf_status lf_lfp_grid_kernel(lf_kernel **out, const lf_lfp *p, const lf_frequency_grid *g)
{
  if (!out || !p || !g)
    return LF_FAIL(LF_EARG, "a grid's kernel needs a place to go to, an lfp and a grid, one of them is NULL");
  return kernel_of_lfp(out, p, g);
}

static lf_status limit_of_lfp(lf_kernel **out, const lf_model *model)
{
  lf_lfp *p = NULL;
  lf_status st = lf_lfp_create(&p, model, NULL);
  if (st == LF_OK) st = lf_lfp_kernel(out, p);
  lf_lfp_destroy(p);
  return st;
}

lf_status lf_kernel_limit(lf_kernel **out, const lf_model *model, lf_kernel_kind kind)
{
  lf_status st;
  lf_kernel *k = NULL;
  if (!out || !model) return LF_FAIL(LF_EARG, "a kernel needs a place to go to and a model, one of them is NULL");
  *out = NULL;
  if (kind == LF_LFP) return limit_of_lfp(out, model);
  if (kind != LF_NTK && kind != LF_NNGP)
    return LF_FAIL(LF_EARG, "the kernel of infinite width is ntk, nngp or lfp, not %s", lf_kernel_kind_name(kind));
  if (!is_complete(model)) return LF_FAIL(LF_EARG, "a kernel needs a completed model: call lf_model_complete() first");
  LF_TRY(new_kernel(&k, model, kind));
  LF_TRY(lf_limit_create(&k->limit, model, kind == LF_NTK));
  *out = k;
done:
  if (st != LF_OK) lf_kernel_destroy(k);
  return st;
}

lf_status lf_kernel_empirical(lf_kernel **out, const lf_net *net)
{
  lf_status st;
  lf_kernel *k = NULL;
  if (!out || !net) return LF_FAIL(LF_EARG, "a kernel needs a place to go to and a net, one of them is NULL");
  *out = NULL;
  const lf_model *model = lf_net_model(net);
  LF_TRY(new_kernel(&k, model, LF_EMPIRICAL));
  k->rows_per_point = model->width[model->n_widths - 1];
  LF_TRY(lf_empirical_create(&k->empirical, net));
  *out = k;
done:
  if (st != LF_OK) lf_kernel_destroy(k);
  return st;
}

void lf_kernel_destroy(lf_kernel *k)
{
  if (!k) return;
  lf_limit_destroy(k->limit);
  lf_empirical_destroy(k->empirical);
  lf_lfp_parts_destroy(k->lfp);
  lf_free(k);
}

lf_kernel_kind lf_kernel_what(const lf_kernel *k) { return k->kind; }
const lf_model *lf_kernel_model(const lf_kernel *k) { return &k->model; }
size_t lf_kernel_rows(const lf_kernel *k, size_t n) { return n * k->rows_per_point; }

const char *lf_kernel_note(const lf_kernel *k)
{
  if (k->lfp) return k->lfp->lfp.note;
  return k->limit ? k->limit->note : "";
}

int lf_kernel_free_degree(const lf_kernel *k) { return k->lfp ? lf_lfp_free_degree(k->lfp) : -1; }

/* ---- points ------------------------------------------------------------------------------------------------------------------ */
static lf_status check_points(const lf_kernel *k, const char *name, size_t n, const double *x)
{
  if (n == 0 || !x) return LF_FAIL(LF_EARG, "a kernel needs one point at least, %s has none", name);
  for (size_t i = 0; i < n * k->d; i++)
    if (!isfinite(x[i]))
      return LF_FAIL(LF_EMATH, "%s: row %zu, column %zu is %g, and a kernel needs finite points", name, i / k->d,
                     i % k->d, x[i]);
  return LF_OK;
}

/* 0 x is NaN for what is not finite: one pass without a branch; the entry is looked for when there is one. */
static bool all_finite(size_t n, const double *x)
{
  double sum[4] = {0, 0, 0, 0};
  size_t i = 0;
  for (; i + 4 <= n; i += 4)
    for (size_t k = 0; k < 4; k++) sum[k] += 0 * x[i + k];
  for (; i < n; i++) sum[0] += 0 * x[i];
  return sum[0] + sum[1] + sum[2] + sum[3] == 0;
}

static lf_status check_entries(size_t rows, size_t columns, const double *K)
{
  if (all_finite(rows * columns, K)) return LF_OK;
  size_t i = 0;
  while (isfinite(K[i])) i++;
  return LF_FAIL(LF_EMATH, "K[%zu,%zu] is %g: the net's values grow beyond double; choose a smaller init or std",
                 i / columns, i % columns, K[i]);
}

/* ---- evaluation ---------------------------------------------------------------------------------------------------------------- */
static lf_status evaluate_limit(const lf_limit *l, size_t n, const double *x, size_t m, const double *z, size_t threads,
                                double *K)
{
  lf_points *a = NULL, *b = NULL;
  lf_status st;
  LF_TRY(lf_points_create(&a, l, n, x, threads, true));
  if (z) LF_TRY(lf_points_create(&b, l, m, z, threads, true));
  LF_TRY(lf_limit_block(l, a, z ? b : a, threads, K));
done:
  lf_points_destroy(l, a);
  lf_points_destroy(l, b);
  return st;
}

/* z NULL: x again */
static lf_status evaluate(const lf_kernel *k, size_t n, const double *x, size_t m, const double *z, size_t threads,
                          double *K)
{
  if (threads == 0) threads = lf_cpu_count();
  lf_status st;
  if (k->limit)
    LF_TRY(evaluate_limit(k->limit, n, x, m, z, threads, K));
  else if (k->lfp)
    LF_TRY(lf_lfp_block(k->lfp, n, x, m, z, threads, K));
  else
    LF_TRY(lf_empirical_block(k->empirical, n, x, m, z, threads, K));
  LF_TRY(check_entries(lf_kernel_rows(k, n), lf_kernel_rows(k, m), K));
done:
  return st;
}

lf_status lf_kernel_evaluate(const lf_kernel *k, size_t n, const double *x, size_t m, const double *z, size_t threads,
                             double *K)
{
  lf_status st;
  LF_TRY(check_points(k, "x", n, x));
  LF_TRY(check_points(k, "z", m, z));
  LF_TRY(evaluate(k, n, x, m, z, threads, K));
done:
  return st;
}

lf_status lf_kernel_gram(const lf_kernel *k, size_t n, const double *x, size_t threads, double *K)
{
  lf_status st;
  LF_TRY(check_points(k, "x", n, x));
  LF_TRY(evaluate(k, n, x, n, NULL, threads, K));
done:
  return st;
}

lf_status lf_kernel_diagonal(const lf_kernel *k, size_t n, const double *x, double *diagonal)
{
  lf_points *p = NULL;
  lf_status st;
  LF_TRY(check_points(k, "x", n, x));
  if (k->lfp) {
    lf_lfp_diagonal(k->lfp, n, x, diagonal);
    LF_TRY(check_entries(n, 1, diagonal));
    goto done;
  }
  if (!k->limit) {
    LF_TRY(lf_empirical_diagonal(k->empirical, n, x, diagonal));
    LF_TRY(check_entries(lf_kernel_rows(k, n), 1, diagonal));
    goto done;
  }
  LF_TRY(lf_points_create(&p, k->limit, n, x, 1, false));
  memcpy(diagonal, p->diagonal, n * sizeof *diagonal);
done:
  if (p) lf_points_destroy(k->limit, p);
  return st;
}

lf_status lf_kernel_error(const lf_kernel *k, size_t n, const double *x, double *bound)
{
  lf_points *p = NULL;
  lf_status st;
  LF_TRY(check_points(k, "x", n, x));
  if (k->lfp) {
    *bound = lf_lfp_error(k->lfp);
    goto done;
  }
  if (!k->limit) {
    *bound = lf_empirical_error(k->empirical);
    goto done;
  }
  LF_TRY(lf_points_create(&p, k->limit, n, x, 1, false));
  *bound = p->error;
done:
  if (p) lf_points_destroy(k->limit, p);
  return st;
}

double lf_kernel_memory(const lf_kernel *k, size_t n, size_t m, bool symmetric)
{
  if (k->lfp) return lf_lfp_memory(k->lfp, n, symmetric ? 0 : m);
  if (k->empirical) return lf_empirical_memory(k->empirical, n, m, symmetric);
  return lf_limit_memory(k->limit, symmetric ? n : n + m);
}
