/* 06_doctor.c — which start learns these samples? The doctor asked from C: what the samples hold, what the given net will do with them, what would do better.
 *
 * A plain relu net takes tens of thousands of steps to the fast tone; Fourier features of the right scale take some hundreds. */
#include <lowfirst.h>
#include <math.h>
#include <stdio.h>

enum { SAMPLES = 120, STEPS = 1000 };

static void tell(const lf_advice *advice)
{
  lf_advice_view look = lf_advice_look(advice);
  char words[256];
  lf_data_page_words(look.page, words, sizeof words);
  printf("samples   %s\n", words);
  for (size_t b = 0; b < look.bands; b++)
    printf("band      %.3g cycles/unit: step %lld as given, %lld as recommended\n", look.given_band[b].centre,
           (long long)look.given_band[b].step, (long long)look.best_band[b].step);
  const lf_candidate *best = lf_advice_best(advice); /* not NULL: there are samples enough, and they are not constant */
  printf("advice    %s, error %.2g instead of %.2g: %s\n", best->label, best->expected, look.candidate[0].expected,
         look.why);
  printf("options   %s\n", best->options);
}

int main(void)
{
  const double turn = 6.283185307179586;
  double x[SAMPLES], y[SAMPLES];
  for (size_t i = 0; i < SAMPLES; i++) {
    x[i] = lf_random_uniform(1, LF_PURPOSE_SAMPLES, i);
    y[i] = sin(turn * 2 * x[i]) + 0.5 * sin(turn * 15 * x[i]);
  }

  lf_data *data = NULL;
  lf_advice *advice = NULL;
  lf_model model = lf_model_default();
  lf_train_options train = lf_train_options_default();
  lf_advise_options options = {.families = 1u << LF_FAMILY_GAUSS, .features = 64, .budget_s = 0.1}; /* a short trial */
  train.steps = STEPS, train.lr = 1e-3;
  lf_status status = lf_data_from(&data, SAMPLES, 1, 1, x, y, 0, NULL, NULL);
  if (status == LF_OK) status = lf_model_layers(&model, "1-64-1");
  if (status == LF_OK) status = lf_model_activation(&model, "relu");
  if (status == LF_OK) status = lf_model_complete(&model, 1, 1);
  if (status == LF_OK) status = lf_advise(&advice, data, &model, &train, &options);

  bool helped = false;
  if (status == LF_OK) {
    lf_advice_view look = lf_advice_look(advice);
    tell(advice);
    helped = look.best > 0 && look.candidate[look.best].expected < 0.5 * look.candidate[0].expected;
  } else {
    printf("%s\n", lf_last_error());
  }
  lf_advice_destroy(advice);
  lf_data_destroy(data);
  return !helped;
}
