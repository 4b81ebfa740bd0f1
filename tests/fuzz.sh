#!/usr/bin/env bash
# Builds the fuzz preset (libFuzzer, ASan, UBSan) and runs each target for SECONDS (60), one after
# the other, from the vectors of tests/golden and from what earlier runs found (build/fuzz/corpus).
# Ends with 1 when an input broke a target: the inputs lie in build/fuzz/broken.
#   tests/fuzz.sh [SECONDS] [TARGET...]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
seconds=${1:-60}
shift || true
cmake --preset fuzz > /dev/null
targets=("$@")
[ ${#targets[@]} -gt 0 ] || mapfile -t targets < <(basename -a -s .cpp tests/fuzz/*_fuzz.cpp |
  grep -v planted)
cmake --build --preset fuzz --target "${targets[@]}"
status=0
mkdir -p build/fuzz/broken
for target in "${targets[@]}"; do
  corpus=build/fuzz/corpus/$target
  mkdir -p "$corpus"
  WEIR_FUZZ_SEEDS=$corpus "build/fuzz/fuzz/$target"
  echo "== $target: $seconds s from $(find "$corpus" -type f | wc -l) inputs"
  said=build/fuzz/broken/$target.log
  "build/fuzz/fuzz/$target" "$corpus" -max_total_time="$seconds" -max_len=65536 -timeout=60 \
    -rss_limit_mb=2048 -malloc_limit_mb=512 -print_final_stats=1 \
    -artifact_prefix="build/fuzz/broken/$target-" > "$said" 2>&1 || status=1
  grep -E 'ERROR|SUMMARY|require|runtime error|#[0-9]+ .*weir|stat::(number|average|peak)|DONE' \
    "$said" || true
done
exit $status
