/* f_safetensors.c — any bytes as a safetensors file. */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  lf_npz *a, *b;
  if (lf_safetensors_parse(&a, "a.safetensors", data, size) != LF_OK) {
    must_explain();
    must(!a);
    return 0;
  }
  must(lf_safetensors_write(a, own_file(), 0, NULL) == LF_OK);
  must(lf_safetensors_read(&b, own_file()) == LF_OK);
  must_equal_sets(a, b);
  lf_npz_destroy(a);
  lf_npz_destroy(b);
  return 0;
}
