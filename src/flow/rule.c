/* rule.c — gradient flow, plain descent, heavy ball and Nesterov on a parabola of curvature mu, each in closed form.
 *
 *  With a = h mu and e_k the part of a mode that is still missing (e_0 = 1), the two rules with momentum m obey
 *
 *      e_{k+1} = T e_k - D e_{k-1},   T = 1 + m - E a,   e_1 = 1 - E a
 *      heavy ball  E = 1, D = m;      Nesterov  E = 1 + m, D = m (1 - a)
 *
 *  Both have 1 - T + D = a, so that with roots z = 1 - p and 1 - q: p q = a, p + q = 2 - T. The small root p = a/q is then exact to
 *  rounding however small a is, and 1 - z^k = -expm1(k log1p(-p)): early times of slow modes keep all their digits. */
#include "rule.h"
#include <math.h>

/* 1 - (1 - a)^k */
static double shrunk(double a, double k)
{
  if (k == 0) return 0;
  if (a < 1) return -expm1(k * log1p(-a));
  double rest = a > 1 ? pow(a - 1, k) : 0;
  return fmod(k, 2) == 0 ? 1 - rest : 1 + rest;
}

/* (z^k - w^k)/(z - w) of the roots z, w = (T ± sqrt(disc))/2, near each other or complex; k >= 1 */
static double divided_power(double T, double D, double disc, double k)
{
  double size = sqrt(fabs(D)), half = fabs(T) / 2, root = sqrt(fabs(disc)) / 2;
  double sign = T < 0 && fmod(k, 2) == 0 ? -1 : 1;
  if (D < 0) return (pow(T / 2 + root, k) - pow(T / 2 - root, k)) / (2 * root); /* of unlike sign, both small */
  if (D == 0) return pow(T, k - 1);
  if (disc < 0) {
    double angle = atan2(root, half);
    return sign * pow(size, k - 1) * sin(k * angle) / sin(angle);
  }
  if (disc == 0) return sign * k * pow(size, k - 1);
  double apart = atanh(root / half);
  return sign * exp((k - 1) * log(size) + k * apart) * -expm1(-2 * k * apart) / (2 * sinh(apart));
}

/* Where p and q are nearer to each other than this, relative to q, partial fractions would lose a digit or more. */
static const double near = 0.1;

static double momentum_gain(const lf_rule *rule, double mu, double k)
{
  double m = rule->momentum, a = rule->h * mu, E = rule->optimiser == LF_OPTIMISER_NESTEROV ? 1 + m : 1;
  double D = rule->optimiser == LF_OPTIMISER_NESTEROV ? m * (1 - a) : m;
  double sum = 1 - m + E * a, disc = sum * sum - 4 * a, root = sqrt(fmax(disc, 0));
  double q = (sum + root) / 2, P = 1 / q, p = a * P; /* p = a P */
  if (k == 0) return 0;
  if (root > near * q) {
    double slow = a > 0 ? shrunk(p, k) / a : k * P;
    return rule->h * ((q - E * a) * slow + (E - P) * shrunk(q, k)) / root;
  }
  double T = 2 - sum, before = k > 1 ? divided_power(T, D, disc, k - 1) : 0;
  return (1 - (1 - E * a) * divided_power(T, D, disc, k) + D * before) / mu;
}

double lf_rule_gain(const lf_rule *rule, double mu, double when)
{
  if (isinf(when)) return 1 / mu;
  if (rule->continuous) return mu > 0 ? -expm1(-mu * when) / mu : when;
  if (rule->optimiser != LF_OPTIMISER_GD && rule->momentum > 0) return momentum_gain(rule, mu, when);
  return mu > 0 ? shrunk(rule->h * mu, when) / mu : rule->h * when;
}

/* Where a root reaches -1: 1 + T + D = 0. */
double lf_rule_stable(lf_optimiser optimiser, double momentum)
{
  if (optimiser == LF_OPTIMISER_MOMENTUM) return 2 * (1 + momentum);
  if (optimiser == LF_OPTIMISER_NESTEROV) return 2 * (1 + momentum) / (1 + 2 * momentum);
  return 2;
}
