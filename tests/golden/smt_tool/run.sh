#!/usr/bin/env bash
# Kafka's own transforms and converter: cases from standard input, results on standard output. The
# classes are compiled once for their sources, below the peers. Ends with 77 without Java or Maven.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../../.."
kafka=$(tests/peers/kafka.sh)
command -v javac > /dev/null || { echo "SKIPPED: javac is not installed" >&2; exit 77; }
sources=(tests/golden/smt_tool/*.java)
classes=$kafka/golden-$(cat "${sources[@]}" | sha256sum | cut -c1-16)
exec 9> "$kafka/golden.lock"
flock 9
if [ ! -e "$classes/ready" ]; then
  rm -rf "$classes"
  javac -proc:none -nowarn -cp "$kafka/libs/*" -d "$classes" "${sources[@]}" >&2
  touch "$classes/ready"
fi
flock -u 9
exec java -Xmx512M -XX:TieredStopAtLevel=1 -Duser.timezone=UTC -Duser.language=en \
  -Duser.country=US -Dlog4j2.configurationFile="$kafka/log4j2.yaml" \
  -cp "$classes:$kafka/libs/*" weir.golden.Transforms
