#!/bin/sh
# sources.sh ENDING... — the C files of this tree with these endings, one a line, sorted: what the format and lint checks look at.
set -eu
cd "$(dirname "$0")/.."
for ending in "$@"; do
  find include src cli tests examples papers python bench -name "*.$ending" 2>/dev/null || :
done | sort
