#!/usr/bin/env bash
# run.sh setup | scenario ADDRESS RECORDS PREFIX | write ADDRESS RECORDS TOPIC CODEC |
#   read ADDRESS TOPIC... | transact ADDRESS
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../../../.."
modules=$(tests/peers/node.sh)
[ "$1" != setup ] || exit 0
NODE_PATH=$modules exec node --no-warnings tests/clients/node/kafkajs/client.cjs "$@"
