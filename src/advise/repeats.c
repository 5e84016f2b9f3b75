/* repeats.c — samples at one place: what a function of the place cannot tell apart.
 *
 * A fit sees the mean there. The rest lies where the kernel matrix is 0, and there a nearly vanishing ridge would blow it up to rounding errors of any size. */
#include <stdlib.h>
#include <string.h>
#include "advise_parts.h"

typedef struct row {
  const double *x;
  size_t d, index;
} row;

static int by_place(const void *a, const void *b)
{
  const row *p = a, *q = b;
  for (size_t i = 0; i < p->d; i++)
    if (p->x[i] != q->x[i]) return p->x[i] < q->x[i] ? -1 : 1;
  return (p->index > q->index) - (p->index < q->index);
}

static bool same_place(const row *p, const row *q)
{
  for (size_t i = 0; i < p->d; i++)
    if (p->x[i] != q->x[i]) return false;
  return true;
}

lf_status lf_repeats(const lf_data *data, size_t *places, size_t *repeated, double *scatter)
{
  row *sorted = NULL;
  size_t c = data->c;
  lf_status st;
  *places = *repeated = 0;
  LF_TRY(lf_calloc(&sorted, data->n, sizeof *sorted));
  for (size_t i = 0; i < data->n; i++) sorted[i] = (row){data->x + i * data->d, data->d, i};
  qsort(sorted, data->n, sizeof *sorted, by_place);
  for (size_t from = 0, to; from < data->n; from = to) {
    for (to = from + 1; to < data->n && same_place(&sorted[from], &sorted[to]);) to++;
    ++*places;
    if (to - from > 1) *repeated += to - from;
    for (size_t k = 0; k < c; k++) {
      double mean = 0; /* of differences from the first: a lone sample's scatter is 0 exactly */
      const double first = data->y[sorted[from].index * c + k];
      for (size_t i = from; i < to; i++) mean += (data->y[sorted[i].index * c + k] - first) / (double)(to - from);
      for (size_t i = from; i < to; i++) {
        size_t at = sorted[i].index * c + k;
        scatter[at] = data->y[at] - first - mean;
      }
    }
  }
done:
  lf_free(sorted);
  return st;
}
