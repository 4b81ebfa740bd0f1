#!/usr/bin/env python3
"""Produces through librdkafka (confluent-kafka) and prints one JSON line, its fields named as those
of kbench. The Python loop takes about 1 us a record and is the limit for small ones; the CPU time
of the broker for a million records is what to look at."""
import argparse
import json
import random
import resource
import sys
import time

from confluent_kafka import KafkaException, Producer, libversion
from confluent_kafka.admin import AdminClient, NewTopic

import machine

WORDS = ("alpha order customer berlin pending shipped invoice amount widget status active region "
         "north south update insert payment credit account street").split()
VALUES = 4096  # different ones; a power of two


def payloads(size):
    numbers = random.Random(42)
    values = []
    for _ in range(VALUES):
        text = '{"op":"u","ts":%d,"id":%d,"c":"%08x","v":"' % (
            1700000000000 + numbers.randrange(10**9), numbers.randrange(10**9),
            numbers.getrandbits(32))
        while len(text) < size:
            rare = numbers.randrange(5) == 0
            text += f"{numbers.getrandbits(32):x} " if rare else numbers.choice(WORDS) + " "
        values.append((text[: size - 2] + '"}').encode())
    return values


def sample(pids):
    used = resource.getrusage(resource.RUSAGE_SELF)
    return (time.monotonic(), used.ru_utime + used.ru_stime, sum(map(machine.process_cpu, pids)))


def create_topic(options):
    admin = AdminClient({"bootstrap.servers": options.brokers})
    for done in admin.create_topics([NewTopic(options.topic, options.partitions, 1)]).values():
        try:
            done.result(30)
        except KafkaException as error:
            if error.args[0].name() != "TOPIC_ALREADY_EXISTS":
                raise


def send(producer, options, values):
    produce, topic = producer.produce, options.topic
    for number in range(options.count):
        while True:
            try:
                produce(topic, values[number & (VALUES - 1)])
                break
            except BufferError:
                producer.poll(0.005)
        if number & 4095 == 0:
            producer.poll(0)
    return producer.flush(120)


def parse():
    parser = argparse.ArgumentParser()
    parser.add_argument("--brokers", default="127.0.0.1:9092")
    parser.add_argument("--topic", default="bench-rdk")
    parser.add_argument("--partitions", type=int, default=6)
    parser.add_argument("--record-size", type=int, default=100)
    parser.add_argument("--count", type=int, default=1000000)
    parser.add_argument("--acks", default="all")
    parser.add_argument("--linger-ms", type=float, default=5)
    parser.add_argument("--watch-pids", default="")
    return parser.parse_args()


def main():
    options = parse()
    pids = [int(pid) for pid in options.watch_pids.split(",") if pid]
    create_topic(options)
    errors = []
    producer = Producer({
        "bootstrap.servers": options.brokers, "acks": options.acks, "linger.ms": options.linger_ms,
        "queue.buffering.max.messages": 500000, "queue.buffering.max.kbytes": 1048576,
        "delivery.report.only.error": True,
        "on_delivery": lambda error, _: errors.append(str(error)) if error else None})
    producer.list_topics(options.topic, timeout=30)
    values = payloads(options.record_size)
    before = sample(pids)
    left = send(producer, options, values)
    after = sample(pids)
    seconds, client, broker = (b - a for a, b in zip(before, after))
    acked = options.count - left - len(errors)
    millions = max(acked, 1) / 1e6
    result = {
        "command": "rdk_produce", "librdkafka": libversion()[0], "acks": options.acks,
        "record_size": options.record_size, "seconds": round(seconds, 3), "acked": acked,
        "failed": options.count - acked, "records_per_s": round(acked / seconds),
        "mb_per_s": round(acked * options.record_size / seconds / 1e6, 2),
        "client_cores": round(client / seconds, 2),
        "client_cpu_s_per_million": round(client / millions, 3)}
    if pids:
        result["broker_cpu_s"] = round(broker, 4)
        result["broker_cpu_s_per_million"] = round(broker / millions, 4)
    if errors:
        result["error"] = errors[0]
    print(json.dumps(result))
    return 0 if acked == options.count else 1


if __name__ == "__main__":
    sys.exit(main())
