/* expression.c — target expressions on top of muParser.
 *
 * muParser parses and evaluates; every function is defined here, one table row each, so that a target means the same with any
 * version of it. Names are checked before muParser sees the text: its own message for an unknown name teaches nothing, it takes
 * `x = 3` for an assignment that would change the input, and its texts and tokens live in buffers shared by all threads (its
 * error code and position do not). A parser is not reentrant; a lock per expression makes threads take turns. */
#include "expression.h"
#include <math.h>
#include <muParserDLL.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include "base/base.h"
#include "io/bytes.h"
#include "lowfirst/data.h"

/* TEXT_MAX_LENGTH lies below muParser's own limit, so that the refusal is ours. */
enum { SHOWN_MAX = 200, NAME_MAX_LENGTH = 32, TEXT_MAX_LENGTH = 5000 };

struct lf_expression {
  pthread_mutex_t lock;
  size_t inputs, outputs;
  double *variable;         /* (max(inputs,1)) what the parsers read */
  muParserHandle_t *parser; /* (outputs) */
  char *what, *text;
  char *code; /* text as muParser wants it: no blank between a function and its parenthesis */
};

/* ---- functions and constants ------------------------------------------------------------------------------------- */
static double sign(double t) { return (t > 0) - (t < 0); }
static double step(double t) { return 0.5 * (1 + sign(t)); }
static double gauss(double t) { return exp(-0.5 * t * t); }
static double sinc(double t) { return t == 0 ? 1 : sin(M_PI * t) / (M_PI * t); }
static double modulo(double a, double b) { return a - b * floor(a / b); } /* in [0,b): repeats to the left of 0, too */

static double least(const double *value, int n)
{
  double best = value[0];
  for (int i = 1; i < n; i++) best = fmin(best, value[i]);
  return best;
}

static double greatest(const double *value, int n)
{
  double best = value[0];
  for (int i = 1; i < n; i++) best = fmax(best, value[i]);
  return best;
}

typedef struct function {
  const char *name;
  double (*one)(double);
  double (*two)(double, double);
  double (*many)(const double *, int);
} function;

/* round is C's (halves away from 0), rint numpy's (halves to even). */
static const function functions[] = {
    {"sin", sin, NULL, NULL},     {"cos", cos, NULL, NULL},      {"tan", tan, NULL, NULL},
    {"asin", asin, NULL, NULL},   {"acos", acos, NULL, NULL},    {"atan", atan, NULL, NULL},
    {"sinh", sinh, NULL, NULL},   {"cosh", cosh, NULL, NULL},    {"tanh", tanh, NULL, NULL},
    {"asinh", asinh, NULL, NULL}, {"acosh", acosh, NULL, NULL},  {"atanh", atanh, NULL, NULL},
    {"exp", exp, NULL, NULL},     {"log", log, NULL, NULL},      {"log2", log2, NULL, NULL},
    {"log10", log10, NULL, NULL}, {"sqrt", sqrt, NULL, NULL},    {"cbrt", cbrt, NULL, NULL},
    {"abs", fabs, NULL, NULL},    {"sign", sign, NULL, NULL},    {"step", step, NULL, NULL},
    {"round", round, NULL, NULL}, {"rint", rint, NULL, NULL},    {"floor", floor, NULL, NULL},
    {"ceil", ceil, NULL, NULL},   {"erf", erf, NULL, NULL},      {"gauss", gauss, NULL, NULL},
    {"sinc", sinc, NULL, NULL},   {"atan2", NULL, atan2, NULL},  {"mod", NULL, modulo, NULL},
    {"min", NULL, NULL, least},   {"max", NULL, NULL, greatest},
};

static const struct {
  const char *name;
  double value;
} constants[] = {{"pi", M_PI}, {"e", M_E}};

enum {
  FUNCTIONS = sizeof functions / sizeof functions[0],
  CONSTANTS = sizeof constants / sizeof constants[0],
};

static bool is_function(const char *name)
{
  for (size_t i = 0; i < FUNCTIONS; i++)
    if (strcmp(name, functions[i].name) == 0) return true;
  return false;
}

static bool is_constant(const char *name)
{
  for (size_t i = 0; i < CONSTANTS; i++)
    if (strcmp(name, constants[i].name) == 0) return true;
  return false;
}

/* ---- the text, before muParser sees it ------------------------------------------------------------------------------ */
/* Characters are told apart by hand: <ctype.h> follows the locale. */
static bool is_digit(char c) { return c >= '0' && c <= '9'; }
static bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

/* "target 'sin(x': position 6: ..." with the position counted from 1 over the whole text. */
LF_PRINTF(3, 4) static lf_status refuse(const lf_expression *e, size_t position, const char *fmt, ...)
{
  char detail[SHOWN_MAX];
  va_list ap;
  va_start(ap, fmt);
  (void)vsnprintf(detail, sizeof detail, fmt, ap);
  va_end(ap);
  return LF_FAIL(LF_EARG, "%s '%.*s%s': position %zu: %s", e->what, SHOWN_MAX, e->text,
                 strlen(e->text) > SHOWN_MAX ? "..." : "", position + 1, detail);
}

/* 12, 12.5, .5, 1e-3: the length of the number at text. */
static size_t number_length(const char *text)
{
  size_t i = 0;
  while (is_digit(text[i])) i++;
  if (text[i] == '.') i++;
  while (is_digit(text[i])) i++;
  if (text[i] != 'e' && text[i] != 'E') return i;
  size_t j = i + 1;
  if (text[j] == '+' || text[j] == '-') j++;
  if (!is_digit(text[j])) return i;
  while (is_digit(text[j])) j++;
  return j;
}

/* x is input 1, x7 input 7; 0 where the name is no input at all, more than LF_MAX_INPUTS where it is too far. */
static size_t input_index(const char *name)
{
  if (strcmp(name, "x") == 0) return 1;
  if (name[0] != 'x' || name[1] < '1' || name[1] > '9') return 0;
  size_t index = 0;
  for (const char *c = name + 1; *c; c++) {
    if (!is_digit(*c)) return 0;
    index = LF_MIN(index * 10 + (size_t)(*c - '0'), LF_MAX_INPUTS + 1);
  }
  return index;
}

static lf_status refuse_name(const lf_expression *e, size_t position, const char *name)
{
  const char *known[FUNCTIONS];
  for (size_t i = 0; i < FUNCTIONS; i++) known[i] = functions[i].name;
  if (strlen(name) < 3)
    return refuse(e, position, "'%s' is not known; inputs are x or x1, x2, ..., constants pi and e", name);
  return refuse(e, position, "'%s' is not known; the nearest function is %s, inputs are x or x1, x2, ...", name,
                lf_nearest(name, FUNCTIONS, known));
}

/* The name at text[*i]: steps over it and raises e->inputs where it is an input. */
static lf_status check_name(lf_expression *e, size_t *i)
{
  char name[NAME_MAX_LENGTH];
  size_t start = *i, length = 0;
  for (; is_letter(e->text[*i]) || is_digit(e->text[*i]); ++*i)
    if (length + 1 < sizeof name) name[length++] = e->text[*i];
  name[length] = 0;
  size_t input = input_index(name);
  if (input > LF_MAX_INPUTS) return refuse(e, start, "'%s': inputs go up to x%d", name, (int)LF_MAX_INPUTS);
  e->inputs = LF_MAX(e->inputs, input);
  if (input || is_constant(name)) return LF_OK;
  if (!is_function(name)) return refuse_name(e, start, name);
  size_t blanks = strspn(e->text + *i, " ");
  if (e->text[*i + blanks] != '(')
    return refuse(e, start, "%s needs its argument in parentheses, such as %s(x)", name, name);
  memmove(e->code + start + blanks, e->text + start, *i - start);
  memset(e->code + start, ' ', blanks);
  return LF_OK;
}

static lf_status check_mark(const lf_expression *e, size_t i)
{
  const char *at = e->text + i;
  int before = i ? at[-1] : 0;
  if (at[0] == '*' && at[1] == '*') return refuse(e, i, "write ^ for a power, not **");
  if (at[0] == '=' && at[1] != '=' && !(before && strchr("=<>!", before)))
    return refuse(e, i, "write == to compare, not =");
  if (strchr(" +-*/^(),;?:<>=!&|", at[0])) return LF_OK;
  int bytes = 1; /* a character outside ASCII is shown whole */
  while (((unsigned char)at[bytes] & 0xC0) == 0x80) bytes++;
  return refuse(e, i, "'%.*s' does not belong into an expression", bytes, at);
}

/* Names and characters; sets e->inputs. */
static lf_status check_text(lf_expression *e)
{
  lf_status st = LF_OK;
  for (size_t i = 0; e->text[i];) {
    if (is_digit(e->text[i]) || e->text[i] == '.') {
      i += number_length(e->text + i);
    } else if (is_letter(e->text[i])) {
      LF_TRY(check_name(e, &i));
    } else {
      LF_TRY(check_mark(e, i));
      i++;
    }
  }
done:
  return st;
}

/* ---- muParser ---------------------------------------------------------------------------------------------------------- */
static void define(muParserHandle_t parser, lf_expression *e)
{
  char name[NAME_MAX_LENGTH];
  mupClearFun(parser);
  mupClearConst(parser);
  for (size_t i = 0; i < FUNCTIONS; i++) {
    const function *f = &functions[i];
    if (f->one) mupDefineFun1(parser, f->name, f->one, 1);
    if (f->two) mupDefineFun2(parser, f->name, f->two, 1);
    if (f->many) mupDefineMultFun(parser, f->name, f->many, 1);
  }
  for (size_t i = 0; i < CONSTANTS; i++) mupDefineConst(parser, constants[i].name, constants[i].value);
  mupDefineVar(parser, "x", e->variable);
  for (size_t i = 0; i < e->inputs; i++) {
    (void)snprintf(name, sizeof name, "x%zu", i + 1);
    mupDefineVar(parser, name, e->variable + i);
  }
}

/* muParser's error codes (EErrorCodes) in words that help. */
static const char *explain(int code)
{
  switch (code) {
  case 0: return "an operator is not expected here";
  case 1: return "this is not understood";
  case 2: return "the expression ends too early";
  case 3: return "a comma is not expected here";
  case 5: return "a number is not expected here; is an operator such as * missing?";
  case 6: return "an input is not expected here; is an operator such as * missing?";
  case 7: return "a parenthesis is not expected here; is an operator such as * missing?";
  case 11: return "missing parenthesis";
  case 12: return "a function is not expected here; is an operator such as * missing?";
  case 14: return "too many arguments";
  case 15: return "too few arguments";
  case 33: return "'?' without ':'";
  case 34: return "':' without '?'";
  default: return "the expression is not valid";
  }
}

/* Output k is text[start, start + length). */
static lf_status compile(lf_expression *e, size_t k, size_t start, size_t length)
{
  char *part = NULL;
  int values = 0;
  lf_status st;
  if (strspn(e->text + start, " ") >= length)
    return refuse(e, start, "output %zu is empty: expected a formula such as sin(x)", k + 1);
  LF_TRY(lf_calloc(&part, length + 1, 1));
  memcpy(part, e->code + start, length);
  muParserHandle_t parser = e->parser[k] = mupCreate(muBASETYPE_FLOAT);
  if (!parser) LF_RAISE(LF_ENOMEM, "out of memory: the expression parser could not be made");
  define(parser, e);
  mupSetExpr(parser, part);
  (void)mupEvalMulti(parser, &values); /* the first evaluation compiles */
  if (mupError(parser)) {
    int at = mupGetErrorPos(parser); /* -1: the whole; the end lies one too far */
    LF_TRY(refuse(e, start + LF_MIN(at < 0 ? 0 : (size_t)at, length), "%s", explain(mupGetErrorCode(parser))));
  }
  if (values != 1) LF_TRY(refuse(e, start, "a comma separates arguments; separate outputs by ';'"));
done:
  lf_free(part);
  return st;
}

static lf_status compile_all(lf_expression *e)
{
  lf_status st = LF_OK;
  size_t start = 0, outputs = 1;
  for (const char *c = e->text; *c; c++) outputs += *c == ';';
  LF_TRY(lf_calloc(&e->variable, LF_MAX(e->inputs, 1), sizeof *e->variable));
  LF_TRY(lf_calloc(&e->parser, outputs, sizeof *e->parser));
  e->outputs = outputs;
  for (size_t k = 0; k < outputs; k++) {
    size_t length = strcspn(e->text + start, ";");
    LF_TRY(compile(e, k, start, length));
    start += length + 1;
  }
done:
  return st;
}

lf_status lf_expression_create(lf_expression **out, const char *what, const char *text)
{
  lf_status st;
  lf_expression *e = NULL;
  *out = NULL;
  if (strlen(text) > TEXT_MAX_LENGTH)
    return LF_FAIL(LF_EARG, "%s: the expression is longer than %d characters", what, (int)TEXT_MAX_LENGTH);
  for (const char *c = text; *c; c++) /* not shown: a message is one line */
    if (lf_is_control(*c) && *c != '\t')
      return LF_FAIL(LF_EARG, "%s: position %td: a control character does not belong into an expression", what,
                     c - text + 1);
  LF_TRY(lf_calloc(&e, 1, sizeof *e));
  (void)pthread_mutex_init(&e->lock, NULL);
  LF_TRY(lf_strdup(&e->what, what));
  LF_TRY(lf_strdup(&e->text, text));
  for (char *c = e->text; *c; c++)
    if (*c == '\t') *c = ' ';
  LF_TRY(lf_strdup(&e->code, e->text));
  LF_TRY(check_text(e));
  LF_TRY(compile_all(e));
  *out = e;
  e = NULL;
done:
  lf_expression_destroy(e);
  return st;
}

void lf_expression_destroy(lf_expression *e)
{
  if (!e) return;
  for (size_t k = 0; k < e->outputs; k++)
    if (e->parser[k]) mupRelease(e->parser[k]);
  (void)pthread_mutex_destroy(&e->lock);
  lf_free(e->parser);
  lf_free(e->variable);
  lf_free(e->what);
  lf_free(e->text);
  lf_free(e->code);
  lf_free(e);
}

size_t lf_expression_inputs(const lf_expression *e) { return e->inputs; }
size_t lf_expression_outputs(const lf_expression *e) { return e->outputs; }

/* "target '1/x': output 1 is inf at x = 0" */
static lf_status refuse_value(const lf_expression *e, size_t k, double value, size_t d, const double *x)
{
  char point[SHOWN_MAX];
  size_t used = 0;
  for (size_t j = 0; j < d && used + NAME_MAX_LENGTH < sizeof point; j++)
    used += (size_t)snprintf(point + used, sizeof point - used, "%s%.6g", j ? ", " : "", x[j]);
  return LF_FAIL(LF_EMATH, "%s '%.*s': output %zu is %s at x = %s%s%s: change the formula or the range", e->what,
                 SHOWN_MAX, e->text, k + 1,
                 isnan(value) ? "nan"
                 : value > 0  ? "inf"
                              : "-inf",
                 d > 1 ? "(" : "", point, d > 1 ? ")" : "");
}

lf_status lf_expression_evaluate(lf_expression *e, size_t n, size_t d, const double *x, double *y)
{
  lf_status st = LF_OK;
  pthread_mutex_lock(&e->lock);
  for (size_t i = 0; i < n; i++) {
    for (size_t j = 0; j < e->inputs; j++) e->variable[j] = x[i * d + j];
    for (size_t k = 0; k < e->outputs; k++) {
      double value = y[i * e->outputs + k] = mupEval(e->parser[k]);
      if (!isfinite(value)) LF_TRY(refuse_value(e, k, value, d, x + i * d));
    }
  }
done:
  pthread_mutex_unlock(&e->lock);
  return st;
}

lf_status lf_expression_constant(double *out, const char *what, const char *text)
{
  lf_expression *e = NULL;
  lf_status st = lf_expression_create(&e, what, text);
  if (st != LF_OK) return st;
  if (e->inputs || e->outputs > 1) LF_RAISE(LF_EARG, "%s '%s': expected one number, such as 3.5 or -pi/2", what, text);
  *out = mupEval(e->parser[0]);
  if (!isfinite(*out)) LF_RAISE(LF_EARG, "%s '%s' is not a finite number", what, text);
done:
  lf_expression_destroy(e);
  return st;
}
