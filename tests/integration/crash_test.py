"""Goal: kill -9 at any moment loses nothing that was acknowledged with acks=all, and repeats
nothing that an idempotent producer wrote. Method: fifty times: a producer writes, the node is
killed at a random point and started again; then every acknowledged record must be at its offset,
once."""
import random
import sys
import time

import confluent_kafka

from node import Node
from reading import read_to_end

CYCLES = int(sys.argv[1]) if len(sys.argv) > 1 else 50
PARTITIONS = 3


def read_everything(node):
    found = {}
    expected = dict.fromkeys(range(PARTITIONS), 0)
    for message in read_to_end(node.address, "log", PARTITIONS):
        assert message.offset() == expected[message.partition()], "offsets have a hole"
        expected[message.partition()] += 1
        found.setdefault(message.value(), []).append((message.partition(), message.offset()))
    return found


def check(acknowledged, found):
    lost = [value for value, place in acknowledged.items() if place not in found.get(value, [])]
    repeated = [value for value, places in found.items() if len(places) > 1]
    assert not lost, f"{len(lost)} acknowledged records are lost, first {lost[0]}"
    assert not repeated, f"{len(repeated)} records are there twice, first {repeated[0]}"


def self_test():
    """A checker that cannot fail proves nothing: plant a loss and a repetition."""
    for planted in ({}, {b"a": [(0, 0), (0, 1)]}):
        try:
            check({b"a": (0, 0)}, planted)
        except AssertionError:
            continue
        raise SystemExit("the checker does not notice a planted fault")


def main():
    self_test()
    seed = int.from_bytes(random.randbytes(4), "big")
    print(f"seed {seed}")
    chance = random.Random(seed)
    acknowledged = {}

    def delivered(error, message):
        if not error:
            acknowledged[message.value()] = (message.partition(), message.offset())

    with Node(num_partitions=str(PARTITIONS)) as node:
        producer = confluent_kafka.Producer({
            "bootstrap.servers": node.address, "enable.idempotence": True, "linger.ms": 1,
            "reconnect.backoff.ms": 10, "reconnect.backoff.max.ms": 50, "retry.backoff.ms": 10,
            "message.timeout.ms": 60000, "log_level": 0})
        number = 0
        for _ in range(CYCLES):
            before = len(acknowledged)
            end = time.monotonic() + 0.05 + chance.random() * 0.3
            while time.monotonic() < end or len(acknowledged) == before:
                for _ in range(chance.randrange(1, 200)):
                    producer.produce("log", value=b"%d" % number, partition=number % PARTITIONS,
                                     on_delivery=delivered)
                    number += 1
                producer.poll(0.002)
            node.kill()
            node.start()
        assert producer.flush(60) == 0
        found = read_everything(node)
        check(acknowledged, found)
        assert len(found) == number, f"{number} written, {len(found)} found"
        print(f"{CYCLES} crashes, {len(acknowledged)} acknowledged records, all there once")
        node.stop()


main()
