/* f_npy.c — any bytes as an npy file. */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  char *buffer;
  double *wide;
  lf_array a, b;
  must(lf_calloc(&buffer, size, 1) == LF_OK);
  if (size > 0) memcpy(buffer, data, size);
  if (lf_npy_take(&a, "a.npy", buffer, size) != LF_OK) {
    must_explain();
    must(!a.data);
    return 0;
  }
  if (lf_array_check_finite(&a, "a") != LF_OK) must_explain();
  if (lf_array_to_f64(&a, &wide) == LF_OK) lf_release(wide);
  must(lf_npy_write(own_file(), &a) == LF_OK);
  must(lf_npy_map(&b, own_file()) == LF_OK);
  must_equal(&a, &b);
  lf_array_free(&a);
  lf_array_free(&b);
  return 0;
}
