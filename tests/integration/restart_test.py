"""Goal: what clients wrote is there after a clean stop and after kill -9; groups go on where they
were. Method: confluent-kafka writes and reads through a real node process."""
import os
import struct
import time

import confluent_kafka

from node import Node, wait_for
from raw_client import RawClient
from wire import string


def produce(node, first, count):
    offsets = {}
    failures = []

    def delivered(error, message):
        if error:
            failures.append(error)
        else:
            offsets[message.value()] = (message.partition(), message.offset())

    producer = confluent_kafka.Producer({"bootstrap.servers": node.address})
    for index in range(first, first + count):
        producer.produce("orders", key=f"customer-{index % 7}", value=f"v{index}",
                         headers={"n": str(index)}, on_delivery=delivered)
        producer.poll(0)
    assert producer.flush(30) == 0 and not failures, failures
    return offsets


def consume(node, group, count):
    consumer = confluent_kafka.Consumer({
        "bootstrap.servers": node.address, "group.id": group,
        "auto.offset.reset": "earliest", "enable.auto.commit": False})
    consumer.subscribe(["orders"])
    found = {}
    for _ in range(count * 10 + 300):
        message = consumer.poll(0.1)
        if message is None or message.error():
            continue
        assert message.headers() == [("n", message.value()[1:])]
        found[message.value()] = (message.partition(), message.offset())
        if len(found) == count:
            break
    consumer.commit(asynchronous=False)
    consumer.close()
    return found


def stop_while_a_member_waits():
    """Whoever waits for a rebalance does not hold up a stop."""
    with Node(group_initial_rebalance_delay_ms="100000") as node:
        client = RawClient(node.port)
        wait_for(lambda: client.find_coordinator("g") == 0, 20, "a coordinator")
        body = string("g") + struct.pack(">ii", 30_000, 120_000) + string("") + string("consumer")
        client.send(11, 2, body + struct.pack(">i", 1) + string("range") + struct.pack(">i", 0))
        watcher = RawClient(node.port)
        name = struct.pack(">i", 1) + string("g")
        wait_for(lambda: b"PreparingRebalance" in watcher.ask(15, 0, name), 20, "a waiting member")
        begun = time.monotonic()
        node.stop()
        assert time.monotonic() - begun < 20, "the stop waited for the member"
        client.close()
        watcher.close()


def main():
    stop_while_a_member_waits()
    with Node(num_partitions="3") as node:
        written = produce(node, 0, 1000)
        assert consume(node, "g", 1000) == written
        marker = os.path.join(node.directory, "data", ".kafka_cleanshutdown")
        for round_number, end in enumerate((node.stop, node.kill, node.kill)):
            end()
            assert os.path.exists(marker) == (end == node.stop), "the marker of a clean stop"
            node.start()
            assert not os.path.exists(marker), "a running node is marked as cleanly stopped"
            more = produce(node, 1000 + round_number * 500, 500)
            written.update(more)
            # The group goes on: it gets only what is new. A new group gets everything.
            assert consume(node, "g", 500) == more
            assert consume(node, f"fresh-{round_number}", len(written)) == written
        by_key = {}
        for value, (partition, _) in written.items():
            by_key.setdefault(int(value[1:]) % 7, set()).add(partition)
        assert all(len(partitions) == 1 for partitions in by_key.values()), by_key
        node.stop()


main()
