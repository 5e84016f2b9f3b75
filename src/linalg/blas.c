/* blas.c — opening OpenBLAS late; why: docs/decisions.md, 3.
 *
 * OpenBLAS chooses its kernels in a constructor, so the only way to overrule its guess is the environment at the moment of
 * opening. It also starts its threads there: they are refused, because sums split among threads would give other bits. */
#include "blas.h"
#include <dlfcn.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/base.h"
#include "base/cpu.h"
#include "lowfirst/system.h"

/* field of lf_blas, symbol in the library */
#define SYMBOL_LIST(X)    \
  X(dgemm, "cblas_dgemm") \
  X(sgemm, "cblas_sgemm") \
  X(dsyevd, "dsyevd_")    \
  X(dgelsd, "dgelsd_")    \
  X(dgesvd, "dgesvd_")

/* written once, by open_library() under pthread_once */
static struct {
  lf_blas table;
  lf_status status;
  char problem[512], core[64], name[160];
} opened;

/* A variable of the environment, set for a moment. */
typedef struct setting {
  const char *name;
  char before[256];
  bool was_set, changed;
} setting;

static setting set_for_now(const char *name, const char *value)
{
  const char *before = getenv(name);
  setting s = {.name = name, .was_set = before != NULL};
  int length = snprintf(s.before, sizeof s.before, "%s", before ? before : "");
  /* one too long to be put back is none that OpenBLAS would understand: leave it */
  if (length >= 0 && (size_t)length < sizeof s.before) s.changed = setenv(name, value, 1) == 0;
  return s;
}

static void set_back(const setting *s)
{
  if (s->changed && s->was_set) (void)setenv(s->name, s->before, 1);
  if (s->changed && !s->was_set) (void)unsetenv(s->name);
}

/* The kernels for this processor; NULL where OpenBLAS's own choice is as good. LF_ISA=avx2 holds here too. */
static const char *wanted_core(void)
{
  if (lf_isa_available(LF_ISA_AVX512) && lf_isa_chosen() != LF_ISA_AVX2) return "SkylakeX";
  return lf_isa_available(LF_ISA_AVX2) ? "Haswell" : NULL;
}

/* Does a core use the vectors that this processor has? Only asked where it has AVX2. */
static bool core_is_wide(const char *core)
{
  static const char *const wide[] = {"Haswell", "Zen", "Excavator", "SkylakeX", "Cooperlake", "SapphireRapids"};
  for (size_t i = 0; i < sizeof wide / sizeof *wide; i++)
    if (strcasecmp(core, wide[i]) == 0) return true;
  return false;
}

static void *find(void *library, const char *symbol)
{
  void *found = dlsym(library, symbol);
  if (!found && opened.status == LF_OK) {
    opened.status = LF_EUNSUP;
    (void)snprintf(opened.problem, sizeof opened.problem,
                   "OpenBLAS lacks %s: the Debian package libopenblas0-pthread has it", symbol);
  }
  return found;
}

static void read_names(void *library)
{
  char *(*core)(void) = NULL, *(*config)(void) = NULL;
  void (*set_threads)(int) = NULL;
  void *const symbol[3] = {find(library, "openblas_get_corename"), find(library, "openblas_get_config"),
                           find(library, "openblas_set_num_threads")};
  if (opened.status != LF_OK) return;
  memcpy(&core, &symbol[0], sizeof core); /* ISO C has no cast from object to function pointer */
  memcpy(&config, &symbol[1], sizeof config);
  memcpy(&set_threads, &symbol[2], sizeof set_threads);
  set_threads(1);
  (void)snprintf(opened.core, sizeof opened.core, "%s", core());
  const char *version = config(); /* "OpenBLAS 0.3.21 ..." */
  size_t words = strcspn(version, " ");
  words += version[words] ? 1 + strcspn(version + words + 1, " ") : 0;
  (void)snprintf(opened.name, sizeof opened.name, "%.*s %s", (int)words, version, opened.core);
}

static void open_library(void)
{
  const char *file = getenv("LF_BLAS"), *core = getenv("OPENBLAS_CORETYPE"), *wanted = wanted_core();
  if (!file || !*file) file = "libopenblas.so.0";
  bool chosen = core && *core;
  void *library = dlopen(file, RTLD_NOW | RTLD_LOCAL | RTLD_NOLOAD);
  bool was_loaded = library != NULL;
  if (!library) {
    setting type = {0}, threads = set_for_now("OPENBLAS_NUM_THREADS", "1");
    if (wanted && !chosen) type = set_for_now("OPENBLAS_CORETYPE", wanted);
    library = dlopen(file, RTLD_NOW | RTLD_LOCAL);
    set_back(&type);
    set_back(&threads);
  }
  if (!library) {
    opened.status = LF_EUNSUP;
    (void)snprintf(opened.problem, sizeof opened.problem,
                   "this needs OpenBLAS, which could not be opened (%s): install the Debian package libopenblas0",
                   dlerror());
    return;
  }
  read_names(library);
#define LF_X(field, symbol)                            \
  do {                                                 \
    void *found = find(library, symbol);               \
    memcpy(&opened.table.field, &found, sizeof found); \
  } while (0);
  SYMBOL_LIST(LF_X)
#undef LF_X
  if (opened.status == LF_OK && wanted && !core_is_wide(opened.core))
    lf_log_warn(
        "OpenBLAS runs on its %s kernels, up to 4 times slower than %s on this processor: %s", opened.core, wanted,
        was_loaded ? "it was loaded before lowfirst could choose; set OPENBLAS_CORETYPE before the program starts"
                   : "OPENBLAS_CORETYPE says so; unset it");
}

lf_status lf_blas_get(const lf_blas **out)
{
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  *out = NULL;
  (void)pthread_once(&once, open_library);
  if (opened.status != LF_OK) return LF_FAIL(opened.status, "%s", opened.problem);
  *out = &opened.table;
  return LF_OK;
}

const char *lf_blas_core(void)
{
  const lf_blas *blas;
  return lf_blas_get(&blas) == LF_OK ? opened.core : "";
}

const char *lf_blas_name(void)
{
  const lf_blas *blas;
  return lf_blas_get(&blas) == LF_OK ? opened.name : "none";
}
