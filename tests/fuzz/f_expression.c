/* f_expression.c — any text as a target, a range, numbers of points, a split. */
#include <math.h>
#include "data/expression.h"
#include "fuzz.h"
#include "lowfirst/data.h"

/* What is accepted has a value or says where it has none, the same each time. */
static void evaluate_twice(lf_expression *e)
{
  double x[LF_MAX_INPUTS], *y = NULL, *again = NULL;
  size_t outputs = lf_expression_outputs(e);
  for (size_t j = 0; j < LF_MAX_INPUTS; j++) x[j] = 0.3 - (double)j;
  must(outputs >= 1 && lf_expression_inputs(e) <= LF_MAX_INPUTS);
  must(lf_calloc(&y, outputs, sizeof *y) == LF_OK && lf_calloc(&again, outputs, sizeof *again) == LF_OK);
  lf_status st = lf_expression_evaluate(e, 1, LF_MAX_INPUTS, x, y);
  if (st != LF_OK) must_explain();
  must(lf_expression_evaluate(e, 1, LF_MAX_INPUTS, x, again) == st);
  for (size_t k = 0; st == LF_OK && k < outputs; k++) must(isfinite(y[k]) && y[k] == again[k]);
  lf_free(y);
  lf_free(again);
}

static void parse_words(const char *text)
{
  lf_data_options o = {0};
  if (lf_range_parse(&o, text) != LF_OK) must_explain();
  for (size_t j = 0; j < o.n_range; j++) must(o.low[j] < o.high[j]);
  if (lf_points_parse(&o, text) != LF_OK) must_explain();
  for (size_t j = 0; j < o.n_points; j++) must(o.points[j] >= 1);
  if (lf_split_parse(&o, text) != LF_OK) must_explain();
  must(o.split == LF_SPLIT_NONE || o.split_value > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  char *text = NULL;
  lf_expression *e = NULL;
  must(lf_calloc(&text, size + 1, 1) == LF_OK);
  if (size) memcpy(text, data, size);
  if (lf_expression_create(&e, "target", text) == LF_OK)
    evaluate_twice(e);
  else
    must_explain();
  lf_expression_destroy(e);
  parse_words(text);
  lf_free(text);
  return 0;
}
