/* cmd_measure.c — lowfirst measure. */
#include "talk.h"

int cmd_measure(cli *c) { return cli_carry_out(c, c->run); }
