/* t_pde_petsc.c — the frequency equation through PETSc: convergence in two and three dimensions on box and ball, and the same answers as the banded
 * solver. Runs by itself and under mpiexec with two processes (CMakeLists.txt); without PETSc there is nothing to test but the refusal. */
#include "lowfirst/random.h"
#include "pde_problem.h"

/* MPI and what it brings keep memory until the process ends, some of it in libraries closed by then; ours is counted in same_history(). */
const char *__asan_default_options(void); /* NOLINT: the sanitizer's name */
const char *__asan_default_options(void) /* NOLINT */ { return "detect_leaks=0"; }

static bool petsc_is_there(void)
{
  pde_problem p = {.rates = {.rate = pde_product_rates, .jumps = 1, .jump = {1}}, .d = 2, .order = 1, .cells = 2};
  pde_mesh_of(&p);
  lf_status st = lf_fem_petsc(&p.solver, &p.fem);
  if (st == LF_EUNSUP) assert_non_null(strstr(lf_last_error(), "libpetsc-real-dev"));
  pde_forget(&p);
  return st != LF_EUNSUP;
}

static void needs_petsc(void)
{
  if (!petsc_is_there()) skip();
}

static double order_between(pde_problem p, pde_field exact, double t, size_t coarse, size_t fine)
{
  p.cells = coarse;
  double first = pde_error(p, exact, t);
  p.cells = fine;
  return log(first / pde_error(p, exact, t)) / log((double)fine / (double)coarse);
}

static void order_on_a_square(void **state)
{
  (void)state;
  needs_petsc();
  pde_problem p = {.rates = {.rate = pde_product_rates, .jumps = 1, .jump = {1}}, .d = 2, .petsc = true};
  p.order = 1;
  double linear = order_between(p, pde_product, 0.02, 10, 16);
  p.order = 2;
  double quadratic = order_between(p, pde_product, 0.02, 5, 8);
  if (!(linear > 1.85 && quadratic > 2.9)) fail_msg("orders %.2f and %.2f", linear, quadratic);
}

/* On the unit disc with A = a/pi, B = b/pi: J_0(k r) exp(-(a + b k^2) t / pi), k the first zero of J_0' but 0. */
static double drum(size_t d, const double *xi, double t)
{
  const double k = 3.8317059702075123, pi = 3.14159265358979323846;
  (void)d;
  return j0(k * hypot(xi[0], xi[1])) * exp(-(2 + 0.5 * k * k) * t / pi);
}

static void order_on_a_disc(void **state)
{
  (void)state;
  needs_petsc();
  pde_problem p = {.rates = {.parts = 1, .part = {{.kind = LF_DENSITY_SHELL, .weight = 1, .b = 1}}, .a = 2, .b = 0.5},
                   .d = 2,
                   .petsc = true};
  p.order = 1;
  double linear = order_between(p, drum, 0.1, 12, 20);
  p.order = 2;
  double quadratic = order_between(p, drum, 0.1, 4, 8);
  if (!(linear > 1.85 && quadratic > 2.9)) fail_msg("orders %.2f and %.2f", linear, quadratic);
}

/* In the unit ball, of volume 4 pi/3: sin(k r)/(k r), tan k = k. */
static double bell(size_t d, const double *xi, double t)
{
  const double k = 4.4934094579090642, pi = 3.14159265358979323846;
  (void)d;
  double r = sqrt(xi[0] * xi[0] + xi[1] * xi[1] + xi[2] * xi[2]), rho = 3 / (4 * pi);
  return (r > 0 ? sin(k * r) / (k * r) : 1) * exp(-rho * (2 + 0.5 * k * k) * t);
}

static void three_dimensions(void **state)
{
  (void)state;
  needs_petsc();
  pde_problem p = {.rates = {.parts = 1, .part = {{.kind = LF_DENSITY_SHELL, .weight = 1, .b = 1}}, .a = 2, .b = 0.5},
                   .d = 3,
                   .order = 2,
                   .tolerance = 1e-5,
                   .petsc = true};
  double order = order_between(p, bell, 0.1, 2, 4);
  if (!(order > 2)) fail_msg("order %.2f", order);
}

/* Any number of processes gives what the banded solver gives. Small, because processes that share a processor wait long for each other. */
static void same_as_banded(void **state)
{
  (void)state;
  needs_petsc();
  const double t = 0.02;
  pde_problem p = {
      .rates = {.rate = pde_product_rates, .jumps = 1, .jump = {1}}, .d = 2, .order = 2, .cells = 2, .tolerance = 1e-3};
  pde_problem q = p;
  q.petsc = true;
  pde_make(&p, pde_product);
  pde_make(&q, pde_product);
  for (size_t i = 0; i < p.fem.n; i++) p.u[i] = q.u[i] = lf_random_normal(1, LF_PURPOSE_TEST, i);
  assert_ok(lf_march_run(&p.march, p.u, 1, &t, pde_just_go, NULL));
  assert_ok(lf_march_run(&q.march, q.u, 1, &t, pde_just_go, NULL));
  assert_int_equal(p.march.steps, q.march.steps);
  double size = 0;
  for (size_t i = 0; i < p.fem.n; i++) size = fmax(size, fabs(p.u[i]));
  for (size_t i = 0; i < p.fem.n; i++) assert_near(q.u[i], p.u[i], 1e-8 * size);
  pde_forget(&p);
  pde_forget(&q);
}

/* From samples to snapshots, on the line: solver petsc against banded. */
typedef struct tape {
  size_t count;
  double value[20 * 40];
} tape;

static int keep(void *user, const lf_snapshot *s)
{
  tape *w = user;
  for (size_t i = 0; i < s->n; i++) w->value[w->count++] = s->fit[i];
  return 0;
}

static void same_history(void **state)
{
  (void)state;
  needs_petsc();
  static tape by[2];
  double x[40], y[40];
  lf_data *data = NULL;
  size_t processes;
  const long live = lf_alloc_live();
  lf_pde_rates rates = {.parts = 1, .part = {{.kind = LF_DENSITY_GAUSS, .weight = 1, .a = 1}}, .a = 1, .b = 0.5};
  for (size_t i = 0; i < 40; i++) x[i] = -1 + 2 * ((double)i + 0.5) / 40, y[i] = exp(-6 * x[i] * x[i]) * sin(5 * x[i]);
  assert_ok(lf_data_from(&data, 40, 1, 1, x, y, 0, NULL, NULL));
  (void)lf_pde_process(&processes);
  for (int i = 0; i < 2; i++) {
    lf_pde *p = NULL;
    by[i].count = 0;
    const lf_pde_options how = {.order = 1, .cells = 12, .tolerance = 1e-3, .solver = i ? LF_PDE_PETSC : LF_PDE_BANDED};
    assert_ok(lf_pde_create(&p, &rates, data, &(lf_flow_options){.steps = 10, .record_count = 6}, &how));
    assert_ok(lf_pde_run(p, keep, &by[i]));
    lf_pde_info look = lf_pde_look(p);
    assert_string_equal(look.solver, i ? "petsc" : "banded");
    assert_int_equal(look.processes, i ? processes : 1);
    lf_pde_destroy(p);
  }
  assert_int_equal(by[0].count, by[1].count);
  for (size_t i = 0; i < by[0].count; i++) assert_near(by[1].value[i], by[0].value[i], 1e-8);
  lf_data_destroy(data);
  assert_int_equal(lf_alloc_live(), live);
}

int main(void)
{
  const struct CMUnitTest alone[] = {
      cmocka_unit_test(order_on_a_square), cmocka_unit_test(order_on_a_disc), cmocka_unit_test(three_dimensions),
      cmocka_unit_test(same_as_banded),    cmocka_unit_test(same_history),
  };
  const struct CMUnitTest together[] = {cmocka_unit_test(same_as_banded), cmocka_unit_test(same_history)};
  size_t processes;
  (void)lf_pde_process(&processes);
  return processes > 1 ? cmocka_run_group_tests(together, NULL, NULL) : cmocka_run_group_tests(alone, NULL, NULL);
}
