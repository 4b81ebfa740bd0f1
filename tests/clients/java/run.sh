#!/usr/bin/env bash
# Kafka's Java clients: run.sh setup | scenario ADDRESS RECORDS PREFIX | groups ADDRESS RECORDS |
#   write ... | read ... | transact ADDRESS | streams ADDRESS DIRECTORY
# The classes are compiled once for their sources, below the peers.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../../.."
kafka=$(tests/peers/kafka.sh)
command -v javac > /dev/null || { echo "SKIPPED: javac is not installed" >&2; exit 77; }
sources=(tests/clients/java/*.java)
classes=$kafka/clients-$(cat "${sources[@]}" | sha256sum | cut -c1-16)
exec 9> "$kafka/clients.lock"
flock 9
if [ ! -e "$classes/ready" ]; then
  rm -rf "$classes"
  javac -proc:none -nowarn -cp "$kafka/libs/*" -d "$classes" "${sources[@]}" >&2
  touch "$classes/ready"
fi
flock -u 9
[ "$1" != setup ] || exit 0
# A class path begins with the older clients when ${OLDER_CLIENTS} is set.
exec java -Xmx512M -XX:TieredStopAtLevel=1 -Dlog4j2.configurationFile="$kafka/log4j2.yaml" \
  -cp "${OLDER_CLIENTS:+$kafka/older/*:}$classes:$kafka/libs/*" weir.clients.Client "$@"
