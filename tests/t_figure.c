/* t_figure.c — every figure in every format, of usual and of odd histories; script and data stand alone; gnuplot's absence and failure. */
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include "lowfirst/files.h"
#include "lowfirst/report.h"
#include "tones.h"

enum { FIGURES = LF_FIGURE_SUMMARY + 1, LIMIT = 1 << 24 };

static bool exists(const char *path) { return access(path, R_OK) == 0; }

static void remove_figure(const char *stem)
{
  static const char *const all[] = {"svg", "pdf", "png", "tex", "gp", "dat"};
  char path[128];
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
    (void)snprintf(path, sizeof path, "%s.%s", stem, all[i]);
    (void)unlink(path);
  }
}

/* Draws t_figure.ENDING and looks for `words` in its first bytes. */
static void assert_drawn(const char *ending, const char *words, lf_figure f, size_t n, const lf_history *const *h)
{
  char path[64], *bytes;
  size_t count, at = 0;
  (void)snprintf(path, sizeof path, "t_figure.%s", ending);
  lf_status st = lf_report_figure(path, f, n, h);
  if (st != LF_OK) fail_msg("%s as %s: %s", lf_figure_name(f), ending, lf_last_error());
  assert_ok(lf_file_read(&bytes, &count, path, LIMIT));
  while (at < LF_MIN(count, (size_t)200) && strncmp(bytes + at, words, strlen(words)) != 0) at++;
  if (at >= LF_MIN(count, (size_t)200)) fail_msg("%s is no %s", path, ending);
  lf_release(bytes);
}

static bool gnuplot_is_here(void)
{
  FILE *version = popen("gnuplot --version 2>/dev/null", "r"); // NOLINT(cert-env33-c): asks as a user would
  char word[8] = "";
  assert_non_null(version);
  bool here = fgets(word, sizeof word, version) && strncmp(word, "gnuplot", 7) == 0;
  (void)pclose(version);
  return here;
}

/* ---- names -------------------------------------------------------------------------------------------------------------- */
static void figures_have_names(void **state)
{
  (void)state;
  for (int f = 0; f < FIGURES; f++) {
    lf_figure got = LF_FIGURE_SUMMARY;
    assert_ok(lf_figure_parse(&got, lf_figure_name((lf_figure)f)));
    assert_int_equal(got, f);
  }
  lf_figure none;
  assert_refused(lf_figure_parse(&none, "spectrm"), LF_EARG, "the nearest is spectrum");
  assert_string_equal(lf_figure_name((lf_figure)99), "unknown");
}

static void what_cannot_be_drawn_is_refused(void **state)
{
  (void)state;
  tones s;
  lf_history *h = NULL;
  assert_ok(tones_open(&s, tones_rate, NULL));
  assert_ok(lf_history_create(&h, s.lens, s.data, NULL));
  const lf_history *all[] = {h};
  assert_refused(lf_report_figure("t_figure.gif", LF_FIGURE_LOSS, 1, all), LF_EARG,
                 "must end in .svg, .pdf, .png or .tex");
  assert_refused(lf_report_figure("t_figure", LF_FIGURE_LOSS, 1, all), LF_EARG, "must end in");
  assert_refused(lf_report_figure("a/.png", LF_FIGURE_LOSS, 1, all), LF_EARG, "needs a name");
  assert_refused(lf_report_figure("it's.png", LF_FIGURE_LOSS, 1, all), LF_EARG, "must not hold '");
  assert_refused(lf_report_figure("t_figure.png", LF_FIGURE_LOSS, 0, NULL), LF_EARG, "at least one history");
  assert_refused(lf_report_figure("t_figure.png", LF_FIGURE_LOSS, 1, all), LF_EARG, "holds no record");
  assert_refused(lf_report_figure("t_figure.png", (lf_figure)99, 1, all), LF_EARG, "figure 99");
  assert_ok(tones_record(&s, h, 0, 3));
  assert_refused(lf_report_figure("no/such/folder/f.png", LF_FIGURE_LOSS, 1, all), LF_EIO, "no/such/folder/f.dat");
  assert_false(exists("t_figure.gp"));
  lf_history_destroy(h);
  tones_close(&s);
  assert_int_equal(lf_alloc_live(), 0);
}

/* ---- drawing ---------------------------------------------------------------------------------------------------------------- */
static void every_figure_in_every_format(void **state)
{
  (void)state;
  static const double other_rate[PEAKS] = {0.05, 0.03, 0.001};
  tones s, t;
  lf_history *a = NULL, *b = NULL, *c = NULL;
  if (!gnuplot_is_here()) skip();
  assert_ok(tones_open(&s, tones_rate, NULL));
  assert_ok(tones_open(&t, other_rate, NULL));
  assert_ok(tones_history(&a, &s, "the authors' net_1 {50 %} \\ & ^~@#$", true)); /* all that a label could trip over */
  assert_ok(tones_history(&b, &t, NULL, false));                                  /* its third peak is not learned */
  assert_ok(tones_history(&c, &s, "third", false));
  const lf_history *all[] = {a, b, c};
  for (int f = 0; f < FIGURES; f++) {
    assert_drawn("svg", "<svg", (lf_figure)f, 1, all);
    assert_drawn("tex", "\\begin{tikzpicture}", (lf_figure)f, 3, all);
  }
  assert_drawn("pdf", "%PDF", LF_FIGURE_SUMMARY, 2, all);
  assert_drawn("png", "PNG\r\n", LF_FIGURE_SUMMARY, 2, all);
  lf_history_destroy(a);
  lf_history_destroy(b);
  lf_history_destroy(c);
  tones_close(&s);
  tones_close(&t);
  remove_figure("t_figure");
  assert_int_equal(lf_alloc_live(), 0);
}

static void short_histories(void **state) /* one record at step 0; steps that no logarithm shows */
{
  (void)state;
  if (!gnuplot_is_here()) skip();
  for (int64_t last = 0; last < 3; last += 2) {
    tones s;
    lf_history *h = NULL;
    assert_ok(tones_open(&s, tones_rate, NULL));
    assert_ok(lf_history_create(&h, s.lens, s.data, NULL));
    assert_ok(tones_record(&s, h, 0, last));
    static const lf_figure some[] = {LF_FIGURE_SUMMARY, LF_FIGURE_ORDER, LF_FIGURE_LOSS}; /* every panel is in one */
    for (size_t f = 0; f < 3; f++) assert_drawn("svg", "<svg", some[f], 1, (const lf_history *const[]){h});
    lf_history_destroy(h);
    tones_close(&s);
  }
  remove_figure("t_figure");
}

/* d inputs on a grid or scattered, a target whose frequency is 1 along the first axis, two outputs. */
static lf_history *in_more_dimensions(size_t d, lf_data **data, lf_lens **lens)
{
  enum { SIDE = 12, POINTS = SIDE * SIDE, OUTPUTS = 2 };
  static double x[POINTS * 4], y[POINTS * OUTPUTS], fit[POINTS * OUTPUTS];
  lf_history *h = NULL;
  for (size_t i = 0; i < POINTS; i++) {
    x[i * d] = (double)(i - i % SIDE) / POINTS;
    for (size_t j = 1; j < d; j++) x[i * d + j] = (double)(i % SIDE) / SIDE * (double)j;
    y[2 * i] = sin(2 * tones_pi * x[i * d]), y[2 * i + 1] = 0.1;
  }
  assert_ok(lf_data_from(data, POINTS, d, OUTPUTS, x, y, 0, NULL, NULL));
  assert_ok(lf_lens_create(lens, *data, NULL));
  assert_ok(lf_history_create(&h, *lens, *data, NULL));
  for (int64_t step = 0; step < 20; step++) {
    for (size_t i = 0; i < sizeof y / sizeof *y; i++) fit[i] = y[i] * (1 - exp(-0.3 * (double)step));
    lf_snapshot now = {.step = step,
                       .time = NAN,
                       .loss = exp(-0.6 * (double)step),
                       .test_loss = NAN,
                       .n = POINTS,
                       .c = OUTPUTS,
                       .fit = fit};
    assert_int_equal(lf_history_record(h, &now), 0);
  }
  return h;
}

static void more_dimensions(void **state)
{
  (void)state;
  if (!gnuplot_is_here()) skip();
  for (size_t d = 2; d <= 4; d += 2) {
    lf_data *data = NULL;
    lf_lens *lens = NULL;
    lf_history *h = in_more_dimensions(d, &data, &lens);
    const lf_history *all[] = {h};
    assert_drawn("svg", "<svg", LF_FIGURE_SUMMARY, 1, all);
    if (d == 2)
      assert_drawn("svg", "<svg", LF_FIGURE_FUNCTION, 1, all);
    else
      assert_refused(lf_report_figure("t_figure.png", LF_FIGURE_FUNCTION, 1, all), LF_EARG, "4 inputs cannot be drawn");
    if (lf_history_look(h).peaks > 0)
      assert_drawn("svg", "<svg", LF_FIGURE_ORDER, 1, all);
    else
      assert_refused(lf_report_figure("t_figure.png", LF_FIGURE_ORDER, 1, all), LF_EARG, "has no peak");
    lf_history_destroy(h);
    lf_lens_destroy(lens);
    lf_data_destroy(data);
  }
  remove_figure("t_figure");
}

/* ---- what the user keeps ------------------------------------------------------------------------------------------------------ */
static void script_and_data_stand_alone(void **state)
{
  (void)state;
  tones s;
  lf_history *h = NULL;
  char *text;
  size_t count;
  if (!gnuplot_is_here()) skip();
  assert_ok(tones_open(&s, tones_rate, NULL));
  assert_ok(tones_history(&h, &s, "run", true));
  (void)mkdir("t figure", 0777); /* with a space: no shell sees it */
  assert_ok(lf_report_figure("t figure/of order.svg", LF_FIGURE_ORDER, 1, (const lf_history *const[]){h}));
  assert_ok(lf_file_read(&text, &count, "t figure/of order.gp", LIMIT));
  assert_non_null(strstr(text, "set output 'of order.svg'"));
  assert_non_null(strstr(text, "'of order.dat' index 'order'")); /* relative: the folder may move */
  assert_non_null(strstr(text, "# Caption: Step from which each peak"));
  assert_null(strstr(text, "t figure/"));
  lf_release(text);
  assert_ok(lf_file_read(&text, &count, "t figure/of order.dat", LIMIT));
  assert_non_null(strstr(text, "# order\n1 19 19 19 1\n3 88 88 88 1\n5 448 448 448 1\n"));
  lf_release(text);
  assert_int_equal(rename("t figure", "t figure moved"), 0);
  assert_int_equal(unlink("t figure moved/of order.svg"), 0);
  assert_int_equal(system("cd 't figure moved' && gnuplot 'of order.gp'"), 0); // NOLINT(cert-env33-c): as a user would
  assert_true(exists("t figure moved/of order.svg"));
  remove_figure("t figure moved/of order");
  assert_int_equal(rmdir("t figure moved"), 0);
  lf_history_destroy(h);
  tones_close(&s);
}

static char *text_of(const char *path)
{
  char *text;
  size_t count;
  assert_ok(lf_file_read(&text, &count, path, LIMIT));
  return text;
}

/* Whichever is given first: theory is dashed, its exact steps stand beside the training's, and no median is made of the two. */
static void a_prediction_is_laid_over_its_training(void **state)
{
  (void)state;
  tones s;
  lf_history *seen = NULL, *told = NULL;
  if (!gnuplot_is_here()) skip();
  assert_ok(tones_open(&s, tones_rate, NULL));
  assert_ok(tones_history(&seen, &s, "seen", false));
  assert_ok(tones_history(&told, &s, "told", true));
  assert_ok(lf_history_foretell(told, PEAKS, (const int64_t[]){17, 81, 403}));
  for (int first = 0; first < 2; first++) {
    const lf_history *both[] = {first ? told : seen, first ? seen : told};
    assert_ok(lf_report_figure("t_figure.svg", LF_FIGURE_ORDER, 2, both));
    char *data = text_of("t_figure.dat"), *script = text_of("t_figure.gp");
    assert_non_null(strstr(data, "# foretold\n1 17\n3 81\n5 403\n"));
    assert_non_null(strstr(data, "# order\n1 19 19 19 1\n3 88 88 88 1\n5 448 448 448 1\n"));
    assert_non_null(strstr(script, "linespoints pt 6 ps 2.2 lw 1.5 dt (6,5)"));
    assert_null(strstr(script, "median of"));
    lf_release(data);
    lf_release(script);
    assert_ok(lf_report_figure("t_figure.svg", LF_FIGURE_BANDS, 2, both));
    script = text_of("t_figure.gp");
    assert_non_null(strstr(script, "NaN with lines lw 2 dt (6,5) lc rgb '#555555' title 'theory'"));
    assert_non_null(strstr(script, "NaN with lines lw 2 lc rgb '#555555' title 'training'"));
    lf_release(script);
    assert_ok(lf_report_figure("t_figure.svg", LF_FIGURE_FUNCTION, 2, both));
    script = text_of("t_figure.gp");
    assert_non_null(strstr(script, "index 'other function' using 1:2 smooth unique with lines lw 1.6 dt (6,5)"));
    assert_non_null(strstr(script, "'theory, step 1 000'"));
    assert_non_null(strstr(script, "title 'step 1 000'"));
    lf_release(script);
  }
  lf_history_destroy(seen);
  lf_history_destroy(told);
  tones_close(&s);
  remove_figure("t_figure");
  assert_int_equal(lf_alloc_live(), 0);
}

/* ---- gnuplot absent, gnuplot failing -------------------------------------------------------------------------------------------- */
static void gnuplot_may_be_missing_or_fail(void **state)
{
  (void)state;
  tones s;
  lf_history *h = NULL;
  char path[4096];
  (void)snprintf(path, sizeof path, "%s", getenv("PATH") ? getenv("PATH") : "/usr/bin:/bin");
  assert_ok(tones_open(&s, tones_rate, NULL));
  assert_ok(tones_history(&h, &s, "run", true));
  const lf_history *all[] = {h};
  (void)mkdir("t_figure_bin", 0777);
  assert_int_equal(setenv("PATH", "t_figure_none", 1), 0);
  assert_refused(lf_report_figure("t_figure.png", LF_FIGURE_LOSS, 1, all), LF_EUNSUP,
                 "install the Debian package gnuplot-nox");
  assert_true(exists("t_figure.gp") && exists("t_figure.dat"));
  assert_false(exists("t_figure.png"));
  static const char fake[] = "#!/bin/sh\necho half >t_figure.png\nprintf '\\nplot x\\n     ^\\n\"t_figure.gp\" line 3: "
                             "bad axis\\n\\n' >&2\nexit 1\n";
  assert_ok(lf_file_write("t_figure_bin/gnuplot", fake, sizeof fake - 1));
  assert_int_equal(chmod("t_figure_bin/gnuplot", 0755), 0);
  char here[4096], bin[4200];
  assert_non_null(getcwd(here, sizeof here));
  (void)snprintf(bin, sizeof bin, "%s/t_figure_bin:/bin:/usr/bin", here);
  assert_int_equal(setenv("PATH", bin, 1), 0);
  assert_refused(lf_report_figure("t_figure.png", LF_FIGURE_LOSS, 1, all), LF_EIO, "\"t_figure.gp\" line 3: bad axis");
  assert_null(strchr(lf_last_error(), '\n'));
  assert_true(exists("t_figure.gp"));
  assert_false(exists("t_figure.png")); /* no half a picture */
  assert_int_equal(setenv("PATH", path, 1), 0);
  assert_int_equal(unlink("t_figure_bin/gnuplot"), 0);
  assert_int_equal(rmdir("t_figure_bin"), 0);
  remove_figure("t_figure");
  lf_history_destroy(h);
  tones_close(&s);
  assert_int_equal(lf_alloc_live(), 0);
}

static void every_failed_allocation_is_survived(void **state)
{
  (void)state;
  tones s;
  lf_history *h = NULL;
  char path[4096];
  (void)snprintf(path, sizeof path, "%s", getenv("PATH") ? getenv("PATH") : "/usr/bin:/bin");
  assert_ok(tones_open(&s, tones_rate, NULL));
  assert_ok(tones_history(&h, &s, "run", true));
  const lf_history *all[] = {h, h, h};
  long before = lf_alloc_live();
  assert_int_equal(setenv("PATH", "t_figure_none", 1), 0); /* all but the drawing itself */
  for (int f = 0; f < FIGURES; f++) {
    lf_status st = LF_ENOMEM;
    for (long k = 0; st == LF_ENOMEM; k++) {
      lf_alloc_fail_after(k);
      st = lf_report_figure("t_figure.png", (lf_figure)f, 3, all);
      lf_alloc_fail_after(-1);
      assert_int_equal(lf_alloc_live(), before);
    }
    assert_int_equal(st, LF_EUNSUP);
  }
  assert_int_equal(setenv("PATH", path, 1), 0);
  remove_figure("t_figure");
  lf_history_destroy(h);
  tones_close(&s);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(figures_have_names),
      cmocka_unit_test(what_cannot_be_drawn_is_refused),
      cmocka_unit_test(every_figure_in_every_format),
      cmocka_unit_test(short_histories),
      cmocka_unit_test(more_dimensions),
      cmocka_unit_test(script_and_data_stand_alone),
      cmocka_unit_test(a_prediction_is_laid_over_its_training),
      cmocka_unit_test(gnuplot_may_be_missing_or_fail),
      cmocka_unit_test(every_failed_allocation_is_survived),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
