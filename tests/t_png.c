/* t_png.c — images of every kind, written by make_data/png_files.py from the specification, and our own. */
#include "damage.h"
#include "io/bytes.h"

#define FILES LF_TEST_DATA "/io/"

static lf_status reads_png(const void *bytes, size_t count)
{
  lf_image image;
  lf_status st = lf_png_parse(&image, "a.png", bytes, count);
  lf_image_free(&image);
  return st;
}

/* The formula of png_files.py. */
static double want(size_t i, size_t j, size_t c, unsigned bits, bool palette)
{
  static const unsigned factor[3] = {37, 101, 11};
  size_t size = (size_t)1 << bits, n = 7 * i + 3 * j;
  if (palette) return (double)(n % size * factor[c] % 256) / 255;
  return (double)((n + 5 * c) * (bits == 16 ? 2731 : 1) % size) / (double)(size - 1);
}

static void every_kind(void **state)
{
  (void)state;
  static const struct {
    const char *name;
    size_t channels;
    unsigned bits;
    bool palette;
  } row[] = {
      {"grey1", 1, 1, false},
      {"grey2", 1, 2, false},
      {"grey4", 1, 4, false},
      {"grey8", 1, 8, false},
      {"grey16", 1, 16, false},
      {"palette1", 3, 1, true},
      {"palette2", 3, 2, true},
      {"palette4", 3, 4, true},
      {"palette8", 3, 8, true},
      {"rgb8", 3, 8, false},
      {"rgb16", 3, 16, false},
      {"grey_alpha8", 1, 8, false},
      {"grey_alpha16", 1, 16, false},
      {"rgba8", 3, 8, false},
      {"rgba16", 3, 16, false},
      {"rgb8_interlaced", 3, 8, false},
      {"palette4_transparent", 3, 4, true},
      {"grey16_transparent", 1, 16, false},
  };
  for (size_t r = 0; r < sizeof row / sizeof *row; r++) {
    char path[512];
    lf_image a;
    (void)snprintf(path, sizeof path, FILES "%s.png", row[r].name);
    assert_ok(lf_png_read(&a, path));
    if (a.height != 4 || a.width != 5 || a.channels != row[r].channels)
      fail_msg("%s: %zu x %zu x %zu", row[r].name, a.height, a.width, a.channels);
    for (size_t i = 0; i < 4; i++)
      for (size_t j = 0; j < 5; j++)
        for (size_t c = 0; c < a.channels; c++) {
          double got = a.value[(i * 5 + j) * a.channels + c], w = want(i, j, c, row[r].bits, row[r].palette);
          /* one division on either side: the same number; thirds and fifteenths as 85/255 and 17/255 may round apart */
          if (!(fabs(got - w) <= 0x1p-53))
            fail_msg("%s[%zu,%zu,%zu] = %.17g, want %.17g", row[r].name, i, j, c, got, w);
        }
    lf_image_free(&a);
  }
  assert_int_equal(lf_alloc_live(), 0);
}

static void ours_come_back(void **state)
{
  (void)state;
  enum { ROWS = 7, COLUMNS = 9, PIXELS = ROWS * COLUMNS };
  static double value[PIXELS * 3];
  for (int bits = 8; bits <= 16; bits += 8) {
    for (size_t channels = 1; channels <= 3; channels += 2) {
      double top = bits == 8 ? 255 : 65535;
      for (size_t i = 0; i < PIXELS * channels; i++) value[i] = floor(fmod((double)i * 0.618, 1) * top) / top;
      lf_image a = {ROWS, COLUMNS, channels, value}, b;
      assert_ok(lf_png_write("t_png_trip.png", &a, bits));
      assert_ok(lf_png_read(&b, "t_png_trip.png"));
      assert_true(b.height == ROWS && b.width == COLUMNS && b.channels == channels);
      assert_memory_equal(b.value, value, PIXELS * channels * sizeof *value);
      lf_image_free(&b);
    }
  }
  unlink("t_png_trip.png");
}

static void values_are_clamped_and_rounded(void **state)
{
  (void)state;
  double value[6] = {-0.1, 1.1, 0.4999 / 255, 0.5001 / 255, 0.25, 1e300};
  const double kept[6] = {0, 1, 0, 1.0 / 255, 64.0 / 255, 1};
  lf_image a = {2, 3, 1, value}, b;
  assert_ok(lf_png_write("t_png_round.png", &a, 8));
  assert_ok(lf_png_read(&b, "t_png_round.png"));
  for (int i = 0; i < 6; i++) assert_near(b.value[i], kept[i], 0);
  lf_image_free(&b);
  unlink("t_png_round.png");
}

static void bad_images_are_not_written(void **state)
{
  (void)state;
  double value[6] = {0, 0, 0, 0, (double)NAN, 0};
  lf_image a = {1, 2, 3, value}, pair = {1, 2, 2, value}, none = {0, 2, 1, value};
  assert_refused(lf_png_write("t_png_bad.png", &a, 8), LF_EMATH, "t_png_bad.png: image[0,1,1] is nan");
  assert_refused(lf_png_write("t_png_bad.png", &a, 4), LF_EARG, "bits = 4");
  assert_refused(lf_png_write("t_png_bad.png", &pair, 8), LF_EARG, "channels = 2");
  assert_refused(lf_png_write("t_png_bad.png", &none, 8), LF_EARG, "0 x 2 pixels");
  assert_int_equal(access("t_png_bad.png", F_OK), -1);
}

static void damaged_files(void **state)
{
  (void)state;
  const char *path[] = {FILES "rgb8_interlaced.png", FILES "palette4_transparent.png", FILES "grey16.png"};
  for (int i = 0; i < 3; i++) {
    size_t count;
    char *bytes = file_bytes(path[i], &count);
    refuses_every_cut(reads_png, bytes, count);
    assert_refused(reads_png(bytes, count + 1), LF_EFMT, "a.png: 1 bytes follow the end");
    /* every byte is in the signature or in a chunk with its sum */
    assert_int_equal(survives_every_flip(reads_png, bytes, count), count * 9);
    free(bytes);
  }
}

static void lies(void **state)
{
  (void)state;
  lf_image a;
  assert_refused(lf_png_read(&a, FILES "palette_too_short.png"), LF_EFMT, "pixel [0,1] has colour 3 of a palette of 3");
  assert_null(a.value);
  assert_refused(reads_png("GIF89a..........", 16), LF_EFMT, "a.png: is not a PNG file");
  assert_refused(reads_png("", 0), LF_EFMT, "is not a PNG file");
  assert_refused(lf_png_read(&a, "no-such.png"), LF_EIO, "no-such.png: could not be opened");
  /* 800 000 x 800 000 pixels in 58 bytes */
  static const char bomb[] = "\211\120\116\107\015\012\032\012\000\000\000\015\111\110\104\122"
                             "\000\014\065\000\000\014\065\000\020\006\000\000\000\232\330\225"
                             "\064\000\000\000\001\111\104\101\124\000\050\070\175\350\000\000"
                             "\000\000\111\105\116\104\256\102\140\202";
  assert_refused(reads_png(bomb, sizeof bomb - 1), LF_EFMT, "800000 x 800000 pixels cannot be in the");
}

static lf_status read_and_write(void)
{
  lf_image a;
  lf_status st = lf_png_read(&a, FILES "rgba16.png");
  if (st == LF_OK) st = lf_png_write("t_png_trouble.png", &a, 16);
  lf_image_free(&a);
  return st;
}

static void allocations_fail(void **state)
{
  (void)state;
  survives_failed_allocations(read_and_write);
  unlink("t_png_trouble.png");
}

static lf_status write_noise(const char *path)
{
  enum { SIDE = 64, PIXELS = SIDE * SIDE };
  static double value[PIXELS];
  for (size_t i = 0; i < PIXELS; i++) value[i] = fmod((double)(i * i) * 0.6180339887, 1);
  return lf_png_write(path, &(lf_image){SIDE, SIDE, 1, value}, 16);
}

static void the_disk_is_full(void **state)
{
  (void)state;
  keeps_the_old_file(write_noise, "t_png_full.png", 1000);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_kind),
      cmocka_unit_test(ours_come_back),
      cmocka_unit_test(values_are_clamped_and_rounded),
      cmocka_unit_test(bad_images_are_not_written),
      cmocka_unit_test(damaged_files),
      cmocka_unit_test(lies),
      cmocka_unit_test(allocations_fail),
      cmocka_unit_test(the_disk_is_full),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
