#!/bin/sh
# map.sh — one line per file, from the files' own first lines: the map of the house that cannot go stale. A file without one is an error,
# and so are two of one name.
set -eu
cd "$(dirname "$0")/.."
# shellcheck disable=SC2016
tools/sources.sh h c | xargs awk '
  FNR == 1 {
    folder = FILENAME; sub(/\/[^\/]*$/, "", folder)
    name = substr(FILENAME, length(folder) + 2)
    if (!(folder in text)) order[++folders] = folder
    if (name in place) { printf "%s: the name is taken by %s\n", FILENAME, place[name]; bad = 1 }
    place[name] = FILENAME
    what = $0
    if (!sub("^/\\*+ *(@file *)?" name " — ", "", what)) {
      printf "%s:1: the first line should read: /* %s — what it is */\n", FILENAME, name
      bad = 1
    }
    sub(/ *\*\/ *$/, "", what)
    text[folder] = text[folder] sprintf("  %-24s %s\n", name, what)
  }
  END {
    if (!bad) for (i = 1; i <= folders; i++) printf "%s%s\n%s", (i == 1 ? "" : "\n"), order[i], text[order[i]]
    exit bad
  }'
