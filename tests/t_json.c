/* t_json.c — the seam to jansson: places in errors, strictness, files. */
#include "damage.h"
#include "io/bytes.h"
#include "io/json.h"

static lf_status reads_json(const void *bytes, size_t count)
{
  json_t *value;
  lf_status st = lf_json_parse(&value, "run.json", bytes, count);
  json_decref(value);
  return st;
}

static lf_status read_text(const char *text) { return read_exactly(reads_json, text, strlen(text)); }

static void places_are_named(void **state)
{
  (void)state;
  assert_ok(read_text("{\"lr\": 1e-4, \"x\": [1, null, true, \"\\u00e9\"]}\n"));
  static const struct {
    const char *text, *words;
  } row[] = {
      {"{\n  \"lr\": 1e-4,\n  \"steps\": x\n}", "run.json:3:12: is not valid JSON"},
      {"{\"a\": 1, \"a\": 2}", "duplicate"},
      {"{\"a\": NaN}", "run.json:1:9: "},
      {"{\"a\": nan}", "run.json:1:9: "},
      {"{\"a\": Infinity}", "run.json:1:"},
      {"{\"a\": 1e999}", "run.json:1:11: is not valid JSON: real number overflow"},
      {"{\"a\": 1} {", "end of file expected"},
      {"{\"a\": 1,}", "run.json:1:"},
      {"{'a': 1}", "run.json:1:"},
      {"3", "run.json:1:1: "},
      {"", "run.json:1:0: "},
      {"[\"\\u0000\"]", "run.json:1:"},
      {"[\"\xff\"]", "run.json:1:"},
      {"[\"\n\"]", "run.json:1:"},
  };
  for (size_t i = 0; i < sizeof row / sizeof *row; i++) assert_refused(read_text(row[i].text), LF_EFMT, row[i].words);
  json_t *value;
  assert_refused(lf_json_read(&value, "no-such.json"), LF_EIO, "no-such.json: could not be opened");
  assert_null(value);
}

static lf_status write_sample(const char *path)
{
  json_t *value = json_pack("{s:s, s:f, s:[i,b,n]}", "net", "1-40-1 \"tanh\"", "lr", 1.0 / 3, "list", 7, 1);
  lf_status st = lf_json_write(value, path);
  json_decref(value);
  return st;
}

static void ours_come_back(void **state)
{
  (void)state;
  json_t *value;
  assert_ok(write_sample("t_json_trip.json"));
  assert_ok(lf_json_read(&value, "t_json_trip.json"));
  assert_true(json_real_value(json_object_get(value, "lr")) == 1.0 / 3);
  char *text;
  size_t bytes;
  assert_ok(lf_json_dump(&text, &bytes, value, 0));
  assert_int_equal(bytes, strlen(text));
  assert_string_equal(text, "{\"net\":\"1-40-1 \\\"tanh\\\"\",\"lr\":0.33333333333333331,\"list\":[7,true,null]}");
  lf_release(text);
  json_decref(value);
  size_t count;
  char *file = file_bytes("t_json_trip.json", &count);
  assert_string_equal(file + count - 2, "}\n");
  free(file);
  unlink("t_json_trip.json");
  assert_refused(lf_json_write(NULL, "t_json_trip.json"), LF_EARG, "not an object or array");
  assert_int_equal(access("t_json_trip.json", F_OK), -1);
}

static void damaged_files(void **state)
{
  (void)state;
  static const char text[] = "{\"a\": [1, -2.5e3, \"x\\n\"], \"b\": {\"c\": true}}";
  refuses_every_cut(reads_json, text, sizeof text - 1);
  assert_true(survives_every_flip(reads_json, text, sizeof text - 1) > 100);
  size_t depth = 100000; /* more brackets than any stack should follow */
  char *deep = malloc(depth);
  memset(deep, '[', depth);
  assert_int_equal(read_exactly(reads_json, deep, depth), LF_EFMT);
  free(deep);
}

static lf_status read_and_write(void)
{
  json_t *value = NULL;
  lf_status st = write_sample("t_json_trouble.json");
  if (st == LF_OK) st = lf_json_read(&value, "t_json_trouble.json");
  json_decref(value);
  return st;
}

static void allocations_fail(void **state)
{
  (void)state;
  survives_failed_allocations(read_and_write);
  unlink("t_json_trouble.json");
}

static void the_disk_is_full(void **state)
{
  (void)state;
  keeps_the_old_file(write_sample, "t_json_full.json", 20);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(places_are_named), cmocka_unit_test(ours_come_back),   cmocka_unit_test(damaged_files),
      cmocka_unit_test(allocations_fail), cmocka_unit_test(the_disk_is_full),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
