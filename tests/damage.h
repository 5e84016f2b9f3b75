/* damage.h — what every reader must stand: cut files, changed bytes, failing allocations; and what every writer must: a full disk. */
#ifndef LF_TESTS_DAMAGE_H
#define LF_TESTS_DAMAGE_H
#include <dirent.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>
#include "check.h"
#include "lowfirst/array.h"
#include "lowfirst/files.h"

/* A file's bytes and a 0 behind, for free(): no allocation of ours stays live. */
static inline char *file_bytes(const char *path, size_t *count)
{
  char *bytes;
  assert_ok(lf_file_read(&bytes, count, path, 1 << 20));
  char *copy = malloc(*count + 1);
  assert_non_null(copy);
  memcpy(copy, bytes, *count);
  copy[*count] = 0;
  lf_release(bytes);
  return copy;
}

/* Reads bytes and frees what came of it. */
typedef lf_status (*reads_bytes)(const void *bytes, size_t count);

/* Read a copy that ends where the memory ends, so that a sanitizer sees a step too far; failures are one line, and nothing leaks. */
static inline lf_status read_exactly(reads_bytes read, const char *bytes, size_t count)
{
  char *copy = malloc(count ? count : 1);
  assert_non_null(copy);
  memcpy(copy, bytes, count);
  lf_status st = read(copy, count);
  free(copy);
  assert_int_equal(lf_alloc_live(), 0);
  if (st != LF_OK && (strlen(lf_last_error()) == 0 || strchr(lf_last_error(), '\n')))
    fail_msg("status %d is explained by \"%s\", not by one line", (int)st, lf_last_error());
  return st;
}

static inline void refuses_every_cut(reads_bytes read, const char *bytes, size_t count)
{
  assert_int_equal(read_exactly(read, bytes, count), LF_OK);
  for (size_t n = 0; n < count; n++)
    if (read_exactly(read, bytes, n) == LF_OK) fail_msg("the first %zu of %zu bytes were accepted", n, count);
}

/* Any outcome is right but a crash, a leak, or a failure without words. Gives back how many changes were refused. */
static inline size_t survives_every_flip(reads_bytes read, const char *bytes, size_t count)
{
  size_t refused = 0;
  char *copy = malloc(count);
  assert_non_null(copy);
  memcpy(copy, bytes, count);
  for (size_t i = 0; i < count; i++) {
    for (int bit = 0; bit <= 8; bit++) { /* each bit, then all of them */
      copy[i] = (char)(bytes[i] ^ (bit < 8 ? 1 << bit : 255));
      refused += read_exactly(read, copy, count) != LF_OK;
    }
    copy[i] = bytes[i];
  }
  free(copy);
  return refused;
}

/* `call` frees what it made: the k-th allocation fails for every k until none is left to fail. */
static inline void survives_failed_allocations(lf_status (*call)(void))
{
  for (long k = 0;; k++) {
    lf_alloc_fail_after(k);
    lf_status st = call();
    lf_alloc_fail_after(-1);
    assert_int_equal(lf_alloc_live(), 0);
    if (st == LF_OK) {
      assert_true(k > 0);
      return;
    }
    assert_int_equal(st, LF_ENOMEM);
  }
}

/* `write` must fail with LF_EIO when no more than `limit` bytes fit, leave the old bytes of `path`, and no other file. */
static inline void keeps_the_old_file(lf_status (*write)(const char *path), const char *path, rlim_t limit)
{
  static const char old[] = "old";
  char *now;
  size_t count, around = 0;
  assert_ok(lf_file_write(path, old, sizeof old));
  struct rlimit before, tight;
  assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
  tight = before;
  tight.rlim_cur = limit;
  void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
  lf_status st = write(path);
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
  (void)signal(SIGXFSZ, handler);
  if (st != LF_EIO) fail_msg("a full disk gave %d (%s)", (int)st, lf_last_error());
  assert_ok(lf_file_read(&now, &count, path, 100));
  assert_int_equal(count, sizeof old);
  assert_memory_equal(now, old, sizeof old);
  lf_release(now);
  assert_refused(write("/dev/full"), LF_EIO, "/dev/full");
  DIR *here = opendir(".");
  for (struct dirent *e; (e = readdir(here));) around += strncmp(e->d_name, path, strlen(path)) == 0;
  closedir(here);
  assert_int_equal(around, 1);
  assert_int_equal(unlink(path), 0);
}
#endif
