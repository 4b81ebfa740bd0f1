"""Goal: kafka-consumer-groups.sh is that of Apache Kafka: tables, order of rows, messages, effects.
Method: groups with members, without, and such that are none on our node; both tools ask the same,
and what one changed the other shows."""
import contextlib
import os
import sys
import tempfile
import threading
import time

from confluent_kafka import Consumer

from node import Node, wait_for
from tool_pair import Pair, compare

TOOL = "kafka-consumer-groups.sh"
# Its partitions share no bucket of a Java map with those of "six": within a bucket Kafka's tool
# prints in an order that changes from run to run.
LONG = "the-name-of-this-topic-is-long-enough-for-quotes"


class Tools:
    def __init__(self, pair, node):
        self.pair, self.node = pair, node
        self.server = ["--bootstrap-server", node.address]

    def same(self, *arguments):
        return self.pair.same(TOOL, *self.server, *arguments)

    def ours(self, *arguments, tool=TOOL, text=None):
        run = self.pair.ours(tool, *self.server, *arguments, text=text)
        assert run.code == 0, run.err
        return run

    def topic(self, name, partitions, records):
        self.ours("--create", "--topic", name, "--partitions", str(partitions),
                  tool="kafka-topics.sh")
        lines = "".join(f"k{i}:v{i}\n" for i in range(records)).encode()
        self.ours("--topic", name, "--reader-property", "parse.key=true", "--reader-property",
                  "key.separator=:", tool="kafka-console-producer.sh", text=lines)

    def read(self, topic, group, count):
        self.ours("--topic", topic, "--group", group, "--from-beginning", "--max-messages",
                  str(count), tool="kafka-console-consumer.sh")


class Member(threading.Thread):
    """A member of a group for as long as it is told."""

    def __init__(self, address, group, topics, **config):
        super().__init__()
        self.consumer = Consumer({"bootstrap.servers": address, "group.id": group,
                                  "auto.offset.reset": "earliest", "session.timeout.ms": 6000,
                                  **{k.replace("_", "."): v for k, v in config.items()}})
        self.consumer.subscribe(topics)
        self.going = True
        self.start()

    def run(self):
        while self.going:
            self.consumer.poll(0.05)
        self.consumer.close()


@contextlib.contextmanager
def members(*all_of_them):
    try:
        yield all_of_them
    finally:
        for each in all_of_them:
            each.going = False
        for each in all_of_them:
            each.join()


def stable(tools, **counts):
    """These groups are stable with so many members each."""
    groups = [word for each in counts for word in ("--group", each)]
    rows = tools.pair.ours(TOOL, *tools.server, "--describe", *groups, "--state").out.decode()
    found = {row.split()[0]: row.split()[-2:] for row in rows.splitlines() if row.startswith(
        tuple(counts))}
    return found == {group: ["Stable", str(count)] for group, count in counts.items()}


def describe_live(tools):
    address = tools.node.address
    with members(Member(address, "live", ["six", LONG], client_id="one"),
                 Member(address, "live", ["six"], client_id="a-client-with-a-long-name"),
                 Member(address, "live", ["six"], client_id="three", group_instance_id="third"),
                 Member(address, "small", ["single"]),
                 Member(address, "small", ["single"])):
        wait_for(lambda: stable(tools, live=3, small=2), 60, "groups are balanced")
        run = tools.same("--describe", "--group", "live")
        assert run.out.count(b"\nlive ") == 8 and b"a-client-with-a-long-name" in run.out, run.out
        tools.same("--describe", "--group", "live", "--group", "small", "--members", "--verbose")
        tools.same("--describe", "--all-groups", "--state", "--verbose")
        tools.same("--list", "--state", "stable,empty", "--type")
        run = tools.ours("--delete", "--group", "live")
        assert run.out == (
            b"\nError: Deletion of some consumer groups failed:\n* Group 'live' could not be "
            b"deleted due to: org.apache.kafka.common.errors.GroupNotEmptyException: The group is "
            b"not empty.\n"), run.out
        tools.same("--delete-offsets", "--group", "live", "--topic", "six:0,9", "--topic", "none")
        run = tools.ours("--reset-offsets", "--group", "live", "--topic", "six", "--to-latest",
                         "--execute")
        assert run.out.startswith(
            b"\nError: Assignments can only be reset if the group 'live' is inactive, but the "
            b"current state is Stable.\n"), run.out


def describe_idle(tools):
    run = tools.same("--describe", "--group", "read", "--offsets", "--verbose")
    assert run.err == ["", "Consumer group 'read' has no active members."], run.err
    run = tools.same("--describe", "--group", "nobody")
    assert b"GroupIdNotFoundException: Group nobody not found." in run.out, run.out
    assert tools.ours("--list").out == b"read\n"


def reset(tools, *arguments, group="read"):
    return tools.same("--reset-offsets", "--group", group, *arguments)


def reset_offsets(tools):
    run = reset(tools, "--all-topics", "--to-earliest")
    assert run.err[0].startswith("WARN: No action will be performed"), run.err
    run = reset(tools, "--topic", "six:1,3", "--topic", LONG, "--shift-by", "-100", "--dry-run")
    assert "lower than earliest" in run.err[0], run.err
    reset(tools, "--all-topics", "--to-datetime", "2100-01-01T00:00:00.000+01:00", "--dry-run")
    reset(tools, "--topic", "six", "--by-duration", "PT1H", "--dry-run", group="fresh")
    run = reset(tools, "--topic", "six:7", "--to-latest", "--dry-run")
    assert b'The partitions "six-7" do not exist' in run.out, run.out
    # Kafka's words, taken down from its tool.
    plan = [*tools.server, "--reset-offsets", "--group", "read", "--dry-run"]
    run = tools.pair.ours(TOOL, *plan, "--all-topics", "--to-datetime", "2026-13-01T00:00:00.000")
    assert run.out == (
        b"\nError: Executing consumer group command failed due to java.text.ParseException: "
        b"Unparseable date: \"2026-13-01T00:00:00.000Z\"\n"), run.out
    run = tools.pair.ours(TOOL, *plan, "--to-latest")
    assert run.code == 1 and run.err == [
        "One of the reset scopes should be defined: --all-topics, --topic."], run.err


def export_and_import(tools, directory):
    exported = reset(tools, "--all-topics", "--to-current", "--export", "--dry-run")
    assert f'"{LONG}",0,'.encode() in exported.out, exported.out
    path = os.path.join(directory, "plan.csv")
    with open(path, "wb") as file:
        file.write(exported.out.replace(b"six,0,", b"six,0,1").rstrip(b"\n") + b"\n")
    reset(tools, "--from-file", path, "--dry-run")
    # What one tool did the other shows: ours resets one group, Kafka's another.
    plan = ["--topic", "six", "--to-offset", "3", "--execute"]
    ours = tools.pair.ours(TOOL, *tools.server, "--reset-offsets", "--group", "fresh-1", *plan)
    java = tools.pair.java(TOOL, *tools.server, "--reset-offsets", "--group", "fresh-2", *plan)
    assert java.out == ours.out.replace(b"fresh-1", b"fresh-2") and java.code == ours.code
    run = tools.same("--describe", "--group", "fresh-1", "--group", "fresh-2")
    blocks = run.out.split(b"\n\n")
    assert len(blocks) == 2 and blocks[0].strip() == blocks[1].strip().replace(b"fresh-2",
                                                                               b"fresh-1")


def delete(tools):
    ours = tools.pair.ours(TOOL, *tools.server, "--delete-offsets", "--group", "fresh-1", "--topic",
                           "six:1,2")
    java = tools.pair.java(TOOL, *tools.server, "--delete-offsets", "--group", "fresh-2", "--topic",
                           "six:1,2")
    assert java.out == ours.out.replace(b"fresh-1", b"fresh-2"), (java.out, ours.out)
    left = tools.ours("--describe", "--group", "fresh-1").out
    assert left.count(b"fresh-1 ") == 4, left
    ours = tools.pair.ours(TOOL, *tools.server, "--delete", "--group", "fresh-1")
    java = tools.pair.java(TOOL, *tools.server, "--delete", "--group", "fresh-2")
    assert java.out == ours.out.replace(b"fresh-1", b"fresh-2"), (java.out, ours.out)
    run = tools.same("--delete", "--group", "fresh-1", "--group", "fresh-2")
    assert run.out.count(b"GroupIdNotFoundException") == 2, run.out


def words(tools):
    """What is said of options that do not go together; Kafka's words, taken down from its tool."""
    pair = tools.pair
    for arguments, said in (
            (["--list"], 'Missing required argument "[bootstrap-server]"'),
            ([*tools.server], "Command must include exactly one action: --list, --describe, "
                              "--delete, --reset-offsets, --delete-offsets, --validate-regex"),
            ([*tools.server, "--reset-offsets", "--dry-run", "--execute", "--group", "g"],
             "Option [reset-offsets] only accepts one of [execute] and [dry-run]"),
            ([*tools.server, "--reset-offsets", "--dry-run", "--group", "g", "--to-latest",
              "--to-offset", "1"],
             'Option "[to-offset]" can\'t be used with option "[to-latest]"'),
            ([*tools.server, "--describe", "--group", "g", "--members", "--state"],
             "Option [describe] takes at most one of these options: [members], [offsets], [state]"),
            ([*tools.server, "--delete", "--group", "g", "--topic", "t"],
             "The consumer does not support topic-specific offset deletion from a consumer "
             "group.")):
        run = pair.ours(TOOL, *arguments)
        assert run.code == 1 and run.err == [said], (arguments, run.err)
    java, ours = pair.both(TOOL, *tools.server, "--list", "--members")
    compare(TOOL, java, ours)
    assert "[members] are unavailable" in ours.err[0], ours.err
    for expression in ("orders-.*", "(", "a**", "(?<name>x)", "x{1001}"):
        run = pair.ours(TOOL, "--validate-regex", expression)
        valid = expression in ("orders-.*", "(?<name>x)")
        assert run.out.startswith(f"The regular expression `{expression}` is "
                                  f"{'valid.' if valid else 'invalid: '}".encode()), run.out


def main():
    pair = Pair()
    with Node() as node, tempfile.TemporaryDirectory(prefix="weir-groups.") as directory:
        tools = Tools(pair, node)
        tools.topic("six", 6, 60)
        tools.topic(LONG, 2, 40)
        tools.topic("single", 1, 5)
        for topic, count in (("six", 60), (LONG, 40)):
            tools.read(topic, "read", count)
        describe_idle(tools)
        reset_offsets(tools)
        export_and_import(tools, directory)
        delete(tools)
        words(tools)
        describe_live(tools)
    print(f"consumer_groups_tool_test: {pair.jvm_starts} starts of Kafka's tool")


if __name__ == "__main__":
    begin = time.monotonic()
    main()
    print(f"{time.monotonic() - begin:.0f} s", file=sys.stderr)
