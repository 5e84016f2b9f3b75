/* data_options.c — the words of lf_data_options. */
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "base/base.h"
#include "expression.h"
#include "io/bytes.h"
#include "lowfirst/data.h"

enum { WORD_MAX = 256 };

static const char *const sampling_names[] = {"grid", "uniform", "sobol"};
static const char *const split_names[] = {"none", "random", "every", "columns", "pixels"};
enum { SAMPLINGS = 3, SPLITS = 5 };

/* A message shows the text, and is one line. */
static lf_status check_plain(const char *what, const char *text)
{
  return lf_is_plain(text) ? LF_OK : LF_FAIL(LF_EARG, "%s: a control character does not belong there", what);
}

/* Index of text among n words; LF_EARG names the nearest. */
static lf_status find_word(size_t *out, const char *what, const char *text, size_t n, const char *const *word)
{
  lf_status st = check_plain(what, text);
  if (st != LF_OK) return st;
  for (size_t i = 0; i < n; i++)
    if (strcmp(text, word[i]) == 0) return *out = i, LF_OK;
  return LF_FAIL(LF_EARG, "%s '%s' is not known; the nearest is %s", what, text, lf_nearest(text, n, word));
}

lf_status lf_sampling_parse(lf_sampling *out, const char *text)
{
  size_t i = 0;
  lf_status st = find_word(&i, "sampling", text, SAMPLINGS, sampling_names);
  if (st == LF_OK) *out = (lf_sampling)i;
  return st;
}

const char *lf_sampling_name(lf_sampling s) { return (size_t)s < SAMPLINGS ? sampling_names[s] : "unknown"; }

/* The next item of a comma-separated list, up to a comma outside parentheses; NULL at the end of the list. */
static const char *next_item(const char *from, char item[WORD_MAX], bool *too_long)
{
  int depth = 0;
  size_t length = 0;
  for (; from[length] && !(from[length] == ',' && depth == 0); length++)
    depth += (from[length] == '(') - (from[length] == ')');
  *too_long = length >= WORD_MAX;
  memcpy(item, from, LF_MIN(length, WORD_MAX - 1));
  item[LF_MIN(length, WORD_MAX - 1)] = 0;
  return from[length] ? from + length + 1 : NULL;
}

static bool whole_number(const char *text, double *value)
{
  char *end = NULL;
  if (text[0] < '0' || text[0] > '9') return false;
  errno = 0;
  unsigned long long number = strtoull(text, &end, 10);
  *value = (double)number;
  return errno == 0 && *end == 0;
}

lf_status lf_split_parse(lf_data_options *options, const char *text)
{
  char word[WORD_MAX];
  const char *colon = strchr(text, ':');
  size_t length = colon ? (size_t)(colon - text) : strlen(text), i = 0;
  double value = 0;
  lf_status st = check_plain("split", text);
  if (st != LF_OK) return st;
  if (length >= sizeof word) return LF_FAIL(LF_EARG, "split: '%.40s...' is not known", text);
  memcpy(word, text, length);
  word[length] = 0;
  st = find_word(&i, "split", word, SPLITS, split_names);
  if (st != LF_OK) return st;
  if (i == LF_SPLIT_NONE && colon) return LF_FAIL(LF_EARG, "split '%s': none takes no value", text);
  if (i == LF_SPLIT_RANDOM) {
    st = lf_expression_constant(&value, "split random", colon ? colon + 1 : "");
    if (st != LF_OK || !(value > 0 && value < 1))
      return LF_FAIL(LF_EARG,
                     "split '%s': expected random:FRACTION with a fraction between 0 and 1, such as random:0.2", text);
  } else if (i != LF_SPLIT_NONE && (!colon || !whole_number(colon + 1, &value) || value < 2)) {
    return LF_FAIL(LF_EARG, "split '%s': expected %s:K with a whole number K >= 2, such as %s:2", text, word, word);
  }
  options->split = (lf_split)i;
  options->split_value = value;
  return LF_OK;
}

/* "a:b" */
static lf_status parse_interval(const char *text, double *low, double *high)
{
  char left[WORD_MAX];
  const char *colon = strchr(text, ':');
  lf_status st;
  if (!colon || strchr(colon + 1, ':')) LF_RAISE(LF_EARG, "range '%s': expected a:b, such as -1:1 or -pi:pi", text);
  memcpy(left, text, (size_t)(colon - text));
  left[colon - text] = 0;
  LF_TRY(lf_expression_constant(low, "range", left));
  LF_TRY(lf_expression_constant(high, "range", colon + 1));
  if (!(*low < *high))
    LF_RAISE(LF_EARG, "range '%s': the lower end %g must lie below the upper one %g", text, *low, *high);
done:
  return st;
}

lf_status lf_range_parse(lf_data_options *options, const char *text)
{
  lf_data_options o = *options; /* refused means untouched */
  char item[WORD_MAX];
  bool too_long = false;
  o.n_range = 0;
  lf_status st = check_plain("range", text);
  if (st != LF_OK) return st;
  for (const char *next = text; next; o.n_range++) {
    next = next_item(next, item, &too_long);
    if (too_long) return LF_FAIL(LF_EARG, "range '%.40s...' is too long", text);
    if (o.n_range == LF_MAX_INPUTS) return LF_FAIL(LF_EARG, "range: more than %d inputs", (int)LF_MAX_INPUTS);
    st = parse_interval(item, &o.low[o.n_range], &o.high[o.n_range]);
    if (st != LF_OK) return st;
  }
  *options = o;
  return LF_OK;
}

lf_status lf_points_parse(lf_data_options *options, const char *text)
{
  lf_data_options o = *options;
  char item[WORD_MAX];
  bool too_long = false;
  double value = 0;
  o.n_points = 0;
  lf_status st = check_plain("points", text);
  if (st != LF_OK) return st;
  for (const char *next = text; next; o.n_points++) {
    next = next_item(next, item, &too_long);
    if (o.n_points == LF_MAX_INPUTS) return LF_FAIL(LF_EARG, "points: more than %d inputs", (int)LF_MAX_INPUTS);
    if (too_long || !whole_number(item, &value) || value < 1 || value > 0x1p53)
      return LF_FAIL(LF_EARG, "points '%s': expected a whole number >= 1, or one per axis such as 64,32", text);
    o.points[o.n_points] = (size_t)value;
  }
  *options = o;
  return LF_OK;
}
