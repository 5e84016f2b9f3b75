/* json.c — jansson, with our errors and files. */
#include "io/json.h"
#include "base/base.h"
#include "io/bytes.h"
#include "io/file.h"

lf_status lf_json_parse(json_t **out, const char *name, const char *text, size_t count)
{
  json_error_t e;
  *out = json_loadb(text, count, JSON_REJECT_DUPLICATES, &e);
  if (*out) return LF_OK;
  if (json_error_code(&e) == json_error_out_of_memory) return LF_FAIL(LF_ENOMEM, "%s: out of memory", name);
  for (char *p = e.text; *p; p++) /* it quotes the text, line ends and all */
    if (lf_is_control(*p)) *p = ' ';
  return LF_FAIL(LF_EFMT, "%s:%d:%d: is not valid JSON: %s", name, LF_MAX(e.line, 1), LF_MAX(e.column, 0), e.text);
}

lf_status lf_json_read(json_t **out, const char *path)
{
  enum { LIMIT = 1 << 28 }; /* 256 MiB: nobody writes that by hand, and no record of ours is JSON */
  char *text;
  size_t count;
  *out = NULL;
  lf_status st = lf_file_read(&text, &count, path, LIMIT);
  if (st != LF_OK) return st;
  st = lf_json_parse(out, path, text, count);
  lf_free(text);
  return st;
}

lf_status lf_json_dump(char **out, size_t *bytes, const json_t *value, size_t indent)
{
  const size_t flags = JSON_INDENT(indent & 31) | (indent ? 0 : (size_t)JSON_COMPACT) | JSON_REAL_PRECISION(17);
  *out = NULL;
  *bytes = json_dumpb(value, NULL, 0, flags);
  if (*bytes == 0) return LF_FAIL(LF_EARG, "the value is not an object or array that JSON can hold");
  lf_status st = lf_calloc(out, *bytes + 1, 1);
  if (st == LF_OK) (void)json_dumpb(value, *out, *bytes, flags);
  return st;
}

lf_status lf_json_write(const json_t *value, const char *path)
{
  char *text;
  size_t bytes;
  lf_status st = lf_json_dump(&text, &bytes, value, 2);
  if (st != LF_OK) return st;
  lf_writer w;
  st = lf_writer_open(&w, path);
  if (st == LF_OK) st = lf_writer_put(&w, text, bytes);
  if (st == LF_OK) st = lf_writer_put(&w, "\n", 1);
  st = lf_writer_close(&w, st);
  lf_free(text);
  return st;
}
