"""confluent-kafka (librdkafka) with its defaults.
scenario ADDRESS RECORDS PREFIX | write ADDRESS RECORDS TOPIC CODEC | read ADDRESS TOPIC..."""
import json
import logging
import sys
import time

from confluent_kafka import (OFFSET_BEGINNING, Consumer, ConsumerGroupTopicPartitions,
                             KafkaException, Producer, TopicPartition)
from confluent_kafka.admin import AdminClient, NewPartitions, NewTopic, OffsetSpec
from records_file import CODECS, as_read, check, load, print_read

PARTITIONS = 3
WAIT = 60  # seconds, for anything


def create(admin, topic, partitions=PARTITIONS):
    admin.create_topics([NewTopic(topic, partitions, 1)])[topic].result(WAIT)


def write(address, records, topic, codec):
    """Writes them; gives where each was delivered, in the order of the records."""
    places = [None] * len(records)
    settings = {"bootstrap.servers": address}
    if codec != "none":
        settings["compression.type"] = codec
    producer = Producer(settings)

    def delivered_to(index):
        def delivered(error, message):
            assert error is None, error
            assert places[index] is None, f"record {index} was delivered twice"
            places[index] = (message.partition(), message.offset())
        return delivered

    for index, each in enumerate(records):
        producer.produce(topic, key=each["k"], value=each["v"], headers=each["h"],
                         timestamp=each["t"], on_delivery=delivered_to(index))
        producer.poll(0)
    assert producer.flush(WAIT) == 0
    assert None not in places
    return places


def told(message):
    kind, timestamp = message.timestamp()
    assert kind == 1, f"the timestamp is not the producer's: {kind}"
    return (message.partition(), message.offset(),
            as_read(message.key(), message.value(), message.headers(), timestamp))


def next_records(consumer, count, seconds=WAIT):
    """The next `count` records, fewer when they do not come in time."""
    found = []
    deadline = time.monotonic() + seconds
    while len(found) < count and time.monotonic() < deadline:
        message = consumer.poll(0.1)
        if message is None:
            continue
        assert message.error() is None, message.error()
        found.append(told(message))
    return found


def ends_of(consumer, topic):
    metadata = consumer.list_topics(topic, WAIT).topics[topic]
    return {partition: consumer.get_watermark_offsets(TopicPartition(topic, partition), WAIT)
            for partition in metadata.partitions}


def read(address, topic):
    consumer = Consumer({"bootstrap.servers": address, "group.id": "none-of-this"})
    ends = ends_of(consumer, topic)
    consumer.assign([TopicPartition(topic, each, OFFSET_BEGINNING) for each in ends])
    found = next_records(consumer, sum(high - low for low, high in ends.values()))
    consumer.close()
    return sorted(found, key=lambda each: each[:2])


def member(address, group, topic, **more):
    consumer = Consumer({"bootstrap.servers": address, "group.id": group,
                         "auto.offset.reset": "earliest", **more})
    consumer.subscribe([topic])
    return consumer


def group_continues(address, topic, records):
    """Commit, close, open again: the group goes on where it was."""
    first = member(address, f"{topic}-group", topic)
    begun = next_records(first, 200)
    first.commit(asynchronous=False)
    first.close()
    second = member(address, f"{topic}-group", topic)
    rest = next_records(second, len(records) - 200)
    assert next_records(second, 1, 1) == []
    places = [each[:2] for each in begun + rest]
    assert len(set(places)) == len(records), "the group read a record twice or not at all"
    second.commit(asynchronous=False)
    committed = second.committed([TopicPartition(topic, each) for each in range(PARTITIONS)], WAIT)
    second.close()
    return committed


def both_assigned(one, other, topic):
    """Polls both until each partition has exactly one owner and none is idle."""
    deadline = time.monotonic() + WAIT
    owned = ((), ())
    while time.monotonic() < deadline:
        for consumer in (one, other):
            message = consumer.poll(0.05)
            assert message is None or message.error() is None
        owned = tuple(sorted(each.partition for each in consumer.assignment())
                      for consumer in (one, other))
        if all(owned) and sorted(owned[0] + owned[1]) == list(range(PARTITIONS)):
            return owned
    raise AssertionError(f"{topic}: the members share the partitions as {owned}")


def members_share(address, topic, records, **more):
    one = member(address, f"{topic}-shared", topic, **more)
    assert len(next_records(one, len(records))) == len(records)
    other = member(address, f"{topic}-shared", topic, **more)
    owned = both_assigned(one, other, topic)
    places = write(address, records[:90], topic, "none")
    found = ([], [])
    deadline = time.monotonic() + WAIT
    while len(found[0]) + len(found[1]) < len(places) and time.monotonic() < deadline:
        for consumer, into in zip((one, other), found, strict=True):
            into.extend(next_records(consumer, 1, 0.1))
    for partitions, got in zip(owned, found, strict=True):
        assert got and {each[0] for each in got} <= set(partitions), (owned, got)
    assert sorted(each[:2] for each in found[0] + found[1]) == sorted(places)
    other.close()
    deadline = time.monotonic() + WAIT
    while len(one.assignment()) < PARTITIONS:
        one.poll(0.1)
        assert time.monotonic() < deadline, "who is left does not own all partitions"
    one.close()


def lesson(address):
    """A key keeps its partition and its order."""
    topic = "confluent-lesson"
    AdminClient({"bootstrap.servers": address}).create_topics([NewTopic(topic, 6, 1)])
    producer = Producer({"bootstrap.servers": address})
    reports = []

    def delivery_report(error, message):
        assert error is None, error
        reports.append((message.key(), message.partition(), message.offset()))

    for number in range(20):
        for customer in (101, 102):
            order = {"customer_id": customer, "order": number, "amount": 29.99}
            producer.produce(topic, key=f"customer-{customer}", value=json.dumps(order),
                             callback=delivery_report)
            producer.poll(0)
    producer.flush()
    assert len(reports) == 40
    assert len({(key, partition) for key, partition, _ in reports}) == 2
    orders = {}
    consumer = member(address, "confluent-lesson", topic)
    deadline = time.monotonic() + WAIT
    while sum(map(len, orders.values())) < 40 and time.monotonic() < deadline:
        message = consumer.poll(0.1)
        if message is not None:
            orders.setdefault(message.key(), []).append(json.loads(message.value())["order"])
    consumer.close()
    assert orders == {key: list(range(20)) for key in (b"customer-101", b"customer-102")}, orders


def offsets_and_groups(address, admin, topic, records, committed):
    """What the admin client tells of offsets and groups, and how it changes them."""
    partitions = [TopicPartition(topic, each) for each in range(PARTITIONS)]
    ends = {}
    for spec in (OffsetSpec.earliest(), OffsetSpec.latest(), OffsetSpec.max_timestamp(),
                 OffsetSpec.for_timestamp(records[300]["t"])):
        found = admin.list_offsets({each: spec for each in partitions})
        ends[spec] = {each.partition: future.result(WAIT).offset for each, future in found.items()}
    earliest, latest, youngest, since = ends.values()
    assert set(earliest.values()) == {0} and sum(latest.values()) == len(records), ends
    assert youngest == {each: end - 1 for each, end in latest.items()}, ends
    assert all(0 < since[each] < latest[each] for each in since), ends
    assert {each.partition: each.offset for each in committed} == latest, committed

    group = f"{topic}-group"
    listed = admin.list_consumer_groups().result(WAIT)
    assert not listed.errors and group in {each.group_id for each in listed.valid}, listed.valid
    about = admin.describe_consumer_groups([group])[group].result(WAIT)
    assert about.state.name == "EMPTY" and not about.members, about.state
    moved = [TopicPartition(topic, 0, 5)]
    wanted = ConsumerGroupTopicPartitions(group, moved)
    admin.alter_consumer_group_offsets([wanted])[group].result(WAIT)
    asked = ConsumerGroupTopicPartitions(group, [TopicPartition(topic, 0)])
    now = admin.list_consumer_group_offsets([asked])[group].result(WAIT)
    assert now.topic_partitions[0].offset == 5, now.topic_partitions
    admin.delete_consumer_groups([group])[group].result(WAIT)
    low = admin.delete_records([TopicPartition(topic, 1, 10)])
    assert [each.result(WAIT).low_watermark for each in low.values()] == [10]


def topics(admin, topic):
    from confluent_kafka import TopicCollection
    from confluent_kafka.admin import (AlterConfigOpType, ConfigEntry, ConfigResource)
    admin.create_partitions([NewPartitions(topic, 5)])[topic].result(WAIT)
    about = admin.describe_topics(TopicCollection([topic]))[topic].result(WAIT)
    assert [each.id for each in about.partitions] == list(range(5)) and about.topic_id
    try:
        create(admin, topic)
        raise AssertionError("a topic was created twice")
    except KafkaException as error:
        assert error.args[0].name() == "TOPIC_ALREADY_EXISTS", error
    resource = ConfigResource(ConfigResource.Type.TOPIC, topic, incremental_configs=[
        ConfigEntry("retention.ms", "360000000",
                    incremental_operation=AlterConfigOpType.SET)])
    admin.incremental_alter_configs([resource])[resource].result(WAIT)
    asked = ConfigResource(ConfigResource.Type.TOPIC, topic)
    settings = admin.describe_configs([asked])[asked].result(WAIT)
    assert settings["retention.ms"].value == "360000000", settings["retention.ms"]
    cluster = admin.describe_cluster().result(WAIT)
    assert len(cluster.nodes) == 1 and cluster.controller.id == cluster.nodes[0].id
    admin.delete_topics([topic])[topic].result(WAIT)
    assert topic not in admin.list_topics(timeout=WAIT).topics


def features(address):
    """librdkafka finds everything that it wants of a broker, but for what is not served: SASL, and
    the group protocol of KIP-848."""
    lines = []
    handler = logging.Handler()
    handler.emit = lambda entry: lines.append(entry.getMessage())
    logger = logging.getLogger("librdkafka")
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
    logger.addHandler(handler)
    producer = Producer({"bootstrap.servers": address, "debug": "feature,broker"}, logger=logger)
    deadline = time.monotonic() + WAIT
    while not any("Updated enabled protocol features" in each for each in lines):
        producer.list_topics(timeout=WAIT)
        producer.poll(0.1)
        assert time.monotonic() < deadline, lines
    missing = {each.split("Feature ")[1].split(" (")[0] for each in lines
               if "NOT supported by broker" in each}
    assert missing <= {"SaslHandshake: SaslHandshake", "SaslAuthReq: SaslHandshake",
                       "SaslAuthReq: SaslAuthenticate", "Sasl: SaslHandshake",
                       "Sasl: JoinGroup", "BrokerBalancedConsumer: ConsumerGroupHeartbeat"}, missing
    assert any("Feature IdempotentProducer: InitProducerId (0..32767) supported" in each
               for each in lines), lines


def value_comes(consumer, value):
    found = []
    deadline = time.monotonic() + WAIT
    while value not in found:
        assert time.monotonic() < deadline, f"{value} does not come after {found}"
        message = consumer.poll(0.1)
        if message is not None and message.error() is None:
            found.append(message.value())


def send(producer, topic, values):
    failed = []
    for each in values:
        producer.produce(topic, each, on_delivery=lambda error, _: error and failed.append(error))
    assert producer.flush(WAIT) == 0 and not failed, failed


def changes(address, admin, topic):
    """A topic grows, is deleted and made again while a producer and a group use it."""
    often = {"topic.metadata.refresh.interval.ms": 300}
    create(admin, topic, 1)
    producer = Producer({"bootstrap.servers": address, **often})
    consumer = member(address, topic, topic, **often)
    send(producer, topic, [b"%d" % each for each in range(10)])
    value_comes(consumer, b"9")
    admin.create_partitions([NewPartitions(topic, 4)])[topic].result(WAIT)
    deadline = time.monotonic() + WAIT
    while len(consumer.assignment()) < 4:
        consumer.poll(0.1)
        assert time.monotonic() < deadline, "the new partitions are not owned"
    admin.delete_topics([topic])[topic].result(WAIT)
    create(admin, topic, 4)
    send(producer, topic, [b"again %d" % each for each in range(40)])
    assert len(read(address, topic)) == 40, "the topic has what came since"
    deadline = time.monotonic() + WAIT
    while True:  # the group reads on from where it finds itself in the topic that is there now
        send(producer, topic, [b"last"])
        message = consumer.poll(0.2)
        if message is not None and message.error() is None and message.value() == b"last":
            break
        assert time.monotonic() < deadline, "the group does not read on"
    consumer.close()


def scenario(address, path, prefix):
    records = list(load(path))
    admin = AdminClient({"bootstrap.servers": address})
    for codec in CODECS:
        topic = f"{prefix}-{codec}"
        create(admin, topic)
        places = write(address, records, topic, codec)
        check(read(address, topic), records, places)
    committed = group_continues(address, f"{prefix}-none", records)
    offsets_and_groups(address, admin, f"{prefix}-none", records, committed)
    members_share(address, f"{prefix}-gzip", records)
    members_share(address, f"{prefix}-lz4", records,
                  **{"partition.assignment.strategy": "cooperative-sticky"})
    topics(admin, f"{prefix}-none")
    lesson(address)
    features(address)
    changes(address, admin, f"{prefix}-changes")
    print("confluent-kafka: the scenario is done")


def main():
    verb, address, *rest = sys.argv[1:]
    if verb == "scenario":
        scenario(address, *rest)
    elif verb == "write":
        path, topic, codec = rest
        write(address, list(load(path)), topic, codec)
    elif verb == "read":
        for topic in rest:
            print_read(topic, read(address, topic))


main()
