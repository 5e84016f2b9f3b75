/* t_html.c — the report's page: escapes, what it holds, what it refuses, its size; writes the pages that the browser test opens. */
#include <stdlib.h>
#include "check.h"
#include "lowfirst/files.h"
#include "lowfirst/report.h"
#include "report/html.h"
#include "synthetic.h"

static const char hostile[] = "</title></script><script>document.title = 'broken'</script>{{style}}";
static const double quick[3] = {15, 400, 9000}, steady[3] = {12, 180, 1400};

static const char *text_of(const lf_text *t)
{
  assert_int_equal(t->status, LF_OK);
  return t->at;
}

static void html_is_escaped(void **state)
{
  (void)state;
  lf_text t = {0};
  lf_page_html(&t, "a<b> & \"c\" 'd' \x01 \xc3\xa9 \xc3 \xed\xa0\x80 \xf0\x9f\x98\x80");
  assert_string_equal(text_of(&t), "a&lt;b&gt; &amp; &quot;c&quot; &#39;d&#39; \xef\xbf\xbd \xc3\xa9 \xef\xbf\xbd "
                                   "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd \xf0\x9f\x98\x80");
  lf_text_free(&t);
}

static void json_cannot_end_its_script(void **state)
{
  (void)state;
  lf_text t = {0};
  lf_page_json(&t, "</script><!-- \"\\ \n\t\x02");
  assert_string_equal(text_of(&t), "\"\\u003c/script\\u003e\\u003c!-- \\\"\\\\ \\n\\t\xef\xbf\xbd\"");
  lf_text_free(&t);
}

static void reals_are_little_endian_base64(void **state) /* python: base64.b64encode(numpy.array([...], '<f4')) */
{
  (void)state;
  const double value[4] = {1, -2.5, 0.1, 3e10};
  lf_text t = {0};
  lf_page_reals(&t, 4, value, 4);
  lf_text_add(&t, " ");
  lf_page_reals(&t, 2, value, 8);
  assert_string_equal(text_of(&t), "AACAPwAAIMDNzMw9doTfUA== AAAAAAAA8D8AAAAAAAAEwA==");
  lf_text_free(&t);
}

/* Elements that must be closed are, in order: enough of well-formedness to catch a fact that breaks out. */
static void assert_nested(const char *page)
{
  char stack[64][16];
  size_t depth = 0;
  for (const char *p = strchr(page, '<'); p; p = strchr(p, '<')) {
    char name[16];
    size_t n = strspn(p + 1, "abcdefghijklmnopqrstuvwxyz0123456789/");
    (void)snprintf(name, sizeof name, "%.*s", (int)n, p + 1);
    bool raw = strcmp(name, "script") == 0 || strcmp(name, "style") == 0;
    p += 1 + n;
    if (raw) {
      (void)snprintf(name, sizeof name, "</%.12s>", p[-1] == 't' ? "script" : "style");
      p = strstr(p, name);
      assert_non_null(p);
      p += strlen(name);
    } else if (name[0] == '/') {
      if (depth == 0 || strcmp(stack[depth - 1], name + 1) != 0)
        fail_msg("<%s> closes <%s>", name, depth ? stack[depth - 1] : "nothing");
      depth--;
    } else if (n > 0 && strcmp(name, "meta") != 0 && strcmp(name, "input") != 0) {
      assert_true(depth < 64);
      (void)snprintf(stack[depth++], sizeof stack[0], "%s", name);
    }
  }
  assert_int_equal(depth, 0);
}

static size_t count_of(const char *page, const char *words)
{
  size_t n = 0;
  for (const char *p = strstr(page, words); p; p = strstr(p + 1, words)) n++;
  return n;
}

static void hostile_text_stays_text(void **state)
{
  (void)state;
  const char *facts[] = {
      "<b>", "</dd></script><script>alert(1)</script>", "run", "lowfirst train --target 'sin(x)<1'", "empty", ""};
  synthetic s;
  synthetic_line(&s, hostile, steady, 1, false);
  lf_text page = {0};
  assert_ok(lf_page_build(&page, 1, &s.view, NULL, 3, facts, 0, NULL));
  const char *text = text_of(&page);
  assert_null(strstr(text, "<script>alert"));
  assert_null(strstr(text, "<script>document.title"));
  assert_non_null(strstr(
      text, "&lt;/title&gt;&lt;/script&gt;&lt;script&gt;document.title = &#39;broken&#39;&lt;/script&gt;{{style}}"));
  assert_non_null(strstr(text, "<code>lowfirst train --target &#39;sin(x)&lt;1&#39;</code><button"));
  assert_int_equal(count_of(text, "</script>"), 3); /* numbers, d3, program */
  assert_nested(text);
  lf_text_free(&page);
  synthetic_free(&s);
}

static void page_needs_nothing_from_elsewhere(void **state)
{
  (void)state;
  synthetic s;
  synthetic_line(&s, "three tones", quick, 1, true);
  lf_text page = {0};
  assert_ok(lf_page_build(&page, 1, &s.view, NULL, 0, NULL, 0, NULL));
  const char *text = text_of(&page);
  assert_null(strstr(text, " src=\"http"));
  assert_null(strstr(text, "@import"));
  assert_null(strstr(text, "<link"));
  assert_non_null(strstr(text, "default-src 'none'"));
  assert_true(page.used > 300000 && page.used < 1500000); /* d3, own parts, 120 x 301 x 2 + 120 x 600 floats */
  lf_text_free(&page);
  synthetic_free(&s);
}

static void nothing_to_show_is_refused(void **state)
{
  (void)state;
  lf_text page = {0};
  synthetic s;
  synthetic_scattered(&s, "five inputs");
  lf_history_view bare = s.view;
  assert_refused(lf_page_build(&page, 0, NULL, NULL, 0, NULL, 0, NULL), LF_EARG, "at least one history");
  bare.r = 0;
  assert_refused(lf_page_build(&page, 1, &bare, NULL, 0, NULL, 0, NULL), LF_EARG,
                 "history 1 (five inputs) holds no record");
  bare = s.view, bare.m = 0;
  assert_refused(lf_page_build(&page, 1, &bare, NULL, 0, NULL, 0, NULL), LF_EARG, "holds no frequency");
  assert_int_equal(page.used, 0);
  synthetic_free(&s);
}

static void odd_histories_are_shown(void **state) /* one record; one frequency; no peaks, bands, function; no title */
{
  (void)state;
  synthetic s;
  synthetic_line(&s, "", steady, 1, false);
  for (int odd = 0; odd < 5; odd++) {
    lf_text page = {0};
    lf_history_view v = s.view;
    if (odd == 0) v.r = 1;
    if (odd == 1) v.m = 2, v.peaks = 1, v.delta = s.delta; /* arrays keep their start: any numbers will do */
    if (odd == 2) v.peaks = 0, v.b = 0;
    if (odd == 3) v.fit = NULL, v.fits = 0, v.title = NULL;
    if (odd == 4) v.target_probe = NULL;
    assert_ok(lf_page_build(&page, 1, &v, NULL, 0, NULL, 0, NULL));
    assert_nested(text_of(&page));
    lf_text_free(&page);
  }
  synthetic_free(&s);
}

static size_t integer_after(const char *text, const char *key)
{
  const char *at = strstr(text, key);
  assert_non_null(at);
  return (size_t)strtoull(at + strlen(key), NULL, 10);
}

static void huge_histories_are_thinned_and_say_so(void **state)
{
  (void)state;
  enum { MODES = 16384, R = 400, Q = 16384 };
  lf_history_view sizes = {
      .r = R, .m = MODES, .xi_d = 1, .d = 1, .c = 1, .b = 1, .q = Q, .peaks = 1, .fits = 1, .kind = LF_LENS_NUDFT};
  synthetic s;
  synthetic_allocate(&s, sizes, "huge");
  synthetic_steps(&s, 1e6);
  for (size_t m = 0; m < MODES; m++)
    s.xi[m] = s.xi_norm[m] = (double)m, s.target_hat[2 * m] = 1 / (1.0 + (double)m * (double)m);
  for (size_t k = 0; k < (size_t)R * MODES; k++) s.fit_hat[2 * k] = s.target_hat[2 * (k % MODES)] / 2, s.delta[k] = 0.5;
  for (size_t k = 0; k < Q; k++) s.x_probe[k] = (double)k;
  s.band_edge[1] = MODES;
  lf_text page = {0};
  assert_ok(lf_page_build(&page, 1, &s.view, NULL, 0, NULL, 0, NULL));
  const char *text = text_of(&page);
  assert_true(page.used < 5000000);
  assert_int_equal(integer_after(text, "\"frequencies\":"), MODES);
  assert_int_equal(integer_after(text, "\"joined\":"),
                   1); /* the energy sits low: neighbours are not joined, the highest are left out */
  assert_true(integer_after(text, "\"rows\":{\"type\":\"f8\",\"shape\":[") < 2000);
  for (size_t m = 0; m < MODES; m++) s.target_hat[2 * m] = 1; /* white: every frequency matters */
  lf_text_clear(&page);
  assert_ok(lf_page_build(&page, 1, &s.view, NULL, 0, NULL, 0, NULL));
  assert_true(integer_after(text_of(&page), "\"joined\":") > 8);
  assert_true(page.used < 5000000);
  lf_text_free(&page);
  synthetic_free(&s);
}

static void a_small_share_thins_records_and_points(void **state)
{
  (void)state;
  synthetic s;
  synthetic_line(&s, "three tones", steady, 1, true);
  lf_text t = {0};
  assert_ok(lf_page_history(&t, &s.view, NULL, 60000));
  const char *text = text_of(&t);
  assert_true(t.used < 120000);
  assert_int_equal(integer_after(text, "\"records\":"), 120);
  assert_true(integer_after(text, "\"size\":{\"type\":\"f4\",\"shape\":[") < 120);
  assert_true(integer_after(text, "\"stride\":") > 1);
  lf_text_free(&t);
  synthetic_free(&s);
}

static void every_allocation_may_fail(void **state)
{
  (void)state;
  synthetic s[2];
  synthetic_line(&s[0], "three tones", steady, 1, true);
  synthetic_image(&s[1], "image", 8, 12);
  lf_history_view view[2] = {s[0].view, s[1].view};
  long before = lf_alloc_live();
  for (long k = 0;; k++) {
    lf_text page = {0};
    lf_alloc_fail_after(k);
    lf_status st = lf_page_build(&page, 2, view, NULL, 0, NULL, 0, NULL);
    lf_alloc_fail_after(-1);
    lf_text_free(&page);
    assert_int_equal(lf_alloc_live(), before);
    if (st == LF_OK) {
      assert_true(k > 20);
      break;
    }
    assert_int_equal(st, LF_ENOMEM);
  }
  synthetic_free(&s[0]);
  synthetic_free(&s[1]);
}

/* ---- pages for the browser test and for the eye --------------------------------------------------------------------------- */

static void write_page(const char *path, size_t n, const lf_history_view *view)
{
  static const char *const facts[] = {
      "data",
      "600 samples on [−3.14, 3.14], even; they carry frequencies up to 47.7 cycles/unit",
      "net",
      "1-200-200-200-100-1 tanh · 100 901 parameters · weights N(0, 1/width)",
      "training",
      "adam 1e-4 · full batch · mse · float · 1 thread",
      "time",
      "3.2 s · 3 100 steps/s",
      "made by",
      "lowfirst 0.1.0 on an AVX-512 processor",
      "seed",
      "1",
      "run it again",
      "lowfirst train --target 'sin(x)+sin(3*x)+sin(5*x)' --range -3.1416:3.1416 --steps 10000 --seed 1"};
  lf_text page = {0};
  assert_ok(lf_page_build(&page, n, view, NULL, 7, facts, 0, NULL));
  assert_ok(lf_file_write(path, page.at, page.used));
  lf_text_free(&page);
}

/* When `steady` falls below 0.2: pace ln 5; the recorded steps after them are 20, 294 and 2386. The last one is put beyond the 10 000 recorded. */
static const int64_t foretold[3] = {20, 290, 12345};

static void pages_are_written(void **state)
{
  (void)state;
  synthetic s[5];
  lf_history_view view[5];
  synthetic_line(&s[0], "sin x + sin 3x + sin 5x by a tanh net", quick, 1, true);
  write_page("report_line.html", 1, &s[0].view);
  s[0].view.title = hostile;
  write_page("report_hostile.html", 1, &s[0].view);
  synthetic_free(&s[0]);
  synthetic_image(&s[0], "A 32 × 32 picture", 32, 48);
  write_page("report_image.html", 1, &s[0].view);
  synthetic_free(&s[0]);
  synthetic_scattered(&s[0], "Five inputs, three outputs");
  write_page("report_scattered.html", 1, &s[0].view);
  synthetic_free(&s[0]);
  for (size_t k = 0; k < 5; k++) {
    double spread = 0.7 + 0.15 * (double)k, pace[3] = {12 * spread, 180 * spread * spread, 2600 * spread};
    char title[64];
    (void)snprintf(title, sizeof title, "Three tones, seed %zu", k + 1);
    synthetic_line(&s[k], title, pace, k, k == 0);
    view[k] = s[k].view;
  }
  write_page("report_seeds.html", 5, view);
  for (size_t k = 0; k < 5; k++) synthetic_free(&s[k]);
  synthetic_line(&s[0], "theory, tangent kernel", steady, 1, true);
  synthetic_line(&s[1], "training, width 200", quick, 2, true);
  view[0] = s[0].view, view[1] = s[1].view;
  write_page("report_compare.html", 2, view);
  view[0].foretold = foretold; /* the same two as a prediction, given first, and the training that it is of */
  write_page("report_theory.html", 2, view);
  write_page("report_foretold.html", 1, view);
  synthetic_free(&s[0]), synthetic_free(&s[1]);
}

/* ---- recorded histories: the way from lens to file ------------------------------------------------------------------------ */

/* sin 2 pi x + cos 8 pi x on 64 points: the first is reached by halves, the second stays at what `left` leaves of it. */
static lf_history *recorded(const lf_lens *lens, const lf_data *data, const char *title, double left)
{
  const double pi = 3.14159265358979323846;
  lf_history *h = NULL;
  double fit[64];
  assert_int_equal(data->n, 64);
  assert_ok(lf_history_create(&h, lens, data, &(lf_history_options){.keep_fit = true, .title = title}));
  for (int step = 0; step < 12; step++) {
    double half = ldexp(1, -step);
    for (size_t i = 0; i < 64; i++)
      fit[i] = (1 - half) * sin(2 * pi * data->x[i]) + (1 - fmax(half, left)) * cos(8 * pi * data->x[i]);
    lf_snapshot s = {.step = step, .time = NAN, .loss = half * half, .test_loss = NAN, .n = 64, .c = 1, .fit = fit};
    assert_int_equal(lf_history_record(h, &s), 0);
  }
  return h;
}

static void a_recorded_history_becomes_a_file(void **state)
{
  (void)state;
  lf_data *data = NULL;
  lf_lens *lens = NULL;
  lf_data_options options = {.n_range = 1, .low = {0}, .high = {1}, .n_points = 1, .points = {64}};
  assert_ok(lf_data_target(&data, "sin(2*pi*x)+cos(8*pi*x)", &options));
  assert_ok(lf_lens_create(&lens, data, NULL));
  lf_history *h[] = {recorded(lens, data, "by halves", 0), recorded(lens, data, "half of it", 0.5)};
  assert_ok(lf_report_html("report_stuck.html", 1, (const lf_history *[]){h[1]}, 0, NULL));
  assert_ok(lf_report_html("report_recorded.html", 1, (const lf_history *[]){h[0]}, 0, NULL));
  char *text = NULL;
  size_t bytes = 0;
  assert_ok(lf_file_read(&text, &bytes, "report_recorded.html", LF_PAGE_NUMBERS));
  assert_nested(text);
  assert_non_null(strstr(text, "<h1>by halves</h1>"));
  lf_release(text);
  assert_refused(lf_report_html("no/such/folder/report.html", 1, (const lf_history *[]){h[0]}, 0, NULL), LF_EIO,
                 "no/such/folder");
  assert_refused(lf_report_html("report.html", 0, NULL, 0, NULL), LF_EARG, "at least one history");
  long before = lf_alloc_live();
  int written = 0; /* the sentence does without memory where it must, so a few failures still end in a page */
  for (long k = 0; written < 16; k++) {
    lf_alloc_fail_after(k);
    lf_status st = lf_report_html("report_scarce.html", 1, (const lf_history *[]){h[0]}, 0, NULL);
    lf_alloc_fail_after(-1);
    assert_true(st == LF_OK || st == LF_ENOMEM);
    assert_int_equal(lf_alloc_live(), before);
    written = st == LF_OK ? written + 1 : 0;
  }
  lf_history_destroy(h[0]);
  lf_history_destroy(h[1]);
  lf_lens_destroy(lens);
  lf_data_destroy(data);
}

static void tables_stand_before_figures(void **state)
{
  (void)state;
  static const char *const head[] = {"name", "error"}, *const cell[] = {hostile, "0.5", "b", "0.25"};
  lf_page_table table = {.title = "Which <one>?",
                         .note = "shares & more",
                         .columns = 2,
                         .rows = 2,
                         .head = head,
                         .cell = cell,
                         .marked = 1,
                         .command = "lowfirst train --act relu"};
  synthetic s;
  lf_text page = {0};
  synthetic_line(&s, "three tones", quick, 1, true);
  assert_ok(lf_page_build(&page, 1, &s.view, NULL, 0, NULL, 1, &table));
  const char *text = text_of(&page), *at = strstr(text, "<h2>Which &lt;one&gt;?</h2>");
  assert_non_null(at);
  assert_true(at < strstr(text, "id=\"learned\""));
  assert_non_null(strstr(at, "<p class=\"note\">shares &amp; more</p>"));
  assert_non_null(strstr(at, "<th scope=\"col\">error</th>"));
  assert_non_null(strstr(at, "<tr class=\"marked\"><th scope=\"row\">b</th><td>0.25</td></tr>"));
  assert_int_equal(count_of(at, "class=\"marked\""), 1);
  assert_non_null(strstr(at, "<code>lowfirst train --act relu</code><button"));
  assert_null(strstr(text, "<script>document.title"));
  assert_nested(text);
  lf_text_free(&page);
  table.columns = 0;
  assert_refused(lf_page_build(&page, 1, &s.view, NULL, 0, NULL, 1, &table), LF_EARG,
                 "table 1 (Which <one>?) has no columns");
  lf_text_free(&page);
  synthetic_free(&s);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(html_is_escaped),
      cmocka_unit_test(json_cannot_end_its_script),
      cmocka_unit_test(reals_are_little_endian_base64),
      cmocka_unit_test(hostile_text_stays_text),
      cmocka_unit_test(page_needs_nothing_from_elsewhere),
      cmocka_unit_test(tables_stand_before_figures),
      cmocka_unit_test(nothing_to_show_is_refused),
      cmocka_unit_test(odd_histories_are_shown),
      cmocka_unit_test(huge_histories_are_thinned_and_say_so),
      cmocka_unit_test(a_small_share_thins_records_and_points),
      cmocka_unit_test(every_allocation_may_fail),
      cmocka_unit_test(pages_are_written),
      cmocka_unit_test(a_recorded_history_becomes_a_file),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
