#!/usr/bin/env bash
# Installs, builds, starts a node on a free port of 127.0.0.1, creates a topic, produces and
# consumes a few keyed records, prints what it did, and goes on until Ctrl-C. QUICKSTART_ONCE=1 ends
# at once.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
./tests/setup.sh
cmake --preset release > /dev/null
cmake --build --preset release --target weir

data=$(mktemp -d "${TMPDIR:-/tmp}/weir-quickstart.XXXXXX")
port=$(python3 -c 'import socket
s = socket.socket()
s.bind(("127.0.0.1", 0))
print(s.getsockname()[1])')
KAFKA_LISTENERS="PLAINTEXT://127.0.0.1:$port" KAFKA_LOG_DIRS="$data" \
  KAFKA_WEIR_METRICS_LISTENER=127.0.0.1:0 \
  build/release/bin/weir broker 2> "$data/weir.log" &
node=$!
stop() {
  kill "$node" 2> /dev/null || true
  wait "$node" 2> /dev/null || true
  rm -rf "$data"
}
trap stop EXIT
trap 'exit 0' INT TERM
for _ in $(seq 100); do
  grep -q ready "$data/weir.log" && break
  kill -0 "$node" 2> /dev/null || { cat "$data/weir.log"; exit 1; }
  sleep 0.1
done
broker=127.0.0.1:$port
echo "weir listens on $broker, its data is in $data"

echo "producing three orders to the topic 'orders' with kcat"
printf '%s\n' 'customer-101:{"order_id": 1, "amount": 29.99}' \
  'customer-102:{"order_id": 2, "amount": 5.00}' \
  'customer-101:{"order_id": 3, "amount": 12.50}' | kcat -q -b "$broker" -t orders -P -K:
echo "consuming them:"
kcat -q -b "$broker" -t orders -C -o beginning -e -f '  partition %p offset %o key %k: %s\n'
kcat -b "$broker" -L
[ -z "${QUICKSTART_ONCE:-}" ] || exit 0
echo "the node runs until Ctrl-C; try: kcat -b $broker -t orders -C"
wait "$node"
