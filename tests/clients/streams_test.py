"""Goal: Kafka Streams, exactly once (KIP-129, KIP-447): each word counts once, also when one of the
instances is killed with SIGKILL and another comes in its place.
Method: two instances count words while lines are written; one is killed in the middle. Without
caches each word makes a record of its count: a read_committed consumer must see 1, 2, 3 ... of each
word, none twice, none left out."""
import collections
import os
import random
import subprocess
import sys
import tempfile
import time

import confluent_kafka
from confluent_kafka.admin import AdminClient, NewTopic

from harness import HERE, Node, check_log, run
from node import wait_for

PARTITIONS = 4
WAIT = 90  # seconds, for anything
WORDS = [f"word{each}" for each in range(40)]


class Instance:
    """A running word count; its state stays in the directory when it is killed."""

    def __init__(self, node, directory):
        self.directory = directory
        command = [os.path.join(HERE, "java", "run.sh"), "streams", node.address, directory]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE,
                                        env={**os.environ, "KAFKA_LOG_LEVEL": "ERROR"})

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        self.process.terminate()
        self.process.wait(WAIT)


class Counts:
    """What a read_committed consumer sees of the topic of counts."""

    def __init__(self, address):
        self.seen, self.total = collections.defaultdict(list), 0
        self.consumer = confluent_kafka.Consumer({
            "bootstrap.servers": address, "group.id": "none", "isolation.level": "read_committed",
            "log_level": 0})
        self.consumer.assign([confluent_kafka.TopicPartition("counts", each, 0)
                              for each in range(PARTITIONS)])

    def reach(self, total):
        deadline = time.monotonic() + WAIT
        while self.total < total:
            assert time.monotonic() < deadline, f"{self.total} of {total} counts came"
            message = self.consumer.poll(0.1)
            if message is None:
                continue
            assert not message.error(), message.error()
            self.seen[message.key().decode()].append(int(message.value()))
            self.total += 1


class Lines:
    """Writes lines of random words, and knows how often each was written."""

    def __init__(self, address, seed):
        self.chance, self.written = random.Random(seed), collections.Counter()
        self.producer = confluent_kafka.Producer({"bootstrap.servers": address, "log_level": 0})

    def write(self, count):
        for _ in range(count):
            words = self.chance.choices(WORDS, k=5)
            self.written.update(words)
            self.producer.produce("lines", " ".join(words),
                                  partition=self.chance.randrange(PARTITIONS))
        assert self.producer.flush(WAIT) == 0


def check(seen, written):
    for word, count in written.items():
        assert seen[word] == list(range(1, count + 1)), f"{word}: {count} written, {seen[word]}"


def self_test():
    """A checker that cannot fail proves nothing: plant each fault."""
    for seen in ([1, 2], [1, 2, 2, 3], [1, 3, 2], [1, 2, 4]):
        try:
            check({"a": seen}, {"a": 3})
        except AssertionError:
            continue
        raise SystemExit("the checker does not notice a planted fault")


def main():
    self_test()
    run("java", "setup", timeout=900)
    with Node(transaction_abort_timed_out_transaction_cleanup_interval_ms="500") as node, \
            tempfile.TemporaryDirectory(prefix="weir-streams.") as state:
        admin = AdminClient({"bootstrap.servers": node.address, "log_level": 0})
        for made in admin.create_topics([NewTopic(each, PARTITIONS, 1)
                                         for each in ("lines", "counts")]).values():
            made.result(WAIT)
        lines, counts = Lines(node.address, 20), Counts(node.address)
        instances = [Instance(node, os.path.join(state, each)) for each in ("one", "other")]
        try:
            for each in instances:
                assert each.process.stdout.readline() == b"running\n"
            lines.write(300)
            counts.reach(1500)
            lines.write(2000)
            counts.reach(4000)
            instances[1].kill()
            lines.write(300)
            instances[1] = Instance(node, instances[1].directory)
            lines.write(300)
            counts.reach(sum(lines.written.values()))
            assert instances[1].process.stdout.readline() == b"running\n"
            lines.write(300)
            counts.reach(sum(lines.written.values()))
            check(counts.seen, lines.written)
        finally:
            for each in instances:
                each.stop()
        check_log(node)
        print(f"{counts.total} counts, each once")
        node.stop()


main()
