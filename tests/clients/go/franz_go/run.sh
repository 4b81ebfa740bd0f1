#!/usr/bin/env bash
# run.sh setup | scenario ADDRESS RECORDS PREFIX | write ADDRESS RECORDS TOPIC CODEC |
#   read ADDRESS TOPIC... | transact ADDRESS
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../../../.."
program=$(tests/peers/go.sh tests/clients/go franz_go)
[ "$1" = setup ] || exec "$program" "$@"
