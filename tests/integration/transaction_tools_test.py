"""Goal: kafka-features.sh, kafka-leader-election.sh and kafka-transactions.sh print what Apache
Kafka's print, end as they end, and do what they do: levels change while the node runs, and a
transaction that hangs is found and ended.
Method: both programs against the same node; what changes something is undone in between, so that
both meet the same state. A transaction hangs when a producer of the older protocol has written to a
partition that it never added, which a node lets through that does not verify."""
import os
import re
import time

from node import Node
from tool_pair import Pair, compare
from transaction_client import TransactionClient

LIMIT_MS = 20


def same(pair, node, tool, *arguments, err=True):
    return pair.same(f"kafka-{tool}.sh", "--bootstrap-server", node.address, *arguments, err=err)


def in_turn(pair, node, tool, *arguments, undo):
    """For what changes something: Kafka's, then `undo`, then ours."""
    line = (f"kafka-{tool}.sh", "--bootstrap-server", node.address, *arguments)
    java = pair.java(*line)
    undo()
    ours = pair.ours(*line)
    compare(line[0], java, ours)
    return ours


def features(pair, node, client):
    name = "transaction.version"

    def set_level(level):
        for kind in (1, 2):
            client.ask("update_features", 1, feature_updates=[
                {"feature": name, "max_version_level": level, "upgrade_type": kind}])

    told = same(pair, node, "features", "describe").out.decode()
    assert "SupportedMaxVersion: 4.3-IV0" in told and name in told
    for arguments in (
            ["downgrade", "--feature", f"{name}=0", "--dry-run"],
            ["upgrade", "--feature", f"{name}=9", "--feature", "no.such=1"],
            ["downgrade", "--metadata", "4.2-IV1", "--unsafe"],
            ["upgrade", "--metadata", "9"],
            ["upgrade", "--feature", name],
            ["upgrade", "--feature", f"{name}=x"],
            ["upgrade", "--feature", f"{name}=2", "--feature", f"{name}=1"],
            ["upgrade", "--release-version", "4.3", "--feature", f"{name}=2"],
            ["upgrade"],
            ["disable", "--feature", "metadata.version"],
            ["version-mapping"],
            ["version-mapping", "--release-version", "4.0-IV2"],
            ["version-mapping", "--release-version", "3.9.1"],
            ["feature-dependencies", "--feature", f"{name}=2", "--feature", "metadata.version=23",
             "--feature", "eligible.leader.replicas.version=1"],
            ["feature-dependencies", "--feature", f"{name}=7"],
            ["feature-dependencies"],
            ["nope"],
            ["upgrade", "--nope"]):
        same(pair, node, "features", *arguments)
    levels, epoch = client.features()
    assert levels[name] == 2
    in_turn(pair, node, "features", "downgrade", "--feature", f"{name}=1",
            undo=lambda: set_level(2))
    changed, later = client.features()
    assert changed[name] == 1 and later > epoch, (changed, later, epoch)
    in_turn(pair, node, "features", "disable", "--feature", name, undo=lambda: set_level(1))
    assert name not in client.features()[0]
    in_turn(pair, node, "features", "upgrade", "--feature", f"{name}=2", undo=lambda: set_level(0))
    assert client.features()[0][name] == 2


def elections(pair, node, directory):
    files = {"some": '{"partitions": [{"topic": "t", "partition": 1}, '
                     '{"topic": "nope", "partition": 0}]}',
             "twice": '{"partitions": [{"topic": "t", "partition": 1}, '
                      '{"topic": "t", "partition": 1}]}',
             "none": '{"partitions": []}', "other": '{"x": 1}', "junk": "junk"}
    for name, text in files.items():
        with open(os.path.join(directory, name), "w", encoding="utf-8") as out:
            out.write(text)
    preferred = ["--election-type", "preferred"]
    for arguments in (
            [*preferred, "--all-topic-partitions"],
            ["--election-type", "UNCLEAN", "--topic", "t", "--partition", "0"],
            [*preferred, "--topic", "nope", "--partition", "0"],
            [*preferred, "--topic", "t", "--partition", "77"],
            [*preferred, "--topic", "t"],
            [*preferred, "--topic", "t", "--all-topic-partitions"],
            [*preferred], [],
            ["--election-type", "other", "--all-topic-partitions"],
            *([*preferred, "--path-to-json-file", os.path.join(directory, each)]
              for each in [*files, "missing"])):
        same(pair, node, "leader-election", *arguments)


def describing(pair, node, client):
    producer = client.init("open")
    assert client.add("open", producer, "t", 0) == client.add("open", producer, "t", 2) == 0
    assert client.produce("open", producer, "t", 0) == 0
    client.init("empty")
    for arguments in (
            ["list"],
            ["list", "--transactional-id-pattern", "o.*"],
            ["list", "--transactional-id-pattern", "("],
            ["list", "--duration-filter", "3600000"],
            ["list", "--duration-filter", "soon"],
            ["list", "more"],
            ["describe", "--transactional-id", "empty"],
            ["describe", "--transactional-id", "nobody"],
            ["describe"],
            ["describe-producers", "--topic", "t", "--partition", "0"],
            ["describe-producers", "--topic", "t", "--partition", "0", "--broker-id", "1"],
            ["describe-producers", "--topic", "t"],
            ["find-hanging", "--topic", "t", "--max-transaction-timeout", "0"],
            ["find-hanging"],
            ["find-hanging", "--broker-id", "1", "--partition", "0"],
            ["find-hanging", "--topic", "nope"],
            ["abort", "--topic", "t", "--partition", "0"],
            ["abort", "--topic", "t", "--partition", "0", "--start-offset", "77"],
            ["abort", "--topic", "t", "--partition", "0", "--producer-id", "7"],
            ["abort", "--topic", "t", "--partition", "0", "--producer-id", "7",
             "--producer-epoch", "0"],
            ["abort", "--topic", "t", "--partition", "0", "--producer-id", str(producer[0]),
             "--producer-epoch", "-1", "--coordinator-epoch", "0"],
            ["nope"]):
        same(pair, node, "transactions", *arguments)
    # The duration is told in milliseconds.
    java, ours = pair.both("kafka-transactions.sh", "--bootstrap-server", node.address,
                           "describe", "--transactional-id", "open")
    told = [re.sub(rb"\t\d+ *\t(?=t-)", b"\tDURATION\t", each.out) for each in (java, ours)]
    titles = [re.sub(rb" +", b" ", each) for each in told]
    assert titles[0] == titles[1], titles
    assert b"t-" in told[1] and b"Ongoing" in told[1], told
    same(pair, node, "transactions")
    run = pair.ours("kafka-transactions.sh", "list")
    assert b"argument --bootstrap-server is required" in run.raw_err and run.code == 1


def hanging(pair, node, client):
    """Written to partitions 1 and 2 of a transaction that has ended, or has only partition 0."""
    def hang(name, partition):
        producer = client.init(name)
        assert client.add(name, producer, "t", 0) == 0
        assert client.produce(name, producer, "t", partition) == 0

    hang("lost", 1)
    found = same(pair, node, "transactions", "find-hanging", "--broker-id", "1").out.decode()
    lines = found.strip().split("\n")
    assert len(lines) == 2 and lines[1].split()[:2] == ["t", "1"], found
    start = lines[1].split()[5]
    where = ("--topic", "t", "--partition", "1")
    # Kafka's ends this one, ours the next.
    java = pair.java("kafka-transactions.sh", "--bootstrap-server", node.address, "abort", *where,
                     "--start-offset", start)
    assert java.code == 0, java.raw_err
    empty = same(pair, node, "transactions", "find-hanging", "--topic", "t").out.decode()
    assert len(empty.strip().split("\n")) == 1, empty
    hang("lost-too", 1)
    row = same(pair, node, "transactions", "find-hanging", *where).out.decode().split("\n")[1]
    ours = pair.ours("kafka-transactions.sh", "--bootstrap-server", node.address, "abort", *where,
                     "--start-offset", row.split()[5])
    compare("kafka-transactions.sh", java, ours)
    same(pair, node, "transactions", "find-hanging", *where)
    # The same by what an older broker tells of it.
    hang("lost-again", 1)
    fields = same(pair, node, "transactions", "find-hanging", *where).out.decode().strip().split(
        "\n")[1].split()
    ours = pair.ours("kafka-transactions.sh", "--bootstrap-server", node.address, "abort", *where,
                     "--producer-id", fields[2], "--producer-epoch", fields[3],
                     "--coordinator-epoch", fields[4])
    compare("kafka-transactions.sh", java, ours)
    told = same(pair, node, "transactions", "describe-producers", *where).out.decode()
    assert all(line.split()[5] == "None" for line in told.strip().split("\n")[1:]), told


def terminating(pair, node, client):
    def states():
        answer = client.ask("list_transactions", 2)
        return {each["transactional_id"]: each["transaction_state"]
                for each in answer["transaction_states"]}

    for name, run in (("by-kafka", pair.java), ("by-us", pair.ours)):
        producer = client.init(name)
        assert client.add(name, producer, "t", 0) == 0
        done = run("kafka-transactions.sh", "--bootstrap-server", node.address,
                   "forceTerminateTransaction", "--transactionalId", name)
        assert (done.out, done.err, done.code) == (b"", [], 0), done.raw_err
        assert states()[name] == "Empty"
        assert client.end(name, producer)["error_code"] == 90


def speed(pair, node):
    """A call takes milliseconds; the quickest of some, as the machine may be busy."""
    for tool, arguments in (("features", ["describe"]), ("transactions", ["list"]),
                            ("leader-election", ["--election-type", "preferred",
                                                 "--all-topic-partitions"])):
        times = []
        for _ in range(20):
            begun = time.monotonic()
            done = pair.ours(f"kafka-{tool}.sh", "--bootstrap-server", node.address, *arguments)
            times.append((time.monotonic() - begun) * 1000)
            assert done.code == 0, done.raw_err
        assert min(times) < LIMIT_MS, f"kafka-{tool}.sh takes {min(times):.1f} ms"
        print(f"kafka-{tool}.sh {' '.join(arguments)}: {min(times):.1f} ms")


def main():
    pair = Pair()
    with Node(transaction_partition_verification_enable="false") as node:
        client = TransactionClient(node.port)
        client.create("t", 3)
        describing(pair, node, client)
        hanging(pair, node, client)
        terminating(pair, node, client)
        elections(pair, node, node.directory)
        features(pair, node, client)
        speed(pair, node)
        node.stop()
    print(f"{pair.jvm_starts} starts of a JVM")


if __name__ == "__main__":
    main()
