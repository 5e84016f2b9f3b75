/* b_doctor.c — how good is the doctor's choice? Ten signals (doctor_signals.c), the same net and training for all: a scan of 24 scales of Gaussian
 * Fourier features, nine seeds each (three in two dimensions), against the scale that the doctor chooses, by theory alone and after its trial. Errors are relative to the
 * signal's size, on held-out points; a loss in dB is 20 log10 of the ratio to the scan's best. Then plain descent on a wide net and on one of practical
 * width: steps to learn each band, foretold and measured.
 *
 *     build/release/bench/b_doctor [PART OF A NAME]   (LF_BENCH_QUICK: one seed, a twentieth of the steps)
 *     build/release/bench/b_doctor --practice [PART OF A NAME]   the choice on the sixteen signals to practise on; five seeds, no steps per band
 *
 * The scan takes most of the time and does not depend on the doctor: LF_BENCH_SCAN names a file in which its errors are kept and looked up. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "bench.h"
#include "doctor_signals.h"
#include "lowfirst/advise.h"
#include "lowfirst/net.h"
#include "lowfirst/train.h"

enum { SCAN = 24, FEATURES = 128, STEPS = 2000 };
static const char net_1[] = "1-128-1", net_2[] = "2-128-1";

typedef struct rig {
  lf_data *data, *samples; /* with held-out points, and without: the doctor is not shown them */
  lf_model model;
  lf_train_options train;
  size_t seeds;
} rig;

static void rig_make(rig *r, const doctor_signal *s, size_t seeds_1)
{
  bool quick = getenv("LF_BENCH_QUICK") != NULL;
  bench_must(doctor_signal_data(&r->data, s), s->name);
  bench_must(lf_data_from(&r->samples, r->data->n, r->data->d, 1, r->data->x, r->data->y, 0, NULL, NULL), s->name);
  r->model = lf_model_default();
  bench_must(lf_model_layers(&r->model, s->d == 1 ? net_1 : net_2), "net");
  bench_must(lf_model_activation(&r->model, "relu"), "act");
  bench_must(lf_model_complete(&r->model, s->d, 1), "model");
  r->train = lf_train_options_default();
  r->train.lr = 1e-3;
  r->train.steps = quick ? STEPS / 20 : STEPS;
  r->train.record_every = 0, r->train.record_count = 0;
  r->seeds = quick ? 1 : s->d == 1 ? seeds_1 : 3;
}

static void rig_free(rig *r)
{
  lf_data_destroy(r->data);
  lf_data_destroy(r->samples);
}

static double relative_error(const lf_data *data, const double *fit)
{
  double miss = 0, mean = 0, size = 0;
  for (size_t i = 0; i < data->n_test; i++) mean += data->y_test[i] / (double)data->n_test;
  for (size_t i = 0; i < data->n_test; i++) {
    miss += pow(fit[i] - data->y_test[i], 2);
    size += pow(data->y_test[i] - mean, 2);
  }
  return sqrt(miss / size);
}

/* Geometric mean over the seeds of the error of nets with features of this scale. */
static double trained_error(const rig *r, double sigma)
{
  char text[64];
  double fit[DOCTOR_HELD_OUT], sum = 0;
  lf_model model = r->model;
  (void)snprintf(text, sizeof text, "fourier:gauss:%.17g:%d", sigma, (int)FEATURES);
  bench_must(lf_model_features(&model, text), text);
  bench_must(lf_model_complete(&model, r->data->d, 1), "model");
  for (size_t seed = 0; seed < r->seeds; seed++) {
    lf_net *net = NULL;
    bench_must(lf_net_create(&net, &model, LF_F32, 100 + seed), "net");
    bench_must(lf_train(net, r->data, &r->train, NULL, NULL), "training");
    bench_must(lf_net_evaluate(net, r->data->n_test, r->data->x_test, fit, 1), "evaluation");
    sum += log(relative_error(r->data, fit));
    lf_net_destroy(net);
  }
  return exp(sum / (double)r->seeds);
}

/* The scale chosen, what the net trained with it gives, what the advice took. */
typedef struct choice {
  double sigma, error, seconds;
} choice;

/* The best Gaussian scale, were the given net better or not. */
static double best_scale(lf_advice_view look, bool theory_only)
{
  double least = INFINITY, sigma = NAN;
  for (size_t i = 1; i < look.candidates; i++) {
    const lf_candidate *k = &look.candidate[i];
    double judged = theory_only ? k->expected : sqrt(k->expected * k->trial);
    if (k->family == LF_FAMILY_GAUSS && judged < least) least = judged, sigma = k->scale;
    if (getenv("LF_BENCH_TALK"))
      (void)fprintf(stderr, "  %-24s expected %.4f best %.4f (%lld) trial %.4f steps %lld\n", k->label, k->expected,
                    k->best, (long long)k->best_step, k->trial, (long long)k->steps);
  }
  return sigma;
}

static choice ask(const rig *r, bool theory_only)
{
  lf_advice *advice = NULL;
  lf_advise_options o = {.families = 1u << LF_FAMILY_GAUSS, .theory_only = theory_only, .features = FEATURES};
  choice c = {.sigma = NAN, .error = NAN};
  double began = bench_now_s();
  bench_must(lf_advise(&advice, r->samples, &r->model, &r->train, &o), "advice");
  c.seconds = bench_now_s() - began;
  c.sigma = best_scale(lf_advice_look(advice), theory_only);
  lf_advice_destroy(advice);
  c.error = trained_error(r, c.sigma);
  return c;
}

/* ---- the scan --------------------------------------------------------------------------------------------------------------------- */
/* The error kept for a scale of a signal, NaN: none. */
static double looked_up(const char *name, size_t k)
{
  const char *path = getenv("LF_BENCH_SCAN");
  char line[128], want[64];
  double error = NAN;
  FILE *f = path ? fopen(path, "r") : NULL;
  (void)snprintf(want, sizeof want, "%s:%zu ", name, k);
  while (f && fgets(line, sizeof line, f))
    if (strncmp(line, want, strlen(want)) == 0) error = strtod(line + strlen(want), NULL);
  if (f) (void)fclose(f);
  return error;
}

static double scanned_error(const rig *r, const char *name, size_t k, double sigma)
{
  const char *path = getenv("LF_BENCH_SCAN");
  double error = looked_up(name, k);
  if (!isnan(error)) return error;
  error = trained_error(r, sigma);
  FILE *f = path ? fopen(path, "a") : NULL;
  if (f) {
    (void)fprintf(f, "%s:%zu %.17g\n", name, k, error);
    (void)fclose(f);
  }
  return error;
}

static double decibel(double a, double b) { return 20 * log10(a / b); }

/* ---- steps per band ------------------------------------------------------------------------------------------------------------ */
/* The doctor chooses a scale by theory for plain descent at half the largest stable rate in CHOICE_STEPS steps. The net then takes twice as many steps as
 * the latest band needs that is foretold within LONGEST; bands foretold beyond are counted, not waited for. */
enum { WIDE = 1024, PRACTICAL = 128, WIDE_FEATURES = 64, CHOICE_STEPS = 2000, LONGEST = 10000 };

typedef struct compared {
  double sigma, factor; /* the largest between foretold and measured step */
  int64_t steps;
  size_t bands, beyond;
} compared;

/* Advice on plain descent of a net in ntk scaling. sigma 0: no features. */
static lf_advice *advise_descent(const rig *r, double sigma, size_t width, lf_family family, int64_t steps)
{
  char text[64];
  lf_model model = lf_model_default();
  lf_train_options train = r->train;
  lf_advise_options o = {.families = 1u << family, .theory_only = true, .features = WIDE_FEATURES};
  lf_advice *advice = NULL;
  (void)snprintf(text, sizeof text, "%zu-%zu-1", r->data->d, width);
  bench_must(lf_model_layers(&model, text), text);
  bench_must(lf_model_activation(&model, "relu"), "act");
  bench_must(lf_model_scaling(&model, "ntk"), "scaling");
  (void)snprintf(text, sizeof text, "fourier:gauss:%.17g:%d", sigma, (int)WIDE_FEATURES);
  if (sigma > 0) bench_must(lf_model_features(&model, text), text);
  bench_must(lf_model_complete(&model, r->data->d, 1), "model");
  train.optimiser = LF_OPTIMISER_GD;
  train.lr = 0;
  train.steps = steps;
  bench_must(lf_advise(&advice, r->samples, &model, &train, &o), "advice");
  return advice;
}

static double scale_for_descent(const rig *r)
{
  lf_advice *advice = advise_descent(r, 0, WIDE, LF_FAMILY_GAUSS, CHOICE_STEPS);
  double sigma = best_scale(lf_advice_look(advice), true);
  lf_advice_destroy(advice);
  return sigma;
}

static void compare_bands(const lf_advice *advice, const lf_verified *v, compared *c)
{
  lf_advice_view look = lf_advice_look(advice);
  c->factor = 1;
  for (size_t b = 0; b < look.bands; b++) {
    double told = (double)look.given_band[b].step, seen = (double)v->band_step[b];
    if (told < 0 || told > LONGEST) continue;
    told = fmax(told, 1);
    c->factor = fmax(c->factor, seen < 1 ? INFINITY : fmax(told / seen, seen / told));
    (void)printf(" %.3g: %.0f %.0f;", look.given_band[b].centre, told, seen);
  }
}

static compared compare_steps(const rig *r, double sigma, size_t width)
{
  compared c = {.sigma = sigma};
  int64_t latest = 1;
  lf_verified v;
  lf_advice *advice = advise_descent(r, sigma, width, LF_FAMILY_ASI, 1);
  lf_advice_view look = lf_advice_look(advice);
  for (size_t b = 0; b < look.bands; b++) {
    int64_t told = look.given_band[b].step;
    bool within = told >= 0 && told <= LONGEST;
    c.bands += within, c.beyond += !within;
    if (within && told > latest) latest = told;
  }
  lf_advice_destroy(advice);
  c.steps = 2 * latest; /* twice as late must be seen, too */
  advice = advise_descent(r, sigma, width, LF_FAMILY_ASI, c.steps);
  bench_must(lf_advice_verify(advice, 0, false, &v), "training");
  (void)printf("  width %4zu, sigma %.3g, %lld steps; band: foretold measured", width, sigma, (long long)c.steps);
  compare_bands(advice, &v, &c);
  (void)printf(" factor %.2f, %zu beyond\n", c.factor, c.beyond);
  lf_verified_free(&v);
  lf_advice_destroy(advice);
  return c;
}

/* ---- the table ------------------------------------------------------------------------------------------------------------------- */
typedef struct sums {
  size_t count, near_theory, near_trial, near_steps;
  double theory, trial;
} sums;

/* A factor as JSON knows it: null where a band was not learned in twice the steps foretold. */
static void put_factor(FILE *f, const char *key, const compared *c)
{
  if (isinf(c->factor))
    (void)fprintf(f, ", \"%s\": null", key);
  else
    (void)fprintf(f, ", \"%s\": %.3g", key, c->factor);
}

static void judge_steps(const rig *r, FILE *f, sums *all)
{
  double sigma = scale_for_descent(r);
  compared wide = compare_steps(r, sigma, WIDE), narrow = compare_steps(r, sigma, PRACTICAL);
  (void)fflush(stdout);
  (void)fprintf(f, ", \"descent_sigma\": %.4g, \"bands\": %zu", sigma, wide.bands);
  put_factor(f, "steps_factor", &wide);
  put_factor(f, "steps_factor_narrow", &narrow);
  all->near_steps += wide.bands > 0 && wide.factor <= 2;
}

static void judge_signal(const doctor_signal *s, bool practice, FILE *f, sums *all)
{
  enum { SEEDS = 9, PRACTICE_SEEDS = 5 };
  rig r = {0};
  double extent = s->high[0] - s->low[0], low = 0.25 / extent;
  double high = 0.5 * pow((double)s->n, 1 / (double)s->d) / extent, best = INFINITY, at = NAN;
  rig_make(&r, s, practice ? PRACTICE_SEEDS : SEEDS);
  for (size_t k = 0; k < SCAN; k++) {
    double sigma = low * pow(high / low, (double)k / (SCAN - 1)), error = scanned_error(&r, s->name, k, sigma);
    if (error < best) best = error, at = sigma;
  }
  choice theory = ask(&r, true), trial = ask(&r, false);
  double lost_theory = decibel(theory.error, best), lost_trial = decibel(trial.error, best);
  (void)printf("%-11s %5zu | %6.3g %7.4f | %6.3g %7.4f %5.2f %5.1f | %6.3g %7.4f %5.2f %5.1f\n", s->name, s->n, at,
               best, theory.sigma, theory.error, lost_theory, theory.seconds, trial.sigma, trial.error, lost_trial,
               trial.seconds);
  (void)fflush(stdout);
  (void)fprintf(f,
                "    %s{\"signal\": \"%s\", \"n\": %zu, \"best\": %.4g, \"error\": %.4g, \"theory\": %.4g, "
                "\"theory_loss_db\": %.3g, \"trial\": %.4g, \"trial_loss_db\": %.3g",
                all->count ? "," : "", s->name, s->n, at, best, theory.sigma, lost_theory, trial.sigma, lost_trial);
  all->theory += lost_theory, all->trial += lost_trial, all->count++;
  all->near_theory += lost_theory <= 1, all->near_trial += lost_trial <= 1;
  if (!practice) judge_steps(&r, f, all);
  (void)fprintf(f, "}\n");
  rig_free(&r);
}

int main(int argc, char **argv)
{
  const bool practice = argc > 1 && strcmp(argv[1], "--practice") == 0;
  const doctor_signal *signal = practice ? doctor_practice : doctor_signals;
  const size_t count = practice ? DOCTOR_PRACTICE : DOCTOR_SIGNALS;
  const char *part = argc > 1 + practice ? argv[1 + practice] : "";
  FILE *f = bench_open_result("the doctor's choice");
  sums all = {0};
  (void)printf("%-11s %5s | %6s %7s | %6s %7s %5s %5s | %6s %7s %5s %5s\n", "signal", "n", "best", "error", "theory",
               "error", "dB", "s", "trial", "error", "dB", "s");
  (void)fprintf(f, "  \"rows\": [\n");
  for (size_t i = 0; i < count; i++)
    if (strstr(signal[i].name, part)) judge_signal(&signal[i], practice, f, &all);
  (void)fprintf(f, "  ]\n}\n");
  bench_close_result(f);
  if (all.count == 0) return 1;
  (void)printf("within 1 dB: theory %zu, trial %zu of %zu; mean loss: theory %.2f dB, trial %.2f dB", all.near_theory,
               all.near_trial, all.count, all.theory / (double)all.count, all.trial / (double)all.count);
  if (!practice) (void)printf("; steps within a factor of 2: %zu", all.near_steps);
  (void)printf("\n");
  return 0;
}
