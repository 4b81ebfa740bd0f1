#!/usr/bin/env bash
# confluent-kafka: run.sh setup | scenario ADDRESS RECORDS PREFIX | write ... | read ...
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../../.."
python=$(tests/peers/python.sh)
[ "$1" != setup ] || exit 0
export PYTHONPATH=tests/clients PYTHONDONTWRITEBYTECODE=1
exec "$python" tests/clients/confluent/client.py "$@"
