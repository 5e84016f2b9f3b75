#!/bin/sh
# check_install.sh — install the static and the shared library to a scratch prefix; build and run a consumer by CMake and by pkg-config.
# The shared library must also hold every function that the public headers declare.
set -eu
cd "$(dirname "$0")/../.."
house=$PWD

quiet() { "$@" >"$log" 2>&1 || { cat "$log"; echo "failed: $*"; exit 1; }; }

for kind in static shared; do
  build=$house/build/install/$kind
  prefix=$build/prefix
  mkdir -p "$build"
  rm -rf "$prefix" "$build/consumer"
  log=$build/log
  shared=OFF
  [ $kind = static ] || shared=ON
  quiet cmake -S . -B "$build" -G Ninja -DBUILD_TESTING=OFF -DBUILD_SHARED_LIBS=$shared
  quiet cmake --build "$build"
  quiet cmake --install "$build" --prefix "$prefix"

  quiet cmake -S tests/install -B "$build/consumer" -G Ninja -DCMAKE_PREFIX_PATH="$prefix"
  quiet cmake --build "$build/consumer"
  echo "$kind by CMake: $("$build/consumer/consumer")"

  PKG_CONFIG_PATH=$(dirname "$(find "$prefix" -name lowfirst.pc)")
  export PKG_CONFIG_PATH
  # shellcheck disable=SC2046 # a list of words
  quiet cc tests/install/consumer.c -o "$build/by_pkg_config" $(pkg-config --cflags --libs lowfirst)
  echo "$kind by pkg-config: $(LD_LIBRARY_PATH=$(pkg-config --variable=libdir lowfirst) "$build/by_pkg_config")"
done

library=$(find "$prefix" -name 'liblowfirst.so')
nm -D --defined-only "$library" | sed -n 's/.* T \(lf_[a-z0-9_]*\).*/\1/p' | sort >"$build/defined"
sed -n 's/^  \(lf_[a-z0-9_]*\);$/\1/p' "$build/lowfirst.map" | sort >"$build/declared"
missing=$(comm -13 "$build/defined" "$build/declared")
[ -z "$missing" ] || { echo "declared in a public header but not in the library:" "$missing"; exit 1; }
