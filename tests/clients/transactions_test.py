"""Goal: transactional producers and read_committed consumers of the field, unchanged, commit,
abort, are fenced and time out as with Apache Kafka (KIP-98, KIP-447, KIP-890). Method: librdkafka's
newest version by confluent-kafka's transactions.py, which checks all it sees; then the node's log.
"""
import sys

from harness import Node, check_log, run


def main():
    run("python/confluent", "setup", timeout=900)
    with Node() as node:
        sys.stdout.buffer.write(run("python/confluent", "transactions", node.address))
        check_log(node)
        node.stop()


main()
