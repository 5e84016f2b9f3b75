/* run_lfp.c — the options of the linear frequency principle: which form, between points or on a frequency grid. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "lowfirst/lfp.h"
#include "run/run_internal.h"

/* By value: a run.json holds every option, those of lfp at their defaults too. */
lf_status lf_run_check_lfp(const lf_run *run, bool is_lfp)
{
  bool predicts = run->command == LF_COMMAND_PREDICT;
  bool on_grid = predicts && strcmp(lf_run_get(run, "solver"), "grid") == 0;
  const struct {
    const char *name;
    bool given;
  } option[] = {{"lfp", strcmp(lf_run_get(run, "lfp"), lf_lfp_form_name(LF_LFP_PLAIN)) != 0},
                {"simplified", lf_run_flag(run, "simplified")},
                {"solver", on_grid}};
  for (size_t i = 0; i < sizeof option / sizeof *option; i++)
    if (!is_lfp && option[i].given)
      return LF_FAIL(LF_EARG, "--%s is of --%s lfp", option[i].name, predicts ? "by" : "kind");
  if (predicts && lf_run_get(run, "lfp-grid") && !on_grid) return LF_FAIL(LF_EARG, "--lfp-grid is of --solver grid");
  return LF_OK;
}

bool lf_run_solves_on_grid(const lf_run *run)
{
  return strcmp(lf_run_get(run, "by"), "lfp") == 0 && strcmp(lf_run_get(run, "solver"), "grid") == 0;
}

lf_status lf_run_lfp(const lf_run *run, const lf_model *model, lf_lfp **out)
{
  const char *form = lf_run_get(run, "lfp");
  lf_lfp_options o = {.simplified = lf_run_flag(run, "simplified")};
  while (o.form + 1 < LF_LFP_FORM_COUNT && strcmp(lf_lfp_form_name(o.form), form) != 0) o.form++;
  if (run->command == LF_COMMAND_PREDICT && lf_run_solves_on_grid(run)) o.simplified = true;
  lf_status st = lf_lfp_create(out, model, &o);
  return st == LF_EARG ? lf_fail_prefix(st, "--%s lfp", run->command == LF_COMMAND_PREDICT ? "by" : "kind") : st;
}

static lf_status parse_grid(lf_frequency_grid *g, const char *text)
{
  char *end;
  double period = strtod(text, &end), highest = 0;
  if (end != text && *end == ':') highest = strtod(end + 1, &end);
  if (*end || !(period > 0) || isinf(period) || !(highest >= 1 && highest < 1e7) || highest != floor(highest))
    return LF_FAIL(
        LF_EARG,
        "--lfp-grid %s: a period > 0 and a whole number are needed, as in 16:500 for frequencies k/16, |k| <= 500",
        text);
  g->period = period;
  g->highest = (size_t)highest;
  return LF_OK;
}

lf_status lf_run_lfp_grid(const lf_run *run, lf_frequency_grid *g)
{
  const char *text = lf_run_get(run, "lfp-grid");
  const lf_data *data = run->data;
  if (!text) return lf_frequency_grid_for(g, data->n, data->d, data->x);
  g->d = data->d;
  return parse_grid(g, text);
}
