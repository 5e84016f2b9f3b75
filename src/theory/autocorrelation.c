/* autocorrelation.c — E R(s u) and E R'(s u) for every activation that has an LFP.
 *
 * Rectifiers and elu in closed form. A smooth activation of order q from its spectrum: with f(x) = E e^{ixu},
 *
 *      E R(s u) = (1/pi) int_0^inf T^2(w) w^(-2p) (f(s w) - the first p terms of its series) dw,    p = q for act, q - 1 for its derivative,
 *
 * where each term taken away is an even power of s, a polynomial of x and x' which the kernel leaves free. Splines, whose spectra fall slowly, from
 * their autocorrelation itself. All but the closed ones are then Chebyshev series on half-octaves of s: two short sums an entry of a Gram matrix. */
#include "autocorrelation.h"
#include <math.h>
#include "base/base.h"
#include "quadrature.h"

static const double pi = 3.14159265358979323846;

/* Panels of s: (0, 2^LOWEST), then halves of octaves up to 2^top. Their ends hit 1, 2 and 3, where splines have knots. */
enum { TERMS = 16, LOWEST = -10, TOP_NORMAL = 12, TOP_UNIFORM = 7, PANELS = 1 + 2 * (TOP_NORMAL - LOWEST) };
enum { OCTAVES = 44, GRADED = (OCTAVES + 5) * LF_PANEL }; /* nodes of a spline's autocorrelation */

struct lf_autocorrelation {
  lf_spectrum spectrum;
  lf_weight_law law;
  double cubic, linear; /* of s^3 and s in the value */
  double slope_linear;  /* of s in the slope */
  double exponential;   /* elu: of E e^{-|su|}/2 in the value, minus it in the slope */
  bool smooth, spline;
  int top;
  size_t nodes; /* of a spline's autocorrelation under normal weights */
  double node[GRADED], weight[GRADED], overlap[2][GRADED];
  double series[PANELS][2][TERMS];
};

/* ---- smooth activations: from the spectrum ---------------------------------------------------------------------------------- */
/* f(x) = E e^{ixu}, (f - 1)/x^2 and (f - 1 + E u^2 x^2/2)/x^4, without cancellation */
typedef struct characteristic {
  double f, once, twice;
} characteristic;

static characteristic normal_at(double x)
{
  double e = x * x / 2, less = expm1(-e), sum = 1;
  characteristic c = {1 + less, e > 0 ? less / (2 * e) : -0.5, 0};
  if (e > 0.5) {
    c.twice = (less + e) / (4 * e * e);
  } else {
    for (int k = 14; k >= 3; k--) sum = 1 - e / k * sum;
    c.twice = sum / 8;
  }
  return c;
}

static characteristic uniform_at(double x)
{
  double z = x * x, sum = 1;
  if (x > 1) {
    double f = sin(x) / x, once = (f - 1) / z;
    return (characteristic){f, once, (once + 1.0 / 6) / z};
  }
  for (int k = 18; k >= 6; k -= 2) sum = 1 - z / (k * (k + 1)) * sum;
  double twice = sum / 120, once = z * twice - 1.0 / 6;
  return (characteristic){1 + z * once, once, twice};
}

static void add_smooth(const lf_autocorrelation *p, double s, double low, double high, double *value, double *slope)
{
  double half = (high - low) / 2, middle = low + half;
  for (int k = 0; k < LF_PANEL; k++) {
    int from_end = k < LF_PANEL / 2 ? k : LF_PANEL - 1 - k;
    double w = middle + (k < LF_PANEL / 2 ? -half : half) * lf_legendre_node[from_end];
    double share = half * lf_legendre_weight[from_end] * lf_spectrum_at(&p->spectrum, w) / pi;
    characteristic c = p->law == LF_WEIGHT_UNIFORM ? uniform_at(s * w) : normal_at(s * w);
    if (p->spectrum.order == 2)
      *value += share * c.twice, *slope += share * c.once;
    else if (p->spectrum.order == 1)
      *value += share * c.once, *slope += share * c.f;
    else
      *value += share * c.f, *slope += share * w * w * c.f;
  }
}

/* Panels that double away from w = 0, and see neither more than an eighth of the spectrum nor, of a uniform law's waves, more than 8 rad. */
static void smooth_at(const lf_autocorrelation *p, double s, double *value, double *slope)
{
  double end = p->spectrum.highest, widest = end / 8, low = 0, s2 = s * s;
  if (p->law == LF_WEIGHT_UNIFORM) widest = fmin(widest, 8 / s);
  *value = *slope = 0;
  while (low < end) {
    double high = fmin(end, low + fmin(widest, low > 0 ? low : 0.25 / (1 + s)));
    add_smooth(p, s, low, high, value, slope);
    low = high;
  }
  if (p->spectrum.order == 2) *value *= s2 * s2, *slope *= s2;
  if (p->spectrum.order == 1) *value *= s2;
}

/* ---- splines: from their autocorrelation ------------------------------------------------------------------------------------- */
/* R(h), R'(h) for 0 <= h < the width of the support: exact on each piece between the knots of both factors */
static void overlap_at(const lf_spectrum *s, double h, double out[2])
{
  const lf_shape *shape = lf_shape_of(s->activation);
  double width = shape->anchor[shape->anchors - 1], cut[9];
  size_t cuts = 0;
  out[0] = out[1] = 0;
  if (h >= width) return;
  for (size_t i = 0; i < shape->anchors; i++) {
    if (shape->anchor[i] <= width - h) cut[cuts++] = shape->anchor[i];
    if (shape->anchor[i] - h >= 0) cut[cuts++] = shape->anchor[i] - h;
  }
  for (size_t i = 1; i < cuts; i++)
    for (size_t k = i; k > 0 && cut[k - 1] > cut[k]; k--) {
      double swap = cut[k];
      cut[k] = cut[k - 1], cut[k - 1] = swap;
    }
  for (size_t i = 0; i + 1 < cuts; i++) {
    double half = (cut[i + 1] - cut[i]) / 2, middle = cut[i] + half, here[4], there[4];
    for (int k = 0; k < LF_PANEL && half > 0; k++) {
      int from_end = k < LF_PANEL / 2 ? k : LF_PANEL - 1 - k;
      double t = middle + (k < LF_PANEL / 2 ? -half : half) * lf_legendre_node[from_end];
      lf_activation_jet(s->activation, s->param, t, here);
      lf_activation_jet(s->activation, s->param, t + h, there);
      for (int j = 0; j < 2; j++) out[j] += half * lf_legendre_weight[from_end] * here[j] * there[j];
    }
  }
}

static double spline_width(const lf_spectrum *s)
{
  const lf_shape *shape = lf_shape_of(s->activation);
  return shape->anchor[shape->anchors - 1];
}

static void add_nodes(lf_autocorrelation *p, double low, double high)
{
  double half = (high - low) / 2, middle = low + half;
  for (int k = 0; k < LF_PANEL; k++) {
    int from_end = k < LF_PANEL / 2 ? k : LF_PANEL - 1 - k;
    double h = middle + (k < LF_PANEL / 2 ? -half : half) * lf_legendre_node[from_end], both[2];
    overlap_at(&p->spectrum, h, both);
    p->node[p->nodes] = h;
    p->weight[p->nodes] = half * lf_legendre_weight[from_end];
    p->overlap[0][p->nodes] = both[0];
    p->overlap[1][p->nodes++] = both[1];
  }
}

/* Panels that halve towards 0: one rule for any s. */
static void grade(lf_autocorrelation *p)
{
  size_t halves = (size_t)(2 * spline_width(&p->spectrum)); /* knots are whole numbers */
  for (size_t k = 2; k < halves; k++) add_nodes(p, (double)k / 2, (double)(k + 1) / 2);
  for (int k = 0; k < OCTAVES; k++) add_nodes(p, ldexp(1, -k - 1), ldexp(1, -k));
  add_nodes(p, 0, ldexp(1, -OCTAVES));
}

/* E R(su) = sqrt(2/pi)/s int R(h) e^{-h^2/(2 s^2)} dh */
static void spline_under_normal(const lf_autocorrelation *p, double s, double out[2])
{
  double scale = sqrt(2 / pi) / s;
  out[0] = out[1] = 0;
  for (size_t k = 0; k < p->nodes; k++) {
    double h = p->node[k] / s, share = p->weight[k] * exp(-h * h / 2) * scale;
    out[0] += share * p->overlap[0][k];
    out[1] += share * p->overlap[1][k];
  }
}

/* (1/s) int_0^s R(h) dh */
static void spline_under_uniform(const lf_autocorrelation *p, double s, double out[2])
{
  double end = fmin(s, spline_width(&p->spectrum));
  out[0] = out[1] = 0;
  size_t halves = (size_t)ceil(2 * end);
  for (size_t i = 0; i < halves; i++) {
    double low = (double)i / 2, half = (fmin(low + 0.5, end) - low) / 2, both[2];
    for (int k = 0; k < LF_PANEL; k++) {
      int from_end = k < LF_PANEL / 2 ? k : LF_PANEL - 1 - k;
      overlap_at(&p->spectrum, low + half * (1 + (k < LF_PANEL / 2 ? -1 : 1) * lf_legendre_node[from_end]), both);
      for (int j = 0; j < 2; j++) out[j] += half * lf_legendre_weight[from_end] / s * both[j];
    }
  }
}

/* ---- elu ------------------------------------------------------------------------------------------------------------------------- */
/* E e^{-|su|}: normal e^{s^2/2} erfc(s/sqrt 2), uniform (1 - e^{-s})/s */
static double mean_decay(const lf_autocorrelation *p, double s)
{
  if (p->law == LF_WEIGHT_UNIFORM) return s > 0 ? -expm1(-s) / s : 1;
  return s > 0 ? 2 * lf_exponential_below(0, s) : 1;
}

/* ---- the table ------------------------------------------------------------------------------------------------------------------- */
static void exactly(const lf_autocorrelation *p, double s, double *value, double *slope)
{
  double both[2];
  if (p->smooth) {
    smooth_at(p, s, value, slope);
    return;
  }
  if (s == 0)
    overlap_at(&p->spectrum, 0, both);
  else if (p->law == LF_WEIGHT_UNIFORM)
    spline_under_uniform(p, s, both);
  else
    spline_under_normal(p, s, both);
  *value = both[0], *slope = both[1];
}

static void panel_ends(size_t panel, double *low, double *high)
{
  *low = panel == 0 ? 0 : ldexp(panel % 2 ? 1 : 1.5, LOWEST + (int)(panel - 1) / 2);
  *high = panel == 0 ? ldexp(1, LOWEST) : ldexp(panel % 2 ? 1.5 : 2, LOWEST + (int)(panel - 1) / 2);
}

static void tabulate(lf_autocorrelation *p)
{
  size_t panels = 1 + 2 * (size_t)(p->top - LOWEST);
  for (size_t i = 0; i < panels; i++) {
    double low, high, at[2][TERMS];
    panel_ends(i, &low, &high);
    for (int k = 0; k < TERMS; k++) {
      double node = cos(pi * (k + 0.5) / TERMS);
      exactly(p, low + (high - low) * (1 + node) / 2, &at[0][k], &at[1][k]);
    }
    for (int f = 0; f < 2; f++)
      for (int n = 0; n < TERMS; n++) {
        double sum = 0;
        for (int k = 0; k < TERMS; k++) sum += at[f][k] * cos(pi * n * (k + 0.5) / TERMS);
        p->series[i][f][n] = (n ? 2 : 1) * sum / TERMS;
      }
  }
}

/* Clenshaw's sum at t in [-1,1] */
static double sum_series(const double *a, double t)
{
  double b1 = 0, b2 = 0;
  for (int n = TERMS - 1; n > 0; n--) {
    double b = a[n] + 2 * t * b1 - b2;
    b2 = b1, b1 = b;
  }
  return a[0] + t * b1 - b2;
}

static void from_table(const lf_autocorrelation *p, double s, double *value, double *slope)
{
  int exponent;
  double low, high, mantissa = frexp(s, &exponent); /* s = 2 mantissa 2^(exponent-1) */
  size_t panel = exponent - 1 < LOWEST || s == 0 ? 0 : 1 + 2 * (size_t)(exponent - 1 - LOWEST) + (mantissa >= 0.75);
  panel_ends(panel, &low, &high);
  double t = 2 * (s - low) / (high - low) - 1;
  *value = sum_series(p->series[panel][0], t);
  *slope = sum_series(p->series[panel][1], t);
}

/* ---- profiles --------------------------------------------------------------------------------------------------------------------- */
lf_status lf_autocorrelation_create(lf_autocorrelation **out, const lf_spectrum *spectrum, lf_weight_law law, size_t d)
{
  lf_status st = lf_calloc(out, 1, sizeof **out);
  if (st != LF_OK) return st;
  lf_autocorrelation *p = *out;
  double first = lf_weight_moment(law, d, 1), third = lf_weight_moment(law, d, 3);
  p->spectrum = *spectrum;
  p->law = law;
  p->top = law == LF_WEIGHT_UNIFORM ? TOP_UNIFORM : TOP_NORMAL;
  p->smooth = spectrum->highest > 0 && isfinite(spectrum->highest);
  p->spline = spectrum->order == 0 && isinf(spectrum->highest);
  if (spectrum->activation == LF_ELU) {
    p->exponential = 1 - spectrum->floor;
    p->linear = p->exponential * first / 2;
  }
  if (spectrum->order == 2 && !p->smooth) {
    double whole = spectrum->floor + p->exponential; /* T^2(0) */
    p->cubic = whole * third / 12;
    p->slope_linear = -whole * first / 2;
  }
  if (p->spline) grade(p);
  if (p->spline || p->smooth) tabulate(p);
  return LF_OK;
}

void lf_autocorrelation_destroy(lf_autocorrelation *p) { lf_free(p); }

void lf_autocorrelation_at(const lf_autocorrelation *p, double s, double *value, double *slope)
{
  if (p->smooth || p->spline) {
    if (s < ldexp(1, p->top))
      from_table(p, s, value, slope);
    else
      exactly(p, s, value, slope);
    return;
  }
  *value = s * (p->linear + p->cubic * s * s);
  *slope = p->slope_linear * s;
  if (p->exponential == 0) return;
  double decay = p->exponential * mean_decay(p, s) / 2;
  *value += decay;
  *slope -= decay;
}
