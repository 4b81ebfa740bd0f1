#!/usr/bin/env bash
# Kafka's Java clients: run.sh setup | scenario ADDRESS RECORDS PREFIX | groups ADDRESS RECORDS |
#   write ... | read ... | transact ADDRESS | streams ADDRESS DIRECTORY
# The classes are compiled once for their sources, below the peers.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../../.."
places=$(tests/peers/java_classes.sh clients tests/clients/java)
{ read -r kafka; read -r classes; } <<< "$places"
[ "$1" != setup ] || exit 0
# A class path begins with the older clients when ${OLDER_CLIENTS} is set.
exec java -Xmx512M -XX:TieredStopAtLevel=1 -Dlog4j2.configurationFile="$kafka/log4j2.yaml" \
  -cp "${OLDER_CLIENTS:+$kafka/older/*:}$classes:$kafka/libs/*" weir.clients.Client "$@"
