#!/bin/sh
# install_packages.sh SECTION... — install what is missing of these sections of packages.txt (Debian and its relatives).
# Where everything is there it needs no network and no rights.
set -eu
list=$(dirname "$0")/../packages.txt
[ $# -gt 0 ] || { echo "usage: $0 SECTION...   sections: $(sed -n 's/^\[\(.*\)\]$/\1/p' "$list" | tr '\n' ' ')" >&2; exit 2; }

# The packages of a section, one a line, alternatives as a|b.
section() {
  grep -qx "\[$1\]" "$list" || { echo "$0: packages.txt has no section '$1'" >&2; exit 2; }
  sed -n "/^\[$1\]$/,/^\[/ { /^\[/d; s/#.*//; s/[[:space:]]//g; /./p }" "$list"
}

installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

known() { apt-cache show "$1" >/dev/null 2>&1; }

any_installed() {
  for one in $(echo "$1" | tr '|' ' '); do ! installed "$one" || return 0; done
  return 1
}

missing=
for s in "$@"; do
  packages=$(section "$s") # a line of its own, so that an unknown section ends the script
  if ! command -v dpkg-query >/dev/null; then
    echo "$0: not a Debian system: see to it that the counterparts of these are there:" "$packages" | tr '\n' ' ' >&2
    echo >&2
    continue
  fi
  for p in $packages; do any_installed "$p" || missing="$missing $p"; done
done
[ -n "$missing" ] || exit 0

root=
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || { echo "$0: these packages are missing, and installing them needs root:$missing" >&2; exit 1; }
  root=sudo
fi
echo "installing:$missing"
$root apt-get update -qq || echo "the package lists could not be refreshed; trying with what is there" >&2
chosen=
for p in $missing; do
  choice=
  for one in $(echo "$p" | tr '|' ' '); do
    if known "$one"; then choice=$one; break; fi
  done
  [ -n "$choice" ] || { echo "$0: no package source offers $p" >&2; exit 1; }
  chosen="$chosen $choice"
done
# shellcheck disable=SC2086 # a list of words
$root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $chosen >/dev/null
