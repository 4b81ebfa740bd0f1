"""What the client tests share: a real node, the programs of the libraries, and a look at the node's
log: no client with its default settings may make the node complain."""
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "integration"), os.path.join(HERE, "..", "peers")]
import records  # noqa: E402
from kafka_node import install as install_kafka  # noqa: E402,F401
from node import Node  # noqa: E402,F401

SKIPPED = 77
CODECS = ("none", "gzip", "snappy", "lz4", "zstd")
# The libraries, each with what its own interface cannot say (not what a broker does to it).
LIBRARIES = {
    "java": ("frames snappy",),
    "go/franz_go": ("frames snappy",),
    "go/kafka_go": ("empty is null", "frames snappy"),
    "go/sarama": ("frames snappy",),
    "node/kafkajs": ("no null headers",),
    # Node.js has zstd from 22.15 on; of snappy it reads blocks, not Xerial's frames around them.
    "node/platformatic": ("no zstd", "no framed snappy"),
    "python/aiokafka": ("key or value", "frames snappy"),
    "python/confluent": (),
    "python/kafka_python": ("key or value", "no null headers", "frames snappy"),
    "rust": (),
}


def traits(library):
    return LIBRARIES[library]


def can_read(reader, writer, codec):
    framed = codec == "snappy" and "frames snappy" in traits(writer)
    return f"no {codec}" not in traits(reader) and not (
        framed and "no framed snappy" in traits(reader))


def is_installed(library):
    """Installs a library; false, and a line that says so, when its toolchain is absent."""
    result = subprocess.run([os.path.join(HERE, library, "run.sh"), "setup"], check=False,
                            timeout=900)
    assert result.returncode in (0, SKIPPED), library
    if result.returncode == SKIPPED:
        print(f"SKIPPED: {library}: its toolchain is not installed", flush=True)
    return result.returncode == 0


def run(library, *arguments, timeout=240, **options):
    """Runs a library's program (its run.sh installs what it needs); its output, or the end of this
    test: 77 when the toolchain is absent."""
    command = [os.path.join(HERE, library, "run.sh"), *arguments]
    result = subprocess.run(command, timeout=timeout, stdout=subprocess.PIPE, check=False,
                            **options)
    if result.returncode == SKIPPED:
        print(f"SKIPPED: {library}: its toolchain is not installed", flush=True)
        sys.exit(SKIPPED)
    if result.returncode != 0:
        sys.stdout.buffer.write(result.stdout[-4000:])
        raise AssertionError(f"{library} {' '.join(arguments)}: exit code {result.returncode}")
    return result.stdout


def complaints(node):
    """The lines of the node's log above the level of information."""
    return [line for line in node.log().splitlines() if re.match(r"\S+ [WEC] ", line)]


def check_log(node):
    """Nothing that a client of the field does is worth a warning."""
    found = complaints(node)
    assert not found, "the node complains about a client:\n" + "\n".join(found[:20])


class RecordsFile:
    """The records of this run in a file of their own, for as long as the test lasts."""

    def __init__(self, count=records.COUNT):
        self.records = records.make()[:count]

    def __enter__(self):
        handle, self.path = tempfile.mkstemp(prefix="weir-records.")
        os.close(handle)
        records.save(self.records, self.path)
        return self

    def __exit__(self, kind, value, trace):
        os.unlink(self.path)
