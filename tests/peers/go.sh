#!/usr/bin/env bash
# go.sh MODULE PACKAGE: builds a program of a Go module of the tests below the peers
# (${WEIR_PEERS:-build/peers}) and prints where it is. go.mod has the exact versions, go.sum their
# hashes. Ends with 77 (skipped, as ctest knows it) where Go is absent.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
peers=${WEIR_PEERS:-$PWD/build/peers}
mkdir -p "$peers/go"
command -v go > /dev/null || { echo "SKIPPED: go is not installed" >&2; exit 77; }
sources=$(find "$1" -name '*.go' -o -name 'go.*' | LC_ALL=C sort)
# shellcheck disable=SC2086
wanted=$(cat $sources | sha256sum | cut -c1-16)
program=$peers/go/$2-$wanted
exec 9> "$peers/go.lock"
flock 9
if [ ! -e "$program" ]; then
  export GOTOOLCHAIN=local GOFLAGS=-mod=readonly
  (cd "$1" && go build -trimpath -o "$program.part" "./$2") >&2
  mv "$program.part" "$program"
fi
echo "$program"
