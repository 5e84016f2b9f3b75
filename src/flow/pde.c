/* pde.c — the frequency equation from rates, samples and options to snapshots; its parts: pde_parts.h. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "lowfirst/nudft.h"
#include "pde_parts.h"
#include "prediction.h"

size_t lf_pde_process(size_t *count)
{
  static const char *const rank[] = {"OMPI_COMM_WORLD_RANK", "PMI_RANK"}, *const size[] = {"OMPI_COMM_WORLD_SIZE",
                                                                                           "PMI_SIZE"};
  *count = 1;
  for (size_t i = 0; i < 2; i++) {
    const char *r = getenv(rank[i]), *n = getenv(size[i]);
    if (!r || !n) continue;
    unsigned long at = strtoul(r, NULL, 10), of = strtoul(n, NULL, 10);
    if (of < 1 || at >= of) continue;
    *count = of;
    return at;
  }
  return 0;
}

/* ---- the mesh's size -------------------------------------------------------------------------------------------------------------- */
static double extent(const lf_pde *p, const double *const *z)
{
  double most = 0;
  for (size_t s = 0; s < LF_PDE_SITES; s++)
    for (size_t i = 0; i < p->site[s].m * p->d; i++) most = fmax(most, fabs(z[s][i]));
  return most;
}

/* Half-width and cells. A wave exp(2 pi i xi.x) with |x| up to X must be well resolved: cells are a part of 1/X. */
static void choose_size(lf_pde *p, const lf_pde_shape *shape, double X)
{
  static const double part[] = {0.02, 0.15, 0.3};
  static const size_t least[] = {32, 12, 6}, most[] = {20000, 48, 12};
  const lf_grid *grid = &p->data->grid;
  p->half_width = p->how.half_width > 0 ? p->how.half_width : shape->reach;
  for (size_t k = 0; p->how.form == LF_PDE_UNIFORM && k < grid->d; k++)
    p->half_width = fmin(p->half_width, 1 / (2 * grid->step[k]));
  if (shape->bounded) p->half_width = fmin(p->half_width, shape->reach);
  p->cells = p->how.cells;
  if (p->cells > 0) return;
  double wanted = ceil(p->half_width * X / part[p->d - 1]) * (p->how.order == 1 && p->d < 3 ? 2 : 1);
  p->cells = (size_t)fmin(fmax(wanted, (double)least[p->d - 1]), (double)most[p->d - 1]);
}

/* ---- made --------------------------------------------------------------------------------------------------------------------------- */
static lf_status check(const lf_data *data, const lf_flow_options *when, const lf_pde_options *how)
{
  lf_flow_options flow = *when;
  lf_status st;
  flow.gradient_flow = true; /* times need not be whole */
  if (data->d > LF_PDE_MAX_D)
    LF_RAISE(LF_EUNSUP, "the frequency equation is solved in 1 to %d dimensions, and the data have %zu", LF_PDE_MAX_D,
             data->d);
  if (how->order != 0 && how->order != 1 && how->order != 2)
    LF_RAISE(LF_EARG, "order = %d must be 1 or 2 (0: 2)", how->order);
  if (!(how->half_width >= 0) || isinf(how->half_width))
    LF_RAISE(LF_EARG, "half_width = %g must be finite and >= 0 (0: chosen)", how->half_width);
  if (!(how->tolerance >= 0 && how->tolerance < 1))
    LF_RAISE(LF_EARG, "tolerance = %g must be in (0, 1) (0: 1e-7)", how->tolerance);
  if ((unsigned)how->form > LF_PDE_SAMPLES || (unsigned)how->solver > LF_PDE_PETSC)
    LF_RAISE(LF_EARG, "form %d or solver %d is none", (int)how->form, (int)how->solver);
  if (when->ridge != 0) LF_RAISE(LF_EARG, "ridge = %g: the frequency equation has none", when->ridge);
  if (lf_flow_time_per_rate(when->loss, 1, 1) == 0)
    LF_RAISE(LF_EARG, "loss %s: theory is exact for mse, half_mse and sse", lf_loss_name(when->loss));
  if (!(when->lr >= 0) || isinf(when->lr)) LF_RAISE(LF_EARG, "lr = %g must be finite and >= 0 (0: chosen)", when->lr);
  if (when->n_probe > 0 && !when->x_probe) LF_RAISE(LF_EARG, "%zu probe points need x_probe", when->n_probe);
  LF_TRY(lf_flow_check_records(&flow));
done:
  return st;
}

static lf_status begin(lf_pde *p, const double *const *z)
{
  static const char *const name[] = {"start", "start_test", "start_probe"};
  const double *const start[] = {p->when.start, p->when.start_test, p->when.start_probe};
  lf_pde_shape shape;
  lf_status st;
  for (size_t i = 0; i < LF_PDE_SITES; i++)
    LF_TRY(lf_flow_copy_start(&p->site[i].start, name[i], p->site[i].m * p->c, start[i]));
  LF_TRY(lf_calloc(&p->time, p->when.times, sizeof *p->time));
  if (p->when.times) memcpy(p->time, p->when.time, p->when.times * sizeof *p->time);
  p->when.time = p->time;
  LF_TRY(lf_pde_shape_of(&shape, &p->rates, p->d));
  choose_size(p, &shape, extent(p, z));
  LF_TRY(lf_mesh_create(&p->mesh, &p->rates, &shape, p->d, (size_t)p->how.order, p->half_width, p->cells));
  for (size_t i = 0; i + 1 < p->mesh.ticks; i++) p->widest = fmax(p->widest, p->mesh.tick[i + 1] - p->mesh.tick[i]);
  LF_TRY(lf_fem_assemble(&p->fem, &p->mesh, &p->rates));
done:
  return st;
}

static lf_status make_states(lf_pde *p)
{
  size_t most = p->march.size;
  lf_status st;
  if (p->how.form == LF_PDE_UNIFORM) most += p->mesh.nodes;
  for (size_t i = 0; i < LF_PDE_SITES; i++) most = LF_MAX(most, p->site[i].m);
  LF_TRY(lf_calloc(&p->state, p->march.size, sizeof *p->state));
  LF_TRY(lf_calloc(&p->begin, p->march.size, sizeof *p->begin));
  LF_TRY(lf_calloc(&p->work, most, sizeof *p->work));
  if (p->how.form == LF_PDE_UNIFORM) LF_TRY(lf_calloc(&p->learned, p->march.size, sizeof *p->learned));
done:
  return st;
}

static bool is_still(const lf_fem *fem)
{
  for (size_t i = 0; i < fem->row[fem->n]; i++)
    if (fem->rate[i] != 0) return false;
  return true;
}

static lf_status make_rate(lf_pde *p)
{
  double top = 0, per_rate = lf_flow_time_per_rate(p->when.loss, p->n, p->c);
  lf_status st;
  if (is_still(&p->fem)) LF_RAISE(LF_EMATH, "rates: they are 0 on the whole mesh: nothing is learned");
  if (p->when.lr == 0) LF_TRY(lf_pde_top(p, &top));
  LF_TRY(lf_flow_choose_rate(&p->when, per_rate, top > 0 ? 2 / (per_rate * top) : INFINITY));
  p->time_per_step = p->when.lr * per_rate;
done:
  return st;
}

/* The same with half the cells, on the samples alone. */
static lf_status make_wide(lf_pde *p)
{
  lf_flow_options when = p->when;
  lf_pde_options how = p->how;
  when.n_probe = 0;
  how.estimate = false;
  how.half_width = p->half_width;
  how.cells = LF_MAX(p->cells / 2, 1);
  return lf_pde_create(&p->wide, &p->rates, p->data, &when, &how);
}

lf_status lf_pde_create(lf_pde **out, const lf_pde_rates *rates, const lf_data *data, const lf_flow_options *when,
                        const lf_pde_options *how)
{
  static const double usual_tolerance = 1e-7;
  lf_pde *p = NULL;
  lf_status st;
  if (!out || !rates || !data || !when || !how)
    return LF_FAIL(LF_EARG,
                   "the frequency equation needs a place to go to, rates, data and options; one of them is NULL");
  *out = NULL;
  LF_TRY(check(data, when, how));
  LF_TRY(lf_calloc(&p, 1, sizeof *p));
  *p = (lf_pde){.rates = *rates,
                .data = data,
                .when = *when,
                .how = *how,
                .n = data->n,
                .d = data->d,
                .c = data->c,
                .factored = -1,
                .space_error = NAN};
  p->when.gradient_flow = true;
  if (p->how.order == 0) p->how.order = 2;
  const double *const z[LF_PDE_SITES] = {data->x, data->x_test, when->x_probe};
  p->site[0].m = data->n, p->site[1].m = data->n_test, p->site[2].m = when->n_probe;
  LF_TRY(begin(p, z));
  LF_TRY(p->how.form == LF_PDE_UNIFORM ? lf_pde_uniform_make(p, z) : lf_pde_samples_make(p, z));
  p->march.tolerance = how->tolerance > 0 ? how->tolerance : usual_tolerance;
  LF_TRY(make_states(p));
  LF_TRY(make_rate(p));
  if (how->estimate) LF_TRY(make_wide(p));
  *out = p;
  p = NULL;
done:
  lf_pde_destroy(p);
  return st;
}

void lf_pde_destroy(lf_pde *p)
{
  if (!p) return;
  double *const part[] = {p->time, p->modes, p->lambda, p->state, p->begin, p->work, p->learned};
  lf_pde_destroy(p->wide);
  lf_mesh_free(&p->mesh);
  lf_fem_free(&p->fem);
  for (size_t i = 0; i < LF_PDE_SITES; i++) {
    lf_nudft_destroy(p->site[i].waves);
    lf_free(p->site[i].start);
    lf_free(p->site[i].hat);
    lf_free(p->site[i].kernel);
  }
  if (p->solver.destroy) p->solver.destroy(p->solver.self);
  for (size_t i = 0; i < sizeof part / sizeof *part; i++) lf_free(part[i]);
  lf_free(p);
}

lf_pde_info lf_pde_look(const lf_pde *p)
{
  return (lf_pde_info){.nodes = p->mesh.nodes,
                       .elements = p->mesh.elements,
                       .half_width = p->half_width,
                       .widest = p->widest,
                       .density = p->density,
                       .steps = p->march.steps,
                       .rejected = p->march.rejected,
                       .time_error = p->march.error,
                       .space_error = p->space_error,
                       .lr = p->when.lr,
                       .time_per_step = p->time_per_step,
                       .solver = p->solver.name,
                       .processes = p->solver.processes};
}

const double *lf_pde_nodes(const lf_pde *p) { return p->learned ? p->mesh.x : NULL; }
const double *lf_pde_learned(const lf_pde *p) { return p->learned; }
