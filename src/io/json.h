/* json.h — the seam to jansson: JSON files with errors that name file, line and column. Values are jansson's own (json_decref), text is
 * for lf_free(). The library never asks for jansson's allocator: it is the application's to set. */
#ifndef LF_IO_JSON_H
#define LF_IO_JSON_H
#include <jansson.h>
#include <stddef.h>
#include "lowfirst/status.h"

/* An object or an array, strictly JSON: no NaN, no key twice, nothing behind it. LF_EFMT "run.json:3:12: ..." */
lf_status lf_json_parse(json_t **out, const char *name, const char *text, size_t count);
lf_status lf_json_read(json_t **out, const char *path);
/* Indented by `indent` spaces (0: one line), keys in order of insertion, numbers to 17 digits, and a 0 behind the text. */
lf_status lf_json_dump(char **out, size_t *bytes, const json_t *value, size_t indent);
lf_status lf_json_write(const json_t *value, const char *path);
#endif
