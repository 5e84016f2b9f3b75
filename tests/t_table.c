/* t_table.c — tables of the synthetic history, whole; numbers and words of format.h. */
#include <unistd.h>
#include "lowfirst/files.h"
#include "lowfirst/report.h"
#include "report/format.h"
#include "base/text.h"
#include "tones.h"

/* ---- words ------------------------------------------------------------------------------------------------------------------ */
static void numbers_as_people_read_them(void **state)
{
  (void)state;
  assert_string_equal(lf_word_count(0).text, "0");
  assert_string_equal(lf_word_count(999).text, "999");
  assert_string_equal(lf_word_count(1680).text, "1 680");
  assert_string_equal(lf_word_count(-123456).text, "-123 456");
  assert_string_equal(lf_word_count(-123).text, "-123");
  assert_string_equal(lf_word_count(INT64_MIN).text, "-9 223 372 036 854 775 808");
  assert_string_equal(lf_word_rounded(24681).text, "25 000");
  assert_string_equal(lf_word_rounded(3.14159).text, "3.1");
  assert_string_equal(lf_word_rounded(4.2e7).text, "4.2e+07");
  assert_string_equal(lf_word_rounded(INFINITY).text, "inf");
  assert_string_equal(lf_word_foretold(9999999).text, "9 999 999");
  assert_string_equal(lf_word_foretold(10000000).text, "1e+07");
  assert_string_equal(lf_word_foretold(-1).text, "never");
  assert_string_equal(lf_word_percent(0).text, "0 %");
  assert_string_equal(lf_word_percent(1e-9).text, "<0.01 %");
  assert_string_equal(lf_word_percent(0.0003).text, "0.03 %");
  assert_string_equal(lf_word_percent(0.081).text, "8.1 %");
  assert_string_equal(lf_word_percent(0.0996).text, "10 %");
  assert_string_equal(lf_word_percent(1).text, "100 %");
  assert_string_equal(lf_word_percent(123).text, ">999 %");
  assert_string_equal(lf_word_percent(NAN).text, "?");
  assert_string_equal(lf_word_loss(0.0312).text, "3.1e-02");
  assert_string_equal(lf_word_rate(3123).text, "3 100/s");
}

static void durations_and_frequencies(void **state)
{
  (void)state;
  assert_string_equal(lf_word_duration(0).text, "0 s");
  assert_string_equal(lf_word_duration(3.24).text, "3.2 s");
  assert_string_equal(lf_word_duration(59.4).text, "59 s");
  assert_string_equal(lf_word_duration(59.6).text, "1 min 0 s");
  assert_string_equal(lf_word_duration(130).text, "2 min 10 s");
  assert_string_equal(lf_word_duration(3900).text, "1 h 05 min");
  assert_string_equal(lf_word_duration(273600).text, "3 d 4 h");
  assert_string_equal(lf_word_duration(1e300).text, "centuries");
  assert_string_equal(lf_word_duration(NAN).text, "?");
  assert_string_equal(lf_word_frequency(0.15915494, 3).text, "0.159");
  assert_string_equal(lf_word_frequency(47.7464, 3).text, "47.7");
  assert_string_equal(lf_word_frequency(5, 3).text, "5");
  assert_string_equal(lf_word_frequency(-0.0, 3).text, "0");
  assert_string_equal(lf_word_frequency(12345, 3).text, "12 345");
  assert_string_equal(lf_word_frequency(1234.5, 5).text, "1234.5");
}

static void neighbours_get_names_that_differ(void **state)
{
  (void)state;
  const int64_t peak[] = {0, 1};
  const double norm[] = {10.01, 10.02}, xi[] = {3, -2, 0.25, 4}, long_xi[] = {3.14159, -2.71828, 0.123456, 4};
  lf_history_view v = {.peaks = 2, .peak = peak, .xi_norm = norm, .xi = norm, .xi_d = 1};
  assert_string_equal(lf_word_peak(&v, 0).text, "10.01");
  assert_string_equal(lf_word_peak(&v, 1).text, "10.02");
  v.xi = xi, v.xi_d = 2;
  assert_string_equal(lf_word_peak(&v, 0).text, "(3,-2)");
  v.xi = long_xi;
  assert_string_equal(lf_word_peak(&v, 0).text, "10.01"); /* the numbers would not fit */
  const double edge[] = {0, 0.3183};
  v.band_edge = edge;
  assert_string_equal(lf_word_band(&v, 0).text, "0-0.318");
}

static void columns_and_colours(void **state)
{
  (void)state;
  assert_int_equal(lf_text_columns("\033[38;5;12m█▏\033[0m τ"), 4);
  unsigned char first[3], last[3], before[3];
  lf_viridis(-1, first);
  lf_viridis(2, last);
  assert_memory_equal(first, ((unsigned char[]){68, 1, 84}), 3);
  assert_memory_equal(last, ((unsigned char[]){253, 231, 37}), 3);
  memcpy(before, first, 3);
  for (int i = 1; i <= 100; i++) { /* lightness rises all the way: that is what makes it readable without colour */
    unsigned char now[3];
    lf_viridis(i / 100.0, now);
    assert_true(2126 * now[0] + 7152 * now[1] + 722 * now[2] > 2126 * before[0] + 7152 * before[1] + 722 * before[2]);
    memcpy(before, now, 3);
  }
}

static void a_text_remembers_its_failure(void **state)
{
  (void)state;
  lf_text t = {0};
  lf_text_add(&t, "%s %d", "ten", 10);
  assert_string_equal(t.at, "ten 10");
  char many[5000];
  memset(many, 'x', sizeof many);
  lf_alloc_fail_after(0);
  lf_text_put(&t, many, sizeof many);
  lf_alloc_fail_after(-1);
  assert_int_equal(t.status, LF_ENOMEM);
  lf_text_add(&t, "more");
  assert_string_equal(t.at, "ten 10");
  lf_text_free(&t);
  assert_int_equal(lf_alloc_live(), 0);
}

/* ---- tables ------------------------------------------------------------------------------------------------------------------- */
static void assert_file(const char *path, const char *want)
{
  char *got;
  size_t count;
  assert_ok(lf_file_read(&got, &count, path, 100000));
  assert_string_equal(got, want);
  lf_release(got);
  assert_int_equal(unlink(path), 0);
}

/* Stops before the third peak is learned. */
static lf_history *cut_short(tones *s, const char *title)
{
  lf_history *h = NULL;
  assert_ok(lf_history_create(&h, s->lens, s->data, &(lf_history_options){.title = title}));
  assert_ok(tones_record(s, h, 0, 300));
  return h;
}

static void one_run(void **state)
{
  (void)state;
  tones s;
  assert_ok(tones_open(&s, tones_rate, NULL));
  lf_history *h = cut_short(&s, "run");
  const lf_history *all[] = {h};
  assert_ok(lf_report_table("t_table.md", 1, all));
  /* half: 0.1 k > ln 2 from 7 on, 0.02 k from 37, 0.004 k from 181; at the last record, 260: exp(-26), exp(-5.2), exp(-1.04) */
  assert_file("t_table.md", "| cycles/unit | learned at step | half learned at step | error at the end |\n"
                            "|---:|---:|---:|---:|\n"
                            "| 1 | 19 | 7 | <0.01\u202f% |\n"
                            "| 3 | 88 | 37 | 0.6\u202f% |\n"
                            "| 5 | – | 181 | 35\u202f% |\n"
                            "\nLearned: the first recorded step from which the error stays below 20 %. Kendall tau of "
                            "step and frequency: 1.00.\n");
  assert_ok(lf_report_table("t_table.tex", 1, all));
  assert_file("t_table.tex", "\\begin{tabular}{rrrr}\n\\hline\n"
                             "cycles/unit & learned at step & half learned at step & error at the end \\\\\n\\hline\n"
                             "1 & 19 & 7 & $<$0.01\\,\\% \\\\\n"
                             "3 & 88 & 37 & 0.6\\,\\% \\\\\n"
                             "5 & -- & 181 & 35\\,\\% \\\\\n"
                             "\\hline\n\\end{tabular}\n"
                             "% Learned: the first recorded step from which the error stays below 20 %. Kendall tau of "
                             "step and frequency: 1.00.\n");
  lf_history_destroy(h);
  tones_close(&s);
  assert_int_equal(lf_alloc_live(), 0);
}

static void several_runs(void **state)
{
  (void)state;
  static const double faster[PEAKS] = {0.2, 0.04, 0.008};
  tones s, t;
  lf_history *c = NULL;
  char *text;
  size_t count;
  assert_ok(tones_open(&s, tones_rate, NULL));
  assert_ok(tones_open(&t, faster, NULL));
  lf_history *a = cut_short(&s, "a_1"), *b = cut_short(&t, "");
  assert_ok(tones_history(&c, &s, "c|", false));
  const lf_history *all[] = {a, b, c};
  assert_ok(lf_report_table("t_table.md", 3, all));
  assert_file("t_table.md", "| cycles/unit | a\\_1 | run 2 | c\\| | median step | low | high |\n"
                            "|---:|---:|---:|---:|---:|---:|---:|\n"
                            "| 1 | 19 | 9 | 19 | 19 | 9 | 19 |\n"
                            "| 3 | 88 | 44 | 88 | 88 | 44 | 88 |\n"
                            "| 5 | – | 217 | 448 | 448 | 217 | – |\n" /* not learned is later than all */
                            "\nLearned: the first recorded step from which the error stays below 20 %.\n");
  lf_history *long_title = cut_short(&s, "a title that is longer than a column");
  assert_ok(lf_report_table("t_table.tex", 2, (const lf_history *[]){a, long_title}));
  assert_ok(lf_file_read(&text, &count, "t_table.tex", 100000));
  assert_non_null(strstr(text, "cycles/unit & a\\_1 & run 2 & median step & low & high \\\\\n"));
  assert_non_null(strstr(text, "% run 2: a title that is longer than a column\n"));
  lf_release(text);
  assert_int_equal(unlink("t_table.tex"), 0);
  lf_history_destroy(long_title);
  lf_history_destroy(a);
  lf_history_destroy(b);
  lf_history_destroy(c);
  tones_close(&s);
  tones_close(&t);
}

static void a_prediction_beside_its_training(void **state)
{
  (void)state;
  tones s;
  char *text;
  size_t count;
  assert_ok(tones_open(&s, tones_rate, NULL));
  lf_history *seen = cut_short(&s, "a_1"), *told = cut_short(&s, "theory of a_1");
  assert_ok(lf_history_foretell(told, PEAKS, (const int64_t[]){17, 81, 403})); /* its record ends at 260 */
  assert_ok(lf_report_table("t_table.md", 2, (const lf_history *[]){seen, told}));
  assert_file("t_table.md",
              "| cycles/unit | training | theory |\n"
              "|---:|---:|---:|\n"
              "| 1 | 19 | 17 |\n"
              "| 3 | 88 | 81 |\n"
              "| 5 | – | 403 |\n"
              "\nLearned: the first recorded step from which the error stays below 20 %. Theory tells the exact "
              "step.\n\ntraining: a\\_1\n\ntheory: theory of a\\_1\n");
  assert_ok(lf_report_table("t_table.tex", 2, (const lf_history *[]){told, seen}));
  assert_ok(lf_file_read(&text, &count, "t_table.tex", 100000));
  assert_non_null(strstr(text, "{rrr}\n\\hline\ncycles/unit & theory & training \\\\\n"));
  lf_release(text);
  assert_int_equal(unlink("t_table.tex"), 0);
  lf_history_destroy(seen);
  lf_history_destroy(told);
  tones_close(&s);
}

static void csv_is_read_again(void **state)
{
  (void)state;
  tones s;
  char *text;
  size_t count;
  assert_ok(tones_open(&s, tones_rate, NULL));
  lf_history *h = cut_short(&s, "say \"hi\", run");
  assert_ok(lf_report_table("t_table.csv", 1, (const lf_history *[]){h}));
  assert_ok(lf_file_read(&text, &count, "t_table.csv", 100000));
  assert_non_null(strstr(text, "run,title,xi,learned_step,half_step,last_error\n1,\"say \"\"hi\"\", run\",1,19,7,"));
  assert_non_null(strstr(text, ",5,,181,0.3534")); /* exp(-1.04); an empty cell: not learned */
  lf_release(text);
  assert_int_equal(unlink("t_table.csv"), 0);
  lf_history_destroy(h);
  tones_close(&s);
}

static void what_cannot_be_tabled_is_refused(void **state)
{
  (void)state;
  tones s;
  lf_history *h = NULL;
  assert_ok(tones_open(&s, tones_rate, NULL));
  assert_ok(lf_history_create(&h, s.lens, s.data, &(lf_history_options){.title = "none"}));
  assert_refused(lf_report_table("t_table.txt", 1, (const lf_history *[]){h}), LF_EARG, ".csv, .md or .tex");
  assert_refused(lf_report_table("t_table", 1, (const lf_history *[]){h}), LF_EARG, ".csv, .md or .tex");
  assert_refused(lf_report_table("t_table.md", 0, NULL), LF_EARG, "at least one history");
  assert_refused(lf_report_table("t_table.md", 1, (const lf_history *[]){h}), LF_EARG, "(none) holds no record");
  assert_ok(tones_record(&s, h, 0, 3));
  assert_refused(lf_report_table("no/such/folder/t.md", 1, (const lf_history *[]){h}), LF_EIO, "no/such/folder/t.md");
  lf_history_destroy(h);
  tones_close(&s);
  assert_int_equal(lf_alloc_live(), 0);
}

static void every_failed_allocation_is_survived(void **state)
{
  (void)state;
  tones s;
  assert_ok(tones_open(&s, tones_rate, NULL));
  lf_history *h = cut_short(&s, "run");
  const lf_history *all[] = {h, h};
  static const char *const path[] = {"t_table.csv", "t_table.md", "t_table.tex"};
  long before = lf_alloc_live();
  for (size_t i = 0; i < 3; i++) {
    lf_status st = LF_ENOMEM;
    for (long k = 0; st != LF_OK; k++) {
      lf_alloc_fail_after(k);
      st = lf_report_table(path[i], 2, all);
      lf_alloc_fail_after(-1);
      assert_int_equal(lf_alloc_live(), before);
      assert_true(st == LF_OK || st == LF_ENOMEM);
    }
    assert_int_equal(unlink(path[i]), 0);
  }
  lf_history_destroy(h);
  tones_close(&s);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(numbers_as_people_read_them),
      cmocka_unit_test(durations_and_frequencies),
      cmocka_unit_test(neighbours_get_names_that_differ),
      cmocka_unit_test(columns_and_colours),
      cmocka_unit_test(a_text_remembers_its_failure),
      cmocka_unit_test(one_run),
      cmocka_unit_test(several_runs),
      cmocka_unit_test(a_prediction_beside_its_training),
      cmocka_unit_test(csv_is_read_again),
      cmocka_unit_test(what_cannot_be_tabled_is_refused),
      cmocka_unit_test(every_failed_allocation_is_survived),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
