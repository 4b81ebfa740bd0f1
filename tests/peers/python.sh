#!/usr/bin/env bash
# Installs the Python clients (requirements.txt beside this) into an environment of their own below
# ${WEIR_PEERS:-build/peers}/python and prints its interpreter. Does nothing when they are there.
# Ends with 77 (skipped, as ctest knows it) where Python cannot make one.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
peers=${WEIR_PEERS:-$PWD/build/peers}
mkdir -p "$peers"
exec 9> "$peers/python.lock"
flock 9
wanted=$(sha256sum < tests/peers/requirements.txt)
if [ "$(cat "$peers/python/ready" 2> /dev/null)" != "$wanted" ]; then
  /usr/bin/python3 -c 'import venv, ensurepip' 2> /dev/null ||
    { echo "SKIPPED: python3-venv is not installed" >&2; exit 77; }
  rm -rf "$peers/python"
  /usr/bin/python3 -m venv "$peers/python"
  "$peers/python/bin/pip" install -q --disable-pip-version-check --only-binary :all: \
    -r tests/peers/requirements.txt >&2
  echo "$wanted" > "$peers/python/ready"
fi
echo "$peers/python/bin/python"
