/* run_checkpoint.c — the state of a way in one npz: "trainer.*", "history.*", "history-2.*", ..., and a digest of the data, so that
 * nobody goes on with other samples. One file, written whole or not at all: at any moment the state on disk is of one step. */
#include <stdio.h>
#include <string.h>
#include "lowfirst/files.h"
#include "run/run_internal.h"

static const char file_name[] = "checkpoint.npz";

/* FNV-1a over the bytes of the samples. */
static uint64_t digest(uint64_t hash, const void *bytes, size_t count)
{
  const unsigned char *p = bytes;
  for (size_t i = 0; i < count; i++) hash = (hash ^ p[i]) * UINT64_C(0x100000001b3);
  return hash;
}

static uint64_t data_digest(const lf_data *data)
{
  uint64_t hash = digest(UINT64_C(0xcbf29ce484222325), data->x, data->n * data->d * sizeof *data->x);
  return digest(hash, data->y, data->n * data->c * sizeof *data->y);
}

/* Every member of `part` into `whole` under "prefix.name". */
static lf_status put_all(lf_npz *whole, const char *prefix, const lf_npz *part)
{
  char name[256];
  lf_status st = LF_OK;
  for (size_t i = 0; st == LF_OK && i < lf_npz_count(part); i++) {
    (void)snprintf(name, sizeof name, "%s.%s", prefix, lf_npz_name(part, i));
    st = lf_npz_put(whole, name, lf_npz_get(part, lf_npz_name(part, i)));
  }
  return st;
}

/* The reverse. */
static lf_status take_all(lf_npz **part, const char *prefix, const lf_npz *whole)
{
  size_t length = strlen(prefix);
  lf_status st = lf_npz_create(part);
  for (size_t i = 0; st == LF_OK && i < lf_npz_count(whole); i++) {
    const char *name = lf_npz_name(whole, i);
    if (strncmp(name, prefix, length) == 0 && name[length] == '.')
      st = lf_npz_put(*part, name + length + 1, lf_npz_get(whole, name));
  }
  return st;
}

static void history_prefix(char prefix[32], size_t i)
{
  (void)snprintf(prefix, 32, i ? "history-%zu" : "history", i + 1);
}

lf_status lf_way_checkpoint(const lf_way *way)
{
  lf_npz *whole = NULL, *part = NULL;
  char *path = NULL, prefix[32];
  uint64_t hash = data_digest(way->run->data);
  lf_status st;
  LF_TRY(lf_npz_create(&whole));
  LF_TRY(lf_npz_put_raw(whole, "data.digest", LF_U64, 0, NULL, &hash));
  LF_TRY(lf_npz_create(&part));
  LF_TRY(lf_trainer_save(way->trainer, part));
  LF_TRY(put_all(whole, "trainer", part));
  for (size_t i = 0; i < way->run->lenses; i++) {
    lf_npz_destroy(part);
    part = NULL;
    LF_TRY(lf_npz_create(&part));
    LF_TRY(lf_history_save(way->history[i], part));
    history_prefix(prefix, i);
    LF_TRY(put_all(whole, prefix, part));
  }
  LF_TRY(lf_run_path(&path, way->dir, file_name));
  LF_TRY(lf_npz_write(whole, path));
done:
  lf_free(path);
  lf_npz_destroy(part);
  lf_npz_destroy(whole);
  return st;
}

static lf_status restore_parts(lf_way *way, const lf_npz *whole)
{
  lf_npz *part = NULL;
  char prefix[32];
  lf_status st;
  LF_TRY(take_all(&part, "trainer", whole));
  LF_TRY(lf_trainer_restore(way->trainer, part));
  for (size_t i = 0; i < way->run->lenses; i++) {
    lf_npz_destroy(part);
    part = NULL;
    history_prefix(prefix, i);
    LF_TRY(take_all(&part, prefix, whole));
    LF_TRY(lf_history_restore(way->history[i], part));
  }
done:
  lf_npz_destroy(part);
  return st;
}

lf_status lf_way_restore(lf_way *way)
{
  lf_npz *whole = NULL;
  char *path = NULL;
  lf_status st = LF_OK;
  if (!way->run->resumed) return LF_OK;
  LF_TRY(lf_run_path(&path, way->dir, file_name));
  if (!lf_file_exists(path)) goto done; /* ended before its first checkpoint: from the start */
  LF_TRY(lf_npz_read(&whole, path));
  const lf_array *hash = lf_npz_get(whole, "data.digest");
  if (!hash || hash->dtype != LF_U64 || lf_array_count(hash) != 1)
    LF_RAISE(LF_EFMT, "%s: the array data.digest is missing; it is not a checkpoint", path);
  if (*(const uint64_t *)hash->data != data_digest(way->run->data))
    LF_RAISE(LF_ESHAPE, "%s: the samples are not those the run began with; it cannot go on", path);
  st = restore_parts(way, whole);
  if (st != LF_OK) (void)lf_fail_prefix(st, "%s", path);
done:
  lf_npz_destroy(whole);
  lf_free(path);
  return st;
}
