/* talk.c — around a run: announce, watch, tell. */
#include "talk.h"
#include <math.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include "lowfirst/array.h"
#include "lowfirst/report.h"
#include "lowfirst/system.h"

/* ---- text ---------------------------------------------------------------------------------------------------------------- */
cli_number cli_count(long long n)
{
  cli_number out;
  char digits[32];
  size_t length = (size_t)snprintf(digits, sizeof digits, "%lld", n), used = 0;
  for (size_t i = 0; i < length; i++) {
    if (i > 0 && length > 3 && (length - i) % 3 == 0 && digits[i - 1] != '-') out.text[used++] = ' ';
    out.text[used++] = digits[i];
  }
  out.text[used] = 0;
  return out;
}

cli_number cli_step(long long step) { return step < 0 ? (cli_number){"…"} : cli_count(step); }

/* Columns of the terminal behind a stream; 0: it is none, and nothing is wrapped. */
static size_t columns_of(FILE *to)
{
  struct winsize size;
  if (!isatty(fileno(to))) return 0;
  return ioctl(fileno(to), TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

/* The few signs used here as ASCII, for where there is no UTF-8. `out` has room for twice the text. */
static void to_ascii(const char *text, char *out)
{
  static const char *const sign[][2] = {{"·", "-"}, {"—", "-"}, {"…", "..."}, {"τ", "tau"}, {"–", "-"}, {"²", "^2"}};
  while (*text) {
    size_t skip = 0;
    for (size_t i = 0; skip == 0 && i < sizeof sign / sizeof *sign; i++)
      if (strncmp(text, sign[i][0], strlen(sign[i][0])) == 0) {
        out = stpcpy(out, sign[i][1]);
        skip = strlen(sign[i][0]);
      }
    if (skip == 0) *out++ = *text, skip = 1;
    text += skip;
  }
  *out = 0;
}

/* Characters, not bytes. */
static size_t width_of(const char *text, size_t bytes)
{
  size_t width = 0;
  for (size_t i = 0; i < bytes; i++) width += ((unsigned char)text[i] & 0xC0) != 0x80;
  return width;
}

/* Where the words begin after a line's label ("data    600 samples"), 0 without one. */
static size_t indent_of(const char *text)
{
  enum { LABEL = 8 };
  size_t word = strcspn(text, " \n"), blanks = strspn(text + word, " ");
  return word + blanks == LABEL && blanks > 1 ? LABEL : 0;
}

/* Words that would cross the edge go to the next line, under the first word after the label. */
static void put_wrapped(FILE *to, const char *text, size_t columns)
{
  size_t at = 0, indent = indent_of(text);
  while (*text) {
    size_t blanks = strspn(text, " "), word = strcspn(text + blanks, " \n");
    size_t width = width_of(text + blanks, word);
    if (at > indent && at + blanks + width > columns) {
      (void)fprintf(to, "\n%*s", (int)indent, "");
      at = indent;
    } else {
      (void)fprintf(to, "%*s", (int)blanks, "");
      at += blanks;
    }
    (void)fprintf(to, "%.*s", (int)word, text + blanks);
    at += width;
    text += blanks + word;
    if (*text == '\n') (void)fputc(*text++, to), at = 0;
  }
}

void cli_print(FILE *to, const char *fmt, ...)
{
  char text[2048], ascii[2 * sizeof text];
  size_t columns = columns_of(to);
  va_list ap;
  va_start(ap, fmt);
  (void)vsnprintf(text, sizeof text, fmt, ap);
  va_end(ap);
  const char *line = text;
  if (!lf_live_options_for(to).unicode) {
    to_ascii(text, ascii);
    line = ascii;
  }
  if (columns)
    put_wrapped(to, line, columns);
  else
    (void)fputs(line, to);
}

/* ---- before ---------------------------------------------------------------------------------------------------------------- */
cli_number cli_duration(double s)
{
  cli_number out;
  if (s < 100)
    (void)snprintf(out.text, sizeof out.text, "%.0f s", s);
  else if (s < 6000)
    (void)snprintf(out.text, sizeof out.text, "%.0f min", s / 60);
  else
    (void)snprintf(out.text, sizeof out.text, "%.1f h", s / 3600);
  return out;
}

static void say_part(const lf_run *run, const char *name, lf_run_part part)
{
  char text[512];
  lf_run_describe(run, part, text, sizeof text);
  if (*text) cli_print(stderr, "%-7s %s\n", name, text);
}

/* A long job is announced: time, memory, steps. */
static int say_estimate(const lf_run *run)
{
  static const double long_s = 10, mebibyte = 1048576;
  double seconds, bytes;
  lf_status st = lf_run_estimate(run, &seconds, &bytes);
  if (st != LF_OK) return cli_fail_status(st);
  lf_run_info info = lf_run_look(run);
  if (seconds >= long_s)
    cli_print(stderr, "expect  %s steps%s · about %s · %.0f MB\n", cli_count(info.train->steps - info.step).text,
              info.seeds > 1 ? " each" : "", cli_duration(seconds).text, ceil(bytes / mebibyte));
  return CLI_DONE;
}

static int announce(const cli *c, const lf_run *run)
{
  lf_run_info info = lf_run_look(run);
  if (!c->quiet) {
    say_part(run, "data", LF_RUN_DATA);
    say_part(run, "net", LF_RUN_NET);
    say_part(run, "train", LF_RUN_TRAIN);
    say_part(run, "theory", LF_RUN_THEORY);
    if (info.resumed) cli_print(stderr, "resume  %s at step %s\n", info.out, cli_count(info.step).text);
  }
  if (info.aliasing->warn) cli_print(stderr, "lowfirst: warning: %s\n", info.aliasing->text);
  return c->quiet || !info.train ? CLI_DONE : say_estimate(run);
}

static const double percent = 100;

/* ---- after ----------------------------------------------------------------------------------------------------------------- */
/* "0.159 after 20 (18 to 22)", or what there is of it. */
static int one_peak(char *to, size_t size, const lf_run_order *o, size_t k)
{
  const char *comma = k ? ", " : "";
  if (isnan(o->median[k])) return snprintf(to, size, "%s%.3g not learned", comma, o->xi[k]);
  return snprintf(to, size, "%s%.3g after %s (%s to %s)", comma, o->xi[k], cli_step(llround(o->median[k])).text,
                  cli_step(isnan(o->low[k]) ? -1 : llround(o->low[k])).text,
                  cli_step(isnan(o->high[k]) ? -1 : llround(o->high[k])).text);
}

static void tell_seeds(const lf_run *run)
{
  char line[1024] = "";
  size_t used = 0;
  lf_run_order o;
  if (lf_run_look(run).seeds < 2 || lf_run_order_over_seeds(run, &o) != LF_OK) return;
  for (size_t k = 0; k < o.peaks && used < sizeof line; k++) {
    int more = one_peak(line + used, sizeof line - used, &o, k);
    used += more > 0 ? (size_t)more : 0;
  }
  char tau[32] = ""; /* where no seed learned anything there is no order */
  if (!isnan(o.tau)) (void)snprintf(tau, sizeof tau, "; τ = %.2g", o.tau);
  cli_print(stdout, "Over %zu seeds, steps (median and interval): %s%s.\n", o.seeds, line, tau);
  lf_run_order_free(&o);
}

/* A step so far away that its digits mean nothing has two of them. */
static cli_number far_step(long long step)
{
  static const long long exactly = 10000000;
  cli_number out = cli_count(step);
  if (step >= exactly) (void)snprintf(out.text, sizeof out.text, "%.2g", (double)step);
  return out;
}

/* Theory laid over training: what it foretold, and how far the kernel that it takes to stand still went. */
static void tell_theory(const lf_run *run)
{
  const lf_run_forecast *f = lf_run_told(run);
  char line[1024] = "";
  size_t used = 0;
  if (!f || !lf_run_look(run).train || f->learning.peaks == 0) return;
  for (size_t k = 0; k < f->learning.peaks && used < sizeof line; k++) {
    long long step = (long long)f->learning.step[k];
    int more = step < 0 ? snprintf(line + used, sizeof line - used, "%s%.3g never", k ? ", " : "", f->learning.xi[k])
                        : snprintf(line + used, sizeof line - used, "%s%.3g after %s%s", k ? ", " : "",
                                   f->learning.xi[k], far_step(step).text, k ? "" : " steps");
    used += more > 0 ? (size_t)more : 0;
  }
  cli_print(stdout, "Theory foretold %s.\n", line);
  cli_tell_drift("The tangent kernel, which it takes to stand still,", lf_run_drift(run));
}

void cli_tell_drift(const char *whose, lf_drift drift)
{
  if (isfinite(drift.change))
    cli_print(stdout, "%s moved by %.2g %% from start to end (alignment %.3g).\n", whose, percent * drift.change,
              drift.alignment);
}

/* ---- where the time went ------------------------------------------------------------------------------------------------------- */
static const double micro = 1e6, giga = 1e-9;

/* "71 % of 118 GFLOP/s", "48 % of 31 GB/s" or nothing, of one phase's rate per thread against what the machine reaches. */
static void rate_of(const lf_profile *p, lf_phase i, double peak, char *text, size_t size)
{
  const double seconds = p->seconds[i];
  text[0] = 0;
  if (!(seconds > 0)) return;
  if (p->flops[i] > 0)
    (void)snprintf(text, size, "%3.0f %% of %.0f GFLOP/s", percent * p->flops[i] * (double)p->steps / seconds / peak,
                   giga * peak);
  else if (p->bytes[i] > 0) {
    const double most = lf_peak_bandwidth((size_t)p->bytes[i] / p->threads);
    (void)snprintf(text, size, "%3.0f %% of %.0f GB/s", percent * p->bytes[i] * (double)p->steps / seconds / most,
                   giga * most);
  }
}

/* Shares of the time of all threads; peaks are one thread's, measured now: the product's registers, and memory at the size that the phase walks. */
static void tell_profile(const lf_run *run)
{
  const lf_profile p = lf_run_profile(run);
  if (p.steps == 0) return;
  const bool twice = strcmp(lf_run_get(run, "precision"), "f64") == 0;
  const double peak = lf_peak_flops(twice ? sizeof(double) : sizeof(float)), all = p.wall_s * (double)p.threads;
  (void)fprintf(stderr, "\n%s steps of %.4g us on %zu thread%s; peaks measured now, per thread\n",
                cli_count(p.steps).text, micro * p.wall_s / (double)p.steps, p.threads, p.threads == 1 ? "" : "s");
  for (int i = 0; i < LF_PHASE_COUNT; i++) {
    char rate[64];
    rate_of(&p, (lf_phase)i, peak, rate, sizeof rate);
    (void)fprintf(stderr, "  %-34s %9.2f us %4.0f %%   %s\n", lf_phase_name((lf_phase)i),
                  micro * p.seconds[i] / (double)p.steps, percent * p.seconds[i] / all, rate);
  }
}

static int tell_json(const lf_run *run)
{
  char *text = NULL;
  lf_status st = lf_run_json(run, &text);
  if (st != LF_OK) return cli_fail_status(st);
  (void)fputs(text, stdout);
  lf_release(text);
  return CLI_DONE;
}

static void tell_words(const cli *c, const lf_run *run)
{
  char sentence[1024];
  lf_run_info info = lf_run_look(run);
  lf_report_sentence(lf_run_history(run, 0, 0), sentence, sizeof sentence);
  if (!c->quiet) (void)fputc('\n', stderr);
  if (info.command == LF_COMMAND_PREDICT)
    cli_tell_forecast(run);
  else
    cli_print(stdout, "%s\n", sentence);
  tell_seeds(run);
  tell_theory(run);
  cli_print(stdout, "%s%s · again, bit for bit: lowfirst %s --config %s/run.json\n", info.out,
            lf_run_flag(run, "no-report") ? "" : "/report.html", lf_command_name(info.command), info.out);
  (void)fflush(stdout); /* before anything further on stderr */
}

static int tell(const cli *c, const lf_run *run)
{
  lf_run_info info = lf_run_look(run);
  bool interrupted = info.stop && strcmp(info.stop, "interrupted") == 0;
  int code = CLI_DONE;
  const lf_history *h = lf_run_history(run, 0, 0);
  if (h && lf_history_look(h).r > 0) {
    if (c->json)
      code = tell_json(run);
    else
      tell_words(c, run);
    if (!c->quiet) tell_profile(run);
  }
  if (interrupted && info.train)
    return cli_fail(CLI_FAILED, "interrupted at step %s of %s; go on with: lowfirst train --resume %s",
                    cli_count(info.step).text, cli_count(info.train->steps).text, info.out);
  return interrupted ? cli_fail(CLI_FAILED, "interrupted") : code;
}

/* ---- the run ----------------------------------------------------------------------------------------------------------------- */
static lf_run *under_way; /* what a signal ends; signal handlers know nothing else */

static void on_signal(int number)
{
  (void)number;
  if (under_way) lf_run_stop(under_way);
}

void cli_catch_signals(lf_run *run)
{
  struct sigaction action = {.sa_handler = run ? on_signal : SIG_DFL, .sa_flags = (int)SA_RESETHAND};
  under_way = run;
  (void)sigemptyset(&action.sa_mask);
  (void)sigaction(SIGINT, &action, NULL);
  (void)sigaction(SIGTERM, &action, NULL);
}

int cli_carry_out(cli *c, lf_run *run)
{
  lf_live *live = NULL;
  lf_status st = lf_run_prepare(run);
  if (st != LF_OK) return cli_fail_status(st);
  int code = announce(c, run);
  if (code != CLI_DONE) return code;
  lf_live_options options = lf_live_options_for(stderr);
  options.theory = lf_run_prediction(run);
  bool watched = !c->quiet && lf_run_look(run).command != LF_COMMAND_PREDICT; /* there all is known at once */
  if (watched && options.terminal) (void)fputc('\n', stderr);
  if (watched) st = lf_live_create(&live, lf_run_history(run, 0, 0), &options);
  cli_catch_signals(run);
  if (st == LF_OK) st = lf_run_go(run, live ? lf_live_observe : NULL, live);
  cli_catch_signals(NULL);
  lf_live_destroy(live);
  return st == LF_OK ? tell(c, run) : cli_fail_status(st);
}
