"""Goal: kill -9 at any moment tears no transaction: what was committed is there whole and once,
what was aborted is not seen, and the sum over all accounts never changes (KIP-98).
Method: bank transfers: each transaction takes from one account and gives to another, in different
partitions; some are aborted on purpose. The node is killed at random points and started again; then
a read_committed consumer reads everything."""
import random
import sys
import threading
import time

import confluent_kafka

from node import Node, wait_for
from reading import read_to_end

CYCLES = int(sys.argv[1]) if len(sys.argv) > 1 else 30
PARTITIONS = 4
WAIT = 60


class Bank:
    """One producer with a transactional id of its own, until it is told to stop."""

    def __init__(self, address, name, seed):
        self.address, self.name = address, name
        self.chance = random.Random(seed)
        self.committed, self.aborted, self.unknown = set(), set(), set()
        self.stopping = threading.Event()
        self.failure = None
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def open(self):
        producer = confluent_kafka.Producer({
            "bootstrap.servers": self.address, "transactional.id": self.name, "linger.ms": 1,
            "reconnect.backoff.ms": 10, "reconnect.backoff.max.ms": 50, "retry.backoff.ms": 10,
            "transaction.timeout.ms": 60000, "log_level": 0})
        self.until_done(lambda: producer.init_transactions(5))
        return producer

    @staticmethod
    def until_done(call):
        """Repeats what can be; any other error is the caller's."""
        deadline = time.monotonic() + WAIT
        while True:
            try:
                return call()
            except confluent_kafka.KafkaException as error:
                retriable = error.args[0].retriable() and not error.args[0].txn_requires_abort()
                if not retriable or time.monotonic() > deadline:
                    raise

    def run(self):
        try:
            self.work()
        except Exception as error:  # told by the main thread
            self.failure = error

    def work(self):
        producer = self.open()
        number = 0
        while not self.stopping.is_set():
            number += 1
            key = f"{self.name}-{number}"
            wanted = self.chance.random() < 0.8
            committing = False
            try:
                producer.begin_transaction()
                amount = self.chance.randrange(1, 100)
                for account, change in zip(self.chance.sample(range(PARTITIONS), 2),
                                           (-amount, amount)):
                    producer.produce("bank", key=key, value=str(change), partition=account)
                if not wanted:
                    # librdkafka drops what waits to be sent again when it aborts, and uses its
                    # sequence numbers once more, although the broker may have taken it.
                    assert producer.flush(WAIT) == 0
                    self.until_done(lambda: producer.abort_transaction(5))
                    self.aborted.add(key)
                    continue
                committing = True
                self.until_done(lambda: producer.commit_transaction(5))
                self.committed.add(key)
            except confluent_kafka.KafkaException as error:
                if error.args[0].txn_requires_abort():
                    self.until_done(lambda: producer.abort_transaction(5))
                    self.aborted.add(key)
                    continue
                (self.unknown if committing else self.aborted).add(key)
                producer = self.open()

    def stop(self):
        self.stopping.set()
        self.thread.join(3 * WAIT)
        assert not self.thread.is_alive(), f"{self.name} does not end"
        if self.failure:
            raise self.failure


def read_committed(node):
    found = {}
    for message in read_to_end(node.address, "bank", PARTITIONS, isolation_level="read_committed"):
        found.setdefault(message.key().decode(), []).append(int(message.value()))
    return found


def check(found, committed, aborted):
    torn = [key for key, changes in found.items() if len(changes) != 2 or sum(changes) != 0]
    assert not torn, f"{len(torn)} transactions are torn or doubled, first {torn[0]}"
    lost = committed - found.keys()
    assert not lost, f"{len(lost)} committed transactions are lost, first {min(lost)}"
    seen = aborted & found.keys()
    assert not seen, f"{len(seen)} aborted transactions are seen, first {min(seen)}"


def self_test():
    """A checker that cannot fail proves nothing: plant each fault."""
    whole = {"a": [-5, 5]}
    for found, committed, aborted in (({"a": [-5]}, {"a"}, set()), (whole, {"a", "b"}, set()),
                                      (whole, set(), {"a"}), ({"a": [-5, 5, 5]}, {"a"}, set())):
        try:
            check(found, committed, aborted)
        except AssertionError:
            continue
        raise SystemExit("the checker does not notice a planted fault")


def main():
    self_test()
    seed = int.from_bytes(random.randbytes(4), "big")
    print(f"seed {seed}")
    chance = random.Random(seed)
    with Node(num_partitions=str(PARTITIONS)) as node:
        banks = [Bank(node.address, f"bank-{each}", chance.random()) for each in range(3)]
        for _ in range(CYCLES):
            before = sum(len(each.committed) for each in banks)
            end = time.monotonic() + 0.05 + chance.random() * 0.5

            def goes_on():
                failures = [each.failure for each in banks if each.failure]
                assert not failures, failures
                return (time.monotonic() > end and
                        sum(len(each.committed) for each in banks) > before)

            wait_for(goes_on, WAIT, "a transaction is committed")
            node.kill()
            node.start()
        for each in banks:
            each.stop()
        committed = set().union(*(each.committed for each in banks))
        aborted = set().union(*(each.aborted for each in banks))
        check(read_committed(node), committed, aborted)
        print(f"{CYCLES} crashes, {len(committed)} committed and {len(aborted)} aborted "
              "transactions, none torn")
        node.stop()


main()
