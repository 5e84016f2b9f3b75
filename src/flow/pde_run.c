/* pde_run.c — the frequency equation through the recorded times: snapshots for the observer, the wider mesh beside it. */
#include <math.h>
#include <string.h>
#include "base/cpu.h"
#include "pde_parts.h"
#include "prediction.h"

typedef struct view {
  lf_pde *p;
  lf_observer observe;
  void *user;
  const double *when;
  size_t count;
  double began, scale; /* scale: root mean square of the errors at the start */
  double *value[LF_PDE_SITES];
  double *wide; /* (count, n c) fits on the wider mesh, or NULL */
} view;

static lf_status values_at(lf_pde *p, size_t site, const double *state, double *out)
{
  return p->how.form == LF_PDE_UNIFORM ? lf_pde_uniform_values(p, &p->site[site], state, out)
                                       : lf_pde_samples_values(p, &p->site[site], state, out);
}

/* On the wider mesh: keep what the samples see. */
static lf_status keep(void *user, size_t i, const double *state, int *stop)
{
  view *v = user;
  *stop = 0;
  return values_at(v->p->wide, 0, state, v->wide + i * v->p->n * v->p->c);
}

/* Richardson: the wider mesh is off by 2^(order+1) times as much. */
static void compare(view *v, size_t i)
{
  const lf_pde *p = v->p;
  const double *wide = v->wide + i * p->n * p->c;
  double part = 1 / ((double)((size_t)2 << p->how.order) - 1), most = isnan(p->space_error) ? 0 : p->space_error;
  for (size_t k = 0; k < p->n * p->c; k++) most = fmax(most, part * fabs(wide[k] - v->value[0][k]) / v->scale);
  v->p->space_error = most;
}

static lf_status show(void *user, size_t i, const double *state, int *stop)
{
  view *v = user;
  lf_pde *p = v->p;
  const lf_data *data = p->data;
  lf_status st = LF_OK;
  *stop = 0;
  for (size_t s = 0; s < LF_PDE_SITES; s++)
    if (p->site[s].m > 0) LF_TRY(values_at(p, s, state, v->value[s]));
  if (v->wide) compare(v, i);
  lf_snapshot shot = {.step = llround(v->when[i] / p->time_per_step),
                      .time = v->when[i],
                      .wall_s = lf_now_s() - v->began,
                      .loss = lf_flow_loss(p->when.loss, p->n, p->c, v->value[0], data->y),
                      .test_loss = NAN,
                      .n = p->n,
                      .c = p->c,
                      .q = p->site[2].m,
                      .fit = v->value[0],
                      .probe = p->site[2].m ? v->value[2] : NULL,
                      .steps_total = llround(v->when[v->count - 1] / p->time_per_step)};
  if (data->n_test) shot.test_loss = lf_flow_loss(p->when.loss, data->n_test, p->c, v->value[1], data->y_test);
  if (v->observe && v->observe(v->user, &shot) != 0) *stop = 1;
done:
  return st;
}

static lf_status start_over(lf_pde *p)
{
  lf_status st;
  LF_TRY(p->how.form == LF_PDE_UNIFORM ? lf_pde_uniform_begin(p) : lf_pde_samples_begin(p));
  memcpy(p->begin, p->state, p->march.size * sizeof *p->state);
done:
  return st;
}

static lf_status run_wide(view *v)
{
  lf_pde *wide = v->p->wide;
  lf_status st = LF_OK;
  if (!wide) return LF_OK;
  LF_TRY(lf_calloc(&v->wide, v->count * v->p->n * v->p->c, sizeof *v->wide));
  LF_TRY(start_over(wide));
  LF_TRY(lf_march_run(&wide->march, wide->state, v->count, v->when, keep, v));
done:
  return st;
}

static double error_at_start(const lf_pde *p)
{
  const double *start = p->site[0].start;
  double sum = 0;
  for (size_t i = 0; i < p->n * p->c; i++) {
    double error = p->data->y[i] - (start ? start[i] : 0);
    sum += error * error;
  }
  return sqrt(sum / (double)(p->n * p->c));
}

static void keep_learned(lf_pde *p)
{
  size_t nodes = p->mesh.nodes;
  if (!p->learned) return;
  for (size_t k = 0; k < 2 * p->c; k++)
    for (size_t i = 0; i < nodes; i++) p->learned[i * 2 * p->c + k] = p->state[k * nodes + i] - p->begin[k * nodes + i];
}

lf_status lf_pde_run(lf_pde *p, lf_observer observe, void *user)
{
  view v = {.p = p, .observe = observe, .user = user, .began = lf_now_s(), .scale = error_at_start(p)};
  double *when = NULL;
  lf_status st;
  LF_TRY(lf_flow_times(&when, &v.count, &p->when, p->time_per_step));
  v.when = when;
  for (size_t s = 0; s < LF_PDE_SITES; s++) LF_TRY(lf_calloc(&v.value[s], p->site[s].m * p->c, sizeof(double)));
  LF_TRY(run_wide(&v));
  LF_TRY(start_over(p));
  LF_TRY(lf_march_run(&p->march, p->state, v.count, when, show, &v));
  keep_learned(p);
done:
  for (size_t s = 0; s < LF_PDE_SITES; s++) lf_free(v.value[s]);
  lf_free(v.wide);
  lf_free(when);
  return st;
}
