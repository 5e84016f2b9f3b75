/* f_csv.c — any bytes as a table. */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  lf_csv a, b;
  if (lf_csv_parse(&a, "a.csv", (const char *)data, size) != LF_OK) {
    must_explain();
    must(!a.value && !a.name);
    return 0;
  }
  must(lf_csv_write(own_file(), a.rows, a.cols, (const char *const *)a.name, a.value) == LF_OK);
  must(lf_csv_read(&b, own_file()) == LF_OK);
  must(a.rows == b.rows && a.cols == b.cols);
  for (size_t j = 0; j < a.cols; j++) must(strcmp(a.name[j], b.name[j]) == 0);
  must(memcmp(a.value, b.value, a.rows * a.cols * sizeof *a.value) == 0);
  lf_csv_free(&a);
  lf_csv_free(&b);
  return 0;
}
