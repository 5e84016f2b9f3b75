/* cpu.c — processor features and the choice of an instruction set. */
#include "cpu.h"
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "base.h"
#include "lowfirst/system.h"

const char *lf_version(void) { return LF_VERSION; }

const char *lf_isa_name(lf_isa_id isa)
{
  static const char *const name[LF_ISA_COUNT] = {"ref", "avx2", "avx512"};
  return name[isa];
}

int lf_isa_available(lf_isa_id isa)
{
#ifdef LF_HAVE_X86
  __builtin_cpu_init();
  if (isa == LF_ISA_AVX2) return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  if (isa == LF_ISA_AVX512)
    return lf_isa_available(LF_ISA_AVX2) && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw");
#endif
  return isa == LF_ISA_REF;
}

lf_isa_id lf_isa_chosen(void)
{
  static atomic_int chosen = -1; /* racing first calls store the same value */
  int known = atomic_load(&chosen);
  if (known >= 0) return (lf_isa_id)known;
  lf_isa_id best = LF_ISA_REF;
  for (lf_isa_id i = LF_ISA_REF; i < LF_ISA_COUNT; i++)
    if (lf_isa_available(i)) best = i;
  const char *want = getenv("LF_ISA");
  int found = !want || !*want;
  for (lf_isa_id i = LF_ISA_REF; want && i < LF_ISA_COUNT; i++)
    if (strcmp(want, lf_isa_name(i)) == 0 && lf_isa_available(i)) best = i, found = 1;
  if (!found)
    lf_log_warn("LF_ISA=%s is not known or this processor does not run it; using %s", want, lf_isa_name(best));
  atomic_store(&chosen, (int)best);
  return best;
}

const char *lf_isa(void) { return lf_isa_name(lf_isa_chosen()); }

size_t lf_cpu_count(void)
{
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
  int count = CPU_COUNT(&set);
  return count > 0 ? (size_t)count : 1;
}

const char *lf_cpu_name(void)
{
  static _Thread_local char name[96];
  FILE *f = fopen("/proc/cpuinfo", "re");
  char line[256];
  (void)snprintf(name, sizeof name, "unknown");
  while (f && fgets(line, sizeof line, f))
    if (strncmp(line, "model name", 10) == 0 && strchr(line, ':')) {
      const char *from = strchr(line, ':') + 1;
      while (*from == ' ') from++;
      (void)snprintf(name, sizeof name, "%.*s", (int)strcspn(from, "\n"), from);
      break;
    }
  if (f) (void)fclose(f);
  return name;
}

double lf_now_s(void)
{
  struct timespec t;
  (void)clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

double lf_machine_bytes(void) { return (double)sysconf(_SC_PHYS_PAGES) * (double)sysconf(_SC_PAGESIZE); }
