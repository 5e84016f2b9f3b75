/* lfp.c — from a model to its LFP operator: what the laws of weights and biases bring to it. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "base/base.h"
#include "lfp_parts.h"
#include "limit.h"

static const double pi = 3.14159265358979323846;

const char *lf_lfp_form_name(lf_lfp_form form)
{
  static const char *const name[] = {
#define LF_X(id, text, what) text,
      LF_LFP_FORM_LIST(LF_X)
#undef LF_X
  };
  return (unsigned)form < LF_LFP_FORM_COUNT ? name[form] : "unknown";
}

/* normal: 2^(p/2) Gamma((p+1)/2)/sqrt pi; uniform: 1/(p+1); the sphere: Gamma((p+1)/2) Gamma(d/2)/(sqrt pi Gamma((d+p)/2)) */
double lf_weight_moment(lf_weight_law law, size_t d, double power)
{
  if (law == LF_WEIGHT_UNIFORM) return 1 / (power + 1);
  double up = tgamma((power + 1) / 2) / sqrt(pi), n = (double)d;
  if (law == LF_WEIGHT_NORMAL) return pow(2, power / 2) * up;
  return up * exp(lgamma(n / 2) - lgamma((n + power) / 2));
}

/* ---- what has none ---------------------------------------------------------------------------------------------------------- */
static lf_status check_model(const lf_model *m, const lf_lfp_options *o)
{
  if (m->features.kind != LF_FEATURES_NONE)
    return LF_FAIL(LF_EARG, "lfp is of plain inputs, not of input features; the ntk knows them");
  if (m->n_widths != 3)
    return LF_FAIL(LF_EARG, "lfp is of nets with one hidden layer, this one has %zu; the ntk takes any depth",
                   m->n_widths - 2);
  if ((unsigned)o->form >= LF_LFP_FORM_COUNT) return LF_FAIL(LF_EARG, "lfp form %d is none", (int)o->form);
  if (o->form != LF_LFP_RADIAL) return LF_OK;
  if (m->activation != LF_RELU && m->activation != LF_LEAKY_RELU)
    return LF_FAIL(LF_EARG, "lfp radial is of relu and leaky_relu, not of %s: their |w| can be drawn out of act",
                   lf_activation_name(m->activation));
  if (m->scaling == LF_SCALING_NTK)
    return LF_FAIL(LF_EARG, "lfp radial has no multipliers inside act: take scaling standard or inverse-sqrt, not ntk");
  return LF_OK;
}

static lf_status check_laws(lf_spread weight, lf_spread bias)
{
  if (!(weight.scale > 0) || isinf(weight.scale))
    return LF_FAIL(weight.scale == 0 ? LF_EARG : LF_EMATH,
                   "lfp needs hidden weights of a finite spread above 0, it is %g; choose another init", weight.scale);
  if (!(bias.scale > 0) || isinf(bias.scale))
    return LF_FAIL(
        bias.scale == 0 ? LF_EARG : LF_EMATH,
        "lfp needs hidden biases spread wider than |w.x|, theirs is %g; give init or bias-init a law with biases "
        "(normal:3), or std b=3",
        bias.scale);
  return LF_OK;
}

/* ---- laws --------------------------------------------------------------------------------------------------------------------- */
static lf_spread spread_of(const lf_model *m, bool is_bias)
{
  lf_init law = lf_init_of_layer(m, 0, is_bias);
  return lf_init_spread(&law, m, 0, is_bias, m->width[0], m->width[1]);
}

static void write_note(lf_lfp *p, lf_spread bias, bool stand_in)
{
  const double wide = 3; /* relative error 2e-2 there, on inputs of size 1 */
  double spread = sqrt(lf_spread_variance(bias));
  double weight = p->scale / (p->law == LF_WEIGHT_UNIFORM ? sqrt(3) : 1);
  p->note[0] = 0;
  if (spread < wide * weight)
    (void)snprintf(p->note, sizeof p->note,
                   "lfp holds for biases spread wider than |w.x|: here they have %.3g, the weights %.3g per unit of x; "
                   "its error falls "
                   "like the square of their ratio",
                   spread, weight);
  if (stand_in)
    (void)snprintf(p->note + strlen(p->note), sizeof p->note - strlen(p->note),
                   "%suniform weights of several inputs count as normal ones of the same variance",
                   *p->note ? "; " : "");
}

/* A hidden unit's weights and biases, multipliers in; what act and its derivative are multiplied by. */
static lf_status take_laws(lf_lfp *p)
{
  const lf_model *m = &p->model;
  lf_affine in = lf_affine_of(m, 0, true), out = lf_affine_of(m, 1, true);
  double components = (double)p->d;
  lf_spread weight = spread_of(m, false), bias = spread_of(m, true);
  weight.scale *= sqrt(in.g / components);
  bias.scale *= sqrt(in.h);
  lf_status st = check_laws(weight, bias);
  if (st != LF_OK) return st;
  bool one = weight.uniform && p->d == 1;
  p->law = one ? LF_WEIGHT_UNIFORM : LF_WEIGHT_NORMAL;
  p->scale = one ? weight.scale : sqrt(lf_spread_variance(weight));
  p->density = bias.uniform ? 1 / (2 * bias.scale) : 1 / (sqrt(2 * pi) * bias.scale);
  p->value = out.g;
  p->slope = out.carry * in.h;
  p->inner = out.carry * in.g / components;
  p->constant = p->spectrum.order == 0 ? out.h : 0;
  if (!isfinite(out.g + out.carry))
    return LF_FAIL(LF_EMATH, "layer 1: its variance is not finite; choose a smaller init");
  write_note(p, bias, weight.uniform && !one);
  if (p->options.simplified) p->inner = 0;
  if (p->options.form != LF_LFP_RADIAL) return LF_OK;
  double length = components * lf_spread_variance(weight); /* E r^2 */
  p->value = out.g * length + out.carry;
  p->slope = out.carry * length;
  p->inner = 0;
  p->law = LF_WEIGHT_SPHERE;
  p->scale = 1;
  return LF_OK;
}

lf_status lf_lfp_create(lf_lfp **out, const lf_model *model, const lf_lfp_options *options)
{
  lf_lfp *p = NULL;
  lf_lfp_options o = options ? *options : (lf_lfp_options){0};
  lf_status st;
  if (!out || !model) return LF_FAIL(LF_EARG, "lfp needs a place to go to and a model, one of them is NULL");
  *out = NULL;
  if (!lf_limit_has_model(model))
    return LF_FAIL(LF_EARG, "lfp needs a completed model: call lf_model_complete() first");
  LF_TRY(check_model(model, &o));
  LF_TRY(lf_calloc(&p, 1, sizeof *p));
  p->model = *model;
  p->options = o;
  p->d = model->width[0];
  LF_TRY(lf_spectrum_of(&p->spectrum, model->activation, model->activation_param));
  LF_TRY(take_laws(p));
  *out = p;
  p = NULL;
done:
  lf_lfp_destroy(p);
  return st;
}

void lf_lfp_destroy(lf_lfp *p) { lf_free(p); }

const lf_model *lf_lfp_model(const lf_lfp *p) { return &p->model; }
lf_lfp_options lf_lfp_look(const lf_lfp *p) { return p->options; }
const char *lf_lfp_note(const lf_lfp *p) { return p->note; }
