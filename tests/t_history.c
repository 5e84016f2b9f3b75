/* t_history.c — the record against closed forms, its file against its schema, checkpoints byte for byte, comparison of runs. */
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include "lowfirst/files.h"
#include "tones.h"

static const char path[] = "t_history.npz";

static char *bytes_of(const char *file, size_t *count)
{
  char *bytes;
  assert_ok(lf_file_read(&bytes, count, file, (size_t)1 << 26));
  return bytes;
}

static void assert_same_files(const char *a, const char *b)
{
  size_t na, nb;
  char *fa = bytes_of(a, &na), *fb = bytes_of(b, &nb);
  assert_int_equal(na, nb);
  assert_memory_equal(fa, fb, na);
  lf_release(fa);
  lf_release(fb);
}

/* ---- the record ------------------------------------------------------------------------------------------------------------ */
static void the_record_is_what_happened(void **state)
{
  (void)state;
  tones s;
  lf_history *h = NULL;
  lf_order order = {0};
  assert_ok(tones_open(&s, tones_rate, NULL));
  assert_ok(tones_history(&h, &s, "three tones", true));
  lf_history_view v = lf_history_look(h);
  assert_string_equal(v.title, "three tones");
  assert_int_equal(v.peaks, PEAKS);
  assert_int_equal(v.q, PROBES);
  assert_int_equal(v.fits, v.r);
  int64_t step = 0;
  for (size_t r = 0; r < v.r; r++, step = tones_next(step)) {
    lf_snapshot now = tones_at(&s, step);
    assert_int_equal(v.step[r], step);
    assert_true(isnan(v.time[r]) && isnan(v.test_loss[r]));
    assert_near(v.loss[r], now.loss, 0);
    assert_near(v.wall_s[r], now.wall_s, 0);
    assert_memory_equal(v.fit + r * PROBES, now.probe, sizeof s.probe);
    /* sums of 64 terms of size 1, divided by |f^| = 1/2: 100 eps is generous */
    for (size_t k = 0; k < PEAKS; k++)
      assert_near(v.delta[r * v.m + (size_t)v.peak[k]], tones_left(&s, k, step), 100 * 2.2e-16);
  }
  assert_ok(lf_history_order(h, &order));
  for (size_t k = 0; k < PEAKS; k++) {
    int64_t learned = 0, half = 0;
    while (tones_left(&s, k, learned) >= v.learned) learned = tones_next(learned);
    while (tones_left(&s, k, half) >= 0.5) half = tones_next(half);
    assert_near(order.xi[k], tones_xi[k], 1e-12);
    assert_int_equal(order.step[k], learned);
    assert_int_equal(order.half[k], half);
  }
  assert_near(order.tau, 1, 1e-15); /* a quotient of square roots */
  lf_order_free(&order);
  lf_history_destroy(h);
  tones_close(&s);
  assert_int_equal(lf_alloc_live(), 0);
}

static void it_grows_without_end(void **state) /* past its first room, twice */
{
  (void)state;
  tones s;
  lf_history *h = NULL;
  assert_ok(tones_open(&s, tones_rate, NULL));
  assert_ok(lf_history_create(&h, s.lens, s.data, &(lf_history_options){.keep_fit = true}));
  for (int64_t step = 0; step < 600; step++) {
    lf_snapshot now = tones_at(&s, step);
    assert_int_equal(lf_history_record(h, &now), 0);
  }
  lf_history_view v = lf_history_look(h);
  assert_int_equal(v.r, 600);
  assert_int_equal(v.q, SAMPLES); /* no probe given: the samples */
  assert_memory_equal(v.target_probe, s.y, sizeof s.y);
  for (int64_t step = 0; step < 600; step++) {
    lf_snapshot now = tones_at(&s, step);
    assert_int_equal(v.step[step], step);
    assert_memory_equal(v.fit + step * SAMPLES, now.fit, sizeof s.fit);
    assert_near(v.delta[(size_t)step * v.m + (size_t)v.peak[2]], tones_left(&s, 2, step), 100 * 2.2e-16);
  }
  lf_history_destroy(h);
  tones_close(&s);
}

static void a_step_seen_again_is_replaced(void **state)
{
  (void)state;
  tones s;
  lf_history *h = NULL;
  assert_ok(tones_open(&s, tones_rate, NULL));
  assert_ok(lf_history_create(&h, s.lens, s.data, NULL));
  assert_ok(tones_record(&s, h, 0, 5));
  lf_snapshot again = tones_at(&s, 5);
  again.loss = 7;
  assert_int_equal(lf_history_record(h, &again), 0);
  lf_history_view v = lf_history_look(h);
  assert_int_equal(v.r, 6);
  assert_near(v.loss[5], 7, 0);
  lf_history_destroy(h);
  tones_close(&s);
}

static lf_status refusal(tones *s, lf_snapshot bad)
{
  lf_history *h = NULL;
  lf_history_options o = {.q = PROBES, .x_probe = s->x_probe};
  assert_ok(lf_history_create(&h, s->lens, s->data, &o));
  lf_snapshot good = tones_at(s, 3);
  assert_int_equal(lf_history_record(h, &good), 0);
  assert_int_equal(lf_history_record(h, &bad), -1);
  lf_status st = lf_history_status(h);
  assert_int_equal(lf_history_look(h).r, 1);
  good.step = 9;
  assert_int_equal(lf_history_record(h, &good), -1); /* no hole in the record: it stays refused */
  assert_int_equal(lf_history_status(h), st);
  lf_history_destroy(h);
  return st;
}

static void bad_snapshots_are_refused(void **state)
{
  (void)state;
  tones s;
  assert_ok(tones_open(&s, tones_rate, NULL));
  double fit[SAMPLES], probe[PROBES];
  lf_snapshot good = tones_at(&s, 4);
  memcpy(fit, good.fit, sizeof fit);
  memcpy(probe, good.probe, sizeof probe);
  good.fit = fit, good.probe = probe;
  lf_snapshot bad = good;
  bad.step = 2;
  assert_refused(refusal(&s, bad), LF_EARG, "step 2 comes after step 3");
  bad = good, bad.n = 63;
  assert_refused(refusal(&s, bad), LF_ESHAPE, "63 samples");
  bad = good, bad.q = 0, bad.probe = NULL;
  assert_refused(refusal(&s, bad), LF_ESHAPE, "0 probe points");
  bad = good, bad.loss = NAN;
  assert_refused(refusal(&s, bad), LF_EMATH, "step 4: the loss is nan");
  fit[7] = INFINITY;
  assert_refused(refusal(&s, good), LF_EMATH, "step 4: fit[7] is inf");
  fit[7] = 0, probe[9] = NAN;
  assert_refused(refusal(&s, good), LF_EMATH, "step 4: probe[9] is nan");
  tones_close(&s);
  assert_int_equal(lf_alloc_live(), 0);
}

/* ---- the file -------------------------------------------------------------------------------------------------------------- */
static void assert_same_views(const lf_history *a, const lf_history *b)
{
  lf_history_view x = lf_history_look(a), y = lf_history_look(b);
  const size_t sizes_x[] = {x.r, x.m, x.xi_d, x.d, x.c, x.b, x.q, x.peaks, x.fits},
               sizes_y[] = {y.r, y.m, y.xi_d, y.d, y.c, y.b, y.q, y.peaks, y.fits};
  assert_memory_equal(sizes_x, sizes_y, sizeof sizes_x);
  assert_string_equal(x.title, y.title);
  assert_int_equal(x.kind, y.kind);
  assert_near(x.learned, y.learned, 0);
  assert_memory_equal(x.step, y.step, x.r * 8);
  assert_memory_equal(x.peak, y.peak, x.peaks * 8);
  const double *const ax[] = {x.time,  x.wall_s,    x.loss,       x.test_loss, x.xi,           x.target_hat, x.fit_hat,
                              x.delta, x.band_edge, x.band_error, x.x_probe,   x.target_probe, x.fit};
  const double *const ay[] = {y.time,  y.wall_s,    y.loss,       y.test_loss, y.xi,           y.target_hat, y.fit_hat,
                              y.delta, y.band_edge, y.band_error, y.x_probe,   y.target_probe, y.fit};
  const size_t count[] = {
      x.r,       x.r,     x.r,       x.r,       x.m * x.xi_d, 2 * x.m * x.c,     2 * x.r * x.m * x.c,
      x.r * x.m, x.b + 1, x.r * x.b, x.q * x.d, x.q * x.c,    x.fits * x.q * x.c};
  for (size_t i = 0; i < sizeof count / sizeof *count; i++)
    assert_memory_equal(ax[i], ay[i], count[i] * sizeof(double));
  for (size_t i = 0; i < x.m; i++) assert_near(x.xi_norm[i], y.xi_norm[i], 1e-15 * y.xi_norm[i]);
}

static void what_is_written_is_read(void **state)
{
  (void)state;
  for (int keep = 0; keep < 2; keep++) {
    tones s;
    lf_history *h = NULL, *got = NULL;
    lf_npz *z = NULL;
    assert_ok(tones_open(&s, tones_rate, NULL));
    assert_ok(tones_history(&h, &s, "τ", keep));
    assert_ok(lf_history_write(h, path));
    assert_ok(lf_history_read(&got, path));
    assert_same_views(h, got);
    assert_ok(lf_history_write(got, "t_history_again.npz"));
    assert_same_files(path, "t_history_again.npz"); /* the bytes depend on the content alone */
    assert_ok(lf_npz_read(&z, path));
    assert_int_equal(lf_npz_get(z, "fit") != NULL, keep);
    assert_int_equal(lf_npz_get(z, "fit_last") != NULL, !keep);
    lf_snapshot now = tones_at(&s, TOTAL);
    assert_int_equal(lf_history_record(got, &now), -1);
    assert_int_equal(lf_history_status(got), LF_EARG);
    lf_npz_destroy(z);
    lf_history_destroy(got);
    lf_history_destroy(h);
    tones_close(&s);
  }
  assert_int_equal(lf_alloc_live(), 0);
}

static void a_run_directory_will_do(void **state)
{
  (void)state;
  tones s;
  lf_history *h = NULL, *got = NULL;
  (void)mkdir("t_history_run", 0777);
  assert_ok(tones_open(&s, tones_rate, NULL));
  assert_ok(tones_history(&h, &s, NULL, false));
  assert_ok(lf_history_write(h, "t_history_run/history.npz"));
  assert_ok(lf_history_read(&got, "t_history_run"));
  assert_same_views(h, got);
  lf_history_destroy(got);
  assert_int_equal(unlink("t_history_run/history.npz"), 0);
  assert_refused(lf_history_read(&got, "t_history_run"), LF_EIO, "t_history_run/history.npz");
  assert_null(got);
  assert_int_equal(rmdir("t_history_run"), 0);
  lf_history_destroy(h);
  tones_close(&s);
}

/* The file with one member left out (replacement NULL) or replaced, then read. */
static lf_status read_changed(const char *name, const lf_array *replacement)
{
  lf_npz *from = NULL, *to = NULL;
  lf_history *h = (lf_history *)1;
  assert_ok(lf_npz_read(&from, path));
  assert_ok(lf_npz_create(&to));
  for (size_t i = 0; i < lf_npz_count(from); i++) {
    const char *member = lf_npz_name(from, i);
    if (strcmp(member, name) != 0) assert_ok(lf_npz_put(to, member, lf_npz_get(from, member)));
  }
  if (replacement) assert_ok(lf_npz_put(to, name, replacement));
  assert_ok(lf_npz_write(to, "t_history_changed.npz"));
  lf_npz_destroy(from);
  lf_npz_destroy(to);
  lf_status st = lf_history_read(&h, "t_history_changed.npz");
  if (st != LF_OK) {
    assert_null(h);
    assert_null(strchr(lf_last_error(), '\n'));
  }
  lf_history_destroy(h);
  return st;
}

static lf_array copy_of(const char *name)
{
  lf_npz *z = NULL;
  lf_array a;
  assert_ok(lf_npz_read(&z, path));
  const lf_array *from = lf_npz_get(z, name);
  assert_non_null(from);
  assert_ok(lf_array_create(&a, from->dtype, from->ndim, from->shape));
  memcpy(a.data, from->data, lf_array_count(from) * lf_dtype_size(from->dtype));
  lf_npz_destroy(z);
  return a;
}

static void write_sound_file(void)
{
  tones s;
  lf_history *h = NULL;
  assert_ok(tones_open(&s, tones_rate, NULL));
  assert_ok(tones_history(&h, &s, "sound", true));
  assert_ok(lf_history_write(h, path));
  lf_history_destroy(h);
  tones_close(&s);
}

static void every_array_is_checked(void **state)
{
  (void)state;
  static const char *const required[] = {"step",       "t",          "wall_s",  "loss",  "test_loss",
                                         "xi",         "target_hat", "fit_hat", "delta", "band_edges",
                                         "band_error", "peak",       "x_probe"};
  write_sound_file();
  assert_ok(read_changed("unknown", NULL)); /* the way of changing changes nothing else */
  for (size_t i = 0; i < sizeof required / sizeof *required; i++) {
    char words[96];
    (void)snprintf(words, sizeof words, "t_history_changed.npz: array %s is missing", required[i]);
    assert_refused(read_changed(required[i], NULL), LF_EFMT, words);
    lf_array a = copy_of(required[i]);
    a.dtype = LF_U8; /* fewer bytes of the same memory */
    (void)snprintf(words, sizeof words, "array %s is of type u1, expected", required[i]);
    assert_refused(read_changed(required[i], &a), LF_EFMT, words);
    lf_array_free(&a);
    a = copy_of(required[i]);
    a.shape[a.ndim++] = 1;
    (void)snprintf(words, sizeof words, "array %s has shape (", required[i]);
    assert_refused(read_changed(required[i], &a), LF_EFMT, words);
    if (strcmp(required[i], "peak") != 0) { /* shorter peaks are sound */
      a.ndim--;
      a.shape[0]--;
      assert_int_equal(read_changed(required[i], &a), LF_EFMT);
      a.shape[0]++;
    } else
      a.ndim--;
    lf_array_free(&a);
  }
  assert_int_equal(lf_alloc_live(), 0);
}

static void what_must_be_finite_is(void **state)
{
  (void)state;
  static const char *const finite[] = {"loss",       "xi",         "target_hat", "fit_hat", "delta",
                                       "band_edges", "band_error", "x_probe",    "fit",     "target_probe"};
  static const char *const may_be_nan[] = {"t", "wall_s", "test_loss"};
  write_sound_file();
  for (size_t i = 0; i < sizeof finite / sizeof *finite; i++) {
    char words[64];
    lf_array a = copy_of(finite[i]);
    ((double *)a.data)[0] = NAN;
    (void)snprintf(words, sizeof words, "array %s: element 0 is nan", finite[i]);
    assert_refused(read_changed(finite[i], &a), LF_EFMT, words);
    lf_array_free(&a);
  }
  for (size_t i = 0; i < sizeof may_be_nan / sizeof *may_be_nan; i++) {
    lf_array a = copy_of(may_be_nan[i]);
    ((double *)a.data)[2] = NAN;
    assert_ok(read_changed(may_be_nan[i], &a));
    ((double *)a.data)[2] = INFINITY;
    assert_refused(read_changed(may_be_nan[i], &a), LF_EFMT, "element 2 is inf");
    lf_array_free(&a);
  }
}

static void contents_must_make_sense(void **state)
{
  (void)state;
  write_sound_file();
  lf_array a = copy_of("step");
  ((int64_t *)a.data)[3] = 2;
  assert_refused(read_changed("step", &a), LF_EFMT, "array step: element 3 is 2 after 2, expected ascending");
  lf_array_free(&a);
  a = copy_of("peak");
  ((int64_t *)a.data)[1] = 1000;
  assert_refused(read_changed("peak", &a), LF_EFMT, "array peak: element 1 is 1000, expected 0...");
  lf_array_free(&a);
  a = copy_of("band_edges");
  ((double *)a.data)[1] = ((double *)a.data)[0];
  assert_refused(read_changed("band_edges", &a), LF_EFMT, "band_edges: element 1");
  lf_array_free(&a);
  a = copy_of("learned");
  *(double *)a.data = -1;
  assert_refused(read_changed("learned", &a), LF_EFMT, "array learned is -1");
  lf_array_free(&a);
  a = copy_of("lens");
  ((char *)a.data)[0] = 'X';
  assert_refused(read_changed("lens", &a), LF_EFMT, "is no lens known here");
  lf_array_free(&a);
  a = copy_of("target_probe"); /* of the same shape */
  assert_refused(read_changed("fit_last", &a), LF_EFMT, "only one of the two");
  lf_array_free(&a);
  assert_int_equal(lf_alloc_live(), 0);
}

static void control_characters_do_not_get_through(void **state)
{
  (void)state;
  lf_history *h = NULL;
  lf_npz *z = NULL;
  size_t bytes = 6;
  write_sound_file();
  assert_ok(lf_npz_read(&z, path));
  assert_ok(lf_npz_put_raw(z, "title", LF_U8, 1, &bytes, "a\033[2J\n"));
  assert_ok(lf_npz_write(z, "t_history_changed.npz"));
  assert_ok(lf_history_read(&h, "t_history_changed.npz"));
  assert_string_equal(lf_history_look(h).title, "a?[2J?");
  lf_npz_destroy(z);
  lf_history_destroy(h);
}

static void cut_files_are_refused(void **state)
{
  (void)state;
  enum { STRIDE = 997 }; /* io's own test cuts at every byte; a prime visits every kind of place here */
  size_t count;
  write_sound_file();
  char *bytes = bytes_of(path, &count);
  for (size_t n = 0; n < count; n += STRIDE) {
    lf_history *h = (lf_history *)1;
    FILE *f = fopen("t_history_cut.npz", "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
    assert_int_not_equal(lf_history_read(&h, "t_history_cut.npz"), LF_OK);
    assert_non_null(strstr(lf_last_error(), "t_history_cut.npz"));
    assert_null(h);
  }
  lf_release(bytes);
  assert_int_equal(lf_alloc_live(), 0);
}

/* ---- checkpoints ------------------------------------------------------------------------------------------------------------- */
static void a_resumed_run_has_the_same_bytes(void **state)
{
  (void)state;
  for (int keep = 0; keep < 2; keep++)
    for (int64_t stop = -1; stop <= 62; stop += 63) { /* before the first record, and in the middle */
      tones s;
      lf_history *whole = NULL, *first = NULL, *second = NULL;
      lf_npz *checkpoint = NULL;
      lf_history_options o = {
          .q = PROBES, .x_probe = s.x_probe, .y_probe = s.y_probe, .keep_fit = keep, .title = "run"};
      assert_ok(tones_open(&s, tones_rate, NULL));
      assert_ok(lf_history_create(&whole, s.lens, s.data, &o));
      assert_ok(lf_history_create(&first, s.lens, s.data, &o));
      assert_ok(lf_history_create(&second, s.lens, s.data, &o));
      assert_ok(tones_record(&s, whole, 0, TOTAL));
      assert_ok(tones_record(&s, first, 0, stop));
      assert_ok(lf_npz_create(&checkpoint));
      assert_ok(lf_history_save(first, checkpoint));
      assert_ok(tones_record(&s, second, 0, 3)); /* what was there goes */
      assert_ok(lf_history_restore(second, checkpoint));
      assert_ok(
          tones_record(&s, second, LF_MAX(stop, (int64_t)0), TOTAL)); /* the step of the checkpoint is seen again */
      assert_ok(lf_history_write(whole, path));
      assert_ok(lf_history_write(second, "t_history_again.npz"));
      assert_same_files(path, "t_history_again.npz");
      lf_npz_destroy(checkpoint);
      lf_history_destroy(whole);
      lf_history_destroy(first);
      lf_history_destroy(second);
      tones_close(&s);
    }
  assert_int_equal(lf_alloc_live(), 0);
}

static void a_foreign_checkpoint_is_refused(void **state)
{
  (void)state;
  tones s;
  lf_history *mine = NULL, *theirs = NULL;
  lf_npz *checkpoint = NULL, *empty = NULL;
  assert_ok(tones_open(&s, tones_rate, NULL));
  assert_ok(tones_history(&mine, &s, NULL, false));
  s.x_probe[4] += 1e-9;
  assert_ok(tones_history(&theirs, &s, NULL, false));
  assert_ok(lf_npz_create(&checkpoint));
  assert_ok(lf_npz_create(&empty));
  assert_ok(lf_history_save(theirs, checkpoint));
  assert_refused(lf_history_restore(mine, checkpoint), LF_ESHAPE, "its history.x_probe differs");
  assert_refused(lf_history_restore(mine, empty), LF_EFMT, "array history.step is missing");
  lf_history_destroy(theirs);
  s.x_probe[4] -= 1e-9;
  assert_ok(tones_history(&theirs, &s, NULL, true));
  assert_ok(lf_history_save(theirs, empty));
  assert_refused(lf_history_restore(mine, empty), LF_ESHAPE, "keeps the function at every record, this run does not");
  lf_history_view v = lf_history_look(mine);
  assert_int_equal(v.step[v.r - 1], TOTAL); /* refused means untouched */
  lf_npz_destroy(checkpoint);
  lf_npz_destroy(empty);
  lf_history_destroy(mine);
  lf_history_destroy(theirs);
  tones_close(&s);
  assert_int_equal(lf_alloc_live(), 0);
}

/* ---- comparison ---------------------------------------------------------------------------------------------------------------- */
static const double other_rate[PEAKS] = {0.2, 0.02, 0.002};

static void a_run_does_not_differ_from_itself(void **state)
{
  (void)state;
  tones s;
  lf_history *h = NULL;
  lf_deviation d;
  assert_ok(tones_open(&s, tones_rate, NULL));
  assert_ok(tones_history(&h, &s, NULL, false));
  assert_ok(lf_compare(h, h, &d));
  for (size_t b = 0; b < d.bands; b++) assert_near(d.band_rms[b], 0, 0);
  assert_near(d.loss_ratio, 1, 0);
  assert_near(d.fit_rms, 0, 0);
  assert_int_equal(d.peaks, PEAKS);
  for (size_t k = 0; k < d.peaks; k++) assert_int_equal(d.step_a[k], d.step_b[k]);
  lf_deviation_free(&d);
  lf_history_destroy(h);
  tones_close(&s);
}

static void deviations_against_closed_forms(void **state)
{
  (void)state;
  tones s, t;
  lf_history *a = NULL, *b = NULL;
  lf_deviation d, back;
  assert_ok(tones_open(&s, tones_rate, NULL));
  assert_ok(tones_open(&t, other_rate, NULL));
  assert_ok(tones_history(&a, &s, NULL, true));
  assert_ok(tones_history(&b, &t, NULL, false));
  assert_ok(lf_compare(a, b, &d));
  assert_ok(lf_compare(b, a, &back));
  lf_history_view v = lf_history_look(a), w = lf_history_look(b);
  for (size_t k = 0; k < d.bands; k++) {
    double square = 0; /* one peak per band: the same steps in both, nothing is interpolated */
    for (size_t r = 0; r < v.r; r++)
      square += pow(v.band_error[r * v.b + k] - w.band_error[r * v.b + k], 2) / (double)v.r;
    assert_near(d.band_rms[k], sqrt(square), 1e-14);
    assert_near(back.band_rms[k], d.band_rms[k], 0);
  }
  assert_near(d.loss_ratio * back.loss_ratio, 1, 1e-14);
  assert_true(isnan(d.pace)); /* these records know no time */
  double square = 0;
  for (size_t i = 0; i < PROBES; i++) {
    double x = s.x_probe[i];
    square += pow(tones_value(&s, x, TOTAL) - tones_value(&t, x, TOTAL), 2) / PROBES;
  }
  assert_near(d.fit_rms, sqrt(square), 1e-14);
  assert_near(d.xi[2], 5, 1e-12);
  assert_int_equal(d.step_a[2], 448);
  assert_int_equal(d.step_b[2], 926);
  assert_int_equal(back.step_b[2], 448);
  lf_deviation_free(&d);
  lf_deviation_free(&back);
  lf_history_destroy(a);
  lf_history_destroy(b);
  tones_close(&s);
  tones_close(&t);
  assert_int_equal(lf_alloc_live(), 0);
}

/* Records at other steps: linear between them in log(1 + step), over what both cover. Loss log(1 + step) is then met exactly. */
static void records_at_other_steps(void **state)
{
  (void)state;
  tones s;
  lf_history *a = NULL, *b = NULL;
  lf_deviation d;
  assert_ok(tones_open(&s, tones_rate, NULL));
  assert_ok(lf_history_create(&a, s.lens, s.data, NULL));
  assert_ok(lf_history_create(&b, s.lens, s.data, NULL));
  static const int64_t at_a[] = {1, 7, 40, 500}, at_b[] = {0, 3, 90, 200, 1000};
  for (size_t i = 0; i < 4; i++) {
    lf_snapshot now = tones_at(&s, at_a[i]);
    now.loss = log1p((double)at_a[i]);
    now.time = 0.4 * (double)at_a[i];
    assert_int_equal(lf_history_record(a, &now), 0);
  }
  for (size_t i = 0; i < 5; i++) {
    lf_snapshot now = tones_at(&s, at_b[i]);
    now.loss = 3 * log1p((double)at_b[i]);
    now.time = i < 4 ? 0.1 * (double)at_b[i] : NAN; /* the last that is known counts */
    assert_int_equal(lf_history_record(b, &now), 0);
  }
  assert_ok(lf_compare(a, b, &d));
  assert_near(d.loss_ratio, 3, 1e-14);
  assert_near(d.pace, 0.25, 1e-14);
  assert_near(
      d.fit_rms,
      sqrt((pow(exp(-50.0) - exp(-100.0), 2) + pow(exp(-10.0) - exp(-20.0), 2) + pow(exp(-2.0) - exp(-4.0), 2)) / 2),
      1e-14);
  lf_deviation_free(&d);
  lf_history_destroy(a);
  lf_history_destroy(b);
  tones_close(&s);
}

static void bands_with_other_edges_are_formed_anew(void **state)
{
  (void)state;
  static const double edges_a[] = {0, 2, 4, 6}, edges_b[] = {0, 3.5, 6};
  tones s, t;
  lf_history *a = NULL, *b = NULL;
  lf_deviation d, same;
  assert_ok(tones_open(&s, tones_rate, &(lf_lens_options){.n_edges = 4, .edges = edges_a}));
  assert_ok(tones_open(&t, other_rate, &(lf_lens_options){.n_edges = 3, .edges = edges_b}));
  assert_ok(tones_history(&a, &s, NULL, false));
  assert_ok(tones_history(&b, &t, NULL, false));
  assert_ok(lf_compare(a, b, &d));
  assert_int_equal(d.bands, 3);
  lf_history_view v = lf_history_look(a);
  for (size_t k = 0; k < 3; k++) { /* one peak in each band of a: its error is exp(-r k) */
    double square = 0;
    for (size_t r = 0; r < v.r; r++)
      square += pow(tones_left(&s, k, v.step[r]) - tones_left(&t, k, v.step[r]), 2) / (double)v.r;
    assert_near(d.band_edge[k], edges_a[k], 0);
    assert_near(d.band_rms[k], sqrt(square), 1e-13);
  }
  lf_deviation_free(&d);
  assert_ok(lf_compare(b, b, &same));
  assert_int_equal(same.bands, 2);
  lf_deviation_free(&same);
  lf_history_destroy(a);
  lf_history_destroy(b);
  tones_close(&s);
  tones_close(&t);
}

static void what_cannot_be_compared_is_refused(void **state)
{
  (void)state;
  static const double mine[] = {1, 2, 3}, theirs[] = {1.5, 2.5};
  tones s, t;
  lf_history *a = NULL, *b = NULL;
  lf_deviation d;
  assert_ok(tones_open(&s, tones_rate, &(lf_lens_options){.kind = LF_LENS_NUDFT, .n_xi = 3, .xi = mine}));
  assert_ok(tones_open(&t, tones_rate, &(lf_lens_options){.kind = LF_LENS_NUDFT, .n_xi = 2, .xi = theirs}));
  assert_ok(tones_history(&a, &s, NULL, false));
  assert_ok(tones_history(&b, &t, NULL, false));
  assert_refused(lf_compare(a, b, &d), LF_EARG, "no frequency in common");
  lf_history_destroy(b);
  assert_ok(lf_history_create(&b, s.lens, s.data, NULL));
  assert_refused(lf_compare(a, b, &d), LF_EARG, "without a record");
  lf_snapshot later = tones_at(&s, 2000);
  assert_int_equal(lf_history_record(b, &later), 0);
  assert_refused(lf_compare(a, b, &d), LF_EARG, "no steps in common: 0...1000 and 2000...2000");
  lf_history_destroy(a);
  lf_history_destroy(b);
  tones_close(&s);
  tones_close(&t);
  assert_int_equal(lf_alloc_live(), 0);
}

/* ---- memory ---------------------------------------------------------------------------------------------------------------------- */
static lf_status whole_life(tones *s)
{
  lf_status st = LF_OK;
  lf_history *h = NULL, *got = NULL, *again = NULL;
  lf_npz *checkpoint = NULL;
  lf_deviation d = {0};
  LF_TRY(lf_history_create(&h, s->lens, s->data, &(lf_history_options){.title = "life", .keep_fit = true}));
  for (int64_t step = 0; step < 300;
       step += step < 240 ? 41 : 1) { /* few steps, and by restoring more than fit at first */
    lf_snapshot now = tones_at(s, step);
    if (lf_history_record(h, &now) != 0) LF_TRY(lf_history_status(h));
  }
  LF_TRY(lf_npz_create(&checkpoint));
  LF_TRY(lf_history_save(h, checkpoint));
  LF_TRY(lf_history_create(&again, s->lens, s->data, &(lf_history_options){.title = "life", .keep_fit = true}));
  LF_TRY(lf_history_restore(again, checkpoint));
  lf_snapshot next = tones_at(s, TOTAL);
  if (lf_history_record(again, &next) != 0) LF_TRY(lf_history_status(again));
  LF_TRY(lf_history_read(&got, path));
  LF_TRY(lf_compare(h, got, &d));
  LF_TRY(lf_history_write(h, "t_history_again.npz")); /* last: each success waits for the disk */
done:
  lf_deviation_free(&d);
  lf_npz_destroy(checkpoint);
  lf_history_destroy(h);
  lf_history_destroy(got);
  lf_history_destroy(again);
  return st;
}

static void every_failed_allocation_is_survived(void **state)
{
  (void)state;
  tones s;
  write_sound_file();
  assert_ok(tones_open(&s, tones_rate, NULL));
  assert_ok(whole_life(&s)); /* what a thread keeps for itself is made now */
  long before = lf_alloc_live();
  for (long k = 0;; k++) {
    lf_alloc_fail_after(k);
    lf_status st = whole_life(&s);
    lf_alloc_fail_after(-1);
    assert_int_equal(lf_alloc_live(), before);
    if (st == LF_OK) break;
    assert_int_equal(st, LF_ENOMEM);
  }
  tones_close(&s);
}

static int remove_files(void **state)
{
  (void)state;
  (void)unlink(path);
  (void)unlink("t_history_again.npz");
  (void)unlink("t_history_changed.npz");
  (void)unlink("t_history_cut.npz");
  return 0;
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_record_is_what_happened),
      cmocka_unit_test(it_grows_without_end),
      cmocka_unit_test(a_step_seen_again_is_replaced),
      cmocka_unit_test(bad_snapshots_are_refused),
      cmocka_unit_test(what_is_written_is_read),
      cmocka_unit_test(a_run_directory_will_do),
      cmocka_unit_test(every_array_is_checked),
      cmocka_unit_test(what_must_be_finite_is),
      cmocka_unit_test(contents_must_make_sense),
      cmocka_unit_test(control_characters_do_not_get_through),
      cmocka_unit_test(cut_files_are_refused),
      cmocka_unit_test(a_resumed_run_has_the_same_bytes),
      cmocka_unit_test(a_foreign_checkpoint_is_refused),
      cmocka_unit_test(a_run_does_not_differ_from_itself),
      cmocka_unit_test(deviations_against_closed_forms),
      cmocka_unit_test(records_at_other_steps),
      cmocka_unit_test(bands_with_other_edges_are_formed_anew),
      cmocka_unit_test(what_cannot_be_compared_is_refused),
      cmocka_unit_test(every_failed_allocation_is_survived),
  };
  return cmocka_run_group_tests(tests, NULL, remove_files);
}
