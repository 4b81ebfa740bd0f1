#!/usr/bin/env bash
# Installs, builds, and runs examples/logs/pipeline.toml on the logs of this machine: files to
# topics on the embedded broker, through transforms, to files and to a small HTTP server. Prints
# what arrived and where to look, and goes on until Ctrl-C; then nothing of it is left.
# QUICKSTART_ONCE=1 ends when everything has arrived; WEIR_LOGS is another directory than /var/log.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
data=$(mktemp -d "${TMPDIR:-/tmp}/weir-quickstart.XXXXXX")
pids=()  # the receiver and `weir run`, each in a process group of its own: Ctrl-C is ours
stop() {
  local code=$? ended=0
  trap '' INT TERM
  if [ ${#pids[@]} = 2 ]; then
    kill "${pids[1]}" 2> /dev/null || true
    wait "${pids[1]}" 2> /dev/null || ended=$?
    [ $code != 0 ] || echo "weir run has ended with $ended; $data is removed"
  fi
  kill "${pids[0]:-}" 2> /dev/null || true
  wait "${pids[0]:-}" 2> /dev/null || true
  rm -rf "$data"
  [ $code != 0 ] || exit $ended
}
trap stop EXIT
trap 'exit 0' INT TERM

{
  ./tests/setup.sh
  cmake --preset release > /dev/null
  cmake --build --preset release --target weir
} 2>&1 | tee "$data/installation.log"
weir=build/release/bin/weir

logs=${WEIR_LOGS:-/var/log}
readable=()
for log in "$logs"/*.log "$logs"/apt/history.log*; do
  if [ -s "$log" ] && [ -r "$log" ]; then readable+=("$log"); fi
done
if [ ${#readable[@]} = 0 ]; then
  echo "no log in $logs can be read; taking the log of this installation and build instead"
  logs=$data/logs
  mkdir "$logs"
  cp "$data/installation.log" "$logs"
  readable=("$logs/installation.log")
fi

# What must happen within a minute; `$2` is it.
within_a_minute() {
  local end=$((SECONDS + 60))
  until eval "$2"; do
    if [ $SECONDS -gt $end ] || ! kill -0 "${pids[@]}" 2> /dev/null; then
      echo "not there: $1" >&2
      tail -n 40 "$data"/*.out >&2
      exit 1
    fi
    sleep 0.1
  done
}

set -m
python3 examples/logs/receiver.py 0 > "$data/receiver.out" 2>&1 &
pids+=($!)
within_a_minute "the receiver" 'grep -q listens "$data/receiver.out"'
endpoint=$(sed -n 's/^receiver listens on //p' "$data/receiver.out")
read -r broker http < <(python3 -c 'import socket
sockets = [socket.socket() for _ in range(2)]
for each in sockets: each.bind(("127.0.0.1", 0))
print(*("127.0.0.1:%d" % each.getsockname()[1] for each in sockets))')
env WEIR_LOGS="$logs" WEIR_DATA="$data/data" WEIR_OUT="$data/files" WEIR_LISTEN="$broker" \
  WEIR_HTTP="$http" WEIR_ENDPOINT="http://$endpoint" \
  "$weir" run examples/logs/pipeline.toml > "$data/weir.out" 2>&1 &
pids+=($!)
set +m
within_a_minute "weir run" 'grep -q "ready: " "$data/weir.out"'

in_metrics() {  # the sum of a counter over all tasks
  curl -s "http://$http/metrics" | awk -v name="$1" 'index($0, name "{") == 1 {n += $NF}
    END {print n + 0}'
}
at_endpoint() {
  curl -s "http://$endpoint/" | python3 -c 'import json, sys
print(sum(json.load(sys.stdin).values()))'
}
in_files() { find "$data/files" -name '[!.]*.jsonl' -exec cat {} + 2> /dev/null | wc -l; }
in_topics() {
  "$weir" tap 'logs.*' --bootstrap "$broker" --from-beginning --to-end --json 2> /dev/null | wc -l
}

# How many records there are at least: lines, and events of several lines.
records_of() {
  case $1 in
    */history.log*) zcat -f "$1" | awk 'NR == 1 || /^Start-Date/ {++n} END {print n + 0}' ;;
    *) wc -l < "$1" ;;
  esac
}
echo
echo "capturing ${readable[*]}"
expected=0
for log in "${readable[@]}"; do expected=$((expected + $(records_of "$log"))); done
written=kafka_connect_source_task_source_record_write_total
within_a_minute "all lines in the topics" '[ "$(in_metrics $written)" -ge "$expected" ]'
within_a_minute "all records at the endpoint" '[ "$(at_endpoint)" -ge "$(in_metrics $written)" ]'
within_a_minute "all records in files" '[ "$(in_files)" -ge "$(in_metrics $written)" ]'

echo "records in topics: $(in_topics)"
echo "lines in files: $(in_files)"
echo "records at http://$endpoint: $(at_endpoint)"
echo "the first that were posted:"
sed -n 's/^POST /  /p' "$data/receiver.out"
echo "the files:"
find "$data/files" -name '[!.]*.jsonl' -printf '  %p %s bytes\n'
"$weir" top --http "$http" --once | sed '/^$/,$d'
echo
echo "The broker is Kafka to its clients. Three orders with kcat, and back:"
printf '%s\n' 'customer-101:{"order_id": 1, "amount": 29.99}' \
  'customer-102:{"order_id": 2, "amount": 5.00}' \
  'customer-101:{"order_id": 3, "amount": 12.50}' | kcat -q -b "$broker" -t orders -P -K:
kcat -q -b "$broker" -t orders -C -o beginning -e -f '  partition %p offset %o key %k: %s\n'

cat <<END

Look at it yourself (everything is below $data):
  $weir tap 'logs.*' --bootstrap $broker --from-beginning
  $weir top --http $http
  curl http://$http/metrics
  kcat -b $broker -t logs.system -C
  less examples/logs/pipeline.toml
END
[ -z "${QUICKSTART_ONCE:-}" ] || exit 0
echo "It runs until Ctrl-C, and then nothing of it is left. What is logged meanwhile comes, too."
wait -n "${pids[@]}" || true
echo "a process has ended:" >&2
tail -n 20 "$data/weir.out" >&2
exit 1
