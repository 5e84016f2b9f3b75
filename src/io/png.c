/* png.c — images as numbers in [0,1]: sample / (2^bits - 1), no gamma applied, alpha dropped. Decoding is libpng's; its errors come back by
 * longjmp, so each side keeps its state in one struct and jumps only within one short function. */
#include <math.h>
#include <png.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include "base/base.h"
#include "io/bytes.h"
#include "io/file.h"

enum { SIDE_MAX = 1000000, PROBLEM_MAX = 160 };

static void keep_problem(png_structp png, png_const_charp text)
{
  (void)snprintf(png_get_error_ptr(png), PROBLEM_MAX, "%s", text);
  png_longjmp(png, 1);
}

static void drop_warning(png_structp png, png_const_charp text) { (void)png, (void)text; }

/* ---- reading -------------------------------------------------------------------------------------------------------- */
typedef struct decoder {
  const char *name;
  const unsigned char *at, *end;
  size_t count; /* bytes of the file */
  png_structp png;
  png_infop info;
  char problem[PROBLEM_MAX];
  unsigned char *pixels, **row;
  size_t height, width, channels, bits;
  bool indexed;
} decoder;

static void take_bytes(png_structp png, png_bytep to, size_t count)
{
  decoder *d = png_get_io_ptr(png);
  if ((size_t)(d->end - d->at) < count) png_error(png, "the file is cut off");
  memcpy(to, d->at, count);
  d->at += count;
}

/* Up to the pixels: what they will be, and that the file can hold them. */
static lf_status read_head(decoder *d)
{
  /* deflate packs 1032 bytes into one at most: a larger promise is a lie not worth the memory */
  enum { DEFLATE_MOST = 1032 };
  if (setjmp(png_jmpbuf(d->png))) return LF_FAIL(LF_EFMT, "%s: is not a valid PNG: %s", d->name, d->problem);
  png_set_read_fn(d->png, d, take_bytes);
  png_set_crc_action(d->png, PNG_CRC_ERROR_QUIT, PNG_CRC_ERROR_QUIT);
  png_read_info(d->png, d->info);
  d->height = png_get_image_height(d->png, d->info);
  d->width = png_get_image_width(d->png, d->info);
  if (d->height * png_get_rowbytes(d->png, d->info) / DEFLATE_MOST > d->count)
    return LF_FAIL(LF_EFMT, "%s: %zu x %zu pixels cannot be in the %zu bytes that are held", d->name, d->height,
                   d->width, d->count);
  d->indexed = png_get_color_type(d->png, d->info) == PNG_COLOR_TYPE_PALETTE;
  if (d->indexed) {
    png_set_packing(d->png); /* one index a byte; the colours are looked up below, where a wrong index is seen */
  } else {
    png_set_expand(d->png); /* few bits to 8 */
    png_set_strip_alpha(d->png);
  }
  (void)png_set_interlace_handling(d->png);
  png_read_update_info(d->png, d->info);
  d->channels = png_get_channels(d->png, d->info);
  d->bits = png_get_bit_depth(d->png, d->info);
  return LF_OK;
}

static lf_status read_pixels(decoder *d)
{
  if (setjmp(png_jmpbuf(d->png))) return LF_FAIL(LF_EFMT, "%s: is not a valid PNG: %s", d->name, d->problem);
  png_read_image(d->png, d->row);
  png_read_end(d->png, NULL);
  if (d->at != d->end)
    return LF_FAIL(LF_EFMT, "%s: %zu bytes follow the end of the image", d->name, (size_t)(d->end - d->at));
  return LF_OK;
}

static lf_status look_up_colours(const decoder *d, double *value)
{
  png_colorp palette = NULL;
  int colours = 0;
  (void)png_get_PLTE(d->png, d->info, &palette, &colours); /* libpng refuses an indexed image without one */
  for (size_t i = 0; i < d->height * d->width; i++) {
    int index = d->pixels[i];
    if (index >= colours)
      return LF_FAIL(LF_EFMT, "%s: pixel [%zu,%zu] has colour %d of a palette of %d", d->name, i / d->width,
                     i % d->width, index, colours);
    value[3 * i] = palette[index].red / 255.0;
    value[3 * i + 1] = palette[index].green / 255.0;
    value[3 * i + 2] = palette[index].blue / 255.0;
  }
  return LF_OK;
}

static lf_status to_image(const decoder *d, lf_image *out)
{
  lf_image image = {.height = d->height, .width = d->width, .channels = d->indexed ? 3 : d->channels};
  size_t n = d->height * d->width * image.channels;
  const unsigned char *p = d->pixels;
  lf_status st = lf_calloc(&image.value, n, sizeof *image.value);
  if (st == LF_OK && d->indexed)
    st = look_up_colours(d, image.value);
  else if (st == LF_OK)
    for (size_t i = 0; i < n; i++)
      image.value[i] = d->bits == 16 ? (p[2 * i] << 8 | p[2 * i + 1]) / 65535.0 : p[i] / 255.0;
  if (st == LF_OK)
    *out = image;
  else
    lf_free(image.value);
  return st;
}

lf_status lf_png_parse(lf_image *out, const char *name, const void *bytes, size_t count)
{
  lf_status st = LF_OK;
  decoder d = {.name = name, .at = bytes, .count = count};
  *out = (lf_image){0};
  d.end = d.at + count;
  if (count < 8 || png_sig_cmp(d.at, 0, 8) != 0) LF_RAISE(LF_EFMT, "%s: is not a PNG file", name);
  d.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, d.problem, keep_problem, drop_warning);
  d.info = d.png ? png_create_info_struct(d.png) : NULL;
  if (!d.info) LF_RAISE(LF_ENOMEM, "%s: out of memory", name);
  LF_TRY(read_head(&d));
  size_t row_bytes = png_get_rowbytes(d.png, d.info);
  LF_TRY(lf_calloc(&d.pixels, d.height, row_bytes));
  LF_TRY(lf_calloc(&d.row, d.height, sizeof *d.row));
  for (size_t i = 0; i < d.height; i++) d.row[i] = d.pixels + i * row_bytes;
  LF_TRY(read_pixels(&d));
  LF_TRY(to_image(&d, out));
done:
  png_destroy_read_struct(&d.png, &d.info, NULL);
  lf_free(d.pixels);
  lf_free(d.row);
  return st;
}

lf_status lf_png_read(lf_image *out, const char *path)
{
  char *bytes;
  size_t count;
  *out = (lf_image){0};
  lf_status st = lf_file_read(&bytes, &count, path, SIZE_MAX);
  if (st != LF_OK) return st;
  st = lf_png_parse(out, path, bytes, count);
  lf_free(bytes);
  return st;
}

void lf_image_free(lf_image *image)
{
  if (!image) return;
  lf_free(image->value);
  *image = (lf_image){0};
}

/* ---- writing -------------------------------------------------------------------------------------------------------- */
typedef struct encoder {
  lf_writer writer;
  lf_status st;
  png_structp png;
  png_infop info;
  char problem[PROBLEM_MAX];
  unsigned char *row;
} encoder;

static void give_bytes(png_structp png, png_bytep from, size_t count)
{
  encoder *e = png_get_io_ptr(png);
  e->st = lf_writer_put(&e->writer, from, count);
  if (e->st != LF_OK) png_error(png, "not written");
}

static void no_flush(png_structp png) { (void)png; }

/* Nearest of 0 ... 2^bits - 1, most significant byte first. */
static void fill_row(unsigned char *row, const double *value, size_t n, int bits)
{
  for (size_t j = 0; j < n; j++) {
    double v = fmin(fmax(value[j], 0), 1);
    unsigned sample = (unsigned)lround(v * (bits == 16 ? 65535.0 : 255.0));
    if (bits == 16) *row++ = (unsigned char)(sample >> 8);
    *row++ = (unsigned char)(sample & 255);
  }
}

static lf_status encode(encoder *e, const char *path, const lf_image *image, int bits)
{
  size_t n = image->width * image->channels;
  if (setjmp(png_jmpbuf(e->png))) {
    if (e->st != LF_OK) return e->st;
    return LF_FAIL(LF_EIO, "%s: could not be written: %s", path, e->problem);
  }
  png_set_write_fn(e->png, e, give_bytes, no_flush);
  png_set_IHDR(e->png, e->info, (png_uint_32)image->width, (png_uint_32)image->height, bits,
               image->channels == 3 ? PNG_COLOR_TYPE_RGB : PNG_COLOR_TYPE_GRAY, PNG_INTERLACE_NONE,
               PNG_COMPRESSION_TYPE_BASE, PNG_FILTER_TYPE_BASE);
  png_write_info(e->png, e->info);
  for (size_t i = 0; i < image->height; i++) {
    fill_row(e->row, image->value + i * n, n, bits);
    png_write_row(e->png, e->row);
  }
  png_write_end(e->png, e->info);
  return LF_OK;
}

static lf_status check_image(const char *path, const lf_image *image, int bits)
{
  if (bits != 8 && bits != 16) return LF_FAIL(LF_EARG, "%s: bits = %d must be 8 or 16", path, bits);
  if (image->channels != 1 && image->channels != 3)
    return LF_FAIL(LF_EARG, "%s: channels = %zu must be 1 or 3", path, image->channels);
  if (image->height < 1 || image->height > SIDE_MAX || image->width < 1 || image->width > SIDE_MAX)
    return LF_FAIL(LF_EARG, "%s: %zu x %zu pixels must be 1..%d each", path, image->height, image->width, SIDE_MAX);
  lf_array a = {
      .dtype = LF_F64, .ndim = 3, .shape = {image->height, image->width, image->channels}, .data = image->value};
  lf_status st = lf_array_check_finite(&a, "image");
  return st == LF_OK ? LF_OK : lf_fail_prefix(st, "%s", path);
}

lf_status lf_png_write(const char *path, const lf_image *image, int bits)
{
  encoder e = {.st = LF_OK};
  lf_status st = check_image(path, image, bits);
  if (st != LF_OK) return st;
  st = lf_writer_open(&e.writer, path);
  if (st == LF_OK) st = lf_calloc(&e.row, image->width * image->channels, (size_t)bits / 8);
  if (st == LF_OK) e.png = png_create_write_struct(PNG_LIBPNG_VER_STRING, e.problem, keep_problem, drop_warning);
  e.info = e.png ? png_create_info_struct(e.png) : NULL;
  if (st == LF_OK && !e.info) st = LF_FAIL(LF_ENOMEM, "%s: out of memory", path);
  if (st == LF_OK) st = encode(&e, path, image, bits);
  png_destroy_write_struct(&e.png, &e.info);
  lf_free(e.row);
  return lf_writer_close(&e.writer, st);
}
