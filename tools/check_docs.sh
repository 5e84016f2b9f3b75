#!/bin/sh
# check_docs.sh — what the documentation names exists: the targets of relative links, and paths of this tree between backquotes.
set -eu
cd "$(dirname "$0")/.."
bad=0
complain() { echo "$1"; bad=1; }

for page in *.md docs/*.md; do
  for link in $(grep -oE '\]\([^)]+\)' "$page" | sed 's/^](//; s/[)#].*//' | grep -v '^[a-z]*:' || :); do
    [ -e "$(dirname "$page")/$link" ] || complain "$page: the link to $link leads nowhere"
  done
  # words in capitals stand for what the reader chooses
  # shellcheck disable=SC2016
  for path in $(grep -oE '`(src|include|cli|tests|tools|cmake|docs|examples|bench|papers|python)/[^` ]*`' "$page" | tr -d '`' | grep -v '[A-Z][A-Z]' || :); do
    # shellcheck disable=SC2086 # may be a pattern
    ls -d $path >/dev/null 2>&1 || complain "$page: there is no $path"
  done
done
for folder in src/*/; do
  grep -qF "\`${folder%/}\`" docs/architecture.md || complain "docs/architecture.md leaves ${folder%/} out"
done
exit $bad
