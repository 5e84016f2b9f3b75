/* pde_march.c — stiff linear equations through time: SDIRK of order 4, five stages, L-stable, with an embedded rule of order 3 for its error
 * (Hairer, Wanner, Solving Ordinary Differential Equations II, table IV.6.5). All stages share one matrix, I - tau/4 f; steps change by
 * factors of two alone, so that it is seldom factored anew. The last stage is the new state, so that its slope comes for free and a
 * cubic through two states and their slopes shows what lies between, to the order of the rule. */
#include <float.h>
#include <math.h>
#include <string.h>
#include "pde_parts.h"

enum { STAGES = 5 };
static const double gamma_ = 0.25;
static const double a[STAGES][STAGES] = {{0.25},
                                         {0.5, 0.25},
                                         {17.0 / 50, -1.0 / 25, 0.25},
                                         {371.0 / 1360, -137.0 / 2720, 15.0 / 544, 0.25},
                                         {25.0 / 24, -49.0 / 48, 125.0 / 16, -85.0 / 12, 0.25}};
/* the last row of a, which is the rule of order 4, less the rule of order 3 */
static const double defect[STAGES] = {25.0 / 24 - 59.0 / 48, -49.0 / 48 + 17.0 / 96, 125.0 / 16 - 225.0 / 32, 0, 0.25};

static double norm(size_t n, const double *x)
{
  double sum = 0;
  for (size_t i = 0; i < n; i++) sum += x[i] * x[i];
  return sqrt(sum);
}

/* y + tau sum of weight_s k_s */
static void combine(size_t n, const double *y, double tau, size_t stages, const double *weight, double *const *k,
                    double *out)
{
  for (size_t i = 0; i < n; i++) {
    double sum = 0;
    for (size_t s = 0; s < stages; s++) sum += weight[s] * k[s][i];
    out[i] = (y ? y[i] : 0) + tau * sum;
  }
}

typedef struct walk {
  double *k[STAGES], *before, *old, *new_, *work; /* before: slope at the old state */
  double t, tau;
  bool longer; /* the next step may be twice as long */
} walk;

static lf_status walk_create(walk *w, size_t n)
{
  double **const part[] = {&w->k[0], &w->k[1], &w->k[2], &w->k[3], &w->k[4], &w->before, &w->old, &w->new_, &w->work};
  lf_status st = LF_OK;
  for (size_t i = 0; i < sizeof part / sizeof *part; i++) LF_TRY(lf_calloc(part[i], n, sizeof(double)));
done:
  return st;
}

static void walk_free(walk *w)
{
  for (size_t s = 0; s < STAGES; s++) lf_free(w->k[s]);
  lf_free(w->before);
  lf_free(w->old);
  lf_free(w->new_);
  lf_free(w->work);
}

/* One step from old to new_, and the size of its estimated error. */
static lf_status step(const lf_march *m, walk *w, double *error)
{
  lf_status st;
  for (size_t s = 0; s < STAGES; s++) {
    combine(m->size, w->old, w->tau, s, a[s], w->k, w->work);
    LF_TRY(m->slope(m->self, gamma_ * w->tau, w->work, w->k[s]));
  }
  combine(m->size, w->old, w->tau, STAGES, a[STAGES - 1], w->k, w->new_);
  combine(m->size, NULL, w->tau, STAGES, defect, w->k, w->work);
  *error = norm(m->watched, w->work);
  if (!isfinite(*error)) LF_RAISE(LF_EMATH, "a step of %.3g from t = %.3g is not finite", w->tau, w->t);
done:
  return st;
}

/* The cubic between two states, s in [0,1] of the step. */
static void between(const lf_march *m, const walk *w, double s, double *out)
{
  double r = 1 - s, from = r * r * (1 + 2 * s), to = s * s * (3 - 2 * s);
  double leave = w->tau * s * r * r, arrive = -w->tau * s * s * r;
  for (size_t i = 0; i < m->size; i++)
    out[i] = from * w->old[i] + to * w->new_[i] + leave * w->before[i] + arrive * w->k[STAGES - 1][i];
}

/* Steps until one is accepted. */
static lf_status advance(lf_march *m, walk *w, double whole)
{
  static const double shortest = 1e-14;
  double error = 0, size = norm(m->watched, w->old);
  lf_status st;
  for (;;) {
    LF_TRY(step(m, w, &error));
    if (error <= m->tolerance * size) break;
    m->rejected++;
    w->tau /= 2;
    if (w->tau < shortest * fmax(w->t, DBL_MIN))
      LF_RAISE(LF_EMATH, "steps of %.3g at t = %.3g are still too long for a relative error of %.3g", w->tau, w->t,
               m->tolerance);
  }
  m->steps++;
  if (whole > 0) m->error += error / whole;
  /* twice the step has 2^4 times the error; leave room, so that it does not shrink again at once */
  w->longer = error < m->tolerance * size / 40;
done:
  return st;
}

static void accept(walk *w)
{
  double *old = w->old, *slope = w->before;
  w->t += w->tau;
  if (w->longer) w->tau *= 2;
  w->old = w->new_, w->new_ = old;
  w->before = w->k[STAGES - 1], w->k[STAGES - 1] = slope;
}

lf_status lf_march_run(lf_march *m, double *y, size_t count, const double *time, lf_march_show show, void *user)
{
  walk w = {0};
  int stop = 0;
  size_t next = 0;
  lf_status st;
  m->steps = m->rejected = 0;
  m->error = 0;
  LF_TRY(walk_create(&w, m->size));
  memcpy(w.old, y, m->size * sizeof *y);
  double whole = norm(m->watched, y);
  LF_TRY(m->slope(m->self, 0, w.old, w.before));
  double speed = norm(m->watched, w.before), last = count ? time[count - 1] : 0;
  /* with nothing to learn one step reaches the end */
  w.tau = speed * last > 0.01 * whole ? 0.01 * whole / speed : last;
  for (; next < count && time[next] <= 0 && !stop; next++) LF_TRY(show(user, next, y, &stop));
  while (next < count && !stop) {
    LF_TRY(advance(m, &w, whole));
    for (; next < count && time[next] <= w.t + w.tau && !stop; next++) {
      between(m, &w, (time[next] - w.t) / w.tau, y);
      LF_TRY(show(user, next, y, &stop));
    }
    accept(&w);
  }
done:
  walk_free(&w);
  return st;
}
