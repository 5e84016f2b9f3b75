/* file.c — whole files in, whole files out. A reader of a path that is being written sees the old bytes or the new ones: the new
 * ones are made durable under another name in the same folder (fsync), and take the path in one step (rename). */
#include "io/file.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include "base/base.h"
#include "lowfirst/array.h"
#include "lowfirst/files.h"

/* ---- reading -------------------------------------------------------------------------------------------------------- */
/* Up to `count` bytes at `to`; the number read is less only at the end. */
static lf_status read_some(int fd, const char *path, char *to, size_t count, size_t *got)
{
  *got = 0;
  while (*got < count) {
    ssize_t n = read(fd, to + *got, LF_MIN(count - *got, (size_t)SSIZE_MAX));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return LF_FAIL(LF_EIO, "%s: could not be read: %s", path, strerror(errno));
    if (n == 0) break;
    *got += (size_t)n;
  }
  return LF_OK;
}

lf_status lf_file_read(char **out, size_t *bytes, const char *path, size_t limit)
{
  enum { PIPE_ROOM = 1 << 16 };
  lf_status st = LF_OK;
  struct stat info;
  char *text = NULL;
  size_t used = 0, room, got;
  *out = NULL, *bytes = 0;
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return LF_FAIL(LF_EIO, "%s: could not be opened: %s", path, strerror(errno));
  if (fstat(fd, &info) != 0) LF_RAISE(LF_EIO, "%s: could not be read: %s", path, strerror(errno));
  if (S_ISDIR(info.st_mode)) LF_RAISE(LF_EIO, "%s: is a folder, a file is expected", path);
  if (S_ISREG(info.st_mode) && (uintmax_t)info.st_size > limit)
    LF_RAISE(LF_EFMT, "%s: holds %jd bytes, at most %zu are expected", path, (intmax_t)info.st_size, limit);
  /* one more byte than the size, so that the read that meets the end needs no larger room; pipes have no size */
  room = info.st_size > 0 ? (size_t)info.st_size + 1 : PIPE_ROOM;
  LF_TRY(lf_calloc(&text, room, 1));
  for (;;) {
    LF_TRY(read_some(fd, path, text + used, room - used, &got));
    used += got;
    if (used < room) break;
    LF_TRY(lf_grow(&text, used, 2 * room, 1));
    room *= 2;
  }
  if (used > limit) LF_RAISE(LF_EFMT, "%s: holds more than the %zu bytes that are expected at most", path, limit);
  text[used] = 0; /* it may have shrunk while it was read */
  *out = text, *bytes = used;
  text = NULL;
done:
  (void)close(fd);
  lf_free(text);
  return st;
}

/* ---- writing -------------------------------------------------------------------------------------------------------- */
static lf_status write_failed(const lf_writer *w)
{
  return LF_FAIL(LF_EIO, "%s: could not be written: %s", w->path, strerror(errno));
}

/* Open a file beside the target that nobody else has: the process and a count make the name. */
static lf_status open_temporary(lf_writer *w)
{
  enum { TRIES = 1000 }; /* names left behind by killed processes of the same number */
  for (int i = 0; i < TRIES; i++) {
    lf_free(w->temporary);
    lf_status st = lf_asprintf(&w->temporary, "%s.%ld-%d.tmp", w->target, (long)getpid(), i);
    if (st != LF_OK) return st;
    w->fd = open(w->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (w->fd >= 0) return LF_OK;
    if (errno != EEXIST) break;
  }
  int problem = errno;
  lf_free(w->temporary);
  w->temporary = NULL; /* not ours to remove */
  errno = problem;
  return write_failed(w);
}

lf_status lf_writer_open(lf_writer *w, const char *path)
{
  *w = (lf_writer){.fd = -1, .path = path};
  struct stat info;
  bool exists = stat(path, &info) == 0;
  if (exists && S_ISDIR(info.st_mode)) return LF_FAIL(LF_EIO, "%s: is a folder, a file name is expected", path);
  if (exists && !S_ISREG(info.st_mode)) {
    w->fd = open(path, O_WRONLY | O_CLOEXEC);
    return w->fd >= 0 ? LF_OK : write_failed(w);
  }
  char *followed = exists ? realpath(path, NULL) : NULL; /* so that a link stays a link */
  lf_status st = lf_strdup(&w->target, followed ? followed : path);
  free(followed);
  if (st == LF_OK) st = open_temporary(w);
  if (st == LF_OK && exists)
    (void)fchmod(w->fd, info.st_mode & 07777); /* as far as allowed, readers keep their rights */
  return st;
}

lf_status lf_writer_put(lf_writer *w, const void *bytes, size_t count)
{
  const char *from = bytes;
  while (count > 0) {
    ssize_t n = write(w->fd, from, LF_MIN(count, (size_t)SSIZE_MAX));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return write_failed(w);
    from += n, count -= (size_t)n;
  }
  return LF_OK;
}

lf_status lf_writer_seek(lf_writer *w, uint64_t from_start)
{
  return lseek(w->fd, (off_t)from_start, SEEK_SET) < 0 ? write_failed(w) : LF_OK;
}

/* Make the new name itself durable; file systems that cannot do that for a folder say so, and lose nothing by it. Cuts `target`. */
static void sync_folder(char *target)
{
  char *slash = strrchr(target, '/');
  if (slash) slash[1] = 0;
  int fd = open(slash ? target : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;
  (void)fsync(fd);
  (void)close(fd);
}

lf_status lf_writer_close(lf_writer *w, lf_status st)
{
  if (st == LF_OK && w->temporary && fsync(w->fd) != 0) st = write_failed(w);
  if (w->fd >= 0 && close(w->fd) != 0 && st == LF_OK) st = write_failed(w);
  if (st == LF_OK && w->temporary && rename(w->temporary, w->target) != 0) st = write_failed(w);
  if (w->temporary && st == LF_OK)
    sync_folder(w->target);
  else if (w->temporary)
    (void)unlink(w->temporary);
  lf_free(w->temporary);
  lf_free(w->target);
  *w = (lf_writer){.fd = -1};
  return st;
}

lf_status lf_file_write(const char *path, const void *bytes, size_t count)
{
  lf_writer w;
  lf_status st = lf_writer_open(&w, path);
  if (st == LF_OK) st = lf_writer_put(&w, bytes, count);
  return lf_writer_close(&w, st);
}

lf_status lf_file_room(const char *path, double *bytes)
{
  struct stat info;
  struct statvfs disk;
  char *folder = NULL;
  *bytes = INFINITY;
  if (stat(path, &info) == 0 && !S_ISREG(info.st_mode)) return LF_OK;
  const char *slash = strrchr(path, '/');
  lf_status st = lf_asprintf(&folder, "%.*s", slash ? (int)(slash + 1 - path) : 1, slash ? path : ".");
  if (st != LF_OK) return st;
  if (statvfs(folder, &disk) == 0 && disk.f_blocks > 0) /* some that are no disk count none */
    *bytes = (double)disk.f_bavail * (double)disk.f_frsize;
  lf_free(folder);
  return LF_OK;
}
