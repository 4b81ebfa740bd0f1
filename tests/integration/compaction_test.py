"""Goal: of a compacted topic the newest value of every key survives at its offset, tombstones and
aborted records go, whatever is killed meanwhile; tools read what is left. Method: confluent-kafka
writes keyed records, some in transactions, while the node compacts and is killed with SIGKILL; what
a reader finds is compared with what was acknowledged."""
import glob
import os
import random
import subprocess
import sys

import confluent_kafka
from confluent_kafka.admin import AdminClient, NewTopic

from node import WEIR, Node, wait_for

KEYS = 400
SEED = int(sys.argv[1]) if len(sys.argv) > 1 else random.randrange(1 << 32)


def make_topic(node, name, **config):
    settings = {"cleanup.policy": "compact", "segment.bytes": "1048576",
                "min.cleanable.dirty.ratio": "0.01", "file.delete.delay.ms": "100"}
    settings.update({key.replace("_", "."): value for key, value in config.items()})
    admin = AdminClient({"bootstrap.servers": node.address})
    for made in admin.create_topics([NewTopic(name, 1, 1, config=settings)]).values():
        made.result(30)


class Writer:
    """Writes random values and tombstones; knows what was acknowledged, by offset."""

    def __init__(self, node, topic, chance, **config):
        self.topic = topic
        self.chance = chance
        self.written = {}
        self.producer = confluent_kafka.Producer({
            "bootstrap.servers": node.address, "enable.idempotence": True, "linger.ms": 2,
            **config})

    def write(self, count, keep=True):
        for _ in range(count):
            key = f"key-{self.chance.randrange(KEYS)}"
            tombstone = self.chance.random() < 0.2
            value = None if tombstone else f"{self.chance.random()}" + "x" * 300
            self.producer.produce(self.topic, key=key, value=value,
                                  on_delivery=self.delivered if keep else None)
            self.producer.poll(0)

    def delivered(self, error, message):
        assert error is None, error
        value = message.value()
        self.written[message.offset()] = (message.key().decode(), value and value.decode())

    def newest(self):
        found = {}
        for offset in sorted(self.written):
            key, value = self.written[offset]
            found[key] = (offset, value)
        return found


def read(node, topic):
    """All that a read_committed consumer gets, by offset, up to the end."""
    consumer = confluent_kafka.Consumer({
        "bootstrap.servers": node.address, "group.id": "reader", "enable.auto.commit": False,
        "isolation.level": "read_committed", "enable.partition.eof": True,
        "auto.offset.reset": "earliest"})
    consumer.assign([confluent_kafka.TopicPartition(topic, 0, 0)])
    found = {}
    while True:
        message = consumer.poll(30)
        assert message is not None, "no end within 30 s"
        if message.error():
            assert message.error().code() == confluent_kafka.KafkaError._PARTITION_EOF
            break
        value = message.value()
        found[message.offset()] = (message.key().decode(), value and value.decode())
    end = consumer.get_watermark_offsets(confluent_kafka.TopicPartition(topic, 0))[1]
    position = consumer.position([confluent_kafka.TopicPartition(topic, 0)])[0].offset
    consumer.close()
    assert position == end, f"the reader stands at {position}, the log ends at {end}"
    return found


def check(found, writer):
    for offset, record in found.items():
        assert writer.written.get(offset) == record, f"offset {offset}: {record}"
    last = {key: offset for offset, (key, _) in sorted(found.items())}
    for key, (offset, value) in writer.newest().items():
        if value is not None or key in last:
            assert last.get(key) == offset, f"{key}: {last.get(key)} in place of {offset}"


def clean_parts(node):
    """Offsets below which the node says that topics are clean."""
    try:
        with open(f"{node.data}/cleaner-offset-checkpoint", encoding="utf-8") as rows:
            return {row.split()[0]: int(row.split()[2]) for row in rows.read().splitlines()[2:]}
    except FileNotFoundError:
        return {}


def dump(node, topic):
    files = sorted(glob.glob(f"{node.data}/{topic}-0/*.log"))
    tool = os.path.join(os.path.dirname(WEIR), "kafka-dump-log.sh")
    done = subprocess.run([tool, "--deep-iteration", "--print-data-log", "--files",
                           ",".join(files)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and "isvalid: false" not in done.stdout, done.stderr


def survives_kills(chance):
    with Node(log_cleaner_backoff_ms="50",
              log_flush_offset_checkpoint_interval_ms="300") as node:
        make_topic(node, "ledger", delete_retention_ms="0")
        writer = Writer(node, "ledger", chance, **{"message.timeout.ms": 120_000})
        for _ in range(6):
            writer.write(6000)
            wait_for(lambda: writer.producer.poll(0) is not None and
                     node.metric("weir_log_cleaner_passes_total") > 0, 60, "a pass")
            node.kill()
            node.start()
        assert writer.producer.flush(120) == 0
        check(read(node, "ledger"), writer)
        # New segments, so that what was written before may be cleaned to its end.
        tail = max(writer.written)
        writer.write(8000)
        assert writer.producer.flush(60) == 0
        wait_for(lambda: clean_parts(node).get("ledger", 0) > tail, 60, "the old part is clean")
        found = read(node, "ledger")
        check(found, writer)
        clean = clean_parts(node)["ledger"]
        keys = [key for offset, (key, _) in found.items() if offset < clean]
        assert len(keys) == len(set(keys)), "a key is there twice below the clean offset"
        assert node.metric("kafka_log_log_cleaner_manager_uncleanable_partitions_count") == 0
        dump(node, "ledger")
        node.stop()
        node.start()
        check(read(node, "ledger"), writer)
        node.stop()


def aborted_records_go(chance):
    with Node(log_cleaner_backoff_ms="50",
              log_flush_offset_checkpoint_interval_ms="300") as node:
        make_topic(node, "ledger", delete_retention_ms="0")
        writer = Writer(node, "ledger", chance, **{"transactional.id": "compaction"})
        writer.producer.init_transactions(60)
        for _ in range(40):
            commits = chance.random() < 0.5
            writer.producer.begin_transaction()
            writer.write(500, keep=commits)
            if commits:
                writer.producer.commit_transaction(60)
            else:
                assert writer.producer.flush(60) == 0
                writer.producer.abort_transaction(60)
        tail = max(writer.written)
        for _ in range(8):
            writer.producer.begin_transaction()
            writer.write(500)
            writer.producer.commit_transaction(60)
        wait_for(lambda: clean_parts(node).get("ledger", 0) > tail, 60, "the old part is clean")
        check(read(node, "ledger"), writer)
        node.kill()
        node.start()
        check(read(node, "ledger"), writer)
        node.stop()


def compacted_and_deleted():
    with Node(log_cleaner_backoff_ms="50", log_retention_check_interval_ms="100") as node:
        make_topic(node, "both", cleanup_policy="compact,delete", retention_bytes="3000000")
        writer = Writer(node, "both", random.Random(SEED))
        for index in range(40_000):
            writer.producer.produce("both", key=f"unique-{index}", value="x" * 300,
                                    on_delivery=writer.delivered)
            writer.producer.poll(0)
        assert writer.producer.flush(60) == 0
        size = lambda: node.metric('kafka_log_log_size_bytes{topic="both",partition="0"}')
        wait_for(lambda: size() < 4_500_000, 60, "retention has taken the oldest segments")
        found = read(node, "both")
        assert 5000 < len(found) < 20_000, len(found)
        check_newest = max(writer.written)
        assert check_newest in found
        node.stop()


def main():
    print(f"seed {SEED}", flush=True)
    survives_kills(random.Random(SEED))
    aborted_records_go(random.Random(SEED + 1))
    compacted_and_deleted()


main()
