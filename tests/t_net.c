/* t_net.c — what a net computes against the formula written out, names and files, the same start in both precisions, refusals. */
#include <float.h>
#include <stdlib.h>
#include <unistd.h>
#include "check.h"
#include "lowfirst/files.h"
#include "lowfirst/net.h"
#include "lowfirst/random.h"

static lf_model model_of(const char *layers, const char *act, const char *features, const char *scaling)
{
  lf_model m = lf_model_default();
  assert_ok(lf_model_layers(&m, layers));
  assert_ok(lf_model_activation(&m, act));
  assert_ok(lf_model_features(&m, features));
  assert_ok(lf_model_scaling(&m, scaling));
  assert_ok(lf_model_init(&m, "normal:0.8"));
  assert_ok(lf_model_complete(&m, m.width[0], m.width[m.n_widths - 1]));
  return m;
}

static lf_net *net_of(const lf_model *m, lf_dtype dtype)
{
  lf_net *net = NULL;
  assert_ok(lf_net_create(&net, m, dtype, 3));
  return net;
}

static const double *tensor(lf_net *net, const char *name)
{
  for (size_t i = 0; i < lf_net_tensors(net); i++)
    if (strcmp(lf_net_tensor(net, i)->name, name) == 0)
      return (const double *)lf_net_parameters(net) + lf_net_tensor(net, i)->offset;
  return NULL;
}

/* The chain written out for one point: plain sums, libm activations. `scale` multiplies the input, `group` the first layer's rows. */
static void chain(lf_net *net, const char *prefix, const double *input, size_t inputs, double scale,
                  const double *group, size_t groups, double *out)
{
  const lf_model *m = lf_net_model(net);
  double a[128], z[128];
  bool ntk = m->scaling == LF_SCALING_NTK;
  for (size_t i = 0; i < inputs; i++) a[i] = input[i];
  for (size_t l = 0; l + 1 < m->n_widths; l++) {
    char name[64];
    (void)snprintf(name, sizeof name, "%s%zu.weight", prefix, 2 * l);
    const double *w = tensor(net, name);
    (void)snprintf(name, sizeof name, "%s%zu.bias", prefix, 2 * l);
    const double *b = tensor(net, name);
    size_t rows = m->width[l + 1];
    bool last = l + 2 == m->n_widths;
    for (size_t r = 0; r < rows; r++) {
      double s = 0, jet[4], gain = ntk ? m->std_w / sqrt((double)inputs) : 1;
      if (l == 0) gain *= scale * (groups ? group[r * groups / rows] : 1);
      for (size_t i = 0; i < inputs; i++) s += w[r * inputs + i] * a[i];
      s = gain * s + (b ? (ntk ? m->std_b : 1) * b[r] : 0);
      lf_activation_jet(m->activation, m->activation_param, s, jet);
      z[r] = last ? s : jet[0];
    }
    inputs = rows;
    memcpy(a, z, rows * sizeof *a);
  }
  memcpy(out, a, inputs * sizeof *a);
}

static void compare_with_formula(const char *features, const char *scaling, bool asi)
{
  static const double points[6] = {0.3, -0.4, 1.1, 0.9, -2, 0.05};
  lf_model m = model_of("2-7-6-2", "tanh", features, scaling);
  m.antisymmetric = asi;
  lf_net *net = net_of(&m, LF_F64);
  const lf_features *f = &lf_net_model(net)->features;
  double y[6];
  if (asi) /* pull the two halves apart */
    for (size_t i = 0; i < lf_net_count(net); i++) ((double *)lf_net_parameters(net))[i] += 0.1 * sin((double)i);
  assert_ok(lf_net_evaluate(net, 3, points, y, 1));
  for (size_t p = 0; p < 3; p++) {
    const double *x = points + 2 * p;
    double input[16], want[2] = {0, 0}, part[2] = {0, 0};
    size_t inputs = 2, scales = f->kind == LF_FEATURES_MULTISCALE_2 ? f->n_scales : 1,
           branches = scales * (asi ? 2 : 1);
    memcpy(input, x, 2 * sizeof *x);
    if (f->kind == LF_FEATURES_FOURIER) {
      const double *w = tensor(net, "features.weight");
      inputs = 2 * f->count;
      for (size_t i = 0; i < f->count; i++) {
        double phase = 2 * 3.14159265358979323846 * (w[2 * i] * x[0] + w[2 * i + 1] * x[1]);
        input[i] = cos(phase);
        input[f->count + i] = sin(phase);
      }
    }
    for (size_t b = 0; b < branches; b++) {
      char prefix[32] = "";
      if (branches > 1) (void)snprintf(prefix, sizeof prefix, "branch%zu.", b);
      chain(net, prefix, input, inputs, scales > 1 ? f->scale[b % scales] : 1, f->scale,
            f->kind == LF_FEATURES_MULTISCALE_1 ? f->n_scales : 0, part);
      for (size_t j = 0; j < 2; j++) want[j] += part[j] * (asi ? (b < scales ? 1 : -1) / sqrt(2) : 1);
    }
    for (size_t j = 0; j < 2; j++) {
      if (lf_net_model(net)->scaling == LF_SCALING_INVERSE_SQRT) want[j] /= sqrt(6);
      assert_near(y[2 * p + j], want[j], 2000 * DBL_EPSILON); /* a few hundred roundings of values below 10 */
    }
  }
  lf_net_destroy(net);
}

static void net_is_the_formula(void **state)
{
  (void)state;
  const char *features[] = {"none", "fourier:gauss:0.7:5", "multiscale:1,2,5", "multiscale-2:1,3"};
  const char *scaling[] = {"standard", "ntk", "inverse-sqrt"};
  for (int f = 0; f < 4; f++)
    for (int s = 0; s < 3; s++)
      for (int asi = 0; asi < 2; asi++) compare_with_formula(features[f], scaling[s], asi);
}

static void two_layer_fourier_form(
    void **state) /* THEORY section 1: m^(-1/2) sum a_j cos 2 pi w_j x + b_j sin 2 pi w_j x */
{
  (void)state;
  lf_model m = model_of("1-1", "tanh", "fourier:gauss:2:9", "inverse-sqrt");
  m.features.trained = true;
  lf_net *net = net_of(&m, LF_F64);
  const double *w = tensor(net, "features.weight"), *a = tensor(net, "0.weight"), x = 0.37;
  double want = 0, y;
  assert_int_equal(lf_net_count(net), 9 + 18);
  for (int j = 0; j < 9; j++) {
    double phase = 2 * 3.14159265358979323846 * w[j] * x;
    want += (a[j] * cos(phase) + a[9 + j] * sin(phase)) / 3;
  }
  assert_ok(lf_net_evaluate(net, 1, &x, &y, 1));
  assert_near(y, want, 1e-13);
  lf_net_destroy(net);
}

static void siren_features(void **state)
{
  (void)state;
  lf_model m = model_of("1-4-1", "sin:2", "siren:30:5", "standard");
  lf_net *net = net_of(&m, LF_F64);
  const double *w = tensor(net, "features.weight"), *b = tensor(net, "features.bias"), x = 0.37;
  double h[5], y, want = tensor(net, "2.bias")[0];
  for (int i = 0; i < 5; i++) {
    assert_true(fabs(w[i]) <= 1);
    h[i] = sin(30 * (w[i] * x + b[i]));
  }
  for (int j = 0; j < 4; j++) {
    double z = tensor(net, "0.bias")[j];
    for (int i = 0; i < 5; i++) z += tensor(net, "0.weight")[5 * j + i] * h[i];
    want += tensor(net, "2.weight")[j] * sin(2 * z);
  }
  assert_ok(lf_net_evaluate(net, 1, &x, &y, 1));
  assert_near(y, want, 1e-12);
  lf_net_destroy(net);
}

static void names_are_torchs(void **state)
{
  (void)state;
  lf_model m = model_of("2-7-6-3", "relu", "none", "standard");
  lf_net *net = net_of(&m, LF_F32);
  static const char *const name[] = {"0.weight", "0.bias", "2.weight", "2.bias", "4.weight", "4.bias"};
  size_t offset = 0;
  assert_int_equal(lf_net_tensors(net), 6);
  for (size_t i = 0; i < 6; i++) {
    const lf_tensor *t = lf_net_tensor(net, i);
    assert_string_equal(t->name, name[i]);
    assert_int_equal(t->offset, offset);
    offset += t->rows * t->cols;
  }
  assert_int_equal(offset, lf_net_count(net));
  assert_null(lf_net_tensor(net, 6));
  lf_net_destroy(net);
}

static void precisions_start_alike(void **state)
{
  (void)state;
  lf_model m = model_of("1-30-30-1", "tanh", "none", "standard");
  lf_net *single = net_of(&m, LF_F32), *twice = net_of(&m, LF_F64);
  for (size_t i = 0; i < lf_net_count(twice); i++)
    assert_true(((float *)lf_net_parameters(single))[i] == (float)((double *)lf_net_parameters(twice))[i]);
  lf_net_destroy(single);
  lf_net_destroy(twice);
}

static void evaluation_does_not_depend_on_threads(void **state)
{
  (void)state;
  enum { N = 1000 };
  lf_model m = model_of("1-64-64-1", "gelu", "none", "standard");
  lf_net *net = net_of(&m, LF_F32);
  static double x[N], y[4][N];
  for (size_t i = 0; i < N; i++) x[i] = (double)i / N;
  for (size_t t = 1; t <= 3; t++) {
    assert_ok(lf_net_evaluate(net, N, x, y[t], t));
    assert_memory_equal(y[t], y[1], sizeof y[1]);
  }
  lf_net_destroy(net);
}

static void files_bring_weights_back(void **state)
{
  (void)state;
  const char *path = "t_net.safetensors";
  lf_model m = model_of("2-7-6-1", "tanh", "fourier:gauss:1:4", "standard");
  for (int dtype = LF_F32; dtype <= LF_F64; dtype++) {
    lf_net *net = net_of(&m, (lf_dtype)dtype), *other = NULL;
    size_t bytes = lf_net_count(net) * lf_dtype_size((lf_dtype)dtype);
    assert_ok(lf_net_write(net, path));
    assert_ok(lf_net_create(&other, &m, (lf_dtype)dtype, 99));
    assert_memory_not_equal(lf_net_parameters(net), lf_net_parameters(other), bytes);
    assert_ok(lf_net_read(other, path));
    assert_memory_equal(lf_net_parameters(net), lf_net_parameters(other), bytes);
    lf_net_destroy(net);
    lf_net_destroy(other);
  }
  lf_model wide = model_of("2-8-6-1", "tanh", "fourier:gauss:1:4", "standard");
  lf_model plain = model_of("2-7-6-1", "tanh", "none", "standard");
  lf_net *net = net_of(&wide, LF_F64);
  double before = *(double *)lf_net_parameters(net);
  assert_refused(lf_net_read(net, path), LF_ESHAPE, "0.weight is (7,8), the net needs (8,8)");
  assert_true(before == *(double *)lf_net_parameters(net));
  lf_net_destroy(net);
  net = net_of(&plain, LF_F64);
  assert_refused(lf_net_read(net, path), LF_ESHAPE, "needs (7,2)");
  assert_refused(lf_net_read(net, "missing.safetensors"), LF_EIO, "missing.safetensors");
  lf_net_destroy(net);
  assert_int_equal(unlink(path), 0);
}

static void frequencies_come_from_a_file(void **state)
{
  (void)state;
  const char *path = "t_net_w.npy";
  double w[3] = {1, 2.5, -7};
  lf_array a = {.dtype = LF_F64, .ndim = 2, .shape = {3, 1}, .data = w};
  assert_ok(lf_npy_write(path, &a));
  lf_model m = lf_model_default();
  assert_ok(lf_model_layers(&m, "1-4-1"));
  assert_ok(lf_model_features(&m, "fourier:file:t_net_w.npy"));
  lf_net *net = NULL;
  assert_ok(lf_model_complete(&m, 1, 1));
  assert_ok(lf_net_create(&net, &m, LF_F64, 1));
  assert_memory_equal(tensor(net, "features.weight"), w, sizeof w);
  lf_net_destroy(net);
  assert_int_equal(unlink(path), 0);
}

static void refusals(void **state)
{
  (void)state;
  lf_model m = model_of("1-3-1", "tanh", "none", "standard");
  lf_net *net = NULL;
  double x = 1, y;
  assert_refused(lf_net_create(&net, &m, LF_I32, 1), LF_EARG, "float");
  assert_null(net);
  net = net_of(&m, LF_F64);
  ((double *)lf_net_parameters(net))[3] =
      INFINITY; /* the first bias: tanh hides it, the parameter is named all the same */
  ((double *)lf_net_parameters(net))[6] = NAN;
  assert_refused(lf_net_evaluate(net, 1, &x, &y, 1), LF_EMATH, "0.bias[0] is inf");
  lf_net_destroy(net);
  lf_net_destroy(NULL);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(net_is_the_formula),
      cmocka_unit_test(two_layer_fourier_form),
      cmocka_unit_test(siren_features),
      cmocka_unit_test(names_are_torchs),
      cmocka_unit_test(precisions_start_alike),
      cmocka_unit_test(evaluation_does_not_depend_on_threads),
      cmocka_unit_test(files_bring_weights_back),
      cmocka_unit_test(frequencies_come_from_a_file),
      cmocka_unit_test(refusals),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
