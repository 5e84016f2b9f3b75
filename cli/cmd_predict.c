/* cmd_predict.c — lowfirst predict: theory's answer in words. */
#include <math.h>
#include "lowfirst/report.h"
#include "talk.h"

/* Under mpiexec all processes work, and the first talks. */
int cmd_predict(cli *c)
{
  size_t processes;
  if (lf_pde_process(&processes) == 0) return cli_carry_out(c, c->run);
  lf_status st = lf_run_go(c->run, NULL, NULL);
  return st == LF_OK ? CLI_DONE : cli_fail_status(st);
}

/* The equation in frequency: when the peaks fell below the threshold in the record, and how exactly it was solved. */
static void tell_pde(const lf_run *run, const lf_pde_info *i)
{
  char sentence[1024];
  lf_report_sentence(lf_run_history(run, 0, 0), sentence, sizeof sentence);
  cli_print(stdout, "%s\n", sentence);
  cli_print(
      stdout,
      "%zu steps in time on %zu nodes; estimated errors, relative to the start: %.1g from time, %.1g from the mesh.\n",
      i->steps, i->nodes, i->time_error, i->space_error);
}

static void tell_rates(const lf_run *run, const lf_run_forecast *f)
{
  const char *rule = lf_run_get(run, "opt");
  if (f->flow.rank == f->flow.free)
    cli_print(stdout, "Nothing evolves: a polynomial of degree <= 1 fits all samples.\n");
  else if (!f->exact)
    cli_print(stdout,
              "Theory has no exact rule for %s: this is gradient flow, a step that of plain descent at %.3g (largest "
              "stable rate %.3g).\n",
              rule, f->flow.lr, f->flow.stable_rate);
  else
    cli_print(stdout, "Steps of %s at rate %.3g; the largest stable rate here is %.3g.\n", rule, f->flow.lr,
              f->flow.stable_rate);
}

static void tell_peak(const lf_run_forecast *f, size_t k, long long last)
{
  const lf_flow_learning *l = &f->learning;
  long long step = (long long)l->step[k];
  if (step < 0) {
    cli_print(stdout, "  %-12.4g  never            error stays at %.3g %%\n", l->xi[k], 100 * l->last[k]);
    return;
  }
  cli_print(stdout, "  %-12.4g  %-15s", l->xi[k], cli_count(step).text);
  char time[32] = "-";
  if (isfinite(l->time[k])) (void)snprintf(time, sizeof time, "%.4g", l->time[k]);
  cli_print(stdout, "  %s%s\n", time, step > last ? "  (not within the steps looked at)" : "");
}

static void tell_learning(const lf_run *run, const lf_run_forecast *f)
{
  long long last = (long long)lf_run_look(run).step;
  size_t within = 0;
  for (size_t k = 0; k < f->learning.peaks; k++)
    within += f->learning.step[k] >= 0 && f->learning.step[k] <= (int64_t)last;
  if (f->learning.peaks == 0) {
    cli_print(stdout, "No frequency of the target stands out; the report shows the bands.\n");
    return;
  }
  cli_print(stdout, "  cycles/unit   learned at step  flow time\n");
  for (size_t k = 0; k < f->learning.peaks; k++) tell_peak(f, k, last);
  cli_print(stdout, "%zu of %zu frequencies are learned within %s steps.\n", within, f->learning.peaks,
            cli_count(last).text);
}

/* A ridge that lifts every eigenvalue well above rounding. */
static double helpful_ridge(const lf_run *run, const lf_run_forecast *f)
{
  enum { ABOVE = 10 };
  return ABOVE * f->flow.rounding * (double)lf_run_look(run).data->n;
}

static void tell_trust(const lf_run *run, const lf_run_forecast *f)
{
  const lf_flow_info *i = &f->flow;
  if (i->rank == i->rows)
    cli_print(stdout, "rank %zu of %zu in double, condition %.2g\n", i->rank, i->rows, i->condition);
  else if (isinf(f->learning.trusted_xi))
    cli_print(stdout, "rank %zu of %zu in double, condition %.2g: no frequency looked at depends on the rest\n",
              i->rank, i->rows, i->condition);
  else
    cli_print(stdout,
              "rank %zu of %zu in double: bands from %.4g cycles/unit on are not trustworthy; add --ridge %.0e\n",
              i->rank, i->rows, f->learning.trusted_xi, helpful_ridge(run, f));
  static const double worth_a_word = 1e-4;
  if (i->residual > worth_a_word)
    cli_print(stdout, "never learned at all: %.2g %% of the target%s\n", 100 * i->residual,
              i->ridge > 0 ? " (ridge)" : "");
  if (*f->note) cli_print(stdout, "%s\n", f->note);
}

static void tell_grid(const lf_run_forecast *f)
{
  if (f->grid.d == 0) return;
  cli_print(stdout,
            "On the grid, frequencies to %.4g cycles/unit; off the solver kernel by %.2g %% of the target's size.\n",
            (double)f->grid.highest / f->grid.period, f->size > 0 ? 100 * f->grid_off / f->size : 0);
}

static void tell_bounds(const lf_run_forecast *f)
{
  cli_print(stdout, "FP-norm %.3g", f->fp_norm);
  if (isnan(f->gamma)) {
    cli_print(stdout, " beside %zu free polynomials, which no bound knows (--solver grid has one)", f->flow.free);
  } else {
    cli_print(stdout, ", ||gamma|| %.3g: mean square error of independent samples below %.3g (%s", f->gamma,
              f->bound[LF_FP_BOUND_DERIVED], lf_fp_bound_name(LF_FP_BOUND_DERIVED));
    if (!isnan(f->bound[LF_FP_BOUND_PUBLISHED]))
      cli_print(stdout, "; %s: %.3g", lf_fp_bound_name(LF_FP_BOUND_PUBLISHED), f->bound[LF_FP_BOUND_PUBLISHED]);
    cli_print(stdout, ") with probability %.2f", f->confidence);
  }
  if (!isnan(f->risk)) cli_print(stdout, "; held out: %.3g", f->risk);
  cli_print(stdout, "\n");
}

void cli_tell_forecast(const lf_run *run)
{
  const lf_run_forecast *f = lf_run_told(run);
  if (lf_run_told_pde(run)) tell_pde(run, lf_run_told_pde(run));
  if (!f) return;
  tell_learning(run, f);
  tell_rates(run, f);
  if (isfinite(f->loo_rmse))
    cli_print(stdout, "Expected error beside the samples, each left out once: %.3g, %.2g %% of the target's size.\n",
              f->loo_rmse, f->size > 0 ? 100 * f->loo_rmse / f->size : 0);
  tell_grid(f);
  tell_bounds(f);
  tell_trust(run, f);
}
