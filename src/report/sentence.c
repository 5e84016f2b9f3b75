/* sentence.c — a history in plain words: what was learned, what was not, what to try.
 *
 *  How long a peak that is still falling will take is read off its own decay over the last part of the run, by two laws,
 *      Delta = A exp(-r k)   (a mode of gradient descent)   and   Delta = A k^-p   (many modes of different rates),
 *  fitted to log Delta by least squares. The better one speaks; where the other is nearly as good both bounds are given. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "format.h"
#include "lowfirst/report.h"
#include "base/text.h"

static const double recent_part = 0.5;  /* of the steps run: where the decay is read off begins here */
static const double moves = 1.01;       /* a peak whose error shrank by less than this factor there does not move */
static const double nearly_as_good = 2; /* ratio of the two fits' residuals up to which both are believed */
static const double patience = 20;      /* times the steps run: beyond, other features are the shorter way */
static const double hopeless = 1e4;     /* times the steps run: such a forecast says no more than that nothing moves */
static const double risen = 1.5;        /* test loss over its lowest value: overfitting */
static const double matters = 0.05;     /* test loss over its first value: not yet small */
static const double gap = 10; /* test loss over training loss: the samples are learned, what lies between is not */
static const double edge = 0.9,
                    edge_share = 0.2; /* so much energy above so much of the highest frequency: aliasing is likely */
enum { FIT_POINTS = 4, LISTED = 6 };

/* ---- how long a peak will still take ----------------------------------------------------------------------------------------- */
typedef struct forecast {
  bool falling;
  double low, high; /* steps in all; equal where one law is clearly the better */
} forecast;

typedef struct line {
  double slope, offset, residual;
} line;

/* Least squares of y on x. */
static line fit_line(size_t n, const double *x, const double *y)
{
  double mx = 0, my = 0, xx = 0, xy = 0, rest = 0;
  for (size_t i = 0; i < n; i++) mx += x[i] / (double)n, my += y[i] / (double)n;
  for (size_t i = 0; i < n; i++) xx += (x[i] - mx) * (x[i] - mx), xy += (x[i] - mx) * (y[i] - my);
  line l = {.slope = xx > 0 ? xy / xx : 0};
  l.offset = my - l.slope * mx;
  for (size_t i = 0; i < n; i++) rest += pow(y[i] - l.offset - l.slope * x[i], 2);
  l.residual = sqrt(rest / (double)n);
  return l;
}

static forecast foretell(const lf_history_view *v, size_t index)
{
  enum { MOST = 256 }; /* the last records, should there be more */
  double k[MOST], log_k[MOST], log_delta[MOST];
  int64_t last = v->step[v->r - 1];
  size_t n = 0, r = v->r;
  while (r > 0 && n < MOST && v->step[r - 1] > 0 &&
         ((double)v->step[r - 1] >= recent_part * (double)last || n < FIT_POINTS)) {
    r--;
    double delta = v->delta[r * v->m + index];
    if (!(delta > 0)) continue;
    k[n] = (double)v->step[r], log_k[n] = log(k[n]), log_delta[n++] = log(delta);
  }
  forecast f = {0};
  if (n < FIT_POINTS) return f;
  line exponential = fit_line(n, k, log_delta), power = fit_line(n, log_k, log_delta);
  f.falling = exponential.slope * (k[n - 1] - k[0]) >= log(moves) && power.slope < 0; /* k descends */
  if (!f.falling) return f;
  double goal = log(v->learned), by_exponential = (goal - exponential.offset) / exponential.slope,
         by_power = exp((goal - power.offset) / power.slope);
  f.low = f.high = exponential.residual <= power.residual ? by_exponential : by_power;
  if (exponential.residual <= nearly_as_good * power.residual &&
      power.residual <= nearly_as_good * exponential.residual)
    f.low = fmin(by_exponential, by_power), f.high = fmax(by_exponential, by_power);
  f.low = fmax(f.low, (double)last);
  return f;
}

/* ---- what was learned ---------------------------------------------------------------------------------------------------------- */
/* ||h^ - f^|| / ||f^|| over every frequency looked at, at record r. */
static double whole_error(const lf_history_view *v, size_t r)
{
  double wrong = 0, whole = 0;
  const double *fit = v->fit_hat + 2 * r * v->m * v->c;
  for (size_t i = 0; i < 2 * v->m * v->c; i++)
    wrong += pow(fit[i] - v->target_hat[i], 2), whole += v->target_hat[i] * v->target_hat[i];
  return whole > 0 ? sqrt(wrong / whole) : NAN;
}

static void add_order_word(lf_text *t, double tau)
{
  static const double clear = 0.5, exact = 0.999;
  if (isnan(tau)) return;
  const char *word = tau > exact    ? "low first"
                     : tau > clear  ? "mostly low first"
                     : tau < -exact ? "high first"
                     : tau < -clear ? "mostly high first"
                                    : "in no order of frequency";
  lf_text_add(t, " — %s (τ = %.2g)", word, tau);
}

/* "0.159 after 20 steps, 0.477 after 600, ..., 2.39 after 901" */
static void add_learned(lf_text *t, const lf_history_view *v, const int64_t *step, size_t learned)
{
  size_t told = 0;
  for (size_t k = 0; k < v->peaks; k++) {
    if (step[k] < 0) continue;
    told++;
    bool skip = learned > LISTED && told >= LISTED && told < learned;
    if (skip && told > LISTED) continue;
    lf_text_add(t, "%s", told > 1 ? ", " : "");
    if (skip)
      lf_text_add(t, "…");
    else
      lf_text_add(t, "%s after %s%s", lf_word_peak(v, k).text, lf_word_foretold(step[k]).text,
                  told > 1       ? ""
                  : step[k] == 1 ? " step"
                                 : " steps");
  }
}

static size_t count_learned(const lf_order *o)
{
  size_t learned = 0;
  for (size_t k = 0; k < o->peaks; k++) learned += o->step[k] >= 0;
  return learned;
}

static void tell_learned(lf_text *t, const lf_history_view *v, const lf_order *o)
{
  size_t learned = count_learned(o);
  double error = whole_error(v, v->r - 1);
  lf_word steps = lf_word_count(v->step[v->r - 1]);
  if (o->peaks == 0 && isnan(error)) {
    lf_text_add(t, "The target is 0 at every sample: there is no frequency to learn.");
    return;
  }
  if (o->peaks == 0) {
    lf_text_add(t, "No frequency of the target stands out; the error over all of them is %s after %s steps.",
                lf_word_percent(error).text, steps.text);
    return;
  }
  if (learned == 0) {
    lf_text_add(t, "Nothing is learned yet after %s steps.", steps.text);
    return;
  }
  lf_text_add(t, learned < o->peaks   ? "Learned "
                 : error < v->learned ? "Learned everything the samples carry: "
                                      : "Learned every peak: ");
  add_learned(t, v, o->step, learned);
  add_order_word(t, learned < 2 ? NAN : o->tau);
  if (learned == o->peaks && error >= v->learned)
    lf_text_add(t, "; what lies beside the peaks is still at %s error", lf_word_percent(error).text);
  lf_text_add(t, ".");
}

/* ---- what was not, and what to try ------------------------------------------------------------------------------------------------ */
typedef enum fate {
  LEARNED,
  SOON,  /* falls, and will be learned within the user's patience */
  LATE,  /* falls too slowly */
  STUCK, /* does not move */
  LOST   /* was below the threshold and is not now */
} fate;

static fate fate_of(const lf_history_view *v, const lf_order *o, size_t k, forecast *f)
{
  size_t index = (size_t)v->peak[k];
  *f = foretell(v, index);
  if (o->step[k] >= 0) return LEARNED;
  for (size_t r = 0; r < v->r; r++)
    if (v->delta[r * v->m + index] < v->learned) return LOST;
  if (!f->falling || f->low > hopeless * (double)v->step[v->r - 1]) return STUCK;
  return f->low <= patience * (double)v->step[v->r - 1] ? SOON : LATE;
}

/* All peaks of one fate: how many, the steps that the last of them takes, the highest |xi|. */
typedef struct group {
  size_t count;
  double low, high, highest;
} group;

static group group_of(const lf_history_view *v, const lf_order *o, fate wanted)
{
  group g = {0};
  for (size_t k = 0; k < o->peaks; k++) {
    forecast f;
    if (fate_of(v, o, k, &f) != wanted) continue;
    g.count++;
    g.low = fmax(g.low, f.low), g.high = fmax(g.high, f.high);
    g.highest = fmax(g.highest, v->xi_norm[v->peak[k]]);
  }
  return g;
}

/* " 0.477, 0.796" */
static void add_names(lf_text *t, const lf_history_view *v, const lf_order *o, fate wanted)
{
  size_t told = 0;
  for (size_t k = 0; k < o->peaks; k++) {
    forecast f;
    if (fate_of(v, o, k, &f) != wanted) continue;
    if (told < LISTED) lf_text_add(t, "%s %s", told > 0 ? "," : "", lf_word_peak(v, k).text);
    told++;
  }
  if (told > LISTED) lf_text_add(t, " and %zu more", told - LISTED);
}

/* Steps rounded up to two digits: an option's value must not promise digits that a forecast does not have. */
static int64_t round_up(double steps)
{
  double unit = pow(10, floor(log10(fmax(steps, 10))) - 1);
  return (int64_t)(ceil(steps / unit) * unit);
}

static void tell_soon(lf_text *t, const lf_history_view *v, const lf_order *o)
{
  static const double reserve = 1.2;
  group soon = group_of(v, o, SOON);
  lf_word low = lf_word_rounded(soon.low), high = lf_word_rounded(soon.high);
  bool range = strcmp(low.text, high.text) != 0, open_end = soon.high > patience * (double)v->step[v->r - 1];
  if (soon.count == 0) return;
  lf_text_add(t, " Going on as now,");
  add_names(t, v, o, SOON);
  lf_text_add(t, soon.count > 1 ? " take" : " takes");
  if (open_end)
    lf_text_add(t, " at least %s steps in all", low.text);
  else if (range)
    lf_text_add(t, " between %s and %s steps in all", low.text, high.text);
  else
    lf_text_add(t, " about %s steps in all", low.text);
  lf_text_add(t, ": try --steps %lld.", (long long)round_up(range && !open_end ? soon.high : reserve * soon.low));
}

static void tell_late(lf_text *t, const lf_history_view *v, const lf_order *o)
{
  enum { FEATURES = 128 };
  group late = group_of(v, o, LATE), stuck = group_of(v, o, STUCK);
  if (late.count > 0) {
    lf_text_add(t, " At the present pace");
    add_names(t, v, o, LATE);
    lf_text_add(t, " would take about %s steps in all.", lf_word_rounded(late.low).text);
  }
  if (stuck.count > 0) {
    add_names(t, v, o, STUCK);
    lf_text_add(t, " %s hardly moved since step %s.", stuck.count > 1 ? "have" : "has",
                lf_word_count((int64_t)(recent_part * (double)v->step[v->r - 1])).text);
  }
  if (late.count + stuck.count > 0)
    lf_text_add(
        t, " Features of such frequencies learn them sooner: --features fourier:gauss:%.2g:%d, or multiscale:1,2,4,8.",
        fmax(late.highest, stuck.highest), FEATURES);
}

static void tell_missing(lf_text *t, const lf_history_view *v, const lf_order *o)
{
  size_t learned = count_learned(o), told = 0, open = o->peaks - learned;
  if (open == 0) return;
  lf_text_add(t, learned ? " Not learned: " : " Open: ");
  for (size_t k = 0; k < o->peaks && told < LISTED; k++)
    if (o->step[k] < 0)
      lf_text_add(t, "%s%s (error %s)", told++ ? ", " : "", lf_word_peak(v, k).text, lf_word_percent(o->last[k]).text);
  if (open > LISTED) lf_text_add(t, " and %zu more", open - LISTED);
  lf_text_add(t, ".");
  if (v->r < 2) return; /* one look tells of no movement */
  tell_soon(t, v, o);
  tell_late(t, v, o);
  group lost = group_of(v, o, LOST);
  if (lost.count > 0) {
    add_names(t, v, o, LOST);
    lf_text_add(t, " %s learned and lost again: a smaller --lr would hold %s.", lost.count > 1 ? "were" : "was",
                lost.count > 1 ? "them" : "it");
  }
}

static void tell_test(lf_text *t, const lf_history_view *v, const lf_order *o)
{
  size_t best = 0, last = v->r - 1;
  for (size_t r = 1; r < v->r; r++)
    if (v->test_loss[r] < v->test_loss[best]) best = r;
  double now = v->test_loss[last], least = v->test_loss[best];
  if (!(now > matters * v->test_loss[0])) return;                              /* also where it is not known */
  const bool samples_fit_better = whole_error(v, last) < whole_error(v, best); /* else the loss is not about values */
  if (now > risen * least && samples_fit_better)
    lf_text_add(t,
                " On held-out samples the loss was lowest at step %s (%s) and is %s now: the network has begun to fit "
                "what belongs "
                "to these samples alone. Stop there, or use more samples.",
                lf_word_count(v->step[best]).text, lf_word_loss(least).text, lf_word_loss(now).text);
  else if (count_learned(o) == o->peaks && now > gap * v->loss[last])
    lf_text_add(
        t,
        " Between the samples it is off: test loss %s, training loss %s. More samples would show it what lies there.",
        lf_word_loss(now).text, lf_word_loss(v->loss[last]).text);
}

static void tell_aliasing(lf_text *t, const lf_history_view *v)
{
  double highest = 0, whole = 0, above = 0;
  for (size_t i = 0; i < v->m; i++) highest = fmax(highest, v->xi_norm[i]);
  for (size_t i = 0; i < v->m; i++) {
    double energy = 0;
    for (size_t j = 2 * i * v->c; j < 2 * (i + 1) * v->c; j++) energy += v->target_hat[j] * v->target_hat[j];
    if (v->xi_norm[i] > 0) whole += energy;
    if (v->xi_norm[i] > edge * highest) above += energy;
  }
  if (above > edge_share * whole)
    lf_text_add(t,
                " %s of the target's energy sits at the highest frequencies looked at (above %s): what is finer than "
                "the samples can "
                "show may be folded in there. Use more samples.",
                lf_word_percent(above / whole).text, lf_word_frequency(edge * highest, 3).text);
}

/* ---- a prediction ------------------------------------------------------------------------------------------------------------------- */
static void tell_unlearned(lf_text *t, const lf_history_view *v, const lf_order *o)
{
  size_t told = 0, missed = 0;
  for (size_t k = 0; k < v->peaks; k++) missed += v->foretold[k] < 0;
  if (missed == 0) return;
  lf_text_add(t, " Not learned:");
  for (size_t k = 0; k < v->peaks && told < LISTED; k++)
    if (v->foretold[k] < 0)
      lf_text_add(t, "%s %s (error %s at step %s)", told++ ? "," : "", lf_word_peak(v, k).text,
                  lf_word_percent(o->last[k]).text, lf_word_count(v->step[v->r - 1]).text);
  if (missed > LISTED) lf_text_add(t, " and %zu more", missed - LISTED);
  lf_text_add(t, ".");
}

/* Nothing was learned here: theory says when it will be, also beyond its record. */
static void tell_foretold(lf_text *t, const lf_history_view *v, const lf_order *o)
{
  size_t learned = 0, later = 0;
  for (size_t k = 0; k < v->peaks; k++) learned += v->foretold[k] >= 0, later += v->foretold[k] > v->step[v->r - 1];
  if (v->peaks == 0) {
    lf_text_add(
        t, "No frequency of the target stands out; theory foretells an error of %s over all of them after %s steps.",
        lf_word_percent(whole_error(v, v->r - 1)).text, lf_word_count(v->step[v->r - 1]).text);
    return;
  }
  if (learned > 0) {
    lf_text_add(t, "By theory, these will be learned: ");
    add_learned(t, v, v->foretold, learned);
    add_order_word(t, learned < 2 ? NAN : o->tau);
    if (later > 0)
      lf_text_add(t, "; %zu of them beyond the %s steps looked at", later, lf_word_count(v->step[v->r - 1]).text);
    lf_text_add(t, ".");
  } else
    lf_text_add(t, "By theory, nothing that stands out will be learned.");
  tell_unlearned(t, v, o);
}

/* ---- the sentence ------------------------------------------------------------------------------------------------------------------- */
/* Copy what fits, whole characters only. */
static void copy_out(char *text, size_t size, const char *from)
{
  size_t bytes = LF_MIN(strlen(from), size - 1);
  while (bytes > 0 && from[bytes] && ((unsigned char)from[bytes] & 0xC0) == 0x80) bytes--;
  memcpy(text, from, bytes);
  text[bytes] = 0;
}

void lf_report_sentence(const lf_history *h, char *text, size_t size)
{
  lf_history_view v = lf_history_look(h);
  lf_order order = {0};
  lf_text t = {0};
  if (size == 0) return;
  copy_out(text, size, "Nothing was recorded.");
  if (v.r == 0) return;
  if (lf_history_order(h, &order) == LF_OK) {
    if (v.foretold) {
      tell_foretold(&t, &v, &order);
    } else {
      tell_learned(&t, &v, &order);
      tell_missing(&t, &v, &order);
      tell_test(&t, &v, &order);
    }
    tell_aliasing(&t, &v);
  }
  if (t.status == LF_OK && t.at)
    copy_out(text, size, t.at);
  else
    copy_out(text, size, "There was too little memory to say what was learned.");
  lf_text_free(&t);
  lf_order_free(&order);
}
