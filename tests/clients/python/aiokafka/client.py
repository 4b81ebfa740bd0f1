"""aiokafka with its defaults."""
import asyncio

from aiokafka import (AIOKafkaConsumer, AIOKafkaProducer, ConsumerRebalanceListener,
                      TopicPartition)
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic, RecordsToDelete
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from records_file import as_read
from scenario import WAIT, main, with_key_or_value

RUNNER = asyncio.Runner()


def wait(for_what):
    return RUNNER.run(asyncio.wait_for(for_what, WAIT))


def told(record):
    assert record.timestamp_type == 0, "the timestamp is not the producer's"
    return (record.partition, record.offset,
            as_read(record.key, record.value, record.headers, record.timestamp))


async def polled(consumer, seconds):
    batches = await consumer.getmany(timeout_ms=int(seconds * 1000))
    return [told(each) for records in batches.values() for each in records]


class Member(ConsumerRebalanceListener):
    def __init__(self, address, name, group, topic):
        self.partitions = set()

        async def start():
            consumer = AIOKafkaConsumer(bootstrap_servers=address, client_id=name, group_id=group,
                                        auto_offset_reset="earliest")
            consumer.subscribe([topic], listener=self)
            await consumer.start()
            return consumer

        self.consumer = wait(start())

    def on_partitions_revoked(self, revoked):
        self.partitions -= {each.partition for each in revoked}

    def on_partitions_assigned(self, assigned):
        self.partitions |= {each.partition for each in assigned}

    def next(self, seconds):
        return wait(polled(self.consumer, seconds))

    def owned(self):
        return sorted(self.partitions)

    def commit(self):
        wait(self.consumer.commit())

    def close(self):
        wait(self.consumer.stop())


class Client:
    def __init__(self, address):
        self.address = address

        async def start():
            admin = AIOKafkaAdminClient(bootstrap_servers=address)
            await admin.start()
            return admin

        self.admin_client = wait(start())

    def close(self):
        wait(self.admin_client.close())

    def writable(self, record):
        """aiokafka takes no record without key and value."""
        return with_key_or_value(record)

    def create(self, topic, partitions):
        wait(self.admin_client.create_topics([NewTopic(topic, partitions, 1)]))

    def write(self, records, topic, codec):
        async def written():
            producer = AIOKafkaProducer(bootstrap_servers=self.address, enable_idempotence=True,
                                        compression_type=None if codec == "none" else codec)
            await producer.start()
            sent = [await producer.send(topic, key=each["k"], value=each["v"], headers=each["h"],
                                        timestamp_ms=each["t"]) for each in records]
            reports = await asyncio.gather(*sent)
            await producer.stop()
            return [(each.partition, each.offset) for each in reports]
        return wait(written())

    def read(self, topic):
        async def found():
            consumer = AIOKafkaConsumer(bootstrap_servers=self.address)
            await consumer.start()
            about = await self.admin_client.describe_topics([topic])
            partitions = [TopicPartition(topic, each["partition"])
                          for each in about[0]["partitions"]]
            consumer.assign(partitions)
            await consumer.seek_to_beginning(*partitions)
            count = sum((await consumer.end_offsets(partitions)).values())
            read = []
            while len(read) < count:
                read += await polled(consumer, 0.1)
            await consumer.stop()
            return read
        return wait(found())

    def join(self, name, group, topic):
        return Member(self.address, name, group, topic)

    def admin(self, topic, group, records):
        async def asked():
            admin = self.admin_client
            assert group in [each[0] for each in await admin.list_consumer_groups()]
            assert "Empty" in str(await admin.describe_consumer_groups([group]))
            committed = await admin.list_consumer_group_offsets(group)
            assert sum(each.offset for each in committed.values()) == len(records), committed
            consumer = AIOKafkaConsumer(bootstrap_servers=self.address)
            await consumer.start()
            partition = TopicPartition(topic, 0)
            since = await consumer.offsets_for_times(
                {partition: records[len(records) // 2]["t"]})
            assert since[partition].offset > 0, since
            await consumer.stop()
            again = await admin.create_topics([NewTopic(topic, 1, 1)])
            assert again.topic_errors[0][1] == 36, again
            await admin.create_partitions({topic: NewPartitions(5)})
            about = await admin.describe_topics([topic])
            assert len(about[0]["partitions"]) == 5, about
            low = await admin.delete_records(
                {TopicPartition(topic, 1): RecordsToDelete(before_offset=7)})
            assert list(low.values()) == [7], low
            resource = ConfigResource(ConfigResourceType.TOPIC, topic,
                                      configs={"retention.ms": "7200000"})
            await admin.alter_configs([resource])
            assert "7200000" in str(await admin.describe_configs(
                [ConfigResource(ConfigResourceType.TOPIC, topic)]))
            cluster = await admin.describe_cluster()
            assert len(cluster["brokers"]) == 1, cluster
            await admin.delete_topics([topic])
            assert topic not in await admin.list_topics(), "the topic is there"
        wait(asked())


main("aiokafka", Client)
