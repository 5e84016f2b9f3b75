/* live.c — the chart in the terminal: one bar per peak of the target that fills up as the peak is learned, loss, rate, time left.
 *
 *  A frame is built whole in memory and written at once, so that nothing flickers; the next one moves the cursor up by the rows the
 *  last one takes *now* (a narrower window has wrapped them) and writes over it. No line ever reaches the last column, where
 *  terminals differ. Where the output is no terminal there is one aligned line per record instead. */
#include <langinfo.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include "base/cpu.h"
#include "format.h"
#include "lowfirst/report.h"
#include "base/text.h"

enum {
  DEFAULT_COLUMNS = 80,
  DEFAULT_ROWS = 24,
  MARGIN = 2,
  GAP = 3,
  LABEL_COLUMNS = 11, /* "cycles/unit" */
  ERROR_COLUMNS = 7,  /* "<0.01 %" */
  STEP_COLUMNS = 7,   /* "at step" */
  THEORY_COLUMNS = 6, /* "theory" */
  BAR_MIN = 6,
  BAR_MAX = 72,
  SPARK_MIN = 6,
  SPARK_MAX = 32,
  MAX_LINES = 128, /* rows of a frame remembered */
  PLAIN_COLUMNS = 8
};
static const double default_fps = 15, rate_window_s = 2;

typedef struct mark {
  int64_t step;
  double wall_s;
} mark;

struct lf_live {
  const lf_history *h;
  lf_live_options o;
  lf_text frame;
  size_t lines, width[MAX_LINES]; /* of the frame on the screen, in columns */
  double drawn_at;                /* lf_now_s, of the last frame */
  mark now, recent, older;        /* where the run stands, and where it stood: the rate is taken from `older` */
  int64_t steps_total;
  bool begun, finished;
};

/* ---- life ------------------------------------------------------------------------------------------------------------ */
static int asked_columns(void)
{
  enum { MOST = 10000 };
  const char *text = getenv("COLUMNS");
  long columns = text ? strtol(text, NULL, 10) : 0;
  return columns > 0 && columns < MOST ? (int)columns : 0;
}

static int colour_of(int terminal)
{
  const char *none = getenv("NO_COLOR"), *term = getenv("TERM"), *depth = getenv("COLORTERM");
  if (!terminal || (none && *none) || !term) return 0;
  if (depth && (strcmp(depth, "truecolor") == 0 || strcmp(depth, "24bit") == 0)) return 2;
  return strstr(term, "256color") ? 1 : 0;
}

lf_live_options lf_live_options_for(FILE *to)
{
  const char *term = getenv("TERM");
  int terminal = isatty(fileno(to)) && !(term && strcmp(term, "dumb") == 0);
  return (lf_live_options){.to = to,
                           .terminal = terminal,
                           .colour = colour_of(terminal),
                           .unicode = strcmp(nl_langinfo(CODESET), "UTF-8") == 0};
}

lf_status lf_live_create(lf_live **out, const lf_history *h, const lf_live_options *options)
{
  lf_live *live = NULL;
  *out = NULL;
  if (!options->to) return LF_FAIL(LF_EARG, "a live chart needs a stream to draw on");
  lf_status st = lf_calloc(&live, 1, sizeof *live);
  if (st != LF_OK) return st;
  live->h = h;
  live->o = *options;
  if (!(live->o.max_fps > 0)) live->o.max_fps = default_fps;
  *out = live;
  return LF_OK;
}

void lf_live_destroy(lf_live *live)
{
  if (!live) return;
  lf_live_finish(live);
  lf_text_free(&live->frame);
  lf_free(live);
}

/* ---- the room there is ------------------------------------------------------------------------------------------------ */
typedef struct room {
  size_t columns, rows;
} room;

static room ask_room(const lf_live *live)
{
  struct winsize size = {0};
  room r = {DEFAULT_COLUMNS, DEFAULT_ROWS};
  bool known = ioctl(fileno(live->o.to), TIOCGWINSZ, &size) == 0;
  int asked = live->o.columns > 0 ? live->o.columns : asked_columns();
  if (asked > 0) r.columns = (size_t)asked;
  if (known && size.ws_col > 0 && live->o.columns <= 0) r.columns = size.ws_col;
  if (known && size.ws_row > 0) r.rows = size.ws_row;
  return r;
}

/* Columns of the chart's parts, for a given width. */
typedef struct layout {
  size_t usable, margin, gap, bar, step, theory; /* theory 0: no such column */
} layout;

static layout lay_out(size_t columns, size_t step_columns, size_t theory_columns)
{
  layout l = {.usable = columns > 1 ? columns - 1 : 1,
              .margin = MARGIN,
              .gap = GAP,
              .step = step_columns,
              .theory = theory_columns};
  size_t gaps = l.theory ? 4 : 3, words = LABEL_COLUMNS + ERROR_COLUMNS + l.step + l.theory;
  size_t fixed = MARGIN + words + gaps * GAP;
  if (fixed + BAR_MIN > l.usable) { /* narrow: close up */
    l.margin = 0, l.gap = 1;
    fixed = words + gaps;
  }
  l.bar = l.usable > fixed ? l.usable - fixed : 0;
  l.bar = LF_MIN(LF_MAX(l.bar, (size_t)BAR_MIN), (size_t)BAR_MAX);
  return l;
}

/* ---- what theory says ------------------------------------------------------------------------------------------------------ */
/* The steps it foretells of the chart's peaks; NULL where there is no prediction, or one of other peaks. */
static const int64_t *foretold(const lf_live *live, const lf_history_view *v)
{
  if (!live->o.theory || v->peaks == 0) return NULL;
  lf_history_view theory = lf_history_look(live->o.theory);
  return theory.peaks == v->peaks ? theory.foretold : NULL;
}

static size_t theory_columns(size_t peaks, const int64_t *step)
{
  size_t columns = step ? THEORY_COLUMNS : 0;
  for (size_t k = 0; step && k < peaks; k++) columns = LF_MAX(columns, strlen(lf_word_foretold(step[k]).text));
  return columns;
}

/* ---- pieces of a line --------------------------------------------------------------------------------------------------- */
static void colour(const lf_live *live, lf_text *t, double s)
{
  static const double darkest = 0.25, lightest = 0.95; /* the part of viridis that shows on black and on white */
  enum { CUBE = 16, LEVELS = 6 }; /* the 6 x 6 x 6 colours of a 256-colour terminal, first level 0, then 95 + 40 k */
  unsigned char rgb[3];
  if (!live->o.colour) return;
  lf_viridis(darkest + s * (lightest - darkest), rgb);
  if (live->o.colour > 1) {
    lf_text_add(t, "\033[38;2;%d;%d;%dm", rgb[0], rgb[1], rgb[2]);
    return;
  }
  int level[3];
  for (int k = 0; k < 3; k++) level[k] = rgb[k] < 48 ? 0 : rgb[k] < 115 ? 1 : (rgb[k] - 35) / 40;
  lf_text_add(t, "\033[38;5;%dm", CUBE + LEVELS * LEVELS * level[0] + LEVELS * level[1] + level[2]);
}

static void faint(const lf_live *live, lf_text *t)
{
  if (live->o.colour) lf_text_add(t, "\033[2m");
}

static void plain(const lf_live *live, lf_text *t)
{
  if (live->o.colour) lf_text_add(t, "\033[0m");
}

static void spaces(lf_text *t, size_t count) { lf_text_add(t, "%*s", (int)count, ""); }

static void to_right(lf_text *t, size_t columns, const char *word)
{
  size_t used = lf_text_columns(word);
  spaces(t, columns > used ? columns - used : 0);
  lf_text_add(t, "%s", word);
}

static void to_left(lf_text *t, size_t columns, const char *word)
{
  size_t used = lf_text_columns(word);
  lf_text_add(t, "%s", word);
  spaces(t, columns > used ? columns - used : 0);
}

/* Filled to `share`; in what is still empty a mark where the peak will count as learned. */
static void add_bar(const lf_live *live, lf_text *t, size_t columns, double share, double goal)
{
  static const char *const eighth[8] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  enum { EIGHTHS = 8 };
  size_t parts = (size_t)lround(EIGHTHS * (double)columns * LF_MIN(LF_MAX(share, 0.0), 1.0));
  size_t full = parts / EIGHTHS, rest = live->o.unicode ? parts % EIGHTHS : 0;
  size_t goal_at = (size_t)((double)columns * LF_MIN(LF_MAX(goal, 0.0), 1.0));
  for (size_t i = 0; i < full; i++) lf_text_add(t, "%s", live->o.unicode ? "█" : "#");
  lf_text_add(t, "%s", eighth[rest]);
  plain(live, t);
  faint(live, t);
  for (size_t i = full + (rest > 0); i < columns; i++)
    if (i == goal_at)
      lf_text_add(t, "%s", live->o.unicode ? "╎" : "|");
    else
      lf_text_add(t, "%s", live->o.unicode ? " " : ".");
  plain(live, t);
}

/* The loss so far in `columns` cells, high to low on a logarithmic scale; records are spaced as they were recorded. */
static void add_spark(const lf_live *live, lf_text *t, size_t columns, size_t r, const double *loss)
{
  static const char *const height[7] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇"}; /* none touches the row above */
  static const char ascii[] = "_.-=+*#";
  double low = INFINITY, high = -INFINITY;
  size_t cells = LF_MIN(columns, r);
  colour(live, t, 0.5);
  for (size_t i = 0; i < r; i++)
    if (loss[i] > 0) low = fmin(low, log(loss[i])), high = fmax(high, log(loss[i]));
  for (size_t i = 0; i < cells; i++) {
    double value = loss[cells > 1 ? i * (r - 1) / (cells - 1) : r - 1];
    double share = value > 0 && high > low ? (log(value) - low) / (high - low) : 0;
    int level = (int)lround(6 * share);
    if (live->o.unicode)
      lf_text_add(t, "%s", height[level]);
    else
      lf_text_add(t, "%c", ascii[level]);
  }
  plain(live, t);
  spaces(t, columns - cells);
}

/* ---- rows of the chart ----------------------------------------------------------------------------------------------------- */
static void add_header(const lf_live *live, lf_text *t, const layout *l)
{
  faint(live, t);
  spaces(t, l->margin);
  to_left(t, LABEL_COLUMNS + l->gap, "cycles/unit");
  to_left(t, l->bar + l->gap, "learned");
  to_right(t, ERROR_COLUMNS, "error");
  to_right(t, l->gap + l->step, "at step");
  if (l->theory) to_right(t, l->gap + l->theory, "theory");
  plain(live, t);
}

typedef struct row {
  lf_word label;
  double place; /* among the rows, 0...1: its colour, the same in figures and pages */
  double error;
  int64_t learned; /* step, -1: not yet */
  lf_word theory;
} row;

static void add_row(const lf_live *live, lf_text *t, const layout *l, const row *r, double theta)
{
  const char *open = live->o.unicode ? "…" : "...";
  spaces(t, l->margin);
  to_left(t, LABEL_COLUMNS + l->gap, r->label.text);
  colour(live, t, r->place);
  add_bar(live, t, l->bar, 1 - r->error, 1 - theta);
  spaces(t, l->gap);
  to_right(t, ERROR_COLUMNS, lf_word_percent(r->error).text);
  to_right(t, l->gap + l->step, r->learned < 0 ? open : lf_word_count(r->learned).text);
  if (!l->theory) return;
  faint(live, t);
  to_right(t, l->gap + l->theory, r->theory.text);
  plain(live, t);
}

/* ---- the line below: loss, step, rate, time left ---------------------------------------------------------------------- */
static double steps_per_s(const lf_live *live)
{
  double elapsed = live->now.wall_s - live->older.wall_s;
  return elapsed > 0 ? (double)(live->now.step - live->older.step) / elapsed : NAN;
}

/* "step 640 of 10 000 · 3 100/s · 3 s left" */
static void progress_text(const lf_live *live, char *out, size_t size)
{
  const char *dot = live->o.unicode ? "·" : "-";
  double rate = steps_per_s(live), left_s = (double)(live->steps_total - live->now.step) / rate;
  char total[48] = "", speed[48] = "", time[48] = "";
  if (live->steps_total > 0 && !(live->finished && live->now.step == live->steps_total))
    (void)snprintf(total, sizeof total, " of %s", lf_word_count(live->steps_total).text);
  if (rate > 0) (void)snprintf(speed, sizeof speed, " %s %s", dot, lf_word_rate(rate).text);
  if (live->finished)
    (void)snprintf(time, sizeof time, " %s took %s", dot, lf_word_duration(live->now.wall_s).text);
  else if (rate > 0 && left_s > 0)
    (void)snprintf(time, sizeof time, " %s %s left", dot, lf_word_duration(left_s).text);
  (void)snprintf(out, size, "step %s%s%s%s", lf_word_count(live->now.step).text, total, speed, time);
}

/* Columns to keep for the longest text that progress_text may come to, so that the layout holds still. */
static size_t progress_columns(const lf_live *live)
{
  int64_t widest = live->steps_total > 0 ? live->steps_total : 999999999;
  size_t count = strlen(lf_word_count(widest).text);
  return strlen("step ") + count + (live->steps_total > 0 ? strlen(" of ") + count : 0) + strlen(" - 99 999/s") +
         (live->steps_total > 0 ? strlen(" - 9 min 59 s left") : strlen(" - took 9 min 59 s"));
}

static void end_line(lf_live *live, size_t start, size_t usable);

static void add_status(lf_live *live, const layout *l, const lf_history_view *v)
{
  enum { NEAR = 2 };
  char loss[80], progress[192];
  lf_text *t = &live->frame;
  size_t start = t->used;
  double test = v->test_loss[v->r - 1];
  int used = snprintf(loss, sizeof loss, "loss %s", lf_word_loss(v->loss[v->r - 1]).text);
  if (!isnan(test)) (void)snprintf(loss + used, sizeof loss - (size_t)used, "  test %s", lf_word_loss(test).text);
  progress_text(live, progress, sizeof progress);
  size_t left = l->margin + strlen(loss) + NEAR, right = l->gap + progress_columns(live);
  bool one_line = left + SPARK_MIN + right <= l->usable;
  size_t spark = one_line ? l->usable - left - right : l->usable > left ? l->usable - left : 0;
  spaces(t, l->margin);
  to_left(t, strlen(loss) + NEAR, loss);
  add_spark(live, t, LF_MIN(spark, (size_t)SPARK_MAX), v->r, v->loss);
  if (!one_line) {
    end_line(live, start, l->usable);
    start = t->used;
  }
  spaces(t, one_line ? l->gap : l->margin);
  lf_text_add(t, "%s", progress);
  end_line(live, start, l->usable);
}

/* ---- a frame -------------------------------------------------------------------------------------------------------------- */
/* Bytes of text that take at most `columns`. */
static size_t bytes_within(const char *text, size_t columns)
{
  size_t bytes = 0, used = 0;
  while (text[bytes]) {
    size_t next = bytes + 1;
    if (text[bytes] == '\033') {
      while (text[next] && !(text[next] >= '@' && text[next] <= '~' && text[next] != '[')) next++;
      next += text[next] != 0;
    } else {
      while (((unsigned char)text[next] & 0xC0) == 0x80) next++;
      if (++used > columns) break;
    }
    bytes = next;
  }
  return bytes;
}

/* Cut what was added since `start` to the usable columns, spaces at its end as well (terminals differ in whether these wrap), note
 * its width, end the line. */
static void end_line(lf_live *live, size_t start, size_t usable)
{
  lf_text *t = &live->frame;
  if (t->status != LF_OK) return;
  size_t bytes = bytes_within(t->at + start, usable);
  if (start + bytes < t->used) {
    t->used = start + bytes;
    t->at[t->used] = 0;
    plain(live, t);
  }
  while (t->used > start && t->at[t->used - 1] == ' ') t->at[--t->used] = 0;
  if (live->lines < MAX_LINES) live->width[live->lines++] = lf_text_columns(t->at + start);
  lf_text_add(t, "\033[K\n");
}

/* Up to the first row of the last frame, which a window of so many columns shows wrapped. */
static void climb(lf_live *live, size_t columns)
{
  size_t rows = 0;
  for (size_t i = 0; i < live->lines; i++) rows += 1 + (live->width[i] > columns ? (live->width[i] - 1) / columns : 0);
  if (rows > 0) lf_text_add(&live->frame, "\r\033[%zuA", rows);
  if (rows > live->lines) lf_text_add(&live->frame, "\033[J"); /* or wrapped rows would join again in a wider window */
  live->lines = 0;
}

/* Peaks; bands where the target has no peak. As many as fit into the window, and a line that counts the others. */
static void add_rows(lf_live *live, const layout *l, const room *r, const lf_history_view *v, const lf_order *order)
{
  enum { OTHER_LINES = 5 }; /* header, "more", status in two lines, the cursor's */
  lf_text *t = &live->frame;
  size_t all = v->peaks > 0 ? v->peaks : v->b, fit = r->rows > OTHER_LINES ? r->rows - OTHER_LINES : 1;
  size_t shown =
      all <= LF_MIN(fit + 1, (size_t)MAX_LINES - OTHER_LINES) ? all : LF_MIN(fit, (size_t)MAX_LINES - OTHER_LINES);
  for (size_t k = 0; k < shown; k++) {
    size_t start = t->used;
    row line = {.place = all > 1 ? (double)k / (double)(all - 1) : 0.5};
    if (v->peaks > 0)
      line.label = lf_word_peak(v, k), line.error = order->last[k], line.learned = order->step[k];
    else
      line.label = lf_word_band(v, k), line.error = v->band_error[(v->r - 1) * v->b + k], line.learned = -1;
    if (l->theory) line.theory = lf_word_foretold(foretold(live, v)[k]);
    add_row(live, t, l, &line, v->learned);
    end_line(live, start, l->usable);
  }
  if (shown < all) {
    size_t start = t->used;
    spaces(t, l->margin);
    lf_text_add(t, "%s %zu more", live->o.unicode ? "…" : "...", all - shown);
    end_line(live, start, l->usable);
  }
}

static void write_frame(lf_live *live)
{
  if (live->frame.status == LF_OK && live->frame.used > 0) {
    (void)fwrite(live->frame.at, 1, live->frame.used, live->o.to);
    (void)fflush(live->o.to);
  }
  live->frame.status = LF_OK; /* a frame that found no memory is left out */
  lf_text_clear(&live->frame);
}

static void draw(lf_live *live)
{
  lf_history_view v = lf_history_look(live->h);
  lf_order order = {0};
  if (v.r == 0 || lf_history_order(live->h, &order) != LF_OK) return;
  room r = ask_room(live);
  size_t count = strlen(lf_word_count(LF_MAX(live->steps_total, live->now.step)).text);
  layout l = lay_out(r.columns, LF_MAX(count, (size_t)STEP_COLUMNS), theory_columns(v.peaks, foretold(live, &v)));
  if (!live->begun) lf_text_add(&live->frame, "\033[?25l");
  live->begun = true;
  climb(live, r.columns);
  size_t start = live->frame.used;
  add_header(live, &live->frame, &l);
  end_line(live, start, l.usable);
  add_rows(live, &l, &r, &v, &order);
  add_status(live, &l, &v);
  lf_text_add(&live->frame, "\033[J");
  if (live->finished) lf_text_add(&live->frame, "\033[?25h");
  write_frame(live);
  live->drawn_at = lf_now_s();
  lf_order_free(&order);
}

/* ---- no terminal: lines ------------------------------------------------------------------------------------------------ */
static void add_plain_header(lf_text *t, const lf_history_view *v, bool test)
{
  lf_text_add(t, "%12s %9s", "step", "loss");
  if (test) lf_text_add(t, " %9s", "test loss");
  for (size_t k = 0; k < v->peaks; k++) lf_text_add(t, " %*s", PLAIN_COLUMNS, lf_word_peak(v, k).text);
  lf_text_add(t, "%s\n", v->peaks ? " cycles/unit" : "");
}

/* Under the header, peak by peak, when theory says that it will be learned. */
static void add_plain_theory(lf_text *t, const lf_history_view *v, bool test, const int64_t *step)
{
  lf_text_add(t, "%12s %9s", "theory", "");
  if (test) lf_text_add(t, " %9s", "");
  for (size_t k = 0; k < v->peaks; k++) lf_text_add(t, " %*s", PLAIN_COLUMNS, lf_word_foretold(step[k]).text);
  lf_text_add(t, " learned at step\n");
}

static void print_line(lf_live *live)
{
  lf_history_view v = lf_history_look(live->h);
  lf_text *t = &live->frame;
  if (v.r == 0) return;
  size_t last = v.r - 1;
  bool test = !isnan(v.test_loss[0]);
  const int64_t *step = foretold(live, &v);
  if (!live->begun) add_plain_header(t, &v, test);
  if (!live->begun && step) add_plain_theory(t, &v, test, step);
  live->begun = true;
  lf_text_add(t, "%12s %9s", lf_word_count(v.step[last]).text, lf_word_loss(v.loss[last]).text);
  if (test) lf_text_add(t, " %9s", lf_word_loss(v.test_loss[last]).text);
  for (size_t k = 0; k < v.peaks; k++)
    lf_text_add(t, " %*s", PLAIN_COLUMNS, lf_word_percent(v.delta[last * v.m + (size_t)v.peak[k]]).text);
  lf_text_add(t, "\n");
  write_frame(live);
}

/* ---- the observer ---------------------------------------------------------------------------------------------------------- */
int lf_live_observe(void *chart, const lf_snapshot *snapshot)
{
  lf_live *live = chart;
  live->now = (mark){snapshot->step, snapshot->wall_s};
  live->steps_total = snapshot->steps_total;
  if (!live->begun) live->recent = live->older = live->now;
  if (live->now.wall_s - live->recent.wall_s > rate_window_s) live->older = live->recent, live->recent = live->now;
  if (!live->o.terminal)
    print_line(live);
  else if (!live->begun || lf_now_s() - live->drawn_at >= 1 / live->o.max_fps)
    draw(live);
  return 0;
}

void lf_live_finish(lf_live *live)
{
  if (live->finished) return;
  live->finished = true;
  if (live->o.terminal && live->begun) draw(live);
}

void lf_live_note(lf_live *live, const char *line)
{
  if (!live->o.terminal || !live->begun || live->finished) {
    lf_text_add(&live->frame, "%s\n", line);
    write_frame(live);
    return;
  }
  climb(live, ask_room(live).columns);
  lf_text_add(&live->frame, "\033[J%s\n", line);
  draw(live);
}
