#!/usr/bin/env bash
# Kafka's Java clients of 3.9, which add partitions to a transaction with requests of their own
# (transaction.version 1): run.sh setup | transact ADDRESS
set -euo pipefail
OLDER_CLIENTS=yes exec "$(dirname "${BASH_SOURCE[0]}")/../run.sh" "$@"
