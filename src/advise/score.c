/* score.c — what theory says of one candidate: its error between the samples, and (band_times.c) when it learns each band.
 *
 * Error: of functions like the target in places between the samples (likes.c), or of the target at samples held out cell by cell (cells.c). A net
 * stopped after k steps of plain descent leaves the modes with eigenvalue below 1/(h k), h the flow time of a step, and so does a ridge of that
 * size (their risks differ by a factor of 1.69 at most: Ali, Kolter, Tibshirani 2019); the ridge has closed residuals. What a random start f_0
 * leaves between the samples adds to it in the mean square; it is taken from nets of the candidate. The start of the net in hand is known: what it
 * leaves, y - f_0, is its target, and there is nothing to add. */
#include <math.h>
#include <string.h>
#include "advise_parts.h"
#include "lowfirst/net.h"

enum { STARTS = 3, RIDGES_PER_DECADE = 4 };

bool lf_rule_is_known(const lf_train_options *t)
{
  const lf_optimiser o = t->optimiser;
  return o == LF_OPTIMISER_GD || o == LF_OPTIMISER_MOMENTUM || o == LF_OPTIMISER_NESTEROV;
}

lf_flow_options lf_flow_rule(const lf_train_options *t)
{
  lf_flow_options o = {.optimiser = LF_OPTIMISER_GD, .loss = t->loss, .threads = 1};
  if (!lf_rule_is_known(t)) return o;
  o.optimiser = t->optimiser;
  if (t->optimiser != LF_OPTIMISER_GD) o.momentum = t->momentum;
  return o;
}

/* ---- error ------------------------------------------------------------------------------------------------------------------------- */
/* Columns of functions: the target (of repeated samples their mean, see repeats.c), its likes, then starts. What is left of a function that is known everywhere is looked at in places between
 * the samples; what is left of the target itself, and of starts beyond three inputs, at held-out samples. Where there are likes they stand for the target.
 *
 * A kernel at infinite width has a row per sample, shared by all outputs; that of the net in hand a row per sample and output. Values (samples,c) lie in memory
 * as (rows,columns) in either case. */
typedef struct errors {
  const lf_prediction *p;
  const lf_case *k;
  const lf_candidate *candidate;
  size_t samples, n, c, q, m; /* n rows and c columns per function; q columns in all, m rows of places */
  size_t starts;              /* random ones, and their nets */
  lf_net *start[STARTS];
  const lf_likes *likes;       /* functions like the target, behind it */
  lf_cells cells;              /* of rows: as of samples, or a copy with all outputs of each */
  double *share, *residual;    /* (n,q) V^T values; held-out residuals */
  double *mode, *there;        /* (m,n) K(Z,X) V; (m,q) the functions at the places */
  double *scaled, *fit, *part; /* scratch: (n,q), (m,q), (max(n,m),c) */
} errors;

static void errors_free(errors *e)
{
  lf_free(e->share);
  lf_free(e->residual);
  lf_free(e->mode);
  lf_free(e->there);
  lf_free(e->scaled);
  lf_free(e->fit);
  lf_free(e->part);
  for (size_t s = 0; s < STARTS; s++) lf_net_destroy(e->start[s]);
  if (e->cells.member != e->k->cells.member) lf_cells_free(&e->cells);
}

/* Those that stand for the target: first ... before starts - 1. */
static size_t first_function(const errors *e) { return e->likes->count > 0 ? 1 : 0; }
static size_t functions_before_starts(const errors *e) { return 1 + e->likes->count; }

/* Columns s c ... of values (rows,q) from part (rows,c). */
static void set_columns(const errors *e, size_t rows, size_t s, double *values)
{
  for (size_t i = 0; i < rows; i++) memcpy(values + i * e->q + s * e->c, e->part + i * e->c, e->c * sizeof *values);
}

/* Samples and, where there are places, values there of all functions. */
static lf_status take_functions(errors *e, size_t rows, const double *x, bool at_samples, double *values)
{
  const lf_case *k = e->k;
  size_t before = functions_before_starts(e), count = rows * e->c, points = count / k->data->c;
  lf_status st = LF_OK;
  for (size_t s = 0; s < e->likes->count; s++) {
    memcpy(e->part, (at_samples ? e->likes->here : e->likes->there) + s * count, count * sizeof *e->part);
    set_columns(e, rows, 1 + s, values);
  }
  if (at_samples) {
    const double *own = lf_is_in_hand(k, e->candidate) ? k->hand.here : NULL;
    for (size_t i = 0; i < count; i++) e->part[i] = k->dense.data->y[i] - k->scatter[i] - (own ? own[i] : 0);
    set_columns(e, rows, 0, values);
  }
  for (size_t s = 0; s < e->starts; s++) {
    LF_TRY(lf_net_evaluate(e->start[s], points, x, e->part, 1));
    set_columns(e, rows, before + s, values);
  }
done:
  return st;
}

static lf_status take_places(errors *e)
{
  const lf_data *data = e->k->dense.data;
  double *K = NULL;
  lf_status st;
  LF_TRY(lf_calloc(&K, e->m * e->n, sizeof *K));
  LF_TRY(lf_calloc(&e->mode, e->m * e->n, sizeof *e->mode));
  LF_TRY(lf_calloc(&e->there, e->m * e->q, sizeof *e->there));
  LF_TRY(lf_calloc(&e->fit, e->m * e->q, sizeof *e->fit));
  LF_TRY(take_functions(e, e->m, e->k->place, false, e->there));
  LF_TRY(lf_kernel_evaluate(e->p->kernel, LF_PLACES, e->k->place, data->n, data->x, 1, K));
  e->p->blas->dgemm(LF_BLAS_ROW_MAJOR, LF_BLAS_PLAIN, LF_BLAS_TRANSPOSED, (int)e->m, (int)e->n, (int)e->n, 1, K,
                    (int)e->n, e->p->matrix, (int)e->n, 0, e->mode, (int)e->n);
done:
  lf_free(K);
  return st;
}

/* The cells of the samples with all rows of each. */
static lf_status take_cells(errors *e)
{
  const lf_cells *all = &e->k->cells;
  size_t each = e->n / e->samples;
  lf_status st = LF_OK;
  e->cells = *all;
  if (each == 1) return LF_OK;
  e->cells = (lf_cells){.n = e->n, .count = all->count, .inner = all->inner};
  LF_TRY(lf_calloc(&e->cells.first, all->count + 1, sizeof *e->cells.first));
  LF_TRY(lf_calloc(&e->cells.member, e->n, sizeof *e->cells.member));
  for (size_t i = 0; i <= all->count; i++) e->cells.first[i] = each * all->first[i];
  for (size_t i = 0; i < e->n; i++) e->cells.member[i] = each * all->member[i / each] + i % each;
done:
  return st;
}

static lf_status errors_begin(errors *e)
{
  const lf_data *data = e->k->dense.data;
  bool own = lf_is_in_hand(e->k, e->candidate);
  lf_status st;
  e->samples = data->n, e->n = e->p->rows, e->c = e->p->columns;
  e->likes = own ? &e->k->hand.likes : &e->k->likes;
  e->starts = own ? 0 : STARTS;
  e->q = e->c * (functions_before_starts(e) + e->starts);
  e->m = e->k->place ? LF_PLACES * data->c / e->c : 0;
  LF_TRY(take_cells(e));
  LF_TRY(lf_calloc(&e->share, e->n * e->q, sizeof *e->share));
  LF_TRY(lf_calloc(&e->residual, e->n * e->q, sizeof *e->residual));
  LF_TRY(lf_calloc(&e->scaled, e->n * e->q, sizeof *e->scaled));
  LF_TRY(lf_calloc(&e->part, LF_MAX(e->n, e->m) * e->c, sizeof *e->part));
  for (size_t s = 0; s < e->starts; s++)
    LF_TRY(lf_candidate_net(&e->start[s], e->k, e->candidate, e->k->options.seed + s));
  LF_TRY(take_functions(e, e->n, data->x, true, e->scaled));
  lf_flow_product(e->p->blas, e->n, e->q, e->n, e->p->matrix, e->scaled, e->share);
  if (e->m > 0) LF_TRY(take_places(e));
done:
  return st;
}

/* Mean square of what is left at the places, of columns first ... last - 1; fit_there() before. */
static double left_there(const errors *e, size_t first, size_t last)
{
  double sum = 0;
  for (size_t i = 0; i < e->m; i++)
    for (size_t k = first; k < last; k++) sum += pow(e->there[i * e->q + k] - e->fit[i * e->q + k], 2);
  return sum / (double)(e->m * (last - first));
}

static void fit_there(errors *e, double mu)
{
  for (size_t i = 0; i < e->n; i++)
    for (size_t k = 0; k < e->q; k++)
      e->scaled[i * e->q + k] = e->share[i * e->q + k] / ((e->p->lambda[i] + mu) * (double)e->samples);
  lf_flow_product(e->p->blas, e->m, e->q, e->n, e->mode, e->scaled, e->fit);
}

/* Mean square of held-out residuals of functions first ... last - 1; lf_hold_out() before. */
static double held_out(errors *e, size_t first, size_t last)
{
  double sum = 0;
  for (size_t s = first; s < last; s++) {
    for (size_t i = 0; i < e->n; i++)
      memcpy(e->part + i * e->c, e->residual + i * e->q + s * e->c, e->c * sizeof *e->part);
    for (size_t i = 0; i < e->n * e->c && s == 0; i++) e->part[i] += e->k->scatter[i];
    sum += lf_cells_mean_square(&e->k->cells, e->k->data->c, e->part) / (double)(last - first);
  }
  return sum;
}

/* Root mean square errors under K + n mu, relative to the target's size: *out of what stands for the target, *held of the target held out. */
static lf_status error_under(errors *e, double mu, double *out, double *held)
{
  size_t before = functions_before_starts(e);
  double target, starts = 0;
  lf_status st = LF_OK;
  if (e->m > 0) fit_there(e, mu);
  LF_TRY(lf_hold_out(e->p, &e->cells, mu, e->q, e->share, e->residual));
  *held = held_out(e, 0, 1);
  target = e->likes->count > 0 ? left_there(e, first_function(e) * e->c, before * e->c) : *held;
  if (e->starts > 0) starts = e->m > 0 ? left_there(e, before * e->c, e->q) : held_out(e, before, before + e->starts);
  *out = sqrt(target + starts) / e->k->size;
  *held = sqrt(*held) / e->k->size;
done:
  return st;
}

/* ---- how far the steps lead -------------------------------------------------------------------------------------------------------- */
/* Adam and its kin raise their own rate as gradients fall, until training is at the edge of stability: there a step goes (2 + 2 beta1)/(1 - beta1) times
 * as far as plain descent at rate 1/lambda_max (Cohen et al. 2022). Along slow directions they stay behind that. A second bound says by how much: the
 * square of the norm of what is fitted, in units of size^2 over the mean eigenvalue, grows by no more than a tenth per step. That tenth was found on nine
 * signals, none of which is in the benchmark (docs/doctor.md). */
static const double ADAPTIVE_REACH = 0.1;

static bool is_adaptive(lf_optimiser o)
{
  return o == LF_OPTIMISER_ADAM || o == LF_OPTIMISER_ADAMW || o == LF_OPTIMISER_RMSPROP;
}

static double adaptive_speed(const lf_train_options *t)
{
  double beta = t->optimiser == LF_OPTIMISER_RMSPROP ? 0 : t->beta1;
  return (2 + 2 * beta) / (1 - beta);
}

/* How steps and mu, the ridge that stands for stopping after them, belong together. */
typedef struct pace {
  double per_mu;   /* steps = per_mu / mu */
  double per_norm; /* adaptive: also steps = per_norm x squared norm of the fit; 0: not */
} pace;

/* Mean of squares of a function's shares, weighted by w(lambda): the target's (or its likes'), plus the starts'. */
static double mean_square(const errors *e, double (*weight)(double lambda, double mu), double mu)
{
  size_t before = functions_before_starts(e) * e->c;
  double target = 0, starts = 0;
  for (size_t i = 0; i < e->n; i++) {
    double w = weight(e->p->lambda[i], mu) / (double)e->samples;
    for (size_t k = first_function(e) * e->c; k < before; k++)
      target += w * e->share[i * e->q + k] * e->share[i * e->q + k];
    for (size_t k = before; k < e->q; k++) starts += w * e->share[i * e->q + k] * e->share[i * e->q + k];
  }
  return target / (double)(functions_before_starts(e) - first_function(e)) +
         starts / (double)LF_MAX(e->starts, (size_t)1);
}

static double of_values(double lambda, double mu)
{
  (void)lambda;
  (void)mu;
  return 1;
}

/* Of the fit under K + n mu, in the norm of the kernel's space. */
static double of_fit(double lambda, double mu) { return lambda / ((lambda + mu) * (lambda + mu)); }

static double steps_to(const errors *e, const pace *p, double mu)
{
  return fmax(p->per_mu / mu, p->per_norm > 0 ? p->per_norm * mean_square(e, of_fit, mu) : 0);
}

/* step_time: flow time of a step of plain descent. */
static pace find_pace(const errors *e, double step_time)
{
  const lf_train_options *t = e->k->train;
  double all = (double)e->k->data->n / (double)e->samples, mean = 0, size = mean_square(e, of_values, 0);
  pace p = {.per_mu = all / step_time};
  if (!is_adaptive(t->optimiser)) return p;
  for (size_t i = 0; i < e->n; i++) mean += e->p->lambda[i] * (double)e->samples / (double)e->n;
  p.per_mu /= adaptive_speed(t);
  if (size > 0) p.per_norm = mean / (ADAPTIVE_REACH * size);
  return p;
}

/* The mu that so many steps lead to, by halving its logarithm: fewer steps lead to more. */
static double mu_after(const errors *e, const pace *p, double steps)
{
  enum { ROUNDS = 40 };
  static const double far = 1e3;
  double low = log(e->p->rounding), high = log(far * e->p->lambda[e->n - 1]);
  if (steps_to(e, p, exp(low)) <= steps) return exp(low);
  for (int round = 0; round < ROUNDS; round++) {
    double middle = (low + high) / 2;
    if (steps_to(e, p, exp(middle)) > steps)
      low = middle;
    else
      high = middle;
  }
  return exp(high);
}

/* The error when the steps are over, and the least one on the way there. */
static lf_status find_errors(lf_candidate *c, const lf_prediction *p, const lf_case *k, double step_time)
{
  errors e = {.p = p, .k = k, .candidate = c};
  double top = p->lambda[p->rows - 1], error, held;
  lf_status st;
  LF_TRY(errors_begin(&e));
  pace way = find_pace(&e, step_time);
  double mu = mu_after(&e, &way, (double)k->train->steps);
  LF_TRY(error_under(&e, mu, &c->expected, &c->held_out));
  c->best = c->expected;
  c->best_step = -1;
  while ((mu *= pow(10, 1.0 / RIDGES_PER_DECADE)) < top) {
    LF_TRY(error_under(&e, mu, &error, &held));
    c->held_out = fmin(c->held_out, held);
    if (error < c->best) c->best = error, c->best_step = (int64_t)fmax(ceil(steps_to(&e, &way, mu)), 1);
  }
done:
  errors_free(&e);
  return st;
}

/* ---- both ------------------------------------------------------------------------------------------------------------------------------- */
double lf_rate_scale(const lf_case *k, size_t few)
{
  return k->train->loss == LF_LOSS_SSE ? (double)k->data->n / (double)few : 1;
}

double lf_rate_given(const lf_case *k)
{
  return lf_rule_is_known(k->train) ? k->train->lr * lf_rate_scale(k, k->spread.data->n) : 0;
}

/* When: the kernel of the frequencies that will be drawn, the net's own start, samples spread over all. *grows: not at the user's rate. */
static lf_status tell_times(lf_candidate *c, const lf_case *k, lf_prediction **spread, const lf_kernel *kernel,
                            int64_t *band_step, bool *grows)
{
  const lf_data *few = k->spread.data;
  double rate = lf_rate_given(k), *start = NULL;
  lf_flow_options o = lf_flow_rule(k->train);
  lf_status st;
  LF_TRY(lf_calloc(&start, few->n * few->c, sizeof *start));
  LF_TRY(lf_start_values(k, c, k->options.seed, few->n, few->x, start));
  o.start = start;
  LF_TRY(lf_flow_create(spread, kernel, few, &o));
  c->rate = lf_flow_look(*spread).stable_rate;
  *grows = rate > c->rate;
  c->steps = -1;
  for (size_t b = 0; b < k->bands; b++) band_step[b] = -1;
  if (rate > 0) lf_flow_set_rate(*spread, fmin(rate, c->rate));
  if (!*grows) LF_TRY(lf_band_times(c, *spread, k, band_step));
  c->rate /= lf_rate_scale(k, few->n);
done:
  lf_free(start);
  return st;
}

lf_status lf_score_times(lf_candidate *c, const lf_case *k, int64_t *band_step)
{
  lf_kernel *kernel = NULL;
  lf_prediction *spread = NULL;
  bool grows;
  lf_status st;
  LF_TRY(lf_candidate_kernel(&kernel, k, c, true));
  LF_TRY(tell_times(c, k, &spread, kernel, band_step, &grows));
done:
  lf_flow_destroy(spread);
  lf_kernel_destroy(kernel);
  return st;
}

lf_status lf_score(lf_candidate *c, const lf_case *k, int64_t *band_step)
{
  lf_kernel *drawn = NULL, *law = NULL;
  lf_prediction *spread = NULL, *dense = NULL;
  lf_flow_options rule = lf_flow_rule(k->train);
  bool grows;
  lf_status st;
  LF_TRY(lf_candidate_kernel(&drawn, k, c, true));
  LF_TRY(tell_times(c, k, &spread, drawn, band_step, &grows));
  if (grows) { /* above the largest stable rate, without end */
    c->expected = c->best = c->held_out = INFINITY;
    goto done;
  }
  double step_time = lf_flow_look(spread).time_per_step / (1 - rule.momentum);
  if (!k->dense.patches_cut && !lf_is_drawn(k, c)) {
    LF_TRY(find_errors(c, spread, k, step_time));
    goto done;
  }
  LF_TRY(lf_candidate_kernel(&law, k, c, false));
  LF_TRY(lf_flow_create(&dense, law, k->dense.data, &rule));
  LF_TRY(find_errors(c, dense, k, step_time));
done:
  lf_flow_destroy(dense);
  lf_flow_destroy(spread);
  lf_kernel_destroy(law);
  lf_kernel_destroy(drawn);
  return st;
}
