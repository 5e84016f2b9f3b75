/* cmd_demo.c — lowfirst demo: the classic three-tone target, a network small enough to finish in about ten seconds, and wide enough for theory to
 * foretell its steps: plain descent, for which theory is exact, from f = 0 on hidden weights that are large beside the target, which
 * keeps the tangent kernel almost still (docs/decisions.md). */
#include "talk.h"

/* Every option of the demo goes on to the run; the rest is set here. */
static lf_status fill(lf_run *run, const lf_run *asked)
{
  static const char *const preset[][2] = {
      {"target", "sin(x)+sin(3*x)+sin(5*x)"},
      {"range", "-pi:pi"},
      {"points", "200"},
      {"net", "1-1000-1"},
      {"scaling", "inverse-sqrt"},
      {"std", "w=4,b=4,a=4"},
      {"asi", "true"},
      {"opt", "gd"},
      {"lr", "0.02"},
      {"steps", "10000"},
      {"stop-loss", "1.5e-2"},
  };
  static const char *const passed_on[] = {"out", "threads", "theory", "no-report", "json", "quiet"};
  lf_status st = LF_OK;
  for (size_t i = 0; st == LF_OK && i < sizeof preset / sizeof *preset; i++)
    st = lf_run_set(run, preset[i][0], preset[i][1]);
  for (size_t i = 0; st == LF_OK && i < sizeof passed_on / sizeof *passed_on; i++)
    if (!lf_run_is_default(asked, passed_on[i])) st = lf_run_set(run, passed_on[i], lf_run_get(asked, passed_on[i]));
  return st;
}

int cmd_demo(cli *c)
{
  lf_run *run = NULL;
  lf_status st = lf_run_create(&run, LF_COMMAND_TRAIN);
  if (st == LF_OK) st = fill(run, c->run);
  if (!c->quiet)
    cli_print(stderr, "A network learns sin x + sin 3x + sin 5x. Three tones of the same height - and yet, watch which "
                      "comes first, and what theory says beforehand.\n\n");
  int code = st == LF_OK ? cli_carry_out(c, run) : cli_fail_status(st);
  if (code == CLI_DONE && !c->json && !c->quiet)
    cli_print(stderr, "Your own: lowfirst train --data FILE.csv, or lowfirst train --target EXPR --range A:B "
                      "(lowfirst train --help)\n");
  lf_run_destroy(run);
  return code;
}
