/* csv.c — tables of numbers as text (RFC 4180 without line breaks inside quotes): a header, then rows. The header shows which of tab,
 * semicolon and comma separates. Numbers are decimal with a point whatever the locale; every one must be finite. */
#include <locale.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "base/base.h"
#include "io/bytes.h"
#include "io/file.h"

/* ---- reading -------------------------------------------------------------------------------------------------------- */
typedef struct reader {
  const char *name;
  char *at, *end; /* the rest of the text; end holds a 0 */
  size_t line;    /* number of the line handed out last */
  char separator;
  locale_t plain; /* "C": a decimal point */
  size_t room;    /* rows that value has room for */
} reader;

/* The next line that is neither blank nor a comment, ended by a 0 in place; false at the end. CR, LF and CR LF end lines. */
static bool next_line(reader *r, char **line)
{
  while (r->at < r->end) {
    char *stop = r->at + strcspn(r->at, "\r\n");
    *line = r->at;
    r->at = stop + (stop < r->end) + (stop[0] == '\r' && stop[1] == '\n');
    *stop = 0;
    r->line++;
    if ((*line)[0] != '#' && (*line)[strspn(*line, " \t")] != 0) return true;
  }
  return false;
}

/* Words of the file fit for a message: short, and without control characters. */
enum { SHOWN = 40 };
static const char *shown(const char *field, char text[SHOWN + 4])
{
  size_t n = strnlen(field, SHOWN + 1), used = LF_MIN(n, (size_t)SHOWN);
  memcpy(text, field, used);
  for (size_t i = 0; i < used; i++)
    if (lf_is_control(text[i])) text[i] = '?';
  while (used > 0 && n > SHOWN && (field[used] & 0xc0) == 0x80) used--; /* cut between characters */
  memcpy(text + used, n > SHOWN ? "..." : "", n > SHOWN ? 4 : 1);
  return text;
}

/* Cut the next field off *rest, without its quotes and the space around it; *rest becomes NULL behind the last one. */
static lf_status next_field(const reader *r, char **rest, char **field, bool *was_quoted)
{
  char *p = *rest + strspn(*rest, r->separator == '\t' ? " " : " \t");
  *was_quoted = *p == '"';
  if (*was_quoted) {
    char *to = *field = ++p;
    for (; *p && (*p != '"' || p[1] == '"'); *to++ = *p++) p += *p == '"'; /* "" is one quote */
    if (!*p) return LF_FAIL(LF_EFMT, "%s:%zu: a quote is not closed on its line", r->name, r->line);
    p++;
    p += strspn(p, r->separator == '\t' ? " " : " \t");
    if (*p && *p != r->separator)
      return LF_FAIL(LF_EFMT, "%s:%zu: text after a closing quote, a %s is expected", r->name, r->line,
                     r->separator == '\t'  ? "tab"
                     : r->separator == ';' ? "semicolon"
                                           : "comma");
    *rest = *p ? p + 1 : NULL;
    *to = 0;
    return LF_OK;
  }
  char *stop = p;
  while (*stop && *stop != r->separator) stop++;
  *field = p;
  *rest = *stop ? stop + 1 : NULL;
  while (stop > p && (stop[-1] == ' ' || stop[-1] == '\t')) stop--;
  *stop = 0;
  return LF_OK;
}

/* Decimal digits, point, sign and exponent only: strtod would take "0x10" and "infinity" too. */
static bool parse_number(const reader *r, const char *field, double *value)
{
  char *stop;
  if (field[0] == 0 || field[strspn(field, "0123456789+-.eE")] != 0) return false;
  *value = strtod_l(field, &stop, r->plain);
  return *stop == 0;
}

static bool names_no_number(const char *field)
{
  static const char *const word[] = {"nan", "inf", "infinity"};
  field += *field == '-' || *field == '+';
  for (size_t i = 0; i < sizeof word / sizeof *word; i++)
    if (strcasecmp(field, word[i]) == 0) return true;
  return false;
}

static lf_status read_value(const reader *r, const char *column, const char *field, double *value)
{
  char text[SHOWN + 4], name[SHOWN + 4];
  bool number = parse_number(r, field, value);
  if (number && isfinite(*value)) return LF_OK;
  shown(column, name);
  shown(field, text);
  if (field[0] == 0)
    return LF_FAIL(LF_EFMT, "%s:%zu: column %s: is empty, a number is expected", r->name, r->line, name);
  if (number || names_no_number(field))
    return LF_FAIL(LF_EFMT, "%s:%zu: column %s: '%s' is not finite", r->name, r->line, name, text);
  bool comma = strchr(field, ',') && field[strspn(field, "0123456789+-.,eE")] == 0;
  return LF_FAIL(LF_EFMT, "%s:%zu: column %s: '%s' is not a number%s", r->name, r->line, name, text,
                 comma ? "; write a decimal point" : "");
}

/* The first of tab, semicolon and comma that stands in the header outside quotes; how often. */
static char find_separator(const char *line, size_t *count)
{
  size_t seen[3] = {0};
  bool inside = false;
  for (; *line; line++) {
    if (*line == '"') inside = !inside;
    if (!inside) seen[0] += *line == '\t', seen[1] += *line == ';', seen[2] += *line == ',';
  }
  size_t which = seen[0] ? 0 : seen[1] ? 1 : 2;
  *count = seen[which];
  return "\t;,"[which];
}

static int compare_text(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static lf_status refuse_twins(const reader *r, const lf_csv *t)
{
  char **sorted, text[SHOWN + 4];
  lf_status st = lf_calloc(&sorted, t->cols, sizeof *sorted);
  if (st != LF_OK) return st;
  memcpy(sorted, t->name, t->cols * sizeof *sorted);
  qsort(sorted, t->cols, sizeof *sorted, compare_text);
  for (size_t j = 1; j < t->cols && st == LF_OK; j++)
    if (strcmp(sorted[j - 1], sorted[j]) == 0)
      st = LF_FAIL(LF_EFMT, "%s:%zu: column %s is there twice", r->name, r->line, shown(sorted[j], text));
  lf_free(sorted);
  return st;
}

static lf_status read_header(reader *r, lf_csv *t)
{
  char *line, *field, text[SHOWN + 4];
  size_t separators;
  bool words = false, was_quoted;
  double number;
  lf_status st = LF_OK;
  if (!next_line(r, &line))
    return LF_FAIL(LF_EFMT, "%s: is empty, a header line with column names is expected", r->name);
  r->separator = find_separator(line, &separators);
  LF_TRY(lf_calloc(&t->name, separators + 1, sizeof *t->name));
  for (char *rest = line; rest && t->cols <= separators; t->cols++) {
    LF_TRY(next_field(r, &rest, &field, &was_quoted));
    if (field[0] == 0)
      LF_RAISE(LF_EFMT, "%s:%zu: column %zu has no name (pandas: write with index=False)", r->name, r->line,
               t->cols + 1);
    if (was_quoted || !parse_number(r, field, &number)) words = true;
    LF_TRY(lf_strdup(&t->name[t->cols], field));
  }
  if (!words)
    LF_RAISE(LF_EFMT, "%s:%zu: a header line with column names is expected (without '#'), '%s' is a number", r->name,
             r->line, shown(t->name[0], text));
  LF_TRY(refuse_twins(r, t));
done:
  return st;
}

static lf_status read_row(reader *r, lf_csv *t, char *line)
{
  size_t j = 0;
  char *field;
  bool was_quoted;
  lf_status st;
  if (t->rows == r->room) {
    size_t room = r->room ? 2 * r->room : 256;
    if ((st = lf_grow(&t->value, r->room * t->cols, room * t->cols, sizeof *t->value)) != LF_OK) return st;
    r->room = room;
  }
  for (char *rest = line; rest; j++) {
    if ((st = next_field(r, &rest, &field, &was_quoted)) != LF_OK) return st;
    if (j < t->cols) st = read_value(r, t->name[j], field, &t->value[t->rows * t->cols + j]);
    if (st != LF_OK) return st;
  }
  if (j != t->cols) return LF_FAIL(LF_EFMT, "%s:%zu: %zu fields, the header has %zu", r->name, r->line, j, t->cols);
  t->rows++;
  return LF_OK;
}

/* Reads the text in place, and leaves it in pieces. `text` has a 0 behind it. */
static lf_status parse_in_place(lf_csv *out, const char *name, char *text, size_t count)
{
  lf_csv t = {0};
  lf_status st = LF_OK;
  reader r = {.name = name, .at = text, .end = text + count};
  char *line;
  r.plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
  if (!r.plain) return LF_FAIL(LF_ENOMEM, "out of memory: the C locale could not be made");
  if (count >= 2 && (memcmp(text, "\xff\xfe", 2) == 0 || memcmp(text, "\xfe\xff", 2) == 0))
    LF_RAISE(LF_EFMT, "%s: is UTF-16 text; save it as UTF-8", name);
  const char *zero = memchr(text, 0, count);
  if (zero) LF_RAISE(LF_EFMT, "%s: byte %zu is 0: not a text file", name, (size_t)(zero - text));
  if (count >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) r.at += 3; /* a byte order mark, as spreadsheets write */
  LF_TRY(read_header(&r, &t));
  while (next_line(&r, &line)) LF_TRY(read_row(&r, &t, line));
  if (t.rows == 0) LF_RAISE(LF_EFMT, "%s: has a header but no rows", name);
  *out = t;
  t = (lf_csv){0};
done:
  freelocale(r.plain);
  lf_csv_free(&t);
  return st;
}

lf_status lf_csv_parse(lf_csv *out, const char *name, const char *text, size_t count)
{
  char *copy;
  *out = (lf_csv){0};
  lf_status st = lf_calloc(&copy, count + 1, 1);
  if (st != LF_OK) return st;
  memcpy(copy, text, count);
  st = parse_in_place(out, name, copy, count);
  lf_free(copy);
  return st;
}

lf_status lf_csv_read(lf_csv *out, const char *path)
{
  char *text;
  size_t count;
  *out = (lf_csv){0};
  lf_status st = lf_file_read(&text, &count, path, SIZE_MAX);
  if (st != LF_OK) return st;
  st = parse_in_place(out, path, text, count);
  lf_free(text);
  return st;
}

void lf_csv_free(lf_csv *c)
{
  if (!c) return;
  for (size_t j = 0; c->name && j < c->cols; j++) lf_free(c->name[j]);
  lf_free(c->name);
  lf_free(c->value);
  *c = (lf_csv){0};
}

/* ---- writing -------------------------------------------------------------------------------------------------------- */
/* A row of text that grows until it is handed to the writer. */
typedef struct line {
  lf_writer *writer;
  char text[1 << 16];
  size_t used;
} line;

static lf_status put(line *l, const char *text, size_t count)
{
  if (count > sizeof l->text - l->used) {
    lf_status st = lf_writer_put(l->writer, l->text, l->used);
    if (st != LF_OK) return st;
    l->used = 0;
  }
  if (count > sizeof l->text) return lf_writer_put(l->writer, text, count);
  memcpy(l->text + l->used, text, count);
  l->used += count;
  return LF_OK;
}

/* Quoted where it must be, and where it could be taken for a number or a byte order mark. */
static lf_status put_name(line *l, const char *name)
{
  size_t length = strlen(name);
  bool plain = !strpbrk(name, ",;\t\"#") && name[strspn(name, "0123456789+-.eE")] != 0 && name[0] > ' ' &&
               name[0] < 127 && name[length - 1] != ' ';
  if (plain) return put(l, name, length);
  lf_status st = put(l, "\"", 1);
  for (const char *p = name; *p && st == LF_OK; p++) st = *p == '"' ? put(l, "\"\"", 2) : put(l, p, 1);
  return st == LF_OK ? put(l, "\"", 1) : st;
}

/* The fewest digits, up to 17, that read back as the same bits. */
static lf_status put_number(line *l, double value)
{
  char text[32];
  int n = 0;
  for (int digits = 15; digits <= 17; digits++) {
    n = snprintf(text, sizeof text, "%.*g", digits, value);
    if (strtod(text, NULL) == value) break;
  }
  return put(l, text, (size_t)n);
}

static lf_status check_table(const char *path, size_t rows, size_t cols, const char *const *name, const double *value)
{
  if (cols == 0 || rows == 0)
    return LF_FAIL(LF_EARG, "%s: a table needs rows and columns, got %zu x %zu", path, rows, cols);
  for (size_t j = 0; j < cols; j++)
    if (name[j][0] == 0 || strpbrk(name[j], "\r\n"))
      return LF_FAIL(LF_EARG, "%s: the name of column %zu must be one line of text", path, j + 1);
  for (size_t i = 0; i < rows * cols; i++)
    if (!isfinite(value[i]))
      return LF_FAIL(LF_EMATH, "%s: row %zu, column %s: %g must be finite", path, i / cols + 1, name[i % cols],
                     value[i]);
  return LF_OK;
}

static lf_status put_table(line *l, size_t rows, size_t cols, const char *const *name, const double *value)
{
  lf_status st = LF_OK;
  for (size_t j = 0; j < cols; j++) {
    LF_TRY(put_name(l, name[j]));
    LF_TRY(put(l, j + 1 < cols ? "," : "\n", 1));
  }
  for (size_t i = 0; i < rows * cols; i++) {
    LF_TRY(put_number(l, value[i]));
    LF_TRY(put(l, (i + 1) % cols ? "," : "\n", 1));
  }
  LF_TRY(lf_writer_put(l->writer, l->text, l->used));
done:
  return st;
}

lf_status lf_csv_write(const char *path, size_t rows, size_t cols, const char *const *name, const double *value)
{
  line *l = NULL;
  lf_writer w;
  lf_status st = check_table(path, rows, cols, name, value);
  if (st != LF_OK) return st;
  locale_t plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
  if (!plain) return LF_FAIL(LF_ENOMEM, "out of memory: the C locale could not be made");
  locale_t before = uselocale(plain); /* this thread's decimal point */
  LF_TRY(lf_calloc(&l, 1, sizeof *l));
  l->writer = &w;
  st = lf_writer_open(&w, path);
  if (st == LF_OK) st = put_table(l, rows, cols, name, value);
  st = lf_writer_close(&w, st);
done:
  lf_free(l);
  (void)uselocale(before);
  freelocale(plain);
  return st;
}
