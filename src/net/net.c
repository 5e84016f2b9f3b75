/* net.c — create, look at, read and write a net; the draw of its initial parameters. */
#include "structure.h"
#include <stdio.h>
#include <string.h>
#include "base/base.h"
#include "lowfirst/files.h"
#include "model/init.h"

void lf_net_destroy(lf_net *net)
{
  if (!net) return;
  for (size_t b = 0; net->branch && b < net->branches; b++) lf_free(net->branch[b].layer);
  lf_free(net->branch);
  lf_free(net->tensor);
  lf_free(net->gain);
  lf_free(net->parameters);
  lf_free(net);
}

const lf_model *lf_net_model(const lf_net *net) { return &net->model; }
lf_dtype lf_net_dtype(const lf_net *net) { return net->dtype; }
size_t lf_net_count(const lf_net *net) { return net->count; }
size_t lf_net_tensors(const lf_net *net) { return net->tensors; }
const lf_tensor *lf_net_tensor(const lf_net *net, size_t i) { return i < net->tensors ? &net->tensor[i] : NULL; }
void *lf_net_parameters(lf_net *net) { return net->parameters; }

double lf_net_parameter(const lf_net *net, size_t i)
{
  return net->dtype == LF_F32 ? (double)((const float *)net->parameters)[i] : ((const double *)net->parameters)[i];
}

void lf_net_set_parameter(lf_net *net, size_t i, double value)
{
  if (net->dtype == LF_F32)
    ((float *)net->parameters)[i] = (float)value;
  else
    ((double *)net->parameters)[i] = value;
}

/* ---- initial parameters --------------------------------------------------------------------------------------------------- */
static void store(lf_net *net, size_t first, size_t n, const double *value)
{
  for (size_t i = 0; i < n; i++) lf_net_set_parameter(net, first + i, value[i]);
}

static lf_status draw_tensor(lf_net *net, const lf_layer *l, size_t layer, bool is_bias, uint64_t seed)
{
  double *value = NULL;
  size_t first = is_bias ? l->bias : l->weight, n = is_bias ? l->out : l->out * l->in;
  if (first == LF_NO_BIAS) return LF_OK;
  lf_status st = lf_calloc(&value, n, sizeof *value);
  if (st != LF_OK) return st;
  lf_init law = lf_init_of_layer(&net->model, layer, is_bias);
  lf_init_draw(&law, &net->model, layer, is_bias, l->in, l->out, seed, first, n, value);
  store(net, first, n, value);
  lf_free(value);
  return LF_OK;
}

/* Frequencies by law, or from the npy file named (N,d). */
static lf_status draw_frequencies(lf_net *net, size_t first, size_t rows, size_t d, uint64_t seed)
{
  lf_status st = LF_OK;
  const lf_features *f = &net->model.features;
  lf_array a = {0};
  double *value = NULL;
  if (f->law == LF_FREQUENCY_FILE) {
    LF_TRY(lf_npy_read(&a, f->file));
    size_t file_d = a.ndim == 1 ? 1 : a.shape[1];
    if (a.ndim < 1 || a.ndim > 2 || a.shape[0] != rows || file_d != d)
      LF_RAISE(LF_ESHAPE, "%s: frequencies of shape (%zu,%zu) are needed, the file holds %zu x %zu", f->file, rows, d,
               a.ndim ? a.shape[0] : 1, file_d);
    LF_TRY(lf_array_to_f64(&a, &value));
    LF_TRY(lf_array_check_finite(&a, f->file));
  } else {
    LF_TRY(lf_calloc(&value, rows * d, sizeof *value));
    lf_frequency_draw(f, d, seed, 0, rows, value);
  }
  store(net, first, rows * d, value);
done:
  lf_array_free(&a);
  lf_free(value);
  return st;
}

static lf_status draw_layer(lf_net *net, const lf_layer *l, size_t layer, uint64_t seed)
{
  if (l->fourier) return draw_frequencies(net, l->weight, l->out, l->in, seed);
  lf_status st = draw_tensor(net, l, layer, false, seed);
  return st != LF_OK ? st : draw_tensor(net, l, layer, true, seed);
}

/* Antisymmetric initialisation: the second half of the branches starts as a copy of the first. */
static void copy_first_half(lf_net *net)
{
  size_t half = net->branches / 2, first = net->branch[0].layer[0].weight;
  size_t size = lf_dtype_size(net->dtype), length = net->branch[half].layer[0].weight - first;
  char *p = net->parameters;
  memcpy(p + (first + length) * size, p + first * size, length * size);
}

lf_status lf_net_draw(lf_net *net, uint64_t seed)
{
  lf_status st = LF_OK;
  size_t drawn = net->branches / (net->model.antisymmetric ? 2 : 1);
  if (net->frequencies) LF_TRY(draw_frequencies(net, 0, net->frequencies->rows, net->frequencies->cols, seed));
  for (size_t b = 0; b < drawn; b++) {
    const lf_branch *branch = &net->branch[b];
    size_t features = branch->depth == net->model.n_widths; /* 1 where trained features come first */
    for (size_t l = 0; l < branch->depth; l++)
      LF_TRY(draw_layer(net, &branch->layer[l], features && l == 0 ? LF_LAYER_FEATURES : l - features, seed));
  }
  if (net->model.antisymmetric) copy_first_half(net);
done:
  return st;
}

/* A frequency file says itself how many frequencies there are. */
static lf_status count_frequencies(lf_features *f)
{
  lf_array a = {0};
  if (f->kind != LF_FEATURES_FOURIER || f->law != LF_FREQUENCY_FILE) return LF_OK;
  lf_status st = lf_npy_read(&a, f->file);
  if (st != LF_OK) return st;
  f->count = a.ndim ? a.shape[0] : 0;
  lf_array_free(&a);
  return f->count ? LF_OK
                  : LF_FAIL(LF_ESHAPE, "%s: frequencies of shape (N,d) are needed, the file holds none", f->file);
}

lf_status lf_net_create(lf_net **out, const lf_model *model, lf_dtype dtype, uint64_t seed)
{
  lf_status st = LF_OK;
  lf_net *net = NULL;
  if (!out || !model) return LF_FAIL(LF_EARG, "a net needs a place to go to and a model, one of them is NULL");
  *out = NULL;
  if (dtype != LF_F32 && dtype != LF_F64)
    return LF_FAIL(LF_EARG, "a net is of f4 (float) or f8 (double), not %s", lf_dtype_name(dtype));
  LF_TRY(lf_calloc(&net, 1, sizeof *net));
  net->model = *model;
  net->dtype = dtype;
  if (model->n_widths < 2) LF_RAISE(LF_EARG, "the model has no layers yet: complete it first (lf_model_complete)");
  LF_TRY(lf_model_complete(&net->model, model->width[0], model->width[model->n_widths - 1]));
  LF_TRY(count_frequencies(&net->model.features));
  LF_TRY(lf_net_structure(net));
  LF_TRY(lf_net_draw(net, seed));
  *out = net;
  net = NULL;
done:
  lf_net_destroy(net);
  return st;
}

/* ---- files ------------------------------------------------------------------------------------------------------------------ */
static void list_names(const lf_npz *set, char *text, size_t size)
{
  size_t used = 0;
  text[0] = 0;
  for (size_t i = 0; i < lf_npz_count(set) && used + 1 < size; i++) {
    int n = snprintf(text + used, size - used, "%s%s", i ? ", " : "", lf_npz_name(set, i));
    if (n < 0) return;
    used += (size_t)n;
  }
}

static lf_status check_tensor(const lf_npz *set, const lf_tensor *t, const char *path)
{
  const lf_array *a = lf_npz_get(set, t->name);
  char names[400];
  list_names(set, names, sizeof names);
  if (!a) return LF_FAIL(LF_ESHAPE, "%s: no tensor %s; the file holds %s", path, t->name, names);
  bool fits = a->ndim == t->ndim && a->shape[0] == t->rows && (t->ndim == 1 || a->shape[1] == t->cols);
  if (fits) return LF_OK;
  char want[48], have[96] = "()";
  if (t->ndim == 1)
    (void)snprintf(want, sizeof want, "(%zu)", t->rows);
  else
    (void)snprintf(want, sizeof want, "(%zu,%zu)", t->rows, t->cols);
  if (a->ndim == 1) (void)snprintf(have, sizeof have, "(%zu)", a->shape[0]);
  if (a->ndim == 2) (void)snprintf(have, sizeof have, "(%zu,%zu)", a->shape[0], a->shape[1]);
  if (a->ndim > 2) (void)snprintf(have, sizeof have, "with %zu dimensions", a->ndim);
  return LF_FAIL(LF_ESHAPE, "%s: tensor %s is %s, the net needs %s", path, t->name, have, want);
}

lf_status lf_net_read(lf_net *net, const char *path)
{
  lf_status st = LF_OK;
  lf_npz *set = NULL;
  double *value = NULL;
  LF_TRY(lf_safetensors_read(&set, path));
  for (size_t i = 0; i < net->tensors; i++) LF_TRY(check_tensor(set, &net->tensor[i], path));
  if (lf_npz_count(set) != net->tensors) {
    char names[400];
    list_names(set, names, sizeof names);
    LF_RAISE(LF_ESHAPE, "%s: %zu tensors where the net has %zu; the file holds %s", path, lf_npz_count(set),
             net->tensors, names);
  }
  LF_TRY(lf_calloc(&value, net->count, sizeof *value)); /* all of it before the first is replaced */
  for (size_t i = 0; i < net->tensors; i++) {
    const lf_tensor *t = &net->tensor[i];
    double *part = NULL;
    LF_TRY(lf_array_to_f64(lf_npz_get(set, t->name), &part));
    memcpy(value + t->offset, part, t->rows * t->cols * sizeof *part);
    lf_free(part);
  }
  store(net, 0, net->count, value);
done:
  lf_free(value);
  lf_npz_destroy(set);
  return st;
}

lf_status lf_net_write(const lf_net *net, const char *path)
{
  lf_status st = LF_OK;
  lf_npz *set = NULL;
  const char *const metadata[] = {"format", "pt"}; /* what PyTorch's own writer says */
  LF_TRY(lf_npz_create(&set));
  for (size_t i = 0; i < net->tensors; i++) {
    const lf_tensor *t = &net->tensor[i];
    const size_t shape[2] = {t->rows, t->cols};
    const char *data = (const char *)net->parameters + t->offset * lf_dtype_size(net->dtype);
    LF_TRY(lf_npz_put_raw(set, t->name, net->dtype, t->ndim, shape, data));
  }
  LF_TRY(lf_safetensors_write(set, path, 1, metadata));
done:
  lf_npz_destroy(set);
  return st;
}
