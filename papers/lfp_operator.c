/* lfp_operator.c — the tangent kernel of a wide net acts on a wave packet as the operator of the linear frequency principle says: lfp-operator.
 *
 * v(x) = exp(-|x|^2/2s^2) cos 2 pi xi_0.x, |xi_0| = 1, s = 3/2: polynomials of low degree see nothing of it (its transform at 0 is e^-44).
 * Exact:     (K v)(x) = int K(x,x') v(x') dx' by the trapezoid rule over |x'_i| <= 8 s.
 * Operator:  the inverse transform of A v^ - div(B grad v^), with v^ = (sqrt(2 pi) s)^d exp(-2 pi^2 s^2 |xi - xi_0|^2) about xi_0 and the
 *            divergence taken by parts, so that no derivative of B is needed:
 *            int [ A cos 2 pi xi.x + 8 pi^3 s^2 B (xi - xi_0).x sin 2 pi xi.x ] v^ dxi */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include "lfp_job.h"

#define PI 3.14159265358979324
#define WIDTH 1.5
enum { PLACES = 9, SPREADS = 4, REACH = 8, BLOCK = 16384, PANEL = 8 };

/* std of hidden weights such that the activation has something at |xi_0|; cells of the trapezoid rule per unit in one dimension and in two (where K
 * has kinks the rule's error is that of K's spectrum there); how many spreads: near-equal points at a large variance take kernels
 * without a closed form milliseconds each. */
typedef struct unit {
  const char *act;
  double std_w;
  int cells[2], spreads[2];
} unit;
static const unit units[] = {
    {"relu", 1, {2000, 100}, {4, 3}}, {"tanh", 3, {8, 8}, {3, 2}}, {"softplus", 6, {8, 8}, {3, 2}}};
enum { UNITS = sizeof units / sizeof *units };

/* sigma_b / (sigma_w s) */
static const double spreads[SPREADS] = {3, 10, 30, 100};

/* Where both are compared: on a line, or at four places of the plane; in units of s. */
static const double line[PLACES] = {-1, -0.75, -0.5, -0.25, 0, 0.25, 0.5, 0.75, 1};
static const double plane[2 * 4] = {0, 0, 0.5, 0.5, 0.8, 0, 0.1, 0.8};
static size_t place_count(size_t d) { return d == 1 ? PLACES : 4; }

static lf_status model_of(const unit *u, size_t d, double spread, lf_model *out)
{
  char text[64], net[32];
  *out = lf_model_default();
  (void)snprintf(net, sizeof net, "%zu-1000-1", d);
  (void)snprintf(text, sizeof text, "w=%g,b=%g,a=0.2", u->std_w, spread * u->std_w * WIDTH);
  lf_status st = lf_model_layers(out, net);
  if (st == LF_OK) st = lf_model_activation(out, u->act);
  if (st == LF_OK) st = lf_model_scaling(out, "inverse-sqrt");
  if (st == LF_OK) st = lf_model_std(out, text);
  return st == LF_OK ? lf_model_complete(out, d, 1) : st;
}

/* ---- the kernel's action ---------------------------------------------------------------------------------------------------------- */
/* Node `index` of the rule in d dimensions: its place z (d), and v there times the weight. */
static double node(size_t d, int cells, size_t index, double *z)
{
  const size_t side = (size_t)(2 * REACH * WIDTH * cells) + 1;
  double square = 0, volume = 1;
  for (size_t k = d; k-- > 0; index /= side) {
    z[k] = (double)(index % side) / cells - REACH * WIDTH;
    square += z[k] * z[k];
    volume /= cells;
  }
  return volume * exp(-square / (2 * WIDTH * WIDTH)) * cos(2 * PI * z[0]);
}

static lf_status exact_action(const paper_job *job, const lf_model *model, size_t d, int cells, const double *x,
                              double *out)
{
  const size_t places = place_count(d);
  const size_t side = (size_t)(2 * REACH * WIDTH * cells) + 1, nodes = d == 1 ? side : side * side;
  lf_kernel *kernel = NULL;
  double *z = malloc(sizeof *z * BLOCK * d), *v = malloc(sizeof *v * BLOCK), *k = malloc(sizeof *k * BLOCK * PLACES);
  lf_status st = z && v && k ? lf_kernel_limit(&kernel, model, LF_NTK) : LF_ENOMEM;
  for (size_t i = 0; i < places; i++) out[i] = 0;
  for (size_t from = 0; st == LF_OK && from < nodes; from += BLOCK) {
    const size_t count = nodes - from < BLOCK ? nodes - from : BLOCK;
    for (size_t j = 0; j < count; j++) v[j] = node(d, cells, from + j, z + j * d);
    st = lf_kernel_evaluate(kernel, places, x, count, z, job->threads, k);
    for (size_t i = 0; st == LF_OK && i < places; i++)
      for (size_t j = 0; j < count; j++) out[i] += k[i * count + j] * v[j];
  }
  lf_kernel_destroy(kernel);
  free(z);
  free(v);
  free(k);
  return st;
}

/* ---- the operator's action --------------------------------------------------------------------------------------------------------- */
/* out[0] with the divergence term, out[1] without; (PLACES) each. A row of `points` frequencies at a time, from the trapezoid rule that a Gaussian
 * makes exact: steps of a quarter of its width, to eight widths. */
static lf_status operator_action(const lf_lfp *lfp, size_t d, const double *x, double out[2][PLACES])
{
  enum { SIDE = 4 * PANEL, POINTS = 2 * SIDE + 1 };
  const double width = 1 / (2 * PI * WIDTH), step = width / 4, height = pow(sqrt(2 * PI) * WIDTH * step, (double)d);
  lf_status st = LF_OK;
  for (int i = 0; i < PLACES; i++) out[0][i] = out[1][i] = 0;
  for (int row = 0; st == LF_OK && row < (d == 1 ? 1 : POINTS); row++) {
    double xi[POINTS], a[POINTS], b[POINTS];
    const double across = d == 1 ? 0 : step * (row - SIDE);
    for (int j = 0; j < POINTS; j++) xi[j] = hypot(1 + step * (j - SIDE), across);
    st = lf_lfp_rates(lfp, POINTS, xi, a, b);
    for (int j = 0; st == LF_OK && j < POINTS; j++) {
      const double along = step * (j - SIDE), off = along * along + across * across;
      const double v = height * exp(-2 * PI * PI * WIDTH * WIDTH * off);
      for (size_t i = 0; i < place_count(d); i++) {
        const double x1 = x[i * d], x2 = d == 1 ? 0 : x[i * d + 1], phase = 2 * PI * ((1 + along) * x1 + across * x2);
        const double rate = a[j] * v * cos(phase);
        out[1][i] += rate;
        out[0][i] += rate + 8 * PI * PI * PI * WIDTH * WIDTH * b[j] * (along * x1 + across * x2) * v * sin(phase);
      }
    }
  }
  return st;
}

/* error[0], [1]: of the operator with and without its divergence term, relative to the exact action. */
static lf_status compare(const paper_job *job, const unit *u, size_t d, double spread, double error[2])
{
  const size_t places = place_count(d);
  double x[2 * PLACES], exact[PLACES], told[2][PLACES], zero[PLACES] = {0};
  lf_model model;
  lf_lfp *lfp = NULL;
  for (size_t i = 0; i < places * d; i++) x[i] = WIDTH * (d == 1 ? line[i] : plane[i]);
  lf_status st = model_of(u, d, spread, &model);
  if (st == LF_OK) st = lf_lfp_create(&lfp, &model, NULL);
  if (st == LF_OK) st = operator_action(lfp, d, x, told);
  if (st == LF_OK) st = exact_action(job, &model, d, u->cells[d - 1], x, exact);
  for (int i = 0; st == LF_OK && i < 2; i++)
    error[i] = paper_rms(places, told[i], exact) / paper_rms(places, exact, zero);
  lf_lfp_destroy(lfp);
  return st;
}

static lf_status one(paper_job *job, const unit *u, size_t d)
{
  const size_t count = job->quick ? 2 : (size_t)u->spreads[d - 1];
  double log_error[SPREADS], log_spread[SPREADS], error[2] = {NAN, NAN};
  for (size_t j = 0; j < count; j++) {
    lf_status st = compare(job, u, d, spreads[j], error);
    if (st == LF_OK) st = paper_number(job, "%s-%zu,%g,%g,%g", u->act, d, spreads[j], error[0], error[1]);
    if (st != LF_OK) return st;
    log_spread[j] = log(spreads[j]);
    log_error[j] = log(error[0]);
  }
  const double slope = paper_slope(count, log_spread, log_error);
  job->reproduced = job->reproduced && fabs(slope + 2) < 0.3;
  paper_append(job->measured, "%s%s d = %zu: slope %.2f, error %.2g at a spread of %g", job->measured[0] ? "; " : "",
               u->act, d, slope, error[0], spreads[count - 1]);
  return LF_OK;
}

lf_status paper_lfp_operator(paper_job *job)
{
  lf_status st = paper_number(job, "case,spread,error,error_without_divergence");
  job->reproduced = true;
  for (int i = 0; i < UNITS; i++)
    for (size_t d = 1; st == LF_OK && d <= (job->quick ? 1 : 2); d++) st = one(job, &units[i], d);
  if (st != LF_OK) return st;
  return paper_plot(
      job, "set logscale xy\nset format y '10^{%T}'\nset key bottom left\nset xrange [2.5:120]\n"
           "set xlabel 'spread of the biases σ_b / (s σ_w)'\nset ylabel 'relative error'\n"
           "set title 'Action of the exact kernel on a wave packet against the LFP operator'\n"
           "name = 'relu-1 relu-2 tanh-1 tanh-2 softplus-1 softplus-2'\n"
           "title = \"'ReLU, d = 1' 'ReLU, d = 2' 'tanh, d = 1' 'tanh, d = 2' 'softplus, d = 1' 'softplus, d = 2'\"\n"
           "array colour[3] = [0x440154, 0x21918c, 0xd95f02]\n"
           "plot for [i=1:6] 'numbers.csv' skip 1 using (strcol(1) eq word(name, i) ? $2 : NaN):3 with points pt "
           "(i % 2 ? 7 : 4) ps 1.2 lc rgb colour[(i + 1) / 2] title word(title, i),\\\n"
           " x**-2 with lines dt 2 lc rgb '#888888' title 'σ_b^{-2}'");
}
