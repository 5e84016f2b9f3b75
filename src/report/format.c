/* format.c — numbers as words. */
#include "format.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

lf_word lf_word_count(int64_t n)
{
  lf_word w;
  char digits[24];
  int len = snprintf(digits, sizeof digits, "%lld", (long long)n), used = 0;
  for (int i = 0; i < len; i++) {
    int left = len - i;
    if (i > (digits[0] == '-') && left % 3 == 0) w.text[used++] = ' ';
    w.text[used++] = digits[i];
  }
  w.text[used] = 0;
  return w;
}

lf_word lf_word_rounded(double x)
{
  enum { LARGEST_WRITTEN_OUT = 10000000 };
  lf_word w;
  (void)snprintf(w.text, sizeof w.text, "%.2g", x);
  if (!isfinite(x) || fabs(x) < 10) return w;
  double rounded = strtod(w.text, NULL);
  return fabs(rounded) < LARGEST_WRITTEN_OUT ? lf_word_count((int64_t)rounded) : w;
}

lf_word lf_word_foretold(int64_t step)
{
  static const int64_t exactly = 10000000;
  if (step < 0) return (lf_word){"never"};
  return step < exactly ? lf_word_count(step) : lf_word_rounded((double)step);
}

lf_word lf_word_percent(double share)
{
  lf_word w;
  double p = 100 * share;
  if (isnan(p))
    (void)snprintf(w.text, sizeof w.text, "?");
  else if (p > 999)
    (void)snprintf(w.text, sizeof w.text, ">999 %%");
  else if (p >= 9.95)
    (void)snprintf(w.text, sizeof w.text, "%.0f %%", p);
  else if (p >= 0.0995)
    (void)snprintf(w.text, sizeof w.text, "%.1f %%", p);
  else if (p >= 0.01)
    (void)snprintf(w.text, sizeof w.text, "%.2f %%", p);
  else
    (void)snprintf(w.text, sizeof w.text, p > 0 ? "<0.01 %%" : "0 %%");
  return w;
}

lf_word lf_word_loss(double loss)
{
  lf_word w;
  (void)snprintf(w.text, sizeof w.text, "%.1e", loss);
  return w;
}

lf_word lf_word_duration(double seconds)
{
  enum { MINUTE = 60, TEN_MINUTES = 600, HOUR = 3600, DAY = 86400, CENTURY = 100 * 365 }; /* the last in days */
  lf_word w;
  if (!(seconds >= 0) || seconds / DAY > CENTURY) {
    (void)snprintf(w.text, sizeof w.text, isnan(seconds) ? "?" : "centuries");
    return w;
  }
  long long s = (long long)(seconds + 0.5);
  if (seconds < 9.95 && seconds != floor(seconds))
    (void)snprintf(w.text, sizeof w.text, "%.1f s", seconds);
  else if (s < MINUTE)
    (void)snprintf(w.text, sizeof w.text, "%lld s", s);
  else if (s < TEN_MINUTES)
    (void)snprintf(w.text, sizeof w.text, "%lld min %lld s", s / MINUTE, s % MINUTE);
  else if (s < HOUR)
    (void)snprintf(w.text, sizeof w.text, "%lld min", s / MINUTE);
  else if (s < DAY)
    (void)snprintf(w.text, sizeof w.text, "%lld h %02lld min", s / HOUR, s % HOUR / MINUTE);
  else
    (void)snprintf(w.text, sizeof w.text, "%lld d %lld h", s / DAY, s % DAY / HOUR);
  return w;
}

lf_word lf_word_rate(double per_s)
{
  lf_word w = lf_word_rounded(per_s);
  size_t used = strlen(w.text);
  (void)snprintf(w.text + used, sizeof w.text - used, "/s");
  return w;
}

lf_word lf_word_frequency(double xi, int digits)
{
  lf_word w;
  double size = fabs(xi);
  if (size >= 1000 && size < 1e7) {
    int decimals = digits - 1 - (int)floor(log10(size));
    if (decimals <= 0) return lf_word_count((int64_t)llround(xi));
  }
  (void)snprintf(w.text, sizeof w.text, "%.*g", digits, xi == 0 ? 0 : xi);
  return w;
}

/* The fewest digits that tell neighbouring peaks apart. */
static int peak_digits(const lf_history_view *v)
{
  enum { FEWEST = 3, MOST = 6 };
  int digits = FEWEST;
  for (size_t k = 1; k < v->peaks; k++) {
    double a = v->xi_norm[v->peak[k - 1]], b = v->xi_norm[v->peak[k]];
    while (digits < MOST && a != b && strcmp(lf_word_frequency(a, digits).text, lf_word_frequency(b, digits).text) == 0)
      digits++;
  }
  return digits;
}

lf_word lf_word_peak(const lf_history_view *v, size_t k)
{
  enum { LONGEST = 11 }; /* the column "cycles/unit" of the chart */
  char numbers[96];
  int digits = peak_digits(v);
  size_t index = (size_t)v->peak[k], used = 0;
  if (v->xi_d == 2 || v->xi_d == 3) {
    for (size_t j = 0; j < v->xi_d; j++)
      used += (size_t)snprintf(numbers + used, sizeof numbers - used, "%c%.*g", j ? ',' : '(', digits,
                               v->xi[index * v->xi_d + j]);
    used += (size_t)snprintf(numbers + used, sizeof numbers - used, ")");
  }
  if (used == 0 || used > LONGEST) return lf_word_frequency(v->xi_norm[index], digits);
  lf_word w;
  memcpy(w.text, numbers, used + 1);
  return w;
}

lf_word lf_word_band(const lf_history_view *v, size_t k)
{
  lf_word w;
  (void)snprintf(w.text, sizeof w.text, "%.3g-%.3g", v->band_edge[k], v->band_edge[k + 1]);
  return w;
}

size_t lf_text_columns(const char *text)
{
  size_t columns = 0;
  for (const char *p = text; *p; p++) {
    if (*p == '\033') { /* CSI ... letter */
      while (p[1] && !((*p >= 'A' && *p <= 'Z') || (*p >= 'a' && *p <= 'z'))) p++;
      continue;
    }
    columns += ((unsigned char)*p & 0xC0) != 0x80; /* continuation bytes take no column */
  }
  return columns;
}

void lf_viridis(double s, unsigned char rgb[3])
{
  static const unsigned char anchor[11][3] = {{68, 1, 84},    {72, 36, 117},  {65, 68, 135},  {53, 95, 141},
                                              {42, 120, 142}, {33, 145, 140}, {34, 168, 132}, {68, 191, 112},
                                              {122, 209, 81}, {189, 223, 38}, {253, 231, 37}};
  s = s > 0 ? (s < 1 ? s : 1) : 0;
  size_t i = s < 1 ? (size_t)(10 * s) : 9;
  double part = 10 * s - (double)i;
  for (size_t k = 0; k < 3; k++) rgb[k] = (unsigned char)lround((1 - part) * anchor[i][k] + part * anchor[i + 1][k]);
}
