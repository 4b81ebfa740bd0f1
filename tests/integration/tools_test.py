"""Goal: Kafka's command line tools that are part of the program do what Apache Kafka 4.3.1's do:
the same standard output to the byte, the same message on standard error, the same exit code.
Method: two nodes that are made equal; each line of CASES is run by Kafka's tool against the one and
by the link to the program against the other, in turn, so that changes are made on both.

Only what no two runs share is made the same first: ids, times, addresses, directories, the position
of the metadata log. Of standard error the message counts: usage texts are our own, and stack traces
are left out. Where Kafka prints in the order of a HashMap, so do we; kafka-delete-records prints in
an order that changes from run to run (an immutable map of Java), so its lines are sorted first.

Without Java the first part still runs: no JVM takes part, and the examples of docs/TOOLS.md print
what they say."""
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

from node import WEIR, Node, free_port

HERE = os.path.dirname(os.path.abspath(__file__))
BIN = os.path.dirname(os.path.abspath(WEIR))
SKIPPED = 77
DEAD = free_port()
TOOLS = ("broker-api-versions", "configs", "delete-records", "get-offsets", "groups", "log-dirs",
         "metadata-quorum", "topics")

# B stands for --bootstrap-server and the address of the node, DEAD for an address where nobody
# listens, @name for a text of TEXTS or the path of a file of FILES.
CASES = """
topics B --create --topic orders --partitions 3 --config @topic --config segment.bytes=2000000
topics B --create --topic orders
topics B --create --topic orders --if-not-exists
topics B --create --topic a.b_c --replica-assignment 1,1
topics B --create --topic x --replication-factor 2
topics B --create --topic x --config retention.ms=soon
topics B --create --topic x --config nope=1
topics B --create --topic bad/name
topics B --create --topic x --replica-assignment 1:1
topics B --describe
topics B --describe --topic orders,a.* --exclude-internal
topics B --describe --topics-with-overrides
topics B --describe --at-min-isr-partitions --unavailable-partitions
topics B --describe --under-min-isr-partitions --under-replicated-partitions
topics B --describe --partition-size-limit-per-response 2
topics B --describe --topic nope
topics B --describe --topic [
topics B --describe --topic-id short
topics B --alter --topic orders --partitions 4
topics B --alter --topic orders --partitions many
topics B --list --exclude-internal
topics B --list --create
topics B --describe --topics-with-overrides --under-replicated-partitions
topics --list
topics --bootstrap-server no-such-host.invalid:9092 --list
topics --bootstrap-server DEAD --list --command-config @impatient
topics B --nope
topics B --delete --topic nope
topics B --delete --topic a.b_c
configs B --alter --topic orders --add-config @pairs --delete-config segment.bytes
configs B --alter --topic orders --add-config retention.ms=soon
configs B --alter --topic orders --add-config-file @config
configs B --describe --entity-type topics
configs B --describe --topic orders --all
configs B --describe --topic nope
configs B --alter --broker-defaults --add-config log.retention.ms=123456
configs B --describe --entity-type brokers
configs B --describe --group g1
configs B --alter --user u --add-config SCRAM-SHA-256=[password=secret]
configs B --describe --entity-type clients --entity-default
configs B --describe --entity-type client-metrics
configs B --describe --topic orders --broker 1
get-offsets B
get-offsets B --topic-partitions orders:0-2,ot.*:0,:3 --time earliest
get-offsets B --time max-timestamp --topic o.* --partitions 0,1
get-offsets B --time 1700000000000 --exclude-internal-topics
get-offsets B --time soon
delete-records B --offset-json-file @offsets
delete-records B --offset-json-file @twice
log-dirs B --describe --topic-list orders,other
log-dirs B --describe --broker-list 1,2
groups B --list
groups --bootstrap-server DEAD --list --command-config @impatient
metadata-quorum B describe --status
metadata-quorum B describe --replication --human-readable
metadata-quorum B describe
broker-api-versions B
broker-api-versions --bootstrap-server DEAD
"""

TEXTS = {"topic": "cleanup.policy=compact,delete",
         "pairs": "retention.ms=5000,cleanup.policy=[delete,compact]"}

FILES = {
    "impatient": "default.api.timeout.ms=1500\nrequest.timeout.ms=1000\n",
    "config": "# of a topic\nretention.ms=77777\nmax.message.bytes=100000\n",
    "offsets": '{"partitions": [{"topic": "orders", "partition": 0, "offset": 3}, '
               '{"topic": "orders", "partition": 1, "offset": -1}, '
               '{"topic": "other", "partition": 0, "offset": 99}], "version": 1}',
    "twice": '{"partitions": [{"topic": "orders", "partition": 0, "offset": 3}, '
             '{"topic": "orders", "partition": 0, "offset": 4}]}',
}


def run(program, arguments, environment=None):
    return subprocess.run([program, *arguments], capture_output=True, text=True, timeout=120,
                          check=False, env=environment)


def kcat(node, *arguments, text=None):
    result = subprocess.run(["kcat", "-q", "-b", node.address, *arguments], input=text, text=True,
                            capture_output=True, timeout=60, check=False)
    assert result.returncode == 0, result


def seed(node):
    """Records and groups, the same on every node: one record a call, so that batches are equal."""
    link = os.path.join(BIN, "kafka-topics.sh")
    for topic in ("other", "o2"):
        made = run(link, ["--bootstrap-server", node.address, "--create", "--topic", topic])
        assert made.returncode == 0, made
        kcat(node, "-P", "-t", topic, text="one record\n")
    for group in ("g1", "group-2", "a-third-group"):
        kcat(node, "-G", group, "-e", "-o", "beginning", "other")


def fill(node):
    """After the topic `orders` was made by the tool."""
    for index in range(12):
        kcat(node, "-P", "-t", "orders", "-p", str(index % 3), "-K:",
             text=f"key:record {index}\n")


class Side:
    """One node and the programs that are run against it."""

    def __init__(self, node, tools, directory, environment=None):
        self.node, self.tools, self.directory = node, tools, directory
        self.environment = environment

    def run(self, case):
        arguments = []
        for each in shlex.split(case)[1:]:
            if each == "B":
                arguments += ["--bootstrap-server", self.node.address]
            elif each == "DEAD":
                arguments.append(f"127.0.0.1:{DEAD}")
            elif each[1:] in TEXTS:
                arguments.append(TEXTS[each[1:]])
            elif each.startswith("@"):
                arguments.append(os.path.join(self.directory, each[1:]))
            else:
                arguments.append(each)
        tool = os.path.join(self.tools, f"kafka-{case.split()[0]}.sh")
        result = run(tool, arguments, self.environment)
        out = self.same(result.stdout)
        if case.startswith("delete-records"):
            out = "\n".join(sorted(out.splitlines()))
        return (result.returncode, out, self.message(self.same(result.stderr)))

    def same(self, text):
        for found, stands_for in ((re.escape(self.node.address), "HOST"),
                                  (re.escape(self.node.directory), "DIRECTORY"),
                                  (r"(TopicId: |ClusterId: +)[-\w]{22}", r"\1ID"),
                                  (r"^\[\d{4}-\d\d-\d\d [\d:,]+\]", "[TIME]"),
                                  (r"(CONTROLLER://[\d.]+):\d+", r"\1:PORT"),
                                  (r"(HighWatermark: +)\d+", r"\1N"),
                                  (r"^(1 +\t[-\w]{22}\t)\d+ *", r"\1N"),
                                  (r"\d+ ms ago *", "N ms ago")):
            text = re.sub(found, stands_for, text, flags=re.M)
        return text

    @staticmethod
    def message(text):
        """The first line; of a usage, what follows it (argparse4j justifies it). How often a
        connection is tried depends on the time."""
        lines = [line for line in text.splitlines()
                 if line.strip() and "NetworkClient)" not in line]
        if lines and lines[0].startswith("usage:"):
            return " ".join(text[text.index("error:"):].split()) if "error:" in text else "usage"
        return lines[0] if lines else ""


def check_links():
    """Every tool is a link to the program beside it, and needs nothing else on the machine."""
    for tool in TOOLS:
        link = os.path.join(BIN, f"kafka-{tool}.sh")
        assert os.path.realpath(link) == os.path.realpath(WEIR), link
        version = run(link, ["--version"] if tool != "metadata-quorum" else ["--help"],
                      {"PATH": "nowhere"})
        assert version.returncode == 0 and version.stderr == "", (tool, version)
        if tool != "metadata-quorum":
            assert re.fullmatch(r"\d+\.\d+\.\d+\n", version.stdout), version
        named = run(WEIR, ["tool", f"kafka-{tool}.sh", "--help"], {"PATH": "nowhere"})
        assert named.returncode == run(link, ["--help"]).returncode, (tool, named)
    with tempfile.TemporaryDirectory() as directory:
        made = run(WEIR, ["tool", "--install", directory])
        assert made.returncode == 0, made
        assert {f"kafka-{tool}.sh" for tool in TOOLS} <= set(os.listdir(directory))


def check_no_java(node):
    """The tools work where no program can be found: they start none."""
    for tool, arguments in (("topics", ["--list"]), ("broker-api-versions", [])):
        result = run(os.path.join(BIN, f"kafka-{tool}.sh"),
                     ["--bootstrap-server", node.address, *arguments], {"PATH": "nowhere"})
        assert result.returncode == 0 and result.stdout, result


def check_examples(node):
    """Each `$ kafka-...` line of docs/TOOLS.md prints what stands below it."""
    with open(os.path.join(HERE, "../../docs/TOOLS.md"), encoding="utf-8") as text:
        blocks = re.findall(r"^```console\n(.*?)^```", text.read(), flags=re.M | re.S)
    side = Side(node, BIN, None)
    count = 0
    for block in blocks:
        for example in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", block, flags=re.M):
            line, expected = example
            with tempfile.TemporaryDirectory() as directory:
                result = subprocess.run(
                    line.replace("localhost:9092", node.address), shell=True, text=True,
                    cwd=directory, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60,
                    check=False, env={**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}"})
            out = re.sub(r"[-\w]{22}(?=\tPartitionCount)", "ID", side.same(result.stdout))
            wanted = expected.replace("localhost:9092", "HOST")
            blank = re.compile(r"[ \t]+$", re.M)
            assert blank.sub("", out) == blank.sub("", wanted), f"{line}\n{out}\n---\n{wanted}"
            count += 1
    assert count >= 12, count


def java_side(node, directory):
    """Kafka's tools; the classes that they load are kept in an archive, for a quicker start."""
    found = subprocess.run([os.path.join(HERE, "../peers/kafka.sh")], stdout=subprocess.PIPE,
                           text=True, check=False)
    if found.returncode == SKIPPED:
        print("SKIPPED: the comparison with Kafka's tools, as there is no Java or Maven")
        sys.exit(SKIPPED)
    assert found.returncode == 0, found
    archive = os.path.join(directory, "classes.jsa")
    common = "-Xmx256M -XX:TieredStopAtLevel=1 -Xlog:disable -Xlog:all=off"
    side = Side(node, os.path.join(found.stdout.strip(), "bin"), directory,
                {**os.environ, "KAFKA_HEAP_OPTS": f"{common} -XX:ArchiveClassesAtExit={archive}"})
    side.run("topics B --list")
    side.environment["KAFKA_HEAP_OPTS"] = f"{common} -XX:SharedArchiveFile={archive}"
    return side


def main():
    check_links()
    with Node() as node:
        check_no_java(node)
        check_examples(node)
        node.stop()
    directory = tempfile.mkdtemp(prefix="weir-tools.")
    try:
        for name, content in FILES.items():
            with open(os.path.join(directory, name), "w", encoding="utf-8") as out:
                out.write(content)
        with Node() as theirs, Node() as ours:
            kafka = java_side(theirs, directory)
            weir = Side(ours, BIN, directory)
            for node in (theirs, ours):
                seed(node)
            failures = 0
            for index, case in enumerate(CASES.strip().splitlines()):
                expected, found = kafka.run(case), weir.run(case)
                if expected != found:
                    failures += 1
                    print(f"{case}\n  kafka: {expected}\n  weir:  {found}")
                if index == 0:
                    for node in (theirs, ours):
                        fill(node)
            assert failures == 0, f"{failures} differ"
            theirs.stop()
            ours.stop()
    finally:
        shutil.rmtree(directory, ignore_errors=True)


main()
