/* f_npz.c — any bytes as an npz file. */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  lf_npz *a, *b;
  if (lf_npz_parse(&a, "a.npz", data, size) != LF_OK) {
    must_explain();
    must(!a);
    return 0;
  }
  must(lf_npz_write(a, own_file()) == LF_OK);
  must(lf_npz_read(&b, own_file()) == LF_OK);
  must_equal_sets(a, b);
  lf_npz_destroy(a);
  lf_npz_destroy(b);
  return 0;
}
