/* t_live.c — the live chart on a small terminal of our own, which knows the few sequences the chart may use and fails on others. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include "lowfirst/report.h"
#include "tones.h"

/* ---- the terminal --------------------------------------------------------------------------------------------------------- */
enum { ROWS = 60, COLUMNS_MAX = 260, CELL = 5 };

typedef struct screen {
  size_t columns, row, column, lowest;
  bool wrapped, hidden, coloured;
  char cell[ROWS][COLUMNS_MAX][CELL]; /* UTF-8, one character each */
} screen;

static void erase(screen *s, size_t row, size_t from)
{
  for (size_t i = from; i < s->columns; i++) strcpy(s->cell[row][i], " ");
}

static void clear(screen *s, size_t columns)
{
  memset(s, 0, sizeof *s);
  s->columns = columns;
  for (size_t r = 0; r < ROWS; r++) erase(s, r, 0);
}

static const char *control(screen *s, const char *p) /* behind ESC */
{
  assert_int_equal(*p, '[');
  bool private = p[1] == '?';
  char *end;
  unsigned long n = strtoul(p + 1 + private, &end, 10);
  while (*end == ';') (void)strtoul(end + 1, &end, 10);
  if (private) {
    assert_int_equal(n, 25);
    assert_true(*end == 'l' || *end == 'h');
    s->hidden = *end == 'l';
  } else if (*end == 'A') {
    assert_true(n <= s->row); /* never above what was drawn */
    s->row -= n;
  } else if (*end == 'K')
    erase(s, s->row, s->column);
  else if (*end == 'J') {
    erase(s, s->row, s->column);
    for (size_t r = s->row + 1; r < ROWS; r++) erase(s, r, 0);
  } else if (*end == 'm')
    s->coloured = true;
  else
    fail_msg("the chart used CSI %c", *end);
  return end + 1;
}

static void show(screen *s, const char *p)
{
  while (*p) {
    unsigned char c = (unsigned char)*p;
    if (c == 033) {
      p = control(s, p + 1);
    } else if (c == '\r') {
      s->column = 0, p++;
    } else if (c == '\n') {
      s->column = 0, s->row++, p++;
      assert_true(s->row < ROWS);
    } else {
      size_t bytes = 1;
      assert_true(c >= ' ' && c != 127);
      while (((unsigned char)p[bytes] & 0xC0) == 0x80) bytes++;
      if (s->column + 1 >= s->columns)
        s->wrapped = true; /* the last column is for nobody */
      else {
        memcpy(s->cell[s->row][s->column], p, bytes);
        s->cell[s->row][s->column++][bytes] = 0;
      }
      p += bytes;
    }
    s->lowest = LF_MAX(s->lowest, s->row);
  }
}

/* Row as text without the spaces at its end. */
static const char *line(const screen *s, size_t row)
{
  static char text[COLUMNS_MAX * CELL];
  size_t used = 0, keep = 0;
  for (size_t i = 0; i < s->columns; i++) {
    used += (size_t)snprintf(text + used, sizeof text - used, "%s", s->cell[row][i]);
    if (strcmp(s->cell[row][i], " ") != 0) keep = used;
  }
  text[keep] = 0;
  return text;
}

/* ---- a chart of the synthetic history ------------------------------------------------------------------------------------- */
typedef struct drawing {
  char *text;
  size_t bytes;
} drawing;

/* foretold: a column of these steps, or NULL */
static drawing draw_told(lf_live_options o, bool test_loss, const int64_t *foretold)
{
  tones s;
  lf_history *h = NULL, *theory = NULL;
  lf_live *live = NULL;
  drawing d = {0};
  o.to = open_memstream(&d.text, &d.bytes);
  assert_non_null(o.to);
  assert_ok(tones_open(&s, tones_rate, NULL));
  assert_ok(lf_history_create(&h, s.lens, s.data, NULL));
  assert_ok(lf_history_create(&theory, s.lens, s.data, NULL));
  if (foretold) assert_ok(lf_history_foretell(theory, PEAKS, foretold));
  o.theory = theory;
  assert_ok(lf_live_create(&live, h, &o));
  for (int64_t step = 0; step <= TOTAL; step = tones_next(step)) {
    lf_snapshot now = tones_at(&s, step);
    if (test_loss) now.test_loss = 2 * now.loss;
    assert_int_equal(lf_history_record(h, &now), 0);
    assert_int_equal(lf_live_observe(live, &now), 0);
  }
  lf_live_finish(live);
  lf_live_destroy(live);
  lf_history_destroy(h);
  lf_history_destroy(theory);
  tones_close(&s);
  assert_int_equal(fclose(o.to), 0);
  assert_int_equal(lf_alloc_live(), 0);
  return d;
}

static drawing draw(lf_live_options o, bool test_loss) { return draw_told(o, test_loss, NULL); }

static const double every_frame = 1e9;

static void the_chart_as_it_ends(void **state)
{
  (void)state;
  static screen s;
  drawing d = draw((lf_live_options){.terminal = 1, .unicode = 1, .columns = 80, .max_fps = every_frame}, false);
  clear(&s, 80);
  show(&s, d.text);
  assert_false(s.wrapped);
  assert_false(s.hidden);
  assert_false(s.coloured);
  assert_int_equal(s.column, 0);
  assert_int_equal(s.row, 5); /* header, three peaks, one line of status: drawn over itself every time */
  assert_string_equal(line(&s, 0), "  cycles/unit   learned                                         error   at step");
  /* Delta = exp(-100), exp(-20), exp(-4) = 1.8 %; recorded steps at 20 % apart: 0.2 is passed at 19 (16.1), 88 (80.5), 448 (402) */
  assert_string_equal(line(&s, 1), "  1             ███████████████████████████████████████████   <0.01 %        19");
  assert_non_null(strstr(line(&s, 2), "<0.01 %"));
  assert_string_equal(line(&s, 3), "  5             ██████████████████████████████████████████▎     1.8 %       448");
  assert_non_null(strstr(line(&s, 4), "  loss 1.7e-04  ▇▇"));
  assert_non_null(strstr(line(&s, 4), "▁   step 1 000 · 500/s · took 2 s"));
  assert_string_equal(line(&s, 5), "");
  assert_int_equal(s.lowest, 5);
  free(d.text);
}

static const int64_t foretold[PEAKS] = {17, 123456, -1};

static void theory_has_a_column(void **state)
{
  (void)state;
  static screen s;
  lf_live_options o = {.terminal = 1, .unicode = 1, .columns = 80, .max_fps = every_frame};
  drawing d = draw_told(o, false, foretold);
  clear(&s, 80);
  show(&s, d.text);
  assert_false(s.wrapped);
  assert_string_equal(line(&s, 0), "  cycles/unit   learned                               error   at step    theory");
  assert_string_equal(line(&s, 1), "  1             █████████████████████████████████   <0.01 %        19        17");
  assert_non_null(strstr(line(&s, 2), "88   123 456"));
  assert_non_null(strstr(line(&s, 3), "448     never"));
  free(d.text);
  const int64_t far[PEAKS] = {17, 81, 40000000};
  d = draw_told(o, false, far);
  clear(&s, 80);
  show(&s, d.text);
  assert_non_null(strstr(line(&s, 3), "448    4e+07"));
  free(d.text);
}

static void no_width_wraps(void **state)
{
  (void)state;
  static screen s;
  for (int columns = 8; columns <= 250; columns += columns < 100 ? 1 : 25) {
    drawing d = draw_told(
        (lf_live_options){
            .terminal = 1, .unicode = columns % 2, .colour = columns % 3, .columns = columns, .max_fps = every_frame},
        columns % 2, columns % 5 < 3 ? foretold : NULL);
    clear(&s, (size_t)columns);
    show(&s, d.text);
    if (s.wrapped) fail_msg("the chart wraps in %d columns", columns);
    assert_int_equal(s.coloured, columns % 3 != 0);
    assert_true(s.row == 5 || s.row == 6);
    free(d.text);
  }
}

static void ascii_where_the_locale_is_not_utf8(void **state)
{
  (void)state;
  static screen s;
  drawing d = draw((lf_live_options){.terminal = 1, .columns = 80, .max_fps = every_frame}, true);
  for (size_t i = 0; i < d.bytes; i++) assert_true((unsigned char)d.text[i] < 128);
  clear(&s, 80);
  show(&s, d.text);
  assert_string_equal(line(&s, 3), "  5             ##########################################.     1.8 %       448");
  assert_non_null(strstr(line(&s, 4), "loss 1.7e-04  test 3.4e-04  ###"));
  assert_string_equal(line(&s, 5), "  step 1 000 - 500/s - took 2 s");
  free(d.text);
}

static void frames_are_throttled(void **state) /* at one frame in a very long time: the first and the last */
{
  (void)state;
  drawing d = draw((lf_live_options){.terminal = 1, .columns = 80, .max_fps = 1e-9}, false);
  size_t frames = 0;
  for (const char *p = d.text; (p = strstr(p, "cycles/unit")); p++) frames++;
  assert_int_equal(frames, 2);
  free(d.text);
}

static void plain_lines_are_aligned(void **state)
{
  (void)state;
  drawing d = draw((lf_live_options){.terminal = 0, .unicode = 1, .colour = 1, .columns = 80}, true);
  size_t lines = 0, records = 0, width = 0;
  for (int64_t step = 0; step <= TOTAL; step = tones_next(step)) records++;
  char *rest = NULL;
  for (char *p = strtok_r(d.text, "\n", &rest); p; p = strtok_r(NULL, "\n", &rest), lines++) {
    if (lines == 0) assert_string_equal(p, "        step      loss test loss        1        3        5 cycles/unit");
    if (lines == 1) assert_string_equal(p, "           0   1.5e+00   3.0e+00    100 %    100 %    100 %");
    if (lines == 1) width = strlen(p);
    if (lines > 1) assert_int_equal(strlen(p), width);
    for (const char *c = p; *c; c++) assert_true(*c >= ' ' && (unsigned char)*c < 127);
  }
  assert_int_equal(lines, records + 1);
  free(d.text);
}

static void a_plain_line_says_what_theory_says(void **state)
{
  (void)state;
  drawing d = draw_told((lf_live_options){.terminal = 0}, false, foretold);
  assert_non_null(strstr(d.text, "        step      loss        1        3        5 cycles/unit\n"
                                 "      theory                 17  123 456    never learned at step\n"
                                 "           0   1.5e+00    100 %    100 %    100 %\n"));
  free(d.text);
  d = draw_told((lf_live_options){.terminal = 0}, true, foretold);
  assert_non_null(strstr(d.text, "      theory                           17  123 456    never learned at step\n"
                                 "           0   1.5e+00   3.0e+00    100 %"));
  free(d.text);
}

static void a_note_leaves_the_chart_whole(void **state)
{
  (void)state;
  static screen s;
  tones made;
  lf_history *h = NULL;
  lf_live *live = NULL;
  drawing d = {0};
  lf_live_options o = {.terminal = 1, .columns = 80, .max_fps = every_frame, .to = open_memstream(&d.text, &d.bytes)};
  assert_ok(tones_open(&made, tones_rate, NULL));
  assert_ok(lf_history_create(&h, made.lens, made.data, NULL));
  assert_ok(lf_live_create(&live, h, &o));
  lf_live_note(live, "before");
  for (int64_t step = 0; step <= 20; step++) {
    lf_snapshot now = tones_at(&made, step);
    assert_int_equal(lf_history_record(h, &now), 0);
    assert_int_equal(lf_live_observe(live, &now), 0);
    if (step == 10) lf_live_note(live, "lowfirst: warning: within");
  }
  lf_live_finish(live);
  lf_live_note(live, "after");
  lf_live_destroy(live);
  lf_history_destroy(h);
  tones_close(&made);
  assert_int_equal(fclose(o.to), 0);
  clear(&s, 80);
  show(&s, d.text);
  assert_string_equal(line(&s, 0), "before");
  assert_string_equal(line(&s, 1), "lowfirst: warning: within");
  assert_non_null(strstr(line(&s, 2), "cycles/unit"));
  assert_non_null(strstr(line(&s, 4), "3 ")); /* not yet learned: an ellipsis, and the mark where it will be */
  assert_non_null(strstr(line(&s, 4), "|"));
  assert_non_null(strstr(line(&s, 4), "..."));
  assert_non_null(strstr(line(&s, 6), "step 20 of 1 000"));
  assert_string_equal(line(&s, 7), "after");
  assert_int_equal(s.row, 8);
  free(d.text);
}

/* ---- a window that changes its width ---------------------------------------------------------------------------------------- */
/* As tmux and most terminals do: rows longer than the new width go on in the next row. */
static void resize(screen *s, size_t columns)
{
  static screen old;
  old = *s;
  clear(s, columns);
  s->hidden = old.hidden;
  for (size_t r = 0; r < old.row; r++) {
    size_t length = 0;
    for (size_t i = 0; i < old.columns; i++) length = strcmp(old.cell[r][i], " ") ? i + 1 : length;
    for (size_t i = 0; i < length; i++) {
      if (i > 0 && i % columns == 0) s->row++;
      memcpy(s->cell[s->row][i % columns], old.cell[r][i], CELL);
    }
    s->row++;
  }
}

/* What was drawn comes in pieces, a little later: read on to its last bytes. */
static void read_to(screen *s, int master, const char *last)
{
  enum { BUFFER = 16384 };
  static char text[BUFFER];
  size_t used = 0, tail = strlen(last);
  do {
    ssize_t got = read(master, text + used, BUFFER - 1 - used);
    assert_true(got > 0);
    used += (size_t)got;
    text[used] = 0;
  } while (used < tail || strcmp(text + used - tail, last) != 0 || !strstr(text, "of 1 000"));
  show(s, text);
}

static void the_window_may_change(void **state)
{
  (void)state;
  static const unsigned short width[] = {80, 44, 30, 44, 100, 60};
  static screen s;
  tones made;
  lf_history *h = NULL;
  lf_live *live = NULL;
  int master = posix_openpt(O_RDWR | O_NOCTTY);
  assert_true(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0);
  lf_live_options o = {.terminal = 1, .unicode = 1, .max_fps = every_frame, .to = fopen(ptsname(master), "w")};
  assert_non_null(o.to);
  assert_ok(tones_open(&made, tones_rate, NULL));
  assert_ok(lf_history_create(&h, made.lens, made.data, NULL));
  assert_ok(lf_live_create(&live, h, &o));
  clear(&s, width[0]);
  for (size_t i = 0; i < sizeof width / sizeof *width; i++) {
    struct winsize size = {.ws_col = width[i], .ws_row = 24};
    assert_int_equal(ioctl(master, TIOCSWINSZ, &size), 0);
    resize(&s, width[i]);
    lf_snapshot now = tones_at(&made, (int64_t)i);
    assert_int_equal(lf_history_record(h, &now), 0);
    assert_int_equal(lf_live_observe(live, &now), 0);
    read_to(&s, master, "\033[J");
    assert_false(s.wrapped);
    assert_non_null(strstr(line(&s, 0), "cycles/unit")); /* one chart, from the first row on */
    for (size_t r = 1; r <= s.row; r++) assert_null(strstr(line(&s, r), "cycles/unit"));
    assert_non_null(strstr(line(&s, s.row - 1), "step"));
    for (size_t r = s.row; r < ROWS; r++) assert_string_equal(line(&s, r), "");
  }
  assert_true(s.hidden);
  lf_live_destroy(live);
  read_to(&s, master, "\033[?25h");
  assert_false(s.hidden);
  lf_history_destroy(h);
  tones_close(&made);
  assert_int_equal(fclose(o.to), 0);
  assert_int_equal(close(master), 0);
}

static void memory_failures_cost_a_frame_only(void **state)
{
  (void)state;
  for (long k = 0; k < 40; k++) {
    tones made;
    lf_history *h = NULL;
    lf_live *live = NULL;
    drawing d = {0};
    lf_live_options o = {.terminal = 1, .columns = 80, .max_fps = every_frame, .to = open_memstream(&d.text, &d.bytes)};
    assert_ok(tones_open(&made, tones_rate, NULL));
    assert_ok(lf_history_create(&h, made.lens, made.data, NULL));
    assert_ok(lf_live_create(&live, h, &o));
    for (int64_t step = 0; step <= 10; step++) {
      lf_snapshot now = tones_at(&made, step);
      assert_int_equal(lf_history_record(h, &now), 0);
      if (step == 5) lf_alloc_fail_after(k);
      assert_int_equal(lf_live_observe(live, &now), 0);
      lf_alloc_fail_after(-1);
    }
    lf_live_destroy(live);
    lf_history_destroy(h);
    tones_close(&made);
    assert_int_equal(fclose(o.to), 0);
    assert_int_equal(lf_alloc_live(), 0);
    free(d.text);
  }
  lf_live *none = (lf_live *)1;
  assert_refused(lf_live_create(&none, NULL, &(lf_live_options){0}), LF_EARG, "stream");
  assert_null(none);
}

static void the_environment_is_asked(void **state)
{
  (void)state;
  FILE *to = tmpfile();
  assert_non_null(to);
  assert_int_equal(setenv("TERM", "xterm-256color", 1), 0);
  assert_int_equal(lf_live_options_for(to).terminal, 0); /* a file is none */
  assert_int_equal(lf_live_options_for(to).colour, 0);
  (void)fclose(to);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_chart_as_it_ends),
      cmocka_unit_test(theory_has_a_column),
      cmocka_unit_test(no_width_wraps),
      cmocka_unit_test(ascii_where_the_locale_is_not_utf8),
      cmocka_unit_test(frames_are_throttled),
      cmocka_unit_test(plain_lines_are_aligned),
      cmocka_unit_test(a_plain_line_says_what_theory_says),
      cmocka_unit_test(a_note_leaves_the_chart_whole),
      cmocka_unit_test(the_window_may_change),
      cmocka_unit_test(memory_failures_cost_a_frame_only),
      cmocka_unit_test(the_environment_is_asked),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
