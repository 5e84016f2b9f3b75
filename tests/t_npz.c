/* t_npz.c — zips of arrays as numpy and we write them. */
#include "damage.h"
#include "io/bytes.h"

#define FILES LF_TEST_DATA "/io/"

static lf_status reads_npz(const void *bytes, size_t count)
{
  lf_npz *z;
  lf_status st = lf_npz_parse(&z, "a.npz", bytes, count);
  lf_npz_destroy(z);
  return st;
}

/* ---- the set ---------------------------------------------------------------------------------------------------------- */
static void arrays_are_copied_kept_in_order_and_replaced(void **state)
{
  (void)state;
  lf_npz *z;
  double x[3] = {1, 2, 3};
  int64_t k = 7;
  assert_ok(lf_npz_create(&z));
  assert_ok(lf_npz_put_raw(z, "x", LF_F64, 1, (size_t[]){3}, x));
  assert_ok(lf_npz_put_raw(z, "k", LF_I64, 0, NULL, &k));
  for (int i = 0; i < 20; i++) {
    char name[8];
    (void)snprintf(name, sizeof name, "m%d", i);
    assert_ok(lf_npz_put_raw(z, name, LF_F64, 1, (size_t[]){0}, NULL));
  }
  x[0] = 9;
  assert_near(((const double *)lf_npz_get(z, "x")->data)[0], 1, 0);
  assert_ok(lf_npz_put_raw(z, "x", LF_F64, 1, (size_t[]){2}, x));
  assert_near(((const double *)lf_npz_get(z, "x")->data)[0], 9, 0);
  assert_ok(lf_npz_put(z, "x", lf_npz_get(z, "x"))); /* itself */
  assert_int_equal(lf_npz_get(z, "x")->shape[0], 2);
  assert_int_equal(lf_npz_count(z), 22);
  assert_string_equal(lf_npz_name(z, 0), "x");
  assert_string_equal(lf_npz_name(z, 21), "m19");
  assert_null(lf_npz_name(z, 22));
  assert_null(lf_npz_get(z, "y"));
  assert_refused(lf_npz_put_raw(z, "", LF_F64, 1, (size_t[]){2}, x), LF_EARG, "needs a name");
  assert_refused(lf_npz_put_raw(z, "y", LF_F64, 1, (size_t[]){2}, NULL), LF_EARG, "NULL");
  assert_refused(lf_npz_put_raw(z, "y", LF_F64, 9, (size_t[9]){0}, NULL), LF_EARG, "ndim = 9");
  lf_npz_destroy(z);
  lf_npz_destroy(NULL);
  assert_int_equal(lf_alloc_live(), 0);
}

/* ---- what numpy writes ------------------------------------------------------------------------------------------------ */
/* The formula of make_data/numpy_files.py. */
static void check_sample(const lf_array *a, lf_dtype t)
{
  assert_non_null(a);
  assert_int_equal(a->dtype, t);
  assert_true(a->ndim == 2 && a->shape[0] == 2 && a->shape[1] == 3);
  bool is_complex = t == LF_C64 || t == LF_C128, is_signed = lf_dtype_is_float(t) || (t >= LF_I8 && t <= LF_I64);
  lf_array parts = *a; /* a complex array as pairs of reals */
  if (is_complex) parts.dtype = t == LF_C64 ? LF_F32 : LF_F64, parts.shape[1] = 6;
  double *got;
  assert_ok(lf_array_to_f64(&parts, &got));
  for (size_t i = 0; i < 6; i++) {
    double n = (double)i;
    if (is_complex) {
      assert_near(got[2 * i], n, 0);
      assert_near(got[2 * i + 1], -0.5 * n, 0);
    } else {
      assert_near(got[i], t == LF_BOOL ? fmod(n, 2) : is_signed ? -n : n, 0);
    }
  }
  lf_release(got);
  if (is_complex) assert_refused(lf_array_to_f64(a, &got), LF_EARG, "complex");
}

static void numpys_files(void **state)
{
  (void)state;
  const char *path[] = {FILES "numpy.npz", FILES "numpy_deflated.npz"};
  for (int file = 0; file < 2; file++) {
    lf_npz *z;
    assert_ok(lf_npz_read(&z, path[file]));
    assert_int_equal(lf_npz_count(z), 29);
    assert_string_equal(lf_npz_name(z, 0), "f4_little");
    for (int t = 0; lf_dtype_size((lf_dtype)t) > 0; t++) {
      for (int big = 0; big < 2; big++) {
        char name[32];
        (void)snprintf(name, sizeof name, "%s_%s", lf_dtype_name((lf_dtype)t), big ? "big" : "little");
        check_sample(lf_npz_get(z, name), (lf_dtype)t);
      }
    }
    const lf_array *f = lf_npz_get(z, "fortran");
    assert_true(f->shape[0] == 3 && f->shape[1] == 2);
    for (int i = 0; i < 6; i++) assert_near(((const double *)f->data)[i], -i, 0);
    lf_npz_destroy(z);
  }
  assert_int_equal(lf_alloc_live(), 0);
}

/* ---- what we write ---------------------------------------------------------------------------------------------------- */
static lf_status write_sample(const char *path)
{
  lf_npz *z;
  double x[6] = {1, -2, (double)NAN, 4, 5, 6};
  int64_t step[3] = {0, 1, 10};
  lf_status st = lf_npz_create(&z);
  if (st == LF_OK) st = lf_npz_put_raw(z, "t", LF_F64, 2, (size_t[]){2, 3}, x);
  if (st == LF_OK) st = lf_npz_put_raw(z, "step", LF_I64, 1, (size_t[]){3}, step);
  if (st == LF_OK) st = lf_npz_put_raw(z, "no/thing", LF_C128, 2, (size_t[]){0, 4}, NULL);
  if (st == LF_OK) st = lf_npz_write(z, path);
  lf_npz_destroy(z);
  return st;
}

static void our_files_come_back(void **state)
{
  (void)state;
  lf_npz *z;
  assert_ok(write_sample("t_npz_trip.npz"));
  assert_ok(lf_npz_read(&z, "t_npz_trip.npz"));
  assert_int_equal(lf_npz_count(z), 3);
  assert_string_equal(lf_npz_name(z, 1), "step");
  const lf_array *t = lf_npz_get(z, "t"), *none = lf_npz_get(z, "no/thing");
  assert_true(isnan(((const double *)t->data)[2])); /* histories hold NaN */
  assert_near(((const double *)t->data)[5], 6, 0);
  assert_true(none->ndim == 2 && none->shape[1] == 4);
  lf_npz_destroy(z);
  unlink("t_npz_trip.npz");
}

/* Everything a zip may hold of the moment or the machine is fixed; the date is 1980-01-01 00:00. */
static void the_bytes_depend_on_the_content_alone(void **state)
{
  (void)state;
  char *a, *b;
  size_t na, nb;
  assert_ok(write_sample("t_npz_same.npz"));
  assert_ok(lf_file_read(&a, &na, "t_npz_same.npz", 100000));
  (void)sleep(0);
  assert_ok(write_sample("t_npz_same.npz"));
  assert_ok(lf_file_read(&b, &nb, "t_npz_same.npz", 100000));
  assert_int_equal(na, nb);
  assert_memory_equal(a, b, na);
  assert_memory_equal(a, "PK\3\4", 4);
  assert_memory_equal(a + 8, "\0\0\0\0\x21\0", 6); /* stored, 00:00, 1980-01-01 */
  lf_release(a), lf_release(b);
  unlink("t_npz_same.npz");
}

/* ---- files that lie ----------------------------------------------------------------------------------------------------- */
static void damaged_files(void **state)
{
  (void)state;
  size_t count;
  assert_ok(write_sample("t_npz_damaged.npz"));
  const char *path[] = {"t_npz_damaged.npz", FILES "half.npz"};
  for (int i = 0; i < 2; i++) {
    char *bytes = file_bytes(path[i], &count);
    refuses_every_cut(reads_npz, bytes, count);
    assert_int_equal(read_exactly(reads_npz, bytes, count + 1), LF_EFMT); /* one byte too many */
    /* a changed byte of an array is found by its sum: all but a few fields of the zip's own are guarded */
    assert_true(survives_every_flip(reads_npz, bytes, count) > 9 * count * 6 / 10);
    free(bytes);
  }
  unlink("t_npz_damaged.npz");
}

/* Where `old` stands in bytes, `new` of the same length takes its place everywhere. */
static void replace(char *bytes, size_t count, const char *old, const char *new)
{
  size_t n = strlen(old), hits = 0;
  for (size_t i = 0; i + n <= count; i++)
    if (memcmp(bytes + i, old, n) == 0) memcpy(bytes + i, new, n), hits++;
  assert_true(hits > 0);
}

static void strange_members(void **state)
{
  (void)state;
  size_t count;
  assert_ok(write_sample("t_npz_strange.npz"));
  static const struct {
    const char *old, *new, *words;
  } row[] = {
      {"step.npy", "step.txt", "a.npz: member step.txt is not an array"},
      {"(2, 3)", "(2, 4)", "a.npz: member t: could not be unpacked: CRC error"},
      {"no/thing.npy", "no/thingxnpy", "not an array"},
  };
  for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
    char *bytes = file_bytes("t_npz_strange.npz", &count);
    replace(bytes, count, row[i].old, row[i].new);
    assert_refused(reads_npz(bytes, count), LF_EFMT, row[i].words);
    free(bytes);
  }
  unlink("t_npz_strange.npz");
  assert_refused(reads_npz("", 0), LF_EFMT, "holds no arrays");
  assert_refused(reads_npz("PK\5\6\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 22), LF_EFMT, "holds no arrays");
  assert_refused(reads_npz("x,y\n1,2\n", 8), LF_EFMT, "not a readable npz");
  lf_npz *z;
  assert_refused(lf_npz_read(&z, "no-such.npz"), LF_EIO, "no-such.npz: could not be opened");
  assert_null(z);
}

static void members_are_named(void **state)
{
  (void)state;
  lf_npz *z;
  assert_refused(lf_npz_read(&z, FILES "short_member.npz"), LF_EFMT,
                 "short_member.npz: member x: the header promises 800 bytes of elements, the file holds 640");
  assert_refused(lf_npz_read(&z, FILES "twice.npz"), LF_EFMT, "two members have one name");
  assert_refused(lf_npz_read(&z, FILES "bomb.npz"), LF_EFMT,
                 "member x: 2147483648 bytes cannot be in the 71 that are held");
  assert_refused(lf_npz_read(&z, FILES "bzip2.npz"), LF_EFMT, "member x: packing method 12 is not supported");
}

/* ---- trouble ------------------------------------------------------------------------------------------------------------ */
static lf_status read_and_write(void)
{
  lf_npz *z;
  lf_status st = lf_npz_read(&z, FILES "numpy_deflated.npz");
  if (st == LF_OK) st = lf_npz_write(z, "t_npz_trouble.npz");
  lf_npz_destroy(z);
  return st == LF_OK ? write_sample("t_npz_trouble.npz") : st;
}

static void allocations_fail(void **state)
{
  (void)state;
  survives_failed_allocations(read_and_write);
  unlink("t_npz_trouble.npz");
}

static void the_disk_is_full(void **state)
{
  (void)state;
  for (rlim_t limit = 5; limit < 800; limit += 100) keeps_the_old_file(write_sample, "t_npz_full.npz", limit);
  lf_npz *z;
  assert_ok(lf_npz_create(&z));
  assert_refused(lf_npz_write(z, "t_npz_full.npz"), LF_EARG, "at least one array");
  lf_npz_destroy(z);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(arrays_are_copied_kept_in_order_and_replaced),
      cmocka_unit_test(numpys_files),
      cmocka_unit_test(our_files_come_back),
      cmocka_unit_test(the_bytes_depend_on_the_content_alone),
      cmocka_unit_test(damaged_files),
      cmocka_unit_test(strange_members),
      cmocka_unit_test(members_are_named),
      cmocka_unit_test(allocations_fail),
      cmocka_unit_test(the_disk_is_full),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
