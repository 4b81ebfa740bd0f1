"""What is run on a node, the same for every system: the loads of one repetition, in order."""
import os
import struct
import subprocess
import time
from dataclasses import dataclass

import recorder

HERE = os.path.dirname(os.path.abspath(__file__))
PYTHON = "/usr/bin/python3"  # whose packages tests/setup.sh installs
SMALL, LARGE = 100, 1024  # bytes of a value
TRANSACTIONS = (100, 1000)  # records in one
FULL_MATRIX = [(size, acks, partitions) for size in (SMALL, LARGE) for acks in ("1", "all")
               for partitions in (1, 6)]


@dataclass(frozen=True)
class Sizes:
    """How much of each load."""
    starts: int = 3
    idle_s: float = 5
    warmup: int = 3_000_000
    small: int = 6_000_000  # records of 100 B
    large: int = 1_500_000  # records of 1 KiB
    librdkafka: int = 2_000_000
    even: int = 3_000_000
    even_partitions: int = 1000
    rates: tuple = (1000, 10_000)
    latency_s: float = 20
    latency_warmup_s: float = 3
    connections: int = 5000
    hold_s: float = 5
    members: int = 5
    group_quiet_s: float = 4
    transacted: int = 200_000  # records in transactions of 1,000; fewer in smaller ones
    compacted: int = 12_000_000  # records of 100 B
    compacted_keys: int = 500_000
    compacted_segment: int = 64 << 20
    many_topics: int = 100
    many_each: int = 100
    sync_s: float = 2
    sync_files: int = 1000

    def count(self, size):
        return self.small if size == SMALL else self.large


QUICK = Sizes(starts=1, idle_s=0.3, warmup=5000, small=20_000, large=5000, librdkafka=5000,
              even=10_000, even_partitions=50, rates=(200, 500), latency_s=1, latency_warmup_s=0.2,
              connections=50, hold_s=0.2, members=2, group_quiet_s=0.5, transacted=2000,
              compacted=50_000, compacted_keys=1000, compacted_segment=1 << 20,
              many_topics=4, many_each=25,
              sync_s=0.01, sync_files=20)


def work_name(kind, size, acks, partitions):
    return f"{kind} {size} B acks={acks} {partitions}p"


class Bench:
    """One repetition of one system."""

    def __init__(self, kbench, system, parent, repetition, sizes, out):
        self.kbench, self.system, self.parent = kbench, system, parent
        self.repetition, self.sizes, self.out = repetition, sizes, out
        self.node = None

    # One measurement each.

    def kbench_run(self, attempt_topic, command, flags):
        words = [self.kbench, command, "--brokers", self.node.address, "--watch-pids",
                 str(self.node.pid)]
        if attempt_topic:
            words += ["--topic", attempt_topic]
        words += [str(flag) for flag in flags]
        return recorder.run_json(words, still_wanted=self.node.alive)

    def measure(self, work, action):
        result = self.out.measure(self.system.name, self.repetition, work, action,
                                  (self.node.pid,))
        if not self.node.alive():
            raise RuntimeError("the node ended: " + self.node.end_of_output())
        return result

    def load(self, work, command, *flags, topic=None):
        """A run of kbench; a repeated one has a topic of its own."""
        used = []

        def action(attempt):
            used.append(f"{topic}-{attempt}" if topic else None)
            return self.kbench_run(used[-1], command, flags)

        result = self.measure(work, action)
        return result, used[-1]

    def start(self, exists=False):
        """Times a start: kbench polls already when the process is started."""
        words = [self.kbench, "first", "--brokers", self.node.address, "--partitions", "1",
                 "--timeout", "120s"]
        client = subprocess.Popen(words + (["--exists"] if exists else []), stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        client.stderr.readline()  # "ready"
        begin = time.time_ns()
        self.node.launch()
        client.stdin.write(f"{begin}\n")
        client.stdin.flush()
        result = recorder.finish(client, 150, self.node.alive)
        if not self.node.alive():
            result.update(ok=False, error="the node ended: " + self.node.end_of_output())
        result["format_ms"] = self.node.format_ms
        return result

    def fresh_start(self, work="start", properties=None):
        self.discard()

        def action(attempt):
            if attempt > 0:
                self.discard()
            self.node = self.system(self.parent, properties)
            self.node.prepare()
            return self.start()

        result = self.out.measure(self.system.name, self.repetition, work, action)
        if not result["ok"]:
            raise RuntimeError(f"{self.system.name} does not start: {result['error']}")

    def discard(self):
        if self.node:
            self.node.stop()
            self.node.remove()
            self.node = None

    # Groups of measurements.

    def starts(self):
        for _ in range(self.sizes.starts):
            self.fresh_start()

    def idle(self):
        self.load("idle", "watch", "--for", f"{self.sizes.idle_s}s")

    def warm_up(self):
        """Not in the report: the JVM compiles its hot code, both sides fill their caches."""
        count = self.sizes.warmup
        self.load("warm-up", "produce", "--count", count, "--partitions", 6, topic="warm-small")
        self.load("warm-up", "produce", "--count", count // 6, "--partitions", 6,
                  "--record-size", LARGE, topic="warm-large")
        self.load("warm-up", "consume", topic="warm-small")

    def throughput(self):
        for size, acks, partitions in FULL_MATRIX:
            topic = f"load-{size}-{acks}-{partitions}"
            result, used = self.load(
                work_name("produce", size, acks, partitions), "produce", "--record-size", size,
                "--acks", acks, "--partitions", partitions, "--count", self.sizes.count(size),
                topic=topic)
            if acks != "all" or not result["ok"]:
                continue
            result["batch"] = batch_shape(self.node.data, used)
            self.measure(work_name("consume", size, acks, partitions), lambda _: self.kbench_run(
                used, "consume", ["--expect", result["acked"]]))

    def librdkafka(self):
        for size in (SMALL, LARGE):
            count = self.sizes.librdkafka if size == SMALL else self.sizes.librdkafka // 4
            self.measure(f"librdkafka produce {size} B", lambda attempt: recorder.run_json([
                PYTHON, os.path.join(HERE, "rdk_produce.py"), "--brokers",
                self.node.address, "--watch-pids", str(self.node.pid), "--topic",
                f"rdk-{size}-{attempt}", "--record-size", str(size), "--count", str(count)],
                still_wanted=self.node.alive))

    def memory_after_load(self):
        self.load("after load", "watch", "--for", f"{self.sizes.idle_s}s")

    def latency(self):
        for rate in self.sizes.rates:
            self.load(f"latency at {rate}/s", "e2e", "--rate", rate, "--duration",
                      f"{self.sizes.latency_s}s", "--warmup", f"{self.sizes.latency_warmup_s}s",
                      "--acks", "all", "--partitions", 6, topic=f"e2e-{rate}")

    def even_spread(self):
        for partitions in (6, self.sizes.even_partitions):
            self.load(f"even spread over {partitions}", "produce", "--spread", "even", "--acks",
                      "all", "--partitions", partitions, "--count", self.sizes.even,
                      topic=f"even-{partitions}")

    def clients(self):
        self.load("connections", "conns", "--connections", self.sizes.connections, "--hold",
                  f"{self.sizes.hold_s}s")
        self.load("group", "groups", "--members", self.sizes.members, "--quiet",
                  f"{self.sizes.group_quiet_s}s", topic="group")

    def transactions(self):
        """Two workers copy a topic; each tenth transaction is aborted and done again."""
        for batch in TRANSACTIONS:
            count = self.sizes.transacted * batch // 1000
            self.load("warm-up", "txn", "--count", count // 4, "--batch", batch)
            self.load(f"transactions of {batch}", "txn", "--count", count, "--batch", batch)

    def compaction(self):
        """A log with many records a key, compacted at once by a cleaner that is awake."""
        self.fresh_start("start for compaction", {"log.cleaner.backoff.ms": "100"})

        def action(attempt):
            topic = f"compacted-{attempt}"
            filled = self.kbench_run(topic, "produce", [
                "--spread", "key", "--keys", self.sizes.compacted_keys, "--partitions", 1,
                "--count", self.sizes.compacted, "--topic-config",
                f"segment.bytes={self.sizes.compacted_segment}"])
            return filled if not filled["ok"] else self.kbench_run(topic, "compact", [
                "--data", self.node.data, "--topic-config", "min.cleanable.dirty.ratio=0.01"])

        self.measure("compaction", action)

    def many_partitions(self):
        """A fresh node with very many partitions, stopped and started again."""
        self.fresh_start("start for many partitions")
        flags = ["--topics", self.sizes.many_topics, "--partitions", self.sizes.many_each,
                 "--batch", 10]
        self.measure("many partitions", lambda _: self.kbench_run("many", "topics", flags))
        self.load("many partitions, idle", "watch", "--for", f"{self.sizes.idle_s}s")
        self.measure("many partitions, restart", lambda _: {
            "stop_s": self.node.stop(), **self.start(exists=True)})
        self.measure("many partitions, described", lambda _: self.kbench_run(
            "many", "topics", [*flags, "--create=false", "--write=false"]))

    GROUPS = {
        "throughput": [warm_up, throughput, memory_after_load],
        "librdkafka": [librdkafka],
        "latency": [latency],
        "even": [even_spread],
        "clients": [clients],
        "transactions": [transactions],
        "compaction": [compaction],
        "many": [many_partitions],
    }

    def run(self, groups):
        try:
            self.starts()
            self.idle()
            for name in groups:
                for part in self.GROUPS[name]:
                    part(self)
        finally:
            self.discard()


def batch_shape(data, topic, batches_max=1000):
    """Average bytes and records of the batches that the generator made, from the log's headers."""
    count = size = records = 0
    for entry in sorted(os.listdir(data)):
        if entry.rsplit("-", 1)[0] != topic:
            continue
        for segment in sorted(os.listdir(os.path.join(data, entry))):
            if not segment.endswith(".log"):
                continue
            with open(os.path.join(data, entry, segment), "rb") as log:
                while count < batches_max and len(header := log.read(61)) == 61:
                    length, = struct.unpack_from(">i", header, 8)
                    if length < 49:  # room that was allocated before
                        break
                    count, size = count + 1, size + 12 + length
                    records += struct.unpack_from(">i", header, 57)[0]
                    log.seek(12 + length - 61, os.SEEK_CUR)
    if count == 0 or records == 0:
        return None
    return {"bytes": size // count, "records": max(1, records // count), "batches_seen": count}
