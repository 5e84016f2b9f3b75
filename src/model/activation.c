/* activation.c — the activations one by one in double from libm: names, and the reference the fast kernels are held to.
 *
 * Derivatives are written so that they keep their relative accuracy where the value saturates (1 - tanh^2 as 1/cosh^2), and so that
 * infinities give their limits: products z^k exp(-z^2/2) are taken at |z| <= 40, where the exponential is already 0. */
#include <math.h>
#include "lowfirst/model.h"

static const double PI = 3.14159265358979323846;

typedef struct row {
  const char *name;
  int parameters;
  double fallback;
} row;

static const row table[LF_ACTIVATION_COUNT] = {
#define LF_X(id, name, params, fallback, formula) {name, params, fallback},
    LF_ACTIVATION_LIST(LF_X)
#undef LF_X
};

const char *lf_activation_name(lf_activation a) { return table[a].name; }
double lf_activation_default(lf_activation a) { return table[a].fallback; }
int lf_activation_parameters(lf_activation a) { return table[a].parameters; }

static void set(double jet[4], double a, double d1, double d2, double d3)
{
  jet[0] = a;
  jet[1] = d1;
  jet[2] = d2;
  jet[3] = d3;
}

/* z cut to [-bound, bound]; NaN stays. */
static double cut(double z, double bound) { return z < -bound ? -bound : z > bound ? bound : z; }

/* z for z > 0, `below` z otherwise; relu's 0 must not become -0 or, at -inf, NaN */
static void jet_relu(double below, double z, double jet[4])
{
  if (z > 0)
    set(jet, z, 1, 0, 0);
  else
    set(jet, below == 0 && z < 0 ? 0 : below * z, below, 0, 0);
}

/* tanh' = 1/cosh^2 = s, tanh'' = -2 a s, tanh''' = s (4 a^2 - 2 s) */
static void jet_tanh(double z, double jet[4])
{
  double a = tanh(z), c = 1 / cosh(z), s = c * c;
  set(jet, a, s, -2 * a * s, s * (4 * a * a - 2 * s));
}

/* a = 1/(1+exp(-z)); a' = a (1-a), a'' = a' (1-2a) = -a' tanh(z/2), a''' = a' (1 - 6 a') */
static void jet_sigmoid(double z, double jet[4])
{
  double e = exp(-fabs(z)), r = 1 / (1 + e), s = e * r * r;
  set(jet, z < 0 ? e * r : r, s, -s * tanh(z / 2), s * (1 - 6 * s));
}

static void jet_softplus(double z, double jet[4])
{
  double sigmoid[4];
  jet_sigmoid(z, sigmoid);
  set(jet, (z > 0 ? z : 0) + log1p(exp(-fabs(z))), sigmoid[0], sigmoid[1], sigmoid[2]);
}

/* z Phi; derivatives Phi + z phi, (2 - z^2) phi, (z^3 - 4 z) phi */
static void jet_gelu(double z, double jet[4])
{
  double c = cut(z, 40), below = z < -40 ? -40 : z;
  double density = exp(-c * c / 2) / sqrt(2 * PI), mass = erfc(-c / sqrt(2)) / 2;
  set(jet, below * mass, mass + c * density, (2 - c * c) * density, c * (c * c - 4) * density);
}

/* z s with s the sigmoid: s + z s', 2 s' + z s'', 3 s'' + z s''' */
static void jet_silu(double z, double jet[4])
{
  double s[4], c = cut(z, 800), below = z < -800 ? -800 : z;
  jet_sigmoid(z, s);
  set(jet, below * s[0], s[0] + c * s[1], 2 * s[1] + c * s[2], 3 * s[2] + c * s[3]);
}

static void jet_elu(double param, double z, double jet[4])
{
  if (z > 0)
    set(jet, z, 1, 0, 0);
  else
    set(jet, param * expm1(z), param * exp(z), param * exp(z), param * exp(z));
}

/* exp(-u^2/2) and the Hermite polynomials: d/du (He_k g) = -He_{k+1} g */
static void jet_gauss(double z, double jet[4])
{
  double u = cut(z, 40), q = u * u, g = exp(-q / 2);
  set(jet, g, -u * g, (q - 1) * g, u * (3 - q) * g);
}

/* -c He_2(u) g, u = z/a, c = pi^(1/4)/(15 a) */
static void jet_ricker(double param, double z, double jet[4])
{
  double u = cut(z / param, 40), q = u * u, c = sqrt(sqrt(PI)) / (15 * param), g = c * exp(-q / 2);
  set(jet, (1 - q) * g, u * (q - 3) * g / param, -(q * (q - 6) + 3) * g / (param * param),
      u * (q * (q - 10) + 15) * g / (param * param * param));
}

static void jet_erf(double z, double jet[4])
{
  double c = cut(z, 40), s = 2 / sqrt(PI) * exp(-c * c);
  set(jet, erf(z), s, -2 * c * s, (4 * c * c - 2) * s);
}

/* z (1-z) on (0,1], 0 outside; written so that NaN stays */
static void jet_srelu(double z, double jet[4])
{
  if (z <= 0 || z > 1)
    set(jet, 0, 0, 0, 0);
  else
    set(jet, z * (1 - z), 1 - 2 * z, -2, 0);
}

/* The quadratic B-spline times 2, piece by piece: its published form as a sum of truncated squares cancels for large z. */
static void jet_phi(double z, double jet[4])
{
  if (z <= 0 || z > 3)
    set(jet, 0, 0, 0, 0);
  else if (z <= 1)
    set(jet, z * z, 2 * z, 2, 0);
  else if (z <= 2)
    set(jet, 1.5 - 2 * (z - 1.5) * (z - 1.5), -4 * (z - 1.5), -4, 0);
  else
    set(jet, (3 - z) * (3 - z), -2 * (3 - z), 2, 0);
}

/* s p with s = sin 2 pi z, p = z (1-z) on (0,1], by Leibniz */
static void jet_s2relu(double z, double jet[4])
{
  double p[4], w = 2 * PI, r = z > 0.5 ? z - 1 : z, s = sin(w * r), c = cos(w * r);
  jet_srelu(z, p);
  if (z <= 0 || z > 1)
    set(jet, 0, 0, 0, 0);
  else
    set(jet, s * p[0], w * c * p[0] + s * p[1], -w * w * s * p[0] + 2 * w * c * p[1] + s * p[2],
        -w * w * w * c * p[0] - 3 * w * w * s * p[1] + 3 * w * c * p[2]);
}

/* sin(w z + shift pi/2), shift 0 or 1. The rounding of w z is given back: sin(x + e) with x = fl(w z), e = w z - x. */
static void jet_sine(double w, double z, int shift, double jet[4])
{
  double x = w * z, e = fma(w, z, -x);
  double s = sin(x) * cos(e) + cos(x) * sin(e), c = cos(x) * cos(e) - sin(x) * sin(e);
  if (shift)
    set(jet, c, -w * s, -w * w * c, w * w * w * s);
  else
    set(jet, s, w * c, -w * w * s, -w * w * w * c);
}

void lf_activation_jet(lf_activation a, double param, double z, double jet[4])
{
  switch (a) {
  case LF_IDENTITY: set(jet, z, 1, 0, 0); break;
  case LF_RELU: jet_relu(0, z, jet); break;
  case LF_LEAKY_RELU: jet_relu(param, z, jet); break;
  case LF_TANH: jet_tanh(z, jet); break;
  case LF_SIGMOID: jet_sigmoid(z, jet); break;
  case LF_SOFTPLUS: jet_softplus(z, jet); break;
  case LF_GELU: jet_gelu(z, jet); break;
  case LF_SILU: jet_silu(z, jet); break;
  case LF_ELU: jet_elu(param, z, jet); break;
  case LF_SIN: jet_sine(param, z, 0, jet); break;
  case LF_COS: jet_sine(param, z, 1, jet); break;
  case LF_GAUSS: jet_gauss(z, jet); break;
  case LF_ERF: jet_erf(z, jet); break;
  case LF_RICKER: jet_ricker(param, z, jet); break;
  case LF_SRELU: jet_srelu(z, jet); break;
  case LF_PHI: jet_phi(z, jet); break;
  case LF_S2RELU: jet_s2relu(z, jet); break;
  case LF_ACTIVATION_COUNT: break;
  }
}
