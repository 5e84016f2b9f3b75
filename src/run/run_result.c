/* run_result.c — what came out: order of learning over seeds, the result as JSON. */
#include <math.h>
#include <stdio.h>
#include "run/json_text.h"
#include "run/run_internal.h"

/* ---- order over seeds ------------------------------------------------------------------------------------------------------- */
/* steps (seeds, peaks): NaN where not learned. */
static lf_status gather(const lf_run *run, lf_run_order *o, double **steps, double **tau)
{
  lf_order one = {0};
  lf_status st = LF_OK;
  for (size_t i = 0; i < run->ways; i++) {
    const lf_way *way = &run->way[i];
    if (!way->history || !way->history[0] || lf_history_look(way->history[0]).r == 0) continue;
    LF_TRY(lf_history_order(way->history[0], &one));
    if (!*steps) {
      o->peaks = one.peaks;
      LF_TRY(lf_calloc(steps, run->ways * LF_MAX(one.peaks, (size_t)1), sizeof **steps));
      LF_TRY(lf_calloc(tau, run->ways, sizeof **tau));
      LF_TRY(lf_calloc(&o->xi, one.peaks, sizeof *o->xi));
      for (size_t k = 0; k < one.peaks; k++) o->xi[k] = one.xi[k];
    }
    for (size_t k = 0; k < o->peaks; k++)
      (*steps)[o->seeds * o->peaks + k] = one.step[k] < 0 ? NAN : (double)one.step[k];
    (*tau)[o->seeds++] = one.tau;
    lf_order_free(&one);
  }
done:
  lf_order_free(&one);
  return st;
}

lf_status lf_run_order_over_seeds(const lf_run *run, lf_run_order *out)
{
  double *steps = NULL, *tau = NULL, *column = NULL;
  lf_status st;
  *out = (lf_run_order){.tau = NAN, .tau_low = NAN, .tau_high = NAN};
  LF_TRY(gather(run, out, &steps, &tau));
  if (!steps) goto done; /* nothing is recorded yet */
  LF_TRY(lf_calloc(&column, run->ways, sizeof *column));
  LF_TRY(lf_calloc(&out->median, out->peaks, sizeof *out->median));
  LF_TRY(lf_calloc(&out->low, out->peaks, sizeof *out->low));
  LF_TRY(lf_calloc(&out->high, out->peaks, sizeof *out->high));
  for (size_t k = 0; k < out->peaks; k++) {
    for (size_t i = 0; i < out->seeds; i++) column[i] = steps[i * out->peaks + k];
    LF_TRY(lf_median_interval(out->seeds, column, &out->median[k], &out->low[k], &out->high[k]));
  }
  if (out->seeds > 0) LF_TRY(lf_median_interval(out->seeds, tau, &out->tau, &out->tau_low, &out->tau_high));
done:
  lf_free(column);
  lf_free(tau);
  lf_free(steps);
  if (st != LF_OK) lf_run_order_free(out);
  return st;
}

void lf_run_order_free(lf_run_order *o)
{
  if (!o) return;
  lf_free(o->xi);
  lf_free(o->median);
  lf_free(o->low);
  lf_free(o->high);
  *o = (lf_run_order){0};
}

/* ---- JSON --------------------------------------------------------------------------------------------------------------------- */
void lf_json_steps(lf_json *t, const char *key, size_t n, const int64_t *step)
{
  lf_json_key(t, key);
  lf_json_add(t, "[");
  for (size_t i = 0; i < n; i++) {
    lf_json_add(t, "%s", i ? ", " : "");
    lf_json_step(t, step[i]);
  }
  lf_json_add(t, "]");
}

static void add_seeds(lf_json *t, const lf_run *run, const lf_run_order *o)
{
  lf_json_key(t, "seeds");
  lf_json_open(t);
  lf_json_key(t, "count");
  lf_json_add(t, "%zu", o->seeds);
  lf_json_key(t, "seed");
  lf_json_add(t, "[");
  for (size_t i = 0; i < run->ways; i++) lf_json_add(t, "%s%llu", i ? ", " : "", (unsigned long long)run->way[i].seed);
  lf_json_add(t, "]");
  lf_json_reals(t, "median", o->peaks, o->median);
  lf_json_reals(t, "low", o->peaks, o->low);
  lf_json_reals(t, "high", o->peaks, o->high);
  lf_json_named_real(t, "tau", o->tau);
  lf_json_named_real(t, "tau_low", o->tau_low);
  lf_json_named_real(t, "tau_high", o->tau_high);
  lf_json_close(t);
}

lf_profile lf_run_profile(const lf_run *run) { return run->ways ? run->way[0].profile : (lf_profile){0}; }

/* "profile": {"steps", "threads", "wall_s", phases: {"loss": {"seconds", "flops", "bytes"}, ...}}, flops and bytes of one step */
static void add_profile(lf_json *t, const lf_profile *p)
{
  if (p->steps == 0) return;
  lf_json_key(t, "profile");
  lf_json_open(t);
  lf_json_key(t, "steps");
  lf_json_add(t, "%lld", (long long)p->steps);
  lf_json_key(t, "threads");
  lf_json_add(t, "%zu", p->threads);
  lf_json_named_real(t, "wall_s", p->wall_s);
  for (int i = 0; i < LF_PHASE_COUNT; i++) {
    lf_json_key(t, lf_phase_name((lf_phase)i));
    lf_json_open(t);
    lf_json_named_real(t, "seconds", p->seconds[i]);
    lf_json_named_real(t, "flops", p->flops[i]);
    lf_json_named_real(t, "bytes", p->bytes[i]);
    lf_json_close(t);
  }
  lf_json_close(t);
}

lf_status lf_run_json(const lf_run *run, char **out)
{
  lf_json t = {0};
  lf_order order = {0};
  lf_run_order over = {0};
  lf_status st;
  *out = NULL;
  const lf_way *way = run->ways ? &run->way[0] : NULL;
  if (!way || !way->history || !way->history[0] || lf_history_look(way->history[0]).r == 0)
    LF_RAISE(LF_EARG, "there is no result before a run");
  lf_history_view look = lf_history_look(way->history[0]);
  LF_TRY(lf_history_order(way->history[0], &order));
  LF_TRY(lf_run_order_over_seeds(run, &over));
  lf_json_open(&t);
  lf_json_key(&t, "command");
  lf_json_string(&t, lf_command_name(run->command));
  lf_json_key(&t, "steps");
  lf_json_add(&t, "%lld", (long long)way->step);
  lf_json_named_real(&t, "loss", look.loss[look.r - 1]);
  lf_json_named_real(&t, "test_loss", look.test_loss[look.r - 1]);
  lf_json_named_real(&t, "steps_per_s", way->steps_per_s);
  lf_json_named_real(&t, "wall_s", look.wall_s[look.r - 1]);
  lf_json_key(&t, "stop");
  lf_json_string(&t, way->stop);
  lf_json_reals(&t, "xi_k", order.peaks, order.xi);
  lf_json_steps(&t, "t_k", order.peaks, order.step);
  lf_json_steps(&t, "half_life", order.peaks, order.half);
  lf_json_reals(&t, "error_k", order.peaks, order.last);
  lf_json_named_real(&t, "tau", order.tau);
  if (run->theory)
    lf_run_forecast_json(&t, run);
  else if (run->pde)
    lf_run_pde_json(&t, run);
  else
    add_seeds(&t, run, &over);
  lf_run_overlay_json(&t, run);
  add_profile(&t, &way->profile);
  lf_json_key(&t, "out");
  lf_json_string(&t, run->out);
  lf_json_close(&t);
  lf_json_add(&t, "\n");
  LF_TRY(lf_json_take(&t, out));
done:
  lf_json_free(&t);
  lf_run_order_free(&over);
  lf_order_free(&order);
  return st;
}

/* "key": [[...], ...], a row per line */
static void add_rows(lf_json *t, const char *key, size_t rows, size_t columns, const double *value)
{
  lf_json_key(t, key);
  lf_json_add(t, "[");
  for (size_t i = 0; i < rows; i++) {
    lf_json_add(t, "%s[", i ? ", " : "");
    for (size_t k = 0; k < columns; k++) {
      lf_json_add(t, "%s", k ? ", " : "");
      lf_json_real(t, value[i * columns + k]);
    }
    lf_json_add(t, "]");
  }
  lf_json_add(t, "]");
}

lf_status lf_deviation_json(const lf_deviation *d, const lf_drift *drift, const char *reference, const char *run,
                            char **out)
{
  lf_json t = {0};
  lf_json_open(&t);
  lf_json_key(&t, "reference");
  lf_json_string(&t, reference);
  lf_json_key(&t, "run");
  lf_json_string(&t, run);
  lf_json_reals(&t, "band_edge", d->bands ? d->bands + 1 : 0, d->band_edge);
  lf_json_reals(&t, "band_rms", d->bands, d->band_rms);
  lf_json_steps(&t, "step", d->steps, d->step);
  add_rows(&t, "band_apart", d->steps, d->bands, d->apart);
  lf_json_named_real(&t, "loss_ratio", d->loss_ratio);
  lf_json_named_real(&t, "pace", d->pace);
  lf_json_named_real(&t, "fit_rms", d->fit_rms);
  lf_json_reals(&t, "xi_k", d->peaks, d->xi);
  lf_json_steps(&t, "t_k_reference", d->peaks, d->step_a);
  lf_json_steps(&t, "t_k", d->peaks, d->step_b);
  lf_json_named_real(&t, "kernel_drift", drift ? drift->change : NAN);
  lf_json_named_real(&t, "kernel_alignment", drift ? drift->alignment : NAN);
  lf_json_close(&t);
  return lf_json_take(&t, out);
}
