/* cmd_train.c — lowfirst train. */
#include "talk.h"

int cmd_train(cli *c) { return cli_carry_out(c, c->run); }
