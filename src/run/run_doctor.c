/* run_doctor.c — lowfirst doctor: data and model as for train; the advice, and what it leaves in a run directory. */
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
  lf_net_destroy(d->net);
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
                           .net = run->doctor->net,
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
  if (best->family == LF_FAMILY_GIVEN && run->doctor->net)
    LF_TRY(lf_run_blame(run, "weights", lf_net_read(net, lf_run_get(run, "weights"))));
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
  char *text = NULL;
  lf_status st;
  LF_TRY(lf_run_diagnosis_json(run, &text));
  LF_TRY(lf_run_write_text(run->out, "doctor.json", text));
done:
  lf_free(text);
  return st;
}

/* The net in hand, of --weights. */
static lf_status take_net(const lf_run *run)
{
  const char *weights = lf_run_get(run, "weights");
  lf_net **net = &run->doctor->net;
  lf_status st = LF_OK;
  if (!weights) return LF_OK;
  LF_TRY(lf_net_create(net, &run->model, lf_run_dtype(run), lf_run_integer(run, "seed")));
  LF_TRY(lf_run_blame(run, "weights", lf_net_read(*net, weights)));
done:
  return st;
}

/* What advice refuses begins with the option. */
static lf_status name_option(lf_status st) { return st == LF_EARG ? LF_FAIL(st, "--%s", lf_last_error()) : st; }

lf_status lf_run_diagnose(lf_run *run, lf_run_diagnosis *out)
{
  lf_advise_options o;
  lf_status st;
  LF_TRY(lf_run_prepare(run));
  LF_TRY(lf_calloc(&run->doctor, 1, sizeof *run->doctor));
  LF_TRY(take_net(run));
  LF_TRY(options_of(run, &o));
  LF_TRY(name_option(lf_advise_check(run->data, &run->model, &run->train, &o)));
  LF_TRY(lf_run_make_directory(run));
  o.folder = run->out;
  LF_TRY(name_option(lf_advise(&run->doctor->advice, run->data, &run->model, &run->train, &o)));
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
