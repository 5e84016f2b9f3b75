/* flow.c — a prediction: K(X,X)/n taken apart once, and the function at any time and place from that. */
#include <float.h>
#include <math.h>
#include <string.h>
#include "base/cpu.h"
#include "eigen.h"
#include "prediction.h"

/* ---- what is asked for ----------------------------------------------------------------------------------------------------- */
/* Flow time of a step of plain descent per rate, THEORY section 0; 0: the loss is not quadratic in the values. */
double lf_flow_time_per_rate(lf_loss loss, size_t n, size_t c)
{
  if (loss == LF_LOSS_HALF_MSE) return 1;
  if (loss == LF_LOSS_MSE) return 2 / (double)c;
  return loss == LF_LOSS_SSE ? 2 * (double)n : 0;
}

static bool is_linear(lf_optimiser o)
{
  return o == LF_OPTIMISER_GD || o == LF_OPTIMISER_MOMENTUM || o == LF_OPTIMISER_NESTEROV;
}

static lf_status check_rule(const lf_flow_options *o)
{
  if ((unsigned)o->optimiser >= LF_OPTIMISER_COUNT || (unsigned)o->loss >= LF_LOSS_COUNT)
    return LF_FAIL(LF_EARG, "optimiser %d or loss %d is none", (int)o->optimiser, (int)o->loss);
  if (!o->gradient_flow && !is_linear(o->optimiser))
    return LF_FAIL(LF_EARG, "theory has no exact rule for %s: it has for gd, momentum, nesterov, and gradient flow",
                   lf_optimiser_name(o->optimiser));
  if (lf_flow_time_per_rate(o->loss, 1, 1) == 0)
    return LF_FAIL(LF_EARG, "loss %s: theory is exact for mse, half_mse and sse", lf_loss_name(o->loss));
  if (!(o->lr >= 0) || isinf(o->lr)) return LF_FAIL(LF_EARG, "lr = %g must be finite and >= 0 (0: chosen)", o->lr);
  if (!(o->momentum >= 0 && o->momentum < 1)) return LF_FAIL(LF_EARG, "momentum = %g must be in [0, 1)", o->momentum);
  if (!(o->ridge >= 0) || isinf(o->ridge)) return LF_FAIL(LF_EARG, "ridge = %g must be finite and >= 0", o->ridge);
  return LF_OK;
}

lf_status lf_flow_check_records(const lf_flow_options *o)
{
  if (o->steps < 0 || o->record_every < 0 || o->record_count < 0)
    return LF_FAIL(LF_EARG, "steps and record must be >= 0");
  if (o->times > 0 && !o->time) return LF_FAIL(LF_EARG, "%zu times are announced, but there are none", o->times);
  for (size_t i = 0; i < o->times; i++) {
    if (!(o->time[i] >= 0) || isinf(o->time[i]) || (i > 0 && !(o->time[i] > o->time[i - 1])))
      return LF_FAIL(LF_EARG, "time[%zu] = %g: times must be finite, >= 0 and ascending", i, o->time[i]);
    if (!o->gradient_flow && o->time[i] != floor(o->time[i]))
      return LF_FAIL(LF_EARG, "time[%zu] = %g: %s counts whole steps", i, o->time[i], lf_optimiser_name(o->optimiser));
  }
  return LF_OK;
}

static lf_status check_match(const lf_kernel *kernel, const lf_data *data, const lf_flow_options *o)
{
  const lf_model *m = lf_kernel_model(kernel);
  size_t d = m->width[0], c = m->width[m->n_widths - 1];
  if (d != data->d || c != data->c)
    return LF_FAIL(LF_ESHAPE, "the kernel is of a net with %zu inputs and %zu outputs, the data have %zu and %zu", d, c,
                   data->d, data->c);
  if (m->output != LF_OUTPUT_IDENTITY)
    return LF_FAIL(LF_EARG, "output sigmoid or softmax: theory predicts nets whose output is the identity");
  if (o->n_probe > 0 && !o->x_probe) return LF_FAIL(LF_EARG, "%zu probe points need x_probe", o->n_probe);
  return LF_OK;
}

/* Matrix, and the 2 rows^2 that dsyevd works with; K and modes of the points elsewhere, (rows, held rows) each. */
double lf_flow_memory(const lf_kernel *kernel, size_t n, size_t held)
{
  double rows = (double)lf_kernel_rows(kernel, n), other = (double)lf_kernel_rows(kernel, held);
  double taking_apart = fmax(2 * rows * rows * sizeof(double), lf_kernel_memory(kernel, n, n, true));
  return (rows * rows + 2 * rows * other) * sizeof(double) + taking_apart;
}

static lf_status check_size(const lf_kernel *kernel, const lf_data *data, size_t n_probe)
{
  static const double gigabyte = 1e9;
  size_t rows = lf_kernel_rows(kernel, data->n);
  double need = lf_flow_memory(kernel, data->n, data->n_test + n_probe);
  double have = lf_machine_bytes();
  if (need > have)
    return LF_FAIL(LF_ENOMEM,
                   "%zu samples make a kernel matrix of %zu rows; taking it apart needs %.3g GB, and this machine has "
                   "%.3g GB: use fewer samples",
                   data->n, rows, need / gigabyte, have / gigabyte);
  if (rows > LF_EIGEN_MOST)
    return LF_FAIL(LF_ENOMEM,
                   "%zu samples make a kernel matrix of %zu rows (%.3g GB); LAPACK takes %d at most: use fewer samples",
                   data->n, rows, need / gigabyte, LF_EIGEN_MOST);
  return LF_OK;
}

/* ---- the samples --------------------------------------------------------------------------------------------------------------- */
lf_status lf_flow_copy_start(double **out, const char *name, size_t count, const double *start)
{
  if (!start || count == 0) return LF_OK;
  for (size_t i = 0; i < count; i++)
    if (!isfinite(start[i]))
      return LF_FAIL(LF_EMATH, "%s[%zu] is %g: theory starts from finite values", name, i, start[i]);
  lf_status st = lf_calloc(out, count, sizeof **out);
  if (st == LF_OK) memcpy(*out, start, count * sizeof **out);
  return st;
}

static lf_status take_target(lf_prediction *p)
{
  const lf_flow_options *o = &p->options;
  size_t values = p->n * p->c;
  lf_status st;
  p->on_train.values = values;
  LF_TRY(lf_flow_copy_start(&p->on_train.start, "start", values, o->start));
  LF_TRY(lf_calloc(&p->target, values, sizeof *p->target));
  for (size_t i = 0; i < values; i++) p->target[i] = p->data->y[i] - (p->on_train.start ? p->on_train.start[i] : 0);
done:
  return st;
}

/* How small an eigenvalue may be before it is rounding: that of the decomposition and that of K's entries. An error of e in all entries of K/n moves
 * eigenvalues by n e at most. */
static lf_status find_rounding(lf_prediction *p, double trace, double largest)
{
  double bound = 0;
  lf_status st = lf_kernel_error(p->kernel, p->n, p->data->x, &bound);
  double entries = p->free.count > 0 ? (double)p->rows * largest : trace;
  p->rounding = fmax((double)p->rows * DBL_EPSILON * lf_flow_top(p), bound * entries);
  return st;
}

/* What is free gets an eigenvalue above all others, so that its modes come last: twice a bound on them. */
static void lift_free(lf_prediction *p)
{
  size_t n = p->rows;
  double square = 0;
  if (p->free.count == 0) return;
  for (size_t i = 0; i < n * n; i++) square += p->matrix[i] * p->matrix[i];
  double above = square > 0 ? 2 * sqrt(square) : 1;
  p->blas->dgemm(LF_BLAS_ROW_MAJOR, LF_BLAS_TRANSPOSED, LF_BLAS_PLAIN, (int)n, (int)n, (int)p->free.count, above,
                 p->free.basis, (int)n, p->free.basis, (int)n, 1, p->matrix, (int)n);
}

/* K/n without what is free, and its eigenvalues. */
static lf_status decompose(lf_prediction *p)
{
  size_t rows = p->rows;
  double trace = 0, largest = 0;
  lf_status st;
  LF_TRY(lf_calloc(&p->matrix, rows * rows, sizeof *p->matrix));
  LF_TRY(lf_calloc(&p->lambda, rows, sizeof *p->lambda));
  LF_TRY(lf_kernel_gram(p->kernel, p->n, p->data->x, p->options.threads, p->matrix));
  for (size_t i = 0; i < rows * rows; i++) {
    p->matrix[i] /= (double)p->n;
    largest = fmax(largest, fabs(p->matrix[i]));
  }
  for (size_t i = 0; i < rows; i++) trace += p->matrix[i * rows + i];
  LF_TRY(lf_polynomials_create(&p->free, p->blas, lf_kernel_free_degree(p->kernel), p->n, p->data->d, p->data->x));
  LF_TRY(lf_polynomials_remove(&p->free, p->blas, p->matrix));
  lift_free(p);
  LF_TRY(lf_eigen(p->blas, rows, p->matrix, p->lambda));
  for (size_t i = 0; i < rows; i++) p->lambda[i] = fmax(p->lambda[i], 0);
  if (lf_flow_end(p) > 0 && p->lambda[lf_flow_end(p) - 1] == 0)
    LF_RAISE(LF_EMATH, "the kernel is 0 between all samples: such a net learns nothing (are all weights 0?)");
  LF_TRY(find_rounding(p, trace, largest));
  while (p->lost < lf_flow_end(p) && lf_curvature(p, p->lost) <= p->rounding) p->lost++;
  p->rank = rows - p->lost;
done:
  return st;
}

void lf_flow_product(const lf_blas *blas, size_t m, size_t n, size_t k, const double *a, const double *b, double *c)
{
  blas->dgemm(LF_BLAS_ROW_MAJOR, LF_BLAS_PLAIN, LF_BLAS_PLAIN, (int)m, (int)n, (int)k, 1, a, (int)k, b, (int)n, 0, c,
              (int)n);
}

static lf_status take_shares(lf_prediction *p)
{
  lf_status st;
  LF_TRY(lf_calloc(&p->share, p->rows * p->columns, sizeof *p->share));
  lf_flow_product(p->blas, p->rows, p->columns, p->rows, p->matrix, p->target, p->share);
done:
  return st;
}

/* ---- the rate -------------------------------------------------------------------------------------------------------------------- */
/* Steps are whole numbers: the times asked for must fall on different ones, with room to spare. */
static double shortest_gap(const lf_flow_options *o)
{
  double gap = INFINITY;
  for (size_t i = 0; i < o->times; i++) {
    double since = i ? o->time[i] - o->time[i - 1] : o->time[i];
    if (since > 0) gap = fmin(gap, since);
  }
  return gap;
}

lf_status lf_flow_choose_rate(lf_flow_options *o, double time_per_rate, double stable_rate)
{
  double gap = o->gradient_flow ? shortest_gap(o) : INFINITY;
  if (!o->gradient_flow && o->lr > stable_rate)
    return LF_FAIL(LF_EARG, "lr %.4g: %s grows without end on these samples; the largest stable rate is %.4g", o->lr,
                   lf_optimiser_name(o->optimiser), stable_rate);
  if (o->lr * time_per_rate > gap * (1 + 4 * DBL_EPSILON))
    return LF_FAIL(LF_EARG, "times that are %.3g apart fall on one step at lr = %.4g; the rate may be %.4g at most",
                   gap, o->lr, gap / time_per_rate);
  if (o->lr == 0) o->lr = fmin(stable_rate / 2, gap / time_per_rate);
  if (isinf(o->lr)) o->lr = 1; /* nothing evolves: any rate will do */
  return LF_OK;
}

static lf_status choose_rate(lf_prediction *p)
{
  lf_flow_options *o = &p->options;
  lf_optimiser rule = o->gradient_flow ? LF_OPTIMISER_GD : o->optimiser;
  double top = lf_flow_top(p);
  lf_status st;
  p->time_per_rate = lf_flow_time_per_rate(o->loss, p->n, p->c);
  p->stable_rate = top > 0 ? lf_rule_stable(rule, o->momentum) / (p->time_per_rate * top) : INFINITY;
  LF_TRY(lf_flow_choose_rate(o, p->time_per_rate, p->stable_rate));
  p->rule = (lf_rule){.optimiser = o->optimiser,
                      .continuous = o->gradient_flow,
                      .h = o->lr * p->time_per_rate,
                      .momentum = o->momentum};
done:
  return st;
}

void lf_flow_set_rate(lf_prediction *p, double lr)
{
  p->options.lr = lr;
  p->rule.h = lr * p->time_per_rate;
}

/* ---- other points ------------------------------------------------------------------------------------------------------------------ */
/* Where polynomials are free, coefficients alpha orthogonal to them make K(z,X) alpha + the polynomial that agrees at the samples:
 * (K(z,X) - q(z)^T Q^T K) alpha, q the basis at z. Mode of the free ones: themselves. K (rows, m) in units of K/n, modes (free, m) */
static lf_status complete_modes(const lf_prediction *p, size_t m, const double *z, double *K, double *modes)
{
  const lf_polynomials *q = &p->free;
  double *at = NULL, *turn = NULL;
  lf_status st = LF_OK;
  if (q->count == 0) return LF_OK;
  LF_TRY(lf_calloc(&at, m * q->count, sizeof *at));
  LF_TRY(lf_calloc(&turn, q->count * q->count, sizeof *turn));
  for (size_t i = 0; i < m; i++) lf_polynomials_at(q, z + i * p->data->d, at + i * q->count);
  int n = (int)p->rows, columns = (int)m, count = (int)q->count;
  p->blas->dgemm(LF_BLAS_ROW_MAJOR, LF_BLAS_PLAIN, LF_BLAS_TRANSPOSED, n, columns, count, -1, q->image, count, at,
                 count, 1, K, columns);
  const double *last = p->matrix + lf_flow_end(p) * p->rows;
  p->blas->dgemm(LF_BLAS_ROW_MAJOR, LF_BLAS_PLAIN, LF_BLAS_TRANSPOSED, count, count, n, 1, last, n, q->basis, n, 0,
                 turn, count);
  p->blas->dgemm(LF_BLAS_ROW_MAJOR, LF_BLAS_PLAIN, LF_BLAS_TRANSPOSED, count, columns, count, 1, turn, count, at, count,
                 0, modes, columns);
done:
  lf_free(at);
  lf_free(turn);
  return st;
}

/* mode (rank, rows of z) = (1/n) V^T K(X,Z) */
static lf_status make_modes(double **mode, const lf_prediction *p, size_t m, const double *z)
{
  size_t columns = lf_kernel_rows(p->kernel, m);
  double *K = NULL;
  lf_status st;
  LF_TRY(lf_calloc(&K, p->rows * columns, sizeof *K));
  LF_TRY(lf_calloc(mode, p->rank * columns, sizeof **mode));
  LF_TRY(lf_kernel_evaluate(p->kernel, p->n, p->data->x, m, z, p->options.threads, K));
  for (size_t i = 0; i < p->rows * columns; i++) K[i] /= (double)p->n;
  size_t evolving = lf_flow_end(p) - p->lost;
  LF_TRY(complete_modes(p, m, z, K, *mode + evolving * columns));
  lf_flow_product(p->blas, evolving, columns, p->rows, p->matrix + p->lost * p->rows, K, *mode);
done:
  lf_free(K);
  return st;
}

static lf_status make_site(lf_site *site, const lf_prediction *p, const char *name, size_t m, const double *z,
                           const double *start)
{
  lf_status st = LF_OK;
  if (m == 0) return LF_OK;
  site->values = m * p->c;
  LF_TRY(lf_flow_copy_start(&site->start, name, site->values, start));
  LF_TRY(make_modes(&site->mode, p, m, z));
done:
  return st;
}

static void site_free(lf_site *site)
{
  lf_free(site->start);
  lf_free(site->mode);
}

/* ---- a prediction -------------------------------------------------------------------------------------------------------------------- */
static lf_status begin(lf_prediction **out, const lf_kernel *kernel, const lf_data *data, const lf_flow_options *o)
{
  lf_status st;
  LF_TRY(check_rule(o));
  LF_TRY(lf_flow_check_records(o));
  LF_TRY(check_match(kernel, data, o));
  LF_TRY(check_size(kernel, data, o->n_probe));
  LF_TRY(lf_calloc(out, 1, sizeof **out));
  lf_prediction *p = *out;
  p->kernel = kernel;
  p->data = data;
  p->options = *o;
  p->n = data->n, p->c = data->c;
  p->rows = lf_kernel_rows(kernel, p->n);
  p->columns = p->n * p->c / p->rows;
  LF_TRY(lf_calloc(&p->time, o->times, sizeof *p->time));
  if (o->times) memcpy(p->time, o->time, o->times * sizeof *p->time);
  p->options.time = p->time;
  LF_TRY(lf_blas_get(&p->blas));
done:
  return st;
}

lf_status lf_flow_create(lf_prediction **out, const lf_kernel *kernel, const lf_data *data,
                         const lf_flow_options *options)
{
  lf_prediction *p = NULL;
  lf_status st;
  if (!out || !kernel || !data || !options)
    return LF_FAIL(LF_EARG, "a prediction needs a place to go to, kernel, data and options; one of them is NULL");
  *out = NULL;
  LF_TRY(begin(&p, kernel, data, options));
  LF_TRY(take_target(p));
  LF_TRY(decompose(p));
  LF_TRY(take_shares(p));
  LF_TRY(choose_rate(p));
  LF_TRY(make_site(&p->on_test, p, "start_test", data->n_test, data->x_test, options->start_test));
  LF_TRY(make_site(&p->on_probe, p, "start_probe", options->n_probe, options->x_probe, options->start_probe));
  *out = p;
  p = NULL;
done:
  lf_flow_destroy(p);
  return st;
}

void lf_flow_destroy(lf_prediction *p)
{
  if (!p) return;
  site_free(&p->on_train);
  site_free(&p->on_test);
  site_free(&p->on_probe);
  lf_polynomials_free(&p->free);
  lf_free(p->time);
  lf_free(p->matrix);
  lf_free(p->lambda);
  lf_free(p->target);
  lf_free(p->share);
  lf_free(p);
}

/* y - f for t -> infinity: lost directions stay whole, of the others the ridge keeps its part. */
static double residual(const lf_prediction *p)
{
  double left = 0, whole = 0;
  for (size_t i = 0; i < p->rows; i++) {
    double part = i < p->lost ? 1 : i < lf_flow_end(p) ? 1 - p->lambda[i] / lf_curvature(p, i) : 0;
    for (size_t k = 0; k < p->columns; k++) {
      double share = p->share[i * p->columns + k];
      whole += share * share;
      left += part * part * share * share;
    }
  }
  return whole > 0 ? sqrt(left / whole) : 0;
}

/* alpha = V (V^T (y - f_0)/(n mu)) has the norm alpha^T K alpha, K = n V lambda V^T. */
double lf_flow_norm(const lf_prediction *p)
{
  double sum = 0;
  for (size_t i = p->lost; i < lf_flow_end(p); i++)
    for (size_t k = 0; k < p->columns; k++) {
      double part = p->share[i * p->columns + k] / lf_curvature(p, i);
      sum += p->lambda[i] * part * part / (double)p->n;
    }
  return sqrt(sum);
}

lf_flow_info lf_flow_look(const lf_prediction *p)
{
  bool evolves = p->lost < lf_flow_end(p);
  double largest = lf_flow_top(p), smallest = evolves ? lf_curvature(p, p->lost) : 0;
  return (lf_flow_info){.rows = p->rows,
                        .rank = p->rank,
                        .free = p->free.count,
                        .largest = largest,
                        .smallest = smallest,
                        .condition = evolves ? largest / smallest : 1,
                        .rounding = p->rounding,
                        .ridge = p->options.ridge,
                        .residual = residual(p),
                        .lr = p->options.lr,
                        .stable_rate = p->stable_rate,
                        .time_per_step = p->rule.h};
}

/* ---- values ------------------------------------------------------------------------------------------------------------------------------ */
/* (count columns, rank) gains times shares, then (count columns, rows) values output by output */
lf_status lf_flow_work(double **work, const lf_prediction *p, size_t count)
{
  size_t most = LF_MAX(LF_MAX(p->on_train.values, p->on_test.values), p->on_probe.values);
  return lf_calloc(work, count * (p->columns * p->rank + most), sizeof **work);
}

/* What mode i has of its share: at the samples the part learned, elsewhere the factor of its column of `mode`. */
static double gain_of(const lf_prediction *p, size_t i, bool at_samples, double when)
{
  if (i >= lf_flow_end(p)) return when > 0 ? 1 : 0; /* free: learned at once */
  return lf_rule_gain(&p->rule, lf_curvature(p, i), when) * (at_samples ? p->lambda[i] : 1);
}

static void gains(const lf_prediction *p, bool at_samples, size_t count, const double *when, double *out)
{
  for (size_t t = 0; t < count; t++)
    for (size_t i = 0; i < p->rank; i++) {
      double gain = gain_of(p, p->lost + i, at_samples, when[t]);
      for (size_t k = 0; k < p->columns; k++)
        out[(t * p->columns + k) * p->rank + i] = gain * p->share[(p->lost + i) * p->columns + k];
    }
}

void lf_flow_values(const lf_prediction *p, const lf_site *site, size_t count, const double *when, double *work,
                    double *out)
{
  size_t columns = p->columns, rows = site->values / columns;
  const double *mode = site->mode ? site->mode : p->matrix + p->lost * p->rows;
  double *by_output = columns > 1 ? work + count * columns * p->rank : out;
  gains(p, !site->mode, count, when, work);
  lf_flow_product(p->blas, count * columns, rows, p->rank, work, mode, by_output);
  for (size_t t = 0; t < count; t++)
    for (size_t i = 0; i < rows; i++)
      for (size_t k = 0; k < columns; k++) {
        size_t at = t * site->values + i * columns + k;
        out[at] = by_output[(t * columns + k) * rows + i] + (site->start ? site->start[i * columns + k] : 0);
      }
}

static lf_status check_when(const lf_prediction *p, double when)
{
  if (!(when >= 0)) return LF_FAIL(LF_EARG, "when = %g must be >= 0", when);
  if (!p->rule.continuous && isfinite(when) && when != floor(when))
    return LF_FAIL(LF_EARG, "when = %g: %s counts whole steps", when, lf_optimiser_name(p->rule.optimiser));
  return LF_OK;
}

lf_status lf_flow_at(const lf_prediction *p, double when, double *fit, double *test, double *probe)
{
  double *work = NULL;
  lf_status st;
  LF_TRY(check_when(p, when));
  LF_TRY(lf_flow_work(&work, p, 1));
  if (fit) lf_flow_values(p, &p->on_train, 1, &when, work, fit);
  if (test && p->on_test.values) lf_flow_values(p, &p->on_test, 1, &when, work, test);
  if (probe && p->on_probe.values) lf_flow_values(p, &p->on_probe, 1, &when, work, probe);
done:
  lf_free(work);
  return st;
}

lf_status lf_flow_evaluate(const lf_prediction *p, double when, size_t m, const double *z, const double *start,
                           double *values)
{
  lf_site site = {0};
  double *work = NULL;
  lf_status st;
  LF_TRY(check_when(p, when));
  LF_TRY(make_site(&site, p, "start", m, z, start));
  if (m == 0) goto done;
  LF_TRY(lf_calloc(&work, p->columns * p->rank + site.values, sizeof *work));
  lf_flow_values(p, &site, 1, &when, work, values);
done:
  site_free(&site);
  lf_free(work);
  return st;
}
