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
#include "pairs.h"

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

static lf_status limit_of(lf_kernel **out, const lf_model *model, lf_kernel_kind kind, const uint64_t *seed)
{
  lf_status st;
  lf_kernel *k = NULL;
  if (!out || !model) return LF_FAIL(LF_EARG, "a kernel needs a place to go to and a model, one of them is NULL");
  *out = NULL;
  if (kind == LF_LFP) return limit_of_lfp(out, model);
  if (kind != LF_NTK && kind != LF_NNGP)
    return LF_FAIL(LF_EARG, "the kernel of infinite width is ntk, nngp or lfp, not %s", lf_kernel_kind_name(kind));
  if (!lf_limit_has_model(model))
    return LF_FAIL(LF_EARG, "a kernel needs a completed model: call lf_model_complete() first");
  LF_TRY(new_kernel(&k, model, kind));
  LF_TRY(lf_limit_create(&k->limit, model, kind == LF_NTK, seed));
  *out = k;
done:
  if (st != LF_OK) lf_kernel_destroy(k);
  return st;
}

lf_status lf_kernel_limit(lf_kernel **out, const lf_model *model, lf_kernel_kind kind)
{
  return limit_of(out, model, kind, NULL);
}

lf_status lf_kernel_limit_drawn(lf_kernel **out, const lf_model *model, uint64_t seed)
{
  return limit_of(out, model, LF_NTK, &seed);
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

/* An entry of a window (rows, columns) is not finite: which one, counted from the whole matrix's corner. */
static lf_status name_odd_entry(size_t rows, size_t columns, const double *K, size_t row, size_t column)
{
  size_t i = 0;
  while (i + 1 < rows * columns && isfinite(K[i])) i++;
  return LF_FAIL(LF_EMATH, "K[%zu,%zu] is %g: the net's values grow beyond double; choose a smaller init or std",
                 row + i / columns, column + i % columns, K[i]);
}

/* ---- evaluation ---------------------------------------------------------------------------------------------------------------- */
lf_status lf_pairs_open(lf_pairs *p, const lf_kernel *k, size_t n, const double *x, size_t m, const double *z,
                        size_t threads)
{
  lf_status st;
  *p = (lf_pairs){.kernel = k, .n = n, .m = m, .x = x, .z = z, .threads = threads ? threads : lf_cpu_count()};
  LF_TRY(check_points(k, "x", n, x));
  if (z) LF_TRY(check_points(k, "z", m, z));
  if (!k->limit) goto done;
  LF_TRY(lf_points_create(&p->a, k->limit, n, x, p->threads, true));
  if (z) LF_TRY(lf_points_create(&p->b, k->limit, m, z, p->threads, true));
done:
  return st;
}

void lf_pairs_close(lf_pairs *p)
{
  lf_points_destroy(p->kernel->limit, p->a);
  lf_points_destroy(p->kernel->limit, p->b);
  p->a = p->b = NULL;
}

lf_status lf_pairs_block(const lf_pairs *p, lf_window part, double *K)
{
  const lf_kernel *k = p->kernel;
  const double *x = p->x + part.i * k->d, *z = (p->z ? p->z : p->x) + part.j * k->d;
  bool symmetric = !p->z && part.i == part.j && part.h == part.w;
  size_t rows = lf_kernel_rows(k, part.h), columns = lf_kernel_rows(k, part.w);
  lf_block to = {.K = K, .stride = columns};
  lf_status st;
  if (k->limit) {
    LF_TRY(lf_limit_block(k->limit, p->a, p->z ? p->b : p->a, part, p->threads, &to));
  } else if (k->lfp) {
    LF_TRY(lf_lfp_block(k->lfp, part.h, x, part.w, symmetric ? NULL : z, p->threads, K));
    to.odd = !lf_all_finite(rows * columns, K);
  } else {
    LF_TRY(lf_empirical_block(k->empirical, part.h, x, part.w, symmetric ? NULL : z, p->threads, &to));
  }
  if (to.odd) LF_TRY(name_odd_entry(rows, columns, K, lf_kernel_rows(k, part.i), lf_kernel_rows(k, part.j)));
done:
  return st;
}

/* z NULL: x again */
static lf_status evaluate(const lf_kernel *k, size_t n, const double *x, size_t m, const double *z, size_t threads,
                          double *K)
{
  lf_pairs p;
  lf_status st = lf_pairs_open(&p, k, n, x, m, z, threads);
  if (st == LF_OK) st = lf_pairs_block(&p, (lf_window){0, n, 0, m}, K);
  lf_pairs_close(&p);
  return st;
}

lf_status lf_kernel_evaluate(const lf_kernel *k, size_t n, const double *x, size_t m, const double *z, size_t threads,
                             double *K)
{
  if (!z) return check_points(k, "z", 0, z);
  return evaluate(k, n, x, m, z, threads, K);
}

lf_status lf_kernel_gram(const lf_kernel *k, size_t n, const double *x, size_t threads, double *K)
{
  return evaluate(k, n, x, n, NULL, threads, K);
}

lf_status lf_kernel_diagonal(const lf_kernel *k, size_t n, const double *x, double *diagonal)
{
  lf_points *p = NULL;
  lf_status st;
  LF_TRY(check_points(k, "x", n, x));
  if (k->lfp) {
    lf_lfp_diagonal(k->lfp, n, x, diagonal);
    if (!lf_all_finite(n, diagonal)) LF_TRY(name_odd_entry(n, 1, diagonal, 0, 0));
    goto done;
  }
  if (!k->limit) {
    LF_TRY(lf_empirical_diagonal(k->empirical, n, x, diagonal));
    if (!lf_all_finite(lf_kernel_rows(k, n), diagonal)) LF_TRY(name_odd_entry(lf_kernel_rows(k, n), 1, diagonal, 0, 0));
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

double lf_pairs_memory(const lf_kernel *k, size_t n, size_t m, bool symmetric, size_t h, size_t w)
{
  if (k->limit) return lf_limit_memory(k->limit, symmetric ? n : n + m);
  if (k->lfp) return lf_lfp_memory(k->lfp, h, symmetric && h >= n ? 0 : w);
  return lf_empirical_memory(k->empirical, h, w, symmetric && h >= n);
}

double lf_kernel_memory(const lf_kernel *k, size_t n, size_t m, bool symmetric)
{
  return lf_pairs_memory(k, n, m, symmetric, n, m);
}
