"""Goal: a library's transactions hold (KIP-98, KIP-447, KIP-890): what is read, changed and written
counts once, an abort leaves nothing, an older producer of the same transactional id is fenced, an
abandoned transaction ends in time, and who is killed in the middle of one has a successor.
Method: the same steps for every library. Its program takes commands (see Peer) on its standard
input; each producer is a process of its own, so that it can be killed."""
import collections
import itertools
import os
import select
import subprocess
import sys
import time

import confluent_kafka

from harness import HERE, Node, check_log, run
from reading import read_to_end

PARTITIONS = 3
WAIT = 60  # seconds, for anything
FENCED = ("PRODUCER_FENCED", "INVALID_PRODUCER_EPOCH")


class Peer:
    """A library's program. Commands, each answered by a line of words, "ok ..." or "error NAME":
      open ID TIMEOUT_MS [GROUP TOPIC]  a transactional producer, and a member of a group
      begin; write TOPIC PARTITION VALUE...; commit; abort
      transform TOPIC commit|abort|hold  reads up to 20 records as a group, writes "out-" and each
          value to the same partition of the topic, gives its offsets to the transaction and ends
          it, or leaves it open; "committed", "aborted" or "held", and the values read
      read TOPIC committed|uncommitted VALUE  what is before VALUE, which is in each partition"""

    def __init__(self, library, address):
        self.name = library
        program = os.path.join(HERE, library, "run.sh")
        self.process = subprocess.Popen([program, "transact", address], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE)
        self.left = b""

    def ask(self, *words):
        self.process.stdin.write(" ".join(map(str, words)).encode() + b"\n")
        self.process.stdin.flush()
        return self.answer(words)

    def answer(self, words):
        while b"\n" not in self.left:
            came, _, _ = select.select([self.process.stdout], [], [], WAIT)
            assert came, f"{self.name}: no answer to {words}"
            part = os.read(self.process.stdout.fileno(), 1 << 16)
            assert part, f"{self.name}: ended at {words}"
            self.left += part
        line, self.left = self.left.split(b"\n", 1)
        return line.decode().split(" ")

    def do(self, *words):
        kind, *rest = self.ask(*words)
        assert kind == "ok", f"{self.name}: {words} is answered by {rest}"
        return rest

    def refused(self, *words):
        kind, *rest = self.ask(*words)
        assert kind == "error", f"{self.name}: {words} is answered by {rest}"
        return rest[0]

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()


class Bench:
    """A library against a node, and records that do not come from it."""

    def __init__(self, library, node):
        self.library, self.node, self.peers = library, node, []
        self.plain = confluent_kafka.Producer({"bootstrap.servers": node.address,
                                               "log_level": 0})

    def peer(self, *opened):
        made = Peer(self.library, self.node.address)
        self.peers.append(made)
        if opened:
            made.do("open", *opened)
        return made

    def write(self, topic, *values):
        """Without transactions, each value to each partition."""
        for value, partition in itertools.product(values, range(PARTITIONS)):
            self.plain.produce(topic, value.format(partition), partition=partition)
        assert self.plain.flush(WAIT) == 0

    def read(self, topic, isolation="committed"):
        """All values that are there now, as the library and as librdkafka read them."""
        self.write(topic, "end-" + isolation)
        values = self.peers[-1].do("read", topic, isolation, "end-" + isolation)
        seen = collections.Counter(each for each in values if not each.startswith("end-"))
        other = collections.Counter(
            each.value().decode() for each in
            read_to_end(self.node.address, topic, PARTITIONS, isolation_level="read_" + isolation)
            if not each.value().startswith(b"end-"))
        assert seen == other, f"{isolation}: {seen - other} too many, {other - seen} are missing"
        return seen

    def close(self):
        for each in self.peers:
            if each.process.poll() is None:
                each.kill()


def feed(bench, topic, count):
    """`count` records a partition, as values of a group's input."""
    bench.write(topic, *(f"in-{{}}-{each}" for each in range(count)))
    return collections.Counter(f"in-{partition}-{each}" for each in range(count)
                               for partition in range(PARTITIONS))


def out(values):
    return collections.Counter({"out-" + value: count for value, count in values.items()})


def transform(peer, topic, endings, wanted):
    """Transforms until all that is wanted was committed; what was read in vain."""
    done, vain = collections.Counter(), collections.Counter()
    while done != wanted:
        ended, *values = peer.do("transform", topic, next(endings))
        (done if ended == "committed" else vain).update(values)
        assert not done - wanted, f"read twice: {done - wanted}"
    return vain


def counts_once(bench):
    wanted = feed(bench, "once", 40)
    peer = bench.peer("once", WAIT * 1000, "once", "once")
    vain = transform(peer, "once-out", itertools.cycle(("commit", "abort")), wanted)
    assert vain, "nothing was aborted"
    assert bench.read("once-out") == out(wanted)
    assert bench.read("once-out", "uncommitted") == out(wanted) + out(vain)


def abort_leaves_nothing(bench):
    peer = bench.peer("abort", WAIT * 1000)
    for ending, values in (("commit", ["a", "b"]), ("abort", ["c", "d"]), ("commit", ["e"])):
        peer.do("begin")
        peer.do("write", "abort", 0, *values)
        peer.do("write", "abort", 2, *values)
        peer.do(ending)
    assert bench.read("abort") == collections.Counter("aabbee")
    assert bench.read("abort", "uncommitted") == collections.Counter("aabbccddee")


def older_is_fenced(bench):
    older = bench.peer("fence", WAIT * 1000)
    older.do("begin")
    older.do("write", "fence", 0, "lost")
    newer = bench.peer("fence", WAIT * 1000)
    refused = older.refused("commit")
    assert refused in FENCED, refused
    newer.do("begin")
    newer.do("write", "fence", 0, "kept")
    newer.do("commit")
    assert bench.read("fence") == collections.Counter(["kept"])
    assert bench.read("fence", "uncommitted") == collections.Counter(["lost", "kept"])


def abandoned_ends(bench):
    abandoned = bench.peer("slow", 1000)
    abandoned.do("begin")
    abandoned.do("write", "slow", 1, "late")
    bench.peer()
    bench.write("slow", "visible-{}", "end")
    assert sorted(bench.peers[-1].do("read", "slow", "committed", "end")) == [
        f"visible-{each}" for each in range(PARTITIONS)]
    refused = abandoned.refused("commit")
    assert refused in FENCED, refused


def killed_has_a_successor(bench):
    wanted = feed(bench, "kill", 20)
    opened = ("kill", WAIT * 1000, "kill", "kill")
    first = bench.peer(*opened)
    ended, *values = first.do("transform", "kill-out", "commit")
    done = collections.Counter(values)
    held, *lost = first.do("transform", "kill-out", "hold")
    assert (ended, held) == ("committed", "held") and lost
    first.kill()
    vain = transform(bench.peer(*opened), "kill-out", itertools.repeat("commit"), wanted - done)
    assert bench.read("kill-out") == out(wanted)
    assert bench.read("kill-out", "uncommitted") == out(wanted) + out(
        collections.Counter(lost)) + out(vain)


def main():
    library = sys.argv[1]
    run(library, "setup", timeout=900)
    with Node(num_partitions=str(PARTITIONS),
              transaction_abort_timed_out_transaction_cleanup_interval_ms="200") as node:
        bench = Bench(library, node)
        try:
            for step in (counts_once, abort_leaves_nothing, older_is_fenced, abandoned_ends,
                         killed_has_a_successor):
                begun = time.monotonic()
                step(bench)
                print(f"{step.__name__}: {time.monotonic() - begun:.1f} s", flush=True)
        finally:
            bench.close()
        check_log(node)
        node.stop()


main()
