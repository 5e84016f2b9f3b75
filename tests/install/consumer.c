/* consumer.c — the least program that proves an installation: header, library and what that needs are found. */
#include <lowfirst.h>
#include <stdio.h>
#include <string.h>

int main(void)
{
  printf("lowfirst %s on %s\n", lf_version(), lf_isa());
  return strcmp(lf_status_text(LF_OK), "success") != 0;
}
