/** @file  model.h — what a network is, before it has parameters: layers, activation, input features, scaling, initial law.
 *
 *  A hidden layer is z = (W a + b), a' = act(z); the last layer is affine, then `output`. With scaling `ntk` (Jacot et al.
 *  2018) W is multiplied by std_w/sqrt(fan-in) and b by std_b on unit-variance parameters; `inverse-sqrt` is `standard`
 *  without an output bias, the output divided by sqrt(m) (m = the last hidden width, or the number N of Fourier features
 *  where these feed the output): THEORY's two-layer form. */
#ifndef LF_MODEL_H
#define LF_MODEL_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "lowfirst/status.h"
#ifdef __cplusplus
extern "C" {
#endif

enum { LF_MAX_LAYERS = 64, LF_MAX_SCALES = 32, LF_MAX_OVERRIDES = 16 };

/* id, spelling, parameters it takes (0 or 1), the parameter's default, formula. One row each; src/model/activation.tmpl.h
 * holds the value and derivatives. Append only. */
#define LF_ACTIVATION_LIST(X)                                                \
  X(IDENTITY, "identity", 0, 0, "z")                                         \
  X(RELU, "relu", 0, 0, "max(z,0)")                                          \
  X(LEAKY_RELU, "leaky_relu", 1, 0.01, "z for z > 0, a z otherwise")         \
  X(TANH, "tanh", 0, 0, "tanh z")                                            \
  X(SIGMOID, "sigmoid", 0, 0, "1/(1+exp(-z))")                               \
  X(SOFTPLUS, "softplus", 0, 0, "log(1+exp z)")                              \
  X(GELU, "gelu", 0, 0, "z Phi(z), Phi the normal distribution function")    \
  X(SILU, "silu", 0, 0, "z/(1+exp(-z))")                                     \
  X(ELU, "elu", 1, 1, "z for z > 0, a (exp z - 1) otherwise")                \
  X(SIN, "sin", 1, 1, "sin(a z)")                                            \
  X(COS, "cos", 1, 1, "cos(a z)")                                            \
  X(GAUSS, "gauss", 0, 0, "exp(-z^2/2)")                                     \
  X(ERF, "erf", 0, 0, "erf z")                                               \
  X(RICKER, "ricker", 1, 1, "pi^(1/4)/(15 a) (1-(z/a)^2) exp(-z^2/(2 a^2))") \
  X(SRELU, "srelu", 0, 0, "max(z,0) max(1-z,0)")                             \
  X(PHI, "phi", 0, 0, "z_+^2 - 3 (z-1)_+^2 + 3 (z-2)_+^2 - (z-3)_+^2")       \
  X(S2RELU, "s2relu", 0, 0, "sin(2 pi z) max(z,0) max(1-z,0)")

typedef enum lf_activation {
#define LF_X(id, name, params, fallback, formula) LF_##id,
  LF_ACTIVATION_LIST(LF_X)
#undef LF_X
      LF_ACTIVATION_COUNT
} lf_activation;

typedef enum lf_features_kind {
  LF_FEATURES_NONE,
  LF_FEATURES_FOURIER, /* cos 2 pi w.x, sin 2 pi w.x for N frequencies w: 2N features (all cos first, then all sin) */
  LF_FEATURES_SIREN,   /* sin(omega (W x + b)), N features, trained */
  LF_FEATURES_MULTISCALE_1, /* MscaleDNN-1: first-layer units in groups, group g sees s_g x: unit j of m has g = floor(j S/m) of S scales */
  LF_FEATURES_MULTISCALE_2 /* MscaleDNN-2: one subnet of the full layer list per scale, outputs added */
} lf_features_kind;

typedef enum lf_frequency_law {
  LF_FREQUENCY_GAUSS,   /* w ~ N(0, S^2) per axis, cycles/unit */
  LF_FREQUENCY_UNIFORM, /* w ~ U(-W, W) per axis */
  LF_FREQUENCY_LOG,     /* |w| log-uniform in [a, b], random direction */
  LF_FREQUENCY_FILE     /* rows of an npy file (N,d) */
} lf_frequency_law;

typedef struct lf_features {
  lf_features_kind kind;
  lf_frequency_law law;
  double a, b;  /* S | W | a, b; omega for SIREN */
  size_t count; /* N */
  bool trained; /* siren: always */
  char file[256];
  size_t n_scales;
  double scale[LF_MAX_SCALES];
} lf_features;

typedef enum lf_scaling { LF_SCALING_STANDARD, LF_SCALING_INVERSE_SQRT, LF_SCALING_NTK } lf_scaling;

/* spelling, what the argument is */
typedef enum lf_init_law {
  LF_INIT_DEFAULT, /* not chosen: width-power:0.5 for scaling standard, ntk for the others; lf_model_complete() puts it in */
  LF_INIT_NORMAL,      /* normal:S       N(0, S^2), weights and biases */
  LF_INIT_WIDTH_POWER, /* width-power:T  N(0, m^(-2T)), m the widest hidden layer (without one: the fan-in); weights and
                        *                biases. T = 1/2 is N(0, 1/m) */
  LF_INIT_UNIFORM,     /* uniform:V      U(-V, V), weights and biases */
  LF_INIT_GLOROT,      /* N(0, 2/(fan-in + fan-out)), bias 0 */
  LF_INIT_HE,          /* N(0, 2/fan-in), bias 0 */
  LF_INIT_LECUN,       /* N(0, 1/fan-in), bias 0 */
  LF_INIT_NTK,         /* N(0, 1), weights and biases: for scaling ntk and inverse-sqrt */
  LF_INIT_SIREN, /* siren:OMEGA    first layer U(-1/d, 1/d), others U(+-sqrt(6/fan-in)/OMEGA), biases U(+-1/sqrt(fan-in)).
                        *                "First" is the layer that sees x: siren features where there are some, else layer 0 */
  LF_INIT_TORCH, /* U(+-1/sqrt(fan-in)), weights and biases: torch.nn.Linear's default */
  LF_INIT_ZERO,
  LF_INIT_STD /* set by lf_model_std: N(0, w^2) hidden weights, N(0, b^2) hidden biases, N(0, a^2) output weights,
                        * no output bias. With scaling ntk it is LF_INIT_NTK, w and b being the multipliers */
} lf_init_law;

typedef struct lf_init {
  lf_init_law law;
  double value;
} lf_init;

typedef enum lf_output { LF_OUTPUT_IDENTITY, LF_OUTPUT_SIGMOID, LF_OUTPUT_SOFTMAX } lf_output;

typedef struct lf_model {
  size_t n_widths;                 /* layers + 1, 0: chosen from the data (d-200-200-200-100-c) */
  size_t width[LF_MAX_LAYERS + 1]; /* d, hidden..., c. 0 in the first or last place: taken from the data */
  lf_activation activation;
  double activation_param; /* 0: the activation's default */
  lf_features features;
  lf_scaling scaling;
  double std_w, std_b,
      std_a;    /* 1, 1, 1 unless given. Scaling ntk: sigma_w, sigma_b of every layer; init std: see there */
  lf_init init; /* weights, and biases unless bias_init is given */
  bool has_bias_init;
  lf_init bias_init;
  size_t n_overrides; /* per-layer laws; layer counted from 0, -1 = last */
  struct {
    int layer;
    lf_init init;
  } override_[LF_MAX_OVERRIDES];
  bool antisymmetric; /* ASI: (g(theta) - g(theta'))/sqrt 2 with theta' = theta at the start, so that f(.,0) = 0 */
  bool output_bias;
  lf_output output;
} lf_model;

/** tanh, standard scaling and its initial law, output bias, identity output, layers from the data. */
lf_model lf_model_default(void);

/* Each parses one option's text into the model; LF_EARG with a line that names the nearest known word or the form expected.
 * Refused means untouched. They may be called in any order. */
lf_status lf_model_layers(lf_model *m, const char *text);     /* "1-200-200-1" */
lf_status lf_model_activation(lf_model *m, const char *text); /* "tanh", "sin:30", "ricker:0.3" */
lf_status lf_model_features(
    lf_model *m, const char *text); /* "none" | "fourier:gauss:S:N" | "fourier:uniform:W:N" | "fourier:log:A:B:N"
                                                               | "fourier:file:W.npy" | "siren:OMEGA:N" | "multiscale:1,2,4" | "multiscale-2:1,2,4" */
lf_status lf_model_scaling(lf_model *m, const char *text); /* "standard" | "inverse-sqrt" | "ntk" */
lf_status lf_model_init(
    lf_model *m, const char *text); /* "normal:0.05", then optional ",LAYER=LAW": "he,0=siren:30,last=normal:0.1" */
lf_status lf_model_bias_init(lf_model *m, const char *text); /* one law, for every bias */
lf_status lf_model_std(lf_model *m, const char *text);       /* "w=1.3,b=3,a=0.7" */
lf_status lf_model_output(lf_model *m, const char *text);    /* "identity" | "sigmoid" | "softmax" */

/** Fill in what is to come from the data or by default, and check the whole: a completed model has no 0 that means "choose", and
 *  output_bias is false where scaling or initial law exclude it. Completing a completed model changes nothing.
 *  LF_EARG explains ("net 2-64-1 takes 2 inputs, but the data have 1; did you mean 1-64-1?"); refused means untouched. */
lf_status lf_model_complete(lf_model *m, size_t d, size_t c);

/** "1-200-200-200-100-1 tanh", then what differs from the default: "1-64-1 sin:30, features fourier:gauss:10:128, scaling ntk".
 *  At most size bytes with the 0. */
void lf_model_describe(const lf_model *m, char *text, size_t size);
/** The initial law in words: "weights N(0, 1/width)". */
void lf_model_describe_init(const lf_model *m, char *text, size_t size);

/* ---- activations one by one --------------------------------------------------------------------------------------- */
const char *lf_activation_name(lf_activation a);
double lf_activation_default(lf_activation a); /* the parameter's default, 0 where it takes none */
int lf_activation_parameters(lf_activation a); /* 0 or 1 */
/** Value and first three derivatives in double from libm: the reference the fast kernels are held to. At a kink the
 *  derivative from the left is given (relu'(0) = 0, as PyTorch has it). */
void lf_activation_jet(lf_activation a, double param, double z, double jet[4]);

#ifdef __cplusplus
}
#endif
#endif
