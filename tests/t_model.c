/* t_model.c — reading, completing and describing models; initial laws against their moments and bounds. */
#include "check.h"
#include "lowfirst/random.h"
#include "model/init.h"

/* Put `more` behind what is in a text of `size` bytes. */
static void append(char *text, size_t size, const char *more)
{
  size_t used = strlen(text);
  (void)snprintf(text + used, size - used, "%s", more);
}

/* ---- parsers -------------------------------------------------------------------------------------------------------------- */
static void layers_are_read(void **state)
{
  (void)state;
  lf_model m = lf_model_default();
  assert_ok(lf_model_layers(&m, "1-200-30-2"));
  assert_int_equal(m.n_widths, 4);
  const size_t want[] = {1, 200, 30, 2};
  for (size_t i = 0; i < 4; i++) assert_int_equal(m.width[i], want[i]);
  lf_model before = m;
  assert_refused(lf_model_layers(&m, ""), LF_EARG, "net is empty");
  assert_refused(lf_model_layers(&m, "7"), LF_EARG, "as in 1-200-200-1");
  assert_refused(lf_model_layers(&m, "1-2x-1"), LF_EARG, "'2x' is not a width");
  assert_refused(lf_model_layers(&m, "1--1"), LF_EARG, "'' is not a width");
  assert_refused(lf_model_layers(&m, "-1-1"), LF_EARG, "'' is not a width");
  assert_refused(lf_model_layers(&m, "1-0-1"), LF_EARG, "hidden layer 1 has no units");
  assert_refused(lf_model_layers(&m, "1-99999999999999999999-1"), LF_EARG, "is more than 2147483647");
  char many[400] = "1";
  for (int i = 0; i < 65; i++) append(many, sizeof many, "-1");
  assert_refused(lf_model_layers(&m, many), LF_EARG, "more than 64 layers");
  many[1 + 2 * 64] = 0;
  assert_memory_equal(&m, &before, sizeof m);
  assert_ok(lf_model_layers(&m, many));
  assert_int_equal(m.n_widths, 65);
  assert_ok(lf_model_layers(&m, "0-5-0"));
}

static void every_activation_is_read_by_its_name(void **state)
{
  (void)state;
  lf_model m = lf_model_default();
#define LF_X(id, name, params, fallback, formula) \
  assert_ok(lf_model_activation(&m, name));       \
  assert_int_equal(m.activation, LF_##id);        \
  assert_near(m.activation_param, fallback, 0);   \
  assert_string_equal(lf_activation_name(LF_##id), name);
  LF_ACTIVATION_LIST(LF_X)
#undef LF_X
  assert_ok(lf_model_activation(&m, "sin:30"));
  assert_near(m.activation_param, 30, 0);
  assert_ok(lf_model_activation(&m, "leaky_relu:-0.5"));
  lf_model before = m;
  assert_refused(lf_model_activation(&m, "tanhh"), LF_EARG, "activation 'tanhh' is not known; the nearest is tanh");
  assert_refused(lf_model_activation(&m, ""), LF_EARG, "activation is empty");
  assert_refused(lf_model_activation(&m, "tanh:2"), LF_EARG, "tanh takes no parameter");
  assert_refused(lf_model_activation(&m, "sin:abc"), LF_EARG, "'abc' is not a number");
  assert_refused(lf_model_activation(&m, "sin:"), LF_EARG, "'' is not a number");
  assert_refused(lf_model_activation(&m, "sin:1:2"), LF_EARG, "'1:2' is not a number");
  assert_refused(lf_model_activation(&m, "sin:nan"), LF_EARG, "not finite");
  assert_refused(lf_model_activation(&m, "sin:0"), LF_EARG, "must not be 0");
  assert_refused(lf_model_activation(&m, "ricker:-1"), LF_EARG, "must be > 0");
  assert_memory_equal(&m, &before, sizeof m);
}

static void features_are_read(void **state)
{
  (void)state;
  lf_model m = lf_model_default();
  const lf_features *f = &m.features;
  assert_ok(lf_model_features(&m, "fourier:gauss:10.5:128"));
  assert_true(f->kind == LF_FEATURES_FOURIER && f->law == LF_FREQUENCY_GAUSS && f->a == 10.5 && f->count == 128);
  assert_ok(lf_model_features(&m, "fourier:uniform:3:7"));
  assert_true(f->law == LF_FREQUENCY_UNIFORM && f->a == 3 && f->count == 7);
  assert_ok(lf_model_features(&m, "fourier:log:0.5:50:9"));
  assert_true(f->law == LF_FREQUENCY_LOG && f->a == 0.5 && f->b == 50 && f->count == 9);
  assert_ok(lf_model_features(&m, "fourier:file:a dir/w:1.npy"));
  assert_string_equal(f->file, "a dir/w:1.npy");
  m.features.trained = true; /* another option's; must survive */
  assert_ok(lf_model_features(&m, "siren:30:64"));
  assert_true(f->kind == LF_FEATURES_SIREN && f->a == 30 && f->count == 64 && f->trained);
  assert_ok(lf_model_features(&m, "multiscale:1,2.5,4"));
  assert_true(f->kind == LF_FEATURES_MULTISCALE_1 && f->n_scales == 3 && f->scale[1] == 2.5);
  assert_ok(lf_model_features(&m, "multiscale-2:8"));
  assert_true(f->kind == LF_FEATURES_MULTISCALE_2 && f->n_scales == 1 && f->scale[0] == 8);
  assert_ok(lf_model_features(&m, "none"));
  assert_int_equal(f->kind, LF_FEATURES_NONE);
}

static void impossible_features_are_refused(void **state)
{
  (void)state;
  lf_model m = lf_model_default(), before = m;
  assert_refused(lf_model_features(&m, "furier:gauss:1:2"), LF_EARG, "the nearest is fourier");
  assert_refused(lf_model_features(&m, "none:1"), LF_EARG, "none takes nothing");
  assert_refused(lf_model_features(&m, "fourier"), LF_EARG, "needs a law");
  assert_refused(lf_model_features(&m, "fourier:gaus:1:2"), LF_EARG,
                 "frequency law 'gaus' is not known; the nearest is gauss");
  assert_refused(lf_model_features(&m, "fourier:gauss:1"), LF_EARG, "has the form fourier:gauss:S:N");
  assert_refused(lf_model_features(&m, "fourier:gauss:1:2:3"), LF_EARG, "has the form fourier:gauss:S:N");
  assert_refused(lf_model_features(&m, "fourier:gauss:x:2"), LF_EARG, "'x' is not a number");
  assert_refused(lf_model_features(&m, "fourier:gauss:1:-2"), LF_EARG, "'-2' is not a whole number");
  assert_refused(lf_model_features(&m, "fourier:gauss:1:0"), LF_EARG, "one frequency at least");
  assert_refused(lf_model_features(&m, "fourier:gauss:-1:2"), LF_EARG, "-1 must be > 0");
  assert_refused(lf_model_features(&m, "fourier:log:5:1:2"), LF_EARG, "1 is not above 5");
  assert_refused(lf_model_features(&m, "fourier:file:"), LF_EARG, "has the form fourier:file:W.npy");
  assert_refused(lf_model_features(&m, "siren:30"), LF_EARG, "has the form siren:OMEGA:N");
  assert_refused(lf_model_features(&m, "siren:0:5"), LF_EARG, "omega must be > 0");
  assert_refused(lf_model_features(&m, "siren:1:0"), LF_EARG, "one feature at least");
  assert_refused(lf_model_features(&m, "multiscale"), LF_EARG, "needs its scales");
  assert_refused(lf_model_features(&m, "multiscale:1,,2"), LF_EARG, "'' is not a number");
  assert_refused(lf_model_features(&m, "multiscale:1,-2"), LF_EARG, "-2 must be > 0");
  char text[600] = "fourier:file:";
  memset(text + strlen(text), 'a', 256);
  assert_refused(lf_model_features(&m, text), LF_EARG, "at most 255");
  (void)snprintf(text, sizeof text, "multiscale:1");
  for (int i = 0; i < 32; i++) append(text, sizeof text, ",1");
  assert_refused(lf_model_features(&m, text), LF_EARG, "more than 32 scales");
  assert_memory_equal(&m, &before, sizeof m);
}

static void laws_are_read(void **state)
{
  (void)state;
  lf_model m = lf_model_default();
  assert_ok(lf_model_init(&m, "he,0=siren:30,last=normal:0.1"));
  assert_true(m.init.law == LF_INIT_HE && m.n_overrides == 2);
  assert_true(m.override_[0].layer == 0 && m.override_[0].init.law == LF_INIT_SIREN && m.override_[0].init.value == 30);
  assert_true(m.override_[1].layer == -1 && m.override_[1].init.law == LF_INIT_NORMAL &&
              m.override_[1].init.value == 0.1);
  assert_ok(lf_model_init(&m, "width-power"));
  assert_true(m.init.law == LF_INIT_WIDTH_POWER && m.init.value == 0.5 && m.n_overrides == 0);
  static const char *const word[] = {"normal:1", "width-power:2", "uniform:3", "glorot", "he",
                                     "lecun",    "ntk",           "siren:4",   "torch",  "zero"};
  for (size_t i = 0; i < sizeof word / sizeof *word; i++) {
    assert_ok(lf_model_init(&m, word[i]));
    assert_int_equal(m.init.law, LF_INIT_NORMAL + i);
    assert_ok(lf_model_bias_init(&m, word[i]));
    assert_int_equal(m.bias_init.law, LF_INIT_NORMAL + i);
    assert_true(m.has_bias_init);
  }
  lf_model before = m;
  assert_refused(lf_model_init(&m, "nrmal:1"), LF_EARG, "the nearest is normal");
  assert_refused(lf_model_init(&m, "std"), LF_EARG, "is not known");
  assert_refused(lf_model_init(&m, "normal"), LF_EARG, "needs the standard deviation, as in normal:0.05");
  assert_refused(lf_model_init(&m, "normal:-1"), LF_EARG, "must be >= 0");
  assert_refused(lf_model_init(&m, "siren:0"), LF_EARG, "omega must be > 0");
  assert_refused(lf_model_init(&m, "he:2"), LF_EARG, "he takes no number");
  assert_refused(lf_model_init(&m, "he,lecun"), LF_EARG, "two laws");
  assert_refused(lf_model_init(&m, "he,0=lecun,0=he"), LF_EARG, "gives layer 0 twice");
  assert_refused(lf_model_init(&m, "he,first=lecun"), LF_EARG, "'first' is not a layer; layers are 0, 1, ... or last");
  assert_refused(lf_model_init(&m, "he,99=lecun"), LF_EARG, "'99' is not a layer");
  assert_refused(lf_model_init(&m, "he,0="), LF_EARG, "a law is missing");
  assert_refused(lf_model_init(&m, "he,"), LF_EARG, "a law is missing");
  assert_refused(lf_model_bias_init(&m, "he,0=he"), LF_EARG, "bias init");
  char text[300] = "he";
  for (int i = 0; i < 17; i++) (void)snprintf(text + strlen(text), sizeof text - strlen(text), ",%d=he", i);
  assert_refused(lf_model_init(&m, text), LF_EARG, "more than 16 layers");
  assert_memory_equal(&m, &before, sizeof m);
}

static void the_small_options_are_read(void **state)
{
  (void)state;
  lf_model m = lf_model_default();
  assert_ok(lf_model_std(&m, "w=1.3,b=3,a=0.7"));
  assert_true(m.std_w == 1.3 && m.std_b == 3 && m.std_a == 0.7 && m.init.law == LF_INIT_STD);
  assert_ok(lf_model_std(&m, "b=2"));
  assert_true(m.std_w == 1 && m.std_b == 2 && m.std_a == 1);
  assert_ok(lf_model_scaling(&m, "ntk"));
  assert_ok(lf_model_output(&m, "softmax"));
  assert_true(m.scaling == LF_SCALING_NTK && m.output == LF_OUTPUT_SOFTMAX);
  lf_model before = m;
  assert_refused(lf_model_std(&m, "w=1,w=2"), LF_EARG, "gives w twice");
  assert_refused(lf_model_std(&m, "w"), LF_EARG, "w needs a number");
  assert_refused(lf_model_std(&m, "w=-1"), LF_EARG, "w must be >= 0");
  assert_refused(lf_model_std(&m, "x=1"), LF_EARG, "std 'x' is not known");
  assert_refused(lf_model_std(&m, "w=1e999"), LF_EARG, "not finite");
  assert_refused(lf_model_scaling(&m, "inverse"), LF_EARG, "the nearest is inverse-sqrt");
  assert_refused(lf_model_output(&m, "softmx"), LF_EARG, "the nearest is softmax");
  char text[2000];
  memset(text, 'w', sizeof text - 1);
  text[sizeof text - 1] = 0;
  assert_refused(lf_model_std(&m, text), LF_EARG, "at most 1023");
  assert_memory_equal(&m, &before, sizeof m);
}

/* Texts made of the parsers' own pieces: any answer is right but a crash, a NaN, or an accepted model that cannot be completed
 * without a reason. Run under the sanitizers. */
static void random_texts_are_survived(void **state)
{
  (void)state;
  static const char *const piece[] = {"1",     "-",          ":",      ",",   "=", "0",   "last", "fourier",
                                      "gauss", "multiscale", "normal", "sin", "w", "1e9", "nan",  "2"};
  lf_status (*const parse[])(lf_model *, const char *) = {lf_model_layers,  lf_model_activation, lf_model_features,
                                                          lf_model_scaling, lf_model_init,       lf_model_bias_init,
                                                          lf_model_std,     lf_model_output};
  for (uint64_t i = 0; i < 20000; i++) {
    char text[128] = "";
    lf_model m = lf_model_default();
    uint64_t bits = lf_random_u64(7, LF_PURPOSE_TEST, i);
    for (uint64_t k = bits & 7; k > 0; k--) append(text, sizeof text, piece[(bits >> (4 * k)) & 15]);
    if (parse[i % 8](&m, text) != LF_OK)
      assert_true(strlen(lf_last_error()) > 0);
    else if (lf_model_complete(&m, 1, 2) != LF_OK)
      assert_true(strlen(lf_last_error()) > 0);
  }
}

/* ---- completion -------------------------------------------------------------------------------------------------------------- */
static void the_default_comes_from_the_data(void **state)
{
  (void)state;
  lf_model m = lf_model_default();
  char text[128];
  assert_ok(lf_model_complete(&m, 2, 3));
  lf_model_describe(&m, text, sizeof text);
  assert_string_equal(text, "2-200-200-200-100-3 tanh");
  lf_model_describe_init(&m, text, sizeof text);
  assert_string_equal(text, "weights N(0, 1/width)");
  assert_true(m.init.law == LF_INIT_WIDTH_POWER && m.init.value == 0.5 && m.output_bias &&
              m.output == LF_OUTPUT_IDENTITY);
  lf_model again = m;
  assert_ok(lf_model_complete(&again, 2, 3));
  assert_memory_equal(&again, &m, sizeof m);
  assert_ok(lf_model_layers(&m, "0-7-0"));
  assert_ok(lf_model_complete(&m, 5, 4));
  assert_true(m.width[0] == 5 && m.width[1] == 7 && m.width[2] == 4);
}

static void parameters_default_to_the_tables(void **state)
{
  (void)state;
  lf_model m = lf_model_default();
  m.activation = LF_LEAKY_RELU; /* as a C user sets it */
  assert_ok(lf_model_complete(&m, 1, 1));
  assert_near(m.activation_param, 0.01, 0);
  m.activation = (lf_activation)99;
  assert_refused(lf_model_complete(&m, 1, 1), LF_EARG, "activation 99 does not exist");
  m.activation = LF_SIN;
  m.activation_param = NAN;
  assert_refused(lf_model_complete(&m, 1, 1), LF_EARG, "must be finite");
}

static void shapes_must_agree_with_the_data(void **state)
{
  (void)state;
  lf_model m = lf_model_default();
  assert_ok(lf_model_layers(&m, "2-64-1"));
  lf_model before = m;
  assert_refused(lf_model_complete(&m, 1, 1), LF_EARG,
                 "net 2-64-1 takes 2 inputs, but the data have 1; did you mean 1-64-1?");
  assert_refused(lf_model_complete(&m, 2, 3), LF_EARG,
                 "net 2-64-1 gives 1 output, but the data have 3; did you mean 2-64-3?");
  assert_refused(lf_model_complete(&m, 0, 1), LF_EARG, "needs inputs and outputs");
  assert_memory_equal(&m, &before, sizeof m);
  m.n_widths = 66;
  assert_refused(lf_model_complete(&m, 2, 1), LF_EARG, "1..64 layers");
  assert_ok(lf_model_layers(&m, "2-2147483647-2147483647-1"));
  if (sizeof(size_t) == 8) assert_refused(lf_model_complete(&m, 2, 1), LF_EARG, "larger than any memory");
}

static void scaling_and_laws_must_agree(void **state)
{
  (void)state;
  lf_model m = lf_model_default();
  assert_ok(lf_model_scaling(&m, "ntk"));
  assert_ok(lf_model_std(&m, "w=1.5,b=0.1"));
  assert_ok(lf_model_complete(&m, 1, 1));
  assert_true(m.init.law == LF_INIT_NTK && m.std_w == 1.5 && m.std_b == 0.1 && m.output_bias);
  m = lf_model_default();
  assert_ok(lf_model_scaling(&m, "ntk"));
  assert_ok(lf_model_std(&m, "a=2"));
  assert_refused(lf_model_complete(&m, 1, 1), LF_EARG, "std a=2 has no meaning with scaling ntk");

  m = lf_model_default();
  assert_ok(lf_model_scaling(&m, "inverse-sqrt"));
  assert_ok(lf_model_complete(&m, 1, 1));
  assert_true(m.init.law == LF_INIT_NTK && !m.output_bias);
  m = lf_model_default();
  assert_ok(lf_model_scaling(&m, "inverse-sqrt"));
  assert_ok(lf_model_layers(&m, "1-1"));
  assert_refused(lf_model_complete(&m, 1, 1), LF_EARG, "neither a hidden layer nor features");
  assert_ok(lf_model_features(&m, "fourier:gauss:1:8"));
  assert_ok(lf_model_complete(&m, 1, 1));

  m = lf_model_default();
  assert_ok(lf_model_std(&m, "w=1,b=3"));
  assert_ok(lf_model_complete(&m, 1, 1));
  assert_true(m.init.law == LF_INIT_STD && !m.output_bias);
  for (int std_first = 0; std_first < 2; std_first++) {
    m = lf_model_default();
    if (std_first) assert_ok(lf_model_std(&m, "w=2"));
    assert_ok(lf_model_init(&m, "he"));
    if (!std_first) assert_ok(lf_model_std(&m, "w=2"));
    assert_refused(lf_model_complete(&m, 1, 1), LF_EARG, "std and init he both say");
  }
  m = lf_model_default();
  m.std_b = NAN;
  assert_refused(lf_model_complete(&m, 1, 1), LF_EARG, "finite and >= 0");
  m = lf_model_default();
  assert_ok(lf_model_layers(&m, "1-5-1"));
  assert_ok(lf_model_init(&m, "he,2=lecun"));
  assert_refused(lf_model_complete(&m, 1, 1), LF_EARG, "init names layer 2, but the net has the layers 0..1");
}

static void features_must_fit_the_net(void **state)
{
  (void)state;
  lf_model m = lf_model_default();
  assert_ok(lf_model_layers(&m, "1-2-1"));
  assert_ok(lf_model_features(&m, "multiscale:1,2,4"));
  assert_refused(lf_model_complete(&m, 1, 1), LF_EARG, "3 scales for the 2 units");
  assert_ok(lf_model_layers(&m, "1-1"));
  assert_refused(lf_model_complete(&m, 1, 1), LF_EARG, "no hidden layer");
  assert_ok(lf_model_layers(&m, "1-7-1"));
  assert_ok(lf_model_complete(&m, 1, 1));
  m.features.trained = true;
  assert_refused(lf_model_complete(&m, 1, 1), LF_EARG, "only fourier and siren features can be trained");
  assert_ok(lf_model_features(&m, "siren:30:5"));
  m.features.trained = false;
  assert_ok(lf_model_complete(&m, 1, 1));
  assert_true(m.features.trained);
  m.features.kind = (lf_features_kind)9;
  assert_refused(lf_model_complete(&m, 1, 1), LF_EARG, "do not exist");
}

static void softmax_needs_two(void **state)
{
  (void)state;
  lf_model m = lf_model_default();
  assert_ok(lf_model_output(&m, "softmax"));
  assert_refused(lf_model_complete(&m, 1, 1), LF_EARG, "output softmax needs 2 outputs");
  assert_ok(lf_model_complete(&m, 1, 2));
}

static void a_model_is_described(void **state)
{
  (void)state;
  lf_model m = lf_model_default();
  char text[200], small[8];
  lf_model_describe(&m, text, sizeof text);
  assert_string_equal(text, "layers from the data tanh");
  assert_ok(lf_model_layers(&m, "1-64-2"));
  assert_ok(lf_model_activation(&m, "sin:30"));
  assert_ok(lf_model_features(&m, "fourier:log:1:50:16"));
  assert_ok(lf_model_scaling(&m, "ntk"));
  assert_ok(lf_model_output(&m, "softmax"));
  assert_ok(lf_model_init(&m, "normal:0.5,last=zero,0=uniform:2"));
  assert_ok(lf_model_bias_init(&m, "width-power:1"));
  m.features.trained = m.antisymmetric = true;
  assert_ok(lf_model_complete(&m, 1, 2));
  lf_model_describe(&m, text, sizeof text);
  assert_string_equal(
      text, "1-64-2 sin:30, features fourier:log:1:50:16 (trained), scaling ntk, output softmax, antisymmetric");
  lf_model_describe_init(&m, text, sizeof text);
  assert_string_equal(text, "weights N(0, 0.5²), biases N(0, width^-2), last layer 0, layer 0 U(-2, 2)");
  lf_model_describe(&m, small, sizeof small);
  assert_string_equal(small, "1-64-2 ");
  lf_model_describe(&m, small, 0);
}

/* ---- initial laws --------------------------------------------------------------------------------------------------------------- */
enum { DRAWS = 20000 };

/* Mean and variance within 5 standard errors; `kurtosis` is E x^4 / (E x^2)^2, which gives the variance its error. */
static void check_moments(const double *x, size_t n, double std, double kurtosis)
{
  double sum = 0, square = 0, count = (double)n;
  for (size_t i = 0; i < n; i++) sum += x[i], square += x[i] * x[i];
  assert_near(sum / count, 0, 5 * std / sqrt(count));
  assert_near(square / count, std * std, 5 * std * std * sqrt((kurtosis - 1) / count));
}

static void check_law(const lf_model *m, size_t layer, bool is_bias, size_t fan_in, size_t fan_out, bool uniform,
                      double scale)
{
  static double x[DRAWS];
  lf_init law = lf_init_of_layer(m, layer, is_bias);
  lf_init_draw(&law, m, layer, is_bias, fan_in, fan_out, 11, 5, DRAWS, x);
  double most = 0;
  for (size_t i = 0; i < DRAWS; i++) most = fmax(most, fabs(x[i]));
  if (scale == 0)
    assert_true(most == 0);
  else if (uniform) {
    check_moments(x, DRAWS, scale / sqrt(3), 1.8);
    assert_true(most < scale &&
                most > scale * (1 - 20.0 / DRAWS)); /* the chance to miss the last 20/n of the range is e^-20 */
  } else {
    check_moments(x, DRAWS, scale, 3);
    assert_true(most > 3 * scale); /* a uniform law of this variance ends at 1.7 */
  }
}

static void every_law_has_its_moments(void **state)
{
  (void)state;
  static const struct {
    const char *law;
    bool uniform;
    double weight, bias, first_weight,
        last_weight; /* standard deviation or bound, at fan-in 40, fan-out 60, widest layer 100 */
  } row[] = {
      {"normal:0.3", false, 0.3, 0.3, 0.3, 0.3},
      {"width-power:0.5", false, 0.1, 0.1, 0.1, 0.1},
      {"width-power:2", false, 1e-4, 1e-4, 1e-4, 1e-4},
      {"uniform:0.7", true, 0.7, 0.7, 0.7, 0.7},
      {"glorot", false, 0.1414213562373095, 0, 0.1414213562373095, 0.1414213562373095},
      {"he", false, 0.2236067977499790, 0, 0.2236067977499790, 0.2236067977499790},
      {"lecun", false, 0.1581138830084190, 0, 0.1581138830084190, 0.1581138830084190},
      {"ntk", false, 1, 1, 1, 1},
      {"siren:30", true, 0.0129099444873581, 0.1581138830084190, 0.025, 0.0129099444873581},
      {"torch", true, 0.1581138830084190, 0.1581138830084190, 0.1581138830084190, 0.1581138830084190},
      {"zero", false, 0, 0, 0, 0},
  };
  for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
    lf_model m = lf_model_default();
    assert_ok(lf_model_layers(&m, "1-40-100-60-1"));
    assert_ok(lf_model_init(&m, row[i].law));
    assert_ok(lf_model_complete(&m, 1, 1));
    check_law(&m, 1, false, 40, 60, row[i].uniform, row[i].weight);
    check_law(&m, 1, true, 40, 60, row[i].uniform, row[i].bias);
    check_law(&m, 0, false, 40, 60, row[i].uniform, row[i].first_weight);
    check_law(&m, 3, false, 40, 60, row[i].uniform, row[i].last_weight);
  }
}

static void the_two_layer_law(void **state)
{
  (void)state;
  lf_model m = lf_model_default();
  assert_ok(lf_model_layers(&m, "1-40-1"));
  assert_ok(lf_model_std(&m, "w=1.3,b=3,a=0.7"));
  assert_ok(lf_model_complete(&m, 1, 1));
  check_law(&m, 0, false, 1, 40, false, 1.3);
  check_law(&m, 0, true, 1, 40, false, 3);
  check_law(&m, 1, false, 40, 1, false, 0.7);
  check_law(&m, 1, true, 40, 1, false, 0);
}

static void siren_features_are_the_first_layer(void **state)
{
  (void)state;
  lf_model m = lf_model_default();
  assert_ok(lf_model_layers(&m, "2-50-1"));
  assert_ok(lf_model_features(&m, "siren:10:24"));
  assert_ok(lf_model_init(&m, "siren:5"));
  assert_ok(lf_model_complete(&m, 2, 1));
  check_law(&m, LF_LAYER_FEATURES, false, 2, 24, true, 0.5);
  check_law(&m, LF_LAYER_FEATURES, true, 2, 24, true, 0.7071067811865475);
  check_law(&m, 0, false, 24, 50, true, 0.1); /* sqrt(6/24)/5 */
}

static void layers_and_biases_have_their_own_laws(void **state)
{
  (void)state;
  lf_model m = lf_model_default();
  assert_ok(lf_model_layers(&m, "1-10-10-1"));
  assert_ok(lf_model_init(&m, "he,0=siren:30,last=normal:0.1"));
  assert_ok(lf_model_complete(&m, 1, 1));
  assert_int_equal(lf_init_of_layer(&m, 0, false).law, LF_INIT_SIREN);
  assert_int_equal(lf_init_of_layer(&m, 1, false).law, LF_INIT_HE);
  assert_int_equal(lf_init_of_layer(&m, 2, true).law, LF_INIT_NORMAL);
  assert_ok(lf_model_bias_init(&m, "zero"));
  assert_int_equal(lf_init_of_layer(&m, 2, true).law, LF_INIT_ZERO);
  assert_int_equal(lf_init_of_layer(&m, 2, false).law, LF_INIT_NORMAL);
  /* without a hidden layer the width of width-power is the fan-in */
  m = lf_model_default();
  assert_ok(lf_model_layers(&m, "1-1"));
  assert_ok(lf_model_complete(&m, 1, 1));
  check_law(&m, 0, false, 16, 1, false, 0.25);
}

static void any_part_can_be_drawn_alone(void **state)
{
  (void)state;
  lf_model m = lf_model_default();
  assert_ok(lf_model_complete(&m, 1, 1));
  double whole[50], part[7], other[7];
  lf_init_draw(&m.init, &m, 1, false, 200, 200, 3, 1000, 50, whole);
  lf_init_draw(&m.init, &m, 1, false, 200, 200, 3, 1020, 7, part);
  assert_memory_equal(part, whole + 20, sizeof part);
  lf_init_draw(&m.init, &m, 1, false, 200, 200, 4, 1020, 7, other);
  assert_memory_not_equal(part, other, sizeof part);
}

static void frequencies_follow_their_law(void **state)
{
  (void)state;
  static double w[DRAWS], part[3 * 7];
  lf_features f = {.kind = LF_FEATURES_FOURIER, .law = LF_FREQUENCY_GAUSS, .a = 4};
  lf_frequency_draw(&f, 2, 1, 0, DRAWS / 2, w);
  check_moments(w, DRAWS, 4, 3);
  lf_frequency_draw(&f, 2, 1, 100, 7, part);
  assert_memory_equal(part, w + 200, 14 * sizeof *w);
  f.law = LF_FREQUENCY_UNIFORM;
  lf_frequency_draw(&f, 2, 1, 0, DRAWS / 2, w);
  lf_frequency_draw(&f, 2, 1, 100, 7, part);
  assert_memory_equal(part, w + 200, 14 * sizeof *w);
  check_moments(w, DRAWS, 4 / sqrt(3), 1.8);
  for (size_t i = 0; i < DRAWS; i++) assert_true(fabs(w[i]) < 4);
  f = (lf_features){.law = LF_FREQUENCY_LOG, .a = 0.5, .b = 50};
  for (size_t d = 1; d <= 3; d++) {
    size_t rows = 6000;
    double first[3] = {0}, second[3] = {0}, mean = 0, square = 0, middle = log(0.5 * 50) / 2, width = log(100);
    lf_frequency_draw(&f, d, 1, 0, rows, w);
    lf_frequency_draw(&f, d, 1, 100, 7, part);
    assert_memory_equal(part, w + 100 * d, 7 * d * sizeof *w);
    for (size_t j = 0; j < rows; j++) {
      double length = 0;
      for (size_t k = 0; k < d; k++) length += w[j * d + k] * w[j * d + k];
      length = sqrt(length);
      assert_true(length > 0.5 * (1 - 1e-12) && length < 50 * (1 + 1e-12));
      double u = (log(length) - middle) / width; /* uniform on +-1/2 */
      mean += u, square += u * u;
      for (size_t k = 0; k < d; k++) first[k] += w[j * d + k] / length, second[k] += pow(w[j * d + k] / length, 2);
    }
    double n = (double)rows;
    assert_near(mean / n, 0, 5 / sqrt(12 * n));
    assert_near(square / n, 1 / 12.0, 5 / sqrt(180 * n)); /* var u^2 = 1/80 - 1/144 = 1/180 */
    for (size_t k = 0; d > 1 && k < d; k++) {             /* a direction's mean is 0, its squares' is 1/d */
      assert_near(first[k] / n, 0, 5 / sqrt(n * (double)d));
      assert_near(second[k] / n, 1 / (double)d,
                  5 * 0.36 / sqrt(n)); /* std of cos^2: 0.354 for d = 2, 0.298 for d = 3 */
    }
    if (d == 1) assert_near(first[0], n, 0);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(layers_are_read),
      cmocka_unit_test(every_activation_is_read_by_its_name),
      cmocka_unit_test(features_are_read),
      cmocka_unit_test(impossible_features_are_refused),
      cmocka_unit_test(laws_are_read),
      cmocka_unit_test(the_small_options_are_read),
      cmocka_unit_test(random_texts_are_survived),
      cmocka_unit_test(the_default_comes_from_the_data),
      cmocka_unit_test(parameters_default_to_the_tables),
      cmocka_unit_test(shapes_must_agree_with_the_data),
      cmocka_unit_test(scaling_and_laws_must_agree),
      cmocka_unit_test(features_must_fit_the_net),
      cmocka_unit_test(softmax_needs_two),
      cmocka_unit_test(a_model_is_described),
      cmocka_unit_test(every_law_has_its_moments),
      cmocka_unit_test(the_two_layer_law),
      cmocka_unit_test(siren_features_are_the_first_layer),
      cmocka_unit_test(layers_and_biases_have_their_own_laws),
      cmocka_unit_test(any_part_can_be_drawn_alone),
      cmocka_unit_test(frequencies_follow_their_law),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
