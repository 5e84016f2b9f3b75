/* kernel_file.c — kernels larger than memory, tile by tile into an npy file. A tile's rows are pieces of the file's rows; of a symmetric matrix each
 * tile above the diagonal is written twice, the second time turned. */
#include <math.h>
#include "base/base.h"
#include "base/cpu.h"
#include "io/bytes.h"
#include "io/file.h"
#include "linalg/gemm.h"
#include "pairs.h"

static const double giga = 1e9;

/* Rows of a tile at most: 128 MB in pieces of 32 KB, some tenths of a second between two looks at `watch`. */
enum { MOST_ROWS = 4096, STRIP = 64 };

/* ---- how large a tile --------------------------------------------------------------------------------------------------- */
static double tile_memory(const lf_kernel *k, size_t n, size_t m, bool symmetric, size_t points)
{
  double rows = (double)lf_kernel_rows(k, points);
  return sizeof(double) * rows * (rows + STRIP) + lf_pairs_memory(k, n, m, symmetric, points, points);
}

/* The largest tile of whole steps that memory holds; of a kernel without steps it may be as small as one point. */
static size_t choose_points(const lf_kernel *k, size_t n, size_t m, bool symmetric, double memory)
{
  size_t step = LF_WINDOW_STEP, most = LF_MAX((size_t)MOST_ROWS / lf_kernel_rows(k, 1), 1);
  size_t points = LF_MIN(most, LF_ROUND_UP(LF_MAX(n, m), step));
  if (points > step) points -= points % step;
  while (points > step && tile_memory(k, n, m, symmetric, points) > memory) points -= step;
  if (lf_kernel_what(k) != LF_EMPIRICAL) return LF_MAX(points, step); /* bits depend on where a window begins */
  while (points > 1 && tile_memory(k, n, m, symmetric, points) > memory) points /= 2;
  return points;
}

lf_status lf_kernel_file_look(lf_kernel_file_plan *out, const char *path, const lf_kernel *k, size_t n, size_t m,
                              bool symmetric, double memory)
{
  double machine = lf_machine_bytes();
  if (symmetric) m = n;
  if (!(memory > 0)) memory = machine / 2;
  *out = (lf_kernel_file_plan){.points = choose_points(k, n, m, symmetric, memory)};
  lf_status st = lf_file_room(path, &out->room);
  if (st != LF_OK) return st;
  out->memory = tile_memory(k, n, m, symmetric, out->points);
  out->disk = sizeof(double) * (double)lf_kernel_rows(k, n) * (double)lf_kernel_rows(k, m);
  if (out->memory > memory)
    return LF_FAIL(LF_ENOMEM,
                   "a kernel of %zu x %zu points needs %.3g GB even tile by tile, and %.3g GB may be used: give fewer "
                   "points, or more memory",
                   n, m, out->memory / giga, memory / giga);
  if (out->disk > out->room)
    return LF_FAIL(LF_EIO,
                   "%s: a kernel of %zu x %zu takes %.3g GB, and its disk has room for %.3g GB: give fewer points",
                   path, lf_kernel_rows(k, n), lf_kernel_rows(k, m), out->disk / giga, out->room / giga);
  return LF_OK;
}

/* ---- the file ------------------------------------------------------------------------------------------------------------ */
typedef struct job {
  lf_pairs pairs;
  const lf_kernel_file_options *options;
  const char *path;
  size_t points, rows, columns; /* a tile's side in points; of K */
  double *tile, *strip;         /* (rows of a tile)^2, (64, rows of a tile) */
  size_t head;                  /* bytes before K */
  lf_writer file;
  double done;
} job;

/* from (count, width; row stride) to rows row ... row+count-1, from column `column` on */
static lf_status put_rows(job *j, size_t row, size_t count, size_t column, size_t width, const double *from)
{
  bool whole = width == j->columns;
  size_t pieces = whole ? 1 : count, numbers = whole ? count * width : width;
  for (size_t r = 0; r < pieces; r++) {
    lf_status st = lf_writer_seek(&j->file, j->head + sizeof(double) * ((row + r) * j->columns + column));
    if (st == LF_OK) st = lf_writer_put(&j->file, from + r * width, numbers * sizeof(double));
    if (st != LF_OK) return st;
  }
  return LF_OK;
}

/* The tile (h, w) whose corner is at row `row`, column `column`, to the other side of the diagonal. */
static lf_status put_turned(job *j, size_t row, size_t column, size_t h, size_t w)
{
  for (size_t s = 0; s < w; s += STRIP) {
    size_t count = LF_MIN((size_t)STRIP, w - s);
    lf_gemm_get()->transpose_f64(h, count, j->tile + s, w, j->strip, h);
    lf_status st = put_rows(j, column + s, count, row, h, j->strip);
    if (st != LF_OK) return st;
  }
  return LF_OK;
}

static lf_status do_tile(job *j, lf_window part)
{
  const lf_kernel *k = j->pairs.kernel;
  size_t row = lf_kernel_rows(k, part.i), column = lf_kernel_rows(k, part.j);
  size_t h = lf_kernel_rows(k, part.h), w = lf_kernel_rows(k, part.w);
  bool turned = !j->pairs.z && part.j > part.i;
  double total = (double)j->rows * (double)j->columns;
  lf_status st;
  LF_TRY(lf_pairs_block(&j->pairs, part, j->tile));
  LF_TRY(put_rows(j, row, h, column, w, j->tile));
  if (turned) LF_TRY(put_turned(j, row, column, h, w));
  j->done += (double)h * (double)w * (turned ? 2 : 1);
  if (j->options->watch && j->options->watch(j->options->user, j->done, total) != 0)
    LF_RAISE(LF_EIO, "%s: ended at %.0f %%; nothing was written", j->path, 100 * j->done / total);
done:
  return st;
}

static lf_status do_tiles(job *j)
{
  const lf_pairs *p = &j->pairs;
  size_t side = j->points;
  lf_status st = LF_OK;
  for (size_t i = 0; i < p->n; i += side)
    for (size_t k = p->z ? 0 : i; k < p->m; k += side)
      LF_TRY(do_tile(j, (lf_window){i, LF_MIN(side, p->n - i), k, LF_MIN(side, p->m - k)}));
done:
  return st;
}

static lf_status write_file(job *j)
{
  char head[LF_NPY_HEAD_MAX];
  lf_array shape = {.dtype = LF_F64, .ndim = 2, .shape = {j->rows, j->columns}};
  lf_status st = lf_writer_open(&j->file, j->path);
  j->head = lf_npy_head(&shape, head);
  if (st == LF_OK) st = lf_writer_put(&j->file, head, j->head);
  if (st == LF_OK) st = do_tiles(j);
  return lf_writer_close(&j->file, st);
}

lf_status lf_kernel_write(const char *path, const lf_kernel *k, size_t n, const double *x, size_t m, const double *z,
                          const lf_kernel_file_options *options)
{
  static const lf_kernel_file_options chosen;
  job j = {.pairs = {.kernel = k}, .options = options ? options : &chosen, .path = path};
  lf_kernel_file_plan plan;
  lf_status st;
  if (!path || !k) return LF_FAIL(LF_EARG, "a kernel file needs a path and a kernel, one of them is NULL");
  if (!z) m = n;
  LF_TRY(lf_kernel_file_look(&plan, path, k, n, m, !z, j.options->memory));
  j.points = plan.points;
  j.rows = lf_kernel_rows(k, n), j.columns = lf_kernel_rows(k, m);
  LF_TRY(lf_pairs_open(&j.pairs, k, n, x, m, z, j.options->threads));
  size_t side = lf_kernel_rows(k, LF_MIN(plan.points, LF_MAX(n, m)));
  LF_TRY(lf_calloc(&j.tile, side * side, sizeof *j.tile));
  LF_TRY(lf_calloc(&j.strip, STRIP * side, sizeof *j.strip));
  LF_TRY(write_file(&j));
done:
  lf_pairs_close(&j.pairs);
  lf_free(j.tile);
  lf_free(j.strip);
  return st;
}
