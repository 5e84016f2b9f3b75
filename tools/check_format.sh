#!/bin/sh
# check_format.sh [--fix] — every C file is as .clang-format says. The layout depends on clang-format's version, so another one is skipped (77).
set -eu
cd "$(dirname "$0")/.."
wanted=14
program=clang-format-$wanted
command -v $program >/dev/null || program=clang-format
version=$($program --version | sed 's/.*version \([0-9]*\).*/\1/')
[ "$version" = $wanted ] || { echo "clang-format $version is here; the layout is that of version $wanted"; exit 77; }
if [ "${1:-}" = --fix ]; then
  tools/sources.sh c h | xargs $program -i
else
  tools/sources.sh c h | xargs $program --dry-run --Werror
fi
