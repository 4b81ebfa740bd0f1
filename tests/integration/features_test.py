"""Goal: the levels of features hold: a data directory that is older than a feature starts with it
off and works, an upgrade turns it on, and what clients do follows the level while the node runs.
Method: the first records of a metadata log are written again without transaction.version, as they
were before it existed; Kafka's Java producer, which does what the level says, writes transactions
at every level."""
import glob
import os
import struct
import subprocess
import sys

from node import WEIR, Node
from raw_client import read_varint
from transaction_client import TransactionClient

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../peers"))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../differential"))
from batches import batch  # noqa: E402
from kafka_node import install  # noqa: E402

FEATURE = "transaction.version"
NOT_IN_TRANSACTION = 120


def values_of(data):
    """The values of the records of a batch."""
    found, at = [], 61
    for _ in range(struct.unpack_from(">i", data, 57)[0]):
        _, at = read_varint(data, at)
        _, at = read_varint(data, at + 1)
        _, at = read_varint(data, at)
        key, at = read_varint(data, at)
        size, at = read_varint(data, at + max(key, 0))
        found.append(data[at:at + size])
        _, at = read_varint(data, at + size)
    return found


def forget_feature(node):
    """Makes the data directory one of a program that did not know the feature."""
    folder = os.path.join(node.directory, "data", "__cluster_metadata-0")
    path = os.path.join(folder, "0" * 20 + ".log")
    with open(path, "rb") as log:
        data = log.read()
    out, at, forgotten = b"", 0, 0
    while at < len(data):
        base, length, epoch = struct.unpack_from(">qii", data, at)
        piece = data[at:at + 12 + length]
        at += 12 + length
        values = values_of(piece)
        if any(FEATURE.encode() in each for each in values):
            kept = [each for each in values if FEATURE.encode() not in each]
            forgotten += len(values) - len(kept)
            values = kept + kept[-1:] * (len(values) - len(kept))
            piece = bytearray(batch(values, base_offset=base))
            struct.pack_into(">i", piece, 12, epoch)
        out += piece
    assert forgotten == 1
    for index in glob.glob(os.path.join(folder, "*index")):
        os.remove(index)
    with open(path, "wb") as log:
        log.write(out)


def tool(node, *arguments):
    done = subprocess.run([os.path.join(os.path.dirname(WEIR), "kafka-features.sh"),
                           "--bootstrap-server", node.address, *arguments], timeout=60,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    assert done.returncode == 0, done
    return done.stdout


def an_older_directory():
    with Node() as node:
        assert TransactionClient(node.port).features()[0][FEATURE] == 2
        node.stop()
        forget_feature(node)
        node.start()
        client = TransactionClient(node.port)
        assert FEATURE not in client.features()[0], client.features()
        client.create("t", 1)
        producer = client.init("old")
        assert client.produce("old", producer, "t", 0) == NOT_IN_TRANSACTION
        assert client.add("old", producer, "t", 0) == 0
        assert client.produce("old", producer, "t", 0) == 0
        assert client.end("old", producer)["error_code"] == 0
        assert client.init("old") == (producer[0], producer[1] + 1)
        said = tool(node, "upgrade", "--feature", f"{FEATURE}=2")
        assert said == f"{FEATURE} was upgraded to 2.\n", said
        assert client.features()[0][FEATURE] == 2
        node.stop()
        node.start()
        client = TransactionClient(node.port)
        assert client.features()[0][FEATURE] == 2
        producer = client.init("old")
        # A batch of the newer protocol adds its partition by itself, and the epoch goes up.
        assert client.produce("old", producer, "t", 0, version=12) == 0
        ended = client.end("old", producer, version=5)
        assert (ended["error_code"], ended["producer_epoch"]) == (0, producer[1] + 1), ended
        node.stop()


def java_transactions(kafka, node, name, topic):
    """Some transactions of the Java producer; how many, and how far the epoch went."""
    client = TransactionClient(node.port)
    before = client.init(name)[1]
    done = subprocess.run([os.path.join(kafka, "bin", "kafka-producer-perf-test.sh"), "--topic",
                           topic, "--num-records", "3000", "--record-size", "50", "--throughput",
                           "3000", "--transactional-id", name, "--transaction-duration-ms", "100",
                           "--bootstrap-server", node.address], check=False, timeout=120,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert done.returncode == 0 and "3000 records sent" in done.stdout, done
    after = client.init(name)[1]
    # Its own InitProducerId and ours raise the epoch by one each.
    return after - before - 2


def the_java_client(kafka):
    with Node() as node:
        client = TransactionClient(node.port)
        client.create("java", 2)
        for level in (2, 1, 0, 2):
            kind = "upgrade" if level >= client.features()[0].get(FEATURE, 0) else "downgrade"
            epoch = client.features()[1]
            tool(node, kind, "--feature", f"{FEATURE}={level}")
            assert client.features()[0].get(FEATURE, 0) == level
            assert client.features()[1] > epoch
            raised = java_transactions(kafka, node, f"id-{level}", "java")
            print(f"level {level}: the epoch was raised {raised} times by transactions")
            assert raised >= 3 if level == 2 else raised == 0, (level, raised)
        node.stop()


def main():
    an_older_directory()
    the_java_client(install())


if __name__ == "__main__":
    main()
