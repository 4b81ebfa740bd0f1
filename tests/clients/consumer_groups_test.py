"""Goal: clients of the field with group.protocol=consumer (KIP-848), unchanged, share partitions,
come back, go over from the classic protocol and back; and Kafka's tools and ours show and change
such groups alike. Method: the programs of the libraries, which check all they see; then the tools,
side by side; then the node's log. Sessions are short, so that who is lost is soon missed."""
import os
import subprocess
import sys

from harness import HERE, Node, RecordsFile, check_log, is_installed, run

sys.path.insert(0, os.path.join(HERE, "../integration"))
from tool_pair import Pair  # noqa: E402

SHORT = {"group.consumer.min.session.timeout.ms": "3000",
         "group.consumer.session.timeout.ms": "6000",
         "group.consumer.min.heartbeat.interval.ms": "100",
         "group.consumer.heartbeat.interval.ms": "500"}
TOOL = "kafka-consumer-groups.sh"


class Holder:
    """A member that stays in its group for a while."""

    def __init__(self, node, group, topic):
        command = [os.path.join(HERE, "python/confluent/run.sh"), "groups", node.address, "hold",
                   group, topic]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def __enter__(self):
        assert self.process.stdout.readline() == b"holding\n", "the member has begun"
        return self

    def __exit__(self, kind, value, trace):
        self.process.stdin.close()
        assert self.process.wait(60) == 0 or kind
        self.process.stdout.close()


def look(pair, node, *arguments):
    """Kafka's tool and ours print the same; what ours prints."""
    ours = pair.same(TOOL, "--bootstrap-server", node.address, *arguments)
    return ours.out.decode()


def show(pair, node):
    where = ("--bootstrap-server", node.address)
    with Holder(node, "shown", "shared"):
        for options in (["--offsets"], ["--members"], ["--members", "--verbose"], ["--state"],
                        ["--state", "--verbose"], ["--offsets", "--verbose"]):
            shown = look(pair, node, "--describe", "--group", "shown", *options)
            assert "shown" in shown, shown
        members = look(pair, node, "--describe", "--group", "shown", "--members", "--verbose")
        assert "CURRENT-EPOCH" in members and "shared:0,1,2" in members, members
        for tool in (pair.java, pair.ours):
            refused = tool(TOOL, *where, "--delete", "--group", "shown")
            assert b"GroupNotEmptyException" in refused.out + refused.raw_err, refused.out
            refused = tool(TOOL, *where, "--delete-offsets", "--group", "shown", "--topic",
                           "shared")
            assert b"GroupSubscribedToTopicException" in refused.out + refused.raw_err, refused.out
    shown = look(pair, node, "--list", "--type", "consumer", "--state")
    assert "shown" in shown and "Consumer" in shown, shown
    shown = pair.same("kafka-groups.sh", *where, "--list", "--group-type", "consumer").out
    assert b"shown" in shown, shown


def change(pair, node):
    """What one of the two did, the other one sees."""
    where = ("--bootstrap-server", node.address)
    for number, tool in enumerate((pair.java, pair.ours)):
        reset = tool(TOOL, *where, "--reset-offsets", "--group", "shown", "--topic", "shared:0",
                     "--to-offset", str(3 + number), "--execute")
        assert reset.code == 0, reset.out
        row = next(line.split() for line in look(pair, node, "--describe", "--group", "shown",
                                                 "--offsets").splitlines()
                   if line.split()[1:3] == ["shared", "0"])
        assert row[3] == str(3 + number), row
    gone = pair.java(TOOL, *where, "--delete-offsets", "--group", "shown", "--topic", "shared:0")
    assert b"Successful" in gone.out, gone.out
    gone = pair.ours(TOOL, *where, "--delete-offsets", "--group", "shown", "--topic", "shared:1")
    assert b"Successful" in gone.out, gone.out
    left = look(pair, node, "--describe", "--group", "shown")
    assert {line.split()[2] for line in left.splitlines() if " shared " in line}.isdisjoint(
        {"0", "1"}), left
    for tool, group in ((pair.java, "shown"), (pair.ours, "goes-on")):
        deleted = tool(TOOL, *where, "--delete", "--group", group)
        assert b"was successful" in deleted.out, deleted.out
        assert group not in look(pair, node, "--list").split()


def configure(pair, node):
    """A group's own options, by both tools."""
    where = ("--bootstrap-server", node.address, "--entity-type", "groups", "--entity-name", "set")
    for tool, value in ((pair.java, "7000"), (pair.ours, "8000")):
        done = tool("kafka-configs.sh", *where, "--alter", "--add-config",
                    f"consumer.session.timeout.ms={value}")
        assert done.code == 0, done.out + done.raw_err
        shown = pair.same("kafka-configs.sh", *where, "--describe")
        assert f"consumer.session.timeout.ms={value}".encode() in shown.out, shown.out


def stored(pair, node):
    """The records of the groups, by both dump tools."""
    logs = [os.path.join(node.data, each, "00000000000000000000.log")
            for each in sorted(os.listdir(node.data)) if each.startswith("__consumer_offsets-")]
    logs = [each for each in logs if os.path.getsize(each) > 0]
    shown = pair.same("kafka-dump-log.sh", "--offsets-decoder", "--files", ",".join(logs))
    for kind in (b'"type":"3"', b'"type":"5"', b'"type":"6"', b'"type":"7"', b'"type":"8"',
                 b'"type":"16"'):
        assert kind in shown.out, f"no record of {kind}"


def main():
    run("python/confluent", "setup", timeout=900)
    pair = Pair()
    with RecordsFile() as file, Node(**SHORT) as node:
        sys.stdout.buffer.write(run("python/confluent", "groups", node.address))
        show(pair, node)
        change(pair, node)
        configure(pair, node)
        print("the tools agree", flush=True)
        if is_installed("java"):
            sys.stdout.buffer.write(run("java", "groups", node.address, file.path))
        if is_installed("go/franz_go"):
            sys.stdout.buffer.write(run("go/franz_go", "scenario", node.address, file.path,
                                        "franz", env={**os.environ, "GROUP_PROTOCOL": "consumer"}))
        check_log(node)
        node.stop()
        stored(pair, node)


main()
