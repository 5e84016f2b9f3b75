/* run_translate.c — the texts of the options -> what data, model, train and lens take. Their parsers do the work; here the
 * option's name is put before what they have to say. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "run/run_internal.h"

lf_status lf_run_blame(const lf_run *run, const char *name, lf_status st)
{
  char quoted[LF_ERROR_BYTES];
  const char *value = lf_run_get(run, name), *line = lf_last_error();
  if (st == LF_OK) return st;
  (void)snprintf(quoted, sizeof quoted, "'%s'", value ? value : "");
  const char *at = strstr(line, quoted), *blank = strchr(line, ' ');
  size_t length = strlen(quoted) - 2;
  if (value && strncmp(line, value, length) == 0 && line[length] == ':') /* a file that names itself */
    return LF_FAIL(st, "--%s %s", name, line);
  if (value && at && blank && at == blank + 1) /* "features 'x' has the form ..." -> "--features x has the form ..." */
    return LF_FAIL(st, "--%s %s%s", name, value, at + strlen(quoted));
  return value ? lf_fail_prefix(st, "--%s %s", name, value) : lf_fail_prefix(st, "--%s", name);
}

double lf_run_real(const lf_run *run, const char *name)
{
  const char *text = lf_run_get(run, name);
  return text ? strtod(text, NULL) : 0; /* checked when it was set */
}

uint64_t lf_run_integer(const lf_run *run, const char *name) { return (uint64_t)lf_run_real(run, name); }

/* Parse an option's text with a module's parser, when there is one to parse. */
#define TRANSLATE(name, call)                          \
  do {                                                 \
    const char *text = lf_run_get(run, name);          \
    if (text) LF_TRY(lf_run_blame(run, name, (call))); \
  } while (0)

lf_status lf_run_data_options(const lf_run *run, lf_data_options *out)
{
  lf_status st = LF_OK;
  *out = (lf_data_options){0};
  out->y_cols = lf_run_get(run, "y-cols");
  if (run->command == LF_COMMAND_MEASURE) return LF_OK;
  TRANSLATE("range", lf_range_parse(out, text));
  TRANSLATE("points", lf_points_parse(out, text));
  TRANSLATE("sampling", lf_sampling_parse(&out->sampling, text));
  TRANSLATE("split", lf_split_parse(out, text));
  out->noise = lf_run_real(run, "noise");
  out->test_points = lf_run_integer(run, "test-points");
  out->seed = lf_run_integer(run, lf_run_get(run, "data-seed") ? "data-seed" : "seed");
done:
  return st;
}

lf_status lf_run_model(const lf_run *run, lf_model *out)
{
  lf_status st = LF_OK;
  *out = lf_model_default();
  TRANSLATE("net", lf_model_layers(out, text));
  TRANSLATE("act", lf_model_activation(out, text));
  TRANSLATE("features", lf_model_features(out, text));
  TRANSLATE("scaling", lf_model_scaling(out, text));
  TRANSLATE("init", lf_model_init(out, text));
  TRANSLATE("bias-init", lf_model_bias_init(out, text));
  TRANSLATE("std", lf_model_std(out, text));
  TRANSLATE("output", lf_model_output(out, text));
  if (lf_run_flag(run, "train-features")) out->features.trained = true;
  if (lf_run_flag(run, "no-output-bias")) out->output_bias = false;
  out->antisymmetric = lf_run_flag(run, "asi");
done:
  return st;
}

lf_status lf_run_train_options(const lf_run *run, lf_train_options *out)
{
  lf_status st = LF_OK;
  *out = lf_train_options_default();
  TRANSLATE("loss", lf_loss_parse(&out->loss, text));
  TRANSLATE("opt", lf_optimiser_parse(&out->optimiser, text));
  TRANSLATE("schedule", lf_schedule_parse(out, text));
  TRANSLATE("record", lf_record_parse(out, text));
  out->huber_delta = lf_run_real(run, "huber-delta");
  out->lr = lf_run_real(run, "lr");
  out->momentum = lf_run_real(run, "momentum");
  out->beta1 = lf_run_real(run, "beta1");
  out->beta2 = lf_run_real(run, "beta2");
  out->alpha = lf_run_real(run, "alpha");
  out->epsilon = lf_run_real(run, "epsilon");
  out->weight_decay = lf_run_real(run, "weight-decay");
  if (out->optimiser == LF_OPTIMISER_ADAMW && lf_run_is_default(run, "weight-decay"))
    out->weight_decay = 0.01; /* PyTorch's */
  out->box = lf_run_real(run, "box");
  out->warmup = (int64_t)lf_run_integer(run, "warmup");
  out->steps = (int64_t)lf_run_integer(run, "steps");
  out->batch = lf_run_integer(run, "batch");
  out->seed = lf_run_integer(run, "seed");
  out->threads = lf_run_integer(run, "threads");
  out->profile = lf_run_flag(run, "profile");
  out->stop_loss = lf_run_real(run, "stop-loss");
  out->stop_time_s = lf_run_real(run, "stop-time");
done:
  return st;
}

/* "0,1,2.5" -> reals for the caller to lf_free(). */
static lf_status parse_list(double **out, size_t *count, const char *text)
{
  lf_status st = LF_OK;
  size_t n = 1;
  for (const char *p = text; *p; p++) n += *p == ',';
  LF_TRY(lf_calloc(out, n, sizeof **out));
  for (size_t i = 0; i < n; i++) {
    char item[64];
    size_t length = strcspn(text, ",");
    if (length >= sizeof item) LF_RAISE(LF_EARG, "'%s' is not a number", text);
    memcpy(item, text, length);
    item[length] = 0;
    LF_TRY(lf_parse_real(item, &(*out)[i]));
    text += length + 1;
  }
  *count = n;
done:
  if (st != LF_OK) lf_free(*out), *out = NULL;
  return st;
}

static lf_status parse_edges(double **out, size_t *count, const char *text)
{
  lf_status st = parse_list(out, count, text);
  if (st != LF_OK) return st;
  bool ascending = *count >= 2 && (*out)[0] >= 0;
  for (size_t i = 1; i < *count; i++) ascending = ascending && (*out)[i] > (*out)[i - 1];
  if (ascending) return LF_OK;
  lf_free(*out);
  *out = NULL;
  return LF_FAIL(LF_EARG, "two or more edges >= 0 are needed, ascending, as in 0,1,2.5");
}

lf_status lf_run_lens_options(const lf_run *run, size_t i, lf_lens_options *out, double **edges)
{
  lf_status st = LF_OK;
  *out = (lf_lens_options){0};
  *edges = NULL;
  const char *which = lf_run_value(run, "lens", i);
  st = lf_lens_parse(out, which);
  if (st != LF_OK) return lf_fail_prefix(st, "--lens %s", which);
  TRANSLATE("window", lf_window_parse(out, text));
  TRANSLATE("bands", parse_edges(edges, &out->n_edges, text));
  out->edges = *edges;
  out->amplitude = strcmp(lf_run_get(run, "delta"), "amplitude") == 0;
  out->learned = lf_run_real(run, "learned");
  out->xi_max = lf_run_real(run, "xi-max");
done:
  return st;
}

lf_status lf_run_times(const lf_run *run, double **out, size_t *count)
{
  double *given = NULL;
  size_t n = 0;
  lf_status st = LF_OK;
  *out = NULL;
  *count = 0;
  TRANSLATE("times", parse_list(&given, &n, text));
  if (n == 0) goto done;
  LF_TRY(lf_calloc(out, n + 1, sizeof **out));
  for (size_t i = 0; i < n; i++) {
    if (!(given[i] > (i ? given[i - 1] : -1)) || given[i] < 0)
      LF_RAISE(LF_EARG, "--times %s: times >= 0 are needed, ascending, as in 1,10,100", lf_run_get(run, "times"));
    if (given[i] > 0) (*out)[++*count] = given[i];
  }
  ++*count;
done:
  lf_free(given);
  if (st != LF_OK) lf_free(*out), *out = NULL;
  return st;
}

lf_status lf_run_stop_band(const lf_run *run, double *xi, double *error)
{
  const char *text = lf_run_get(run, "stop-band");
  char *end;
  *xi = *error = 0;
  if (!text) return LF_OK;
  *xi = strtod(text, &end);
  if (end != text && *end == ':') *error = strtod(end + 1, &end);
  if (*end || !(*xi >= 0) || !(*error > 0) || isinf(*xi) || isinf(*error))
    return LF_FAIL(LF_EARG, "--stop-band %s: a frequency and an error > 0 are needed, as in 2.5:0.1", text);
  return LF_OK;
}
