"""Transactions: a seed makes a sequence of requests over a few transactional ids, groups and
partitions, right and wrong ones, in all versions and at all levels of transaction.version.

What is asked next depends on the seed, and on what was answered only where both must have answered
the same (epochs, errors). What goes on by itself after an answer (markers are written) is waited
for, so that the next question has one answer."""
import random

from batches import batch
from messages import APIS
from node import wait_for

IDS = ("ledger", "orders", "bills")
GROUPS = ("readers", "writers")
PARTITIONS = 3
TRANSACTIONAL = 0x10
STEPS = 150
PREPARING = ("PrepareCommit", "PrepareAbort")


def versions(api, first=0, last=99):
    return [each for each in APIS[api][1]["request"].versions if first <= each <= last]


class Producer:
    """A client of a transactional id, as far as its answers tell."""

    def __init__(self, name):
        self.name, self.id, self.epoch, self.older = name, 4_000_000, 0, []
        self.sequences = {}

    def take(self, producer_id, epoch):
        self.older.append((self.id, self.epoch))
        self.id, self.epoch = producer_id, epoch
        self.sequences = {}


class Story:
    def __init__(self, broker, seed):
        self.broker, self.random = broker, random.Random(seed)
        # Nothing of another story.
        self.ids = [f"{name}-{seed}" for name in IDS]
        self.groups = [f"{name}-{seed}" for name in GROUPS]
        self.topic = f"transacted-{seed}"
        self.producers = [Producer(name) for name in self.ids]
        self.level = self.random.randrange(3)
        self.actions = [
            (6, self.init), (14, self.produce), (8, self.add_partitions), (3, self.add_as_broker),
            (4, self.add_offsets), (6, self.commit_offsets), (14, self.end), (3, self.mark),
            (3, self.describe), (2, self.list), (3, self.describe_producers), (5, self.read),
            (2, self.fetch_offsets), (1, self.change_level)]

    def pick(self, api, first=0, last=99):
        """A version. At level 0 none of version 2 of the protocol: Kafka cannot store such a
        transaction there, and never answers for that transactional id again."""
        if self.level == 0:
            last = min(last, {"produce": 11, "end_txn": 4, "txn_offset_commit": 4}.get(api, last))
        return self.random.choice(versions(api, first, last))

    def producer(self):
        return self.random.choice(self.producers)

    def identity(self, producer):
        """Mostly its own id and epoch; sometimes an older one, or wrong ones."""
        kind = self.random.random()
        if kind < 0.80:
            return producer.id, producer.epoch
        if kind < 0.90 and producer.older:
            return producer.older[-1]
        if kind < 0.95:
            return producer.id, producer.epoch + 1
        return 4_000_001, 0

    def partitions(self):
        return sorted(self.random.sample(range(PARTITIONS), self.random.randint(1, PARTITIONS)))

    def topics(self):
        found = [{"name": self.topic, "partitions": self.partitions()}]
        if self.random.random() < 0.05:
            found.append({"name": "none-such", "partitions": [0]})
        return found

    def init(self):
        producer = self.producer()
        version = self.pick("init_producer_id", last=5)
        timeout = self.random.choice([900000] * 8 + [0, 900001])
        body = {"transactional_id": producer.name, "transaction_timeout_ms": timeout}
        if version >= 3 and self.random.random() < 0.5:
            body["producer_id"], body["producer_epoch"] = self.identity(producer)
        answer = yield "init_producer_id", version, body
        if answer["error_code"] == 0:
            producer.take(answer["producer_id"], answer["producer_epoch"])

    def produce(self):
        producer = self.producer()
        version = self.pick("produce", last=12)
        identity = self.identity(producer)
        index = self.random.randrange(PARTITIONS)
        sequence = producer.sequences.get(index, 0)
        # Not at the begin: Kafka remembers the first sequence of what it has refused.
        if sequence and self.random.random() < 0.05:
            sequence += self.random.choice([-1, 1])
        data = batch([b"v"] * 2, producer=(*identity, sequence), attributes=TRANSACTIONAL)
        answer = yield "produce", version, {
            "transactional_id": producer.name, "acks": -1, "timeout_ms": 10000,
            "topic_data": [{"name": self.topic, "partition_data": [
                {"index": index, "records": data}]}]}
        told = answer["responses"][0]["partition_responses"][0]
        if told["error_code"] == 0 and identity == (producer.id, producer.epoch):
            producer.sequences[index] = sequence + 2

    def add_partitions(self):
        producer = self.producer()
        producer_id, epoch = self.identity(producer)
        yield "add_partitions_to_txn", self.pick("add_partitions_to_txn", last=3), {
            "v3_and_below_transactional_id": producer.name, "v3_and_below_producer_id": producer_id,
            "v3_and_below_producer_epoch": epoch, "v3_and_below_topics": self.topics()}

    def add_as_broker(self):
        def one(producer):
            producer_id, epoch = self.identity(producer)
            return {"transactional_id": producer.name, "producer_id": producer_id,
                    "producer_epoch": epoch,
                    "verify_only": self.level == 0 or self.random.random() < 0.7,
                    "topics": self.topics()}

        some = self.random.sample(self.producers, self.random.randint(1, 2))
        yield "add_partitions_to_txn", self.pick("add_partitions_to_txn", 4), {
            "transactions": [one(each) for each in some]}

    def add_offsets(self):
        producer = self.producer()
        producer_id, epoch = self.identity(producer)
        yield "add_offsets_to_txn", self.pick("add_offsets_to_txn"), {
            "transactional_id": producer.name, "producer_id": producer_id, "producer_epoch": epoch,
            "group_id": self.random.choice(self.groups)}

    def commit_offsets(self):
        producer = self.producer()
        producer_id, epoch = self.identity(producer)
        version = self.pick("txn_offset_commit")
        body = {"transactional_id": producer.name, "group_id": self.random.choice(self.groups),
                "producer_id": producer_id, "producer_epoch": epoch, "topics": [
                    {"name": self.topic, "partitions": [
                        {"partition_index": index, "committed_offset": self.random.randrange(99),
                         "committed_metadata": None} for index in self.partitions()]}]}
        if version >= 3 and self.random.random() < 0.1:
            body["member_id"], body["generation_id"] = "stranger", 3
        yield "txn_offset_commit", version, body

    def end(self):
        producer = self.producer()
        identity = self.identity(producer)
        version = self.pick("end_txn")
        answer = yield "end_txn", version, {
            "transactional_id": producer.name, "producer_id": identity[0],
            "producer_epoch": identity[1], "committed": self.random.random() < 0.6}
        if answer["error_code"] == 0 and version >= 5:
            producer.take(answer["producer_id"], answer["producer_epoch"])

    def mark(self):
        producer = self.producer()
        # Not above its epoch: Kafka's coordinator never gets over a marker that is newer than its.
        producer_id, epoch = self.random.choice(
            [(producer.id, producer.epoch), *producer.older[-2:], (4_000_001, 0)])
        version = self.pick("write_txn_markers")
        marker = {"producer_id": producer_id, "producer_epoch": epoch,
                  "transaction_result": self.random.random() < 0.5, "topics": [
                      {"name": each["name"], "partition_indexes": each["partitions"]}
                      for each in self.topics()],
                  "coordinator_epoch": self.random.choice([0, 0, 0, -1])}
        if version >= 2:
            marker["transaction_version"] = self.random.choice([0, 1, 2])
        yield "write_txn_markers", version, {"markers": [marker]}

    def describe(self):
        yield "describe_transactions", 0, {"transactional_ids": [*self.ids, "none-such", ""]}

    def list(self):
        version = self.pick("list_transactions")
        body = {"state_filters": self.random.choice(
                    [[], ["Ongoing"], ["CompleteAbort", "CompleteCommit"], ["Nonsense"]]),
                "producer_id_filters": self.random.choice([[], [self.producer().id]])}
        if version >= 1:
            body["duration_filter"] = self.random.choice([-1, 0, 3600000])
        if version >= 2:
            body["transactional_id_pattern"] = self.random.choice([None, "", ".*er.*", "led", "("])
        yield "list_transactions", version, body

    def describe_producers(self):
        yield "describe_producers", 0, {"topics": [
            {"name": self.topic, "partition_indexes": [*range(PARTITIONS), 9]},
            {"name": "none-such", "partition_indexes": [0]}]}

    def read(self):
        index = self.random.randrange(PARTITIONS)
        isolation = self.random.choice([0, 1])
        yield "list_offsets", 7, {"replica_id": -1, "isolation_level": isolation, "topics": [
            {"name": self.topic, "partitions": [{"partition_index": index, "timestamp": -1}]}]}
        yield "fetch", 11, {"max_wait_ms": 0, "min_bytes": 0, "isolation_level": isolation,
                            "topics": [{"topic": self.topic, "partitions": [
                                {"partition": index, "fetch_offset": 0,
                                 "partition_max_bytes": 1 << 20}]}]}

    def fetch_offsets(self):
        yield "offset_fetch", 7, {
            "group_id": self.random.choice(self.groups),
            "require_stable": self.random.random() < 0.5,
            "topics": [{"name": self.topic, "partition_indexes": list(range(PARTITIONS))}]}

    def change_level(self):
        """Not back to 0: there Kafka cannot store what it has stored at the other levels."""
        yield from self.set_level(self.random.choice([1, 2]))

    def set_level(self, level):
        kind = 1 if level >= self.level else 2
        self.level = level
        yield "update_features", 1, {"feature_updates": [
            {"feature": "transaction.version", "max_version_level": level, "upgrade_type": kind}]}

    def wait_for_leaders(self):
        """Kafka tells of a leader before it leads."""
        ask = {"replica_id": -1, "topics": [{"name": self.topic, "partitions": [
            {"partition_index": index, "timestamp": -1} for index in range(PARTITIONS)]}]}

        def led():
            answer = self.broker.send("list_offsets", 7, ask, "side")
            return all(each["error_code"] == 0 for each in answer["topics"][0]["partitions"])

        wait_for(led, 20, f"{self.broker.name} leads {self.topic}")

    def settle(self):
        """Until the markers of every decided transaction are written."""
        def settled():
            answer = self.broker.send("describe_transactions", 0,
                                      {"transactional_ids": self.ids}, "side")
            return not any(each["transaction_state"] in PREPARING
                           for each in answer["transaction_states"])

        wait_for(settled, 20, f"{self.broker.name} has written all markers")

    def tell(self):
        yield "create_topics", 7, {"topics": [{"name": self.topic, "num_partitions": PARTITIONS,
                                               "replication_factor": 1}], "timeout_ms": 10000}
        self.wait_for_leaders()
        for key_type, keys in ((1, self.ids), (0, self.groups)):
            yield "find_coordinator", 4, {"key_type": key_type, "coordinator_keys": keys}
        begin, self.level = self.level, 2
        yield from self.set_level(begin)
        weights = [weight for weight, _ in self.actions]
        for _ in range(STEPS):
            action = self.random.choices(self.actions, weights)[0][1]
            yield from action()
            self.settle()
        for action in (self.describe, self.describe_producers):
            yield from action()
        yield from self.set_level(2)
        yield "delete_topics", 6, {"topics": [{"name": self.topic}], "timeout_ms": 10000}


def seeded(seed):
    """The scenario `transactions_SEED`."""
    def scenario(broker):
        yield from Story(broker, seed).tell()

    scenario.__name__ = f"transactions_{seed}"
    return scenario


ALL = [seeded(seed) for seed in range(1, 4)]
