"""Goal: kafka-console-producer.sh and kafka-console-consumer.sh are those of Apache Kafka: the same
records out, the same text back, the same words when something is wrong. Method: our tools and
Kafka's against one node of ours; each writes to a topic of its own and both read both."""
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time

from node import Node, WEIR, wait_for
from tool_pair import Pair, compare

PRODUCER, CONSUMER = "kafka-console-producer.sh", "kafka-console-consumer.sh"
EVERYTHING = [f"print.{each}=true" for each in
              ("timestamp", "partition", "offset", "delivery", "epoch", "headers", "key")]


def formatted(*settings):
    return [word for each in settings for word in ("--formatter-property", each)]


def reading(*settings):
    return [word for each in settings for word in ("--reader-property", each)]


class Tools:
    def __init__(self, pair, node):
        self.pair, self.node = pair, node
        self.server = ["--bootstrap-server", node.address]

    def ours(self, tool, *arguments, text=None, code=0):
        run = self.pair.ours(tool, *self.server, *arguments, text=text)
        assert run.code == code, (run.code, run.err)
        return run

    def topic(self, name, partitions=1):
        self.ours("kafka-topics.sh", "--create", "--topic", name, "--partitions", str(partitions))

    def read(self, topic, count, *arguments):
        """The same from both consumers; ours is returned."""
        return self.pair.same(CONSUMER, *self.server, "--topic", topic, "--from-beginning",
                              "--max-messages", str(count), *arguments)

    def write_both(self, topic, text, *arguments, partitions=1):
        """Our producer writes to one topic, Kafka's to another: what is read back must agree."""
        for name in (topic, topic + "-k"):
            self.topic(name, partitions)
        ours = self.pair.ours(PRODUCER, *self.server, "--topic", topic, *arguments, text=text)
        java = self.pair.java(PRODUCER, *self.server, "--topic", topic + "-k", *arguments,
                              text=text)
        compare(PRODUCER, java, ours)


def lesson(tools):
    """Word by word what a user is told to type."""
    shell = (f'echo \'{{"order_id": 1, "amount": 29.99}}\' | kafka-console-producer.sh '
             f'--bootstrap-server {tools.node.address} --topic orders')
    environment = {**os.environ, "PATH": f"{os.path.dirname(WEIR)}:{os.environ['PATH']}"}
    subprocess.run(["bash", "-c", shell], check=True, env=environment, timeout=30)
    run = tools.read("orders", 1)
    assert run.out == b'{"order_id": 1, "amount": 29.99}\n', run.out
    assert run.err == ["Processed a total of 1 messages"], run.err


def keys_and_headers(tools):
    lines = ("h1:v1,h2:NULL\tk1\tfirst\n" "h\u00e9:v,:e\tNULL\t\n" "NULL\t\tno key\r\n"
             "a:b:c\tk2\tNULL\r" "x:1\tk2\ttail without end").encode()
    settings = reading("parse.key=true", "parse.headers=true", "null.marker=NULL")
    tools.write_both("full", lines, *settings)
    for topic in ("full", "full-k"):
        run = tools.read(topic, 5, *formatted(*EVERYTHING, "null.literal=<null>"))
        text = run.out.decode()
        assert "h1:v1,h2:<null>\tk1\tfirst\n" in text and "hé:v,:e\t<null>\t\n" in text, text
        assert "NO_HEADERS\t\tno key\n" in text and "a:b:c\tk2\t<null>\n" in text, text
    lines = b"k1|v1;k2|v2\nk3|v3\n\xff\xfe bad utf8|v\n"
    tools.write_both("separators", lines, *reading("parse.key=true", "key.separator=|"),
                     "--compression-codec", "zstd")
    first = tools.read("separators", 3, *formatted("print.key=true", "key.separator= => ",
                                                   "line.separator=;\n", "print.offset=true"))
    assert first.out.startswith("Offset:0 => k1 => v1;k2|v2;\n".encode()), first.out
    second = tools.ours(CONSUMER, "--topic", "separators-k", "--from-beginning", "--max-messages",
                        "3", *formatted("print.key=true", "key.separator= => ",
                                        "line.separator=;\n", "print.offset=true"))
    assert first.out == second.out


def same_partitions(tools):
    lines = "".join(f"customer-{i}:{i}\n" for i in range(200)).encode()
    tools.write_both("keyed", lines, *reading("parse.key=true", "key.separator=:"), partitions=6)
    placed = []
    for topic in ("keyed", "keyed-k"):
        run = tools.ours(CONSUMER, "--topic", topic, "--from-beginning", "--max-messages", "200",
                         *formatted("print.partition=true", "print.offset=true", "print.key=true"))
        placed.append(sorted(run.out.split(b"\n")))
    assert placed[0] == placed[1], "the same keys are in the same partitions, in the same order"
    assert len({line.split(b"\t")[0] for line in placed[0]}) == 7, "six partitions, and the end"


def places(tools):
    tools.pair.same(CONSUMER, *tools.server, "--topic", "keyed", "--partition", "2", "--offset",
                    "5", "--max-messages", "4", *formatted("print.offset=true"))
    run = tools.read("keyed", 3, "--partition", "1", "--isolation-level", "read_committed",
                     "--enable-systest-events")
    assert run.out.endswith(b"shutdown_complete\n"), run.out


def time_out(tools):
    run = tools.pair.same(CONSUMER, *tools.server, "--topic", "orders", "--from-beginning",
                          "--timeout-ms", "3000")
    assert run.code == 0 and run.err[-3:] == [
        "[] ERROR Error processing message, terminating consumer process:  "
        "(org.apache.kafka.tools.consumer.ConsoleConsumer)",
        "org.apache.kafka.common.errors.TimeoutException",
        "Processed a total of 1 messages"], run.err


def deserializers(tools):
    numbers = bytes([0, 0, 0, 0, 0, 0, 0, 42])
    tools.topic("numbers")
    tools.ours(PRODUCER, "--topic", "numbers", *reading("parse.key=true", "key.separator=:"),
               text=b"abcd:" + numbers + b"\n")
    package = "org.apache.kafka.common.serialization."
    run = tools.read("numbers", 1, *formatted("print.key=true"), "--key-deserializer",
                     package + "IntegerDeserializer", "--value-deserializer",
                     package + "LongDeserializer")
    assert run.out == b"1633837924\t42\n", run.out
    run = tools.read("orders", 1, "--value-deserializer", package + "LongDeserializer")
    assert run.code == 1 and "SerializationException" in run.err[2], run.err


def partition_of(group):
    """Where __consumer_offsets has a group: String.hashCode in Java."""
    value = 0
    for letter in group:
        value = (value * 31 + ord(letter)) & 0xffffffff
    return str((value & 0x7fffffff) % 50)


def coordinator_records(tools):
    for _ in range(2):
        tools.ours(CONSUMER, "--topic", "keyed", "--from-beginning", "--group", "readers",
                   "--max-messages", "50")
    where = ["--partition", partition_of("readers")]
    run = tools.ours(CONSUMER, "--topic", "__consumer_offsets", "--from-beginning", "--timeout-ms",
                     "1500", *where)
    count = int(run.err[-1].split()[-2])
    for name in ("OffsetsMessageFormatter", "GroupMetadataMessageFormatter"):
        run = tools.read("__consumer_offsets", count, *where, "--formatter",
                         "org.apache.kafka.tools.consumer." + name)
        assert b'"group":"readers"' in run.out, run.out


def failures(tools):
    """What both say of a line that is none, of a class that is none, of options that contradict."""
    tools.pair.same(PRODUCER, *tools.server, "--topic", "orders", *reading("parse.key=true"),
                    text=b"no separator\n")
    tools.pair.same(CONSUMER, *tools.server, "--topic", "orders", "--formatter", "no.such.Class")
    # These are compared with Kafka's words, which are in the options it names.
    for tool, arguments, words in (
            (CONSUMER, ["--topic", "t", "--include", "t.*"],
             "Exactly one of the following arguments is required: [topic], [include]"),
            (CONSUMER, ["--topic", "t", "--offset", "1"],
             "The partition is required when offset is specified."),
            (CONSUMER, ["--topic", "t", "--partition", "0", "--offset", "-1"],
             "The provided offset value '-1' is incorrect. Valid values are 'earliest', 'latest', "
             "or a non-negative long."),
            (CONSUMER, ["--topic", "t", "--partition", "0", "--group", "g"],
             "Options group and partition cannot be specified together."),
            (PRODUCER, [], 'Missing required argument "[topic]"'),
            (PRODUCER, ["--topic", "t", "--property", "a=b", "--reader-property", "a=b"],
             "Options --reader-property and --property cannot be specified together.")):
        run = tools.ours(tool, *arguments, code=1)
        assert run.err == [words], (arguments, run.err)


def sync_and_errors(tools):
    tools.write_both("synced", b"one\ntwo\n", "--sync", "--request-required-acks", "1",
                     "--producer-property", "linger.ms=0")
    tools.topic("small")
    tools.ours("kafka-configs.sh", "--alter", "--entity-type", "topics", "--entity-name", "small",
               "--add-config", "max.message.bytes=200")
    java, ours = tools.pair.both(PRODUCER, *tools.server, "--topic", "small",
                                 text=b"x" * 500 + b"\n")
    # What the broker says of its limit is in versions of Produce that our client does not speak.
    assert ours.err[0] == java.err[0] and ours.code == java.code, (ours.err, java.err)
    assert ours.err[1].split(":")[0] == java.err[1].split(":")[0], (ours.err, java.err)
    assert "RecordTooLargeException" in ours.err[1], ours.err


class Reading:
    """Our consumer in the background."""

    def __init__(self, tools, *arguments):
        self.process = subprocess.Popen(
            [os.path.join(os.path.dirname(WEIR), CONSUMER), *tools.server, *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.text = b""
        self.thread = threading.Thread(target=self.read)
        self.thread.start()

    def read(self):
        for line in self.process.stdout:
            self.text += line

    def wait(self, text):
        wait_for(lambda: text in self.text, 30, f"{text} is printed, not only {self.text!r}")

    def stop(self, number):
        self.process.send_signal(number)
        code = self.process.wait(30)
        self.thread.join()
        return code, self.process.stderr.read().decode().splitlines()[-1]


def endless(tools):
    """It prints as records come, finds what appears later, and ends in order."""
    reading_all = Reading(tools, "--include", "late-.*", "--from-beginning")
    for number in range(2):
        tools.topic(f"late-{number}")
        tools.ours(PRODUCER, "--topic", f"late-{number}", text=f"record {number}\n".encode())
        reading_all.wait(f"record {number}\n".encode())
    assert reading_all.stop(signal.SIGINT) == (130, "Processed a total of 2 messages")

    growing = Reading(tools, "--topic", "late-0", "--from-beginning")
    growing.wait(b"record 0\n")
    tools.ours("kafka-topics.sh", "--alter", "--topic", "late-0", "--partitions", "20")
    tools.ours(PRODUCER, "--topic", "late-0", *reading("parse.key=true", "key.separator=:"),
               text="".join(f"k{i}:grown\n" for i in range(60)).encode())
    wait_for(lambda: growing.text.count(b"grown\n") == 60, 30, "all partitions are read")
    assert growing.stop(signal.SIGTERM) == (143, "Processed a total of 61 messages")


def group_goes_on(tools):
    read = b""
    for count in (30, 100, 70):
        run = tools.ours(CONSUMER, "--topic", "keyed", "--from-beginning", "--group", "steps",
                         "--max-messages", str(count), *formatted("print.key=true"))
        read += run.out
    keys = [line.split(b"\t")[0] for line in read.splitlines()]
    assert len(set(keys)) == 200 and len(keys) == 200, "each record once, in three steps"


def prompt(tools):
    """On a terminal each line is asked for."""
    import pty  # pylint: disable=import-outside-toplevel
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv(os.path.join(os.path.dirname(WEIR), PRODUCER),
                 [PRODUCER, *tools.server, "--topic", "typed"])
    shown = b""
    for typed in (b"hello\n", b"world\n", b"\x04"):
        while not shown.endswith(b">"):
            shown += os.read(terminal, 100)
        os.write(terminal, typed)
        shown += b"."
    _, status = os.waitpid(pid, 0)
    assert status == 0, status
    run = tools.ours(CONSUMER, "--topic", "typed", "--from-beginning", "--max-messages", "2")
    assert run.out == b"hello\nworld\n"


def one_record_memory(tools):
    """Ten thousand lines in one go: nothing is lost, all in order, from a file and from a pipe."""
    lines = "".join(f"line {i}\n" for i in range(100_000)).encode()
    tools.topic("many")
    tools.ours(PRODUCER, "--topic", "many", text=lines)
    run = tools.ours(CONSUMER, "--topic", "many", "--from-beginning", "--max-messages", "100000")
    assert run.out == lines


def settings(tools):
    with tempfile.NamedTemporaryFile("w", suffix=".properties") as file:
        file.write("client.id=mine\nauto.offset.reset=earliest\nmisspelt.setting=1\n")
        file.flush()
        run = tools.ours(CONSUMER, "--topic", "orders", "--max-messages", "1", "--command-config",
                         file.name)
    assert run.out == b'{"order_id": 1, "amount": 29.99}\n', run.out
    assert run.err[0] == ("[] WARN These configurations '[misspelt.setting]' were supplied but are "
                          "not used yet. (org.apache.kafka.clients.consumer.ConsumerConfig)")
    run = tools.ours(CONSUMER, "--topic", "orders", "--from-beginning", "--command-property",
                     "auto.offset.reset=latest", code=1)
    assert run.err == ["Can't simultaneously specify --from-beginning and "
                       "'auto.offset.reset=latest', please remove one option"]


def main():
    pair = Pair()
    with Node() as node:
        tools = Tools(pair, node)
        for each in (lesson, keys_and_headers, same_partitions, places, time_out, deserializers,
                     coordinator_records, failures, sync_and_errors, endless, group_goes_on, prompt,
                     one_record_memory, settings):
            each(tools)
    print(f"console_tools_test: {pair.jvm_starts} starts of Kafka's tools")


if __name__ == "__main__":
    begin = time.monotonic()
    main()
    print(f"{time.monotonic() - begin:.0f} s", file=sys.stderr)
