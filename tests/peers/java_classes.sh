#!/usr/bin/env bash
# java_classes.sh NAME FOLDER: compiles the Java sources of a folder of the tests against Apache
# Kafka's jars, once for their content, below the peers. Prints where Kafka is, then where the
# classes are. Ends with 77 without Java or Maven.
set -euo pipefail
name=$1
folder=$(cd "$2" && pwd)
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
kafka=$(tests/peers/kafka.sh)
command -v javac > /dev/null || { echo "SKIPPED: javac is not installed" >&2; exit 77; }
sources=("$folder"/*.java)
classes=$kafka/$name-$(cat "${sources[@]}" | sha256sum | cut -c1-16)
exec 9> "$kafka/$name.lock"
flock 9
if [ ! -e "$classes/ready" ]; then
  rm -rf "$classes"
  javac -proc:none -nowarn -cp "$kafka/libs/*" -d "$classes" "${sources[@]}" >&2
  touch "$classes/ready"
fi
printf '%s\n' "$kafka" "$classes"
