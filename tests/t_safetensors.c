/* t_safetensors.c — tensors of every type (make_data/safetensors_files.py), layouts by hand, and what is refused. */
#include "damage.h"
#include "io/bytes.h"

#define FILES LF_TEST_DATA "/io/"

static lf_status reads_safetensors(const void *bytes, size_t count)
{
  lf_npz *z;
  lf_status st = lf_safetensors_parse(&z, "w.safetensors", bytes, count);
  lf_npz_destroy(z);
  return st;
}

/* A file of this header and `count` bytes of data, all 0. */
static lf_status read_header(const char *header, size_t count)
{
  char bytes[1024] = {0};
  size_t length = strlen(header);
  bytes[0] = (char)(length & 255), bytes[1] = (char)(length >> 8);
  memcpy(bytes + 8, header, length + 1);
  return read_exactly(reads_safetensors, bytes, 8 + length + count);
}

static void every_type(void **state)
{
  (void)state;
  static const struct {
    const char *name;
    lf_dtype dtype;
  } row[] = {
      {"f64", LF_F64}, {"f32", LF_F32}, {"f16", LF_F16},   {"i64", LF_I64},  {"i32", LF_I32},
      {"i16", LF_I16}, {"i8", LF_I8},   {"u64", LF_U64},   {"u32", LF_U32},  {"u16", LF_U16},
      {"u8", LF_U8},   {"c64", LF_C64}, {"bool", LF_BOOL}, {"bf16", LF_F32},
  };
  lf_npz *z;
  assert_ok(lf_safetensors_read(&z, FILES "types.safetensors"));
  assert_int_equal(lf_npz_count(z), 16);
  assert_string_equal(lf_npz_name(z, 0), "f64"); /* the header's order, not that of the data */
  for (size_t r = 0; r < sizeof row / sizeof *row; r++) {
    const lf_array *a = lf_npz_get(z, row[r].name);
    assert_non_null(a);
    assert_int_equal(a->dtype, row[r].dtype);
    assert_true(a->ndim == 2 && a->shape[0] == 2 && a->shape[1] == 3);
    lf_array real = *a; /* a complex one as pairs */
    size_t step = 1;
    if (a->dtype == LF_C64) real.dtype = LF_F32, real.shape[1] = 6, step = 2;
    bool is_signed = lf_dtype_is_float(a->dtype) || (a->dtype >= LF_I8 && a->dtype <= LF_I64);
    double *got;
    assert_ok(lf_array_to_f64(&real, &got));
    for (size_t i = 0; i < 6; i++) {
      double n = (double)i;
      assert_near(got[i * step], a->dtype == LF_BOOL ? fmod(n, 2) : is_signed ? -n : n, 0);
    }
    lf_release(got);
  }
  assert_int_equal(lf_npz_get(z, "empty")->shape[0], 0);
  assert_int_equal(*(const int32_t *)lf_npz_get(z, "scalar")->data, -7);
  lf_npz_destroy(z);
}

static lf_status make_set(lf_npz **z)
{
  const float weight[6] = {1, 2, 3, 4, 5, 6}, bias[3] = {-1, 0, 0.5F};
  const double wide[1] = {0.1};
  lf_status st = lf_npz_create(z);
  if (st == LF_OK) st = lf_npz_put_raw(*z, "0.weight", LF_F32, 2, (size_t[]){3, 2}, weight);
  if (st == LF_OK) st = lf_npz_put_raw(*z, "0.bias", LF_F32, 1, (size_t[]){3}, bias);
  if (st == LF_OK) st = lf_npz_put_raw(*z, "scale", LF_F64, 0, NULL, wide);
  if (st == LF_OK) st = lf_npz_put_raw(*z, "mask", LF_BOOL, 1, (size_t[]){0}, NULL);
  return st;
}

static lf_status write_set(const char *path)
{
  lf_npz *z = NULL;
  lf_status st = make_set(&z);
  if (st == LF_OK) st = lf_safetensors_write(z, path, 2, (const char *[]){"format", "pt", "by", "lowfirst \"x\""});
  lf_npz_destroy(z);
  return st;
}

/* The bytes are those that the format's description gives by hand: header padded to 8, names in order, wide elements first. */
static void our_bytes_by_hand(void **state)
{
  (void)state;
  static const char header[] = "{\"__metadata__\":{\"format\":\"pt\",\"by\":\"lowfirst \\\"x\\\"\"},"
                               "\"0.weight\":{\"dtype\":\"F32\",\"shape\":[3,2],\"data_offsets\":[8,32]},"
                               "\"0.bias\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[32,44]},"
                               "\"scale\":{\"dtype\":\"F64\",\"shape\":[],\"data_offsets\":[0,8]},"
                               "\"mask\":{\"dtype\":\"BOOL\",\"shape\":[0],\"data_offsets\":[44,44]}}";
  size_t count, length = (sizeof header - 1 + 7) / 8 * 8;
  assert_ok(write_set("t_safetensors_hand"));
  char *bytes = file_bytes("t_safetensors_hand", &count);
  assert_int_equal(count, 8 + length + 44);
  assert_int_equal((unsigned char)bytes[0] | (unsigned char)bytes[1] << 8, length);
  assert_memory_equal(bytes + 8, header, sizeof header - 1);
  for (size_t i = sizeof header - 1; i < length; i++) assert_int_equal(bytes[8 + i], ' ');
  assert_memory_equal(bytes + 8 + length, "\x9a\x99\x99\x99\x99\x99\xb9\x3f\0\0\x80\x3f\0\0\0\x40", 16); /* 0.1, 1, 2 */
  free(bytes);
  unlink("t_safetensors_hand");
}

static void ours_come_back(void **state)
{
  (void)state;
  lf_npz *a, *b;
  assert_ok(make_set(&a));
  assert_ok(lf_safetensors_write(a, "t_safetensors_trip", 0, NULL));
  assert_ok(lf_safetensors_read(&b, "t_safetensors_trip"));
  assert_int_equal(lf_npz_count(b), 4);
  for (size_t i = 0; i < 4; i++) {
    const lf_array *x = lf_npz_get(a, lf_npz_name(a, i)), *y = lf_npz_get(b, lf_npz_name(b, i));
    assert_string_equal(lf_npz_name(b, i), lf_npz_name(a, i));
    assert_true(x->dtype == y->dtype && x->ndim == y->ndim);
    assert_memory_equal(x->shape, y->shape, sizeof x->shape);
    assert_memory_equal(x->data, y->data, lf_array_count(x) * lf_dtype_size(x->dtype));
  }
  lf_npz_destroy(a), lf_npz_destroy(b);
  assert_ok(lf_npz_create(&a)); /* no tensors at all is a file too */
  assert_ok(lf_safetensors_write(a, "t_safetensors_trip", 0, NULL));
  assert_ok(lf_safetensors_read(&b, "t_safetensors_trip"));
  assert_int_equal(lf_npz_count(b), 0);
  lf_npz_destroy(a), lf_npz_destroy(b);
  unlink("t_safetensors_trip");
}

static void bad_sets_are_not_written(void **state)
{
  (void)state;
  lf_npz *z;
  const double x[2] = {1, (double)INFINITY};
  assert_ok(lf_npz_create(&z));
  assert_ok(lf_npz_put_raw(z, "b", LF_F64, 1, (size_t[]){2}, x));
  assert_refused(lf_safetensors_write(z, "t_safetensors_bad", 0, NULL), LF_EMATH,
                 "t_safetensors_bad: tensor b[1] is inf");
  assert_ok(lf_npz_put_raw(z, "b", LF_C128, 1, (size_t[]){1}, (const double[]){0, 0}));
  assert_refused(lf_safetensors_write(z, "t_safetensors_bad", 0, NULL), LF_EARG,
                 "tensor b: safetensors has no type for c16");
  assert_ok(lf_npz_put_raw(z, "b", LF_F64, 0, NULL, x));
  assert_ok(lf_npz_put_raw(z, "\xff", LF_F64, 0, NULL, x));
  assert_refused(lf_safetensors_write(z, "t_safetensors_bad", 0, NULL), LF_EARG, "must be UTF-8");
  lf_npz_destroy(z);
  assert_int_equal(access("t_safetensors_bad", F_OK), -1);
}

#define TENSOR(dtype, shape, offsets) \
  "{\"a\":{\"dtype\":\"" dtype "\",\"shape\":" shape ",\"data_offsets\":" offsets "}}"
static void lies(void **state)
{
  (void)state;
  assert_ok(read_header(TENSOR("F32", "[2]", "[0,8]"), 8));
  static const struct {
    const char *header;
    size_t count;
    const char *words;
  } row[] = {
      {TENSOR("F32", "[2]", "[0,8]"), 9, "the header promises 8 bytes of tensors, the file holds 9"},
      {TENSOR("F32", "[2]", "[0,8]"), 7, "the header promises 8 bytes of tensors, the file holds 7"},
      {TENSOR("F32", "[3]", "[0,8]"), 8, "tensor a: the shape needs 12 bytes, data_offsets give 8"},
      {TENSOR("F32", "[2]", "[4,12]"), 12, "tensor a begins at byte 4 of the data, 0 is expected"},
      {TENSOR("F32", "[2]", "[8,0]"), 8, "two ascending whole numbers"},
      {TENSOR("F32", "[2]", "[0,8,8]"), 8, "two ascending whole numbers"},
      {TENSOR("F32", "[2]", "[0,8.0]"), 8, "two ascending whole numbers"},
      {TENSOR("F32", "[-2]", "[0,8]"), 8, "shape[0] must be a whole number"},
      {TENSOR("F32", "[2,\"x\"]", "[0,8]"), 8, "shape[1] must be a whole number"},
      {TENSOR("F32", "2", "[0,8]"), 8, "a shape such as [2,3]"},
      {TENSOR("F32", "[1,1,1,1,1,1,1,1,2]", "[0,8]"), 8, "9 dimensions, at most 8"},
      {TENSOR("F32", "[4294967296,4294967296]", "[0,0]"), 0, "the shape is too large"},
      {TENSOR("F32", "[0,9223372036854775807]", "[0,0]"), 0, "the shape is too large"},
      {TENSOR("F8_E4M3", "[2]", "[0,2]"), 2, "tensor a: dtype F8_E4M3 is not supported"},
      {"{\"a\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[0,4],\"more\":1}}", 4, "no more"},
      {"{\"a\":{\"shape\":[],\"data_offsets\":[0,4]}}", 4, "dtype, shape and data_offsets"},
      {"{\"a\":[1]}", 0, "dtype, shape and data_offsets"},
      {"{\"a\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,2]},\"b\":{\"dtype\":\"U8\",\"shape\":[2],\"data_"
       "offsets\":[1,3]}}",
       3, "tensor b begins at byte 1 of the data, 2 is expected"},
      {"{\"a\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]},\"a\":{\"dtype\":\"U8\",\"shape\":[0],\"data_"
       "offsets\":[0,0]}}",
       0, "duplicate"},
      {"{\"\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}}", 0, "no readable name"},
      {"{\"a\\nb\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}}", 0, "no readable name"},
      {"{\"__metadata__\":{\"x\":1}}", 0, "__metadata__ must be an object of strings"},
      {"{\"__metadata__\":3}", 0, "__metadata__ must be an object of strings"},
      {"{\"a\":", 0, "w.safetensors: header:1:"},
      {"[1,2]", 0, "is not a safetensors file"},
  };
  for (size_t i = 0; i < sizeof row / sizeof *row; i++)
    assert_refused(read_header(row[i].header, row[i].count), LF_EFMT, row[i].words);
  assert_refused(reads_safetensors("\xff\xff\xff\xff\xff\xff\xff\xff{}", 10), LF_EFMT, "is not a safetensors file");
  assert_refused(reads_safetensors("\3\0\0\0\0\0\0\0{}", 10), LF_EFMT, "the header of 3 bytes is cut off");
  assert_refused(reads_safetensors("", 0), LF_EFMT, "too few");
  lf_npz *z;
  assert_refused(lf_safetensors_read(&z, "no-such"), LF_EIO, "no-such: could not be opened");
  assert_null(z);
}

static void what_is_not_finite_is_named(void **state)
{
  (void)state;
  char bytes[128] = {0};
  static const char header[] = TENSOR("BF16", "[2,1]", "[0,4]");
  bytes[0] = sizeof header - 1;
  memcpy(bytes + 8, header, sizeof header);
  memcpy(bytes + 8 + sizeof header - 1, (const unsigned char[]){0x80, 0x3f, 0x80, 0xff}, 4); /* 1, -inf */
  assert_refused(reads_safetensors(bytes, 8 + sizeof header - 1 + 4), LF_EFMT, "w.safetensors: tensor a[1,0] is -inf");
}

static void damaged_files(void **state)
{
  (void)state;
  size_t count;
  assert_ok(write_set("t_safetensors_damaged"));
  char *bytes = file_bytes("t_safetensors_damaged", &count);
  refuses_every_cut(reads_safetensors, bytes, count);
  assert_int_equal(read_exactly(reads_safetensors, bytes, count + 1), LF_EFMT);
  assert_true(survives_every_flip(reads_safetensors, bytes, count) > 1000); /* the header's grammar */
  free(bytes);
  unlink("t_safetensors_damaged");
}

static lf_status read_and_write(void)
{
  lf_npz *z = NULL;
  lf_status st = write_set("t_safetensors_trouble");
  if (st == LF_OK) st = lf_safetensors_read(&z, "t_safetensors_trouble");
  lf_npz_destroy(z);
  return st;
}

static void allocations_fail(void **state)
{
  (void)state;
  survives_failed_allocations(read_and_write);
  unlink("t_safetensors_trouble");
}

static void the_disk_is_full(void **state)
{
  (void)state;
  for (rlim_t limit = 5; limit < 300; limit += 130) keeps_the_old_file(write_set, "t_safetensors_full", limit);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_type),
      cmocka_unit_test(our_bytes_by_hand),
      cmocka_unit_test(ours_come_back),
      cmocka_unit_test(bad_sets_are_not_written),
      cmocka_unit_test(lies),
      cmocka_unit_test(what_is_not_finite_is_named),
      cmocka_unit_test(damaged_files),
      cmocka_unit_test(allocations_fail),
      cmocka_unit_test(the_disk_is_full),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
