#!/usr/bin/env bash
# Installs what is needed, builds the release program and the debug tests (ASan, UBSan), runs every
# test. The last lines are ctest's summary. CTEST_ARGS goes to ctest ("-R log").
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
./tests/setup.sh
for preset in release debug; do
  cmake --preset "$preset" > /dev/null
  cmake --build --preset "$preset"
done
# The program once more under ThreadSanitizer, for a part of the integration tests.
cmake --preset tsan > /dev/null
cmake --build --preset tsan --target weir
# One ctest over both trees: the debug build's tests, and from the release build those that run the
# program as a process (they are in no other build).
mkdir -p build/tests
for folder in ../debug ../release/tests/{integration,differential,clients,chaos,bench} \
              ../tsan/tests/integration; do
  [ ! -e "build/tests/$folder/CTestTestfile.cmake" ] || echo "subdirs(\"$folder\")"
done > build/tests/CTestTestfile.cmake
export WEIR_BIN="$PWD/build/release/bin/weir"
# shellcheck disable=SC2086
exec ctest --test-dir build/tests --output-on-failure -j 2 ${CTEST_ARGS:-}
