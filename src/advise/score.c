/* score.c — what theory says of one candidate: its error between the samples, and (band_times.c) when it learns each band.
 *
 * Error: of functions like the target in places between the samples (likes.c), or of the target at samples held out cell by cell (cells.c). Of
 * each mode k steps learn 1 - e^(-lambda h k), h the flow time of a step, and both are closed forms of that. What a random start f_0
 * leaves between the samples adds to it in the mean square; it is taken from nets of the candidate. The start of the net in hand is known: what it
 * leaves, y - f_0, is its target, and there is nothing to add. */
#include <math.h>
#include <string.h>
#include "advise_parts.h"
#include "lowfirst/net.h"

enum { STARTS = 3, LOOKS_PER_DECADE = 4 };

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

/* What a flow time t fits, at the places. */
static void fit_there(errors *e, double t)
{
  for (size_t i = 0; i < e->n; i++) {
    const double lambda = e->p->lambda[i], filter = lambda * t > 0 ? -expm1(-lambda * t) / lambda : t;
    for (size_t k = 0; k < e->q; k++) e->scaled[i * e->q + k] = e->share[i * e->q + k] * filter / (double)e->samples;
  }
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

/* Root mean square errors after a flow time t, relative to the target's size: *out of what stands for the target, *held of the target held out. */
static lf_status error_after(errors *e, double t, double *out, double *held)
{
  size_t before = functions_before_starts(e);
  double target, starts = 0;
  lf_status st = LF_OK;
  if (e->m > 0) fit_there(e, t);
  LF_TRY(lf_hold_out(e->p, &e->cells, t, e->q, e->share, e->residual));
  *held = held_out(e, 0, 1);
  target = e->likes->count > 0 ? left_there(e, first_function(e) * e->c, before * e->c) : *held;
  if (e->starts > 0) starts = e->m > 0 ? left_there(e, before * e->c, e->q) : held_out(e, before, before + e->starts);
  *out = sqrt(target + starts) / e->k->size;
  *held = sqrt(*held) / e->k->size;
done:
  return st;
}

/* ---- how far the steps lead -------------------------------------------------------------------------------------------------------- */
/* Adam and its kin raise their own rate as gradients fall, until training is at the edge of stability (Cohen et al. 2022). How far that leads depends on how alike
 * their rates are from one parameter to another; as far as plain descent at its largest stable rate, twice the one that stands in for a rule unknown, is what
 * nets did that were trained on the sixteen signals which bench/doctor_signals.c has for practice: 2 to 3 times foretold their errors best. */
static double step_factor(const lf_train_options *t)
{
  static const double to_the_edge = 2;
  const lf_optimiser o = t->optimiser;
  return o == LF_OPTIMISER_ADAM || o == LF_OPTIMISER_ADAMW || o == LF_OPTIMISER_RMSPROP ? to_the_edge : 1;
}

/* The error when the steps are over, and the least one on the way there. step_time: flow time of a step of plain descent. */
static lf_status find_errors(lf_candidate *c, const lf_prediction *p, const lf_case *k, double step_time)
{
  errors e = {.p = p, .k = k, .candidate = c};
  const double step = step_time * step_factor(k->train), longest = 1 / p->rounding;
  double top = p->lambda[p->rows - 1], error, held, t;
  lf_status st;
  LF_TRY(errors_begin(&e));
  /* an error of the function, which has all samples, not of these few */
  t = fmin(step * (double)k->train->steps * (double)e.samples / (double)k->data->n, longest);
  LF_TRY(error_after(&e, t, &c->expected, &c->held_out));
  c->best = c->expected;
  c->best_step = -1;
  while (t *= pow(10, -1.0 / LOOKS_PER_DECADE), t * top > 1) {
    LF_TRY(error_after(&e, t, &error, &held));
    c->held_out = fmin(c->held_out, held);
    if (error < c->best) {
      c->best = error;
      c->best_step = (int64_t)fmax(ceil(t * (double)k->data->n / ((double)e.samples * step)), 1);
    }
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
