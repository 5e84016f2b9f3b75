/* 05_predict.c — theory without training: when will a wide net learn each tone, and what will it draw between the samples?
 *
 * The kernel of the net at infinite width, taken apart once for these samples, knows the function after any number of steps, at any place. */
#include <lowfirst.h>
#include <math.h>
#include <stdio.h>

int main(void)
{
  lf_data *data = NULL;
  lf_lens *lens = NULL;
  lf_kernel *kernel = NULL;
  lf_prediction *theory = NULL;
  lf_flow_learning tones = {0};
  double between[3] = {NAN, NAN, NAN}, rmse = NAN;
  const double place[3] = {-1.01, 0.03, 1.02};
  lf_data_options sampling = {.n_range = 1, .low = {-2}, .high = {2}, .n_points = 1, .points = {80}};
  const lf_flow_options half_stable = {0}; /* plain descent on mse at half the largest stable rate */
  lf_model model = lf_model_default();

  lf_status status = lf_data_target(&data, "sin(pi*x)+sin(3*pi*x)", &sampling);
  if (status == LF_OK) status = lf_lens_create(&lens, data, NULL);
  if (status == LF_OK) status = lf_model_layers(&model, "1-1000-1"); /* the width only counts where a net is drawn */
  if (status == LF_OK) status = lf_model_activation(&model, "relu");
  if (status == LF_OK) status = lf_model_scaling(&model, "ntk");
  if (status == LF_OK) status = lf_model_complete(&model, data->d, data->c);
  if (status == LF_OK) status = lf_kernel_limit(&kernel, &model, LF_NTK);
  if (status == LF_OK) status = lf_flow_create(&theory, kernel, data, &half_stable);
  if (status == LF_OK) status = lf_flow_learn(theory, lens, &tones);
  if (status == LF_OK) status = lf_flow_evaluate(theory, 10000, 3, place, NULL, between); /* after 10 000 steps */
  if (status == LF_OK) status = lf_flow_leave_one_out(theory, NULL, &rmse);

  for (size_t k = 0; k < tones.peaks; k++)
    printf("%.3g cycles/unit: learned at step %lld\n", tones.xi[k], (long long)tones.step[k]);
  if (status == LF_OK)
    printf("f(0.03) = %.4f after 10 000 steps; expected error beside the samples %.2g\n", between[1], rmse);
  else
    printf("%s\n", lf_last_error());
  const int good = status == LF_OK && tones.peaks == 2 && tones.step[0] < tones.step[1];
  lf_flow_learning_free(&tones);
  lf_flow_destroy(theory);
  lf_kernel_destroy(kernel);
  lf_lens_destroy(lens);
  lf_data_destroy(data);
  return !good;
}
