/* f_png.c — any bytes as an image: as they are, and with the chunks' sums put right, which chance would not find. */
#include <zlib.h>
#include "fuzz.h"

static void read_and_repeat(const uint8_t *data, size_t size)
{
  lf_image a, b;
  if (lf_png_parse(&a, "a.png", data, size) != LF_OK) {
    must_explain();
    must(!a.value);
    return;
  }
  size_t count = a.height * a.width * a.channels;
  for (size_t i = 0; i < count; i++) must(a.value[i] >= 0 && a.value[i] <= 1);
  must(lf_png_write(own_file(), &a, 16) == LF_OK);
  must(lf_png_read(&b, own_file()) == LF_OK);
  must(a.height == b.height && a.width == b.width && a.channels == b.channels);
  must(memcmp(a.value, b.value, count * sizeof *a.value) == 0); /* k/255 = 257k/65535 */
  lf_image_free(&a);
  lf_image_free(&b);
}

static void put_sums_right(uint8_t *png, size_t size)
{
  for (size_t at = 8; at + 12 <= size;) { /* length, kind, body, sum */
    size_t length = (size_t)png[at] << 24 | (size_t)png[at + 1] << 16 | (size_t)png[at + 2] << 8 | png[at + 3];
    if (length > size - at - 12) return;
    uint32_t sum = (uint32_t)crc32(0, png + at + 4, (uInt)(length + 4));
    for (int i = 0; i < 4; i++) png[at + 8 + length + (size_t)i] = (uint8_t)(sum >> (24 - 8 * i));
    at += length + 12;
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  read_and_repeat(data, size);
  uint8_t *copy = malloc(size + 1);
  must(copy);
  if (size > 0) memcpy(copy, data, size);
  put_sums_right(copy, size);
  read_and_repeat(copy, size);
  free(copy);
  return 0;
}
