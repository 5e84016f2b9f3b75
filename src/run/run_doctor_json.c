/* run_doctor_json.c — what lowfirst doctor found, as one object: doctor.json, and what --json prints. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "run/run_internal.h"

static void add_count(lf_json *t, const char *key, long long value)
{
  lf_json_key(t, key);
  lf_json_step(t, value);
}

static void add_page(lf_json *t, const lf_data_page *p)
{
  char words[256];
  double low[LF_PAGE_GROUPS], high[LF_PAGE_GROUPS], share[LF_PAGE_GROUPS];
  lf_data_page_words(p, words, sizeof words);
  for (size_t g = 0; g < p->groups; g++)
    low[g] = p->group[g].low, high[g] = p->group[g].high, share[g] = p->group[g].share;
  lf_json_key(t, "data");
  lf_json_open(t);
  add_count(t, "n", (long long)p->n);
  add_count(t, "inputs", (long long)p->d);
  add_count(t, "outputs", (long long)p->c);
  add_count(t, "repeated", (long long)p->repeated);
  lf_json_named_real(t, "repeat_noise", p->repeat_noise);
  lf_json_named_real(t, "y_low", p->y_low);
  lf_json_named_real(t, "y_high", p->y_high);
  lf_json_named_real(t, "y_size", p->y_size);
  lf_json_named_real(t, "spacing", p->spacing);
  lf_json_named_real(t, "fill", p->fill);
  lf_json_named_real(t, "xi_safe", p->xi_safe);
  lf_json_named_real(t, "noise_share", p->floor);
  lf_json_key(t, "noise_is_bound");
  lf_json_add(t, p->floor_is_bound ? "true" : "false");
  lf_json_named_real(t, "xi_noise", p->xi_noise);
  lf_json_named_real(t, "xi_top", p->xi_top);
  lf_json_reals(t, "band_low", p->groups, low);
  lf_json_reals(t, "band_high", p->groups, high);
  lf_json_reals(t, "band_share", p->groups, share);
  lf_json_reals(t, "xi_edges", p->bins ? p->bins + 1 : 0, p->xi_edge);
  lf_json_reals(t, "energy", p->bins, p->share);
  lf_json_reals(t, "energy_error", p->bins, p->error);
  lf_json_reals(t, "axis_xi", p->d <= LF_GRID_DIMS ? p->d : 0, p->axis_xi);
  lf_json_key(t, "words");
  lf_json_string(t, words);
  lf_json_key(t, "warning");
  lf_json_string(t, p->aliasing.warn ? p->aliasing.text : NULL);
  lf_json_close(t);
}

static void add_candidate(lf_json *t, const lf_candidate *c, double size)
{
  lf_json_add(t, "{\"family\": ");
  lf_json_string(t, lf_family_name(c->family));
  lf_json_add(t, ", \"label\": ");
  lf_json_string(t, c->label);
  lf_json_add(t, ", \"features\": ");
  const char *features = strstr(c->options, "--features ");
  char text[320] = "none";
  if (features) (void)snprintf(text, sizeof text, "%.*s", (int)strcspn(features + 11, " "), features + 11);
  lf_json_string(t, text);
  lf_json_add(t, ", \"options\": ");
  lf_json_string(t, c->options);
  const struct {
    const char *key;
    double value;
  } reals[] = {{"scale", c->scale},        {"loo_rmse", c->expected * size}, {"expected", c->expected},
               {"expected_best", c->best}, {"stable_rate", c->rate},         {"trial", c->trial}};
  for (size_t i = 0; i < sizeof reals / sizeof *reals; i++) {
    lf_json_add(t, ", \"%s\": ", reals[i].key);
    lf_json_real(t, reals[i].value);
  }
  const struct {
    const char *key;
    int64_t value;
  } steps[] = {{"steps", c->steps}, {"stop_step", c->best_step}};
  for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
    lf_json_add(t, ", \"%s\": ", steps[i].key);
    lf_json_step(t, steps[i].value);
  }
  lf_json_add(t, "}");
}

static void add_recommendation(lf_json *t, const lf_run *run, const lf_advice_view *look)
{
  const lf_candidate *best = lf_advice_best(run->doctor->advice);
  lf_json_key(t, "recommendation");
  lf_json_open(t);
  lf_json_key(t, "family");
  lf_json_string(t, best ? lf_family_name(best->family) : NULL);
  lf_json_key(t, "features");
  lf_json_string(t, run->doctor->features);
  lf_json_named_real(t, "scale", best ? best->scale : NAN);
  lf_json_key(t, "why");
  lf_json_string(t, look->why);
  lf_json_key(t, "command");
  lf_json_string(t, run->doctor->command);
  lf_json_named_real(t, "expected", best ? best->expected : NAN);
  lf_json_named_real(t, "trial", best ? best->trial : NAN);
  add_count(t, "steps", best ? (long long)best->steps : -1);
  add_count(t, "stop_step", best ? (long long)best->best_step : -1);
  lf_json_key(t, "hopeless");
  lf_json_add(t, look->hopeless ? "true" : "false");
  lf_json_close(t);
}

static void add_bands(lf_json *t, const lf_run *run, const lf_advice_view *look)
{
  lf_json_key(t, "bands");
  lf_json_add(t, "[");
  for (size_t b = 0; b < look->bands; b++) {
    const lf_band_view *g = &look->given_band[b], *r = &look->best_band[b];
    lf_json_add(t, "%s\n    {\"low\": ", b ? "," : "");
    lf_json_real(t, g->low);
    lf_json_add(t, ", \"high\": ");
    lf_json_real(t, g->high);
    lf_json_add(t, ", \"share\": ");
    lf_json_real(t, g->share);
    const struct {
      const char *key;
      int64_t step;
      bool there;
    } steps[] = {
        {"given", g->step, true},
        {"recommended", r->step, true},
        {"given_measured", run->doctor->verified ? run->doctor->verify[0].step[b] : -1, run->doctor->verified > 0},
        {"recommended_measured", run->doctor->verified ? run->doctor->verify[1].step[b] : -1,
         run->doctor->verified > 0}};
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
      if (!steps[i].there) continue;
      lf_json_add(t, ", \"%s\": ", steps[i].key);
      lf_json_step(t, steps[i].step);
    }
    lf_json_add(t, "}");
  }
  lf_json_add(t, "]");
}

lf_status lf_run_diagnosis_json(const lf_run *run, char **out)
{
  lf_json t = {0};
  *out = NULL;
  if (!run->doctor || !run->doctor->advice) return LF_FAIL(LF_EARG, "there is no diagnosis before lf_run_diagnose()");
  lf_advice_view look = lf_advice_look(run->doctor->advice);
  lf_json_open(&t);
  lf_json_key(&t, "command");
  lf_json_string(&t, lf_command_name(run->command));
  add_page(&t, look.page);
  add_recommendation(&t, run, &look);
  lf_json_key(&t, "candidates");
  lf_json_add(&t, "[");
  for (size_t i = 0; i < look.candidates; i++) {
    lf_json_add(&t, "%s\n    ", i ? "," : "");
    add_candidate(&t, &look.candidate[i], look.page->y_size);
  }
  lf_json_add(&t, "]");
  add_bands(&t, run, &look);
  lf_json_named_real(&t, "detail_xi", look.detail_xi);
  add_count(&t, "samples", (long long)look.samples);
  add_count(&t, "cells", (long long)look.cells);
  add_count(&t, "trials", (long long)look.trials);
  add_count(&t, "trial_steps", (long long)look.trial_steps);
  lf_json_named_real(&t, "lattice_error", look.lattice_error);
  lf_json_named_real(&t, "random_error", look.random_error);
  for (size_t i = 0; i < run->doctor->verified; i++) {
    lf_json_key(&t, i ? "verified_recommended" : "verified_given");
    lf_json_open(&t);
    lf_json_named_real(&t, "expected", run->doctor->verify[i].foretold);
    lf_json_named_real(&t, "measured", run->doctor->verify[i].measured);
    lf_json_close(&t);
  }
  lf_json_key(&t, "out");
  lf_json_string(&t, run->out);
  lf_json_close(&t);
  lf_json_add(&t, "\n");
  return lf_json_take(&t, out);
}
