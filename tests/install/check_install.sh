#!/bin/sh
# check_install.sh — install the static library (as released) and the shared one to a scratch prefix; build and run a consumer by CMake
# and by pkg-config; run the installed program.
# The shared library must also hold every function that the public headers declare.
set -eu
cd "$(dirname "$0")/../.."
house=$PWD

show() { # show LABEL command...
  label=$1
  shift
  said=$("$@") || { echo "failed: $*"; exit 1; }
  echo "$label: $said"
}
quiet() { "$@" >"$log" 2>&1 || { cat "$log"; echo "failed: $*"; exit 1; }; }

for kind in static shared; do
  build=$house/build/install/$kind
  prefix=$build/prefix
  mkdir -p "$build"
  rm -rf "$prefix" "$build/consumer"
  log=$build/log
  case $kind in
    static) options="-DCMAKE_BUILD_TYPE=Release" ;;
    shared) options="-DBUILD_SHARED_LIBS=ON -DCMAKE_BUILD_TYPE=Debug" ;;
  esac
  # shellcheck disable=SC2086 # a list of words
  quiet cmake -S . -B "$build" -G Ninja -DBUILD_TESTING=OFF -DCMAKE_COMPILE_WARNING_AS_ERROR=ON $options
  quiet cmake --build "$build"
  quiet cmake --install "$build" --prefix "$prefix"
  show "$kind program" "$prefix/bin/lowfirst" --version

  quiet cmake -S tests/install -B "$build/consumer" -G Ninja -DCMAKE_PREFIX_PATH="$prefix"
  quiet cmake --build "$build/consumer"
  show "$kind by CMake" "$build/consumer/consumer"

  PKG_CONFIG_PATH=$(dirname "$(find "$prefix" -name lowfirst.pc)")
  export PKG_CONFIG_PATH
  # shellcheck disable=SC2046 # a list of words
  quiet cc examples/01_watch.c -o "$build/watch" $(pkg-config --cflags --libs lowfirst)
  (cd "$build" && LD_LIBRARY_PATH=$(pkg-config --variable=libdir lowfirst) && export LD_LIBRARY_PATH && show "$kind by pkg-config" ./watch)
done

library=$(find "$prefix" -name 'liblowfirst.so')
nm -D --defined-only "$library" | sed -n 's/.* T \(lf_[a-z0-9_]*\).*/\1/p' | sort >"$build/defined"
sed -n 's/^  \(lf_[a-z0-9_]*\);$/\1/p' "$build/lowfirst.map" | sort >"$build/declared"
missing=$(comm -13 "$build/defined" "$build/declared")
[ -z "$missing" ] || { echo "declared in a public header but not in the library:" "$missing"; exit 1; }
