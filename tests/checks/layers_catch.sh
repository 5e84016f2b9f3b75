#!/bin/sh
# The layer check itself: what it must let pass, and each kind of violation that it must name.
set -eu
check=$(cd "$(dirname "$0")/../../tools" && pwd)/check_layers.sh
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir -p "$scratch/src/base" "$scratch/src/net" "$scratch/src/history" "$scratch/cli" "$scratch/include/lowfirst"

plant() { printf '%s\n' "$2" >"$scratch/$1"; }
expect() { # expect WHAT TEXT: planted line WHAT must be named with TEXT
  if "$check" "$scratch" >"$scratch/said"; then echo "$1: not caught"; exit 1; fi
  grep -qF "$2" "$scratch/said" || { echo "$1: said $(cat "$scratch/said")"; exit 1; }
}

plant src/base/base.c '#include "base/base.h"'
plant src/history/history.c '#include "lens/lens_inside.h"'
plant src/net/net.c '#include "lowfirst/net.h"'
plant cli/main.c '#include "lowfirst/status.h"'
"$check" "$scratch" || { echo "a house in order was refused"; exit 1; }

plant src/base/base.c '#include "io/npy.h"'
expect "arrow upward" "src/base/base.c:1: base may not include io/npy.h"
plant src/base/base.c '#  include "../io/npy.h"'
expect "way around" "climbs"
rm "$scratch/src/base/base.c"
plant cli/main.c '#include "base/base.h"'
expect "program behind the public headers" "cli/main.c:1: cli may not include base/base.h"
rm "$scratch/cli/main.c"
plant include/lowfirst/net.h '#include "net/layout.h"'
expect "public header that leans on a private one" "include may not include net/layout.h"
rm "$scratch/include/lowfirst/net.h"
mkdir "$scratch/src/attic"
plant src/attic/attic.c 'int attic;'
expect "folder without a row" "the folder attic has no row"
