/* pde_scale.c — which scale of Gaussian Fourier features lets a net draw what lies between the pixels it saw: a scan, and the doctor's choice: pde-scale.
 *
 * Tancik et al. give a net [cos 2 pi B v, sin 2 pi B v] of 512 x 512 pixels v in [0,1]^2, the entries of B ~ N(0, sigma^2). --features fourier:gauss:SIGMA:N takes the same sigma, in
 * cycles per unit of x. A picture of 512^2 is too much for a scan; ours is a piece of one, its pixels 1/512 apart, so that sigma is what it is there. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include "lfp_job.h"
#include "lowfirst/files.h"
#include "lowfirst/random.h"

enum { SCALES = 9, QUICK_SCALES = 5, FEATURES = 256, QUICK_FEATURES = 64 };

/* ---- the picture --------------------------------------------------------------------------------------------------------------------- */
/* Dead leaves: opaque discs of random grey, radii of density r^-3, each in front of all after it. Edges, occlusion and a spectrum that falls alike
 * at all scales make its statistics those of natural images (Lee, Mumford, Huang, Int. J. of Computer Vision 41, 2001). In pixels. */
typedef struct leaf {
  double y, x, square, grey; /* square: of the radius */
} leaf;
enum {
  LEAVES = 12000,
  FINE = 4
}; /* a pixel is the mean of FINE^2 places in it; so many leaves leave none of 64^2 pixels bare */

static void grow(leaf *all, size_t size)
{
  static const double least = 1, most = 32;
  double wide = (double)size + 2 * most;
  for (uint64_t i = 0; i < LEAVES; i++) {
    double u[4];
    for (uint64_t k = 0; k < 4; k++) u[k] = lf_random_uniform(1, LF_PURPOSE_TEST, 4 * i + k);
    double radius = least / sqrt(1 - u[0] * (1 - (least / most) * (least / most)));
    all[i] = (leaf){.y = u[1] * wide - most, .x = u[2] * wide - most, .square = radius * radius, .grey = u[3]};
  }
}

static double grey_at(const leaf *all, double y, double x)
{
  for (size_t i = 0; i < LEAVES; i++)
    if ((y - all[i].y) * (y - all[i].y) + (x - all[i].x) * (x - all[i].x) < all[i].square) return all[i].grey;
  return 0.5;
}

static void draw(const leaf *all, size_t size, double *value)
{
  for (size_t i = 0; i < size * FINE; i++)
    for (size_t j = 0; j < size * FINE; j++) {
      double y = ((double)i + 0.5) / FINE, x = ((double)j + 0.5) / FINE;
      value[i / FINE * size + j / FINE] += grey_at(all, y, x) / (FINE * FINE);
    }
}

/* OUT/picture.png to look at, OUT/picture.npz with the places of its pixels, middles of squares of side 1/512, for --data */
static lf_status make_picture(const paper_job *job, size_t size, char *path)
{
  static const double pitch = 1.0 / 512;
  lf_image image = {.height = size, .width = size, .channels = 1, .value = calloc(size * size, sizeof(double))};
  leaf *all = calloc(LEAVES, sizeof *all);
  double *place = calloc(2 * size * size, sizeof *place);
  lf_status st = LF_ENOMEM;
  if (!image.value || !all || !place) goto done;
  grow(all, size);
  draw(all, size, image.value);
  for (size_t i = 0; i < size; i++)
    for (size_t j = 0; j < size; j++) {
      double *at = place + 2 * (i * size + j);
      at[0] = ((double)i + 0.5) * pitch, at[1] = ((double)j + 0.5) * pitch;
    }
  (void)snprintf(path, PAPER_PATH, "%s/picture.png", job->out);
  st = lf_png_write(path, &image, 8);
  if (st == LF_OK) st = paper_samples(job, "picture", size * size, 2, place, image.value, path);
done:
  free(image.value);
  free(all);
  free(place);
  return st;
}

/* ---- nets ------------------------------------------------------------------------------------------------------------------------------- */
/* Peak signal to noise ratio on the pixels that were held out, dB, for greys in [0,1]: over the seeds, at the last step. */
static lf_status psnr_of(const lf_run *run, paper_span *out)
{
  double each[PAPER_MAX_SEEDS];
  size_t n = 0;
  for (; n < PAPER_MAX_SEEDS && lf_run_history(run, n, 0); n++) {
    lf_history_view v = lf_history_look(lf_run_history(run, n, 0));
    each[n] = -10 * log10(v.test_loss[v.r - 1]);
  }
  return paper_span_of(n, each, out);
}

static lf_status train_at(paper_job *job, const char *picture, double sigma, lf_run **run, paper_span *psnr)
{
  char features[64], name[64];
  (void)snprintf(features, sizeof features, "fourier:gauss:%.4g:%d", sigma, job->quick ? QUICK_FEATURES : FEATURES);
  (void)snprintf(name, sizeof name, "sigma-%.4g", sigma);
  const char *const options[] = {"data",     picture,  "split", "pixels:2", "net",  "2-256-256-256-256-1",
                                 "features", features, "act",   "relu",     "init", "glorot",
                                 "lr",       "1e-4",   "steps", "2000",     "loss", "mse",
                                 "record",   "log:30", NULL};
  static const char *const quick[] = {"net", "2-128-128-128-128-1", "lr", "1e-3", "steps", "500", NULL};
  lf_status st = paper_train(job, name, options, quick, 0, NULL, run);
  return st == LF_OK && !job->stopped ? psnr_of(*run, psnr) : st;
}

/* ---- the doctor --------------------------------------------------------------------------------------------------------------------------- */
/* Asked about the training pixels alone, and the net without features. NaN: it recommends to keep that. */
static lf_status ask_doctor(const paper_job *job, const lf_run *scanned, double *sigma)
{
  const lf_run_info info = lf_run_look(scanned);
  const lf_data *all = info.data;
  const lf_advise_options o = {
      .families = 1u << LF_FAMILY_GAUSS, .features = job->quick ? QUICK_FEATURES : FEATURES, .threads = job->threads};
  lf_model given = *info.model;
  lf_data *seen = NULL;
  lf_advice *advice = NULL;
  lf_status st = lf_data_from(&seen, all->n, all->d, all->c, all->x, all->y, 0, NULL, NULL);
  if (st == LF_OK) st = lf_model_features(&given, "none");
  if (st == LF_OK) st = lf_model_complete(&given, all->d, all->c);
  if (st == LF_OK) st = lf_advise(&advice, seen, &given, info.train, &o);
  if (st == LF_OK) {
    const lf_candidate *best = lf_advice_best(advice);
    *sigma = best && best->family == LF_FAMILY_GAUSS ? best->scale : NAN;
  }
  lf_advice_destroy(advice);
  lf_data_destroy(seen);
  return st;
}

/* ---- pde-scale --------------------------------------------------------------------------------------------------------------------------- */
typedef struct scan {
  size_t count;
  double sigma[SCALES];
  paper_span psnr[SCALES];
  double advised; /* the doctor's */
  paper_span advised_psnr;
} scan;

static lf_status write_row(paper_job *job, const char *who, double sigma, const paper_span *psnr)
{
  return paper_number(job, "%s,%.4g,%.3f,%.3f,%.3f", who, sigma, psnr->median, psnr->low, psnr->high);
}

/* Even in log sigma from 1 to 100: 1, 10 and 100 are first, middle and last. */
static lf_status scan_scales(paper_job *job, const char *picture, scan *s)
{
  lf_run *run = NULL;
  lf_status st = paper_number(job, "who,sigma,psnr,low,high");
  s->count = job->quick ? QUICK_SCALES : SCALES;
  for (size_t i = 0; i < s->count && st == LF_OK && !job->stopped; i++) {
    lf_run_destroy(run);
    run = NULL;
    s->sigma[i] = pow(100, (double)i / (double)(s->count - 1));
    st = train_at(job, picture, s->sigma[i], &run, &s->psnr[i]);
    if (st == LF_OK && !job->stopped) st = write_row(job, "scan", s->sigma[i], &s->psnr[i]);
  }
  if (st == LF_OK && !job->stopped) st = ask_doctor(job, run, &s->advised);
  lf_run_destroy(run);
  if (st != LF_OK || job->stopped || isnan(s->advised)) return st;
  run = NULL;
  st = train_at(job, picture, s->advised, &run, &s->advised_psnr);
  if (st == LF_OK && !job->stopped) st = write_row(job, "doctor", s->advised, &s->advised_psnr);
  lf_run_destroy(run);
  return st;
}

static void judge(paper_job *job, const scan *s)
{
  static const double claimed_dB = 1;
  size_t best = 0, middle = (s->count - 1) / 2, last = s->count - 1;
  for (size_t i = 1; i < s->count; i++)
    if (s->psnr[i].median > s->psnr[best].median) best = i;
  double lost = isnan(s->advised) ? INFINITY : s->psnr[best].median - s->advised_psnr.median;
  bool peaks = s->psnr[middle].median > s->psnr[0].median && s->psnr[middle].median > s->psnr[last].median;
  job->reproduced = peaks && lost < claimed_dB;
  paper_append(job->measured, "PSNR between the training pixels, dB: ");
  for (size_t i = 0; i <= last; i += middle)
    paper_append(job->measured, "%s%.2f [%.2f, %.2f]", i ? ", " : "", s->psnr[i].median, s->psnr[i].low,
                 s->psnr[i].high);
  paper_append(job->measured, " at sigma = 1, 10, 100; best of %zu scanned %.2f at %.3g; ", s->count,
               s->psnr[best].median, s->sigma[best]);
  if (isnan(s->advised))
    paper_append(job->measured, "the doctor keeps the net without features");
  else
    paper_append(job->measured, "the doctor's sigma = %.3g gives %.2f [%.2f, %.2f], %.2f %s that", s->advised,
                 s->advised_psnr.median, s->advised_psnr.low, s->advised_psnr.high, fabs(lost),
                 lost < 0 ? "above" : "below");
}

lf_status paper_pde_scale(paper_job *job)
{
  char picture[PAPER_PATH];
  scan s = {.advised = NAN};
  lf_status st = make_picture(job, job->quick ? 48 : 64, picture);
  if (st == LF_OK) st = scan_scales(job, picture, &s);
  if (st != LF_OK || job->stopped) return st;
  judge(job, &s);
  return paper_plot(
      job, "set logscale x\nset xrange [0.8:125]\nset key bottom center\nset xlabel 'sigma, cycles per 512 pixels'\n"
           "set ylabel 'PSNR between the training pixels, dB'\n"
           "set title 'Too low a scale blurs, too high a scale is noise between the pixels'\n"
           "plot 'numbers.csv' skip 1 using (strcol(1) eq 'scan' ? $2 : 1/0):3:4:5 with yerrorlines pt 7 lw 2 "
           "lc rgb '#31688e' title 'scan', '' skip 1 using (strcol(1) eq 'doctor' ? $2 : 1/0):3 with points "
           "pt 9 ps 2 lc rgb '#d95f02' title \"the doctor's choice\"");
}
