/* tanh_spectrum.c — the spectrum of a net of tanh units is known exactly, and with it what each frequency weighs in the gradient:
 * fp-tanh-spectrum.
 *
 * f(x) = sum_j a_j tanh(w_j x + b_j) + c has for ANGULAR k /= 0, with f^(k) = int f exp(-ikx) dx,
 *
 *   f^(k) = sum_j (2 pi i a_j/|w_j|) exp(i b_j k/w_j) / (exp(-pi k/2w_j) - exp(pi k/2w_j))
 *
 * (1807.01251), so that unit j feels frequency k by exp(-pi k/2|w_j|). Against it: f^ = (1/ik) int f' exp(-ikx) dx by the trapezoid rule, whose
 * error is exponentially small, on the net's own derivative; and the net's own gradient of Re f^(k) and Im f^(k). */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include "papers.h"

#define PI 3.14159265358979324
enum { UNITS = 20, FREQUENCIES = 40, STEEP_FROM = 3, STEEP_TO = 12, PIECE = 8192 };

typedef struct units {
  const double *w, *b, *a; /* (UNITS) */
} units;

/* k = 1/2, 1, ..., 20 rad per unit of x */
static double omega_of(int i) { return 0.5 * (i + 1); }

/* ---- the two spectra --------------------------------------------------------------------------------------------------------------- */
/* hat (FREQUENCIES) pairs re, im: -i pi a/|w| exp(i phase)/sinh, the same as above */
static void exact_spectrum(const units *u, double *hat)
{
  for (int i = 0; i < FREQUENCIES; i++) {
    double re = 0, im = 0;
    for (int j = 0; j < UNITS; j++) {
      const double k = omega_of(i), phase = u->b[j] * k / u->w[j];
      const double size = PI * u->a[j] / (fabs(u->w[j]) * sinh(PI * k / (2 * u->w[j])));
      re += size * sin(phase);
      im -= size * cos(phase);
    }
    hat[2 * i] = re;
    hat[2 * i + 1] = im;
  }
}

/* Points -reach, ..., reach with step h, such that sech^2 of every unit with |w| >= least has died away at the ends and its transform at
 * 2 pi/h - k: both to 1e-16. */
typedef struct rule {
  double reach, h;
  size_t n;
} rule;

static rule rule_for(const units *u, double least)
{
  double widest = 0;
  rule r = {0, 0, 0};
  for (int j = 0; j < UNITS; j++) {
    const double w = fabs(u->w[j]);
    widest = fmax(widest, w);
    if (w >= least) r.reach = fmax(r.reach, (19 + fabs(u->b[j])) / w);
  }
  r.h = 2 * PI / (omega_of(FREQUENCIES - 1) + 24 * widest);
  r.n = 2 * (size_t)ceil(r.reach / r.h) + 1;
  return r;
}

static double place(const rule *r, size_t i) { return r->h * ((double)i - (double)(r->n - 1) / 2); }

/* exp(-ikx)/(ik) = (-sin kx - i cos kx)/k times the rule's weight */
static lf_status measured_spectrum(lf_net *net, const rule *r, double *hat)
{
  static double x[PIECE], f[PIECE], slope[PIECE];
  lf_status st = LF_OK;
  for (int i = 0; i < 2 * FREQUENCIES; i++) hat[i] = 0;
  for (size_t from = 0; st == LF_OK && from < r->n; from += PIECE) {
    const size_t count = r->n - from < PIECE ? r->n - from : PIECE;
    for (size_t q = 0; q < count; q++) x[q] = place(r, from + q);
    st = lf_net_derivatives(net, count, x, f, slope, NULL, 1);
    for (int i = 0; st == LF_OK && i < FREQUENCIES; i++)
      for (size_t q = 0; q < count; q++) {
        hat[2 * i] -= r->h * slope[q] * sin(omega_of(i) * x[q]) / omega_of(i);
        hat[2 * i + 1] -= r->h * slope[q] * cos(omega_of(i) * x[q]) / omega_of(i);
      }
  }
  return st;
}

/* max |f^ - f^_quadrature| / max |f^| over the frequencies */
static double difference(const double *exact, const double *measured)
{
  double worst = 0, largest = 0;
  for (int i = 0; i < FREQUENCIES; i++) {
    worst = fmax(worst, hypot(exact[2 * i] - measured[2 * i], exact[2 * i + 1] - measured[2 * i + 1]));
    largest = fmax(largest, hypot(exact[2 * i], exact[2 * i + 1]));
  }
  return worst / largest;
}

/* ---- what a frequency weighs in the gradient ------------------------------------------------------------------------------------------ */
typedef struct probe {
  double omega, h;
  bool imaginary;
} probe;

/* Re f^(k) or Im f^(k) as a loss on slopes. */
static double coefficient(void *user, const lf_field *field)
{
  const probe *p = user;
  double sum = 0;
  for (size_t i = 0; i < field->count; i++) {
    const double phase = p->omega * field->x[i], weight = -p->h * (p->imaginary ? cos(phase) : sin(phase)) / p->omega;
    sum += weight * field->du[i];
    field->gdu[i] = weight;
  }
  return sum;
}

/* weight (FREQUENCIES, UNITS), 0 on entry, = |d f^(k) / d a_j| by two gradients of the net for each k; right for units within the rule's reach.
 * The data are places alone: what y says does not count. */
static lf_status gradient_weights(lf_net *net, const rule *r, size_t output, double *weight)
{
  const size_t count = lf_net_count(net);
  lf_train_options how = lf_train_options_default();
  probe p = {.h = r->h};
  lf_data *data = NULL;
  double loss, *x = malloc(r->n * sizeof *x), *grad = malloc(count * sizeof *grad);
  lf_status st = x && grad ? LF_OK : LF_ENOMEM;
  for (size_t i = 0; st == LF_OK && i < r->n; i++) x[i] = place(r, i);
  if (st == LF_OK) st = lf_data_from(&data, r->n, 1, 1, x, x, 0, NULL, NULL);
  how.field_loss = coefficient;
  how.field_user = &p;
  how.field_order = 1;
  for (int i = 0; st == LF_OK && i < 2 * FREQUENCIES; i++) {
    p.omega = omega_of(i / 2);
    p.imaginary = i % 2;
    st = lf_train_gradient(net, data, &how, &loss, grad);
    for (int j = 0; st == LF_OK && j < UNITS; j++) {
      double *to = weight + (i / 2) * UNITS + j;
      *to = hypot(*to, grad[output + (size_t)j]);
    }
  }
  lf_data_destroy(data);
  free(x);
  free(grad);
  return st;
}

static double decades(double w, double omega) { return PI * omega / (2 * fabs(w)); }

/* Slope of log |d f^/d a_j| over k against -pi/2|w_j|, where that exponent is between 3 and 12: 1 where the law holds, NaN for units
 * with fewer than four frequencies there. */
static double steepness(const double *weight, int j, double w)
{
  double omega[FREQUENCIES], size[FREQUENCIES];
  size_t n = 0;
  for (int i = 0; i < FREQUENCIES; i++)
    if (decades(w, omega_of(i)) >= STEEP_FROM && decades(w, omega_of(i)) <= STEEP_TO) {
      omega[n] = omega_of(i);
      size[n++] = log(weight[i * UNITS + j]);
    }
  return n < 4 ? NAN : paper_slope(n, omega, size) / (-PI / (2 * fabs(w)));
}

/* ---- one net ---------------------------------------------------------------------------------------------------------------------------- */
typedef struct finding {
  double error;    /* of the spectra */
  double furthest; /* max |steepness - 1| */
  int units;       /* that count for it */
} finding;

static lf_status look_at(paper_job *job, lf_net *net, bool tell, finding *out)
{
  const double *p = lf_net_parameters(net);
  const size_t at_w = lf_net_tensor(net, 0)->offset, at_b = lf_net_tensor(net, 1)->offset,
               at_a = lf_net_tensor(net, 2)->offset;
  const units u = {p + at_w, p + at_b, p + at_a};
  const double least = 0.35; /* smaller |w| have no four frequencies between the exponents */
  const rule whole = rule_for(&u, 0), steep = rule_for(&u, least);
  double exact[2 * FREQUENCIES], measured[2 * FREQUENCIES], weight[FREQUENCIES * UNITS] = {0};
  exact_spectrum(&u, exact);
  lf_status st = measured_spectrum(net, &whole, measured);
  if (st == LF_OK) st = gradient_weights(net, &steep, at_a, weight);
  if (st != LF_OK) return st;
  *out = (finding){.error = difference(exact, measured)};
  for (int j = 0; j < UNITS; j++) {
    const double ratio = fabs(u.w[j]) < least ? NAN : steepness(weight, j, u.w[j]);
    if (isnan(ratio)) continue;
    out->units++;
    out->furthest = fmax(out->furthest, fabs(ratio - 1));
  }
  for (int i = 0; tell && st == LF_OK && i < FREQUENCIES; i++)
    st = paper_number(job, "spectrum,%g,%.9g,%.9g", omega_of(i), hypot(measured[2 * i], measured[2 * i + 1]),
                      hypot(exact[2 * i], exact[2 * i + 1]));
  for (int j = 0; tell && j < UNITS; j++)
    for (int i = 0; st == LF_OK && i < FREQUENCIES && fabs(u.w[j]) >= least; i += 3)
      if (decades(u.w[j], omega_of(i)) <= STEEP_TO)
        st = paper_number(job, "gradient,%.9g,%.9g,%.9g", decades(u.w[j], omega_of(i)),
                          weight[i * UNITS + j] * fabs(u.w[j]) / (2 * PI), exp(-decades(u.w[j], omega_of(i))));
  return st;
}

static lf_status draw(paper_job *job)
{
  return paper_plot(
      job,
      PAPER_SIZE(
          "900,430") "set logscale y\nset format y '10^{%T}'\nset key top right\nset multiplot layout 1,2\n"
                     "set title 'Spectrum of a trained net of 20 tanh units'\nset xlabel 'k, rad per unit of x'\n"
                     "set ylabel '|f̂(k)|'\n"
                     "plot 'numbers.csv' skip 1 using (strcol(1) eq 'spectrum' ? $2 : NaN):4 with lines lw 2 lc rgb "
                     "'#440154' title 'formula',\\\n"
                     " '' skip 1 using (strcol(1) eq 'spectrum' ? $2 : NaN):3 with points pt 6 lc rgb '#35b779' title "
                     "'quadrature'\n"
                     "set title 'Weight of a frequency in the gradient'\nset xlabel 'π k / 2|w_j|'\n"
                     "set ylabel '(|w_j|/2π) |∂f̂(k)/∂a_j|'\n"
                     "plot 'numbers.csv' skip 1 using (strcol(1) eq 'gradient' ? $2 : NaN):3 with points pt 6 lc rgb "
                     "'#31688e' title 'units of the net',\\\n"
                     " [0:12] exp(-x) with lines lw 2 lc rgb '#d95f02' title 'exp(-π k / 2|w_j|)'\nunset multiplot");
}

lf_status paper_tanh_spectrum(paper_job *job)
{
  static const char *const options[] = {"target",    "sin(x)+sin(3*x)+sin(5*x)",
                                        "range",     "-3.1415:3.1415",
                                        "points",    "200",
                                        "net",       "1-20-1",
                                        "init",      "normal:1",
                                        "lr",        "1e-3",
                                        "steps",     "20000",
                                        "precision", "f64",
                                        NULL};
  static const char *const quick[] = {"points", "100", "steps", "2000", NULL};
  double error[PAPER_MAX_SEEDS], furthest[PAPER_MAX_SEEDS];
  paper_span off, bent;
  int units_seen = 0;
  lf_run *run = NULL;
  lf_status st = paper_train(job, "tanh", options, quick, 0, NULL, &run);
  if (st == LF_OK && !job->stopped) st = paper_number(job, "what,k,measured,formula");
  for (size_t s = 0; st == LF_OK && !job->stopped && s < job->seeds; s++) {
    lf_net *net = NULL;
    finding f = {0};
    st = paper_net(run, s, &net);
    if (st == LF_OK) st = look_at(job, net, s == 0, &f);
    error[s] = f.error;
    furthest[s] = f.furthest;
    units_seen += f.units;
    lf_net_destroy(net);
  }
  lf_run_destroy(run);
  if (st == LF_OK && !job->stopped) st = paper_span_of(job->seeds, error, &off);
  if (st == LF_OK && !job->stopped) st = paper_span_of(job->seeds, furthest, &bent);
  if (st != LF_OK || job->stopped) return st;
  job->reproduced = off.median <= 1e-10 && units_seen > 0 && bent.median < 0.1;
  paper_append(
      job->measured,
      "spectrum against quadrature %.1e [%.1e, %.1e] of its largest value; slope of the gradient's weight off by "
      "%.2g %% [%.2g, %.2g] at most over %d units (median [interval] of %zu seed%s)",
      off.median, off.low, off.high, 100 * bent.median, 100 * bent.low, 100 * bent.high, units_seen, job->seeds,
      job->seeds == 1 ? "" : "s");
  return draw(job);
}
