"""Goal: the same pipeline runs against Apache Kafka when [broker] is swapped for [kafka], exactly
once, with its dead letters; and it goes on when its broker is killed under load and comes back.
Method: files through a transform into a topic and out to files; Apache Kafka 4.3.1 as the broker;
then a node of Weir as a process of its own, killed and started again while lines are written."""
import glob
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../peers"))

from kafka_node import KafkaNode
from node import Node, wait_for
from pipeline_process import Pipeline
from reading import read_to_end

BODY = """
[source.app]
type = "file"
paths = ["{directory}/logs/*.log"]
topic = "logs.raw"

[sink.lake]
type = "file"
from = ["logs.*"]
path = "{directory}/out/{topic}/{partition}-{offset}.jsonl"
roll = { size = "64KiB", idle = "500ms" }
dlq = "dead.letters"
smt = [{ type = "InsertField$Value", "static.field" = "site", "static.value" = "here" }]
"""


def append(path, lines):
    with open(path, "a", encoding="ascii") as out:
        out.writelines(f"{line}\n" for line in lines)


def committed(address, topic):
    try:
        return [each.value().decode() for each in
                read_to_end(address, topic, 1, isolation_level="read_committed")]
    except AssertionError:  # no such topic yet
        return []


def in_files(pipeline):
    lines = []
    for path in sorted(glob.glob(pipeline.path("out/logs.raw/*.jsonl"))):
        with open(path, encoding="ascii") as text:
            lines += text.read().splitlines()
    return lines


def check(pipeline, written):
    wait_for(lambda: len(committed(pipeline.address, "logs.raw")) >= len(written), 90,
             "the topic has all lines")
    assert committed(pipeline.address, "logs.raw") == written, "each once, in order"
    good = [line for line in written if line.startswith("{")]
    expected = sorted(line[:-1] + ',"site":"here"}' for line in good)
    wait_for(lambda: len(in_files(pipeline)) >= len(expected), 90, "the files have all lines")
    assert sorted(in_files(pipeline)) == expected
    bad = [line for line in written if not line.startswith("{")]
    letters = committed(pipeline.address, "dead.letters")
    assert letters[:len(bad)] == bad, letters
    print(f"{len(written)} lines: 0 lost, 0 duplicated, 0 reordered; {len(bad)} dead letters")


def run_against_kafka():
    kafka = KafkaNode()
    with kafka, Pipeline(BODY, bootstrap=kafka.address) as pipeline:
        os.mkdir(pipeline.path("logs"))
        written = []
        for cycle in range(3):
            more = [f'{{"n":{len(written) + each}}}' for each in range(500)] + [f"not {cycle}"]
            append(pipeline.path("logs/app.log"), more)
            written += more
            if cycle == 1:
                pipeline.kill()
                pipeline.start()
        check(pipeline, written)
        pipeline.stop()


def run_through_restarts():
    node = Node()
    with node, Pipeline(BODY, bootstrap=node.address) as pipeline:
        os.mkdir(pipeline.path("logs"))
        written = []
        for cycle in range(4):
            more = [f'{{"n":{len(written) + each}}}' for each in range(2000)]
            append(pipeline.path("logs/app.log"), more)
            written += more
            wait_for(lambda before=pipeline.metric(POLLED): pipeline.metric(POLLED) > before
                     or cycle == 0, 60, "the source goes on")
            node.kill()
            node.start()
        check(pipeline, written)
        pipeline.stop()


POLLED = "kafka_connect_source_task_source_record_poll_total"


def main():
    run_through_restarts()
    run_against_kafka()


main()
