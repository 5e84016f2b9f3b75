/* pde_rates.c — the rates A and B of the frequency equation: densities of frequencies, their mixtures, and where a mesh must have nodes. */
#include <math.h>
#include <string.h>
#include "lowfirst/files.h"
#include "model/init.h"
#include "pde_parts.h"

static const double pi = 3.14159265358979323846;

const char *lf_density_name(lf_density_kind kind)
{
  static const char *const name[] = {
#define LF_X(id, name, text) name,
      LF_DENSITY_LIST(LF_X)
#undef LF_X
  };
  return (unsigned)kind < LF_DENSITY_COUNT ? name[kind] : "?";
}

/* ---- one density ----------------------------------------------------------------------------------------------------------------- */
/* of the unit ball's surface: 2, 2 pi, 4 pi */
static double sphere(size_t d) { return d == 1 ? 2 : d == 2 ? 2 * pi : 4 * pi; }

/* Integral of the table over R^d */
static double table_mass(const lf_density *p, size_t d)
{
  double sum = 0, power = (double)d;
  for (size_t i = 0; i + 1 < p->count; i++) { /* int r^(d-1) (v + s (r - r0)) dr, exactly */
    double r = p->radius[i], R = p->radius[i + 1], slope = (p->value[i + 1] - p->value[i]) / (R - r);
    double flat = (pow(R, power) - pow(r, power)) / power;
    double rising = (pow(R, power + 1) - pow(r, power + 1)) / (power + 1);
    sum += (p->value[i] - slope * r) * flat + slope * rising;
  }
  return sphere(d) * sum;
}

static double table_value(const lf_density *p, double r)
{
  size_t low = 0, high = p->count - 1;
  if (r < p->radius[0] || r > p->radius[high]) return 0;
  while (high - low > 1) {
    size_t middle = (low + high) / 2;
    *(p->radius[middle] <= r ? &low : &high) = middle;
  }
  double share = (r - p->radius[low]) / (p->radius[high] - p->radius[low]);
  return p->value[low] + share * (p->value[high] - p->value[low]);
}

static double density_at(const lf_density *p, size_t d, const double *xi)
{
  double square = 0, most = 0, power = (double)d;
  for (size_t k = 0; k < d; k++) square += xi[k] * xi[k], most = fmax(most, fabs(xi[k]));
  double r = sqrt(square);
  switch (p->kind) {
  case LF_DENSITY_GAUSS: return exp(-square / (2 * p->a * p->a)) * pow(2 * pi * p->a * p->a, -power / 2);
  case LF_DENSITY_BOX: return most <= p->a ? pow(2 * p->a, -power) : 0;
  case LF_DENSITY_SHELL:
    return r >= p->a && r <= p->b ? power / (sphere(d) * (pow(p->b, power) - pow(p->a, power))) : 0;
  case LF_DENSITY_LOG: return r >= p->a && r <= p->b ? 1 / (sphere(d) * log(p->b / p->a) * pow(r, power)) : 0;
  case LF_DENSITY_TABLE: return table_value(p, r) / table_mass(p, d);
  default: return 0; /* sampled: no function */
  }
}

void lf_pde_rates_at(const lf_pde_rates *rates, size_t d, const double *xi, double *A, double *B)
{
  if (rates->rate) {
    rates->rate(rates->user, d, xi, A, B);
    return;
  }
  double rho = 0, whole = 0;
  for (size_t i = 0; i < rates->parts; i++) {
    rho += rates->part[i].weight * density_at(&rates->part[i], d, xi);
    whole += rates->part[i].weight;
  }
  *A = rates->a * rho / whole;
  *B = rates->b * rho / whole;
}

/* ---- checks ------------------------------------------------------------------------------------------------------------------------ */
static lf_status check_table(const lf_density *p, size_t i, size_t d)
{
  if (p->count < 2 || !p->radius || !p->value)
    return LF_FAIL(LF_EARG, "rates: part %zu: a table needs two rows of radius and value at least", i);
  for (size_t k = 0; k < p->count; k++)
    if (!(p->radius[k] >= 0 && p->value[k] >= 0) || isinf(p->radius[k] + p->value[k]) ||
        (k > 0 && !(p->radius[k] > p->radius[k - 1])))
      return LF_FAIL(LF_EARG, "rates: part %zu, row %zu (%g, %g): radii must ascend from 0 on, values be >= 0", i, k,
                     p->radius[k], p->value[k]);
  if (!(table_mass(p, d) > 0)) return LF_FAIL(LF_EMATH, "rates: part %zu: the table is 0 everywhere", i);
  return LF_OK;
}

static lf_status check_part(const lf_density *p, size_t i, size_t d)
{
  bool ring = p->kind == LF_DENSITY_SHELL || p->kind == LF_DENSITY_LOG;
  if ((unsigned)p->kind >= LF_DENSITY_COUNT) return LF_FAIL(LF_EARG, "rates: part %zu: %d is no density", i, p->kind);
  if (!(p->weight > 0) || isinf(p->weight))
    return LF_FAIL(LF_EARG, "rates: part %zu: weight = %g must be > 0", i, p->weight);
  if (p->kind == LF_DENSITY_TABLE) return check_table(p, i, d);
  if (p->kind == LF_DENSITY_SAMPLED) {
    if (p->count == 0 || !p->point) return LF_FAIL(LF_EARG, "rates: part %zu: no frequencies", i);
    for (size_t k = 0; k < p->count * d; k++)
      if (!isfinite(p->point[k]))
        return LF_FAIL(LF_EMATH, "rates: part %zu: frequency %zu is %g", i, k / d, p->point[k]);
    return LF_OK;
  }
  if (ring && !(p->a >= (p->kind == LF_DENSITY_LOG ? 1e-300 : 0) && p->b > p->a && !isinf(p->b)))
    return LF_FAIL(LF_EARG, "rates: part %zu: %s from %g to %g; the radii must ascend%s", i, lf_density_name(p->kind),
                   p->a, p->b, p->kind == LF_DENSITY_LOG ? " and be > 0" : " from 0 on");
  if (!ring && (!(p->a > 0) || isinf(p->a)))
    return LF_FAIL(LF_EARG, "rates: part %zu: %s of width %g; it must be > 0", i, lf_density_name(p->kind), p->a);
  return LF_OK;
}

/* ---- where nodes must lie ---------------------------------------------------------------------------------------------------------- */
static void add_jump(lf_pde_shape *s, double at)
{
  size_t i = s->jumps;
  for (size_t k = 0; k < s->jumps; k++)
    if (fabs(s->jump[k] - at) <= 1e-12 * at) return;
  for (; i > 0 && s->jump[i - 1] > at; i--) s->jump[i] = s->jump[i - 1];
  s->jump[i] = at;
  s->jumps++;
}

static double farthest(const lf_density *p, size_t d)
{
  double most = 0;
  for (size_t i = 0; i < p->count * d; i++) most = fmax(most, fabs(p->point[i]));
  return most;
}

static void add_part(lf_pde_shape *s, const lf_density *p, size_t d)
{
  static const double widths = 6, margin = 1.02; /* exp(-18): what is beyond learns a hundred million times slower */
  switch (p->kind) {
  case LF_DENSITY_GAUSS:
    s->reach = fmax(s->reach, widths * p->a);
    s->bounded = false;
    break;
  case LF_DENSITY_BOX: add_jump(s, p->a); break;
  case LF_DENSITY_SHELL:
  case LF_DENSITY_LOG:
    if (p->a > 0) add_jump(s, p->a);
    add_jump(s, p->b);
    break;
  case LF_DENSITY_TABLE:
    if (p->radius[0] > 0) add_jump(s, p->radius[0]);
    add_jump(s, p->radius[p->count - 1]);
    break;
  default: s->reach = fmax(s->reach, margin * farthest(p, d)); s->bounded = false;
  }
}

static bool is_round(const lf_density *p)
{
  return p->kind == LF_DENSITY_SHELL || p->kind == LF_DENSITY_LOG || p->kind == LF_DENSITY_TABLE;
}

static lf_status shape_of_parts(lf_pde_shape *s, const lf_pde_rates *rates, size_t d)
{
  bool round = false, square = false;
  if (rates->parts > LF_MAX_DENSITIES)
    return LF_FAIL(LF_EARG, "rates: %zu parts; there may be %d", rates->parts, LF_MAX_DENSITIES);
  if (!(rates->a >= 0 && rates->b >= 0) || isinf(rates->a + rates->b))
    return LF_FAIL(LF_EARG, "rates: a = %g, b = %g must be finite and >= 0", rates->a, rates->b);
  for (size_t i = 0; i < rates->parts; i++) {
    lf_status st = check_part(&rates->part[i], i, d);
    if (st != LF_OK) return st;
    add_part(s, &rates->part[i], d);
    if (is_round(&rates->part[i])) round = true;
    if (rates->part[i].kind == LF_DENSITY_BOX || rates->part[i].kind == LF_DENSITY_SAMPLED) square = true;
  }
  if (d > 1 && round && square)
    return LF_FAIL(LF_EARG,
                   "rates: box and sampled parts need a box, shell, log and table parts a ball: no mesh in %zu "
                   "dimensions fits both",
                   d);
  s->round = round && d > 1;
  return LF_OK;
}

lf_status lf_pde_shape_of(lf_pde_shape *s, const lf_pde_rates *rates, size_t d)
{
  lf_status st = LF_OK;
  *s = (lf_pde_shape){.bounded = true};
  if (!rates->rate && rates->parts == 0) LF_RAISE(LF_EARG, "rates: neither densities nor a function");
  if (rates->rate) {
    if (rates->jumps == 0 || rates->jumps > LF_MAX_JUMPS)
      LF_RAISE(LF_EARG, "rates: a function needs 1 to %d radii, the last where it ends", LF_MAX_JUMPS);
    for (size_t i = 0; i < rates->jumps; i++) {
      if (!(rates->jump[i] >= 0) || isinf(rates->jump[i]) || (i > 0 && !(rates->jump[i] > rates->jump[i - 1])))
        LF_RAISE(LF_EARG, "rates: radius %zu is %g; they must ascend from 0 on", i, rates->jump[i]);
      s->jump[s->jumps++] = rates->jump[i];
    }
    s->round = rates->jumps > 1 && d > 1;
  } else {
    LF_TRY(shape_of_parts(s, rates, d));
  }
  double last = s->jumps ? s->jump[s->jumps - 1] : 0;
  if (last >= s->reach) s->bounded = true;
  s->reach = fmax(s->reach, last);
  if (!(s->reach > 0)) LF_RAISE(LF_EARG, "rates: they end at 0");
done:
  return st;
}

/* ---- of a net -------------------------------------------------------------------------------------------------------------------- */
static lf_status read_points(lf_density *p, const lf_features *f, size_t d, double **owned)
{
  lf_array a = {0};
  lf_status st;
  LF_TRY(lf_npy_read(&a, f->file));
  size_t columns = a.ndim == 1 ? 1 : a.shape[1];
  if (a.ndim < 1 || a.ndim > 2 || columns != d || a.shape[0] == 0)
    LF_RAISE(LF_ESHAPE, "%s: frequencies of shape (N,%zu) are needed", f->file, d);
  LF_TRY(lf_array_check_finite(&a, f->file));
  LF_TRY(lf_array_to_f64(&a, owned));
  p->count = a.shape[0];
  p->point = *owned;
done:
  lf_array_free(&a);
  return st;
}

lf_status lf_pde_rates_of(lf_pde_rates *out, const lf_model *m, double **owned)
{
  static const lf_density_kind kind[] = {LF_DENSITY_GAUSS, LF_DENSITY_BOX, LF_DENSITY_LOG, LF_DENSITY_SAMPLED};
  const lf_features *f = &m->features;
  lf_status st = LF_OK;
  *owned = NULL;
  *out = (lf_pde_rates){0};
  if (f->kind != LF_FEATURES_FOURIER || m->n_widths != 2)
    return LF_FAIL(LF_EARG, "the frequency equation has rates for Fourier features and one linear layer: "
                            "--features fourier:... --net inputs-outputs");
  if (m->output_bias)
    return LF_FAIL(LF_EARG, "an output bias learns frequency 0 at a rate of its own, which the frequency equation has "
                            "not: --no-output-bias, or --scaling inverse-sqrt");
  out->parts = 1;
  out->part[0] = (lf_density){.kind = kind[f->law], .weight = 1, .a = f->a, .b = f->b};
  if (f->law == LF_FREQUENCY_FILE) LF_TRY(read_points(&out->part[0], f, m->width[0], owned));
  size_t pairs = f->law == LF_FREQUENCY_FILE ? out->part[0].count : f->count;
  lf_init law = lf_init_of_layer(m, 0, false);
  lf_spread weights = lf_init_spread(&law, m, 0, false, 2 * pairs, m->width[1]);
  switch (m->scaling) { /* squared multiplier of the output, per pair of cosine and sine */
  case LF_SCALING_STANDARD: out->a = (double)pairs; break;
  case LF_SCALING_NTK: out->a = m->std_w * m->std_w / 2; break;
  default: out->a = 1;
  }
  out->b = f->trained ? out->a * lf_spread_variance(weights) : 0;
done:
  return st;
}
