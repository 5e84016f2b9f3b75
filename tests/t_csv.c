/* t_csv.c — tables as people and programs write them, and what is refused by line and column. */
#include <locale.h>
#include "damage.h"
#include "io/bytes.h"

static lf_status reads_csv(const void *bytes, size_t count)
{
  lf_csv t;
  lf_status st = lf_csv_parse(&t, "a.csv", bytes, count);
  lf_csv_free(&t);
  return st;
}

static lf_status read_text(const char *text) { return read_exactly(reads_csv, text, strlen(text)); }

/* Every spelling of the table  x | a,b  =  1 | 2,  -0.5 | 3e-300. */
static void spellings(void **state)
{
  (void)state;
  static const char *const text[] = {
      "x,\"a,b\"\n1,2\n-0.5,3e-300\n",
      "x,\"a,b\"\n1,2\n-0.5,3e-300",
      "\xef\xbb\xbfx,\"a,b\"\r\n1,2\r\n-0.5,3e-300\r\n\r\n",
      "x,\"a,b\"\r1,2\r-.5,3e-300\r",
      "# from a sensor; \"made\" yesterday\nx;a,b\n# more\n1;2\n\n   \n-0.5;3E-300\n",
      "\"x\"\ta,b\n1\t2\n-5e-1\t3e-300\n",
      "  x ;  a,b  \n +1 ; 2. \n \"-0.5\" ; 3e-300\n",
  };
  for (size_t i = 0; i < sizeof text / sizeof *text; i++) {
    lf_csv t;
    assert_ok(lf_csv_parse(&t, "a.csv", text[i], strlen(text[i])));
    assert_true(t.rows == 2 && t.cols == 2);
    assert_string_equal(t.name[0], "x");
    assert_string_equal(t.name[1], "a,b");
    assert_true(t.value[0] == 1 && t.value[1] == 2 && t.value[2] == -0.5 && t.value[3] == 3e-300);
    lf_csv_free(&t);
  }
}

static void refusals(void **state)
{
  (void)state;
  static const struct {
    const char *text, *words;
  } row[] = {
      {"x,y\n1,abc\n", "a.csv:2: column y: 'abc' is not a number"},
      {"# c\nx,y\n\n1,2\n3,4x\n", "a.csv:5: column y: '4x' is not a number"},
      {"x,y\n1,nan\n", "a.csv:2: column y: 'nan' is not finite"},
      {"x,y\n-Infinity,2\n", "a.csv:2: column x: '-Infinity' is not finite"},
      {"x,y\n1e999,2\n", "a.csv:2: column x: '1e999' is not finite"},
      {"x,y\n0x10,2\n", "'0x10' is not a number"},
      {"x,y\n1 2,2\n", "'1 2' is not a number"},
      {"x;y\n1,5;2\n", "'1,5' is not a number; write a decimal point"},
      {"x,y\n1,\n", "a.csv:2: column y: is empty, a number is expected"},
      {"x,y\n1\n", "a.csv:2: 1 fields, the header has 2"},
      {"x,y\n1,2,3\n", "a.csv:2: 3 fields, the header has 2"},
      {"1,2\n3,4\n", "a.csv:1: a header line with column names is expected (without '#'), '1' is a number"},
      {"x,x\n3,4\n", "a.csv:1: column x is there twice"},
      {",y\n3,4\n", "a.csv:1: column 1 has no name (pandas: write with index=False)"},
      {"x,\"y\n3,4\n", "a.csv:1: a quote is not closed on its line"},
      {"x,\"y\"z\n3,4\n", "a.csv:1: text after a closing quote, a comma is expected"},
      {"x\t\"y\"z\n3\t4\n", "a.csv:1: text after a closing quote, a tab is expected"},
      {"x,y\n", "a.csv: has a header but no rows"},
      {"", "a.csv: is empty, a header line"},
      {"# only\n\n", "a.csv: is empty, a header line"},
      {"\xff\xfex", "UTF-16"},
      {"x\n0123456789012345678901234567890123456789z\n", "'0123456789012345678901234567890123456789...' is not"},
      {"x\n\001\033[31m\n", "'??[31m' is not a number"},
  };
  for (size_t i = 0; i < sizeof row / sizeof *row; i++) assert_refused(read_text(row[i].text), LF_EFMT, row[i].words);
  assert_refused(read_exactly(reads_csv, "x\n1\0\n2", 6), LF_EFMT, "a.csv: byte 3 is 0: not a text file");
  lf_csv t;
  assert_refused(lf_csv_read(&t, "no-such.csv"), LF_EIO, "no-such.csv: could not be opened");
  assert_null(t.value);
}

/* Any bits written are the bits read: the ends of the range, every power of two, and a few thousand patterns. */
static void the_same_bits_come_back(void **state)
{
  (void)state;
  enum { ROWS = 2048, COLS = 3, COUNT = ROWS * COLS };
  static double value[COUNT];
  const char *name[COLS] = {"x", "2", " a \"quoted\", #one "};
  for (size_t i = 0; i < COUNT; i++) {
    uint64_t bits = (i + 1) * UINT64_C(0x9e3779b97f4a7c15);
    if (i < 2046) bits = (uint64_t)(i + 1) << 52;
    memcpy(&value[i], &bits, sizeof bits);
    if (!isfinite(value[i])) value[i] = 0.1 * (double)i;
  }
  value[5000] = -0.0, value[5001] = 5e-324, value[5002] = 1.7976931348623157e308, value[5003] = 0.1;
  assert_ok(lf_csv_write("t_csv_trip.csv", ROWS, COLS, name, value));
  lf_csv t;
  assert_ok(lf_csv_read(&t, "t_csv_trip.csv"));
  assert_true(t.rows == ROWS && t.cols == COLS);
  for (int j = 0; j < COLS; j++) assert_string_equal(t.name[j], name[j]);
  assert_memory_equal(t.value, value, sizeof value);
  lf_csv_free(&t);
  unlink("t_csv_trip.csv");
}

static void numbers_are_short_where_they_can_be(void **state)
{
  (void)state;
  char *text;
  size_t count;
  assert_ok(
      lf_csv_write("t_csv_short.csv", 2, 2, (const char *[]){"x", "1"}, (const double[]){0.1, -3, 1e22, 1.0 / 3}));
  assert_ok(lf_file_read(&text, &count, "t_csv_short.csv", 1000));
  assert_string_equal(text, "x,\"1\"\n0.1,-3\n1e+22,0.3333333333333333\n");
  lf_release(text);
  unlink("t_csv_short.csv");
}

/* A program that speaks another locale reads and writes points all the same. */
static void the_locale_does_not_matter(void **state)
{
  static const char *const comma[] = {"de_DE.UTF-8", "fr_FR.UTF-8", "es_ES.UTF-8", "it_IT.UTF-8"};
  size_t i = 0;
  while (i < sizeof comma / sizeof *comma && !setlocale(LC_ALL, comma[i])) i++;
  if (i == sizeof comma / sizeof *comma) skip(); /* this machine knows none of them */
  numbers_are_short_where_they_can_be(state);
  assert_ok(read_text("x\n1.5\n"));
  (void)setlocale(LC_ALL, "C");
}

static void bad_tables_are_not_written(void **state)
{
  (void)state;
  double x[2] = {1, (double)NAN};
  assert_refused(lf_csv_write("t_csv_bad.csv", 1, 2, (const char *[]){"x", "y"}, x), LF_EMATH,
                 "t_csv_bad.csv: row 1, column y: nan must be finite");
  assert_refused(lf_csv_write("t_csv_bad.csv", 1, 1, (const char *[]){"a\nb"}, x), LF_EARG,
                 "column 1 must be one line");
  assert_refused(lf_csv_write("t_csv_bad.csv", 1, 1, (const char *[]){""}, x), LF_EARG, "column 1 must be one line");
  assert_refused(lf_csv_write("t_csv_bad.csv", 0, 1, (const char *[]){"a"}, x), LF_EARG, "0 x 1");
  assert_int_equal(access("t_csv_bad.csv", F_OK), -1);
}

static void damaged_files(void **state)
{
  (void)state;
  static const char text[] = "# c\n\"x\"\"\";y\n1.5;-2e3\n\"7\";8\n";
  size_t accepted = 0; /* a table is a table as soon as one row is whole */
  for (size_t n = 0; n < sizeof text; n++) accepted += read_exactly(reads_csv, text, n) == LF_OK;
  assert_true(accepted >= 4 && accepted <= 12);
  assert_true(survives_every_flip(reads_csv, text, sizeof text - 1) > 100);
}

static lf_status read_and_write(void)
{
  static double value[300 * 2];
  lf_csv t = {0};
  lf_status st = lf_csv_write("t_csv_trouble.csv", 300, 2, (const char *[]){"x", "y"}, value);
  if (st == LF_OK) st = lf_csv_read(&t, "t_csv_trouble.csv");
  lf_csv_free(&t);
  return st == LF_OK ? reads_csv("x\n1\n", 4) : st;
}

static void allocations_fail(void **state)
{
  (void)state;
  survives_failed_allocations(read_and_write);
  unlink("t_csv_trouble.csv");
}

static lf_status write_large(const char *path)
{
  static double value[40000];
  return lf_csv_write(path, 20000, 2, (const char *[]){"x", "y"}, value);
}

static void the_disk_is_full(void **state)
{
  (void)state;
  keeps_the_old_file(write_large, "t_csv_full.csv", 70000);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(spellings),
      cmocka_unit_test(refusals),
      cmocka_unit_test(the_same_bits_come_back),
      cmocka_unit_test(numbers_are_short_where_they_can_be),
      cmocka_unit_test(the_locale_does_not_matter),
      cmocka_unit_test(bad_tables_are_not_written),
      cmocka_unit_test(damaged_files),
      cmocka_unit_test(allocations_fail),
      cmocka_unit_test(the_disk_is_full),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
