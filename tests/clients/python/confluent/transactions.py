"""What librdkafka's transactional producer and read_committed consumer do, and what they must see
(KIP-98, KIP-447, KIP-890)."""
import sys
import time

from confluent_kafka import (Consumer, KafkaError, KafkaException, OFFSET_BEGINNING, Producer,
                             TopicPartition)
from confluent_kafka.admin import AdminClient, NewTopic

PARTITIONS = 3
WAIT = 30  # seconds, for anything


class Bench:
    def __init__(self, address):
        self.address = address
        self.admin = AdminClient({"bootstrap.servers": address})

    def create(self, *topics):
        made = self.admin.create_topics([NewTopic(topic, PARTITIONS, 1) for topic in topics])
        for future in made.values():
            future.result(WAIT)

    def producer(self, name, **options):
        producer = Producer({"bootstrap.servers": self.address, "transactional.id": name,
                             **{key.replace("_", "."): value for key, value in options.items()}})
        producer.init_transactions(WAIT)
        return producer

    def consumer(self, group, isolation="read_committed"):
        return Consumer({"bootstrap.servers": self.address, "group.id": group,
                         "isolation.level": isolation, "enable.auto.commit": False,
                         "auto.offset.reset": "earliest", "enable.partition.eof": True})

    def read(self, topic, isolation="read_committed"):
        """All that there is to read now, as {value: partition}."""
        consumer = self.consumer("reader", isolation)
        consumer.assign([TopicPartition(topic, each, OFFSET_BEGINNING)
                         for each in range(PARTITIONS)])
        found, ended = [], set()
        deadline = time.monotonic() + WAIT
        while len(ended) < PARTITIONS:
            assert time.monotonic() < deadline, f"the end of {topic} was not reached: {ended}"
            message = consumer.poll(1)
            if message is None:
                continue
            if message.error():
                assert message.error().code() == KafkaError._PARTITION_EOF, message.error()
                ended.add(message.partition())
            else:
                found.append(message.value().decode())
        consumer.close()
        return sorted(found)


def write(producer, topic, values):
    for at, value in enumerate(values):
        producer.produce(topic, value, partition=at % PARTITIONS)


def values(name, count):
    return sorted(f"{name}-{each}" for each in range(count))


def commit_and_abort(bench):
    bench.create("basic")
    producer = bench.producer("basic")
    for round_ in range(6):
        producer.begin_transaction()
        write(producer, "basic", values(f"r{round_}", 10))
        producer.flush(WAIT)
        if round_ % 2 == 0:
            producer.commit_transaction(WAIT)
        else:
            producer.abort_transaction(WAIT)
    committed = sorted(sum((values(f"r{each}", 10) for each in (0, 2, 4)), []))
    everything = sorted(sum((values(f"r{each}", 10) for each in range(6)), []))
    assert bench.read("basic") == committed
    assert bench.read("basic", "read_uncommitted") == everything
    # What is open is not seen, nor what comes after it.
    producer.begin_transaction()
    write(producer, "basic", values("open", 3))
    producer.flush(WAIT)
    plain = Producer({"bootstrap.servers": bench.address})
    write(plain, "basic", values("after", 3))
    plain.flush(WAIT)
    assert bench.read("basic") == committed
    producer.commit_transaction(WAIT)
    assert bench.read("basic") == sorted(committed + values("open", 3) + values("after", 3))


def fenced(bench):
    bench.create("fenced")
    first = bench.producer("fenced")
    first.begin_transaction()
    write(first, "fenced", ["lost"])
    first.flush(WAIT)
    second = bench.producer("fenced")
    try:
        write(first, "fenced", ["too late"])
        first.commit_transaction(WAIT)
        raise AssertionError("a fenced producer committed")
    except KafkaException as error:
        assert error.args[0].code() in (KafkaError._FENCED, KafkaError.INVALID_PRODUCER_EPOCH,
                                        KafkaError.PRODUCER_FENCED), error
    second.begin_transaction()
    write(second, "fenced", ["kept"])
    second.commit_transaction(WAIT)
    assert bench.read("fenced") == ["kept"]


def consume_transform_produce(bench):
    """Half of the rounds are aborted and done again: each input counts once."""
    bench.create("input", "output")
    feeder = Producer({"bootstrap.servers": bench.address})
    write(feeder, "input", values("in", 300))
    feeder.flush(WAIT)
    producer = bench.producer("transform")
    done, round_ = 0, 0
    deadline = time.monotonic() + 2 * WAIT
    while done < 300:
        round_ += 1
        consumer = bench.consumer("transform")
        consumer.subscribe(["input"])
        batch = []
        while len(batch) < min(40, 300 - done):
            assert time.monotonic() < deadline, f"{done} of 300, {len(batch)} in hand"
            message = consumer.poll(1)
            if message is not None and not message.error():
                batch.append(message)
        producer.begin_transaction()
        for message in batch:
            producer.produce("output", b"out-" + message.value(), partition=message.partition())
        ends = {}
        for message in batch:
            ends[message.partition()] = message.offset() + 1
        producer.send_offsets_to_transaction(
            [TopicPartition("input", partition, offset) for partition, offset in ends.items()],
            consumer.consumer_group_metadata(), WAIT)
        if round_ % 2 == 0:
            producer.abort_transaction(WAIT)
        else:
            producer.commit_transaction(WAIT)
            done += len(batch)
        consumer.close()
    expected = sorted("out-" + each for each in values("in", 300))
    assert bench.read("output") == expected, len(bench.read("output"))


def expires(bench):
    bench.create("slow")
    producer = bench.producer("slow", transaction_timeout_ms=1000)
    producer.begin_transaction()
    write(producer, "slow", ["late"])
    producer.flush(WAIT)
    plain = Producer({"bootstrap.servers": bench.address})
    write(plain, "slow", ["visible"])
    plain.flush(WAIT)
    deadline = time.monotonic() + WAIT
    while bench.read("slow") != ["visible"]:
        assert time.monotonic() < deadline, "the transaction was not aborted in time"
    try:
        producer.commit_transaction(WAIT)
        raise AssertionError("a transaction was committed after its time")
    except KafkaException:
        pass


def main():
    bench = Bench(sys.argv[1])
    for each in (commit_and_abort, fenced, consume_transform_produce, expires):
        begun = time.monotonic()
        each(bench)
        print(f"{each.__name__}: {time.monotonic() - begun:.1f} s", flush=True)


main()
