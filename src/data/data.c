/* data.c — lf_data from arrays, and what every source of data shares: sizes, noise, box, remarks, description. */
#include "lowfirst/data.h"
#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/base.h"
#include "base/cpu.h"
#include "build.h"
#include "expression.h"
#include "grid.h"
#include "lowfirst/array.h"
#include "lowfirst/random.h"

/* ---- memory -------------------------------------------------------------------------------------------------------- */
lf_status lf_data_check_size(double n, size_t d, size_t c)
{
  const double gigabyte = 1e9;
  if (!(n >= 1)) return LF_FAIL(LF_EARG, "%.0f samples: there must be at least one", n);
  double need = n * ((double)d + (double)c) * (double)sizeof(double);
  double have = lf_machine_bytes();
  if (need <= have) return LF_OK;
  return LF_FAIL(LF_ENOMEM,
                 "%.3g samples with %zu inputs and %zu outputs take %.3g GB, this machine has %.3g GB: use fewer", n, d,
                 c, need / gigabyte, have / gigabyte);
}

static lf_status make_names(char ***out, size_t count, char letter)
{
  lf_status st;
  LF_TRY(lf_calloc(out, count, sizeof **out));
  if (count == 1) return lf_asprintf(&(*out)[0], "%c", letter);
  for (size_t i = 0; i < count; i++) LF_TRY(lf_asprintf(&(*out)[i], "%c%zu", letter, i + 1));
done:
  return st;
}

lf_status lf_data_allocate(lf_data **out, const char *source, size_t n, size_t d, size_t c)
{
  lf_status st;
  lf_data *data = NULL;
  *out = NULL;
  LF_TRY(lf_data_check_size((double)n, d, c));
  LF_TRY(lf_calloc(&data, 1, sizeof *data));
  *data = (lf_data){.n = n, .d = d, .c = c};
  LF_TRY(lf_strdup(&data->source, source));
  LF_TRY(lf_calloc(&data->x, n * d, sizeof *data->x));
  LF_TRY(lf_calloc(&data->y, n * c, sizeof *data->y));
  LF_TRY(make_names(&data->x_name, d, 'x'));
  LF_TRY(make_names(&data->y_name, c, 'y'));
  *out = data;
  data = NULL;
done:
  lf_data_destroy(data);
  return st;
}

lf_status lf_data_allocate_test(lf_data *data, size_t n_test)
{
  lf_status st = LF_OK;
  if (n_test == 0) return LF_OK;
  LF_TRY(lf_data_check_size((double)n_test, data->d, data->c));
  LF_TRY(lf_calloc(&data->x_test, n_test * data->d, sizeof *data->x_test));
  LF_TRY(lf_calloc(&data->y_test, n_test * data->c, sizeof *data->y_test));
  data->n_test = n_test;
done:
  return st;
}

static void free_names(char **name, size_t count)
{
  for (size_t i = 0; name && i < count; i++) lf_free(name[i]);
  lf_free(name);
}

void lf_data_destroy(lf_data *data)
{
  if (!data) return;
  lf_free(data->x);
  lf_free(data->y);
  lf_free(data->dy);
  lf_free(data->x_test);
  lf_free(data->y_test);
  lf_grid_free(&data->grid);
  lf_free(data->source);
  free_names(data->x_name, data->d);
  free_names(data->y_name, data->c);
  lf_expression_destroy(data->expression);
  lf_free(data->low);
  lf_free(data->high);
  lf_free(data);
}

/* ---- remarks ------------------------------------------------------------------------------------------------------- */
typedef struct sample {
  const double *x;
  size_t d, index;
} sample;

static int compare_x(const void *a, const void *b)
{
  const sample *p = a, *q = b;
  for (size_t j = 0; j < p->d; j++)
    if (p->x[j] != q->x[j]) return p->x[j] < q->x[j] ? -1 : 1;
  return 0;
}

static bool same_y(const lf_data *data, size_t a, size_t b)
{
  for (size_t k = 0; k < data->c; k++)
    if (data->y[a * data->c + k] != data->y[b * data->c + k]) return false;
  return true;
}

/* Samples whose x another sample has, with another y. */
static lf_status count_contradictions(const lf_data *data, size_t *count)
{
  sample *s = NULL;
  lf_status st = lf_calloc(&s, data->n, sizeof *s);
  if (st != LF_OK) return st;
  *count = 0;
  for (size_t i = 0; i < data->n; i++) s[i] = (sample){data->x + i * data->d, data->d, i};
  qsort(s, data->n, sizeof *s, compare_x);
  for (size_t first = 0, end; first < data->n; first = end) {
    bool differ = false;
    for (end = first + 1; end < data->n && compare_x(&s[first], &s[end]) == 0; end++)
      differ = differ || !same_y(data, s[first].index, s[end].index);
    if (differ) *count += end - first;
  }
  lf_free(s);
  return LF_OK;
}

static bool is_constant(const lf_data *data, size_t output)
{
  for (size_t i = 1; i < data->n; i++)
    if (data->y[i * data->c + output] != data->y[output]) return false;
  return data->n > 1;
}

static lf_status remark(const lf_data *data)
{
  size_t count = 0;
  if (data->grid.d == 0) { /* a grid has one sample per place */
    lf_status st = count_contradictions(data, &count);
    if (st != LF_OK) return st;
  }
  if (count)
    lf_log_warn("%s: %zu samples share their x with another but not their y; no function passes through all, so the "
                "loss cannot reach 0",
                data->source, count);
  for (size_t k = 0; k < data->c; k++)
    if (is_constant(data, k))
      lf_log_warn("%s: %s is %.6g at every sample; there is no frequency to learn but 0", data->source, data->y_name[k],
                  data->y[k]);
  return LF_OK;
}

/* ---- making -------------------------------------------------------------------------------------------------------- */
static lf_status find_box(lf_data *data)
{
  lf_status st;
  LF_TRY(lf_calloc(&data->low, data->d, sizeof *data->low));
  LF_TRY(lf_calloc(&data->high, data->d, sizeof *data->high));
  for (size_t j = 0; j < data->d; j++) {
    data->low[j] = data->high[j] = data->x[j];
    for (size_t i = 1; i < data->n; i++) {
      data->low[j] = fmin(data->low[j], data->x[i * data->d + j]);
      data->high[j] = fmax(data->high[j], data->x[i * data->d + j]);
    }
  }
done:
  return st;
}

static lf_status add_noise(lf_data *data, const lf_data_options *options)
{
  if (!(options->noise >= 0) || !isfinite(options->noise))
    return LF_FAIL(LF_EARG, "noise %g: the standard deviation must be 0 or more", options->noise);
  for (size_t i = 0; options->noise > 0 && i < data->n * data->c; i++)
    data->y[i] += options->noise * lf_random_normal(options->seed, LF_PURPOSE_NOISE, i);
  return LF_OK;
}

static lf_status complete(lf_data *data, const lf_data_options *options)
{
  lf_status st;
  LF_TRY(lf_grid_find(&data->grid, data->n, data->d, data->x));
  if (options) {
    LF_TRY(lf_data_split(data, options));
    LF_TRY(add_noise(data, options));
  }
  if (!data->low) LF_TRY(find_box(data));
done:
  return st;
}

lf_status lf_data_finish(lf_data *data, const lf_data_options *options)
{
  lf_status st;
  LF_TRY(complete(data, options));
  LF_TRY(remark(data));
done:
  return st;
}

/* Copy (rows,cols) numbers that must be finite. */
static lf_status take(double *to, const double *from, size_t rows, size_t cols, const char *name)
{
  if (!from) return LF_FAIL(LF_EARG, "%s is missing: %zu x %zu numbers are expected", name, rows, cols);
  memcpy(to, from, rows * cols * sizeof *to);
  const lf_array a = {.dtype = LF_F64, .ndim = 2, .shape = {rows, cols}, .data = to};
  return lf_array_check_finite(&a, name);
}

static lf_status from_arrays(lf_data **out, size_t n, size_t d, size_t c, const double *x, const double *y,
                             size_t n_test, const double *x_test, const double *y_test, bool remarks)
{
  lf_status st;
  lf_data *data = NULL;
  *out = NULL;
  if (n == 0 || d == 0 || c == 0)
    return LF_FAIL(LF_ESHAPE, "%zu samples, %zu inputs, %zu outputs: there must be at least one of each", n, d, c);
  LF_TRY(lf_data_allocate(&data, "arrays", n, d, c));
  LF_TRY(lf_data_allocate_test(data, n_test));
  LF_TRY(take(data->x, x, n, d, "x"));
  LF_TRY(take(data->y, y, n, c, "y"));
  if (n_test) {
    LF_TRY(take(data->x_test, x_test, n_test, d, "x_test"));
    LF_TRY(take(data->y_test, y_test, n_test, c, "y_test"));
  }
  LF_TRY(complete(data, NULL));
  if (remarks) LF_TRY(remark(data));
  *out = data;
  data = NULL;
done:
  lf_data_destroy(data);
  return st;
}

lf_status lf_data_from(lf_data **out, size_t n, size_t d, size_t c, const double *x, const double *y, size_t n_test,
                       const double *x_test, const double *y_test)
{
  return from_arrays(out, n, d, c, x, y, n_test, x_test, y_test, true);
}

lf_status lf_data_part(lf_data **out, size_t n, size_t d, size_t c, const double *x, const double *y)
{
  return from_arrays(out, n, d, c, x, y, 0, NULL, NULL, false);
}

lf_status lf_data_evaluate(const lf_data *data, size_t n, const double *x, double *y)
{
  if (!data->expression)
    return LF_FAIL(LF_EUNSUP, "%s: the target is known at its samples only, it is no expression", data->source);
  return lf_expression_evaluate(data->expression, n, data->d, x, y);
}

/* ---- description --------------------------------------------------------------------------------------------------- */
LF_PRINTF(3, 4) static void append(char *text, size_t size, const char *fmt, ...)
{
  size_t used = strlen(text);
  va_list ap;
  va_start(ap, fmt);
  if (used + 1 < size) (void)vsnprintf(text + used, size - used, fmt, ap);
  va_end(ap);
}

void lf_data_describe(const lf_data *data, char *text, size_t size)
{
  if (size == 0) return;
  text[0] = 0;
  if (data->grid.d > 1)
    for (size_t j = 0; j < data->d; j++) append(text, size, "%s%zu", j ? " x " : "", data->grid.count[j]);
  else
    append(text, size, "%zu", data->n);
  append(text, size, data->n == 1 ? " sample" : " samples");
  if (data->d > LF_GRID_DIMS) append(text, size, " in %zu dimensions", data->d);
  for (size_t j = 0; data->d <= LF_GRID_DIMS && j < data->d; j++)
    append(text, size, "%s[%.3g, %.3g]", j ? " x " : " on ", data->low[j], data->high[j]);
  append(text, size, data->grid.d ? ", even" : ", uneven");
  if (data->c > 1) append(text, size, ", %zu outputs", data->c);
}
