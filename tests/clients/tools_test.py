"""Goal: Apache Kafka's own command line tools, unchanged, do their whole lesson against a node and
print what they print against Kafka. Method: the tools of 4.3.1, one after the other; the texts
below are those that a Kafka node of the same version gives."""
import json
import os
import re
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor

from harness import Node, check_log, install_kafka


class Tools:
    """The tools with a node to talk to. A start of the JVM is three times cheaper with an archive
    of the classes that the tools load; without it they do the same."""

    def __init__(self, kafka, node, directory):
        self.kafka = kafka
        self.node = node
        self.archive = os.path.join(directory, "classes.jsa")
        self.options = f"-XX:ArchiveClassesAtExit={self.archive}"
        self.run("kafka-topics", "--list")
        self.options = f"-XX:SharedArchiveFile={self.archive}"

    def plain(self, name, *arguments, text=None, code=0, timeout=120):
        options = f"-Xmx256M -XX:TieredStopAtLevel=1 -Xlog:disable -Xlog:all=off {self.options}"
        environment = {**os.environ, "KAFKA_HEAP_OPTS": options}
        result = subprocess.run([f"{self.kafka}/bin/{name}.sh", *arguments], input=text, text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
                                timeout=timeout, env=environment)
        assert result.returncode == code, (name, arguments, result)
        return result.stdout

    def run(self, name, *arguments, **options):
        out = self.plain(name, "--bootstrap-server", self.node.address, *arguments, **options)
        return out.replace(self.node.address, "HOST")

    def says(self, expected, name, *arguments, **options):
        """The output of a tool is `expected`, but for blanks at the ends of lines."""
        out = "\n".join(line.rstrip() for line in self.run(name, *arguments, **options).split("\n"))
        out = re.sub(r"\n\n+", "\n", out).strip()
        assert out == expected.strip(), f"{name} {arguments}\n{out}\n--- instead of\n{expected}"

    def tells(self, parts, name, *arguments, **options):
        out = self.run(name, *arguments, **options)
        for each in parts:
            assert each in out, f"{name} {arguments}: no {each!r} in\n{out}"
        return out


def topics(tools):
    create = ("kafka-topics", "--create", "--topic", "orders", "--partitions", "6",
              "--replication-factor", "1")
    tools.says("Created topic orders.", *create)
    tools.tells(["Error while executing topic command : Topic 'orders' already exists."], *create,
                code=1)
    tools.says("", *create, "--if-not-exists")
    tools.tells(["Unable to replicate the partition 3 time(s): The target replication factor of 3 "
                 "cannot be reached because only 1 broker(s) are registered"],
                "kafka-topics", "--create", "--topic", "x", "--replication-factor", "3", code=1)
    tools.tells(["Unknown topic config name: foo"],
                "kafka-topics", "--create", "--topic", "x", "--config", "foo=bar", code=1)
    tools.tells(["WARNING: Due to limitations in metric names", "Created topic a.b_c."],
                "kafka-topics", "--create", "--topic", "a.b_c", "--partitions", "2", "--config",
                "retention.ms=3600000")
    about = tools.run("kafka-topics", "--describe", "--topic", "orders")
    assert re.match(r"Topic: orders\tTopicId: [-\w]{22}\tPartitionCount: 6\tReplicationFactor: 1\t"
                    r"Configs: \n", about), about
    for index in range(6):
        assert (f"\tTopic: orders\tPartition: {index}\tLeader: 1\tReplicas: 1\tIsr: 1\tElr: "
                f"\tLastKnownElr: \n") in about, about
    about = tools.run("kafka-topics", "--describe")
    assert "Configs: retention.ms=3600000\n" in about and about.startswith("Topic: a.b_c"), about
    tools.says("a.b_c\norders", "kafka-topics", "--list")
    tools.says("", "kafka-topics", "--describe", "--under-replicated-partitions")


def console(tools):
    tools.says("", "kafka-console-producer", "--topic", "orders",
               text='{"order_id": 1, "amount": 29.99}\n')
    read = ("kafka-console-consumer", "--topic", "orders", "--from-beginning", "--timeout-ms",
            "60000")
    tools.tells(['{"order_id": 1, "amount": 29.99}\nProcessed a total of 1 messages\n'], *read,
                "--max-messages", "1")
    tools.says("", "kafka-console-producer", "--topic", "orders", "--reader-property",
               "parse.key=true", "--reader-property", "parse.headers=true",
               text="h1:v1,h2:v2\tk1\tvalue 1\nh1:x\tk2\tvalue 2\n")
    shown = []
    for each in ("key", "headers", "partition", "offset"):
        shown += ["--formatter-property", f"print.{each}=true"]
    out = tools.run(*read, "--max-messages", "3", "--group", "g1", *shown)
    for each in ('NO_HEADERS\tnull\t{"order_id": 1, "amount": 29.99}',
                 "h1:x\tk2\tvalue 2", "h1:v1,h2:v2\tk1\tvalue 1"):
        assert re.search(rf"^Partition:\d\tOffset:\d\t{re.escape(each)}$", out, re.M), out


def ends(tools, *arguments):
    """The offsets that are listed, by partition; a record without a key may be in any."""
    out = tools.run("kafka-get-offsets", "--topic", "orders", *arguments)
    return {line.split(":")[1]: int(line.split(":")[2]) for line in out.splitlines()}


def table(out):
    return [line.split() for line in out.splitlines() if line.strip()]


def groups(tools):
    tools.tells(["g1\n"], "kafka-consumer-groups", "--list")
    assert ["g1", "Empty"] in table(tools.run("kafka-consumer-groups", "--list", "--state"))
    out = tools.tells(["Consumer group 'g1' has no active members."],
                      "kafka-consumer-groups", "--describe", "--group", "g1")
    rows = table(out)
    assert rows[1] == ["GROUP", "TOPIC", "PARTITION", "CURRENT-OFFSET", "LOG-END-OFFSET", "LAG",
                       "CONSUMER-ID", "HOST", "CLIENT-ID"], rows
    assert len(rows) == 8 and all(row[:2] == ["g1", "orders"] for row in rows[2:]), rows
    assert sum(int(row[3]) for row in rows[2:]) == 3 and all(row[5] == "0" for row in rows[2:])
    out = tools.run("kafka-consumer-groups", "--describe", "--group", "g1", "--state")
    assert table(out)[-1] == ["g1", "HOST", "(1)", "-", "Empty", "0"], out
    tools.tells(["GroupIdNotFoundException: Group nope not found."],
                "kafka-consumer-groups", "--describe", "--group", "nope")
    reset = ("kafka-consumer-groups", "--reset-offsets", "--group", "g1", "--topic", "orders")
    used = sum(end > 0 for end in ends(tools).values())
    for how, total in ((("--to-earliest",), 0), (("--to-latest",), 3),
                       (("--shift-by", "-1"), 3 - used), (("--to-offset", "1"), used),
                       (("--to-datetime", "2020-01-01T00:00:00.000"), 0)):
        rows = table(tools.run(*reset, *how, "--execute"))
        moved = [int(row[3]) for row in rows if row[:2] == ["g1", "orders"]]
        assert len(moved) == 6 and sum(moved) == total, (how, rows)
    tools.says("Request succeeded for deleting offsets from group g1.\n"
               "TOPIC           PARTITION  STATUS\norders          0          Successful",
               "kafka-consumer-groups", "--delete-offsets", "--group", "g1", "--topic", "orders:0")
    out = tools.run("kafka-consumer-groups", "--describe", "--group", "g1", "--offsets")
    assert [row[2] for row in table(out)[2:]] == ["1", "2", "3", "4", "5"], out
    tools.says("Deletion of requested consumer groups ('g1') was successful.",
               "kafka-consumer-groups", "--delete", "--group", "g1")
    tools.tells(["Group 'g1' could not be deleted due to:", "The group id does not exist."],
                "kafka-consumer-groups", "--delete", "--group", "g1")


def members(tools):
    """A group with a member that is there while the tools ask."""
    consumer = subprocess.Popen(
        [f"{tools.kafka}/bin/kafka-verifiable-consumer.sh", "--bootstrap-server",
         tools.node.address, "--topic", "orders", "--group-id", "vg", "--reset-policy", "earliest"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        names = []
        while "records_consumed" not in names:  # the process ends with the test, at the latest
            line = consumer.stdout.readline()
            assert line, "the consumer ended"
            if line.startswith("{"):
                names.append(json.loads(line)["name"])
        assert "partitions_assigned" in names, names
        out = tools.run("kafka-consumer-groups", "--describe", "--group", "vg", "--members",
                        "--verbose")
        rows = table(out)
        assert rows[0][:5] == ["GROUP", "CONSUMER-ID", "HOST", "CLIENT-ID", "#PARTITIONS"], out
        assert rows[1][0] == "vg" and rows[1][2] == "/127.0.0.1" and rows[1][4] == "6", out
        assert "orders:0,1,2,3,4,5" in out, out
        out = tools.run("kafka-consumer-groups", "--describe", "--group", "vg", "--state")
        assert table(out)[-1] == ["vg", "HOST", "(1)", "range", "Stable", "1"], out
        tools.tells(["GroupNotEmptyException: The group is not empty."],
                    "kafka-consumer-groups", "--delete", "--group", "vg")
        tools.tells(["Assignments can only be reset if the group 'vg' is inactive"],
                    "kafka-consumer-groups", "--reset-offsets", "--group", "vg", "--topic",
                    "orders", "--to-earliest", "--execute")
    finally:
        consumer.terminate()
        consumer.wait(timeout=60)


def configs(tools):
    topic = ("--entity-type", "topics", "--entity-name", "orders")
    alter = ("kafka-configs", "--alter", *topic)
    tools.says("Completed updating config for topic orders.", *alter, "--add-config",
               "retention.ms=7200000,cleanup.policy=[compact,delete]")
    tools.says("Dynamic configs for topic orders are:\n"
               "  cleanup.policy=compact,delete sensitive=false synonyms={DYNAMIC_TOPIC_CONFIG:"
               "cleanup.policy=compact,delete, DEFAULT_CONFIG:log.cleanup.policy=delete}\n"
               "  retention.ms=7200000 sensitive=false synonyms={DYNAMIC_TOPIC_CONFIG:"
               "retention.ms=7200000}", "kafka-configs", "--describe", *topic)
    tools.says("Completed updating config for topic orders.", *alter, "--delete-config",
               "retention.ms,cleanup.policy")
    tools.tells(["Invalid value abc for configuration retention.ms: Not a number of type LONG"],
                *alter, "--add-config", "retention.ms=abc", code=1)
    tools.tells(["Unknown topic config name: foo"], *alter, "--add-config", "foo=abc", code=1)
    out = tools.tells(["  retention.ms=604800000 sensitive=false synonyms={}\n",
                       "  segment.bytes=1073741824 sensitive=false synonyms={DEFAULT_CONFIG:"
                       "log.segment.bytes=1073741824}\n"], "kafka-configs", "--describe", *topic,
                      "--all")
    assert out.count("sensitive=false") == 33, out
    broker = ("--entity-type", "brokers", "--entity-name", "1")
    tools.says("Completed updating config for broker 1.", "kafka-configs", "--alter", *broker,
               "--add-config", "log.retention.ms=7200000")
    tools.says("Dynamic configs for broker 1 are:\n  log.retention.ms=7200000 sensitive=false "
               "synonyms={DYNAMIC_BROKER_CONFIG:log.retention.ms=7200000, "
               "DEFAULT_CONFIG:log.retention.hours=168}", "kafka-configs", "--describe", *broker)
    tools.tells(["  broker.id=1 sensitive=false synonyms={STATIC_BROKER_CONFIG:broker.id=1, "
                 "DEFAULT_CONFIG:broker.id=-1}\n", "  node.id=1 ", "  num.partitions=1 "],
                "kafka-configs", "--describe", *broker, "--all")


def offsets(tools):
    everywhere = {str(index): 0 for index in range(6)}
    latest = ends(tools)
    assert sum(latest.values()) == 3 and latest == ends(tools, "--time", "-1"), latest
    assert ends(tools, "--time", "-2") == everywhere == ends(tools, "--time", "earliest-local")
    youngest = {partition: end - 1 for partition, end in latest.items() if end > 0}
    assert ends(tools, "--time", "max-timestamp") == youngest
    assert ends(tools, "--time", "1600000000000") == dict.fromkeys(youngest, 0)
    assert ends(tools, "--time", "latest-tiered") == {}


def machine(tools):
    out = tools.run("kafka-broker-api-versions")
    assert out.startswith("HOST (id: 1 rack: null isFenced: false) -> (\n"), out
    for each in ("Produce(0): 0 to 13 [usable: 13]", "Fetch(1): 4 to 18 [usable: 18]",
                 "Metadata(3): 0 to 13 [usable: 13]", "ApiVersions(18): 0 to 4 [usable: 4]"):
        assert f"\t{each},\n" in out, out
    out = tools.run("kafka-log-dirs", "--describe", "--topic-list", "orders")
    about = json.loads(out.splitlines()[-1])
    assert len(about["brokers"][0]["logDirs"][0]["partitions"]) == 6, out
    out = tools.run("kafka-metadata-quorum", "describe", "--status")
    for each in (r"ClusterId: +[-\w]{22}\n", r"LeaderId: +1\n", r"LeaderEpoch: +1\n",
                 r"MaxFollowerLag: +0\n", r'CurrentVoters: +\[\{"id": 1, "endpoints": '
                 r'\["CONTROLLER://127.0.0.1:\d+"\]\}\]\n', r"CurrentObservers: +\[\]\n"):
        assert re.search(each, out), (each, out)
    out = tools.run("kafka-metadata-quorum", "describe", "--replication")
    assert table(out)[1][0] == "1" and table(out)[1][-1] == "Leader", out
    tools.tells(["Feature: metadata.version", "FinalizedVersionLevel: 4.3-IV0"], "kafka-features",
                "describe")


def records(tools, directory):
    path = os.path.join(directory, "delete.json")
    with open(path, "w", encoding="utf-8") as out:
        json.dump({"version": 1, "partitions": [
            {"topic": "verify", "partition": 0, "offset": 40},
            {"topic": "orders", "partition": 5, "offset": 99}]}, out)
    out = tools.run("kafka-verifiable-producer", "--topic", "verify", "--max-messages", "100",
                    "--acks", "-1")
    said = [json.loads(line) for line in out.splitlines() if line.startswith("{")]
    assert said[-1]["name"] == "tool_data" and said[-1]["acked"] == 100, out
    assert [each["offset"] for each in said if each["name"] == "producer_send_success"] == list(
        range(100)), out
    tools.tells(["partition: verify-0\tlow_watermark: 40\n", "partition: orders-5\terror: org."
                 "apache.kafka.common.errors.OffsetOutOfRangeException: The requested offset is "
                 "not within the range of offsets maintained by the server."],
                "kafka-delete-records", "--offset-json-file", path)
    out = tools.run("kafka-verifiable-consumer", "--topic", "verify", "--group-id", "after",
                    "--max-messages", "60", "--reset-policy", "earliest")
    said = [json.loads(line) for line in out.splitlines() if line.startswith("{")]
    assert sum(each["count"] for each in said if each["name"] == "records_consumed") == 60, out


def files(tools):
    """Kafka's reader of log files reads ours, down to each record."""
    data = os.path.join(tools.node.directory, "data")
    logs = sorted(os.path.join(folder, name) for folder, _, names in os.walk(data)
                  for name in names if name.endswith(".log") and
                  os.path.getsize(os.path.join(folder, name)) > 0)
    ours = [each for each in logs if not os.path.basename(os.path.dirname(each)).startswith("__")]
    assert len(ours) >= 3, logs
    out = tools.plain("kafka-dump-log", "--deep-iteration", "--print-data-log", "--files",
                      ",".join(ours))
    assert out.count("isvalid: true") == out.count("baseOffset: ") >= 4, out
    assert 'payload: {"order_id": 1, "amount": 29.99}' in out and "key: k1" in out, out
    offsets_log = [each for each in logs if "__consumer_offsets" in each]
    out = tools.plain("kafka-dump-log", "--deep-iteration", "--offsets-decoder", "--files",
                      ",".join(offsets_log))
    assert '"group":"vg","topic":"orders","partition":' in out, out
    assert "isvalid: false" not in out, out
    metadata = [each for each in logs if "__cluster_metadata" in each]
    out = tools.plain("kafka-dump-log", "--cluster-metadata-decoder", "--files", ",".join(metadata))
    assert '"type":"TOPIC_RECORD"' in out and '"name":"orders"' in out, out
    indexes = [each[:-4] + end for each in ours for end in (".index", ".timeindex")]
    out = tools.plain("kafka-dump-log", "--index-sanity-check", "--files", ",".join(indexes))
    assert out.count("passed sanity check") == len(ours), out


def deletion(tools):
    tools.says("", "kafka-topics", "--alter", "--topic", "orders", "--partitions", "8")
    tools.tells(["The topic orders currently has 8 partition(s); 3 would not be an increase."],
                "kafka-topics", "--alter", "--topic", "orders", "--partitions", "3", code=1)
    tools.tells(["PartitionCount: 8\t"], "kafka-topics", "--describe", "--topic", "orders")
    tools.says("", "kafka-topics", "--delete", "--topic", "orders")
    tools.tells(["Topic 'orders' does not exist as expected"], "kafka-topics", "--describe",
                "--topic", "orders", code=1)
    tools.says("__consumer_offsets\na.b_c\nverify", "kafka-topics", "--list")


def main():
    kafka = install_kafka()
    with Node() as node, tempfile.TemporaryDirectory() as directory:
        tools = Tools(kafka, node, directory)
        topics(tools)
        console(tools)
        groups(tools)
        with ThreadPoolExecutor(4) as several:  # these only look, each at its own things
            for each in [several.submit(part, tools)
                         for part in (members, configs, offsets, machine)]:
                each.result()
        records(tools, directory)
        check_log(node)
        node.stop()
        files(tools)
        node.start()
        deletion(tools)
        check_log(node)
        node.stop()


main()
