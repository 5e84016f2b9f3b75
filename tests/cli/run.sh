#!/bin/sh
# run.sh PROGRAM SCRIPT — one test of the program: SCRIPT is sourced in a fresh folder, with the helpers below. Stops at the first
# surprise and shows what was expected and what came.
set -u
program=$1
script=$2
tests=$(dirname "$script")
work=$(mktemp -d) || exit 2
trap 'chmod -R u+w "$work" 2>/dev/null; rm -rf "$work"' EXIT
cd "$work" || exit 2
unset NO_COLOR COLUMNS
LC_ALL=C.UTF-8
export LC_ALL

lowfirst() { "$program" "$@"; }

fail() {
  echo "FAILED: $*"
  echo "--- stdout"; head -c 2000 "$work/.out" 2>/dev/null
  echo "--- stderr"; head -c 2000 "$work/.err" 2>/dev/null
  exit 1
}

# expect CODE command...: the exit code; what it printed is in .out and .err
expect() {
  code=$1
  shift
  "$@" >"$work/.out" 2>"$work/.err"
  got=$?
  [ "$got" -eq "$code" ] || fail "exit code $got, not $code: $*"
}

# says TEXT, prints TEXT: a part of stderr, of stdout
says() { grep -qF -e "$1" "$work/.err" || fail "stderr does not say: $1"; }
prints() { grep -qF -e "$1" "$work/.out" || fail "stdout does not print: $1"; }
silent() { [ ! -s "$work/.err" ] || fail "stderr is not empty"; }
one_line() { [ "$(wc -l <"$work/.err")" -eq 1 ] || fail "stderr is not one line"; }

# refused CODE TEXT command...: fails with CODE, one line that contains TEXT, nothing on stdout
refused() {
  code=$1 text=$2
  shift 2
  expect "$code" "$@"
  says "$text"
  one_line
  [ ! -s "$work/.out" ] || fail "something was printed on stdout"
}

# needs_numpy: find a Python that can look into files, or skip what follows
needs_numpy() {
  for python in "${PYTHON:-python3}" /usr/bin/python3; do
    "$python" -c 'import numpy' 2>/dev/null && return
  done
  echo "skipped: no python3 with numpy"
  exit 0
}

# same A B: history.npz (timings aside) and weights.safetensors of two run directories have the same bytes
same() {
  cmp "$1/weights.safetensors" "$2/weights.safetensors" || fail "weights of $1 and $2 differ"
  "$python" - "$1" "$2" <<'PY' || fail "histories of $1 and $2 differ"
import sys, numpy
a, b = (numpy.load(d + '/history.npz') for d in sys.argv[1:])
assert sorted(a.files) == sorted(b.files), (a.files, b.files)
for name in a.files:
    if name != 'wall_s' and a[name].tobytes() != b[name].tobytes():
        sys.exit(name + ' differs')
PY
}

. "$script"
