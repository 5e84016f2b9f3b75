#!/bin/sh
# run.sh BUILT RESULTS PROGRAM... — run the benchmarks one after the other. Those that keep figures leave RESULTS/NAME.json.
# LF_BENCH_QUICK=1: a rough look, nothing is kept.
set -eu
built=$1 results=$2
shift 2
mkdir -p "$results"
load=$(cut -d' ' -f1 /proc/loadavg 2>/dev/null || echo unknown)
echo "load before the start: $load (figures mean something near 0 only)"
failed=0
for program in "$@"; do
  name=${program#b_}
  printf '\n== %s\n' "$name"
  [ "${LF_BENCH_QUICK:-0}" = 0 ] && LF_BENCH_RESULT=$results/$name.json || LF_BENCH_RESULT=
  export LF_BENCH_RESULT
  "$built/$program" || failed=1
done
exit $failed
