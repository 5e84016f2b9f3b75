/* run_pde.c — lowfirst predict --by pde: the same data and model under the equation in frequency. */
#include <math.h>
#include <string.h>
#include "lowfirst/pde.h"
#include "lowfirst/system.h"
#include "run/run_internal.h"

struct lf_run_pde {
  lf_pde *pde;
  double *owned, *time; /* of the rates; of --times */
  lf_pde_info told;
};

bool lf_run_is_pde(const lf_run *run) { return strcmp(lf_run_get(run, "by"), "pde") == 0; }

lf_status lf_run_check_pde(const lf_run *run)
{
  static const char *const mine[] = {"pde-density", "pde-order", "pde-cells", "pde-edge", "pde-tolerance"},
                           *const grid[] = {"solver", "lfp-grid"};
  if (!lf_run_is_pde(run)) {
    for (size_t i = 0; i < sizeof mine / sizeof *mine; i++)
      if (lf_run_is_changed(run, mine[i])) return LF_FAIL(LF_EARG, "--%s is of --by pde", mine[i]);
    return LF_OK;
  }
  for (size_t i = 0; i < sizeof grid / sizeof *grid; i++)
    if (lf_run_is_changed(run, grid[i])) return LF_FAIL(LF_EARG, "--%s is of --by lfp", grid[i]);
  if (lf_run_get(run, "weights"))
    return LF_FAIL(LF_EARG,
                   "--weights are of one net, and --by pde is of infinite width; did you mean --by empirical?");
  if (run->model.features.kind != LF_FEATURES_NONE) return lf_run_check_lfp(run, false);
  if (run->model.n_widths != 3)
    return LF_FAIL(LF_EARG,
                   "--by pde is of trained Fourier features and one linear layer, or of nets with one hidden layer; "
                   "this one has %zu and no features: --by ntk takes any",
                   run->model.n_widths - 2);
  return LF_OK;
}

void lf_run_free_pde(lf_run *run)
{
  if (!run->pde) return;
  lf_pde_destroy(run->pde->pde);
  lf_free(run->pde->owned);
  lf_free(run->pde->time);
  lf_free(run->pde);
  run->pde = NULL;
}

const lf_pde_info *lf_run_told_pde(const lf_run *run) { return run->pde && run->pde->pde ? &run->pde->told : NULL; }

/* Is the target nearly 0 at the edges of its grid? Then nothing is lost where there are no samples, unless what is learned reaches far, as with
 * the steep rates of the LFP. */
static bool dies_away(const lf_data *data)
{
  static const double nearly = 1e-3;
  double most = 0, edge = 0;
  for (size_t i = 0; i < data->n; i++) {
    bool at_edge = false;
    size_t place = data->grid.place ? data->grid.place[i] : i;
    for (size_t k = data->d; k-- > 0;) {
      size_t along = place % data->grid.count[k];
      place /= data->grid.count[k];
      at_edge = at_edge || along == 0 || along + 1 == data->grid.count[k];
    }
    for (size_t k = 0; k < data->c; k++) {
      double size = fabs(data->y[i * data->c + k]);
      most = fmax(most, size);
      if (at_edge) edge = fmax(edge, size);
    }
  }
  return edge <= nearly * most;
}

/* So few samples that their own density costs no more than the closed form, and loses nothing. */
static bool few_on_a_line(const lf_data *data)
{
  enum { FEW = 1000 };
  size_t processes;
  (void)lf_pde_process(&processes);
  return data->d == 1 && data->n <= FEW && processes == 1;
}

static lf_pde_form form_of(const lf_run *run)
{
  const char *word = lf_run_get(run, "pde-density");
  if (strcmp(word, "auto") != 0) return strcmp(word, "uniform") == 0 ? LF_PDE_UNIFORM : LF_PDE_SAMPLES;
  if (few_on_a_line(run->data)) return LF_PDE_SAMPLES;
  bool features = run->model.features.kind == LF_FEATURES_FOURIER;
  return features && run->data->grid.d > 0 && dies_away(run->data) ? LF_PDE_UNIFORM : LF_PDE_SAMPLES;
}

/* One hidden layer has the LFP's rates: to four times what the samples carry, or --pde-edge, and down to a hundredth of the frequency whose
 * period is all of them. */
static lf_status rates_of_lfp(lf_run *run, lf_pde_rates *rates)
{
  static const double beyond = 4, below = 0.01;
  const lf_data *data = run->data;
  double edge = lf_run_real(run, "pde-edge"), side = 0;
  lf_lfp *lfp = NULL;
  lf_status st;
  for (size_t k = 0; k < data->d; k++) side = fmax(side, data->high[k] - data->low[k]);
  if (edge == 0) edge = beyond * lf_lens_look(run->lens[0])->xi_safe;
  if (!(side > 0) || isinf(edge)) LF_RAISE(LF_EARG, "--by pde: the samples coincide: give --pde-edge");
  LF_TRY(lf_run_lfp(run, &run->model, &lfp));
  LF_TRY(lf_pde_rates_of_lfp(rates, lfp, fmin(below / side, edge / 2), edge, &run->pde->owned));
done:
  lf_lfp_destroy(lfp);
  return st;
}

lf_status lf_run_make_pde(lf_run *run)
{
  lf_pde_rates rates;
  lf_flow_options flow;
  lf_status st;
  LF_TRY(lf_calloc(&run->pde, 1, sizeof *run->pde));
  run->threads = 1;
  LF_TRY(lf_run_flow_options(run, &flow, &run->pde->time));
  if (run->model.output != LF_OUTPUT_IDENTITY)
    LF_RAISE(LF_EARG, "--output sigmoid or softmax: theory predicts nets whose output is the identity");
  if (run->model.features.kind == LF_FEATURES_NONE)
    LF_TRY(rates_of_lfp(run, &rates));
  else
    LF_TRY(lf_pde_rates_of(&rates, &run->model, &run->pde->owned));
  lf_pde_options how = {.form = form_of(run),
                        .order = (int)lf_run_integer(run, "pde-order"),
                        .half_width = lf_run_real(run, "pde-edge"),
                        .cells = lf_run_integer(run, "pde-cells"),
                        .tolerance = lf_run_real(run, "pde-tolerance"),
                        .estimate = true};
  st = lf_pde_create(&run->pde->pde, &rates, run->data, &flow, &how);
  if (st != LF_OK) {
    (void)lf_fail_prefix(st, "--by pde");
    goto done;
  }
  run->pde->told = lf_pde_look(run->pde->pde);
  LF_TRY(lf_run_settle_rate(run, run->pde->told.lr));
done:
  return st;
}

/* The equation is marched, not solved at any time: a peak is foretold at the first recorded step from which on it is learned. */
static lf_status foretell_from_record(lf_history *h)
{
  lf_order order = {0};
  lf_status st;
  LF_TRY(lf_history_order(h, &order));
  LF_TRY(lf_history_foretell(h, order.peaks, order.step));
done:
  lf_order_free(&order);
  return st;
}

lf_status lf_run_go_pde(lf_run *run)
{
  lf_way *way = &run->way[0];
  lf_status st = lf_pde_run(run->pde->pde, lf_way_observe, way);
  if (st == LF_OK) st = way->status;
  if (st != LF_OK) goto done;
  run->pde->told = lf_pde_look(run->pde->pde);
  for (size_t i = 0; i < run->lenses; i++) LF_TRY(foretell_from_record(way->history[i]));
done:
  return st;
}

void lf_run_pde_json(lf_json *t, const lf_run *run)
{
  const lf_pde_info *i = lf_run_told_pde(run);
  const struct {
    const char *key;
    size_t value;
  } counts[] = {{"processes", i->processes},
                {"nodes", i->nodes},
                {"elements", i->elements},
                {"time_steps", i->steps},
                {"rejected", i->rejected}};
  const struct {
    const char *key;
    double value;
  } reals[] = {{"half_width", i->half_width}, {"widest", i->widest},           {"density", i->density},
               {"time_error", i->time_error}, {"space_error", i->space_error}, {"lr", i->lr}};
  lf_json_key(t, "by");
  lf_json_string(t, "pde");
  lf_json_key(t, "solver");
  lf_json_string(t, i->solver);
  for (size_t k = 0; k < sizeof counts / sizeof *counts; k++) {
    lf_json_key(t, counts[k].key);
    lf_json_add(t, "%zu", counts[k].value);
  }
  for (size_t k = 0; k < sizeof reals / sizeof *reals; k++) {
    lf_json_key(t, reals[k].key);
    lf_json_real(t, reals[k].value);
  }
}
