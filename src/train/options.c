/* options.c — training options from words, and their checks. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/base.h"
#include "trainer.h"

static const char *const loss_name[] = {
#define LF_X(id, name, formula) name,
    LF_LOSS_LIST(LF_X)
#undef LF_X
};
static const char *const optimiser_name[] = {
#define LF_X(id, name, formula) name,
    LF_OPTIMISER_LIST(LF_X)
#undef LF_X
};
static const char *const schedule_name[] = {
#define LF_X(id, name, formula) name,
    LF_SCHEDULE_LIST(LF_X)
#undef LF_X
};

lf_train_options lf_train_options_default(void)
{
  return (lf_train_options){.loss = LF_LOSS_MSE,
                            .huber_delta = 1,
                            .optimiser = LF_OPTIMISER_ADAM,
                            .lr = 1e-4,
                            .momentum = 0.9,
                            .beta1 = 0.9,
                            .beta2 = 0.999,
                            .alpha = 0.99,
                            .epsilon = 1e-8,
                            .box = 5,
                            .steps = 10000,
                            .record_count = 200};
}

const char *lf_loss_name(lf_loss l) { return loss_name[l]; }
const char *lf_optimiser_name(lf_optimiser o) { return optimiser_name[o]; }
bool lf_optimiser_searches(lf_optimiser o) { return o >= LF_OPTIMISER_LBFGS && o <= LF_OPTIMISER_ESCH; }
const char *lf_schedule_name(lf_schedule s) { return schedule_name[s]; }

static lf_status parse_word(const char *what, const char *text, size_t n, const char *const *word, size_t *out)
{
  for (size_t i = 0; i < n; i++)
    if (strcmp(text, word[i]) == 0) return *out = i, LF_OK;
  return LF_FAIL(LF_EARG, "%s '%s' is not known; the nearest is %s", what, text, lf_nearest(text, n, word));
}

lf_status lf_loss_parse(lf_loss *out, const char *text)
{
  size_t i = 0;
  lf_status st = parse_word("loss", text, LF_LOSS_COUNT, loss_name, &i);
  if (st == LF_OK) *out = (lf_loss)i;
  return st;
}

lf_status lf_optimiser_parse(lf_optimiser *out, const char *text)
{
  size_t i = 0;
  lf_status st = parse_word("optimiser", text, LF_OPTIMISER_COUNT, optimiser_name, &i);
  if (st == LF_OK) *out = (lf_optimiser)i;
  return st;
}

/* "word" or "word:number[:number]"; fills at most two numbers, says how many. */
static lf_status split_numbers(const char *what, const char *text, char *word, size_t size, double number[2],
                               int *count)
{
  size_t length = strcspn(text, ":");
  const char *at = text + length;
  *count = 0;
  if (length >= size) return LF_FAIL(LF_EARG, "%s '%s' is not known", what, text);
  memcpy(word, text, length);
  word[length] = 0;
  while (*at == ':') {
    char *end;
    double value = strtod(at + 1, &end);
    if (end == at + 1 || (*end && *end != ':') || !isfinite(value) || *count == 2)
      return LF_FAIL(LF_EARG, "%s '%s': '%s' is not a number, or one too many", what, text, at + 1);
    number[(*count)++] = value;
    at = end;
  }
  return LF_OK;
}

lf_status lf_schedule_parse(lf_train_options *o, const char *text)
{
  char word[32];
  double number[2] = {0, 0};
  int count;
  size_t kind = 0;
  lf_status st = split_numbers("schedule", text, word, sizeof word, number, &count);
  if (st == LF_OK) st = parse_word("schedule", word, LF_SCHEDULE_COUNT, schedule_name, &kind);
  if (st != LF_OK) return st;
  static const int least[] = {0, 2, 1, 0}, most[] = {0, 2, 1, 1};
  if (count < least[kind] || count > most[kind])
    return LF_FAIL(
        LF_EARG, "schedule '%s': the forms are constant, step:EVERY:FACTOR, exponential:FACTOR, cosine[:FLOOR]", text);
  if (kind == LF_SCHEDULE_STEP && !(number[0] >= 1))
    return LF_FAIL(LF_EARG, "schedule '%s': EVERY counts steps, it must be >= 1", text);
  double factor = kind == LF_SCHEDULE_STEP ? number[1] : number[0];
  bool is_floor = kind == LF_SCHEDULE_COSINE;
  if (count && !(factor >= 0 && factor <= 1 && (is_floor || factor > 0)))
    return LF_FAIL(LF_EARG, "schedule '%s': the factor must lie in %s0, 1]", text, is_floor ? "[" : "(");
  o->schedule = (lf_schedule)kind;
  o->schedule_a = number[0];
  o->schedule_b = number[1];
  return LF_OK;
}

lf_status lf_record_parse(lf_train_options *o, const char *text)
{
  char word[32];
  double number[2] = {0, 0};
  int count;
  lf_status st = split_numbers("record", text, word, sizeof word, number, &count);
  if (st != LF_OK) return st;
  bool every = strcmp(word, "every") == 0, log_ = strcmp(word, "log") == 0, none = strcmp(word, "none") == 0;
  bool whole = count == 1 && number[0] >= (log_ ? 2 : 1) && number[0] == floor(number[0]) && number[0] <= 1e15;
  if (!(none && count == 0) && !((every || log_) && whole))
    return LF_FAIL(LF_EARG, "record '%s': the forms are every:STEPS (>= 1), log:COUNT (>= 2) and none", text);
  o->record_every = every ? (int64_t)number[0] : 0;
  o->record_count = log_ ? (int64_t)number[0] : 0;
  return LF_OK;
}

static lf_status need(bool good, const char *name, double value, const char *range)
{
  return good ? LF_OK : LF_FAIL(LF_EARG, "%s = %g must be %s", name, value, range);
}

lf_status lf_train_options_check(const lf_train_options *o)
{
  lf_status st = LF_OK;
  LF_TRY(need(o->lr >= 0 && isfinite(o->lr), "lr", o->lr, "finite and >= 0"));
  LF_TRY(need(o->momentum >= 0 && o->momentum < 1, "momentum", o->momentum, "in [0, 1)"));
  LF_TRY(need(o->beta1 >= 0 && o->beta1 < 1, "beta1", o->beta1, "in [0, 1)"));
  LF_TRY(need(o->beta2 >= 0 && o->beta2 < 1, "beta2", o->beta2, "in [0, 1)"));
  LF_TRY(need(o->alpha >= 0 && o->alpha < 1, "alpha", o->alpha, "in [0, 1)"));
  LF_TRY(need(o->epsilon >= 0 && isfinite(o->epsilon), "epsilon", o->epsilon, "finite and >= 0"));
  LF_TRY(need(o->weight_decay >= 0 && isfinite(o->weight_decay), "weight_decay", o->weight_decay, "finite and >= 0"));
  LF_TRY(need(o->huber_delta > 0 && isfinite(o->huber_delta), "huber_delta", o->huber_delta, "finite and > 0"));
  LF_TRY(need(o->box > 0 && isfinite(o->box), "box", o->box, "finite and > 0"));
  LF_TRY(need(o->steps >= 0, "steps", (double)o->steps, ">= 0"));
  LF_TRY(need(o->warmup >= 0, "warmup", (double)o->warmup, ">= 0"));
  LF_TRY(need(o->stop_loss >= 0, "stop_loss", o->stop_loss, ">= 0"));
  LF_TRY(need(o->stop_time_s >= 0, "stop_time_s", o->stop_time_s, ">= 0"));
  LF_TRY(need(o->record_every >= 0 && o->record_count >= 0, "record", (double)o->record_every, ">= 0"));
done:
  return st;
}

double lf_train_rate(const lf_train_options *o, int64_t step)
{
  const double pi = 3.14159265358979323846;
  double k = (double)step, rate = o->lr;
  if (o->schedule == LF_SCHEDULE_STEP) rate *= pow(o->schedule_b, floor(k / o->schedule_a));
  if (o->schedule == LF_SCHEDULE_EXPONENTIAL) rate *= pow(o->schedule_a, k);
  if (o->schedule == LF_SCHEDULE_COSINE)
    rate *= o->schedule_a + (1 - o->schedule_a) * (1 + cos(pi * k / (double)LF_MAX(o->steps, 1))) / 2;
  if (step < o->warmup) rate *= (k + 1) / (double)o->warmup;
  return rate;
}

/* THEORY section 0: one step of plain descent is lr x this much flow time; NaN where the relation is not exact. */
double lf_train_time_per_rate(const lf_train_options *o, size_t n, size_t c)
{
  bool plain = o->optimiser == LF_OPTIMISER_GD && o->weight_decay == 0 && (o->batch == 0 || o->batch >= n);
  if (!plain || o->field_loss) return NAN;
  if (o->loss == LF_LOSS_HALF_MSE) return 1;
  if (o->loss == LF_LOSS_MSE) return 2 / (double)c;
  if (o->loss == LF_LOSS_SSE) return 2 * (double)n;
  return NAN;
}
