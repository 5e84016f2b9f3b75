/* t_pde.c — the frequency equation against the exact kernel flow, closed forms, conserved quantities and itself on other meshes. PETSc's part of
 * it is in t_pde_petsc.c. */
#include "check.h"
#include "lowfirst/array.h"
#include "lowfirst/files.h"
#include "lowfirst/nudft.h"
#include "lowfirst/random.h"
#include "pde_problem.h"

/* ---- reference -------------------------------------------------------------------------------------------------------------------------- */
static const double *member(const lf_npz *z, const char *name, size_t *count)
{
  const lf_array *a = lf_npz_get(z, name);
  if (!a) fail_msg("%s is missing", name);
  if (count) *count = a->shape[0];
  return a->data;
}

/* Holds the transform of the errors, as the reference has it, against the reference's. */
typedef struct witness {
  const double *y, *want, *first; /* (n); (times,m) complex; (m) complex at the start */
  const lf_nudft *waves;
  size_t n, m, at;
  double worst, worst_of_first; /* relative to the largest value at that time, and at the start */
  double error[400], hat[2 * 181];
} witness;

static int hold(void *user, const lf_snapshot *s)
{
  witness *w = user;
  double most = 0, first = 0, off = 0;
  const double *want = w->want + w->at++ * 2 * w->m;
  for (size_t i = 0; i < w->n; i++) w->error[i] = s->fit[i] - w->y[i];
  lf_nudft_run(w->waves, 1, w->error, w->hat);
  for (size_t i = 0; i < 2 * w->m; i += 2) {
    most = fmax(most, hypot(want[i], want[i + 1]));
    first = fmax(first, hypot(w->first[i], w->first[i + 1]));
    off = fmax(off, hypot(2 * w->hat[i] - want[i], 2 * w->hat[i + 1] - want[i + 1])); /* the reference's sum is 2/n */
  }
  w->worst = fmax(w->worst, off / most);
  w->worst_of_first = fmax(w->worst_of_first, off / first);
  return 0;
}

static void against_reference(lf_pde_options how, witness *w, lf_pde_info *look)
{
  lf_npz *z = NULL;
  lf_data *data = NULL;
  lf_pde *p = NULL;
  lf_nudft *waves = NULL;
  size_t n, m, times;
  assert_ok(lf_npz_read(&z, LF_TEST_DATA "/fourier_features_flow.npz"));
  const double *x = member(z, "x", &n), *y = member(z, "target", NULL), *xi = member(z, "xi", &m);
  const double *time = member(z, "times", &times), s = *member(z, "sigma_a", NULL);
  lf_pde_rates rates = {.parts = 1,
                        .part = {{.kind = LF_DENSITY_GAUSS, .weight = 1, .a = *member(z, "sigma_w", NULL)}},
                        .a = 1,
                        .b = s * s};
  assert_ok(lf_data_from(&data, n, 1, 1, x, y, 0, NULL, NULL));
  assert_ok(lf_nudft_create(&waves, n, 1, x, m, xi, 0));
  lf_flow_options when = {.loss = LF_LOSS_HALF_MSE, .times = times, .time = time};
  assert_ok(lf_pde_create(&p, &rates, data, &when, &how));
  *w = (witness){.y = y,
                 .want = member(z, "residual_hat", NULL),
                 .first = member(z, "residual_hat0", NULL),
                 .waves = waves,
                 .n = n,
                 .m = m};
  assert_ok(lf_pde_run(p, hold, w));
  assert_int_equal(w->at, times);
  *look = lf_pde_look(p);
  lf_pde_destroy(p);
  lf_nudft_destroy(waves);
  lf_data_destroy(data);
  lf_npz_destroy(z);
}

/* The reference is the flow of the kernel on 400 samples of [-1,1]. The closed equation takes samples for everywhere, and the target is 4.5e-5 of its
 * height where they end: that moves 1.4e-5 of the start at most, and 1.1e-4 of what is left at t = 256, a tenth. No mesh, no tolerance, and no
 * further samples of the target change it, and it is gone where the target is: closed_form_is_the_kernel_where_samples_reach. */
static void closed_form_is_near_the_kernel(void **state)
{
  (void)state;
  witness w;
  lf_pde_info look;
  against_reference((lf_pde_options){.form = LF_PDE_UNIFORM, .cells = 300, .estimate = true}, &w, &look);
  assert_true(w.worst < 1.2e-4 && w.worst_of_first < 1.5e-5);
  assert_true(look.space_error < 1e-5 && look.space_error > 0 && look.time_error < 1e-5 && look.time_error > 0);
  assert_near(look.density, 0.5, 1e-12);
  assert_string_equal(look.solver, "banded");
  against_reference((lf_pde_options){.form = LF_PDE_UNIFORM, .order = 1}, &w, &look);
  assert_true(w.worst < 5e-4);
}

/* With the samples' own density it is that flow, but for mesh and steps. */
static void full_form_is_the_kernel(void **state)
{
  (void)state;
  witness w;
  lf_pde_info look;
  against_reference((lf_pde_options){.form = LF_PDE_SAMPLES, .cells = 200, .estimate = true}, &w, &look);
  assert_true(w.worst < 1e-6);
  assert_true(look.space_error < 2e-6 && look.space_error > 1e-9 && isnan(look.density));
}

/* ---- against lf_flow ---------------------------------------------------------------------------------------------------------------------- */
static lf_model features(size_t d, size_t c, const char *law, const char *std, bool trained)
{
  lf_model m = lf_model_default();
  char layers[16];
  (void)snprintf(layers, sizeof layers, "%zu-%zu", d, c);
  assert_ok(lf_model_layers(&m, layers));
  assert_ok(lf_model_features(&m, law));
  assert_ok(lf_model_scaling(&m, "inverse-sqrt"));
  assert_ok(lf_model_std(&m, std));
  m.features.trained = trained;
  assert_ok(lf_model_complete(&m, d, c));
  return m;
}

typedef struct pair {
  const lf_prediction *exact;
  const lf_data *data;
  double worst; /* over samples, probe points and times */
  double rms;   /* the worst over times of the samples' root mean square, relative to the target's */
  double *fit;
} pair;

static int beside(void *user, const lf_snapshot *s)
{
  pair *w = user;
  double sum = 0, whole = 0, *probe = w->fit + s->n * s->c;
  assert_ok(lf_flow_at(w->exact, s->time, w->fit, NULL, s->q ? probe : NULL));
  for (size_t i = 0; i < s->n * s->c; i++) {
    double off = s->fit[i] - w->fit[i];
    w->worst = fmax(w->worst, fabs(off));
    sum += off * off;
    whole += w->data->y[i] * w->data->y[i];
  }
  w->rms = fmax(w->rms, sqrt(sum / whole));
  for (size_t i = 0; i < s->q * s->c; i++) w->worst = fmax(w->worst, fabs(s->probe[i] - probe[i]));
  return 0;
}

/* Largest difference of the functions from those of the limit kernel's flow, at the samples and probe points. */
static pair against_flow(const lf_model *m, const lf_data *data, lf_flow_options when, lf_pde_options how)
{
  lf_kernel *k = NULL;
  lf_prediction *exact = NULL;
  lf_pde *p = NULL;
  lf_pde_rates rates;
  double *owned = NULL;
  pair w = {.data = data};
  when.gradient_flow = true;
  assert_ok(lf_kernel_limit(&k, m, LF_NTK));
  assert_ok(lf_flow_create(&exact, k, data, &when));
  assert_ok(lf_pde_rates_of(&rates, m, &owned));
  assert_ok(lf_pde_create(&p, &rates, data, &when, &how));
  w.exact = exact;
  w.fit = calloc((data->n + when.n_probe) * data->c, sizeof *w.fit);
  assert_ok(lf_pde_run(p, beside, &w));
  free(w.fit);
  lf_pde_destroy(p);
  lf_release(owned);
  lf_flow_destroy(exact);
  lf_kernel_destroy(k);
  return w;
}

static const double times[] = {0.3, 3, 30, 300};

/* Scattered samples in one and two dimensions, two outputs, another start, every law that has a kernel. Drawn frequencies make a kernel of low
 * rank, whose small eigenvalues the mesh has to resolve: a finer one. */
static void samples_of_any_density(void **state)
{
  (void)state;
  enum { N = 30, Q = 7, W = 40 };
  const struct {
    const char *law;
    size_t cells[2];
    double tolerance[2];
  } row[] = {{"fourier:gauss:1:10", {0, 0}, {2e-5, 2e-3}},
             {"fourier:uniform:2:10", {0, 0}, {2e-6, 4e-3}},
             {"fourier:file:pde_frequencies.npy", {400, 0}, {1e-4, 0}}};
  double x[2 * N], y[2 * N], probe[2 * Q], start[2 * N], start_probe[2 * Q], w[W];
  for (size_t i = 0; i < 2 * N; i++) {
    x[i] = 2 * lf_random_uniform(1, LF_PURPOSE_TEST, i) - 1;
    y[i] = lf_random_normal(2, LF_PURPOSE_TEST, i);
    start[i] = lf_random_normal(3, LF_PURPOSE_TEST, i);
  }
  for (size_t i = 0; i < 2 * Q; i++) probe[i] = 0.9 - 0.1 * (double)i, start_probe[i] = sin((double)i);
  for (size_t i = 0; i < W; i++) w[i] = lf_random_normal(4, LF_PURPOSE_TEST, i);
  assert_ok(lf_npy_write("pde_frequencies.npy", &(lf_array){.dtype = LF_F64, .ndim = 1, .shape = {W}, .data = w}));
  for (size_t l = 0; l < 3; l++)
    for (size_t d = 1; d <= 2; d++) {
      lf_data *data = NULL;
      if (row[l].tolerance[d - 1] == 0) continue;
      lf_model m = features(d, 2, row[l].law, "a=0.8", true);
      assert_ok(lf_data_from(&data, N, d, 2, x, y, 0, NULL, NULL));
      lf_flow_options when = {
          .times = 4, .time = times, .n_probe = Q, .x_probe = probe, .start = start, .start_probe = start_probe};
      pair got = against_flow(&m, data, when, (lf_pde_options){.form = LF_PDE_SAMPLES, .cells = row[l].cells[d - 1]});
      if (!(got.worst < row[l].tolerance[d - 1])) fail_msg("%s, d = %zu: off by %g", row[l].law, d, got.worst);
      lf_data_destroy(data);
    }
  (void)remove("pde_frequencies.npy");
}

/* Scalings and fixed features: the rates' factors are the kernel's. */
static void factors_of_the_scalings(void **state)
{
  (void)state;
  const char *scaling[] = {"standard", "inverse-sqrt", "ntk"};
  lf_data *data = NULL;
  const double x[] = {-0.4, 0.1, 0.3}, y[] = {1, -1, 0.5};
  assert_ok(lf_data_from(&data, 3, 1, 1, x, y, 0, NULL, NULL));
  for (size_t i = 0; i < 3; i++)
    for (int trained = 0; trained < 2; trained++) {
      lf_model m = lf_model_default();
      assert_ok(lf_model_layers(&m, "1-1"));
      assert_ok(lf_model_features(&m, "fourier:gauss:2:16"));
      assert_ok(lf_model_scaling(&m, scaling[i]));
      assert_ok(lf_model_std(&m, i == 2 ? "w=1.3" : "a=0.6"));
      m.features.trained = trained;
      m.output_bias = false;
      assert_ok(lf_model_complete(&m, 1, 1));
      const double when[] = {0.01, 0.1, 1};
      pair got =
          against_flow(&m, data, (lf_flow_options){.times = 3, .time = when}, (lf_pde_options){.form = LF_PDE_SAMPLES});
      if (!(got.worst < 1e-6))
        fail_msg("%s, features %s: off by %g", scaling[i], trained ? "trained" : "fixed", got.worst);
    }
  lf_data_destroy(data);
}

/* The rates of the linear frequency principle against the flow of its kernel, whose free polynomials the equation learns fast, but not
 * at once. */
static void rates_of_the_lfp(void **state)
{
  (void)state;
  enum { N = 24 };
  const char *act[] = {"relu", "tanh"};
  const double tolerance[] = {3e-3, 1e-3};
  for (size_t a = 0; a < 2; a++) {
    lf_model m = lf_model_default();
    lf_lfp *lfp = NULL;
    lf_kernel *k = NULL;
    lf_prediction *exact = NULL;
    lf_pde *p = NULL;
    lf_pde_rates rates;
    double *owned = NULL, x[N], y[N];
    lf_data *data = NULL;
    for (size_t i = 0; i < N; i++) x[i] = 2 * lf_random_uniform(1, LF_PURPOSE_TEST, i) - 1, y[i] = sin(6 * x[i]) + x[i];
    assert_ok(lf_data_from(&data, N, 1, 1, x, y, 0, NULL, NULL));
    assert_ok(lf_model_layers(&m, "1-1000-1"));
    assert_ok(lf_model_activation(&m, act[a]));
    assert_ok(lf_model_scaling(&m, "inverse-sqrt"));
    assert_ok(lf_model_std(&m, "w=2,b=5,a=0.7"));
    assert_ok(lf_model_complete(&m, 1, 1));
    assert_ok(lf_lfp_create(&lfp, &m, NULL));
    assert_ok(lf_lfp_kernel(&k, lfp));
    assert_ok(lf_pde_rates_of_lfp(&rates, lfp, 1e-3, 30, &owned));
    lf_flow_options when = {.times = 4, .time = times, .gradient_flow = true};
    assert_ok(lf_flow_create(&exact, k, data, &when));
    assert_ok(lf_pde_create(&p, &rates, data, &when, &(lf_pde_options){.form = LF_PDE_SAMPLES, .cells = 600}));
    pair w = {.exact = exact, .data = data, .fit = calloc(N, sizeof(double))};
    assert_ok(lf_pde_run(p, beside, &w));
    if (!(w.worst < tolerance[a])) fail_msg("%s: off by %g", act[a], w.worst);
    free(w.fit);
    lf_pde_destroy(p);
    lf_release(owned);
    lf_flow_destroy(exact);
    lf_kernel_destroy(k);
    lf_lfp_destroy(lfp);
    lf_data_destroy(data);
  }
}

static lf_data *three_tones(const char *range, const char *points)
{
  lf_data *data = NULL;
  lf_data_options o = {0};
  assert_ok(lf_range_parse(&o, range));
  assert_ok(lf_points_parse(&o, points));
  assert_ok(lf_data_target(&data, "exp(-x^2/0.1)*(sin(2*pi*x)+sin(6*pi*x)+sin(12*pi*x))", &o));
  return data;
}

/* What parts the closed form from the flow is the target where the samples end: 4.5e-5 of its height at 1, 2e-10 at 1.5, 4e-18 at 2. */
static void closed_form_is_the_kernel_where_samples_reach(void **state)
{
  (void)state;
  const char *range[] = {"-1:1", "-1.5:1.5", "-2:2"}, *points[] = {"100", "150", "200"};
  const double tolerance[] = {1e-4, 1e-6, 1e-8};
  lf_model m = features(1, 1, "fourier:gauss:3:10", "a=0.7", true);
  for (size_t i = 0; i < 3; i++) {
    lf_data *data = three_tones(range[i], points[i]);
    lf_flow_options when = {.times = 4, .time = times};
    pair closed = against_flow(&m, data, when, (lf_pde_options){.form = LF_PDE_UNIFORM, .cells = 300 * (i + 1)});
    if (!(closed.worst < tolerance[i])) fail_msg("samples on %s: off by %g", range[i], closed.worst);
    lf_data_destroy(data);
  }
}

/* A jump at the edge of the band: the mesh ends there. What the closed form loses is its own, and no finer mesh or step changes it: what the target has
 * at the edge, a ten thousandth of its height at 9 cycles and nothing at 12, makes errors that reach beyond the samples, where it takes them
 * for errors of samples. */
static void uniform_band(void **state)
{
  (void)state;
  lf_data *data = three_tones("-1:1", "100");
  lf_flow_options when = {.times = 4, .time = times};
  lf_model m = features(1, 1, "fourier:uniform:9:10", "a=0.7", true);
  pair full = against_flow(&m, data, when, (lf_pde_options){.form = LF_PDE_SAMPLES});
  assert_true(full.worst < 1e-7);
  pair closed = against_flow(&m, data, when, (lf_pde_options){.form = LF_PDE_UNIFORM});
  assert_true(closed.worst < 5e-3 && closed.rms < 2e-3);
  pair finer = against_flow(&m, data, when, (lf_pde_options){.form = LF_PDE_UNIFORM, .cells = 400, .tolerance = 1e-8});
  assert_near(finer.rms, closed.rms, 1e-3 * closed.rms);
  m = features(1, 1, "fourier:uniform:12:10", "a=0.7", true);
  closed = against_flow(&m, data, when, (lf_pde_options){.form = LF_PDE_UNIFORM});
  assert_true(closed.rms < 5e-5);
  lf_data_destroy(data);
}

/* ---- on the mesh alone ----------------------------------------------------------------------------------------------------------------------- */
static void order_of_convergence(void **state)
{
  (void)state;
  pde_problem p = {.rates = {.rate = pde_product_rates, .jumps = 1, .jump = {1}}, .d = 1};
  for (p.order = 1; p.order <= 2; p.order++) {
    p.cells = 10;
    double first = pde_error(p, pde_product, 0.05);
    p.cells = 20;
    double order = log2(first / pde_error(p, pde_product, 0.05));
    if (!(order > (double)p.order + 0.9)) fail_msg("elements of order %zu converge with order %.2f", p.order, order);
  }
}

/* int A = a for each density, on meshes fitted to it: no part of it is lost, in any dimension. */
static void densities_are_whole(void **state)
{
  (void)state;
  const double radius[] = {0.5, 1, 3}, value[] = {0, 4, 1}, w[] = {0.3, -0.7, 1.1, 0.4, -2, 0.9}, factor = 1.7;
  const lf_density part[] = {{.kind = LF_DENSITY_GAUSS, .weight = 1, .a = 0.7},
                             {.kind = LF_DENSITY_BOX, .weight = 2, .a = 1.3},
                             {.kind = LF_DENSITY_SHELL, .weight = 3, .b = 2},
                             {.kind = LF_DENSITY_SHELL, .weight = 1, .a = 1, .b = 1.5},
                             {.kind = LF_DENSITY_LOG, .weight = 1, .a = 0.2, .b = 1.5},
                             {.kind = LF_DENSITY_TABLE, .weight = 1, .count = 3, .radius = radius, .value = value},
                             {.kind = LF_DENSITY_SAMPLED, .weight = 1, .count = 2, .point = w}};
  const double tolerance[2][3] = {{1e-3, 1.5e-2, 5e-2}, {1e-5, 4e-4, 1e-3}};
  /* chords of the inner sphere lie inside it, where the density is 0: it counts as it is in the element */
  const double hollow[2][3] = {{1e-12, 1e-3, 1.5e-2}, {1e-12, 1e-5, 1e-3}};
  enum { HOLLOW = 3 };
  const size_t cells[] = {60, 12, 4};
  for (size_t order = 1; order <= 2; order++)
    for (size_t d = 1; d <= 3; d++)
      for (size_t i = 0; i < sizeof part / sizeof *part; i++) {
        pde_problem p = {
            .rates = {.parts = 1, .part = {part[i]}, .a = factor}, .d = d, .order = order, .cells = cells[d - 1]};
        pde_mesh_of(&p);
        double *ones = calloc(p.fem.n, sizeof *ones);
        for (size_t k = 0; k < p.fem.n; k++) ones[k] = 1;
        double whole = pde_form(&p.fem, p.fem.rate, ones, ones) / factor;
        double allowed = i == HOLLOW ? hollow[order - 1][d - 1] : tolerance[order - 1][d - 1];
        if (!(fabs(whole - 1) < allowed))
          fail_msg("%s, order %zu, d = %zu: %.9g", lf_density_name(part[i].kind), order, d, whole);
        free(ones);
        pde_forget(&p);
      }
}

/* Without A the integral of u^ stays: d/dt 1^T M u = -1^T S u = 0 at every step, whatever B. */
static double bump(size_t d, const double *xi, double t)
{
  double square = 0;
  (void)t;
  for (size_t k = 0; k < d; k++) square += (xi[k] - 0.3) * (xi[k] - 0.3);
  return exp(-8 * square) + 0.1;
}

typedef struct watch {
  pde_problem *p;
  double whole, energy, least;
} watch;

static lf_status watch_it(void *user, size_t i, const double *y, int *stop)
{
  watch *w = user;
  double *ones = calloc(w->p->fem.n, sizeof *ones);
  for (size_t k = 0; k < w->p->fem.n; k++) ones[k] = 1;
  double whole = pde_form(&w->p->fem, w->p->fem.mass, ones, y), energy = pde_form(&w->p->fem, w->p->fem.mass, y, y);
  *stop = 0;
  if (i == 0) w->whole = whole;
  assert_near(whole, w->whole, 1e-11 * fabs(w->whole));
  if (i > 0) assert_true(energy < w->energy);
  w->energy = energy;
  free(ones);
  return LF_OK;
}

static void diffusion_keeps_the_whole_and_flattens(void **state)
{
  (void)state;
  const double when[] = {0, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 100};
  pde_problem p = {.rates = {.parts = 1, .part = {{.kind = LF_DENSITY_SHELL, .weight = 1, .b = 1}}, .b = 0.5},
                   .d = 1,
                   .order = 2,
                   .cells = 40};
  pde_make(&p, bump);
  watch w = {.p = &p};
  assert_ok(lf_march_run(&p.march, p.u, 9, when, watch_it, &w));
  for (size_t i = 0; i < p.fem.n; i++) assert_near(p.u[i], w.whole / 2, 1e-6); /* flat in the end */
  pde_forget(&p);
}

/* Without B every frequency decays by itself: on a band of one density all alike, exp(-t rho). Jumps are fitted: two bands of different densities side
 * by side, each with its own rate, an empty one between them that no node lies in. */
static void without_diffusion_each_band_has_its_rate(void **state)
{
  (void)state;
  const double t = 2.5;
  pde_problem p = {.rates = {.parts = 2,
                             .part = {{.kind = LF_DENSITY_SHELL, .weight = 3, .b = 1},
                                      {.kind = LF_DENSITY_SHELL, .weight = 1, .a = 2, .b = 3}},
                             .a = 2},
                   .d = 1,
                   .order = 2,
                   .cells = 30};
  pde_make(&p, bump);
  for (size_t i = 0; i < p.fem.n; i++) {
    double r = fabs(p.mesh.x[i]);
    assert_true(r <= 1 + 1e-12 || r >= 2 - 1e-12);
  }
  assert_ok(lf_march_run(&p.march, p.u, 1, &t, pde_just_go, NULL));
  for (size_t i = 0; i < p.fem.n; i++) {
    double r = fabs(p.mesh.x[i]), rho = r < 1.5 ? 0.75 / 2 : 0.25 / 2;
    assert_near(p.u[i], bump(1, p.mesh.x + i, 0) * exp(-2 * rho * t), 1e-6);
  }
  pde_forget(&p);
}

/* The march by itself: y' = -L y for rates over ten decades, between its steps too, and how its error follows the tolerance. */
static lf_status decay(void *self, double tau, const double *y, double *k)
{
  const double *rate = self;
  for (size_t i = 0; i < 3; i++) k[i] = -rate[i] * y[i] / (1 + tau * rate[i]);
  return LF_OK;
}

static lf_status follow(void *user, size_t i, const double *y, int *stop)
{
  const double *const *w = user;
  *stop = 0;
  for (size_t k = 0; k < 3; k++) {
    double off = fabs(y[k] - exp(-w[1][k] * w[0][i]));
    if (off > 1e-6) fail_msg("rate %g at t = %g: off by %g", w[1][k], w[0][i], off);
  }
  return LF_OK;
}

static void the_march_is_stiffly_accurate(void **state)
{
  (void)state;
  double rate[] = {1e-3, 1, 1e7}, y[] = {1, 1, 1};
  const double when[] = {0, 1e-9, 1e-8, 1e-7, 3.3e-7, 1e-5, 1e-3, 0.1, 0.7, 1, 5, 20, 300, 5000};
  const double *w[] = {when, rate};
  lf_march m = {.size = 3, .watched = 3, .self = rate, .slope = decay, .tolerance = 1e-8};
  assert_ok(lf_march_run(&m, y, 14, when, follow, w));
  assert_true(m.steps > 20 && m.steps < 1000 && m.error < 1e-5);
  double zero[3] = {0};
  assert_ok(lf_march_run(&m, zero, 14, when, pde_just_go, NULL)); /* nothing to learn: nothing happens */
  assert_near(zero[0], 0, 0);
}

/* ---- refusals --------------------------------------------------------------------------------------------------------------------------------- */
static lf_data *wave(size_t n)
{
  lf_data *data = NULL;
  double x[40], y[40];
  assert_true(n <= 40);
  for (size_t i = 0; i < n; i++)
    x[i] = -1 + 2 * ((double)i + 0.5) / (double)n, y[i] = exp(-6 * x[i] * x[i]) * sin(5 * x[i]);
  assert_ok(lf_data_from(&data, n, 1, 1, x, y, 0, NULL, NULL));
  return data;
}

static const lf_pde_rates gauss = {
    .parts = 1, .part = {{.kind = LF_DENSITY_GAUSS, .weight = 1, .a = 1}}, .a = 1, .b = 0.5};

static void not_a_number(void *user, size_t d, const double *xi, double *A, double *B)
{
  (void)user, (void)d;
  *A = xi[0] > 0.5 ? NAN : 1;
  *B = 0;
}

static void refuses(void **state)
{
  (void)state;
  lf_data *data = wave(20), *scattered = NULL;
  lf_pde *p = NULL;
  lf_pde_rates r = gauss;
  const double x[] = {0, 0.1, 0.5}, y[] = {1, 2, 3}, x4[4] = {0}, radius[] = {1, 0.5}, value[] = {1, 1};
  lf_flow_options when = {.steps = 10, .record_count = 5};
  const lf_pde_options how = {0};
  assert_ok(lf_data_from(&scattered, 3, 1, 1, x, y, 0, NULL, NULL));
  assert_refused(lf_pde_create(&p, &gauss, scattered, &when, &how), LF_EARG, "even grid");
  assert_refused(lf_pde_create(&p, &gauss, data, &when, &(lf_pde_options){.order = 3}), LF_EARG, "order = 3");
  assert_refused(lf_pde_create(&p, &gauss, data, &when, &(lf_pde_options){.half_width = -1}), LF_EARG, "half_width");
  assert_refused(lf_pde_create(&p, &gauss, data, &when, &(lf_pde_options){.tolerance = 2}), LF_EARG, "tolerance");
  assert_refused(lf_pde_create(&p, &gauss, data, &(lf_flow_options){.ridge = 1}, &how), LF_EARG, "ridge");
  assert_refused(lf_pde_create(&p, &gauss, data, &(lf_flow_options){.loss = LF_LOSS_MAE}, &how), LF_EARG, "mae");
  assert_refused(lf_pde_create(&p, &gauss, data, &(lf_flow_options){.lr = NAN}, &how), LF_EARG, "lr");
  assert_refused(lf_pde_create(&p, NULL, data, &when, &how), LF_EARG, "NULL");
  r.part[0].a = 0;
  assert_refused(lf_pde_create(&p, &r, data, &when, &how), LF_EARG, "gauss of width 0");
  r.part[0] = (lf_density){.kind = LF_DENSITY_SHELL, .weight = 1, .a = 2, .b = 1};
  assert_refused(lf_pde_create(&p, &r, data, &when, &how), LF_EARG, "shell from 2 to 1");
  r.part[0] = (lf_density){.kind = LF_DENSITY_TABLE, .weight = 1, .count = 2, .radius = radius, .value = value};
  assert_refused(lf_pde_create(&p, &r, data, &when, &how), LF_EARG, "row 1 (0.5, 1)");
  r = (lf_pde_rates){0};
  assert_refused(lf_pde_create(&p, &r, data, &when, &how), LF_EARG, "neither densities nor a function");
  r = (lf_pde_rates){.rate = not_a_number, .jumps = 1, .jump = {1}};
  assert_refused(lf_pde_create(&p, &r, data, &when, &how), LF_EMATH, "A = nan");
  r = gauss, r.a = r.b = 0;
  assert_refused(lf_pde_create(&p, &r, data, &when, &how), LF_EMATH, "nothing is learned");
  lf_data_destroy(scattered);
  assert_ok(lf_data_from(&scattered, 1, 4, 1, x4, y, 0, NULL, NULL));
  assert_refused(lf_pde_create(&p, &gauss, scattered, &when, &how), LF_EUNSUP, "the data have 4");
  assert_null(p);
  lf_data_destroy(scattered);
  lf_data_destroy(data);
}

/* The samples' own density takes a matrix of all of them by all: refused with the numbers before it is allocated. */
static void refuses_what_memory_does_not_hold(void **state)
{
  (void)state;
  enum { N = 400000 };
  double *x = calloc(N, sizeof *x), *y = calloc(N, sizeof *y);
  lf_data *data = NULL;
  lf_pde *p = NULL;
  for (size_t i = 0; i < N; i++) x[i] = (double)i / N, y[i] = sin(9 * x[i]);
  assert_ok(lf_data_from(&data, N, 1, 1, x, y, 0, NULL, NULL));
  assert_refused(lf_pde_create(&p, &gauss, data, &(lf_flow_options){.steps = 1, .record_count = 2},
                               &(lf_pde_options){.form = LF_PDE_SAMPLES}),
                 LF_ENOMEM, "400000 samples of their own density");
  assert_non_null(strstr(lf_last_error(), "need 5.12e+03 GB"));
  assert_non_null(strstr(lf_last_error(), "uniform density"));
  assert_null(p);
  lf_data_destroy(data);
  free(x);
  free(y);
}

static void refuses_other_nets(void **state)
{
  (void)state;
  lf_model m = lf_model_default();
  lf_pde_rates rates;
  double *owned = NULL;
  assert_ok(lf_model_complete(&m, 1, 1));
  assert_refused(lf_pde_rates_of(&rates, &m, &owned), LF_EARG, "Fourier features");
  m = lf_model_default();
  assert_ok(lf_model_layers(&m, "1-1"));
  assert_ok(lf_model_features(&m, "fourier:gauss:3:10"));
  assert_ok(lf_model_complete(&m, 1, 1));
  assert_refused(lf_pde_rates_of(&rates, &m, &owned), LF_EARG, "--no-output-bias");
}

static int stop_at_third(void *user, const lf_snapshot *s)
{
  int *seen = user;
  (void)s;
  return ++*seen == 3;
}

/* Records are those of lf_flow(); the observer ends it; a second run is the first. */
static void records_and_stops(void **state)
{
  (void)state;
  lf_data *data = wave(40);
  lf_pde *p = NULL;
  int seen = 0;
  assert_ok(
      lf_pde_create(&p, &gauss, data, &(lf_flow_options){.steps = 1000, .record_count = 20}, &(lf_pde_options){0}));
  assert_ok(lf_pde_run(p, stop_at_third, &seen));
  assert_int_equal(seen, 3);
  lf_pde_info look = lf_pde_look(p);
  assert_true(look.lr > 0);
  assert_near(look.time_per_step, 2 * look.lr, 1e-15); /* mse, one output */
  assert_ok(lf_pde_run(p, NULL, NULL));
  double first = lf_pde_learned(p)[look.nodes];
  assert_ok(lf_pde_run(p, NULL, NULL));
  assert_near(lf_pde_learned(p)[look.nodes], first, 0);
  assert_non_null(lf_pde_nodes(p));
  lf_pde_destroy(p);
  const double half_a_unit = 0.5; /* a time, not a count of steps, whether or not `gradient_flow` says so */
  assert_ok(
      lf_pde_create(&p, &gauss, data, &(lf_flow_options){.times = 1, .time = &half_a_unit}, &(lf_pde_options){0}));
  lf_pde_destroy(p);
  lf_data_destroy(data);
}

static void every_allocation_may_fail(void **state)
{
  (void)state;
  lf_data *data = wave(12);
  lf_pde_options how[] = {{.form = LF_PDE_UNIFORM, .cells = 4, .half_width = 2, .estimate = true, .order = 1},
                          {.form = LF_PDE_SAMPLES, .cells = 4, .half_width = 2}};
  for (size_t f = 0; f < 2; f++) {
    lf_status st = LF_ENOMEM;
    for (long k = 0; st == LF_ENOMEM; k++) {
      lf_pde *p = NULL;
      long live = lf_alloc_live();
      lf_alloc_fail_after(k);
      st = lf_pde_create(&p, &gauss, data, &(lf_flow_options){.steps = 3, .record_count = 2}, &how[f]);
      if (st == LF_OK) st = lf_pde_run(p, NULL, NULL);
      lf_alloc_fail_after(-1);
      lf_pde_destroy(p);
      assert_int_equal(lf_alloc_live(), live);
      assert_true(k < 2000);
    }
    assert_int_equal(st, LF_OK);
  }
  lf_data_destroy(data);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(closed_form_is_near_the_kernel),
      cmocka_unit_test(full_form_is_the_kernel),
      cmocka_unit_test(samples_of_any_density),
      cmocka_unit_test(factors_of_the_scalings),
      cmocka_unit_test(rates_of_the_lfp),
      cmocka_unit_test(closed_form_is_the_kernel_where_samples_reach),
      cmocka_unit_test(uniform_band),
      cmocka_unit_test(order_of_convergence),
      cmocka_unit_test(densities_are_whole),
      cmocka_unit_test(diffusion_keeps_the_whole_and_flattens),
      cmocka_unit_test(without_diffusion_each_band_has_its_rate),
      cmocka_unit_test(the_march_is_stiffly_accurate),
      cmocka_unit_test(refuses),
      cmocka_unit_test(refuses_what_memory_does_not_hold),
      cmocka_unit_test(refuses_other_nets),
      cmocka_unit_test(records_and_stops),
      cmocka_unit_test(every_allocation_may_fail),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
