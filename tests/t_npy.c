/* t_npy.c — arrays, npy files as numpy and we write them, and files that lie. */
#include <fcntl.h>
#include "damage.h"
#include "io/bytes.h"

#define FILES LF_TEST_DATA "/io/"

static lf_status reads_npy(const void *bytes, size_t count)
{
  char *buffer;
  lf_array a;
  lf_status st = lf_calloc(&buffer, count, 1);
  if (st != LF_OK) return st;
  memcpy(buffer, bytes, count);
  st = lf_npy_take(&a, "a.npy", buffer, count);
  lf_array_free(&a);
  return st;
}

/* ---- arrays --------------------------------------------------------------------------------------------------------- */
static void names_and_sizes(void **state)
{
  (void)state;
#define LF_X(name, bytes, numpy)                \
  assert_int_equal(lf_dtype_size(name), bytes); \
  assert_string_equal(lf_dtype_name(name), numpy);
  LF_DTYPE_LIST(LF_X)
#undef LF_X
}

static void shapes_are_checked(void **state)
{
  (void)state;
  lf_array a;
  size_t shape[9] = {2, 3, 1, 1, 1, 1, 1, 1, 1}, huge[3] = {SIZE_MAX / 2, 3, 0};
  assert_ok(lf_array_create(&a, LF_F32, 2, shape));
  assert_int_equal(lf_array_count(&a), 6);
  lf_array_free(&a);
  lf_array_free(&a);
  assert_ok(lf_array_create(&a, LF_C128, 0, NULL));
  assert_int_equal(lf_array_count(&a), 1);
  lf_array_free(&a);
  assert_refused(lf_array_create(&a, LF_F32, 9, shape), LF_EARG, "ndim = 9");
  assert_refused(lf_array_create(&a, (lf_dtype)99, 1, shape), LF_EARG, "dtype 99");
  assert_refused(lf_array_create(&a, LF_F32, 2, huge), LF_ENOMEM, "too many");
  assert_refused(lf_array_create(&a, LF_F32, 3, huge), LF_ENOMEM,
                 "too many"); /* 0 elements, yet no product may overflow */
  assert_null(a.data);
  assert_int_equal(lf_alloc_live(), 0);
}

static void halves_are_what_numpy_says(void **state)
{
  (void)state;
  lf_npz *z;
  double *got;
  assert_ok(lf_npz_read(&z, FILES "half.npz"));
  const lf_array *half = lf_npz_get(z, "half"), *wide = lf_npz_get(z, "double");
  assert_ok(lf_array_to_f64(half, &got));
  assert_int_equal(lf_array_count(half), 11);
  for (size_t i = 0; i < 11; i++) {
    double want = ((const double *)wide->data)[i];
    assert_true(got[i] == want || (isnan(got[i]) && isnan(want)));
    assert_int_equal(signbit(got[i]), signbit(want));
  }
  lf_release(got);
  lf_npz_destroy(z);
}

static void the_first_infinite_element_is_named(void **state)
{
  (void)state;
  double y[40] = {0}, pair[4] = {1, 2, 3, (double)NAN};
  lf_array a = {.dtype = LF_F64, .ndim = 2, .shape = {20, 2}, .data = y};
  lf_array c = {.dtype = LF_C128, .ndim = 1, .shape = {2}, .data = pair};
  lf_array scalar = {.dtype = LF_F16, .ndim = 0, .data = &(uint16_t){0x7c00}};
  assert_ok(lf_array_check_finite(&a, "y"));
  y[34] = (double)NAN, y[35] = -(double)INFINITY;
  assert_refused(lf_array_check_finite(&a, "y"), LF_EMATH, "y[17,0] is nan");
  y[34] = 0;
  assert_refused(lf_array_check_finite(&a, "y"), LF_EMATH, "y[17,1] is -inf");
  assert_refused(lf_array_check_finite(&c, "target_hat"), LF_EMATH, "target_hat[1] is 3+nani");
  assert_refused(lf_array_check_finite(&scalar, "t"), LF_EMATH, "t is inf");
  assert_ok(lf_array_check_finite(&(lf_array){.dtype = LF_I64, .ndim = 1, .shape = {40}, .data = y}, "y"));
}

/* ---- what numpy writes ------------------------------------------------------------------------------------------------ */
static void check_cube(const char *path, lf_status (*read)(lf_array *, const char *), bool mapped)
{
  lf_array a;
  assert_ok(read(&a, path));
  assert_int_equal(a.dtype, LF_F64);
  assert_int_equal(a.ndim, 3);
  assert_true(a.shape[0] == 2 && a.shape[1] == 3 && a.shape[2] == 4);
  assert_int_equal(a.mapped != 0, mapped);
  for (int i = 0; i < 24; i++) assert_near(((const double *)a.data)[i], i, 0);
  lf_array_free(&a);
  assert_int_equal(lf_alloc_live(), 0);
}

static void numpys_orders(void **state)
{
  (void)state;
  check_cube(FILES "cube.npy", lf_npy_read, false);
  check_cube(FILES "cube_fortran_big.npy", lf_npy_read, false);
  check_cube(FILES "cube.npy", lf_npy_map, true);
  check_cube(FILES "cube_fortran_big.npy", lf_npy_map, false);
}

static void numpys_small_ones(void **state)
{
  (void)state;
  lf_array a;
  assert_ok(lf_npy_read(&a, FILES "scalar.npy"));
  assert_int_equal(a.ndim, 0);
  assert_near((double)*(const float *)a.data, 2.5, 0);
  lf_array_free(&a);
  for (int map = 0; map < 2; map++) {
    assert_ok((map ? lf_npy_map : lf_npy_read)(&a, FILES "empty.npy"));
    assert_true(a.ndim == 3 && a.shape[0] == 3 && a.shape[1] == 0 && a.shape[2] == 2 && lf_array_count(&a) == 0);
    lf_array_free(&a);
  }
  const char *version[] = {FILES "version_2.npy", FILES "version_3.npy"};
  for (int v = 0; v < 2; v++) {
    assert_ok(lf_npy_read(&a, version[v]));
    assert_int_equal(a.dtype, LF_I32);
    for (int i = 0; i < 4; i++) assert_int_equal(((const int32_t *)a.data)[i], i);
    lf_array_free(&a);
  }
  assert_refused(lf_npy_read(&a, FILES "object.npy"), LF_EFMT, "holds Python objects");
  assert_refused(lf_npy_map(&a, FILES "object.npy"), LF_EFMT, "holds Python objects");
  assert_refused(lf_npy_read(&a, FILES "fields.npy"), LF_EFMT, "named fields");
  assert_refused(lf_npy_read(&a, FILES "words.npy"), LF_EFMT, "element type '<U3' is not supported");
}

/* ---- what we write ---------------------------------------------------------------------------------------------------- */
static void our_bytes_are_numpys(void **state)
{
  (void)state;
  lf_array a;
  char *ours, *theirs;
  size_t n_ours, n_theirs;
  const char *same[] = {FILES "cube.npy", FILES "scalar.npy", FILES "empty.npy"};
  for (int i = 0; i < 3; i++) {
    assert_ok(lf_npy_read(&a, same[i]));
    assert_ok(lf_npy_write("t_npy_same.npy", &a));
    assert_ok(lf_file_read(&ours, &n_ours, "t_npy_same.npy", 1000));
    assert_ok(lf_file_read(&theirs, &n_theirs, same[i], 1000));
    assert_int_equal(n_ours, n_theirs);
    assert_memory_equal(ours, theirs, n_ours);
    lf_release(ours), lf_release(theirs), lf_array_free(&a);
  }
  assert_int_equal(unlink("t_npy_same.npy"), 0);
}

static void every_type_and_dimension_comes_back(void **state)
{
  (void)state;
  const size_t shape[LF_MAX_DIMS] = {2, 1, 3, 1, 2, 1, 1, 2};
  for (int t = 0; lf_dtype_size((lf_dtype)t) > 0; t++) {
    for (size_t ndim = (size_t)t % 2; ndim <= LF_MAX_DIMS; ndim += 4) { /* each write waits for the disk: not all 9 */
      lf_array a, b;
      assert_ok(lf_array_create(&a, (lf_dtype)t, ndim, shape));
      size_t bytes = lf_array_count(&a) * lf_dtype_size(a.dtype);
      for (size_t i = 0; i < bytes; i++) ((unsigned char *)a.data)[i] = (unsigned char)(37 * i + 11);
      assert_ok(lf_npy_write("t_npy_trip.npy", &a));
      assert_ok((ndim > 4 ? lf_npy_map : lf_npy_read)(&b, "t_npy_trip.npy"));
      assert_int_equal(b.dtype, a.dtype);
      assert_int_equal(b.ndim, ndim);
      assert_memory_equal(b.shape, a.shape, sizeof a.shape);
      assert_memory_equal(b.data, a.data, bytes);
      lf_array_free(&a), lf_array_free(&b);
    }
  }
  assert_int_equal(unlink("t_npy_trip.npy"), 0);
  assert_int_equal(lf_alloc_live(), 0);
}

static void bad_arrays_are_not_written(void **state)
{
  (void)state;
  lf_array none = {.dtype = LF_F64, .ndim = 1, .shape = {3}}, many = {.dtype = LF_F64, .ndim = 9};
  assert_refused(lf_npy_write("t_npy_bad.npy", &none), LF_EARG, "data is NULL");
  assert_refused(lf_npy_write("t_npy_bad.npy", &many), LF_EARG, "ndim = 9");
  assert_int_equal(access("t_npy_bad.npy", F_OK), -1);
  assert_refused(lf_npy_write("no/such/folder/a.npy", &(lf_array){.dtype = LF_F64, .ndim = 1}), LF_EIO, "No such file");
  assert_refused(lf_npy_write(".", &(lf_array){.dtype = LF_F64, .ndim = 1}), LF_EIO, "is a folder");
}

/* ---- files that lie ----------------------------------------------------------------------------------------------------- */
/* An npy file of 3 doubles with this dict. */
static lf_status read_dict(const char *dict)
{
  char bytes[512] = "\x93NUMPY\1";
  size_t length = strlen(dict), count = 10 + length + 24;
  bytes[8] = (char)(length & 255), bytes[9] = (char)(length >> 8);
  memcpy(bytes + 10, dict, length + 1);
  return read_exactly(reads_npy, bytes, count);
}

static void strange_headers(void **state)
{
  (void)state;
  assert_ok(read_dict("{'descr': '<f8', 'fortran_order': False, 'shape': (3,), }\n"));
  assert_ok(read_dict("{\"shape\":(3L,1),\"fortran_order\":True,\"descr\":\"=f8\"}"));
  static const struct {
    const char *dict, *words;
  } row[] = {
      {"{'descr': '<f8', 'fortran_order': False, 'shape': (100,), }",
       "promises 800 bytes of elements, the file holds 24"},
      {"{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }", "promises 16 bytes of elements, the file holds 24"},
      {"{'descr': '<f8', 'fortran_order': False, 'shape': (3), }", "',' expected"},
      {"{'descr': '<f8', 'fortran_order': False, 'shape': (-3,), }", "a size expected"},
      {"{'descr': '<f8', 'fortran_order': False, 'shape': (3,,), }", "a size expected"},
      {"{'descr': '<f8', 'fortran_order': False, 'shape': (1 3), }", "',' expected"},
      {"{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999999999999,), }", "too large"},
      {"{'descr': '<f8', 'fortran_order': False, 'shape': (4294967296, 4294967296), }", "too large"},
      {"{'descr': '<f8', 'fortran_order': False, 'shape': (1,1,1,1,1,1,1,1,3), }", "more than 8 dimensions"},
      {"{'descr': '<f8', 'fortran_order': 0, 'shape': (3,), }", "True or False"},
      {"{'descr': '<f8', 'shape': (3,), }", "before the end"},
      {"{'descr': '<f8', 'descr': '<f8', 'fortran_order': False, 'shape': (3,), }", "there twice"},
      {"{'descr': '<f8', 'order': 'C', 'shape': (3,), }", "key 'order'"},
      {"{'descr': '<f8' 'fortran_order': False, 'shape': (3,), }", "',' or '}'"},
      {"{'descr': '<f8', 'fortran_order': False, 'shape': (3,), } + 1", "its end"},
      {"{'descr': '<f16', 'fortran_order': False, 'shape': (3,), }", "'<f16' is not supported"},
      {"{'descr': '|f8', 'fortran_order': False, 'shape': (3,), }", "'|f8' is not supported"},
      {"{'descr': 'f8', 'fortran_order': False, 'shape': (3,), }", "byte order"},
      {"{'descr': '<f8\n', 'fortran_order': False, 'shape': (3,), }", "an element type"},
      {"{'descr: ", "a key"},
      {"", "'{' expected"},
  };
  for (size_t i = 0; i < sizeof row / sizeof *row; i++) assert_refused(read_dict(row[i].dict), LF_EFMT, row[i].words);
}

/* A header of odd length, as other programs write it: the elements of the mapped file are not aligned, so they are copied. */
static void unaligned_elements_are_copied(void **state)
{
  (void)state;
  static const char dict[] = "{'descr':'<f8','fortran_order':False,'shape':(1,)}";
  const double value = 0.1;
  char bytes[128] = "\x93NUMPY\1";
  size_t length = sizeof dict - 1;
  lf_array a;
  bytes[8] = (char)length;
  memcpy(bytes + 10, dict, sizeof dict);
  memcpy(bytes + 10 + length, &value, sizeof value);
  assert_int_not_equal((10 + length) % 8, 0);
  assert_ok(lf_file_write("t_npy_odd.npy", bytes, 10 + length + 8));
  assert_ok(lf_npy_map(&a, "t_npy_odd.npy"));
  assert_int_equal(a.mapped, 0);
  assert_true(*(const double *)a.data == 0.1);
  lf_array_free(&a);
  unlink("t_npy_odd.npy");
}

static void strange_starts(void **state)
{
  (void)state;
  assert_refused(reads_npy("\x93NUMPX\1\0\0\0\0\0", 12), LF_EFMT, "is not an npy file");
  assert_refused(reads_npy("\x93NUMPY\4\0\0\0\0\0", 12), LF_EFMT, "version 4.0");
  assert_refused(reads_npy("\x93NUMPY\1\0\xff\xff\0\0", 12), LF_EFMT, "header of 65535 bytes is cut off");
  assert_refused(reads_npy("\x93NUMPY\2\0\xff\xff\xff\xff", 12), LF_EFMT, "cut off");
  assert_refused(reads_npy("", 0), LF_EFMT, "too few");
  static char large[70000] = "\x93NUMPY\2\0\0\0\1\0"; /* 65536 bytes of dict */
  assert_refused(reads_npy(large, sizeof large), LF_EFMT, "too long");
  lf_array a;
  assert_refused(lf_npy_read(&a, "no-such.npy"), LF_EIO, "no-such.npy: could not be opened: No such file");
  assert_refused(lf_npy_map(&a, "no-such.npy"), LF_EIO, "no-such.npy");
  assert_refused(lf_npy_read(&a, "."), LF_EIO, "is a folder");
}

static void damaged_files(void **state)
{
  (void)state;
  const char *path[] = {FILES "cube_fortran_big.npy", FILES "version_2.npy", FILES "scalar.npy", FILES "empty.npy"};
  for (int i = 0; i < 4; i++) {
    size_t count;
    char *copy = file_bytes(path[i], &count);
    refuses_every_cut(reads_npy, copy, count);
    assert_int_equal(read_exactly(reads_npy, copy, count + 1), LF_EFMT);
    assert_true(survives_every_flip(reads_npy, copy, count) > 300); /* most of the header's bits matter */
    free(copy);
  }
}

/* ---- trouble ------------------------------------------------------------------------------------------------------------ */
static lf_status read_and_write(void)
{
  lf_array a, b = {0};
  double *wide = NULL;
  lf_status st = lf_npy_read(&a, FILES "cube_fortran_big.npy");
  if (st == LF_OK) st = lf_npy_write("t_npy_trouble.npy", &a);
  if (st == LF_OK) st = lf_npy_map(&b, "t_npy_trouble.npy");
  if (st == LF_OK) st = lf_array_to_f64(&b, &wide);
  lf_release(wide);
  lf_array_free(&a);
  lf_array_free(&b);
  return st;
}

static void allocations_fail(void **state)
{
  (void)state;
  survives_failed_allocations(read_and_write);
  assert_int_equal(unlink("t_npy_trouble.npy"), 0);
}

static lf_status write_large(const char *path)
{
  static double zero[4096];
  return lf_npy_write(path, &(lf_array){.dtype = LF_F64, .ndim = 1, .shape = {4096}, .data = zero});
}

static void the_disk_is_full(void **state)
{
  (void)state;
  keeps_the_old_file(write_large, "t_npy_full.npy", 20000);
}

static void a_link_stays_a_link(void **state)
{
  (void)state;
  char to[64] = "";
  assert_ok(lf_file_write("t_npy_target", "a", 1));
  (void)unlink("t_npy_link"); /* of a run that failed */
  assert_int_equal(symlink("t_npy_target", "t_npy_link"), 0);
  assert_ok(lf_file_write("t_npy_link", "bc", 2));
  assert_int_equal(readlink("t_npy_link", to, sizeof to - 1), 12);
  char *text;
  size_t count;
  assert_ok(lf_file_read(&text, &count, "t_npy_target", 2));
  assert_string_equal(text, "bc");
  lf_release(text);
  assert_refused(lf_file_read(&text, &count, "t_npy_target", 1), LF_EFMT, "holds 2 bytes, at most 1");
  assert_null(text);
  unlink("t_npy_link"), unlink("t_npy_target");
}

static void pipes_are_read_too(void **state)
{
  (void)state;
  int end[2];
  char path[64], *text;
  size_t count;
  for (size_t limit = 60000; limit >= 59999; limit--) {
    assert_int_equal(pipe(end), 0);
    static char much[60000];
    assert_int_equal(write(end[1], much, sizeof much), sizeof much);
    close(end[1]);
    (void)snprintf(path, sizeof path, "/dev/fd/%d", end[0]);
    if (limit == 60000) {
      assert_ok(lf_file_read(&text, &count, path, limit));
      assert_int_equal(count, 60000);
      lf_release(text);
    } else {
      assert_refused(lf_file_read(&text, &count, path, limit), LF_EFMT, "more than the 59999 bytes");
    }
    close(end[0]);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(names_and_sizes),
      cmocka_unit_test(shapes_are_checked),
      cmocka_unit_test(halves_are_what_numpy_says),
      cmocka_unit_test(the_first_infinite_element_is_named),
      cmocka_unit_test(numpys_orders),
      cmocka_unit_test(numpys_small_ones),
      cmocka_unit_test(our_bytes_are_numpys),
      cmocka_unit_test(every_type_and_dimension_comes_back),
      cmocka_unit_test(bad_arrays_are_not_written),
      cmocka_unit_test(strange_headers),
      cmocka_unit_test(unaligned_elements_are_copied),
      cmocka_unit_test(strange_starts),
      cmocka_unit_test(damaged_files),
      cmocka_unit_test(allocations_fail),
      cmocka_unit_test(the_disk_is_full),
      cmocka_unit_test(a_link_stays_a_link),
      cmocka_unit_test(pipes_are_read_too),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
