/* run_options.c — the table of options: the command line, run.json, Python and docs/options.md all read it.
 * To add one: a row here, and a line in run_translate.c that gives it its meaning. */
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "lowfirst/lfp.h"
#include "run/run_internal.h"

enum {
  TRAIN = 1u << LF_COMMAND_TRAIN,
  MEASURE = 1u << LF_COMMAND_MEASURE,
  COMPARE = 1u << LF_COMMAND_COMPARE,
  REPORT = 1u << LF_COMMAND_REPORT,
  DEMO = 1u << LF_COMMAND_DEMO,
  REPRODUCE = 1u << LF_COMMAND_REPRODUCE,
  KERNEL = 1u << LF_COMMAND_KERNEL,
  PREDICT = 1u << LF_COMMAND_PREDICT,
  DOCTOR = 1u << LF_COMMAND_DOCTOR,
  LEARNS = TRAIN | PREDICT,
  RUNS = TRAIN | MEASURE | PREDICT,
  TALKS = TRAIN | MEASURE | PREDICT | DEMO | REPRODUCE | DOCTOR,
  ALL = TRAIN | MEASURE | COMPARE | REPORT | DEMO | REPRODUCE | KERNEL | PREDICT | DOCTOR,
  NETS = TRAIN | KERNEL | PREDICT,
  FITS = TRAIN | DOCTOR
};

/* The words of a module's list, separated by blanks. */
#define WORD_2(id, name, formula) name " "
#define WORD_3(id, name, text) name " "
#define WORD_4(id, name, parameters, fallback, formula) name " "

/* clang-format off */
static const lf_option option[] = {
  /* group, name, argument, default, kind, bounds, choices, commands, many, session, help */
  {"Data", "data", "FILE", NULL, LF_OPTION_TEXT, NULL, NULL, RUNS | DOCTOR, false, false,
   "samples from a csv (header; last column is y), npz (x, y, optional x_test, y_test) or png (pixels in [0,1]^2)"},
  {"Data", "y-cols", "NAME,...", NULL, LF_OPTION_TEXT, NULL, NULL, RUNS | DOCTOR, false, false,
   "csv: the columns that are outputs; the last one unless given"},
  {"Data", "target", "EXPR", NULL, LF_OPTION_TEXT, NULL, NULL, LEARNS | DOCTOR, false, false,
   "samples of an expression in x (or x1, x2, ...); several outputs are separated by ';'"},
  {"Data", "range", "A:B[,C:D]", NULL, LF_OPTION_TEXT, NULL, NULL, LEARNS | DOCTOR, false, false,
   "where the expression is sampled, for every input or one by one; -pi:pi is understood; -1:1 unless given"},
  {"Data", "points", "N[,N]", NULL, LF_OPTION_TEXT, NULL, NULL, LEARNS | DOCTOR, false, false,
   "how many samples, per axis of a grid; 600 in one dimension, 64 per axis in two, else 4096 in all unless given"},
  {"Data", "sampling", "WORD", "grid", LF_OPTION_WORD, NULL, "grid uniform sobol", LEARNS | DOCTOR, false, false,
   "how an expression is sampled"},
  {"Data", "noise", "STD", "0", LF_OPTION_REAL, "[0,inf)", NULL, LEARNS | DOCTOR, false, false,
   "standard deviation of the Gaussian noise added to the training samples"},
  {"Data", "split", "HOW", "none", LF_OPTION_WORD, NULL, "none random every columns pixels", LEARNS | DOCTOR, false, false,
   "hold samples out: random:FRACTION, every:K (every K-th), columns:K or pixels:K (all but every K-th)"},
  {"Data", "test-points", "N", "0", LF_OPTION_INTEGER, "[0,1e9]", NULL, LEARNS | DOCTOR, false, false,
   "held-out points of an expression per axis, between its samples; 0: chosen"},
  {"Data", "data-seed", "N", NULL, LF_OPTION_INTEGER, "[0,9e15]", NULL, LEARNS | DOCTOR, false, false,
   "seed of noise, random samples and split; that of --seed unless given"},

  {"Network", "net", "D-M-..-C", NULL, LF_OPTION_TEXT, NULL, NULL, NETS | DOCTOR, false, false,
   "widths of all layers; inputs-200-200-200-100-outputs unless given"},
  {"Network", "act", "NAME[:A]", "tanh", LF_OPTION_WORD, NULL, LF_ACTIVATION_LIST(WORD_4), NETS | DOCTOR, false, false,
   "activation of the hidden layers"},
  {"Network", "features", "KIND", "none", LF_OPTION_WORD, NULL, "none fourier siren multiscale multiscale-2", NETS | DOCTOR, false, false,
   "input features: fourier:gauss:S:N, fourier:uniform:W:N, fourier:log:A:B:N, fourier:file:W.npy, siren:OMEGA:N, multiscale:1,2,4, "
   "multiscale-2:1,2,4"},
  {"Network", "train-features", NULL, NULL, LF_OPTION_FLAG, NULL, NULL, NETS | DOCTOR, false, false,
   "train the features' frequencies too"},
  {"Network", "scaling", "WORD", "standard", LF_OPTION_WORD, NULL, "standard inverse-sqrt ntk", NETS | DOCTOR, false, false,
   "standard: no multipliers; inverse-sqrt: output divided by sqrt(width), no output bias; ntk: std/sqrt(fan-in) on unit-variance parameters"},
  {"Network", "std", "w=W,b=B,a=A", NULL, LF_OPTION_TEXT, NULL, NULL, NETS | DOCTOR, false, false,
   "standard deviations of hidden weights, hidden biases, output weights; with scaling ntk w and b are the multipliers"},
  {"Network", "init", "LAW[,LAYER=LAW]", NULL, LF_OPTION_WORD, NULL,
   "normal width-power uniform glorot he lecun ntk siren torch zero", NETS | DOCTOR, false, false,
   "initial law: normal:S, width-power:T (N(0, width^-2T)), uniform:V, siren:OMEGA, ...; per layer 0=LAW, last=LAW; "
   "width-power:0.5 unless given, ntk where --scaling is not standard"},
  {"Network", "bias-init", "LAW", NULL, LF_OPTION_WORD, NULL,
   "normal width-power uniform glorot he lecun ntk siren torch zero", NETS | DOCTOR, false, false,
   "initial law of every bias; as --init says unless given"},
  {"Network", "asi", NULL, NULL, LF_OPTION_FLAG, NULL, NULL, NETS | DOCTOR, false, false,
   "antisymmetric initialisation: the network starts as exactly 0"},
  {"Network", "output", "WORD", "identity", LF_OPTION_WORD, NULL, "identity sigmoid softmax", LEARNS | DOCTOR, false, false,
   "what follows the last layer"},
  {"Network", "no-output-bias", NULL, NULL, LF_OPTION_FLAG, NULL, NULL, NETS | DOCTOR, false, false,
   "no bias in the last layer"},
  {"Network", "weights", "FILE", NULL, LF_OPTION_TEXT, NULL, NULL, NETS | DOCTOR, false, false,
   "start from the weights in a safetensors file, named as torch.nn.Sequential names them; doctor: judge the given model by the tangent kernel of this net"},
  {"Network", "precision", "WORD", "f32", LF_OPTION_WORD, NULL, "f32 f64", NETS | DOCTOR, false, false,
   "arithmetic of the network; the lens and the losses are double in any case"},

  {"Training", "loss", "WORD", "mse", LF_OPTION_WORD, NULL, LF_LOSS_LIST(WORD_2), LEARNS | DOCTOR, false, false,
   "what is made small; sobolev: values and slopes together (docs/derivatives.md)"},
  {"Training", "huber-delta", "D", "1", LF_OPTION_REAL, "(0,inf)", NULL, FITS, false, false,
   "where huber turns from square to straight"},
  {"Training", "opt", "WORD", "adam", LF_OPTION_WORD, NULL, LF_OPTIMISER_LIST(WORD_2), LEARNS | DOCTOR, false, false,
   "how (docs/optimisers.md); from lbfgs on a search by NLopt: a step is one evaluation of the loss, the parameters are the best so far, --lr "
   "is not used. predict: gd unless given; exact for gd, momentum, nesterov, else gradient flow"},
  {"Training", "lr", "RATE", "1e-4", LF_OPTION_REAL, "(0,inf)", NULL, LEARNS | DOCTOR, false, false,
   "learning rate; predict: half the largest stable one unless given"},
  {"Training", "momentum", "MU", "0.9", LF_OPTION_REAL, "[0,1)", NULL, LEARNS | DOCTOR, false, false,
   "momentum of momentum and nesterov"},
  {"Training", "beta1", "B", "0.9", LF_OPTION_REAL, "[0,1)", NULL, FITS, false, false,
   "decay of adam's first moment"},
  {"Training", "beta2", "B", "0.999", LF_OPTION_REAL, "[0,1)", NULL, FITS, false, false,
   "decay of adam's second moment"},
  {"Training", "alpha", "A", "0.99", LF_OPTION_REAL, "[0,1)", NULL, FITS, false, false,
   "decay of rmsprop's square average"},
  {"Training", "epsilon", "E", "1e-8", LF_OPTION_REAL, "[0,inf)", NULL, FITS, false, false,
   "what keeps adam and rmsprop from dividing by 0"},
  {"Training", "weight-decay", "D", NULL, LF_OPTION_REAL, "[0,inf)", NULL, FITS, false, false,
   "decay of the weights; 0 unless given, 0.01 with adamw"},
  {"Training", "box", "R", "5", LF_OPTION_REAL, "(0,inf)", NULL, FITS, false, false,
   "crs and esch look for each parameter within R of its initial value"},
  {"Training", "schedule", "HOW", "constant", LF_OPTION_WORD, NULL, LF_SCHEDULE_LIST(WORD_2), FITS, false, false,
   "the rate over time: step:EVERY:FACTOR, exponential:FACTOR, cosine[:FLOOR]"},
  {"Training", "warmup", "STEPS", "0", LF_OPTION_INTEGER, "[0,1e15]", NULL, FITS, false, false,
   "steps over which the rate rises from 0"},
  {"Training", "steps", "N", "10000", LF_OPTION_INTEGER, "[0,1e15]", NULL, LEARNS | DOCTOR, false, false,
   "number of updates, or of evaluations where --opt searches"},
  {"Training", "batch", "N", "0", LF_OPTION_INTEGER, "[0,1e12]", NULL, FITS, false, false,
   "samples per update; 0: all"},
  {"Training", "stop-loss", "LOSS", "0", LF_OPTION_REAL, "[0,inf)", NULL, TRAIN, false, false,
   "end once the loss is below; 0: never"},
  {"Training", "stop-time", "SECONDS", "0", LF_OPTION_REAL, "[0,inf)", NULL, TRAIN, false, false,
   "end after this time; 0: never"},
  {"Training", "stop-band", "XI:ERROR", NULL, LF_OPTION_TEXT, NULL, NULL, TRAIN, false, false,
   "end once the band that holds frequency XI (cycles/unit) is learned to this error"},
  {"Training", "seed", "N", "1", LF_OPTION_INTEGER, "[0,9e15]", NULL, NETS | DOCTOR, false, false,
   "all randomness follows from it"},
  {"Training", "seeds", "K", "1", LF_OPTION_INTEGER, "[1,4096]", NULL, TRAIN | REPRODUCE, false, false,
   "train K networks side by side, of seeds N ... N+K-1"},
  {"Training", "threads", "N", "0", LF_OPTION_INTEGER, "[0,4096]", NULL, LEARNS | DEMO | REPRODUCE | KERNEL | DOCTOR, false, false,
   "processors to use; 0: chosen. The result does not depend on it"},
  {"Training", "checkpoint", "SECONDS", "30", LF_OPTION_REAL, "(0,inf)", NULL, TRAIN, false, false,
   "how often the state is saved, for --resume"},

  {"Kernel", "kind", "WORD", "ntk", LF_OPTION_WORD, NULL, "ntk nngp empirical lfp", KERNEL, false, false,
   "ntk: tangent kernel at infinite width; nngp: covariance of the values at the start, at infinite width; empirical: tangent kernel of the "
   "net of --seed or --weights; lfp: that of ntk for widely spread biases, without the polynomials learned at once"},
  {"Kernel", "x2", "Z.npy", NULL, LF_OPTION_TEXT, NULL, NULL, KERNEL, false, false,
   "the points of K's columns, (m,d) or (m); those of --x unless given"},
  {"Kernel", "memory", "GB", "0", LF_OPTION_REAL, "[0,inf)", NULL, KERNEL, false, false,
   "what K and the work beside it may take; a larger K goes to its file tile by tile; 0: half of this machine's"},

  {"Theory", "by", "WORD", "ntk", LF_OPTION_WORD, NULL, "ntk empirical lfp pde", PREDICT, false, false,
   "which theory: ntk (infinite width), empirical (tangent kernel of one net: --weights, or drawn from --seed), lfp (linear frequency principle: one "
   "hidden layer, biases spread wide), pde (the equation in frequency: Fourier features and one linear layer, or what lfp takes)"},
  {"Theory", "lfp", "FORM", "plain", LF_OPTION_WORD, NULL, LF_LFP_FORM_LIST(WORD_2), KERNEL | PREDICT, false, false,
   "which neurons lfp has: plain, a act(w.x + b), or radial, a act(w.x - |w| b) (1905.10264)"},
  {"Theory", "simplified", NULL, NULL, LF_OPTION_FLAG, NULL, NULL, KERNEL | PREDICT, false, false,
   "lfp without its divergence term: the rate A alone"},
  {"Theory", "solver", "WORD", "kernel", LF_OPTION_WORD, NULL, "kernel grid", PREDICT, false, false,
   "lfp by its kernel between points, any number of inputs; or on a grid of frequencies, up to three inputs: the authors' solver, which is simplified"},
  {"Theory", "lfp-grid", "PERIOD:K", NULL, LF_OPTION_TEXT, NULL, NULL, PREDICT, false, false,
   "the grid's frequencies: k/PERIOD, |k| <= K for every input; chosen from the samples unless given"},
  {"Theory", "pde-density", "WORD", "auto", LF_OPTION_WORD, NULL, "auto uniform samples", PREDICT, false, false,
   "pde: samples count as one density everywhere (uniform: the closed equation), or as they lie; auto: as they lie up to 1000 on a line, "
   "beyond that uniform for Fourier features on an even grid at whose edges the target is 0"},
  {"Theory", "pde-order", "1|2", "2", LF_OPTION_INTEGER, "[1,2]", NULL, PREDICT, false, false,
   "pde: order of the elements"},
  {"Theory", "pde-cells", "N", "0", LF_OPTION_INTEGER, "[0,1e6]", NULL, PREDICT, false, false,
   "pde: cells between frequency 0 and the edge of the mesh; 0: chosen"},
  {"Theory", "pde-edge", "XI", "0", LF_OPTION_REAL, "[0,inf)", NULL, PREDICT, false, false,
   "pde: highest frequency on the mesh, cycles/unit; 0: where the rates end, or six widths of a Gaussian"},
  {"Theory", "pde-tolerance", "E", "1e-7", LF_OPTION_REAL, "(0,1)", NULL, PREDICT, false, false,
   "pde: relative error of a step in time"},
  {"Theory", "times", "T,T,...", NULL, LF_OPTION_TEXT, NULL, NULL, PREDICT, false, false,
   "flow times to look at, ascending, in place of --steps: gradient flow"},
  {"Theory", "ridge", "R", "0", LF_OPTION_REAL, "[0,inf)", NULL, PREDICT, false, false,
   "added to the kernel's diagonal: decay of the weights towards where they began; regularises"},
  {"Theory", "theory", "WHEN", "auto", LF_OPTION_WORD, NULL, "auto on off", TRAIN | DEMO, false, true,
   "lay over the training what the tangent kernel of this net at its start foretells (theory.npz). auto: where it is exact (gd, momentum, "
   "nesterov; all samples; one net) and has 1000 rows at most"},

  {"Doctor", "family", "NAME ...", NULL, LF_OPTION_TEXT, NULL, NULL, DOCTOR, true, false,
   "compare these remedies alone with the given model (docs/doctor.md), of: " LF_FAMILY_LIST(WORD_3)},
  {"Doctor", "budget", "SECONDS", "10", LF_OPTION_REAL, "(0,inf)", NULL, DOCTOR, false, false,
   "work of the trial that decides among the finalists, in seconds of an ordinary core; counted, not timed: the advice does not depend on the "
   "machine"},
  {"Doctor", "theory-only", NULL, NULL, LF_OPTION_FLAG, NULL, NULL, DOCTOR, false, false,
   "no trial: theory decides"},
  {"Doctor", "samples", "N", "512", LF_OPTION_INTEGER, "[8,8192]", NULL, DOCTOR, false, false,
   "kernels are taken on so many of the samples at most, those of the best candidates on twice as many; time grows as the cube"},
  {"Doctor", "feature-count", "N", NULL, LF_OPTION_INTEGER, "[1,1e6]", NULL, DOCTOR, false, false,
   "number of the features proposed; that of --features, else 128, unless given"},
  {"Doctor", "verify", NULL, NULL, LF_OPTION_FLAG, NULL, NULL, DOCTOR, false, false,
   "train the given and the recommended net to the end, on all but a fifth of the samples where no others are held out"},
  {"Doctor", "write", "W.safetensors", NULL, LF_OPTION_TEXT, NULL, NULL, DOCTOR, false, true,
   "write the recommended net's initial weights, named as torch.nn.Sequential names them, and W.json that describes it"},

  {"Foreign run", "x", "X.npy", NULL, LF_OPTION_TEXT, NULL, NULL, MEASURE | KERNEL, false, false,
   "where the predictions were made, (n,d) or (n); for kernel, the points of K's rows"},
  {"Foreign run", "y", "Y.npy", NULL, LF_OPTION_TEXT, NULL, NULL, MEASURE, false, false,
   "the target there, (n,c) or (n)"},
  {"Foreign run", "fit", "P.npy ...", NULL, LF_OPTION_TEXT, NULL, NULL, MEASURE, true, false,
   "predictions in order, each (n,c) or (n), or several in one file (R,n,c); file k counts as step k, from 0"},

  {"Lens", "lens", "WHICH", "auto", LF_OPTION_WORD, NULL, "auto dft nudft project", RUNS, true, false,
   "what looks at the frequencies: dft (even grid), nudft (scattered), project:pca:1 or project:FILE.npy (many inputs); repeatable: "
   "the n-th writes history-n.npz"},
  {"Lens", "xi", "FILE", NULL, LF_OPTION_TEXT, NULL, NULL, RUNS, false, false,
   "npy file of frequencies (M,d) in cycles/unit; chosen from the samples unless given"},
  {"Lens", "xi-max", "XI", "0", LF_OPTION_REAL, "[0,inf)", NULL, RUNS, false, false,
   "highest frequency looked at, cycles/unit; 0: what the samples carry"},
  {"Lens", "bands", "E0,E1,...", NULL, LF_OPTION_TEXT, NULL, NULL, RUNS, false, false,
   "edges of the bands in cycles/unit, ascending; around the target's peaks unless given"},
  {"Lens", "window", "WORD", "none", LF_OPTION_WORD, NULL, "none hann dpss", RUNS, false, false,
   "window against leakage: hann, dpss[:NW]"},
  {"Lens", "delta", "WORD", "complex", LF_OPTION_WORD, NULL, "complex amplitude", RUNS, false, false,
   "error of a frequency: of the complex coefficient, or of its amplitude alone (as the authors' scripts have it; blind to phase)"},
  {"Lens", "learned", "ERROR", "0.2", LF_OPTION_REAL, "(0,inf)", NULL, RUNS, false, false,
   "a frequency counts as learned when its error falls below and stays there"},
  {"Lens", "record", "WHEN", "log:200", LF_OPTION_WORD, NULL, "log every none", LEARNS, false, false,
   "when to look: log:COUNT, every:K, none (first and last only)"},
  {"Lens", "at", "FILE", NULL, LF_OPTION_TEXT, NULL, NULL, LEARNS, false, false,
   "npy file of points (Q,d) at which the function is recorded; the samples unless given"},
  {"Lens", "keep-fit", NULL, NULL, LF_OPTION_FLAG, NULL, NULL, TRAIN | MEASURE, false, false,
   "keep the function at every record, not only at the last"},

  {"Figures", "html", "FILE", NULL, LF_OPTION_TEXT, NULL, NULL, COMPARE | REPORT, false, true,
   "write an interactive page, one offline file"},
  {"Figures", "figure", "NAME", NULL, LF_OPTION_WORD, NULL, "bands heatmap spectrum function loss order summary", REPORT, false, true,
   "draw a figure with gnuplot; script and data are kept beside it"},
  {"Figures", "to", "FILE", NULL, LF_OPTION_TEXT, NULL, NULL, REPORT, false, true,
   "where --figure goes: .svg, .pdf, .png or .tex"},
  {"Figures", "table", "FILE", NULL, LF_OPTION_TEXT, NULL, NULL, REPORT, false, true,
   "write the order of learning as .csv, .md or .tex"},

  {"Run", "out", "DIR", NULL, LF_OPTION_TEXT, NULL, NULL, TALKS | KERNEL, false, true,
   "run directory; runs/DATE-K unless given. For kernel, the npy file to write"},
  {"Run", "resume", "DIR", NULL, LF_OPTION_TEXT, NULL, NULL, TRAIN, false, true,
   "go on with a run that was interrupted, or for more --steps"},
  {"Run", "config", "FILE", NULL, LF_OPTION_TEXT, NULL, NULL, RUNS | DOCTOR, false, true,
   "take options from a run.json; options beside it go first"},
  {"Run", "no-report", NULL, NULL, LF_OPTION_FLAG, NULL, NULL, TALKS, false, true,
   "write no report.html"},
  {"Run", "quick", NULL, NULL, LF_OPTION_FLAG, NULL, NULL, REPRODUCE, false, true,
   "a smaller size that takes seconds"},
  {"Run", "profile", NULL, NULL, LF_OPTION_FLAG, NULL, NULL, TRAIN, false, true,
   "say where the time goes: share of each phase, and of the machine's measured peak"},
  {"Run", "json", NULL, NULL, LF_OPTION_FLAG, NULL, NULL, ALL, false, true,
   "print the result as one JSON object on stdout"},
  {"Run", "quiet", NULL, NULL, LF_OPTION_FLAG, NULL, NULL, ALL, false, true,
   "no talk and no chart on stderr; warnings and errors only"},
};
/* clang-format on */
enum { OPTIONS = sizeof option / sizeof *option };
_Static_assert(sizeof option / sizeof *option <= LF_RUN_OPTIONS, "run_internal.h has room for every option");

size_t lf_option_count(void) { return OPTIONS; }
const lf_option *lf_option_at(size_t i) { return i < OPTIONS ? &option[i] : NULL; }
size_t lf_option_index(const lf_option *o) { return (size_t)(o - option); }

const lf_option *lf_option_find(const char *name)
{
  for (size_t i = 0; i < OPTIONS; i++) {
    const char *a = name, *b = option[i].name;
    while (*a && *b && (*a == *b || (*a == '_' && *b == '-'))) a++, b++;
    if (*a == 0 && *b == 0) return &option[i];
  }
  return NULL;
}

const char *lf_command_name(lf_command c)
{
  static const char *const name[] = {
#define LF_X(id, text) text,
      LF_COMMAND_LIST(LF_X)
#undef LF_X
  };
  return (unsigned)c < LF_COMMAND_COUNT ? name[c] : "unknown";
}

lf_status lf_option_of(const lf_option **out, lf_command command, const char *name)
{
  const lf_option *o = lf_option_find(name);
  *out = NULL;
  if (o && (o->commands >> command & 1u)) {
    *out = o;
    return LF_OK;
  }
  if (o) return LF_FAIL(LF_EARG, "--%s is not an option of lowfirst %s", o->name, lf_command_name(command));
  const char *word[OPTIONS];
  size_t n = 0;
  for (size_t i = 0; i < OPTIONS; i++)
    if (option[i].commands >> command & 1u) word[n++] = option[i].name;
  return LF_FAIL(LF_EARG, "--%s is not known; the nearest is --%s (lowfirst %s --help lists %zu)", name,
                 lf_nearest(name, n, word), lf_command_name(command), n);
}

const char *lf_nearest_word(const char *text, size_t n, const char *const *word) { return lf_nearest(text, n, word); }

/* ---- is a value what its row allows? ---------------------------------------------------------------------------------- */
typedef struct interval {
  char open, close; /* ( [ and ) ] */
  double low, high;
} interval;

static interval parse_bounds(const char *text)
{
  if (!text) return (interval){'[', ']', -INFINITY, INFINITY};
  char *end;
  interval b = {.open = text[0], .low = strtod(text + 1, &end)};
  b.high = strtod(end + 1, &end); /* behind the comma */
  b.close = *end;
  return b;
}

static lf_status check_bounds(const lf_option *o, const char *text, double value)
{
  interval b = parse_bounds(o->bounds);
  const char *above = b.open == '(' ? ">" : ">=", *below = b.close == ')' ? "<" : "<=";
  if ((b.open == '(' ? value > b.low : value >= b.low) && (b.close == ')' ? value < b.high : value <= b.high))
    return LF_OK;
  if (isinf(b.high)) return LF_FAIL(LF_EARG, "--%s %s: it must be %s %g", o->name, text, above, b.low);
  return LF_FAIL(LF_EARG, "--%s %s: it must be %s %g and %s %g", o->name, text, above, b.low, below, b.high);
}

lf_status lf_parse_real(const char *text, double *out)
{
  char *end = NULL;
  *out = strtod(text, &end);
  if (end == text || *end || isspace((unsigned char)*text) || !isfinite(*out))
    return LF_FAIL(LF_EARG, "'%s' is not a number", text);
  return LF_OK;
}

static lf_status check_number(const lf_option *o, const char *text)
{
  double value;
  lf_status st = lf_parse_real(text, &value);
  if (st != LF_OK) return lf_fail_prefix(st, "--%s", o->name);
  if (o->kind == LF_OPTION_INTEGER && value != floor(value))
    return LF_FAIL(LF_EARG, "--%s: '%s' is not a whole number", o->name, text);
  return check_bounds(o, text, value);
}

enum { MAX_CHOICES = 64, CHOICE_ROOM = 32 };

/* The word before the first ':' or ',' must be one of the row's. */
static lf_status check_word(const lf_option *o, const char *text, lf_command command)
{
  char word[MAX_CHOICES][CHOICE_ROOM], head[CHOICE_ROOM];
  const char *list[MAX_CHOICES];
  size_t n = 0;
  int used = 0;
  for (const char *p = o->choices; n < MAX_CHOICES && sscanf(p, "%31s%n", word[n], &used) == 1; p += used)
    list[n] = word[n], n++;
  size_t length = strcspn(text, ":,");
  if (memchr(text, '=', length)) return LF_OK; /* LAYER=LAW: the model knows */
  (void)snprintf(head, sizeof head, "%.*s", (int)LF_MIN(length, (size_t)CHOICE_ROOM), text);
  for (size_t i = 0; i < n; i++)
    if (strcmp(head, word[i]) == 0) return LF_OK;
  return LF_FAIL(LF_EARG, "--%s %s is not known; the nearest is %s (lowfirst %s --help lists %zu)", o->name, head,
                 lf_nearest(head, n, list), lf_command_name(command), n);
}

lf_status lf_option_check(const lf_option *o, const char *text, lf_command command)
{
  if (!text) return LF_FAIL(LF_EARG, "--%s needs a value; a flag's is true or false", o->name);
  switch (o->kind) {
  case LF_OPTION_FLAG:
    if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0)
      return LF_FAIL(LF_EARG, "--%s is either given or not ('true' or 'false' in a file), got '%s'", o->name, text);
    return LF_OK;
  case LF_OPTION_INTEGER:
  case LF_OPTION_REAL: return check_number(o, text);
  case LF_OPTION_WORD: return check_word(o, text, command);
  case LF_OPTION_TEXT:
    if (!*text) return LF_FAIL(LF_EARG, "--%s needs %s, got nothing", o->name, o->argument);
    return LF_OK;
  }
  return LF_OK;
}
