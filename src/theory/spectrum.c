/* spectrum.c — |transform|^2 of the first derivative of an activation that decays, in closed form for every row of the table.
 *
 * With w = 2 pi eta. tanh' = sech^2 has pi w/sinh(pi w/2), hence sigmoid' = softplus'' has y/sinh y with y = pi w; silu'' = 2 s' + z s'' (s the
 * sigmoid) gives d/dw and y^2 cosh y/sinh^2 y. gelu'' = (2 - z^2) phi. elu'' = (1-a) delta + a e^z below 0. srelu, phi and s2relu are splines (and one
 * times a sine): their own transforms. t_lfp.c holds all of them to numerical transforms. */
#include "spectrum.h"
#include <math.h>
#include "base/base.h"

static const double pi = 3.14159265358979323846;

/* y/sinh y */
static double over_sinh(double y) { return y < 1e-4 ? 1 - y * y / 6 : y < 700 ? y / sinh(y) : 0; }

/* y^2 cosh y/sinh^2 y = 1 + y^2/6 - ... */
static double silu(double y)
{
  if (y < 1e-4) return 1 + y * y / 6;
  return y < 700 ? y * y * cosh(y) / (sinh(y) * sinh(y)) : 0;
}

/* The transform of z(1-z) on (0,1) about its middle, (sin h - h cos h)/(2 h^3), h = w/2 */
static double parabola(double w)
{
  double h = fabs(w) / 2, z = h * h;
  if (h < 0.1) return 1.0 / 6 - z / 60 * (1 - z / 28 * (1 - z / 54));
  return (sin(h) - h * cos(h)) / (2 * h * z);
}

static double sinc(double h) { return h < 1e-4 ? 1 - h * h / 6 : sin(h) / h; }

double lf_spectrum_at(const lf_spectrum *s, double w)
{
  double a = s->param, t = 0;
  switch (s->activation) {
  case LF_RELU: return 1;
  case LF_LEAKY_RELU: return (1 - a) * (1 - a);
  case LF_ELU: return (1 + (1 - a) * (1 - a) * w * w) / (1 + w * w);
  case LF_TANH: t = 2 * over_sinh(pi * w / 2); break;
  case LF_SIGMOID:
  case LF_SOFTPLUS: t = over_sinh(pi * w); break;
  case LF_SILU: t = silu(pi * w); break;
  case LF_GELU: t = (1 + w * w) * exp(-w * w / 2); break;
  case LF_ERF: t = 2 * exp(-w * w / 4); break;
  case LF_GAUSS: t = sqrt(2 * pi) * exp(-w * w / 2); break;
  case LF_RICKER: t = sqrt(sqrt(pi)) / 15 * a * a * w * w * sqrt(2 * pi) * exp(-a * a * w * w / 2); break;
  case LF_SRELU: t = parabola(w); break;
  case LF_PHI: t = 2 * pow(sinc(w / 2), 3); break;
  case LF_S2RELU: t = (parabola(w - 2 * pi) - parabola(w + 2 * pi)) / 2; break;
  case LF_IDENTITY:
  case LF_SIN:
  case LF_COS:
  case LF_ACTIVATION_COUNT: break;
  }
  return t * t;
}

static lf_status refuse(lf_activation activation)
{
  if (activation == LF_SIN || activation == LF_COS)
    return LF_FAIL(
        LF_EARG,
        "activation %s: a wave has one frequency, so that its net is one of Fourier features and has no LFP; the ntk "
        "predicts it, and lfp takes relu, tanh and the other activations",
        lf_activation_name(activation));
  return LF_FAIL(LF_EARG, "activation %s: a straight line has no frequencies, and the net stays one",
                 lf_activation_name(activation));
}

lf_status lf_spectrum_of(lf_spectrum *s, lf_activation activation, double param)
{
  *s = (lf_spectrum){.activation = activation, .param = param};
  switch (activation) {
  case LF_RELU:
  case LF_LEAKY_RELU:
    s->order = 2;
    s->floor = activation == LF_RELU ? 1 : (1 - param) * (1 - param);
    if (s->floor == 0) return refuse(activation);
    break;
  case LF_ELU:
    s->order = 2;
    s->floor = (1 - param) * (1 - param);
    s->highest = INFINITY;
    break;
  case LF_SOFTPLUS:
  case LF_SILU: s->order = 2, s->highest = 9; break;
  case LF_GELU: s->order = 2, s->highest = 7.5; break;
  case LF_TANH: s->order = 1, s->highest = 16; break;
  case LF_SIGMOID: s->order = 1, s->highest = 8; break;
  case LF_ERF: s->order = 1, s->highest = 10; break;
  case LF_GAUSS: s->highest = 7; break;
  case LF_RICKER: s->highest = 7.5 / fabs(param); break;
  case LF_SRELU:
  case LF_PHI:
  case LF_S2RELU: s->highest = INFINITY; break;
  case LF_IDENTITY:
  case LF_SIN:
  case LF_COS:
  case LF_ACTIVATION_COUNT: return refuse(activation);
  }
  return LF_OK;
}
