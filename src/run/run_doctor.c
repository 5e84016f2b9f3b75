/* run_doctor.c — lowfirst doctor: data and model as for train; the advice, and what it leaves in a run directory. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "io/file.h"
#include "lowfirst/files.h"
#include "lowfirst/report.h"
#include "run/run_internal.h"

void lf_run_free_doctor(lf_run *run)
{
  lf_doctor *d = run->doctor;
  if (!d) return;
  lf_advice_destroy(d->advice);
  lf_free(d->command);
  lf_free(d->features);
  lf_free(d->verified_step[0]);
  lf_free(d->verified_step[1]);
  lf_free(d);
  run->doctor = NULL;
}

/* ---- asking ----------------------------------------------------------------------------------------------------------------------------- */
static lf_status options_of(const lf_run *run, lf_advise_options *o)
{
  lf_status st = LF_OK;
  *o = (lf_advise_options){.budget_s = lf_run_real(run, "budget"),
                           .theory_only = lf_run_flag(run, "theory-only"),
                           .samples = lf_run_integer(run, "samples"),
                           .features = lf_run_integer(run, "feature-count"),
                           .seed = lf_run_integer(run, "seed"),
                           .threads = run->threads,
                           .folder = run->out};
  for (size_t i = 0; i < lf_run_values(run, "family"); i++) {
    lf_family f;
    LF_TRY(lf_run_blame(run, "family", lf_family_parse(&f, lf_run_value(run, "family", i))));
    o->families |= 1u << f;
  }
done:
  return st;
}

/* Files of frequencies that the recommendation does not need are taken away. */
static void tidy(const lf_run *run)
{
  lf_advice_view look = lf_advice_look(run->doctor->advice);
  for (size_t i = 0; i < look.candidates; i++)
    if (look.candidate[i].frequency && i != look.best) (void)unlink(look.candidate[i].model.features.file);
}

/* ---- the net to start from ---------------------------------------------------------------------------------------------------------------- */
static const char *scaling_word(lf_scaling s)
{
  return s == LF_SCALING_NTK ? "ntk" : s == LF_SCALING_INVERSE_SQRT ? "inverse-sqrt" : "standard";
}

static lf_status architecture(const lf_run *run, const lf_net *net, char **out)
{
  const lf_model *m = lf_net_model(net);
  char words[256];
  lf_json t = {0};
  lf_model_describe(m, words, sizeof words);
  lf_json_open(&t);
  lf_json_key(&t, "net");
  lf_json_string(&t, words);
  lf_json_key(&t, "widths");
  lf_json_add(&t, "[");
  for (size_t i = 0; i < m->n_widths; i++) lf_json_add(&t, "%s%zu", i ? ", " : "", m->width[i]);
  lf_json_add(&t, "]");
  lf_json_key(&t, "activation");
  lf_json_string(&t, lf_activation_name(m->activation));
  lf_json_key(&t, "activation_parameter");
  lf_json_real(&t, m->activation_param);
  lf_json_key(&t, "features");
  lf_json_string(&t, run->doctor->features);
  lf_json_key(&t, "scaling");
  lf_json_string(&t, scaling_word(m->scaling));
  lf_json_key(&t, "output_bias");
  lf_json_add(&t, m->output_bias ? "true" : "false");
  lf_json_key(&t, "antisymmetric");
  lf_json_add(&t, m->antisymmetric ? "true" : "false");
  lf_json_key(&t, "seed");
  lf_json_add(&t, "%llu", (unsigned long long)lf_run_integer(run, "seed"));
  lf_json_key(&t, "train");
  lf_json_string(&t, run->doctor->command);
  lf_json_key(&t, "tensors");
  lf_json_open(&t);
  for (size_t i = 0; i < lf_net_tensors(net); i++) {
    const lf_tensor *tensor = lf_net_tensor(net, i);
    lf_json_key(&t, tensor->name);
    if (tensor->ndim == 2)
      lf_json_add(&t, "[%zu, %zu]", tensor->rows, tensor->cols);
    else
      lf_json_add(&t, "[%zu]", tensor->rows);
  }
  lf_json_close(&t);
  lf_json_close(&t);
  lf_json_add(&t, "\n");
  return lf_json_take(&t, out);
}

/* W.safetensors and W.json */
static lf_status write_start(const lf_run *run)
{
  static const char ending[] = ".safetensors";
  const char *path = lf_run_get(run, "write");
  const lf_candidate *best = lf_advice_best(run->doctor->advice);
  size_t length = path ? strlen(path) : 0, tail = sizeof ending - 1;
  lf_net *net = NULL;
  char *beside = NULL, *text = NULL;
  lf_status st = LF_OK;
  if (!path || !best) return LF_OK;
  if (length > tail && strcmp(path + length - tail, ending) == 0) length -= tail;
  LF_TRY(lf_net_create(&net, &best->model, lf_run_dtype(run), lf_run_integer(run, "seed")));
  LF_TRY(lf_run_blame(run, "write", lf_net_write(net, path)));
  LF_TRY(lf_asprintf(&beside, "%.*s.json", (int)length, path));
  LF_TRY(architecture(run, net, &text));
  LF_TRY(lf_file_write(beside, text, strlen(text)));
done:
  lf_net_destroy(net);
  lf_free(beside);
  lf_free(text);
  return st;
}

/* ---- all ------------------------------------------------------------------------------------------------------------------------------------ */
static lf_status write_result(const lf_run *run)
{
  char *text = NULL, *path = NULL;
  lf_status st;
  LF_TRY(lf_run_diagnosis_json(run, &text));
  LF_TRY(lf_run_path(&path, run->out, "doctor.json"));
  LF_TRY(lf_file_write(path, text, strlen(text)));
done:
  lf_free(text);
  lf_free(path);
  return st;
}

lf_status lf_run_diagnose(lf_run *run, lf_run_diagnosis *out)
{
  lf_advise_options o;
  lf_status st;
  LF_TRY(lf_run_prepare(run));
  LF_TRY(options_of(run, &o));
  st = lf_advise_check(run->data, &run->model, &run->train, &o);
  if (st == LF_EARG) st = LF_FAIL(st, "--%s", lf_last_error()); /* they begin with the option */
  if (st != LF_OK) goto done;
  LF_TRY(lf_calloc(&run->doctor, 1, sizeof *run->doctor));
  LF_TRY(lf_run_make_directory(run));
  o.folder = run->out;
  LF_TRY(lf_advise(&run->doctor->advice, run->data, &run->model, &run->train, &o));
  tidy(run);
  LF_TRY(lf_run_remedy(run));
  if (lf_run_flag(run, "verify")) LF_TRY(lf_run_verify(run));
  LF_TRY(write_start(run));
  LF_TRY(write_result(run));
  if (!lf_run_flag(run, "no-report")) LF_TRY(lf_run_doctor_report(run));
  run->finished = true;
  *out = (lf_run_diagnosis){.advice = lf_advice_look(run->doctor->advice),
                            .command = run->doctor->command,
                            .features = run->doctor->features,
                            .verified = run->doctor->verified,
                            .out = run->out};
  memcpy(out->verify, run->doctor->verify, sizeof out->verify);
done:
  return st;
}

/* ---- JSON ----------------------------------------------------------------------------------------------------------------------------------- */
static void add_real(lf_json *t, const char *key, double value)
{
  lf_json_key(t, key);
  lf_json_real(t, value);
}

static void add_count(lf_json *t, const char *key, long long value)
{
  lf_json_key(t, key);
  if (value < 0)
    lf_json_add(t, "null");
  else
    lf_json_add(t, "%lld", value);
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
  add_real(t, "repeat_noise", p->repeat_noise);
  add_real(t, "y_low", p->y_low);
  add_real(t, "y_high", p->y_high);
  add_real(t, "y_size", p->y_size);
  add_real(t, "spacing", p->spacing);
  add_real(t, "fill", p->fill);
  add_real(t, "xi_safe", p->xi_safe);
  add_real(t, "noise_share", p->floor);
  lf_json_key(t, "noise_is_bound");
  lf_json_add(t, p->floor_is_bound ? "true" : "false");
  add_real(t, "xi_noise", p->xi_noise);
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
    if (steps[i].value < 0)
      lf_json_add(t, "null");
    else
      lf_json_add(t, "%lld", (long long)steps[i].value);
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
  add_real(t, "scale", best ? best->scale : NAN);
  lf_json_key(t, "why");
  lf_json_string(t, look->why);
  lf_json_key(t, "command");
  lf_json_string(t, run->doctor->command);
  add_real(t, "expected", best ? best->expected : NAN);
  add_real(t, "trial", best ? best->trial : NAN);
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
      if (steps[i].step < 0)
        lf_json_add(t, "null");
      else
        lf_json_add(t, "%lld", (long long)steps[i].step);
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
  add_real(&t, "detail_xi", look.detail_xi);
  add_count(&t, "samples", (long long)look.samples);
  add_count(&t, "cells", (long long)look.cells);
  add_count(&t, "trials", (long long)look.trials);
  add_count(&t, "trial_steps", (long long)look.trial_steps);
  add_real(&t, "lattice_error", look.lattice_error);
  add_real(&t, "random_error", look.random_error);
  for (size_t i = 0; i < run->doctor->verified; i++) {
    lf_json_key(&t, i ? "verified_recommended" : "verified_given");
    lf_json_open(&t);
    add_real(&t, "expected", run->doctor->verify[i].foretold);
    add_real(&t, "measured", run->doctor->verify[i].measured);
    lf_json_close(&t);
  }
  lf_json_key(&t, "out");
  lf_json_string(&t, run->out);
  lf_json_close(&t);
  lf_json_add(&t, "\n");
  return lf_json_take(&t, out);
}
