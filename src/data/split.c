/* split.c — holding samples out. */
#include <math.h>
#include <string.h>
#include "base/base.h"
#include "build.h"
#include "grid.h"
#include "lowfirst/random.h"

static lf_status mark_random(unsigned char *held, const lf_data *data, double fraction, uint64_t seed)
{
  size_t *order = NULL;
  lf_status st;
  if (!(fraction > 0 && fraction < 1))
    return LF_FAIL(LF_EARG, "split random:%g: the fraction must lie between 0 and 1", fraction);
  LF_TRY(lf_calloc(&order, data->n, sizeof *order));
  LF_TRY(lf_random_permutation(seed, LF_PURPOSE_SPLIT, 0, data->n, order));
  size_t count = (size_t)round(fraction * (double)data->n);
  for (size_t i = 0; i < count; i++) held[order[i]] = 1;
done:
  lf_free(order);
  return st;
}

/* A grid's sample is kept where the axes from `first_axis` on stand at a multiple of k. */
static lf_status mark_grid(unsigned char *held, const lf_data *data, size_t first_axis, size_t k)
{
  for (size_t i = 0; i < data->n; i++) {
    size_t position[LF_GRID_DIMS];
    lf_grid_position(&data->grid, i, position);
    for (size_t j = first_axis; j < data->grid.d; j++)
      if (position[j] % k) held[i] = 1;
  }
  return LF_OK;
}

static lf_status mark(unsigned char *held, const lf_data *data, const lf_data_options *o)
{
  if (o->split == LF_SPLIT_RANDOM) return mark_random(held, data, o->split_value, o->seed);
  if (!(o->split_value >= 2) || o->split_value > (double)data->n || o->split_value != floor(o->split_value))
    return LF_FAIL(LF_EARG,
                   "split: every %g-th of %zu samples cannot be told apart: expected a whole number from 2 to %zu",
                   o->split_value, data->n, data->n);
  size_t k = (size_t)o->split_value;
  if (o->split == LF_SPLIT_EVERY) {
    for (size_t i = k - 1; i < data->n; i += k) held[i] = 1;
    return LF_OK;
  }
  if (data->grid.d == 0)
    return LF_FAIL(LF_EARG, "split: columns and pixels need samples on an even grid, these are scattered");
  return mark_grid(held, data, o->split == LF_SPLIT_COLUMNS ? data->grid.d - 1 : 0, k);
}

/* Rows of (n,cols) `from` with held[i] == which, packed. */
static void pick(double *to, const double *from, size_t n, size_t cols, const unsigned char *held, unsigned char which)
{
  for (size_t i = 0; i < n; i++) {
    if (held[i] != which) continue;
    memcpy(to, from + i * cols, cols * sizeof *to);
    to += cols;
  }
}

static lf_status move_held(lf_data *data, const unsigned char *held, size_t count)
{
  double *x = NULL, *y = NULL, *dy = NULL;
  lf_status st;
  const size_t n = data->n - count, slopes = data->c * data->d;
  LF_TRY(lf_calloc(&x, n * data->d, sizeof *x));
  LF_TRY(lf_calloc(&y, n * data->c, sizeof *y));
  LF_TRY(lf_data_allocate_test(data, count));
  pick(data->x_test, data->x, data->n, data->d, held, 1);
  pick(data->y_test, data->y, data->n, data->c, held, 1);
  pick(x, data->x, data->n, data->d, held, 0);
  pick(y, data->y, data->n, data->c, held, 0);
  if (data->dy) {
    LF_TRY(lf_calloc(&dy, n * slopes, sizeof *dy));
    pick(dy, data->dy, data->n, slopes, held, 0);
  }
  lf_free(data->x);
  lf_free(data->y);
  lf_free(data->dy);
  data->x = x, data->y = y, data->dy = dy, data->n = n;
  x = y = dy = NULL;
done:
  lf_free(x);
  lf_free(y);
  lf_free(dy);
  return st;
}

lf_status lf_data_split(lf_data *data, const lf_data_options *options)
{
  unsigned char *held = NULL;
  size_t count = 0;
  lf_status st;
  if (options->split == LF_SPLIT_NONE) return LF_OK;
  if (data->n_test)
    return LF_FAIL(LF_EARG, "split: a held-out set is there already (%zu samples): give only one", data->n_test);
  LF_TRY(lf_calloc(&held, data->n, sizeof *held));
  LF_TRY(mark(held, data, options));
  for (size_t i = 0; i < data->n; i++) count += held[i];
  if (count == 0 || count == data->n)
    LF_RAISE(LF_EARG, "split: %zu of %zu samples would be held out; both parts need at least one", count, data->n);
  LF_TRY(move_held(data, held, count));
  lf_grid_free(&data->grid);
  LF_TRY(lf_grid_find(&data->grid, data->n, data->d, data->x));
done:
  lf_free(held);
  return st;
}
