/* script.c — gnuplot scripts that callers write themselves. */
#include <string.h>
#include "base/base.h"
#include "lowfirst/files.h"
#include "lowfirst/report.h"
#include "report/gnuplot.h"

lf_status lf_report_script(const char *directory, const char *name, const char *script)
{
  lf_status st = LF_OK;
  char *file = NULL, *path = NULL;
  LF_TRY(lf_asprintf(&file, "%s.gp", name));
  LF_TRY(lf_asprintf(&path, "%s/%s", directory, file));
  LF_TRY(lf_file_write(path, script, strlen(script)));
  LF_TRY(lf_gnuplot_run(directory, file));
done:
  lf_free(file);
  lf_free(path);
  return st;
}
