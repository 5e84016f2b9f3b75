/* data_read.c — data from files: csv columns, npz arrays, png pixels. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include "base/base.h"
#include "build.h"
#include "lowfirst/files.h"

/* ---- csv: some columns are outputs, the others inputs ------------------------------------------------------------------ */
/* Column of the name at text[0, length); LF_EARG names the nearest. */
static lf_status find_column(size_t *out, const lf_csv *csv, const char *text, size_t length)
{
  for (size_t j = 0; j < csv->cols; j++)
    if (strlen(csv->name[j]) == length && memcmp(csv->name[j], text, length) == 0) return *out = j, LF_OK;
  char *name = NULL;
  lf_status st = lf_asprintf(&name, "%.*s", (int)length, text);
  if (st != LF_OK) return st;
  st = LF_FAIL(LF_EARG, "there is no column '%s'; the nearest is '%s'", name,
               lf_nearest(name, csv->cols, (const char *const *)csv->name));
  lf_free(name);
  return st;
}

/* The columns that are outputs, in the order asked for. output (cols), is_output (cols). */
static lf_status choose_outputs(const lf_csv *csv, const char *y_cols, size_t *output, bool *is_output, size_t *count)
{
  *count = 0;
  if (!y_cols) {
    output[(*count)++] = csv->cols - 1;
    is_output[csv->cols - 1] = true;
    return LF_OK;
  }
  for (const char *next = y_cols; next;) {
    size_t length = strcspn(next, ","), column = 0;
    lf_status st = find_column(&column, csv, next, length);
    if (st != LF_OK) return st;
    if (is_output[column]) return LF_FAIL(LF_EARG, "column '%s' is named twice as an output", csv->name[column]);
    is_output[column] = true;
    output[(*count)++] = column;
    next = next[length] ? next + length + 1 : NULL;
  }
  return LF_OK;
}

static lf_status rename_to(char **name, const char *text)
{
  char *copy = NULL;
  lf_status st = lf_strdup(&copy, text);
  if (st != LF_OK) return st;
  lf_free(*name);
  *name = copy;
  return LF_OK;
}

/* One column into column `to` of (rows,cols). */
static void copy_column(const lf_csv *csv, size_t from, double *out, size_t cols, size_t to)
{
  for (size_t i = 0; i < csv->rows; i++) out[i * cols + to] = csv->value[i * csv->cols + from];
}

static lf_status from_csv(lf_data **out, const char *path, const lf_data_options *options)
{
  lf_status st;
  lf_csv csv = {0};
  size_t *output = NULL, c = 0, d = 0;
  bool *is_output = NULL;
  LF_TRY(lf_csv_read(&csv, path)); /* names the file itself */
  if (csv.rows == 0 || csv.cols < 2)
    LF_RAISE(
        LF_ESHAPE,
        "%s: %zu rows and %zu columns; expected one row or more and two columns or more, inputs and then an output",
        path, csv.rows, csv.cols);
  LF_TRY(lf_calloc(&output, csv.cols, sizeof *output));
  LF_TRY(lf_calloc(&is_output, csv.cols, sizeof *is_output));
  st = choose_outputs(&csv, options->y_cols, output, is_output, &c);
  if (st == LF_EARG) lf_fail_prefix(st, "%s", path);
  if (st != LF_OK) goto done;
  if (c == csv.cols) LF_RAISE(LF_EARG, "%s: every column is an output, none is left for an input", path);
  LF_TRY(lf_data_allocate(out, path, csv.rows, csv.cols - c, c));
  for (size_t k = 0; k < c; k++) {
    copy_column(&csv, output[k], (*out)->y, c, k);
    LF_TRY(rename_to(&(*out)->y_name[k], csv.name[output[k]]));
  }
  for (size_t j = 0; j < csv.cols; j++) {
    if (is_output[j]) continue;
    copy_column(&csv, j, (*out)->x, csv.cols - c, d);
    LF_TRY(rename_to(&(*out)->x_name[d++], csv.name[j]));
  }
done:
  lf_csv_free(&csv);
  lf_free(output);
  lf_free(is_output);
  return st;
}

/* ---- npz: x, y and perhaps dy, x_test, y_test ------------------------------------------------------------------------------- */
/* An (n) or (n,cols) array of finite reals, for the caller to lf_release(). */
static lf_status get_table(double **out, size_t *rows, size_t *cols, const lf_npz *npz, const char *name)
{
  lf_status st;
  const lf_array *a = lf_npz_get(npz, name);
  if (!a)
    return LF_FAIL(LF_EFMT,
                   "there is no array '%s'; expected x and y, and x_test with y_test where samples are held out", name);
  if (a->ndim < 1 || a->ndim > 2)
    return LF_FAIL(LF_ESHAPE, "%s has %zu dimensions; expected the shape (n) or (n,columns)", name, a->ndim);
  *rows = a->shape[0];
  *cols = a->ndim == 2 ? a->shape[1] : 1;
  if (*rows == 0 || *cols == 0) return LF_FAIL(LF_ESHAPE, "%s is empty", name);
  LF_TRY(lf_array_check_finite(a, name));
  st = lf_array_to_f64(a, out);
  if (st != LF_OK) lf_fail_prefix(st, "%s", name);
done:
  return st;
}

/* A pair of tables with the same number of rows. */
static lf_status get_pair(const lf_npz *npz, const char *x_name, const char *y_name, double **x, double **y,
                          size_t shape[3])
{
  lf_status st;
  size_t y_rows = 0;
  LF_TRY(get_table(x, &shape[0], &shape[1], npz, x_name));
  LF_TRY(get_table(y, &y_rows, &shape[2], npz, y_name));
  if (shape[0] != y_rows)
    LF_RAISE(LF_ESHAPE, "%s has %zu rows, %s has %zu; expected as many", x_name, shape[0], y_name, y_rows);
done:
  return st;
}

/* Axes of length 1 may be left out. */
static bool shape_is(const lf_array *a, const size_t shape[3])
{
  size_t axis = 0;
  for (size_t i = 0; i < 3; i++) {
    if (axis < a->ndim && a->shape[axis] == shape[i])
      axis++;
    else if (shape[i] != 1)
      return false;
  }
  return axis == a->ndim;
}

/* dy (n,c,d) */
static lf_status read_slopes(lf_data *data, const lf_array *a)
{
  lf_status st;
  double *dy = NULL;
  const size_t shape[3] = {data->n, data->c, data->d}, total = data->n * data->c * data->d;
  if (!shape_is(a, shape)) {
    char has[128] = "";
    for (size_t i = 0, used = 0; i < a->ndim && used < sizeof has; i++)
      used += (size_t)snprintf(has + used, sizeof has - used, "%s%zu", i ? "," : "", a->shape[i]);
    return LF_FAIL(LF_ESHAPE,
                   "dy has the shape (%s); expected (%zu,%zu,%zu), for each sample and output its derivatives with "
                   "respect to the inputs",
                   has, data->n, data->c, data->d);
  }
  LF_TRY(lf_array_check_finite(a, "dy"));
  st = lf_array_to_f64(a, &dy);
  if (st != LF_OK) {
    lf_fail_prefix(st, "dy");
    goto done;
  }
  LF_TRY(lf_calloc(&data->dy, total, sizeof *data->dy));
  memcpy(data->dy, dy, total * sizeof *dy);
done:
  lf_release(dy);
  return st;
}

static lf_status fill_from_npz(lf_data **out, const char *path, const lf_npz *npz)
{
  lf_status st;
  double *x = NULL, *y = NULL, *x_test = NULL, *y_test = NULL;
  size_t shape[3] = {0}, test[3] = {0};
  LF_TRY(get_pair(npz, "x", "y", &x, &y, shape));
  if (lf_npz_get(npz, "x_test") || lf_npz_get(npz, "y_test")) {
    LF_TRY(get_pair(npz, "x_test", "y_test", &x_test, &y_test, test));
    if (test[1] != shape[1] || test[2] != shape[2])
      LF_RAISE(LF_ESHAPE, "x_test and y_test have %zu and %zu columns, x and y have %zu and %zu; expected as many",
               test[1], test[2], shape[1], shape[2]);
  }
  LF_TRY(lf_data_allocate(out, path, shape[0], shape[1], shape[2]));
  LF_TRY(lf_data_allocate_test(*out, test[0]));
  memcpy((*out)->x, x, shape[0] * shape[1] * sizeof *x);
  memcpy((*out)->y, y, shape[0] * shape[2] * sizeof *y);
  if (lf_npz_get(npz, "dy")) LF_TRY(read_slopes(*out, lf_npz_get(npz, "dy")));
  if (test[0]) {
    memcpy((*out)->x_test, x_test, test[0] * shape[1] * sizeof *x);
    memcpy((*out)->y_test, y_test, test[0] * shape[2] * sizeof *y);
  }
done:
  lf_release(x);
  lf_release(y);
  lf_release(x_test);
  lf_release(y_test);
  return st;
}

static lf_status from_npz(lf_data **out, const char *path, const lf_data_options *options)
{
  (void)options;
  lf_npz *npz = NULL;
  lf_status st = lf_npz_read(&npz, path);
  if (st != LF_OK) return st;
  st = fill_from_npz(out, path, npz);
  if (st != LF_OK && st != LF_ENOMEM) lf_fail_prefix(st, "%s", path);
  lf_npz_destroy(npz);
  return st;
}

/* ---- png: pixel centres in [0,1]^2 -------------------------------------------------------------------------------------- */
static lf_status from_png(lf_data **out, const char *path, const lf_data_options *options)
{
  (void)options;
  enum { COLOURS = 3 };
  static const char *const colour[COLOURS] = {"red", "green", "blue"};
  lf_status st;
  lf_image image = {0};
  LF_TRY(lf_png_read(&image, path));
  size_t n = image.height * image.width;
  LF_TRY(lf_data_allocate(out, path, n, 2, image.channels));
  for (size_t i = 0; i < n; i++) {
    size_t row = i / image.width, column = i % image.width;
    (*out)->x[2 * i] = ((double)row + 0.5) / (double)image.height;
    (*out)->x[2 * i + 1] = ((double)column + 0.5) / (double)image.width;
  }
  memcpy((*out)->y, image.value, n * image.channels * sizeof *image.value);
  for (size_t k = 0; k < LF_MIN(image.channels, COLOURS); k++)
    LF_TRY(rename_to(&(*out)->y_name[k], image.channels == 1 ? "grey" : colour[k]));
done:
  lf_image_free(&image);
  return st;
}

/* ---- which ------------------------------------------------------------------------------------------------------------------ */
static const struct {
  const char *ending;
  lf_status (*read)(lf_data **, const char *, const lf_data_options *);
  bool has_columns;
} readers[] = {
    {".csv", from_csv, true}, {".tsv", from_csv, true}, {".npz", from_npz, false}, {".png", from_png, false}};

enum { READERS = sizeof readers / sizeof readers[0] };

/* Index into readers; READERS where the ending is not known. */
static size_t find_reader(const char *path)
{
  const char *ending = strrchr(path, '.');
  size_t i = ending ? 0 : READERS;
  while (i < READERS && strcasecmp(ending, readers[i].ending) != 0) i++;
  return i;
}

static lf_status check_options(const lf_data_options *o, const char *path, bool has_columns)
{
  if (o->y_cols && !has_columns) return LF_FAIL(LF_EARG, "%s: output columns can be chosen in a csv file only", path);
  if (o->n_range || o->n_points || o->test_points)
    return LF_FAIL(LF_EARG, "%s: range and points are for target expressions; a file's samples lie where it says",
                   path);
  return LF_OK;
}

lf_status lf_data_read(lf_data **out, const char *path, const lf_data_options *options)
{
  const lf_data_options defaults = {0}, *o = options ? options : &defaults;
  lf_status st;
  lf_data *data = NULL;
  *out = NULL;
  size_t i = find_reader(path);
  if (i == READERS) return LF_FAIL(LF_EARG, "%s: the name must end in .csv, .tsv, .npz or .png", path);
  LF_TRY(check_options(o, path, readers[i].has_columns));
  LF_TRY(readers[i].read(&data, path, o));
  st = lf_data_finish(data, o);
  if (st == LF_EARG) lf_fail_prefix(st, "%s", path);
  if (st != LF_OK) goto done;
  *out = data;
  data = NULL;
done:
  lf_data_destroy(data);
  return st;
}
