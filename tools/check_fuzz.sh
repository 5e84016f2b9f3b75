#!/bin/sh
# check_fuzz.sh [SECONDS] — every fuzz target for some seconds (10 unless given), from its kept inputs. What it breaks stays in build/fuzz/found/.
set -eu
cd "$(dirname "$0")/.."
seconds=${1:-10}
mkdir -p build/fuzz/found
log=build/fuzz/log
{ cmake --preset fuzz && cmake --build --preset fuzz -j "$(nproc)" --target fuzzers; } >$log 2>&1 || { cat $log; exit 1; }
bad=0
for source in tests/fuzz/f_*.c; do
  target=$(basename "$source" .c)
  mkdir -p build/fuzz/seen/"$target"
  if build/fuzz/tests/fuzz/"$target" -max_total_time="$seconds" -rss_limit_mb=4096 -artifact_prefix=build/fuzz/found/"$target"- -print_final_stats=1 \
    build/fuzz/seen/"$target" tests/fuzz/corpus/"$target" >$log 2>&1; then
    echo "$target: $(sed -n 's/^stat::number_of_executed_units: */executions /p' $log)"
  else
    tail -40 $log
    echo "$target: broken; the input is in build/fuzz/found/"
    bad=1
  fi
done
exit $bad
