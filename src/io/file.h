/* file.h — a file written as a whole or not at all. */
#ifndef LF_IO_FILE_H
#define LF_IO_FILE_H
#include <stddef.h>
#include <stdint.h>
#include "lowfirst/status.h"

/* Bytes go to a temporary file beside the target, which takes the target's name when all are safe on the disk. A target that is a
 * device or a pipe is written in place. */
typedef struct lf_writer {
  int fd;
  const char *path; /* the caller's, for messages; kept */
  char *target;     /* path with its links followed */
  char *temporary;  /* NULL where written in place */
} lf_writer;

lf_status lf_writer_open(lf_writer *w, const char *path);
lf_status lf_writer_put(lf_writer *w, const void *bytes, size_t count);
lf_status lf_writer_seek(lf_writer *w, uint64_t from_start);
/* Commit where `st`, what happened so far, is LF_OK, else throw away; gives back what happened first. Call it once after every open, failed or not. */
lf_status lf_writer_close(lf_writer *w, lf_status st);

/* *bytes that may still be written beside `path`; infinite where that is not known, or where it is a device or a pipe. LF_ENOMEM. */
lf_status lf_file_room(const char *path, double *bytes);
#endif
