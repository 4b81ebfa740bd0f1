#!/usr/bin/env bash
# Builds kbench below ${WEIR_PEERS:-build/peers} and prints its path. Ends with 77 (skipped, as
# ctest knows it) where Go is absent. With --test it runs kbench's own tests instead.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
peers=${WEIR_PEERS:-$PWD/build/peers}
command -v go > /dev/null || { echo "SKIPPED: go is not installed" >&2; exit 77; }
if [ "${1:-}" = --test ]; then
  cd tests/bench/kbench
  exec go test ./...
fi
mkdir -p "$peers"
# Renamed into place: one that runs meanwhile keeps its own file.
made=$(mktemp "$peers/kbench.XXXXXX")
trap 'rm -f "$made"' EXIT
(cd tests/bench/kbench && go build -o "$made" .)
chmod 755 "$made"
mv -f "$made" "$peers/kbench"
echo "$peers/kbench"
