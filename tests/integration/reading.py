"""Reading what topics hold, with librdkafka."""
import confluent_kafka


def read_to_end(address, topic, partitions, **options):
    """Every record of the partitions 0 to `partitions` - 1 from their start to their end now."""
    consumer = confluent_kafka.Consumer({
        "bootstrap.servers": address, "group.id": "reader", "enable.partition.eof": True,
        **{key.replace("_", "."): value for key, value in options.items()}})
    consumer.assign([confluent_kafka.TopicPartition(topic, index, 0)
                     for index in range(partitions)])
    ended = set()
    while len(ended) < partitions:
        message = consumer.poll(30)
        assert message is not None, "the consumer got nothing for 30 s"
        if message.error():
            assert message.error().code() == confluent_kafka.KafkaError._PARTITION_EOF
            ended.add(message.partition())
            continue
        yield message
    consumer.close()
