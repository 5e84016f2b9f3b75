/* pending.c — commands whose modules have not landed yet. */
#include "cli.h"

static int pending(void) { return cli_fail(CLI_FAILED, "this command is not in this version"); }
int cmd_demo(cli *c) { return (void)c, pending(); }
int cmd_train(cli *c) { return (void)c, pending(); }
int cmd_measure(cli *c) { return (void)c, pending(); }
int cmd_compare(cli *c) { return (void)c, pending(); }
int cmd_report(cli *c) { return (void)c, pending(); }
