#!/usr/bin/env bash
# Builds the Rust client (tests/clients/rust) below the peers (${WEIR_PEERS:-build/peers}) and
# prints where it is. Cargo.toml has exact versions; librdkafka is compiled from the crate, once.
# Ends with 77 (skipped, as ctest knows it) where cargo is absent.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
peers=${WEIR_PEERS:-$PWD/build/peers}
mkdir -p "$peers/rust"
command -v cargo > /dev/null || { echo "SKIPPED: cargo is not installed" >&2; exit 77; }
exec 9> "$peers/rust.lock"
flock 9
wanted=$(cat tests/clients/rust/Cargo.toml tests/clients/rust/src/*.rs | sha256sum | cut -c1-16)
program=$peers/rust/client-$wanted
if [ ! -e "$program" ]; then
  # In a copy, so that cargo leaves nothing in the tree.
  rm -rf "$peers/rust/source"
  cp -r tests/clients/rust "$peers/rust/source"
  [ ! -e "$peers/rust/Cargo.lock" ] || cp "$peers/rust/Cargo.lock" "$peers/rust/source/"
  export CARGO_TARGET_DIR=$peers/rust/target
  cargo build -q --manifest-path "$peers/rust/source/Cargo.toml" >&2
  cp "$peers/rust/source/Cargo.lock" "$peers/rust/"
  cp "$peers/rust/target/debug/weir-clients" "$program"
fi
echo "$program"
