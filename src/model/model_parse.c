/* model_parse.c — one option's text into the model. Every parser works on a copy of the text and of what it sets, and commits last. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/base.h"
#include "model_words.h"

enum { TEXT_MAX = 1024 }; /* longest option text; a list of 64 widths takes half of it */

/* A text's words: the copy is cut in place. */
typedef struct words {
  const char *whole; /* as given, for messages */
  char copy[TEXT_MAX];
  char *rest; /* NULL: used up */
} words;

static lf_status words_open(words *w, const char *what, const char *text)
{
  size_t size = strlen(text);
  w->rest = NULL;
  if (size == 0) return LF_FAIL(LF_EARG, "%s is empty", what);
  if (size >= TEXT_MAX) return LF_FAIL(LF_EARG, "%s has %zu characters; at most %d are read", what, size, TEXT_MAX - 1);
  w->whole = text;
  memcpy(w->copy, text, size + 1);
  w->rest = w->copy;
  return LF_OK;
}

/* The word up to the separator, which is dropped; *rest becomes what follows, NULL at the end. */
static char *cut(char **rest, char separator)
{
  char *word = *rest, *end = word ? strchr(word, separator) : NULL;
  if (end) *end++ = 0;
  *rest = end;
  return word;
}

static char *next(words *w, char separator) { return cut(&w->rest, separator); }

/* Index of a word in a list, or a line that names the nearest. */
static lf_status find(const char *what, const char *word, size_t n, const char *const *list, size_t *index)
{
  for (size_t i = 0; i < n; i++)
    if (strcmp(word, list[i]) == 0) {
      *index = i;
      return LF_OK;
    }
  return LF_FAIL(LF_EARG, "%s '%s' is not known; the nearest is %s", what, word, lf_nearest(word, n, list));
}

static lf_status read_number(const char *what, const char *whole, const char *word, double *value)
{
  char *end;
  double v = word ? strtod(word, &end) : 0;
  if (!word || end == word || *end)
    return LF_FAIL(LF_EARG, "%s '%s': '%s' is not a number", what, whole, word ? word : "");
  if (!isfinite(v)) return LF_FAIL(LF_EARG, "%s '%s': %s is not finite", what, whole, word);
  *value = v;
  return LF_OK;
}

/* Digits only: strtoull alone would take "-1" and " 1". */
static lf_status read_count(const char *what, const char *whole, const char *word, size_t *value)
{
  if (!word || !*word || word[strspn(word, "0123456789")])
    return LF_FAIL(LF_EARG, "%s '%s': '%s' is not a whole number", what, whole, word ? word : "");
  errno = 0;
  unsigned long long v = strtoull(word, NULL, 10);
  if (errno || v > INT32_MAX) return LF_FAIL(LF_EARG, "%s '%s': %s is more than %d", what, whole, word, INT32_MAX);
  *value = (size_t)v;
  return LF_OK;
}

/* ---- layers, activation, scaling, output ------------------------------------------------------------------------------ */
lf_status lf_model_layers(lf_model *m, const char *text)
{
  lf_status st = LF_OK;
  words w;
  size_t n = 0, width[LF_MAX_LAYERS + 1] = {0};
  LF_TRY(words_open(&w, "net", text));
  for (char *word; (word = next(&w, '-')); n++) {
    if (n == LF_MAX_LAYERS + 1) LF_RAISE(LF_EARG, "net '%s' has more than %d layers", text, LF_MAX_LAYERS);
    if (!*word || word[strspn(word, "0123456789")])
      LF_RAISE(LF_EARG, "net '%s': '%s' is not a width; write widths joined by '-', as in 1-200-200-1", text, word);
    LF_TRY(read_count("net", text, word, &width[n]));
    if (width[n] == 0 && n > 0 && w.rest) LF_RAISE(LF_EARG, "net '%s': hidden layer %zu has no units", text, n);
  }
  if (n < 2)
    LF_RAISE(LF_EARG, "net '%s' has one width; inputs and outputs are needed at least, as in 1-200-200-1", text);
  memcpy(m->width, width, sizeof width);
  m->n_widths = n;
done:
  return st;
}

lf_status lf_model_activation(lf_model *m, const char *text)
{
  static const char *const name[] = {
#define LF_X(id, name, params, fallback, formula) name,
      LF_ACTIVATION_LIST(LF_X)
#undef LF_X
  };
  lf_status st = LF_OK;
  words w;
  size_t index = 0;
  double param = 0;
  LF_TRY(words_open(&w, "activation", text));
  LF_TRY(find("activation", next(&w, ':'), LF_ACTIVATION_COUNT, name, &index));
  if (w.rest && !lf_activation_parameters((lf_activation)index))
    LF_RAISE(LF_EARG, "activation '%s': %s takes no parameter", text, name[index]);
  if (w.rest) {
    LF_TRY(read_number("activation", text, w.rest, &param));
    if (param == 0) LF_RAISE(LF_EARG, "activation '%s': the parameter must not be 0", text);
  }
  LF_TRY(lf_activation_check((lf_activation)index, param));
  m->activation = (lf_activation)index;
  m->activation_param = param != 0 ? param : lf_activation_default((lf_activation)index);
done:
  return st;
}

static const char *const scaling_name[] = {"standard", "inverse-sqrt", "ntk"};
static const char *const output_name[] = {"identity", "sigmoid", "softmax"};
const char *lf_scaling_name(lf_scaling s) { return scaling_name[s]; }
const char *lf_output_name(lf_output o) { return output_name[o]; }

lf_status lf_model_scaling(lf_model *m, const char *text)
{
  size_t index = 0;
  lf_status st = find("scaling", text, sizeof scaling_name / sizeof *scaling_name, scaling_name, &index);
  if (st == LF_OK) m->scaling = (lf_scaling)index;
  return st;
}

lf_status lf_model_output(lf_model *m, const char *text)
{
  size_t index = 0;
  lf_status st = find("output", text, sizeof output_name / sizeof *output_name, output_name, &index);
  if (st == LF_OK) m->output = (lf_output)index;
  return st;
}

/* ---- input features ----------------------------------------------------------------------------------------------------- */
static const char *const frequency_law_name[] = {"gauss", "uniform", "log", "file"};
const char *lf_frequency_law_name(lf_frequency_law f) { return frequency_law_name[f]; }

/* What is left of a text must be `n` words: numbers, and a count last where `count` is given. */
static lf_status read_arguments(words *w, const char *form, size_t n, double *const value[], size_t *count)
{
  lf_status st = LF_OK;
  size_t total = n + (count != NULL), seen = w->rest != NULL;
  for (const char *c = w->rest; c && *c; c++) seen += *c == ':';
  if (seen != total) LF_RAISE(LF_EARG, "features '%s' has the form %s", w->whole, form);
  for (size_t i = 0; i < n; i++) LF_TRY(read_number("features", w->whole, next(w, ':'), value[i]));
  if (count) LF_TRY(read_count("features", w->whole, next(w, ':'), count));
done:
  return st;
}

/* The rest is the name, colons and all. */
static lf_status read_file_name(words *w, lf_features *f)
{
  const char *name = w->rest;
  if (!name || !*name) return LF_FAIL(LF_EARG, "features '%s' has the form fourier:file:W.npy", w->whole);
  size_t size = strlen(name) + 1;
  if (size > sizeof f->file)
    return LF_FAIL(LF_EARG, "features: the file name has %zu characters; at most %zu are kept", size - 1,
                   sizeof f->file - 1);
  memcpy(f->file, name, size);
  return LF_OK;
}

static lf_status read_fourier(words *w, lf_features *f)
{
  lf_status st = LF_OK;
  size_t law = 0;
  if (!w->rest) LF_RAISE(LF_EARG, "features 'fourier' needs a law: gauss:S:N, uniform:W:N, log:A:B:N or file:W.npy");
  LF_TRY(find("frequency law", next(w, ':'), sizeof frequency_law_name / sizeof *frequency_law_name, frequency_law_name,
              &law));
  f->law = (lf_frequency_law)law;
  switch (f->law) {
  case LF_FREQUENCY_GAUSS: LF_TRY(read_arguments(w, "fourier:gauss:S:N", 1, (double *[]){&f->a}, &f->count)); break;
  case LF_FREQUENCY_UNIFORM: LF_TRY(read_arguments(w, "fourier:uniform:W:N", 1, (double *[]){&f->a}, &f->count)); break;
  case LF_FREQUENCY_LOG:
    LF_TRY(read_arguments(w, "fourier:log:A:B:N", 2, (double *[]){&f->a, &f->b}, &f->count));
    break;
  case LF_FREQUENCY_FILE: LF_TRY(read_file_name(w, f)); break;
  }
done:
  return st;
}

static lf_status read_scales(words *w, lf_features *f)
{
  lf_status st = LF_OK;
  if (!w->rest || !*w->rest) LF_RAISE(LF_EARG, "features '%s' needs its scales, as in multiscale:1,2,4", w->whole);
  for (char *word; (word = next(w, ',')); f->n_scales++) {
    if (f->n_scales == LF_MAX_SCALES)
      LF_RAISE(LF_EARG, "features '%s' has more than %d scales", w->whole, LF_MAX_SCALES);
    LF_TRY(read_number("features", w->whole, word, &f->scale[f->n_scales]));
  }
done:
  return st;
}

lf_status lf_model_features(lf_model *m, const char *text)
{
  static const char *const name[] = {"none", "fourier", "siren", "multiscale", "multiscale-2"};
  lf_status st = LF_OK;
  words w;
  size_t kind = 0;
  lf_features f = {.trained = m->features.trained};
  LF_TRY(words_open(&w, "features", text));
  LF_TRY(find("features", next(&w, ':'), sizeof name / sizeof *name, name, &kind));
  f.kind = (lf_features_kind)kind;
  switch (f.kind) {
  case LF_FEATURES_NONE:
    if (w.rest) LF_RAISE(LF_EARG, "features '%s': none takes nothing", text);
    break;
  case LF_FEATURES_FOURIER: LF_TRY(read_fourier(&w, &f)); break;
  case LF_FEATURES_SIREN: LF_TRY(read_arguments(&w, "siren:OMEGA:N", 1, (double *[]){&f.a}, &f.count)); break;
  case LF_FEATURES_MULTISCALE_1:
  case LF_FEATURES_MULTISCALE_2: LF_TRY(read_scales(&w, &f)); break;
  }
  LF_TRY(lf_features_check(&f));
  m->features = f;
done:
  return st;
}

/* ---- initial laws ---------------------------------------------------------------------------------------------------------- */
typedef struct law_row {
  const char *name;
  const char *argument; /* NULL: takes none */
  double fallback;      /* 0: the argument must be given */
} law_row;

/* LF_INIT_DEFAULT is not spelled; LF_INIT_STD has an option of its own. */
static const law_row law_table[] = {
    [LF_INIT_DEFAULT] = {"default", NULL, 0},
    [LF_INIT_NORMAL] = {"normal", "the standard deviation, as in normal:0.05", 0},
    [LF_INIT_WIDTH_POWER] = {"width-power", "the power, as in width-power:0.5", 0.5},
    [LF_INIT_UNIFORM] = {"uniform", "the bound, as in uniform:0.1", 0},
    [LF_INIT_GLOROT] = {"glorot", NULL, 0},
    [LF_INIT_HE] = {"he", NULL, 0},
    [LF_INIT_LECUN] = {"lecun", NULL, 0},
    [LF_INIT_NTK] = {"ntk", NULL, 0},
    [LF_INIT_SIREN] = {"siren", "omega, as in siren:30", 30},
    [LF_INIT_TORCH] = {"torch", NULL, 0},
    [LF_INIT_ZERO] = {"zero", NULL, 0},
    [LF_INIT_STD] = {"std", NULL, 0},
};
enum { LAW_FIRST = LF_INIT_NORMAL, LAW_END = LF_INIT_STD }; /* the ones a user can spell */

const char *lf_init_law_name(lf_init_law i) { return law_table[i].name; }

static lf_status read_law(const char *what, const char *whole, char *text, lf_init *law)
{
  lf_status st = LF_OK;
  const char *name[LAW_END - LAW_FIRST], *word = cut(&text, ':');
  size_t index = 0;
  for (size_t i = 0; i < LAW_END - LAW_FIRST; i++) name[i] = law_table[LAW_FIRST + i].name;
  if (!*word) LF_RAISE(LF_EARG, "%s '%s': a law is missing", what, whole);
  LF_TRY(find(what, word, LAW_END - LAW_FIRST, name, &index));
  const law_row *row = &law_table[LAW_FIRST + index];
  if (text && !row->argument) LF_RAISE(LF_EARG, "%s '%s': %s takes no number", what, whole, row->name);
  if (!text && row->argument && row->fallback == 0) LF_RAISE(LF_EARG, "%s '%s' needs %s", what, whole, row->argument);
  *law = (lf_init){(lf_init_law)(LAW_FIRST + index), row->fallback};
  if (text) LF_TRY(read_number(what, whole, text, &law->value));
  st = lf_init_check(law);
done:
  return st;
}

/* "LAYER=LAW": the layer's number or `last` */
static lf_status read_override(const char *whole, char *text, lf_model *m)
{
  lf_status st = LF_OK;
  char *layer = cut(&text, '=');
  size_t number = 0;
  int which = -1;
  if (m->n_overrides == LF_MAX_OVERRIDES)
    LF_RAISE(LF_EARG, "init '%s' has more than %d layers of their own", whole, LF_MAX_OVERRIDES);
  if (strcmp(layer, "last") != 0) {
    if (read_count("init", whole, layer, &number) != LF_OK || number >= LF_MAX_LAYERS)
      LF_RAISE(LF_EARG, "init '%s': '%s' is not a layer; layers are 0, 1, ... or last", whole, layer);
    which = (int)number;
  }
  for (size_t i = 0; i < m->n_overrides; i++)
    if (m->override_[i].layer == which) LF_RAISE(LF_EARG, "init '%s' gives layer %s twice", whole, layer);
  m->override_[m->n_overrides].layer = which;
  LF_TRY(read_law("init", whole, text, &m->override_[m->n_overrides].init));
  m->n_overrides++;
done:
  return st;
}

lf_status lf_model_init(lf_model *m, const char *text)
{
  lf_status st = LF_OK;
  words w;
  lf_model trial = *m;
  bool has_law = false;
  trial.n_overrides = 0;
  LF_TRY(words_open(&w, "init", text));
  for (char *word; (word = next(&w, ','));) {
    if (strchr(word, '=')) {
      LF_TRY(read_override(text, word, &trial));
    } else {
      if (has_law && *word) LF_RAISE(LF_EARG, "init '%s' gives two laws; a layer's own law is written LAYER=LAW", text);
      LF_TRY(read_law("init", text, word, &trial.init));
      has_law = true;
    }
  }
  *m = trial;
done:
  return st;
}

lf_status lf_model_bias_init(lf_model *m, const char *text)
{
  lf_status st = LF_OK;
  words w;
  lf_init law;
  LF_TRY(words_open(&w, "bias init", text));
  LF_TRY(read_law("bias init", text, w.copy, &law));
  m->bias_init = law;
  m->has_bias_init = true;
done:
  return st;
}

lf_status lf_model_std(lf_model *m, const char *text)
{
  static const char *const name[] = {"w", "b", "a"};
  lf_status st = LF_OK;
  words w;
  double std[] = {1, 1, 1};
  bool given[] = {false, false, false};
  LF_TRY(words_open(&w, "std", text));
  for (char *word; (word = next(&w, ','));) {
    size_t index = 0;
    const char *key = cut(&word, '=');
    LF_TRY(find("std", key, 3, name, &index));
    if (!word) LF_RAISE(LF_EARG, "std '%s': %s needs a number, as in w=1.3,b=3,a=0.7", text, key);
    if (given[index]) LF_RAISE(LF_EARG, "std '%s' gives %s twice", text, key);
    LF_TRY(read_number("std", text, word, &std[index]));
    if (std[index] < 0) LF_RAISE(LF_EARG, "std '%s': %s must be >= 0", text, key);
    given[index] = true;
  }
  m->std_w = std[0];
  m->std_b = std[1];
  m->std_a = std[2];
  /* an --init that was given stays; lf_model_complete() says so where both cannot hold */
  if (m->init.law == LF_INIT_DEFAULT) m->init.law = LF_INIT_STD;
done:
  return st;
}
