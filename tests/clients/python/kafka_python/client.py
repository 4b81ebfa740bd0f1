"""kafka-python with its defaults (an idempotent producer since 3.0)."""
import time

from kafka import (ConsumerRebalanceListener, KafkaAdminClient, KafkaConsumer, KafkaProducer,
                   OffsetAndMetadata, TopicPartition)
from kafka.admin import NewPartitions, NewTopic
from kafka.errors import TopicAlreadyExistsError
from records_file import as_read
from scenario import PARTITIONS, WAIT, main, with_key_or_value


def told(record):
    assert record.timestamp_type == 0, "the timestamp is not the producer's"
    return (record.partition, record.offset,
            as_read(record.key, record.value, record.headers, record.timestamp))


class Member(ConsumerRebalanceListener):
    def __init__(self, address, name, group, topic):
        self.consumer = KafkaConsumer(bootstrap_servers=address, client_id=name, group_id=group,
                                      auto_offset_reset="earliest")
        self.partitions = set()
        self.consumer.subscribe([topic], listener=self)

    def on_partitions_revoked(self, revoked):
        self.partitions -= {each.partition for each in revoked}

    def on_partitions_assigned(self, assigned):
        self.partitions |= {each.partition for each in assigned}

    def next(self, seconds):
        # When a poll ends between JoinGroup and the answer to SyncGroup, kafka-python forgets
        # the assignment for good: no poll here is short.
        polled = self.consumer.poll(timeout_ms=int(max(seconds, 1) * 1000), max_records=100)
        return [told(each) for records in polled.values() for each in records]

    def owned(self):
        return sorted(self.partitions)

    def commit(self):
        self.consumer.commit()

    def close(self):
        self.consumer.close()


class Client:
    def __init__(self, address):
        self.address = address
        self.admin_client = KafkaAdminClient(bootstrap_servers=address)

    def close(self):
        self.admin_client.close()

    def writable(self, record):
        """kafka-python takes neither a record without key and value nor a header without value."""
        return {**with_key_or_value(record),
                "h": [header for header in record["h"] if header[1] is not None]}

    def create(self, topic, partitions):
        self.admin_client.create_topics([NewTopic(topic, partitions, 1)])

    def write(self, records, topic, codec):
        producer = KafkaProducer(bootstrap_servers=self.address,
                                 compression_type=None if codec == "none" else codec)
        sent = [producer.send(topic, key=each["k"], value=each["v"], headers=each["h"],
                              timestamp_ms=each["t"]) for each in records]
        producer.flush(WAIT)
        reports = [each.get(WAIT) for each in sent]
        producer.close()
        return [(each.partition, each.offset) for each in reports]

    def read(self, topic):
        consumer = KafkaConsumer(bootstrap_servers=self.address)
        partitions = [TopicPartition(topic, each) for each in consumer.partitions_for_topic(topic)]
        consumer.assign(partitions)
        consumer.seek_to_beginning(*partitions)
        count = sum(consumer.end_offsets(partitions).values())
        found = []
        deadline = time.monotonic() + WAIT
        while len(found) < count:
            assert time.monotonic() < deadline, f"{len(found)} of {count} records were read"
            for records in consumer.poll(timeout_ms=100).values():
                found.extend(told(each) for each in records)
        consumer.close()
        return found

    def join(self, name, group, topic):
        return Member(self.address, name, group, topic)

    def admin(self, topic, group, records):
        self.groups(topic, group, records)
        consumer = KafkaConsumer(bootstrap_servers=self.address)
        partition = TopicPartition(topic, 0)
        since = consumer.offsets_for_times({partition: records[len(records) // 2]["t"]})
        assert 0 < since[partition].offset < consumer.end_offsets([partition])[partition], since
        consumer.close()

        admin = self.admin_client
        try:
            self.create(topic, 1)
            raise AssertionError("a topic was created twice")
        except TopicAlreadyExistsError:
            pass
        admin.create_partitions({topic: NewPartitions(5)})
        about = admin.describe_topics([topic])[0]
        assert len(about["partitions"]) == 5, about
        low = admin.delete_records({TopicPartition(topic, 1): 7})
        assert low[TopicPartition(topic, 1)]["low_watermark"] == 7, low
        assert len(admin.describe_cluster()["brokers"]) == 1
        assert admin.describe_log_dirs()
        assert admin.describe_metadata_quorum()
        admin.delete_topics([topic])
        assert topic not in str(admin.list_topics()), "the topic is there"

    def groups(self, topic, group, records):
        admin = self.admin_client
        assert group in str(admin.list_groups()), admin.list_groups()
        about = admin.describe_groups([group])[group]
        assert about["group_state"] == "Empty", about
        committed = admin.list_group_offsets(group)[group]
        assert sum(each.offset for each in committed.values()) == len(records), committed
        admin.alter_group_offsets(group, {TopicPartition(topic, 0): OffsetAndMetadata(5, "", -1)})
        committed = admin.list_group_offsets(group)[group]
        assert committed[TopicPartition(topic, 0)].offset == 5 and len(committed) == PARTITIONS
        admin.delete_group_offsets(group, [TopicPartition(topic, 0)])
        admin.delete_groups([group])


main("kafka-python", Client)
