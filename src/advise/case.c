/* case.c — what candidates are judged with, made once: parts of the samples, cells, a lens and its relevant bands. */
#include <math.h>
#include "advise_parts.h"

static const double RELEVANT = 0.01, /* share of the energy that a band needs to be spoken of, */
    DETAIL = 0.05;                   /* and to be the detail that a remedy is for */
enum { SAMPLES = 512, SPECTRUM = 1024 };

static double size_of(const lf_data *data)
{
  double square = 0;
  for (size_t k = 0; k < data->c; k++) {
    double mean = 0;
    for (size_t i = 0; i < data->n; i++) mean += data->y[i * data->c + k] / (double)data->n;
    for (size_t i = 0; i < data->n; i++) square += pow(data->y[i * data->c + k] - mean, 2);
  }
  return sqrt(square / (double)(data->n * data->c));
}

/* Bands of the lens worth a word: share of the energy about the mean, and the centre of it. Shares are the spectrum's, which knows noise. */
static lf_status choose_bands(lf_case *k)
{
  const lf_lens_info *look = lf_lens_look(k->lens);
  const lf_spectrum *s = &k->spectrum;
  lf_status st;
  LF_TRY(lf_calloc(&k->band, look->bands, sizeof *k->band));
  LF_TRY(lf_calloc(&k->band_share, look->bands, sizeof *k->band_share));
  LF_TRY(lf_calloc(&k->band_centre, look->bands, sizeof *k->band_centre));
  for (size_t b = 0; b < look->bands && s->total > 0; b++) {
    double centre, share = lf_spectrum_between(s, look->band_edge[b], look->band_edge[b + 1], &centre) / s->total;
    if (share < RELEVANT || centre > k->page.xi_noise) continue;
    k->band[k->bands] = b;
    k->band_share[k->bands] = share;
    k->band_centre[k->bands] = centre;
    if (share >= DETAIL) k->detail = k->bands;
    k->bands++;
  }
done:
  return st;
}

static lf_status make_places(lf_case *k)
{
  lf_status st = LF_OK;
  if (k->data->d > LF_GRID_DIMS) return LF_OK;
  LF_TRY(lf_calloc(&k->place, LF_PLACES * k->data->d, sizeof *k->place));
  LF_TRY(lf_part_places(k->place, &k->dense));
done:
  return st;
}

/* The parts of the samples, and all that is made of them but the lens; page and spectrum are there. */
static lf_status take_parts(lf_case *k)
{
  const lf_data *data = k->data;
  size_t places, repeated;
  lf_status st;
  LF_TRY(lf_part_patches(&k->dense, data, k->options.samples));
  LF_TRY(lf_part_spread(&k->spread, data, k->options.samples));
  LF_TRY(lf_cells_make(&k->cells, &k->dense));
  LF_TRY(lf_calloc(&k->scatter, k->dense.data->n * data->c, sizeof *k->scatter));
  LF_TRY(lf_repeats(k->dense.data, &places, &repeated, k->scatter));
  LF_TRY(make_places(k));
  LF_TRY(lf_likes_make(&k->likes, k, &k->spectrum, &k->page));
  LF_TRY(lf_hand_make(k));
  k->size = size_of(k->dense.data);
done:
  return st;
}

static void free_parts(lf_case *k)
{
  lf_part_free(&k->dense);
  lf_part_free(&k->spread);
  lf_cells_free(&k->cells);
  lf_free(k->scatter);
  lf_free(k->place);
  lf_likes_free(&k->likes);
  lf_hand_free(&k->hand);
  k->scatter = k->place = NULL;
}

lf_status lf_case_make(lf_case *k, const lf_data *data, const lf_train_options *train, const lf_advise_options *o)
{
  lf_status st;
  *k = (lf_case){.data = data, .train = train, .options = *o};
  if (o->samples == 0) k->options.samples = SAMPLES;
  LF_TRY(lf_page_make(&k->page, &k->spectrum, data, LF_MAX(k->options.samples, (size_t)SPECTRUM)));
  if (k->page.y_size == 0 || data->n < 3) goto done;
  LF_TRY(take_parts(k));
  LF_TRY(lf_lens_create(&k->lens, k->spread.data, &(lf_lens_options){0}));
  LF_TRY(choose_bands(k));
done:
  if (st != LF_OK) lf_case_free(k);
  return st;
}

lf_status lf_case_widen(lf_case *k)
{
  const lf_lens_info *look = lf_lens_look(k->lens);
  lf_lens *lens = NULL;
  lf_status st;
  free_parts(k);
  k->options.samples *= 2;
  LF_TRY(take_parts(k));
  LF_TRY(
      lf_lens_create(&lens, k->spread.data, &(lf_lens_options){.n_edges = look->bands + 1, .edges = look->band_edge}));
  lf_lens_destroy(k->lens);
  k->lens = lens;
done:
  return st;
}

void lf_case_free(lf_case *k)
{
  free_parts(k);
  lf_spectrum_free(&k->spectrum);
  lf_lens_destroy(k->lens);
  lf_free(k->band);
  lf_free(k->band_share);
  lf_free(k->band_centre);
  *k = (lf_case){0};
}
