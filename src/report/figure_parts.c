/* figure_parts.c — what the panels of a figure have in common: labels, data blocks, colours, axes, choices of what to show. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "figure.h"
#include "format.h"

/* ---- labels ------------------------------------------------------------------------------------------------------------- */
typedef struct spelling {
  const char *utf8, *tex;
} spelling;

static const spelling tex_spellings[] = {
    {"ξ", "$\\xi$"},   {"Δ", "$\\Delta$"}, {"τ", "$\\tau$"}, {"ŷ", "$\\hat y$"},
    {"|", "$|$"},      {"–", "--"},        {"—", "---"},     {"…", "\\ldots{}"},
    {"·", "$\\cdot$"}, {"<", "$<$"},       {">", "$>$"},     {"\\", "\\textbackslash{}"},
    {"_", "\\_"},      {"%", "\\%"},       {"&", "\\&"},     {"#", "\\#"},
    {"$", "\\$"},      {"{", "\\{"},       {"}", "\\}"},     {"^", "\\^{}"},
    {"~", "\\~{}"},    {"'", "''"},
};
/* enhanced text gives a meaning to some characters, a single-quoted string to one */
static const spelling enhanced_spellings[] = {
    {"\\", "\\\\"}, {"_", "\\_"}, {"^", "\\^"}, {"{", "\\{"}, {"}", "\\}"},
    {"@", "\\@"},   {"&", "\\&"}, {"~", "\\~"}, {"'", "''"},
};

void lf_plot_say(lf_plot *p, const char *utf8)
{
  const spelling *list = p->tex ? tex_spellings : enhanced_spellings;
  size_t count = p->tex ? sizeof tex_spellings / sizeof *list : sizeof enhanced_spellings / sizeof *list;
  lf_text_add(&p->script, "'");
  while (*utf8) {
    size_t i = 0;
    while (i < count && strncmp(utf8, list[i].utf8, strlen(list[i].utf8)) != 0) i++;
    if (i < count)
      lf_text_add(&p->script, "%s", list[i].tex);
    else
      lf_text_put(&p->script, utf8, 1);
    utf8 += i < count ? strlen(list[i].utf8) : 1;
  }
  lf_text_add(&p->script, "'");
}

void lf_plot_set(lf_plot *p, const char *what, const char *utf8)
{
  lf_text_add(&p->script, "set %s ", what);
  lf_plot_say(p, utf8);
  lf_text_add(&p->script, "\n");
}

void lf_plot_title(lf_plot *p, const char *utf8)
{
  lf_text_add(&p->script, " title ");
  lf_plot_say(p, utf8);
}

lf_word lf_plot_step(const lf_history_view *v, size_t record)
{
  lf_word w;
  (void)snprintf(w.text, sizeof w.text, "step %.24s", lf_word_count(v->step[record]).text);
  return w;
}

size_t lf_plot_theory(const lf_plot *p)
{
  if (p->n != 2 || (p->view[0].foretold != NULL) == (p->view[1].foretold != NULL)) return p->n;
  return p->view[0].foretold ? 0 : 1;
}

void lf_plot_run(const lf_plot *p, size_t i, char *out, size_t size)
{
  size_t theory = lf_plot_theory(p);
  if (theory < p->n)
    (void)snprintf(out, size, "%s", i == theory ? "theory" : "training");
  else if (p->view[i].title[0])
    (void)snprintf(out, size, "%s", p->view[i].title);
  else
    (void)snprintf(out, size, "run %zu", i + 1);
}

/* ---- data and colour ----------------------------------------------------------------------------------------------------- */
void lf_plot_block(lf_plot *p, const char *name, const char *columns)
{
  lf_text_add(&p->data, "\n\n# columns: %s\n# ", columns);
  if (p->panel) lf_text_add(&p->data, "%c ", (int)('a' + p->panel - 1));
  lf_text_add(&p->data, "%s\n", name);
}

void lf_plot_from(lf_plot *p, const char *name)
{
  lf_text_add(&p->script, "'%s' index '", p->data_name);
  if (p->panel) lf_text_add(&p->script, "%c ", (int)('a' + p->panel - 1));
  lf_text_add(&p->script, "%s'", name);
}

double lf_plot_place(size_t i, size_t n) { return n > 1 ? (double)i / (double)(n - 1) : 0; }

void lf_plot_colour(lf_plot *p, double place)
{
  static const double palest = 0.85; /* the yellow end is lost on paper */
  unsigned char c[3];
  lf_viridis(palest * place, c);
  lf_text_add(&p->script, " lc rgb '#%02x%02x%02x'", c[0], c[1], c[2]);
}

void lf_plot_key(lf_plot *p)
{
  /* gnuplot guesses the width of a label from the letters of its TeX source: too wide */
  lf_text_add(&p->script, "set key default noautotitle Left reverse samplen %s\n",
              p->tex ? "1 spacing 1.1 width -3" : "1.6 spacing 1.1");
}

/* ---- axes ------------------------------------------------------------------------------------------------------------------ */
void lf_plot_step_axis(lf_plot *p)
{
  int64_t last = 0;
  for (size_t i = 0; i < p->n; i++) last = LF_MAX(last, p->view[i].step[p->view[i].r - 1]);
  lf_plot_set(p, "xlabel", "step");
  if (last >= 10) {
    lf_text_add(&p->script, "set logscale x\nset format x '%s'\nset xrange [1:%lld]\n", lf_plot_powers(p),
                (long long)last);
  } else {
    lf_text_add(&p->script, "unset logscale x\nset format x '%%g'\nset xrange [*:*]\n");
  }
}

void lf_plot_end(lf_plot *p)
{
  if (!p->panel) return;
  lf_text_add(&p->script, "unset logscale\nset format\nset autoscale\nunset colorbox\n");
  lf_plot_key(p);
}

const char *lf_plot_powers(const lf_plot *p) { return p->tex ? "$10^{%T}$" : "10^{%T}"; }

/* ---- choices ----------------------------------------------------------------------------------------------------------------- */
static void insert(size_t *record, size_t *count, size_t value)
{
  size_t at = 0;
  while (at < *count && record[at] < value) at++;
  if (at < *count && record[at] == value) return;
  memmove(record + at + 1, record + at, (*count - at) * sizeof *record);
  record[at] = value;
  (*count)++;
}

size_t lf_plot_records(const lf_history_view *v, const lf_order *order, size_t most, size_t *record)
{
  enum { CANDIDATES = 64 };
  size_t learned[CANDIDATES], found = 0, count = 0, last = v->r - 1;
  for (size_t k = 0; k < order->peaks; k++)
    for (size_t r = 0; order->step[k] >= 0 && r < last && found < CANDIDATES; r++)
      if (v->step[r] == order->step[k]) insert(learned, &found, r);
  size_t shown = LF_MIN(found, most - 1);
  for (size_t i = 0; i < shown; i++) insert(record, &count, learned[shown > 1 ? i * (found - 1) / (shown - 1) : 0]);
  /* little learned: spread over the records, which are spaced as the user wants them */
  for (size_t part = 1; count + 1 < LF_MIN(most, (size_t)3) && part < most; part++)
    insert(record, &count, part * last / most);
  insert(record, &count, last);
  return count;
}

double lf_plot_xi_limit(const lf_history_view *v)
{
  static const double margin = 1.3, share = 0.995;
  double limit = 0, whole = 0, inside = 0, highest = 0;
  for (size_t i = 0; i < 2 * v->m * v->c; i++) whole += v->target_hat[i] * v->target_hat[i];
  for (size_t k = 0; k < v->peaks; k++) limit = fmax(limit, v->xi_norm[v->peak[k]]);
  for (size_t i = 0; i < v->m; i++) { /* ascending in |xi| */
    highest = fmax(highest, v->xi_norm[i]);
    if (inside >= share * whole) continue;
    for (size_t j = 2 * i * v->c; j < 2 * (i + 1) * v->c; j++) inside += v->target_hat[j] * v->target_hat[j];
    limit = fmax(limit, v->xi_norm[i]);
  }
  return limit > 0 ? fmin(margin * limit, highest) : highest;
}

/* ---- shells of |xi| ------------------------------------------------------------------------------------------------------------ */
/* In one dimension as fine as the frequencies lie, in more as wide as the lowest one; not more shells than can be seen. */
lf_shells lf_plot_shells(const lf_history_view *v)
{
  enum { MOST = 100 };
  static const double same = 1e-9;
  double limit = lf_plot_xi_limit(v), width = limit;
  for (size_t i = 0; i < v->m && v->xi_norm[i] <= limit; i++) {
    double apart = v->xi_d > 1 || i == 0 ? v->xi_norm[i] : v->xi_norm[i] - v->xi_norm[i - 1];
    if (apart > same * limit) width = fmin(width, apart);
  }
  width = limit > 0 ? fmax(width, limit / MOST) : 1;
  return (lf_shells){.count = (size_t)(limit / width + same) + 1, .width = width};
}

void lf_plot_shell_norms(const lf_history_view *v, lf_shells shells, const double *hat, const double *minus,
                         double *norm)
{
  memset(norm, 0, shells.count * sizeof *norm);
  for (size_t i = 0; i < v->m; i++) {
    size_t shell = (size_t)lround(v->xi_norm[i] / shells.width);
    if (shell >= shells.count) continue;
    for (size_t j = 2 * i * v->c; j < 2 * (i + 1) * v->c; j++) {
      double value = hat[j] - (minus ? minus[j] : 0);
      norm[shell] += value * value;
    }
  }
  for (size_t shell = 0; shell < shells.count; shell++) norm[shell] = sqrt(norm[shell]);
}
