#!/usr/bin/env bash
# run.sh setup | scenario ADDRESS RECORDS PREFIX | write ADDRESS RECORDS TOPIC CODEC |
#   read ADDRESS TOPIC... | transactions ADDRESS | groups ADDRESS [hold GROUP TOPIC]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../../../.."
python=$(tests/peers/python.sh)
[ "$1" != setup ] || exit 0
export PYTHONPATH=tests/clients/python PYTHONDONTWRITEBYTECODE=1
program=client.py
[ "$1" != transactions ] || { program=transactions.py; shift; }
[ "$1" != groups ] || { program=consumer_groups.py; shift; }
exec "$python" "tests/clients/python/confluent/$program" "$@"
