"""Goal: a distributed worker of Kafka Connect, unchanged, keeps its state in a node's compacted
topics and copies a file exactly once into a topic (KIP-618), also when it is killed with SIGKILL in
the middle; a sink gets every record at least once.
Method: a FileStreamSource and a FileStreamSink around one topic; the worker is killed while lines
are copied, more are written, and it is started again."""
import json
import os
import signal
import subprocess
import tempfile
import urllib.error
import urllib.request

import confluent_kafka
from confluent_kafka.admin import AdminClient, ConfigResource

from harness import Node, check_log, install_kafka
from node import free_port, wait_for
from reading import read_to_end

WAIT = 90  # seconds, for anything
CONNECTORS = "org.apache.kafka.connect.file.FileStream"
# The task of a FileStreamSource reads 1024 characters at a time, and leaves what is behind a full
# batch until more comes: so each line, with its end, is as long.
LINE = "line {:<1018}"
STRINGS = "org.apache.kafka.connect.storage.StringConverter"


class Worker:
    def __init__(self, kafka, node, directory):
        self.kafka, self.node, self.directory = kafka, node, directory
        self.port, self.process = free_port(), None
        settings = {
            "bootstrap.servers": node.address, "group.id": "connect",
            "listeners": f"http://127.0.0.1:{self.port}",
            "key.converter": STRINGS, "value.converter": STRINGS,
            "config.storage.topic": "connect-configs", "config.storage.replication.factor": "1",
            "offset.storage.topic": "connect-offsets", "offset.storage.replication.factor": "1",
            "status.storage.topic": "connect-status", "status.storage.replication.factor": "1",
            "exactly.once.source.support": "enabled", "consumer.isolation.level": "read_committed",
            "offset.flush.interval.ms": "200", "session.timeout.ms": "6000",
            "consumer.session.timeout.ms": "6000",
            # A worker that starts waits for the transactions that a killed one left open.
            "producer.transaction.timeout.ms": "3000",
            "heartbeat.interval.ms": "1000", "scheduled.rebalance.max.delay.ms": "0",
        }
        self.file = os.path.join(directory, "worker.properties")
        with open(self.file, "w", encoding="utf-8") as out:
            out.writelines(f"{key}={value}\n" for key, value in settings.items())

    def ask(self, path, body=None):
        """The answer of its REST interface; nothing while it does not serve this."""
        data = json.dumps(body).encode() if body else None
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data,
                                         {"Content-Type": "application/json"},
                                         method="PUT" if body else "GET")
        try:
            with urllib.request.urlopen(request, timeout=WAIT) as answer:
                return json.load(answer)
        except (urllib.error.URLError, ConnectionError):
            return None

    def start(self):
        with open(os.path.join(self.directory, "log"), "ab") as log:
            self.process = subprocess.Popen(
                [os.path.join(self.kafka, "bin", "connect-distributed.sh"), self.file], stdout=log,
                stderr=log, env={**os.environ, "KAFKA_HEAP_OPTS": "-Xmx512M "
                                 "-XX:TieredStopAtLevel=1"})
        wait_for(lambda: self.ask("/connectors") is not None, WAIT, "the worker serves")

    def is_running(self, connector):
        status = self.ask(f"/connectors/{connector}/status")
        states = [each["state"] for each in status["tasks"]] if status else []
        assert "FAILED" not in states, status
        return states == ["RUNNING"]

    def configure(self, connector, **options):
        settings = {key.replace("_", "."): value for key, value in options.items()}
        wait_for(lambda: self.ask(f"/connectors/{connector}/config", settings) is not None, WAIT,
                 f"{connector} is configured")
        wait_for(lambda: self.is_running(connector), WAIT, f"{connector} runs")

    def end(self, how):
        if self.process and self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait(WAIT)

    def log(self):
        with open(os.path.join(self.directory, "log"), encoding="utf-8") as text:
            return text.read()


class Copy:
    """The file that is copied, and the two places where its lines come."""

    def __init__(self, node, directory):
        self.node, self.lines = node, []
        self.source = os.path.join(directory, "source.txt")
        self.sink = os.path.join(directory, "sink.txt")

    def write(self, count):
        begin = len(self.lines)
        more = [LINE.format(each) for each in range(begin, begin + count)]
        with open(self.source, "a", encoding="utf-8") as out:
            out.writelines(line + "\n" for line in more)
        self.lines += more

    def in_topic(self, isolation="read_committed"):
        return [each.value().decode() for each in
                read_to_end(self.node.address, "lines", 1, isolation_level=isolation)]

    def in_sink(self):
        if not os.path.exists(self.sink):
            return []
        with open(self.sink, encoding="utf-8") as text:
            return text.read().splitlines()

    def wait_for_topic(self, count):
        """Until the topic's end offset is there; markers count, too."""
        end = confluent_kafka.TopicPartition("lines", 0)
        consumer = confluent_kafka.Consumer({"bootstrap.servers": self.node.address,
                                             "group.id": "none", "log_level": 0})
        wait_for(lambda: consumer.get_watermark_offsets(end, WAIT)[1] >= count, WAIT,
                 f"the end of the topic is {count}")
        consumer.close()

    def check(self):
        wait_for(lambda: len(self.in_topic()) >= len(self.lines), WAIT, "the topic has all lines")
        assert self.in_topic() == self.lines, "the topic has the lines once, in their order"
        wait_for(lambda: set(self.in_sink()) >= set(self.lines), WAIT, "the sink has all lines")
        assert set(self.in_sink()) == set(self.lines)


def check_topics(node):
    """Connect's own topics are as it asked for."""
    admin = AdminClient({"bootstrap.servers": node.address, "log_level": 0})
    topics = admin.list_topics(timeout=WAIT).topics
    for name, partitions in (("connect-configs", 1), ("connect-offsets", 25),
                             ("connect-status", 5)):
        assert len(topics[name].partitions) == partitions, name
        resource = ConfigResource("topic", name)
        configs = admin.describe_configs([resource])[resource].result(WAIT)
        assert configs["cleanup.policy"].value == "compact", name


def main():
    kafka = install_kafka()
    with Node(transaction_abort_timed_out_transaction_cleanup_interval_ms="500") as node, \
            tempfile.TemporaryDirectory(prefix="weir-connect.") as directory:
        worker, copy = Worker(kafka, node, directory), Copy(node, directory)
        try:
            copy.write(100)
            worker.start()
            check_topics(node)
            worker.configure("source", connector_class=CONNECTORS + "SourceConnector",
                             file=copy.source, topic="lines", batch_size="20",
                             exactly_once_support="required")
            worker.configure("sink", connector_class=CONNECTORS + "SinkConnector",
                             file=copy.sink, topics="lines")
            copy.wait_for_topic(100)
            copy.write(6000)
            copy.wait_for_topic(1000)
            worker.end(signal.SIGKILL)
            found = len(copy.in_topic())
            assert found < len(copy.lines), "it was not killed in the middle"
            copy.write(100)
            worker.start()
            copy.check()
            copy.write(100)
            copy.check()
        except BaseException:
            print("--- the end of the worker's log:\n" + worker.log()[-8000:])
            raise
        finally:
            worker.end(signal.SIGTERM)
        check_log(node)
        print(f"{len(copy.lines)} lines, killed after {found}, each once in the topic; "
              f"{len(copy.in_sink())} in the sink")
        node.stop()


main()
