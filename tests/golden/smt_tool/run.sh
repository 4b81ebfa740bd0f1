#!/usr/bin/env bash
# Kafka's own transforms and converter: cases from standard input, results on standard output. The
# classes are compiled once for their sources, below the peers. Ends with 77 without Java or Maven.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../../.."
places=$(tests/peers/java_classes.sh golden tests/golden/smt_tool)
{ read -r kafka; read -r classes; } <<< "$places"
exec java -Xmx512M -XX:TieredStopAtLevel=1 -Duser.timezone=UTC -Duser.language=en \
  -Duser.country=US -Dlog4j2.configurationFile="$kafka/log4j2.yaml" \
  -cp "$classes:$kafka/libs/*" weir.golden.Transforms
