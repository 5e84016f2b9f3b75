#!/bin/sh
# check_preset.sh PRESET — configure, build and test one preset of CMakePresets.json.
set -eu
cd "$(dirname "$0")/.."
jobs=$(nproc)
run=
# ThreadSanitizer needs its shadow memory where a fully randomised address space may have put something else
[ "$1" != tsan ] || run="setarch $(uname -m) --addr-no-randomize"
cmake --preset "$1" >build/"$1".configure.log 2>&1 || { cat build/"$1".configure.log; exit 1; }
$run cmake --build --preset "$1" -j "$jobs" -- --quiet
$run ctest --preset "$1" -j "$jobs"
