/* f_json.c — any bytes as JSON. */
#include "fuzz.h"
#include "io/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  json_t *a, *b;
  char *text;
  size_t count;
  if (lf_json_parse(&a, "a.json", (const char *)data, size) != LF_OK) {
    must_explain();
    must(!a);
    return 0;
  }
  must(lf_json_dump(&text, &count, a, size % 3) == LF_OK);
  must(lf_json_parse(&b, "b.json", text, count) == LF_OK);
  must(json_equal(a, b));
  lf_free(text);
  json_decref(a);
  json_decref(b);
  return 0;
}
