#!/bin/sh
# check_headers.sh — every public header compiles alone, in C11, C17 and C++17, and lowfirst.h holds them all.
set -eu
cd "$(dirname "$0")/../include"
bad=0
try() { # try HEADER LANGUAGE STANDARD COMPILER
  printf '#include "%s"\n' "$1" |
    "$4" -I. -x "$2" -std="$3" -fsyntax-only -Wall -Wextra -Wpedantic -Werror - || { echo "$1 does not stand alone in $3"; bad=1; }
}
for header in lowfirst.h lowfirst/*.h; do
  try "$header" c c11 "${CC:-cc}"
  try "$header" c c17 "${CC:-cc}"
  try "$header" c++ c++17 "${CXX:-c++}"
  [ "$header" = lowfirst.h ] || grep -qF "#include \"$header\"" lowfirst.h || { echo "lowfirst.h leaves $header out"; bad=1; }
done
exit $bad
