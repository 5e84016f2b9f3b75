/* corpus_main.c — a fuzz target over a folder of kept inputs, without a fuzzer: f_npy corpus/f_npy */
#include <dirent.h>
#include "fuzz.h"

static size_t run_folder(const char *folder)
{
  struct dirent **entry;
  size_t done = 0;
  int n = scandir(folder, &entry, NULL, alphasort);
  for (int i = 0; i < n; i++) {
    char *path, *bytes;
    size_t count;
    must(lf_asprintf(&path, "%s/%s", folder, entry[i]->d_name) == LF_OK);
    if (entry[i]->d_name[0] != '.') {
      must(lf_file_read(&bytes, &count, path, 1 << 20) == LF_OK);
      (void)LLVMFuzzerTestOneInput((const uint8_t *)bytes, count);
      lf_release(bytes);
      done++;
    }
    lf_free(path);
    free(entry[i]);
  }
  if (n >= 0) free(entry);
  return done;
}

int main(int argc, char **argv)
{
  size_t done = 0;
  for (int i = 1; i < argc; i++) done += run_folder(argv[i]);
  (void)unlink(own_file());
  (void)printf("%zu inputs\n", done);
  return done > 0 ? 0 : 1;
}
