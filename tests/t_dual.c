/* t_dual.c — E act act' and E act' act' of every activation against brute-force quadrature (make_data/dual_activations.py): closed forms of every
 * instruction set, series with their bound, double integrals; then a layer of relu near rho = +-1, where digits would be lost. */
#include <float.h>
#include <stdlib.h>
#include "check.h"
#include "lowfirst/files.h"
#include "theory/quadrature.h"

enum { MAX_CASES = 16 };

typedef struct reference {
  size_t cases;
  const double *in;                       /* (cases, 3): r, t, m */
  const double *out[LF_ACTIVATION_COUNT]; /* (cases, 2) */
  double param[LF_ACTIVATION_COUNT];
} reference;

static lf_npz *read_reference(reference *r)
{
  lf_npz *z = NULL;
  char name[64];
  assert_ok(lf_npz_read(&z, LF_TEST_DATA "/dual.npz"));
  const lf_array *cases = lf_npz_get(z, "cases");
  r->cases = cases->shape[0];
  r->in = cases->data;
  assert_true(r->cases <= MAX_CASES);
  for (int a = 0; a < LF_ACTIVATION_COUNT; a++) {
    const lf_array *out = lf_npz_get(z, lf_activation_name((lf_activation)a));
    (void)snprintf(name, sizeof name, "%s_param", lf_activation_name((lf_activation)a));
    const lf_array *param = lf_npz_get(z, name);
    if (!out || !param) fail_msg("dual.npz lacks %s: run make_data/dual_activations.py", name);
    r->out[a] = out->data;
    r->param[a] = *(const double *)param->data;
  }
  return z;
}

/* What an entry's error is measured by: sqrt(E act(u)^2 E act(v)^2), the same for slopes; both from single integrals. */
static void scales(const reference *ref, int a, const double *in, double scale[2])
{
  static lf_rule rule;
  scale[0] = scale[1] = 1;
  for (int side = 0; side < 2; side++) {
    lf_rule_make(&rule, (lf_activation)a, ref->param[a], in[side]);
    lf_moments m = lf_rule_moments(&rule);
    scale[0] *= sqrt(m.square);
    scale[1] *= sqrt(m.slope_square);
  }
}

static void check(const reference *ref, int a, size_t i, double q, double slope, double tol, const char *how)
{
  const double *in = ref->in + 3 * i, *want = ref->out[a] + 2 * i;
  double scale[2];
  scales(ref, a, in, scale);
  if (!(fabs(q - want[0]) <= tol * scale[0]) || !(fabs(slope - want[1]) <= tol * scale[1]))
    fail_msg("%s by %s at r=%g t=%g m=%g: %.17g, %.17g, want %.17g, %.17g: off by %.2g, %.2g",
             lf_activation_name((lf_activation)a), how, in[0], in[1], in[2], q, slope, want[0], want[1],
             (q - want[0]) / scale[0], (slope - want[1]) / scale[1]);
}

/* The reference adds a hundred thousand terms and ends at 9.5 standard deviations: 3e-14. */
static const double reference_error = 5e-14;

static void closed_forms(void **state)
{
  (void)state;
  reference ref;
  lf_npz *z = read_reference(&ref);
  int checked = 0;
  for (int isa = 0; isa < LF_ISA_COUNT; isa++) {
    const lf_dual_kernels *k = lf_dual_for((lf_isa_id)isa);
    for (int a = 0; k && a < LF_ACTIVATION_COUNT; a++) {
      double r[MAX_CASES], t[MAX_CASES], m[MAX_CASES], q[MAX_CASES], slope[MAX_CASES], q1, slope1;
      if (!k->closed[a]) continue;
      for (size_t i = 0; i < ref.cases; i++) r[i] = ref.in[3 * i], t[i] = ref.in[3 * i + 1], m[i] = ref.in[3 * i + 2];
      k->closed[a](ref.cases, ref.param[a], r, 1, t, m, q, slope);
      for (size_t i = 0; i < ref.cases; i++) {
        check(&ref, a, i, q[i], slope[i], reference_error, k->isa);
        k->closed[a](1, ref.param[a], r + i, 0, t + i, m + i, &q1, &slope1); /* alone: the same bits */
        assert_true(q1 == q[i] && slope1 == slope[i]);
        checked++;
      }
    }
  }
  assert_true(checked >= 9 * (int)ref.cases);
  lf_npz_destroy(z);
}

static void integrals(void **state)
{
  (void)state;
  reference ref;
  lf_npz *z = read_reference(&ref);
  lf_rule *rule = calloc(2, sizeof *rule);
  for (int a = 0; a < LF_ACTIVATION_COUNT; a++)
    for (size_t i = 0; i < ref.cases; i++) {
      const double *in = ref.in + 3 * i;
      double q, slope;
      if (!lf_shape_of((lf_activation)a)->series) continue;
      lf_pair_integral((lf_activation)a, ref.param[a], in[0], in[1], in[2], rule, &q, &slope);
      check(&ref, a, i, q, slope, reference_error, "double integral");
    }
  free(rule);
  lf_npz_destroy(z);
}

/* ---- a layer of relu ------------------------------------------------------------------------------------------------------------- */
/* s - phi |rho| for g = 1 - |rho|, phi in [0, pi/2], s = sin phi; near 0 by phi/s = 1 + g/3 + 2 g^2/15 + 2 g^3/35 + 8 g^4/315 + ... */
static long double bend(long double g)
{
  long double s = sqrtl(g * (2 - g)), p = 1.0L / 3 + g * (2.0L / 15 + g * (2.0L / 35 + g * (8.0L / 315)));
  return g < 1e-4L ? s * g * (1 - p * (1 - g)) : s - atan2l(s, 1 - g) * (1 - g);
}

/* All digits of the kernel, and all digits of the defect where the next layer has the same shares for both points. */
static void relu_keeps_its_digits(void **state)
{
  (void)state;
  enum { COUNT = 21 };
  static const double size[] = {0, 1e-300, 1e-30, 1e-17, 1e-12, 1e-8, 1e-5, 1e-4, 1e-2, 0.3, 1};
  const long double pi = 3.14159265358979323846264338327950288L;
  for (int isa = 0; isa < LF_ISA_COUNT; isa++)
    for (int positive = 0; positive < 2; positive++) {
      const lf_dual_kernels *k = lf_dual_for((lf_isa_id)isa);
      double m[COUNT], kernel[COUNT], t[COUNT], one[COUNT], none[COUNT], before[COUNT];
      if (!k) continue;
      for (size_t i = 0; i < COUNT; i++) {
        before[i] = i < 11 || positive ? size[i % 11] : -size[i - 11];
        m[i] = before[i], kernel[i] = 0.7, t[i] = 1.1, one[i] = 1, none[i] = 0;
      }
      const lf_step step = {.g = 1.3,
                            .h = 0.2,
                            .carry = 0.9,
                            .r = 2,
                            .direction = 1,
                            .t = t,
                            .directions = one,
                            .rests = none,
                            .positive = positive};
      k->relu_layer(COUNT, 0, &step, m, kernel);
      for (size_t i = 0; i < COUNT; i++) {
        bool below = signbit(before[i]);
        long double g = fabs(before[i]), phi = atan2l(sqrtl(g * (2 - g)), 1 - g), rest = below ? phi : pi - phi;
        long double j = bend(g) + (below ? 0 : pi * (1 - g)), want_m = below ? 1 - bend(g) / pi : g - bend(g) / pi;
        long double want = 1.3L * 2 * 1.1L * j / (2 * pi) + 0.2L + 0.9L * 0.7L * rest / (2 * pi);
        assert_near(kernel[i], (double)want, 4 * DBL_EPSILON * (double)want);
        assert_near(m[i], (double)want_m, 4 * DBL_EPSILON * (double)want_m);
      }
    }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(closed_forms),
      cmocka_unit_test(integrals),
      cmocka_unit_test(relu_keeps_its_digits),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
