"""Goal: a node with two thousand partitions creates, describes, writes, reads and deletes them, and
has all of them after a clean stop and after kill -9. Method: a topic of a thousand partitions and a
hundred topics of ten, made in one request each; one record in each partition, whose place and value
are checked."""
import os

from node import Node, wait_for
from raw_client import RawClient, batch

TOPICS = {"wide": 1000} | {f"small-{number}": 10 for number in range(100)}


def value_of(topic, partition):
    return f"{topic}/{partition}".encode()


def write_one_each(client):
    for topic, partitions in TOPICS.items():
        values = {partition: batch([value_of(topic, partition)])
                  for partition in range(partitions)}
        outcome = client.produce_many(topic, values)
        assert outcome == dict.fromkeys(range(partitions), (0, 0)), (topic, outcome)


def check(client, records):
    assert client.topic_names() == TOPICS
    for topic, partitions in TOPICS.items():
        found = client.fetch_many(topic, dict.fromkeys(range(partitions), 0))
        for partition in range(partitions):
            error, high_watermark, values = found[partition]
            assert (error, high_watermark) == (0, records), (topic, partition, error)
            assert values[0] == (0, value_of(topic, partition)), (topic, partition, values[:2])


def main():
    with Node() as node:
        client = RawClient(node.port, 120)
        assert client.create_topics({"wide": 1000}) == {"wide": 0}
        small = {topic: count for topic, count in TOPICS.items() if topic != "wide"}
        assert client.create_topics(small) == dict.fromkeys(small, 0)
        assert client.topic_names() == TOPICS
        write_one_each(client)
        check(client, 1)
        for end in (node.stop, node.kill, node.kill, node.stop):
            client.close()
            end()
            node.start()
            client = RawClient(node.port, 120)
            check(client, 1)
            assert node.metric("kafka_server_replica_manager_partition_count") == 2000
            assert node.metric("kafka_controller_offline_partitions_count") == 0
        for topic, partitions in TOPICS.items():
            error, offset = client.produce(topic, partitions - 1, batch([b"more"]))
            assert (error, offset) == (0, 1), (topic, error, offset)
        assert client.delete_topics(list(TOPICS)) == dict.fromkeys(TOPICS, 0)
        assert client.topic_names() == {}
        wait_for(lambda: {each.name for each in os.scandir(node.data) if each.is_dir()}
                 == {"__cluster_metadata-0"}, 60, "the directories are gone")
        assert node.metric("kafka_server_replica_manager_partition_count") == 0
        client.close()
        node.stop()


main()
