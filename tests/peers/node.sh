#!/usr/bin/env bash
# Installs the JavaScript clients (tests/clients/node/package.json) below the peers
# (${WEIR_PEERS:-build/peers}) and prints their node_modules. Does nothing when they are there. Ends
# with 77 (skipped, as ctest knows it) where node or npm is absent.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
peers=${WEIR_PEERS:-$PWD/build/peers}
mkdir -p "$peers"
for program in node npm; do
  command -v $program > /dev/null || { echo "SKIPPED: $program is not installed" >&2; exit 77; }
done
exec 9> "$peers/node.lock"
flock 9
wanted=$(sha256sum < tests/clients/node/package.json)
if [ "$(cat "$peers/node/ready" 2> /dev/null)" != "$wanted" ]; then
  rm -rf "$peers/node"
  mkdir -p "$peers/node"
  cp tests/clients/node/package.json "$peers/node/"
  npm install --prefix "$peers/node" --no-audit --no-fund --no-package-lock --ignore-scripts \
    --loglevel=error >&2
  echo "$wanted" > "$peers/node/ready"
fi
echo "$peers/node/node_modules"
