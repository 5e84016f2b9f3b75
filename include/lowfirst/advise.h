/** @file  advise.h — the doctor: which initial frequencies, features or scales let a network learn these data, by theory and a short trial.
 *
 *      lf_advice *advice;
 *      lf_advise(&advice, data, &model, &train, NULL);
 *      const lf_candidate *best = lf_advice_best(advice);          // best->options: "--features fourier:gauss:28:128"
 *
 *  1. The data page: what the samples hold and what they can carry. 2. The given model on these data. 3. Remedies: families of input features
 *  and starts over a scan of their scale. Each is judged by its tangent kernel at infinite width on a part of the samples of a stated size,
 *
 *      expected error: between the samples, after the flow time that `steps` amount to; on even grids of functions with the target's spectrum,
 *                      else of samples held out cell by cell,
 *      steps:          when each band of the target is learned, from the eigenvalues, the rule of the optimiser and its rate; with the Fourier
 *                      features that a net of `seed` draws.
 *
 *  4. The finalists are trained for a fixed amount of work and asked about what they have not seen: the geometric mean of what was expected and
 *  of what came decides.
 *
 *  The same input gives the same advice: the budget counts work by its estimated cost, never by a clock. What theory does not know is the path
 *  of adaptive optimisers and features that are learned: the trial sees these, within its few steps. Sources: docs/doctor.md. */
#ifndef LF_ADVISE_H
#define LF_ADVISE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "lowfirst/data.h"
#include "lowfirst/lens.h"
#include "lowfirst/model.h"
#include "lowfirst/net.h"
#include "lowfirst/snapshot.h"
#include "lowfirst/train.h"
#ifdef __cplusplus
extern "C" {
#endif

/* id, spelling, what it is. Append only. */
#define LF_FAMILY_LIST(X)                                                            \
  X(GIVEN, "given", "the model as given")                                            \
  X(GAUSS, "fourier:gauss", "Gaussian Fourier features")                             \
  X(UNIFORM, "fourier:uniform", "Fourier features uniform on a band")                \
  X(MATCHED, "fourier:matched", "Fourier features drawn from the target's spectrum") \
  X(AXES, "fourier:axes", "Gaussian Fourier features with a scale for every axis")   \
  X(SIREN, "siren", "a first layer of trained waves")                                \
  X(MULTISCALE, "multiscale", "first-layer units in groups of scales")               \
  X(DEEPER, "deeper", "one more hidden layer")                                       \
  X(WIDER, "wider", "hidden layers of twice the width")                              \
  X(ASI, "asi", "antisymmetric start")

typedef enum lf_family {
#define LF_X(id, name, text) LF_FAMILY_##id,
  LF_FAMILY_LIST(LF_X)
#undef LF_X
      LF_FAMILY_COUNT
} lf_family;
const char *lf_family_name(lf_family f);
const char *lf_family_text(lf_family f);
/** "fourier:gauss" ...; LF_EARG names the nearest known word. */
lf_status lf_family_parse(lf_family *out, const char *text);

/** Zero-initialised is the default everywhere. */
typedef struct lf_advise_options {
  unsigned families; /* bit f: compare family f; 0: all. The given model is always there */
  double budget_s;   /* of the trial, in seconds of an ordinary core; 0: 10 */
  bool theory_only;  /* no trial */
  size_t
      samples; /* kernels are taken on so many samples at most, and of the candidates that are shown on twice as many; 0: 512 */
  size_t features;    /* N of the features proposed; 0: that of the given model's, else 128 */
  uint64_t seed;      /* of the nets: initial values and trials */
  size_t threads;     /* 0: all; the advice does not depend on it */
  lf_net *net;        /* the net in hand: the given model is judged by this net's tangent kernel and values and tried
                         from its weights. Kept, not copied or changed. NULL: at infinite width like the others */
  const char *folder; /* files of frequencies go there, for the families that need one; NULL: these are left out */
} lf_advise_options;

enum { LF_PAGE_BINS = 64, LF_PAGE_GROUPS = 4 };

/** What the samples hold. Shares are of the energy about the mean. */
typedef struct lf_data_page {
  size_t n, d, c;
  size_t looked_at;                     /* samples behind the spectrum */
  size_t repeated;                      /* samples at a place where another one lies */
  double repeat_noise;                  /* standard deviation of y at such places; NaN where there are none */
  double y_low, y_high, y_mean, y_size; /* y_size: standard deviation over samples and outputs */
  double spacing_low, spacing;      /* nearest neighbours: the least distance above 0, the median; d = 1, else NaN */
  double fill;                      /* radius of the largest hole, d <= 3; NaN beyond */
  double xi_safe;                   /* highest frequency that the samples carry, cycles/unit */
  bool projected;                   /* d > 3: the spectrum is along the first principal direction alone */
  size_t bins;                      /* half octaves of |xi| */
  double xi_edge[LF_PAGE_BINS + 1]; /* cycles/unit */
  double share[LF_PAGE_BINS], error[LF_PAGE_BINS]; /* of the energy in each bin, and its standard error */
  bool signal[LF_PAGE_BINS];                       /* is there more in it than noise? */
  double floor;                                    /* share of white noise over all frequencies; NaN: not told */
  bool floor_is_bound;                             /* no flat floor in sight: there is at most so much */
  double xi_noise;                                 /* from here on nothing but noise is seen; INFINITY: nowhere */
  double xi_top;                                   /* the highest frequency looked at */
  double explained;              /* share that the frequencies looked at explain (scattered samples; else 1) */
  double axis_xi[LF_MAX_INPUTS]; /* root mean square frequency along each axis above the floor; d <= 3 */
  size_t groups;                 /* where the energy is, ascending */
  struct {
    double low, high, centre, share; /* cycles/unit */
  } group[LF_PAGE_GROUPS];
  lf_aliasing aliasing;
} lf_data_page;

/** @param most  samples behind the spectrum where they lie scattered; 0: 1024. LF_ENOMEM; LF_EUNSUP without OpenBLAS. */
lf_status lf_data_page_make(lf_data_page *out, const lf_data *data, size_t most);
/** "71 % of the energy below 5, 26 % around 42, noise floor 2 %". At most size bytes with the 0. */
void lf_data_page_words(const lf_data_page *page, char *text, size_t size);

/** One remedy and what is expected of it. Errors are relative to the target's size about its mean: 1 is as good as nothing. */
typedef struct lf_candidate {
  lf_family family;
  lf_model model;    /* completed */
  double scale;      /* sigma, W, omega, the largest scale, ... in the family's unit; NaN where it has none */
  char label[96];    /* "Gaussian sigma = 28" */
  char options[320]; /* what to add to the command: "--features fourier:gauss:28:128" */
  size_t frequencies;
  double *frequency; /* (frequencies,d) of a file that `options` name; NULL: none */
  double expected;   /* error after the steps, by theory */
  double best;       /* the same where training is stopped in time */
  int64_t best_step; /* ... after so many steps; -1: all of them */
  double
      held_out; /* least error of the target itself at held-out samples, on the way; the noise of these counts with it */
  double rate;  /* the largest stable rate of the rule */
  int64_t steps; /* to learn the finest relevant band, at the rate given or at half the largest stable one; -1: never */
  bool finalist;
  double trial; /* error of the trained nets beside the samples; NaN: not tried */
} lf_candidate;

/** One band of the target under a model. */
typedef struct lf_band_view {
  double low, high, centre; /* cycles/unit; centre: of its energy */
  double share;             /* of the energy */
  int64_t step;             /* learned at, -1: never */
} lf_band_view;

typedef struct lf_advice lf_advice;

/** @param data   as training will see them;  @param given  completed;  @param train  optimiser, rate, steps, loss: "the steps" above
 *  @param options  NULL: all defaults
 *  `data` is kept, not copied: it must outlive the advice. A target that is constant, and samples too few to hold one out (n < 3), get a page and no candidates.
 *  LF_EARG an option or loss that theory does not know, an output function that is not the identity, a rate at which every candidate grows without
 *  end; LF_ESHAPE a net in hand of another model; LF_ENOMEM; LF_EUNSUP without OpenBLAS; LF_EMATH where a net or kernel has no finite values. */
lf_status lf_advise(lf_advice **out, const lf_data *data, const lf_model *given, const lf_train_options *train,
                    const lf_advise_options *options);
/** What lf_advise() would refuse, before any work. */
lf_status lf_advise_check(const lf_data *data, const lf_model *given, const lf_train_options *train,
                          const lf_advise_options *options);
void lf_advice_destroy(lf_advice *a); /* NULL is allowed */

/** What came out; pointers are owned by the advice. */
typedef struct lf_advice_view {
  const lf_data_page *page;
  size_t candidates;
  const lf_candidate *candidate; /* candidate[0] is the given model; then in the order of families and scales */
  size_t best;                   /* index of the recommendation; 0: keep the given model */
  bool hopeless; /* nothing is expected to do better than the mean: no pattern that differs from noise */
  size_t bands;  /* of the target, those of at least 1 % of its energy */
  const lf_band_view *given_band, *best_band; /* (bands) under the given model and the recommended one */
  double detail_xi;                           /* centre of the finest relevant band: what lf_candidate.steps is about */
  size_t samples, cells;                      /* behind the kernels; groups of them that were held out */
  size_t trials, trial_samples;               /* nets trained, on so many samples */
  int64_t trial_steps;                        /* each */
  double lattice_error,
      random_error; /* of the recommended kernel with N frequencies, low-discrepancy and random, relative to its
                                         diagonal; NaN where it is not made of Gaussian frequencies */
  const char *why;  /* the reason, one sentence */
} lf_advice_view;
lf_advice_view lf_advice_look(const lf_advice *a);
const lf_candidate *lf_advice_best(const lf_advice *a); /* NULL where there are no candidates */

/** Which candidates a table needs: the given model, the recommended one, those tried, and of every other family the best. */
bool lf_advice_is_shown(const lf_advice_view *look, size_t candidate);
/** Is what training learns after c->best_step noise, and more than a tenth of the error? */
bool lf_advice_should_stop(const lf_candidate *c);

/* ---- foretold and measured ----------------------------------------------------------------------------------------------------- */
/** The samples and the lens that bands and steps are about: all samples, or some of them spread over all. NULL without candidates. */
const lf_data *lf_advice_samples(const lf_advice *a);
const lf_lens *lf_advice_lens(const lf_advice *a);

/** A candidate as theory sees it on these samples, shown to an observer at about 200 of the steps: into a history, say. */
lf_status lf_advice_follow(const lf_advice *a, size_t candidate, lf_observer observe, void *user);

typedef struct lf_verified {
  double error;       /* on held-out samples, relative to the target's size; NaN where none were held out */
  int64_t *band_step; /* (bands) recorded step from which on a band is learned, -1: not within the steps */
} lf_verified;

/** Train a candidate to the end.
 *  @param hold_out  where the data have no held-out samples: keep a fifth of them for that (false: train on all)
 *  LF_EMATH where training grows without end; LF_ENOMEM. */
lf_status lf_advice_verify(const lf_advice *a, size_t candidate, bool hold_out, lf_verified *out);
void lf_verified_free(lf_verified *v);

#ifdef __cplusplus
}
#endif
#endif
